"""Who paid what for which lever in which year; announced, committed, paid and unspent, lever by lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.accounts import STAGES
from sim.levers import KINDS

if TYPE_CHECKING:
    from sim.compare.runs import Worlds

KEYS = ["year", "payer", "payee", "lever"]
STATE = "State"


def ledger(worlds: Worlds) -> pd.DataFrame:
    """Public money of every policy's levers, mean over its paired runs: arm, year, payer, payee, lever, eur."""
    parts = []
    for row, arm, pairs in worlds.policies():
        runs = [_levers_paid(worlds.table("ledger", row, column)) for column in pairs]
        total = pd.concat(runs).groupby(KEYS)["eur"].sum().reset_index()
        parts.append(total.assign(arm=arm.id, eur=total["eur"] / len(runs)))
    out = pd.concat(parts, ignore_index=True)
    return out[["arm", *KEYS, "eur"]].astype({"year": np.int64})


def _levers_paid(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a run's ledger that levers paid, summed over zones."""
    paid = table[table["instrument"].isin(list(KINDS))].rename(columns={"instrument": "lever"})
    return paid.groupby(KEYS, observed=True)["eur"].sum().reset_index()


def accounts(worlds: Worlds, people: float) -> pd.DataFrame:
    """What each payer announced, committed, paid and did not pay for each lever in each year, mean over paired runs.

    Parameters
    ----------
    people : inhabitants of the territory
    """
    parts = []
    for row, arm, pairs in worlds.policies():
        runs = pd.concat([worlds.table("accounts", row, column) for column in pairs])
        total = runs.groupby(["year", "payer", "lever"])[list(STAGES)].sum().reset_index()
        total[list(STAGES)] /= len(pairs)
        parts.append(total.assign(arm=arm.id))
    out = pd.concat(parts, ignore_index=True)
    out["unspent_eur"] = cents(out["announced_eur"] - out["paid_eur"])
    out["eur_per_inhabitant"] = out["paid_eur"] / people
    names = ["arm", "year", "payer", "lever", *STAGES, "unspent_eur", "eur_per_inhabitant"]
    return out[names].astype({"year": np.int64})


def cents(eur: Any) -> Any:
    """Euros with what is less than half a cent, the noise of sums, as zero."""
    return np.where(np.abs(eur) < 0.005, 0.0, eur)[()]


def envelopes(booked: pd.DataFrame) -> pd.DataFrame:
    """One row per policy and lever: announced, committed, paid, unspent, by State and local, per inhabitant.

    A relief has no budget: nothing of it was announced, and nothing is unspent.

    Parameters
    ----------
    booked : from `accounts`
    """
    rows = []
    pairs = booked[["arm", "lever"]].drop_duplicates()
    order = {str(arm): rank for rank, arm in enumerate(pairs["arm"].unique())}
    for arm, kind in sorted(pairs.to_numpy(str).tolist(), key=lambda pair: (order[pair[0]], pair[1])):
        mine = booked[(booked["arm"] == arm) & (booked["lever"] == kind)]
        announced, committed, total = (float(mine[stage].sum()) for stage in STAGES)
        announced = float("nan") if KINDS[kind].relief else announced
        state = float(mine.loc[mine["payer"] == STATE, "paid_eur"].sum())
        rows.append({
            "arm": arm, "lever": kind, "number": KINDS[kind].number, "announced_eur": announced,
            "committed_eur": committed, "paid_eur": total, "unspent_eur": cents(announced - total),
            "state_eur": state, "local_eur": total - state,
            "eur_per_inhabitant": float(mine["eur_per_inhabitant"].sum()),
        })
    names = ["arm", "lever", "number", "announced_eur", "committed_eur", "paid_eur", "unspent_eur", "state_eur",
             "local_eur", "eur_per_inhabitant"]
    return pd.DataFrame(rows, columns=names)

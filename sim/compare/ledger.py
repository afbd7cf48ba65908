"""Who paid what for which lever in which year; announced, committed, paid and unspent, lever by lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.levers import KINDS
from sim.policy import monthly_budget

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


def envelopes(worlds: Worlds, paid: pd.DataFrame, people: float) -> pd.DataFrame:
    """One row per policy and lever: announced, committed, paid, unspent, by State and local, per inhabitant.

    Parameters
    ----------
    paid : from `ledger`
    people : inhabitants of the territory
    """
    rows = []
    for row, arm, pairs in worlds.policies():
        mine = paid[paid["arm"] == arm.id]
        for kind in sorted({lever.kind for lever in arm.levers}):
            eur = mine[mine["lever"] == kind]
            state = float(eur.loc[eur["payer"] == STATE, "eur"].sum())
            total = float(eur["eur"].sum())
            waiting = float(worlds.scalar(f"waiting_{kind}_eur")[row, pairs].mean()) if KINDS[kind].pot else 0.0
            announced = _announced(arm, kind)
            rows.append({
                "arm": arm.id, "lever": kind, "number": KINDS[kind].number, "announced_eur": announced,
                "committed_eur": total + waiting, "paid_eur": total, "unspent_eur": announced - total,
                "state_eur": state, "local_eur": total - state, "eur_per_inhabitant": total / people,
            })
    names = ["arm", "lever", "number", "announced_eur", "committed_eur", "paid_eur", "unspent_eur", "state_eur",
             "local_eur", "eur_per_inhabitant"]
    return pd.DataFrame(rows, columns=names)


def _announced(arm: Any, kind: str) -> float:
    """State and local euros announced for the levers of a kind; none is for a relief, which has no budget."""
    if KINDS[kind].relief:
        return float("nan")
    share = sum(lever.share for lever in arm.levers if lever.kind == kind)
    return float(monthly_budget(arm.budget).sum() * share * (1.0 + arm.cofunding_share))

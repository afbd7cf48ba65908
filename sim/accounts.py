"""Accounts of public money: what each payer announced, committed and paid for each lever in each year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.levers import KINDS, OPEN
from sim.treasury import PAYERS, parts_by_payer, planned
from sim.world import World

KEYS = ("year", "payer", "lever")
STAGES = ("announced_eur", "committed_eur", "paid_eur")


def pots(world: World) -> dict[str, np.ndarray]:
    """Euros of each lever that wait in its zones, [zones] each."""
    return {kind: getattr(world.zone, lever.pot).copy() for kind, lever in KINDS.items() if lever.pot}


def accounts(world: World, policy: Any, ledger: pd.DataFrame, waiting: list[tuple[int, dict[str, np.ndarray]]]
             ) -> pd.DataFrame:
    """One row per year, payer and lever of the policy that has any money: euros announced, committed and paid.

    What is committed is paid, or waits in the pots of zones for a use. A relief has no budget: it is announced and
    committed as it is paid. Sums over years are those of the funders' own accounts.

    Parameters
    ----------
    ledger : year, payer, instrument and eur of a run
    waiting : year and `pots` at its end, in order
    """
    eur: dict[tuple[int, str, str], np.ndarray] = {}

    def add(stage: str, year: int, kind: str, of_payers: dict[str, float]) -> None:
        for payer, part in of_payers.items():
            if part != 0.0:
                row = eur.setdefault((year, payer, kind), np.zeros(len(STAGES)))
                row[STAGES.index(stage)] += part

    if policy is not None:
        kinds = {measure.kind for measure in policy.measures}
        paid = ledger[ledger["instrument"].isin(kinds) & ledger["payer"].isin(PAYERS)]
        sums = paid.groupby(["year", "payer", "instrument"])["eur"].sum().reset_index()
        for year, payer, kind, part in sums.itertuples(index=False):
            stages = STAGES if KINDS[kind].manner == OPEN else STAGES[1:]
            for stage in stages:
                add(stage, int(year), kind, {payer: float(part)})
        for (kind, year), due in _yearly(world, policy).items():
            add("announced_eur", year, kind, parts_by_payer(world, policy, kind, due))
        before = {kind: np.zeros(world.zone.n) for kind in kinds if KINDS[kind].pot}
        for year, now in waiting:
            for kind, pot in before.items():
                add("committed_eur", year, kind, parts_by_payer(world, policy, kind, now[kind] - pot))
                before[kind] = now[kind]
    frame = pd.DataFrame([(*key, *row) for key, row in sorted(eur.items())], columns=[*KEYS, *STAGES])
    return frame.astype({"year": np.int16, **dict.fromkeys(STAGES, np.float64)})


def _yearly(world: World, policy: Any) -> dict[tuple[str, int], np.ndarray]:
    """Euros announced for each kind of lever and year, by zone."""
    out: dict[tuple[str, int], np.ndarray] = {}
    for measure, month, due in planned(world, policy):
        key = (measure.kind, month // 12)
        out[key] = out[key] + due if key in out else due
    return out

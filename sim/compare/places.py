"""Where effects fall: distance to hubs, the table of départements, and the hubs themselves.

Rings are the same in every arm, so that displacement compares one hub with ninety-six: inside the footprint
("treated"), then up to 20 km, 20-50 km and beyond 50 km from the centre of the nearest hub's cell.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sim.compare.geography import Geography
from sim.compare.outcomes import ZONE_OUTCOMES
from sim.compare.paired import Floats, summary
from sim.compare.runs import Panel, Worlds

RING_KM = (20.0, 50.0)


def ring_of_cells(
    geography: Geography, hub_cells: NDArray[np.int64], footprint_km: float
) -> NDArray[np.int64]:
    """Return int64[C], the ring of each cell: 0 treated, 1 to 20 km, 2 to 50 km, 3 beyond (or no hub)."""
    where = geography.cells[["x_m", "y_m"]].to_numpy(np.float64)
    if len(hub_cells) == 0:
        return np.full(len(where), 3, dtype=np.int64)
    metres, _ = cKDTree(where[np.unique(hub_cells)]).query(where)
    outer = [1000.0 * km for km in RING_KM]
    ring = 1 + np.searchsorted(outer, metres, side="left")
    # A footprint is drawn from cell centres; the slack is a millimetre, for cells that lie exactly on it.
    return np.where(metres <= 1000.0 * footprint_km + 1e-3, 0, ring)


def departements(worlds: Worlds, panel: Panel, geography: Geography, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return effects by zone, arm, outcome and horizon; `hubs` tells which zones hold a hub in which arm."""
    at = panel.rows_of(worlds.horizons)
    parts = []
    for row, arm, pairs in worlds.policies():
        treated = geography.zones["zone"].isin(hubs.loc[hubs["arm"] == arm.id, "zone"]).to_numpy()
        for outcome in ZONE_OUTCOMES:
            values = panel.zonal[outcome][:, :, at][:, pairs]
            for h, year in enumerate(worlds.horizons):
                part = _zone_rows(geography.zones, values[row, :, h], values[0, :, h])
                parts.append(part.assign(arm=arm.id, outcome=outcome, year=year, treated=treated))
    order = ["code", "name", "region", "zone", "arm", "outcome", "year", "treated", "population"]
    frame = pd.concat(parts, ignore_index=True)
    return frame[order + [name for name in frame if name not in order]]


def _zone_rows(zones: pd.DataFrame, policy: Floats, reference: Floats) -> pd.DataFrame:
    difference = policy - reference
    effect = summary(difference)
    mean = effect["mean"]
    same_sign = (np.sign(difference) == np.sign(mean)).mean(axis=0)
    population = zones["population"].to_numpy(np.float64)
    return zones[["code", "name", "region", "zone", "population"]].assign(
        reference_mean=reference.mean(axis=0),
        diff_mean=mean,
        diff_ci_low=effect["ci95_low"],
        diff_ci_high=effect["ci95_high"],
        diff_p10=effect["p10"],
        diff_p90=effect["p90"],
        sign_agreement=same_sign,
        p_loss=(difference < 0.0).mean(axis=0),
        diff_per_10k=1e4 * mean / population,
        n=effect["n"],
    )


def hub_frame(worlds: Worlds) -> pd.DataFrame:
    """Return the hubs of every arm, one row per (arm, hub, id), over all its runs.

    A hub may stand elsewhere, or not at all, in another simulation: the place is that of the first run that
    has it, money is the mean of the runs that have it, and `share_of_runs` says how many do. Runs note the
    State's money by function and local money apart; here each function holds both, and `local_eur` is the
    part of local authorities in `eur_total`.
    """
    parts = []
    for row, arm in enumerate(worlds.arms):
        if arm.hubs is None:
            continue
        columns = worlds.shared(row)
        every = pd.concat([worlds.table("hubs", row, column) for column in columns], ignore_index=True)
        parts.append(_hubs_of_arm(every, len(columns)).assign(arm=arm.id))
    if not parts:
        return pd.DataFrame(columns=HUB_COLUMNS)
    return pd.concat(parts, ignore_index=True)[HUB_COLUMNS]


HUB_MONEY = ["eur_animation", "eur_brand", "eur_floor", "eur_accelerator", "local_eur"]
HUB_COLUMNS = [
    "arm",
    "hub",
    "id",
    "label",
    "zone",
    "x_m",
    "y_m",
    "cell",
    "eur_total",
    *HUB_MONEY,
    "staff_fte",
    "floor_m2",
    "places",
    "share_of_runs",
]


def _hubs_of_arm(every: pd.DataFrame, runs: int) -> pd.DataFrame:
    groups = every.groupby(["hub", "id"], sort=True)
    frame = groups[["label", "zone", "x_m", "y_m", "cell"]].first()
    frame[[*HUB_MONEY, "staff_fte", "floor_m2", "places"]] = groups[
        [*HUB_MONEY, "staff_fte", "floor_m2", "places"]
    ].mean()
    functions = HUB_MONEY[:4]
    levers = [name for name in every if str(name).startswith("eur_")]  # of the State, whatever acts through hubs
    state = groups[levers].mean().sum(axis=1)
    frame["eur_total"] = state + frame["local_eur"]
    frame[functions] = frame[functions].mul((frame["eur_total"] / state).where(state > 0.0, 1.0), axis=0)
    frame["share_of_runs"] = groups.size() / runs
    return frame.reset_index()

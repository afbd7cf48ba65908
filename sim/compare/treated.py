"""What becomes of what was aided: survival of aided startups, and rents around hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, summary

if TYPE_CHECKING:
    from sim.compare.runs import Panel, Worlds

SURVIVAL = ("survival", "survival_change")
RENT = "rent_change"
COLUMNS = ["arm", "year", "measure", "mean", "se", "ci95_low", "ci95_high", "p10", "p90", "n"]


def treated(worlds: Worlds, panel: Panel, survival: dict[int, Floats], hubs: pd.DataFrame) -> pd.DataFrame:
    """Return shares by arm and horizon.

    `survival`: startups ever aided that still have staff at the horizon. `survival_change`: of those that exist in
    both worlds, the share with staff here less the share with staff there. `rent_change`: rents paid by startups in
    the zones that hold a hub, against the same zones of the reference, weighted by the startups of the reference.

    Parameters
    ----------
    survival
        float64[n, 2, H] of the first two measures by arm row, as `twins.survival` gives them
    """
    at, rows = panel.rows_of(worlds.horizons), []
    rent, startups = (panel.zonal[name][:, :, at] for name in ("rent_eur_m2", "startups"))
    for row, arm, pairs in worlds.policies():
        zones = hubs.loc[hubs["arm"] == arm.id, "zone"].unique()
        weight = startups[0, pairs][:, :, zones]
        with np.errstate(invalid="ignore", divide="ignore"):
            change = (rent[row, pairs][:, :, zones] * weight).sum(axis=2) / (
                rent[0, pairs][:, :, zones] * weight
            ).sum(axis=2) - 1.0
        samples = dict(zip(SURVIVAL, np.moveaxis(survival[row], 1, 0))) | {RENT: change}
        for measure, sample in samples.items():
            for h, year in enumerate(worlds.horizons):
                known = sample[np.isfinite(sample[:, h]), h]
                if len(known):
                    found = {name: float(value[0]) for name, value in summary(known).items()}
                    rows.append({"arm": arm.id, "year": year, "measure": measure} | found)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n": np.int64})

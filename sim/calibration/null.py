"""France without agents as operators see it: the account of `sim.compare.null_model`, with one law of staff for all."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sim.calibration.observed import Observed
from sim.census import LIST_AGE
from sim.compare import null_model
from sim.compare.geography import Geography

CLASSES = 200  # equal parts into which the law of staff is cut


def without_agents(geography: Geography, years: np.ndarray, last_month: int) -> Observed | None:
    """Return the run that the model without agents stands for; None where the territory lacks what it needs."""
    if not set(null_model.NEEDED) <= set(geography.zones.columns):
        return None
    zonal, firms = null_model.expected(geography, years, last_month)
    share = zonal["startups"].sum(axis=0) / zonal["startups"].sum()
    ends = [12 * int(year) + 11 for year in years]
    young = [_ages(firms, end)[: LIST_AGE // 12].sum() for end in ends]
    zonal["recognised"] = np.outer(young, share)
    zonal["recognised_jobs"] = null_model.STAFF_MEAN * zonal["recognised"]
    spread = math.sqrt(2.0 * math.log(null_model.STAFF_MEAN / null_model.STAFF_MEDIAN))
    staff = null_model.STAFF_MEDIAN * np.exp(spread * ndtri((np.arange(CLASSES) + 0.5) / CLASSES))
    census = pd.concat([_census(int(year), _ages(firms, end), staff) for year, end in zip(years, ends)])
    return Observed(years, zonal, geography.zones, last_month, firms=firms, census=census)


def _ages(firms: pd.DataFrame, end: int) -> np.ndarray:
    """Startups in business at the end of a month, by age in years."""
    alive = firms[(firms["birth"] <= end) & ((firms["closed"] < 0) | (firms["closed"] > end))]
    return np.bincount((end - alive["birth"].to_numpy()) // 12)


def _census(year: int, by_age: np.ndarray, staff: np.ndarray) -> pd.DataFrame:
    age, rank = np.indices((by_age.size, staff.size)).reshape(2, -1)
    return pd.DataFrame({"year": year, "measure": "staff", "age": age, "recognised": True, "value": staff[rank],
                         "startups": by_age[age] / staff.size})  # fmt: skip

"""France without agents: what a sheet of paper gives, for the same figures as the scorecard.

Two classical accounts, with nothing but the map before the policy and national series:

    shift-share   every zone keeps its share of startups and jobs; the nation follows the trend of digital trades
    gravity       money goes from the zones of funds to the zones of startups, less the farther they are

A model with agents that does no better than this has not earned its agents on that figure.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.compare.geography import Geography
from sim.compare.paired import Floats
from sim.params import PARAMETERS
from sim.processes.closure import yearly_hazard
from sim.processes.drivers import capital_index

NEEDED = ("digital_jobs", "startup_weight", "vc_weight")  # columns of the territory, all from before the policy
FIRST_YEAR, CENSUS = 2008, 2012.5  # first year of the account; when the digital jobs were counted
STARTUPS_PER_WORKER = 0.0125  # 10,000 startups in 2008: assumption, that of the agents' first month
STAFF_MEAN, STAFF_MEDIAN = 7.0, 3.5  # DGE, Les Thémas n° 21, 2024: 7 people on average, median 3 to 4
MEAN_ROUND_EUR = 2.5e6  # EY, 2013
DISTANCE = 0.30  # Sorenson and Stuart 2001: decay of investment with distance


def value(name: str) -> float:
    """Default of a parameter that both models take from the same source."""
    return PARAMETERS[name].default


def survival(age_months: NDArray[np.int_]) -> Floats:
    """Share of startups alive at an age, by the hazards of INSEE's cohorts alone (MODEL C12.2)."""
    months = np.arange(age_months.max(initial=0) + 1)
    base, hump = value("closure.base"), value("closure.hump")
    hazard = np.array([yearly_hazard(m / 12.0, base, hump, False) for m in months]) / 12.0
    return np.exp(-np.r_[0.0, np.cumsum(hazard)])[age_months]


def national(years: NDArray[np.int_], workers: float) -> tuple[Floats, Floats]:
    """Startups at the end of each year, and startups founded in it: a stock in step with digital trades."""
    trend, after = value("population.trend"), value("population.trend_after")
    growth = np.where(years <= 2023, trend, after)
    since = np.minimum(years + 1, 2024) - CENSUS
    stock = STARTUPS_PER_WORKER * workers * np.exp(trend * since + after * np.maximum(years - 2023, 0))
    mean_hazard = -math.log(survival(np.array([120]))[0]) / 10.0
    return stock, stock * (growth + mean_hazard)


def cohorts(first_year: int, entries: Floats, last_month: int) -> pd.DataFrame:
    """Startups month by month: they close at even quantiles of survival and have lognormal staff at five years."""
    ages = np.arange(12 * 40)
    alive = survival(ages)
    parts = []
    for month in range(12 * first_year, last_month + 1):
        count = round(entries[month // 12 - first_year] / 12.0)
        rank = (np.arange(count) + 0.5) / max(count, 1)
        age = np.searchsorted(-alive, -rank) - 1  # month in which survival falls to the rank
        closed = np.where(month + age <= last_month, month + age, -1)
        spread = math.sqrt(2.0 * math.log(STAFF_MEAN / STAFF_MEDIAN))
        reach = (age >= 60) & (month + 60 <= last_month)
        at_five = np.full(count, np.nan)
        order = (np.arange(reach.sum()) + 0.5) / max(reach.sum(), 1)
        at_five[reach] = STAFF_MEDIAN * np.exp(spread * ndtri(order))
        parts.append(pd.DataFrame({"birth": month, "closed": closed, "staff_at_five": at_five}))
    return pd.concat(parts, ignore_index=True)


def gravity(zones: pd.DataFrame) -> Floats:
    """Share of invested money that each zone receives, [Z]."""
    x, y = zones["x_m"].to_numpy(float), zones["y_m"].to_numpy(float)
    km = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0
    np.fill_diagonal(km, 128.0 / (45.0 * math.pi) * np.sqrt(zones["area_km2"].to_numpy(float) / math.pi))
    pull = zones["startup_weight"].to_numpy(float) * (1.0 + km / 10.0) ** -DISTANCE
    given = zones["vc_weight"].to_numpy(float)
    return (given / given.sum()) @ (pull / pull.sum(axis=1, keepdims=True))


def expected(geography: Geography, years: NDArray[np.int_], last_month: int) -> tuple[dict[str, Floats], pd.DataFrame]:
    """Yearly tables by zone, name -> [Y, Z], and the table of startups, as a run would leave them.

    Raises
    ------
    KeyError
        If the territory lacks a column named in `NEEDED`.
    """
    zones = geography.zones
    share = zones["startup_weight"].to_numpy(float) / zones["startup_weight"].sum()
    every = np.arange(FIRST_YEAR, int(years[-1]) + 1)
    stock, entries = national(every, float(zones["digital_jobs"].sum()))
    kept = np.isin(every, years)
    raised = value("funding.supply_2013_eur") * np.array([capital_index(12 * y) for y in every])
    received = np.outer(raised, gravity(zones))
    zonal = {
        "startups": np.outer(stock, share), "entries": np.outer(entries, share),
        "jobs": STAFF_MEAN * np.outer(stock, share), "raised_eur": received, "rounds": received / MEAN_ROUND_EUR,
        "funded_startups": np.cumsum(received, axis=0) / MEAN_ROUND_EUR,
    }
    return {name: table[kept] for name, table in zonal.items()}, cohorts(FIRST_YEAR, entries, last_month)

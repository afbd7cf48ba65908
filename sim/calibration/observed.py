"""One run as those who count startups could have seen it: yearly tables by zone, startups, rounds, the census."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.fields import ANGEL

Floats = NDArray[np.float64]

CAPITAL: Final = ("75", "77", "78", "91", "92", "93", "94", "95")
"""Départements of Île-de-France, one labour market."""
METROPOLITAN: Final = 96
KEYS: Final = frozenset({"year", "zone", "scenario", "seed", "run_id"})
"""Columns of a yearly table that say which row it is."""


@dataclass(frozen=True)
class Observed:
    """What one run leaves, as operators read it.

    Attributes
    ----------
    years
        stored years, int64[Y]
    zonal
        yearly columns by zone, name -> float64[Y, Z]
    zones
        one row per zone: code, name, region, x_m, y_m
    firms, rounds, census
        tables of the run (`sim.recorder`, `sim.census`); empty where the run has none
    last_month
        of the run, absolute
    """

    years: NDArray[np.int64]
    zonal: dict[str, Floats]
    zones: pd.DataFrame
    last_month: int
    firms: pd.DataFrame = field(default_factory=pd.DataFrame)
    rounds: pd.DataFrame = field(default_factory=pd.DataFrame)
    census: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def capital(self) -> NDArray[np.bool_]:
        """Zones of Île-de-France, bool[Z]."""
        return self.zones["code"].isin(CAPITAL).to_numpy()

    @property
    def market(self) -> NDArray[np.int64]:
        """Zones with Île-de-France as one: the same number for all of it, int64[Z]."""
        rows = np.arange(len(self.zones))
        return np.where(self.capital, int(rows[self.capital].min(initial=len(rows))), rows)

    def region(self, name: str) -> NDArray[np.bool_]:
        """Zones of a region, or the one zone of this code, bool[Z]."""
        return ((self.zones["region"] == name) | (self.zones["code"] == name)).to_numpy()

    def span(self, name: str, first: int, last: int) -> Floats:
        """Return a column summed over the years first to last, float64[Z]; NaN unless all of them are stored."""
        kept = (self.years >= first) & (self.years <= last)
        if name not in self.zonal or kept.sum() != last - first + 1:
            return np.full(len(self.zones), np.nan)
        return np.asarray(self.zonal[name][kept].sum(axis=0))

    def funded(self, first: int, last: int) -> pd.DataFrame:
        """Return the rounds that funds led in the years first to last, in order of startup and month."""
        if self.rounds.empty or not {first, last} <= set(self.years.tolist()):
            return self.rounds.iloc[:0]
        year = self.rounds["month"] // 12
        kept = self.rounds[(self.rounds["kind"] != ANGEL) & (year >= first) & (year <= last)]
        return kept.sort_values(["uid", "month"], kind="stable")

    def listed(self, measure: str, year: int, *, oldest: float = np.inf, known: bool = True) -> tuple[Floats, Floats]:
        """Return the values of a measure in December and how many startups have each.

        Parameters
        ----------
        oldest : only those younger than so many years
        known : only those that lists of support or of rounds show
        """
        c = self.census
        if c.empty:
            return np.empty(0), np.empty(0)
        kept = c[(c["measure"] == measure) & (c["year"] == year) & (c["age"] < oldest)]
        kept = kept[kept["recognised"]] if known else kept
        return kept["value"].to_numpy(np.float64), kept["startups"].to_numpy(np.float64)


def observed(table: Callable[[str], pd.DataFrame], zones: pd.DataFrame, last_month: int) -> Observed:
    """Read one run; `table` returns a table of it by name, and raises ``KeyError`` or ``OSError`` where it has none."""
    series = table("series")
    years = np.unique(series["year"].to_numpy(np.int64))
    cell = np.searchsorted(years, series["year"]) * len(zones) + series["zone"].to_numpy(np.int64)
    size = len(years) * len(zones)
    zonal = {
        str(name): np.asarray(np.bincount(cell, series[name], size), np.float64).reshape(len(years), len(zones))
        for name in series.columns
        if name not in KEYS
    }
    more = {name: _or_empty(table, name) for name in ("firms", "rounds", "census")}
    return Observed(years, zonal, zones, last_month, **more)


def _or_empty(table: Callable[[str], pd.DataFrame], name: str) -> pd.DataFrame:
    try:
        return table(name)
    except (KeyError, OSError):
        return pd.DataFrame()


def is_france(zones: pd.DataFrame) -> bool:
    """Tell whether zones are the 96 metropolitan départements, by their codes."""
    codes = set(zones["code"])
    return len(codes) == METROPOLITAN and codes.issuperset((*CAPITAL, "2A", "2B"))


def quantile(values: Floats, count: Floats, share: float) -> float:
    """Return the smallest value that at least a share of the counted have; NaN where there is none."""
    if count.sum() <= 0.0:
        return np.nan
    order = np.argsort(values)
    cumulated = np.cumsum(count[order]) / count.sum()
    return float(values[order][np.searchsorted(cumulated, share - 1e-12)])


def mean(values: Floats, count: Floats) -> float:
    """Return the mean of counted values; NaN where there is none."""
    return float((values * count).sum() / count.sum()) if count.sum() > 0.0 else np.nan


def share_of(part: NDArray[np.bool_], values: Floats) -> float:
    """Return the share of the zones `part` in the sum of `values`; NaN where that is not positive."""
    total = values.sum()
    return float(values[part].sum() / total) if total > 0.0 else np.nan

"""What a statistician sees of a run: by zone and year, or firm by firm, through a definition and with errors.

The definition says what is counted, the scale in what unit effects are told; noise is the error of measurement, and
attrition the share of units that are not followed to the end. All four are declared and printed with each table. The
same errors fall on both worlds of a pair, so that they never stand for an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evaluation.estimate import Floats
from sim.evaluation.panel import NEVER, Panel

Tables = Callable[[str], pd.DataFrame]
"""Gives a table of one run by its name: series, firms, hubs."""

OBSERVER_KEY: Final = 0x4556414C5541544F  # of the errors of measurement: the ASCII codes of EVALUATO
YOUNG_MONTHS, FIVE_YEARS = 96, 60
LEAST: Final = 1.0  # added before a logarithm, so that an empty zone has one


@dataclass(frozen=True)
class Definition:
    """What is counted.

    Attributes
    ----------
    text : what it is, in each language
    count : tables of a run, years and number of zones -> float64[Z, Y]
    before : whether the years before the study can be counted as well (firms are written down from its start on)
    """

    text: Mapping[str, str]
    count: Callable[[Tables, NDArray[np.int64], int], Floats]
    before: bool = True


def _yearly(column: str) -> Callable[[Tables, NDArray[np.int64], int], Floats]:
    """Count a column of the yearly table of zones."""

    def count(tables: Tables, years: NDArray[np.int64], zones: int) -> Floats:
        series = tables("series")
        series = series[series["year"].isin(years)]
        wide = series.pivot_table(index="zone", columns="year", values=column, aggfunc="sum")
        return np.asarray(wide.reindex(index=range(zones), columns=years).fillna(0.0).to_numpy(np.float64))

    return count


def _young(tables: Tables, years: NDArray[np.int64], zones: int) -> Floats:
    """Startups in business on 31 December and founded less than eight years before, by their last zone."""
    firms = tables("firms")
    birth, closed, zone = (firms[name].to_numpy(np.int64) for name in ("birth", "closed", "zone"))
    out = np.zeros((zones, len(years)))
    for k, year in enumerate(years):
        month = 12 * year + 11
        alive = (birth <= month) & ((closed < 0) | (closed > month)) & (month - birth < YOUNG_MONTHS)
        out[:, k] = np.bincount(zone[alive], minlength=zones)
    return out


def _five(tables: Tables, years: NDArray[np.int64], zones: int) -> Floats:
    """Startups that reached their fifth birthday in the year, by their last zone."""
    firms = tables("firms")
    lived = firms["staff_at_five"].fillna(0.0).to_numpy() > 0.0
    year = (firms["birth"].to_numpy(np.int64) + FIVE_YEARS) // 12
    zone = firms["zone"].to_numpy(np.int64)
    return np.stack([np.bincount(zone[lived & (year == y)], minlength=zones).astype(np.float64) for y in years], axis=1)


DEFINITIONS: Final[Mapping[str, Definition]] = {
    "startups": Definition({"en": "all startups in business", "fr": "toutes les startups en activité"},
                           _yearly("startups")),
    "jobs": Definition({"en": "jobs in startups", "fr": "emplois dans les startups"}, _yearly("jobs")),
    "funded": Definition({"en": "startups that ever raised equity", "fr": "startups ayant levé des fonds propres"},
                         _yearly("funded_startups")),
    "young": Definition({"en": "startups of less than eight years", "fr": "startups de moins de huit ans"}, _young,
                        before=False),
    "five_years": Definition({"en": "startups that reach their fifth birthday in the year",
                              "fr": "startups qui atteignent leurs cinq ans dans l'année"}, _five, before=False),
    "entries": Definition({"en": "startups founded in the year", "fr": "startups créées dans l'année"},
                          _yearly("entries")),
    "raised": Definition({"en": "equity raised in the year", "fr": "fonds propres levés dans l'année"},
                         _yearly("raised_eur")),
}
SCALES: Final[Mapping[str, Mapping[str, str]]] = {
    "log": {"en": "per cent (logarithm)", "fr": "pour cent (logarithme)"},
    "level": {"en": "units per treated zone", "fr": "unités par territoire aidé"},
    "per_10k": {"en": "units per 10,000 inhabitants", "fr": "unités pour 10 000 habitants"},
}


@dataclass(frozen=True)
class Observation:
    """How an evaluator looks at the world.

    Attributes
    ----------
    outcome : one of `DEFINITIONS`
    scale : one of `SCALES`; logarithms are times 100, so that effects read as per cent
    noise : standard deviation of the error of each yearly figure, as a share of it
    attrition : share of units that are not followed to the last year
    """

    outcome: str = "startups"
    scale: str = "log"
    noise: float = 0.0
    attrition: float = 0.0

    def measure(self, counts: Floats, population: Floats) -> Floats:
        """Put counts [Z, Y] on the scale."""
        if self.scale == "log":
            return np.asarray(100.0 * np.log(counts + LEAST))
        return counts * 1e4 / population[:, None] if self.scale == "per_10k" else counts

    def error(self, values: Floats, seed: int) -> Floats:
        """Errors of measurement [n, T] on the scale of `values`; NaN from when a unit is lost."""
        generator = np.random.Generator(np.random.Philox(key=OBSERVER_KEY + seed))
        n, years = values.shape
        draws, lost, when = generator.normal(size=(n, years)), generator.random(n), generator.random(n)
        share = 100.0 * np.ones_like(values) if self.scale == "log" else np.abs(values)
        error = np.asarray(self.noise * share * draws)
        last = 1 + np.floor(when * (years - 1))  # each is seen once at least
        gone = np.asarray(lost < self.attrition)
        error[gone[:, None] & (np.arange(years) >= last[:, None])] = np.nan
        return error


def starts_of_zones(hubs: pd.DataFrame, dates: Mapping[str, int], first_year: int, zones: int) -> NDArray[np.int64]:
    """Year from which each zone has a hub, `NEVER` where it has none, [Z].

    Parameters
    ----------
    dates : month in which sites got their label, by id, where it was not when the money started
    first_year : of the money
    """
    first = np.full(zones, NEVER, dtype=np.int64)
    for zone, name in zip(hubs["zone"].to_numpy(np.int64), hubs["id"]):
        year = max(dates.get(str(name), 0) // 12, first_year)
        first[zone] = year if first[zone] == NEVER else min(first[zone], year)
    return first


def by_zone(
    tables: Tables, seen: Observation, years: NDArray[np.int64], population: Floats, first: NDArray[np.int64]
) -> Panel:
    """The panel of zones of one run, free of errors.

    Parameters
    ----------
    population : [Z] inhabitants
    first : [Z] start of treatment of each zone
    """
    counts = DEFINITIONS[seen.outcome].count(tables, years, len(population))
    return Panel(seen.measure(counts, population), years, first)

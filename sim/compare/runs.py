"""Read stored runs into dense arrays: which arm and seed finished, and every year and zone of each.

The comparison never looks into the run store itself. It needs two methods, those of `StoredRuns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare.equity import gini, theil
from sim.compare.geography import Geography
from sim.compare.outcomes import OUTCOMES, ZONAL_COLUMNS
from sim.compare.paired import Floats
from sim.refusals import Refusal

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study
    from sim.territory import Zones


class NotComparable(Refusal):
    """The runs cannot be compared fairly (no pair of runs, mixed versions, unequal cost): exit code 5."""


class StoredRuns(Protocol):
    """What the comparison asks of a store of runs."""

    def runs(self) -> pd.DataFrame:
        """Return one row per run: run_id, scenario (its id), seed, status, and one column per scalar."""

    def table(self, name: str, *, scenario: str, seed: int) -> pd.DataFrame:
        """Return a stored table of one finished run."""


@dataclass(frozen=True)
class Worlds:
    """The arms of a study and the runs they have: the reference is row 0, then arms, then variants.

    `done` bool[A, S] tells which runs finished; `runs` holds the rows of the finished runs, keyed by
    (scenario, seed).
    """

    arms: tuple[Scenario, ...]
    main: int
    seeds: tuple[int, ...]
    done: NDArray[np.bool_]
    runs: pd.DataFrame
    failed: int
    horizons: tuple[int, ...]
    stored: StoredRuns

    def shared(self, *rows: int) -> NDArray[np.intp]:
        """Return the columns (seeds) that all the arms of `rows` have finished."""
        return np.flatnonzero(self.done[list(rows)].all(axis=0))

    def policies(self) -> Iterator[tuple[int, Scenario, NDArray[np.intp]]]:
        """Give row, scenario and paired seeds (columns) of every arm but the reference."""
        for row, arm in enumerate(self.arms[1:], start=1):
            yield row, arm, self.shared(0, row)

    def scalar(self, name: str) -> Floats:
        """Return float64[A, S] of one scalar; NaN where the run is missing."""
        values = np.full(self.done.shape, np.nan)
        for row, column in zip(*np.nonzero(self.done)):
            values[row, column] = self.runs.at[(self.arms[row].id, self.seeds[column]), name]
        return values

    def table(self, name: str, row: int, column: int) -> pd.DataFrame:
        """Return one table of the run of an arm (row) and a seed (column)."""
        return self.stored.table(name, scenario=self.arms[row].id, seed=self.seeds[column])


def find_worlds(study: Study, stored: StoredRuns) -> Worlds:
    """Sort the stored runs of a study by arm and seed.

    Variants without any finished run are left out (a study may be run without them). Raises `NotComparable`
    when an arm has no seed in common with the reference, or when a run is there twice.
    """
    every = stored.runs()
    wanted = [study.reference, *study.arms, *study.variants]
    planned = every[every["scenario"].isin([s.id for s in wanted]) & every["seed"].isin(study.seeds)]
    finished = planned[planned["status"] == "ok"].set_index(["scenario", "seed"])
    twice = finished.index[finished.index.duplicated()]
    if len(twice):
        scenario, seed = twice[0]
        raise NotComparable("two_runs", scenario=scenario, seed=seed)
    have = set(finished.index)
    seeds = tuple(sorted(study.seeds))
    named = [study.reference, *study.arms] + [
        v for v in study.variants if any((v.id, seed) in have for seed in seeds)
    ]
    done = np.array([[(arm.id, seed) in have for seed in seeds] for arm in named])
    for arm, row in zip(named, done):
        if not (row & done[0]).any():
            raise NotComparable("no_pair", arm=arm.id, reference=study.reference.id)
    return Worlds(
        arms=tuple(named),
        main=1 + len(study.arms),
        seeds=seeds,
        done=done,
        runs=finished,
        failed=int((planned["status"] != "ok").sum()),
        horizons=tuple(month // 12 for month in study.horizons),
        stored=stored,
    )


@dataclass(frozen=True)
class Panel:
    """Yearly values of all runs: `zonal[column]` [A, S, Y, Z] and `national[outcome]` [A, S, Y].

    NaN where a run is missing.
    """

    years: NDArray[np.int64]
    zonal: dict[str, Floats]
    national: dict[str, Floats]

    def rows_of(self, years: tuple[int, ...]) -> NDArray[np.intp]:
        """Return the positions of `years`."""
        return np.searchsorted(self.years, years)


def read_panel(worlds: Worlds, geography: Geography) -> Panel:
    """Read the yearly tables of all finished runs; raises `NotComparable` if their years differ."""
    zones = len(geography.zones)
    finished = list(zip(*np.nonzero(worlds.done)))
    years = np.unique(worlds.table("series", *finished[0])["year"].to_numpy(np.int64))
    zonal = {name: np.full((*worlds.done.shape, len(years), zones), np.nan) for name in ZONAL_COLUMNS}
    for row, column in finished:
        table = worlds.table("series", row, column)
        found = np.unique(table["year"].to_numpy(np.int64))
        if not np.array_equal(years, found):
            raise NotComparable(
                "other_years", scenario=worlds.arms[row].id, seed=worlds.seeds[column], first=found[0], last=found[-1],
                begin=years[0], end=years[-1],
            )  # fmt: skip
        for name, values in by_year_and_zone(table, years, zones).items():
            zonal[name][row, column] = values
    missing = [year for year in worlds.horizons if year not in years]
    if missing:
        raise NotComparable("horizon_outside", horizon=missing[0], begin=years[0], end=years[-1])
    return Panel(years, zonal, national(zonal, geography.population, geography.region))


def by_year_and_zone(table: pd.DataFrame, years: NDArray[np.int64], zones: int) -> dict[str, Floats]:
    """Return the columns that the comparison reads of one run's series, float64[Y, Z] each."""
    cell = np.searchsorted(years, table["year"]) * zones + table["zone"].to_numpy(np.int64)
    dense: dict[str, Floats] = {}
    for name in ZONAL_COLUMNS:
        sums = np.bincount(cell, weights=table[name], minlength=len(years) * zones)
        dense[name] = np.asarray(sums, np.float64).reshape(len(years), zones)
    return dense


def outcomes_of(table: pd.DataFrame, years: Sequence[int], zones: Zones) -> dict[str, float]:
    """Return the national outcomes of one run at the end of some years, from its series: ``jobs_2033``."""
    rows, kept = table[table["year"].isin(years)], np.array(sorted(years))
    region = pd.factorize(np.asarray(zones.region))[0]
    found = national(by_year_and_zone(rows, kept, len(zones.population)), zones.population, region)
    return {f"{name}_{year}": float(found[name][k]) for name in found for k, year in enumerate(kept)}


def national(zonal: dict[str, Floats], population: Floats, region: NDArray[np.intp]) -> dict[str, Floats]:
    """Return every outcome of the country, [...], from the columns by zone, [..., Z]."""
    indices = {
        "theil_jobs": theil(zonal["jobs"], population, region).total,
        "gini_jobs": gini(zonal["jobs"], population),
    }
    return {o.name: indices.get(o.name, zonal[o.column].sum(axis=-1)) for o in OUTCOMES}

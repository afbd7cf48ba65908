"""One policy in one pair of worlds, as an evaluator finds it: zones, firms, quartiers, with and without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evaluation.estimate import Floats, NotEstimable
from sim.evaluation.observe import DEFINITIONS, Observation, Tables, by_zone, starts_of_zones
from sim.evaluation.panel import Panel

if TYPE_CHECKING:
    from sim.compare import Geography

FAR_KM: Final = 100.0  # controls of the design that leaves out neighbours lie at least as far from every hub


@dataclass(frozen=True)
class Zones:
    """Panels of zones: with and without the policy, free of errors, and the errors of both."""

    policy: Panel
    without: Panel
    error: Floats

    def keep(self, rows: NDArray[np.bool_]) -> Zones:
        """The panels of some zones."""
        return Zones(self.policy.keep(rows), self.without.keep(rows), self.error[rows])


@dataclass(frozen=True)
class Case:
    """One policy, one seed.

    Attributes
    ----------
    here, there : tables of the runs with and without the policy
    history : yearly table of zones before the study
    first_year : of the money of the policy
    dates : month of the label of each site that had one of its own
    horizons : months at which the staff of firms was noted
    scores : [Z] score of each zone at the call, NaN for those that did not apply; None where there was no call
    threshold : score from which plans got the label, None where it was not given so
    """

    seed: int
    here: Tables
    there: Tables
    history: pd.DataFrame
    geography: Geography
    seen: Observation
    first_year: int
    dates: dict[str, int]
    horizons: tuple[int, ...]
    scores: Floats | None = None
    threshold: float | None = None

    @cached_property
    def hubs(self) -> pd.DataFrame:
        """Hubs of the policy."""
        return self.here("hubs")

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Year from which each zone is treated, [Z]."""
        return starts_of_zones(self.hubs, self.dates, self.first_year, len(self.geography.zones))

    @cached_property
    def zones(self) -> Zones:
        """Panels of all zones, history included where the definition allows."""
        people = self.geography.population
        before = self.history if DEFINITIONS[self.seen.outcome].before else self.history.iloc[:0]
        years = np.unique(np.concatenate([before["year"], self.here("series")["year"]])).astype(np.int64)
        panels = [by_zone(_joined(run, before), self.seen, years, people, self.first)
                  for run in (self.here, self.there)]
        if not panels[0].treated.any():
            raise NotEstimable("the policy has no hub")
        return Zones(panels[0], panels[1], self.seen.error(panels[0].values, self.seed))

    @cached_property
    def hub_km(self) -> Floats:
        """Distance of the centre of each zone from the nearest hub, [Z]."""
        zones, hubs = self.geography.zones, self.hubs
        km = np.hypot(zones["x_m"].to_numpy()[:, None] - hubs["x_m"].to_numpy(),
                      zones["y_m"].to_numpy()[:, None] - hubs["y_m"].to_numpy()) / 1000.0
        return np.asarray(km.min(axis=1))

    @property
    def gross(self) -> float:
        """Effect on the treated zones taken together, as `net` counts it; the truth of designs weighs zones alike."""
        return self._over(self._added[self.first != 0].sum())

    @property
    def net(self) -> float:
        """Effect on all zones together, in the unit of the truth: what the policy added, over the treated.

        Mean over years under treatment; on the logarithmic scale, per cent of what the treated would have had.
        """
        return self._over(self._added.sum())

    @cached_property
    def _usual(self) -> Floats:
        return self._mean_level(self.there)

    @cached_property
    def _added(self) -> Floats:
        return self._mean_level(self.here) - self._usual

    def _mean_level(self, run: Tables) -> Floats:
        """Mean over the years under treatment of what is counted, [Z]."""
        level = replace(self.seen, scale="level", noise=0.0, attrition=0.0)
        years = self.zones.policy.years
        counted = years[years >= self.zones.policy.start]
        return np.asarray(by_zone(run, level, counted, self.geography.population, self.first).values.mean(axis=1))

    def _over(self, added: float) -> float:
        """What was added, over the treated zones, on the scale of the observation."""
        treated = self.first != 0
        if self.seen.scale == "log":
            return float(100.0 * np.log1p(added / self._usual[treated].sum()))
        per_10k = self.seen.scale == "per_10k"
        return float(added / (self.geography.population[treated].sum() / 1e4 if per_10k else treated.sum()))

    @cached_property
    def firms(self) -> pd.DataFrame:
        """Firms in business before the policy, with their twins of the other world, whose columns end in ``_twin``."""
        wide = self.here("firms").merge(self.there("firms"), on="uid", how="inner", suffixes=("", "_twin"))
        return wide[(wide["staff_h0"] > 0) & ~wide["aided_h0"]].reset_index(drop=True)

    def startups_by_cell(self, run: Tables, year: int) -> Floats:
        """Startups in business at the end of a year by the quartier they were in last, [cells]."""
        firms, month = run("firms"), 12 * year + 11
        birth, closed = firms["birth"].to_numpy(), firms["closed"].to_numpy()
        cell = firms["cell"].to_numpy(np.int64)
        alive = (birth <= month) & ((closed < 0) | (closed > month)) & (cell >= 0)
        return np.bincount(cell[alive], minlength=len(self.geography.cells)).astype(np.float64)


def _joined(run: Tables, before: pd.DataFrame) -> Tables:
    """Tables of a run whose yearly series begins with its history."""

    def table(name: str) -> pd.DataFrame:
        found = run(name)
        return pd.concat([before, found], ignore_index=True) if name == "series" and len(before) else found

    return table

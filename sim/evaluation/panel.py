"""A panel as an evaluator holds it: units by years, and the year from which each unit is treated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evaluation.estimate import Floats, NotEstimable

NEVER = 0


@dataclass(frozen=True)
class Panel:
    """Outcomes of units by year.

    Attributes
    ----------
    values : float64[n, T], NaN where a unit is not observed
    years : int64[T], in order
    first : int64[n], first year under treatment, `NEVER` for controls
    """

    values: Floats
    years: NDArray[np.int64]
    first: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.values.shape != (self.first.size, self.years.size):
            raise ValueError(f"{self.values.shape} values for {self.first.size} units and {self.years.size} years")

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Units that are ever treated, [n]."""
        return self.first != NEVER

    @property
    def on(self) -> NDArray[np.bool_]:
        """Where treatment is on, [n, T]."""
        return self.treated[:, None] & (self.years >= self.first[:, None])

    def keep(self, units: NDArray[np.bool_]) -> Panel:
        """The panel of some units."""
        return replace(self, values=self.values[units], first=self.first[units])

    def complete(self) -> Panel:
        """The panel of the units observed in every year.

        Raises
        ------
        NotEstimable
            if no treated unit or no control is left, or no year before the first treatment
        """
        left = self.keep(np.asarray(np.isfinite(self.values).all(axis=1)))
        if not left.treated.any() or left.treated.all():
            what = "treated unit" if not left.treated.any() else "control"
            raise NotEstimable(f"no {what} is observed in every year")
        if left.years[0] >= left.first[left.treated].min():
            raise NotEstimable("no year before the treatment is observed")
        return left

    @property
    def start(self) -> int:
        """First year in which anybody is treated."""
        return int(self.first[self.treated].min())

    def change(self) -> Floats:
        """Mean of the years from `start` on less the mean of those before, [n]."""
        after = self.years >= self.start
        return np.asarray(self.values[:, after].mean(axis=1) - self.values[:, ~after].mean(axis=1))

    def frame(self) -> pd.DataFrame:
        """One row per unit and year: unit, year, value, treated now (0 or 1); unobserved ones left out."""
        n, t = self.values.shape
        frame = pd.DataFrame({"unit": np.repeat(np.arange(n), t), "year": np.tile(self.years, n),
                              "value": self.values.ravel(), "on": self.on.ravel().astype(float)})
        return frame.dropna(subset="value").reset_index(drop=True)

"""What every estimator gives: a value, how sure it claims to be, and on how many units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.95


class NotEstimable(ValueError):
    """The data at hand do not allow a design; the message says what is missing."""


@dataclass(frozen=True)
class Estimate:
    """An estimate with the interval that its own method gives.

    Attributes
    ----------
    value, se : estimate and its standard error, unit of the outcome
    low, high : ends of the 95 % interval
    treated, controls : number of units behind it
    more : further figures of the method by name, such as the p-value of a placebo test
    """

    value: float
    se: float
    low: float
    high: float
    treated: int
    controls: int
    more: Mapping[str, float] = field(default_factory=dict)

    def covers(self, truth: float) -> bool:
        """Whether the interval holds a value."""
        return self.low <= truth <= self.high

    @property
    def sees(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.covers(0.0)


def with_interval(
    value: float, se: float, treated: int, controls: int, *, freedom: float = np.inf, **more: float
) -> Estimate:
    """Put the usual interval around a value: of Student with so many degrees of freedom, normal without bound."""
    from scipy import stats

    tail = 0.5 + LEVEL / 2.0
    reach = stats.t.ppf(tail, freedom) if np.isfinite(freedom) else stats.norm.ppf(tail)
    half = float(reach) * se
    return Estimate(float(value), float(se), float(value - half), float(value + half), treated, controls, more)

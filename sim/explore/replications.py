"""How many seeds: for a wanted precision of a mean effect, from a pilot, and how to share runs between draws and seeds.

The number is fixed before the runs. "Run until it is significant" is not offered: it finds effects where none are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from sim.compare.robustness import luck_and_ignorance
from sim.explore.needs import NotEnough

ASSURANCE: Final = 0.9
"""The pilot's standard deviation is replaced by one that the true one exceeds with a chance of 1 - ASSURANCE."""
MOST: Final = 1_000_000_000
"""More runs than this are not computed: the answer is that it cannot be had."""


@dataclass(frozen=True)
class Needed:
    """Seeds for a half-width: `n` if the pilot's spread is right, `n_safe` if it is as large as it may well be."""

    n: int
    n_safe: int
    half_width: float
    mean: float
    sd: float
    sd_safe: float
    pilot: int


@dataclass(frozen=True)
class Split:
    """Luck within a draw, ignorance between draws, and what to run.

    `seeds` per draw and `draws` for the half-width asked; `cost` of that; `share_luck` of the variance of one run;
    `design_effect`: how many times as many runs as if all were independent.
    """

    sd_luck: float
    sd_ignorance: float
    share_luck: float
    seeds: int
    draws: int
    design_effect: float
    cost: float


def half_width_of(sd: float, n: int, level: float = 0.95) -> float:
    """Return the half-width of Student's interval of a mean of `n` values: t(n - 1) sd / sqrt(n)."""
    return float(stats.t.ppf(0.5 + level / 2.0, n - 1)) * sd / math.sqrt(n)


def seeds_for(sd: float, half_width: float, level: float = 0.95) -> int:
    """Return the fewest values, at least 2, whose interval is no wider than asked: Student's quantile is that of n.

    Raises
    ------
    ValueError
        a half-width that is not above 0, or a spread that is not a number
    NotEnough
        more than a thousand million would be needed
    """
    if not half_width > 0.0 or not sd >= 0.0:
        raise ValueError(f"a half-width above 0 and a standard deviation are needed, not {half_width} and {sd}")
    low, high = 1, 2  # `low` is too few (one value has no interval)
    while half_width_of(sd, high, level) > half_width:
        low, high = high, high * 2
        if high > MOST:
            raise NotEnough("no_number", most=MOST, half=half_width)
    while high - low > 1:  # the half-width falls with every value more
        middle = (low + high) // 2
        low, high = (low, middle) if half_width_of(sd, middle, level) <= half_width else (middle, high)
    return high


def safe_sd(sd: float, n: int, assurance: float = ASSURANCE) -> float:
    """Return the upper limit of a standard deviation measured on `n` values: sd sqrt((n - 1) / chi2(1 - assurance))."""
    return sd * math.sqrt((n - 1) / float(stats.chi2.ppf(1.0 - assurance, n - 1)))


def replications(
    pilot: ArrayLike, *, absolute: float | None = None, relative: float | None = None, level: float = 0.95
) -> Needed:
    """Return how many seeds give a mean effect a wanted half-width.

    Parameters
    ----------
    pilot
        float64[n], the paired difference of each seed of a pilot; failed ones (NaN) are left out
    absolute, relative
        the half-width, in the outcome's unit or as a share of the pilot's mean: one of the two

    Raises
    ------
    ValueError
        both or none of the half-widths; a relative one of a mean that the pilot does not tell from zero
    NotEnough
        fewer than three values
    """
    values = np.asarray(pilot, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n < 3:
        raise NotEnough("few_seeds", n=n)
    if (absolute is None) == (relative is None):
        raise ValueError("give the half-width either as an amount or as a share of the mean")
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    if relative is not None and abs(mean) <= half_width_of(sd, n, level):
        raise ValueError("the pilot does not tell the mean from zero: a share of it means nothing, give an amount")
    wanted = absolute if absolute is not None else float(relative or 0.0) * abs(mean)
    upper = safe_sd(sd, n)
    return Needed(seeds_for(sd, wanted, level), seeds_for(upper, wanted, level), wanted, mean, sd, upper, n)


def split(
    values: ArrayLike, half_width: float, *, cost_draw: float = 0.0, cost_run: float = 1.0, fewest: int = 2
) -> Split:
    """Return the best number of seeds per draw, and of draws for a half-width of the mean over draws.

    Var(mean) = between / S + within / (S R) with S draws of R seeds, each draw at `cost_draw` beside its runs: the
    cost for a given variance is least at R = sqrt(cost_draw / cost_run * within / between) (W. Cochran, Sampling
    Techniques, 1977, section 10.6), held to at least `fewest`, since one seed cannot tell luck from ignorance.

    Parameters
    ----------
    values
        float64[draws, seeds] of a pilot; draws with a failed run are left out

    Raises
    ------
    NotEnough
        fewer than three whole draws or fewer than two seeds
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2:
        raise NotEnough("one_seed")
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < 3:
        raise NotEnough("few_draws", n=len(table))
    if cost_run <= 0.0 or cost_draw < 0.0:
        raise ValueError("a run costs more than 0, a draw 0 or more")
    luck, ignorance = luck_and_ignorance(table)
    total = luck**2 + ignorance**2
    seeds = best_seeds(luck, ignorance, cost_draw / cost_run, fewest)
    draws = seeds_for(math.sqrt(ignorance**2 + luck**2 / seeds), half_width)
    return Split(
        luck,
        ignorance,
        luck**2 / total if total else math.nan,
        seeds,
        draws,
        1.0 + (seeds - 1) * (ignorance**2 / total if total else 0.0),
        draws * (cost_draw + seeds * cost_run),
    )


def best_seeds(luck: float, ignorance: float, cost_ratio: float, fewest: int = 2, most: int = 100) -> int:
    """Return the seeds per draw with the least variance for money: the better whole number beside the formula's."""
    if cost_ratio <= 0.0 or luck == 0.0:
        return fewest
    if ignorance == 0.0:
        return most

    def price(seeds: int) -> float:
        return (ignorance**2 + luck**2 / seeds) * (cost_ratio + seeds)

    exact = math.sqrt(cost_ratio) * luck / ignorance
    around = {min(max(int(each), fewest), most) for each in (math.floor(min(exact, most)), math.ceil(min(exact, most)))}
    return min(sorted(around), key=price)

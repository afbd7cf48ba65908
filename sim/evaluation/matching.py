"""Matching, and matching with differences in differences: each treated unit beside those most like it.

Source: Abadie and Imbens (2006), Large sample properties of matching estimators, Econometrica 74: nearest neighbours
with replacement, all ties kept, distances in units of each covariate's standard deviation, and their variance for equal
variances of both groups. How large a hidden bias would have to be: Rosenbaum (2002), Observational Studies, chapter 4,
bounds on the p-value of Wilcoxon's signed rank test for matched pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval

TIE = 1e-9  # of the distance, at least of one


@dataclass(frozen=True)
class Matches:
    """Who is compared with whom: `unit[k]` with `other[k]`, for `share[k]`; the shares of a unit add up to one."""

    unit: NDArray[np.intp]
    other: NDArray[np.intp]
    share: Floats

    def counterfactual(self, outcome: Floats, n: int) -> Floats:
        """Mean outcome of the matches of each unit, [n]; zero for units without."""
        return np.asarray(np.bincount(self.unit, self.share * outcome[self.other], n), np.float64)


def nearest(
    covariates: Floats, wanted: NDArray[np.bool_], pool: NDArray[np.bool_], number: int = 1,
    exact: NDArray[np.int64] | None = None,
) -> Matches:
    """Match units with their nearest neighbours in a pool, with replacement; units as near as the last one count too.

    Parameters
    ----------
    covariates : float64[n, k]
    wanted, pool : bool[n]
    exact : int64[n] group within which matches must lie; a wanted unit with fewer than `number` there has none
    """
    spread = covariates.std(axis=0, ddof=1)
    points = covariates / np.where(spread > 0.0, spread, 1.0)
    groups = np.zeros(len(points), np.int64) if exact is None else exact
    parts: list[tuple[Floats, ...]] = []
    for group in np.unique(groups[wanted]):
        mine, others = (np.flatnonzero(rows & (groups == group)) for rows in (wanted, pool))
        if len(others) >= number:
            parts.append(_within(points, mine, others, number))
    if not parts:
        raise NotEstimable(f"no treated unit has {number} controls of its own group")
    unit, other, share = (np.concatenate(column) for column in zip(*parts))
    return Matches(unit.astype(np.intp), other.astype(np.intp), share)


def _within(
    points: Floats, mine: NDArray[np.intp], others: NDArray[np.intp], number: int
) -> tuple[Floats, Floats, Floats]:
    tree = cKDTree(points[others])
    far = tree.query(points[mine], k=[number])[0][:, 0]
    near = tree.query_ball_point(points[mine], far + TIE * np.maximum(far, 1.0), return_sorted=True)
    unit = [np.full(len(rows), row) for row, rows in zip(mine, near)]
    other = [others[rows] for rows in near]
    share = np.concatenate([np.full(len(rows), 1.0 / len(rows)) for rows in unit])
    return np.concatenate(unit), np.concatenate(other), share


def effect(outcome: Floats, treated: NDArray[np.bool_], matches: Matches) -> Estimate:
    """Mean outcome of the treated less that of their matches; only treated units with matches count."""
    return _estimate(outcome, treated, [matches], treated)


def mean_effect(outcome: Floats, treated: NDArray[np.bool_], covariates: Floats, number: int = 1) -> Estimate:
    """Mean effect over all units, each matched with the other group (the sample average treatment effect)."""
    both = [nearest(covariates, treated, ~treated, number), nearest(covariates, ~treated, treated, number)]
    return _estimate(outcome, treated, both, np.ones_like(treated))


def _estimate(outcome: Floats, treated: NDArray[np.bool_], sets: list[Matches], counted: NDArray[np.bool_]) -> Estimate:
    n = len(outcome)
    unit, other, share = (np.concatenate([getattr(m, name) for m in sets]) for name in ("unit", "other", "share"))
    have = np.unique(unit)
    sign = np.where(treated, 1.0, -1.0)
    value = (share * sign[unit] * (outcome[unit] - outcome[other])).sum() / len(have)
    # K: how often a unit is used, in shares of those it is matched with.
    used = np.bincount(other, share, n)
    within = sign[unit] * (outcome[unit] - outcome[other]) - value
    variance = (share * within**2).sum() / (2.0 * len(have))
    weight = np.isin(np.arange(n), have) * counted + used
    se = np.sqrt(variance * (weight**2).sum()) / len(have)
    return with_interval(value, se, int(treated[have].sum()), len(np.unique(other[treated[unit]])))


def signed_rank_bound(differences: Floats, gamma: float) -> float:
    """Largest one-sided p-value of "no effect" if hidden bias multiplies the odds of treatment by `gamma` at most.

    Parameters
    ----------
    differences : [pairs] treated less control; a pair without a difference has a rank and tells nothing
    """
    if not differences.any():
        return 1.0
    ranks = stats.rankdata(np.abs(differences))
    told = ranks[differences != 0.0]
    chance = gamma / (1.0 + gamma)
    expected, variance = chance * told.sum(), chance * (1.0 - chance) * (told**2).sum()
    return float(stats.norm.sf((ranks[differences > 0.0].sum() - expected) / np.sqrt(variance)))


def hidden_bias(differences: Floats, level: float = 0.05, most: float = 20.0) -> float:
    """Largest odds ratio of hidden bias, to 0.01, at which an effect is still seen; 1 where it is not seen at all."""
    if signed_rank_bound(differences, 1.0) > level:
        return 1.0
    low, high = 1.0, most
    while high - low > 0.005:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if signed_rank_bound(differences, middle) <= level else (low, middle)
    return round(low, 2)

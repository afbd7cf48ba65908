"""Inequality between territories: Theil split between and within regions, Gini, who loses.

Every measure is of jobs per inhabitant, each zone weighted by its inhabitants. With share ``s_z`` of the jobs
and share ``p_z`` of the people (H. Theil, *Economics and Information Theory*, 1967; decomposition of
A. Shorrocks, Econometrica 48, 1980):

    T         = sum_z s_z ln(s_z / p_z)
    T_between = sum_r S_r ln(S_r / P_r)
    T_within  = sum_r S_r sum_{z in r} (s_z / S_r) ln[(s_z / S_r) / (p_z / P_r)]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import rel_entr

from sim.compare.paired import Floats, summary

MEASURES = ("theil_between_departements", "theil_within_regions", "theil_between_regions", "gini")


@dataclass(frozen=True)
class TheilParts:
    """Theil index between zones and its two parts (within + between = total), arrays of the same shape."""

    total: Floats
    within: Floats
    between: Floats


def theil(jobs: Floats, population: Floats, region: NDArray[np.intp]) -> TheilParts:
    """Return the Theil index of jobs per inhabitant between zones, split by region.

    Parameters
    ----------
    jobs : float64[..., Z]
        Jobs by zone; at least one job in all, or the result is NaN.
    population : float64[Z]
        Inhabitants, all positive.
    region : int[Z]
        Number of the region of each zone, 0 to R - 1.
    """
    share = _shares(jobs)
    people = population / population.sum()
    member = np.eye(int(region.max()) + 1)[region]
    share_of_region, people_of_region = share @ member, people @ member
    expected = share_of_region[..., region] * people / people_of_region[region]
    return TheilParts(
        total=rel_entr(share, people).sum(axis=-1),
        within=rel_entr(share, expected).sum(axis=-1),
        between=rel_entr(share_of_region, people_of_region).sum(axis=-1),
    )


def gini(jobs: Floats, population: Floats) -> Floats:
    """Return the Gini index, in [0, 1], of jobs per inhabitant between zones; shapes as in `theil`."""
    share = _shares(jobs)
    people = np.broadcast_to(population / population.sum(), share.shape)
    order = np.argsort(share / people, axis=-1, kind="stable")
    poorest_first = np.take_along_axis(share, order, axis=-1)
    width = np.take_along_axis(people, order, axis=-1)
    lorenz = np.cumsum(poorest_first, axis=-1)
    return 1.0 - (width * (2.0 * lorenz - poorest_first)).sum(axis=-1)


def _shares(jobs: Floats) -> Floats:
    total = jobs.sum(axis=-1, keepdims=True)
    share = np.full(jobs.shape, np.nan)
    np.divide(jobs, total, out=share, where=total > 0.0)
    return share


def measures(jobs: Floats, population: Floats, region: NDArray[np.intp]) -> Floats:
    """Return float64[..., 4]: the values of `MEASURES` for jobs [..., Z]."""
    parts = theil(jobs, population, region)
    return np.stack([parts.total, parts.within, parts.between, gini(jobs, population)], axis=-1)


def equity_rows(
    arm: str,
    years: list[int],
    policy: Floats,
    reference: Floats,
    population: Floats,
    region: NDArray[np.intp],
) -> pd.DataFrame:
    """Return the equity rows of one arm for jobs `policy` and `reference` [n, H, Z] of the same seeds."""
    n = len(policy)
    found = measures(policy, population, region)
    base = measures(reference, population, region)
    effect = summary((found - base).reshape(n, -1))
    losing = _share_losing(policy - reference, population)
    frame = pd.DataFrame(
        {
            "arm": arm,
            "year": np.repeat(years, len(MEASURES)),
            "measure": np.tile(MEASURES, len(years)),
            "reference": base.mean(axis=0).ravel(),
        }
        | {name: effect[name] for name in ("mean", "ci95_low", "ci95_high", "p10", "p90", "n")}
    )
    for name, values in losing.items():
        frame[name] = np.repeat(values, len(MEASURES))
    return frame


def _share_losing(difference: Floats, population: Floats) -> dict[str, Floats]:
    """Return shares of the population, float64[H], in zones that lose, for differences [n, H, Z].

    Two statistics, two names: zones that lose on average over the simulations (`share_population_losing`), and, in
    each simulation apart, those that lose in it (`share_losing_in_a_run`, its 10 and 90 % quantiles).
    """
    people = population / population.sum()
    each = (difference < 0.0) @ people
    return {
        "share_population_losing": (difference.mean(axis=0) < 0.0) @ people,
        "share_losing_in_a_run_p10": np.quantile(each, 0.1, axis=0),
        "share_losing_in_a_run_p90": np.quantile(each, 0.9, axis=0),
    }

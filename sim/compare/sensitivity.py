"""On which parameter the order of two policies hangs, from runs with parameters drawn within their bounds.

For each pair of policies and each parameter drawn: the rank correlation of the parameter with the gap between the
two (mean over the seeds of a draw, so that it describes parameters and not luck), the gap to expect near the ends
of what was drawn, by a straight line, and where that line crosses zero. With hundreds of parameters some correlate
by chance: each has its false discovery rate (Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical
Society B 57, 1995), and a crossing is given only for those that pass.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, resampling_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.types import Assumptions

FEWEST_DRAWS = 8
"""With fewer draws nothing is said of parameters."""
DISCOVERY = 0.1
"""A relation counts as found below this false discovery rate."""
ENDS = (0.1, 0.9)
"""Where a parameter is called low and high: quantiles of what was drawn."""

COLUMNS = ["arm_a", "arm_b", "parameter", "correlation", "p_value", "q_value", "gap_low", "gap_high",
           "turns_at", "turns_low", "turns_high", "n_draws"]  # fmt: skip


def sensitivity_of(drawn: Sequence[Assumptions], gains: Floats, policies: Sequence[str]) -> pd.DataFrame:
    """Return one row per pair of policies and parameter, the strongest relation first.

    Parameters
    ----------
    drawn
        the draws, whose parameters vary
    gains
        float64[draws, P, seeds], the gain of each policy with each seed of each draw
    policies
        names of the P policies
    """
    from sim.params import PARAMETERS
    from sim.scenario.assumptions import place_of, value_at

    if len(drawn) < FEWEST_DRAWS:
        return pd.DataFrame(columns=COLUMNS)
    names = list(drawn[0].parameters)
    values = np.array([[each.parameters[name] for name in names] for each in drawn])
    places = np.column_stack([place_of(PARAMETERS[name], values[:, k]) for k, name in enumerate(names)])
    mean, parts = gains.mean(axis=2), []
    for a, b in combinations(range(len(policies)), 2):
        found = relations(places, mean[:, a] - mean[:, b])
        found.insert(0, "parameter", names)
        for column in ("turns_at", "turns_low", "turns_high"):
            found[column] = [
                float(value_at(PARAMETERS[name], np.array([place]))[0])
                for name, place in zip(names, found[column])
            ]
        found = found.assign(arm_a=policies[a], arm_b=policies[b], n_draws=len(drawn))
        parts.append(found.sort_values("p_value", kind="stable"))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def relations(places: Floats, gap: Floats) -> pd.DataFrame:
    """Return how `gap` [D] goes with each column of `places` [D, K]: one row per parameter, crossings as places too.

    Crossings are NaN where the relation is not found or the line has no zero within the bounds.
    """
    from scipy import stats  # heavy: a study without draws needs none of it

    if np.ptp(gap) == 0.0:
        correlation, p_value = np.zeros(places.shape[1]), np.ones(places.shape[1])
    else:
        correlation, p_value = np.array([stats.spearmanr(column, gap) for column in places.T]).T
    q_value = stats.false_discovery_control(p_value)
    level, slope = lines(places, gap, np.ones(len(gap)))
    crossing = np.full((3, places.shape[1]), np.nan)
    for k in np.flatnonzero(q_value < DISCOVERY):
        crossing[:, k] = _crossing(places[:, [k]], gap)
    columns = {"correlation": correlation, "p_value": p_value, "q_value": q_value}
    low, high = np.quantile(places, ENDS, axis=0)
    columns |= {"gap_low": level + slope * low, "gap_high": level + slope * high}
    return pd.DataFrame(columns | dict(zip(("turns_at", "turns_low", "turns_high"), crossing)))


def lines(places: Floats, gap: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return level and slope [K] of the least-squares line of `gap` on each column of `places`, by `weights` [D]."""
    w = weights / weights.sum()
    centre, middle = w @ places, w @ gap
    slope = (w * (gap - middle)) @ (places - centre) / (w @ (places - centre) ** 2)
    return middle - slope * centre, slope


def _crossing(place: Floats, gap: Floats) -> tuple[float, float, float]:
    """Where the line of `gap` on one parameter [D, 1] crosses zero within its bounds, and the 95 % interval of that."""
    level, slope = lines(place, gap, np.ones(len(gap)))
    at = float(-level[0] / slope[0])
    if not 0.0 <= at <= 1.0:
        return np.nan, np.nan, np.nan
    resampled = [lines(place, gap, weights) for weights in resampling_weights(len(gap)) if (weights > 0).sum() > 2]
    zeros = np.clip([-float(a[0]) / float(b[0]) for a, b in resampled], 0.0, 1.0)
    low, high = np.quantile(zeros, [0.025, 0.975])
    return at, float(low), float(high)

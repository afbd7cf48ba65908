"""Ring regressions: the outcome of a place on what lies within rings around it, or on the ring in which it lies.

Source: Rosenthal and Strange (2003), Geography, industrial organization and agglomeration, Review of Economics and
Statistics 85: employment within 1 mile, 1 to 5 and 5 to 15 miles, and how its coefficient attenuates with distance.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.libraries import need

MILE_KM: Final = 1.609344
EDGES_KM: Final = (1.0 * MILE_KM, 5.0 * MILE_KM, 15.0 * MILE_KM)


def within(x_m: Floats, y_m: Floats, mass: Floats, edges_km: tuple[float, ...] = EDGES_KM) -> Floats:
    """Mass in each ring around each place, [n, rings]; a place lies in its own first ring.

    Parameters
    ----------
    mass : [n] for example jobs
    """
    tree = cKDTree(np.column_stack([x_m, y_m]))
    inside = np.stack([
        [mass[near].sum() for near in tree.query_ball_point(tree.data, 1000.0 * edge)] for edge in edges_km
    ], axis=1)  # fmt: skip
    return np.diff(inside, axis=1, prepend=0.0)


def attenuation(outcome: Floats, rings: Floats, more: Floats | None = None) -> list[Estimate]:
    """Coefficients of an outcome [n] on the masses of rings [n, r], other columns [n, k] held fixed; robust errors."""
    extra = np.ones((len(outcome), 1)) if more is None else np.column_stack([np.ones(len(outcome)), more])
    columns = np.column_stack([rings, extra])
    fit = need("statsmodels.api").OLS(outcome, columns).fit(cov_type="HC1")
    freedom = len(outcome) - columns.shape[1]
    return [with_interval(fit.params[k], fit.bse[k], len(outcome), 0, freedom=freedom) for k in range(rings.shape[1])]


def half_distance_km(found: list[Estimate], edges_km: tuple[float, ...] = EDGES_KM) -> float:
    """Distance over which coefficients fall by half, from a line through their logarithms at the middle of rings.

    NaN where a coefficient is not positive, without bound where they do not fall.
    """
    values = np.array([each.value for each in found])
    if (values <= 0.0).any():
        return float("nan")
    middle = 0.5 * (np.array([0.0, *edges_km[:-1]]) + np.array(edges_km))
    slope = np.polyfit(middle, np.log(values), 1)[0]
    return float(np.log(2.0) / -slope) if slope < 0.0 else float("inf")


def ring_of(x_m: Floats, y_m: Floats, hub_x_m: Floats, hub_y_m: Floats, edges_km: tuple[float, ...] = EDGES_KM
            ) -> NDArray[np.int64]:
    """Ring in which each place lies around the nearest hub, from 0; as many as `edges_km` beyond the last, [n]."""
    metres, _ = cKDTree(np.column_stack([hub_x_m, hub_y_m])).query(np.column_stack([x_m, y_m]))
    return np.searchsorted(1000.0 * np.array(edges_km), metres, side="left").astype(np.int64)


def by_ring(change: Floats, ring: NDArray[np.int64], cluster: NDArray[np.int64], wanted: int, beyond: int) -> Estimate:
    """Mean change of the places of one ring less that of those beyond the last; errors clustered.

    Parameters
    ----------
    cluster : [n] group within which errors may be alike, such as the zone
    wanted, beyond : numbers of the ring and of what lies beyond
    """
    rows = (ring == wanted) | (ring == beyond)
    inside = ring[rows] == wanted
    if inside.sum() < 2 or inside.all():
        raise NotEstimable("no place in this ring, or none beyond the last")
    columns = np.column_stack([np.ones(rows.sum()), inside])
    groups = cluster[rows]
    fit = need("statsmodels.api").OLS(change[rows], columns).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return with_interval(fit.params[1], fit.bse[1], int(inside.sum()), int((~inside).sum()),
                         freedom=len(np.unique(groups)) - 1)

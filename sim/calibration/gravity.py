"""Decay of links with distance, as a gravity model with fixed effects of both ends finds it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

WITHIN_KM: Final = 10.0
"""Distance within a zone, that of the published estimate."""
STEEPEST: Final = 5.0
BALANCING_STEPS: Final = 300


def distance_decay(lead: NDArray[np.int64], zone: NDArray[np.int64], zones: pd.DataFrame) -> float:
    """Return gamma of ``N_ij ~ a_i b_j d_ij^-gamma`` for links from zones `lead` to zones `zone`.

    Poisson pseudo-likelihood with effects of every origin and destination: fitted margins equal those observed, and so
    does the mean logarithm of distance (J. Santos Silva and S. Tenreyro, Review of Economics and Statistics 88, 2006).
    NaN where all links are at one distance.
    """
    origin, i = np.unique(lead, return_inverse=True)
    place, j = np.unique(zone, return_inverse=True)
    links = np.zeros((origin.size, place.size))
    np.add.at(links, (i, j), 1.0)
    x, y = zones["x_m"].to_numpy(float), zones["y_m"].to_numpy(float)
    km = np.hypot(x[origin][:, None] - x[place], y[origin][:, None] - y[place]) / 1000.0
    log_km = np.log(np.maximum(np.where(origin[:, None] == place, WITHIN_KM, km), 1.0))
    wanted = float((links * log_km).sum())

    def excess(gamma: float) -> float:
        return float((_balanced(np.exp(-gamma * log_km), links) * log_km).sum()) - wanted

    if excess(-STEEPEST) * excess(STEEPEST) >= 0.0:
        return np.nan
    return float(optimize.brentq(excess, -STEEPEST, STEEPEST, xtol=1e-4))


def _balanced(table: NDArray[np.float64], links: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows and columns of a table until its margins are those of the links."""
    rows, columns = links.sum(axis=1), links.sum(axis=0)
    for _ in range(BALANCING_STEPS):
        table = table * (rows / table.sum(axis=1))[:, None]
        table = table * (columns / table.sum(axis=0))
        if np.abs(table.sum(axis=1) - rows).max() < 1e-9 * rows.sum():
            break
    return table

"""Checks of a fit: are its intervals as wide as they say?

Simulation-based calibration: take a draw as the truth and its summaries as what was observed, infer from the others,
and note where the truth stands in what was found. Over many truths these ranks are even between 0 and 1 if the method
is right; too narrow posteriors heap them at both ends (S. Talts et al., arXiv 1804.06788, 2018).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.calibration.abc import Posterior, abc

Floats = NDArray[np.float64]

TRUTHS: Final = 100


def rank_in(posterior: Posterior, truth: Floats) -> Floats:
    """Return the share of a posterior below the truth, for each parameter, [K]."""
    return np.asarray(posterior.weights @ (posterior.places < truth))


def ranks(places: Floats, summaries: Floats, accept: float, truths: int = TRUTHS) -> Floats:
    """Return the ranks of `truths` draws, evenly chosen, each inferred from all the others, [truths, K].

    Parameters
    ----------
    places, summaries : [n, K] and [n, T], as `abc` takes them
    """
    rows = np.linspace(0, len(places) - 1, truths).astype(int)
    out = np.empty((len(rows), places.shape[1]))
    for k, row in enumerate(rows):
        others = np.arange(len(places)) != row
        out[k] = rank_in(abc(places[others], summaries[others], summaries[row], accept), places[row])
    return out


def evenness(found: Floats) -> Floats:
    """Return the p value, for each parameter, that ranks [n, K] are even (Kolmogorov and Smirnov)."""
    return np.array([stats.kstest(column, "uniform").pvalue for column in found.T])

"""Approximate Bayesian computation with regression adjustment: vectors in proportion to how well they fit.

Draws whose summaries come near what was observed are kept, the nearest with the most weight, and moved along a plane
fitted through them to where their summaries would be the observed ones (M. Beaumont, W. Zhang and D. Balding,
Genetics 162, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]

EDGE: Final = 1e-6


@dataclass(frozen=True)
class Posterior:
    """Places [n, K] with weights [n] that sum to one."""

    places: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        """Mean of each parameter, [K]."""
        return np.asarray(self.weights @ self.places)

    @property
    def variance(self) -> Floats:
        """Variance of each parameter, [K]."""
        return np.asarray(self.weights @ (self.places - self.mean) ** 2)

    def quantile(self, share: float) -> Floats:
        """Quantile of each parameter, [K]."""
        out = np.empty(self.places.shape[1])
        for k, values in enumerate(self.places.T):
            order = np.argsort(values)
            out[k] = values[order][min(np.searchsorted(np.cumsum(self.weights[order]), share), len(order) - 1)]
        return out


def abc(places: Floats, summaries: Floats, observed: Floats, accept: float) -> Posterior:
    """Return the posterior of places between 0 and 1, given summaries simulated at each and those observed.

    Parameters
    ----------
    places : [n, K], drawn from the prior
    summaries : [n, T], with all the noise that observations have
    observed : [T]
    accept : part of the draws, the nearest, that is kept

    Raises
    ------
    ValueError
        if fewer draws would be kept than a plane through them needs
    """
    scale = np.median(np.abs(summaries - np.median(summaries, axis=0)), axis=0) + 1e-300
    away = np.sqrt((((summaries - observed) / scale) ** 2).sum(axis=1))
    count = round(accept * len(places))
    if count < summaries.shape[1] + 10:
        raise ValueError(f"{count} draws are too few for {summaries.shape[1]} summaries; draw more")
    rows = np.argsort(away, kind="stable")[:count]
    widest = float(away[rows].max())
    weights = 1.0 - (away[rows] / widest) ** 2 if widest > 0.0 else np.ones(count)  # Epanechnikov's kernel
    free = logit(np.clip(places[rows], EDGE, 1.0 - EDGE))
    terms = np.column_stack([np.ones(count), (summaries[rows] - observed) / scale])
    root = np.sqrt(weights)[:, None]
    slope = np.linalg.lstsq(root * terms, root * free, rcond=None)[0]
    moved = free - terms[:, 1:] @ slope[1:]
    return Posterior(np.asarray(expit(moved)), weights / weights.sum())

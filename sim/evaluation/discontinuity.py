"""Regression discontinuity on a score: a line on each side of the threshold, near it.

Source: Hahn, Todd and van der Klaauw (2001), Econometrica 69; local linear, weights falling to zero at the bandwidth
(triangular), errors robust to unequal variances. The bandwidth is declared, not chosen from the outcome.
"""

from __future__ import annotations

import numpy as np

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.libraries import need

LEAST_EACH_SIDE = 4  # units within the bandwidth: two for a line, two for its errors


def jump(outcome: Floats, score: Floats, threshold: float, bandwidth: float) -> Estimate:
    """Outcome just above the threshold less that just below, treated units being those at or above it.

    Parameters
    ----------
    outcome, score : float64[n]
    bandwidth : distance from the threshold beyond which units do not count, unit of the score

    Raises
    ------
    NotEstimable
        if fewer than `LEAST_EACH_SIDE` units lie within the bandwidth on a side
    """
    near = np.abs(score - threshold) < bandwidth
    outcome, score = outcome[near], score[near] - threshold
    above = score >= 0.0
    sides = int(above.sum()), int((~above).sum())
    if min(sides) < LEAST_EACH_SIDE:
        raise NotEstimable(f"{sides[0]} units above and {sides[1]} below the threshold, within {bandwidth:g} of it; "
                           f"{LEAST_EACH_SIDE} are needed on each side")
    columns = np.column_stack([np.ones_like(score), score, above, above * score])
    model = need("statsmodels.api").WLS(outcome, columns, weights=1.0 - np.abs(score) / bandwidth)
    fit = model.fit(cov_type="HC1")
    return with_interval(fit.params[2], fit.bse[2], *sides, freedom=len(score) - 4)


def at_threshold(effect: Floats, score: Floats, threshold: float, bandwidth: float) -> float:
    """Mean true effect of units just above the threshold, with the same line and weights: what `jump` looks for."""
    near = (score >= threshold) & (score - threshold < bandwidth)
    distance = score[near] - threshold
    columns = np.column_stack([np.ones_like(distance), distance])
    weight = np.sqrt(1.0 - distance / bandwidth)
    return float(np.linalg.lstsq(columns * weight[:, None], effect[near] * weight, rcond=None)[0][0])

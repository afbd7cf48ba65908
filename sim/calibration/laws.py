"""Exponents of the laws of growth and of sizes, from counted values."""

from __future__ import annotations

import numpy as np
from scipy import optimize
from scipy.special import gammaln

from sim.calibration.observed import Floats, quantile


def subbotin(values: Floats, count: Floats) -> float:
    """Exponent b of f(x) ~ exp(-|x - m|^b / c) that makes counted values likeliest, m their median.

    Given b, the scale has a closed form, so that one dimension is searched (G. Bottazzi and A. Secchi, RAND Journal of
    Economics 37, 2006). b = 1 is Laplace's law, b = 2 the normal one.
    """
    away, n = np.abs(values - quantile(values, count, 0.5)), count.sum()

    def minus_likelihood(b: float) -> float:
        scale = (b * (count * away**b).sum() / n) ** (1.0 / b)
        return float(np.log(2.0 * scale) + gammaln(1.0 / b) - np.log(b) + 1.0 / b)

    return float(optimize.minimize_scalar(minus_likelihood, bounds=(0.2, 3.0), method="bounded").x)


def hill(values: Floats, count: Floats, share: float) -> float:
    """Hill's estimate of the exponent of a Pareto tail, over the largest `share` of counted values."""
    least = quantile(values, count, 1.0 - share)
    beyond = values > least
    weight = count[beyond]
    return float(weight.sum() / (weight * np.log(values[beyond] / least)).sum()) if weight.sum() > 0.0 else np.nan

"""Paired effects and how sure we are of them: bootstrap, intervals, variance ratio, A/A test.

Arms of a study share their seeds, so the effect of a policy is the mean over seeds of the difference
``d_s = y_policy,s - y_reference,s``. Two intervals are given and never confused:

* the **95 % interval of the mean** (how sure are we of the average?), a percentile bootstrap over seeds;
* the **80 % range over simulations** (how different can futures be?), the 10 and 90 % quantiles of ``d_s``.

A percentile bootstrap is too narrow for few seeds: its spread is that of a variance divided by n instead of
n - 1, and it uses normal instead of Student quantiles. Deviations from the mean are therefore widened by
``sqrt(n / (n - 1)) * t(0.975, n - 1) / z(0.975)``, which tends to one (the "expanded percentile" idea of
T. Hesterberg, *What teachers should know about the bootstrap*, The American Statistician 69, 2015).

Resampling is no part of the simulation: it uses one Philox generator with the fixed key `BOOTSTRAP_KEY`, so
that the same runs always give the same intervals.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BOOTSTRAP_KEY = 0x5155415254494552
"""Key of the resampling generator: the ASCII codes of QUARTIER."""

RESAMPLES = 4000

_CHUNK = 1024  # columns at once: 4,000 x 1,024 doubles are 33 MB


@lru_cache(maxsize=8)
def resampling_weights(n: int, resamples: int = RESAMPLES) -> Floats:
    """Return float64[resamples, n]: the share of each of `n` seeds in each resample (rows sum to one)."""
    generator = np.random.Generator(np.random.Philox(key=BOOTSTRAP_KEY))
    drawn = generator.integers(0, n, size=(resamples, n))
    flat = (drawn + n * np.arange(resamples)[:, None]).ravel()
    weights = np.bincount(flat, minlength=n * resamples).reshape(resamples, n) / n
    weights.setflags(write=False)
    return weights


def widening(n: int, level: float = 0.95) -> float:
    """Return the factor by which bootstrap deviations of a mean of `n` values are widened."""
    from scipy.special import ndtri, stdtrit  # heavy: many who import this module never need it

    tail = 0.5 + level / 2.0
    return float(np.sqrt(n / (n - 1.0)) * stdtrit(n - 1, tail) / ndtri(tail))


def bootstrap_means(sample: ArrayLike, level: float = 0.95) -> Floats:
    """Return float64[RESAMPLES, K]: resampled means of `sample` [n, K], widened about the true mean."""
    values = np.asarray(sample, dtype=np.float64)
    n = len(values)
    centre = values.mean(axis=0)
    return centre + widening(n, level) * (resampling_weights(n) @ (values - centre))


def interval_of_mean(sample: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the low and high ends, float64[K], of the bootstrap interval of the means of `sample` [n, K].

    With fewer than two values there is no interval: both ends are NaN.
    """
    values = _columns(sample)
    n, width = values.shape
    ends = np.full((2, width), np.nan)
    if n >= 2:
        tails = [0.5 - level / 2.0, 0.5 + level / 2.0]
        for first in range(0, width, _CHUNK):
            part = slice(first, first + _CHUNK)
            ends[:, part] = np.quantile(bootstrap_means(values[:, part], level), tails, axis=0)
    return ends[0], ends[1]


def t_interval(sample: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the Student interval of the means of `sample` [n, K]; the check of the bootstrap."""
    from scipy.special import stdtrit

    values = _columns(sample)
    n = len(values)
    half = stdtrit(n - 1, 0.5 + level / 2.0) * standard_error(values)
    return values.mean(axis=0) - half, values.mean(axis=0) + half


def standard_error(sample: ArrayLike) -> Floats:
    """Return the standard error of the means of `sample` [n, K]; NaN when n < 2."""
    values = _columns(sample)
    n, width = values.shape
    if n < 2:
        return np.full(width, np.nan)
    return values.std(axis=0, ddof=1) / np.sqrt(n)


def summary(sample: ArrayLike) -> dict[str, Floats]:
    """Summarise paired differences `sample` [n, K]: mean, its error and interval, range, share positive."""
    values = _columns(sample)
    low, high = interval_of_mean(values)
    p10, p90 = np.quantile(values, [0.1, 0.9], axis=0)
    return {
        "mean": values.mean(axis=0),
        "se": standard_error(values),
        "ci95_low": low,
        "ci95_high": high,
        "p10": p10,
        "p90": p90,
        "p_positive": (values > 0.0).mean(axis=0),
        "n": np.full(values.shape[1], float(len(values))),
    }


def variance_ratio(policy: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats]:
    """Return how many times more runs independent seeds would need, and its lower 90 % bootstrap bound.

    The ratio is ``(var policy + var reference) / var(policy - reference)`` over seeds, for `policy` and
    `reference` [n, K] of the same seeds: 1 when pairing is worthless, infinite when the effect is the same in
    every simulation. NaN when nothing varies, or when n < 2; the bound needs four seeds.
    """
    one, two = _columns(policy), _columns(reference)
    if len(one) < 2:
        missing = np.full(one.shape[1], np.nan)
        return missing, missing.copy()
    ratio = _ratio(*(x.var(axis=0) for x in (one, two, one - two)))
    if len(one) < 4:
        return ratio, np.full(one.shape[1], np.nan)
    resampled = _ratio(*(_resampled_variance(x) for x in (one, two, one - two)))
    # A resample of one seed repeated tells nothing: it stands for the whole. "lower" keeps to values that
    # were drawn, since between a number and infinity there is nothing to interpolate.
    resampled = np.where(np.isnan(resampled), ratio, resampled)
    return ratio, np.quantile(resampled, 0.1, axis=0, method="lower")


def aa_test(values: ArrayLike, pairs: int, comparisons: int) -> float:
    """Return the share of significant effects among comparisons where there is none to find.

    Parameters
    ----------
    values : float64[S]
        One outcome of S >= 2 * `pairs` runs of the same scenario, one per seed.
    pairs : int
        Seeds on each side of a comparison; the two sides never share one.
    comparisons : int
        How many times the seeds are split. The share should be close to 0.05.
    """
    outcome = np.asarray(values, dtype=np.float64)
    if len(outcome) < 2 * pairs:
        raise ValueError(f"{pairs} pairs of different seeds need {2 * pairs} runs; there are {len(outcome)}")
    generator = np.random.Generator(np.random.Philox(key=BOOTSTRAP_KEY + 1))
    order = np.argsort(generator.random((comparisons, len(outcome))), axis=1)
    difference = outcome[order[:, :pairs]] - outcome[order[:, pairs : 2 * pairs]]
    low, high = interval_of_mean(difference.T)
    return float(((low > 0.0) | (high < 0.0)).mean())


def _columns(sample: ArrayLike) -> Floats:
    values = np.asarray(sample, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values


def _resampled_variance(values: Floats) -> Floats:
    weights = resampling_weights(len(values))
    centred = values - values.mean(axis=0)  # before squaring, or large levels would cancel
    found = weights @ centred**2 - (weights @ centred) ** 2
    rounding = 1e-12 * (centred**2).max(axis=0, initial=0.0)
    return np.where(found > rounding, found, 0.0)


def _ratio(policy: Floats, reference: Floats, difference: Floats) -> Floats:
    both = policy + reference
    varies = difference > 1e-15 * both  # below, the difference varies by rounding only
    ratio = np.full(both.shape, np.nan)
    np.divide(both, difference, out=ratio, where=varies)
    return np.where(~varies & (both > 0.0), np.inf, ratio)

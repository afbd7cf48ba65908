"""Indices of concentration as a small sample shows them.

An extract of a few hundred firms leaves more places empty, and looks more concentrated, than the country it was drawn
from: the model's firms are put through a sample of the same size before the two are compared.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import gammaln

Floats = NDArray[np.float64]

DRAWS: Final = 64
SEED: Final = 20130101


def share_empty(by_place: Floats, size: int) -> float:
    """Return the expected share of places with no firm in a sample drawn without replacement.

    ``P(place empty) = C(N - k, n) / C(N, n)`` with k of N firms in the place and n in the sample.
    """
    total = float(by_place.sum())
    if not total > 0.0:
        return np.nan
    drawn = min(float(size), total)
    rest = total - by_place - drawn
    empty = _log_choose(np.maximum(total - by_place, drawn), drawn) - _log_choose(np.asarray(total), drawn)
    return float(np.where(rest >= 0.0, np.exp(empty), 0.0).mean())


def _log_choose(n: Floats, k: float) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def expected_hhi(by_place: Floats, size: int) -> float:
    """Return the expected sum of squared shares in a sample without replacement, in closed form.

    Two firms of the sample are from one place with the chance that two firms of the country are.
    """
    total = float(by_place.sum())
    if not total > 1.0:
        return np.nan
    drawn = min(float(size), total)
    same = float((by_place * (by_place - 1.0)).sum() / (total * (total - 1.0)))
    return 1.0 / drawn + (1.0 - 1.0 / drawn) * same


def expected_gini(by_place: Floats, size: int) -> float:
    """Return the mean Gini index between places of samples without replacement, empty places included."""
    whole = np.round(by_place).astype(np.int64) if np.isfinite(by_place).all() else np.zeros(1, np.int64)
    if whole.sum() <= 0:
        return np.nan
    law = stats.multivariate_hypergeom(whole, min(size, int(whole.sum())))
    drawn = law.rvs(DRAWS, random_state=SEED)
    ordered = np.sort(drawn, axis=1)
    n = ordered.shape[1]
    rank = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float((ordered @ rank / (n * ordered.sum(axis=1))).mean())

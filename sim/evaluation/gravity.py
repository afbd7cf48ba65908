"""Gravity: counts of pairs on the distance between their two ends, by Poisson pseudo-maximum likelihood.

Source: Santos Silva and Tenreyro (2006), The log of gravity, Review of Economics and Statistics 88; the question is
that of Sorenson and Stuart (2001), American Journal of Sociology 106: how the odds of a deal fall with distance. An
effect of each origin and of each destination takes care of their sizes (Fally 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.libraries import need

LEAST_KM = 1.0  # distances below count as this


@dataclass(frozen=True)
class Gravity:
    """What distance and a common sector do to the odds of a pair.

    Attributes
    ----------
    distance : elasticity, negative where pairs fall with distance
    alike : logarithm of the odds of pairs of the same kind over others, None where kinds are not given
    """

    distance: Estimate
    alike: Estimate | None


def ppml(counts: Floats, columns: Floats, offset: Floats | None = None) -> tuple[Floats, Floats]:
    """Coefficients and robust standard errors (HC1) of counts [n] on columns [n, k], by Poisson likelihood.

    Parameters
    ----------
    offset : [n] added with coefficient one, such as the logarithm of exposure
    """
    api = need("statsmodels.api")
    fit = api.GLM(counts, columns, family=api.families.Poisson(), offset=offset).fit(cov_type="HC1")
    return np.asarray(fit.params), np.asarray(fit.bse)


def gravity(counts: Floats, km: Floats, origin: Floats, destination: Floats, alike: Floats | None = None) -> Gravity:
    """Estimate from all pairs, those without any count included.

    Parameters
    ----------
    counts, km : float64[n] of each pair of an origin and a destination
    origin, destination : int[n] numbers, each with an effect of its own; those without any count are left out
    alike : [n] 1 where both are of a kind
    """
    kept = np.isin(origin, np.unique(origin[counts > 0])) & np.isin(destination, np.unique(destination[counts > 0]))
    if kept.sum() < 3 or len(np.unique(km[kept])) < 2:
        raise NotEstimable("too few pairs, or all at the same distance")
    counts, km, origin, destination = (each[kept] for each in (counts, km, origin, destination))
    wanted = [np.log(np.maximum(km, LEAST_KM))]
    if alike is not None:
        wanted.append(np.asarray(alike, np.float64)[kept])
    dummies = [each[:, None] == np.unique(each)[first:] for each, first in ((origin, 0), (destination, 1))]
    value, se = ppml(counts, np.column_stack([*wanted, *dummies]).astype(np.float64))
    found = [with_interval(value[k], se[k], int(counts.sum()), int((counts == 0).sum())) for k in range(len(wanted))]
    return Gravity(found[0], found[1] if alike is not None else None)

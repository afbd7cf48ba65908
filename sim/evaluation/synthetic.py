"""Synthetic control: a weighted mean of untreated units that follows the treated before the policy, with placebos.

Source: Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, JASA 105;
matched on the outcome of every year before the policy. Several treated units are taken as one, their mean. The standard
error is that of placebo policies: as many units, drawn among the controls (Arkhangelsky et al. 2021, algorithm 4).
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.panel import Panel

PLACEBOS: Final = 200
PLACEBO_KEY: Final = 0x504C414345424F53  # the ASCII codes of PLACEBOS
ONE: Final = 1e4  # weight of the condition that weights add up to one, against the spread of the outcome


def weights(treated: Floats, controls: Floats) -> Floats:
    """Weights [n], none negative and one in all, of `controls` [n, T] whose mean is nearest to `treated` [T].

    Least squares over years; scipy's active-set solver with the sum as one more, heavily weighted, equation.
    """
    spread = max(float(np.abs(controls - treated).max()), 1e-300)
    rows = np.vstack([(controls - treated).T / spread, np.full(len(controls), ONE)])
    found, _ = nnls(rows, np.append(np.zeros(len(treated)), ONE))
    return np.asarray(found / found.sum())


def gap(panel: Panel, treated: NDArray[np.bool_], pool: NDArray[np.bool_]) -> Floats:
    """Mean of the treated less their synthetic control, by year, [T]."""
    mean = panel.values[treated].mean(axis=0)
    before = panel.years < panel.start
    return np.asarray(mean - weights(mean[before], panel.values[pool][:, before]) @ panel.values[pool])


def synthetic(panel: Panel) -> Estimate:
    """Mean gap of the years under treatment, with the error and the p-value of placebos.

    `more`: `fit_before`, root mean square of the gap before; `p_placebo`, share of placebos whose gap after, against
    the one before, is as large as that of the treated (which counts as one of them).
    """
    panel = panel.complete()
    treated, pool = panel.treated, ~panel.treated
    number = int(treated.sum())
    if pool.sum() < number + 2:
        raise NotEstimable(f"placebos need more than {number + 1} controls; there are {int(pool.sum())}")
    after = panel.years >= panel.start
    found = gap(panel, treated, pool)
    gaps = []
    for chosen in _placebos(np.flatnonzero(pool), number):
        placebo = np.isin(np.arange(len(pool)), chosen)
        gaps.append(gap(panel, placebo, pool & ~placebo))
    placebos = np.array(gaps)
    se = float(placebos[:, after].mean(axis=1).std())
    ratio, usual = _ratio(found[None], after)[0], _ratio(placebos, after)
    return with_interval(
        float(found[after].mean()), se, number, int(pool.sum()),
        fit_before=float(np.sqrt((found[~after] ** 2).mean())),
        p_placebo=float((1 + (usual >= ratio).sum()) / (1 + len(usual))),
    )  # fmt: skip


def _placebos(pool: NDArray[np.intp], number: int) -> list[NDArray[np.intp]]:
    """All groups of `number` units where they are few, else `PLACEBOS` drawn with a fixed key."""
    if comb(len(pool), number) <= PLACEBOS:
        return [np.array(group) for group in combinations(pool, number)]
    generator = np.random.Generator(np.random.Philox(key=PLACEBO_KEY))
    return [generator.permutation(pool)[:number] for _ in range(PLACEBOS)]


def _ratio(gaps: Floats, after: NDArray[np.bool_]) -> Floats:
    """Root mean square of gaps [m, T] after the start over that before, [m]."""
    late, early = (np.sqrt((gaps[:, years] ** 2).mean(axis=1)) for years in (after, ~after))
    return np.asarray(late / np.maximum(early, 1e-12))

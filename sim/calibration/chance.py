"""Random numbers of the fit: keyed like all others of the model, so that a fit made again is the same."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim import rng

Floats = NDArray[np.float64]


def uniforms(shape: tuple[int, ...], seed: int, step: int) -> Floats:
    """Return numbers between 0 and 1, both apart, that belong to a seed and a step of the method."""
    keys = np.arange(math.prod(shape), dtype=np.uint64)
    return np.asarray(rng.uniforms(rng.draw_of(seed, step), rng.INITIAL, keys), np.float64).reshape(shape)


def normals(shape: tuple[int, ...], seed: int, step: int) -> Floats:
    """Return standard normal numbers that belong to a seed and a step of the method."""
    return np.asarray(ndtri(uniforms(shape, seed, step)), np.float64)


def chosen(weights: Floats, count: int) -> NDArray[np.intp]:
    """Return `count` rows in proportion to their weights, spread evenly (systematic resampling)."""
    edges = np.cumsum(weights / weights.sum())
    at = np.searchsorted(edges, (np.arange(count) + 0.5) / count)
    return np.asarray(np.minimum(at, len(weights) - 1))

"""History matching: leave out what cannot be right, and run again in what is left.

A point is implausible where what the emulator expects lies farther from a target than all that may separate them: the
tolerance of the target (measurement and what the model leaves out), the luck of the seeds and the error of the
emulator (I. Vernon, M. Goldstein and R. Bower, Bayesian Analysis 5, 2010). The cut of three holds for any unimodal law
(F. Pukelsheim, The American Statistician 48, 1994).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.calibration.chance import chosen, normals, uniforms
from sim.calibration.emulator import Emulator

Floats = NDArray[np.float64]
Distance = Callable[[Floats], Floats]
"""Implausibility of places [n, K], [n]."""

CUT: Final = 3.0
LEFT: Final = 0.2
"""Part of the particles that each level keeps, where it does not reach the cut."""
MOVES: Final = 8
MOST_LEVELS: Final = 40
LEAST_GAIN: Final = 1e-3
"""A level that comes no nearer to the cut than this ends the search."""
EDGE: Final = 1e-9
FARTHER: Final = 0.02
"""Weight of distance, in its logarithm, among targets that are sure to be missed."""


def implausibility(
    emulators: Sequence[Emulator], values: Floats, deviations: Floats, places: Floats, rank: int = 1
) -> Floats:
    """Return the `rank`-th largest distance of places [n, K] from the targets, in standard deviations, [n].

    Parameters
    ----------
    values, deviations : [T], each target and the standard deviation of what it leaves open
    rank : 1 for the largest; 2 forgives one target, whose emulator may be the one at fault
    """
    away = np.empty((len(emulators), len(places)))
    for k, each in enumerate(emulators):
        mean, sd = each.predict(places)
        away[k] = np.abs(mean - values[k]) / np.sqrt(sd**2 + each.noise**2 + deviations[k] ** 2)
    return np.asarray(np.sort(away, axis=0)[-min(rank, len(away))])


def expected_misses(emulators: Sequence[Emulator], low: Floats, high: Floats, places: Floats) -> Floats:
    """Return the chance of missing each target at places [n, K], by the emulators and the luck of the seeds, [T, n].

    It is against the chance of a hit where the mean is right: what luck alone makes miss is not missed by the place. A
    sure miss counts a little more the farther it is.

    Parameters
    ----------
    low, high : [T], ends of what counts as a hit
    """
    out = np.empty((len(emulators), len(places)))
    for k, each in enumerate(emulators):
        mean, sd = each.predict(places)
        spread = np.sqrt(sd**2 + each.noise**2) + EDGE * (high[k] - low[k])
        slack = 5.0 * EDGE * (high[k] - low[k])  # a value that never changes may stand at the very end of a tolerance
        beyond = np.maximum(np.maximum(low[k] - mean, mean - high[k]), 0.0) / (high[k] - low[k])
        hit = ndtr((high[k] + slack - mean) / spread) - ndtr((low[k] - slack - mean) / spread)
        most = 2.0 * ndtr(0.5 * (high[k] - low[k]) / (each.noise + EDGE * (high[k] - low[k]))) - 1.0
        out[k] = 1.0 - hit / most + FARTHER * np.log1p(beyond)
    return out


@dataclass(frozen=True)
class Region:
    """Places [n, K] evenly spread over what is not implausible.

    `volume` is its part of the whole range; `level` the largest implausibility in it: the cut, or what the search
    came down to where nothing is under the cut.
    """

    places: Floats
    volume: float
    level: float

    @property
    def empty(self) -> bool:
        """Whether nothing was found under the cut."""
        return self.level > CUT


def region(
    distance: Distance, factors: int, count: int, seed: int, cut: float = CUT, copies: int = 1,
    gain: float = LEAST_GAIN,
) -> Region:  # fmt: skip
    """Return count x copies places evenly spread where `distance` is at most `cut`, however small a part that is.

    The search ends where a level comes nearer to the cut by less than `gain`. Subset simulation: particles go down
    level by level, each keeping a fifth of them, and are moved about within the level by a random walk (S.-K. Au and
    J. Beck, Probabilistic Engineering Mechanics 16, 2001).
    """
    places = uniforms((count, factors), seed, 0)
    away = distance(places)
    volume, level, before = 1.0, np.inf, np.inf
    for rank in range(1, MOST_LEVELS + 1):
        level = max(cut, float(np.quantile(away, LEFT)))
        kept = away <= level
        volume *= float(kept.mean())
        rows = np.flatnonzero(kept)[chosen(np.ones(int(kept.sum())), count)]
        places, away = _moved(distance, places[rows], away[rows], level, seed, rank)
        if level <= cut or before - level < gain:
            break
        before = level
    found = [places]
    for copy in range(1, copies):
        places, away = _moved(distance, places, away, level, seed, MOST_LEVELS + copy)
        found.append(places)
    return Region(np.concatenate(found), volume, level)


def _moved(
    distance: Distance, places: Floats, away: Floats, level: float, seed: int, rank: int
) -> tuple[Floats, Floats]:
    """Move particles by a random walk as wide as they lie, in steps that shrink where few are taken."""
    n, factors = places.shape
    spread = places.std(axis=0) + 1e-9
    width = 2.4 / np.sqrt(factors)
    for move in range(MOVES):
        step = 1000 * rank + move
        tried = places + width * spread * normals((n, factors), seed, step)
        inside = ((tried > 0.0) & (tried < 1.0)).all(axis=1)
        new = np.full(n, np.inf)
        if inside.any():
            new[inside] = distance(tried[inside])
        taken = new <= level
        places, away = np.where(taken[:, None], tried, places), np.where(taken, new, away)
        width *= 1.3 if taken.mean() > 0.25 else 0.75
    return places, away

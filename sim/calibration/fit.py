"""A fit from its first run to its calibrated set: pilot, closed form, waves of history matching, ABC, and a check.

    pilot       one point, the defaults: how far off the three hazards of demography are (`demography`)
    waves       points spread evenly over what is still possible; emulators learn from all of them; what is implausible
                is left out (`history`)
    reach       a target that is missed wherever most of the others are hit is left out of what follows, and named:
                else the fit would spoil the others to come a little nearer to it
    posterior   many draws within what is left, their moments from the emulators with all the noise there is, ABC with
                regression adjustment (`abc`)
    check       the model itself at every vector that is kept: the posterior predictive

Nothing here knows the model: runs come from a function, so that the method is tested where the answer is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.calibration import abc, history
from sim.calibration.chance import chosen, normals
from sim.calibration.checks import evenness, ranks
from sim.calibration.demography import around, closed_form
from sim.calibration.emulator import Emulator, emulate
from sim.calibration.targets import FIT, Target
from sim.explore.designs import Factor, latin
from sim.explore.needs import need
from sim.params import PARAMETERS
from sim.scenario import Range
from sim.scenario.assumptions import rounded

Floats = NDArray[np.float64]
Simulate = Callable[[Sequence[Mapping[str, float]]], Floats]
"""Moments of the targets at points, with every seed: [points, seeds, targets], NaN where a run failed."""

Tell = Callable[[str, Mapping[str, object]], None]
"""Told of each stage and its facts."""

LOG_UNITS: Final = ("startups", "jobs", "EUR", "EUR/year", "rounds/year", "deals/year", "firms")
"""Units of targets that are emulated in logarithms: their noise is in proportion to them."""
PARTICLES: Final = 500
COPIES: Final = 16
"""Draws of ABC: so many times the particles, moved on between."""
ACCEPT: Final = 0.1
SCOUTS: Final = 200
"""Particles that look for where most targets are hit."""
LEAST_FEWER: Final = 0.02
"""The look-out ends where a level has fewer expected misses by less than this."""
OUT_OF_REACH: Final = 0.8
"""Chance of a miss, where most targets are hit, from which a target is out of reach."""
SEED: Final = 20130101


@dataclass(frozen=True)
class Wave:
    """What a wave left: how many points were run in all, part of the range not ruled out, implausibility reached, and
    ids of the targets out of reach.
    """

    points: int
    volume: float
    level: float
    out_of_reach: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """A fit and all that tells how good it is.

    Attributes
    ----------
    factors
        fitted parameters with the ranges that were looked at
    places, moments
        every point that was run, [n, K], and its moments, mean over seeds, [n, T]
    vectors, predicted
        vectors of the calibrated set, best first, and the moments of the model there, [V, T]
    posterior
        what ABC says of the parameters, in places of their ranges
    emulators
        one per fitted target, by its id
    evenness
        p value that the ranks of simulation-based calibration are even, for each parameter, [K]
    """

    factors: tuple[Range, ...]
    targets: tuple[Target, ...]
    places: Floats
    moments: Floats
    waves: tuple[Wave, ...]
    emulators: Mapping[str, Emulator]
    posterior: abc.Posterior
    vectors: tuple[Mapping[str, float], ...]
    predicted: Floats
    evenness: Floats

    def contraction(self) -> Floats:
        """Part of the variance of the prior, even over the range, that the fit took away, [K]; 0 is nothing learnt."""
        return np.asarray(1.0 - self.posterior.variance * 12.0)


def fit(
    factors: Sequence[Range],
    targets: Sequence[Target],
    simulate: Simulate,
    *,
    first: int,
    points: int,
    waves: int,
    vectors: int,
    check: Simulate | None = None,
    tell: Tell = lambda stage, facts: None,
) -> Fit:
    """Fit parameters to the targets whose use is `fit`.

    Parameters
    ----------
    first, points, waves
        points of the first wave, of each further one, and number of waves
    vectors
        how many vectors are kept and run
    check
        simulates these, with seeds that played no part in choosing them; default: `simulate`
    tell
        told of each stage and its facts, for progress
    """
    with need("threadpoolctl").threadpool_limits(1):  # small matrices: more threads wait for each other
        return _fit(factors, targets, simulate, check or simulate, first, points, waves, vectors, tell)


def _fit(
    factors: Sequence[Range], targets: Sequence[Target], simulate: Simulate, check: Simulate, first: int, points: int,
    waves: int, vectors: int, tell: Tell,
) -> Fit:  # fmt: skip
    fitted = [each for each in targets if each.use == FIT]
    used = np.array([each.use == FIT for each in targets])
    ranges = _pilot(factors, targets, simulate)
    tell("closed_form", {each.name: (each.low, each.high) for each in ranges})
    scale = _Scale(ranges, fitted)
    places = _even(ranges, first)
    runs = simulate(scale.points(places))
    done: list[Wave] = []
    for wave in range(1, waves + 1):
        emulators = _learn(places, runs[:, :, used], scale)
        kept = _within_reach(emulators, scale, len(ranges), wave)
        goal = _Goal(emulators, scale, kept)
        left = goal.left(len(ranges), SEED + wave, forgive=0 if wave == waves else 1)
        lost = tuple(each.id for each, keep in zip(fitted, kept) if not keep)
        done.append(Wave(len(places), left.volume, left.level, lost))
        tell("wave", {"wave": wave, **dataclasses.asdict(done[-1])})
        if wave < waves:
            more = _spread(left.places, points)
            places, runs = np.r_[places, more], np.r_[runs, simulate(scale.points(more))]
    posterior, even = _posterior(goal, left, waves)
    vectors_kept = posterior.places[chosen(posterior.weights, vectors)]
    found = scale.points(vectors_kept)
    predicted = _means(check(found))
    best = np.argsort(_misfit(predicted[:, used], fitted), kind="stable")
    return Fit(
        tuple(ranges), tuple(targets), np.r_[places, vectors_kept], np.r_[_means(runs), predicted], tuple(done),
        {each.id: emulator for each, emulator in zip(fitted, emulators)}, posterior, tuple(found[k] for k in best),
        predicted[best], even,
    )  # fmt: skip


class _Scale:
    """From places to values of parameters and back from moments to the scale on which they are emulated."""

    def __init__(self, ranges: Sequence[Range], targets: Sequence[Target]) -> None:
        self.factors = [Factor(each.name, each.low, each.high, each.scale) for each in ranges]
        self.logs = np.array([each.unit in LOG_UNITS for each in targets])
        value, tolerance = (np.array([getattr(each, name) for each in targets]) for name in ("value", "tolerance"))
        half = 0.5 * tolerance  # the tolerance is two standard deviations of all that is left open
        self.values = np.where(self.logs, np.log(np.maximum(value, 1e-300)), value)
        self.deviations = np.where(self.logs, half / value, half)
        least = np.where(self.logs, np.maximum(value - tolerance, 1e-3 * value), value - tolerance)
        self.low, self.high = self.moments(least), self.moments(value + tolerance)

    def points(self, places: Floats) -> list[dict[str, float]]:
        """Return the parameters at places [n, K], with six digits as files write them."""
        columns = [each.at(places[:, k]) for k, each in enumerate(self.factors)]
        return [dict(zip([each.name for each in self.factors], row)) for row in zip(*columns)]

    def moments(self, values: Floats) -> Floats:
        """Return moments [n, T] in logarithms where that is how they are emulated; nothing has no logarithm."""
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.where(values > 0.0, np.log(values), np.nan)
        return np.where(self.logs, logs, values)


def _pilot(
    factors: Sequence[Range], targets: Sequence[Target], simulate: Simulate
) -> tuple[Range, ...]:
    start = {each.name: PARAMETERS[each.name].default if each.name in PARAMETERS else 0.5 * (each.low + each.high)
             for each in factors}  # fmt: skip
    pilot = _means(simulate([start]))[0]
    found = closed_form(dict(zip([each.id for each in targets], pilot.tolist())), targets)
    return around(factors, found)


def _even(ranges: Sequence[Range], count: int) -> Floats:
    """Places of a Latin hypercube over the ranges, as they will be written: with six digits."""
    factors = [Factor(each.name, each.low, each.high, each.scale) for each in ranges]
    points = latin(factors, count, 1).points
    return np.column_stack([each.places(points[each.name].tolist()) for each in factors])


def _means(moments: Floats) -> Floats:
    """Mean over the seeds that finished, [n, T]."""
    known = np.isfinite(moments)
    total = np.where(known, moments, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan))


def _learn(places: Floats, runs: Floats, scale: _Scale) -> list[Emulator]:
    """Emulators of the fitted targets from runs [n, seeds, T], each with the luck of the mean over its seeds.

    What moves all points alike is known from as many values as there are seeds, so that it counts as much more as
    Student's law is wider than the normal one. Luck of the history that was published belongs to its deviation.
    """
    learnt = [emulate(places, column) for column in scale.moments(_means(runs)).T]
    seeds = runs.shape[1]
    few = stats.t.ppf(0.975, seeds - 1) / stats.norm.ppf(0.975) if seeds > 1 else 1.0
    shared, own = luck(scale.moments(runs))
    noise = np.maximum([each.noise for each in learnt], own / np.sqrt(seeds))
    noise = np.sqrt(noise**2 + (few * shared) ** 2 / seeds)
    return [dataclasses.replace(each, noise=float(width)) for each, width in zip(learnt, noise)]


def luck(runs: Floats) -> tuple[Floats, Floats]:
    """Return two standard deviations that seeds cause, [T] each: of what moves all points alike, and of the rest.

    The seeds of all points are the same: the first shows in no scatter between points, and is known from as many values
    as there are seeds. Both are 0 where points have one seed.

    Parameters
    ----------
    runs : [n, seeds, T], NaN where a run failed
    """
    whole = np.asarray(np.isfinite(runs).all(axis=1))
    points, seeds = whole.sum(axis=0), runs.shape[1]
    away = np.where(whole[:, None], runs - _means(runs)[:, None], 0.0)
    alike = away.sum(axis=0) / np.maximum(points, 1)
    rest = np.where(whole[:, None], away - alike, 0.0)
    own = (rest**2).sum(axis=(0, 1)) / np.maximum((points - 1) * (seeds - 1), 1)
    shared = np.maximum((alike**2).sum(axis=0) / max(seeds - 1, 1) - own / np.maximum(points, 1), 0.0)
    return np.sqrt(shared), np.sqrt(own)


@dataclass(frozen=True)
class _Goal:
    """Targets within reach, bool[T] among the fitted ones, and the emulators that tell how far a place is from them."""

    emulators: Sequence[Emulator]
    scale: _Scale
    kept: NDArray[np.bool_]

    @property
    def parts(self) -> tuple[list[Emulator], Floats, Floats]:
        """Emulator, value and deviation of each target within reach."""
        rows = np.flatnonzero(self.kept).tolist()
        return [self.emulators[k] for k in rows], self.scale.values[rows], self.scale.deviations[rows]

    def left(
        self, factors: int, seed: int, *, forgive: int = 0, cut: float = history.CUT, copies: int = 1
    ) -> history.Region:
        """Return what is not implausible; `forgive` targets may be, whose emulators may be the ones at fault."""
        emulators, values, deviations = self.parts

        def away(places: Floats) -> Floats:
            return history.implausibility(emulators, values, deviations, places, 1 + forgive)

        return history.region(away, factors, PARTICLES, seed, cut, copies)


def _within_reach(emulators: Sequence[Emulator], scale: _Scale, factors: int, wave: int) -> NDArray[np.bool_]:
    """Targets that can be hit where most of the others are, bool[T], by the emulators."""

    def misses(places: Floats) -> Floats:
        return history.expected_misses(emulators, scale.low, scale.high, places)

    def count(places: Floats) -> Floats:
        return np.asarray(misses(places).sum(axis=0))

    best = history.region(count, factors, SCOUTS, SEED + 300 + wave, 0.0, gain=LEAST_FEWER)
    within = np.asarray(misses(best.places).mean(axis=1) < OUT_OF_REACH)
    return within if within.any() else ~within


def _spread(places: Floats, count: int) -> Floats:
    """Choose places that lie apart: each the farthest from those chosen before."""
    rows = [0]
    nearest = ((places - places[0]) ** 2).sum(axis=1)
    while len(rows) < min(count, len(places)):
        rows.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((places - places[rows[-1]]) ** 2).sum(axis=1))
    return np.asarray(places[rows])


def _posterior(goal: _Goal, left: history.Region, wave: int) -> tuple[abc.Posterior, Floats]:
    """Draw evenly within what is left, give each draw the moments and all the noise it would have, and weigh.

    With it comes the evenness of the ranks of simulation-based calibration.
    """
    level = max(left.level, history.CUT)
    places = goal.left(left.places.shape[1], SEED + 100 + wave, cut=level, copies=COPIES).places
    emulators, values, deviations = goal.parts
    noise = normals((len(places), len(emulators)), SEED + 200 + wave, 0)
    summaries = np.empty_like(noise)
    for k, each in enumerate(emulators):
        mean, sd = each.predict(places)
        summaries[:, k] = mean + noise[:, k] * np.sqrt(sd**2 + each.noise**2 + deviations[k] ** 2)
    even = evenness(ranks(places, summaries, ACCEPT))
    return abc.abc(places, summaries, values, ACCEPT), even


def _misfit(moments: Floats, targets: Sequence[Target]) -> Floats:
    """How far vectors [V, T] are from the targets: misses first, then the mean square in tolerances, [V]."""
    value, tolerance = (np.array([getattr(each, name) for each in targets]) for name in ("value", "tolerance"))
    away = np.abs(moments - value) / tolerance
    away = np.where(np.isfinite(away), away, np.inf)
    return np.asarray((away > 1.0).sum(axis=1) + np.tanh((np.minimum(away, 1e3) ** 2).mean(axis=1) / 10.0))


def written(values: Mapping[str, float]) -> dict[str, float]:
    """Return a vector as files write it."""
    return {name: rounded(value) for name, value in values.items()}

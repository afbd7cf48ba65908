"""Sets of assumptions of a study: those it names, and vectors of parameters drawn from what is held possible."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.params import PARAMETERS
from sim.params.declare import Param
from sim.scenario.calibrated import latest_fit, vectors_of
from sim.scenario.codes import check_model
from sim.scenario.errors import Problems, did_you_mean
from sim.scenario.models import DrawsShape, StudyShape
from sim.scenario.reader import Value
from sim.scenario.types import Assumptions

MAIN: Final = "main"
DRAWN_TIERS: Final = frozenset({"calibrated", "literature", "deep"})
RESERVED: Final = re.compile(rf"{MAIN}|draws|draw_\d+")
LOG_FROM: Final = 10.0  # bounds so far apart (high over low): drawn evenly in the logarithm
DIGITS: Final = 6


def assumed(shape: StudyShape, tree: Value, seeds: tuple[int, ...], problems: Problems) -> tuple[Assumptions, ...]:
    """Return the sets of a study after its main one, the named first; errors are added to ``problems``."""
    named = []
    for name, each in shape.assumptions.items():
        keys = ("assumptions", name)
        check_model(each.parameters, each.switches, keys, tree, problems)
        group = tree.nearest(*keys)
        if RESERVED.fullmatch(name):
            problems.add("set_reserved", group.key or group.place, "assumptions", got=name)
        if not each.parameters and not each.switches:
            problems.add("set_changes_nothing", group.key or group.place, ".".join(keys))
        named.append((name, each))
    drawn = _drawn(shape.draws, tree, seeds, problems) if shape.draws else ()
    if problems.errors:
        return ()
    sets = tuple(
        Assumptions(
            name,
            {"fr": each.title.fr, "en": each.title.en},
            dict(each.switches),
            {key: float(value) for key, value in each.parameters.items()},
            seeds[: each.seeds],
        )
        for name, each in named
    )
    return (*sets, *drawn)


def _drawn(draws: DrawsShape, tree: Value, seeds: tuple[int, ...], problems: Problems) -> tuple[Assumptions, ...]:
    """Return one set per vector. Each has seeds of its own, so that luck is as new in every draw as parameters are."""
    for index, name in enumerate(draws.parameters or ()):
        place, path = tree.nearest("draws", "parameters", index).place, f"draws.parameters[{index + 1}]"
        if name not in PARAMETERS:
            problems.add("unknown_parameter", place, path, hint=did_you_mean(name, PARAMETERS), got=name)
        elif PARAMETERS[name].low == PARAMETERS[name].high:
            problems.add("draw_fixed", place, path, got=name)
    if problems.errors:
        return ()
    names, first = draws.parameters or drawable(), min(seeds)
    title = {"fr": "tirage {}", "en": "draw {}"}
    return tuple(
        Assumptions(
            f"draw_{rank}",
            {lang: text.format(rank) for lang, text in title.items()},
            {},
            dict(zip(names, row)),
            tuple(range(first + (rank - 1) * draws.seeds, first + rank * draws.seeds)),
            drawn=True,
        )
        for rank, row in enumerate(draw(names, draws.count).tolist(), start=1)
    )


def calibrated(
    sets: tuple[Assumptions, ...], draws: DrawsShape | None, territory: str
) -> tuple[Assumptions, ...]:
    """Return the sets with drawn values of fitted parameters out of the calibrated set of the territory.

    A drawn set takes a whole vector, so that what the fit knows of pairs of parameters stays; the first draw the first
    vector, and round again. Parameters that are not fitted stay as drawn from their priors; so do all where the
    territory has no calibrated set, or the study draws from priors.
    """
    fit = latest_fit(territory) if draws is not None and draws.from_ == "calibrated" else None
    if fit is None:
        return sets
    vectors = itertools.cycle(vectors_of(fit))
    return tuple(_with(each, next(vectors)) if each.drawn else each for each in sets)


def fitted_in(sets: Sequence[Assumptions], territory: str) -> list[str]:
    """Return the parameters whose values in drawn sets are those of the calibrated set of the territory."""
    fit, first = latest_fit(territory), next((each for each in sets if each.drawn), None)
    if fit is None or first is None:
        return []
    return [name for name, value in vectors_of(fit)[0].items() if first.parameters.get(name) == value]


def _with(each: Assumptions, vector: Mapping[str, float]) -> Assumptions:
    own = {name: vector.get(name, value) for name, value in each.parameters.items()}
    return dataclasses.replace(each, parameters=own)


def drawable() -> list[str]:
    """Return the parameters that draws vary unless told which: all that are not measured."""
    return [name for name, each in PARAMETERS.items() if each.tier in DRAWN_TIERS and each.low < each.high]


def draw(names: Sequence[str], count: int) -> NDArray[np.float64]:
    """Return float64[count, K]: the first vectors of a shifted Sobol sequence over the priors; six digits.

    The first vectors stay the same when more are drawn, so that more draws extend a study. Every coordinate is
    moved round the circle by a shift of its own (R. Cranley and T. Patterson, SIAM Journal on Numerical Analysis 13,
    1976), so that no vector is a corner of the priors.
    """
    if count == 0:
        return np.empty((0, len(names)))
    from scipy.stats import qmc

    shift = np.array([_shift(name) for name in names])
    even = qmc.Sobol(len(names), scramble=False).random_base2(math.ceil(math.log2(count)))[:count]
    points = (even + shift) % 1.0
    columns = [from_prior(PARAMETERS[name], points[:, k]) for k, name in enumerate(names)]
    return np.array([[rounded(value) for value in row] for row in np.transpose(columns)])


def _shift(name: str) -> float:
    """Return a number from 0 to 1 that is a parameter's own: its name, hashed."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def rounded(value: float) -> float:
    """Return a number with six significant digits, as files write it."""
    return float(f"{value:.{DIGITS}g}")


def by_logarithm(param: Param) -> bool:
    """Say whether a parameter's prior is spread over its logarithm: a scale known to an order of magnitude."""
    return param.low > 0.0 and param.high >= LOG_FROM * param.low


def from_prior(param: Param, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quantiles at `share`, 0 to 1, of a parameter's prior.

    A PERT distribution: a beta between the bounds whose mode is the default value, which weighs four times as much
    as either bound in its mean (D. Malcolm, J. Roseboom, C. Clark and W. Fazar, Operations Research 7, 1959).
    """
    from scipy import stats

    mode = float(place_of(param, np.array(param.default)))
    return value_at(param, stats.beta.ppf(share, 1.0 + 4.0 * mode, 5.0 - 4.0 * mode))


def value_at(param: Param, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values at places 0 to 1 between a parameter's bounds, or between their logarithms."""
    return value_between(param.low, param.high, place, logarithm=by_logarithm(param))


def place_of(param: Param, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where values lie between a parameter's bounds, the inverse of `value_at`."""
    return place_between(param.low, param.high, value, logarithm=by_logarithm(param))


def value_between(low: float, high: float, place: NDArray[np.float64], *, logarithm: bool) -> NDArray[np.float64]:
    """Return the values at places 0 to 1 between two bounds, or between their logarithms."""
    if logarithm:
        return np.asarray(low * (high / low) ** place)
    return np.asarray(low + (high - low) * place)


def place_between(low: float, high: float, value: NDArray[np.float64], *, logarithm: bool) -> NDArray[np.float64]:
    """Return where values lie between two bounds, the inverse of `value_between`."""
    if logarithm:
        return np.asarray(np.log(value / low) / np.log(high / low))
    return np.asarray((value - low) / (high - low))

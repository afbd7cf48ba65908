"""Designs: which points of the space of assumptions a sweep runs.

A point gives every factor a value: a number between two bounds, or one of a list (a switch of the model, a level).
Numbers are made as *places* 0 to 1 between the bounds, or between their logarithms, and written with six digits.
The same arguments always give the same design.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.explore.needs import need
from sim.params import PARAMETERS, SWITCHES
from sim.scenario.assumptions import by_logarithm, place_between, rounded, value_between

Floats = NDArray[np.float64]
Scale = Literal["linear", "log"]
LEVELS: Final = 4
"""Levels of a number in Morris's design: an even count, so that the step of p / (2 (p - 1)) visits all equally."""


@dataclass(frozen=True)
class Factor:
    """What a sweep varies: a number from `low` to `high`, evenly in it or in its logarithm, or one of `values`.

    Raises
    ------
    ValueError
        bounds that are not finite, not in order, or not positive under ``log``; fewer than two values, or equal ones
    """

    name: str
    low: float = math.nan
    high: float = math.nan
    scale: Scale = "linear"
    values: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be varied."""
        if self.values:
            if len(self.values) < 2 or len(set(self.values)) < len(self.values):
                raise ValueError(f"{self.name}: give at least two values, each once, not {list(self.values)}")
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"{self.name}: the low bound must be below the high one, not {self.low} to {self.high}")
        if self.scale not in ("linear", "log"):
            raise ValueError(f"{self.name}: the scale is linear or log, not {self.scale}")
        if self.scale == "log" and self.low <= 0.0:
            raise ValueError(f"{self.name}: a logarithmic scale needs a low bound above 0, not {self.low}")

    @property
    def start(self) -> Any:
        """The value of the model, else the first value or the middle."""
        if self.values:
            default = SWITCHES[self.name].default if self.name in SWITCHES else None
            return default if default in self.values else self.values[0]
        if self.name in PARAMETERS and self.low <= PARAMETERS[self.name].default <= self.high:
            return PARAMETERS[self.name].default
        return rounded(float(value_between(self.low, self.high, np.array(0.5), logarithm=self.scale == "log")))

    def at(self, places: Floats) -> list[Any]:
        """Return the values at places 0 to 1, numbers with six digits; a list is cut into equal parts."""
        if self.values:
            count = len(self.values)
            return [self.values[k] for k in np.minimum((np.asarray(places) * count).astype(int), count - 1)]
        numbers = value_between(self.low, self.high, np.asarray(places), logarithm=self.scale == "log")
        return [min(max(rounded(float(each)), self.low), self.high) for each in numbers]

    def places(self, values: Sequence[Any]) -> Floats:
        """Return where values lie, 0 to 1: the middle of its part for one of a list."""
        if self.values:
            return np.array([(self.values.index(each) + 0.5) / len(self.values) for each in values])
        return place_between(self.low, self.high, np.asarray(values, dtype=float), logarithm=self.scale == "log")


def factor(
    name: str,
    low: float | None = None,
    high: float | None = None,
    scale: Scale | None = None,
    values: Sequence[Any] = (),
) -> Factor:
    """Return the factor of a parameter or switch: bounds, scale and choices are the declared ones unless given.

    Raises
    ------
    ValueError
        an unknown name, values the model does not allow, a parameter that is measured and has no range
    """
    if name in SWITCHES:
        choices = SWITCHES[name].choices
        if wrong := [each for each in values if each not in choices]:
            raise ValueError(f"{name}: {wrong[0]} is not one of {', '.join(choices)}")
        return Factor(name, values=tuple(values) or choices)
    if name not in PARAMETERS:
        raise ValueError(f"{name}: no parameter or switch of the model has this name")
    param = PARAMETERS[name]
    ends = (param.low if low is None else low, param.high if high is None else high)
    if wrong := [each for each in (*ends, *values) if not param.low <= each <= param.high]:
        raise ValueError(f"{name}: {wrong[0]} is outside {param.low} to {param.high}, the bounds of its prior")
    if values:
        return Factor(name, values=tuple(values))
    return Factor(name, ends[0], ends[1], scale or ("log" if by_logarithm(param) else "linear"))


@dataclass(frozen=True)
class Design:
    """Points to run, and what their analysis needs.

    `points` has one row per point and one column per factor, in the factors' units; `places` float64[n, K] are the
    same between 0 and 1. `block` int64[n] numbers the rows that are of use only together (a trajectory of Morris, a
    block of Saltelli), -1 elsewhere. `changed` names the factor that a row of one-at-a-time moves.
    """

    kind: str
    factors: tuple[Factor, ...]
    points: pd.DataFrame
    places: Floats
    seed: int = 0
    block: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    changed: tuple[str, ...] = ()
    levels: int = 0
    second_order: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the factors, in the order of the columns."""
        return [each.name for each in self.factors]


def problem_of(factors: Sequence[Factor]) -> dict[str, Any]:
    """Return SALib's description of factors, all between 0 and 1."""
    return {
        "num_vars": len(factors),
        "names": [each.name for each in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }


def grid(factors: Sequence[Factor], levels: int = 3) -> Design:
    """Return every combination of `levels` equal steps of each number and of all values of each list."""
    _checked(factors, levels=levels)
    steps = [each.places(each.values) if each.values else np.linspace(0.0, 1.0, levels) for each in factors]
    return _design("grid", factors, np.array(list(itertools.product(*steps)), dtype=float))


def listed(factors: Sequence[Factor], rows: Sequence[dict[str, Any]]) -> Design:
    """Return the points of a list as they are written: one mapping a row, each with every factor.

    Raises
    ------
    ValueError
        a row lacks a factor, has another, or has a value outside its bounds
    """
    _checked(factors)
    names = [each.name for each in factors]
    for index, row in enumerate(rows, start=1):
        if set(row) != set(names):
            odd = sorted(set(row) ^ set(names))[0]
            raise ValueError(f"row {index}: {odd} is {'not a factor' if odd in row else 'missing'}")
        for each in factors:
            value = row[each.name]
            if each.values and value not in each.values:
                raise ValueError(f"row {index}: {each.name} is {value}, not one of {list(each.values)}")
            if not each.values and not each.low <= value <= each.high:
                raise ValueError(f"row {index}: {each.name} is {value}, outside {each.low} to {each.high}")
    frame = pd.DataFrame({each.name: [row[each.name] for row in rows] for each in factors})
    places = np.column_stack([each.places(frame[each.name].tolist()) for each in factors])
    return Design("list", tuple(factors), frame, places, block=_no_blocks(len(frame)))


def latin(factors: Sequence[Factor], count: int, seed: int = 0) -> Design:
    """Return a Latin hypercube: each of `count` equal slices of each factor has one point. It cannot be extended.

    M. McKay, R. Beckman and W. Conover, Technometrics 21, 1979.
    """
    from scipy.stats import qmc

    _checked(factors, count)
    return _design("latin", factors, qmc.LatinHypercube(len(factors), seed=seed).random(count), seed=seed)


def sobol(factors: Sequence[Factor], count: int, seed: int = 0) -> Design:
    """Return the first points of a scrambled Sobol sequence: more points go on from those made.

    I. Sobol, USSR Computational Mathematics 7, 1967; scrambled after A. Owen, Journal of Complexity 14, 1998.
    """
    from scipy.stats import qmc

    _checked(factors, count)
    even = qmc.Sobol(len(factors), scramble=True, seed=seed).random_base2(math.ceil(math.log2(count)))[:count]
    return _design("sobol", factors, even, seed=seed)


def saltelli(factors: Sequence[Factor], count: int, seed: int = 0, *, second_order: bool = False) -> Design:
    """Return `count` blocks of K + 2 points (2K + 2 with interactions of pairs); more blocks go on from those made.

    A. Saltelli, Computer Physics Communications 145, 2002, as made by SALib.

    Raises
    ------
    ValueError
        a factor is a list, or `count` is no power of two (the sequence is even only then)
    MissingLibrary
        SALib is not installed
    """
    _checked(factors, count, numbers_for="Saltelli")
    if count & (count - 1):
        raise ValueError(f"Saltelli's design needs a power of two, not {count}: {2 ** round(math.log2(count))} is near")
    sampler, problem = need("SALib.sample.sobol"), problem_of(factors)
    places = sampler.sample(problem, count, calc_second_order=second_order, seed=seed)
    return _design("saltelli", factors, places, seed, blocks=count, second_order=second_order)


def morris(factors: Sequence[Factor], trajectories: int, seed: int = 0, *, levels: int = LEVELS) -> Design:
    """Return trajectories of K + 1 points, each of which moves one factor by half the grid or somewhat more.

    M. Morris, Technometrics 33, 1991, as made by SALib. It cannot be extended: ask for a second one by another seed.

    Raises
    ------
    ValueError
        a factor is a list, or `levels` is odd
    MissingLibrary
        SALib is not installed
    """
    _checked(factors, trajectories, numbers_for="Morris", levels=levels)
    if levels % 2:
        raise ValueError(f"Morris's design needs an even number of levels, not {levels}")
    places = need("SALib.sample.morris").sample(problem_of(factors), trajectories, num_levels=levels, seed=seed)
    return _design("morris", factors, places, seed, blocks=trajectories, levels=levels)


def one_at_a_time(factors: Sequence[Factor], levels: int = 2) -> Design:
    """Return the model as it is, then each factor alone at `levels` steps from its low bound to its high one.

    A list takes all its values but the model's own. What acts only together with something else stays unseen.
    """
    _checked(factors, levels=levels)
    start = {each.name: each.start for each in factors}
    rows, changed = [start], [""]
    for each in factors:
        for value in each.values or each.at(np.linspace(0.0, 1.0, levels)):
            if value != start[each.name]:
                rows.append(start | {each.name: value})
                changed.append(each.name)
    made = listed(factors, rows)
    return Design("one_at_a_time", made.factors, made.points, made.places, block=made.block, changed=tuple(changed))


def _checked(factors: Sequence[Factor], count: int = 1, *, numbers_for: str = "", levels: int = 2) -> None:
    """Refuse no factor, one named twice, counts too small, and lists where a design takes numbers alone."""
    names = [each.name for each in factors]
    if not names:
        raise ValueError("a design needs at least one factor")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]} is named twice among the factors")
    if count < 1 or levels < 2:
        raise ValueError("a design needs at least one point and two levels")
    if numbers_for and (lists := [each.name for each in factors if each.values]):
        raise ValueError(
            f"{numbers_for}'s design takes numbers between two bounds; {lists[0]} is a list: use a grid, a Latin "
            "hypercube, a Sobol sequence or one at a time, or one design per value of it"
        )


def _no_blocks(count: int) -> NDArray[np.int64]:
    return np.full(count, -1, dtype=np.int64)


def _design(
    kind: str, factors: Sequence[Factor], places: Floats, seed: int = 0, blocks: int = 0, **more: Any
) -> Design:
    points = pd.DataFrame({each.name: each.at(places[:, k]) for k, each in enumerate(factors)})
    rows = len(points)
    block = np.repeat(np.arange(blocks), rows // blocks) if blocks else _no_blocks(rows)
    return Design(kind, tuple(factors), points, places, seed, block, **more)

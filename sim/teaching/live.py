"""A world that goes on while its parameters, its policy and its seed are changed: what the live page looks at.

The engine is that of every run. A parameter or switch that is changed acts from the next month on; one on which the
neighbour lists depend, another seed, policy or world start again. `restart` plays the history from its first month with
all that was set.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from sim import engine
from sim.build import reach_of
from sim.errors import InputError, did_you_mean
from sim.params import PARAMETERS, SWITCHES
from sim.paths import scenarios_dir
from sim.policy import policy_of
from sim.scenario import SCENARIO_SCHEMA, Scenario, load_scenario, schema_of
from sim.scenario.errors import FileErrors
from sim.teaching.indicators import INDICATORS, LAYERS, Context
from sim.teaching.pack import ground
from sim.world import World

NONE: Final = "none"  # the policy of a world without any
SHOWN: Final = ("startups", "jobs", "entries", "top_zone_share", "funded", "inequality")  # numbers of each picture
MOST_SEED: Final = 9999
MOST_MONTHS: Final = 24  # between two pictures
MOST_MONEY: Final = 10_000.0  # MEUR
KEPT_WORLDS: Final = 3  # spun-up worlds kept, so that a policy or its end starts again at once


@dataclass(frozen=True)
class Place:
    """A world that can be looked at.

    Attributes
    ----------
    plain : scenario without a policy
    policies : name -> scenario that has one
    areas : the map may show zones and not only quartiers
    """

    plain: Path
    policies: Mapping[str, Path]
    areas: bool


@cache
def places() -> dict[str, Place]:
    """Worlds by name: those of the lessons, and France with every shipped policy."""
    lessons = scenarios_dir() / "lessons" / "worlds"
    hub = {"one_hub": lessons / "class_city_hub.yaml"}
    small = {name: Place(lessons / f"{name}.yaml", hub, areas=False)
             for name in ("class_plain", "class_city", "class_country")}  # fmt: skip
    skipped = {"baseline", "envelope"}
    policies = {path.stem: path for path in sorted(scenarios_dir().glob("*.yaml"))
                if path.stem not in skipped and schema_of(path) == SCENARIO_SCHEMA}  # fmt: skip
    return small | {"france": Place(scenarios_dir() / "baseline.yaml", policies, areas=True)}


@dataclass(frozen=True)
class Choice:
    """All that determines what is seen.

    Attributes
    ----------
    money : of the policy [MEUR], None for that of its file
    parameters, switches : departures from the scenario
    """

    place: str = "class_city"
    policy: str = NONE
    seed: int = 1
    money: float | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def scenario(self) -> Scenario:
        """What runs.

        Raises
        ------
        InputError
            where a name, a number or the policy of a world is wrong.
        """
        self._check()
        where = places()[self.place]
        overrides: dict[str, str] = {}
        path = where.plain
        if self.policy != NONE:
            path = where.policies[self.policy]
            overrides |= {"budget.total": f"{self.money:g} MEUR"} if self.money is not None else {}
            overrides |= {} if where.areas else _world_of(where.plain)
        try:
            found = load_scenario(path, overrides=overrides)
        except FileErrors as errors:
            raise InputError(str(errors)) from None
        return dataclasses.replace(found, parameters={**found.parameters, **self.parameters},
                                   switches={**found.switches, **self.switches}).with_digest()  # fmt: skip

    def _check(self) -> None:
        _known(self.place, places())
        _known(self.policy, [NONE, *places()[self.place].policies])
        _between("seed", self.seed, 1, MOST_SEED)
        if self.money is not None:
            _between("money", self.money, 0.0, MOST_MONEY)
        for name, value in self.parameters.items():
            _known(name, PARAMETERS)
            _between(name, value, PARAMETERS[name].low, PARAMETERS[name].high)
        for name, choice in self.switches.items():
            _known(name, SWITCHES)
            _known(choice, SWITCHES[name].choices)


def _known(name: str, names: Any) -> None:
    if name not in names:
        raise InputError(f"no {name!r}", suggestion=did_you_mean(str(name), names))


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # NaN too
        raise InputError(f"{name}: {value} is not between {low:g} and {high:g}")


def _world_of(path: Path) -> dict[str, str]:
    """The world of a scenario, as values to set in another."""
    return {"world.territory": load_scenario(path).territory}


@dataclass(frozen=True)
class Picture:
    """What the page draws of one month.

    Attributes
    ----------
    month : absolute
    values : [cells or zones] of the layer
    numbers : indicator -> value now
    hubs : [hubs, 2] metres
    ended : nothing follows
    """

    month: int
    values: np.ndarray
    numbers: dict[str, float]
    hubs: np.ndarray
    ended: bool


class Live:
    """One world, as it stands."""

    def __init__(self, choice: Choice = Choice()) -> None:
        self._spun: OrderedDict[tuple[str, int], World] = OrderedDict()
        self.choice = choice
        self.restart()

    def restart(self) -> None:
        """Go back to the first month, with all that is set."""
        scenario, seed = self.choice.scenario, self.choice.seed
        self.world = self._at_start(scenario, seed)
        self.par = self._parameters()
        zones = self.world.zone.n
        self.context = Context(np.ones(zones, bool), np.zeros(zones, bool), self.par.rents.m2_per_fte)
        self.context.before["rent"] = self.world.cell.rent.copy()  # rises are since the first month, whenever one asks
        self.top: dict[tuple[str, bool], float] = {}

    def _at_start(self, scenario: Scenario, seed: int) -> World:
        """A copy of the world at the end of its spin-up."""
        key = engine.spin_up_digest(scenario, seed), seed
        if key not in self._spun:
            self._spun[key] = engine.spun_up(scenario, seed)
        self._spun.move_to_end(key)
        while len(self._spun) > KEPT_WORLDS:
            self._spun.popitem(last=False)
        return self._spun[key].copy()

    def _parameters(self) -> SimpleNamespace:
        scenario = self.choice.scenario
        policy = policy_of(scenario, engine._territory(scenario.territory), self.choice.seed)
        return engine.parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)

    def change(self, **what: Any) -> bool:
        """Change what is given (fields of `Choice`); what is refused changes nothing. True where it started again.

        Raises
        ------
        InputError
            see `Choice.scenario`.
        """
        before, after = self.choice, dataclasses.replace(self.choice, **what)
        if after.place != before.place and "policy" not in what:
            after = dataclasses.replace(after, policy=NONE, money=None)
        scenario = after.scenario
        same = {name: getattr(after, name) == getattr(before, name) for name in ("place", "policy", "seed", "money")}
        self.choice = after
        anew = not all(same.values()) or reach_of(engine.parameters_of(scenario)) != reach_of(self.par)
        if anew:
            self.restart()
        else:
            self.par = self._parameters()
        return anew

    def advance(self, months: int) -> None:
        """Run some months, to the end of the scenario at most."""
        until = min(self.world.month + months, self.choice.scenario.end)
        while self.world.month < until:
            engine.step(self.world, self.par, self.choice.seed)
            self.world.flows.clear()
            self.world.ledger.clear()

    def picture(self, layer: str = "startups", *, areas: bool = False) -> Picture:
        """The world now."""
        _known(layer, LAYERS)
        areas = areas and places()[self.choice.place].areas
        draw = LAYERS[layer].zones if areas else LAYERS[layer].cells
        values = draw(self.world, self.context)
        positive = values[values > 0]
        key = layer, areas
        if positive.size:
            self.top[key] = max(self.top.get(key, 0.0), float(np.quantile(positive, 0.995)))
        hubs = np.column_stack([self.world.hub.x_m, self.world.hub.y_m])
        numbers = {name: INDICATORS[name].of(self.world, self.context) for name in SHOWN}
        return Picture(self.world.month, values, numbers, hubs, self.world.month >= self.choice.scenario.end)

    def shapes(self, *, areas: bool) -> dict[str, Any]:
        """Shapes of the map, see `sim.teaching.pack.ground`."""
        return ground(self.choice.scenario, by_zone=areas and places()[self.choice.place].areas)

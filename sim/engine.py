"""The month, the run, and the runs of one seed: spin-up once, then every arm from the same state."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sim import checks, params, rng
from sim.build import Reach, Space, build, build_space, reach_of
from sim.grid import Grid, GridSpec, build_grid
from sim.kernels import source_hash
from sim.order import put_in_order
from sim.policy import policy_of
from sim.processes import SCHEDULE
from sim.recorder import Recorder, RunResult
from sim.stability import stability
from sim.territory import Territory, load_territory
from sim.world import World

FORMAT = 1  # of what a run leaves behind


def parameters(
    numbers: Mapping[str, float], switches: Mapping[str, str], *, policy_start: int, policy: Any = None
) -> SimpleNamespace:
    """What processes read besides the world: one named tuple per group, the policy, and when it may start."""
    return SimpleNamespace(**params.resolve(numbers, switches), policy_start=policy_start, policy=policy)


def parameters_of(scenario: Any) -> SimpleNamespace:
    """Parameters of a scenario, its public money left out."""
    return parameters(scenario.parameters, scenario.switches, policy_start=scenario.start)


def step(world: World, par: SimpleNamespace, seed: int, seconds: dict[str, float] | None = None) -> None:
    """Advance the world by one month (ODD 3)."""
    world.month += 1
    if world.month % 12 == 0:
        put_in_order(world)
    draw = rng.draw_of(seed, world.month)
    began = time.process_time()
    for process in SCHEDULE:
        process.step(world, par, draw)
        if seconds is not None:
            ended = time.process_time()
            seconds[process.NAME] = seconds.get(process.NAME, 0.0) + ended - began
            began = ended


def advance(
    world: World,
    par: SimpleNamespace,
    seed: int,
    until: int,
    *,
    recorder: Recorder | None = None,
    seconds: dict[str, float] | None = None,
    end: int | None = None,
) -> None:
    """Run to the end of month `until`, checking accounts every month.

    Parameters
    ----------
    end : month in which the recorder closes its last year, `until` if left out
    """
    end = until if end is None else end
    books = checks.take_books(world)
    while world.month < until:
        step(world, par, seed, seconds)
        books = checks.after_month(world, books)
        if recorder is not None and recorder.record(world, last=world.month == end):
            books = checks.take_books(world)  # the ledger was emptied


@lru_cache(maxsize=4)
def _territory(ref: str) -> Territory:
    return load_territory(ref)


@lru_cache(maxsize=4)
def geography(
    ref: str, spec: GridSpec, reach: Reach, w_talent: int, first_month: int
) -> tuple[Grid, Space]:
    """Quartiers and neighbour lists, built once per process."""
    grid = build_grid(_territory(ref), spec)
    return grid, build_space(_territory(ref), grid, reach, w_talent, first_month)


def initial_world(scenario: Any, par: SimpleNamespace, seed: int) -> World:
    """World of a scenario before its first month."""
    if scenario.end - scenario.spin_up >= rng.LONGEST_RUN:
        months = scenario.end - scenario.spin_up + 1
        raise ValueError(f"a run may last {rng.LONGEST_RUN} months, not {months}: see time.end")
    grid, space = geography(scenario.territory, scenario.grid, reach_of(par), scenario.w_talent, scenario.spin_up)
    return build(
        _territory(scenario.territory),
        grid,
        par,
        w_talent=scenario.w_talent,
        first_month=scenario.spin_up,
        seed=seed,
        space=space,
    )


def spin_up_digest(scenario: Any, seed: int) -> str:
    """Identity of a spun-up world: all that determines it."""
    content = {
        "code": source_hash(),
        "territory": _territory(scenario.territory).digest,
        "grid": repr(scenario.grid),
        "w_talent": scenario.w_talent,
        "months": [scenario.spin_up, scenario.start],
        "seed": seed,
        "parameters": dict(sorted(scenario.parameters.items())),
        "switches": dict(sorted(scenario.switches.items())),
    }
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=12).hexdigest()


def spun_up(scenario: Any, seed: int, cache_dir: Path | None = None) -> World:
    """World at the end of the spin-up, from the cache where it is there. A scenario's public money plays no part in
    it.
    """
    par = parameters_of(scenario)
    path = cache_dir / f"{spin_up_digest(scenario, seed)}.npz" if cache_dir is not None else None
    if path is not None and path.exists():
        space = geography(scenario.territory, scenario.grid, reach_of(par), scenario.w_talent, scenario.spin_up)[1]
        with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # a damaged file
            return World.load(path, space)
    world = initial_world(scenario, par, seed)
    advance(world, par, seed, scenario.start - 1)
    world.flows.clear()
    world.ledger.clear()
    if path is not None:
        world.save(path)
    return world


def quiet_until(scenario: Any) -> int:
    """Last month in which a scenario's public money is not there yet: until then it runs like any other.

    A run closes its books in its own last month, which it shares with none.
    """
    if scenario.hubs is None and not scenario.levers:
        return int(scenario.end) - 1
    starts = [scenario.budget.first, *(lever.first for lever in scenario.levers if lever.first is not None)]
    return int(min(*starts, scenario.end)) - 1


def run_from(
    world: World,
    scenario: Any,
    seed: int,
    horizons: Sequence[int],
    recorder: Recorder | None = None,
    seconds: Mapping[str, float] | None = None,
) -> RunResult:
    """Run a scenario's policy period from a spun-up world, or from a later month, which is changed in place.

    Parameters
    ----------
    recorder, seconds : what was written down, and spent by each process, since the start; nothing where they are
        left out
    """
    policy = policy_of(scenario, _territory(scenario.territory), seed)
    par = parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)
    recorder = recorder or Recorder(scenario.start, tuple(horizons))
    spent = dict(seconds or {})
    advance(world, par, seed, scenario.end, recorder=recorder, seconds=spent)
    checks.whole(world)
    return recorder.result(world, policy, spent, scenario.discount_rate)


@dataclass
class Trunk:
    """What the arms of a seed have in common: the state, and what was written down, before their money is there."""

    world: World
    stability: float  # number G of the state from which they start
    recorder: Recorder
    seconds: dict[str, float]


def trunk_of(scenarios: Sequence[Any], seed: int, horizons: Sequence[int], cache_dir: Path | None) -> Trunk:
    """Run what scenarios with one spin-up have in common, one scenario alone nothing but the spin-up."""
    scenario, *others = scenarios
    world, par = spun_up(scenario, seed, cache_dir), parameters_of(scenario)
    trunk = Trunk(world, stability(world, par), Recorder(scenario.start, tuple(horizons)), {})
    if others:
        until = min(map(quiet_until, scenarios))
        advance(world, par, seed, until, recorder=trunk.recorder, seconds=trunk.seconds, end=scenario.end)
    return trunk


def run_shard(
    scenarios: Sequence[Any], seed: int, horizons: Sequence[int], *, cache_dir: Path | None = None
) -> Iterator[tuple[int, RunResult]]:
    """Run scenarios in the same world of one seed: those that share a spin-up start from the same state, and go
    together until the first of them has money.

    Yields
    ------
    index : of the scenario
    result : what its run leaves behind
    """
    keys = [spin_up_digest(scenario, seed) for scenario in scenarios]
    trunks: dict[str, Trunk] = {}
    for index, (key, scenario) in enumerate(zip(keys, scenarios)):
        if key not in trunks:
            trunks[key] = trunk_of([s for k, s in zip(keys, scenarios) if k == key], seed, horizons, cache_dir)
        trunk = trunks[key]
        result = run_from(trunk.world.copy(), scenario, seed, horizons, trunk.recorder.copy(), trunk.seconds)
        result.scalars["stability"] = trunk.stability
        yield index, result

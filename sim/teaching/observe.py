"""Run a scenario with one seed and keep what a lesson shows of it: a map and a few numbers every few months.

The runs of a lesson are kept in the results folder under a name that says all that determines them, so that changing
a word of the lesson runs nothing again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim import engine
from sim.paths import results_root
from sim.policy import policy_of
from sim.scenario.types import Scenario, digest_of
from sim.teaching.indicators import INDICATORS, LAYERS, Context
from sim.world import World

# What writes, draws and explains runs; none of them changes a run.
FACES = ("cli", "__main__", "plots", "maps", "analysis", "mesa_view", "odd", "layout", "language", "recorder", "census")
OBSERVER = 1  # raise it when an indicator or a layer changes its meaning


@dataclass(frozen=True)
class View:
    """What is kept of a run.

    Attributes
    ----------
    by_zone : the map shows zones and not cells
    inside, ring : rows of the zones looked at, and of those around them
    shock : month, sector (from 0) and part of sales lost, or None
    """

    layer: str
    indicators: tuple[str, ...]
    every: int
    by_zone: bool
    inside: tuple[int, ...] = ()
    ring: tuple[int, ...] = ()
    shock: tuple[int, int, float] | None = None


@dataclass(frozen=True)
class Recording:
    """What is kept of one run.

    Attributes
    ----------
    months : [pictures] absolute months
    layer : [pictures, places]
    numbers : indicator -> [pictures]
    hubs : [hubs, 2] where hubs stand at the end, metres
    """

    months: np.ndarray
    layer: np.ndarray
    numbers: dict[str, np.ndarray]
    hubs: np.ndarray


def record(scenario: Scenario, seeds: Iterable[int], view: View) -> Iterator[tuple[int, Recording]]:
    """Run a scenario with each seed and give what the view keeps; runs made before are read back."""
    for seed in seeds:
        path = _path(scenario, seed, view)
        if not path.is_file():
            _save(_run(_at_start(scenario, seed), scenario, seed, view), path)
        yield seed, _load(path)


_started: dict[tuple[str, int], World] = {}


def _at_start(scenario: Scenario, seed: int) -> World:
    """A copy of the world at the end of the spin-up; the last one asked for is kept, for the next side or notch."""
    key = engine.spin_up_digest(scenario, seed), seed
    if key not in _started:
        _started.clear()
        _started[key] = engine.spun_up(scenario, seed)
    return _started[key].copy()


def _run(world: World, scenario: Scenario, seed: int, view: View) -> Recording:
    policy = policy_of(scenario, engine._territory(scenario.territory), seed)
    par = engine.parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)
    context = context_of(world, par, view)
    layer = LAYERS[view.layer]
    draw = layer.zones if view.by_zone else layer.cells
    months, pictures = [], []
    numbers: dict[str, list[float]] = {name: [] for name in view.indicators}
    stops = set(range(scenario.start - 1, scenario.end + 1, view.every))
    shock = view.shock if view.shock is not None else (-1, 0, 0.0)
    for month in sorted(stops | ({shock[0]} - {-1})):
        engine.advance(world, par, seed, month)
        world.flows.clear()
        world.ledger.clear()
        if month in stops:
            months.append(month)
            pictures.append(draw(world, context) / layer.step)
            for name, values in numbers.items():
                values.append(INDICATORS[name].of(world, context))
        if month == shock[0]:
            strike(world, shock[1], shock[2])
    return Recording(
        np.array(months), np.round(np.array(pictures)) * layer.step,
        {name: np.array(values) for name, values in numbers.items()},
        np.column_stack([world.hub.x_m, world.hub.y_m]).astype(float),
    )  # fmt: skip


def strike(world: World, sector: int, lost: float) -> None:
    """Take a part of the sales of every startup of one trade, from outside the model."""
    f = world.startup
    f.revenue_eur[f.alive & (f.sector == sector)] *= 1.0 - lost


def context_of(world: World, par: Any, view: View) -> Context:
    """What indicators need besides the world."""
    inside, ring = np.zeros(world.zone.n, bool), np.zeros(world.zone.n, bool)
    inside[list(view.inside)] = True
    ring[list(view.ring)] = True
    return Context(inside, ring, par.rents.m2_per_fte, sector=view.shock[1] if view.shock else 0)


@cache
def model_hash() -> str:
    """Hash of the model's own sources: what reports and pages are made of does not change a run."""
    root = Path(engine.__file__).parent
    own = [path for path in root.glob("*.py") if path.stem not in FACES]
    out = hashlib.blake2b(digest_size=12)
    for path in sorted([*own, *root.glob("processes/*.py"), *root.glob("params/*.py")]):
        out.update(path.read_bytes())
    return out.hexdigest()


def _path(scenario: Scenario, seed: int, view: View) -> Path:
    content = {"observer": OBSERVER, "code": model_hash(), "scenario": scenario.digest, "seed": seed,
               "view": asdict(view)}  # fmt: skip
    return results_root() / "lessons" / f"{digest_of(content)}.npz"


def _save(made: Recording, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {f"number.{name}": values for name, values in made.numbers.items()}
    arrays |= {"months": made.months, "layer": made.layer.astype(np.float32), "hubs": made.hubs}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.savez_compressed(file, **arrays)
    os.replace(file.name, path)


def _load(path: Path) -> Recording:
    with np.load(path) as file:
        numbers = {name.removeprefix("number."): file[name] for name in file.files if name.startswith("number.")}
        return Recording(file["months"], file["layer"], numbers, file["hubs"])


def around(x_m: np.ndarray, y_m: np.ndarray, inside: Sequence[int], km: float) -> tuple[int, ...]:
    """Rows of the zones nearer than `km` to one of `inside`, these left out."""
    rows = np.array(inside, int)
    away = np.hypot(x_m[:, None] - x_m[rows], y_m[:, None] - y_m[rows]).min(axis=1)
    return tuple(int(z) for z in np.flatnonzero(away < 1000.0 * km) if z not in set(inside))

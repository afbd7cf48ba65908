"""Compiling the model once, before several workers need it.

Loops are compiled when they are first called and the machine code is kept on disk. A small world, run through
the start, the opening of a hub and a policy, calls them all; several processes that would compile the same
loops at once take ten times as long as one. Where there is a second core, a second process compiles the loops
of the month, last process first, while the first builds its world: they meet half-way.
"""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.world import World

MARK = "all-compiled"


def warm() -> None:
    """Compile what a run needs and note it beside the compiled code; at once where that was done before."""
    from sim.kernels import cache_folder

    mark = cache_folder() / f"{MARK}-{compiled_for()}"
    if not mark.exists():
        with _second_process(), _without_collector():
            run_small_world()
        with suppress(OSError):  # the code is compiled all the same; the next command checks again
            mark.touch()


def compiled_for() -> str:
    """Hash of all that numba finds compiled code by: sources, where they lie and since when, processor, numba itself.

    Two copies of the model, or two kinds of processors, may share a folder for compiled code; each compiles its own.
    """
    from importlib import metadata

    from llvmlite import binding

    from sim.experiments.provenance import code_hash

    package = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=8)
    parts = [code_hash(), str(package), metadata.version("numba"), binding.get_host_cpu_name()]
    parts.append(binding.get_host_cpu_features().flatten())
    parts += [f"{path.relative_to(package)} {path.stat().st_mtime_ns}" for path in sorted(package.rglob("*.py"))]
    digest.update("\n".join(parts).encode())
    return digest.hexdigest()


@contextmanager
def _second_process() -> Iterator[None]:
    """Compile from the other end meanwhile; whatever happens there, the first process compiles what is missing."""
    if len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) < 2:
        yield
        return
    place = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", "from sim.experiments.warm import step_backwards; step_backwards()"]
    other = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": place}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
        with suppress(subprocess.TimeoutExpired):
            other.wait(timeout=60.0)
    finally:
        other.kill()
        other.wait()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Compile without looking for garbage meanwhile: a compiler makes millions of objects that live as long as it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def step_backwards() -> None:
    """Run two months of a world of a few rows, processes in the opposite order, and end that run."""
    import numpy as np

    from sim import rng
    from sim.checks import InvariantError
    from sim.engine import parameters
    from sim.processes import SCHEDULE

    world = _few_rows()
    par = parameters({}, {}, policy_start=world.month)
    with np.errstate(all="ignore"), _without_collector():
        for _ in range(2):
            for process in reversed(SCHEDULE):
                process.step(world, par, rng.draw_of(1, world.month))
            world.month += 2  # some things are done in the first month of a quarter, some in its last
        with suppress(InvariantError):  # nothing says that the books of these few rows balance
            end_run(world)


def _few_rows() -> World:
    """Return a world with one quartier and its innovation place, a startup settled there and one that is not yet, two
    investors and twenty people."""
    import numpy as np

    from sim.build import RELATEDNESS, Space
    from sim.fields import ANGEL, FOUNDER, SEED_FUND
    from sim.space import Neighbours
    from sim.world import World

    alone = Neighbours(np.array([0, 1]), np.zeros(1, np.int32), np.ones(1, np.float32))
    month, start = 2012 * 12, np.array([0, 1])
    one = np.zeros(1, np.int64)
    space = Space(alone, alone, alone, one, np.ones((1, 1)), RELATEDNESS.copy(), start, one, 20, month, 1.0)
    world = World(space, month)
    rows = {"nation": 1, "zone": 1, "cell": 1, "startup": 2, "talent": 3, "investor": 2, "facility": 1}
    for kind, count in rows.items():
        world.tables[kind].add(count)
    c, f, t, v, p = world.cell, world.startup, world.talent, world.investor, world.facility
    c.zone[:], c.key[:], c.floor_m2[:], c.rent[:], c.rent_reference[:] = 0, 0, 1e3, 100.0, 100.0
    v.kind[:], v.zone[:], v.money_eur[:] = (ANGEL, SEED_FUND), 0, 1e6
    t.alive[:], t.weight[:], t.zone[:], t.origin_zone[:] = True, (1, 1, 20), 0, 0
    t.uid[:], t.status[:2], t.employer[:2] = np.arange(1, 4), FOUNDER, (0, 1)
    f.uid[:], f.alive[:], f.zone[:], f.origin_zone[:] = np.arange(1, 3), True, 0, 0
    f.founder[:], f.staff[:], f.cell[:] = (0, 1), 1, (0, -1)
    f.place[:], f.place_until[:], world.zone.desks[:] = (0, -1), (month + 9, 0), 10.0
    p.zone[:], p.cell[:], p.opened[:], p.places[:] = 0, 0, 0, 2.0
    return world


def run_small_world() -> None:
    """Run two years of a small world with money of every kind, and what happens at the end of a run."""
    from sim.build import build
    from sim.engine import advance, parameters
    from sim.grid import GridSpec, build_grid
    from sim.policy import policy_of
    from sim.territory import raster_territory

    territory = raster_territory(6, 6, cell_km=2.0, zone_rows=2, zone_columns=2, people=20_000.0)
    grid = build_grid(territory, GridSpec("uniform", cell_km=2.0))
    scenario = _small_scenario()
    policy = policy_of(scenario, territory, seed=1)
    par = parameters({}, {}, policy_start=scenario.start, policy=policy)
    world = build(territory, grid, par, w_talent=20, first_month=scenario.spin_up, seed=1)
    advance(world, par, 1, scenario.end)
    end_run(world)


def end_run(world: World) -> None:
    """Check a world as at the end of a run. Its startups with staff may not have moved far: who they are is listed."""
    import numpy as np

    from sim import checks, people

    people.list_staff(np.int64(0), np.int32(0), world.startup.first_employee, world.talent.next_employee)
    checks.whole(world)


def _small_scenario() -> Scenario:
    """Return a scenario with every lever, hubs in every zone and floor that opens within the run."""
    from sim.grid import GridSpec
    from sim.scenario import Budget, Hubs, Lever, Scenario, Where

    first = 2010 * 12
    terms = {
        "animation": {"staff_cost": 100e3},
        "brand": {},
        "floor": {"cost_per_m2": 1200.0, "discount": 0.4},
        "accelerator": {"cost_per_place": 10e3, "stay": 12.0},
    }
    return Scenario(
        id="small",
        title={"fr": "petit", "en": "small"},
        territory="raster",
        territory_digest="",
        grid=GridSpec("uniform", cell_km=2.0),
        w_talent=20,
        spin_up=first,
        start=first + 6,
        end=first + 23,
        discount_rate=0.032,
        cofunding_share=0.5,
        equalisation=0.0,
        parameters={},
        switches={},
        budget=Budget(20e6, first + 6, first + 23, (0.5, 0.5)),
        hubs=Hubs(Where("zone", None, (), True, ()), "best", "lead", "equal", 2.0, "mixed", 0.0, 3, "listed"),
        levers=tuple(Lever(kind, kind, 0.25, term, None, None) for kind, term in terms.items()),
    )

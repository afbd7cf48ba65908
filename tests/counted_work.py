"""Work of the model, counted and not timed, in a small world: ``python tests/counted_work.py``, printed as JSON.

Calls of kernels and equations, but for those that are compiled into their loops, and blocks of random numbers (four
words of Philox each), are counted on the interpreted code, so that none is missed; bytes are what NumPy and Python hold
beside the world at the worst moment of each process, added up over processes, on the compiled code. All are per agent
and month. Events are what the model itself counts as happening to people and startups. The counts are the same on
every machine.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from sim import kernels  # noqa: E402

INLINED: set[str] = set()  # names of what is compiled into its loops: filled as the modules of the model are imported
_inlined = kernels.inlined


def _noted(function: Callable[..., Any]) -> Any:
    INLINED.add(function.__name__)
    return _inlined(function)


kernels.inlined = _noted
from worlds import POLICY_START, small_policy, small_world  # noqa: E402

from sim import engine, rng  # noqa: E402
from sim.processes import SCHEDULE  # noqa: E402
from sim.world import World  # noqa: E402

EVENTS = ("arrivals", "entries", "closures", "hires", "hires_elsewhere", "layoffs", "moved_in", "relocations", "rounds",
          "angel_deals", "acquisitions", "listings", "innovations", "retrained")
MONTHS = 14  # from the eve of the policy: a whole year, and what is done once a year twice
INTERPRETED = {"rows": 5, "columns": 5, "people": 6_000.0}
COMPILED = {"rows": 6, "columns": 6, "people": 20_000.0, "w_talent": 1}


def world_of(**size: Any) -> tuple[World, SimpleNamespace]:
    """A small world on the eve of its policy."""
    world, par = small_world(1, policy=small_policy(), **size)
    engine.advance(world, par, 1, POLICY_START - 1)
    return world, par


def agents(world: World) -> int:
    """People, startups and investors that are there, and quartiers."""
    return int(world.talent.alive.sum() + world.startup.alive.sum() + world.investor.n + world.cell.n)


def months_of(world: World, par: SimpleNamespace) -> tuple[int, float]:
    """Live `MONTHS`; agent-months, and events."""
    agent_months, events = 0, 0.0
    for _ in range(MONTHS):
        world.flows.clear()
        engine.step(world, par, 1)
        agent_months += agents(world)
        events += sum(float(world.flows[name].sum()) for name in EVENTS if name in world.flows)
    return agent_months, events


def interpreted() -> dict[str, float]:
    """Calls, blocks of random numbers and events per agent and month, on the interpreted code."""
    assert not kernels.COMPILED
    world, par = world_of(**INTERPRETED)
    home, calls = str(TESTS.parent / "sim"), Counter[str]()

    def count(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(home) and not code.co_name.startswith("<"):
            calls[code.co_name] += 1

    sys.setprofile(count)
    try:
        agent_months, events = months_of(world, par)
    finally:
        sys.setprofile(None)
    called = sum(number for name, number in calls.items() if name not in INLINED)
    assert rng.philox.__name__ in INLINED
    return {"calls": called / agent_months, "draws": calls[rng.philox.__name__] / agent_months,
            "events": events / agent_months}  # fmt: skip


def held_bytes() -> float:
    """Bytes beside the world per agent and month, at the worst moment of each process."""
    assert kernels.COMPILED
    world, par = world_of(**COMPILED)
    months_of(world.copy(), par)  # tables, geography and compiled code are there
    agent_months, most = 0, 0
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(MONTHS):
            world.month += 1
            draw = rng.draw_of(1, world.month)
            for process in SCHEDULE:
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                process.step(world, par, draw)
                most += tracemalloc.get_traced_memory()[1] - before
            agent_months += agents(world)
    finally:
        tracemalloc.stop()
    return most / agent_months


def counted() -> dict[str, float]:
    """All counts; those of the interpreted code from a process of its own."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", __file__, "interpreted"], env=environment, check=True,
                          stdout=subprocess.PIPE, text=True, timeout=500)  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return {**found, "bytes": held_bytes()}


if __name__ == "__main__":
    print(json.dumps(interpreted() if sys.argv[1:] == ["interpreted"] else counted()))

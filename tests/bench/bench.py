"""Nanoseconds per agent and month, by process and size, against plain Mesa and against the memory of the machine.

    python tests/bench/bench.py [--sizes 10000 100000 1000000] [--months 12] [--json FILE]

Sizes are digital workers, one row each, on a raster of squares of 1 km. All is measured in one run of one process,
since absolute times drift from machine to machine: quote ratios. The memory triad ``a = b + s c`` gives the fastest
pass over memory; plain Mesa is the reference of the tests, the same rules agent by agent.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim import engine, rng
from sim.build import build
from sim.grid import GridSpec
from sim.kernels import kernel, threads
from sim.processes import SCHEDULE
from sim.territory import raster_territory
from sim.world import World

START = 2013 * 12
WORKERS_PER_PERSON = 0.0125  # of the raster's people, in 2013
PEOPLE_PER_SQUARE = 4000.0
MESA_MOST = 20_000  # digital workers beyond which plain Mesa takes too long to wait for
TRIAD_SIZE = 20_000_000


@kernel
def triad(a, b, c, s):
    """One pass over memory: 24 bytes an element."""
    for i in range(a.size):
        a[i] = b[i] + s * c[i]


def memory_speed() -> float:
    """Bytes per second of the triad, best of five."""
    b, c = np.ones(TRIAD_SIZE), np.ones(TRIAD_SIZE)
    a = np.empty(TRIAD_SIZE)
    times = []
    for _ in range(6):
        began = time.perf_counter()
        triad(a, b, c, 3.0)
        times.append(time.perf_counter() - began)
    return 24.0 * TRIAD_SIZE / min(times[1:])


def raster_world(workers: int, seed: int = 1) -> tuple[World, SimpleNamespace]:
    """A square raster with so many digital workers, in zones of about a hundred squares."""
    side = max(2, round((workers / WORKERS_PER_PERSON / PEOPLE_PER_SQUARE) ** 0.5))
    zones = max(1, side // 10)
    people = workers / WORKERS_PER_PERSON / side**2
    par = engine.parameters({}, {}, policy_start=START)
    territory = raster_territory(side, side, cell_km=1.0, zone_rows=zones, zone_columns=zones, people=people)
    return build(territory, GridSpec("uniform", cell_km=1.0), par, w_talent=1, first_month=START, seed=seed), par


def agents(world: World) -> int:
    """People, startups, investors and quartiers that are there."""
    return int(world.talent.alive.sum() + world.startup.alive.sum() + world.investor.n + world.cell.n)


def engine_speed(workers: int, months: int) -> dict[str, Any]:
    """Time of every process per agent and month, after three months of warming up."""
    began = time.perf_counter()
    world, par = raster_world(workers)
    built = time.perf_counter() - began
    engine.advance(world, par, 1, world.month + 3)
    spent = dict.fromkeys((p.NAME for p in SCHEDULE), 0)
    agent_months = 0
    for _ in range(months):
        world.month += 1
        draw = rng.draw_of(1, world.month)
        agent_months += agents(world)
        for process in SCHEDULE:
            began_ns = time.perf_counter_ns()
            process.step(world, par, draw)
            spent[process.NAME] += time.perf_counter_ns() - began_ns
    held = sum(column.nbytes for table in world.tables.values() for column in table.columns().values())
    return {
        "workers": workers,
        "agents": agents(world),
        "startups": int(world.startup.alive.sum()),
        "cells": world.cell.n,
        "zones": world.zone.n,
        "build_s": built,
        "bytes_per_agent": held / agents(world),
        "ns": {name: value / agent_months for name, value in spent.items()},
        "ns_total": sum(spent.values()) / agent_months,
    }


def mesa_speed(workers: int, months: int) -> dict[str, Any] | None:
    """Time per agent and month of the plain-Mesa reference on the same world; None where it is not at hand."""
    try:
        from reference import ReferenceModel
    except ImportError:
        return None
    world, par = raster_world(workers)
    engine.advance(world, par, 1, world.month + 3)
    model = ReferenceModel(world, par, 1)
    began = time.perf_counter()
    for _ in range(months):
        model.step()
    spent = time.perf_counter() - began
    return {"workers": workers, "months": months, "ns_total": 1e9 * spent / (months * agents(world))}


def table(result: dict[str, Any]) -> str:
    """Sizes across, processes down."""
    runs = result["engine"]
    lines = [f"{'ns per agent-month':20}" + "".join(f"{run['agents']:>14,}" for run in runs)]
    lines += [f"{name:20}" + "".join(f"{run['ns'][name]:14.2f}" for run in runs) for name in runs[0]["ns"]]
    lines.append(f"{'all':20}" + "".join(f"{run['ns_total']:14.2f}" for run in runs))
    lines.append(f"{'million agents/s':20}" + "".join(f"{1e3 / run['ns_total']:14.2f}" for run in runs))
    lines.append(f"{'bytes per agent':20}" + "".join(f"{run['bytes_per_agent']:14.0f}" for run in runs))
    triads = [run["ns_total"] * 1e-9 * result["triad_bytes_s"] / run["bytes_per_agent"] for run in runs]
    lines.append(f"{'passes over memory':20}" + "".join(f"{x:14.1f}" for x in triads))
    lines.append(f"{'build, s':20}" + "".join(f"{run['build_s']:14.2f}" for run in runs))
    lines.append(f"memory triad: {result['triad_bytes_s'] / 1e9:.1f} GB/s; threads: {result['threads']}")
    mesa = result["mesa"]
    if mesa is not None:
        ours = next(run["ns_total"] for run in runs if run["workers"] == mesa["workers"])
        times = mesa["ns_total"] / ours
        lines.append(
            f"plain Mesa, {mesa['workers']:,} workers: {mesa['ns_total']:,.0f} ns, {times:,.0f} times the engine"
        )
    else:
        lines.append("plain Mesa: not measured (tests/reference.py is not there, or every size is too large)")
    return "\n".join(lines)


def main() -> int:
    """Measure, print a table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="digital workers")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    engine_speed(min(options.sizes), 1)  # compile
    small = [size for size in options.sizes if size <= MESA_MOST]
    result = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "threads": threads(),
        "triad_bytes_s": memory_speed(),
        "engine": [engine_speed(size, options.months) for size in options.sizes],
        "mesa": mesa_speed(min(small), 3) if small else None,
    }
    print(table(result))
    if options.json is not None:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

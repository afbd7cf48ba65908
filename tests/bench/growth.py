"""How the time of a month, of a run and of a comparison grows with its size: quartiers, agents, months, hubs, arms.

    python tests/bench/growth.py [--steps 3] [--only agents hubs ...]

Each size is doubled so many times, the others left alone. The exponent is the slope of log time on log size over the
last doubling: one where time grows in proportion, zero where it does not. Quartiers that are more numerous are smaller,
so that each also has more neighbours within reach. Absolute times drift from machine to machine.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from bench import START, agents, raster_world  # noqa: E402
from worlds import small_policy  # noqa: E402

from sim import engine  # noqa: E402
from sim.build import build  # noqa: E402
from sim.candidates import Place  # noqa: E402
from sim.grid import GridSpec  # noqa: E402
from sim.policy import Policy  # noqa: E402
from sim.scenario import load_scenario  # noqa: E402
from sim.territory import Territory, raster_territory  # noqa: E402
from sim.world import World  # noqa: E402

MONTHS = 12
WARM_MONTHS = 3
REPEATS = 3


def fastest(live: Callable[[], None]) -> float:
    """Seconds of the fastest of a few times."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        live()
        times.append(time.perf_counter() - began)
    return min(times)


def by_agents(workers: int) -> tuple[float, float]:
    """A year of a raster with so many digital workers, squares as they are."""
    side, people = 24, workers / 0.0125 / 24**2
    return year_of(raster_territory(side, side, cell_km=1.0, zone_rows=3, zone_columns=3, people=people))


def by_cells(squares: int) -> tuple[float, float]:
    """A year of a raster of so many squares, with the same people in all."""
    side = round(math.sqrt(squares))
    land = raster_territory(side, side, cell_km=24.0 / side, zone_rows=3, zone_columns=3, people=1.2e6 / side**2)
    return year_of(land, 24.0 / side)[0], float(side**2)


def by_hubs(hubs: int) -> tuple[float, float]:
    """A year of a raster with so many hubs, the same money in all."""
    side = 24
    land = raster_territory(side, side, cell_km=1.0, zone_rows=3, zone_columns=3, people=2_000.0)
    base, each = small_policy(hubs=1), math.ceil(math.sqrt(hubs))
    at = [1_000.0 * side * (k + 0.5) / each for k in range(each)]
    seat = [(x, y) for y in at for x in at][:hubs]
    zones = [int(y // 8_000.0) * 3 + int(x // 8_000.0) for x, y in seat]
    places = tuple(Place(f"h{k}", f"Hub {k}", zone, x, y, False) for k, (zone, (x, y)) in enumerate(zip(zones, seat)))
    return year_of(land, policy=replace(base, places=places))[0], float(hubs)


def year_of(land: Territory, cell_km: float = 1.0, policy: Policy | None = None) -> tuple[float, float]:
    """Seconds of a year, once compiled and warm, and agents at its start."""
    par = engine.parameters({}, {}, policy_start=START, policy=policy)
    world = build(land, GridSpec("uniform", cell_km=cell_km), par, w_talent=1, first_month=START, seed=1)
    engine.advance(world, par, 1, world.month + WARM_MONTHS)
    return lived(world, par, MONTHS), float(agents(world))


def lived(world: World, par: SimpleNamespace, months: int) -> float:
    """Seconds of so many months of a world, which stays as it is."""
    copies = [world.copy() for _ in range(REPEATS)]

    def live() -> None:
        copy = copies.pop()
        engine.advance(copy, par, 1, copy.month + months)

    return fastest(live)


def by_months(months: int) -> tuple[float, float]:
    """So many months of a raster with 10,000 digital workers."""
    world, par = raster_world(10_000)
    engine.advance(world, par, 1, world.month + WARM_MONTHS)
    return lived(world, par, months), float(months)


def by_arms(arms: int) -> tuple[float, float]:
    """Two years of one seed of a coarse France, in so many policies that go together until the first has money."""
    names = ("baseline", "paris_only", "fifteen_metropoles", "one_hub_per_departement")
    changes = {"cell_km": "30", "world.w_talent": "100", "months": "24"}
    chosen = [load_scenario(names[k % len(names)], overrides=changes) for k in range(arms)]
    return fastest(lambda: sum(1 for _ in engine.run_shard(chosen, 1, (chosen[0].end,)))), float(arms)


SIZES: dict[str, tuple[Callable[[int], tuple[float, float]], int]] = {
    "quartiers": (by_cells, 576),
    "agents": (by_agents, 10_000),
    "months": (by_months, 12),
    "hubs": (by_hubs, 4),
    "arms": (by_arms, 2),
}


def growth(name: str, steps: int) -> str:
    """Times of one size as it doubles, and the exponent of the last doubling."""
    measure, first = SIZES[name]
    measure(first)  # compile
    rows = [measure(first * 2**k) for k in range(steps + 1)]
    sizes, times = np.array([size for _, size in rows]), np.array([taken for taken, _ in rows])
    slope = math.log(times[-1] / times[-2]) / math.log(sizes[-1] / sizes[-2])
    told = "".join(f"{size:>12,.0f} {taken:8.3f} s" for size, taken in zip(sizes, times, strict=True))
    return f"{name:10}{told}   exponent {slope:.2f}"


def main() -> int:
    """Measure and print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3, help="times each size is doubled")
    parser.add_argument("--only", nargs="+", choices=SIZES, default=list(SIZES))
    options = parser.parse_args()
    for name in options.only:
        print(growth(name, options.steps), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

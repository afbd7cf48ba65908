"""The rules of spatial spillovers alone: the engine's kernels against two styles of Mesa, in one run.

    python tests/bench/spillovers.py [--startups 100000] [--per-square 1.7 4 10] [--months 12]

Startups stand on squares of 1 km. Each month, all at once:

1. what is near a startup is the people of startups of the 81 squares within four squares of its own, weighted by
   distance and by how related the sectors are;
2. a startup grows with the log of that, against the usual, and by luck;
3. a startup that is unlucky closes, and another of one person opens in its place.

All other processes of the model are off. The three ways have the same luck, keyed by startup and month, and end with
the same people in each startup (``tests/test_spillover_rules.py``). *Usual* Mesa: an object per startup, which asks the
grid for its neighbours, one by one. Mesa with *layers*: an object per startup, which reads what is near off property
layers that are smoothed whole. Luck is given to Mesa ready-made; the engine draws its own, in its time. Startups are in
the order of their squares, as the engine keeps them. Times are of the fastest month. 1.7 startups a square is what the
model has in the France of 1:1. The engine adds up what is near by square and usual Mesa by pair of neighbours, so that
the ratio rises with the number of startups a square: several are measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import mesa
import numpy as np
from scipy.ndimage import convolve

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim import rng
from sim.fields import N_SECTORS
from sim.kernels import for_rows, kernel, threads
from sim.processes import spillovers
from sim.space import Neighbours

RADIUS = 4  # squares each way: 81 in all
DECAY = 2.0  # squares at which a neighbour counts 1/e
GAIN, SPREAD, EXIT = 0.02, 0.08, 0.01  # growth for one log point of what is near, its luck, and the chance to close
LEAST = 0.5  # people a startup never falls below
ASKED = {"usual": 3000.0, "layers": 200.0}  # times the speed of Mesa


class Rules(NamedTuple):
    """A map with its startups, before the first month.

    Attributes
    ----------
    side : squares of the map each way
    cell, sector, uid, staff : of each startup, in the order of squares
    related : how much people of a sector count for another, [sectors, sectors]
    usual : of what is near, by sector
    """

    side: int
    cell: np.ndarray
    sector: np.ndarray
    uid: np.ndarray
    staff: np.ndarray
    related: np.ndarray
    usual: np.ndarray


def weights() -> np.ndarray:
    """Weight of each square of the neighbourhood, [9, 9]."""
    away = np.arange(-RADIUS, RADIUS + 1)
    return np.exp(-np.hypot(away[:, None], away[None, :]) / DECAY).astype(np.float32)


def rules(startups: int, per_square: float, seed: int = 1) -> Rules:
    """A map with so many startups, spread by chance."""
    side = max(2 * RADIUS + 1, round((startups / per_square) ** 0.5))
    luck = np.random.default_rng(seed)
    cell = np.sort(luck.integers(0, side * side, startups)).astype(np.int32)
    sector = luck.integers(0, N_SECTORS, startups).astype(np.int8)
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 0, np.arange(startups))
    related = np.full((N_SECTORS, N_SECTORS), 0.2)
    np.fill_diagonal(related, 1.0)
    staff = 1.0 + luck.integers(0, 20, startups).astype(float)
    usual = float(weights().sum() * staff.sum() / side**2 * related[0].sum() / N_SECTORS)
    return Rules(side, cell, sector, uid, staff, related, np.full(N_SECTORS, usual))


def luck_of(start: Rules, month: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal luck of growth, and the uniform that closes, of each startup in a month."""
    u, v = rng.uniform_pairs(rng.draw_of(seed, month), rng.GROWTH, start.uid)
    return np.array([rng.normal_quantile(x) for x in u]), v


# --- the engine


@kernel
def live(first, last, draw, uid, cell, sector, benefit, staff):
    """Growth and closing of each startup."""
    for i in range(first, last):
        u, v = rng.uniform_pair(draw, rng.GROWTH, uid[i])
        if v < EXIT:
            staff[i] = 1.0
            continue
        growth = GAIN * benefit[cell[i], sector[i]] + SPREAD * rng.normal_quantile(u)
        staff[i] = max(staff[i] * np.exp(growth), LEAST)


class Engine:
    """The rules on the kernels of the model."""

    def __init__(self, start: Rules, seed: int = 1) -> None:
        self.start, self.seed, self.staff, self.month = start, seed, start.staff.copy(), 0
        self.alive, squares = np.ones(start.cell.size, bool), start.side**2
        self.people, self.startups, self.own, self.near, self.benefit = (np.zeros((squares, N_SECTORS))
                                                                         for _ in range(5))
        self.around = _neighbours(start.side)

    def step(self) -> None:
        start, squares = self.start, self.people.shape[0]
        self.month += 1
        spillovers.employment_by_cell(self.alive, start.cell, start.sector, self.staff, self.people, self.startups)
        near = self.around
        for_rows(spillovers.reach, squares, near.start, near.cell, near.weight, self.people, self.own)
        for_rows(spillovers.relate, squares, start.related, self.own, self.near)
        nothing, ones = np.full(N_SECTORS, 1e-3), np.ones(N_SECTORS)
        for_rows(spillovers.benefits, squares, self.near, start.usual, nothing, ones, 1.0, spillovers.ELASTICITY,
                 self.benefit)
        for_rows(live, self.staff.size, rng.draw_of(self.seed, self.month), start.uid, start.cell, start.sector,
                 self.benefit, self.staff)


def _neighbours(side: int) -> Neighbours:
    """The squares of each square's neighbourhood, as lists."""
    x, y = np.divmod(np.arange(side * side), side)
    away, weight, rows, cells, each = range(-RADIUS, RADIUS + 1), weights(), [], [], []
    for dx in away:
        for dy in away:
            there = np.flatnonzero((x + dx >= 0) & (x + dx < side) & (y + dy >= 0) & (y + dy < side))
            rows.append(there)
            cells.append(there + dx * side + dy)
            each.append(np.full(there.size, weight[dx + RADIUS, dy + RADIUS]))
    row, cell, value = np.concatenate(rows), np.concatenate(cells), np.concatenate(each)
    order = np.lexsort((cell, row))
    start = np.r_[0, np.cumsum(np.bincount(row, minlength=side * side))]
    return Neighbours(start, cell[order].astype(np.int32), value[order])


# --- Mesa


class Firm(mesa.Agent):
    """A startup of Mesa: what it is, and how it grows."""

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row, self.sector = row, int(model.start.sector[row])
        self.staff, self.near = float(model.start.staff[row]), 0.0

    def look(self) -> None:
        """Ask each neighbour."""
        model, (x, y), total = self.model, self.pos, 0.0
        related, weight = model.related[self.sector], model.weight
        for other in model.grid.iter_neighbors(self.pos, moore=True, include_center=True, radius=RADIUS):
            there_x, there_y = other.pos
            total += weight[there_x - x + RADIUS][there_y - y + RADIUS] * related[other.sector] * other.staff
        self.near = total

    def read(self) -> None:
        """Read it off the layer of its sector."""
        self.near = self.model.layers[self.sector].data[self.pos]

    def grow(self) -> None:
        model = self.model
        if model.unlucky[self.row] < EXIT:
            self.staff = 1.0
            return
        ratio = max(self.near / model.usual[self.sector], 1e-3)
        growth = GAIN * np.log(ratio) + SPREAD * model.lucky[self.row]
        self.staff = max(self.staff * np.exp(growth), LEAST)


class UsualMesa(mesa.Model):
    """The rules as Mesa's users mostly write them: agents on a grid, which ask their neighbours."""

    def __init__(self, start: Rules, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.start, self.key, self.month = start, seed, 0
        self.grid = mesa.space.MultiGrid(start.side, start.side, torus=False)
        self.related, self.weight, self.usual = start.related.tolist(), weights().tolist(), start.usual.tolist()
        for row, cell in enumerate(start.cell.tolist()):
            self.grid.place_agent(Firm(self, row), divmod(cell, start.side))
        self.draw()

    def draw(self) -> None:
        """Luck of the coming month, outside what is timed."""
        lucky, unlucky = luck_of(self.start, self.month + 1, self.key)
        self.lucky, self.unlucky = lucky.tolist(), unlucky.tolist()

    def step(self) -> None:
        self.month += 1
        self.agents.do("look")
        self.agents.do("grow")

    @property
    def staff(self) -> np.ndarray:
        return np.array(self.agents.get("staff"))


class LayeredMesa(UsualMesa):
    """The rules with Mesa's property layers: what is near is made for the whole map, then read by each agent."""

    def __init__(self, start: Rules, seed: int = 1) -> None:
        super().__init__(start, seed)
        self.layers = [mesa.space.PropertyLayer(f"near_{s}", start.side, start.side, 0.0, dtype=float)
                       for s in range(N_SECTORS)]

    def step(self) -> None:
        self.month += 1
        start, side = self.start, self.start.side
        people = np.zeros((N_SECTORS, side, side))
        np.add.at(people, (start.sector, *np.divmod(start.cell, side)), self.agents.get("staff"))
        own = np.stack([convolve(each, weights().astype(float), mode="constant") for each in people])
        for layer, near in zip(self.layers, np.tensordot(start.related, own, 1), strict=True):
            layer.data[:] = near
        self.agents.do("read")
        self.agents.do("grow")


def seconds(model: Any, months: int) -> float:
    """Of the fastest of so many months; luck that is given is drawn outside."""
    times = []
    for _ in range(months):
        began = time.perf_counter()
        model.step()
        times.append(time.perf_counter() - began)
        if isinstance(model, UsualMesa):
            model.draw()
    return min(times)


def compared(startups: int, per_square: float, months: int, mesa_months: int) -> str:
    """Times of the three at one density, and how many times as fast the engine is."""
    start = rules(startups, per_square)
    ours = seconds(Engine(start), months) / startups
    lines = [
        f"{startups:,} startups on {start.side**2:,} squares, {startups / start.side**2:.1f} a square",
        f"  {'engine':8} {1e9 * ours:12,.1f} ns a startup and month, {1e-6 / ours:.1f} million a second",
    ]
    for name, style in (("layers", LayeredMesa), ("usual", UsualMesa)):
        theirs = seconds(style(start), mesa_months) / startups
        lines.append(f"  {name:8} {1e9 * theirs:12,.1f} ns, {theirs / ours:,.0f} times the engine's "
                     f"(asked: {ASKED[name]:,.0f})")
    return "\n".join(lines)


def main() -> int:
    """Measure the three at each density."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--startups", type=int, default=100_000)
    parser.add_argument("--per-square", type=float, nargs="+", default=[1.7, 4.0, 10.0])
    parser.add_argument("--months", type=int, default=12, help="of the engine")
    parser.add_argument("--mesa-months", type=int, default=1)
    options = parser.parse_args()
    Engine(rules(1000, 1.7)).step()  # compile
    print(f"threads: {threads()}; mesa {mesa.__version__}")
    for per_square in options.per_square:
        print(compared(options.startups, per_square, options.months, options.mesa_months), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

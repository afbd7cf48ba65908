"""How near the heaviest kernels come to what one core can do: bytes and operations against memory and arithmetic.

    python tests/bench/roofline.py [--workers 200000] [--months 12] [--json FILE]

Measured in the same process: the triad ``a = b + s c`` (bytes a second, from memory and from the cache), a chain of
dependent reads (time of a read at a place that could not be foreseen), and multiplications with additions of doubles,
one at a time in independent chains, as most kernels run, and several at once, as where a row holds a number per sector.
The work of a kernel is counted from its own arguments: the bytes that have to be moved once (or, of what is read at
scattered places, the reads), the operations of its equations (an exponential, a logarithm or a block of Philox counts
as so many, below). The roof is the longest of these times; the share is the roof over the time the kernel took. A
kernel under 50 % has its cause in `CAUSES`. Times are of the processor, so that neighbours on it count less.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from bench import START, TRIAD_SIZE, raster_world, triad  # noqa: E402

from sim import engine, processes, rng  # noqa: E402
from sim.fields import ANGEL, N_SECTORS, PUBLIC  # noqa: E402
from sim.kernels import kernel  # noqa: E402
from sim.processes import funding, labour, spillovers  # noqa: E402
from sim.world import World  # noqa: E402

EXP, LOG, PHILOX = 20, 20, 60  # operations: polynomials of libm; ten rounds of two products and four exclusive ors
CACHED = 30_000  # elements of each array of the triad that fits into the cache of a core
SHARE_ASKED = 0.5


class Peak(NamedTuple):
    """What one core can do.

    Attributes
    ----------
    memory, cache : bytes a second of the triad
    read_s : of one read that depends on the last, from a table of 64 MB
    scalar, rows : operations of doubles a second, one at a time and several at once, of a row
    """

    memory: float
    cache: float
    read_s: float
    scalar: float
    rows: float


class Work(NamedTuple):
    """What a call of a kernel has to do, counted from its arguments.

    Attributes
    ----------
    streamed : bytes moved in order, once each
    scattered : reads at places that depend on data, which the cache may or may not hold
    scalar, rows : operations, one at a time and of whole rows
    """

    streamed: float
    scattered: float = 0.0
    scalar: float = 0.0
    rows: float = 0.0


# --- what the machine can do


@kernel
def _triad(a, b, c, s, times):
    for _ in range(times):
        for i in range(a.size):
            a[i] = b[i] + s * c[i]


@kernel
def _chase(after, steps):
    at = 0
    for _ in range(steps):
        at = after[at]
    return at


@kernel
def _scalar(n, a, b):
    """Eight chains of one multiplication and one addition each, that the compiler may not mix."""
    c, d, e, f, g, h, k, m = 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8
    for _ in range(n):
        c = c * a + b
        d = d * b + a
        e = e * a + a
        f = f * b + b
        g = g * a - b
        h = h * b - a
        k = k * a - a
        m = m * b - b
    return c + d + e + f + g + h + k + m


@kernel
def _several(values, a, b, times):
    """Multiplications and additions that do not wait for each other: several at once, as vectors allow."""
    for _ in range(times):
        for i in range(values.size):
            x = values[i]
            x = x * a + b
            x = x * b + a
            x = x * a - b
            x = x * b - a
            x = x * a + a
            x = x * b + b
            x = x * a - a
            x = x * b - b
            values[i] = x


def fastest(run: Callable[[], Any], times: int = 5) -> float:
    """Seconds of the fastest of some runs, the first apart."""
    run()
    taken = []
    for _ in range(times):
        began = time.thread_time()
        run()
        taken.append(time.thread_time() - began)
    return min(taken)


def peak() -> Peak:
    """Measure what one core of this machine can do."""
    a, b, c = np.empty(CACHED), np.ones(CACHED), np.ones(CACHED)
    cache = 24.0 * CACHED * 200 / fastest(lambda: _triad(a, b, c, 3.0, 200))
    size, steps = 8_000_000, 2_000_000
    after = np.empty(size, np.int64)
    ring = np.random.default_rng(1).permutation(size)
    after[ring] = np.roll(ring, -1)
    read = fastest(lambda: _chase(after, steps), 3) / steps
    n = 20_000_000
    scalar = 16.0 * n / fastest(lambda: _scalar(n, 0.999, 0.5), 3)
    values = np.full(2_048, 0.5)
    rows = 16.0 * values.size * 5_000 / fastest(lambda: _several(values, 0.999, 0.5, 5_000), 3)
    a, b, c = np.empty(TRIAD_SIZE), np.ones(TRIAD_SIZE), np.ones(TRIAD_SIZE)
    memory = 24.0 * TRIAD_SIZE / fastest(lambda: triad(a, b, c, 3.0))
    return Peak(memory, cache, read, scalar, rows)


# --- what kernels have to do


def bytes_of(*arrays: np.ndarray) -> float:
    return float(sum(array.nbytes for array in arrays))


def work_of_reach(first, last, start, neighbour, weight, source, out) -> Work:
    """Each pair of neighbours: its place, its weight, a row of the source that the cache holds, and its sums."""
    pairs, part = float(start[last] - start[first]), (last - first) / out.shape[0]
    moved = pairs * (neighbour.itemsize + weight.itemsize) + part * bytes_of(start, source, out)
    return Work(streamed=moved, rows=2.0 * N_SECTORS * pairs)


def work_of_departures(draw, quitting, surplus, uid, staff, founders, zone, sector, first_employee, next_employee,
                       quits_of) -> Work:
    """Each startup that has its turn: a binomial, and of those who leave or are let go a list that is walked."""
    turn = quitting >= 0.0
    leaving = float((staff[turn] * quits_of[zone[turn], sector[turn]]).sum())
    moved = bytes_of(staff, surplus, quitting) + float(turn.sum()) * sum(
        column.itemsize for column in (uid, founders, zone, sector))
    walked = float(surplus.sum()) + leaving * float(staff[turn].mean()) / 2.0 if turn.any() else float(surplus.sum())
    return Work(moved, scattered=walked, scalar=float(turn.sum()) * (EXP + LOG + 10.0) + leaving * PHILOX)


def work_of_offers(draw, investor_uid, active, novice, kind, home, own_sector, money, deals, partners, reach,
                   novice_reach, distance_km, zone_key, fit, start, uid, zone, sector, sought, visible, quality, staff,
                   lead, backer_zone, ticket_eur, ties, par) -> Work:
    """Each look: a choice among zones, sectors and folders, then among the files of a folder, each by an exponential;
    each investor that looks also weighs zones, and the files that it and its partners led."""
    looking = active & (kind != PUBLIC)
    angels, funds = float((looking & (kind == ANGEL)).sum()), float((looking & (kind != ANGEL)).sum())
    lookers = angels * float(par.angel_active) + funds
    looks = angels * float(par.angel_active) + funds * int(par.fund_looks)
    zones, sizes = float(zone_key.size), np.diff(start)
    files = float(sizes[sizes > 0].mean()) if uid.size else 0.0
    choices = zones / 2.0 + N_SECTORS / 2.0 + rng.FOLDERS / 2.0  # one word in two blocks; logs are rarely taken
    led = float((lead >= 0).sum()) if ties > 0.0 else 0.0
    arithmetic = looks * (choices * (PHILOX / 2.0 + 4.0) + files * (PHILOX + LOG) + PHILOX + 40.0)
    arithmetic += lookers * 2.0 * zones + funds * led * 8.0 + 2.0 * uid.size * fit.shape[0] * N_SECTORS
    moved = lookers * zones * 3 * 8.0 + bytes_of(start, uid, sought, visible) + funds * led * 8.0
    return Work(moved, scattered=looks * (files + 8.0) + funds * led, scalar=arithmetic)


#: Name -> module, function and how its work is counted; put others here when they are the heaviest.
KERNELS: dict[str, tuple[Any, str, Callable[..., Work]]] = {
    "spillovers.reach": (spillovers, "reach", work_of_reach),
    "funding.offers": (funding, "offers", work_of_offers),
    "labour.departures": (labour, "departures", work_of_departures),
}
#: Why a kernel stays under half of its roof.
CAUSES = {
    "spillovers.reach": "a row of eight is gathered for every pair: its address is known late, and it holds 64 bytes",
    "funding.offers": "keyed choices are chains of integer products, of which a core runs one or two at a time",
    "labour.departures": "branches that depend on luck, and lists of staff that are walked link by link",
}


class Call(NamedTuple):
    """One call of a kernel in a month: its arguments as they were, and its time."""

    work: Work
    seconds: float


def calls_of(world: World, par: Any, months: int) -> dict[str, list[Call]]:
    """Live some months; the work and the time of each call of each kernel of `KERNELS`."""
    calls: dict[str, list[Call]] = {name: [] for name in KERNELS}
    kept = {name: getattr(module, function) for name, (module, function, _) in KERNELS.items()}

    def watched(name: str) -> Callable[..., Any]:
        count = KERNELS[name][2]

        def call(*arguments: Any) -> Any:
            work = count(*arguments)
            began = time.thread_time()
            result = kept[name](*arguments)
            calls[name].append(Call(work, time.thread_time() - began))
            return result

        return call

    try:
        for name, (module, function, _) in KERNELS.items():
            setattr(module, function, watched(name))
        for _ in range(months):
            engine.step(world, par, 1)
    finally:
        for name, (module, function, _) in KERNELS.items():
            setattr(module, function, kept[name])
    return calls


# --- one against the other


def times_of(work: Work, best: Peak) -> dict[str, float]:
    """Seconds that each part of the work takes at least; reads at scattered places overlap ten at a time."""
    return {
        "memory": work.streamed / best.memory,
        "reads": work.scattered * best.read_s / 10.0,
        "arithmetic": work.scalar / best.scalar + work.rows / best.rows,
    }


def measured(workers: int, months: int, best: Peak) -> list[dict[str, Any]]:
    """One row per kernel: time, work per agent and month, and the share of its roof."""
    world, par = raster_world(workers)
    engine.advance(world, par, 1, START + 3)
    agents = float(world.talent.alive.sum() + world.startup.alive.sum() + world.investor.n + world.cell.n)
    out = []
    for name, calls in calls_of(world, par, months).items():
        if not calls:
            continue
        bound = [times_of(call.work, best) for call in calls]
        roof, taken = sum(max(each.values()) for each in bound), sum(call.seconds for call in calls)
        parts = {part: sum(each[part] for each in bound) for part in bound[0]}
        out.append({
            "kernel": name, "ns": 1e9 * taken / agents / months,
            "bytes": sum(call.work.streamed for call in calls) / agents / months,
            "reads": sum(call.work.scattered for call in calls) / agents / months,
            "operations": sum(call.work.scalar + call.work.rows for call in calls) / agents / months,
            "share": roof / taken, "bound": max(parts, key=parts.__getitem__),
        })  # fmt: skip
    return out


def told(best: Peak, rows: list[dict[str, Any]]) -> str:
    """The machine, then a line per kernel, with the cause where it is under half of its roof."""
    lines = [
        f"one core: triad {best.memory / 1e9:.1f} GB/s from memory, {best.cache / 1e9:.1f} from the cache; "
        f"{1e9 * best.read_s:.0f} ns a read not foreseen; {best.scalar / 1e9:.1f} and, of whole rows, "
        f"{best.rows / 1e9:.1f} thousand million operations a second",
        f"{'per agent and month':20}{'ns':>10}{'bytes':>10}{'reads':>10}{'operations':>12}{'of roof':>10}  bound by",
    ]
    for row in rows:
        cause = "" if row["share"] >= SHARE_ASKED else f": {CAUSES.get(row['kernel'], 'cause not written down')}"
        lines.append(f"{row['kernel']:20}{row['ns']:10.2f}{row['bytes']:10.2f}{row['reads']:10.3f}"
                     f"{row['operations']:12.2f}{row['share']:10.0%}  {row['bound']}{cause}")
    return "\n".join(lines)


def main() -> int:
    """Measure the machine, then the kernels; print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=200_000, help="digital workers, one row each")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    assert {name.partition(".")[0] for name in KERNELS} <= {process.NAME for process in processes.SCHEDULE}
    measured(10_000, 3, Peak(1.0, 1.0, 1.0, 1.0, 1.0))  # compile
    best = peak()
    rows = measured(options.workers, options.months, best)
    print(told(best, rows))
    if options.json is not None:
        options.json.write_text(json.dumps({"peak": best._asdict(), "kernels": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

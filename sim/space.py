"""How strongly each quartier acts on each other one: kernels of distance averaged over both cells.

    w(a, b) = mean over x in square a and y in square b of f(|x - y|)

so that a world cut more finely keeps the same exposures. Sizes and positions are whole numbers of half
finest squares; a weight depends only on the two sizes and on the two distances along the axes, whatever
their order, and is computed once. Weights are therefore exactly symmetric, and unchanged by translation,
reflection and quarter turn.

A pair counts when its nearest edges are within ``cutoff`` decay lengths. Forms, with r = d/decay:

    exp    e^-r                          (reference)
    gauss  A e^(-r^2/2)
    power  A (1 + r/sqrt 2)^-3
    ring   mean of exp over the rings 0-1, 1-5 and 5-15 (Rosenthal and Strange 2003 when decay is one mile)

where A gives every form the integral of exp over the disc of radius ``cutoff``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, pi, sqrt
from typing import Any

import numpy as np

from sim.errors import InputError, did_you_mean
from sim.grid import Grid
from sim.kernels import helper, kernel
from sim.territory import Territory

FORMS = ("exp", "gauss", "power", "ring")
RING_EDGES = (1.0, 5.0, 15.0)       # in decay lengths
NEAR_WIDTHS = 3.0                   # full quadrature nearer than this many widths of the larger cell
MOST_PANELS = 64                    # per side of a square, each at most one decay length
MOST_PAIRS = 400_000_000            # 8 bytes each

# Gauss-Legendre, 4 points on [-1, 1] (Abramowitz and Stegun 25.4.30).
_NODES = np.array([-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526])
_SHARES = np.array([0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538])


@dataclass(frozen=True)
class Neighbours:
    """Sparse rows: the neighbours of cell c, itself included, are ``cell[start[c]:start[c+1]]``."""

    start: np.ndarray       # int64[C+1]
    cell: np.ndarray        # int32[K], ascending within a row
    weight: np.ndarray      # float32[K]


@lru_cache(maxsize=16)
def distance_decay(space: Any, exponent: float) -> np.ndarray:
    """How distance holds back what goes from zone to zone: (1 + d / 10 km) ** -exponent (MODEL C3.3, C10.1).

    Parameters
    ----------
    space : geography of a world, with its `distance_km`; kept in memory with what was asked of it

    Returns
    -------
    [zones, zones]
    """
    return decay_with(space.distance_km, exponent)


def decay_with(km: np.ndarray, exponent: float) -> np.ndarray:
    """The same, of any distances."""
    return (1.0 + km / 10.0) ** -exponent


def neighbours(grid: Grid, decay_km: float, *, form: str = "exp", cutoff: float = 5.0,
               cell_averaged: bool = True, border_correction: bool = False,
               torus_m: float | None = None) -> Neighbours:
    """Every pair of cells within reach and its weight.

    Parameters
    ----------
    decay_km : decay length of the kernel.
    form : one of `FORMS`.
    cutoff : reach between nearest edges, in decay lengths.
    cell_averaged : False takes the kernel at the distance between centres, to see what averaging brings.
    border_correction : divide each row by the share of its kernel that falls on inhabited squares, so that a
        place by the sea or a border has as much kernel as one inland; weights are then no longer symmetric.
    torus_m : side of a world without borders, a whole number of finest squares; distances are the shortest.
    """
    if form not in FORMS:
        raise InputError(f"unknown form of kernel {form!r}",
                         suggestion=did_you_mean(form, FORMS) or ", ".join(FORMS))
    if not 0 < decay_km < np.inf or not 0 < cutoff < np.inf:
        raise InputError(f"decay {decay_km} km and cutoff {cutoff} must be positive and finite")
    period = _period(grid, torus_m)
    decay = 1000.0 * decay_km / grid.step_m                     # lengths below are in finest squares
    size = np.round(grid.size_m / grid.step_m).astype(np.int64)
    x, y = 2 * grid.i + size, 2 * grid.j + size                 # centres, in half squares
    order, first, lattice = _buckets(x, y, size, cutoff * decay, 2 * period)
    count = _count(x, y, size, cutoff * decay, 2 * period, order, first, lattice)
    start = np.r_[0, np.cumsum(count)]
    if start[-1] > MOST_PAIRS:
        raise InputError(f"{start[-1] / 1e6:.0f} million pairs of cells within {cutoff * decay_km:g} km, "
                         f"more than {MOST_PAIRS / 1e6:.0f} million",
                         suggestion="use larger squares or a shorter decay")
    cell = _fill(x, y, size, cutoff * decay, 2 * period, order, first, lattice, start)
    widths, level = np.unique(size, return_inverse=True)
    side = 2 * (ceil(cutoff * decay) + int(widths[-1])) + 1
    if period:
        side = min(side, period + 1)
    known = np.full((len(widths) * (len(widths) + 1) // 2, side + 1, side + 1), np.nan)
    shape = np.r_[FORMS.index(form), decay, _amplitude(form, cutoff), _rings(cutoff)]
    weight = _weights(x, y, level, widths, 2 * period, start, cell, known, shape, cell_averaged)
    if border_correction:
        _correct(start, cell, weight, grid.area_km2, 2.0 * pi * decay_km**2 * _mass("exp", cutoff))
    return Neighbours(start, cell, weight)


def lattice(grid: Grid, side_km: float) -> tuple[Grid, np.ndarray]:
    """Squares of about `side_km` that hold whole cells, and the square of each cell, int64[C].

    Their side is a whole number of the largest cells, so that no cell lies in two squares, however it is cut.
    """
    size = np.round(grid.size_m / grid.step_m).astype(np.int64)
    largest = int(size.max())
    side = largest * max(1, round(1000.0 * side_km / (largest * grid.step_m)))
    corners, square = np.unique(np.stack([grid.j // side, grid.i // side]), axis=1, return_inverse=True)
    j, i = corners.astype(np.int32)
    n, side_m = i.size, side * grid.step_m
    people = np.bincount(square.ravel(), grid.population, n)
    squares = Grid((i + 0.5) * side_m, (j + 0.5) * side_m, np.full(n, side_m), np.full(n, (side_m / 1000.0) ** 2),
                   people, i, j, np.zeros(n, np.int16), np.array([0, n], np.int32), side_m)
    return squares, square.ravel()


def zone_distance_km(territory: Territory) -> np.ndarray:
    """float64[Z, Z] distance between the zones' population-weighted centres.

    On the diagonal, the mean distance between two points of a disc of that area: 128/(45 pi) of its radius.
    """
    zones = territory.zones
    out = np.hypot(zones.x_m[:, None] - zones.x_m, zones.y_m[:, None] - zones.y_m) / 1000.0
    np.fill_diagonal(out, 128.0 / (45.0 * pi) * np.sqrt(zones.area_km2 / pi))
    return out


@lru_cache(maxsize=4)
def closeness(space: Any, gravity: float) -> np.ndarray:
    """How distance holds people back, [zones, zones] (MODEL C6.1)."""
    return space.distance_km ** (-gravity)


def _mass(form: str, cutoff: float) -> float:
    """Integral of r f(r) from 0 to ``cutoff``, amplitude apart: the kernel's integral over 2 pi decay^2."""
    if form == "gauss":
        return 1.0 - exp(-(cutoff**2) / 2.0)
    if form == "power":
        reach = cutoff / sqrt(2.0)
        return (reach / (1.0 + reach)) ** 2
    return 1.0 - (1.0 + cutoff) * exp(-cutoff)      # exp; the rings are made from it


def _amplitude(form: str, cutoff: float) -> float:
    return _mass("exp", cutoff) / _mass(form, cutoff)


def _rings(cutoff: float) -> np.ndarray:
    """float64[6] outer edges of the three rings (decay lengths), then on each the mean of exp over it."""
    edges = np.minimum(RING_EDGES, cutoff)
    inner = np.r_[0.0, edges[:-1]]
    mass = np.array([_mass("exp", edge) for edge in edges])
    area = (edges**2 - inner**2) / 2.0
    return np.r_[edges, np.divide(np.diff(mass, prepend=0.0), area, out=np.zeros(3), where=area > 0)]


def _period(grid: Grid, torus_m: float | None) -> int:
    """Side of the torus in finest squares, 0 without one."""
    if torus_m is None:
        return 0
    period = round(torus_m / grid.step_m)
    if period < 1 or abs(period * grid.step_m - torus_m) > 1e-6 * grid.step_m:
        raise InputError(f"a torus of {torus_m:g} m is not a whole number of squares of {grid.step_m:g} m")
    return period


def _buckets(x: np.ndarray, y: np.ndarray, size: np.ndarray, reach: float,
             period: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells sorted by bucket of a coarse lattice: all that is in reach lies in a bucket's 3 x 3 surroundings.

    Returns the cells in order of bucket, where each bucket starts, and the lattice: low x, low y, side of a
    bucket, number of buckets along x and y (lengths in half squares; on a torus the side is period / number).
    """
    side = 2 * (ceil(reach) + int(size.max()))
    if period:
        n_x = n_y = max(1, period // side)
        column, row = (v % period * n_x // period for v in (x, y))
        lattice = np.array([0, 0, 0, n_x, n_y])
    else:
        column, row = (x - x.min()) // side, (y - y.min()) // side
        n_x, n_y = int(column.max()) + 1, int(row.max()) + 1
        lattice = np.array([x.min(), y.min(), side, n_x, n_y])
    bucket = row * n_x + column
    order = np.argsort(bucket, kind="stable")
    return order, np.searchsorted(bucket[order], np.arange(n_x * n_y + 1)), lattice


@helper
def _apart(a, b, period):
    """Distance along one axis; on a torus the shorter way round."""
    d = abs(a - b)
    if period > 0:
        d = d % period
        d = min(d, period - d)
    return d


@helper
def _within(dx, dy, widths, reach):
    """Whether the nearest edges of two squares are within reach (dx, dy in half squares, the rest whole)."""
    gap_x, gap_y = max(0.5 * (dx - widths), 0.0), max(0.5 * (dy - widths), 0.0)
    return gap_x * gap_x + gap_y * gap_y <= reach * reach


@helper
def _surroundings(at, low, side, n, period):
    """First and last bucket to look at along one axis, before wrapping."""
    if n < 3:
        return 0, n - 1
    if period > 0:
        own = at % period * n // period
        return own - 1, own + 1
    own = (at - low) // side
    return max(own - 1, 0), min(own + 1, n - 1)


@helper
def _scan(c, x, y, size, reach, period, order, first, lattice, out):
    """Number of neighbours of cell c, written to ``out`` if it has room."""
    found = 0
    x_from, x_to = _surroundings(x[c], lattice[0], lattice[2], lattice[3], period)
    y_from, y_to = _surroundings(y[c], lattice[1], lattice[2], lattice[4], period)
    for row in range(y_from, y_to + 1):
        for column in range(x_from, x_to + 1):
            bucket = row % lattice[4] * lattice[3] + column % lattice[3]
            for k in range(first[bucket], first[bucket + 1]):
                other = order[k]
                dx, dy = _apart(x[c], x[other], period), _apart(y[c], y[other], period)
                if _within(dx, dy, size[c] + size[other], reach):
                    if len(out) > 0:
                        out[found] = other
                    found += 1
    return found


@kernel
def _count(x, y, size, reach, period, order, first, lattice):
    count = np.empty(len(x), np.int64)
    nowhere = np.empty(0, np.int32)
    for c in range(len(x)):
        count[c] = _scan(c, x, y, size, reach, period, order, first, lattice, nowhere)
    return count


@kernel
def _fill(x, y, size, reach, period, order, first, lattice, start):
    """Neighbours of every cell, ascending. The relation is mutual: c is written in its neighbours' rows."""
    cell = np.empty(start[-1], np.int32)
    row = np.empty(len(x), np.int32)
    free = start[:-1].copy()
    for c in range(len(x)):
        for k in range(_scan(c, x, y, size, reach, period, order, first, lattice, row)):
            cell[free[row[k]]] = c
            free[row[k]] += 1
    return cell


@helper
def _decay(d, shape):
    """The kernel at distance d (finest squares); ``shape``: form, decay, amplitude, ring edges, values."""
    r = d / shape[1]
    if shape[0] == 0:
        return np.exp(-r)
    if shape[0] == 1:
        return shape[2] * np.exp(-0.5 * r * r)
    if shape[0] == 2:
        return shape[2] / (1.0 + r / np.sqrt(2.0)) ** 3
    for ring in range(3):
        if r <= shape[3 + ring]:
            return shape[6 + ring]
    return 0.0


@helper
def _axis_nodes(centre, a, b, decay):
    """Nodes and weights along one axis for u = x - y, x uniform on a side a, y on a side b, mean ``centre``.

    The density of u is a trapezoid. Panels end where it bends and at 0, where the kernel has its cusp.
    """
    half, flat = 0.5 * (a + b), 0.5 * abs(a - b)
    bends = (centre - half, centre - flat, centre + flat, centre + half)
    node, share = np.empty(16 * MOST_PANELS), np.empty(16 * MOST_PANELS)
    n = 0
    for s in range(6):                      # the three segments, each cut at 0 if 0 is inside it
        low, high = bends[s // 2], bends[s // 2 + 1]
        middle = min(max(0.0, low), high)
        low, high = (low, middle) if s % 2 == 0 else (middle, high)
        panels = min(int(np.ceil((high - low) / decay)), MOST_PANELS)
        for p in range(panels):
            width = (high - low) / panels
            for g in range(4):
                node[n] = low + width * (p + 0.5 + 0.5 * _NODES[g])
                density = min((half - abs(node[n] - centre)) / (a * b), 1.0 / max(a, b))
                share[n] = 0.5 * width * _SHARES[g] * density
                n += 1
    return node[:n], share[:n]


@helper
def _near_mean(dx, dy, a, b, shape):
    """Mean of the kernel over two squares by quadrature in the difference of positions (C1.1)."""
    u, share_u = _axis_nodes(dx, a, b, shape[1])
    v, share_v = _axis_nodes(dy, a, b, shape[1])
    total = 0.0
    for k in range(len(u)):
        inner = 0.0
        for m in range(len(v)):
            inner += share_v[m] * _decay(np.sqrt(u[k] * u[k] + v[m] * v[m]), shape)
        total += share_u[k] * inner
    return total


@helper
def _far_mean(dx, dy, a, b, shape):
    """The same for far squares: three points per axis with the mean and variance of the difference."""
    spread = np.sqrt(3.0 * (a * a + b * b) / 12.0)
    total = 0.0
    for k in range(-1, 2):
        for m in range(-1, 2):
            share = (2.0 / 3.0 if k == 0 else 1.0 / 6.0) * (2.0 / 3.0 if m == 0 else 1.0 / 6.0)
            u, v = dx + k * spread, dy + m * spread
            total += share * _decay(np.sqrt(u * u + v * v), shape)
    return total


@kernel
def _weights(x, y, level, widths, period, start, cell, known, shape, averaged):
    """Weight of every pair; ``known`` [pair of sizes, longer and shorter distance] is filled on first use."""
    weight = np.empty(len(cell), np.float32)
    for c in range(len(x)):
        for k in range(start[c], start[c + 1]):
            other = cell[k]
            dx, dy = _apart(x[c], x[other], period), _apart(y[c], y[other], period)
            far, close = max(dx, dy), min(dx, dy)
            low, high = min(level[c], level[other]), max(level[c], level[other])
            sizes = high * (high + 1) // 2 + low
            if np.isnan(known[sizes, far, close]):
                a, b = float(widths[low]), float(widths[high])
                d = 0.5 * np.sqrt(float(far * far + close * close))
                if not averaged:
                    known[sizes, far, close] = _decay(d, shape)
                elif d < NEAR_WIDTHS * b:
                    known[sizes, far, close] = _near_mean(0.5 * far, 0.5 * close, a, b, shape)
                else:
                    known[sizes, far, close] = _far_mean(0.5 * far, 0.5 * close, a, b, shape)
            weight[k] = known[sizes, far, close]
    return weight


@kernel
def _correct(start, cell, weight, area, whole):
    """Divide each row by the share of the kernel's integral (km2) that falls on inhabited squares."""
    for c in range(len(start) - 1):
        mass = 0.0
        for k in range(start[c], start[c + 1]):
            mass += weight[k] * area[cell[k]]
        share = mass / whole
        for k in range(start[c], start[c + 1]):
            weight[k] /= share

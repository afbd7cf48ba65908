"""Quartiers: square cells with people in them.

The plane is cut into squares whose corners are multiples of their side. An adaptive grid starts with large
squares and halves them while they hold more than ``max_people``; a uniform grid has one size. A square
shared by several zones gives one cell to each, so that a zone's people are exactly its official number. A
cell is placed at the centre of its square and acts on its neighbours as the whole square does; its area is
the square's, shared between zones by population. Squares where nobody lives are not kept: sea, lakes and
empty land are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.errors import InputError
from sim.territory import Places, Territory

MOST_CELLS = 4_000_000
NEIGHBOURS_SEEN = 12        # places looked at to decide whether a point of a footprint is in another zone
MOST_POINTS = 10_000        # per footprint
POINT_SPACING_M = 250.0     # between the points that stand for a footprint: the same for every grid down to 1 km


@dataclass(frozen=True)
class GridSpec:
    """How fine the quartiers are: lengths in km, people per square."""

    kind: Literal["adaptive", "uniform"] = "adaptive"
    finest_km: float = 1.0
    coarsest_km: float = 8.0
    max_people: float = 15_000.0
    cell_km: float | None = None        # side of a uniform grid's squares

    def __post_init__(self) -> None:
        if self.kind == "uniform":
            if self.cell_km is None or not 0 < self.cell_km < np.inf:
                raise InputError(f"a uniform grid needs cell_km, a length in km: {self.cell_km!r}")
        elif self.kind != "adaptive":
            raise InputError(f"unknown kind of grid {self.kind!r}", suggestion="adaptive or uniform")
        elif not 0 < self.finest_km <= self.coarsest_km < np.inf or not self.max_people > 0:
            raise InputError(f"finest {self.finest_km} km, coarsest {self.coarsest_km} km, max_people "
                             f"{self.max_people}: all positive, and finest not above coarsest")
        elif 2.0**self.halvings * self.finest_km != self.coarsest_km:
            raise InputError(f"{self.coarsest_km} km halved a few times never gives {self.finest_km} km",
                             suggestion="for example 8 km and 1 km, or 4 km and 0.5 km")

    @property
    def halvings(self) -> int:
        """How many times the largest square may be halved."""
        return 0 if self.kind == "uniform" else round(np.log2(self.coarsest_km / self.finest_km))

    @property
    def step_m(self) -> float:
        """Side of the finest square in metres: the unit of `Grid.i` and `Grid.j`."""
        return 1000.0 * (self.cell_km if self.kind == "uniform" and self.cell_km else self.finest_km)


@dataclass(frozen=True)
class Grid:
    """C cells sorted by zone, then by (j, i): those of zone z are rows ``zone_start[z]:zone_start[z+1]``."""

    x_m: np.ndarray             # float64[C], centre of the square
    y_m: np.ndarray             # float64[C]
    size_m: np.ndarray          # float64[C], side of the square
    area_km2: np.ndarray        # float64[C], of the square, shared between zones by population
    population: np.ndarray      # float64[C]
    i: np.ndarray               # int32[C], lower left corner in units of step_m
    j: np.ndarray               # int32[C]
    zone: np.ndarray            # int16[C]
    zone_start: np.ndarray      # int32[Z+1]
    step_m: float               # side of the finest square


def build_grid(territory: Territory, spec: GridSpec) -> Grid:
    """Cut a territory into quartiers.

    Raises
    ------
    InputError
        If there would be more than `MOST_CELLS` cells.
    """
    places = territory.places
    _guard(places, spec)
    x, y, people, zone = _spread(places, spec.step_m)
    i, j, size = _squares(x, y, people, spec)
    order = np.lexsort((size, i, j, zone))
    i, j, size, zone, people = i[order], j[order], size[order], zone[order], people[order]
    first = np.flatnonzero(np.r_[True, (np.diff(i) != 0) | (np.diff(j) != 0) | (np.diff(zone) != 0)])
    people = np.add.reduceat(people, first)
    i, j, size, zone = i[first], j[first], size[first], zone[first]
    people = _rescaled(people, zone, territory.zones.population)
    return _grid(i, j, size, zone, people, spec.step_m, len(territory.zones.code))


def split_cells(grid: Grid) -> Grid:
    """Every cell cut into 4 equal parts, people and area shared equally: for tests of invariance."""
    n, step = 4 * len(grid.zone), grid.step_m / 2
    size = np.repeat(np.round(grid.size_m / step).astype(np.int32) // 2, 4)
    quarter = np.arange(n) % 4
    i = np.repeat(2 * grid.i, 4) + (quarter % 2) * size
    j = np.repeat(2 * grid.j, 4) + (quarter // 2) * size
    zone = np.repeat(grid.zone, 4)
    order = np.lexsort((i, j, zone))
    i, j, size, zone = i[order], j[order], size[order], zone[order]
    return Grid((i + size / 2) * step, (j + size / 2) * step, size * step,
                np.repeat(grid.area_km2 / 4, 4)[order], np.repeat(grid.population / 4, 4)[order],
                i.astype(np.int32), j.astype(np.int32), zone, (4 * grid.zone_start).astype(np.int32), step)


def grid_report(territory: Territory, grid: Grid) -> dict[str, Any]:
    """What the grid looks like, ready for JSON: cells, people, sizes, largest gap to official totals."""
    sizes, counts = np.unique(grid.size_m, return_counts=True)
    found = np.add.reduceat(grid.population, grid.zone_start[:-1])
    gap = np.abs(found / territory.zones.population - 1.0)
    per_zone = np.diff(grid.zone_start)
    fewest, most = int(per_zone.argmin()), int(per_zone.argmax())
    return {
        "territory": territory.id, "cells": len(grid.zone), "people": float(grid.population.sum()),
        "squares": len(np.unique(np.stack([grid.i, grid.j, grid.size_m]), axis=1).T),
        "cells_by_size_km": {f"{size / 1000:g}": int(n) for size, n in zip(sizes, counts, strict=True)},
        "people_by_size_km": {f"{size / 1000:g}": float(grid.population[grid.size_m == size].sum())
                              for size in sizes},
        "largest_cell_people": float(grid.population.max()),
        "cells_per_zone": {code: int(n) for code, n in zip(territory.zones.code, per_zone, strict=True)},
        "fewest_cells": {territory.zones.code[fewest]: int(per_zone[fewest])},
        "most_cells": {territory.zones.code[most]: int(per_zone[most])},
        "area_km2": float(grid.area_km2.sum()),
        "largest_gap_to_official": {"zone": territory.zones.code[int(gap.argmax())],
                                    "relative": float(gap.max())},
    }


def _guard(places: Places, spec: GridSpec) -> None:
    """Refuse a grid too fine for memory before making it: footprints over the area of the finest square."""
    area = np.pi * np.maximum(places.radius_m, spec.step_m / 2) ** 2
    about = float(np.minimum(area / spec.step_m**2 + 1, MOST_POINTS).sum())
    if about > MOST_CELLS:
        raise InputError(f"squares of {spec.step_m / 1000:g} km would make about {about / 1e6:.0f} million "
                         f"cells, more than {MOST_CELLS / 1e6:.0f} million", suggestion="use larger squares")


def _spread(places: Places, step_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points x, y (m), people and zone: each place's people spread evenly over its disc, within its own zone.

    A sunflower (golden angle) puts equal shares of people on points of equal area.
    """
    spacing = min(POINT_SPACING_M, step_m / 4.0)
    wanted = np.ceil(np.pi * places.radius_m**2 / spacing**2)
    shares = np.clip(wanted, 25, MOST_POINTS).astype(np.int64)
    shares[places.radius_m == 0] = 1
    place = np.repeat(np.arange(len(shares)), shares)
    start = np.repeat(np.cumsum(shares) - shares, shares)
    k = np.arange(len(place)) - start
    away = places.radius_m[place] * np.sqrt((k + 0.5) / shares[place])
    turn = k * np.pi * (3.0 - np.sqrt(5.0))
    x, y = places.x_m[place] + away * np.cos(turn), places.y_m[place] + away * np.sin(turn)
    kept = ~_elsewhere(places, x, y, place)
    lost = np.bincount(place[kept], minlength=len(shares)) == 0     # a tiny place inside another zone's city
    kept |= lost[place] & (k == 0)
    x, y, place = x[kept], y[kept], place[kept]
    people = (places.population / np.bincount(place, minlength=len(shares)))[place]
    return x, y, people, places.zone[place]


def _elsewhere(places: Places, x: np.ndarray, y: np.ndarray, place: np.ndarray) -> np.ndarray:
    """bool[points]: nearer to a place of another zone than to its own, distance counted from the discs.

    Zone borders are not known; this draws them between places (a power diagram of the footprints).
    """
    from scipy.spatial import cKDTree  # half a second to import, and files are checked without a grid

    points = np.stack([places.x_m, places.y_m], axis=1)
    seen = min(NEIGHBOURS_SEEN, len(points))
    near = cKDTree(points).query(points, k=seen)[1].reshape(len(points), seen)
    at_border = (places.zone[near] != places.zone[:, None]).any(axis=1)
    rows = np.flatnonzero(at_border[place] & (places.radius_m[place] > 0))
    out = np.zeros(len(x), bool)
    others = near[place[rows]]
    power = ((x[rows, None] - places.x_m[others]) ** 2 + (y[rows, None] - places.y_m[others]) ** 2
             - places.radius_m[others] ** 2)
    closest = others[np.arange(len(rows)), power.argmin(axis=1)]
    out[rows] = places.zone[closest] != places.zone[place[rows]]
    return out


def _squares(x: np.ndarray, y: np.ndarray, people: np.ndarray,
             spec: GridSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The square of each point: corner i, j and side, in units of the finest square."""
    fine_i, fine_j = (np.floor(v / spec.step_m).astype(np.int64) for v in (x, y))
    i, j, size = fine_i.copy(), fine_j.copy(), np.ones(len(x), np.int64)
    open_points = np.arange(len(x))
    for level in range(spec.halvings, 0, -1):
        side = 2**level
        corner_i, corner_j = (v[open_points] // side * side for v in (fine_i, fine_j))
        order = np.lexsort((corner_i, corner_j))
        new = np.r_[True, (np.diff(corner_i[order]) != 0) | (np.diff(corner_j[order]) != 0)]
        square = np.empty(len(order), np.int64)
        square[order] = np.cumsum(new) - 1
        final = np.bincount(square, people[open_points])[square] <= spec.max_people
        done = open_points[final]
        i[done], j[done], size[done] = corner_i[final], corner_j[final], side
        open_points = open_points[~final]
    return i, j, size


def _rescaled(people: np.ndarray, zone: np.ndarray, official: np.ndarray) -> np.ndarray:
    """People whose sum in each zone is the official number (it already is, but for rounding)."""
    return people * (official / np.bincount(zone, people, len(official)))[zone]


def _grid(i: np.ndarray, j: np.ndarray, size: np.ndarray, zone: np.ndarray, people: np.ndarray, step: float,
          n_zones: int) -> Grid:
    inhabited = people > 0
    i, j, size, zone, people = i[inhabited], j[inhabited], size[inhabited], zone[inhabited], people[inhabited]
    square = np.unique(np.stack([i, j]), axis=1, return_inverse=True)[1].ravel()
    share = people / np.bincount(square, people)[square]
    return Grid((i + size / 2) * step, (j + size / 2) * step, size * step,
                (size * step / 1000.0) ** 2 * share, people, i.astype(np.int32),
                j.astype(np.int32), zone.astype(np.int16),
                np.searchsorted(zone, np.arange(n_zones + 1)).astype(np.int32), step)

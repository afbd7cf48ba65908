"""What must not change when quartiers are cut, and when the map is moved, turned or mirrored."""

from dataclasses import replace

import numpy as np
import pytest
from compare_worlds import differences
from worlds import BUSY, POLICY_START, small_parameters, small_territory

from sim import engine
from sim.build import build, build_space, reach_of
from sim.grid import Grid, GridSpec, build_grid, split_cells
from sim.processes import location, spillovers
from sim.space import Neighbours, neighbours, zone_distance_km
from sim.territory import Territory, raster_territory

# --- T11 cutting quartiers -------------------------------------------------------------------------------------------


STAFF_TIMES = 10.0  # as dense as a city: sparser maps drift less, and prove less


def location_shares(numbers: dict[str, float], *, cut=None, cell_averaged: bool = True) -> np.ndarray:
    """Zone shares of newcomers by sector on a grid of 1 km, or on the same grid `cut` further; same map of jobs."""
    par = small_parameters(numbers)
    territory = small_territory()
    coarse = build_grid(territory, GridSpec("uniform", cell_km=1.0))
    grid = coarse if cut is None else cut(coarse)
    space = build_space(territory, grid, reach_of(par), 1, POLICY_START)
    if not cell_averaged:
        space = replace(
            space,
            near=neighbours(grid, par.spillovers.walk_km, cell_averaged=False),
            around=neighbours(grid, par.spillovers.commute_km, cell_averaged=False),
        )
    world = build(territory, grid, par, w_talent=1, first_month=POLICY_START, seed=1, space=space)
    reference = build(territory, coarse, par, w_talent=1, first_month=POLICY_START, seed=1)
    c = world.cell
    parent = parents(coarse, grid)
    share = 1.0 / np.bincount(parent)[parent]
    c.staff[:] = reference.cell.staff[parent] * share[:, None] * STAFF_TIMES
    c.floor_m2[:], c.other_m2[:] = reference.cell.floor_m2[parent] * share, reference.cell.other_m2[parent] * share
    for name in ("rent", "amenity", "broadband", "serendipity", "facility"):  # what a place is like, wherever it is cut
        getattr(c, name)[:] = getattr(reference.cell, name)[parent]
    c.creatives[:] = reference.cell.creatives[parent] * share
    world.nation.near_median[:] = 10.0
    world.month = POLICY_START
    spillovers.refresh(world, par.spillovers, freeze=False)
    world.zone.appeal[:] = 0.0
    for name in ("near_reference", "around_reference"):
        getattr(world.nation, name)[:] = 0.0
    world.zone.wage[:] = 1.0
    location.attract(world, par)
    _, weight = location.weights_of_places(world, par)
    return weight / weight.sum(axis=0)


def parents(coarse, grid) -> np.ndarray:
    """Row of the coarse square that holds each square."""
    key = {(round(x), round(y), int(z)): k for k, (x, y, z) in enumerate(zip(coarse.x_m, coarse.y_m, coarse.zone))}
    half = coarse.size_m[0]
    centre = [
        (round((x // half + 0.5) * half), round((y // half + 0.5) * half), int(z))
        for x, y, z in zip(grid.x_m, grid.y_m, grid.zone)
    ]
    return np.array([key[c] for c in centre])


def test_cutting_quartiers_leaves_zone_shares_alone_without_fields():
    off = {"location.walk": 0.0, "location.commute": 0.0, "location.diversity": 0.0}
    whole = location_shares(off)
    assert np.ptp(whole[:, 0]) > 0.05
    np.testing.assert_allclose(location_shares(off, cut=split_cells), whole, rtol=1e-12)
    np.testing.assert_allclose(location_shares(off, cut=split_first_zone), whole, rtol=1e-12)


def split_first_zone(grid: Grid) -> Grid:
    """The squares of zone 0 cut into four, the others as they were."""
    cut, n = split_cells(grid), int(grid.zone_start[1])
    columns = {
        name: np.r_[getattr(cut, name)[: 4 * n], getattr(grid, name)[n:]]
        for name in ("x_m", "y_m", "size_m", "area_km2", "population", "zone")
    }
    corner = {name: np.r_[getattr(cut, name)[: 4 * n], 2 * getattr(grid, name)[n:]] for name in ("i", "j")}
    start = np.r_[0, grid.zone_start[1:] + 3 * n].astype(np.int32)
    return Grid(**columns, **corner, zone_start=start, step_m=cut.step_m)


def test_cutting_quartiers_hardly_moves_zone_shares_with_fields():
    """Kernels averaged over quartiers keep the drift below 0.2 %; kernels between centres would not (MODEL T11)."""
    whole, cut = (location_shares({}, cut=c) for c in (None, split_cells))
    drift = np.abs(cut / whole - 1.0).max()
    points, points_cut = (location_shares({}, cut=c, cell_averaged=False) for c in (None, split_cells))
    assert drift < 0.002
    assert np.abs(points_cut / points - 1.0).max() > 2.0 * drift


# --- T14 coordinates -------------------------------------------------------------------------------------------------


def transformed(territory: Territory, x, y) -> Territory:
    """The territory with every coordinate sent through `x` and `y`, functions of (x, y)."""
    places, zones = territory.places, territory.zones
    return replace(
        territory,
        places=replace(places, x_m=x(places.x_m, places.y_m), y_m=y(places.x_m, places.y_m)),
        zones=replace(zones, x_m=x(zones.x_m, zones.y_m), y_m=y(zones.x_m, zones.y_m)),
    )


MOVES = {
    "translation": (lambda x, y: x + 64e3, lambda x, y: y - 128e3),
    "reflection": (lambda x, y: -x, lambda x, y: y),
    "quarter turn": (lambda x, y: -y, lambda x, y: x),
    "transposition": (lambda x, y: y, lambda x, y: x),
}


@pytest.mark.parametrize("move", MOVES)
def test_fields_do_not_depend_on_coordinates(move):
    x, y = MOVES[move]
    here = small_territory()
    there = transformed(here, x, y)
    np.testing.assert_allclose(zone_distance_km(there), zone_distance_km(here), rtol=1e-12)
    a, b = (build_grid(t, GridSpec("uniform", cell_km=1.0)) for t in (here, there))
    at = {(round(p), round(q)): k for k, (p, q) in enumerate(zip(b.x_m, b.y_m))}
    image = np.array([at[round(p), round(q)] for p, q in zip(x(a.x_m, a.y_m), y(a.x_m, a.y_m))])
    assert (b.zone[image] == a.zone).all()
    np.testing.assert_array_equal(dense(neighbours(b, 1.0), b)[np.ix_(image, image)], dense(neighbours(a, 1.0), a))


def dense(lists: Neighbours, grid) -> np.ndarray:
    out = np.zeros((grid.zone.size,) * 2, np.float32)
    for c in range(grid.zone.size):
        span = slice(lists.start[c], lists.start[c + 1])
        out[c, lists.cell[span]] = lists.weight[span]
    return out


def test_a_translated_world_lives_the_same_life():
    x, y = MOVES["translation"]
    here = small_territory()
    par = small_parameters()
    worlds = [
        build(t, GridSpec("uniform", cell_km=1.0), par, w_talent=1, first_month=POLICY_START - 6, seed=2)
        for t in (here, transformed(here, x, y))
    ]
    for world in worlds:
        engine.advance(world, par, 2, POLICY_START + 12)
    places = {f"{kind}.{axis}" for kind in ("cell", "zone", "hub") for axis in ("x_m", "y_m")}
    for name in differences(*worlds) - places:
        kind, field = name.split(".")
        a, b = (w.tables[kind].columns()[field] for w in worlds)
        assert a.dtype.kind == "f", name
        np.testing.assert_allclose(b, a, rtol=1e-9, err_msg=name)


def test_on_a_torus_every_quartier_is_like_every_other():
    side = 12
    grid = build_grid(raster_territory(side, side, cell_km=1.0), GridSpec("uniform", cell_km=1.0))
    weights = dense(neighbours(grid, 1.0, torus_m=side * 1000.0), grid).reshape(side, side, side, side)
    first = weights[0, 0]
    for row in range(side):
        for column in range(side):
            np.testing.assert_array_equal(np.roll(weights[row, column], (-row, -column), (0, 1)), first)


def test_busy_parameters_stay_within_their_bounds():
    """The worlds of these tests are worlds a user may ask for."""
    from sim.params import PARAMETERS

    for name, value in BUSY.items():
        assert PARAMETERS[name].low <= value <= PARAMETERS[name].high, name

"""What must not matter does not: null policies, threads, the order of rows, compilation, the future, coordinates."""

import itertools
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from compare_worlds import by_identity, differences, permuted, same_bits
from worlds import BUSY, POLICY_START, small_parameters, small_policy, small_territory, small_world

import sim
from sim import checks, engine
from sim.build import Space, build, build_space, reach_of
from sim.fields import ELSEWHERE, ENTITIES
from sim.grid import Grid, GridSpec, build_grid, split_cells
from sim.order import put_in_order
from sim.processes import location, spillovers
from sim.space import Neighbours, neighbours, zone_distance_km
from sim.territory import Territory, raster_territory

HERE = Path(__file__).parent

# What hubs may change without any money: their own rows, their payers, and the marks of who stands nearest.
LABEL_ALONE = {f"{kind}.{field.name}" for kind in ("hub", "funder", "link") for field in ENTITIES[kind]} | {
    "cell.hub",
    "cell.hub_near",
    "cell.hub_km",
}


ANNOUNCED = {"funder.announced_eur", "funder.announced_year_eur"}  # funders say what they will spend

# --- T15 null policy -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def baseline(untouched):
    """The world without policy, 40 months after its start."""
    world, par = untouched()
    engine.advance(world, par, 1, POLICY_START + 39)
    return world


# Every response to a hub at many times its size, and ten times the births that could show it.
SENSITIVE = {
    "founding.base_hazard": 4e-3,
    "founding.incubation": 5.0,
    "location.animation": 5.0,
    "location.visibility": 5.0,
    "mobility.visibility": 5.0,
    "funding.visibility": 5.0,
    "growth.accelerator": 5.0,
    "public.reach_km": 50.0,
}


def test_a_label_without_money_changes_nothing(untouched):
    """Hubs are opened, scored and audited; the rest of the world is that of no policy, bit for bit, for 40 months."""
    (world, _), (plain, _) = untouched(), untouched()
    engine.advance(world, small_parameters(SENSITIVE, policy=small_policy(total_eur=0.0)), 1, POLICY_START + 39)
    engine.advance(plain, small_parameters(SENSITIVE), 1, POLICY_START + 39)
    assert world.startup.n > 200
    assert world.hub.n == 3
    assert (world.hub.score > 0).all()
    assert (world.hub.audited == POLICY_START + 12).all()  # after a year; next three years later
    assert differences(world, plain) - LABEL_ALONE == set()
    assert "cell.hub" in differences(world, plain)


def test_money_does_nothing_before_its_first_month(untouched):
    world, _ = untouched()
    plain, none = untouched()
    par = small_parameters(policy=small_policy(first=POLICY_START + 12))
    for month in range(12):
        engine.step(world, par, 1)
        engine.step(plain, none, 1)
        assert differences(world, plain) == set(), month
    engine.step(world, par, 1)
    engine.step(plain, none, 1)
    assert differences(world, plain) - LABEL_ALONE != set()


@pytest.mark.parametrize("lever", ["animation", "brand", "floor", "accelerator"])
def test_each_lever_does_something(untouched, baseline, lever):
    """A guard of the tests above: with money, every lever leaves its mark."""
    policy = small_policy(total_eur=8e9 if lever == "brand" else 80e6)
    policy = replace(policy, measures=tuple(v for v in policy.measures if v.kind == lever))
    world, _ = untouched()
    engine.advance(world, small_parameters(policy=policy), 1, POLICY_START + 39)
    assert {name for name in differences(world, baseline) - LABEL_ALONE if name.startswith("startup")} != set()


# --- the past does not know the future -------------------------------------------------------------------------------


def test_scenarios_equal_until_a_month_are_identical_until_then(untouched):
    same, changed = small_policy(months=48), small_policy(months=48)
    euros = changed.state_eur.copy()
    euros[18:] *= 3.0
    worlds = [untouched()[0], untouched()[0]]
    pars = [small_parameters(policy=same), small_parameters(policy=replace(changed, state_eur=euros))]
    for world, par in zip(worlds, pars):
        engine.advance(world, par, 1, POLICY_START + 17)
    assert differences(*worlds) - ANNOUNCED == set()
    for world, par in zip(worlds, pars):
        engine.advance(world, par, 1, POLICY_START + 24)
    assert "startup.cash_eur" in differences(*worlds)


def test_a_lever_that_stops_is_identical_until_it_stops(untouched):
    policy = small_policy()
    short = replace(policy, measures=tuple(replace(v, last=POLICY_START + 5) for v in policy.measures))
    worlds = [untouched()[0], untouched()[0]]
    pars = [small_parameters(policy=p) for p in (policy, short)]
    for until, expected in ((POLICY_START + 5, True), (POLICY_START + 6, False)):
        for world, par in zip(worlds, pars):
            engine.advance(world, par, 1, until)
        assert (differences(*worlds) - ANNOUNCED == set()) == expected


@pytest.mark.parametrize("lever", ["animation", "floor", "accelerator"])
def test_a_lever_in_one_place_leaves_the_others_alone_in_its_first_month(untouched, lever):
    """Labour and capital, which are shared by zones, are switched off; newborn firms may go where the lever is."""
    off = {"labour.active": "off", "funding.active": "off"}
    near = {"location.animation": 5.0, "public.reach_km": 0.4, "founding.base_hazard": 0.02}
    policy = small_policy(total_eur=400e6, hubs=1, build_months=0)
    policy = replace(policy, footprint_km=0.5, measures=tuple(v for v in policy.measures if v.kind == lever))
    world, plain = untouched()[0], untouched()[0]
    engine.step(world, small_parameters(near, off, policy=policy), 1)
    engine.step(plain, small_parameters(near, off), 1)
    assert differences(world, plain) - LABEL_ALONE != set()
    elsewhere = plain.cell.zone != 0
    for name, column in plain.cell.columns().items():
        if name not in ("hub_near", "hub_km"):  # who is nearest is known everywhere
            assert same_bits(world.cell.columns()[name][elsewhere], column[elsewhere]), name
    incumbents = {
        w: by_identity(w, "startup", (w.startup.zone != 0) & (w.startup.birth < POLICY_START)) for w in (world, plain)
    }
    for name, column in incumbents[plain].items():
        assert same_bits(incumbents[world][name], column), name


# --- T16 determinism -------------------------------------------------------------------------------------------------

RUN = """
import json, sys, threading
import worlds
from sim import engine, kernels
kernels.MIN_ROWS_PER_THREAD = 1
world, par = worlds.small_world(3, policy=worlds.small_policy(), **json.loads(sys.argv[1]))
engine.advance(world, par, 3, world.month + int(sys.argv[2]))
print(json.dumps({"digest": world.digest(), "threads": threading.active_count(), "compiled": kernels.COMPILED,
                  "agents": world.talent.n + world.startup.n, "startups": int(world.startup.n)}))
"""


def run_apart(months: int, build_with: dict | None = None, **environment: str) -> dict:
    """Run a small world in a process of its own; digest and how it was run."""
    paths = os.pathsep.join([str(HERE), str(Path(sim.__file__).parent.parent)])
    env = {**os.environ, "PYTHONPATH": paths, **environment}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, json.dumps(build_with or {}), str(months)],
        env=env,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_here(months: int, build_with: dict | None = None) -> str:
    world, par = small_world(3, policy=small_policy(), **(build_with or {}))
    engine.advance(world, par, 3, world.month + months)
    return world.digest()


def test_the_same_seed_gives_the_same_world_and_another_seed_another(untouched):
    world, par = untouched()
    again, _ = small_world(1)
    engine.advance(again, par, 1, POLICY_START - 1)
    assert again.digest() == world.digest()
    other, _ = small_world(2)
    engine.advance(other, par, 2, POLICY_START - 1)
    assert other.digest() != world.digest()


def test_threads_do_not_matter():
    expected = run_here(12)
    for threads in (1, 2, 4):
        found = run_apart(12, NUMBA_NUM_THREADS=str(threads))
        assert found["digest"] == expected, threads
        assert (found["threads"] > 1) == (threads > 1), "the pool of threads was not used as asked"


TINY = {
    "rows": 3,
    "columns": 3,
    "zones": [1, 2],
    "people": 3_000.0,
    "w_talent": 2,
    "numbers": {"founding.base_hazard": 0.02},
}


def test_interpreted_equals_compiled():
    compiled = run_here(2, {**TINY, "zones": (1, 2)})
    found = run_apart(2, TINY, NUMBA_DISABLE_JIT="1")
    assert not found["compiled"]
    assert found["agents"] <= 300
    assert found["startups"] > 3
    assert found["digest"] == compiled


COMPILE = """
import worlds
from numba.core import event
from sim import checks, engine

class Count(event.Listener):
    names = []
    def on_start(self, e): pass
    def on_end(self, e): self.names.append(e.data["dispatcher"].py_func.__name__)

event.register("numba:compile", Count())
world, par = worlds.small_world(1, policy=worlds.small_policy())
engine.advance(world, par, 1, world.month + 8)
print(",".join(Count.names))
"""


def test_compiled_code_comes_back_from_the_disk(lived_in):
    """What this session compiled, a new process reads: types of arguments must be the same there."""
    paths = os.pathsep.join([str(HERE), str(Path(sim.__file__).parent.parent)])
    done = subprocess.run(
        [sys.executable, "-c", COMPILE],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


# --- T12, T19 order of rows ------------------------------------------------------------------------------------------


def shuffled(n: int, key: int) -> np.ndarray:
    return np.random.default_rng(key).permutation(n)


@pytest.mark.parametrize(
    "kinds", [("talent",), ("startup",), ("investor",), ("talent", "startup", "investor")], ids="+".join
)
def test_the_order_of_rows_does_not_matter(untouched, kinds):
    world, _ = untouched()
    par = small_parameters(policy=small_policy())
    engine.advance(world, par, 1, POLICY_START + 5)  # in January rows are put in order: shuffle well before the next
    other = world
    for kind in kinds:
        order = shuffled(world.tables[kind].n, 5)
        assert (order != np.arange(order.size)).any()
        other = permuted(other, kind, order)
    other = other.copy()
    for w in (world, other):
        engine.advance(w, par, 1, POLICY_START + 11)
    if "startup" not in kinds:  # rows of newborn firms follow identity, not their founders' rows
        np.testing.assert_array_equal(world.startup.uid, other.startup.uid)
    for w in (world, other):
        engine.advance(w, par, 1, POLICY_START + 20)
    for kind in ENTITIES:
        if kind in ("talent", "startup", "investor"):
            a, b = by_identity(world, kind), by_identity(other, kind)
            assert [name for name in a if not same_bits(a[name], b[name])] == [], kind
        else:
            assert {name for name in differences(world, other) if name.startswith(kind)} == set()


def test_rows_put_in_order_change_nothing(untouched):
    """Startups by quartier, people by turn and employer: the months that follow are the same without."""
    world, _ = untouched()
    par = small_parameters(policy=small_policy())
    other = world.copy()
    put_in_order(other)
    assert other.talent.n == world.talent.alive.sum()
    assert np.diff(other.talent.turn[other.talent.status == ELSEWHERE] % 3).min() >= 0
    for w in (world, other):
        engine.advance(w, par, 1, POLICY_START + 6)
        checks.whole(w)
    assert {name for name in differences(world, other) if not name.startswith(("talent", "startup"))} == set()
    for kind in ("talent", "startup"):
        a, b = by_identity(world, kind), by_identity(other, kind)
        assert [name for name in a if not same_bits(a[name], b[name])] == [], kind


def permuted_space(space: Space, order: np.ndarray) -> Space:
    """Neighbour lists of permuted cells: each keeps its neighbours in the old order, under their new names."""
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size)

    def lists(old: Neighbours) -> Neighbours:
        spans = [slice(old.start[c], old.start[c + 1]) for c in order]
        counts = np.array([s.stop - s.start for s in spans])
        return Neighbours(
            np.r_[0, np.cumsum(counts)],
            np.concatenate([place[old.cell[s]] for s in spans]),
            np.concatenate([old.weight[s] for s in spans]),
        )

    return replace(space, near=lists(space.near), around=lists(space.around), region=space.region[order])


def test_the_order_of_quartiers_does_not_matter(untouched):
    """Decisions are the same to the last one; sums over quartiers differ by rounding."""
    world, _ = untouched()
    par = small_parameters(policy=small_policy())
    start = world.space.zone_start
    order = np.concatenate([a + shuffled(b - a, 5) for a, b in itertools.pairwise(start)])
    other = permuted(world, "cell", order)
    other.space = permuted_space(world.space, order)
    for w in (world, other):
        engine.advance(w, par, 1, POLICY_START + 20)
    for kind in ENTITIES:
        keyed = kind in ("talent", "startup", "cell")
        a, b = (by_identity(w, kind) if keyed else w.tables[kind].columns() for w in (world, other))
        for name in a:
            if name == "cell":
                continue
            if a[name].dtype.kind == "f":
                np.testing.assert_allclose(b[name], a[name], rtol=1e-9, atol=1e-12, err_msg=f"{kind}.{name}")
            else:
                assert same_bits(a[name], b[name]), f"{kind}.{name}"


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

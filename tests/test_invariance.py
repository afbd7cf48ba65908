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
from worlds import POLICY_START, small_parameters, small_policy, small_world

import sim
from sim import checks, engine
from sim.build import Space
from sim.fields import ELSEWHERE, ENTITIES
from sim.order import put_in_order
from sim.space import Neighbours

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

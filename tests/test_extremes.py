"""Worlds at the edge: nothing, one of everything, far too much. No NaN, no hang, no error but a clear one."""

import math

import numpy as np
import pytest
from worlds import FIRST_MONTH, POLICY_START, small_parameters, small_policy, small_territory, small_world

from sim import build as build_module
from sim import checks, engine
from sim.build import build
from sim.errors import InputError
from sim.grid import GridSpec
from sim.recorder import Recorder
from sim.territory import raster_territory


def live(world, par, months: int = 18, seed: int = 1):
    """Advance and check that every number still is one."""
    engine.advance(world, par, seed, world.month + months)
    checks.whole(world)
    for kind in ("cell", "zone", "nation", "startup", "talent", "investor", "hub", "funder"):
        for name, column in world.tables[kind].columns().items():
            if column.dtype.kind == "f" and name != "staff_at_five":
                assert np.isfinite(column).all(), f"{kind}.{name}"
    return world


def test_no_startup_at_the_start(monkeypatch):
    monkeypatch.setattr(build_module, "STARTUPS_PER_WORKER", 0.0)
    monkeypatch.setattr(build_module.math, "floor", math.floor)
    world, par = small_world(1, policy=small_policy())
    assert world.startup.n == 0 or world.startup.n < 5  # the chance of the remainder may still open a few
    live(world, par)


def test_no_startup_ever(monkeypatch):
    monkeypatch.setattr(build_module, "_startup_counts", lambda world, *_: np.zeros((world.zone.n, 8), np.int64))
    world, par = small_world(1, policy=small_policy(), switches={"founding.active": "off"})
    assert world.startup.n == 0
    live(world, par)
    assert world.startup.n == 0
    assert world.hub.n == 3


def test_the_first_startup_of_an_empty_world(monkeypatch):
    monkeypatch.setattr(build_module, "_startup_counts", lambda world, *_: np.zeros((world.zone.n, 8), np.int64))
    world, par = small_world(1)
    assert live(world, par, 24).startup.n > 0


def test_no_investor():
    world, par = small_world(1, funds=0, policy=small_policy())
    world.investor.load({name: column[:0] for name, column in world.investor.columns().items()})
    assert live(world, par).investor.n == 0
    assert (world.startup.raised_eur == 0).all()


@pytest.mark.parametrize("policy", [None, small_policy(hubs=1)], ids=["plain", "policy"])
def test_one_quartier(policy):
    world, par = small_world(1, rows=1, columns=1, zones=(1, 1), people=200_000.0, policy=policy)
    assert world.cell.n == world.zone.n == 1
    assert live(world, par).startup.n > 5
    assert (world.startup.cell == 0).all()


def test_one_zone():
    world, par = small_world(1, zones=(1, 1), policy=small_policy(hubs=1))
    assert world.zone.n == 1
    live(world, par)
    assert (world.talent.zone[world.talent.alive] == 0).all()


@pytest.mark.parametrize("last", [POLICY_START, POLICY_START + 11])
def test_one_month(untouched, last):
    world, par = untouched()
    recorder = Recorder(POLICY_START, (POLICY_START,))
    engine.advance(world, par, 1, last, recorder=recorder)
    result = recorder.result(world, None, {}, 0.032)
    assert list(result.tables["series"].year.unique()) == [2013]
    assert (result.tables["series"].jobs >= 0).all()
    assert math.isfinite(result.scalars["cost_paid_pv_eur"])


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_absurd_rents(factor):
    world, par = small_world(1, policy=small_policy())
    world.cell.rent[::2] *= factor
    world.cell.rent_reference[::2] *= factor
    live(world, par)


def test_one_dear_quartier_is_avoided():
    world, par = small_world(1, numbers={"founding.base_hazard": 4e-3})
    world.cell.rent[:] = 100.0
    world.cell.rent_reference[:] = 100.0
    busiest = int(np.argmax(world.cell.floor_m2))
    world.cell.rent[busiest] = world.cell.rent_reference[busiest] = 1e12
    before = (world.startup.cell == busiest).sum()
    live(world, par, 6)
    assert world.startup.n > 80
    assert (world.startup.cell == busiest).sum() == before


def test_no_floor_in_one_zone():
    world, par = small_world(1, policy=small_policy())
    empty = world.cell.zone == 1
    world.cell.floor_m2[empty] = world.cell.other_m2[empty] = 0.0
    newborn_from = world.startup.n
    live(world, par)
    born = world.startup.zone[newborn_from:]
    assert born.size > 5
    hub_floor = world.cell.floor_public_m2[empty].sum()
    assert hub_floor > 0 or (born != 1).all()


def test_no_floor_anywhere():
    world, par = small_world(1)
    c = world.cell
    c.floor_m2[:] = c.other_m2[:] = c.wasteland_m2[:] = c.creatives[:] = c.creatives_m2[:] = 0.0
    live(world, par)
    assert (world.startup.zone == world.startup.origin_zone).all()


def test_one_person():
    """A world of one digital worker, who may found."""
    territory = raster_territory(1, 1, people=70.0)
    par = small_parameters({"founding.base_hazard": 4e-4, "population.trend": 0.02, "population.turnover": 0.01})
    world = build(territory, GridSpec("uniform", cell_km=0.5), par, w_talent=1, first_month=FIRST_MONTH, seed=1)
    t = world.talent
    t.load({name: column[:1] for name, column in t.columns().items()})
    live(world, par, 36)


def test_a_bundle_larger_than_the_country():
    world, par = small_world(1, w_talent=1000, policy=small_policy())
    live(world, par)


@pytest.mark.parametrize(
    "hazard", ["closure.base", "founding.base_hazard", "labour.quit", "labour.job_loss", "mobility.base_hazard"]
)
def test_hazards_of_certainty(hazard):
    world, par = small_world(1, w_talent=20, numbers={hazard: 1.0 if hazard != "closure.base" else 1e4})
    live(world, par, 6)
    if hazard == "closure.base":
        assert not world.startup.alive.any()


@pytest.mark.parametrize("total", [1e-9, 1e13])
def test_absurd_money(total):
    for form in ("linear", "saturating", "threshold"):
        world, par = small_world(1, policy=small_policy(total_eur=total), switches={"response_to_money": form})
        live(world, par, 12)


def test_zones_without_people_are_refused_in_words():
    with pytest.raises(InputError, match="zone 1 has no people"):
        raster_territory(1, 2, zone_columns=2, people=np.array([[0.0, 5.0]]))


def test_unknown_parameters_are_refused_by_name():
    with pytest.raises(KeyError, match=r"unknown parameter 'founding\.hazard'"):
        engine.parameters({"founding.hazard": 1.0}, {}, policy_start=POLICY_START)
    with pytest.raises(KeyError, match="unknown switch"):
        engine.parameters({}, {"founding": "off"}, policy_start=POLICY_START)


def test_the_seed_zero_is_a_seed():
    a, _ = small_world(0)
    b, _ = small_world(1)
    assert a.digest() != b.digest()


def test_the_largest_seed_is_a_seed():
    world, par = small_world(2**64 - 1)
    live(world, par, 2, seed=2**64 - 1)


def test_small_territory_is_not_even():
    """A guard: the worlds of these tests have crowded and empty corners."""
    people = small_territory().places.population
    assert people.max() > 3 * people.min()

"""Creative districts, broadband and the characteristics of territories: equations, limits and what is conserved."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from worlds import POLICY_START, small_parameters, small_territory, small_world

from sim import build as build_module
from sim import checks, engine, initial_places, rng
from sim.build import SECTOR_SHARE, build, indicator
from sim.fields import N_SECTORS
from sim.grid import GridSpec, build_grid, split_cells
from sim.processes import broadband, creatives, location, rents
from sim.territory import load_territory

PAR = engine.parameters({}, {}, policy_start=POLICY_START).creatives
MONTH = 2013 * 12 + 1  # February: creative workers look


def pars(**values):
    return PAR._replace(**values)


# --- equations, by hand ----------------------------------------------------------------------------------------------
def test_creative_workers_prefer_cheap_lively_and_pleasant_floor():
    par = pars(rent=2.0, amenity=0.5, conviviality=0.25, wasteland_rent=0.5)
    weight = creatives.attraction(np.array([300.0]), np.array([50.0]), np.array([10.0]), np.array([0.4]),
                                  np.array([16.0]), par)
    assert weight == pytest.approx((300 + 50 * 4) * math.exp(0.2) * 2.0 / 100.0, rel=1e-14)


def test_shares_add_up_to_one_in_each_zone_with_floor():
    weight, zone = np.array([1.0, 3.0, 0.0, 0.0, 5.0]), np.array([0, 0, 1, 1, 2])
    np.testing.assert_allclose(creatives.shares(weight, zone, 3), [0.25, 0.75, 0.0, 0.0, 1.0], rtol=1e-15)


def test_only_a_rise_of_rents_drives_away():
    leaving = creatives.priced_out(np.array([100.0, 100.0, 100.0]), np.array([90.0, 100.0, 200.0]),
                                   pars(displacement=0.5, speed=0.4))
    np.testing.assert_allclose(leaving, [0.0, 0.0, 0.9 * (1.0 - math.sqrt(0.5))], rtol=1e-14)


def test_a_quarter_moves_a_quarter_of_the_yearly_share():
    after = creatives.next_creatives(np.array([100.0, 0.0, 10.0]), np.array([60.0, 40.0, 0.0]),
                                     np.array([0.1, 0.0, 0.9]), pars(speed=0.4))
    np.testing.assert_allclose(after, [100.0 - 4.0 - 10.0, 4.0, 0.0], rtol=1e-14, atol=1e-14)


def test_serendipity_is_the_chance_of_one_encounter_or_more():
    """C4.6: none without places or people; half where venues times people per km2 and km2 are ln 2 of the scale."""
    par = pars(encounter_scale=2e5)
    people = np.array([0.0, 100.0, 100.0, 1e12])
    venues = np.array([50.0, 0.0, 2e5 * math.log(2.0) / 50.0, 1.0])
    got = creatives.serendipity(venues, people, np.array([1.0, 1.0, 2.0, 1.0]), par)
    np.testing.assert_allclose(got, [0.0, 0.0, 0.5, 1.0], rtol=1e-12)


def test_venues_follow_people_per_km2():
    par = pars(liven=0.5, liven_staff=0.25)
    got = creatives.liveliness(np.array([3.0]), np.array([30.0]), np.array([150.0]), np.array([10.0]), par)
    assert got == pytest.approx(3.0 * math.sqrt(4.0) * 16.0**0.25, rel=1e-14)


def test_who_stands_on_wasteland_uses_no_floor():
    par = pars(rent=1.0, wasteland_rent=0.25, m2_per_person=8.0)
    used = creatives.used_m2(np.array([10.0, 10.0, 10.0, 10.0]), np.array([100.0, 100.0, 0.0, 0.0]),
                             np.array([0.0, 25.0, 25.0, 0.0]), par)
    np.testing.assert_allclose(used, [80.0, 40.0, 0.0, 0.0], rtol=1e-14)


def test_wasteland_is_converted_where_rents_are_high_and_no_further():
    assert rents.converted(100.0, 180.0, 200.0, 0.1) == 0.0
    assert rents.converted(1200.0, 400.0, 200.0, 0.1) == pytest.approx(30.0, rel=1e-14)
    assert rents.converted(100.0, 200e9, 200.0, 0.1) == 100.0


# --- a quarter in the model ------------------------------------------------------------------------------------------
@pytest.fixture
def world():
    """A small world before a month in which creative workers look."""
    made, par = small_world(1)
    made.month = MONTH
    return made, par


def look(world, par):
    creatives.step(world, par, rng.draw_of(1, world.month))


def test_a_world_at_rest_stays_at_rest(world):
    """The first month is an equilibrium of venues; nobody is driven away while rents stand."""
    made, par = world
    before = made.copy()
    look(made, par)
    np.testing.assert_allclose(made.cell.conviviality, before.cell.conviviality, rtol=2e-3)
    assert made.flows["creatives_displaced"].sum() == 0.0
    np.testing.assert_allclose(made.cell.creatives, before.cell.creatives, rtol=1e-2)


@pytest.mark.parametrize("rise", [1.0, 1.5, 1e6])
def test_creative_workers_are_conserved(world, rise):
    """Before moves end, those of a zone are those it had less the displaced; never more than it keeps in the long
    run."""
    made, par = world
    c, z = made.cell, made.zone
    c.rent[::3] *= rise
    c.creatives[:] *= 0.9
    before = np.bincount(c.zone, c.creatives, z.n)
    look(made, par)
    gone = made.flows["creatives_displaced"]
    share = par.creatives.speed / 4.0
    after = np.bincount(c.zone, c.creatives, z.n)
    np.testing.assert_allclose(after, before + share * (z.creatives - before) - gone, rtol=1e-3)
    assert (after <= z.creatives * (1 + 1e-12)).all()
    assert (c.creatives >= 0.0).all()


def test_dearer_quartiers_lose_creative_workers_to_others(world):
    made, par = world
    other = made.copy()
    other.cell.rent[0] *= 2.0
    zone = made.cell.zone == made.cell.zone[0]
    zone[0] = False
    for w in (made, other):
        look(w, par)
    assert other.cell.creatives[0] < 0.9 * made.cell.creatives[0]
    assert (other.cell.creatives[zone] > made.cell.creatives[zone]).all()
    elsewhere = made.cell.zone != made.cell.zone[0]
    np.testing.assert_array_equal(other.cell.creatives[elsewhere], made.cell.creatives[elsewhere])


def test_floor_used_by_others_moves_with_creative_workers_alone(world):
    made, par = world
    rest = made.cell.other_m2 - made.cell.creatives_m2
    made.cell.rent[::2] *= 1.3
    look(made, par)
    np.testing.assert_allclose(made.cell.other_m2 - made.cell.creatives_m2, rest, rtol=1e-9, atol=1e-9)


def test_creative_workers_look_by_quarter(world):
    made, par = world
    made.cell.rent[0] *= 2.0
    for month in (MONTH + 1, MONTH + 2):
        made.month = month
        before = made.digest()
        look(made, par)
        assert made.digest() == before


def test_floor_is_built_or_converted_and_counted(world):
    """Floor at the end is floor at the start, natural ground built on and wasteland reused; no wasteland is lost."""
    made, par = world
    c, z = made.cell, made.zone
    c.rent[:] *= 3.0
    floor, wasteland = c.floor_m2.copy(), c.wasteland_m2.copy()
    made.month = MONTH // 3 * 3
    rents.step(made, par, rng.draw_of(1, made.month))
    built, reused = made.flows["natural_ground_m2"], made.flows["wasteland_reused_m2"]
    assert built.min() > 0.0
    assert reused.min() > 0.0
    np.testing.assert_allclose(np.bincount(c.zone, c.floor_m2 - floor, z.n), built + reused, rtol=1e-9)
    np.testing.assert_allclose(np.bincount(c.zone, wasteland - c.wasteland_m2, z.n), reused, rtol=1e-9)


# --- T22 -------------------------------------------------------------------------------------------------------------
def test_a_dearer_quartier_gets_fewer_startups():
    """T22: at a higher rent the weight of the quartier falls by the power of the rent, and those of others stay."""
    world, par = small_world(2)
    dear = world.copy()
    dear.cell.rent[5] *= 1.5
    before, after = (location.weights_of_places(w, par)[0] for w in (world, dear))
    np.testing.assert_allclose(after[5] / before[5], 1.5**-par.location.rent, rtol=1e-10)
    np.testing.assert_array_equal(np.delete(after, 5, axis=0), np.delete(before, 5, axis=0))
    newborn = world.startup.add(400)
    for w in (world, dear):
        f = w.startup
        if w is dear:
            f.add(400)
        f.uid[newborn] = rng.startup_uids(np.arange(1, 401, dtype=np.uint64), np.zeros(400, np.int64))
        f.alive[newborn], f.origin_zone[newborn], f.zone[newborn] = True, w.cell.zone[5], w.cell.zone[5]
        location.step(w, par, rng.draw_of(2, w.month))
    here, there = (np.bincount(w.startup.cell[newborn], minlength=w.cell.n) for w in (world, dear))
    assert there[5] < here[5]
    assert (np.delete(there - here, 5) >= 0).all()  # who leaves it goes elsewhere; nobody else moves


# --- T33 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", ["no floor", "no floor nor wasteland", "infinite rent", "no venues"])
def test_extremes(change):
    world, par = small_world(3)
    c, zone = world.cell, world.cell.zone == 0
    if change.startswith("no floor"):
        c.floor_m2[zone] = 0.0
        c.other_m2[zone] = c.creatives_m2[zone] = 0.0
    if change == "no floor nor wasteland":
        c.wasteland_m2[zone] = 0.0
    if change == "infinite rent":
        c.rent[zone] = c.rent_reference[zone] = 1e250
    if change == "no venues":
        c.conviviality[zone] = c.conviviality_base[zone] = 0.0
    engine.advance(world, par, 3, world.month + 9)
    checks.whole(world)
    assert (c.creatives >= 0.0).all()
    assert (c.serendipity >= 0.0).all()
    if change == "no venues":
        assert (c.serendipity[zone] == 0.0).all()
    if change == "no floor nor wasteland":
        np.testing.assert_array_equal(c.creatives_m2[zone], 0.0)


@pytest.mark.parametrize("name", ["creatives", "broadband"])
def test_switched_off_nothing_happens(name):
    world, par = small_world(1, switches={f"{name}.active": "off"})
    before = world.copy()
    engine.advance(world, par, 1, world.month + 7)
    for field in {"creatives": ("creatives", "conviviality", "serendipity", "creatives_m2"),
                  "broadband": ("broadband",)}[name]:
        np.testing.assert_array_equal(getattr(world.cell, field), getattr(before.cell, field))


# --- T11: cutting quartiers ------------------------------------------------------------------------------------------
DENSITIES = ("amenity", "conviviality", "conviviality_base", "serendipity")
TOTALS = ("creatives", "creatives_m2", "wasteland_m2", "anchors")


def initial(grid, territory, par):
    """What a quartier is like at the start, before startups settle."""
    world = SimpleNamespace(cell=None)
    world = build(territory, grid, par, w_talent=20, first_month=POLICY_START - 6, seed=1)
    return world


def test_what_places_are_like_does_not_depend_on_how_they_are_cut(monkeypatch):
    """T11: quartiers cut in four have the same density of everything, and totals that add up to theirs."""
    monkeypatch.setattr(build_module, "_startup_counts", lambda world, *_: np.zeros((world.zone.n, 8), np.int64))
    territory, par = small_territory(), small_parameters()
    grid = build_grid(territory, GridSpec("uniform", cell_km=1.0))
    whole, cut = initial(grid, territory, par), initial(split_cells(grid), territory, par)
    parent = [int(np.flatnonzero((np.abs(whole.cell.x_m - x) < 500) & (np.abs(whole.cell.y_m - y) < 500))[0])
              for x, y in zip(cut.cell.x_m, cut.cell.y_m)]
    for name in DENSITIES:
        np.testing.assert_allclose(getattr(cut.cell, name), getattr(whole.cell, name)[parent], rtol=1e-9)
    for name in TOTALS:
        column = getattr(whole.cell, name)
        total = np.zeros_like(column)
        np.add.at(total, parent, getattr(cut.cell, name))
        np.testing.assert_allclose(total, column, rtol=1e-9)


def test_a_quarter_of_creative_life_does_not_depend_on_how_quartiers_are_cut(monkeypatch):
    monkeypatch.setattr(build_module, "_startup_counts", lambda world, *_: np.zeros((world.zone.n, 8), np.int64))
    territory, par = small_territory(), small_parameters()
    grid = build_grid(territory, GridSpec("uniform", cell_km=1.0))
    totals = []
    for g in (grid, split_cells(grid)):
        world = initial(g, territory, par)
        world.month = MONTH
        crowded = world.cell.zone == 0
        world.cell.rent[crowded] *= 1.2 + 0.1 * (world.cell.population[crowded] / world.cell.area_km2[crowded] > 6e3)
        look(world, par)
        totals.append((np.bincount(world.cell.zone, world.cell.creatives), world.flows["creatives_displaced"],
                       np.average(world.cell.serendipity, weights=world.cell.area_km2)))
    for one, other in zip(*totals):
        np.testing.assert_allclose(one, other, rtol=1e-9)


# --- broadband -------------------------------------------------------------------------------------------------------
def test_broadband_follows_the_published_curve():
    """Half at the middle of the curve; dense quartiers earlier by the lag; months ahead count as months."""
    par = engine.parameters({}, {}, policy_start=POLICY_START).broadband
    zero = np.zeros(2)
    density = np.array([1000.0, 10_000.0])
    got = broadband.coverage(par.midpoint, density, zero, par)
    np.testing.assert_allclose(got, [0.5, 1.0 / (1.0 + math.exp(-par.lag / par.pace))], rtol=1e-12)
    np.testing.assert_allclose(broadband.coverage(2015.0, density, zero + 24.0, par),
                               broadband.coverage(2017.0, density, zero, par), rtol=1e-12)


@pytest.mark.parametrize(("year", "share"), [(2013.5, 0.05), (2018.9, 0.40), (2021.9, 0.74), (2023.9, 0.88)])
def test_national_broadband_is_near_what_the_regulator_published(year, share):
    """ARCEP, fibre to the home, within four points."""
    territory = load_territory("france")
    grid = build_grid(territory, GridSpec("uniform", cell_km=8.0))
    par = engine.parameters({}, {}, policy_start=POLICY_START).broadband
    density = grid.population / np.maximum(grid.area_km2, 1e-9)
    cover = broadband.coverage(year, density, np.zeros(density.size), par)
    assert np.average(cover, weights=grid.population) == pytest.approx(share, abs=0.04)


def test_broadband_never_recedes():
    world, par = small_world(1)
    seen = []
    for _ in range(24):
        engine.step(world, par, 1)
        seen.append(world.cell.broadband.copy())
    assert (np.diff(seen, axis=0) >= 0.0).all()
    assert (seen[-1] > 0.0).all()


# --- characteristics of territories ----------------------------------------------------------------------------------
def test_themes_are_centred_on_workers_and_weighted_by_phi():
    territory = load_territory("france")
    workforce = np.outer(indicator(territory, "digital_jobs", 0.0), SECTOR_SHARE)
    theme = initial_places.themes(territory, indicator, workforce)
    np.testing.assert_allclose((workforce * theme).sum(axis=0), 0.0, atol=1e-6 * workforce.sum())
    np.testing.assert_allclose(initial_places.PHI.sum(axis=1), 1.0, rtol=1e-12)
    zone = {code: row for row, code in enumerate(territory.zones.code)}
    assert theme[zone["75"], 0] > theme[zone["48"], 0]  # software, Paris against Lozère
    assert theme[zone["2A"], 3] > theme[zone["93"], 3]  # environment
    assert theme[zone["69"], 1] > theme[zone["48"], 1]  # health


def test_health_is_a_link_not_a_distance():
    """A zone gains from a hospital of its region wherever it stands, and nothing from a nearer one elsewhere."""
    region = ("A", "A", "B", "B")
    none, one = np.zeros(4), np.array([1.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(initial_places.position_in_health_network(none, region), 0.0)
    got = initial_places.position_in_health_network(one, region)
    np.testing.assert_allclose(got, [0.5, 0.25, 0.0, 0.0], rtol=1e-14)
    territory = load_territory("france")
    zones = territory.zones
    moved = replace(territory, zones=replace(zones, x_m=zones.x_m[::-1].copy(), y_m=zones.y_m[::-1].copy()))
    workforce = np.ones((len(zones.code), N_SECTORS))
    np.testing.assert_array_equal(initial_places.themes(moved, indicator, workforce),
                                  initial_places.themes(territory, indicator, workforce))


def test_anchors_share_out_the_research_staff_of_each_zone():
    world, _ = small_world(1)
    anchors = np.bincount(world.cell.zone, world.cell.anchors.sum(axis=1))
    np.testing.assert_allclose(anchors, world.zone.researchers, rtol=1e-9)
    mean = world.nation.anchors_reference[0]
    assert (mean >= 0.0).all()
    assert mean.max() <= world.cell.anchors.max()

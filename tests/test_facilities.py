"""Incubators, growth accelerators, third places and laboratories: who gets a place, what it gives, what it costs."""

import math
from collections import Counter

import numpy as np
import pytest
from compare_worlds import differences
from worlds import POLICY_START, small_parameters, small_world

from sim import checks, engine, facilities, initial_places, rng
from sim.fields import (
    CONVIVIAL,
    COWORKING,
    ENLARGER,
    INCUBATOR,
    LIVING_LAB,
    N_SECTORS,
    NURSERY,
)
from sim.processes import closure, creatives, growth
from sim.processes import facilities as process
from sim.territory import load_territory

PAR = engine.parameters({}, {}, policy_start=POLICY_START)


def empty_world(seed=1, **kwargs):
    """A small world without any place."""
    world, par = small_world(seed, **kwargs)
    world.facility.keep(np.zeros(0, np.int64))
    for name in ("facility", "cocreation", "venues"):
        getattr(world.cell, name)[:] = 0.0
    world.zone.incubators[:] = world.zone.desks[:] = 0.0
    return world, par


def with_newborn(seed=1, count=60, cell=0, age=3, staff=1):
    """A world without places in which `count` firms of one quartier, of that age and staff, have their turn."""
    world, par = empty_world(seed)
    world.month = POLICY_START + 2
    f = world.startup
    f.alive[:] = False
    draws, uids = 0, []
    while len(uids) < count:  # identities whose turn is this month
        draws += 1
        uid = rng.startup_uids(np.array([draws << 16], np.uint64), np.zeros(1, np.int64))[0]
        f.uid[0], f.alive[0] = uid, True
        if process.people.startups_in_turn(world.month // 3, process.TURNS // 3, f.alive[:1], f.uid[:1]).size:
            uids.append(uid)
    f.alive[0] = False
    rows = f.add(count)
    f.uid[rows], f.alive[rows], f.cell[rows], f.zone[rows] = uids, True, cell, world.cell.zone[cell]
    f.birth[rows], f.staff[rows] = world.month - age, staff
    f.quality[rows] = np.linspace(-2.0, 2.0, count)
    f.sector[rows] = np.arange(count) % N_SECTORS
    return world, par, rows


def admit(world, par):
    process.admit(world, par.facilities, rng.draw_of(1, world.month))


# --- who gets a place ------------------------------------------------------------------------------------------------
def test_no_place_no_effect():
    """Bit for bit: a world without places is that of the switch that turns them off."""
    (world, par), (off, none) = empty_world(), small_world(1, switches={"facilities.active": "off"})
    assert off.facility.n == 0
    world.zone.appeal[:] = off.zone.appeal  # fitted to the same map, with places and without
    for w, p in ((world, par), (off, none)):
        engine.advance(w, p, 1, POLICY_START + 20)
    assert differences(world, off) == set()
    assert world.nation.incubated_reference[0] == world.nation.mixing_reference[0] == 0.0
    assert not world.startup.boost.any()


def test_a_place_never_holds_more_than_it_can():
    world, par, rows = with_newborn()
    facilities.open_place(world, "incubator", np.array([0]), opened=0)
    world.facility.places[:] = 15.7
    admit(world, par)
    f = world.startup
    assert (f.place[rows] == 0).sum() == world.facility.members[0] == 15
    assert (f.place_until[rows[f.place[rows] == 0]] == world.month + par.facilities.stay - 1).all()
    assert (f.incubated_until[rows] == f.place_until[rows]).all()
    admit(world, par)
    assert world.facility.members[0] == 15  # full
    world.month += int(par.facilities.stay)
    admit(world, par)
    assert (f.place_until[rows] >= world.month).sum() == 0  # they left, and are too old to ask again


def test_capacity_holds_in_a_busy_world():
    world, par = small_world(2, 1, people=20_000.0)
    world.facility.places[:] = np.minimum(world.facility.places, 2.0)
    held = []
    for _ in range(30):
        engine.step(world, par, 2)
        checks.whole(world)
        f = world.startup
        inside = np.bincount(f.place[f.alive & (f.place_until >= world.month)], minlength=world.facility.n)
        assert (inside <= world.facility.places).all()
        held.append(world.facility.members.sum())
    assert max(held) > 5
    assert (world.facility.members == world.facility.places)[np.isin(world.facility.kind, (INCUBATOR, NURSERY))].any()


def test_the_queue_is_keyed_by_identity():
    """Rows in another order, or one candidate less: the same firms are taken, but for who takes the freed place."""
    taken = []
    for change in ("none", "reversed", "one less"):
        world, par, rows = with_newborn()
        facilities.open_place(world, "incubator", np.array([0]), opened=0)
        f = world.startup
        if change == "reversed":
            world.reorder("startup", np.arange(f.n)[::-1])
            f = world.startup
        if change == "one less":
            f.alive[np.flatnonzero(f.uid == min(taken[0]))] = False
        admit(world, par)
        taken.append({int(uid) for uid in f.uid[f.place >= 0]})
    assert taken[0] == taken[1]
    assert taken[0] - taken[2] == {min(taken[0])}
    assert len(taken[2] - taken[0]) == 1


def test_selection_prefers_quality_as_a_logit():
    """Two candidates for one place: the better wins with the chance of a logit of their qualities."""
    wins, times = 0, 400
    world, par, rows = with_newborn(count=2)
    world.startup.quality[rows] = [0.0, 1.0]
    facilities.open_place(world, "incubator", np.array([0]), opened=0)
    world.facility.places[:] = 1.0
    for k in range(times):
        f = world.startup
        f.place[rows], f.place_until[rows], f.incubated_until[rows] = -1, -1, -1
        process.admit(world, par.facilities, rng.draw_of(1000 + k, world.month))
        wins += f.place[rows[1]] == 0
    chance = 1.0 / (1.0 + math.exp(-1.0))
    assert abs(wins - times * chance) < 4.0 * math.sqrt(times * chance * (1.0 - chance))


@pytest.mark.parametrize(("template", "age", "staff", "admitted"), [
    ("incubator", 12, 1, True), ("incubator", 13, 1, False), ("nursery", 3, 1, True), ("enlarger", 50, 10, True),
    ("enlarger", 50, 9, False), ("third place", 50, 3, True), ("third place", 50, 4, False),
    ("living lab", 3, 1, False), ("cluster", 3, 1, False),
])
def test_who_may_ask(template, age, staff, admitted):
    world, par, rows = with_newborn(count=3, age=age, staff=staff)
    facilities.open_place(world, template, np.array([0]), opened=0)
    admit(world, par)
    assert (world.startup.place[rows] == 0).all() == admitted
    assert (world.startup.place[rows] == 0).any() == admitted


def test_places_are_asked_within_reach_of_the_same_zone_the_nearest_first():
    cells = empty_world()[0].cell
    zone = cells.zone == cells.zone[0]
    home = int(np.flatnonzero(zone & (cells.y_m == cells.y_m[0]))[-1])  # at the border
    away = np.hypot(cells.x_m - cells.x_m[home], cells.y_m - cells.y_m[home])
    other, far = int(np.where(zone, np.inf, away).argmin()), int(np.where(zone, away, -1.0).argmax())
    assert away[other] < away[far]
    world, par, rows = with_newborn(count=3, cell=home)
    facilities.open_place(world, "incubator", np.array([other, far, home]), opened=0)
    admit(world, par)
    assert (world.facility.cell[world.startup.place[rows]] == home).all()
    f = world.startup
    f.place[rows], f.place_until[rows], f.incubated_until[rows] = -1, -1, -1
    world.facility.places[2] = 0.0
    process.admit(world, par.facilities._replace(reach_km=0.1), rng.draw_of(1, world.month))
    assert (f.place[rows] == -1).all()
    admit(world, par)
    assert (world.facility.cell[f.place[rows]] == far).all()


def test_places_open_and_close_in_their_month():
    world, par, rows = with_newborn(count=3)
    facilities.open_place(world, "incubator", np.array([0]), opened=world.month + 1)
    admit(world, par)
    assert (world.startup.place[rows] == -1).all()
    world.facility.opened[:] = world.month
    process.step(world, par, rng.draw_of(1, world.month))
    assert world.zone.incubators.sum() == 15
    assert world.cell.facility.max() > 0.0
    world.facility.closed[:] = world.month = world.month + 1
    process.step(world, par, rng.draw_of(1, world.month))
    assert world.zone.incubators.sum() == world.cell.facility.max() == 0.0


# --- what it gives ---------------------------------------------------------------------------------------------------
def test_mixing_is_best_between_like_and_unlike():
    np.testing.assert_allclose(process.mixing(np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0, 4.0])),
                               [0.0, 1.0, 1.0, 0.0], atol=1e-15)


def test_firms_of_one_place_mix_and_others_do_not():
    world, par, rows = with_newborn(count=4)
    f = world.startup
    facilities.open_place(world, "third place", np.array([0, 0]), opened=0)
    f.sector[rows] = [0, 0, 1, 2]
    f.place[rows], f.place_until[rows] = [0, 0, 0, 1], world.month
    process.mix(world, par.facilities)
    related = world.space.relatedness
    one, two = (1.0 - related[0, 1]) / 3.0, 2.0 * (1.0 - related[1, 0]) / 3.0
    np.testing.assert_allclose(f.mixing[rows], [4 * one * (1 - one)] * 2 + [4 * two * (1 - two), 0.0], rtol=1e-12)


def test_growth_is_boosted_and_centred():
    """A growth accelerator adds its rate to firms of ten people; mixing adds what exceeds its usual mean."""
    world, par, rows = with_newborn(count=3, staff=10)
    f = world.startup
    facilities.open_place(world, "enlarger", np.array([0]), opened=0)
    f.place[rows[:2]], f.place_until[rows[:2]], f.staff[rows[1]] = 0, world.month, 9
    f.mixing[rows] = [0.5, 0.5, 0.0]
    world.nation.mixing_reference[0] = 0.2
    process.boost_growth(world, par.facilities)
    p = par.facilities
    np.testing.assert_allclose(f.boost[rows], [0.3 * p.mixing + p.enlarge, 0.3 * p.mixing, -0.2 * p.mixing], rtol=1e-12)


def test_shelter_lowers_the_hazard_by_a_fifth_and_leaves_the_mean():
    """C.19: the hazard in an incubator is 0.8 times that outside; with the usual share inside, its mean is one."""
    inside, outside = (closure.shelter(x, 0.3, 0.2) for x in (1.0, 0.0))
    assert inside / outside == pytest.approx(0.8, rel=1e-14)
    assert 0.3 * inside + 0.7 * outside == pytest.approx(1.0, rel=1e-14)
    assert closure.shelter(0.0, 0.0, 0.2) == 1.0


def test_incubated_firms_survive_more_often():
    """Firms younger than two years close at 0.8 times the hazard, older ones at the same, within four standard
    errors of their counts."""
    closed = {}
    for age in (6, 30):
        for inside in (False, True):
            world, par = empty_world(3)
            f, t = world.startup, world.talent
            world.month = POLICY_START
            f.alive[:] = False
            rows = f.add(40_000)
            f.uid[rows] = rng.startup_uids(np.arange(1, 40_001, dtype=np.uint64) << np.uint64(16),
                                           np.zeros(40_000, np.int64))
            f.alive[rows], f.birth[rows], f.founder[rows], f.staff[rows] = True, world.month - age, 0, 1
            f.zone[rows], f.cell[rows] = 0, 0
            f.incubated_until[rows] = world.month if inside else -1
            t.status[:] = 0
            closure.step(world, small_parameters({"closure.bridge": 6.0}), rng.draw_of(1, world.month))
            closed[age, inside] = (~f.alive[rows]).sum()
    ratio = closed[6, True] / closed[6, False]
    assert abs(ratio - 0.8) < 4.0 * math.sqrt(0.8 / closed[6, False])
    assert closed[30, True] == closed[30, False]


def test_laboratories_bring_first_sales_to_their_trade():
    assert growth.first_sale(0.08, 0.7, 0.2, 0.1) == pytest.approx(0.08 * math.exp(0.05), rel=1e-14)
    world, par = empty_world()
    world.month = POLICY_START
    facilities.open_place(world, "living lab", np.array([0]), opened=world.month)
    facilities.open_place(world, "fablab", np.array([0]), opened=world.month)
    process.step(world, par, rng.draw_of(1, world.month))
    near = world.cell.cocreation[0]
    assert set(np.flatnonzero(near)) == {1, 2, 3, 6}
    own = world.space.near.weight[world.space.near.start[0]:world.space.near.start[1]][
        world.space.near.cell[world.space.near.start[0]:world.space.near.start[1]] == 0][0]
    assert near[1] == pytest.approx(math.log1p(own / par.facilities.labs_scale), rel=1e-6)
    assert world.cell.cocreation[:, 1].argmax() == 0


def test_convivial_places_liven_up_their_quartier():
    world, par = empty_world()
    world.month = POLICY_START + 1
    plain = world.copy()
    facilities.open_place(world, "convivial place", np.array([0, 0]), opened=world.month)
    process.step(world, par, rng.draw_of(1, world.month))
    assert world.cell.venues[0] == 2.0 / world.cell.area_km2[0]
    for w in (world, plain):
        creatives.step(w, par, rng.draw_of(1, world.month))
    more = world.cell.conviviality - plain.cell.conviviality
    assert more[0] == pytest.approx((1.0 - (1.0 - par.creatives.liven_speed) ** 3) * 2.0 / world.cell.area_km2[0])
    assert world.cell.serendipity[0] > plain.cell.serendipity[0]
    assert not more[1:].any()


# --- what it costs ---------------------------------------------------------------------------------------------------
def test_costs_follow_local_wages_and_rents():
    got = facilities.running_cost(np.array([120e3]), np.array([1.2]), np.array([300.0]), 100.0, 0.75)
    assert got == pytest.approx(10e3 * (0.75 * 1.2 + 0.25 * 3.0), rel=1e-14)


@pytest.mark.parametrize("payer", [0, 1, 2])
def test_money_is_booked_and_public_money_is_aid(payer):
    world, par, rows = with_newborn(count=3)
    f = world.startup
    made = facilities.open_place(world, "incubator", np.array([0]), opened=world.month, payer=payer)
    process.step(world, par, rng.draw_of(1, world.month))
    who = ("usual budgets", "State", "departements")[payer]
    cost = world.ledger[who, "operators", "places"].sum()
    wage, mean_rent = world.zone.wage[0].mean(), np.average(world.cell.rent_reference, weights=world.cell.floor_m2)
    share = par.facilities.staff_share
    assert cost == pytest.approx(3 * 25e3 * (share * wage + (1 - share) * world.cell.rent[0] / mean_rent), rel=1e-12)
    spared = par.facilities.rebate * 12.0 * world.cell.rent[0] / 4.0
    np.testing.assert_allclose(f.cash_eur[rows], spared, rtol=1e-12)
    assert world.ledger["operators", "startups", "rent spared"].sum() == pytest.approx(3 * spared, rel=1e-12)
    assert f.aided[rows].all() == f.aided[rows].any() == (payer > 0)
    np.testing.assert_allclose(f.aid_eur[rows], cost / world.facility.places[made[0]] if payer else 0.0, rtol=1e-12)


# --- templates and the baseline --------------------------------------------------------------------------------------
def test_a_pole_is_a_living_lab_and_an_incubator_on_the_zone_s_own_theme():
    world, _ = empty_world()
    world.zone.theme[:] = 0.0
    world.zone.theme[0, 3], world.zone.theme[1, 2], world.zone.theme[2, 1] = 0.4, 0.1, 0.3
    cells = world.space.zone_start[:3]
    rows = facilities.open_place(world, "djersen", cells, opened=world.month)
    assert list(world.facility.kind[rows]) == [LIVING_LAB] * 3 + [INCUBATOR] * 3
    assert list(world.facility.sector[rows]) == [3, 2, 1] * 2


def test_identities_of_places_do_not_depend_on_what_opens_elsewhere():
    """Two decisions in the same zone and month are told apart; one elsewhere changes neither."""
    alone, _ = empty_world()
    both = alone.copy()
    other = int(alone.space.zone_start[1])
    facilities.open_place(both, "incubator", np.array([other]), opened=0)
    for world in (alone, both):
        facilities.open_place(world, "incubator", np.array([0, 0]), opened=0)
        facilities.open_place(world, "incubator", np.array([0]), opened=0)
    uids = [set(world.facility.uid[world.facility.zone == 0].tolist()) for world in (alone, both)]
    assert uids[0] == uids[1]
    assert len(set(both.facility.uid.tolist())) == 4


def test_third_places_follow_the_published_count():
    count = np.full(3500, 3500)
    month = initial_places.third_place_month(np.arange(3500), count)
    for year, known in initial_places.THIRD_PLACES[1:]:
        assert abs((month < 12 * year).sum() - known) <= 1, year
    assert (month % 12 == 0).all()


def test_the_places_of_france_add_up():
    """National numbers of the territory file: published or stated."""
    indicators = load_territory("france").zones.indicators
    totals = {name: int(indicators[name].sum()) for name, _, _ in initial_places.PLACES}
    assert totals == {name: count for name, _, count in initial_places.PLACES}


def test_effects_are_centred_on_the_world_before_the_policy():
    """With its usual places the mean boost of firms, and the mean shelter of the young, are those of no place."""
    world, par = small_world(1, 1, people=40_000.0)
    world.month = POLICY_START - 4
    engine.step(world, par, 1)
    engine.step(world, par, 1)
    engine.step(world, par, 1)  # December: means are taken
    assert (world.month % 3, world.month) == (2, POLICY_START - 1)
    f, n = world.startup, world.nation
    # firms as they were when means were taken: those born since, and closed since, aside
    rows = np.flatnonzero((f.alive & (f.birth < world.month)) | (f.closed == world.month))
    enlarged = (world.facility.kind[np.maximum(f.place[rows], 0)] == ENLARGER) & (f.place_until[rows] >= world.month)
    assert f.boost[rows[~enlarged]].sum() == pytest.approx(0.0, abs=1e-9 + 0.3 * enlarged.sum())
    assert n.mixing_reference[0] == pytest.approx(f.mixing[rows].sum() / rows.size, rel=1e-12)
    assert n.mixing_reference[0] > 0.0
    kinds = Counter(world.facility.kind[f.place[rows][f.place_until[rows] >= world.month]].tolist())
    assert kinds[COWORKING] > 0
    assert kinds[CONVIVIAL] == 0

"""Worlds that differ in one thing differ in what follows from it and in nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from compare_worlds import by_identity, same_bits
from worlds import POLICY_START, small_parameters, small_policy, small_world

from sim import engine, people, rng
from sim.fields import ELSEWHERE, EMPLOYEE
from sim.policy import Measure
from sim.processes import founding
from sim.recorder import Recorder
from sim.scenario import load_scenario

# Everything through which one firm reaches another.
APART = {"founding.interactions": "off", "funding.active": "off", "mobility.active": "off", "rents.active": "off",
         "innovation.active": "off", "growth.rivalry": "off"}
NO_FIELDS = {
    "location.walk": 0.0,
    "location.commute": 0.0,
    "location.diversity": 0.0,
    "location.crowding": 0.0,
    "location.wage": 0.0,
    "growth.spillover": 0.0,
}


def add_firm(world) -> int:
    """A resident of zone 1 opens one more startup; returns the founder's row."""
    t = world.talent
    resident = np.flatnonzero(t.alive & (t.zone == 1) & (t.status == ELSEWHERE))[7:8]
    persons = people.single_out(t, resident, world.month + 1, 15)
    rows, _ = founding.register(world, persons, world.month)
    f = world.startup
    f.cell[rows] = world.space.zone_start[1]
    f.quality[rows], f.cash_eur[rows] = -9.0, 1.0
    return int(rows[0])


def test_one_more_isolated_firm_changes_nobody_else(untouched):
    """Not their births, places, luck, people or money, for two years, in zones that share nothing with it."""
    plain, more = untouched()[0], untouched()[0]
    added = add_firm(more)
    firm = more.startup.uid[added]
    par = small_parameters(NO_FIELDS, APART)
    for world in (plain, more):
        before = world.startup.n
        engine.advance(world, par, 1, POLICY_START + 23)
        assert world.startup.n > before + 10
    assert more.startup.n == plain.startup.n + 1
    assert set(more.startup.uid) - set(plain.startup.uid) == {firm}
    a = by_identity(plain, "startup", plain.startup.origin_zone != 1)
    b = by_identity(more, "startup", (more.startup.origin_zone != 1) & (more.startup.uid != firm))
    away = a["zone"] != 1  # firms that settled in zone 1 share its labour market
    assert away.sum() > 30
    for name in a:
        assert same_bits(a[name][away], b[name][away]), name
    # where everybody settled, and how luck fell, is the same in zone 1 too
    every = [by_identity(w, "startup", w.startup.uid != firm) for w in (plain, more)]
    for name in ("uid", "zone", "cell", "birth", "quality", "sector", "origin_zone"):
        assert same_bits(every[0][name], every[1][name]), name


def test_more_appeal_brings_newborn_firms_in_and_moves_nobody_else(untouched):
    plain, better = untouched()[0], untouched()[0]
    better.zone.appeal[2] += 2.0
    par = small_parameters({"founding.base_hazard": 0.05})
    before = plain.startup.n
    for world in (plain, better):
        engine.step(world, par, 1)
    a, b = plain.startup, better.startup
    assert a.n == b.n > before + 80
    np.testing.assert_array_equal(a.uid, b.uid)
    moved = np.flatnonzero(a.zone[before:] != b.zone[before:]) + before
    assert moved.size > 10
    assert (b.zone[moved] == 2).all()
    stayed = a.zone == b.zone
    np.testing.assert_array_equal(a.cell[stayed], b.cell[stayed])


def test_a_higher_hazard_adds_founders_and_removes_none(untouched):
    low, high = untouched()[0], untouched()[0]
    before = low.startup.n
    engine.step(low, small_parameters({"founding.base_hazard": 0.004}), 1)
    engine.step(high, small_parameters({"founding.base_hazard": 0.008}), 1)
    born = [{int(u) >> 3 for u in w.startup.uid[before:]} for w in (low, high)]
    employees = {int(u) >> 3 for u in low.startup.uid[before:]} - born[1]
    assert len(born[1]) > len(born[0]) > 5
    assert employees == set()


@pytest.mark.parametrize("zone", range(4))
def test_places_in_one_zone_change_no_founder_elsewhere(untouched, zone):
    """Luck is not shared: what one zone offers decides who founds there and nowhere else, among employees too."""
    alike = {"founding.serial_success": 1.0, "founding.serial_failure": 1.0}
    par = small_parameters({"founding.base_hazard": 0.01, "founding.startup_employee": 9.0, **alike})
    from_staff = 0
    for seed in range(1, 9):
        plain, more = untouched()[0], untouched()[0]
        more.zone.places[zone] = 40.0
        homes = []
        for world in (plain, more):
            before, staff, t = world.startup.n, world.startup.staff.sum(), world.talent
            place = np.where(t.status == EMPLOYEE, world.startup.zone[t.employer], t.zone)  # where they decide
            world.month += seed  # who may found goes by turns
            founding.step(world, par, rng.draw_of(seed, world.month))
            from_staff += staff - world.startup.staff[:before].sum()
            founder, origin = world.startup.founder[before:], world.startup.origin_zone[before:]
            at = np.where(founder < place.size, place[np.minimum(founder, place.size - 1)], origin)
            homes.append({int(u): int(z) for u, z in zip(world.startup.uid[before:], at)})
        apart = [{u for u, z in home.items() if z != zone} for home in homes]
        assert apart[0] == apart[1]
        assert set(homes[0]) <= set(homes[1])
    assert from_staff > 10


def test_more_capital_never_removes_an_offer_of_screening():
    """Draws of people are theirs: the same for whoever else is there, whatever the month's other draws."""
    draw = rng.draw_of(3, POLICY_START)
    alone = [rng.uniform(draw, rng.SCREEN, np.uint64(k)) for k in (5, 9)]
    among = {k: rng.uniform(draw, rng.SCREEN, np.uint64(k)) for k in range(12)}
    assert alone == [among[5], among[9]]


@pytest.fixture(scope="module")
def paired_runs():
    """Jobs after two years of policy, with and without it, for 12 seeds: [seeds, (plain, policy)]."""
    jobs = []
    for seed in range(1, 13):
        ends = []
        for policy in (None, small_policy(total_eur=8e6)):
            world, par = small_world(seed, w_talent=5, policy=policy)
            engine.advance(world, par, seed, POLICY_START + 23)
            ends.append(float(world.startup.staff[world.startup.alive].sum()))
        jobs.append(ends)
    return np.array(jobs)


def test_pairs_are_worth_ten_times_their_number(paired_runs):
    """Variance of a difference between worlds with the same luck against that between worlds with different luck."""
    independent = paired_runs.var(axis=0, ddof=1).sum()
    paired = np.diff(paired_runs, axis=1).var(ddof=1)
    assert paired > 0.0
    assert independent / paired > 10.0


def test_a_startup_counts_as_aided_from_the_month_of_its_aid_on():
    """Grants whose money comes after the first horizon: nobody is aided at it, and those who closed before never."""
    start = POLICY_START
    base = small_policy(6e6)
    grants = Measure(0, "g", "grants", 2.0, {"grant": 50e3}, start + 12, start + 35, 0, np.full(4, 0.25))
    policy = replace(base, measures=(grants,))
    world, par = small_world(policy=policy)
    engine.advance(world, par, 1, start - 1)
    recorder = Recorder(start, (start + 11, start + 35))
    engine.advance(world, par, 1, start + 35, recorder=recorder)
    firms = recorder.result(world, policy, {}, 0.032).tables["firms"]
    assert not firms["aided_h0"].any()
    assert firms["aided_h1"].sum() > 3
    assert (firms["aided_h1"] == firms["aided"]).all()


def test_arms_that_go_together_until_the_first_has_money_end_as_each_does_alone():
    """France in squares of 40 km: two arms with money from different months on, in mid-year, and none."""
    coarse = {"cell_km": "40", "months": "26", "world.w_talent": "500", "time.spin_up": "2012-11"}
    names = ("baseline", "paris_only", "one_hub_per_departement")
    arms = [load_scenario(name, overrides=coarse) for name in names]
    january = arms[1].budget.first
    for arm, later in ((1, 2), (2, 5)):
        arms[arm] = replace(arms[arm], budget=replace(arms[arm].budget, first=january + later))
    assert [engine.quiet_until(arm) for arm in arms] == [arms[0].end - 1, january + 1, january + 4]
    horizons = (arms[0].start + 5, arms[0].end)
    together = [result for _, result in engine.run_shard(arms, 6, horizons)]
    for arm, shared in zip(arms, together):
        ((_, alone),) = engine.run_shard([arm], 6, horizons)
        assert alone.state_digest == shared.state_digest
        assert alone.scalars == shared.scalars
        for name, table in alone.tables.items():
            assert table.equals(shared.tables[name]), name
    assert len({result.state_digest for result in together}) == 3

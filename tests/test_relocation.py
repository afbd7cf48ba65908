"""Startups that move: how often, where to, and who follows."""

import math

import numpy as np
import pytest
from scipy import stats
from worlds import POLICY_START, small_world

from sim import checks, engine, rng
from sim.fields import EMPLOYEE, FOUNDER
from sim.processes import location, relocation

Z = 4.0

# --- relocation ------------------------------------------------------------------------------------------------------


def many_startups(world, n, **fields):
    """The world's first startup n times over, with identities of their own."""
    world.startup.load({name: np.repeat(column[:1], n, axis=0) for name, column in world.startup.columns().items()})
    f = world.startup
    f.uid[:], f.alive[:], f.birth[:] = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n)), True, world.month - 30
    for name, value in fields.items():
        getattr(f, name)[:] = value
    return f


@pytest.mark.parametrize("restless", [False, True])
def test_startups_move_at_their_hazard_once_a_year(restless):
    world, par = small_world(1)
    n, p = 40_000, par.relocation
    many_startups(world, n, restless_until=world.month + 20 if restless else -1)
    asked, moved = np.zeros(n, int), 0
    for _ in range(12):
        world.month += 1
        if world.month % relocation.MOVE_EVERY == 0:
            rows = relocation.movers(world, p, rng.draw_of(1, world.month))
            moved += rows.size
            asked[rows] += 1
    chance = -math.expm1(-p.hazard * (p.restless if restless else 1.0))
    assert abs(moved - n * chance) < Z * math.sqrt(n * chance * (1.0 - chance))
    assert asked.max() == 1


def test_movers_choose_by_a_nested_logit_and_leave_their_quartier():
    """Sunk cost, distance from the firm's own zone, the old quartier left out."""
    world, par = small_world(1)
    n = 20_000
    f = many_startups(world, n, zone=0, cell=2, sector=0, innovations=0, was_large=False)
    location.attract(world, par)
    c, z, space = world.cell, world.zone, world.space
    c.weight[:], z.pull[:] = location.weights_of_places(world, par)
    par.relocation = par.relocation._replace(mature=1e9)
    relocation.choose(world, par, rng.draw_of(1, POLICY_START), np.arange(n), np.zeros(n, np.int16))
    zones = z.pull[:, 0] * (1.0 + space.distance_km[0] / 10.0) ** -par.location.distance
    zones[0] *= math.exp(par.relocation.sunk)
    within = c.weight[:, 0] * (np.arange(c.n) != 2)
    cells = (zones / zones.sum())[c.zone] * within / np.bincount(c.zone, within, z.n)[c.zone]
    counts = np.bincount(f.cell, minlength=c.n)
    assert counts[2] == 0
    possible = cells > 0
    chi2 = ((counts - n * cells)[possible] ** 2 / (n * cells[possible])).sum()
    assert chi2 < stats.chi2.ppf(stats.norm.cdf(Z), possible.sum() - 1)


def test_grown_firms_look_for_their_sector_and_young_ones_for_diversity():
    """Nursery cities: where firms are born is more diverse, where they move less, and fuller of their own sector."""
    world, par = small_world(1)
    engine.step(world, par, 1)
    c = world.cell
    share = c.own / c.own.sum(axis=1, keepdims=True)

    def mean(weight, value):
        return (weight * value).sum(axis=0) / weight.sum(axis=0)

    for specialisation, diversity, value, sign in ((2.0, 0.0, share, 1.0), (0.0, 0.3, c.diversity[:, None], -1.0)):
        par.relocation = par.relocation._replace(specialisation=specialisation)
        par.location = par.location._replace(diversity=diversity)
        grown, _ = relocation.weights_for_grown(world, par)
        assert (sign * (mean(grown, value) - mean(c.weight, value)) > 0.0).all()


@pytest.mark.parametrize("follow", [0.0, 1.0])
def test_people_of_a_firm_that_leaves_the_labour_market_follow_or_stay(follow):
    world, par = small_world(1)
    engine.advance(world, par, 1, POLICY_START - 1)
    par.relocation = par.relocation._replace(hazard=20.0, sunk=-5.0, follow=follow)
    f, t, market = world.startup, world.talent, world.zone.labour_market
    world.month += 1
    location.step(world, par, rng.draw_of(1, world.month))
    staff, zone = f.staff.copy(), f.zone.copy()
    people = int(t.weight[t.alive].sum())
    world.flows.clear()
    relocation.step(world, par, rng.draw_of(1, world.month))
    far = f.alive & (market[f.zone] != market[zone])
    assert staff[far].sum() > 5 + far.sum() > 10
    assert (f.moved[far] == world.month).all()
    working = np.flatnonzero(t.alive & (t.status == EMPLOYEE))
    if follow:
        np.testing.assert_array_equal(f.staff, staff)
        theirs = working[far[t.employer[working]]]
        assert (t.zone[theirs] == f.zone[t.employer[theirs]]).all()
    else:
        assert (f.staff[far] == f.founders[far]).all()  # partners move along
        np.testing.assert_array_equal(f.staff[~far], staff[~far])
    founders = np.flatnonzero(t.alive & (t.status == FOUNDER))
    elsewhere = founders[f.zone[t.employer[founders]] != zone[t.employer[founders]]]
    assert (t.zone[elsewhere] == f.zone[t.employer[elsewhere]]).all()
    assert t.weight[t.alive].sum() == people
    checks.whole(world)
    moves = world.flows
    assert moves["relocated_in"].sum() == moves["relocated_out"].sum() == (f.zone != zone).sum()

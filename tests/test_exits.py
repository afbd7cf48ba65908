"""Startups that are bought or listed: prices, who is paid, and where people and money go."""

import math

import numpy as np
import pytest
from worlds import group, small_world

from sim import engine, rng
from sim.fields import (
    LATER,
    SOLD,
)
from sim.processes import exits

Z = 4.0

# --- exits -----------------------------------------------------------------------------------------------------------
def test_prices_have_the_shares_of_the_literature():
    """55-60 % of exits below what was invested, 6 % or so above five times, which hold half of the return."""
    p = group("exits")
    u = (np.arange(400_000) + 0.5) / 400_000
    paid = exits.price(u, p.least, p.most, p.tail)
    cut = 1.0 - (p.least / p.most) ** p.tail
    assert (paid < 1.0).mean() == pytest.approx((1.0 - p.least**p.tail) / cut, abs=1e-5)
    assert 0.55 < (paid < 1.0).mean() < 0.60
    assert 0.055 < (paid > 5.0).mean() < 0.075
    assert 0.45 < paid[paid > 5.0].sum() / paid.sum() < 0.55
    assert (paid.min(), paid.max()) == (pytest.approx(p.least, rel=1e-4), pytest.approx(p.most, rel=1e-2))


def test_firms_are_bought_at_their_hazard():
    n, p = 40_000, group("exits", backed=0.05, listing=0.02)
    uid, stage = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n)), np.full(n, LATER, np.int8)
    quality, staff = np.full(n, 0.8), np.full(n, 9, np.int32)
    sold, listed = exits.decide(
        rng.draw_of(1, 24000), np.arange(n), uid, np.full(n, -1, np.int32), quality, staff, stage,
        np.zeros(n, np.int32), np.zeros(n, np.int16), np.array([0.3]), p)
    hazard = 0.05 * math.exp(0.4 * 0.8 + 0.2 * math.log(9) + 0.1 * 0.3)
    for found, chance in ((listed.sum(), -math.expm1(-0.02)), (sold.size, -math.expm1(-0.02 - hazard))):
        assert abs(found - n * chance) < Z * math.sqrt(n * chance * (1.0 - chance))


def sold_world():
    """A world in which everybody is bought within the year, before and after."""
    world, par = small_world(4, 20, funds=12, people=60_000.0)
    engine.advance(world, par, 4, world.month + 14)
    par.exits = par.exits._replace(unbacked=50.0, backed=50.0, kept=0.5)
    before = world.copy()
    world.month += 1
    exits.step(world, par, rng.draw_of(4, world.month))
    return before, world, par


def test_a_sale_pays_everybody_once():
    before, world, par = sold_world()
    f, old = world.startup, before.startup
    sold = np.flatnonzero(f.acquired == world.month)
    assert sold.size > 20
    assert (f.share_acquirer[sold] == 1.0).all()
    assert (f.cause[sold] == SOLD).any()
    assert (f.cause[sold] != SOLD).any()
    none = np.zeros(1)
    new = {key: float(eur.sum() - before.ledger.get(key, none).sum()) for key, eur in world.ledger.items()}
    paid = sum(eur for (_, _, what), eur in new.items() if what == "exit")
    assert paid == pytest.approx(float(world.flows["exits_eur"].sum() - before.flows.get("exits_eur", none).sum()))
    back = sum(eur for (_, payee, what), eur in new.items() if (payee, what) == ("public investors", "exit"))
    assert (back > 0.0) == bool((old.share_public[sold] > 0.0).any())
    earned = world.talent.wealth_eur.sum() - before.talent.wealth_eur.sum()
    tax = new["households", "tax office", "tax on gains"]
    persons = sum(eur for (_, payee, what), eur in new.items() if (payee, what) == ("households", "exit"))
    assert 0.0 < earned < persons - tax
    funds = sum(eur for (_, payee, what), eur in new.items() if (payee, what) == ("limited partners", "exit"))
    assert world.investor.returned_eur.sum() - before.investor.returned_eur.sum() == pytest.approx(funds)


def test_what_was_bought_raises_no_more_and_some_close():
    _, world, par = sold_world()
    f = world.startup
    uid, closing = f.uid[f.acquired >= 0], f.uid[f.cause == SOLD]
    last = dict(zip(f.uid.tolist(), f.rounds.tolist()))
    par.exits = par.exits._replace(active=1)
    engine.advance(world, par, 4, world.month + 12)
    f = world.startup
    assert not f.alive[np.isin(f.uid, closing)].any()
    mine = np.isin(f.uid, uid)
    assert [last[u] for u in f.uid[mine].tolist()] == f.rounds[mine].tolist()
    assert f.alive[mine].sum() > 5


def test_founders_and_staff_of_a_sale_with_a_gain_go_round():
    before, world, par = sold_world()
    f, t, v = world.startup, world.talent, world.investor
    new = v.uid[before.investor.n:]
    rich = np.flatnonzero(t.wealth_eur - before.talent.wealth_eur[:t.n] > par.exits.angel_bar_eur)
    assert 0 < new.size <= rich.size
    assert set(new) <= set(rng.angel_uids(t.uid[rich]))
    assert t.succeeded[rich].mean() > before.talent.succeeded[rich].mean()
    graduates = np.flatnonzero(t.alumni_until == world.month + 36)
    assert graduates.size > 10
    assert np.isin(t.employer[graduates], np.flatnonzero(f.acquired == world.month)).all()
    people_before = before.talent.alive.sum()
    assert t.alive.sum() == people_before



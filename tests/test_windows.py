"""What a lever's euros buy: no more than they pay for, and within its window."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import POLICY_START, small_policy, small_world

from sim import engine
from sim.policy import Measure
from sim.processes import accelerators

EVERYWHERE = np.full(4, 0.25)


def months_of(policy, months: int, **settings):
    """The world after each of the first months of a policy."""
    world, par = small_world(policy=policy, **settings)
    engine.advance(world, par, 1, POLICY_START - 1)
    for month in range(months):
        engine.advance(world, par, 1, POLICY_START + month)
        yield world


def spent_on(world, kind: str) -> float:
    """Public euros paid for a lever."""
    return float(sum(eur.sum() for (*_, instrument), eur in world.ledger.items() if instrument == kind))


def places_for(first: int, last: int, stay: float):
    """An accelerator through hubs that spends as much a month within its window."""
    terms = {"cost_per_place": 40e3, "stay": stay}
    measure = Measure(0, "places", "accelerator", 1.0, terms, POLICY_START + first, POLICY_START + last, 0)
    return replace(small_policy(20e6), measures=(measure,))


@pytest.mark.parametrize(("first", "last", "stay"), [(2, 2, 36.0), (0, 11, 4.0), (3, 8, 36.0)])
def test_an_accelerator_serves_no_more_than_its_places(first, last, stay):
    """Month by month in each hub; nobody beyond the window; aid within what was paid; nobody stays longer than said."""
    served, months = 0, {}
    for world in months_of(places_for(first, last, stay), 15):
        f = world.startup
        here = np.flatnonzero(f.alive & (f.accelerated_until >= world.month))
        hub = world.cell.hub_near[f.cell[here]]
        assert (np.bincount(hub, minlength=world.hub.n) <= np.floor(world.hub.places)).all()
        served += here.size
        for uid in f.uid[here].tolist():
            months[uid] = months.get(uid, 0) + 1
        if not first <= world.month - POLICY_START <= last:
            assert here.size == 0
        assert f.aid_eur.sum() <= spent_on(world, "accelerator") * (1.0 + 1e-12)
    assert served > 0
    assert max(months.values()) <= min(stay, last - first + 1)


def test_those_who_have_been_there_longest_leave_first():
    """Three residents came a month apart, one place is left: the last to come keeps it."""
    *_, world = months_of(places_for(0, 11, 36.0), 1)
    f, month = world.startup, world.month
    f.accelerated_until[:] = -1
    rows = np.flatnonzero(f.alive & (world.cell.hub_near[f.cell] == 0))[:4]
    f.accelerated_until[rows] = month + np.array([3, 1, 2, 3])
    world.hub.places[:] = 1.9
    accelerators.leave(world, month)
    last = rows[[0, 3]][np.argmax(f.uid[rows[[0, 3]]])]
    assert np.flatnonzero(f.accelerated_until >= month).tolist() == [last]


@pytest.mark.parametrize(("kind", "term", "eur"), [
    ("grants", "grant", 50e3), ("loans", "loan", 50e3), ("champions", "cost_per_firm", 50e3),
    ("procurement", "contract", 20e3), ("co_investment", "most_share", 0.5)])
def test_a_pot_closes_with_its_window(kind, term, eur):
    """Thirteen months, from the second: the rest of the pot is unspent, and the accounts say so to the cent."""
    measure = Measure(0, "aid", kind, 1.0, {term: eur}, POLICY_START + 1, POLICY_START + 13, 0, EVERYWHERE)
    policy = replace(small_policy(400e6), places=(), measures=(measure,))
    pot = "coinvest_eur" if kind == "co_investment" else f"{kind}_eur"
    paid = []
    for world in months_of(policy, 30):
        paid.append(spent_on(world, kind))
        left = getattr(world.zone, pot).sum()
    assert paid[0] == 0.0 < paid[13]
    assert set(paid[13:]) == {paid[13]}
    assert left > 0.0
    assert not world.startup.contract_eur.any()
    assert world.funder.committed_eur.sum() == pytest.approx(world.funder.paid_eur.sum() + left, abs=0.01)
    assert world.funder.paid_eur.sum() == pytest.approx(paid[-1], abs=0.01)

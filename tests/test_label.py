"""The label: calls, audits, links between hubs and what the brand brings."""

import dataclasses
import math

import numpy as np
import pytest
from compare_worlds import differences
from worlds import POLICY_START, ready, small_policy

from sim import engine, recorder
from sim.fields import ANGEL, CORPORATE, FOREIGN, GROWTH_FUND, SEED_FUND
from sim.params import resolve
from sim.processes import brand, funding, label, pipelines

PAR = resolve({}, {})
CLOSE = {"rtol": 1e-9, "atol": 1e-6}  # of euros

# --- the label -------------------------------------------------------------------------------------------------------
def test_scores_have_their_closed_form():
    x = np.array([[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.2, 0.8, 0.4, 1.0, 0.6, 0.5, 0.5, 0.4]])
    np.testing.assert_allclose(label.score(x, label.MEAN), [0.5, x[1].mean()])
    np.testing.assert_allclose(label.score(x, label.GEOMETRIC), np.exp(np.log(x).mean(axis=1)))
    np.testing.assert_allclose(label.score(x, label.WEAKEST), [0.5, 0.2])
    x[1, 5] = 0.0  # nobody to link with, then links that are missing
    seven = np.delete(x[1:], 5, axis=1)
    assert label.score(x[1:], label.GEOMETRIC, alone=True) == pytest.approx(np.prod(seven) ** (1.0 / 7.0))
    assert label.score(x[1:], label.WEAKEST, alone=True) == 0.2
    assert label.score(x[1:], label.WEAKEST) == label.LEAST
    assert label.score(x[1:], label.GEOMETRIC) == pytest.approx((np.prod(seven) * label.LEAST) ** 0.125)
    assert label.score(x[1:], label.MEAN, alone=True) == pytest.approx(x[1].mean())
    np.testing.assert_allclose(label.promise(x, 0.0), x)
    np.testing.assert_allclose(label.promise(x, 1.0), 1.0)


def test_territories_apply_when_it_is_worth_it():
    p = PAR["label"]._replace(worth=0.6, application_eur=1e5)
    offered = np.array([1e5, 1e6, 1e6, 1e6])
    chance = np.array([1.0, 1.0, 0.2, 1.0])
    assert label.applies(chance, offered, 1.0 / 3.0, 0.0, p).tolist() == [False, True, False, True]
    assert not label.applies(1.0, 1e6, 0.6, 0.0, p)  # nothing left once one's own part is paid
    assert label.applies(1.0, 1e6, 0.6, 2.0, p)  # to an optimist


def chosen_by(assignment, wanted=2, numbers=None, seed=1, threshold=0.0):
    """World after a call and its candidates: eight places, two a zone."""
    base, places = small_policy(), []
    for k in range(8):
        x, y = (1_000.0 + 600.0 * (k // 4)) + 3_000.0 * (k % 2), 1_000.0 + 3_000.0 * (k % 4 // 2)
        places.append(dataclasses.replace(base.places[0], id=f"p{k}", zone=k % 4, x_m=x, y_m=y, luck=(5 * k) % 8 / 8.0))
    policy = dataclasses.replace(base, places=tuple(places), assignment=assignment, wanted=wanted, siting="seat",
                                 threshold=threshold)
    world, par = ready(policy, seed, numbers={"label.application_eur": 0.0, "label.worth": 2.0, **(numbers or {})})
    engine.step(world, par, seed)
    return world, par


def test_a_call_gives_the_label_as_it_says():
    every, _ = chosen_by("all_eligible", numbers={"label.least_score": 0.0})
    assert every.hub.place.tolist() == list(range(8))
    score = every.hub.score
    best, _ = chosen_by("top_n")
    assert sorted(best.hub.place) == sorted(np.argsort(-score)[:2])
    drawn, _ = chosen_by("lottery", wanted=3)
    assert drawn.hub.place.tolist() == [0, 2, 5]  # lots 0, 2/8, 1/8
    score = every.hub.promised.mean(axis=1)
    middle = float(np.median(score))
    above, _ = chosen_by("threshold", threshold=middle)
    assert above.hub.place.tolist() == np.flatnonzero(score >= middle).tolist()
    strict, _ = chosen_by("all_eligible", numbers={"label.least_score": min(middle, 0.5)})
    assert strict.hub.place.tolist() == np.flatnonzero(score >= min(middle, 0.5)).tolist()
    np.testing.assert_allclose([w.hub.share.sum() for w in (every, best, drawn, above)], 1.0)
    table = recorder.hubs(drawn, chosen_by("lottery", wanted=3)[1].policy)
    assert table["id"].tolist() == ["p0", "p2", "p5"]


def test_a_call_that_nobody_answers_labels_nobody():
    world, par = chosen_by("top_n", numbers={"label.application_eur": 2e6, "label.worth": 0.2})
    assert world.hub.n == 0
    engine.advance(world, par, 1, POLICY_START + 3)
    assert world.funder.paid_eur.sum() == 0.0


def test_a_hub_that_fails_its_audit_loses_label_and_money():
    """Its money stays unspent, staff, places and brand stop; others go on."""
    policy = dataclasses.replace(small_policy(months=30), allocate="equal")
    world, par = ready(policy, numbers={"governance.turnover": 0.0, "governance.election": 0.0})
    engine.advance(world, par, 1, POLICY_START + 11)
    h = world.hub
    h.promised[1] = 1.0  # a plan that nobody could keep
    engine.step(world, par, 1)
    assert h.labelled.tolist() == [True, False, True]
    assert h.lost.tolist() == [-1, POLICY_START + 12, -1]
    assert (h.staff_fte[1], h.places[1], h.brand[1]) == (0.0, 0.0, 0.0)
    assert h.brand[[0, 2]].min() > 0.0
    paid = h.paid_eur.copy()
    engine.advance(world, par, 1, POLICY_START + 30)
    assert world.hub.paid_eur[1] == paid[1]
    np.testing.assert_allclose(world.hub.paid_eur[[0, 2]], policy.total_eur * 1.5 / 3.0)
    f = world.funder
    assert f.announced_eur.sum() - f.paid_eur.sum() == pytest.approx(policy.total_eur * 1.5 / 3.0 - paid[1])
    np.testing.assert_allclose(f.committed_eur, f.paid_eur, **CLOSE)


def test_audits_come_after_a_year_then_every_three_years():
    world, par = ready(small_policy(months=60))
    seen = []
    for _ in range(50):
        engine.step(world, par, 1)
        seen.append(int(world.hub.audited[0]) - POLICY_START)
    assert sorted(set(seen)) == [0, 12, 48]


# --- pipelines -------------------------------------------------------------------------------------------------------
def test_links_grow_and_decay_as_the_equation_says():
    """C15.1: exact against many small steps; its two limits."""
    p = PAR["pipelines"]
    for strength, effort, quality in ((0.0, 1.0, 0.6), (0.8, 0.2, 0.5), (0.4, 0.0, 0.9)):
        x, steps = strength, 20_000
        for _ in range(steps):
            x += (p.growth * quality * effort * (1.0 - x) - p.decay * x) / 12.0 / steps
        assert pipelines.next_strength(strength, effort, quality, p) == pytest.approx(x, abs=1e-6)
    assert pipelines.next_strength(0.5, 0.0, 1.0, p) == pytest.approx(0.5 * math.exp(-p.decay / 12.0))
    still = p._replace(decay=0.0, growth=0.0)
    assert pipelines.next_strength(0.5, 1.0, 1.0, still) == 0.5


def linked_world(numbers=None, switches=None):
    """Three hubs a month before January, two of them linked."""
    world, par = ready(small_policy(months=24), numbers=numbers, switches=switches)
    engine.advance(world, par, 1, POLICY_START + 10)
    world.link.strength[:] = [0.6, 0.0, 0.0]
    world.zone.labour_market[:] = np.arange(4)  # the first zone is the capital
    world.month += 1
    return world, par


def test_startups_of_a_hub_feel_the_far_end_of_its_links():
    world, par = linked_world(switches={"pipelines.gates": "all"})
    h, c = world.hub, world.cell
    pipelines.learn_from_afar(world, par.pipelines)
    for here, there in ((0, 1), (1, 0)):
        wanted = par.pipelines.knowledge * 0.6 * c.near[h.cell[there]]
        inside = np.flatnonzero(c.hub == here)
        np.testing.assert_allclose(c.linked[inside], np.tile(wanted, (inside.size, 1)))
    assert not c.linked[(c.hub == 2) | (c.hub < 0)].any()
    few = par.pipelines._replace(gates=0)
    startups = c.startups[c.hub == 1].sum()
    pipelines.learn_from_afar(world, few)
    told = 1.0 - math.exp(-few.gatekeepers * startups)
    np.testing.assert_allclose(c.linked[h.cell[0]], few.knowledge * 0.6 * told * c.near[h.cell[1]])


def test_links_bring_the_capital_nearer_as_its_role_says():
    world, par = linked_world()
    z = world.zone
    capital = int(z.workforce.sum(axis=1).argmax())
    assert world.hub.zone[0] == capital
    for role, wanted in ((0.0, 0.3), (1.0, 0.6), (-1.0, 0.0)):
        pipelines.shorten(world, par.pipelines._replace(capital_role=role, corridor=0.5))
        assert z.reach.tolist() == pytest.approx([0.0, wanted, 0.0, 0.0])


def test_investors_of_the_capital_look_along_links():
    """They count less of the distance to zones linked with it, and the others count all of it, bit for bit."""
    world, par = linked_world()
    z, km, p = world.zone, world.space.distance_km, par.funding
    assert funding.distances(world) is km  # nobody brought near
    usual, usual_novice = funding.reaches(world, km, p, 0.9)
    z.reach[:] = [0.0, 0.4, 0.0, 0.0]
    near = funding.distances(world)
    assert near[0, 1] == km[0, 1] * 0.6
    near[0, 1] = km[0, 1]
    np.testing.assert_array_equal(near, km)
    reach, novice = funding.reaches(world, funding.distances(world), p, 0.9)
    brought = np.argwhere(reach != usual)
    assert {(zone, other) for _, zone, other in brought.tolist()} == {(0, 1)}
    assert set(brought[:, 0]) == {ANGEL, SEED_FUND, GROWTH_FUND, CORPORATE, FOREIGN}
    assert reach[SEED_FUND, 0, 1] == pytest.approx((1.0 + 0.06 * km[0, 1]) ** -p.distance_fund)
    assert novice[0, 1] > usual_novice[0, 1]


def test_links_with_the_capital_change_who_raises_money():
    """Of two worlds whose links are the same but for what investors make of them; without links, none is."""
    raised = []
    for linked in (True, False):
        for corridor in (0.0, 1.0):
            world, par = ready(small_policy(months=24), numbers={"pipelines.corridor": corridor,
                                                                 "pipelines.capital_role": 0.5})
            world.zone.labour_market[:] = np.arange(4)
            world.space = dataclasses.replace(world.space, distance_km=100.0 * world.space.distance_km)
            engine.advance(world, par, 1, POLICY_START)
            world.link.strength[:] = 0.9 if linked else 0.0
            engine.advance(world, par, 1, POLICY_START + 14)
            raised.append(world.investor.invested_eur.copy())
    assert not np.array_equal(raised[0], raised[1])
    np.testing.assert_array_equal(raised[2], raised[3])


def test_links_that_nobody_pays_change_nothing():
    policy = small_policy(months=24)
    worlds = []
    for switches in ({}, {"pipelines.active": "off"}):
        world, par = ready(policy, switches=switches)
        engine.advance(world, par, 1, POLICY_START + 12)
        worlds.append(world)
    assert differences(*worlds) == set()


# --- the brand -------------------------------------------------------------------------------------------------------
def test_attention_is_divided_or_common():
    """T22: more labels lower each share where attention is divided (chi 1), not where the brand is a common good."""
    p = PAR["brand"]
    for chi, wanted in ((1.0, 0.25), (0.5, 0.5), (0.0, 1.0)):
        one, four = (brand.brand_share(1.3, 0.6, 80.0, n, p._replace(dilution=chi)) for n in (1.0, 4.0))
        assert four / one == pytest.approx(wanted)
    usual = brand.brand_share(1.0, 0.6, brand.USUAL_SIZE, 1.0, p)
    assert usual == pytest.approx(0.6**p.merit)
    assert brand.brand_share(1.0, 0.6, 4.0 * brand.USUAL_SIZE, 1.0, p) == pytest.approx(usual * 4.0**p.size)


def test_a_label_more_takes_from_the_others_in_the_model():
    shown = []
    for hubs, chi in ((2, 1.0), (3, 1.0), (2, 0.0), (3, 0.0)):
        policy = dataclasses.replace(small_policy(hubs=hubs), allocate="equal")
        world, par = ready(policy, numbers={"brand.dilution": chi})
        engine.step(world, par, 1)
        shown.append(world.hub.brand[0])
    assert shown[1] == pytest.approx(shown[0] * 2.0 / 3.0)
    assert shown[3] == pytest.approx(shown[2])


def test_events_are_noticed_as_far_as_there_is_a_brand():
    p = PAR["brand"]._replace(success=0.01, failure=0.02)
    assert brand.noticed(0.0, 5.0, 0.0, p) == 0.0
    assert brand.noticed(0.5, 2.0, 0.0, p) == pytest.approx(0.51)
    assert brand.noticed(3.0, 2.0, 4.0, p) == pytest.approx(2.94)
    assert brand.noticed(0.1, 0.0, 500.0, p) == 0.0


def test_exits_and_failures_with_much_public_money_are_talked_about():
    world, par = ready(small_policy())
    f = world.startup
    rows = np.flatnonzero(f.alive)[:5]
    f.closed[rows], f.cause[rows], f.aid_eur[rows] = world.month - 1, (1, 2, 3, 4, 4), (2e5, 5e4, 2e5, 2e5, 5e4)
    f.alive[rows], f.acquired[rows[3:]] = False, world.month - 1
    champions = np.flatnonzero(f.alive)[:6]
    f.champion_until[champions] = world.month
    assert brand.events(world, par.brand) == (6.0 / 12.0 + 1.0, 2.0)


def test_a_showcase_is_its_hubs_alone():
    world, par = ready(small_policy())
    engine.advance(world, par, 1, POLICY_START + 2)
    h = world.hub
    brand.share_brand(world, par.brand)
    before = h.brand.copy()
    h.showcase_eur[:] = (0.0, 5e4, 0.0)
    brand.share_brand(world, par.brand)
    gain = brand.next_goodwill(0.0, 12.0 * 5e4, par.brand.decay, par.brand.scale_eur)
    np.testing.assert_allclose(h.brand - before, [0.0, gain, 0.0], atol=1e-12)


def test_the_capital_relays_or_draws():
    """A showcase gives, a vacuum takes, through a full link most; no role changes nothing (MODEL C15.2)."""
    world, par = linked_world()
    h, z = world.hub, world.zone
    world.link.strength[:] = [1.0, 0.0, 0.0]
    for role, wanted in ((0.0, [3.0, 2.0, 1.0]), (0.5, [3.0, 3.5, 1.3]), (-0.5, [3.3, 1.0, 0.9])):
        h.brand[:], z.brand[:] = (3.0, 2.0, 1.0), 0.0
        brand.relay(world, role, par.brand._replace(relay=0.2))
        np.testing.assert_allclose(h.brand, wanted)
        np.testing.assert_allclose(z.brand, [*wanted, 0.3 if role > 0.0 else 0.0])



"""Investors, cap tables, exits, the relief for business angels and public co-investment."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize, stats
from worlds import BUSY, POLICY_START, group, small_policy, small_world, with_public_capital

from sim import checks, deal_flow, engine, people, rng, rounds
from sim.evaluation.gravity import gravity
from sim.fields import (
    ANGEL,
    FOREIGN,
    HOLDERS,
    N_SECTORS,
    SEED,
    SEED_FUND,
)
from sim.params import PARAMETERS
from sim.processes import capital, drivers, funding, growth
from sim.world import Table

Z = 4.0


def shares(f) -> np.ndarray:
    return np.stack([getattr(f, f"share_{holder}") for holder in HOLDERS])


# --- cap tables ------------------------------------------------------------------------------------------------------
def test_two_rounds_in_closed_form():
    """Angels first, then two funds and the public co-investor: parts after dilution, the pool from the founders'."""
    f = Table("startup", 1)
    who = {name: rank for rank, name in enumerate(HOLDERS)}
    rounds.sell(f, np.array([0]), np.array([who["angels"]]), np.array([1e5]), np.array([0]), 0.2, np.zeros(1))
    assert (f.share_founders[0], f.share_angels[0]) == pytest.approx((0.8, 0.2))
    rounds.sell(f, np.array([0]), np.array([who["funds"], who["foreign"], who["public"]]), np.array([3e5, 1e5, 1e5]),
                np.zeros(3, int), 0.2, np.array([0.1]))
    found = dict(zip(HOLDERS, shares(f)[:, 0]))
    assert found == pytest.approx({"founders": 0.8 * 0.9 * 0.8, "employees": 0.8 * 0.1 * 0.8, "angels": 0.16,
                                   "funds": 0.12, "corporate": 0.0, "foreign": 0.04, "public": 0.04, "acquirer": 0.0})


def test_parts_add_up_to_one_every_month():
    """T20: whatever happens, the capital of every startup that ever lived is owned once."""
    policy = with_public_capital(small_policy(40e6, months=36))
    world, par = small_world(3, 5, policy=policy, funds=10, people=20_000.0)
    for _ in range(40):
        engine.step(world, par, 3)
        parts = shares(world.startup)
        assert np.abs(parts.sum(axis=0) - 1.0).max() < 1e-12
        assert ((parts >= 0.0) & (parts <= 1.0)).all()
    f = world.startup
    assert all((getattr(f, f"share_{holder}") > 0.0).any() for holder in HOLDERS)
    checks.whole(world)
    f.share_funds[0] += 1e-6
    with pytest.raises(checks.InvariantError, match="capital adds up to one"):
        checks.whole(world)


# --- T26 search ------------------------------------------------------------------------------------------------------
def choices(par, investors: int, zones: int = 40, km: float = 15.0):
    """Files chosen by so many funds, each with one look at one startup a sector and zone: origin, zone, own sector?"""
    rank = np.arange(zones)
    distance = km * np.abs(rank[:, None] - rank[None, :])
    n = zones * N_SECTORS
    uid = rng.pack_uid(rng.KIND_STARTUP, np.repeat(rank, N_SECTORS), np.tile(np.arange(N_SECTORS), zones), 24000, 1)
    zone, sector = np.repeat(rank, N_SECTORS).astype(np.int16), np.tile(np.arange(N_SECTORS), zones).astype(np.int8)
    sought, visible = np.full(n, SEED, np.int8), np.ones(n)
    rows, start = deal_flow.sort_files(np.arange(n), uid, zone, sector, zones)
    fit = funding.stage_fit(par.stage_fit)
    reach = np.stack([(1.0 + distance / 10.0) ** -decay for decay in
                      (par.distance_angel, par.distance_fund, par.distance_fund, par.distance_fund, 0.0, 0.0)])
    k = np.arange(investors)
    home, own = (k % zones).astype(np.int16), (k // zones % N_SECTORS).astype(np.int8)
    investor_uid = rng.pack_uid(rng.KIND_FUND, home, 0, 24000, k)
    investor, file = deal_flow.offers(
        rng.draw_of(5, 24100), investor_uid, np.ones(investors, bool), np.zeros(investors, bool),
        np.full(investors, SEED_FUND, np.int8), home, own, np.full(investors, 1e9), np.zeros(investors, np.int32),
        np.zeros((investors, 8), np.uint64), reach, reach[0], distance, rank, fit, start, uid[rows], zone[rows],
        sector[rows], sought, visible, np.zeros(n), np.ones(n, np.int32), np.full(n, -1, np.int32),
        np.full(n, -1, np.int16), np.ones(n), 0.0, par)
    assert investor.size == investors
    startup = rows[file]
    return distance, home[investor], zone[startup], own[investor] == sector[startup]


def recovered(distance, home, zone, same) -> np.ndarray:
    """Decay with distance and pull of the own sector, by maximum likelihood of a conditional logit."""
    log_distance = np.log1p(distance / 10.0)

    def loss(theta):
        near = np.exp(-theta[0] * log_distance)
        every = near.sum(axis=1)[home] * (math.exp(theta[1]) + N_SECTORS - 1)
        return -(-theta[0] * log_distance[home, zone] + theta[1] * same - np.log(every)).mean()

    return optimize.minimize(loss, (0.1, 1.0), method="BFGS").x


def test_distance_and_sector_are_recovered_from_pairs():
    """T26: what an econometrician finds in pairs of investors and startups is what was put in."""
    par = group("funding", bar_fund=-100.0, fund_looks=1.0)
    decay, liking = recovered(*choices(par, 32_000))
    assert abs(decay - 0.30) < 0.03
    assert abs(liking - math.log(6.0)) < 0.15


def test_t26_the_gravity_of_the_laboratory_finds_it_in_deals_of_the_model():
    """Deals counted by pair of zones, empty ones included, with an effect of each end: Poisson, errors robust."""
    zones = 16
    par = group("funding", bar_fund=-100.0, fund_looks=1.0)
    distance, home, zone, same = choices(par, 32_000, zones)
    counts = np.bincount((home.astype(int) * zones + zone) * 2 + same, minlength=zones * zones * 2).astype(float)
    origin, destination, alike = (each.ravel() for each in np.indices((zones, zones, 2)))
    km = 10.0 + distance[origin, destination]  # investors feel one and a tenth a kilometre
    found = gravity(counts, km, origin, destination, alike.astype(float))
    assert found.distance.value == pytest.approx(-0.30, abs=0.03)
    odds = found.alike.value + math.log(N_SECTORS - 1)  # one sector is the investor's own, the others are not
    assert odds == pytest.approx(math.log(6.0), abs=0.15)
    assert found.distance.covers(-0.30)


def test_angels_look_nearer_than_funds_and_foreign_funds_farther():
    p = group("funding")
    assert p.distance_angel > p.distance_fund > p.distance_foreign


def test_investors_follow_their_stage():
    fit = funding.stage_fit(0.2)
    np.testing.assert_allclose(fit[SEED_FUND, SEED:], (1.0, 0.2, 0.04))
    np.testing.assert_allclose(fit[FOREIGN, SEED:], (0.04, 0.2, 1.0))
    np.testing.assert_allclose(fit[ANGEL], (0.0, 1.0, 0.0, 0.0))


# --- syndicates ------------------------------------------------------------------------------------------------------
def partners_of(months: int, deals, past, distance_km) -> np.ndarray:
    """Times each of the others was invited by the first of some funds, one partner a round."""
    n, par = len(deals), group("funding")
    home, kind = np.arange(n).astype(np.int16), np.full(n, SEED_FUND, np.int8)
    uid = rng.pack_uid(rng.KIND_FUND, home, 0, 24000, np.arange(n))
    memory = np.zeros((n, 8), np.uint64)
    memory[0, :len(past)] = uid[list(past)]
    km = np.abs(np.subtract.outer(distance_km, distance_km))
    reach, fit = np.stack([(1.0 + km / 10.0) ** -par.distance_fund] * 6), funding.stage_fit(par.stage_fit)
    count = np.zeros(n)
    for month in range(months):
        _, partner, _ = rounds.invite(
            rng.draw_of(2, 24000 + month), np.array([0]), np.array([0]), np.array([1]), np.array([1e5]),
            uid[:1], home[:1], np.array([SEED], np.int8), np.arange(n),
            rounds.standing(np.array(deals), par.attachment), uid, kind, home, np.full(n, 1e6), memory, reach, fit,
            par.ties, km)
        assert partner.size == 1
        count[partner[0]] += 1
    return count


def test_partners_are_drawn_by_deals_distance_and_past_rounds():
    deals, km, months, par = (50, 0, 3, 30, 8), (0.0, 0.0, 20.0, 200.0, 400.0), 4000, group("funding")
    count = partners_of(months, deals, (3, 3), km)
    weight = (1.0 + np.array(deals)) ** par.attachment * (1.0 + np.array(km) / 10.0) ** -par.distance_fund
    weight[3] *= 1.0 + 2.0 * par.ties
    weight[0] = 0.0
    expected = months * weight / weight.sum()
    assert count[0] == 0
    assert ((count - expected)[1:] ** 2 / expected[1:]).sum() < stats.chi2.isf(6e-5, 3)


def test_a_partner_nearby_cancels_the_distance():
    """The file of a startup far from who led its round pulls as if it were where the nearest partner is."""
    par, km = group("funding"), np.array([[0.0, 400.0, 390.0], [400.0, 0.0, 10.0], [390.0, 10.0, 0.0]])
    reach, fit = (1.0 + km / 10.0) ** -par.distance_fund, funding.stage_fit(par.stage_fit)[SEED_FUND]
    uid, memory = np.array([7, 8], np.uint64), np.zeros((2, 8), np.uint64)
    memory[1, 3] = 7

    def pull(k: int, backer: int) -> float:
        _, pulls = deal_flow.known_files(
            k, np.array([0]), uid[:1], np.array([0]), np.array([backer], np.int16), np.array([1], np.int16),
            np.zeros(1, np.int8), np.array([SEED]), np.ones(1), memory, np.zeros(2, np.int16), 1, reach, fit, 1.0,
            par.ties)
        return float(pulls[0])

    assert pull(0, 0) == pytest.approx(par.ties * reach[0, 1])
    assert pull(0, 2) == pytest.approx(par.ties * reach[2, 1])  # a partner ten kilometres away
    assert pull(1, 2) == pytest.approx(par.ties * reach[0, 1])  # a past partner of the leader has no partner there


# --- money of funds --------------------------------------------------------------------------------------------------
def test_foreign_money_by_year_and_by_brand():
    p = group("capital")
    assert capital.foreign_part(2010.0, p.foreign_2013, p.foreign_2021) == p.foreign_2013
    assert capital.foreign_part(2017.0, 0.2, 0.6) == pytest.approx(0.4)
    assert capital.foreign_part(2030.0, p.foreign_2013, p.foreign_2021) == p.foreign_2021
    assert capital.foreign_response(0.0, 0.5) == 1.0
    assert capital.foreign_response(3.0, 0.0) == 1.0
    assert capital.foreign_response(3.0, 0.5) == pytest.approx(2.0)
    assert PARAMETERS["capital.brand"].low == 0.0  # the brand may bring nothing


def test_the_imposed_supply_is_what_funds_get():
    """Without dry powder to send back, funds get the imposed supply of the year, whatever houses came and went."""
    world, _ = small_world(1, 20, funds=40)
    par = engine.parameters(BUSY | {"funding.dry_powder": 5.0}, {}, policy_start=POLICY_START)
    v = world.investor
    v.money_eur[:] = 0.0
    v.vintage[:] = world.month - 12 * (np.arange(v.n) % 6)
    scale = v.share[v.kind != ANGEL].sum()
    foreign = v.share[v.kind == FOREIGN].sum()
    for _ in range(14):
        world.month += 1
        drivers.step(world, par, rng.draw_of(1, world.month))
        world.ledger.clear()
        capital.step(world, par, rng.draw_of(1, world.month))
        v = world.investor
        of_funds = v.kind != ANGEL
        index = world.nation.capital_index[0] * par.funding.supply_2013_eur / 12.0
        part = capital.foreign_part(world.month / 12.0, par.capital.foreign_2013, par.capital.foreign_2021)
        expected = index * (part * foreign + (1.0 - part) * (scale - foreign))
        assert capital.yearly_money(world, par)[of_funds].sum() / 12.0 == pytest.approx(expected, rel=1e-12)
    assert 0 < (~v.active).sum() == v.n - np.isin(v.uid, np.unique(v.uid[v.active])).sum()
    assert (v.money_eur[~v.active] == 0.0).all()
    assert np.unique(v.uid).size == v.n


def test_the_better_half_raises_another_fund():
    world, par = small_world(1, 20, funds=0)
    v = world.investor
    rows, v = v.add(5), world.investor
    v.kind[rows], v.zone[rows], v.vintage[rows], v.share[rows] = SEED_FUND, 0, world.month - 60, 0.2
    v.uid[rows] = rng.pack_uid(rng.KIND_FUND, 0, 0, 24000, 100 + np.arange(5))
    v.invested_eur[rows], v.returned_eur[rows], v.money_eur[rows] = 10.0, (3.0, 50.0, 0.0, 20.0, 9.0), 2.0
    capital.renew(world, SEED_FUND, par.capital)
    v = world.investor
    np.testing.assert_array_equal(v.active[rows], (False, True, False, True, True))
    assert v.share[v.kind == SEED_FUND].sum() == pytest.approx(1.0)
    assert v.share[rows[1]] > v.share[rows[3]] > v.share[rows[4]] > 0.0
    assert v.n == rows[-1] + 3
    assert (v.deals[-2:] == 0).all()
    assert float(world.ledger["investors", "limited partners", "end of fund"].sum()) == pytest.approx(10.0)


def deals_with(factor: float, seed: int) -> float:
    """Rounds and angel deals of three years with so much more money from the second year on."""
    numbers = {"funding.supply_2013_eur": 700e6 * factor}
    world, par = small_world(seed, 20, funds=12, people=40_000.0, numbers=numbers)
    world.investor.money_eur[:] = 0.2e6
    engine.advance(world, par, seed, world.month + 36)
    return float(world.flows["rounds"].sum())


def test_more_supply_means_more_deals():
    """T22, finance."""
    few, many = (np.array([deals_with(factor, seed) for seed in (1, 2)]) for factor in (1.0, 1.7))
    assert (many > few).all()


# --- public money ----------------------------------------------------------------------------------------------------
def test_public_money_joins_private_rounds_up_to_its_share():
    policy = with_public_capital(small_policy(8e6, months=48))
    world, par = small_world(2, 20, policy=policy, funds=12, people=40_000.0)
    engine.advance(world, par, 2, POLICY_START + 30)
    f = world.startup
    assert 0.0 < f.public_part.max() <= 0.4 + 1e-12
    paid = {key: float(eur.sum()) for key, eur in world.ledger.items()}
    joined = sum(paid[payer, "startups", "co_investment"] for payer in ("State", "regions", "departements"))
    assert joined > 0.0
    assert f.aid_eur.sum() >= joined * (1.0 - 1e-12)
    assert (world.zone.coinvest_eur >= -1e-6).all()


def test_a_moderate_public_part_helps_and_a_large_one_harms():
    p = group("coinvestment")
    assert growth.joined(0.0, p.first, p.second) == 0.0
    assert growth.joined(0.3, p.first, p.second) > 0.0 > growth.joined(0.7, p.first, p.second)
    assert growth.joined(0.6, p.first, p.second) == pytest.approx(0.0, abs=1e-12)


# --- P8, the relief for business angels ------------------------------------------------------------------------------
def angels_with(rate: float, seed: int) -> dict[str, float]:
    """A world with as many angels a startup as France, four years under a relief: what they do in the last two."""
    policy = small_policy(1e6, months=60, hubs=1)
    policy = replace(policy, measures=(replace(policy.measures[0], kind="angel_tax", share=0.0, terms={"rate": rate}),))
    numbers = {name: param.default for name, param in PARAMETERS.items() if name.split(".")[0] in ("funding", "exits")}
    world, par = small_world(seed, 20, funds=12, people=300_000.0, numbers=numbers, policy=policy)
    engine.advance(world, par, seed, POLICY_START - 1)
    deals_before = world.flows["angel_deals"].sum()
    engine.advance(world, par, seed, POLICY_START + 23)
    early = world.investor.deals.copy()
    engine.advance(world, par, seed, POLICY_START + 47)
    v, f = world.investor, world.startup
    deals, novice = v.deals - np.r_[early, np.zeros(v.n - early.size, np.int32)], v.novice & v.active
    cost = sum(float(eur.sum()) for (payer, _, what), eur in world.ledger.items() if what == "angel_tax")
    every = world.flows["angel_deals"].sum() - deals_before
    assert cost == pytest.approx(rate * 114e3 * every)  # whether it would have been made or not
    return {"groups": float(((v.kind == ANGEL) & v.active & ~novice).sum()), "novices": float(novice.sum()),
            "deals": float(deals[(v.kind == ANGEL) & ~v.novice].sum()), "new_deals": float(deals[v.novice].sum()),
            "entries": float(world.flows["entries"].sum()), "jobs": float(f.staff[f.alive].sum())}


def test_a_relief_brings_angels_and_deals_but_no_firms_nor_jobs():
    """P8 by construction: +32 % angels, +18 % investments, no effect on entry and jobs."""
    without, given = ({key: sum(one[key] for one in worlds) for key in worlds[0]} for worlds in
                      ([angels_with(rate, seed) for seed in (6, 7, 8)] for rate in (0.0, 0.35)))
    people = capital.tax_response(0.35, PARAMETERS["angels.tax_people"].default) - 1.0
    money = capital.tax_response(0.35, PARAMETERS["angels.tax_deals"].default) - 1.0
    assert (people, money) == (pytest.approx(0.32, abs=0.005), pytest.approx(0.18, abs=0.005))
    n, came, deals = given["groups"], given["novices"], given["new_deals"]
    assert abs(came / n - people) < Z * math.sqrt(people * (1.0 - people) / n)
    drawn = came / n / people  # how many came, against their chance
    assert abs(deals / given["deals"] / drawn - money) < Z * money / math.sqrt(deals)
    for what in ("entries", "jobs", "deals"):
        assert abs(given[what] - without[what]) < Z * math.sqrt(2.0 * without[what]), what
        assert abs(given[what] / without[what] - 1.0) < 0.02 or what == "deals", what


def test_new_angels_make_just_the_deals_that_more_money_pays():
    n = 2000
    world = SimpleNamespace(investor=Table("investor", n), nation=SimpleNamespace(angel_relief=np.array([0.35])),
                            zone=SimpleNamespace(n=1), pay=lambda *_: None)
    v = world.investor
    v.uid[:] = rng.pack_uid(rng.KIND_ANGEL, 0, 0, 24000, np.arange(n))
    v.kind[:], v.zone[:], v.active[:], v.largest_eur[:] = ANGEL, 0, True, 1e5
    par = group("angels")
    capital.follow_relief(world, SimpleNamespace(angels=par), rng.draw_of(1, 24000))
    v = world.investor
    people, money = (capital.tax_response(0.35, e) - 1.0 for e in (par.tax_people, par.tax_deals))
    came = v.novice & v.active
    assert v.share[came] == pytest.approx(rounds.ANGEL_DEALS * money / people)
    assert (v.share[v.novice & ~v.active] == 0.0).all()
    assert abs(came.sum() - n * people) < Z * math.sqrt(n * people * (1.0 - people))


def test_most_deals_of_new_angels_add_nothing():
    """Half of them replace other early finance, three in ten are insiders', two in ten are new money."""
    n, paid, counted = 4000, {}, {}
    par = SimpleNamespace(angels=group("angels"))
    world = SimpleNamespace(startup=Table("startup", n), investor=Table("investor", 1))
    world.pay = lambda payer, payee, what, zone, eur: paid.update({what: eur.size})
    world.count = lambda flow, zone, eur: counted.update({flow: eur.sum()})
    f, v = world.startup, world.investor
    f.uid[:], f.cash_eur[:], v.novice[:] = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n)), 10.0, True
    usual = funding.usual_money(world, par, rng.draw_of(1, 24000), np.zeros(n, int), np.arange(n), np.full(n, 4.0))
    for found, chance in ((paid["early finance replaced"], 0.5), (paid["insiders replaced"], 0.3), (usual.sum(), 0.8)):
        assert abs(found - n * chance) < Z * math.sqrt(n * chance * (1.0 - chance))
    np.testing.assert_array_equal(f.cash_eur, np.where(usual, 6.0, 10.0))
    assert counted == {"replaced_eur": 4.0 * usual.sum()}


def test_people_know_who_has_succeeded():
    """The alumni of an exit keep a row of their own: they do not go back to a bundle."""
    world, _ = small_world(1, 20)
    t = world.talent
    staff = np.flatnonzero(t.alive & (t.status == 1) & (t.bundle >= 0))[:4]
    t.alumni_until[staff[:2]] = world.month + 5
    t.status[staff], t.employer[staff] = 0, -1
    people.rejoin(t, staff)
    assert t.alive[staff[:2]].all()

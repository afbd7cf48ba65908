"""Aid to firms: what reliefs give back, who is granted, how loans come back, what the mean firm pays all the same."""

from dataclasses import replace

import numpy as np
import pytest
from compare_worlds import differences
from worlds import POLICY_START, small_parameters, small_policy

from sim import checks, engine, rng, treasury
from sim.fields import FIRST, SEED
from sim.policy import Measure
from sim.processes import aid, cash, funding

DRAW = rng.draw_of(1, POLICY_START)


def policy_of(kind: str, terms: dict[str, float], total_eur: float = 8e6, weights: np.ndarray | None = None, **more):
    """A policy of one lever, in the first zone unless said otherwise."""
    policy = small_policy(total_eur, **more)
    first = np.array([1.0, 0.0, 0.0, 0.0]) if weights is None else weights
    measure = Measure(0, kind, kind, 1.0, terms, policy.first, policy.last, 0, first)
    return replace(policy, places=(), measures=(measure,))


def with_pot(untouched, kind: str, terms: dict[str, float], pot_eur: float, **numbers):
    """A world before its first month of aid, with a pot in the first zone, and accounts open."""
    world, _ = untouched()
    par = small_parameters(numbers, policy=policy_of(kind, terms, 1e9))
    world.month = POLICY_START
    treasury.open_accounts(world, par.policy)
    getattr(world.zone, f"{kind}_eur")[0] = pot_eur
    return world, par


# --- reliefs ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("share", "age", "more", "wanted"), [
    (0.30, 95, (0.0, 0.0), (0.75 * 0.13, 0.09, 0.0, 0.0)),
    (0.30, 96, (0.5, 0.1), (0.0, 0.09, 0.0, 0.03)),
    (0.1499, 0, (0.5, 0.0), (0.0, 0.3 * 0.1499, 0.0, 0.0)),
    (0.15, 0, (0.2, 0.0), (0.75 * 0.13, 0.045, 0.15, 0.0)),
    (0.9, 0, (1.0, 1.0), (0.75 * 0.13, 0.27, 0.9 - 0.0975 - 0.27, 0.0)),  # never more than nine tenths
])
def test_reliefs_have_their_closed_form(share, age, more, wanted):
    par = small_parameters().cash
    np.testing.assert_allclose(cash.reliefs(share, age, *more, par), wanted, rtol=1e-12, atol=1e-15)


def test_research_follows_the_stage_up_to_a_limit():
    assert [cash.research_share(0.2, x) for x in cash.OF_STAGE] == pytest.approx([0.18, 0.26, 0.24, 0.2])
    assert cash.research_share(5.0, 1.0) == cash.MOST_RESEARCH


def test_research_has_the_mean_of_its_trade():
    """Lognormal: 200,000 draws, four standard errors."""
    n, spread = 200_000, 0.8
    drawn = cash.traits(DRAW, np.arange(n, dtype=np.uint64), np.full(n, 0.2), spread)
    error = 0.2 * np.sqrt(np.expm1(spread**2) / n)
    assert abs(drawn.mean() - 0.2) < 4.0 * error
    assert abs(np.log(drawn).std() - spread) < 4.0 * spread / np.sqrt(2 * n)


def test_the_mean_employee_costs_what_it_did(untouched):
    """Rule N1: before the policy, reliefs spread costs among firms and leave their sum alone."""
    world, par = untouched()
    world.month = POLICY_START - 1
    with_reliefs, without = world.copy(), world.copy()
    cash.step(with_reliefs, par, DRAW)
    cash.step(without, small_parameters(switches={"cash.reliefs": "off"}), DRAW)
    f, old = with_reliefs.startup, without.startup
    assert 0.03 < with_reliefs.nation.relief_reference[0] < 0.25
    assert f.employee_cost.std() > 0.03
    rows = f.alive
    assert (f.burn_eur + f.revenue_eur)[rows].sum() == pytest.approx((old.burn_eur + old.revenue_eur)[rows].sum(),
                                                                     rel=1e-12)
    assert f.cash_eur[rows].sum() == pytest.approx(old.cash_eur[rows].sum(), rel=1e-12)


def test_the_reference_is_frozen_when_the_policy_starts(untouched):
    world, par = untouched()
    engine.advance(world, par, 1, POLICY_START - 1)
    before = world.nation.relief_reference[0]
    engine.advance(world, par, 1, POLICY_START + 12)
    assert world.nation.relief_reference[0] == before > 0.0


def test_research_is_a_trait_and_the_same_in_every_policy(untouched):
    world, par = untouched()
    other, _ = untouched()
    engine.advance(world, par, 1, POLICY_START + 5)
    engine.advance(other, small_parameters(policy=small_policy(80e6)), 1, POLICY_START + 5)
    f, g = world.startup, other.startup
    assert (f.research[f.alive] > 0.0).all()
    same, a, b = np.intersect1d(f.uid, g.uid, return_indices=True)
    assert same.size > 30
    np.testing.assert_array_equal(f.research[a], g.research[b])


def relieved(untouched, kind: str, rate: float):
    world, _ = untouched()
    policy = small_policy(0.0)
    measure = Measure(0, kind, kind, 0.0, {"rate": rate}, policy.first, policy.last, 0, None)
    par = small_parameters(policy=replace(policy, places=(), measures=(measure,)))
    world.ledger.clear()
    engine.step(world, par, 1)
    return world, par


@pytest.mark.parametrize(("kind", "existing", "usual"), [("young_firms", "JEI", 0.13), ("research_credit", "CIR", 0.3)])
def test_a_relief_costs_its_rate_times_what_is_claimed(untouched, kind, existing, usual):
    world, _ = relieved(untouched, kind, 0.1)
    added = world.ledger["State", "startups", kind].sum()
    claimed = world.ledger[cash.TAX_EXPENDITURE, "startups", existing].sum()
    assert added == pytest.approx(0.1 / usual * claimed, rel=1e-9)
    assert world.startup.aid_eur.sum() == pytest.approx(added, rel=1e-12)
    assert world.startup.aided.sum() > 3
    assert world.startup.employee_cost[world.startup.aided].max() < 1.0 + usual


def test_a_relief_makes_firms_hire(untouched):
    """Twelve months at a fifth of pay: more jobs in the same world with the same luck."""
    world, _ = untouched()
    plain, par = untouched()
    _, with_relief = relieved(untouched, "young_firms", 0.3)
    engine.advance(world, with_relief, 1, POLICY_START + 23)
    engine.advance(plain, par, 1, POLICY_START + 23)
    assert world.startup.staff.sum() > plain.startup.staff.sum()


# --- grants ----------------------------------------------------------------------------------------------------------
def test_grants_never_exceed_the_pot(untouched):
    """Whole grants only: the rest waits; the best files first, as they are seen."""
    world, par = with_pot(untouched, "grants", {"grant": 30e3}, 100e3, **{"aid.apply": 0.6, "aid.noise": 0.0})
    f, before = world.startup, world.startup.cash_eur.copy()
    aid.grants(world, par, DRAW)
    chosen = np.flatnonzero(f.last_grant == POLICY_START)
    assert chosen.size == 3
    assert world.zone.grants_eur[0] == pytest.approx(10e3)
    assert (f.zone[chosen] == 0).all()
    applied = np.flatnonzero(f.cash_eur != before)
    assert applied.size > chosen.size
    assert f.quality[chosen].min() >= np.sort(f.quality[applied])[-3]
    time = par.aid.paperwork * par.labour.founder_cost_eur
    np.testing.assert_allclose((f.cash_eur - before)[chosen], 30e3 - time)
    np.testing.assert_allclose((f.cash_eur - before)[np.setdiff1d(applied, chosen)], -time)
    assert sum(eur.sum() for (_, to, kind), eur in world.ledger.items() if kind == "grants") == pytest.approx(90e3)
    assert world.ledger["startups", "households", "paperwork"].sum() == pytest.approx(applied.size * time)


def test_delay_lengthens_paperwork(untouched):
    spent = []
    for delay in (1.0, 2.5):
        world, par = with_pot(untouched, "grants", {"grant": 30e3}, 100e3, **{"aid.apply": 0.6})
        world.zone.delay[:] = delay
        aid.grants(world, par, DRAW)
        spent.append(world.ledger["startups", "households", "paperwork"].sum())
    assert spent[1] == pytest.approx(2.5 * spent[0])


def test_a_grant_is_first_and_early_once(untouched):
    world, par = with_pot(untouched, "grants", {"grant": 1e3}, 1e9, **{"aid.apply": 0.6, "aid.between": 12.0})
    f = world.startup
    f.birth[:] = POLICY_START - 12
    f.stage[::2], f.stage[1::2] = SEED, FIRST
    aid.grants(world, par, DRAW)
    got = f.last_grant >= 0
    assert (f.granted[got & (f.stage == SEED)] == POLICY_START).all()
    assert (f.granted[f.stage == FIRST] == -1).all()
    assert got.sum() > 5
    world.month += 12
    first = f.granted.copy()
    aid.grants(world, par, rng.draw_of(1, world.month))
    assert ((f.last_grant == world.month) & got).any()
    np.testing.assert_array_equal(f.granted[got], first[got])


def test_a_first_grant_doubles_the_looks_of_investors():
    par = small_parameters().funding
    looks = [funding.certification(granted, par) for granted in (POLICY_START, 0, -1)]
    assert looks == pytest.approx([2.0, 2.0, 1.0], rel=0.01)


def test_a_prototype_goes_to_investors():
    """With much cash and common quality a startup seeks money for half a year after a grant, but not after a round."""
    par = small_parameters().funding
    assert funding.seeks.py_func(24, 100, np.inf, 0.0, 5, par)
    assert not funding.seeks.py_func(24, 100, np.inf, 0.0, 6, par)
    assert not funding.seeks.py_func(24, par.between_rounds - 1, np.inf, 0.0, 0, par)
    assert funding.seeks.py_func(24, 100, par.runway - 1, 0.0, 100, par)


# --- loans -----------------------------------------------------------------------------------------------------------
def test_a_loan_is_paid_back_in_equal_parts_after_a_year():
    par = small_parameters().aid
    debt, paid = np.array([60e3]), []
    for month in range(100, 180):
        due = aid.instalment(debt, np.array([100]), month, par.grace, par.term)
        debt = debt - due
        paid.append(due[0])
    assert paid[:13] == [0.0] * 13
    np.testing.assert_allclose(paid[13:73], 1e3, rtol=1e-9)
    assert paid[73:] == [0.0] * 7
    assert debt[0] == 0.0


def test_loans_come_back_to_those_who_lent(untouched):
    world, par = with_pot(untouched, "loans", {"loan": 72e3}, 300e3, **{"aid.apply": 0.6, "aid.grace": 0.0})
    f = world.startup
    aid.loans(world, par, DRAW)
    lent = np.flatnonzero(f.debt_eur > 0.0)
    assert 0 < lent.size <= 4
    world.ledger.clear()
    books, cash_before = checks.take_books(world), f.cash_eur[lent].copy()
    f.alive[lent[0]], f.cash_eur[lent[0]] = False, 0.0
    world.month += 1
    aid.repay(world, par)
    assert f.debt_eur[lent[0]] == 0.0  # lost
    np.testing.assert_allclose(f.instalment_eur[lent[1:]], 1200.0)
    np.testing.assert_allclose(f.cash_eur[lent[1:]], cash_before[1:] - 1200.0)
    back = 1200.0 * (lent.size - 1)
    assert world.ledger["startups", "State", "loans repaid"].sum() == pytest.approx(back / 1.5)
    assert world.funder.recovered_eur[1] == pytest.approx(back / 1.5)
    assert world.funder.recovered_eur.sum() == pytest.approx(back)
    assert checks.take_books(world).public == books.public == 0.0


# --- champions and purchases -----------------------------------------------------------------------------------------
def test_champions_are_the_largest_that_grew(untouched):
    world, par = with_pot(untouched, "champions", {"cost_per_firm": 80e3}, 170e3)
    f = world.startup
    f.staff_in_january[:] = f.staff - 1
    here = np.flatnonzero(f.alive & (f.zone == 0) & (f.staff > 1))
    largest = here[np.lexsort((f.uid[here], -f.staff[here]))]
    f.staff_in_january[largest[0]] = f.staff[largest[0]]  # the largest did not grow
    aid.champions(world, par)
    chosen = np.flatnonzero(f.champion_until == POLICY_START + 11)
    assert set(chosen) == set(largest[1:3])
    assert world.zone.champions_eur[0] == pytest.approx(10e3)


def test_orders_go_by_fit_and_last_a_month(untouched):
    world, par = with_pot(untouched, "procurement", {"contract": 1e3}, 1e9, **{"aid.fit": 3.0})
    f = world.startup
    revenue = f.revenue_eur.copy()
    world.zone.procurement_eur[0] = 5e3
    world.zone.theme[0] = np.where(np.arange(8) == f.sector[np.flatnonzero(f.zone == 0)[0]], 400.0, 0.0)
    aid.purchases(world, par, DRAW)
    got = np.flatnonzero(f.contract_eur > 0.0)
    fits = f.alive & (f.zone == 0) & (world.zone.theme[0][f.sector] > 0.0)
    assert got.size == 5
    assert fits[got].sum() == min(5, fits.sum())
    np.testing.assert_array_equal(f.revenue_eur, revenue)
    world.month += 1
    world.zone.procurement_eur[0] = 0.0
    aid.purchases(world, par, DRAW)
    assert (f.contract_eur == 0.0).all()


def test_an_order_keeps_a_founder_going(untouched):
    world, par = untouched()
    f = world.startup
    rows = np.flatnonzero(f.alive)
    f.revenue_eur[rows], f.months_low[rows], f.contract_eur[rows[::2]] = 0.0, 3, 1e6
    cash.step(world, par, DRAW)
    assert (f.months_low[rows[::2]] == 0).all()
    assert (f.months_low[rows[1::2]] == 4).all()


@pytest.mark.parametrize("kind", ["grants", "loans", "champions", "procurement"])
def test_aid_off_leaves_the_pots(untouched, kind):
    terms = {aid.PRICES[kind]: 10e3}
    world, _ = untouched()
    par = small_parameters(switches={"aid.active": "off"}, policy=policy_of(kind, terms))
    engine.advance(world, par, 1, POLICY_START + 6)
    assert getattr(world.zone, f"{kind}_eur")[0] > 100e3
    assert not world.startup.aided.any()
    other, _ = untouched()
    engine.advance(other, small_parameters(policy=policy_of(kind, terms)), 1, POLICY_START + 6)
    assert "startup.aided" in differences(world, other)


# --- published effects (P9) -------------------------------------------------------------------------------------
def test_a_first_grant_doubles_the_chance_of_capital(untouched):
    """P9, by construction: the same firms, half of them granted, over sixty draws of a month of investors."""
    world, par = untouched()
    v, f = world.investor, world.startup
    rows = np.flatnonzero(f.alive)
    f.quality[:], f.birth[:], f.stage[:], f.last_round[:], f.raised_eur[:] = 5.0, world.month - 24, 0, -1, 0.0
    f.cash_eur[:], f.burn_eur[:], f.staff[rows] = 0.0, 1e3, np.maximum(f.staff[rows], 1)
    half = rows[np.argsort(rng.uniforms(DRAW, rng.LOTTERY, f.uid[rows]))[::2]]
    funded = np.zeros((2, f.n))
    for k, granted in enumerate((half, np.setdiff1d(rows, half))):  # each half in its turn: what else differs cancels
        f.granted[:] = -1
        f.granted[granted] = world.month - 6
        for month in range(60):
            other = world.copy()
            other.investor.money_eur[v.kind == 1] = 1e9
            other.month += month
            funding.step(other, par, rng.draw_of(7, other.month))
            funded[k] += other.startup.rounds > f.rounds
    with_grant = funded[0, half].sum() + funded[1, np.setdiff1d(rows, half)].sum()
    without = funded.sum() - with_grant
    assert without > 100
    error = np.sqrt(1.0 / with_grant + 1.0 / without)
    assert abs(np.log(with_grant / without) - np.log(2.0)) < 4.0 * error

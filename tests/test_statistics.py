"""With interactions off the model is its closed form: laws, not only means.

Seeds are fixed. Tolerances are formulas: a statistic within Z standard errors of its expectation (one false alarm in
16,000), or the band of Dvoretzky, Kiefer and Wolfowitz for a whole distribution.
"""

import math

import numpy as np
import pytest
from scipy import stats
from worlds import POLICY_START, group, small_parameters, small_policy, small_world

from sim import engine, params, people, rng
from sim.compare import aa_test
from sim.fields import ALIVE, EMPLOYEE, N_SECTORS
from sim.processes import closure, founding, growth

Z = 4.0
U64 = np.uint64


def dkw(n: int, alpha: float = 6e-5) -> float:
    """Half width of the band that holds a whole empirical distribution of `n` draws."""
    return math.sqrt(math.log(2.0 / alpha) / (2.0 * n))


def standard_error(counts: np.ndarray) -> float:
    return float(counts.std(ddof=1) / math.sqrt(counts.size))


# --- T1 births -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def births():
    """Births by month over 1,500 months among the same 1,998 people, interactions off, and their expected number."""
    n, months, hazard = 1998, 1500, 4e-3
    uid = rng.pack_uid(rng.KIND_TALENT, 0, 0, 24000, np.arange(n))
    par = group("founding", interactions=1, base_hazard=hazard)
    none, zone, birth = np.zeros(n, np.int8), np.zeros(n, np.int16), np.full(n, POLICY_START, np.int32)
    weight, ages = np.ones(n, np.int32), np.ones(months)
    turn = np.array([people.turn_of(u) for u in uid])
    each = np.ones((1, N_SECTORS))
    boost, late = np.ones(1), np.full(n, -1, np.int32)
    factor = founding.zone_factors(np.ones(1), each, *[np.ones(1)] * 5, par)
    most = founding.highest_hazard(factor, boost, ages, par)
    counts = []
    for month in range(POLICY_START, POLICY_START + months):
        draw = rng.draw_of(7, month)
        rows = np.flatnonzero(people.has_turn(turn, month, founding.FOUND_EVERY))
        who = founding.free_founders(draw, month, rows, uid, weight, zone, none, birth, none, none, none > 0, late,
                                     factor, boost, ages, most, par)
        counts.append(who.size)
    turns = founding.FOUND_EVERY
    return np.array(counts), n / turns * -math.expm1(-hazard * turns)


def test_births_have_the_mean_of_their_hazard(births):
    counts, expected = births
    assert abs(counts.mean() - expected) < Z * math.sqrt(expected / counts.size)


def test_births_are_poisson(births):
    """Variance equals mean (dispersion test), and the whole law is Poisson's."""
    counts, expected = births
    dispersion = counts.var(ddof=1) / counts.mean()
    assert abs(dispersion - 1.0) < Z * math.sqrt(2.0 / counts.size)
    values = np.arange(counts.max() + 1)
    law = stats.poisson.cdf(values, expected)
    found = np.searchsorted(np.sort(counts), values, side="right") / counts.size
    assert np.abs(found - law).max() < dkw(counts.size)


def test_births_of_different_months_are_independent(births):
    counts, _ = births
    for lag in (1, 2, 12):
        assert abs(np.corrcoef(counts[lag:], counts[:-lag])[0, 1]) < Z / math.sqrt(counts.size - lag)


def test_employees_found_at_the_rate_of_their_own_hazard():
    """One draw a startup gives each employee without a career the hazard he or she would have alone; others draw."""
    firms, size, months = 300, 5, 396
    n = firms * size
    par = group("founding", base_hazard=2e-3, interactions=1)
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(firms))
    first = (np.arange(firms) * size).astype(np.int32)
    following = np.where(np.arange(n) % size == size - 1, -1, np.arange(n) + 1).astype(np.int32)
    employer, persons = np.repeat(np.arange(firms), size), rng.pack_uid(rng.KIND_TALENT, 0, 0, 24000, np.arange(n))
    turn = np.array([people.turn_of(person) for person in persons])
    age = np.tile(np.array([28, 34, 40, 46, 52]) * 12, firms)
    foundations = (np.arange(n) % size >= 3).astype(np.int8)
    alive, staff, founders = np.ones(firms, bool), np.full(firms, size + 2, np.int32), np.full(firms, 2, np.int8)
    succeeded, late = np.arange(n) % size == 3, np.full(n, -1, np.int32)
    late[np.arange(n) % size == 2] = 10**6
    zone, sector, status = np.zeros(firms, np.int16), np.zeros(firms, np.int8), np.full(n, EMPLOYEE, np.int8)
    birth, factor, ages = (POLICY_START - age).astype(np.int32), np.ones((1, N_SECTORS)), founding.age_table(par)
    found = np.zeros(size)
    for month in range(months):
        draw = rng.draw_of(3, POLICY_START + month)
        now = POLICY_START + month % 12
        rows = people.startups_in_turn(now, founding.FOUND_EVERY, alive, uid)
        who = founding.spin_offs(draw, now, rows, uid, staff, founders, zone, sector, first, following, birth,
                                 foundations, late, factor, ages, par)
        found += np.bincount(who % size, minlength=size)
        _, rows = founding.whose_turn(now, np.ones(n, bool), status, turn, foundations, late)
        assert (rows % size >= 2).all()
        assert people.has_turn(turn[rows], now, founding.FOUND_EVERY).all()
        who = founding.serial_founders(draw, now, rows, persons, employer, zone, sector, birth, foundations, succeeded,
                                       late, factor, ages, par)
        found += np.bincount(who % size, minlength=size)
    career = np.array([1.0, 1.0, par.alumni, par.serial_success, par.serial_failure])
    hazard = 2e-3 * par.startup_employee * career
    hazard *= np.exp(-0.5 * ((age[:size] / 12 - par.age_peak) / par.age_spread) ** 2)
    turn = founding.FOUND_EVERY * np.array([hazard[:2].sum()] * 2 + list(hazard[2:]))
    expected = months * firms * hazard * -np.expm1(-turn) / turn  # of those without a career, one a startup and turn
    assert (np.abs(found - expected) < Z * np.sqrt(expected)).all()


# --- T2, T3 survival -------------------------------------------------------------------------------------------------


def ages_at_closing(n: int, months: int, par) -> np.ndarray:
    """Months lived by `n` startups of one cohort, `months` + 1 for those still in business then."""
    uid = rng.pack_uid(rng.KIND_STARTUP, 1, 2, 24000, np.arange(n))
    alive, birth, zero = np.ones(n, bool), np.zeros(n, np.int32), np.zeros(n, np.int16)
    staff, at_five = np.ones(n, np.int32), np.zeros(n, np.float32)
    lived = np.full(n, months + 1)
    for age in range(1, months + 1):
        cause = np.zeros(n, np.int8)
        rows = np.flatnonzero(alive)
        luck = rng.uniforms(rng.draw_of(11, POLICY_START + age), rng.CLOSE, uid[rows])
        closure.decide(0, rows.size, rows, luck, age, birth, staff, zero, zero, zero - 1, 0.0, par, cause, at_five)
        closing = alive & (cause != ALIVE)
        lived[closing] = age
        alive[closing] = False
    return lived


def test_survival_is_exponential_under_a_constant_hazard():
    n, months, hazard = 20_000, 90, 0.3
    lived = ages_at_closing(n, months, group("closure", base=hazard, hump=0.04, age=1))
    ages = np.arange(1, months + 1)
    found = (lived[:, None] > ages).mean(axis=0)
    assert np.abs(found - np.exp(-hazard * ages / 12.0)).max() < dkw(n)
    assert found[-1] < 0.2


def test_survival_follows_the_hump_of_the_hazard():
    n, months = 20_000, 120
    par = group("closure", base=0.05, hump=0.3, age=0)
    lived = ages_at_closing(n, months, par)
    ages = np.arange(1, months + 1)
    hazards = 0.05 + 0.3 * (ages / 24.0) * np.exp(1.0 - ages / 24.0)
    kaplan_meier = np.cumprod([1.0 - (lived == a).sum() / (lived >= a).sum() for a in ages])
    expected = np.exp(-np.cumsum(hazards) / 12.0)
    assert np.abs(kaplan_meier - expected).max() < dkw(n)
    flat = np.exp(-hazards.mean() * ages / 12.0)
    assert np.abs(kaplan_meier - flat).max() > 2 * dkw(n)  # a flat hazard of the same mean would be seen


def test_the_stationary_stock_is_poisson():
    """Births at a steady pace and any law of lifetimes: M/G/infinity."""
    groups, months, pace = 400, 120, 3.0
    par = group("closure", base=0.1, hump=1.2, age=0)
    ages = np.arange(1, months + 1)
    survival = np.r_[1.0, np.exp(-np.cumsum([closure.yearly_hazard(a / 12.0, 0.1, 1.2, False) for a in ages]) / 12.0)]
    expected = pace * survival[1:].sum()
    births = np.array(
        [
            [rng.poisson(pace, rng.uniform(rng.draw_of(1, m), rng.ENTER, U64(g))) for m in range(months)]
            for g in range(groups)
        ]
    )
    of_group, born = (np.repeat(index.ravel(), births.ravel()) for index in np.indices(births.shape))
    n = of_group.size
    uid = rng.pack_uid(rng.KIND_STARTUP, 1, 2, 24000, np.arange(n))
    alive, zero, staff = np.ones(n, bool), np.zeros(n, np.int16), np.ones(n, np.int32)
    at_five = np.zeros(n, np.float32)
    for month in range(1, months + 1):
        here = alive & (born < month)
        cause = np.zeros(n, np.int8)
        rows = np.flatnonzero(here)
        luck = rng.uniforms(rng.draw_of(5, month), rng.CLOSE, uid[rows])
        birth = born.astype(np.int32)
        closure.decide(0, rows.size, rows, luck, month, birth, staff, zero, zero, zero - 1, 0.0, par, cause, at_five)
        alive[here & (cause != ALIVE)] = False
    stock = np.bincount(of_group[alive], minlength=groups)
    assert abs(stock.mean() - expected) < Z * math.sqrt(expected / groups)
    assert abs(stock.var(ddof=1) / stock.mean() - 1.0) < Z * math.sqrt(2.0 / groups)


# --- T6 growth -------------------------------------------------------------------------------------------------------


def yearly_growth(n: int, k: float, sigma: float, seed: int = 17) -> np.ndarray:
    """Log growth over twelve months of `n` startups, no drift, one size for all."""
    par = group(
        "growth",
        young=0.0,
        five=0.0,
        ten=0.0,
        quality=0.0,
        spillover=0.0,
        accelerator=0.0,
        volatility=sigma,
        volatility_size=0.0,
        tail=k,
        most_per_head_eur=math.inf,
    )
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n))
    revenue, zero = np.full(n, 1e4), np.zeros(n, np.int32)
    shocks = np.zeros(n), np.zeros(n)
    for month in range(0, 12, growth.TURN):
        draw = rng.draw_of(seed, POLICY_START + month)
        growth.grow(
            0,
            n,
            np.arange(n),
            *rng.uniform_pairs(draw, rng.GROWTH, uid),
            draw,
            POLICY_START + month,
            uid,
            zero,
            zero,
            zero,
            np.zeros(n, np.int8),
            zero,
            np.zeros(n),
            zero - 1,
            np.zeros(n),
            np.zeros((1, N_SECTORS)),
            np.zeros(N_SECTORS),
            np.ones((1, N_SECTORS)),
            np.zeros(N_SECTORS),
            np.zeros(1),
            np.zeros(n),
            np.zeros((1, N_SECTORS)),
            np.zeros(N_SECTORS),
            0.0,
            growth.subordinator_table(k),
            par,
            revenue,
            *shocks,
        )
    return np.log(revenue / 1e4)


def moment(k: float, order: int) -> float:
    """Even moment of a normal of gamma variance with mean one: E[Z^order] E[G^(order/2)]."""
    m = order // 2
    return math.prod(range(1, order, 2)) * math.exp(math.lgamma(k + m) - math.lgamma(k)) / k**m


@pytest.mark.parametrize("k", [1.0, 0.45, 0.3])
def test_yearly_growth_has_the_moments_of_its_law(k):
    n, sigma = 60_000, 0.5
    x = yearly_growth(n, k, sigma) / sigma
    assert moment(k, 4) == pytest.approx(3.0 + 3.0 / k)  # kurtosis
    for order, power in ((2, x**2), (4, x**4)):
        error = math.sqrt((moment(k, 2 * order) - moment(k, order) ** 2) / n)
        assert abs(power.mean() - moment(k, order)) < Z * error, order
    assert abs(x.mean()) < Z / math.sqrt(n)
    assert abs((x**3).mean()) < Z * math.sqrt(moment(k, 6) / n)


def test_yearly_growth_is_laplace_at_k_one():
    n, sigma = 60_000, 0.5
    x = yearly_growth(n, 1.0, sigma)
    laplace = stats.kstest(x, stats.laplace(scale=sigma / math.sqrt(2.0)).cdf).statistic
    normal = stats.kstest(x, stats.norm(scale=sigma).cdf).statistic
    assert laplace < dkw(n)
    assert normal > 3 * dkw(n)  # the test has the power to tell


def test_growth_of_different_turns_and_firms_is_independent():
    n = 20_000
    par = group("growth", young=0.0, five=0.0, ten=0.0, quality=0.0, spillover=0.0, volatility_size=0.0, tail=1.0)
    table, steps = growth.subordinator_table(1.0), []
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n))
    for month in range(2):
        u = [rng.uniform_pair(rng.draw_of(3, month), rng.GROWTH, i) for i in uid]
        steps.append(np.array([growth.shock(a, b, table) for a, b in u]))
    assert par.tail == 1.0
    assert abs(np.corrcoef(steps[0], steps[1])[0, 1]) < Z / math.sqrt(n)
    assert abs(np.corrcoef(np.abs(steps[0][1:]), np.abs(steps[0][:-1]))[0, 1]) < Z / math.sqrt(n)


def test_drift_and_size_have_their_closed_form():
    par = group("growth")
    assert growth.drift(1.0, 0.0, 0.0, False, 0.0, par) == par.young
    assert growth.drift(3.5, 0.0, 0.0, False, 0.0, par) == pytest.approx((par.young + par.five) / 2.0)
    assert growth.drift(30.0, 2.0, 0.5, True, 0.7, par) == pytest.approx(
        par.ten + 2 * par.quality + 0.5 * par.spillover + par.accelerator - 0.7 * par.competition
    )
    assert growth.volatility(par.reference_revenue_eur, par) == par.volatility
    ratio = growth.volatility(1e6, par) / growth.volatility(1e5, par)
    assert ratio == pytest.approx(10.0**-par.volatility_size)


def test_sales_that_vanish_do_not_come_back_as_infinite():
    """Volatility rises as a firm shrinks, down to a euro a month.

    Without an end, a firm that had lost its customers sold more than the world a quarter later (one hub per
    département, seed 35, 2030).
    """
    par = group("growth")
    least = growth.volatility(growth.LEAST_REVENUE_EUR, par)
    assert least > growth.volatility(100.0, par)
    assert [growth.volatility(revenue, par) for revenue in (0.5, 1e-12, 1e-300)] == [least] * 3
    worst = growth.shock(1.0 - 2.0**-53, 1.0 - 2.0**-53, growth.subordinator_table(par.tail))
    assert math.isfinite(math.exp(least * worst))


# --- T18 nothing to find ---------------------------------------------------------------------------------------------


def tiny_jobs(seed: int, months: int = 12) -> float:
    """Jobs of a tiny world after a year, no policy."""
    world, par = small_world(seed, w_talent=10, rows=3, columns=3, zones=(1, 2), people=6_000.0)
    engine.advance(world, par, seed, world.month + months)
    return float(world.startup.staff[world.startup.alive].sum())


def test_no_policy_is_significant_five_times_in_a_hundred():
    """200 comparisons of 16 simulations with 16 others, drawn from 64: 5 % found significant, give or take 3."""
    jobs = np.array([tiny_jobs(seed) for seed in range(1, 65)])
    assert np.unique(jobs).size > 20
    assert aa_test(jobs, 16, 200) == pytest.approx(0.05, abs=0.03)


@pytest.mark.science
def test_no_policy_is_significant_five_times_in_a_hundred_over_many_seeds():
    jobs = np.array([tiny_jobs(seed, 60) for seed in range(1, 401)])
    assert aa_test(jobs, 16, 4000) == pytest.approx(0.05, abs=0.015)


@pytest.mark.science
def test_no_policy_is_significant_five_times_in_a_hundred_with_a_policy_on_both_sides():
    jobs = []
    for seed in range(1, 201):
        world, par = small_world(seed, w_talent=5, policy=small_policy())
        engine.advance(world, par, seed, POLICY_START + 36)
        jobs.append(float(world.startup.staff[world.startup.alive].sum()))
    assert aa_test(np.array(jobs), 16, 4000) == pytest.approx(0.05, abs=0.015)


# --- the switches that the closed forms need -------------------------------------------------------------------------


UNDER_A_POLICY = ("aid", "coinvestment", "governance", "layers", "pipelines")  # idle without one: see test_ablation


@pytest.mark.parametrize("name", [n for n in params.SWITCHES
                                  if n.endswith(".active") and n.split(".")[0] not in UNDER_A_POLICY])
def test_a_mechanism_switched_off_does_nothing(untouched, name):
    """Every mechanism can be taken out."""
    off = {name: "off"}
    world, _ = untouched()
    par = small_parameters(switches=off)
    process = next(p for p in engine.SCHEDULE if name.split(".")[0] == p.NAME)
    before = world.copy()
    world.month += 1
    process.step(world, par, rng.draw_of(1, world.month))
    changed = {
        f"{k}.{n}"
        for k, t in world.tables.items()
        for n, c in t.columns().items()
        if c.tobytes() != before.tables[k].columns()[n].tobytes()
    }
    assert changed <= {"zone.talents", "zone.jobseekers"}  # people are counted anyway
    off_par, on_par = small_parameters(switches=off), small_parameters()
    active, silent = untouched()[0], untouched()[0]
    for w, p in ((active, on_par), (silent, off_par)):
        engine.advance(w, p, 1, POLICY_START + 5)
    assert active.digest() != silent.digest()

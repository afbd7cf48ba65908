"""Who founds and with whom, what startups learn, and how they grow: closed forms, laws and signs."""

import math

import numpy as np
import pytest
from scipy import stats
from worlds import POLICY_START, group, small_world

from sim import checks, engine, people, rng
from sim.fields import FOUNDER, JOBSEEKER, N_SECTORS
from sim.params import resolve
from sim.processes import closure, founding, growth, innovation, spillovers
from sim.teams import MOST_FOUNDERS, joiners

Z = 4.0


# --- hazards and quality ---------------------------------------------------------------------------------------------


def test_conditions_have_their_closed_form():
    par = group("founding")
    names = ("peers", "ecosystem", "incubation", "finance", "incubators", "mediation", "skills")
    for k, name in enumerate(names):
        at = [0.0] * len(names)
        at[k] = 0.7
        form = (lambda x: 1.0 + x) if name in ("incubation", "incubators") else math.exp
        assert founding.place_factor(*at, par) == pytest.approx(form(0.7 * getattr(par, name)))
    assert founding.place_factor(*[0.7] * len(names), par._replace(interactions=1)) == 1.0


def test_each_place_brings_as_many_startups_as_the_next():
    """The hundredth place of a zone adds what the first does, and ten zones of one place what one zone of ten does."""
    par = group("founding")
    factor = [founding.place_factor(0.0, 0.0, places, 0.0, 0.0, 0.0, 0.0, par) for places in (0.0, 1.0, 99.0, 100.0)]
    assert factor[3] - factor[2] == pytest.approx(factor[1] - factor[0])
    assert founding.ENTRIES_PER_1000 * (factor[1] - factor[0]) == pytest.approx(0.05)  # within MODEL's 0 to 0.15


def test_no_hazard_is_negative_without_incubators():
    """Where the nation has very many incubators and a zone has none."""
    assert founding.place_factor(0.0, 0.0, 0.0, 0.0, -1e3, 0.0, 0.0, group("founding")) == 0.0


def test_careers_have_their_closed_form():
    par = group("founding")
    assert founding.career_factor(0, False, False, par) == 1.0
    assert founding.career_factor(1, False, False, par) == par.serial_failure
    assert founding.career_factor(1, True, False, par) == par.serial_success
    assert founding.career_factor(0, False, True, par) == par.alumni
    assert founding.career_factor(7, True, True, par) == 0.0
    assert founding.career_factor(2, True, True, par._replace(careers=1)) == 1.0


def test_past_success_helps_more_than_past_failure_and_failure_more_than_nothing():
    """On the scale on which 18 % of those who found for the first time succeed (V12: 30, 20, 18 %)."""
    par = group("founding")

    def success(foundations, succeeded):
        one = founding.merit(1.0, 40.0, True, foundations, succeeded, False, par)
        first = founding.merit(1.0, 40.0, True, 0, False, False, par)
        return stats.norm.cdf(stats.norm.ppf(0.18) + one - first)

    assert success(1, True) == pytest.approx(0.30, abs=0.005)
    assert success(1, False) == pytest.approx(0.20, abs=0.005)
    assert success(1, True) > success(1, False) > success(0, False)


def test_quality_rises_with_age_to_fifty():
    par = group("founding")
    merits = [founding.merit(1.0, age, False, 0, False, False, par) for age in (30.0, 40.0, 50.0, 60.0)]
    assert np.diff(merits) == pytest.approx([10 * par.quality_age, 10 * par.quality_age, 0.0])


def test_need_pushes_where_unemployment_is_high():
    reference, response = 0.05, 0.5
    boost = founding.necessity(np.array([0.0, 0.3, -0.3]), np.array([0.05, 0.1, 0.025]), reference, response)
    assert boost == pytest.approx([1.0, (2.0 * math.exp(0.3)) ** 0.5, (0.5 * math.exp(-0.3)) ** 0.5])


def test_academic_spin_offs_share_the_nations_number_by_a_power():
    par, staff = group("founding"), np.array([1000.0, 8000.0])
    mean = founding.research_mean(staff, np.ones((2, N_SECTORS)), par)
    assert 12.0 * mean.sum() == pytest.approx(par.research_hazard * 9000.0)
    assert mean[1].sum() / mean[0].sum() == pytest.approx(8.0**par.research_scale)
    assert founding.research_mean(2 * staff, np.ones((2, N_SECTORS)), par) == pytest.approx(2 * mean)


# --- teams -----------------------------------------------------------------------------------------------------------


def test_teams_are_poisson_up_to_four_and_from_the_founders_zone():
    """One founder and a Poisson number of others, three at most (MODEL C2.2)."""
    n, team = 20_000, 1.2
    rows, uid = np.arange(50), rng.pack_uid(rng.KIND_TALENT, 0, 0, 24000, np.arange(50))
    startups = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24100, np.arange(n))
    start = np.r_[0, np.full(N_SECTORS, 50)].astype(np.int64)
    crowd = np.full(50, 10**5, np.int32)
    sizes = np.zeros(n, np.int64)
    zone, sector = np.zeros(n, np.int16), np.zeros(n, np.int8)
    for k in range(0, n, 20):  # a few at a time: nobody is asked by more than three
        draw, here = rng.draw_of(1, 24100), np.arange(k, k + 20)
        luck = rng.uniforms(draw, rng.TEAM_SIZE, startups[here])
        _, of, rank = joiners(draw, here, luck, team, np.eye(N_SECTORS), startups, zone, sector, rows, start, crowd,
                              uid, crowd)
        assert rank.max(initial=0) < rng.MOST_JOINING
        sizes[here] = np.bincount(of, minlength=n)[here]
    law = np.array([stats.poisson.pmf(0, team), stats.poisson.pmf(1, team), stats.poisson.pmf(2, team), 0.0])
    law[3] = 1.0 - law.sum()
    found = np.bincount(sizes, minlength=4) / n
    # a few invitations find nobody left: one person in a thousand
    assert np.abs(found - law).max() < Z * 0.5 / math.sqrt(n) + 0.02


@pytest.fixture(scope="module")
def teams():
    """A busy world after four years, with teams as large as signatures on the papers."""
    world, par = small_world(2, 20, people=30_000.0, numbers={"founding.team": 1.2})
    engine.advance(world, par, 2, world.month + 48)
    return world, par


def test_people_in_teams_are_counted_once(teams):
    world, _ = teams
    t, f = world.talent, world.startup
    checks.whole(world)
    founders = t.alive & (t.status == FOUNDER)
    assert founders.sum() == f.founders[f.alive].sum()
    assert (np.bincount(t.employer[founders], minlength=f.n)[f.alive] == f.founders[f.alive]).all()
    assert (f.staff >= f.founders)[f.alive].all()
    assert f.founders[f.alive].max() == MOST_FOUNDERS
    young = f.alive & (f.birth == f.birth.max())
    assert (t.zone[f.founder[young]] == f.origin_zone[young]).all()


def test_teams_of_firms_that_close_look_for_jobs(teams):
    world, par = teams[0].copy(), teams[1]
    f, t = world.startup, world.talent
    firms = np.flatnonzero(f.alive & (f.founders > 1))[:5]
    members = np.flatnonzero(np.isin(t.employer, firms))
    assert members.size >= 10
    people.dismiss_all(world, firms)
    f.alive[firms] = False
    assert (t.status[members] == JOBSEEKER).all()
    assert (t.employer[members] == -1).all()
    assert (t.next_employee[members] == -1).all()
    checks.whole(world)
    assert closure.step(world, par, rng.draw_of(2, world.month)) is None
    checks.whole(world)


def test_every_founder_of_a_large_firm_has_succeeded(teams):
    world, _ = teams
    f, t = world.startup, world.talent
    large = np.flatnonzero(f.alive & (f.staff >= closure.SUCCESS) & (f.founders > 1))
    team = np.isin(t.employer, large) & t.alive & (t.status == FOUNDER)
    assert large.size > 0
    assert t.succeeded[team].all()


def test_founders_are_of_the_age_that_hazards_say(teams):
    """Mean age of founders (V11): the bell times the ages of people; between 35 and 46."""
    world, _ = teams
    f, t = world.startup, world.talent
    young = f.birth > POLICY_START - 5
    ages = (f.birth[young] - t.birth[f.founder[young]]) / 12.0
    assert young.sum() > 100
    assert 35.0 < ages.mean() < 46.0


# --- knowledge and innovation ----------------------------------------------------------------------------------------


def test_without_research_nor_decay_knowledge_stays():
    """T9, of a startup; the kernel of the regional field keeps a uniform field uniform and within its bounds."""
    par = group("innovation", decay=0.0)
    assert innovation.learn(3.7, 0.0, 2.0, 0.25, par) == 3.7
    world, _ = small_world(1)
    near = world.space.near
    rows = near.start[:-1]
    share = near.weight / np.repeat(np.add.reduceat(near.weight, rows), np.diff(near.start))
    field = np.random.default_rng(1).uniform(1.0, 2.0, (world.cell.n, N_SECTORS))
    for start in (field, np.full_like(field, 1.3)):
        now, out = start.copy(), np.empty_like(start)
        for _ in range(20):
            spillovers.reach(0, world.cell.n, near.start, near.cell, share.astype(np.float32), now, out)
            assert out.max() <= now.max() * (1.0 + 1e-6)
            assert out.min() >= now.min() * (1.0 - 1e-6)
            now, out = out, now
        assert np.ptp(now) <= np.ptp(start) + 1e-5


def test_knowledge_follows_its_equation_whatever_the_step():
    """Two half steps make one, and the stock tends to research over decay (T25)."""
    par = group("innovation")
    whole = innovation.learn(2.0, 1.5, 0.4, 0.25, par)
    half = innovation.learn(innovation.learn(2.0, 1.5, 0.4, 0.125, par), 1.5, 0.4, 0.125, par)
    assert half == pytest.approx(whole, rel=1e-12)
    assert innovation.learn(0.0, 1.5, 0.4, 400.0, par) == pytest.approx(1.5**0.8 * 1.4 / par.decay)


@pytest.mark.parametrize("tail", [1.1, 1.5, 2.5])
def test_innovations_have_mean_size_one(tail):
    u = (np.arange(400_000) + 0.5) / 400_000
    sizes = np.array([innovation.step_size(x, tail) for x in u[::10]])
    assert sizes.mean() == pytest.approx(1.0, abs=2e-3)
    assert sizes.max() / sizes.min() <= innovation.LARGEST
    above = (sizes > 2.0 * sizes.min()).mean()
    assert above == pytest.approx((2.0**-tail - 20.0**-tail) / (1.0 - 20.0**-tail), abs=1e-3)


def test_innovations_come_at_their_hazard_and_leave_mean_growth_alone(teams):
    """At the reference (no advantage): a Poisson number by size of firm, and a net step of zero on average."""
    world, par = teams[0].copy(), teams[1]
    off = dict.fromkeys(("spillover", "diversity", "serendipity", "broadband", "theme", "quality"), 0.0)
    par.innovation = par.innovation._replace(**off)
    f, made, net, expected, count = world.startup, 0, 0.0, 0.0, 0
    before = f.innovations.sum()
    for _ in range(360):
        world.month += 1
        innovation.step(world, par, rng.draw_of(5, world.month))
        rows = people.startups_in_turn(world.month, innovation.TURN, f.alive, f.uid)
        expected += sum(innovation.usual_hazard(n, par.innovation) for n in f.staff[rows]) * innovation.YEARS
        net, count = net + f.innovation_step[rows].sum(), count + rows.size
    made = f.innovations.sum() - before
    assert abs(made - expected) < Z * math.sqrt(expected)
    second = 1.9 * expected  # mean square of sizes is below 1.9 at the default tail
    assert abs(net) < Z * math.sqrt(second)
    assert world.flows["radical_innovations"].sum() < world.flows["innovations"].sum()


def test_innovations_lift_no_firm_the_more_the_larger_it_is():
    """Number times weight in sales: the same in all firms from the usual one on, less in smaller ones."""
    par = group("innovation")
    lift = [innovation.usual_hazard(n, par) * innovation.weight_in_sales(n, par) for n in (1, 3, 7, 70, 7_000)]
    assert lift[2:] == pytest.approx([par.base] * 3)
    assert lift[0] < lift[1] < lift[2]


def test_steps_of_a_firm_are_its_innovations_by_their_weight(teams):
    """Firms of thousands, for which the number of innovations is as good as certain: a step of advantage times base."""
    world, par = teams[0].copy(), teams[1]
    off = dict.fromkeys(("spillover", "diversity", "serendipity", "broadband", "theme"), 0.0)
    par.innovation = par.innovation._replace(**off, quality=0.1)
    f = world.startup
    f.staff[:], f.quality[:] = 100_000, 2.0
    world.month += 1
    innovation.step(world, par, rng.draw_of(5, world.month))
    rows = people.startups_in_turn(world.month, innovation.TURN, f.alive, f.uid)
    advantage = math.exp(2.0 * par.innovation.quality) - 1.0
    assert f.innovation_step[rows].mean() == pytest.approx(par.innovation.base * innovation.YEARS * advantage, rel=0.05)


# --- growth ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("staff", "rho"), [(1, -0.1), (1, -0.25), (10, 0.0)])
def test_growth_of_two_years_is_correlated_in_small_firms(staff, rho):
    n, sigma = 40_000, 0.4
    par = group("growth", young=0.0, five=0.0, ten=0.0, volatility=sigma, volatility_size=0.0, tail=1.0,
                autocorrelation=rho or -0.25, most_per_head_eur=math.inf)
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n))
    revenue, zero, shocks = np.full(n, 1e4), np.zeros(n, np.int32), (np.zeros(n), np.zeros(n))
    flat, years = np.zeros((1, N_SECTORS)), []
    for month in range(0, 36, growth.TURN):
        draw = rng.draw_of(8, month)
        growth.grow(0, n, np.arange(n), *rng.uniform_pairs(draw, rng.GROWTH, uid), draw, month, uid, zero, zero, zero,
                    np.zeros(n, np.int8), np.full(n, staff, np.int32), np.zeros(n), zero - 1, np.zeros(n), flat,
                    flat[0], flat + 1.0, flat[0], np.zeros(1), np.zeros(n), flat, flat[0], 0.0,
                    growth.subordinator_table(1.0), par, revenue, *shocks)
        if month % 12 == 12 - growth.TURN:
            years.append(np.log(revenue))
    second, third = years[1] - years[0], years[2] - years[1]
    left = growth.memory(par.autocorrelation) if staff < growth.SMALL else 0.0
    assert abs(np.corrcoef(second, third)[0, 1] - rho) < Z / math.sqrt(n) * 1.5
    assert third.var() == pytest.approx(sigma**2 * (1.0 + left**2), rel=Z * math.sqrt(5.5 / n))


def test_no_startup_sells_more_than_its_people_can_deliver(teams):
    """In a decade of shocks thrice as wide as usual, some reach the bound and none passes it."""
    world, par = teams[0].copy(), teams[1]
    f = world.startup
    f.revenue_eur[f.alive] = 5e4
    par.growth = par.growth._replace(volatility=1.5)
    for _ in range(120):
        world.month += 1
        growth.step(world, par, rng.draw_of(6, world.month))
    most = growth.most_sales(f.staff[f.alive], par.growth)
    assert (f.revenue_eur[f.alive] <= most).all()
    assert 0.01 < (f.revenue_eur[f.alive] == most).mean() < 0.5


def test_a_step_of_half_a_month_changes_yearly_flows_by_less_than_two_per_cent(teams):
    """T25: what happens once has the same chance over a year, what repeats the same number to 2 %."""
    par, (world, _) = resolve({}, {}), teams

    def chance(hazard: float) -> float:
        """Of an event, by the rule of every draw, from 4,000 even uniforms."""
        return float(np.mean([rng.happens(hazard, u) for u in (np.arange(4000) + 0.5) / 4000]))

    for hazard in (12.0 * par["growth"].first_revenue, closure.yearly_hazard(2.0, 0.045, 0.03, False)):
        month, half = (1.0 - chance(hazard / 12.0)) ** 12, (1.0 - chance(hazard / 24.0)) ** 24
        assert month == pytest.approx(math.exp(-hazard), rel=5e-3)
        assert half == pytest.approx(month, rel=0.01)
    t, p, month = world.talent, par["founding"], world.month
    free = t.alive & (t.status != FOUNDER) & (t.foundations == 0)
    ages = founding.age_table(p)[month - t.birth[free]]
    yearly = 12.0 * p.base_hazard * ages * t.weight[free] * np.where(t.status[free] == JOBSEEKER, p.jobseeker, 1.0)
    turns = 12 // founding.FOUND_EVERY
    flow, finer = (-n * np.expm1(-yearly / n) for n in (turns, 2 * turns))
    assert flow.sum() == pytest.approx(finer.sum(), rel=0.02)
    assert flow.sum() != finer.sum()


# --- T32 a cluster from three pioneers -------------------------------------------------------------------------------


def entries_near_pioneers(contagion: float, seed: int) -> tuple[int, int]:
    """Startups founded in ten years by people of the zone of three pioneers, on an otherwise empty map of nine zones,
    and as many as its share of people would have founded.
    """
    numbers = {"founding.peers": contagion, "founding.base_hazard": 1e-5, "location.home": 20.0,
               "founding.ecosystem": 0.0, "founding.research_hazard": 0.0, "founding.incubators": 0.0}
    world, par = small_world(seed, 20, zones=(3, 3), numbers=numbers, funds=0, people=30_000.0,
                             switches={"relocation.active": "off", "labour.active": "off", "founding.careers": "off"})
    par.closure = par.closure._replace(base=0.02, hump=0.0, cash=1)
    f = world.startup
    z = world.zone
    here = np.flatnonzero(f.zone == 0)
    assert here.size >= 3
    others = np.setdiff1d(np.arange(f.n), here[:3])
    people.dismiss_all(world, others)
    f.alive[others], f.closed[others] = False, world.month
    first = world.month
    par.policy_start = world.month + 2  # the reference is the empty map
    for _ in range(120):
        engine.step(world, par, seed)
    young = world.startup.birth > first
    founded = np.bincount(world.startup.origin_zone[young], minlength=z.n)
    return int(founded[0]), int(founded.sum() / z.talents.sum() * z.talents[0].sum())


def test_three_pioneers_make_a_cluster_where_founders_imitate_and_none_where_they_do_not():
    """Zhang's world (T32)."""
    with_, without = (np.array([entries_near_pioneers(c, seed) for seed in (1, 2)]).sum(axis=0) for c in (1.5, 0.0))
    here, even = without
    assert here < even + Z * math.sqrt(even)  # no more than its people
    here, even = with_
    assert here > 1.5 * even + Z * math.sqrt(even)

"""People: pay and jobs, ways in, moves, digital skills and work at a distance (T17, T21, T22, T24, T31)."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from compare_worlds import by_identity, permuted, same_bits
from worlds import POLICY_START, add_places, small_parameters, small_policy, small_world

from sim import checks, engine
from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER
from sim.params import resolve
from sim.processes import labour, mobility, population, remote, skills, wages

PAR = SimpleNamespace(**resolve({}, {}))


# --- pay and jobs (T22) ----------------------------------------------------------------------------------------------


def test_at_the_usual_wage_everything_is_as_usual():
    finding, loss = labour.other_hiring(np.zeros((1, 1)), PAR.labour)
    assert finding[0, 0] == pytest.approx(1.0 - (1.0 - PAR.labour.job_finding) ** 3, rel=1e-12)
    assert loss[0, 0] == pytest.approx(1.0 - (1.0 - PAR.labour.job_loss) ** 3, rel=1e-12)
    assert labour.acceptance(np.zeros(1), PAR.labour)[0] == 1.0
    place = np.array([0.1, -0.2])
    assert labour.scarcity(np.exp(place)[:, None], place) == pytest.approx(0.0, abs=1e-15)


def test_dear_people_are_hired_less_by_others_and_accept_more():
    gap = np.linspace(-0.3, 0.3, 7)[:, None]
    stubborn = PAR.labour._replace(reservation=0.0)
    finding, loss = labour.other_hiring(gap, stubborn)
    assert (np.diff(finding[:, 0]) < 0).all()
    assert (np.diff(loss[:, 0]) > 0).all()
    assert (np.diff(labour.acceptance(gap, PAR.labour)[:, 0]) > 0).all()
    rigid = labour.other_hiring(gap, stubborn._replace(demand=0.0))
    assert np.ptp(rigid[0]) == np.ptp(rigid[1]) == 0.0


def test_people_quit_zones_that_pay_less_than_their_labour_market():
    market, people = np.array([0, 0, 1], np.int16), np.ones((3, 8))
    wage = np.repeat([[0.9], [1.1], [2.0]], 8, axis=1)
    chance = labour.quit_chance(wage, people, market, PAR.labour)[:, 0]
    usual = 1.0 - (1.0 - PAR.labour.quit) ** 3
    assert chance[0] > chance[2] > chance[1]
    assert chance[2] == pytest.approx(usual, rel=1e-12)  # alone in its market


def test_the_wage_curve():
    level = wages.next_wage(np.ones((1, 1)), np.zeros(1), np.zeros(1), np.full((1, 1), 0.05), 0.05, PAR.labour)
    assert level[0, 0] == 1.0
    jobless = np.array([[0.02], [0.05], [0.1]])
    fast = PAR.labour._replace(wage_speed=1.0)
    pay = wages.next_wage(np.ones((3, 1)), np.zeros(3), np.zeros(3), jobless, 0.05, fast)[:, 0]
    assert pay == pytest.approx((jobless[:, 0] / 0.05) ** -fast.wage_curve, rel=1e-12)
    dear = wages.next_wage(np.ones((1, 1)), np.zeros(1), np.log([1.5]), np.full((1, 1), 0.05), 0.05, fast)
    assert dear[0, 0] == pytest.approx(1.5**fast.wage_rent, rel=1e-12)
    rent = wages.housing_rent(10.0, np.array([100.0, 200.0]), 100.0, 1000.0, 1.0)
    assert rent == pytest.approx([10.0, 11.0])


def test_related_trades_are_tried_in_proportion():
    chance = np.diff(labour.related_trades(np.array([[1.0, 0.3, 0.1], [0.3, 1.0, 0.0], [0.1, 0.0, 1.0]])), prepend=0.0)
    assert chance == pytest.approx(np.array([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))


SEEDS = range(1, 13)


def z_of(sample: np.ndarray) -> float:
    return float(sample.mean() / (sample.std(ddof=1) / np.sqrt(sample.size)))


@cache
def at_work(seed: int, elasticity: float = 0.5, dearer: float = 1.0, money_eur: float = 0.0) -> np.ndarray:
    """People in startups and with other employers after 18 months.

    Startups get some money more per head at the start; people cost more all along, where `dearer` is above one.
    """
    world, _ = small_world(seed, 1, people=10_000.0)
    par = small_parameters({"labour.demand": elasticity, "labour.reservation": 0.0},
                           {} if dearer == 1.0 else {"wages.active": "off"})
    world.startup.cash_eur[:] += money_eur * world.startup.staff
    world.zone.wage[:] *= dearer
    engine.advance(world, par, seed, world.month + 18)
    t = world.talent
    return np.array([t.weight[t.alive & np.isin(t.status, kind)].sum() for kind in ((EMPLOYEE, FOUNDER), (ELSEWHERE,))])


def test_startups_that_hire_take_people_from_other_employers():
    gain = np.array([at_work(s, money_eur=300e3) - at_work(s) for s in SEEDS])
    assert z_of(gain[:, 0]) > 4
    assert z_of(gain[:, 1]) < -4
    assert (np.abs(gain.sum(axis=1)) < 0.25 * gain[:, 0]).all()  # few of them were without a job


def test_dear_people_lose_jobs_elsewhere_where_demand_is_elastic():
    """A rise of pay by a tenth: other employers keep their people without elasticity, and let some go with it."""
    rigid, elastic = (np.array([at_work(s, e, 1.1)[1] - at_work(s, e, 1.0001)[1] for s in SEEDS]) for e in (0.0, 1.5))
    assert z_of(elastic) < -4
    assert z_of(elastic - rigid) < -4


# --- ways in (T21) ---------------------------------------------------------------------------------------------------


def test_without_policy_all_ways_add_up_to_the_trend():
    world, _ = small_world(1)
    z, par = world.zone, small_parameters().population
    z.graduates[:], z.graduates_reference[:] = 0.25, 0.25
    z.graduates[0] = 0.4  # graduates are drawn to zone 0; the nation has no more of them
    plain = population.entrants(z.workforce, 0.0, par)
    ways = population.expected(z, 0.0, 1.0, 0.0, par)
    assert ways.min() >= 0.0
    assert ways.sum(axis=(0, 1)) == pytest.approx(plain.sum(axis=0), rel=1e-12)
    assert ways[population.YOUNG, 0].sum() > 1.05 * (1.0 - par.abroad - 0.35) * plain[0].sum()
    more = population.expected(z, 0.5, 1.0, 0.0, par._replace(visa=0.4))[population.ABROAD].sum()
    assert more == pytest.approx(par.abroad * plain.sum() * 1.4 * 1.5**par.visibility, rel=1e-12)
    z.trained[:] *= 3.0
    extra = population.expected(z, 0.0, 1.0, 0.0, par).sum() - plain.sum()
    assert extra == pytest.approx(par.retraining * 2.0 / 3.0 * z.trained.sum(), rel=1e-9)


@pytest.mark.parametrize("w_talent", [1, 10])
def test_people_who_come_are_counted_by_way(w_talent):
    """Talents = initial + young + from abroad + retrained - retired; each has one status (T21)."""
    world, par = small_world(2, w_talent, policy=small_policy(), numbers={"population.visa": 1.0})
    add_places(world)
    t, before = world.talent, world.talent.weight[world.talent.alive].sum()
    arrivals = retrained = 0.0
    for _ in range(24):
        books, entered = checks.take_books(world), world.nation.entered[0]
        world.zone.mediation[3] = 40.0
        world.flows.clear()
        engine.step(world, par, 2)
        checks.after_month(world, books)
        came = [world.flows.get(name, np.zeros(1)).sum() for name in ("arrivals", "retrained")]
        assert sum(came) <= world.nation.entered[0] - entered
        arrivals, retrained = arrivals + came[0], retrained + came[1]
    assert arrivals > 0 < retrained
    people = t.weight[t.alive]
    assert people.sum() == before + world.nation.entered[0] - world.nation.retired[0]
    statuses = [t.weight[t.alive & (t.status == s)].sum() for s in (ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER)]
    assert sum(statuses) == people.sum()
    assert t.skill[t.alive & (t.literacy < 1.0)].mean() < 0.9 * t.skill[t.alive & (t.literacy == 1.0)].mean()
    checks.whole(world)


# --- w_talent (T24) --------------------------------------------------------------------------------------------------


@cache
def per_head(w_talent: int) -> np.ndarray:
    """Outcomes per digital worker after a year and a half, [seeds, outcomes]."""
    out = []
    for seed in SEEDS:
        world, par = small_world(seed, w_talent, people=15_000.0)
        engine.advance(world, par, seed, world.month + 18)
        t = world.talent
        heads = t.weight[t.alive].sum()
        seeking = t.weight[t.alive & (t.status == JOBSEEKER)].sum()
        flows = [world.flows[name].sum() for name in ("hires", "quits", "movers_in", "entries")]
        out.append([seeking, world.startup.staff[world.startup.alive].sum(), *flows] / heads)
    return np.array(out)


@pytest.mark.parametrize("w_talent", [10, 100])
def test_people_per_row_do_not_matter(w_talent):
    one, many = per_head(1), per_head(w_talent)
    error = np.sqrt(one.var(axis=0, ddof=1) + many.var(axis=0, ddof=1)) / np.sqrt(len(SEEDS))
    assert (np.abs(many.mean(axis=0) - one.mean(axis=0)) < 4.0 * error).all()
    assert (error < 0.25 * one.mean(axis=0)).all()


# --- training that leaks (T31), and paired luck (T17) ----------------------------------------------------------------


@cache
def employed(seed: int, trained: bool, moves: str = "on") -> np.ndarray:
    """People at work by zone two years after digital mediation grew fortyfold in the two weak zones, or did not."""
    numbers = {"mobility.base_hazard": 2.9e-3, "mobility.origin": 0.5, "population.trend": 0.02}
    switches = {"mobility.active": moves}
    world, par = small_world(seed, 1, numbers=numbers, switches=switches)
    engine.advance(world, par, seed, POLICY_START - 1)
    if trained:
        world.zone.mediation[2:] *= 40.0
    engine.advance(world, par, seed, POLICY_START + 35)
    t = world.talent
    working = t.alive & (t.status != JOBSEEKER)
    return np.bincount(t.zone[working], t.weight[working], 4)


def leak(moves: str) -> np.ndarray:
    """People more at work in the strong zone."""
    return np.array([employed(s, True, moves)[0] - employed(s, False, moves)[0] for s in SEEDS])


def test_training_in_weak_zones_leaks_to_the_strong_one():
    moving, staying = leak("on"), leak("off")
    assert z_of(moving) > 4
    assert staying.mean() < 0.1 * moving.mean()  # weak zones, where people are cheaper, rather draw startups


def test_pairs_share_their_luck():
    """The effect of training varies ten times less between worlds of one seed than between worlds of two (T17)."""
    worlds = np.array([[employed(s, trained)[:2].sum() for s in range(1, 37)] for trained in (False, True)])
    paired = (worlds[1] - worlds[0]).var(ddof=1)
    apart = worlds[0].var(ddof=1) + worlds[1].var(ddof=1)
    assert apart / paired >= 10.0


# --- moves -----------------------------------------------------------------------------------------------------------


def test_prospects_of_a_zone():
    par = PAR.mobility

    def weigh(jobless=0.05, rent=10.0, amenity=0.0, desks=0.0):
        args = np.full((1, 1), jobless), np.array([rent]), np.array([amenity]), np.array([desks]), np.array([1000.0])
        return mobility.prospects(*args, 0.3, par)[0, 0]

    assert weigh(jobless=0.1) / weigh() == pytest.approx((0.9 / 0.95) ** par.wage)
    assert weigh(rent=20.0) / weigh() == pytest.approx(2.0 ** -(par.housing * par.wage))
    assert weigh(amenity=1.0) / weigh() == pytest.approx(np.exp(par.amenity))
    assert weigh(desks=9.0) / weigh() == pytest.approx(10.0 ** (par.desks * 0.3))


def test_the_skilled_move_more_and_the_mean_is_one():
    draws = np.exp(0.3 * np.random.Generator(np.random.Philox(key=3)).standard_normal(200_000) - 0.045)
    for rise in (0.0, 1.0, 2.0):
        found = np.array([mobility.skill_factor(x, rise) for x in draws])
        assert abs(found.mean() - 1.0) < 4.0 * max(found.std(), 1e-12) / np.sqrt(found.size)
    assert mobility.skill_factor(2.0, 1.0) == 2.0


def test_first_jobs_of_graduates():
    pull, students = np.array([[1.0], [3.0]]), np.array([100.0, 300.0])
    flat = mobility.first_jobs(pull, np.ones((2, 2)), students, 0.0)
    assert flat[:, 0] == pytest.approx([0.25, 0.75])  # no distance, no roots: as the pulls
    rooted = mobility.first_jobs(pull, np.ones((2, 2)), students, 50.0)
    assert rooted[:, 0] == pytest.approx([0.25, 0.75])  # roots alone: where the students are
    students[:] = 400.0, 0.0
    assert mobility.first_jobs(pull, np.ones((2, 2)), students, 50.0)[:, 0] == pytest.approx([1.0, 0.0])
    near = np.array([[1.0, 0.1], [0.1, 1.0]])
    assert mobility.first_jobs(pull, near, students, 0.0)[:, 0] == pytest.approx([1.0 / 1.3, 0.3 / 1.3])


# --- work at a distance ----------------------------------------------------------------------------------------------


def test_desks_go_to_those_who_come_first():
    zone, luck = np.array([1, 0, 1, 1, 0]), np.array([0.5, 0.2, 0.1, 0.9, 0.3])
    met = remote.first_come(zone, luck, np.array([1, 2]))
    assert met.tolist() == [True, True, True, False, False]
    assert not remote.first_come(zone, luck, np.zeros(2, np.int64)).any()


def test_without_desks_nobody_works_at_a_distance():
    world, par = small_world(3, switches={"facilities.active": "off"})
    world.zone.desks[:] = 0.0
    engine.advance(world, par, 3, world.month + 14)
    assert not world.talent.remote.any()
    assert not world.startup.remote.any()


def test_remote_jobs_are_counted_and_order_does_not_matter():
    par = small_parameters({"remote.desk_share": 0.1}, {"facilities.active": "off"})  # desks stay as they are
    world, _ = small_world(4, 5)
    add_places(world, 80.0)
    other = world
    for kind in ("talent", "startup"):
        other = permuted(other, kind, np.random.default_rng(5).permutation(other.tables[kind].n))
    for w in (world, other := other.copy()):
        engine.advance(w, par, 4, w.month + 20)
        t, f = w.talent, w.startup
        away = t.alive & t.remote & (t.status == EMPLOYEE)
        assert away.sum() > 10
        assert (t.zone[away] != f.zone[t.employer[away]]).all()
        assert (np.bincount(t.zone[away], minlength=4) <= np.floor(0.1 * w.zone.desks)).all()
        assert (np.bincount(t.employer[away], minlength=f.n)[f.alive] <= f.remote[f.alive]).all()
        checks.whole(w)
    for kind in ("talent", "startup"):
        a, b = by_identity(world, kind), by_identity(other, kind)
        assert [name for name in a if not same_bits(a[name], b[name])] == []


# --- digital skills --------------------------------------------------------------------------------------------------


def test_the_digital_divide_of_2019_comes_back():
    """From 2008 on, the equations lead back to the lack of digital skills that INSEE found in 2019."""
    world, par = small_world(1)
    z, lack = world.zone, np.array([0.13, 0.15, 0.19, 0.24])
    skills.begin(z, lack, 2008 * 12, par.skills)
    late = small_parameters(policy_start=2030 * 12)
    assert (1.0 - z.digital_skills > 1.5 * lack).all()
    for world.month in range(2008 * 12, 2019 * 12 + 6):
        skills.step(world, late, None)
    assert 1.0 - z.digital_skills == pytest.approx(lack, abs=0.02)
    assert z.equipped.mean() == pytest.approx(0.88, abs=0.02)


def test_training_equipment_and_ease():
    par = PAR.skills
    plain = skills.next_skills(0.8, 0.0, 1e5, 0.7, 0.7, par)
    assert plain == pytest.approx(0.8 + 0.25 * (0.2 * par.learning - 0.8 * par.forgetting))
    assert skills.next_skills(0.8, 500.0, 1e5, 0.7, 0.7, par) == pytest.approx(plain + 0.25 * par.training * 0.06)
    assert skills.next_skills(0.8, 1e9, 1e5, 0.7, 0.7, par) == pytest.approx(plain + 0.25 * par.training * 0.2)
    assert skills.next_skills(0.8, 0.0, 1e5, 0.9, 0.7, par) > plain
    assert skills.next_equipped(0.97, 0.001, par) == pytest.approx(0.973)
    assert skills.next_adoption(0.4, 0.9, 0.8, par) > skills.next_adoption(0.4, 0.8, 0.8, par) > 0.4


def test_the_proposal_of_2013_closes_at_most_six_per_cent_of_the_gap():
    """36 MEUR are some 680 years of mediation: 3 to 6 % of those concerned are trained, once (MODEL C18)."""
    share = skills.trainees(680.0, PAR.skills) * 12.0 / (0.16 * 53e6)
    assert 0.03 < share < 0.06


def test_the_path_without_policy_ignores_it():
    world, _ = small_world(1)
    par = small_parameters(policy_start=world.month + 2)
    other = world.copy()
    for w, more in ((world, 1.0), (other, 5.0)):
        for _ in range(24):
            w.month += 1
            if w.month == par.policy_start:
                w.zone.mediation[:] *= more
                w.zone.refurbished[:] = more - 1.0
            skills.step(w, par, None)
    for name in ("skills_reference", "equipped_reference", "adoption_reference"):
        assert getattr(world.nation, name) == getattr(other.nation, name)
    assert (other.zone.digital_skills > world.zone.digital_skills).all()
    assert (other.zone.equipped > world.zone.equipped).all()
    assert (other.zone.adoption > world.zone.adoption).all()

"""Founding: people start startups, alone or as a team.

Each person has a monthly hazard that depends on age, status, past foundations and exits, and on what the zone offers:
peers who founded, related employment, accelerator and incubator places, finance, skills (MODEL C2.1). One keyed draw
per row decides, so that a policy which raises the hazard adds founders and removes none. Researchers found too, at the
pace of their zone's research staff. Others of the zone may join a founder; the firm's identity is the first founder's.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER, N_SECTORS
from sim.kernels import helper, kernel, largest, rows_where
from sim.space import distance_decay
from sim.teams import joiners, pick_person, sort_by_trade, still_free

NAME = "founding"
READS = ("talent.*", "zone.uid", "zone.peers", "zone.ecosystem", "zone.places", "zone.talents", "zone.jobseekers",
         "zone.finance", "zone.incubators", "zone.trained", "zone.trained_reference", "zone.digital_skills",
         "zone.researchers", "zone.hardship", "zone.population", "nation.peers_reference",
         "nation.ecosystem_reference", "nation.finance_reference", "nation.incubators_reference",
         "nation.skills_reference", "nation.unemployment_reference", "investor.kind", "investor.zone",
         "investor.novice", "investor.money_eur", "startup.*")
WRITES = ("talent.*", "startup.*", "zone.finance", "nation.finance_reference", "nation.incubators_reference")


FOUND_EVERY = 3  # months between the months in which a person, or one of a startup's people, may found
MOST_EXPECTED = 50.0  # candidates, or academic spin-offs of a place, expected in a turn: more changes nothing
ENTRIES_PER_1000 = 2.0  # startups founded a year by 1,000 digital workers, for whom incubators have places (MODEL C.2)
LUCK = 0.98  # spread of luck in quality: what founders bring makes up the rest of a spread of one
# Academic spin-offs by sector: assumption, after the fields of i-Lab laureates (health, software, objects first).
RESEARCH_SECTORS = np.array([0.25, 0.36, 0.04, 0.12, 0.02, 0.02, 0.17, 0.02])


@helper
def age_profile(age_years, peak, spread):
    """Frequency of founding by age: a bell (not scaled to a mean of one: the base hazard carries the level)."""
    return math.exp(-0.5 * ((age_years - peak) / spread) ** 2)


@helper
def status_factor(status, startup_employee, jobseeker):
    """Founding hazard by status, against people employed elsewhere; founders are busy."""
    if status == FOUNDER:
        return 0.0
    if status == EMPLOYEE:
        return startup_employee
    if status == JOBSEEKER:
        return jobseeker
    return 1.0


@helper
def career_factor(foundations, succeeded, alumnus, par):
    """Founding hazard by past foundations and exits; nobody founds more than seven times (identities hold no more)."""
    if foundations >= 7:
        return 0.0
    if par.careers == 1:
        return 1.0
    factor = par.alumni if alumnus else 1.0
    if foundations > 0:
        factor *= par.serial_success if succeeded else par.serial_failure
    return factor


@helper
def most_career(par):
    """What a career multiplies the hazard by at most."""
    return 1.0 if par.careers == 1 else max(par.alumni, 1.0) * max(par.serial_success, par.serial_failure, 1.0)


@helper
def place_factor(peers, ecosystem, places, finance, incubators, mediation, skills, par):
    """What the zone adds to the hazard (MODEL C2.1), all centred but accelerator places, which only a policy has.

    Places, per 1,000 digital workers, add and do not multiply: each brings the same number of startups, however many
    there are. In the exponent, a thousand places in one city would bring each far more than one place in each of a
    thousand.
    """
    if par.interactions == 1:
        return 1.0
    housed = max(1.0 + par.incubation * places + par.incubators * incubators, 0.0)
    return housed * math.exp(par.peers * peers + par.ecosystem * ecosystem + par.finance * finance
                             + par.mediation * mediation + par.skills * skills)


def necessity(hardship, unemployment, reference, response):
    """Rise of job-seekers' founding hazard with unemployment around them, against the nation (MODEL C.22)."""
    return np.exp(response * (hardship + np.log(np.maximum(unemployment, 1e-3) / reference)))


@helper
def merit(skill, age_years, experienced, foundations, succeeded, at_home, par):
    """What a founder brings (MODEL C2.3): skill, age to 50, work or foundation in the trade, past success, roots."""
    # skill is stored in 32 bits: its log is taken in 64, as the interpreter does
    out = par.quality_skill * math.log(np.float64(skill)) + par.quality_age * (min(age_years, 50.0) - 40.0)
    if experienced:
        out += par.quality_experience
    if foundations > 0:
        out += par.quality_success if succeeded else par.quality_failure
    return out + (par.quality_home if at_home else 0.0)


@helper
def selected(places_per_1000):
    """Share of new startups that an incubator selects."""
    return -math.expm1(-places_per_1000 / ENTRIES_PER_1000)


@helper
def quality(best_merit, incubated, pushed, noise, par):
    """Latent quality of the firm: the best of the team, selection by an incubator, need of a job, and luck.

    `incubated` is one or zero less the nation's share before the policy, `pushed` the share of such founders who would
    not have founded under the nation's unemployment.
    """
    return (par.quality_level + best_merit + par.quality_incubator * incubated
            - par.quality_necessity * pushed + LUCK * noise)


@kernel
def zone_factors(peers, ecosystem, places, finance, incubators, mediation, skills, par):
    """Place factor by zone and trade."""
    out = np.empty(ecosystem.shape)
    for z in range(peers.size):
        for s in range(N_SECTORS):
            out[z, s] = place_factor(peers[z], ecosystem[z, s], places[z], finance[z], incubators[z], mediation[z],
                                     skills[z], par)
    return out


@kernel
def age_table(par):
    """Age profile by month of age, to 100 years."""
    out = np.empty(1200)
    for m in range(1200):
        out[m] = age_profile(m / 12.0, par.age_peak, par.age_spread)
    return out


@kernel
def whose_turn(month, alive, status, turn, foundations, alumni_until):
    """Rows of those who have their turn: free people, and employees who founded before or shared in an exit."""
    months = people.turns_of(month, np.int64(FOUND_EVERY))
    free, serial = np.empty(alive.size, np.bool_), np.empty(alive.size, np.bool_)
    for j in range(alive.size):  # no branch: several rows at once
        here = alive[j] & ((months >> np.int32(turn[j])) & np.int32(1))
        free[j] = here & ((status[j] == ELSEWHERE) | (status[j] == JOBSEEKER))
        serial[j] = here & (status[j] == EMPLOYEE) & ((foundations[j] > 0) | (alumni_until[j] >= month))
    return rows_where(free), rows_where(serial)


@kernel
def free_founders(draw, month, rows, uid, weight, zone, sector, birth, status, foundations, succeeded, alumni_until,
                  factor, boost, ages, highest, par):
    """Rows of free people, among those who have their turn, in which somebody founds: one keyed draw a row.

    No hazard of those who never founded is above `highest`, nor that of others above so many times it: most rows are
    settled by it, and nothing else need be known of them.
    """
    luck, may, career = rng.uniforms(draw, rng.FOUND, uid[rows]), np.empty(rows.size, np.bool_), most_career(par)
    for k in range(rows.size):  # no branch: several rows at once
        j = np.uint64(rows[k])
        times = career if (foundations[j] > 0) | (alumni_until[j] >= month) else 1.0
        may[k] = luck[k] < highest * times * weight[j]
    out, n = np.empty(rows.size, np.int64), 0
    for k in rows_where(may):
        j = rows[k]
        hazard = FOUND_EVERY * par.base_hazard * ages[month - birth[j]] * factor[zone[j], sector[j]]
        hazard *= status_factor(status[j], par.startup_employee, par.jobseeker * boost[zone[j]])
        hazard *= career_factor(foundations[j], succeeded[j], month <= alumni_until[j], par)
        out[n] = j
        n += rng.happens(hazard * weight[j], luck[k])
    return out[:n]


@kernel
def spin_offs(draw, month, rows, uid, staff, founders, zone, sector, first_employee, next_employee, birth, foundations,
              alumni_until, factor, ages, par):
    """Employees without a career who leave to found: candidates at the hazard of the best age, kept in proportion to
    their own.

    One draw a startup rather than one an employee gives the number of candidates. What counts is the place of work; who
    is kept depends on age alone, so that a policy adds candidates and changes none. At most one founder a startup and
    turn.

    Parameters
    ----------
    rows : [n] startups that have their turn
    """
    coming, may = rng.uniforms(draw, rng.SPIN_OFF, uid[rows]), np.empty(rows.size, np.bool_)
    highest = FOUND_EVERY * par.base_hazard * largest(factor.ravel()) * par.startup_employee
    for k in range(rows.size):  # most are settled by their staff, and nothing else need be known of them
        may[k] = coming[k] > 1.0 - highest * staff[np.uint64(rows[k])]
    out, n = np.empty(rows.size, np.int64), 0
    for k in rows_where(may):
        i = rows[k]
        others = staff[i] - founders[i]
        top = FOUND_EVERY * par.base_hazard * factor[zone[i], sector[i]] * par.startup_employee
        mean = min(top, MOST_EXPECTED) * others
        if coming[k] <= 1.0 - mean:  # never above the chance of no candidate: most logarithms are spared
            continue
        for candidate in range(rng.poisson(min(mean, MOST_EXPECTED), coming[k])):
            where, kept = rng.uniform_pair(draw, rng.SPIN_OFF, uid[i], 1 + candidate)
            j = first_employee[i]
            for _ in range(people.pick(others, where)):
                j = next_employee[j]
            if kept < ages[month - birth[j]] and foundations[j] == 0 and month > alumni_until[j]:
                out[n] = j
                n += 1
                break
    return out[:n]


@kernel
def serial_founders(draw, month, rows, uid, employer, zone, sector, birth, foundations, succeeded, alumni_until, factor,
                    ages, par):
    """Employees with a career, among those who have their turn, who leave to found: few, so that each has a draw."""
    luck = rng.uniforms(draw, rng.FOUND, uid[rows])
    highest = FOUND_EVERY * par.base_hazard * largest(factor.ravel()) * par.startup_employee
    highest = highest * most_career(par) * largest(ages)
    out, n = np.empty(rows.size, np.int64), 0
    for k in range(rows.size):
        if luck[k] >= highest:  # most are settled by it, and nothing else need be known of them
            continue
        j = rows[k]
        hazard = FOUND_EVERY * par.base_hazard * factor[zone[employer[j]], sector[employer[j]]] * par.startup_employee
        hazard *= career_factor(foundations[j], succeeded[j], month <= alumni_until[j], par)
        out[n] = j
        n += rng.happens(hazard * ages[month - birth[j]], luck[k])
    return out[:n]


@kernel
def from_research(draw, zone_uid, mean, rows, start, uid, crowd):
    """Researchers who found this month: rows, and their trades are those of the sectors they found in.

    Parameters
    ----------
    mean : [zones, sectors] expected number
    rows, start, crowd : see `pick_person`
    """
    out = np.empty(rows.size, np.int64)
    n = 0
    for z in range(zone_uid.size):
        for s in range(N_SECTORS):
            u = rng.uniform(draw, rng.RESEARCH, zone_uid[z], s)
            if not mean[z, s] > 0.0 or u <= 1.0 - mean[z, s]:
                continue
            for k in range(rng.poisson(min(mean[z, s], MOST_EXPECTED), u)):
                key = zone_uid[z] + np.uint64(1 + 64 * s + k)
                j = pick_person(draw, key, z, s, rows, start, uid, crowd)
                taken = j < 0
                for before in range(n):
                    taken |= out[before] == j
                if not taken:  # one researcher a row and month
                    out[n] = j
                    n += 1
    return out[:n]


@kernel
def endow(draw, month, startups, pushed, incubators, usual, uid, founder, founders, next_employee, skill, birth, hired,
          foundations, succeeded, zone, origin_zone, par, quality_of, cash):
    """Quality and first cash of newborn startups, to which each founder brings as much.

    Foundations are counted with this one.
    """
    for k in range(startups.size):
        i, best = startups[k], -np.inf
        p = founder[i]
        chance = selected(incubators[zone[p]])
        while p >= 0:
            experienced = hired[p] >= 0 or foundations[p] > 1
            one = merit(skill[p], (month - birth[p]) / 12.0, experienced, foundations[p] - 1, succeeded[p],
                        zone[p] == origin_zone[p], par)
            best = max(best, one)
            p = next_employee[p]
        u, v = rng.uniform_pair(draw, rng.QUALITY, uid[i], rng.ONCE)
        incubated = -selected(usual)
        if chance > 0.0 and rng.uniform(draw, rng.INCUBATED, uid[i]) < chance:
            incubated += 1.0
        quality_of[i] = quality(best, incubated, pushed[k], rng.normal_quantile(u), par)
        cash[i] = founders[i] * par.initial_cash_eur * math.exp(0.8 * rng.normal_quantile(v))


def highest_hazard(factor, boost, ages, par):
    """A hazard that no free person exceeds in a turn who never founded nor shared in an exit."""
    return FOUND_EVERY * par.base_hazard * max(1.0, par.jobseeker * boost.max()) * ages.max() * factor.max()


def register(world, persons, month):
    """Open a startup for each founder in `persons`, in order of identity; where it settles is decided later."""
    t, f = world.talent, world.startup
    uid = rng.startup_uids(t.uid[persons], t.foundations[persons])
    order = np.argsort(uid, kind="stable")
    persons, uid = persons[order], uid[order]
    rows = f.add(persons.size)
    f = world.startup
    f.uid[rows], f.alive[rows], f.birth[rows] = uid, True, month
    f.origin_zone[rows] = f.zone[rows] = t.zone[persons]
    f.sector[rows] = t.sector[persons]
    people.become_founder(world, persons, rows)
    return rows, order


def mediation(zone):
    """Log of one plus adults trained a year per 1,000 inhabitants, against those without the policy."""
    per_1000 = 12e3 / np.maximum(zone.population, 1.0)
    return np.log1p(per_1000 * zone.trained) - np.log1p(per_1000 * zone.trained_reference)


def skills(zone, nation):
    """Log of the share of adults at ease with digital tools, against the nation on its path without policy."""
    usual = nation.skills_reference[0]
    return np.log(np.maximum(zone.digital_skills, 1e-3) / usual) if usual > 0.0 else np.zeros(zone.n)


def refresh(world, par):
    """First finance within reach of each zone, of angels and seed funds, by quarter; before the policy, its mean.

    Founders do not count on angels who come for a relief: most of their deals replace other finance.
    """
    v, z, nation, space = world.investor, world.zone, world.nation, world.space
    within = np.full(z.n, par.founding.least_finance_eur)
    for kind, decay in enumerate((par.funding.distance_angel, par.funding.distance_fund)):
        of = (v.kind == kind) & ~v.novice
        within += distance_decay(space, decay) @ np.bincount(v.zone[of], v.money_eur[of], z.n)
    z.finance[:] = np.log(within)
    if world.month < par.policy_start:
        workers = z.talents.sum(axis=1)
        share = workers / max(workers.sum(), 1.0)
        nation.finance_reference[0] = (share * z.finance).sum()
        nation.incubators_reference[0] = 1e3 * z.incubators.sum() / max(workers.sum(), 1.0)


def factors(world, par):
    """Place factor by zone and trade, of the state now."""
    z, nation = world.zone, world.nation
    workers = np.maximum(z.talents.sum(axis=1), 1.0)
    return zone_factors(z.peers - nation.peers_reference[0], z.ecosystem - nation.ecosystem_reference[0],
                          1e3 * z.places / workers, z.finance - nation.finance_reference[0],
                          1e3 * z.incubators / workers - nation.incubators_reference[0],
                          mediation(z), skills(z, nation), par)


def research_mean(researchers, factor, par):
    """Academic spin-offs expected in a month by zone and sector: less than proportional to a zone's research staff.

    The nation's number is in proportion to its research staff; a power of each zone's gives the shares, so that the
    largest places do not have them all.
    """
    if par.research == 1 or researchers.sum() <= 0.0:
        return np.zeros(factor.shape)
    weight = researchers**par.research_scale
    yearly = par.research_hazard * researchers.sum() * weight / weight.sum()
    return yearly[:, None] * RESEARCH_SECTORS * factor / 12.0


def form_teams(world, par, draw, startups, rows, start):
    """Others of the zone join the founders of new startups; free people `rows` by zone and trade."""
    t, f = world.talent, world.startup
    if par.teams == 1 or startups.size == 0:
        return
    luck = rng.uniforms(draw, rng.TEAM_SIZE, f.uid[startups])
    row, of, rank = joiners(draw, startups, luck, par.team, world.space.relatedness, f.uid, f.zone, f.sector, rows,
                            start, still_free(rows, t.status, t.weight), t.uid, t.weight)
    persons = people.single_out(t, row, world.month, rng.JOIN_FOUNDERS + rank)
    people.join_founders(world, persons, of)


def who_founds(world, par, draw, asked, serial, factor):
    """Single persons who found this month, free or employees before, and the share of each whom need pushes.

    Parameters
    ----------
    asked, serial : rows of `whose_turn`
    """
    t, f, month = world.talent, world.startup, world.month
    z, ages, boost = world.zone, age_table(par), np.ones(world.zone.n)
    if par.necessity == 0:
        unemployment = z.jobseekers.sum(axis=1) / np.maximum(z.talents.sum(axis=1), 1.0)
        boost = necessity(z.hardship, unemployment, world.nation.unemployment_reference[0], par.necessity_response)
    free = free_founders(draw, month, asked, t.uid, t.weight, t.zone, t.sector, t.birth, t.status, t.foundations,
                         t.succeeded, t.alumni_until, factor, boost, ages, highest_hazard(factor, boost, ages, par),
                         par)
    pushed = np.where(t.status[free] == JOBSEEKER, np.maximum(1.0 - 1.0 / boost[t.zone[free]], 0.0), 0.0)
    employees = spin_offs(draw, month, people.startups_in_turn(month, FOUND_EVERY, f.alive, f.uid), f.uid, f.staff,
                          f.founders, f.zone, f.sector, f.first_employee, t.next_employee, t.birth, t.foundations,
                          t.alumni_until, factor, ages, par)
    serial = serial_founders(draw, month, serial, t.uid, t.employer, f.zone, f.sector, t.birth, t.foundations,
                             t.succeeded, t.alumni_until, factor, ages, par)
    employees = np.concatenate([employees, serial])
    people.leave(world, employees, JOBSEEKER)
    persons = people.single_out(t, np.concatenate([free, employees]), month, 0)
    return persons, np.r_[pushed, np.zeros(employees.size)]


def academics(world, par, draw, rows, start, factor):
    """Single persons who found out of research this month, of free people `rows` by zone and trade."""
    t, z = world.talent, world.zone
    mean = research_mean(z.researchers, factor, par)
    chosen = from_research(draw, z.uid, mean, rows, start, t.uid, still_free(rows, t.status, t.weight))
    world.count("academic_spin_offs", t.zone[chosen])
    return people.single_out(t, chosen, world.month, rng.FROM_RESEARCH)


def step(world, par, draw):
    """Decide who founds, single them out of their bundle or employer, open their startups and form teams."""
    p = par.founding
    if p.active == 1:
        return
    if world.month % 3 == 0 or not world.zone.finance.any():
        refresh(world, par)
    factor = factors(world, p)
    t = world.talent
    asked, serial = whose_turn(world.month, t.alive, t.status, t.turn, t.foundations, t.alumni_until)
    persons, pushed = who_founds(world, p, draw, asked, serial, factor)
    rows, order = register(world, persons, world.month)
    free = sort_by_trade(world.month, asked, world.talent.turn, world.talent.zone, world.talent.sector, world.zone.n)
    others, _ = register(world, academics(world, p, draw, *free, factor), world.month)
    world.startup.knowledge[others] = p.research_knowledge
    rows, pushed = np.concatenate([rows, others]), np.r_[pushed[order], np.zeros(others.size)]
    order = np.argsort(world.startup.uid[rows], kind="stable")
    rows, pushed = rows[order], pushed[order]
    form_teams(world, p, draw, rows, *free)
    t, f, z = world.talent, world.startup, world.zone
    incubators = 1e3 * z.incubators / np.maximum(z.talents.sum(axis=1), 1.0)
    endow(draw, world.month, rows, pushed, incubators, world.nation.incubators_reference[0], f.uid, f.founder,
          f.founders, t.next_employee, t.skill, t.birth, t.hired, t.foundations, t.succeeded, t.zone,
          t.origin_zone, p, f.quality, f.cash_eur)
    world.pay("households", "startups", "savings", f.zone[rows], f.cash_eur[rows])

"""Labour (ODD 7.8): startups offer places, people look for jobs, and the two meet by labour market and trade.

Propose, then settle. Startups say how many people they want; people are let go (last in, first out), some
leave. Vacancies and search of each market give the chance that a vacancy is filled (MODEL C5.2); a keyed draw
per startup says how many of its places are; keyed arrival times say which people come first. Nobody's luck
depends on who was served before: one more vacancy brings in one more person.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS
from sim.kernels import group_rows, kernel

NAME = "labour"
READS = ("startup.*", "talent.*", "zone.wage", "zone.wage_place", "zone.labour_market", "zone.talents", "zone.jobseekers",
         "nation.unemployment_reference")
WRITES = ("startup.staff", "startup.vacancies", "startup.first_employee", "talent.*", "zone.wage", "zone.vacancies")


@kernel
def staff_wanted(staff, revenue_eur, cash_eur, cost_eur, founder_cost_eur, par):
    """People a startup can afford, at most a little above today's (MODEL C5.1)."""
    pace = par.growth_small if staff < 10 else par.growth_large
    largest = max(staff * (1.0 + pace), staff + 1.0)
    affordable = 1.0 + max(revenue_eur + max(cash_eur, 0.0) / par.horizon - founder_cost_eur, 0.0) / cost_eur
    return max(1, int(math.floor(min(largest, affordable))))


@kernel
def matches(search, vacancies, par):
    """Jobs filled in a month on one market (MODEL C5.2)."""
    if search <= 0.0 or vacancies <= 0.0:
        return 0.0
    return min(search, vacancies, par.match_scale * search**par.match_share * vacancies ** (1.0 - par.match_share))


@kernel
def search_effort(status, weight, search_on_job):
    """People of a row who look for a job in a startup."""
    if status == JOBSEEKER:
        return float(weight)
    if status == ELSEWHERE:
        return search_on_job * weight
    return 0.0


@kernel
def next_wage(wage, place, unemployment, reference, par):
    """Wage moves towards its level for the place's density and unemployment (MODEL C5.3)."""
    target = place - par.wage_curve * math.log(max(unemployment, 1e-3) / reference)
    return math.exp(math.log(wage) + par.wage_speed * (target - math.log(wage)))


@kernel
def departures(draw, alive, uid, staff, revenue, cash, zone, sector, wage, first_employee, next_employee, talent_uid, par,
               vacancies, quitters, laid_off):
    """Vacancies of each startup, and the people who quit or are let go; returns how many of each."""
    n_quit, n_off = 0, 0
    for i in range(alive.size):
        vacancies[i] = 0
        if not alive[i]:
            continue
        cost = par.all_in_cost_eur * wage[zone[i], sector[i]]
        gap = staff_wanted(staff[i], revenue[i], cash[i], cost, par.founder_cost_eur, par) - staff[i]
        if gap > 0:
            vacancies[i] = gap
        p = first_employee[i]
        while p >= 0:
            if gap < 0:
                laid_off[n_off] = p
                n_off += 1
                gap += 1
            elif rng.uniform(draw, rng.QUIT, talent_uid[p]) < par.quit:
                quitters[n_quit] = p
                n_quit += 1
            p = next_employee[p]
    return n_quit, n_off


@kernel
def job_search(alive, status, weight, zone, sector, labour_market, search_on_job, effort, market):
    """Search effort of each row, and the market it searches on (-1: none)."""
    for j in range(alive.size):
        effort[j] = search_effort(status[j], weight[j], search_on_job) if alive[j] else 0.0
        market[j] = labour_market[zone[j]] * N_SECTORS + sector[j] if effort[j] > 0.0 else -1


@kernel
def fill(draw, alive, uid, vacancies, market, chance, out):
    """Places filled by each startup: binomial by inversion of one keyed draw."""
    for i in range(alive.size):
        out[i] = 0
        if alive[i] and vacancies[i] > 0:
            out[i] = rng.binomial(vacancies[i], chance[market[i]], rng.uniform(draw, rng.FILL, uid[i]))


@kernel
def arrivals(draw, rows, uid, effort, weight, horizon, out_time, out_row):
    """People of one market who come forward before `horizon`, in keyed random times; returns how many.

    Each row is a Poisson stream of rate `effort`, one person an arrival, at most its people.
    """
    n = 0
    for j in rows:
        time = 0.0
        for k in range(weight[j]):
            time += rng.exponential(draw, rng.SEARCH, uid[j], k) / effort[j]
            if time >= horizon or n == out_time.size:
                break
            out_time[n] = time
            out_row[n] = j
            n += 1
    return n


@kernel
def first_comers(draw, hires, rows, start, uid, effort, weight, capacity):
    """Rows of the people hired, market by market, in order of arrival.

    Parameters
    ----------
    hires : [markets] places to fill; lowered where too few people look for a job
    rows, start : searching rows grouped by market
    """
    out = np.empty(hires.sum(), np.int64)
    n = 0
    for m in range(hires.size):
        if hires[m] == 0:
            continue
        group = rows[start[m]:start[m + 1]]
        available, total = 0, 0.0
        for j in group:
            available += weight[j]
            total += effort[j]
        wanted = min(hires[m], available)
        horizon = (wanted + 3.0 * math.sqrt(wanted) + 3.0) / total if total > 0.0 else 0.0
        found = 0
        time = np.empty(0)
        row = np.empty(0, np.int64)
        while found < wanted:
            time = np.empty(available)
            row = np.empty(available, np.int64)
            found = arrivals(draw, group, uid, effort, weight, horizon, time, row)
            horizon *= 2.0
        order = np.argsort(time[:found], kind="mergesort")
        for k in range(wanted):
            out[n] = row[order[k]]
            n += 1
        hires[m] = wanted
    return out[:n]


@kernel
def vacancy_order(draw, startups, filled, uid):
    """One keyed time per filled place: the order in which startups are served, and the startup of each place."""
    total = 0
    for i in startups:
        total += filled[i]
    time = np.empty(total)
    of = np.empty(total, np.int64)
    n = 0
    for i in startups:
        for k in range(filled[i]):
            time[n] = rng.exponential(draw, rng.VACANCY_ORDER, uid[i], k)
            of[n] = i
            n += 1
    return time, of


@kernel
def other_employers(draw, alive, status, weight, uid, par, finders, losers):
    """Rows whose people find or lose a job with another employer this month; returns how many of each."""
    n_find, n_lose = 0, 0
    for j in range(alive.size):
        if not alive[j]:
            continue
        if status[j] == JOBSEEKER:
            if rng.uniform(draw, rng.OTHER_JOBS, uid[j]) < par.job_finding:
                finders[n_find] = j
                n_find += 1
        elif status[j] == ELSEWHERE:
            if rng.uniform(draw, rng.OTHER_JOBS, uid[j]) < par.job_loss:
                losers[n_lose] = j
                n_lose += 1
    return n_find, n_lose


@kernel
def wages(wage, place, jobseekers, talents, labour_market, reference, par):
    """Move wages of every zone and trade; unemployment is that of the labour market."""
    markets = labour_market.max() + 1
    seek = np.zeros((markets, N_SECTORS))
    people_ = np.zeros((markets, N_SECTORS))
    for z in range(labour_market.size):
        seek[labour_market[z]] += jobseekers[z]
        people_[labour_market[z]] += talents[z]
    for z in range(labour_market.size):
        for s in range(N_SECTORS):
            total = people_[labour_market[z], s]
            rate = seek[labour_market[z], s] / total if total > 0.0 else reference
            wage[z, s] = next_wage(wage[z, s], place[z], rate, reference, par)


def let_go(world, par, draw):
    """Startups decide how many people they want; some of their people leave, some are let go."""
    f, t, z = world.startup, world.talent, world.zone
    quitters, laid_off = np.empty(t.n, np.int64), np.empty(t.n, np.int64)
    n_quit, n_off = departures(draw, f.alive, f.uid, f.staff, f.revenue_eur, f.cash_eur, f.zone, f.sector, z.wage,
                               f.first_employee, t.next_employee, t.uid, par, f.vacancies, quitters, laid_off)
    for persons, status, flow in ((quitters[:n_quit], ELSEWHERE, "quits"), (laid_off[:n_off], JOBSEEKER, "layoffs")):
        world.count(flow, f.zone[t.employer[persons]])
        people.leave(world, persons, status)


def match(world, par, draw):
    """Fill vacancies market by market."""
    f, t, z = world.startup, world.talent, world.zone
    effort, market = np.empty(t.n), np.empty(t.n, np.int64)
    job_search(t.alive, t.status, t.weight, t.zone, t.sector, z.labour_market, par.search_on_job, effort, market)
    n_markets = (int(z.labour_market.max()) + 1) * N_SECTORS
    search = np.bincount(market[market >= 0], effort[market >= 0], n_markets)
    firm_market = z.labour_market[f.zone].astype(np.int64) * N_SECTORS + f.sector
    offered = np.bincount(firm_market[f.alive], f.vacancies[f.alive], n_markets)
    chance = np.array([matches(u, v, par) / v if v > 0 else 0.0 for u, v in zip(search, offered)])
    filled = np.empty(f.n, np.int64)
    fill(draw, f.alive, f.uid, f.vacancies, firm_market, chance, filled)
    hires = np.bincount(firm_market, filled, n_markets).astype(np.int64)
    rows, start = group_rows(market, n_markets)
    hired_rows = first_comers(draw, hires, rows, start, t.uid, effort, t.weight, t.n)
    settle(world, draw, filled, firm_market, hires, hired_rows)


def settle(world, draw, filled, firm_market, hires, hired_rows):
    """First people to come meet the first places served, market by market; ties by identity."""
    f, t = world.startup, world.talent
    offering = np.flatnonzero(filled)
    time, of = vacancy_order(draw, offering, filled, f.uid)
    order = np.lexsort((f.uid[of], time, firm_market[of]))
    served = np.concatenate([[0], np.cumsum(np.bincount(firm_market[of], minlength=hires.size))])
    rank = np.arange(of.size) - served[firm_market[of][order]]
    employers = of[order][rank < hires[firm_market[of][order]]]
    from_status = t.status[hired_rows]
    world.count("hires", f.zone[employers])
    world.count("hires_elsewhere", f.zone[employers[from_status == ELSEWHERE]])
    world.count("hires_jobseekers", f.zone[employers[from_status == JOBSEEKER]])
    persons = people.single_out(t, hired_rows)
    people.hire(world, persons, employers, world.month)


def meet_other_employers(world, par, draw):
    """The rest of the economy: job-seekers find work elsewhere, people employed elsewhere lose theirs."""
    t = world.talent
    finders, losers = np.empty(t.n, np.int64), np.empty(t.n, np.int64)
    n_find, n_lose = other_employers(draw, t.alive, t.status, t.weight, t.uid, par, finders, losers)
    t.status[finders[:n_find]] = ELSEWHERE
    t.status[losers[:n_lose]] = JOBSEEKER
    people.rejoin(t)


def step(world, par, draw):
    """Departures, matching, the rest of the economy, wages."""
    if par.labour.active == 1:
        return
    z = world.zone
    let_go(world, par.labour, draw)
    z.vacancies[:] = np.bincount(world.startup.zone, world.startup.vacancies, z.n)
    match(world, par.labour, draw)
    meet_other_employers(world, par.labour, draw)
    wages(z.wage, z.wage_place, z.jobseekers, z.talents, z.labour_market, world.nation.unemployment_reference[0], par.labour)

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
from sim.kernels import kernel

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
def chances(search, vacancies, par):
    """Chance that a vacancy is filled this month, by market."""
    out = np.zeros(search.size)
    for m in range(search.size):
        if vacancies[m] > 0.0:
            out[m] = matches(search[m], vacancies[m], par) / vacancies[m]
    return out


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
def departures(draw, alive, uid, staff, revenue, cash, zone, sector, wage, first_employee, next_employee, par,
               vacancies, quitters, laid_off):
    """Vacancies of each startup, and the people who quit or are let go; returns how many of each.

    Quits are a binomial count per startup; each falls on a random place of the list of staff, and two that fall on
    the same person are one. Lay-offs start with the last hired, who may then not quit as well.
    """
    n_quit, n_off = 0, 0
    for i in range(alive.size):
        vacancies[i] = 0
        if not alive[i]:
            continue
        cost = par.all_in_cost_eur * wage[zone[i], sector[i]]
        gap = staff_wanted(staff[i], revenue[i], cash[i], cost, par.founder_cost_eur, par) - staff[i]
        vacancies[i] = max(gap, 0)
        off = max(-gap, 0)
        for k in range(off):
            laid_off[n_off + k] = people.nth_employee(i, k, first_employee, next_employee)
        n_off += off
        staying = staff[i] - 1 - off
        first_quit = n_quit
        for k in range(rng.binomial(staying, par.quit, rng.uniform(draw, rng.QUIT, uid[i]))):
            place = off + int(staying * rng.uniform(draw, rng.QUIT_WHO, uid[i], k))
            person = people.nth_employee(i, place, first_employee, next_employee)
            if not (quitters[first_quit:n_quit] == person).any():
                quitters[n_quit] = person
                n_quit += 1
    return n_quit, n_off


@kernel
def job_search(rows, status, weight, zone, sector, labour_market, search_on_job):
    """Search effort of each free row, and the market it searches on."""
    effort = np.empty(rows.size)
    market = np.empty(rows.size, np.int64)
    for k in range(rows.size):
        j = rows[k]
        effort[k] = search_effort(status[j], weight[j], search_on_job)
        market[k] = labour_market[zone[j]] * N_SECTORS + sector[j]
    return effort, market


@kernel
def fill(draw, alive, uid, vacancies, market, chance, out):
    """Places filled by each startup: binomial by inversion of one keyed draw."""
    for i in range(alive.size):
        out[i] = 0
        if alive[i] and vacancies[i] > 0:
            out[i] = rng.binomial(vacancies[i], chance[market[i]], rng.uniform(draw, rng.FILL, uid[i]))


@kernel
def arrivals(draw, rows, market, uid, effort, weight, horizon, capacity):
    """People who come forward before the `horizon` of their market, in keyed random times.

    Each row is a Poisson stream of rate `effort`, one person an arrival, at most its people.

    Returns
    -------
    time, place : [n] of each arrival, and its place in `rows`; n = `capacity` means that some may be missing
    """
    time = np.empty(capacity)
    place = np.empty(capacity, np.int64)
    n = 0
    for k in range(rows.size):
        at = 0.0
        people_here = weight[rows[k]] if horizon[market[k]] > 0.0 else 0
        for person in range(people_here):
            at += rng.exponential(draw, rng.SEARCH, uid[rows[k]], person) / effort[k]
            if at >= horizon[market[k]] or n == capacity:
                break
            time[n] = at
            place[n] = k
            n += 1
    return time[:n], place[:n]


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
def other_employers(draw, rows, status, uid, par):
    """Free rows whose people find or lose a job with another employer this month: finders, losers."""
    finds = np.zeros(rows.size, np.bool_)
    loses = np.zeros(rows.size, np.bool_)
    for k in range(rows.size):
        j = rows[k]
        u = rng.uniform(draw, rng.OTHER_JOBS, uid[j])
        finds[k] = status[j] == JOBSEEKER and u < par.job_finding
        loses[k] = status[j] == ELSEWHERE and u < par.job_loss
    return rows[finds], rows[loses]


@kernel
def wages(wage, place, unemployment, labour_market, reference, par):
    """Move wages of every zone and trade; unemployment is that of the labour market, [markets, trades]."""
    for z in range(labour_market.size):
        for s in range(N_SECTORS):
            wage[z, s] = next_wage(wage[z, s], place[z], unemployment[labour_market[z], s], reference, par)


def first_comers(draw, hires, rows, market, uid, effort, weight):
    """People hired, market by market, in order of arrival.

    Parameters
    ----------
    hires : [markets] places to fill; lowered where too few people look for a job
    rows, market, effort : [n] rows of talents that search, where, and how hard

    Returns
    -------
    [sum of hires] rows of talents, sorted by market, then by arrival; a bundle may be named several times
    """
    np.minimum(hires, np.bincount(market, weight[rows], hires.size).astype(np.int64), out=hires)
    total = np.bincount(market, effort, hires.size)
    # enough time for the people wanted, and three standard deviations more
    horizon = np.where(hires > 0, (hires + 3.0 * np.sqrt(hires) + 3.0) / np.maximum(total, 1e-300), 0.0)
    capacity = int(2.0 * (horizon * total).sum()) + 1000
    while True:
        time, place = arrivals(draw, rows, market, uid, effort, weight, horizon, capacity)
        short = np.bincount(market[place], minlength=hires.size) < hires
        if time.size < capacity and not short.any():
            break
        capacity *= 2
        horizon[short] *= 2.0
    order = np.lexsort((uid[rows[place]], time, market[place]))
    return rows[place[order][rank_in_group(market[place][order]) < hires[market[place][order]]]]


def rank_in_group(group):
    """Rank of each element among those of its group; `group` is sorted."""
    return np.arange(group.size) - np.searchsorted(group, group)


def let_go(world, par, draw):
    """Startups decide how many people they want; some of their people leave, some are let go."""
    f, t, z = world.startup, world.talent, world.zone
    employed = int(f.staff[f.alive].sum())
    quitters, laid_off = np.empty(employed, np.int64), np.empty(employed, np.int64)
    n_quit, n_off = departures(draw, f.alive, f.uid, f.staff, f.revenue_eur, f.cash_eur, f.zone, f.sector, z.wage,
                               f.first_employee, t.next_employee, par, f.vacancies, quitters, laid_off)
    for persons, status, flow in ((quitters[:n_quit], ELSEWHERE, "quits"), (laid_off[:n_off], JOBSEEKER, "layoffs")):
        world.count(flow, f.zone[t.employer[persons]])
        people.leave(world, persons, status)


def search(world, par):
    """Free rows, their search effort and market, and the number of markets."""
    t, z = world.talent, world.zone
    rows = people.free(t)
    effort, market = job_search(rows, t.status, t.weight, t.zone, t.sector, z.labour_market, par.search_on_job)
    n_markets = (int(z.labour_market.max()) + 1) * N_SECTORS
    return rows, effort, market, n_markets


def match(world, par, draw):
    """Fill vacancies market by market."""
    f, t, z = world.startup, world.talent, world.zone
    rows, effort, market, n_markets = search(world, par)
    effort_of = np.bincount(market, effort, n_markets)
    firm_market = z.labour_market[f.zone].astype(np.int64) * N_SECTORS + f.sector
    offered = np.bincount(firm_market[f.alive], f.vacancies[f.alive], n_markets)
    chance = chances(effort_of, offered, par)
    filled = np.empty(f.n, np.int64)
    fill(draw, f.alive, f.uid, f.vacancies, firm_market, chance, filled)
    hires = np.bincount(firm_market, filled, n_markets).astype(np.int64)
    hired_rows = first_comers(draw, hires, rows, market, t.uid, effort, t.weight)
    settle(world, draw, filled, firm_market, hires, hired_rows)


def settle(world, draw, filled, firm_market, hires, hired_rows):
    """First people to come meet the first places served, market by market; ties by identity."""
    f, t = world.startup, world.talent
    offering = np.flatnonzero(filled)
    time, of = vacancy_order(draw, offering, filled, f.uid)
    order = np.lexsort((f.uid[of], time, firm_market[of]))
    of, served_in = of[order], firm_market[of][order]
    employers = of[rank_in_group(served_in) < hires[served_in]]
    from_status = t.status[hired_rows]
    world.count("hires", f.zone[employers])
    world.count("hires_elsewhere", f.zone[employers[from_status == ELSEWHERE]])
    world.count("hires_jobseekers", f.zone[employers[from_status == JOBSEEKER]])
    persons = people.single_out(t, hired_rows)
    people.hire(world, persons, employers, world.month)


def meet_other_employers(world, par, draw):
    """The rest of the economy: job-seekers find work elsewhere, people employed elsewhere lose theirs."""
    t = world.talent
    finders, losers = other_employers(draw, people.free(t), t.status, t.uid, par)
    t.status[finders] = ELSEWHERE
    t.status[losers] = JOBSEEKER
    people.rejoin(t)


def unemployment(zone, reference):
    """Share of job-seekers by labour market and trade; the national reference where nobody lives of a trade."""
    seeking, people_ = (np.zeros((int(zone.labour_market.max()) + 1, N_SECTORS)) for _ in range(2))
    np.add.at(seeking, zone.labour_market, zone.jobseekers)
    np.add.at(people_, zone.labour_market, zone.talents)
    return np.where(people_ > 0.0, seeking / np.maximum(people_, 1.0), reference)


def step(world, par, draw):
    """Departures, matching, the rest of the economy, wages."""
    if par.labour.active == 1:
        return
    z = world.zone
    let_go(world, par.labour, draw)
    z.vacancies[:] = np.bincount(world.startup.zone, world.startup.vacancies, z.n)
    match(world, par.labour, draw)
    meet_other_employers(world, par.labour, draw)
    reference = world.nation.unemployment_reference[0]
    wages(z.wage, z.wage_place, unemployment(z, reference), z.labour_market, reference, par.labour)

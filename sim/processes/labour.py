"""Labour: startups offer places, people look for jobs, and the two meet by labour market and trade.

Propose, then settle. Startups say how many people they want; people are let go (last in, first out), some
leave. Vacancies and search of each market give the chance that a vacancy is filled (MODEL C5.2); a keyed draw
per startup says how many of its places are; openings and applicants then meet at keyed places of a circle
(`sim.meeting`).

Wages tell everybody how scarce people are: where they are above the usual wage of the place, other employers hire less
and let more people go, job-seekers accept more of what they are offered, and people quit zones that pay less than
the rest of their labour market. Some job-seekers look in a related trade. People apply within their labour market
only: matching between neighbouring markets is left out, Île-de-France being one.
"""

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS, STATUS
from sim.kernels import helper, kernel
from sim.labour_markets import by_market
from sim.meeting import come_forward, meet, open_places, search_of

NAME = "labour"
READS = ("startup.*", "talent.*", "zone.wage", "zone.wage_place", "zone.labour_market", "zone.talents")
WRITES = ("startup.staff", "startup.vacancies", "startup.first_employee", "talent.*", "zone.vacancies")


TURN = 3  # months between the months in which a person looks for a job, and a startup sees people quit


@helper
def staff_wanted(staff, founders, revenue_eur, cash_eur, cost_eur, founder_cost_eur, par):
    """People a startup can afford, its founders first, at most a little above today's (MODEL C5.1)."""
    pace = par.growth_small if staff < 10 else par.growth_large
    largest = max(staff * (1.0 + pace), staff + 1.0)
    means = revenue_eur + max(cash_eur, 0.0) / par.horizon - founders * founder_cost_eur
    return max(founders, int(min(largest, founders + max(means, 0.0) / cost_eur)))


@helper
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


@helper
def search_effort(seeks, search_on_job, ease):
    """How hard a person outside startups looks for a job in one: job-seekers as far as they accept it, and find it
    (`ease`), the others on the job.
    """
    return ease if seeks else search_on_job


def scarcity(wage, place):
    """Log of the wage over the usual one of the place, [zones, sectors]; zero at the reference unemployment.

    Parameters
    ----------
    wage : [zones, sectors]
    place : [zones] log of the usual wage
    """
    return np.log(wage) - place[:, None]


def other_hiring(gap, par):
    """Chances that a job-seeker finds a job elsewhere, and that somebody there loses it, in a turn, [zones, sectors].

    Other employers have a labour demand with an elasticity; job-seekers a reservation wage (DESIGN 6-14). `gap` is
    the log of the wage over the usual one.
    """
    finding = np.minimum(par.job_finding * np.exp((par.reservation - par.demand) * gap), 0.9)
    loss = np.minimum(par.job_loss * np.exp(par.demand * gap), 0.9)
    return 1.0 - (1.0 - finding) ** TURN, 1.0 - (1.0 - loss) ** TURN


def acceptance(gap, par):
    """Chance that a job-seeker accepts a job against the usual one: one at the usual wage."""
    return np.exp(par.reservation * gap)


def quit_chance(wage, talents, labour_market, par):
    """Chance that an employee quits in a turn, [zones, sectors]: more where the zone pays less than its labour market.

    The wage of a labour market is the mean of its zones, weighted by people.
    """
    paid, paid_to = by_market(labour_market, talents * wage), by_market(labour_market, talents)
    usual = np.where(paid_to > 0.0, paid / np.maximum(paid_to, 1e-300), wage)
    return 1.0 - (1.0 - np.minimum(par.quit * (usual / wage) ** par.quit_gap, 0.9)) ** TURN


@kernel
def labour_demand(alive, staff, founders, revenue, cash, zone, sector, wage, relieved, par, vacancies):
    """Write the vacancies of each startup, and return how many people each one has too many.

    `relieved` is an employee's cost after reliefs, against the usual.
    """
    surplus = np.empty_like(staff)
    for i in range(alive.size):
        cost = par.all_in_cost_eur * wage[zone[i], sector[i]] * relieved[i]
        gap = staff_wanted(staff[i], founders[i], revenue[i], cash[i], cost, par.founder_cost_eur, par) - staff[i]
        gap = gap if alive[i] else 0
        vacancies[i] = max(gap, 0)
        surplus[i] = max(-gap, 0)
    return surplus


@kernel
def departures(draw, quitting, surplus, uid, staff, founders, zone, sector, first_employee, next_employee, quits_of):
    """People who quit or are let go.

    `quitting` is the uniform of each startup that has its turn, -1 of the others. Quits are a binomial count; each
    falls on a random place of the list of staff, and two that fall on the same person are one. Lay-offs start with the
    last hired, who may then not quit as well.

    Returns
    -------
    quitters, laid_off : rows of talents
    """
    room = next_employee.size
    quitters, laid_off = np.empty(room, np.int64), np.empty(room, np.int64)
    n_quit, n_off, largest = 0, 0, 0
    for i in range(staff.size):
        largest = max(largest, staff[i])
    place, team = np.empty(largest, np.int64), np.empty(largest, np.int64)
    for i in range(staff.size):
        off, quits = surplus[i], 0
        if off == 0 and quitting[i] < 0.0:
            continue
        staying = np.int64(staff[i] - founders[i] - off)
        if quitting[i] >= 0.0:
            quits = rng.binomial(staying, quits_of[zone[i], sector[i]], quitting[i])
        if off + quits == 0:
            continue
        deepest = off
        for k in range(quits):
            place[k] = off + people.pick(staying, rng.uniform(draw, rng.QUIT_WHO, uid[i], k))
            deepest = max(deepest, place[k] + 1)
        people.walk_staff(i, first_employee, next_employee, team[:deepest])
        for k in range(off):
            laid_off[n_off] = team[k]
            n_off += 1
        for k in range(quits):
            if team[place[k]] >= 0:
                quitters[n_quit] = team[place[k]]
                n_quit += 1
                team[place[k]] = -1
    return quitters[:n_quit], laid_off[:n_off]


@kernel
def job_search(rows, status, weight, literacy, zone, sector, labour_market, accept, search_on_job):
    """Search effort of rows in their turn, one month in three and thrice as hard, the market they search, and the
    places among `rows` of job-seekers.
    """
    effort = np.empty(rows.size)
    market, seekers, n = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64), 0
    for k in range(rows.size):
        j = rows[k]
        seekers[n] = k
        seeks = status[j] == JOBSEEKER
        n += seeks
        ease = accept[zone[j], sector[j]] * literacy[j]
        effort[k] = TURN * (search_effort(seeks, search_on_job, ease) * weight[j])
        market[k] = labour_market[zone[j]] * N_SECTORS + sector[j]
    return effort, market, seekers[:n]


@kernel
def fill(luck, vacancies, market, chance):
    """Places filled by each of several startups: binomial by inversion of one keyed draw."""
    out = np.empty(vacancies.size, np.int64)
    for k in range(vacancies.size):
        out[k] = rng.binomial(np.int64(vacancies[k]), chance[market[k]], luck[k])
    return out


@kernel
def other_employers(rows, luck, status, zone, sector, chance):
    """Rows in their turn whose people find or lose a job with another employer: finders, losers.

    `chance` is that of a turn to change status, [statuses, zones, sectors].
    """
    finders, losers = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    n_find, n_lose = 0, 0
    for k in range(rows.size):
        j = rows[k]
        if luck[k] < chance[status[j], zone[j], sector[j]]:
            if status[j] == JOBSEEKER:
                finders[n_find] = j
                n_find += 1
            else:
                losers[n_lose] = j
                n_lose += 1
    return finders[:n_find], losers[:n_lose]


def let_go(world, par, draw):
    """Startups decide how many people they want; some people are let go, some leave: rows of those who quit."""
    f, t, z = world.startup, world.talent, world.zone
    surplus = labour_demand(f.alive, f.staff, f.founders, f.revenue_eur, f.cash_eur, f.zone, f.sector, z.wage,
                            f.employee_cost, par, f.vacancies)
    quitting, firms = np.full(f.n, -1.0), people.startups_in_turn(world.month, TURN, f.alive, f.uid)
    quitting[firms] = rng.uniforms(draw, rng.QUIT, f.uid[firms])
    quitters, laid_off = departures(
        draw, quitting, surplus, f.uid, f.staff, f.founders, f.zone, f.sector, f.first_employee, t.next_employee,
        quit_chance(z.wage, z.talents, z.labour_market, par))
    for persons, status, flow in ((quitters, ELSEWHERE, "quits"), (laid_off, JOBSEEKER, "layoffs")):
        world.count(flow, f.zone[t.employer[persons]])
        people.leave(world, persons, status)
    return quitters


def related_trades(relatedness):
    """Cumulated chances of each related trade for those who look outside their own, [sectors, sectors]."""
    weight = relatedness - np.diag(np.diag(relatedness))
    total = weight.cumsum(axis=1)
    return total / np.maximum(total[:, -1:], 1e-300)


@kernel
def look_around(luck, rows, seekers, related, ladder, zone, sector, labour_market, market):
    """Some job-seekers, at places `seekers` of `rows`, look in a related trade: their market changes.

    A keyed uniform says who does: below `related`, its place there says which trade (`ladder`, cumulated chances).
    """
    for k in range(seekers.size):
        if luck[k] < related:
            j, trade = rows[seekers[k]], 0
            while trade < N_SECTORS and ladder[sector[j], trade] <= luck[k] / related:
                trade += 1
            market[seekers[k]] = labour_market[zone[j]] * N_SECTORS + trade


def search(world, par, draw, rows, gap):
    """Say where the rows that look for a job this month do, and how hard: a `meeting.Search`."""
    t, z = world.talent, world.zone
    effort, market, seekers = job_search(rows, t.status, t.weight, t.literacy, t.zone, t.sector,
                                         z.labour_market, acceptance(gap, par), par.search_on_job)
    if par.trades == 0:
        luck = rng.uniforms(draw, rng.RELATED_TRADE, t.uid[rows[seekers]])
        look_around(luck, rows, seekers, par.related, related_trades(world.space.relatedness), t.zone, t.sector,
                    z.labour_market, market)
    return search_of(rows, market, effort, t.weight, (int(z.labour_market.max()) + 1) * N_SECTORS)


def match(world, par, draw, searching):
    """Fill vacancies market by market from those who look for a job."""
    f, z = world.startup, world.zone
    offering = np.flatnonzero(f.vacancies)
    z.vacancies[:] = np.bincount(f.zone[offering], f.vacancies[offering], z.n)
    market = z.labour_market[f.zone[offering]].astype(np.int64) * N_SECTORS + f.sector[offering]
    vacancies = f.vacancies[offering]
    chance = chances(searching.total, np.bincount(market, vacancies, searching.total.size), par)
    filled = fill(rng.uniforms(draw, rng.FILL, f.uid[offering]), vacancies, market, chance)
    settle(world, draw, offering, filled, market, searching)


def settle(world, draw, startups, filled, market, searching):
    """Openings and applicants of each market meet on a circle; those who meet sign.

    Parameters
    ----------
    startups, filled, market : [n] rows of startups, places they fill, and their markets
    searching : Search
    """
    f, t, n_markets = world.startup, world.talent, searching.total.size
    opening_market, opening_place, employers = open_places(draw, startups, filled, market, f.uid, n_markets)
    hires = np.bincount(opening_market, minlength=n_markets)
    their_market, their_place, their_row, occasion = come_forward(draw, hires, searching, t.uid, t.weight)
    chosen = meet(opening_market, opening_place, their_market, their_place)
    employers, chosen = employers[chosen >= 0], chosen[chosen >= 0]
    hired_rows = their_row[chosen]
    from_status = t.status[hired_rows]
    world.count("hires", f.zone[employers])
    world.count("hires_elsewhere", f.zone[employers[from_status == ELSEWHERE]])
    world.count("hires_jobseekers", f.zone[employers[from_status == JOBSEEKER]])
    persons = people.single_out(t, hired_rows, world.month, occasion[chosen] + 1)
    people.hire(world, persons, employers, world.month)


def meet_other_employers(world, par, draw, rows, gap):
    """The rest of the economy: job-seekers find work elsewhere, people employed elsewhere lose theirs."""
    t = world.talent
    chance = np.zeros((len(STATUS), *gap.shape))
    chance[JOBSEEKER], chance[ELSEWHERE] = other_hiring(gap, par)
    finders, losers = other_employers(rows, rng.uniforms(draw, rng.OTHER_JOBS, t.uid[rows]), t.status, t.zone, t.sector,
                                      chance)
    t.status[finders] = ELSEWHERE
    t.status[losers] = JOBSEEKER


def step(world, par, draw):
    """Departures, matching, the rest of the economy."""
    if par.labour.active == 1:
        return
    t, z = world.talent, world.zone
    quitters = let_go(world, par.labour, draw)
    rows = people.in_turn(t, world.month, TURN)
    gap = scarcity(z.wage, z.wage_place)
    if par.labour.elastic == 1:
        gap[:] = 0.0
    match(world, par.labour, draw, search(world, par.labour, draw, rows, gap))
    meet_other_employers(world, par.labour, draw, rows, gap)
    people.rejoin(t, quitters)
    people.rejoin(t, rows)

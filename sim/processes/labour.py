"""Labour: startups offer places, people look for jobs, and the two meet by labour market and trade.

Propose, then settle. Startups say how many people they want; people are let go (last in, first out), some
leave. Vacancies and search of each market give the chance that a vacancy is filled (MODEL C5.2); a keyed draw
per startup says how many of its places are; openings and applicants then meet at keyed places of a circle. Nobody's
luck depends on who was served before: one opening more takes one applicant more, and disturbs only its neighbours.

Wages tell everybody how scarce people are: where they are above the usual wage of the place, other employers hire less
and let more people go, job-seekers accept more of what they are offered, and people quit zones that pay less than
the rest of their labour market. Some job-seekers look in a related trade. People apply within their labour market
only: matching between neighbouring markets is left out, Île-de-France being one.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS, STATUS
from sim.kernels import kernel, rows_where, sort_circles
from sim.labour_markets import by_market

NAME = "labour"
READS = ("startup.*", "talent.*", "zone.wage", "zone.wage_place", "zone.labour_market", "zone.talents")
WRITES = ("startup.staff", "startup.vacancies", "startup.first_employee", "talent.*", "zone.vacancies")


TURN = 3  # months between the months in which a person looks for a job, and a startup sees people quit


@kernel
def staff_wanted(staff, founders, revenue_eur, cash_eur, cost_eur, founder_cost_eur, par):
    """People a startup can afford, its founders first, at most a little above today's (MODEL C5.1)."""
    pace = par.growth_small if staff < 10 else par.growth_large
    largest = max(staff * (1.0 + pace), staff + 1.0)
    means = revenue_eur + max(cash_eur, 0.0) / par.horizon - founders * founder_cost_eur
    return max(founders, int(min(largest, founders + max(means, 0.0) / cost_eur)))


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
def departures(draw, quitting, alive, uid, staff, founders, revenue, cash, zone, sector, wage, relieved,
               first_employee, next_employee, quits_of, par, vacancies):
    """Vacancies of each startup, and the people who quit or are let go.

    `quitting` is the uniform of each startup that has its turn, -1 of the others. Quits are a binomial count; each
    falls on a random place of the list of staff, and two that fall on the same person are one. Lay-offs start with the
    last hired, who may then not quit as well. `relieved` is an employee's cost after reliefs, against the usual.

    Returns
    -------
    quitters, laid_off, offering : rows of talents; rows of startups that have vacancies
    """
    room = next_employee.size
    quitters, laid_off, offering = np.empty(room, np.int64), np.empty(room, np.int64), np.empty_like(vacancies)
    n_quit, n_off, n_offer = 0, 0, 0
    for i in range(alive.size):
        vacancies[i] = 0
        if not alive[i]:
            continue
        cost = par.all_in_cost_eur * wage[zone[i], sector[i]] * relieved[i]
        gap = staff_wanted(staff[i], founders[i], revenue[i], cash[i], cost, par.founder_cost_eur, par) - staff[i]
        vacancies[i] = max(gap, 0)
        offering[n_offer] = i
        n_offer += gap > 0
        off = max(-gap, 0)
        staying = staff[i] - founders[i] - off
        quits = 0
        if quitting[i] >= 0.0:
            quits = rng.binomial(staying, quits_of[zone[i], sector[i]], quitting[i])
        if off + quits == 0:
            continue
        place, deepest = np.empty(quits, np.int64), off
        for k in range(quits):
            place[k] = off + people.pick(staying, rng.uniform(draw, rng.QUIT_WHO, uid[i], k))
            deepest = max(deepest, place[k] + 1)
        team = people.list_staff(i, deepest, first_employee, next_employee)
        laid_off[n_off : n_off + off] = team[:off]
        n_off += off
        for k in range(quits):
            if team[place[k]] >= 0:
                quitters[n_quit] = team[place[k]]
                n_quit += 1
                team[place[k]] = -1
    return quitters[:n_quit], laid_off[:n_off], offering[:n_offer]


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
        out[k] = rng.binomial(vacancies[k], chance[market[k]], luck[k])
    return out


@kernel
def add_up(market, effort, rows, weight, n_markets):
    """Search effort and people of each market, as many of a row as may be hired in a month."""
    search, reserve = np.zeros(n_markets), np.zeros(n_markets)
    here, effort_here, people_here = 0, 0.0, 0.0  # rows of a market mostly follow one another: their sums stay at hand
    for k in range(market.size):
        if market[k] != here:
            search[here], reserve[here] = effort_here, people_here
            here = market[k]
            effort_here, people_here = search[here], reserve[here]
        effort_here += effort[k]
        people_here += min(weight[rows[k]], rng.MOST_HIRED)
    search[here], reserve[here] = effort_here, people_here
    return search, reserve


@kernel
def applicants(draw, asked, rows, market, uid, effort, weight, horizon, capacity):
    """People who come forward this month, each at a keyed place on the circle [0, 1) of their market.

    Each row is a Poisson stream of rate `effort`, one person an arrival, up to the `horizon` of its market. The first
    arrivals of all rows are drawn together, then the second ones of rows that had a first, and so on.

    Parameters
    ----------
    asked : places in `rows` of those who may come
    capacity : people they stand for

    Returns
    -------
    place : where on the circle
    index : [n] place of the applicant's row in `rows`
    occasion : how many people of the same row came forward before
    """
    place = np.empty(capacity)
    index = np.empty(capacity, np.int64)
    occasion = np.empty(capacity, np.int64)
    n, person = 0, 0
    row, until = asked.copy(), horizon[market[asked]] * effort[asked]
    while row.size > 0:
        where, wait = rng.uniform_pairs(draw, rng.SEARCH, uid[rows[row]], person)
        early = 0
        for k in range(row.size):
            row[early], until[early], where[early], wait[early] = row[k], until[k], where[k], wait[k]
            early += 1.0 - wait[k] < until[k]  # -log(u) is never below: most logarithms are spared
        going_on = 0
        for k in range(early):
            left = until[k] + math.log(wait[k])
            if left > 0.0:
                place[n], index[n], occasion[n] = where[k], row[k], person
                n += 1
                row[going_on], until[going_on] = row[k], left
                going_on += person + 1 < min(weight[rows[row[k]]], rng.MOST_HIRED)
        row, until = row[:going_on], until[:going_on]
        person += 1
    return place[:n], index[:n], occasion[:n]


@kernel
def openings(draw, startups, filled, uid):
    """Filled places, each at a keyed place on the circle of its market: where, and whose (place in `startups`)."""
    total = filled.sum()
    place = np.empty(total)
    of = np.empty(total, np.int64)
    n = 0
    for i in range(startups.size):
        for k in range(filled[i]):
            place[n] = rng.uniform(draw, rng.MEET_PLACE, uid[startups[i]], k)
            of[n] = i
            n += 1
    return place, of


@kernel
def meet(opening_market, opening_place, applicant_market, applicant_place):
    """Applicant of each opening: the first one free after it on the circle of its market; -1 where there is none.

    Both lists are sorted by market and place. One opening more takes one applicant more; the others keep theirs,
    but for the few who stood next to it.
    """
    n, m = opening_place.size, applicant_place.size
    chosen = np.full(n, -1)
    taken = np.zeros(m, np.bool_)
    at = 0
    for k in range(n):
        while at < m and (applicant_market[at] < opening_market[k] or (applicant_market[at] == opening_market[k]
                                                                       and applicant_place[at] < opening_place[k])):
            at += 1
        if at < m and applicant_market[at] == opening_market[k]:
            chosen[k] = at
            taken[at] = True
            at += 1
    at = 0
    for k in range(n):  # those at the end of the circle go on from its beginning
        if chosen[k] < 0:
            while at < m and (applicant_market[at] < opening_market[k] or taken[at]):
                at += 1
            if at < m and applicant_market[at] == opening_market[k]:
                chosen[k] = at
                taken[at] = True
    return chosen


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


APPLICANTS_PER_OPENING = 2.0  # enough that one opening more hardly disturbs the others


def come_forward(draw, hires, rows, market, uid, effort, weight):
    """Applicants of every market, sorted by market and place: two for an opening, more where openings are few, never
    fewer than openings unless everybody has come forward.

    Parameters
    ----------
    hires : [markets] openings
    rows, market, effort : [n] rows of talents that search, where, and how hard

    Returns
    -------
    market, place, row, occasion : of each applicant
    """
    total, reserve = add_up(market, effort, rows, weight, hires.size)
    wanted = APPLICANTS_PER_OPENING * (hires + 2.0 * np.sqrt(hires))
    horizon = np.where(hires > 0, wanted / np.maximum(total, 1e-300), 0.0)
    found = [(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))]
    while horizon.any():
        asked = rows_where(horizon[market] > 0.0)
        place, index, occasion = applicants(draw, asked, rows, market, uid, effort, weight, horizon,
                                            int(reserve[horizon > 0.0].sum()))
        enough = np.bincount(market[index], minlength=hires.size) >= np.minimum(hires, reserve)
        kept = enough[market[index]]
        found.append((place[kept], index[kept], occasion[kept]))
        horizon = np.where(enough, 0.0, 2.0 * horizon)
    place, index, occasion = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = sort_circles(market[index], place, hires.size)
    index = index[order]
    return market[index], place[order], rows[index], occasion[order]


def let_go(world, par, draw):
    """Startups decide how many people they want; some of their people are let go, some leave.

    Returns
    -------
    quitters : rows of those who leave
    offering : rows of startups that have vacancies
    """
    f, t, z = world.startup, world.talent, world.zone
    quitting, firms = np.full(f.n, -1.0), people.startups_in_turn(world.month, TURN, f.alive, f.uid)
    quitting[firms] = rng.uniforms(draw, rng.QUIT, f.uid[firms])
    quitters, laid_off, offering = departures(
        draw, quitting, f.alive, f.uid, f.staff, f.founders, f.revenue_eur, f.cash_eur, f.zone, f.sector, z.wage,
        f.employee_cost, f.first_employee, t.next_employee, quit_chance(z.wage, z.talents, z.labour_market, par), par,
        f.vacancies)
    for persons, status, flow in ((quitters, ELSEWHERE, "quits"), (laid_off, JOBSEEKER, "layoffs")):
        world.count(flow, f.zone[t.employer[persons]])
        people.leave(world, persons, status)
    return quitters, offering


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
    """Search effort and market of the rows that look for a job this month, and the number of markets."""
    t, z = world.talent, world.zone
    effort, market, seekers = job_search(rows, t.status, t.weight, t.literacy, t.zone, t.sector,
                                         z.labour_market, acceptance(gap, par), par.search_on_job)
    if par.trades == 0:
        luck = rng.uniforms(draw, rng.RELATED_TRADE, t.uid[rows[seekers]])
        look_around(luck, rows, seekers, par.related, related_trades(world.space.relatedness), t.zone, t.sector,
                    z.labour_market, market)
    return effort, market, (int(z.labour_market.max()) + 1) * N_SECTORS


def match(world, par, draw, rows, gap, offering):
    """Fill vacancies of the startups `offering` market by market, from the rows that look for a job."""
    f, z, t = world.startup, world.zone, world.talent
    effort, market, n_markets = search(world, par, draw, rows, gap)
    effort_of, _ = add_up(market, effort, rows, t.weight, n_markets)
    firm_market = z.labour_market[f.zone[offering]].astype(np.int64) * N_SECTORS + f.sector[offering]
    vacancies = f.vacancies[offering]
    chance = chances(effort_of, np.bincount(firm_market, vacancies, n_markets), par)
    filled = fill(rng.uniforms(draw, rng.FILL, f.uid[offering]), vacancies, firm_market, chance)
    settle(world, draw, offering, filled, firm_market, rows, effort, market, n_markets)


def settle(world, draw, startups, filled, firm_market, rows, effort, market, n_markets):
    """Openings and applicants of each market meet on a circle; those who meet sign.

    Parameters
    ----------
    startups, filled, firm_market : [n] rows of startups, places they fill, and their markets
    rows, effort, market : [m] rows of talents that search, how hard, and where
    """
    f, t = world.startup, world.talent
    place, of = openings(draw, startups, filled, f.uid)
    order = sort_circles(firm_market[of], place, n_markets)
    place, of = place[order], of[order]
    hires = np.bincount(firm_market[of], minlength=n_markets)
    their_market, their_place, their_row, occasion = come_forward(draw, hires, rows, market, t.uid, effort, t.weight)
    chosen = meet(firm_market[of], place, their_market, their_place)
    employers, chosen = startups[of[chosen >= 0]], chosen[chosen >= 0]
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
    quitters, offering = let_go(world, par.labour, draw)
    f = world.startup
    z.vacancies[:] = np.bincount(f.zone[offering], f.vacancies[offering], z.n)
    searching = people.in_turn(t, world.month, TURN)
    gap = scarcity(z.wage, z.wage_place)
    if par.labour.elastic == 1:
        gap[:] = 0.0
    match(world, par.labour, draw, searching, gap, offering)
    meet_other_employers(world, par.labour, draw, searching, gap)
    people.rejoin(world.talent, np.concatenate([quitters, searching]))

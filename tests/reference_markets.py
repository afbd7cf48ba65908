"""Where agents meet: the labour market, agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

from sim import rng
from sim.fields import ELSEWHERE, EMPLOYEE, JOBSEEKER, N_SECTORS

SECTORS = range(N_SECTORS)
ON = 0  # rank of "on" among the choices of a switch
Model = Any  # ReferenceModel


def turn_of(uid: np.uint64) -> int:
    """Month of the year in which a row acts: identity alone says when."""
    ordinal, person = int(uid) >> 16, int(uid) >> 3 & 8191
    return (ordinal + person) % 12


def has_turn(agent: Any, every: int) -> bool:
    """Is it the month, one in `every`, in which this row acts?"""
    return turn_of(agent.uid) % every == agent.model.month % every


# --- labour ----------------------------------------------------------------------------------------------------------
def labour(model: Model) -> None:
    """People leave, places are offered and filled, other employers hire and fire."""
    for zone in model.zones:
        zone.vacancies = 0.0
        region = [z for z in model.zones if z.labour_market == zone.labour_market]
        zone.paid_around = [mean_wage(region, s) or zone.wage[s] for s in SECTORS]
    leavers = [leaver for startup in model.startups for leaver in decide_staff(startup)]
    for person, status in leavers:
        model.count("quits" if status == ELSEWHERE else "layoffs", person.employer.zone)
        person.leave_employer(status)
    searching = [t for t in model.talents if t.status in (ELSEWHERE, JOBSEEKER) and has_turn(t, 3)]
    people, startups = defaultdict(list), by_market(model.startups)
    for talent in searching:
        people[talent.zone.labour_market, trade_sought(talent)].append(talent)
    for market in startups:
        match(model, startups[market], people[market])
    for talent in searching:
        meet_other_employers(talent)
    for talent in {*searching, *(person for person, _ in leavers)}:
        talent.rejoin()


def mean_wage(zones: list[Any], sector: int) -> float:
    """Wage of a trade in several zones, weighted by people; zero where there are none."""
    people = sum(zone.talents[sector] for zone in zones)
    return sum(zone.talents[sector] * zone.wage[sector] for zone in zones) / people if people > 0.0 else 0.0


def scarcity(talent: Any) -> float:
    """Log of the wage of a person's trade over the usual one of the zone; zero where nobody minds."""
    if talent.model.par.labour.elastic != ON:
        return 0.0
    return math.log(talent.zone.wage[talent.sector]) - talent.zone.wage_place


def trade_sought(talent: Any) -> int:
    """Trade in which a person looks for a job: some job-seekers try one related to theirs."""
    model, share, own = talent.model, talent.model.par.labour.related, talent.sector
    if talent.status != JOBSEEKER or model.par.labour.trades != ON:
        return own
    luck = model.luck(rng.RELATED_TRADE, talent.uid)
    if luck >= share:
        return own
    weights = [0.0 if s == own else model.relatedness[own][s] for s in SECTORS]
    ladder = [sum(weights[:s + 1]) / sum(weights) for s in SECTORS]
    return next(s for s in SECTORS if luck / share < ladder[s])


def decide_staff(startup: Any) -> list[tuple[Any, int]]:
    """Places a startup offers; who is let go (last in, first out), and who quits among the others.

    Quits are a number of falls on random people; two on the same person are one.
    """
    model, par, staff = startup.model, startup.model.par.labour, startup.staff
    pace = par.growth_small if staff < 10 else par.growth_large
    means = startup.revenue_eur + max(startup.cash_eur, 0.0) / par.horizon - startup.cost_of_founders
    affordable = startup.founders + max(means, 0.0) / startup.cost_of_employee
    gap = max(startup.founders, int(min(max(staff * (1.0 + pace), staff + 1.0), affordable))) - staff
    startup.vacancies = max(gap, 0)
    startup.zone.vacancies += startup.vacancies
    off = max(-gap, 0)
    staying, let_go = startup.employees[:len(startup.employees) - off], startup.employees[len(startup.employees) - off:]
    quits = 0
    if has_turn(startup, 3):
        zone, s = startup.zone, startup.sector
        monthly = min(par.quit * (zone.paid_around[s] / zone.wage[s]) ** par.quit_gap, 0.9)
        quits = rng.binomial(len(staying), 1.0 - (1.0 - monthly) ** 3, model.luck(rng.QUIT, startup.uid))
    quitters = {staying[int(len(staying) * model.luck(rng.QUIT_WHO, startup.uid, k))] for k in range(quits)}
    return [(person, JOBSEEKER) for person in let_go] + [(person, ELSEWHERE) for person in quitters]


def by_market(agents: list[Any]) -> dict[tuple[int, int], list[Any]]:
    """Agents by labour market and trade."""
    markets = defaultdict(list)
    for agent in agents:
        markets[agent.zone.labour_market, agent.sector].append(agent)
    return markets


def match(model: Model, startups: list[Any], people: list[Any]) -> None:
    """Fill the vacancies of one trade in one labour market.

    Openings and applicants stand at keyed places of a circle; each opening goes to the first free applicant after it.
    """
    par = model.par.labour
    offered = sum(startup.vacancies for startup in startups)
    effort = {talent: 3.0 * talent.weight * par.search_on_job for talent in people if talent.status == ELSEWHERE}
    for talent in people:  # one month in three, thrice as hard; some refuse, some do not manage
        if talent.status == JOBSEEKER:
            effort[talent] = 3.0 * talent.weight * talent.literacy * math.exp(par.reservation * scarcity(talent))
    effort = {talent: effort[talent] for talent in people if talent in effort}
    search = sum(effort.values())
    if offered == 0 or search <= 0.0:
        return
    jobs = min(search, offered, par.match_scale * search**par.match_share * offered ** (1.0 - par.match_share))
    openings = []
    for startup in startups:
        filled = rng.binomial(startup.vacancies, jobs / offered, model.luck(rng.FILL, startup.uid))
        openings += [(model.luck(rng.MEET_PLACE, startup.uid, k), startup) for k in range(filled)]
    circle = applicants(model, effort, len(openings)) if openings else []
    for place, startup in sorted(openings, key=lambda opening: (opening[0], opening[1].uid)):
        after = [applicant for applicant in circle if applicant[0] >= place]
        if circle:
            applicant = (after or circle)[0]
            circle.remove(applicant)
            hire(applicant[-1], startup, occasion=applicant[2] + 1)


def applicants(model: Model, effort: dict[Any, float], openings: int) -> list[tuple[float, int, int, Any]]:
    """Place, identity, rank and row of the people who come forward, sorted by place.

    Two for an opening, more where openings are few. Each row is a Poisson stream of rate `effort`, of 11 people a month
    at most.
    """
    reserve = sum(min(talent.weight, 11) for talent in effort)
    horizon = 2.0 * (openings + 2.0 * math.sqrt(openings)) / sum(effort.values())
    found: list[tuple[float, int, int, Any]] = []
    while len(found) < min(openings, reserve):
        found = []
        for talent, rate in effort.items():
            time = 0.0
            for k in range(min(talent.weight, 11)):
                place, wait = rng.uniform_pair(model.draw, rng.SEARCH, talent.uid, k)
                time -= math.log(wait) / rate
                if time >= horizon:
                    break
                found.append((place, int(talent.uid), k, talent))
        horizon *= 2.0
    return sorted(found, key=lambda applicant: applicant[:3])


def hire(talent: Any, startup: Any, occasion: int) -> None:
    """One person of a bundle joins a startup."""
    model = startup.model
    model.count("hires", startup.zone)
    model.count("hires_elsewhere" if talent.status == ELSEWHERE else "hires_jobseekers", startup.zone)
    person = talent.one_person(occasion)
    person.status, person.employer, person.hired = EMPLOYEE, startup, model.month
    startup.employees.append(person)
    startup.staff += 1


def meet_other_employers(talent: Any) -> None:
    """Job-seekers find work elsewhere, people employed elsewhere lose theirs, in three months; a bundle acts as one."""
    par = talent.model.par.labour
    if talent.status in (JOBSEEKER, ELSEWHERE):
        gap = scarcity(talent)  # dear people are hired less by others, and accept more of what they are offered
        finding, loss = par.job_finding * math.exp((par.reservation - par.demand) * gap), par.job_loss * math.exp(
            par.demand * gap)
        monthly, status = (finding, ELSEWHERE) if talent.status == JOBSEEKER else (loss, JOBSEEKER)
        monthly = min(monthly, 0.9)
        if talent.model.luck(rng.OTHER_JOBS, talent.uid) < 1.0 - (1.0 - monthly) ** 3:
            talent.status = status

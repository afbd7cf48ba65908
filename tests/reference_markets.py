"""Where agents meet: the labour market and investors, agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import mesa
import numpy as np

from sim import rng
from sim.fields import ANGEL, BOOTSTRAP, ELSEWHERE, EMPLOYEE, FIRST, JOBSEEKER, LATER, N_SECTORS, SEED

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


# --- investors -------------------------------------------------------------------------------------------------------
class Investor(mesa.Agent):
    """A group of business angels, or a venture fund."""

    def replenish(self) -> None:
        """New money of the month; a fund keeps no more than two years of it."""
        model, before = self.model, self.money_eur
        if self.kind == ANGEL:
            yearly, most = self.share * self.largest_eur, self.largest_eur
        else:
            yearly, most = self.share * model.par.funding.supply_2013_eur * model.nation.capital_index, 0.0
        self.money_eur = min(self.money_eur + yearly / 12.0, self.model.par.funding.dry_powder * yearly + most)
        model.pay("limited partners", "investors", "supply", self.zone, self.money_eur - before)

    def likes(self, sector: int) -> float:
        return math.exp(self.model.par.funding.sector) if sector == self.sector else 1.0

    def offers(self, files: dict[Any, File]) -> list[tuple[Any, float]]:
        """Startups that get an offer from this investor, and how much; never more than it has."""
        model, par, left, out = self.model, self.model.par.funding, self.money_eur, []
        looks = int(par.fund_looks)
        if self.kind == ANGEL:
            looks = int(model.luck(rng.INVESTOR_ACTIVE, self.uid) < par.angel_active)
        for occasion in range(looks):
            file = self.look(files, occasion)
            if file is None:
                continue
            eur = par.ticket_angel_eur if self.kind == ANGEL else file.eur
            bar = par.bar_angel if self.kind == ANGEL else par.bar_fund
            if self.quality_seen(file.startup) > bar and eur <= left:
                out.append((file.startup, eur))
                left -= eur
        return out

    def look(self, files: dict[Any, File], occasion: int) -> File | None:
        """The file studied on one occasion: first the zone, then the sector, then the startup; angels look at seeds."""
        model, par = self.model, self.model.par.funding
        decay = par.distance_angel if self.kind == ANGEL else par.distance_fund
        seen = [file for file in files.values() if self.kind != ANGEL or file.stage == SEED]
        if not seen:
            return None

        def luck(which: int) -> float:
            return rng.exponential(model.draw, rng.INVESTOR_ZONE, self.uid, occasion * 2048 + which)

        zones, sectors = defaultdict(float), defaultdict(float)
        for file in seen:
            zones[file.startup.zone] += file.visibility * self.likes(file.startup.sector)
        scores = {zone: luck(zone.key) / (pull * (1.0 + self.zone.km[zone.row] / 10.0) ** -decay)
                  for zone, pull in zones.items()}
        zone = min(scores, key=scores.__getitem__)
        for file in seen:
            if file.startup.zone is zone:
                sectors[file.startup.sector] += file.visibility * self.likes(file.startup.sector)
        scores = {sector: luck(1024 + sector) / pull for sector, pull in sectors.items()}
        sector, key = min(scores, key=scores.__getitem__), self.uid + np.uint64(occasion)
        drawer, folders = [f for f in seen if f.startup.zone is zone and f.startup.sector == sector], defaultdict(float)
        for file in drawer:
            folders[rng.folder(file.startup.uid)] += file.visibility
        scores = {folder: luck(1536 + folder) / pull for folder, pull in folders.items()}
        folder = min(scores, key=scores.__getitem__)
        scores = {file: rng.exponential(model.draw, rng.INVESTOR_LOOK, pair(key, file), 0) / file.visibility
                  for file in drawer if rng.folder(file.startup.uid) == folder}
        return min(scores, key=scores.__getitem__)

    def quality_seen(self, startup: Any) -> float:
        """Quality with an error that grows with distance and shrinks with experience."""
        par, km = self.model.par.funding, self.zone.km[startup.zone.row]
        noise = rng.normal_quantile(self.model.luck(rng.SCREEN, np.uint64(rng.pair(self.uid, startup.uid))))
        spread = math.sqrt((1.0 + par.noise_distance * math.log1p(km / 10.0)) / (1.0 + par.learning * self.deals))
        return startup.quality + par.signal_staff * math.log(startup.staff) + par.noise * spread * noise


def pair(key: np.uint64, file: File) -> np.uint64:
    """What an investor's luck with a file depends on."""
    return np.uint64(rng.pair(key, file.startup.uid))


class File:
    """What a startup that seeks money shows investors."""

    def __init__(self, startup: Any, stage: int) -> None:
        model, par = startup.model, startup.model.par.funding
        self.startup, self.stage = startup, stage
        mean = {SEED: par.seed_eur, FIRST: par.first_eur, LATER: par.later_eur}[stage]
        noise = rng.normal_quantile(model.luck(rng.ROUND_SIZE, startup.uid))
        self.eur = mean * math.sqrt(model.nation.capital_index) * math.exp(par.spread * noise - 0.5 * par.spread**2)
        brand = startup.cell.hub.brand if startup.cell.hub is not None else 0.0
        self.visibility = math.exp(
            par.visibility * brand + par.visible_raised * math.log1p(startup.raised_eur / par.visible_scale_eur)
            + (par.visible_accelerator if startup.was_accelerated else 0.0))


def stage_sought(startup: Any) -> int | None:
    """Stage for which a startup seeks money this month, None if it does not."""
    par = startup.model.par.funding
    burn = startup.monthly_cost - startup.revenue_eur
    short = burn > 0.0 and startup.cash_eur / burn < par.runway
    rested = startup.last_round < 0 or startup.model.month - startup.last_round >= par.between_rounds
    of_age = par.youngest <= startup.age < par.oldest
    if not (of_age and rested and (short or startup.quality > par.ambition)):
        return None
    if startup.stage == BOOTSTRAP:
        return SEED
    if startup.stage == SEED:
        return FIRST if startup.revenue_eur > par.first_bar_eur else None
    return LATER if startup.staff >= par.later_staff or startup.stage == LATER else None


def funding(model: Model) -> None:
    """Money comes in, startups seek, investors look and offer, startups take their largest offer."""
    if not model.investors:
        return
    for investor in model.investors:
        investor.replenish()
    files = {}
    for startup in model.startups:
        stage = stage_sought(startup)
        if stage is not None:
            files[startup] = File(startup, stage)
        startup.seeks_eur = files[startup].eur if stage is not None else 0.0
    offers = defaultdict(list)
    for investor in model.investors:
        for startup, eur in investor.offers(files):
            offers[startup].append((-eur, investor.uid, investor))
    for startup in files:
        if offers[startup]:
            eur, _, investor = min(offers[startup], key=lambda offer: offer[:2])
            take(startup, investor, -eur, files[startup].stage)


def take(startup: Any, investor: Investor, eur: float, stage: int) -> None:
    """A round is closed: money, stage and capital change hands."""
    model, stake = startup.model, startup.model.par.funding.stake
    for holder in ("founders", "angels", "funds", "public"):
        setattr(startup, f"share_{holder}", getattr(startup, f"share_{holder}") * (1.0 - stake))
    if investor.kind == ANGEL:
        startup.share_angels += stake
    else:
        startup.share_funds += stake
    startup.cash_eur += eur
    startup.raised_eur += eur
    startup.rounds, startup.stage, startup.last_round = startup.rounds + 1, stage, model.month
    investor.money_eur -= eur
    investor.invested_eur += eur
    investor.deals += 1
    model.pay("investors", "startups", "equity", startup.zone, eur)
    model.count("angel_deals" if investor.kind == ANGEL else "rounds", startup.zone)
    model.count("raised_eur", startup.zone, eur)

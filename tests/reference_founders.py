"""Who founds, with whom, and how good the firm is: founding agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from reference_markets import has_turn

from sim import rng
from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER, N_SECTORS

ON = 0
FREE = (ELSEWHERE, JOBSEEKER)
SECTORS = range(N_SECTORS)
Model = Any  # ReferenceModel
# academic spin-offs by sector, in hundredths
OUT_OF_RESEARCH = (25, 36, 4, 12, 2, 2, 17, 2)


def finance_within_reach(zone: Any) -> float:
    """Log of the money of angels and funds, each the less the farther."""
    par = zone.model.par.funding
    power = {0: par.distance_angel, 1: par.distance_fund}
    near = [v.money_eur / (1.0 + zone.km[v.zone.row] / 10.0) ** power[v.kind] for v in zone.model.investors
            if v.kind in power and not v.novice]
    return math.log(zone.model.par.founding.least_finance_eur + sum(near))


def mediation(zone: Any) -> float:
    """Adults trained a year per 1,000 inhabitants, plus one: log of the ratio to the same without the policy."""
    thousands = max(zone.population, 1.0) / 1000.0
    return math.log((1.0 + 12.0 * zone.trained / thousands) / (1.0 + 12.0 * zone.trained_reference / thousands))


def skills(zone: Any) -> float:
    usual = zone.model.nation.skills_reference
    return math.log(max(zone.digital_skills, 0.001)) - math.log(usual) if usual > 0.0 else 0.0


def look_at_conditions(model: Model) -> None:
    """Finance of every zone, and the national means by which conditions are judged, before the policy."""
    for zone in model.zones:
        zone.finance = finance_within_reach(zone)
    if model.month < model.par.policy_start:
        people, nation = sum(sum(zone.talents) for zone in model.zones), model.nation
        nation.incubators_reference = 1000.0 * sum(zone.incubators for zone in model.zones) / max(people, 1.0)
        nation.finance_reference = sum(sum(zone.talents) * zone.finance for zone in model.zones) / max(people, 1.0)


def founding_factor(zone: Any, sector: int) -> float:
    """What the zone adds to the hazard of founding."""
    par, nation = zone.model.par.founding, zone.model.nation
    if par.interactions != ON:
        return 1.0
    thousands = max(sum(zone.talents), 1.0) / 1000.0
    terms = [
        par.peers * (zone.peers - nation.peers_reference),
        par.ecosystem * (zone.ecosystem[sector] - nation.ecosystem_reference[sector]),
        par.finance * (zone.finance - nation.finance_reference),
        par.mediation * mediation(zone),
        par.skills * skills(zone),
    ]
    incubators = zone.incubators / thousands - nation.incubators_reference
    housed = max(1.0 + par.incubation * zone.places / thousands + par.incubators * incubators, 0.0)
    return housed * math.exp(sum(terms))


def push(zone: Any) -> float:
    """How much more often job-seekers found because of unemployment around them."""
    model, par = zone.model, zone.model.par.founding
    if par.necessity != ON:
        return 1.0
    unemployed = sum(zone.jobseekers) / max(sum(zone.talents), 1.0)
    against = max(unemployed, 0.001) / model.nation.unemployment_reference
    return (math.exp(zone.hardship) * against) ** par.necessity_response


def eagerness(talent: Any) -> float:
    """Hazard of founding against the base: a bell of age, and what past foundations and exits make of it."""
    model, par = talent.model, talent.model.par.founding
    bell = math.exp(-0.5 * (((model.month - talent.birth) / 12.0 - par.age_peak) / par.age_spread) ** 2)
    if talent.foundations >= 7:  # nobody founds an eighth time
        return 0.0
    if par.careers == ON:
        if talent.alumni_until >= model.month:
            bell *= par.alumni
        if talent.foundations > 0:
            bell *= par.serial_success if talent.succeeded else par.serial_failure
    return bell


def wants_to_found(talent: Any) -> bool:
    """Does somebody of a bundle outside startups found one? Asked every three months, at three times the hazard."""
    par = talent.model.par.founding
    hazard = 3 * par.base_hazard * eagerness(talent) * founding_factor(talent.zone, talent.sector)
    hazard *= par.jobseeker * push(talent.zone) if talent.status == JOBSEEKER else 1.0
    return talent.model.luck(rng.FOUND, talent.uid) < -math.expm1(-hazard * talent.weight)


def has_career(talent: Any) -> bool:
    return bool(talent.foundations > 0 or talent.alumni_until >= talent.model.month)


def leaves_to_found(talent: Any) -> bool:
    """Does an employee with a career leave to found? Asked every three months."""
    par, work = talent.model.par.founding, talent.employer
    hazard = 3 * par.base_hazard * founding_factor(work.zone, work.sector) * par.startup_employee * eagerness(talent)
    return bool(talent.model.luck(rng.FOUND, talent.uid) < -math.expm1(-hazard))


def spin_off(startup: Any) -> Any | None:
    """Employee without a career who leaves to found, if any: a Poisson number of candidates come, kept by age."""
    model, par, others = startup.model, startup.model.par.founding, len(startup.employees)
    mean = 3 * par.base_hazard * founding_factor(startup.zone, startup.sector) * par.startup_employee * others
    for k in range(rng.poisson(min(mean, 50.0), model.luck(rng.SPIN_OFF, startup.uid))):
        where, kept = rng.uniform_pair(model.draw, rng.SPIN_OFF, startup.uid, 1 + k)
        person = startup.employees[int(others * where)]
        if kept < eagerness(person) and not has_career(person):
            return person
    return None


def pick(model: Model, key: int, candidates: list[Any]) -> Any | None:
    """One of these rows in proportion to people."""
    scores = {person: rng.exponential(model.draw, rng.TEAM_PERSON, np.uint64(rng.pair(np.uint64(key), person.uid)), 0)
              / person.weight for person in candidates}
    return min(scores, key=scores.__getitem__, default=None)


def researchers_who_found(model: Model, asked: list[Any]) -> list[Any]:
    """Academic spin-offs: as many as the nation's research staff says, spread by a power of each zone's."""
    par = model.par.founding
    total = sum(zone.researchers for zone in model.zones)
    if par.research != ON or total <= 0.0:
        return []
    powers = sum(zone.researchers**par.research_scale for zone in model.zones)
    chosen: list[Any] = []
    for zone in model.zones:
        yearly = par.research_hazard * total * zone.researchers**par.research_scale / powers
        for s in SECTORS:
            mean = yearly * OUT_OF_RESEARCH[s] / 100.0 * founding_factor(zone, s) / 12.0
            here = [t for t in asked if t.zone is zone and t.sector == s and t.status in FREE and has_turn(t, 12)]
            for k in range(rng.poisson(min(mean, 50.0), model.luck(rng.RESEARCH, zone.uid, s))):
                person = pick(model, int(zone.uid) + 1 + 64 * s + k, here)
                if person is not None and person not in chosen:
                    chosen.append(person)
    for person in chosen:
        model.count("academic_spin_offs", person.zone)
    return [person.one_person(occasion=15) for person in chosen]


def form_team(startup: Any, asked: list[Any], taken: dict[Any, int]) -> None:
    """Who joins the founder: the trade first, by relatedness to the firm's, then somebody of the zone."""
    model, par = startup.model, startup.model.par.founding
    here = [t for t in asked if t.zone is startup.zone]
    for member in range(min(rng.poisson(par.team, model.luck(rng.TEAM_SIZE, startup.uid)), 3)):
        scores = {}
        for s in SECTORS:
            weight = model.relatedness[startup.sector][s] * sum(here_weight(t) for t in here if t.sector == s)
            if weight > 0.0:
                scores[s] = rng.exponential(model.draw, rng.TEAM_TRADE, startup.uid, 8 * member + s) / weight
        if not scores:
            continue
        trade = min(scores, key=scores.__getitem__)
        row = pick(model, int(startup.uid) + member, [t for t in here if t.sector == trade])
        if taken.get(row, 0) < min(row.weight, 3):
            taken[row] = taken.get(row, 0) + 1
            startup.invited.append((row, 11 + taken[row]))


def here_weight(talent: Any) -> int:
    return int(talent.weight)


def join(startup: Any) -> None:
    """Those who were invited leave their bundles and join."""
    for row, occasion in startup.invited:
        person = row.one_person(occasion)
        person.status, person.employer = FOUNDER, startup
        person.foundations = min(person.foundations + 1, 7)
        startup.team.append(person)
        startup.founders += 1
        startup.staff += 1


def merit(person: Any) -> float:
    """What a founder brings to the firm; foundations are counted with this one."""
    model, par = person.model, person.model.par.founding
    age = (model.month - person.birth) / 12.0
    before = person.foundations - 1
    out = par.quality_skill * math.log(person.skill) + par.quality_age * (min(age, 50.0) - 40.0)
    out += par.quality_experience if person.hired >= 0 or before > 0 else 0.0
    out += par.quality_home if person.zone is person.origin_zone else 0.0
    if before > 0:
        out += par.quality_success if person.succeeded else par.quality_failure
    return out


def endow(startup: Any, pushed: float) -> None:
    """Quality: the best of the team, an incubator's choice, need, luck. Cash: each founder brings as much."""
    model, par, home = startup.model, startup.model.par.founding, startup.zone
    u, v = rng.uniform_pair(model.draw, rng.QUALITY, startup.uid, 0)
    places = 1000.0 * home.incubators / max(sum(home.talents), 1.0)
    usual = 1.0 - math.exp(-model.nation.incubators_reference / 2.0)
    chosen = (model.luck(rng.INCUBATED, startup.uid) < 1.0 - math.exp(-places / 2.0)) - usual
    startup.quality = (par.quality_level + max(merit(person) for person in startup.team)
                       + par.quality_incubator * chosen - par.quality_necessity * pushed
                       + 0.98 * rng.normal_quantile(u))
    startup.cash_eur = len(startup.team) * par.initial_cash_eur * math.exp(0.8 * rng.normal_quantile(v))
    model.pay("households", "startups", "savings", startup.zone, startup.cash_eur)


def founding(model: Model) -> None:
    """Free people, employees, then researchers found; others join them; firms get their quality and cash."""
    par = model.par.founding
    if par.active != ON:
        return
    if model.month % 3 == 0 or not any(zone.finance for zone in model.zones):
        look_at_conditions(model)
    asked = [talent for talent in model.talents if talent.status in FREE and has_turn(talent, 3)]
    willing = [talent for talent in asked if wants_to_found(talent)]
    employers = [startup for startup in model.startups if has_turn(startup, 3)]
    leavers = [person for person in [spin_off(startup) for startup in employers] if person is not None]
    employees = [talent for talent in model.talents if talent.status == EMPLOYEE and has_turn(talent, 3)]
    leavers += [talent for talent in employees if has_career(talent) and leaves_to_found(talent)]
    need = {}
    for talent in willing:
        seeking = talent.status == JOBSEEKER
        need[talent.one_person(occasion=0)] = max(0.0, 1.0 - 1.0 / push(talent.zone)) if seeking else 0.0
    for person in leavers:
        person.leave_employer(JOBSEEKER)
        need[person.one_person(occasion=0)] = 0.0
    pushed = {person.found(): share for person, share in need.items()}
    for person in researchers_who_found(model, asked):
        startup = person.found()
        startup.knowledge = par.research_knowledge
        pushed[startup] = 0.0
    startups = sorted(pushed, key=lambda startup: startup.uid)
    if par.teams == ON:
        taken: dict[Any, int] = {}
        asked = [talent for talent in asked if talent.status in FREE and has_turn(talent, 12)]
        for startup in startups:
            form_team(startup, asked, taken)
        for startup in startups:
            join(startup)
    for startup in startups:
        endow(startup, pushed[startup])

"""People who come, learn, move and work at a distance, zone by zone and one by one (see `reference.py`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim import rng
from sim.fields import EMPLOYEE, JOBSEEKER, N_SECTORS

SECTORS = range(N_SECTORS)
ON = 0  # rank of "on" among the choices of a switch
Model = Any  # ReferenceModel


# --- newcomers -------------------------------------------------------------------------------------------------------
def newcomers(model: Model) -> None:
    """The young, people from abroad and those retrained enter digital trades."""
    from reference import Talent

    w, expected = model.w_talent, expected_newcomers(model)
    ways = ((rng.ENTER, 0, (264, 360), ""), (rng.ARRIVE, 2**17, (300, 480), "arrivals"),
            (rng.RETRAIN, 2**18, (300, 600), "retrained"))
    for way, (purpose, first, ages, flow) in enumerate(ways):
        for zone in model.zones:
            for s in SECTORS:
                for k in range(rng.poisson(expected[way][zone][s] / w, model.luck(purpose, zone.uid, s))):
                    talent = Talent.newcomer(model, zone, s, first + k, ages)
                    if flow:
                        model.count(flow, zone, w)
                    if flow == "retrained":
                        talent.status = JOBSEEKER
                        less = np.float32(model.par.population.retrained_skill)
                        talent.skill = float(np.float32(talent.skill) * less)
                        talent.literacy = float(np.float32(zone.digital_skills))


def expected_newcomers(model: Model) -> list[dict[Any, list[float]]]:
    """People expected in a month by each way in, zone and trade; the second and third are part of the trend."""
    par, nation, zones = model.par.population, model.nation, model.zones
    after = max(0.0, model.month / 12.0 - 2024)  # years since the end of the measured trend
    before = model.month / 12.0 - model.first_month / 12.0 - after
    pace = (par.trend if after == 0.0 else par.trend_after) + par.turnover
    nation.trend = math.exp(par.trend * before + par.trend_after * after)
    entries = {z: [z.workforce[s] * nation.trend * pace / 12.0 for s in SECTORS] for z in zones}
    young = {z: list(entries[z]) for z in zones}
    abroad, retrained = ({z: [0.0] * N_SECTORS for z in zones} for _ in range(2))
    for s in SECTORS:
        seen = {z: z.talents[s] * (1.0 + z.brand) for z in zones}
        pull = (1.0 + par.visa) * (1.0 + nation.goodwill) ** par.visibility
        for z in zones:
            if par.openness == ON:
                total = par.abroad * sum(entries[other][s] for other in zones) * pull
                usual = par.abroad * entries[z][s]
                abroad[z][s] = total * seen[z] / sum(seen.values()) if sum(seen.values()) > 0.0 else usual
                young[z][s] -= usual
                abroad[z][s] += par.welcome * z.welcomed * part_of_trade(z, s)
            if par.second_chance == ON and sum(z.workforce) > 0.0:
                part = par.retraining * part_of_trade(z, s)
                retrained[z][s] = part * z.trained + par.trainees * z.trainees * part_of_trade(z, s)
                young[z][s] -= part * z.trained_reference
            young[z][s] = max(young[z][s], 0.0)
        if par.studies == ON:
            drawn = {z: young[z][s] * (z.graduates[s] / z.graduates_reference[s] if z.graduates_reference[s] > 0.0
                                       else 1.0) for z in zones}
            here, there = sum(young[z][s] for z in zones), sum(drawn.values())
            for z in zones:
                graduates = drawn[z] * (here / there if there > 0.0 else 1.0)
                young[z][s] += par.graduates * (graduates - young[z][s])
    return [young, abroad, retrained]


def part_of_trade(zone: Any, sector: int) -> float:
    people = sum(zone.workforce)
    return zone.workforce[sector] / people if people > 0.0 else 0.0


# --- pay and rents ---------------------------------------------------------------------------------------------------
def unemployment(zone: Any, sector: int) -> float:
    """Share of job-seekers of a trade in the labour market of a zone."""
    region = [z for z in zone.model.zones if z.labour_market == zone.labour_market]
    people = sum(z.talents[sector] for z in region)
    if people <= 0.0:
        return zone.model.nation.unemployment_reference
    return sum(z.jobseekers[sector] for z in region) / people


def adjust_pay(model: Model) -> None:
    """Wages move towards their level for density, rents and unemployment; rents of flats follow residents."""
    par, usual = model.par.labour, model.nation.unemployment_reference
    for zone in model.zones:
        if model.month % 12 == 0:
            more = (sum(zone.talents) - model.nation.trend * sum(zone.workforce)) / max(zone.population, 1.0)
            zone.housing_rent = zone.housing_reference * max(1.0 + more, 0.1) ** model.par.mobility.rent_pressure
        dearer = math.log(zone.housing_rent / zone.housing_reference)
        for s in SECTORS:
            goal = (zone.wage_place + par.wage_rent * dearer
                    - par.wage_curve * math.log(max(unemployment(zone, s), 1e-3) / usual))
            zone.wage[s] = math.exp(math.log(zone.wage[s]) + par.wage_speed * (goal - math.log(zone.wage[s])))


# --- mobility --------------------------------------------------------------------------------------------------------
def begin_mobility(model: Model) -> None:
    """What zones offer this month; once a year amenities, and where graduates take their first job."""
    zones, par = model.zones, model.par.mobility
    yearly = model.month % 12 == 11 or not any(any(z.graduates) for z in zones)
    if yearly:
        for z in zones:
            residents = sum(q.population for q in z.quartiers)
            z.amenity = sum(q.population * q.amenity for q in z.quartiers) / residents if residents > 0.0 else 0.0
    model.zone_pulls = {z: [weigh(z, s) for s in SECTORS] for z in zones}
    if not yearly:
        return
    students = sum(z.students for z in zones)
    for s in SECTORS:
        drawn = dict.fromkeys(zones, 0.0)
        for university in zones:
            weights = {z: model.zone_pulls[z][s] * university.km[z.row] ** -par.gravity
                       * (math.exp(par.origin) if z is university else 1.0) for z in zones}
            for z in zones:
                if sum(weights.values()) > 0.0 and students > 0.0:
                    drawn[z] += university.students / students * weights[z] / sum(weights.values())
        for z in zones:
            z.graduates[s] = drawn[z]
            if model.month < model.par.policy_start:
                z.graduates_reference[s] = drawn[z]


def pull_of_zone(zone: Any, sector: int) -> float:
    """Pull of a zone on a trade wherever one comes from."""
    return zone.model.zone_pulls[zone][sector]


def weigh(zone: Any, sector: int) -> float:
    """Jobs, pay as far as one finds a job and after rent, visibility, amenity, desks."""
    par, appeal = zone.model.par.mobility, zone.model.par.mobility.visibility * zone.brand
    pay = math.log(zone.wage[sector])
    if par.prospects == ON:
        pay += math.log(1.0 - min(unemployment(zone, sector), 0.9)) - par.housing * math.log(zone.housing_rent)
        desks = math.log1p(1000.0 * zone.desks / max(sum(zone.talents), 1.0))
        appeal += par.amenity * zone.amenity + par.desks * zone.model.par.remote.able * desks
    return zone.talents[sector] * math.exp(par.wage * pay + appeal)


# --- remote work -----------------------------------------------------------------------------------------------------
def remote_work(model: Model) -> None:
    """Employees of startups who live where there is a desk: those who stay, then those who come."""
    zones, par = model.zones, model.par.remote
    always = rng.Draw(np.uint64(model.key), np.uint64(0))
    for talent in (t for t in model.talents if t.remote):
        talent.remote = (talent.status == EMPLOYEE and talent.hired != model.month
                         and talent.zone is not talent.employer.zone)
    places = {z: math.floor(par.desk_share * z.desks) for z in zones}
    for zone in zones:
        there = sorted((rng.uniform(always, rng.REMOTE_ABLE, t.uid), t) for t in model.talents
                       if t.remote and t.zone is zone)
        for _, talent in there[places[zone]:]:
            talent.remote, talent.zone = False, talent.employer.zone
    free = {z: max(places[z] - sum(t.remote and t.zone is z for t in model.talents), 0) for z in zones}
    if any(z.desks for z in zones):
        asked = [t for t in model.talents if t.status == EMPLOYEE and not t.remote and t.turn == model.month % 12
                 and rng.uniform(always, rng.REMOTE_ABLE, t.uid) < par.able]
        claims: dict[Any, list[Any]] = {z: [] for z in zones}
        for talent in asked:
            luck = model.luck(rng.WORK_REMOTELY, talent.uid)
            goal = choose_desk(talent, free) if luck < par.hazard else None
            if goal is not None:
                claims[goal].append((luck, int(talent.uid), talent))
        for zone, people in claims.items():
            for _, _, talent in sorted(people)[:free[zone]]:
                talent.remote, talent.zone = True, zone
                model.count("moved_remote", zone)
    for startup in model.all_startups:
        startup.remote = sum(person.remote for person in startup.employees)


def choose_desk(talent: Any, free: dict[Any, int]) -> Any:
    """Zone with free desks that an employee would live in: near the employer, pleasant and cheap."""
    par, office = talent.model.par.mobility, talent.employer.zone
    weights = {z: desks * math.exp(par.amenity * z.amenity) * z.housing_rent ** -(par.wage * par.housing)
               * office.km[z.row] ** -par.gravity for z, desks in free.items() if z is not office}
    return talent.model.pick(rng.REMOTE_ZONE, talent.uid, weights)


# --- digital skills --------------------------------------------------------------------------------------------------
def learn(model: Model) -> None:
    """By quarter: adults learn, homes get equipment, shops adopt digital tools; so does the nation without policy."""
    par, nation, zones = model.par.skills, model.nation, model.zones
    if model.month % 3 and nation.equipped_reference > 0.0:
        return
    before = model.month < model.par.policy_start
    if before:
        set_path(model)
    for z in zones:
        z.trained = (z.mediation + z.mediation_aided) * par.trainees / 12.0
        if before:
            z.trained_reference = z.trained
    usual_equipped, usual_skills = nation.equipped_reference, nation.skills_reference
    for z in zones:
        adults, homes = 53.0 / 63.7 * z.population, z.population / 2.2
        pace = max(1.0 + par.adoption_skills * (z.digital_skills - usual_skills), 0.0)
        z.adoption += 0.25 * par.adoption * pace * (1.0 - z.adoption)
        z.digital_skills = quarter(z.digital_skills, z.trained, adults, z.equipped / usual_equipped, par)
        bought = 0.25 * par.equipping * max(par.equipped_most - z.equipped, 0.0)
        z.equipped = min(z.equipped + bought + 3.0 * z.refurbished / homes, 1.0)
    if before:
        set_path(model)
    else:
        adults = 53.0 / 63.7 * sum(z.population for z in zones)
        nation.adoption_reference += 0.25 * par.adoption * (1.0 - nation.adoption_reference)
        nation.skills_reference = quarter(usual_skills, sum(z.trained_reference for z in zones), adults, 1.0, par)
        nation.equipped_reference += 0.25 * par.equipping * max(par.equipped_most - usual_equipped, 0.0)


def quarter(skills: float, trained: float, adults: float, equipped: float, par: Any) -> float:
    """Digital skills a quarter later: some learn by themselves, some are trained, some forget."""
    lacking = 1.0 - skills
    learnt = par.learning * equipped**par.home * lacking + par.training * min(12.0 * trained / adults, lacking)
    return min(max(skills + 0.25 * (learnt - par.forgetting * skills), 0.0), 1.0)


def set_path(model: Model) -> None:
    """Means of the nation, weighted by residents."""
    people = sum(z.population for z in model.zones)
    for name, mean in (("digital_skills", "skills_reference"), ("equipped", "equipped_reference"),
                       ("adoption", "adoption_reference")):
        setattr(model.nation, mean, sum(getattr(z, name) * z.population for z in model.zones) / people)

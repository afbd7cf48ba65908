"""What is near, what it brings, and who moves, agent by agent: the part of `reference.py` on places.

Written from the description (ODD 7), independent of the engine's loops.
"""

from __future__ import annotations

import math
from typing import Any

from sim import rng
from sim.fields import FOUNDER, JOBSEEKER, N_SECTORS

Model = Any
SECTORS = range(N_SECTORS)
ON = 0
FORMS = ("elasticity", "log", "hump", "threshold")


def turn_of(uid: Any) -> int:
    return int(((int(uid) >> 16) + ((int(uid) >> 3) & 8191)) % 12)


# --- spillovers ------------------------------------------------------------------------------------------------------
def reached(neighbours: list[tuple[Any, float]], amount: Any) -> list[float]:
    """What the neighbours have, each weighted by distance, by sector."""
    total = [0.0] * N_SECTORS
    for place, weight in neighbours:
        values = amount(place)
        for s in SECTORS:
            total[s] += weight * values[s]
    return total


def related(model: Model, own: list[float]) -> list[float]:
    if model.par.spillovers.relatedness != 0:
        return own
    return [sum(model.relatedness[s][r] * own[r] for r in SECTORS) for s in SECTORS]


def median(pairs: list[tuple[float, float]], usual: float) -> float:
    """Value at which half the weight of (value, weight) lies below."""
    pairs = sorted(pair for pair in pairs if pair[1] > 0.0)
    total, below = sum(weight for _, weight in pairs), 0.0
    for value, weight in pairs:
        below += weight
        if below >= 0.5 * total:
            return value
    return usual


def form_of(name: str, ratio: float, least: float, scale: float, threshold: float) -> float:
    """Benefit at so many times the median: zero there, and of slope one per log point."""
    if name == "log":
        return (1.0 + scale) * (math.log1p(ratio / scale) - math.log1p(1.0 / scale))
    if name == "threshold":
        def share(r: float) -> float:
            return r**4 / (r**4 + threshold**4)
        return (share(ratio) - share(1.0)) / (4.0 * share(1.0) * (1.0 - share(1.0)))
    return math.log(ratio) if ratio > least else math.log(least)


def hump(jobs: float, par: Any) -> float:
    """As a share of its height: up to the peak, down to nothing and below, at most half as low as it is high."""
    x, top, end = math.log1p(jobs), math.log1p(par.hump_peak_fte), math.log1p(par.hump_zero_fte)
    return x / top if x < top else max((end - x) / (end - top), -0.5)


def anchored_hump(jobs: float, typical: float, par: Any) -> float:
    at = min(max(typical, 1.0), par.hump_peak_fte)
    per_log = at / (1.0 + at) / math.log1p(par.hump_peak_fte)
    return (hump(jobs, par) - hump(at, par)) / per_log


def look_near(quartier: Any) -> None:
    """Related employment within a walk (A); who works at a distance is half there."""
    own = reached(quartier.walking, lambda place: place.present)
    quartier.near = related(quartier.model, own)


def look_around(quartier: Any) -> None:
    """Employment within commuting reach: own (E), related (B), diverse (J); startups per employee."""
    model = quartier.model
    quartier.own = reached(quartier.commuting, lambda place: place.staff)
    quartier.around = related(model, quartier.own)
    quartier.around_log = [math.log1p(people / model.par.spillovers.commute_scale_fte) for people in quartier.around]
    shares = [people / sum(quartier.own) for people in quartier.own if people > 0.0]
    quartier.diversity = math.exp(-sum(p * math.log(p) for p in shares)) / N_SECTORS if shares else 1.0
    startups = reached(quartier.commuting, lambda place: place.startups)
    for s in SECTORS:
        usual = model.nation.people_per_startup[s]
        quartier.competition[s] = startups[s] / quartier.own[s] * usual if quartier.own[s] > 0.0 else 1.0


def count_people_per_startup(model: Model) -> None:
    """People per startup of each sector in the nation, what is usual before the policy."""
    for s in SECTORS:
        people, firms = (sum(getattr(q, name)[s] for q in model.quartiers) for name in ("staff", "startups"))
        model.nation.people_per_startup[s] = max(people, 1.0) / max(firms, 1.0)


def count_present(model: Model) -> None:
    """People present in each quartier."""
    for quartier in model.quartiers:
        quartier.present = list(quartier.staff)
    for startup in model.startups:
        if startup.cell is not None:
            startup.cell.present[startup.sector] -= 0.5 * startup.remote


def learn(model: Model) -> None:
    """Knowledge of each quartier, counted in parts of 2^-30, and related knowledge across its region."""
    for quartier in model.quartiers:
        quartier.knowledge = [0.0] * N_SECTORS
    for startup in model.startups:
        if startup.cell is not None:
            startup.cell.knowledge[startup.sector] += round(startup.knowledge * 2**30) / 2**30
    squares = [[0.0] * N_SECTORS for _ in model.squares]
    for quartier in model.quartiers:
        for s in SECTORS:
            squares[quartier.square][s] += quartier.knowledge[s]
    off = model.par.spillovers.regional != ON
    for quartier in model.quartiers:
        known = reached(model.squares[quartier.square], lambda square: squares[square])
        quartier.regional = [0.0] * N_SECTORS if off else related(model, known)


def meet(model: Model, freeze: bool) -> None:
    """Meeting rate of each quartier, one on average before the policy."""
    par, rates = model.par.spillovers, {}
    for quartier in model.quartiers:
        hub = quartier.hub
        animation = 0.0
        if hub is not None:
            served = sum(sum(q.startups) for q in model.quartiers if q.hub is hub)
            animation = hub.governance * hub.staff_fte / (2.0 * max(served / par.firms_per_team, 1.0))
        rate = 1.0 + par.meet_serendipity * quartier.serendipity + par.meet_animation * animation
        rates[quartier] = rate if par.meeting == ON else 1.0
    if freeze:
        people = sum(sum(quartier.staff) for quartier in rates)
        met = sum(rate * sum(quartier.staff) for quartier, rate in rates.items())
        model.nation.meeting_reference = met / people if people > 0.0 else 1.0
    for quartier, rate in rates.items():
        quartier.meeting = rate / model.nation.meeting_reference


def benefit(model: Model, s: int, freeze: bool) -> None:
    """Benefit of what is within a walk, and exposure, in one sector."""
    par, nation, places = model.par.spillovers, model.nation, model.quartiers
    if freeze:
        for name, usual in (("near", par.walk_scale_fte), ("regional", 0.0), ("own", par.hump_peak_fte)):
            pairs = [(getattr(q, name)[s], q.staff[s]) for q in places]
            getattr(nation, f"{name}_median")[s] = median(pairs, usual)
    near, known = nation.near_median[s], nation.regional_median[s]
    short = par.short_share if known > 0.0 else 1.0
    long = (1.0 - short) / known if known > 0.0 else 0.0
    seen = {q: short * q.meeting * (q.near[s] + q.linked[s]) / near + long * q.regional[s] for q in places}
    if freeze:
        nation.exposure_median[s] = median([(seen[q], q.staff[s]) for q in places], 1.0)
    middle, name = nation.exposure_median[s], FORMS[par.form]
    of_near = par.least_fte / near, par.walk_scale_fte / near, par.threshold
    scale = short * par.walk_scale_fte / near + long * par.knowledge_scale
    of_exposure = short * par.least_fte / near / middle, scale / middle, par.threshold
    for q in places:
        q.near_log[s] = form_of(name, q.near[s] / near, *of_near)
        q.exposure[s] = (anchored_hump(q.own[s], nation.own_median[s], par) if name == "hump"
                         else form_of(name, seen[q] / middle, *of_exposure))
    if freeze:
        people = max(sum(q.staff[s] for q in places), 1.0)
        plain = sum(form_of("elasticity", q.near[s] / near, *of_near) * q.staff[s] for q in places)
        nation.near_reference[s] = plain / people
        plain = sum(form_of("elasticity", seen[q] / middle, *of_exposure) * q.staff[s] for q in places)
        nation.exposure_reference[s] = plain / people


def fields(model: Model) -> None:
    """All fields of a quarter; before the policy, what they are held against."""
    freeze = model.month < model.par.policy_start
    first = not any(sum(quartier.around) for quartier in model.quartiers)
    count_present(model)
    if (model.month % 12 == 0 or first) and (freeze or not any(model.nation.people_per_startup)):
        count_people_per_startup(model)
    for quartier in model.quartiers:
        look_near(quartier)
        if model.month % 12 == 0 or first:
            look_around(quartier)
    if model.month % 12 == 0 or first:
        learn(model)
    meet(model, freeze)
    for s in SECTORS:
        benefit(model, s, freeze)
    for zone in model.zones:
        zone.meet()
    if freeze:
        model.freeze_reference()


# --- location --------------------------------------------------------------------------------------------------------
def quarterly_appeal(quartier: Any, sector: int) -> float:
    """What draws a newborn startup to a quartier and changes by quarter."""
    par, nation = quartier.model.par.location, quartier.model.nation
    neighbours = quartier.near_log[sector] - nation.near_reference[sector]
    pool = quartier.around_log[sector] - nation.around_reference[sector]
    return (par.walk * neighbours + par.commute * pool + par.diversity * quartier.diversity
            + par.amenity * quartier.amenity + par.broadband * quartier.broadband
            + par.serendipity * quartier.serendipity + par.facility * quartier.facility
            + par.creatives * math.log1p(quartier.creatives / quartier.area_km2))


def monthly_appeal(quartier: Any) -> float:
    """The part that changes by month: rent, the hub's staff, crowding."""
    par = quartier.model.par.location
    asked, crowding, pull = quartier.rent, 0.0, 0.0
    if quartier.floor_m2 > 0.0:
        asked *= 1.0 - quartier.discount * quartier.floor_public_m2 / quartier.floor_m2
        crowding = max(quartier.used_m2 / quartier.floor_m2 - 1.0, 0.0)
    if quartier.hub is not None:
        pull = quartier.hub.governance * math.log2(1.0 + quartier.hub.staff_fte / 2.0)  # an ordinary hub has two
    return par.animation * pull - par.rent * math.log(asked) - par.crowding * crowding


def appeal_of_zone(zone: Any, sector: int) -> float:
    """Appeal of a zone apart from distance; minus infinity where there is no floor."""
    par, total = zone.model.par.location, sum(q.weight[sector] for q in zone.quartiers)
    if total <= 0.0:
        return -math.inf
    pool = sum(other.talents[sector] / (1.0 + zone.km[other.row] / 10.0) for other in zone.model.zones)
    fit = zone.theme[sector] + par.identity * math.log1p(zone.identity)
    return (zone.appeal + par.nest * math.log(total) - par.wage * math.log(zone.wage[sector])
            + par.visibility * zone.brand + par.talent * math.log(max(pool, 1.0)) + par.theme * fit)


def weigh_places(model: Model) -> None:
    """By quarter: weights of quartiers and zones for newborn startups."""
    if model.month % 3 and any(sum(q.weight) for q in model.quartiers):
        return
    for quartier in model.quartiers:
        quartier.attraction = [math.exp(quarterly_appeal(quartier, s)) for s in SECTORS]
    for quartier in model.quartiers:
        free = max(quartier.floor_m2 - quartier.used_m2, 0.05 * quartier.floor_m2)
        quartier.weight = [free * math.exp(monthly_appeal(quartier)) * drawn for drawn in quartier.attraction]
    for s in SECTORS:
        appeal = [appeal_of_zone(zone, s) for zone in model.zones]
        for zone, value in zip(model.zones, appeal):
            zone.pull[s] = math.exp(value - max(appeal)) if max(appeal) > -math.inf else 0.0


def settle(startup: Any) -> None:
    """First the zone, then the quartier, of a newborn startup."""
    model, par, s, home = startup.model, startup.model.par.location, startup.sector, startup.origin_zone
    weights = {}
    for zone in model.zones:
        attached = par.home if zone is home else 0.0
        weights[zone] = zone.pull[s] * math.exp(attached - par.distance * math.log1p(home.km[zone.row] / 10.0))
    startup.zone = model.pick(rng.CHOOSE_ZONE, startup.uid, weights) or home
    weights = {q: q.weight[s] for q in startup.zone.quartiers}
    startup.cell = model.pick(rng.CHOOSE_CELL, startup.uid, weights) or startup.zone.quartiers[0]


# --- relocation ------------------------------------------------------------------------------------------------------
def grow_restless(startup: Any) -> None:
    month, outgrown = startup.model.month, startup.staff > startup.model.par.relocation.large
    first = startup.innovations == 1 and startup.last_innovation == month - 1
    if first or (outgrown and not startup.was_large):
        startup.restless_until = month + 11
    startup.was_large = startup.was_large or outgrown


def moves(startup: Any) -> bool:
    """Once a year, at the start of a quarter, settled startups may move."""
    model, par = startup.model, startup.model.par.relocation
    if model.month % 3 or turn_of(startup.uid) % 4 != model.month // 3 % 4 or startup.birth == model.month:
        return False
    hazard = par.hazard * (par.restless if startup.restless_until >= model.month else 1.0)
    return bool(model.luck(rng.RELOCATE, startup.uid) < -math.expm1(-hazard))


def is_grown(startup: Any) -> bool:
    old = startup.model.month - startup.birth >= startup.model.par.relocation.mature
    return bool(startup.innovations > 0 or startup.was_large or old)


def weight_for(startup: Any, quartier: Any) -> float:
    """Weight of a quartier: grown firms value the share of their sector around, not diversity."""
    model, s = startup.model, startup.sector
    if not is_grown(startup):
        return quartier.weight[s]
    share = quartier.own[s] / sum(quartier.own) if sum(quartier.own) > 0.0 else 0.0
    drawn = model.par.relocation.specialisation * share - model.par.location.diversity * quartier.diversity
    return quartier.weight[s] * math.exp(drawn)


def new_place(startup: Any) -> tuple[Any, Any]:
    """Zone and quartier a startup moves to; its own where there is nowhere to go."""
    model, par, s = startup.model, startup.model.par, startup.sector
    weights = {}
    for zone in model.zones:
        newborn = sum(q.weight[s] for q in zone.quartiers)
        mine = sum(weight_for(startup, q) for q in zone.quartiers)
        km, sunk = startup.zone.km[zone.row], par.relocation.sunk if zone is startup.zone else 0.0
        near = math.exp(sunk - par.location.distance * math.log1p(km / 10.0))
        weights[zone] = zone.pull[s] * (mine / newborn) ** par.location.nest * near if newborn > 0.0 else 0.0
    zone = model.pick(rng.RELOCATE_ZONE, startup.uid, weights) or startup.zone
    weights = {q: weight_for(startup, q) for q in zone.quartiers if q is not startup.cell}
    cell = model.pick(rng.RELOCATE_CELL, startup.uid, weights)
    return (zone, cell) if cell is not None else (startup.zone, startup.cell)


def move_people(startup: Any, old: Any) -> None:
    """Founders move with the firm; beyond the labour market some employees follow, the others stay without a job."""
    model = startup.model
    for person in model.talents:
        if person.status == FOUNDER and person.employer is startup:
            person.zone = startup.zone
            model.count("movers_in", startup.zone)
    if startup.zone.labour_market == old.labour_market:
        return
    for person in list(startup.employees):
        if model.luck(rng.FOLLOW, person.uid) < model.par.relocation.follow:
            person.zone = startup.zone
            model.count("movers_in", startup.zone)
        else:
            model.count("layoffs", old)
            person.leave_employer(JOBSEEKER)


def relocation(model: Model) -> None:
    """Everybody decides, then everybody moves."""
    if model.par.relocation.active != ON:
        return
    for startup in model.startups:
        grow_restless(startup)
    for startup, (zone, cell) in [(startup, new_place(startup)) for startup in model.startups if moves(startup)]:
        old = startup.zone
        if cell is startup.cell:
            continue
        startup.zone, startup.cell, startup.moved = zone, cell, model.month
        model.count("relocations", zone)
        if zone is not old:
            model.count("relocated_in", zone)
            model.count("relocated_out", old)
            move_people(startup, old)

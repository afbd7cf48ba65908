"""Places of the reference model, agent by agent: creative workers and their districts, broadband, innovation places."""

from __future__ import annotations

import math
from typing import Any

import mesa
from reference_markets import turn_of

from sim import rng
from sim.fields import (
    CONVIVIAL,
    COWORKING,
    ENLARGER,
    FABLAB,
    FOOD_LAB,
    INCUBATOR,
    LIVING_LAB,
    MEASURE,
    MEDIA_LAB,
    N_SECTORS,
    NURSERY,
    PAYERS,
)

Model = Any
ON = 0


def roll_out(model: Model) -> None:
    """By quarter: dense quartiers have ultra-fast access first."""
    par = model.par.broadband
    if par.active != ON or model.month % 3 != 0:
        return
    for quartier in model.quartiers:
        density = max(quartier.population / max(quartier.area_km2, 1e-9), 1e-3)
        half = par.midpoint - par.lag * math.log10(density / 1000.0)
        years = (model.month + quartier.broadband_ahead) / 12.0 - half
        quartier.broadband = 1.0 / (1.0 + math.exp(-years / par.pace))


def live_creatively(model: Model) -> None:
    """By quarter: creative workers move or are priced out, then districts liven up."""
    par = model.par.creatives
    if par.active != ON or model.month % 3 != 1:
        return
    for zone in model.zones:
        appeal = {quartier: appeal_to_creatives(quartier, par) for quartier in zone.quartiers}
        total, gone = sum(appeal.values()), 0.0
        for quartier in zone.quartiers:
            here = quartier.creatives
            wished = zone.creatives * appeal[quartier] / total if total > 0.0 else here
            settled = here * (1.0 - par.speed / 4.0)  # the others look for a better place anyway
            leaving = settled * (1.0 - min(quartier.rent_before / quartier.rent, 1.0) ** par.displacement)
            quartier.creatives = settled + par.speed / 4.0 * wished - leaving
            quartier.rent_before = quartier.rent
            gone += leaving
        model.count("creatives_displaced", zone, gone)
    for quartier in model.quartiers:
        liven_up(quartier, par)


def in_lofts(quartier: Any, par: Any) -> float:
    """Wasteland, as the ordinary floor that would attract as many."""
    return quartier.wasteland_m2 / par.wasteland_rent**par.rent


def appeal_to_creatives(quartier: Any, par: Any) -> float:
    """Floor that is cheap, pleasant and lively."""
    pull = par.amenity * quartier.amenity + par.conviviality * math.log(max(quartier.conviviality, 1e-9))
    return (quartier.floor_m2 + in_lofts(quartier, par)) * math.exp(pull) / quartier.rent**par.rent


def liven_up(quartier: Any, par: Any) -> None:
    """Creative workers use floor; with the people of startups they keep places open, where they meet."""
    room = quartier.floor_m2 + in_lofts(quartier, par)
    used = par.m2_per_person * quartier.creatives * quartier.floor_m2 / room if room > 0.0 else 0.0
    quartier.other_m2 += used - quartier.creatives_m2
    quartier.creatives_m2 = used
    area, staff = max(quartier.area_km2, 1e-9), sum(quartier.staff)
    lively = (quartier.conviviality_base * (1.0 + quartier.creatives / area) ** par.liven
              * (1.0 + staff / area) ** par.liven_staff) + quartier.venues
    quartier.conviviality += (1.0 - (1.0 - par.liven_speed) ** 3) * (lively - quartier.conviviality)
    met = quartier.conviviality * (quartier.creatives + staff) / area
    quartier.serendipity = 1.0 - math.exp(-met / par.encounter_scale)


class Facility(mesa.Agent):
    """A place open to young firms or to people who make things."""

    def is_open(self) -> bool:
        return self.opened <= self.model.month and (self.closed < 0 or self.closed > self.model.month)

    def serves(self, sector: int) -> bool:
        """Is it a laboratory for this trade?"""
        if self.kind == FABLAB:
            return sector in (2, 3, 6)
        return self.kind in (LIVING_LAB, FOOD_LAB, MEDIA_LAB) and self.sector == sector

    def firms(self) -> list[Any]:
        return [f for f in self.model.startups if f.place is self and f.place_until >= self.model.month]

    def away(self, startup: Any) -> float:
        """Square of the distance, m2."""
        return (self.cell.x_m - startup.cell.x_m) ** 2 + (self.cell.y_m - startup.cell.y_m) ** 2

    def monthly_cost(self, mean_rent: float) -> float:
        share, wage = self.model.par.facilities.staff_share, sum(self.zone.wage) / N_SECTORS
        return self.cost_eur / 12.0 * (share * wage + (1.0 - share) * self.cell.rent / mean_rent)


def run_places(model: Model) -> None:
    """Open what opens; by quarter, admit, let firms of one place learn from each other, and pay."""
    par, month = model.par.facilities, model.month
    if par.active != ON or not model.places:
        return
    resized = month % 3 == 0 and any(place.measure >= 0 for place in model.places)
    policy = model.par.policy
    labs = policy is not None and month % 3 == 0 and any(m.kind == "open_to_incumbents" for m in policy.measures)
    if resized or labs or any(month in (place.opened, place.closed) for place in model.places):
        count_places(model, par)
    if month % 3 != 2:
        return
    for place in model.places:
        place.members = float(len(place.firms()))
    asking = [f for f in model.startups if turn_of(f.uid) % 4 == month // 3 % 4]
    asking = [f for f in asking if f.place_until < month and f.cell is not None]
    young = [f for f in asking if f.age <= 12 and f.incubated_until < 0]
    admit(model, young, (INCUBATOR, NURSERY), par)
    admit(model, [f for f in asking if f.staff >= 10], (ENLARGER,), par)
    admit(model, [f for f in asking if f.staff <= 3], (COWORKING,), par)
    if any(zone.open_places for zone in model.zones):
        admit(model, [f for f in asking if f.age >= 60], (INCUBATOR, NURSERY), par, older=True)
    mix(model, par)
    if month < model.par.policy_start:
        freeze_reference(model)
    settle_bills(model, par)
    for startup in model.all_startups:
        startup.boost = par.mixing * (startup.mixing - model.nation.mixing_reference)
        inside = startup.alive and startup.place_until >= month
        if inside and startup.place.kind == ENLARGER and startup.staff >= 10:
            startup.boost += par.enlarge


def count_places(model: Model, par: Any) -> None:
    """What is within a walk of each quartier, and in each zone."""
    opened = [place for place in model.places if place.is_open()]
    for quartier in model.quartiers:
        quartier.facility, quartier.cocreation = 0.0, [0.0] * N_SECTORS
        here = sum(place.size for place in opened if place.kind == CONVIVIAL and place.cell is quartier)
        quartier.venues = here / max(quartier.area_km2, 1e-9)
    for place in opened:
        for quartier, weight in place.cell.walking:
            quartier.facility += weight * place.places
            for s in range(N_SECTORS):
                quartier.cocreation[s] += weight * place.size * place.serves(s)
    for large in (quartier for quartier in model.quartiers if quartier.zone.open_places):
        for s in range(N_SECTORS):
            if large.anchors[s] > 0.0:
                part = large.anchors[s] / sum(q.anchors[s] for q in large.zone.quartiers)
                for quartier, weight in large.walking:
                    quartier.cocreation[s] += weight * par.open_labs * large.zone.open_places * part
    for quartier in model.quartiers:
        quartier.facility = math.log1p(quartier.facility / par.pull_scale)
        quartier.cocreation = [math.log1p(labs / par.labs_scale) for labs in quartier.cocreation]
    for zone in model.zones:
        ours = [place for place in opened if place.zone is zone]
        zone.incubators = sum(place.places for place in ours if place.kind in (INCUBATOR, NURSERY))
        zone.desks = sum(place.desks for place in ours)


def is_older_member(startup: Any) -> bool:
    """Is it in an incubator as an older firm, which is not sheltered?"""
    return startup.place.kind in (INCUBATOR, NURSERY) and startup.incubated_until < startup.model.month


def admit(model: Model, asking: list[Any], kinds: tuple[int, ...], par: Any, *, older: bool = False) -> None:
    """Each firm asks the nearest place of its zone with room; each place takes the best it sees. Older firms have a
    number of places in the zone.
    """
    month = model.month
    able = [p for p in model.places if p.is_open() and p.kind in kinds and p.places - p.members >= 1.0]
    asked: dict[Any, list[Any]] = {}

    def merit(startup: Any) -> float:
        return startup.quality - math.log(-math.log(model.luck(rng.ADMIT_PLACE, startup.uid)))

    def near(startup: Any) -> list[Any]:
        return [p for p in able if p.zone is startup.zone and p.away(startup) <= (1000.0 * par.reach_km) ** 2]

    asking = [f for f in asking if f.place_until < month and near(f)]
    if older:
        left = {zone: zone.open_places for zone in model.zones}
        for place in model.places:
            left[place.zone] -= sum(is_older_member(f) for f in place.firms())
        asking = [f for zone, room in left.items() for f in
                  sorted((f for f in asking if f.zone is zone), key=lambda f: (-merit(f), f.uid))[:max(int(room), 0)]]
    for startup in asking:
        asked.setdefault(min(near(startup), key=lambda p: (p.away(startup), p.uid)), []).append(startup)

    for place, firms in asked.items():
        for startup in sorted(firms, key=lambda f: (-merit(f), f.uid))[:math.floor(place.places - place.members)]:
            startup.place, startup.place_until = place, month + int(par.stay) - 1
            place.members += 1.0
            if INCUBATOR in kinds and not older:
                startup.incubated_until = startup.place_until


def mix(model: Model, par: Any) -> None:
    """A firm gets most from those of other trades, when they are neither too few nor too many."""
    for startup in model.all_startups:
        startup.mixing = 0.0
    for place in model.places:
        firms = place.firms()
        for startup in firms:
            unlike = 0.0
            for other in firms:
                alike = model.relatedness[startup.sector][other.sector]
                if is_older_member(startup) != is_older_member(other):
                    alike *= 1.0 - par.ages
                unlike += (1.0 - alike) / len(firms)
            startup.mixing = 4.0 * unlike * (1.0 - unlike)


def freeze_reference(model: Model) -> None:
    """Means before the policy: the zero of the effects of places."""
    firms, nation = [f for f in model.startups if f.cell is not None], model.nation
    young = [f for f in firms if f.age < 24]
    nation.incubated_reference = sum(f.incubated_until >= model.month for f in young) / max(len(young), 1)
    nation.mixing_reference = sum(f.mixing for f in firms) / max(len(firms), 1)
    for s in range(N_SECTORS):
        met = [f.cell.cocreation[s] for f in firms if f.sector == s]
        nation.cocreation_reference[s] = sum(met) / max(len(met), 1)


def settle_bills(model: Model, par: Any) -> None:
    """Places are paid for; incubators spare firms part of a rent; public money is aid."""
    floor = sum(q.floor_m2 for q in model.quartiers)
    mean_rent = sum(q.rent_reference * q.floor_m2 for q in model.quartiers) / floor if floor > 0.0 else 1.0
    for place in model.places:
        if place.is_open() and place.payer != MEASURE:
            model.pay(PAYERS[place.payer], "operators", "places", place.zone, 3 * place.monthly_cost(mean_rent))
    for startup in model.startups:
        place = startup.place
        if place is None or startup.place_until < model.month:
            continue
        if place.payer > 0:
            startup.aid_eur += 3 * place.monthly_cost(mean_rent) / max(place.places, 1.0) if place.is_open() else 0.0
            startup.aided = True
        if place.kind in (INCUBATOR, NURSERY):
            spared = par.rebate * model.par.rents.m2_per_fte * startup.cell.rent * startup.staff / 4.0
            startup.cash_eur += spared
            model.pay("operators", "startups", "rent spared", startup.zone, spared)

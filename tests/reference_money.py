"""Public money of the reference model, agent by agent: measures and accelerators."""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np
from reference_places import Facility
from reference_state_money import due, effect_of, note, open_accounts, pay

from sim import facilities, rng
from sim.fields import MEASURE, N_SECTORS
from sim.levers import HUB, KINDS, OPEN, POT

Model = Any


class Hub(mesa.Agent):
    """A labelled place: staff, floor and accelerator places bought by public money, and a share of the brand."""

    def distance_km(self, quartier: Any) -> float:
        return math.hypot(quartier.x_m - self.x_m, quartier.y_m - self.y_m) / 1000.0

    def open_floor(self) -> None:
        """Floor whose works are over goes on the market, at a rebate."""
        ready = self.building_m2.pop(0)
        self.building_m2.append(0.0)
        self.cell.floor_m2 += ready
        self.cell.floor_public_m2 += ready
        self.floor_m2 += ready
        if self.floor_m2 > 0.0:
            self.cell.discount = self.model.par.policy.term("floor", "discount", 0.3)

    def admit(self, candidates: list[Any]) -> None:
        """Fill free places with the best candidates, as far as the hub can tell."""
        model = self.model

        def merit(startup: Any) -> float:
            return startup.quality + rng.normal_quantile(model.luck(rng.ADMIT, startup.uid))

        free = max(math.floor(self.places - self.residents), 0)
        for startup in sorted(candidates, key=lambda f: (-merit(f), f.uid))[:free]:
            startup.accelerated_until = model.month + int(model.par.policy.term("accelerator", "stay", 12)) - 1
            startup.was_accelerated = True
            self.residents += 1.0


# --- measures --------------------------------------------------------------------------------------------------------
def measures(model: Model) -> None:
    """What was bought for a month is over; pay each measure, and let it act."""
    policy, month = model.par.policy, model.month
    if policy is None or month < policy.first:
        return
    if not model.funders:
        open_accounts(model)
    for hub in model.hubs:
        hub.staff_fte = hub.places = hub.places_eur = hub.links = hub.foreign_links = hub.board = hub.showcase_eur = 0.0
    for zone in model.zones:
        zone.mediation_aided = zone.refurbished = zone.trainees = zone.welcomed = 0.0
        zone.identity = zone.one_stop = zone.open_places = 0.0
    nation = model.nation
    nation.brand_eur = nation.angel_relief = nation.young_firm_relief = nation.research_credit = 0.0
    budgeted = [m for m in policy.measures if KINDS[m.kind].manner != OPEN]
    yearly = {zone: 12.0 * sum(receive(model, m, zone) if m.weights is not None else sum(
        receive(model, m, hub) for hub in model.hubs if hub.zone is zone) for m in budgeted) for zone in model.zones}
    for through_hubs in (True, False):
        group = [m for m in policy.measures if (m.weights is None) == through_hubs and KINDS[m.kind].manner != OPEN]
        for measure in group:
            for target in model.hubs if through_hubs else model.zones:
                eur = receive(model, measure, target)
                zone = target.zone if through_hubs else target
                effect = effect_of(model, zone, 12.0 * sum(receive(model, m, target) for m in group), yearly[zone])
                eur = payable(model, measure, target, eur, effect)
                spend(model, measure, target, eur, eur if measure.kind == "brand" else effect * eur)
            after(model, measure, through_hubs)
    reliefs = {"angel_tax": "angel_relief", "young_firms": "young_firm_relief", "research_credit": "research_credit"}
    for measure in policy.measures:
        if measure.kind in reliefs and measure.first <= month <= measure.last:
            rate = getattr(nation, reliefs[measure.kind]) + measure.terms["rate"]
            setattr(nation, reliefs[measure.kind], rate)
    for hub in model.hubs:
        hub.open_floor()


def receive(model: Model, measure: Any, target: Any) -> float:
    """Public euros of a measure this month for a hub or a zone; nothing without the label."""
    if measure.weights is None and not target.labelled:
        return 0.0
    return due(model, measure, target, model.month)


def wasteland_of(model: Model, hub: Any) -> list[tuple[Any, float]]:
    """Quartiers of a hub that hold wasteland, and how much."""
    return [(q, q.wasteland_m2) for q in model.quartiers if q.hub is hub and q.wasteland_m2 > 0.0]


def payable(model: Model, measure: Any, target: Any, eur: float, effect: float) -> float:
    """Euros that find something to buy: nobody is paid for wasteland that is not there."""
    if measure.kind != "wasteland":
        return eur
    price = measure.terms["cost_per_m2"] * (0.5 + 0.5 * target.cell.rent_reference / mean_rent(model))
    bought = sum(m2 for _, m2 in wasteland_of(model, target)) * price
    return bought / (effect if effect > 0.0 else 1.0) if effect * eur > bought else eur


def spend(model: Model, measure: Any, target: Any, eur: float, useful: float) -> None:
    """Pay, or commit, and note what the euros buy; what acts on a zone is added up first (`after`)."""
    lever, hub = KINDS[measure.kind], target if measure.weights is None else None
    zone = hub.zone if hub is not None else target
    if hub is not None:
        hub.paid_eur += eur
    note(model, "committed", measure.kind, zone, eur, model.month)
    if lever.manner == POT:
        pot = {"grants": "grants_eur", "loans": "loans_eur", "co_investment": "coinvest_eur",
               "procurement": "procurement_eur", "champions": "champions_eur"}[measure.kind]
        lost = eur * zone.overhead
        if lost > 0.0:
            pay(model, "operators", measure.kind, zone, lost)
        setattr(zone, pot, getattr(zone, pot) + (eur - lost))
        return
    pay(model, lever.payee, measure.kind, zone, eur)
    model.useful.setdefault(measure.rank, []).append((target, useful))


def after(model: Model, measure: Any, through_hubs: bool) -> None:
    """What the euros of a measure buy in each of its hubs, or zones."""
    lever, paid = KINDS[measure.kind], model.useful.pop(measure.rank, [])
    if lever.manner == POT:
        return
    if lever.place:
        size_places(model, measure, paid)
    elif lever.acts_on == HUB:
        usual_rent = mean_rent(model)
        for hub, eur in paid:
            buy_for_hub(model, measure, hub, eur, hub.cell.rent_reference / usual_rent)
    elif measure.kind == "brand":
        model.nation.brand_eur += sum(eur for _, eur in paid)
    else:
        for zone in model.zones:
            mine = [eur for target, eur in paid if (target.zone if through_hubs else target) is zone]
            buy_for_zone(model, measure, zone, sum(mine))


def wage(zone: Any) -> float:
    return sum(zone.wage) / N_SECTORS


def mean_rent(model: Model) -> float:
    return sum(q.rent_reference * q.floor_m2 for q in model.quartiers) / sum(q.floor_m2 for q in model.quartiers)


def buy_for_hub(model: Model, measure: Any, hub: Any, eur: float, rent: float) -> None:
    terms, year = measure.terms, 12.0 * eur
    building = 0.5 + 0.5 * rent  # half of the cost is land
    if measure.kind == "animation":
        hub.staff_fte += year / (terms["staff_cost"] * wage(hub.zone))
    elif measure.kind == "accelerator":
        hub.places += year / (terms["cost_per_place"] * wage(hub.zone))
        hub.places_eur += eur
    elif measure.kind == "showcase":
        hub.showcase_eur += eur
    elif measure.kind == "network":
        hub.links += year / terms["cost_per_link"]
    elif measure.kind == "foreign_links":
        hub.foreign_links += year / terms["cost_per_link"]
    elif measure.kind == "governance":
        hub.board += year / terms["cost_per_hub"]
    elif measure.kind == "floor":
        months = min(measure.build_months * hub.zone.delay, 58.0)
        whole, built = math.floor(months), eur / (terms["cost_per_m2"] * building)
        hub.building_m2[whole] += (1.0 - (months - whole)) * built
        hub.building_m2[whole + 1] += (months - whole) * built
    elif measure.kind == "wasteland":
        left = wasteland_of(model, hub)
        total = sum(m2 for _, m2 in left)
        made = min(eur / (terms["cost_per_m2"] * building), total)
        for quartier, m2 in left:
            quartier.wasteland_m2 -= m2 * made / total
            quartier.floor_m2 += m2 * made / total
            model.count("wasteland_reused_m2", quartier.zone, m2 * made / total)


def buy_for_zone(model: Model, measure: Any, zone: Any, eur: float) -> None:
    terms, people = measure.terms, max(zone.population, 1.0)
    if measure.kind == "broadband":
        share = eur / terms["cost_per_premise"] / (zone.population / 2.2)
        for quartier in zone.quartiers:
            quartier.broadband_ahead = min(quartier.broadband_ahead + 60.0 * share, 60.0)
    elif measure.kind == "mediation":
        zone.mediation_aided += 12.0 * eur / (terms["cost_per_place"] * wage(zone))
    elif measure.kind == "equipment":
        zone.refurbished += eur / terms["cost_per_home"]
    elif measure.kind == "training":
        zone.trainees += eur / (terms["cost_per_trainee"] * wage(zone))
    elif measure.kind == "talent_welcome":
        zone.welcomed += eur / (terms["cost_per_arrival"] * wage(zone))
    elif measure.kind == "one_stop_shop":
        zone.one_stop += 12.0 * eur / (terms["cost_per_zone"] * wage(zone))
    elif measure.kind == "open_to_incumbents":
        zone.open_places += 12.0 * eur / (terms["cost_per_place"] * wage(zone))
    elif measure.kind == "identity":
        zone.identity += 12.0 * eur / people / terms["cost_per_person"]


def size_places(model: Model, measure: Any, paid: list[tuple[Any, float]]) -> None:
    """A place in each hub or zone, of the size that a year's euros pay for; looked at in January, and when its first
    euros come, from which works begin.
    """
    ours = [place for place in model.places if place.measure == measure.rank]
    template = facilities.TEMPLATES[KINDS[measure.kind].place]
    targets = [(target, eur) for target, eur in paid if measure.weights is None or measure.weights[target.row] > 0.0]
    if not ours:
        for part in template:
            for target, _ in targets:
                cell = target.cell if measure.weights is None else min(
                    target.quartiers, key=lambda q: (-sum(q.near), q.key))
                ours.append(new_place(model, measure, part, cell))
    staff = model.par.facilities.staff_share
    for k, place in enumerate(ours):
        part, due_eur = template[k // len(targets)], targets[k % len(targets)][1]
        if place.size == 0.0 and due_eur > 0.0:
            if place.opened > measure.last:
                place.opened = model.month + round(measure.build_months * place.zone.delay)
        elif model.month % 12:
            continue
        price = staff * wage(place.zone) + (1.0 - staff) * place.cell.rent / mean_rent(model)
        place.size = 12.0 * due_eur / (measure.terms["cost_per_year"] * price)
        place.places, place.desks = max(part.places * place.size, place.members), part.desks * place.size
        share = part.cost_eur / sum(one.cost_eur for one in template)
        place.cost_eur = measure.terms["cost_per_year"] * share * place.size


def new_place(model: Model, measure: Any, part: Any, cell: Any) -> Any:
    """An innovation place decided this month."""
    place = model.newborn(Facility)
    place.zone, place.cell, place.kind, place.measure = cell.zone, cell, part.kind, measure.rank
    rank = sum(p.kind == part.kind and p.decided == model.month and p.zone is cell.zone for p in model.places)
    place.uid = np.uint64(rng.pack_uid(rng.KIND_FACILITY, cell.zone.row, part.kind, model.month, rank))
    place.decided, place.closed = model.month, measure.last + 1
    place.opened, place.size = measure.last + 1, 0.0
    place.payer, place.sector = MEASURE, part.sector
    if part.sector == facilities.OWN_THEME:
        place.sector = own_theme(model, cell.zone)
    model.places.append(place)
    return place


def own_theme(model: Model, zone: Any) -> int:
    """Trade in which a zone stands out most among zones."""
    def standing(s: int) -> float:
        values = [z.theme[s] for z in model.zones]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
        return (zone.theme[s] - mean) / (spread if spread > 0.0 else 1.0)

    return max(range(N_SECTORS), key=standing)


# --- accelerators --------------------------------------------------------------------------------------------------
def accelerators(model: Model) -> None:
    """Places are counted by zone and filled."""
    if model.hubs:
        for zone in model.zones:
            zone.places = sum(hub.places for hub in model.hubs if hub.zone is zone)
        fill_accelerators(model, model.par.public)


def fill_accelerators(model: Model, par: Any) -> None:
    """Young startups enter the accelerator of their nearest hub; residents receive its services in kind."""
    startups = model.startups
    for hub in model.hubs:
        around = [f for f in startups if f.cell.hub_near is hub]
        here = sorted((f for f in around if f.accelerated_until >= model.month),
                      key=lambda f: (f.accelerated_until, f.uid))
        for startup in here[:max(len(here) - math.floor(hub.places), 0)]:
            startup.accelerated_until = model.month - 1
        hub.residents = float(sum(f.accelerated_until >= model.month for f in around))
        young = [f for f in around if not f.was_accelerated and f.age < par.accelerator_age]
        hub.admit([f for f in young if f.cell.hub_km <= par.reach_km])
    for startup in startups:
        if startup.accelerated_until >= model.month:
            startup.aid_eur += startup.cell.hub_near.places_eur / startup.cell.hub_near.places
            startup.aided = True

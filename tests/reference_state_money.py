"""The State of the reference model, agent by agent: the label, governance and layers, who pays which part."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from reference_state import initial_values

from sim import rng
from sim.fields import CLUSTER, FABLAB, FOOD_LAB, GAVE_UP, INCUBATOR, LIVING_LAB, MEDIA_LAB, NURSERY
from sim.levers import KINDS, OPEN, POT

Model = Any
LABORATORIES = (FABLAB, LIVING_LAB, FOOD_LAB, MEDIA_LAB)
BODIES = (CLUSTER, INCUBATOR, NURSERY)
ELECTIONS = [12 * year + month - 1 for year, month in ((2014, 3), (2020, 6), (2026, 3), (2032, 3))]
REFORM = 12 * 2016
ON = 0


# --- the label -------------------------------------------------------------------------------------------------------
def label(model: Model, hub_kind: type) -> None:
    """Choose hubs when money starts; audit them when they get the label, a year later, then every three years."""
    policy = model.par.policy
    if policy is None or model.month < policy.first or not policy.places:
        return
    if not model.hubs and not model.funders:
        open_hubs(model, hub_kind)
    for hub in model.hubs:
        hub.labelled = hub.since <= model.month and hub.lost < 0
    alone = sum(hub.labelled for hub in model.hubs) < 2
    for hub in model.hubs:
        wait = 12 if hub.audited == hub.since else 36
        if hub.labelled and (hub.audited < 0 or model.month - hub.audited >= wait):
            audit(model, hub, alone)


def audit(model: Model, hub: Any, alone: bool) -> None:
    """Measure the eight criteria; a hub that fails loses the label."""
    par, first = model.par.label, hub.audited < 0
    hub.criteria = measured(model, hub.cell, hub.governance, networked(model, hub))
    hub.score, hub.audited = score(hub.criteria, par, alone), model.month
    if first:
        hub.promised = [x + par.ambition * (1.0 - x) for x in hub.criteria]
    fails = hub.score < par.least_score or hub.score < par.tolerance * score(hub.promised, par, alone)
    if par.audits == ON and fails and hub.since < model.month:
        hub.labelled, hub.lost = False, model.month


def networked(model: Model, hub: Any) -> float:
    return hub.abroad + sum(link.strength for link in model.links if hub in (link.one, link.other))


def measured(model: Model, cell: Any, governance: float, links: float) -> list[float]:
    """The eight criteria of a hub that stands in a quartier."""
    zone, month = cell.zone, model.month
    density = cell.population / max(cell.area_km2, 1e-9)
    near, scale = sum(cell.near), model.par.spillovers.walk_scale_fte
    free = (1.0 - cell.used_m2 / max(cell.floor_m2, 1.0)) / 0.2
    labs = sum(p.size for p in model.places if p.zone is zone and p.kind in LABORATORIES and p.opened <= month
               and not 0 <= p.closed <= month)
    per_100 = 100.0 * labs / max(sum(f.zone is zone for f in model.startups), 1)
    easy = 0.5 * min(max(cell.conviviality, 0.0), 1.0) + 0.5 * min(1.0 / zone.delay, 1.0)
    return [density / (density + 3000.0), min(max(free, 0.0), 1.0), min(max(cell.broadband, 0.0), 1.0),
            near / (near + scale), per_100 / (per_100 + 1.0), links / (links + 1.0), easy, governance]


def score(criteria: list[float], par: Any, alone: bool) -> float:
    """Mean; or geometric mean or weakest, where nothing counts for less than 0.05 and links only if there are others.
    """
    if par.aggregation == 0:
        return sum(criteria) / 8
    counted = [max(x, 0.05) for k, x in enumerate(criteria) if k != 5 or not alone]
    return min(counted) if par.aggregation == 2 else math.prod(counted) ** (1.0 / len(counted))


def carrier(model: Model, u: float) -> float:
    """Quality of the governance of a carrier who comes in."""
    par, policy = model.par.governance, model.par.policy
    kind = par.founder if policy.carrier == "founder" else par.administration if policy.carrier != "mixed" else 0.0
    return min(max(par.mean + policy.governance + kind + par.spread * rng.normal_quantile(u), 0.0), 1.0)


def open_hubs(model: Model, hub_kind: type) -> None:
    """Every candidate makes a plan; those that get the label become hubs."""
    policy, plans = model.par.policy, []
    for k, place in enumerate(policy.places):
        plan = SimpleNamespace(place=place, rank=k, cell=site(model, place))
        plan.uid = np.uint64(rng.pack_uid(rng.KIND_HUB, place.zone, 0, model.month, k))
        plan.governance = carrier(model, model.luck(rng.GOVERNANCE, plan.uid))
        plans.append(plan)
    for plan in chosen(model, plans):
        hub = model.newborn(hub_kind)
        hub.uid, hub.place, hub.governance, hub.cell = plan.uid, plan.rank, plan.governance, plan.cell
        hub.zone, hub.since = model.zones[plan.place.zone], max(plan.place.since, policy.first)
        hub.x_m, hub.y_m = hub.cell.x_m, hub.cell.y_m
    share_envelope(model)
    for quartier in model.quartiers if model.hubs else ():
        quartier.hub_near = min(model.hubs, key=lambda hub: hub.distance_km(quartier))
        quartier.hub_km = quartier.hub_near.distance_km(quartier)
        quartier.hub = quartier.hub_near if quartier.hub_km <= policy.footprint_km else None
    for k, hub in enumerate(model.hubs):
        hub.cell.hub = hub.cell.hub_near = hub
        model.links += [SimpleNamespace(one=hub, other=other, strength=0.0) for other in model.hubs[k + 1:]]


def chosen(model: Model, plans: list[Any]) -> list[Any]:
    """Plans that get the label, in the order of candidates."""
    policy, par = model.par.policy, model.par.label
    if policy.assignment in ("listed", "historical"):
        return plans
    for plan in plans:
        plan.criteria = [x + par.ambition * (1.0 - x) for x in measured(model, plan.cell, plan.governance, 0.0)]
        plan.score = score(plan.criteria, par, alone=True)
    usual = max(sum(plan.score for plan in plans) / len(plans), 1e-9)
    able = [p for p in plans if min(p.criteria) >= par.least_criterion and p.score >= par.least_score]
    if par.applications == ON:
        able = [plan for plan in able if applies(model, plan, len(plans), usual)]
    if policy.assignment == "threshold":
        return [plan for plan in able if plan.score >= policy.threshold]
    if policy.assignment == "all_eligible":
        return able
    lottery = policy.assignment == "lottery"
    best = sorted(able, key=lambda plan: (plan.place.luck if lottery else -plan.score, plan.uid))
    return sorted(best[:policy.wanted], key=lambda plan: plan.rank)


def applies(model: Model, plan: Any, candidates: int, usual: float) -> bool:
    """What a territory expects of the label, against the file and its own part of the money."""
    policy, par = model.par.policy, model.par.label
    chance = min(policy.wanted / candidates * plan.score / usual, 1.0)
    offered = policy.total_eur * (1.0 + policy.cofunding) / policy.wanted
    error = math.exp(par.judgement * rng.normal_quantile(model.luck(rng.APPLY, plan.uid)))
    own = local_share(model, plan.cell.zone) * offered
    return chance * par.worth * offered * error > par.application_eur + chance * own


def share_envelope(model: Model) -> None:
    """Equal parts, or in proportion to the people or the startups of the hub's zone."""
    weights = {"equal": lambda zone: 1.0, "per_capita": lambda zone: zone.population,
               "startups": lambda zone: max(sum(f.zone is zone for f in model.startups), 1)}
    weight = [weights[model.par.policy.allocate](hub.zone) for hub in model.hubs]
    for hub, own in zip(model.hubs, weight):
        hub.share = own / sum(weight)


def site(model: Model, place: Any) -> Any:
    """Quartier of a hub: the best connected of its perimeter before the policy, or the one at its seat."""
    def away(quartier: Any) -> float:
        return math.hypot(quartier.x_m - place.x_m, quartier.y_m - place.y_m)

    allowed = model.zones[place.zone].quartiers
    if not place.whole_zone:
        allowed = [quartier for quartier in allowed if away(quartier) <= model.perimeter_m] or allowed
    if model.par.policy.siting == "seat":
        return min(allowed, key=lambda quartier: (away(quartier), quartier.key))
    return min(allowed, key=lambda quartier: (-sum(quartier.near), quartier.key))


# --- governance ------------------------------------------------------------------------------------------------------
def governance(model: Model) -> None:
    """Carriers come and go; layers cost money and time; régions are merged in 2016."""
    policy, month = model.par.policy, model.month
    if policy is None or month < policy.first:
        return
    if model.par.governance.active == ON:
        for hub in model.hubs:
            carry(model, hub)
    first = not any(zone.ceiling_eur for zone in model.zones)
    for zone in model.zones:
        good = [hub.governance for hub in model.hubs if hub.zone is zone and hub.labelled]
        quality = sum(good) / len(good) if good else model.par.governance.mean
        if model.par.layers.active == ON:
            administer(model, zone, quality)
        if model.par.response_to_money == 1 and (month % 12 == 0 or first):
            zone.ceiling_eur = ceiling(model, zone, quality)
    if month == REFORM and policy.first < REFORM and model.funders:
        merge_regions(model)


def carry(model: Model, hub: Any) -> None:
    """A carrier leaves and another comes, or stays and learns."""
    par, board = model.par.governance, min(hub.board, 1.0)
    hazard = par.turnover / 12.0 + (par.election if model.month in ELECTIONS else 0.0)
    leaves, luck = rng.uniform_pair(model.draw, rng.CARRIER_LEAVES, hub.uid)
    if leaves < -math.expm1(-hazard * (1.0 - par.hold * board)):
        hub.governance = carrier(model, luck)
    else:
        hub.governance = min(hub.governance + par.learning / 12.0 * (1.0 + par.board * board), 1.0)


def administer(model: Model, zone: Any, quality: float) -> None:
    """Funded hubs are layers more, unless they are new missions of bodies that exist in the zone."""
    par, hubs = model.par.layers, [hub for hub in model.hubs if hub.zone is zone]
    exists = any(p.zone is zone and p.payer == 0 and p.kind in BODIES for p in model.places)
    new = 1.0 - model.par.policy.merge * exists
    zone.layers = sum(new for hub in hubs if hub.labelled and hub.paid_eur > 0.0)
    zone.overhead = 1.0 - math.exp(-par.overhead * zone.layers)
    staff = min(sum(hub.staff_fte for hub in hubs) / 2.0, 1.0)
    shorter = (1.0 - par.one_stop * min(zone.one_stop, 1.0) * quality) * (1.0 - par.staff * staff * quality)
    zone.delay = (1.0 + par.delay * zone.layers) * shorter


def ceiling(model: Model, zone: Any, quality: float) -> float:
    """Public money a year that a zone can put to use."""
    par, most = model.par.absorption, model.par.public.saturation_eur
    if par.ceiling != ON:
        return most
    usual = max(sum(sum(z.workforce) for z in model.zones) / len(model.zones), 1e-9)
    schooled = land(model).education[zone.row]
    better = quality / max(model.par.governance.mean, 1e-9)
    return most * (sum(zone.talents) / usual)**par.talents * schooled**par.education * better**par.governance


def effect_of(model: Model, zone: Any, yearly_eur: float, zone_eur: float) -> float:
    """Share of its euros that a place turns into effects: linear, saturating with all the money of the zone, or after
    a fixed cost of its own; less overhead.
    """
    par, form, kept = model.par.public, model.par.response_to_money, 1.0 - zone.overhead
    if yearly_eur <= 0.0 or form == 0:
        return kept
    if form == 1:
        return zone.ceiling_eur * (1.0 - math.exp(-zone_eur / zone.ceiling_eur)) / zone_eur * kept
    return max(yearly_eur - par.threshold_eur, 0.0) / yearly_eur * kept


# --- pipelines and brand ---------------------------------------------------------------------------------------------
def capital(model: Model) -> list[Any]:
    """Zones of the labour market with most digital workers at the start."""
    markets = sorted({zone.labour_market for zone in model.zones})
    largest = max(markets, key=lambda m: sum(sum(z.workforce) for z in model.zones if z.labour_market == m))
    return [zone for zone in model.zones if zone.labour_market == largest]


def grown(strength: float, growth: float, par: Any) -> float:
    """A link a month later: towards where growth and decay balance."""
    speed = growth + par.decay
    return growth / speed + (strength - growth / speed) * math.exp(-speed / 12.0)


def pipelines(model: Model) -> None:
    """Links grow with what is paid for them; what is learnt and whom they bring near."""
    par, hubs = model.par.pipelines, model.hubs
    if model.par.policy is None or not hubs or par.active != ON:
        return
    others = max(sum(hub.labelled for hub in hubs) - 1.0, 1.0)
    for link in model.links:
        both = link.one.labelled and link.other.labelled
        effort = min((link.one.links + link.other.links) / others, 1.0) if both else 0.0
        quality = math.sqrt(link.one.governance * link.other.governance)
        link.strength = grown(link.strength, par.growth * quality * effort, par)
    for hub in hubs:
        effort = min(hub.foreign_links / 9.0, 1.0) if hub.labelled else 0.0
        hub.abroad = grown(hub.abroad, par.growth * hub.governance * effort, par)
    if not any(link.strength for link in model.links) and not any(hub.abroad for hub in hubs):
        return
    if model.month % 3 == 0:
        for quartier in model.quartiers:
            if quartier.hub is not None:
                quartier.linked = [par.knowledge * x for x in from_afar(model, quartier.hub)]
    central = capital(model)
    for zone in model.zones:
        links = [link.strength for link in model.links for one, other in ends(link)
                 if one.zone is zone and zone not in central and other.zone in central]
        zone.reach = min(par.corridor * max(links, default=0.0) * (1.0 + par.capital_role), 1.0)


def ends(link: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (link.one, link.other), (link.other, link.one)


def from_afar(model: Model, hub: Any) -> list[float]:
    """What startups of a hub feel of the far ends of its links, by sector."""
    told = {other: told_by(model, other) for other in model.hubs}
    sectors = range(len(hub.cell.near))
    out = [hub.abroad * max(told[other][s] for other in model.hubs) for s in sectors]
    for link in model.links:
        for here, there in ends(link):
            if here is hub:
                out = [out[s] + link.strength * told[there][s] for s in sectors]
    return out


def size_of(model: Model, hub: Any) -> float:
    return sum(sum(quartier.startups) for quartier in model.quartiers if quartier.hub is hub)


def told_by(model: Model, hub: Any) -> list[float]:
    """Employment near a hub, as far as its gatekeepers tell of it."""
    par = model.par.pipelines
    share = 1.0 - math.exp(-par.gatekeepers * size_of(model, hub)) if par.gates == 0 else 1.0
    return [share * x for x in hub.cell.near]


def goodwill(before: float, eur: float, par: Any) -> float:
    return before + par.decay / 12.0 * (math.sqrt(12.0 * eur / par.scale_eur) - before)


def brand(model: Model) -> None:
    """Goodwill is forgotten, built and talked about; each hub has its share, each zone that of its best hub."""
    policy, par, nation, hubs = model.par.policy, model.par.brand, model.nation, model.hubs
    if policy is None or model.month < policy.first:
        return
    nation.goodwill = goodwill(nation.goodwill, nation.brand_eur, par)
    if par.events == ON:
        news = par.success * (champions(model) / 12.0 + exits(model)) - par.failure * failures(model)
        nation.goodwill = max(nation.goodwill + news * min(nation.goodwill, 1.0), 0.0)
    labels = sum(hub.labelled for hub in hubs)
    for hub in hubs:
        hub.showcase = goodwill(hub.showcase, hub.showcase_eur, par)
        size = ((1.0 + size_of(model, hub)) / 100.0) ** par.size
        shared = nation.goodwill * hub.score**par.merit * size / max(labels, 1.0) ** par.dilution
        hub.brand = hub.showcase + shared if hub.labelled else 0.0
    if hubs:
        relay(model)


def champions(model: Model) -> int:
    return sum(startup.champion_until >= model.month for startup in model.startups)


def exits(model: Model) -> int:
    """Startups bought or listed last month after much public money."""
    least = model.par.brand.noticed_eur
    return sum(f.acquired == model.month - 1 and f.aid_eur >= least for f in model.all_startups)


def failures(model: Model) -> int:
    """Startups that closed last month after much public money."""
    least = model.par.brand.noticed_eur
    return sum(f.closed == model.month - 1 and f.cause <= GAVE_UP and f.aid_eur >= least for f in model.all_startups)


def relay(model: Model) -> None:
    """The capital relays its showcase, or draws on that of others."""
    par, hubs, central = model.par.brand, model.hubs, capital(model)
    role = model.par.pipelines.capital_role if model.par.pipelines.active == ON else 0.0
    shown = max([hub.brand for hub in hubs if hub.zone in central], default=0.0)
    for hub in hubs:
        links = [link.strength for link in model.links for one, other in ends(link)
                 if one is hub and other.zone in central]
        part = par.relay + (1.0 - par.relay) * max(links, default=0.0)
        if hub.zone in central:
            hub.brand *= 1.0 + max(-role, 0.0) * par.relay
        elif role < 0.0:
            hub.brand *= 1.0 + role * part
        elif hub.labelled:
            hub.brand += role * part * shown
    for zone in model.zones:
        zone.brand = max([hub.brand for hub in hubs if hub.zone is zone], default=0.0)
        if zone not in central and zone.brand <= 0.0:
            zone.brand = max(role, 0.0) * par.relay * shown


# --- who pays --------------------------------------------------------------------------------------------------------
def land(model: Model) -> Any:
    return model.par.policy.land(len(model.zones))


def local_share(model: Model, zone: Any) -> float:
    """Part of local authorities in a public euro."""
    policy = model.par.policy
    relief = policy.equalisation * max(1.0 - land(model).means[zone.row], 0.0)
    return policy.cofunding / (1.0 + policy.cofunding) * max(1.0 - relief, 0.0)


def divide(model: Model, instrument: str, zone: Any, eur: float, month: int) -> list[tuple[str, Any, float]]:
    """Account of the ledger, funder and euros of each who pays a part."""
    ground, lever = land(model), KINDS.get(instrument)
    local = 0.0 if lever is not None and lever.manner == OPEN else eur * local_share(model, zone)
    parts = [*model.par.policy.parts[:2], model.par.policy.parts[2] * bool(ground.metropole[zone.row])]
    operator = 1 if lever is not None and lever.manner == POT else 0
    region = (ground.region_before if month < REFORM else ground.region)[zone.row]
    whom = {"regions": (2, "before" if month < REFORM else "after", int(region)), "departements": (3, zone.row),
            "metropoles": (4, zone.row)}
    out = [("State", model.accounts[operator], eur - local)]
    return out + [(name, model.accounts[whom[name]], local * part / sum(parts))
                  for name, part in zip(whom, parts) if part > 0.0]


def note(model: Model, stage: str, instrument: str, zone: Any, eur: float, month: int) -> list[tuple[str, Any, float]]:
    """Add euros to what each funder has announced, committed or paid."""
    year, parts = month // 12 - model.par.policy.first // 12, divide(model, instrument, zone, eur, month)
    for _, funder, part in parts:
        setattr(funder, f"{stage}_eur", getattr(funder, f"{stage}_eur") + part)
        getattr(funder, f"{stage}_year_eur")[year] += part
    return parts


def pay(model: Model, payee: str, instrument: str, zone: Any, eur: float) -> None:
    """Each pays its part."""
    for payer, _, part in note(model, "paid", instrument, zone, eur, model.month):
        model.pay(payer, payee, instrument, zone, part)


def open_accounts(model: Model) -> None:
    """Accounts of every funder, with what is announced month by month."""
    ground, policy, zones = land(model), model.par.policy, range(len(model.zones))
    keys: list[Any] = [0, 1]
    for when, regions in (("before", ground.region_before), ("after", ground.region)):
        keys += [(2, when, r) for r in range(int(max(regions)) + 1)]
    keys += [(3, z) for z in zones] + [(4, z) for z in zones if ground.metropole[z]]
    for key in keys:
        account = SimpleNamespace(**initial_values("funder"), row=len(model.funders))
        account.zone, account.tier = -1, key if isinstance(key, int) else key[0]
        if account.tier == 2:
            account.region = key[2]
        elif account.tier > 2:
            account.zone = key[1]
        model.funders.append(account)
        model.accounts[key] = account
    for measure in policy.measures:
        for month in range(max(policy.first, measure.first), min(policy.last, measure.last) + 1):
            for target in model.hubs if measure.weights is None else model.zones:
                if KINDS[measure.kind].manner != OPEN and (measure.weights is not None or target.since <= month):
                    zone = target.zone if measure.weights is None else target
                    note(model, "announced", measure.kind, zone, due(model, measure, target, month), month)


def due(model: Model, measure: Any, target: Any, month: int) -> float:
    """Public euros of a measure in a month for a hub with the label, or a zone: what comes late comes faster."""
    policy = model.par.policy
    euros = policy.monthly(measure, month) * (1.0 + policy.cofunding)
    if measure.weights is not None:
        return euros * float(measure.weights[target.row])
    if any(place.until >= 0 for place in policy.places):
        turns = [hub for hub in model.hubs if policy.places[hub.place].since <= month <= policy.places[hub.place].until]
        return euros * target.share / sum(hub.share for hub in turns) if target in turns else 0.0
    every = [policy.monthly(measure, m) for m in range(policy.first, policy.last + 1)]
    left = sum(every[target.since - policy.first:])
    return euros * target.share * (sum(every) / left if left > 0.0 else 1.0)


def merge_regions(model: Model) -> None:
    """The new régions take over what the old ones announced, or committed, and did not pay."""
    ground, year = land(model), REFORM // 12 - model.par.policy.first // 12
    for old in sorted(set(ground.region_before.tolist())):
        zone = ground.region_before.tolist().index(old)
        before, after = model.accounts[2, "before", old], model.accounts[2, "after", int(ground.region[zone])]
        for stage in ("announced", "committed"):
            left = getattr(before, f"{stage}_eur") - before.paid_eur
            for funder, eur in ((before, -left), (after, left)) if left >= 0.01 else ():
                setattr(funder, f"{stage}_eur", getattr(funder, f"{stage}_eur") + eur)
                getattr(funder, f"{stage}_year_eur")[year] += eur

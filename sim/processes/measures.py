"""Measures: public money is paid, month by month, and each lever's euros become what it buys.

A measure acts where the hubs with the label are, each with its share of the money, or in zones of its own. The State
pays and local authorities add their part (`sim.treasury`). *effective_euros* says how effects respond to the money a
place gets: linear, saturating at what its zone can put to use, or after a fixed cost; administrative layers take their
part, and delay what is built. Staff and places follow local wages; what is built costs more where rents
are high, half of it being land, and opens after the works. With no money every effect is exactly zero.

Each lever has one function below, named after its kind; `sim.levers` lists them with their terms. Money for firms
is only committed here: it waits in the pots of `zone` until a process finds a use for it. Reliefs have no budget.
"""

import math

import numpy as np

from sim import facilities, treasury
from sim.fields import LONGEST_DELAY, MEASURE, SATURATING, THRESHOLD
from sim.kernels import helper, kernel
from sim.levers import HUB, KINDS, OPEN, POT
from sim.siting import centres
from sim.world import add_at

NAME = "measures"
READS = ("hub.*", "funder.*", "facility.*", "cell.*", "zone.*")
WRITES = ("hub.*", "funder.*", "facility.*", "cell.floor_m2", "cell.floor_public_m2", "cell.discount",
          "cell.wasteland_m2", "cell.broadband_ahead", "zone.mediation_aided", "zone.refurbished", "zone.trainees",
          "zone.welcomed", "zone.identity", "zone.one_stop", "zone.open_places", "zone.grants_eur", "zone.loans_eur",
          "zone.coinvest_eur", "zone.procurement_eur", "zone.champions_eur", "nation.brand_eur",
          "nation.angel_relief", "nation.young_firm_relief", "nation.research_credit")

RELIEFS = tuple(lever.relief for lever in KINDS.values() if lever.relief)
OF_THE_MONTH = (("hub", ("staff_fte", "places", "places_eur", "links", "foreign_links", "board", "showcase_eur")),
                ("zone", ("mediation_aided", "refurbished", "trainees", "welcomed", "identity", "one_stop",
                          "open_places")),
                ("nation", ("brand_eur", *RELIEFS)))
PEOPLE_PER_PREMISE = 2.2  # residents of a dwelling (INSEE 2013)
MONTHS_AHEAD = 60.0  # a premise that public money connects is that much ahead of the usual roll-out: assumption


@helper
def effective_euros(yearly_eur, form, saturation_eur, threshold_eur):
    """Euros a place turns into effects: linear, saturating or with a fixed cost (DESIGN of the comparison: swept)."""
    if form == SATURATING:
        return saturation_eur * -math.expm1(-yearly_eur / saturation_eur)
    if form == THRESHOLD:
        return max(yearly_eur - threshold_eur, 0.0)
    return yearly_eur


@kernel
def absorbed(yearly_eur, form, saturation_eur, threshold_eur):
    """Share of its yearly euros that each place turns into effects, [n], one where it gets none."""
    out = np.ones(yearly_eur.size)
    for k in range(yearly_eur.size):
        if yearly_eur[k] > 0.0:
            out[k] = effective_euros(yearly_eur[k], form, saturation_eur[k], threshold_eur) / yearly_eur[k]
    return out


def building_price(rent, mean_rent):
    """Local cost of building against the national one: half of it is land, which follows rents."""
    return 0.5 + 0.5 * rent / mean_rent


def effectiveness(world, zone, yearly_eur, zone_eur, par):
    """Share of its euros that each place turns into effects, [n]: what is absorbed, less what layers take.

    What a zone can put to use is shared by all who are paid there; a fixed cost is each place's own.

    Parameters
    ----------
    zone, yearly_eur : [n] zone of each place, and what it gets
    zone_eur : [zones] what all places of a zone get together
    """
    z, form, fixed = world.zone, par.response_to_money, par.public.threshold_eur
    if form == SATURATING:
        share = absorbed(zone_eur, form, z.ceiling_eur, fixed)[zone]
    else:
        share = absorbed(yearly_eur, form, z.ceiling_eur[zone], fixed)
    return share * (1.0 - z.overhead[zone])


def later(months, delay):
    """Month from now in which works are over where procedures take their time, as two whole months and the part of what
    is built that opens in the second, [n] each."""
    exact = np.minimum(months * delay, LONGEST_DELAY - 2.0)
    whole = np.floor(exact).astype(np.int64)
    return whole, whole + 1, exact - whole


# --- what each lever's euros become: `eur` of the month, after `effectiveness`, by hub or by zone -----------------
def animation(world, measure, eur):
    h = world.hub
    h.staff_fte += 12.0 * eur / (measure.terms["staff_cost"] * wages(world)[h.zone])


def accelerator(world, measure, eur):
    h = world.hub
    h.places += 12.0 * eur / (measure.terms["cost_per_place"] * wages(world)[h.zone])
    h.places_eur += eur


def showcase(world, measure, eur):
    world.hub.showcase_eur += eur


def network(world, measure, eur):
    world.hub.links += 12.0 * eur / measure.terms["cost_per_link"]


def foreign_links(world, measure, eur):
    world.hub.foreign_links += 12.0 * eur / measure.terms["cost_per_link"]


def governance(world, measure, eur):
    world.hub.board += 12.0 * eur / measure.terms["cost_per_hub"]


def floor(world, measure, eur):
    """Floor under construction, let at a rebate once it opens."""
    h = world.hub
    built = eur / (measure.terms["cost_per_m2"] * prices_of_building(world, h.cell))
    first, second, part = later(measure.build_months, world.zone.delay[h.zone])
    h.building_m2[np.arange(h.n), first] += (1.0 - part) * built
    h.building_m2[np.arange(h.n), second] += part * built


def wasteland_left(world):
    """Quartiers of hubs that hold wasteland, and the wasteland around each hub, [hubs] m2."""
    h, c = world.hub, world.cell
    inside = np.flatnonzero((c.hub >= 0) & (c.wasteland_m2 > 0.0))
    return inside, np.bincount(c.hub[inside], c.wasteland_m2[inside], h.n)


def price_of_wasteland(world, measure):
    """Euros a square metre of wasteland takes around each hub, [hubs]."""
    return measure.terms["cost_per_m2"] * prices_of_building(world, world.hub.cell)


def wasteland(world, measure, eur):
    """Wasteland of the hub's quartiers becomes floor: where there is more, more of it."""
    c = world.cell
    inside, left = wasteland_left(world)
    made = np.minimum(eur / price_of_wasteland(world, measure), left)
    share = made / np.where(left > 0.0, left, 1.0)
    reused = c.wasteland_m2[inside] * share[c.hub[inside]]
    c.wasteland_m2[inside] -= reused
    c.floor_m2[inside] += reused
    world.count("wasteland_reused_m2", c.zone[inside], reused)


def broadband(world, measure, eur):
    """Premises connected before their turn, the same share of each quartier of the zone."""
    z, c = world.zone, world.cell
    premises = np.maximum(z.population / PEOPLE_PER_PREMISE, 1e-9)
    connect(c.zone, eur / measure.terms["cost_per_premise"] / premises, c.broadband_ahead)


@kernel
def connect(zone, share, ahead):
    """Quartiers where a share of the premises of the zone is connected before its turn are ahead, in months."""
    for c in range(zone.size):
        ahead[c] = min(ahead[c] + MONTHS_AHEAD * share[zone[c]], MONTHS_AHEAD)


def mediation(world, measure, eur):
    world.zone.mediation_aided += 12.0 * eur / (measure.terms["cost_per_place"] * wages(world))


def equipment(world, measure, eur):
    world.zone.refurbished += eur / measure.terms["cost_per_home"]


def training(world, measure, eur):
    world.zone.trainees += eur / (measure.terms["cost_per_trainee"] * wages(world))


def talent_welcome(world, measure, eur):
    world.zone.welcomed += eur / (measure.terms["cost_per_arrival"] * wages(world))


def one_stop_shop(world, measure, eur):
    world.zone.one_stop += 12.0 * eur / (measure.terms["cost_per_zone"] * wages(world))


def open_to_incumbents(world, measure, eur):
    world.zone.open_places += 12.0 * eur / (measure.terms["cost_per_place"] * wages(world))


def identity(world, measure, eur):
    """Yearly euros an inhabitant over a usual effort."""
    z = world.zone
    z.identity += 12.0 * eur / np.maximum(z.population, 1.0) / measure.terms["cost_per_person"]


def brand(world, measure, eur):
    world.nation.brand_eur[0] += eur.sum()


def place(world, measure, eur, staff_share):
    """Innovation places of the size that a year's euros pay for, at local wages and rents; looked at in January, and
    when their first euros come.
    """
    p, template = world.facility, facilities.TEMPLATES[KINDS[measure.kind].place]
    if not (p.measure == measure.rank).any():
        open_places(world, measure)
    rows = np.flatnonzero(p.measure == measure.rank)
    due = np.tile(eur if measure.weights is None else eur[measure.weights > 0.0], len(template))
    parts = np.repeat([[part.places, part.desks, part.cost_eur] for part in template], rows.size // len(template), 0)
    first = (p.size[rows] == 0.0) & (due > 0.0)
    begin_works(world, rows[first & (p.opened[rows] > measure.last)], measure.build_months)
    seen = first if world.month % 12 else np.ones(rows.size, bool)
    rows, (places, desks, cost) = rows[seen], parts[seen].T
    yearly = measure.terms["cost_per_year"]
    whole = 12.0 * facilities.running_costs(world, np.full(rows.size, yearly), p.cell[rows], staff_share)
    p.size[rows] = 12.0 * due[seen] / whole
    p.places[rows] = np.maximum(places * p.size[rows], p.members[rows])  # nobody is turned out
    p.desks[rows] = desks * p.size[rows]
    p.cost_eur[rows] = yearly * cost / sum(part.cost_eur for part in template) * p.size[rows]


def open_places(world, measure):
    """One place in each hub, or in the best connected quartier of each zone that the measure names."""
    cells = world.hub.cell if measure.weights is None else centres(world)[measure.weights > 0.0]
    rows = facilities.open_place(world, KINDS[measure.kind].place, cells.astype(np.int64), opened=measure.last + 1,
                                 payer=MEASURE)
    p = world.facility
    p.measure[rows], p.closed[rows] = measure.rank, measure.last + 1
    p.size[rows] = p.places[rows] = p.desks[rows] = p.cost_eur[rows] = 0.0  # until its first euros come


def begin_works(world, rows, build_months):
    """Places that get their first euros open after the works, longer where procedures take their time."""
    p = world.facility
    works = np.rint(build_months * world.zone.delay[p.zone[rows]])
    p.opened[rows] = world.month + works.astype(np.int32)


def commit(world, measure, eur):
    """Euros wait in a pot of their zone."""
    pot = getattr(world.zone, KINDS[measure.kind].pot)
    pot += eur


EFFECTS = {f.__name__: f for f in (
    animation, accelerator, showcase, network, foreign_links, governance, floor, wasteland, broadband, mediation,
    equipment, training, talent_welcome, one_stop_shop, open_to_incumbents, identity, brand,
)}


# --- the month ---------------------------------------------------------------------------------------------------
def wages(world):
    """Mean wage of each zone against the nation's, [zones]."""
    return world.zone.wage.mean(axis=1)


def prices_of_building(world, cells):
    """Cost of building in quartiers against the nation's, [n]."""
    c = world.cell
    return building_price(c.rent_reference[cells], np.average(c.rent_reference, weights=c.floor_m2))


def open_floor(world, discount):
    """Floor whose works are over goes on the market, at a rebate, in the hub's own quartier."""
    h, c = world.hub, world.cell
    ready = h.building_m2[:, 0].copy()
    h.building_m2[:, :-1] = h.building_m2[:, 1:]
    h.building_m2[:, -1] = 0.0
    add_at(c.floor_m2, h.cell, ready)
    add_at(c.floor_public_m2, h.cell, ready)
    h.floor_m2 += ready
    c.discount[h.cell[h.floor_m2 > 0.0]] = discount


def received(world, policy, measure):
    """Public euros of the month, State and local: by hub where the measure acts through hubs, else by zone."""
    euros = policy.monthly(measure, world.month) * (1.0 + policy.cofunding)
    return euros * treasury.shares(world, policy, measure)


def payable(world, measure, eur, effect):
    """Euros of a measure that find something to buy; the others stay unspent."""
    if measure.kind != "wasteland":
        return eur
    bought = wasteland_left(world)[1] * price_of_wasteland(world, measure)
    return np.where(effect * eur > bought, bought / np.where(effect > 0.0, effect, 1.0), eur)


def spend(world, par, measure, eur, effect):
    """Pay the euros of a measure, or commit them, and turn them into what they buy."""
    lever, h, eur = KINDS[measure.kind], world.hub, payable(world, measure, eur, effect)
    through_hubs = measure.weights is None
    zone = h.zone if through_hubs else np.arange(world.zone.n)
    if through_hubs:
        h.paid_eur += eur
    if lever.manner == POT:
        treasury.commit(world, par.policy, measure.kind, zone, eur)
        lost = eur * world.zone.overhead[zone]
        if lost.any():  # what layers take is spent at once
            treasury.pay(world, par.policy, "operators", measure.kind, zone, lost)
        commit(world, measure, np.bincount(zone, eur - lost, world.zone.n))
        return
    treasury.pay(world, par.policy, lever.payee, measure.kind, zone, eur, committed=False)
    useful = effect * eur if measure.kind != "brand" else eur
    if lever.place:
        place(world, measure, useful, par.facilities.staff_share)
    elif lever.acts_on == HUB or not through_hubs:
        EFFECTS[measure.kind](world, measure, useful)
    else:
        EFFECTS[measure.kind](world, measure, np.bincount(zone, useful, world.zone.n))


def step(world, par, draw):
    """What was bought for a month only is over; pay each measure, and let it act."""
    policy, month = par.policy, world.month
    if policy is None or month < policy.first:
        return
    if world.funder.n == 0:
        treasury.open_accounts(world, policy)
    for entity, names in OF_THE_MONTH:
        for name in names:
            getattr(world.tables[entity], name)[:] = 0.0
    euros = {m: received(world, policy, m) for m in policy.measures if KINDS[m.kind].manner != OPEN}
    euros = {m: eur for m, eur in euros.items() if eur.any() or KINDS[m.kind].place}  # places shrink without money
    groups = [([m for m in euros if m.weights is None], world.hub.zone),
              ([m for m in euros if m.weights is not None], np.arange(world.zone.n))]
    yearly = [12.0 * sum((euros[m] for m in group), np.zeros(zone.size)) for group, zone in groups]
    zone_eur = sum(np.bincount(zone, eur, world.zone.n) for (_, zone), eur in zip(groups, yearly))
    for (group, zone), eur in zip(groups, yearly):
        effect = effectiveness(world, zone, eur, zone_eur, par)
        for measure in group:
            spend(world, par, measure, euros[measure], effect)
    for measure in policy.measures:
        if KINDS[measure.kind].manner == OPEN and measure.first <= month <= measure.last:
            getattr(world.nation, KINDS[measure.kind].relief)[0] += measure.terms["rate"]
    if world.hub.n:
        open_floor(world, policy.term("floor", "discount", 0.3))

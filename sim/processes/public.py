"""Public money (ODD 7.4): the State and local authorities pay; hubs turn euros into staff, brand, floor and places.

The label does nothing by itself. Its three channels are a share of the national brand, animation staff (times the
quality of governance), and access to accelerator places; floor is bought as such. With no money all four are
exactly zero and the rest of the world is, bit for bit, that of the baseline.
"""

import math

import numpy as np

from sim import rng
from sim.fields import CRITERIA
from sim.kernels import kernel

NAME = "public"
READS = ("cell.*", "hub.*", "funder.*", "zone.*", "nation.goodwill", "startup.*")
WRITES = ("hub.*", "funder.*", "cell.hub", "cell.hub_near", "cell.hub_km", "cell.floor_m2", "cell.floor_public_m2",
          "cell.discount", "zone.places", "zone.brand",
          "nation.goodwill", "startup.accelerated_until", "startup.was_accelerated", "startup.aid_eur", "startup.aided")

FIRST_AUDIT, NEXT_AUDITS = 12, 36  # months after opening, then between audits


@kernel
def effective_euros(yearly_eur, form, saturation_eur, threshold_eur):
    """Euros a hub turns into effects: linear, saturating or with a fixed cost (DESIGN of the comparison: swept)."""
    if form == 1:
        return saturation_eur * -math.expm1(-yearly_eur / saturation_eur)
    if form == 2:
        return max(yearly_eur - threshold_eur, 0.0)
    return yearly_eur


@kernel
def next_goodwill(goodwill, yearly_eur, decay, scale_eur):
    """National goodwill: past spending forgotten, new spending with diminishing returns (MODEL C16.1, scaled to
    one).
    """
    return goodwill + (decay / 12.0) * (math.sqrt(yearly_eur / scale_eur) - goodwill)


@kernel
def brand_share(goodwill, score, labels, dilution):
    """Share of the brand a hub enjoys (MODEL C16.2): a common good (dilution 0) or attention divided (1)."""
    return goodwill * score / labels**dilution


def building_price(rent, mean_rent):
    """Local cost of building against the national one: half of it is land, which follows rents."""
    return 0.5 + 0.5 * rent / mean_rent


def site(world, place, siting):
    """Cell of a hub: the best connected quartier of its perimeter before the policy, or the one at its seat."""
    c = world.cell
    distance = np.hypot(c.x_m - place.x_m, c.y_m - place.y_m)
    allowed = c.zone == place.zone
    near_enough = allowed & (distance <= world.space.perimeter_m)
    if not place.whole_zone and near_enough.any():
        allowed = near_enough
    rows = np.flatnonzero(allowed)
    merit = -distance[rows] if siting == "seat" else c.near[rows].sum(axis=1)
    return rows[np.lexsort((c.key[rows], -merit))[0]]


def open_hubs(world, policy, par, draw):
    """Create hubs and their funders, when the money starts."""
    h, c, z = world.hub, world.cell, world.zone
    rows = h.add(len(policy.places))
    h.uid[rows] = [rng.pack_uid(rng.KIND_HUB, p.zone, 0, world.month, k) for k, p in enumerate(policy.places)]
    h.zone[rows] = [p.zone for p in policy.places]
    h.cell[rows] = [site(world, p, policy.siting) for p in policy.places]
    h.x_m[rows], h.y_m[rows] = c.x_m[h.cell[rows]], c.y_m[h.cell[rows]]
    base = {"equal": np.ones(rows.size), "per_capita": z.population[h.zone],
            "startups": np.maximum(np.bincount(world.startup.zone[world.startup.alive], minlength=z.n)[h.zone], 1.0)}
    weight = base[policy.allocate]
    h.share[rows] = weight / weight.sum()
    for k in rows:
        noise = rng.normal_quantile(rng.uniform(draw, rng.GOVERNANCE, h.uid[k]))
        h.governance[k] = np.clip(par.governance + policy.governance + par.governance_spread * noise, 0.0, 1.0)
    footprints(world, policy.footprint_km)
    funders = world.funder.add(1 + z.n)
    f = world.funder
    f.tier[funders[1:]] = 1
    f.zone[funders[1:]] = np.arange(z.n)
    f.announced_eur[0] = policy.total_eur
    np.add.at(f.announced_eur, 1 + h.zone, policy.total_eur * policy.cofunding * h.share)
    f.committed_eur[:] = f.announced_eur


def footprints(world, footprint_km):
    """Nearest hub of each quartier; a hub's own quartier and those within the footprint are part of it."""
    c, h = world.cell, world.hub
    km = np.hypot(c.x_m[:, None] - h.x_m, c.y_m[:, None] - h.y_m) / 1000.0
    c.hub_near[:] = km.argmin(axis=1)
    c.hub_km[:] = km.min(axis=1)
    c.hub_near[h.cell] = np.arange(h.n)
    inside = c.hub_km <= footprint_km
    inside[h.cell] = True
    c.hub[:] = np.where(inside, c.hub_near, -1)


def pay_month(world, policy, instrument, month):
    """Money of one lever for one month, State and local, by hub."""
    h, f = world.hub, world.funder
    state = policy.monthly(instrument, month) * h.share
    local = state * policy.cofunding
    payee = {"animation": "households", "brand": "agencies", "floor": "builders",
             "accelerator": "operators"}[instrument]
    world.pay("State", payee, instrument, h.zone, state)
    world.pay("local authorities", payee, instrument, h.zone, local)
    f.paid_eur[0] += state.sum()
    np.add.at(f.paid_eur, 1 + h.zone, local)
    h.paid_eur += state + local
    return state + local


def spend(world, policy, par, month):
    """Turn this month's euros into staff, goodwill, floor under construction and accelerator places."""
    h, z, nation, p = world.hub, world.zone, world.nation, par.public
    euros = {kind: pay_month(world, policy, kind, month) for kind in ("animation", "brand", "floor", "accelerator")}
    yearly = 12.0 * sum(euros.values())
    effect = np.array([effective_euros(x, par.response_to_money, p.saturation_eur, p.threshold_eur) / x if x > 0
                       else 1.0
                       for x in yearly])
    c, wage = world.cell, z.wage.mean(axis=1)
    building = building_price(c.rent_reference, np.average(c.rent_reference, weights=c.floor_m2))
    staff_cost = policy.term("animation", "staff_cost", 100e3) * wage[h.zone]
    place_cost = policy.term("accelerator", "cost_per_place", 10e3) * wage[h.zone]
    floor_cost = policy.term("floor", "cost_per_m2", 1500.0) * building[h.cell]
    h.staff_fte[:] = 12.0 * effect * euros["animation"] / staff_cost
    h.places[:] = 12.0 * effect * euros["accelerator"] / place_cost
    h.building_m2[:, policy.build_months] += effect * euros["floor"] / floor_cost
    nation.goodwill[0] = next_goodwill(nation.goodwill[0], 12.0 * euros["brand"].sum(), par.brand.decay,
                                       par.brand.scale_eur)


def open_floor(world, policy):
    """Floor whose works are over goes on the market, at a rebate, in the hub's own quartier."""
    h, c = world.hub, world.cell
    ready = h.building_m2[:, 0].copy()
    h.building_m2[:, :-1] = h.building_m2[:, 1:]
    h.building_m2[:, -1] = 0.0
    np.add.at(c.floor_m2, h.cell, ready)
    np.add.at(c.floor_public_m2, h.cell, ready)
    h.floor_m2 += ready
    c.discount[h.cell[h.floor_m2 > 0.0]] = policy.term("floor", "discount", 0.3)


@kernel
def merits(draw, startups, uid, quality):
    """Quality of candidates as a hub sees it: with an error as large as the spread of quality."""
    out = np.empty(startups.size)
    for k in range(startups.size):
        error = rng.normal_quantile(rng.uniform(draw, rng.ADMIT, uid[startups[k]]))
        out[k] = quality[startups[k]] + error
    return out


def admit(world, policy, par, draw, month):
    """Fill accelerator places: young startups within reach, best first as far as the hub can tell."""
    h, f, c = world.hub, world.startup, world.cell
    staying = np.flatnonzero(f.alive & (f.accelerated_until >= month))
    h.residents[:] = np.bincount(c.hub_near[f.cell[staying]], minlength=h.n)
    room = np.floor(h.places - h.residents)
    if (room >= 1.0).any():
        eligible = f.alive & ~f.was_accelerated & (month - f.birth < par.accelerator_age) & (f.cell >= 0)
        young = np.flatnonzero(eligible & (c.hub_km[f.cell] <= par.reach_km))
        hub = c.hub_near[f.cell[young]]
        order = np.lexsort((f.uid[young], -merits(draw, young, f.uid, f.quality), hub))
        rank = np.arange(order.size) - np.searchsorted(hub[order], hub[order])
        admitted = young[order[rank < room[hub[order]]]]
        f.accelerated_until[admitted] = month + int(policy.term("accelerator", "stay", 12)) - 1
        f.was_accelerated[admitted] = True
        h.residents += np.bincount(c.hub_near[f.cell[admitted]], minlength=h.n)
    help_residents(world, policy, month)


def help_residents(world, policy, month):
    """Book the cost of a place to each resident: the money goes to the operator, the service to the startup."""
    f, c, h = world.startup, world.cell, world.hub
    staying = np.flatnonzero(f.alive & (f.accelerated_until >= month))
    wage = world.zone.wage.mean(axis=1)[h.zone[c.hub_near[f.cell[staying]]]]
    f.aid_eur[staying] += policy.term("accelerator", "cost_per_place", 10e3) * wage / 12.0
    f.aided[staying] = True


def criteria(world, par):
    """The eight criteria of the label, measured on the state, each in [0, 1] [hubs, 8].

    Network (3), open innovation (5) and links (6) stay at zero until the processes that feed them exist.
    """
    c, h = world.cell, world.hub
    k = h.cell
    used = (par.rents.m2_per_fte * c.staff[k].sum(axis=1) + c.other_m2[k]) / np.maximum(c.floor_m2[k], 1.0)
    density = c.population[k] / np.maximum(c.area_km2[k], 1e-9)
    related = c.near[k].sum(axis=1)
    out = np.zeros((h.n, len(CRITERIA)))
    out[:, 0] = density / (density + 3000.0)
    out[:, 1] = np.clip((1.0 - used) / 0.2, 0.0, 1.0)
    out[:, 2] = np.clip(c.broadband[k], 0.0, 1.0)
    out[:, 3] = related / (related + par.spillovers.walk_scale_fte)
    out[:, 6] = np.clip(c.conviviality[k], 0.0, 1.0)
    out[:, 7] = h.governance
    return out


def audit(world, par, month, opening):
    """Score hubs at opening, after a year, then every three years."""
    h = world.hub
    age = month - h.audited
    due = (h.audited < 0) | (age >= np.where(h.audited == opening, FIRST_AUDIT, NEXT_AUDITS))
    if due.any():
        h.criteria[due] = criteria(world, par)[due]
        h.score[due] = h.criteria[due].mean(axis=1)
        h.audited[due] = month


def share_brand(world, par):
    """Brand of each hub and of its zone."""
    h, z = world.hub, world.zone
    h.brand[:] = [brand_share(world.nation.goodwill[0], x, float(h.n), par.brand.dilution) for x in h.score]
    z.brand[:] = 0.0
    np.maximum.at(z.brand, h.zone, h.brand)


def step(world, par, draw):
    """Open hubs when money starts; then, each month: pay, open floor, admit, audit, share the brand."""
    policy, month = par.policy, world.month
    if policy is None or month < policy.first:
        return
    if world.hub.n == 0:
        open_hubs(world, policy, par.public, draw)
    spend(world, policy, par, month)
    open_floor(world, policy)
    world.zone.places[:] = np.bincount(world.hub.zone, world.hub.places, world.zone.n)
    admit(world, policy, par.public, draw, month)
    audit(world, par, month, policy.first)
    share_brand(world, par)

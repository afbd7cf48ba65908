"""Label: a set of commitments that territories make, are chosen for, and are held to (MODEL C.14).

Hubs stand on the best connected quartier of their perimeter before the policy, or at its seat. A scenario names them,
with their historical dates if it likes; or it makes a call: each candidate applies if what it expects is worth what it
costs (*applies*); its plan is what the state is worth on the eight criteria, plus part of the gap to perfection that it
promises to close (*promise*); and the label goes to the best plans, to all that are eligible, to those above a
threshold, or is drawn by lot among the eligible. Hubs are audited after 12 months, then every 36;
one whose score is too low, or too far below its promise, loses the label: staff, brand and places stop, and its money
is not paid any more. The label does nothing by itself: its three channels are a share of the national brand, animation
staff (times the quality of governance) and access to accelerator places.
"""

import numpy as np

from sim import rng
from sim.candidates import OPEN_CALLS
from sim.fields import CRITERIA, FABLAB, FOOD_LAB, LIVING_LAB, MEDIA_LAB
from sim.policy import carrier_quality
from sim.siting import best_connected
from sim.treasury import local_share

NAME = "label"
READS = ("cell.*", "hub.*", "zone.uid", "zone.population", "zone.delay", "startup.alive", "startup.zone", "facility.*",
         "link.*")
WRITES = ("hub.*", "cell.hub", "cell.hub_near", "cell.hub_km", "link.*")

FIRST_AUDIT, NEXT_AUDITS = 12, 36  # months after the label is given, then between audits (label of 2014)
LABORATORIES = (FABLAB, LIVING_LAB, FOOD_LAB, MEDIA_LAB)
MEAN, GEOMETRIC, WEAKEST = range(3)  # choices of label.aggregation
LINKS = 5  # the criterion of links with other quartiers, in the order of `CRITERIA`
LEAST = 0.05  # a criterion of a geometric or weakest score counts for this at least: assumption
LABS_PER_100 = 1.0  # laboratories per 100 startups at which open innovation is half of what it can be: assumption


def site(world, place, siting):
    """Cell of a hub: the best connected quartier of its perimeter before the policy, or the one at its seat."""
    c = world.cell
    distance = np.hypot(c.x_m - place.x_m, c.y_m - place.y_m)
    allowed = c.zone == place.zone
    near_enough = allowed & (distance <= world.space.perimeter_m)
    if not place.whole_zone and near_enough.any():
        allowed = near_enough
    rows = np.flatnonzero(allowed)
    return rows[np.lexsort((c.key[rows], distance[rows]))[0]] if siting == "seat" else best_connected(world, rows)


# --- the plan and its score --------------------------------------------------------------------------------------
def score(criteria, aggregation, alone=False):
    """Score on the eight criteria (MODEL C14.1): their mean, their geometric mean, or the weakest, [n].

    The last two would be zero for all that lack one thing. Links are left out of them where there is nobody to link
    with (`alone`: at a call, or for a single hub); a criterion counts for `LEAST` at least.
    """
    if aggregation == MEAN:
        return criteria.sum(axis=1) / len(CRITERIA)
    counted = np.maximum(np.delete(criteria, LINKS, axis=1) if alone else criteria, LEAST)
    return counted.min(axis=1) if aggregation == WEAKEST else np.prod(counted, axis=1) ** (1.0 / counted.shape[1])


def promise(criteria, ambition):
    """Criteria as a plan promises them: part of the gap to one is closed."""
    return criteria + ambition * (1.0 - criteria)


def applies(chance, offered_eur, own_share, noise, par):
    """Whether territories apply: public euros expected, at what they think one is worth, against the file and their own
    part.

    Parameters
    ----------
    chance : of getting the label, as they see it
    offered_eur : public money of a hub, State and local
    own_share : local part of it
    noise : standard normal error of judgement
    """
    gain = chance * par.worth * offered_eur * np.exp(par.judgement * noise)
    return gain > par.application_eur + chance * own_share * offered_eur


def criteria(world, par, cells, governance, networked):
    """The eight criteria of the label, measured on the state around a hub, each in [0, 1] [n, 8].

    Parameters
    ----------
    cells, governance : [n] quartier and quality of governance of each hub
    networked : [n] strength of its links
    """
    c, z, f, k = world.cell, world.zone, world.facility, cells
    zone = c.zone[k]
    used = (par.rents.m2_per_fte * c.staff[k].sum(axis=1) + c.other_m2[k]) / np.maximum(c.floor_m2[k], 1.0)
    density = c.population[k] / np.maximum(c.area_km2[k], 1e-9)
    related = c.near[k].sum(axis=1)
    is_open = (f.opened <= world.month) & ((f.closed < 0) | (f.closed > world.month)) & np.isin(f.kind, LABORATORIES)
    labs = np.bincount(f.zone[is_open], f.size[is_open], z.n)
    startups = np.bincount(world.startup.zone[world.startup.alive], minlength=z.n)
    labs_per_100 = (100.0 * labs / np.maximum(startups, 1.0))[zone]
    out = np.zeros((k.size, len(CRITERIA)))
    out[:, 0] = density / (density + 3000.0)
    out[:, 1] = np.clip((1.0 - used) / 0.2, 0.0, 1.0)
    out[:, 2] = np.clip(c.broadband[k], 0.0, 1.0)
    out[:, 3] = related / (related + par.spillovers.walk_scale_fte)
    out[:, 4] = labs_per_100 / (labs_per_100 + LABS_PER_100)
    out[:, 5] = networked / (networked + 1.0)
    out[:, 6] = 0.5 * np.clip(c.conviviality[k], 0.0, 1.0) + 0.5 * np.minimum(1.0 / z.delay[zone], 1.0)
    out[:, 7] = governance
    return out


def networked(world):
    """Strength of all links of each hub, to others and abroad, [hubs]."""
    h, links = world.hub, world.link
    return h.abroad + np.bincount(links.one, links.strength, h.n) + np.bincount(links.other, links.strength, h.n)


# --- who gets the label ------------------------------------------------------------------------------------------
def choose(world, policy, par, draw, cells, uid, governance):
    """Ranks of the candidates that get the label."""
    candidates = np.arange(len(policy.places))
    if policy.assignment not in OPEN_CALLS:
        return candidates
    p = par.label
    promised = promise(criteria(world, par, cells, governance, np.zeros(cells.size)), p.ambition)
    plan = score(promised, p.aggregation, alone=True)
    number = max(policy.wanted, 1)
    chance = np.minimum(number / cells.size * plan / max(plan.mean(), 1e-9), 1.0)
    noise = np.array([rng.normal_quantile(u) for u in rng.uniforms(draw, rng.APPLY, uid)])
    offered = policy.total_eur * (1.0 + policy.cofunding) / number
    able = (promised.min(axis=1) >= p.least_criterion) & (plan >= p.least_score)
    if p.applications == 0:
        able &= applies(chance, offered, local_share(policy, world.zone.n)[world.cell.zone[cells]], noise, p)
    able = candidates[able]
    if policy.assignment == "threshold":
        return able[plan[able] >= policy.threshold]
    if policy.assignment == "all_eligible":
        return able
    luck = np.array([place.luck for place in policy.places])
    order = np.lexsort((uid[able], luck[able] if policy.assignment == "lottery" else -plan[able]))
    return np.sort(able[order[:policy.wanted]])


def open_hubs(world, policy, par, draw):
    """Choose among candidates, and create the hubs when the money starts."""
    h, c, z, places = world.hub, world.cell, world.zone, policy.places
    cells = np.array([site(world, p, policy.siting) for p in places])
    uid = np.array([rng.pack_uid(rng.KIND_HUB, p.zone, 0, world.month, k) for k, p in enumerate(places)], np.uint64)
    governance = np.array([carrier_quality(policy, par.governance, rng.uniform(draw, rng.GOVERNANCE, u)) for u in uid])
    chosen = choose(world, policy, par, draw, cells, uid, governance)
    rows = h.add(chosen.size)
    h.uid[rows], h.place[rows], h.governance[rows] = uid[chosen], chosen, governance[chosen]
    h.cell[rows] = cells[chosen]
    h.zone[rows] = [places[k].zone for k in chosen]
    h.since[rows] = [max(places[k].since, policy.first) for k in chosen]
    h.x_m[rows], h.y_m[rows] = c.x_m[h.cell[rows]], c.y_m[h.cell[rows]]
    if rows.size == 0:
        return
    base = {"equal": np.ones(rows.size), "per_capita": z.population[h.zone],
            "startups": np.maximum(np.bincount(world.startup.zone[world.startup.alive], minlength=z.n)[h.zone], 1.0)}
    weight = base[policy.allocate]
    h.share[rows] = weight / weight.sum()
    one, other = np.triu_indices(rows.size, 1)
    links = world.link.add(one.size)
    world.link.one[links], world.link.other[links] = one, other
    footprints(world, policy.footprint_km)


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


# --- audits ------------------------------------------------------------------------------------------------------
def audit(world, par, month):
    """Score hubs when they get the label, after a year, then every three years; those that fail lose it."""
    h, p = world.hub, par.label
    wait = np.where(h.audited == h.since, FIRST_AUDIT, NEXT_AUDITS)
    due = np.flatnonzero(h.labelled & ((h.audited < 0) | (month - h.audited >= wait)))
    if due.size == 0:
        return
    h.criteria[due] = criteria(world, par, h.cell[due], h.governance[due], networked(world)[due])
    alone = h.labelled.sum() < 2
    h.score[due] = score(h.criteria[due], p.aggregation, alone)
    new = due[h.audited[due] < 0]
    h.promised[new] = promise(h.criteria[new], p.ambition)
    h.audited[due] = month
    if p.audits == 0:
        promised = score(h.promised[due], p.aggregation, alone)
        failed = (h.score[due] < p.least_score) | (h.score[due] < p.tolerance * promised)
        lost = due[failed & (h.since[due] < month)]
        h.labelled[lost], h.lost[lost] = False, month


def step(world, par, draw):
    """Open hubs when money starts; audit them when it is due."""
    policy, month, h = par.policy, world.month, world.hub
    if policy is None or month < policy.first or not policy.places:
        return
    if h.n == 0 and world.funder.n == 0:
        open_hubs(world, policy, par, draw)
    if h.n:
        h.labelled[:] = (h.since <= month) & (h.lost < 0)
        audit(world, par, month)

"""Label: hubs open where the label is given, and are measured on its eight criteria.

Hubs open when the money starts, on the best connected quartier of their perimeter before the policy, or at its seat.
They are scored at opening, a year later, then every three years. The label does nothing by itself: its three channels
are a share of the national brand, animation staff (times the quality of governance) and access to accelerator places.
"""

import numpy as np

from sim import rng
from sim.fields import CRITERIA
from sim.siting import best_connected

NAME = "label"
READS = ("cell.*", "hub.*", "zone.uid", "zone.population", "startup.alive", "startup.zone")
WRITES = ("hub.*", "cell.hub", "cell.hub_near", "cell.hub_km")

FIRST_AUDIT, NEXT_AUDITS = 12, 36  # months after opening, then between audits


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


def open_hubs(world, policy, par, draw):
    """Create hubs when the money starts."""
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


def step(world, par, draw):
    """Open hubs when money starts; audit them when it is due."""
    policy, month = par.policy, world.month
    if policy is None or month < policy.first or not policy.places:
        return
    if world.hub.n == 0:
        open_hubs(world, policy, par.public, draw)
    audit(world, par, month, policy.first)

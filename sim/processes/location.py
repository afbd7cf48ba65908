"""Location (ODD 7.9): where the newborn settle.

A nested logit: first the zone, then the quartier (MODEL C3.1-C3.3). Free floor enters with a coefficient of
exactly one, so that splitting a quartier changes nothing. Choices are the smallest of keyed exponentials over
weights: a place that gains appeal takes firms from others, and moves nobody else.
"""

import math

import numpy as np

from sim import rng
from sim.fields import N_SECTORS
from sim.kernels import for_rows, kernel, total
from sim.space import distance_decay

NAME = "location"
READS = ("startup.uid", "startup.alive", "startup.cell", "startup.origin_zone", "startup.sector", "cell.near_log",
         "cell.around_log",
         "cell.diversity", "cell.rent", "cell.discount", "cell.floor_public_m2", "cell.floor_m2", "cell.staff",
         "cell.other_m2", "cell.hub", "cell.key", "hub.governance", "hub.staff_fte", "zone.appeal", "zone.wage",
         "zone.brand", "nation.near_reference", "nation.around_reference")
WRITES = ("startup.zone", "startup.cell")

USUAL_STAFF = 2.0  # FTE of animation staff in an ordinary hub: the unit of stf_h
LEAST_FREE = 0.05  # share of a full quartier's floor that changes hands anyway


@kernel
def cell_utility(near, around, diversity, rent, staff_pull, crowding, par):
    """Appeal of a quartier (MODEL C3.1); fields are centred logs, `staff_pull` is governance times staff of the hub."""
    return (par.walk * near + par.commute * around + par.diversity * diversity - par.rent * math.log(rent)
            + par.animation * staff_pull - par.crowding * crowding)


@kernel
def zone_utility(appeal, inclusive, log_wage, brand, par):
    """Appeal of a zone, apart from distance to the founder's home (MODEL C3.3)."""
    return appeal + par.nest * inclusive - par.wage * log_wage + par.visibility * brand


@kernel
def free_floor(floor_m2, used_m2):
    """Floor a newcomer can find."""
    return max(floor_m2 - used_m2, LEAST_FREE * floor_m2)


@kernel
def rent_paid(rent, discount, public_m2, floor_m2):
    """Average rent asked from a newcomer: subsidised floor is let at a rebate."""
    if floor_m2 <= 0.0:
        return rent
    return rent * (1.0 - discount * public_m2 / floor_m2)


@kernel
def cell_weights(first, last, near_log, around_log, diversity, rent, discount, public_m2, floor_m2, staff, other_m2,
                 hub,
                 governance, staff_fte, near_reference, around_reference, m2_per_fte, par, out):
    """Free floor times exp(appeal), by quartier and sector."""
    for c in range(first, last):
        used = m2_per_fte * total(staff[c]) + other_m2[c]
        free = free_floor(floor_m2[c], used)
        crowding = max(used / floor_m2[c] - 1.0, 0.0) if floor_m2[c] > 0.0 else 0.0
        pull = governance[hub[c]] * staff_fte[hub[c]] / USUAL_STAFF if hub[c] >= 0 else 0.0
        rent_c = rent_paid(rent[c], discount[c], public_m2[c], floor_m2[c])
        for s in range(N_SECTORS):
            a = near_log[c, s] - near_reference[s]
            b = around_log[c, s] - around_reference[s]
            out[c, s] = free * math.exp(cell_utility(a, b, diversity[c], rent_c, pull, crowding, par))


@kernel
def inclusive_values(zone_start, weights, out):
    """Log of the summed weights of each zone's quartiers, by sector; minus infinity where there is no floor."""
    for z in range(zone_start.size - 1):
        for s in range(N_SECTORS):
            total = 0.0
            for c in range(zone_start[z], zone_start[z + 1]):
                total += weights[c, s]
            out[z, s] = math.log(total) if total > 0.0 else -np.inf


@kernel
def zone_weights(appeal, inclusive, wage, brand, par):
    """exp(appeal) of each zone by sector, scaled to a maximum of one."""
    out = np.empty(inclusive.shape)
    for s in range(N_SECTORS):
        top = -np.inf
        for z in range(appeal.size):
            out[z, s] = zone_utility(appeal[z], inclusive[z, s], math.log(wage[z, s]), brand[z], par)
            top = max(top, out[z, s])
        for z in range(appeal.size):
            out[z, s] = math.exp(out[z, s] - top) if top > -np.inf else 0.0
    return out


@kernel
def pick_cell(draw, uid, first, last, key, weight):
    """Quartier among ``first..last - 1`` by keyed choice; the first if none has weight."""
    by_key = np.empty(last - first)
    for c in range(first, last):
        by_key[key[c]] = weight[c]
    chosen = rng.choose(draw, rng.CHOOSE_CELL, uid, 0, by_key)
    if chosen >= 0:
        for c in range(first, last):
            if key[c] == chosen:
                return c
    return first


@kernel
def settle(draw, rows, uid, origin_zone, sector, zone_key, zone_of_key, zone_weight, home, zone_start, key, cell_weight,
           zone, cell):
    """Zone, then quartier, of each newborn, by keyed choice. No floor anywhere: stays at home."""
    zones = np.empty(zone_key.size)
    for i in rows:
        s, home_zone = sector[i], origin_zone[i]
        for z in range(zone_key.size):
            zones[zone_key[z]] = zone_weight[z, s] * home[home_zone, z]
        chosen = rng.choose(draw, rng.CHOOSE_ZONE, uid[i], 0, zones)
        zone[i] = zone_of_key[chosen] if chosen >= 0 else home_zone
        cell[i] = pick_cell(draw, uid[i], zone_start[zone[i]], zone_start[zone[i] + 1], key, cell_weight[:, s])


def home_factors(space, par):
    """Weight of every zone for founders of every zone: attachment and distance (MODEL C3.3), [zones, zones]."""
    out = distance_decay(space, par.distance).copy()
    np.fill_diagonal(out, out.diagonal() * math.exp(par.home))
    return out


def weights_of_places(world, par):
    """Weights of quartiers [cells, sectors] and of zones [zones, sectors] for a newcomer."""
    c, z, h, nation, p = world.cell, world.zone, world.hub, world.nation, par.location
    weight = np.empty_like(c.near)
    for_rows(cell_weights, c.n, c.near_log, c.around_log, c.diversity, c.rent, c.discount, c.floor_public_m2,
             c.floor_m2, c.staff,
             c.other_m2, c.hub, h.governance, h.staff_fte, nation.near_reference[0], nation.around_reference[0],
             par.rents.m2_per_fte, p, weight)
    inclusive = np.empty((z.n, N_SECTORS))
    inclusive_values(world.space.zone_start, weight, inclusive)
    return weight, zone_weights(z.appeal, inclusive, z.wage, z.brand, p)


def step(world, par, draw):
    """Settle this month's newborn."""
    f = world.startup
    newborn = np.flatnonzero(f.alive & (f.cell < 0))
    if newborn.size == 0:
        return
    weight, zone_weight = weights_of_places(world, par)
    space, home = world.space, home_factors(world.space, par.location)
    settle(draw, newborn, f.uid, f.origin_zone, f.sector, space.zone_key, np.argsort(space.zone_key), zone_weight, home,
           space.zone_start, world.cell.key, weight, f.zone, f.cell)
    world.count("entries", f.zone[newborn])
    away = f.zone[newborn] != f.origin_zone[newborn]
    world.count("moved_in", f.zone[newborn[away]])
    world.count("moved_out", f.origin_zone[newborn[away]])

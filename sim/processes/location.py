"""Location: where the newborn settle.

A nested logit: first the zone, then the quartier (MODEL C3.1-C3.3). Free floor enters with a coefficient of
exactly one, so that splitting a quartier changes nothing. What draws startups to a place is worked out by quarter.
"""

import math
from functools import lru_cache

import numpy as np

from sim import rng
from sim.choice import pick_places
from sim.fields import N_SECTORS, USUAL_HUB_STAFF
from sim.kernels import for_rows, helper, kernel, rows_where, total
from sim.space import distance_decay

NAME = "location"
READS = ("startup.uid", "startup.alive", "startup.cell", "startup.origin_zone", "startup.sector", "cell.near_log",
         "cell.around_log", "cell.diversity", "cell.amenity", "cell.broadband", "cell.serendipity", "cell.facility",
         "cell.creatives", "cell.area_km2", "cell.attraction", "cell.rent", "cell.discount", "cell.floor_public_m2",
         "cell.floor_m2", "cell.staff", "cell.other_m2", "cell.hub", "cell.key", "hub.governance", "hub.staff_fte",
         "zone.appeal", "zone.wage", "zone.brand", "zone.talents", "zone.theme", "zone.identity",
         "nation.near_reference", "nation.around_reference")
WRITES = ("startup.zone", "startup.cell", "cell.attraction", "cell.weight", "zone.pull")

MONTHS_BETWEEN_LOOKS = 3  # fields change by quarter
LARGEST_UTILITY = 500.0  # beyond, sums over quartiers would overflow: nobody goes anywhere else
LEAST_FREE = 0.05  # share of a full quartier's floor that changes hands anyway


@helper
def cell_utility(near, around, diversity, place, par):
    """Appeal of a quartier, the part that changes by quarter (MODEL C3.1); fields are centred."""
    return par.walk * near + par.commute * around + par.diversity * diversity + place


@helper
def place_utility(amenity, broadband, serendipity, facility, creatives_per_km2, par):
    """What the place itself adds (MODEL C3.1)."""
    return (par.amenity * amenity + par.broadband * broadband + par.serendipity * serendipity + par.facility * facility
            + par.creatives * math.log(1.0 + creatives_per_km2))


@helper
def monthly_utility(rent, staff_pull, crowding, par):
    """Appeal of a quartier, the part that changes by month (MODEL C3.1); `staff_pull` is governance times staff of the
    hub."""
    return par.animation * staff_pull - par.rent * math.log(rent) - par.crowding * crowding


@helper
def zone_utility(appeal, inclusive, log_wage, brand, log_pool, theme, par):
    """Appeal of a zone, apart from distance to the founder's home (MODEL C3.3)."""
    return (appeal + par.nest * inclusive + par.talent * log_pool - par.wage * log_wage + par.visibility * brand
            + par.theme * theme)


@helper
def free_floor(floor_m2, used_m2):
    """Floor a newcomer can find."""
    return max(floor_m2 - used_m2, LEAST_FREE * floor_m2)


@helper
def rent_paid(rent, discount, public_m2, floor_m2):
    """Average rent asked from a newcomer: subsidised floor is let at a rebate."""
    if floor_m2 <= 0.0:
        return rent
    return rent * (1.0 - discount * public_m2 / floor_m2)


@helper
def hub_pull(governance, staff_fte):
    """Pull of a hub's animation staff (MODEL C3.1): each further person adds less, an ordinary hub has one unit."""
    return governance * math.log2(1.0 + staff_fte / USUAL_HUB_STAFF)


@kernel
def attractions(first, last, near_log, around_log, near_reference, around_reference, diversity, amenity, broadband,
                serendipity, facility, creatives, area, par, out):
    """exp(appeal) of the quarter, by quartier and sector."""
    for c in range(first, last):
        place = place_utility(amenity[c], broadband[c], serendipity[c], facility[c], creatives[c] / area[c], par)
        for s in range(N_SECTORS):
            near, around = near_log[c, s] - near_reference[s], around_log[c, s] - around_reference[s]
            out[c, s] = math.exp(cell_utility(near, around, diversity[c], place, par))


@kernel
def cell_weights(first, last, attraction, rent, discount, public_m2, floor_m2, staff, other_m2, hub, governance,
                 staff_fte, m2_per_fte, par, out):
    """Free floor times exp(appeal), by quartier and sector."""
    for c in range(first, last):
        used = m2_per_fte * total(staff[c]) + other_m2[c]
        free = free_floor(floor_m2[c], used)
        crowding = max(used / floor_m2[c] - 1.0, 0.0) if floor_m2[c] > 0.0 else 0.0
        pull = hub_pull(governance[hub[c]], staff_fte[hub[c]]) if hub[c] >= 0 else 0.0
        rent_c = rent_paid(rent[c], discount[c], public_m2[c], floor_m2[c])
        common = free * math.exp(min(monthly_utility(rent_c, pull, crowding, par), LARGEST_UTILITY))
        for s in range(N_SECTORS):
            out[c, s] = common * attraction[c, s]


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
def zone_weights(appeal, inclusive, wage, brand, pool, theme, par):
    """exp(appeal) of each zone by sector, scaled to a maximum of one."""
    out = np.empty(inclusive.shape)
    for s in range(N_SECTORS):
        top = -np.inf
        for z in range(appeal.size):
            out[z, s] = zone_utility(appeal[z], inclusive[z, s], math.log(wage[z, s]), brand[z],
                                     math.log(max(pool[z, s], 1.0)), theme[z, s], par)
            top = max(top, out[z, s])
        for z in range(appeal.size):
            out[z, s] = math.exp(out[z, s] - top) if top > -np.inf else 0.0
    return out


@lru_cache(maxsize=4)
def home_factors(space, par):
    """Weight of every zone for founders of every zone: attachment and distance (MODEL C3.3), [zones, zones]."""
    out = distance_decay(space, par.distance).copy()
    np.fill_diagonal(out, out.diagonal() * math.exp(par.home))
    return out


def attract(world, par):
    """Work out what draws newborn startups to each quartier until the next quarter."""
    c, nation = world.cell, world.nation
    for_rows(attractions, c.n, c.near_log, c.around_log, nation.near_reference[0], nation.around_reference[0],
             c.diversity, c.amenity, c.broadband, c.serendipity, c.facility, c.creatives, c.area_km2, par.location,
             c.attraction)


def talent_pool(world):
    """People of each trade within reach of each zone, fewer by distance (Harris 1954), [zones, sectors]."""
    return np.einsum("yz,zs->ys", distance_decay(world.space, 1.0), world.zone.talents)


def weights_of_places(world, par):
    """Weights of quartiers [cells, sectors] and of zones [zones, sectors] for a newcomer."""
    c, z, h, p = world.cell, world.zone, world.hub, par.location
    weight = np.empty_like(c.near)
    for_rows(cell_weights, c.n, c.attraction, c.rent, c.discount, c.floor_public_m2, c.floor_m2, c.staff, c.other_m2,
             c.hub, h.governance, h.staff_fte, par.rents.m2_per_fte, p, weight)
    inclusive = np.empty((z.n, N_SECTORS))
    inclusive_values(world.space.zone_start, weight, inclusive)
    known = np.log1p(z.identity)[:, None]  # a zone that is known for what it is fits its trades better
    theme = z.theme + p.identity * known
    return weight, zone_weights(z.appeal, inclusive, z.wage, z.brand, talent_pool(world), theme, p)


def step(world, par, draw):
    """Weigh places by quarter, then settle this month's newborn."""
    c, z, f, space = world.cell, world.zone, world.startup, world.space
    if world.month % MONTHS_BETWEEN_LOOKS == 0 or not c.weight.any():
        attract(world, par)
        c.weight[:], z.pull[:] = weights_of_places(world, par)
    newborn = rows_where(f.alive & (f.cell < 0))
    home = home_factors(space, par.location)
    pick_places(draw, rng.CHOOSE_ZONE, rng.CHOOSE_CELL, newborn, f.uid, f.origin_zone, f.sector, space.zone_key,
                np.argsort(space.zone_key), z.pull, home, space.zone_start, c.key, c.weight, f.zone, f.cell)
    world.count("entries", f.zone[newborn])
    away = f.zone[newborn] != f.origin_zone[newborn]
    world.count("moved_in", f.zone[newborn[away]])
    world.count("moved_out", f.origin_zone[newborn[away]])

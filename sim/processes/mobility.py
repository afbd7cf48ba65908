"""Mobility (ODD 7.12): people move between zones for pay, visibility, roots; distance holds them back (MODEL C6.1).

Founders and employees of startups stay; a bundle moves as one.
"""

import math
from functools import lru_cache

import numpy as np

from sim import people, rng
from sim.fields import N_SECTORS
from sim.kernels import kernel

NAME = "mobility"
READS = ("talent.uid", "talent.alive", "talent.status", "talent.turn", "talent.zone", "talent.origin_zone",
         "talent.sector", "talent.birth", "talent.weight", "zone.wage", "zone.brand", "zone.talents")
WRITES = ("talent.zone",)

THINK_EVERY = 12  # months between the months in which a person thinks of moving


@kernel
def age_factor(age_years):
    """Mobility by age: three times the base in the twenties, one at 35, 0.4 from 50 on (shape: INSEE)."""
    if age_years < 30.0:
        return 3.0
    if age_years < 35.0:
        return 3.0 - 0.4 * (age_years - 30.0)
    if age_years < 50.0:
        return 1.0 - 0.04 * (age_years - 35.0)
    return 0.4


@kernel
def pull(wage, brand, talents, par):
    """Weight of a destination wherever one comes from: its jobs, its pay, its visibility (MODEL C6.1)."""
    return talents * math.exp(par.wage * math.log(wage) + par.visibility * brand)


@lru_cache(maxsize=4)
def closeness(space, gravity):
    """How distance holds people back, [zones, zones] (MODEL C6.1)."""
    return space.distance_km ** (-gravity)


@kernel
def yearly_hazard(age_years, base_hazard):
    """Hazard of moving in a year. The base hazard is that of an average worker (age factor 1.4)."""
    return 12.0 * base_hazard * age_factor(age_years) / 1.4


@kernel
def movers(month, rows, luck, birth, par):
    """Rows who move, among those who think of it this month."""
    out = np.empty(rows.size, np.int64)
    n = 0
    for k in range(rows.size):
        hazard = yearly_hazard((month - birth[rows[k]]) / 12.0, par.base_hazard)
        if rng.happens(hazard, luck[k]):
            out[n] = rows[k]
            n += 1
    return out[:n]


@kernel
def pulls(wage, brand, talents, par):
    """Pull of every zone on every trade, [zones, sectors]."""
    out = np.empty(talents.shape)
    for z in range(talents.shape[0]):
        for s in range(N_SECTORS):
            out[z, s] = pull(wage[z, s], brand[z], talents[z, s], par)
    return out


@kernel
def destinations(draw, rows, uid, zone, origin_zone, sector, zone_key, zone_of_key, pull_of, near, par, out):
    """Zone each mover goes to, by keyed choice; stays if there is nowhere to go."""
    weight = np.empty(zone_key.size)
    home = math.exp(par.origin)
    for k in range(rows.size):
        j = rows[k]
        for z in range(zone_key.size):
            roots = home if z == origin_zone[j] else 1.0
            weight[zone_key[z]] = pull_of[z, sector[j]] * near[zone[j], z] * roots if z != zone[j] else 0.0
        chosen = rng.choose(draw, rng.MOVE_WHERE, uid[j], 0, weight)
        out[k] = zone_of_key[chosen] if chosen >= 0 else zone[j]


def step(world, par, draw):
    """Decide who moves, then where."""
    if par.mobility.active == 1:
        return
    t, z = world.talent, world.zone
    asked = people.in_turn(t, world.month, THINK_EVERY)
    rows = movers(world.month, asked, rng.uniforms(draw, rng.MOVE, t.uid[asked]), t.birth, par.mobility)
    to = np.empty(rows.size, np.int64)
    space = world.space
    destinations(draw, rows, t.uid, t.zone, t.origin_zone, t.sector, space.zone_key, np.argsort(space.zone_key),
                 pulls(z.wage, z.brand, z.talents, par.mobility), closeness(space, par.mobility.gravity), par.mobility,
                 to)
    leaves = to != t.zone[rows]
    world.count("movers_in", to[leaves], t.weight[rows[leaves]])
    t.zone[rows] = to

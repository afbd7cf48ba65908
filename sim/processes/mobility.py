"""Mobility (ODD 7.9): people move between zones for pay, visibility, roots; distance holds them back (MODEL C6.1).

Founders and employees of startups stay; a bundle moves as one.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import EMPLOYEE, FOUNDER
from sim.kernels import kernel

NAME = "mobility"
READS = ("talent.uid", "talent.alive", "talent.status", "talent.zone", "talent.origin_zone", "talent.sector",
         "talent.birth",
         "talent.weight", "zone.wage", "zone.brand", "zone.talents")
WRITES = ("talent.zone",)


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
def appeal(wage, brand, talents, distance_km, is_origin, par):
    """Weight of a destination (MODEL C6.1)."""
    return math.exp(par.wage * math.log(wage) + par.visibility * brand + (par.origin if is_origin else 0.0)
                    - par.gravity * math.log(distance_km)) * talents


@kernel
def yearly_probability(age_years, base_hazard):
    """Chance of moving in a year. The base hazard is that of an average worker (age factor 1.4)."""
    return -math.expm1(-12.0 * base_hazard * age_factor(age_years) / 1.4)


@kernel
def movers(draw, month, uid, alive, status, birth, par):
    """Rows of free people who move this month: each thinks of it in one month of the year."""
    out = np.empty(uid.size, np.int64)
    n = 0
    for j in range(uid.size):
        if not alive[j] or status[j] == FOUNDER or status[j] == EMPLOYEE or not people.has_turn(uid[j], month, 12):
            continue
        if rng.uniform(draw, rng.MOVE, uid[j]) < yearly_probability((month - birth[j]) / 12.0, par.base_hazard):
            out[n] = j
            n += 1
    return out[:n]


@kernel
def destinations(draw, rows, uid, zone, origin_zone, sector, zone_key, wage, brand, talents, distance_km, par, out):
    """Zone each mover goes to: smallest keyed exponential over appeal; stays if there is nowhere to go."""
    luck = np.empty(zone_key.size)
    for k in range(rows.size):
        j = rows[k]
        rng.exponentials(draw, rng.MOVE_WHERE, uid[j], 0, luck)
        best, chosen = np.inf, zone[j]
        for z in range(zone_key.size):
            if z != zone[j] and talents[z, sector[j]] > 0.0:
                weight = appeal(wage[z, sector[j]], brand[z], talents[z, sector[j]], distance_km[zone[j], z],
                                z == origin_zone[j], par)
                score = luck[zone_key[z]] / weight
                if score < best:
                    best, chosen = score, z
        out[k] = chosen


def step(world, par, draw):
    """Decide who moves, then where."""
    if par.mobility.active == 1:
        return
    t, z = world.talent, world.zone
    rows = movers(draw, world.month, t.uid, t.alive, t.status, t.birth, par.mobility)
    to = np.empty(rows.size, np.int64)
    destinations(draw, rows, t.uid, t.zone, t.origin_zone, t.sector, world.space.zone_key, z.wage, z.brand, z.talents,
                 world.space.distance_km, par.mobility, to)
    leaves = to != t.zone[rows]
    world.count("movers_in", to[leaves], t.weight[rows[leaves]])
    t.zone[rows] = to

"""Mobility: people move between zones for pay, visibility, roots; distance holds them back (MODEL C6.1).

Pay counts as far as one finds a job and after the rent of a flat; amenities pull, and so do desks in third places those
who can work at a distance. The skilled move more. Founders and employees of startups stay; a bundle moves as one. Once
a year, the same pulls say where graduates take their first job, from the universities where they studied.
"""

import math

import numpy as np

from sim import people, rng
from sim.kernels import helper, kernel
from sim.labour_markets import unemployment
from sim.space import closeness

NAME = "mobility"
READS = ("talent.uid", "talent.alive", "talent.status", "talent.turn", "talent.zone", "talent.origin_zone",
         "talent.sector", "talent.birth", "talent.weight", "talent.skill", "zone.wage", "zone.brand", "zone.talents",
         "zone.jobseekers", "zone.labour_market", "zone.housing_rent", "zone.desks", "zone.students",
         "zone.amenity", "cell.amenity", "cell.population", "cell.zone", "nation.unemployment_reference",
         "zone.graduates", "zone.graduates_reference")
WRITES = ("talent.zone", "zone.amenity", "zone.graduates", "zone.graduates_reference")

THINK_EVERY = 12  # months between the months in which a person thinks of moving
OLDEST = 51  # years of age from which mobility stays the same


@helper
def age_factor(age_years):
    """Mobility by age: three times the base in the twenties, one at 35, 0.4 from 50 on (shape: INSEE)."""
    if age_years < 30.0:
        return 3.0
    if age_years < 35.0:
        return 3.0 - 0.4 * (age_years - 30.0)
    if age_years < 50.0:
        return 1.0 - 0.04 * (age_years - 35.0)
    return 0.4


SKILL_SPREAD = 0.3  # of the logarithm of skill, see population


@helper
def skill_factor(skill, rise):
    """Mobility by skill, one on average: a power of skill over its mean (MODEL C6.1, m_skill)."""
    return (skill if rise == 1.0 else skill**rise) / math.exp(0.5 * SKILL_SPREAD**2 * (rise * rise - rise))


def prospects(unemployment, housing_rent, amenity, desks, talents, remote, par):
    """What a zone offers besides pay, as a factor, [zones, sectors]: chance of a job, rent, amenity and desks.

    Parameters
    ----------
    unemployment : [zones, sectors] share of job-seekers in the labour market
    housing_rent, amenity, desks : [zones]
    talents : [zones] digital workers
    remote : part of jobs that can be done at a distance
    """
    pay = np.log(1.0 - np.minimum(unemployment, 0.9)) - par.housing * np.log(housing_rent)[:, None]
    working_there = par.desks * remote * np.log1p(1000.0 * desks / np.maximum(talents, 1.0))
    return np.exp(par.wage * pay + (par.amenity * amenity + working_there)[:, None])


def pulls(wage, brand, talents, factor, par):
    """Pull of every zone on every trade wherever one comes from, [zones, sectors]: jobs, pay, visibility, prospects."""
    return talents * factor * np.exp(par.wage * np.log(wage) + par.visibility * brand[:, None])


def first_jobs(pull, near, students, origin):
    """Part of the nation's graduates of each trade whose first job is in each zone, [zones, sectors] (MODEL C6.1).

    Those of every university weigh all zones, its own with the pull of roots; universities count as their students.
    """
    roots = near * (1.0 + (math.exp(origin) - 1.0) * np.eye(students.size))
    total = roots @ pull
    share = students / max(students.sum(), 1e-300)
    return pull * (roots.T @ np.where(total > 0.0, share[:, None] / np.maximum(total, 1e-300), 0.0))


@helper
def yearly_hazard(age_years, base_hazard):
    """Hazard of moving in a year. The base hazard is that of an average worker (age factor 1.4)."""
    return 12.0 * base_hazard * age_factor(age_years) / 1.4


@kernel
def movers(month, rows, luck, birth, skill, par):
    """Rows who move, among those who think of it this month."""
    by_age = np.empty(12 * OLDEST)  # ages are few: a hazard each, not one a person
    for age in range(by_age.size):
        by_age[age] = yearly_hazard(age / 12.0, par.base_hazard)
    out, n = np.empty(rows.size, np.int64), 0
    for k in range(rows.size):
        j = np.uint64(rows[k])
        out[n] = rows[k]
        n += rng.happens(by_age[min(month - birth[j], by_age.size - 1)] * skill_factor(skill[j], par.skill), luck[k])
    return out[:n]


@kernel
def destinations(draw, rows, uid, zone, origin_zone, sector, zone_key, zone_of_key, pull_of, near, par, out):
    """Zone each mover goes to, by keyed choice; stays if there is nowhere to go."""
    weight = np.empty(zone_key.size)
    home = math.exp(par.origin)
    for k in range(rows.size):
        j = rows[k]
        here, origin, s = zone[j], origin_zone[j], sector[j]
        for z in range(zone_key.size):
            roots = home if z == origin else 1.0
            weight[np.uint64(zone_key[z])] = pull_of[z, s] * near[here, z] * roots
        weight[zone_key[here]] = 0.0
        chosen = rng.choose(draw, rng.MOVE_WHERE, uid[j], rng.ONCE, weight)
        out[k] = zone_of_key[chosen] if chosen >= 0 else here


def zone_pulls(world, par):
    """Pull of every zone now, [zones, sectors]."""
    z, factor = world.zone, np.ones((1, 1))
    if par.mobility.prospects == 0:
        jobless = unemployment(z, world.nation.unemployment_reference[0])
        factor = prospects(jobless, z.housing_rent, z.amenity, z.desks, z.talents.sum(axis=1), par.remote.able,
                           par.mobility)
    return pulls(z.wage, z.brand, z.talents, factor, par.mobility)


def amenity_of_zones(cell, n):
    """Amenity where people live, on average, [zones]."""
    residents = np.maximum(np.bincount(cell.zone, cell.population, n), 1e-300)
    return np.bincount(cell.zone, cell.population * cell.amenity, n) / residents


def place_graduates(world, pull, par):
    """Where graduates take their first job; before the policy, as a reference."""
    z = world.zone
    z.graduates[:] = first_jobs(pull, closeness(world.space, par.mobility.gravity), z.students, par.mobility.origin)
    if world.month < par.policy_start:
        z.graduates_reference[:] = z.graduates


def step(world, par, draw):
    """Decide who moves, then where."""
    if par.mobility.active == 1:
        return
    t, z = world.talent, world.zone
    yearly = world.month % 12 == 11 or not z.graduates.any()
    if yearly:
        z.amenity[:] = amenity_of_zones(world.cell, z.n)
    pull = zone_pulls(world, par)
    if yearly:
        place_graduates(world, pull, par)
    asked = people.in_turn(t, world.month, THINK_EVERY)
    rows = movers(world.month, asked, rng.uniforms(draw, rng.MOVE, t.uid[asked]), t.birth, t.skill, par.mobility)
    to = np.empty(rows.size, np.int64)
    space = world.space
    destinations(draw, rows, t.uid, t.zone, t.origin_zone, t.sector, space.zone_key, np.argsort(space.zone_key),
                 pull, closeness(space, par.mobility.gravity), par.mobility, to)
    leaves = to != t.zone[rows]
    world.count("movers_in", to[leaves], t.weight[rows[leaves]])
    t.zone[rows] = to

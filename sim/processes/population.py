"""Population (ODD 7.3): people enter digital trades and retire.

Entries follow the growth of digital trades measured by INSEE and the map of 2008, not the policy: bundles of
`w_talent` people, numbered by zone, trade and month. Those of retirement age leave, except founders and
employees of startups, who leave with their next change of status.
"""

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS
from sim.kernels import kernel

NAME = "population"
READS = ("zone.uid", "zone.workforce", "talent.*")
WRITES = ("talent.*", "nation.entered", "nation.retired", "zone.talents", "zone.jobseekers")

LAST_YEAR_OF_TREND = 2023
RETIRE_EVERY = 3  # months between the months in which a person of age may leave
YOUNGEST_ENTRANT, OLDEST_ENTRANT = 22 * 12, 30 * 12  # months of age


@kernel
def entrants(workforce, years, years_after, turnover, trend, trend_after):
    """People entering a trade in a month: the growth of the trade and the replacement of those who retire."""
    size = workforce * np.exp(trend * years + trend_after * years_after)
    growth = trend if years_after == 0.0 else trend_after
    return size * (growth + turnover) / 12.0


@kernel
def of_age(rows, birth, month, retirement_age):
    """Those of `rows` who have reached the age of retirement."""
    out = np.empty(rows.size, np.int64)
    n = 0
    for j in rows:
        if month - birth[j] >= 12.0 * retirement_age:
            out[n] = j
            n += 1
    return out[:n]


@kernel
def count_people(alive, weight, zone, sector, status, talents, jobseekers):
    """People and job-seekers by zone and trade."""
    talents[:] = 0.0
    jobseekers[:] = 0.0
    for j in range(alive.size):
        if alive[j]:
            talents[zone[j], sector[j]] += weight[j]
            if status[j] == JOBSEEKER:
                jobseekers[zone[j], sector[j]] += weight[j]


@kernel
def draw_entries(draw, zone_uid, workforce, years, years_after, weight, par, out):
    """Number of bundles entering by zone and trade."""
    for z in range(zone_uid.size):
        for s in range(N_SECTORS):
            number = entrants(workforce[z, s], years, years_after, par.turnover, par.trend, par.trend_after)
            out[z, s] = rng.poisson(number / weight, rng.uniform(draw, rng.ENTER, zone_uid[z], s))


def add_bundles(world, zone, sector, ordinal, weight, draw, youngest=YOUNGEST_ENTRANT, oldest=OLDEST_ENTRANT):
    """New bundles of `weight` people, sorted by identity; ages and skills are theirs by keyed draws."""
    t = world.talent
    uid = rng.pack_uid(rng.KIND_TALENT, zone, sector, world.month, ordinal)
    order = np.argsort(uid, kind="stable")
    rows = t.claim(uid.size)
    t.uid[rows], t.alive[rows], t.weight[rows] = uid[order], True, weight
    t.zone[rows], t.origin_zone[rows], t.sector[rows] = zone[order], zone[order], sector[order]
    t.status[rows] = ELSEWHERE
    set_traits(draw, rows, t.uid, t.turn, t.birth, t.skill, world.month, youngest, oldest)
    return rows


@kernel
def set_traits(draw, rows, uid, turn, birth, skill, month, youngest, oldest):
    """Turn, age and skill of newcomers: age uniform between the bounds, skill lognormal with mean one (spread 0.3)."""
    for j in rows:
        turn[j] = people.turn_of(uid[j])
        birth[j] = month - int(youngest + (oldest - youngest) * rng.uniform(draw, rng.NEW_AGE, uid[j]))
        z = rng.normal_quantile(rng.uniform(draw, rng.NEW_SKILL, uid[j]))
        skill[j] = np.exp(0.3 * z - 0.045)


def step(world, par, draw):
    """Retire the old, let the young in, and count people by zone and trade."""
    t, z, nation = world.talent, world.zone, world.nation
    if par.population.active == 0:
        leaving = of_age(people.in_turn(t, world.month, RETIRE_EVERY), t.birth, world.month,
                         par.population.retirement_age)
        nation.retired[0] += t.weight[leaving].sum()
        t.alive[leaving] = False
        t.weight[leaving] = 0
        years = world.month / 12.0 - world.space.first_month / 12.0
        after = max(0.0, world.month / 12.0 - (LAST_YEAR_OF_TREND + 1))
        count = np.zeros((z.n, N_SECTORS), np.int64)
        draw_entries(draw, z.uid, z.workforce, years - after, after, world.space.w_talent, par.population, count)
        zone, sector = (np.repeat(index.ravel(), count.ravel()) for index in np.indices(count.shape))
        starts = np.r_[0, np.cumsum(count.ravel())[:-1]]
        ordinal = np.arange(zone.size) - np.repeat(starts, count.ravel())
        add_bundles(world, zone, sector, ordinal, world.space.w_talent, draw)
        nation.entered[0] += zone.size * world.space.w_talent
    t = world.talent
    count_people(t.alive, t.weight, t.zone, t.sector, t.status, z.talents, z.jobseekers)

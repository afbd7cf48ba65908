"""Population: people enter digital trades and retire.

Entries follow the growth of digital trades measured by INSEE and the map of 2008, not the policy: bundles of
`w_talent` people, numbered by zone, trade and month. Those of retirement age leave, except founders and
employees of startups, who leave with their next change of status.

Entrants come by three ways: the young, some of whom leave university; people from abroad; trainees of digital
mediation, who join as job-seekers with a lower skill. The measured trend counts them all, so that the second and the
third take the place of the young until a policy changes them: only what it adds raises the level. A policy may train
job-seekers with few qualifications, some of whom join digital trades as trainees do, and help people abroad to come, of
whom a part would not have. Graduates are a fixed
number in the nation; a zone draws more of them than before the policy where jobs, pay and students are (MODEL C6.1).
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS
from sim.kernels import kernel, rows_where, total

NAME = "population"
READS = ("zone.uid", "zone.workforce", "zone.brand", "zone.trained", "zone.trained_reference", "zone.trainees",
         "zone.welcomed", "zone.graduates", "zone.graduates_reference", "zone.digital_skills", "nation.goodwill",
         "talent.*")
WRITES = ("talent.*", "nation.entered", "nation.retired", "nation.trend", "zone.talents", "zone.jobseekers")

LAST_YEAR_OF_TREND = 2023
RETIRE_EVERY = 3  # months between the months in which a person of age may leave
# Ways in: purpose of the draw, first number of its bundles, age in months, flow that counts them.
YOUNG, ABROAD, RETRAINED = 0, 1, 2
PURPOSE = np.array([rng.ENTER, rng.ARRIVE, rng.RETRAIN])
FIRST_ORDINAL = np.array([0, 1 << 17, 1 << 18])
YOUNGEST = np.array([22, 25, 25]) * 12
OLDEST = np.array([30, 40, 50]) * 12


def trend(years, years_after, par):
    """Size of digital trades against the start, as measured to 2023 and assumed after."""
    return np.exp(par.trend * years + par.trend_after * years_after)


def entrants(size, years_after, par):
    """People entering a trade of that size in a month: its growth and the replacement of those who retire."""
    growth = par.trend if years_after == 0.0 else par.trend_after
    return size * (growth + par.turnover) / 12.0


def from_abroad(entries, talents, brand, goodwill, par):
    """People who come from abroad in a month, on the path without policy and now, [zones, sectors] (MODEL C6.2).

    A part of entries on that path; more with a visa and with the goodwill of the national brand. They go where
    digital workers are and where the brand shows.
    """
    usual = par.abroad * entries
    now = usual.sum(axis=0) * (1.0 + par.visa) * (1.0 + goodwill) ** par.visibility
    seen = talents * (1.0 + brand)[:, None]
    total = seen.sum(axis=0)
    return usual, np.where(total > 0.0, now * seen / np.maximum(total, 1e-300), usual)


def retrained(trained, workforce, par):
    """Trainees who join digital trades in a month, [zones, sectors] (MODEL C6.4): to trades by their size."""
    return by_trade(par.retraining * trained, workforce)


def by_trade(people_of_zone, workforce):
    """People of each zone over trades, by the size of these, [zones, sectors]."""
    return people_of_zone[:, None] * workforce / np.maximum(workforce.sum(axis=1), 1e-300)[:, None]


def settle_graduates(young, graduates, reference, par):
    """The young by zone once graduates have chosen where to work, [zones, sectors]; as many in the nation."""
    drawn = np.where(reference > 0.0, graduates / np.maximum(reference, 1e-300), 1.0)
    moved = young * drawn
    total = moved.sum(axis=0)
    scale = np.where(total > 0.0, young.sum(axis=0) / np.maximum(total, 1e-300), 1.0)
    return (1.0 - par.graduates) * young + par.graduates * moved * scale


def expected(zone, goodwill, size, years_after, par):
    """People who enter in a month by each way, [ways, zones, sectors]."""
    entries = entrants(size * zone.workforce, years_after, par)
    out = np.zeros((3, *entries.shape))
    out[YOUNG] = entries
    if par.openness == 0:
        usual, out[ABROAD] = from_abroad(entries, zone.talents, zone.brand, goodwill, par)
        out[YOUNG] -= usual
        if zone.welcomed.any():
            out[ABROAD] += by_trade(par.welcome * zone.welcomed, zone.workforce)
    if par.second_chance == 0:
        out[RETRAINED] = retrained(zone.trained, zone.workforce, par)
        out[YOUNG] -= retrained(zone.trained_reference, zone.workforce, par)
        if zone.trainees.any():
            out[RETRAINED] += by_trade(par.trainees * zone.trainees, zone.workforce)
    out[YOUNG] = np.maximum(out[YOUNG], 0.0)
    if par.studies == 0:
        out[YOUNG] = settle_graduates(out[YOUNG], zone.graduates, zone.graduates_reference, par)
    return out


@kernel
def retiring(month, retirement_age, alive, status, turn, birth):
    """Rows of people outside startups who have reached the age of retirement, and whose turn it is."""
    latest, turns = np.int32(math.floor(month - 12.0 * retirement_age)), people.turns_of(month, np.int64(RETIRE_EVERY))
    out = np.empty(birth.size, np.bool_)
    for j in range(birth.size):
        out[j] = people.acts(turns, alive[j], status[j], turn[j]) & (birth[j] <= latest)
    return rows_where(out)


def count_people(world):
    """People and job-seekers by zone and trade."""
    z = world.zone
    found = people.census(world.talent, z.n)
    z.talents[:] = found.sum(axis=2)
    z.jobseekers[:] = found[:, :, JOBSEEKER]


@kernel
def draw_entries(draw, zone_uid, mean, weight):
    """Number of bundles entering by way, zone and trade, from the expected number of people."""
    out = np.empty(mean.shape, np.int64)
    for way in range(len(PURPOSE)):
        for z in range(zone_uid.size):
            for s in range(N_SECTORS):
                out[way, z, s] = rng.poisson(mean[way, z, s] / weight, rng.uniform(draw, PURPOSE[way], zone_uid[z], s))
    return out


@kernel
def list_entries(number):
    """Way, zone, trade and ordinal of each bundle that enters, [n] each, from their number by way, zone and trade."""
    way = np.empty(int(total(number.ravel())), np.int64)
    zone, sector, ordinal = np.empty_like(way), np.empty_like(way), np.empty_like(way)
    k = 0
    for w in range(number.shape[0]):
        for z in range(number.shape[1]):
            for s in range(number.shape[2]):
                for n in range(number[w, z, s]):
                    way[k], zone[k], sector[k], ordinal[k] = w, z, s, FIRST_ORDINAL[w] + n
                    k += 1
    return way, zone, sector, ordinal


def add_bundles(world, zone, sector, ordinal, weight, draw, youngest, oldest):
    """New bundles of `weight` people, sorted by identity; ages and skills are theirs by keyed draws.

    `youngest` and `oldest`, months of age, are numbers or one for each bundle. Returns the rows, in the order given.
    """
    t = world.talent
    uid = rng.pack_uid(rng.KIND_TALENT, zone, sector, world.month, ordinal)
    order = np.argsort(uid, kind="stable")
    claimed = t.add(uid.size)
    rows = np.empty(uid.size, np.int64)
    rows[order] = claimed
    ages = (np.full(uid.size, age, np.float64) for age in (youngest, oldest))
    enter(draw, world.month, rows, uid, zone, sector, weight, *ages, t.uid, t.alive, t.weight, t.zone, t.origin_zone,
          t.sector, t.status, t.turn, t.birth, t.skill)
    return rows


@kernel
def enter(draw, month, rows, identity, home, trade, people_each, youngest, oldest, uid, alive, weight, zone,
          origin_zone, sector, status, turn, birth, skill):
    """Write newcomers into `rows`: age uniform between the bounds, skill lognormal with mean one (spread 0.3)."""
    for k in range(rows.size):
        j = rows[k]
        uid[j], alive[j], weight[j], status[j] = identity[k], True, people_each, ELSEWHERE
        zone[j], origin_zone[j], sector[j] = home[k], home[k], trade[k]
        turn[j] = people.turn_of(uid[j])
        birth[j] = month - int(youngest[k] + (oldest[k] - youngest[k]) * rng.uniform(draw, rng.NEW_AGE, uid[j]))
        z = rng.normal_quantile(rng.uniform(draw, rng.NEW_SKILL, uid[j]))
        skill[j] = np.exp(0.3 * z - 0.045)


def welcome(world, mean, draw, par):
    """Bundles enter by each way: counted, and those retrained look for a job, with a lower skill."""
    z, weight = world.zone, world.space.w_talent
    way, zone, sector, ordinal = list_entries(draw_entries(draw, z.uid, mean, weight))
    rows = add_bundles(world, zone, sector, ordinal, weight, draw, YOUNGEST[way], OLDEST[way])
    t, again = world.talent, rows[way == RETRAINED]
    t.status[again] = JOBSEEKER
    t.skill[again] *= np.float32(par.retrained_skill)
    t.literacy[again] = z.digital_skills[t.zone[again]]
    world.nation.entered[0] += rows.size * weight
    world.count("arrivals", zone[way == ABROAD], weight)
    world.count("retrained", zone[way == RETRAINED], weight)


def step(world, par, draw):
    """Retire the old, let newcomers in, and count people by zone and trade."""
    t, z, nation = world.talent, world.zone, world.nation
    if par.population.active == 0:
        leaving = retiring(world.month, par.population.retirement_age, t.alive, t.status, t.turn, t.birth)
        nation.retired[0] += t.weight[leaving].sum()
        t.alive[leaving] = False
        t.weight[leaving] = 0
        years = world.month / 12.0 - world.space.first_month / 12.0
        after = max(0.0, world.month / 12.0 - (LAST_YEAR_OF_TREND + 1))
        nation.trend[0] = trend(years - after, after, par.population)
        mean = expected(z, nation.goodwill[0], nation.trend[0], after, par.population)
        welcome(world, mean, draw, par.population)
    count_people(world)

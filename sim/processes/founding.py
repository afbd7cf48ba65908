"""Founding (ODD 7.9): people start startups.

Each person has a monthly hazard that depends on age, status, past foundations and on what the zone offers:
peers who founded, related employment, accelerator places (MODEL C2.1). One keyed draw per row decides, so that
a policy which raises the hazard adds founders and removes none.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import EMPLOYEE, FOUNDER, JOBSEEKER, N_SECTORS
from sim.kernels import kernel, total

NAME = "founding"
READS = ("talent.*", "zone.peers", "zone.ecosystem", "zone.places", "zone.talents", "nation.peers_reference",
         "nation.ecosystem_reference", "startup.*")
WRITES = ("talent.*", "startup.*")


FOUND_EVERY = 3  # months between the months in which a person, or one of a startup's people, may found


@kernel
def age_profile(age_years, peak, spread):
    """Frequency of founding by age: a bell (not scaled to a mean of one: the base hazard carries the level)."""
    return math.exp(-0.5 * ((age_years - peak) / spread) ** 2)


@kernel
def status_factor(status, startup_employee, jobseeker):
    """Founding hazard by status, against people employed elsewhere; founders are busy."""
    if status == FOUNDER:
        return 0.0
    if status == EMPLOYEE:
        return startup_employee
    if status == JOBSEEKER:
        return jobseeker
    return 1.0


@kernel
def serial_factor(foundations, serial):
    """Founding hazard by past foundations; nobody founds more than seven times (identities hold no more)."""
    if foundations >= 7:
        return 0.0
    return serial if foundations > 0 else 1.0


@kernel
def place_factor(peers, ecosystem, places_per_1000, par):
    """What the zone adds to the hazard: centred peers and ecosystem, accelerator places (MODEL C2.1)."""
    if par.interactions == 1:
        return 1.0
    return math.exp(par.peers * peers + par.ecosystem * ecosystem + par.incubation * places_per_1000)


@kernel
def quality(skill, succeeded, at_home, noise, par):
    """Latent quality of the firm: the founder's skill, past success, roots, and luck (MODEL C2.3)."""
    # skill is stored in 32 bits: its log is taken in 64, as the interpreter does
    return (par.quality_skill * math.log(np.float64(skill)) + (par.quality_success if succeeded else 0.0)
            + (par.quality_home if at_home else 0.0) + noise)


@kernel
def zone_factors(peers, ecosystem, places, talents, peers_reference, ecosystem_reference, par):
    """Place factor by zone and trade."""
    out = np.empty(ecosystem.shape)
    for z in range(peers.size):
        workers = max(total(talents[z]), 1.0)
        for s in range(N_SECTORS):
            out[z, s] = place_factor(peers[z] - peers_reference, ecosystem[z, s] - ecosystem_reference[s],
                                     1000.0 * places[z] / workers, par)
    return out


@kernel
def age_table(par):
    """Age profile by month of age, to 100 years."""
    out = np.empty(1200)
    for m in range(1200):
        out[m] = age_profile(m / 12.0, par.age_peak, par.age_spread)
    return out


@kernel
def free_founders(month, rows, luck, weight, zone, sector, birth, status, foundations, factor, ages, highest, par):
    """Rows of free people, among those who have their turn, in which somebody founds: one keyed draw a row.

    No hazard is above `highest`: most rows are settled by it, and nothing else need be known of them.
    """
    out = np.empty(rows.size, np.int64)
    n = 0
    for k in range(rows.size):
        j = rows[k]
        if luck[k] >= highest * weight[j]:
            continue
        hazard = FOUND_EVERY * par.base_hazard * ages[month - birth[j]] * factor[zone[j], sector[j]]
        hazard *= status_factor(status[j], par.startup_employee, par.jobseeker)
        hazard *= serial_factor(foundations[j], par.serial)
        if rng.happens(hazard * weight[j], luck[k]):
            out[n] = j
            n += 1
    return out[:n]


@kernel
def spin_offs(draw, month, rows, coming, kept, uid, staff, zone, sector, first_employee, next_employee, birth,
              foundations, factor, ages, par):
    """Employees who leave to found: candidates at the highest hazard anybody can have, kept in proportion to their own.

    One draw a startup rather than one an employee. What counts is the place of work; who is kept depends on age and
    past foundations only, so that a policy adds candidates and changes none. At most one founder a startup and turn.

    Parameters
    ----------
    rows : [n] startups that have their turn
    coming, kept : [n] uniforms of whether there is a candidate, and of whether he or she is kept
    """
    out = np.empty(rows.size, np.int64)
    n = 0
    serial = max(par.serial, 1.0)
    for k in range(rows.size):
        i = rows[k]
        top = FOUND_EVERY * par.base_hazard * factor[zone[i], sector[i]] * par.startup_employee * serial
        if rng.happens(top * (staff[i] - 1), coming[k]):
            place = people.pick(staff[i] - 1, rng.uniform(draw, rng.SPIN_OFF, uid[i], 1))
            j = people.list_staff(i, staff[i] - 1, first_employee, next_employee)[place]
            if kept[k] * serial < ages[month - birth[j]] * serial_factor(foundations[j], par.serial):
                out[n] = j
                n += 1
    return out[:n]


@kernel
def endow(draw, startups, persons, uid, quality_of, cash, skill, succeeded, zone, origin_zone, par):
    """Quality and first cash of newborn startups."""
    for k in range(startups.size):
        i, p = startups[k], persons[k]
        u, v = rng.uniform_pair(draw, rng.QUALITY, uid[i])
        at_home = zone[p] == origin_zone[p]
        quality_of[i] = quality(skill[p], succeeded[p], at_home, rng.normal_quantile(u), par)
        cash[i] = par.initial_cash_eur * math.exp(0.8 * rng.normal_quantile(v))


def highest_hazard(factor, ages, par):
    """A hazard that no free person exceeds in a turn."""
    return FOUND_EVERY * par.base_hazard * max(1.0, par.jobseeker) * max(1.0, par.serial) * ages.max() * factor.max()


def register(world, persons, month):
    """Open a startup for each founder in `persons`, sorted by identity; where it settles is decided later."""
    t, f = world.talent, world.startup
    uid = rng.startup_uids(t.uid[persons], t.foundations[persons])
    order = np.argsort(uid, kind="stable")
    persons, uid = persons[order], uid[order]
    rows = f.add(persons.size)
    f = world.startup
    f.uid[rows], f.alive[rows], f.birth[rows] = uid, True, month
    f.origin_zone[rows] = f.zone[rows] = t.zone[persons]
    f.sector[rows] = t.sector[persons]
    people.become_founder(world, persons, rows)
    return rows, persons


def step(world, par, draw):
    """Decide who founds, single them out of their bundle or employer, and open their startups."""
    if par.founding.active == 1:
        return
    t, z, nation = world.talent, world.zone, world.nation
    factor = zone_factors(z.peers, z.ecosystem, z.places, z.talents, nation.peers_reference[0],
                          nation.ecosystem_reference[0], par.founding)
    ages, f = age_table(par.founding), world.startup
    asked = people.in_turn(t, world.month, FOUND_EVERY)
    luck = rng.uniforms(draw, rng.FOUND, t.uid[asked])
    free = free_founders(world.month, asked, luck, t.weight, t.zone, t.sector, t.birth, t.status, t.foundations, factor,
                         ages, highest_hazard(factor, ages, par.founding), par.founding)
    firms = people.startups_in_turn(world.month, FOUND_EVERY, f.alive, f.uid)
    coming, kept = rng.uniform_pairs(draw, rng.SPIN_OFF, f.uid[firms])
    employees = spin_offs(draw, world.month, firms, coming, kept, f.uid, f.staff, f.zone, f.sector, f.first_employee,
                          t.next_employee, t.birth, t.foundations, factor, ages, par.founding)
    people.leave(world, employees, JOBSEEKER)
    persons = people.single_out(t, np.concatenate([free, employees]), world.month, 0)
    rows, persons = register(world, persons, world.month)
    t, f = world.talent, world.startup
    endow(draw, rows, persons, f.uid, f.quality, f.cash_eur, t.skill, t.succeeded, t.zone, t.origin_zone, par.founding)
    world.pay("households", "startups", "savings", f.zone[rows], f.cash_eur[rows])

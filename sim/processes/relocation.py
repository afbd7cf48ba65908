"""Relocation: some startups move their office.

Each startup may move once a year, in the first month of a quarter, as leases allow; the hazard is thrice as high in the
year after a first innovation or after it outgrew its first office. A move is a nested choice like that of a newborn
startup (MODEL C3.1-C3.3), with the firm's own zone in the place of the founder's home and an attachment to it, the sunk
cost; the old quartier is left for another.

Nursery cities (Duranton and Puga 2001): a startup that is still looking for its product weighs quartiers as the newborn
do, and values a diversity of sectors. A grown one (a first innovation, an office outgrown, or old enough) does not any
more: it values the share of its own sector within commuting reach.

The founder moves with the firm. Inside a labour market employees keep home and job; where the firm goes to another
labour market a share of them follow, and the others become job-seekers where they live.
"""

import math

import numpy as np

from sim import people, rng
from sim.choice import pick_places
from sim.fields import JOBSEEKER, N_SECTORS
from sim.kernels import for_rows, helper, kernel, total
from sim.space import distance_decay

NAME = "relocation"
READS = ("startup.*", "talent.*", "cell.weight", "cell.own", "cell.diversity", "cell.key", "zone.pull",
         "zone.labour_market")
WRITES = ("startup.zone", "startup.cell", "startup.moved", "startup.restless_until", "startup.was_large",
          "startup.staff", "startup.first_employee", "talent.zone", "talent.status", "talent.employer",
          "talent.next_employee", "talent.previous_employee")

MOVE_EVERY = 3  # months: leases end with quarters
YEAR = 12


@kernel
def yearly_hazard(restless, par):
    """Chance of moving in a year, as a hazard."""
    return par.hazard * (par.restless if restless else 1.0)


@helper
def grown_factor(own_share, diversity, drawn_by_diversity, specialisation):
    """Weight of a quartier for a grown firm against a newborn one: its sector's share of jobs around, not diversity."""
    return math.exp(specialisation * own_share - drawn_by_diversity * diversity)


@kernel
def grown_weights(first, last, weight, own, diversity, drawn_by_diversity, specialisation, out):
    """Weights of quartiers for grown firms, [cells, sectors]."""
    for c in range(first, last):
        jobs = max(total(own[c]), 1e-300)
        for s in range(N_SECTORS):
            if weight[c, s] > 0.0:
                factor = grown_factor(own[c, s] / jobs, diversity[c], drawn_by_diversity, specialisation)
                out[c, s] = weight[c, s] * factor
            else:
                out[c, s] = 0.0


@kernel
def grow_restless(month, large, alive, staff, innovations, last_innovation, was_large, restless_until):
    """Note who has just made a first innovation or outgrown a first office: moves are likelier for a year."""
    for i in range(alive.size):
        outgrown = alive[i] & (not was_large[i]) & (staff[i] > large)
        innovated = alive[i] & (innovations[i] == 1) & (last_innovation[i] == month - 1)
        was_large[i] |= outgrown
        if outgrown | innovated:
            restless_until[i] = month + YEAR - 1


@kernel
def those_who_move(month, rows, luck, birth, restless_until, calm, restless):
    """Which of `rows` move, settled ones only; `calm` and `restless` are the chances of moving."""
    out, n = np.empty(rows.size, np.int64), 0
    for k in range(rows.size):
        i = rows[k]
        out[n] = i
        n += (birth[i] < month) & (luck[k] < (restless if restless_until[i] >= month else calm))
    return out[:n]


def movers(world, p, draw):
    """Rows of startups that move this month, settled ones only."""
    f = world.startup
    asked = people.startups_in_turn(world.month // MOVE_EVERY, YEAR // MOVE_EVERY, f.alive, f.uid)
    luck = rng.uniforms(draw, rng.RELOCATE, f.uid[asked])
    calm, restless = (-np.expm1(-yearly_hazard(state, p)) for state in (False, True))
    return those_who_move(world.month, asked, luck, f.birth, f.restless_until, calm, restless)


def weights_for_grown(world, par):
    """Weights of quartiers [cells, sectors] and zones [zones, sectors] for firms that have found their product."""
    c, z = world.cell, world.zone
    weight = np.empty_like(c.weight)
    for_rows(grown_weights, c.n, c.weight, c.own, c.diversity, par.location.diversity, par.relocation.specialisation,
             weight)
    start = world.space.zone_start
    sums = np.zeros((2, z.n, N_SECTORS))
    filled = np.flatnonzero(np.diff(start))
    for k, each in enumerate((c.weight, weight)):
        sums[k, filled] = np.add.reduceat(each, start[filled], axis=0)
    ratio = np.divide(sums[1], sums[0], out=np.zeros_like(sums[0]), where=sums[0] > 0.0)
    return weight, z.pull * ratio**par.location.nest


def choose(world, par, draw, rows, old_zone):
    """New zone and quartier of those who move, written in their rows."""
    c, z, f, space, p = world.cell, world.zone, world.startup, world.space, par.relocation
    near = distance_decay(space, par.location.distance).copy()
    np.fill_diagonal(near, near.diagonal() * math.exp(p.sunk))
    grown = (f.innovations[rows] > 0) | f.was_large[rows] | (world.month - f.birth[rows] >= p.mature)
    keys = space.zone_key, np.argsort(space.zone_key)
    for who, places in ((~grown, lambda: (c.weight, z.pull)), (grown, lambda: weights_for_grown(world, par))):
        if who.any():
            weight, pull = places()
            pick_places(draw, rng.RELOCATE_ZONE, rng.RELOCATE_CELL, rows[who], f.uid, old_zone, f.sector, *keys, pull,
                        near, space.zone_start, c.key, weight, f.zone, f.cell)


@kernel
def list_founders(startups, founder, founders, next_employee):
    """Rows of the founders of these startups."""
    room, n = 0, 0
    for i in startups:
        room += founders[i]
    out = np.empty(room, np.int64)
    for i in startups:
        person = founder[i]
        while person >= 0:
            out[n] = person
            person = next_employee[person]
            n += 1
    return out


def take_people_along(world, p, draw, rows, old_zone):
    """Founders of firms that changed zone move; where they left the labour market, employees follow or stay behind."""
    f, t, market = world.startup, world.talent, world.zone.labour_market
    away = rows[f.zone[rows] != old_zone[rows]]
    team = list_founders(away, f.founder, f.founders, t.next_employee)
    t.zone[team] = f.zone[t.employer[team]]
    far = away[market[f.zone[away]] != market[old_zone[away]]]
    staff = [people.list_staff(i, f.staff[i] - f.founders[i], f.first_employee, t.next_employee) for i in far]
    persons = np.concatenate([np.zeros(0, np.int64), *staff])
    follow = rng.uniforms(draw, rng.FOLLOW, t.uid[persons]) < p.follow
    followers, stay = persons[follow], persons[~follow]
    t.zone[followers] = f.zone[t.employer[followers]]
    world.count("layoffs", old_zone[t.employer[stay]])
    people.leave(world, stay, JOBSEEKER)
    world.count("movers_in", t.zone[team])
    world.count("movers_in", t.zone[followers])


def step(world, par, draw):
    """Note who is restless; in the first month of a quarter, move those whose turn and luck it is."""
    p, f = par.relocation, world.startup
    if p.active == 1:
        return
    grow_restless(world.month, p.large, f.alive, f.staff, f.innovations, f.last_innovation, f.was_large,
                  f.restless_until)
    if world.month % MOVE_EVERY != 0:
        return
    rows = movers(world, p, draw)
    old_zone, old_cell = f.zone.copy(), f.cell[rows]
    choose(world, par, draw, rows, old_zone)
    rows = rows[f.cell[rows] != old_cell]
    f.moved[rows] = world.month
    take_people_along(world, p, draw, rows, old_zone)
    across = rows[f.zone[rows] != old_zone[rows]]
    world.count("relocations", f.zone[rows])
    world.count("relocated_in", f.zone[across])
    world.count("relocated_out", old_zone[across])

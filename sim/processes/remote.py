"""Remote work: employees of startups live where third places have a desk for them (MODEL C19).

An employee whose job can be done at a distance thinks of it once a year, and takes a free desk of another zone, near
and pleasant: a job that moves without its employer. Desks go to those who come first by a keyed draw. Who leaves the
startup, or loses the desk, is remote no more. Without desks nothing happens.
"""

import numpy as np

from sim import rng
from sim.fields import EMPLOYEE
from sim.kernels import kernel, rows_where
from sim.space import closeness

NAME = "remote"
READS = ("talent.uid", "talent.status", "talent.turn", "talent.zone", "talent.employer", "talent.hired",
         "talent.remote", "startup.zone", "startup.remote", "zone.desks", "zone.amenity", "zone.housing_rent")
WRITES = ("talent.remote", "talent.zone", "startup.remote")

THINK_EVERY = 12  # months between the months in which an employee thinks of leaving


def pull_of_desks(free, amenity, housing_rent, par):
    """Weight of a zone for those who may live anywhere: free desks, amenities, cheap flats, [zones] (MODEL C6.1)."""
    return free * np.exp(par.amenity * amenity - par.wage * par.housing * np.log(housing_rent))


def first_come(zone, luck, places):
    """Which of several claims on the places of zones are met: the lowest draws of each zone, up to its places.

    Parameters
    ----------
    zone, luck : [n] zone claimed, and the draw that ranks
    places : [zones] whole places

    Returns
    -------
    met : [n] bool
    """
    order = np.lexsort((luck, zone))
    rank = np.arange(zone.size) - np.searchsorted(zone[order], zone[order])
    met = np.empty(zone.size, bool)
    met[order] = rank < places[zone[order]]
    return met


def ability(draw, uid):
    """A uniform that each person keeps for life: it says who can work at a distance."""
    return rng.uniforms(rng.Draw(draw.seed, np.uint64(0)), rng.REMOTE_ABLE, uid)


@kernel
def still_remote(month, remote, status, hired, zone, employer, startup_zone):
    """Rows of remote employees who still work, since before this month, for a startup of another zone (the employer may
    have come); the others are remote no more.
    """
    rows, n = rows_where(remote), 0
    for k in range(rows.size):
        j = np.uint64(rows[k])
        stays = status[j] == EMPLOYEE and hired[j] != month and zone[j] != startup_zone[employer[j]]
        remote[j] = stays
        rows[n] = rows[k]
        n += stays
    return rows[:n]


def forget(world, places, draw):
    """Those who left their startup are remote no more, nor are those who lose their desk: they go back to its zone."""
    t, f = world.talent, world.startup
    rows = still_remote(world.month, t.remote, t.status, t.hired, t.zone, t.employer, f.zone)
    if (np.bincount(t.zone[rows], minlength=places.size) <= places).all():
        return rows
    keeps = first_come(t.zone[rows].astype(np.int64), ability(draw, t.uid[rows]), places)
    back = rows[~keeps]
    t.remote[back], t.zone[back] = False, f.zone[t.employer[back]]
    return rows[keeps]


@kernel
def asked(month, status, turn, remote):
    """Rows of employees on the spot whose turn it is."""
    out = np.empty(turn.size, np.bool_)
    for j in range(turn.size):
        out[j] = (turn[j] == month) & (status[j] == EMPLOYEE) & (not remote[j])
    return rows_where(out)


def candidates(world, par, draw):
    """Rows of employees who would leave this month: able to, in their turn, by a keyed draw."""
    t = world.talent
    rows = asked(np.int8(world.month % THINK_EVERY), t.status, t.turn, t.remote)
    rows = rows[rows_where(rng.uniforms(draw, rng.WORK_REMOTELY, t.uid[rows]) < par.hazard)]
    return rows[ability(draw, t.uid[rows]) < par.able]


@kernel
def choose_desks(draw, uid, office, zone_key, zone_of_key, pull, near):
    """Zone each candidate chooses, [n]: any but that of the office, by pull and nearness to it; -1 if there is none."""
    out, weight = np.full(uid.size, -1), np.empty(zone_key.size)
    for k in range(uid.size):
        base = office[k]
        for z in range(zone_key.size):
            weight[np.uint64(zone_key[z])] = pull[z] * near[base, z]
        weight[zone_key[base]] = 0.0
        chosen = rng.choose(draw, rng.REMOTE_ZONE, uid[k], rng.ONCE, weight)
        if chosen >= 0:
            out[k] = zone_of_key[chosen]
    return out


def leave_for_desks(world, par, draw, free):
    """Candidates choose a zone with free desks, other than their employer's; the first to come get them."""
    t, f, z, space = world.talent, world.startup, world.zone, world.space
    rows = candidates(world, par.remote, draw) if free.any() else np.zeros(0, np.int64)
    near = closeness(space, par.mobility.gravity)
    to = choose_desks(draw, t.uid[rows], f.zone[t.employer[rows]], space.zone_key, np.argsort(space.zone_key),
                      pull_of_desks(free, z.amenity, z.housing_rent, par.mobility), near)
    rows, to = rows[to >= 0], to[to >= 0]
    met = first_come(to, rng.uniforms(draw, rng.WORK_REMOTELY, t.uid[rows]), free)
    t.remote[rows[met]], t.zone[rows[met]] = True, to[met]
    world.count("moved_remote", to[met])
    return rows[met]


@kernel
def count_by_startup(rows, employer, out):
    """Employees of each startup among `rows`, [startups]."""
    for i in range(out.size):
        out[i] = 0
    for j in rows:
        out[employer[j]] += 1


def step(world, par, draw):
    """Remote employees come and go; startups count theirs."""
    t, f, z = world.talent, world.startup, world.zone
    if par.remote.active == 1 or not (z.desks.any() or f.remote.any() or t.remote.any()):
        return
    places = np.floor(par.remote.desk_share * z.desks).astype(np.int64)
    staying = forget(world, places, draw)
    free = np.maximum(places - np.bincount(t.zone[staying], minlength=z.n), 0)
    leaving = leave_for_desks(world, par, draw, free)
    count_by_startup(np.concatenate([staying, leaving]), t.employer, f.remote)

"""Remote work (ODD 7.14): employees of startups live where third places have a desk for them (MODEL C19).

An employee whose job can be done at a distance thinks of it once a year, and takes a free desk of another zone, near
and pleasant: a job that moves without its employer. Desks go to those who come first by a keyed draw. Who leaves the
startup, or loses the desk, is remote no more. Without desks nothing happens.
"""

import numpy as np

from sim import rng
from sim.fields import EMPLOYEE

NAME = "remote"
READS = ("talent.uid", "talent.alive", "talent.status", "talent.turn", "talent.zone", "talent.employer", "talent.hired",
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


def forget(world, places, draw):
    """Those who left their startup are remote no more, nor are those who lose their desk: they go back to its zone."""
    t, f = world.talent, world.startup
    rows = np.flatnonzero(t.remote)
    stays = t.alive[rows] & (t.status[rows] == EMPLOYEE) & (t.hired[rows] != world.month)
    stays &= t.zone[rows] != f.zone[t.employer[rows]]  # the employer may have come
    t.remote[rows[~stays]] = False
    rows = rows[stays]
    keeps = first_come(t.zone[rows].astype(np.int64), rng.uniforms(rng.Draw(draw.seed, np.uint64(0)), rng.REMOTE_ABLE,
                                                                     t.uid[rows]), places)
    back = rows[~keeps]
    t.remote[back], t.zone[back] = False, f.zone[t.employer[back]]
    return rows[keeps]


def candidates(world, par, draw):
    """Rows of employees who would leave this month: able to, in their turn, by a keyed draw."""
    t = world.talent
    rows = np.flatnonzero(t.alive & (t.status == EMPLOYEE) & ~t.remote & (t.turn == world.month % THINK_EVERY))
    able = rng.uniforms(rng.Draw(draw.seed, np.uint64(0)), rng.REMOTE_ABLE, t.uid[rows]) < par.able
    rows = rows[able]
    return rows[rng.uniforms(draw, rng.WORK_REMOTELY, t.uid[rows]) < par.hazard]


def leave_for_desks(world, par, draw, rows, places, taken):
    """Candidates choose a zone with free desks, other than their employer's; the first to come get them."""
    t, f, z, space = world.talent, world.startup, world.zone, world.space
    free = np.maximum(places - taken, 0)
    pull = pull_of_desks(free, z.amenity, z.housing_rent, par.mobility)
    near, to = space.distance_km ** -par.mobility.gravity, np.full(rows.size, -1)
    zone_of_key, weight = np.argsort(space.zone_key), np.empty(z.n)
    for k, j in enumerate(rows):
        home = f.zone[t.employer[j]]
        weight[space.zone_key] = np.where(np.arange(z.n) != home, pull * near[home], 0.0)
        chosen = rng.choose(draw, rng.REMOTE_ZONE, t.uid[j], 0, weight)
        to[k] = zone_of_key[chosen] if chosen >= 0 else -1
    rows, to = rows[to >= 0], to[to >= 0]
    met = first_come(to, rng.uniforms(draw, rng.WORK_REMOTELY, t.uid[rows]), free)
    t.remote[rows[met]], t.zone[rows[met]] = True, to[met]
    world.count("moved_remote", to[met])
    return rows[met]


def step(world, par, draw):
    """Remote employees come and go; startups count theirs."""
    t, f, z = world.talent, world.startup, world.zone
    if par.remote.active == 1 or not (z.desks.any() or f.remote.any() or t.remote.any()):
        return
    places = np.floor(par.remote.desk_share * z.desks).astype(np.int64)
    staying = forget(world, places, draw)
    leaving = leave_for_desks(world, par, draw, candidates(world, par.remote, draw), places,
                              np.bincount(t.zone[staying], minlength=z.n))
    f.remote[:] = np.bincount(t.employer[np.concatenate([staying, leaving])], minlength=f.n)

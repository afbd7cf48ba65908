"""Accelerators: the places that hubs offer go to the best young startups around, as far as hubs can tell.

A place is a service in kind for a limited stay; its cost counts as aid to those who hold it. Nobody is served beyond
the places paid for in the month: where residents are more, those who have been there longest leave first.
"""

import numpy as np

from sim import rng
from sim.kernels import best_of_groups, kernel, rows_where

NAME = "accelerators"
READS = ("cell.hub_near", "cell.hub_km", "hub.places", "hub.places_eur", "hub.zone", "hub.residents", "startup.uid",
         "startup.alive", "startup.cell", "startup.birth", "startup.quality", "startup.accelerated_until",
         "startup.was_accelerated", "startup.aid_eur")
WRITES = ("hub.residents", "zone.places", "startup.accelerated_until", "startup.was_accelerated", "startup.aid_eur",
          "startup.aided")


@kernel
def merits(draw, uid, quality):
    """Quality of candidates as a hub sees it, [n]: with an error as large as the spread of quality."""
    out = np.empty(uid.size)
    for k in range(uid.size):
        out[k] = quality[k] + rng.normal_quantile(rng.uniform(draw, rng.ADMIT, uid[k]))
    return out


@kernel
def residents(month, alive, accelerated_until):
    """Startups that hold a place."""
    return rows_where(alive & (accelerated_until >= month))


@kernel
def candidates(month, alive, was_accelerated, birth, cell, hub_near, hub_km, room, oldest, reach_km):
    """Young startups within reach of a hub that has room, and that hub."""
    rows = rows_where(alive & ~was_accelerated & (month - birth < oldest) & (cell >= 0))
    hubs, n = np.empty(rows.size, np.int64), 0
    for i in rows:
        hub = hub_near[cell[i]]
        rows[n], hubs[n] = i, hub
        n += hub_km[cell[i]] <= reach_km and room[hub] >= 1.0
    return rows[:n], hubs[:n]


def leave(world, month):
    """Where residents exceed the places paid for, those who have been there longest leave first, ties by identity.

    Returns
    -------
    rows of the residents who stay
    """
    h, f = world.hub, world.startup
    here = residents(month, f.alive, f.accelerated_until)
    hub = world.cell.hub_near[f.cell[here]]
    too_many = np.bincount(hub, minlength=h.n) - np.floor(h.places)
    if not (too_many > 0.0).any():
        return here
    order = np.lexsort((f.uid[here], f.accelerated_until[here], hub))
    rank = np.arange(order.size) - np.searchsorted(hub[order], hub[order])
    leaves = rank < too_many[hub[order]]
    f.accelerated_until[here[order[leaves]]] = month - 1
    return here[order[~leaves]]


def admit(world, policy, par, draw, month):
    """Fill accelerator places: young startups within reach, best first as far as the hub can tell."""
    h, f, c = world.hub, world.startup, world.cell
    staying = leave(world, month)
    h.residents[:] = np.bincount(c.hub_near[f.cell[staying]], minlength=h.n)
    room = np.floor(h.places - h.residents)
    if (room >= 1.0).any():
        young, hub = candidates(month, f.alive, f.was_accelerated, f.birth, f.cell, c.hub_near, c.hub_km, room,
                                par.accelerator_age, par.reach_km)
        uid = f.uid[young]
        admitted = young[best_of_groups(hub, merits(draw, uid, f.quality[young]), uid, room)]
        f.accelerated_until[admitted] = month + int(policy.term("accelerator", "stay", 12)) - 1
        f.was_accelerated[admitted] = True
        h.residents += np.bincount(c.hub_near[f.cell[admitted]], minlength=h.n)
        staying = np.concatenate([staying, admitted])
    help_residents(world, staying)


def help_residents(world, staying):
    """Book the cost of a place to each resident: the money goes to the operator, the service to the startup."""
    f, c, h = world.startup, world.cell, world.hub
    hub = c.hub_near[f.cell[staying]]
    f.aid_eur[staying] += h.places_eur[hub] / h.places[hub]
    f.aided[staying] = True


def step(world, par, draw):
    """Count places by zone, fill them, help those who hold one."""
    if par.policy is None or world.hub.n == 0:
        return
    world.zone.places[:] = np.bincount(world.hub.zone, world.hub.places, world.zone.n)
    admit(world, par.policy, par.public, draw, world.month)

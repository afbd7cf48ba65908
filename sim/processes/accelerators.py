"""Accelerators: the places that hubs offer go to the best young startups around, as far as hubs can tell.

A place is a service in kind for a limited stay; its cost counts as aid to those who hold it. Nobody is served beyond
the places paid for in the month: where residents are more, those who have been there longest leave first.
"""

import numpy as np

from sim import rng
from sim.kernels import kernel

NAME = "accelerators"
READS = ("cell.hub_near", "cell.hub_km", "hub.places", "hub.places_eur", "hub.zone", "hub.residents", "startup.uid",
         "startup.alive", "startup.cell", "startup.birth", "startup.quality", "startup.accelerated_until",
         "startup.was_accelerated", "startup.aid_eur")
WRITES = ("hub.residents", "zone.places", "startup.accelerated_until", "startup.was_accelerated", "startup.aid_eur",
          "startup.aided")


@kernel
def merits(draw, startups, uid, quality):
    """Quality of candidates as a hub sees it: with an error as large as the spread of quality."""
    out = np.empty(startups.size)
    for k in range(startups.size):
        error = rng.normal_quantile(rng.uniform(draw, rng.ADMIT, uid[startups[k]]))
        out[k] = quality[startups[k]] + error
    return out


def residents(f, month):
    """Startups that hold a place, [n]."""
    return np.flatnonzero(f.alive & (f.accelerated_until >= month))


def leave(world, month):
    """Where residents exceed the places paid for, those who have been there longest leave first, ties by identity."""
    h, f = world.hub, world.startup
    here = residents(f, month)
    hub = world.cell.hub_near[f.cell[here]]
    order = np.lexsort((f.uid[here], f.accelerated_until[here], hub))
    rank = np.arange(order.size) - np.searchsorted(hub[order], hub[order])
    too_many = np.bincount(hub, minlength=h.n) - np.floor(h.places)
    f.accelerated_until[here[order[rank < too_many[hub[order]]]]] = month - 1


def admit(world, policy, par, draw, month):
    """Fill accelerator places: young startups within reach, best first as far as the hub can tell."""
    h, f, c = world.hub, world.startup, world.cell
    leave(world, month)
    staying = residents(f, month)
    h.residents[:] = np.bincount(c.hub_near[f.cell[staying]], minlength=h.n)
    room = np.floor(h.places - h.residents)
    if (room >= 1.0).any():
        eligible = f.alive & ~f.was_accelerated & (month - f.birth < par.accelerator_age) & (f.cell >= 0)
        young = np.flatnonzero(eligible & (c.hub_km[f.cell] <= par.reach_km))
        young = young[room[c.hub_near[f.cell[young]]] >= 1.0]
        hub = c.hub_near[f.cell[young]]
        order = np.lexsort((f.uid[young], -merits(draw, young, f.uid, f.quality), hub))
        rank = np.arange(order.size) - np.searchsorted(hub[order], hub[order])
        admitted = young[order[rank < room[hub[order]]]]
        f.accelerated_until[admitted] = month + int(policy.term("accelerator", "stay", 12)) - 1
        f.was_accelerated[admitted] = True
        h.residents += np.bincount(c.hub_near[f.cell[admitted]], minlength=h.n)
    help_residents(world, month)


def help_residents(world, month):
    """Book the cost of a place to each resident: the money goes to the operator, the service to the startup."""
    f, c, h = world.startup, world.cell, world.hub
    staying = residents(f, month)
    hub = c.hub_near[f.cell[staying]]
    f.aid_eur[staying] += h.places_eur[hub] / h.places[hub]
    f.aided[staying] = True


def step(world, par, draw):
    """Count places by zone, fill them, help those who hold one."""
    if par.policy is None or world.hub.n == 0:
        return
    world.zone.places[:] = np.bincount(world.hub.zone, world.hub.places, world.zone.n)
    admit(world, par.policy, par.public, draw, world.month)

"""Pipelines: hubs work together, and with foreign capitals (MODEL C.15).

A link between two hubs grows with the staff paid for it and the quality of both governances, and decays; each hub
divides its links equally among the others. Through a link those in a hub's quartiers feel part of the employment
around its far end, as if it were near: as much as the *gatekeepers* of that end, a few of its startups, pass on. It
also brings nearer the investors of the capital. What Paris is to the others, a showcase that relays what it gets (1)
or a vacuum (-1), nobody knows: the role is swept.
"""

import numpy as np

from sim.siting import in_capital

NAME = "pipelines"
READS = ("hub.*", "link.*", "cell.near", "cell.hub", "cell.startups", "zone.labour_market", "zone.workforce",
         "zone.reach")
WRITES = ("link.strength", "hub.abroad", "cell.linked", "zone.reach")

CAPITALS = 9.0  # foreign places that the charter of 2013 compares itself with, from London to Shanghai
MONTHS_BETWEEN_FIELDS = 3  # as fields of what is near


def next_strength(strength, effort, quality, par):
    """Strength of a link a month later (MODEL C15.1), exactly: `effort` is the part of it that is paid for, `quality`
    the geometric mean of both governances."""
    growth = par.growth * quality * effort
    speed = growth + par.decay
    goal = np.where(speed > 0.0, growth / np.maximum(speed, 1e-12), strength)
    return goal + (strength - goal) * np.exp(-speed / 12.0)


def passed_on(startups, par):
    """Part of what a hub knows that its gatekeepers pass on: the chance that there is one (MODEL C15.1)."""
    return -np.expm1(-par.gatekeepers * startups) if par.gates == 0 else np.ones_like(startups)


def brought_nearer(strength, role, par):
    """Part of the distance to investors of the capital that a link with it takes away (MODEL C15.1-C15.2)."""
    return np.minimum(par.corridor * strength * (1.0 + role), 1.0)


def connect(world, par):
    """Links grow with what is paid for them, and decay."""
    h, links = world.hub, world.link
    if not (h.links.any() or h.foreign_links.any() or links.strength.any() or h.abroad.any()):
        return
    active = h.labelled.astype(float)
    each = active * h.links / max(active.sum() - 1.0, 1.0)
    effort = np.minimum(each[links.one] + each[links.other], 1.0) * active[links.one] * active[links.other]
    quality = np.sqrt(h.governance[links.one] * h.governance[links.other])
    links.strength[:] = next_strength(links.strength, effort, quality, par)
    abroad = active * np.minimum(h.foreign_links / CAPITALS, 1.0)
    h.abroad[:] = next_strength(h.abroad, abroad, h.governance, par)


def learn_from_afar(world, par):
    """What quartiers of hubs feel of the far ends of their links."""
    h, c, links = world.hub, world.cell, world.link
    inside = np.flatnonzero(c.hub >= 0)
    startups = np.bincount(c.hub[inside], c.startups[inside].sum(axis=1), h.n)
    told = c.near[h.cell] * passed_on(startups, par)[:, None]
    felt = np.zeros_like(told)
    np.add.at(felt, links.one, links.strength[:, None] * told[links.other])
    np.add.at(felt, links.other, links.strength[:, None] * told[links.one])
    felt += h.abroad[:, None] * told.max(axis=0)
    c.linked[inside] = par.knowledge * felt[c.hub[inside]]


def shorten(world, par):
    """Distance to investors that the links of each zone's hubs with the capital take away."""
    h, z, links = world.hub, world.zone, world.link
    capital = in_capital(world)[h.zone]
    z.reach[:] = 0.0
    for near, far in ((links.one, links.other), (links.other, links.one)):
        to_capital = np.flatnonzero(capital[far] & ~capital[near])
        reach = brought_nearer(links.strength[to_capital], par.capital_role, par)
        np.maximum.at(z.reach, h.zone[near[to_capital]], reach)


def step(world, par, draw):
    """Links of hubs, what is learnt through them, and whom they bring near."""
    policy, p = par.policy, par.pipelines
    if policy is None or world.hub.n == 0 or p.active == 1:
        return
    connect(world, p)
    if world.link.strength.any() or world.hub.abroad.any():
        if world.month % MONTHS_BETWEEN_FIELDS == 0:
            learn_from_afar(world, p)
        shorten(world, p)

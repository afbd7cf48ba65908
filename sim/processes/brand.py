"""Brand: national spending builds goodwill, of which each labelled hub has its share (MODEL C.16).

Goodwill is forgotten and built; champions, and exits of firms with much public money, add to it, failures of such firms
take away, as far as there is a brand that people look at: of other firms it is not said that the brand made them. A
hub's share rises with its score and its size, and falls with the number of labels where attention is divided. What a
hub spends on a showcase of its own is its alone. The showcase of the capital is relayed to others, through links above
all, or draws on theirs: its role is that of `pipelines`.
"""

import numpy as np

from sim.fields import GAVE_UP
from sim.kernels import kernel, total
from sim.siting import in_capital

NAME = "brand"
READS = ("nation.goodwill", "nation.brand_eur", "hub.*", "link.*", "zone.labour_market", "zone.workforce", "cell.hub",
         "cell.startups", "startup.alive", "startup.closed", "startup.aid_eur", "startup.champion_until",
         "startup.cause", "startup.acquired")
WRITES = ("nation.goodwill", "hub.brand", "hub.showcase", "zone.brand")

USUAL_SIZE = 100.0  # startups in a hub of which the size counts as one: assumption


def next_goodwill(goodwill, yearly_eur, decay, scale_eur):
    """National goodwill: past spending forgotten, new spending with diminishing returns (MODEL C16.1, scaled to
    one).
    """
    return goodwill + (decay / 12.0) * (np.sqrt(yearly_eur / scale_eur) - goodwill)


def noticed(goodwill, successes, failures, par):
    """Goodwill after what happened to firms is noticed, as far as there is a brand to look at (MODEL C16.1)."""
    change = par.success * successes - par.failure * failures
    return max(goodwill + change * min(goodwill, 1.0), 0.0)


def brand_share(goodwill, score, size, labels, par):
    """Share of the brand a hub enjoys (MODEL C16.2): a common good (dilution 0) or attention divided (1)."""
    return goodwill * score**par.merit * (size / USUAL_SIZE) ** par.size / labels**par.dilution


def touched(strength, relay):
    """Part of a hub that the capital's role touches: all of it at a full link, some of it without one."""
    return relay + (1.0 - relay) * strength


@kernel
def _count_events(month, aid_eur, acquired, closed, cause, alive, champion_until, noticed_eur):
    champions, exits, failed = 0, 0, 0
    for i in range(alive.size):
        known = aid_eur[i] >= noticed_eur
        champions += alive[i] & (champion_until[i] >= month)
        exits += known & (acquired[i] == month - 1) & (acquired[i] >= 0)
        failed += known & (closed[i] == month - 1) & (closed[i] >= 0) & (cause[i] <= GAVE_UP)
    return champions, exits, failed


def events(world, par):
    """What the month's press writes of, successes and failures: champions, a twelfth each, and last month's exits and
    failures after much public money.
    """
    f = world.startup
    champions, exits, failed = _count_events(world.month, f.aid_eur, f.acquired, f.closed, f.cause, f.alive,
                                             f.champion_until, par.noticed_eur)
    return champions / 12.0 + exits, float(failed)


@kernel
def startups_of_hubs(hub, startups, hubs):
    """Startups in the quartiers of each hub, [hubs]."""
    out = np.zeros(hubs)
    for c in range(hub.size):
        if hub[c] >= 0:
            out[hub[c]] += total(startups[c])
    return out


def share_brand(world, par):
    """Share of the brand of each hub, its own showcase included."""
    h, c = world.hub, world.cell
    labels = max(float(h.labelled.sum()), 1.0)
    h.showcase[:] = next_goodwill(h.showcase, 12.0 * h.showcase_eur, par.decay, par.scale_eur)
    size = 1.0 + startups_of_hubs(c.hub, c.startups, h.n)
    shared = brand_share(world.nation.goodwill[0], h.score, size, labels, par)
    h.brand[:] = np.where(h.labelled, h.showcase + shared, 0.0)


def relay(world, role, par):
    """The capital's showcase is relayed to hubs and zones outside it, or draws on theirs (MODEL C15.2)."""
    h, z, links = world.hub, world.zone, world.link
    capital = in_capital(world)
    of_capital, strength = capital[h.zone], np.zeros(h.n)
    for near, far in ((links.one, links.other), (links.other, links.one)):
        np.maximum.at(strength, near, np.where(of_capital[far], links.strength, 0.0))
    shown = h.brand[of_capital].max(initial=0.0)
    part = abs(role) * touched(strength, par.relay)
    h.brand[:] *= np.where(of_capital, 1.0 + max(-role, 0.0) * par.relay, 1.0 - part * (role < 0.0))
    h.brand[:] += np.where(of_capital | ~h.labelled, 0.0, part * (role > 0.0) * shown)
    np.maximum.at(z.brand, h.zone, h.brand)
    z.brand[:] += np.where(capital | (z.brand > 0.0), 0.0, max(role, 0.0) * par.relay * shown)


def step(world, par, draw):
    """Goodwill is forgotten, built and talked about; hubs and zones get their share."""
    policy, nation, p = par.policy, world.nation, par.brand
    if policy is None or world.month < policy.first:
        return
    nation.goodwill[0] = next_goodwill(nation.goodwill[0], 12.0 * nation.brand_eur[0], p.decay, p.scale_eur)
    if p.events == 0:
        nation.goodwill[0] = noticed(nation.goodwill[0], *events(world, p), p)
    if world.hub.n:
        share_brand(world, p)
        world.zone.brand[:] = 0.0
        relay(world, par.pipelines.capital_role if par.pipelines.active == 0 else 0.0, p)

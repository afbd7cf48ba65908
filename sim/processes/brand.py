"""Brand: national spending builds goodwill, shared among the labelled hubs by their score (MODEL C.16)."""

import math

import numpy as np

from sim.kernels import kernel

NAME = "brand"
READS = ("nation.goodwill", "nation.brand_eur", "hub.score", "hub.zone")
WRITES = ("nation.goodwill", "hub.brand", "zone.brand")


@kernel
def next_goodwill(goodwill, yearly_eur, decay, scale_eur):
    """National goodwill: past spending forgotten, new spending with diminishing returns (MODEL C16.1, scaled to
    one).
    """
    return goodwill + (decay / 12.0) * (math.sqrt(yearly_eur / scale_eur) - goodwill)


@kernel
def brand_share(goodwill, score, labels, dilution):
    """Share of the brand a hub enjoys (MODEL C16.2): a common good (dilution 0) or attention divided (1)."""
    return goodwill * score / labels**dilution


def share_brand(world, par):
    """Brand of each hub and of its zone."""
    h, z = world.hub, world.zone
    h.brand[:] = [brand_share(world.nation.goodwill[0], x, float(h.n), par.brand.dilution) for x in h.score]
    z.brand[:] = 0.0
    np.maximum.at(z.brand, h.zone, h.brand)


def step(world, par, draw):
    """Goodwill is forgotten and built; hubs and zones get their share."""
    policy, nation = par.policy, world.nation
    if policy is None or world.month < policy.first:
        return
    nation.goodwill[0] = next_goodwill(nation.goodwill[0], 12.0 * nation.brand_eur[0], par.brand.decay,
                                       par.brand.scale_eur)
    if world.hub.n:
        share_brand(world, par)

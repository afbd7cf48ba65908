"""Where what public money builds stands: one rule in every arm, the best connected quartier."""

from __future__ import annotations

import numpy as np

from sim.world import World


def best_connected(world: World, rows: np.ndarray) -> int:
    """Row of `rows` of quartiers with most related employment within a walk, the lowest key of two as good."""
    c = world.cell
    merit = c.near[rows].sum(axis=1)
    return int(rows[np.lexsort((c.key[rows], -merit))[0]])


def in_capital(world: World) -> np.ndarray:
    """Which zones are of the labour market with most digital workers at the start, [zones]."""
    z = world.zone
    return z.labour_market == np.bincount(z.labour_market, z.workforce.sum(axis=1)).argmax()


def centres(world: World) -> np.ndarray:
    """Best connected quartier of each zone, [zones]."""
    c = world.cell
    order = np.lexsort((c.key, -c.near.sum(axis=1), c.zone))
    return order[np.searchsorted(c.zone[order], np.arange(world.zone.n))]

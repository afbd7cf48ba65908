"""Stability number G: does a place that gains a little more than its share go on gaining? (MODEL C3.4-C3.5)

Entry shares x follow dx/dt = rate * (P(x) - x), P the shares that newborn startups choose when startups are at x. Below
one, differences between places fade and a small label shifts the labelled share by a little, multiplied by 1/(1 - G);
above one, history decides. Home bias does not move the limit, it slows the way there, and is left out; so is free
floor, which is built in the long run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels import for_rows
from sim.processes import spillovers
from sim.space import Neighbours
from sim.world import World

STEP = 1e-4  # of a log, to measure slopes


def two_regions(pull: float, coupling: float, dispersion: float) -> float:
    """G of two equal regions (MODEL C3.4).

    Parameters
    ----------
    pull : elasticity of appeal to what is near (beta_A)
    coupling : weight of the other region's startups against one's own (phi)
    dispersion : aversion to rents times their elasticity (beta_r xi)
    """
    return pull * (1.0 - coupling) / (1.0 + coupling) - dispersion


def critical_pull(coupling: float, dispersion: float) -> float:
    """Elasticity at which two equal regions tip (MODEL C3.4)."""
    return (1.0 + dispersion) * (1.0 + coupling) / (1.0 - coupling)


def label_shift(label: float, number: float) -> float:
    """Share that a small label utility moves to one of two equal regions, for G below one (MODEL C3.5)."""
    return label / 4.0 / (1.0 - number)


def where_from(lists: Neighbours, zone: np.ndarray, staff: np.ndarray, importance: np.ndarray,
               zones: int) -> np.ndarray:
    """Part of what each zone's quartiers feel that comes from each zone, [zones, zones].

    Parameters
    ----------
    staff : [cells] what is felt
    importance : [cells] weight of each quartier in its zone
    """
    felt = lists.weight * staff[lists.cell]
    row = np.repeat(np.arange(zone.size), np.diff(lists.start))
    total = np.bincount(row, felt, zone.size)
    part = felt * (importance / np.maximum(total, 1e-300))[row]
    return np.bincount(zone[row].astype(np.int64) * zones + zone[lists.cell], part, zones * zones).reshape(zones, zones)


def slopes(world: World, par: Any) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the benefit of what is within a walk, and of the labour pool, per log point, [cells, sectors] each."""
    c, nation, p = world.cell, world.nation, par.spillovers
    form = spillovers.ELASTICITY if p.form == spillovers.HUMP else p.form
    median, more = nation.near_median[0], np.empty_like(c.near)
    terms = median, p.least_fte / median, p.walk_scale_fte / median, p.threshold, form
    less = np.empty_like(c.near)
    for_rows(spillovers.benefits, c.n, c.near * np.exp(STEP), *terms, more)
    for_rows(spillovers.benefits, c.n, c.near, *terms, less)
    return (more - less) / STEP, c.around / (c.around + p.commute_scale_fte)


def stability(world: World, par: Any) -> float:
    """G of the world as it is, by zone and over all sectors: largest eigenvalue of the Jacobian of entry shares."""
    c, z, space, p = world.cell, world.zone, world.space, par.location
    staff = c.staff.sum(axis=1)
    if not staff.any():
        return 0.0
    by_sector = c.staff.sum(axis=0) / staff.sum()
    sums = np.zeros((z.n, c.weight.shape[1]))
    for s in range(sums.shape[1]):
        sums[:, s] = np.bincount(c.zone, c.weight[:, s], z.n)
    chosen = c.weight / np.maximum(sums[c.zone], 1e-300) * by_sector  # where a zone's newborn startups settle
    near, pool = slopes(world, par)
    felt = p.walk * where_from(space.near, c.zone, staff, (chosen * near).sum(axis=1), z.n)
    felt += p.commute * where_from(space.around, c.zone, staff, (chosen * pool).sum(axis=1), z.n)
    rents = p.rent * par.rents.elasticity if par.rents.active == 0 else 0.0
    response = p.nest * (felt - rents * np.eye(z.n))
    share = np.bincount(c.zone, staff, z.n) / staff.sum()
    return float(np.linalg.eigvals(response - share @ response).real.max())

"""Choice of a place, shared by those who settle and those who move: first a zone, then one of its quartiers.

A nested logit by keyed draws (MODEL C3.2-C3.3): the smallest of keyed exponentials over weights. A place that gains
appeal takes firms from others, and moves nobody else.
"""

from __future__ import annotations

import numpy as np

from sim import rng
from sim.kernels import kernel


@kernel
def pick_cell(draw, purpose, uid, first, last, key, weight, left):
    """Quartier among ``first..last - 1``, other than `left`, by keyed choice; -1 if none has weight."""
    by_key = np.empty(last - first)
    for c in range(first, last):
        by_key[np.uint64(key[c])] = weight[c]
    if first <= left < last:
        by_key[key[left]] = 0.0
    chosen = rng.choose(draw, purpose, uid, rng.ONCE, by_key)
    if chosen >= 0:
        for c in range(first, last):
            if key[c] == chosen:
                return c
    return -1


@kernel
def pick_places(draw, zone_purpose, cell_purpose, rows, uid, base, sector, zone_key, zone_of_key, zone_weight,
                near_base, zone_start, key, cell_weight, zone, cell):
    """Zone, then quartier, of each firm of `rows`; a firm that has a quartier goes to another one.

    Where no zone has weight the zone is `base`; where no quartier has, a settled firm stays and a newborn one takes the
    first.

    Parameters
    ----------
    base : [firms] zone from which distance counts
    near_base : [zones, zones] weight of a zone seen from a base
    zone, cell : [firms] written
    """
    zones = np.empty(zone_key.size)
    for i in rows:
        s, here = sector[i], base[i]
        for z in range(zone_key.size):
            zones[np.uint64(zone_key[z])] = zone_weight[z, s] * near_base[here, z]
        chosen = rng.choose(draw, zone_purpose, uid[i], rng.ONCE, zones)
        to = zone_of_key[chosen] if chosen >= 0 else here
        first, last = zone_start[to], zone_start[to + 1]
        place = pick_cell(draw, cell_purpose, uid[i], first, last, key, cell_weight[:, s], cell[i])
        if place >= 0 or cell[i] < 0:
            zone[i] = to
            cell[i] = place if place >= 0 else first

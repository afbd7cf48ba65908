"""What holds for a whole labour market, at each of its zones: sums, unemployment. Île-de-France is one market."""

from __future__ import annotations

import numpy as np

from sim.kernels import kernel
from sim.world import Table


@kernel
def by_market(labour_market, values):
    """Sums over the zones of each labour market, at each of its zones, [zones, sectors]."""
    markets = 0
    for z in range(labour_market.size):
        markets = max(markets, labour_market[z] + 1)
    sums, out = np.zeros((markets, values.shape[1])), np.empty(values.shape)
    for z in range(labour_market.size):
        for s in range(values.shape[1]):
            sums[labour_market[z], s] += values[z, s]
    for z in range(labour_market.size):
        for s in range(values.shape[1]):
            out[z, s] = sums[labour_market[z], s]
    return out


def unemployment(zone: Table, reference: float) -> np.ndarray:
    """Share of job-seekers in the labour market of each zone, [zones, sectors]; `reference` where nobody is."""
    seeking, people = by_market(zone.labour_market, zone.jobseekers), by_market(zone.labour_market, zone.talents)
    return np.where(people > 0.0, seeking / np.maximum(people, 1.0), reference)

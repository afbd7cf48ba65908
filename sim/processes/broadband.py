"""Broadband: ultra-fast access is rolled out, dense quartiers first.

A national curve by density, imposed (MODEL C.20). Public money may put a quartier ahead of it by some months; without
any, none is.
"""

import numpy as np

NAME = "broadband"
READS = ("cell.population", "cell.area_km2", "cell.broadband_ahead")
WRITES = ("cell.broadband",)

USUAL_DENSITY = 1000.0  # people per km2 of a quartier that follows the middle of the curve
MONTHS_BETWEEN_LOOKS = 3


def coverage(year, density, ahead, par):
    """Share of premises with access: a logistic curve of time, later where people are few (MODEL C.20).

    Parameters
    ----------
    year : number, in years and parts of a year
    density, ahead : [n] people per km2; months gained by public money
    """
    late = par.midpoint - par.lag * np.log10(np.maximum(density, 1e-3) / USUAL_DENSITY)
    return 1.0 / (1.0 + np.exp(-(year + ahead / 12.0 - late) / par.pace))


def step(world, par, draw):
    """Roll out, by quarter."""
    if par.broadband.active == 1 or world.month % MONTHS_BETWEEN_LOOKS:
        return
    c = world.cell
    density = c.population / np.maximum(c.area_km2, 1e-9)
    c.broadband[:] = coverage(world.month / 12.0, density, c.broadband_ahead, par.broadband)

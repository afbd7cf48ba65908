"""Wages and housing: pay follows density, rents and unemployment; rents of flats follow residents.

The wage curve of each zone and trade (MODEL C5.3): pay rises with the density and the rent of flats of the place, and
falls with the unemployment of the labour market, slowly. Rents of flats rise where more digital workers live than
the map of the start and the measured growth of digital trades would have there.
"""

import numpy as np

from sim.labour_markets import unemployment

NAME = "wages"
READS = ("zone.wage_place", "zone.labour_market", "zone.talents", "zone.jobseekers", "zone.workforce",
         "zone.population", "zone.housing_reference", "nation.unemployment_reference", "nation.trend")
WRITES = ("zone.wage", "zone.housing_rent")

RENTS_EVERY = 12  # months between revisions of the rent of flats


def next_wage(wage, place, dearer, unemployment, reference, par):
    """Wages move towards their level for the place, its rents and unemployment (MODEL C5.3), [zones, sectors].

    Parameters
    ----------
    wage : [zones, sectors], one on average
    place : [zones] log wage of the place at the reference unemployment
    dearer : [zones] log of the rent of flats over that of the start
    unemployment : [zones, sectors] share of job-seekers in the labour market
    reference : that share in the nation before the policy
    """
    target = (place + par.wage_rent * dearer)[:, None]
    target = target - par.wage_curve * np.log(np.maximum(unemployment, 1e-3) / reference)
    return np.exp(np.log(wage) + par.wage_speed * (target - np.log(wage)))


def housing_rent(reference, residents, expected, population, pressure):
    """Rent of flats: rises with digital workers beyond those expected, as a share of residents (EUR/m2/month)."""
    more = (residents - expected) / np.maximum(population, 1.0)
    return reference * np.exp(pressure * np.log(np.maximum(1.0 + more, 0.1)))


def step(world, par, draw):
    """Move wages; revise rents once a year."""
    if par.wages.active == 1:
        return
    z, nation = world.zone, world.nation
    if world.month % RENTS_EVERY == 0:
        z.housing_rent[:] = housing_rent(z.housing_reference, z.talents.sum(axis=1),
                                         nation.trend[0] * z.workforce.sum(axis=1), z.population,
                                         par.mobility.rent_pressure)
    reference = nation.unemployment_reference[0]
    dearer = np.log(z.housing_rent / z.housing_reference)
    z.wage[:] = next_wage(z.wage, z.wage_place, dearer, unemployment(z, reference), reference, par.labour)

"""Creative districts: artists look for cheap and lively floor, make it livelier, and are priced out.

Creative workers of a zone choose among its quartiers; a wasteland counts as floor at a low rent. Where they and the
people of startups are many, convivial places open; where both are dense, people who did not plan to meet do. Rising
rents push creative workers out. By quarter.
"""

import numpy as np

from sim.kernels import kernel, total

NAME = "creatives"
READS = ("cell.zone", "cell.area_km2", "cell.floor_m2", "cell.wasteland_m2", "cell.other_m2", "cell.rent",
         "cell.rent_before", "cell.amenity", "cell.staff", "cell.creatives", "cell.creatives_m2", "cell.conviviality",
         "cell.conviviality_base", "cell.venues", "zone.creatives")
WRITES = ("cell.creatives", "cell.creatives_m2", "cell.other_m2", "cell.conviviality", "cell.serendipity",
          "cell.rent_before")

MONTHS_BETWEEN_LOOKS = 3  # in February, May, August and November


def lofts(wasteland_m2, par):
    """Wasteland, in m2 of ordinary floor that would attract as many creative workers at its rent."""
    return wasteland_m2 * par.wasteland_rent**-par.rent


def attraction(floor_m2, wasteland_m2, rent, amenity, conviviality, par):
    """Weight of a quartier in the choice of creative workers: floor times exp(appeal) (MODEL C4.4), [n]."""
    appeal = (par.amenity * amenity - par.rent * np.log(rent)
              + par.conviviality * np.log(np.maximum(conviviality, 1e-9)))
    return (floor_m2 + lofts(wasteland_m2, par)) * np.exp(appeal)


def shares(weight, zone, zones):
    """Share of each quartier in the summed weights of its zone; zero where they are zero, [n]."""
    total = np.bincount(zone, weight, zones)[zone]
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0)


def priced_out(rent_before, rent, par):
    """Share of creative workers whom the rise of rent since the last look drives away (MODEL C4.4), [n].

    Of those who would have stayed: a quarter of the yearly share looks for another place anyway.
    """
    return (1.0 - par.speed / 4.0) * (1.0 - np.minimum(rent_before / rent, 1.0) ** par.displacement)


def next_creatives(creatives, target, leaving, par):
    """Creative workers after a quarter: some look for a better place, some must leave (MODEL C4.4), [n]."""
    return creatives + par.speed / 4.0 * (target - creatives) - leaving * creatives


def liveliness(base, creatives, staff, area_km2, par):
    """Convivial places per km2 that creative workers and people of startups keep open (MODEL C4.5), [n].

    Both enter by their number per km2, so that splitting a quartier changes nothing.
    """
    return base * np.exp(par.liven * np.log1p(creatives / area_km2) + par.liven_staff * np.log1p(staff / area_km2))


def serendipity(conviviality, people, area_km2, par):
    """Chance of fruitful encounters, in [0, 1): convivial places times people around (MODEL C4.6), [n]."""
    return -np.expm1(-conviviality * people / (area_km2 * par.encounter_scale))


def used_m2(creatives, floor_m2, wasteland_m2, par):
    """Floor used by creative workers who do not stand on a wasteland, [n]."""
    cheap = lofts(wasteland_m2, par)
    return par.m2_per_person * creatives * np.divide(floor_m2, floor_m2 + cheap, out=np.zeros_like(floor_m2),
                                                     where=floor_m2 + cheap > 0.0)


@kernel
def people_of_startups(staff):
    """People of startups in each quartier, [n]: whole numbers, whose sum is exact in any order."""
    out = np.empty(staff.shape[0])
    for c in range(out.size):
        out[c] = total(staff[c])
    return out


def step(world, par, draw):
    """Creative workers move or are priced out; then districts liven up."""
    if par.creatives.active == 1 or world.month % MONTHS_BETWEEN_LOOKS != 1:
        return
    c, z, p = world.cell, world.zone, par.creatives
    share = shares(attraction(c.floor_m2, c.wasteland_m2, c.rent, c.amenity, c.conviviality, p), c.zone, z.n)
    nowhere = np.bincount(c.zone, share, z.n)[c.zone] == 0.0
    target = np.where(nowhere, c.creatives, z.creatives[c.zone] * share)
    leaving = priced_out(c.rent_before, c.rent, p)
    world.count("creatives_displaced", np.arange(z.n), np.bincount(c.zone, leaving * c.creatives, z.n))
    c.creatives[:] = next_creatives(c.creatives, target, leaving, p)
    c.rent_before[:] = c.rent
    used = used_m2(c.creatives, c.floor_m2, c.wasteland_m2, p)
    c.other_m2 += used - c.creatives_m2
    c.creatives_m2[:] = used
    staff, area = people_of_startups(c.staff), np.maximum(c.area_km2, 1e-9)
    target = liveliness(c.conviviality_base, c.creatives, staff, area, p) + c.venues
    c.conviviality += (1.0 - (1.0 - p.liven_speed) ** MONTHS_BETWEEN_LOOKS) * (target - c.conviviality)
    c.serendipity[:] = serendipity(c.conviviality, c.creatives + staff, area, p)

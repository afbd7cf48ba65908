"""Rents and floor: offices get dearer where they fill up, and a little floor is built.

Where rents are high floor is built on natural ground, and wasteland is converted; both are counted. Subsidised floor,
bought by public money, adds to what is on offer and is let at a rebate. By quarter.
"""

import math

import numpy as np

from sim.kernels import for_rows, helper, kernel, total

NAME = "rents"
READS = ("cell.zone", "cell.staff", "cell.other_m2", "cell.floor_m2", "cell.wasteland_m2", "cell.rent",
         "cell.rent_reference")
WRITES = ("cell.rent", "cell.floor_m2", "cell.wasteland_m2")


EVERY = 3  # months between steps
YEARS = EVERY / 12.0


@helper
def occupancy(staff, other_m2, floor_m2, m2_per_fte):
    """Share of the floor in use."""
    return (m2_per_fte * staff + other_m2) / floor_m2 if floor_m2 > 0.0 else 1.0


@helper
def next_rent(rent, reference, occupied, usual, elasticity, speed):
    """Rent after a quarter of moving towards its reference raised by excess occupancy (MODEL C4.2); `speed` is by
    month.
    """
    target = math.log(reference) + elasticity * math.log(max(occupied, 1e-3) / usual)
    return math.exp(target + (1.0 - speed) ** EVERY * (math.log(rent) - target))


@helper
def new_floor(floor_m2, rent, reference, supply):
    """Floor built in a quarter where rents are above their reference (MODEL C4.3)."""
    return supply * floor_m2 * max(rent / reference - 1.0, 0.0) * YEARS


@helper
def converted(wasteland_m2, rent, reference, conversion):
    """Wasteland turned into floor in a quarter where rents are above their reference (MODEL C4.3)."""
    return min(conversion * wasteland_m2 * max(rent / reference - 1.0, 0.0) * YEARS, wasteland_m2)


@kernel
def adjust(first, last, staff, other_m2, floor_m2, wasteland_m2, rent, reference, par, built, reused):
    for c in range(first, last):
        occupied = occupancy(total(staff[c]), other_m2[c], floor_m2[c], par.m2_per_fte)
        rent[c] = next_rent(rent[c], reference[c], occupied, par.usual_occupancy, par.elasticity, par.speed)
        built[c] = new_floor(floor_m2[c], rent[c], reference[c], par.supply)
        reused[c] = converted(wasteland_m2[c], rent[c], reference[c], par.conversion)
        floor_m2[c] += built[c] + reused[c]
        wasteland_m2[c] -= reused[c]


def step(world, par, draw):
    """Adjust rents to occupancy, then build and convert; count natural ground taken and wasteland reused by zone."""
    if par.rents.active == 1 or world.month % EVERY:
        return
    c, zones = world.cell, np.arange(world.zone.n)
    built, reused = np.empty(c.n), np.empty(c.n)
    for_rows(adjust, c.n, c.staff, c.other_m2, c.floor_m2, c.wasteland_m2, c.rent, c.rent_reference, par.rents, built,
             reused)
    for flow, m2 in (("natural_ground_m2", built), ("wasteland_reused_m2", reused)):
        world.count(flow, zones, np.bincount(c.zone, m2, zones.size))

"""Rents and floor (ODD 7.5): offices get dearer where they fill up, and a little floor is built.

Subsidised floor, bought by public money, adds to what is on offer and is let at a rebate.
"""

import math

from sim.kernels import for_rows, kernel, total

NAME = "rents"
READS = ("cell.staff", "cell.other_m2", "cell.floor_m2", "cell.rent", "cell.rent_reference")
WRITES = ("cell.rent", "cell.floor_m2")


@kernel
def occupancy(staff, other_m2, floor_m2, m2_per_fte):
    """Share of the floor in use."""
    return (m2_per_fte * staff + other_m2) / floor_m2 if floor_m2 > 0.0 else 1.0


@kernel
def next_rent(rent, reference, occupied, usual, elasticity, speed):
    """Rent moves towards its reference raised by excess occupancy (MODEL C4.2)."""
    target = math.log(reference) + elasticity * math.log(max(occupied, 1e-3) / usual)
    return math.exp(math.log(rent) + speed * (target - math.log(rent)))


@kernel
def new_floor(floor_m2, rent, reference, supply):
    """Floor built in a month where rents are above their reference (MODEL C4.3)."""
    return supply * floor_m2 * max(rent / reference - 1.0, 0.0) / 12.0


@kernel
def adjust(first, last, staff, other_m2, floor_m2, rent, reference, par):
    for c in range(first, last):
        occupied = occupancy(total(staff[c]), other_m2[c], floor_m2[c], par.m2_per_fte)
        rent[c] = next_rent(rent[c], reference[c], occupied, par.usual_occupancy, par.elasticity, par.speed)
        floor_m2[c] += new_floor(floor_m2[c], rent[c], reference[c], par.supply)


def step(world, par, draw):
    """Adjust rents to occupancy, then build."""
    if par.rents.active == 0:
        c = world.cell
        for_rows(adjust, c.n, c.staff, c.other_m2, c.floor_m2, c.rent, c.rent_reference, par.rents)

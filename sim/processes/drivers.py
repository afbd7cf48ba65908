"""Drivers from outside: the national supply of venture capital.

Money for startups rose fourteenfold between 2013 and 2022, mostly for reasons foreign to any label (interest
rates, foreign funds). The series is imposed, so that no policy of the model can take credit for it.
"""

import numpy as np

NAME = "drivers"
READS = ()
WRITES = ("nation.capital_index",)

# January of the year -> venture capital invested, 2013 = 1. EY barometers for 2013, 2014, 2020-2022; between them
# and in 2023 from relays of the same barometers; flat before 2013; held at 7 after 2023 (assumption).
CAPITAL = {2008: 0.9, 2013: 1.0, 2014: 0.91, 2015: 1.4, 2016: 2.0, 2017: 2.6, 2018: 3.7, 2019: 5.1, 2020: 5.5,
           2021: 11.9, 2022: 13.8, 2023: 8.5, 2024: 7.0}


def capital_index(month):
    """Venture capital supply against 2013, by calendar year."""
    year = month // 12
    return CAPITAL[max((y for y in CAPITAL if y <= year), default=min(CAPITAL))]


def step(world, par, draw):
    """Set this month's supply index."""
    world.nation.capital_index[:] = np.float64(capital_index(world.month))

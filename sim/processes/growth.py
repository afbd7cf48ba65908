"""Growth (ODD 7.17): revenue starts, then grows by fits.

Monthly log growth has a drift that falls with age and rises with quality and with the neighbourhood, and a shock
of random variance (MODEL C8.1): adding twelve of them gives the fat tails firms show over a year, which twelve
independent Laplace shocks would not.
"""

import math
from functools import cache

import numpy as np
from scipy.special import gammaincinv

from sim import rng
from sim.kernels import for_rows, kernel

NAME = "growth"
READS = ("startup.uid", "startup.alive", "startup.birth", "startup.cell", "startup.sector", "startup.quality",
         "startup.revenue_eur", "startup.accelerated_until", "startup.zone", "startup.boost",
         "cell.exposure", "cell.cocreation", "zone.adoption",
         "nation.exposure_reference", "nation.adoption_reference", "nation.cocreation_reference")
WRITES = ("startup.revenue_eur",)

TABLE_END = 40.0  # -log of the smallest upper tail tabulated


@kernel
def drift(age_years, quality, neighbourhood, accelerated, par):
    """Yearly log growth expected of a startup (MODEL C8.1)."""
    if age_years < 2.0:
        by_age = par.young
    elif age_years < 5.0:
        by_age = par.young + (par.five - par.young) * (age_years - 2.0) / 3.0
    elif age_years < 10.0:
        by_age = par.five + (par.ten - par.five) * (age_years - 5.0) / 5.0
    else:
        by_age = par.ten
    return by_age + par.quality * quality + par.spillover * neighbourhood + (par.accelerator if accelerated else 0.0)


@kernel
def first_sale(chance, laboratories, usual, response):
    """Chance of a first sale in a month: users of near laboratories are first customers (MODEL C.19)."""
    return chance * math.exp(response * (laboratories - usual))


@kernel
def volatility(revenue, par):
    """Yearly spread of log growth: falls with size."""
    return par.volatility * math.exp(-par.volatility_size * math.log(revenue / par.reference_revenue_eur))


@cache
def subordinator_table(tail):
    """Square root of the quantiles of Gamma(tail/12, scale 1/tail), on a regular grid of -log(1 - u).

    The mean is 1/12, so that shocks of a year have the variance `volatility` squared.
    """
    grid = np.linspace(0.0, TABLE_END, 8193)
    return np.sqrt(gammaincinv(tail / 12.0, -np.expm1(-grid)) / tail)


@kernel
def shock(u, v, table):
    """Standard monthly shock: a normal times the square root of a gamma variance."""
    x = -math.log(1.0 - u) * (table.size - 1) / TABLE_END
    k = min(int(x), table.size - 2)
    root = table[k] + (x - k) * (table[k + 1] - table[k])
    return root * rng.normal_quantile(v)


@kernel
def grow(first, last, rows, of_variance, of_size, draw, month, uid, birth, cell, zone, sector, quality,
         accelerated_until, exposure, exposure_reference, demand, boost, cocreation, cocreation_reference, labs, table,
         par, revenue):
    for k in range(first, last):
        i = rows[k]
        if revenue[i] <= 0.0:
            near_labs, usual = cocreation[cell[i], sector[i]], cocreation_reference[sector[i]]
            if rng.uniform(draw, rng.FIRST_REVENUE, uid[i]) < first_sale(par.first_revenue, near_labs, usual, labs):
                z = rng.normal_quantile(rng.uniform(draw, rng.REVENUE_SIZE, uid[i]))
                revenue[i] = par.first_revenue_eur * math.exp(par.first_revenue_spread * z)
            continue
        neighbourhood = exposure[cell[i], sector[i]] - exposure_reference[sector[i]]
        yearly = drift((month - birth[i]) / 12.0, quality[i], neighbourhood, month <= accelerated_until[i], par)
        yearly += demand[zone[i]] + boost[i]
        revenue[i] *= math.exp(yearly / 12.0 + volatility(revenue[i], par) * shock(of_variance[k], of_size[k], table))


def local_demand(world, par):
    """Log growth a year that small shops with digital tools add to startups around, centred (MODEL C18), [zones]."""
    if par.skills.demand == 1:
        return np.zeros(world.zone.n)
    return par.skills.local_demand * (world.zone.adoption - world.nation.adoption_reference[0])


def step(world, par, draw):
    """First sales and growth of revenue."""
    if par.growth.active == 1:
        return
    f, c = world.startup, world.cell
    rows = np.flatnonzero(f.alive)
    of_variance, of_size = rng.uniform_pairs(draw, rng.GROWTH, f.uid[rows])
    for_rows(grow, rows.size, rows, of_variance, of_size, draw, world.month, f.uid, f.birth, f.cell, f.zone, f.sector,
             f.quality, f.accelerated_until, c.exposure, world.nation.exposure_reference[0], local_demand(world, par),
             f.boost, c.cocreation, world.nation.cocreation_reference[0], par.facilities.labs,
             subordinator_table(par.growth.tail), par.growth, f.revenue_eur)

"""Growth: revenue starts, then grows by fits.

Monthly log growth has a drift that falls with age and rises with quality and with the neighbourhood, and a shock
of random variance (MODEL C8.1): adding twelve of them gives the fat tails firms show over a year, which twelve
independent Laplace shocks would not. Small firms give back a part of last year's shocks; innovations are steps; many
startups among the people nearby slow growth down. What a startup has nobody to deliver, it does not sell. Each
startup has its turn once a quarter, for a quarter's worth.
"""

import math
from functools import cache

import numpy as np
from scipy.special import gammaincinv

from sim import people, rng
from sim.fields import N_SECTORS
from sim.kernels import for_rows, helper, kernel

NAME = "growth"
READS = ("startup.uid", "startup.alive", "startup.birth", "startup.cell", "startup.sector", "startup.quality",
         "startup.revenue_eur", "startup.accelerated_until", "startup.zone", "startup.boost", "startup.staff",
         "startup.innovation_step", "startup.public_part", "startup.last_round", "startup.shock",
         "startup.past_shock", "cell.exposure", "cell.cocreation",
         "cell.competition", "zone.adoption", "nation.exposure_reference", "nation.adoption_reference",
         "nation.cocreation_reference", "nation.competition_reference")
WRITES = ("startup.revenue_eur", "startup.shock", "startup.past_shock", "nation.competition_reference")

TURN = 3  # months between the months in which revenue starts or grows
YEARS = TURN / 12.0
SMALL = 10  # people below which growth of a year undoes a part of the last
LEAST_COMPETITION = 0.05  # where no startup is near: logs are cut
LEAST_REVENUE_EUR = 1.0  # who sells less is no smaller: shocks would grow without end as sales vanish
TABLE_END = 40.0  # -log of the smallest upper tail tabulated


@helper
def drift(age_years, quality, neighbourhood, accelerated, competition, par):
    """Yearly log growth expected of a startup (MODEL C8.1)."""
    if age_years < 2.0:
        by_age = par.young
    elif age_years < 5.0:
        by_age = par.young + (par.five - par.young) * (age_years - 2.0) / 3.0
    elif age_years < 10.0:
        by_age = par.five + (par.ten - par.five) * (age_years - 5.0) / 5.0
    else:
        by_age = par.ten
    return (by_age + par.quality * quality + par.spillover * neighbourhood + (par.accelerator if accelerated else 0.0)
            - (par.competition * competition if par.rivalry == 0 else 0.0))


@helper
def memory(autocorrelation):
    """Share of last year's shocks in this year's growth that gives this correlation between growth of two years."""
    if autocorrelation == 0.0:
        return 0.0
    return (1.0 - math.sqrt(1.0 - 4.0 * autocorrelation**2)) / (2.0 * autocorrelation)


@helper
def rivals(competition):
    """Log of startups per person nearby, against the nation (MODEL C1.6)."""
    return math.log(max(competition, LEAST_COMPETITION))


@helper
def first_sale(chance, laboratories, usual, response):
    """Hazard of a first sale in a month: users of near laboratories are first customers (MODEL C.19)."""
    return chance * math.exp(response * (laboratories - usual))


@helper
def volatility(revenue, par):
    """Yearly spread of log growth: falls with size."""
    size = max(revenue, LEAST_REVENUE_EUR) / par.reference_revenue_eur
    return par.volatility * math.exp(-par.volatility_size * math.log(size))


@helper
def most_sales(staff, par):
    """Sales a month that the people of a startup can deliver: demand beyond them is lost."""
    return par.most_per_head_eur * staff


@cache
def subordinator_table(tail):
    """Square root of the quantiles of Gamma(tail * YEARS, scale 1/tail), on a regular grid of -log(1 - u).

    The mean is `YEARS`, so that shocks of a year have the variance `volatility` squared.
    """
    grid = np.linspace(0.0, TABLE_END, 8193)
    return np.sqrt(gammaincinv(tail * YEARS, -np.expm1(-grid)) / tail)


@helper
def shock(u, v, table):
    """Standard shock of a turn: a normal times the square root of a gamma variance."""
    x = -math.log(1.0 - u) * (table.size - 1) / TABLE_END
    k = min(int(x), table.size - 2)
    root = table[k] + (x - k) * (table[k + 1] - table[k])
    return root * rng.normal_quantile(v)


@kernel
def grow(first, last, rows, of_variance, of_size, draw, month, uid, birth, cell, zone, sector, staff, quality,
         accelerated_until, innovation_step, exposure, exposure_reference, competition, competition_reference, demand,
         boost, cocreation, cocreation_reference, labs, table, par, revenue, shock_of_year, past_shock):
    kept = memory(par.autocorrelation) if par.memory == 0 else 0.0
    for k in range(first, last):
        i = np.uint64(rows[k])  # known not to be negative
        if revenue[i] <= 0.0:
            near_labs, usual = cocreation[cell[i], sector[i]], cocreation_reference[sector[i]]
            hazard = TURN * first_sale(par.first_revenue, near_labs, usual, labs)
            if rng.happens(hazard, rng.uniform(draw, rng.FIRST_REVENUE, uid[i])):
                z = rng.normal_quantile(rng.uniform(draw, rng.REVENUE_SIZE, uid[i]))
                revenue[i] = par.first_revenue_eur * math.exp(par.first_revenue_spread * z)
            continue
        c, s, age = cell[i], sector[i], month - birth[i]
        yearly = drift(age / 12.0, quality[i], exposure[c, s] - exposure_reference[s], month <= accelerated_until[i],
                       rivals(competition[c, s]) - competition_reference[s], par)
        yearly += demand[zone[i]] + boost[i]
        past, of_year = past_shock[i], shock_of_year[i]
        if age % 12 < TURN:  # the first turn of a year of life
            past, of_year = of_year, 0.0
        yearly += kept * past * (staff[i] < SMALL)
        now = volatility(revenue[i], par) * shock(of_variance[k], of_size[k], table)
        past_shock[i], shock_of_year[i] = past, of_year + now
        wanted = revenue[i] * math.exp(yearly * YEARS + now + par.innovation * innovation_step[i])
        revenue[i] = min(wanted, most_sales(staff[i], par))


def freeze_reference(world, rows):
    """Mean competition met by startups of each sector before the policy (rule N1)."""
    f = world.startup
    met = np.log(np.maximum(world.cell.competition[f.cell[rows], f.sector[rows]], LEAST_COMPETITION))
    number = np.maximum(np.bincount(f.sector[rows], minlength=N_SECTORS), 1)
    world.nation.competition_reference[0] = np.bincount(f.sector[rows], met, N_SECTORS) / number


def local_demand(world, par):
    """Log growth a year that small shops with digital tools add to startups around, centred (MODEL C18), [zones]."""
    if par.skills.demand == 1:
        return np.zeros(world.zone.n)
    return par.skills.local_demand * (world.zone.adoption - world.nation.adoption_reference[0])


def joined(part, first, second):
    """Log growth a year that public money in a private round adds: a moderate part helps, a large one harms (C.10)."""
    return first * part - second * part**2


def boost_of(world, par):
    """Log growth a year that places, and public money in the last round, add to each startup, [startups]."""
    f, p = world.startup, par.coinvestment
    rows = np.flatnonzero(f.public_part)
    if rows.size == 0:
        return f.boost
    out = f.boost.copy()
    fresh = rows[world.month - f.last_round[rows] < p.months]
    out[fresh] += joined(f.public_part[fresh], p.first, p.second)
    return out


def step(world, par, draw):
    """First sales and growth of revenue of startups that have their turn."""
    if par.growth.active == 1:
        return
    f, c, nation = world.startup, world.cell, world.nation
    if world.month % 3 == 0 and world.month < par.policy_start and f.alive.any():
        freeze_reference(world, np.flatnonzero(f.alive))
    rows = people.startups_in_turn(world.month, TURN, f.alive, f.uid)
    of_variance, of_size = rng.uniform_pairs(draw, rng.GROWTH, f.uid[rows], 0)
    for_rows(grow, rows.size, rows, of_variance, of_size, draw, world.month, f.uid, f.birth, f.cell, f.zone, f.sector,
             f.staff, f.quality, f.accelerated_until, f.innovation_step, c.exposure, nation.exposure_reference[0],
             c.competition, nation.competition_reference[0], local_demand(world, par), boost_of(world, par),
             c.cocreation, nation.cocreation_reference[0], par.facilities.labs, subordinator_table(par.growth.tail),
             par.growth, f.revenue_eur, f.shock, f.past_shock)

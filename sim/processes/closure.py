"""Closure: startups close by age, for lack of cash, as founders give up (MODEL C12.1), or as who bought them wants it.

People become job-seekers; what cash is left goes to creditors and owners.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import AGE, ALIVE, CASH, GAVE_UP
from sim.kernels import for_rows, helper, kernel, rows_where

NAME = "closure"
READS = ("startup.*", "talent.*", "nation.incubated_reference")
WRITES = ("startup.alive", "startup.closed", "startup.cause", "startup.cash_eur", "startup.staff",
          "startup.first_employee",
          "startup.staff_at_five", "startup.vacancies", "startup.seeks_eur", "talent.status", "talent.employer",
          "talent.next_employee", "talent.previous_employee", "talent.succeeded")

SHELTERED = 24  # months of age below which an incubator shelters
SUCCESS = 10  # people from which a founder counts as successful


@kernel
def yearly_hazard(age_years, base, hump, constant):
    """Yearly hazard of closing by age: a base and a hump at two years (MODEL C.12), or the base alone."""
    if constant:
        return base
    return base + hump * (age_years / 2.0) * math.exp(1.0 - age_years / 2.0)


@helper
def shelter(incubated, usual, effect):
    """Factor on the hazard of a firm in its first two years: lower in an incubator, one on average (MODEL C.19)."""
    return (1.0 - effect * incubated) / (1.0 - effect * usual)


@helper
def cause_of_closing(u, hazard, months_short, months_low, cash_matters, par):
    """Why a startup closes this month, ALIVE if it does not."""
    if rng.happens(hazard / 12.0, u):
        return AGE
    if cash_matters and months_short >= par.bridge:
        return CASH
    if cash_matters and months_low >= par.patience:
        return GAVE_UP
    return ALIVE


@kernel
def decide(first, last, rows, luck, month, birth, staff, months_short, months_low, incubated_until, usual, par, cause,
           staff_at_five):
    oldest = 0
    for k in range(first, last):
        oldest = max(oldest, month - birth[rows[k]])
    by_age = np.empty(oldest + 1)  # ages are few: an exponential each, not one a startup
    for age in range(oldest + 1):
        by_age[age] = yearly_hazard(age / 12.0, par.base, par.hump, par.age == 1)
    factor = np.ones((2, 2))  # by whether the firm is young, and incubated: no branch to guess, no division a startup
    for incubated in range(2):
        factor[1, incubated] = shelter(float(incubated), usual, par.shelter)
    for k in range(first, last):
        i = np.uint64(rows[k])  # known not to be negative
        age = month - birth[i]
        if age == 60:
            staff_at_five[i] = staff[i]
        if cause[i] != ALIVE:  # bought, to be closed
            continue
        hazard = by_age[age] * factor[int(age < SHELTERED), int(incubated_until[i] >= month)]
        cause[i] = cause_of_closing(luck[k], hazard, months_short[i], months_low[i], par.cash == 0, par)


@kernel
def sort_out(rows, cause, staff):
    """Rows of startups that are large, and of those that close."""
    large, closing = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    n_large, n_closing = 0, 0
    for i in rows:
        large[n_large], closing[n_closing] = i, i
        n_large += staff[i] >= SUCCESS
        n_closing += cause[i] != ALIVE
    return large[:n_large], closing[:n_closing]


def step(world, par, draw):
    """Decide who closes, then let their people and money go."""
    f = world.startup
    rows = rows_where(f.alive)
    for_rows(decide, rows.size, rows, rng.uniforms(draw, rng.CLOSE, f.uid[rows]), world.month, f.birth, f.staff,
             f.months_short, f.months_low, f.incubated_until,
             world.nation.incubated_reference[0], par.closure, f.cause, f.staff_at_five)
    large, closing = sort_out(rows, f.cause, f.staff)
    people.have_succeeded(world, large)
    world.count("closures", f.zone[closing])
    world.count("closures_cash", f.zone[closing[f.cause[closing] == CASH]])
    world.pay("startups", "creditors and owners", "liquidation", f.zone[closing], f.cash_eur[closing])
    people.dismiss_all(world, closing)
    f.alive[closing] = False
    f.closed[closing] = world.month
    f.cash_eur[closing] = 0.0
    f.vacancies[closing] = 0
    f.seeks_eur[closing] = 0.0

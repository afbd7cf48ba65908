"""Cash: sales come in, people are paid (MODEL C9.1)."""

import numpy as np

from sim.kernels import for_rows, kernel, rows_where

NAME = "cash"
READS = ("startup.alive", "startup.staff", "startup.founders", "startup.revenue_eur", "startup.zone", "startup.sector",
         "startup.cash_eur", "startup.months_short", "startup.months_low", "zone.wage")
WRITES = ("startup.cash_eur", "startup.months_short", "startup.months_low")


@kernel
def costs(staff, founders, wage, all_in_cost_eur, founder_cost_eur):
    """Monthly cost of the founders and of the employees, rent included."""
    return founders * founder_cost_eur + (staff - founders) * all_in_cost_eur * wage


@kernel
def settle(first, last, alive, staff, founders, revenue, zone, sector, wage, par, cash, months_short, months_low,
           spent):
    for i in range(first, last):
        spent[i] = 0.0
        if alive[i]:
            spent[i] = costs(staff[i], founders[i], wage[zone[i], sector[i]], par.all_in_cost_eur, par.founder_cost_eur)
            cash[i] += revenue[i] - spent[i]
            months_short[i] = months_short[i] + 1 if cash[i] < 0.0 else 0
            months_low[i] = months_low[i] + 1 if revenue[i] < founders[i] * par.founder_cost_eur else 0


def step(world, par, draw):
    """Cash in, cash out; count the months without."""
    f = world.startup
    spent = np.empty(f.n)
    for_rows(settle, f.n, f.alive, f.staff, f.founders, f.revenue_eur, f.zone, f.sector, world.zone.wage, par.labour,
             f.cash_eur, f.months_short, f.months_low, spent)
    rows = rows_where(f.alive)
    world.pay("customers", "startups", "sales", f.zone[rows], f.revenue_eur[rows])
    world.pay("startups", "households", "wages and rents", f.zone[rows], spent[rows])

"""Cash: sales come in, people are paid, tax reliefs give a part back (MODEL C.9).

Two reliefs exist all along. Young firms that spend enough on research pay less for their people (JEI); research gives
back a part of what it costs, at any age (CIR). The State forgoes both: they are booked as tax expenditure; what a lever
adds to their rates is booked under the lever. How much a startup spends on research is a trait, drawn once, that
depends on the trade and on the stage of finance: an assumption. The full cost of an employee is what firms pay on
average once these reliefs are off (rule N1): before reliefs it is dearer by their mean before the policy, so that firms
as a whole pay what they did, those which do research a little less, the others a little more.
"""

import math

import numpy as np

from sim import rng
from sim.kernels import for_rows, helper, kernel, rows_where

NAME = "cash"
READS = ("startup.alive", "startup.uid", "startup.staff", "startup.founders", "startup.revenue_eur", "startup.zone",
         "startup.sector", "startup.stage", "startup.birth", "startup.research", "startup.contract_eur",
         "startup.instalment_eur", "startup.cash_eur", "startup.months_short", "startup.months_low", "startup.aid_eur",
         "zone.wage", "nation.young_firm_relief", "nation.research_credit", "nation.relief_reference")
WRITES = ("startup.cash_eur", "startup.months_short", "startup.months_low", "startup.research", "startup.employee_cost",
          "startup.burn_eur", "startup.aid_eur", "startup.aided", "nation.relief_reference")

# Part of the cost of employees spent on research and development, mean of each trade: assumption. With it some four
# young firms in ten are above the bar of the relief, which some 4,400 firms a year had in 2004-2010.
RESEARCH = np.array([0.18, 0.35, 0.15, 0.22, 0.15, 0.10, 0.26, 0.06])
OF_STAGE = np.array([0.9, 1.3, 1.2, 1.0])  # times that mean: more between the first money and the first sales
MOST_RESEARCH = 0.9
BAR = 0.15  # part of costs spent on research from which a firm may have the status of a young innovative one
YOUNG = 96  # months of age below which it may
MOST_RELIEF = 0.9  # part of the cost of an employee that reliefs never go beyond
EXISTING, ADDED = ("JEI", "CIR"), ("young_firms", "research_credit")  # instruments of the ledger
TAX_EXPENDITURE = "State, tax expenditure"  # account of what the State forgoes
MONTHS_BETWEEN_LOOKS = 3


@helper
def costs(staff, founders, wage, all_in_cost_eur, founder_cost_eur):
    """Monthly cost of the founders and of the employees before reliefs, rent included."""
    return founders * founder_cost_eur + (staff - founders) * all_in_cost_eur * wage


@helper
def research_share(trait, of_stage):
    """Part of the cost of employees spent on research at a stage of finance."""
    return min(trait * of_stage, MOST_RESEARCH)


@helper
def reliefs(share, age, more_young, more_research, par):
    """Parts of the cost of an employee that come back: the young firm's, research's, and what levers add (MODEL C9.2).
    """
    young = par.payroll * ((share >= BAR) & (age < YOUNG))
    usual_young, usual_research = young * par.young_relief, share * par.research_credit
    room = MOST_RELIEF - usual_young - usual_research
    added_young = min(young * more_young, room)
    return usual_young, usual_research, added_young, min(share * more_research, room - added_young)


@kernel
def traits(draw, uid, mean, spread):
    """Research of startups in the seed of their trait: lognormal around the mean of their trade, [n]."""
    out = np.empty(uid.size)
    for k in range(uid.size):
        z = rng.normal_quantile(rng.uniform(draw, rng.RESEARCH_SHARE, uid[k]))
        out[k] = mean[k] * math.exp(spread * z - 0.5 * spread**2)
    return out


@kernel
def settle(first, last, rows, month, staff, founders, revenue, contract, instalment, zone, sector, wage, birth, stage,
           research, of_stage, more_young, more_research, usual, labour, par, cash, months_short, months_low, spent,
           given, employee_cost, burn):
    """Accounts of the month; `spent` [rows] euros, `given` [4, rows] by relief, `usual` the mean relief before the
    policy.
    """
    full = labour.all_in_cost_eur / (1.0 - usual)
    for k in range(first, last):
        i = np.uint64(rows[k])  # known not to be negative: two dozen columns need not ask
        wage_here, team, sales = wage[zone[i], sector[i]], founders[i], revenue[i]
        paid, back = costs(staff[i], team, wage_here, full, labour.founder_cost_eur), 0.0
        if par.reliefs == 0:
            share = research_share(research[i], of_stage[stage[i]])
            parts = reliefs(share, month - birth[i], more_young, more_research, par)
            employees = (staff[i] - team) * full * wage_here
            for n in range(4):
                given[n, k] = parts[n] * employees
                back += parts[n]
            employee_cost[i] = (1.0 - back) / (1.0 - usual)
            back *= employees
        spent[k] = paid
        cash[i] += sales + back - paid
        burn[i] = paid + instalment[i] - back - sales
        # products, not choices: no branch to guess
        months_short[i] = (months_short[i] + 1) * (cash[i] < 0.0)
        months_low[i] = (months_low[i] + 1) * (sales + contract[i] < team * labour.founder_cost_eur)


def draw_traits(world, par, draw):
    """Research of the startups that have none yet, the same in every policy."""
    f = world.startup
    new = rows_where(f.alive & (f.research < 0.0))
    always = rng.Draw(draw.seed, np.uint64(0))  # a trait, not an event of the month
    f.research[new] = traits(always, f.uid[new], par.research * RESEARCH[f.sector[new]], par.research_spread)


def freeze_reference(world, par):
    """Remember the mean relief before the policy, by euro spent on employees (rule N1)."""
    f = world.startup
    rows = np.flatnonzero(f.alive & (f.staff > f.founders))
    spent = (f.staff[rows] - f.founders[rows]) * world.zone.wage[f.zone[rows], f.sector[rows]]
    share = np.minimum(f.research[rows] * OF_STAGE[f.stage[rows]], MOST_RESEARCH)
    young = (share >= BAR) & (world.month - f.birth[rows] < YOUNG)
    back = par.payroll * par.young_relief * young + par.research_credit * share
    world.nation.relief_reference[0] = (spent * back).sum() / max(spent.sum(), 1e-300)


@kernel
def book_trade(rows, zone, revenue, spent, sales, wages):
    """Book in the zone of each startup what customers pay it, and what it pays to households."""
    for k in range(rows.size):
        i = rows[k]
        sales[zone[i]] += revenue[i]
        wages[zone[i]] += spent[k]


@kernel
def by_zone(rows, zone, given, n_zones):
    """Reliefs given in each zone, [4, zones]."""
    out = np.zeros((given.shape[0], n_zones))
    for k in range(rows.size):
        z = zone[rows[k]]
        for n in range(given.shape[0]):
            out[n, z] += given[n, k]
    return out


def book_reliefs(world, rows, given):
    """The State forgoes what it gives back; what levers add is aid, paid by the State alone."""
    f, zones = world.startup, np.arange(world.zone.n)
    for eur, of_zone, instrument in zip(given, by_zone(rows, f.zone, given, zones.size), (*EXISTING, *ADDED)):
        if not of_zone.any():
            continue
        world.pay(TAX_EXPENDITURE if instrument in EXISTING else "State", "startups", instrument, zones, of_zone)
        if instrument in ADDED:
            f.aid_eur[rows] += eur
            f.aided[rows[eur > 0.0]] = True


def step(world, par, draw):
    """Cash in, cash out; count the months without."""
    f, nation, p, usual = world.startup, world.nation, par.cash, 0.0
    if p.reliefs == 0:
        draw_traits(world, p, draw)
        quarter = world.month % MONTHS_BETWEEN_LOOKS == MONTHS_BETWEEN_LOOKS - 1
        if nation.relief_reference[0] == 0.0 or (quarter and world.month < par.policy_start):
            freeze_reference(world, p)
        usual = nation.relief_reference[0]
    rows = rows_where(f.alive)
    spent, given = np.empty(rows.size), np.zeros((len(EXISTING) + len(ADDED), rows.size))
    for_rows(settle, rows.size, rows, world.month, f.staff, f.founders, f.revenue_eur, f.contract_eur, f.instalment_eur,
             f.zone, f.sector, world.zone.wage, f.birth, f.stage, f.research, OF_STAGE, nation.young_firm_relief[0],
             nation.research_credit[0], usual, par.labour, p, f.cash_eur, f.months_short, f.months_low, spent, given,
             f.employee_cost, f.burn_eur)
    book_trade(rows, f.zone, f.revenue_eur, spent, world.account("customers", "startups", "sales"),
               world.account("startups", "households", "wages and rents"))
    book_reliefs(world, rows, given)

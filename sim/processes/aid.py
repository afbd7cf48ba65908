"""Aid: grants, loans, champions and public purchases reach startups, out of the pots of their zones (MODEL C.10).

Each quarter young firms apply for grants and loans, at some cost in time; files are scored with an error, and the best
are served as long as the pot holds a whole grant. A first grant at an early stage makes a firm easier to see for
investors; later ones do not (Howell 2017). Loans cost no interest: nothing is due in the first year, then equal parts,
as long as the firm lives; what is paid back returns to those who lent, booked apart. Each January the largest growing
firms of a zone become its champions for a year. Every month public buyers order from startups of the zone, by chance
and by their fit with its theme: a sale of that month only. Firms that were bought ask for
no aid; they may still sell. Nothing is paid beyond what a pot holds, nor outside the window of the lever: what is left
in a pot then is unspent. Loans are paid back, and champions keep their year, after the window too.
"""

import numpy as np

from sim import rng, treasury
from sim.fields import BOOTSTRAP, SEED
from sim.kernels import kernel

NAME = "aid"
READS = ("startup.*", "zone.grants_eur", "zone.loans_eur", "zone.procurement_eur", "zone.champions_eur", "zone.theme",
         "zone.delay", "funder.*")
WRITES = ("startup.cash_eur", "startup.aid_eur", "startup.aided", "startup.granted", "startup.last_grant",
          "startup.borrowed", "startup.debt_eur", "startup.instalment_eur", "startup.contract_eur",
          "startup.champion_until", "startup.staff_in_january", "zone.grants_eur", "zone.loans_eur",
          "zone.procurement_eur", "zone.champions_eur", "funder.paid_eur", "funder.paid_year_eur",
          "funder.recovered_eur")

MONTHS_BETWEEN_CALLS = 3
LARGEST_CALL = 1e6  # files a call serves at most: beyond, money is not scarce


def paperwork(delay, founder_cost_eur, months):
    """Time of a founder that an application takes, in euros (MODEL C9.3)."""
    return months * delay * founder_cost_eur


def instalment(debt_eur, borrowed, month, grace, term):
    """Part of a loan due in a month: none at first, then equal parts, all that is left in the last month, [n]."""
    left = borrowed + grace + term - month + 1.0
    due = (debt_eur > 0.0) & (month > borrowed + grace)
    return np.where(due, debt_eur / np.maximum(left, 1.0), 0.0)


@kernel
def scores(draw, purpose, uid, quality, noise):
    """Quality of files as those who judge them see it, [n]."""
    out = np.empty(uid.size)
    for k in range(uid.size):
        out[k] = quality[k] + noise * rng.normal_quantile(rng.uniform(draw, purpose, uid[k]))
    return out


def best(zone, merit, uid, room):
    """Places in the list of those who rank within the room of their zone, the highest merit first."""
    order = np.lexsort((uid, -merit, zone))
    rank = np.arange(order.size) - np.searchsorted(zone[order], zone[order])
    return order[rank < room[zone[order]]]


def served(pot, price):
    """Whole grants, loans or contracts that each pot holds, [zones]."""
    return np.floor(np.minimum(pot / price, LARGEST_CALL))


def hand_out(world, policy, kind, pot, rows, eur):
    """Pay `eur` to each of these startups out of the pots of their zones; it is aid."""
    f = world.startup
    zone = f.zone[rows].astype(np.int64)
    pot -= np.bincount(zone, minlength=world.zone.n) * eur
    treasury.pay(world, policy, "startups", kind, zone, np.full(rows.size, eur))
    f.cash_eur[rows] += eur
    f.aid_eur[rows] += eur
    f.aided[rows] = True


def call(world, par, draw, kind, pot, able, occasion):
    """A call for files: who applies, at what cost, and who is served, [n]. `occasion` is 0 for grants, 1 for loans."""
    f, p, price = world.startup, par.aid, par.policy.term(kind, PRICES[kind], 0.0)
    room = served(pot, price)
    rows = np.flatnonzero(able)
    rows = rows[room[f.zone[rows]] >= 1.0]
    rows = rows[rng.uniforms(draw, APPLY[occasion], f.uid[rows]) < p.apply]
    time = paperwork(world.zone.delay[f.zone[rows]], par.labour.founder_cost_eur, p.paperwork)
    f.cash_eur[rows] -= time
    world.pay("startups", "households", "paperwork", f.zone[rows], time)
    merit = scores(draw, SCORE[occasion], f.uid[rows], f.quality[rows], p.noise)
    chosen = rows[best(f.zone[rows], merit, f.uid[rows], room)]
    hand_out(world, par.policy, kind, pot, chosen, price)
    return chosen


def independent(f):
    """Startups that may ask for aid: those that nobody bought, [n]."""
    return f.alive & (f.cell >= 0) & (f.acquired < 0)


def grants(world, par, draw):
    """Young firms apply; a first grant at an early stage is remembered."""
    f, month, p = world.startup, world.month, par.aid
    rested = (f.last_grant < 0) | (month - f.last_grant >= p.between)
    able = independent(f) & (month - f.birth < p.young) & rested
    chosen = call(world, par, draw, "grants", world.zone.grants_eur, able, 0)
    f.last_grant[chosen] = month
    first = chosen[(f.granted[chosen] < 0) & ((f.stage[chosen] == BOOTSTRAP) | (f.stage[chosen] == SEED))]
    f.granted[first] = month


def loans(world, par, draw):
    """Firms with sales and no debt ask for an advance."""
    f, p = world.startup, par.aid
    able = independent(f) & (f.revenue_eur > 0.0) & (f.debt_eur == 0.0) & (world.month - f.birth < p.oldest)
    chosen = call(world, par, draw, "loans", world.zone.loans_eur, able, 1)
    f.borrowed[chosen] = world.month
    f.debt_eur[chosen] = par.policy.term("loans", PRICES["loans"], 0.0)


def repay(world, par):
    """Loans are paid back; those of firms that closed are lost."""
    f, p = world.startup, par.aid
    lost = np.flatnonzero(~f.alive & (f.debt_eur > 0.0))
    f.debt_eur[lost] = 0.0
    f.instalment_eur[:] = instalment(f.debt_eur, f.borrowed, world.month, p.grace, p.term)
    rows = np.flatnonzero(f.instalment_eur > 0.0)
    eur = f.instalment_eur[rows]
    f.cash_eur[rows] -= eur
    f.debt_eur[rows] = np.maximum(f.debt_eur[rows] - eur, 0.0)
    treasury.recover(world, par.policy, "startups", "loans repaid", f.zone[rows], eur)


def champions(world, par):
    """The largest firms that grew over the year, for a year."""
    f, price = world.startup, par.policy.term("champions", PRICES["champions"], 0.0)
    room = served(world.zone.champions_eur, price)
    able = np.flatnonzero(independent(f) & (f.staff > np.maximum(f.staff_in_january, 1)))
    chosen = able[best(f.zone[able], f.staff[able].astype(np.float64), f.uid[able], room)]
    f.champion_until[chosen] = world.month + 11
    hand_out(world, par.policy, "champions", world.zone.champions_eur, chosen, price)


def purchases(world, par, draw):
    """Public buyers order from startups of the zone, at random in proportion to their fit with its theme."""
    f, pot = world.startup, world.zone.procurement_eur
    price = par.policy.term("procurement", PRICES["procurement"], 0.0)
    f.contract_eur[:] = 0.0
    if not par.policy.acts("procurement", world.month):
        return
    room = served(pot, price)
    rows = np.flatnonzero(f.alive & (f.cell >= 0))
    rows = rows[room[f.zone[rows]] >= 1.0]
    luck = -np.log(-np.log(rng.uniforms(draw, rng.CONTRACT, f.uid[rows])))  # Gumbel: a choice in proportion to fit
    merit = par.aid.fit * world.zone.theme[f.zone[rows], f.sector[rows]] + luck
    chosen = rows[best(f.zone[rows], merit, f.uid[rows], room)]
    hand_out(world, par.policy, "procurement", pot, chosen, price)
    f.contract_eur[chosen] = price


PRICES = {"grants": "grant", "loans": "loan", "champions": "cost_per_firm", "procurement": "contract"}
APPLY, SCORE = (rng.APPLY_GRANT, rng.APPLY_LOAN), (rng.SCORE_GRANT, rng.SCORE_LOAN)


def step(world, par, draw):
    """Repay, call, choose champions, buy; in January, note how many people work where."""
    f, policy, month = world.startup, par.policy, world.month
    if policy is not None and month >= policy.first and par.aid.active == 0:
        kinds = {measure.kind for measure in policy.measures}
        if "loans" in kinds:
            repay(world, par)
        if month % MONTHS_BETWEEN_CALLS == 0 and policy.acts("grants", month):
            grants(world, par, draw)
        if month % MONTHS_BETWEEN_CALLS == 0 and policy.acts("loans", month):
            loans(world, par, draw)
        if month % 12 == 0 and policy.acts("champions", month):
            champions(world, par)
        if "procurement" in kinds:
            purchases(world, par, draw)
    if month % 12 == 0:
        f.staff_in_january[:] = f.staff

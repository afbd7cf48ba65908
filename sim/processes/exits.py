"""Exits: startups are bought or listed, and their people and money go round (MODEL C11).

Once a year each startup may be bought, more often if funds own a part of it, if it is good and large; firms with later
rounds may be listed. The price is drawn against what was invested: most exits lose money, a few hold half of the gains.
It is shared among those who own the capital; persons pay a tax on gains. Most firms that are bought go on where they
are, owned by another; some are closed. If it was sold with a gain, its founders have succeeded and its employees are
its graduates for some years; founders who earned enough may become business angels.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import ANGEL, HOLDERS, LATER, SOLD
from sim.kernels import helper, kernel, rows_where
from sim.rounds import ANGEL_DEALS
from sim.world import add_at

NAME = "exits"
READS = ("startup.*", "talent.*", "investor.*", "zone.brand")
WRITES = ("startup.acquired", "startup.cause", "startup.share_*", "talent.wealth_eur", "talent.alumni_until",
          "talent.succeeded", "investor.*")

ASK_EVERY = 12  # months between two occasions to be bought
PAYERS = ("acquirers at home", "acquirers abroad", "stock market")
AT_HOME, ABROAD, LISTED = range(3)
OWNERS = ("funds", "corporate", "foreign")  # whose part goes back to limited partners
INVESTORS = ("angels", *OWNERS, "public")


@helper
def acquisition_hazard(backed, quality, staff, brand, par):
    """Yearly hazard of being bought (MODEL C11.1); that of firms with funds holds what their money adds."""
    base = par.backed if backed else par.unbacked
    return base * math.exp(par.quality * quality + par.staff * math.log(staff) + par.brand * brand)


def price(u, least, most, tail):
    """Price of an exit against what was invested: quantile of a Pareto law cut at both ends (MODEL C.11)."""
    return least * (1.0 - u * (1.0 - (least / most) ** tail)) ** (-1.0 / tail)


def listing_luck(u):
    """Luck of the price of a listing: that of the better half of exits."""
    return 0.5 + 0.5 * u


@kernel
def written_off(month, closed, raised_eur, acquired):
    """Rows of startups that closed in a month with the money of investors."""
    rows, n = rows_where(closed == month), 0
    for i in rows:
        rows[n] = i
        n += raised_eur[i] > 0.0 and acquired[i] < 0
    return rows[:n]


@kernel
def decide(draw, rows, uid, acquired, quality, staff, stage, lead, zone, brand, par):
    """Which of the firms asked are bought or listed, and which of them listed."""
    luck = rng.uniforms(draw, rng.EXIT, uid[rows])
    sold, listed, n = np.empty(rows.size, np.int64), np.empty(rows.size, np.bool_), 0
    for k in range(rows.size):
        i = rows[k]
        if acquired[i] >= 0:
            continue
        hazard = par.listing if stage[i] == LATER and lead[i] >= 0 else 0.0
        sold[n], listed[n] = i, rng.happens(hazard, luck[k])
        hazard += acquisition_hazard(lead[i] >= 0, quality[i], staff[i], brand[zone[i]], par)
        n += listed[n] or rng.happens(hazard, luck[k])
    return sold[:n], listed[:n]


@kernel
def pay_founders(rows, each_eur, founder, next_employee, wealth, person, eur):
    """Founders of each firm get an equal part; lists who they are and what each got, returns how many."""
    n = 0
    for k in range(rows.size):
        p = founder[rows[k]]
        while p >= 0:
            wealth[p] += each_eur[k]
            person[n], eur[n] = p, each_eur[k]
            n += 1
            p = next_employee[p]
    return n


@kernel
def graduate(rows, until, first_employee, next_employee, alumni_until):
    """Employees of these firms are graduates of a success for some time."""
    for i in rows:
        p = first_employee[i]
        while p >= 0:
            alumni_until[p] = until
            p = next_employee[p]


def prices(world, draw, rows, listed, par):
    """Price of each firm in all, and against what was invested, [firms]."""
    f = world.startup
    luck = rng.uniforms(draw, rng.EXIT_PRICE, f.uid[rows])
    luck = np.where(listed, listing_luck(luck), luck)
    multiple = price(luck, par.least, par.most, par.tail)
    sold = sum(getattr(f, f"share_{name}")[rows] for name in INVESTORS) - f.share_public[rows]
    value = np.where(sold > 0.0, f.raised_eur[rows] / np.where(sold > 0.0, sold, 1.0),
                     12.0 * par.sales * f.revenue_eur[rows])
    return multiple * value, multiple


def book(world, rows, eur, payer, invested, par):
    """Money of a sale reaches those who own a part, and the tax office.

    Parameters
    ----------
    invested : [firms] what angels put in, free of tax

    Returns
    -------
    [firms] what founders get, all together, taxes paid
    """
    f, zone = world.startup, world.startup.zone[rows]
    part = {name: eur * getattr(f, f"share_{name}")[rows] for name in HOLDERS}
    persons = part["founders"] + part["employees"] + part["angels"]
    partners = sum(part[name] for name in OWNERS)
    for rank, account in enumerate(PAYERS):
        here = payer == rank
        if here.any():
            world.pay(account, "households", "exit", zone[here], persons[here])
            world.pay(account, "limited partners", "exit", zone[here], partners[here])
            world.pay(account, "public investors", "exit", zone[here], part["public"][here])
    gain = part["founders"] + part["employees"] + np.maximum(part["angels"] - invested, 0.0)
    world.pay("households", "tax office", "tax on gains", zone, par.tax * gain)
    led = f.lead[rows] >= 0
    add_at(world.investor.returned_eur, f.lead[rows][led], partners[led])
    return (1.0 - par.tax) * part["founders"]


def new_angels(world, draw, person, eur, par):
    """Founders who earned enough become business angels by chance, once in a life."""
    t, v = world.talent, world.investor
    rich = person[eur > par.angel_bar_eur]
    rich = rich[rng.uniforms(draw, rng.NEW_ANGEL, t.uid[rich]) < par.angel]
    if rich.size == 0:
        return
    uid = rng.angel_uids(t.uid[rich])
    new = np.isin(uid, v.uid, invert=True)
    order = np.flatnonzero(new)[np.argsort(uid[new])]
    if order.size == 0:
        return
    ticket = v.largest_eur[v.kind == ANGEL].max(initial=0.0)
    rows, v = v.add(order.size), world.investor
    v.uid[rows], v.kind[rows] = uid[order], ANGEL
    v.zone[rows], v.sector[rows] = t.zone[rich[order]], t.sector[rich[order]]
    v.share[rows], v.largest_eur[rows] = ANGEL_DEALS, ticket


def recycle(world, draw, rows, multiple, each_eur, par):
    """Founders are paid and may become angels; those of firms sold with a gain have succeeded, their staff too."""
    f, t = world.startup, world.talent
    count = int(f.founders[rows].sum())
    person, eur = np.empty(count, np.int64), np.empty(count)
    pay_founders(rows, each_eur, f.founder, t.next_employee, t.wealth_eur, person, eur)
    gained = rows[multiple >= 1.0]
    people.have_succeeded(world, gained)
    if par.recycling == 0:
        graduate(gained, world.month + int(par.alumni), f.first_employee, t.next_employee, t.alumni_until)
        new_angels(world, draw, person, eur, par)


def step(world, par, draw):
    """Who is bought or listed, for how much, and what becomes of it."""
    f, p = world.startup, par.exits
    world.count("write_offs", f.zone[written_off(world.month - 1, f.closed, f.raised_eur, f.acquired)])
    if p.active == 1:
        return
    rows = people.startups_in_turn(world.month, ASK_EVERY, f.alive, f.uid)
    rows, listed = decide(draw, rows, f.uid, f.acquired, f.quality, f.staff, f.stage, f.lead, f.zone, world.zone.brand,
                          p)
    order = np.argsort(f.uid[rows])
    rows, listed = rows[order], listed[order]
    if rows.size == 0:
        return
    eur, multiple = prices(world, draw, rows, listed, p)
    where, fate = rng.uniform_pairs(draw, rng.EXIT_FATE, f.uid[rows], 0)
    payer = np.where(listed, LISTED, np.where(where < p.abroad, ABROAD, AT_HOME))
    founders_eur = book(world, rows, eur, payer, f.share_angels[rows] * eur / multiple, p)
    recycle(world, draw, rows, multiple, founders_eur / f.founders[rows], p)
    for name in HOLDERS:
        getattr(f, f"share_{name}")[rows] = 1.0 if name == "acquirer" else 0.0
    f.acquired[rows] = world.month
    f.cause[rows[~listed & (fate >= p.kept)]] = SOLD
    world.count("acquisitions", f.zone[rows[~listed]])
    world.count("listings", f.zone[rows[listed]])
    world.count("exits_eur", f.zone[rows], eur)

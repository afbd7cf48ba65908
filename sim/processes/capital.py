"""Capital: limited partners give money to investors, funds close and are raised, tax reliefs bring angels.

The national supply of venture capital is imposed (drivers); each fund has its share of it. A part of it is foreign, by
year, and follows the visibility of the nation: without a policy it is what was measured. Every January seed and growth
funds that have invested for five years close: what they did not invest goes back, the better half of their houses
raise another fund, larger if they did better, and new houses take the place of the others. Business angels have their
own money. A tax relief on angels' deals brings people who would not have come (MODEL C17.1): they know nobody, look
near home, come with a part of a deal, invest less than the others, and leave with the relief.
"""

import numpy as np

from sim import rng
from sim.fields import ANGEL, FOREIGN, GROWTH_FUND, PUBLIC, SEED_FUND
from sim.kernels import kernel
from sim.rounds import ANGEL_DEALS

NAME = "capital"
READS = ("investor.*", "nation.capital_index", "nation.goodwill", "nation.angel_relief")
WRITES = ("investor.*",)

FOREIGN_YEARS = 2013, 2021  # between which the foreign part of the supply goes from one value to the other


@kernel
def foreign_part(year, before, after):
    """Foreign part of the national supply."""
    first, last = FOREIGN_YEARS
    done = min(max((year - first) / (last - first), 0.0), 1.0)
    return before + (after - before) * done


@kernel
def foreign_response(goodwill, elasticity):
    """Foreign supply against what it is without a policy (ruling 12 on the science): (V / V_0)^eps."""
    return (1.0 + goodwill) ** elasticity


@kernel
def tax_response(relief, elasticity):
    """Supply of angels against what it is without more relief (MODEL C17.1)."""
    return (1.0 - relief) ** -elasticity


def yearly_money(world, par):
    """New money a year of each investor, [investors]."""
    v, nation, p = world.investor, world.nation, par.capital
    part = foreign_part(world.month / 12.0, p.foreign_2013, p.foreign_2021)
    response = foreign_response(nation.goodwill[0], p.brand) if p.abroad == 0 else 1.0
    supply = par.funding.supply_2013_eur * nation.capital_index[0]
    of_funds = supply * np.where(v.kind == FOREIGN, part * response, 1.0 - part)
    return v.share * np.where(v.kind == ANGEL, v.largest_eur, of_funds)


def replenish(world, par):
    """New money of the month; funds keep no more than some years of it, angels that and their usual deal."""
    v = world.investor
    yearly = yearly_money(world, par)
    before = v.money_eur.copy()
    v.money_eur += yearly / 12.0
    np.minimum(v.money_eur, par.funding.dry_powder * yearly + v.largest_eur * (v.kind == ANGEL), out=v.money_eur)
    change = v.money_eur - before
    public = v.kind == PUBLIC
    world.pay("limited partners", "investors", "supply", v.zone[~public], change[~public])
    world.pay("public investors", "investors", "supply", v.zone[public], change[public])


def renew(world, kind, par):
    """Funds of a kind that have had their time close; the better half of the houses raise another, others give way."""
    v, month = world.investor, world.month
    over = np.flatnonzero((v.kind == kind) & v.active & (month - v.vintage >= par.life))
    if over.size == 0:
        return
    world.pay("investors", "limited partners", "end of fund", v.zone[over], v.money_eur[over])
    v.money_eur[over] = 0.0
    gain = v.returned_eur[over] / np.maximum(v.invested_eur[over], 1.0)
    over = over[np.lexsort((v.uid[over], gain))]
    place = np.arange(over.size)
    better = 2 * place >= over.size - 1
    rank = place / max(over.size - 1, 1)
    all_shares = v.share[over].sum()
    v.vintage[over] = month
    v.share[over[better]] *= 1.0 + par.successor * rank[better]
    gone = over[~better]
    v.active[gone] = False
    new = take_place(world, gone[np.argsort(v.uid[gone])])
    v = world.investor
    v.share[gone] = 0.0
    on = np.concatenate([over[better], new])
    total = v.share[on].sum()
    v.share[on] *= all_shares / total if total > 0.0 else 1.0


def take_place(world, rows):
    """New houses, without a past, in the place of those in `rows`; their rows."""
    new, v = world.investor.add(rows.size), world.investor
    for name in ("kind", "zone", "sector", "share", "largest_eur", "vintage"):
        getattr(v, name)[new] = getattr(v, name)[rows]
    v.uid[new] = rng.renewed_uids(v.uid[rows], world.month)
    return new


def follow_relief(world, par, draw):
    """Angels who come for a relief: one behind each group that was there, at most; who does is drawn once for all."""
    v, p, relief = world.investor, par.angels, world.nation.angel_relief[0]
    if p.tax == 1 or (relief == 0.0 and not v.novice.any()):
        return
    if not v.novice.any():
        leaders = np.flatnonzero(v.kind == ANGEL)
        leaders = leaders[np.argsort(v.uid[leaders])]
        new, v = v.add(leaders.size), world.investor
        for name in ("kind", "zone", "sector", "largest_eur"):
            getattr(v, name)[new] = getattr(v, name)[leaders]
        v.uid[new], v.novice[new] = rng.follower_uids(v.uid[leaders]), True
    novices = np.flatnonzero(v.novice)
    behind = ((v.kind == ANGEL) & ~v.novice).sum() / novices.size  # groups now, for each that may follow
    more_people = (tax_response(relief, p.tax_people) - 1.0) * behind
    more_money = (tax_response(relief, p.tax_deals) - 1.0) * behind
    who, has = rng.uniform_pairs(rng.Draw(draw.seed, np.uint64(0)), rng.TAX_ANGEL, v.uid[novices], 0)
    comes = who < more_people
    first = comes & (v.money_eur[novices] == 0.0) & (v.deals[novices] == 0)
    v.money_eur[novices[first]] = has[first] * v.largest_eur[novices[first]]
    world.pay("limited partners", "investors", "supply", v.zone[novices[first]], v.money_eur[novices[first]])
    v.active[novices] = comes
    each = ANGEL_DEALS * more_money / max(min(more_people, 1.0), 1e-9)
    v.share[novices] = np.where(v.active[novices], each, 0.0)


def step(world, par, draw):
    """Houses change in January; angels follow reliefs; money comes in."""
    v = world.investor
    if par.funding.active == 1 or v.n == 0:
        return
    if par.capital.vintages == 0 and world.month % 12 == 0:
        for kind in (SEED_FUND, GROWTH_FUND):
            renew(world, kind, par.capital)
    follow_relief(world, par, draw)
    replenish(world, par)

"""Funding: investors look at files near them, screen, invite partners and invest until their money runs out.

Groups of business angels and funds study a few files a month, drawn by distance, visibility, sector, stage and past
rounds together (MODEL C10.1: first the zone, or what they know already, then the sector, then the startup). A file
passes if the quality an investor sees, with an error that grows with distance and shrinks with experience, is above
the bar. A startup takes its best offer, for its size, and the nearness and experience of who makes it. The leader of a
round of funds invites partners; one who is near the startup looks for the leader too when it next needs money. Public
money that waits in the zone joins private rounds. Shares of capital always add up to one.
"""

import math
from functools import cache, lru_cache

import numpy as np

from sim import rng, rounds
from sim.deal_flow import offers, sort_files
from sim.fields import (
    ANGEL,
    BOOTSTRAP,
    CORPORATE,
    FIRST,
    FOREIGN,
    GROWTH_FUND,
    HOLDERS,
    LATER,
    PUBLIC,
    SEED,
    SEED_FUND,
)
from sim.kernels import helper, inlined, kernel, rows_where
from sim.siting import in_capital
from sim.space import decay_with, distance_decay

NAME = "funding"
READS = ("startup.*", "investor.*", "zone.coinvest_eur", "zone.reach", "zone.labour_market",
         "zone.workforce", "cell.hub", "hub.brand", "nation.capital_index",
         "nation.angel_relief", "funder.paid_eur")
WRITES = ("startup.cash_eur", "startup.stage", "startup.rounds", "startup.last_round", "startup.seeks_eur",
          "startup.raised_eur", "startup.share_*", "startup.lead", "startup.backer_zone", "startup.public_part",
          "startup.aid_eur", "startup.aided", "investor.money_eur", "investor.deals", "investor.invested_eur",
          "investor.met", "investor.partners", "zone.coinvest_eur", "funder.paid_eur",
          "funder.paid_year_eur")

N_STAGES = LATER + 1
LONG_AGO = 1000  # months
FOLLOWED = {ANGEL: SEED, SEED_FUND: SEED, GROWTH_FUND: FIRST, CORPORATE: FIRST, FOREIGN: LATER}  # stage they follow


@inlined
def seeks(age, since_last, runway, quality, since_grant, par):
    """Does a startup look for money: short of runway, ambitious, or with a prototype that a grant has just paid for
    (Howell 2017); not right after a round.
    """
    of_age, rested = (par.youngest <= age) & (age < par.oldest), since_last >= par.between_rounds
    wants = (runway < par.runway) | (quality > par.ambition) | (since_grant < par.prototype)
    return of_age & rested & wants


@helper
def stage_sought(stage, staff, revenue, par):
    """Next stage of finance a startup is ready for, or its present one (not ready)."""
    if stage == BOOTSTRAP:
        return SEED
    if stage == SEED:
        return FIRST if revenue > par.first_bar_eur else stage
    return LATER if staff >= par.later_staff else stage


@helper
def visibility(brand, raised_eur, accelerated, champion, par):
    """How visible a startup is (MODEL C10.2)."""
    return (par.visibility * brand + par.visible_raised * math.log1p(raised_eur / par.visible_scale_eur)
            + (par.visible_accelerator if accelerated else 0.0) + (par.visible_champion if champion else 0.0))


@helper
def certification(granted, par):
    """How much easier to see a first grant at an early stage makes a startup."""
    return math.exp(par.visible_grant) if granted >= 0 else 1.0


@helper
def round_size(stage, capital_index, z, par):
    """Lognormal round around its stage's mean, which follows a power of national supply (MODEL C10)."""
    mean = par.seed_eur if stage == SEED else (par.first_eur if stage == FIRST else par.later_eur)
    return mean * capital_index**par.size * math.exp(par.spread * z - 0.5 * par.spread**2)


@kernel
def seekers(month, alive, acquired, birth, last_round, granted, cash, burn, quality, stage, staff, revenue, par):
    """Rows of startups that seek money, and the stage each seeks."""
    looking = np.empty(alive.size, np.bool_)
    for i in range(alive.size):  # no branch: several rows at once
        runway = cash[i] / burn[i] if burn[i] > 0.0 else np.inf
        since = month - last_round[i] if last_round[i] >= 0 else LONG_AGO
        since_grant = month - granted[i] if granted[i] >= 0 else LONG_AGO
        free = alive[i] & (acquired[i] < 0)
        looking[i] = free & seeks(month - birth[i], since, runway, quality[i], since_grant, par)
    rows = rows_where(looking)
    sought, n = np.empty(rows.size, np.int8), 0
    for i in rows:
        following = stage_sought(stage[i], staff[i], revenue[i], par)
        rows[n], sought[n] = i, following
        n += following > stage[i] or stage[i] == LATER
    return rows[:n], sought[:n]


@kernel
def open_files(draw, month, rows, sought, uid, raised, brand, accelerated, champion_until, granted, capital_index,
               partners, par, seeks_eur):
    """How visible each startup that seeks money is, how many partners the leader of its round would invite, and what
    that leader would put in, [files]. What it seeks goes to `seeks_eur`.
    """
    visible, wanted, ticket = np.empty(rows.size), np.empty(rows.size, np.int64), np.empty(rows.size)
    for k in range(rows.size):
        i = rows[k]
        z = rng.normal_quantile(rng.uniform(draw, rng.ROUND_SIZE, uid[i]))
        seeks_eur[i] = round_size(sought[k], capital_index, z, par)
        visible[k] = math.exp(visibility(brand[k], raised[i], accelerated[i], champion_until[i] >= month, par))
        visible[k] *= certification(granted[i], par)
        wanted[k] = rng.poisson(partners, rng.uniform(draw, rng.PARTNERS, uid[i]))
        ticket[k] = seeks_eur[i] / (1.0 + wanted[k])
    return visible, wanted, ticket


@cache
def stage_fit(fit):
    """Pull of files by the stage sought, against those of the stage an investor follows, [kinds, stages]: `fit` of one
    stage further or before.
    """
    out = np.zeros((PUBLIC + 1, N_STAGES))
    for kind, followed in FOLLOWED.items():
        out[kind] = fit ** np.abs(np.arange(N_STAGES) - followed)
    out[ANGEL, FIRST:] = 0.0  # a group of angels gives what a first deal asks for
    out[PUBLIC] = 1.0
    out[:, BOOTSTRAP] = 0.0
    return out


def best_offers(world, investor, startup, eur, reach, par):
    """The offer each startup takes: the largest for its size, and the nearness and experience of who makes it."""
    f, v = world.startup, world.investor
    near = reach[v.kind[investor], v.zone[investor], f.zone[startup]]
    worth = eur * near * rounds.standing(v.deals[investor], par.attachment)
    order = np.lexsort((v.uid[investor], -worth, f.uid[startup]))
    first = np.r_[True, np.diff(f.uid[startup[order]]) != 0] if order.size else np.zeros(0, bool)
    return order[first]


def close_rounds(world, par, draw, lead, startup, ticket, wanted, stage, reach, fit, km):
    """Rounds are closed: partners and public money join, capital and money change hands.

    Parameters
    ----------
    lead, startup, ticket, wanted, stage : [rounds] of the offers taken, by identity of the startup
    """
    f, v, p = world.startup, world.investor, par.funding
    angels = v.kind[lead] == ANGEL
    funds = np.flatnonzero(v.active & (v.kind != ANGEL))
    of_round, partner, backer = rounds.invite(
        draw, lead, startup, wanted, ticket, f.uid, f.zone, stage, funds, rounds.standing(v.deals[funds], p.attachment),
        v.uid, v.kind, v.zone, v.money_eur, v.partners, reach, fit, p.ties if p.known == 0 else 0.0, km)
    rounds.remember(lead, of_round, partner, v.uid, v.met, v.partners)
    raised = rounds.add_up(lead, of_round, partner, ticket, v.invested_eur, v.deals)
    public = rounds.join_publicly(world, par, startup, np.where(angels, 0.0, raised))
    who, of = np.concatenate([lead, partner]), np.concatenate([np.arange(lead.size), of_round])
    holder = np.concatenate([rounds.HOLDER_RANK[v.kind[who]], np.full(lead.size, HOLDERS.index("public"))])
    pool = np.where(angels | (f.share_employees[startup] > 0.0), 0.0, p.option_pool)
    rounds.sell(f, startup, holder, np.concatenate([ticket[of], public]),
                np.concatenate([of, np.arange(lead.size)]), p.stake, pool)
    f.raised_eur[startup] += raised
    f.cash_eur[startup] += raised + public
    f.aid_eur[startup] += public
    f.aided[startup] |= public > 0.0
    f.public_part[startup] = public / (raised + public)
    f.lead[startup[~angels]], f.backer_zone[startup[~angels]] = lead[~angels], backer[~angels]
    zone = f.zone[startup]
    world.pay("investors", "startups", "equity", zone, raised)
    foreign = np.flatnonzero(v.kind[who] == FOREIGN)
    world.count("raised_foreign_eur", zone[of[foreign]], ticket[of[foreign]])
    world.count("raised_eur", zone, raised)
    world.count("rounds", zone[~angels])
    world.count("angel_deals", zone[angels])


def usual_money(world, par, draw, lead, startup, ticket):
    """Deals of angels who came for a relief that add no money: other early finance goes, or insiders' (MODEL C17.1).

    Returns
    -------
    [rounds] whether the startup is where it would have been without the deal
    """
    f, v, p = world.startup, world.investor, par.angels
    out = v.novice[lead]
    rows = startup[out]
    luck = rng.uniforms(draw, rng.ADDITIONAL, f.uid[rows])
    replaced, usual = luck < p.replaced, luck < p.replaced + p.insiders
    f.cash_eur[rows[usual]] -= ticket[out][usual]
    world.count("replaced_eur", f.zone[rows[usual]], ticket[out][usual])
    for which, name in ((replaced, "early finance replaced"), (usual & ~replaced, "insiders replaced")):
        world.pay("startups", "households", name, f.zone[rows[which]], ticket[out][which])
    out[out] = usual
    return out


def give_relief(world, lead, ticket):
    """The State gives back a part of every deal of angels, whether it would have been made or not (MODEL C17.1)."""
    v, relief = world.investor, world.nation.angel_relief[0]
    if relief > 0.0:
        rows = v.kind[lead] == ANGEL
        world.pay("State", "households", "angel_tax", v.zone[lead[rows]], relief * ticket[rows])


def distances(world):
    """Kilometres between zones of investors and of startups as investors count them, [zones, zones]: links between hubs
    take away a part of those from the capital (MODEL C15.1).
    """
    km, taken = world.space.distance_km, world.zone.reach
    if not taken.any():
        return km
    km = km.copy()
    km[in_capital(world)] *= 1.0 - taken
    return km


@lru_cache(maxsize=16)
def usual_reaches(space, angel, fund, foreign):
    """Pull of distance on each kind of investor, [kinds, zones, zones]; the public co-investor is everywhere."""
    angel, fund, foreign = (distance_decay(space, exponent) for exponent in (angel, fund, foreign))
    return np.stack([angel, fund, fund, fund, foreign, np.ones_like(fund)])


def reaches(world, km, par, novice):
    """Pull of distance on each kind of investor, [kinds, zones, zones], and on new angels, whose decay is `novice`:
    those of the capital count the kilometres `km`.
    """
    decays = par.distance_angel, par.distance_fund, par.distance_foreign
    usual, new = usual_reaches(world.space, *decays), distance_decay(world.space, novice)
    if km is world.space.distance_km:
        return usual, new
    capital, reach, new = in_capital(world), usual.copy(), new.copy()
    angel, fund, foreign, new[capital] = (decay_with(km[capital], exponent) for exponent in (*decays, novice))
    for kind, near in ((ANGEL, angel), (SEED_FUND, fund), (GROWTH_FUND, fund), (CORPORATE, fund), (FOREIGN, foreign)):
        reach[kind, capital] = near
    return reach, new


def brand_of(world, rows):
    """Brand share that startups of `rows` enjoy: that of the hub whose footprint holds it, zero elsewhere."""
    f, c, h = world.startup, world.cell, world.hub
    if h.n == 0:
        return np.zeros(rows.size)
    hub = c.hub[f.cell[rows]]
    return np.where(hub >= 0, h.brand[hub], 0.0)


def step(world, par, draw):
    """Startups seek, investors look and offer, startups take, rounds are closed."""
    f, v, z, p, month = world.startup, world.investor, world.zone, par.funding, world.month
    if p.active == 1 or v.n == 0:
        return
    rows, sought = seekers(month, f.alive, f.acquired, f.birth, f.last_round, f.granted, f.cash_eur, f.burn_eur,
                           f.quality, f.stage, f.staff, f.revenue_eur, p)
    order, start = sort_files(rows, f.uid, f.zone, f.sector, z.n)
    rows, sought = rows[order], sought[order]
    f.seeks_eur[:] = 0.0
    visible, wanted, ticket = open_files(
        draw, month, rows, sought, f.uid, f.raised_eur, brand_of(world, rows), f.was_accelerated, f.champion_until,
        f.granted, world.nation.capital_index[0], p.partners if p.syndication == 0 else 0.0, p, f.seeks_eur)
    fit, km = stage_fit(p.stage_fit), distances(world)
    reach, novice = reaches(world, km, p, p.distance_angel * par.angels.novice_distance)
    investor, file = offers(
        draw, v.uid, v.active, v.novice, v.kind, v.zone, v.sector, v.money_eur, v.deals, v.partners, reach, novice, km,
        world.space.zone_key, fit, start, f.uid[rows], f.zone[rows], f.sector[rows], sought, visible, f.quality[rows],
        f.staff[rows], f.lead[rows], f.backer_zone[rows], ticket, p.ties if p.known == 0 else 0.0, p)
    angels = v.kind[investor] == ANGEL
    taken = best_offers(world, investor, rows[file],
                        np.where(angels, p.ticket_angel_eur, f.seeks_eur[rows[file]]), reach, p)
    lead, file, angels = investor[taken], file[taken], angels[taken]
    startup, put_in = rows[file], np.where(angels, p.ticket_angel_eur, ticket[file])
    close_rounds(world, par, draw, lead, startup, put_in, np.where(angels, 0, wanted[file]), sought[file], reach, fit,
                 km)
    give_relief(world, lead, put_in)
    usual = usual_money(world, par, draw, lead, startup, put_in)
    moved = startup[~usual]
    f.stage[moved] = sought[file[~usual]]
    f.rounds[moved] += 1
    f.last_round[moved] = month

"""Rounds of finance: who joins the leader of a round, and what part of the capital each kind of investor gets."""

from __future__ import annotations

import math

import numpy as np

from sim import rng, treasury
from sim.fields import HOLDER_OF, HOLDERS, PARTNERS
from sim.kernels import helper, kernel, total

ANGEL_DEALS = 0.4  # deals a year that a group of angels has money for (France Angels: some 400 deals a year)
HOLDER_RANK = np.array([HOLDERS.index(name) for name in HOLDER_OF])


@helper
def past_rounds(partners, uid):
    """Rounds an investor remembers to have shared with another."""
    found = 0
    for n in range(PARTNERS):
        found += partners[n] == uid
    return found


def standing(deals, attachment):
    """Weight of experience: past deals draw others (MODEL C10, preferential attachment)."""
    return (1.0 + deals) ** attachment


@helper
def _luck(draw, funds, investor_uid, startup_uid, first, out):
    """Uniforms behind the exponentials of four partners from `first` on, [4, funds]."""
    for f in range(funds.size):
        key = rng.pair(investor_uid[funds[f]], startup_uid)
        a, b, c, d = rng.words(draw, rng.PARTNER, key, np.uint64(first // 4))
        out[0, f], out[1, f], out[2, f], out[3, f] = rng.unit32(a), rng.unit32(b), rng.unit32(c), rng.unit32(d)


@helper
def _draw_partner(luck, pull):
    """Fund drawn in proportion to its pull, -1 if none has any: the smallest of keyed exponentials over pulls."""
    best, chosen = np.inf, -1
    for f in range(pull.size):
        if pull[f] > 0.0 and 1.0 - luck[f] < best * pull[f]:  # -log(u) is never below: most logarithms are spared
            score = -math.log(luck[f])
            if score < best * pull[f]:
                best, chosen = score / pull[f], f
    return chosen


@kernel
def invite(draw, lead, startup, wanted, ticket_eur, startup_uid, startup_zone, stage, funds, weight, investor_uid, kind,
           home, money, partners, reach, fit, ties, distance_km):
    """Partners of each round of funds, one after the other: their round, who they are, and the zone of the nearest
    member of each round.

    A partner is one of `funds` that has the money, follows the stage, and is drawn by its experience, `weight`, its
    distance to the startup and past rounds with the leader. Money is taken at once.
    """
    room, backer = 0, np.empty(lead.size, np.int64)
    for r in range(lead.size):
        money[lead[r]] -= ticket_eur[r]
        room += wanted[r]
        backer[r] = home[lead[r]]
    of_round, out, n = np.empty(room, np.int64), np.empty(room, np.int64), 0
    pull, luck = np.empty(funds.size), np.empty((4, funds.size))
    for r in range(lead.size):
        i, k = startup[r], lead[r]
        for f in range(funds.size if wanted[r] > 0 else 0):
            m = funds[f]
            able = m != k and money[m] >= ticket_eur[r]
            near = reach[kind[m], home[m], startup_zone[i]] * fit[kind[m], stage[r]] if able else 0.0
            pull[f] = weight[f] * near * (1.0 + ties * past_rounds(partners[k], investor_uid[m])) if near > 0.0 else 0.0
        for which in range(wanted[r]):
            if which % 4 == 0:
                _luck(draw, funds, investor_uid, startup_uid[i], which, luck)
            chosen = _draw_partner(luck[which % 4], pull)
            if chosen < 0:
                break
            found, pull[chosen] = funds[chosen], 0.0
            of_round[n], out[n] = r, found
            money[found] -= ticket_eur[r]
            if distance_km[home[found], startup_zone[i]] < distance_km[backer[r], startup_zone[i]]:
                backer[r] = home[found]
            n += 1
    return of_round[:n], out[:n], backer


@helper
def _remember(investor, partner_uid, met, partners):
    """In the place of the one before eight others."""
    partners[investor, met[investor] % PARTNERS] = partner_uid
    met[investor] += 1


@kernel
def remember(lead, of_round, partner, uid, met, partners):
    """Leaders and partners of rounds remember each other."""
    for n in range(partner.size):
        _remember(lead[of_round[n]], uid[partner[n]], met, partners)
    for n in range(partner.size):
        _remember(partner[n], uid[lead[of_round[n]]], met, partners)


@kernel
def add_up(lead, of_round, partner, ticket_eur, invested_eur, deals):
    """Money that each round brings, [rounds]; each investor counts its own."""
    raised = np.empty(lead.size)
    for r in range(lead.size):
        invested_eur[lead[r]] += ticket_eur[r]
        deals[lead[r]] += 1
        raised[r] = ticket_eur[r]
    for n in range(partner.size):
        invested_eur[partner[n]] += ticket_eur[of_round[n]]
        deals[partner[n]] += 1
        raised[of_round[n]] += ticket_eur[of_round[n]]
    return raised


def join_publicly(world, par, startup, eur):
    """Public money that waits in the zone of a round joins it, as far as it goes, [rounds] EUR (MODEL C10)."""
    z, zone = world.zone, world.startup.zone[startup].astype(np.int64)
    out = np.zeros(startup.size)
    open_now = par.policy is not None and par.policy.acts("co_investment", world.month)
    if par.coinvestment.active == 1 or world.funder.n == 0 or not open_now:
        return out
    most = par.policy.term("co_investment", "most_share", 0.0)
    for r in np.flatnonzero(z.coinvest_eur[zone] > 0.0):
        out[r] = min(eur[r] * most / (1.0 - most), z.coinvest_eur[zone[r]])
        z.coinvest_eur[zone[r]] -= out[r]
    treasury.pay(world, par.policy, "startups", "co_investment", zone, out)
    return out


def sell(f, startup, holder, eur, round_of, stake, pool):
    """Capital changes hands: those who put money in a round share its stake, by kind and in proportion.

    Parameters
    ----------
    startup : [rounds] rows
    holder, eur, round_of : [payments] name among HOLDERS by its rank, money, round
    pool : [rounds] part of the founders' capital set apart for employees
    """
    _sell(startup, holder, eur, round_of, stake, pool, tuple(getattr(f, f"share_{name}") for name in HOLDERS))


@kernel
def _sell(startup, holder, eur, round_of, stake, pool, shares):
    bought = np.zeros((startup.size, len(HOLDERS)))
    for n in range(eur.size):
        bought[round_of[n], holder[n]] += eur[n]
    founders, employees = shares[0], shares[1]
    for r in range(startup.size):
        i = startup[r]
        employees[i] += pool[r] * founders[i]
        founders[i] *= 1.0 - pool[r]
        whole = total(bought[r])
        for rank in range(len(HOLDERS)):
            share = shares[rank]
            share[i] = share[i] * (1.0 - stake) + stake * bought[r, rank] / whole

"""Rounds of finance: who joins the leader of a round, and what part of the capital each kind of investor gets."""

from __future__ import annotations

import numpy as np

from sim import rng, treasury
from sim.fields import ANGEL, HOLDER_OF, HOLDERS, PARTNERS
from sim.kernels import kernel, rows_where

ANGEL_DEALS = 0.4  # deals a year that a group of angels has money for (France Angels: some 400 deals a year)
HOLDER_RANK = np.array([HOLDERS.index(name) for name in HOLDER_OF])


@kernel
def past_rounds(partners, uid):
    """Rounds an investor remembers to have shared with another."""
    found = 0
    for n in range(PARTNERS):
        found += partners[n] == uid
    return found


def standing(deals, attachment):
    """Weight of experience: past deals draw others (MODEL C10, preferential attachment)."""
    return (1.0 + deals) ** attachment


@kernel
def invite(draw, lead, startup, wanted, ticket_eur, startup_uid, startup_zone, stage, investor_uid, active, kind, home,
           money, weight, partners, reach, fit, ties, distance_km, out_round, out_investor, backer):
    """Partners of each round of funds, one after the other: round and investor; returns how many.

    A partner has the money, follows the stage, and is drawn by its experience, its distance to the startup and past
    rounds with the leader. `backer` becomes the nearest member of each round. Money is taken at once.
    """
    funds = rows_where(active & (kind != ANGEL))
    pull, n = np.empty(funds.size), 0
    for r in range(lead.size):
        i, k = startup[r], lead[r]
        backer[r] = home[k]
        for f in range(funds.size if wanted[r] > 0 else 0):
            m = funds[f]
            able = m != k and money[m] >= ticket_eur[r]
            near = reach[kind[m], home[m], startup_zone[i]] * fit[kind[m], stage[r]] if able else 0.0
            pull[f] = weight[m] * near * (1.0 + ties * past_rounds(partners[k], investor_uid[m])) if near > 0.0 else 0.0
        for which in range(wanted[r]):
            best, chosen = np.inf, -1
            for f in range(funds.size):
                if pull[f] > 0.0:
                    key = rng.pair(investor_uid[funds[f]], startup_uid[i])
                    luck = rng.exponential(draw, rng.PARTNER, key, which)
                    if luck < best * pull[f]:
                        best, chosen = luck / pull[f], f
            if chosen < 0:
                break
            found, pull[chosen] = funds[chosen], 0.0
            out_round[n], out_investor[n] = r, found
            money[found] -= ticket_eur[r]
            if distance_km[home[found], startup_zone[i]] < distance_km[backer[r], startup_zone[i]]:
                backer[r] = home[found]
            n += 1
    return n


@kernel
def remember(investor, partner_uid, met, partners):
    """Each investor remembers the last with whom it shared a round, in the place of the one before eight others."""
    for n in range(investor.size):
        k = investor[n]
        partners[k, met[k] % PARTNERS] = partner_uid[n]
        met[k] += 1


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
    f.share_employees[startup] += pool * f.share_founders[startup]
    f.share_founders[startup] *= 1.0 - pool
    bought = np.zeros((len(HOLDERS), startup.size))
    np.add.at(bought, (holder, round_of), eur)
    whole = bought.sum(axis=0)
    for rank, name in enumerate(HOLDERS):
        share = getattr(f, f"share_{name}")
        share[startup] = share[startup] * (1.0 - stake) + stake * bought[rank] / whole

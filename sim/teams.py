"""Teams of founders: who may be asked in a month, who is picked among them, and who joins whom.

Free people are asked in one month of the year, so that the same person is seldom wanted twice. Each choice is keyed by
the pair of who asks and who is asked.
"""

from __future__ import annotations

import math

import numpy as np

from sim import people, rng
from sim.fields import ELSEWHERE, JOBSEEKER, N_SECTORS
from sim.kernels import group_rows, helper, kernel

JOIN_EVERY = 12  # months between those in which a person may join a founder, or found out of research
MOST_FOUNDERS = 4


@kernel
def sort_by_trade(month, asked, turn, zone, sector, zones):
    """People of `asked` who have their month of the year, by zone and trade: rows, and where each group starts."""
    rows, n, months = np.empty(asked.size, np.int64), 0, people.turns_of(month, np.int64(JOIN_EVERY))
    for j in asked:
        rows[n] = j
        n += (months >> np.int32(turn[j])) & 1
    rows = rows[:n]
    group = np.empty(n, np.int64)
    for k in range(n):
        group[k] = zone[rows[k]] * N_SECTORS + sector[rows[k]]
    order, start = group_rows(group, zones * N_SECTORS)
    return rows[order], start


@kernel
def still_free(rows, status, weight):
    """People of each of `rows` who have not founded this month."""
    out = np.empty(rows.size, np.int32)
    for k in range(rows.size):
        j = rows[k]
        out[k] = weight[j] * ((status[j] == ELSEWHERE) | (status[j] == JOBSEEKER))
    return out


@helper
def pick_person(draw, key, zone, trade, rows, start, uid, crowd):
    """Row of `trade` in `zone` picked in proportion to its people, -1 if there is none: keyed by pairs.

    Parameters
    ----------
    rows, start : by zone and trade
    crowd : people of each of `rows`
    """
    group = zone * N_SECTORS + trade
    first, last = start[group], start[group + 1]
    luck = rng.pair_units(draw, rng.TEAM_PERSON, key, uid[rows[first:last]])
    best, chosen = np.inf, -1
    for k in range(first, last):
        u = luck[k - first]
        if crowd[k] > 0 and 1.0 - u < best * crowd[k]:  # -log(u) is never below: most logarithms are spared
            score = -math.log(u) / crowd[k]
            if score < best:
                best, chosen = score, rows[k]
    return chosen


@kernel
def joiners(draw, startups, luck, team, relatedness, uid, zone, sector, rows, start, crowd, person_uid, weight):
    """People who join founders: row, startup, and how many joined from that row before. Startups in order of identity.

    The trade of each is drawn in proportion to its people in the founder's zone times its relatedness to the firm's
    sector, then the person within it. Where a row has nobody left, the team is smaller.

    Parameters
    ----------
    luck : [n] uniforms of team sizes
    rows, start, crowd : see `pick_person`
    """
    room = startups.size * (MOST_FOUNDERS - 1)
    row, of, rank = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    n, weights, here = 0, np.empty(N_SECTORS), np.zeros(start.size - 1)
    for group in range(here.size):
        for k in range(start[group], start[group + 1]):
            here[group] += crowd[k]
    for k in range(startups.size):
        i = startups[k]
        for member in range(min(rng.poisson(team, luck[k]), MOST_FOUNDERS - 1)):
            for s in range(N_SECTORS):
                weights[s] = relatedness[sector[i], s] * here[zone[i] * N_SECTORS + s]
            trade = rng.choose(draw, rng.TEAM_TRADE, uid[i], member * N_SECTORS, weights)
            if trade < 0:
                continue
            j = pick_person(draw, uid[i] + np.uint64(member), np.int64(zone[i]), trade, rows, start, person_uid, crowd)
            before = 0
            for other in range(n):
                before += row[other] == j
            if before < min(weight[j], rng.MOST_JOINING):
                row[n], of[n], rank[n] = j, i, before
                n += 1
    return row[:n], of[:n], rank[:n]

"""Openings and applicants meet: people who look for jobs and filled places, each at a place on a circle.

Each labour market, one trade in one region, is a circle [0, 1). Whoever comes forward stands at a keyed place of it,
and so does every filled place, which takes the first applicant free after it. Nobody's luck depends on who was served
before: one opening more takes one applicant more, and disturbs only its neighbours.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim import rng
from sim.kernels import kernel, sort_circles, total

APPLICANTS_PER_OPENING = 2.0  # enough that one opening more hardly disturbs the others
BLOCK = 4096  # rows whose numbers stay in the processor's fastest memory


class Search(NamedTuple):
    """Who looks for a job this month, where, and how hard.

    Attributes
    ----------
    rows, market, effort : [n] rows of talents, the market they search, and their effort
    total : [markets] effort of all
    reserve : [markets] people who may come, as many of a row as may be hired in a month
    """

    rows: np.ndarray
    market: np.ndarray
    effort: np.ndarray
    total: np.ndarray
    reserve: np.ndarray


def search_of(
    rows: np.ndarray, market: np.ndarray, effort: np.ndarray, weight: np.ndarray, n_markets: int
) -> Search:
    """Put together a search by the effort of rows of talents on each market."""
    return Search(rows, market, effort, *_add_up(market, effort, rows, weight, n_markets))


@kernel
def _add_up(market, effort, rows, weight, n_markets):
    search, reserve = np.zeros(n_markets), np.zeros(n_markets)
    here, effort_here, people_here = 0, 0.0, 0.0  # rows of a market mostly follow one another: their sums stay at hand
    for k in range(market.size):
        if market[k] != here:
            search[here], reserve[here] = effort_here, people_here
            here = market[k]
            effort_here, people_here = search[here], reserve[here]
        effort_here += effort[k]
        people_here += min(weight[rows[k]], rng.MOST_HIRED)
    search[here], reserve[here] = effort_here, people_here
    return search, reserve


@kernel
def _applicants(draw, rows, market, effort, uid, weight, horizon, capacity):
    """People who come forward this month, each at a keyed place on the circle of their market.

    Each row is a Poisson stream of rate `effort`, one person an arrival, up to the `horizon` of its market.

    Parameters
    ----------
    capacity : people who may come

    Returns
    -------
    place : where on the circle
    index : [n] place of the applicant's row in `rows`
    occasion : how many people of the same row came forward before
    came : [markets] how many came
    """
    place, index, occasion = np.empty(capacity), np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    came, n = np.zeros(horizon.size, np.int64), 0
    row, identity, until = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.uint64), np.empty(BLOCK)
    for first in range(0, rows.size, BLOCK):
        here, person = 0, rng.ONCE
        for k in range(first, min(first + BLOCK, rows.size)):
            row[here], identity[here], until[here] = k, uid[rows[k]], horizon[market[k]] * effort[k]
            here += until[here] > 0.0
        while here > 0:  # the first arrivals of a block are drawn together, then the second ones
            where, wait = rng.uniform_pairs(draw, rng.SEARCH, identity[:here], person)
            early = 0
            for b in range(here):
                row[early], identity[early], until[early] = row[b], identity[b], until[b]
                where[early], wait[early] = where[b], wait[b]
                early += 1.0 - wait[b] < until[b]  # -log(u) is never below: most logarithms are spared
            here = 0
            for b in range(early):
                left, k = until[b] + math.log(wait[b]), row[b]
                if left > 0.0:
                    place[n], index[n], occasion[n] = where[b], k, person
                    n += 1
                    came[market[k]] += 1
                    row[here], identity[here], until[here] = k, identity[b], left
                    here += person + 1 < min(weight[rows[k]], rng.MOST_HIRED)
            person += 1
    return place[:n], index[:n], occasion[:n], came


def come_forward(
    draw: rng.Draw, hires: np.ndarray, search: Search, uid: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Applicants of every market, sorted by market and place: two for an opening, more where openings are few, never
    fewer than openings unless everybody has come forward.

    Parameters
    ----------
    hires : [markets] openings
    uid, weight : [talents]

    Returns
    -------
    market, place, row, occasion : of each applicant
    """
    wanted = APPLICANTS_PER_OPENING * (hires + 2.0 * np.sqrt(hires))
    horizon = np.where(hires > 0, wanted / np.maximum(search.total, 1e-300), 0.0)
    rows, market, effort = search.rows, search.market, search.effort
    found = [(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))]
    while horizon.any():
        capacity = int(search.reserve[horizon > 0.0].sum())
        place, index, occasion, came = _applicants(draw, rows, market, effort, uid, weight, horizon, capacity)
        enough = came >= np.minimum(hires, search.reserve)
        if not enough.all():  # where they are too few, all come again
            kept = enough[market[index]]
            place, index, occasion = place[kept], index[kept], occasion[kept]
        found.append((place, index, occasion))
        horizon = np.where(enough, 0.0, 2.0 * horizon)
    place, index, occasion = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = sort_circles(market[index], place, hires.size)
    index = index[order]
    return market[index], place[order], rows[index], occasion[order]


@kernel
def _openings(draw, startups, filled, market, uid):
    number = int(total(filled))
    place, of, on = np.empty(number), np.empty(number, np.int64), np.empty(number, np.int64)
    n = 0
    for i in range(startups.size):
        for k in range(filled[i]):
            place[n] = rng.uniform(draw, rng.MEET_PLACE, uid[startups[i]], k)
            of[n] = startups[i]
            on[n] = market[i]
            n += 1
    return on, place, of


def open_places(
    draw: rng.Draw, startups: np.ndarray, filled: np.ndarray, market: np.ndarray, uid: np.ndarray, n_markets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Filled places, sorted by market and by their keyed place on its circle: market, place and startup of each."""
    on, place, of = _openings(draw, startups, filled, market, uid)
    order = sort_circles(on, place, n_markets)
    return on[order], place[order], of[order]


@kernel
def meet(opening_market, opening_place, applicant_market, applicant_place):
    """Applicant of each opening: the first one free after it on the circle of its market; -1 where there is none.

    Both lists are sorted by market and place. One opening more takes one applicant more; the others keep theirs,
    but for the few who stood next to it.
    """
    n, m = opening_place.size, applicant_place.size
    chosen = np.full(n, -1)
    taken = np.zeros(m, np.bool_)
    at = 0
    for k in range(n):
        while at < m and (applicant_market[at] < opening_market[k] or (applicant_market[at] == opening_market[k]
                                                                       and applicant_place[at] < opening_place[k])):
            at += 1
        if at < m and applicant_market[at] == opening_market[k]:
            chosen[k] = at
            taken[at] = True
            at += 1
    at = 0
    for k in range(n):  # those at the end of the circle go on from its beginning
        if chosen[k] < 0:
            while at < m and (applicant_market[at] < opening_market[k] or taken[at]):
                at += 1
            if at < m and applicant_market[at] == opening_market[k]:
                chosen[k] = at
                taken[at] = True
    return chosen

"""Public money: who pays which part of it. Every public euro goes through here.

The State pays, through Caisse des Dépôts (the programme of future investments) or through Oséo, Bpifrance since 2013
(money for firms); local authorities add a share to each of its euros (co-funding), divided between the région, the
département and the métropole by stated parts. With *equalisation* poorer zones pay less of it, and the State the rest.
Régions were 22 before 2016, 13 since: the new ones take over what the old ones had announced and not paid.

Each funder's money is announced for the whole window, committed when a measure spends it or puts it into a pot of
`zone` (`grants_eur`, `loans_eur`, ...), and paid when a use is found for it. A hub without the label gets nothing: its
money stays announced. Reliefs cost what people make of them: the State announces them as it pays them, alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.fields import MOST_YEARS
from sim.kernels import kernel
from sim.levers import KINDS, OPEN, POT
from sim.policy import Measure, Policy
from sim.world import World, add_at

RECOVERIES = ("loans repaid",)  # instruments by which public money comes back
STATE, BPIFRANCE = 0, 1  # rows of the State among funders, by operator; the others follow (`rows_of`)
LOCAL = ("regions", "departements", "metropoles")  # accounts of the ledger
PAYERS = ("State", *LOCAL)
REGION, DEPARTEMENT, METROPOLE = 2, 3, 4  # tiers
REFORM = 2016 * 12  # régions are merged


class Rows(NamedTuple):
    """Rows of local funders, all [zones]: -1 where there is no métropole."""

    region_before: np.ndarray
    region: np.ndarray
    departement: np.ndarray
    metropole: np.ndarray


@lru_cache(maxsize=16)
def rows_of(policy: Policy, zones: int) -> Rows:
    """Rows of the funders of each zone."""
    land = policy.land(zones)
    first = BPIFRANCE + 1
    after = first + int(land.region_before.max()) + 1
    departement = after + int(land.region.max()) + 1 + np.arange(zones)
    metropole = np.where(land.metropole, departement[-1] + np.cumsum(land.metropole), -1)
    return Rows(first + land.region_before, after + land.region, departement, metropole)


@lru_cache(maxsize=64)
def payers_of(policy: Policy, zones: int, operator: int, merged: bool) -> np.ndarray:
    """Rows of the funders who pay in each zone, in the order of `PAYERS`, [4, zones]: -1 where there is no métropole.
    """
    rows = rows_of(policy, zones)
    region = rows.region if merged else rows.region_before
    return np.stack([np.full(zones, operator), region, rows.departement, rows.metropole]).astype(np.int64)


@lru_cache(maxsize=16)
def parts_of(policy: Policy, zones: int) -> np.ndarray:
    """Parts of région, département and métropole in local money, [3, zones]."""
    land, (region, departement, metropole) = policy.land(zones), policy.parts
    out = np.tile(np.array([[region], [departement], [metropole]]), (1, zones))
    out[2] *= land.metropole
    return out / out.sum(axis=0)


@lru_cache(maxsize=16)
def local_share(policy: Policy, zones: int) -> np.ndarray:
    """Part of local authorities in a public euro of each zone, [zones]: less where people are poorer."""
    relief = policy.equalisation * np.maximum(1.0 - policy.land(zones).means, 0.0)
    return policy.cofunding / (1.0 + policy.cofunding) * np.maximum(1.0 - relief, 0.0)


def open_accounts(world: World, policy: Policy) -> None:
    """Accounts of every funder, with what it announces for the whole window."""
    n, rows = world.zone.n, rows_of(policy, world.zone.n)
    f = world.funder
    f.add(int(max(rows.departement[-1], rows.metropole.max())) + 1)
    land = policy.land(n)
    f.tier[STATE], f.tier[BPIFRANCE] = 0, 1
    f.tier[rows.region_before], f.tier[rows.region], f.tier[rows.departement] = REGION, REGION, DEPARTEMENT
    f.region[rows.region_before], f.region[rows.region] = land.region_before, land.region
    f.zone[rows.departement] = np.arange(n)
    own = land.metropole
    f.tier[rows.metropole[own]], f.zone[rows.metropole[own]] = METROPOLE, np.flatnonzero(own)
    for measure, month, due in planned(world, policy):
        _book(world, policy, ("announced",), measure.kind, np.arange(n), due, month)


def planned(world: World, policy: Policy) -> Iterator[tuple[Measure, int, np.ndarray]]:
    """Measures with a budget and their months, with the euros announced for each zone, [zones]."""
    for measure in policy.measures:
        if KINDS[measure.kind].manner == OPEN:
            continue
        first, last = max(policy.first, measure.first), min(policy.last, measure.last)
        for month in range(first, last + 1):
            total = policy.monthly(measure, month) * (1.0 + policy.cofunding)
            yield measure, month, total * zone_weights(world, policy, measure, month)


def parts_by_payer(world: World, policy: Policy, instrument: str, zone_eur: np.ndarray) -> dict[str, float]:
    """What each of `PAYERS` pays of euros of zones, [zones]."""
    _, parts = _divide(world, policy, instrument, np.arange(world.zone.n), zone_eur, REFORM)
    return {account: float(part.sum()) for account, part in zip(PAYERS, parts)}


def zone_weights(world: World, policy: Policy, measure: Measure, month: int) -> np.ndarray:
    """Share of each zone in the money of a measure and month, [zones], no label being lost."""
    if measure.weights is not None:
        return measure.weights
    h = world.hub
    if policy.in_turn:
        return np.bincount(h.zone, policy.turn(h.place, h.share, month), world.zone.n)
    return np.bincount(h.zone, h.share * pace(policy, measure, h.since) * (h.since <= month), world.zone.n)


def shares(world: World, policy: Policy, measure: Measure) -> np.ndarray:
    """Share of each zone, or of each hub where the measure acts through them, in the money of this month."""
    if measure.weights is not None:
        return measure.weights
    h = world.hub
    if policy.in_turn:
        return np.where(h.labelled, policy.turn(h.place, h.share, world.month), 0.0)
    return np.where(h.labelled, h.share * pace(policy, measure, h.since), 0.0)


def pace(policy: Policy, measure: Measure, since: np.ndarray) -> np.ndarray:
    """Money a month of hubs against those that had the label from the first month, [n]: those that get it later have
    fewer months for the same total."""
    left = _money_left(policy, measure)
    if left[0] == 0.0 or since.max(initial=0) <= policy.first:
        return np.ones(since.size)
    waits = np.clip(since - policy.first, 0, left.size - 1)
    late = (left[waits] < left[0]) & (left[waits] > 0.0)
    return np.where(late, left[0] / np.where(late, left[waits], 1.0), 1.0)


@lru_cache(maxsize=256)
def _money_left(policy: Policy, measure: Measure) -> np.ndarray:
    """Euros of the State for a measure from each month on, to the month after the last, [months + 1]."""
    months = np.arange(policy.first, policy.last + 1)
    eur = np.where((months >= measure.first) & (months <= measure.last), policy.state_eur, 0.0)
    return np.r_[np.cumsum(eur[::-1])[::-1], 0.0]


def commit(world: World, policy: Policy, instrument: str, zone: np.ndarray, eur: np.ndarray) -> None:
    """Note public euros that are committed in the zones they will be spent in; arguments as in `pay`."""
    _book(world, policy, ("committed",), instrument, zone, eur, world.month)


def pay(world: World, policy: Policy, payee: str, instrument: str, zone: np.ndarray, eur: np.ndarray, *,
        committed: bool = True) -> None:
    """Pay public euros, State and local together, in the zones they are spent in.

    Parameters
    ----------
    payee, instrument : as in the ledger
    zone, eur : [n] zone rows and euros
    committed : they were before; if not, they are committed as they are paid
    """
    zone, eur = np.atleast_1d(np.asarray(zone, np.int64)), np.atleast_1d(eur)
    stages: tuple[str, ...] = ("paid",) if committed else ("committed", "paid")
    if _open(instrument):
        stages = ("announced", "committed", "paid")
    for payer, part in zip(PAYERS, _book(world, policy, stages, instrument, zone, eur, world.month)):
        world.pay(payer, payee, instrument, zone, part)


def recover(world: World, policy: Policy, payer: str, instrument: str, zone: np.ndarray, eur: np.ndarray) -> None:
    """Public euros that come back, to those who pay loans in the parts they pay; `instrument` says why.

    They are booked apart from what is paid, and are not spent again.
    """
    zone, eur = np.atleast_1d(np.asarray(zone, np.int64)), np.atleast_1d(eur)
    for account, rows, part in zip(PAYERS, *_divide(world, policy, "loans", zone, eur, world.month)):
        world.pay(payer, account, instrument, zone, part)
        add_at(world.funder.recovered_eur, rows, part)


def _open(instrument: str) -> bool:
    return instrument in KINDS and KINDS[instrument].manner == OPEN


def _divide(world: World, policy: Policy, instrument: str, zone: np.ndarray, eur: np.ndarray,
            month: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the funders who pay euros of zones and the part of each, in the order of `PAYERS`, [4, n] and [4, n]."""
    n = world.zone.n
    local = eur * (0.0 if _open(instrument) else local_share(policy, n)[zone])
    operator = BPIFRANCE if instrument in KINDS and KINDS[instrument].manner == POT else STATE
    parts = np.empty((len(PAYERS), zone.size))
    parts[0] = eur - local
    parts[1:] = local * parts_of(policy, n)[:, zone]  # a zone without a métropole has no part for one
    return payers_of(policy, n, operator, month >= REFORM)[:, zone], parts


@kernel
def _add_parts(rows, parts, total, by_year, year):
    for k in range(rows.size):
        total[rows[k]] += parts[k]
        by_year[rows[k], year] += parts[k]


def _book(world: World, policy: Policy, stages: Iterable[str], instrument: str, zone: np.ndarray, eur: np.ndarray,
          month: int) -> np.ndarray:
    """Divide euros between funders, and add them to what these have announced, committed or paid.

    Returns
    -------
    euros of each of `PAYERS`, [4, n]
    """
    f, year = world.funder, min(month // 12 - policy.first // 12, MOST_YEARS - 1)
    rows, parts = _divide(world, policy, instrument, zone, eur, month)
    for stage in stages:
        _add_parts(rows.ravel(), parts.ravel(), getattr(f, f"{stage}_eur"), getattr(f, f"{stage}_year_eur"), year)
    return parts


def merge_regions(world: World, policy: Policy) -> None:
    """In January 2016 the new régions take over what the old ones announced, or committed, and did not pay."""
    f, rows = world.funder, rows_of(policy, world.zone.n)
    old, first = np.unique(rows.region_before, return_index=True)
    new, year = rows.region[first], REFORM // 12 - policy.first // 12
    for stage in ("announced", "committed"):
        total, by_year = getattr(f, f"{stage}_eur"), getattr(f, f"{stage}_year_eur")
        left = total[old] - f.paid_eur[old]
        left[left < 0.01] = 0.0  # less than a cent is rounding
        np.add.at(total, new, left)
        np.add.at(by_year[:, year], new, left)
        total[old] -= left
        by_year[old, year] -= left

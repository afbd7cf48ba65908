"""What lessons look at: numbers of a whole world (the chart), and one value for each place of the map.

Each is a short function of the world as it stands at the end of a month; nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.world import World

FAR_KM = 250.0  # from the capital: beyond some two hours by train


@dataclass
class Context:
    """What an indicator needs besides the world.

    Attributes
    ----------
    inside, ring : [zones] of the focus of the lesson, and around it
    m2_per_fte : floor used per person
    sector : of the shock, from 0
    before : values kept from the first picture
    """

    inside: np.ndarray
    ring: np.ndarray
    m2_per_fte: float
    sector: int = 0
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Indicator:
    """A number of the world, how it is worked out, and its unit.

    Units are ``count``, ``few`` (with a decimal), ``share``, ``percent``, ``eur``, ``index`` and ``zone`` (a row).
    """

    unit: str
    of: Callable[[World, Context], float]


@dataclass(frozen=True)
class Layer:
    """A value for each place: a cell, or a zone on a national map. `step` is the smallest difference kept."""

    unit: str
    step: float
    cells: Callable[[World, Context], np.ndarray]
    zones: Callable[[World, Context], np.ndarray]


def alive(world: World) -> np.ndarray:
    """Rows of startups in business."""
    return np.flatnonzero(world.startup.alive)


def jobs_by_zone(world: World) -> np.ndarray:
    """People working in startups, [zones]."""
    rows = alive(world)
    return np.bincount(world.startup.zone[rows], world.startup.staff[rows], world.zone.n)


def startups_by_zone(world: World) -> np.ndarray:
    """Startups in business, [zones]."""
    return np.bincount(world.startup.zone[alive(world)], minlength=world.zone.n).astype(float)


def startups_by_cell(world: World) -> np.ndarray:
    """Startups in business, [cells]."""
    return np.bincount(world.startup.cell[alive(world)], minlength=world.cell.n).astype(float)


def jobs_by_cell(world: World) -> np.ndarray:
    """People working in startups, [cells]."""
    rows = alive(world)
    return np.bincount(world.startup.cell[rows], world.startup.staff[rows], world.cell.n)


def neighbours(counts: np.ndarray) -> float:
    """Other startups in the square of a startup, on average over startups (Lloyd's mean crowding, 1967)."""
    return float((counts * (counts - 1.0)).sum() / max(counts.sum(), 1.0))


def funded_share(world: World, zones: np.ndarray) -> float:
    """Share of startups ever funded by investors, among those of some zones."""
    f, rows = world.startup, alive(world)
    rows = rows[zones[f.zone[rows]]]
    return float((f.rounds[rows] > 0).mean()) if rows.size else 0.0


def far_from_capital(world: World) -> np.ndarray:
    """Zones farther than `FAR_KM` from that with most investors' money, [zones]."""
    z, v = world.zone, world.investor
    capital = int(np.bincount(v.zone[v.active], v.money_eur[v.active], z.n).argmax())
    return np.hypot(z.x_m - z.x_m[capital], z.y_m - z.y_m[capital]) > 1000.0 * FAR_KM


def used_m2(world: World, context: Context) -> np.ndarray:
    """Floor used by startups and others, [cells]."""
    return context.m2_per_fte * world.cell.staff.sum(axis=1) + world.cell.other_m2


def rent_rise(world: World, context: Context, zones: np.ndarray) -> float:
    """What tenants of some zones pay more in a year than at the rents of the first picture, on the floor they use."""
    before = context.before.setdefault("rent", world.cell.rent.copy())
    more = used_m2(world, context) * (world.cell.rent - before)
    return float(more[zones[world.cell.zone]].sum())


def rent_paid_inside(world: World, context: Context) -> float:
    """What tenants of the focus have paid since the first picture beyond its rents [EUR]."""
    total, month, rate = context.before.get("paid", (0.0, world.month, 0.0))
    now = rent_rise(world, context, context.inside)
    total += 0.5 * (rate + now) * (world.month - month) / 12.0
    context.before["paid"] = total, world.month, now
    return float(total)


def rent_inside(world: World, context: Context) -> float:
    """Rise of the mean rent of the focus since the first picture, weighted by the floor in use then [percent]."""
    before = context.before.setdefault("rent", world.cell.rent.copy())
    here = context.inside[world.cell.zone]
    weight = context.before.setdefault("used", used_m2(world, context))[here]
    return float(100.0 * ((weight * world.cell.rent[here]).sum() / (weight * before[here]).sum() - 1.0))


def own_trade(world: World) -> float:
    """Share of one's own trade among the startup jobs of one's quartier, on average over jobs."""
    staff = world.cell.staff
    total = staff.sum(axis=1)
    return float((staff**2).sum(axis=1)[total > 0] @ (1.0 / total[total > 0]) / max(total.sum(), 1e-12))


def hard_hit(world: World, context: Context) -> float:
    """Share of the jobs of two years ago in quartiers that have lost more than a third of theirs since."""
    past = context.before.setdefault("past", [])
    now = jobs_by_cell(world)
    past.append((world.month, now))
    then = next(jobs for month, jobs in past if month >= world.month - 24)
    return float(then[now < then * (1.0 - 1.0 / 3.0)].sum() / max(then.sum(), 1.0))


def typical_sales(world: World, zones: np.ndarray) -> float:
    """Sales per person of the middle startup of some zones, a month [EUR].

    The median, and not the mean: the sales of one firm in a hundred thousand may outweigh those of all others.
    """
    f, rows = world.startup, alive(world)
    rows = rows[zones[f.zone[rows]] & (f.staff[rows] > 0)]
    return float(np.median(f.revenue_eur[rows] / f.staff[rows])) if rows.size else 0.0


def entries(world: World, zones: np.ndarray) -> float:
    """Startups founded in some zones in the last twelve months, those already closed included."""
    f = world.startup
    recent = (f.birth > world.month - 12) & (f.zone >= 0)
    return float(recent[np.flatnonzero(zones[np.maximum(f.zone, 0)])].sum())


def theil(world: World) -> float:
    """Inequality of jobs per inhabitant between zones (Theil's T, weighted by people)."""
    share = world.zone.population / world.zone.population.sum()
    jobs = jobs_by_zone(world)
    part = jobs / max(jobs.sum(), 1e-12)
    positive = part > 0
    return float((part[positive] * np.log(part[positive] / share[positive])).sum())


def _all(world: World) -> np.ndarray:
    return np.ones(world.zone.n, bool)


def _far(context: Context) -> np.ndarray:
    return ~(context.inside | context.ring)


INDICATORS: dict[str, Indicator] = {
    "startups": Indicator("count", lambda w, c: float(alive(w).size)),
    "jobs": Indicator("count", lambda w, c: float(jobs_by_zone(w).sum())),
    "entries": Indicator("count", lambda w, c: entries(w, _all(w))),
    "neighbours": Indicator("few", lambda w, c: neighbours(startups_by_cell(w))),
    "top_zone": Indicator("zone", lambda w, c: float(startups_by_zone(w).argmax())),
    "top_zone_share": Indicator("share", lambda w, c: float(startups_by_zone(w).max() / max(alive(w).size, 1))),
    "jobs_inside": Indicator("count", lambda w, c: float(jobs_by_zone(w)[c.inside].sum())),
    "jobs_ring": Indicator("count", lambda w, c: float(jobs_by_zone(w)[c.ring].sum())),
    "jobs_far": Indicator("count", lambda w, c: float(jobs_by_zone(w)[_far(c)].sum())),
    "startups_inside": Indicator("count", lambda w, c: float(startups_by_zone(w)[c.inside].sum())),
    "startups_outside": Indicator("count", lambda w, c: float(startups_by_zone(w)[~c.inside].sum())),
    "entries_inside": Indicator("count", lambda w, c: entries(w, c.inside)),
    "typical_sales_inside": Indicator("eur", lambda w, c: typical_sales(w, c.inside)),
    "typical_sales": Indicator("eur", lambda w, c: typical_sales(w, _all(w))),
    "rent_rise": Indicator("eur", lambda w, c: rent_rise(w, c, _all(w))),
    "rent_rise_inside": Indicator("eur", lambda w, c: rent_rise(w, c, c.inside)),
    "rent_inside": Indicator("percent", rent_inside),
    "rent_paid_inside": Indicator("eur", rent_paid_inside),
    "public_money": Indicator("eur", lambda w, c: float(w.hub.paid_eur.sum())),
    "own_trade": Indicator("share", lambda w, c: own_trade(w)),
    "hard_hit": Indicator("share", hard_hit),
    "funded": Indicator("share", lambda w, c: funded_share(w, _all(w))),
    "funded_far": Indicator("share", lambda w, c: funded_share(w, far_from_capital(w))),
    "funded_near": Indicator("share", lambda w, c: funded_share(w, ~far_from_capital(w))),
    "startups_far": Indicator("count", lambda w, c: float(startups_by_zone(w)[far_from_capital(w)].sum())),
    "inequality": Indicator("index", lambda w, c: theil(w)),
}


def _per_people(counts: np.ndarray, world: World) -> np.ndarray:
    return np.asarray(1e5 * counts / world.zone.population)


def _rent_change(world: World, context: Context) -> np.ndarray:
    before = context.before.setdefault("rent", world.cell.rent.copy())
    return np.asarray(100.0 * (world.cell.rent / before - 1.0))


def _by_zone(values: np.ndarray, world: World) -> np.ndarray:
    people = np.bincount(world.cell.zone, world.cell.population, world.zone.n)
    return np.asarray(np.bincount(world.cell.zone, values * world.cell.population, world.zone.n) / people)


def _trade_share(world: World, context: Context, place: np.ndarray, n: int) -> np.ndarray:
    """Percentage of the shocked trade in the jobs of each place; 0 where there are none."""
    f, rows = world.startup, alive(world)
    jobs = np.bincount(place[rows], f.staff[rows], n)
    own = rows[f.sector[rows] == context.sector]
    return np.asarray(100.0 * np.bincount(place[own], f.staff[own], n) / np.maximum(jobs, 1.0))


def _funded_by_zone(world: World, context: Context) -> np.ndarray:
    f, rows = world.startup, alive(world)
    funded = np.bincount(f.zone[rows], f.rounds[rows] > 0, world.zone.n)
    return np.asarray(100.0 * funded / np.maximum(startups_by_zone(world), 1.0))


LAYERS: dict[str, Layer] = {
    "startups": Layer("count", 1.0, lambda w, c: startups_by_cell(w),
                      lambda w, c: _per_people(startups_by_zone(w), w)),
    "jobs": Layer("count", 1.0, lambda w, c: jobs_by_cell(w), lambda w, c: _per_people(jobs_by_zone(w), w)),
    "rent_change": Layer("percent", 0.5, _rent_change, lambda w, c: _by_zone(_rent_change(w, c), w)),
    "trade_share": Layer("percent", 1.0, lambda w, c: _trade_share(w, c, w.startup.cell, w.cell.n),
                         lambda w, c: _trade_share(w, c, w.startup.zone, w.zone.n)),
    "funded_share": Layer("percent", 0.1, lambda w, c: _funded_by_zone(w, c)[w.cell.zone], _funded_by_zone),
}  # fmt: skip

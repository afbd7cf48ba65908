"""A scenario's public money in the form the processes use: sites, shares, months, terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim import rng
from sim.territory import zone_of

PERIMETER_KM = 10.0  # how far from a lead commune its hub may be sited


@dataclass(frozen=True)
class Place:
    """Where a hub may stand."""

    id: str
    label: str
    zone: int
    x_m: float
    y_m: float
    whole_zone: bool


@dataclass(frozen=True, eq=False)
class Measure:
    """One lever of a scenario, ready for the month.

    Attributes
    ----------
    rank : its place among the measures of the scenario, by name
    share : of the budget, zero for reliefs, which have none
    weights : [zones] share of each zone in its money, None where it acts through the hubs
    first, last : months in which it acts
    """

    rank: int
    name: str
    kind: str
    share: float
    terms: Mapping[str, float]
    first: int
    last: int
    build_months: int
    weights: np.ndarray | None = None


@dataclass(frozen=True)
class Policy:
    """Public money of one arm.

    Attributes
    ----------
    places : candidate hubs, in the order of the territory
    state_eur : euros of the State by absolute month, for months from `first` to `last`
    """

    places: tuple[Place, ...]
    siting: str
    allocate: str
    footprint_km: float
    governance: float
    build_months: int
    first: int
    last: int
    state_eur: np.ndarray
    total_eur: float
    cofunding: float
    equalisation: float
    measures: tuple[Measure, ...]

    def monthly(self, measure: Measure, month: int) -> float:
        """Euros of the State for a measure in one month, all places."""
        if not max(self.first, measure.first) <= month <= min(self.last, measure.last):
            return 0.0
        return float(self.state_eur[month - self.first] * measure.share)

    def term(self, kind: str, name: str, default: float) -> float:
        """A term of the first measure of a kind."""
        for measure in self.measures:
            if measure.kind == kind:
                return float(measure.terms[name])
        return default


def monthly_budget(budget: Any) -> np.ndarray:
    """Euros of the State by month of the window: each year's share spread over its months."""
    months = np.arange(budget.first, budget.last + 1)
    years = months // 12
    share = dict(zip(range(budget.first // 12, budget.last // 12 + 1), budget.yearly_shares))
    count = {year: int((years == year).sum()) for year in share}
    return np.array([budget.total_eur * share[y] / count[y] for y in years])


def measures_of(scenario: Any, territory: Any) -> tuple[Measure, ...]:
    """Measures of a scenario, by name."""
    budget, hubs = scenario.budget, scenario.hubs
    return tuple(
        Measure(
            rank, lever.name, lever.kind, lever.share, lever.terms,
            budget.first if lever.first is None else lever.first, budget.last if lever.last is None else lever.last,
            _build_months(lever, hubs), _weights(lever, territory),
        )
        for rank, lever in enumerate(scenario.levers)
    )


def _build_months(lever: Any, hubs: Any) -> int:
    if lever.build_months is not None:
        return int(lever.build_months)
    return hubs.build_months if hubs is not None else 0


def _weights(lever: Any, territory: Any) -> np.ndarray | None:
    """Share of each zone in the money of a lever with places of its own, [zones]; that of a region goes by people."""
    if lever.where is None:
        return None
    zones = territory.zones
    groups = [[site.zone] for site in _sites(lever.where, territory)] if lever.where.level == "site" else [
        [z for z, name in enumerate(zones.code if lever.where.level == "zone" else zones.region) if name == place]
        for place in _names(lever.where, zones)
    ]
    weights = np.zeros(len(zones.code))
    for group in groups:
        people = zones.population[group]
        weights[group] += people if lever.spread == "per_capita" else people / people.sum()
    return weights / weights.sum()


def _names(where: Any, zones: Any) -> list[str]:
    """Codes of zones, or names of regions, in the order of the territory."""
    known = zones.code if where.level == "zone" else list(dict.fromkeys(zones.region))
    return [name for name in known if (where.all or name in where.codes) and name not in where.except_]


def _sites(where: Any, territory: Any) -> list[Any]:
    return [
        s
        for s in territory.sites
        if (where.all or (where.set in s.sets if where.set else s.id in where.codes)) and s.id not in where.except_
    ]


def places_of(hubs: Any, territory: Any, seed: int) -> tuple[Place, ...]:
    """Candidate hubs of a scenario, after the lottery if there is one."""
    where, zones = hubs.where, territory.zones
    if where.level != "site":
        names = _names(where, zones)
        rows = [zone_of(where.level, name, zones) for name in names]
        seats = territory.places
        out = [
            Place(
                zones.code[z], zones.name[z], z, float(seats.x_m[zones.seat[z]]), float(seats.y_m[zones.seat[z]]), True
            )
            for z in rows
        ]
    else:
        out = []
        for site in _sites(where, territory):
            if hubs.sites == "members":
                out += [Place(f"{site.id}:{name}", name, z, x, y, False) for name, z, x, y in site.members]
            else:
                out.append(Place(site.id, site.label, site.zone, site.x_m, site.y_m, False))
    if hubs.assignment == "lottery":
        out = _draw_lots(out, territory, seed)
    return tuple(out)


def _draw_lots(places: list[Place], territory: Any, seed: int) -> list[Place]:
    """As many sites as listed, drawn among every site of the territory by the seed."""
    draw = rng.draw_of(seed, 0)
    every = [Place(s.id, s.label, s.zone, s.x_m, s.y_m, False) for s in territory.sites]
    lots = [rng.uniform(draw, rng.LOTTERY, np.uint64(k)) for k in range(len(every))]
    kept = sorted(np.argsort(lots)[: len(places)])
    return [every[k] for k in kept]


GOVERNANCE = {
    "founder": 0.0,
    "mixed": 0.0,
    "administration": 0.0,
}  # equal means by default: no source separates carriers


def policy_of(scenario: Any, territory: Any, seed: int) -> Policy | None:
    """Policy of a scenario, None where it has neither hubs nor levers.

    Parameters
    ----------
    scenario : `sim.scenario.Scenario`
    territory : `sim.territory.Territory`
    seed : replication; only a lottery looks at it
    """
    hubs, budget = scenario.hubs, scenario.budget
    if hubs is None and not scenario.levers:
        return None
    return Policy(
        places=places_of(hubs, territory, seed) if hubs is not None else (),
        siting=hubs.siting if hubs is not None else "best",
        allocate=hubs.allocate if hubs is not None else "equal",
        footprint_km=hubs.footprint_km if hubs is not None else 0.0,
        governance=GOVERNANCE[hubs.carrier] if hubs is not None else 0.0,
        build_months=hubs.build_months if hubs is not None else 0,
        first=budget.first,
        last=budget.last,
        state_eur=monthly_budget(budget),
        total_eur=budget.total_eur,
        cofunding=scenario.cofunding_share,
        equalisation=scenario.equalisation,
        measures=measures_of(scenario, territory),
    )

"""A scenario's public money in the form the processes use: sites, shares, months, terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim import rng
from sim.candidates import Place, named, named_sites, names_of_zones, places_of

METROPOLES = ("metropole", "ex_officio")  # status of the sites whose lead city governs a métropole
# Parts of régions, départements and métropoles in local money: assumption. Where there is no métropole, its part falls
# on the other two in proportion.
LOCAL_PARTS = (0.4, 0.2, 0.4)


@dataclass(frozen=True, eq=False)
class Ground:
    """What public money depends on in each zone and nothing changes, all [zones].

    Attributes
    ----------
    region, region_before : number of its région since 2016, and before
    metropole : has a métropole, which pays its part
    means : GDP per inhabitant against the nation's
    education : part of people aged 25 to 54 with a higher degree, against the mean of zones
    """

    region: np.ndarray
    region_before: np.ndarray
    metropole: np.ndarray
    means: np.ndarray
    education: np.ndarray


def plain_ground(zones: int) -> Ground:
    """Zones that differ in nothing, each a région of its own."""
    one = np.ones(zones)
    return Ground(np.arange(zones), np.arange(zones), np.zeros(zones, bool), one, one)


def ground_of(territory: Any) -> Ground:
    """What the territory says of its zones; neutral where it says nothing."""
    zones, n = territory.zones, len(territory.zones.code)
    plain = plain_ground(n)
    numbers = [np.unique(names, return_inverse=True)[1] for names in (zones.region, zones.region_before)]
    metropole = plain.metropole.copy()
    metropole[[site.zone for site in territory.sites if site.status in METROPOLES]] = True
    gdp, education = (zones.indicators.get(name) for name in ("gdp_eur", "higher_ed_share"))
    means, schooled = plain.means, plain.education
    if gdp is not None:
        means = gdp / zones.population * (zones.population.sum() / gdp.sum())
    if education is not None:
        schooled = education / education.mean()
    return Ground(numbers[0], numbers[1], metropole, means, schooled)


@dataclass(frozen=True, eq=False)
class Measure:
    """One lever of a scenario, ready for the month.

    Attributes
    ----------
    rank : its place among the measures of the scenario, by name
    share : part of the budget of each month in which it acts, zero for reliefs, which have none
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


@dataclass(frozen=True, eq=False)
class Policy:
    """Public money of one arm.

    Attributes
    ----------
    places : candidate hubs, in the order of the territory
    governance : added to the quality of every carrier
    assignment : `listed` and `historical` (with the dates of the sites) label all places; the others are calls to which
        places apply: the `wanted` best (`top_n`), `all_eligible`, a `lottery` of `wanted`, or those above a `threshold`
    wanted : how many labels a call is for; as many as places where it does not say
    threshold : score from which a plan gets the label
    carrier : who runs hubs
    merge : 1 where hubs are new missions of existing bodies, 0 for new bodies
    parts : of régions, départements and métropoles in local money
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
    assignment: str = "listed"
    wanted: int = 0
    threshold: float = 0.0
    carrier: str = "mixed"
    merge: float = 0.0
    parts: tuple[float, float, float] = LOCAL_PARTS
    ground: Ground | None = None

    @property
    def in_turn(self) -> bool:
        """Have some places the money before the others?"""
        return any(place.until >= 0 for place in self.places)

    def turn(self, places: np.ndarray, share: np.ndarray, month: int) -> np.ndarray:
        """Share of each place in the money of a month where they have it in turn, [n].

        Parameters
        ----------
        places : [n] ranks among the candidates
        share : [n] share of each in all the money, if there were no turns
        """
        since, until = (np.array([getattr(self.places[k], name) for k in places]) for name in ("since", "until"))
        mine = share * ((since <= month) & (month <= until))
        return mine / max(mine.sum(), 1e-12)

    def shares_of_all(self, places: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Share of each place in the money of all months, [n]; arguments as in `turn`."""
        if not self.in_turn or self.state_eur.sum() == 0.0:
            return share
        turns = [eur * self.turn(places, share, self.first + k) for k, eur in enumerate(self.state_eur)]
        return np.asarray(np.sum(turns, axis=0) / self.state_eur.sum())

    def land(self, zones: int) -> Ground:
        """What money depends on in each zone; neutral where the territory says nothing."""
        return self.ground if self.ground is not None else plain_ground(zones)

    def monthly(self, measure: Measure, month: int) -> float:
        """Euros of the State for a measure in one month, all places."""
        if not max(self.first, measure.first) <= month <= min(self.last, measure.last):
            return 0.0
        return float(self.state_eur[month - self.first] * measure.share)

    def acts(self, kind: str, month: int) -> bool:
        """Whether a lever of a kind is within its own window."""
        return any(m.kind == kind and m.first <= month <= m.last for m in self.measures)

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
    budget, eur = scenario.budget, monthly_budget(scenario.budget)
    out = []
    for rank, lever in enumerate(scenario.levers):
        first = budget.first if lever.first is None else lever.first
        last = budget.last if lever.last is None else lever.last
        share = share_of_months(lever.share, eur, first - budget.first, last - budget.first)
        out.append(Measure(rank, lever.name, lever.kind, share, lever.terms, first, last,
                           _build_months(lever, scenario.hubs), _weights(lever, territory)))
    return tuple(out)


def share_of_months(share: float, eur: np.ndarray, first: int, last: int) -> float:
    """Part of each month's budget, from `first` to `last`, that makes `share` of the whole budget (`eur`, by month)."""
    within = eur[first : last + 1].sum()
    return float(share * (eur.sum() / within)) if within > 0.0 else 0.0


def _build_months(lever: Any, hubs: Any) -> int:
    if lever.build_months is not None:
        return int(lever.build_months)
    return hubs.build_months if hubs is not None else 0


def _weights(lever: Any, territory: Any) -> np.ndarray | None:
    """Share of each zone in the money of a lever with places of its own, [zones]; that of a region goes by people."""
    if lever.where is None:
        return None
    zones = territory.zones
    if lever.where.level == "site":
        groups = [[site.zone] for site in named_sites(lever.where, territory)]
    else:
        names = names_of_zones(lever.where.level, zones)
        groups = [[z for z, name in enumerate(names) if name == place] for place in named(lever.where, zones)]
    weights = np.zeros(len(zones.code))
    for group in groups:
        people = zones.population[group]
        weights[group] += people if lever.spread == "per_capita" else people / people.sum()
    return weights / weights.sum()


def carrier_quality(policy: Policy, par: Any, u: float) -> float:
    """Quality of the governance of a hub whose carrier comes in: by kind of carrier, and luck (MODEL C13.3).

    Parameters
    ----------
    par : parameters of governance
    u : uniform
    """
    kind = {"founder": par.founder, "administration": par.administration}.get(policy.carrier, 0.0)
    quality = par.mean + policy.governance + kind + par.spread * rng.normal_quantile(u)
    return float(min(max(quality, 0.0), 1.0))


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
    places = places_of(hubs, territory, seed) if hubs is not None else ()
    return Policy(
        places=places,
        siting=hubs.siting if hubs is not None else "best",
        allocate=hubs.allocate if hubs is not None else "equal",
        footprint_km=hubs.footprint_km if hubs is not None else 0.0,
        governance=0.0,
        build_months=hubs.build_months if hubs is not None else 0,
        first=budget.first,
        last=budget.last,
        state_eur=monthly_budget(budget),
        total_eur=budget.total_eur,
        cofunding=scenario.cofunding_share,
        equalisation=scenario.equalisation,
        measures=measures_of(scenario, territory),
        assignment=hubs.assignment if hubs is not None else "listed",
        wanted=len(places) if hubs is None or hubs.count is None else hubs.count,
        threshold=0.0 if hubs is None or hubs.threshold is None else hubs.threshold,
        carrier=hubs.carrier if hubs is not None else "mixed",
        merge=hubs.merge if hubs is not None else 0.0,
        ground=ground_of(territory),
    )

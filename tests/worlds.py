"""Small worlds for tests: a raster of squares with uneven people, busy parameters, a policy that does everything."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim import engine, rng
from sim.build import build
from sim.candidates import Place
from sim.fields import ANGEL, N_SECTORS, PUBLIC, SEED_FUND
from sim.grid import GridSpec
from sim.levers import HUB, KINDS, OPEN
from sim.params import resolve
from sim.policy import Measure, Policy
from sim.rounds import ANGEL_DEALS
from sim.territory import Territory, raster_territory
from sim.world import World

FIRST_MONTH = 2012 * 12 + 6  # July 2012: half a year before the policy period
POLICY_START = 2013 * 12

# Values inside the bounds of the priors under which a few dozen startups see every event within two years.
BUSY = {
    "population.retirement_age": 60.0, "founding.base_hazard": 4e-4, "founding.serial_failure": 4.0,
    "founding.initial_cash_eur": 15e3, "closure.base": 0.06, "closure.bridge": 1.0, "closure.patience": 12.0,
    "growth.first_revenue": 0.2, "labour.match_scale": 0.3, "labour.quit": 0.02, "mobility.base_hazard": 2.9e-3,
    "remote.able": 0.6, "remote.hazard": 0.3, "population.retraining": 0.004, "population.abroad": 0.1,
    "funding.angel_active": 1.0, "funding.bar_angel": 0.0, "funding.bar_fund": 0.3, "funding.noise_distance": 0.4,
    "funding.seed_eur": 0.3e6, "funding.first_eur": 1.2e6, "funding.later_eur": 3e6, "public.reach_km": 5.0,
    "brand.scale_eur": 0.5e6, "relocation.hazard": 0.05, "relocation.restless": 5.0, "relocation.large": 10.0,
    "relocation.sunk": 1.5, "relocation.mature": 24.0, "exits.unbacked": 0.008, "exits.backed": 0.03,
    "exits.listing": 0.006, "exits.angel_bar_eur": 0.3e6, "exits.angel": 0.6, "exits.kept": 0.5, "exits.sales": 2.0,
    "capital.life": 48.0, "funding.later_staff": 5.0, "funding.first_bar_eur": 2000.0, "funding.between_rounds": 12.0,
}


def small_territory(rows: int = 6, columns: int = 6, zones: tuple[int, int] = (2, 2), *,
                    people: float = 5_500.0) -> Territory:
    """Squares of 1 km, the south-west the most crowded; the last two zones share a labour market if there are three."""
    row, column = np.indices((rows, columns))
    density = 1.0 + 4.0 * np.exp(-(row + column) / 3.0) + (7 * row + 3 * column) % 5 / 5.0
    raster = raster_territory(rows, columns, cell_km=1.0, zone_rows=zones[0], zone_columns=zones[1],
                              people=people * density / density.mean())
    n = zones[0] * zones[1]
    market = np.minimum(np.arange(n), n - 2 if n >= 3 else n).astype(np.int16)
    rank = np.arange(n)
    indicators = {"startup_weight": 1.0 / (1.0 + rank), "office_rent_eur_m2": 220.0 / (1.0 + 0.3 * rank),
                  "angels_weight": 1.0 / (1.0 + rank), "vc_weight": 1.0 / (1.0 + rank),
                  "flat_rent_eur_m2_month": 16.0 / (1.0 + 0.2 * rank),
                  "lack_of_digital_skills": np.minimum(0.12 + 0.03 * rank, 0.3),
                  "incubators": 1.0 * (rank < 2), "nurseries": 1.0 * (rank < 3), "enlargers": 1.0 * (rank < 1),
                  "fablabs": 1.0 * (rank < 1), "living_labs": 1.0 * (rank < 2), "third_places": 4.0 / (1.0 + rank)}
    return replace(raster, zones=replace(raster.zones, labour_market=market, indicators=indicators))


def group(name: str, **values: float) -> Any:
    """Parameters of one process, the others at their defaults; switches by their rank."""
    return resolve({}, {})[name]._replace(**values)


def small_parameters(numbers: Mapping[str, float] | None = None, switches: Mapping[str, str] | None = None, *,
                     policy: Policy | None = None, policy_start: int = POLICY_START) -> SimpleNamespace:
    """Parameters of every process: `BUSY`, then `numbers`."""
    return engine.parameters({**BUSY, **(numbers or {})}, switches or {}, policy_start=policy_start, policy=policy)


def small_world(seed: int = 1, w_talent: int = 1, rows: int = 6, columns: int = 6, zones: tuple[int, int] = (2, 2), *,
                policy: Policy | None = None, numbers: Mapping[str, float] | None = None,
                switches: Mapping[str, str] | None = None, people: float = 5_500.0,
                funds: int = 4) -> tuple[World, SimpleNamespace]:
    """World before July 2012 and its parameters: some 3,000 digital workers and 35 startups, funds included.

    So few people would have no venture fund; `funds` of them are added by hand.
    """
    par = small_parameters(numbers, switches, policy=policy)
    world = build(small_territory(rows, columns, zones, people=people), GridSpec("uniform", cell_km=1.0), par,
                  w_talent=w_talent, first_month=FIRST_MONTH, seed=seed)
    add_funds(world, funds)
    return world, par


def ready(policy: Policy, seed: int = 1, numbers: Mapping[str, float] | None = None,
          switches: Mapping[str, str] | None = None) -> tuple[World, SimpleNamespace]:
    """A small world on the eve of the policy."""
    world, par = small_world(seed, 20, policy=policy, numbers=numbers, switches=switches)
    world.month, par.policy_start = policy.first - 1, policy.first
    return world, par


def add_funds(world: World, count: int) -> None:
    rows, v = world.investor.add(count), world.investor
    v.kind[rows] = SEED_FUND + np.arange(count) % (PUBLIC + 1 - SEED_FUND)
    v.zone[rows] = np.arange(count) % world.zone.n
    v.sector[rows] = np.arange(count) % N_SECTORS
    v.uid[rows] = rng.pack_uid(rng.KIND_FUND, v.zone[rows], 0, world.month, 1000 + np.arange(count))
    v.share[rows], v.vintage[rows] = 2e6 / 975e6, world.month - 36 - 6 * (np.arange(count) % 5)
    v.money_eur[rows] = 1e6


def add_angels(world: World, count: int) -> None:
    """Groups of business angels, as many in each zone."""
    rows, v = world.investor.add(count), world.investor
    rank = np.arange(count)
    v.kind[rows], v.zone[rows], v.sector[rows] = ANGEL, rank % world.zone.n, rank % N_SECTORS
    v.uid[rows] = rng.pack_uid(rng.KIND_ANGEL, v.zone[rows], 0, world.month, 5000 + rank)
    v.share[rows], v.largest_eur[rows], v.money_eur[rows] = ANGEL_DEALS, 114e3, 114e3


def add_places(world: World, desks: float = 60.0) -> None:
    """Desks in third places of every zone, and amenities that differ between quartiers."""
    world.zone.desks[:] = desks
    world.cell.amenity[:] = np.arange(world.cell.n) % 5 / 5.0


def small_policy(total_eur: float = 8e6, *, hubs: int = 3, first: int = POLICY_START, months: int = 48,
                 siting: str = "best", allocate: str = "startups", build_months: int = 4) -> Policy:
    """Policy of `small_territory()`: up to three hubs with animation, brand, floor and accelerator places."""
    corners = ((0, 1_200.0, 1_300.0, False), (1, 4_600.0, 900.0, True), (2, 1_000.0, 4_800.0, False))
    places = tuple(Place(f"hub{k}", f"Hub {k}", z, x, y, whole) for k, (z, x, y, whole) in enumerate(corners[:hubs]))
    terms = {"animation": {"staff_cost": 80e3}, "brand": {}, "floor": {"cost_per_m2": 1_200.0, "discount": 0.4},
             "accelerator": {"cost_per_place": 40e3, "stay": 6.0}}
    shares = {"animation": 0.2, "brand": 0.2, "floor": 0.4, "accelerator": 0.2}
    measures = tuple(Measure(rank, kind, kind, share, terms[kind], first, first + months - 1, build_months)
                     for rank, (kind, share) in enumerate(shares.items()))
    return Policy(
        places=places, siting=siting, allocate=allocate, footprint_km=1.5, governance=0.0, build_months=build_months,
        first=first, last=first + months - 1, state_eur=np.full(months, total_eur / months), total_eur=total_eur,
        cofunding=0.5, equalisation=0.0, measures=measures,
    )


TERMS = {"price": 50e3, "share": 0.3, "stay": 6.0}  # of a lever of which a test says nothing else


def with_public_capital(policy: Policy, rate: float = 0.35) -> Policy:
    """The policy, with a relief for business angels and as much again for public co-investment, in equal parts."""
    own = np.full(4, 0.25)
    more = (Measure(len(policy.measures), "co_investment", "co_investment", 0.5, {"most_share": 0.4}, policy.first,
                    policy.last, 0, own),
            Measure(len(policy.measures) + 1, "angel_tax", "angel_tax", 0.0, {"rate": rate}, policy.first, policy.last,
                    0))
    halves = tuple(replace(measure, share=0.5 * measure.share) for measure in policy.measures)
    return replace(policy, measures=(*halves, *more), total_eur=2.0 * policy.total_eur,
                   state_eur=2.0 * policy.state_eur)


def policy_of_every_lever(weights: np.ndarray | None = None, total_eur: float = 40e6) -> Policy:
    """Every kind of lever at once, with equal shares; those that may have places of their own have `weights`."""
    policy = small_policy(total_eur, months=16)
    shared = [lever for lever in KINDS.values() if lever.manner != OPEN]
    measures = []
    for rank, lever in enumerate(sorted(KINDS.values(), key=lambda lever: lever.kind)):
        terms = {name: TERMS[unit] for name, unit in lever.terms.items()}
        own = weights if lever.acts_on != HUB and lever.manner != OPEN else None
        measures.append(Measure(rank, lever.kind, lever.kind, 1.0 / len(shared) if lever in shared else 0.0, terms,
                                policy.first, policy.last, 4, own))
    return replace(policy, measures=tuple(measures))

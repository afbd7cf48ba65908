"""What places are like before the first month: amenity, creative workers, wasteland, laboratories, characteristics.

Stated proxies, deterministic, of two kinds: numbers per km2 or between 0 and 1, which a function of density gives, and
totals of a zone shared out by floor or people. Neither depends on how quartiers are cut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim import choice, facilities, rng
from sim.processes import creatives
from sim.processes import facilities as innovation_places
from sim.territory import Territory
from sim.world import World

Indicator = Callable[..., np.ndarray]

CREATIVE_SHARE = 0.05  # of jobs, in the densest quartiers (2-5 %: MODEL B.2)
CREATIVE_DENSITY = 5000.0  # people per km2 at which half of that share is reached: assumption
JOBS_PER_PERSON = 0.4  # jobs per inhabitant (INSEE: 26 million jobs in France)
HERITAGE_DENSITY = 3000.0  # people per km2 at which heritage reaches one half: assumption
VENUES = 0.1  # convivial places per km2 at one inhabitant per km2; they rise with density to the power below
DENSITY_OF_VENUES = 0.8  # assumption: 5 places per km2 at 130 people per km2, 280 in Paris
WASTELAND_SHARE = 0.05  # of floor, where the territory file gives none: assumption
WASTELAND_DENSITY = 2000.0  # people per km2 where wasteland is most frequent, at the edge of cities: assumption

# Sectors of the people of laboratories and large firms: assumption, after the industries that do research in France.
SECTOR_OF_RESEARCH = np.array([0.22, 0.18, 0.05, 0.24, 0.06, 0.04, 0.20, 0.01])

# Five characteristics of a territory, as the columns of its zones call them, and what each trade asks of them (phi).
CHARACTERISTICS = ("metropolis", "health", "knowledge", "identity", "nature")
PHI = np.array(
    [
        [0.5, 0.0, 0.5, 0.0, 0.0],  # software: large cities and universities
        [0.0, 0.8, 0.2, 0.0, 0.0],  # health: the health system
        [0.0, 0.0, 0.1, 0.9, 0.0],  # food: local identity
        [0.1, 0.0, 0.1, 0.0, 0.8],  # clean technology: the environment
        [0.8, 0.0, 0.2, 0.0, 0.0],  # finance: large cities
        [0.6, 0.0, 0.2, 0.2, 0.0],  # media: large cities and their identity
        [0.2, 0.0, 0.8, 0.0, 0.0],  # objects: universities, industry
        [0.2, 0.0, 0.0, 0.4, 0.4],  # travel, sport: identity and environment
    ]
)
USUAL_CHARACTERISTIC = 0.5  # where the territory file gives none
HEALTH_LINK = 0.5  # weight of the university hospitals a zone is linked to against its own: assumption

# Places open to young firms at the start: column of the zones, template, and number in France (or per inhabitant, where
# the territory file gives none). Third places: published; the others: assumption, see SOURCES.md.
FRANCE = 63.7e6  # inhabitants
PLACES = (("incubators", "incubator", 120), ("nurseries", "nursery", 250), ("fablabs", "fablab", 80),
          ("living_labs", "living lab", 50), ("enlargers", "enlarger", 0), ("clusters", "cluster", 71),
          ("third_places", "third place", 3500))
# Third places in France by year: 1,800 in 2018, 2,500 in 2021, 3,500 in 2023 (France Tiers-Lieux); before: assumption.
THIRD_PLACES = ((2000, 0), (2008, 150), (2013, 600), (2018, 1800), (2021, 2500), (2023, 3500))


def position_in_health_network(hospitals: np.ndarray, region: tuple[str, ...]) -> np.ndarray:
    """Place of each zone in the network of university hospitals, in [0, 1), [zones].

    Each zone is linked to the hospitals of its region, whatever their distance: care, trials and data follow these
    links.

    Parameters
    ----------
    hospitals : [zones] weight of the zone's own university hospitals, 1 for an ordinary one
    """
    _, row = np.unique(np.array(region), return_inverse=True)
    linked = np.bincount(row, hospitals)[row]
    return (1.0 - HEALTH_LINK) * hospitals / (hospitals + 1.0) + HEALTH_LINK * linked / (linked + 1.0)


def themes(territory: Territory, indicator: Indicator, workforce: np.ndarray) -> np.ndarray:
    """Fit of each zone's characteristics with each trade (MODEL C.21), centred on the mean worker, [zones, sectors]."""
    columns = [indicator(territory, name, USUAL_CHARACTERISTIC) for name in CHARACTERISTICS]
    if "university_hospitals" in territory.zones.indicators:
        hospitals = indicator(territory, "university_hospitals", 0.0)
        columns[1] = position_in_health_network(hospitals, territory.zones.region_before)
    fit = np.stack(columns, axis=1) @ PHI.T
    return fit - (workforce * fit).sum(axis=0) / np.maximum(workforce.sum(axis=0), 1e-300)


def characterise(world: World, territory: Territory, indicator: Indicator, par: Any) -> None:
    """Amenity, venues, wasteland, creative workers and laboratories of each quartier; themes of each zone.

    To be called before other uses of floor are settled: creative workers use some.
    """
    c, z, p = world.cell, world.zone, par.creatives
    z.theme[:] = themes(territory, indicator, z.workforce)
    density = c.population / np.maximum(c.area_km2, 1e-9)
    heritage = density / (density + HERITAGE_DENSITY)
    c.amenity[:] = 0.5 * heritage + 0.5 * indicator(territory, "nature", USUAL_CHARACTERISTIC)[c.zone]
    c.conviviality[:] = VENUES * density**DENSITY_OF_VENUES
    edge = density / (density + WASTELAND_DENSITY)
    c.wasteland_m2[:] = c.floor_m2 * indicator(territory, "wasteland_share", WASTELAND_SHARE)[c.zone] * (
        4.0 * edge * (1.0 - edge))
    jobs = JOBS_PER_PERSON * c.population * CREATIVE_SHARE * density / (density + CREATIVE_DENSITY)
    z.creatives[:] = np.bincount(c.zone, jobs, z.n)
    weight = creatives.attraction(c.floor_m2, c.wasteland_m2, c.rent, c.amenity, c.conviviality, p)
    c.creatives[:] = z.creatives[c.zone] * creatives.shares(weight, c.zone, z.n)
    c.creatives_m2[:] = creatives.used_m2(c.creatives, c.floor_m2, c.wasteland_m2, p)
    c.rent_before[:] = c.rent
    floor = np.bincount(c.zone, c.floor_m2, z.n)[c.zone]
    c.anchors[:] = np.outer(z.researchers[c.zone] * c.floor_m2 / np.maximum(floor, 1e-300), SECTOR_OF_RESEARCH)


def settle(world: World, par: Any) -> None:
    """What follows once startups are in their quartiers: venues at rest, serendipity, the mean of laboratories."""
    c, p = world.cell, par.creatives
    staff, area = c.staff.sum(axis=1), np.maximum(c.area_km2, 1e-9)
    c.conviviality_base[:] = c.conviviality / creatives.liveliness(1.0, c.creatives, staff, area, p)
    if p.active == 0:
        c.serendipity[:] = creatives.serendipity(c.conviviality, c.creatives + staff, area, p)
    total = np.maximum(c.staff.sum(axis=0), 1.0)
    world.nation.anchors_reference[0] = (c.staff * c.anchors).sum(axis=0) / total


def third_place_month(rank: np.ndarray, count: np.ndarray) -> np.ndarray:
    """January in which the `rank`-th of `count` third places of a zone opens, along the national count, [n]."""
    years, open_then = np.array(THIRD_PLACES, float).T
    share = (rank + 0.5) / count
    return 12 * np.floor(np.interp(share * open_then[-1], open_then, years)).astype(np.int64)


def open_baseline(world: World, territory: Territory, indicator: Indicator, draw: rng.Draw, par: Any) -> None:
    """Places of the baseline, in quartiers chosen in proportion to floor; then what is within reach of each."""
    c, z, start = world.cell, world.zone, world.space.zone_start
    if par.facilities.active == 1:
        return
    for column, template, in_france in PLACES:
        count = np.floor(indicator(territory, column, in_france / FRANCE, per_person=True) + 0.5).astype(np.int64)
        zone = np.repeat(np.arange(z.n), count)
        rank = np.arange(zone.size) - np.repeat(np.cumsum(count) - count, count)
        opened = third_place_month(rank, count[zone]) if column == "third_places" else world.month
        rows = facilities.open_place(world, template, start[zone], opened=opened)
        p = world.facility
        for k in rows:
            first, last = start[p.zone[k]], start[p.zone[k] + 1]
            p.cell[k] = choice.pick_cell(draw, rng.CHOOSE_CELL, p.uid[k], first, last, c.key, c.floor_m2, -1)
    if world.facility.n:
        innovation_places.reach_out(world, par.facilities)

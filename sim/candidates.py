"""Where hubs may stand: the places that a scenario names, in the order of the territory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim import rng
from sim.territory import zone_of

PERIMETER_KM = 10.0  # how far from a lead commune, or a town, its hub may be sited
GROUPS = ("zone", "region", "region_before")  # levels at which places are zones, or groups of zones
OPEN_CALLS = ("top_n", "all_eligible", "lottery", "threshold")  # assignments for which territories apply
LAST = 9999 * 12  # a month that no run reaches
NUMBERED = ("top_n", "lottery")  # calls for a given number of labels


@dataclass(frozen=True)
class Place:
    """Where a hub may stand.

    Attributes
    ----------
    since : month in which it got the label, -1 when the money starts
    luck : its lot, the lowest wins
    until : last month in which it has money, before the others or after them; -1: no such turns
    """

    id: str
    label: str
    zone: int
    x_m: float
    y_m: float
    whole_zone: bool
    since: int = -1
    luck: float = 0.0
    until: int = -1


def names_of_zones(level: str, zones: Any) -> list[str]:
    """Code of each zone, or the name of its region, [zones]."""
    return list({"zone": zones.code, "region": zones.region, "region_before": zones.region_before}[level])


def known_places(level: str, territory: Any) -> list[str]:
    """Names of every place of a level, in the order of the territory."""
    if level == "site":
        return [site.id for site in territory.sites]
    return list(dict.fromkeys(names_of_zones(level, territory.zones)))


def named(where: Any, zones: Any) -> list[str]:
    """Codes of zones, or names of regions, that `where` names."""
    known = dict.fromkeys(names_of_zones(where.level, zones))
    return [name for name in known if (where.all or name in where.codes) and name not in where.except_]


def named_sites(where: Any, territory: Any) -> list[Any]:
    """Sites that `where` names."""
    return [
        s
        for s in territory.sites
        if (where.all or (where.set in s.sets if where.set else s.id in where.codes)) and s.id not in where.except_
    ]


def places_of(hubs: Any, territory: Any, seed: int) -> tuple[Place, ...]:
    """Candidate hubs of a scenario; where territories apply, those that may.

    Parameters
    ----------
    hubs : `sim.scenario.Hubs`
    seed : replication; only a lottery looks at it
    """
    out = _sites(hubs, territory) if hubs.where.level == "site" else _zones(hubs, territory)
    if hubs.first_places:
        out = [replace(p, until=hubs.first_until) if name in hubs.first_places else
               replace(p, since=hubs.first_until + 1, until=LAST) for name, p in zip(_names(hubs, territory), out)]
    if hubs.assignment == "lottery":
        draw = rng.draw_of(seed, 0)
        out = [replace(p, luck=rng.uniform(draw, rng.LOTTERY, np.uint64(k))) for k, p in enumerate(out)]
    return tuple(out)


def _names(hubs: Any, territory: Any) -> list[str]:
    """Name in `where` of each place of hubs."""
    if hubs.where.level == "site":
        return [s.id for s in named_sites(hubs.where, territory)
                for _ in (s.members if hubs.sites == "members" else [s])]
    names = named(hubs.where, territory.zones)
    if hubs.per_place == 1:
        return names
    level = np.array(names_of_zones(hubs.where.level, territory.zones))
    return [name for name in names for _ in towns(territory, level == name, hubs.per_place)]


def _sites(hubs: Any, territory: Any) -> list[Place]:
    out = []
    for site in named_sites(hubs.where, territory):
        since = -1
        if hubs.assignment == "historical":
            if site.label_month is None:
                continue
            since = site.label_month
        if hubs.sites == "members":
            out += [Place(f"{site.id}:{n}", n, z, x, y, False, since) for n, z, x, y in site.members]
        else:
            out.append(Place(site.id, site.label, site.zone, site.x_m, site.y_m, False, since))
    return out


def _zones(hubs: Any, territory: Any) -> list[Place]:
    """One hub in each zone, or region; or several, in its largest towns."""
    zones, seats, level, out = territory.zones, territory.places, hubs.where.level, []
    for name in named(hubs.where, zones):
        if hubs.per_place == 1:
            z = zone_of(level, name, zones)
            at = int(zones.seat[z])
            out.append(Place(zones.code[z], zones.name[z], z, float(seats.x_m[at]), float(seats.y_m[at]), True))
            continue
        for at in towns(territory, np.array(names_of_zones(level, zones)) == name, hubs.per_place):
            z, town = int(seats.zone[at]), seats.name[at]
            out.append(Place(f"{zones.code[z]}:{town}", town, z, float(seats.x_m[at]), float(seats.y_m[at]), False))
    return out


def towns(territory: Any, inside: np.ndarray, number: int) -> list[int]:
    """Rows of the largest towns of some zones, far enough from each other for their perimeters to be apart.

    Parameters
    ----------
    inside : [zones] which zones
    number : of towns at most
    """
    seats, chosen = territory.places, []  # type: Any, list[int]
    rows = np.flatnonzero(inside[seats.zone])
    for row in rows[np.lexsort((rows, -seats.population[rows]))].tolist():
        km = np.hypot(seats.x_m[chosen] - seats.x_m[row], seats.y_m[chosen] - seats.y_m[row]) / 1000.0
        if len(chosen) < number and (km >= 2.0 * PERIMETER_KM).all():
            chosen.append(row)
    return chosen

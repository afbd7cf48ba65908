"""Places open to young firms and to people who make things: kinds, templates, and how one opens.

A row of the table `facility` is one place. Those of the baseline are made with the initial world; any later one is a
row more: `open_place(world, "incubator", cells, payer)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import rng
from sim.fields import (
    CLUSTER,
    CONVIVIAL,
    COWORKING,
    ENLARGER,
    FABLAB,
    FOOD_LAB,
    INCUBATOR,
    LIVING_LAB,
    MEDIA_LAB,
    NURSERY,
)
from sim.world import World

OWN_THEME = -2  # stands for the trade in which the zone stands out


@dataclass(frozen=True)
class Template:
    """An ordinary place of a kind.

    Attributes
    ----------
    places : startups it can hold at a time
    desks : desks for people who work at a distance or alone
    cost_eur : EUR/year, at the national mean of wages and rents
    sector : trade it serves, -1 for all, `OWN_THEME` for the zone's own
    """

    kind: int
    places: float
    desks: float
    cost_eur: float
    sector: int = -1


# Sizes and costs: third places 250 kEUR of turnover a year (France Tiers-Lieux 2021); others: assumption.
TEMPLATES: dict[str, tuple[Template, ...]] = {
    "incubator": (Template(INCUBATOR, 15, 0, 300e3),),
    "nursery": (Template(NURSERY, 6, 0, 150e3),),  # of some twenty firms, those that are startups
    "enlarger": (Template(ENLARGER, 10, 0, 400e3),),
    "fablab": (Template(FABLAB, 0, 0, 150e3),),
    "living lab": (Template(LIVING_LAB, 0, 0, 250e3, 1),),
    "food lab": (Template(FOOD_LAB, 0, 0, 200e3, 2),),
    "media lab": (Template(MEDIA_LAB, 0, 0, 200e3, 5),),
    "third place": (Template(COWORKING, 4, 20, 250e3),),
    "convivial place": (Template(CONVIVIAL, 0, 0, 100e3),),
    "cluster": (Template(CLUSTER, 0, 0, 700e3, OWN_THEME),),
    # pole of development for young regional firms and digital services: a living lab and an incubator on one theme
    "djersen": (Template(LIVING_LAB, 0, 0, 250e3, OWN_THEME), Template(INCUBATOR, 15, 10, 300e3, OWN_THEME)),
}


def own_theme(theme: np.ndarray) -> np.ndarray:
    """Trade in which each zone stands out most among zones, [zones].

    Parameters
    ----------
    theme : [zones, sectors] fit of characteristics (Phi)
    """
    spread = theme.std(axis=0)
    return ((theme - theme.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)).argmax(axis=1)


def open_place(world: World, name: str, cells: np.ndarray, *, opened: np.ndarray | int, payer: int = 0) -> np.ndarray:
    """Add the rows of a template in each of `cells`; they open in the month `opened`.

    Identities say the zone, the kind, the month they were decided and a rank: what opens elsewhere changes none.

    Returns
    -------
    rows of the new places, those of the template's first part first
    """
    f, zone = world.facility, world.cell.zone[cells].astype(np.int64)
    leading = own_theme(world.zone.theme)
    made = []
    for part in TEMPLATES[name]:
        same = (f.kind == part.kind) & (f.decided == world.month)
        rank = np.bincount(f.zone[same], minlength=world.zone.n)[zone]
        order = np.argsort(zone, kind="stable")
        rank[order] += np.arange(zone.size) - np.searchsorted(zone[order], zone[order])
        rows = f.add(zone.size)
        f.uid[rows] = rng.pack_uid(rng.KIND_FACILITY, zone, part.kind, world.month, rank)
        f.zone[rows], f.cell[rows], f.kind[rows] = zone, cells, part.kind
        f.places[rows], f.desks[rows], f.cost_eur[rows] = part.places, part.desks, part.cost_eur
        f.sector[rows] = leading[zone] if part.sector == OWN_THEME else part.sector
        f.opened[rows], f.decided[rows], f.payer[rows] = opened, world.month, payer
        made.append(rows)
    return np.concatenate(made)


def running_cost(cost_eur: np.ndarray, wage: np.ndarray, rent: np.ndarray, mean_rent: float,
                 staff_share: float) -> np.ndarray:
    """Monthly cost of a place: staff at local wages, the rest at local rents, [n]."""
    return cost_eur / 12.0 * (staff_share * wage + (1.0 - staff_share) * rent / mean_rent)


def running_costs(world: World, cost_eur: np.ndarray, cells: np.ndarray, staff_share: float) -> np.ndarray:
    """Monthly cost of places in quartiers, at their wages and rents, [n]."""
    c, z = world.cell, world.zone
    mean_rent = np.average(c.rent_reference, weights=c.floor_m2) if c.floor_m2.any() else 1.0
    return running_cost(cost_eur, z.wage.mean(axis=1)[c.zone[cells]], c.rent[cells], mean_rent, staff_share)

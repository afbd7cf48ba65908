"""Rows in the order in which processes read them, once a year.

Nothing depends on the order of rows but the time a month takes: those who act together are read from the same lines of
memory. Startups in business come first, quartier by quartier, then those that closed; people outside startups come by
turn, zone and trade, then the staff of each startup together. Talents who have left lose their rows, which until then
go to nobody else.
"""

from __future__ import annotations

import numpy as np

from sim.fields import EMPLOYEE, FOUNDER, N_SECTORS
from sim.kernels import group_rows
from sim.world import World


def put_in_order(world: World) -> None:
    """Order startups, then talents; links follow."""
    world.reorder("startup", startups_in_order(world))
    world.reorder("talent", talents_in_order(world))


def startups_in_order(world: World) -> np.ndarray:
    """Rows of startups: those in business by quartier, then the others."""
    f = world.startup
    return group_rows(np.where(f.alive, f.cell, world.cell.n), world.cell.n + 1)[0]


def talents_in_order(world: World) -> np.ndarray:
    """Rows of talents: free people by turn, zone and trade, then founders and employees by startup."""
    t = world.talent
    groups = 36 * world.zone.n * N_SECTORS  # the three months of a quarter, the twelve of a year
    turn, zone = t.turn.astype(np.int64), t.zone.astype(np.int64)
    by_turn = ((turn % 3 * 12 + turn) * world.zone.n + zone) * N_SECTORS + t.sector
    in_startup = (t.status == EMPLOYEE) | (t.status == FOUNDER)
    group = np.where(in_startup, groups + t.employer, by_turn)
    return group_rows(np.where(t.alive, group, -1), groups + world.startup.n)[0]

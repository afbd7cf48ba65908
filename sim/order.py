"""Rows in the order in which processes read them, once a year.

Nothing depends on the order of rows but the time a month takes: those who act together are read from the same lines of
memory. Startups in business come first, quartier by quartier, then those that closed within the year; the others that
closed are set aside, where no process reads them. People outside startups come by turn, zone and trade, then the staff
of each startup together. Talents who have left lose their rows, which until then go to nobody else.
"""

from __future__ import annotations

import numpy as np

from sim.fields import EMPLOYEE, FOUNDER, N_SECTORS
from sim.kernels import group_rows, kernel
from sim.world import World


def put_in_order(world: World) -> None:
    """Order startups, then talents; links follow."""
    world.set_aside(np.flatnonzero(long_closed(world)))
    world.reorder("startup", startups_in_order(world))
    world.reorder("talent", talents_in_order(world))


def long_closed(world: World) -> np.ndarray:
    """Startups that closed more than a year ago, [startups]: what counts a year's foundations still sees the others."""
    f = world.startup
    return ~f.alive & (f.closed < world.month - 12)


def startups_in_order(world: World) -> np.ndarray:
    """Rows of startups: those in business by quartier, then those that closed within the year."""
    f = world.startup
    group = np.where(f.alive, f.cell, world.cell.n).astype(np.int64)
    group[long_closed(world)] = -1
    return group_rows(group, world.cell.n + 1)[0]


@kernel
def _group(alive, turn, zone, sector, status, employer, n_zones):
    """Place of each row in the order of talents, -1 of those who have left, and the first place of founders and
    employees.
    """
    free = 36 * n_zones * N_SECTORS  # the three months of a quarter, the twelve of a year
    group = np.empty(alive.size, np.int64)
    for j in range(alive.size):
        if not alive[j]:
            group[j] = -1
        elif status[j] == EMPLOYEE or status[j] == FOUNDER:
            group[j] = free + employer[j]
        else:
            turn_of_quarter = np.int64(turn[j]) % 3 * 12 + turn[j]
            group[j] = (turn_of_quarter * n_zones + zone[j]) * N_SECTORS + sector[j]
    return group, free


def talents_in_order(world: World) -> np.ndarray:
    """Rows of talents: free people by turn, zone and trade, then founders and employees by startup."""
    t = world.talent
    group, free = _group(t.alive, t.turn, t.zone, t.sector, t.status, t.employer, world.zone.n)
    return group_rows(group, free + world.startup.n)[0]

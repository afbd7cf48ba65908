"""Compile every kernel once, on a world of a few squares, so that workers started afterwards find them on disk."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim import checks, engine
from sim.build import build
from sim.grid import GridSpec
from sim.policy import Place, Policy
from sim.territory import raster_territory


class _Lever(NamedTuple):
    kind: str
    share: float
    terms: dict[str, float]
    first: int | None = None
    last: int | None = None


def _policy(start: int) -> Policy:
    places = (Place("a", "A", 0, 1000.0, 1000.0, True),)
    levers: tuple[Any, ...] = tuple(_Lever(kind, 0.25, {}) for kind in ("animation", "brand", "floor", "accelerator"))
    return Policy(places=places, siting="best", allocate="equal", footprint_km=2.0, governance=0.0, build_months=1, first=start,
                  last=start + 11, state_eur=np.full(12, 1e6), total_eur=12e6, cofunding=0.5, equalisation=0.0, levers=levers)


def warm() -> None:
    """Run four months of a country of sixteen squares and two zones, with a policy, in which everything happens."""
    start = 2013 * 12
    numbers = {"founding.base_hazard": 4e-4, "funding.angel_active": 1.0, "funding.bar_angel": 0.0, "funding.bar_fund": 0.0}
    par = engine.parameters(numbers, {}, policy_start=start, policy=_policy(start))
    territory = raster_territory(4, 4, cell_km=1.0, zone_rows=1, zone_columns=2, people=60_000.0)
    world = build(territory, GridSpec("adaptive"), par, w_talent=2, first_month=start - 2, seed=1)
    engine.advance(world, par, 1, start + 2)
    checks.whole(world)

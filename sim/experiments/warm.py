"""Compiling the model once, before several workers need it.

Loops are compiled when they are first called and the machine code is kept on disk. A small world, run through
the start, the opening of a hub and a policy, calls them all; several processes that would compile the same
loops at once take ten times as long as one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario

MARK = "all-compiled"


def warm() -> None:
    """Compile what a run needs and note it beside the compiled code; at once where that was done before."""
    from sim.experiments.provenance import code_hash
    from sim.kernels import cache_folder

    mark = cache_folder() / f"{MARK}-{code_hash()}"
    if not mark.exists():
        run_small_world()
        with suppress(OSError):  # the code is compiled all the same; the next command checks again
            mark.touch()


def run_small_world() -> None:
    """Run two years of a small world with money of every kind."""
    from sim.build import build
    from sim.engine import advance, parameters
    from sim.grid import GridSpec, build_grid
    from sim.policy import policy_of
    from sim.territory import raster_territory

    territory = raster_territory(6, 6, cell_km=2.0, zone_rows=2, zone_columns=2, people=20_000.0)
    grid = build_grid(territory, GridSpec("uniform", cell_km=2.0))
    scenario = _small_scenario()
    policy = policy_of(scenario, territory, seed=1)
    par = parameters({}, {}, policy_start=scenario.start, policy=policy)
    world = build(territory, grid, par, w_talent=20, first_month=scenario.spin_up, seed=1)
    advance(world, par, 1, scenario.end)


def _small_scenario() -> Scenario:
    """Return a scenario with every lever, hubs in every zone and floor that opens within the run."""
    from sim.grid import GridSpec
    from sim.scenario import Budget, Hubs, Lever, Scenario, Where

    first = 2010 * 12
    terms = {
        "animation": {"staff_cost": 100e3},
        "brand": {},
        "floor": {"cost_per_m2": 1200.0, "discount": 0.4},
        "accelerator": {"cost_per_place": 10e3, "stay": 12.0},
    }
    return Scenario(
        id="small",
        title={"fr": "petit", "en": "small"},
        territory="raster",
        territory_digest="",
        grid=GridSpec("uniform", cell_km=2.0),
        w_talent=20,
        spin_up=first,
        start=first + 6,
        end=first + 23,
        discount_rate=0.032,
        cofunding_share=0.5,
        equalisation=0.0,
        parameters={},
        switches={},
        budget=Budget(20e6, first + 6, first + 23, (0.5, 0.5)),
        hubs=Hubs(Where("zone", None, (), True, ()), "best", "lead", "equal", 2.0, "mixed", 0.0, 3, "listed"),
        levers=tuple(Lever(kind, kind, 0.25, term, None, None) for kind, term in terms.items()),
    )

"""One district in a test world, from cheap wasteland to dear offices: ``python -m sim.report.creative_cycle``.

Draws ``sim/docs/creative_cycle.png``, explained in ``sim/docs/creative_districts.md``. Responses of creative workers
are at the lively end of their priors: the figure shows what the equations can do, not what France did.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim import engine
from sim.build import build
from sim.grid import GridSpec
from sim.territory import raster_territory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST_YEAR, LAST_YEAR, FROZEN = 2008, 2037, 2010
SIDE = 5  # squares of 1 km; the district is the one in the middle
PEOPLE = 12_000.0  # in each square
LIVELY = {
    "creatives.rent": 2.0, "creatives.speed": 1.0, "creatives.displacement": 1.5, "creatives.liven": 0.4,
    "creatives.liven_staff": 0.0, "creatives.liven_speed": 0.1, "creatives.encounter_scale": 2e6,
    "rents.elasticity": 0.7, "rents.speed": 0.1, "rents.conversion": 0.2, "rents.supply": 0.0, "rents.m2_per_fte": 18.0,
    "location.serendipity": 0.4, "location.creatives": 0.2, "location.rent": 0.2, "location.crowding": 0.2,
    "founding.base_hazard": 4e-4, "population.trend": 0.06,
}
# Field of the district, title and unit of its panel.
PANELS = (
    ("wasteland_m2", "Wasteland", "thousand m²", 1e-3),
    ("creatives", "Creative workers", "people", 1.0),
    ("conviviality", "Convivial places", "per km²", 1.0),
    ("serendipity", "Serendipity", "chance of an encounter", 1.0),
    ("startups", "Startups", "in business", 1.0),
    ("rent", "Office rent", "EUR per m² and year", 1.0),
)


def district(wasteland: bool, seed: int) -> dict[str, np.ndarray]:
    """Yearly means of the middle square, with as much wasteland as floor or with none; fields of `PANELS`, [years]."""
    par = engine.parameters(LIVELY, {"facilities.active": "off"}, policy_start=12 * FROZEN)
    territory = raster_territory(SIDE, SIDE, cell_km=1.0, people=PEOPLE)
    world = build(territory, GridSpec("uniform", cell_km=1.0), par, w_talent=10, first_month=12 * FIRST_YEAR, seed=seed)
    c, middle = world.cell, SIDE * SIDE // 2
    c.wasteland_m2[:] = 0.0
    c.wasteland_m2[middle] = c.floor_m2[middle] if wasteland else 0.0
    months: dict[str, list[float]] = {name: [] for name, *_ in PANELS}
    for _ in range(12 * (LAST_YEAR - FIRST_YEAR)):
        engine.step(world, par, seed)
        for name, values in months.items():
            values.append(float(np.sum(getattr(c, name)[middle])))
    return {name: np.array(values).reshape(-1, 12).mean(axis=1) for name, values in months.items()}


def mean_district(wasteland: bool, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """Mean of `district` over seeds."""
    runs = [district(wasteland, seed) for seed in seeds]
    return {name: np.mean([run[name] for run in runs], axis=0) for name, *_ in PANELS}


def draw(with_wasteland: dict[str, np.ndarray], without: dict[str, np.ndarray]) -> Figure:
    """Six small panels in the order of the story; a dot where each curve is highest before it falls."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    years = np.arange(FIRST_YEAR, LAST_YEAR) + 0.5
    figure, axes = plt.subplots(2, 3, figsize=(10.0, 5.6), sharex=True)
    for number, (axis, (name, title, unit, scale)) in enumerate(zip(axes.flat, PANELS, strict=True), 1):
        own, other = scale * with_wasteland[name], scale * without[name]
        axis.plot(years, other, color="#8a8a8a", linewidth=1.6, linestyle=(0, (4, 2)), label="no wasteland, same luck")
        axis.plot(years, own, color="#0b5d8a", linewidth=2.2, label="a wasteland as large as the floor")
        top = int(own.argmax())
        if 0 < top < own.size - 4:
            axis.plot(years[top], own[top], "o", color="#c2571a", markersize=6)
            axis.annotate(f"peak {FIRST_YEAR + top}", (years[top], own[top]), xytext=(0, 7), textcoords="offset points",
                          ha="center", fontsize=9, color="#c2571a")
        axis.set_title(f"{number}. {title}", loc="left", fontsize=11, fontweight="bold")
        axis.set_ylabel(unit, fontsize=9)
        axis.set_ylim(0.0, 1.18 * max(own.max(), other.max()))
        axis.set_xticks(range(2010, LAST_YEAR, 5))
        axis.tick_params(labelsize=9)
        axis.grid(axis="y", color="#e4e4e4", linewidth=0.7)
        axis.set_axisbelow(True)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="lower center", ncols=2, frameon=False, fontsize=10)
    figure.suptitle("A creative district of a test world: artists come first, offices price them out", x=0.012,
                    ha="left", fontsize=12.5)
    figure.tight_layout(rect=(0.0, 0.055, 1.0, 0.985))
    return figure


def main(path: Path | None = None, seeds: Sequence[int] = (1, 2, 3, 4)) -> None:
    """Run the district with and without its wasteland, and draw it."""
    picture = draw(mean_district(True, seeds), mean_district(False, seeds))
    path = path or Path(__file__).parents[1] / "docs" / "creative_cycle.png"
    picture.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()

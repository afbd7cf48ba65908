"""The cells and zones of the compared world, as frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare.paired import Floats

if TYPE_CHECKING:
    from sim.grid import Grid
    from sim.scenario import Study
    from sim.territory import Territory


@dataclass(frozen=True)
class Geography:
    """The cells and zones of the compared world, as frames, and what the report says of them.

    `cells`: cell, x_m, y_m, size_m, zone. `zones`: zone, code, name, region, x_m, y_m, population, area_km2, and the
    other columns of the territory file.
    """

    cells: pd.DataFrame
    zones: pd.DataFrame
    territory: str
    title: dict[str, str]
    grid: str

    @classmethod
    def of(cls, study: Study) -> Geography:
        """Build the territory and the grid of the reference scenario of a study."""
        from sim.grid import build_grid
        from sim.territory import load_territory

        spec = study.reference.grid
        territory = load_territory(study.reference.territory)
        return cls.from_grid(territory, build_grid(territory, spec), spec.kind)

    @classmethod
    def from_grid(cls, territory: Territory, grid: Grid, kind: str) -> Geography:
        """Take the frames from a territory and a grid already built."""
        zones = territory.zones
        cells = {name: getattr(grid, name) for name in ("x_m", "y_m", "size_m", "zone")}
        columns = ("code", "name", "region", "x_m", "y_m", "population", "area_km2")
        return cls(
            cells=pd.DataFrame({"cell": np.arange(len(grid.x_m))} | cells),
            zones=pd.DataFrame(
                {"zone": np.arange(len(zones.code))} | {c: getattr(zones, c) for c in columns} | zones.indicators
            ),
            territory=territory.id,
            title=dict(territory.title),
            grid=kind,
        )

    @property
    def population(self) -> Floats:
        """Inhabitants of each zone."""
        return self.zones["population"].to_numpy(np.float64)

    @property
    def region(self) -> NDArray[np.intp]:
        """Number of the region of each zone."""
        return pd.factorize(self.zones["region"])[0]

"""Map of a difference by zone: one scale for all options, hatches where the sign is uncertain, hubs as circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.maps import Geometry, class_breaks, inset_region, outlines
from sim.report.look import FAINT, INK, Look, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

SIZE_IN = (5.3, 4.2)
AGREEMENT = 0.8  # below this share of simulations a sign is shown as uncertain
NO_DATA = "#ffffff"
FINE_KM, COARSE_KM = 0.5, 1.5  # how far a border may be simplified, in the inset and on the main map


@dataclass(frozen=True)
class Outlines:
    """Borders at one level of detail, as matplotlib paths made once for all maps."""

    geometry: Geometry
    zones: dict[int, Path]
    inner: Path
    coast: Path


@dataclass(frozen=True)
class MapBase:
    """What all maps of a report share: borders, zones, inset and class limits."""

    fine: Outlines
    coarse: Outlines
    zones: pd.DataFrame
    inset: list[int]
    breaks: np.ndarray


def map_base(cells: pd.DataFrame, zones: pd.DataFrame, values: np.ndarray) -> MapBase:
    """Trace the borders once and choose class limits from the values of every map to be drawn."""
    geometry = outlines(cells)
    west, east, south, north = geometry.extent()
    # Tolerances are those of France (1 000 km wide) and shrink with the territory.
    scale = max(east - west, north - south) / 1000.0
    inset = inset_region(zones)
    numbers = {int(z) for z in zones["zone"]}
    fine, coarse = geometry.simplified(FINE_KM * scale), geometry.simplified(COARSE_KM * scale)
    seen = touching(fine, inset) if inset else set()
    return MapBase(
        fine=paths_of(fine, seen & numbers),
        coarse=paths_of(coarse, numbers),
        zones=zones,
        inset=inset,
        breaks=class_breaks(values),
    )


def paths_of(geometry: Geometry, zones: set[int]) -> Outlines:
    """Filled outlines of some zones, and their borders: between zones, and with the outside."""
    from matplotlib.path import Path

    def joined(lines: list[np.ndarray], closed: bool = False) -> Path:
        return Path.make_compound_path(*(Path(line, closed=closed) for line in lines))

    arcs = [a for a in geometry.arcs if a.left in zones or a.right in zones]
    return Outlines(
        geometry,
        {z: joined([r for r in geometry.rings(z) if len(r) > 3], closed=True) for z in sorted(zones)},
        inner=joined([a.points for a in arcs if a.left >= 0 and a.right >= 0]),
        coast=joined([a.points for a in arcs if a.left < 0 or a.right < 0]),
    )


def touching(geometry: Geometry, region: list[int]) -> set[int]:
    """Zones with a border inside the window of a region, the region's own included."""
    west, east, south, north = geometry.extent(region)
    found = set(region)
    for arc in geometry.arcs:
        x, y = arc.points.T
        if ((x > west) & (x < east) & (y > south) & (y < north)).any():
            found |= {arc.left, arc.right}
    return found


def class_colours(breaks: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Diverging colours, orange for losses and purple for gains (PuOr), near-white around 0."""
    from matplotlib import colormaps

    n = len(breaks) + 1
    return [tuple(colormaps["PuOr"](v)) for v in np.linspace(0.06, 0.94, n)]


@styled
def departement_map(
    base: MapBase, differences: pd.DataFrame, hubs: pd.DataFrame, look: Look, *, title: str, largest_hub_eur: float
) -> Figure:
    """One map.

    Parameters
    ----------
    differences : columns zone, diff_per_10k, sign_agreement; one option, one outcome, one year
    hubs : columns x_m, y_m, eur_total; may be empty
    largest_hub_eur : money of the largest hub over all options; circle areas are relative to it
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN)
    main = figure.add_axes((0.0, 0.0, 0.775, 0.93))
    draw_zones(main, base.coarse, base.breaks, differences)
    draw_hubs(main, hubs, largest_hub_eur)
    frame_axes(main, base.coarse.geometry.extent(), margin=0.02)
    if base.inset:
        inset = figure.add_axes((0.735, 0.585, 0.26, 0.3))
        extent = base.fine.geometry.extent(base.inset)
        draw_zones(inset, base.fine, base.breaks, differences)
        draw_hubs(inset, hubs, largest_hub_eur)
        frame_axes(inset, extent, margin=0.06, boxed=True)
        region = str(base.zones.loc[base.zones["zone"] == base.inset[0], "region"].iloc[0])
        inset.set_title(look.texts("axis.inset", region=region), fontsize=7.5, fontweight="normal", pad=3)
        west, east, south, north = extent
        main.plot([west, east, east, west, west], [south, south, north, north, south], color=INK, linewidth=0.6)
    legend(figure, base, look, with_hubs=not hubs.empty)
    figure.text(0.012, 0.975, title, ha="left", va="top", fontsize=9.5, fontweight="bold")
    return figure


def draw_zones(axis: Axes, borders: Outlines, breaks: np.ndarray, differences: pd.DataFrame) -> None:
    """Fill the zones by class, hatch the uncertain ones, then draw the borders.

    One patch per colour, not per zone, added as bare artists: the limits are set by hand and asking each
    patch for its own takes longer than drawing it.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    colours = class_colours(breaks)
    by_zone = differences.set_index("zone")
    filled: dict[object, list[Path]] = {}
    uncertain = []
    for zone, path in borders.zones.items():
        value = by_zone["diff_per_10k"].get(zone, np.nan)
        colour = colours[int(np.searchsorted(breaks, value))] if np.isfinite(value) else NO_DATA
        filled.setdefault(colour, []).append(path)
        if by_zone["sign_agreement"].get(zone, 1.0) < AGREEMENT:
            uncertain.append(path)
    # The edge in the fill's own colour hides hairlines between neighbours.
    patches = [
        PathPatch(Path.make_compound_path(*paths), facecolor=colour, edgecolor=colour, linewidth=0.4)
        for colour, paths in filled.items()
    ]
    if uncertain:
        patches.append(
            PathPatch(
                Path.make_compound_path(*uncertain),
                facecolor="none",
                edgecolor="#6a6a6a",
                linewidth=0.0,
                hatch="//////",
            )
        )
    patches += [
        PathPatch(borders.inner, facecolor="none", edgecolor="#8a8a8a", linewidth=0.35),
        PathPatch(borders.coast, facecolor="none", edgecolor="#3c3c3c", linewidth=0.7),
    ]
    for patch in patches:
        axis.add_artist(patch)


def draw_hubs(axis: Axes, hubs: pd.DataFrame, largest_hub_eur: float) -> None:
    """Hubs as circles whose area grows with their money; a large one is a ring, for what is below to be seen."""
    if not hubs.empty:
        area = 7.0 + 110.0 * hubs["eur_total"].to_numpy(np.float64) / max(largest_hub_eur, 1.0)
        fill = np.where(area > 40.0, "none", "white")
        axis.scatter(hubs["x_m"], hubs["y_m"], s=area, facecolor="none", edgecolor="white", linewidth=2.6, zorder=5)
        axis.scatter(hubs["x_m"], hubs["y_m"], s=area, facecolor=fill, edgecolor=INK, linewidth=1.0, zorder=6)


def frame_axes(axis: Axes, extent: tuple[float, float, float, float], *, margin: float, boxed: bool = False) -> None:
    """Same scale on both axes, no ticks, a thin box for an inset."""
    west, east, south, north = extent
    dx, dy = margin * (east - west), margin * (north - south)
    axis.set_xlim(west - dx, east + dx)
    axis.set_ylim(south - dy, north + dy)
    axis.set_aspect("equal", adjustable="box")
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(boxed)
        spine.set_linewidth(0.6)
        spine.set_color(INK)


def legend(figure: Figure, base: MapBase, look: Look, *, with_hubs: bool) -> None:
    """Class limits with 0 in the middle, the hatch, the circle."""
    from matplotlib.patches import Rectangle

    axis = figure.add_axes((0.8, 0.06, 0.2, 0.5))
    axis.set_axis_off()
    axis.set_xlim(0, 10)
    axis.set_ylim(0, 15)
    colours = class_colours(base.breaks)
    places = max(0, int(np.ceil(-np.log10(np.abs(base.breaks).min()) - 1e-9)))
    axis.text(0, 14.9, look.texts("axis.per_10k"), va="top", fontsize=7.2)
    bottom, height = 4.1, 1.25
    for k, colour in enumerate(colours):
        axis.add_patch(
            Rectangle((0.1, bottom + k * height), 1.9, height, facecolor=colour, edgecolor=FAINT, linewidth=0.4)
        )
    for k, limit in enumerate(base.breaks):
        axis.text(
            2.5,
            bottom + (k + 1) * height,
            look.texts.fmt.number(limit, decimals=places, signed=True),
            va="center",
            fontsize=7.2,
        )
    axis.add_patch(
        Rectangle((0.1, 2.3), 1.9, 1.1, facecolor="white", edgecolor="#6a6a6a", linewidth=0.5, hatch="//////")
    )
    axis.text(2.5, 2.85, look.texts("axis.uncertain"), va="center", fontsize=7.2)
    if with_hubs:
        axis.scatter([1.05], [1.0], s=26, facecolor="white", edgecolor=INK, linewidth=0.9)
        axis.text(2.5, 1.0, look.texts("axis.hub"), va="center", fontsize=7.2)

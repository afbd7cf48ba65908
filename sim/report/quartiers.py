"""The quartiers of one run: a map of startups per km², with a closer view of the densest region, and its film.

One run is one possible future, not an effect: the picture says so, and shows levels, never differences.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.maps import fill_squares, inset_region, outlines
from sim.report.catalogue import load
from sim.report.look import INK, SOFT, STYLE, lighter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from sim.scenario import Scenario, Study

SIZE_IN, DPI = (9.6, 5.4), 100  # 960 by 540 pixels, 16:9
PER_KM2 = (0.02, 0.1, 0.5, 2.0, 10.0, 50.0)  # limits of the classes, startups per km²
EMPTY, OUTSIDE = "#ededed", "#ffffff"
FRAME_MS, LAST_MS = 500, 3000
COLOURS = 48  # of the palette of a film


@dataclass(frozen=True)
class Year:
    """The state of one run at the end of a year: startups of every quartier, and where hubs are open."""

    year: int
    startups: np.ndarray  # int64[cells]
    hubs: np.ndarray  # float64[hubs, 2], metres


def years_of(scenario: Scenario, seed: int) -> Iterator[Year]:
    """Run a scenario with one seed, as ``run`` does, and give its quartiers each December from the start on."""
    from sim import engine
    from sim.policy import policy_of
    from sim.recorder import Recorder

    world = engine.spun_up(scenario, seed)
    territory = engine._territory(scenario.territory)
    policy = policy_of(scenario, territory, seed)
    par = engine.parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)
    recorder = Recorder(scenario.start, ())
    for december in range(scenario.start + 11 - scenario.start % 12, scenario.end + 1, 12):
        engine.advance(world, par, seed, december, recorder=recorder)
        f, hub = world.startup, world.hub
        count = np.bincount(f.cell[f.alive & (f.cell >= 0)], minlength=world.cell.n)
        yield Year(december // 12, count, np.column_stack([hub.x_m, hub.y_m]))


class RunMap:
    """A map drawn once and filled year after year.

    Parameters
    ----------
    cells, zones : frames of the geography (x_m, y_m, size_m, zone; zone, region, area_km2)
    language : of the words
    title, run : what is shown, and which run it is
    """

    def __init__(self, cells: pd.DataFrame, zones: pd.DataFrame, language: str, *, title: str, run: str) -> None:
        import matplotlib
        from matplotlib.figure import Figure

        self.texts = load(language)
        self._raster(cells)
        self.images: list[AxesImage] = []
        self.marks: list[Any] = []
        with matplotlib.rc_context(STYLE):
            self.figure: Figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._axes(cells, zones)
            self.figure.text(0.02, 0.965, title, fontsize=13, fontweight="bold", va="top", color=INK)
            self.figure.text(0.02, 0.03, f"{run} {self.texts('quartiers.one_future')}", fontsize=8, color=SOFT)
            self.clock = self.figure.text(0.735, 0.905, "", fontsize=22, fontweight="bold", va="top", color=INK)
            self.total = self.figure.text(0.735, 0.825, "", fontsize=10, va="top", color=SOFT)
            self._legend()

    def _raster(self, cells: pd.DataFrame) -> None:
        """Which square each pixel belongs to; cells cut by a border share a square, and their startups add up."""
        x, y, size = (cells[name].to_numpy(float) for name in ("x_m", "y_m", "size_m"))
        self.pixel = float(size.min())
        self.west, self.south = (x - size / 2).min(), (y - size / 2).min()
        shape = (
            round(((y + size / 2).max() - self.south) / self.pixel),
            round(((x + size / 2).max() - self.west) / self.pixel),
        )
        squares, self.square = np.unique(np.column_stack([x, y, size]), axis=0, return_inverse=True)
        self.square = self.square.ravel()
        self.area_km2 = squares[:, 2] ** 2 / 1e6
        self.where = np.full(shape, -1, np.int32)
        px, py = (squares[:, 0] - self.west) / self.pixel, (squares[:, 1] - self.south) / self.pixel
        fill_squares(self.where, px, py, squares[:, 2] / self.pixel, np.arange(len(squares), dtype=np.int32))

    def _axes(self, cells: pd.DataFrame, zones: pd.DataFrame) -> None:
        geometry = outlines(cells)
        lines = [arc.points for arc in geometry.simplified(self.pixel).arcs]
        main = self.figure.add_axes((0.01, 0.07, 0.70, 0.85))
        self._draw(main, lines, geometry.extent())
        inside = inset_region(zones)
        if inside:
            extent = geometry.extent(inside)
            inset = self.figure.add_axes((0.735, 0.4, 0.25, 0.35))
            self._draw(inset, lines, extent, boxed=True)
            region = str(zones.loc[zones["zone"] == inside[0], "region"].iloc[0])
            inset.set_title(region, fontsize=8.5, fontweight="normal", pad=3)
            west, east, south, north = extent
            main.plot([west, east, east, west, west], [south, south, north, north, south], color=INK, linewidth=0.6)

    def _draw(
        self, axis: Axes, lines: list[np.ndarray], extent: tuple[float, float, float, float], *, boxed: bool = False
    ) -> None:
        from matplotlib.collections import LineCollection

        rows, columns = self.where.shape
        box = (self.west, self.west + columns * self.pixel, self.south, self.south + rows * self.pixel)
        blank = np.zeros((rows, columns, 3), np.uint8)
        self.images.append(axis.imshow(blank, extent=box, origin="lower", interpolation="nearest"))
        axis.add_collection(LineCollection(lines, colors="#8a8a8a", linewidths=0.4))
        self.marks.append(
            axis.scatter([], [], s=42 if boxed else 26, facecolor="none", edgecolor="#D1495B", linewidth=1.4, zorder=5)
        )
        west, east, south, north = extent
        edge = 0.02 * max(east - west, north - south)
        axis.set_xlim(west - edge, east + edge)
        axis.set_ylim(south - edge, north + edge)
        axis.set_xticks([])
        axis.set_yticks([])
        for spine in axis.spines.values():
            spine.set_visible(boxed)
            spine.set_color(INK)

    def _palette(self) -> np.ndarray:
        """Colours of the classes, light to dark, uint8[classes + 1, 3]; the first is that of no startup nearby."""
        from matplotlib import colormaps
        from matplotlib.colors import to_rgb

        shades = [to_rgb(EMPTY), *(colormaps["cividis_r"](v)[:3] for v in np.linspace(0.05, 1.0, len(PER_KM2)))]
        return (255 * np.array(shades)).round().astype(np.uint8)

    def _legend(self) -> None:
        from matplotlib.patches import Rectangle

        axis = self.figure.add_axes((0.735, 0.09, 0.25, 0.27))
        axis.set_axis_off()
        axis.set_xlim(0, 10)
        axis.set_ylim(-1.6, len(PER_KM2) + 1.6)
        axis.text(0, len(PER_KM2) + 1.3, self.texts("quartiers.per_km2"), fontsize=8.5, va="center")
        fmt = self.texts.fmt
        for k, colour in enumerate(self._palette() / 255.0):
            axis.add_patch(Rectangle((0, k - 0.45), 1.2, 0.9, facecolor=colour, edgecolor="#bdbdbd", linewidth=0.4))
            limit = fmt.number(PER_KM2[k - 1], decimals=2 if PER_KM2[k - 1] < 0.1 else 1 if PER_KM2[k - 1] < 1 else 0)
            words = self.texts("quartiers.above", value=limit) if k else self.texts("quartiers.fewer")
            axis.text(1.6, k, words, fontsize=8.5, va="center")
        axis.scatter([0.6], [-1.2], s=26, facecolor="none", edgecolor="#D1495B", linewidth=1.4)
        axis.text(1.6, -1.2, self.texts("axis.hub"), fontsize=8.5, va="center")

    def show(self, state: Year) -> Figure:
        """Fill the map with one year."""
        by_square = np.bincount(self.square, weights=state.startups, minlength=len(self.area_km2)) / self.area_km2
        classes = np.append(np.searchsorted(PER_KM2, by_square, side="right"), 0)
        picture = self._palette()[classes[self.where]]
        picture[self.where < 0] = 255
        for image, mark in zip(self.images, self.marks, strict=True):
            image.set_data(picture)
            mark.set_offsets(state.hubs if len(state.hubs) else np.empty((0, 2)))
        self.clock.set_text(str(state.year))
        number = self.texts.fmt.number(int(state.startups.sum()))
        self.total.set_text(self.texts("quartiers.total", number=number))
        return self.figure


def save_film(years: Sequence[Year], drawn: RunMap, folder: Path, name: str) -> list[Path]:
    """Write ``name.gif``, and the last year as ``name.png`` and ``name.svg``; the same bytes each time."""
    import matplotlib
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    with matplotlib.rc_context(STYLE):
        for state in years:
            buffer = io.BytesIO()
            drawn.show(state).savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
            frames.append(Image.open(buffer).convert("RGB"))
        svg = folder / f"{name}.svg"
        drawn.figure.savefig(svg, metadata={"Date": None, "Creator": "Quartiers"})
        svg.write_text(lighter(svg.read_text(encoding="utf-8")), encoding="utf-8")
        png = folder / f"{name}.png"
        drawn.figure.savefig(png, dpi=2 * DPI, metadata={"Software": None})
    # One palette for all: what does not change then costs nothing from one frame to the next.
    palette = frames[-1].quantize(COLOURS)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    gif = folder / f"{name}.gif"
    waits = [FRAME_MS] * (len(small) - 1) + [LAST_MS]
    small[0].save(gif, save_all=True, append_images=small[1:], duration=waits, loop=0, optimize=True, disposal=1)
    return [gif, png, svg]


def film(study: Study, seed: int, folder: Path, language: str) -> list[Path]:
    """Run the reference of a study once more with one seed and write its film and its last map."""
    from sim.compare import Geography

    scenario, geography, texts = study.reference, Geography.of(study), load(language)
    title = str(scenario.title.get(language) or scenario.id)
    drawn = RunMap(geography.cells, geography.zones, language, title=title, run=texts("quartiers.run", seed=seed))
    return save_film(list(years_of(scenario, seed)), drawn, folder, f"quartiers-{scenario.id}.{language}")

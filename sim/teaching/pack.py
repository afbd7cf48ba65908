"""Runs, geography and classes in the form that the pages read: small, and the same bytes each time."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import engine
from sim.grid import Grid
from sim.maps import Geometry, class_breaks, outlines
from sim.scenario.types import Scenario
from sim.teaching.load import Lesson, Setting
from sim.teaching.observe import Recording
from sim.teaching.runs import grid_of, view_of

CLASSES = 7
EMPTY = "#f2f2f2"  # of the lowest class: nothing, or nearly
BORDER_KM = 2.0  # by how much borders of a national map may be off
DIGITS = 6  # significant digits of a number kept


def pictures(layer: np.ndarray, step: float) -> str:
    """A layer in base64: whole steps, differences in time, low bytes then high bytes, gzip without a date.

    Parameters
    ----------
    layer : [pictures, places]
    """
    whole = np.clip(np.round(layer / step), -32768, 32767).astype(np.int16)
    change = np.diff(whole, axis=0, prepend=np.zeros((1, whole.shape[1]), np.int16)).astype(np.uint16)
    planes = np.concatenate([(change & 255).astype(np.uint8).ravel(), (change >> 8).astype(np.uint8).ravel()])
    return base64.b64encode(gzip.compress(planes.tobytes(), 9, mtime=0)).decode("ascii")


def packed(made: Recording, step: float) -> dict[str, Any]:
    """One run."""
    return {
        "layer": pictures(made.layer, step),
        "numbers": {name: [short(v) for v in values] for name, values in made.numbers.items()},
        "hubs": [[round(x), round(y)] for x, y in made.hubs.tolist()],
    }


def short(value: float) -> float:
    """A number with as many digits as a page needs."""
    value = float(f"{float(value):.{DIGITS}g}")
    return int(value) if value.is_integer() else value


def all_runs(lesson: Lesson, runs: Mapping[tuple[Setting, str, int], Recording], step: float) -> dict[str, Any]:
    """Each run once, and which one every setting, side and seed shows."""
    names: dict[tuple[str, int], str] = {}
    shown: dict[str, str] = {}
    packs: dict[str, Any] = {}
    for (setting, side, seed), made in runs.items():
        key = lesson.scenarios[setting, side].digest, seed
        if key not in names:
            names[key] = f"r{len(names)}"
            packs[names[key]] = packed(made, step)
        where = "-".join(map(str, setting.notches))
        shown[f"{where}/{int(setting.realistic)}/{side}/{seed}"] = names[key]
    return {"runs": shown, "packed": packs}


def ground(scenario: Scenario, *, by_zone: bool) -> dict[str, Any]:
    """Shapes of the map: squares of the quartiers, or areas of the zones with a closer view of the densest region."""
    grid = grid_of(scenario)
    if not by_zone:
        squares = np.column_stack([grid.x_m, grid.y_m, grid.size_m]).round().astype(int)
        half = grid.size_m / 2
        box = [(grid.x_m - half).min(), (grid.y_m - half).min(), (grid.x_m + half).max(), (grid.y_m + half).max()]
        return {"box": [round(float(v)) for v in box], "squares": squares.ravel().tolist()}
    geometry = borders(grid)
    zones = range(len(engine._territory(scenario.territory).zones.code))
    areas = [[[round(v) for v in ring.ravel().tolist()] for ring in geometry.rings(z)] for z in zones]
    west, east, south, north = geometry.extent()
    out: dict[str, Any] = {"box": [round(west), round(south), round(east), round(north)], "areas": areas}
    inside = _inset(scenario)
    if inside:
        west, east, south, north = geometry.extent(inside)
        out["inset"] = [round(west), round(south), round(east), round(north)]
    return out


def borders(grid: Grid) -> Geometry:
    """Borders of the zones of a grid, drawn from its quartiers."""
    import pandas as pd

    cells = pd.DataFrame({"x_m": grid.x_m, "y_m": grid.y_m, "size_m": grid.size_m, "zone": grid.zone})
    return outlines(cells).simplified(1000.0 * BORDER_KM)


def _inset(scenario: Scenario) -> list[int]:
    import pandas as pd

    from sim.maps import inset_region

    zones = engine._territory(scenario.territory).zones
    frame = pd.DataFrame({"zone": np.arange(len(zones.code)), "region": zones.region, "area_km2": zones.area_km2})
    return inset_region(frame)


def limits_of(values: np.ndarray, *, doubling: bool) -> list[float]:
    """Limits of the classes of a map: round numbers, from few to nearly the most (six, ascending).

    Counts, and counts for so many people, double from one class to the next: few places have most of them, and the
    first class above nothing is "one".
    """
    # A few extreme places would leave all others in the lowest class of even steps.
    share = 0.995 if doubling else 0.95
    top = float(np.quantile(values[values > 0], share)) if (values > 0).any() else 1.0
    if doubling:
        first = next(k for k in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0) if k * 2 ** (CLASSES - 2) >= 0.6 * top
                     or k == 100.0)  # fmt: skip
        return [first * 2**k for k in range(CLASSES - 1)]
    ladder = [m * 10.0**e for e in range(-3, 7) for m in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5)]
    step = next(v for v in ladder if v * CLASSES >= top)
    return [short(step * (k + 1)) for k in range(CLASSES - 1)]


def colours(signed: bool) -> list[str]:
    """Colours of the classes, light to dark, or orange for losses and purple for gains."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if signed:
        return [to_hex(colormaps["PuOr"](v)) for v in (0.03, 0.16, 0.3, 0.5, 0.72, 0.86, 0.98)]
    return [EMPTY, *(to_hex(colormaps["cividis_r"](v)) for v in np.linspace(0.08, 1.0, CLASSES - 1))]


def gap_limits(gaps: np.ndarray, *, whole: bool) -> list[float]:
    """Limits of the classes of a map of differences, symmetric around nothing; halves between whole numbers."""
    breaks = class_breaks(gaps[gaps != 0.0] if (gaps != 0.0).any() else gaps)
    if not whole:
        return [short(v) for v in breaks]
    outer = max(float(breaks[-1]), 4.0)
    ends = [0.5, round(outer / 4.0) - 0.5 if outer > 8.0 else 1.5, round(outer) - 0.5]
    return [-v for v in reversed(ends)] + ends


def boxes(lesson: Lesson) -> list[list[int]]:
    """Frames of the zones that a lesson looks at, on a map of squares."""
    view = view_of(lesson)
    if view.by_zone:
        return []
    grid = grid_of(next(iter(lesson.scenarios.values())))
    out = []
    for zone in view.inside:
        rows = grid.zone == zone
        half = grid.size_m[rows] / 2
        x, y = grid.x_m[rows], grid.y_m[rows]
        out.append([round(float(v)) for v in
                    ((x - half).min(), (y - half).min(), (x + half).max(), (y + half).max())])  # fmt: skip
    return out

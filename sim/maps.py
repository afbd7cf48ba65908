"""Outlines of zones, drawn from the cells of the grid.

No border file is shipped: a zone is the set of its cells. The cells are painted on a fine raster, the gaps
where nobody lives are closed, borders are smoothed, and the lines between zones are traced once each, so
that two neighbours share exactly the same line and no white sliver appears between them.

The result is a drawing, not a survey: borders are right to within about a cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

Points = NDArray[np.float64]  # [n, 2] x, y in metres of the projection
Labels = NDArray[np.int32]  # [rows, columns] zone number, row 0 in the south
OUTSIDE = -1
CONTESTED = -2  # squares cut between several zones
GAP_SQUARES = 2.0  # empty land is closed up to twice this many of the largest squares across
LARGEST_RASTER = 1200  # pixels on the longer side, margins apart


@dataclass(frozen=True)
class Arc:
    """One border line; ``left`` and ``right`` are the zones on each side (OUTSIDE for the coast)."""

    left: int
    right: int
    points: Points

    @property
    def closed(self) -> bool:
        """True when the line comes back to its first point (an island, an enclave)."""
        return bool((self.points[0] == self.points[-1]).all())


@dataclass(frozen=True)
class Geometry:
    """Borders of all zones of a territory, in metres."""

    arcs: tuple[Arc, ...]
    pixel_m: float

    def simplified(self, tolerance_m: float) -> Geometry:
        """Same borders with fewer points, none of them moved by more than ``tolerance_m``."""
        return Geometry(tuple(Arc(a.left, a.right, simplify(a.points, tolerance_m)) for a in self.arcs), self.pixel_m)

    def rings(self, zone: int) -> list[Points]:
        """Closed lines around a zone, the zone on their left; holes turn the other way."""
        return chain([a.points if a.left == zone else a.points[::-1] for a in self.arcs if zone in (a.left, a.right)])

    def extent(self, zones: Iterable[int] | None = None) -> tuple[float, float, float, float]:
        """West, east, south, north of some zones (of all by default)."""
        wanted = None if zones is None else set(zones)
        kept = [a.points for a in self.arcs if wanted is None or wanted & {a.left, a.right}]
        if not kept:
            raise ValueError(f"no border touches the zones asked for: {sorted(wanted or ())}")
        points = np.vstack(kept)
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        return float(west), float(east), float(south), float(north)


def outlines(cells: pd.DataFrame, *, pixel_m: float | None = None) -> Geometry:
    """Trace the borders of the zones.

    Parameters
    ----------
    cells : frame with x_m, y_m (centre of the square), size_m, zone; one row per inhabited cell
    pixel_m : side of a raster pixel; by default the finest cell, or more for a very large territory
    """
    missing = {"x_m", "y_m", "size_m", "zone"} - set(cells.columns)
    if missing or cells.empty:
        raise ValueError(f"a map needs cells with x_m, y_m, size_m and zone; missing: {sorted(missing) or 'every row'}")
    x, y, size = (cells[c].to_numpy(np.float64) for c in ("x_m", "y_m", "size_m"))
    zone = cells["zone"].to_numpy(np.int32)
    reach = float(size.max())
    span = max(np.ptp(x), np.ptp(y))
    pixel = pixel_m or max(float(size.min()), span / LARGEST_RASTER)
    margin = (GAP_SQUARES + 1.0) * reach
    # From the edge of a square, not from a centre: edges then fall between pixels.
    west, south = (x - 0.5 * size).min() - margin, (y - 0.5 * size).min() - margin
    shape = (int((y.max() + margin - south) / pixel) + 1, int((x.max() + margin - west) / pixel) + 1)
    labels = paint((x - west) / pixel, (y - south) / pixel, size / pixel, zone, shape)
    labels = fill_gaps(labels, GAP_SQUARES * reach / pixel)
    # A territory of equal squares is left square: only mixed sizes have borders rougher than their finest cell.
    if reach > 1.5 * pixel:
        labels = soften(labels, 0.3 * reach / pixel)
    arcs = trace(labels)
    return Geometry(tuple(Arc(a.left, a.right, relax(a.points) * pixel + (west, south)) for a in arcs), pixel)


def paint(x: Points, y: Points, size: Points, zone: Labels, shape: tuple[int, int]) -> Labels:
    """Raster of zone numbers; squares shared by several zones are CONTESTED.

    ``x``, ``y`` (centres) and ``size`` are in pixels. Squares do not overlap unless they are the same square.
    """
    _, square, cells = np.unique(np.column_stack([x, y, size]), axis=0, return_inverse=True, return_counts=True)
    shared = cells[square.ravel()] > 1
    labels = np.full(shape, OUTSIDE, np.int32)
    fill_squares(labels, x, y, size, np.where(shared, CONTESTED, zone))
    for lost in np.setdiff1d(zone, labels):  # a zone smaller than the squares it shares
        k = int(np.flatnonzero(zone == lost)[0])
        labels[int(y[k]), int(x[k])] = lost
    return labels


def fill_squares(labels: Labels, x: Points, y: Points, size: Points, value: Labels) -> None:
    """Write ``value`` into the pixels of each square, one size of square after the other."""
    side = np.maximum(np.round(size).astype(int), 1)
    south, west = (np.floor(v - 0.5 * size + 0.5).astype(int) for v in (y, x))
    for s in np.unique(side):
        k = side == s
        rows = south[k, None, None] + np.arange(s)[None, :, None]
        columns = west[k, None, None] + np.arange(s)[None, None, :]
        labels[rows, columns] = value[k, None, None]


def fill_gaps(labels: Labels, reach: float) -> Labels:
    """Give contested squares and uninhabited gaps to the nearest zone, without pushing the coast outwards.

    Closing by a disc of radius ``reach`` [pixels]: what lies within reach of people on all sides is land.
    """
    inhabited = labels != OUTSIDE
    within_reach = ndimage.distance_transform_edt(~inhabited) <= reach
    land = (ndimage.distance_transform_edt(within_reach) > reach) | inhabited
    land = ndimage.binary_fill_holes(land)
    nearest = ndimage.distance_transform_edt(labels < 0, return_distances=False, return_indices=True)
    return np.where(land, labels[tuple(nearest)], OUTSIDE).astype(np.int32)


def soften(labels: Labels, sigma: float) -> Labels:
    """Round the steps of the squares: each pixel goes to the zone that weighs most around it.

    ``sigma`` [pixels] is lowered for small zones, which a wide blur would erase.
    """
    best = ndimage.gaussian_filter((labels == OUTSIDE).astype(np.float32), sigma, truncate=3.0)
    result = np.full(labels.shape, OUTSIDE, np.int32)
    margin = int(3.0 * sigma) + 1
    for number, box in enumerate(ndimage.find_objects(labels + 1)):
        zone = number
        if box is None:
            continue
        wide = tuple(slice(max(s.start - margin, 0), s.stop + margin) for s in box)
        own = labels[wide] == zone
        width = min(sigma, 0.15 * float(np.sqrt(own.sum())))
        weight = ndimage.gaussian_filter(own.astype(np.float32), width, truncate=3.0)
        wins = weight > best[wide]
        best[wide] = np.where(wins, weight, best[wide])
        result[wide] = np.where(wins, zone, result[wide])
    return result


def trace(labels: Labels) -> list[Arc]:
    """Lines between pixels of different zones, cut where three zones or more meet. Units: pixels."""
    padded = np.pad(labels, 1, constant_values=OUTSIDE)
    steps = border_steps(padded)
    around: dict[int, list[int]] = defaultdict(list)
    for k, (start, end, _, _) in enumerate(steps):
        around[start].append(k)
        around[end].append(k)
    columns = padded.shape[1] + 1
    used = np.zeros(len(steps), dtype=bool)
    junctions = [node for node, touching in around.items() if len(touching) != 2]
    arcs = []
    for node in junctions + list(around):  # open lines first, then the closed ones that are left
        for k in around[node]:
            if not used[k]:
                arcs.append(follow(node, k, steps, around, used, columns))
    return arcs


def border_steps(padded: Labels) -> list[tuple[int, int, int, int]]:
    """Unit steps of the borders: (node, node, zone on the left, zone on the right); node = row * columns + column."""
    columns = padded.shape[1] + 1
    rows_v, columns_v = np.nonzero(padded[:, 1:] != padded[:, :-1])  # northward steps
    rows_h, columns_h = np.nonzero(padded[1:, :] != padded[:-1, :])  # eastward steps
    north = rows_v * columns + columns_v + 1
    east = (rows_h + 1) * columns + columns_h
    start = np.concatenate([north, east])
    end = np.concatenate([north + columns, east + 1])
    left = np.concatenate([padded[rows_v, columns_v], padded[rows_h + 1, columns_h]])
    right = np.concatenate([padded[rows_v, columns_v + 1], padded[rows_h, columns_h]])
    return list(zip(start.tolist(), end.tolist(), left.tolist(), right.tolist(), strict=True))


def follow(
    node: int,
    k: int,
    steps: list[tuple[int, int, int, int]],
    around: dict[int, list[int]],
    used: NDArray[np.bool_],
    columns: int,
) -> Arc:
    """Walk along a border from ``node`` through step ``k`` to the next junction, or back to ``node``."""
    start, end, left, right = steps[k]
    if node == end:
        start, end, left, right = end, start, right, left
    nodes = [start, end]
    used[k] = True
    while end != nodes[0] and len(around[end]) == 2:
        k = next(i for i in around[end] if not used[i])
        used[k] = True
        end = steps[k][1] if steps[k][0] == end else steps[k][0]
        nodes.append(end)
    walked = np.array(nodes)
    # The raster was padded by one pixel on each side, hence the shift.
    return Arc(left, right, np.column_stack([walked % columns, walked // columns]).astype(np.float64) - 1.0)


def relax(points: Points, passes: int = 4) -> Points:
    """Smooth a staircase by repeated averages of neighbours; the ends of an open line stay in place."""
    closed = bool((points[0] == points[-1]).all())
    if len(points) < 5:
        return points
    p = points[:-1] if closed else points
    for _ in range(passes):
        around = 0.25 * np.roll(p, 1, axis=0) + 0.5 * p + 0.25 * np.roll(p, -1, axis=0)
        if not closed:
            around[0], around[-1] = p[0], p[-1]
        p = around
    return np.vstack([p, p[:1]]) if closed else p


def simplify(points: Points, tolerance: float) -> Points:
    """Douglas-Peucker simplification; closed lines are cut at their farthest point first."""
    closed = bool((points[0] == points[-1]).all())
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    if closed:
        far = int(((points - points[0]) ** 2).sum(axis=1).argmax())
        keep[far] = True
        spans = [(0, far), (far, len(points) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        chord = points[b] - points[a]
        offset = points[a + 1 : b] - points[a]
        length = float(np.hypot(*chord))
        gap = np.abs(chord[0] * offset[:, 1] - chord[1] * offset[:, 0]) / length if length else np.hypot(*offset.T)
        worst = int(gap.argmax())
        if gap[worst] > tolerance:
            keep[a + 1 + worst] = True
            spans += [(a, a + 1 + worst), (a + 1 + worst, b)]
    return points[keep]


def chain(lines: list[Points]) -> list[Points]:
    """Join directed lines end to end into closed rings."""
    rings, leaving = [], defaultdict(list)
    for line in lines:
        if (line[0] == line[-1]).all():
            rings.append(line)
        else:
            leaving[tuple(line[0])].append(line)
    while leaving:
        start, ready = next(iter(leaving.items()))
        line = ready.pop()
        parts = [line]
        if not ready:
            del leaving[start]
        while tuple(parts[-1][-1]) != start:
            here = tuple(parts[-1][-1])
            parts.append(leaving[here].pop()[0:])
            if not leaving[here]:
                del leaving[here]
        rings.append(np.vstack([parts[0], *(p[1:] for p in parts[1:])]))
    return rings


def class_breaks(values: NDArray[np.float64], *, per_side: int = 3) -> NDArray[np.float64]:
    """Round class limits, symmetric around 0, for a map of differences.

    The outer limit is close to the 95th percentile of the absolute values, so that one exceptional zone
    does not wash out all the others; limits follow 1-2-5 steps. Returns [2 * per_side] ascending.
    """
    finite = np.abs(values[np.isfinite(values)])
    top = float(np.quantile(finite, 0.95)) if finite.size else 0.0
    top = top or (float(finite.max()) if finite.size else 0.0) or 1.0
    ladder = [m * 10.0**e for e in range(-12, 13) for m in (1.0, 2.0, 5.0)]
    outer = int(np.abs(np.log(np.array(ladder) / top)).argmin())
    positive = [ladder[max(outer - k, 0)] for k in range(per_side)][::-1]
    return np.array([-v for v in positive[::-1]] + positive)


def inset_region(zones: pd.DataFrame) -> list[int]:
    """Zones worth a magnified view: the region of the smallest zone when it is under a tenth of the median.

    In metropolitan France this is Île-de-France. Returns zone numbers, empty when no inset is needed.
    """
    if zones.empty or not {"area_km2", "region", "zone"} <= set(zones.columns):
        return []
    smallest = zones.iloc[int(zones["area_km2"].argmin())]
    same = zones.loc[zones["region"] == smallest["region"], "zone"]
    if smallest["area_km2"] >= 0.1 * zones["area_km2"].median() or len(same) < 2 or len(same) == len(zones):
        return []
    return sorted(int(z) for z in same)

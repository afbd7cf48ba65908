"""Borders traced from cells: areas kept, lines shared, gaps closed, classes centred on zero."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sim.grid import GridSpec, build_grid
from sim.maps import OUTSIDE, Arc, Geometry, chain, class_breaks, fill_gaps, inset_region, outlines, simplify, trace
from sim.territory import load_territory


def cells_of(labels: np.ndarray, size: float = 1000.0) -> pd.DataFrame:
    rows, columns = np.nonzero(labels >= 0)
    return pd.DataFrame(
        {"x_m": (columns + 0.5) * size, "y_m": (rows + 0.5) * size, "size_m": size, "zone": labels[rows, columns]}
    )


def area(ring: np.ndarray) -> float:
    """Signed area: positive when the inside is on the left."""
    x, y = ring.T
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


@pytest.fixture
def quarters() -> np.ndarray:
    labels = np.zeros((20, 20), np.int32)
    labels[:, 10:] = 1
    labels[10:, :] += 2
    labels[4:7, 4:7] = 4  # an enclave
    return labels


def rings_by_zone(arcs: list[Arc]) -> dict[int, float]:
    geometry = Geometry(tuple(arcs), 1.0)
    zones = {a.left for a in arcs} | {a.right for a in arcs}
    return {z: sum(area(r) for r in geometry.rings(z)) for z in zones if z >= 0}


def test_traced_areas_are_the_pixels_of_each_zone(quarters):
    areas = rings_by_zone(trace(quarters))
    assert areas == {z: float((quarters == z).sum()) for z in range(5)}


def test_zones_that_meet_at_a_corner_only(quarters):
    checkers = np.indices((6, 6)).sum(axis=0) % 2
    assert rings_by_zone(trace(checkers.astype(np.int32))) == {0: 18.0, 1: 18.0}


def test_every_line_has_a_zone_on_each_side_and_is_drawn_once(quarters):
    arcs = trace(quarters)
    assert all(a.left != a.right for a in arcs)
    steps = [
        tuple(sorted((tuple(p), tuple(q)))) for a in arcs for p, q in zip(a.points[:-1], a.points[1:], strict=True)
    ]
    assert len(steps) == len(set(steps))
    padded = np.pad(quarters, 1, constant_values=OUTSIDE)
    changes = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    assert len(steps) == changes


def test_smoothing_and_simplifying_leave_no_sliver(quarters):
    traced = outlines(cells_of(quarters))
    for geometry in (traced, traced.simplified(700.0)):
        zones = sum(area(r) for z in range(5) for r in geometry.rings(z))
        coast = [a.points if a.left >= 0 else a.points[::-1] for a in geometry.arcs if OUTSIDE in (a.left, a.right)]
        assert zones == pytest.approx(sum(area(r) for r in chain(coast)), rel=1e-12)
    # 20 km by 20 km, corners rounded: nothing is lost at the edges of the raster.
    assert sum(area(r) for z in range(5) for r in traced.rings(z)) == pytest.approx(400e6, rel=0.01)


def test_empty_land_inside_a_country_is_given_to_the_nearest_zone():
    labels = np.zeros((30, 30), np.int32)
    labels[:, 15:] = 1
    labels[5:25, 12:18] = OUTSIDE  # nobody lives there
    filled = fill_gaps(labels, reach=4.0)
    assert (filled[5:25, 12:15] == 0).all()
    assert (filled[5:25, 15:18] == 1).all()


def test_closing_gaps_does_not_push_the_coast_out():
    labels = np.full((30, 30), OUTSIDE, np.int32)
    labels[10:20, 10:20] = 0
    assert (fill_gaps(labels, reach=4.0) == labels).all()


def test_a_square_shared_by_two_zones_is_split_between_its_neighbours():
    labels = np.zeros((9, 18), np.int32)
    labels[:, 9:] = 1
    cells = cells_of(labels)
    centre = {"x_m": 9000.0, "y_m": 4500.0, "size_m": 3000.0}  # drawn over the border, once for each zone
    inside = (abs(cells["x_m"] - 9000.0) < 1500.0) & (abs(cells["y_m"] - 4500.0) < 1500.0)
    shared = pd.DataFrame([centre | {"zone": 0}, centre | {"zone": 1}])
    geometry = outlines(pd.concat([cells[~inside], shared]), pixel_m=500.0)
    west, east, *_ = geometry.extent()
    left = sum(area(r) for r in geometry.rings(0))
    right = sum(area(r) for r in geometry.rings(1))
    assert left == pytest.approx(right, rel=0.05)
    assert (west, east) == (pytest.approx(0.0, abs=500.0), pytest.approx(18000.0, abs=500.0))


def test_a_zone_that_only_shares_squares_is_still_drawn():
    cells = pd.DataFrame({"x_m": [500.0, 1500.0, 1500.0], "y_m": 500.0, "size_m": 1000.0, "zone": [0, 0, 1]})
    assert outlines(cells).rings(1)


def test_simplifying_moves_no_point_beyond_the_tolerance():
    angle = np.linspace(0.0, 2.0 * np.pi, 400)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    circle[-1] = circle[0]
    fewer = simplify(circle, 0.01)
    assert 8 < len(fewer) < 60
    assert np.array_equal(fewer[0], fewer[-1])
    segments = pairwise(fewer)
    sagitta = [1.0 - np.hypot(*(0.5 * (p + q))) for p, q in segments]
    assert max(sagitta) <= 0.01 + 1e-9


@pytest.mark.parametrize("top", [0.003, 1.0, 7.0, 2400.0])
def test_class_limits_are_round_and_symmetric(top):
    breaks = class_breaks(np.linspace(-top, 0.3 * top, 97))
    assert np.allclose(breaks, -breaks[::-1])
    assert (np.diff(breaks) > 0).all()
    mantissas = breaks[3:] / 10.0 ** np.floor(np.log10(breaks[3:]) + 1e-9)
    assert {round(m) for m in mantissas} <= {1, 2, 5}
    assert 0.4 * top <= breaks[-1] <= 2.5 * top


def test_class_limits_of_a_map_without_any_difference():
    assert (class_breaks(np.zeros(5)) != 0.0).all()
    assert (class_breaks(np.array([np.nan])) != 0.0).all()


def test_inset_shows_the_region_of_a_very_small_zone():
    zones = pd.DataFrame(
        {
            "zone": range(6),
            "region": ["I", "I", "I", "A", "A", "B"],
            "area_km2": [100.0, 200.0, 5000.0, 6000.0, 6000.0, 5000.0],
        }
    )
    assert inset_region(zones) == [0, 1, 2]
    assert inset_region(zones.assign(area_km2=5000.0)) == []


def test_cells_without_zones_are_an_error():
    with pytest.raises(ValueError, match="zone"):
        outlines(pd.DataFrame({"x_m": [0.0], "y_m": [0.0], "size_m": [1.0]}))


def test_france_is_drawn_whole():
    territory = load_territory("france")
    grid = build_grid(territory, GridSpec())
    cells = pd.DataFrame({name: getattr(grid, name) for name in ("x_m", "y_m", "size_m", "zone")})
    geometry = outlines(cells)
    drawn = np.array([sum(area(r) for r in geometry.rings(z)) for z in range(len(territory.zones.code))]) / 1e6
    official = territory.zones.area_km2
    assert drawn.sum() == pytest.approx(official.sum(), rel=0.05)
    # Squares of 8 km overflow a ragged coast: Finistère is drawn 40 % too large, the median département 6 % off.
    large = official > 1000.0
    assert np.abs(drawn / official - 1.0)[large].max() < 0.45
    assert np.median(np.abs(drawn / official - 1.0)) < 0.1
    zones = pd.DataFrame({"zone": range(len(official)), "region": territory.zones.region, "area_km2": official})
    inset = [territory.zones.code[z] for z in inset_region(zones)]
    assert inset == ["75", "77", "78", "91", "92", "93", "94", "95"]

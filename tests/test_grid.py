"""Cutting a territory into quartiers: totals, sizes, borders, and refusal of what does not fit in memory."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.grid import Grid, GridSpec, build_grid, grid_report, split_cells
from sim.territory import Territory, load_territory, raster_territory


@pytest.fixture(scope="module")
def france() -> Territory:
    return load_territory("france")


@pytest.fixture(scope="module")
def quartiers(france) -> Grid:
    return build_grid(france, GridSpec())


def zone_sums(grid: Grid, values: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, grid.zone_start[:-1])


@pytest.mark.parametrize("spec", [GridSpec(), GridSpec(finest_km=2.0, max_people=3000.0),
                                  GridSpec("uniform", cell_km=3.0)], ids=["default", "coarser", "uniform"])
def test_zone_totals_are_official(france, spec):
    grid = build_grid(france, spec)
    assert zone_sums(grid, grid.population) == pytest.approx(france.zones.population, rel=1e-9, abs=0)


def test_france_has_the_expected_size_and_detail(france, quartiers):
    report = json.loads(json.dumps(grid_report(france, quartiers)))
    assert 12_000 < report["cells"] < 16_000
    assert 90 < report["cells_per_zone"]["75"] < 140
    assert set(report["cells_by_size_km"]) == {"1", "2", "4", "8"}
    assert min(report["cells_per_zone"].values()) > 20
    assert report["largest_gap_to_official"]["relative"] < 1e-9
    assert sum(report["people_by_size_km"].values()) == pytest.approx(63_697_865)


def test_only_the_finest_squares_may_hold_more_than_the_limit(quartiers):
    square = np.unique(np.stack([quartiers.i, quartiers.j]), axis=1, return_inverse=True)[1].ravel()
    people = np.bincount(square, quartiers.population)[square]
    assert (people > 15_000)[quartiers.size_m == 1000].any()
    assert (people[quartiers.size_m > 1000] <= 15_000 * (1 + 1e-6)).all()


def test_squares_do_not_overlap(quartiers):
    side = np.round(quartiers.size_m / quartiers.step_m).astype(int)
    finest = set()
    for i, j, n in {*zip(quartiers.i.tolist(), quartiers.j.tolist(), side.tolist())}:
        covered = {(i + a, j + b) for a in range(n) for b in range(n)}
        assert not covered & finest
        finest |= covered
        assert i % n == 0
        assert j % n == 0


def test_cells_are_sorted_by_zone_then_position(quartiers):
    key = np.lexsort((quartiers.i, quartiers.j, quartiers.zone))
    assert np.array_equal(key, np.arange(len(key)))
    for zone in (0, 40, 95):
        rows = slice(quartiers.zone_start[zone], quartiers.zone_start[zone + 1])
        assert (quartiers.zone[rows] == zone).all()
    assert quartiers.zone_start[-1] == len(quartiers.zone)
    assert np.array_equal(quartiers.x_m, quartiers.i * quartiers.step_m + quartiers.size_m / 2)


def test_a_square_on_a_border_is_shared_by_population(quartiers):
    corner = np.stack([quartiers.i, quartiers.j])
    first, square, count = np.unique(corner, axis=1, return_inverse=True, return_counts=True)
    square = square.ravel()
    shared = count[square] > 1
    assert shared.sum() > 100
    density = quartiers.population / quartiers.area_km2
    assert density[shared] == pytest.approx((np.bincount(square, quartiers.population) /
                                             np.bincount(square, quartiers.area_km2))[square][shared])
    area = np.bincount(square, quartiers.area_km2)[square]
    assert area == pytest.approx((quartiers.size_m / 1000) ** 2)


def test_the_people_of_paris_stay_in_and_around_paris(france, quartiers):
    paris = quartiers.zone == france.zones.code.index("75")
    x, y = france.zones.x_m[france.zones.code.index("75")], france.zones.y_m[france.zones.code.index("75")]
    assert np.hypot(quartiers.x_m[paris] - x, quartiers.y_m[paris] - y).max() < 9_000
    assert quartiers.area_km2[paris].sum() == pytest.approx(105.4, rel=0.25)


def test_footprints_do_not_depend_on_the_size_of_cells(france):
    """As many people in each 8 km square, whether the footprints are laid on 8 km or on 2 km squares."""
    coarse, fine = (build_grid(france, GridSpec("uniform", cell_km=km)) for km in (8.0, 2.0))
    there = np.r_[coarse.i * 10_000 + coarse.j, fine.i // 4 * 10_000 + fine.j // 4]
    square = np.unique(there, return_inverse=True)[1]
    gap = np.bincount(square, np.r_[coarse.population, -fine.population])
    assert np.abs(gap).max() < 1e-6


def test_a_raster_comes_back_as_it_was_drawn():
    people = np.arange(24.0).reshape(4, 6) + 1
    grid = build_grid(raster_territory(4, 6, cell_km=0.5, people=people), GridSpec("uniform", cell_km=0.5))
    assert grid.population == pytest.approx(people.ravel())
    assert np.array_equal(grid.i, np.tile(np.arange(6), 4))
    assert grid.area_km2 == pytest.approx(0.25)


def test_empty_squares_are_not_kept():
    people = np.zeros((8, 8))
    people[1, 1] = people[6, 6] = 10.0
    grid = build_grid(raster_territory(8, 8, cell_km=1.0, people=people), GridSpec("uniform", cell_km=1.0))
    assert len(grid.zone) == 2


def test_splitting_keeps_people_area_and_zones(quartiers):
    finer = split_cells(quartiers)
    assert len(finer.zone) == 4 * len(quartiers.zone)
    for name in ("population", "area_km2"):
        assert zone_sums(finer, getattr(finer, name)) == pytest.approx(
            zone_sums(quartiers, getattr(quartiers, name)), rel=1e-12)
    assert np.array_equal(np.lexsort((finer.i, finer.j, finer.zone)), np.arange(len(finer.zone)))
    assert (finer.size_m.max(), finer.size_m.min()) == (4_000, 500)
    centre = (finer.x_m * finer.population).sum() / finer.population.sum()
    assert centre == pytest.approx((quartiers.x_m * quartiers.population).sum() / quartiers.population.sum())


@pytest.mark.parametrize(("arguments", "message"), [
    ({"kind": "uniform"}, "needs cell_km"), ({"kind": "hexagons"}, "unknown kind"),
    ({"finest_km": 3.0}, "halved"), ({"finest_km": 16.0}, "finest not above"),
    ({"max_people": 0.0}, "all positive"), ({"kind": "uniform", "cell_km": np.nan}, "needs cell_km")])
def test_impossible_grids_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        GridSpec(**arguments)


def test_a_grid_too_fine_for_memory_is_refused(france):
    with pytest.raises(InputError, match=r"million cells, more than 4 million \(use larger squares\)"):
        build_grid(france, GridSpec("uniform", cell_km=0.05))


def test_a_place_inside_another_zones_city_is_not_lost():
    world = raster_territory(1, 2, cell_km=0.5, zone_columns=2, people=np.array([[1e6, 10.0]]))
    places = replace(world.places, x_m=np.array([0.0, 100.0]), y_m=np.zeros(2), radius_m=np.array([5e3, 50.0]))
    grid = build_grid(replace(world, places=places), GridSpec("uniform", cell_km=1.0))
    assert zone_sums(grid, grid.population) == pytest.approx([1e6, 10.0])


def test_footprints_stop_where_another_zone_is_nearer():
    """Two equal discs that overlap: each keeps to its own side of the middle."""
    world = raster_territory(1, 2, cell_km=0.5, zone_columns=2)
    places = replace(world.places, x_m=np.array([0.0, 4_000.0]), y_m=np.full(2, 500.0), radius_m=np.full(2, 5_000.0))
    grid = build_grid(replace(world, places=places), GridSpec("uniform", cell_km=0.5))
    west = grid.zone == 0
    assert grid.x_m[west].max() == 1_750.0
    assert grid.x_m[~west].min() == 2_250.0
    assert grid.x_m[west].min() < -4_000.0

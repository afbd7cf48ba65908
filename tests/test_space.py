"""Kernels between quartiers: published and closed-form values, and what must not change them."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.grid import Grid, GridSpec, build_grid, split_cells
from sim.space import FORMS, Neighbours, neighbours, zone_distance_km
from sim.territory import raster_territory


def uniform(rows, columns, cell_km=1.0, people=1000.0, **zones) -> Grid:
    territory = raster_territory(rows, columns, cell_km=cell_km, people=people, **zones)
    return build_grid(territory, GridSpec("uniform", cell_km=cell_km))


def mixed_grid() -> Grid:
    """Squares of 1, 2, 4 and 8 km: a dense corner in a thin plain, two zones."""
    people = np.full((24, 24), 40.0)
    people[15:20, 3:9] = 9_000.0
    people[4, 20] = 20_000.0
    return build_grid(raster_territory(24, 24, cell_km=1.0, people=people, zone_columns=2), GridSpec())


def dense(found: Neighbours) -> np.ndarray:
    n = len(found.start) - 1
    out = np.zeros((n, n))
    out[np.repeat(np.arange(n), np.diff(found.start)), found.cell] = found.weight
    return out


def exposure(found: Neighbours, amount: np.ndarray) -> np.ndarray:
    return np.add.reduceat(found.weight.astype(float) * amount[found.cell], found.start[:-1])


@pytest.mark.parametrize(("side", "published"),
                         [(0.2, 0.90), (0.5, 0.78), (1, 0.61), (2, 0.40), (5, 0.14), (10, 0.048)])
def test_self_weight_of_a_square_is_the_published_one(side, published):
    weight = neighbours(uniform(1, 1, side), 1.0).weight
    assert weight[0] == pytest.approx(published, abs=0.006 if published > 0.1 else 0.0006)


@pytest.mark.parametrize("form", ["exp", "gauss", "power"])
@pytest.mark.parametrize("pair", [(0, 0), (0, 5), (3, 40), (17, 18)])
def test_quadrature_equals_a_brute_force_mean_over_both_squares(form, pair):
    grid = mixed_grid()
    found = dense(neighbours(grid, 3.3, form=form, cutoff=20.0))
    a, b = pair
    fine = (np.arange(24) + 0.5) / 24 - 0.5
    u, v = np.meshgrid(fine, fine)
    dx = grid.x_m[a] - grid.x_m[b] + (u.ravel() * grid.size_m[a])[:, None] - u.ravel() * grid.size_m[b]
    dy = grid.y_m[a] - grid.y_m[b] + (v.ravel() * grid.size_m[a])[:, None] - v.ravel() * grid.size_m[b]
    r = np.hypot(dx, dy) / 3_300.0
    exact_mass = 1 - 21 * np.exp(-20)
    shape = {"exp": np.exp(-r), "gauss": exact_mass / (1 - np.exp(-200)) * np.exp(-r * r / 2),
             "power": exact_mass * ((1 + 20 / np.sqrt(2)) / (20 / np.sqrt(2))) ** 2 / (1 + r / np.sqrt(2)) ** 3}
    assert found[a, b] == pytest.approx(shape[form].mean(), rel=3e-3)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_same_integral(form):
    """On a torus, a row's weights times a square's area is the kernel's integral (a little more is in reach)."""
    grid = uniform(64, 64, 0.5)
    row = dense(neighbours(grid, 1.0, form=form, torus_m=32_000.0))[0].sum() * 0.25
    assert row == pytest.approx(2 * np.pi * (1 - 6 * np.exp(-5)), rel=0.07 if form == "power" else 0.03)


@pytest.mark.parametrize("form", FORMS)
def test_weights_are_exactly_symmetric(form):
    found = dense(neighbours(mixed_grid(), 2.0, form=form))
    assert np.array_equal(found, found.T)
    assert (found.diagonal() > 0).all()


def test_rows_hold_exactly_the_cells_within_reach_in_order():
    grid = mixed_grid()
    found = neighbours(grid, 1.0, cutoff=4.0)
    half = (grid.size_m[:, None] + grid.size_m) / 2
    gap = np.hypot(*(np.maximum(np.abs(v[:, None] - v) - half, 0) for v in (grid.x_m, grid.y_m)))
    within = gap <= 4_000.0
    assert np.array_equal(dense(found) > 0, within)
    for a, b in zip(found.start[:-1], found.start[1:], strict=True):
        assert (np.diff(found.cell[a:b]) > 0).all()


def moved(grid: Grid, i: np.ndarray, j: np.ndarray) -> Grid:
    """The same cells elsewhere (``i``, ``j`` new lower left corners)."""
    half = grid.size_m / grid.step_m / 2
    return replace(grid, i=i.astype(np.int32), j=j.astype(np.int32), x_m=(i + half) * grid.step_m,
                   y_m=(j + half) * grid.step_m)


@pytest.mark.parametrize("motion", ["translation", "reflection", "quarter turn"])
def test_moving_the_whole_world_changes_no_weight(motion):
    grid = mixed_grid()
    side = np.round(grid.size_m / grid.step_m).astype(np.int32)
    there = {"translation": (grid.i + 1_237, grid.j - 46), "reflection": (-grid.i - side, grid.j),
             "quarter turn": (-grid.j - side, grid.i)}[motion]
    assert np.array_equal(dense(neighbours(moved(grid, *there), 2.0)), dense(neighbours(grid, 2.0)))


def test_on_a_torus_every_place_is_alike():
    found = neighbours(uniform(12, 12), 1.0, torus_m=12_000.0)
    weights = dense(found).reshape(12, 12, 12, 12)
    for row, column in ((0, 0), (3, 7), (11, 11)):
        shifted = np.roll(weights[row, column], (-row, -column), axis=(0, 1))
        assert np.array_equal(shifted, weights[0, 0])
    assert weights[0, 0, 0, 11] == weights[0, 0, 0, 1] > 0


def test_on_a_torus_larger_than_the_kernel_buckets_miss_nobody():
    grid = uniform(40, 40)
    found = dense(neighbours(grid, 1.0, torus_m=40_000.0))
    d = np.abs(grid.i[:, None] - grid.i), np.abs(grid.j[:, None] - grid.j)
    gap = np.hypot(*(np.maximum(np.minimum(v, 40 - v) - 1, 0) for v in d))
    assert np.array_equal(found > 0, gap <= 5.0)


def test_order_of_cells_does_not_matter():
    grid = mixed_grid()
    shuffled = np.random.default_rng(3).permutation(len(grid.zone))
    columns = ("x_m", "y_m", "size_m", "area_km2", "population", "i", "j", "zone")
    other = replace(grid, **{name: getattr(grid, name)[shuffled] for name in columns})
    here, there = dense(neighbours(grid, 2.0)), dense(neighbours(other, 2.0))
    assert np.array_equal(there, here[np.ix_(shuffled, shuffled)])


def test_splitting_cells_hardly_moves_exposures_and_averaging_is_why():
    """People-weighted exposure of each zone, whole cells against quarters; point kernels drift much more."""
    grid = mixed_grid()
    drift = {}
    for averaged in (True, False):
        per_zone = []
        for cut in (grid, split_cells(grid)):
            felt = exposure(neighbours(cut, 2.0, cell_averaged=averaged), cut.population)
            per_zone.append(np.add.reduceat(cut.population * felt, cut.zone_start[:-1]))
        whole, quarters = per_zone
        drift[averaged] = np.abs(quarters / whole - 1).max()
    assert drift[True] < 0.01
    assert drift[False] > 5 * drift[True]


def test_border_correction_fills_what_the_border_cuts():
    grid = uniform(31, 31)
    plain, corrected = (exposure(neighbours(grid, 1.0, border_correction=on), grid.population)
                        for on in (False, True))
    corner, middle = 0, 15 * 31 + 15
    assert plain[corner] < 0.45 * plain[middle]
    assert corrected == pytest.approx(1000 * 2 * np.pi * (1 - 6 * np.exp(-5)), rel=1e-6)
    assert corrected[middle] == pytest.approx(plain[middle], rel=0.03)


def test_distances_between_zones():
    territory = raster_territory(4, 8, cell_km=1.0, zone_columns=2)
    distance = zone_distance_km(territory)
    assert distance[0, 1] == distance[1, 0] == pytest.approx(4.0)
    assert distance[0, 0] == pytest.approx(128 / (45 * np.pi) * np.sqrt(16 / np.pi))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"form": "gaus"}, "did you mean 'gauss'"), ({"decay_km": 0.0}, "must be positive"),
    ({"cutoff": np.nan}, "must be positive"), ({"torus_m": 1234.0}, "whole number of squares")])
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        neighbours(uniform(3, 3), **{"decay_km": 1.0, **arguments})

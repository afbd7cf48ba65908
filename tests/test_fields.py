"""Fields, the forms of spillovers, where startups settle and move: closed forms and limits (T7-T10, T13, T28)."""

import math
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from worlds import POLICY_START, small_parameters, small_policy, small_territory, small_world

from sim import build as start
from sim import engine, rng, stability
from sim.fields import N_SECTORS, USUAL_HUB_STAFF
from sim.grid import GridSpec, build_grid, split_cells
from sim.params import resolve
from sim.processes import founding, location, spillovers
from sim.space import lattice, neighbours
from sim.territory import raster_territory

Z = 4.0
PAR = SimpleNamespace(**resolve({}, {}))


def mixed_grid():
    """Squares of 1, 2, 4 and 8 km: a dense corner in a thin plain."""
    people = np.full((24, 24), 40.0)
    people[15:20, 3:9] = 9_000.0
    return build_grid(raster_territory(24, 24, cell_km=1.0, people=people), GridSpec())


def felt(lists, amount):
    """What the process makes of an amount by quartier, in one sector."""
    source = np.repeat(amount[:, None], N_SECTORS, 1).astype(float)
    out = np.empty_like(source)
    spillovers.reach(0, amount.size, lists.start, lists.cell, lists.weight, source, out)
    return out[:, 0]


# --- T7, T8 two regions ----------------------------------------------------------------------------------------------

COUPLING, RENT = 0.2, 0.3


def shares(x, pull, label=0.0, stay=0.0):
    """Shares of newborn startups between two equal regions where startups are at `x`; `stay` of them never move."""
    p = PAR.location._replace(walk=pull, rent=1.0, nest=1.0, animation=label)
    at, flat, none = np.array([x, 1.0 - x]), np.zeros((2, N_SECTORS)), np.zeros(2)
    near = np.repeat((at + COUPLING * at[::-1])[:, None], N_SECTORS, 1)
    one, zero = np.ones(N_SECTORS), np.zeros(N_SECTORS)
    benefit, drawn, weight, inclusive = (np.empty((2, N_SECTORS)) for _ in range(4))
    spillovers.benefits(0, 2, near, one, 1e-9 * one, one, 1.0, spillovers.ELASTICITY, benefit)
    location.attractions(0, 2, benefit, flat, zero, zero, none, none, none, none, none, none, 1.0 + none, p, drawn)
    hub, governance, people = np.array([0, -1], np.int16), np.ones(1), np.full(1, USUAL_HUB_STAFF)
    location.cell_weights(0, 2, drawn, at**RENT, none, none, 1.0 + none, flat, none, hub, governance, people, 12.0, p,
                          weight)
    location.inclusive_values(np.array([0, 1, 2]), weight, inclusive)
    zones = location.zone_weights(none, inclusive, 1.0 + flat, none, 1.0 + flat, flat, p)[:, 0]
    return stay * x + (1.0 - stay) * zones[0] / zones.sum()


def settle_down(x, pull, months=3000, **more):
    for _ in range(months):
        x += 0.1 * (shares(x, pull, **more) - x)
    return x


TIP = stability.critical_pull(COUPLING, RENT)


def test_the_tipping_point_of_two_regions():
    assert pytest.approx(1.95) == TIP
    assert stability.two_regions(TIP, COUPLING, RENT) == pytest.approx(1.0)
    for stay in (0.0, 0.7):  # people who stay slow the way, and do not move the point
        for share in (0.6, 0.9):
            assert settle_down(0.55, share * TIP, 12_000, stay=stay) == pytest.approx(0.5, abs=1e-6)
        for share in (1.1, 1.4):
            assert settle_down(0.501, share * TIP, 12_000, stay=stay) > 0.7
            assert settle_down(0.499, share * TIP, 12_000, stay=stay) < 0.3


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_small_label_shifts_shares_by_its_multiplier(share):
    label, number = 1e-3, stability.two_regions(share * TIP, COUPLING, RENT)
    shift = settle_down(0.5, share * TIP, label=label) - 0.5
    assert shift == pytest.approx(stability.label_shift(label, number), rel=2e-3)
    slope = (shares(0.5001, share * TIP) - shares(0.4999, share * TIP)) / 2e-4
    assert slope == pytest.approx(number, rel=1e-5)


def test_a_label_that_ends_leaves_a_trace_only_above_the_tipping_point():
    for share, left in ((0.9, False), (1.2, True)):
        below = settle_down(0.45, share * TIP)
        labelled = settle_down(below, share * TIP, label=2.0)
        after = settle_down(labelled, share * TIP)
        assert labelled > 0.6
        assert (after > 0.6) == left
        assert left or after == pytest.approx(0.5, abs=1e-6)


def test_the_number_of_two_equal_zones_is_its_closed_form():
    """On a map: two far zones of equal squares, a pull within a walk, and rents."""
    numbers = {"location.walk": 0.7, "location.commute": 0.0, "location.nest": 1.0}
    world, par = small_world(1, rows=4, columns=4, zones=(1, 2), numbers=numbers)
    c = world.cell
    c.staff[:] = 10.0
    c.near[:] = 50.0
    c.weight[:] = 1.0
    world.nation.near_median[:] = 50.0
    alone = np.arange(c.n)
    world.space = replace(world.space, near=type(world.space.near)(np.arange(c.n + 1), alone.astype(np.int32),
                                                                       np.ones(c.n, np.float32)))
    expected = stability.two_regions(0.7, 0.0, par.location.rent * par.rents.elasticity)
    assert stability.stability(world, par) == pytest.approx(expected, rel=1e-3)


# --- T9 diffusion ----------------------------------------------------------------------------------------------------


def test_diffusion_keeps_a_uniform_field_and_the_maximum_principle():
    grid = mixed_grid()
    for lists, area in ((neighbours(grid, 2.0, border_correction=True), grid.area_km2),
                        (neighbours(lattice(grid, 4.0)[0], 10.0, border_correction=True),
                         lattice(grid, 4.0)[0].area_km2)):
        uniform = felt(lists, area)
        np.testing.assert_allclose(uniform, uniform[0], rtol=2e-6)
        density = np.random.default_rng(2).uniform(0.0, 5.0, area.size)
        smooth = felt(lists, area * density) / uniform
        assert smooth.min() > density.min()
        assert smooth.max() < density.max()
        assert np.ptp(smooth) < 0.8 * np.ptp(density)


def test_border_correction_fills_what_the_border_cuts():
    """A switch of the model: a uniform country is uniform with it, and thin at its edges without."""
    territory = raster_territory(9, 9, cell_km=1.0, people=1000.0)
    grid, found = build_grid(territory, GridSpec("uniform", cell_km=1.0)), {}
    for choice in ("off", "on"):
        par = SimpleNamespace(**resolve({}, {"spillovers.border_correction": choice}))
        found[choice] = felt(start.build_space(territory, grid, start.reach_of(par), 1, 0).near, np.ones(81))
    assert found["off"][0] < 0.45 * found["off"][40]
    np.testing.assert_allclose(found["on"], found["on"][0], rtol=2e-6)


@pytest.mark.parametrize(("name", "value"), [
    ("spillovers.kernel", "gauss"), ("spillovers.border_correction", "on"), ("spillovers.averaged", "no")])
def test_geography_and_its_cache_know_the_kernel(name, value):
    plain, other = (SimpleNamespace(**resolve({}, switches)) for switches in ({}, {name: value}))
    assert start.reach_of(plain) != start.reach_of(other)
    territory = small_territory()
    grid = build_grid(territory, GridSpec("uniform", cell_km=1.0))
    a, b = (start.build_space(territory, grid, start.reach_of(p), 1, 0) for p in (plain, other))
    assert not np.array_equal(a.near.weight, b.near.weight)


def test_squares_of_a_region_hold_whole_quartiers_however_they_are_cut():
    grid = mixed_grid()
    for cut in (grid, split_cells(grid)):
        squares, square = lattice(cut, 16.0)
        assert squares.step_m == 16_000.0
        inside = np.maximum(abs(cut.x_m - squares.x_m[square]), abs(cut.y_m - squares.y_m[square])) + cut.size_m / 2
        assert inside.max() <= 8_000.0
        assert squares.population.sum() == pytest.approx(cut.population.sum())


# --- T10 forms -------------------------------------------------------------------------------------------------------


def test_the_hump_peaks_at_650_jobs_and_ends_at_9000():
    jobs = np.arange(0, 40_000)
    value = np.array([spillovers.hump(float(n), 650.0, 9000.0) for n in jobs])
    assert jobs[value.argmax()] == 650
    assert math.exp(value[650]) == pytest.approx(1.25)
    assert value[0] == 0.0
    assert value[9000] == pytest.approx(0.0, abs=1e-12)
    assert (np.diff(value[650:]) <= 0.0).all()
    assert value.min() == pytest.approx(-0.5 * math.log(1.25))


@pytest.mark.parametrize("form", [spillovers.ELASTICITY, spillovers.LOG, spillovers.THRESHOLD])
@pytest.mark.parametrize("threshold", [0.5, 1.0, 2.0])
def test_forms_have_one_level_and_slope_at_the_median(form, threshold):
    def value(ratio):
        return spillovers.benefit(ratio, 0.01, 0.3, threshold, form)

    assert value(1.0) == pytest.approx(0.0, abs=1e-15)
    assert (value(math.exp(1e-5)) - value(math.exp(-1e-5))) / 2e-5 == pytest.approx(1.0, rel=1e-6)
    assert math.isfinite(value(0.0))
    assert value(0.0) <= value(0.005) <= value(0.5) < value(2.0)


@pytest.mark.parametrize("median", [5.0, 200.0, 650.0])
def test_the_hump_has_them_too_and_beyond_its_peak_at_the_peak(median):
    def value(jobs, median=median):
        return spillovers.anchored_hump(jobs, median, 650.0, 9000.0)

    assert value(median) == pytest.approx(0.0, abs=1e-15)
    assert (value(median) - value(median * math.exp(-1e-6))) / 1e-6 == pytest.approx(1.0, rel=1e-4)
    assert value(650.0, 4000.0) == 0.0


def test_the_hump_does_not_act_on_location():
    worlds = {}
    for form in ("elasticity", "hump"):
        world, par = small_world(2, switches={"spillovers.form": form})
        engine.step(world, par, 2)
        worlds[form] = world.cell
    np.testing.assert_array_equal(worlds["hump"].weight, worlds["elasticity"].weight)
    assert not np.allclose(worlds["hump"].exposure, worlds["elasticity"].exposure)


def test_forms_share_their_zero_at_the_median():
    references = []
    for form in ("elasticity", "log", "threshold"):
        world, par = small_world(2, switches={"spillovers.form": form})
        spillovers.step(world, par, rng.draw_of(1, world.month))
        references.append(world.nation.exposure_reference.copy())
    np.testing.assert_allclose(references[1], references[0])
    np.testing.assert_allclose(references[2], references[0])


# --- N1, T13 ---------------------------------------------------------------------------------------------------------


def founding_factors(world, par, times):
    """Hazard of founding by zone and trade where the staff and startups of each quartier are so many times theirs."""
    other = world.copy()
    other.cell.staff[:] *= times[:, None]
    other.cell.startups[:] *= times[:, None]
    other.month += -other.month % 12
    spillovers.refresh(other, par.spillovers, freeze=False)
    return founding.factors(other, par.founding)


def test_ten_per_cent_more_everywhere_raises_national_entry_and_a_gain_in_one_place_lowers_no_other():
    """Fields are centred on the frozen state (rule N1), never on the current one."""
    world, par = small_world(1, rows=4, columns=40, zones=(1, 2), people=2000.0)
    ones, first = np.ones(world.cell.n), world.cell.zone == 0
    plain = founding_factors(world, par, ones)
    assert (founding_factors(world, par, 1.1 * ones) > plain).all()
    here_only = founding_factors(world, par, np.where(first, 3.0, 1.0))
    assert (here_only[0] > plain[0]).all()
    assert (here_only[1] >= plain[1]).all()


def test_competition_far_away_does_not_change_when_startups_grow_here():
    """What is usual is the nation's people per startup before the policy (rule N1), not those of today."""
    world, par = small_world(1, 20, rows=1, columns=200, zones=(1, 2), people=20_000.0)
    other = world.copy()
    for each, times in ((world, 1.0), (other, 5.0)):
        each.cell.staff[each.cell.zone == 0] *= times
        each.month += -each.month % 12
        spillovers.refresh(each, par.spillovers, freeze=False)
    a, b = world.cell, other.cell
    far = (a.own == b.own).all(axis=1) & (a.own > 0.0).any(axis=1)
    assert far.sum() > 20
    assert (a.competition[far] == b.competition[far]).all()
    assert (a.competition[~far] != b.competition[~far]).any()


def test_zonings_matter_less_than_forms():
    """Elasticity of the benefit to density, in three zonings and two forms (Briant, Combes and Lafourcade)."""
    side, generator = 60, np.random.default_rng(3)
    x, y = np.indices((side, side)).reshape(2, -1)
    staff = 0.05 * np.ones(side * side)
    for town, size in enumerate((9000.0, 3000.0, 1500.0, 700.0, 300.0, 150.0, 80.0, 40.0)):
        i, j = generator.integers(4, side - 4, 2)
        staff += size / (2.0 + town / 4) ** 2 * np.exp(-np.hypot(x - i, y - j) / (2.0 + town / 4))
    territory = raster_territory(side, side, cell_km=1.0, people=100.0)
    grid = build_grid(territory, GridSpec("uniform", cell_km=1.0))
    staff = staff.reshape(side, side)[grid.i, grid.j]
    near, own = (felt(neighbours(grid, km), staff) for km in (1.0, 3.3))
    order = np.argsort(near)
    middle = order[np.searchsorted(np.cumsum(staff[order]), staff.sum() / 2)]
    value = {
        "log": np.array([spillovers.benefit(a / near[middle], 0.0, 20.0 / near[middle], 1.0, spillovers.LOG)
                         for a in near]),
        "hump": np.array([spillovers.anchored_hump(e, own[middle], 650.0, 9000.0) for e in own]),
    }
    slope = {}
    for form, benefit in value.items():
        for km in (10, 15, 20, 30):
            zone = grid.i // km * 100 + grid.j // km
            _, zone = np.unique(zone, return_inverse=True)
            people = np.bincount(zone, staff)
            mean = np.bincount(zone, staff * benefit) / people
            density = np.log(people / np.bincount(zone))
            slope[form, km] = np.polyfit(density, mean, 1, w=np.sqrt(people))[0]
    by_zoning = max(np.ptp([slope[form, km] for km in (10, 15, 20, 30)]) for form in value)
    by_form = min(abs(slope["log", km] - slope["hump", km]) for km in (10, 15, 20, 30))
    assert by_zoning < by_form, slope


# --- meetings, knowledge ---------------------------------------------------------------------------------------------


def test_meetings_are_one_on_average_before_and_multiply_what_is_near():
    world, par = small_world(3, policy=small_policy())
    c = world.cell
    c.serendipity[:] = np.linspace(0.0, 1.0, c.n)
    world.month = POLICY_START - 1 - (POLICY_START - 1) % 3
    spillovers.step(world, par, rng.draw_of(1, world.month))
    staff = c.staff.sum(axis=1)
    assert (c.meeting * staff).sum() / staff.sum() == pytest.approx(1.0)
    calm, exposure = c.meeting.copy(), c.exposure.copy()
    c.serendipity[5] += 0.5
    spillovers.refresh(world, par.spillovers, freeze=False)
    assert c.meeting[5] > calm[5]
    others = np.arange(c.n) != 5
    np.testing.assert_array_equal(c.exposure[others], exposure[others])
    rise = math.log(c.meeting[5] / calm[5])
    felt_there = c.near[5] * calm[5] > par.spillovers.least_fte
    np.testing.assert_allclose((c.exposure[5] - exposure[5])[felt_there], rise, rtol=1e-9)


@pytest.mark.parametrize("firms", [50.0, 100.0, 400.0])
def test_animation_thins_out_with_the_firms_it_serves(firms):
    """Two people animate a hundred startups; of four hundred, each meets a quarter more."""
    world, par = small_world(1, policy=small_policy())
    engine.advance(world, par, 1, POLICY_START + 1)
    c, h, p = world.cell, world.hub, par.spillovers
    h.staff_fte[:], h.governance[:], c.startups[:], c.serendipity[:] = 2.0, 1.0, 0.0, 0.0
    at = np.flatnonzero(c.hub == 0)
    c.startups[at[0], 3] = firms
    spillovers.meet(world, p, freeze=False)
    outside = np.flatnonzero(c.hub < 0)[0]
    expected = 1.0 + p.meet_animation * min(p.firms_per_team / firms, 1.0)
    assert c.meeting[at] / c.meeting[outside] == pytest.approx(expected)


def test_knowledge_reaches_a_region_and_fades():
    """One firm knows something: related knowledge falls with distance, at the rate of the regional kernel."""
    territory = raster_territory(2, 80, cell_km=4.0, people=500.0)
    world = start.build(territory, GridSpec("uniform", cell_km=4.0), PAR_POLICY, w_talent=5, first_month=POLICY_START,
                        seed=1)
    f, c = world.startup, world.cell
    first = int(np.argmin(c.x_m[f.cell]))
    f.knowledge[first] = 1.0
    spillovers.learn(world, PAR_POLICY.spillovers)
    s, own = f.sector[first], c.regional[:, f.sector[first]]
    assert c.knowledge.sum() == 1.0
    edges = sorted(set(zip(c.x_m // 16_000.0, own)))
    assert all(a[1] >= b[1] for a, b in pairwise(edges) if a[0] > c.x_m[f.cell[first]] // 16_000.0)
    far = c.x_m > c.x_m[f.cell[first]] + 90_000.0
    assert 0.0 <= own[far].max() < 0.1 * own.max()
    other = (s + 1) % N_SECTORS
    np.testing.assert_allclose(c.regional[:, other], own * world.space.relatedness[other, s])


PAR_POLICY = small_parameters()


# --- T28, capital ----------------------------------------------------------------------------------------------------


def test_founders_choices_reproduce_the_map_before_the_policy():
    """Berry's inversion: shares of zones to 1e-6, by a formula of its own."""
    world, par = small_world(1)
    z, p = world.zone, par.location
    target = start.startup_shares(small_territory(), par)
    _, pull = location.weights_of_places(world, par)
    found = np.zeros(z.n)
    for home in range(z.n):
        near = (1.0 + world.space.distance_km[home] / 10.0) ** -p.distance * np.where(np.arange(z.n) == home,
                                                                                     math.exp(p.home), 1.0)
        chances = pull * near[:, None]
        found += (z.talents[home] * chances / chances.sum(axis=0)).sum(axis=1)
    np.testing.assert_allclose(found / found.sum(), target, atol=1e-6)


def test_a_counterfactual_answers_through_elasticities_alone():
    """Rents of a zone 10 % up: its odds fall by theta beta_r for every founder, whatever its constant."""
    world, par = small_world(1)
    _, before = location.weights_of_places(world, par)
    world.cell.rent[world.cell.zone == 0] *= 1.1
    _, after = location.weights_of_places(world, par)
    odds = (after[0] / after[1:]) / (before[0] / before[1:])
    np.testing.assert_allclose(odds, 1.1 ** (-par.location.nest * par.location.rent), rtol=1e-12)


@pytest.mark.parametrize("wanted", [0.36, 0.52])
def test_the_share_of_the_capital_is_set_in_the_inversion(wanted):
    territory = small_territory()
    plain = start.startup_shares(territory, small_parameters())
    par = small_parameters({"location.capital_share": wanted}, {"location.capital": "share"})
    share = start.startup_shares(territory, par)
    largest = territory.zones.labour_market == np.bincount(territory.zones.labour_market, plain).argmax()
    assert share.sum() == pytest.approx(1.0)
    assert share[largest].sum() == pytest.approx(wanted)
    np.testing.assert_allclose(share[~largest] / share[~largest].sum(), plain[~largest] / plain[~largest].sum())

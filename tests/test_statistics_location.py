"""Where startups settle, against the closed forms of a nested logit."""

import math

import numpy as np
import pytest
from scipy import stats
from worlds import POLICY_START, group, small_world

from sim import choice, rng
from sim.fields import N_SECTORS
from sim.processes import location

Z = 4.0

# --- T4, T5 location -------------------------------------------------------------------------------------------------

N = 20_000


def settle(
    cell_weight: np.ndarray,
    zone_weight: np.ndarray,
    zone_start: list[int],
    home: np.ndarray | None = None,
    n: int = N,
    purpose_seed: int = 9,
) -> tuple[np.ndarray, np.ndarray]:
    """Zones and quartiers that `n` newborn firms of zone 0 and sector 0 choose."""
    zones, start = len(zone_start) - 1, np.array(zone_start, np.int64)
    key = (np.arange(start[-1]) - np.repeat(start[:-1], np.diff(start))).astype(np.int32)
    uid = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(n))
    zone, cell = np.zeros(n, np.int16), np.full(n, -1, np.int32)
    choice.pick_places(
        rng.draw_of(purpose_seed, POLICY_START),
        rng.CHOOSE_ZONE,
        rng.CHOOSE_CELL,
        np.arange(n),
        uid,
        np.zeros(n, np.int16),
        np.zeros(n, np.int8),
        np.arange(zones),
        np.arange(zones),
        np.repeat(zone_weight[:, None], N_SECTORS, 1),
        np.ones((zones, zones)) if home is None else home,
        start,
        key,
        np.repeat(cell_weight[:, None], N_SECTORS, 1),
        zone,
        cell,
    )
    return zone, cell


def chi2_fits(counts: np.ndarray, shares: np.ndarray) -> bool:
    """Counts within Z standard errors of a multinomial law with these shares, by the chi-square they make."""
    expected = counts.sum() * shares / shares.sum()
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    chi2 = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    return bool(chi2 < stats.chi2.ppf(stats.norm.cdf(Z), possible.sum() - 1))


START = [0, 4, 6, 13, 14]
GENERATOR = np.random.default_rng(12)
UTILITY = GENERATOR.normal(0.0, 0.7, START[-1])
FLOOR = GENERATOR.uniform(10.0, 500.0, START[-1])
APPEAL = np.array([0.3, -0.4, 0.0, 1.1])


def inclusive(weight: np.ndarray) -> np.ndarray:
    out = np.empty((len(START) - 1, N_SECTORS))
    location.inclusive_values(np.array(START), np.repeat(weight[:, None], N_SECTORS, 1), out)
    return out


def zone_weight(weight: np.ndarray, theta: float, constant: float = 0.0) -> np.ndarray:
    """Weights of zones as the process makes them, wages equal and no brand."""
    zones = len(START) - 1
    return location.zone_weights(
        APPEAL + constant,
        inclusive(weight),
        np.ones((zones, N_SECTORS)),
        np.zeros(zones),
        np.ones((zones, N_SECTORS)),
        np.zeros((zones, N_SECTORS)),
        group("location", nest=theta),
    )[:, 0]


def closed_form(weight: np.ndarray, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """Nested logit by hand: shares of zones and of quartiers."""
    sums = np.add.reduceat(weight, START[:-1])
    zones = np.exp(APPEAL) * sums**theta
    zones /= zones.sum()
    within = weight / np.repeat(sums, np.diff(START))
    return zones, np.repeat(zones, np.diff(START)) * within


def test_without_utilities_shares_are_those_of_floor():
    """The process as a whole: no rent, no fields, no roots, no distance; theta one."""
    off = dict.fromkeys(
        [
            "location.walk",
            "location.commute",
            "location.diversity",
            "location.rent",
            "location.animation",
            "location.crowding",
            "location.home",
            "location.distance",
            "location.wage",
            "location.visibility",
            "location.talent",
            "location.amenity",
            "location.broadband",
            "location.serendipity",
            "location.facility",
            "location.creatives",
            "location.theme",
        ],
        0.0,
    )
    world, par = small_world(1, numbers={**off, "location.nest": 1.0})
    c = world.cell
    world.zone.appeal[:] = 0.0
    c.floor_m2[:], c.other_m2[:], c.staff[:] = np.linspace(100.0, 900.0, c.n), 0.0, 0.0
    c.floor_m2[5] = 0.0
    world.startup.load({name: np.repeat(column[:1], N, axis=0) for name, column in world.startup.columns().items()})
    f = world.startup
    f.uid[:], f.alive[:], f.cell[:] = rng.pack_uid(rng.KIND_STARTUP, 0, 0, 24000, np.arange(N)), True, -1
    location.step(world, par, rng.draw_of(4, POLICY_START))
    assert chi2_fits(np.bincount(f.cell, minlength=c.n), c.floor_m2)
    assert (world.cell.zone[f.cell] == f.zone).all()


@pytest.mark.parametrize("theta", [1.0, 0.8, 0.5])
def test_choices_are_a_nested_logit(theta):
    weight = FLOOR * np.exp(UTILITY)
    zones, cells = closed_form(weight, theta)
    made = zone_weight(weight, theta)
    np.testing.assert_allclose(made / made.sum(), zones, rtol=1e-12)
    zone, cell = settle(weight, made, START)
    assert chi2_fits(np.bincount(zone, minlength=4), zones)
    assert chi2_fits(np.bincount(cell, minlength=START[-1]), cells)
    assert not chi2_fits(np.bincount(zone, minlength=4), np.ones(4))  # the test has the power to tell


def test_theta_one_is_a_plain_logit():
    weight = FLOOR * np.exp(UTILITY)
    zones, cells = closed_form(weight, 1.0)
    plain = weight * np.exp(np.repeat(APPEAL, np.diff(START)))
    np.testing.assert_allclose(cells, plain / plain.sum(), rtol=1e-12)
    made = zone_weight(weight, 1.0)
    np.testing.assert_allclose(made / made.sum(), np.add.reduceat(plain, START[:-1]) / plain.sum(), rtol=1e-12)


def test_inside_a_nest_others_do_not_matter():
    """A quartier that closes sends its firms to the others of the zone in proportion, and moves nobody else there."""
    weight = FLOOR * np.exp(UTILITY)
    zone_w = zone_weight(weight, 0.8)
    _, before = settle(weight, zone_w, START)
    closed = weight.copy()
    closed[8] = 0.0
    _, after = settle(closed, zone_w, START)
    moved = before != after
    assert (before[moved] == 8).all()
    assert moved.sum() == (before == 8).sum() > 300
    others = np.array([6, 7, 9, 10, 11, 12])
    assert chi2_fits(np.bincount(after[moved], minlength=START[-1])[others], weight[others])


def test_a_constant_added_to_every_zone_changes_nothing():
    weight = FLOOR * np.exp(UTILITY)
    a, b = zone_weight(weight, 0.8), zone_weight(weight, 0.8, constant=300.0)
    np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_array_equal(settle(weight, a, START, n=3000), settle(weight, b, START, n=3000))


class Geography:
    def __init__(self, distance_km):
        self.distance_km = distance_km


def test_home_and_distance_have_their_closed_form():
    """Ratio of shares at home and away: exp(attachment) times distance to its power."""
    par = group("location", home=1.2, distance=0.7)
    km = np.array([[0.5, 40.0, 200.0], [40.0, 0.5, 90.0], [200.0, 90.0, 0.5]])
    home = location.home_factors(Geography(km), par)
    weight = np.ones(3)
    zone, _ = settle(weight, np.ones(3), [0, 1, 2, 3], home)
    expected = np.array([math.exp(1.2) * (1 + 0.05) ** -0.7, (1 + 4.0) ** -0.7, (1 + 20.0) ** -0.7])
    assert chi2_fits(np.bincount(zone, minlength=3), expected)



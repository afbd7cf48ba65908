"""The method of the fit on toys whose answer is known: laws in closed form, recovery of a truth, even ranks."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from sim.calibration.abc import Posterior, abc
from sim.calibration.chance import chosen, normals, uniforms
from sim.calibration.checks import evenness, ranks
from sim.calibration.demography import around, closed_form
from sim.calibration.emulator import emulate
from sim.calibration.fit import LOG_UNITS, fit, luck
from sim.calibration.fits import parameters_table, targets_table, write_fit
from sim.calibration.history import CUT, expected_misses, region
from sim.calibration.targets import Target, load_targets
from sim.explore.needs import NotEnough
from sim.params import PARAMETERS
from sim.params.declare import Param
from sim.scenario import Range
from sim.scenario.calibrated import read_fit, vectors_of

NOISE, DRAWS = 0.05, 6000


def test_chance_is_keyed_and_even():
    assert (uniforms((50, 2), 3, 4) == uniforms((50, 2), 3, 4)).all()
    for seed, step in ((3, 5), (4, 4)):
        assert not (uniforms((50, 2), 3, 4) == uniforms((50, 2), seed, step)).any()
    assert stats.kstest(uniforms((DRAWS,), 1, 0), "uniform").pvalue > 1e-3
    assert stats.kstest(normals((DRAWS,), 1, 0), "norm").pvalue > 1e-3
    assert chosen(np.array([1.0, 0.0, 3.0]), 4).tolist() == [0, 2, 2, 2]


def bank(slope: float = 0.0):
    """Two parameters, even between 0 and 1; three summaries with normal noise, the second of both parameters."""
    places = uniforms((DRAWS, 2), 1, 1)
    mean = np.column_stack([places[:, 0], places[:, 1] + slope * places[:, 0], places.sum(axis=1)])
    return places, mean + NOISE * normals(mean.shape, 1, 2)


def test_abc_finds_the_posterior_that_is_known():
    """One summary of one parameter with normal noise, far from the ends: the posterior is that normal law."""
    places, summaries = bank()
    found = abc(places[:, :1], summaries[:, :1], np.array([0.45]), 0.1)
    effective = 1.0 / (found.weights**2).sum()
    assert abs(found.mean[0] - 0.45) < 4.0 * NOISE / np.sqrt(effective)
    assert np.sqrt(found.variance[0]) == pytest.approx(NOISE, rel=4.0 / np.sqrt(2.0 * effective))
    assert found.quantile(0.95)[0] - found.quantile(0.05)[0] == pytest.approx(2 * 1.645 * NOISE, rel=0.15)


def test_abc_refuses_too_few_draws():
    places, summaries = bank()
    with pytest.raises(ValueError, match="too few for 3 summaries"):
        abc(places[:100], summaries[:100], np.array([0.5, 0.5, 1.0]), 0.1)


def test_ranks_are_even_and_show_a_posterior_that_is_too_narrow(monkeypatch):
    places, summaries = bank(slope=0.5)
    assert evenness(ranks(places, summaries, 0.1, 200)).min() > 1e-3

    def too_sure(*arguments):
        found = abc(*arguments)
        return Posterior(found.mean + 0.3 * (found.places - found.mean), found.weights)

    monkeypatch.setattr("sim.calibration.checks.abc", too_sure)
    assert evenness(ranks(places, summaries, 0.1, 200)).max() < 1e-3


def test_a_region_is_found_however_small_and_filled_evenly():
    """A ball of known volume in four dimensions, a millionth of the range."""
    radius = (2.0 * 1e-6 / np.pi**2) ** 0.25
    found = region(lambda x: CUT * np.sqrt(((x - 0.4) ** 2).sum(axis=1)) / radius, 4, 1000, 7)
    assert not found.empty
    away = np.sqrt(((found.places - 0.4) ** 2).sum(axis=1)) / radius
    assert away.max() <= 1.0
    assert abs((away**4).mean() - 0.5) < 0.06  # the fourth power of the radius is even in a ball of four dimensions
    assert np.log10(found.volume) == pytest.approx(-6.0, abs=0.2)  # eight levels of a fifth, 1000 particles each


def test_a_region_that_is_nowhere_is_told_with_how_near_one_comes():
    found = region(lambda x: 5.0 + x[:, 0], 2, 200, 7)
    assert found.empty
    assert found.level == pytest.approx(5.0, abs=0.02)


def test_an_emulator_knows_its_error_and_the_luck():
    places = uniforms((150, 3), 2, 0)

    def law(x):
        return 4.0 * x[:, 0] + np.sin(4.0 * x[:, 1])

    found = emulate(places, law(places) + 0.1 * normals((150,), 2, 1))
    assert found.noise == pytest.approx(0.1, rel=0.25)
    assert found.r2 > 0.98
    assert 0.88 <= found.coverage <= 1.0  # 95 % of 150 runs, four deviations
    fresh = uniforms((400, 3), 2, 2)
    mean, sd = found.predict(fresh)
    assert np.abs(mean - law(fresh)).max() < 0.2
    assert (np.abs(mean - law(fresh)) <= 3.0 * sd).mean() > 0.95


def test_an_emulator_of_what_never_changes_is_sure_and_one_of_nothing_refuses():
    places = uniforms((30, 2), 2, 0)
    found = emulate(places, np.full(30, 2.0))
    assert found.predict(places)[0] == pytest.approx(2.0)
    assert found.noise == 0.0
    with pytest.raises(NotEnough, match="needs 20 runs, not 5"):
        emulate(places, np.where(np.arange(30) < 5, 1.0, np.nan))


# -- a whole fit ------------------------------------------------------------------------------------------------------

RANGES = (Range("a", 0.0, 1.0), Range("b", -2.0, 2.0), Range("c", 1.0, 100.0, "log"))
TRUTH = {"a": 0.3, "b": 0.5, "c": 20.0}
LUCK = 0.03


def law(point):
    a, b, c = point["a"], point["b"], np.log(point["c"])
    return np.array([a + b, a - b, np.exp(0.5 * c + a), c + 0.5 * b, 7.0])


def toy(seed: int):
    """Runs of the toy: luck of its own for every call, point, seed and target; every tenth run fails."""
    calls = []

    def simulate(points):
        calls.append(len(points))
        mean = np.array([law(point) for point in points])[:, None, :]
        luck = LUCK * normals((len(points), 2, mean.shape[2]), seed, len(calls))
        found = mean * np.where(np.arange(mean.shape[2]) == 2, np.exp(luck), 1.0) + np.where(
            np.arange(mean.shape[2]) == 2, 0.0, luck)
        found[9::10, 0] = np.nan
        return found

    return simulate, calls


def toy_targets():
    units, uses = ("1", "1", "jobs", "1", "1"), ("fit",) * 4 + ("hold_out",)
    assert "jobs" in LOG_UNITS
    return [Target(f"t{k}", use, value, unit, 0.02 * (value if unit == "jobs" else 1.0), 0.0, "2013", (2013, 2013),
                   "toy", "", "", "s", "a", "b") for k, (value, unit, use) in enumerate(zip(law(TRUTH), units, uses))]


@pytest.fixture(scope="module")
def fitted():
    simulate, calls = toy(5)
    stages = []
    found = fit(RANGES, toy_targets(), simulate, first=40, points=20, waves=2, vectors=12,
                tell=lambda stage, facts: stages.append((stage, facts)))
    return found, calls, stages


def test_a_fit_recovers_what_its_targets_were_made_with(fitted):
    found, calls, stages = fitted
    assert calls == [1, 40, 20, 12]
    assert [stage for stage, _ in stages] == ["closed_form", "wave", "wave"]
    low, high = found.posterior.quantile(0.025), found.posterior.quantile(0.975)
    truth = [0.3, (0.5 + 2.0) / 4.0, np.log(20.0) / np.log(100.0)]
    assert ((low <= truth) & (truth <= high)).all()
    assert (found.contraction() > 0.9).all()
    assert found.waves[1].volume < found.waves[0].volume < 0.1
    assert found.waves[1].level <= CUT
    assert found.evenness.min() > 1e-3


def test_vectors_are_put_in_order_by_runs_that_did_not_choose_them():
    """Where other seeds say the opposite, the order is theirs."""
    simulate, calls = toy(5)
    asked = []

    def check(points):
        asked.append(points)
        far = np.linspace(0.02, 0.0, len(points))[:, None, None]  # the last of those asked for is the best
        return np.array([law(TRUTH)] * len(points))[:, None, :] + far

    found = fit(RANGES, toy_targets(), simulate, first=40, points=20, waves=1, vectors=5, check=check)
    assert calls == [1, 40]
    assert list(found.vectors) == asked[0][::-1]


def test_luck_is_seen_between_seeds_though_it_moves_all_points_alike():
    """Two seeds whose luck is the same at every point: scatter between points shows nothing of it."""
    alike = np.arange(50.0)[:, None, None] + np.array([[0.3], [-0.3]])[None]
    assert luck(alike) == (pytest.approx(0.3 * np.sqrt(2.0)), pytest.approx(0.0, abs=1e-12))
    alike[::2, 0] = np.nan
    assert luck(alike)[0] == pytest.approx(0.3 * np.sqrt(2.0))
    assert luck(alike[:, :1]) == (0.0, 0.0)
    apart = normals((4000, 3, 1), 4, 1)
    shared, own = luck(apart)
    assert own == pytest.approx(1.0, rel=4.0 / np.sqrt(2.0 * 8000))
    assert shared < 4.0 / np.sqrt(4000.0)
    assert luck(apart + np.array([0.0, 2.0, 4.0])[None, :, None])[0] == pytest.approx(2.0, abs=4.0 / np.sqrt(4000.0))


@pytest.fixture
def small(monkeypatch):
    """A fit with few particles: a quick one."""
    monkeypatch.setattr("sim.calibration.fit.PARTICLES", 60)
    return partial(fit, RANGES, first=30, points=5, waves=2, vectors=3)


def test_a_fit_made_again_is_the_same(small):
    first, again = (small(toy_targets(), toy(5)[0]).vectors for _ in range(2))
    assert first == again


def test_vectors_come_best_first_and_are_judged_by_runs(fitted):
    found = fitted[0]
    used = found.targets[:4]
    misses = (np.abs(found.predicted[:, :4] - [t.value for t in used]) > [t.tolerance for t in used]).sum(axis=1)
    assert (np.diff(misses) >= 0).all()
    assert misses[0] == 0


def test_a_calibrated_set_is_written_and_read_back(fitted, tmp_path, monkeypatch):
    found = fitted[0]
    folder = tmp_path / "toy-0.1.0"
    write_fit(found, folder, {"territory": "toy", "runs": 73})
    known = {each.name: Param(each.name, 0.0, "1", each.low, each.high, "calibrated", "", "") for each in RANGES}
    monkeypatch.setattr("sim.scenario.calibrated.PARAMETERS", known)
    assert vectors_of(folder) == found.vectors
    content = read_fit(folder)
    assert content["hit_by_best"] == content["fitted_targets"] == 4
    assert content["waves"][0]["points"] == 40
    assert parameters_table(found)["contraction"].min() > 0.9
    table = targets_table(found).set_index("target")
    assert table.loc["t4", "use"] == "hold_out"
    assert np.isnan(table.loc["t4", "emulator_r2"])
    assert table.loc["t0", "emulator_r2"] > 0.95


def test_what_no_point_can_hit_is_told_and_does_not_spoil_the_rest(small):
    targets = toy_targets()
    targets[0] = Target(**{**vars(targets[0]), "value": 50.0})
    found = small(targets, toy(6)[0], first=40, points=20, vectors=12)
    assert found.waves[-1].out_of_reach == ("t0",)
    assert [each.hit(value) for each, value in zip(targets[1:4], found.predicted[0][1:4])] == [True] * 3
    assert targets_table(found).set_index("target")["out_of_reach"].tolist() == [True, False, False, False, False]


def test_chances_of_a_miss_are_those_of_a_normal_law():
    """One parameter, a plane known exactly but for luck: hit within one deviation of the luck, then of two."""
    places = uniforms((200, 1), 2, 0)
    plane = emulate(places, 2.0 * places[:, 0] + 0.1 * normals((200,), 2, 1))
    sure = np.array([[0.5]])
    chance = expected_misses([plane], np.array([0.9]), np.array([1.1]), sure)[0, 0]
    mean, sd = plane.predict(sure)
    exact = stats.norm(mean[0], np.hypot(sd[0], plane.noise))
    beyond = 0.02 * np.log1p(max(0.9 - mean[0], mean[0] - 1.1, 0.0) / 0.2)
    most = 2.0 * stats.norm.cdf(0.1 / plane.noise) - 1.0
    assert chance == pytest.approx(1.0 - (exact.cdf(1.1) - exact.cdf(0.9)) / most + beyond, abs=1e-6)
    assert chance == pytest.approx(0.0, abs=0.05)  # the mean is right: one in three misses by luck alone
    near = expected_misses([plane], np.array([0.9]), np.array([1.1]), np.array([[0.6]]))[0, 0]
    assert near == pytest.approx(1.0 - (stats.norm.cdf(-1.0) - stats.norm.cdf(-3.0)) / 0.683, abs=0.08)
    far = expected_misses([plane], np.array([5.0]), np.array([6.0]), np.array([[0.2], [0.9]]))[0]
    assert 1.0 < far[1] < far[0]  # sure to be missed, the nearer the better
    always = emulate(places, np.full(200, 2.0))
    assert expected_misses([always], np.array([0.0]), np.array([2.0]), sure)[0, 0] == pytest.approx(0.0, abs=1e-5)


# -- demography in closed form -----------------------------------------------------------------------------------------


def test_demography_in_closed_form_undoes_what_was_changed():
    """Stocks and survival of constant hazards: what the closed form says of them is exact."""
    targets = load_targets()
    wanted = {each.id: each.value for each in targets}
    more, entries = 0.01, 0.8
    kept = -np.expm1(-more * 8.0) / (more * 8.0)
    pilot = {"survival_5": wanted["survival_5"] * np.exp(5.0 * more), "mobility": wanted["mobility"] * 0.9}
    pilot |= {name: wanted[name] * entries for name in ("startups_2016", "startups_2021")}
    found = closed_form(pilot, targets)
    default = {name: PARAMETERS[name].default for name in found}
    assert found["closure.base"] - default["closure.base"] == pytest.approx(more)
    assert found["founding.base_hazard"] == pytest.approx(default["founding.base_hazard"] / entries / kept)
    assert found["mobility.base_hazard"] == pytest.approx(default["mobility.base_hazard"] / 0.9)


def test_closed_form_stays_within_bounds_and_needs_its_targets():
    targets = load_targets()
    assert closed_form({}, targets) == {}
    far = closed_form({"mobility": 1e-6, "startups_2016": np.nan}, targets)
    assert far == {"mobility.base_hazard": PARAMETERS["mobility.base_hazard"].high}


def test_ranges_are_narrowed_around_the_closed_form_only_where_there_is_one():
    wide = (Range("closure.base", 0.01, 0.06), Range("growth.five", 0.02, 0.3, "log"))
    narrowed, other = around(wide, {"closure.base": 0.02})
    assert (narrowed.low, narrowed.high) == (0.01, 0.032)
    assert other == wide[1]

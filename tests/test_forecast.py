"""What a plan promises: intervals and numbers of seeds by their formulas, from the runs there are."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.commands.plan import pilot_shards, text_of
from sim.experiments.forecast import Forecast, _rectangle, precision_of

#: Two points of two seeds: luck sqrt(2), the same at both; means 2 and 6, whose variance of 8 is ignorance alone.
EFFECTS = np.array([[1.0, 3.0], [5.0, 7.0]])


def half(sd, n):
    return stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n)


def half_over_all(points, seeds):
    """Of ignorance with the variance 8 and luck with 2, the same at all points."""
    return math.hypot(half(math.sqrt(8.0), points), half(math.sqrt(2.0), seeds))


def test_intervals_are_those_of_luck_and_ignorance():
    found = precision_of("a", EFFECTS, points=10, seeds=4)
    assert found.luck == pytest.approx(math.sqrt(2.0))
    assert found.ignorance == pytest.approx(math.sqrt(8.0))
    assert found.at_a_point == pytest.approx(half(math.sqrt(2.0), 4))
    assert found.over_all == pytest.approx(half_over_all(10, 4))
    assert (found.seeds, found.points_needed) == (None, None)


def test_luck_of_each_run_alone_is_averaged_by_points():
    """Rows and columns have the same means: all that is left is luck of single runs."""
    found = precision_of("a", np.array([[1.0, 3.0], [3.0, 1.0]]), points=10, seeds=4)
    assert found.ignorance == 0.0
    assert found.over_all == pytest.approx(stats.t.ppf(0.975, 27) * math.sqrt(4.0 / 40))


def test_seeds_and_points_are_the_fewest_that_give_the_precision():
    found = precision_of("a", EFFECTS, points=10, seeds=4, wanted=2.5)
    safe = math.sqrt(2.0) * math.sqrt(1 / stats.chi2.ppf(0.1, 1))  # one degree of freedom: the points share their seeds
    for n, sd in ((found.seeds, math.sqrt(2.0)), (found.seeds_safe, safe)):
        assert half(sd, n) <= 2.5 < half(sd, n - 1)
    assert half_over_all(found.points_needed, 4) <= 2.5 < half_over_all(found.points_needed - 1, 4)
    assert found.seeds < found.seeds_safe


def test_no_number_of_points_averages_out_what_a_seed_does_to_all_of_them():
    known = precision_of("a", EFFECTS, points=10, seeds=4, wanted=0.5)
    assert known.points_needed is None
    told = {"en": "more points alone will not do", "fr": "d'autres points ne suffiront pas"}
    for lang, words in told.items():
        assert words in text_of(Forecast(80, 8, 10, 4, 1, 14.0, 2, 1e6, "jobs_2033", (known,), wanted=0.5), lang)


def test_what_few_runs_cannot_tell_is_left_open():
    one_point = precision_of("a", np.array([[1.0, 2.0, 4.0]]), points=10, seeds=3, wanted=0.1)
    assert math.isnan(one_point.over_all)
    assert one_point.at_a_point == pytest.approx(half(np.std([1, 2, 4], ddof=1), 3))
    assert one_point.points_needed is None
    one_seed = precision_of("a", np.array([[1.0], [2.0], [4.0]]), points=10, seeds=1, wanted=0.1)
    assert math.isnan(one_seed.at_a_point)
    assert math.isnan(one_seed.over_all)
    assert (one_seed.seeds, one_seed.points_needed) == (None, None)
    assert precision_of("a", np.array([[1.0]]), points=10, seeds=1) is None


def test_effects_are_compared_seed_by_seed():
    index = pd.MultiIndex.from_tuples([(0, 1), (0, 2), (1, 1), (1, 3), (2, 2), (2, 1)], names=["point", "seed"])
    assert _rectangle(pd.Series([1.0, 3.0, 9.0, 100.0, 7.0, 5.0], index=index)).tolist() == EFFECTS.tolist()
    index = pd.MultiIndex.from_tuples([(0, 1), (1, 2)], names=["point", "seed"])
    assert _rectangle(pd.Series([1.0, 3.0], index=index)).tolist() == [[1.0], [3.0]]


def test_points_with_one_seed_are_left_out_where_others_have_two():
    index = pd.MultiIndex.from_tuples([(0, 1), (0, 2), (0, 3), (1, 1), (2, 1), (2, 2)], names=["point", "seed"])
    effects = _rectangle(pd.Series([1.0, 3.0, 9.0, 100.0, 5.0, 7.0], index=index))
    assert effects.tolist() == EFFECTS.tolist()


@pytest.mark.parametrize(("common", "own"), [(0.0, 1.0), (1.0, 0.0), (3.0, 1.0)])
def test_a_promise_of_the_interval_is_kept(common, own):
    """Of 2,000 sweeps of 12 points and 3 seeds, 95 % or more have the true mean, 0, within the interval told.

    Whether a seed has luck of its own at each point, the same at all, or both.
    """
    rng, sweeps = np.random.default_rng(1), 2000
    effects = 2.0 * rng.standard_normal((sweeps, 12, 1)) + own * rng.standard_normal((sweeps, 12, 3))
    effects += common * rng.standard_normal((sweeps, 1, 3))
    held = [abs(each.mean()) <= precision_of("a", each, points=12, seeds=3).over_all for each in effects]
    assert np.mean(held) > 0.95 - 4.0 * math.sqrt(0.95 * 0.05 / sweeps)


def test_a_pilot_takes_two_seeds_of_points_far_apart():
    assert pilot_shards(points=10, seeds=4, count=6) == {0, 1, 12, 13, 24, 25}
    assert pilot_shards(points=5, seeds=1, count=3) == {0, 1, 3}
    assert pilot_shards(points=2, seeds=2, count=100) == {0, 1, 2, 3}
    assert pilot_shards(points=3, seeds=2, count=0) == set()


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["mean effect on jobs_2033 known to ±3.0", "effect on jobs_2033 at one point, with its 4 seeds: to ±2.3",
                "to ±0.50 at"]),
        ("fr", ["connu à ±3,0 près", "en un point, avec ses 4 graines : à ±2,3 près", "à ±0,50 près en un point"]),
    ],
)
def test_it_is_said_in_both_languages(lang, told):
    known = precision_of("paris", EFFECTS, points=10, seeds=4, wanted=0.5)
    text = text_of(Forecast(80, 8, 10, 4, 1, 14.0, 2, 1e6, "jobs_2033", (known,), wanted=0.5), lang)
    for each in told:
        assert each in text, text
    alone = precision_of("paris", np.array([[1.0], [2.0]]), points=10, seeds=1, wanted=0.5)
    text = text_of(Forecast(80, 8, 10, 1, 1, 14.0, 2, 1e6, "jobs_2033", (alone,), wanted=0.5), lang)
    assert "--pilot 4" in text


@pytest.mark.parametrize(("lang", "told"), [("en", "All runs made so far failed (2)"), ("fr", "ont échoué (2)")])
def test_a_pilot_that_failed_is_not_told_as_none(lang, told):
    text = text_of(Forecast(80, 0, 10, 4, 1, math.nan, 2, math.nan, "jobs_2033", (), failed=2), lang)
    assert told in text
    assert "--pilot" not in text


@pytest.mark.parametrize(("runs", "told"), [
    (16, "0.058 processor hours, 3 min 28 s in all (processors: 1)"),
    (100_000, "361 processor hours"),
])  # fmt: skip
def test_a_short_sweep_does_not_cost_nothing(runs, told):
    text = text_of(Forecast(runs, 4, 4, 2, 1, 13.0, 1, runs * 800.0, "jobs_2014", ()), "en")
    assert told in text
    assert ("0.013 MB" if runs == 16 else "80 MB") in text

"""Numbers of seeds against closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.explore import replications as r
from sim.explore.needs import NotEnough

PILOT = [3.0, 5.0, 4.0, 8.0, 5.0]  # mean 5, variance 3.5


@pytest.mark.parametrize("half", [0.05, 0.3, 1.0, 2.0, 10.0])
def test_the_fewest_seeds_that_are_enough(half):
    n = r.seeds_for(2.0, half)
    widths = [stats.t.ppf(0.975, k - 1) * 2.0 / math.sqrt(k) for k in range(2, n + 2)]
    assert n == 2 + next(k for k, each in enumerate(widths) if each <= half)


def test_known_answers():
    assert r.seeds_for(1.0, 1.0) == 7  # t(6) / sqrt(7) = 0.925, t(5) / sqrt(6) = 1.049
    assert r.seeds_for(0.0, 1.0) == 2
    assert r.seeds_for(100.0, 1.0) == 38418  # (1.959964 * 100)^2 = 38414.6, and Student's tail adds some


def test_a_pilot_of_five():
    found = r.replications(PILOT + [math.nan], absolute=1.0)
    assert (found.pilot, found.mean) == (5, 5.0)
    assert found.sd == pytest.approx(math.sqrt(3.5), rel=1e-12)
    assert found.sd_safe == pytest.approx(math.sqrt(3.5 * 4 / 1.0636232), rel=1e-6)  # chi2(0.1, 4) = 1.0636232
    assert found.n == r.seeds_for(found.sd, 1.0) < found.n_safe == r.seeds_for(found.sd_safe, 1.0)
    assert r.replications(PILOT, relative=0.2) == r.replications(PILOT, absolute=1.0)


def test_what_a_pilot_cannot_say():
    with pytest.raises(NotEnough, match="at least 3 finished seeds, this one has 2"):
        r.replications([1.0, 2.0, math.nan], absolute=1.0)
    with pytest.raises(ValueError, match="does not tell the mean from zero"):
        r.replications([-1.0, 1.0, 0.1], relative=0.1)
    with pytest.raises(ValueError, match="either as an amount or as a share"):
        r.replications(PILOT)
    with pytest.raises(ValueError, match="half-width above 0"):
        r.replications(PILOT, absolute=0.0)
    with pytest.raises(NotEnough, match="no number of runs"):
        r.seeds_for(1.0, 1e-9)


def test_seeds_per_draw_against_all_others():
    for luck, ignorance, ratio in [(3.0, 1.0, 4.0), (1.0, 2.0, 10.0), (5.0, 1.0, 1.0)]:
        price = {n: (ignorance**2 + luck**2 / n) * (ratio + n) for n in range(2, 101)}
        assert r.best_seeds(luck, ignorance, ratio) == min(price, key=price.get)
    assert r.best_seeds(3.0, 1.0, 0.0) == 2
    assert r.best_seeds(0.0, 1.0, 9.0) == 2
    assert r.best_seeds(3.0, 0.0, 9.0) == 100


def test_the_split_of_a_table_worked_out_by_hand():
    table = np.array([[1.0, 3.0], [5.0, 7.0], [9.0, 11.0], [math.nan, 1.0]])
    found = r.split(table, 2.0)  # within 2; means 2, 6, 10: variance 16, less 2 / 2
    assert found.sd_luck == pytest.approx(math.sqrt(2.0))
    assert found.sd_ignorance == pytest.approx(math.sqrt(15.0))
    assert found.share_luck == pytest.approx(2.0 / 17.0)
    assert found.seeds == 2
    assert found.draws == r.seeds_for(4.0, 2.0)
    assert found.design_effect == pytest.approx(1.0 + 15.0 / 17.0)
    assert found.cost == found.draws * 2
    with pytest.raises(NotEnough, match="there are 2"):
        r.split(table[[0, 1, 3]], 2.0)
    with pytest.raises(NotEnough, match="at least 2 seeds"):
        r.split(table[:, :1], 2.0)

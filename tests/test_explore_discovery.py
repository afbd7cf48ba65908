"""Boxes, trees and measures of robustness: a known box is found, noise is told to be noise."""

import numpy as np
import pandas as pd
import pytest

from sim.explore import designs, discovery
from sim.explore.designs import Factor
from sim.explore.needs import NotEnough

UNIT = [Factor(name, 0.0, 1.0) for name in "abcde"]
DESIGN = designs.latin([*UNIT, Factor("kind", values=("x", "y", "z"))], 300, seed=1)
POINTS = DESIGN.points


def known_box(points: pd.DataFrame) -> pd.Series:
    return (points["a"] < 0.5) & (points["b"] > 0.4)


def test_a_known_box_is_found():
    """Friedman and Fisher's case: wins in a corner of two factors out of six, one in twenty turned round by luck."""
    luck = designs.latin([Factor("u", 0.0, 1.0)], 300, seed=8).places[:, 0] < 0.05
    won = known_box(POINTS) ^ luck
    found = discovery.discover(POINTS, won)
    assert (found.found, found.why) == (True, "found")
    assert found.bounds["factor"].tolist() == ["a", "b"]
    a, b = found.bounds.itertuples()
    assert a.high == pytest.approx(0.5, abs=0.05)
    assert b.low == pytest.approx(0.4, abs=0.05)
    assert (a.low, b.high) == (-np.inf, np.inf)
    assert a.high_p05 <= 0.5 <= a.high_p95 + 0.02
    assert found.coverage > 0.8
    assert found.density > 0.85
    assert found.base == pytest.approx(won.mean())
    assert found.density == won[found.inside].mean()
    assert found.coverage == won[found.inside].sum() / won.sum()
    assert (found.bounds["quasi_p"] < 1e-6).all()
    assert (found.bounds["selected"] == 1.0).all()
    assert found.lift_low > 0.0


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_noise_is_no_discovery(seed):
    won = designs.latin([Factor("u", 0.0, 1.0)], 300, seed=seed).places[:, 0] < 0.4
    found = discovery.discover(POINTS, won)
    assert not found.found
    assert found.why in ("no_bound", "no_denser")
    assert len(found.tried) > 0  # PRIM itself offers a box all the same


def test_a_switch_can_be_the_answer():
    found = discovery.discover(POINTS, (POINTS["kind"] != "y") & (POINTS["c"] > 0.3))
    assert found.found
    assert found.bounds["factor"].tolist() == ["c", "kind"]
    assert found.bounds["values"].tolist() == [(), ("x", "z")]
    assert found.density > 0.95


def test_failed_points_are_left_out():
    won = known_box(POINTS).astype(float)
    won[:50] = np.nan
    found = discovery.discover(POINTS, won, resamples=10)
    alone = discovery.discover(POINTS[50:], won[50:], resamples=10)
    assert (found.dropped, found.points, alone.dropped) == (50, 250, 0)
    pd.testing.assert_frame_equal(found.bounds, alone.bounds)


def test_what_is_not_enough():
    won = np.zeros(300)
    won[:9] = 1.0
    with pytest.raises(NotEnough, match="300 points with 9 wins"):
        discovery.discover(POINTS, won)
    with pytest.raises(NotEnough, match="39 points"):
        discovery.discover(POINTS[:39], known_box(POINTS)[:39])
    with pytest.raises(ValueError, match="a win is 1, a loss 0"):
        discovery.discover(POINTS, np.linspace(0.0, 2.0, 300))
    with pytest.raises(ValueError, match="300 points and 2 outcomes"):
        discovery.discover(POINTS, [1.0, 0.0])


def test_peeling_takes_the_step_that_pays_most():
    x = np.arange(100.0)
    boxes = discovery.peel([x, np.tile([0.0, 1.0], 50)], x >= 60.0, share=0.1, least=0.3)
    assert boxes[1].low.tolist() == [10.0, -np.inf]
    assert boxes[2].low.tolist() == [19.0, -np.inf]  # 9 of the 90 that are left
    assert discovery.inside_of(boxes[-1], [x, x]).sum() >= 30


def test_pasting_gives_back_what_was_peeled_too_far():
    x = np.arange(100.0)
    box = discovery.Box(np.array([80.0]), np.array([np.inf]), (None,))
    assert discovery.paste(box, [x], x >= 60.0).low.tolist() == [60.0]


def test_quasi_p_is_the_binomial_tail():
    x = np.arange(20.0)
    won = (x >= 10.0) & (x != 15.0)  # 9 of 20; 9 of the 10 in the box
    box = discovery.Box(np.array([10.0]), np.array([np.inf]), (None,))
    known = 10 * 0.45**9 * 0.55 + 0.45**10
    assert discovery.quasi_p(box, [x], won)[0] == pytest.approx(known, rel=1e-12)


def test_a_small_tree_reads_the_same_corner():
    found = discovery.tree(POINTS, known_box(POINTS))
    best = found.leaves.iloc[0]
    assert best["density"] == 1.0
    assert found.leaves["points"].sum() == 300
    assert found.leaves["coverage"].sum() == pytest.approx(1.0)
    assert found.accuracy > 0.9
    assert "a <= 0." in best["rule"]
    assert "b > 0." in best["rule"]
    assert "kind is not y" in discovery.tree(POINTS, POINTS["kind"] != "y").leaves["rule"][0]


def test_robustness_over_futures_by_hand():
    gains = pd.DataFrame({"hubs": [4.0, 0.0, 2.0, 9.0], "grants": [1.0, 3.0, 2.0, np.nan]})
    found = discovery.robustness_of(gains, threshold=2.0).set_index("policy")
    assert found["regret_mean"].tolist() == [1.0, 1.0]
    assert found["regret_max"].tolist() == [3.0, 3.0]
    assert found["regret_p95"].tolist() == pytest.approx([2.7, 2.7])
    assert found["satisficing"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert found["p_best"].tolist() == [0.5, 0.5]
    assert found[["used", "dropped"]].to_numpy().tolist() == [[3, 1], [3, 1]]
    with pytest.raises(NotEnough, match="no future"):
        discovery.robustness_of(gains[3:])

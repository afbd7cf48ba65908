"""Sensitivity against functions whose indices are known in closed form, with runs that failed."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.explore import designs, sensitivity
from sim.explore.designs import Factor
from sim.explore.needs import NotEnough

PI = math.pi
EIGHT_AT_ONCE = stats.norm.ppf(1.0 - 0.025 / 8) / stats.norm.ppf(0.975)
"""Eight intervals that hold at once with 95 % are wider than one that does (Bonferroni)."""
THREE = [Factor(name, -PI, PI) for name in ("x1", "x2", "x3")]


def ishigami(p: pd.DataFrame) -> np.ndarray:
    """T. Ishigami and T. Homma, 1990, with a = 7 and b = 0.1."""
    x1, x2, x3 = p.to_numpy(dtype=float).T
    return np.sin(x1) + 7.0 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)


def known_indices() -> tuple[list[float], list[float]]:
    """S1 and ST of Ishigami's function: the partial variances in closed form."""
    v1, v2 = 0.5 * (1 + 0.1 * PI**4 / 5) ** 2, 7.0**2 / 8
    v13 = 0.1**2 * PI**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return [v1 / total, v2 / total, 0.0], [(v1 + v13) / total, v2 / total, v13 / total]


def test_ishigami():
    design = designs.saltelli(THREE, 1024, seed=1, second_order=True)
    outcomes = pd.DataFrame({"y": ishigami(design.points)})
    found = sensitivity.sobol(design, outcomes)
    for index, known in zip(("S1", "ST"), known_indices()):
        assert (found[f"{index}_low"] <= known).all(), index
        assert (found[f"{index}_high"] >= known).all(), index
        assert (found[f"{index}_high"] - found[f"{index}_low"] < 0.25).all(), index
    assert found["factor"].tolist() == ["x1", "x2", "x3"]
    assert found[["used", "dropped"]].drop_duplicates().to_numpy().tolist() == [[1024, 0]]
    pairs = sensitivity.sobol_pairs(design, outcomes)
    assert pairs[["factor", "with"]].to_numpy().tolist() == [["x1", "x2"], ["x1", "x3"], ["x2", "x3"]]
    s1, st = known_indices()
    assert (pairs["S2_low"] <= [0.0, st[2], 0.0]).all()
    assert (pairs["S2_high"] >= [0.0, st[2], 0.0]).all()


def test_g_function_of_sobol():
    weights = np.array([0.0, 1.0, 4.5, 9.0])
    design = designs.saltelli([Factor(f"x{k}", 0.0, 1.0) for k in range(4)], 2048, seed=4)
    terms = (np.abs(4.0 * design.points.to_numpy(dtype=float) - 2.0) + weights) / (1.0 + weights)
    found = sensitivity.sobol(design, pd.DataFrame({"y": terms.prod(axis=1)}))
    own = 1.0 / (3.0 * (1.0 + weights) ** 2)
    total = np.prod(1.0 + own) - 1.0
    for index, known in {"S1": own / total, "ST": own * np.prod(1.0 + own) / (1.0 + own) / total}.items():
        half = (found[f"{index}_high"] - found[index]) * EIGHT_AT_ONCE
        assert (np.abs(found[index] - known) <= half).all(), index


def test_morris_is_exact_on_a_plane():
    factors = [Factor("a", 0.0, 3.0), Factor("b", -1.0, 5.0), Factor("c", 0.0, 30.0)]
    design = designs.morris(factors, 8, seed=2)
    y = 2.0 * design.points["a"] - 0.5 * design.points["b"] + 7.0
    found = sensitivity.morris(design, pd.DataFrame({"y": y}))
    np.testing.assert_allclose(found["mu"], [6.0, -3.0, 0.0], atol=1e-12)
    for column in ("mu_star", "mu_star_low", "mu_star_high"):
        np.testing.assert_allclose(found[column], [6.0, 3.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-12)
    bent = sensitivity.morris(design, pd.DataFrame({"y": y + design.points["a"] * design.points["b"]}))
    assert (bent["sigma"] > 0.1).tolist() == [True, True, False]


def test_failed_runs_cost_their_block_alone():
    design = designs.saltelli(THREE, 64, seed=1)
    y = ishigami(design.points)
    y[[3, 4, 100]] = np.nan  # rows 0-4 are block 0, 100-104 block 20
    found = sensitivity.sobol(design, pd.DataFrame({"y": y, "whole": ishigami(design.points)}))
    assert found.groupby("outcome", sort=False)[["used", "dropped"]].first().to_numpy().tolist() == [[62, 2], [64, 0]]
    kept = ~np.isin(design.block, [0, 20])
    small = designs.Design("saltelli", design.factors, design.points[kept], design.places[kept], 1, design.block[kept])
    alone = sensitivity.sobol(small, pd.DataFrame({"y": y[kept]}))
    np.testing.assert_array_equal(found[found["outcome"] == "y"][["S1", "ST"]], alone[["S1", "ST"]])


def test_failed_runs_cost_their_trajectory_alone():
    design = designs.morris([Factor("a", 0.0, 3.0), Factor("b", 0.0, 3.0)], 6, seed=2)
    y = 2.0 * design.points["a"] + design.points["b"]
    y[[0, 2, 17]] = np.inf
    found = sensitivity.morris(design, pd.DataFrame({"y": y}))
    assert found[["used", "dropped"]].to_numpy().tolist() == [[4, 2], [4, 2]]
    np.testing.assert_allclose(found["mu_star"], [6.0, 3.0])
    y[3] = np.nan
    with pytest.raises(NotEnough, match="not enough: 3 whole trajectories of 6 are left, 4 are needed"):
        sensitivity.morris(design, pd.DataFrame({"y": y}))


def test_an_outcome_that_failed_everywhere_does_not_silence_the_others():
    one, other = Factor("a", 0.0, 3.0), Factor("b", 0.0, 3.0)
    for design, analyse, number in (
        (designs.morris([one, other], 6, seed=2), sensitivity.morris, "mu_star"),
        (designs.one_at_a_time([one, other], 3), sensitivity.swings, "swing"),
        (designs.latin([one, other], 40, seed=1), sensitivity.rank_correlations, "correlation"),
    ):
        y = 2.0 * design.points["a"].astype(float)
        found = analyse(design, pd.DataFrame({"gone": np.full(len(y), np.nan), "y": y}))
        found = found.set_index(["outcome", "factor"])
        assert found.loc["gone", number].isna().all()
        assert found.loc["gone", "used"].tolist() == [0, 0]
        assert found.loc[("y", "a"), number] == pytest.approx(analyse(design, pd.DataFrame({"y": y}))[number][0])
    design = designs.sobol([one, other], 64, seed=1)
    emulated = sensitivity.emulated_sobol(design, pd.DataFrame({"gone": np.nan, "y": 2.0 * design.points["a"]}))
    assert emulated.refused == ("gone",)
    assert set(emulated.indices["outcome"]) == {"y"}


def test_too_few_blocks_and_outcomes_that_never_vary():
    design = designs.saltelli(THREE, 16, seed=1)
    flat = sensitivity.sobol(design, pd.DataFrame({"y": np.full(80, 3.0)}))
    assert flat[["S1", "ST"]].isna().all(axis=None)
    y = ishigami(design.points)
    y[0] = np.nan
    with pytest.raises(NotEnough, match="15 whole blocks of 16 are left, 16 are needed"):
        sensitivity.sobol(design, pd.DataFrame({"y": y}))
    with pytest.raises(ValueError, match="80 points, the outcomes 79 rows"):
        sensitivity.sobol(design, pd.DataFrame({"y": y[1:]}))
    with pytest.raises(ValueError, match="kind morris, not saltelli"):
        sensitivity.morris(design, pd.DataFrame({"y": y}))
    with pytest.raises(ValueError, match="second_order"):
        sensitivity.sobol_pairs(design, pd.DataFrame({"y": y}))


def test_differences_of_policies_have_indices_of_their_own():
    """What acts alike on two policies matters for each and not for which is better."""
    design = designs.saltelli([Factor("a", 0.0, 1.0), Factor("b", 0.0, 1.0)], 256, seed=1)
    a, b = (design.points[name].astype(float) for name in ("a", "b"))
    outcomes = sensitivity.with_differences({
        "hubs": pd.DataFrame({"jobs": 10.0 * a + b}), "grants": pd.DataFrame({"jobs": 10.0 * a - b})
    })  # fmt: skip
    assert list(outcomes) == [("jobs", "hubs", ""), ("jobs", "grants", ""), ("jobs", "hubs", "grants")]
    found = sensitivity.sobol(design, outcomes).set_index(["policy", "versus", "factor"])["ST"]
    assert found["hubs", "", "a"] > 0.95
    assert found["hubs", "grants", "a"] == pytest.approx(0.0, abs=1e-12)
    assert found["hubs", "grants", "b"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("method", "runs", "off"), [("gaussian_process", 128, 0.05), ("boosting", 256, 0.12)])
def test_an_emulator_finds_the_indices_of_few_runs(method, runs, off):
    design = designs.sobol(THREE, runs, seed=3)
    y = ishigami(design.points)
    y[:5] = np.nan
    found = sensitivity.emulated_sobol(design, pd.DataFrame({"y": y}), method)
    assert found.r2["r2"][0] > 0.8
    assert found.refused == ()
    assert found.indices[["used", "dropped"]].to_numpy().tolist() == [[runs - 5, 5]] * 3
    for index, known in zip(("S1", "ST"), known_indices()):
        np.testing.assert_allclose(found.indices[index], known, atol=off)


def test_an_emulator_that_foresees_nothing_is_refused():
    design = designs.latin(THREE, 40, seed=3)
    noise = designs.latin([Factor("u", 0.0, 1.0)], 40, seed=9).places[:, 0]
    outcomes = pd.DataFrame({"noise": noise, "plane": design.places @ [1.0, 2.0, 0.0], "flat": 1.0})
    found = sensitivity.emulated_sobol(design, outcomes)
    assert found.refused == ("noise", "flat")
    assert set(found.indices["outcome"]) == {"plane"}
    np.testing.assert_allclose(found.indices["ST"], [0.2, 0.8, 0.0], atol=0.03)


def test_rank_correlations():
    design = designs.latin([Factor("a", 0.0, 1.0), Factor("b", 1.0, 100.0, "log"), Factor("c", 0.0, 1.0)], 200, seed=1)
    places = design.places
    y = np.exp(3.0 * places[:, 0]) - 2.0 * places[:, 1]
    y[0] = np.nan
    prcc = sensitivity.rank_correlations(design, pd.DataFrame({"y": y})).set_index("factor")
    assert (prcc["used"] == 199).all()
    assert prcc.loc["a", "correlation"] > 0.95
    assert prcc.loc["b", "correlation"] < -0.5
    assert (prcc["q_value"] < 0.05).tolist() == [True, True, False]
    spearman = sensitivity.rank_correlations(design, pd.DataFrame({"y": y}), "spearman").set_index("factor")
    for k, name in enumerate("abc"):
        known = stats.spearmanr(places[1:, k], y[1:])
        assert spearman.loc[name, "correlation"] == pytest.approx(known.statistic, abs=1e-12)
        assert spearman.loc[name, "p_value"] == pytest.approx(known.pvalue, rel=1e-6)
    with pytest.raises(NotEnough, match="19 whole rows of 200 are left, 20 are needed"):
        sensitivity.rank_correlations(design, pd.DataFrame({"y": np.where(np.arange(200) < 20, y, np.nan)}))

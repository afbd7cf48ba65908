"""Regret, luck and ignorance, sensitivity: textbook cases first, then the toy study under sets of assumptions."""

import numpy as np
import pandas as pd
import pytest

from sim.compare import compare
from sim.compare.robustness import best_share, luck_and_ignorance, regret_of
from sim.compare.sensitivity import lines, relations
from tests.test_compare import reference_jobs, true_effects
from tests.toy_runs import toy_land, toy_set, toy_store, toy_study

SEEDS = (1, 2, 3, 4)
FLIP = {"one": 30.0, "spread": 2.0}  # under it, help to one zone beats help to four
NOTHING = {"one": 0.0, "spread": 0.0}


def test_regret_is_the_loss_against_the_best() -> None:
    gain = np.array([[5.0, 3.0, 1.0], [-2.0, -2.0, -4.0]])
    assert regret_of(gain).tolist() == [[0.0, 2.0, 4.0], [0.0, 0.0, 2.0]]
    assert best_share(gain.T).tolist() == [0.75, 0.25, 0.0]  # two that are equal share a world


def test_luck_and_ignorance_of_a_textbook_case() -> None:
    # Two draws of two seeds: mean square within 2, means 2 and 6 whose variance is 8, so 8 - 2 / 2 between.
    luck, ignorance = luck_and_ignorance(np.array([[1.0, 3.0], [5.0, 7.0]]))
    assert (luck**2, ignorance**2) == pytest.approx((2.0, 7.0))
    luck, ignorance = luck_and_ignorance(np.array([[1.0, 3.0], [3.0, 1.0]]))
    assert (luck**2, ignorance) == pytest.approx((2.0, 0.0))  # never below zero


def test_luck_and_ignorance_are_told_apart() -> None:
    rng = np.random.Generator(np.random.Philox(key=7))
    draws, seeds = 2000, 2
    values = 3.0 * rng.standard_normal((draws, 1)) + 2.0 * rng.standard_normal((draws, seeds))
    luck, ignorance = luck_and_ignorance(values)
    # The standard error of a variance of n normal values is its size times sqrt(2 / (n - 1)); four of them.
    assert luck**2 == pytest.approx(4.0, rel=4 * np.sqrt(2 / draws))
    assert ignorance**2 == pytest.approx(9.0, abs=4 * 11.0 * np.sqrt(2 / draws))


def test_a_line_through_points_and_its_zero() -> None:
    place = np.linspace(0.0, 1.0, 11)
    level, slope = lines(place[:, None], 4.0 - 8.0 * place, np.ones(11))
    assert (level[0], slope[0]) == pytest.approx((4.0, -8.0))
    found = relations(place[:, None], 4.0 - 8.0 * place).iloc[0]
    assert found["correlation"] == pytest.approx(-1.0)
    assert (found["gap_low"], found["gap_high"]) == pytest.approx((3.2, -3.2))
    assert [found[f"turns_{k}"] for k in ("at", "low", "high")] == pytest.approx([0.5] * 3)


def test_a_line_that_never_crosses_turns_nothing() -> None:
    place = np.linspace(0.0, 1.0, 11)
    found = relations(place[:, None], 40.0 + 8.0 * place).iloc[0]
    assert found["q_value"] < 0.1
    assert np.isnan(found[["turns_at", "turns_low", "turns_high"]].to_numpy(float)).all()


def test_parameters_that_do_nothing_are_not_found() -> None:
    """Benjamini and Hochberg: with nothing to find, something is found in a share of cases not above the rate."""
    rng = np.random.Generator(np.random.Philox(key=11))
    cases = 200
    found = [(relations(rng.random((20, 30)), rng.random(20))["q_value"] < 0.1).any() for _ in range(cases)]
    assert np.mean(found) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / cases)


def test_a_gap_that_never_varies_has_no_relation() -> None:
    found = relations(np.linspace(0.0, 1.0, 9)[:, None], np.full(9, 3.0))
    assert found[["correlation", "p_value", "gap_low", "gap_high"]].to_numpy().tolist() == [[0.0, 1.0, 3.0, 3.0]]


@pytest.fixture(scope="module")
def found():
    sets = (toy_set("flip", SEEDS), toy_set("nothing", SEEDS), toy_set("later", SEEDS))
    store = toy_store(under={"flip": (SEEDS, FLIP), "nothing": (SEEDS[:3], NOTHING)})
    return compare(toy_study(assumptions=sets), store, geography=toy_land())


def gain(arm: str) -> np.ndarray:
    return true_effects(arm, 2023)


def test_main_results_are_those_without_sets(found) -> None:
    alone = compare(toy_study(), toy_store(), geography=toy_land())
    for name in ("effects", "pairwise", "departements", "cost"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(alone, name))
    assert set(alone.sets["set"]) == {"main"}
    assert all(frame.empty for frame in (alone.spread, alone.sensitivity, alone.draws))


def test_sets_say_what_was_planned_and_what_was_run(found) -> None:
    assert found.sets[["set", "planned", "n"]].to_numpy().tolist() == [
        ["main", 8, 8], ["flip", 4, 4], ["nothing", 4, 3], ["later", 4, 0]]  # fmt: skip
    jobs = found.sets.set_index("set")["reference_jobs"]
    assert jobs["main"] == pytest.approx(reference_jobs())
    assert np.isnan(jobs["later"])


def test_effects_and_pairs_of_a_set_are_paired_with_its_own_reference(found) -> None:
    effect = found.set_effects.set_index(["set", "arm", "outcome"])["mean"]
    main = found.effects.set_index(["arm", "outcome", "year"])["mean"]
    assert effect["main", "one", "jobs"] == pytest.approx(main["one", "jobs", 2023])
    assert set(found.set_effects["arm"]) == {"one", "spread"}
    assert effect["flip", "one", "jobs"] > effect["main", "one", "jobs"]
    verdict = found.set_pairs[found.set_pairs["outcome"] == "jobs"].set_index("set")["verdict"]
    assert verdict[["main", "flip"]].tolist() == ["worse", "better"]
    assert set(found.set_pairs["arm_a"]) == {"one"}


def test_regret_of_the_toy_study(found) -> None:
    cell = found.set_regret.set_index(["set", "arm"])
    assert cell.loc[("main", "spread"), "regret"] == 0.0
    assert cell.loc[("main", "one"), "regret"] == pytest.approx((gain("spread") - gain("one")).mean())
    assert cell.loc[("flip", "one"), ["regret", "p_best"]].tolist() == [0.0, 1.0]
    row = found.regret.set_index(["over", "arm"])
    of_one = cell.xs("one", level="arm")["regret"]
    assert row.loc[("sets", "one"), "regret_mean"] == pytest.approx(of_one.mean())
    assert row.loc[("sets", "one"), "regret_max"] == of_one.max()
    assert row.loc[("sets", "one"), "worst_set"] == of_one.idxmax()
    assert row.loc["sets", "p_best"].sum() == pytest.approx(1.0)
    low, high = row.loc[("sets", "one"), ["regret_max_low", "regret_max_high"]]
    assert low <= of_one.max() <= high
    assert row.loc["sets", "minimax"].sum() == 1
    assert "draws" not in row.index


def drawn_study(draws: int):
    """Draws in which the effect on one zone falls with a parameter: it turns the order where 6 - 2 x = 0 or so."""
    values = np.linspace(0.0, 1.0, draws)
    sets = tuple(
        toy_set(f"draw_{k}", (2 * k - 1, 2 * k), **{"brand.dilution": value, "brand.relay": (7 * k % draws) / draws})
        for k, value in enumerate(values, start=1)
    )
    effects = {each.id: (each.seeds, {"one": 30.0 * value, "spread": 2.0}) for each, value in zip(sets, values)}
    return compare(toy_study(assumptions=sets), toy_store(under=effects), geography=toy_land())


def test_draws_tell_which_parameter_turns_the_order() -> None:
    found = drawn_study(12)
    first = found.sensitivity.iloc[0]
    assert (first["arm_a"], first["arm_b"], first["parameter"]) == ("one", "spread", "brand.dilution")
    assert first["correlation"] > 0.95
    cells = found.set_regret.pivot(index="set", columns="arm", values="gain").drop("main")
    gap = (cells["one"] - cells["spread"]).reindex([f"draw_{k}" for k in range(1, 13)]).to_numpy()
    turn = np.interp(0.0, gap, np.linspace(0.0, 1.0, 12))
    assert first["turns_low"] - 0.05 <= turn <= first["turns_high"] + 0.05
    assert abs(first["turns_at"] - turn) < 0.1
    other = found.sensitivity.set_index("parameter").loc["brand.relay"]
    assert other["q_value"] > 0.1
    assert np.isnan(other["turns_at"])
    assert len(found.draws) == 24
    assert found.draws["place"].between(0.0, 1.0).all()


def test_spread_over_draws_separates_luck_from_ignorance() -> None:
    found = drawn_study(12)
    row = found.spread.set_index(["arm", "versus"])
    assert set(row.index) == {("one", "reference"), ("spread", "reference"), ("one", "spread")}
    cells = found.set_regret[found.set_regret["set"] != "main"].pivot(index="set", columns="arm", values="gain")
    assert row.loc[("one", "reference"), "mean"] == pytest.approx(cells["one"].mean())
    assert row.loc[("one", "reference"), "share_luck"] < 0.1  # the parameter does nearly all
    assert row.loc[("spread", "reference"), "sd_ignorance"] < row.loc[("one", "reference"), "sd_ignorance"] / 10
    assert found.regret.set_index(["over", "arm"]).loc[("draws", "one"), "n_sets"] == 12


def test_a_draw_without_all_its_seeds_counts_for_regret_only() -> None:
    sets = tuple(toy_set(f"draw_{k}", (1, 2), **{"brand.dilution": k / 10}) for k in range(1, 10))
    effects = {each.id: ((1, 2) if k else (1,), {}) for k, each in enumerate(sets)}
    found = compare(toy_study(assumptions=sets), toy_store(under=effects), geography=toy_land())
    assert set(found.spread["n_draws"]) == {8}
    assert set(found.regret.loc[found.regret["over"] == "draws", "n_sets"]) == {9}

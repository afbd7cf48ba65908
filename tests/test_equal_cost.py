"""Equal cost by trial: budgets and reliefs are scaled until what policies cost agrees."""

import dataclasses

import pytest

from sim.experiments.equal_cost import NoEqualCost, elasticity, equalise, scaled, with_factors
from sim.scenario import load_scenario, load_study


@pytest.fixture(scope="module")
def study():
    arms = '["paris_only", "mediation_one_percent", "angel_tax"]'
    return load_study("default", overrides={"arms": arms, "equal_cost.otherwise": "rescale"}, seeds=4)


def costs(study):
    """What a run would tell: a part of budgets is not spent, and a relief costs more than in proportion."""
    out = {}
    for arm in study.arms:
        rates = [lever.terms["rate"] for lever in arm.levers if "rate" in lever.terms]
        out[arm.id] = 0.97 * arm.budget.total_eur * 1.5 + sum(2e9 * rate**1.3 for rate in rates)
    return out


def test_scaling_a_policy_scales_its_money_and_nothing_else():
    policy = load_scenario("eight_recommendations")
    half = scaled(policy, 0.5)
    assert half.budget.total_eur == 0.5 * policy.budget.total_eur
    before, after = ({lever.name: lever for lever in p.levers} for p in (policy, half))
    assert after["angel_tax"].terms["rate"] == 0.5 * before["angel_tax"].terms["rate"]
    assert {n for n in before if before[n] != after[n]} == {"angel_tax"}
    assert half.digest != policy.digest
    assert dataclasses.replace(half, budget=policy.budget, levers=policy.levers).with_digest() == policy


def test_costs_agree_within_the_tolerance_after_a_few_rounds(study):
    found, factors = equalise(study, costs)
    after = costs(found)
    assert max(after.values()) / min(after.values()) - 1.0 < study.equal_cost.tolerance
    assert after["paris_only"] == costs(study)["paris_only"]  # the first policy is the measure of the others
    assert factors["paris_only"] == 1.0
    assert factors["mediation_one_percent"] == pytest.approx(215 / 36)
    assert with_factors(study, factors) == found


@pytest.mark.parametrize("power", [0.5, 1.9, 3.0])
def test_costs_that_answer_more_or_less_than_in_proportion_agree_too(study, power):
    """Scaled in proportion, a cost that grows with the cube of the rate would swing ever further."""

    def answer(trial):
        out = costs(trial)
        rate = next(lever.terms["rate"] for arm in trial.arms if arm.id == "angel_tax" for lever in arm.levers)
        return out | {"angel_tax": 2.5e8 * (rate / 0.3) ** power}

    after = answer(equalise(study, answer)[0])
    assert after["angel_tax"] == pytest.approx(after["paris_only"], rel=0.5 * study.equal_cost.tolerance)


def test_what_costs_nothing_or_too_much_cannot_be_made_equal(study):
    with pytest.raises(NoEqualCost, match="costs nothing"):
        equalise(study, lambda trial: costs(trial) | {"angel_tax": 0.0})
    with pytest.raises(NoEqualCost, match="would have to be"):
        equalise(study, lambda trial: costs(trial) | {"angel_tax": 1e6})
    with pytest.raises(NoEqualCost, match="still differ"):
        equalise(study, lambda trial: costs(study))


def test_how_a_cost_answers():
    assert elasticity(None, (1.0, 2.0)) == 1.0
    assert elasticity((1.0, 2.0), (1.0, 3.0)) == 1.0
    assert elasticity((1.0, 2.0), (2.0, 8.0)) == pytest.approx(2.0)
    assert elasticity((1.0, 2.0), (2.0, 1.0)) == 0.3

"""Equal cost found by trial: budgets and rates of reliefs are scaled until what policies cost agrees.

What a policy costs is known after its runs only: unspent money, local prices, and reliefs that cost what people make
of them. A few seeds are run, every policy is scaled by the cost of the first over its own, then by how its cost
answered to the last change, and so on until all agree within the tolerance; then the whole study is run.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sim.levers import KINDS
from sim.refusals import Refusal

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study

ROUNDS = 6
PILOT_SEEDS = 2
LARGEST_RATE = 0.95
ELASTICITY = (0.3, 5.0)  # of a policy's cost to its scale: what is found outside is noise


class NoEqualCost(Refusal):
    """No scale was found at which the policies cost the same."""

    not_comparable = True  # exit code 5


def scaled(scenario: Scenario, factor: float) -> Scenario:
    """The same policy with its budget, and the rates of its reliefs, times `factor`.

    Raises
    ------
    NoEqualCost
        Where a relief would have to give back almost everything.
    """
    levers = []
    for lever in scenario.levers:
        terms = dict(lever.terms)
        if KINDS[lever.kind].relief:
            terms["rate"] *= factor
            if terms["rate"] > LARGEST_RATE:
                raise NoEqualCost("rate_too_high", scenario=scenario.id, lever=lever.name, rate=terms["rate"])
        levers.append(dataclasses.replace(lever, terms=terms))
    budget = dataclasses.replace(scenario.budget, total_eur=scenario.budget.total_eur * factor)
    return dataclasses.replace(scenario, budget=budget, levers=tuple(levers)).with_digest()


def with_factors(study: Study, factors: Mapping[str, float]) -> Study:
    """The study with each policy scaled by its factor; policies that are not named stay as they are."""
    arms = tuple(scaled(arm, factors[arm.id]) if factors.get(arm.id, 1.0) != 1.0 else arm for arm in study.arms)
    return dataclasses.replace(study, arms=arms).with_digest()


def equalise(study: Study, costs_of: Callable[[Study], Mapping[str, float]]) -> tuple[Study, dict[str, float]]:
    """Scale policies until they cost what the first one does, as written.

    Parameters
    ----------
    costs_of : mean cost of each policy of a study, by running it on a few seeds

    Returns
    -------
    the scaled study, and the factor of each policy

    Raises
    ------
    NoEqualCost
        Where costs do not agree after `ROUNDS` rounds, or a policy costs nothing at all.
    """
    factors = {arm.id: 1.0 for arm in study.arms}
    before: dict[str, tuple[float, float]] = {}  # scale and cost of each policy in the round before
    first, within = study.arms[0].id, study.equal_cost.tolerance / 2.0  # half: other seeds will differ a little
    for _ in range(ROUNDS):
        costs = costs_of(with_factors(study, factors))
        free = [arm for arm, eur in costs.items() if eur <= 0.0]
        if free:
            raise NoEqualCost("costs_nothing", scenarios=", ".join(free), first=first)
        if max(abs(eur / costs[first] - 1.0) for eur in costs.values()) <= within:
            return with_factors(study, factors), factors
        last = {arm: (factors[arm], costs[arm]) for arm in factors}
        for arm in factors.keys() - {first}:
            factors[arm] *= (costs[first] / costs[arm]) ** (1.0 / elasticity(before.get(arm), last[arm]))
        before = last
    found = ", ".join(f"{arm} {eur:.4g} EUR" for arm, eur in costs.items())
    raise NoEqualCost("still_unequal", rounds=ROUNDS, found=found)


def elasticity(before: tuple[float, float] | None, now: tuple[float, float]) -> float:
    """By how much the cost of a policy answers to its scale, from two (scale, cost): one where it cannot be told."""
    if before is None or before[0] == now[0]:
        return 1.0
    found = math.log(now[1] / before[1]) / math.log(now[0] / before[0])
    return min(max(found, ELASTICITY[0]), ELASTICITY[1])

"""What can be fitted in closed form: the level of closures, of foundations and of moves, from one pilot run.

A stock of startups is what was founded times what survives (MODEL C12.2), ``stock(<A) = integral of E(t - a) S(a)``.
A hazard added at every age multiplies survival by ``exp(-d a)``; foundations are in proportion to the hazard of
founding, moves to the hazard of moving. So one run near the truth tells where these three should be; the fit then
looks around there, instead of over the whole range each may have.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from sim.calibration.targets import Target
from sim.params import PARAMETERS
from sim.scenario import Range

YEARS: Final = 5
"""Age at which survival is published."""
LIST_YEARS: Final = 8
"""Age below which startups are counted."""
AROUND: Final = {"closure.base": 0.012, "founding.base_hazard": 0.35, "mobility.base_hazard": 0.02}
"""How far around the closed form the fit looks: a year's hazard, then shares of the value."""
ADDED: Final = "closure.base"


def closed_form(pilot: Mapping[str, float], targets: Sequence[Target]) -> dict[str, float]:
    """Return the values of the three hazards that the pilot, run with the defaults, says are right.

    Parameters
    ----------
    pilot : what each target measures in the pilot run, by id; a hazard whose targets it lacks is left out
    """
    wanted = {each.id: each.value for each in targets}
    known = {name for name in wanted if math.isfinite(pilot.get(name, math.nan)) and pilot[name] > 0.0}
    found = {}
    more = 0.0
    if "survival_5" in known:
        more = math.log(pilot["survival_5"] / wanted["survival_5"]) / YEARS
        found[ADDED] = PARAMETERS[ADDED].default + more
    stocks = [name for name in ("startups_2016", "startups_2021") if name in known]
    if stocks:
        lack = np.mean([math.log(wanted[name] / pilot[name]) for name in stocks])
        found["founding.base_hazard"] = PARAMETERS["founding.base_hazard"].default * math.exp(lack) / _kept(more)
    if "mobility" in known:
        found["mobility.base_hazard"] = (
            PARAMETERS["mobility.base_hazard"].default * wanted["mobility"] / pilot["mobility"]
        )
    return {name: min(max(value, PARAMETERS[name].low), PARAMETERS[name].high) for name, value in found.items()}


def _kept(more: float) -> float:
    """How many more startups under eight years there are, for each one, when a yearly hazard is added at every age."""
    return -math.expm1(-more * LIST_YEARS) / (more * LIST_YEARS) if abs(more) > 1e-12 else 1.0


def around(factors: Sequence[Range], centres: Mapping[str, float]) -> tuple[Range, ...]:
    """Return the ranges of a fit, those of the closed form narrowed around it, within what each range allows."""
    return tuple(_narrowed(each, centres[each.name]) if each.name in centres else each for each in factors)


def _narrowed(factor: Range, centre: float) -> Range:
    half = AROUND[factor.name] * (1.0 if factor.name == ADDED else centre)
    low, high = max(factor.low, centre - half), min(factor.high, centre + half)
    return dataclasses.replace(factor, low=low, high=high) if low < high else factor

"""All designs over all pairs of worlds: one row per policy and design, with the bias and whether it told the truth.

The verdict counts simulations, each an evaluation that a ministry might have commissioned. A design *misleads* where
its intervals hold the true effect less often than the 95 % they claim, beyond chance; or where it sees an effect in
four of five simulations and errs on average by more than a quarter of the truth. It is *too vague* where it sees an
effect less often. Else it *tells the truth*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from sim.compare.paired import interval_of_mean
from sim.evaluation.case import Case
from sim.evaluation.designs import DESIGNS, Design
from sim.evaluation.estimate import LEVEL, NotEstimable
from sim.evaluation.observe import Observation
from sim.evaluation.past import past_of
from sim.evaluation.told import Told, mean_of

if TYPE_CHECKING:
    from sim.compare.runs import Worlds
    from sim.scenario import Scenario, Study

ENOUGH: Final = 0.8  # share of simulations: assumption
CHANCE: Final = 0.05  # level at which intervals are found to hold the truth too seldom
WITHIN: Final = 0.25  # of the true effect, as published effects without a range are judged: assumption
VERDICTS: Final = ("truth", "vague", "misleads")
OWN_TESTS: Final = ("p_placebo", "largest_placebo_z", "hidden_bias")
"""What some designs say of themselves: the p-value among placebo policies, the largest effect found before the policy
in its errors, the largest odds of a hidden bias at which the effect is still seen."""
UNITS: Final = {"people": "people/firm", "density": "startups/km2"}


def cases(
    study: Study, worlds: Worlds, seen: Observation, folder: Path, tell: Callable[[int], None] = lambda _: None
) -> dict[str, list[Case]]:
    """Every policy with hubs, by id, in each pair of worlds that is finished.

    Parameters
    ----------
    folder : where what came before the runs is kept
    tell : called with each seed whose past was read
    """
    from sim.candidates import OPEN_CALLS
    from sim.compare import Geography
    from sim.territory import load_territory

    geography = Geography.of(study)
    sites = load_territory(study.reference.territory).sites
    dates = {site.id: site.label_month for site in sites if site.label_month is not None}
    arms = [(row, arm, pairs) for row, arm, pairs in worlds.policies() if arm.hubs is not None and arm.budget.total_eur]
    calls = [arm for _, arm, _ in arms if arm.hubs is not None and arm.hubs.assignment in OPEN_CALLS]
    out: dict[str, list[Case]] = {arm.id: [] for _, arm, _ in arms}
    for column, seed in enumerate(worlds.seeds):
        here = [(row, arm) for row, arm, pairs in arms if column in pairs]
        if not here:
            continue
        past = past_of(study.reference, calls, seed, folder)
        tell(seed)
        there = remembered(worlds, 0, column)
        for row, arm in here:
            own = dates if arm.hubs is not None and arm.hubs.assignment == "historical" else {}
            out[arm.id].append(
                Case(seed, remembered(worlds, row, column), there, past.series, geography, seen, arm.budget.first // 12,
                     own, study.horizons, past.scores.get(arm.id), threshold_of(arm))
            )  # fmt: skip
    return out


def threshold_of(arm: Scenario) -> float | None:
    """Score from which plans get the label, None where it is not given so."""
    return arm.hubs.threshold if arm.hubs is not None and arm.hubs.assignment == "threshold" else None


def remembered(worlds: Worlds, row: int, column: int) -> Callable[[str], pd.DataFrame]:
    """What reads the tables of a run, each once."""
    known: dict[str, pd.DataFrame] = {}

    def table(name: str) -> pd.DataFrame:
        if name not in known:
            known[name] = worlds.table(name, row, column)
        return known[name]

    return table


def evaluate(found: Mapping[str, list[Case]]) -> pd.DataFrame:
    """One row per policy and design that can be estimated in some pair of worlds.

    Columns: arm, design, unit, n, estimate, ci95_low, ci95_high (means of what evaluators would have printed), truth,
    bias, bias_ci95_low, bias_ci95_high, selection, interference, gross, net, covers, sees, those of `OWN_TESTS`,
    verdict, reason.
    """
    rows = [row(arm, design, of_arm) for arm, of_arm in found.items() for design in DESIGNS if of_arm]
    return pd.DataFrame([each for each in rows if each is not None])


def row(arm: str, design: Design, of_arm: list[Case]) -> dict[str, Any] | None:
    """What a design told of a policy; without figures, and with the reason, where it could not be applied."""
    told, together, reason = [], [], ""
    for case in of_arm:
        try:
            told.append(design.run(case))
            together.append((case.gross, case.net) if design.unit == "scale" else (np.nan, np.nan))
        except NotEstimable as error:
            reason = str(error)
    unit = UNITS.get(design.unit, of_arm[0].seen.scale)
    head = {"arm": arm, "design": design.id, "unit": unit, "n": len(told)}
    return head | figures(told, together) | {"reason": reason}


def figures(told: list[Told], together: list[tuple[float, float]]) -> dict[str, Any]:
    """Means over pairs of worlds, shares, and the verdict; NaN and no verdict without any.

    Parameters
    ----------
    together : effect on the treated zones taken together, and on all zones, in each pair of worlds
    """
    names = ("estimate", "ci95_low", "ci95_high", "truth", "bias", "bias_ci95_low", "bias_ci95_high", "selection",
             "interference", "gross", "net", "covers", "sees", *OWN_TESTS)  # fmt: skip
    if not told:
        return dict.fromkeys(names, np.nan) | {"verdict": ""}
    low, high = interval_of_mean([each.bias for each in told])
    covers = float(np.mean([each.estimate.covers(each.truth) for each in told]))
    sees = float(np.mean([each.estimate.sees for each in told]))
    own = [np.mean([each.estimate.more.get(name, np.nan) for each in told]) for name in OWN_TESTS]
    values = [*(float(np.mean([getattr(each.estimate, name) for each in told])) for name in ("value", "low", "high")),
              mean_of(told, "truth"), mean_of(told, "bias"), float(low[0]), float(high[0]), mean_of(told, "selection"),
              mean_of(told, "interference"), *map(float, np.mean(together, axis=0)), covers, sees,
              *map(float, own)]  # fmt: skip
    found = dict(zip(names, values))
    held = round(covers * len(told))
    return found | {"verdict": verdict(len(told), held, sees, found["bias"], found["truth"])}


def verdict(told: int, held: int, sees: float, bias: float, truth: float) -> str:
    """Which of `VERDICTS`.

    Parameters
    ----------
    told, held : number of simulations, and of those whose interval holds the truth
    sees : share of simulations whose interval leaves out zero
    bias, truth : means over simulations
    """
    if stats.binom.cdf(held, told, LEVEL) < CHANCE:
        return "misleads"
    if sees < ENOUGH:
        return "vague"
    return "truth" if abs(bias) <= WITHIN * abs(truth) else "misleads"

"""What the finished runs of a sweep say: an outcome of each policy at each point, ready for analysis.

An outcome is averaged over the seeds of a point, so that points differ by assumptions and not by luck. A point with a
run that failed, or is not there yet, has NaN for that policy: averaged over fewer seeds it would differ by luck too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from sim.compare.outcomes import OUTCOMES
from sim.explore import sensitivity
from sim.explore.designs import Design
from sim.explore.needs import WrongDesign
from sim.explore.sensitivity import with_differences
from sim.refusals import Refusal, near

if TYPE_CHECKING:
    from sim.scenario import Sweep

Method = Literal["morris", "sobol", "emulator", "ranks", "swings"]
#: Analysis of each kind of design; of the others, rank correlations.
USUAL: Final[dict[str, Method]] = {"morris": "morris", "saltelli": "sobol", "one_at_a_time": "swings"}
#: What an analysis says of a factor in one number, and the ends of its interval.
MAIN: Final[dict[Method, tuple[str, str, str]]] = {
    "morris": ("mu_star", "mu_star_low", "mu_star_high"),
    "sobol": ("ST", "ST_low", "ST_high"),
    "emulator": ("ST", "ST_low", "ST_high"),
    "ranks": ("correlation", "correlation", "correlation"),
    "swings": ("swing", "low", "high"),
}


class NoOutcome(Refusal):
    """The runs of a sweep say nothing under this name."""


@dataclass(frozen=True)
class Answers:
    """One outcome of each policy at each point.

    Attributes
    ----------
    outcome : its name, with its year: ``jobs_2033``
    design : the points of numbers, None where only switches vary
    points : one row per point, all factors and the switches crossed with them
    switches : names of these switches
    values : one row per point, one column per policy, the reference last
    reference : its id
    """

    outcome: str
    design: Design | None
    points: pd.DataFrame
    switches: tuple[str, ...]
    values: pd.DataFrame
    reference: str

    @property
    def policies(self) -> list[str]:
        """Ids of the policies, the reference left out."""
        return [str(name) for name in self.values if name != self.reference]

    def gains(self) -> pd.DataFrame:
        """What each policy adds to the reference, or takes from it where less is better, [points, policies]."""
        return self.values[self.policies].sub(self.values[self.reference], axis=0) * better(self.outcome)

    def structures(self) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
        """Each combination of the switches, and the values at the points of the design under it."""
        size = len(self.points) if self.design is None else len(self.design.points)
        for first in range(0, len(self.points), size):
            named = {name: self.points[name].iloc[first] for name in self.switches}
            yield named, self.values.iloc[first : first + size].reset_index(drop=True)


def better(outcome: str) -> int:
    """Return 1 where more of an outcome is better, -1 where less is: closures, inequality; of ``closures_2033``."""
    signs = {each.name: each.better for each in OUTCOMES}
    return signs.get(outcome.rpartition("_")[0], 1)


def outcomes_in(runs: pd.DataFrame) -> list[str]:
    """Names of the outcomes that runs hold, with their years."""
    numbers = map(str, runs.select_dtypes("float").columns)
    return [name for name in numbers if name.rpartition("_")[2].isdigit()]


def answers(sweep: Sweep, design: Design | None, points: pd.DataFrame, runs: pd.DataFrame, outcome: str) -> Answers:
    """Return what the runs of a sweep say about one outcome.

    Parameters
    ----------
    design, points : of the sweep (``design_of``, ``points_of``)
    runs : of its bank, one row each: point, seed, scenario, status, and the outcomes

    Raises
    ------
    NoOutcome
        if no run has it
    """
    known = outcomes_in(runs)
    if outcome not in known:
        raise NoOutcome("no_outcome", name=outcome, hint=near(outcome, known))
    wide = runs[runs["status"] == "ok"].pivot(index=["point", "seed"], columns="scenario", values=outcome)
    each = pd.MultiIndex.from_product([range(len(points)), sweep.seeds], names=["point", "seed"])
    names = [*(arm.id for arm in sweep.arms), sweep.reference.id]
    table = wide.reindex(index=each, columns=names).to_numpy(dtype=float)
    means = table.reshape(len(points), len(sweep.seeds), len(names)).mean(axis=1)  # NaN where one seed is missing
    return Answers(outcome, design, points, tuple(sweep.structures), pd.DataFrame(means, columns=names),
                   sweep.reference.id)  # fmt: skip


@dataclass(frozen=True)
class Sensitivity:
    """Which factors move an outcome of each policy, and each difference of two.

    `table`: one row per combination of switches, policy, `versus` (empty for a policy alone) and factor, with the
    numbers of the method. `poor`: what an emulator foresees too badly to be read, with its R2. `pairs`: what every two
    factors do together beyond both alone, where the design was made for it.
    """

    method: Method
    table: pd.DataFrame
    poor: pd.DataFrame
    pairs: pd.DataFrame


def sensitivity_of(found: Answers, method: Method | None = None) -> Sensitivity:
    """Return the sensitivity of an outcome, by the method its design was made for unless another is named.

    Raises
    ------
    ValueError
        if the design does not allow the method
    NotEnough
        if too few runs are there
    """
    if found.design is None:
        raise WrongDesign("only_switches")
    method = method or USUAL.get(found.design.kind, "ranks")
    several = method == "sobol" and found.design.second_order
    tables, poor, pairs = _Stack(), _Stack(), _Stack()
    for named, values in found.structures():
        outcomes = with_differences({str(name): values[[name]].set_axis([found.outcome], axis=1) for name in values})
        table, left_out = _analysis(method, found.design, outcomes)
        tables.add(named, table)
        poor.add(named, left_out)
        if several:
            pairs.add(named, sensitivity.sobol_pairs(found.design, outcomes))
    return Sensitivity(method, tables.whole(), poor.whole(), pairs.whole())


class _Stack:
    """Frames one below the other, each with the switches it was found under."""

    def __init__(self) -> None:
        self._frames: list[pd.DataFrame] = []

    def add(self, named: dict[str, Any], frame: pd.DataFrame) -> None:
        for place, (name, value) in enumerate(named.items()):
            frame.insert(place, name, value)
        self._frames.append(frame)

    def whole(self) -> pd.DataFrame:
        return pd.concat(self._frames, ignore_index=True) if self._frames else pd.DataFrame()


def _analysis(method: Method, design: Design, outcomes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Table of a method, and what its emulator could not tell."""
    plain: dict[str, Callable[..., pd.DataFrame]] = {
        "morris": sensitivity.morris, "sobol": sensitivity.sobol, "ranks": sensitivity.rank_correlations,
        "swings": sensitivity.swings}  # fmt: skip
    if method != "emulator":
        return plain[method](design, outcomes), pd.DataFrame()
    emulated = sensitivity.emulated_sobol(design, outcomes)
    keys = ["outcome", "policy", "versus"]
    refused = emulated.r2[[tuple(key) in emulated.refused for key in emulated.r2[keys].itertuples(index=False)]]
    return emulated.indices.merge(emulated.r2, on=keys), refused.reset_index(drop=True)


def wins_of(gains: pd.DataFrame, policy: str, versus: str | None = None, margin: float = 0.0) -> np.ndarray:
    """Whether a policy wins at each point: 1, 0, or NaN where a gain it is compared with is not known; [points].

    Parameters
    ----------
    gains : [points, policies] over the reference
    versus : the policy to beat; None: the best of all others, and the reference where there are none
    margin : a lead must be larger
    """
    others = gains[[versus]] if versus else gains.drop(columns=policy)
    best = others.to_numpy(float).max(axis=1) if others.shape[1] else np.zeros(len(gains))
    lead = gains[policy].to_numpy(float) - best
    return np.where(np.isfinite(lead), (lead > margin).astype(float), np.nan)

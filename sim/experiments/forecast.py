"""What a sweep will cost and how precise it will be, from the runs it has so far."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.bank import Bank
    from sim.scenario import Sweep

OUTCOME = "jobs"  # of which intervals are told, at the last horizon
FEWEST = 2


@dataclass(frozen=True)
class Precision:
    """Half-widths of the 95 % intervals of a policy's mean effect: at one point, and over all points."""

    arm: str
    at_a_point: float
    over_all: float


@dataclass(frozen=True)
class Forecast:
    """Cost and precision of a sweep; numbers are NaN where no run tells them yet.

    Attributes
    ----------
    runs, present : planned, and finished
    points, seeds, arms : of what the runs are made; the reference is not among ``arms``
    seconds : wall-clock time of a run on one processor, a share of its world's start in it
    processors : that will work at once
    size : bytes of all runs on the disk
    outcome : what ``precision`` is about, with its year
    """

    runs: int
    present: int
    points: int
    seeds: int
    arms: int
    seconds: float
    processors: int
    size: float
    outcome: str
    precision: tuple[Precision, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the forecast as plain data; what is not known is None."""
        found = dataclasses.asdict(self)
        return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in found.items()}

    def text(self, lang: str) -> str:
        """Return the forecast in words."""
        from sim.commands.words import say
        from sim.experiments.progress import duration
        from sim.report.numbers import Format

        number = Format(lang).number
        counts = {"runs": number(self.runs), "points": number(self.points), "there": number(self.present)}
        lines = [say("plan_runs", lang, scenarios=self.arms + 1, seeds=self.seeds, **counts)]
        if math.isnan(self.seconds):
            return "\n".join([*lines, say("plan_unknown", lang)])
        total = self.runs * self.seconds
        each, hours = number(self.seconds, decimals=2), number(total / 3600.0, decimals=1)
        wall = duration(total / self.processors)
        lines.append(say("plan_time", lang, seconds=each, hours=hours, wall=wall, processors=self.processors))
        lines.append(say("plan_disk", lang, bytes=f"{number(self.size / 1e6, decimals=1)} MB"))
        for known in self.precision:
            lines.append(say("plan_interval", lang, arm=known.arm, outcome=self.outcome, half=number(known.over_all)))
            if not math.isnan(known.at_a_point):
                lines.append(say("plan_interval_point", lang, seeds=self.seeds, half=number(known.at_a_point)))
        return "\n".join(lines)


def forecast(sweep: Sweep, bank: Bank, runs: int, processors: int) -> Forecast:
    """Return what the runs of a bank tell of the whole sweep.

    Parameters
    ----------
    runs : planned
    processors : that will work at once
    """
    made = bank.runs()
    finished = made[made["status"] == "ok"]
    outcome = f"{OUTCOME}_{max(sweep.horizons) // 12}"
    points = runs // (len(sweep.scenarios) * len(sweep.seeds))
    return Forecast(
        runs=runs,
        present=len(finished),
        points=points,
        seeds=len(sweep.seeds),
        arms=len(sweep.arms),
        seconds=float(finished["wall_s"].mean()) if len(finished) else math.nan,
        processors=processors,
        size=bank.bytes() / len(finished) * runs if len(finished) else math.nan,
        outcome=outcome,
        precision=_precision(sweep, finished, outcome, points) if len(finished) else (),
    )


def _precision(sweep: Sweep, finished: pd.DataFrame, outcome: str, points: int) -> tuple[Precision, ...]:
    """Half-widths with as many seeds, or worlds, as are planned, from the spread over the worlds there are."""
    worlds_planned = points * len(sweep.seeds)
    worlds = finished.pivot(index=["point", "seed"], columns="scenario", values=outcome)
    found = []
    for arm in sweep.arms:
        if arm.id not in worlds or sweep.reference.id not in worlds:
            continue
        effect = (worlds[arm.id] - worlds[sweep.reference.id]).dropna()
        if len(effect) < FEWEST:
            continue
        luck = effect.groupby("point").var(ddof=1).mean()  # NaN where no point has two seeds yet
        halves = [_half_width(float(luck), len(sweep.seeds)), _half_width(float(effect.var(ddof=1)), worlds_planned)]
        found.append(Precision(arm.id, *halves))
    return tuple(found)


def _half_width(variance: float, n: int) -> float:
    """Return Student's half-width of the 95 % interval of a mean of `n`."""
    from scipy import stats

    return float(stats.t.ppf(0.975, n - 1)) * math.sqrt(variance / n) if n >= FEWEST else math.nan

"""What a sweep will cost and how precise it will be, from the runs it has so far."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.refusals import Refusal, near

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.bank import Bank
    from sim.scenario import Sweep

OUTCOME = "jobs"  # of which intervals are told, at the last horizon, unless another outcome is named
MOST_POINTS = 1_000_000  # looked at for a precision
FEWEST = 2  # seeds that tell luck, points that tell ignorance

Floats = NDArray[np.float64]


class UnknownOutcome(Refusal):
    """No run has the outcome that was named."""


@dataclass(frozen=True)
class Precision:
    """What the finished runs tell of a policy's effect, and the 95 % intervals that the planned ones will buy.

    Attributes
    ----------
    arm : the policy
    luck, ignorance : standard deviations of the effect between seeds of a point, and between points; NaN if unknown
    points : points behind them
    at_a_point, over_all : half-widths of the mean effect at one point, with its seeds, and over all points
    seeds, seeds_safe : that give the half-width asked for at one point: with this luck, and with luck as large as it
        is with a chance of one in ten, given so few runs; None where nothing was asked or luck is unknown
    points_needed : that give it over all points, with as many seeds each as are planned; None where nothing was asked,
        too little is known, or no number of points does, since all have the same seeds
    """

    arm: str
    luck: float
    ignorance: float
    points: int
    at_a_point: float
    over_all: float
    seeds: int | None = None
    seeds_safe: int | None = None
    points_needed: int | None = None


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
    wanted : the half-width asked for, in the outcome's unit
    failed : runs that were made and failed
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
    wanted: float | None = None
    failed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the forecast as plain data; what is not known is None."""
        found = dataclasses.asdict(self)
        found["precision"] = [_known(each) for each in found["precision"]]
        return _known(found)


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in found.items()}


def forecast(
    sweep: Sweep, bank: Bank, runs: int, processors: int, *, outcome: str | None = None, wanted: float | None = None
) -> Forecast:
    """Return what the runs of a bank tell of the whole sweep.

    Parameters
    ----------
    runs : planned
    processors : that will work at once
    outcome : with its year, ``startups_2023``; None: jobs at the last horizon
    wanted : half-width to give a mean effect, in the outcome's unit; None: none is asked

    Raises
    ------
    UnknownOutcome
        if no finished run has the outcome that is named
    """

    made = bank.runs()
    finished = made[made["status"] == "ok"]
    name = outcome or f"{OUTCOME}_{max(sweep.horizons) // 12}"
    if len(finished) and name not in finished:
        known = [str(each) for each in finished if str(each).rpartition("_")[2].isdigit()]
        raise UnknownOutcome("no_outcome", name=name, hint=near(name, known))
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
        outcome=name,
        precision=_precision(sweep, finished, name, points, wanted) if len(finished) else (),
        wanted=wanted,
        failed=int((made["status"] == "failed").sum()),
    )


def _precision(
    sweep: Sweep, finished: pd.DataFrame, outcome: str, points: int, wanted: float | None
) -> tuple[Precision, ...]:
    """Half-widths with the points and seeds that are planned, from the luck and ignorance of the runs there are."""
    worlds = finished.pivot(index=["point", "seed"], columns="scenario", values=outcome)
    found = []
    for arm in sweep.arms:
        if arm.id not in worlds or sweep.reference.id not in worlds:
            continue
        effect = (worlds[arm.id] - worlds[sweep.reference.id]).dropna()
        known = precision_of(arm.id, _rectangle(effect), points, len(sweep.seeds), wanted)
        if known is not None:
            found.append(known)
    return tuple(found)


def _rectangle(effect: pd.Series[float]) -> Floats:
    """Return the effects [points, seeds] of points that share two seeds or more; else one a point.

    A column is one seed: luck is the same at all points where runs of a seed have the same draws.
    """
    table = effect.unstack("seed")
    several = table[table.notna().sum(axis=1) >= FEWEST]
    if several.empty:
        return np.array([row.dropna().to_numpy()[:1] for _, row in table.iterrows()], dtype=float).reshape(-1, 1)
    shared = several.dropna(axis=1)
    if shared.shape[1] < FEWEST:
        shared = several[several.notna().sum().nlargest(FEWEST).index].dropna()
    if shared.empty:  # no two points have a pair of seeds in common: one of them tells its luck
        shared = several.iloc[:1].dropna(axis=1)
    return shared.to_numpy(float)


def precision_of(arm: str, effects: Floats, points: int, seeds: int, wanted: float | None = None) -> Precision | None:
    """Return what effects [points, seeds] tell of those planned; None where there are not two of them.

    All points are run with the same seeds, so that points do not average out what a seed does to all of them: a mean
    over all points has the variance ignorance^2 / points + common^2 / seeds + own^2 / (points seeds), with luck^2 =
    common^2 + own^2. With one seed common luck cannot be known, and no interval is told.
    """
    from sim.explore.replications import half_width_of, safe_sd, seeds_for

    there, each = effects.shape
    if effects.size < FEWEST:
        return None
    luck, parts = math.nan, None
    if each >= FEWEST and there >= FEWEST:
        parts = _parts(effects)
        luck = math.sqrt(float(effects.var(axis=1, ddof=1).mean()))
    elif each >= FEWEST:
        luck = float(effects.std(ddof=1))
    told = parts is not None and points >= FEWEST and seeds >= FEWEST
    known = Precision(
        arm, luck, math.nan if parts is None else math.sqrt(parts[0]), there,
        at_a_point=half_width_of(luck, seeds) if seeds >= FEWEST else math.nan,
        over_all=_half_over_all(parts, points, seeds) if parts is not None and told else math.nan,
    )  # fmt: skip
    if wanted is None:
        return known
    needed: dict[str, Any] = {}
    if not math.isnan(luck):
        free = max(each - 1, 1)  # degrees of freedom of luck: points share their seeds
        needed = {"seeds": seeds_for(luck, wanted), "seeds_safe": seeds_for(safe_sd(luck, free + 1), wanted)}
    if parts is not None and told:
        needed["points_needed"] = _points_for(parts, seeds, wanted)
    return dataclasses.replace(known, **needed)


def _parts(effects: Floats) -> tuple[float, float, float]:
    """Variances of effects [points, seeds]: between points, of seeds at all points alike, of seeds at one alone.

    Two-way analysis of variance with random effects, one value each (Searle, Casella and McCulloch 1992); what comes
    out below zero is zero.
    """
    points, seeds = effects.shape
    of_points, of_seeds = effects.mean(axis=1), effects.mean(axis=0)
    rest = effects - of_points[:, None] - of_seeds[None, :] + effects.mean()
    own = float((rest**2).sum()) / ((points - 1) * (seeds - 1))
    ignorance = max(float(of_points.var(ddof=1)) - own / seeds, 0.0)
    common = max(float(of_seeds.var(ddof=1)) - own / points, 0.0)
    return ignorance, common, own


def _half_over_all(parts: tuple[float, float, float], points: int, seeds: int) -> float:
    """Half-width of the mean over all points: each part with Student's t of its own, in squares, added up.

    With few seeds Satterthwaite's degrees of freedom for the sum hold 85 to 95 % where this holds 90 to 99 %.
    """
    from scipy import stats

    ignorance, common, own = parts
    shares = np.array([ignorance / points, common / seeds, own / (points * seeds)])
    free = np.array([points - 1, seeds - 1, (points - 1) * (seeds - 1)])
    return math.sqrt(float((stats.t.ppf(0.975, free) ** 2 * shares).sum()))


def _points_for(parts: tuple[float, float, float], seeds: int, wanted: float) -> int | None:
    """Return the fewest points that give the half-width with so many seeds; None where no number of points does."""
    enough = FEWEST
    while _half_over_all(parts, enough, seeds) > wanted:
        enough *= 2
        if enough > MOST_POINTS:
            return None
    few = enough // 2
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if _half_over_all(parts, middle, seeds) <= wanted else (middle, enough)
    return enough

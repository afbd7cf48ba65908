"""Runs of a fit in a bank of runs: made where they are missing, on any launcher, and read back as moments."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.measure import PREFIX, targets_of, version_of
from sim.calibration.targets import SCORED
from sim.scenario import Calibration, DesignSpec, Sweep

if TYPE_CHECKING:
    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan
    from sim.experiments.sweep import SweepWork

Floats = NDArray[np.float64]
CHECKS = "check"  # folder, within that of a fit, of the runs that check it
Make = Callable[["SweepWork", "Plan", "Bank"], None]
"""What makes the runs that are missing; see `sim.commands.sweep.make`."""


class Runs:
    """The runs of a calibration.

    A run is stored under all that determines it, so that a fit that was stopped goes on, a wider one takes over what a
    quick one made, and any number of machines may help (verb ``worker``).

    Attributes
    ----------
    names
        ids of the scored targets, in the order of the moments
    folder
        of the bank
    """

    def __init__(self, calibration: Calibration, folder: Path | None, make: Make) -> None:
        self.calibration, self.make = calibration, make
        self.version = version_of(calibration.targets)
        self.targets = tuple(each for each in targets_of(self.version) if each.use in SCORED)
        self.names = [each.id for each in self.targets]
        self.points: list[Mapping[str, float]] = []
        self.made = 0
        self._folder = folder

    @property
    def folder(self) -> Path:
        from sim.paths import results_root

        digest = sweep_of(self.calibration, [{}], self.version).digest
        return self._folder or results_root() / f"calibrate_{self.calibration.id}-{digest[:8]}"

    def moments(self, points: Sequence[Mapping[str, float]]) -> Floats:
        """Return what every target measures at every point with every seed, [points, seeds, targets].

        NaN where a run failed or cannot tell.
        """
        from sim.experiments.bank import Bank
        from sim.experiments.provenance import code_hash, versions
        from sim.experiments.resolved import study_text
        from sim.experiments.sweep import SweepWork, plan_sweep, points_of

        first = len(self.points)
        self.points += [dict(point) for point in points]
        sweep = sweep_of(self.calibration, self.points, self.version)
        table = points_of(sweep)
        plan = plan_sweep(sweep, table, code_hash=code_hash())
        bank = Bank.open(self.folder, sweep, table, plan, resolved=study_text(sweep), versions=versions())
        before = len(bank.statuses())
        self.make(SweepWork(self.folder, sweep, table), plan, bank)
        self.made += len(bank.statuses()) - before
        return self._read(bank.runs(), first)

    def _read(self, runs: Any, first: int) -> Floats:
        seeds = {seed: k for k, seed in enumerate(self.calibration.seeds)}
        out = np.full((len(self.points), len(seeds), len(self.names)), np.nan)
        columns = [f"{PREFIX}{name}" for name in self.names]
        fine = runs[runs["status"] == "ok"]
        if len(fine):
            values = fine.reindex(columns=columns).to_numpy(np.float64)
            out[fine["point"].to_numpy(), [seeds[seed] for seed in fine["seed"]]] = values
        return out[first:]


def checks_of(runs: Runs) -> Runs:
    """Runs of the vectors that are kept: a bank of their own where they have seeds of their own."""
    plan = runs.calibration
    if plan.check == plan.seeds:
        return runs
    return Runs(dataclasses.replace(plan, seeds=plan.check), runs.folder / CHECKS, runs.make)


def stored(runs: Runs) -> pd.DataFrame:
    """Every run of a fit, those that check it included."""
    from sim.experiments.bank import Bank

    folders = {each.folder: None for each in (runs, checks_of(runs))}
    return pd.concat([Bank(folder).runs() for folder in folders], ignore_index=True)


def sweep_of(calibration: Calibration, points: Sequence[Mapping[str, float]], version: str) -> Sweep:
    """Return the runs of a calibration at some points as a sweep of its reference alone."""
    return Sweep(
        id=f"calibrate_{calibration.id}",
        question=calibration.question,
        reference=calibration.reference,
        arms=(),
        seeds=calibration.seeds,
        horizons=calibration.horizons,
        design=DesignSpec("list"),
        factors=(),
        structures={},
        listed=tuple(dict(point) for point in points),
        measure=version,
    ).with_digest()

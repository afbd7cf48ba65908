"""The targets in one run, as columns of the bank of runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from sim.calibration.observed import observed
from sim.calibration.targets import SCORED, Target, digest_of, load_targets, targets_path

if TYPE_CHECKING:
    from sim.territory import Zones

PREFIX: Final = "target_"
"""Of the columns that hold what targets measure, before the target's id."""


class StaleTargets(ValueError):
    """The targets are no longer those with which runs are to be measured."""


def version_of(path: Path | None = None) -> str:
    """Return what a sweep says of the targets that measure its runs: their digest, and the file unless shipped."""
    digest = digest_of(load_targets(path))
    return digest if path is None or path.resolve() == targets_path().resolve() else f"{digest} {path.resolve()}"


@lru_cache(maxsize=2)
def targets_of(version: str) -> tuple[Target, ...]:
    """Return the targets that `version_of` named.

    Raises
    ------
    StaleTargets
        if the file has changed since
    """
    digest, _, path = version.partition(" ")
    found = load_targets(path or None)
    if digest_of(found) != digest:
        raise StaleTargets(f"{path or targets_path()} has changed since this calibration was begun; begin it anew")
    return found


def zones_frame(zones: Zones) -> pd.DataFrame:
    """Return what operators need of the zones of a territory, one row each."""
    return pd.DataFrame({name: getattr(zones, name) for name in ("code", "name", "region", "x_m", "y_m")})


def moments_of(tables: Mapping[str, pd.DataFrame], zones: Zones, end: int, version: str) -> dict[str, float]:
    """Return every scored target in the tables of one run that ended in month `end`, NaN where it cannot tell."""
    seen = observed(lambda name: tables[name], zones_frame(zones), end)
    return {f"{PREFIX}{each.id}": each.measure(seen) for each in targets_of(version) if each.use in SCORED}

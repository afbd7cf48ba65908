"""Effects at the horizons and paths over the years, each against the reference with the same luck."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.compare.outcomes import OUTCOMES, ZONE_OUTCOMES
from sim.compare.paired import Floats, interval_of_mean, summary, variance_ratio
from sim.compare.runs import Panel, Worlds

_NAMES = [outcome.name for outcome in OUTCOMES]
FAN = {"p2_5": 0.025, "p10": 0.1, "p25": 0.25, "p75": 0.75, "p90": 0.9, "p97_5": 0.975}
MEMBERS = 10
"""So many single pairs of runs are kept year by year, to be drawn beside the bands."""


def effects(worlds: Worlds, panel: Panel) -> pd.DataFrame:
    """Return the paired effect of every arm on every outcome at every horizon."""
    at = panel.rows_of(worlds.horizons)
    parts = []
    for row, arm, pairs in worlds.policies():
        policy, reference = (_outcomes(panel, r, pairs, at) for r in (row, 0))
        ratio, bound = variance_ratio(policy, reference)
        columns = {"reference_mean": reference.mean(axis=0)} | summary(policy - reference)
        keys = _keys(arm.id, worlds.horizons)
        parts.append(pd.DataFrame(keys | columns | {"vrf": ratio, "vrf_low90": bound}))
    return pd.concat(parts, ignore_index=True).astype({"n": np.int64})


def trajectories(worlds: Worlds, panel: Panel) -> pd.DataFrame:
    """Return mean level and paired difference of every arm, the reference included, in every year."""
    every = np.arange(len(panel.years))
    parts = []
    for row, arm in enumerate(worlds.arms):
        pairs = worlds.shared(0, row)
        policy, reference = (_outcomes(panel, r, pairs, every) for r in (row, 0))
        low, high = interval_of_mean(policy - reference)
        spread = zip(FAN, np.quantile(policy - reference, list(FAN.values()), axis=0))
        columns = {
            "mean_level": policy.mean(axis=0),
            "diff_mean": (policy - reference).mean(axis=0),
            **{f"diff_{name}": values for name, values in spread},
            "diff_ci_low": low,
            "diff_ci_high": high,
        }
        parts.append(pd.DataFrame(_keys(arm.id, tuple(panel.years.tolist())) | columns))
    return pd.concat(parts, ignore_index=True)


def members(worlds: Worlds, panel: Panel) -> pd.DataFrame:
    """Return the difference of each policy in each of the first pairs of runs, by year: single futures."""
    parts = []
    for row, arm, pairs in worlds.policies():
        for name in ZONE_OUTCOMES:
            difference = panel.national[name][row, pairs[:MEMBERS]] - panel.national[name][0, pairs[:MEMBERS]]
            own = {"seed": np.repeat(np.array(worlds.seeds)[pairs[:MEMBERS]], len(panel.years)),
                   "year": np.tile(panel.years, len(difference)), "diff": difference.ravel()}  # fmt: skip
            parts.append(pd.DataFrame({"arm": arm.id, "outcome": name} | own))
    return pd.concat(parts, ignore_index=True)


def clouds(worlds: Worlds, panel: Panel) -> pd.DataFrame:
    """Return net jobs and the change in the Theil index of each policy in every pair of runs, by horizon.

    One row per pair of runs, so that the two can be seen together: an option may be good at one because it is bad
    at the other.
    """
    at, parts = panel.rows_of(worlds.horizons), []
    for row, arm, pairs in worlds.policies():
        jobs, theil = (
            panel.national[name][row, pairs][:, at] - panel.national[name][0, pairs][:, at]
            for name in ("jobs", "theil_jobs")
        )
        own = {"year": np.tile(worlds.horizons, len(pairs)),
               "seed": np.repeat(np.array(worlds.seeds)[pairs], len(at))}  # fmt: skip
        parts.append(pd.DataFrame({"arm": arm.id} | own | {"net_jobs": jobs.ravel(), "theil_change": theil.ravel()}))
    return pd.concat(parts, ignore_index=True)


def _outcomes(panel: Panel, row: int, seeds: np.ndarray, at: np.ndarray) -> Floats:
    """Return float64[n, outcomes * years] of one arm, years varying fastest."""
    values = [panel.national[name][row][np.ix_(seeds, at)] for name in _NAMES]
    return np.concatenate(values, axis=1)


def _keys(arm: str, years: tuple[int, ...]) -> dict[str, object]:
    return {"arm": arm, "outcome": np.repeat(_NAMES, len(years)), "year": np.tile(years, len(_NAMES))}

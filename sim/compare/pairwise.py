"""Every arm against every other: simultaneous intervals, verdicts, and how many runs would settle a doubt.

With several pairs, one of them looks different by luck more often than 5 %. The intervals of one outcome and
year therefore share a critical value, Student's at the level that holds for all pairs together whatever their
correlation (Z. Sidak, Journal of the American Statistical Association 62, 1967). A bootstrap of the largest
deviation of any pair (max-t) would need more seeds than studies have: with four seeds and six options its
intervals hold all true gaps in 79 % of cases, with sixteen in 93 %; these do in 95 % with any number.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import stdtrit  # of which scipy.stats is made, which takes as long to import as pandas

from sim.compare.outcomes import OUTCOMES, Outcome
from sim.compare.paired import Floats, standard_error
from sim.compare.runs import NotComparable, Panel, Worlds

MOST_RUNS = 1_000_000
"""Above this number of further runs the frame gives none: the doubt is not settled by running."""


@dataclass(frozen=True)
class Verdict:
    """What an interval says of a pair; `more_runs` is NaN when no number of runs would do."""

    name: str
    more_runs: float


def critical_value(n: int, pairs: int, level: float = 0.95) -> float:
    """Return how many standard errors the intervals of the means of `pairs` gaps over `n` >= 2 seeds reach."""
    each = level ** (1.0 / max(pairs, 1))
    return float(-stdtrit(n - 1, 0.5 * (1.0 - each)))


def judge(mean: float, half: float, n: int, indifference: float, better: int = 1, pairs: int = 1) -> Verdict:
    """Judge the pair (A, B) by the interval mean +- half of A - B.

    Parameters
    ----------
    pairs : int
        How many gaps share the critical value of the interval.
    indifference : float
        Gaps smaller than this are a tie, in the unit of the mean; a tie needs the whole interval inside.
    better : int
        +1 when more of the outcome is better, -1 when less is.

    Returns
    -------
    Verdict
        tie, better or worse (of A), or undecided with the number of further paired seeds after which, at the
        present mean and spread, either answer would stand. An interval of more seeds is narrower twice: by the
        root of their number, and by its own Student quantile.
    """
    if np.isnan(half):
        return Verdict("undecided", np.nan)
    if abs(mean) + half <= indifference:
        return Verdict("tie", 0.0)
    if abs(mean) > half:
        return Verdict("better" if mean * better > 0 else "worse", 0.0)
    return Verdict("undecided", _more_runs(max(abs(mean), indifference - abs(mean)), half, n, pairs))


def _more_runs(reach: float, half: float, n: int, pairs: int) -> float:
    """Return the fewest further seeds whose interval is narrower than `reach` on each side, NaN above `MOST_RUNS`."""
    spread = half * np.sqrt(n) / critical_value(n, pairs)

    def settled(more: int) -> bool:
        return bool(critical_value(n + more, pairs) * spread / np.sqrt(n + more) < reach)

    if not settled(MOST_RUNS):
        return np.nan
    return float(bisect_left(range(1, MOST_RUNS), True, key=settled) + 1)


COLUMNS = [
    "arm_a",
    "arm_b",
    "outcome",
    "year",
    "mean",
    "ci95_low",
    "ci95_high",
    "p10",
    "p90",
    "p_a_better",
    "verdict",
    "more_runs",
    "indifference",
    "n",
]


def pairwise(worlds: Worlds, panel: Panel, indifference: float) -> pd.DataFrame:
    """Return all pairs of main arms, by outcome and horizon; the reference has the frame of effects.

    `indifference` is a share of the mean level of the reference. Only seeds that all these arms have finished
    are used; raises `NotComparable` when there is none.
    """
    rows = range(worlds.main)
    seeds = worlds.shared(*rows)
    if len(seeds) == 0:
        raise NotComparable("no_common_seed")
    pairs = list(combinations(rows[1:], 2))
    if not pairs:
        return pd.DataFrame(columns=COLUMNS)
    at = panel.rows_of(worlds.horizons)
    found = []
    for outcome in OUTCOMES:
        values = panel.national[outcome.name][: worlds.main][:, seeds][:, :, at]
        for h, year in enumerate(worlds.horizons):
            frame = _pairs_at(values[:, :, h], pairs, outcome, indifference)
            found.append(frame.assign(outcome=outcome.name, year=year))
    frame = pd.concat(found, ignore_index=True)
    for side in ("arm_a", "arm_b"):
        frame[side] = [worlds.arms[row].id for row in frame[side]]
    return frame[COLUMNS]


def _pairs_at(values: Floats, pairs: list[tuple[int, int]], outcome: Outcome, share: float) -> pd.DataFrame:
    first, second = np.array(pairs).T
    sample = (values[first] - values[second]).T
    n = len(sample)
    mean = sample.mean(axis=0)
    half = critical_value(n, len(pairs)) * standard_error(sample) if n >= 2 else np.full(len(pairs), np.nan)
    zone = share * abs(values[0].mean())
    p10, p90 = np.quantile(sample, [0.1, 0.9], axis=0)
    verdicts = [judge(m, w, n, zone, outcome.better, len(pairs)) for m, w in zip(mean, half)]
    return pd.DataFrame(
        {
            "arm_a": first,
            "arm_b": second,
            "mean": mean,
            "ci95_low": mean - half,
            "ci95_high": mean + half,
            "p10": p10,
            "p90": p90,
            "p_a_better": (sample * outcome.better > 0.0).mean(axis=0),
            "verdict": [v.name for v in verdicts],
            "more_runs": [v.more_runs for v in verdicts],
            "indifference": zone,
            "n": n,
        }
    )

"""How much aversion to inequality it takes to prefer another option: Atkinson's equally distributed equivalent.

With ``x_z`` jobs per inhabitant and ``p_z`` the share of people of a zone, the jobs per inhabitant that, the same
everywhere, would be as good as the ones there are (A. Atkinson, Journal of Economic Theory 2, 1970):

    E(e) = (sum_z p_z x_z^(1 - e))^(1 / (1 - e)),   E(1) = exp(sum_z p_z ln x_z)

At aversion ``e`` = 0 only the total counts; the higher it is, the more a job counts where there are few. The *switch*
of two options is the least aversion at which the other one becomes the better.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, bootstrap_means, summary

if TYPE_CHECKING:
    from sim.compare.geography import Geography
    from sim.compare.runs import Panel, Worlds

SHOWN = (0.0, 0.5, 1.0, 2.0)
AVERSION = np.linspace(0.0, 4.0, 81)  # looked at for a switch: beyond, a handful of zones decides
MOST_WITH_EMPTY = 0.5  # where a zone has no job in some run: beyond, that zone alone decides


def equal_jobs(jobs: Floats, population: Floats, aversion: Floats) -> Floats:
    """Return float64[..., E]: jobs that, spread evenly over people, are worth `jobs` [..., Z] at each aversion [E].

    A zone without a job makes it zero from an aversion of one on.
    """
    people = population / population.sum()
    per_head = jobs / population
    out = np.empty((*jobs.shape[:-1], len(aversion)))
    with np.errstate(divide="ignore"):
        for k, e in enumerate(aversion):
            if e == 1.0:
                out[..., k] = np.exp((people * np.log(per_head)).sum(axis=-1))
            else:
                out[..., k] = (people * per_head ** (1.0 - e)).sum(axis=-1) ** (1.0 / (1.0 - e))
    return out * population.sum()


def switch(difference: Floats, aversion: Floats) -> Floats:
    """Return float64[...]: the least aversion at which `difference` [..., E] has no longer the sign it starts with.

    Between two values of `aversion` it is interpolated; infinite where the sign never changes.
    """
    start = np.sign(difference[..., :1])
    turned = np.sign(difference) * start < 0.0
    after = np.argmax(turned, axis=-1)
    before = np.maximum(after - 1, 0)
    low, high = (np.take_along_axis(difference, k[..., None], axis=-1)[..., 0] for k in (before, after))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = aversion[before] + (aversion[after] - aversion[before]) * low / (low - high)
    return np.where(turned.any(axis=-1), found, np.inf)


def atkinson(worlds: Worlds, panel: Panel, geography: Geography) -> pd.DataFrame:
    """Return the change of equally distributed jobs of each policy against the reference, by year and aversion."""
    parts = []
    for row, arm, pairs in worlds.policies():
        shown = np.array(SHOWN)
        shown = shown[shown <= most_aversion(worlds, panel)]
        for year, worth in _worth(worlds, panel, geography, shown):
            found = summary(worth[row, pairs] - worth[0, pairs])
            parts.append(pd.DataFrame({"arm": arm.id, "year": year, "aversion": shown} | found))
    return pd.concat(parts, ignore_index=True)


def switches(worlds: Worlds, panel: Panel, geography: Geography) -> pd.DataFrame:
    """Return the aversion at which the ranking of each pair of policies turns, by year, NaN where it never does.

    `p_switch` is the share of resamples of the seeds in which it turns; the interval is of those.
    """
    policies, rows = [found for found in worlds.policies() if found[0] < worlds.main], []
    grid = AVERSION[most_aversion(worlds, panel) >= AVERSION]
    for year, worth in _worth(worlds, panel, geography, grid):
        for k, (a, arm_a, _) in enumerate(policies):
            for b, arm_b, _ in policies[k + 1 :]:
                pairs = worlds.shared(0, a, b)
                if len(pairs):
                    gap = worth[a, pairs] - worth[b, pairs]
                    rows.append({"year": year, "arm_a": arm_a.id, "arm_b": arm_b.id} | _turn(gap, grid))
    columns = ["year", "arm_a", "arm_b", "first", "aversion", "ci95_low", "ci95_high", "p_switch", "n"]
    return pd.DataFrame(rows, columns=columns)


def most_aversion(worlds: Worlds, panel: Panel) -> float:
    """Return the highest aversion at which equally distributed jobs mean something: lower where a zone is empty."""
    at = panel.rows_of(worlds.horizons)
    empty = (panel.zonal["jobs"][:, :, at] == 0.0).any()  # missing runs are NaN
    return MOST_WITH_EMPTY if empty else float(AVERSION[-1])


def _turn(gap: Floats, grid: Floats) -> dict[str, float | str]:
    """Where the mean of `gap` [n, E] changes sign, and how sure that is."""
    mean = gap.mean(axis=0)
    found = float(switch(mean, grid))
    resampled = switch(bootstrap_means(gap), grid) if len(gap) > 1 else np.array([np.inf])
    turned = resampled[np.isfinite(resampled)]
    low, high = np.quantile(turned, [0.025, 0.975]) if len(turned) else (np.nan, np.nan)
    return {
        "first": "a" if mean[0] > 0.0 else "b",
        "aversion": found if np.isfinite(found) else np.nan,
        "ci95_low": float(low),
        "ci95_high": float(high),
        "p_switch": len(turned) / len(resampled),
        "n": len(gap),
    }


def _worth(worlds: Worlds, panel: Panel, geography: Geography, aversion: Floats) -> Iterator[tuple[int, Floats]]:
    """Each horizon, and the equally distributed jobs of every run at its end, [arms, seeds, E]."""
    for year, at in zip(worlds.horizons, panel.rows_of(worlds.horizons)):
        yield year, equal_jobs(panel.zonal["jobs"][:, :, at], geography.population, aversion)

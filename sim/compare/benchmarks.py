"""Published effects of policies, and the same effects in paired runs: what the model says where others measured.

Each benchmark names the lever that stands for the policy; the study holds two arms that differ by this lever alone,
with the same seeds. A startup keeps its identity in both arms, so that the firms that received aid are compared with
themselves without it. Those that set a parameter are marked *by construction*: they are shown, not scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

Tables = Mapping[str, pd.DataFrame]
Pairs = Iterable[tuple[Tables, Tables]]
"""Tables of runs, (with the lever, without it), one pair for each seed."""


@dataclass(frozen=True)
class Published:
    """A published figure.

    Attributes
    ----------
    lever : kind of lever that stands for the policy
    low, high : range of published values
    by_construction : whether a parameter of the model was set on it
    """

    name: str
    lever: str
    meaning: str
    unit: str
    low: float
    high: float
    source: str
    by_construction: bool = False


PUBLISHED = (
    Published("P9 first grant", "grants", "chance of later venture capital with a first small grant, over without",
              "1", 1.7, 2.2, "Howell 2017: about 10 to 19 %", by_construction=True),
    Published("P10 cost per job", "young_firms", "tax relief for each job that would not be there without it",
              "EUR/job", 48e3, 67e3, "DGCIS 2012: 800 MEUR, 12,000 jobs, 16,600 with those of firms that survived"),
    Published("P10 firms that gain", "young_firms", "share of firms with the relief that have more people with it", "1",
              0.0, 0.16, "INSEE 2021: an effect for 16 % of beneficiaries, none from the fourth year on"),
)


def matched(here: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    """Firms that the lever aided, with their twins, whose columns have the suffix ``_twin``.

    A firm that was aided without the lever as well is left out; one without a twin has nothing: no staff, no capital.
    """
    wide = here[here["aided"]].merge(there, on="uid", how="left", suffixes=("", "_twin"))
    numbers = [name for name in map(str, wide.columns) if name.endswith("_twin") and wide[name].dtype.kind in "fiu"]
    wide = wide.fillna(dict.fromkeys(numbers, 0))
    aided, funded = (wide[name].fillna(False).astype(bool) for name in ("aided_twin", "funded_twin"))
    return wide.assign(funded_twin=funded)[~aided]


def effect_of_grants(pairs: Pairs) -> float:
    """P9: share of granted firms that raise capital over the same share among their twins; NaN if no twin does."""
    wide = pd.concat([matched(here["firms"], there["firms"]) for here, there in pairs])
    without = wide["funded_twin"].sum()
    return float(wide["funded"].sum() / without) if without else np.nan


def cost_per_job(pairs: Pairs, horizon: int, last_year: int, lever: str = "young_firms") -> float:
    """P10: euros of a lever to the end of a year, over the jobs of aided firms above those of their twins at a horizon.

    Parameters
    ----------
    horizon : rank of the horizon of the study, 0 to 2, whose month is the last of `last_year`
    """
    eur, jobs = 0.0, 0.0
    for here, there in pairs:
        ledger = here["ledger"]
        eur += ledger.loc[(ledger["instrument"] == lever) & (ledger["year"] <= last_year), "eur"].sum()
        wide = matched(here["firms"], there["firms"])
        jobs += (wide[f"staff_h{horizon}"] - wide[f"staff_h{horizon}_twin"]).sum()
    return float(eur / jobs) if jobs > 0.0 else np.inf


def share_that_gains(pairs: Pairs, horizon: int) -> float:
    """P10: share of aided firms in business at a horizon that have more people than their twin."""
    wide = pd.concat([matched(here["firms"], there["firms"]) for here, there in pairs])
    wide = wide[wide[f"staff_h{horizon}"] > 0]
    return float((wide[f"staff_h{horizon}"] > wide[f"staff_h{horizon}_twin"]).mean()) if len(wide) else np.nan


def found(pairs: Mapping[str, list[tuple[Tables, Tables]]], horizon: int, last_year: int) -> pd.DataFrame:
    """Published and found values side by side.

    Parameters
    ----------
    pairs : kind of lever -> runs with and without it
    horizon, last_year : as in `cost_per_job`

    Returns
    -------
    one row for each benchmark of which there are runs: name, published range, found value, whether it is within
    """
    measure = {"P9 first grant": effect_of_grants, "P10 cost per job": lambda p: cost_per_job(p, horizon, last_year),
               "P10 firms that gain": lambda p: share_that_gains(p, horizon)}
    rows = []
    for b in PUBLISHED:
        if b.lever in pairs:
            value = measure[b.name](pairs[b.lever])
            rows.append({"name": b.name, "lever": b.lever, "meaning": b.meaning, "unit": b.unit, "low": b.low,
                         "high": b.high, "found": value, "within": bool(b.low <= value <= b.high),
                         "by_construction": b.by_construction, "source": b.source})
    return pd.DataFrame(rows)

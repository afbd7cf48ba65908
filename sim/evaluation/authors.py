"""Published effects, asked of the model with the design that their authors used: an estimate from one world.

Where `sim.evaluation.benchmarks` reads the true effect off twin worlds, these look at one world as the authors did, by
differences in differences, matching, synthetic control or regression, so that like is compared with like. Each function
gives figures of one pair of runs whose sums make a ratio (the second is one where the first is an estimate).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sim.compare.paired import Floats
from sim.evaluation import did, matching, synthetic
from sim.evaluation.observe import Observation, by_zone, starts_of_zones
from sim.evaluation.panel import Panel

Tables = Callable[[str], pd.DataFrame]
NEIGHBOURS = 4
COHORT_MONTHS = 60  # startups founded so long before the policy are the cohort before


def panel(run: Tables, treated: pd.Series[Any], years: Any, outcome: str) -> Panel:
    """Log of an outcome by zone, times 100, history included; zones are treated from the first year of the policies."""
    series = pd.concat([run("history"), run("series")], ignore_index=True)
    zones, every = int(series["zone"].max()) + 1, np.unique(series["year"]).astype(np.int64)
    starts = starts_of_zones(pd.DataFrame({"zone": treated, "id": ""}), {}, years.first, zones)
    return by_zone(lambda _: series, Observation(outcome), every[every <= years.last], np.ones(zones), starts)


def label_on_decline(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P1: whether differences in differences of log jobs see a gain of labelled zones (Martin, Mayer and Mayneris)."""
    found = did.winners(panel(here, here("hubs")["zone"], years, "jobs"))
    return float(found.low > 0.0), 1.0


def people_by_matching(granted: bool) -> Callable[..., tuple[float, float]]:
    """Growth of aided firms less that of like firms that were not, in people.

    Firms in business at the first horizon and not yet aided are matched on sector, staff and age; who has closed has
    nobody.
    """

    def parts(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
        found = matched_growth(here("firms"), years, granted)
        return float(found.sum()), float(len(found))

    return parts


def matched_growth(firms: pd.DataFrame, years: Any, granted: bool) -> Floats:
    """Growth from the first horizon to the last of each aided firm less that of its matches, [aided firms]."""
    before, after = "staff_h0", f"staff_h{years.horizon}"
    firms = firms[(firms[before] > 0) & ~firms["aided_h0"]]
    aided = firms[f"aided_h{years.horizon}"].to_numpy(bool)
    if granted:
        aided = aided & (firms["granted"].to_numpy() >= 0)
    never = ~firms["aided"].to_numpy(bool)
    if not aided.any() or never.sum() < NEIGHBOURS:
        return np.empty(0)
    age = np.maximum(12 * years.first - firms["birth"].to_numpy(), 1)
    like = np.log(np.column_stack([firms[before].to_numpy(float), age]))
    matches = matching.nearest(like, aided, never, NEIGHBOURS, exact=firms["sector"].to_numpy(np.int64))
    growth = (firms[after] - firms[before]).to_numpy(np.float64)
    have = np.unique(matches.unit)
    return (growth - matches.counterfactual(growth, len(firms)))[have]


def innovators(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P3: share of startups that innovate, of zones with hubs less others, of those founded since the policy less those
    founded in the five years before (Falck, Heblich and Kipar: repeated differences).
    """
    firms, first = here("firms"), 12 * years.first
    inside = firms["zone"].isin(here("hubs")["zone"])
    innovates, birth = firms["innovations"] > 0, firms["birth"]
    cohorts = birth >= first, (birth < first) & (birth >= first - COHORT_MONTHS)
    late, early = (innovates[c & inside].mean() - innovates[c & ~inside].mean() for c in cohorts)
    return float(late - early), 1.0


def before_the_policy(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P4: what a synthetic control finds where there is no policy, and what it finds with it (Nathan 2022)."""
    zones = here("hubs")["zone"]
    both = [synthetic.synthetic(panel(run, zones, years, "startups")).value for run in (there, here)]
    return both[0], both[1]


def transfers(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P5: startups in the aided quartiers that would be elsewhere, less those that went, and all that were added."""
    wide = here("firms").merge(there("firms"), on="uid", how="outer", suffixes=("", "_twin"))
    aided = wide.loc[wide["in_hub"].fillna(False).astype(bool), "cell"].unique()
    inside, inside_twin = (
        (wide[f"closed{twin}"] < 0) & wide[f"cell{twin}"].isin(aided) for twin in ("", "_twin")
    )
    elsewhere, elsewhere_twin = (
        (wide[f"closed{twin}"] < 0) & ~wide[f"cell{twin}"].isin(aided) for twin in ("", "_twin")
    )
    moved = int((inside & elsewhere_twin).sum()) - int((inside_twin & elsewhere).sum())
    return float(moved), float(inside.sum() - inside_twin.sum())


def regions_that_convert(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P7: zones where the last euro of the same transfer everywhere keeps half its effect, and all zones (C13.1)."""
    from sim import params
    from sim.policy import ground_of
    from sim.processes.governance import ceiling
    from sim.territory import load_territory

    series = there("series")
    talents = series[series["year"] == years.first].sort_values("zone")["talents"].to_numpy(np.float64)
    land, resolved = ground_of(load_territory("france")), params.resolve({}, {})
    usual = resolved["public"].saturation_eur
    room = ceiling(talents / talents.mean(), land.education, np.ones(len(talents)), usual, resolved["absorption"])
    return float((np.exp(-usual / room) > 0.5).sum()), float(len(talents))


def relief_by_matching(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P10: euros of the relief to firms that had it, and the jobs that matching credits it with (DGCIS 2012)."""
    ledger = here("ledger")
    paid = ledger.loc[(ledger["instrument"] == "young_firms") & (ledger["year"] <= years.last), "eur"].sum()
    growth = matched_growth(here("firms"), years, granted=False)
    aided = int(here("firms")[f"aided_h{years.horizon}"].sum())
    return float(paid), float(aided * growth.mean()) if len(growth) else 0.0


def size_elasticity(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P13: elasticity of innovations per person to the people of a zone's cluster, zones weighted by people."""
    series = there("series")
    sums = series[series["year"].between(years.first, years.last)].groupby("zone")[["innovations", "jobs"]].sum()
    sums = sums[(sums["innovations"] > 0) & (sums["jobs"] > 0)]
    per_head = np.log(sums["innovations"] / sums["jobs"])
    return float(np.polyfit(np.log(sums["jobs"]), per_head, 1, w=np.sqrt(sums["jobs"]))[0]), 1.0


def twice_the_cluster(years: Any, here: Tables, there: Tables) -> tuple[float, float]:
    """P14: gain in innovations per person, and in people, of zones pushed by a policy, both in logarithms."""
    zones = here("hubs")["zone"].unique()
    sums = []
    for run in (here, there):
        series = run("series")
        rows = series["zone"].isin(zones) & series["year"].between(years.first, years.last)
        sums.append(series.loc[rows, ["innovations", "jobs"]].sum())
    people = np.log(sums[0]["jobs"] / sums[1]["jobs"])
    return float(np.log(sums[0]["innovations"] / sums[1]["innovations"]) - people), float(people)


def doubled(sums: Floats) -> Floats:
    """Gain in productivity of a cluster twice as large, from an elasticity given as a ratio of logarithms."""
    return np.asarray(2.0 ** (sums[..., 0] / sums[..., 1]) - 1.0)

"""Where the invented jobs and euros go, whom they reach, and what the comparison is held against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from fixtures_options import HORIZONS, POLICIES, SEEDS, TARGET
from scipy.special import stdtrit

T95 = stdtrit(SEEDS - 1, 0.975)  # standard errors in half a 95 % interval


def waterfall() -> pd.DataFrame:
    rows = []
    for arm in POLICIES:
        for year in HORIZONS:
            net = TARGET[arm]
            near, mid, far = -0.15 * net - 100.0, -0.05 * net - 50.0, -0.1 * net - 100.0
            gross = 3.2 * net + 2000.0
            deadweight = gross + near + mid + far - net
            parts = {
                "gross": gross,
                "deadweight": deadweight,
                "displaced_0_20": near,
                "displaced_20_50": mid,
                "displaced_50": far,
                "net": net,
            }
            for component, value in parts.items():
                rows.append(
                    {
                        "arm": arm,
                        "year": year,
                        "component": component,
                        "mean": value,
                        "se": 220.0 / T95,
                        "ci95_low": value - 220.0,
                        "ci95_high": value + 220.0,
                    }
                )
    return pd.DataFrame(rows)


def rings() -> pd.DataFrame:
    share = {"treated": 1.35, "0_20": -0.12, "20_50": -0.05, "50_plus": -0.18}
    return pd.DataFrame(
        [
            {
                "arm": arm,
                "year": year,
                "ring": ring,
                "mean": s * TARGET[arm],
                "se": 150.0 / T95,
                "ci95_low": s * TARGET[arm] - 150.0,
                "ci95_high": s * TARGET[arm] + 150.0,
                "p10": s * TARGET[arm] - 500.0,
                "p90": s * TARGET[arm] + 500.0,
            }
            for arm in POLICIES
            for year in HORIZONS
            for ring, s in share.items()
        ]
    )


def twins() -> pd.DataFrame:
    counts = {"same_place": 16900.0, "elsewhere": 240.0, "only_here": 610.0, "lost": 330.0}
    return pd.DataFrame(
        [
            {
                "arm": arm,
                "year": year,
                "class": kind,
                "startups_mean": n * (1.0 + 0.1 * k),
                "jobs_mean": 6.5 * n,
                "ci95_low": 0.9 * n * (1.0 + 0.1 * k),
                "ci95_high": 1.1 * n * (1.0 + 0.1 * k),
            }
            for k, arm in enumerate(POLICIES)
            for year in HORIZONS
            for kind, n in counts.items()
        ]
    )


def couplings() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "arm": arm,
                "year": year,
                "coupling": coupling,
                "deadweight_mean": 3000.0 * share,
                "ci95_low": 2800.0 * share,
                "ci95_high": 3200.0 * share,
                "share_of_gross": share,
                "displaced_mean": -200.0,
                "displaced_ci95_low": -250.0,
                "displaced_ci95_high": -150.0,
            }
            for arm in POLICIES
            for year in HORIZONS
            for coupling, share in (("same_founder", 0.66), ("same_origin_sector_age", 0.72))
        ]
    )


def cost() -> pd.DataFrame:
    rows = []
    for arm in POLICIES:
        defined = arm != "one_per_departement"
        ratio = 262e6 / TARGET[arm]
        for year in HORIZONS:
            rows.append(
                {
                    "arm": arm,
                    "year": year,
                    "cost_pv_eur": 262e6,
                    "net_jobs_mean": TARGET[arm],
                    "cost_per_net_job": ratio if defined else np.nan,
                    "low": 0.8 * ratio if defined else np.nan,
                    "high": 1.3 * ratio if defined else np.nan,
                    "defined": defined,
                    "share_not_positive": 0.0 if defined else 0.25,
                    "leverage": 1.24,
                    "leverage_low": 0.61,
                    "leverage_high": 1.87,
                }
            )
    return pd.DataFrame(rows)


def equity() -> pd.DataFrame:
    rows = []
    for k, arm in enumerate(POLICIES):
        for year in HORIZONS:
            for measure, level in (
                ("theil_between_departements", 0.62),
                ("theil_within_regions", 0.21),
                ("theil_between_regions", 0.41),
                ("gini", 0.55),
            ):
                mean = level * (0.004 - 0.003 * k)
                rows.append(
                    {
                        "arm": arm,
                        "year": year,
                        "measure": measure,
                        "reference": level,
                        "mean": mean,
                        "ci95_low": mean - 0.0004,
                        "ci95_high": mean + 0.0004,
                        "p10": mean - 0.001,
                        "p90": mean + 0.001,
                        "share_population_losing": 0.7 - 0.2 * k,
                    }
                )
    return pd.DataFrame(rows)


def atkinson() -> pd.DataFrame:
    rows = [
        {"arm": arm, "year": year, "aversion": aversion, "mean": mean, "se": 50.0, "ci95_low": mean - 100.0,
         "ci95_high": mean + 100.0, "p10": mean - 300.0, "p90": mean + 300.0}
        for k, arm in enumerate(POLICIES) for year in HORIZONS for aversion in (0.0, 0.5, 1.0, 2.0)
        for mean in [1500.0 - 200.0 * k + aversion * 900.0 * (k - 1)]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def switches() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"year": year, "arm_a": a, "arm_b": b, "first": "a", "aversion": at, "ci95_low": at - 0.1,
             "ci95_high": at + 0.1, "p_switch": 1.0 if at == at else 0.0}
            for year in HORIZONS
            for (a, b), at in zip([POLICIES[:2], POLICIES[::2], POLICIES[1:]], [0.31, 0.42, np.nan])
        ]
    )  # fmt: skip


def kinds() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"arm": arm, "year": year, "kind": kind, "population": 4e6, "mean": mean, "se": 40.0,
             "ci95_low": mean - 80.0, "ci95_high": mean + 80.0, "p10": mean - 200.0, "p90": mean + 200.0,
             "diff_per_10k": mean / 400.0, "p_people_losing": 0.5 if mean < 0.0 else 0.0,
             "p_people_gaining": 0.4 if mean > 0.0 else 0.0}
            for k, arm in enumerate(POLICIES) for year in HORIZONS
            for kind, mean in (("capital", 2000.0 - 900.0 * k), ("around", -300.0), ("dense", 400.0 * k),
                               ("sparse", 250.0 * k - 100.0))
        ]
    )  # fmt: skip


def scorecard() -> pd.DataFrame:
    data = [
        (
            "startups",
            "Jeunes entreprises innovantes actives",
            "Active young innovative firms",
            16000,
            18000,
            17400,
            1.03,
            "1",
            "Observatoire, 2013",
        ),
        (
            "rounds",
            "Levées de capital-risque par an",
            "Venture rounds a year",
            380,
            400,
            610,
            1.08,
            "1",
            "Association professionnelle, 2013",
        ),
        (
            "idf",
            "Part de l'Île-de-France dans les startups",
            "Share of startups in Île-de-France",
            0.36,
            0.52,
            0.43,
            1.04,
            "share",
            "Test survey",
        ),
        (
            "survival",
            "Survie à cinq ans",
            "Five-year survival",
            0.60,
            0.66,
            0.58,
            1.03,
            "share",
            "Institut statistique",
        ),
    ]
    return pd.DataFrame(
        [
            {
                "target": i,
                "use": "hold_out" if i == "survival" else "fit",
                "label_fr": fr,
                "label_en": en,
                "unit": unit,
                "year": "2013",
                "published": (lo + hi) / 2,
                "tolerance": (hi - lo) / 2,
                "simulated": m,
                "ci95_low": m / w**0.3,
                "ci95_high": m * w**0.3,
                "p10": m / w,
                "p90": m * w,
                "n": SEEDS,
                "hit": lo <= m <= hi,
                "without_agents": 0.8 * m,
                "without_agents_hit": lo <= 0.8 * m <= hi,
                "operator_fr": "comptage d'essai",
                "operator_en": "test count",
                "geography": "France",
                "source": source,
            }
            for i, fr, en, lo, hi, m, w, unit, source in data
        ]
    )


def seconds() -> pd.DataFrame:
    return pd.DataFrame(
        {"process": ["hiring", "funding", "location", "growth"], "seconds_per_run": [1.9, 0.6, 0.9, 0.4]}
    )

"""A complete comparison made of invented numbers, for the tests of the report only.

The shapes, names and identities are those of ``sim.compare``; nothing here comes from the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
from fixtures_accounts import (
    atkinson,
    cost,
    couplings,
    equity,
    kinds,
    rings,
    scorecard,
    seconds,
    switches,
    twins,
    waterfall,
)
from fixtures_options import ARMS, HORIZONS, POLICIES, SEEDS, TARGET, YEARS
from fixtures_robustness import robust_frames

from sim.compare import Comparison
from sim.compare.outcomes import labels
from sim.report.facts import Facts


def synthetic_land() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A hexagonal country of 600 km with 24 zones, four of them small and close together."""
    rng = np.random.default_rng(3)
    i, j = np.meshgrid(np.arange(75), np.arange(75))
    x, y = (i.ravel() + 0.5) * 8000.0, (j.ravel() + 0.5) * 8000.0
    u, v = (x - 300e3) / 290e3, (y - 300e3) / 290e3
    inside = (np.abs(u) < 1) & (np.abs(u) * 0.5 + np.abs(v) * 0.87 < 0.95)
    x, y = x[inside], y[inside]
    seats = rng.uniform(60e3, 540e3, (20, 2))
    core = np.array([300e3, 380e3]) + np.array([[0, 0], [14e3, 0], [-12e3, 8e3], [2e3, -14e3]])
    seats = np.vstack([core, seats])
    zone = ((x[:, None] - seats[:, 0]) ** 2 + (y[:, None] - seats[:, 1]) ** 2).argmin(1)
    inhabited = (zone < 4) | (rng.random(x.size) < 0.8)
    x, y, zone = x[inhabited], y[inhabited], zone[inhabited]
    order = np.argsort(zone, kind="stable")
    cells = pd.DataFrame(
        {
            "cell": np.arange(x.size),
            "x_m": x[order],
            "y_m": y[order],
            "size_m": 8000.0,
            "zone": zone[order].astype(np.int16),
        }
    )
    area = np.bincount(zone, minlength=24) * 64.0
    names = [f"Zone-{chr(65 + k)}" for k in range(24)]
    zones = pd.DataFrame(
        {
            "zone": np.arange(24, dtype=np.int16),
            "code": [f"{k + 1:02d}" for k in range(24)],
            "name": names,
            "region": ["Île-du-Centre" if k < 4 else f"Région {k % 5 + 1}" for k in range(24)],
            "x_m": seats[:, 0],
            "y_m": seats[:, 1],
            "population": np.where(np.arange(24) < 4, 1.6e6, 3e5 + 4e5 * rng.random(24)),
            "area_km2": area,
        }
    )
    return cells, zones


def build(cells: pd.DataFrame | None = None, zones: pd.DataFrame | None = None) -> Comparison:
    """The whole comparison; pass the cells and zones of a real territory to look at its maps."""
    if cells is None or zones is None:
        cells, zones = synthetic_land()
    rng = np.random.default_rng(20130228)
    hubs = _hubs(zones)
    return Comparison(
        meta=_meta(cells),
        arms=_arms(hubs),
        labels=labels(),
        couplings=couplings(),
        moves=_moves(),
        treated=_treated(),
        effects=_effects(rng),
        pairwise=_pairwise(),
        trajectories=_trajectories(rng),
        members=_members(),
        clouds=_clouds(),
        departements=_departements(rng, zones, hubs),
        waterfall=waterfall(),
        rings=rings(),
        twins=twins(),
        ledger=_ledger(),
        accounts=_accounts(),
        envelopes=_envelopes(),
        cost=cost(),
        cost_pairs=_cost_pairs(),
        equity=equity(),
        atkinson=atkinson(),
        switches=switches(),
        kinds=kinds(),
        **robust_frames(TARGET, HORIZONS[-1]),
        scorecard=scorecard(),
        seconds=seconds(),
        cells=cells,
        zones=zones,
        hubs=hubs,
    )


def _meta(cells: pd.DataFrame) -> dict:
    return {
        "study": "default",
        "hash8": "1a2b3c4d",
        "question": {
            "fr": "À coût public égal, où placer les quartiers numériques ?",
            "en": "At equal public cost, where should digital districts be placed?",
        },
        "n_seeds": SEEDS,
        "seeds": list(range(1, SEEDS + 1)),
        "first_year": 2008,
        "start_year": 2013,
        "aid_first_year": 2014,
        "aid_end_year": 2023,
        "end_year": 2033,
        "horizons": list(HORIZONS),
        "headline": 2033,
        "headline_outcome": "jobs",
        "indifference": 0.05,
        "w_talent": 20,
        "grid": {"cells": len(cells), "kind": "adaptive"},
        "territory": {"id": "testland", "title": {"fr": "Territoire d'essai", "en": "Test land"}},
        "versions": {"quartiers": "0.1.0", "python": "3.12.4", "numpy": "2.1.0"},
        "assumptions_count": 61,
        "parameters_count": 143,
        "equal_cost": {"ok": True, "measure": "paid_pv", "tolerance": 0.01, "by_arm": dict.fromkeys(POLICIES, 262e6)},
        "failed_runs": 0,
        "code_hash": "9f8e7d6c5b4a",
        "command": "python run.py compare",
        "registered": [{"utc": "2026-01-05 09:30", "seeds": 16, "seen": 0, "plan": "a", "study": "b"},
                       {"utc": "2026-01-06 10:00", "seeds": 32, "seen": 64, "plan": "c", "study": "b"}],
        "runs_total": SEEDS * len(ARMS),
        "seconds_total": 287.0,
        "discount_rate": 0.032,
    }


def _hubs(zones: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for arm in POLICIES:
        chosen = zones.nlargest(min(ARMS[arm][2], len(zones)), "population")
        if arm == "fifteen_metropoles":
            chosen = zones.nlargest(19, "population").iloc[4:]
        for k, zone in enumerate(chosen.itertuples()):
            rows.append(
                {
                    "arm": arm,
                    "hub": k,
                    "id": f"hub-{zone.code}",
                    "label": zone.name,
                    "zone": zone.zone,
                    "x_m": zone.x_m,
                    "y_m": zone.y_m,
                    "eur_total": 322.5e6 / len(chosen),
                }
            )
    return pd.DataFrame(rows)


def _ledger() -> pd.DataFrame:
    rows = [(arm, year, payer, "households", "animation", eur)
            for arm in list(ARMS)[1:] for year in range(2014, 2024)
            for payer, eur in (("State", 2e6), ("regions", 1e6))]
    return pd.DataFrame(rows, columns=["arm", "year", "payer", "payee", "lever", "eur"])


def _accounts() -> pd.DataFrame:
    parts = (("State", 2e6), ("regions", 4e5), ("departements", 2e5), ("metropoles", 4e5))
    rows = [(arm, year, payer, "animation", eur, eur, eur if year > 2014 else 0.5 * eur,
             0.0 if year > 2014 else 0.5 * eur, eur / 64e6)
            for arm in list(ARMS)[1:] for year in range(2014, 2024) for payer, eur in parts]
    return pd.DataFrame(rows, columns=["arm", "year", "payer", "lever", "announced_eur", "committed_eur", "paid_eur",
                                       "unspent_eur", "eur_per_inhabitant"])


def _envelopes() -> pd.DataFrame:
    rows = [
        {"arm": arm, "lever": lever, "number": number, "announced_eur": announced, "committed_eur": 30e6,
         "paid_eur": 30e6, "unspent_eur": announced - 30e6, "state_eur": 20e6, "local_eur": 10e6,
         "eur_per_inhabitant": 0.47}
        for arm in list(ARMS)[1:]
        for lever, number, announced in (("animation", "L1", 32e6), ("angel_tax", "L7", np.nan))
    ]
    return pd.DataFrame(rows)


def _arms(hubs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for arm, (fr, en, _) in ARMS.items():
        n = int((hubs["arm"] == arm).sum())
        state = 215e6 if n else 0.0
        total = 1.5 * state
        rows.append(
            {
                "arm": arm,
                "label_fr": fr,
                "label_en": en,
                "is_reference": n == 0,
                "is_variant": False,
                "n_hubs": n,
                "budget_state_eur": state,
                "budget_local_eur": 0.5 * state,
                "eur_per_hub": total / n if n else np.nan,
                "eur_animation": 0.1 * total,
                "eur_brand": 0.1 * total,
                "eur_floor": 0.4 * total,
                "eur_accelerator": 0.4 * total,
                "eur_other": 0.0,
                "eur_per_hub_year_animation": 0.01 * total / n if n else np.nan,
                "cost_announced_eur": total,
                "cost_committed_eur": 0.99 * total,
                "cost_paid_eur": 0.97 * total,
                "cost_paid_pv_eur": 262e6 if n else 0.0,
                "cost_unspent_eur": 0.03 * total,
            }
        )
    return pd.DataFrame(rows)


def _effects(rng: np.random.Generator) -> pd.DataFrame:
    levels = {
        "jobs": 118000.0,
        "startups": 17400.0,
        "entries": 3100.0,
        "closures": 2700.0,
        "raised_eur": 3.1e9,
        "rounds": 900.0,
        "funded_startups": 3200.0,
        "hires_elsewhere": 8000.0,
        "jobs_elsewhere": 240000.0,
        "theil_jobs": 0.62,
        "gini_jobs": 0.55,
    }
    rows = []
    for arm in POLICIES:
        for year in HORIZONS:
            grow = {2023: 0.8, 2028: 0.9, 2033: 1.0}[year]
            for outcome, level in levels.items():
                scale = {"theil_jobs": -1e-6, "gini_jobs": -4e-7}.get(outcome, level / 118000.0)
                draws = grow * scale * (TARGET[arm] + 500.0 * rng.standard_normal(SEEDS))
                mean, se = draws.mean(), draws.std(ddof=1) / 4.0
                rows.append(
                    {
                        "arm": arm,
                        "outcome": outcome,
                        "year": year,
                        "reference_mean": level,
                        "mean": mean,
                        "se": se,
                        "ci95_low": mean - 2.13 * se,
                        "ci95_high": mean + 2.13 * se,
                        "p10": np.quantile(draws, 0.1),
                        "p90": np.quantile(draws, 0.9),
                        "p_positive": (draws > 0).mean(),
                        "n": SEEDS,
                        "vrf": 41.0,
                        "vrf_low90": 22.0,
                    }
                )
    return pd.DataFrame(rows)


def _pairwise() -> pd.DataFrame:
    rows = []
    pairs = [
        ("fifteen_metropoles", "paris_only", 700.0, "better", 0),
        ("paris_only", "one_per_departement", 1550.0, "better", 0),
        ("fifteen_metropoles", "one_per_departement", 2250.0, "better", 0),
    ]
    for year in HORIZONS:
        for outcome in ("jobs", "startups"):
            for a, b, gap, verdict, more in pairs:
                scale = 1.0 if outcome == "jobs" else 0.15
                undecided = outcome == "startups" and b == "paris_only"
                rows.append(
                    {
                        "arm_a": a,
                        "arm_b": b,
                        "outcome": outcome,
                        "year": year,
                        "mean": scale * gap * (0.1 if undecided else 1),
                        "ci95_low": scale * (gap - 420) * (0.1 if undecided else 1) - 60 * undecided,
                        "ci95_high": scale * (gap + 420),
                        "p_a_better": 0.56 if undecided else 0.94,
                        "verdict": "undecided" if undecided else verdict,
                        "more_runs": 40.0 if undecided else float(more),
                        "indifference": scale * 130.0,
                        "n": SEEDS,
                    }
                )
    return pd.DataFrame(rows)


def _fan(mean: float, wide: float) -> dict[str, float]:
    """Quantiles of a difference about its mean."""
    steps = {"p2_5": -1.5, "p10": -1.0, "p25": -0.5, "p75": 0.5, "p90": 1.0, "p97_5": 1.5}
    return {f"diff_{name}": mean + step * wide for name, step in steps.items()}


def _trajectories(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for arm in ARMS:
        for outcome, level, scale in (("jobs", 60000.0, 1.0), ("startups", 11000.0, 0.15)):
            for year in YEARS:
                ramp = np.clip((year - 2013) / 12, 0, 1)
                mean = scale * ramp * TARGET.get(arm, 0.0)
                wide = scale * 700.0 * ramp if arm in TARGET else 0.0
                rows.append(
                    {
                        "arm": arm,
                        "outcome": outcome,
                        "year": year,
                        "mean_level": level * 1.032 ** (year - 2012) + mean,
                        "diff_mean": mean,
                        **_fan(mean, wide),
                        "diff_ci_low": mean - 0.4 * wide,
                        "diff_ci_high": mean + 0.4 * wide,
                    }
                )
    return pd.DataFrame(rows)


def _members() -> pd.DataFrame:
    """Three single futures of each option, about its mean."""
    rows = [
        (arm, outcome, seed, year, scale * ramp * (jobs + 500.0 * (seed - 2)))
        for arm, jobs in TARGET.items()
        for outcome, scale in (("jobs", 1.0), ("startups", 0.15))
        for seed in (1, 2, 3)
        for year in YEARS
        for ramp in [min(max((year - 2013) / 12, 0.0), 1.0)]
    ]
    return pd.DataFrame(rows, columns=["arm", "outcome", "seed", "year", "diff"])


def _clouds() -> pd.DataFrame:
    """One point per simulation, more jobs going with more inequality."""
    rng = np.random.default_rng(7)
    rows = []
    for k, (arm, jobs) in enumerate(TARGET.items()):
        for year in HORIZONS:
            luck = rng.standard_normal((SEEDS, 2))
            theil = 0.62 * (0.004 - 0.003 * k) + 0.0004 * (luck[:, 0] + luck[:, 1])
            rows += [(arm, year, seed + 1, jobs + 500.0 * luck[seed, 0], theil[seed]) for seed in range(SEEDS)]
    return pd.DataFrame(rows, columns=["arm", "year", "seed", "net_jobs", "theil_change"])


def _moves() -> pd.DataFrame:
    kinds = ("capital", "around", "dense", "sparse")
    rows = [(arm, year, a, b, 900.0 - 200.0 * i + 50.0 * j, 850.0 - 200.0 * i + 50.0 * j, 950.0 - 200.0 * i + 50.0 * j)
            for arm in POLICIES for year in HORIZONS for i, a in enumerate(kinds) for j, b in enumerate(kinds)]
    return pd.DataFrame(rows, columns=["arm", "year", "kind_from", "kind_to", "mean", "ci95_low", "ci95_high"])


def _cost_pairs() -> pd.DataFrame:
    """The only pair of options whose costs are defined, told apart."""
    gap = 262e6 / TARGET["paris_only"] - 262e6 / TARGET["fifteen_metropoles"]
    rows = [("paris_only", "fifteen_metropoles", year, gap, 0.5 * gap, 1.5 * gap, "worse", SEEDS) for year in HORIZONS]
    return pd.DataFrame(rows, columns=["arm_a", "arm_b", "year", "mean", "ci95_low", "ci95_high", "verdict", "n"])


def _treated() -> pd.DataFrame:
    rows = [
        {"arm": arm, "year": HORIZONS[-1], "measure": measure, "mean": mean, "se": 0.004, "ci95_low": mean - 0.008,
         "ci95_high": mean + 0.008, "p10": mean - 0.02, "p90": mean + 0.02, "n": SEEDS}
        for arm in TARGET
        for measure, mean in (("survival", 0.62), ("survival_change", 0.031), ("rent_change", 0.012))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _departements(rng: np.random.Generator, zones: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for arm in POLICIES:
        treated = set(hubs.loc[hubs["arm"] == arm, "zone"])
        for outcome, scale in (("jobs", 1.0), ("startups", 0.15)):
            raw = np.array([(8.0 if z in treated else -0.6) for z in zones["zone"]]) * zones["population"] / 1e6
            raw = raw * TARGET[arm] / max(raw.sum(), 1.0) * scale if raw.sum() > 0 else raw
            raw = raw + scale * rng.standard_normal(len(zones)) * 6.0
            for z, mean in zip(zones.itertuples(), raw, strict=True):
                wide = scale * 20.0
                rows.append(
                    {
                        "code": z.code,
                        "name": z.name,
                        "region": z.region,
                        "zone": z.zone,
                        "arm": arm,
                        "outcome": outcome,
                        "year": 2033,
                        "treated": z.zone in treated,
                        "population": z.population,
                        "reference_mean": scale * z.population / 500.0,
                        "diff_mean": mean,
                        "diff_ci_low": mean - wide / 3,
                        "diff_ci_high": mean + wide / 3,
                        **_fan(mean, wide),
                        "sign_agreement": float(np.clip(0.5 + abs(mean) / wide, 0.5, 1.0)),
                        "diff_per_10k": 1e4 * mean / z.population,
                    }
                )
    return pd.DataFrame(rows)


def changed(comparison: Comparison, name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> Facts:
    frame = getattr(comparison, name).copy()
    return Facts(dataclasses.replace(comparison, **{name: edit(frame)}))

"""Frames on sets of assumptions, made of invented numbers, for the tests of the report only."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

SETS = {  # title in French and in English, and what multiplies the effect of each option
    "main": ("", "", (1.0, 1.0, 1.0)),
    "log": ("Retombées logarithmiques", "Logarithmic spillovers", (0.9, 0.95, 1.3)),
    "showcase": ("Paris vitrine", "Paris as showcase", (1.9, 0.8, 1.0)),
    "threshold": ("Masse critique", "Critical mass", (1.35, 1.0, -0.4)),
}
DRAWS = 12


def robust_frames(target: dict[str, float], year: int) -> dict[str, pd.DataFrame]:
    """All frames of `sim.compare.robustness`; ``target`` gives the net jobs of each option in the main set."""
    policies = list(target)
    jobs = np.array(list(target.values()))
    gain = {name: dict(zip(policies, jobs * np.array(factors))) for name, (_, _, factors) in SETS.items()}
    return {
        "sets": _sets(),
        "set_effects": _set_effects(gain, year),
        "set_pairs": _set_pairs(gain, policies, year),
        "set_regret": _set_regret(gain, year),
        "regret": _regret(gain, policies, year),
        "spread": _spread(target, year),
        "sensitivity": _sensitivity(policies),
        "draws": pd.DataFrame([{"set": "draw_1", "parameter": "brand.dilution", "value": 0.3, "place": 0.3}]),
    }


def _sets() -> pd.DataFrame:
    rows = [(name, "named" if name != "main" else name, fr, en, 4, 4, 2e5) for name, (fr, en, _) in SETS.items()]
    rows += [("later", "named", "Pas encore", "Not yet", 4, 0, np.nan)]
    rows += [(f"draw_{k}", "drawn", f"tirage {k}", f"draw {k}", 2, 2, 5e4 * k) for k in range(1, DRAWS + 1)]
    return pd.DataFrame(rows, columns=["set", "origin", "label_fr", "label_en", "planned", "n", "reference_jobs"])


def _around(mean: float, error: float) -> dict[str, float]:
    ends = {"ci95_low": mean - 2 * error, "ci95_high": mean + 2 * error}
    return {"mean": mean, "se": error, **ends, "p10": mean - 3 * error, "p90": mean + 3 * error}


def _set_effects(gain: dict[str, dict[str, float]], year: int) -> pd.DataFrame:
    rows = [
        {"set": name, "arm": arm, "outcome": outcome, "year": year, "n": 4, "p_positive": float(jobs > 0)}
        | _around(scale * jobs, scale * 120.0)
        for name, of_arm in gain.items()
        for arm, jobs in of_arm.items()
        for outcome, scale in (("jobs", 1.0), ("theil_jobs", -1e-6))
    ]
    return pd.DataFrame(rows)


def _set_pairs(gain: dict[str, dict[str, float]], policies: list[str], year: int) -> pd.DataFrame:
    rows = [
        {"set": name, "arm_a": a, "arm_b": b, "outcome": "jobs", "year": year, "n": 4}
        | _around(of_arm[a] - of_arm[b], 150.0)
        for name, of_arm in gain.items()
        for a, b in combinations(policies, 2)
    ]
    return pd.DataFrame(rows)


def _set_regret(gain: dict[str, dict[str, float]], year: int) -> pd.DataFrame:
    rows = [
        {"set": name, "arm": arm, "year": year, "gain": jobs, "regret": max(of_arm.values()) - jobs,
         "p_best": float(jobs == max(of_arm.values())), "n": 4}
        for name, of_arm in gain.items()
        for arm, jobs in of_arm.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _regret(gain: dict[str, dict[str, float]], policies: list[str], year: int) -> pd.DataFrame:
    rows = []
    for over in ("sets", "draws"):
        lost = {arm: np.array([max(g.values()) - g[arm] for g in gain.values()]) for arm in policies}
        least = min(each.max() for each in lost.values())
        for arm, each in lost.items():
            largest = each.max()
            best = float((each == 0.0).mean())
            rows.append({"over": over, "arm": arm, "year": year, "n_sets": len(gain), "regret_mean": each.mean(),
                         "regret_p95": np.quantile(each, 0.95), "regret_max": largest, "regret_max_low": 0.8 * largest,
                         "regret_max_high": 1.2 * largest, "worst_set": list(gain)[int(each.argmax())],
                         "p_best": best, "p_best_worlds": best, "minimax": largest == least})  # fmt: skip
    return pd.DataFrame(rows)


def _spread(target: dict[str, float], year: int) -> pd.DataFrame:
    contrasts = [(arm, "reference", jobs) for arm, jobs in target.items()]
    contrasts += [(a, b, target[a] - target[b]) for a, b in combinations(target, 2)]
    rows = [
        {"arm": arm, "versus": versus, "year": year, "n_draws": DRAWS, "seeds_per_draw": 2, "p_positive": 0.75,
         "sd_luck": 300.0, "sd_ignorance": 600.0, "share_luck": 0.2} | _around(mean, 400.0)
        for arm, versus, mean in contrasts
    ]  # fmt: skip
    return pd.DataFrame(rows).drop(columns="se")


def _sensitivity(policies: list[str]) -> pd.DataFrame:
    found = {"correlation": -0.9, "p_value": 1e-4, "q_value": 2e-3, "gap_low": 1500.0, "gap_high": -700.0,
             "turns_at": 0.62, "turns_low": 0.5, "turns_high": 0.8}  # fmt: skip
    flat = {"correlation": 0.1, "p_value": 0.7, "q_value": 0.7, "gap_low": 300.0, "gap_high": 350.0,
            "turns_at": np.nan, "turns_low": np.nan, "turns_high": np.nan}  # fmt: skip
    rows = [
        {"arm_a": a, "arm_b": b, "parameter": name, "n_draws": DRAWS} | values
        for a, b in combinations(policies, 2)
        for name, values in (("brand.dilution", found), ("brand.relay", flat))
    ]
    return pd.DataFrame(rows)

"""Units of the columns of every frame, written beside the tables."""

from __future__ import annotations

import pandas as pd

OF_OUTCOME = "of the outcome (see labels)"
_OUTCOME_FRAMES = ("effects", "pairwise", "trajectories", "members", "departements", "set_effects", "set_pairs")
OF_PARAMETER = "of the parameter (see describe)"
_FRAMES = {
    "waterfall": "jobs",
    "rings": "jobs",
    "couplings": "jobs",
    "moves": "jobs",
    "cost_pairs": "EUR2015/job",
    "atkinson": "jobs",
    "switches": "1",
    "treated": "1",
    "kinds": "jobs",
    "equity": "1",
    "scorecard": "in column unit",
    "set_regret": "jobs",
    "regret": "jobs",
    "spread": "jobs",
    "sensitivity": "jobs",
    "draws": OF_PARAMETER,
}

_COLUMNS = {
    "n_hubs": "hubs",
    "year": "calendar year",
    "aversion": "1",
    "n": "paired simulations",
    "more_runs": "further paired simulations",
    "net_jobs_mean": "jobs",
    "net_jobs": "jobs",
    "theil_change": "1",
    "net_job_years_mean": "job-years",
    "cost_per_net_job": "EUR2015/job",
    "low": "EUR2015/job",
    "high": "EUR2015/job",
    "cost_per_net_job_year": "EUR2015/job-year",
    "job_year_low": "EUR2015/job-year",
    "job_year_high": "EUR2015/job-year",
    "startups_mean": "startups",
    "without_twin_mean": "startups",
    "aided_startups_mean": "startups",
    "population": "inhabitants",
    "area_km2": "km2",
    "floor_m2": "m2",
    "staff_fte": "FTE",
    "places": "places",
    "eur_per_inhabitant": "EUR2015/inhabitant",
    "seconds_per_run": "s",
    "planned": "simulations",
    "reference_jobs": "jobs",
    "n_sets": "sets of assumptions",
    "n_draws": "draws",
    "seeds_per_draw": "simulations",
    "correlation": "1",
    "q_value": "1",
    "place": "1",
    "turns_at": OF_PARAMETER,
    "turns_low": OF_PARAMETER,
    "turns_high": OF_PARAMETER,
    "eur_per_hub_year_animation": "EUR2015/year",
    "diff_per_10k": "of the outcome (see labels), per 10,000 inhabitants",
}

_SHARES = {"p_positive", "p_a_better", "p_loss", "sign_agreement", "vrf", "vrf_low90", "share_of_gross"}


def of(frame_name: str, frame: pd.DataFrame) -> dict[str, str]:
    """Return the unit of every numeric column that has one; keys and labels have none."""
    numeric = frame.select_dtypes("number").columns
    found = {str(name): _unit(frame_name, str(name)) for name in numeric}
    return {name: unit for name, unit in found.items() if unit}


def _unit(frame: str, column: str) -> str:
    if column in _SHARES or column.startswith(("share_", "p_")):
        return "1"
    if column in _COLUMNS:
        return _COLUMNS[column]
    if "eur" in column.split("_"):
        return "EUR2015"
    if column.endswith("_m"):
        return "m"
    if column in ("zone", "cell", "hub", "better"):
        return ""
    if frame == "twins":
        return "jobs" if "jobs" in column else "startups"
    return OF_OUTCOME if frame in _OUTCOME_FRAMES else _FRAMES.get(frame, "")

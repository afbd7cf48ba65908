"""From stored runs to a comparison: read once, then one frame after the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.compare import counterfactual, effects, units
from sim.compare.atkinson import atkinson, switches
from sim.compare.cost import arm_frame, cost_pairs, cost_per_net_job, equal_cost
from sim.compare.equity import equity_rows
from sim.compare.geography import Geography
from sim.compare.kinds import by_kind
from sim.compare.ledger import accounts, envelopes, ledger
from sim.compare.outcomes import labels
from sim.compare.paired import BOOTSTRAP_KEY, RESAMPLES
from sim.compare.pairwise import pairwise
from sim.compare.places import departements, hub_frame
from sim.compare.result import Comparison
from sim.compare.robustness import robustness
from sim.compare.runs import NotComparable, Panel, StoredRuns, Worlds, find_worlds, read_panel
from sim.compare.treated import treated

if TYPE_CHECKING:
    from sim.scenario import Study


def compare(
    study: Study,
    stored: StoredRuns,
    *,
    geography: Geography | None = None,
    about: Mapping[str, Any] | None = None,
) -> Comparison:
    """Compare the arms of a study, pair by pair, from its stored runs; nothing is simulated.

    Parameters
    ----------
    study : Study
        What is compared; its seeds choose the runs.
    stored : StoredRuns
        Anything with the two methods ``runs()`` and ``table(name, scenario=, seed=)``.
    geography : Geography, optional
        The cells and zones of the runs; built from the reference scenario when not given.
    about : mapping, optional
        Further facts for `meta`: command, code_hash, versions, hash8, assumptions_count, parameters_count.

    Raises
    ------
    NotComparable
        When an arm has no run paired with the reference, when runs of different versions are mixed, or when
        costs differ beyond the tolerance of a study that says ``otherwise: error``.
    """
    worlds = find_worlds(study, stored)
    checked = equal_cost(study, worlds)
    if not checked["ok"] and checked["otherwise"] != "report_both":
        raise _unequal(checked)
    geography = Geography.of(study) if geography is None else geography
    panel = read_panel(worlds, geography)
    hubs, booked = hub_frame(worlds), accounts(worlds, float(geography.population.sum()))
    start_year, firms = study.reference.start // 12, counterfactual.read_accounts(worlds, geography)
    frames = {
        "arms": arm_frame(worlds, hubs, booked),
        "labels": labels(),
        "effects": effects.effects(worlds, panel),
        "pairwise": pairwise(worlds, panel, study.indifference),
        "trajectories": effects.trajectories(worlds, panel),
        "members": effects.members(worlds, panel),
        "clouds": effects.clouds(worlds, panel),
        "departements": departements(worlds, panel, geography, hubs),
        **counterfactual.frames(worlds, firms),
        "treated": treated(worlds, panel, {row: each.survival for row, each in firms.items()}, hubs),
        "ledger": ledger(worlds),
        "accounts": booked,
        "envelopes": envelopes(booked),
        "cost": cost_per_net_job(worlds, panel, start_year),
        "cost_pairs": cost_pairs(worlds, panel),
        "equity": _equity(worlds, panel, geography),
        "atkinson": atkinson(worlds, panel, geography),
        "switches": switches(worlds, panel, geography),
        "kinds": by_kind(worlds, panel, geography),
        **robustness(study, stored, worlds, panel, geography),
        "scorecard": scorecard(worlds, panel, geography, study.reference.end),
        "seconds": _seconds(worlds),
        "cells": geography.cells,
        "zones": geography.zones,
        "hubs": hubs,
    }
    for name, frame in frames.items():
        frame.attrs["units"] = units.of(name, frame)
    meta = _meta(study, worlds, panel, geography) | _years_of_aid(booked) | {"equal_cost": checked} | dict(about or {})
    meta["net_jobs_gap"] = _net_jobs_gap(frames["effects"], frames["waterfall"])
    return Comparison(**frames, meta=meta)


def scorecard(worlds: Worlds, panel: Panel, geography: Geography, last_month: int) -> pd.DataFrame:
    """Return published figures beside those of the reference (`sim.calibration.scorecard`); no row but for France."""
    from sim.calibration import null, scorecard  # here: they read what this package compares
    from sim.calibration.observed import is_france, observed
    from sim.calibration.targets import load_targets

    if not is_france(geography.zones):
        return scorecard.scorecard([], (), None)
    tables = (partial(worlds.table, row=0, column=int(column)) for column in worlds.shared(0))
    runs = [observed(table, geography.zones, last_month) for table in tables]
    return scorecard.scorecard(runs, load_targets(), null.without_agents(geography, panel.years, last_month))


def _unequal(checked: Mapping[str, Any]) -> NotComparable:
    each = ", ".join(f"{arm} {eur / 1e6:,.1f} MEUR" for arm, eur in checked["by_arm"].items())
    return NotComparable("unequal_cost", each=each, **{name: checked[name] for name in ("measure", "gap", "tolerance")})


def _equity(worlds: Worlds, panel: Panel, geography: Geography) -> pd.DataFrame:
    at = panel.rows_of(worlds.horizons)
    jobs = panel.zonal["jobs"][:, :, at]
    years, people, region = list(worlds.horizons), geography.population, geography.region
    parts = [
        equity_rows(arm.id, years, jobs[row, pairs], jobs[0, pairs], people, region)
        for row, arm, pairs in worlds.policies()
    ]
    return pd.concat(parts, ignore_index=True)


def _seconds(worlds: Worlds) -> pd.DataFrame:
    prefix = "seconds_"
    columns = [str(name) for name in worlds.runs if str(name).startswith(prefix)]
    means = worlds.runs[columns].mean().sort_values(ascending=False, kind="stable")
    names = [str(name).removeprefix(prefix) for name in means.index]
    return pd.DataFrame({"process": names, "seconds_per_run": means.to_numpy(float)})


def _meta(study: Study, worlds: Worlds, panel: Panel, geography: Geography) -> dict[str, Any]:
    from sim.scenario.assumptions import fitted_in

    reference = study.reference
    used = [worlds.seeds[column] for column in worlds.shared(*range(worlds.main))]
    wall = worlds.runs["wall_s"].sum() if "wall_s" in worlds.runs else 0.0
    return {
        "study": study.id,
        "hash8": study.digest[:8],
        "question": dict(study.question),
        "n_seeds": len(used),
        "seeds": used,
        "first_year": int(panel.years[0]),
        "start_year": reference.start // 12,
        "end_year": reference.end // 12,
        "horizons": list(worlds.horizons),
        "headline": max(worlds.horizons),
        "headline_outcome": study.headline,
        "indifference": float(study.indifference),
        "w_talent": reference.w_talent,
        "grid": {"cells": len(geography.cells), "kind": geography.grid},
        "territory": {"id": geography.territory, "title": dict(geography.title)},
        "versions": {},
        "assumptions_count": None,
        "parameters_count": None,
        "failed_runs": worlds.failed,
        "code_hash": "",
        "command": "",
        "draws_fitted": len(fitted_in(study.assumptions, geography.territory)),
        "runs_total": int(worlds.done.sum()),
        "seconds_total": float(wall),
        "discount_rate": reference.discount_rate,
        "intervals": {
            "mean": "95 %, percentile bootstrap over paired seeds, widened for their number",
            "range": "80 %, over simulations",
            "resamples": RESAMPLES,
            "key": hex(BOOTSTRAP_KEY),
        },
    }


def _years_of_aid(booked: pd.DataFrame) -> dict[str, int]:
    """Return the first and the last year in which any policy pays; nothing where none does."""
    paid = booked.loc[booked["paid_eur"] > 0.0, "year"]
    return {"aid_first_year": int(paid.min()), "aid_end_year": int(paid.max())} if len(paid) else {}


def _net_jobs_gap(effect: pd.DataFrame, waterfall: pd.DataFrame) -> float:
    """Return the largest gap between net jobs counted by zone and counted by firm, a check."""
    by_zone = effect[effect["outcome"] == "jobs"].set_index(["arm", "year"])["mean"]
    by_firm = waterfall[waterfall["component"] == "net"].set_index(["arm", "year"])["mean"]
    return float((by_zone - by_firm).abs().max())

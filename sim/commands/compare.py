"""``compare``: from a study, or from scenarios, to a report."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.launching import Launched, make_missing_runs, stability_of, tell_stability, warn_of_failures
from sim.commands.options import LaunchOptions, WorldOptions, launch_options, output_options, refused, world_options
from sim.commands.words import say

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from sim.compare import Comparison
    from sim.scenario import Study

EPILOG = """\b
Examples:
  python run.py compare
  python run.py compare paris_only my_policy.yaml --seeds 32 --lang fr
"""
EFFECT_KEYS = ("mean", "se", "ci95_low", "ci95_high", "p10", "p90")


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="[STUDY or SCENARIO...]")
@world_options
@launch_options
@click.option("--allow-unequal-budget", is_flag=True, help="Compare policies that do not cost the same.")
@output_options
def compare(
    files: tuple[str, ...],
    world: WorldOptions,
    launch: LaunchOptions,
    allow_unequal_budget: bool,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Compare policies at equal public cost.

    Runs what is missing of a study, compares the runs pair by pair and writes the report in both languages.
    Without a file: the default study. With scenario files: these policies against the baseline. The same
    command again makes no run twice; more --seeds extend the study.
    """
    overrides = world.overrides()
    if allow_unequal_budget:
        overrides["equal_cost.otherwise"] = "report_both"
    study = read_study(files, overrides, seeds=world.seeds, quick=world.quick, lang=lang)
    for note in study.notes:
        click.echo(say("warning", lang, text=note.text(lang)), err=True)
    factors: dict[str, float] = {}
    if study.equal_cost.otherwise == "rescale":
        study, factors = equal_cost_of(study, launch, quiet=quiet, lang=lang)
    launched = make_missing_runs(study, launch=launch, quiet=quiet, lang=lang, meanwhile=import_ahead)
    warn_of_failures(launched, lang)
    tell_stability(launched, lang, quiet=quiet)
    comparison, reports = compare_and_report(study, launched, factors, jobs=launch.jobs)
    show(comparison, launched.store.folder, reports, lang=lang, as_json=as_json)
    return int(launched.exit_code)


def import_ahead() -> None:
    """Import what tables and pages need, while workers make the runs they are about."""
    import sim.calibration.scorecard  # noqa: F401
    from sim.report import import_all

    import_all()


def read_study(
    files: Sequence[str], overrides: Mapping[str, str], *, seeds: int | None, quick: bool, lang: str
) -> Study:
    """Read one study file, or make a study of scenario files against the baseline of the default study."""
    from sim.scenario import STUDY_SCHEMA, find_file, load_scenario, load_study, schema_of

    options: dict[str, Any] = {"seeds": seeds, "quick": quick, "lang": lang}
    if not files:
        return load_study("default", overrides=overrides, **options)
    paths = [find_file(file) for file in files]
    for file, path in zip(files, paths):
        if not path.is_file():
            load_scenario(file, lang=lang)  # says what is missing, by the name that was typed
    studies = [file for file, path in zip(files, paths) if path.is_file() and schema_of(path) == STUDY_SCHEMA]
    if studies and len(files) > 1:
        raise refused("study_alone", study=studies[0])
    if studies:
        return load_study(files[0], overrides=overrides, **options)
    study = load_study("default", overrides=overrides, arms=files, **options)
    name = "-".join(arm.id for arm in study.arms)[:60]
    return dataclasses.replace(study, id=name, question=question_of(study))


def question_of(study: Study) -> dict[str, str]:
    """What a study made of scenario files asks, in each language."""
    out = {}
    for lang in study.question:
        *first, last = (arm.title[lang] for arm in study.arms)
        out[lang] = say("question_many" if first else "question_one", lang, first=", ".join(first), last=last)
    return out


def equal_cost_of(
    study: Study, launch: LaunchOptions, *, quiet: bool, lang: str
) -> tuple[Study, dict[str, float]]:
    """Scale the policies of a study until they cost the same; the trial runs are kept beside its runs."""
    from sim.compare.cost import measure_column
    from sim.experiments.equal_cost import PILOT_SEEDS, equalise
    from sim.experiments.store import study_folder
    from sim.paths import results_root

    results = launch.out or study_folder(results_root(), study)
    folder = results.with_name(f"{results.name}-trials")  # beside the results, whose folder holds one study
    column = measure_column(study.equal_cost.measure)

    def costs_of(trial: Study) -> dict[str, float]:
        pilot = dataclasses.replace(trial, seeds=study.seeds[:PILOT_SEEDS], variants=(), assumptions=()).with_digest()
        place = folder / pilot.digest[:8]
        trial_launch = dataclasses.replace(launch, out=place, retry_failed=True)
        launched = make_missing_runs(pilot, launch=trial_launch, quiet=quiet, lang=lang)
        runs = launched.stored.runs()
        means = runs[runs["status"] == "ok"].groupby("scenario")[column].mean()
        return {arm.id: float(means[arm.id]) for arm in pilot.arms}

    scaled, factors = equalise(study, costs_of)
    for arm, factor in factors.items():
        if factor != 1.0 and not quiet:
            click.echo(say("rescaled", lang, arm=arm, factor=f"{factor:.4g}"), err=True)
    return scaled, factors


def compare_and_report(
    study: Study, launched: Launched, factors: Mapping[str, float] | None = None, *, jobs: int | None = 1
) -> tuple[Comparison, dict[str, Path]]:
    """Compare the stored runs of a study, save the tables and write the report in each language, `jobs` at once (one
    per processor where it is None).

    Where the same runs were already compared by the same code, what was written then is taken as it is.
    """
    from sim.compare import compare as compare_runs
    from sim.experiments.local import available_processors
    from sim.report import drawing_processes

    folder, made_of = launched.store.folder, _made_of(launched)
    before = written_before(folder, made_of)
    if before is not None:
        return before
    about = {**_about(launched), "made_of": made_of, "factors": dict(factors or {})}
    with drawing_processes(jobs or available_processors()) as pool:
        comparison = compare_runs(study, launched.stored, about=about)
        comparison.save(folder / "tables")
        return comparison, write_reports(comparison, folder, pool=pool)


def written_before(folder: Path, made_of: Mapping[str, Any]) -> tuple[Comparison, dict[str, Path]] | None:
    """Return the comparison and the report of a folder if they are whole and made of the same things."""
    from sim.compare import Comparison
    from sim.report import LANGUAGES

    pages = {lang: folder / f"report.{lang}.html" for lang in LANGUAGES}
    if not all(page.is_file() for page in pages.values()):
        return None
    try:
        comparison = Comparison.load(folder / "tables")
    except (ValueError, OSError):
        return None
    manifest = (folder / "tables" / "comparison.json").stat().st_mtime_ns
    newer = all(page.stat().st_mtime_ns >= manifest for page in pages.values())
    return (comparison, pages) if newer and comparison.meta.get("made_of") == made_of else None


def _made_of(launched: Launched) -> dict[str, Any]:
    """Return what tables and report are a function of: the runs that are there, and all the code."""
    from sim.kernels import source_hash

    finished = int(launched.stored.runs()["status"].eq("ok").sum())
    return {"plan": launched.plan.digest, "finished": finished, "sources": source_hash()}


def write_reports(
    comparison: Comparison, folder: Path, *, jobs: int = 1, pool: Executor | None = None
) -> dict[str, Path]:
    """Write the report in each language, `jobs` at once or by the processes of `pool`; return the pages by language.
    """
    from sim.experiments.seal import seal_outputs
    from sim.report import LANGUAGES, write
    from sim.report.exports import write_exports

    exports = partial(write_exports, comparison, folder)
    pages = write(comparison, folder, LANGUAGES, jobs=jobs, pool=pool, beside=exports)
    seal_outputs(folder)
    return dict(zip(LANGUAGES, pages))


def _about(launched: Launched) -> dict[str, Any]:
    """Return what the comparison cannot know: the command, the code, the versions, how much is assumed."""
    from sim.experiments.provenance import versions
    from sim.params import PARAMETERS

    return {
        "command": " ".join(["quartiers", *sys.argv[1:]]),
        "code_hash": launched.plan.code_hash,
        "versions": versions(),
        "registered": (launched.store.manifest() or {}).get("registered", []),
        "stability": stability_of(launched),
        "parameters_count": len(PARAMETERS),
        "assumptions_count": sum(p.assumed for p in PARAMETERS.values()),
        "parameters_by_tier": dict(Counter("assumption" if p.assumed else p.tier for p in PARAMETERS.values())),
    }


def show(
    comparison: Comparison, folder: Path, reports: Mapping[str, Path], *, lang: str, as_json: bool
) -> None:
    """Print the headline of a comparison and where everything lies."""
    from sim.report.console import summary

    if as_json:
        meta = comparison.meta
        content = {key: meta[key] for key in ("study", "hash8", "n_seeds", "headline", "failed_runs")}
        paths = {"folder": str(folder), "reports": {name: str(path) for name, path in reports.items()}}
        click.echo(json.dumps({**content, **paths, "arms": headline_rows(comparison)}, ensure_ascii=False, indent=2))
        return
    click.echo(summary(comparison, lang))
    click.echo(say("report", lang, path=reports[lang]))
    click.echo(say("tables", lang, path=folder / "tables"))


def headline_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row per policy: net jobs at the headline horizon, intervals, euros per hub and per job."""
    year = comparison.meta["headline"]
    effects, cost = comparison.effects, comparison.cost
    effects = effects[(effects["outcome"] == "jobs") & (effects["year"] == year)].set_index("arm")
    cost = cost[cost["year"] == year].set_index("arm")
    policies = comparison.arms[~comparison.arms["is_reference"].astype(bool)]
    return [
        _headline_row(arm, effects.loc[arm["arm"]], cost.loc[arm["arm"]]) for _, arm in policies.iterrows()
    ]


def _headline_row(arm: pd.Series[Any], effect: pd.Series[Any], cost: pd.Series[Any]) -> dict[str, Any]:
    hubs = int(arm["n_hubs"])
    per_job = {"mean": cost["cost_per_net_job"], "low": cost["low"], "high": cost["high"]}
    return {
        "arm": arm["arm"],
        "label": {"fr": arm["label_fr"], "en": arm["label_en"]},
        "net_jobs": {key: float(effect[key]) for key in EFFECT_KEYS},
        "n": int(effect["n"]),
        "n_hubs": hubs,
        "eur_per_hub": float(arm["eur_per_hub"]) if hubs else None,
        "eur_per_net_job": {k: float(v) for k, v in per_job.items()} if bool(cost["defined"]) else None,
    }

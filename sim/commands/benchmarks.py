"""``benchmarks``: published effects of policies beside those of the model."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.launching import Launched, make_missing_runs, warn_of_failures
from sim.commands.options import LaunchOptions, WorldOptions, launch_options, output_options, world_options
from sim.commands.words import say
from sim.exits import Exit
from sim.layout import columns, markdown

if TYPE_CHECKING:
    import pandas as pd

    from sim.evaluation.benchmarks import Tables
    from sim.experiments.store import StoredRuns
    from sim.scenario import Study

EPILOG = """\b
Examples:
  python run.py benchmarks
  python run.py benchmarks --seeds 16 --lang fr
"""
APART = {  # a world in which nothing spills over: nobody locates, founds, learns or grows by what is near
    **{f"model.parameters.{name}": "0" for name in (
        "location.walk", "location.commute", "location.diversity", "location.talent", "innovation.spillover",
        "growth.spillover")},
    "model.switches.founding.interactions": "off",
}


@click.command(epilog=EPILOG)
@world_options
@launch_options
@output_options
def benchmarks(world: WorldOptions, launch: LaunchOptions, as_json: bool, quiet: bool, lang: str) -> int:
    """Set what others measured of policies beside what the model finds.

    Runs what is missing of the study `benchmarks`, and one of its policies again in a world where nothing spills over;
    prints each published effect, the true effect in the model with its interval, and pass or miss.
    """
    study, apart = studies(world.overrides(), seeds=world.seeds, quick=world.quick, lang=lang)
    beside = dataclasses.replace(launch, out=None if launch.out is None else launch.out / "apart")
    launched = [
        make_missing_runs(each, launch=place, quiet=quiet, lang=lang)
        for each, place in ((study, launch), (apart, beside))
    ]
    for each in launched:
        warn_of_failures(each, lang)
    rows = found_values(study, launched[0].stored, launched[1].stored)
    folder = launched[0].store.folder
    save(rows, folder)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "benchmarks": finite(rows)}, ensure_ascii=False, indent=2))
    else:
        tell(rows, study, folder, lang)
    return int(worst(launched))


def worst(launched: Sequence[Launched]) -> Exit:
    """Exit code of several launches: that of the one that went worst."""
    return max((each.exit_code for each in launched), key=int)


def studies(overrides: Mapping[str, str], *, seeds: int | None, quick: bool, lang: str) -> tuple[Study, Study]:
    """The study of the benchmarks, and the part of it that is run again where nothing spills over."""
    from sim.evaluation.benchmarks import BENCHMARKS
    from sim.paths import scenarios_dir
    from sim.scenario import load_study

    study = load_study("benchmarks", overrides=overrides, seeds=seeds, quick=quick, lang=lang)
    again = sorted({b.pair[0] for b in BENCHMARKS if b.apart})
    arms = json.dumps([str(scenarios_dir() / "benchmarks" / f"{name}.yaml") for name in again])
    changes = {**overrides, **APART, "arms": arms}
    apart = load_study("benchmarks", overrides=changes, seeds=seeds, quick=quick, lang=lang)
    return study, dataclasses.replace(apart, id="benchmarks_apart").with_digest()


def found_values(study: Study, stored: StoredRuns, apart: StoredRuns) -> list[dict[str, Any]]:
    """Every benchmark that finished pairs of runs tell of, in order."""
    from sim.evaluation.benchmarks import BENCHMARKS, Years, found

    years = Years(study.arms[0].budget.first // 12, study.horizons[-1] // 12, len(study.horizons) - 1)
    rows = []
    for benchmark in BENCHMARKS:
        worlds = (stored, apart) if benchmark.apart else (stored,)
        pairs = [
            benchmark.parts(years, *(table_of(world, arm, seed, study) for world in worlds for arm in benchmark.pair))
            for seed in study.seeds
            if all((arm, seed) in finished(world) for world in worlds for arm in benchmark.pair)
        ]
        if pairs:
            rows.append(found(benchmark, pairs))
    return rows


def finished(stored: StoredRuns) -> set[tuple[str, int]]:
    """Scenario and seed of the runs that are there."""
    runs = stored.runs()
    runs = runs[runs["status"] == "ok"]
    return set(zip(runs["scenario"], runs["seed"]))


def table_of(stored: StoredRuns, scenario: str, seed: int, study: Study) -> Tables:
    """What gives the tables of one run by name, and the years before the study as ``history``."""

    def table(name: str) -> pd.DataFrame:
        if name == "history":
            from sim.evaluation.past import past_of

            return past_of(study.reference, [], seed, stored.folder / "evaluation").series
        return stored.table(name, scenario=scenario, seed=seed)

    return table


def save(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write the table beside the runs, for a spreadsheet and for a page."""
    import pandas as pd

    from sim.whole_files import write_text

    flat = pd.DataFrame([{**row, "meaning": row["meaning"]["en"]} for row in rows])
    write_text(folder / "benchmarks.csv", flat.to_csv(index=False))
    head = ["", *say("bench_head", "en").split("|"), "source"]
    lines = [[cell.strip() for cell in _line(row, "en")] + [row["source"]] for row in rows]
    write_text(folder / "benchmarks.md", markdown(head, lines) + "\n")


def finite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is without bound, or not defined, is null."""
    return [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in rows
    ]


def tell(rows: list[dict[str, Any]], study: Study, folder: Path, lang: str) -> None:
    """Print the table."""
    head = say("bench_head", lang).split("|")
    lines = [["", *head], *(_line(row, lang) for row in rows)]
    click.echo("\n".join(columns(lines, left=2)))
    scored = [row for row in rows if not row["by_construction"]]
    years = f"{study.arms[0].budget.first // 12}-{study.horizons[-1] // 12}"
    passed = sum(row["verdict"] == "pass" for row in scored)
    click.echo("\n" + say("bench_note", lang, years=years, passed=passed, scored=len(scored)))
    click.echo(say("folder", lang, folder=folder))


def _line(row: dict[str, Any], lang: str) -> list[str]:
    low, high = (_number(row[key], row["unit"], lang) for key in ("low", "high"))
    published = low if row["low"] == row["high"] else f"{low} – {high}"
    if math.isinf(row["high"]):
        published = say("bench_from", lang, low=low)
    ends = [_number(row[key], row["unit"], lang) for key in ("ci95_low", "ci95_high")]
    interval = say("bench_undefined", lang) if math.isnan(row["ci95_low"]) else " – ".join(ends)
    verdict = say(f"bench_{row['verdict']}", lang) + (say("bench_set", lang) if row["by_construction"] else "")
    verdict += say(f"bench_by_{row['design']}", lang) if row["design"] else ""
    return [row["number"], row["meaning"][lang], published, _number(row["found"], row["unit"], lang), interval,
            str(row["pairs"]), verdict]


def _number(value: float, unit: str, lang: str) -> str:
    from sim.report.numbers import Format

    if math.isnan(value):
        return say("bench_undefined", lang)
    if math.isinf(value):
        return say("bench_unbounded", lang)
    return str(Format(lang).number(value, decimals=0 if unit == "EUR/job" else 3))

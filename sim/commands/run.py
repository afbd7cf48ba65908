"""``run``: one scenario with one or more seeds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.launching import make_missing_runs, tell_stability, warn_of_failures
from sim.commands.options import (
    LaunchOptions,
    WorldOptions,
    at_most,
    launch_options,
    output_options,
    refused,
    world_options,
)
from sim.commands.words import say
from sim.layout import columns

if TYPE_CHECKING:
    from sim.experiments.store import StoredRuns
    from sim.scenario import Scenario, Study

EPILOG = """\b
Examples:
  python run.py run paris_only --quick --film
  python run.py run baseline --seeds 4 --months 60 --profile
"""
OUTCOMES = ("startups", "jobs", "entries", "closures", "raised_eur")
QUICK = {"world.w_talent": "100", "time.end": "2023-12"}


@click.command(epilog=EPILOG)
@click.argument("scenario")
@world_options
@launch_options
@click.option(
    "--first-seed", type=int, callback=at_most("LAST_SEED", 0), default=1, show_default=True, help="First seed."
)
@click.option(
    "--study",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Results folder of a study: take the scenario of that name from there, as it was run.",
)
@click.option("--film", is_flag=True, help="Draw the quartiers of the first seed year by year: a GIF and a map.")
@click.option("--profile", is_flag=True, help="Show the time spent in each process of the month.")
@output_options
def run(
    scenario: str,
    world: WorldOptions,
    launch: LaunchOptions,
    first_seed: int,
    study: Path | None,
    film: bool,
    profile: bool,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Run one SCENARIO: a file, or the name of one that is shipped.

    Prints national totals at the end of some years. To compare policies, use compare: it pairs runs.
    """
    overrides = {**(QUICK if world.quick else {}), **world.overrides()}
    chosen = tuple(range(first_seed, first_seed + (world.seeds or 1)))
    if study is not None:
        asked = _from_study(study, scenario, chosen, overrides)
    else:
        asked = _single(scenario, overrides, chosen, lang)
    launched = make_missing_runs(asked, launch=launch, quiet=quiet, lang=lang)
    warn_of_failures(launched, lang)
    tell_stability(launched, lang, quiet=quiet)
    if launched.stored.runs()["status"].eq("ok").any():
        _show(asked, launched.stored, launched.store.folder, profile=profile, as_json=as_json, lang=lang)
        if film:
            _film(asked, launched.store.folder, quiet=quiet, lang=lang)
    return int(launched.exit_code)


def _film(study: Study, folder: Path, *, quiet: bool, lang: str) -> None:
    """Make the first seed's run once more and draw its quartiers year by year."""
    from sim.experiments.seal import seal_outputs
    from sim.report.quartiers import film

    if not quiet:
        click.echo(say("film", lang, seed=study.seeds[0]), err=True)
    for path in film(study, study.seeds[0], folder / "figures", lang):
        click.echo(say("drawn", lang, path=path), err=True)
    seal_outputs(folder)


def study_of(scenario: Scenario, seeds: tuple[int, ...], horizons: tuple[int, ...]) -> Study:
    """Return the study that has this scenario alone, so that its runs are stored like any others."""
    from sim.scenario import EqualCost, Study

    return Study(
        id=scenario.id,
        question=scenario.title,
        reference=scenario,
        arms=(),
        variants=(),
        seeds=seeds,
        horizons=horizons,
        headline="jobs",
        indifference=0.0,
        equal_cost=EqualCost("present_value_paid", 0.0, "report_both"),
        notes=scenario.notes,
    ).with_digest()


def _single(name: str, overrides: dict[str, str], seeds: tuple[int, ...], lang: str) -> Study:
    from sim.scenario import load_scenario

    scenario = load_scenario(name, overrides=overrides, lang=lang)
    for note in scenario.notes:
        click.echo(say("warning", lang, text=note.text(lang)), err=True)
    return study_of(scenario, seeds, (scenario.end,))


def _from_study(folder: Path, name: str, seeds: tuple[int, ...], overrides: dict[str, str]) -> Study:
    """Take a scenario from a stored study with the study's horizons, so that its runs are the same."""
    from sim.experiments.plan import study_scenarios
    from sim.experiments.resolved import read_study
    from sim.refusals import Phrase, near

    if overrides:
        raise refused("as_it_was_run")
    stored = read_study(folder)
    by_name = study_scenarios(stored)
    if name not in by_name:
        there = ", ".join(by_name)
        hint = near(name, by_name, Phrase(f": it has {there}", f" : il a {there}"))
        raise refused("no_scenario", folder=folder, name=name, hint=hint)
    return study_of(dataclasses.replace(by_name[name]), seeds, stored.horizons)


def _show(study: Study, stored: StoredRuns, folder: Path, *, profile: bool, as_json: bool, lang: str) -> None:
    """Print national totals, and the time per process if asked for."""
    rows = national_rows(study, stored)
    times = process_seconds(stored) if profile else {}
    if as_json:
        content = {"scenario": study.id, "seeds": list(study.seeds), "folder": str(folder), "national": rows}
        click.echo(json.dumps({**content, **({"seconds": times} if profile else {})}, indent=2))
        return
    click.echo(f"{study.question[lang]}  ({study.id}-{study.digest[:8]}, n = {rows[0]['n']})\n")
    click.echo("\n".join(columns(_cells(rows, lang))))
    if profile:
        total = sum(times.values())
        lines = [[name, f"{seconds:.2f} s", f"{seconds / total:.0%}"] for name, seconds in times.items()]
        click.echo("\n" + "\n".join(columns([*lines, ["", f"{total:.2f} s", ""]])))
    click.echo("\n" + say("folder", lang, folder=folder))


def national_rows(study: Study, stored: StoredRuns) -> list[dict[str, Any]]:
    """Return national totals at the end of the first, each fifth and the last year: mean, p10, p90, n."""
    series = stored.table("series")
    totals = series.groupby(["year", "seed"], observed=True)[list(OUTCOMES)].sum()
    first, last = study.reference.start // 12, study.reference.end // 12
    years = [year for year in range(first, last + 1) if year in (first, last) or (year - first) % 5 == 0]
    rows = []
    for year in years:
        values = totals.loc[year]
        row: dict[str, Any] = {"year": year, "n": len(values)}
        for name in OUTCOMES:
            column = values[name]
            row[name] = {"mean": float(column.mean()), "p10": float(column.quantile(0.1))}
            row[name]["p90"] = float(column.quantile(0.9))
        rows.append(row)
    return rows


def process_seconds(stored: StoredRuns) -> dict[str, float]:
    """Return the mean time per run of each process, the longest first."""
    runs = stored.runs()
    prefix = "seconds_"
    names = [name for name in runs.columns if name.startswith(prefix)]
    means = {name.removeprefix(prefix): float(runs[name].mean()) for name in names}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def _cells(rows: list[dict[str, Any]], lang: str) -> list[list[str]]:
    """Lay national rows out as text: the mean, and the 80 % range between seeds when there are several."""
    from sim.report.numbers import Format

    fmt = Format(lang)
    lines = [["", *(say(f"total_{name}", lang) for name in OUTCOMES)]]
    for row in rows:
        cells = [
            fmt.money(row[n]["mean"]) if n.endswith("_eur") else fmt.number(row[n]["mean"]) for n in OUTCOMES
        ]
        lines.append([str(row["year"]), *cells])
        if row["n"] > 1:
            spans = [f"({_range(fmt, name, row[name])})" for name in OUTCOMES]
            lines.append([say("range_short", lang), *spans])
    return lines


def _range(fmt: Any, name: str, value: dict[str, float]) -> str:
    if name.endswith("_eur"):
        return f"{fmt.money(value['p10'])} – {fmt.money(value['p90'])}"
    return str(fmt.interval(value["p10"], value["p90"]))

"""``validate``: the scorecard of the model against published figures."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.launching import Launched, make_missing_runs, warn_of_failures
from sim.commands.options import LaunchOptions, WorldOptions, launch_options, output_options, refused, world_options
from sim.commands.run import QUICK, study_of
from sim.commands.words import say
from sim.exits import Exit
from sim.layout import columns

if TYPE_CHECKING:
    import pandas as pd

    from sim.calibration.scorecard import Tally
    from sim.calibration.targets import Change, Target
    from sim.scenario import Scenario

EPILOG = """\b
Examples:
  python run.py validate --quick
  python run.py validate --fit france-0.1.0 --seeds 16 --lang fr
"""
SEEDS, QUICK_SEEDS = 8, 4
END = "2023-12"  # the last year of which figures are published


@click.command(epilog=EPILOG)
@click.argument("scenario", default="baseline")
@world_options
@launch_options
@click.option("--fit", "fit_name", metavar="NAME", help="Run with the best vector of this calibrated set.")
@click.option("--vector", type=click.IntRange(1), default=1, show_default=True, help="Another of its vectors.")
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="File of published figures. Default: shipped."
)
@output_options
def validate(
    scenario: str,
    world: WorldOptions,
    launch: LaunchOptions,
    fit_name: str | None,
    vector: int,
    targets: Path | None,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Hold a SCENARIO without new public money against published figures; default: baseline.

    Prints every figure, published and simulated with its interval over seeds, hit or missed, those that parameters
    were fitted to apart from those held out, and beside them what a model without agents gives.
    """
    from sim.calibration.targets import load_targets
    from sim.scenario import load_scenario

    wanted = load_targets(targets)
    overrides = {"time.end": END, **(QUICK if world.quick else {}), **world.overrides()}
    read = load_scenario(scenario, overrides=overrides, lang=lang)
    if fit_name is not None:
        read = with_vector(read, fit_name, vector)
    count = world.seeds or (QUICK_SEEDS if world.quick else SEEDS)
    study = study_of(read, tuple(range(1, count + 1)), (read.end,))
    launched = make_missing_runs(study, launch=launch, quiet=quiet, lang=lang)
    warn_of_failures(launched, lang)
    card = card_of(launched, read, wanted)
    folder = launched.store.folder
    save(card, folder)
    if as_json:
        asked = {"fit": fit_name, "vector": vector if fit_name else None}
        changes = [dataclasses.asdict(each) for each in changed(wanted, targets)]
        found = {**asked, **as_data(card, read, folder), "changes_since_first_fit": changes}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        click.echo(say("score_vector" if fit_name else "score_defaults", lang, name=fit_name, vector=vector) + "\n")
        tell(card, read, wanted, folder, lang)
        if targets is None:
            click.echo(changes_text(changed(wanted, targets), lang))
    return code_of(read, launched)


def with_vector(scenario: Scenario, name: str, vector: int) -> Scenario:
    """Return the scenario with the parameters of a calibrated set.

    Raises
    ------
    UsageError
        if the set has no vector of this number
    """
    from sim.scenario.calibrated import fit_folder, vectors_of

    vectors = vectors_of(fit_folder(name))
    if vector > len(vectors):
        raise refused("no_vector", name=name, vectors=len(vectors), vector=vector)
    return dataclasses.replace(scenario, parameters={**scenario.parameters, **vectors[vector - 1]}).with_digest()


def card_of(launched: Launched, scenario: Scenario, targets: tuple[Target, ...]) -> pd.DataFrame:
    """Score the finished runs of a launch."""
    from sim.calibration.measure import zones_frame
    from sim.calibration.null import without_agents
    from sim.calibration.observed import observed
    from sim.calibration.scorecard import scorecard
    from sim.compare.geography import Geography
    from sim.grid import build_grid
    from sim.territory import load_territory

    territory = load_territory(scenario.territory)
    stored, zones = launched.stored, zones_frame(territory.zones)
    finished = stored.runs()
    finished = finished[finished["status"] == "ok"]
    tables = [partial(stored.table, scenario=scenario.id, seed=int(seed)) for seed in finished["seed"]]
    seen = [observed(table, zones, scenario.end) for table in tables]
    geography = Geography.from_grid(territory, build_grid(territory, scenario.grid), scenario.grid.kind)
    return scorecard(seen, targets, without_agents(geography, seen[0].years, scenario.end) if seen else None)


def code_of(scenario: Scenario, launched: Launched) -> int:
    """Return the exit code: a parameter of the literature outside its prior fails the model."""
    from sim.calibration.scorecard import outside_prior

    return int(Exit.NOT_COMPARABLE if outside_prior(scenario.parameters) else launched.exit_code)


def changed(wanted: tuple[Target, ...], file: Path | None) -> tuple[Change, ...]:
    """Return what changed in the shipped figures since the first fit; another file is nobody's business."""
    from sim.calibration.targets import changes_since_first_fit

    return changes_since_first_fit(wanted) if file is None else ()


def changes_text(changes: tuple[Change, ...], lang: str) -> str:
    """Say what changed in the figures since the first fit."""
    if not changes:
        return say("score_unchanged", lang)
    parts = [f"{each.target} ({each.column}: {each.before or '-'} -> {each.after or '-'})" for each in changes]
    return say("score_changed", lang, changes=", ".join(parts))


def save(card: pd.DataFrame, folder: Path) -> None:
    """Write the table beside the runs."""
    from sim.whole_files import write_text

    write_text(folder / "scorecard.csv", card.to_csv(index=False))


def as_data(card: pd.DataFrame, scenario: Scenario, folder: Path) -> dict[str, Any]:
    """Return the scorecard as JSON knows it: what is not known is null."""
    from sim.calibration.scorecard import outside_prior, tallies

    return {
        "folder": str(folder),
        "tallies": {use: {**dataclasses.asdict(each), "share": finite(each.share)}
                    for use, each in tallies(card).items()},
        "outside_prior": outside_prior(scenario.parameters),
        "targets": json.loads(card.to_json(orient="records")),
    }  # fmt: skip


def finite(value: float) -> float | None:
    """Return a number, None in place of what is not one."""
    return value if math.isfinite(value) else None


def tell(card: pd.DataFrame, scenario: Scenario, targets: tuple[Target, ...], folder: Path, lang: str) -> None:
    """Print the scorecard: fitted, held out, then the counts."""
    from sim.calibration.scorecard import outside_prior, tallies

    if card.empty:
        click.echo(say("score_not_france", lang))
        return
    for use, counted in tallies(card).items():
        rows = card[card["use"] == use].to_dict("records")
        lines = [[say(f"score_{use}", lang), *say("score_head", lang).split("|")], *(_line(row, lang) for row in rows)]
        click.echo("\n".join(columns(lines)))
        click.echo("\n" + tally_text(counted, use, lang) + "\n")
    for name in outside_prior(scenario.parameters):
        click.echo(say("score_outside", lang, name=name))
    untold = sum(each.use in ("fit", "hold_out") for each in targets) - len(card)
    if untold:
        click.echo(say("score_untold", lang, count=untold))
    click.echo(say("score_note", lang, n=int(card["n"].max())))
    click.echo(say("folder", lang, folder=folder))


def tally_text(counted: Tally, use: str, lang: str) -> str:
    """Say how many figures are hit, by the model and without agents, and where the latter does better."""
    from sim.report.numbers import Format

    text = say(f"score_tally_{use}", lang, hit=counted.hit, scored=counted.scored,
               share=Format(lang).percent(counted.share), null=counted.without_agents)  # fmt: skip
    if counted.worse:
        text += " " + say("score_worse", lang, names=", ".join(counted.worse))
    return text


def _line(row: Mapping[Any, Any], lang: str) -> list[str]:
    ends = [number(row[name], lang) for name in ("ci95_low", "ci95_high") if not math.isnan(row[name])]
    alone = say("score_cannot", lang) if math.isnan(row["without_agents"]) else number(row["without_agents"], lang)
    verdict = say("score_hit" if row["hit"] else "score_miss", lang)
    return [row[f"label_{lang}"], f"{number(row['published'], lang)} ± {number(row['tolerance'], lang)}",
            number(row["simulated"], lang), " – ".join(ends), verdict, alone]  # fmt: skip


def number(value: float, lang: str) -> str:
    """Return a number with three digits that count, in millions and billions where it is that large."""
    from sim.report.numbers import Format

    fmt = Format(lang)
    size = abs(value)
    for least, letter in ((1e9, {"fr": "Md", "en": "bn"}[lang]), (1e6, "M")):
        if size >= least:
            return f"{fmt.number(value / least, decimals=2 if size < 10 * least else 1)} {letter}"
    decimals = max(0, 2 - math.floor(math.log10(size))) if size > 0.0 else 0
    return str(fmt.number(value, decimals=min(decimals, 4)))

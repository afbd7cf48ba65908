"""``evaluate``: what designs of evaluation would have told of a policy, beside the truth."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.compare import read_study
from sim.commands.launching import Launched, make_missing_runs, warn_of_failures
from sim.commands.options import LaunchOptions, WorldOptions, launch_options, output_options, world_options
from sim.commands.words import say
from sim.layout import columns

if TYPE_CHECKING:
    import pandas as pd

    from sim.evaluation.observe import Observation
    from sim.scenario import Study

EPILOG = """\b
Examples:
  python run.py evaluate
  python run.py evaluate --outcome jobs --noise 0.05 --seeds 8 --lang fr
"""
#: Names of `sim.evaluation.observe`, here so that help imports nothing; a test asks for the same.
OUTCOMES = ("startups", "jobs", "funded", "young", "five_years", "entries", "raised")
SCALES = ("log", "level", "per_10k")


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="[STUDY or SCENARIO...]")
@click.option("--outcome", type=click.Choice(OUTCOMES), default="startups", help="What is counted. Default: startups.")
@click.option("--scale", type=click.Choice(SCALES), default="log", help="Unit of effects. Default: log, per cent.")
@click.option("--noise", type=click.FloatRange(0.0, 1.0), default=0.0,
              help="Error of measurement, as a share of each figure.")
@click.option("--attrition", type=click.FloatRange(0.0, 0.9), default=0.0,
              help="Share of zones or firms that are not followed to the end.")
@world_options
@launch_options
@output_options
def evaluate(
    files: tuple[str, ...],
    outcome: str,
    scale: str,
    noise: float,
    attrition: float,
    world: WorldOptions,
    launch: LaunchOptions,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Set what designs of evaluation would have told beside the truth.

    Runs what is missing of each study, looks at each policy through the eyes of an evaluator, design by design, and
    prints estimates, the true effect, the bias and a verdict. Without a file: the study `evaluation`, of the fifteen.
    """
    from sim.evaluation.observe import Observation

    seen = Observation(outcome, scale, noise, attrition)
    overrides = world.overrides()
    overrides["equal_cost.otherwise"] = "report_both"  # each policy is set beside its own truth
    found, codes = [], []
    asked = studies(files or ("evaluation",), overrides, seeds=world.seeds, quick=world.quick, lang=lang)
    for study in asked:
        place = launch.out if launch.out is None or len(asked) == 1 else launch.out / study.id
        launched = make_missing_runs(study, launch=dataclasses.replace(launch, out=place), quiet=quiet, lang=lang)
        warn_of_failures(launched, lang)
        rows = table_of(study, launched, seen, lang, quiet=quiet)
        save(rows, study, launched.store.folder, seen)
        codes.append(launched.exit_code)
        found.append(as_data(rows, study, launched.store.folder, seen))
        if not as_json:
            tell(rows, study, launched.store.folder, seen, lang)
    if as_json:
        click.echo(json.dumps(found if len(found) > 1 else found[0], ensure_ascii=False, indent=2))
    return int(max(codes, key=int))


def studies(files: Sequence[str], overrides: dict[str, str], *, seeds: int | None, quick: bool, lang: str
            ) -> list[Study]:
    """Each file where all are studies; one study where they are scenarios."""
    from sim.scenario import STUDY_SCHEMA, find_file, schema_of

    paths = [find_file(file) for file in files]
    each = len(files) > 1 and all(path.is_file() and schema_of(path) == STUDY_SCHEMA for path in paths)
    groups = [[file] for file in files] if each else [list(files)]
    return [read_study(group, overrides, seeds=seeds, quick=quick, lang=lang) for group in groups]


def table_of(study: Study, launched: Launched, seen: Observation, lang: str, *, quiet: bool) -> pd.DataFrame:
    """One row per policy and design, from the finished runs; raises `NotComparable` where no policy has hubs."""
    from sim.compare.runs import NotComparable, find_worlds
    from sim.evaluation.table import cases, evaluate

    def progress(seed: int) -> None:
        if not quiet:
            click.echo(say("eval_seed", lang, seed=seed), err=True)

    worlds = find_worlds(study, launched.stored)
    found = cases(study, worlds, seen, launched.store.folder / "evaluation", progress)
    if not found:
        raise NotComparable("no_hubs", study=study.id)
    return evaluate(found)


def save(rows: pd.DataFrame, study: Study, folder: Path, seen: Observation) -> None:
    """Write the table in both dialects of CSV, and the figure in both languages."""
    from sim.evaluation.designs import DESIGNS
    from sim.evaluation.observe import DEFINITIONS, SCALES
    from sim.experiments.seal import seal_outputs
    from sim.report import LANGUAGES
    from sim.report.exports import french_csv
    from sim.whole_files import write_bytes

    texts = {design.id: design.text for design in DESIGNS}
    flat = rows.assign(**{f"text_{lang}": [texts[name][lang] for name in rows["design"]] for lang in LANGUAGES},
                       **dataclasses.asdict(seen))
    write_bytes(folder / "tables" / "evaluation.csv", flat.to_csv(index=False, lineterminator="\r\n").encode())
    write_bytes(folder / "tables" / "fr" / "evaluation.csv", french_csv(flat))
    for lang in LANGUAGES:
        write_bytes(folder / "tables" / f"evaluation.{lang}.md", page(rows, study, lang).encode())
        unit = f"{DEFINITIONS[seen.outcome].text[lang]}, {SCALES[seen.scale][lang]}"
        draw(rows, study, folder / "figures", seen.scale, unit, lang)
    seal_outputs(folder)


def draw(rows: pd.DataFrame, study: Study, folder: Path, scale: str, unit: str, lang: str) -> None:
    """Write the figure of one language; nothing where no design of zones could be applied."""
    from sim.evaluation.designs import DESIGNS
    from sim.evaluation.figure import beside_the_truth, ready
    from sim.report import plots
    from sim.report.catalogue import load

    shown = ready(rows, [scale])
    labels = {arm.id: str(arm.title[lang]) for arm in study.scenarios if arm.id in set(shown["arm"])}
    if not labels:
        return
    words = {name: say(f"eval_{name}", lang) for name in ("truth", "vague", "misleads", "truth_line")}
    figure = beside_the_truth(shown, plots.Look(load(lang), labels), {d.id: d.text[lang] for d in DESIGNS}, words, unit)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = int(rows["n"].max())
    plots.save(figure, folder, f"evaluation.{lang}", title=say("eval_title", lang),
               note=say("eval_caption", lang), source=f"Quartiers · {study.id}-{study.digest[:8]} · n = {pairs}")


def as_data(rows: pd.DataFrame, study: Study, folder: Path, seen: Observation) -> dict[str, Any]:
    """The table as JSON knows it: what is not defined is null."""
    records = [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in rows.to_dict("records")
    ]
    return {"study": study.id, "folder": str(folder), "observation": dataclasses.asdict(seen), "designs": records}


def tell(rows: pd.DataFrame, study: Study, folder: Path, seen: Observation, lang: str) -> None:
    """Print one table per policy."""
    from sim.evaluation.observe import DEFINITIONS, SCALES
    from sim.evaluation.table import ENOUGH, WITHIN

    titles = {arm.id: arm.title[lang] for arm in study.scenarios}
    click.echo(say("eval_seen", lang, outcome=DEFINITIONS[seen.outcome].text[lang], scale=SCALES[seen.scale][lang],
                   noise=_percent(seen.noise, lang), attrition=_percent(seen.attrition, lang)))  # fmt: skip
    for arm, records in by_policy(rows):
        click.echo("\n" + str(titles[arm]) + _beside(records, lang))
        lines = [["", *say("eval_head", lang).split("|")], *(_line(row, lang) for row in records)]
        click.echo("\n".join(columns(lines, left=1)))
    enough, within = _percent(ENOUGH, lang), _percent(WITHIN, lang)
    click.echo("\n" + say("eval_note", lang, enough=enough, within=within))
    click.echo(say("folder", lang, folder=folder))


def by_policy(rows: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    """Designs that could be applied, policy by policy."""
    arms = dict.fromkeys(map(str, rows["arm"]))
    return [(arm, rows[(rows["arm"] == arm) & (rows["n"] > 0)].to_dict("records")) for arm in arms]


def _beside(records: list[Any], lang: str) -> str:
    both = next(((row["gross"], row["net"]) for row in records if math.isfinite(row["net"])), None)
    return "" if both is None else say("eval_net", lang, gross=_number(both[0], lang), net=_number(both[1], lang))


def page(rows: pd.DataFrame, study: Study, lang: str) -> str:
    """The tables as a page of documentation has them."""
    from sim.layout import markdown

    titles, head = {arm.id: arm.title[lang] for arm in study.scenarios}, ["", *say("eval_head", lang).split("|")]
    parts = [f"**{titles[arm]}**{_beside(records, lang)}\n\n{markdown(head, [_line(row, lang) for row in records])}"
             for arm, records in by_policy(rows)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _line(row: dict[str, Any], lang: str) -> list[str]:
    from sim.evaluation.designs import DESIGNS

    name = next(design.text[lang] for design in DESIGNS if design.id == row["design"])
    unit = say(f"eval_unit_{row['unit'].replace('/', '_')}", lang) if "/" in row["unit"] else ""
    interval = say("eval_interval", lang, low=_number(row["ci95_low"], lang), high=_number(row["ci95_high"], lang))
    figures = [_number(row[key], lang) for key in ("truth", "bias", "selection", "interference")]
    shares = [_percent(row[key], lang) for key in ("covers", "sees")]
    return [name + unit, _number(row["estimate"], lang), interval, *figures, *shares, str(row["n"]),
            say(f"eval_{row['verdict']}", lang), _own_test(row, lang)]


def _own_test(row: dict[str, Any], lang: str) -> str:
    """What the design says of itself, where it has a test of its own."""
    from sim.evaluation.table import OWN_TESTS

    known = [name for name in OWN_TESTS if math.isfinite(row[name])]
    return say(f"eval_{known[0]}", lang, value=_number(row[known[0]], lang)) if known else ""


def _number(value: float, lang: str) -> str:
    from sim.report.numbers import Format, significance_step

    return str(Format(lang).number(value, step=max(significance_step(value, 3), 0.01)))


def _percent(share: float, lang: str) -> str:
    from sim.report.numbers import Format

    return str(Format(lang).percent(share))

"""What the verbs that analyse a sweep share: reading its runs, and writing tables and figures beside them."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from sim.commands.options import read_settings
from sim.commands.words import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.experiments.bank import Bank
    from sim.explore.answers import Answers
    from sim.report.look import Look
    from sim.scenario import Sweep

ANALYSIS = "analysis"  # the folder of tables and figures, in that of the sweep


def analysis_options(function: Any) -> Any:
    """Add the options of what is analysed."""
    for option in reversed(
        (
            click.option("--of", "outcome", metavar="OUTCOME", help="Default: jobs at the last horizon, as jobs_2033."),
            click.option(
                "--set", "settings", multiple=True, metavar="KEY=VALUE", callback=read_settings,
                help="As in the sweep command, where a FILE is given.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def answers_of(sweep: str, outcome: str | None, settings: dict[str, str], lang: str) -> tuple[Sweep, Bank, Answers]:
    """Read a sweep and what its runs say about an outcome; the sweep may be a file or the folder of its results."""
    from sim.experiments.bank import MANIFEST, Bank
    from sim.experiments.resolved import read_sweep
    from sim.experiments.sweep import design_of, points_of
    from sim.explore.answers import NoOutcome, answers
    from sim.paths import results_root
    from sim.scenario import load_sweep

    folder, make_them = Path(sweep), f"python run.py worker {sweep}"
    if not (folder / MANIFEST).is_file():
        asked = load_sweep(sweep, overrides=settings, lang=lang)
        folder, make_them = results_root() / f"{asked.id}-{asked.digest[:8]}", _sweep_command(sweep, settings)
    bank = Bank(folder)
    manifest = bank.manifest()
    if manifest is None:
        raise click.UsageError(say("explore_no_runs", lang, folder=folder, command=make_them))
    # the sweep as it was run: its file may have more or fewer points by now, in another order with its switches
    read = dataclasses.replace(read_sweep(folder), seeds=tuple(manifest["seeds"]))
    runs = bank.runs()
    if len(runs) and (runs["status"] == "failed").all():
        see = f"python run.py status {folder}"
        raise click.UsageError(say("explore_all_failed", lang, folder=folder, failed=len(runs), command=see))
    if not (runs["status"] == "ok").any():
        raise click.UsageError(say("explore_no_finished", lang, folder=folder, command=make_them))
    name = outcome or f"jobs_{max(read.horizons) // 12}"
    try:
        return read, bank, answers(read, design_of(read), points_of(read), runs, name)
    except NoOutcome as error:
        raise click.UsageError(error.text(lang)) from error


def _sweep_command(sweep: str, settings: dict[str, str]) -> str:
    """Return the command that makes the runs of a sweep file with the same settings."""
    changed = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return shlex.join(["python", "run.py", "sweep", sweep, *changed])


def told(lang: str, function: Any, *arguments: Any) -> Any:
    """Call an analysis; what it cannot do with these runs is a message, not a bug."""
    from sim.refusals import Refusal

    try:
        return function(*arguments)
    except Refusal as error:
        raise click.UsageError(error.text(lang)) from error


def titles_of(read: Sweep, lang: str) -> dict[str, str]:
    """Title of each policy and of the reference, by id."""
    return {each.id: each.title[lang] for each in read.scenarios}


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is not defined, or without bound, is null."""
    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Any:
    """One value as JSON knows it."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> list[Path]:
    """Write CSV files in both dialects into ``analysis``."""
    from sim.report.exports import french_csv, plain_csv
    from sim.whole_files import write_bytes

    paths = []
    for name, table in tables.items():
        for path, content in ((folder / ANALYSIS / f"{name}.csv", plain_csv(table)),
                              (folder / ANALYSIS / "fr" / f"{name}.csv", french_csv(table))):  # fmt: skip
            write_bytes(path, content)
            paths.append(path)
    return paths


def outcome_title(name: str, lang: str) -> str:
    """``jobs in startups, 2033`` for ``jobs_2033``."""
    from sim.compare.outcomes import OUTCOMES

    column, _, year = name.rpartition("_")
    titles = {each.name: {"fr": each.label_fr, "en": each.label_en}[lang] for each in OUTCOMES}
    return f"{titles.get(column, column)}, {year}"


def look_of(read: Sweep, lang: str) -> Look:
    """Language and names of the policies, for figures."""
    from sim.report.catalogue import load
    from sim.report.look import Look

    return Look(load(lang), titles_of(read, lang))


def save_figure(figure: Figure, folder: Path, name: str, *, read: Sweep, points: int, title: str, note: str,
                lang: str) -> tuple[Path, Path]:  # fmt: skip
    """Write a figure into ``analysis/figures``, its foot naming the sweep, its points and seeds."""
    from sim.report.catalogue import typeset
    from sim.report.look import save

    place = folder / ANALYSIS / "figures"
    place.mkdir(parents=True, exist_ok=True)
    source = say("explore_source", lang, id=read.id, hash=read.digest[:8], points=points, seeds=len(read.seeds))
    said = {"title": title, "note": note, "source": source}
    return save(figure, place, f"{name}.{lang}", **{key: typeset(text, lang) for key, text in said.items()})

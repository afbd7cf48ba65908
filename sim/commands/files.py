"""``check``, ``show``, ``diff`` and ``new``: scenario, study and sweep files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click

from sim.commands.options import debug_option, language_option, read_settings, refused
from sim.exits import Exit


@click.command(
    epilog="\b\nExamples:\n  python run.py check my_policy.yaml\n  python run.py check *.yaml --format json\n"
)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for editors, or for annotations of a pull request.",
)
@language_option
@debug_option
def check(files: tuple[str, ...], form: str, lang: str) -> int:
    """Check scenario, study, sweep, calibration and lesson FILES, and the files they extend.

    Shows every error with its line and what was probably meant. Exit code 2 if there is one, 5 if files are
    right but their policies do not cost the same.
    """
    from sim.scenario import (
        CALIBRATION_SCHEMA,
        LESSON_SCHEMA,
        STUDY_SCHEMA,
        SWEEP_SCHEMA,
        FileErrors,
        check_calibration,
        check_scenario,
        check_study,
        check_sweep,
        find_file,
        schema_of,
    )

    checks: dict[str, Callable[[str, str], object]] = {
        STUDY_SCHEMA: check_study,
        SWEEP_SCHEMA: check_sweep,
        CALIBRATION_SCHEMA: check_calibration,
        LESSON_SCHEMA: _check_lesson,
    }
    found = []
    for file in files:
        try:
            schema = schema_of(file) if find_file(file).is_file() else None
            checks.get(str(schema), check_scenario)(file, lang)
        except FileErrors as errors:
            found.append(errors)
        else:
            click.echo(f"{file}: ok", err=form != "text")
    if form == "json":
        errors_as_json = [error.as_dict(lang) for each in found for error in each.errors]
        click.echo(json.dumps(errors_as_json, ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo(each.render(lang, form))
    if not found:
        return int(Exit.DONE)
    return int(Exit.NOT_COMPARABLE if all(each.not_comparable for each in found) else Exit.USAGE)


def _check_lesson(file: str, lang: str) -> None:
    """Raise `FileErrors` with all that is wrong with a lesson and with the scenarios it runs."""
    from sim.teaching.load import load_lesson
    from sim.teaching.runs import view_of

    view_of(load_lesson(file, lang=lang))


@click.command(
    epilog="\b\nExamples:\n  python run.py show paris_only\n  python run.py show my_policy.yaml --json\n"
)
@click.argument("file")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", callback=read_settings, help="Change a value."
)
@click.option("--json", "as_json", is_flag=True, help="Every value with its origin, as JSON.")
@language_option
@debug_option
def show(file: str, settings: dict[str, str], as_json: bool, lang: str) -> None:
    """Show a scenario, study or sweep FILE with everything it inherits, and where each value was written."""
    from sim.scenario.show import show as text_of
    from sim.scenario.show import values

    if as_json:
        click.echo(json.dumps(values(file, overrides=settings, lang=lang), ensure_ascii=False, indent=2))
    else:
        click.echo(text_of(file, overrides=settings, lang=lang), nl=False)


@click.command(
    epilog="\b\nExamples:\n  python run.py diff paris_only fifteen_metropoles\n"
    "  python run.py diff mine.yaml theirs.yaml --json\n"
)
@click.argument("first")
@click.argument("second")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@language_option
@debug_option
def diff(first: str, second: str, as_json: bool, lang: str) -> None:
    """Show what differs between two scenarios, what a difference in results would come from, and their euros.

    Euros are those announced by the State and local authorities together, before anything is simulated.
    """
    from sim.scenario.describe import diff as compared

    found = compared(first, second, lang=lang)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(found.text(lang), nl=False)


@click.command(
    epilog="\b\nExamples:\n  python run.py new my_sweep --kind sweep --from my_study.yaml\n"
    "  python run.py new my_france --kind territory --insee downloads\n"
)
@click.argument("name")
@click.option("--kind", type=click.Choice(["scenario", "study", "sweep", "territory"]), default="scenario",
              show_default=True)  # fmt: skip
@click.option(
    "--insee",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="With --kind territory: folder of INSEE's files (legal populations, composition of EPCI), as CSV.",
)
@click.option("--from", "parent",
              help="Scenario or study to start from; of a sweep, its study. Default: paris_only or default.")
@language_option
@debug_option
def new(name: str, kind: str, insee: Path | None, parent: str | None, lang: str) -> None:
    """Write NAME.yaml, a commented scenario, study or sweep that is valid as it is. Never overwrites a file.

    With --kind territory: the folder NAME, made of INSEE's official files, in which each commune and each EPCI can be
    named by its code.
    """
    if (kind == "territory") != (insee is not None):
        raise refused("together", one="--kind territory", other="--insee FOLDER")
    if insee is not None:
        _import(insee, Path(name), lang)
        return
    from sim.scenario import FileErrors
    from sim.scenario.template import template

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path.stem):
        raise refused("no_name", name=path.stem)
    base = parent or ("paris_only" if kind == "scenario" else "default")
    try:
        text = template(kind, path.stem, base, lang, folder=path.parent)
    except FileErrors as errors:
        raise refused("not_extended", base=base, errors=errors) from None
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise refused("exists", path=path) from None
    click.echo(str(path))


def _import(source: Path, folder: Path, lang: str) -> None:
    """Make a territory of INSEE's files and say what it holds."""
    from sim.commands.insee import import_territory
    from sim.commands.words import say

    made = import_territory(source, folder)
    counts = {"communes": made.communes, "epci": made.epci, "left": made.left_out, "people": made.left_out_people}
    click.echo(say("insee", lang, folder=made.folder, **counts))

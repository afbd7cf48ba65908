"""``lesson``: lessons for a class, each built into pages that open by double click, without network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import debug_option, language_option, refused
from sim.commands.words import say
from sim.exits import Exit

if TYPE_CHECKING:
    from sim.teaching.load import Lesson

EPILOG = """\b
Examples:
  python run.py lesson build l6 --departement 29
  python run.py lesson check my_lesson.yaml
"""
BUILD_EPILOG = """\b
Examples:
  python run.py lesson build
  python run.py lesson build my_lesson.yaml --lang fr --out stick
"""


@click.group(epilog=EPILOG)
def lesson() -> None:
    """List, check and build lessons: one page for students, one for the teacher, a worksheet.

    A lesson is a YAML file: two worlds with the same luck, a question, notches. Each notch is a run of the model; the
    build refuses a lesson whose runs do not show what it promises. How to write one: sim/docs/lessons.md.
    """


@lesson.command("list", epilog="\b\nExamples:\n  python run.py lesson list\n  python run.py lesson list --lang fr\n")
@language_option
@debug_option
def list_(lang: str) -> None:
    """List the lessons that come with the model."""
    from sim.teaching.load import shipped
    from sim.teaching.titles import titles_of

    for path in shipped():
        title, question = titles_of(path, lang)
        click.echo(f"{path.stem}\n    {title}\n    {question}")


@lesson.command(epilog="\b\nExamples:\n  python run.py lesson new mine\n  python run.py lesson new mine --from l4\n")
@click.argument("name")
@click.option("--from", "parent", default="l1", show_default=True, help="Shipped lesson to start from.")
@language_option
@debug_option
def new(name: str, parent: str, lang: str) -> None:
    """Write NAME.yaml, a copy of a shipped lesson to change. Never overwrites a file."""
    from sim.teaching.load import load_lesson

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path.stem):
        raise refused("no_name", name=path.stem)
    text = load_lesson(parent, lang=lang).path.read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(re.sub(r"^id: .*$", f"id: {path.stem}", text, count=1, flags=re.M))
    except FileExistsError:
        raise refused("exists", path=path) from None
    click.echo(str(path))


@lesson.command(
    epilog="\b\nExamples:\n  python run.py lesson check my_lesson.yaml\n  python run.py lesson check l1 --runs\n"
)
@click.argument("files", nargs=-1, required=True)
@click.option("--runs", is_flag=True, help="Also make the runs that promises need, and check them.")
@language_option
@debug_option
def check(files: tuple[str, ...], runs: bool, lang: str) -> int:
    """Check lesson FILES; show every error with its line. Exit code 2 if there is one."""
    from sim.scenario import FileErrors
    from sim.teaching.build import told
    from sim.teaching.load import load_lesson
    from sim.teaching.numbers import check as outcomes_of
    from sim.teaching.runs import make_runs, view_of

    wrong = False
    for file in files:
        try:
            read = load_lesson(file, lang=lang)
            view_of(read)
        except FileErrors as errors:
            click.echo(errors.render(lang))
            wrong = True
            continue
        click.echo(f"{file}: ok")
        if runs:
            for outcome in outcomes_of(read, make_runs(read, all_settings=False), read.seeds):
                click.echo("  " + told(outcome, lang))
                wrong |= not outcome.kept
    return int(Exit.USAGE if wrong else Exit.DONE)


@lesson.command(
    epilog="\b\nExamples:\n  python run.py lesson game\n  python run.py lesson game --lang fr --out stick\n"
)
@click.option("--lang", type=click.Choice(["fr", "en"]), help="Build in this language only. Default: both.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("lessons"), show_default=True,
    help="Folder of the pages.",
)  # fmt: skip
@debug_option
def game(lang: str | None, out: Path) -> None:
    """Build the evaluation game: choose a policy, then a way to evaluate it, then see the truth.

    Its figures are those of the study `evaluation`, kept in scenarios/lessons/game.csv.
    """
    from sim.teaching.game import build as build_game
    from sim.teaching.pages import LANGUAGES

    for path in build_game(out, (lang,) if lang else LANGUAGES):
        click.echo(str(path))


@lesson.command(epilog=BUILD_EPILOG)
@click.argument("files", nargs=-1)
@click.option("--lang", type=click.Choice(["fr", "en"]), help="Build in this language only. Default: both.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("lessons"), show_default=True,
    help="Folder of the pages.",
)  # fmt: skip
@click.option("--departement", metavar="CODE", help="The class's own département on maps of France, such as 29.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
@debug_option
def build(files: tuple[str, ...], lang: str | None, out: Path, departement: str | None, quiet: bool) -> None:
    """Build lessons from FILES, or all that come with the model and the evaluation game.

    Runs made before are read back, so that changing a word takes seconds. Pages need neither network nor Python.
    """
    from sim.language import language
    from sim.teaching.build import build as build_pages
    from sim.teaching.build import told, write_index
    from sim.teaching.load import load_lesson, shipped
    from sim.teaching.pages import LANGUAGES

    spoken = language(lang)
    languages = (lang,) if lang else LANGUAGES
    lessons = [load_lesson(file, lang=spoken) for file in (files or shipped())]
    for each in lessons:
        progress = None if quiet else _progress(each, spoken)
        made, outcomes = build_pages(each, out, languages=languages, own=departement, progress=progress)
        for outcome in outcomes:
            click.echo("  " + told(outcome, spoken), err=True)
        for path in made:
            click.echo(str(path))
    if not files:
        from sim.teaching.game import build as build_game

        for path in build_game(out, languages):
            click.echo(str(path))
    for path in write_index([each.path for each in lessons], out, languages):
        click.echo(str(path))


def _progress(each: Lesson, lang: str) -> Callable[[int, int], None]:
    """A line per tenth of the runs of a lesson, on standard error."""

    def show(done: int, total: int) -> None:
        if done * 10 // total > (done - 1) * 10 // total:
            click.echo(f"{each.id}: {done}/{total} {say('runs', lang)}", err=True)

    return show

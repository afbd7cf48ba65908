"""``check``, ``show`` and ``new``: scenario and study files. ``diff`` is in ``difference``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.difference import diff
from sim.commands.exits import Exit
from sim.commands.options import debug_option, language_option, read_settings

if TYPE_CHECKING:
    from sim.scenario.reader import Value

__all__ = ["check", "diff", "new", "show"]

STUDY_SCHEMA = "study/1"


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
    """Check scenario and study FILES, and the files they extend.

    Shows every error with its line and what was probably meant. Exit code 2 if there is one, 5 if files are
    right but their policies do not cost the same.
    """
    from sim.scenario import FileErrors, check_scenario, check_study, find_file, schema_of

    found = []
    for file in files:
        try:
            if find_file(file).is_file() and schema_of(file) == STUDY_SCHEMA:
                check_study(file, lang)
            else:
                check_scenario(file, lang)
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
    """Show a scenario or study FILE with everything it inherits, and where each value was written."""
    tree = resolved_tree(file, settings, lang)
    if as_json:
        values = {
            ".".join(keys): {"value": value.plain(), "origin": str(value.place)}
            for keys, value in tree.leaves()
        }
        click.echo(json.dumps(values, ensure_ascii=False, indent=2))
        return
    lines = list(yaml_lines(tree))
    width = max(len(line) for line, _ in lines) + 2
    for line, origin in lines:
        click.echo(f"{line:{width}}# {origin}" if origin else line)


def resolved_tree(file: str, settings: dict[str, str], lang: str) -> Value:
    """Return the checked values of a file with their places, without ``extends``, which has been followed."""
    from dataclasses import replace

    from sim.scenario import find_file, load_study, schema_of
    from sim.scenario.errors import Problems
    from sim.scenario.load import load_with_origin
    from sim.scenario.resolve import parse_overrides, resolve

    if find_file(file).is_file() and schema_of(file) == STUDY_SCHEMA:
        load_study(file, overrides=settings, lang=lang)
        problems = Problems(lang)
        resolved = resolve(file, STUDY_SCHEMA, problems, parse_overrides(settings, problems))
        problems.stop()
        assert resolved is not None
        tree = resolved.tree
    else:
        tree = load_with_origin(file, overrides=settings, lang=lang).resolved.tree
    assert isinstance(tree.data, dict)
    first = [key for key in ("schema", "id", "title", "question") if key in tree.data]
    keys = [*first, *(key for key in tree.data if key not in (*first, "extends"))]
    return replace(tree, data={key: tree.data[key] for key in keys})


def yaml_lines(tree: Value, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file with these values, each with the place it comes from."""
    assert isinstance(tree.data, dict)
    indent = "  " * depth
    for key, value in tree.data.items():
        if isinstance(value.data, dict) and value.data:
            yield f"{indent}{_scalar(key)}:", ""
            yield from yaml_lines(value, depth + 1)
        else:
            yield f"{indent}{_scalar(key)}: {_flow(value.plain())}", _origin(value)


def _origin(value: Value) -> str:
    place = value.place
    return f"{place.source.shown}:{place.line}" if place.line else place.source.shown


def _flow(data: Any) -> str:
    """Write a value on one line."""
    if isinstance(data, list):
        return "[" + ", ".join(_flow(item) for item in data) + "]"
    if isinstance(data, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in data.items()) + "}"
    if isinstance(data, str):
        return _scalar(data)
    return json.dumps(data)


def _scalar(text: str) -> str:
    """Write a text, quoted unless it can only be read as itself: codes such as "01" need their quotes."""
    word = re.fullmatch(r"[A-Za-zÀ-ÿ_./][\wÀ-ÿ./-]*|\d{4}-\d{2}|[\d.]+ [A-Za-z%][\w/%]*", text)
    reserved = text.lower() in ("yes", "no", "on", "off", "y", "n", "true", "false", "null")
    return text if word and not reserved else json.dumps(text, ensure_ascii=False)


SCENARIO = """\
# {title}
# Writes only what differs from {parent}; see everything it inherits with: python run.py show {file}
schema: scenario/1
id: {id}
title: {{fr: "{title}", en: "{title}"}}
extends: {parent}

# Same money, years and instruments as the other policies, so that they can be compared. To change the place:
# hubs:
#   where: {{level: site, set: set_15_applications_2014}}   # sets: python run.py describe sets
#   where: {{level: zone, codes: ["29", "22"]}}             # départements, codes in quotes
#   where: {{level: zone, all: true}}
#   allocate: equal            # equal | per_capita | startups
#   footprint: 2 km

# To change the instruments (shares must add up to 100 %; all of them: python run.py describe levers):
# levers:
#   animation: {{share: 30 %}}
#   brand: {{share: 10 %}}
#   floor: {{share: 30 %}}
#   accelerator: {{share: 30 %}}
"""

STUDY = """\
# {title}
# Compare with: python run.py compare {file}
schema: study/1
id: {id}
extends: {parent}
question: {{fr: "{title}", en: "{title}"}}

# Files beside this one, or names of shipped scenarios:
arms:
  - paris_only.yaml
  - fifteen_metropoles.yaml
variants: []
seeds: {{first: 1, count: 16}}
"""


@click.command(
    epilog="\b\nExamples:\n  python run.py new my_policy\n  python run.py new my_study --kind study\n"
)
@click.argument("name")
@click.option("--kind", type=click.Choice(["scenario", "study"]), default="scenario", show_default=True)
@click.option("--from", "parent", help="Scenario or study to start from. Default: paris_only, or default.")
@language_option
@debug_option
def new(name: str, kind: str, parent: str | None, lang: str) -> None:
    """Write NAME.yaml, a commented scenario or study that is valid as it is. Never overwrites a file."""
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    identity = path.stem
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", identity):
        raise click.UsageError(f"{identity!r} is not a name: letters, digits and _, beginning with a letter")
    template, default = (STUDY, "default") if kind == "study" else (SCENARIO, "paris_only")
    text = template.format(
        id=identity,
        title=identity.replace("_", " ").capitalize(),
        file=path,
        parent=_parent(parent or default, path, kind),
    )
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} exists already; nothing was changed") from None
    click.echo(str(path))


def _parent(given: str, child: Path, kind: str) -> str:
    """Return how a new file names what it extends: a shipped file by its name, another one by its path."""
    import os

    from sim.paths import scenarios_dir
    from sim.scenario import FileErrors, check_scenario, check_study, find_file

    found = find_file(given)
    try:
        (check_study if kind == "study" else check_scenario)(given)
    except FileErrors as errors:
        raise click.UsageError(f"--from {given}: it cannot be extended\n{errors}") from None
    if found.resolve().is_relative_to(scenarios_dir().resolve()):
        return found.resolve().relative_to(scenarios_dir().resolve()).as_posix()
    return Path(os.path.relpath(found.resolve(), child.resolve().parent)).as_posix()

"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sim.language import language

Function = TypeVar("Function", bound=Callable[..., Any])


def refused(key: str, **values: Any) -> click.UsageError:
    """Say what a call lacks, from `REFUSALS`, in the language of the command that runs."""
    from sim.refusals import refusal

    context = click.get_current_context(silent=True)
    asked = None if context is None else context.params.get("lang")
    return click.UsageError(refusal(key, language(asked), **values))


def read_settings(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Turn ``--set key=value`` into a dictionary; the last one of a key wins."""
    settings = {}
    for text in given:
        key, equal, value = text.partition("=")
        if not equal or not key.strip():
            raise click.BadParameter(refused("no_setting", text=text).message)
        settings[key.strip()] = value.strip()
    return settings


def at_most(limit: str, low: int) -> Callable[[click.Context, click.Parameter, int | None], int | None]:
    """Return what checks a number against a limit of scenario files, read when the command runs: help stays light."""

    def check(context: click.Context, option: click.Parameter, given: int | None) -> int | None:
        from sim.scenario import models

        return None if given is None else click.IntRange(low, getattr(models, limit)).convert(given, option, context)

    return check


seeds_option = click.option(
    "--seeds", type=int, callback=at_most("MOST_SEEDS", 1), help="Number of seeds (paired runs)."
)


def world_options(function: Function) -> Function:
    """Add the options that change what is simulated."""
    for option in reversed(
        (
            seeds_option,
            click.option("--cell-km", type=click.FloatRange(0.1, 20_000.0), help="Uniform cells, in km."),
            click.option("--months", type=click.IntRange(12, 3600), help="Months simulated from the start."),
            click.option("--quick", is_flag=True, help="4 seeds, to 2023, coarser people: a first look."),
            click.option(
                "--set",
                "settings",
                multiple=True,
                metavar="KEY=VALUE",
                callback=read_settings,
                help="Change one value of the files, for example money.discount_rate=0.025.",
            ),
        )
    ):
        function = option(function)
    return function


def launch_options(function: Function) -> Function:
    """Add the options of where and how runs are made."""
    for option in reversed(
        (
            click.option(
                "--jobs", type=click.IntRange(1, 1024), help="Worker processes. Default: one per processor."
            ),
            click.option(
                "--out",
                type=click.Path(path_type=Path, file_okay=False),
                help="Folder of the results. Default: results/<name>-<hash>.",
            ),
            click.option("--retry-failed", is_flag=True, help="Make runs again that failed before."),
        )
    ):
        function = option(function)
    return function


def output_options(function: Function) -> Function:
    """Add the options of what is said and how."""
    for option in reversed(
        (
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
            click.option("-q", "--quiet", is_flag=True, help="No progress on standard error."),
            language_option,
            debug_option,
        )
    ):
        function = option(function)
    return function


def read_language(context: click.Context, option: click.Parameter, given: str | None) -> str:
    """Return ``fr`` or ``en``: the option, else the language of the system."""
    from sim.language import language

    return language(given)


language_option = click.option(
    "--lang",
    type=click.Choice(["fr", "en"]),
    callback=read_language,
    help="Language of results and messages. Default: that of the system.",
)
debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the traceback of any error."
)

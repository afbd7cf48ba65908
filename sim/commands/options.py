"""Options that several verbs share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


def gathered(
    name: str, kind: type[Any], *options: Callable[[Any], Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds options to a verb, which gets their values in one argument of this name and kind."""
    fields = tuple(field.name for field in dataclasses.fields(kind))

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def verb(**given: Any) -> Any:
            return function(**{name: kind(**{field: given.pop(field) for field in fields}), **given})

        for option in reversed(options):
            verb = option(verb)
        return verb

    return add


seeds_option = click.option(
    "--seeds", type=int, callback=at_most("MOST_SEEDS", 1), help="Number of seeds (paired runs)."
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 1024), help="Worker processes. Default: one per processor."
)
retry_option = click.option("--retry-failed", is_flag=True, help="Make runs again that failed before.")


def set_option(example: str) -> Callable[[Any], Any]:
    """Return ``--set``, with an example of what it changes."""
    text = f"Change one value of the files, for example {example}."
    return click.option(
        "--set", "settings", multiple=True, metavar="KEY=VALUE", callback=read_settings, help=text
    )


@dataclass(frozen=True)
class WorldOptions:
    """What is changed of the worlds that are simulated."""

    seeds: int | None = None
    cell_km: float | None = None
    months: int | None = None
    quick: bool = False
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def overrides(self) -> dict[str, str]:
        """Return ``--set``, ``--cell-km`` and ``--months`` as the overrides that scenario files know."""
        overrides = dict(self.settings)
        if self.cell_km is not None:
            overrides["cell_km"] = f"{self.cell_km:g}"
        if self.months is not None:
            overrides["months"] = str(self.months)
        return overrides


world_options = gathered(
    "world",
    WorldOptions,
    seeds_option,
    click.option("--cell-km", type=click.FloatRange(0.1, 20_000.0), help="Uniform cells, in km."),
    click.option("--months", type=click.IntRange(12, 3600), help="Months simulated from the start."),
    click.option("--quick", is_flag=True, help="4 seeds, to 2023, coarser people: a first look."),
    set_option("money.discount_rate=0.025"),
)


@dataclass(frozen=True)
class LaunchOptions:
    """Where and how the runs of a study are made."""

    jobs: int | None = None
    out: Path | None = None
    retry_failed: bool = False


launch_options = gathered(
    "launch",
    LaunchOptions,
    jobs_option,
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the results. Default: results/<name>-<hash>.",
    ),
    retry_option,
)


@dataclass(frozen=True)
class MachineOptions:
    """How a machine makes the runs of a sweep."""

    jobs: int | None
    limit: float | None
    memory: str | None
    retry_failed: bool


machine_options = gathered(
    "machine",
    MachineOptions,
    jobs_option,
    click.option(
        "--limit", type=click.FloatRange(0.1), metavar="SECONDS",
        help="A run that takes longer is ended, tried once more, then noted as failed.",
    ),
    click.option(
        "--memory", metavar="SIZE",
        help="Of a worker process (2G, 500M): a run that asks for more fails, the others go on. With "
        "--launcher slurm or dask-slurm: of a job, 2G unless said otherwise.",
    ),
    retry_option,
)  # fmt: skip


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

"""``merge``: one folder of the runs that several machines made, of a sweep or of a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import language_option
from sim.commands.sweep import code_of, counts_of, planned, tell_status
from sim.commands.words import say
from sim.exits import Exit

if TYPE_CHECKING:
    from sim.experiments.store import RunStore

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    epilog="\b\nExamples:\n  python run.py merge results/mine-1234abcd stick/mine-1234abcd\n"
    "  python run.py merge results/default-1234abcd node1/default-1234abcd node2/default-1234abcd\n"
)
@click.argument("folder", type=FOLDER)
@click.argument("sources", nargs=-1, required=True, type=FOLDER)
@language_option
def merge(folder: Path, sources: tuple[Path, ...], lang: str) -> int:
    """Take into FOLDER the runs that other folders of the same sweep, or of the same study, hold.

    A run's id says all that determines it: a run is worth the same wherever it was made. Folders of another study are
    refused before anything is copied; of another sweep, the runs that this one asks for are taken.
    """
    kinds = {place: kind_of(place, lang) for place in (folder, *sources)}
    for source in sources:
        if kinds[source] != kinds[folder]:
            raise click.UsageError(say("merge_kinds", lang, folder=folder, source=source))
    return (_merge_sweeps if kinds[folder] == "sweep" else _merge_studies)(folder, sources, lang)


def kind_of(folder: Path, lang: str) -> str:
    """Say whether a folder holds a sweep or a study; refuse one that holds neither."""
    from sim.experiments.bank import FORMAT, MANIFEST

    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise click.UsageError(say("merge_nothing", lang, folder=folder)) from None
    return "sweep" if known == FORMAT else "study"


def _merge_sweeps(folder: Path, sources: tuple[Path, ...], lang: str) -> int:
    from sim.experiments.bank import Bank

    plan, bank = planned(folder)
    for source in sources:
        click.echo(say("merged", lang, source=source, runs=bank.take_over(Bank(source))))
    counts = counts_of(plan, bank)
    tell_status(bank, plan, counts, as_json=False, lang=lang)
    return int(Exit.INCOMPLETE if counts["missing"] else code_of(counts))


def _merge_studies(folder: Path, sources: tuple[Path, ...], lang: str) -> int:
    from sim.experiments.plan import Plan, RunSpec
    from sim.experiments.store import RunStore

    store = RunStore(folder)
    own = _study_of(store)
    for source in sources:
        other = _study_of(RunStore(source))
        if other["digest"] != own["digest"]:
            names = {name: f"{each['id']} ({each['digest'][:8]})" for name, each in (("own", own), ("other", other))}
            raise click.UsageError(say("merge_studies", lang, folder=folder, source=source, **names))
    for source in sources:
        runs = store.take_over(source)
        click.echo(say("merged", lang, source=source, runs=runs))
    for path in store.left_out:
        text = say("left_out", lang, file=path, others=len(store.left_out) - 1)
        click.echo(say("warning", lang, text=text), err=True)
    manifest = store.manifest() or {}
    plan = Plan(tuple(RunSpec(**row) for row in store.planned()), manifest["code_hash"])
    counts = store.update_counts(plan)
    click.echo(say("sweep_counts", lang, folder=folder, **counts))
    click.echo(say("merge_report", lang, folder=folder))
    return int(Exit.INCOMPLETE if counts["missing"] else code_of(counts))


def _study_of(store: RunStore) -> dict[str, str]:
    """Return id and digest of the study that a folder holds."""
    found: dict[str, str] = (store.manifest() or {})["study"]
    return found

"""``version`` and ``cite``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sim import __version__
from sim.commands.options import debug_option

TITLE = "Quartiers: an agent-based simulation of regional innovation ecosystems"
AUTHORS = "The Quartiers authors"


@click.command(epilog="\b\nExamples:\n  python run.py version\n  python run.py version --json\n")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a bug report or a script.")
@debug_option
def version(as_json: bool) -> None:
    """Show versions, platform, threads, the folder of compiled code and the hash of the model's sources."""
    from sim.experiments.provenance import environment

    facts = environment()
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{name:{width}}  {value}")


@click.command(epilog="\b\nExamples:\n  python run.py cite\n  python run.py cite results/default-1a2b3c4d\n")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@debug_option
def cite(folder: Path | None) -> None:
    """Show how to cite Quartiers, in words and in BibTeX; with a results FOLDER, that study and its runs."""
    note = f"version {__version__}"
    if folder is not None:
        note = f"{note}; {_study(folder)}"
    click.echo(f"{AUTHORS}. {TITLE}. Computer program, {note}. MIT licence.\n")
    click.echo(
        f"@software{{quartiers,\n  title = {{{TITLE}}},\n  author = {{{{{AUTHORS}}}}},\n"
        f"  version = {{{__version__}}},\n  license = {{MIT}},\n  note = {{{note}}}\n}}"
    )


def _study(folder: Path) -> str:
    """Name a study so that somebody else can make the very same runs."""
    from sim.experiments.store import RunStore, StoreError

    manifest = RunStore(folder).manifest()
    if manifest is None:
        raise StoreError("no_results", folder=folder, file="manifest.json")
    study, seeds = manifest["study"], manifest["seeds"]
    return (
        f"study {study['id']} ({study['digest'][:8]}), {len(seeds)} seeds from {min(seeds)} to {max(seeds)}, "
        f"model code {manifest['code_hash']}"
    )

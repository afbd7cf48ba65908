"""``report``: the report of a study again, without a run."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.compare import show, write_reports
from sim.commands.options import output_options

EPILOG = """\b
Examples:
  python run.py report results/default-1a2b3c4d
  python run.py report results/default-1a2b3c4d --lang fr
"""


@click.command(epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@output_options
def report(folder: Path, as_json: bool, quiet: bool, lang: str) -> None:
    """Write the report of a results FOLDER again, from its tables; nothing is simulated."""
    from sim.compare import Comparison
    from sim.compare.result import Unreadable
    from sim.experiments.local import available_processors

    try:
        comparison = Comparison.load(folder / "tables")
    except Unreadable as error:
        raise click.UsageError(error.text(lang)) from error
    reports = write_reports(comparison, folder, jobs=available_processors())
    show(comparison, folder, reports, lang=lang, as_json=as_json)

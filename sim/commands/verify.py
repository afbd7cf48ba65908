"""``verify``: is a study still what was run?"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import output_options
from sim.commands.words import say
from sim.exits import Exit

if TYPE_CHECKING:
    from sim.experiments.verify import Problem

EPILOG = """\b
Examples:
  python run.py verify results/default-1a2b3c4d
  python run.py verify results/default-1a2b3c4d --runs 8
"""


@click.command(epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--runs", "n", type=click.IntRange(min=0), default=2, show_default=True, help="Stored runs to make again."
)
@output_options
def verify(folder: Path, n: int, as_json: bool, quiet: bool, lang: str) -> int:
    """Check that a results FOLDER is still what was run.

    Compares every stored file with its hash in manifest.json, then makes a few stored runs again and compares
    them bit for bit. Exit code 6 if anything differs; the message names the file, the run and the column.
    """
    from sim.engine import run_shard
    from sim.experiments.verify import Verifier, changed_since

    verifier = Verifier(folder)
    verifier.check_identity()
    verifier.check_files()
    chosen = verifier.chosen(n)
    with tempfile.TemporaryDirectory(prefix="quartiers-") as cache:
        for k, run in enumerate(chosen, 1):
            if not quiet:
                place = {"scenario": run.scenario, "seed": run.seed, "k": k, "n": len(chosen)}
                click.echo(say("verify_run", lang, **place), err=True)
            verifier.repeat(run, partial(run_shard, cache_dir=Path(cache)))
    repeated = any("run" in problem.values for problem in verifier.problems)
    changes = changed_since(verifier.manifest) if repeated else []
    told = [sentence(problem, lang) for problem in verifier.problems]
    if as_json:
        content = {"folder": str(folder), "files": verifier.files, "runs": [run.run_id for run in chosen],
                   "problems": told, "changed_since": changes}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        for line in told:
            click.echo(line)
        if changes:
            click.echo(say("verify_changes", lang, changes="; ".join(changes)))
        key = "verify_bad" if told else "verify_good"
        click.echo(say(key, lang, files=verifier.files, runs=len(chosen), n=len(told)))
    return int(Exit.MISMATCH if told else Exit.DONE)


def sentence(problem: Problem, lang: str) -> str:
    """One problem in words."""
    return say(f"verify_{problem.key}", lang, **problem.values)

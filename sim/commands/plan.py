"""``plan``: what a sweep will cost, and what its runs will tell."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sim.commands.exits import Exit
from sim.commands.options import MachineOptions, machine_options, output_options
from sim.commands.sweep import counts_of, make, open_sweep, sweep_options, tell_status


@click.command(
    epilog="\b\nExamples:\n  python run.py plan reach_of_spillovers\n"
    "  python run.py plan mine.yaml --pilot 8 --precision 200\n"
)
@click.argument("file")
@sweep_options
@click.option("--pilot", type=click.IntRange(0, 1000), default=2, show_default=True,
              help="Shards (a point with a seed) to run first, to measure with; they belong to the sweep.")  # fmt: skip
@click.option("--of", "outcome", metavar="OUTCOME", help="Of the intervals. Default: jobs, at the last horizon.")
@click.option("--precision", type=click.FloatRange(0.0, min_open=True), metavar="AMOUNT",
              help="Also say how many seeds, and points, give a mean effect this half-width.")  # fmt: skip
@machine_options
@output_options
def plan(
    file: str,
    seeds: int | None,
    settings: dict[str, str],
    out: Path | None,
    pilot: int,
    outcome: str | None,
    precision: float | None,
    machine: MachineOptions,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Say what a sweep FILE will cost and how precise it will be: runs, time, disk, intervals.

    The runs that are there tell it, from this pilot or from before. The precision is to be chosen before the runs:
    going on until an effect shows finds effects where none are.
    """
    from sim.experiments.forecast import forecast
    from sim.experiments.local import available_processors

    work, whole, bank = open_sweep(file, settings, seeds=seeds, out=out, lang=lang)
    first = pilot_shards(len(work.points), len(work.sweep.seeds), pilot)
    make(work, whole, bank, lambda shard: shard in first, machine, quiet=quiet, lang=lang)
    found = forecast(work.sweep, bank, len(whole.runs), machine.jobs or available_processors(), outcome=outcome,
                     wanted=precision)  # fmt: skip
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        click.echo(found.text(lang))
        if found.failed:
            tell_status(bank, whole, counts_of(whole, bank), as_json=False, lang=lang)
    return int(Exit.DONE)


def pilot_shards(points: int, seeds: int, count: int) -> set[int]:
    """Return ``count`` shards to begin with: two seeds each of points far apart, since one seed does not tell luck."""
    each = min(2, seeds)
    pairs = -(-count // each)
    chosen = [k * points // pairs for k in range(min(pairs, points))] if pairs <= points else list(range(points))
    ranks = range(each) if pairs <= points else range(seeds)
    return set([point * seeds + rank for point in chosen for rank in ranks][:count])

"""``plan``: what a sweep will cost, and what its runs will tell."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import MachineOptions, machine_options, output_options
from sim.commands.sweep import counts_of, make, open_sweep, sweep_options, tell_status
from sim.commands.words import say
from sim.exits import Exit

if TYPE_CHECKING:
    from sim.experiments.forecast import Forecast, Precision


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
        click.echo(text_of(found, lang))
        if found.failed:
            tell_status(bank, whole, counts_of(whole, bank), as_json=False, lang=lang)
    return int(Exit.DONE)


def text_of(forecast: Forecast, lang: str) -> str:
    """Return the forecast in words."""
    from sim.experiments.progress import duration
    from sim.report.numbers import Format, significance_step

    number = Format(lang).number

    def few_digits(value: float) -> str:
        return number(value, step=min(significance_step(value, 2), 1.0))

    counts = {"runs": number(forecast.runs), "points": number(forecast.points), "there": number(forecast.present)}
    lines = [say("plan_runs", lang, scenarios=forecast.arms + 1, seeds=forecast.seeds, **counts)]
    if math.isnan(forecast.seconds):
        why = say("plan_failed", lang, failed=number(forecast.failed)) if forecast.failed else say("plan_unknown", lang)
        return "\n".join([*lines, why])
    total = forecast.runs * forecast.seconds
    each, hours = number(forecast.seconds, decimals=2), few_digits(total / 3600.0)
    wall = duration(total / forecast.processors)
    lines.append(say("plan_time", lang, seconds=each, hours=hours, wall=wall, processors=forecast.processors))
    lines.append(say("plan_disk", lang, megabytes=few_digits(forecast.size / 1e6)))
    for known in forecast.precision:
        lines += _intervals(forecast, known, lang)
    return "\n".join(lines)


def _intervals(forecast: Forecast, known: Precision, lang: str) -> list[str]:
    """Return what the planned runs buy for one policy, and what the precision asked for costs."""
    from sim.report.numbers import Format, noise_step

    write = Format(lang)

    def half(value: float) -> str:
        return write.number(value, step=noise_step(value, 0.0))

    named = {"arm": known.arm, "outcome": forecast.outcome, "seeds": forecast.seeds, "n": known.points}
    lines = []
    if not math.isnan(known.over_all):
        lines.append(say("plan_interval", lang, half=half(known.over_all), **named))
    if not math.isnan(known.at_a_point):
        lines.append(say("plan_interval_point", lang, half=half(known.at_a_point), **named))
    if forecast.wanted is None:
        return lines if not math.isnan(known.luck) else [*lines, say("plan_no_luck", lang, **named)]
    wanted = half(forecast.wanted)
    if known.seeds is not None and known.seeds_safe is not None:
        few, safe = write.number(known.seeds), write.number(known.seeds_safe)
        lines.append(say("plan_seeds", lang, **{**named, "seeds": few}, safe=safe, wanted=wanted))
    else:
        lines.append(say("plan_no_luck", lang, **named))
    if known.points_needed is not None:
        needed = write.number(known.points_needed)
        lines.append(say("plan_points", lang, needed=needed, wanted=wanted, **named))
    elif not math.isnan(known.over_all):
        lines.append(say("plan_points_never", lang, wanted=wanted, **named))
    return lines


def pilot_shards(points: int, seeds: int, count: int) -> set[int]:
    """Return ``count`` shards to begin with: two seeds each of points far apart, since one seed does not tell luck."""
    each = min(2, seeds)
    pairs = -(-count // each)
    chosen = [k * points // pairs for k in range(min(pairs, points))] if pairs <= points else list(range(points))
    ranks = range(each) if pairs <= points else range(seeds)
    return set([point * seeds + rank for point in chosen for rank in ranks][:count])

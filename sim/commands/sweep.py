"""``sweep``, ``status`` and ``worker``: very many runs over a space of assumptions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.cluster import ClusterOptions, Launcher, cluster_options
from sim.commands.launching import WARM_FUNCTION, typed_command
from sim.commands.options import (
    MachineOptions,
    language_option,
    machine_options,
    output_options,
    refused,
    seeds_option,
    set_option,
)
from sim.commands.words import say
from sim.exits import Exit, Stop

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan, Shard
    from sim.experiments.sweep import SweepWork

SHARD = click.Path(path_type=Path, file_okay=False)
FAILURES_SHOWN = 10
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"  # in the message of a failure


def sweep_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of what is swept."""
    out = click.option("--out", type=SHARD, help="Folder of the results. Default: results/<name>-<hash>.")
    for option in (out, set_option("design.points=256"), seeds_option):
        function = option(function)
    return function


@click.command(epilog="\b\nExamples:\n  python run.py sweep reach_of_spillovers\n"
               "  python run.py sweep mine.yaml --launcher slurm --workers 20\n")
@click.argument("file")
@sweep_options
@machine_options
@cluster_options
@output_options
def sweep(file: str, seeds: int | None, settings: dict[str, str], out: Path | None, machine: MachineOptions,
          cluster: ClusterOptions, as_json: bool, quiet: bool, lang: str) -> int:
    """Run a space of assumptions: at every point of a sweep FILE, every policy with every seed.

    Makes what is missing and says what is there. The same command again goes on where it ended; more --seeds, or
    more points of a Sobol design, extend the sweep. Launchers: this machine; a SLURM job array, whose script in the
    folder of the results is yours to edit; Dask, on a --scheduler that is there or through SLURM.
    """
    cluster.check()
    work, plan, bank = open_sweep(file, settings, seeds=seeds, out=out, lang=lang)
    place(work, plan, bank, machine, cluster, quiet=quiet, lang=lang)
    if not cluster.detach:
        bank.compact()
    counts = counts_of(plan, bank)
    tell_status(bank, plan, counts, as_json=as_json, lang=lang)
    return int(Exit.INCOMPLETE) if counts["missing"] else code_of(counts)


@click.command(
    epilog="\b\nExamples:\n  python run.py worker results/mine-1234abcd --shard 3/20\n"
    "  python run.py worker results/mine-1234abcd --run 0123456789abcdef0123456789abcdef\n"
)
@click.argument("folder", type=SHARD)
@click.option("--shard", metavar="I/N", help="Only the I-th of N parts of the sweep, I from 1 to N.")
@click.option("--run", "run_id", metavar="ID", help="Only this run, even if it failed before; its error is shown.")
@machine_options
@output_options
def worker(
    folder: Path,
    shard: str | None,
    run_id: str | None,
    machine: MachineOptions,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Make what is missing of a sweep's FOLDER, or of one part of it: what every launcher starts.

    Any number of workers may share a folder, on one machine or on many: nothing is lost and nothing counts twice.
    """
    from sim.experiments.plan import Plan

    work, plan, bank = reopen(folder)
    index, parts = part_of(shard)
    chosen = (run for run in plan.runs if (run.run_id == run_id if run_id else run.shard % parts == index - 1))
    wanted = Plan(tuple(chosen), plan.code_hash)
    if run_id and not wanted.runs:
        raise refused("no_run", folder=folder, run=run_id)
    if run_id is not None:
        machine = dataclasses.replace(machine, retry_failed=True)
    make(work, wanted, bank, lambda shard: True, machine, quiet=quiet, lang=lang)
    counts = counts_of(wanted, bank)
    if run_id and counts["failed"] and bank.failure_log(run_id).is_file():
        click.echo(bank.failure_log(run_id).read_text(encoding="utf-8").rstrip(), err=True)
    tell_status(bank, wanted, counts, as_json=as_json, lang=lang)
    return code_of(counts)


def part_of(text: str | None) -> tuple[int, int]:
    """Read ``3/20`` as (3, 20); everything is (1, 1)."""
    try:
        index, parts = (1, 1) if text is None else map(int, text.split("/"))
    except ValueError:
        index, parts = 0, 0
    if not 1 <= index <= parts:
        raise refused("no_shard", text=text)
    return index, parts


def open_sweep(
    file: str, settings: dict[str, str], *, seeds: int | None, out: Path | None, lang: str
) -> tuple[SweepWork, Plan, Bank]:
    """Read a sweep file and open its folder."""
    from sim.experiments.bank import Bank
    from sim.experiments.provenance import code_hash, versions
    from sim.experiments.resolved import study_text
    from sim.experiments.sweep import SweepWork, plan_sweep, points_of
    from sim.paths import results_root
    from sim.scenario import load_sweep

    read = load_sweep(file, overrides=settings, seeds=seeds, lang=lang)
    for note in read.notes:
        click.echo(say("warning", lang, text=note.text(lang)), err=True)
    points = points_of(read)
    plan = plan_sweep(read, points, code_hash=code_hash())
    folder = out or results_root() / f"{read.id}-{read.digest[:8]}"
    before = Bank(folder).manifest()
    bank = Bank.open(folder, read, points, plan, resolved=study_text(read), versions=versions())
    if before is not None and before["code_hash"] != plan.code_hash and (held := bank.statuses()):
        text = say("older_runs", lang, folder=folder, runs=len(held), known=before["code_hash"], here=plan.code_hash)
        click.echo(say("warning", lang, text=text), err=True)
    return SweepWork(folder, read, points), plan, bank


def reopen(folder: Path) -> tuple[SweepWork, Plan, Bank]:
    """Read the sweep of a folder back, with the runs its manifest asks for, to make what is missing.

    Raises
    ------
    Refusal
        if another version of the model planned them: it would give other runs
    """
    from sim.experiments.provenance import code_hash
    from sim.experiments.resolved import read_sweep
    from sim.experiments.sweep import SweepWork

    plan, bank = planned(folder)
    if plan.code_hash != code_hash():
        raise refused("other_version", folder=folder, known=plan.code_hash, here=code_hash())
    read = dataclasses.replace(read_sweep(folder), seeds=tuple((bank.manifest() or {})["seeds"]))
    return SweepWork(folder, read, bank.points()), plan, bank


def planned(folder: Path) -> tuple[Plan, Bank]:
    """Read back what a sweep's folder asks for, whatever version of the model planned it."""
    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan, RunSpec

    bank = Bank(folder)
    table, manifest = bank.plan(), bank.manifest() or {}
    columns = [table[name].tolist() for name in ("run_id", "scenario", "seed", "shard")]
    return Plan(tuple(RunSpec(*row) for row in zip(*columns)), manifest["code_hash"]), bank


def place(
    work: SweepWork,
    plan: Plan,
    bank: Bank,
    machine: MachineOptions,
    cluster: ClusterOptions,
    *,
    quiet: bool,
    lang: str,
) -> None:
    """Make what is missing of a sweep where it was asked: on this machine, or on a cluster."""
    if cluster.launcher == "local":
        make(work, plan, bank, lambda shard: True, machine, quiet=quiet, lang=lang)
        return
    shards = missing(plan, bank, lambda shard: True, retry_failed=machine.retry_failed)
    Launcher(work, bank, plan, machine, cluster, quiet=quiet, lang=lang).launch(shards)


def make(
    work: SweepWork,
    plan: Plan,
    bank: Bank,
    wanted: Callable[[int], bool],
    machine: MachineOptions,
    *,
    quiet: bool,
    lang: str,
) -> None:
    """Make what is missing of the shards that are wanted, on this machine.

    Raises
    ------
    Stop
        if Ctrl-C or SIGTERM ended the launch
    """
    from sim.experiments.local import available_processors, launch
    from sim.experiments.progress import Progress

    shards = missing(plan, bank, wanted, retry_failed=machine.retry_failed)
    total = sum(len(shard.runs) for shard in shards)
    stopped = None
    if shards:
        with Progress(total, say("runs", lang), quiet=quiet) as progress:
            outcome = launch(
                work,
                shards,
                jobs=min(machine.jobs or available_processors(), len(shards)),
                listener=lambda run, status: progress.advance(),
                warm=WARM_FUNCTION,
                limit_s=machine.limit,
                memory=None if machine.memory is None else worker_memory(machine.memory),
            )
        stopped = outcome.stopped
    for part in bank.damaged:
        click.echo(say("warning", lang, text=say("damaged", lang, file=part)), err=True)
    if stopped:
        counts = counts_of(plan, bank)
        kept = counts["planned"] - counts["missing"]
        text = say("stopped", lang, signal=stopped, kept=kept, planned=counts["planned"], command=typed_command())
        raise Stop(text, Exit.INTERRUPTED if stopped == "SIGINT" else Exit.INCOMPLETE)


def worker_memory(text: str) -> int:
    """Read an amount of memory, and make sure that workers can be held to it here."""
    from sim.experiments.memory import check_limits, memory_bytes

    check_limits()
    return memory_bytes(text)


def missing(plan: Plan, bank: Bank, wanted: Callable[[int], bool], *, retry_failed: bool) -> list[Shard]:
    """Return the shards left to run, from a place of this launch's own on: two launches seldom meet."""
    import uuid

    final = ("ok",) if retry_failed else ("ok", "failed")
    present = {run_id for run_id, status in bank.statuses().items() if status in final}
    shards = [shard for shard in plan.missing(present) if wanted(shard.runs[0].shard)]
    start = uuid.uuid4().int % len(shards) if shards else 0
    return shards[start:] + shards[:start]


def counts_of(plan: Plan, bank: Bank) -> dict[str, int]:
    """Count the runs of a plan by status."""
    statuses = bank.statuses()
    found = [statuses.get(run.run_id, "missing") for run in plan.runs]
    return {"planned": len(found), **{name: found.count(name) for name in ("ok", "failed", "missing")}}


def code_of(counts: dict[str, int]) -> int:
    """Return the exit code of a launch that was not interrupted."""
    return int(Exit.SOME_FAILED if counts["failed"] else Exit.DONE)


@click.command(
    epilog="\b\nExamples:\n  python run.py status results/mine-1234abcd\n"
    "  python run.py status results/mine-1234abcd --json\n"
)
@click.argument("folder", type=SHARD)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@language_option
def status(folder: Path, as_json: bool, lang: str) -> int:
    """Say how far the sweep in FOLDER is, and what failed, grouped by message."""
    plan, bank = planned(folder)
    counts = counts_of(plan, bank)
    tell_status(bank, plan, counts, as_json=as_json, lang=lang)
    return int(Exit.INCOMPLETE if counts["missing"] else code_of(counts))


def failures(bank: Bank, plan: Plan) -> pd.DataFrame:
    """Return a plan's failed runs grouped by message, the most frequent first: message, runs, run_id of one of them.

    Messages that differ by numbers alone are of one kind; the first of each is shown.
    """
    runs, wanted = bank.runs(), {run.run_id for run in plan.runs}
    failed = runs[(runs["status"] == "failed") & runs["run_id"].isin(wanted)]
    kinds = failed["message"].str.replace(NUMBER, "#", regex=True)
    grouped = failed.groupby(kinds, sort=False).agg(message=("message", "first"), runs=("run_id", "count"),
                                                    run_id=("run_id", "first"))  # fmt: skip
    found: pd.DataFrame = grouped.sort_values("runs", ascending=False, kind="stable").reset_index(drop=True)
    return found


def tell_status(bank: Bank, plan: Plan, counts: dict[str, int], *, as_json: bool, lang: str) -> None:
    """Print the counts and the failures on standard output."""
    groups = failures(bank, plan) if counts["failed"] else None
    if as_json:
        found = [] if groups is None else groups.to_dict("records")
        click.echo(json.dumps({"folder": str(bank.folder), **counts, "failures": found}, ensure_ascii=False))
        return
    click.echo(say("sweep_counts", lang, folder=bank.folder, **counts))
    if groups is None:
        return
    for _, row in groups.head(FAILURES_SHOWN).iterrows():
        command = f"python run.py worker {bank.folder} --run {row['run_id']}"
        message = str(row["message"]).partition("\n")[0]
        click.echo(say("sweep_failure", lang, runs=row["runs"], message=message, command=command))
    if len(groups) > FAILURES_SHOWN:
        click.echo(say("sweep_failures_more", lang, n=len(groups) - FAILURES_SHOWN))
    click.echo(say("sweep_again", lang, command=f"python run.py worker {bank.folder} --retry-failed"))

"""Launching the parts of a sweep on many machines, and watching them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from sim.commands.launching import typed_command
from sim.commands.options import MachineOptions, gathered, refused
from sim.commands.words import say
from sim.exits import Exit, Stop
from sim.experiments.clusters import (
    ClusterError,
    Resources,
    WorkerOptions,
    dask_client,
    parts_for,
    parts_of,
    run_on_dask,
    slurm_dask_client,
    submit_array,
    tasks_left,
    write_script,
)
from sim.experiments.memory import memory_bytes

if TYPE_CHECKING:
    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan, Shard
    from sim.experiments.progress import Progress
    from sim.experiments.sweep import SweepWork

POLL_S = 2.0
PLAIN = Resources()


@dataclass(frozen=True)
class ClusterOptions:
    """On which machines the runs of a sweep are made, and what is asked of a cluster for each job."""

    launcher: str
    scheduler: str | None
    detach: bool
    workers: int
    cpus: int
    walltime: str
    queue: str | None
    interface: str | None

    def check(self) -> None:
        """Refuse a scheduler without its launcher, and the other way round."""
        if (self.launcher == "dask") != (self.scheduler is not None):
            raise refused("together", one="--launcher dask", other="--scheduler ADDRESS")

    def resources(self) -> Resources:
        """Return what each job asks the cluster for, but its memory."""
        return Resources(
            workers=self.workers, cpus=self.cpus, walltime=self.walltime, queue=self.queue, interface=self.interface
        )


cluster_options = gathered(
    "cluster",
    ClusterOptions,
    click.option(
        "--launcher", type=click.Choice(["local", "slurm", "dask", "dask-slurm"]), default="local",
        show_default=True, help="Where runs are made.",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Of Dask, for example tcp://127.0.0.1:8786."),
    click.option("--detach", is_flag=True, help="With slurm: submit and leave; see `status`."),
    click.option("--workers", type=click.IntRange(1, 10_000), default=PLAIN.workers, show_default=True,
                 help="Jobs that may run at once on a cluster."),
    click.option("--cpus", type=click.IntRange(1, 1024), default=PLAIN.cpus, show_default=True,
                 help="Processors of a job."),
    click.option("--walltime", default=PLAIN.walltime, show_default=True, help="Of a job, as SLURM writes it."),
    click.option("--queue", help="Partition of the cluster. Default: its own."),
    click.option("--interface", help="Network interface between machines (dask-slurm)."),
)  # fmt: skip


class Launcher:
    """One way of placing the parts of a sweep: ``slurm``, ``dask`` or ``dask-slurm``."""

    def __init__(
        self,
        work: SweepWork,
        bank: Bank,
        plan: Plan,
        machine: MachineOptions,
        cluster: ClusterOptions,
        *,
        quiet: bool,
        lang: str,
    ) -> None:
        self.kind, self.work, self.bank, self.plan = cluster.launcher, work, bank, plan
        self.scheduler, self.detach = cluster.scheduler, cluster.detach
        self.quiet, self.lang = quiet, lang
        self.resources = cluster.resources()
        memory = machine.memory
        if memory is not None:
            memory_bytes(memory)
            self.resources = dataclasses.replace(self.resources, memory=memory)
        # SLURM itself ends what takes more than its job asked for
        of_worker = memory if self.kind == "dask" else None
        self.options = WorkerOptions(machine.limit, of_worker, machine.retry_failed)

    def launch(self, shards: Sequence[Shard]) -> None:
        """Run what is missing; come back when all parts have ended, or at once when detached.

        Raises
        ------
        Stop
            when the cluster is lost, or Ctrl-C ends the watching
        """
        from sim.experiments.progress import Progress

        if not shards:
            return
        parts = parts_for(len(self.plan.missing(())), self.resources)
        numbers = parts_of(shards, parts)
        with Progress(sum(len(shard.runs) for shard in shards), say("runs", self.lang), quiet=self.quiet) as progress:
            try:
                (self._array if self.kind == "slurm" else self._dask)(numbers, parts, progress)
            except ClusterError as error:
                counts = self._counts()
                text = say("cluster_lost", self.lang, problem=error.text(self.lang), **counts, command=typed_command())
                raise Stop(text, Exit.INCOMPLETE if counts["kept"] else Exit.USAGE) from error

    def _array(self, numbers: Sequence[int], parts: int, progress: Progress) -> None:
        folder = self.work.folder
        if write_script(folder, self.work.sweep.id, self.resources):
            self._note("script_kept", folder=folder)
        job = submit_array(folder, numbers, parts, self.resources.workers, self.options)
        if not self.quiet or self.detach:
            click.echo(say("array", self.lang, job=job, parts=len(numbers), folder=folder), err=True)
        if self.detach:
            return
        try:
            while tasks_left(job):
                time.sleep(POLL_S)
                self._advance(progress)
        except KeyboardInterrupt:
            text = say("array_left", self.lang, job=job, folder=folder)
            raise Stop(text, Exit.INTERRUPTED) from None
        self._advance(progress)
        counts = self._counts()
        if counts["kept"] < counts["planned"]:
            self._note("array_short", job=job, left=counts["planned"] - counts["kept"], folder=folder)

    def _note(self, key: str, **values: Any) -> None:
        click.echo(say("warning", self.lang, text=say(key, self.lang, **values)), err=True)

    def _dask(self, numbers: Sequence[int], parts: int, progress: Progress) -> None:
        if self.scheduler is not None:
            connected = dask_client(self.scheduler)
        else:
            connected = slurm_dask_client(self.work.folder, self.resources)
        with connected as client:
            run_on_dask(client, self.work.folder, numbers, parts, cpus=self.resources.cpus, options=self.options,
                        tick=lambda: self._advance(progress))  # fmt: skip

    def _advance(self, progress: Progress) -> None:
        """Show as many runs as there are by now; those that are to be made again count when they are finished."""
        again, statuses = self.options.retry_failed, self.bank.statuses()
        there = sum(statuses.get(run.run_id) in (("ok",) if again else ("ok", "failed")) for run in self.plan.runs)
        for _ in range(there - (len(self.plan.runs) - progress.total) - progress.done):
            progress.advance()

    def _counts(self) -> dict[str, int]:
        statuses = self.bank.statuses()
        return {"kept": sum(run.run_id in statuses for run in self.plan.runs), "planned": len(self.plan.runs)}

"""Launching the parts of a sweep on many machines, and watching them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.commands.exits import Exit, Stop
from sim.commands.launching import typed_command
from sim.commands.words import say
from sim.experiments.clusters import (
    ClusterError,
    Resources,
    dask_client,
    parts_for,
    run_on_dask,
    slurm_dask_client,
    submit_array,
    tasks_left,
)
from sim.experiments.memory import memory_bytes

if TYPE_CHECKING:
    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan, Shard
    from sim.experiments.progress import Progress
    from sim.experiments.sweep import SweepWork

POLL_S = 2.0


class Launcher:
    """One way of placing the parts of a sweep: ``slurm``, ``dask`` or ``dask-slurm``."""

    def __init__(
        self,
        kind: str,
        work: SweepWork,
        bank: Bank,
        plan: Plan,
        *,
        scheduler: str | None,
        detach: bool,
        limit: float | None,
        quiet: bool,
        lang: str,
        memory: str | None,
        asked: dict[str, Any],
    ) -> None:
        self.kind, self.work, self.bank, self.plan = kind, work, bank, plan
        self.scheduler, self.detach, self.limit = scheduler, detach, limit
        self.quiet, self.lang = quiet, lang
        if memory is not None:
            memory_bytes(memory)
            asked = {**asked, "memory": memory}
        self.memory = memory if kind == "dask" else None  # SLURM itself ends what takes more than its job asked for
        self.resources = Resources(**asked)

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
        with Progress(sum(len(shard.runs) for shard in shards), say("runs", self.lang), quiet=self.quiet) as progress:
            try:
                self._array(parts, progress) if self.kind == "slurm" else self._dask(parts, progress)
            except ClusterError as error:
                counts = self._counts()
                text = say("cluster_lost", self.lang, problem=error.text(self.lang), **counts, command=typed_command())
                raise Stop(text, Exit.INCOMPLETE if counts["kept"] else Exit.USAGE) from error

    def _array(self, parts: int, progress: Progress) -> None:
        job = submit_array(self.work.folder, self.work.sweep.id, parts, self.resources, limit_s=self.limit)
        if not self.quiet or self.detach:
            click.echo(say("array", self.lang, job=job, parts=parts, folder=self.work.folder), err=True)
        if self.detach:
            return
        try:
            while tasks_left(job):
                time.sleep(POLL_S)
                self._advance(progress)
        except KeyboardInterrupt:
            text = say("array_left", self.lang, job=job, folder=self.work.folder)
            raise Stop(text, Exit.INTERRUPTED) from None
        self._advance(progress)

    def _dask(self, parts: int, progress: Progress) -> None:
        if self.scheduler is not None:
            connected = dask_client(self.scheduler)
        else:
            connected = slurm_dask_client(self.work.folder, self.resources)
        with connected as client:
            run_on_dask(client, self.work.folder, parts, cpus=self.resources.cpus, limit_s=self.limit,
                        memory=self.memory, tick=lambda: self._advance(progress))  # fmt: skip

    def _advance(self, progress: Progress) -> None:
        """Show as many runs as there are by now."""
        statuses = self.bank.statuses()
        there = sum(run.run_id in statuses for run in self.plan.runs)
        for _ in range(there - (len(self.plan.runs) - progress.total) - progress.done):
            progress.advance()

    def _counts(self) -> dict[str, int]:
        statuses = self.bank.statuses()
        return {"kept": sum(run.run_id in statuses for run in self.plan.runs), "planned": len(self.plan.runs)}

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
        memory: str | None,
        retry_failed: bool,
        quiet: bool,
        lang: str,
        asked: dict[str, Any],
    ) -> None:
        self.kind, self.work, self.bank, self.plan = kind, work, bank, plan
        self.scheduler, self.detach = scheduler, detach
        self.quiet, self.lang = quiet, lang
        if memory is not None:
            memory_bytes(memory)
            asked = {**asked, "memory": memory}
        of_worker = memory if kind == "dask" else None  # SLURM itself ends what takes more than its job asked for
        self.options = WorkerOptions(limit, of_worker, retry_failed)
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

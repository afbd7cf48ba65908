"""From a study to its stored runs: what ``compare`` and ``run`` share."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

import click

from sim.commands.words import say
from sim.exits import Exit, Stop

if TYPE_CHECKING:
    from sim.commands.options import LaunchOptions
    from sim.experiments.local import Outcome
    from sim.experiments.plan import Plan
    from sim.experiments.store import RunStore, StoredRuns
    from sim.scenario import Study

#: What runs a shard, and what compiles the model before several workers start.
SHARD_FUNCTION = "sim.engine:run_shard"
WARM_FUNCTION = "sim.experiments.warm:warm"


@dataclass(frozen=True)
class Launched:
    """The runs of a study after a launch.

    Attributes
    ----------
    store, plan, stored
        where results lie, what was asked for, what is there
    failed, lost
        number of runs that raised, and that went with their worker
    """

    store: RunStore
    plan: Plan
    stored: StoredRuns
    failed: int
    lost: int

    @property
    def exit_code(self) -> Exit:
        return Exit.SOME_FAILED if self.failed or self.lost else Exit.DONE


def make_missing_runs(
    study: Study, *, launch: LaunchOptions, quiet: bool, lang: str, meanwhile: Callable[[], object] | None = None
) -> Launched:
    """Open the study's folder, make the runs that are missing, and return what is there.

    Parameters
    ----------
    meanwhile : called in a thread of its own while workers make runs and this process waits for them

    Raises
    ------
    Stop
        if Ctrl-C or SIGTERM ended the launch
    """
    from sim.experiments.plan import plan_study
    from sim.experiments.provenance import code_hash, versions
    from sim.experiments.resolved import study_text
    from sim.experiments.store import RunStore, study_folder
    from sim.paths import results_root

    plan = plan_study(study, code_hash=code_hash())
    folder = launch.out or study_folder(results_root(), study)
    store = RunStore.open(folder, study, plan, resolved=study_text(study), versions=versions())
    store.adopt(plan)
    _warn_of_damage(store, lang)
    statuses = store.statuses()
    wanted = ("ok",) if launch.retry_failed else ("ok", "failed")
    present = {run_id for run_id, status in statuses.items() if status in wanted}
    shards = plan.missing(present)
    missing = sum(len(shard.runs) for shard in shards)
    if not quiet:
        there = len(plan.runs) - missing
        click.echo(
            say("study", lang, study=study.id, hash=study.digest[:8], planned=len(plan.runs), present=there),
            err=True,
        )
    lost = 0
    if shards:
        if meanwhile is not None:
            Thread(target=meanwhile, daemon=True).start()
        outcome = _launch(study, store, plan, jobs=launch.jobs, present=present, quiet=quiet, lang=lang)
        lost = len(outcome.lost)
    counts = store.update_counts(plan)
    if counts["missing"] == 0:
        shutil.rmtree(folder / "cache", ignore_errors=True)  # the common starts served their purpose
    return Launched(store, plan, store.stored(plan), counts["failed"], lost)


def _launch(
    study: Study, store: RunStore, plan: Plan, *, jobs: int | None, present: set[str], quiet: bool, lang: str
) -> Outcome:
    """Make the missing runs in worker processes, with progress; stop the command if a signal asks for it."""
    from sim.experiments.local import available_processors, launch
    from sim.experiments.plan import study_scenarios
    from sim.experiments.progress import Progress
    from sim.experiments.shard import Job

    job = Job(
        store.folder, study_scenarios(study), study.horizons, store.folder / "cache", function=SHARD_FUNCTION
    )
    shards = plan.missing(present)
    total = sum(len(shard.runs) for shard in shards)
    processors = available_processors()
    with Progress(total, say("runs", lang), quiet=quiet) as progress:
        outcome = launch(
            job,
            shards,
            jobs=min(jobs or processors, len(shards)),
            threads=processors if len(shards) == 1 and jobs is None else 1,
            listener=lambda run, status: progress.advance(),
            warm=WARM_FUNCTION,
        )
    if outcome.stopped:
        counts = store.update_counts(plan)
        code = Exit.INTERRUPTED if outcome.stopped == "SIGINT" else Exit.INCOMPLETE
        kept = counts["planned"] - counts["missing"]
        text = say(
            "stopped", lang, signal=outcome.stopped, kept=kept, planned=counts["planned"], command=typed_command()
        )
        raise Stop(text, code)
    return outcome


def typed_command() -> str:
    """Return the command as it was typed, to be given again."""
    return shlex.join(["python", *sys.argv] if sys.argv[0].endswith(".py") else sys.argv)


def _warn_of_damage(store: RunStore, lang: str) -> None:
    """Tell on standard error of files that are not what was written, here and in neighbouring folders."""
    texts = [say("damaged", lang, file=path) for path in store.damaged]
    if store.left_out:
        texts.append(say("left_out", lang, file=store.left_out[0], others=len(store.left_out) - 1))
    for text in texts:
        click.echo(say("warning", lang, text=text), err=True)


def warn_of_failures(launched: Launched, lang: str) -> None:
    """Tell on standard error of runs that are not there."""
    if launched.failed or launched.lost:
        logs = launched.store.folder / "logs" / "failures"
        text = say("some_failed", lang, failed=launched.failed, lost=launched.lost, logs=logs)
        click.echo(say("warning", lang, text=text), err=True)


def stability_of(launched: Launched) -> float | None:
    """Return the mean stability number of the finished runs; None where no run tells it."""
    runs = launched.stored.runs()
    known = runs["stability"].dropna() if "stability" in runs else runs["seed"].iloc[:0]
    return float(known.mean()) if len(known) else None


def tell_stability(launched: Launched, lang: str, *, quiet: bool) -> None:
    """Say on standard error how near the map is to tipping; warn where it does."""
    from sim.report.numbers import Format

    number = stability_of(launched)
    if number is None:
        return
    if not quiet:
        click.echo(say("stability", lang, value=Format(lang).number(number, decimals=2)), err=True)
    if number >= 1.0:
        click.echo(say("warning", lang, text=say("unstable", lang)), err=True)

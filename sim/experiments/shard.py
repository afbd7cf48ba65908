"""Running one shard: the paired arms of one seed, one after the other, each result kept as soon as it exists.

A run that raises becomes a failed run with its traceback, and the others go on. Trouble with files (no room, no
right to write) or a different result for the same run is none of the run's: it goes up to the launcher.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments.plan import RunSpec, Shard
from sim.experiments.store import Result, RunStore

if TYPE_CHECKING:
    from sim.scenario import Scenario

Report = Callable[[RunSpec, str], None]


@dataclass(frozen=True)
class Job:
    """What every worker of a study needs besides its shards.

    Attributes
    ----------
    folder
        folder of the study
    scenarios
        the scenarios by id
    horizons
        months at which each startup's staff is written down
    cache_folder
        where the common start of the arms of a seed is kept
    repeat
        command that repeats a run, with ``{scenario}``, ``{seed}`` and ``{folder}`` to fill in
    function
        ``module:name`` of what runs a shard, see ``sim.engine.run_shard``
    """

    folder: Path
    scenarios: Mapping[str, Scenario]
    horizons: tuple[int, ...]
    cache_folder: Path
    repeat: str = "python run.py run {scenario} --first-seed {seed} --study {folder}"
    function: str = "sim.engine:run_shard"


def work(job: Job, shard: Shard, report: Report) -> None:
    """Run what is missing of a shard and keep it; call ``report(run, status)`` after each run is kept."""
    function = find_function(job.function)
    store = RunStore(job.folder)
    job.cache_folder.mkdir(parents=True, exist_ok=True)
    left = [run for run in shard.runs if not store.holds(run)]
    for run in shard.runs:
        if run not in left:
            report(run, "ok")
    while left:
        left = _run_until_failure(job, store, function, left, report)


def find_function(dotted: str) -> Callable[..., Any]:
    """Return the function a ``module:name`` stands for."""
    module, _, name = dotted.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _run_until_failure(
    job: Job, store: RunStore, function: Callable[..., Any], runs: list[RunSpec], report: Report
) -> list[RunSpec]:
    """Run arms in order until all are done or one fails; keep them; return the runs still to do."""
    scenarios = [job.scenarios[run.scenario] for run in runs]
    kept: set[int] = set()
    started = time.perf_counter()
    outcome: Exception | None = None
    stream = _guarded(lambda: function(scenarios, runs[0].seed, job.horizons, cache_dir=job.cache_folder))
    for item in stream:
        if isinstance(item, Exception):
            outcome = item
            break
        index, result = item
        store.add(runs[index], result, seconds=time.perf_counter() - started)
        kept.add(index)
        report(runs[index], "ok")
        started = time.perf_counter()
    left = [run for index, run in enumerate(runs) if index not in kept]
    if not left:
        return []
    failed, *others = left  # arms come in order: the first one without a result is the one that raised
    _keep_failure(job, store, failed, outcome, seconds=time.perf_counter() - started)
    report(failed, "failed")
    return others


def _guarded(start: Callable[[], Iterator[tuple[int, Result]]]) -> Iterator[tuple[int, Result] | Exception]:
    """Iterate over results; an exception of the model ends the iteration as its last item, trouble with files goes on.
    """
    try:
        stream = iter(start())
    except OSError:
        raise
    except Exception as error:
        yield error
        return
    while True:
        try:
            item = next(stream)
        except StopIteration:
            return
        except OSError:
            raise
        except Exception as error:
            yield error
            return
        yield item


def _keep_failure(
    job: Job, store: RunStore, run: RunSpec, error: Exception | None, *, seconds: float
) -> None:
    error = error or RuntimeError("the model ended without a result for this run")
    store.add_failure(
        run,
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
        repeat=job.repeat.format(scenario=run.scenario, seed=run.seed, folder=job.folder),
        seconds=seconds,
    )

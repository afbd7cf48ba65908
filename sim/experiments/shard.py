"""Running one shard: the paired arms of one seed, one after the other, each result handed to a keeper at once.

A run that raises becomes a failed run with its traceback, and the others go on. Trouble with files (no room, no
right to write) or a different result for the same run is none of the run's: it goes up to the launcher.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from sim.experiments.plan import RunSpec, Shard
from sim.experiments.store import Result, RunStore

if TYPE_CHECKING:
    from sim.scenario import Scenario

#: Told of a run when it is made, and again with its status, ok or failed, when it is safe on the disk.
Tell = Callable[[RunSpec, str], None]
MADE = "made"


class Keeper(Protocol):
    """Where a worker puts what its runs give; it tells the launcher which runs are safe. Used as a context."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def holds(self, run: RunSpec) -> bool:
        """Say whether a run is present and finished."""

    def add(self, run: RunSpec, result: Result, *, seconds: float) -> None:
        """Take a finished run."""

    def add_failure(self, run: RunSpec, message: str, traceback: str, *, repeat: str, seconds: float) -> None:
        """Take a run that raised."""

    def flush(self) -> None:
        """Make all that was taken safe on the disk."""


class Work(Protocol):
    """What a launcher hands to its workers: how to run a shard, and where results go."""

    @property
    def folder(self) -> Path: ...
    @property
    def function(self) -> str: ...
    @property
    def horizons(self) -> tuple[int, ...]: ...
    @property
    def cache_folder(self) -> Path | None: ...

    def prepare(self) -> None:
        """Load what runs need, before any of them is timed."""

    def keeper(self, tell: Tell) -> Keeper:
        """Return a keeper that tells of each run."""

    def scenarios_of(self, runs: Sequence[RunSpec]) -> list[Scenario]:
        """Return the scenarios of runs of one shard."""

    def repeat(self, run: RunSpec) -> str:
        """Return the command that makes a run again."""

    def lost(self, run: RunSpec, why: str) -> None:
        """Note a run whose worker died, or was ended for lack of an answer, each time it was tried."""


@dataclass(frozen=True)
class Job:
    """A study's work: whole tables of every run, in its store (``store``).

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
    function
        ``module:name`` of what runs a shard, see ``sim.engine.run_shard``
    """

    folder: Path
    scenarios: Mapping[str, Scenario]
    horizons: tuple[int, ...]
    cache_folder: Path
    function: str = "sim.engine:run_shard"

    def prepare(self) -> None:
        find_function(self.function)

    def keeper(self, tell: Tell) -> Keeper:
        return _AtOnce(RunStore(self.folder), tell)

    def scenarios_of(self, runs: Sequence[RunSpec]) -> list[Scenario]:
        return [self.scenarios[run.scenario] for run in runs]

    def repeat(self, run: RunSpec) -> str:
        return f"python run.py run {run.scenario} --first-seed {run.seed} --study {self.folder}"

    def lost(self, run: RunSpec, why: str) -> None:
        """Leave no mark, so that the next call tries the run again."""


class _AtOnce:
    """Keeps each run in the store of a study as soon as it exists."""

    def __init__(self, store: RunStore, tell: Tell) -> None:
        self.store, self.tell = store, tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def holds(self, run: RunSpec) -> bool:
        return self.store.holds(run)

    def add(self, run: RunSpec, result: Result, *, seconds: float) -> None:
        self.store.add(run, result, seconds=seconds)
        self.tell(run, "ok")

    def add_failure(self, run: RunSpec, message: str, traceback: str, *, repeat: str, seconds: float) -> None:
        self.store.add_failure(run, message, traceback, repeat=repeat, seconds=seconds)
        self.tell(run, "failed")

    def flush(self) -> None:
        pass


def work(job: Work, shard: Shard, keeper: Keeper, tell: Tell) -> None:
    """Run what is missing of a shard and hand it to the keeper."""
    function = find_function(job.function)
    if job.cache_folder is not None:
        job.cache_folder.mkdir(parents=True, exist_ok=True)
    left = [run for run in shard.runs if not keeper.holds(run)]
    for run in shard.runs:
        if run not in left:
            tell(run, "ok")
    while left:
        left = _run_until_failure(job, keeper, function, left, tell)


def find_function(dotted: str) -> Callable[..., Any]:
    """Return the function a ``module:name`` stands for."""
    module, _, name = dotted.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _run_until_failure(
    job: Work, keeper: Keeper, function: Callable[..., Any], runs: list[RunSpec], tell: Tell
) -> list[RunSpec]:
    """Run arms in order until all are done or one fails; keep them; return the runs still to do."""
    scenarios = job.scenarios_of(runs)
    kept: set[int] = set()
    started = time.perf_counter()
    outcome: Exception | None = None
    stream = _guarded(lambda: function(scenarios, runs[0].seed, job.horizons, cache_dir=job.cache_folder))
    for item in stream:
        if isinstance(item, Exception):
            outcome = item
            break
        index, result = item
        tell(runs[index], MADE)
        keeper.add(runs[index], result, seconds=time.perf_counter() - started)
        kept.add(index)
        started = time.perf_counter()
    left = [run for index, run in enumerate(runs) if index not in kept]
    if not left:
        return []
    failed, *others = left  # arms come in order: the first one without a result is the one that raised
    error = outcome or RuntimeError("the model ended without a result for this run")
    tell(failed, MADE)
    text = "".join(traceback.format_exception(error))
    traceback.clear_frames(error.__traceback__)  # they hold the run's arrays: there may be no memory left to write with
    keeper.add_failure(
        failed,
        f"{type(error).__name__}: {error}",
        text,
        repeat=job.repeat(failed),
        seconds=time.perf_counter() - started,
    )
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

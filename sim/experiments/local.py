"""Local launcher: the shards of a study on the processors of this machine.

One process per processor, started afresh (spawn), one thread each: paired runs gain more from running side by
side than from threads within a run. The first worker compiles the model's loops and the others wait for it,
because several processes compiling the same code at once take ten times as long.

A worker that dies costs the shard it was running, which another worker takes up once more. Workers are
written here rather than taken from ``concurrent.futures``, whose pool ends as a whole when one process dies.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from typing import Any

from sim.experiments.plan import RunSpec, Shard
from sim.experiments.shard import Job, find_function, work

#: Set before the child imports anything that reads it.
BLAS_THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
TRIES = 2
WAIT_S = 0.2  # how long a signal can wait to be seen

KEPT = "; no run was counted as failed: mend this and give the same command again, it goes on from there"

Listener = Callable[[RunSpec, str], None]


class WorkerError(RuntimeError):
    """A worker met trouble that is not a run's own: its message, and its traceback as text.

    ``kind`` is ``"input"`` where the user can mend it (a folder that cannot be written), else ``"bug"``.
    """

    def __init__(self, message: str, worker_traceback: str, kind: str) -> None:
        super().__init__(message)
        self.worker_traceback = worker_traceback
        self.kind = kind


@dataclass
class Outcome:
    """How a launch ended.

    Attributes
    ----------
    done, failed
        number of runs kept, and the runs that raised
    lost
        runs whose worker died twice; they have no mark, so the next call tries them again
    stopped
        name of the signal that stopped the launch, if one did
    """

    done: int = 0
    failed: list[RunSpec] = field(default_factory=list)
    lost: list[RunSpec] = field(default_factory=list)
    stopped: str | None = None


def available_processors() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def launch(
    job: Job,
    shards: Sequence[Shard],
    *,
    jobs: int,
    threads: int = 1,
    listener: Listener = lambda run, status: None,
    warm: str | None = None,
    pids: Callable[[int], None] = lambda pid: None,
) -> Outcome:
    """Run shards in worker processes and return how it ended; results are in the store.

    Parameters
    ----------
    job, shards
        what to run
    jobs, threads
        number of worker processes, and of the model's threads in each
    listener
        called after each run with its status, ok or failed
    warm
        ``module:name`` of a function without arguments that compiles the model; the first worker calls it,
        the other workers start when it has returned
    pids
        told the process number of each worker started

    Raises
    ------
    WorkerError
        if a worker cannot work at all, for example because results cannot be written
    """
    with _noted_signals() as received, _Pool(job, threads, warm, pids) as pool:
        return _Launch(pool, shards, jobs, listener).until_done(received)


class _Launch:
    """The shards still to give, who has which, and what came of them."""

    def __init__(self, pool: _Pool, shards: Sequence[Shard], jobs: int, listener: Listener) -> None:
        self.pool = pool
        self.waiting = deque((shard, 1) for shard in shards)
        self.jobs = jobs
        self.listener = listener
        self.outcome = Outcome()

    def until_done(self, received: list[str]) -> Outcome:
        """Give shards and take messages until nothing is left or a signal comes."""
        while self.waiting or self.pool.busy():
            if received:
                self.outcome.stopped = received[0]
                break
            self._fill()
            for worker in self.pool.ready(WAIT_S):
                self._take_message(worker)
        return self.outcome

    def _fill(self) -> None:
        while self.waiting and self.pool.may_grow(self.jobs, len(self.waiting)):
            self.pool.start()
        for worker in self.pool.idle():
            if self.waiting:
                worker.give(*self.waiting.popleft())

    def _take_message(self, worker: _Worker) -> None:
        try:
            kind, *content = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if kind == "warm":
            self.pool.is_warm = True
        elif kind == "run":
            self._count(*content)
            worker.left.discard(content[0].run_id)
        elif kind == "finished":
            worker.shard = None
        elif kind == "broken":
            raise WorkerError(*content)

    def _count(self, run: RunSpec, status: str) -> None:
        if status == "failed":
            self.outcome.failed.append(run)
        else:
            self.outcome.done += 1
        self.listener(run, status)

    def _bury(self, worker: _Worker) -> None:
        """Take a dead worker's unfinished shard back, or give it up after its second try."""
        self.pool.remove(worker)
        if worker.shard is None:
            return
        runs = tuple(run for run in worker.shard.runs if run.run_id in worker.left)
        if not runs:
            return
        if worker.attempt < TRIES:
            self.waiting.appendleft((Shard(worker.shard.seed, runs), worker.attempt + 1))
        else:
            self.outcome.lost.extend(runs)


class _Worker:
    """A child process and the shard it has."""

    def __init__(self, process: Any, pipe: connection.Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.shard: Shard | None = None
        self.left: set[str] = set()
        self.attempt = 0

    def give(self, shard: Shard, attempt: int) -> None:
        """Hand a shard over; a worker that is already dead is noticed by its closed pipe."""
        self.shard, self.attempt = shard, attempt
        self.left = {run.run_id for run in shard.runs}
        with suppress(OSError):
            self.pipe.send(shard)


class _Pool:
    """The living workers. Leaving the context ends them all."""

    def __init__(self, job: Job, threads: int, warm: str | None, pids: Callable[[int], None]) -> None:
        self.job = job
        self.environment = {**BLAS_THREADS, "NUMBA_NUM_THREADS": str(threads)}
        self.warm = warm
        self.is_warm = warm is None
        self.pids = pids
        self.workers: list[_Worker] = []
        self.context = get_context("spawn")

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()
            worker.pipe.close()

    def busy(self) -> bool:
        return any(worker.shard is not None for worker in self.workers)

    def idle(self) -> list[_Worker]:
        return [worker for worker in self.workers if worker.shard is None]

    def may_grow(self, jobs: int, waiting: int) -> bool:
        """Say whether one more worker is of use: one at most until the model is compiled."""
        limit = jobs if self.is_warm else 1
        return len(self.workers) < limit and len(self.idle()) < waiting

    def start(self) -> None:
        """Start a worker with the number of threads asked for."""
        ours, theirs = self.context.Pipe()
        warm = None if self.is_warm else self.warm
        process = self.context.Process(target=_worker_main, args=(theirs, self.job, warm), daemon=True)
        with _environment(self.environment):
            process.start()
        theirs.close()  # so that the child's death closes the pipe
        self.workers.append(_Worker(process, ours))
        self.pids(process.pid or 0)

    def ready(self, timeout: float) -> list[_Worker]:
        """Return the workers that have something to say or are dead."""
        by_pipe = {worker.pipe: worker for worker in self.workers}
        return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe), timeout)]  # type: ignore[index]

    def remove(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.process.join()
        worker.pipe.close()


def _worker_main(pipe: connection.Connection, job: Job, warm: str | None) -> None:
    """Live as a worker: take shards until the launcher is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the launcher decides
    try:
        if warm is not None:
            find_function(warm)()
        pipe.send(("warm",))
        while True:
            work(job, pipe.recv(), lambda run, status: pipe.send(("run", run, status)))
            pipe.send(("finished",))
    except (EOFError, BrokenPipeError):
        return  # the launcher is gone; what is stored stays
    except Exception as error:
        kind = "input" if isinstance(error, (ValueError, OSError)) else "bug"
        message = _of_file(error, job) if isinstance(error, OSError) else f"{error}"
        pipe.send(("broken", message, traceback.format_exc(), kind))
        sys.exit(1)


def _of_file(error: OSError, job: Job) -> str:
    """Say what is wrong with which file, or with the folder of the results where the system names no file."""
    place = "" if error.filename is not None else f"results in {job.folder}: "
    return f"{place}{error}{KEPT}"


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the time of starting a child."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _noted_signals() -> Iterator[list[str]]:
    """Note SIGINT and SIGTERM instead of being interrupted by them; only the main thread may do so."""
    received: list[str] = []
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, lambda n, _: received.append(signal.Signals(n).name))
    except ValueError:  # not in the main thread: signals go where they always went
        pass
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

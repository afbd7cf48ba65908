"""Local launcher: the shards of a study on the processors of this machine.

One process per processor, started afresh (spawn), one thread each: paired runs gain more from running side by
side than from threads within a run. The first worker compiles the model's loops and the others, which import it
meanwhile, wait for that, because several processes compiling the same code at once take ten times as long.

A worker that dies, or gives no sign of life for too long, costs the run it was making, which another worker takes
up once more, and the runs it had not yet put on the disk. Workers are written here rather than taken from
``concurrent.futures``, whose pool ends as a whole when one process dies.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from typing import Any

from sim.experiments.memory import limit_memory
from sim.experiments.plan import RunSpec, Shard
from sim.experiments.shard import MADE, Work, find_function, work
from sim.refusals import Phrase, Refusal, text_of

#: Set before the child imports anything that reads it.
BLAS_THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
TRIES = 2
WAIT_S = 0.2  # how long a signal can wait to be seen
IDLE_S = 0.5  # a worker without a shard for so long puts what it holds on the disk
GRACE_S = 10.0  # for a worker that is told to end to put what it holds on the disk


Listener = Callable[[RunSpec, str], None]


class WorkerError(RuntimeError):
    """A worker met trouble that is not a run's own: what it says, and its traceback as text.

    ``kind`` is ``"input"`` where the user can mend it (a folder that cannot be written), else ``"bug"``.
    """

    def __init__(self, phrase: Phrase, worker_traceback: str, kind: str) -> None:
        super().__init__(phrase.en)
        self.phrase = phrase
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
        runs whose worker died, or was ended over the limit, twice
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
    job: Work,
    shards: Sequence[Shard],
    *,
    jobs: int,
    threads: int = 1,
    listener: Listener = lambda run, status: None,
    warm: str | None = None,
    limit_s: float | None = None,
    memory: int | None = None,
    pids: Callable[[int], None] = lambda pid: None,
) -> Outcome:
    """Run shards in worker processes and return how it ended; results are where the job keeps them.

    Parameters
    ----------
    job, shards
        what to run
    jobs, threads
        number of worker processes, and of the model's threads in each
    listener
        called with the status, ok or failed, of each run that is safe on the disk
    warm
        ``module:name`` of a function without arguments that compiles the model; the first worker calls it,
        and no worker makes a run before it has returned
    limit_s
        a worker that makes no run in so many seconds is ended
    memory
        bytes that a worker may take; a run that asks for more raises (``memory``, Linux only)
    pids
        told the process number of each worker started

    Raises
    ------
    WorkerError
        if a worker cannot work at all, for example because results cannot be written
    """
    with _noted_signals() as received, _Pool(job, threads, warm, memory, pids) as pool:
        return _Launch(pool, shards, jobs, listener, limit_s).until_done(received)


class _Launch:
    """The shards still to give, who has which, and what came of them."""

    def __init__(
        self, pool: _Pool, shards: Sequence[Shard], jobs: int, listener: Listener, limit_s: float | None
    ) -> None:
        self.pool = pool
        self.waiting = deque(shards)
        self.jobs = jobs
        self.listener = listener
        self.limit_s = limit_s
        self.deaths: Counter[str] = Counter()
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
            if self.limit_s is not None:
                for worker in self.pool.silent_for(self.limit_s):
                    worker.process.kill()
                    self._bury(worker, f"no answer within {self.limit_s:g} s")
        return self.outcome

    def _fill(self) -> None:
        while self.waiting and self.pool.may_grow(self.jobs, len(self.waiting)):
            self.pool.start()
        for worker in self.pool.idle():
            if self.waiting and (self.pool.is_warm or worker.warms):  # the others wait until the model is compiled
                worker.give(self.waiting.popleft())

    def _take_message(self, worker: _Worker) -> None:
        try:
            kind, *content = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        worker.seen = time.monotonic()
        if kind == "warm":
            self.pool.is_warm = True
        elif kind == "run":
            self._count(worker, *content)
        elif kind == "begun":
            worker.begun = True
        elif kind == "finished":
            worker.idle, worker.begun = True, False
        elif kind == "broken":
            raise WorkerError(*content)

    def _count(self, worker: _Worker, run: RunSpec, status: str) -> None:
        if status == MADE:
            worker.made.add(run.run_id)
            return
        worker.left.pop(run.run_id, None)
        if status == "failed":
            self.outcome.failed.append(run)
        else:
            self.outcome.done += 1
        self.listener(run, status)

    def _bury(self, worker: _Worker, why: str = "") -> None:
        """Take back what a dead worker had not finished; the run it was making is given up after its second death."""
        self.pool.remove(worker)
        left = list(worker.left.values())
        making = next((run for run in left if run.run_id not in worker.made), None)
        if making is not None:
            self.deaths[making.run_id] += 1
            if self.deaths[making.run_id] >= TRIES:
                left.remove(making)
                self.outcome.lost.append(making)
                self.pool.job.lost(making, why or f"its worker ended by {_ending(worker.process.exitcode)}")
        shards: dict[int, list[RunSpec]] = {}
        for run in left:
            shards.setdefault(run.shard, []).append(run)
        self.waiting.extendleft(Shard(runs[0].seed, tuple(runs)) for runs in reversed(shards.values()))


def _ending(code: int | None) -> str:
    """Say how a process ended: ``SIGKILL`` tells a kill from outside, often for lack of memory."""
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


class _Worker:
    """A child process, the runs it was given and has not put on the disk, and those of them that it has made."""

    def __init__(self, process: Any, pipe: connection.Connection, warms: bool) -> None:
        self.process = process
        self.pipe = pipe
        self.warms = warms  # compiles the model first
        self.idle, self.begun = True, False
        self.left: dict[str, RunSpec] = {}
        self.made: set[str] = set()
        self.seen = time.monotonic()

    def give(self, shard: Shard) -> None:
        """Hand a shard over; a worker that is already dead is noticed by its closed pipe."""
        self.idle = False
        self.left |= {run.run_id: run for run in shard.runs}
        with suppress(OSError):
            self.pipe.send(shard)


class _Pool:
    """The living workers. Leaving the context ends them all."""

    def __init__(
        self, job: Work, threads: int, warm: str | None, memory: int | None, pids: Callable[[int], None]
    ) -> None:
        self.job = job
        self.memory = memory
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
            worker.process.join(GRACE_S)
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def busy(self) -> bool:
        return any(worker.left or not worker.idle for worker in self.workers)

    def idle(self) -> list[_Worker]:
        return [worker for worker in self.workers if worker.idle]

    def silent_for(self, seconds: float) -> list[_Worker]:
        """Return the workers that have begun a shard and have made no run for so long; starting up does not count."""
        since = time.monotonic() - seconds
        return [worker for worker in self.workers if worker.begun and worker.seen < since]

    def may_grow(self, jobs: int, waiting: int) -> bool:
        """Say whether one more worker is of use."""
        return len(self.workers) < jobs and len(self.idle()) < waiting

    def start(self) -> None:
        """Start a worker with the number of threads asked for; one compiles the model where that is not done."""
        ours, theirs = self.context.Pipe()
        warm = None if self.is_warm or any(worker.warms for worker in self.workers) else self.warm
        process = self.context.Process(target=_worker_main, args=(theirs, self.job, warm, self.memory), daemon=True)
        with _environment(self.environment):
            process.start()
        theirs.close()  # so that the child's death closes the pipe
        self.workers.append(_Worker(process, ours, warms=warm is not None))
        self.pids(process.pid or 0)

    def ready(self, timeout: float) -> list[_Worker]:
        """Return the workers that have something to say or are dead."""
        by_pipe = {worker.pipe: worker for worker in self.workers}
        return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe), timeout)]  # type: ignore[index]

    def remove(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.process.join()
        worker.pipe.close()


def _worker_main(pipe: connection.Connection, job: Work, warm: str | None, memory: int | None) -> None:
    """Live as a worker: take shards until the launcher is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the launcher decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves the keeper in order: it puts on the disk what it has

    def tell(run: RunSpec, status: str) -> None:
        pipe.send(("run", run, status))

    try:
        if warm is not None:
            find_function(warm)()
            pipe.send(("warm",))
        job.prepare()
        if memory is not None:
            limit_memory(memory)
        with job.keeper(tell) as keeper:
            while True:
                if not pipe.poll(IDLE_S):
                    keeper.flush()
                shard = pipe.recv()
                pipe.send(("begun",))
                work(job, shard, keeper, tell)
                pipe.send(("finished",))
    except (EOFError, BrokenPipeError):
        return  # the launcher is gone; what is stored stays
    except Exception as error:
        kind = "input" if isinstance(error, (ValueError, OSError, MemoryError)) else "bug"
        said = _of_file(error, job) if isinstance(error, OSError) else error
        phrase = Phrase(text_of(said, "en"), text_of(said, "fr"))
        pipe.send(("broken", phrase, traceback.format_exc(), kind))
        sys.exit(1)


def _of_file(error: OSError, job: Work) -> Refusal:
    """Say what is wrong with which file, or with the folder of the results where the system names no file."""
    if error.filename is not None:
        return Refusal("file_trouble", problem=error)
    return Refusal("folder_trouble", problem=error, folder=job.folder)


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

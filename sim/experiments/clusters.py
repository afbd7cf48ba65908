"""Launchers for many machines: each part of a sweep is one ``worker --shard i/n``, placed by somebody else's engine.

Dask (a scheduler that is there, or one that dask-jobqueue starts through SLURM) and SLURM's own job arrays decide
where and when a part runs, and run it again elsewhere when a machine is lost. What a run is, where its result lies
and what is done already is known by the folder of the sweep, which all machines see: a part that is run twice adds
nothing.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.exits import Exit
from sim.libraries import library
from sim.refusals import Refusal
from sim.whole_files import write_text

if TYPE_CHECKING:
    from distributed import Client

    from sim.experiments.plan import Shard

SCRIPT = "slurm.sh"
LARGEST_ARRAY = 1000  # SLURM allows 1,001 unless its administrator says otherwise
PARTS_PER_WORKER = 8  # so that a lost or slow machine holds up an eighth of its share
DASK_TRIES = 2
GONE = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"})


class ClusterError(Refusal):
    """The cluster cannot do what is asked, or is gone; what was finished is kept."""


@dataclass(frozen=True)
class Resources:
    """What each job asks the cluster for.

    Attributes
    ----------
    workers
        jobs that may run at once
    cpus
        processors, and worker processes, of a job
    memory, walltime
        as SLURM writes them: ``2G``, ``01:00:00``
    queue
        partition; None: the cluster's own default
    interface
        network interface on which machines talk (Dask through SLURM)
    """

    workers: int = 4
    cpus: int = 1
    memory: str = "2G"
    walltime: str = "01:00:00"
    queue: str | None = None
    interface: str | None = None


@dataclass(frozen=True)
class WorkerOptions:
    """What the worker of each part is told besides its part, by the names of the command ``worker``."""

    limit_s: float | None = None
    memory: str | None = None
    retry_failed: bool = False

    def arguments(self) -> list[str]:
        """Return them as arguments of the command."""
        limit = [] if self.limit_s is None else ["--limit", f"{self.limit_s:g}"]
        memory = [] if self.memory is None else ["--memory", self.memory]
        return [*limit, *memory, *(["--retry-failed"] if self.retry_failed else [])]


def parts_for(shards: int, resources: Resources) -> int:
    """Return in how many parts to cut a sweep of so many shards."""
    return max(1, min(shards, PARTS_PER_WORKER * resources.workers, LARGEST_ARRAY))


def parts_of(shards: Sequence[Shard], parts: int) -> list[int]:
    """Return the parts, from 1 on, in which shards lie: a part that is done is not started again."""
    return sorted({shard.runs[0].shard % parts + 1 for shard in shards})


def worker_command(folder: Path, part: str, *, cpus: int, options: WorkerOptions) -> list[str]:
    """Return the command that makes one part, ``i/n``, of the sweep in a folder."""
    command = [sys.executable, "-m", "sim", "worker", str(folder), "--shard", part, "--jobs", str(cpus), "-q"]
    return [*command, *options.arguments()]


# -- SLURM job arrays ----------------------------------------------------------------------------


def array_script(folder: Path, name: str, resources: Resources) -> str:
    """Return the batch script of a sweep: its options are the user's to edit, its last line makes one part."""
    command = worker_command(folder, "PART", cpus=resources.cpus, options=WorkerOptions())
    line = shlex.join(command).replace("PART", '"$SLURM_ARRAY_TASK_ID/$1"') + ' "${@:2}"'
    queue = [] if resources.queue is None else [f"#SBATCH --partition={resources.queue}"]
    lines = [
        "#!/bin/bash",
        "# One part of a sweep, written by Quartiers. Edit the options as your cluster asks; the file is kept when the",
        "# sweep is launched again. $1 is the number of parts, what follows are options of `worker`.",
        f"#SBATCH --job-name=quartiers-{name}",
        f"#SBATCH --cpus-per-task={resources.cpus}",
        f"#SBATCH --mem={resources.memory}",
        f"#SBATCH --time={resources.walltime}",
        *queue,
        "#SBATCH --signal=TERM@60  # a minute before the end: what is finished is put on the disk",
        "#SBATCH --requeue",
        f"#SBATCH --output={folder}/logs/slurm-%A_%a.txt",
        "",
        *_environment(),
        f"exec srun --ntasks=1 {line}",
    ]
    return "\n".join(lines) + "\n"


def _environment() -> list[str]:
    """Return what a job needs of this process's environment: where the package and the compiled code are."""
    root = str(Path(__file__).resolve().parents[2])
    kept = {name: os.environ[name] for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME") if name in os.environ}
    return [f"export {name}={shlex.quote(value)}" for name, value in {"PYTHONPATH": root, **kept}.items()]


def write_script(folder: Path, name: str, resources: Resources) -> bool:
    """Write the batch script; where there is one that says something else, leave it and return True."""
    script, text = folder / SCRIPT, array_script(folder, name, resources)
    if script.exists():
        return script.read_text(encoding="utf-8") != text
    write_text(script, text)
    return False


def submit_array(folder: Path, numbers: Sequence[int], parts: int, workers: int, options: WorkerOptions) -> str:
    """Submit the script as a job array of these parts, so many at once, and return its number.

    Raises
    ------
    ClusterError
        if SLURM is not there, or refuses
    """
    (folder / "logs").mkdir(exist_ok=True)
    array = f"--array={ranges(numbers)}%{workers}"
    arguments = [str(folder / SCRIPT), str(parts), *options.arguments()]
    return _slurm("sbatch", "--parsable", array, *arguments).split(";")[0].strip()


def ranges(numbers: Sequence[int]) -> str:
    """Write whole numbers, in order, as SLURM does: ``1-3,7``."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def tasks_left(job: str) -> int:
    """Return how many tasks of a job array are waiting or running."""
    try:
        text = _slurm("squeue", "--noheader", "--array", "--jobs", job, "--format=%T")
    except ClusterError as error:
        if "Invalid job id" in str(error):  # SLURM forgets a job some minutes after its end
            return 0
        raise
    return sum(state.strip() not in GONE for state in text.splitlines() if state.strip())


def _slurm(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60.0)
    except FileNotFoundError:
        raise ClusterError("no_slurm", command=command[0]) from None
    except subprocess.CalledProcessError as error:
        raise ClusterError("slurm_says", command=command[0], problem=error.stderr.strip()) from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError("slurm_silent", command=command[0]) from error
    return done.stdout


# -- Dask ----------------------------------------------------------------------------------------


def run_part(command: list[str], environment: dict[str, str]) -> int:
    """Run one part as a process of its own, on whatever machine Dask has chosen; return its exit code.

    A process of its own, so that a model that hangs or is killed costs one run, and not the machine's worker. Runs
    that fail are noted in the folder and are no reason to run the part again; anything else is.
    """
    code = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
    if code not in (Exit.DONE, Exit.SOME_FAILED):
        raise RuntimeError(f"exit code {code} of {shlex.join(command)}")
    return code


@contextmanager
def dask_client(address: str) -> Iterator[Client]:
    """Connect to a Dask scheduler that is there.

    Raises
    ------
    ClusterError
        if there is no scheduler at this address
    MissingLibrary
        if dask is not installed
    """
    distributed = library("distributed", extra="cluster")
    try:
        client = distributed.Client(address, timeout=20.0)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError("no_scheduler", address=address, problem=error) from error
    try:
        yield client
    finally:
        client.close(timeout=5.0)


@contextmanager
def slurm_dask_client(folder: Path, resources: Resources) -> Iterator[Client]:
    """Start Dask workers as SLURM jobs, and a scheduler for them in this process."""
    jobqueue, distributed = (library(name, extra="cluster") for name in ("dask_jobqueue", "distributed"))
    try:
        cluster = jobqueue.SLURMCluster(
            cores=1,  # one part at a time; it has its own processes
            processes=1,
            job_cpu=resources.cpus,
            memory=resources.memory,
            walltime=resources.walltime,
            queue=resources.queue,
            interface=resources.interface,
            log_directory=str(folder / "logs"),
            python=sys.executable,
            job_script_prologue=_environment(),
            scheduler_options={"dashboard": False, "interface": resources.interface},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClusterError("no_dask_on_slurm", problem=error) from error
    with cluster:
        # Dask asks again and again when SLURM refuses a job: let SLURM say now what is wrong with it.
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
            script.write(cluster.job_script())
            script.flush()
            _slurm("sbatch", "--test-only", script.name)
        cluster.scale(jobs=resources.workers)
        with distributed.Client(cluster) as client:
            yield client


def run_on_dask(
    client: Client,
    folder: Path,
    numbers: Sequence[int],
    parts: int,
    *,
    cpus: int,
    options: WorkerOptions,
    tick: Callable[[], None],
) -> None:
    """Run these parts of a sweep as tasks of Dask; call ``tick`` about once a second until all have ended.

    Raises
    ------
    ClusterError
        if the scheduler is lost, or a part was tried twice and could not be run
    """
    distributed = library("distributed", extra="cluster")
    root = {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).resolve().parents[2]),
                                                        os.environ.get("PYTHONPATH")]))}  # fmt: skip
    environment = {**root, **{k: os.environ[k] for k in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME") if k in os.environ}}
    futures = []
    for index in numbers:
        command = worker_command(folder, f"{index}/{parts}", cpus=cpus, options=options)
        futures.append(client.submit(run_part, command, environment, pure=False, retries=DASK_TRIES - 1))
    left: set[Any] = set(futures)
    while left:
        try:
            with suppress(distributed.TimeoutError):
                left = distributed.wait(left, timeout=1.0, return_when="FIRST_COMPLETED").not_done
        except CancelledError as error:
            raise ClusterError("scheduler_gone") from error
        tick()
    broken = [future for future in futures if future.status != "finished"]
    if broken:
        raise ClusterError("parts_without_result", broken=len(broken), parts=len(futures), status=broken[0].status)


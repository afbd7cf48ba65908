"""Sweeps on a real SLURM and a real Dask on this machine: the same results, whatever is ended half-way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pandas as pd
import pytest
from slurm import missing, slurm
from sweeps import TESTS, make_here, open_small, sweep_file, values

from sim.experiments.bank import Bank
from sim.experiments.clusters import Resources, WorkerOptions, array_script, parts_for, parts_of, ranges, write_script
from sim.experiments.plan import RunSpec, Shard

ROOT = TESTS.parent
with_slurm = pytest.mark.skipif(bool(missing()), reason=missing() or "SLURM is here")


def sweep_command(folder, out, *more):
    """The real model on a small sweep: six worlds of five months."""
    file = sweep_file(folder, points=3)
    return [sys.executable, "run.py", "sweep", str(file), "--set", "time.spin_up=2012-10", "--set",
            "settings.end=2013-02", "--out", str(out), "-q", "--lang", "en", *more]  # fmt: skip


def run(command, environment=None, **options):
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600,
                           **options)  # fmt: skip
    return found


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The sweep made by one process on this machine."""
    folder = tmp_path_factory.mktemp("local")
    done = run(sweep_command(folder, folder / "bank", "--jobs", "1"))
    assert done.returncode == 0, done.stderr
    return values(Bank(folder / "bank"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with slurm(tmp_path_factory.mktemp("slurm") / "daemons") as environment:
        yield environment


def same(folder, local):
    pd.testing.assert_frame_equal(values(Bank(folder)), local, check_exact=True)


@with_slurm
def test_a_job_array_gives_what_one_process_gives(tmp_path, cluster, local):
    command = sweep_command(tmp_path, tmp_path / "bank", "--launcher", "slurm", "--workers", "2", "--memory", "1G")
    done = run(command, cluster)
    assert done.returncode == 0, done.stderr
    same(tmp_path / "bank", local)
    script = (tmp_path / "bank" / "slurm.sh").read_text("utf-8")
    assert "#SBATCH --mem=1G" in script
    assert len(list((tmp_path / "bank" / "parts" / "runs").iterdir())) == 1


@with_slurm
def test_an_array_that_is_cancelled_goes_on_where_it_was(tmp_path, cluster, local):
    out = tmp_path / "bank"
    command = sweep_command(tmp_path, out, "--launcher", "slurm", "--workers", "1", "--memory", "1G")
    child = subprocess.Popen(command, cwd=ROOT, env=cluster, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for_runs(out)
    subprocess.run(["scancel", "--user=root"], env=cluster, check=True)
    _, told = child.communicate(timeout=300)
    assert child.returncode == 4, told
    kept = Bank(out).statuses()
    assert 0 < len(kept) < 12
    script = out / "slurm.sh"
    script.write_text(script.read_text("utf-8").replace("--time=01:00:00", "--time=00:30:00"), "utf-8")
    done = run(command, cluster)
    assert done.returncode == 0, done.stderr
    same(out, local)
    assert "--time=00:30:00" in script.read_text("utf-8")  # what the user wrote stays


@with_slurm
def test_an_array_makes_failed_runs_again_only_when_asked(tmp_path, cluster, local):
    out = tmp_path / "bank"
    command = sweep_command(tmp_path, out, "--launcher", "slurm", "--workers", "2", "--memory", "1G")
    assert run([sys.executable, "run.py", "plan", *command[3:10], "--pilot", "0"]).returncode == 0
    bank = Bank(out)
    failed = bank.plan().iloc[-1]
    own = {"run_id": failed["run_id"], "scenario": failed["scenario"], "seed": failed["seed"], "point": 2}
    bank.add_part([{**own, "status": "failed", "message": "killed", "state_digest": "", "wall_s": 1.0}], {})
    done = run(command, cluster)
    assert done.returncode == 3, done.stderr
    assert "11 done, 1 failed, 0 missing" in done.stdout
    done = run([*command, "--retry-failed"], cluster)
    assert done.returncode == 0, done.stderr
    same(out, local)
    assert len(list((out / "logs").glob("slurm-*.txt"))) == 6 + 1  # of the second array, the part of the failed run


@with_slurm
def test_dask_through_slurm_gives_what_one_process_gives(tmp_path, cluster, local):
    more = ("--launcher", "dask-slurm", "--workers", "2", "--memory", "1GB", "--interface", "lo")
    done = run(sweep_command(tmp_path, tmp_path / "bank", *more), cluster)
    assert done.returncode == 0, done.stderr
    same(tmp_path / "bank", local)


@with_slurm
def test_what_slurm_refuses_is_said(tmp_path, cluster):
    for launcher in ("slurm", "dask-slurm"):
        more = ("--launcher", launcher, "--memory", "900GB", "--interface", "lo")
        done = run(sweep_command(tmp_path, tmp_path / launcher, *more), cluster)
        assert done.returncode == 2, done.stderr
        assert "Requested node configuration is not available" in done.stderr


@contextmanager
def dask_here(folder, workers=1):
    """A Dask scheduler and workers, on loopback, in processes of their own; gives its address and the processes."""
    folder.mkdir(parents=True, exist_ok=True)
    address, processes = folder / "scheduler.json", []
    arguments = ["--scheduler-file", str(address)]
    begun = [
        ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *arguments],
        *[["-m", "distributed.cli.dask_worker", "--host", "127.0.0.1", "--no-dashboard", "--nthreads", "1",
           "--local-directory", str(folder), *arguments]] * workers,
    ]  # fmt: skip
    try:
        for each in begun:
            processes.append(subprocess.Popen([sys.executable, *each], stderr=subprocess.DEVNULL))
        limit = time.monotonic() + 60.0
        while not address.exists():
            assert time.monotonic() < limit, "the scheduler did not start"
            time.sleep(0.2)
        yield pd.read_json(address, typ="series")["address"], processes
    finally:
        for each in reversed(processes):
            each.terminate()
            try:
                each.wait(timeout=20.0)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


@pytest.fixture
def scheduler(tmp_path):
    with dask_here(tmp_path) as found:
        yield found


def test_a_dask_scheduler_that_is_there_gives_what_one_process_gives(tmp_path, scheduler, local):
    address, processes = scheduler
    command = sweep_command(tmp_path, tmp_path / "bank", "--launcher", "dask", "--scheduler", address, "--workers", "1")
    done = run(command)
    assert done.returncode == 0, done.stderr
    same(tmp_path / "bank", local)


def test_a_scheduler_that_dies_leaves_what_was_made_and_the_command_goes_on(tmp_path, scheduler, local):
    address, processes = scheduler
    out = tmp_path / "bank"
    command = sweep_command(tmp_path, out, "--launcher", "dask", "--scheduler", address, "--workers", "1")
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for_runs(out)
    os.kill(processes[0].pid, signal.SIGKILL)
    _, told = child.communicate(timeout=300)
    assert child.returncode == 4, told
    assert Bank(out).statuses()
    done = run(sweep_command(tmp_path, out))
    assert done.returncode == 0, done.stderr
    same(out, local)


def wait_for_runs(folder):
    limit = time.monotonic() + 300.0
    while not (folder / "manifest.json").exists() or not Bank(folder).statuses():
        assert time.monotonic() < limit, "no run was made"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def four_hundred(tmp_path_factory):
    """400 runs that cost nothing, made by this process."""
    work, plan, bank = open_small(tmp_path_factory.mktemp("alone") / "bank", "series_of_zones", points=100)
    make_here(work, plan.missing(()))
    return values(bank)


@pytest.mark.parametrize("what", ["scheduler", "worker", "coordinator"])
def test_whatever_of_dask_is_killed_400_runs_are_there_once_and_the_same(tmp_path, what, four_hundred):
    out = tmp_path / "bank"
    command = [sys.executable, str(TESTS / "sweeps.py"), str(out), "series_of_zones", "100", "dask"]
    with dask_here(tmp_path / "first", workers=2) as (address, processes):
        child = subprocess.Popen([*command, address, "2"], stderr=subprocess.PIPE, text=True)
        wait_for_runs(out)
        killed = {"scheduler": processes[0], "worker": processes[1], "coordinator": child}[what]
        os.kill(killed.pid, signal.SIGKILL)
        _, told = child.communicate(timeout=300)
    assert ("the Dask scheduler is gone" in told) == (what == "scheduler"), told
    assert (child.returncode == 0) == (what == "worker"), told
    if what != "worker":
        with dask_here(tmp_path / "second") as (address, _):
            assert subprocess.run([*command, address, "2"], check=False, timeout=300).returncode == 0
    assert len(four_hundred) == 400
    assert set(Bank(out).statuses().values()) == {"ok"}
    same(out, four_hundred)


def test_no_scheduler_is_said(tmp_path):
    command = sweep_command(tmp_path, tmp_path / "bank", "--launcher", "dask", "--scheduler", "tcp://127.0.0.1:9")
    done = run(command)
    assert done.returncode == 2
    assert "no Dask scheduler at tcp://127.0.0.1:9" in done.stderr


def test_parts_follow_the_workers_and_the_largest_array():
    assert parts_for(10_000, Resources(workers=4)) == 32
    assert parts_for(5, Resources(workers=4)) == 5
    assert parts_for(100_000, Resources(workers=1000)) == 1000


def test_the_script_says_what_each_job_asks_for(tmp_path):
    asked = Resources(workers=3, cpus=2, memory="4G", walltime="00:10:00", queue="short")
    text = array_script(tmp_path, "mine", asked)
    for line in ("--cpus-per-task=2", "--mem=4G", "--time=00:10:00", "--partition=short"):
        assert f"#SBATCH {line}\n" in text
    assert "--jobs 2" in text
    assert '"${@:2}"' in text  # options of each launch
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


def test_a_script_that_is_there_is_kept(tmp_path):
    asked = Resources(workers=3)
    assert not write_script(tmp_path, "mine", asked)
    assert not write_script(tmp_path, "mine", asked)
    assert write_script(tmp_path, "mine", Resources(memory="8G"))
    assert "--mem=2G" in (tmp_path / "slurm.sh").read_text("utf-8")


def test_a_worker_is_told_what_the_launch_was_told():
    assert WorkerOptions().arguments() == []
    assert WorkerOptions(60.0, "1G", True).arguments() == ["--limit", "60", "--memory", "1G", "--retry-failed"]


def test_only_parts_with_something_missing_are_started():
    left = [Shard(1, (RunSpec("a", "here", 1, number),)) for number in (0, 9, 21, 4)]
    assert parts_of(left, 10) == [1, 2, 5, 10]
    assert parts_of(left, 1) == [1]
    assert ranges([1, 2, 5, 10]) == "1-2,5,10"
    assert ranges([3]) == "3"
    assert ranges(range(1, 1001)) == "1-1000"

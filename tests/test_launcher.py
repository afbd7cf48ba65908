"""The local launcher: every run once, whatever happens to workers, runs and the launcher itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import shard_functions
from shard_functions import tiny_result, tiny_study

from sim.experiments.local import WorkerError, launch
from sim.experiments.plan import plan_study
from sim.experiments.shard import Job
from sim.experiments.store import RunStore

TESTS = Path(__file__).parent


def prepare(folder, study, function):
    """Open the store of a study; return it with the plan and the job."""
    plan = plan_study(study, code_hash="code")
    store = RunStore.open(folder, study, plan, resolved="", versions={})
    scenarios = {scenario.id: scenario for scenario in (study.reference, *study.arms)}
    job = Job(folder, scenarios, study.horizons, folder / "cache", function=f"shard_functions:{function}")
    return store, plan, job


def launch_missing(store, plan, job, **options):
    return launch(job, plan.missing(store.statuses()), **{"jobs": 2, **options})


def final_states(store, plan):
    runs = store.stored(plan).runs()
    return dict(zip(zip(runs["scenario"], runs["seed"]), runs["state_digest"]))


def expected_states(study):
    scenarios = (study.reference, *study.arms)
    return {(s.id, seed): tiny_result(s, seed).state_digest for s in scenarios for seed in study.seeds}


def test_all_runs_are_made_and_a_second_call_makes_none(tmp_path):
    study = tiny_study(seeds=(1, 2, 3))
    store, plan, job = prepare(tmp_path, study, "plain")
    told = []
    outcome = launch_missing(store, plan, job, listener=lambda run, status: told.append((run, status)))
    assert (outcome.done, outcome.failed, outcome.lost, outcome.stopped) == (9, [], [], None)
    assert sorted(run.run_id for run, _ in told) == sorted(run.run_id for run in plan.runs)
    assert final_states(store, plan) == expected_states(study)
    assert plan.missing(store.statuses()) == []


def test_one_worker_or_two_give_the_same_bytes(tmp_path):
    study = tiny_study(seeds=(1, 2))
    content = []
    for jobs in (1, 2):
        store, plan, job = prepare(tmp_path / f"{jobs}", study, "plain")
        launch_missing(store, plan, job, jobs=jobs)
        parts = store.folder / "parts"
        content.append({p.relative_to(parts): p.read_bytes() for p in parts.glob("[!r]*/*.parquet")})
    assert len(content[0]) == 12
    assert content[0] == content[1]


def test_a_run_that_raises_is_noted_and_the_others_go_on(tmp_path):
    study = tiny_study(seeds=(1, 2), arms=("bad", "good"))
    store, plan, job = prepare(tmp_path, study, "bad_arm")
    outcome = launch_missing(store, plan, job)
    assert outcome.done == 4
    assert sorted((run.scenario, run.seed) for run in outcome.failed) == [("bad", 1), ("bad", 2)]
    runs = store.stored(plan).runs().set_index(["scenario", "seed"])
    assert runs.loc[("bad", 2), "message"] == "ZeroDivisionError: no jobs to share at seed 2"
    assert runs.loc[("good", 2), "status"] == "ok"
    log = store.failure_log(runs.loc[("bad", 2), "run_id"]).read_text("utf-8")
    assert 'raise ZeroDivisionError(f"no jobs to share' in log
    assert f"python run.py run bad --first-seed 2 --study {tmp_path}" in log


def test_a_common_start_that_raises_fails_the_arms_of_its_seed_only(tmp_path):
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1, 2, 3)), "bad_start")
    outcome = launch_missing(store, plan, job)
    assert outcome.done == 6
    failed = {(run.scenario, run.seed) for run in outcome.failed}
    assert failed == {("baseline", 2), ("here", 2), ("there", 2)}


def test_a_worker_that_dies_costs_its_unfinished_shard_once(tmp_path):
    study = tiny_study(seeds=(1, 2, 3))
    store, plan, job = prepare(tmp_path, study, "dies_once")
    pids = []
    outcome = launch_missing(store, plan, job, pids=pids.append)
    assert (outcome.done, outcome.failed, outcome.lost) == (9, [], [])
    assert len(pids) >= 2
    assert final_states(store, plan) == expected_states(study)
    started = (tmp_path / "cache" / "log.txt").read_text("utf-8").splitlines()
    assert sorted(started) == sorted(f"{name} {seed}" for name, seed in expected_states(study))


def test_a_run_that_kills_twice_is_given_up_and_left_for_the_next_call(tmp_path):
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1, 2, 3)), "dies_always")
    outcome = launch_missing(store, plan, job)
    assert outcome.done == 8
    assert [(run.scenario, run.seed) for run in outcome.lost] == [("here", 2)]
    assert (tmp_path / "cache" / "log.txt").read_text("utf-8").splitlines() == ["here 2"] * 2
    assert [shard.seed for shard in plan.missing(store.statuses())] == [2]


def test_a_worker_that_gives_no_sign_is_ended_and_its_run_given_up_after_two_tries(tmp_path):
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1, 2, 3)), "hangs")
    outcome = launch_missing(store, plan, job, limit_s=1.0)
    assert [(run.scenario, run.seed) for run in outcome.lost] == [("here", 2)]
    assert outcome.done == 8


def test_a_worker_killed_from_outside_is_replaced(tmp_path):
    study = tiny_study(seeds=(1, 2, 3, 4))
    store, plan, job = prepare(tmp_path, study, "slow")
    pids = []

    def kill_first(run, status):
        if len(pids) == 2:
            os.kill(pids[0], signal.SIGKILL)

    outcome = launch_missing(store, plan, job, pids=pids.append, listener=kill_first)
    assert (outcome.done, outcome.lost) == (12, [])
    assert len(pids) == 3
    assert final_states(store, plan) == expected_states(study)


def test_workers_have_one_thread_each_and_the_caller_keeps_its_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1, 2)), "threads_seen")
    launch_missing(store, plan, job)
    runs = store.stored(plan).runs()
    assert set(runs["numba"]) == {1.0}
    assert set(runs["openmp"]) == {1.0}
    assert float(os.getpid()) not in set(runs["pid"])
    assert os.environ["NUMBA_NUM_THREADS"] == "2"


def test_the_other_workers_start_at_once_and_wait_for_the_first_to_compile(tmp_path, monkeypatch):
    monkeypatch.setenv("TINY_WARM", str(tmp_path / "warm"))
    store, plan, job = prepare(tmp_path / "store", tiny_study(seeds=(1, 2, 3, 4)), "after_warm")
    started = []
    launch_missing(
        store, plan, job, warm="shard_functions:warm", pids=lambda pid: started.append((pid, time.time()))
    )
    runs = store.stored(plan).runs()
    assert set(runs["warm"]) == {1.0}
    compiled = float((tmp_path / "warm").read_text("utf-8"))
    assert [when < compiled for _, when in started] == [True, True]


def test_another_worker_compiles_where_the_first_died_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TINY_WARM", str(tmp_path / "warm"))
    store, plan, job = prepare(tmp_path / "store", tiny_study(seeds=(1, 2, 3, 4)), "after_warm")
    outcome = launch_missing(store, plan, job, warm="shard_functions:warm_at_second_try")
    assert (outcome.done, outcome.lost) == (len(plan.runs), [])
    assert set(store.stored(plan).runs()["warm"]) == {1.0}


def test_trouble_with_the_results_folder_reaches_the_caller(tmp_path):
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1,)), "plain")
    (tmp_path / "parts").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(WorkerError, match="parts") as caught:
        launch_missing(store, plan, job)
    assert caught.value.kind == "input"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes there")
def test_a_disk_that_is_full_fails_no_run_and_the_next_call_goes_on(tmp_path):
    import resource

    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1, 2)), "keeps_start")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32_768, limits[1]))  # workers inherit it
    try:
        with pytest.raises(WorkerError, match="File too large.*no run was counted as failed") as caught:
            launch_missing(store, plan, job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.kind == "input"
    assert str(tmp_path) in str(caught.value)
    assert store.statuses() == {}
    outcome = launch_missing(store, plan, job)
    assert (outcome.done, outcome.failed) == (6, [])


def test_a_worker_that_cannot_import_the_model_says_so(tmp_path):
    store, plan, job = prepare(tmp_path, tiny_study(seeds=(1,)), "no_such_function")
    with pytest.raises(WorkerError, match="no_such_function") as caught:
        launch_missing(store, plan, job)
    assert caught.value.kind == "bug"


STOPPED = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_launcher import launch_missing, prepare
from shard_functions import tiny_study

if __name__ == "__main__":
    store, plan, job = prepare(Path(sys.argv[1]), tiny_study(seeds=range(1, 9)), "slow")
    tell = lambda run, status: print(status, flush=True)
    outcome = launch_missing(store, plan, job, listener=tell, pids=lambda pid: print("pid", pid, flush=True))
    print("stopped", outcome.stopped, outcome.done, flush=True)
"""


def start_launcher(tmp_path, folder):
    """Start a launcher in a process of its own; return it and the first four lines it prints."""
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED, encoding="utf-8")
    command = [sys.executable, str(script), str(folder), str(TESTS.parent), str(TESTS)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return child, [child.stdout.readline().split() for _ in range(4)]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_stops_the_launch_and_the_next_call_goes_on(tmp_path, name):
    folder = tmp_path / "store"
    child, lines = start_launcher(tmp_path, folder)
    child.send_signal(signal.Signals[name])
    lines += [line.split() for line in child.communicate(timeout=20)[0].splitlines()]
    assert child.returncode == 0
    assert lines[-1][:2] == ["stopped", name]
    for pid in (int(line[1]) for line in lines if line[0] == "pid"):
        assert not is_running(pid)

    study = tiny_study(seeds=range(1, 9))
    store, plan, job = prepare(folder, study, "plain")
    kept = len(store.statuses())
    assert int(lines[-1][2]) <= kept < 24
    outcome = launch_missing(store, plan, job)
    assert outcome.done == 24 - kept
    assert final_states(store, plan) == expected_states(study)


def test_a_launcher_killed_outright_leaves_whole_runs_only(tmp_path):
    folder = tmp_path / "store"
    child, lines = start_launcher(tmp_path, folder)
    child.kill()
    child.communicate(timeout=20)
    for pid in (int(line[1]) for line in lines if line[0] == "pid"):
        wait_until_gone(pid)
    study = tiny_study(seeds=range(1, 9))
    store, plan, job = prepare(folder, study, "plain")
    assert 0 < len(store.statuses()) < 24
    launch_missing(store, plan, job)
    assert final_states(store, plan) == expected_states(study)


def is_running(pid):
    """Say whether a process lives; one that ended and that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid, seconds=10.0):
    """Wait for a worker to notice that its launcher is gone."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not is_running(pid):
            return
        time.sleep(0.05)
    pytest.fail(f"worker {pid} outlived its launcher by {seconds} s")


def test_the_tiny_functions_are_those_the_workers_import():
    assert Path(shard_functions.__file__).parent == TESTS

"""Sweeps: every run of a space of assumptions once, whatever happens to workers, runs and launches."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import sweeps
from sweeps import TESTS, failed_rows, launch_missing, make_here, open_small, parts_of, sweep_file, values

from sim import cli
from sim.commands.sweep import failures
from sim.experiments.bank import Bank
from sim.experiments.local import WorkerError
from sim.experiments.memory import memory_bytes
from sim.experiments.plan import run_identity
from sim.experiments.resolved import ResolvedError, read_sweep
from sim.experiments.sweep import plan_sweep, points_of, scenarios_at
from sim.scenario import load_scenario, load_sweep

ROOT = TESTS.parent
pytestmark = pytest.mark.usefixtures("workers_find_the_tests")


# --- what is run


def test_every_policy_runs_at_every_point_with_every_seed(whole):
    work, plan, bank = whole
    runs = bank.runs()
    assert len(plan.runs) == len(runs) == 5 * 2 * 2
    assert set(zip(runs["scenario"], runs["seed"], runs["point"])) == {
        (name, seed, point) for name in ("baseline", "paris_only") for seed in (1, 2) for point in range(5)
    }
    assert runs["brand.dilution"].tolist() == [point / 5 for point in runs["point"]]
    assert [shard.runs[0].scenario for shard in plan.missing(())] == ["baseline"] * 10


def test_a_point_is_the_scenario_with_its_values(whole):
    work, plan, _ = whole
    (_, policy) = work.scenarios_of(plan.missing(())[6].runs)
    wanted = load_scenario("paris_only", overrides={"model.parameters.brand.dilution": "0.6", "time.end": "2013-12",
                                                    "world.w_talent": "1000"})  # fmt: skip
    assert policy.digest == wanted.digest


def test_structures_are_crossed_with_points(tmp_path):
    file = sweep_file(tmp_path, points=3)
    crossed = 'structures: {spillovers.form: [elasticity, log], wages.active: ["on", "off"]}'
    file.write_text(f"{file.read_text('utf-8')}\n{crossed}\n", "utf-8")
    points = points_of(load_sweep(file))
    assert len(points) == 3 * 2 * 2
    assert points.drop_duplicates().shape == points.shape


def test_a_plan_names_runs_as_their_scenarios_do(tmp_path):
    """Planning encodes what a point changes, and not the whole scenario: the names are those of the whole."""
    file = sweep_file(tmp_path, points=3)  # the first point has the value 0, the last ones others
    file.write_text(f"{file.read_text('utf-8')}\nstructures: {{spillovers.form: [elasticity, log]}}\n", "utf-8")
    sweep = load_sweep(file)
    points = points_of(sweep)
    runs = iter(plan_sweep(sweep, points, code_hash="code").runs)
    for point in range(len(points)):
        for seed in sweep.seeds:
            for name, scenario in scenarios_at(sweep, points, point).items():
                run = next(runs)
                known = run_identity(code_hash="code", territory=scenario.territory_digest, scenario=scenario.digest,
                                     seed=seed, horizons=sweep.horizons)  # fmt: skip
                assert (run.run_id, run.scenario, run.seed) == (known, name, seed)
    assert next(runs, None) is None


def test_more_seeds_and_more_points_keep_the_runs_there_are(tmp_path):
    few = load_sweep(sweep_file(tmp_path, points=5))
    many = load_sweep(sweep_file(tmp_path, points=5), seeds=3)
    assert few.digest == many.digest
    ids = [{run.run_id for run in plan_sweep(each, points_of(each), code_hash="c").runs} for each in (few, many)]
    assert ids[0] < ids[1]


def test_outcomes_are_those_of_the_whole_country(whole):
    _, _, bank = whole
    row = bank.runs().iloc[0]
    number = int(row["state_digest"], 16)
    assert row["jobs_2013"] == sum(1.0 + (number >> (k % 24)) % 100 for k in range(96))
    assert row["cost_paid_eur"] == number


def test_a_sweep_is_read_back_and_an_edit_is_seen(whole, tmp_path):
    work, _, bank = whole
    assert read_sweep(bank.folder) == work.sweep
    copy = tmp_path / "copy"
    shutil.copytree(bank.folder, copy)
    path = copy / "sweep.resolved.yaml"
    path.write_text(path.read_text("utf-8").replace("w_talent: 1000", "w_talent: 999"), "utf-8")
    with pytest.raises(ResolvedError, match="was changed since it was run"):
        read_sweep(copy)


# --- trouble


def test_a_run_that_raises_is_noted_with_its_error_and_the_others_go_on(tmp_path):
    work, plan, bank = open_small(tmp_path / "bank", "fails_at_seed_2")
    outcome = launch_missing(work, plan, bank)
    assert (outcome.done, len(outcome.failed), outcome.lost) == (15, 5, [])
    failed = bank.runs().query("status == 'failed'")
    assert set(failed["message"]) == {"ZeroDivisionError: nobody left"}
    log = bank.failure_log(failed["run_id"].iloc[0]).read_text("utf-8")
    assert 'raise ZeroDivisionError("nobody left")' in log
    assert f"python run.py worker {bank.folder} --run {failed['run_id'].iloc[0]}" in log


@pytest.mark.parametrize(
    ("function", "why"),
    [("killed_at_seed_2", "its worker ended by SIGKILL"), ("hangs_at_seed_2", "no answer within 4 s")],
)
def test_a_run_that_is_killed_or_hangs_is_tried_twice_then_noted(tmp_path, function, why):
    work, plan, bank = open_small(tmp_path / "bank", function, points=2)
    outcome = launch_missing(work, plan, bank, limit_s=4.0)
    assert outcome.done == 6
    assert [(run.scenario, run.seed) for run in outcome.lost] == [("paris_only", 2)] * 2
    runs = bank.runs()
    assert set(runs.query("status == 'failed'")["message"]) == {why}
    assert len(runs) == len(plan.runs)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a process limits its own memory on Linux only")
def test_a_run_that_eats_memory_fails_and_the_others_go_on(tmp_path):
    work, plan, bank = open_small(tmp_path / "bank", "eats_memory_at_seed_2", points=3)
    outcome = launch_missing(work, plan, bank, memory=memory_bytes("700M"))
    assert (outcome.done, len(outcome.failed), outcome.lost) == (9, 3, [])
    failed = bank.runs().query("status == 'failed'")
    assert set(failed["message"]) == {"MemoryError: "}
    assert set(failed["scenario"]) == {"paris_only"}
    unlimited, _, again = open_small(tmp_path / "bank", "series_of_zones", points=3)
    present = {run_id for run_id, status in again.statuses().items() if status == "ok"}
    make_here(unlimited, plan.missing(present))
    assert set(again.runs()["status"]) == {"ok"}


@pytest.mark.parametrize(("text", "amount"), [("2G", 2**31), ("1.5 GiB", 3 * 2**29), ("500MB", 500 * 2**20)])
def test_memory_is_read_as_slurm_writes_it(text, amount):
    assert memory_bytes(text) == amount


@pytest.mark.parametrize(("text", "why"), [("lots", "no amount"), ("2 mg", "no amount"), ("20M", "too small")])
def test_memory_that_cannot_be_is_refused(text, why, whole, monkeypatch, capsys):
    monkeypatch.setattr("sim.commands.sweep.reopen", lambda folder: whole)
    monkeypatch.setattr("sim.commands.sweep.missing", lambda *_, **__: whole[1].missing(()))
    assert cli.run(["worker", str(whole[2].folder), "--memory", text, "-q"]) == 2
    assert why in capsys.readouterr().err


def test_failed_runs_stay_until_they_are_asked_for_again(tmp_path):
    work, plan, bank = open_small(tmp_path / "bank", "fails_at_seed_2", points=2)
    launch_missing(work, plan, bank)
    mended, _, again = open_small(tmp_path / "bank", "series_of_zones", points=2)
    assert launch_missing(mended, plan, again).done == 0
    present = {run_id for run_id, status in again.statuses().items() if status == "ok"}
    launch_missing(mended, plan, again)
    make_here(mended, plan.missing(present))
    assert set(again.runs()["status"]) == {"ok"}


@pytest.mark.parametrize("what", ["worker", "coordinator", "ctrl-c"])
def test_whatever_is_killed_every_run_is_there_once_and_the_same(tmp_path, what):
    command = [sys.executable, str(TESTS / "sweeps.py"), str(tmp_path / "bank"), "slow_series", "100"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = [child.stdout.readline().split() for _ in range(3)]
    pids = [int(line[1]) for line in lines if line[0] == "pid"]
    if what == "worker":
        os.kill(pids[0], signal.SIGKILL)
    else:
        child.send_signal(signal.SIGKILL if what == "coordinator" else signal.SIGINT)
    told = child.communicate(timeout=120)[0].splitlines()
    if what == "ctrl-c":
        assert told[-1].endswith("SIGINT")
    work, plan, bank = open_small(tmp_path / "bank", "series_of_zones", points=100)
    before = bank.statuses()
    assert len(before) == 400 if what == "worker" else 0 < len(before) < 400
    if what == "ctrl-c":  # nothing that was made is lost
        assert len(before) >= sum(line == "run" for line in told)
    launch_missing(work, plan, bank)
    one, plan_one, alone = open_small(tmp_path / "alone" / "bank", "series_of_zones", points=100)
    launch_missing(one, plan_one, alone, jobs=1)
    assert len(bank.runs()) == 400
    pd.testing.assert_frame_equal(values(bank), values(alone), check_exact=True)


def test_two_coordinators_lose_nothing_and_nothing_counts_twice(tmp_path, whole):
    command = [sys.executable, str(TESTS / "sweeps.py"), str(tmp_path / "bank"), "slow_series", "20"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for each in both:
        assert each.communicate(timeout=120)[0].splitlines()[-1].startswith("ended")
        assert each.returncode == 0
    runs = Bank(tmp_path / "bank").runs()
    assert len(runs) == 80
    assert runs["run_id"].is_unique
    assert set(runs["status"]) == {"ok"}


def test_a_full_disk_loses_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False,
                             capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip("a small disk of its own cannot be mounted here")
    try:
        work, plan, bank = open_small(disk / "bank", "series_of_zones", points=100)
        room = shutil.disk_usage(disk).free - 24 * 1024  # for a part or two
        (disk / "filler").write_bytes(bytes(room))
        with pytest.raises(WorkerError, match="No space left"):
            launch_missing(work, plan, bank)
        kept = set(Bank(bank.folder).statuses())
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)
        launch_missing(work, plan, bank)
        assert kept <= set(bank.statuses())
        assert len(bank.runs()) == 400
    finally:
        subprocess.run(["umount", str(disk)], check=False)


# --- the command line


def test_plan_sweep_status_worker_and_merge(tmp_path, monkeypatch, capsys):
    """The real model, from the eve of the policy period: plan, run the half, look, run the rest, join."""
    monkeypatch.setenv("QUARTIERS_LANG", "en")
    file = sweep_file(tmp_path, points=2)
    base = [str(file), "--set", "time.spin_up=2012-10", "--set", "settings.end=2013-02"]
    here, there = tmp_path / "here", tmp_path / "there"
    assert cli.run(["plan", *base, "--out", str(here), "-q", "--json", "--pilot", "2", "--precision", "50"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["precision"][0]["seeds"] >= 2
    assert (found["runs"], found["present"], found["points"], found["seeds"]) == (8, 4, 2, 2)
    assert cli.run(["status", str(here), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["missing"] == 4
    assert cli.run(["plan", *base, "--out", str(here), "-q", "--of", "jbos_2013"]) == 2
    assert "jobs_2013" in capsys.readouterr().err
    assert cli.run(["plan", *base, "--out", str(there), "-q", "--pilot", "0"]) == 0
    assert "Nothing was run yet" in capsys.readouterr().out
    assert cli.run(["worker", str(there), "--shard", "1/2", "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["planned"] == 4
    assert cli.run(["worker", str(there), "--shard", "2/2", "-q"]) == 0
    capsys.readouterr()
    assert cli.run(["merge", str(here), str(there)]) == 0
    assert "4 runs taken over" in capsys.readouterr().out
    assert cli.run(["sweep", *base, "--out", str(here), "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] == 8
    pd.testing.assert_frame_equal(values(Bank(here)), values(Bank(there)), check_exact=True)


def test_failures_are_grouped_by_message_whatever_numbers_it_holds(tmp_path, capsys):
    _, plan, bank = open_small(tmp_path / "bank", "series_of_zones")
    first = [f"ValueError: zone {k} has -{k}.5e+3 people" for k in range(4)]
    bank.add_part(failed_rows(plan, [*first, "killed", *(f"kind {'x' * k}" for k in range(1, 12))]), {})
    found = failures(bank, plan)
    assert found["runs"].tolist() == [4, *[1] * 12]
    assert found["message"].tolist()[:2] == [first[0], "killed"]
    assert cli.run(["status", str(bank.folder), "--lang", "en"]) == 4  # though another version planned it
    told = capsys.readouterr().out
    assert "4 × ValueError: zone 0" in told
    assert f"worker {bank.folder} --run {plan.runs[0].run_id}" in told
    assert "3 other kinds" in told
    assert f"asked for again: python run.py worker {bank.folder} --retry-failed" in told


def test_one_run_is_made_again_alone_and_its_error_shown(tmp_path, monkeypatch, capsys):
    found = work, plan, bank = open_small(tmp_path / "bank", "fails_at_seed_2")
    bank.add_part(failed_rows(plan, ["before"] * 4), {})
    monkeypatch.setattr("sim.commands.sweep.reopen", lambda folder: found)
    monkeypatch.setattr("sim.commands.sweep.WARM_FUNCTION", None)
    run = plan.runs[3]
    assert (run.scenario, run.seed) == ("paris_only", 2)
    assert cli.run(["worker", str(bank.folder), "--run", run.run_id, "-q", "--lang", "en"]) == 3
    told = capsys.readouterr()
    assert "1 runs planned, 0 done, 1 failed" in told.out
    assert 'raise ZeroDivisionError("nobody left")' in told.err
    assert len(parts_of(bank)) == 2
    for _ in ("apart", "joined"):
        assert bank.runs()["message"].tolist() == ["before"] * 3 + ["ZeroDivisionError: nobody left"]
        bank.compact()


def test_runs_of_another_version_are_kept_and_told_of(tmp_path, monkeypatch, capsys, whole):
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    assert cli.run(["plan", str(sweep_file(tmp_path)), "--pilot", "0", "-q", "--out", str(copy), "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert "another version of the model (code," in told.err
    assert "made 20 runs; they are kept" in told.err
    assert "0 are done" in told.out


@pytest.mark.parametrize("text", ["0/2", "3/2", "x", "1/0", "1"])
def test_a_part_that_is_none_is_refused(tmp_path, text, whole, capsys, monkeypatch):
    monkeypatch.setattr("sim.commands.sweep.reopen", lambda folder: whole)
    assert cli.run(["worker", str(whole[2].folder), "--shard", text]) == 2
    assert "I/N" in capsys.readouterr().err


def test_the_helpers_are_those_the_workers_import():
    assert Path(sweeps.__file__).parent == TESTS

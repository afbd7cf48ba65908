"""The run store: runs are there whole or not at all, and nothing replaces anything different."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from shard_functions import TinyScenario, tiny_result, tiny_study

from sim.experiments.marks import Damaged, damaged_files
from sim.experiments.plan import Shard, plan_study, run_identity
from sim.experiments.provenance import hash_sources
from sim.experiments.store import RunStore, StoredRuns, StoreError, study_folder
from sim.whole_files import write_parquet

VERSIONS = {"quartiers": "0.1.0"}


def plan_of(study, code="code-1"):
    return plan_study(study, code_hash=code)


def open_store(folder, study, plan=None):
    return RunStore.open(folder, study, plan or plan_of(study), resolved="id: tiny\n", versions=VERSIONS)


def fill(store, study, runs):
    scenarios = {scenario.id: scenario for scenario in (study.reference, *study.arms)}
    for run in runs:
        store.add(run, tiny_result(scenarios[run.scenario], run.seed), seconds=0.5)


# --- what was asked for, and when


def test_a_study_is_registered_before_its_first_run(tmp_path):
    """The same call adds nothing; more seeds add a line that says how many simulations were known by then."""
    few, many = tiny_study(seeds=(1, 2)), tiny_study(seeds=(1, 2, 3))
    for study in (few, few, many, many):
        store = open_store(tmp_path / "s", study)
        fill(store, study, [run for run in plan_of(study).runs if not store.holds(run)])
    lines = store.manifest()["registered"]
    assert [(line["seeds"], line["seen"]) for line in lines] == [(2, 0), (3, 6)]
    assert [line["plan"] for line in lines] == [plan_of(few).digest, plan_of(many).digest]
    assert {line["study"] for line in lines} == {few.digest}
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d", line["utc"]) for line in lines)


# --- plan and identity


def test_arms_of_a_seed_are_one_shard_reference_first():
    plan = plan_of(tiny_study(seeds=(7, 8)))
    shards = plan.missing(())
    assert [shard.seed for shard in shards] == [7, 8]
    assert [run.scenario for run in shards[1].runs] == ["baseline", "here", "there"]


def test_more_seeds_keep_the_ids_of_the_first_ones():
    few, many = plan_of(tiny_study(seeds=(1, 2))), plan_of(tiny_study(seeds=(1, 2, 3)))
    assert many.runs[: len(few.runs)] == few.runs
    assert [shard.seed for shard in many.missing({run.run_id for run in few.runs})] == [3]


def test_a_partly_made_seed_keeps_only_its_missing_arms():
    plan = plan_of(tiny_study(seeds=(1,)))
    assert plan.missing({plan.runs[1].run_id}) == [Shard(1, (plan.runs[0], plan.runs[2]))]


@pytest.mark.parametrize(
    "change",
    [{"code_hash": "b"}, {"territory": "b"}, {"scenario": "b"}, {"seed": 2}, {"horizons": (1,)}],
    ids=lambda change: next(iter(change)),
)
def test_each_thing_that_determines_a_run_changes_its_id(change):
    key = {"code_hash": "a", "territory": "a", "scenario": "a", "seed": 1, "horizons": (1, 2)}
    assert run_identity(**key) == run_identity(**key)
    assert run_identity(**{**key, **change}) != run_identity(**key)


def test_two_names_for_one_simulation_share_one_run():
    study = tiny_study(seeds=(1,), arms=("here",))
    twin = TinyScenario("same_as_here", study.arms[0].digest)
    plan = plan_of(dataclasses.replace(study, arms=(*study.arms, twin)))
    assert [run.scenario for run in plan.runs] == ["baseline", "here", "same_as_here"]
    assert [run.scenario for run in plan.missing(())[0].runs] == ["baseline", "here"]


def test_one_name_for_two_simulations_is_refused():
    study = tiny_study()
    with pytest.raises(ValueError, match="both called 'here'"):
        plan_of(dataclasses.replace(study, variants=(TinyScenario("here", "another"),)))


def test_code_hash_follows_the_model_and_not_its_faces(tmp_path):
    (tmp_path / "report").mkdir()
    files = {"engine.py": "a = 1\n", "cli.py": "b = 1\n", "report/page.py": "c = 1\n"}
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())
    before = hash_sources(tmp_path)
    (tmp_path / "cli.py").write_bytes(b"b = 2\n")
    (tmp_path / "report/page.py").write_bytes(b"c = 2\n")
    (tmp_path / "engine.py").write_bytes(b"a = 1\r\n")
    assert hash_sources(tmp_path) == before
    (tmp_path / "engine.py").write_bytes(b"a = 2\n")
    assert hash_sources(tmp_path) != before


# --- writing, reading


def test_what_is_stored_is_read_back(tmp_path):
    study = tiny_study()
    plan, store = plan_of(study), open_store(tmp_path, study)
    fill(store, study, plan.runs)
    stored = store.stored(plan)

    here, seed = study.arms[0], 2
    read = stored.table("series", scenario="here", seed=2)
    assert read["scenario"].tolist() == ["here"] * 4
    assert read["seed"].tolist() == [2] * 4
    pd.testing.assert_frame_equal(
        read.drop(columns=["scenario", "seed"]), tiny_result(here, seed).tables["series"]
    )
    assert stored.table("firms")["uid"].dtype == "uint64"
    assert len(stored.table("series")) == 9 * 4
    assert len(stored.table("series", seed=3)) == 3 * 4

    runs = stored.runs().set_index(["scenario", "seed"])
    assert len(runs) == 9
    assert runs.loc[("here", 2), "months"] == 4.0
    assert runs.loc[("here", 2), "seconds_growth"] == 0.25
    assert runs.loc[("here", 2), "state_digest"] == tiny_result(here, 2).state_digest


def test_runs_without_mark_and_temporary_files_do_not_exist(tmp_path):
    study = tiny_study(seeds=(1, 2))
    plan, store = plan_of(study), open_store(tmp_path, study)
    fill(store, study, plan.runs[:4])
    marks = tmp_path / "parts" / "runs"
    (marks / f"{plan.runs[3].run_id}.parquet").unlink()  # killed after the tables, before the mark
    (marks / f"{plan.runs[4].run_id}.parquet.0a1b.tmp").write_bytes(b"PAR1 half")
    (tmp_path / "parts" / "series" / f"{plan.runs[4].run_id}.parquet.0a1b.tmp").write_bytes(b"PAR1 half")

    assert set(store.statuses()) == {run.run_id for run in plan.runs[:3]}
    stored = StoredRuns.open(tmp_path)
    assert stored.missing == 3
    assert set(stored.table("series")["seed"]) == {1}
    assert [len(shard.runs) for shard in plan.missing(store.statuses())] == [3]


def test_a_killed_write_leaves_nothing_under_the_final_name(tmp_path):
    class Interrupted(BaseException):
        pass

    from sim import whole_files

    def half(handle):
        handle.write(b"half")
        raise Interrupted

    with pytest.raises(Interrupted):
        whole_files.write_whole(tmp_path / "x.parquet", half)
    assert list(tmp_path.iterdir()) == []


def test_the_same_result_again_is_accepted_and_a_different_one_refused(tmp_path):
    study = tiny_study(seeds=(1,))
    plan, store = plan_of(study), open_store(tmp_path, study)
    fill(store, study, plan.runs)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    fill(store, study, plan.runs)
    other = dataclasses.replace(tiny_result(study.reference, 1), state_digest="other")
    with pytest.raises(StoreError, match="Equal runs must give equal results"):
        store.add(plan.runs[0], other, seconds=0.1)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before


def test_another_study_in_the_same_folder_is_refused(tmp_path):
    study = tiny_study(seeds=(1,))
    fill(open_store(tmp_path, study), study, plan_of(study).runs)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match=r"holds another study: tiny \(01234567\)"):
        open_store(tmp_path, tiny_study(digest="fedcba9876543210"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_bytes(b"precious")
    with pytest.raises(StoreError, match="holds files but no results"):
        open_store(tmp_path, tiny_study())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_an_unknown_format_is_refused(tmp_path):
    study = tiny_study()
    open_store(tmp_path, study)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), "format": 99}), "utf-8")
    with pytest.raises(StoreError, match="format 99"):
        open_store(tmp_path, study)


def test_a_failed_run_is_seen_and_never_replaces_a_result(tmp_path):
    study = tiny_study(seeds=(1,))
    plan, store = plan_of(study), open_store(tmp_path, study)
    fill(store, study, plan.runs[:1])
    for run in plan.runs[:2]:
        store.add_failure(run, "ValueError: no", "Traceback...", repeat="python run.py run here", seconds=1.0)

    assert store.update_counts(plan) == {"planned": 3, "ok": 1, "failed": 1, "missing": 1}
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8"))["counts"]["failed"] == 1
    runs = store.stored(plan).runs().set_index("scenario")
    assert runs["status"].to_dict() == {"baseline": "ok", "here": "failed"}
    assert runs.loc["here", "message"] == "ValueError: no"
    log = store.failure_log(plan.runs[1].run_id).read_text("utf-8")
    assert "python run.py run here" in log
    assert "Traceback..." in log
    assert not store.failure_log(plan.runs[0].run_id).exists()
    assert set(store.stored(plan).table("series")["scenario"]) == {"baseline"}


def test_a_failed_run_can_be_made_again(tmp_path):
    study = tiny_study(seeds=(1,))
    plan, store = plan_of(study), open_store(tmp_path, study)
    store.add_failure(plan.runs[0], "MemoryError: ", "Traceback...", repeat="", seconds=1.0)
    fill(store, study, plan.runs[:1])
    assert store.statuses() == {plan.runs[0].run_id: "ok"}


def test_runs_of_other_code_are_kept_apart(tmp_path):
    study = tiny_study(seeds=(1,))
    old, new = plan_of(study, "code-1"), plan_of(study, "code-2")
    fill(open_store(tmp_path, study, old), study, old.runs)
    store = open_store(tmp_path, study, new)
    assert [len(shard.runs) for shard in new.missing(store.statuses())] == [3]
    fill(store, study, new.runs[:1])
    assert len(StoredRuns.open(tmp_path).runs()) == 1
    assert len(store.stored(old).runs()) == 3


def test_runs_of_a_neighbouring_study_are_taken_over(tmp_path):
    ours = tiny_study(seeds=(1, 2))
    theirs = tiny_study(seeds=(1,), arms=("elsewhere",), digest="fedcba9876543210")
    fill(open_store(tmp_path / "theirs", theirs), theirs, plan_of(theirs).runs)
    plan, store = plan_of(ours), open_store(tmp_path / "ours", ours)
    assert store.adopt(plan) == 1
    assert store.statuses() == {plan.runs[0].run_id: "ok"}
    read = store.stored(plan).table("series", scenario="baseline", seed=1)
    assert read["jobs"].tolist() == tiny_result(ours.reference, 1).tables["series"]["jobs"].tolist()
    assert store.adopt(plan) == 0


def test_a_failed_or_incomplete_run_of_a_neighbour_is_left_there(tmp_path):
    study = tiny_study(seeds=(1,))
    plan, theirs = plan_of(study), open_store(tmp_path / "theirs", study)
    fill(theirs, study, plan.runs[:1])
    (tmp_path / "theirs" / "parts" / "firms" / f"{plan.runs[0].run_id}.parquet").unlink()
    theirs.add_failure(plan.runs[1], "ValueError: no", "", repeat="", seconds=1.0)
    store = open_store(tmp_path / "ours", study)
    assert store.adopt(plan) == 0
    assert store.statuses() == {}


# --- files that are not what was written


def filled(folder, seeds=(1,)):
    study = tiny_study(seeds=seeds)
    store, plan = open_store(folder, study), plan_of(study)
    fill(store, study, plan.runs)
    store.update_counts(plan)
    return study, plan


def falsify(path):
    """Multiply the jobs of a table: the file stays a sound Parquet file."""
    frame = pd.read_parquet(path)
    write_parquet(path, frame.assign(jobs=1000.0 * frame["jobs"]))


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-40])


BREAKERS = {"falsified": falsify, "cut_short": cut_short, "missing": Path.unlink}


def series_of(folder, run):
    return folder / "parts" / "series" / f"{run.run_id}.parquet"


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_table_of_a_neighbour_that_is_not_what_was_written_is_not_taken_over(tmp_path, breaker):
    study, plan = filled(tmp_path / "theirs")
    bad = series_of(tmp_path / "theirs", plan.runs[1])
    BREAKERS[breaker](bad)
    left = bad.read_bytes() if bad.exists() else None
    store = open_store(tmp_path / "ours", study)
    assert store.adopt(plan) == 2
    assert store.left_out == [bad]
    assert set(store.statuses()) == {plan.runs[0].run_id, plan.runs[2].run_id}
    assert (bad.read_bytes() if bad.exists() else None) == left


def test_a_sound_run_of_a_second_neighbour_is_taken_over(tmp_path):
    study, plan = filled(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    falsify(series_of(tmp_path / "a", plan.runs[0]))
    store = open_store(tmp_path / "ours", study)
    assert store.adopt(plan) == 3
    assert damaged_files(store.folder, {}) == {}


@pytest.mark.parametrize("what", ["runs", "series"])
@pytest.mark.parametrize("breaker", BREAKERS)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_run_that_is_not_whole_is_set_aside_told_and_made_again(tmp_path, what, breaker, sealed):
    study, plan = filled(tmp_path)
    bad = tmp_path / "parts" / what / f"{plan.runs[1].run_id}.parquet"
    if (what, breaker) == ("runs", "falsified"):
        row = pd.read_parquet(bad)
        write_parquet(bad, row.assign(scalars='{"growth": 9.0}'))
    else:
        BREAKERS[breaker](bad)
    if not sealed:
        manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
        (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "files": {}}), encoding="utf-8")
    broken = bad.read_bytes() if bad.exists() else None
    store = open_store(tmp_path, study)
    if (what, breaker, sealed) == ("runs", "missing", False):
        assert store.damaged == []  # as after a kill: no mark, no run
    else:
        assert store.damaged == [bad]
    assert plan.runs[1].run_id not in store.statuses()
    if broken is not None:
        assert bad.with_name(bad.name + ".damaged").read_bytes() == broken
    fill(store, study, [plan.runs[1]])
    store.update_counts(plan)
    again = open_store(tmp_path, study)
    assert (again.damaged, set(again.statuses().values())) == ([], {"ok"})
    jobs = again.stored(plan).table("series", scenario="here", seed=1)["jobs"]
    assert jobs.tolist() == tiny_result(study.arms[0], 1).tables["series"]["jobs"].tolist()


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path):
    study, plan = filled(tmp_path)
    path = series_of(tmp_path, plan.runs[0])
    for factor in (2.0, 3.0):
        frame = pd.read_parquet(path)
        write_parquet(path, frame.assign(jobs=factor * frame["jobs"]))
        store = open_store(tmp_path, study)
        fill(store, study, plan.runs[:1])
        store.update_counts(plan)
    first, second = (pd.read_parquet(path.with_name(path.name + end))["jobs"] for end in (".damaged", ".damaged-2"))
    jobs = pd.read_parquet(path)["jobs"]
    assert (first.tolist(), second.tolist()) == ((2.0 * jobs).tolist(), (3.0 * jobs).tolist())


def test_a_table_changed_after_opening_is_not_read(tmp_path):
    study, plan = filled(tmp_path)
    stored = StoredRuns.open(tmp_path)
    falsify(series_of(tmp_path, plan.runs[2]))
    assert len(stored.table("series", scenario="here")) == 4
    with pytest.raises(Damaged, match=plan.runs[2].run_id):
        stored.table("series")


@pytest.mark.parametrize("name", ["plan", "study.resolved.yaml"])
def test_a_plan_or_a_resolved_study_that_was_cut_short_is_set_aside_and_written_again(tmp_path, name):
    study, plan = filled(tmp_path)
    path = tmp_path / "plan" / f"{plan.digest}.parquet" if name == "plan" else tmp_path / name
    whole = path.read_bytes()
    path.write_bytes(whole[:5])
    store = open_store(tmp_path, study)
    assert (store.damaged, path.read_bytes()) == ([path], whole)
    assert path.with_name(path.name + ".damaged").read_bytes() == whole[:5]
    assert len(StoredRuns.open(tmp_path).runs()) == 3


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}', "\x00"], ids=["cut", "list", "format only", "no text"])
def test_a_manifest_that_cannot_be_used_is_named_with_what_to_do(tmp_path, text):
    study, plan = filled(tmp_path / "ours")
    (tmp_path / "ours" / "manifest.json").write_text(text, encoding="utf-8")
    for opened in (lambda: open_store(tmp_path / "ours", study), lambda: StoredRuns.open(tmp_path / "ours")):
        with pytest.raises(StoreError, match=r"manifest\.json .*rename the folder ours"):
            opened()
    (tmp_path / "ours").rename(tmp_path / "old")
    assert open_store(tmp_path / "ours", study).adopt(plan) == 3


def test_an_unknown_table_is_named_with_those_present(tmp_path):
    study = tiny_study(seeds=(1,))
    plan, store = plan_of(study), open_store(tmp_path, study)
    fill(store, study, plan.runs)
    with pytest.raises(KeyError, match=r"no table 'serie'.*\['firms', 'series'\]"):
        store.stored(plan).table("serie")


def test_the_folder_is_named_by_the_study_without_its_seeds(tmp_path):
    assert study_folder(tmp_path, tiny_study(seeds=(1,))) == study_folder(tmp_path, tiny_study(seeds=(1, 2)))
    assert study_folder(tmp_path, tiny_study()).name == "tiny-01234567"

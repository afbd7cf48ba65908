"""Joining what several machines made of one study: all of it, once, and nothing of another study."""

import pandas as pd
import pytest
from shard_functions import tiny_result, tiny_study

from sim import cli
from sim.experiments.marks import mark_path
from sim.experiments.plan import plan_study
from sim.experiments.store import RunStore, StoredRuns, StoreError

STUDY = tiny_study(seeds=(1, 2, 3))
PLAN = plan_study(STUDY, code_hash="code")


def made(folder, runs, study=STUDY):
    """A folder of the study in which one machine has made some of its runs."""
    store = RunStore.open(folder, study, plan_study(study, code_hash="code"), resolved="id: tiny\n", versions={})
    scenarios = {each.id: each for each in study.scenarios}
    for run in runs:
        store.add(run, tiny_result(scenarios[run.scenario], run.seed), seconds=0.5)
    return store


@pytest.fixture
def halves(tmp_path):
    return made(tmp_path / "a" / "tiny", PLAN.runs[:5]), made(tmp_path / "b" / "tiny", PLAN.runs[4:])


def test_two_halves_of_a_study_are_the_whole(tmp_path, halves, capsys):
    one, other = halves
    assert cli.run(["merge", str(one.folder), str(other.folder), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "4 runs taken over" in told
    assert "9 done, 0 failed, 0 missing" in told
    whole = made(tmp_path / "whole", PLAN.runs)
    for name in ("series", "firms"):
        tables = [StoredRuns.open(each.folder).table(name) for each in (one, whole)]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert one.manifest()["counts"]["missing"] == 0
    assert set(one.statuses().values()) == {"ok"}
    assert cli.run(["merge", str(one.folder), str(other.folder), "--lang", "fr"]) == 0
    assert "0 simulations reprises" in capsys.readouterr().out


def test_what_is_still_missing_is_said(tmp_path, halves, capsys):
    half = made(tmp_path / "c", PLAN.runs[:2])
    assert cli.run(["merge", str(half.folder), str(halves[1].folder), "--lang", "en"]) == 4
    assert "2 missing" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "words"), [("en", "holds another study"), ("fr", "contient une autre étude")])
def test_another_study_is_refused_before_anything_is_copied(tmp_path, halves, capsys, lang, words):
    one, other = halves
    foreign = made(tmp_path / "c", (), study=tiny_study(digest="fedcba9876543210"))
    before = one.statuses()
    assert cli.run(["merge", str(one.folder), str(other.folder), str(foreign.folder), "--lang", lang]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert words in told
    assert "tiny (fedcba98)" in told
    assert "tiny (01234567)" in told
    assert one.statuses() == before


def test_a_sweep_and_a_study_do_not_join_nor_does_nothing(tmp_path, halves, capsys):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "manifest.json").write_text('{"format": "bank/1"}', "utf-8")
    assert cli.run(["merge", str(halves[0].folder), str(tmp_path / "sweep"), "--lang", "en"]) == 2
    assert "one holds a sweep, the other a study" in capsys.readouterr().err
    assert cli.run(["merge", str(halves[0].folder), str(tmp_path), "--lang", "en"]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_a_run_that_ended_otherwise_elsewhere_is_refused(tmp_path, halves):
    one, other = halves
    odd = made(tmp_path / "c", ())
    run = PLAN.runs[0]
    odd.add(run, tiny_result(STUDY.arms[1], 99), seconds=0.5)
    with pytest.raises(StoreError, match="ended in .* Nothing was copied"):
        one.take_over(odd.folder)


def test_a_damaged_run_is_left_where_it_is_and_told(halves, capsys):
    one, other = halves
    run = PLAN.runs[-1]
    part = other.folder / "parts" / "series" / f"{run.run_id}.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    assert cli.run(["merge", str(one.folder), str(other.folder), "--lang", "en"]) == 4
    assert str(part) in capsys.readouterr().err
    assert not mark_path(one.folder, run.run_id).exists()

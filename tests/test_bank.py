"""Where the runs of a sweep lie: parts joined, damaged, refused and read by other programs."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest
from sweeps import TESTS, failed_rows, launch_missing, make_here, open_small, parts_of, sweep_file, values

from sim.experiments.bank import Bank
from sim.experiments.marks import StoreError
from sim.experiments.shard import work as make
from sim.experiments.sweep import plan_sweep, points_of
from sim.scenario import load_sweep

ROOT = TESTS.parent
pytestmark = pytest.mark.usefixtures("workers_find_the_tests")

# --- the bank


def test_parts_are_joined_and_read_the_same(tmp_path):
    work, plan, bank = open_small(tmp_path / "bank", "series_of_zones", keep="series")
    for shard in plan.missing(()):
        make_here(work, [shard])
    before, series = values(bank), bank.table("series").sort_values(["run_id", "zone"], ignore_index=True)
    assert len(list((bank.folder / "parts" / "runs").iterdir())) == 10
    assert bank.compact() == 9
    fresh = Bank(bank.folder)
    assert len(list((bank.folder / "parts" / "runs").iterdir())) == 1
    pd.testing.assert_frame_equal(values(fresh), before, check_exact=True)
    pd.testing.assert_frame_equal(
        fresh.table("series").sort_values(["run_id", "zone"], ignore_index=True), series, check_exact=True
    )


def test_a_worker_joins_its_own_parts_and_leaves_those_of_others(tmp_path, whole, monkeypatch):
    monkeypatch.setattr("sim.experiments.keeper.FLUSH_RUNS", 1)
    monkeypatch.setattr("sim.experiments.keeper.JOIN_PARTS", 4)
    work, plan, bank = open_small(tmp_path / "bank", "series_of_zones", keep="series")
    make_here(work, plan.missing(())[:1])
    (others,) = parts_of(bank)
    most = []
    with work.keeper(lambda run, status: most.append(len(parts_of(bank)))) as keeper:
        for shard in plan.missing(bank.statuses()):
            make(work, shard, keeper, lambda run, status: None)
    assert max(most) <= 1 + 4
    assert len(parts_of(bank)) == 2
    assert others in parts_of(bank)
    assert len(bank.table("series")) == 20 * 96 * len(work.horizons)
    pd.testing.assert_frame_equal(values(bank), values(whole[2]), check_exact=True)


def test_a_reader_sees_every_run_while_parts_are_joined(tmp_path, whole):
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    reader, joiner = Bank(copy), Bank(copy)
    rows = pd.read_parquet(next((copy / "parts" / "runs").iterdir())).to_dict("records")
    joiner.add_part(rows[:3], {})
    listed = reader._parts()
    joiner.compact()
    calls = iter([listed, reader._parts()])
    reader._parts = lambda: next(calls)
    assert len(reader.statuses()) == 20


def test_what_another_worker_has_made_is_seen_and_stays_seen_when_joined(tmp_path, whole, monkeypatch):
    monkeypatch.setattr("sim.experiments.bank.LOOK_SHARE", float("inf"))  # look each time
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    run_ids = [run.run_id for run in whole[1].runs]
    rows = pd.read_parquet(next((copy / "parts" / "runs").iterdir())).to_dict("records")
    one, other = Bank(tmp_path / "new"), Bank(tmp_path / "new")
    assert not one.seems_done(run_ids[0])
    other.add_part([row for row in rows if row["run_id"] == run_ids[0]], {})
    assert one.seems_done(run_ids[0])
    assert not one.seems_done(run_ids[1])
    other.add_part([{**row, "status": "failed"} for row in rows if row["run_id"] == run_ids[1]], {})
    assert not one.seems_done(run_ids[1])
    other.add_part([row for row in rows if row["run_id"] == run_ids[1]], {})
    other.compact()
    assert one.seems_done(run_ids[0])
    assert one.seems_done(run_ids[1])
    assert one.statuses() == dict.fromkeys(run_ids[:2], "ok")


def test_a_damaged_part_is_set_aside_and_its_runs_made_again(tmp_path, whole):
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    (part,) = (copy / "parts" / "runs").iterdir()
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 0xFF
    part.write_bytes(bytes(content))
    bank = Bank(copy)
    assert bank.statuses() == {}
    assert bank.damaged == [part]
    assert part.with_name(part.name + ".damaged").is_file()
    work, plan, again = open_small(copy, "series_of_zones")
    launch_missing(work, plan, again)
    pd.testing.assert_frame_equal(values(again), values(whole[2]), check_exact=True)


def test_two_results_of_one_run_are_refused(tmp_path, whole):
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    row = pd.read_parquet(next((copy / "parts" / "runs").iterdir())).iloc[0].to_dict()
    Bank(copy).add_part([{**row, "state_digest": "another"}], {})
    with pytest.raises(StoreError, match="two final states"):
        Bank(copy).statuses()


def test_a_folder_with_something_else_is_refused(tmp_path, whole):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("x")
    with pytest.raises(StoreError, match="no sweep of Quartiers"):
        open_small(tmp_path / "notes", "series_of_zones")
    copy = tmp_path / "bank"
    shutil.copytree(whole[2].folder, copy)
    sweep = load_sweep(sweep_file(tmp_path), overrides={"settings.w_talent": "500"})
    points = points_of(sweep)
    plan = plan_sweep(sweep, points, code_hash="code")
    with pytest.raises(StoreError, match="holds another sweep"):
        Bank.open(copy, sweep, points, plan, resolved="", versions={})


def test_halves_made_apart_are_joined(tmp_path, whole):
    halves = []
    for index in (0, 1):
        work, plan, bank = open_small(tmp_path / f"half{index}" / "bank", "series_of_zones")
        make_here(work, [shard for shard in plan.missing(()) if shard.runs[0].shard % 2 == index])
        halves.append(bank)
    assert halves[0].take_over(halves[1]) == 8 + 2
    pd.testing.assert_frame_equal(values(halves[0]), values(whole[2]), check_exact=True)
    assert halves[0].take_over(halves[1]) == 0


def shown(language, word):
    """The block of the page on sweeps, in a language, that holds a word."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "sim/docs/sweeps.md").read_text("utf-8"), flags=re.DOTALL)
    (block,) = (each for each in blocks if word in each)
    return block


def test_parts_are_read_as_they_lie_by_pandas_duckdb_and_polars(tmp_path):
    """As the page shows it, with what a running sweep holds: parts of failures alone, and runs made twice."""
    import duckdb

    work, plan, bank = open_small(tmp_path / "bank", "fails_at_seed_2", points=4)
    shards = plan.missing(())
    make_here(work, shards[1:])
    make_here(work, shards[1:2] + shards[3:4])  # those that failed, once more
    make_here(work, shards[:2])
    rows = bank.runs().query("status == 'ok'").head(3).to_dict("records")
    bank.add_part([{**row, "wall_s": 9.0} for row in rows], {})
    bank.add_part(failed_rows(plan, ["killed"]), {})  # of a run that was made after all
    place = {"results/mine-1234abcd": str(bank.folder), "jobs_2033": "jobs_2013"}

    def here(text):
        return re.sub("|".join(place), lambda found: place[found[0]], text)

    known = bank.runs().query("status == 'ok'").groupby("scenario")["jobs_2013"].mean()
    space = {}
    exec(here(shown("python", "pandas.concat")), space)
    assert len(space["runs"]) == 16
    exec(here(shown("python", "polars.concat")), space)
    for found in (duckdb.sql(here(shown("sql", "DuckDB"))).df(), space["means"].to_pandas()):
        assert found["scenario"].tolist() == known.index.tolist()
        assert found["jobs"].tolist() == pytest.approx(known.tolist(), rel=1e-12)



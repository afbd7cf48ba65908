"""`verify`: a study as it was run passes; a byte, a row, a manifest that changed is named, with run and column."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import quartiers
from sim.experiments.seal import hash_of, own_hash, seal_outputs, write_manifest
from sim.experiments.verify import Verifier, differences
from sim.whole_files import write_json, write_parquet


@pytest.fixture
def study(small_study, tmp_path) -> Path:
    """A copy of a finished study, to be broken."""
    return Path(shutil.copytree(small_study, tmp_path / "study"))


def verify(folder: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(quartiers, ["verify", str(folder), "--lang", "en", "-q", *options], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.output


def a_part(folder: Path, table: str, scenario: str = "paris_only", seed: int = 2) -> Path:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    plan = pd.read_parquet(folder / "plan" / f"{manifest['plan']}.parquet")
    run = plan[(plan["scenario"] == scenario) & (plan["seed"] == seed)]["run_id"].item()
    return folder / "parts" / table / f"{run}.parquet"


def test_a_study_as_it_was_run_passes(study):
    code, text = verify(study, "--runs", "2")
    assert code == 0, text
    listed = json.loads((study / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert f"{len(listed)} files have their hash, 2 runs made again give the same bits" in text


def test_the_manifest_lists_every_file_but_itself(study):
    listed = json.loads((study / "manifest.json").read_text(encoding="utf-8"))["files"]
    there = {p.relative_to(study).as_posix() for p in study.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(listed) == {name for name in there if not name.startswith(("logs/", "cache/"))}
    assert listed["report.fr.html"] == hash_of(study / "report.fr.html")


def test_the_hash_of_a_file_is_the_one_sha256sum_prints(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert hash_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("name", ["report.fr.html", "tables/effects.csv", "figures/national.en.svg"])
def test_one_byte_of_an_output(study, name):
    content = bytearray((study / name).read_bytes())
    content[len(content) // 2] ^= 1
    (study / name).write_bytes(bytes(content))
    code, text = verify(study, "--runs", "0")
    assert (code, text.count("\n")) == (6, 2)
    assert f"{name}: changed since it was written" in text


def test_one_byte_of_a_part_names_its_run(study):
    path = a_part(study, "series")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert f"parts/series/{path.name} (paris_only, seed 2): changed" in text


def test_a_table_falsified_before_it_was_sealed_is_caught(study):
    path = a_part(study, "series")
    frame = pd.read_parquet(path)
    write_parquet(path, frame.assign(jobs=100.0 * frame["jobs"]))
    manifest = json.loads((study / "manifest.json").read_text(encoding="utf-8"))
    name = path.relative_to(study).as_posix()
    write_manifest(study, {**manifest, "files": {**manifest["files"], name: hash_of(path)}})
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert f"{name} (paris_only, seed 2): not what its run wrote" in text


@pytest.mark.parametrize("content", ["[]", '{"format": 2, "sha256": "", "files": {}}'])
def test_a_manifest_of_another_shape_is_told(study, content):
    (study / "manifest.json").write_text(content, encoding="utf-8")
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert "manifest.json cannot be read" in text


def test_one_value_of_one_row_names_run_table_column_and_row(study):
    path = a_part(study, "series")
    frame = pd.read_parquet(path)
    stored = frame.at[5, "jobs"]
    frame.at[5, "jobs"] = np.nextafter(stored, np.float32(np.inf))  # the last bit
    write_parquet(path, frame)
    code, text = verify(study, "--runs", "1")
    assert code == 6
    assert "run paris_only, seed 2, table series, column jobs, row 5: stored" in text
    # The same, told by the runs alone: whoever changed the part took its hash again.
    manifest = json.loads((study / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][path.relative_to(study).as_posix()] = hash_of(path)
    write_manifest(study, manifest)
    code, text = verify(study, "--runs", "8", "--lang", "fr")
    assert code == 6
    assert "simulation paris_only, seed 2, table series, colonne jobs, ligne 5" in text
    assert "modifié" not in text


def test_a_row_taken_away(study):
    path = a_part(study, "firms", scenario="baseline", seed=1)
    frame = pd.read_parquet(path)
    write_parquet(path, frame.iloc[:-1])
    code, text = verify(study, "--runs", "1")
    assert code == 6
    assert f"run baseline, seed 1, table firms: stored {len(frame) - 1} rows, now {len(frame)}" in text


def test_a_missing_part(study):
    a_part(study, "ledger").unlink()
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert "(paris_only, seed 2): missing" in text


def test_a_manifest_that_was_edited(study):
    path = study / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**manifest, "seeds": [1, 3]})
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert "manifest.json was changed since it was written" in text
    assert "manifest.json: plan is not what the stored study gives" in text
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    code, text = verify(study, "--runs", "0")
    assert code == 6
    assert "manifest.json cannot be read" in text


def test_a_manifest_of_another_code_is_told_beside_the_difference(study):
    path = a_part(study, "series")
    frame = pd.read_parquet(path)
    frame.loc[0, "startups"] += 1
    write_parquet(path, frame)
    manifest = json.loads((study / "manifest.json").read_text(encoding="utf-8"))
    manifest["versions"]["numpy"] = "0.0.1"
    write_manifest(study, manifest)
    code, text = verify(study, "--runs", "1")
    assert code == 6
    assert "numpy: 0.0.1, " in text


def test_the_resolved_study_that_was_edited(study):
    path = study / "study.resolved.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("w_talent: 100", "w_talent: 50"), encoding="utf-8")
    code, text = verify(study, "--runs", "1")
    assert code == 6
    assert "was changed since it was run (its digest differs)" in text


def test_a_folder_without_hashes_is_a_usage_error(study, tmp_path):
    from sim.cli import run

    manifest = json.loads((study / "manifest.json").read_text(encoding="utf-8"))
    write_json(study / "manifest.json", {k: v for k, v in manifest.items() if k not in ("files", "sha256")})
    assert run(["verify", str(study), "--runs", "0"]) == 2
    assert run(["verify", str(tmp_path)]) == 2


def test_a_report_made_again_is_sealed_again_and_parts_keep_their_hash(study):
    before = json.loads((study / "manifest.json").read_text(encoding="utf-8"))["files"]
    part = a_part(study, "series")
    (study / "report.fr.html").write_text("another", encoding="utf-8")
    part.write_bytes(b"broken")
    seal_outputs(study)
    after = json.loads((study / "manifest.json").read_text(encoding="utf-8"))
    name = part.relative_to(study).as_posix()
    assert after["files"]["report.fr.html"] != before["report.fr.html"]
    assert after["files"][name] == before[name]
    assert after["sha256"] == own_hash(after)


def test_runs_to_make_again_are_spread_and_broken_ones_come_first(small_study):
    verifier = Verifier(small_study)
    verifier.check_identity()
    every = list(verifier.runs.values())
    assert len(every) == 8
    for n in range(10):
        chosen = verifier.chosen(n)
        assert len(chosen) == len({run.run_id for run in chosen}) == min(n, 8)
    assert verifier.chosen(2) == [every[-1], every[0]]
    verifier.touched = [every[3].run_id]
    assert verifier.chosen(2) == [every[3], every[-1]]


def test_differences_see_every_kind_of_column():
    a = pd.DataFrame({"f": [0.0, np.nan], "i": [1, 2], "b": [True, False], "s": ["x", "y"]})
    assert list(differences(a, a.copy())) == []
    for column, value in (("f", -0.0), ("i", 3), ("b", False), ("s", "z")):
        b = a.copy()
        b.loc[0, column] = value
        found = list(differences(a, b))
        assert [(d["key"], d["column"], d["row"]) for d in found] == [("value", column, 0)]
    assert [d["key"] for d in differences(a, a.iloc[:1])] == ["rows"]
    assert [d["column"] for d in differences(a, a.drop(columns="i"))] == ["i"]
    assert [d["column"] for d in differences(a, a.astype({"i": "int32"}))] == ["i"]

"""The default study from the command line, on coarse quartiers and two years: what an analyst types, for real."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
QUICK = ("--quick", "--cell-km", "30", "--months", "24")


def quartiers(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "Agg", "LANG": "C.UTF-8"},
        timeout=600,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "out"
    done = quartiers("compare", *QUICK, "--seeds", "2", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


def parts(folder: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (folder / "parts" / "runs").glob("*.parquet")}


def test_four_arms_and_two_seeds_leave_eight_runs_and_two_reports(folder):
    assert len(parts(folder)) == 8
    for language in ("fr", "en"):
        page = (folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert f'lang="{language}"' in page
        assert 'src="http' not in page
    assert json.loads((folder / "manifest.json").read_text())["counts"]["failed"] == 0


def test_arms_cost_the_same_and_more_than_nothing(folder):
    arms = pd.read_csv(folder / "tables" / "arms.csv").set_index("arm")
    paid = arms.loc[~arms["is_reference"], "cost_paid_pv_eur"]
    assert len(paid) == 3
    assert (paid > 0).all()
    assert paid.max() / paid.min() - 1 < 0.01


def test_the_same_command_again_runs_nothing(folder):
    before = parts(folder)
    done = quartiers("compare", *QUICK, "--seeds", "2", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    assert parts(folder) == before


def test_more_seeds_run_only_what_is_new(folder):
    before = parts(folder)
    done = quartiers("compare", *QUICK, "--seeds", "3", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    after = parts(folder)
    assert len(after) == 12
    assert before.items() <= after.items()


def test_policies_are_scaled_until_they_cost_the_same(tmp_path):
    out = tmp_path / "equal"
    done = quartiers("compare", "paris_only", "angel_tax", *QUICK, "--set", "equal_cost.otherwise=rescale",
                     "--seeds", "2", "--out", str(out), "--lang", "en")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the budget of angel_tax is multiplied by" in done.stderr
    paid = pd.read_csv(out / "tables" / "arms.csv").set_index("arm")["cost_paid_pv_eur"][["paris_only", "angel_tax"]]
    assert paid.max() / paid.min() - 1 < 0.01
    assert "Paris only or Tax relief for business angels?" in done.stdout


def test_one_or_two_workers_write_the_same_runs(folder, tmp_path):
    done = quartiers("compare", *QUICK, "--seeds", "2", "--jobs", "1", "--out", str(tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    digests = [
        pd.concat(
            [
                pd.read_parquet(p)
                for p in sorted((f / "parts" / "runs").glob("*.parquet"))
                if p.name in parts(tmp_path / "one")
            ]
        )
        .set_index("run_id")["state_digest"]
        .sort_index()
        for f in (folder, tmp_path / "one")
    ]
    assert digests[0].equals(digests[1])

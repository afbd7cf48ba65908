"""``calibrate`` from its file to its set: what it finds, that it goes on where it was stopped, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from small_fit import FIGURES, TESTS, TRUTH, calibrate, write

from sim.experiments.bank import Bank
from sim.params import PARAMETERS
from sim.scenario.calibrated import read_fit, vectors_of

FILES = ("vectors.csv", "parameters.csv", "targets.csv")
RUNS = 2 * (1 + 24 + 6)  # two seeds at the pilot and in two waves
CHECKS = 3 * 3  # three other seeds at the vectors that are kept


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Folder of the runs of a fit made in one go."""
    folder = tmp_path_factory.mktemp("fit")
    assert calibrate("known_figures", str(write(folder)), "--out", str(folder / "runs"), "-q", "--jobs", "1") == 0
    return folder / "runs"


def test_the_truth_lies_within_the_intervals_and_every_run_is_kept_once(fitted):
    table = pd.read_csv(fitted / "fit" / "parameters.csv").set_index("parameter")
    for name, value in TRUTH.items():
        assert table.loc[name, "p05"] <= value <= table.loc[name, "p95"], name
    assert (table.loc[["funding.angel_active", "founding.initial_cash_eur"], "contraction"] > 0.9).all()
    content = read_fit(fitted / "fit")
    assert (content["runs"], content["failed"], content["quick"]) == (RUNS + CHECKS, 0, False)
    assert (content["seeds"], content["check"]) == ([1, 2], [8, 9, 10])
    assert content["hit_by_best"] == content["fitted_targets"] == 3
    assert Bank(fitted).runs()["run_id"].nunique() == RUNS
    checks = Bank(fitted / "check").runs()
    assert (checks["run_id"].nunique(), set(checks["seed"])) == (CHECKS, {8, 9, 10})
    assert len(vectors_of(fitted / "fit")) == content["vectors"] == 3


def test_the_three_hazards_are_looked_for_around_the_closed_form(fitted):
    """The pilot, at the default, says how much more people move: that is where the fit looks."""
    moves = pd.read_csv(fitted / "fit" / "parameters.csv").set_index("parameter").loc["mobility.base_hazard"]
    assert moves["low"] == pytest.approx(0.98 * TRUTH["mobility.base_hazard"], rel=0.02)
    assert moves["high"] == pytest.approx(1.02 * TRUTH["mobility.base_hazard"], rel=0.02)
    assert PARAMETERS["mobility.base_hazard"].low < moves["low"]


def test_a_fit_that_was_killed_goes_on_and_ends_the_same(fitted, tmp_path):
    """Killed in its first wave: the same command makes what is missing, and the set is the same to the last byte."""
    path, runs = write(tmp_path), tmp_path / "runs"
    command = [sys.executable, str(TESTS / "small_fit.py"), "slow_figures", str(path), "--out", str(runs), "-q",
               "--jobs", "1"]  # fmt: skip
    child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(TESTS.parent)})
    made = 0
    while made < 8:
        assert child.poll() is None, "it ended before it was killed"
        time.sleep(0.1)
        made = len(Bank(runs).statuses()) if (runs / "manifest.json").is_file() else 0
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = Bank(runs).runs().set_index("run_id")["wall_s"]
    assert 8 <= len(before) < RUNS
    assert calibrate("known_figures", str(path), "--out", str(runs), "-q", "--jobs", "1") == 0
    after = Bank(runs).runs().set_index("run_id")["wall_s"]
    assert len(after) == after.index.nunique() == RUNS
    pd.testing.assert_series_equal(after[before.index], before)  # none was made again
    for name in FILES:
        assert (runs / "fit" / name).read_bytes() == (fitted / "fit" / name).read_bytes(), name


def test_made_again_it_runs_nothing_and_may_be_put_elsewhere(fitted, tmp_path, capsys):
    """The set goes where `--fit` says; a wider or narrower fit takes over the runs there are."""
    path, place = fitted.parent / "small.yaml", tmp_path / "set"
    known = Bank(fitted).statuses()
    code = calibrate("figures_that_nobody_makes", str(path), "--out", str(fitted), "--fit", str(place), "--json")
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert Bank(fitted).statuses() == known
    assert found["folder"] == str(place)
    assert found["hit_by_best"] == found["scored"] == 3
    assert {row["parameter"] for row in found["parameters"]} == set(TRUTH)
    assert (place / "vectors.csv").read_bytes() == (fitted / "fit" / "vectors.csv").read_bytes()


SAID = {
    "en": ["Wave 1: 20 points", "The best vector hits 2 of 3 fitted figures; 27 runs", "left out of the fit: young"],
    "fr": ["Vague 1 : 20 points", "atteint 2 des 3 chiffres ajustés ; 27 simulations", "de l'ajustement : young"],
}


def test_what_is_out_of_reach_is_said_in_both_languages(tmp_path, capsys):
    path = str(write(tmp_path, young=9.0))
    for lang, said in SAID.items():
        asked = ["--out", str(tmp_path / "runs"), "--quick", "--jobs", "1", "--lang", lang]
        assert calibrate("known_figures", path, *asked) == 0
        told = capsys.readouterr()
        text = " ".join((told.out + told.err).replace("\u202f", " ").replace("\xa0", " ").split())
        assert [each for each in said if each not in text] == []
    assert read_fit(tmp_path / "runs" / "fit")["quick"]


def test_runs_that_fail_are_told_by_the_exit_code_and_the_rest_is_fitted(tmp_path):
    asked = ["--out", str(tmp_path / "runs"), "-q", "--jobs", "1", "--set", "waves.count=1"]
    code = calibrate("figures_but_for_seed_2", str(write(tmp_path)), *asked)
    content = read_fit(tmp_path / "runs" / "fit")
    assert code == 3
    assert 0 < content["failed"] < RUNS / 2
    assert content["hit_by_best"] == 3


def test_other_figures_are_another_fit(fitted):
    """Runs are stored under the figures that measured them: with others, the same folder is refused."""
    path = write(fitted.parent / "other", deals=FIGURES["deals"][1] * 1.1)
    assert calibrate("known_figures", str(path), "--out", str(fitted), "-q") == 2


@pytest.mark.parametrize(("arguments", "said"), [
    (["--launcher", "slurm", "--detach"], "each wave from the one before: it cannot be detached"),
    (["--launcher", "dask"], "--scheduler"),
    (["--set", "waves.first=8"], "8 points are too few: an emulator of 3 parameters learns from 20 at least"),
])
def test_what_cannot_be_done_is_refused(tmp_path, capsys, arguments, said):
    assert calibrate("known_figures", str(write(tmp_path)), "--out", str(tmp_path / "runs"), *arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "runs").exists()

"""``sensitivity`` and ``discover`` on sweeps with a known answer: Paris wins where `brand.dilution` is above a half."""

from __future__ import annotations

import json
import os
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sweeps import TESTS, make_here

from sim import cli
from sim.commands.analysis import answers_of
from sim.commands.sensitivity import save_sensitivity, tell_sensitivity
from sim.experiments.bank import Bank
from sim.experiments.resolved import study_text
from sim.experiments.sweep import SweepWork, design_of, plan_sweep, points_of
from sim.explore.answers import Answers, NoOutcome, answers, outcomes_in, sensitivity_of, wins_of
from sim.scenario import load_sweep

TEXT = """
schema: sweep/1
id: known
question: {{fr: "Et si ?", en: "What if?"}}
study: default
arms: [paris_only, fifteen_metropoles]
seeds: {{first: 1, count: 2}}
settings: {{w_talent: 1000, end: 2013-12}}
design: {{{design}}}
parameters:
  brand.dilution: {{low: 0, high: 1}}
  spillovers.commute_km: {{low: 3, high: 9}}
{more}
"""
DESIGNS = {"morris": "kind: morris, points: 8", "saltelli": "kind: saltelli, points: 32",
           "pairs": "kind: saltelli, points: 256, second_order: true",
           "sobol": "kind: sobol, points: 64",
           "one_at_a_time": "kind: one_at_a_time, levels: 3", "latin": "kind: latin_hypercube, points: 40"}  # fmt: skip


def made(folder, design, *, function="known_answer", more="", arms="paris_only, fifteen_metropoles"):
    """The bank of a sweep whose runs are there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = TEXT.format(design=DESIGNS[design], more=more)
    (folder / "known.yaml").write_text(re.sub("arms: .*", f"arms: [{arms}]", text), encoding="utf-8")
    sweep = load_sweep(folder / "known.yaml")
    points = points_of(sweep)
    plan = plan_sweep(sweep, points, code_hash="code")
    bank = Bank.open(folder / "bank", sweep, points, plan, resolved=study_text(sweep), versions={})
    make_here(SweepWork(bank.folder, sweep, points, function=f"shard_functions:{function}"), plan.missing(()))
    bank.compact()
    return bank


@pytest.fixture(autouse=True)
def tests_are_found(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS.parent), str(TESTS)]))


@pytest.fixture(scope="module")
def banks(tmp_path_factory):
    """Banks by design, each made once."""
    kept = {}

    def bank(design):
        if design not in kept:
            kept[design] = made(tmp_path_factory.mktemp(design), design)
        return kept[design]

    return bank


def asked(capsys, *arguments, code=0):
    assert cli.run([*arguments, "-q"]) == code
    return capsys.readouterr()


def rows_of(capsys, bank, *more):
    out = json.loads(asked(capsys, "sensitivity", str(bank.folder), "--json", "--lang", "en", *more).out)
    frame = pd.DataFrame(out["rows"])
    return out, frame.set_index(["policy", "versus", "factor"]).sort_index()


# --- answers


def test_outcomes_are_averaged_over_all_seeds_or_not_known(tmp_path):
    """A policy that failed with one seed has no value at that point; the others keep theirs."""
    bank = made(tmp_path, "one_at_a_time", function="known_but_for_seed_2")
    sweep = load_sweep(tmp_path / "known.yaml")
    found = answers(sweep, None, points_of(sweep), bank.runs(), "jobs_2013")
    dilution = found.points["brand.dilution"].to_numpy()
    mean = 96 * (10.0 + 1.5)
    np.testing.assert_allclose(found.values["baseline"], mean)
    np.testing.assert_allclose(found.gains()["paris_only"], 1000.0 * dilution, atol=1e-9)
    assert found.values["fifteen_metropoles"].isna().tolist() == (dilution < 0.1).tolist()
    assert found.policies == ["paris_only", "fifteen_metropoles"]


def test_an_unknown_outcome_names_the_nearest(tmp_path, banks):
    runs = banks("latin").runs()
    assert {"jobs_2013", "startups_2013"} <= set(outcomes_in(runs))
    assert not {"wall_s", "brand.dilution"} & set(outcomes_in(runs))
    sweep = load_sweep(banks("latin").folder.parent / "known.yaml")
    with pytest.raises(NoOutcome, match="did you mean 'jobs_2013'"):
        answers(sweep, None, points_of(sweep), runs, "job_2013")


def test_wins():
    gains = pd.DataFrame({"a": [3.0, 1.0, 2.0, np.nan], "b": [1.0, 2.0, 1.5, 0.0], "c": [0.0, 5.0, 0.0, 0.0]})
    assert wins_of(gains, "a").tolist()[:3] == [1.0, 0.0, 1.0]
    assert np.isnan(wins_of(gains, "a")[3])
    assert wins_of(gains, "a", margin=0.6).tolist()[:3] == [1.0, 0.0, 0.0]
    assert wins_of(gains, "b", versus="a").tolist()[:3] == [0.0, 1.0, 0.0]
    assert wins_of(gains[["b"]], "b").tolist() == [1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize(("outcome", "gain"), [("jobs_2013", 2.0), ("closures_2013", -2.0), ("theil_jobs_2013", -2.0)])
def test_fewer_closures_are_a_gain(outcome, gain):
    values = pd.DataFrame({"more": [7.0], "baseline": [5.0]})
    found = Answers(outcome, None, pd.DataFrame({"x": [0.5]}), (), values, "baseline")
    assert found.gains()["more"].tolist() == [gain]
    assert wins_of(found.gains(), "more").tolist() == [float(gain > 0)]


def test_structures_come_one_after_the_other(tmp_path):
    points = pd.DataFrame({"x": [0.0, 1.0, 0.0, 1.0], "form": ["a", "a", "b", "b"]})
    values = pd.DataFrame({"p": [1.0, 2.0, 3.0, 4.0], "reference": 0.0})

    found = Answers("jobs_2013", SimpleNamespace(points=points.iloc[:2]), points, ("form",), values, "reference")
    assert [(named, frame["p"].tolist()) for named, frame in found.structures()] == [
        ({"form": "a"}, [1.0, 2.0]), ({"form": "b"}, [3.0, 4.0])]  # fmt: skip


# --- sensitivity


def test_morris_finds_the_effect_over_the_whole_range(capsys, banks):
    """A straight line of slope 1000: mu* is 1000 and nothing interacts; what the seed does moves no difference."""
    out, rows = rows_of(capsys, banks("morris"))
    assert out["method"] == "morris"
    assert rows.loc[("paris_only", "baseline", "brand.dilution"), "mu_star"] == pytest.approx(1000.0, rel=1e-6)
    assert rows.loc[("paris_only", "baseline", "brand.dilution"), "sigma"] == pytest.approx(0.0, abs=1e-3)
    assert rows.loc[("paris_only", "baseline", "spillovers.commute_km"), "mu_star"] == pytest.approx(0.0, abs=1e-9)
    assert rows.loc[("paris_only", "fifteen_metropoles", "brand.dilution"), "mu"] == pytest.approx(1000.0, rel=1e-6)
    assert rows.loc[("fifteen_metropoles", "baseline", "brand.dilution"), "mu_star"] == pytest.approx(0.0, abs=1e-9)


def test_sobol_gives_all_the_variance_to_what_moves_it(capsys, banks):
    out, rows = rows_of(capsys, banks("saltelli"))
    assert out["method"] == "sobol"
    one = rows.loc[("paris_only", "baseline", "brand.dilution")]
    assert one["ST_low"] <= 1.0 <= one["ST_high"]
    assert rows.loc[("paris_only", "baseline", "spillovers.commute_km"), "ST"] == pytest.approx(0.0, abs=1e-6)
    assert rows.loc[("fifteen_metropoles", "baseline"), "ST"].isna().all()  # it never varies


def test_pairs_are_told_where_the_design_was_made_for_them(capsys, tmp_path):
    """An effect that is a product: no share of the variance is one factor's alone, all of it is theirs together."""
    (tmp_path / "known.yaml").write_text(TEXT.format(design=DESIGNS["pairs"], more=""), encoding="utf-8")
    sweep = load_sweep(tmp_path / "known.yaml")
    points = points_of(sweep)
    a, b = points["brand.dilution"] - 0.5, points["spillovers.commute_km"] - 6.0
    values = pd.DataFrame({"paris_only": 1000.0 * a * b, "fifteen_metropoles": 1000.0 * a, "baseline": 0.0})
    found = Answers("jobs_2013", design_of(sweep), points, (), values, "baseline")
    result = sensitivity_of(found)
    pairs = result.pairs.set_index(["policy", "versus"])
    pair, none = pairs.loc[("paris_only", "baseline")], pairs.loc[("fifteen_metropoles", "baseline")]
    assert pair[["factor", "with"]].tolist() == ["brand.dilution", "spillovers.commute_km"]
    assert 0.0 < pair["S2_low"] <= 1.0 <= pair["S2_high"]
    assert none["S2_low"] <= 0.0 <= none["S2_high"]
    tell_sensitivity(sweep, found, result, "fr")
    text = capsys.readouterr().out
    first = text.split("\n\n")[2]  # Paris only against the reference
    assert "au-delà de ce que chacun fait seul" in first
    assert "brand.dilution × spillovers.commute_km" in first
    assert "Aucune paire ne fait plus ensemble" in text
    files = save_sensitivity(sweep, Bank(tmp_path), found, result, "fr")
    assert tmp_path / "analysis" / "pairs_jobs_2013.csv" in files


def test_ranks_an_emulator_and_swings(capsys, banks):
    _, ranks = rows_of(capsys, banks("latin"))
    assert ranks.loc[("paris_only", "baseline", "brand.dilution"), "correlation"] == pytest.approx(1.0, abs=1e-6)
    out, emulated = rows_of(capsys, banks("latin"), "--method", "emulator")
    assert emulated.loc[("paris_only", "baseline", "brand.dilution"), "ST"] == pytest.approx(1.0, abs=0.05)
    flat = {("fifteen_metropoles", ""), ("fifteen_metropoles", "baseline"), ("baseline", "")}
    assert {(row["policy"], row["versus"]) for row in out["poor"]} == flat
    _, swings = rows_of(capsys, banks("one_at_a_time"))
    one = swings.loc[("paris_only", "baseline", "brand.dilution")]
    assert one["swing"] == pytest.approx(1000.0)
    assert one["low"] <= 0.0 <= one["high"]
    assert swings.loc[("paris_only", "baseline", "spillovers.commute_km"), "swing"] == 0.0


def test_a_trajectory_with_a_failed_run_is_left_out_and_told(capsys, tmp_path):
    bank = made(tmp_path, "morris", function="known_but_for_seed_2")
    _, rows = rows_of(capsys, bank)
    spoiled = rows.loc[("fifteen_metropoles", "baseline", "brand.dilution"), "dropped"]
    assert 0 < spoiled < 8
    assert rows.loc[("paris_only", "baseline", "brand.dilution"), "dropped"] == 0
    text = asked(capsys, "sensitivity", str(bank.folder), "--lang", "fr").out
    assert f"[{spoiled} laissés de côté" in text


def test_tables_in_both_dialects_and_figures_in_the_language(capsys, banks):
    bank = banks("morris")
    asked(capsys, "sensitivity", str(bank.folder), "--lang", "fr")
    folder = bank.folder / "analysis"
    plain, french = folder / "sensitivity_jobs_2013.csv", folder / "fr" / "sensitivity_jobs_2013.csv"
    assert plain.read_text(encoding="utf-8").startswith("outcome,policy,versus,factor,mu,")
    assert french.read_bytes().startswith(b"\xef\xbb\xbfoutcome;policy;versus;factor;mu;")
    svg = (folder / "figures" / "sensitivity_jobs_2013.fr.svg").read_text(encoding="utf-8")
    assert "Paris seul" in svg
    assert "brand.dilution" in svg
    first = (folder / "figures" / "sensitivity_jobs_2013.fr.png").read_bytes()
    asked(capsys, "sensitivity", str(bank.folder), "--lang", "fr")
    assert (folder / "figures" / "sensitivity_jobs_2013.fr.png").read_bytes() == first


@pytest.mark.parametrize(("design", "method", "said"), [
    ("latin", "morris", "reads a design of kind morris, not latin"),
    ("morris", "sobol", "reads a design of kind saltelli, not morris"),
])
def test_a_method_that_the_design_does_not_allow(capsys, banks, design, method, said):
    assert said in asked(capsys, "sensitivity", str(banks(design).folder), "--method", method, code=2).err


def test_without_runs_the_next_command_is_said(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.yaml").write_text(TEXT.format(design=DESIGNS["morris"], more=""), encoding="utf-8")
    assert "python run.py sweep known.yaml" in asked(capsys, "sensitivity", "known.yaml", "--lang", "en", code=2).err


def test_a_file_edited_since_is_read_with_the_points_that_were_run(tmp_path, monkeypatch):
    """More points extend a Sobol design in its folder: the file may name fewer than the folder holds."""
    monkeypatch.setenv("QUARTIERS_RESULTS", str(tmp_path / "results"))
    bank = made(tmp_path, "sobol", more="structures: {spillovers.form: [log, elasticity]}")
    file = tmp_path / "known.yaml"
    read = load_sweep(file)
    (tmp_path / "results").mkdir()
    bank.folder.rename(tmp_path / "results" / f"known-{read.digest[:8]}")
    file.write_text(file.read_text(encoding="utf-8").replace("points: 64", "points: 32"), encoding="utf-8")
    _, there, found = answers_of(str(file), None, {}, "en")
    pd.testing.assert_frame_equal(found.points, there.points(), check_names=False)
    gain = found.gains()["paris_only"] / 1000.0
    np.testing.assert_allclose(gain, found.points["brand.dilution"], atol=1e-6)


def test_a_folder_without_a_finished_run_says_how_to_make_one(capsys, tmp_path, banks):
    copy = tmp_path / "copy"
    shutil.copytree(banks("latin").folder, copy)
    shutil.rmtree(copy / "parts")
    said = asked(capsys, "sensitivity", str(copy), "--lang", "en", code=2).err
    assert "no finished run" in said
    assert f"python run.py worker {copy}" in said


def test_a_folder_of_failures_alone_sends_to_their_reasons(capsys, tmp_path):
    """The sweep command would make nothing: what failed stays failed until it is asked for again."""
    bank = made(tmp_path, "morris", function="fails_always")
    for lang, told in (("en", r"failed \(\d+\)"), ("fr", r"ont échoué \(\d+\)")):
        said = asked(capsys, "discover", str(bank.folder), "--lang", lang, code=2).err
        assert re.search(told, said)
        assert f"python run.py status {bank.folder}" in said


# --- discovery


def test_the_box_where_a_policy_wins_is_found(capsys, banks):
    bank = banks("sobol")
    out = json.loads(asked(capsys, "discover", str(bank.folder), "--json", "--lang", "en").out)
    paris, fifteen = out["policies"]
    assert paris["found"]
    assert fifteen["found"]
    (bound,) = paris["bounds"]
    assert bound["factor"] == "brand.dilution"
    assert bound["low"] == pytest.approx(0.5, abs=2 / 64)
    assert bound["high"] is None
    assert paris["density"] == 1.0
    assert paris["wins"] == pytest.approx(0.5, abs=1 / 64)
    assert paris["tree_accuracy"] > 0.9
    regret = {row["policy"]: row for row in out["robustness"]}
    assert regret["fifteen_metropoles"]["regret_max"] == pytest.approx(500.0, abs=20.0)
    assert regret["paris_only"]["p_best"] == pytest.approx(0.5, abs=1 / 64)


def test_the_sentence_names_the_bound_in_both_languages(capsys, banks):
    folder = str(banks("sobol").folder)
    english = asked(capsys, "discover", folder, "--policy", "paris_only", "--lang", "en").out
    assert "“Paris only” wins at 50% of the points; where brand.dilution ≥ 0.5" in english
    assert "at 100% (there lie 100% of its wins)." in english
    french = asked(capsys, "discover", folder, "--policy", "paris_only", "--lang", "fr").out
    assert "« Paris seul » l'emporte dans 50" in french
    assert "brand.dilution ≥ 0,5" in french
    assert (banks("sobol").folder / "analysis" / "figures" / "boxes_jobs_2013.fr.svg").exists()


def test_no_discovery_is_said(capsys, banks):
    """Startups do not hang on what varies: whoever wins does so by the digest of the scenario."""
    text = asked(capsys, "discover", str(banks("sobol").folder), "--of", "startups_2013", "--lang", "en").out
    assert text.count("No discovery for") == 2
    assert "where brand" not in text


def test_a_margin_that_nobody_reaches_leaves_too_few_points(capsys, banks):
    text = asked(capsys, "discover", str(banks("sobol").folder), "--by-more-than", "2000", "--lang", "en").out
    assert "No search for “Paris only”, which wins at 0% of the points: not enough" in text


def test_an_unknown_policy_names_the_nearest(capsys, banks):
    said = asked(capsys, "discover", str(banks("sobol").folder), "--policy", "paris_onli", code=2).err
    assert "did you mean 'paris_only'?" in said


def test_a_policy_is_not_compared_with_itself_and_unknown_ones_are_answered_with_those_there(capsys, banks):
    folder = str(banks("latin").folder)
    for lang, told in (("en", "no policy beats itself"), ("fr", "aucune ne l'emporte sur elle-même")):
        pair = ["--policy", "paris_only", "--versus", "paris_only"]
        assert told in asked(capsys, "discover", folder, *pair, "--lang", lang, code=2).err
    said = asked(capsys, "discover", folder, "--policy", "zzz", "--lang", "en", code=2).err
    assert "it has paris_only, fifteen_metropoles" in said


def test_a_sweep_of_the_reference_alone_has_sensitivities_and_no_winner(capsys, tmp_path):
    folder = str(made(tmp_path, "latin", arms="").folder)
    text = asked(capsys, "sensitivity", folder, "--lang", "en").out
    assert "Business as usual, no new money\n  " in text
    assert "no policy can win" in asked(capsys, "discover", folder, "--lang", "en", code=2).err


def test_one_policy_alone_is_compared_with_nothing_new(capsys, tmp_path):
    """Paris only adds 1000 x a to the reference, and the reference nothing: what doing nothing costs is 1000 x a."""
    bank = made(tmp_path, "latin", arms="paris_only")
    out = json.loads(asked(capsys, "discover", str(bank.folder), "--json", "--lang", "en").out)
    regret = {row["policy"]: row for row in out["robustness"]}
    largest = 1000.0 * bank.points()["brand.dilution"].max()
    assert regret["baseline"]["regret_max"] == pytest.approx(largest, abs=0.01)
    assert regret["paris_only"]["regret_max"] == 0.0


def test_a_policy_that_failed_everywhere_leaves_the_others_their_answer(capsys, tmp_path):
    bank = made(tmp_path, "sobol", function="fifteen_fail")
    text = asked(capsys, "discover", str(bank.folder), "--lang", "en").out
    assert "Nothing to tell of what each choice may cost" in text

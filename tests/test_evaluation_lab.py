"""The evaluation laboratory: panels as a statistician has them, verdicts, T30 on the model itself, and the verb."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import POLICY_START, small_policy, small_world

from sim import engine
from sim.candidates import Place
from sim.commands import evaluate as verb
from sim.compare import Geography
from sim.evaluation import did, past
from sim.evaluation.case import Case
from sim.evaluation.designs import DESIGNS
from sim.evaluation.estimate import Estimate, NotEstimable
from sim.evaluation.observe import DEFINITIONS, SCALES, Observation, by_zone, starts_of_zones
from sim.evaluation.panel import Panel
from sim.evaluation.table import figures, row, verdict
from sim.evaluation.told import Told, displacement, tell
from sim.recorder import Recorder

ROOT = Path(__file__).resolve().parents[1]
YEARS = np.arange(2012, 2016)


# --- what is observed -----------------------------------------------------------------------------------------------
def firms(**columns) -> pd.DataFrame:
    """Four startups: an old one, one that closed, one that moved its zone, a young one."""
    frame = {"birth": [2003 * 12, 2011 * 12, 2010 * 12 + 6, 2014 * 12 + 3], "closed": [-1, 2013 * 12 + 2, -1, -1],
             "zone": [0, 0, 1, 1], "cell": [0, 0, 2, 3], "staff_at_five": [4.0, np.nan, 2.0, np.nan]}
    return pd.DataFrame(frame | columns)


def series() -> pd.DataFrame:
    rows = [(year, zone, 10.0 * (zone + 1) + year - 2012, 3.0) for year in YEARS for zone in (0, 1)]
    return pd.DataFrame(rows, columns=["year", "zone", "startups", "jobs"])


TABLES = {"series": series(), "firms": firms()}


@pytest.mark.parametrize(("outcome", "expected"), [
    ("startups", [[10, 11, 12, 13], [20, 21, 22, 23]]),
    ("young", [[1, 0, 0, 0], [1, 1, 2, 2]]),  # the oldest is nine; the second closes in March 2013
    ("five_years", [[0, 0, 0, 0], [0, 0, 0, 1]]),
])
def test_definitions_by_hand(outcome, expected):
    found = DEFINITIONS[outcome].count(TABLES.__getitem__, YEARS, 2)
    np.testing.assert_array_equal(found, expected)


def test_scales():
    counts, people = np.array([[9.0, 19.0]]), np.array([2e4])
    assert Observation(scale="level").measure(counts, people).tolist() == [[9.0, 19.0]]
    assert Observation(scale="per_10k").measure(counts, people).tolist() == [[4.5, 9.5]]
    growth = np.diff(Observation(scale="log").measure(counts, people))
    assert growth.item() == pytest.approx(100.0 * np.log(2.0))


def test_errors_are_as_large_as_declared_and_the_same_in_both_worlds():
    seen = Observation(scale="level", noise=0.1, attrition=0.3)
    values = np.full((4000, 5), 50.0)
    error = seen.error(values, seed=3)
    np.testing.assert_array_equal(error, seen.error(values, seed=3))
    assert not np.array_equal(error, seen.error(values, seed=4), equal_nan=True)
    lost = np.isnan(error).any(axis=1)
    assert abs(lost.mean() - 0.3) < 4.0 * np.sqrt(0.3 * 0.7 / 4000)
    assert np.isfinite(error[:, 0]).all()
    assert (np.diff(np.isnan(error).astype(int), axis=1) >= 0).all()  # who is lost stays lost
    kept = error[~lost]
    assert abs(kept.std() - 5.0) < 4.0 * 5.0 / np.sqrt(2 * kept.size)
    assert abs(kept.mean()) < 4.0 * 5.0 / np.sqrt(kept.size)
    assert (Observation().error(values, 1) == 0.0).all()


def test_starts_of_zones_are_those_of_their_first_label():
    hubs = pd.DataFrame({"zone": [3, 1, 3], "id": ["late", "money", "early"]})
    dates = {"late": 2016 * 12, "early": 2015 * 12 + 5}
    assert list(starts_of_zones(hubs, dates, 2014, 5)) == [0, 2014, 0, 2015, 0]


def test_errors_of_measurement_do_not_make_an_effect():
    """Noise is the same in both worlds: what the design finds without a policy moves, the truth does not."""
    first = np.array([2014] * 3 + [0] * 6)
    world = Panel(np.arange(36.0).reshape(9, 4) ** 0.5, YEARS, first)
    policy = Panel(world.values + 2.0 * world.on, YEARS, first)
    error = Observation(scale="level", noise=0.2).error(world.values, 1)
    plain, noisy = tell(did.two_way, policy, world), tell(did.two_way, policy, world, error)
    assert plain.truth == noisy.truth == pytest.approx(2.0)
    assert noisy.selection != pytest.approx(plain.selection)
    assert noisy.interference == pytest.approx(0.0, abs=1e-12)


# --- verdicts -------------------------------------------------------------------------------------------------------
def told(value: float, half: float, truth: float = 4.0, selection: float = 0.0) -> Told:
    return Told(Estimate(value, half / 2, value - half, value + half, 3, 9), truth, selection)


@pytest.mark.parametrize(("each", "expected"), [
    ([told(4.1, 1.0), told(3.9, 1.0)], "truth"), ([told(4.1, 5.0), told(3.9, 5.0)], "vague"),
    ([told(8.0, 1.0), told(8.2, 1.0), told(8.1, 1.0)], "misleads"), ([told(6.0, 3.0), told(6.2, 3.0)], "misleads"),
])
def test_verdicts(each, expected):
    found = figures(each, [(3.0, 2.0)] * len(each))
    assert found["verdict"] == expected
    assert (found["gross"], found["net"]) == (3.0, 2.0)
    assert found["bias"] == pytest.approx(np.mean([t.estimate.value for t in each]) - 4.0)


def test_verdicts_at_their_limits():
    """Of eight intervals, six may hold the truth by chance (5.7 %) and five may not (0.6 %)."""
    limits = [(8, 5, 1.0, 0.0, 4.0), (8, 6, 1.0, 0.0, 4.0), (8, 8, 0.79, 9.0, 4.0), (8, 8, 0.8, -1.0, 4.0),
              (8, 8, 1.0, 1.1, -4.0), (8, 8, 1.0, 0.1, 0.0)]
    assert [verdict(*each) for each in limits] == ["misleads", "truth", "vague", "truth", "misleads", "misleads"]


def test_what_a_design_says_of_itself_is_kept():
    """Means over simulations of its own tests; nothing where it has none."""
    doubtful = [replace(told(4.0, 1.0), estimate=replace(told(4.0, 1.0).estimate, more={"p_placebo": p}))
                for p in (0.02, 0.06)]  # fmt: skip
    found = figures(doubtful, [(0.0, 0.0)] * 2)
    assert found["p_placebo"] == pytest.approx(0.04)
    assert np.isnan(found["hidden_bias"])
    assert np.isnan(found["largest_placebo_z"])


def test_bias_is_selection_and_interference():
    found = figures([told(6.0, 1.0, selection=0.5), told(5.0, 1.0, selection=1.5)], [(0.0, 0.0)] * 2)
    assert found["selection"] + found["interference"] == pytest.approx(found["bias"]) == 1.5
    assert found["bias_ci95_low"] < 1.5 < found["bias_ci95_high"]


# --- T30 on the model -----------------------------------------------------------------------------------------------
SEEDS, ZONES, HUBS = range(1, 13), 16, 4


def lottery(seed: int):
    """Four of sixteen zones, drawn with the seed, have a hub; the money starts in 2013."""
    luck = np.random.Generator(np.random.Philox(key=seed)).permutation(ZONES)[:HUBS]
    places = tuple(Place(f"h{z}", f"H{z}", int(z), 1e3 + 2e3 * (z % 4), 1e3 + 2e3 * (z // 4), True) for z in luck)
    return replace(small_policy(16e6, hubs=1, months=36), places=places, footprint_km=0.5)


def lived(seed: int, policy) -> dict[str, pd.DataFrame]:
    world, par = small_world(seed, 1, 8, 8, (4, 4), policy=policy, people=9_000.0)
    recorder = Recorder(POLICY_START, ())
    engine.advance(world, par, seed, POLICY_START + 35, recorder=recorder)
    columns = {name: np.concatenate([year[name] for year in recorder.years]) for name in recorder.years[0]}
    hubs = pd.DataFrame({"zone": world.hub.zone[: world.hub.n], "id": ""})
    return {"series": pd.DataFrame(columns), "hubs": hubs}


@pytest.fixture(scope="module")
def lotteries():
    """Panels of jobs by zone with and without the policy, one pair per seed."""
    pairs = []
    for seed in SEEDS:
        with_policy, without = (lived(seed, policy) for policy in (lottery(seed), None))
        first = starts_of_zones(with_policy["hubs"], {}, 2013, ZONES)
        seen, years = Observation("jobs", "level"), np.arange(2012, 2016)
        pairs.append([by_zone(t.__getitem__, seen, years, np.ones(ZONES), first) for t in (with_policy, without)])
    return pairs


def test_t30_in_the_model_the_bias_is_selection_and_displacement_to_the_last_digit(lotteries):
    for policy, without in lotteries:
        found, made = tell(did.two_way, policy, without), displacement(policy, without)
        assert (made.treated, made.controls) == (HUBS, ZONES - HUBS)
        assert found.truth == pytest.approx(made.gross / made.treated)
        assert found.interference == pytest.approx(made.interference, abs=1e-9)
        against_net = found.estimate.value - made.net / made.treated
        assert against_net - found.selection == pytest.approx(made.against_net, abs=1e-9)


def test_t30_in_the_model_a_lottery_leaves_displacement_alone(lotteries):
    """Over lotteries, selection is chance: its mean within four of its errors of zero."""
    each = [tell(did.two_way, *pair) for pair in lotteries]
    selection = np.array([t.selection for t in each])
    error = selection.std(ddof=1) / np.sqrt(len(selection))
    assert abs(selection.mean()) < 4.0 * error
    left = np.array([t.bias for t in each]) - [displacement(*pair).interference for pair in lotteries]
    assert abs(left.mean()) < 4.0 * error
    assert any(displacement(*pair).displaced != 0.0 for pair in lotteries)


def test_before_the_policy_both_worlds_are_one(lotteries):
    for policy, without in lotteries:
        np.testing.assert_array_equal(policy.values[:, 0], without.values[:, 0])
        assert (policy.values[:, -1] != without.values[:, -1]).any()


# --- designs on a study of four zones -------------------------------------------------------------------------------
def case(**changes) -> Case:
    """Six zones in a row 60 km apart, one hub, growth of one a year and a gain of three at the hub."""
    n = np.arange(6)
    zones = pd.DataFrame({"zone": n, "code": list("abcdef"), "name": list("abcdef"), "region": "A", "x_m": 60e3 * n,
                          "y_m": 0.0, "population": 1e4, "area_km2": 100.0})
    cells = pd.DataFrame({"cell": n, "x_m": 60e3 * n, "y_m": 0.0, "size_m": 1000.0, "zone": n})
    land = Geography(cells, zones, "row", {"fr": "", "en": ""}, "uniform")
    hubs = pd.DataFrame({"zone": [0, 1], "id": ["h", "i"], "x_m": [0.0, 60e3], "y_m": 0.0})

    def run(gain: float):
        rows = [(y, z, 10.0 * (z + 1) + y - 2012 + gain * (z < 2 and y >= 2014)) for y in YEARS for z in n]
        return {"series": pd.DataFrame(rows, columns=["year", "zone", "startups"]), "hubs": hubs}.__getitem__

    history = pd.DataFrame([(2011, z, 10.0 * (z + 1) - 1.0) for z in n], columns=["year", "zone", "startups"])
    usual = {"seed": 1, "here": run(3.0), "there": run(0.0), "history": history, "geography": land,
             "seen": Observation(scale="level"), "first_year": 2014, "dates": {}, "horizons": (2015 * 12 + 11,)}
    return Case(**(usual | changes))


def test_designs_of_zones_find_a_plain_effect():
    designs = {design.id: design for design in DESIGNS}
    for name in ("did", "staggered", "matched", "did_far"):
        found = designs[name].run(case())
        assert found.truth == pytest.approx(3.0)
        assert found.bias == pytest.approx(0.0, abs=1e-9), name
    assert designs["before_after"].run(case()).selection == pytest.approx(2014.5 - 2012.0)
    assert case().gross == case().net == pytest.approx(3.0)
    assert list(case().zones.policy.years) == [2011, 2012, 2013, 2014, 2015]


@pytest.mark.parametrize(("scale", "gross", "net"), [
    ("level", 3.0, 2.0), ("per_10k", 3.0, 2.0), ("log", 100.0 * np.log(41.0 / 35.0), 100.0 * np.log(39.0 / 35.0)),
])
def test_zones_together_gain_what_is_added_less_what_is_lost(scale, gross, net):
    """Zones of 10 and 20 startups, two and a half more by growth, gain three each; another loses two."""

    def lost(name: str) -> pd.DataFrame:
        table = case().here(name).copy()
        if name == "series":
            table.loc[(table["zone"] == 4) & (table["year"] >= 2014), "startups"] -= 2.0
        return table

    seen = case(here=lost, seen=Observation(scale=scale))
    assert seen.gross == pytest.approx(gross)
    assert seen.net == pytest.approx(net)


def test_controls_near_a_hub_are_left_out():
    from sim.evaluation.designs import far

    assert list(far(case())) == [True, True, False, True, True, True]


def test_a_lottery_compares_candidates_alone():
    designs = {design.id: design for design in DESIGNS}
    scores = np.array([0.5, 0.6, 0.4, 0.4, np.nan, np.nan])
    found = designs["lottery"].run(case(scores=scores))
    assert (found.estimate.treated, found.estimate.controls) == (2, 2)
    assert found.estimate.value == pytest.approx(3.0)


@pytest.mark.parametrize(("design", "reason"), [
    ("lottery", "nobody applied"), ("discontinuity", "not given above a threshold"), ("firms", "horizons"),
])
def test_designs_say_what_they_lack(design, reason):
    chosen = next(each for each in DESIGNS if each.id == design)
    with pytest.raises(NotEstimable, match=reason):
        chosen.run(case())
    found = row("arm", chosen, [case()])
    assert found["n"] == 0
    assert reason in found["reason"]


# --- the verb -------------------------------------------------------------------------------------------------------
def test_what_help_offers_is_what_there_is():
    assert set(DEFINITIONS) == set(verb.OUTCOMES)
    assert tuple(SCALES) == verb.SCALES
    assert all(set(text) == {"en", "fr"} for text in (*(d.text for d in DESIGNS), *SCALES.values()))
    assert len({design.id for design in DESIGNS}) == len(DESIGNS)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """Two policies on coarse quartiers, from the command line: two seeds, to 2015."""
    folder = tmp_path_factory.mktemp("evaluation") / "study"
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "evaluate", "lottery_departements", "threshold_call", "--cell-km", "40",
         "--set", "world.w_talent=200", "--set", "horizons=[2013-12, 2015-12]", "--months", "36", "--seeds", "2",
         "--noise", "0.02", "--json", "-q", "--out", str(folder)],
        capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"}, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_verb_leaves_tables_and_figures(evaluated):
    folder, found = evaluated
    assert found["observation"] == {"outcome": "startups", "scale": "log", "noise": 0.02, "attrition": 0.0}
    rows = pd.read_csv(folder / "tables" / "evaluation.csv")
    french = pd.read_csv(folder / "tables" / "fr" / "evaluation.csv", sep=";", decimal=",", encoding="utf-8-sig")
    assert len(rows) == len(french) == len(found["designs"]) == 2 * len(DESIGNS)
    pd.testing.assert_series_equal(rows["estimate"], french["estimate"])
    for language in ("fr", "en"):
        page = (folder / "tables" / f"evaluation.{language}.md").read_text(encoding="utf-8")
        assert page.count("\n| ") == (rows["n"] > 0).sum() + 2  # a line of heads for each policy
        assert (folder / "figures" / f"evaluation.{language}.svg").stat().st_size > 5_000
    made = rows[(rows["arm"] == "lottery_departements") & (rows["design"] == "did")].iloc[0]
    assert made["n"] == 2
    assert made["bias"] == pytest.approx(made["selection"] + made["interference"])
    assert rows.loc[rows["design"] == "lottery", "n"].tolist() == [2, 0]
    assert rows.loc[rows["design"] == "firms", "n"].max() == 2


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_table_reads_in_both_languages(evaluated, capsys, lang):
    from sim.experiments.resolved import read_study

    folder, _ = evaluated
    rows = pd.read_csv(folder / "tables" / "evaluation.csv")
    verb.tell(rows, read_study(folder), folder, Observation(noise=0.02), lang)
    text = capsys.readouterr().out
    assert all(design.text[lang] in text for design in DESIGNS if (rows["design"] == design.id).any()
               and rows.loc[rows["design"] == design.id, "n"].max() > 0)
    plain = text.replace("\u202f", "").replace("\xa0", "")
    assert "2%" in plain
    own = {"en": ("placebo policies: p = 0", "before the policy: up to"), "fr": ("politiques placebo", "écarts types")}
    assert all(each.replace(" ", "") in plain.replace(" ", "") for each in own[lang])


def test_the_years_before_are_those_of_the_runs_and_scores_those_of_the_call(evaluated):
    """The past made again ends in the same world, and its scores choose the same hubs."""
    from sim.experiments.resolved import read_study
    from sim.experiments.stored import StoredRuns

    folder, _ = evaluated
    study, stored = read_study(folder), StoredRuns.open(folder)
    world, before = past.history(study.reference, 1)
    assert world.digest() == engine.spun_up(study.reference, 1).digest()
    assert sorted(before["year"].unique()) == [2010, 2011, 2012]
    call = next(arm for arm in study.arms if arm.id == "threshold_call")
    scores = past.scores_of_call(world, call, 1)
    hubs = stored.table("hubs", scenario="threshold_call", seed=1)
    assert set(np.flatnonzero(scores >= call.hubs.threshold)) == set(hubs["zone"])


def test_the_page_names_every_design_and_definition():
    page = (ROOT / "sim" / "docs" / "evaluation.md").read_text(encoding="utf-8")
    zones = [design for design in DESIGNS if not design.id.startswith("ring")]
    assert all(f"| {design.text['en']} |" in page for design in zones)
    assert all(f"`{name}`" in page for name in (*DEFINITIONS, *SCALES))
    assert all(design.text["en"] in page for design in DESIGNS)

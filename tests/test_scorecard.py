"""The scorecard: hits and misses, fitted and held out apart, beside the model without agents; and the verb."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.calibration.null import without_agents
from sim.calibration.observed import Observed
from sim.calibration.scorecard import outside_prior, scorecard, tallies
from sim.calibration.targets import FIT, HOLD_OUT, Change, Target, load_targets, targets_path
from sim.commands.validate import number
from sim.compare import null_model
from sim.compare.geography import Geography
from sim.params import PARAMETERS
from sim.scenario import load_study

YEARS = np.arange(2013, 2024)
END = 2023 * 12 + 11


@pytest.fixture(scope="module")
def france() -> Geography:
    return Geography.of(load_study("default"))


def target(name: str, use: str, value: float, sd: float, operator: str, argument: str = "") -> Target:
    return Target(name, use, value, "1", sd, 0.0, "2013", (2013, 2014), "France", operator, argument, "s", name, name)


TARGETS = (
    target("held", HOLD_OUT, 96.0, 1.0, "angel_deals"), target("deals", FIT, 100.0, 1.0, "ey_deals"),
    target("jei", FIT, 0.25, 0.01, "jei_share", "75"),
)  # fmt: skip


def run(france: Geography, deals: float) -> Observed:
    flat = np.full((len(YEARS), 96), deals / 96.0)
    only = np.tile((france.zones["code"] == "75").to_numpy() * 1.0, (len(YEARS), 1))
    jei = only + 3.0 / 95.0 * (1.0 - only)  # a quarter of it in Paris
    zonal = {"rounds": flat, "raised_eur": flat, "angel_deals": flat, "young_innovative": jei}
    return Observed(YEARS, zonal, france.zones, END)


def test_a_figure_is_hit_where_the_mean_is_within_its_tolerance(france):
    card = scorecard([run(france, 97.0), run(france, 99.0)], TARGETS, run(france, 96.0)).set_index("target")
    assert list(card.index) == ["deals", "jei", "held"]  # fitted first
    assert card.loc["deals", "simulated"] == pytest.approx(98.0)
    assert card.loc["deals", "hit"]
    assert not card.loc["deals", "without_agents_hit"]
    assert card.loc["jei", "simulated"] == pytest.approx(0.25)
    assert card.loc["held", "n"] == 2
    assert card.loc["held", "ci95_low"] <= 98.0 <= card.loc["held", "ci95_high"]
    counted = tallies(card.reset_index())
    assert (counted[FIT].hit, counted[FIT].scored, counted[FIT].without_agents) == (2, 2, 1)
    assert counted[FIT].better == ("deals",)
    assert counted[HOLD_OUT].share == 1.0
    assert counted[HOLD_OUT].worse == ()


def test_what_the_model_without_agents_does_better_is_named(france):
    card = scorecard([run(france, 90.0)], TARGETS, run(france, 99.0))
    assert tallies(card)[FIT].worse == ("deals",)


def test_figures_of_years_that_were_not_simulated_are_left_out(france):
    late = TARGETS[0].__class__(**{**vars(TARGETS[0]), "simulated": (2013, 2030)})
    assert list(scorecard([run(france, 97.0)], [late, TARGETS[1]], None)["target"]) == ["deals"]


def test_another_territory_has_no_scorecard(france):
    zones = france.zones.assign(code=france.zones["code"].replace("75", "X"))
    assert scorecard([replace(run(france, 97.0), zones=zones)], TARGETS, None).empty


def test_a_parameter_of_the_literature_outside_its_prior_fails():
    inside = {name: each.default for name, each in PARAMETERS.items()}
    assert outside_prior(inside) == []
    assert outside_prior({"growth.spillover": 0.5, "brand.dilution": 9.0}) == ["growth.spillover"]


def test_france_without_agents_answers_where_it_can(france):
    seen = without_agents(france, YEARS, END)
    assert seen is not None
    found = {each.id: each.measure(seen) for each in load_targets()}
    share = france.zones.set_index("code")["startup_weight"]
    assert found["idf_startups"] == pytest.approx(share[seen.capital].sum() / share.sum())
    assert found["startups_2016"] == pytest.approx(seen.zonal["recognised"][3].sum())
    assert found["jobs_2016"] > found["startups_2016"] * null_model.STAFF_MEAN * 0.95
    assert found["staff_2021_median"] == pytest.approx(null_model.STAFF_MEDIAN, rel=0.02)
    assert found["survival_5"] == pytest.approx(null_model.survival(np.array([60]))[0], abs=0.01)
    assert np.isnan(found["liquidated_7"])
    bare = Geography(france.cells, france.zones.drop(columns="vc_weight"), "x", {}, "adaptive")
    assert without_agents(bare, YEARS, END) is None


@pytest.mark.parametrize(("value", "shown"), [(13000.0, "13,000"), (1.35e10, "13.5 bn"), (9.75e8, "975.0 M"),
                                              (0.0288, "0.0288"), (8.0, "8.00"), (0.0, "0")])
def test_numbers_keep_what_counts(value, shown):
    assert number(value, "en") == shown


# -- the verb, on stored runs that cost nothing --------------------------------------------------------------------


@pytest.fixture
def told(france, monkeypatch, tmp_path, capsys):
    """What `validate` prints, and its exit code, where every run gives the same tables."""
    from sim.cli import run as command
    from sim.commands import validate as verb

    card = scorecard([run(france, 97.0), run(france, 90.0)], TARGETS, run(france, 99.0))
    launched = type("Launched", (), {"store": type("Store", (), {"folder": tmp_path}), "failed": 0, "lost": 0,
                                     "exit_code": 0})()
    monkeypatch.setattr(verb, "make_missing_runs", lambda study, **options: launched)
    monkeypatch.setattr(verb, "warn_of_failures", lambda launched, lang: None)
    monkeypatch.setattr(verb, "card_of", lambda launched, scenario, targets: card)

    def tell(*arguments: str) -> tuple[int, str]:
        code = command(["validate", "--quick", *arguments])
        return code, capsys.readouterr().out

    return tell


def test_the_verb_tells_both_parts_in_both_languages(told):
    code, english = told("--lang", "en")
    assert code == 0
    assert "Parameters: the defaults." in english
    assert "Fitted: 1 of 2 hit" in english
    assert "without agents 2. The model" in english
    assert "The model without agents does better on: deals." in english
    assert "Held out: 0 of 1 hit" in english
    french = told("--lang", "fr")[1]
    assert "Ajustés : 1 atteints sur 2" in french
    assert "manqué" in french


def test_the_verb_gives_the_same_as_json_and_keeps_it(told, tmp_path):
    content = json.loads(told("--json")[1])
    assert content["tallies"]["fit"]["hit"] == 1
    assert content["outside_prior"] == []
    assert [row["target"] for row in content["targets"]] == ["deals", "jei", "held"]
    assert pd.read_csv(tmp_path / "scorecard.csv")["target"].tolist() == ["deals", "jei", "held"]


def test_the_verb_lists_what_changed_in_the_figures_since_the_first_fit(told, monkeypatch, tmp_path):
    assert "as written down before the first fit" in told("--lang", "en")[1]
    assert json.loads(told("--json")[1])["changes_since_first_fit"] == []
    changes = (Change("idf_startups", "tolerance", "0.023", "0.07"), Change("new", "use", "", "fit"))
    monkeypatch.setattr("sim.calibration.targets.changes_since_first_fit", lambda targets: changes)
    assert "idf_startups (tolerance: 0.023 -> 0.07), new (use: - -> fit)." in told("--lang", "en")[1]
    assert "Modifié dans les chiffres depuis le premier calage : idf_startups" in told("--lang", "fr")[1]
    assert json.loads(told("--json")[1])["changes_since_first_fit"][0]["after"] == "0.07"
    own = tmp_path / "own.csv"
    own.write_bytes(targets_path().read_bytes())
    assert "Modifié" not in told("--lang", "fr", "--targets", str(own))[1]  # one's own figures have no first fit


def test_the_verb_fails_a_model_outside_the_literature(told, monkeypatch):
    monkeypatch.setattr("sim.calibration.scorecard.PARAMETERS", {
        **PARAMETERS, "growth.spillover": PARAMETERS["growth.spillover"].__class__(
            "growth.spillover", 0.0, "1", 0.0, 0.01, "literature", "", "")})
    code, text = told("--lang", "en", "--set", "model.parameters.growth.spillover=0.1")
    assert code == 5
    assert "FAILED: growth.spillover" in text

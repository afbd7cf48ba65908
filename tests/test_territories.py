"""Kinds of territory and aversion to inequality: closed forms, then what the report says of them."""

import dataclasses

import fixtures_comparison
import numpy as np
import pandas as pd
import pytest

from sim.compare.atkinson import AVERSION, _turn, equal_jobs, switch
from sim.compare.kinds import KINDS, kinds_of
from sim.report import territories
from sim.report.catalogue import load
from sim.report.facts import Facts

PEOPLE = np.array([1e6, 3e6])


def test_equally_distributed_jobs_of_two_places():
    """x = 4 and 1 per head, a quarter and three quarters of the people."""
    jobs = np.array([4e6, 3e6])
    found = equal_jobs(jobs, PEOPLE, np.array([0.0, 0.5, 1.0, 2.0])) / PEOPLE.sum()
    assert found == pytest.approx([1.75, (0.25 * 2.0 + 0.75) ** 2, 4.0**0.25, 1.0 / (0.25 / 4.0 + 0.75)], rel=1e-12)


def test_jobs_spread_evenly_are_worth_themselves_at_any_aversion():
    assert equal_jobs(0.02 * PEOPLE, PEOPLE, AVERSION) == pytest.approx(np.full(AVERSION.size, 8e4), rel=1e-12)


def test_a_place_without_jobs_makes_all_worth_nothing_from_one_on():
    found = equal_jobs(np.array([0.0, 3e6]), PEOPLE, np.array([0.5, 1.0, 2.0]))
    assert found == pytest.approx([0.75**2 * 4e6, 0.0, 0.0])


@pytest.mark.parametrize(("gap", "expected"), [
    (1.0 - AVERSION, 1.0), (AVERSION - 1.02, 1.02), (1.0 + AVERSION, np.inf), (np.zeros(AVERSION.size), np.inf),
    (np.cos(np.pi * AVERSION), 0.5),
])
def test_the_switch_is_the_first_change_of_sign(gap, expected):
    assert switch(gap, AVERSION) == pytest.approx(expected, abs=1e-3)


def test_a_ranking_that_turns_for_sure_and_one_that_does_not():
    luck = np.random.Generator(np.random.Philox(key=5)).normal(0.0, 0.05, size=(32, 1))
    sure, never = _turn(1.0 - AVERSION + luck, AVERSION), _turn(5.0 + AVERSION + luck, AVERSION)
    assert (sure["first"], sure["p_switch"]) == ("a", 1.0)
    assert sure["ci95_low"] < 1.0 < sure["ci95_high"]
    assert np.isnan([never["aversion"], never["ci95_low"]]).all()
    assert never["p_switch"] == 0.0


def test_kinds_of_territory_share_zones_out():
    zones = pd.DataFrame({"region": ["I", "I", "S", "S"], "population": [2e6, 1e6, 3e6, 1e5],
                          "area_km2": [100.0, 1e3, 1e4, 5e4]})
    assert kinds_of(zones).argmax(axis=0).tolist() == [KINDS.index(k) for k in ("capital", "around", "dense", "sparse")]
    assert (kinds_of(zones).sum(axis=0) == 1.0).all()


@pytest.fixture(scope="module")
def facts():
    return Facts(fixtures_comparison.build())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_report_names_kinds_switches_and_dominated_options(facts, language):
    texts = load(language)
    table = territories.kinds(facts, texts)
    assert len(table.rows) == len(facts.arms) * len(KINDS)
    said = territories.switches(facts, texts)
    assert len(said) == 3
    decimal = "0,31" if language == "fr" else "0.31"
    assert [decimal in sentence for sentence in said] == [True, False, False]
    assert "4" in said[2]
    assert territories.dominated(facts, texts)


def test_an_option_better_on_both_counts_dominates():
    whole = fixtures_comparison.build()
    effects, equity = whole.effects.copy(), whole.equity.copy()
    jobs = effects["outcome"] == "jobs"
    for k, arm in enumerate(fixtures_comparison.POLICIES):
        effects.loc[jobs & (effects["arm"] == arm), "mean"] = 100.0 * (k + 1)
        equity.loc[equity["arm"] == arm, "mean"] = -0.01 * (k + 1)
    facts = Facts(dataclasses.replace(whole, effects=effects, equity=equity))
    texts, names = load("en"), facts.labels("en")
    said = territories.dominated(facts, texts)
    first, _, last = (names[arm] for arm in fixtures_comparison.POLICIES)
    assert f"“{first}” by “{last}”" in said
    assert f"“{last}” by" not in said

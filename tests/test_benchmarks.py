"""Published effects set beside those of the model: each measure on runs whose answer is known by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.commands import benchmarks as verb
from sim.evaluation import benchmarks
from sim.evaluation.benchmarks import BENCHMARKS, Years

ROOT = Path(__file__).resolve().parents[1]
YEARS = Years(2014, 2020, 1)
FIRST = 12 * YEARS.first


def run(**tables):
    """A run that has these tables."""
    return lambda name: tables[name]


def firms(uid, **columns) -> pd.DataFrame:
    """Startups; what is not said is nothing, and nobody was ever granted or funded."""
    n = len(uid)
    usual = {"aided": np.zeros(n, bool), "granted": np.full(n, -1), "last_round": np.full(n, -1),
             "staff_h1": np.ones(n, np.float32), "in_place": np.zeros(n, bool), "mixing": np.zeros(n, np.float32),
             "in_hub": np.zeros(n, bool), "innovations": np.zeros(n, np.int32), "birth": np.full(n, FIRST)}
    return pd.DataFrame({"uid": np.array(uid, np.uint64), **usual} | columns)


def series(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["year", "zone", "jobs", "employed_elsewhere"])


def test_only_firms_that_the_policy_aided_are_matched():
    here = firms([1, 2, 3, 4], aided=[True, True, True, False])
    there = firms([1, 3, 4], aided=[False, True, False], staff_h1=[7.0, 1.0, 1.0])
    wide = benchmarks.matched(here, there).set_index("uid")
    assert list(wide.index) == [1, 2]
    assert list(wide["staff_h1_twin"]) == [7.0, 0.0]
    assert list(wide["last_round_twin"]) == [-1, -1]


def test_capital_counts_from_the_grant_on():
    """The first firm and its twin raise after the grant; the second had raised before; the third has no twin."""
    grant = FIRST + 12
    here = firms([1, 2, 3], aided=True, granted=grant, last_round=[grant + 5, grant - 3, grant + 9])
    there = firms([1, 2], last_round=[grant + 1, grant - 3])
    assert benchmarks.capital_after_grant(YEARS, run(firms=here), run(firms=there)) == (2.0, 1.0)


def test_a_relief_is_set_against_the_jobs_of_those_who_have_it():
    here = firms([1, 2, 3], aided=[True, True, False], staff_h1=[8.0, 5.0, 90.0])
    there = firms([1, 2, 3], staff_h1=[5.0, 5.0, 1.0])
    ledger = pd.DataFrame({"instrument": ["young_firms", "young_firms", "JEI"], "year": [2014, 2030, 2014],
                           "eur": [300e3, 9e9, 1e9]})
    both = run(firms=here, ledger=ledger), run(firms=there)
    assert benchmarks.euros_and_jobs(YEARS, *both) == (300e3, 3.0)
    assert benchmarks.firms_that_gain(YEARS, *both) == (1.0, 2.0)


def test_no_job_costs_without_end():
    """T29: as a relief stops having an effect, the cost per job grows beyond any bound."""
    cost = benchmarks.price(np.array([[1e6, 2.0], [1e6, 0.2], [1e6, 0.02], [1e6, 0.0], [1e6, -1.0]]))
    np.testing.assert_allclose(cost[:3], [5e5, 5e6, 5e7])
    assert (cost[3:] == np.inf).all()


def test_company_counts_firms_in_places_alone():
    here = firms([1, 2, 3, 4], aided=True, in_place=[True, True, False, True], mixing=[0.4, 0.0, 0.4, 0.2],
                 staff_h1=[3.0, 2.0, 9.0, 5.0])
    there = firms([1, 2, 3, 4], staff_h1=[2.0, 2.0, 1.0, 0.0])  # the last had closed
    parts = benchmarks.staff_by_company(YEARS, run(firms=here), run(firms=there))
    assert parts == (3.0, 2.0, 2.0, 2.0)
    assert benchmarks.contrast(np.array(parts)) == pytest.approx(0.5)


def test_innovations_of_those_who_are_in_a_hub_in_both():
    here = firms([1, 2, 3], in_hub=[True, True, True], innovations=[4, 7, 50], birth=[FIRST, FIRST, FIRST - 1])
    there = firms([1, 2, 3], in_hub=[True, False, True], innovations=[3, 5, 5])
    assert benchmarks.innovations_in_hubs(YEARS, run(firms=here), run(firms=there)) == (4.0, 3.0)


def test_what_a_place_gains_by_spillovers_and_the_others_lose():
    """One zone gains 100 jobs, 40 more than without spillovers; the other loses 30, and nothing without them."""
    hubs = pd.DataFrame({"zone": [0, 0]})
    before = series([(2020, 0, 50.0, 50.0), (2020, 1, 50.0, 50.0), (2019, 0, 7.0, 7.0)])
    after = series([(2020, 0, 140.0, 60.0), (2020, 1, 40.0, 30.0), (2019, 0, 999.0, 0.0)])
    alone = series([(2020, 0, 100.0, 60.0), (2020, 1, 50.0, 50.0), (2019, 0, 0.0, 0.0)])
    here, there = run(series=after, hubs=hubs), run(series=before)
    parts = benchmarks.employment_of_spillovers(YEARS, here, there, run(series=alone, hubs=hubs), there)
    assert parts == (40.0, 10.0)
    assert benchmarks.offset(np.array(parts)) == pytest.approx(0.75)


def test_sums_over_the_years_of_the_policies():
    table = pd.DataFrame({"year": [2013, 2014, 2020, 2021], "entries": [1e6, 3.0, 4.0, 1e6]})
    other = table.assign(entries=[1e6, 2.0, 5.0, 1e6])
    assert benchmarks.national("entries")(YEARS, run(series=table), run(series=other)) == (7.0, 7.0)
    at_the_end = benchmarks.national("entries", at_the_end=True)
    assert at_the_end(YEARS, run(series=table), run(series=other)) == (4.0, 5.0)


# --- verdicts --------------------------------------------------------------------------------------------------------
def asked(**changes):
    """A benchmark of a ratio, published as 1.2 and no range."""
    return replace(BENCHMARKS[1], **({"low": 1.2, "high": 1.2, "by_construction": False} | changes))


@pytest.mark.parametrize(("changes", "value", "verdict"), [
    ({}, 1.16, "pass"), ({}, 1.14, "miss"), ({}, 1.24, "pass"), ({}, 1.26, "miss"),
    ({"low": 1.1, "high": 1.3}, 1.29, "pass"), ({"low": 1.1, "high": 1.3}, 1.31, "miss"),
    ({"high": np.inf}, 9.0, "pass"), ({"by_construction": True}, 1.21, "pass"),
    ({"by_construction": True}, 9.0, "miss"),
])
def test_verdicts(changes, value, verdict):
    row = benchmarks.found(asked(**changes), [(value, 1.0), (2.0 * value, 2.0)])
    assert (row["found"], row["verdict"]) == (pytest.approx(value), verdict)
    assert row["ci95_low"] == pytest.approx(value) == row["ci95_high"]


def test_intervals_are_those_of_the_ratio_of_means():
    """Many pairs whose ratio is known: the delta method and the bootstrap agree."""
    luck = np.random.Generator(np.random.Philox(key=1)).normal(size=(400, 2))
    parts = np.array([12.0, 10.0]) + luck
    row = benchmarks.found(asked(), [tuple(pair) for pair in parts])
    sd = np.sqrt((1.0 / 10.0) ** 2 + (12.0 / 100.0) ** 2) / np.sqrt(400)
    assert row["ci95_high"] - row["ci95_low"] == pytest.approx(2.0 * 1.96 * sd, rel=0.15)


def test_one_pair_has_no_interval_and_no_twin_no_value():
    one = benchmarks.found(asked(), [(1.0, 1.0)])
    assert np.isnan(one["ci95_low"])
    assert one["pairs"] == 1
    none = benchmarks.found(asked(), [(1.0, 0.0), (1.0, 0.0)])
    assert none["verdict"] == "miss"
    json.dumps(verb.finite([one, none]), allow_nan=False)


def test_benchmarks_that_set_a_parameter_are_not_scored():
    """Ruling 20 on the science."""
    assert {b.number for b in BENCHMARKS if b.by_construction} == {"P7", "P8", "P9", "P11", "P12"}
    assert all(set(b.text) == {"en", "fr"} for b in BENCHMARKS)


# --- the verb --------------------------------------------------------------------------------------------------------
def test_every_benchmark_has_its_arms():
    study, apart = verb.studies({}, seeds=2, quick=False, lang="en")
    arms = {study.reference.id, *(arm.id for arm in study.arms)}
    assert all(set(b.pair) <= arms for b in BENCHMARKS)
    assert {b.pair[0] for b in BENCHMARKS if b.apart} == {arm.id for arm in apart.arms}
    assert apart.reference.parameters["location.walk"] == 0.0


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_table_reads_in_both_languages(capsys, lang):
    study, _ = verb.studies({}, seeds=2, quick=False, lang=lang)
    rows = [benchmarks.found(b, [tuple(np.arange(2.0, 6.0) / k) for k in (1.0, 2.0)]) for b in BENCHMARKS]
    verb.tell(rows, study, Path("here"), lang)
    text = capsys.readouterr().out
    assert all(b.text[lang] in text for b in BENCHMARKS)
    assert "here" in text
    assert "2014-2020" in text


def test_the_page_of_results_holds_every_benchmark():
    page = (ROOT / "sim" / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| P")]
    assert [tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows] == [
        (benchmark.number, benchmark.text["en"]) for benchmark in BENCHMARKS
    ]
    for row, benchmark in zip(rows, BENCHMARKS):
        assert (", by construction" in row) == benchmark.by_construction
        assert benchmark.source in row

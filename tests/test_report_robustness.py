"""The part of the report on assumptions: its sentences, its caps, its tables against the frames."""

import re

import pandas as pd
import pytest
from fixtures_comparison import build

from sim.compare import Comparison
from sim.report import robustness
from sim.report.agreement import agreement, of_effect, of_pair
from sim.report.catalogue import load
from sim.report.facts import Facts
from sim.report.findings import findings, losing, over_draws

LEADERS = ("fifteen_metropoles", "paris_only")


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(build())


def without(comparison: Comparison, **frames: pd.DataFrame) -> Facts:
    """The comparison with other frames, as of a study with other sets."""
    return Facts(Comparison(**(comparison.frames() | frames), meta=comparison.meta))


def only_main(comparison: Comparison) -> Facts:
    """The comparison as of a study without further assumptions."""
    names = ("sets", "set_effects", "set_pairs", "set_regret")
    kept = {name: frame[frame["set"] == "main"] for name in names for frame in [getattr(comparison, name)]}
    empty = {name: getattr(comparison, name).iloc[:0] for name in ("spread", "sensitivity", "draws")}
    regret = comparison.regret[comparison.regret["over"] == "sets"]
    return without(comparison, **kept, **empty, regret=regret)


def rows(*intervals: tuple[float, float]) -> pd.DataFrame:
    names = ["main", *(f"s{k}" for k in range(1, len(intervals)))]
    frame = pd.DataFrame(intervals, columns=["ci95_low", "ci95_high"])
    return frame.assign(set=names, mean=frame.mean(axis=1))


def test_agreement_of_known_signs() -> None:
    assert agreement(rows((1, 3))).level is None
    assert agreement(rows((1, 3), (2, 5))).level == "high"
    assert agreement(rows((1, 3), (-1, 5))).level == "medium"
    assert agreement(rows((1, 3), (-5, 1))).level == "low"
    found = agreement(rows((-3, -1), (1, 5), (-4, -2), (-4, 1)))  # the sign is that of the main set
    assert (found.level, found.turned, found.kept, found.unsure) == ("low", ("s1",), ("s2",), ("s3",))
    assert agreement(rows((-3, -1), (-4, -2))).holds


def test_pairs_are_judged_either_way_round(facts: Facts) -> None:
    one, other = of_pair(facts, *LEADERS), of_pair(facts, *LEADERS[::-1])
    assert one == other
    assert (one.turned, one.unsure, one.kept) == (("showcase",), ("threshold",), ("log",))
    assert of_effect(facts, "fifteen_metropoles").level == "high"
    assert of_effect(facts, "one_per_departement").level == "low"  # a loss with a critical mass


def test_words_are_capped_unless_the_sign_holds_in_every_set() -> None:
    comparison, texts = build(), load("en")
    with_sets, alone = (findings(each, texts) for each in (Facts(comparison), only_main(comparison)))
    assert with_sets[0].likelihood.startswith("Gain very likely")  # sixteen simulations set no hundredth apart
    assert with_sets[1].likelihood.startswith("Advantage likely")  # its order turns with one set
    assert all(" likely" in f.likelihood for f in alone if f.likelihood)
    assert not any("certain" in f.likelihood for f in alone)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_without_other_sets_the_section_names_the_command(lang: str) -> None:
    facts, texts = only_main(build()), load(lang)
    assert "compare robustness" in robustness.intro(facts, texts)[0]
    assert robustness.sentences(facts, texts) == []
    tables = (robustness.regret, robustness.effects, robustness.spread, robustness.parameters)
    assert not any(table(facts, texts) for table in tables)


def test_sentences_name_what_turns_the_order(facts: Facts) -> None:
    found = robustness.sentences(facts, load("en"))
    assert any("turns" in s and "“Paris as showcase”" in s for s in found)
    assert any("cannot be told apart with: “Critical mass”" in s for s in found)
    # The frame has the gap Paris - fifteen falling from 1,500 to -700: fifteen, the leader, is overtaken below 0.62.
    assert any("“Paris only” overtakes" in s and "brand.dilution is below 0.62" in s for s in found)
    assert not any("brand.relay" in s for s in found)
    assert any("largest loss is the smallest" in s and "“Paris only”: 760" in s for s in found)


def test_a_threshold_is_named_only_for_what_is_told_from_chance() -> None:
    comparison = build()
    chance = comparison.sensitivity.assign(q_value=0.5, turns_at=float("nan"))
    found = robustness.sentences(without(comparison, sensitivity=chance), load("en"))
    assert any("None of the 2 parameters drawn" in s and "12 draws" in s for s in found)
    assert not any("overtakes" in s for s in found)


def test_a_set_that_turns_nothing_is_said_too() -> None:
    comparison = build()
    pairs = comparison.set_pairs[comparison.set_pairs["set"] != "showcase"]
    found = robustness.sentences(without(comparison, set_pairs=pairs), load("fr"))
    assert "ne fait nettement mieux" in found[0]


def test_table_of_regret_repeats_the_frame(facts: Facts) -> None:
    comparison, table = build(), robustness.regret(facts, load("en"))
    arms = list(facts.labels("en"))
    cells = comparison.set_regret.set_index(["set", "arm"])["regret"]
    names = {title: name for name, title in robustness.names_of_sets(facts, load("en")).items()}
    for row in table.rows[:-3]:
        for arm, text in zip(arms, row[1:], strict=True):
            lost = cells[names[row[0]], arm]
            shown = 0.0 if text == "best" else float(text.replace(",", ""))
            assert shown == pytest.approx(lost, rel=0.05), (row[0], arm)
    assert [row[0] for row in table.rows[-3:]] == ["Largest loss", "Mean loss", "Share of sets where best"]
    assert sum(float(text.rstrip("%")) for text in table.rows[-1][1:]) == 100


def test_gaps_run_from_the_main_set_to_the_nearest(facts: Facts) -> None:
    frame = robustness.gaps(facts.at("set_pairs", outcome="jobs"), *LEADERS)
    assert frame["set"].iloc[0] == "main"
    assert (frame["ci95_low"] < frame["mean"]).all()
    assert (frame["mean"] < frame["ci95_high"]).all()
    away = (frame["mean"] - frame["mean"].iloc[0]).abs().iloc[1:]
    assert away.is_monotonic_decreasing
    raw = build().set_pairs.query("set == 'main' and arm_a == 'paris_only' and arm_b == 'fifteen_metropoles'")
    assert frame["mean"].iloc[0] == pytest.approx(-raw["mean"].iloc[0])


def test_levels_of_draws_are_told(facts: Facts) -> None:
    assert any("from 50,000 to 600,000 jobs" in s and "200,000 under the main" in s
               for s in robustness.intro(facts, load("en")))  # fmt: skip


def test_share_of_luck_is_printed(facts: Facts) -> None:
    table = robustness.spread(facts, load("fr"))
    assert all(re.fullmatch(r"20\u00a0%", row[-1]) for row in table.rows)
    assert len(table.rows) == 6  # three options and three gaps


def test_the_gap_over_draws_is_told_in_brief_as_in_its_table(facts: Facts) -> None:
    texts, names = load("en"), facts.labels("en")
    table = {row[0]: row for row in robustness.spread(facts, texts).rows}
    there, back = (over_draws(facts, texts, *pair)[0] for pair in (LEADERS, LEADERS[::-1]))
    stored, other = (there, back) if "{} minus {}".format(*map(names.get, LEADERS)) in table else (back, there)
    _, mean, ci95, _, share, _ = next(row for name, row in table.items() if all(names[a] in name for a in LEADERS))
    assert f"is {mean} jobs (95% interval: {ci95}), positive in {share} of" in stored
    assert ("+" in mean) == ("is \u2212" in other)


def test_people_who_surely_lose_stand_beside_those_who_lose_on_average(facts: Facts) -> None:
    kinds = facts.at("kinds", arm="paris_only")
    surely = (kinds["population"] * kinds["p_people_losing"]).sum() / kinds["population"].sum()
    (told,) = losing(facts, load("en"), "paris_only")
    assert f"loses jobs on average, {load('en').fmt.percent(surely)} in one that loses some" in told
    comparison = build()
    assert "eight" not in losing(without(comparison, kinds=comparison.kinds.iloc[:0]), load("en"), "paris_only")[0]


@pytest.mark.parametrize(("fitted", "told"), [(0, "each drawn around its default"), (3, "3 of the ")])
def test_draws_out_of_a_fitted_set_are_told_as_such(fitted: int, told: str) -> None:
    comparison = build()
    facts = Facts(Comparison(**comparison.frames(), meta=comparison.meta | {"draws_fitted": fitted}))
    assert sum(told in sentence for sentence in robustness.intro(facts, load("en"))) == 1

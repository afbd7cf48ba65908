"""What the report concludes: gains and losses, luck, unequal cost, and how sure it is."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from fixtures_comparison import POLICIES, build, changed

from sim.report import LANGUAGES, plots, write
from sim.report.catalogue import load
from sim.report.console import summary
from sim.report.facts import Facts
from sim.report.figures import drawings
from sim.report.findings import findings, oriented_pair
from sim.report.page import masthead
from sim.report.territories import empty_places, switches


@pytest.fixture(scope="module")
def comparison():
    return build()


def test_both_intervals_are_named_in_brief(comparison):
    for language, names in (
        ("fr", ("intervalle à 95\u00a0% de la moyenne", "intervalle de simulation à 80\u00a0%")),
        ("en", ("95% interval of the mean", "80% range over simulations")),
    ):
        first = findings(Facts(comparison), load(language))[0]
        assert tuple(name for name, _ in first.intervals) == names


def test_findings_begin_in_the_model_and_carry_confidence(comparison):
    for language, opening in (("fr", "Dans le modèle, "), ("en", "In the model, ")):
        made = findings(Facts(comparison), load(language))
        assert 3 <= len(made) <= 5
        assert all(f.claim.startswith(opening) for f in made)
        assert all(f.confidence for f in made)


def test_an_interval_holding_zero_is_not_called_a_gain(comparison):
    def flatten(frame: pd.DataFrame) -> pd.DataFrame:
        jobs = frame["outcome"] == "jobs"
        frame.loc[jobs, ["mean", "ci95_low", "ci95_high", "p_positive"]] = [100.0, -50.0, 250.0, 0.6]
        return frame

    first = findings(changed(comparison, "effects", flatten), load("en"))[0]
    assert "no option has a mean effect" in first.claim
    assert "about as likely as not (33% to 66%): positive sign in 10 of 16 simulations" in first.likelihood


def test_losses_are_said_as_losses(comparison):
    def lose(frame: pd.DataFrame) -> pd.DataFrame:
        jobs = frame["outcome"] == "jobs"
        values = ["mean", "ci95_low", "ci95_high", "p10", "p90"]
        frame.loc[jobs, values] = -frame.loc[jobs, ["mean", "ci95_high", "ci95_low", "p90", "p10"]].to_numpy() - 1000.0
        frame.loc[jobs, "p_positive"] = 0.0
        return frame

    first = findings(changed(comparison, "effects", lose), load("fr"))[0]
    assert "aucune option n’augmente" in first.claim
    assert first.likelihood.startswith("Perte probable (66\u00a0% à 100\u00a0%)")
    assert first.number.startswith("\u2212")


NO_WINNER = {"ci95_low": -300.0, "ci95_high": 300.0, "mean": 10.0, "verdict": "undecided", "more_runs": 900.0}


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_that_differ_by_luck_have_no_winner(comparison, language):
    """Every option with the same effect but for noise: each finding that names one says that it is not told apart."""
    pairs = comparison.pairwise.assign(**NO_WINNER)
    theil = pairs[pairs["outcome"] == "jobs"].assign(outcome="theil_jobs")
    costs = comparison.cost_pairs.assign(verdict="undecided")
    facts = Facts(dataclasses.replace(comparison, pairwise=pd.concat([pairs, theil]), cost_pairs=costs))
    texts = load(language)
    told = {f.anchor: " ".join((f.claim, *f.notes)) for f in findings(facts, texts)}
    words = {"fr": ("indiscernable", "sans se distinguer"), "en": ("cannot be told apart", "not told apart")}[language]
    for anchor in ("pairwise", "equity", "cost"):
        assert any(word in told[anchor] for word in words), told[anchor]
    winner = {"fr": "fait mieux", "en": "does better"}[language]
    assert not any(winner in text for text in told.values())


def test_a_lead_at_an_earlier_horizon_is_told_only_as_sure_as_it_is(comparison):
    def ahead(frame: pd.DataFrame) -> pd.DataFrame:
        early = (frame["outcome"] == "jobs") & (frame["year"] == 2023) & (frame["arm"] == "paris_only")
        frame.loc[early, "mean"] = 9000.0
        return frame

    facts = changed(comparison, "effects", ahead)
    assert "In 2023, the leading option for jobs was “Paris only”." in findings(facts, load("en"))[0].notes
    effects = ahead(comparison.effects.copy())
    facts = Facts(dataclasses.replace(comparison, effects=effects, pairwise=comparison.pairwise.assign(**NO_WINNER)))
    note = next(n for n in findings(facts, load("en"))[0].notes if "2023" in n)
    assert note.endswith("not told apart from that of “15 metropolises (without Paris)”.")


def test_the_other_coupling_never_speaks_of_a_negative_loss(comparison):
    gains = comparison.couplings.assign(displaced_mean=400.0)
    net = next(f for f in findings(Facts(dataclasses.replace(comparison, couplings=gains)), load("en"))
               if f.anchor == "net")
    assert any(note.endswith("startups without aid, taken together, lose none.") for note in net.notes)


def test_unequal_cost_is_shouted_and_not_claimed(comparison):
    meta = comparison.meta | {"equal_cost": comparison.meta["equal_cost"] | {"ok": False}}
    facts = Facts(dataclasses.replace(comparison, meta=meta))
    assert "coût public égal" not in findings(facts, load("fr"))[0].claim
    assert "ATTENTION" in summary(dataclasses.replace(comparison, meta=meta), "fr")


def of_one_policy(comparison, **changes):
    """The comparison as of a study with Paris only."""
    arms = comparison.arms[comparison.arms["arm"].isin(("reference", "paris_only"))].assign(**changes)
    return dataclasses.replace(comparison, arms=arms, pairwise=comparison.pairwise.iloc[:0])


def test_one_policy_alone_has_no_equal_cost_to_verify(comparison):
    alone = of_one_policy(comparison)
    facts, texts = Facts(alone), load("fr")
    assert not any("coût public égal" in f.claim for f in findings(facts, texts))
    assert "vérifié" not in summary(alone, "fr")
    assert masthead(facts, texts)["equal_cost"] == ""
    assert "vérifié" in masthead(Facts(comparison), texts)["equal_cost"]


def test_a_policy_without_hubs_is_not_said_to_have_any(comparison):
    alone = of_one_policy(comparison, n_hubs=0)
    facts, texts = Facts(alone), load("fr")
    assert not any("pôle" in f.claim for f in findings(facts, texts))
    look = plots.Look(texts, facts.labels("fr"))
    assert "rings" not in {drawing.id for drawing in drawings(facts, look, None)}


def test_hubs_without_money_are_drawn(comparison, tmp_path):
    free = dataclasses.replace(comparison, hubs=comparison.hubs.assign(eur_total=0.0))
    assert len(write(free, tmp_path, ("fr",))) > len(POLICIES)


def test_aversion_that_stops_early_is_explained(comparison):
    cut = comparison.atkinson[comparison.atkinson["aversion"] <= 0.5]
    facts, texts = Facts(dataclasses.replace(comparison, atkinson=cut)), load("fr")
    assert "aucun emploi" in empty_places(facts, texts)
    assert not any("de 0 à 4" in sentence for sentence in switches(facts, texts))
    assert empty_places(Facts(comparison), texts) == ""


def test_cost_is_not_a_number_when_it_is_not_defined(comparison):
    facts = changed(comparison, "cost", lambda f: f.assign(defined=False, cost_per_net_job=np.nan))
    assert [f.number for f in findings(facts, load("en")) if f.anchor == "cost"] == ["cost not defined"]


def test_a_pair_read_backwards_is_turned_round(comparison):
    facts = Facts(comparison)
    there = oriented_pair(facts, "fifteen_metropoles", "paris_only")
    back = oriented_pair(facts, "paris_only", "fifteen_metropoles")
    assert back["mean"] == -there["mean"]
    assert (back["ci95_low"], back["ci95_high"]) == (-there["ci95_high"], -there["ci95_low"])
    assert (there["verdict"], back["verdict"]) == ("better", "worse")
    assert oriented_pair(facts, "paris_only", "nowhere") is None


def test_net_jobs_are_rounded_alike_wherever_they_stand(comparison):
    facts, texts = Facts(comparison), load("en")
    effects = facts.at("effects", outcome="jobs").set_index("arm")
    net = facts.at("waterfall", component="net")
    for row in net.to_dict("records"):
        assert row["se"] == pytest.approx(effects.loc[row["arm"], "se"], rel=0.25)
    means = comparison.effects[comparison.effects["outcome"] == "jobs"].set_index(["arm", "year"])["mean"]

    def as_in_effects(frame):
        at = frame["component"] == "net"
        keys = pd.MultiIndex.from_frame(frame.loc[at, ["arm", "year"]])
        return frame.assign(mean=frame["mean"].mask(at, pd.Series(means.reindex(keys).to_numpy(), frame.index[at])))

    told = findings(changed(comparison, "waterfall", as_in_effects), texts)
    found = {finding.anchor: finding.number for finding in told}
    assert found["national"].removeprefix("+").split()[0] == found["net"].split()[0]

"""Whole comparisons of runs whose effects are known by hand."""


import numpy as np
import pandas as pd
import pytest
from toy_runs import YEARS, toy_land, toy_run, toy_store, toy_study

from sim.compare import Comparison, Geography, compare
from sim.compare.cost import leverage, linear_ratio
from sim.compare.outcomes import OUTCOMES
from sim.compare.paired import t_interval


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(toy_study(), toy_store(), geography=toy_land(), about={"command": "run.py compare"})


def true_effects(name: str, year: int) -> np.ndarray:
    """Return the paired differences of jobs, computed straight from the firms."""
    column = {2018: "staff_h0", 2023: "staff_h1"}[year]
    total = {
        arm: [toy_run(arm, seed)["firms"][column].sum() for seed in range(1, 9)]
        for arm in (name, "reference")
    }
    return np.subtract(total[name], total["reference"])


def reference_jobs() -> float:
    """Return the mean headcount of the reference in 2023."""
    return float(np.mean([toy_run("reference", seed)["firms"]["staff_h1"].sum() for seed in range(1, 9)]))


CONTRACT = {
    "arms": "arm label_fr label_en is_reference n_hubs budget_state_eur budget_local_eur eur_per_hub "
    "eur_animation eur_brand eur_floor eur_accelerator eur_per_hub_year_animation cost_announced_eur "
    "cost_committed_eur "
    "cost_paid_eur cost_paid_pv_eur cost_unspent_eur",
    "effects": "arm outcome year reference_mean mean se ci95_low ci95_high p10 p90 p_positive n vrf "
    "vrf_low90",
    "pairwise": "arm_a arm_b outcome year mean ci95_low ci95_high p_a_better verdict more_runs",
    "trajectories": "arm outcome year mean_level diff_mean diff_p10 diff_p90 diff_ci_low diff_ci_high",
    "departements": "code name region zone arm outcome year treated population reference_mean diff_mean "
    "diff_ci_low diff_ci_high diff_p10 diff_p90 sign_agreement diff_per_10k",
    "waterfall": "arm year component mean ci95_low ci95_high",
    "rings": "arm year ring mean ci95_low ci95_high p10 p90",
    "twins": "arm year class startups_mean jobs_mean ci95_low ci95_high",
    "clouds": "arm year seed net_jobs theil_change",
    "moves": "arm year kind_from kind_to mean ci95_low ci95_high",
    "cost_pairs": "arm_a arm_b year mean ci95_low ci95_high verdict n",
    "cost": "arm year cost_pv_eur net_jobs_mean cost_per_net_job low high defined share_not_positive leverage "
    "leverage_low leverage_high",
    "equity": "arm year measure reference mean ci95_low ci95_high p10 p90 share_population_losing",
    "scorecard": "target use label_fr label_en unit year published tolerance simulated ci95_low ci95_high p10 p90 n "
    "hit without_agents without_agents_hit operator_fr operator_en geography source",
    "atkinson": "arm year aversion mean se ci95_low ci95_high p10 p90 n",
    "switches": "year arm_a arm_b first aversion ci95_low ci95_high p_switch n",
    "kinds": "arm year kind population mean se ci95_low ci95_high p10 p90 n diff_per_10k p_people_losing "
    "p_people_gaining",
    "seconds": "process seconds_per_run",
    "cells": "cell x_m y_m size_m zone",
    "zones": "zone code name region x_m y_m population area_km2",
    "hubs": "arm hub id label zone x_m y_m eur_total",
}


def test_frames_have_the_columns_that_the_report_reads(found: Comparison) -> None:
    for name, columns in CONTRACT.items():
        assert set(columns.split()) <= set(found.frames()[name].columns), name
    keys = {"effects": ["arm", "outcome", "year"], "twins": ["arm", "year", "class"], "arms": ["arm"]}
    for name, key in keys.items():
        assert not found.frames()[name].duplicated(key).any()


def test_effects_are_the_paired_differences(found: Comparison) -> None:
    table = found.effects.set_index(["arm", "outcome", "year"])
    for arm in ("one", "spread", "rung"):
        for year in (2018, 2023):
            row, truth = table.loc[arm, "jobs", year], true_effects(arm, year)
            assert row["mean"] == pytest.approx(truth.mean())
            assert row["p_positive"] == (truth > 0).mean()
            assert row["n"] == 8
            low, high = t_interval(truth)
            assert (row["ci95_low"], row["ci95_high"]) == pytest.approx((low[0], high[0]), rel=0.12)
    assert set(found.effects["outcome"]) == {outcome.name for outcome in OUTCOMES}
    startups = table.xs("startups", level="outcome")
    assert (startups[["mean", "ci95_low", "ci95_high"]] == 0.0).all(axis=None)


def test_single_futures_lie_in_their_fan(found: Comparison) -> None:
    own = found.members.query("arm == 'one' and outcome == 'jobs' and year == 2023")
    assert own["seed"].tolist() == list(range(1, 9))
    assert own["diff"].to_numpy() == pytest.approx(true_effects("one", 2023))
    fan = found.trajectories.query("arm == 'one' and outcome == 'jobs' and year == 2023").iloc[0]
    ends = [fan[f"diff_{name}"] for name in ("p2_5", "p10", "p25", "p75", "p90", "p97_5")]
    assert ends == pytest.approx(np.quantile(true_effects("one", 2023), [0.025, 0.1, 0.25, 0.75, 0.9, 0.975]))


def test_clouds_hold_every_pair_of_runs(found: Comparison) -> None:
    own = found.clouds.query("arm == 'one' and year == 2023")
    assert own["seed"].tolist() == list(range(1, 9))
    assert own["net_jobs"].to_numpy() == pytest.approx(true_effects("one", 2023))
    theil = found.effects.set_index(["arm", "outcome", "year"])["mean"]["one", "theil_jobs", 2023]
    assert own["theil_change"].mean() == pytest.approx(theil)


def test_what_other_employers_lose_is_told(found: Comparison) -> None:
    table = found.effects.set_index(["arm", "outcome", "year"])["mean"]
    assert table["one", "jobs_elsewhere", 2023] == pytest.approx(-0.25 * true_effects("one", 2023).mean())


def test_years_in_which_policies_pay(found: Comparison) -> None:
    assert (found.meta["aid_first_year"], found.meta["aid_end_year"]) == (2014, 2015)


def test_costs_per_job_are_told_apart_only_beyond_their_noise(found: Comparison) -> None:
    seeds = range(1, 9)
    paid, jobs = np.array([12.0e6, 12.06e6]), np.array([true_effects(arm, 2023) for arm in ("one", "spread")])
    row = found.cost_pairs.query("year == 2023").iloc[0]
    assert row["mean"] == pytest.approx(paid[0] / jobs[0].mean() - paid[1] / jobs[1].mean())
    # one pair: the interval is that of the linear parts, by hand
    ratio = paid / jobs.mean(axis=1)
    parts = (paid[0] - ratio[0] * jobs[0]) / jobs[0].mean() - (paid[1] - ratio[1] * jobs[1]) / jobs[1].mean()
    low, high = t_interval(parts)
    assert (row["ci95_low"] - row["mean"], row["ci95_high"] - row["mean"]) == pytest.approx((low[0], high[0]))
    assert not low[0] < -row["mean"] < high[0]  # zero is outside: the dearer option is told
    assert row["verdict"] == ("worse" if row["mean"] > 0.0 else "better")
    assert row["n"] == len(seeds)


def test_costs_of_one_and_the_same_policy_are_never_told_apart() -> None:
    """Two arms with the same runs: no winner; and no row where net jobs may be nothing."""
    store = toy_store()
    for seed in range(1, 9):
        for name in ("firms", "series", "hubs", "ledger", "accounts"):
            store._tables[name, "spread", seed] = store._tables[name, "one", seed]
    store._runs.loc[store._runs["scenario"] == "spread", "cost_paid_pv_eur"] = 12.0e6
    same = compare(toy_study(), store, geography=toy_land())
    assert same.cost_pairs["mean"].to_numpy() == pytest.approx(0.0)
    assert set(same.cost_pairs["verdict"]) == {"tie"}
    assert np.isnan(linear_ratio(np.ones(4), np.array([-1.0, 1.0, -1.0, 1.0]))[0])


def test_net_jobs_by_zone_and_by_firm_agree_and_the_waterfall_adds_up(found: Comparison) -> None:
    assert found.meta["net_jobs_gap"] == pytest.approx(0.0, abs=1e-9)
    wide = found.waterfall.pivot(index=["arm", "year"], columns="component", values="mean")
    displaced = wide[["displaced_0_20", "displaced_20_50", "displaced_50"]].sum(axis=1)
    added = wide["gross"] - wide["deadweight"] + displaced
    assert added.to_numpy() == pytest.approx(wide["net"].to_numpy())
    assert found.rings.groupby(["arm", "year"])["mean"].sum().to_numpy() == pytest.approx(
        wide["net"].to_numpy()
    )
    net = found.twins.groupby(["arm", "year"])["jobs_difference_mean"].sum()
    assert net.to_numpy() == pytest.approx(wide["net"].to_numpy())
    by_zone = (
        found.departements[found.departements["outcome"] == "jobs"]
        .groupby(["arm", "year"])["diff_mean"]
        .sum()
    )
    assert by_zone.to_numpy() == pytest.approx(wide["net"].to_numpy())


def test_couplings_share_gross_and_net(found: Comparison) -> None:
    wide = found.waterfall.pivot(index=["arm", "year"], columns="component", values="mean")
    for _, rows in found.couplings.groupby("coupling"):
        row = rows.set_index(["arm", "year"]).loc[wide.index]
        net = wide["gross"] - row["deadweight_mean"] + row["displaced_mean"]
        assert net.to_numpy() == pytest.approx(wide["net"].to_numpy())
        assert row["share_of_gross"].to_numpy() == pytest.approx((row["deadweight_mean"] / wide["gross"]).to_numpy())
    same = found.couplings[found.couplings["coupling"] == "same_founder"].set_index(["arm", "year"]).loc[wide.index]
    assert same["deadweight_mean"].to_numpy() == pytest.approx(wide["deadweight"].to_numpy())


def test_survival_of_the_aided_and_of_their_twins() -> None:
    store, seeds = toy_store(), range(1, 9)
    share, change = [], []
    for seed in seeds:
        firms = store._tables["firms", "one", seed]
        aided = np.flatnonzero(firms["aided"])
        firms.loc[firms.index[aided[:5]], "staff_h1"] = 0.0  # five aided firms close here, and three of them there
        twin = store._tables["firms", "reference", seed]
        twin.loc[twin["uid"].isin(firms["uid"].iloc[aided[:3]]), "staff_h1"] = 0.0
        share.append(1.0 - 5.0 / len(aided))
        change.append(-2.0 / len(aided))
    found = compare(toy_study(), store, geography=toy_land()).treated.set_index(["arm", "year", "measure"])["mean"]
    assert found["one", 2023, "survival"] == pytest.approx(np.mean(share))
    assert found["one", 2023, "survival_change"] == pytest.approx(np.mean(change))


def test_rents_are_those_of_zones_with_hubs() -> None:
    store = toy_store()
    for seed in range(1, 9):
        series = store._tables["series", "spread", seed]
        series.loc[(series["zone"] == 1) & (series["year"] == 2023), "rent_eur_m2"] *= 1.2
        only = store._tables["series", "one", seed]
        only.loc[only["zone"] == 1, "rent_eur_m2"] *= 9.0  # no hub there
    found = compare(toy_study(), store, geography=toy_land())
    rent = found.treated[found.treated["measure"] == "rent_change"].set_index(["arm", "year"])["mean"]
    assert rent["one", 2023] == 0.0
    weight, rents = [], 100.0 + 10.0 * np.arange(4)
    for seed in range(1, 9):
        zones = store._tables["series", "reference", seed].query("year == 2023").sort_values("zone")["startups"]
        weight.append(0.2 * zones.iloc[1] * rents[1] / (zones * rents).sum())
    assert rent["spread", 2023] == pytest.approx(np.mean(weight))
    assert rent["spread", 2018] == pytest.approx(0.0)


def test_a_lost_startup_is_told_by_its_jobs_in_the_reference() -> None:
    store, jobs = toy_store(), []
    for seed in range(1, 9):
        firms = store._tables["firms", "one", seed]
        store._tables["firms", "one", seed] = firms.iloc[1:]
        reference = store._tables["firms", "reference", seed].set_index("uid")
        jobs.append(reference.loc[firms["uid"].iloc[0], "staff_h1"])
    found = compare(toy_study(), store, geography=toy_land()).twins.set_index(["arm", "year", "class"])
    lost = found.loc["one", 2023, "lost"]
    assert lost["startups_mean"] == lost["without_twin_mean"] == 1.0
    assert lost["jobs_mean"] == pytest.approx(np.mean(jobs))
    assert lost["jobs_difference_mean"] == pytest.approx(-np.mean(jobs))
    assert found.loc["one", 2023, "only_here"]["startups_mean"] == 0.0


def test_pairs_are_of_main_arms_only_and_mirror_the_effects(found: Comparison) -> None:
    assert set(zip(found.pairwise["arm_a"], found.pairwise["arm_b"])) == {("one", "spread")}
    row = found.pairwise.set_index(["outcome", "year"]).loc["jobs", 2023]
    gap = true_effects("one", 2023) - true_effects("spread", 2023)
    assert row["mean"] == pytest.approx(gap.mean())
    assert row["p_a_better"] == (gap > 0).mean()
    assert row["verdict"] == "worse"  # four zones of help against one
    assert row["indifference"] == pytest.approx(0.001 * reference_jobs())
    same = found.pairwise[found.pairwise["outcome"] == "startups"]
    assert set(same["verdict"]) == {"tie"}


def test_less_is_better_for_inequality() -> None:
    found = compare(toy_study(indifference=0.0), toy_store(), geography=toy_land())
    row = found.pairwise.set_index(["outcome", "year"]).loc["theil_jobs", 2023]
    assert row["mean"] > 0 if row["verdict"] == "worse" else row["mean"] < 0
    assert row["p_a_better"] in (0.0, 1.0)
    assert (row["p_a_better"] == 1.0) == (row["mean"] < 0)


def test_places(found: Comparison) -> None:
    jobs = found.departements[
        (found.departements["outcome"] == "jobs") & (found.departements["year"] == 2023)
    ]
    one = jobs[jobs["arm"] == "one"].set_index("code")
    assert one["treated"].to_dict() == {"01": False, "02": False, "2A": False, "75": True}
    assert (one.loc[["01", "02", "2A"], "diff_mean"] == 0.0).all()
    assert one.loc["75", "diff_per_10k"] == pytest.approx(true_effects("one", 2023).mean() / 40.0)
    assert one.loc["75", "sign_agreement"] == 1.0
    assert one.loc["01", "sign_agreement"] == 1.0  # exactly no change, in every simulation


def test_arms_and_hubs(found: Comparison) -> None:
    arms = found.arms.set_index("arm")
    assert arms.index.tolist() == ["reference", "one", "spread", "rung"]
    assert arms["is_reference"].tolist() == [True, False, False, False]
    assert arms["is_variant"].tolist() == [False, False, False, True]
    assert arms["n_hubs"].tolist() == [0, 1, 4, 1]
    # a hub of "one" has 4 MEUR of the State in four functions, and 0.1 MEUR of local money shared by them
    assert arms.loc["one", "eur_per_hub"] == pytest.approx(4.1e6)
    assert arms.loc["spread", "eur_per_hub"] == pytest.approx(1.1e6)
    assert arms.loc["one", "eur_per_hub_year_animation"] == pytest.approx(1.025e5)
    # by lever as in the accounts: 9 MEUR announced for animation, 6 for grants, half a MEUR of a relief
    assert arms.loc["one", ["eur_animation", "eur_other"]].tolist() == pytest.approx([9e6, 6.5e6])
    assert arms.loc["one", "budget_local_eur"] == pytest.approx(10e6 * 3.0 / 12.5)
    assert found.hubs.set_index("arm").loc["one", "eur_total"] == pytest.approx(4.1e6)
    assert found.hubs.groupby("arm").size().to_dict() == {"one": 1, "rung": 1, "spread": 4}
    assert found.hubs["share_of_runs"].tolist() == [1.0] * 6


def test_what_is_announced_paid_and_unspent_is_one_thing_everywhere(found: Comparison) -> None:
    """Table of options, by lever and by payer; a relief is announced at what it costs, and nothing of it is unspent."""
    arms, booked = found.arms.set_index("arm"), found.accounts.groupby("arm")
    for stage in ("announced", "committed", "paid", "unspent"):
        for arm in ("one", "spread", "rung"):
            assert arms.loc[arm, f"cost_{stage}_eur"] == pytest.approx(booked[f"{stage}_eur"].sum()[arm])
    by_lever = found.envelopes.groupby("arm")["unspent_eur"].sum()
    assert arms.loc["one", "cost_unspent_eur"] == pytest.approx(by_lever["one"])


def test_levers_beside_the_four_functions_keep_their_part_of_a_hub() -> None:
    store = toy_store()
    for seed in range(1, 9):
        hubs = store._tables["hubs", "one", seed]
        hubs["eur_network"] = 1e6  # a fifth of the State's money there
    found = compare(toy_study(), store, geography=toy_land()).hubs.set_index("arm").loc["one"]
    assert found["eur_total"] == pytest.approx(5.1e6)
    assert found["eur_animation"] == pytest.approx(1e6 * 5.1 / 5.0)


def test_aversion_stops_where_a_zone_is_empty() -> None:
    store = toy_store()
    whole = compare(toy_study(), store, geography=toy_land()).atkinson
    assert sorted(set(whole["aversion"])) == [0.0, 0.5, 1.0, 2.0]
    series = store._tables["series", "one", 3]
    series.loc[(series["zone"] == 0) & (series["year"] == 2023), "jobs"] = 0.0
    found = compare(toy_study(), store, geography=toy_land())
    assert sorted(set(found.atkinson["aversion"])) == [0.0, 0.5]
    assert not (found.switches["aversion"] > 0.5).any()


def test_cost_per_job_is_of_the_present_value_beyond_the_reference() -> None:
    store = toy_store()
    runs = store._runs
    runs["cost_paid_pv_eur"] *= 0.8
    runs.loc[runs["scenario"] == "reference", ["cost_paid_pv_eur", "cost_paid_eur"]] = 1e6
    found = compare(toy_study(), store, geography=toy_land()).cost.set_index(["arm", "year"])
    jobs = true_effects("one", 2023).mean()
    assert found.loc[("one", 2023), "cost_pv_eur"] == pytest.approx(0.8 * 12e6 - 1e6)
    assert found.loc[("one", 2023), "cost_per_net_job"] == pytest.approx((0.8 * 12e6 - 1e6) / jobs)


def test_leverage_leaves_out_deals_that_take_the_place_of_other_money() -> None:
    store = toy_store()
    store._runs["cost_paid_eur"] = np.where(store._runs["scenario"] == "reference", 0.0, 10.0)
    for seed in range(1, 9):
        series = store._tables["series", "one", seed]
        here = (series["zone"] == 3) & (series["year"] == 2015)
        series.loc[here, "raised_eur"] += 50.0
        series.loc[here, "replaced_eur"] = 20.0
    found = compare(toy_study(), store, geography=toy_land()).cost.set_index(["arm", "year"])["leverage"]
    assert found["one", 2023] == pytest.approx(3.0)
    assert found["spread", 2023] == 0.0


def test_chance_of_a_loss_in_a_place_is_the_share_of_simulations_that_lose() -> None:
    store = toy_store()
    for seed in (1, 2, 3):  # a loss in zone 0 in three simulations of eight
        series = store._tables["series", "one", seed]
        series.loc[(series["zone"] == 0) & (series["year"] == 2023), "jobs"] = 0.0
    found = compare(toy_study(), store, geography=toy_land()).departements
    row = found.set_index(["arm", "outcome", "year", "zone"]).loc[("one", "jobs", 2023, 0)]
    assert row["p_loss"] == 3 / 8
    assert row["diff_mean"] < 0.0


def test_cost_per_net_job(found: Comparison) -> None:
    row = found.cost.set_index(["arm", "year"]).loc["one", 2023]
    assert row["cost_per_net_job"] == pytest.approx(12e6 / true_effects("one", 2023).mean())
    assert row["low"] < row["cost_per_net_job"] < row["high"]
    years = true_effects("one", 2018).mean() + true_effects("one", 2023).mean()
    assert row["net_job_years_mean"] == pytest.approx(years)  # the other years of the toy have no jobs
    late = toy_study()
    late.reference.start = 2019 * 12
    row = compare(late, toy_store(), geography=toy_land()).cost.set_index(["arm", "year"]).loc["one", 2023]
    assert row["net_job_years_mean"] == pytest.approx(true_effects("one", 2023).mean())


def test_euros_raised_more_for_a_public_euro() -> None:
    luck = np.random.Generator(np.random.Philox(key=9)).normal(0.0, 1.0, 64)
    mean, low, high = leverage(30.0 + luck, np.full(64, 20.0))
    assert mean == pytest.approx(1.5 + luck.mean() / 20.0)
    assert high - low == pytest.approx(2.0 * 1.96 * luck.std(ddof=1) / 8.0 / 20.0, rel=0.15)
    assert np.isnan(leverage(luck, np.zeros(64))).all()


def test_meta(found: Comparison) -> None:
    meta = found.meta
    assert meta["equal_cost"]["ok"]
    assert meta["equal_cost"]["gap"] == pytest.approx(0.06 / 12.03)
    assert set(meta["equal_cost"]["by_arm"]) == {"one", "spread", "rung"}
    assert (meta["headline"], meta["horizons"], meta["first_year"]) == (2023, [2018, 2023], 2012)
    assert (meta["runs_total"], meta["failed_runs"], meta["n_seeds"]) == (32, 0, 8)
    assert meta["command"] == "run.py compare"
    assert found.seconds.to_dict("records") == [{"process": "hiring", "seconds_per_run": 1.5}]
    assert found.scorecard.empty  # the toy is not France


def test_the_reference_of_a_country_with_the_codes_of_france_is_scored() -> None:
    codes = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B"]
    n, land = len(codes), toy_land()
    plain = {"region": "A", "x_m": 0.0, "y_m": 0.0, "population": 1e5, "area_km2": 1.0}
    zones = pd.DataFrame({"zone": range(n), "code": codes, "name": codes} | plain)
    france = Geography(land.cells, zones, "france", {"fr": "France", "en": "France"}, "adaptive")
    card = compare(toy_study(), toy_store(), geography=france).scorecard.set_index("target")
    assert card.loc["survival_5", "simulated"] == 1.0  # nothing closes in the toy
    assert not card.loc["survival_5", "hit"]
    assert card.loc["survival_5", "n"] == 8
    assert "idf_startups" not in card.index  # the toy has no lists of support
    assert card["without_agents"].isna().all()  # nor what the model without agents needs


def test_trajectories_hold_every_year_and_the_reference(found: Comparison) -> None:
    jobs = found.trajectories[found.trajectories["outcome"] == "jobs"].set_index(["arm", "year"])
    assert len(jobs) == 4 * len(YEARS)
    assert (jobs.loc["reference", ["diff_mean", "diff_ci_low", "diff_p90"]] == 0.0).all(axis=None)
    assert jobs.loc[("one", 2023), "diff_mean"] == pytest.approx(true_effects("one", 2023).mean())


def test_the_ledger_says_who_paid_what_and_envelopes_add_up():
    """Announced from the file, committed = paid + waiting, unspent = announced - paid; reliefs have no budget."""
    result = compare(toy_study(), toy_store(), geography=toy_land())
    paid = result.ledger[result.ledger["arm"] == "one"]
    assert set(paid["lever"]) == {"animation", "grants", "angel_tax"}  # what no policy pays is left out
    assert paid["eur"].sum() == 7.5e6
    one = result.envelopes[result.envelopes["arm"] == "one"].set_index("lever")
    assert one.loc["animation", ["announced_eur", "committed_eur", "paid_eur", "unspent_eur"]].tolist() == (
        pytest.approx([9e6, 6e6, 6e6, 3e6]))
    assert one.loc["animation", ["state_eur", "local_eur"]].tolist() == [4e6, 2e6]
    assert one.loc["grants", ["announced_eur", "committed_eur", "paid_eur", "unspent_eur"]].tolist() == (
        pytest.approx([6e6, 4e6, 1e6, 5e6]))
    assert np.isnan(one.loc["angel_tax", "announced_eur"])
    assert one["eur_per_inhabitant"].sum() == pytest.approx(7.5e6 / 8e5)
    assert set(result.envelopes["arm"]) == {"one", "spread", "rung"}
    booked = result.accounts[result.accounts["arm"] == "one"].set_index(["lever", "payer", "year"])
    late = booked.loc[("grants", "State", 2015), ["committed_eur", "paid_eur", "unspent_eur"]]
    assert late.tolist() == [1e6, 1e6, -1e6]
    for column in ("committed_eur", "paid_eur", "eur_per_inhabitant"):
        assert booked[column].sum() == pytest.approx(one[column].sum(), rel=1e-12)
    assert booked["paid_eur"].sum() == paid["eur"].sum()
    assert result.accounts.attrs["units"]["unspent_eur"] == "EUR2015"

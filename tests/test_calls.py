"""How labels are given, who carries hubs and who pays: each setting of a scenario file does what it says."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from sim import engine
from sim.build import build
from sim.candidates import PERIMETER_KM, known_places, places_of
from sim.experiments.resolved import FILE, read_study, study_text
from sim.grid import GridSpec
from sim.paths import scenarios_dir
from sim.policy import policy_of
from sim.recorder import Recorder
from sim.scenario import describe, load_scenario, load_study
from sim.territory import load_territory
from sim.treasury import rows_of

FIRST = 2014 * 12
FRANCE = load_territory("france")


@cache
def before():
    """France on squares of 40 km and few people, a month before the money."""
    par = engine.parameters({}, {}, policy_start=FIRST, policy=None)
    return build(FRANCE, GridSpec("uniform", cell_km=40.0), par, w_talent=2000, first_month=FIRST, seed=1)


def after(name, months=1, seed=1, **settings):
    """World some months after the money started, and the policy."""
    scenario = load_scenario(name, overrides={key.replace("__", "."): value for key, value in settings.items()})
    policy = policy_of(scenario, FRANCE, seed)
    par = engine.parameters(dict(scenario.parameters), dict(scenario.switches), policy_start=FIRST, policy=policy)
    world = before().copy()
    engine.advance(world, par, seed, FIRST + months - 1)
    return world, policy


@pytest.mark.parametrize(("key", "value"), [
    ("hubs.merge", "0"), ("hubs.carrier", "mixed"), ("money.cofunding.equalisation", "0 %"),
    ("hubs.assignment", "listed"), ("hubs.per_place", "1"), ("hubs.count", "null"), ("hubs.threshold", "null"),
])
def test_neutral_settings_change_nothing(key, value):
    name = "one_hub_per_departement"
    if value != "null":
        assert load_scenario(name, overrides={key: value}).digest == load_scenario(name).digest
    hubs = load_scenario(name).hubs
    assert (hubs.count, hubs.threshold, hubs.per_place) == (None, None, 1)


def test_new_missions_of_existing_bodies_are_no_layer_and_no_delay():
    new, _ = after("one_hub_per_departement", 3)
    merged, _ = after("departements_merged", 3)
    assert (new.zone.layers == 1.0).all()
    assert (merged.zone.layers == 0.0).sum() > 60  # where a cluster, an incubator or a nursery is
    assert (merged.zone.delay <= new.zone.delay).all()
    assert merged.zone.delay.mean() < new.zone.delay.mean()


def test_who_carries_hubs_matters_as_much_as_one_thinks():
    mean = {}
    for carrier in ("mixed", "founder", "administration"):
        world, _ = after("one_hub_per_departement", 1, hubs__carrier=carrier,
                         model__parameters__governance__founder="0.1",
                         model__parameters__governance__administration="-0.1")
        mean[carrier] = world.hub.governance.mean()
    assert mean["administration"] < mean["mixed"] < mean["founder"]
    same, _ = after("one_hub_per_departement", 1, hubs__carrier="founder")
    usual, _ = after("one_hub_per_departement", 1)
    np.testing.assert_array_equal(same.hub.governance, usual.hub.governance)  # equal means by default


def test_equalisation_moves_the_bill_and_not_the_money():
    plain, policy = after("one_hub_per_departement", 2)
    equal, _ = after("departements_equalised", 2)
    rows, poor = rows_of(policy, 96), policy.ground.means < 0.8
    assert equal.funder.paid_eur.sum() == pytest.approx(plain.funder.paid_eur.sum(), rel=1e-12)
    assert (equal.funder.paid_eur[rows.departement[poor]] < 0.81 * plain.funder.paid_eur[rows.departement[poor]]).all()
    rich = policy.ground.means >= 1.0
    np.testing.assert_allclose(equal.funder.paid_eur[rows.departement[rich]],
                               plain.funder.paid_eur[rows.departement[rich]])
    np.testing.assert_array_equal(equal.hub.paid_eur, plain.hub.paid_eur)
    assert equal.funder.paid_eur[0] > plain.funder.paid_eur[0]


def test_a_call_for_the_best_is_open_to_those_it_names():
    best, policy = after("best_fifteen")
    assert len(policy.places) == 96
    assert best.hub.n == 15
    few, _ = after("best_fifteen", hubs__count="4")
    assert set(few.hub.place) <= set(best.hub.place)
    assert few.hub.n == 4
    south = '{level: zone, codes: ["09", "11", "13", "30", "31", "34", "66"]}'
    named, policy = after("best_fifteen", hubs__where=south, hubs__count="3")
    assert len(policy.places) == 7
    assert named.hub.n == 3


def test_all_that_are_eligible_and_those_above_a_threshold():
    every, _ = after("all_eligible")
    above, policy = after("threshold_call")
    score = above.hub.promised.mean(axis=1)
    assert policy.threshold == 0.45
    assert 5 < above.hub.n < every.hub.n <= 96
    assert (score >= 0.45).all()
    strict, _ = after("threshold_call", hubs__threshold="0.55")
    assert set(strict.hub.place) < set(above.hub.place)


def test_a_lottery_draws_others_with_each_seed():
    drawn = [after("random_fifteen", seed=seed)[0].hub.place.tolist() for seed in (1, 2, 3)]
    assert all(len(hubs) == 15 for hubs in drawn)
    assert len({tuple(hubs) for hubs in drawn}) == 3


def test_a_lever_with_a_window_of_its_own_spends_its_whole_share_in_it():
    loaded = load_scenario("paris_only", overrides={"levers.brand.when": "{from: 2015, to: 2016}"})
    policy, whole = policy_of(loaded, FRANCE, 1), policy_of(load_scenario("paris_only"), FRANCE, 1)
    brand = next(measure for measure in policy.measures if measure.kind == "brand")
    months = range(policy.first, policy.last + 1)
    eur = np.array([policy.monthly(brand, month) for month in months])
    assert eur.sum() == pytest.approx(0.1 * policy.total_eur, rel=1e-12)
    assert {month // 12 for month, paid in zip(months, eur) if paid > 0} == {2015, 2016}
    others = [measure for measure in whole.measures if measure.kind != "brand"]
    assert [measure.share for measure in policy.measures if measure.kind != "brand"] == [m.share for m in others]


def test_historical_labels_have_their_dates_and_the_same_money():
    world, policy = after("fifteen_historical", 18)
    assert sorted(set(world.hub.since)) == [FIRST, FIRST + 10, FIRST + 17]
    assert np.bincount(world.hub.since - FIRST)[[0, 10, 17]].tolist() == [1, 9, 5]
    labelled, _ = after("fifteen_historical", 17)
    assert labelled.hub.labelled.sum() == 10
    assert [place.id for place in policy.places][:2] == ["paris", "aix-marseille"]


def test_a_hub_in_each_place_of_every_level():
    for level, number in (("zone", 96), ("region", 13), ("region_before", 22), ("site", 24)):
        hubs = load_scenario("paris_only", overrides={"hubs.where": f"{{level: {level}, all: true}}"}).hubs
        assert len(known_places(level, FRANCE)) == len(places_of(hubs, FRANCE, 1)) == number


def test_several_hubs_stand_in_towns_that_are_far_apart():
    hubs = load_scenario("three_hubs_per_departement").hubs
    places = places_of(hubs, FRANCE, 1)
    x, y, zone = (np.array([getattr(p, name) for p in places]) for name in ("x_m", "y_m", "zone"))
    km = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0
    apart = km[(zone[:, None] == zone) & ~np.eye(zone.size, dtype=bool)]
    assert apart.min() >= 2.0 * PERIMETER_KM
    assert np.bincount(zone).min() >= 1
    assert np.bincount(zone).max() == 3
    assert 250 < len(places) < 288
    assert {"Brest", "Quimper"} < {p.label for p in places}
    one = places_of(dataclasses.replace(hubs, per_place=1), FRANCE, 1)
    assert len(one) == 96


def test_paris_first_then_the_others():
    """All the money of a month goes to those whose turn it is, and half of all to either in ten years."""
    world, policy = after("paris_first_then_regions", 3, budget__window="{from: 2014-01, to: 2014-04}",
                          hubs__first='{codes: ["paris"], until: 2014-02}', hubs__build_time="0 months")
    h, month = world.hub, 322.5e6 / 4
    assert policy.places[0].id == "paris"
    assert h.paid_eur[0] == pytest.approx(2 * month)
    np.testing.assert_allclose(h.paid_eur[1:], month / 15)
    assert h.labelled.all()
    assert world.funder.announced_eur.sum() == pytest.approx(4 * month)
    money = describe.diff("paris_plus_fifteen", "paris_first_then_regions").money[1]
    assert money.per_hub_eur[0] == pytest.approx(322.5e6 / 2)
    np.testing.assert_allclose(money.per_hub_eur[1:], 322.5e6 / 30)


@pytest.mark.parametrize("name", sorted({path.stem for path in scenarios_dir().glob("*.yaml")} - {"envelope"}))
def test_every_scenario_runs(name):
    """Two months of the money: what is announced is the budget in the windows of levers, what is paid was announced."""
    world, policy = after(name, 2)
    if policy is None or policy.total_eur == 0.0:
        assert world.funder.committed_eur.sum() == world.funder.paid_eur.sum()
        return
    f = world.funder
    months = range(policy.first, policy.last + 1)
    planned = sum(policy.monthly(measure, month) for measure in policy.measures for month in months)
    assert f.announced_eur.sum() == pytest.approx(planned * (1.0 + policy.cofunding), rel=1e-9)
    assert 0.0 < f.committed_eur.sum() <= f.announced_eur.sum()
    assert f.paid_eur.sum() <= f.committed_eur.sum() * (1.0 + 1e-12)


def test_accounts_add_up_to_those_of_the_funders():
    """By year and payer, to the cent, with pots, a relief, dates, equalisation and a lever with its own window."""
    overrides = {"money.cofunding.equalisation": "100 %", "levers.champions.when": "{from: 2014-03, to: 2015-06}",
                 "budget.window": "{from: 2014-01, to: 2016-12}"}
    scenario = load_scenario("eight_recommendations", overrides=overrides)
    policy = policy_of(scenario, FRANCE, 1)
    par = engine.parameters({}, {}, policy_start=FIRST, policy=policy)
    world, recorded = before().copy(), Recorder(FIRST, ())
    for month in range(FIRST, FIRST + 42):
        engine.step(world, par, 1)
        assert world.month == month
        recorded.record(world, last=month == FIRST + 41)
    table = recorded.result(world, policy, {}, 0.0).tables["accounts"]
    f, names = world.funder, ("State", "State", "regions", "departements", "metropoles")
    for stage in ("announced", "committed", "paid"):
        of_tier = np.bincount(f.tier, getattr(f, f"{stage}_eur"), 5)
        for payer in set(names):
            mine = table[table["payer"] == payer]
            whole = sum(eur for name, eur in zip(names, of_tier) if name == payer)
            relief = mine.loc[mine["lever"] == "angel_tax", f"{stage}_eur"].sum()
            assert mine[f"{stage}_eur"].sum() - relief == pytest.approx(whole, abs=0.01), (stage, payer)
    by_year = table[(table["payer"] != "State")].groupby("year")["paid_eur"].sum()
    local = f.paid_year_eur[2:].sum(axis=0)
    np.testing.assert_allclose(by_year.to_numpy(), local[:by_year.size], atol=0.01)
    pots = table[table["lever"] == "champions"]
    assert pots["committed_eur"].sum() > pots["paid_eur"].sum() > 0.0
    assert table["announced_eur"].sum() >= table["committed_eur"].sum() - 0.01


def test_a_stored_study_of_turns_is_read_back(tmp_path):
    """With its places that come first and their month."""
    arm = load_scenario("paris_first_then_regions")
    study = dataclasses.replace(load_study("default", seeds=2), arms=(arm,)).with_digest()
    (tmp_path / FILE).write_text(study_text(study), encoding="utf-8")
    hubs = read_study(tmp_path).arms[0].hubs
    assert (hubs.first_places, hubs.first_until) == (("paris",), 2018 * 12 + 11)

"""Public money by tier, the label and its audits, governance and layers, links between hubs, the brand."""

import dataclasses
import math

import numpy as np
import pytest
from compare_worlds import differences
from test_reference import first_differences
from worlds import POLICY_START, policy_of_every_lever, ready, small_parameters, small_policy

from sim import checks, engine, recorder, rng, treasury
from sim.fields import INCUBATOR
from sim.levers import KINDS, OPEN
from sim.params import PARAMETERS, resolve
from sim.policy import Ground, carrier_quality, ground_of
from sim.processes import governance, label, measures
from sim.territory import load_territory

PAR = resolve({}, {})
LOCAL = ("regions", "departements", "metropoles")
CLOSE = {"rtol": 1e-9, "atol": 1e-6}  # of euros


def ground(means=(0.5, 1.0, 1.5, 0.8)) -> Ground:
    """Four zones: two régions since 2016 and three before, a métropole in the first, unequal means."""
    return Ground(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]), np.array([True, False, False, False]),
                  np.array(means), np.array([1.3, 1.0, 0.7, 1.0]))


def state_policy(**changes):
    """Every lever through hubs, with all that the State may decide."""
    return dataclasses.replace(policy_of_every_lever(), ground=ground(), **changes)


# --- who pays --------------------------------------------------------------------------------------------------------
def paid_by(world) -> dict[str, np.ndarray]:
    """Public euros by account and zone."""
    out = {account: np.zeros(world.zone.n) for account in treasury.PAYERS}
    for (payer, _, instrument), eur in world.ledger.items():
        if payer in out and instrument in KINDS:
            out[payer] += eur[:-1]
    return out


def test_each_tier_pays_its_part():
    """One euro in each zone: half as much local money as State money, by the stated parts (T20)."""
    policy = state_policy(parts=(0.5, 0.2, 0.3))
    world, par = ready(policy)
    world.month = policy.first
    label.step(world, par, rng.draw_of(1, world.month))
    treasury.open_accounts(world, policy)
    treasury.pay(world, policy, "operators", "network", np.arange(4), np.full(4, 3.0))
    paid = paid_by(world)
    np.testing.assert_allclose(paid["State"], 2.0)
    np.testing.assert_allclose(paid["regions"], [0.5, 5 / 7, 5 / 7, 5 / 7])
    np.testing.assert_allclose(paid["departements"], [0.2, 2 / 7, 2 / 7, 2 / 7])
    np.testing.assert_allclose(paid["metropoles"], [0.3, 0.0, 0.0, 0.0])
    f = world.funder
    before = (f.tier == 2) & (f.paid_eur > 0.0)
    np.testing.assert_allclose(f.paid_eur[before], [0.5 + 5 / 7, 5 / 7, 5 / 7])  # régions of 2013
    assert f.paid_eur.sum() == pytest.approx(12.0)


def test_poorer_zones_pay_less_with_equalisation():
    """A zone at half the nation's means pays half of its part, a richer one all of it; the State pays the rest."""
    policy = state_policy(equalisation=1.0)
    np.testing.assert_allclose(treasury.local_share(policy, 4), np.array([0.5, 1.0, 1.0, 0.8]) / 3.0)
    half = state_policy(equalisation=0.5)
    np.testing.assert_allclose(treasury.local_share(half, 4), np.array([0.75, 1.0, 1.0, 0.9]) / 3.0)
    np.testing.assert_allclose(treasury.local_share(dataclasses.replace(policy, ground=None), 4), 1.0 / 3.0)


def test_money_for_firms_goes_through_bpifrance_and_reliefs_cost_the_state_alone():
    policy = state_policy()
    world, par = ready(policy)
    world.month = policy.first
    label.step(world, par, rng.draw_of(1, world.month))
    treasury.open_accounts(world, policy)
    f, announced = world.funder, world.funder.announced_eur.sum()
    treasury.pay(world, policy, "startups", "grants", np.array([1]), np.array([30.0]))
    np.testing.assert_allclose(f.paid_eur[:2], [0.0, 20.0])
    treasury.pay(world, policy, "investors", "angel_tax", np.array([1]), np.array([30.0]))
    np.testing.assert_allclose(f.paid_eur[:2], [30.0, 20.0])
    assert f.announced_eur.sum() == pytest.approx(announced + 30.0)


@pytest.mark.parametrize("equalisation", [0.0, 1.0])
def test_no_funder_spends_more_than_it_announced(equalisation):
    """Over a window that crosses the merger of régions: paid within committed within announced, by funder and year."""
    policy = state_policy(equalisation=equalisation)
    months = 40
    policy = dataclasses.replace(policy, last=policy.first + months - 1, state_eur=np.full(months, 1e6), total_eur=4e7,
                                 measures=tuple(dataclasses.replace(m, last=policy.first + months - 1)
                                                for m in policy.measures if KINDS[m.kind].manner != OPEN))
    world, par = ready(policy)
    f, z = world.funder, world.zone
    for month in range(months + 1):
        engine.step(world, par, 1)
        f = world.funder
        assert (f.paid_eur <= f.committed_eur + 1e-3).all(), month
        assert (f.committed_eur <= f.announced_eur + 1e-3).all(), month
    for stage in ("announced", "committed", "paid"):
        np.testing.assert_allclose(getattr(f, f"{stage}_year_eur").sum(axis=1), getattr(f, f"{stage}_eur"), **CLOSE)
    assert f.announced_eur.sum() == pytest.approx(6e7)
    rows = treasury.rows_of(policy, z.n)
    np.testing.assert_allclose(f.announced_eur[np.unique(rows.region_before)],
                               f.paid_eur[np.unique(rows.region_before)], **CLOSE)  # the rest went to the new ones
    assert f.paid_eur[np.unique(rows.region)].min() > 0.0
    np.testing.assert_allclose(sum(paid_by(world).values()).sum(), f.paid_eur.sum())
    local = sum(paid_by(world)[account].sum() for account in LOCAL)
    assert local < f.paid_eur.sum() / 3.0 if equalisation else local == pytest.approx(f.paid_eur.sum() / 3.0)
    checks.whole(world)


def test_a_hub_that_is_labelled_late_gets_the_same_money_in_fewer_months():
    dates = zip(small_policy().places, (0, 6, 9))
    places = tuple(dataclasses.replace(p, since=POLICY_START + late) for p, late in dates)
    policy = dataclasses.replace(small_policy(months=12), places=places, assignment="historical", allocate="equal")
    world, par = ready(policy)
    h = world.hub
    for month in range(13):
        engine.step(world, par, 1)
        h = world.hub
        assert h.labelled.tolist() == [month >= late for late in (0, 6, 9)]
        assert (h.paid_eur > 0.0).tolist() == h.labelled.tolist()
    np.testing.assert_allclose(h.paid_eur, policy.total_eur * 1.5 / 3.0)
    np.testing.assert_allclose(world.funder.paid_eur, world.funder.announced_eur, **CLOSE)


def test_france_is_what_the_documents_say():
    """22 régions, then 13; a métropole where a labelled site says so; means that are one on average."""
    territory = load_territory("france")
    land, people = ground_of(territory), territory.zones.population
    assert (np.unique(land.region_before).size, np.unique(land.region).size) == (22, 13)
    zones = territory.zones.code
    assert all(land.metropole[zones.index(code)] for code in ("13", "33", "59", "69", "31", "75"))
    assert not land.metropole[zones.index("48")]
    assert np.average(land.means, weights=people) == pytest.approx(1.0)


# --- absorption ------------------------------------------------------------------------------------------------------
def test_the_absorptive_curve_has_slope_one_at_zero_and_saturates():
    """T29: Y = Ybar (1 - exp(-x / Ybar))."""
    for most in (1e4, 3e5, 2e7):
        assert measures.effective_euros(1e-6 * most, 1, most, 0.0) == pytest.approx(1e-6 * most, rel=1e-6)
        assert measures.effective_euros(50.0 * most, 1, most, 0.0) == pytest.approx(most, rel=1e-12)
        assert measures.effective_euros(most, 1, most, 0.0) == pytest.approx(most * (1.0 - math.exp(-1.0)))


def test_effectiveness_is_that_of_each_zone():
    world, par = ready(small_policy(), switches={"response_to_money": "saturating"})
    z = world.zone
    z.ceiling_eur[:], z.overhead[:] = (1e5, 2e5, 4e5, 8e5), (0.0, 0.0, 0.1, 0.2)
    zone, eur = np.array([3, 0, 2, 1]), np.full(4, 3e5)
    pairs = zip(z.overhead[zone], z.ceiling_eur[zone])
    wanted = [(1.0 - x) * y * (1.0 - math.exp(-3e5 / y)) / 3e5 for x, y in pairs]
    all_of_zone = np.full(4, 3e5)
    np.testing.assert_allclose(measures.effectiveness(world, zone, eur, all_of_zone, par), wanted, rtol=1e-12)
    np.testing.assert_allclose(measures.effectiveness(world, zone, eur, np.full(4, 1e300), par), 0.0, atol=1e-12)
    linear = small_parameters(policy=small_policy())
    np.testing.assert_allclose(measures.effectiveness(world, zone, eur, all_of_zone, linear), 1.0 - z.overhead[zone])


def test_hubs_of_one_zone_share_what_it_can_put_to_use():
    """Ten hubs of a zone do no more with the same money than one; a fixed cost is each hub's own."""
    world, par = ready(small_policy(), switches={"response_to_money": "saturating"})
    world.zone.ceiling_eur[:], world.zone.overhead[:] = 4e5, 0.0
    together = np.array([0.0, 6e5, 0.0, 0.0])
    one = 6e5 * measures.effectiveness(world, np.array([1]), np.array([6e5]), together, par)
    ten = 6e4 * measures.effectiveness(world, np.full(10, 1), np.full(10, 6e4), together, par)
    assert ten.sum() == pytest.approx(one[0], rel=1e-12)
    assert one[0] == pytest.approx(4e5 * (1.0 - math.exp(-1.5)), rel=1e-12)
    fixed = small_parameters({"public.threshold_eur": 5e4}, {"response_to_money": "threshold"}, policy=small_policy())
    each = 6e4 * measures.effectiveness(world, np.full(10, 1), np.full(10, 6e4), together, fixed)
    np.testing.assert_allclose(each, 1e4, rtol=1e-12)


def test_a_third_of_departements_absorb_a_uniform_transfer(capsys):
    """20 to 47 % turn more than half of one more euro into effects where each gets the same (Becker et al.)."""
    territory = load_territory("france")
    jobs, land, p = territory.zones.indicators["digital_jobs"], ground_of(territory), PAR["absorption"]
    most = np.array([governance.ceiling(t, e, 1.0, PAR["public"].saturation_eur, p)
                     for t, e in zip(jobs / jobs.mean(), land.education)])
    transfer = 215e6 * 1.5 / 10.0 / most.size  # the default envelope, one hub per département
    share = (np.exp(-transfer / most) > 0.5).mean()
    with capsys.disabled():
        print(f"\n{share:.0%} of départements turn more than half of one more euro into effects")
    assert 0.20 <= share <= 0.47


def test_what_a_zone_absorbs_rises_with_talents_education_and_governance():
    p = PAR["absorption"]
    assert governance.ceiling(1.0, 1.0, 1.0, 7.0, p) == 7.0
    assert governance.ceiling(4.0, 1.0, 1.0, 7.0, p) == pytest.approx(7.0 * 4.0**p.talents)
    assert governance.ceiling(1.0, 2.0, 1.0, 7.0, p) == pytest.approx(7.0 * 2.0**p.education)
    assert governance.ceiling(1.0, 1.0, 0.5, 7.0, p) == pytest.approx(7.0 * 0.5**p.governance)


# --- layers ----------------------------------------------------------------------------------------------------------
def test_layers_cost_money_and_time():
    """T22: nothing at the reference, and more with each layer; one-stop shops and staff shorten the delay."""
    p = PAR["layers"]
    assert (governance.overhead(0.0, p), governance.delay(0.0, 0.0, 0.5, 0.0, p)) == (0.0, 1.0)
    costs = [(governance.overhead(k, p), governance.delay(k, 0.0, 0.5, 0.0, p)) for k in range(5)]
    assert np.diff(costs, axis=0).min() > 0.0
    assert costs[2] == pytest.approx((1.0 - math.exp(-2.0 * p.overhead), 1.0 + 2.0 * p.delay))
    assert governance.delay(2.0, 1.0, 0.5, 0.0, p) == pytest.approx(costs[2][1] * (1.0 - 0.5 * p.one_stop))
    assert governance.delay(2.0, 6.0, 0.5, 0.0, p) == governance.delay(2.0, 1.0, 0.5, 0.0, p)  # one shop is enough
    assert governance.delay(2.0, 0.0, 0.5, 3.0, p) == pytest.approx(costs[2][1] * (1.0 - 0.5 * p.staff))


def test_a_new_mission_of_a_body_is_no_new_layer():
    world, par = ready(small_policy())
    for _ in range(2):
        engine.step(world, par, 1)
    assert governance.new_layers(world, 0.0).tolist() == [1.0, 1.0, 1.0, 0.0]
    f = world.facility
    f.kind[:] = INCUBATOR
    f.zone[:] = 0
    f.payer[:] = 0
    np.testing.assert_allclose(governance.new_layers(world, 1.0), [0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(governance.new_layers(world, 0.25), [0.75, 1.0, 1.0, 0.0])
    world.hub.labelled[1] = False
    assert governance.new_layers(world, 0.0).tolist() == [1.0, 0.0, 1.0, 0.0]
    world.hub.paid_eur[2] = 0.0
    assert governance.new_layers(world, 0.0).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_layers_act_through_overhead_and_delay_only():
    """Without these two, layers change nothing but their own count, bit for bit."""
    policy, none = state_policy(), {"layers.overhead": 0.0, "layers.delay": 0.0, "layers.one_stop": 0.0,
                                    "layers.staff": 0.0}
    worlds = []
    for switches in ({}, {"layers.active": "off"}):
        world, par = ready(policy, numbers=none, switches=switches)
        engine.advance(world, par, 1, policy.first + 15)
        worlds.append(world)
    assert differences(*worlds) == {"zone.layers"}


def test_works_take_longer_where_procedures_do():
    first, second, part = measures.later(10, np.array([1.0, 1.25, 0.9, 100.0]))
    assert first.tolist() == [10, 12, 9, 58]
    np.testing.assert_allclose(part, [0.0, 0.5, 0.0, 0.0])
    assert (second == first + 1).all()


# --- governance ------------------------------------------------------------------------------------------------------
def test_carriers_leave_at_their_hazard_more_at_elections_less_with_a_board():
    p = PAR["governance"]
    for board, election in ((0.0, False), (0.0, True), (0.6, False), (5.0, True)):
        hazard = (p.turnover / 12.0 + p.election * election) * (1.0 - p.hold * min(board, 1.0))
        assert governance.leaving(board, election, p) == pytest.approx(1.0 - math.exp(-hazard))
    assert governance.learned(0.5, 0.0, p) == pytest.approx(0.5 + p.learning / 12.0)
    assert governance.learned(0.5, 1.0, p) == pytest.approx(0.5 + p.learning / 12.0 * (1.0 + p.board))
    assert governance.learned(0.9999, 1.0, p) == 1.0


def test_turnover_happens_as_often_as_said():
    """Months of three hubs over forty years, elections apart."""
    policy = small_policy(total_eur=0.0)
    world, par = ready(policy, numbers={"governance.turnover": 0.3, "governance.learning": 0.0})
    engine.step(world, par, 1)
    left, months = 0, 0
    for _ in range(480):
        world.month += 1
        if world.month in governance.ELECTIONS:
            continue
        before = world.hub.governance.copy()
        governance.turn_over(world, policy, par.governance, rng.draw_of(1, world.month))
        left, months = left + (world.hub.governance != before).sum(), months + 3
    chance = governance.leaving(0.0, False, par.governance)
    assert abs(left - months * chance) < 4.0 * math.sqrt(months * chance * (1.0 - chance))


def test_carriers_have_equal_means_by_default():
    p = PAR["governance"]
    kinds = [dataclasses.replace(small_policy(), carrier=kind) for kind in ("founder", "mixed", "administration")]
    assert len({carrier_quality(policy, p, 0.3) for policy in kinds}) == 1
    assert carrier_quality(kinds[1], p, 0.5) == pytest.approx(p.mean)
    better = p._replace(founder=0.1, administration=-0.1)
    np.testing.assert_allclose([carrier_quality(policy, better, 0.5) - p.mean for policy in kinds], [0.1, 0.0, -0.1])


# --- against the model agent by agent, and no idle parameter ---------------------------------------------------------
@pytest.mark.parametrize(("policy", "switches"), [
    ({"equalisation": 1.0, "merge": 0.7, "carrier": "founder"}, {"response_to_money": "saturating"}),
    ({"assignment": "top_n", "wanted": 2}, {"label.aggregation": "geometric", "absorption.ceiling": "equal"}),
    ({"assignment": "threshold", "wanted": 3, "threshold": 0.1},
     {"label.aggregation": "weakest", "pipelines.gates": "all"}),
], ids=["listed", "best", "threshold"])
def test_the_state_agrees_with_its_reference(policy, switches):
    numbers = {"governance.turnover": 0.3, "governance.election": 0.6, "governance.founder": 0.1, "label.worth": 2.0,
               "pipelines.capital_role": 0.6, "label.application_eur": 0.0, "label.least_score": 0.0,
               "label.tolerance": 0.9, "brand.noticed_eur": 2e4, "brand.failure": 0.02}
    world, par = ready(state_policy(**policy), 5, numbers, switches)
    world.month -= 2
    assert first_differences(world, par, 5, 18) == []
    assert world.hub.n > 0
    assert world.link.strength.max(initial=0.0) > 0.0 or world.hub.n == 1


def test_dates_regions_and_losses_agree_with_the_reference():
    """Hubs with dates of their own, a merger of régions on the way, and a hub that loses its label."""
    first = 2015 * 12 + 6
    places = tuple(dataclasses.replace(p, since=first + late) for p, late in zip(small_policy().places, (0, 5, 0)))
    policy = dataclasses.replace(small_policy(first=first, months=24), places=places, assignment="historical",
                                 ground=ground(), equalisation=0.6)
    world, par = ready(policy, 3, {"label.tolerance": 1.0, "label.ambition": 0.5})
    world.month -= 3
    assert first_differences(world, par, 3, 18) == []
    assert (world.hub.lost > 0).sum() == 2
    assert world.funder.paid_eur[treasury.rows_of(policy, 4).region].max() > 0.0


def test_places_that_have_the_money_in_turn_agree_with_the_reference():
    first = POLICY_START
    turns = ((-1, first + 4), (first + 5, 10**6), (first + 5, 10**6))
    places = tuple(dataclasses.replace(p, since=since, until=until)
                   for p, (since, until) in zip(small_policy().places, turns))
    policy = dataclasses.replace(small_policy(months=12), places=places, allocate="per_capita")
    world, par = ready(policy, 4)
    world.month -= 2
    assert first_differences(world, par, 4, 9) == []
    assert (world.hub.paid_eur > 0.0).all()


GROUPS = ("governance", "layers", "absorption", "label", "pipelines", "brand")
CALL = ("label.least_score", "label.application_eur", "label.worth", "label.judgement", "label.least_criterion")
SPECIAL = {"governance.founder": {"carrier": "founder"}, "governance.administration": {"carrier": "administration"}}


def outcome(name: str, value: float) -> np.ndarray:
    """What a run records of hubs, jobs and money, with one parameter at a value."""
    changes = SPECIAL.get(name, {"assignment": "all_eligible", "wanted": 3} if name in CALL else {})
    numbers = {"pipelines.capital_role": 0.5, "brand.noticed_eur": 3e4, "label.application_eur": 1e6}
    numbers |= {"label.judgement": {"label.application_eur": 2e6}, "label.worth": {"label.application_eur": 2e6},
                "label.application_eur": {"label.worth": 0.4, "label.judgement": 0.0},
                "label.ambition": {"label.tolerance": 1.0},
                "governance.hold": {"governance.turnover": 0.3, "governance.election": 0.6}}.get(name, {})
    world, par = ready(state_policy(**changes), 2, {**numbers, name: value}, {"response_to_money": "saturating"})
    if name.startswith("brand."):  # firms with much public money, some of them champions
        world.startup.aid_eur[:] = np.linspace(0.0, 2e6, world.startup.n)
        world.startup.champion_until[::3] = POLICY_START + 100
    engine.advance(world, par, 2, POLICY_START + 27)
    table = recorder.hubs(world, par.policy).select_dtypes("number").to_numpy(float)
    flows = [world.flows[k].sum() for k in sorted(world.flows)]
    return np.array([world.hub.n, *table.sum(axis=0), *flows, world.startup.cash_eur.sum(), world.startup.staff.sum(),
                     world.cell.rent.sum(), world.zone.brand.sum(), world.zone.reach.sum(), *world.funder.paid_eur])


@pytest.mark.parametrize("name", [n for n in PARAMETERS if n.split(".")[0] in GROUPS])
def test_no_parameter_is_idle(name):
    low, high = (outcome(name, value) for value in (PARAMETERS[name].low, PARAMETERS[name].high))
    assert low.shape != high.shape or np.abs(high - low).max() > 1e-6

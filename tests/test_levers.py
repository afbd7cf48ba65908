"""Each lever on its own: nothing before its window, nothing without money, its price, its place, its mark."""

from dataclasses import replace

import numpy as np
import pytest
from compare_worlds import by_identity, differences, same_bits
from worlds import POLICY_START, TERMS, small_parameters, small_policy, small_world

from sim import engine
from sim.fields import ENTITIES, FOUNDER
from sim.levers import HUB, KINDS, NATION, OPEN, POT
from sim.policy import Measure
from sim.processes import measures
from sim.treasury import PAYERS

ALL = sorted(KINDS)
HERE = np.array([1.0, 0.0, 0.0, 0.0])  # the first zone alone, where the only hub stands too
# What hubs and accounts are, whatever they have to spend; and innovation places of no size.
OWN = {f"{kind}.{field.name}" for kind in ("hub", "funder", "facility") for field in ENTITIES[kind]} | {
    "cell.hub", "cell.hub_near", "cell.hub_km"}
PRICES = {"price": 20e3, "share": TERMS["share"], "stay": TERMS["stay"]}


def policy_of(kind: str, total_eur: float = 60e6, *, months: int = 12, first: int = 0, last: int = 0,
              rate: float = 0.1, hubs: int = 1):
    """A policy of one lever in the first zone; `first` and `last` are months of its own window."""
    lever, policy = KINDS[kind], small_policy(total_eur, hubs=hubs, months=months)
    terms = {name: rate if lever.manner == OPEN else PRICES[unit] for name, unit in lever.terms.items()}
    through_hub = lever.acts_on == HUB or lever.manner == OPEN or lever.acts_on == NATION
    measure = Measure(0, kind, kind, 0.0 if lever.manner == OPEN else 1.0, terms, POLICY_START + first,
                      POLICY_START + (last or months - 1), 0, None if through_hub else HERE)
    return replace(policy, measures=(measure,), build_months=0, footprint_km=0.5)


def prepared(untouched):
    """A world in which every lever finds something to act on: wasteland, large firms, older startups, good files."""
    world, _ = untouched()
    world.cell.wasteland_m2[:] = 5e3
    world.cell.anchors[:] = 50.0
    world.startup.quality += 1.5
    world.startup.birth[::4] = POLICY_START - 60 - np.arange(world.startup.n)[::4] % 12
    return world


@pytest.fixture(scope="module")
def plain(untouched):
    """The prepared world without policy, by month."""
    world, seen = prepared(untouched), {}
    par = small_parameters()
    for _ in range(9):
        engine.step(world, par, 1)
        seen[world.month] = world.copy()
    return seen


@pytest.mark.parametrize("kind", ALL)
def test_nothing_before_its_window(untouched, plain, kind):
    """Bit for bit, for two months; and without money or rate, for nine."""
    world = prepared(untouched)
    par = small_parameters(policy=policy_of(kind, first=2))
    for _ in range(2):
        engine.step(world, par, 1)
        assert differences(world, plain[world.month]) - OWN == set()
    assert not any(instrument == kind for *_, instrument in world.ledger if world.ledger[*_, instrument].any())


@pytest.mark.parametrize("kind", ALL)
def test_nothing_without_money(untouched, plain, kind):
    world = prepared(untouched)
    par = small_parameters(policy=policy_of(kind, 0.0, rate=0.0))
    for _ in range(9):
        engine.step(world, par, 1)
    assert differences(world, plain[world.month]) - OWN == set()
    assert sum(eur.sum() for (*_, instrument), eur in world.ledger.items() if instrument == kind) == 0.0


@pytest.mark.parametrize("kind", [kind for kind in ALL if KINDS[kind].manner != OPEN])
def test_it_costs_what_it_says_where_it_says(untouched, kind):
    """Five months of twelve: State and local authorities pay five twelfths, in the first zone; pots keep the rest."""
    world = prepared(untouched)
    engine.advance(world, small_parameters(policy=policy_of(kind, 60e6, last=4)), 1, POLICY_START + 7)
    paid = {payer: sum(eur for (a, _, instrument), eur in world.ledger.items() if (a, instrument) == (payer, kind))
            for payer in PAYERS}
    pots = {"grants": "grants_eur", "loans": "loans_eur", "co_investment": "coinvest_eur",
            "procurement": "procurement_eur", "champions": "champions_eur"}
    left = getattr(world.zone, pots[kind]) if KINDS[kind].manner == POT else np.zeros(4)
    announced = 60e6 * 1.5 * 5.0 / 12.0
    assert sum(np.sum(eur) for eur in paid.values()) + left.sum() == pytest.approx(announced, rel=1e-12)
    assert (left >= 0.0).all()
    assert not left[1:].any()
    for payer, eur in paid.items():
        assert not np.any(np.broadcast_to(eur, 5)[1:]), payer
    if KINDS[kind].manner != POT:
        assert paid["State"].sum() == pytest.approx(announced / 1.5, rel=1e-12)
    assert world.funder.paid_eur.sum() == pytest.approx(announced - left.sum(), rel=1e-9)


def test_nobody_is_paid_for_wasteland_that_is_not_there(untouched):
    """Of money for far more than the hub's quartiers hold, what they hold is paid for; the rest stays unspent."""
    world, par, due = prepared(untouched), small_parameters(policy=policy_of("wasteland", 600e6)), 600e6 * 1.5 / 12.0
    paid, left = [], []
    for _ in range(5):
        engine.step(world, par, 1)
        paid.append(world.funder.paid_eur.sum())
        left.append(world.cell.wasteland_m2[world.cell.hub >= 0].sum())
    assert paid[0] == pytest.approx(due, rel=1e-12)
    assert 0.0 < paid[1] - paid[0] < due
    assert paid[2:] == 3 * paid[1:2]
    assert left[0] > 0.0
    assert left[1:] == pytest.approx(4 * [0.0], abs=1e-6)
    # the same price a square metre, but for rents, which move little in a month
    assert (paid[1] - paid[0]) / left[0] == pytest.approx(paid[0] / (5e3 - left[0]), rel=0.05)
    np.testing.assert_allclose(world.funder.paid_eur, world.funder.committed_eur)


def test_a_place_is_built_from_the_month_its_money_comes(untouched):
    """The hub gets the label in April: its third place opens after works of three months, with the size paid for."""
    world, policy = prepared(untouched), policy_of("third_place", 6e6, months=24)
    measure = replace(policy.measures[0], weights=None, build_months=3)
    hub = replace(policy.places[0], since=POLICY_START + 3)
    par = small_parameters(policy=replace(policy, measures=(measure,), places=(hub,)))
    desks, sizes = [], []
    for _ in range(9):
        engine.step(world, par, 1)
        ours = world.facility.measure == 0
        desks.append(world.zone.desks[0])
        sizes.append(world.facility.size[ours])
    assert [size[0] > 0.0 for size in sizes] == 3 * [False] + 6 * [True]
    assert world.facility.opened[ours][0] == POLICY_START + 3 + round(3 * world.zone.delay[0])
    assert desks[5] == desks[0]
    assert desks[6] == pytest.approx(desks[0] + world.facility.desks[ours].sum())


@pytest.fixture(scope="module")
def wide():
    """A world whose other zones have quartiers beyond a walk from the first; which these are."""
    world, par = small_world(1, columns=16)
    engine.advance(world, par, 1, POLICY_START - 1)
    near, far = world.space.near, world.cell.zone != 0
    for c in np.flatnonzero(world.cell.zone == 0):
        far[near.cell[near.start[c]:near.start[c + 1]]] = False
    return lambda: (world.copy(), par), far


@pytest.mark.parametrize("kind", [kind for kind in ALL if KINDS[kind].acts_on != NATION])
def test_it_touches_only_its_place_in_the_first_month(wide, kind):
    """Labour and capital, which zones share, are off; who is born may go where the lever is. Places are seen within a
    walk, beyond the border of the zone too.
    """
    off = {"labour.active": "off", "funding.active": "off", "relocation.active": "off", "mobility.active": "off",
           "remote.active": "off"}
    near = {"public.reach_km": 2.0, "facilities.reach_km": 2.0}
    world, without = prepared(wide[0]), prepared(wide[0])
    engine.step(world, small_parameters(near, off, policy=policy_of(kind, 600e6)), 1)
    engine.step(without, small_parameters(near, off), 1)
    assert differences(world, without) - {"cell.hub", "cell.hub_near", "cell.hub_km"} != set()
    assert 5 < wide[1].sum() < without.cell.n
    for name, column in without.cell.columns().items():
        if name not in ("hub_near", "hub_km"):
            assert same_bits(world.cell.columns()[name][wide[1]], column[wide[1]]), name
    for name, column in without.zone.columns().items():
        if name != "pull":  # scaled by the largest
            assert same_bits(world.zone.columns()[name][1:], column[1:]), name
    def firms(w):
        return by_identity(w, "startup", wide[1][w.startup.cell] & (w.startup.birth < POLICY_START))

    before = wide[0]()[0].talent
    founders = before.uid[before.alive & (before.status == FOUNDER)]

    def people(w):  # founders go where their firm settles, and stay founders as long as it lives
        found = (w.talent.status == FOUNDER) | np.isin(w.talent.uid, founders)
        return by_identity(w, "talent", (w.talent.zone != 0) & ~found)

    for those in (firms, people):
        for name, column in those(without).items():
            assert same_bits(those(world)[name], column), name


MARKS = {  # kind -> a number that rises with it
    "accelerator": lambda w: w.startup.was_accelerated.sum(),
    "angel_tax": lambda w: w.investor.novice.sum(),
    "animation": lambda w: w.cell.weight[w.cell.hub >= 0].sum() if w.hub.n else w.cell.weight[w.cell.zone == 0].max(),
    "brand": lambda w: w.nation.goodwill[0],
    "broadband": lambda w: w.cell.broadband[w.cell.zone == 0].sum(),
    "champions": lambda w: (w.startup.champion_until >= w.month).sum(),
    "co_investment": lambda w: w.startup.share_public.sum(),
    "convivial_place": lambda w: w.cell.conviviality.sum(),
    "djersen_pole": lambda w: min(w.cell.cocreation.max(axis=1).sum(), w.zone.incubators[0]),
    "enlarger": lambda w: w.cell.facility.sum(),
    "equipment": lambda w: w.zone.equipped[0],
    "fablab": lambda w: w.cell.cocreation[:, 2].sum(),
    "floor": lambda w: w.cell.floor_public_m2.sum(),
    "food_lab": lambda w: w.cell.cocreation[:, 2].sum(),
    "grants": lambda w: (w.startup.granted >= 0).sum(),
    "identity": lambda w: (w.zone.pull[0] / w.zone.pull.sum(axis=0)).sum(),
    "incubator": lambda w: w.zone.incubators[0],
    "living_lab": lambda w: w.cell.cocreation[:, 1].sum(),
    "loans": lambda w: w.startup.debt_eur.sum(),
    "media_lab": lambda w: w.cell.cocreation[:, 5].sum(),
    "mediation": lambda w: w.zone.digital_skills[0],
    "nursery": lambda w: w.zone.incubators[0],
    "open_to_incumbents": lambda w: w.cell.cocreation.sum(),
    "procurement": lambda w: w.startup.contract_eur.sum(),
    "research_credit": lambda w: -w.startup.employee_cost.sum(),
    "talent_welcome": lambda w: w.flows["arrivals"][0],
    "third_place": lambda w: w.zone.desks[0],
    "training": lambda w: w.flows["retrained"][0],
    "wasteland": lambda w: -w.cell.wasteland_m2.sum(),
    "young_firms": lambda w: -w.startup.employee_cost.sum(),
}


HUB_MARKS = {  # of levers that act on hubs and links between them: higher with money than without
    "foreign_links": lambda w: w.cell.linked.sum(),
    "governance": lambda w: w.hub.governance.sum(),
    "network": lambda w: w.cell.linked.sum(),
    "one_stop_shop": lambda w: -w.zone.delay[0],
    "showcase": lambda w: w.hub.brand.sum(),
}


def test_every_lever_has_a_mark():
    assert set(MARKS) | set(HUB_MARKS) == set(ALL)
    assert not set(MARKS) & set(HUB_MARKS)


@pytest.mark.parametrize("kind", sorted(HUB_MARKS))
def test_hubs_with_money_bear_its_mark(untouched, kind):
    """Two hubs with much money, and the same two without any."""
    seen = []
    for eur in (200e6, 0.0):
        world = prepared(untouched)
        engine.advance(world, small_parameters(policy=policy_of(kind, eur, hubs=2)), 1, POLICY_START + 8)
        seen.append(HUB_MARKS[kind](world))
    assert seen[0] > seen[1]


@pytest.mark.parametrize("kind", [kind for kind in ALL if KINDS[kind].manner != OPEN])
def test_three_levers_of_a_kind_buy_no_more_than_one(untouched, kind):
    """The same euros, in one lever or in three: the same mark after four months."""
    seen, whole = [], policy_of(kind, 20e6, hubs=2)
    thirds = tuple(replace(whole.measures[0], rank=k, name=f"{kind}{k}", share=1.0 / 3.0) for k in range(3))
    for policy in (whole, replace(whole, measures=thirds)):
        world = prepared(untouched)
        engine.advance(world, small_parameters(policy=policy), 1, POLICY_START + 3)
        seen.append({**MARKS, **HUB_MARKS}[kind](world))
    assert seen[1] == pytest.approx(seen[0], rel=1e-6)


def test_layers_take_their_part_of_pots(untouched):
    """What is lost is paid at once; the rest waits, and both are what was announced."""
    world = prepared(untouched)
    par = small_parameters({"layers.overhead": 0.05}, policy=policy_of("grants", 60e6))
    world.zone.overhead[:] = 0.04
    measures.step(world, par, 1)
    assert world.funder.committed_eur.sum() == 0.0  # the month before the money
    world.month = POLICY_START
    measures.step(world, par, 1)
    eur = 60e6 * 1.5 / 12.0
    assert world.zone.grants_eur[0] == pytest.approx(0.96 * eur, rel=1e-12)
    lost = sum(paid.sum() for (_, to, kind), paid in world.ledger.items() if (to, kind) == ("operators", "grants"))
    assert lost == pytest.approx(0.04 * eur, rel=1e-12)
    assert world.funder.committed_eur.sum() == pytest.approx(eur, rel=1e-12)


def test_firms_that_were_bought_get_no_aid(untouched):
    for kind in ("grants", "loans", "champions"):
        world = prepared(untouched)
        world.startup.acquired[:] = POLICY_START - 6
        old = set(world.startup.uid.tolist())
        engine.advance(world, small_parameters(policy=policy_of(kind, 200e6)), 1, POLICY_START + 3)
        f = world.startup
        bought = np.isin(f.uid, np.array(sorted(old), np.uint64))
        aided = {"grants": f.last_grant >= 0, "loans": f.borrowed >= 0, "champions": f.champion_until >= 0}[kind]
        assert not aided[bought].any(), kind


@pytest.mark.parametrize("kind", sorted(MARKS))
def test_it_leaves_its_mark(untouched, plain, kind):
    """With much money, after nine months."""
    world = prepared(untouched)
    engine.advance(world, small_parameters(policy=policy_of(kind, 200e6)), 1, POLICY_START + 8)
    assert MARKS[kind](world) > MARKS[kind](plain[world.month])


def test_older_firms_enter_the_places_opened_to_them(untouched):
    """As many as the policy pays for, without shelter; young firms of their trade learn from them."""
    world = prepared(untouched)
    world.facility.places[:] = np.where(world.facility.kind <= 1, 400.0, 0.0)
    f = world.startup
    f.birth[f.birth < POLICY_START - 24] -= 60
    f.place_until[:] = -1
    par = small_parameters(policy=policy_of("open_to_incumbents", 160e3))  # 12 places at 20,000 EUR
    engine.advance(world, par, 1, POLICY_START + 11)
    f, p = world.startup, world.facility
    inside = np.flatnonzero(f.alive & (f.place_until >= world.month))
    older = inside[(f.incubated_until[inside] < world.month) & (p.kind[f.place[inside]] <= 1)]
    assert 0 < older.size <= 12
    assert (world.month - f.birth[older] >= 60).all()
    assert (f.zone[older] == 0).all()

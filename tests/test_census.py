"""What sources outside would count, on a small world: against counts made one by one, and without acting on it."""

import numpy as np
import pytest
from worlds import POLICY_START, add_angels, small_world

from sim import engine
from sim.census import GROWTH_STEP, MEASURES, recognised, young_innovative
from sim.fields import ANGEL
from sim.processes.cash import BAR, OF_STAGE
from sim.recorder import Recorder


@pytest.fixture(scope="module")
def run():
    """Two recorded years, the startups of each December, and the rounds seen one by one."""
    world, par = small_world(5, people=11_000.0, funds=8)
    add_angels(world, 8)
    while world.month < POLICY_START - 1:
        engine.step(world, par, 5)
    world.flows.clear()
    world.ledger.clear()
    recorder, seen, decembers, flows = Recorder(POLICY_START, ()), [], {}, {"rounds": 0.0, "angel_deals": 0.0}
    while world.month < POLICY_START + 23:
        f = world.startup
        before = dict(zip(f.uid.tolist(), f.raised_eur.tolist()))
        engine.step(world, par, 5)
        f = world.startup
        seen += [(world.month, int(f.uid[i]), f.raised_eur[i] - before.get(int(f.uid[i]), 0.0))
                 for i in range(f.n) if f.last_round[i] == world.month]
        if world.month % 12 == 11:
            decembers[world.month // 12] = {int(f.uid[i]): (f.staff[i], 12.0 * f.revenue_eur[i])
                                            for i in range(f.n) if f.alive[i]}
            for name in flows:
                flows[name] += world.flows.get(name, np.zeros(1)).sum()
        recorder.record(world)
    return world, recorder.census.tables(), seen, decembers, flows


def test_every_round_is_noted_once_with_its_euros(run):
    _, tables, seen, _, flows = run
    rounds = tables["rounds"]
    assert len(seen) > 20
    assert sorted(zip(rounds["month"], rounds["uid"])) == sorted((month, uid) for month, uid, _ in seen)
    eur = {(month, uid): amount for month, uid, amount in seen}
    assert rounds["eur"].tolist() == pytest.approx([eur[key] for key in zip(rounds["month"], rounds["uid"])])
    angels = rounds["kind"] == ANGEL
    assert angels.sum() == flows["angel_deals"] > 0
    assert (~angels).sum() == flows["rounds"] > 0
    assert ((rounds["lead_zone"] < 0) == angels).all()


def test_each_startup_of_a_december_counts_once(run):
    _, tables, _, decembers, _ = run
    census = tables["census"]
    assert set(census["measure"]) == set(MEASURES)
    for year, startups in decembers.items():
        staff = census[(census["measure"] == "staff") & (census["year"] == year)]
        assert staff["startups"].sum() == len(startups)
        assert (staff["value"] * staff["startups"]).sum() == sum(people for people, _ in startups.values())
        turnover = census[(census["measure"] == "turnover_eur") & (census["year"] == year)]
        total = (turnover["value"] * turnover["startups"]).sum()
        assert total == pytest.approx(sum(eur for _, eur in startups.values()), rel=0.03)  # classes of 12 %


def test_growth_is_that_of_startups_with_sales_in_both_decembers(run):
    _, tables, _, decembers, _ = run
    first, second = decembers.values()
    wanted = [np.log(second[uid][1] / first[uid][1]) for uid in first
              if uid in second and first[uid][1] > 0.0 and second[uid][1] > 0.0]
    growth = tables["census"]
    growth = growth[growth["measure"] == "growth"]
    assert growth["startups"].sum() == len(wanted) > 10
    mean = (growth["value"] * growth["startups"]).sum() / len(wanted)
    assert mean == pytest.approx(np.mean(wanted), abs=GROWTH_STEP / 2)


def test_recognition_asks_for_support_or_for_a_round(run):
    world = run[0]
    f = world.startup
    for i, known in enumerate(recognised(world)):
        supported = f.staff[i] > f.founders[i] or f.rounds[i] > 0 or f.incubated_until[i] >= 0 or f.aided[i]
        assert known == (f.alive[i] and supported)
    for i, young in enumerate(young_innovative(world)):
        share = f.research[i] * OF_STAGE[f.stage[i]]
        assert young == (f.alive[i] and f.staff[i] > f.founders[i] and share >= BAR and world.month - f.birth[i] < 96)
    assert 0 < young_innovative(world).sum() < recognised(world).sum() < f.alive.sum()


def test_a_run_without_december_has_empty_tables():
    world, par = small_world(5)
    recorder = Recorder(world.month + 1, ())
    engine.step(world, par, 5)
    recorder.record(world, last=True)
    assert recorder.census.tables()["census"].empty

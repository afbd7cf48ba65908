"""The engine against the model written agent by agent: the same people, firms and euros, process by process (T34)."""

import dataclasses

import numpy as np
import pytest
from reference import ReferenceModel
from reference_capital import File
from reference_fields import weigh_places
from reference_people import begin_mobility
from reference_state import differences
from worlds import policy_of_every_lever, small_policy, small_world

from sim import engine, fields, rng
from sim.processes import SCHEDULE, founding, funding, location, mobility

MONTHS = 26
EVENTS = ("entries", "moved_in", "closures", "hires_elsewhere", "hires_jobseekers", "quits", "layoffs", "rounds",
          "angel_deals", "movers_in", "relocated_in", "arrivals",
          "retrained")
MECHANISMS = ("founding", "relocation", "innovation", "growth", "labour", "population", "mobility", "funding",
              "exits", "rents", "creatives", "broadband", "wages", "skills", "remote", "facilities")


def first_differences(world, par, seed, months, change=lambda month, model: None):
    """First process after which engine and agents differ, and how; empty if they never do.

    Looked at after every process in January and July (the first month, and that in which the policy starts), at the
    end of the month otherwise: what differs stays different, and looking costs more than the processes. `change` may
    change both before a month, counted from zero.
    """
    model = ReferenceModel(world, par, seed)
    for month in range(months):
        change(month, model)
        world.month += 1
        model.begin_month()
        for process in SCHEDULE:
            process.step(world, par, rng.draw_of(seed, world.month))
            getattr(model, process.NAME)()
            found = differences(model, world) if world.month % 6 == 0 or process is SCHEDULE[-1] else []
            if found:
                return [f"month {world.month}, after {process.NAME}", *found]
    return []


def test_the_schedule_is_the_same():
    assert tuple(process.NAME for process in SCHEDULE) == ReferenceModel.SCHEDULE


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("w_talent", [1, 5, 20])
def test_every_process_of_two_years_agrees(seed, w_talent):
    """One person a row, a few, many; every mechanism on; months before and after a policy may start."""
    world, par = small_world(seed, w_talent)
    assert first_differences(world, par, seed, MONTHS) == []
    assert [name for name in EVENTS if world.flows[name].sum() == 0] == []  # worth something only if things happened


@pytest.mark.parametrize("policy", [
    {}, {"siting": "seat", "allocate": "per_capita", "hubs": 2}, {"allocate": "equal", "months": 14, "build_months": 0},
], ids=["best sites", "seats", "money that ends"])
def test_public_money_agrees(policy):
    """Hubs with staff, brand, floor and accelerator places."""
    world, par = small_world(3, 20, policy=small_policy(**policy))
    assert first_differences(world, par, 3, MONTHS) == []
    assert world.hub.floor_m2.min() > 0
    assert world.hub.brand.min() > 0
    assert world.startup.was_accelerated.sum() > 5
    assert (world.cell.hub >= 0).sum() > world.hub.n


def test_every_lever_agrees():
    """All levers at once: through the hubs, then in zones of their own."""
    for weights in (None, np.array([0.0, 0.7, 0.0, 0.3])):
        policy = policy_of_every_lever(weights)
        world, par = small_world(5, 20, policy=policy)
        assert first_differences(world, par, 5, 20) == []
        assert {k for k in (world.facility.measure + 1) if k} != set()
        assert world.zone.grants_eur.sum() > 0.0


@pytest.mark.parametrize("response", ["saturating", "threshold"])
def test_responses_to_money_agree(response):
    world, par = small_world(4, 20, policy=small_policy(), switches={"response_to_money": response},
                             numbers={"public.saturation_eur": 0.2e6})
    assert first_differences(world, par, 4, 14) == []
    assert world.hub.staff_fte.min() > 0


@pytest.mark.parametrize("switches", [
    {"founding.interactions": "off", "closure.age": "constant", "closure.cash": "off"},
    {"labour.elastic": "off", "labour.trades": "off", "mobility.prospects": "off", "population.studies": "off",
     "population.openness": "off", "population.second_chance": "off", "skills.demand": "off"},
    {"founding.careers": "off", "founding.necessity": "off"},
    {"founding.teams": "off", "founding.research": "off", "innovation.distance": "middle"},
    {"growth.memory": "off", "growth.rivalry": "off"},
    {"capital.vintages": "off", "capital.abroad": "off", "angels.tax": "off", "coinvestment.active": "off",
     "funding.syndication": "off", "funding.known": "off", "exits.recycling": "off"},
    {f"{name}.active": "off" for name in MECHANISMS},
], ids=["no interactions", "people as before", "all alike", "alone", "steady", "plain money", "all off"])
def test_switches_agree(switches):
    world, par = small_world(5, 20, switches=switches)
    assert first_differences(world, par, 5, 8) == []


@pytest.mark.parametrize("switches", [
    {"spillovers.form": "log", "spillovers.relatedness": "own", "spillovers.meeting": "off"},
    {"spillovers.form": "hump", "spillovers.regional": "off", "spillovers.kernel": "ring"},
    {"spillovers.form": "threshold", "spillovers.border_correction": "on", "spillovers.kernel": "gauss"},
    {"spillovers.averaged": "no", "location.capital": "share", "spillovers.kernel": "power"},
], ids=lambda switches: switches.get("spillovers.form", "elasticity"))
def test_forms_and_fields_of_other_processes_agree(switches):
    """What other processes write is there: knowledge, people at a distance, places, themes, innovations."""
    numbers = {"spillovers.hump_peak_fte": 325.0, "spillovers.threshold": 2.0}
    world, par = small_world(10, 20, switches=switches, numbers=numbers, policy=small_policy())
    c, z, f = world.cell, world.zone, world.startup
    f.knowledge[:], f.remote[::3] = np.linspace(0.0, 3.0, f.n), np.maximum(f.staff[::3] - 1, 0)
    f.innovations[::2], f.last_innovation[::4] = 1, world.month
    rising = np.linspace(0.0, 1.0, c.n)
    c.serendipity[:], c.facility[:], c.creatives[:], c.amenity[:] = rising, rising**2, 50.0 * rising, 1.0 - rising
    c.broadband[:], z.theme[:] = rising, np.arange(z.n)[:, None] / 4.0
    assert first_differences(world, par, 10, 14) == []
    assert (c.meeting.std() > 0) == (par.spillovers.meeting == 0)
    assert (c.regional.max() > 0) == (par.spillovers.regional == 0)
    assert world.startup.restless_until.max() > 0


def test_people_agree():
    """Desks that come and go, amenities, more mediation and students, given computers, a visa and a brand."""
    world, par = small_world(12, 5, policy=small_policy(), numbers={
        "remote.able": 0.6, "remote.hazard": 0.3, "remote.desk_share": 0.1, "population.visa": 0.8,
        "labour.related": 0.3, "labour.demand": 1.2})
    z = world.zone
    z.students[:], z.refurbished[:] = (4e3, 2e3, 0.0, 1e3), (40.0, 0.0, 0.0, 9.0)
    world.cell.amenity[:] = np.arange(world.cell.n) % 5 / 5.0
    desks = {0: (0, 200, 90, 0), 8: (30, 60, 90, 0), 20: (0, 0, 40, 0)}  # month -> desks of zones
    places = {k: np.multiply(z.mediation, (1.0, 4.0 if k >= 8 else 1.0, 1.0, 1.0)) for k in desks}

    def change(month, model):
        if month in desks:
            z.desks[:], z.mediation[:] = desks[month], places[month]
            for zone, mine, mediation in zip(model.zones, desks[month], places[month].tolist()):
                zone.desks, zone.mediation = float(mine), mediation

    assert first_differences(world, par, 12, MONTHS, change) == []
    assert world.flows["moved_remote"].sum() > 5
    assert world.startup.remote.sum() > 0
    assert (world.talent.literacy < 1.0).sum() > 10
    assert np.ptp(z.digital_skills) > 1e-3 < np.ptp(z.equipped)


def rare_world(seed):
    """A world in which what is rare is not: full offices, serial founders with a success, small firms late in finance,
    two hubs in one quartier, one far from everything, accelerators within reach of few.
    """
    policy = small_policy()
    far = dataclasses.replace(policy.places[2], zone=3, x_m=60e3, y_m=60e3)
    policy = dataclasses.replace(policy, places=(*policy.places, policy.places[0], far))
    numbers = {"public.reach_km": 1.0, "brand.scale_eur": 1e4, "founding.team": 1.2}
    world, par = small_world(seed, 5, policy=policy, numbers=numbers)
    world.month = policy.first - 2
    world.cell.floor_m2[:] *= 0.7
    world.talent.succeeded[::2] = True
    world.talent.foundations[::3] = 1
    world.startup.stage[::2] = fields.LATER
    world.startup.raised_eur[::2] = 1e6
    world.startup.quality[::2] = 1.5
    world.talent.alumni_until[world.talent.weight == 1] = world.month + 6
    set_conditions(world)
    return world, par


def set_conditions(world):
    """What other processes and the territory make of zones, different in each."""
    z = world.zone
    rank = np.arange(z.n)
    z.incubators[:], z.trained[:] = 4.0 * rank, 3.0 * rank
    z.students[:], z.theme[:] = 900.0 * rank, 0.2 * rank[:, None]
    z.digital_skills[:], z.hardship[:], z.researchers[:] = 0.7 + 0.05 * rank, 0.4 * rank - 0.5, 4000.0 * (1.0 + rank)


def test_rare_events_agree():
    world, par = rare_world(8)
    assert first_differences(world, par, 8, 14) == []
    assert world.hub.n == 5
    assert world.flows["academic_spin_offs"].sum() > 3
    assert (np.bincount(world.startup.founders[world.startup.alive], minlength=5)[1:] > 0).all()
    assert np.unique(world.hub.cell).size == 4


def test_weights_of_choices_agree():
    """What only tips a choice now and then, and is not kept: places for newcomers, movers and investors (T34)."""
    world, par = rare_world(9)
    set_conditions(world)
    for _ in range(8):
        engine.step(world, par, 9)
    model = ReferenceModel(world, par, 9)
    sectors, z, exact = range(fields.N_SECTORS), world.zone, {"rtol": 1e-10}
    cells, zones = location.weights_of_places(world, par)
    weigh_places(model)
    np.testing.assert_allclose([q.weight for q in model.quartiers], cells, **exact)
    np.testing.assert_allclose([zone.pull for zone in model.zones], zones, **exact)
    factors = founding.factors(world, par.founding)
    np.testing.assert_allclose([[zone.founding_factor(s) for s in sectors] for zone in model.zones], factors, **exact)
    begin_mobility(model)
    pulls, near = mobility.zone_pulls(world, par), mobility.closeness(world.space, par.mobility.gravity)
    for talent in model.talents[::20]:
        row, s = talent.zone.row, talent.sector
        for to in (to for to in model.zones if to is not talent.zone):
            roots = np.exp(par.mobility.origin) if to is talent.origin_zone else 1.0
            pull = pulls[to.row, s] * near[row, to.row] * roots
            assert talent.pull_of(to) == pytest.approx(pull, rel=1e-10)
    brand = funding.brand_of(world, np.arange(world.startup.n))
    for startup in model.startups:
        champion = startup.champion_until >= world.month
        seen = funding.visibility(brand[startup.row], startup.raised_eur, startup.was_accelerated, champion,
                                  par.funding)
        assert File(startup, fields.SEED).visibility == pytest.approx(np.exp(seen), rel=1e-10)
    # the terms that tell are there
    assert min(brand.max(), z.brand.max(), z.places.max(), world.cell.discount.max()) > 0
    assert any(q.used_m2 > q.floor_m2 for q in model.quartiers)


def test_the_mesa_step_is_the_month():
    """`model.step()`, as a user of Mesa calls it, against the engine's own month."""
    world, par = small_world(6, 20, policy=small_policy())
    model = ReferenceModel(world, par, 6)
    for _ in range(12):
        model.step()
        engine.step(world, par, 6)
    assert differences(model, world) == []
    assert model.steps == 12


def test_a_small_difference_is_seen():
    """The comparison itself: one euro in ten billion, one person elsewhere, one person less are noticed."""
    world, par = small_world(7, 20)
    same = ReferenceModel(world, par, 7)
    assert differences(same, world) == []
    changes = {"startup.cash_eur": 1e-9, "startup.staff": 1, "talent.zone": -1, "cell.near": 1e-9, "talent.skill": 1e-5,
               "zone.wage": 1e-9, "nation.entered": 1, "investor.deals": 1}
    for field, change in changes.items():
        entity, name = field.split(".")
        other = world.copy()
        row = -1 if entity == "talent" else 0
        column = getattr(other.tables[entity], name)
        relative = column.dtype.kind == "f" and column[row].any()
        column[row] = column[row] * (1 + change) if relative else column[row] + change
        assert [line.split(":")[0] for line in differences(same, other)] == [field]

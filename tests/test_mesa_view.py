"""The model as users of Mesa meet it: the same run as the engine's, Mesa's own tools, agents that cannot be changed."""

import dataclasses

import mesa
import numpy as np
import pytest
from worlds import BUSY, small_policy, small_territory

from sim import engine, fields
from sim.build import build
from sim.grid import GridSpec
from sim.mesa_view import KINDS, EcosystemModel, Hub, Quartier, Startup, Talent, Zone, parameters_of
from sim.params import PARAMETERS, SWITCHES
from sim.scenario import load_scenario

FIRST = 2013 * 12


@pytest.fixture(scope="module")
def model():
    """Twelve months with public money."""
    model = EcosystemModel(seed=3, months=12, territory=small_territory(), w_talent=20, policy=small_policy(), **BUSY)
    model.run_model()
    return model


def test_a_mesa_run_is_the_engine_run(model):
    par = engine.parameters(BUSY, {}, policy_start=FIRST, policy=small_policy())
    world = build(small_territory(), GridSpec(), par, w_talent=20, first_month=FIRST, seed=3)
    engine.advance(world, par, 3, FIRST + 11)
    assert model.world.digest() == world.digest()
    assert (model.steps, model.running, model.world.month) == (12, False, FIRST + 11)


def test_a_scenario_file_runs_with_its_public_money(tmp_path):
    """France in squares of 40 km, spun up for two months, to the first month in which hubs are paid."""
    coarse = {"cell_km": "40", "months": "13", "world.w_talent": "500", "time.spin_up": "2012-11"}
    scenario = load_scenario("paris_only", overrides=coarse)
    model = EcosystemModel(scenario, seed=4, labour_quit=0.02)
    model.run_model()
    changed = dataclasses.replace(scenario, parameters={"labour.quit": 0.02})
    start = engine.spun_up(changed, 4, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:5000])  # a start that a crash cut short is made again
    assert engine.spun_up(changed, 4, tmp_path).digest() == start.digest()
    result = engine.run_from(start, changed, 4, (scenario.end,))
    assert model.world.digest() == result.state_digest
    assert model.datacollector.model_vars["public_eur"][-1] == pytest.approx(result.scalars["cost_paid_eur"])
    assert result.scalars["cost_paid_eur"] > 1e6
    assert len(model.agents_by_type[Hub]) == 1


def test_a_raster_world_needs_no_file():
    model = EcosystemModel(rows=4, columns=6, zone_columns=3, zone_rows=1, people=3_000.0, cell_km=2.0, months=2, rng=5)
    assert len(model.agents_by_type[Zone]) == 3
    assert model.agents_by_type[Quartier].agg("population", sum) == pytest.approx(24 * 3_000)
    assert set(model.agents_by_type[Quartier].get("size_m")) == {2_000.0}
    model.step()
    assert model.running
    model.step()
    assert not model.running


def test_what_the_run_depends_on():
    """Seed, number and switch each change the run; Mesa's own generators do not."""
    def after_two_months(**keywords):
        model = EcosystemModel(w_talent=20, **keywords)
        model.random.random()
        model.step()
        model.step()
        return model.world.digest()

    same = after_two_months(seed=1)
    assert same == after_two_months(rng=1)
    others = [after_two_months(seed=2), after_two_months(seed=1, founding_base_hazard=4e-4),
              after_two_months(seed=1, labour_active="off"), after_two_months(**{"seed": 1, "growth.five": 0.2})]
    assert len({same, *others}) == 5


def test_data_collector(model):
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 12
    assert frame["month"].tolist() == [f"2013-{m:02d}" for m in range(1, 13)]
    startups = model.agents_by_type[Startup]
    assert frame["startups"].iloc[-1] == len(startups)
    assert frame["jobs"].iloc[-1] == startups.agg("staff", sum)
    assert frame["talents"].iloc[-1] == model.agents_by_type[Talent].agg("weight", sum)
    # flows are of the month: they explain the stock
    assert frame["startups"].diff().iloc[1:].tolist() == (frame["entries"] - frame["closures"]).iloc[1:].tolist()
    assert frame["entries"].sum() > 0
    assert frame["public_eur"].tolist() == pytest.approx([1.5 * 8e6 / 48] * 12)


def test_reporters_of_ones_own():
    largest = {"largest": lambda m: m.agents_by_type[Startup].agg("staff", max)}
    model = EcosystemModel(w_talent=20, months=1, reporters=largest)
    model.run_model()
    assert model.datacollector.get_model_vars_dataframe()["largest"].item() == model.world.startup.staff.max()


def test_agent_reporters_of_mesa_work_on_views(model):
    collector = mesa.DataCollector(agenttype_reporters={Startup: {"staff": "staff", "cash": lambda s: s.cash_eur}})
    collector.collect(model)
    frame = collector.get_agenttype_vars_dataframe(Startup)
    assert frame["staff"].tolist() == model.agents_by_type[Startup].get("staff").tolist()
    assert frame["cash"].sum() == pytest.approx(model.agents_by_type[Startup].agg("cash_eur", np.sum))


def test_batch_run_over_seeds_and_a_parameter():
    swept = {"seed": [1, 2], "founding_base_hazard": [5e-5, 4e-4], "w_talent": 20, "months": 6}
    found = mesa.batch_run(EcosystemModel, swept, number_processes=1, data_collection_period=-1, display_progress=False)
    jobs = {(run["seed"], run["founding_base_hazard"]): run["jobs"] for run in found}
    assert len(found) == len(set(jobs.values())) == 4
    alone = EcosystemModel(seed=2, founding_base_hazard=4e-4, w_talent=20, months=6)
    alone.run_model()
    assert jobs[2, 4e-4] == alone.now["jobs"]
    assert {run["month"] for run in found} == {"2013-06"}


def test_views_read_the_rows(model):
    world = model.world
    startup = model.agents_by_type[Startup][0]
    row = int(np.flatnonzero(world.startup.alive)[0])
    assert isinstance(startup, mesa.Agent)
    assert startup.unique_id == world.startup.uid[row]
    assert startup.cash_eur == world.startup.cash_eur[row]
    assert startup.link("founder").link("employer") == startup
    assert startup.link("cell").link("zone") == startup.link("zone")
    assert startup.pos == (world.cell.x_m[startup.cell], world.cell.y_m[startup.cell])
    assert model.agents_by_type[Zone][1].wage.tolist() == world.zone.wage[1].tolist()
    assert startup in model.agents
    assert startup not in model.agents_by_type[Talent]


def test_every_field_is_a_documented_property(model):
    for kind, agents in model.agents_by_type.items():
        for field in fields.ENTITIES[kind.ENTITY]:
            doc = getattr(kind, field.name).__doc__
            assert field.meaning in doc
            assert field.unit in doc
            np.testing.assert_array_equal(getattr(agents[-1], field.name), agents.get(field.name)[-1])
    assert set(model.agent_types) == set(KINDS.values())
    assert "1 employee of a startup" in Talent.status.__doc__


def test_views_cannot_be_changed(model):
    before = model.world.digest()
    startup, agents = model.agents_by_type[Startup][0], model.agents
    for name in ("cash_eur", "staff", "unique_id", "pos", "something_new"):
        with pytest.raises(AttributeError, match="read-only"):
            setattr(startup, name, 1)
    with pytest.raises(AttributeError, match="read-only"):
        startup.remove()
    model.agents_by_type[Zone][0].wage[:] = 0.0  # a copy
    for change in ("do", "shuffle_do", "set", "add", "discard", "remove"):
        with pytest.raises(AttributeError, match="read-only"):
            getattr(agents, change)("step")
    with pytest.raises(AttributeError):
        model.agents = []
    with pytest.raises(AttributeError, match="read-only"):
        mesa.Agent(model)
    assert model.world.digest() == before


def test_a_view_of_who_has_left_says_so():
    model = EcosystemModel(months=14, seed=2, rows=3, columns=3, **BUSY)
    talents = list(model.agents_by_type[Talent])
    model.run_model()
    now = model.agents_by_type[Talent]
    uids = set(model.world.talent.uid.tolist())
    replaced = next(talent for talent in talents if talent.unique_id not in uids)
    assert replaced not in now
    with pytest.raises(LookupError, match="has left"):
        _ = replaced.skill
    stays = next(talent for talent in talents if talent.unique_id in uids and talent.alive)
    assert stays in now


def test_views_and_sets_follow_rows_that_are_put_in_order():
    """Rows move in January; who was looked at before is still who is read after."""
    model = EcosystemModel(months=14, seed=2, rows=3, columns=3, w_talent=5, **BUSY)
    for _ in range(11):
        model.step()
    held = [model.agents_by_type[kind] for kind in (Talent, Startup)]
    views = [list(agents) for agents in held]
    births = [{view.unique_id: view.birth for view in kind} for kind in views]
    rows = [[vars(view)["row"] for view in kind] for kind in views]
    for _ in range(3):
        model.step()
    for kind, agents, birth, row in zip(views, held, births, rows):
        table = model.world.tables[kind[0].ENTITY]
        here = set(table.uid.tolist())
        stay = [view for view in kind if view.unique_id in here]
        assert [view.birth for view in stay] == [birth[view.unique_id] for view in stay]
        assert [vars(view)["row"] for view in kind] != row  # worth something only if rows moved
        assert agents.get("unique_id").tolist() == [view.unique_id for view in stay]
        assert agents.get("birth").tolist() == [birth[view.unique_id] for view in stay]
        assert all(view in agents for view in stay)


def test_select(model):
    startups, f = model.agents_by_type[Startup], model.world.startup
    large = f.alive & (f.staff >= 5)
    assert len(startups.select(lambda s: s.staff >= 5)) == large.sum() > 0
    # what cannot be asked of a whole column is asked of each agent
    assert len(startups.select(lambda s: s.staff >= 5 and s.alive)) == large.sum()
    assert len(startups.select(lambda s: s.link("founder").status == fields.FOUNDER)) == len(startups)
    assert len(startups.select(startups.get("staff") >= 5)) == large.sum()
    assert len(startups.select(at_most=3)) == 3
    assert len(startups.select(at_most=0.5)) == len(startups) // 2
    assert list(model.agents.select(agent_type=Startup)) == list(startups)
    assert len(model.agents.select(agent_type=mesa.Agent)) == len(model.agents)
    assert len(startups.select(lambda s: s.staff < 0)) == 0


def test_get_agg_groupby_sort(model):
    startups, f = model.agents_by_type[Startup], model.world.startup
    assert startups.get(["sector", "staff"])[0] == [startups[0].sector, startups[0].staff]
    assert startups.agg("staff", [min, max]) == [f.staff[f.alive].min(), f.staff[f.alive].max()]
    assert startups.get("nothing", handle_missing="default", default_value=7).tolist() == [7] * len(startups)
    with pytest.raises(AttributeError, match="did you mean 'cash_eur'"):
        startups.get("cash_euro")
    by_zone = startups.groupby("zone")
    expected = np.bincount(f.zone[f.alive], f.staff[f.alive], model.world.zone.n)
    assert by_zone.agg("staff", sum) == {z: staff for z, staff in enumerate(expected) if staff}
    assert by_zone.count() == {z: len(agents) for z, agents in by_zone}
    assert startups.groupby(lambda s: s.staff >= 5).count()[True] == (f.alive & (f.staff >= 5)).sum()
    assert model.agents.groupby(lambda agent: type(agent).__name__).count()["Hub"] == model.world.hub.n
    staff = startups.sort("staff").get("staff")
    assert staff.tolist() == sorted(f.staff[f.alive], reverse=True)
    tied = [s.unique_id for s in startups if s.staff == staff[0]]
    assert [s.unique_id for s in startups.sort("staff")][: len(tied)] == tied
    assert startups.sort("staff", ascending=True)[-1].staff == staff[0]


def test_different_kinds_together(model):
    """A field that several kinds have comes in the order of the agents."""
    mixed = model.agents.select(lambda agent: isinstance(agent, (Hub, Zone)))
    assert mixed.get("places").tolist() == [agent.places for agent in mixed]
    assert len(mixed) == model.world.hub.n + model.world.zone.n


@pytest.mark.parametrize(("keywords", "error", "message"), [
    ({"founding_base_hazzard": 1e-4}, TypeError, "did you mean 'founding_base_hazard'"),
    ({"founding_base_hazard": 1.0}, ValueError, "outside"),
    ({"rents_active": "maybe"}, ValueError, "on, off"),
    ({"seed": 1, "rng": 1}, ValueError, "two names"),
    ({"territory": "france", "rows": 3}, ValueError, "rows"),
    ({"scenario": "baseline", "people": 3}, ValueError, "people"),
])
def test_bad_keywords_are_explained(keywords, error, message):
    with pytest.raises(error, match=message):
        EcosystemModel(**keywords)


def test_every_parameter_has_a_keyword():
    names = [name.replace(".", "_") for name in (*PARAMETERS, *SWITCHES)]
    assert len(set(names)) == len(names)
    numbers, switches = parameters_of({name.replace(".", "_"): p.default for name, p in PARAMETERS.items()}
                                      | {name.replace(".", "_"): s.default for name, s in SWITCHES.items()})
    assert numbers == {name: p.default for name, p in PARAMETERS.items()}
    assert switches == {name: s.default for name, s in SWITCHES.items()}

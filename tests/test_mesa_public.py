"""What somebody who knows Mesa does with a model, on ours, through Mesa's public names alone.

Run with Mesa 3.3 (Python 3.11) and 3.5 (3.12 and later). Nothing here knows the engine, its arrays or its files.
"""

import importlib
import inspect

import mesa
import pytest

from sim.mesa_view import EcosystemModel, Hub, Quartier, Startup, Talent, Zone

SMALL = {"rows": 4, "columns": 4, "w_talent": 5, "founding_base_hazard": 4e-4}


def stepped(months: int, **keywords) -> EcosystemModel:
    model = EcosystemModel(seed=2, months=12, **SMALL | keywords)
    for _ in range(months):
        model.step()
    return model


# --- DataCollector


def test_a_collector_of_ones_own():
    """Reporters of the model by name and by function, of agents, of one kind of agents, and a table."""
    model = stepped(0)
    collector = mesa.DataCollector(
        model_reporters={"steps": "steps", "startups": lambda m: len(m.agents_by_type[Startup])},
        agent_reporters={"kind": lambda agent: type(agent).__name__},
        agenttype_reporters={Zone: {"people": "population", "wage": lambda zone: float(zone.wage.mean())}},
        tables={"notes": ["step", "note"]},
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    collector.add_table_row("notes", {"step": model.steps, "note": "end"})
    totals = collector.get_model_vars_dataframe()
    assert totals["steps"].tolist() == [1, 2, 3]
    assert totals["startups"].iloc[-1] == len(model.agents_by_type[Startup])
    agents = collector.get_agent_vars_dataframe()
    assert agents.index.names == ["Step", "AgentID"]
    last = agents.loc[3, "kind"].value_counts()
    assert last.to_dict() == {kind.__name__: len(found) for kind, found in model.agents_by_type.items()}
    zones = collector.get_agenttype_vars_dataframe(Zone)
    assert len(zones) == 3 * len(model.agents_by_type[Zone])
    assert (zones["wage"] > 0).all()
    assert collector.get_table_dataframe("notes").values.tolist() == [[3, "end"]]


def test_the_collector_of_the_model_follows_its_steps():
    model = stepped(4)
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == model.steps == 4
    assert frame["startups"].iloc[-1] == len(model.agents_by_type[Startup])


# --- batch_run


def test_batch_run_collects_every_month():
    found = mesa.batch_run(EcosystemModel, SMALL | {"seed": [1, 2], "months": 3}, number_processes=1,
                           data_collection_period=1, display_progress=False)
    months = {seed: [run["month"] for run in found if run["seed"] == seed] for seed in (1, 2)}
    assert set(months[1]) == set(months[2]) == {"2013-01", "2013-02", "2013-03"}
    assert {run["RunId"] for run in found} == {0, 1}


def test_batch_run_in_processes_finds_what_one_process_finds():
    swept = SMALL | {"seed": [1, 2], "months": 2}
    runs = [mesa.batch_run(EcosystemModel, swept, number_processes=n, data_collection_period=-1,
                           display_progress=False) for n in (1, 2)]
    ours = [sorted((run["seed"], run["month"], run["jobs"]) for run in found) for found in runs]
    assert ours[0] == ours[1]


@pytest.mark.skipif("rng" not in inspect.signature(mesa.batch_run).parameters, reason="Mesa before 3.5")
def test_batch_run_over_its_own_seeds():
    found = mesa.batch_run(EcosystemModel, SMALL | {"months": 2}, rng=[5, 6], number_processes=1,
                           data_collection_period=-1, display_progress=False)
    alone = [EcosystemModel(rng=rng, months=2, **SMALL) for rng in (5, 6)]
    for model in alone:
        model.run_model()
    assert [run["jobs"] for run in found] == [model.now["jobs"] for model in alone]


# --- SolaraViz: the page is made and clicked without a browser


@pytest.fixture(scope="module")
def page():
    """`mesa.visualization`, and `solara` to render what it makes."""
    for name in ("solara", "altair"):
        pytest.importorskip(name, reason="pages of Mesa need solara and altair")
    return importlib.import_module("mesa.visualization"), importlib.import_module("solara")


def look(agent) -> object:
    style = importlib.import_module("mesa.visualization.components").AgentPortrayalStyle
    return style(color="tab:red" if isinstance(agent, Hub) else "tab:blue", size=20)


def widgets(rendered, kind: str) -> list:
    """Widgets of a page, by the name of their class."""
    library = "ipywidgets" if kind == "Image" else "ipyvuetify"
    return rendered.find(getattr(importlib.import_module(library), kind)).widgets


def click(rendered, label: str) -> None:
    (button,) = [found for found in widgets(rendered, "Btn") if found.children == [label]]
    button.click()


def test_a_page_shows_the_map_and_a_series_steps_and_starts_again_with_other_values(page):
    viz, solara = page
    model, seen, drawn = solara.reactive(stepped(1)), [], set()

    def look_and_note(agent):
        drawn.add((agent.model.steps, agent.unique_id))
        return look(agent)

    def how_many(of):
        seen.append((of.steps, len(of.agents_by_type[Startup])))
        solara.Text(f"{seen[-1][1]} startups")

    given = SMALL | {"seed": 7, "months": 12}
    params = given | {"founding_base_hazard": viz.Slider("hazard", 4e-4, 1e-4, 4e-4, 1e-4)}
    shown = [viz.make_space_component(look_and_note), viz.make_plot_component(["startups", "jobs"]), how_many]
    whole = viz.SolaraViz(model, components=shown, model_params=params, name="Quartiers")
    _, rendered = solara.render(solara.AppLayout(children=[whole]), handle_error=False)
    try:
        _, before = (bytes(image.value) for image in widgets(rendered, "Image"))
        click(rendered, "Step")
        assert seen[-1] == (2, len(model.value.agents_by_type[Startup]))
        _, after = (bytes(image.value) for image in widgets(rendered, "Image"))
        assert before != after
        assert {uid for steps, uid in drawn if steps == 2} == {agent.unique_id for agent in model.value.space.agents}
        (slider,) = [found for found in widgets(rendered, "Slider") if found.label == "hazard"]
        slider.v_model = 2e-4
        click(rendered, "Reset")
        click(rendered, "Step")
    finally:
        rendered.close()
    alone = EcosystemModel(**given | {"founding_base_hazard": 2e-4})
    alone.step()
    assert model.value.steps == 1
    assert model.value.now == alone.now != stepped(1).now


def test_mesas_renderer_draws_who_stands_where(page):
    """Dots are startups and hubs of the month, inside the frame."""
    viz, _ = page
    model = stepped(3)
    renderer = viz.SpaceRenderer(model, backend="matplotlib")
    renderer.draw_structure()
    if hasattr(renderer, "setup_agents"):  # Mesa 3.5
        renderer.setup_agents(look)
        renderer.draw_agents()
    else:
        renderer.draw_agents(look)
    dots = [dot for drawn in renderer.canvas.collections for dot in drawn.get_offsets()]
    assert len(dots) == len(model.space.agents) >= len(model.agents_by_type[Startup]) > 0
    (left, right), (low, high) = renderer.canvas.get_xlim(), renderer.canvas.get_ylim()
    assert all(left <= x <= right and low <= y <= high for x, y in dots)


def test_the_map_is_for_looking():
    model = stepped(1)
    for change in ("place_agent", "move_agent", "remove_agent"):
        with pytest.raises(AttributeError, match="read-only"):
            getattr(model.space, change)(model.space.agents[0])
    assert model.agents_by_type[Talent][0] not in model.space.agents
    assert model.agents_by_type[Quartier][0] not in model.space.agents

"""The model for people who know Mesa: `EcosystemModel`, with its agents, data collector, `mesa.batch_run` and pages.

A month is the engine's own month on arrays; agents are read-only views of rows, made when somebody looks at them.
Sets of agents answer `get`, `agg`, `select` and `groupby` from whole columns. This is the only file that imports
Mesa: what it uses is public and the same in Mesa 3.3 to 3.5.

Examples
--------
>>> from sim.mesa_view import EcosystemModel, Startup
>>> model = EcosystemModel(seed=3, months=12, founding_base_hazard=3e-4)
>>> model.run_model()
>>> model.agents_by_type[Startup].select(lambda s: s.staff >= 5).groupby("zone").agg("staff", sum)
>>> model.datacollector.get_model_vars_dataframe()[["month", "startups", "jobs"]]

A page of Mesa (``python -m pip install "mesa[viz]"``, and ``"ipyvuetify<2" "ipyvue<2"`` with Mesa 3.3) draws startups,
hubs and facilities on `model.space`:

>>> from mesa.visualization import SolaraViz, make_plot_component, make_space_component
>>> from mesa.visualization.components import AgentPortrayalStyle
>>> dots = make_space_component(lambda agent: AgentPortrayalStyle(size=20))
>>> SolaraViz(model, components=[dots, make_plot_component("startups")], model_params={"seed": 3})
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import mesa
import numpy as np
from mesa.space import ContinuousSpace

from sim import engine
from sim.agent_rows import READ_ONLY, AgentRows, refuse
from sim.build import build
from sim.errors import no_such
from sim.fields import ENTITIES, ROW_LINKS, Field
from sim.grid import GridSpec
from sim.params import PARAMETERS, SWITCHES
from sim.policy import Policy, policy_of
from sim.presets import PRESETS
from sim.recorder import FLOWS, STOCKS, stocks
from sim.scenario import Scenario, load_scenario
from sim.territory import Territory, load_territory, raster_territory
from sim.treasury import PAYERS
from sim.world import World


class RowAgent(mesa.Agent):
    """A row of a table, seen as an agent. A view is of one identity: when that has left, reading it is an error."""

    ENTITY: ClassVar[str]
    remove = refuse

    def __init__(self, model: EcosystemModel, row: int) -> None:  # a view is not registered in the model: no super()
        self.__dict__.update(model=model, row=row, identity=model.world.tables[self.ENTITY].identities()[row])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name}: {READ_ONLY}")

    @property
    def unique_id(self) -> int:
        """Permanent identity (uid); of a quartier, its row."""
        return int(vars(self)["identity"])

    @property
    def pos(self) -> tuple[float, float]:
        """Place on the map in metres: of a person or an investor, the centre of the zone."""
        if hasattr(type(self), "x_m"):
            return self.read("x_m"), self.read("y_m")
        place = self.link("cell" if hasattr(type(self), "cell") else "zone")
        return (float("nan"), float("nan")) if place is None else place.pos

    def read(self, name: str) -> Any:
        """Value of a field now: a plain number, or an array (a copy) for fields by sector."""
        table, own = self.model.world.tables[self.ENTITY], vars(self)
        (row,) = table.rows_of(np.array([own["identity"]]), np.array([own["row"]]))
        if row < 0:
            raise LookupError(f"this {type(self).__name__.lower()} ({self.unique_id}) has left the model")
        self.__dict__.update(row=row)  # where to look first the next time
        value = getattr(table, name)[row]
        return value.copy() if isinstance(value, np.ndarray) else value.item()

    def link(self, name: str) -> RowAgent | None:
        """Agent whose row a field holds, for example ``startup.link("founder")``; None where there is none."""
        target = ROW_LINKS.get(f"{self.ENTITY}.{name}")
        if target is None:
            raise AttributeError(f"{type(self).__name__}.{name} is not a link to another agent")
        row = self.read(name)
        return None if row < 0 else KINDS[target](self.model, row)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowAgent):
            return NotImplemented
        return (self.model, self.ENTITY, self.unique_id) == (other.model, other.ENTITY, other.unique_id)

    def __hash__(self) -> int:
        return hash((self.ENTITY, self.unique_id))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"


def _property(field: Field) -> property:
    categories = f": {', '.join(f'{k} {name}' for k, name in enumerate(field.categories))}" if field.categories else ""
    by = f", by {field.per}" if field.per else ""
    return property(lambda self: self.read(field.name), doc=f"{field.meaning}{categories} [{field.unit}{by}]")


def _kind(entity: str, name: str, doc: str) -> type[RowAgent]:
    """Class of the views of one kind of entity, a property per declared field."""
    properties = {field.name: _property(field) for field in ENTITIES[entity]}
    return type(name, (RowAgent,), {"ENTITY": entity, "__doc__": doc, "__module__": __name__, **properties})


Quartier = _kind("cell", "Quartier", "A square of the map: people, offices, rents, what is near.")
Zone = _kind("zone", "Zone", "A département or its like: people, wages, a share of the brand.")
Startup = _kind("startup", "Startup", "A young firm: staff, revenue, cash, finance.")
Talent = _kind("talent", "Talent", "A digital worker, or a bundle of `weight` of them.")
Investor = _kind("investor", "Investor", "A group of business angels, or a venture fund.")
Hub = _kind("hub", "Hub", "A labelled place: staff, floor, accelerator places, brand.")
Funder = _kind("funder", "Funder", "The State through one of its operators, a région, a département or a métropole.")
Facility = _kind("facility", "Facility", "An incubator, a third place, a laboratory open to users, and their like.")
Link = _kind("link", "Link", "A pipeline between two hubs.")
KINDS = {kind.ENTITY: kind for kind in (Quartier, Zone, Startup, Talent, Investor, Hub, Funder, Facility, Link)}


class Map(ContinuousSpace):
    """The map as Mesa's space: its extent, and the agents that stand on it, wherever the engine has put them."""

    def __init__(self, model: EcosystemModel) -> None:
        cell = model.world.cell
        half, x, y = cell.size_m / 2, cell.x_m, cell.y_m
        super().__init__((x + half).max(), (y + half).max(), False, (x - half).min(), (y - half).min())
        self._model = model

    @property
    def agents(self) -> AgentRows:
        """Startups, hubs and facilities of the month."""
        return self._model.standing()

    place_agent = move_agent = remove_agent = refuse


class EcosystemModel(mesa.Model):
    """A regional innovation ecosystem, one month a step.

    Parameters
    ----------
    scenario : scenario file, or a loaded scenario: the model starts at the end of its spin-up, with its public money.
        Without one, the world is `territory` or a raster of squares, without public money unless `policy` is given.
    seed, rng : replication, a whole number (two names for the same thing, as in Mesa); 1 where none is given, so that
        `batch_run` varies what it is told to vary: give it ``{"seed": range(16)}``, not `iterations`
    months : length of the run; the scenario's, or 120
    territory : name of a shipped territory, a folder, or a territory
    rows, columns, cell_km, zone_rows, zone_columns, people : raster world, see `sim.territory.raster_territory`
    w_talent : people per row of talents; 20 on a territory, 1 on a raster
    first_year : year of the first step, without a scenario
    policy : public money of a world without a scenario
    preset : "complete", or "core": see `sim.presets`
    cache_dir : folder of spun-up worlds, shared with the command line
    reporters : more model reporters for the data collector
    kwargs : any parameter or switch, dots written as underscores: ``founding_peers=0.2``, ``rents_active="off"``

    Attributes
    ----------
    world : the state on arrays
    now : totals of the month, what the data collector keeps
    kinds : the classes of agents
    """

    kinds = tuple(KINDS.values())

    def __init__(
        self, scenario: str | Path | Scenario | None = None, *, rng: int | None = None, months: int | None = None,
        territory: str | Path | Territory | None = None, rows: int | None = None, columns: int | None = None,
        cell_km: float | None = None, zone_rows: int | None = None, zone_columns: int | None = None,
        people: float | np.ndarray | None = None, w_talent: int | None = None, first_year: int | None = None,
        policy: Policy | None = None, cache_dir: Path | None = None,
        reporters: Mapping[str, Callable[[EcosystemModel], Any]] | None = None, preset: str = "complete",
        **kwargs: Any,  # so named, pages of Mesa 3.3 do not ask for it
    ) -> None:
        seed = kwargs.pop("seed", None)  # by name, Mesa 3.5's batch_run would replace a swept seed by its own
        if seed is not None and rng is not None:
            raise ValueError("seed and rng are two names for the same thing: give one")
        self.replication = int(seed if seed is not None else rng if rng is not None else 1)
        super().__init__(rng=self.replication)
        numbers, switches = parameters_of(kwargs)
        numbers = {**PRESETS[preset].parameters, **numbers}
        switches = {**PRESETS[preset].switches, **switches}
        raster = _given(rows=rows, columns=columns, cell_km=cell_km, zone_rows=zone_rows, zone_columns=zone_columns,
                        people=people)
        length = 120
        if scenario is not None:
            _refuse_with("scenario", raster | _given(territory=territory, first_year=first_year, policy=policy))
            loaded = _changed(scenario, numbers, switches, w_talent)
            self.world = engine.spun_up(loaded, self.replication, cache_dir)
            self.par = _parameters_of(loaded, self.replication)
            length = loaded.end - loaded.start + 1
        else:
            _refuse_with("territory", raster if territory is not None else {})
            first = 12 * (first_year or 2013)
            self.par = engine.parameters(numbers, switches, policy_start=first, policy=policy)
            self.world = _of_territory(territory, raster, self.par, w_talent, first, self.replication)
        self.last_month = self.world.month + (length if months is None else months)
        self.running = self.world.month < self.last_month
        self.now = measures(self.world)
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_measure, name) for name in self.now} | dict(reporters or {}))

    def step(self) -> None:
        """One month of the engine, its accounts checked; then the data collector looks at it."""
        self.world.flows.clear()
        self.world.ledger.clear()
        engine.advance(self.world, self.par, self.replication, self.world.month + 1)
        self.now = measures(self.world)
        self.datacollector.collect(self)
        self.running = self.world.month < self.last_month

    # Mesa 3.5 gives each model an (experimental) scenario of its own kind, which its pages hand to the next model as
    # `scenario`, in the place of ours: a model that has none keeps the keywords of its page.
    scenario = property(lambda self: None, lambda self, value: None)

    @property
    def agents(self) -> AgentRows:
        """Everybody and everything: quartiers, zones, startups in business, talents, investors, hubs, funders."""
        return self._together(self.kinds)

    @property
    def agents_by_type(self) -> dict[type[RowAgent], AgentRows]:
        """Agents of each kind that has any."""
        sets = {kind: self._living(kind) for kind in self.kinds}
        return {kind: agents for kind, agents in sets.items() if len(agents)}

    @property
    def agent_types(self) -> list[type[RowAgent]]:
        return list(self.agents_by_type)

    @cached_property
    def space(self) -> Map:
        """The map, in metres: where Mesa's components of a page draw agents."""
        return Map(self)

    def standing(self) -> AgentRows:
        """Agents with a quartier of their own, the others being of a zone: startups, hubs, facilities."""
        return self._together(kind for kind in self.kinds if hasattr(kind, "cell"))

    def _together(self, kinds: Iterable[type[RowAgent]]) -> AgentRows:
        parts = [self._living(kind) for kind in kinds]
        return AgentRows(self, np.concatenate([p._kind for p in parts]), np.concatenate([p._row for p in parts]))

    def _living(self, kind: type[RowAgent]) -> AgentRows:
        table = self.world.tables[kind.ENTITY]
        rows = np.flatnonzero(table.alive) if "alive" in table.columns() else np.arange(table.n)
        return AgentRows(self, np.full(rows.size, self.kinds.index(kind), np.int8), rows)

    register_agent = refuse  # new agents are born in the engine


def parameters_of(given: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Numbers and switches of keywords, in which a dot may be written as an underscore; their bounds are those of
    `sim.params` (ValueError), and there are no others (TypeError).
    """
    known = {name.replace(".", "_"): name for name in (*PARAMETERS, *SWITCHES)}
    numbers, switches = {}, {}
    for keyword, value in given.items():
        name = known.get(keyword.replace(".", "_"))
        if name is None:
            raise TypeError(no_such("unknown keyword", keyword, known))
        if name in SWITCHES:
            if value not in SWITCHES[name].choices:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(SWITCHES[name].choices)}")
            switches[name] = str(value)
        else:
            low, high = PARAMETERS[name].low, PARAMETERS[name].high
            if not low <= float(value) <= high:
                raise ValueError(f"{name}: {value} is outside [{low}, {high}] {PARAMETERS[name].unit}")
            numbers[name] = float(value)
    return numbers, switches


def _given(**keywords: Any) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if value is not None}


def _refuse_with(what: str, others: Mapping[str, Any]) -> None:
    if others:
        raise ValueError(f"with a {what}, these have no meaning: {', '.join(others)}")


def _changed(scenario: str | Path | Scenario, numbers: dict[str, float], switches: dict[str, str],
             w_talent: int | None) -> Scenario:
    """A scenario with the values given as keywords in the place of its own."""
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    return dataclasses.replace(
        loaded, parameters={**loaded.parameters, **numbers}, switches={**loaded.switches, **switches},
        w_talent=w_talent or loaded.w_talent).with_digest()


def _parameters_of(scenario: Scenario, seed: int) -> SimpleNamespace:
    """What processes read, the scenario's public money included."""
    policy = policy_of(scenario, load_territory(scenario.territory), seed)
    return engine.parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)


def _of_territory(territory: str | Path | Territory | None, raster: dict[str, Any], par: SimpleNamespace,
                  w_talent: int | None, first_month: int, seed: int) -> World:
    """World of a territory, or of a raster: by default 6 x 6 squares of 1 km in four zones, 3,000 digital workers."""
    if territory is None:
        cell_km = raster.pop("cell_km", 1.0)
        shape = {"rows": 6, "columns": 6, "zone_rows": 2, "zone_columns": 2, "people": 5_500.0} | raster
        land = raster_territory(shape.pop("rows"), shape.pop("columns"), cell_km=cell_km, **shape)
        spec = GridSpec("uniform", cell_km=cell_km)
    else:
        land = territory if isinstance(territory, Territory) else load_territory(territory)
        spec = GridSpec()
    weight = w_talent or (1 if territory is None else 20)
    return build(land, spec, par, w_talent=weight, first_month=first_month, seed=seed)


def measures(world: World) -> dict[str, Any]:
    """Totals of the month over zones: stocks, flows of the month, public money."""
    by_zone = stocks(world)
    out: dict[str, Any] = {"month": f"{world.month // 12}-{world.month % 12 + 1:02d}"}
    weighted_by = {"rent_eur_m2": "startups", "wage_index": "talents"}  # means; the others are totals
    for name in STOCKS:
        if name in weighted_by:
            weight = by_zone[weighted_by[name]]
            out[name] = float((by_zone[name] * weight).sum() / max(weight.sum(), 1.0))
        else:
            out[name] = float(by_zone[name].sum())
    for name in FLOWS:
        out[name] = float(world.flows[name].sum()) if name in world.flows else 0.0
    public = [float(eur.sum()) for (payer, *_), eur in world.ledger.items() if payer in PAYERS]
    return out | {"public_eur": float(sum(public))}


def _measure(name: str, model: EcosystemModel) -> Any:
    return model.now[name]

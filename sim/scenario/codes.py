"""Check names against what exists: places, parameters, switches; and the memory that the grid needs."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from sim.candidates import NUMBERED, known_places
from sim.errors import InputError
from sim.params import PARAMETERS, SWITCHES
from sim.paths import scenarios_dir
from sim.scenario import units
from sim.scenario.errors import Place, Problems, Source, did_you_mean, nearest
from sim.scenario.messages import Message
from sim.scenario.models import GridShape, HubsShape, ScenarioShape, WhereShape
from sim.scenario.reader import AMBIGUOUS, Value, choices_for
from sim.scenario.shape import dotted

if TYPE_CHECKING:
    from sim.territory import Territory

BYTES_PER_CELL: Final = 2_000  # columns of the grid, fields by sector, and buffers of the kernels
BYTES_PER_PAIR: Final = 8  # int32 neighbour and float32 weight
REACH_KM: Final = 16.5  # farthest neighbour of a cell: 5 times the commuting decay of the model
SHARE_OF_MEMORY: Final = 0.5


def check_codes(shape: ScenarioShape, tree: Value, problems: Problems) -> Territory | None:
    """Check every name of a scenario; return its territory when it could be read."""
    check_model(shape.model.parameters, shape.model.switches, ("model",), tree, problems)
    territory = _territory(shape.world.territory, tree, problems)
    if territory is not None:
        _memory(shape.world.grid, territory, tree, problems)
        named: list[tuple[str, ...]] = [("hubs", "where")] if shape.hubs is not None else []
        named += [("levers", name, "where") for name, lever in shape.levers.items() if lever.where is not None]
        for keys in named:
            where = shape.hubs.where if keys[0] == "hubs" and shape.hubs is not None else shape.levers[keys[1]].where
            assert where is not None
            _where(where, ".".join(keys), tree.nearest(*keys), territory, problems)
        if shape.hubs is not None and not problems.errors:
            _candidates(shape.hubs, tree, territory, problems)
    return territory


def check_names(tree: Value, problems: Problems) -> None:
    """Check the names of a scenario whose shape has faults, as far as they can be read."""
    model: dict[str, dict[str, object]] = {}
    for key in ("parameters", "switches"):
        group = tree.at("model", key)
        items = group.data if group is not None and isinstance(group.data, dict) else {}
        model[key] = {name: value.data for name, value in items.items() if not isinstance(value.data, (dict, list))}
    words = {name: word for name, word in model["switches"].items() if isinstance(word, str)}
    check_model(model["parameters"], words, ("model",), tree, problems)
    name = tree.at("world", "territory")
    territory = _territory(name.data, tree, problems) if name is not None and isinstance(name.data, str) else None
    if territory is None:
        return
    levers = tree.at("levers")
    names = levers.data if levers is not None and isinstance(levers.data, dict) else {}
    for keys in (("hubs", "where"), *(("levers", lever, "where") for lever in names)):
        where = tree.at(*keys)
        try:
            shape = WhereShape.model_validate(where.plain()) if where is not None else None
        except ValidationError:
            continue  # told with the shape
        if where is not None and shape is not None:
            _where(shape, ".".join(keys), where, territory, problems)


def _candidates(hubs: HubsShape, tree: Value, territory: Territory, problems: Problems) -> None:
    """Check the places of hubs against how labels are given: as many candidates as labels, dates where they count."""
    names = places_of(hubs.where, territory)
    sites = [site for site in territory.sites if site.id in names] if hubs.where.level == "site" else []
    if hubs.assignment in NUMBERED and hubs.count is not None:
        among = sum(len(site.members) for site in sites) if hubs.sites == "members" else len(names)
        if hubs.count > among * hubs.per_place:
            at = tree.nearest("hubs", "count")
            problems.add("count_above", at.place, "hubs.count", got=hubs.count, candidates=among * hubs.per_place)
    first = hubs.first.codes if hubs.first is not None else []
    for index, code in enumerate(first):
        if code not in names:
            place = tree.nearest("hubs", "first", "codes", index).place
            problems.add("first_outside", place, "hubs.first.codes", got=code)
    if first and set(first) >= set(names):
        problems.add("first_all", tree.nearest("hubs", "first", "codes").place, "hubs.first.codes")
    if hubs.assignment != "historical" or hubs.where.level != "site":
        return
    undated = {site.id for site in sites if site.label_month is None}
    for index, code in enumerate(hubs.where.codes or ()):
        if code in undated:
            problems.add("no_date", tree.nearest("hubs", "where", "codes", index).place, "hubs.where.codes", got=code)
    if undated == set(names) and hubs.where.codes is None:
        problems.add("no_dates", tree.nearest("hubs", "where").place, "hubs.where")


def check_model(
    parameters: Mapping[str, object],
    switches: Mapping[str, str],
    keys: tuple[str, ...],
    tree: Value,
    problems: Problems,
) -> None:
    """Check names and values of parameters and switches, which stand below ``keys`` in the file."""
    _parameters(parameters, (*keys, "parameters"), tree, problems)
    _switches(switches, (*keys, "switches"), tree, problems)


def _parameters(parameters: Mapping[str, object], keys: tuple[str, ...], tree: Value, problems: Problems) -> None:
    for name, got in parameters.items():
        if check_name(name, keys, tree, problems):
            check_value(name, got, (*keys, name), tree, problems)


def check_name(name: str, keys: tuple[str | int, ...], tree: Value, problems: Problems) -> bool:
    """Say whether a parameter of this name, a key below ``keys``, exists; if not, it is an error."""
    value = tree.nearest(*keys, name)
    if name not in PARAMETERS:
        hint = _other_table(name, SWITCHES, "is_switch", PARAMETERS) or did_you_mean(name, PARAMETERS)
        problems.add("unknown_parameter", value.key or value.place, dotted(keys), hint=hint, got=name)
    return name in PARAMETERS


def check_value(name: str, got: object, keys: tuple[str | int, ...], tree: Value, problems: Problems) -> bool:
    """Say whether a value, which stands at ``keys``, is one the parameter may have; if not, it is an error."""
    value, path, param = tree.nearest(*keys), dotted(keys), PARAMETERS[name]
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        problems.add("parameter_number", value.place, path, got=value.text or units.brief(got), unit=param.unit)
        return False
    if not param.low <= got <= param.high:
        low, high = units.spell(param.low), units.spell(param.high)
        problems.add("parameter_range", value.place, path, got=value.text, low=low, high=high, unit=param.unit)
        return False
    return True


def _switches(switches: Mapping[str, str], keys: tuple[str, ...], tree: Value, problems: Problems) -> None:
    for name, got in switches.items():
        check_switch(name, got, (*keys, name), tree, problems)


def check_switch(name: str, got: str, keys: tuple[str | int, ...], tree: Value, problems: Problems) -> None:
    """Check the name of a switch and one of its values, which stands at ``keys``."""
    value, switch = tree.nearest(*keys), SWITCHES.get(name)
    if switch is None:
        known, group = tree.nearest(*keys[: keys.index(name) + 1]), dotted(keys[: keys.index(name)])
        hint = _other_table(name, PARAMETERS, "is_parameter", SWITCHES) or did_you_mean(name, SWITCHES, always=True)
        problems.add("unknown_switch", known.key or known.place, group, hint=hint, got=name)
    elif got not in switch.choices:
        in_file = value.place.source.path is not None
        allowed = choices_for("", switch.choices) if in_file else switch.choices
        plain = [choice for choice in switch.choices if not in_file or choice not in AMBIGUOUS]
        hint = did_you_mean(got, plain)
        problems.add("switch_choice", value.place, dotted(keys), hint=hint, got=got, allowed=allowed)


def _other_table(name: str, table: Mapping[str, object], key: str, own: Mapping[str, object]) -> Message | None:
    """Say that a name is one of the other table, a switch for a parameter, or much more like one of that table."""
    found = nearest(name, table)
    if len(found) != 1 or (nearest(name, own) and name not in table):
        return None
    return Message(key, {"name": found[0]})


def territory_ref(name: str, value: Value) -> str:
    """Return the territory as the model loads it: a shipped name, or a folder from the folder of the file."""
    folder = value.place.source.path.parent if value.place.source.path else Path.cwd()
    beside = folder / name
    is_name = Path(name).name == name and (scenarios_dir() / "territories" / name).is_dir()
    return str(beside.resolve()) if beside.is_dir() and not is_name else name


@lru_cache(maxsize=8)
def _load(ref: str) -> Territory:
    from sim.territory import load_territory

    return load_territory(ref)


def _territory(name: str, tree: Value, problems: Problems) -> Territory | None:
    value = tree.nearest("world", "territory")
    ref = territory_ref(name, value)
    folders = scenarios_dir() / "territories"
    if not Path(ref).is_dir() and not (folders / ref).is_dir():
        known = sorted(folder.name for folder in folders.iterdir() if folder.is_dir()) if folders.is_dir() else []
        hint = did_you_mean(name, known)
        problems.add("no_territory", value.place, "world.territory", hint=hint, got=name, allowed=known)
        return None
    try:
        return _load(ref)
    except InputError as error:
        _input_error(error, value, problems)
        return None


def _input_error(error: InputError, value: Value, problems: Problems) -> None:
    """Report a fault of the territory's own files at their line, as far as it is known."""
    place = value.place
    if error.file is not None:
        from sim.scenario.reader import shown

        path = Path(error.file)
        lines = path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []
        source = Source(shown(path), tuple(lines), path)
        place = Place(source, error.line or 0, 1 if error.line else 0)
    hint = f" ({error.suggestion})" if error.suggestion else ""
    problems.add("territory", place, problem=f"{error.message}{hint}")


def _memory(grid: GridShape, territory: Territory, tree: Value, problems: Problems) -> None:
    cells, need = grid_memory(grid, float(territory.zones.area_km2.sum()), float(territory.zones.population.sum()))
    have = machine_memory()
    if need > SHARE_OF_MEMORY * have:
        place = tree.nearest("world", "grid", "cell" if grid.kind == "uniform" else "finest").place
        problems.add("grid_memory", place, "world.grid", cells=_rounded(cells), need=_gib(need), have=_gib(have))


def grid_memory(grid: GridShape, area_km2: float, people: float) -> tuple[float, float]:
    """Estimate the number of quartiers and the bytes they need, neighbours included.

    A uniform grid has at most one cell per square. An adaptive one has at least its coarsest cells, and
    splits one cell into four for about every ``max_people`` people, down to the finest.
    """
    side = grid.cell if grid.kind == "uniform" else grid.finest
    finest = area_km2 / (side or 1.0) ** 2
    cells = finest
    if grid.kind == "adaptive":
        coarse = area_km2 / (grid.coarsest or 1.0) ** 2
        levels = math.log2(max(1.0, (grid.coarsest or 1.0) / (side or 1.0)))
        cells = min(finest, coarse + 3.0 * levels * people / (grid.max_people or 1))
    per_cell = min(cells, math.pi * REACH_KM**2 * cells / area_km2)
    return cells, cells * (BYTES_PER_CELL + per_cell * BYTES_PER_PAIR)


def machine_memory() -> float:
    """Return the bytes of memory of this machine; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return math.inf


def _rounded(number: float) -> str:
    """Return a large number with two significant digits, grouped: ``5 400 000``."""
    return f"{float(f'{number:.1e}'):,.0f}".replace(",", " ")


def _gib(size: float) -> str:
    return f"{_rounded(size / 2**30)} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


# -- places of hubs ----------------------------------------------------------------------------


def places_of(where: WhereShape, territory: Territory) -> tuple[str, ...]:
    """Return the ids of sites, codes of zones or names of regions that ``where`` names, in the territory's order."""
    known = known_places(where.level, territory)
    if where.set is not None:
        chosen = {site.id for site in territory.sites if where.set in site.sets}
    else:
        chosen = set(known) if where.all else set(where.codes or ())
    return tuple(name for name in known if name in chosen - set(where.except_ or ()))


def _where(where: WhereShape, path: str, at: Value, territory: Territory, problems: Problems) -> None:
    if where.level == "site" and not territory.sites:
        problems.add("no_sites", at.nearest("level").place, path, territory=territory.id)
        return
    sets = sorted({name for site in territory.sites for name in site.sets})
    if where.set is not None and where.level == "site" and where.set not in sets:
        hint = did_you_mean(where.set, sets)
        problems.add("unknown_set", at.nearest("set").place, f"{path}.set", hint=hint, got=where.set, allowed=sets)
        return
    known = known_places(where.level, territory)
    sound = _codes(where.codes or (), known, "codes", where.level, territory.id, path, at, problems)
    sound &= _codes(where.except_ or (), known, "except", where.level, territory.id, path, at, problems)
    if sound and (where.all or where.codes or (where.set and where.level == "site")):
        _exceptions(where, territory, path, at, problems)


def _codes(
    codes: Sequence[str],
    known: Sequence[str],
    key: str,
    level: str,
    territory: str,
    path: str,
    at: Value,
    problems: Problems,
) -> bool:
    sound = True
    for index, code in enumerate(codes):
        place = at.nearest(key, index).place
        if code not in known:
            hint = did_you_mean(code, known)
            problems.add(f"unknown_{level}", place, f"{path}.{key}", hint=hint, got=code, territory=territory)
        elif code in codes[:index]:
            problems.add("twice", place, f"{path}.{key}", got=code)
        else:
            continue
        sound = False
    return sound


def _exceptions(where: WhereShape, territory: Territory, path: str, at: Value, problems: Problems) -> None:
    named = places_of(where.model_copy(update={"except_": None}), territory)
    for index, code in enumerate(where.except_ or ()):
        if code not in named:
            problems.add("except_outside", at.nearest("except", index).place, f"{path}.except", got=code)
    if not places_of(where, territory):
        problems.add("nowhere", at.place, path)

"""From the rows of a `World` to the agents of `reference.py`, and what differs between the two."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.fields import ENTITIES, ROW_LINKS, WIDTH
from sim.rng import bundle_uid
from sim.world import World

TOLERANCE = 1e-10  # relative, of floats; everything else must be equal
SMALLEST = 1e-12  # absolute, of floats: below, rounding
# Links that agents hold in another form, or that mean nothing any more (`_staff`, `_bundles`).
OTHER_FORM = {"startup.founder", "startup.first_employee", "talent.next_employee", "talent.previous_employee",
              "talent.bundle"}


def initial_values(entity: str) -> dict[str, Any]:
    """Attributes of a new agent: those of a new row, None for links."""
    out: dict[str, Any] = {}
    for field in ENTITIES[entity]:
        fill = field.dtype(field.fill).item()
        width = WIDTH[field.per]
        out[field.name] = [fill] * width if width else fill
        if f"{entity}.{field.name}" in ROW_LINKS:
            out[field.name] = None
    return out


def rows_of(world: World, entity: str) -> Iterator[SimpleNamespace]:
    """Rows of a table in plain Python values; identities stay unsigned."""
    table = world.tables[entity]
    columns = {name: list(a) if name == "uid" else a.tolist() for name, a in table.columns().items()}
    for values in zip(*columns.values()):
        yield SimpleNamespace(**dict(zip(columns, values)))


def populate(model: Any, world: World, kinds: dict[str, type]) -> None:
    """Make agents of every row, then put agents in the place of row numbers."""
    made: dict[str, list[Any]] = {}
    for entity, kind in kinds.items():
        made[entity] = [None if dead_talent(entity, row) else kind(model) for row in rows_of(world, entity)]
        for number, (agent, row) in enumerate(zip(made[entity], rows_of(world, entity))):
            if agent is not None:
                agent.__dict__.update(vars(row), row=number)
    for link, target in ROW_LINKS.items():
        entity, name = link.split(".")
        for agent in made.get(entity, ()):
            if agent is not None and target in made:
                row = getattr(agent, name)
                setattr(agent, name, made[target][row] if row >= 0 else None)
    model.zones, model.quartiers, model.investors = made["zone"], made["cell"], made["investor"]
    model.places = made["facility"]
    (model.nation,) = rows_of(world, "nation")
    model.funders, model.links = list(rows_of(world, "funder")), list(rows_of(world, "link"))
    for link in model.links:
        link.one, link.other = made["hub"][link.one], made["hub"][link.other]
    model.accounts = accounts(model.funders)
    _employ(made["startup"])
    _connect(model, world.space)


def accounts(funders: list[Any]) -> dict[Any, Any]:
    """Funders by what they are: the operators of the State, régions before and after 2016, others by zone."""
    out: dict[Any, Any] = {}
    for funder in funders:
        if funder.tier < 2:
            out[funder.tier] = funder
        elif funder.tier == 2:
            known = (2, "before", funder.region) in out or any(key[1] == "after" for key in out if key not in (0, 1))
            out[2, "after" if known else "before", funder.region] = funder
        else:
            out[funder.tier, funder.zone] = funder
    return out


def dead_talent(entity: str, row: SimpleNamespace) -> bool:
    """Rows of talents who have left wait for newcomers; startups that closed stay on the books."""
    return entity == "talent" and not row.alive


def _employ(startups: list[Any]) -> None:
    for startup in startups:
        startup.employees, person = [], startup.first_employee
        while person is not None:
            startup.employees.insert(0, person)
            person = person.next_employee
        startup.team, person = [], startup.founder if startup.alive else None
        while person is not None:
            startup.team.append(person)
            person = person.next_employee


def _connect(model: Any, space: Any) -> None:
    for zone, key, km in zip(model.zones, space.zone_key.tolist(), space.distance_km.tolist()):
        zone.key, zone.km = key, km
        zone.quartiers = [quartier for quartier in model.quartiers if quartier.zone is zone]
    for quartier, square in zip(model.quartiers, space.region.tolist()):
        quartier.square = square
    lists = space.regional
    spans = [range(lists.start[k], lists.start[k + 1]) for k in range(lists.start.size - 1)]
    model.squares = [[(int(lists.cell[k]), float(lists.weight[k])) for k in span] for span in spans]
    for name, near in (("walking", space.near), ("commuting", space.around)):
        for quartier in model.quartiers:
            links = range(near.start[quartier.row], near.start[quartier.row + 1])
            setattr(quartier, name, [(model.quartiers[near.cell[k]], float(near.weight[k])) for k in links])


# --- comparison ------------------------------------------------------------------------------------------------------
def differences(model: Any, world: World) -> list[str]:
    """Every field that differs between agents and rows, with the first place where it does."""
    agents = {"zone": model.zones, "cell": model.quartiers, "investor": model.investors, "hub": model.hubs,
              "facility": model.places, "funder": model.funders, "link": model.links, "nation": [model.nation]}
    out = [f"month: {model.month} against {world.month}"] if model.month != world.month else []
    for entity, members in agents.items():
        out += _table(entity, members, world, np.arange(world.tables[entity].n))
    for entity, members in (("startup", model.all_startups), ("talent", model.talents)):  # their rows are put in order
        table = world.tables[entity]
        rows = np.flatnonzero(table.alive) if entity == "talent" else np.arange(table.n)
        out += _table(entity, sorted(members, key=lambda agent: agent.uid), world, rows[np.argsort(table.uid[rows])])
    return out or _staff(model, world) + _books(model, world)


def _table(entity: str, members: list[Any], world: World, rows: np.ndarray) -> list[str]:
    columns = world.tables[entity].columns()
    if len(members) != rows.size:
        return [f"{entity}: {len(members)} agents, {rows.size} rows"]
    out = []
    for field in ENTITIES[entity]:
        name = f"{entity}.{field.name}"
        if name in OTHER_FORM:
            continue
        values = [getattr(member, field.name) for member in members]
        wanted = columns[field.name][rows]
        if ROW_LINKS.get(name) == "startup":
            wanted = np.where(wanted >= 0, world.startup.uid[wanted], np.uint64(0))
            values = [np.uint64(0) if value is None else value.uid for value in values]
        elif name in ROW_LINKS and entity != "funder":
            values = [-1 if value is None else model_row(value) for value in values]
        out += _column(name, np.array(values, wanted.dtype).reshape(wanted.shape), wanted)
    return out


def model_row(agent: Any) -> int:
    """Row of an agent: its place in the order of creation."""
    return int(agent.row)


def _column(name: str, got: np.ndarray, wanted: np.ndarray) -> list[str]:
    if got.dtype.kind == "f":
        same = np.isclose(got, wanted, rtol=TOLERANCE, atol=SMALLEST, equal_nan=True)
    else:
        same = got == wanted
    if same.all():
        return []
    first = tuple(int(k) for k in np.argwhere(~same)[0])
    return [f"{name}: {int((~same).sum())} of {same.size}, first at {first}: {got[first]!r} against {wanted[first]!r}"]


def _staff(model: Any, world: World) -> list[str]:
    """Founders and lists of staff, by identity; bundles of people who left one."""
    f, t, out = world.startup, world.talent, []
    row_of = {int(uid): row for row, uid in enumerate(f.uid)}
    for startup in model.startups:
        startup.row = row_of[int(startup.uid)]
        rows, person = [], int(f.first_employee[startup.row])
        while person >= 0:
            rows.append(int(t.uid[person]))
            before, person = person, int(t.next_employee[person])
            if person >= 0 and t.previous_employee[person] != before:
                out.append(f"list of staff of startup {startup.row}")
        if rows != [int(person.uid) for person in reversed(startup.employees)]:
            out.append(f"staff of startup {startup.row}: {len(startup.employees)} agents, {len(rows)} rows")
        team, person = [], int(f.founder[startup.row])
        while person >= 0:
            team.append(int(t.uid[person]))
            person = int(t.next_employee[person])
        members = [int(person.uid) for person in startup.team]
        if team[0] != startup.founder.uid or members[0] != team[0] or set(team) != set(members):
            out.append(f"founders of startup {startup.row}: {members} against {team}")
    living = {int(t.uid[j]): bundle_of(t, j) for j in np.flatnonzero(t.alive)}
    return out + [f"bundle of {t.uid}" for t in model.talents
                  if living[int(t.uid)] != (int(t.bundle.uid) if t.bundle is not None and t.bundle.alive else None)]


def bundle_of(talent: Any, row: int) -> int | None:
    """Identity of the living bundle a row came from."""
    at = int(talent.bundle[row])
    if at < 0 or not talent.alive[at]:
        return None
    assert talent.uid[at] == bundle_uid(talent.uid[row])
    return int(talent.uid[at])


def _books(model: Any, world: World) -> list[str]:
    """Flows of the year and money that changed hands; an entry that is absent is zero."""
    out = []
    for name, got, wanted in (("flow", model.flows, world.flows), ("ledger", model.ledger, world.ledger)):
        for key in sorted({*got, *wanted}):
            width = world.zone.n + (name == "ledger")
            zeros = np.zeros(width)
            least = max(TOLERANCE * np.abs(wanted.get(key, zeros)).max(initial=0.0), SMALLEST)
            if not np.allclose(got.get(key, zeros), wanted.get(key, zeros), rtol=TOLERANCE, atol=least):
                out.append(f"{name} {key}: {got.get(key)} against {wanted.get(key)}")
    return out

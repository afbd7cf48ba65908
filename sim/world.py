"""The world: one table of arrays per kind of entity, made from the declarations of `sim.fields`."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.fields import ENTITIES, ROW_LINKS, allocate
from sim.kernels import kernel


@kernel
def _take(column, rows):
    """``column[rows]``, twice as fast: rows are known not to be negative."""
    out = np.empty((rows.size, *column.shape[1:]), column.dtype)
    for k in range(rows.size):
        out[k] = column[np.uint64(rows[k])]
    return out


@kernel
def _follow(link, place):
    """Send links to the places where the rows they point at have gone; -1 stays."""
    for k in range(link.size):
        if link[k] >= 0:
            link[k] = place[link[k]]


CLOSED = "closed"  # name of the table of startups set aside, where all are named


class Table:
    """Rows of one kind of entity: an array per field, trimmed to the rows in use.

    ``table.cash_eur`` is the array of that field for the rows in use; it is a view, valid until rows are added. Room
    for more rows always holds initial values.
    """

    def __init__(self, entity: str, rows: int = 0) -> None:
        object.__setattr__(self, "entity", entity)
        object.__setattr__(self, "_full", {f.name: allocate(f, rows) for f in ENTITIES[entity]})
        self._set(rows)

    def _set(self, n: int) -> None:
        self.__dict__["n"] = n
        self.__dict__.update({name: array[:n] for name, array in self._full.items()})

    def __setattr__(self, name: str, value: object) -> None:
        if value is self.__dict__.get(name):  # what ``table.field += x`` does after adding in place
            return
        raise AttributeError(f"{self.entity}.{name}: write into the array instead, {self.entity}.{name}[...] = ...")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.entity!r} has no field {name!r}; see sim/fields.py")

    def columns(self) -> dict[str, np.ndarray]:
        """Arrays of every field, for the rows in use."""
        return {f.name: getattr(self, f.name) for f in ENTITIES[self.entity]}

    def add(self, count: int) -> np.ndarray:
        """Append `count` rows at their initial values.

        Returns
        -------
        rows : [count] numbers of the new rows
        """
        first, n = self.n, self.n + count
        if count == 0:
            return np.arange(0)
        capacity = len(next(iter(self._full.values())))
        if n > capacity:
            room = max(n, int(capacity * 1.5)) - capacity
            for field in ENTITIES[self.entity]:
                self._full[field.name] = np.concatenate([self._full[field.name], allocate(field, room)])
        self._set(n)
        return np.arange(first, n)

    def keep(self, rows: np.ndarray) -> None:
        """Keep only `rows`, in that order, and the room of the others."""
        for field in ENTITIES[self.entity]:
            column = getattr(self, field.name)
            bits = column.view(f"u{column.itemsize}")  # compiled once per size, not per type
            bits[: len(rows)] = _take(bits, rows)
            column[len(rows) :] = field.fill
        self._set(len(rows))

    def identities(self) -> np.ndarray:
        """What tells rows apart, [n] uint64: the uid; of entities without one, the row."""
        return self.uid if "uid" in self.columns() else np.arange(self.n, dtype=np.uint64)

    def rows_of(self, identity: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Rows of identities that were in `row` when last seen, -1 of those who have left; all [n].

        The engine puts rows in order once a year, and gives those of who has left to others.
        """
        known = self.identities()
        rows = np.where(row < self.n, row, 0)
        moved = np.flatnonzero(known[rows] != identity)
        if moved.size:
            order = np.argsort(known)
            found = order[np.minimum(np.searchsorted(known, identity[moved], sorter=order), self.n - 1)]
            rows[moved] = np.where(known[found] == identity[moved], found, -1)
        return rows

    def copy(self) -> Table:
        """Deep copy of the rows in use, with room for a few more."""
        other = object.__new__(Table)
        object.__setattr__(other, "entity", self.entity)
        object.__setattr__(other, "_full", {name: array.copy() for name, array in self._full.items()})
        other._set(self.n)
        return other

    def load(self, columns: Mapping[str, np.ndarray]) -> None:
        """Replace the rows by `columns` (name -> array); types are those declared."""
        n = len(next(iter(columns.values())))
        self._full.update({f.name: np.asarray(columns[f.name], f.dtype).copy() for f in ENTITIES[self.entity]})
        self._set(n)


@kernel
def _add_each(into, place, amount):
    for k in range(place.size):
        into[place[k]] += amount[k]


def add_at(into: np.ndarray, place: np.ndarray | int, amount: np.ndarray | float) -> None:
    """``np.add.at`` in one dimension, four times as fast: the same sums in the same order."""
    places = place if isinstance(place, np.ndarray) else np.atleast_1d(place)
    if np.ndim(amount) == 0:
        amount = np.full(places.size, amount, np.float64)
    _add_each(into, places, np.asarray(amount, np.float64))


class World:
    """The whole state at the end of a month, and the geography it lives on.

    Attributes
    ----------
    cell, zone, nation, startup, talent, investor, funder, hub : Table
    closed : Table of startups that closed more than a year ago: no process reads them, results name them
    space : what never changes: neighbour lists, distances, relatedness (shared by copies)
    month : absolute month last simulated
    flows : named counters of the current year by zone, [n_zones], emptied by the recorder
    ledger : money that changed hands this month, (payer, payee, instrument) -> [n_zones + 1] EUR, nation last
    """

    def __init__(self, space: Any, month: int) -> None:
        self.space = space
        self.month = month
        self.tables: dict[str, Table] = {kind: Table(kind) for kind in ENTITIES}
        self.closed = Table("startup")
        self.flows: dict[str, np.ndarray] = {}
        self.ledger: dict[tuple[str, str, str], np.ndarray] = {}

    def __getattr__(self, name: str) -> Table:
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"a world has no {name!r}")

    def count(self, flow: str, zone: np.ndarray, amount: np.ndarray | float = 1.0) -> None:
        """Add to a yearly flow: `amount` per row, in the zone of each row."""
        if flow not in self.flows:
            self.flows[flow] = np.zeros(self.zone.n)
        add_at(self.flows[flow], zone, amount)

    def account(self, payer: str, payee: str, instrument: str) -> np.ndarray:
        """Money that changed hands between two accounts this month, [n_zones + 1] EUR, opened where it is new."""
        return self.ledger.setdefault((payer, payee, instrument), np.zeros(self.zone.n + 1))

    def pay(self, payer: str, payee: str, instrument: str, zone: np.ndarray | int, eur: np.ndarray | float) -> None:
        """Book money that changes hands; zone -1 is the nation."""
        add_at(self.account(payer, payee, instrument), zone, eur)

    def set_aside(self, startups: np.ndarray) -> None:
        """Copy rows of closed startups to `closed`, where links to people, who come and go, are left out."""
        rows = self.closed.add(len(startups))
        for name, column in self.startup.columns().items():
            if ROW_LINKS.get(f"startup.{name}") != "talent":
                getattr(self.closed, name)[rows] = column[startups]

    def reorder(self, entity: str, rows: np.ndarray) -> None:
        """Keep only `rows` of an entity, in that order; links to it follow, those to rows left out become -1."""
        place = np.full(self.tables[entity].n, -1, np.int32)
        place[rows] = np.arange(len(rows))
        self.tables[entity].keep(rows)
        for link, target in ROW_LINKS.items():
            if target == entity:
                holder, name = link.split(".")
                _follow(getattr(self.tables[holder], name), place)

    def copy(self) -> World:
        """Deep copy of the state; the geography is shared."""
        other = World.__new__(World)
        other.space, other.month = self.space, self.month
        other.tables = {kind: table.copy() for kind, table in self.tables.items()}
        other.closed = self.closed.copy()
        other.flows = {name: array.copy() for name, array in self.flows.items()}
        other.ledger = {key: array.copy() for key, array in self.ledger.items()}
        return other

    def digest(self, kinds: Iterable[str] = tuple(ENTITIES)) -> str:
        """Hash of every array, bit for bit."""
        hasher = hashlib.sha256()  # in the processor's own instructions: thrice as fast as blake2b over a whole state
        hasher.update(str(self.month).encode())
        tables = {kind: self.tables[kind] for kind in kinds}
        if "startup" in tables:
            tables[CLOSED] = self.closed
        for kind, table in tables.items():
            for name, array in table.columns().items():
                hasher.update(f"{kind}.{name}{array.shape}".encode())
                hasher.update(np.ascontiguousarray(array).data)
        return hasher.hexdigest()[:32]

    def save(self, path: Path) -> None:
        """Write the state to one file, whole or not at all."""
        tables = {**self.tables, CLOSED: self.closed}
        arrays = {f"{kind}.{name}": a for kind, table in tables.items() for name, a in table.columns().items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            try:
                np.savez(file, month=np.int64(self.month), **arrays)  # type: ignore[arg-type]
            except BaseException:  # a full disk, Ctrl-C: nothing half-written stays
                Path(file.name).unlink()
                raise
        Path(file.name).replace(path)

    @classmethod
    def load(cls, path: Path, space: Any) -> World:
        """Read a state written by `save` for the same geography."""
        with path.open("rb") as opened, np.load(opened) as file:  # a damaged one is closed too
            world = cls(space, int(file["month"]))
            for kind, table in {**world.tables, CLOSED: world.closed}.items():
                table.load({f.name: file[f"{kind}.{f.name}"] for f in ENTITIES[table.entity]})
        return world

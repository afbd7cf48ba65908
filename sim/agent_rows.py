"""Ordered sets of agents that answer from whole columns: what `sim.mesa_view` hands out where Mesa has agent sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from sim.errors import no_such
from sim.world import Table

READ_ONLY = "agents are read-only views: the engine moves them all at once in model.step()"


def refuse(*_: Any, **__: Any) -> Any:
    raise AttributeError(READ_ONLY)


class AgentRows(Sequence[Any]):
    """An ordered set of agents: what Mesa's `AgentSet` answers, from whole columns, without a way to change them.

    Parameters
    ----------
    model : has a `world`, and `kinds`: the class of agents of each kind, with its `ENTITY`
    kind : [n] rank of each agent's kind
    row : [n] its row
    """

    def __init__(self, model: Any, kind: np.ndarray, row: np.ndarray) -> None:
        self.model, self._month = model, model.world.month
        identity = np.zeros(row.size, np.uint64)
        for here, table in self._by_table(kind):
            identity[here] = table.identities()[row[here]]
        self._members = kind, row, identity

    def _by_table(self, kind: np.ndarray) -> Iterator[tuple[np.ndarray, Table]]:
        for rank in np.unique(kind):
            yield kind == rank, self.model.world.tables[self.model.kinds[rank].ENTITY]

    def _now(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Kind, row and identity of the members this month: those who have left are no longer among them."""
        if self._month != self.model.world.month:
            kind, row, identity = self._members
            row = row.copy()
            for here, table in self._by_table(kind):
                row[here] = table.rows_of(identity[here], row[here])
            self._members, self._month = (kind[row >= 0], row[row >= 0], identity[row >= 0]), self.model.world.month
        return self._members

    _kind = property(lambda self: self._now()[0])
    _row = property(lambda self: self._now()[1])

    def __len__(self) -> int:
        return self._row.size

    def __iter__(self) -> Iterator[Any]:
        return (self.model.kinds[k](self.model, row) for k, row in zip(self._kind.tolist(), self._row.tolist()))

    def __getitem__(self, item: Any) -> Any:
        chosen = self._at(np.arange(len(self))[item] if isinstance(item, slice) else np.array([range(len(self))[item]]))
        return list(chosen) if isinstance(item, slice) else next(iter(chosen))

    def __contains__(self, agent: Any) -> bool:
        if type(agent) not in self.model.kinds or agent.model is not self.model:
            return False
        rank = self.model.kinds.index(type(agent))
        kind, _, identity = self._now()
        return bool(((kind == rank) & (identity == np.uint64(agent.unique_id))).any())

    def _at(self, places: np.ndarray) -> AgentRows:
        return AgentRows(self.model, self._kind[places], self._row[places])

    def _column(self, name: str) -> np.ndarray:
        """Values of a field for every agent, [n] or [n, width]."""
        if name in ("unique_id", "pos"):
            return np.array([getattr(agent, name) for agent in self])
        parts = []
        for here, table in self._by_table(self._kind):
            if name not in table.columns():
                raise AttributeError(no_such(f"a {table.entity} has no field", name, table.columns()))
            parts.append((here, getattr(table, name)[self._row[here]]))
        if not parts:
            return np.zeros(0)
        out = np.empty((len(self), *parts[0][1].shape[1:]), np.result_type(*(values for _, values in parts)))
        for here, values in parts:
            out[here] = values
        return out

    def get(self, attr_names: str | Sequence[str], handle_missing: str = "error", default_value: Any = None) -> Any:
        """Values of a field as an array; of several fields, a list of values for each agent."""
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(values) for values in zip(*columns)]
        if handle_missing == "default":
            return np.array([getattr(agent, attr_names, default_value) for agent in self])
        return self._column(attr_names)

    def agg(self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]) -> Any:
        """``func`` (or several) of the values of a field."""
        values = self.get(attribute)
        return func(values) if callable(func) else [f(values) for f in func]

    def select(self, filter_func: Callable[..., Any] | np.ndarray | None = None, at_most: float = float("inf"), *,
               agent_type: type | None = None) -> AgentRows:
        """The first `at_most` agents of a kind for which `filter_func` (of an agent, or an array of booleans) holds."""
        chosen = self
        if agent_type is not None:
            ranks = [rank for rank, kind in enumerate(self.model.kinds) if issubclass(kind, agent_type)]
            chosen = self._at(np.flatnonzero(np.isin(self._kind, ranks)))
        if filter_func is not None:
            mask = chosen._each(filter_func) if callable(filter_func) else np.asarray(filter_func, bool)
            chosen = chosen._at(np.flatnonzero(mask))
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(chosen) * at_most)
        return chosen if at_most >= len(chosen) else chosen._at(np.arange(int(at_most)))

    def _each(self, function: Callable[..., Any]) -> np.ndarray:
        """``function(agent)`` for each agent: on whole columns where it can be, else agent by agent."""
        if len(self) > 1:
            try:
                values = function(_Columns(self))
            except Exception:  # `and` between comparisons, calls of methods: these want one agent at a time
                values = None
            if isinstance(values, np.ndarray) and values.shape == (len(self),):
                return values
        return np.array([function(agent) for agent in self])

    def groupby(self, by: str | Callable[..., Any]) -> Groups:
        """Agents by the value of a field, or of a function of an agent, in the order of the values."""
        keys = self._column(by) if isinstance(by, str) else self._each(by)
        values, group = np.unique(keys, return_inverse=True)
        return Groups({value.item(): self._at(np.flatnonzero(group == g)) for g, value in enumerate(values)})

    def sort(self, key: str | Callable[..., Any], ascending: bool = False) -> AgentRows:
        """Agents in the order of a field, or of a function of an agent; ties keep their order."""
        values = self._column(key) if isinstance(key, str) else self._each(key)
        if ascending:
            return self._at(np.argsort(values, kind="stable"))
        return self._at(len(self) - 1 - np.argsort(values[::-1], kind="stable")[::-1])

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a method or function for each agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    do = shuffle_do = shuffle = set = add = discard = remove = refuse


class _Columns:
    """Stands for every agent of a set at once: an attribute is a whole column."""

    def __init__(self, agents: AgentRows) -> None:
        self._agents = agents

    def __getattr__(self, name: str) -> np.ndarray:
        return self._agents._column(name)


class Groups:
    """Agents by group, as Mesa's `GroupBy`."""

    def __init__(self, groups: dict[Any, AgentRows]) -> None:
        self.groups = groups

    def __iter__(self) -> Iterator[tuple[Any, AgentRows]]:
        return iter(self.groups.items())

    def __len__(self) -> int:
        return len(self.groups)

    def count(self) -> dict[Any, int]:
        return {key: len(agents) for key, agents in self}

    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Any, Any]:
        """``func`` of the values of a field in each group."""
        return {key: func(agents.get(attr_name)) for key, agents in self}

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Results of a method of the set, or of a function of the set, for each group."""
        if isinstance(method, str):
            return {key: getattr(agents, method)(*args, **kwargs) for key, agents in self}
        return {key: method(agents, *args, **kwargs) for key, agents in self}

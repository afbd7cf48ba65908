"""Every number and switch of the model, one row each: value, unit, bounds, tier and source.

Tiers: ``data`` (fixed), ``literature`` (a prior, propagated), ``calibrated``, ``deep`` (nobody knows: swept,
never fitted). ``source="assumption"`` is allowed, counted, and shown in every report.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from typing import Any

from sim.params import aid, capital, firms, funding, location, people, places, state
from sim.params.declare import Param, Switch

_PARTS = (location, people, firms, funding, capital, places, state, aid)
_PARAMS: tuple[Param, ...] = tuple(p for part in _PARTS for p in part.PARAMS)
_SWITCHES: tuple[Switch, ...] = tuple(s for part in _PARTS for s in part.SWITCHES)

PARAMETERS: dict[str, Param] = {p.name: p for p in _PARAMS}
SWITCHES: dict[str, Switch] = {s.name: s for s in _SWITCHES}


def groups() -> tuple[str, ...]:
    """Names of the parameter groups, in the order of the table."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in (*PARAMETERS, *SWITCHES) if "." in name))


@cache
def _group_type(group: str) -> Any:
    """Type of a group, kept under its name in this module: compiled code finds it there when it comes from the disk."""
    numbers = [n.split(".")[1] for n in PARAMETERS if n.split(".")[0] == group]
    switches = [n.split(".")[1] for n in SWITCHES if n.split(".")[0] == group and n.split(".")[1] not in numbers]
    kind = namedtuple(f"{group.capitalize()}Params", [*numbers, *switches])  # type: ignore[misc]
    globals()[kind.__name__] = kind
    return kind


for _group in groups():
    _group_type(_group)


def resolve(numbers: Mapping[str, float], switches: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of every process: defaults, then the overrides of a scenario.

    Switches become small integers: their rank among the choices of the table.

    Returns
    -------
    One named tuple per group (``founding``, ``location``...), and ``response_to_money`` as an integer.
    """
    for name in numbers:
        if name not in PARAMETERS:
            raise KeyError(f"unknown parameter {name!r}")
    for name in switches:
        if name not in SWITCHES:
            raise KeyError(f"unknown switch {name!r}")
    value: dict[str, Any] = {p.name: float(numbers.get(p.name, p.default)) for p in _PARAMS}
    value |= {s.name: s.choices.index(switches.get(s.name, s.default)) for s in _SWITCHES}
    out: dict[str, Any] = {}
    for group in groups():
        kind = _group_type(group)
        out[group] = kind(**{field: value[f"{group}.{field}"] for field in kind._fields})
    out["response_to_money"] = value["response_to_money"]
    return out

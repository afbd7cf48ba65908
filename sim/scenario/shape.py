"""Check the shape of resolved values with the pydantic models, and bring every error back to its place."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sim.params import SWITCHES
from sim.scenario import units
from sim.scenario.errors import Note, Problems, did_you_mean
from sim.scenario.messages import Message
from sim.scenario.models import LEVERS, AnyLever, ScenarioShape, StudyShape
from sim.scenario.reader import Value, choices_for

M = TypeVar("M", bound=BaseModel)
Loc = tuple[str | int, ...]

SIMPLE: Final = {
    "dict_type": "want_mapping", "model_type": "want_mapping", "model_attributes_type": "want_mapping",
    "list_type": "want_list", "string_type": "want_text",
}  # fmt: skip
BOUNDS: Final = {
    "greater_than_equal": ("below", "low", "ge"), "greater_than": ("not_above", "low", "gt"),
    "less_than_equal": ("above", "high", "le"), "too_short": ("too_few", "low", "min_length"),
}  # fmt: skip
SECTIONS: Final = frozenset({"world", "time", "money", "model", "budget", "levers"})


def scenario_shape(tree: Value, problems: Problems) -> ScenarioShape | None:
    """Return the scenario as validated, or None with every error of its shape added to ``problems``."""
    errors = list(_errors(ScenarioShape, tree))
    missing = {error["loc"][0] for error in errors if error["type"] == "missing" and len(error["loc"]) == 1}
    if missing >= SECTIONS and tree.at("extends") is None:
        problems.add("missing_all", tree.place, keys=sorted(missing & SECTIONS))
        errors = [error for error in errors if error["type"] != "missing"]
    for error in errors:
        _report(ScenarioShape, tree, error, problems)
    return None if problems.errors else ScenarioShape.model_validate(tree.plain())


def study_shape(tree: Value, problems: Problems) -> StudyShape | None:
    """Return the study as validated, or None with every error of its shape added to ``problems``."""
    return shape_of(StudyShape, tree, problems)


def shape_of(model: type[M], tree: Value, problems: Problems) -> M | None:
    """Return a file as validated by its model, or None with every error of its shape added to ``problems``."""
    for error in _errors(model, tree):
        _report(model, tree, error, problems)
    return None if problems.errors else model.model_validate(tree.plain())


def partial_shape(tree: Value, problems: Problems) -> None:
    """Check an abstract scenario: everything but what its children will add."""
    for error in _errors(ScenarioShape, tree):
        if error["type"] not in ("missing", "union_tag_not_found"):
            _report(ScenarioShape, tree, error, problems)


def _errors(model: type[BaseModel], tree: Value) -> Iterator[dict[str, Any]]:
    """Yield pydantic's errors; a lever of unknown kind is checked again for what all levers share."""
    try:
        model.model_validate(tree.plain())
    except ValidationError as failure:
        for error in failure.errors(include_url=False):
            detail: dict[str, Any] = {**error}
            yield detail
            if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
                yield from _lever_errors(tree, detail["loc"])


def _lever_errors(tree: Value, loc: Loc) -> Iterator[dict[str, Any]]:
    lever = tree.at(*loc)
    try:
        AnyLever.model_validate(lever.plain() if lever else None)
    except ValidationError as failure:
        for error in failure.errors(include_url=False):
            yield {**error, "loc": (*loc, "?", *error["loc"])}


def _report(model: type[BaseModel], tree: Value, error: dict[str, Any], problems: Problems) -> None:
    """Add one pydantic error at the place of the value it is about."""
    loc = error["loc"]
    keys = _without_tag(loc)
    found = tree.nearest(*keys)
    kind, context = error["type"], error.get("ctx", {})
    path = dotted(keys)
    if kind == "misread" and keys and keys[-1] == "[key]":
        problems.add(context["key"], found.key or found.place, dotted(keys[:-2]), **context["message"].values)
    elif kind == "misread" and keys[-2:-1] == ("switches",) and keys[-1] in SWITCHES:
        choices = choices_for(_got(found), SWITCHES[str(keys[-1])].choices)
        problems.add("switch_word", found.place, path, text=_got(found), choices=choices)
    elif kind == "misread":
        problems.add(context["key"], found.place, path, hint=context["hint"], **context["message"].values)
    elif kind == "extra_forbidden" and keys[0] == "levers" and keys[2:] == ("share",):
        problems.add("relief_share", found.key or found.place, dotted(keys[:-1]))
    elif kind == "extra_forbidden":
        parent = _type_at(model, loc[:-1])
        hint = _elsewhere(model, str(keys[-1])) or did_you_mean(keys[-1], _keys_of(parent), always=True)
        problems.add("unknown_key", found.key or found.place, dotted(keys[:-1]), hint=hint, key=keys[-1])
    elif kind in ("missing", "union_tag_not_found"):
        key = keys[-1] if kind == "missing" else "kind"
        outer = keys[:-1] if kind == "missing" else keys
        _missing(tree, outer, str(key), problems)
    elif kind == "union_tag_invalid":
        tag = tree.nearest(*keys, "kind")
        hint = did_you_mean(tag.text, LEVERS)
        problems.add("lever_kind", tag.place, path, hint=hint, got=_got(tag), count=len(LEVERS))
    elif kind == "literal_error":
        allowed = _choices(_type_at(model, loc))
        problems.add(
            "choice",
            found.place,
            path,
            hint=did_you_mean(found.text, allowed),
            got=_got(found),
            allowed=allowed,
        )
    elif kind in BOUNDS:
        key, name, bound = BOUNDS[kind]
        values: dict[str, Any] = {"got": _got(found), name: units.spell(context[bound])}
        problems.add(key, found.place, path, **values)
    else:
        got = json.dumps(found.data, ensure_ascii=False) if isinstance(found.data, str) else _got(found)
        problems.add(SIMPLE[kind], found.place, path, got=got)


def _elsewhere(model: type[BaseModel], key: str) -> Message | None:
    """Say where a key belongs, when it is a key of another group."""
    found = [".".join(path) for path in _paths(model, ()) if path[-1] == key]
    return Message("belongs", {"paths": [f"'{path}'" for path in found]}) if found else None


def _paths(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key of the groups of a model, levers apart."""
    for name in _keys_of(kind):
        yield (*path, name)
        yield from _paths(_type_at(kind, (name,)), (*path, name))


def dotted(keys: tuple[str | int, ...]) -> str:
    """Return a path as people write it: ``hubs.where.codes[2]``."""
    text = ""
    for key in keys:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def _without_tag(loc: Loc) -> Loc:
    # pydantic puts the kind of a lever into the path: levers.floor.floor.terms
    return (*loc[:2], *loc[3:]) if len(loc) > 2 and loc[0] == "levers" and loc[2] in (*LEVERS, "?") else loc


def _got(value: Value) -> str:
    return value.text or units.brief(value.plain())


def _missing(tree: Value, keys: Loc, key: str, problems: Problems) -> None:
    """Report a missing key where it can be added: at its group, or at ``extends`` when the group is inherited."""
    group = tree.nearest(*keys)
    place = group.key or group.place
    base = group.base if keys else None
    child = problems.via.get(place.source)
    if child is not None:
        place, base = child, place
    problems.add("missing", place, dotted(keys), notes=[Note(base, Message("base"))] if base else [], key=key)


def _type_at(model: Any, loc: Loc) -> Any:
    """Return the type that the models give to a path."""
    kind: Any = model
    for key in loc:
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = next((f for name, f in kind.model_fields.items() if (f.alias or name) == key), None)
            kind = field.annotation if field else None
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) is list:
            kind = get_args(kind)[0]
        elif key in LEVERS:
            kind = LEVERS[str(key)]
        else:
            kind = AnyLever
    return _bare(kind)


def _bare(kind: Any) -> Any:
    """Strip ``Annotated[...]`` and ``... | None``."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind):
            kind = next(arm for arm in get_args(kind) if arm is not type(None))
        else:
            return kind


def _keys_of(kind: Any) -> list[str]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [field.alias or name for name, field in kind.model_fields.items()]


def _choices(kind: Any) -> tuple[str, ...]:
    return tuple(get_args(kind)) if get_origin(kind) is Literal else ()


def key_order(model: type[BaseModel], path: Loc, data: dict[str, Value]) -> list[str]:
    """Return the keys of a group in the order of the models; free names keep theirs."""
    tagged: Loc = path
    if len(path) > 1 and path[0] == "levers":
        kind = data.get("kind") if len(path) == 2 else None
        tagged = (*path[:2], str(kind.data) if kind else "?", *path[2:])
    known = sorted(_keys_of(_type_at(model, tagged)), key=lambda name: name != "kind")
    return sorted(data, key=lambda name: known.index(name) if name in known else len(known))

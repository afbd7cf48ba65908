"""Complete files: every value of a scenario or study, each line with the file and line it comes from.

What is printed is itself a file that can be read, and gives the same digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sim.paths import scenarios_dir
from sim.scenario.calibration import CalibrationShape, load_calibration_with_origin
from sim.scenario.load import Loaded, load_with_origin
from sim.scenario.models import CALIBRATION_SCHEMA, STUDY_SCHEMA, SWEEP_SCHEMA, ScenarioShape, StudyShape
from sim.scenario.reader import AMBIGUOUS, Value
from sim.scenario.resolve import schema_of
from sim.scenario.shape import key_order
from sim.scenario.study import load_study_with_origin
from sim.scenario.sweep import load_sweep_with_origin
from sim.scenario.sweep_models import SweepShape

SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|[0-9][0-9.e+-]*( ?%| [A-Za-z]+)|[0-9]{4}(-[0-9]{2})?|\.\./[\w./-]+")
LONGEST_FLOW: Final = 70
COMMENT_COLUMN: Final = 44
LEFT_OUT: Final = frozenset({"extends", "abstract"})  # nothing is left to inherit


def show(path: str | Path, *, overrides: Mapping[str, str] | None = None, lang: str | None = None) -> str:
    """Return the complete text of a scenario or study file, with origins as comments.

    Raises
    ------
    FileErrors
        When the file has errors.
    """
    tree, model, folder, digest = _read(path, overrides, lang)
    return f"# digest {digest}\n{_text(tree, model, folder)}"


def values(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, lang: str | None = None
) -> dict[str, dict[str, Any]]:
    """Return every value of a scenario, study or sweep file by dotted path, for machines: ``value`` and ``origin``.

    Raises
    ------
    FileErrors
        When the file has errors.
    """
    tree = _read(path, overrides, lang)[0]
    return {
        ".".join(keys): {"value": value.plain(), "origin": str(value.place)}
        for keys, value in tree.leaves()
        if keys[0] not in LEFT_OUT
    }


def _read(
    path: str | Path, overrides: Mapping[str, str] | None, lang: str | None
) -> tuple[Value, type[StudyShape | ScenarioShape | SweepShape | CalibrationShape], Path, str]:
    """Return the checked values of a file, their shape, the folder of the file and the digest."""
    if schema_of(path) == STUDY_SCHEMA:
        study, resolved, loaded = load_study_with_origin(path, overrides=overrides, lang=lang)
        return _complete_study(resolved.tree, loaded), StudyShape, resolved.folder, study.digest
    if schema_of(path) == SWEEP_SCHEMA:
        sweep, found = load_sweep_with_origin(path, overrides=overrides, lang=lang)
        return found.tree, SweepShape, found.folder, sweep.digest
    if schema_of(path) == CALIBRATION_SCHEMA:
        made, found = load_calibration_with_origin(path, overrides=overrides, lang=lang)
        return found.tree, CalibrationShape, found.folder, made.digest
    one = load_with_origin(path, overrides=overrides, lang=lang)
    return _complete_scenario(one), ScenarioShape, one.resolved.folder, one.scenario.digest


def _complete_study(tree: Value, loaded: Sequence[Loaded]) -> Value:
    """Return the values of a study, its scenarios (the reference first) named so that any folder will do."""
    names = iter([_name_anywhere(each.resolved.leaf.place.source.path) for each in loaded])
    reference = _written(tree.nearest("reference"), next(names))
    lists = {
        key: replace(value, data=[_written(item, next(names)) for item in value.data])
        for key in ("arms", "variants")
        if isinstance((value := tree.nearest(key)).data, list)
    }
    return _with(tree, {"reference": reference, **lists})


def _name_anywhere(path: Path | None) -> str:
    """Return the name of a shipped scenario, else the whole path of a file."""
    assert path is not None
    found = path.resolve()
    return found.name if found.parent == scenarios_dir().resolve() else found.as_posix()


def _complete_scenario(loaded: Loaded) -> Value:
    """Return the values of a scenario, its territory as it is found from anywhere."""
    world = loaded.resolved.tree.nearest("world")
    territory = _written(world.nearest("territory"), loaded.scenario.territory)
    return _with(loaded.resolved.tree, {"world": _with(world, {"territory": territory})})


def _with(tree: Value, items: dict[str, Value]) -> Value:
    assert isinstance(tree.data, dict)
    return replace(tree, data={**tree.data, **items})


def _written(value: Value, text: str) -> Value:
    """Return another text in the place of a value."""
    return replace(value, data=text, text=text)


def _text(tree: Value, model: type, folder: Path) -> str:
    assert isinstance(tree.data, dict)
    kept = replace(tree, data={key: value for key, value in tree.data.items() if key not in LEFT_OUT})
    lines = list(_lines(kept, model, (), 0, folder))
    return "".join(f"{text:<{COMMENT_COLUMN}}  # {origin}\n" if origin else f"{text}\n" for text, origin in lines)


def _lines(value: Value, model: type, path: tuple[str, ...], depth: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a mapping and the origin of each."""
    assert isinstance(value.data, dict)
    for name in key_order(model, path, value.data):
        item, indent = value.data[name], "  " * depth
        if isinstance(item.data, dict) and item.data and not _fits(item):
            yield f"{indent}{name}:", ""
            yield from _lines(item, model, (*path, name), depth + 1, folder)
        elif isinstance(item.data, list) and not _fits(item):
            yield f"{indent}{name}:", ""
            for element in item.data:
                yield f"{indent}  - {flow(element)}", _origin(element, folder)
        else:
            yield f"{indent}{name}: {flow(item)}", _origin(item, folder)


def _fits(value: Value) -> bool:
    """Tell whether a group is short enough for one line, and comes from one place."""
    if isinstance(value.data, dict):
        nested = any(isinstance(item.data, (dict, list)) for item in value.data.values())
        lines = {(item.place.source, item.place.line) for item in value.data.values()}
        return not nested and len(lines) <= 1 and len(flow(value)) <= LONGEST_FLOW
    return len(flow(value)) <= LONGEST_FLOW


def flow(value: Value) -> str:
    """Return a value in YAML on one line."""
    if isinstance(value.data, dict):
        return "{" + ", ".join(f"{name}: {flow(item)}" for name, item in value.data.items()) + "}"
    if isinstance(value.data, list):
        return "[" + ", ".join(flow(item) for item in value.data) + "]"
    if isinstance(value.data, str):
        return value.data if _is_plain(value.data) else json.dumps(value.data, ensure_ascii=False)
    return value.text or json.dumps(value.data)


def _is_plain(word: str) -> bool:
    """Tell whether a text needs no quotes."""
    return bool(SAFE.fullmatch(word)) and word.lower() not in AMBIGUOUS | {"true", "false", "null"}


def _origin(value: Value, folder: Path) -> str:
    """Return ``file:line``, the file named from the folder of the one that is shown."""
    first = next(iter(value.data.values()), value) if isinstance(value.data, dict) else value
    source = first.place.source
    if source.path is None:
        return source.shown
    near = source.path.parent == folder
    return f"{source.path.name if near else source.shown}:{first.place.line}"

"""Complete files: every value of a scenario or study, each line with the file and line it comes from.

What is printed is itself a file that can be read, and gives the same digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sim.scenario.load import load_with_origin
from sim.scenario.models import ScenarioShape, StudyShape
from sim.scenario.reader import AMBIGUOUS, Value
from sim.scenario.resolve import schema_of
from sim.scenario.shape import key_order
from sim.scenario.study import load_study_with_origin
from sim.scenario.types import Scenario

SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|[0-9][0-9.e+-]* ?(%|[A-Za-z]+)|[0-9]{4}(-[0-9]{2})?|\.\./[\w./-]+")
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
    if schema_of(path) == "study/1":
        _, resolved, _ = load_study_with_origin(path, overrides=overrides, lang=lang)
        return _text(resolved.tree, StudyShape, resolved.folder)
    loaded = load_with_origin(path, overrides=overrides, lang=lang)
    return _scenario_text(loaded.resolved.tree, loaded.scenario, loaded.resolved.folder)


def show_study(path: str | Path, *, lang: str | None = None, **options: Any) -> dict[str, str]:
    """Return the complete texts of a study and of its scenarios, by name of file.

    Written side by side into any folder, they are a study that can be read again, with the same digest.
    Options are those of ``load_study``.
    """
    study, resolved, loaded = load_study_with_origin(path, lang=lang, **options)
    names = [f"scenarios/{each.scenario.id}.resolved.yaml" for each in loaded]
    arms = 1 + len(study.arms)
    parts: dict[str, str | list[str]] = {
        "reference": names[0],
        "arms": names[1:arms],
        "variants": names[arms:],
    }
    tree = _with(resolved.tree, {key: _written(resolved.tree.nearest(key), text) for key, text in parts.items()})
    texts = {"study.resolved.yaml": _text(tree, StudyShape, resolved.folder)}
    for name, each in zip(names, loaded, strict=True):
        texts[name] = _scenario_text(each.resolved.tree, each.scenario, each.resolved.folder)
    return texts


def _with(tree: Value, items: dict[str, Value]) -> Value:
    assert isinstance(tree.data, dict)
    return replace(tree, data={**tree.data, **items})


def _written(value: Value, text: str | list[str]) -> Value:
    """Return other text in the place of a value."""
    if isinstance(text, str):
        return replace(value, data=text, text=text)
    return replace(value, data=[_written(value.nearest(rank), item) for rank, item in enumerate(text)])


def _scenario_text(tree: Value, scenario: Scenario, folder: Path) -> str:
    world = tree.nearest("world")
    territory = _written(world.nearest("territory"), scenario.territory)
    complete = _with(tree, {"world": _with(world, {"territory": territory})})
    return f"# digest {scenario.digest}\n{_text(complete, ScenarioShape, folder)}"


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

"""JSON schemas for editors and for exchange, generated from the models that validate files.

For each kind of file there are two. The *patch* schema is for files as people write them: a child holds only
what differs, so nothing is required but ``schema`` and ``id``, and ``null`` may remove. The *resolved* schema
is for complete files, as ``show`` prints them. ``python -m sim.scenario.schema`` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from sim.paths import scenarios_dir
from sim.scenario.calibration import CalibrationShape
from sim.scenario.models import ScenarioShape, StudyShape
from sim.scenario.sweep_models import SweepShape

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MODELS: Final[dict[str, type[BaseModel]]] = {
    "scenario-1": ScenarioShape, "study-1": StudyShape, "sweep-1": SweepShape, "calibration-1": CalibrationShape,
}  # fmt: skip
WHOLE_SHAPES: Final = frozenset({"WhereShape", "Window", "GridShape", "Title", "EqualCostShape"})


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by file name."""
    out: dict[str, dict[str, Any]] = {}
    for name, model in MODELS.items():
        for form in ("patch", "resolved"):
            content = _tidy(model.model_json_schema(by_alias=True))
            content["title"] = f"{name.replace('-', '/')} ({form})"
            out[f"{name}.{form}.json"] = {
                "$schema": DIALECT,
                **(_patch(content) if form == "patch" else content),
            }
    return out


def _tidy(node: Any) -> Any:
    """Drop the titles that pydantic makes out of names, and close the groups whose names follow a pattern."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return {**tidy, "additionalProperties": False} if "patternProperties" in tidy else tidy


def _patch(schema: dict[str, Any]) -> dict[str, Any]:
    """Loosen a resolved schema into one for files that inherit."""
    definitions = {name: _loose(name, shape) for name, shape in schema["$defs"].items()}
    top = _loose("", schema)
    return {**top, "$defs": definitions, "required": ["schema", "id"]}


def _loose(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    """Require nothing and let ``null`` remove, except in groups that are replaced whole."""
    if name in WHOLE_SHAPES or "properties" not in shape:
        return shape
    loose = {key: value for key, value in shape.items() if key not in ("required", "$defs")}
    own = ("schema", "id", "title", "abstract", "extends")
    loose["properties"] = {
        key: _any_lever(value) if key in own else _nullable(_any_lever(value))
        for key, value in shape["properties"].items()
    }
    return loose


def _any_lever(shape: dict[str, Any]) -> dict[str, Any]:
    """Accept a lever that does not repeat its kind: a child that changes only its share."""
    patterns = {
        name: {"anyOf": [*items["oneOf"], {"type": "null"}]} if "oneOf" in items else items
        for name, items in shape.get("patternProperties", {}).items()
    }
    return {**shape, "patternProperties": patterns} if patterns else shape


def _nullable(shape: dict[str, Any]) -> dict[str, Any]:
    outer: dict[str, Any] = {"description": shape["description"]} if "description" in shape else {}
    inner = {key: value for key, value in shape.items() if key not in ("description", "default")}
    options = inner.get("anyOf", [inner])
    return {**outer, "anyOf": options if {"type": "null"} in options else [*options, {"type": "null"}]}


def texts() -> dict[str, str]:
    """Return every schema as the text of its file."""
    return {name: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for name, content in schemas().items()}


def write(folder: Path | None = None) -> list[Path]:
    """Write every schema; return the files."""
    folder = folder or scenarios_dir() / "schema"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts()]


if __name__ == "__main__":
    for path in write():
        print(path)

"""One complete set of values from a file, the files it extends, and overrides from outside.

Mappings merge, scalars and lists replace, ``null`` removes. Some mappings are replaced whole (``WHOLE``):
their keys depend on each other, and a child that writes ``set:`` must not inherit its parent's ``codes:``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.paths import calibration_dir, scenarios_dir
from sim.scenario import units
from sim.scenario.errors import Note, Place, Problems, Source, did_you_mean
from sim.scenario.messages import Message
from sim.scenario.models import CALIBRATION_SCHEMA, LESSON_SCHEMA, SCENARIO_SCHEMA, STUDY_SCHEMA, SWEEP_SCHEMA
from sim.scenario.reader import AMBIGUOUS, INTEGER, Value, read_file, read_text

LONGEST_SHOWN: Final = 60  # characters of a value of --set that messages repeat
WHOLE: Final = frozenset({"where", "allocate", "window", "when", "profile", "grid"})
OWN: Final = frozenset({"schema", "id", "title", "abstract", "extends"})  # never inherited
FREE: Final = (("model", "parameters"), ("model", "switches"), ("structures",))  # names below these contain dots
KNOWN_SCHEMAS: Final = (SCENARIO_SCHEMA, STUDY_SCHEMA, SWEEP_SCHEMA, CALIBRATION_SCHEMA, LESSON_SCHEMA)
FOLDERS: Final = ("", "studies", "sweeps", "lessons", "lessons/worlds")  # of shipped files


@dataclass(frozen=True)
class Override:
    """One value set from outside the file: by ``--set``, by a flag, or by the settings of a study."""

    keys: tuple[str, ...]
    value: Value


@dataclass(frozen=True)
class Resolved:
    """A file with everything it inherits: the merged values, and the files, the one asked for first."""

    tree: Value
    files: tuple[Value, ...]

    @property
    def leaf(self) -> Value:
        """The file that was asked for, as written."""
        return self.files[0]

    @property
    def folder(self) -> Path:
        """Folder of the file that was asked for."""
        path = self.leaf.place.source.path
        return path.parent if path else Path.cwd()


def shipped_folders() -> list[Path]:
    """Return the folders of files that are shipped, in the order in which a name is looked up."""
    return [*(scenarios_dir() / name for name in FOLDERS), calibration_dir()]


def find_file(ref: str | Path) -> Path:
    """Return a file by path, or a shipped scenario, study, sweep or calibration by its name (``paris_only``)."""
    path = Path(ref)
    if path.exists() or path.parent != Path():
        return path
    names = (path.name, f"{path.name}.yaml")
    return next((folder / name for folder in shipped_folders() for name in names if (folder / name).is_file()), path)


def resolve(
    path: str | Path,
    schema: str,
    problems: Problems,
    overrides: Iterable[Override] = (),
    place: Place | None = None,
) -> Resolved | None:
    """Read a file of one schema with all it extends; None when ``problems`` tells why not, slips apart."""
    files = _chain(find_file(path), schema, problems, place)
    if not files or not problems.readable:
        return None
    extends = files[0].at("extends")
    if extends is not None:
        problems.via.update({file.place.source: extends.place for file in files[1:]})
    tree = _without_nulls(files[-1], "", problems)
    for child in reversed(files[:-1]):
        tree = merge(_inheritable(tree), child, problems)
    for override in overrides:
        dated = _as_end(override, tree, problems) if override.keys == ("months",) else override
        tree = put(tree, dated, problems) if dated else tree
    return Resolved(tree, tuple(files)) if problems.readable else None


def _chain(path: Path, schema: str, problems: Problems, place: Place | None) -> list[Value]:
    """Return the file and those it extends, child first."""
    files: list[Value] = []
    trail: list[Path] = []
    while True:
        tree = read_file(path, problems, place)
        if tree is None:
            return []
        trail.append(path.resolve())
        files.append(tree)
        if not _right_schema(tree, schema, problems, place):
            return []
        extends = tree.at("extends")
        if extends is None:
            return files
        if not isinstance(extends.data, str):
            problems.add("one_parent", extends.place, "extends")
            return []
        place, path = extends.place, _parent_file(path, extends.data)
        if path.resolve() in trail:
            names = [file.name for file in (*trail[trail.index(path.resolve()) :], path)]
            problems.add("cycle", extends.place, "extends", chain=" -> ".join(names))
            return []


def _parent_file(child: Path, name: str) -> Path:
    """Return the file that ``extends`` names, with or without its ending: beside the child, else as shipped."""
    folders = (child.parent, *shipped_folders())
    files = (folder / each for folder in folders for each in (name, f"{name}.yaml"))
    return next((path for path in files if path.is_file()), child.parent / name)


def _right_schema(tree: Value, wanted: str, problems: Problems, named: Place | None) -> bool:
    """Check that a file is of the wanted kind; ``named`` is where another file names it."""
    if not isinstance(tree.data, dict):
        problems.add("want_mapping", tree.place, got=_short(tree))
        return False
    schema = tree.at("schema")
    if schema is None:
        problems.add("schema_missing", Place(tree.place.source, 1, 1), wanted=wanted)
    elif schema.data not in KNOWN_SCHEMAS:
        hint = did_you_mean(schema.data, KNOWN_SCHEMAS)
        problems.add("schema_unknown", schema.place, hint=hint, got=_short(schema), allowed=KNOWN_SCHEMAS)
    elif schema.data != wanted:
        problems.add("schema_other", named or schema.place, got=schema.data, wanted=wanted)
    else:
        return True
    return False


def _short(value: Value) -> str:
    return repr(value.text) if value.text else "[...]" if isinstance(value.data, list) else "{...}"


def schema_of(path: str | Path) -> str | None:
    """Return what a file says it is (``scenario/1``, ``study/1``), None when it does not say."""
    tree = read_file(find_file(path), Problems())
    schema = tree.at("schema") if tree else None
    return str(schema.data) if schema is not None else None


# -- merging -----------------------------------------------------------------------------------


def _inheritable(parent: Value) -> Value:
    assert isinstance(parent.data, dict)
    return replace(parent, data={name: value for name, value in parent.data.items() if name not in OWN})


def merge(parent: Value, child: Value, problems: Problems, path: str = "") -> Value:
    """Return the child's values over the parent's."""
    if not isinstance(parent.data, dict) or not isinstance(child.data, dict) or _last(path) in WHOLE:
        return _without_nulls(child, path, problems)
    merged = dict(parent.data)
    for name, value in child.data.items():
        inner = f"{path}.{name}" if path else name
        if name not in merged:
            if _is_value(name, value, path, parent.data, problems):
                merged[name] = _without_nulls(value, inner, problems)
        elif value.data is None:
            del merged[name]
        else:
            merged[name] = merge(merged[name], value, problems, inner)
    return Value(merged, child.place, child.key, base=parent.base or parent.place)


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _is_value(name: str, value: Value, path: str, inherited: Mapping[str, Value], problems: Problems) -> bool:
    """Tell a value from a ``null``, an error where nothing is inherited: most often a misspelt name."""
    if value.data is not None:
        return True
    problems.add("remove_nothing", value.place, path, hint=did_you_mean(name, inherited), key=name)
    return False


def _without_nulls(value: Value, path: str, problems: Problems) -> Value:
    if not isinstance(value.data, dict):
        return value
    kept = {}
    for name, item in value.data.items():
        if _is_value(name, item, path, {}, problems):
            kept[name] = _without_nulls(item, f"{path}.{name}" if path else name, problems)
    return replace(value, data=kept)


# -- overrides ---------------------------------------------------------------------------------


def parse_overrides(given: Mapping[str, str], problems: Problems) -> list[Override]:
    """Turn ``{"world.w_talent": "100"}`` and the flags ``cell_km``, ``months`` into overrides.

    Every value is text as typed after ``--set key=``. The flags keep their name in error messages.
    """
    overrides = []
    for key, text in given.items():
        if key == "cell_km":
            source = Source(f"--cell-km {text}")
            grid: dict[str, Value] = {"kind": _flag("uniform", source), "cell": _flag(f"{text} km", source)}
            overrides.append(Override(("world", "grid"), Value(grid, Place(source), Place(source))))
        elif key == "months":
            source = Source(f"--months {text}")
            overrides.append(Override(("months",), _flag(str(text), source)))
        else:
            parsed = _parse_set(key, str(text), problems)
            overrides += [parsed] if parsed else []
    return overrides


def _flag(text: str, source: Source) -> Value:
    return Value(text, Place(source), Place(source), text)


def _parse_set(key: str, text: str, problems: Problems) -> Override | None:
    source = Source(f"--set {key}={text if len(text) <= LONGEST_SHOWN else '...'}")
    keys = split_key(key)
    if not all(keys) or not key.strip():
        problems.add("set_form", Place(source), text=f"{key}={text}")
        return None
    if keys[0] in OWN:
        problems.add("set_forbidden", Place(source), key=key)
        return None
    if text.strip().lower() in AMBIGUOUS:  # on a command line, off is the word: no quotes survive the shell
        return Override(keys, _flag(text.strip(), source))
    value = read_text(text, source, problems)
    # Lines and columns inside one option help nobody: the option itself is the place.
    problems.errors[:] = [
        replace(error, place=Place(source)) if error.place.source == source else error for error in problems.errors
    ]
    return Override(keys, _moved(value, Place(source))) if value and problems.readable else None


def split_key(key: str) -> tuple[str, ...]:
    """Return the keys of a dotted path; names of parameters and switches keep their dots."""
    keys = tuple(key.strip().split("."))
    for prefix in FREE:
        if keys[: len(prefix)] == prefix and len(keys) > len(prefix):
            return (*prefix, ".".join(keys[len(prefix) :]))
    if keys[0] == "parameters" and len(keys) > 2:  # of a sweep: parameters.NAME.low
        return (keys[0], ".".join(keys[1:-1]), keys[-1])
    return keys


def _moved(value: Value, place: Place) -> Value:
    data = value.data
    if isinstance(data, dict):
        return replace(value, data={name: _moved(item, place) for name, item in data.items()}, place=place, key=place)
    if isinstance(data, list):
        return replace(value, data=[_moved(item, place) for item in data], place=place, key=place)
    return replace(value, place=place, key=place)


def put(tree: Value, override: Override, problems: Problems) -> Value:
    """Return the tree with one value set; the keys on the way are created when they do not exist."""
    return _put(tree, override.keys, override.value, problems, ())


def _put(tree: Value, keys: tuple[str, ...], value: Value, problems: Problems, done: tuple[str, ...]) -> Value:
    if not isinstance(tree.data, dict):
        note = Note(tree.place, Message("written", {"name": ".".join(done), "value": _short(tree)}))
        problems.add("set_inside", value.place, key=".".join(done), notes=[note])
        return tree
    name, rest = keys[0], keys[1:]
    items = dict(tree.data)
    if rest:
        items[name] = _put(items.get(name, Value({}, value.place, value.key)), rest, value, problems, (*done, name))
    elif value.data is None and name in items:
        del items[name]
    elif _is_value(name, value, ".".join(done), items, problems):
        items[name] = value
    return replace(tree, data=items)


def _as_end(override: Override, tree: Value, problems: Problems) -> Override | None:
    """Turn ``months`` (length of the policy period) into the last month of the run."""
    start = tree.at("time", "start")
    try:
        first = units.first_month(start.plain() if start else None)
    except units.Misread:
        return None  # the shape of `time.start` is reported in its own place
    try:
        text = override.value.text.strip()
        count = units.whole(int(text) if INTEGER.fullmatch(text) else text)
    except units.Misread as error:
        problems.add(error.message.key, override.value.place, hint=error.hint, **error.message.values)
        return None
    if count < 1:
        problems.add("below", override.value.place, got=count, low=1)
        return None
    text = units.month_text(first + count - 1)
    return Override(("time", "end"), replace(override.value, data=text, text=text, key=override.value.place))

"""Read a YAML text into values that remember their place.

PyYAML's C parser gives nodes with marks; the meaning of plain scalars is ours, because YAML's own rules break
French data: in YAML 1.1 the list ``[01, 08, 2A]`` reads as 1, "08", "2A", ``50e6`` is a text and ``12:30``
is 750. Here a number is a decimal number, a leading zero is an error that says which quotes to add, and yes,
no, on and off are refused.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from sim.params import SWITCHES
from sim.paths import scenarios_dir
from sim.scenario.errors import Place, Problems, Source, did_you_mean

Scalar: TypeAlias = str | int | float | bool | None
Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # some builds of PyYAML have no C parser: slower, same marks

DEEPEST: Final = 40
INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FLOAT: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
LEADING_ZERO: Final = re.compile(r"0[0-9]+")
NOT_FINITE: Final = re.compile(r"[-+]?\.?(inf|nan)", re.IGNORECASE)
AMBIGUOUS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
PLAIN_TAGS: Final = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
YES: Final = ("yes", "on", "y", "true")
BRACKETS: Final = {"sequence": ("[", "]"), "mapping": ("{", "}")}


@dataclass(frozen=True)
class Value:
    """A value of a file: its data, where it stands, and where its key stands.

    ``data`` is a scalar, a dict of values or a list of values. ``text`` is a scalar as written. ``base`` is
    the place of the mapping that this mapping completes, when it was merged with an inherited one.
    """

    data: Scalar | dict[str, Value] | list[Value]
    place: Place
    key: Place | None = None
    text: str = ""
    base: Place | None = field(default=None, compare=False)

    def plain(self) -> object:
        """Return the data without places."""
        if isinstance(self.data, dict):
            return {name: value.plain() for name, value in self.data.items()}
        if isinstance(self.data, list):
            return [value.plain() for value in self.data]
        return self.data

    def at(self, *keys: str | int) -> Value | None:
        """Return the value under a path of keys, or None."""
        value: Value | None = self
        for key in keys:
            data = value.data if value is not None else None
            if isinstance(data, dict):
                value = data.get(str(key))
            elif isinstance(data, list) and isinstance(key, int) and key < len(data):
                value = data[key]
            else:
                return None
        return value

    def nearest(self, *keys: str | int) -> Value:
        """Return the value under a path, or the deepest one on the way to it."""
        for length in range(len(keys), 0, -1):
            found = self.at(*keys[:length])
            if found is not None:
                return found
        return self

    def leaves(self, *path: str) -> Iterator[tuple[tuple[str, ...], Value]]:
        """Yield every scalar, list and empty mapping with its path."""
        if isinstance(self.data, dict) and self.data:
            for name, value in self.data.items():
                yield from value.leaves(*path, name)
        else:
            yield path, self


def shown(path: Path) -> str:
    """Return how a file is named in messages: from the working folder when it is at most two folders up."""
    full = path.resolve()
    try:
        relative = Path(os.path.relpath(full))
    except ValueError:  # another drive, on Windows
        return full.as_posix()
    return (full if relative.parts[:3] == ("..", "..", "..") else relative).as_posix()


def read_file(path: Path, problems: Problems, place: Place | None = None) -> Value | None:
    """Read one file; ``place`` is where another file names it, for the error when it does not exist."""
    source = Source(shown(path), path=path.resolve())
    here = place or Place(source)
    if path.is_dir():
        problems.add("not_a_file", here, file=source.shown)
        return None
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problems.add("no_file", here, hint=did_you_mean(path.name, _neighbours(path)), file=source.shown)
        return None
    except OSError as error:
        problems.add("unreadable", here, file=source.shown, why=error.strerror or type(error).__name__)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add("encoding", Place(source, line, 1), byte=f"0x{content[error.start]:02X}")
        return None
    return read_text(text, replace(source, lines=tuple(text.splitlines())), problems)


def choices_for(word: str, choices: Sequence[str]) -> list[str]:
    """Return the choices of a switch as a file writes them: the one that a yes or a no stands for, else all."""
    same = [each for each in choices if word and each in AMBIGUOUS and (each in YES) == (word.lower() in YES)]
    return [f'"{each}"' if each in AMBIGUOUS else each for each in same or choices]


def _neighbours(path: Path) -> list[str]:
    """Return what else could have been meant: files beside it, and those that are shipped."""
    shipped = [other for folder in ("", "studies", "sweeps") for other in (scenarios_dir() / folder).glob("*.yaml")]
    if path.parent == Path() and not path.suffix:
        return [other.stem for other in shipped]
    beside = [*path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    return [other.name for other in (*beside, *shipped)]


def read_text(text: str, source: Source, problems: Problems) -> Value | None:
    """Read one YAML text; every fault of the scalars and keys is added to ``problems``, slips with the value."""
    found = Problems(problems.lang)
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.reader.ReaderError as error:
        head = text[: error.position]
        place = Place(source, head.count("\n") + 1, len(head) - head.rfind("\n"))
        problems.add("control", place, character=f"U+{ord(text[error.position]):04X}")
        return None
    except yaml.MarkedYAMLError as error:
        _explain(error, text, source, problems)
        return None
    if node is None:
        problems.add("empty_file", Place(source))
        return None
    value = _Converter(source, found).value(node, None, "", 0)
    for fault in found.errors:
        problems.add(fault.what.key, fault.place, hint=fault.hint, **fault.what.values)
    return value if found.readable else None


def _explain(error: yaml.MarkedYAMLError, text: str, source: Source, problems: Problems) -> None:
    """Turn the parser's sentence into one that says what to do."""
    mark = error.problem_mark or error.context_mark
    place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
    start_mark = error.context_mark or mark
    opening = Place(source, start_mark.line + 1, start_mark.column + 1) if start_mark else place
    problem, context = error.problem or "", error.context or ""
    line = (text.splitlines()[mark.line :] or [""])[0] if mark else ""
    start = line[mark.column : mark.column + 1] if mark else ""
    flow = next((BRACKETS[name] for name in BRACKETS if f"flow {name}" in context), None)
    if "cannot start any token" in problem:
        if start == "\t":
            problems.add("yaml_tab", place)
        else:
            problems.add("yaml_start", place, character=start)
    elif "mapping values are not allowed" in problem:
        problems.add("yaml_colon", place)
    elif "quoted scalar" in context and "end of stream" in problem:
        problems.add("yaml_quote", opening)
    elif flow:
        problems.add("yaml_bracket", opening, line=place.line, open=flow[0], close=flow[1])
    elif "another document" in problem:
        problems.add("yaml_documents", place)
    elif "alias" in problem:
        problems.add("yaml_alias", place)
    elif context.startswith("while parsing a block"):
        problems.add("yaml_indent", place, line=opening.line)
    else:
        problems.add("yaml_other", place, problem=f"{context} {problem}".strip())


class _Converter:
    """Turns nodes into values, collecting every fault of one text."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.seen: set[int] = set()

    def place(self, node: yaml.Node) -> Place:
        return Place(self.source, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: yaml.Node, key: Place | None, name: str, depth: int) -> Value:
        """Convert one node; ``name`` is its key, for the message about an empty value."""
        place = self.place(node)
        nothing = Value(None, place, key)
        if id(node) in self.seen:
            self.problems.add("yaml_alias", key or place)
            return nothing
        self.seen.add(id(node))
        if depth > DEEPEST:
            self.problems.add("yaml_deep", place, depth=DEEPEST)
            return nothing
        if node.tag not in PLAIN_TAGS:
            self.problems.add("yaml_tag", place, tag=node.tag.replace("tag:yaml.org,2002:", "!!"))
            return nothing
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, key, depth)
        if isinstance(node, yaml.SequenceNode):
            return Value([self.value(item, None, name, depth + 1) for item in node.value], place, key)
        if getattr(node, "style", None):  # quoted, or a block of text
            return Value(node.value, place, key, node.value)
        at = place if node.value else key or place  # an empty value has no place of its own
        return Value(self.plain_scalar(node.value, at, name), at, key, node.value)

    def mapping(self, node: yaml.MappingNode, key: Place | None, depth: int) -> Value:
        items: dict[str, Value] = {}
        for key_node, value_node in node.value:
            at = self.place(key_node)
            if not isinstance(key_node, yaml.ScalarNode) or not key_node.value:
                self.problems.add("key_type", at)
            elif key_node.value == "<<":
                self.problems.add("yaml_alias", at)
            elif key_node.value in items:
                first = items[key_node.value].key
                self.problems.add("duplicate", at, key=key_node.value, line=first.line if first else 0)
            else:
                items[key_node.value] = self.value(value_node, at, key_node.value, depth + 1)
        return Value(items, self.place(node), key)

    def plain_scalar(self, text: str, place: Place, name: str) -> Scalar:
        """Give an unquoted scalar its meaning."""
        if text in ("null", "~"):
            return None
        if text in ("true", "false"):
            return text == "true"
        number = INTEGER.fullmatch(text) or FLOAT.fullmatch(text)
        if number and math.isfinite(float(text)):
            return int(text) if INTEGER.fullmatch(text) else float(text)
        if not text:
            self.problems.add("empty_value", place, key=name)
        elif LEADING_ZERO.fullmatch(text):
            self.problems.add("leading_zero", place, text=text, number=int(text))
        elif number or NOT_FINITE.fullmatch(text):
            self.problems.add("not_finite", place, text=text)
        elif name in SWITCHES and text.lower() in AMBIGUOUS:
            self.problems.add("switch_word", place, text=text, choices=choices_for(text, SWITCHES[name].choices))
        elif text.lower() in AMBIGUOUS or text.lower() in ("true", "false", "null"):
            self.problems.add("boolean_word", place, text=text)
        return text

"""From a lesson file to a lesson: every combination of notches and sides becomes an ordinary scenario.

A value that a lesson sets is checked where scenarios are, and told at its own line of the lesson.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.language import language
from sim.params import PARAMETERS
from sim.paths import scenarios_dir
from sim.scenario.errors import FileErrors, Problems, did_you_mean
from sim.scenario.load import load_resolved
from sim.scenario.reader import Value
from sim.scenario.resolve import OWN, Override, find_file, resolve, split_key
from sim.scenario.shape import dotted, shape_of
from sim.scenario.types import Scenario
from sim.teaching.models import LESSON_SCHEMA, FigureShape, LessonShape

SIDES: Final = ("a", "b")
FOCUSED: Final = ("_inside", "_outside", "_ring")  # indicators that need to know where
#: What the sides of one lesson share: two maps with one clock show the same people in the same place.
SHARED: Final = {"territory": "world.territory", "grid": "world.grid", "w_talent": "world.w_talent",
                 "spin_up": "time.spin_up", "start": "time.start", "end": "time.end"}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One state of the lesson's controls: a notch of each (from 0), amplified or realistic."""

    notches: tuple[int, ...]
    realistic: bool = False


@dataclass(frozen=True)
class Lesson:
    """A lesson that was read and checked.

    Attributes
    ----------
    scenarios : what runs for each setting and side
    """

    shape: LessonShape
    path: Path
    scenarios: Mapping[tuple[Setting, str], Scenario]

    @property
    def id(self) -> str:
        return self.shape.id

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(range(1, self.shape.run.seeds + 1))

    @property
    def start(self) -> Setting:
        """The setting in which the lesson opens."""
        return Setting(tuple(control.start - 1 for control in self.shape.controls))

    def settings(self) -> list[Setting]:
        """Every setting, the amplified ones first."""
        return list(dict.fromkeys(setting for setting, _ in self.scenarios))


def shipped() -> list[Path]:
    """Files of the lessons that come with the model, in order."""
    return sorted((scenarios_dir() / "lessons").glob("l*.yaml"))


def load_lesson(path: str | Path, *, lang: str | None = None) -> Lesson:
    """Read and check one lesson and every scenario it runs.

    Parameters
    ----------
    path : a file, or the name of a shipped lesson (``l1_spillovers``, or ``l1``)
    lang : language of the error messages, ``en`` or ``fr``

    Raises
    ------
    FileErrors
        with the place of every error that can be told at once.
    """
    problems = Problems(language(lang))
    resolved = resolve(_find(path), LESSON_SCHEMA, problems)
    problems.stop()
    assert resolved is not None
    tree = resolved.tree
    shape = shape_of(LessonShape, tree, problems)
    problems.stop()
    assert shape is not None
    _check(shape, tree, problems)
    problems.stop()
    scenarios = _scenarios(shape, tree, resolved.folder, problems)
    problems.stop()
    file = tree.place.source.path
    assert file is not None
    return Lesson(shape, file, scenarios)


def _find(path: str | Path) -> Path:
    name = Path(path)
    if name.exists() or name.parent != Path():
        return name
    known = {file.stem: file for file in shipped()} | {file.stem.split("_")[0]: file for file in shipped()}
    return known.get(name.stem, find_file(path))


def _check(shape: LessonShape, tree: Value, problems: Problems) -> None:
    """What the models cannot say: names that refer to each other."""
    for side in SIDES:
        if side not in shape.sides:
            at = tree.nearest("sides")
            problems.add("missing", at.key or at.place, "sides", key=side)
    figures: list[tuple[FigureShape, tuple[str | int, ...]]] = [(shape.number, ("number",))]
    figures += [(each.figure, ("guarantees", k, "figure")) for k, each in enumerate(shape.guarantees) if each.figure]
    for figure, keys in figures:
        if (figure.take == "ratio") != (figure.over is not None):
            problems.add("lesson_ratio", tree.nearest(*keys, "take").place, dotted(keys))
    for index, control in enumerate(shape.controls):
        if control.start > len(control.notches):
            at = tree.nearest("controls", index, "start")
            problems.add("above", at.place, f"controls[{index + 1}].start", got=control.start,
                         high=len(control.notches))  # fmt: skip
    for index, each in enumerate(shape.guarantees):
        path = f"guarantees[{index + 1}]"
        if each.of_seeds > shape.run.seeds or each.at_least > each.of_seeds:
            at = tree.nearest("guarantees", index)
            problems.add("lesson_seeds", at.place, path, of=each.of_seeds, seeds=shape.run.seeds)
        if each.control > len(shape.controls):
            at = tree.nearest("guarantees", index, "control")
            problems.add("above", at.place, f"{path}.control", got=each.control, high=len(shape.controls))
        wrong = [n for n, c in zip(each.at, shape.controls) if not 1 <= n <= len(c.notches)]
        if wrong or (each.at and len(each.at) != len(shape.controls)):
            at = tree.nearest("guarantees", index, "at")
            problems.add("lesson_at", at.place, path, count=len(shape.controls))
    for index, name in enumerate(shape.amplify.parameters if shape.amplify else ()):
        if name not in PARAMETERS:
            at = tree.nearest("amplify", "parameters", index)
            problems.add("unknown_parameter", at.place, "amplify", hint=did_you_mean(name, PARAMETERS), got=name)
    names = [shape.chart.show, *(name for figure, _ in figures for name in (figure.of, figure.over) if name)]
    focused = [name for name in names if name.endswith(FOCUSED)]
    if shape.run.focus is None and focused:
        at = tree.nearest("run")
        problems.add("lesson_focus", at.key or at.place, "run", name=focused[0])


def _settings(shape: LessonShape) -> Iterator[Setting]:
    notches = [range(len(control.notches)) for control in shape.controls]
    for realistic in (False, True) if shape.amplify else (False,):
        for each in itertools.product(*notches):
            yield Setting(each, realistic)


def amplified(scenario: Scenario, times: float, names: list[str]) -> Scenario:
    """The scenario with some parameters multiplied, whatever the bounds of their priors."""
    numbers = {name: times * scenario.parameters.get(name, PARAMETERS[name].default) for name in names}
    return dataclasses.replace(scenario, parameters={**scenario.parameters, **numbers}).with_digest()


def _scenarios(
    shape: LessonShape, tree: Value, folder: Path, problems: Problems
) -> dict[tuple[Setting, str], Scenario]:
    """Load the scenario of every setting and side; an error that several of them share is told once."""
    found: dict[tuple[Setting, str], Scenario] = {}
    for setting in _settings(shape):
        for side in SIDES:
            name = tree.at("sides", side, "scenario") or tree.nearest("world")
            overrides = _overrides(tree, setting, side, problems)
            problems.stop()
            try:
                loaded = load_resolved(_beside(folder, str(name.data)), overrides, Problems(problems.lang), name.place)
            except FileErrors as failure:
                problems.errors += [error for error in failure.errors if error not in problems.errors]
            else:
                more = shape.amplify if not setting.realistic else None
                found[setting, side] = (
                    amplified(loaded.scenario, more.times, more.parameters) if more else loaded.scenario
                )
        first, second = (found.get((setting, side)) for side in SIDES)
        if first is not None and second is not None:
            _same_world(first, second, tree, problems)
    return found


def _beside(folder: Path, name: str) -> Path:
    """A scenario from the folder of the lesson, or from that of the shipped ones: a copy of them works anywhere."""
    folders = (folder, scenarios_dir() / "lessons")
    beside = [path for each in folders for path in (each / name, each / f"{name}.yaml") if path.is_file()]
    return beside[0] if beside else find_file(name)


def _overrides(tree: Value, setting: Setting, side: str, problems: Problems) -> list[Override]:
    """Values of one setting and side, in the order in which they count: the last wins."""
    groups: list[tuple[str | int, ...]] = [("settings",)]
    for key in ("set", "b") if side == "b" else ("set",):
        groups += [("controls", index, "notches", notch, key) for index, notch in enumerate(setting.notches)]
    groups.append(("sides", side, "set"))
    out = []
    for group in groups:
        values = tree.at(*group)
        for key, value in (values.data if values is not None and isinstance(values.data, dict) else {}).items():
            keys = split_key(key)
            if keys[0] in OWN:
                problems.add("set_forbidden", value.key or value.place, key=key)
            out.append(Override(keys, value))
    return out


def _same_world(first: Scenario, second: Scenario, tree: Value, problems: Problems) -> None:
    for name, key in SHARED.items():
        if getattr(first, name) != getattr(second, name):
            at = tree.nearest("sides")
            problems.add("lesson_one_world", at.key or at.place, "sides", key=key)

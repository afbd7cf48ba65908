"""The one number of a lesson and its guarantees, from the recordings of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.refusals import Refusal
from sim.teaching.load import Lesson, Setting
from sim.teaching.models import FigureShape, GuaranteeShape
from sim.teaching.observe import Recording

Runs = Mapping[tuple[Setting, str, int], Recording]  # (setting, side, seed) -> what was kept


class LessonError(Refusal):
    """A lesson does not show what it promises."""


@dataclass(frozen=True)
class Outcome:
    """Whether a guarantee holds: in how many seeds, and the number of each seed."""

    guarantee: GuaranteeShape
    holds: int
    of: int
    values: tuple[float, ...]

    @property
    def kept(self) -> bool:
        """Enough seeds show the pattern; with fewer seeds than promised, the same share of them."""
        return self.holds * self.guarantee.of_seeds >= self.guarantee.at_least * self.of


def number_at(spec: FigureShape, a: Recording, b: Recording, picture: int = -1) -> float:
    """The number of a lesson at one picture; the page works it out by the same rule (`player/data.js`)."""
    at_a, at_b = float(a.numbers[spec.of][picture]), float(b.numbers[spec.of][picture])
    if spec.take == "b":
        return at_b
    if spec.take == "difference":
        return at_b - at_a
    if spec.take == "change":
        return at_b / at_a - 1.0 if at_a else float("nan")
    assert spec.over is not None
    over = float(b.numbers[spec.over][picture] - a.numbers[spec.over][picture])
    return (at_b - at_a) / over if over else float("nan")


def check(lesson: Lesson, runs: Runs, seeds: tuple[int, ...]) -> list[Outcome]:
    """Every guarantee against the runs of some seeds."""
    return [_check(lesson, each, runs, seeds) for each in lesson.shape.guarantees]


def setting_of(lesson: Lesson, each: GuaranteeShape) -> Setting:
    """The setting in which a guarantee is looked at."""
    notches = tuple(n - 1 for n in each.at) if each.at else lesson.start.notches
    return Setting(notches, each.realistic)


def looked_at(lesson: Lesson, each: GuaranteeShape) -> list[Setting]:
    """The settings that a guarantee needs: one, or both ends of a control."""
    setting = setting_of(lesson, each)
    if each.rule not in ("rises", "falls"):
        return [setting]
    last = len(lesson.shape.controls[each.control - 1].notches) - 1
    return [_moved(setting, each.control - 1, notch) for notch in (0, last)]


def _check(lesson: Lesson, each: GuaranteeShape, runs: Runs, seeds: tuple[int, ...]) -> Outcome:
    setting = setting_of(lesson, each)
    if each.rule in ("rises", "falls"):
        low, high = (_values(lesson, each, runs, end, seeds) for end in looked_at(lesson, each))
        values = high - low
        holds = int((values > 0.0).sum() if each.rule == "rises" else (values < 0.0).sum())
    elif each.rule == "distinct":
        values = _values(lesson, each, runs, setting, seeds)
        enough = np.unique(values).size >= min(each.value, len(seeds))
        return Outcome(each, len(seeds) if enough else 0, len(seeds), tuple(values.tolist()))
    else:
        values = _values(lesson, each, runs, setting, seeds)
        holds = int((values > each.value).sum() if each.rule == "above" else (values < each.value).sum())
    return Outcome(each, holds, len(seeds), tuple(values.tolist()))


def _moved(setting: Setting, control: int, notch: int) -> Setting:
    notches = list(setting.notches)
    notches[control] = notch
    return Setting(tuple(notches), setting.realistic)


def _values(
    lesson: Lesson, each: GuaranteeShape, runs: Runs, setting: Setting, seeds: tuple[int, ...]
) -> np.ndarray:
    pairs = [(runs[setting, "a", seed], runs[setting, "b", seed]) for seed in seeds]
    return np.array([number_at(each.figure or lesson.shape.number, a, b) for a, b in pairs])


def wanted(lesson: Lesson, *, all_settings: bool = True) -> list[tuple[Setting, str]]:
    """The settings and sides to run: all, or those that guarantees look at."""
    if all_settings:
        return list(lesson.scenarios)
    settings = [setting for each in lesson.shape.guarantees for setting in looked_at(lesson, each)]
    return [(setting, side) for setting in dict.fromkeys(settings) for side in ("a", "b")]

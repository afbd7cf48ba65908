"""From a calibration file to a frozen calibration: which parameters are fitted to which targets, and how."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from sim.params import PARAMETERS
from sim.scenario.errors import Problems
from sim.scenario.models import (
    CALIBRATION_SCHEMA,
    LAST_SEED,
    MOST_SEEDS,
    Name,
    SettingsShape,
    Shape,
    Text,
    Title,
    counted,
)
from sim.scenario.resolve import Resolved
from sim.scenario.sweep import Range, factors_of, read_around_study, study_of
from sim.scenario.sweep_models import RangeShape
from sim.scenario.types import Scenario, digest_of

MOST_WAVES: Final = 20
POINTS_PER_FACTOR: Final = 3
"""Fewest points of the first wave for each parameter: with fewer an emulator has nothing to learn from."""
FEWEST_POINTS: Final = 20
"""Fewest points an emulator learns from, whatever the number of parameters."""
NOT_FITTED: Final = {"deep": "fit_deep", "literature": "fit_literature", "data": "fit_data"}
"""What is said of a parameter of another tier than calibrated."""
CALIBRATION_KEYS: Final = frozenset({"extends", "question", "study", "targets", "seeds", "check", "settings",
                                     "parameters", "waves", "vectors", "quick"})  # fmt: skip


class CalibrationSeedsShape(Shape):
    """Seeds of every point, the same for all. They are the seeds of runs, never parameters."""

    first: Annotated[int, *counted(0, LAST_SEED)]
    count: Annotated[int, *counted(1, MOST_SEEDS)]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(range(self.first, self.first + self.count))


class WavesShape(Shape):
    """How many points are run, wave by wave, each wave within what the one before left possible."""

    first: Annotated[int, *counted(1, 1_000_000)]
    points: Annotated[int, *counted(1, 1_000_000)]
    count: Annotated[int, *counted(1, MOST_WAVES)]


class QuickShape(Shape):
    """What ``--quick`` changes."""

    seeds: CalibrationSeedsShape | None = None
    check: CalibrationSeedsShape | None = None
    waves: WavesShape | None = None
    vectors: Annotated[int, *counted(1, 10_000)] | None = None


class CalibrationShape(Shape):
    """Parameters fitted to published figures: calibration/1."""

    schema_: Literal["calibration/1"] = Field(alias="schema")
    id: Name
    extends: Text | None = Field(None, description="the calibration whose values this one completes or replaces")
    question: Title
    study: Text = Field(description="the study whose reference scenario is fitted")
    targets: Text | None = Field(None, description="file of targets, beside this one; default: those that are shipped")
    seeds: CalibrationSeedsShape
    check: CalibrationSeedsShape | None = Field(None, description="seeds at which vectors are checked; default: seeds")
    settings: SettingsShape = SettingsShape()
    parameters: Annotated[dict[str, RangeShape], Field(min_length=1)] = Field(description="what is fitted, by name")
    waves: WavesShape
    vectors: Annotated[int, *counted(1, 10_000)] = Field(description="vectors kept in the calibrated set")
    quick: QuickShape = QuickShape()


@dataclass(frozen=True)
class Calibration:
    """A fit to be made: what is fitted, over which ranges, with how many runs.

    Attributes
    ----------
    reference, horizons
        the scenario that is run, and the months at which its study asks for results
    factors
        fitted parameters and their ranges
    first, points, waves
        points of the first wave, points of each further one, number of waves
    vectors
        how many vectors the calibrated set keeps
    check
        seeds at which they are run again and put in order: with those of the fit, the first would be the luckiest
    targets
        file of targets; None for those that are shipped
    """

    id: str
    question: Mapping[str, str]
    reference: Scenario
    horizons: tuple[int, ...]
    seeds: tuple[int, ...]
    check: tuple[int, ...]
    factors: tuple[Range, ...]
    first: int
    points: int
    waves: int
    vectors: int
    targets: Path | None
    quick: bool = False

    @property
    def digest(self) -> str:
        """Identity of all that decides the fit."""
        plain = dataclasses.asdict(dataclasses.replace(self, targets=None))
        return digest_of({**plain, "targets": self.targets and self.targets.read_text(encoding="utf-8")})


def load_calibration(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, quick: bool = False, lang: str | None = None
) -> Calibration:
    """Read, check and freeze a calibration and the study it names.

    Parameters
    ----------
    path : a file, or the name of a shipped calibration
    overrides : keys of the calibration (``waves.points``) change it; others the scenario that is run
    quick : use what the file says under ``quick``

    Raises
    ------
    FileErrors
        with every error of the first phase that failed
    """
    return load_calibration_with_origin(path, overrides=overrides, quick=quick, lang=lang)[0]


def load_calibration_with_origin(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, quick: bool = False, lang: str | None = None
) -> tuple[Calibration, Resolved]:
    """Like ``load_calibration``, with the resolved file."""
    problems = Problems(lang)
    shape, resolved, shared = read_around_study(
        path, CALIBRATION_SCHEMA, CalibrationShape, CALIBRATION_KEYS, overrides, problems
    )
    factors = factors_of(shape.parameters, resolved.tree, problems)
    _check_tiers(shape, resolved, problems)
    small = shape.quick if quick else QuickShape()
    waves, seeds = small.waves or shape.waves, small.seeds or shape.seeds
    check = small.check or shape.check or seeds
    for each, group in ((shape.waves, ()), (shape.quick.waves, ("quick",))):
        if each is not None:
            _check_points(each, len(shape.parameters), group, resolved, problems)
    targets = _targets(shape, resolved, problems)
    problems.stop()
    study = study_of(shape.study, shape.settings, resolved, shared, lang)
    return Calibration(
        id=shape.id,
        question={"fr": shape.question.fr, "en": shape.question.en},
        reference=study.reference,
        horizons=study.horizons,
        seeds=seeds.numbers,
        check=check.numbers,
        factors=factors,
        first=waves.first,
        points=waves.points,
        waves=waves.count,
        vectors=small.vectors or shape.vectors,
        targets=targets,
        quick=quick,
    ), resolved


def check_calibration(path: str | Path, lang: str | None = None) -> None:
    """Raise the errors of a calibration file, of its study and of the scenarios that one names."""
    load_calibration(path, lang=lang)


def _check_tiers(shape: CalibrationShape, resolved: Resolved, problems: Problems) -> None:
    """Refuse what is measured, what the literature gives, and what nobody knows: none of it may be fitted."""
    for name, given in shape.parameters.items():
        value = resolved.tree.nearest("parameters", name)
        place, tier = value.key or value.place, PARAMETERS[name].tier if name in PARAMETERS else "calibrated"
        if tier != "calibrated":
            problems.add(NOT_FITTED[tier], place, "parameters", got=name)
        elif given.values is not None:
            problems.add("fit_values", resolved.tree.nearest("parameters", name, "values").place, f"parameters.{name}")


def _check_points(
    waves: WavesShape, factors: int, group: tuple[str, ...], resolved: Resolved, problems: Problems
) -> None:
    least = max(POINTS_PER_FACTOR * factors, FEWEST_POINTS)
    if waves.first < least:
        keys = (*group, "waves", "first")
        place = resolved.tree.nearest(*keys).place
        problems.add("fit_points", place, ".".join(keys), got=waves.first, least=least, factors=factors)


def _targets(shape: CalibrationShape, resolved: Resolved, problems: Problems) -> Path | None:
    if shape.targets is None:
        return None
    path = resolved.folder / shape.targets
    if not path.is_file():
        problems.add("fit_targets", resolved.tree.nearest("targets").place, "targets", file=shape.targets)
    return path.resolve()

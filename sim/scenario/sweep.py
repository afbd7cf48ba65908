"""From a sweep file to a frozen sweep: a study's policies over a space of assumptions."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel

from sim.params import PARAMETERS
from sim.paths import scenarios_dir
from sim.scenario.assumptions import by_logarithm
from sim.scenario.codes import check_name, check_switch, check_value
from sim.scenario.errors import Problems, did_you_mean
from sim.scenario.messages import Message
from sim.scenario.models import SWEEP_SCHEMA, SettingsShape
from sim.scenario.reader import Value, read_file
from sim.scenario.resolve import Override, Resolved, find_file, parse_overrides, resolve
from sim.scenario.shape import shape_of
from sim.scenario.study import load_study
from sim.scenario.sweep_models import RangeShape, SweepShape
from sim.scenario.types import Assumptions, Scenario, Study, digest_of

M = TypeVar("M", bound=BaseModel)

SWEEP_KEYS: Final = frozenset(SweepShape.model_fields) - {"schema_", "id"}
#: What each kind of design asks for besides parameters, and what it cannot use.
NEEDS_POINTS: Final = frozenset({"latin_hypercube", "sobol", "saltelli", "morris"})
USED_BY: Final = {
    "points": NEEDS_POINTS,
    "levels": frozenset({"grid", "one_at_a_time", "morris"}),
    "second_order": frozenset({"saltelli"}),
}
NUMBERS_ONLY: Final = frozenset({"saltelli", "morris"})
USUAL_LEVELS: Final = {"grid": 3, "one_at_a_time": 2}
MOST_RUNS: Final = 5_000_000  # planning takes about a gigabyte of memory per million
STUDY_SEEDS: Final = 2  # a study has two at least; those of a sweep are its own
EXTENSIBLE: Final = frozenset({"list", "sobol", "saltelli"})  # the first points stay when there are more


@dataclass(frozen=True)
class Range:
    """A parameter that varies: between ``low`` and ``high``, or over ``values``; in its own unit."""

    name: str
    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class DesignSpec:
    """How points are chosen; what a kind does not use is None. ``seed`` is that of the points, not of the runs."""

    kind: str
    points: int | None = None
    levels: int | None = None
    seed: int = 1
    second_order: bool = False


@dataclass(frozen=True)
class Sweep:
    """Policies and their reference, run with the same seeds at every point of a space of assumptions.

    ``listed`` are the points of the design ``list``; ``keep`` names the tables kept whole; ``measure`` names a version
    of targets with which runs of a calibration are measured, besides their outcomes. ``digest`` covers what
    is run and over which space, not the seeds nor the titles, and not the number of points where more points extend
    those there are: such a sweep keeps its folder.
    """

    id: str
    question: Mapping[str, str]
    reference: Scenario
    arms: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    horizons: tuple[int, ...]
    design: DesignSpec
    factors: tuple[Range, ...]
    structures: Mapping[str, tuple[str, ...]]
    listed: tuple[Mapping[str, float], ...] = ()
    keep: tuple[str, ...] = ()
    measure: str = ""
    digest: str = ""
    notes: tuple[Message, ...] = field(default=(), compare=False)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What is run at every point, the reference first."""
        return (self.reference, *self.arms)

    def at(self, parameters: Mapping[str, float], switches: Mapping[str, str]) -> dict[str, Scenario]:
        """Return the scenarios at one point, by the id they have in the study."""
        point = Assumptions("point", {}, switches, parameters, self.seeds)
        return {each.id: dataclasses.replace(point.over(each), id=each.id) for each in self.scenarios}

    def with_digest(self) -> Sweep:
        """Return the sweep with its digest computed."""
        design = dataclasses.asdict(self.design)
        if self.design.kind in EXTENSIBLE:
            del design["points"]
        content = {
            "scenarios": [[each.id, each.digest] for each in self.scenarios],
            "horizons": self.horizons,
            "design": design,
            "factors": [dataclasses.asdict(each) for each in self.factors],
            "structures": {name: list(values) for name, values in self.structures.items()},
            "keep": self.keep,
            **({"measure": self.measure} if self.measure else {}),
        }
        return dataclasses.replace(self, digest=digest_of(content))


def load_sweep(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, seeds: int | None = None, lang: str | None = None
) -> Sweep:
    """Read, check and freeze a sweep and the study it names.

    Parameters
    ----------
    path : a file, or the name of a shipped sweep
    overrides : keys of the sweep (``design.points``, ``seeds.count``) change the sweep; others every scenario
    seeds : number of seeds of each point
    lang : language of the error messages

    Raises
    ------
    FileErrors
        with every error of the first phase that failed
    """
    return load_sweep_with_origin(path, overrides=overrides, seeds=seeds, lang=lang)[0]


def load_sweep_with_origin(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, seeds: int | None = None, lang: str | None = None
) -> tuple[Sweep, Resolved]:
    """Like ``load_sweep``, with the resolved file."""
    problems = Problems(lang)
    shape, resolved, shared = read_around_study(path, SWEEP_SCHEMA, SweepShape, SWEEP_KEYS, overrides, problems)
    study = study_of(shape.study, shape.settings, resolved, shared, lang)
    arms = _arms(shape, study, resolved.tree, problems)
    factors = factors_of(shape.parameters, resolved.tree, problems)
    _check_structures(shape, resolved.tree, problems)
    listed = _listed(shape, resolved.tree, problems)
    _check_design(shape, resolved.tree, problems)
    problems.stop()
    count = seeds if seeds is not None else shape.seeds.count
    _check_size(shape, resolved.tree, problems, scenarios=1 + len(arms), seeds=count)
    problems.stop()
    return Sweep(
        id=shape.id,
        question={"fr": shape.question.fr, "en": shape.question.en},
        reference=study.reference,
        arms=arms,
        seeds=tuple(range(shape.seeds.first, shape.seeds.first + count)),
        horizons=study.horizons,
        design=DesignSpec(**shape.design.model_dump()),
        factors=factors,
        structures={name: tuple(dict.fromkeys(values)) for name, values in sorted(shape.structures.items())},
        listed=listed,
        keep=tuple(sorted(set(shape.keep))),
        notes=study.notes,
    ).with_digest(), resolved


def read_around_study(
    path: str | Path,
    schema: str,
    model: type[M],
    keys: Set[str],
    overrides: Mapping[str, str] | None,
    problems: Problems,
) -> tuple[M, Resolved, dict[str, str]]:
    """Read a file that names a study, and part what is changed by hand: keys of the file's own, and those of the study.

    Returns
    -------
    shape, resolved, shared : the file as validated and as read, and the changes left for its study
    """
    own = {key: value for key, value in (overrides or {}).items() if key.split(".")[0] in keys}
    shared = {key: value for key, value in (overrides or {}).items() if key not in own}
    resolved = resolve(path, schema, problems, parse_overrides(own, problems))
    problems.stop()
    assert resolved is not None
    shape = shape_of(model, resolved.tree, problems)
    problems.stop()
    assert shape is not None
    return shape, resolved, shared


def check_sweep(path: str | Path, lang: str | None = None) -> None:
    """Raise the errors of a sweep file, of its study and of the scenarios that one names."""
    load_sweep(path, lang=lang)


def study_of(
    named: str, wanted: SettingsShape, resolved: Resolved, shared: Mapping[str, str], lang: str | None
) -> Study:
    """Read the study that a file names, beside the file or as shipped, with the settings of the file."""
    name = resolved.tree.nearest("study")
    folder = name.place.source.path.parent if name.place.source.path else Path.cwd()
    beside = next((folder / each for each in (named, f"{named}.yaml") if (folder / each).is_file()), None)
    found = beside or find_file(named)
    problems = Problems(lang)
    if not found.is_file():
        shipped = [path.stem for path in (scenarios_dir() / "studies").glob("*.yaml")]
        hint = did_you_mean(named, [*(path.name for path in folder.glob("*.yaml")), *shipped])
        problems.add("no_file", name.place, "study", hint=hint, file=named)
    else:
        read_file(found, problems, name.place)
    problems.stop()
    given = [key for key in ("w_talent", "end") if getattr(wanted, key) is not None]
    laid = [Override(("settings", key), resolved.tree.nearest("settings", key)) for key in given]
    return load_study(found, overrides=shared, laid=laid, seeds=STUDY_SEEDS, lang=lang)


def _arms(shape: SweepShape, study: Study, tree: Value, problems: Problems) -> tuple[Scenario, ...]:
    known = {each.id: each for each in (*study.arms, *study.variants)}
    wanted = shape.arms if shape.arms is not None else [each.id for each in study.arms]
    for index, name in enumerate(wanted):
        place = tree.nearest("arms", index).place
        if name not in known:
            hint = did_you_mean(name, known, always=True)
            problems.add("sweep_arm", place, "arms", hint=hint, got=name, study=study.id)
        elif name in wanted[:index]:
            problems.add("twice", place, "arms", got=name)
    return tuple(known[name] for name in wanted if name in known)


def factors_of(given: Mapping[str, RangeShape], tree: Value, problems: Problems) -> tuple[Range, ...]:
    """Return what varies, in the order of the file, from its key ``parameters``."""
    factors = []
    for name, each in given.items():
        keys = ("parameters", name)
        if not check_name(name, ("parameters",), tree, problems):
            continue
        sound = _sound_range(name, each, keys, tree, problems)
        if sound and each.values is not None:
            values = tuple(float(value) for value in each.values)
            factors.append(Range(name, min(values), max(values), "linear", values))
        elif sound:
            low, high = _bounds(name, each)
            scale = each.scale or ("log" if by_logarithm(PARAMETERS[name]) and low > 0.0 else "linear")
            factors.append(Range(name, low, high, scale))
    return tuple(factors)


def _bounds(name: str, given: RangeShape) -> tuple[float, float]:
    param = PARAMETERS[name]
    return (
        param.low if given.low is None else float(given.low),
        param.high if given.high is None else float(given.high),
    )


def _sound_range(name: str, given: RangeShape, keys: tuple[str, str], tree: Value, problems: Problems) -> bool:
    before, place, path = len(problems.errors), tree.nearest(*keys), ".".join(keys)
    ends = {key: getattr(given, key) for key in ("low", "high") if getattr(given, key) is not None}
    for key, value in ends.items():
        check_value(name, value, (*keys, key), tree, problems)
    for index, value in enumerate(given.values or ()):
        check_value(name, value, (*keys, "values", index), tree, problems)
    if given.values is not None and len(set(map(str, given.values))) < max(len(given.values), 2):
        problems.add("sweep_values", tree.nearest(*keys, "values").place, path)
    if given.values is not None and (ends or given.scale):
        problems.add("sweep_values_or_bounds", place.key or place.place, path)
    if len(problems.errors) > before or given.values is not None:
        return len(problems.errors) == before
    low, high = _bounds(name, given)
    if PARAMETERS[name].low == PARAMETERS[name].high:
        problems.add("draw_fixed", place.key or place.place, path, got=name)
    elif low >= high:
        problems.add("sweep_range", place.key or place.place, path, low=f"{low:g}", high=f"{high:g}")
    elif given.scale == "log" and low <= 0.0:
        problems.add("sweep_log", tree.nearest(*keys, "scale").place, path, low=f"{low:g}")
    return len(problems.errors) == before


def _check_structures(shape: SweepShape, tree: Value, problems: Problems) -> None:
    for name, values in shape.structures.items():
        for index, value in enumerate(values):
            check_switch(name, value, ("structures", name, index), tree, problems)


def _listed(shape: SweepShape, tree: Value, problems: Problems) -> tuple[Mapping[str, float], ...]:
    """Return the points of the design ``list``; each names the same parameters."""
    first = next(filter(None, shape.points), {})
    for index, point in enumerate(shape.points):
        for name, value in point.items():
            if check_name(name, ("points", index), tree, problems):
                check_value(name, value, ("points", index, name), tree, problems)
        place, path = tree.nearest("points", index).place, f"points[{index + 1}]"
        if not point:
            problems.add("sweep_empty_point", place, path)
        elif set(point) != set(first):
            problems.add("sweep_same_names", place, path, first=", ".join(sorted(first)))
    if problems.errors:
        return ()
    return tuple({name: float(value) for name, value in point.items()} for point in shape.points)


def _check_design(shape: SweepShape, tree: Value, problems: Problems) -> None:
    """Check that a design has what its kind needs, and nothing that it would ignore."""
    kind, place = shape.design.kind, tree.nearest("design", "kind").place
    listed = kind == "list"
    if listed and not shape.points:
        problems.add("sweep_no_list", place, "design.kind")
    if shape.points and not listed:
        problems.add("sweep_list", place, "design.kind", got=kind)
    if listed and shape.parameters:
        problems.add("sweep_list_range", tree.nearest("parameters").place, "parameters")
    if not (listed or shape.parameters or shape.structures):
        problems.add("sweep_nothing", place, "design.kind")
    if kind in NEEDS_POINTS and shape.structures and not shape.parameters:
        problems.add("sweep_only_switches", place, "design.kind", got=kind)
    elif kind in NEEDS_POINTS and shape.design.points is None:
        problems.add("sweep_points", place, "design.kind", got=kind)
    count = shape.design.points or 1
    if kind == "saltelli" and count & (count - 1):
        problems.add("sweep_power", tree.nearest("design", "points").place, "design.points", got=count,
                     below=1 << (count.bit_length() - 1), above=1 << count.bit_length())  # fmt: skip
    if kind == "morris" and (shape.design.levels or 2) % 2:
        problems.add("sweep_even", tree.nearest("design", "levels").place, "design.levels", got=shape.design.levels)
    for key, kinds in USED_BY.items():
        if kind not in kinds and tree.at("design", key) is not None:
            problems.add("sweep_unused", tree.nearest("design", key).place, f"design.{key}", got=kind, key=key)
    for name, given in shape.parameters.items():
        if kind in NUMBERS_ONLY and given.values is not None:
            problems.add("sweep_bounds_only", tree.nearest("parameters", name, "values").place, "parameters", got=kind)


def _check_size(shape: SweepShape, tree: Value, problems: Problems, *, scenarios: int, seeds: int) -> None:
    """Refuse more runs than can be planned, before their points are made."""
    points = _count(shape) * math.prod(len(set(values)) for values in shape.structures.values())
    runs = points * scenarios * seeds
    if runs > MOST_RUNS:
        problems.add("sweep_large", tree.nearest("design", "kind").place, "design.kind", runs=runs, points=points,
                     scenarios=scenarios, seeds=seeds, most=MOST_RUNS)  # fmt: skip


def _count(shape: SweepShape) -> int:
    """Return how many points the design of a sweep has, its switches apart."""
    kind, factors, points = shape.design.kind, len(shape.parameters), shape.design.points or 1
    levels = shape.design.levels or USUAL_LEVELS.get(kind, 1)
    steps = [len(each.values) if each.values else levels for each in shape.parameters.values()]
    if not factors or kind in ("latin_hypercube", "sobol"):
        return len(shape.points) or points
    each_block = {"saltelli": (2 * factors if shape.design.second_order else factors) + 2, "morris": factors + 1}
    alone = {"grid": math.prod(steps), "one_at_a_time": 1 + sum(steps)}
    return alone[kind] if kind in alone else points * each_block[kind]

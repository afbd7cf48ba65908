"""Make the runs of a lesson, each once: settings that give the same scenario share them."""

from __future__ import annotations

from collections.abc import Callable

from sim import engine
from sim.build import reach_of
from sim.grid import Grid
from sim.scenario.errors import Problems
from sim.scenario.types import Scenario
from sim.teaching.load import Lesson, Setting
from sim.teaching.models import LessonShape
from sim.teaching.numbers import wanted
from sim.teaching.observe import Recording, View, around, record

Progress = Callable[[int, int], None]


def view_of(lesson: Lesson) -> View:
    """What is kept of the runs of a lesson."""
    shape, scenario = lesson.shape, next(iter(lesson.scenarios.values()))
    zones = engine._territory(scenario.territory).zones
    inside: tuple[int, ...] = ()
    ring: tuple[int, ...] = ()
    if shape.run.focus is not None:
        inside = _rows(lesson, list(zones.code))
        ring = around(zones.x_m, zones.y_m, inside, shape.run.focus.ring)
    shock = shape.run.shock
    return View(
        layer=shape.map.show,
        indicators=needed(shape),
        every=shape.run.every,
        by_zone=scenario.grid.kind == "adaptive",
        inside=inside,
        ring=ring,
        shock=(scenario.start - 1 + shock.after, shock.sector - 1, shock.lost) if shock is not None else None,
    )


def needed(shape: LessonShape) -> tuple[str, ...]:
    """Indicators that a lesson shows or promises something of."""
    figures = [shape.number, *(each.figure for each in shape.guarantees if each.figure is not None)]
    names = {shape.chart.show, *(name for each in figures for name in (each.of, each.over) if name is not None)}
    return tuple(sorted(names))


def _rows(lesson: Lesson, codes: list[str]) -> tuple[int, ...]:
    """Rows of the zones of the focus; a name that is none is told where it stands."""
    from sim.scenario.errors import did_you_mean
    from sim.scenario.reader import read_file

    focus = lesson.shape.run.focus
    assert focus is not None
    problems = Problems()
    tree = read_file(lesson.path, problems)
    for index, code in enumerate(focus.zones):
        if code not in codes and tree is not None:
            place = tree.nearest("run", "focus", "zones", index).place
            problems.add("lesson_zone", place, "run.focus", hint=did_you_mean(code, codes), got=code)
    problems.stop()
    return tuple(codes.index(code) for code in focus.zones)


def grid_of(scenario: Scenario) -> Grid:
    """Quartiers of a scenario."""
    reach = reach_of(engine.parameters_of(scenario))
    return engine.geography(scenario.territory, scenario.grid, reach, scenario.w_talent, scenario.spin_up)[0]


def make_runs(
    lesson: Lesson,
    seeds: tuple[int, ...] | None = None,
    *,
    all_settings: bool = True,
    progress: Progress | None = None,
) -> dict[tuple[Setting, str, int], Recording]:
    """Every run of a lesson, or those its guarantees need: (setting, side, seed) -> what was kept of it."""
    view, seeds = view_of(lesson), seeds or lesson.seeds
    asked = wanted(lesson, all_settings=all_settings)
    scenarios = {lesson.scenarios[each].digest: lesson.scenarios[each] for each in asked}
    made: dict[tuple[str, int], Recording] = {}
    for seed in seeds:  # seed by seed: scenarios that share a spin-up then share its world
        for scenario in sorted(scenarios.values(), key=lambda s: engine.spin_up_digest(s, seed)):
            for _, kept in record(scenario, (seed,), view):
                made[scenario.digest, seed] = kept
            if progress is not None:
                progress(len(made), len(scenarios) * len(seeds))
    return {(setting, side, seed): made[lesson.scenarios[setting, side].digest, seed]
            for setting, side in asked for seed in seeds}  # fmt: skip

"""From a study file to a frozen study: its scenarios, what they share, what must be equal between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sim.scenario import units
from sim.scenario.assumptions import assumed, calibrated
from sim.scenario.errors import FileErrors, Note, Place, Problems, Source
from sim.scenario.load import Loaded, load_resolved
from sim.scenario.messages import Message
from sim.scenario.models import MOST_SEEDS, STUDY_SCHEMA, StudyShape
from sim.scenario.reader import Value
from sim.scenario.resolve import Override, Resolved, find_file, parse_overrides, resolve
from sim.scenario.shape import study_shape
from sim.scenario.types import EqualCost, Scenario, Study

FEWEST_SEEDS: Final = 2
QUICK: Final[dict[str, int | str]] = {"seeds.count": 4, "settings.w_talent": 100, "settings.end": "2023-12"}
STUDY_KEYS: Final = frozenset(StudyShape.model_fields) - {"schema_", "id"}
POLICY_KEYS: Final = frozenset({"budget", "hubs", "levers"})
WORLD: Final = {  # what every arm shares, and its name in scenario files
    "territory": "world.territory",
    "grid": "world.grid",
    "w_talent": "world.w_talent",
    "spin_up": "time.spin_up",
    "start": "time.start",
    "end": "time.end",
    "discount_rate": "money.discount_rate",
    "cofunding_share": "money.cofunding.share",
    "parameters": "model.parameters",
    "switches": "model.switches",
}


def load_study(
    path: str | Path,
    *,
    overrides: Mapping[str, str] | None = None,
    arms: Sequence[str | Path] | None = None,
    seeds: int | Sequence[int] | None = None,
    quick: bool = False,
    laid: Sequence[Override] = (),
    lang: str | None = None,
) -> Study:
    """Read, check and freeze a study and all its scenarios.

    Parameters
    ----------
    path : a file, or the name of a shipped study (``default``, ``full``)
    overrides : as for ``load_scenario``. Keys of the study (``horizons``, ``seeds.count``) change the study;
        world, time, money and model change every scenario; budget, hubs and levers change every policy, but
        not the reference.
    arms : scenarios given by hand in the place of the study's own, which then has no variants
    seeds : number of seeds, or the seeds themselves
    quick : 4 seeds, runs to the end of 2023, one talent agent for 100 persons
    laid : values of the study that another file sets, with the place where it does
    lang : language of the error messages

    Raises
    ------
    FileErrors
        ``not_comparable`` is true when only the fairness of the comparison is at fault.
    """
    return load_study_with_origin(path, overrides=overrides, arms=arms, seeds=seeds, quick=quick, laid=laid,
                                  lang=lang)[0]  # fmt: skip


def load_study_with_origin(
    path: str | Path,
    *,
    overrides: Mapping[str, str] | None = None,
    arms: Sequence[str | Path] | None = None,
    seeds: int | Sequence[int] | None = None,
    quick: bool = False,
    laid: Sequence[Override] = (),
    lang: str | None = None,
) -> tuple[Study, Resolved, list[Loaded]]:
    """Like ``load_study``, with the resolved file and its loaded scenarios, the reference first."""
    problems = Problems(lang)
    own, shared = _split(parse_overrides(overrides or {}, problems))
    given = (*_given(arms or ()), *(_quick() if quick else ()), *laid, *own)
    resolved = resolve(path, STUDY_SCHEMA, problems, given)
    problems.stop()
    assert resolved is not None
    shape = study_shape(resolved.tree, problems)
    problems.stop()
    assert shape is not None
    changes = [*_settings(resolved.tree), *shared]
    chosen = _seeds(shape, seeds, resolved.tree, problems)
    assumptions = assumed(shape, resolved.tree, chosen, problems)
    loaded = _load_all(shape, resolved, changes, problems)
    cut = quick or any(change.keys in (("time", "end"), ("months",)) for change in changes)
    horizons, notes = _horizons(shape, loaded[0][1], resolved.tree, problems, cut)
    _check_arms(shape, loaded, problems)
    problems.stop()
    scenarios = [each for _, each in loaded]
    study = _freeze(shape, [each.scenario for each in scenarios], chosen, horizons, notes)
    assumptions = calibrated(assumptions, shape.draws, study.reference.territory)
    return replace(study, assumptions=assumptions).with_digest(), resolved, scenarios


def check_study(path: str | Path, lang: str | None = None) -> None:
    """Raise the errors of a study file and of the scenarios it names."""
    load_study(path, lang=lang)


def _split(overrides: Iterable[Override]) -> tuple[list[Override], list[Override]]:
    """Separate the overrides of the study itself from those of its scenarios."""
    own: list[Override] = []
    shared: list[Override] = []
    for override in overrides:
        (own if override.keys[0] in STUDY_KEYS else shared).append(override)
    return own, shared


def _quick() -> list[Override]:
    place = Place(Source("--quick"))
    return [Override(tuple(key.split(".")), Value(value, place, place, str(value))) for key, value in QUICK.items()]


def _given(arms: Sequence[str | Path]) -> list[Override]:
    """Return the arms that a command names, each told of by its own name."""
    if not arms:
        return []
    values = []
    for arm in arms:
        place = Place(Source(str(arm)))
        values.append(Value(str(find_file(arm).resolve()), place, place, str(arm)))
    place = Place(Source(" ".join(map(str, arms))))
    lists = {"arms": values, "variants": []}
    return [Override((key,), Value(items, place, place)) for key, items in lists.items()]


def _settings(tree: Value) -> list[Override]:
    """Return the settings of the study as overrides of its scenarios."""
    targets = {"w_talent": ("world", "w_talent"), "end": ("time", "end")}
    found = ((keys, tree.at("settings", name)) for name, keys in targets.items())
    return [Override(keys, value) for keys, value in found if value is not None]


# -- scenarios of a study ----------------------------------------------------------------------


def _load_all(
    shape: StudyShape, resolved: Resolved, changes: list[Override], problems: Problems
) -> list[tuple[Value, Loaded]]:
    """Load the reference, the arms and the variants; their errors are raised together, with those of the study."""
    names = [resolved.tree.nearest("reference")]
    names += [resolved.tree.nearest("arms", index) for index in range(len(shape.arms))]
    names += [resolved.tree.nearest("variants", index) for index in range(len(shape.variants))]
    world = [change for change in changes if change.keys[0] not in POLICY_KEYS]
    loaded, failed = [], False
    for rank, name in enumerate(names):
        # A name given on the command line is read from the working folder, as any file named there.
        folder = name.place.source.path.parent if name.place.source.path else Path.cwd()
        try:
            each = load_resolved(
                _scenario_file(folder, str(name.data)),
                changes if rank else world,
                Problems(problems.lang),
                name.place,
            )
        except FileErrors as failure:
            failed = True
            problems.errors += [error for error in failure.errors if error not in problems.errors]
        else:
            loaded.append((name, each))
    if failed:
        problems.stop()
    return loaded


def _scenario_file(folder: Path, name: str) -> Path:
    beside = folder / name
    found = find_file(name)
    return found if not beside.exists() and found.exists() and Path(name).parent == Path() else beside


def _check_arms(shape: StudyShape, loaded: list[tuple[Value, Loaded]], problems: Problems) -> None:
    reference_name, reference = loaded[0]
    seen: dict[str, Value] = {}
    same = True
    for name, each in loaded:
        if each.scenario.id in seen:
            first = Note(
                seen[each.scenario.id].place,
                Message("written", {"name": each.scenario.id, "value": name.text}),
            )
            problems.add("same_id", name.place, notes=[first], got=each.scenario.id)
        seen.setdefault(each.scenario.id, name)
        same &= _same_world(each, reference, problems)
    if reference.scenario.budget.total_eur > 0:
        total = units.euros(reference.scenario.budget.total_eur)
        problems.add("reference_spends", reference_name.place, "reference", arm=reference.scenario.id, total=total)
    if same:  # present values at other rates or dates would say nothing
        _equal_money(shape, loaded[1:], problems)


def _same_world(arm: Loaded, reference: Loaded, problems: Problems) -> bool:
    """Check that an arm differs from the reference by its policy alone; the rest is told where it is written."""
    same = True
    for key, what in WORLD.items():
        got, wanted = getattr(arm.scenario, key), getattr(reference.scenario, key)
        if got == wanted:
            continue
        same = False
        found, base = (each.resolved.tree.nearest(*what.split(".")) for each in (arm, reference))
        base_text = Message("written", {"name": reference.scenario.id, "value": _tell(key, wanted)})
        problems.add(
            "one_world", found.place, notes=[Note(base.place, base_text)], arm=arm.scenario.id, what=what,
            reference=reference.scenario.id, got=_tell(key, got), wanted=_tell(key, wanted),
        )  # fmt: skip
    return same


def _tell(key: str, value: object) -> str:
    if key in ("spin_up", "start", "end") and isinstance(value, int):
        return units.month_text(value)
    return units.spell(value) if isinstance(value, (int, float)) else str(value)


def announced_value(scenario: Scenario) -> float:
    """Present value in euros, at the start of the policy period, of the State's announced money."""
    budget, start_year = scenario.budget, scenario.start // 12
    return budget.total_eur * sum(
        share / (1.0 + scenario.discount_rate) ** (year - start_year)
        for year, share in zip(budget.years, budget.yearly_shares, strict=True)
    )


def _equal_money(shape: StudyShape, policies: list[tuple[Value, Loaded]], problems: Problems) -> None:
    """Refuse unequal announcements: the paid amounts, known after the runs, could only differ more."""
    if shape.equal_cost.otherwise != "error":
        return
    values = [announced_value(each.scenario) for _, each in policies]
    if max(values) - min(values) > shape.equal_cost.tolerance * max(values):
        notes = [
            Note(name.place, Message("written", {"name": each.scenario.id, "value": _money(each.scenario)}))
            for name, each in policies
        ]
        tolerance = units.percent(shape.equal_cost.tolerance)
        problems.add("unequal", policies[0][0].place, "equal_cost", notes=notes, tolerance=tolerance)


def _money(scenario: Scenario) -> str:
    budget = scenario.budget
    window = f"{units.month_text(budget.first)}..{units.month_text(budget.last)}"
    return f"{units.euros(budget.total_eur)}, {window}"


# -- seeds and horizons ------------------------------------------------------------------------


def _seeds(shape: StudyShape, given: int | Sequence[int] | None, tree: Value, problems: Problems) -> tuple[int, ...]:
    place = tree.nearest("seeds", "count").place
    if isinstance(given, int) and given > MOST_SEEDS:
        problems.add("above", Place(Source(f"--seeds {given}")), got=given, high=MOST_SEEDS)
        return ()
    if given is None:
        chosen = tuple(range(shape.seeds.first, shape.seeds.first + shape.seeds.count))
    elif isinstance(given, int):
        chosen, place = (
            tuple(range(shape.seeds.first, shape.seeds.first + given)),
            Place(Source(f"--seeds {given}")),
        )
    else:
        chosen, place = tuple(given), Place(Source(f"--seeds {','.join(map(str, given))}"))
    if len(set(chosen)) < FEWEST_SEEDS:
        problems.add("seeds_number", place, got=len(set(chosen)), low=FEWEST_SEEDS)
    return tuple(dict.fromkeys(chosen))


def _horizons(
    shape: StudyShape, reference: Loaded, tree: Value, problems: Problems, cut: bool
) -> tuple[tuple[int, ...], tuple[Message, ...]]:
    """Return the horizons inside the run; a shortened run drops those it does not reach, with a note."""
    kept, notes = [], []
    start, end = reference.scenario.start, reference.scenario.end
    for index, month in enumerate(shape.horizons):
        place, text = tree.nearest("horizons", index).place, units.month_text(month)
        if month % 12 != 11:
            fixed = units.month_text(month // 12 * 12 + 11)
            problems.add("horizon_december", place, "horizons", got=text, fixed=fixed)
        elif month <= start:
            problems.add("horizon_before", place, "horizons", got=text, start=units.month_text(start))
        elif month > end and cut:
            notes.append(Message("horizon_dropped", {"got": text, "end": units.month_text(end)}))
        elif month > end:
            problems.add("horizon_after", place, "horizons", got=text, end=units.month_text(end))
        elif month in kept:
            problems.add("twice", place, "horizons", got=text)
        else:
            kept.append(month)
    # A run cut before every horizon is still worth its last month.
    return tuple(sorted(kept)) or (end,), tuple(notes)


def _freeze(
    shape: StudyShape,
    scenarios: list[Scenario],
    seeds: tuple[int, ...],
    horizons: tuple[int, ...],
    notes: tuple[Message, ...],
) -> Study:
    arms = len(shape.arms)
    every = {str(note): note for note in (*notes, *(note for each in scenarios for note in each.notes))}
    terms = shape.equal_cost
    return Study(
        id=shape.id,
        question={"fr": shape.question.fr, "en": shape.question.en},
        reference=scenarios[0],
        arms=tuple(scenarios[1 : 1 + arms]),
        variants=tuple(scenarios[1 + arms :]),
        seeds=seeds,
        horizons=horizons,
        headline=shape.headline,
        indifference=shape.indifference,
        equal_cost=EqualCost(terms.measure, terms.tolerance, terms.otherwise),
        notes=tuple(every.values()),
    ).with_digest()

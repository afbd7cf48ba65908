"""From a scenario file to a frozen scenario, phase by phase.

Syntax, files and cycles; shape; names and meaning. A slip in one value (a word to be quoted, a number with a leading
zero) stops nothing else from being checked; names are checked whatever the shape. What a file means is only checked
when its shape is sound, so that one mistake never hides behind its own consequences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.params import PARAMETERS, SWITCHES
from sim.policy import monthly_budget, share_of_months
from sim.presets import PRESETS
from sim.scenario import units
from sim.scenario.codes import check_codes, check_names, territory_ref
from sim.scenario.errors import Place, Problems
from sim.scenario.meaning import check_meaning
from sim.scenario.messages import Message
from sim.scenario.models import SCENARIO_SCHEMA, BudgetShape, GridShape, HubsShape, LeverBase, ScenarioShape, WhereShape
from sim.scenario.resolve import Override, Resolved, parse_overrides, resolve
from sim.scenario.shape import partial_shape, scenario_shape
from sim.scenario.types import Budget, Hubs, Lever, Scenario, Where

if TYPE_CHECKING:
    from sim.grid import GridSpec
    from sim.territory import Territory


@dataclass(frozen=True)
class Loaded:
    """A scenario with what it was made from, for messages and for ``show``."""

    scenario: Scenario
    resolved: Resolved
    shape: ScenarioShape
    territory: Territory


def load_scenario(path: str | Path, *, overrides: Mapping[str, str] | None = None, lang: str | None = None) -> Scenario:
    """Read, check and freeze one scenario.

    Parameters
    ----------
    path : a file, or the name of a shipped scenario (``paris_only``)
    overrides : dotted key -> text as typed after ``--set key=``; also ``cell_km`` and ``months``
    lang : language of the error messages, ``en`` or ``fr``; default: from the environment

    Raises
    ------
    FileErrors
        With every error that can be told at once.
    """
    return load_with_origin(path, overrides=overrides, lang=lang).scenario


def load_with_origin(
    path: str | Path, *, overrides: Mapping[str, str] | None = None, lang: str | None = None
) -> Loaded:
    """Like ``load_scenario``, with the place of every value."""
    problems = Problems(lang)
    parsed = parse_overrides(overrides or {}, problems)
    problems.stop()
    return load_resolved(path, parsed, problems)


def load_resolved(
    path: str | Path, overrides: Iterable[Override], problems: Problems, place: Place | None = None
) -> Loaded:
    """Load one scenario with parsed overrides; ``place`` is where a study names it."""
    overrides = list(overrides)
    resolved = resolve(path, SCENARIO_SCHEMA, problems, overrides, place)
    if resolved is None:
        problems.stop()
    assert resolved is not None
    abstract = resolved.leaf.at("abstract")
    if abstract is not None and abstract.data is True:
        problems.add("abstract", place or abstract.place, file=resolved.leaf.place.source.shown)
        problems.stop()
    shape = scenario_shape(resolved.tree, problems)
    if shape is None:
        check_names(resolved.tree, problems)
        problems.stop()
    assert shape is not None
    territory = check_codes(shape, resolved.tree, problems)
    cut = any(override.keys in (("months",), ("time", "end")) for override in overrides)
    check_meaning(shape, resolved.tree, problems, cut=cut)
    problems.stop()
    assert territory is not None
    return Loaded(freeze(shape, resolved, territory), resolved, shape, territory)


def check_scenario(path: str | Path, lang: str | None = None) -> None:
    """Raise the errors of a scenario file; an abstract one is checked as far as it goes."""
    problems = Problems(lang)
    resolved = resolve(path, SCENARIO_SCHEMA, problems)
    if resolved is None:
        problems.stop()
    assert resolved is not None
    abstract = resolved.leaf.at("abstract")
    if abstract is not None and abstract.data is True:
        partial_shape(resolved.tree, problems)
        check_names(resolved.tree, problems)
        problems.stop()
    else:
        load_scenario(path, lang=lang)


# -- freezing ----------------------------------------------------------------------------------


def freeze(shape: ScenarioShape, resolved: Resolved, territory: Territory) -> Scenario:
    """Return the scenario in the units of the model, with its digest."""
    budget, preset = freeze_budget(shape.budget), PRESETS[shape.model.preset]
    levers = tuple(_lever(name, lever) for name, lever in sorted(shape.levers.items()))
    scenario = Scenario(
        id=shape.id,
        title={"fr": shape.title.fr, "en": shape.title.en},
        territory=territory_ref(shape.world.territory, resolved.tree.nearest("world", "territory")),
        territory_digest=territory.digest,
        grid=_grid(shape.world.grid),
        w_talent=shape.world.w_talent,
        spin_up=shape.time.spin_up,
        start=shape.time.start,
        end=shape.time.end,
        discount_rate=shape.money.discount_rate,
        cofunding_share=shape.money.cofunding.share,
        equalisation=shape.money.cofunding.equalisation,
        # A value equal to the default changes nothing, so it must not change the digest either.
        parameters={
            name: float(value)
            for name, value in sorted({**preset.parameters, **shape.model.parameters}.items())
            if float(value) != PARAMETERS[name].default
        },
        switches={
            name: value
            for name, value in sorted({**preset.switches, **shape.model.switches}.items())
            if value != SWITCHES[name].default
        },
        budget=budget,
        hubs=_hubs(shape.hubs) if shape.hubs is not None else None,
        levers=levers,
        notes=_notes(budget, levers, shape.time.end),
    )
    return scenario.with_digest()


def _grid(grid: GridShape) -> GridSpec:
    from sim.grid import GridSpec

    if grid.kind == "uniform":
        return GridSpec("uniform", cell_km=grid.cell)
    finest, coarsest, people = grid.finest or 0.0, grid.coarsest or 0.0, grid.max_people or 0
    return GridSpec("adaptive", finest, coarsest, float(people))  # none is missing: see meaning.py


def freeze_budget(budget: BudgetShape) -> Budget:
    """Return the budget with its profile as shares of calendar years, which add up to one."""
    first, last = budget.window.from_, budget.window.to
    years = range(first // 12, last // 12 + 1)
    months = [min(last, year * 12 + 11) - max(first, year * 12) + 1 for year in years]
    if budget.profile == "flat":
        weights = [float(count) for count in months]
    elif budget.profile == "front_loaded":
        # The monthly rate falls in a straight line, year by year, to one n-th of its first value.
        weights = [count * float(len(months) - rank) for rank, count in enumerate(months)]
    else:
        weights = [float(share) for share in budget.profile]
    total = math.fsum(weights)
    return Budget(budget.total, first, last, tuple(weight / total for weight in weights))


def _freeze_where(where: WhereShape) -> Where:
    return Where(where.level, where.set, tuple(where.codes or ()), bool(where.all), tuple(where.except_ or ()))


def _hubs(hubs: HubsShape) -> Hubs:
    return Hubs(
        where=_freeze_where(hubs.where),
        siting=hubs.siting,
        sites=hubs.sites,
        allocate=hubs.allocate,
        footprint_km=hubs.footprint,
        carrier=hubs.carrier,
        merge=hubs.merge,
        build_months=hubs.build_time,
        assignment=hubs.assignment,
        count=hubs.count,
        threshold=hubs.threshold,
        per_place=hubs.per_place,
        first_places=tuple(hubs.first.codes) if hubs.first is not None else (),
        first_until=hubs.first.until if hubs.first is not None else None,
    )


def _lever(name: str, lever: LeverBase) -> Lever:
    content = lever.model_dump()
    terms = {key: float(value) for key, value in content["terms"].items()}
    when = lever.when
    return Lever(
        name,
        content["kind"],
        content.get("share", 0.0),
        terms,
        when.from_ if when else None,
        when.to if when else None,
        _freeze_where(lever.where) if lever.where is not None else None,
        lever.spread,
        lever.build_time,
    )


def _notes(budget: Budget, levers: tuple[Lever, ...], end: int) -> tuple[Message, ...]:
    """Say how much of the money a shortened run never pays: each lever spends its share within its own months."""
    if budget.last <= end or budget.total_eur == 0:
        return ()
    eur = monthly_budget(budget)
    unpaid = 0.0
    for lever in levers:
        first, last = (own if own is not None else whole
                       for own, whole in ((lever.first, budget.first), (lever.last, budget.last)))  # fmt: skip
        share = share_of_months(lever.share, eur, first - budget.first, last - budget.first)
        later = slice(max(first, end + 1) - budget.first, last - budget.first + 1)
        unpaid += share * float(eur[later].sum()) / budget.total_eur
    if round(unpaid, 4) == 0.0:
        return ()
    return (Message("paid_after_cut", {"end": units.month_text(end), "share": units.percent(round(unpaid, 4))}),)

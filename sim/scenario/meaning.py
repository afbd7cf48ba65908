"""Check that a scenario makes sense: shares add up, dates follow each other, money has somewhere to go."""

from __future__ import annotations

import math
from typing import Any, Final

from sim.candidates import NUMBERED
from sim.levers import HUB, KINDS, OPEN
from sim.scenario import units
from sim.scenario.errors import Note, Problems
from sim.scenario.messages import Message
from sim.scenario.models import GridShape, HubsShape, LeverBase, ScenarioShape, WhereShape, Window
from sim.scenario.reader import Value

EXACT: Final = 1e-9
ADAPTIVE: Final = ("finest", "coarsest", "max_people")
#: Terms of which the engine reads one for all levers of a kind (``sim.policy.Policy.term``).
ONE_OF_A_KIND: Final = {
    "floor": ("discount",), "accelerator": ("stay",), "co_investment": ("most_share",),
    "grants": ("grant",), "loans": ("loan",), "champions": ("cost_per_firm",), "procurement": ("contract",),
}  # fmt: skip
EXAMPLES: Final = {"count": "count: 15", "threshold": "threshold: 0.4"}


def check_meaning(shape: ScenarioShape, tree: Value, problems: Problems, *, cut: bool = False) -> None:
    """Check one scenario; ``cut`` says that the run was shortened from outside: money may remain unpaid."""
    _grid(shape.world.grid, tree, problems)
    if _calendar(shape, tree, problems):
        _window(shape, tree, problems, cut)
    _profile(shape, tree, problems)
    _levers(shape, tree, problems)
    if shape.hubs is not None:
        _where(shape, tree, problems)


def _grid(grid: GridShape, tree: Value, problems: Problems) -> None:
    at, kind = tree.nearest("world", "grid"), grid.kind
    wanted, unused = (ADAPTIVE, ("cell",)) if kind == "adaptive" else (("cell",), ADAPTIVE)
    for key in wanted:
        if getattr(grid, key) is None:
            problems.add("grid_needs", at.key or at.place, "world.grid", kind=kind, key=key)
    for key in unused:
        if getattr(grid, key) is not None:
            value = at.nearest(key)
            problems.add("grid_unused", value.key or value.place, "world.grid", kind=kind, key=key)
    if kind == "adaptive" and grid.finest and grid.coarsest:
        _halving(grid.finest, grid.coarsest, at, problems)


def _halving(finest: float, coarsest: float, at: Value, problems: Problems) -> None:
    place, path = at.nearest("finest").place, "world.grid.finest"
    halvings = math.log2(coarsest / finest)
    if halvings < 0:
        problems.add("grid_order", place, path, finest=units.spell(finest), coarsest=units.spell(coarsest))
    elif abs(halvings - round(halvings)) > EXACT:
        fixed = units.spell(coarsest / 2 ** round(halvings))
        problems.add(
            "grid_halves",
            place,
            path,
            finest=units.spell(finest),
            coarsest=units.spell(coarsest),
            fixed=fixed,
        )


def _calendar(shape: ScenarioShape, tree: Value, problems: Problems) -> bool:
    """Check that spin-up, start and end follow each other; tell whether they do."""
    sound = True
    for first_name, last_name in (("spin_up", "start"), ("start", "end")):
        first, last = getattr(shape.time, first_name), getattr(shape.time, last_name)
        if first < last:
            continue
        sound = False
        earlier, later = tree.nearest("time", first_name), tree.nearest("time", last_name)
        names: dict[str, Any] = {"first_name": first_name, "last_name": last_name}
        dates: dict[str, Any] = {"first": units.month_text(first), "last": units.month_text(last)}
        note = Note(earlier.place, Message("written", {"name": first_name, "value": earlier.text}))
        problems.add("time_order", later.place, "time", notes=[note], **names, **dates)
    return sound


def _window(shape: ScenarioShape, tree: Value, problems: Problems, cut: bool) -> None:
    window, time = shape.budget.window, shape.time
    at = tree.nearest("budget", "window")
    first, last, end = (units.month_text(month) for month in (window.from_, window.to, time.end))
    if window.from_ > window.to:
        problems.add("window_order", at.nearest("to").place, "budget.window", first=first, last=last)
    elif shape.budget.total > 0:
        if last_paid(shape) > time.end and not cut:
            note = Note(tree.nearest("time", "end").place, Message("written", {"name": "end", "value": end}))
            paid = units.month_text(last_paid(shape))
            problems.add("paid_after_end", at.nearest("to").place, "budget.window", notes=[note], last=paid, end=end)
        if window.from_ < time.start:
            start = units.month_text(time.start)
            problems.add("paid_before_start", at.nearest("from").place, "budget.window", first=first, start=start)
        length = window.to - window.from_ + 1
        if shape.hubs is not None and shape.hubs.build_time >= length:
            place = tree.nearest("hubs", "build_time").place
            problems.add("never_built", place, "hubs.build_time", build=shape.hubs.build_time, window=length)
    _lever_windows(shape, tree, problems)


def _lever_windows(shape: ScenarioShape, tree: Value, problems: Problems) -> None:
    budget = shape.budget.window
    for name, lever in shape.levers.items():
        if lever.when is None:
            continue
        at, path = tree.nearest("levers", name, "when"), f"levers.{name}.when"
        first, last = units.month_text(lever.when.from_), units.month_text(lever.when.to)
        if lever.when.from_ > lever.when.to:
            problems.add("window_order", at.nearest("to").place, path, first=first, last=last)
        elif budget.from_ <= budget.to and not budget.from_ <= lever.when.from_ <= lever.when.to <= budget.to:
            from_, to = units.month_text(budget.from_), units.month_text(budget.to)
            problems.add("when_outside", at.place, path, first=first, last=last, from_=from_, to=to)
        elif hasattr(lever, "share") and not _paid_within(shape, lever.when):
            problems.add("when_without_money", at.place, path, first=first, last=last)


def last_paid(shape: ScenarioShape) -> int:
    """Return the last month in which the budget pays a lever: `when`, and years without money, may end it early."""
    window, profile = shape.budget.window, shape.budget.profile
    shares = [lever for lever in shape.levers.values() if getattr(lever, "share", 0.0) > 0.0]
    to = max((min(lever.when.to, window.to) if lever.when else window.to for lever in shares), default=window.to)
    if isinstance(profile, str):
        return to
    began = window.from_ // 12
    years = [began + rank for rank, share in enumerate(profile) if share > 0.0 and began + rank <= to // 12]
    return min(to, years[-1] * 12 + 11) if years else to


def _paid_within(shape: ScenarioShape, when: Window) -> bool:
    """Tell whether the budget pays anything in the years of a window."""
    profile, began = shape.budget.profile, shape.budget.window.from_ // 12
    return isinstance(profile, str) or any(profile[when.from_ // 12 - began : when.to // 12 - began + 1])


def _profile(shape: ScenarioShape, tree: Value, problems: Problems) -> None:
    profile, window = shape.budget.profile, shape.budget.window
    if isinstance(profile, str):
        return
    place = tree.nearest("budget", "profile").place
    years = window.to // 12 - window.from_ // 12 + 1
    if len(profile) != years:
        problems.add("profile_years", place, "budget.profile", got=len(profile), years=years)
    elif abs(math.fsum(profile) - 1.0) > EXACT:
        problems.add("profile_sum", place, "budget.profile", total=units.percent(math.fsum(profile)))


def _levers(shape: ScenarioShape, tree: Value, problems: Problems) -> None:
    at = tree.nearest("levers")
    place = at.key or at.place
    shares = {name: lever.share for name, lever in shape.levers.items() if hasattr(lever, "share")}
    if not shares:
        if shape.budget.total > 0:
            value = tree.nearest("budget", "total")
            problems.add("no_levers", value.place, "budget.total", total=units.euros(shape.budget.total))
    elif abs(math.fsum(shares.values()) - 1.0) > EXACT:
        parts = [f"{name} {units.percent(share)}" for name, share in shares.items()]
        notes = [
            Note(share.place, Message("written", {"name": name, "value": share.text}))
            for name, share in ((name, at.nearest(name, "share")) for name in shares)
            if (share.place.source, share.place.line) != (place.source, place.line)
        ]
        total = units.percent(math.fsum(shares.values()))
        problems.add("lever_sum", place, "levers", notes=notes, total=total, parts=parts)
    if shape.hubs is None and any(lever.where is None and name in shares for name, lever in shape.levers.items()):
        problems.add("no_hubs", place, "levers")
    for name, lever in shape.levers.items():
        if lever.where is not None:
            _lever_where(name, lever, tree, problems)
    _one_of_a_kind(shape, tree, problems)


def _one_of_a_kind(shape: ScenarioShape, tree: Value, problems: Problems) -> None:
    """Refuse two levers of a kind whose terms differ where the engine can only apply those of one."""
    firsts: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, lever in shape.levers.items():
        content = lever.model_dump()
        kind, terms = content["kind"], content.get("terms") or {}
        first, others = firsts.setdefault(kind, (name, terms))
        for term in ONE_OF_A_KIND.get(kind, ()):
            if terms[term] == others[term]:
                continue
            here, there = (tree.nearest("levers", each, "terms", term) for each in (name, first))
            note = Note(there.place, Message("written", {"name": first, "value": there.text}))
            problems.add(
                "lever_terms", here.place, f"levers.{name}.terms.{term}", notes=[note],
                got=here.text, other=there.text, first=first, kind=kind, term=term,
            )  # fmt: skip


def _lever_where(name: str, lever: LeverBase, tree: Value, problems: Problems) -> None:
    """Check the places of a lever's own: what a hub does has no other place than the hub, a relief has none."""
    path, at = f"levers.{name}.where", tree.nearest("levers", name, "where")
    kind = KINDS[lever.model_dump()["kind"]]
    if kind.acts_on == HUB or kind.manner == OPEN:
        problems.add("where_not", at.key or at.place, path, kind=kind.kind)
        return
    assert lever.where is not None
    _check_where(lever.where, at, path, problems)


def _where(shape: ScenarioShape, tree: Value, problems: Problems) -> None:
    assert shape.hubs is not None
    where = shape.hubs.where
    if not _check_where(where, tree.nearest("hubs", "where"), "hubs.where", problems):
        return
    if where.level != "site" and shape.hubs.sites == "members":
        problems.add("members_zone", tree.nearest("hubs", "sites").place, "hubs.sites")
    if where.level == "site" and shape.hubs.per_place > 1:
        value = tree.nearest("hubs", "per_place")
        problems.add("per_place_site", value.key or value.place, "hubs.per_place")
    _assignment(shape.hubs, tree, problems)
    window, first = shape.budget.window, shape.hubs.first
    if first is not None and not window.from_ <= first.until < window.to:
        got, from_, to = (units.month_text(month) for month in (first.until, window.from_, window.to))
        place = tree.nearest("hubs", "first", "until").place
        problems.add("first_window", place, "hubs.first.until", got=got, from_=from_, to=to)


def _assignment(hubs: HubsShape, tree: Value, problems: Problems) -> None:
    """Check that a way of giving labels has what it needs, and nothing that it does not use."""
    at = tree.nearest("hubs", "assignment")
    for key, users in (("count", NUMBERED), ("threshold", ("threshold",))):
        given = getattr(hubs, key) is not None
        if hubs.assignment in users and not given:
            example = EXAMPLES[key]
            problems.add("assignment_needs", at.place, "hubs.assignment", got=hubs.assignment, key=key, example=example)
        elif given and hubs.assignment not in users:
            value = tree.nearest("hubs", key)
            problems.add(
                "assignment_unused", value.key or value.place, f"hubs.{key}",
                got=hubs.assignment, key=key, users=list(users),
            )  # fmt: skip
    if hubs.first is not None and hubs.assignment != "listed":
        problems.add("first_listed", at.place, "hubs.assignment")
    if hubs.assignment == "historical" and hubs.where.level != "site":
        problems.add("historical_zone", at.place, "hubs.assignment")


def _check_where(where: WhereShape, at: Value, path: str, problems: Problems) -> bool:
    """Check that places are named in one way; tell whether they are."""
    given = [key for key in ("set", "codes", "all") if getattr(where, key) is not None]
    if len(given) != 1:
        problems.add("where_one", at.key or at.place, path, given=given or Message("nothing"))
        return False
    if where.except_ and given == ["codes"]:
        value = at.nearest("except")
        problems.add("where_except", value.key or value.place, path)
    if where.level != "site" and where.set is not None:
        problems.add("where_set_zone", at.nearest("set").place, f"{path}.set")
    return True

"""What differs between two scenarios and where the euros go; which levers exist."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.candidates import OPEN_CALLS
from sim.levers import HUB, KINDS, OPEN, Lever
from sim.policy import Policy, policy_of
from sim.scenario import units
from sim.scenario.errors import Place
from sim.scenario.load import Loaded, load_with_origin
from sim.scenario.messages import Message
from sim.scenario.reader import Value
from sim.scenario.resolve import OWN, WHOLE
from sim.scenario.show import flow
from sim.scenario.types import Scenario
from sim.treasury import local_share

if TYPE_CHECKING:
    from sim.territory import Zones

PLACE_KEYS: Final = (
    "hubs.where", "hubs.siting", "hubs.sites", "hubs.assignment", "hubs.allocate", "hubs.count", "hubs.threshold",
    "hubs.per_place", "hubs.first",
)  # fmt: skip
WORLD_KEYS: Final = ("world", "time", "money", "model")
PAYERS_KEY: Final = "money.cofunding.equalisation"


@dataclass(frozen=True)
class Difference:
    """One value that differs, as written in each file, with its place; None where a file has none."""

    path: str
    a: str | None
    b: str | None
    place_a: Place | None
    place_b: Place | None


@dataclass(frozen=True)
class HubMoney:
    """Announced euros of one scenario.

    ``hubs`` names the places that may have one, ``number`` is how many have, None where a call decides.
    ``per_hub_eur`` [hubs] is State and local money over the whole window, or None when the simulation decides on the
    shares; ``by_zone_eur`` adds levers with places of their own, by code and name of the zone. ``by_lever_eur`` is the
    total by lever, None for a relief: it costs what people make of it, which only the run tells.
    """

    arm: str
    hubs: tuple[str, ...]
    number: int | None
    state_eur: float
    local_eur: float
    years: float
    per_hub_eur: NDArray[np.float64] | None
    by_zone_eur: Mapping[str, float] | None
    by_lever_eur: Mapping[str, float | None]

    @property
    def total_eur(self) -> float:
        """State and local money of the budget, in euros, without reliefs."""
        return self.state_eur + self.local_eur

    @property
    def has_reliefs(self) -> bool:
        """Has the policy tax reliefs, whose cost nobody announces?"""
        return None in self.by_lever_eur.values()


@dataclass(frozen=True)
class Diff:
    """Two scenarios side by side."""

    a: Scenario
    b: Scenario
    differences: tuple[Difference, ...]
    cause: Message
    money: tuple[HubMoney, HubMoney]

    def text(self, lang: str | None = None) -> str:
        """Return the comparison for a terminal."""
        if not self.differences:
            return self.cause.text(lang) + "\n"
        count = Message("diff_count", {"a": self.a.id, "b": self.b.id, "count": len(self.differences)})
        lines = [count.text(lang), ""]
        none = Message("absent").text(lang)
        for each in self.differences:
            lines += [f"  {each.path}"]
            lines += [f"    - {each.a or none}" + (f"    # {each.place_a}" if each.place_a else "")]
            lines += [f"    + {each.b or none}" + (f"    # {each.place_b}" if each.place_b else "")]
        lines += ["", self.cause.text(lang), "", *_money_lines(self.money, lang)]
        return "\n".join([*lines, *_zone_lines(self.money, lang)]) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison for machines."""
        return {
            "a": self.a.id,
            "b": self.b.id,
            "differences": [{"path": each.path, "a": each.a, "b": each.b} for each in self.differences],
            "cause": self.cause.key,
            "money": [_money_dict(each) for each in self.money],
        }


def diff(a: str | Path, b: str | Path, *, overrides: Mapping[str, str] | None = None, lang: str | None = None) -> Diff:
    """Compare two scenario files; overrides apply to both."""
    first = load_with_origin(a, overrides=overrides, lang=lang)
    second = load_with_origin(b, overrides=overrides, lang=lang)
    before, after = _values(first.resolved.tree), _values(second.resolved.tree)
    differences = []
    for path in [*before, *(path for path in after if path not in before)]:
        old, new = before.get(path), after.get(path)
        if (old.plain() if old else None) != (new.plain() if new else None):
            differences.append(_difference(path, old, new))
    found = tuple(differences)
    cause = _cause(first.scenario, second.scenario, found)
    return Diff(first.scenario, second.scenario, found, cause, (hub_money(first), hub_money(second)))


def _values(tree: Value) -> dict[str, Value]:
    """Return every value by dotted path; groups that are replaced whole count as one value."""
    out: dict[str, Value] = {}

    def walk(value: Value, path: str) -> None:
        if isinstance(value.data, dict) and value.data and path.rpartition(".")[2] not in WHOLE:
            for name, item in value.data.items():
                walk(item, f"{path}.{name}" if path else name)
        elif not isinstance(value.data, dict) or value.data:
            out[path] = value

    walk(tree, "")
    return {path: value for path, value in out.items() if path.split(".")[0] not in OWN}


def _difference(path: str, old: Value | None, new: Value | None) -> Difference:
    a, b = (flow(value) if value else None for value in (old, new))
    return Difference(path, a, b, old.place if old else None, new.place if new else None)


def _cause(a: Scenario, b: Scenario, differences: tuple[Difference, ...]) -> Message:
    """Return what a difference in results would come from."""
    paths = [each.path for each in differences]
    if paths == [PAYERS_KEY]:
        return Message("cause_payers")
    paths = [path for path in paths if path != PAYERS_KEY]
    place = any(path.startswith(PLACE_KEYS) for path in paths)
    other = any(path.startswith(("levers", "hubs")) and not path.startswith(PLACE_KEYS) for path in paths)
    if not paths:
        return Message("diff_none", {"a": a.id, "b": b.id})
    if any(path.split(".")[0] in WORLD_KEYS for path in paths):
        return Message("cause_world")
    if _spends(a) != _spends(b):
        return Message("cause_reference")
    if any(path.startswith("budget") for path in paths):
        return Message("cause_money")
    return Message("cause_both" if place and other else "cause_place" if place else "cause_instruments")


def _spends(scenario: Scenario) -> bool:
    """Does a scenario spend anything new: a budget, or reliefs?"""
    return scenario.budget.total_eur > 0 or any(KINDS[lever.kind].manner == OPEN for lever in scenario.levers)


# -- euros per hub -----------------------------------------------------------------------------


def hub_money(loaded: Loaded) -> HubMoney:
    """Return the announced money of a scenario, hub by hub where the shares are known before the run."""
    scenario, zones = loaded.scenario, loaded.territory.zones
    budget, n = scenario.budget, len(zones.code)
    policy = policy_of(scenario, loaded.territory, 1)
    if policy is None:
        return HubMoney(scenario.id, (), 0, 0.0, 0.0, (budget.last - budget.first + 1) / 12.0, None, {}, {})
    months = range(policy.first, policy.last + 1)
    months_eur = {m: math.fsum(policy.monthly(m, month) for month in months) for m in policy.measures}
    eur = {m: round(state * (1.0 + policy.cofunding), 2) for m, state in months_eur.items()}  # to the cent
    through_hubs = sum(each for m, each in eur.items() if m.weights is None)
    total, shares = sum(eur.values()), _hub_shares(policy, zones)
    by_zone = sum((each * m.weights for m, each in eur.items() if m.weights is not None), np.zeros(n))
    at = [place.zone for place in policy.places]
    if shares is not None:
        np.add.at(by_zone, at, through_hubs * shares)
    known = shares is not None or through_hubs == 0
    local = float((by_zone * local_share(policy, n)).sum())
    if not known:
        local += through_hubs * policy.cofunding / (1.0 + policy.cofunding)
    names = {f"{zones.code[z]} {zones.name[z]}": float(by_zone[z]) for z in np.flatnonzero(by_zone)}
    return HubMoney(
        arm=scenario.id,
        hubs=tuple(place.label for place in policy.places),
        number=policy.wanted if policy.assignment not in ("all_eligible", "threshold") else None,
        state_eur=total - local,
        local_eur=local,
        years=(budget.last - budget.first + 1) / 12.0,
        per_hub_eur=None if shares is None else through_hubs * shares,
        by_zone_eur=names if known else None,
        by_lever_eur={m.name: None if KINDS[m.kind].manner == OPEN else each for m, each in eur.items()},
    )


def _hub_shares(policy: Policy, zones: Zones) -> NDArray[np.float64] | None:
    """Return the share of each hub in the money that goes through hubs, None where the simulation decides."""
    if policy.allocate == "startups" or policy.assignment in OPEN_CALLS or not policy.places:
        return None
    at = [place.zone for place in policy.places]
    weights = zones.population[at] if policy.allocate == "per_capita" else np.ones(len(at))
    return policy.shares_of_all(np.arange(len(at)), np.asarray(weights / weights.sum(), dtype=np.float64))


def _money_dict(money: HubMoney) -> dict[str, Any]:
    per_hub = None if money.per_hub_eur is None else dict(zip(money.hubs, money.per_hub_eur.tolist(), strict=True))
    return {
        "arm": money.arm,
        "hubs": list(money.hubs),
        "number": money.number,
        "state_eur": money.state_eur,
        "local_eur": money.local_eur,
        "per_hub_eur": per_hub,
        "by_zone_eur": None if money.by_zone_eur is None else dict(money.by_zone_eur),
        "by_lever_eur": dict(money.by_lever_eur),
    }


def _money_lines(pair: tuple[HubMoney, HubMoney], lang: str | None) -> list[str]:
    """Return a small table, one column per scenario."""
    rows = [("", *(each.arm for each in pair))]
    rows.append((Message("money_hubs").text(lang), *(_number(each, lang) for each in pair)))
    rows.append((Message("money_total").text(lang), *(_total(each, lang) for each in pair)))
    rows.append((Message("money_per_hub").text(lang), *(_spread(each, 1.0, lang) for each in pair)))
    rows.append((Message("money_per_hub_year").text(lang), *(_spread(each, each.years, lang) for each in pair)))
    for name in sorted({name for each in pair for name in each.by_lever_eur}):
        rows.append((name, *(_of_lever(each, name, lang) for each in pair)))
    note = [Message("money_reliefs").text(lang)] if any(each.has_reliefs for each in pair) else []
    return [Message("money_title").text(lang), *_table(rows), *note]


def _total(money: HubMoney, lang: str | None) -> str:
    if not money.has_reliefs:
        return _short(money.total_eur)
    reliefs = Message("money_after_run").text(lang)
    return f"{_short(money.total_eur)} + {reliefs}" if money.total_eur else reliefs


def _of_lever(money: HubMoney, name: str, lang: str | None) -> str:
    """Euros of one lever; of a relief, where they are told; nothing where the scenario has no such lever."""
    if name not in money.by_lever_eur:
        return "-"
    eur = money.by_lever_eur[name]
    return Message("money_after_run").text(lang) if eur is None else _short(eur)


def _number(money: HubMoney, lang: str | None) -> str:
    if money.number is None:
        return Message("money_at_most", {"count": len(money.hubs)}).text(lang)
    return str(money.number)


def _zone_lines(pair: tuple[HubMoney, HubMoney], lang: str | None) -> list[str]:
    """Return one line for each zone that gets different euros, where the shares are known."""
    euros = [each.by_zone_eur for each in pair]
    zones = sorted({zone for each in euros for zone in each or ()})
    unknown = Message("money_unknown").text(lang)
    rows = []
    for zone in zones:
        both = [None if each is None else each.get(zone, 0.0) for each in euros]
        if both[0] != both[1]:
            rows.append((zone, *(unknown if eur is None else _short(eur) if eur else "-" for eur in both)))
    return ["", *_table([(Message("money_by_zone").text(lang), *(each.arm for each in pair)), *rows])] if rows else []


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Align the columns of a table, indented."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _spread(money: HubMoney, years: float, lang: str | None) -> str:
    if not money.hubs or money.total_eur == 0:
        return "-"
    if money.per_hub_eur is None:
        return Message("money_unknown").text(lang)
    low, high = float(money.per_hub_eur.min()) / years, float(money.per_hub_eur.max()) / years
    if high - low < 1.0:
        return _short(low)
    return Message("money_range", {"low": _short(low), "high": _short(high)}).text(lang)


def _short(eur: float) -> str:
    """Return an amount with four significant digits."""
    return units.euros(float(f"{eur:.4g}"))


# -- what exists ----------------------------------------------------


def levers(lang: str | None = None) -> dict[str, dict[str, Any]]:
    """Return every kind of lever: what it does, and the terms it needs, by name."""
    return {
        kind: {
            "number": lever.number,
            "acts_on": lever.acts_on,
            "meaning": Message(f"lever_{kind}").text(lang),
            "terms": {name: Message(f"term_{name}").text(lang) for name in lever.terms},
            "places": Message(_places_of(lever)).text(lang),
            "when": Message("when_relief" if lever.manner == OPEN else "when_budget").text(lang),
            "paid_by": Message("paid_by_state" if lever.manner == OPEN else "paid_by_all").text(lang),
            "example": _example(lever),
        }
        for kind, lever in KINDS.items()
    }


EXAMPLES: Final = {  # of terms: assumptions, of the order of what such things cost
    "staff_cost": "100 kEUR", "cost_per_link": "100 kEUR", "cost_per_hub": "200 kEUR", "cost_per_m2": "1200 EUR",
    "cost_per_place": "10 kEUR", "cost_per_year": "250 kEUR", "cost_per_premise": "1 kEUR", "cost_per_home": "300 EUR",
    "cost_per_trainee": "8 kEUR", "cost_per_zone": "200 kEUR", "cost_per_arrival": "5 kEUR",
    "cost_per_person": "1 EUR", "cost_per_firm": "75 kEUR", "grant": "30 kEUR", "loan": "100 kEUR",
    "contract": "50 kEUR", "discount": "40 %", "stay": "12 months", "most_share": "40 %", "rate": "25 %",
}  # fmt: skip


def _places_of(lever: Lever) -> str:
    """Where a lever may act: nowhere of its own, at the hubs, or anywhere."""
    return "places_none" if lever.manner == OPEN else "places_hubs" if lever.acts_on == HUB else "places_any"


def _example(lever: Lever) -> str:
    """One lever as a scenario file writes it, under ``levers:``."""
    parts = [f"kind: {lever.kind}"]
    if lever.manner != OPEN:
        parts.append("share: 10 %")
    if _places_of(lever) == "places_any":
        parts += ["where: {level: zone, all: true}", "spread: per_capita"]
    parts.append("when: {from: 2015-01, to: 2017-12}")
    terms = ", ".join(f"{name}: {EXAMPLES[name]}" for name in lever.terms)
    return f"{lever.kind}: {{{', '.join(parts)}, terms: {{{terms}}}}}"

"""``diff``: what differs between two scenarios, and where the euros go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from sim.commands.layout import columns
from sim.commands.options import debug_option, language_option
from sim.commands.words import say

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario.load import Loaded


EPILOG = """\b
Examples:
  python run.py diff paris_only fifteen_metropoles
  python run.py diff mine.yaml theirs.yaml --json
"""
NAMES = ("title", "extends")  # differ between any two files and change nothing


@click.command(epilog=EPILOG)
@click.argument("first")
@click.argument("second")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@language_option
@debug_option
def diff(first: str, second: str, as_json: bool, lang: str) -> None:
    """Show what differs between two scenarios, and where their euros go.

    Euros are those announced by the State and local authorities together, before anything is simulated.
    """
    from sim.scenario.load import load_with_origin

    pair = [load_with_origin(name, lang=lang) for name in (first, second)]
    values, money = different_values(*pair), [announced_by_zone(each) for each in pair]
    if as_json:
        zones = {zone: [each["zones"].get(zone) for each in money] for zone in _zones(money)}
        content = {
            "values": values,
            "hubs": [each["hubs"] for each in money],
            "levers": _levers(pair),
            "zones": zones,
        }
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for lines in (_value_lines(pair, values), _money_lines(pair, money, lang), _zone_lines(money, lang)):
        if lines:
            click.echo("\n".join(lines) + "\n")


def different_values(first: Loaded, second: Loaded) -> dict[str, list[Any]]:
    """Return the keys that do not have the same value in both scenarios, with both values."""
    sides = [
        {".".join(keys): value.plain() for keys, value in each.resolved.tree.leaves() if keys[0] not in NAMES}
        for each in (first, second)
    ]
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    pairs = {key: [side.get(key) for side in sides] for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def announced_by_zone(loaded: Loaded) -> dict[str, Any]:
    """Return the number of hubs of a scenario and its announced euros by zone.

    The split between hubs follows the rule of the scenario; by startups, which only a run can count, it is
    left open (``zones`` then has no euros).
    """
    from sim.policy import places_of

    scenario, territory = loaded.scenario, loaded.territory
    if scenario.hubs is None:
        return {"hubs": 0, "zones": {}, "drawn": False}
    places = places_of(scenario.hubs, territory, seed=1)
    people = territory.zones.population
    weights = [float(people[p.zone]) if scenario.hubs.allocate == "per_capita" else 1.0 for p in places]
    total = scenario.budget.total_eur * (1.0 + scenario.cofunding_share)
    zones: dict[str, float | None] = {}
    for place, weight in zip(places, weights):
        name = f"{territory.zones.code[place.zone]} {territory.zones.name[place.zone]}"
        euros = total * weight / sum(weights)
        zones[name] = None if scenario.hubs.allocate == "startups" else (zones.get(name) or 0.0) + euros
    return {"hubs": len(places), "zones": zones, "drawn": scenario.hubs.assignment == "lottery"}


def _zones(money: list[dict[str, Any]]) -> list[str]:
    return sorted({zone for each in money for zone in each["zones"]})


def _levers(pair: list[Loaded]) -> dict[str, list[float]]:
    """Return the announced euros of each kind of lever in both scenarios."""
    kinds = dict.fromkeys(lever.kind for each in pair for lever in each.scenario.levers)
    return {kind: [_kind_euros(each.scenario, kind) for each in pair] for kind in kinds}


def _kind_euros(scenario: Scenario, kind: str) -> float:
    share = sum(lever.share for lever in scenario.levers if lever.kind == kind)
    return scenario.budget.total_eur * (1.0 + scenario.cofunding_share) * share


def _value_lines(pair: list[Loaded], values: dict[str, list[Any]]) -> list[str]:
    if not values:
        return []
    rows = [
        [key, *("-" if value is None else json.dumps(value, ensure_ascii=False) for value in both)]
        for key, both in values.items()
    ]
    return columns([["", *(each.scenario.id for each in pair)], *rows], left=3)


def _money_lines(pair: list[Loaded], money: list[dict[str, Any]], lang: str) -> list[str]:
    from sim.report.numbers import Format

    fmt = Format(lang)
    rows = [["", *(each.scenario.id for each in pair)]]
    rows.append([say("hubs", lang), *(f"{each['hubs']}" for each in money)])
    rows += [[kind, *(fmt.money(euros) for euros in both)] for kind, both in _levers(pair).items()]
    return columns(rows)


def _zone_lines(money: list[dict[str, Any]], lang: str) -> list[str]:
    """Return one line per zone that gets different euros."""
    from sim.report.numbers import Format

    fmt = Format(lang)
    rows = []
    for zone in _zones(money):
        both = [each["zones"].get(zone, 0.0) for each in money]
        if both[0] != both[1]:
            rows.append(
                [zone, *(say("by_startups", lang) if euros is None else fmt.money(euros) for euros in both)]
            )
    lines = columns(rows) if rows else []
    return [*lines, say("drawn", lang)] if any(each["drawn"] for each in money) else lines

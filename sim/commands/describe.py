"""``describe``: what exists, read from the tables that declare it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from sim.commands.options import debug_option, language_option, refused
from sim.layout import columns

Row = dict[str, Any]

EPILOG = """\b
Examples:
  python run.py describe parameters
  python run.py describe founding.base_hazard
"""


@click.command(epilog=EPILOG)
@click.argument("topic", required=False, metavar="[TOPIC or NAME]")
@click.option("--territory", default="france", show_default=True, help="Territory whose sets are listed.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@language_option
@debug_option
def describe(topic: str | None, territory: str, as_json: bool, lang: str) -> None:
    """List parameters, switches, levers, processes, outputs, sets, designs or errors; or tell all about one NAME."""
    tables = topics(territory, lang)
    if topic is None:
        rows = [{"name": name, "entries": len(rows())} for name, rows in tables.items()]
    elif topic in tables:
        rows = tables[topic]()
    else:
        _one(topic, tables, as_json)
        return
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    shown = [name for name in rows[0] if name not in ("source", "reads", "writes", "places", "example")]
    click.echo("\n".join(columns([shown, *([_text(row[name]) for name in shown] for row in rows)], left=9)))


def topics(territory: str, lang: str) -> dict[str, Callable[[], list[Row]]]:
    """Return what can be described; each table is read when it is asked for."""
    return {
        "parameters": _parameters,
        "switches": _switches,
        "presets": _presets,
        "levers": lambda: _levers(lang),
        "processes": _processes,
        "outputs": _outputs,
        "state": _state,
        "sets": lambda: _sets(territory),
        "designs": lambda: _designs(lang),
        "errors": lambda: _errors(lang),
    }


def _one(name: str, tables: dict[str, Callable[[], list[Row]]], as_json: bool) -> None:
    """Tell all about one entry, or say what was probably meant."""
    from sim.refusals import Phrase, near

    known: dict[str, list[Row]] = {}
    for read in tables.values():
        for row in read():
            known.setdefault(row["name"], []).append(row)
            if "number" in row:  # L7, as in the table of levers
                known.setdefault(str(row["number"]), []).append(row)
    if name not in known:
        topics = ", ".join(tables)
        hint = near(name, [*tables, *known], Phrase(f": topics: {topics}", f" : sujets : {topics}"))
        raise refused("no_entry", name=name, hint=hint)
    if as_json:
        click.echo(json.dumps(known[name], ensure_ascii=False, indent=2))
        return
    for row in known[name]:
        width = max(map(len, row))
        click.echo("\n".join(f"{key:{width}}  {_text(value)}" for key, value in row.items()))


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parameters() -> list[Row]:
    from sim.params import PARAMETERS

    return [
        {
            "name": p.name,
            "default": p.default,
            "unit": p.unit,
            "low": p.low,
            "high": p.high,
            "tier": p.tier,
            "meaning": p.meaning,
            "source": p.source,
        }
        for p in PARAMETERS.values()
    ]


def _switches() -> list[Row]:
    from sim.params import SWITCHES

    return [
        {"name": s.name, "default": s.default, "choices": list(s.choices), "meaning": s.meaning}
        for s in SWITCHES.values()
    ]


def _presets() -> list[Row]:
    """Return the ready-made sets of mechanisms, with what each turns off and the parameters it leaves to vary."""
    from sim.presets import PRESETS

    return [
        {
            "name": p.name,
            "meaning": p.meaning,
            "off": [name for name, value in p.switches.items() if value == "off"],
            "parameters": [f"{name} = {value:g}" for name, value in p.parameters.items()],
            "free": list(p.free) or "all",
        }
        for p in PRESETS.values()
    ]


def _levers(lang: str) -> list[Row]:
    """Return the kinds of lever with the terms a scenario file gives them."""
    from sim.scenario.describe import levers

    return [
        {
            "name": kind,
            "number": lever["number"],
            "acts on": lever["acts_on"],
            "meaning": lever["meaning"],
            "terms": [f"{name} ({meaning})" for name, meaning in lever["terms"].items()],
            "places": lever["places"],
            "when": lever["when"],
            "paid by": lever["paid_by"],
            "example": lever["example"],
        }
        for kind, lever in levers(lang).items()
    ]


def _errors(lang: str) -> list[Row]:
    """Return what each code of an error in a file means, and how to mend it."""
    from sim.scenario.messages import explanations

    return [{"name": code, "meaning": page[lang]} for code, page in explanations().items()]


#: Number of points of each design of a sweep, with K parameters.
POINTS = {
    "grid": "levels^K", "list": "those listed", "latin_hypercube": "points", "sobol": "points",
    "saltelli": "points x (K + 2)", "one_at_a_time": "1 + levels x K", "morris": "points x (K + 1)",
}  # fmt: skip


def _designs(lang: str) -> list[Row]:
    """Return the designs of sweeps: what each is for, its points, and what analyses its runs."""
    from sim.commands.words import say
    from sim.explore.answers import USUAL
    from sim.scenario.sweep import EXTENSIBLE, NEEDS_POINTS, NUMBERS_ONLY, USED_BY

    rows = []
    for kind, points in POINTS.items():
        given = {"points": "16"} if kind in NEEDS_POINTS else {"levels": "3"} if kind in USED_BY["levels"] else {}
        example = ", ".join(f"{key}: {value}" for key, value in {"kind": kind, **given}.items())
        rows.append(
            {
                "name": kind,
                "points": points,
                "meaning": say(f"design_{kind}", lang),
                "keys": [key for key, kinds in USED_BY.items() if kind in kinds] or "none",
                "values": say("no" if kind in NUMBERS_ONLY else "yes", lang),
                "grows": say("yes" if kind in EXTENSIBLE else "no", lang),
                "analysed by": USUAL.get(kind, "ranks"),
                "example": f"design: {{{example}}}",
            }
        )
    return rows


def _processes() -> list[Row]:
    """Return the processes in the order of the month, with what they declare to read and write."""
    from sim.processes import SCHEDULE

    return [
        {
            "name": module.NAME,
            "meaning": _first_line(module.__doc__),
            "reads": list(module.READS),
            "writes": list(module.WRITES),
        }
        for module in SCHEDULE
    ]


def _outputs() -> list[Row]:
    """Return the columns of the yearly table by zone, as the recorder declares them."""
    from sim.recorder import FLOWS, STOCKS, UNITS

    rows = []
    for table, default in ((STOCKS, "{}"), (FLOWS, "{} a year")):
        for name, meaning in table.items():
            rows.append({"name": name, "unit": UNITS.get(name, default.format("number")), "meaning": meaning})
    return rows


def _state() -> list[Row]:
    """Return every variable of the state."""
    from sim.fields import ENTITIES

    return [
        {"name": f"{entity}.{field.name}", "unit": field.unit, "meaning": field.meaning}
        for entity, fields in ENTITIES.items()
        for field in fields
    ]


def _sets(territory: str) -> list[Row]:
    from sim.territory import load_territory

    sets = load_territory(territory).sets()
    return [
        {"name": name, "sites": len(sites), "members": [site.id for site in sites]}
        for name, sites in sorted(sets.items())
    ]


def _first_line(text: str | None) -> str:
    """Return the first sentence of a docstring on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())

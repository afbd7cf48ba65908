"""The generated tables of the model description, and the page of parameters: what the code declares, for readers.

``python -m sim.odd`` rewrites the tables between the marks of ``sim/ODD.md``, and ``sim/docs/parameters.md``; a test
asks that they be up to date.
"""

from __future__ import annotations

import re
from pathlib import Path

from sim import params
from sim.fields import CRITERIA, ENTITIES, SECTORS
from sim.layout import markdown
from sim.params import PARAMETERS, SWITCHES
from sim.params.declare import Param, Switch
from sim.processes import SCHEDULE
from sim.recorder import FLOWS, STOCKS

ODD = Path(__file__).with_name("ODD.md")
REFERENCE = Path(__file__).parent / "docs" / "parameters.md"
TIERS = ("data", "literature", "calibrated", "deep")


def entities() -> str:
    """State variables, entity by entity."""
    parts = []
    for entity, fields in ENTITIES.items():
        rows = [(f"`{f.name}`", f.unit + (f", by {f.per}" if f.per else ""), f.meaning) for f in fields]
        parts.append(f"**{entity}**\n\n" + markdown(("variable", "unit", "meaning"), rows))
    sectors = "Sectors: " + "; ".join(SECTORS) + "."
    criteria = "Criteria of the label: " + "; ".join(CRITERIA) + "."
    return "\n\n".join([*parts, sectors, criteria])


def schedule() -> str:
    """Processes of a month, in order."""
    rows = []
    for rank, process in enumerate(SCHEDULE, 1):
        title, rest = (process.__doc__ or "").split(": ", 1)
        first = re.sub(r"\s+", " ", re.split(r"\.(?=\s)| \(MODEL", rest, maxsplit=1)[0])
        rows.append((str(rank), title, f"`processes/{process.NAME}.py`", first))
    return markdown(("", "process", "file", "what happens"), rows)


GROUPS = {  # groups of parameters that several processes share; the others bear the name of theirs
    "angels": "Relief on deals of business angels (capital)",
    "coinvestment": "Public co-investment (funding, growth)",
    "public": "What public money buys (measures)",
    "layers": "Layers of administration (governance)",
    "absorption": "What a zone can put to use (governance)",
}


def observations() -> str:
    """What a run counts by zone and year."""
    rows = [(f"`{name}`", kind, meaning) for kind, table in (("flow", FLOWS), ("stock", STOCKS))
            for name, meaning in table.items()]
    return markdown(("series", "", "meaning"), rows)


def parameters() -> str:
    """Numbers and switches, counted by group."""
    rows = []
    for group in params.groups():
        numbers, switches = _of_group(group)
        tiers = [str(sum(p.tier == tier for p in numbers) or "") for tier in TIERS]
        assumed = str(sum(p.assumed for p in numbers) or "")
        rows.append((_title(group), str(len(numbers)), *tiers, assumed, str(len(switches))))
    rows.append(("The whole model", *[""] * (2 + len(TIERS)), str(sum("." not in name for name in SWITCHES))))
    counts = [[int(row[k] or 0) for row in rows] for k in range(1, len(rows[0]))]
    rows.append(("all", *(str(sum(count)) for count in counts)))
    return markdown(("group", "numbers", *TIERS, "assumptions", "switches"), rows)


def _of_group(group: str) -> tuple[list[Param], list[Switch]]:
    return ([p for p in PARAMETERS.values() if p.name.split(".")[0] == group],
            [s for s in SWITCHES.values() if s.name.split(".")[0] == group])


def _title(group: str) -> str:
    titles = {process.NAME: (process.__doc__ or "").split(":", 1)[0] for process in SCHEDULE}
    return GROUPS.get(group) or titles.get(group, group)


def assumptions() -> int:
    """How many numbers rest on an assumption."""
    return sum(p.assumed for p in PARAMETERS.values())


def reference() -> str:
    """The page of parameters: every number and switch by group, with its source."""
    parts = [INTRODUCTION.format(numbers=len(PARAMETERS), assumed=assumptions())]
    for group in params.groups():
        numbers, switches = _of_group(group)
        parts.append(f"## {_title(group)}: `{group}`")
        if numbers:
            rows = [(f"`{p.name}`", f"{p.default:g}", p.unit, f"{p.low:g} to {p.high:g}", p.tier, p.meaning, p.source)
                    for p in numbers]
            parts.append(markdown(("parameter", "value", "unit", "prior", "tier", "meaning", "source"), rows))
        if switches:
            parts.append(_choices(switches))
    alone = [s for s in SWITCHES.values() if "." not in s.name]
    return "\n\n".join([*parts, "## Of the whole model", _choices(alone)]) + "\n"


def _choices(switches: list[Switch]) -> str:
    rows = [(f"`{s.name}`", s.default, ", ".join(s.choices), s.meaning) for s in switches]
    return markdown(("switch", "default", "choices", "meaning"), rows)


INTRODUCTION = """# Parameters

{numbers} numbers, of which {assumed} rest on an assumption, and the switches of mechanisms, by group. Written by
`python -m sim.odd` from `sim/params/`, where each is declared once; `python run.py describe NAME` tells all about one.
A scenario changes them under `model.parameters` and `model.switches`, a command by `--set model.parameters.NAME=VALUE`,
within the bounds of the prior.

Tiers: *data* are fixed; *literature* keep the value and the prior of their source; *calibrated* are fitted to
published figures (what a fit gives: [calibration.md](calibration.md)); *deep* nobody knows: they are swept, never
fitted."""


def page() -> str:
    """ODD.md with its tables made anew."""
    text = ODD.read_text(encoding="utf-8")
    for table in (entities, schedule, observations, parameters):
        name = table.__name__
        head, rest = text.split(f"<!-- generated: {name} -->\n", 1)
        tail = rest.split("<!-- end -->", 1)[1]
        text = f"{head}<!-- generated: {name} -->\n\n{table()}\n\n<!-- end -->{tail}"
    return text


if __name__ == "__main__":
    ODD.write_text(page(), encoding="utf-8")
    REFERENCE.write_text(reference(), encoding="utf-8")

"""The generated tables of the model description: what the code declares, written into ODD.md.

``python -m sim.odd`` rewrites the tables between the marks of ``sim/ODD.md``; a test asks that they be up to date.
"""

from __future__ import annotations

import re
from pathlib import Path

from sim.fields import CRITERIA, ENTITIES, SECTORS
from sim.layout import markdown
from sim.params import PARAMETERS, SWITCHES
from sim.processes import SCHEDULE

ODD = Path(__file__).with_name("ODD.md")


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


def parameters() -> str:
    """Numbers and switches."""
    rows = [
        (f"`{p.name}`", f"{p.default:g}", p.unit, f"{p.low:g} to {p.high:g}", p.tier, p.meaning, p.source)
        for p in PARAMETERS.values()
    ]
    switches = [(f"`{s.name}`", s.default, ", ".join(s.choices), s.meaning) for s in SWITCHES.values()]
    numbers = markdown(("parameter", "value", "unit", "prior", "tier", "meaning", "source"), rows)
    return numbers + "\n\n" + markdown(("switch", "default", "choices", "meaning"), switches)


def page() -> str:
    """ODD.md with its tables made anew."""
    text = ODD.read_text(encoding="utf-8")
    for name, body in (("entities", entities()), ("schedule", schedule()), ("parameters", parameters())):
        head, rest = text.split(f"<!-- generated: {name} -->\n", 1)
        tail = rest.split("<!-- end -->", 1)[1]
        text = f"{head}<!-- generated: {name} -->\n\n{body}\n\n<!-- end -->{tail}"
    return text


if __name__ == "__main__":
    ODD.write_text(page(), encoding="utf-8")

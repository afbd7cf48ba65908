"""The pages of a lesson, each one file: for students, for the teacher, and a worksheet to print."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import __version__, engine
from sim.refusals import Refusal, near
from sim.report.catalogue import typeset
from sim.report.numbers import Format
from sim.teaching import pack
from sim.teaching.indicators import INDICATORS, LAYERS
from sim.teaching.load import Lesson, Setting
from sim.teaching.models import Both, LessonShape
from sim.teaching.numbers import Outcome, Runs, looked_at, number_at
from sim.teaching.runs import view_of

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent
LANGUAGES = ("fr", "en")
KINDS = ("student", "teacher", "worksheet")
#: In the order in which they are read.
SCRIPTS = ("words", "data", "map", "chart", "controls", "panels", "page", "save", "sheet")
KEYS = (
    ("␣", "play"), ("→ ←", "step"), ("R", "first"), ("N", "seed"), ("S", "seeds"), ("V, 1 2 3", "vote"),
    ("D", "difference"), ("G", "real"), ("A", "supposed"), ("T", "speed"), ("I", "keep"), ("P", "print"),
    ("L", "language"), ("F", "full"), ("+ −", "size"), ("Esc", "close"),
)  # fmt: skip
TIMING = (("hook", 4), ("vote", 6), ("run", 8), ("explain", 6), ("change", 10), ("ten", 5), ("limits", 7),
          ("ticket", 4))  # fmt: skip


LOWER_OR_RAISED = re.compile(r"([_^])(\([^)]*\)|\w+)|([^_^]+)")


@dataclass(frozen=True)
class Built:
    """All that the pages of a lesson are made of."""

    lesson: Lesson
    runs: Runs
    outcomes: tuple[Outcome, ...]
    own: str | None = None  # code or name of the class's own zone


@cache
def words(language: str, of: str = "lessons") -> dict[str, str]:
    """Words of the pages in one language: those of lessons, of the ``live`` page, or of the ``game``."""
    import yaml

    name = f"{language}.yaml" if of == "lessons" else f"{of}.{language}.yaml"
    table = yaml.safe_load((HERE / "words" / name).read_text(encoding="utf-8"))
    return {key: typeset_word(str(text), language) for key, text in table.items()}


def typeset_word(text: str, language: str) -> str:
    """`typeset`, with the spaces at the ends of a word that joins two others."""
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    made = typeset(f"x{text}x" if text.strip() == ":" else text, language)
    return made.strip("x") if text.strip() == ":" else start + made + end


def both(text: Both) -> dict[str, str]:
    """A text of a lesson with the spaces of each language."""
    return {language: typeset(getattr(text, language), language) for language in LANGUAGES}


def student(built: Built, language: str) -> str:
    """The page that the class watches."""
    content = lesson_data(built)
    tables = {each: words(each) for each in LANGUAGES}
    return _template("student.html").render(
        lang=language,
        title=both(built.lesson.shape.title)[language],
        style=_file("style.css"),
        script="\n".join(_file(f"{name}.js") for name in SCRIPTS),
        lesson=_json(content),
        table=_json(tables),
        keys=KEYS,
        noscript=words(language)["noscript"],
    )


def lesson_data(built: Built) -> dict[str, Any]:
    """What the player reads; nothing of what only the teacher may know."""
    lesson, shape, view = built.lesson, built.lesson.shape, view_of(built.lesson)
    scenario = next(iter(lesson.scenarios.values()))
    layer = LAYERS[shape.map.show]
    first = next(iter(built.runs.values()))
    ends = np.array([made.layer[-1] for made in built.runs.values()])
    gaps = np.array([
        built.runs[setting, "b", seed].layer[-1] - built.runs[setting, "a", seed].layer[-1]
        for setting, side, seed in built.runs if side == "b"
    ])  # fmt: skip
    zones = engine._territory(scenario.territory).zones
    whole = layer.unit == "count" and not view.by_zone
    return {
        "id": lesson.id,
        "title": both(shape.title),
        "question": both(shape.question),
        "quote": both(shape.quote) | {"source": both(shape.quote.source)},
        "options": [both(each) for each in shape.options],
        "sides": {side: both(each.title) for side, each in shape.sides.items()},
        "controls": [
            {"title": both(c.title), "start": c.start - 1, "notches": [both(n.title) for n in c.notches]}
            for c in shape.controls
        ],
        "amplified": {"times": pack.short(shape.amplify.times), "title": amplified(shape)} if shape.amplify else None,
        "map": {
            "title": both(shape.map.title), "unit": unit_of_layer(shape.map.show, areas=view.by_zone),
            "gap": shape.map.gap,
        },
        "chart": {
            "title": both(shape.chart.title), "show": shape.chart.show, "gap": shape.chart.gap,
            "unit": difference_of(unit_of(shape.chart.show)) if shape.chart.gap else unit_of(shape.chart.show),
        },
        "number": {
            "title": both(shape.number.title), "take": shape.number.take, "of": shape.number.of,
            "over": shape.number.over, "unit": unit_of_number(lesson),
        },
        "supposed": both(shape.supposed),
        "equation": formula(shape.equation),
        "symbols": symbols(shape),
        "ignored": [both(each) for each in shape.ignored],
        "reading": both(shape.reading),
        "ticket": both(shape.ticket),
        "seeds": shape.run.seeds,
        "months": first.months.tolist(),
        "step": layer.step,
        "ground": pack.ground(scenario, by_zone=view.by_zone),
        "boxes": pack.boxes(lesson),
        "places": list(zones.name) if view.by_zone else None,
        "own": own_zone(lesson, built.own),
        "limits": pack.limits_of(ends, doubling=layer.unit == "count"),
        "colours": pack.colours(signed=False),
        "gapLimits": pack.gap_limits(gaps, whole=whole),
        "gapColours": pack.colours(signed=True),
        **pack.all_runs(lesson, built.runs, layer.step),
    }  # fmt: skip


def amplified(shape: LessonShape) -> dict[str, str]:
    """What a lesson amplifies, in words: the names of its parameters where it gives none."""
    if shape.amplify is None or shape.amplify.title is None:
        return dict.fromkeys(LANGUAGES, ", ".join(shape.amplify.parameters) if shape.amplify else "")
    return both(shape.amplify.title)


def formula(text: str) -> list[tuple[str, str]]:
    """An equation in parts, with the element that shows each: ``U = β_A · d^(−δ)`` has a lower and a raised part."""
    parts: list[tuple[str, str]] = []
    for mark, inside, plain in LOWER_OR_RAISED.findall(text):
        parts.append(({"_": "sub", "^": "sup"}[mark], inside.strip("()")) if mark else ("span", plain))
    return parts


def symbols(shape: LessonShape) -> dict[str, list[tuple[str, str]]] | None:
    """What the letters of the equation are, in parts as the equation."""
    if shape.symbols is None:
        return None
    return {language: formula(text) for language, text in both(shape.symbols).items()}


def own_zone(lesson: Lesson, own: str | None) -> int:
    """Row of the class's own zone, by code or name; -1 for none, and on a map without zones.

    Raises
    ------
    Refusal
        where the map has no such zone.
    """
    if own is None or not view_of(lesson).by_zone:
        return -1
    zones = engine._territory(next(iter(lesson.scenarios.values())).territory).zones
    codes, names = list(zones.code), list(zones.name)
    folded = [name.casefold() for name in names]
    if own in codes:
        return codes.index(own)
    if own.casefold() in folded:
        return folded.index(own.casefold())
    raise Refusal("no_departement", code=own, hint=near(own, [*codes, *names]))


def unit_of_layer(layer: str, *, areas: bool) -> str:
    """Unit of a map: counts for each quartier, numbers for 100,000 people for each zone, or percentages."""
    unit = LAYERS[layer].unit
    return "rate" if unit == "count" and areas else unit


def unit_of(indicator: str) -> str:
    """Unit of an indicator, as the page writes it."""
    return INDICATORS[indicator].unit


def unit_of_number(lesson: Lesson) -> str:
    """Unit of the one number of a lesson."""
    spec = lesson.shape.number
    unit = "share" if spec.take in ("change", "ratio") else unit_of(spec.of)
    return difference_of(unit) if spec.take == "difference" else unit


def difference_of(unit: str) -> str:
    """Unit of a difference: shares differ by points."""
    return "points" if unit == "share" else unit


def write_number(value: float, unit: str, language: str, *, signed: bool = False) -> str:
    """A number as the page writes it (`Q.number`)."""
    fmt = Format(language)
    if not np.isfinite(value):
        return words(language)["no_number"]
    if unit == "share":
        return fmt.percent(value, decimals=1 if abs(value) < 0.1 else 0, signed=signed)
    if unit == "points":
        return fmt.points(value)
    if unit == "percent":
        return fmt.number(value, decimals=1, signed=signed) + ("\u00a0%" if language == "fr" else "%")
    if unit == "eur":
        return fmt.money(value, digits=3)
    return fmt.number(value, decimals={"index": 2, "few": 1}.get(unit, 0), signed=signed)


def teacher(built: Built, language: str) -> str:
    """The teacher's notes: the answer, what the runs show, how to lead the session."""
    lesson, shape = built.lesson, built.lesson.shape
    return _template("teacher.html").render(
        t=words(language), lang=language, shape=shape, both=both, lesson=lesson,
        style=_file("paper.css"), timing=TIMING, total=sum(minutes for _, minutes in TIMING),
        outcomes=built.outcomes, rows=table(built, language), version=__version__, answer=shape.teacher.answer - 1,
        equation=formula(shape.equation), symbols=symbols(shape), amplified=amplified(shape),
    )  # fmt: skip


def worksheet(built: Built, language: str) -> str:
    """One page of paper: the bet, three pictures, the number, why."""
    return _template("worksheet.html").render(
        t=words(language), lang=language, shape=built.lesson.shape, both=both, lesson=built.lesson,
        style=_file("paper.css"), rows=[name_of(built.lesson, each, language) for each in one_by_one(built.lesson)],
        version=__version__,
    )  # fmt: skip


def one_by_one(lesson: Lesson) -> list[Setting]:
    """The setting in which a lesson opens, those that differ from it by one notch, the realistic one, and those in
    which something is promised."""
    start = lesson.start
    near = [start]
    for k, control in enumerate(lesson.shape.controls):
        for notch in range(len(control.notches)):
            near.append(Setting((*start.notches[:k], notch, *start.notches[k + 1 :])))
    if lesson.shape.amplify:
        near.append(Setting(start.notches, realistic=True))
    near += [setting for each in lesson.shape.guarantees for setting in looked_at(lesson, each)]
    return list(dict.fromkeys(near))


def index(rows: list[tuple[str, str, str]], language: str, *, game: bool = False) -> str:
    """Links to the pages of lessons, (id, title, question) of each, and to the evaluation game where it is there."""
    return _template("index.html").render(t=words(language), lang=language, rows=rows, kinds=KINDS,
                                          style=_file("paper.css"), other=_other(language), game=game)  # fmt: skip


def _other(language: str) -> str:
    return "en" if language == "fr" else "fr"


def table(built: Built, language: str) -> list[tuple[str, str, str]]:
    """The number at the end by setting: (name of the setting, mean, range over seeds)."""
    lesson, spec, t = built.lesson, built.lesson.shape.number, words(language)
    signed = spec.take in ("difference", "change")
    rows = []
    for setting in lesson.settings():
        if (setting, "a", lesson.seeds[0]) not in built.runs:
            continue
        values = np.array([number_at(spec, built.runs[setting, "a", s], built.runs[setting, "b", s])
                           for s in lesson.seeds])  # fmt: skip
        low, mean, high = (write_number(v, unit_of_number(lesson), language, signed=signed)
                           for v in (values.min(), values.mean(), values.max()))  # fmt: skip
        rows.append((name_of(lesson, setting, language), mean, t["low_to_high"].format(low=low, high=high)))
    return rows


def name_of(lesson: Lesson, setting: Setting, language: str) -> str:
    """A setting in words: the notch of each control, and whether effects are amplified."""
    t = words(language)
    parts = [both(c.title)[language] + t["colon"] + both(c.notches[n].title)[language]
             for c, n in zip(lesson.shape.controls, setting.notches)]  # fmt: skip
    if lesson.shape.amplify:
        parts.append(t["mode_realistic" if setting.realistic else "mode_amplified"])
    return " · ".join(parts)


def _json(content: Any) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _file(name: str) -> str:
    return (HERE / "player" / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> jinja2.Template:
    import jinja2

    loader = jinja2.FileSystemLoader(HERE / "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    return made.get_template(name)


__all__ = ["KINDS", "LANGUAGES", "Built", "student", "teacher", "worksheet"]

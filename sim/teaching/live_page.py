"""The live page itself: one file that holds its script, its styles and what can be changed."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sim.params import PARAMETERS, SWITCHES, groups
from sim.presets import CORE
from sim.report.catalogue import typeset
from sim.scenario.errors import Problems
from sim.scenario.reader import read_file
from sim.teaching import pages
from sim.teaching.indicators import INDICATORS
from sim.teaching.live import MOST_MONEY, MOST_SEED, NONE, SHOWN, Choice, places
from sim.teaching.pack import colours

SCRIPTS: Final = ("words", "map", "chart", "live", "settings")
MAPS: Final = ("startups", "jobs", "rent_change", "funded_share", "trade_share")
#: Months a picture, and pictures a second at most.
SPEEDS: Final = {"slow": (1, 4), "normal": (1, 15), "fast": (3, 60)}


def render(language: str, key: str, choice: Choice) -> str:
    """The page, in one language to begin with."""
    tables = {each: pages.words(each) | pages.words(each, "live") for each in pages.LANGUAGES}
    return pages._template("live.html").render(
        lang=language,
        t=tables[language],
        style=pages._file("style.css") + pages._file("live.css"),
        script="\n".join(pages._file(f"{name}.js") for name in SCRIPTS),
        content=pages._json(content(key, choice)),
        table=pages._json(tables),
        speeds=SPEEDS,
        maps=MAPS,
        shown=SHOWN,
        most_seed=MOST_SEED,
        most_money=MOST_MONEY,
    )


def content(key: str, choice: Choice) -> dict[str, Any]:
    """What the script reads: the key of the address, worlds with their policies, all that can be changed."""
    return {
        "key": key,
        "place": choice.place,
        "none": NONE,
        "places": [{"id": name, "areas": each.areas, "policies": [{"id": p, "title": title_of(p, name)}
                                                                 for p in each.policies]}
                   for name, each in places().items()],
        "colours": colours(signed=False),
        "units": {name: INDICATORS[name].unit for name in SHOWN},
        "speeds": SPEEDS,
        "groups": list(groups()),
        "core": list(CORE),
        "parameters": [[p.name, p.default, p.unit, p.low, p.high, p.meaning] for p in PARAMETERS.values()],
        "switches": [[s.name, s.default, s.choices, s.meaning] for s in SWITCHES.values()],
    }  # fmt: skip


@cache
def title_of(policy: str, place: str) -> dict[str, str]:
    """Title of a policy of a world in each language; small worlds share a file, which bears the name of one of them."""
    if not places()[place].areas:
        return {language: pages.words(language, "live")[policy] for language in pages.LANGUAGES}
    problems = Problems()
    tree = read_file(places()[place].policies[policy], problems)
    problems.stop()
    assert tree is not None
    texts = {language: tree.at("title", language) for language in pages.LANGUAGES}
    return {language: typeset(str(text.data), language) if text is not None else policy
            for language, text in texts.items()}  # fmt: skip

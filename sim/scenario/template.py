"""A new scenario, study or sweep file: valid as it is, with comments and examples to uncomment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from sim.paths import scenarios_dir
from sim.scenario import units
from sim.scenario.errors import Problems
from sim.scenario.load import check_scenario
from sim.scenario.messages import Message
from sim.scenario.models import SCENARIO_SCHEMA
from sim.scenario.resolve import find_file, resolve
from sim.scenario.study import check_study, load_study

HUBS: Final = """\
# {examples}
#   {where}
# hubs:
#   where: {{level: site, set: paris_plus_fifteen}}
#   where: {{level: site, codes: ["brest", "rennes"]}}
#   where: {{level: zone, codes: ["29", "35"]}}
"""
SCENARIO_EXAMPLES: Final = """\
#   {shares}
#   {when}
# levers:
#   brand: null
#   procurement:
#     kind: procurement
#     share: 10 %
#     where: {{level: zone, all: true}}
#     spread: per_capita
#     when: {{from: 2015-01, to: 2017-12}}
#     terms: {{contract: 50 kEUR}}
#   {money}
# budget:
#   total: 36 MEUR
#   window: {{from: 2014-01, to: 2023-12}}
#   profile: front_loaded
#   {payers}
"""
PLACES: Final = """\
hubs:
  where: {{level: zone, all: true}}    # {choose}
#   {where}
#   where: {{level: site, set: paris_plus_fifteen}}
#   where: {{level: site, codes: ["brest", "rennes"]}}
#   where: {{level: zone, codes: ["29", "35"]}}

# {examples}
"""
STUDY_EXAMPLES: Final = """\
# {examples}
#   {arms}
# arms: [paris_only.yaml, fifteen_metropoles.yaml]
#   {seeds}
# seeds: {{count: 32}}
#   {horizons}
# horizons: [2023-12]
#   {otherwise}
# equal_cost: {{measure: present_value_paid, tolerance: 1 %, otherwise: report_both}}
"""
TEMPLATE: Final = """\
# {comment}
schema: {kind}/1
id: {name}
{label}: {{fr: {fr}, en: {en}}}
extends: {base}

# {inherits}
"""
SWEEP: Final = """\
# {comment}
schema: sweep/1
id: {name}
question: {{fr: {fr}, en: {en}}}

study: {base}    # {study}
seeds: {{first: 1, count: 2}}    # {point_seeds}

design: {{kind: sobol, points: 64}}    # {design}
parameters:    # {ranges}
  brand.dilution: {{}}
  spillovers.commute_km: {{low: 2.5, high: 5}}

# {examples}
#   {quick}
# settings: {{w_talent: 100, end: {end}}}
#   {only}
# arms: [{arms}]
#   {structures}
# structures: {{spillovers.form: [elasticity, log]}}
#   {keep}
# keep: [series]
"""
SCENARIO_WORDS: Final = ("where", "shares", "when", "money", "payers", "choose")
STUDY_WORDS: Final = ("arms", "seeds", "horizons", "otherwise")
SWEEP_WORDS: Final = ("study", "point_seeds", "design", "ranges", "quick", "only", "structures", "keep")


def template(
    kind: str, name: str, base: str = "paris_only", lang: str | None = None, folder: str | Path | None = None
) -> str:
    """Return the text of a new file: a ``scenario`` or ``study`` that extends ``base``, or a ``sweep`` of a study.

    The text can be read as it stands: it means the same as its base until something is changed. An abstract base
    with hubs but no places gets all zones, to be chosen among. ``folder`` is where the file will lie, if not in the
    working folder.

    Raises
    ------
    FileErrors
        When the base has errors.
    """
    (check_scenario if kind == "scenario" else check_study)(base, lang)
    path = find_file(base)
    shipped = path.is_relative_to(scenarios_dir()) and not Path(base).exists()
    extends = path.name if shipped else Path(os.path.relpath(path.resolve(), Path(folder or ".").resolve())).as_posix()
    if kind == "sweep":
        return _sweep(name, base, extends, lang)
    label = Message("new_question" if kind == "study" else "new_title")
    words = STUDY_WORDS if kind == "study" else SCENARIO_WORDS
    texts = {key: Message(f"new_{key}").text(lang) for key in ("comment", "examples", *words)}
    texts["inherits"] = Message("new_inherits", {"base": extends}).text(lang)
    titles = {code: json.dumps(label.text(code), ensure_ascii=False) for code in ("fr", "en")}
    examples = STUDY_EXAMPLES
    if kind == "scenario":
        examples = (PLACES if _lacks_places(path) else HUBS) + SCENARIO_EXAMPLES
    return (TEMPLATE + examples).format(
        kind=kind,
        name=name,
        base=extends,
        label="question" if kind == "study" else "title",
        **titles,
        **texts,
    )


def _sweep(name: str, base: str, written: str, lang: str | None) -> str:
    """Return the text of a new sweep of a study, over two parameters."""
    study = load_study(base, lang=lang)
    first = study.horizons[0]
    texts = {key: Message(f"new_{key}").text(lang) for key in ("examples", *SWEEP_WORDS)}
    titles = {code: json.dumps(Message("new_question").text(code), ensure_ascii=False) for code in ("fr", "en")}
    return SWEEP.format(
        comment=Message("new_sweep_comment").text(lang),
        name=name,
        base=written,
        end=units.month_text(first),
        arms=", ".join(each.id for each in study.arms[:2]),
        **titles,
        **texts,
    )


def _lacks_places(base: Path) -> bool:
    """Has a scenario hubs, but leaves it to those that extend it to say where?"""
    resolved = resolve(base, SCENARIO_SCHEMA, Problems())
    return resolved is not None and resolved.tree.at("hubs") is not None and resolved.tree.at("hubs", "where") is None

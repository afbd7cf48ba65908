"""The comparison as a few lines of plain text, for a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from sim.layout import columns
from sim.report.catalogue import Texts, load, typeset
from sim.report.facts import Facts, first_of
from sim.report.findings import count
from sim.report.numbers import NARROW, NBSP, estimate
from sim.report.tables import pairs

WIDTH = 118


def summary(comparison: Any, language: str = "en", *, width: int = WIDTH) -> str:
    """Effects with both intervals, cost per net job, verdicts and the standing caution, as plain text."""
    texts, facts = load(language), Facts(comparison)
    reference = typeset(str(facts.reference[f"label_{language}"]), language) if facts.reference is not None else ""
    title = texts(
        "console.title", year=facts.year, runs=count(texts, "paired", facts.runs), reference=reference
    )
    study = texts("masthead.study", study=facts.meta.get("study", ""), hash8=facts.meta.get("hash8", ""))
    parts = [facts.title("question", language), study, title, "", *effect_lines(facts, texts), ""]
    verdicts = pairs(facts, texts, ("jobs",))
    if verdicts:
        parts += [texts("console.verdicts")]
        parts += ["  " + verdict_line(row, texts) for row in verdicts.rows] + [""]
    check = (facts.meta.get("equal_cost") or {}) if len(facts.arms) > 1 else {}
    if check:
        parts.append(texts("console.cost_ok" if check.get("ok") else "console.cost_ko"))
    parts += textwrap.wrap(texts("console.banner"), width)
    # A terminal may break or misplace unusual spaces; a plain space is safe there.
    return "\n".join(parts).replace(NARROW, " ").replace(NBSP, " ").rstrip() + "\n"


def effect_lines(facts: Facts, texts: Texts) -> list[str]:
    """Aligned table: one row per main option."""
    rows = [["", *(texts(f"console.{key}") for key in ("startups", "jobs", "ci95", "range80", "per_hub", "cost"))]]
    per_hub = facts.arms.set_index("arm")["eur_per_hub"]
    for arm, label in facts.labels(texts.language).items():
        found = [facts.at("effects", arm=arm, outcome=outcome) for outcome in ("startups", "jobs")]
        if any(frame.empty for frame in found):
            continue
        startups, jobs = (
            estimate(texts.fmt, row["mean"], row["se"], (row["ci95_low"], row["ci95_high"]), (row["p10"], row["p90"]))
            for row in map(first_of, found)
        )
        money = texts.fmt.money(per_hub[arm]) if np.isfinite(per_hub[arm]) else texts("console.no_hub")
        rows.append([label, startups.value, jobs.value, jobs.ci95, jobs.range80, money, cost_cell(facts, arm, texts)])
    return columns(rows)


def cost_cell(facts: Facts, arm: str, texts: Texts) -> str:
    """Cost per net job, or the words for "not defined"."""
    found = facts.at("cost", arm=arm)
    if found.empty:
        return ""
    row = first_of(found)
    return texts.fmt.money(row["cost_per_net_job"], digits=2) if row["defined"] else texts("text.undefined")


def verdict_line(row: tuple[str, ...], texts: Texts) -> str:
    """ "A / B: gap, verdict" on one line."""
    a, b, _, gap, interval, _, verdict = row
    return f"A = {a}, B = {b}{texts.colon}{gap} [{interval}], {verdict}"

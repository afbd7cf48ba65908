"""The comparison as a few lines of plain text, for a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

from sim.report.catalogue import load
from sim.report.facts import Facts, first_of
from sim.report.findings import count
from sim.report.numbers import NARROW, NBSP, estimate
from sim.report.tables import pairs

WIDTH = 118


def summary(comparison: Any, language: str = "en", *, width: int = WIDTH) -> str:
    """Effects with both intervals, cost per net job, verdicts and the standing caution, as plain text."""
    texts, facts = load(language), Facts(comparison)
    title = texts("console.title", year=facts.year, runs=count(texts, "paired", facts.runs))
    parts = [facts.title("question", language), title, "", *effect_lines(facts, language), ""]
    verdicts = pairs(facts, texts, ("jobs",))
    if verdicts:
        parts += [texts("console.verdicts")]
        parts += ["  " + verdict_line(row, language) for row in verdicts.rows] + [""]
    check = facts.meta.get("equal_cost") or {}
    if check:
        parts.append(texts("console.cost_ok" if check.get("ok") else "console.cost_ko"))
    parts += textwrap.wrap(texts("console.banner"), width)
    # A terminal may break or misplace unusual spaces; a plain space is safe there.
    return "\n".join(parts).replace(NARROW, " ").replace(NBSP, " ").rstrip() + "\n"


def effect_lines(facts: Facts, language: str) -> list[str]:
    """Aligned table: one row per main option."""
    texts = load(language)
    head = [
        "",
        texts("console.startups"),
        texts("console.jobs"),
        texts("console.ci95"),
        texts("console.range80"),
        texts("console.cost"),
    ]
    rows = [head]
    for arm, label in facts.labels(language).items():
        jobs, startups = facts.at("effects", arm=arm, outcome="jobs"), facts.at("effects", arm=arm, outcome="startups")
        if jobs.empty or startups.empty:
            continue
        shown = []
        for row in (first_of(startups), first_of(jobs)):
            shown.append(
                estimate(
                    texts.fmt, row["mean"], row["se"], (row["ci95_low"], row["ci95_high"]), (row["p10"], row["p90"])
                )
            )
        rows.append(
            [label, shown[0].value, shown[1].value, shown[1].ci95, shown[1].range80, cost_cell(facts, arm, language)]
        )
    return align(rows)


def cost_cell(facts: Facts, arm: str, language: str) -> str:
    """Cost per net job, or the words for "not defined"."""
    texts = load(language)
    found = facts.at("cost", arm=arm)
    if found.empty:
        return ""
    row = first_of(found)
    return texts.fmt.money(row["cost_per_net_job"], digits=2) if row["defined"] else texts("text.undefined")


def verdict_line(row: tuple[str, ...], language: str) -> str:
    """ "A / B: gap, verdict" on one line."""
    a, b, _, gap, interval, _, verdict = row
    return f"A = {a}, B = {b}{load(language).colon}{gap} [{interval}], {verdict}"


def align(rows: list[list[str]]) -> list[str]:
    """Columns padded to a common width: first to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]

"""Tables on what stands behind the results: published figures, precision, départements, parameters, words."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from sim.report.catalogue import LANGUAGES, Texts, load, typeset
from sim.report.facts import Facts, Row, rows_of
from sim.report.numbers import NARROW, noise_step, significance_step
from sim.report.tables import AGREEMENT, Table, headings
from sim.report.words import SCALE


def scorecard(facts: Facts, texts: Texts) -> Table:
    """Published figures and what the reference simulates, those fitted first, the misses included."""
    rows = []
    for r in rows_of(facts.frame("scorecard")):
        ends = (sight_value(r["p10"], r, texts), sight_value(r["p90"], r, texts))
        rows.append(
            (
                _begun(r, "label", texts),
                texts(f"table.use_{r['use']}"),
                f"{sight_value(r['published'], r, texts)} ± {sight_value(r['tolerance'], r, texts)}",
                sight_value(r["simulated"], r, texts),
                texts("finding.cost_interval", low=ends[0], high=ends[1]),
                texts("table.yes" if r["hit"] else "table.no"),
                sight_value(r["without_agents"], r, texts) if np.isfinite(r["without_agents"]) else "–",
            )
        )
    return Table(
        texts("table.caption_scorecard"),
        headings(texts, "figure", "use", "published", "simulated", "range80", "hit", "without_agents"),
        tuple(rows),
    )


def counted(facts: Facts, texts: Texts) -> Table:
    """What is counted in the model for each published figure, and its source."""
    rows = tuple(
        (_begun(r, "label", texts), _begun(r, "operator", texts), source_in(str(r["source"]), texts))
        for r in rows_of(facts.frame("scorecard"))
    )
    return Table("", headings(texts, "figure", "operator", "source"), rows, prose=frozenset({1, 2}))


def source_in(source: str, texts: Texts) -> str:
    """A source with its remarks in the language of the reader; names of authors and of publications stay."""
    for pair in texts("sources.words").splitlines():
        english, _, own = pair.partition(" | ")
        source = source.replace(english.strip("_"), own.strip("_"))
    if texts.language == "fr":
        source = re.sub(r"(?<=\S)([;:]) ", r" \1 ", source)
        source = re.sub(r"(?<=[\d%]) to (?=\d)", " à ", source)
        source = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", NARROW, source)
        source = re.sub(r"(?<=\d)\.(?=\d)", ",", source)
    return typeset(source, texts.language)


def _begun(row: Row, name: str, texts: Texts) -> str:
    """A text of a row with a capital first letter."""
    text = typeset(str(row[f"{name}_{texts.language}"]), texts.language)
    return text[:1].upper() + text[1:]


def earned(facts: Facts, texts: Texts) -> str:
    """How many published figures the agents hit, fitted and held out apart, and how many the model without agents."""
    frame = facts.frame("scorecard")
    if frame.empty:
        return ""
    parts: dict[str, int] = {}
    for use in ("fit", "hold_out"):
        rows = frame[frame["use"] == use]
        parts |= {f"{use}_hits": int(rows["hit"].sum()), f"{use}_total": len(rows),
                  f"{use}_alone": int(rows["without_agents_hit"].sum())}  # fmt: skip
    text = texts("text.scorecard_counts", **{name: texts.fmt.number(count) for name, count in parts.items()})
    if frame["without_agents"].isna().all():
        return text
    better = parts["fit_hits"] + parts["hold_out_hits"] > parts["fit_alone"] + parts["hold_out_alone"]
    alone = {name: texts.fmt.number(parts[name]) for name in ("fit_alone", "hold_out_alone")}
    text += " " + texts(f"text.agents_{'better' if better else 'no_better'}", **alone)
    worse = frame[frame["without_agents_hit"].astype(bool) & ~frame["hit"].astype(bool)]
    if len(worse):
        labels = (typeset(str(label), texts.language) for label in worse[f"label_{texts.language}"])
        names = (" ; " if texts.language == "fr" else "; ").join(labels)  # labels hold commas
        text += " " + texts("text.agents_worse_on", names=names)
    return text


def sight_value(value: float, row: Row, texts: Texts) -> str:
    """One figure in its own unit; plain numbers are written as finely as two digits of the tolerance."""
    unit = str(row["unit"])
    if unit in ("share", "%"):
        return texts.fmt.percent(value, decimals=1)
    if unit.lower().startswith("eur"):
        return texts.fmt.money(value, digits=3)
    return texts.fmt.number(value, step=significance_step(float(row["tolerance"]), 2))


def precision(facts: Facts, texts: Texts) -> Table:
    """Achieved variance ratio, its lower bound and the number of runs."""
    names = facts.labels(texts.language)
    rows = []
    for outcome in ("jobs", "startups"):
        for r in rows_of(facts.main(facts.at("effects", outcome=outcome))):
            rows.append(
                (
                    names[r.arm],
                    texts(f"outcome.{outcome}"),
                    ratio(texts, r.vrf),
                    ratio(texts, r.vrf_low90),
                    texts.fmt.number(r.n),
                )
            )
    return Table(
        texts("table.caption_precision", year=facts.year),
        headings(texts, "arm", "outcome", "vrf", "vrf_low", "runs"),
        tuple(rows),
        text_columns=2,
    )


#: What a parameter can rest on, from the firmest to the least firm.
TIERS = ("data", "literature", "calibrated", "deep", "assumption")
#: Euros per job that the evaluation of the young innovative firms attributes to the scheme: DGCIS, 2012.
PUBLISHED_EUR_PER_JOB = (48e3, 67e3)


def power(facts: Facts, texts: Texts) -> str:
    """What effect, and what gap, so many simulations could show at all; and what the money buys by a published cost."""
    effects, pairs = (facts.at(name, outcome="jobs") for name in ("effects", "pairwise"))
    effects = facts.main(effects)
    if effects.empty:
        return ""

    def half(frame: pd.DataFrame) -> str:
        wide = (frame["ci95_high"] - frame["ci95_low"]) / 2.0
        least, most = (texts.fmt.number(value, step=noise_step(value, np.nan)) for value in (wide.min(), wide.max()))
        return least if least == most else texts("finding.cost_interval", low=least, high=most)

    runs = texts.fmt.number(facts.runs)
    seen = texts("text.power_pairs" if len(pairs) else "text.power", runs=runs, effect=half(effects),
                 gap=half(pairs) if len(pairs) else "")  # fmt: skip
    cost = facts.main(facts.at("cost"))
    if cost.empty:
        return seen
    eur = float(cost["cost_pv_eur"].max())
    few, many = (texts.fmt.number(eur / each, step=noise_step(eur / each, np.nan))
                 for each in reversed(PUBLISHED_EUR_PER_JOB))  # fmt: skip
    return f"{seen} " + texts("text.power_money", eur=texts.fmt.money(eur, digits=3), few=few, many=many)


def glossary(texts: Texts) -> list[tuple[str, str, str]]:
    """Terms of the report with that of the other language, in alphabetical order."""
    there = load(next(language for language in LANGUAGES if language != texts.language))
    keys = sorted(key for key in texts.entries if key.startswith("term."))
    rows = []
    for key in keys:
        term, _, meaning = texts.entries[key].partition(" | ")
        rows.append((term, there.entries[key].partition(" | ")[0], meaning))
    return sorted(rows, key=lambda row: unicodedata.normalize("NFD", row[0]).casefold())


def ratio(texts: Texts, value: float) -> str:
    """A ratio with two significant digits."""
    return "×" + texts.fmt.number(value, step=noise_step(value, 0.0)) if np.isfinite(value) else texts.fmt.number(value)


def departements_of(facts: Facts, texts: Texts, arm: str) -> Table:
    """Jobs by département for one option: the data behind its map."""
    rows, faint = [], set()
    for k, r in enumerate(rows_of(facts.at("departements", arm=arm, outcome="jobs"))):
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0, refine=False)
        rows.append(
            (
                r["code"],
                typeset(str(r["name"]), texts.language),
                texts("table.yes" if r.treated else "table.no"),
                texts.fmt.number(r.reference_mean, decimals=0),
                texts.fmt.number(r.diff_mean, step=step, signed=True),
                texts.fmt.interval(r.diff_ci_low, r.diff_ci_high, step=step, signed=True),
                texts.fmt.interval(r.diff_p10, r.diff_p90, step=step, signed=True),
                texts.fmt.number(r.diff_per_10k, decimals=2, signed=True),
                texts.fmt.percent(r.sign_agreement),
            )
        )
        if r.sign_agreement < AGREEMENT:
            faint.add(k)
    head = headings(texts, "code", "zone", "treated", "level", "mean", "ci95", "range80", "per_10k", "agreement")
    return Table("", head, tuple(rows), text_columns=3, faint=frozenset(faint))


def departements(facts: Facts, texts: Texts) -> Table:
    """All options side by side, one row per département; uncertain signs in brackets."""
    frame = facts.main(facts.at("departements", outcome="jobs"))
    if frame.empty:
        return Table("", (), ())
    names = facts.labels(texts.language)
    cells: dict[tuple[str, str], list[str]] = {}
    for r in rows_of(frame):
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0, refine=False)
        text = texts.fmt.number(r.diff_mean, step=step, signed=True)
        place = r["code"], typeset(str(r["name"]), texts.language)
        cells.setdefault(place, []).append(f"({text})" if r.sign_agreement < AGREEMENT else text)
    rows = [(code, name, *values) for (code, name), values in cells.items()]
    return Table(
        texts("annex.caption", year=facts.year),
        (*headings(texts, "code", "zone"), *names.values()),
        tuple(rows),
        text_columns=2,
        note=texts("annex.uncertain"),
    )


def words(texts: Texts) -> Table:
    """The scale of likelihood words."""
    rows = [
        (
            texts(f"likelihood.{s.key}"),
            texts("finding.cost_interval", low=texts.fmt.percent(s.low), high=texts.fmt.percent(s.high)),
        )
        for s in SCALE
    ]
    return Table(texts("reading.words_caption"), (texts("reading.word"), texts("reading.share")), tuple(rows))


def parameters(facts: Facts, texts: Texts) -> Table:
    """Parameters by origin, from ``meta`` when it counts them by tier, else assumptions against the rest."""
    by_tier = facts.meta.get("parameters_by_tier")
    total, assumed = facts.meta.get("parameters_count"), facts.meta.get("assumptions_count")
    if by_tier:
        rows = [(texts.name("parameters", tier), texts.fmt.number(by_tier[tier])) for tier in TIERS if tier in by_tier]
    elif total:
        rows = [
            (texts("parameters.sourced"), texts.fmt.number(total - (assumed or 0))),
            (texts("parameters.assumption"), texts.fmt.number(assumed or 0)),
        ]
    else:
        rows = []
    return Table(texts("parameters.caption"), (texts("parameters.tier"), texts("parameters.count")), tuple(rows))


def seconds(facts: Facts, texts: Texts) -> Table:
    """Seconds per simulation and process."""
    rows = [(str(r.process), texts.fmt.number(r.seconds_per_run, decimals=2)) for r in rows_of(facts.frame("seconds"))]
    return Table(texts("provenance.processes"), (texts("provenance.process"), texts("provenance.seconds")), tuple(rows))

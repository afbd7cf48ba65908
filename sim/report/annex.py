"""Tables on what stands behind the results: published figures, precision, départements, parameters, words."""

from __future__ import annotations

import numpy as np

from sim.report.catalogue import Texts, typeset
from sim.report.facts import Facts, Row, rows_of
from sim.report.numbers import noise_step
from sim.report.tables import AGREEMENT, Table, headings
from sim.report.words import SCALE


def first_sight(facts: Facts, texts: Texts) -> Table:
    """Published figures and what the reference simulates, the misses included."""
    rows = []
    for r in rows_of(facts.frame("first_sight")):
        cells = [
            sight_value(r[c], r, texts)
            for c in (
                "published_low",
                "published_high",
                "simulated_mean",
                "simulated_p10",
                "simulated_p90",
                "without_agents",
            )
        ]
        join = texts("finding.cost_interval", low="{}", high="{}")
        label, operator = (
            typeset(str(r.get(f"{k}_{texts.language}", "")), texts.language) for k in ("label", "operator")
        )
        rows.append(
            (
                label[:1].upper() + label[1:] + (f" ({operator})" if operator else ""),
                join.format(*cells[:2]),
                cells[2],
                join.format(*cells[3:5]),
                texts("table.yes" if r["inside"] else "table.no"),
                cells[5] if np.isfinite(r["without_agents"]) else "–",
                str(r[f"source_{texts.language}"]),
            )
        )
    return Table(
        texts("table.caption_first_sight"),
        headings(texts, "figure", "published", "simulated", "range80", "inside", "without_agents", "source"),
        tuple(rows),
        prose=frozenset({6}),
    )


def earned(facts: Facts, texts: Texts) -> str:
    """How many published figures the agents hit, and how many the model without agents does."""
    frame = facts.frame("first_sight")
    if frame.empty or frame["without_agents"].isna().all():
        return ""
    hits, alone = (int(frame[name].sum()) for name in ("inside", "without_agents_inside"))
    verdict = "better" if hits > alone else "no_better"
    return texts(f"text.agents_{verdict}", hits=texts.fmt.number(hits), alone=texts.fmt.number(alone),
                 total=texts.fmt.number(len(frame)))


def sight_value(value: float, row: Row, texts: Texts) -> str:
    """One figure in its own unit, three significant digits."""
    unit = str(row["unit"])
    if unit in ("share", "%"):
        return texts.fmt.percent(value, decimals=1)
    if unit.lower().startswith("eur"):
        return texts.fmt.money(value, digits=3)
    return texts.fmt.number(value, step=10.0 ** (np.floor(np.log10(abs(value))) - 2)) if value else "0"


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


def ratio(texts: Texts, value: float) -> str:
    """A ratio with two significant digits."""
    return "×" + texts.fmt.number(value, step=noise_step(value, 0.0)) if np.isfinite(value) else texts.fmt.number(value)


def departements_of(facts: Facts, texts: Texts, arm: str) -> Table:
    """Jobs by département for one option: the data behind its map."""
    rows, faint = [], set()
    for k, r in enumerate(rows_of(facts.at("departements", arm=arm, outcome="jobs"))):
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        rows.append(
            (
                r["code"],
                r["name"],
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
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        text = texts.fmt.number(r.diff_mean, step=step, signed=True)
        cells.setdefault((r["code"], r["name"]), []).append(f"({text})" if r.sign_agreement < AGREEMENT else text)
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
        rows = [(texts.name("parameters", tier), texts.fmt.number(n)) for tier, n in by_tier.items()]
    elif total:
        rows = [
            (texts("parameters.sourced"), texts.fmt.number(total - (assumed or 0))),
            (texts("parameters.assumption"), texts.fmt.number(assumed or 0)),
        ]
    else:
        rows = []
    number = facts.meta.get("stability")
    if number is not None:
        rows.append((texts("parameters.stability"), texts.fmt.number(number, decimals=2)))
    return Table(texts("parameters.caption"), (texts("parameters.tier"), texts("parameters.count")), tuple(rows))


def seconds(facts: Facts, texts: Texts) -> Table:
    """Seconds per simulation and process."""
    rows = [(str(r.process), texts.fmt.number(r.seconds_per_run, decimals=2)) for r in rows_of(facts.frame("seconds"))]
    return Table(texts("provenance.processes"), (texts("provenance.process"), texts("provenance.seconds")), tuple(rows))

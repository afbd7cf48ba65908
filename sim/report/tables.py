"""Tables of the report: rows of text, already rounded and written in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.report.catalogue import Texts
from sim.report.facts import Facts, Row, first_of, rows_of
from sim.report.findings import count, oriented_pair
from sim.report.numbers import estimate, in_millions, noise_step

PAYERS = ("State", "regions", "departements", "metropoles")  # in the order of the tables
AGREEMENT = 0.8  # below this share of simulations a sign is uncertain


@dataclass(frozen=True)
class Table:
    """A table ready to print. The first ``text_columns`` columns are text, the others numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    prose: frozenset[int] = field(default=frozenset())  # further text columns, wrapped
    faint: frozenset[int] = field(default=frozenset())  # rows shown as uncertain
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def headings(texts: Texts, *keys: str) -> tuple[str, ...]:
    """Column titles from the catalogue."""
    return tuple(texts(f"table.{key}") for key in keys)


def envelope(facts: Facts, texts: Texts) -> Table:
    """Options with their hubs and the money per hub."""
    money, names = texts.fmt.money, facts.labels(texts.language)
    keys = ("option", "years_of_aid", "hubs", "state", "local", "per_hub", "animation_year")
    head = tuple(texts(f"options.{k}") for k in keys)
    rows: list[tuple[str, ...]] = [
        (
            names[a.arm],
            years_of_aid(facts, a.arm),
            texts.fmt.number(a.n_hubs),
            money(a.budget_state_eur),
            money(a.budget_local_eur),
            money(a.eur_per_hub),
            money(a.eur_per_hub_year_animation),
        )
        for a in rows_of(facts.arms)
    ]
    if facts.reference is not None:
        name = f"{facts.reference[f'label_{texts.language}']} ({texts('options.reference')})"
        rows.append((name, *(["–"] * (len(head) - 1))))
    return Table(texts("options.caption_envelope"), head, tuple(rows))


def years_of_aid(facts: Facts, arm: str) -> str:
    """First and last year for which an option announces or pays anything: ``2014-2023``."""
    booked = facts.frame("accounts")
    if booked.empty:
        return "–"
    years = booked.loc[(booked["arm"] == arm) & (booked["announced_eur"].abs() + booked["paid_eur"] > 0.0), "year"]
    return f"{years.min()}-{years.max()}" if len(years) else "–"


def spending(facts: Facts, texts: Texts) -> Table:
    """Money by function, and announced, committed, paid, unspent."""
    keys = ("animation", "brand", "floor", "accelerator", "other_levers",
            "announced", "committed", "paid", "unspent", "pv")
    columns = (
        "eur_animation",
        "eur_brand",
        "eur_floor",
        "eur_accelerator",
        "eur_other",
        "cost_announced_eur",
        "cost_committed_eur",
        "cost_paid_eur",
        "cost_unspent_eur",
        "cost_paid_pv_eur",
    )
    names = facts.labels(texts.language)
    rows = [(names[a["arm"]], *(texts.fmt.money(a[c]) for c in columns)) for a in rows_of(facts.arms)]
    return Table(
        texts("options.caption_spending"),
        (texts("options.option"), *(texts(f"options.{k}") for k in keys)),
        tuple(rows),
        note=texts("options.euros"),
    )


def levers(facts: Facts, texts: Texts) -> Table:
    """What each lever of each option was to cost, and who paid what."""
    money, names = texts.fmt.money, facts.labels(texts.language)
    keys = ("announced", "committed", "paid", "unspent", "by_state", "by_local", "per_head")
    columns = ("announced_eur", "committed_eur", "paid_eur", "unspent_eur", "state_eur", "local_eur")
    rows = [
        (
            names[r["arm"]],
            texts.name("lever", r["lever"]),
            *(money(r[c], digits=4) if np.isfinite(r[c]) else "–" for c in columns),
            texts.fmt.number(r["eur_per_inhabitant"], decimals=2),
        )
        for r in rows_of(facts.main(facts.frame("envelopes")))
    ]
    head = (texts("options.option"), texts("options.lever"), *(texts(f"options.{k}") for k in keys))
    return Table(texts("options.caption_levers"), head, tuple(rows), text_columns=2, note=texts("options.levers_note"))


def payers(facts: Facts, texts: Texts) -> Table:
    """What each payer of each option announced, committed, paid and kept, and euros per inhabitant of the country."""
    money, names = texts.fmt.money, facts.labels(texts.language)
    columns = ("announced_eur", "committed_eur", "paid_eur", "unspent_eur")
    frame = facts.main(facts.frame("accounts"))
    rows = [
        (
            names[arm],
            texts.name("payer", payer),
            *(money(mine[c].sum(), digits=4) for c in columns),
            texts.fmt.number(float(mine["eur_per_inhabitant"].sum()), decimals=2),
        )
        for arm in names
        for payer in PAYERS
        if not (mine := frame[(frame["arm"] == arm) & (frame["payer"] == payer)]).empty
    ]
    keys = ("payer", "announced", "committed", "paid", "unspent", "per_head")
    head = (texts("options.option"), *(texts(f"options.{k}") for k in keys))
    return Table(texts("options.caption_payers"), head, tuple(rows), text_columns=2)


def years_of_money(facts: Facts, texts: Texts) -> Table:
    """What was paid each year, all levers, by payer; what was announced for the year and not paid in it."""
    money, names = texts.fmt.money, facts.labels(texts.language)
    rows = []
    frame = facts.main(facts.frame("accounts"))
    for arm, year in frame[["arm", "year"]].drop_duplicates().itertuples(index=False):
        mine = frame[(frame["arm"] == arm) & (frame["year"] == year)]
        paid = mine.groupby("payer")["paid_eur"].sum()
        sums = (mine["announced_eur"].sum(), mine["paid_eur"].sum(), *(paid.get(payer, 0.0) for payer in PAYERS))
        rows.append((names[str(arm)], str(year), *(money(float(eur), digits=4) for eur in sums)))
    head = (
        *(texts(f"options.{k}") for k in ("option", "year", "announced", "paid")),
        *(texts.name("payer", payer) for payer in PAYERS),
    )
    return Table(texts("options.caption_years"), head, tuple(rows), text_columns=2, note=texts("options.years_note"))


def effects(
    facts: Facts,
    texts: Texts,
    outcomes: Iterable[str],
    *,
    years: Iterable[int] | None = None,
    variants: bool = False,
    caption: str = "",
) -> Table:
    """Differences from the reference with both intervals, one row per option, outcome and year."""
    names = facts.labels(texts.language, variants=variants)
    wanted = facts.years if years is None else list(years)
    frame = facts.frame("effects")
    rows = []
    for outcome in outcomes:
        for arm in names if not variants else list(facts.variants["arm"]):
            for year in wanted:
                found = frame[(frame["arm"] == arm) & (frame["outcome"] == outcome) & (frame["year"] == year)]
                if not found.empty:
                    rows.append(
                        (
                            names[arm],
                            outcome_name(facts, texts, outcome),
                            str(year),
                            *effect_cells(first_of(found), texts, outcome),
                        )
                    )
    head = headings(texts, "arm", "outcome", "year", "reference", "mean", "ci95", "range80", "share_positive")
    return Table(caption, head, tuple(rows), text_columns=3, note=texts("table.signed_note"))


def one_outcome(facts: Facts, texts: Texts, outcome: str, *, caption: str) -> Table:
    """One outcome at the headline year, one row per option."""
    names = facts.labels(texts.language)
    rows = rows_of(facts.main(facts.at("effects", outcome=outcome)))
    head = headings(texts, "arm", "reference", "mean", "ci95", "range80", "share_positive")
    return Table(caption, head, tuple((names[r["arm"]], *effect_cells(r, texts, outcome)) for r in rows))


def effect_cells(row: Row, texts: Texts, outcome: str) -> tuple[str, ...]:
    """Reference level, mean difference, both intervals and the share of positive differences."""
    ends = (row["ci95_low"], row["ci95_high"]), (row["p10"], row["p90"])
    share = texts.fmt.percent(row["p_positive"])
    if outcome.endswith("_eur"):
        scaled = estimate(texts.fmt, row["mean"] / 1e6, row["se"] / 1e6, *((a / 1e6, b / 1e6) for a, b in ends))
        written = (in_millions(v, texts.language) for v in (scaled.value, scaled.ci95, scaled.range80))
        return texts.fmt.money(row["reference_mean"], digits=3), *written, share
    number = estimate(texts.fmt, row["mean"], row["se"], *ends)
    level = texts.fmt.number(
        row["reference_mean"],
        step=10.0 ** np.floor(np.log10(abs(row["reference_mean"])) - 2) if row["reference_mean"] else 0.0,
    )
    return level, number.value, number.ci95, number.range80, share


def outcome_name(facts: Facts, texts: Texts, outcome: str) -> str:
    """Outcome in words: from the catalogue, else from the comparison's own labels."""
    if texts.has(f"outcome.{outcome}"):
        return texts(f"outcome.{outcome}")
    labels = facts.frame("labels")
    found = labels[labels["outcome"] == outcome] if not labels.empty else labels
    return str(first_of(found)[f"label_{texts.language}"]).capitalize() if len(found) else outcome


def other_outcomes(facts: Facts) -> list[str]:
    """Outcomes of the comparison beyond startups and jobs, in its order."""
    frame = facts.frame("effects")
    names = list(dict.fromkeys(frame["outcome"])) if not frame.empty else []
    return [n for n in names if n not in ("startups", "jobs")]


def pairs(facts: Facts, texts: Texts, outcomes: Iterable[str] = ("jobs", "startups")) -> Table:
    """Verdict of every pair of main options at the headline year."""
    names = facts.labels(texts.language)
    arms = list(names)
    rows = []
    for outcome in outcomes:
        for k, a in enumerate(arms):
            for b in arms[k + 1 :]:
                pair = oriented_pair(facts, a, b, outcome)
                if pair is not None:
                    rows.append((names[a], names[b], texts.name("short", outcome), *pair_cells(pair, texts)))
    return Table(
        texts("table.caption_pairs", year=facts.year),
        headings(texts, "a", "b", "outcome", "gap", "ci95_pair", "p_better", "verdict"),
        tuple(rows),
        text_columns=3,
        prose=frozenset({6}),
    )


def pair_cells(pair: Row, texts: Texts) -> tuple[str, ...]:
    """Gap, interval, share of simulations, verdict."""
    low, high = pair["ci95_low"], pair["ci95_high"]
    step = noise_step(pair["mean"], (high - low) / 4.0, bounds=(low, high))
    more = float(pair.get("more_runs", np.nan))
    undecided = pair["verdict"] == "undecided" and np.isfinite(more) and more > 0
    verdict = (
        texts("verdict.undecided_more", more=texts.fmt.number(more, step=max(1.0, noise_step(more, 0.0))))
        if undecided
        else texts(f"verdict.{pair['verdict']}")
    )
    return (
        texts.fmt.number(pair["mean"], step=step, signed=True),
        texts.fmt.interval(low, high, step=step, signed=True),
        texts.fmt.percent(pair["p_a_better"]),
        verdict,
    )


def trajectories(facts: Facts, texts: Texts) -> Table:
    """Differences year by year, jobs and startups."""
    frame, names = facts.main(facts.frame("trajectories")), facts.labels(texts.language)
    rows = []
    for r in rows_of(frame[frame["outcome"].isin(("startups", "jobs"))]):
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        rows.append(
            (
                names[r.arm],
                texts(f"outcome.{r.outcome}"),
                str(r.year),
                texts.fmt.number(r.diff_mean, step=step, signed=True),
                texts.fmt.interval(r.diff_ci_low, r.diff_ci_high, step=step, signed=True),
                texts.fmt.interval(r.diff_p10, r.diff_p90, step=step, signed=True),
            )
        )
    return Table("", headings(texts, "arm", "outcome", "year", "mean", "ci95", "range80"), tuple(rows), text_columns=3)


def by_class(
    frame: pd.DataFrame,
    facts: Facts,
    texts: Texts,
    key: str,
    group: str,
    *,
    title: str,
    value: str = "mean",
    signed: bool = True,
) -> Table:
    """Means and intervals by option and class (waterfall, rings, twins)."""
    names = facts.labels(texts.language)
    rows = []
    for r in rows_of(facts.main(frame)):
        se = r.get("se", (r["ci95_high"] - r["ci95_low"]) / 4.0)
        step = noise_step(r[value], se, bounds=(r["ci95_low"], r["ci95_high"]))
        row = [
            names[r["arm"]],
            texts.name(group, str(r[key])),
            texts.fmt.number(r[value], step=step, signed=signed),
            texts.fmt.interval(r["ci95_low"], r["ci95_high"], step=step, signed=signed),
        ]
        if "p10" in frame:
            row.append(texts.fmt.interval(r["p10"], r["p90"], step=step, signed=signed))
        rows.append(tuple(row))
    keys = ("arm", key if key != "class" else "twin", title, "ci95") + (("range80",) if "p10" in frame else ())
    return Table("", headings(texts, *keys), tuple(rows), text_columns=2)


def cost(facts: Facts, texts: Texts) -> Table:
    """Cost per net job at every horizon, or why there is none."""
    names, fmt = facts.labels(texts.language), texts.fmt
    rows = []
    for r in rows_of(facts.main(facts.frame("cost"))):
        if r.defined:
            cells = (
                fmt.money(r.cost_per_net_job, digits=2),
                texts("finding.cost_interval", low=fmt.money(r.low, digits=2), high=fmt.money(r.high, digits=2)),
            )
        else:
            cells = (texts("text.undefined_share", share=fmt.percent(r.share_not_positive)), "–")
        jobs = fmt.number(r.net_jobs_mean, step=noise_step(r.net_jobs_mean, np.nan), signed=True)
        lever = "–"
        if np.isfinite(r.leverage_low):
            step = noise_step(r.leverage, (r.leverage_high - r.leverage_low) / 4.0)
            ends = fmt.interval(r.leverage_low, r.leverage_high, step=step)
            lever = f"{fmt.number(r.leverage, step=step)} ({ends})"
        rows.append((names[r.arm], str(r.year), fmt.money(r.cost_pv_eur, digits=3), jobs, *cells, lever))
    said_in_words = not facts.main(facts.frame("cost"))["defined"].astype(bool).all() if rows else False
    return Table(
        texts("table.caption_cost"),
        headings(texts, "arm", "year", "cost", "net_jobs", "cost_per_job", "interval", "leverage"),
        tuple(rows),
        text_columns=2,
        note=texts("table.cost_note"),
        prose=frozenset({4}) if said_in_words else frozenset(),
    )


def equity(facts: Facts, texts: Texts) -> Table:
    """Inequality measures and the share of people in losing départements, at the headline year."""
    names, fmt = facts.labels(texts.language), texts.fmt
    rows = []
    for r in rows_of(facts.main(facts.at("equity"))):
        number = estimate(
            fmt,
            r["mean"],
            (r["ci95_high"] - r["ci95_low"]) / 4.0,
            (r["ci95_low"], r["ci95_high"]),
            (r["p10"], r["p90"]),
        )
        losing = fmt.percent(r["share_population_losing"]) if r["measure"] == "theil_between_departements" else ""
        rows.append(
            (
                names[r["arm"]],
                texts.name("theil", r["measure"]),
                fmt.number(r["reference"], decimals=3),
                number.value,
                number.ci95,
                number.range80,
                losing,
            )
        )
    return Table(
        texts("table.caption_equity", year=facts.year),
        headings(texts, "arm", "measure", "reference", "mean", "ci95", "range80", "losing"),
        tuple(rows),
        text_columns=2,
    )


def runs_phrase(facts: Facts, texts: Texts) -> str:
    """ "16 paired simulations", with a capital where a sentence starts."""
    return count(texts, "paired", facts.runs)

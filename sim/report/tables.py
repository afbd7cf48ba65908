"""Tables of the report: rows of text, already rounded and written in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.report.catalogue import Texts, typeset
from sim.report.facts import Facts
from sim.report.findings import count, oriented_pair
from sim.report.numbers import estimate, noise_step
from sim.report.words import SCALE

AGREEMENT = 0.8            # below this share of simulations a sign is uncertain


@dataclass(frozen=True)
class Table:
    """A table ready to print. The first ``text_columns`` columns are text, the others numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    prose: frozenset[int] = field(default=frozenset())      # further text columns, wrapped
    faint: frozenset[int] = field(default=frozenset())      # rows shown as uncertain
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def headings(texts: Texts, *keys: str) -> tuple[str, ...]:
    """Column titles from the catalogue."""
    return tuple(texts(f"table.{key}") for key in keys)


def envelope(facts: Facts, texts: Texts) -> Table:
    """Options with their hubs and the money per hub."""
    money, names = texts.fmt.money, facts.labels(texts.language)
    head = tuple(texts(f"options.{k}") for k in ("option", "hubs", "state", "local", "per_hub", "animation_year"))
    rows = [(names[a.arm], texts.fmt.number(a.n_hubs), money(a.budget_state_eur), money(a.budget_local_eur),
             money(a.eur_per_hub), money(a.eur_per_hub_year_animation)) for a in facts.arms.itertuples()]
    if facts.reference is not None:
        name = f"{facts.reference[f'label_{texts.language}']} ({texts('options.reference')})"
        rows.append((name, *(["–"] * (len(head) - 1))))
    return Table(texts("options.caption_envelope"), head, tuple(rows))


def spending(facts: Facts, texts: Texts) -> Table:
    """Money by function, and announced, committed, paid, unspent."""
    keys = ("animation", "brand", "floor", "accelerator", "announced", "committed", "paid", "unspent", "pv")
    columns = ("eur_animation", "eur_brand", "eur_floor", "eur_accelerator", "cost_announced_eur",
               "cost_committed_eur", "cost_paid_eur", "cost_unspent_eur", "cost_paid_pv_eur")
    names = facts.labels(texts.language)
    rows = [(names[a["arm"]], *(texts.fmt.money(a[c]) for c in columns)) for _, a in facts.arms.iterrows()]
    return Table(texts("options.caption_spending"), (texts("options.option"), *(texts(f"options.{k}") for k in keys)),
                 tuple(rows), note=texts("options.euros"))


def effects(facts: Facts, texts: Texts, outcomes: Iterable[str], *, years: Iterable[int] | None = None,
            variants: bool = False, caption: str = "") -> Table:
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
                    rows.append((names[arm], outcome_name(facts, texts, outcome), str(year),
                                 *effect_cells(found.iloc[0], texts, outcome)))
    head = headings(texts, "arm", "outcome", "year", "reference", "mean", "ci95", "range80", "share_positive")
    return Table(caption, head, tuple(rows), text_columns=3, note=texts("table.signed_note"))


def effect_cells(row: pd.Series, texts: Texts, outcome: str) -> tuple[str, ...]:
    """Reference level, mean difference, both intervals and the share of positive differences."""
    ends = (row["ci95_low"], row["ci95_high"]), (row["p10"], row["p90"])
    share = texts.fmt.percent(row["p_positive"])
    if outcome.endswith("_eur"):
        scaled = estimate(texts.fmt, row["mean"] / 1e6, row["se"] / 1e6, *((a / 1e6, b / 1e6) for a, b in ends))
        unit = texts("table.million_eur")
        return (texts.fmt.money(row["reference_mean"], digits=3),
                *(unit.format(v=v) for v in (scaled.value, scaled.ci95, scaled.range80)), share)
    number = estimate(texts.fmt, row["mean"], row["se"], *ends)
    level = texts.fmt.number(row["reference_mean"], step=10.0 ** np.floor(np.log10(abs(row["reference_mean"])) - 2)
                             if row["reference_mean"] else 0.0)
    return level, number.value, number.ci95, number.range80, share


def outcome_name(facts: Facts, texts: Texts, outcome: str) -> str:
    """Outcome in words: from the catalogue, else from the comparison's own labels."""
    if texts.has(f"outcome.{outcome}"):
        return texts(f"outcome.{outcome}")
    labels = facts.frame("labels")
    found = labels[labels["outcome"] == outcome] if not labels.empty else labels
    return str(found.iloc[0][f"label_{texts.language}"]).capitalize() if len(found) else outcome


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
            for b in arms[k + 1:]:
                pair = oriented_pair(facts, a, b, outcome)
                if pair is not None:
                    rows.append((names[a], names[b], texts.name("short", outcome), *pair_cells(pair, texts)))
    return Table(texts("table.caption_pairs", year=facts.year),
                 headings(texts, "a", "b", "outcome", "gap", "ci95_pair", "p_better", "verdict"), tuple(rows),
                 text_columns=3, prose=frozenset({6}))


def pair_cells(pair: dict, texts: Texts) -> tuple[str, ...]:
    """Gap, interval, share of simulations, verdict."""
    low, high = pair["ci95_low"], pair["ci95_high"]
    step = noise_step(pair["mean"], (high - low) / 4.0, bounds=(low, high))
    more = pair.get("more_runs")
    undecided = pair["verdict"] == "undecided" and more is not None and np.isfinite(more) and more > 0
    verdict = texts("verdict.undecided_more", more=texts.fmt.number(more, step=noise_step(more, 0.0))) \
        if undecided else texts(f"verdict.{pair['verdict']}")
    return (texts.fmt.number(pair["mean"], step=step, signed=True), texts.fmt.interval(low, high, step=step, signed=True),
            texts.fmt.percent(pair["p_a_better"]), verdict)


def trajectories(facts: Facts, texts: Texts) -> Table:
    """Differences year by year, jobs and startups."""
    frame, names = facts.main(facts.frame("trajectories")), facts.labels(texts.language)
    rows = []
    for r in frame[frame["outcome"].isin(("startups", "jobs"))].itertuples():
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        rows.append((names[r.arm], texts(f"outcome.{r.outcome}"), str(r.year),
                     texts.fmt.number(r.diff_mean, step=step, signed=True),
                     texts.fmt.interval(r.diff_ci_low, r.diff_ci_high, step=step, signed=True),
                     texts.fmt.interval(r.diff_p10, r.diff_p90, step=step, signed=True)))
    return Table("", headings(texts, "arm", "outcome", "year", "mean", "ci95", "range80"), tuple(rows), text_columns=3)


def by_class(frame: pd.DataFrame, facts: Facts, texts: Texts, key: str, group: str, *, title: str,
             value: str = "mean", signed: bool = True) -> Table:
    """Means and intervals by option and class (waterfall, rings, twins)."""
    names = facts.labels(texts.language)
    rows = []
    for _, r in facts.main(frame).iterrows():
        step = noise_step(r[value], (r["ci95_high"] - r["ci95_low"]) / 4.0)
        row = [names[r["arm"]], texts.name(group, str(r[key])), texts.fmt.number(r[value], step=step, signed=signed),
               texts.fmt.interval(r["ci95_low"], r["ci95_high"], step=step, signed=signed)]
        if "p10" in frame:
            row.append(texts.fmt.interval(r["p10"], r["p90"], step=step, signed=signed))
        rows.append(tuple(row))
    keys = ("arm", key if key != "class" else "twin", title, "ci95") + (("range80",) if "p10" in frame else ())
    return Table("", headings(texts, *keys), tuple(rows), text_columns=2)


def cost(facts: Facts, texts: Texts) -> Table:
    """Cost per net job at every horizon, or why there is none."""
    names, fmt = facts.labels(texts.language), texts.fmt
    rows = []
    for r in facts.main(facts.frame("cost")).itertuples():
        if r.defined:
            cells = (fmt.money(r.cost_per_net_job, digits=2),
                     texts("finding.cost_interval", low=fmt.money(r.low, digits=2), high=fmt.money(r.high, digits=2)))
        else:
            cells = (texts("text.undefined_share", share=fmt.percent(r.share_not_positive)), "–")
        jobs = fmt.number(r.net_jobs_mean, step=noise_step(r.net_jobs_mean, np.nan), signed=True)
        rows.append((names[r.arm], str(r.year), fmt.money(r.cost_pv_eur, digits=3), jobs, *cells))
    return Table(texts("table.caption_cost"), headings(texts, "arm", "year", "cost", "net_jobs", "cost_per_job", "interval"),
                 tuple(rows), text_columns=2, prose=frozenset({4}))


def equity(facts: Facts, texts: Texts) -> Table:
    """Inequality measures and the share of people in losing départements, at the headline year."""
    names, fmt = facts.labels(texts.language), texts.fmt
    rows = []
    for _, r in facts.main(facts.at("equity")).iterrows():
        number = estimate(fmt, r["mean"], (r["ci95_high"] - r["ci95_low"]) / 4.0, (r["ci95_low"], r["ci95_high"]),
                          (r["p10"], r["p90"]))
        losing = fmt.percent(r["share_population_losing"]) if r["measure"] == "theil_between_departements" else ""
        rows.append((names[r["arm"]], texts.name("theil", r["measure"]), fmt.number(r["reference"], decimals=3),
                     number.value, number.ci95, number.range80, losing))
    return Table(texts("table.caption_equity", year=facts.year),
                 headings(texts, "arm", "measure", "reference", "mean", "ci95", "range80", "losing"), tuple(rows),
                 text_columns=2)


def first_sight(facts: Facts, texts: Texts) -> Table:
    """Published figures and what the reference simulates, the misses included."""
    rows = []
    for _, r in facts.frame("first_sight").iterrows():
        cells = [sight_value(r[c], r, texts) for c in
                 ("published_low", "published_high", "simulated_mean", "simulated_p10", "simulated_p90")]
        join = texts("finding.cost_interval", low="{}", high="{}")
        label, operator = (typeset(str(r.get(f"{k}_{texts.language}", "")), texts.language) for k in ("label", "operator"))
        rows.append((label[:1].upper() + label[1:] + (f" ({operator})" if operator else ""), join.format(*cells[:2]),
                     cells[2], join.format(*cells[3:]), texts("table.yes" if r["inside"] else "table.no"), str(r["source"])))
    return Table(texts("table.caption_first_sight"),
                 headings(texts, "figure", "published", "simulated", "range80", "inside", "source"),
                 tuple(rows), prose=frozenset({5}))


def sight_value(value: float, row: pd.Series, texts: Texts) -> str:
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
        for r in facts.main(facts.at("effects", outcome=outcome)).itertuples():
            rows.append((names[r.arm], texts(f"outcome.{outcome}"), ratio(texts, r.vrf), ratio(texts, r.vrf_low90),
                         texts.fmt.number(r.n)))
    return Table(texts("table.caption_precision", year=facts.year),
                 headings(texts, "arm", "outcome", "vrf", "vrf_low", "runs"), tuple(rows), text_columns=2)


def ratio(texts: Texts, value: float) -> str:
    """A ratio with two significant digits."""
    return "×" + texts.fmt.number(value, step=noise_step(value, 0.0)) if np.isfinite(value) else texts.fmt.number(value)


def departements_of(facts: Facts, texts: Texts, arm: str) -> Table:
    """Jobs by département for one option: the data behind its map."""
    rows, faint = [], set()
    for k, r in enumerate(facts.at("departements", arm=arm, outcome="jobs").itertuples()):
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        rows.append((r.code, r.name, texts("table.yes" if r.treated else "table.no"),
                     texts.fmt.number(r.reference_mean, decimals=0), texts.fmt.number(r.diff_mean, step=step, signed=True),
                     texts.fmt.interval(r.diff_ci_low, r.diff_ci_high, step=step, signed=True),
                     texts.fmt.interval(r.diff_p10, r.diff_p90, step=step, signed=True),
                     texts.fmt.number(r.diff_per_10k, decimals=2, signed=True), texts.fmt.percent(r.sign_agreement)))
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
    for r in frame.itertuples():
        step = noise_step(r.diff_mean, (r.diff_ci_high - r.diff_ci_low) / 4.0)
        text = texts.fmt.number(r.diff_mean, step=step, signed=True)
        cells.setdefault((r.code, r.name), []).append(f"({text})" if r.sign_agreement < AGREEMENT else text)
    rows = [(code, name, *values) for (code, name), values in cells.items()]
    return Table(texts("annex.caption", year=facts.year), (*headings(texts, "code", "zone"), *names.values()), tuple(rows),
                 text_columns=2, note=texts("annex.uncertain"))


def words(texts: Texts) -> Table:
    """The scale of likelihood words."""
    rows = [(texts(f"likelihood.{s.key}"),
             texts("finding.cost_interval", low=texts.fmt.percent(s.low), high=texts.fmt.percent(s.high))) for s in SCALE]
    return Table(texts("reading.words_caption"), (texts("reading.word"), texts("reading.share")), tuple(rows))


def parameters(facts: Facts, texts: Texts) -> Table:
    """Parameters by origin, from ``meta`` when it counts them by tier, else assumptions against the rest."""
    by_tier = facts.meta.get("parameters_by_tier")
    total, assumed = facts.meta.get("parameters_count"), facts.meta.get("assumptions_count")
    if by_tier:
        rows = [(texts.name("parameters", tier), texts.fmt.number(n)) for tier, n in by_tier.items()]
    elif total:
        rows = [(texts("parameters.sourced"), texts.fmt.number(total - (assumed or 0))),
                (texts("parameters.assumption"), texts.fmt.number(assumed or 0))]
    else:
        rows = []
    return Table(texts("parameters.caption"), (texts("parameters.tier"), texts("parameters.count")), tuple(rows))


def seconds(facts: Facts, texts: Texts) -> Table:
    """Seconds per simulation and process."""
    rows = [(str(r.process), texts.fmt.number(r.seconds_per_run, decimals=2)) for r in facts.frame("seconds").itertuples()]
    return Table(texts("provenance.processes"), (texts("provenance.process"), texts("provenance.seconds")), tuple(rows))


def runs_phrase(facts: Facts, texts: Texts) -> str:
    """"16 paired simulations", with a capital where a sentence starts."""
    return count(texts, "paired", facts.runs)

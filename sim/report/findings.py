"""Findings in brief: sentences generated from the data, each with its number, intervals and words.

A sentence is chosen by what the intervals say, never by the size of the mean alone: an effect whose
95 % interval holds zero is reported as not distinct from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.report.agreement import Agreement, of_effect, of_pair
from sim.report.catalogue import Texts
from sim.report.facts import Facts, Row, first_of
from sim.report.numbers import estimate, noise_step
from sim.report.words import confidence, evidence, likelihood


@dataclass(frozen=True)
class Finding:
    """One finding, ready to print. ``intervals`` are (name, text) pairs."""

    claim: str
    number: str
    intervals: tuple[tuple[str, str], ...]
    likelihood: str
    confidence: str
    anchor: str
    notes: tuple[str, ...] = field(default=())


def findings(facts: Facts, texts: Texts) -> list[Finding]:
    """The findings that the comparison allows, at most five."""
    made = [
        effect(facts, texts),
        lead(facts, texts),
        gross_to_net(facts, texts),
        territories(facts, texts),
        cost(facts, texts),
    ]
    return [finding for finding in made if finding is not None]


def jobs_at_headline(facts: Facts) -> pd.DataFrame:
    """Effects on jobs of the main options, best mean first."""
    rows = facts.main(facts.at("effects", outcome="jobs"))
    return rows.sort_values("mean", ascending=False, kind="stable") if not rows.empty else rows


def count(texts: Texts, key: str, n: float) -> str:
    """ "1 simulation", "16 simulations": number and noun agree."""
    whole = round(n)
    return texts(f"count.{key}.one") if whole == 1 else texts(f"count.{key}.many", n=texts.fmt.number(whole))


def said(texts: Texts, key: str, share: float, n: int, agreed: Agreement) -> str:
    """Likelihood sentence: word, range of the word, and the bare count behind it."""
    step = likelihood(share, holds_everywhere=agreed.holds, runs=n)
    certain = f"likelihood.{step.key}_{key}"  # where the word agrees with what it qualifies
    phrase = texts(
        "likelihood.phrase",
        word=texts(certain if texts.has(certain) else f"likelihood.{step.key}"),
        low=texts.fmt.percent(step.low),
        high=texts.fmt.percent(step.high),
    )
    of = texts("count.of", k=texts.fmt.number(round(share * n)), n=texts.fmt.number(n))
    return texts(f"likelihood.{key}", phrase=phrase, count=of)


def confidence_tag(facts: Facts, texts: Texts, agreed: Agreement) -> str:
    """Confidence in the model for a finding: evidence behind the parameters, agreement of the sets of assumptions."""
    meta = facts.meta
    founded = evidence(int(meta.get("assumptions_count") or 0), int(meta.get("parameters_count") or 0))
    level = confidence(founded, agreed.level)
    return texts("brief.confidence", level=texts(f"confidence.{level}"))


def both_intervals(texts: Texts, ci95: str, range80: str | None, *, pair: bool = False) -> tuple[tuple[str, str], ...]:
    """The intervals with their names."""
    named = [(texts("brief.ci95_pair" if pair else "brief.ci95"), ci95)]
    if range80 is not None:
        named.append((texts("brief.range80"), range80))
    return tuple(named)


def sign_of(low: float, high: float) -> int:
    """What an interval says of the sign: 1, -1, or 0 when it holds zero (or is unknown)."""
    return 1 if low > 0.0 else -1 if high < 0.0 else 0


def effect(facts: Facts, texts: Texts) -> Finding | None:
    """The option with the highest mean effect on jobs."""
    rows = jobs_at_headline(facts)
    if rows.empty:
        return None
    best = first_of(rows)
    kind = {1: "effect_gain", -1: "effect_loss", 0: "effect_unclear"}[sign_of(best["ci95_low"], best["ci95_high"])]
    number = estimate(
        texts.fmt, best["mean"], best["se"], (best["ci95_low"], best["ci95_high"]), (best["p10"], best["p90"])
    )
    gains = best["mean"] >= 0.0
    share = float(best["p_positive"]) if gains else 1.0 - float(best["p_positive"])
    agreed = of_effect(facts, str(best["arm"]))
    return Finding(
        claim=texts(
            f"finding.{kind}",
            arm=facts.labels(texts.language)[best["arm"]],
            year=facts.year,
            cost_clause=cost_clause(facts, texts),
        ),
        number=texts("finding.number_jobs", value=number.value),
        intervals=both_intervals(texts, number.ci95, number.range80),
        likelihood=said(texts, "of_gain" if gains else "of_loss", share, int(best["n"]), agreed),
        confidence=confidence_tag(facts, texts, agreed),
        anchor="national",
        notes=(*first_on_startups(facts, texts, str(best["arm"])), *first_before(facts, texts, str(best["arm"]))),
    )


def untold(
    facts: Facts, arm: str, frame: str = "pairwise", *, outcome: str | None = "jobs", year: int | None = None
) -> list[str]:
    """Options that no verdict tells apart from one that leads by its mean; none where no pair was judged at all."""
    if facts.frame(frame).empty:
        return []
    others = [str(other) for other in facts.arms["arm"] if other != arm]
    pairs = {other: oriented_pair(facts, arm, other, outcome, frame=frame, year=year) for other in others}
    return [other for other, pair in pairs.items() if pair is not None and pair["verdict"] not in ("better", "worse")]


def told_of_untold(facts: Facts, texts: Texts, arms: list[str]) -> tuple[str, ...]:
    """That a lead is not established, where it is not."""
    names = facts.labels(texts.language)
    return (texts("finding.untold", arms=joined(texts, [names[arm] for arm in arms])),) if arms else ()


def first_on_startups(facts: Facts, texts: Texts, leader: str) -> tuple[str, ...]:
    """What argues the other way: another option is ahead for the number of startups."""
    rows = facts.main(facts.at("effects", outcome="startups"))
    if rows.empty:
        return ()
    best = first_of(rows.sort_values("mean", ascending=False, kind="stable"))
    if best["arm"] == leader:
        return ()
    names = facts.labels(texts.language)
    number = estimate(
        texts.fmt, best["mean"], best["se"], (best["ci95_low"], best["ci95_high"]), (best["p10"], best["p90"])
    )
    arm = names[best["arm"]]
    said_of_it = texts("finding.first_on_startups", arm=arm, value=number.value, ci95=number.ci95)
    return (" ".join((said_of_it, *told_of_untold(facts, texts, untold(facts, str(best["arm"]), outcome="startups")))),)


def first_before(facts: Facts, texts: Texts, leader: str) -> tuple[str, ...]:
    """What argues the other way: the earliest horizon at which another option is ahead for jobs."""
    frame = facts.main(facts.frame("effects"))
    jobs = frame[(frame["outcome"] == "jobs") & (frame["year"] < facts.year)] if not frame.empty else frame
    for year in sorted(set(jobs["year"])) if not jobs.empty else ():
        best = first_of(jobs[jobs["year"] == year].sort_values("mean", ascending=False, kind="stable"))
        if best["arm"] != leader:
            names, doubt = facts.labels(texts.language), leader in untold(
                facts, str(best["arm"]), outcome="jobs", year=int(year))  # fmt: skip
            key = "finding.first_before_untold" if doubt else "finding.first_before"
            return (texts(key, arm=names[best["arm"]], leader=names[leader], year=int(year)),)
    return ()


def assumptions_varied(facts: Facts, texts: Texts) -> str:
    """What the ranges over simulations do not hold, for what cannot be said."""
    return texts("brief.more_sets" if len(facts.frame("sets")) > 1 else "brief.one_set")


def published_missed(facts: Facts, texts: Texts) -> tuple[str, ...]:
    """How many published figures the simulated France misses, for what cannot be said."""
    seen = facts.frame("scorecard")
    seen = seen.dropna(subset="simulated") if not seen.empty else seen
    missed = int((~seen["hit"].astype(bool)).sum()) if not seen.empty else 0
    if missed == 0:
        return ()
    return (texts("brief.missed", missed=texts.fmt.number(missed), total=texts.fmt.number(len(seen))),)


def cost_clause(facts: Facts, texts: Texts) -> str:
    """ "At equal public cost (...)," when the check holds, nothing otherwise."""
    check = facts.meta.get("equal_cost") or {}
    paid = [check["by_arm"][arm] for arm in facts.arms["arm"] if arm in check.get("by_arm", {})]
    if not check.get("ok") or len(paid) < 2:
        return ""
    return texts("finding.equal_cost", eur=texts.fmt.money(sum(paid) / len(paid), digits=3)) + " "


def oriented_pair(
    facts: Facts, a: str, b: str, outcome: str | None = "jobs", *, frame: str = "pairwise", year: int | None = None
) -> Row | None:
    """The row for A - B of a frame of pairs, turned round when it is stored as B - A."""
    rows = facts.at(frame, year=year, **({"outcome": outcome} if outcome else {}))
    if rows.empty:
        return None
    for first, second in ((a, b), (b, a)):
        found = rows[(rows["arm_a"] == first) & (rows["arm_b"] == second)]
        if found.empty:
            continue
        row = first_of(found)
        if first == a:
            return row
        swapped = {"better": "worse", "worse": "better"}
        return row | {
            "mean": -row["mean"],
            "ci95_low": -row["ci95_high"],
            "ci95_high": -row["ci95_low"],
            "p_a_better": 1.0 - row.get("p_a_better", np.nan),
            "verdict": swapped.get(row["verdict"], row["verdict"]),
        }
    return None


def lead(facts: Facts, texts: Texts) -> Finding | None:
    """The best option against the next one."""
    rows = jobs_at_headline(facts)
    if len(rows) < 2:
        return None
    a, b = (str(arm) for arm in rows["arm"].iloc[:2])
    pair = oriented_pair(facts, a, b)
    if pair is None:
        return None
    # A has the higher mean, so a settled verdict can only be "better".
    kind = pair["verdict"] if pair["verdict"] in ("tie", "undecided") else "better"
    names = facts.labels(texts.language)
    step = noise_step(
        pair["mean"], (pair["ci95_high"] - pair["ci95_low"]) / 4.0, bounds=(pair["ci95_low"], pair["ci95_high"])
    )
    more, agreed = pair.get("more_runs"), of_pair(facts, a, b)
    notes = (*settled_by(texts, agreed), *over_draws(facts, texts, a, b))
    if kind == "undecided" and pd.notna(more) and more > 0:
        notes = (texts("finding.pair_more", more=texts.fmt.number(more, step=max(1.0, noise_step(more, 0.0)))), *notes)
    return Finding(
        claim=texts(
            f"finding.pair_{kind}", a=names[a], b=names[b], year=facts.year, runs=count(texts, "paired", facts.runs)
        ),
        number=texts("finding.number_gap", value=texts.fmt.number(pair["mean"], step=step, signed=True)),
        intervals=both_intervals(
            texts, texts.fmt.interval(pair["ci95_low"], pair["ci95_high"], step=step, signed=True), None, pair=True
        ),
        likelihood=said(texts, "of_lead", float(pair["p_a_better"]), int(pair.get("n", facts.runs)), agreed),
        confidence=confidence_tag(facts, texts, agreed),
        anchor="pairwise",
        notes=notes,
    )


def settled_by(texts: Texts, agreed: Agreement) -> tuple[str, ...]:
    """In how many other sets of assumptions an order holds, cannot be told, or turns."""
    groups = {name: len(getattr(agreed, name)) for name in ("kept", "unsure", "turned")}
    if not any(groups.values()):
        return ()
    n = texts.fmt.number(sum(groups.values()))
    return (texts("finding.pair_sets", n=n, **{name: texts.fmt.number(k) for name, k in groups.items()}),)


def over_draws(facts: Facts, texts: Texts, a: str, b: str) -> tuple[str, ...]:
    """The gap of two options over drawn vectors of parameters, which may go the other way."""
    rows = facts.at("spread")
    if rows.empty:
        return ()
    straight = rows[(rows["arm"] == a) & (rows["versus"] == b)]
    turned = rows[(rows["arm"] == b) & (rows["versus"] == a)]
    if straight.empty and turned.empty:
        return ()
    row, sign = (first_of(straight), 1.0) if turned.empty else (first_of(turned), -1.0)
    ends, spread = (tuple(sorted((sign * row[low], sign * row[high])))
                    for low, high in (("ci95_low", "ci95_high"), ("p10", "p90")))  # fmt: skip
    number = estimate(texts.fmt, sign * row["mean"], (ends[1] - ends[0]) / 4.0, ends, spread)
    share = row["p_positive"] if sign > 0.0 else 1.0 - row["p_positive"]
    return (texts("finding.pair_draws", n=texts.fmt.number(row["n_draws"]), value=number.value, ci95=number.ci95,
                  share=texts.fmt.percent(share)),)  # fmt: skip


def gross_to_net(facts: Facts, texts: Texts) -> Finding | None:
    """What remains of the jobs of aided firms, for the option with the highest mean effect."""
    rows = jobs_at_headline(facts)
    parts = facts.at("waterfall")
    if rows.empty or parts.empty:
        return None
    best = first_of(rows)
    of_arm = parts[parts["arm"] == best["arm"]].set_index("component")
    gross = float(of_arm.loc["gross", "mean"])
    if gross <= 0.0:
        return None
    net = of_arm.loc["net"]
    displaced = -float(of_arm["mean"].filter(like="displaced_").sum()) / gross
    hubs = bool((facts.arms.loc[facts.arms["arm"] == best["arm"], "n_hubs"] > 0).any())
    kind = "net" if displaced >= 0.005 else "net_no_displacement" if hubs else "net_no_hubs"
    kind = "net_none" if net["mean"] <= 0.0 else kind
    net_step = noise_step(net["mean"], best["se"], bounds=(net["ci95_low"], net["ci95_high"]))
    gross_step = noise_step(gross, of_arm.loc["gross", "se"])
    has_range = {"p10", "p90"} <= set(of_arm.columns)
    return Finding(
        claim=texts(
            f"finding.{kind}",
            arm=facts.labels(texts.language)[best["arm"]],
            dead=texts.fmt.number(round(100.0 * of_arm.loc["deadweight", "mean"] / gross)),
            displaced=texts.fmt.number(round(100.0 * displaced)),
        ),
        number=texts(
            "finding.number_net",
            net=texts.fmt.number(net["mean"], step=net_step),
            gross=texts.fmt.number(gross, step=gross_step),
        ),
        intervals=both_intervals(
            texts,
            texts.fmt.interval(net["ci95_low"], net["ci95_high"], step=net_step),
            texts.fmt.interval(net["p10"], net["p90"], step=net_step) if has_range else None,
        ),
        likelihood="",
        confidence=confidence_tag(facts, texts, of_effect(facts, str(best["arm"]))),
        anchor="net",
        notes=(*outside_hubs(facts, texts, str(best["arm"])), *other_coupling(facts, texts, str(best["arm"]))),
    )


def outside_hubs(facts: Facts, texts: Texts, arm: str) -> tuple[str, ...]:
    """What startups outside the hubs lose, where they do: firms that move, or settle otherwise, count there too."""
    rings = facts.at("rings", arm=arm)
    if rings.empty:
        return ()
    outside = rings[rings["ring"] != "treated"]
    lost = float(outside["mean"].sum())
    if lost >= 0.0:
        return ()
    step = noise_step(lost, float(np.hypot.reduce(outside["se"])))
    return (texts("finding.outside_hubs", value=texts.fmt.number(lost, step=step, signed=True)),)


def other_coupling(facts: Facts, texts: Texts, arm: str) -> tuple[str, ...]:
    """Deadweight and displacement when firms are paired otherwise: joint outcomes depend on the coupling of worlds."""
    rows = facts.at("couplings", arm=arm)
    if rows.empty:
        return ()
    other = rows[rows["coupling"] != "same_founder"].dropna(subset="share_of_gross")
    if other.empty:
        return ()
    row = first_of(other)
    dead = 100.0 * row["share_of_gross"]
    displaced = -dead * row["displaced_mean"] / row["deadweight_mean"] if row["deadweight_mean"] else 0.0
    key = "finding.other_coupling" if displaced >= 0.5 else "finding.other_coupling_none"
    return (texts(key, dead=texts.fmt.number(round(dead)), displaced=texts.fmt.number(round(displaced))),)


def territories(facts: Facts, texts: Texts) -> Finding | None:
    """The option that is best for equality between départements."""
    rows = facts.main(facts.at("effects", outcome="theil_jobs"))
    if rows.empty:
        return None
    best = first_of(rows.sort_values("mean", kind="stable"))
    sign = sign_of(best["ci95_low"], best["ci95_high"])
    kind = {-1: "equity_down", 1: "equity_up", 0: "equity_unclear"}[sign]
    number = estimate(
        texts.fmt, best["mean"], best["se"], (best["ci95_low"], best["ci95_high"]), (best["p10"], best["p90"])
    )
    agreed = of_effect(facts, str(best["arm"]), "theil_jobs")
    return Finding(
        claim=texts(f"finding.{kind}", arm=facts.labels(texts.language)[best["arm"]], year=facts.year),
        number=texts("finding.number_theil", value=number.value),
        intervals=both_intervals(texts, number.ci95, number.range80),
        likelihood=said(texts, "of_decline", 1.0 - float(best["p_positive"]), int(best["n"]), agreed),
        confidence=confidence_tag(facts, texts, agreed),
        anchor="equity",
        notes=(*told_of_untold(facts, texts, untold(facts, str(best["arm"]), outcome="theil_jobs")),
               *losing(facts, texts, str(best["arm"]))),
    )


def losing(facts: Facts, texts: Texts, arm: str) -> tuple[str, ...]:
    """People whose département loses on average, and those whose département loses eight times in ten."""
    equity, kinds = facts.at("equity", arm=arm), facts.at("kinds", arm=arm)
    if equity.empty or "share_population_losing" not in equity:
        return ()
    mean = texts.fmt.percent(float(first_of(equity)["share_population_losing"]))
    if kinds.empty:
        return (texts("finding.losing", share=mean),)
    surely = float((kinds["population"] * kinds["p_people_losing"]).sum() / kinds["population"].sum())
    return (texts("finding.losing_surely", share=mean, surely=texts.fmt.percent(surely)),)


def cost(facts: Facts, texts: Texts) -> Finding | None:
    """The cheapest net job, where it is defined at all."""
    rows = facts.main(facts.at("cost"))
    if rows.empty:
        return None
    names = facts.labels(texts.language)
    defined = rows[rows["defined"].astype(bool)].sort_values("cost_per_net_job", kind="stable")
    undefined = [names[arm] for arm in rows.loc[~rows["defined"].astype(bool), "arm"]]
    if defined.empty:
        return Finding(
            claim=texts("finding.cost_none"),
            number=texts("finding.number_cost_none"),
            intervals=(),
            likelihood="",
            confidence=confidence_tag(facts, texts, Agreement(None)),
            anchor="cost",
        )
    best = first_of(defined)
    doubts = untold(facts, str(best["arm"]), "cost_pairs", outcome=None)
    alone = len(defined) == 1 and bool(undefined)
    money = [texts.fmt.money(best[c], digits=2) for c in ("cost_per_net_job", "low", "high")]
    return Finding(
        claim=texts("finding.cost_only" if alone else "finding.cost_untold" if doubts else "finding.cost",
                    arm=names[best["arm"]],
                    others=joined(texts, [names[arm] for arm in doubts])),
        number=texts("finding.number_cost", value=money[0]),
        intervals=((texts("brief.ci95_ratio"), texts("finding.cost_interval", low=money[1], high=money[2])),),
        likelihood="",
        confidence=confidence_tag(facts, texts, of_effect(facts, str(best["arm"]))),
        anchor="cost",
        notes=(texts("finding.cost_undefined_for", arms=joined(texts, undefined)),)
        if undefined and not alone
        else (),
    )


def joined(texts: Texts, names: list[str]) -> str:
    """Names between quotation marks, the last one after "and"."""
    each = [quoted(texts, name) for name in names]
    return texts("count.and", first=", ".join(each[:-1]), last=each[-1]) if len(each) > 1 else "".join(each)


def quoted(texts: Texts, name: str) -> str:
    """Name between the quotation marks of the language."""
    return texts("count.quoted", name=name)

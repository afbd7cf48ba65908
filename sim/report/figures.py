"""Figures of the report: what is drawn, its caption, its text alternative and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.report import annex, plots, robustness, tables
from sim.report.facts import Facts, Row, rows_of
from sim.report.map_figure import AGREEMENT, MapBase, departement_map, map_base
from sim.report.numbers import noise_step
from sim.report.plots import Look
from sim.report.tables import Table, runs_phrase
from sim.report.tornado import tornado as draw_tornado

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """One figure, not drawn yet: ``draw`` makes it, so that progress can be told figure by figure."""

    id: str
    section: str
    title: str
    caption: str
    alt: str
    table: Table
    draw: Callable[[], Figure]


def base_of_maps(facts: Facts) -> MapBase | None:
    """Borders and classes shared by all maps, or None when the comparison has no cells."""
    cells, zones = facts.frame("cells"), facts.frame("zones")
    differences = facts.main(facts.at("departements", outcome="jobs"))
    if cells.empty or zones.empty or differences.empty:
        return None
    return map_base(cells, zones, differences["diff_per_10k"].to_numpy(np.float64))


def drawings(facts: Facts, look: Look, base: MapBase | None) -> Iterator[Drawing]:
    """All figures that the comparison allows, in the order of the report."""
    makers = (national, trajectories, rings, waterfall, twins, cost, equity, sets, tornado, scorecard)
    for make in makers:
        drawing = make(facts, look)
        if drawing is not None:
            yield drawing
    if base is not None:
        yield from maps(facts, look, base)


def sentences(look: Look, key: str, items: list[str]) -> str:
    """Text alternative: what the figure is, then one sentence per option."""
    return look.texts(f"alt.{key}", sentences=" ".join(items))


def short(look: Look, value: float, *, signed: bool = True) -> str:
    """A value with two significant digits, for a text alternative."""
    return look.texts.fmt.number(value, step=noise_step(value, 0.0), signed=signed)


def national(facts: Facts, look: Look) -> Drawing | None:
    """Both intervals of startups and jobs, by option and horizon."""
    frame = facts.main(facts.frame("effects"))
    if frame.empty:
        return None
    texts = look.texts
    now = frame[frame["year"] == facts.year].set_index(["arm", "outcome"])["mean"]
    items = [
        texts(
            "alt.national_item",
            arm=look.labels[a],
            year=facts.year,
            jobs=short(look, now.get((a, "jobs"), np.nan)),
            startups=short(look, now.get((a, "startups"), np.nan)),
        )
        for a in look.arms
    ]
    return Drawing(
        "national",
        "national",
        texts("figure.national"),
        texts("caption.national", runs=runs_phrase(facts, texts)),
        sentences(look, "national", items),
        tables.effects(facts, texts, ("startups", "jobs")),
        lambda: plots.national(frame, look),
    )


def trajectories(facts: Facts, look: Look) -> Drawing | None:
    """Differences over the years."""
    frame = facts.main(facts.frame("trajectories"))
    if frame.empty:
        return None
    members = facts.main(facts.frame("members"))
    texts, start, aid_end = look.texts, facts.meta.get("start_year"), facts.meta.get("aid_end_year")
    last = int(frame["year"].max())
    jobs = frame[(frame["outcome"] == "jobs") & (frame["year"] == last)].set_index("arm")["diff_mean"]
    items = [
        texts("alt.trajectories_item", arm=look.labels[a], year=last, value=short(look, jobs.get(a, np.nan)))
        for a in look.arms
    ]
    caption = texts("caption.trajectories", runs=runs_phrase(facts, texts))
    if aid_end is not None and aid_end < last:
        caption += " " + texts("caption.trajectories_after", year=aid_end)
    alt = texts("alt.trajectories", first=int(frame["year"].min()), last=last, sentences=" ".join(items))
    return Drawing(
        "trajectories",
        "time",
        texts("figure.trajectories"),
        caption,
        alt,
        tables.trajectories(facts, texts),
        lambda: plots.trajectories(frame, members, look, years=facts.years, start=start, aid_end=aid_end),
    )


def waterfall(facts: Facts, look: Look) -> Drawing | None:
    """From gross to net."""
    frame = facts.main(facts.at("waterfall"))
    if frame.empty:
        return None
    texts, items = look.texts, []
    for arm in look.arms:
        means = frame[frame["arm"] == arm].set_index("component")["mean"]
        items.append(
            texts(
                "alt.waterfall_item",
                arm=look.labels[arm],
                gross=short(look, means["gross"], signed=False),
                dead=short(look, -means["deadweight"]),
                net=short(look, means["net"]),
                displaced=short(look, float(means.filter(like="displaced_").sum())),
            )
        )
    taken = frame["component"] == "deadweight"  # counted against gross, in the table as in the figure
    signed = frame.copy()
    signed.loc[taken, ["mean", "ci95_low", "ci95_high"]] = -frame.loc[taken, ["mean", "ci95_high", "ci95_low"]].values
    table = tables.by_class(signed, facts, texts, "component", "component", title="jobs")
    return Drawing(
        "waterfall",
        "net",
        texts("figure.waterfall", year=facts.year),
        texts("caption.waterfall"),
        sentences(look, "waterfall", items),
        table,
        lambda: plots.waterfall(frame, look),
    )


def rings(facts: Facts, look: Look) -> Drawing | None:
    """Differences by distance to the nearest hub."""
    frame = facts.main(facts.at("rings"))
    without = facts.arms.loc[facts.arms["n_hubs"] == 0, "arm"]  # no hub, no distance to the nearest
    frame = frame[~frame["arm"].isin(without)] if not frame.empty else frame
    if frame.empty:
        return None
    texts, items = look.texts, []
    for arm in frame["arm"].unique():
        means = frame[frame["arm"] == arm].set_index("ring")["mean"]
        near = {
            name: short(look, means.get(ring, np.nan))
            for name, ring in (("treated", "treated"), ("near", "0_20"), ("mid", "20_50"), ("far", "50_plus"))
        }
        items.append(texts("alt.rings_item", arm=look.labels[arm], **near))
    table = tables.by_class(frame, facts, texts, "ring", "ring", title="mean")
    return Drawing(
        "rings",
        "rings",
        texts("figure.rings", year=facts.year),
        texts("caption.rings"),
        sentences(look, "rings", items),
        table,
        lambda: plots.rings(frame, look),
    )


def twins(facts: Facts, look: Look) -> Drawing | None:
    """Startups created, lost, or elsewhere because of the policy."""
    frame = facts.main(facts.at("twins"))
    if frame.empty:
        return None
    texts, items = look.texts, []
    for arm in look.arms:
        means = frame[frame["arm"] == arm].set_index("class")["startups_mean"]
        items.append(
            texts(
                "alt.twins_item",
                arm=look.labels[arm],
                **{
                    name: short(look, means.get(name, np.nan), signed=False)
                    for name in ("only_here", "lost", "elsewhere")
                },
            )
        )
    same = frame.loc[frame["class"] == "same_place", "startups_mean"]
    caption = texts(
        "caption.twins", low=short(look, same.min(), signed=False), high=short(look, same.max(), signed=False)
    )
    table = tables.by_class(frame, facts, texts, "class", "twin", title="startups", value="startups_mean", signed=False)
    return Drawing(
        "twins",
        "twins",
        texts("figure.twins", year=facts.year),
        caption,
        sentences(look, "twins", items),
        table,
        lambda: plots.twins(frame, look),
    )


def cost(facts: Facts, look: Look) -> Drawing | None:
    """Cost per net job, drawn only when it is defined for some option."""
    frame = facts.main(facts.at("cost"))
    if frame.empty or not frame["defined"].astype(bool).any():
        return None
    texts = look.texts
    items = [
        texts(
            "alt.cost_item",
            arm=look.labels[r.arm],
            value=texts.fmt.money(r.cost_per_net_job, digits=2) if r.defined else texts("text.undefined"),
        )
        for r in rows_of(frame)
    ]
    return Drawing(
        "cost",
        "cost",
        texts("figure.cost", year=facts.year),
        texts("caption.cost"),
        sentences(look, "cost", items),
        Table("", (), ()),
        lambda: plots.cost(frame, look),
    )


def equity(facts: Facts, look: Look) -> Drawing | None:
    """Net jobs against inequality."""
    jobs = facts.main(facts.at("effects", outcome="jobs"))
    theil = facts.main(facts.at("equity", measure="theil_between_departements"))
    if jobs.empty or theil.empty:
        return None
    texts = look.texts
    by_arm, change = jobs.set_index("arm")["mean"], theil.set_index("arm")["mean"]
    items = [
        texts(
            "alt.equity_item",
            arm=look.labels[a],
            jobs=short(look, by_arm.get(a, np.nan)),
            theil=short(look, change.get(a, np.nan)),
        )
        for a in look.arms
    ]
    return Drawing(
        "equity",
        "equity",
        texts("figure.equity", year=facts.year),
        texts("caption.equity"),
        sentences(look, "equity", items),
        tables.equity(facts, texts),
        lambda: plots.equity(jobs, theil, facts.main(facts.at("clouds")), look, facts.year),
    )


def sets(facts: Facts, look: Look) -> Drawing | None:
    """The gap between the two leading options under each set of assumptions."""
    names, pair = robustness.names_of_sets(facts, look.texts), robustness.leaders(facts)
    rows = facts.at("set_pairs", outcome="jobs")
    if pair is None or len(names) < 2 or rows.empty:
        return None
    frame = robustness.gaps(rows, *pair)
    texts, ends = look.texts, {"a": look.labels[pair[0]], "b": look.labels[pair[1]]}
    items = [texts("alt.sets_item", name=names[r["set"]], value=short(look, r["mean"])) for r in rows_of(frame)]
    return Drawing(
        "sets",
        "robustness",
        texts("figure.sets", year=facts.year, **ends),
        texts("caption.sets", **ends),
        texts("alt.sets", sentences=" ".join(items), **ends),
        robustness.gaps_table(frame, names, texts),
        lambda: plots.sets(frame, names, pair[0], look),
    )


def tornado(facts: Facts, look: Look) -> Drawing | None:
    """What drawn parameters do to the gap between the two leading options."""
    rows, pair = robustness.related(facts)[: robustness.SHOWN_PARAMETERS], robustness.leaders(facts)
    if not rows or pair is None:
        return None
    texts, ends = look.texts, {"a": look.labels[pair[0]], "b": look.labels[pair[1]]}
    items = [
        texts("alt.tornado_item", name=r["parameter"], low=short(look, r["gap_low"]), high=short(look, r["gap_high"]))
        for r in rows
    ]
    return Drawing(
        "tornado",
        "robustness",
        texts("figure.tornado", year=facts.year, **ends),
        texts("caption.tornado", n=texts.fmt.number(rows[0]["n_draws"])),
        texts("alt.tornado", sentences=" ".join(items), **ends),
        robustness.parameters(facts, texts),
        lambda: draw_tornado(rows, look),
    )


def scorecard(facts: Facts, look: Look) -> Drawing | None:
    """Simulated beside published figures."""
    frame = facts.frame("scorecard")
    if frame.empty:
        return None
    texts = look.texts
    alt = texts("alt.scorecard", n=len(frame), inside=int(frame["hit"].sum()))
    return Drawing(
        "scorecard",
        "scorecard",
        texts("figure.scorecard"),
        texts("caption.scorecard"),
        alt,
        Table("", (), ()),
        lambda: plots.scorecard(frame, look),
    )


def maps(facts: Facts, look: Look, base: MapBase) -> Iterator[Drawing]:
    """One map of jobs per option, all on one scale."""
    texts, hubs = look.texts, facts.frame("hubs")
    largest = float(hubs["eur_total"].max()) if not hubs.empty else 0.0
    for arm in look.arms:
        rows = facts.at("departements", arm=arm, outcome="jobs")
        own = hubs[hubs["arm"] == arm] if not hubs.empty else pd.DataFrame()
        title = texts("figure.map", arm=look.labels[arm], year=facts.year)
        yield Drawing(
            f"map-{arm}",
            "where",
            title,
            "",
            map_alt(rows, look, arm),
            annex.departements_of(facts, texts, arm),
            partial(departement_map, base, rows, own, look, title=look.labels[arm], largest_hub_eur=largest),
        )


def map_alt(rows: pd.DataFrame, look: Look, arm: str) -> str:
    """Text alternative of a map: how many gain and lose, and the extremes."""
    sure = rows["sign_agreement"] >= AGREEMENT
    best: Row = rows.iloc[int(rows["diff_per_10k"].argmax())]
    worst: Row = rows.iloc[int(rows["diff_per_10k"].argmin())]
    return look.texts(
        "alt.map",
        arm=look.labels[arm],
        gain=int((sure & (rows["diff_mean"] > 0)).sum()),
        loss=int((sure & (rows["diff_mean"] < 0)).sum()),
        unsure=int((~sure).sum()),
        best=best["name"],
        best_value=short(look, best["diff_per_10k"]),
        worst=worst["name"],
        worst_value=short(look, worst["diff_per_10k"]),
    )

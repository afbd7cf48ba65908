"""Charts: one function per figure, a frame in, a matplotlib Figure out. No file is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.report.facts import Row, rows_of
from sim.report.look import (
    COLOURS,
    GREY,
    GROSS,
    INK,
    LOSS,
    REFERENCE,
    SOFT,
    WIDTH_IN,
    Look,
    bar_value,
    grid,
    intervals,
    joint_ellipse,
    label_rows,
    log_ticks,
    name_rows,
    panel_names,
    panels,
    room_for,
    row_positions,
    save,
    sentence,
    signed_axis,
    styled,
    title_room,
    whole_years,
)
from sim.report.numbers import noise_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Look", "cost", "equity", "national", "rings", "save", "scorecard", "sets", "trajectories", "twins", "waterfall",
]  # fmt: skip


SCORE_END = 5.0  # tolerances shown on each side of a published figure


@styled
def national(effects: pd.DataFrame, look: Look, outcomes: Sequence[str] = ("startups", "jobs")) -> Figure:
    """Dot and two intervals of the difference from the reference, one row per option and horizon.

    Columns read: arm, outcome, year, mean, se, ci95_low, ci95_high, p10, p90.
    """
    years = sorted(effects["year"].unique())
    rows, names = row_positions(look.arms, years)
    figure, axes = grid(1, len(outcomes), height=0.8 + 0.23 * (len(rows) + len(look.arms)), sharey=True)
    for axis, outcome in zip(axes[0], outcomes, strict=True):
        of_outcome = effects[effects["outcome"] == outcome].set_index(["arm", "year"])
        axis.axvline(0.0, color=INK, linewidth=0.8)
        for (arm, year), y in rows.items():
            if (arm, year) in of_outcome.index:
                row: Row = of_outcome.loc[(arm, year)]
                intervals(axis, row, y, look, arm, last=year == years[-1])
        axis.set_title(look.texts(f"outcome.{outcome}"))
        axis.set_xlabel(look.texts("axis.difference"))
        signed_axis(axis, look, "x")
        axis.grid(axis="x")
        axis.margins(x=0.08)
    label_rows(axes[0][0], rows, names, look)
    return figure


BANDS = (("p2_5", "p97_5"), ("p10", "p90"), ("p25", "p75"))  # 95, 80 and 50 % of simulations


@styled
def trajectories(
    frame: pd.DataFrame,
    members: pd.DataFrame,
    look: Look,
    *,
    years: Sequence[int] = (),
    start: int | None = None,
    aid_end: int | None = None,
    outcomes: Sequence[str] = ("startups", "jobs"),
) -> Figure:
    """Difference from the reference year by year: one column per option, one row per outcome, common scales.

    Columns read: arm, outcome, year, diff_mean, diff_p2_5, diff_p10, diff_p25, diff_p75, diff_p90, diff_p97_5,
    diff_ci_low, diff_ci_high; of members: arm, outcome, year, seed, diff. The interval of the mean stands at `years`.
    """
    names = panel_names(look, (WIDTH_IN - 0.95) / max(len(look.arms), 1) - 0.15)
    figure, axes = grid(
        len(outcomes),
        len(look.arms),
        height=2.0 * len(outcomes) + 0.5,
        left=0.95,
        bottom=0.3,
        top=title_room(names),
        gap_x=0.15,
        sharey="row",
        sharex=True,
    )
    for row, outcome in zip(axes, outcomes, strict=True):
        for axis, arm in zip(row, look.arms, strict=True):
            of_arm = frame[(frame["arm"] == arm) & (frame["outcome"] == outcome)].sort_values("year")
            every = of_arm["year"].to_numpy()
            colour = look.colour(arm)
            if aid_end is not None and every.size and every[-1] > aid_end:
                axis.axvspan(aid_end + 0.5, every[-1], color="#f0f0f0", linewidth=0)
            for low, high in BANDS:
                ends = of_arm[f"diff_{low}"], of_arm[f"diff_{high}"]
                axis.fill_between(every, *ends, color=colour, alpha=0.16, linewidth=0)
            own = members[(members["arm"] == arm) & (members["outcome"] == outcome)] if len(members) else members
            for _, single in own.groupby("seed") if len(own) else ():
                axis.plot(single["year"], single["diff"], color=colour, linewidth=0.4, alpha=0.6)
            axis.plot(every, of_arm["diff_mean"], color=colour, linewidth=1.8)
            for row_at in rows_of(of_arm[of_arm["year"].isin(years)]):
                axis.plot([row_at["year"]] * 2, [row_at["diff_ci_low"], row_at["diff_ci_high"]], color=INK,
                          linewidth=2.2, solid_capstyle="butt", clip_on=False)  # fmt: skip
            axis.axhline(0.0, color=INK, linewidth=0.8)
            axis.grid(axis="y")
            axis.margins(x=0)
            if start is not None:
                axis.axvline(start, color=SOFT, linewidth=0.6, linestyle=(0, (3, 3)))
            if outcome == outcomes[0]:
                axis.set_title(names[arm], color=colour)
        row[0].set_ylabel(look.texts(f"outcome.{outcome}"))
        signed_axis(row[0], look, "y")
    for axis in axes[-1]:
        whole_years(axis)
    return figure


@styled
def waterfall(frame: pd.DataFrame, look: Look) -> Figure:
    """From gross to net jobs, one panel per option on a common scale. One year only.

    Columns read: arm, component (gross, deadweight, displaced_0_20, displaced_20_50, displaced_50, net), mean,
    ci95_low, ci95_high; gross - deadweight + displaced_* = net.
    """
    parts = ("gross", "deadweight", "displaced_0_20", "displaced_20_50", "displaced_50", "net")
    figure, axes = panels(look, height=2.2, left=0.8, bottom=0.55, sharey=True)
    for axis, arm in zip(axes, look.arms, strict=True):
        of_arm = frame[frame["arm"] == arm].set_index("component")
        level = 0.0
        for k, part in enumerate(parts):
            if part not in of_arm.index:
                continue
            row: Row = of_arm.loc[part]
            change = -row["mean"] if part == "deadweight" else row["mean"]
            base = 0.0 if part in ("gross", "net") else level
            colour = {"gross": GROSS, "deadweight": GREY, "net": look.colour(arm)}.get(part, LOSS)
            axis.bar(
                k,
                change,
                bottom=base,
                width=0.72,
                color=colour,
                edgecolor=INK,
                linewidth=0.5,
                hatch="////" if part == "deadweight" else "\\\\\\\\" if part.startswith("displaced") else None,
            )
            bar_value(axis, k, base, change, row, look)
            if part == "net":
                axis.plot([k, k], [row["ci95_low"], row["ci95_high"]], color=INK, linewidth=1.4)
            level = base + change
            if part != "net":
                axis.plot([k + 0.36, k + 0.64], [level, level], color=SOFT, linewidth=0.7)
        axis.axhline(0.0, color=INK, linewidth=0.8)
        axis.set_xticks(range(len(parts)), [look.texts(f"component.short_{p}") for p in parts], fontsize=6.4)
        axis.tick_params(axis="x", length=0)
        axis.grid(axis="y")
        axis.use_sticky_edges = False  # else bars that hang from a level leave no room for their value
        axis.margins(y=0.1)
        axis.set_ylabel(look.texts("axis.jobs") if axis in axes[::3] else "")
        signed_axis(axis, look, "y", plus=False)
    return figure


@styled
def rings(frame: pd.DataFrame, look: Look) -> Figure:
    """Difference in jobs by distance to the nearest hub, one panel per option on a common scale. One year only.

    Columns read: arm, ring (treated, 0_20, 20_50, 50_plus), mean, ci95_low, ci95_high, p10, p90.
    """
    names = ("treated", "0_20", "20_50", "50_plus")
    left = room_for([look.texts(f"ring.{n}") for n in names])
    figure, axes = panels(look, height=1.5, left=left, bottom=0.5, sharey=True, sharex=True)
    for axis, arm in zip(axes, look.arms, strict=True):
        of_arm = frame[frame["arm"] == arm].set_index("ring")
        axis.axvline(0.0, color=INK, linewidth=0.8)
        for k, name in enumerate(names):
            if name in of_arm.index:
                intervals(axis, of_arm.loc[name], -float(k), look, arm, last=True)
        axis.grid(axis="x")
        axis.margins(x=0.12)
        axis.set_xlabel(look.texts("axis.jobs"))
        signed_axis(axis, look, "x", ticks=4)
        axis.tick_params(axis="y", length=0)
    name_rows(axes[0], [look.texts(f"ring.{n}") for n in names], top=0.7)
    return figure


@styled
def twins(frame: pd.DataFrame, look: Look) -> Figure:
    """What becomes of a startup between the two worlds: bars per option, those in the same place left out. One year.

    Columns read: arm, class (elsewhere, only_here, lost), startups_mean, ci95_low, ci95_high.
    """
    classes = (("only_here", 1.0), ("lost", -1.0), ("elsewhere", 1.0))
    left = room_for([look.texts(f"twin.{n}") for n, _ in classes])
    figure, axes = panels(look, height=1.2, left=left, bottom=0.5, sharey=True, sharex=True)
    for axis, arm in zip(axes, look.arms, strict=True):
        of_arm = frame[frame["arm"] == arm].set_index("class")
        for k, (name, sign) in enumerate(classes):
            if name not in of_arm.index:
                continue
            row: Row = of_arm.loc[name]
            colour = {"lost": LOSS, "elsewhere": GREY}.get(name, look.colour(arm))
            low, high = sorted((sign * row["ci95_low"], sign * row["ci95_high"]))
            axis.barh(
                -k,
                sign * row["startups_mean"],
                height=0.62,
                color=colour,
                edgecolor=INK,
                linewidth=0.5,
                hatch="////" if name == "lost" else None,
            )
            axis.plot([low, high], [-k, -k], color=INK, linewidth=1.3)
            step = noise_step(row["startups_mean"], (high - low) / 4.0)
            axis.annotate(
                look.texts.fmt.number(sign * row["startups_mean"], step=step, signed=name != "elsewhere"),
                (high if sign > 0 else low, -k),
                xytext=(4 * sign, 0),
                textcoords="offset points",
                ha="left" if sign > 0 else "right",
                va="center",
                fontsize=7.5,
            )
        axis.axvline(0.0, color=INK, linewidth=0.8)
        axis.set_xlabel(look.texts("axis.startups"))
        axis.margins(x=0.7)  # room for the figures at both ends
        axis.grid(axis="x")
        axis.tick_params(axis="y", length=0)
        signed_axis(axis, look, "x", plus=False, ticks=4)
    name_rows(axes[0], [look.texts(f"twin.{n}") for n, _ in classes])
    return figure


# Euros per job of the French debate, by other definitions: ceiling of the PAT, an aid to firms that invest in poor
# regions; urban tax-free zones (ZFU), 420 MEUR a year for 5,000 jobs a year. Source: Assemblée nationale and Sénat.
COST_MARKS = {"pat": 15e3, "zfu": 84e3}


@styled
def cost(frame: pd.DataFrame, look: Look) -> Figure:
    """Cost per net job with its interval on a logarithmic scale; words where it is not defined. One year only.

    Columns read: arm, cost_per_net_job, low, high, defined.
    """
    figure, axes = grid(1, 1, height=0.95 + 0.42 * len(look.arms), left=room_for(list(look.labels.values())), top=0.3)
    axis = axes[0][0]
    by_arm = frame.set_index("arm")
    axis.set_xscale("log")
    for k, arm in enumerate(look.arms):
        if arm not in by_arm.index:
            continue
        row: Row = by_arm.loc[arm]
        if not row["defined"]:
            axis.text(
                0.02,
                -k,
                look.texts("axis.undefined"),
                transform=axis.get_yaxis_transform(),
                va="center",
                color=SOFT,
                style="italic",
            )
            continue
        axis.plot([row["low"], row["high"]], [-k, -k], color=look.colour(arm), linewidth=4.2, alpha=0.55)
        axis.plot(row["cost_per_net_job"], -k, look.marker(arm), color=look.colour(arm), markersize=6)
        axis.annotate(
            look.texts.fmt.money(row["cost_per_net_job"], digits=2),
            (row["cost_per_net_job"], -k),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            fontweight="bold",
            color=look.colour(arm),
        )
    name_rows(axis, ["\n".join(wrap(look.labels[a], 60)[:3]) for a in look.arms], top=0.7)
    axis.set_xlabel(look.texts("axis.eur_per_job"))
    for name, eur in COST_MARKS.items():
        axis.axvline(eur, color=REFERENCE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        axis.text(eur, 1.02, look.texts(f"axis.{name}"), transform=axis.get_xaxis_transform(), ha="center", fontsize=7,
                  color=SOFT)
    low, high = axis.get_xlim()
    axis.set_xlim(low / 1.3, high * 1.3)
    log_ticks(axis, lambda v: look.texts.fmt.money(v, digits=2))
    axis.grid(axis="x")
    return figure


def crowded(heights: pd.Series, arm: str) -> bool:
    """Tell whether another option stands just above an option, so that its name has to go below it."""
    gap = heights.drop(arm) - heights[arm]
    return bool(((gap > 0.0) & (gap < 0.12 * max(heights.max() - heights.min(), 1e-12))).any())


@styled
def equity(effects: pd.DataFrame, measures: pd.DataFrame, clouds: pd.DataFrame, look: Look, year: int) -> Figure:
    """Net jobs against the change in the Theil index between départements, one by one and on average. One year only.

    Columns read: effects (jobs rows): arm, mean, ci95_low, ci95_high; measures (Theil rows): the same; clouds: arm,
    net_jobs, theil_change. The ellipse holds both means together with 95 % confidence; without clouds, a cross has
    the interval of each.
    """
    figure, axes = grid(1, 1, height=3.6, left=0.95, top=0.1)
    axis = axes[0][0]
    jobs, theil = effects.set_index("arm"), measures.set_index("arm")
    axis.axhline(0.0, color=INK, linewidth=0.8)
    axis.axvline(0.0, color=INK, linewidth=0.8)
    shown = [arm for arm in look.arms if arm in jobs.index and arm in theil.index]
    middle = jobs.loc[shown, "mean"].clip(lower=0.0).max() / 2.0 if shown else 0.0
    heights = theil.loc[shown, "mean"]
    for arm in shown:
        above = crowded(heights, arm)
        x, y, colour = jobs.loc[arm], theil.loc[arm], look.colour(arm)
        own = clouds[clouds["arm"] == arm] if len(clouds) else clouds
        outline = joint_ellipse(own[["net_jobs", "theil_change"]].to_numpy(np.float64)) if len(own) else None
        if outline is not None:
            axis.plot(own["net_jobs"], own["theil_change"], look.marker(arm), color=colour, markersize=3.4, alpha=0.55,
                      markeredgewidth=0)  # fmt: skip
            axis.fill(*outline, facecolor=colour, alpha=0.18, linewidth=0)
            axis.plot(*outline, color=colour, linewidth=1.1)
        else:
            axis.plot([x["ci95_low"], x["ci95_high"]], [y["mean"]] * 2, color=colour, linewidth=2.4, alpha=0.6)
            axis.plot([x["mean"]] * 2, [y["ci95_low"], y["ci95_high"]], color=colour, linewidth=2.4, alpha=0.6)
        axis.plot(x["mean"], y["mean"], look.marker(arm), color=colour, markersize=7)
        axis.annotate(
            look.labels[arm],
            (x["mean"], y["mean"]),
            textcoords="offset points",
            xytext=(-8 if x["mean"] > middle else 8, -7 if above else 7),
            ha="right" if x["mean"] > middle else "left",
            va="top" if above else "bottom",
            color=colour,
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
        )
    axis.set_xlabel(look.texts("axis.net_jobs", year=year))
    axis.set_ylabel(look.texts("axis.theil"))
    for text, place, vertical in (("less_equal", 0.98, "top"), ("more_equal", 0.02, "bottom")):
        axis.text(
            0.995,
            place,
            look.texts(f"axis.{text}"),
            transform=axis.transAxes,
            ha="right",
            va=vertical,
            color=SOFT,
            style="italic",
        )
    axis.margins(0.22)
    axis.grid()
    signed_axis(axis, look, "x")
    signed_axis(axis, look, "y")
    return figure


@styled
def sets(frame: pd.DataFrame, names: Mapping[str, str], leader: str, look: Look) -> Figure:
    """The gap between the two leading options, one row per set of assumptions, in the order of the frame.

    Columns read: set, mean, ci95_low, ci95_high, p10, p90. The first row is the main set.
    """
    labels = ["\n".join(wrap(names[name], 44)[:2]) for name in frame["set"]]
    figure, axes = grid(1, 1, height=0.75 + 0.3 * len(labels), left=room_for(labels), top=0.1)
    axis, colour = axes[0][0], look.colour(leader)
    axis.axvline(0.0, color=INK, linewidth=0.8)
    axis.axvline(frame["mean"].iloc[0], color=REFERENCE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    for k, row in enumerate(rows_of(frame)):
        unsure = row["ci95_low"] <= 0.0 <= row["ci95_high"]
        shade = colour if row["mean"] >= 0.0 else LOSS
        axis.plot([row["p10"], row["p90"]], [-k, -k], color=shade, linewidth=1.1, marker="|", markersize=5)
        axis.plot([row["ci95_low"], row["ci95_high"]], [-k, -k], color=shade, linewidth=4.2, alpha=0.55)
        axis.plot(row["mean"], -k, "o", color=shade, markersize=5.2, markerfacecolor="white" if unsure else shade)
    name_rows(axis, labels)
    axis.set_xlabel(look.texts("axis.jobs"))
    axis.margins(x=0.08)
    axis.grid(axis="x")
    signed_axis(axis, look, "x")
    return figure


@styled
def scorecard(frame: pd.DataFrame, look: Look) -> Figure:
    """How far each simulated figure is from the published one, in tolerances: held-out figures below fitted ones.

    Columns read: use, label_fr/label_en, published, tolerance, simulated, p10, p90, hit, without_agents. What lies
    beyond the axis stands at its end, as an arrow.
    """
    shown = frame.reset_index(drop=True)
    names = [sentence(label) for label in shown[f"label_{look.texts.language}"]]
    figure, axes = grid(1, 1, height=0.9 + 0.19 * max(len(shown), 1), left=room_for(names), top=0.1)
    axis = axes[0][0]
    axis.axvspan(-1.0, 1.0, color=GREY, linewidth=0)
    for k, row in enumerate(rows_of(shown)):
        y, away = -float(k), {name: (row[name] - row["published"]) / row["tolerance"]
                              for name in ("simulated", "p10", "p90", "without_agents")}  # fmt: skip
        at = float(np.clip(away["simulated"], -SCORE_END, SCORE_END))
        beyond = "<" if away["simulated"] < -SCORE_END else ">" if away["simulated"] > SCORE_END else "o"
        axis.plot(np.clip([away["p10"], away["p90"]], -SCORE_END, SCORE_END), [y, y], color=COLOURS[1], linewidth=1.2)
        axis.plot(at, y, beyond, color=COLOURS[1], markersize=4.5, clip_on=False, zorder=3,
                  markerfacecolor=COLOURS[1] if row["hit"] else "white")  # fmt: skip
        if np.isfinite(away["without_agents"]):
            axis.plot(np.clip(away["without_agents"], -SCORE_END, SCORE_END), y, "|", color=INK, markersize=6,
                      clip_on=False)  # fmt: skip
    axis.axvline(0.0, color=INK, linewidth=0.8)
    fitted = int((shown["use"] == "fit").sum())
    if 0 < fitted < len(shown):
        axis.axhline(0.5 - fitted, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
    name_rows(axis, names, fontsize=7.0)
    axis.set_xlim(-SCORE_END, SCORE_END)
    axis.set_xlabel(look.texts("axis.tolerances"))
    axis.grid(axis="x")
    return figure

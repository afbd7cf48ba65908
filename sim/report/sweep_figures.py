"""Figures of sweeps: which factors move what, and in which part of the space of assumptions a policy wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.report.look import COLOURS, FAINT, GREY, INK, SOFT, Look, grid, room_for, signed_axis, styled
from sim.report.numbers import trim_zeros

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.explore.discovery import Box
    from sim.scenario.sweep import Range

Floats = NDArray[np.float64]
MOST_PANELS = 3  # side by side; the table holds the others
ROW_IN = 0.27


@dataclass(frozen=True)
class Panel:
    """One outcome, or one difference of policies: a value of each factor, with the ends of its interval, [K]."""

    title: str
    value: Floats
    low: Floats
    high: Floats


@styled
def sensitivity(panels: Sequence[Panel], factors: Sequence[str], axis_label: str, look: Look, *,
                swings: bool) -> Figure:
    """Factors on rows, the first panel's most telling at the top; a dot and its interval, or a bar between two ends."""
    shown = panels[:MOST_PANELS]
    order = np.argsort(np.nan_to_num(np.abs(shown[0].value)), kind="stable")
    figure, axes = grid(1, len(shown), height=1.1 + ROW_IN * len(factors), left=room_for(list(factors)), top=0.5,
                        gap_x=0.2, sharey=True)  # fmt: skip
    for rank, (axis, panel) in enumerate(zip(axes.flat, shown, strict=True)):
        rows, colour = np.arange(order.size), COLOURS[rank]
        axis.axvline(0.0, color=SOFT, linewidth=0.8)
        if swings:
            axis.barh(rows, (panel.high - panel.low)[order], left=panel.low[order], height=0.55, color=colour)
        else:
            axis.hlines(rows, panel.low[order], panel.high[order], color=colour, linewidth=4.2, alpha=0.45)
            axis.plot(panel.value[order], rows, "o", color=colour, markersize=5)
        axis.set_yticks(rows, [factors[k] for k in order])
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x")
        axis.margins(y=0.5 / max(order.size, 1))
        axis.set_title(panel.title, color=colour)
        signed_axis(axis, look, "x", plus=False, ticks=5)
    figure.text(0.5, 0.03, axis_label, ha="center", color=SOFT)
    return figure


@styled
def boxes(found: Sequence[tuple[str, Box]], factors: Sequence[Range], points: pd.DataFrame, wins: Sequence[Floats],
          look: Look) -> Figure:
    """For each policy, the range of each number that its box keeps, over the whole range swept; marks are the points.

    Parameters
    ----------
    found : name of each policy and its box
    factors : the numbers that vary, in the order of the box
    points : one row per point
    wins : one array per policy, [points]: 1 where it wins, NaN where runs are missing
    """
    figure, axes = grid(1, len(found), height=0.9 + 0.62 * len(factors), left=room_for([f.name for f in factors]),
                        top=0.5, gap_x=0.2, sharey=True)  # fmt: skip
    for rank, (axis, (name, box), won) in enumerate(zip(axes.flat, found, wins, strict=True)):
        for k, factor in enumerate(factors):
            _one_range(axis, len(factors) - 1 - k, factor, box.low[k], box.high[k], points[factor.name], won,
                       COLOURS[rank], look)  # fmt: skip
        axis.set_yticks(range(len(factors)), [f.name for f in reversed(factors)])
        axis.tick_params(axis="y", length=0)
        axis.set_xticks([])
        axis.spines["bottom"].set_visible(False)
        axis.set_xlim(-0.04, 1.04)
        axis.set_ylim(-0.7, len(factors) - 0.35)
        axis.set_title(name, color=COLOURS[rank])
    return figure


def _one_range(axis: Axes, y: int, factor: Range, low: float, high: float, values: pd.Series[float], won: Floats,
               colour: str, look: Look) -> None:
    """A factor's range from end to end, the part that the box keeps, and the points that are wins or not."""
    def place(value: Any) -> Floats:
        ends = np.array([factor.low, factor.high])
        at = np.asarray(value, float)
        if factor.scale == "log":
            ends, at = np.log(ends), np.log(at)
        return np.asarray((at - ends[0]) / (ends[1] - ends[0]))

    start = 0.0 if not np.isfinite(low) else float(place(low))
    end = 1.0 if not np.isfinite(high) else float(place(high))
    bound = np.isfinite(low) or np.isfinite(high)
    axis.hlines(y, 0.0, 1.0, color=FAINT, linewidth=7)
    axis.hlines(y, start, end, color=colour if bound else GREY, linewidth=7, alpha=0.8 if bound else 0.45)
    at = place(values.to_numpy(float))
    for which, offset, shade in ((won == 1.0, 0.24, colour), (won == 0.0, -0.24, GREY)):
        axis.plot(at[which], np.full(which.sum(), y + offset), "|", color=shade, markersize=5, markeredgewidth=0.7)
    for value, x, side in ((factor.low, 0.0, "left"), (factor.high, 1.0, "right")):
        axis.annotate(_short(value, look), (x, y), xytext=(0, -19), textcoords="offset points", ha=side, fontsize=6.5,
                      color=SOFT)  # fmt: skip
    for value, x in ((low, start), (high, end)):
        if np.isfinite(value):
            axis.annotate(_short(value, look), (x, y), xytext=(0, 12), textcoords="offset points", ha="center",
                          fontsize=7, fontweight="bold", color=INK)  # fmt: skip


def _short(value: float, look: Look) -> str:
    """A number with three digits at most."""
    places = 0 if value == 0.0 else int(np.clip(2 - np.floor(np.log10(abs(value))), 0, 6))
    return trim_zeros(look.texts.fmt.number(value, decimals=places), places)

"""The figure: for each policy, what each design told, with its interval, beside the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.report.look import INK, SOFT, WIDTH_IN, Look, grid, room_for, signed_axis, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that stay apart for every kind of sight; the mark says the same.
MARKS: Mapping[str, tuple[str, str]] = {
    "truth": ("#1B4F8A", "o"), "vague": ("#B58900", "s"), "misleads": ("#A63603", "X"),
}  # fmt: skip
ROW_IN, LEGEND_IN, LINE_IN = 0.27, 0.42, 0.17
LETTERS_PER_IN = 11.0  # of titles of panels


@styled
def beside_the_truth(
    rows: pd.DataFrame, look: Look, names: Mapping[str, str], words: Mapping[str, str], unit: str
) -> Figure:
    """One panel per policy, one line per design; a vertical line at the effect on the treated.

    Columns read: arm, design, estimate, ci95_low, ci95_high, truth, verdict, of designs in one and the same unit.

    Parameters
    ----------
    names : of designs, in order from the top
    words : of `truth_line` and of each verdict
    unit : of the estimates
    """
    designs = [name for name in names if name in set(rows["design"])]
    left = room_for([names[name] for name in designs])
    letters = int(LETTERS_PER_IN * (WIDTH_IN - left) / len(look.arms)) - 2
    titles = {arm: fill(name, max(letters, 12)) for arm, name in look.labels.items()}
    top = 0.12 + LINE_IN * max(title.count("\n") + 1 for title in titles.values())
    figure, axes = grid(1, len(look.arms), height=top + LEGEND_IN + 0.45 + ROW_IN * len(designs), left=left,
                        bottom=LEGEND_IN + 0.45, top=top, gap_x=0.2, sharey=True)  # fmt: skip
    places = {name: len(designs) - 1.0 - k for k, name in enumerate(designs)}
    for axis, arm in zip(axes[0], look.arms, strict=True):
        for row in rows[rows["arm"] == arm].itertuples():
            y = places[str(row.design)]
            colour, mark = MARKS[str(row.verdict)]
            axis.plot([row.ci95_low, row.ci95_high], [y, y], color=colour, linewidth=1.6)
            axis.plot(row.estimate, y, mark, color=colour, markersize=5.5)
            axis.plot([row.truth, row.truth], [y - 0.36, y + 0.36], color=INK, linewidth=2.2)
        axis.axvline(0.0, color=SOFT, linewidth=0.7, linestyle=(0, (3, 3)))
        axis.set_title(titles[arm])
        axis.grid(axis="x")
        axis.set_yticks(list(places.values()), [names[name] for name in designs])
        axis.set_ylim(-0.7, len(designs) - 0.3)
        signed_axis(axis, look, "x", ticks=4)
    for axis in axes[0]:
        axis.tick_params(axis="y", length=0)
    _legend(figure, words, unit)
    return figure


def _legend(figure: Figure, words: Mapping[str, str], unit: str) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=INK, linewidth=2.2, label=words["truth_line"])]
    handles += [Line2D([], [], color=colour, marker=mark, linewidth=1.6, label=words[name])
                for name, (colour, mark) in MARKS.items()]  # fmt: skip
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), fontsize=8)
    figure.text(0.985, LEGEND_IN / figure.get_size_inches()[1], unit, ha="right", va="bottom", fontsize=8, color=SOFT)


def ready(rows: pd.DataFrame, units: Sequence[str]) -> pd.DataFrame:
    """Rows that the figure shows: in these units, and estimated."""
    return rows[rows["unit"].isin(units) & np.isfinite(rows["estimate"].astype(float))]

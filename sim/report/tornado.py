"""The tornado: what each drawn parameter, low or high, does to the gap between the two leading options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.compare.sensitivity import DISCOVERY
from sim.report.facts import Row
from sim.report.look import GREY, GROSS, INK, LOSS, SOFT, Look, grid, name_rows, room_for, signed_axis, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def tornado(rows: Sequence[Row], look: Look) -> Figure:
    """One bar per parameter, the longest at the top, from the gap where it is low to the gap where it is high.

    Read from each row: parameter, gap_low, gap_high, q_value. A relation that luck could make is pale and hatched.
    """
    order = sorted(rows, key=lambda row: -abs(row["gap_high"] - row["gap_low"]))
    names = [str(row["parameter"]) for row in order]
    figure, axes = grid(1, 1, height=0.85 + 0.3 * len(order), left=room_for(names), top=0.12)
    axis = axes[0][0]
    axis.axvline(0.0, color=INK, linewidth=0.8)
    for k, row in enumerate(order):
        found = row["q_value"] < DISCOVERY
        middle = 0.5 * (row["gap_low"] + row["gap_high"])
        for end, colour in (("gap_low", GROSS), ("gap_high", LOSS)):
            axis.barh(-k, row[end] - middle, left=middle, height=0.6, color=colour if found else "white",
                      edgecolor=INK if found else GREY, linewidth=0.5, hatch=None if found else "////")  # fmt: skip
            side = 1.0 if row[end] >= middle else -1.0
            axis.annotate(look.texts(f"axis.{end}"), (row[end], -k), xytext=(3 * side, 0), textcoords="offset points",
                          ha="left" if side > 0 else "right", va="center", fontsize=6.4, color=SOFT)  # fmt: skip
    name_rows(axis, names)
    axis.set_xlabel(look.texts("axis.jobs"))
    axis.margins(x=0.12)
    axis.grid(axis="x")
    signed_axis(axis, look, "x")
    return figure

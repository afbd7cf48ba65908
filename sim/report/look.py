"""How figures look: colours, marks, margins, ticks in the reader's language, and files with fixed bytes.

Colour never carries meaning alone: each option also has a marker, and labels stand beside the marks.
Nothing goes through pyplot, so a figure leaves no global state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.catalogue import Texts
from sim.report.facts import Row
from sim.report.numbers import noise_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 9.4
ROOM_IN = 0.5 * WIDTH_IN  # for the longest names; those of users may be longer
INK, SOFT, FAINT = "#1e1e1e", "#5a5a5a", "#d8d8d8"
REFERENCE = "#767676"
# The first three keep apart under simulated deutan, protan and tritan vision; every one is at least 3.2:1 on white.
COLOURS = ("#A63603", "#1B4F8A", "#B58900", "#5E3C99", "#2E6E4E", "#8C2D6B", "#4D4D4D")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LOSS, GROSS, GREY = "#C8641B", "#9DB4CF", "#B9B9B9"
STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    # A fixed height: left to itself, matplotlib measures every tick label of every panel to place the title.
    "axes.titley": 1.0,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.solid_capstyle": "butt",
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "legend.frameon": False,
    "text.hinting": "none",
    # Text stays text in SVG (light, selectable, read by assistive tools); ids come from a fixed salt.
    "svg.fonttype": "none",
    "svg.hashsalt": "quartiers",
}


@dataclass(frozen=True)
class Look:
    """What every figure needs to speak: language, names, colours and markers of the options in order."""

    texts: Texts
    labels: dict[str, str]

    @property
    def arms(self) -> list[str]:
        """Options in the order of the study, the reference left out."""
        return list(self.labels)

    def colour(self, arm: str) -> str:
        """Colour of an option."""
        return COLOURS[self.arms.index(arm) % len(COLOURS)]

    def marker(self, arm: str) -> str:
        """Marker of an option."""
        return MARKERS[self.arms.index(arm) % len(MARKERS)]


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw under the project's style, without touching the caller's."""

    @wraps(draw)
    def wrapper(*args: Any, **kwargs: Any) -> Figure:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def save(
    figure: Figure, folder: Path, name: str, *, title: str = "", note: str = "", source: str = ""
) -> tuple[Path, Path]:
    """Write ``name``.svg and the slide ``name``.png with the same bytes each time; returns both paths."""
    import matplotlib

    from sim.report.slides import save_slide

    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    with matplotlib.rc_context(STYLE):
        figure.savefig(svg, metadata={"Date": None, "Creator": "Quartiers"})
        svg.write_text(lighter(svg.read_text(encoding="utf-8")), encoding="utf-8")
        save_slide(figure, png, title=title, note=note, source=source)
    return svg, png


def lighter(svg: str) -> str:
    """Same drawing with path coordinates cut to a hundredth of a point: maps weigh half as much."""
    return re.sub(r' d="[^"]+"', lambda d: re.sub(r"(?<=\.\d\d)\d+", "", d.group()), svg)


def grid(
    rows: int,
    columns: int,
    *,
    height: float,
    left: float = 0.62,
    bottom: float = 0.5,
    top: float = 0.3,
    gap_x: float = 0.3,
    gap_y: float = 0.25,
    **share: Any,
) -> tuple[Figure, np.ndarray]:
    """A page-wide figure with ``rows`` by ``columns`` axes; margins and gaps in inches.

    Margins are set here once: an automatic layout draws every figure three times.
    """
    from matplotlib.figure import Figure

    right = 0.15
    width = (WIDTH_IN - left - right - (columns - 1) * gap_x) / columns
    tall = (height - bottom - top - (rows - 1) * gap_y) / rows
    figure = Figure(figsize=(WIDTH_IN, height))
    places = {
        "left": left / WIDTH_IN,
        "right": 1.0 - right / WIDTH_IN,
        "bottom": bottom / height,
        "top": 1.0 - top / height,
        "wspace": gap_x / width,
        "hspace": gap_y / tall,
    }
    return figure, figure.subplots(rows, columns, squeeze=False, gridspec_kw=places, **share)


def panels(look: Look, *, height: float, left: float, bottom: float, **share: Any) -> tuple[Figure, list[Axes]]:
    """One panel per option, three to a row, each ``height`` inches tall, titled with the option's name."""
    columns = min(3, max(len(look.arms), 1))
    rows = -(-len(look.arms) // columns)
    names = panel_names(look, (WIDTH_IN - left) / columns - 0.2)
    top = title_room(names)
    gap = bottom + top
    figure, axes = grid(
        rows,
        columns,
        height=top + bottom + rows * height + (rows - 1) * gap,
        left=left,
        bottom=bottom,
        top=top,
        gap_x=0.2,
        gap_y=gap,
        **share,
    )
    used = list(axes.flat)[: len(look.arms)]
    for spare in list(axes.flat)[len(look.arms) :]:
        spare.set_axis_off()
    for axis, arm in zip(used, look.arms, strict=True):
        axis.tick_params(labelbottom=True)
        axis.set_title(names[arm], color=look.colour(arm))
    return figure, used


def panel_names(look: Look, inches: float) -> dict[str, str]:
    """Names of the options cut into at most two lines that fit a panel of this width."""
    longest = max(int(inches / 0.084), 8)
    return {arm: "\n".join(wrap(label, longest, max_lines=2, placeholder="…")) for arm, label in look.labels.items()}


def title_room(names: dict[str, str]) -> float:
    """Inches above a panel for its name: one line or two."""
    return 0.46 if any("\n" in name for name in names.values()) else 0.3


def room_for(labels: Sequence[str]) -> float:
    """Inches taken by the longest of some tick labels in the usual size, at most half the page."""
    return min(0.2 + 0.075 * max((len(line) for label in labels for line in label.split("\n")), default=0), ROOM_IN)


def sentence(label: str) -> str:
    """Label with a capital first letter and curved apostrophes."""
    return (label[:1].upper() + label[1:]).replace("'", "’")


def signed_axis(axis: Axes, look: Look, which: str, *, plus: bool = True, ticks: int = 6) -> None:
    """Tick labels in the language of the reader, with a true minus."""
    from matplotlib.ticker import Formatter, MaxNLocator

    class Signed(Formatter):
        def format_ticks(self, values: Sequence[float]) -> list[str]:
            places = tick_places(values)
            return [look.texts.fmt.number(v, decimals=places, signed=plus) if abs(v) > 1e-15 else "0" for v in values]

        def __call__(self, value: float, position: int | None = None) -> str:
            return self.format_ticks([value])[0]

    target = axis.xaxis if which == "x" else axis.yaxis
    # a label at the very end of a horizontal axis would run into that of the next panel
    target.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10], prune="both" if which == "x" else None))
    target.set_major_formatter(Signed())


def tick_places(ticks: Sequence[float]) -> int:
    """Decimals needed to tell ticks apart."""
    gap = float(np.diff(ticks).min()) if len(ticks) > 1 else 1.0
    return max(0, int(np.ceil(-np.log10(gap) - 1e-9))) if gap > 0 else 0


def whole_years(axis: Axes) -> None:
    """A tick every five years."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axis.xaxis.set_major_locator(MultipleLocator(5))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))


def log_ticks(axis: Axes, write: Callable[[float], str]) -> None:
    """Round ticks on a logarithmic axis, closer together on a short one, written by ``write``."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_xlim()
    subs = (1.0, 2.0, 5.0) if high > 12.0 * low else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axis.xaxis.set_major_locator(LogLocator(subs=subs))
    axis.minorticks_off()
    axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: write(v)))
    axis.xaxis.set_minor_formatter(NullFormatter())


def row_positions(arms: Sequence[str], years: Sequence[int]) -> tuple[dict[tuple[str, int], float], dict[str, float]]:
    """Vertical place of each (option, year), top to bottom, and of the name above each group."""
    rows, names, y = {}, {}, 0.0
    for arm in arms:
        names[arm] = y
        for year in years:
            y -= 1.0
            rows[(arm, int(year))] = y
        y -= 1.0
    return rows, names


def name_rows(axis: Axes, names: Sequence[str], *, top: float = 0.6, **font: Any) -> None:
    """One row per name, from the top down at heights 0, -1, -2..., without ticks; `font` is that of the names."""
    axis.set_yticks([-k for k in range(len(names))], names, **font)
    axis.set_ylim(-len(names) + 0.4, top)
    axis.tick_params(axis="y", length=0)


def label_rows(axis: Axes, rows: dict[tuple[str, int], float], names: dict[str, float], look: Look) -> None:
    """Years as tick labels, option names in their colour above each group."""
    axis.set_yticks(list(rows.values()), [str(year) for _, year in rows])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(min(rows.values()) - 0.7, 0.6)
    for arm, y in names.items():
        axis.text(
            0.0,
            y,
            look.labels[arm],
            transform=axis.get_yaxis_transform(),
            ha="left",
            va="center",
            color=look.colour(arm),
            fontweight="bold",
            clip_on=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


def intervals(axis: Axes, row: Row, y: float, look: Look, arm: str, *, last: bool) -> None:
    """One horizontal estimate: thin line 80 % of simulations, thick line 95 % of the mean, dot; value if last."""
    colour = look.colour(arm)
    axis.plot([row["p10"], row["p90"]], [y, y], color=colour, linewidth=1.1, marker="|", markersize=5)
    axis.plot([row["ci95_low"], row["ci95_high"]], [y, y], color=colour, linewidth=4.2, alpha=0.55)
    axis.plot(
        row["mean"],
        y,
        look.marker(arm),
        color=colour,
        markersize=5.2 if last else 4.2,
        markerfacecolor=colour if last else "white",
    )
    if last:
        step = noise_step(row["mean"], row.get("se", np.nan), bounds=(row["ci95_low"], row["ci95_high"]))
        axis.annotate(
            look.texts.fmt.number(row["mean"], step=step, signed=True),
            (row["mean"], y),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            fontweight="bold",
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
        )


def bar_value(axis: Axes, k: int, base: float, change: float, row: Row, look: Look) -> None:
    """Value of a bar, above it so that no axis nor other bar is written over, rounded to its own noise."""
    half = 0.5 * (row["ci95_high"] - row["ci95_low"])
    step = noise_step(change, row.get("se", half / 2.0), bounds=(change - half, change + half))
    text = look.texts.fmt.number(change, step=step, signed=k not in (0, 5))
    axis.annotate(
        text,
        (k, max(base, base + change)),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=6.6,
        fontweight="bold" if k == 5 else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )


def joint_ellipse(points: np.ndarray, level: float = 0.95) -> np.ndarray | None:
    """Outline [2, 73] of the region that holds both means of `points` [n, 2] together (H. Hotelling, 1931).

    None with fewer than four points, or when one of the two does not vary.
    """
    n = len(points)
    if n < 4 or (np.ptp(points, axis=0) == 0.0).any():
        return None
    from scipy.special import fdtri

    reach = 2.0 * (n - 1) / (n - 2) * fdtri(2, n - 2, level) / n
    values, axes = np.linalg.eigh(np.cov(points.T))
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    return points.mean(axis=0)[:, None] + axes @ (np.sqrt(reach * np.clip(values, 0.0, None))[:, None] * circle)

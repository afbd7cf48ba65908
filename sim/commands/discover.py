"""``discover``: where in the space of assumptions each policy wins, or that nothing was found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from sim.commands.analysis import (
    ANALYSIS,
    analysis_options,
    answers_of,
    look_of,
    outcome_title,
    plain,
    plain_rows,
    save_figure,
    titles_of,
    write_tables,
)
from sim.commands.options import output_options, refused
from sim.commands.words import say
from sim.exits import Exit
from sim.layout import columns

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.bank import Bank
    from sim.explore.answers import Answers
    from sim.explore.discovery import Box, Discovery, Tree
    from sim.report.numbers import Format
    from sim.scenario import Sweep


@click.command(epilog="\b\nExamples:\n  python run.py discover where_it_turns\n"
               "  python run.py discover results/mine-1234abcd --by-more-than 500 --of jobs_2033\n")
@click.argument("sweep", metavar="FILE_OR_FOLDER")
@analysis_options
@click.option("--policy", "policy", metavar="ID", help="Only this policy. Default: each.")
@click.option("--versus", metavar="ID", help="It has to beat this policy only. Default: all others of the sweep.")
@click.option("--by-more-than", "margin", type=float, default=0.0, show_default=True, metavar="AMOUNT",
              help="Of the outcome: a smaller lead is no win.")  # fmt: skip
@output_options
def discover(
    sweep: str, outcome: str | None, settings: dict[str, str], policy: str | None, versus: str | None, margin: float,
    as_json: bool, quiet: bool, lang: str,
) -> int:  # fmt: skip
    """Say where in the space of assumptions each policy wins, or that nothing was found.

    SWEEP is a sweep file, or the folder of its results. A policy wins at a point if its mean gain over the reference
    is the largest, closures and inequality being gains where they fall; with one policy alone, if it is above zero.
    Boxes are those of PRIM, kept only where they last when points are resampled; a small tree reads the same points;
    regret tells what each choice may cost.
    """
    from sim.refusals import Phrase, near

    read, bank, found = answers_of(sweep, outcome, settings, lang)
    known = found.policies
    if not known:
        raise refused("only_reference")
    for name in (policy, versus):
        if name is not None and name not in known:
            there = Phrase(f"; it has {', '.join(known)}", f" ; il a {', '.join(known)}")
            raise refused("no_policy", name=name, hint=near(name, known, there))
    if policy is not None and policy == versus:
        raise refused("against_itself", name=policy)
    sought = [name for name in ([policy] if policy else known) if name != versus]
    searched = [search_of(found, name, versus, margin, lang) for name in sought]
    robust, unknown = robustness(found, margin, lang)
    files = save_discovery(read, bank, found, searched, robust, lang)
    if as_json:
        content = {"folder": str(bank.folder), "outcome": found.outcome, "margin": margin,
                   "files": [str(path) for path in files], "policies": [each.as_dict() for each in searched],
                   "robustness": plain_rows(robust)}  # fmt: skip
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return int(Exit.DONE)
    tell_discovery(read, found, searched, robust, margin, lang)
    if unknown:
        click.echo(say("disc_no_robust", lang, why=unknown))
    click.echo(say("tables", lang, path=bank.folder / ANALYSIS))
    return int(Exit.DONE)


@dataclass(frozen=True)
class Search:
    """Where a policy wins: points won [n], the box and the tree, or why there are too few points to look."""

    policy: str
    won: np.ndarray
    box: Discovery | None
    tree: Tree | None
    too_few: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the search as plain data."""
        share = float(np.nanmean(self.won)) if np.isfinite(self.won).any() else None
        if self.box is None or self.tree is None:
            return {"policy": self.policy, "wins": share, "found": False, "why": "too_few", "message": self.too_few}
        box = {key: plain(getattr(self.box, key)) for key in
               ("found", "why", "base", "coverage", "density", "mass", "points", "dropped", "lift_low")}  # fmt: skip
        return {"policy": self.policy, "wins": share, **box, "bounds": plain_rows(self.box.bounds),
                "tree": plain_rows(self.tree.leaves), "tree_accuracy": self.tree.accuracy}  # fmt: skip


def search_of(found: Answers, policy: str, versus: str | None, margin: float, lang: str) -> Search:
    """Look for the box and the tree of a policy's wins."""
    from sim.explore import discovery
    from sim.explore.answers import wins_of
    from sim.explore.needs import NotEnough

    won = wins_of(found.gains(), policy, versus, margin)
    try:
        return Search(policy, won, discovery.discover(found.points, won), discovery.tree(found.points, won))
    except NotEnough as error:
        return Search(policy, won, None, None, error.text(lang))


def robustness(found: Answers, margin: float, lang: str) -> tuple[pd.DataFrame, str]:
    """What each choice may cost, or an empty table and why; one policy alone is compared with doing nothing new."""
    import pandas as pd

    from sim.explore.discovery import robustness_of
    from sim.explore.needs import NotEnough

    gains = found.gains()
    choices = gains if len(found.policies) > 1 else gains.assign(**{found.reference: 0.0})
    try:
        return robustness_of(choices, margin), ""
    except NotEnough as error:
        return pd.DataFrame(), error.text(lang)


def save_discovery(
    read: Sweep, bank: Bank, found: Answers, searched: list[Search], robust: pd.DataFrame, lang: str
) -> list[Path]:
    """Write bounds, leaves, wins and robustness, and a figure of the boxes."""
    import pandas as pd

    from sim.report.sweep_figures import MOST_PANELS, boxes

    tables = {} if robust.empty else {"robustness": robust}
    tables |= {"wins": found.points.assign(**{each.policy: each.won for each in searched})}
    seen = [each for each in searched if each.box is not None and each.tree is not None]
    if seen:
        tables["boxes"] = pd.concat([each.box.bounds.assign(policy=each.policy, found=each.box.found)
                                     for each in seen if each.box], ignore_index=True)  # fmt: skip
        tables["trees"] = pd.concat([each.tree.leaves.assign(policy=each.policy) for each in seen if each.tree],
                                    ignore_index=True)  # fmt: skip
    files = write_tables(bank.folder, {f"{name}_{found.outcome}": table for name, table in tables.items()})
    numbers = [each for each in read.factors if not each.values]
    if not seen or not numbers:
        return files
    titles = titles_of(read, lang)
    drawn = [(each, box_of(each.box, [factor.name for factor in numbers])) for each in seen[:MOST_PANELS] if each.box]
    figure = boxes([(titles[each.policy], box) for each, box in drawn], numbers, found.points,
                   [each.won for each, _ in drawn], look_of(read, lang))  # fmt: skip
    title, note = say("box_title", lang, outcome=outcome_title(found.outcome, lang)), say("box_note", lang)
    return [*files, *save_figure(figure, bank.folder, f"boxes_{found.outcome}", read=read, points=len(found.points),
                                 title=title, note=note, lang=lang)]  # fmt: skip


def box_of(found: Discovery, factors: list[str]) -> Box:
    """The lasting bounds of a discovery as a box over these numbers."""
    from sim.explore.discovery import whole

    box = whole(len(factors))
    for row in found.bounds.to_dict("records"):
        if row["factor"] in factors:
            k = factors.index(row["factor"])
            box.low[k], box.high[k] = row["low"], row["high"]
    return box


def tell_discovery(
    read: Sweep, found: Answers, searched: list[Search], robust: pd.DataFrame, margin: float, lang: str
) -> None:
    """Print a sentence for each policy, its tree, and what each choice may cost."""
    from sim.report.numbers import Format

    write, titles = Format(lang), titles_of(read, lang)
    of = outcome_title(found.outcome, lang)
    click.echo(say("disc_intro", lang, outcome=of, points=len(found.points), seeds=len(read.seeds)))
    for each in searched:
        click.echo("\n" + sentence_of(each, titles[each.policy], write, lang))
        if each.tree is not None:
            click.echo(say("disc_tree", lang, accuracy=write.percent(each.tree.accuracy)))
            lines = [[f"  {leaf['rule']}", write.percent(leaf["density"]), str(leaf["points"])]
                     for leaf in each.tree.leaves.to_dict("records")]  # fmt: skip
            click.echo("\n".join(columns([["  " + say("disc_rule", lang), *say("disc_leaf", lang).split("|")], *lines],
                                         left=1)))  # fmt: skip
    if robust.empty:
        return
    head = [say("disc_policy", lang), *say("disc_robust", lang, least=write.number(margin)).split("|")]
    rows = [[titles[row["policy"]], *(write.number(row[f"regret_{which}"]) for which in ("mean", "p95", "max")),
             write.percent(row["satisficing"]), write.percent(row["p_best"])]
            for row in robust.to_dict("records")]  # fmt: skip
    click.echo("\n" + "\n".join(columns([head, *rows], left=1)))
    click.echo(say("disc_used", lang, used=int(robust["used"].iloc[0]), dropped=int(robust["dropped"].iloc[0])))


def sentence_of(search: Search, title: str, write: Format, lang: str) -> str:
    """What was found about a policy, in one sentence."""
    box = search.box
    if box is None:
        share = float(np.nanmean(search.won)) if np.isfinite(search.won).any() else float("nan")
        return say("disc_too_few", lang, policy=title, base=write.percent(share), why=search.too_few)
    values = {"policy": title, "base": write.percent(box.base), "points": box.points}
    if not box.found:
        return say(f"disc_{box.why}", lang, **values)
    rule = say("disc_and", lang).join(bound_text(row, write) for row in box.bounds.to_dict("records"))
    return say("disc_found", lang, **values, rule=rule, density=write.percent(box.density),
               coverage=write.percent(box.coverage))  # fmt: skip


def bound_text(row: dict[Any, Any], write: Format) -> str:
    """``spillovers.commute_km <= 12 km``, ``0.2 <= x <= 0.4``, or the values of a switch."""
    from sim.params import PARAMETERS
    from sim.report.numbers import significance_step

    name, low, high = row["factor"], np.isfinite(row["low"]), np.isfinite(row["high"])
    if row["values"]:
        return f"{name} = {' | '.join(map(str, row['values']))}"
    unit = f" {PARAMETERS[name].unit}" if PARAMETERS[name].unit != "1" else ""

    def number(value: float) -> str:
        return write.number(value, step=significance_step(value, 3))

    if low and high:
        return f"{number(row['low'])} ≤ {name} ≤ {number(row['high'])}{unit}"
    return f"{name} {'≥' if low else '≤'} {number(row['low'] if low else row['high'])}{unit}"

"""``sensitivity``: which assumptions of a sweep matter, for each policy and each difference of two."""

from __future__ import annotations

import json
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
    plain_rows,
    save_figure,
    titles_of,
    told,
    write_tables,
)
from sim.commands.options import output_options
from sim.commands.words import say
from sim.exits import Exit
from sim.layout import columns

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.bank import Bank
    from sim.explore.answers import Answers, Sensitivity
    from sim.scenario import Sweep

FACTORS_SHOWN = 8
PAIRS_SHOWN = 3


@click.command(epilog="\b\nExamples:\n  python run.py sensitivity what_matters\n"
               "  python run.py sensitivity results/mine-1234abcd --of startups_2023 --method ranks\n")
@click.argument("sweep", metavar="FILE_OR_FOLDER")
@analysis_options
@click.option("--method", type=click.Choice(["morris", "sobol", "emulator", "ranks", "swings"]),
              help="Default: what the design was made for, else rank correlations.")  # fmt: skip
@output_options
def sensitivity(
    sweep: str, outcome: str | None, settings: dict[str, str], method: Any, as_json: bool, quiet: bool, lang: str
) -> int:
    """Say which assumptions of a sweep move an outcome, for each policy and for each difference of two.

    SWEEP is a sweep file, or the folder of its results. Nothing is run: what failed or is missing is left out, and
    counted. Tables and a figure go to the folder `analysis` of the results.
    """
    from sim.explore.answers import sensitivity_of

    read, bank, found = answers_of(sweep, outcome, settings, lang)
    result = told(lang, sensitivity_of, found, method)
    files = save_sensitivity(read, bank, found, result, lang)
    if as_json:
        content = {"folder": str(bank.folder), "outcome": found.outcome, "method": result.method,
                   "files": [str(path) for path in files], "rows": plain_rows(result.table),
                   "poor": plain_rows(result.poor), "pairs": plain_rows(result.pairs)}  # fmt: skip
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return int(Exit.DONE)
    tell_sensitivity(read, found, result, lang)
    click.echo(say("tables", lang, path=bank.folder / ANALYSIS))
    return int(Exit.DONE)


def structure_names(found: Answers, row: Any) -> str:
    """``spillovers.form = log`` for the switches of a row, in brackets; nothing where none varies."""
    named = ", ".join(f"{name} = {row[name]}" for name in found.switches)
    return f" ({named})" if named else ""


def contrast(titles: dict[str, str], policy: str, versus: str, lang: str) -> str:
    """``A against B``, or the title of a policy alone."""
    return say("explore_versus", lang, a=titles[policy], b=titles[versus]) if versus else titles[policy]


def save_sensitivity(read: Sweep, bank: Bank, found: Answers, result: Sensitivity, lang: str) -> list[Path]:
    """Write the table, and a figure of the differences from the reference."""
    from sim.explore.answers import MAIN
    from sim.report.catalogue import typeset
    from sim.report.sweep_figures import Panel, sensitivity

    name = f"sensitivity_{found.outcome}"
    pairs = {} if result.pairs.empty else {f"pairs_{found.outcome}": result.pairs}
    files = write_tables(bank.folder, {name: result.table, **pairs})
    main, low, high = MAIN[result.method]
    first = result.table[result.table["versus"] == found.reference]
    titles = titles_of(read, lang)
    panels = [
        Panel(titles[str(rows["policy"].iloc[0])] + structure_names(found, rows.iloc[0]),
              *(rows[column].to_numpy(float) for column in (main, low, high)))
        for _, rows in first.groupby([*found.switches, "policy"], sort=False)
    ]  # fmt: skip
    if not panels:
        return files
    assert found.design is not None
    label = typeset(say(f"sense_{result.method}", lang), lang)
    figure = sensitivity(panels, found.design.names, label, look_of(read, lang),
                         swings=result.method == "swings")  # fmt: skip
    head = say("sense_title", lang, outcome=outcome_title(found.outcome, lang), reference=titles[found.reference])
    note = say(f"sense_{result.method}_note", lang)
    points = len(found.points)
    return [*files, *save_figure(figure, bank.folder, name, read=read, points=points, title=head, note=note, lang=lang)]


def tell_sensitivity(read: Sweep, found: Answers, result: Sensitivity, lang: str) -> None:
    """Print, for each difference, the factors that matter most."""
    from sim.explore.answers import MAIN
    from sim.report.numbers import Format

    number = Format(lang).number
    main, low, high = MAIN[result.method]
    titles = titles_of(read, lang)
    scale = 0 if result.method in ("morris", "swings") else 2
    of, how, note = outcome_title(found.outcome, lang), f"sense_{result.method}", f"sense_{result.method}_note"
    click.echo(say("sense_intro", lang, outcome=of, method=say(how, lang), note=say(note, lang)))
    rows = result.table[result.table["versus"] != ""] if found.policies else result.table  # the reference alone
    for _, group in rows.groupby([*found.switches, "policy", "versus"], sort=False):
        head = group.iloc[0]
        name = contrast(titles, str(head["policy"]), str(head["versus"]), lang) + structure_names(found, head)
        dropped = say("explore_dropped", lang, dropped=head["dropped"]) if head["dropped"] else ""
        click.echo(f"\n{name}{dropped}")
        shown = group.iloc[np.argsort(-group[main].abs().to_numpy(), kind="stable")[:FACTORS_SHOWN]]
        lines = [
            [f"  {row['factor']}", number(row[main], decimals=scale),
             "" if result.method == "ranks" else
             Format(lang).interval(row[low], row[high], decimals=scale)]
            for _, row in shown.iterrows()
        ]  # fmt: skip
        click.echo("\n".join(columns(lines, left=1)))
        if len(group) > len(shown):
            click.echo("  " + say("explore_more", lang, n=len(group) - len(shown)))
        tell_pairs(result.pairs, head, found.switches, lang)
    for _, row in result.poor.iterrows():
        name = contrast(titles, str(row["policy"]), str(row["versus"]), lang) + structure_names(found, row)
        click.echo(say("sense_poor", lang, name=name, r2=number(row["r2"], decimals=2)))


def tell_pairs(pairs: pd.DataFrame, head: Any, switches: tuple[str, ...], lang: str) -> None:
    """Print the pairs of factors that do more together than alone, beyond the uncertainty of their index."""
    from sim.report.numbers import Format

    if pairs.empty:
        return
    keys = [*switches, "policy", "versus"]
    own = pairs[(pairs[keys] == head[keys]).all(axis=1)].sort_values("S2", ascending=False, kind="stable")
    told = own[own["S2_low"] > 0.0].head(PAIRS_SHOWN)
    if told.empty:
        click.echo("  " + say("sense_no_pair", lang))
        return
    write = Format(lang)
    lines = [[f"  {row['factor']} × {row['with']}", write.number(row["S2"], decimals=2),
              write.interval(row["S2_low"], row["S2_high"], decimals=2)] for _, row in told.iterrows()]  # fmt: skip
    click.echo("  " + say("sense_pairs", lang))
    click.echo("\n".join(columns(lines, left=1)))

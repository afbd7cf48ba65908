"""The evaluation game: choose a policy and a way to evaluate it, believe it or not, then see the truth.

Its figures are those of the evaluation laboratory (`sim.evaluation`), one row for each policy, design and world, kept
in ``scenarios/lessons/game.csv``: the page needs no run. Only designs of zones play, whose estimates share a unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.paths import scenarios_dir
from sim.teaching import pages
from sim.teaching.pack import short

if TYPE_CHECKING:
    import pandas as pd

    from sim.evaluation.case import Case

#: Designs of zones, from the simplest to those that a lottery or a threshold allows.
DESIGNS: Final = ("before_after", "did", "did_far", "matched", "synthetic", "lottery", "discontinuity")
POLICIES: Final = ("fifteen_metropoles", "fifteen_historical", "lottery_departements", "threshold_call")
FIGURES: Final = ("estimate", "low", "high", "truth", "selection", "interference", "net")
SCRIPTS: Final = ("words", "game")
DIGITS: Final = 3  # decimals kept, of a percentage


def table_path() -> Path:
    """The figures that come with the model."""
    return scenarios_dir() / "lessons" / "game.csv"


def figures_of(found: Mapping[str, list[Case]]) -> pd.DataFrame:
    """What each design tells of each policy in each world, beside the truth [per cent].

    Parameters
    ----------
    found : policy -> its worlds, see `sim.evaluation.table.cases`

    Returns
    -------
    columns policy, design, seed, then `FIGURES`; bias is estimate - truth = selection + interference
    """
    import pandas as pd

    from sim.evaluation.designs import DESIGNS as ALL
    from sim.evaluation.estimate import NotEstimable

    known = {design.id: design for design in ALL}
    rows: list[dict[str, Any]] = []
    for policy in POLICIES:
        for name in DESIGNS:
            for case in found[policy]:
                try:
                    told = known[name].run(case)
                except NotEstimable:
                    continue
                seen = told.estimate
                values = (seen.value, seen.low, seen.high, told.truth, told.selection, told.interference, case.net)
                rows.append({"policy": policy, "design": name, "seed": case.seed, **dict(zip(FIGURES, values))})
    return pd.DataFrame(rows).round(DIGITS)


def read(path: Path | None = None) -> pd.DataFrame:
    """The figures of the game."""
    import pandas as pd

    return pd.read_csv(path or table_path())


def render(language: str, rows: pd.DataFrame | None = None) -> str:
    """The game as one page, in one language to begin with."""
    rows = read() if rows is None else rows
    tables = {each: pages.words(each) | pages.words(each, "game") for each in pages.LANGUAGES}
    return pages._template("game.html").render(
        lang=language,
        t=tables[language],
        style=pages._file("style.css") + pages._file("game.css"),
        script="\n".join(pages._file(f"{name}.js") for name in SCRIPTS),
        content=pages._json(content(rows)),
        table=pages._json(tables),
    )


def content(rows: pd.DataFrame) -> dict[str, Any]:
    """What the script reads: policies, the designs that each allows, and the figures of each world in order."""
    told: dict[str, dict[str, list[list[float]]]] = {}
    for policy in POLICIES:
        of_policy = rows[rows["policy"] == policy]
        told[policy] = {}
        for design in DESIGNS:
            of_design = of_policy[of_policy["design"] == design].sort_values("seed")
            figures = [[short(v) for v in row] for row in of_design[list(FIGURES)].to_numpy().tolist()]
            if figures and all(math.isfinite(v) for row in figures for v in row):
                told[policy][design] = figures
    return {"policies": list(POLICIES), "told": told, "figures": list(FIGURES)}


def build(folder: Path, languages: tuple[str, ...] = pages.LANGUAGES) -> list[Path]:
    """Write the page in each language."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for language in languages:
        path = folder / f"game.{language}.html"
        path.write_text(render(language), encoding="utf-8")
        made.append(path)
    return made

"""Published figures that the model is held against, from ``calibration/targets.csv``.

A figure is fitted, held out, an input of the model, or a comparison that nothing can be concluded from. A fitted or
held-out figure names the operator that measures the model as its source measured France (`operators`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.calibration.observed import Observed
from sim.calibration.operators import OPERATORS
from sim.errors import did_you_mean
from sim.paths import calibration_dir
from sim.tables import Table

FIT, HOLD_OUT, INPUT, COMPARISON = "fit", "hold_out", "input", "comparison"
USES: Final = (FIT, HOLD_OUT, INPUT, COMPARISON)
SCORED: Final = (FIT, HOLD_OUT)
COLUMNS: Final = ("id", "use", "value", "unit", "sd", "accept", "year", "simulated", "geography", "operator",
                  "argument", "source", "label_fr", "label_en", "why")  # fmt: skip
DECIDES: Final = ("use", "value", "tolerance", "simulated", "operator", "argument")
"""What decides the score of a target."""
SDS: Final = 2.0
"""Standard deviations of measurement within which a figure is hit."""


@dataclass(frozen=True)
class Target:
    """One published figure.

    Attributes
    ----------
    value, sd, accept
        in `unit`: the figure, standard deviation of its measurement, and how far from it the model may be by what the
        field takes for credible (0 where nothing is agreed on)
    year
        as published, `2016` or `2005-2013`
    simulated
        first and last year measured in the model; None where it is not measured
    operator, argument
        how the model is measured, see `operators.OPERATORS`; empty where it is not
    """

    id: str
    use: str
    value: float
    unit: str
    sd: float
    accept: float
    year: str
    simulated: tuple[int, int] | None
    geography: str
    operator: str
    argument: str
    source: str
    label_fr: str
    label_en: str
    why: str = ""

    @property
    def tolerance(self) -> float:
        """How far from the figure counts as a hit: the larger of two standard deviations and what is accepted."""
        return max(SDS * self.sd, self.accept)

    def hit(self, value: float) -> bool:
        """Say whether a value is within the tolerance."""
        return bool(abs(value - self.value) <= self.tolerance)

    def measure(self, seen: Observed) -> float:
        """Return the figure in one run; NaN where the run cannot tell."""
        if self.simulated is None:
            return float("nan")
        first, last = self.simulated
        if first < seen.years[0] or last > seen.years[-1]:
            return float("nan")
        with np.errstate(invalid="ignore", divide="ignore"):
            return OPERATORS[self.operator].measure(seen, first, last, self.argument)


def targets_path() -> Path:
    """Path of the targets that are shipped."""
    return calibration_dir() / "targets.csv"


def load_targets(path: str | Path | None = None) -> tuple[Target, ...]:
    """Read targets, those that are shipped unless another file is given.

    Raises
    ------
    InputError
        naming the file and the line of the first fault
    """
    table = Table(Path(path) if path is not None else targets_path())
    table.require(COLUMNS)
    names, uses = table.unique("id"), table.filled("use")
    value, sd = table.numbers("value"), table.numbers("sd", above=0.0)
    text = {name: table.texts(name) for name in COLUMNS}
    for column in ("unit", "source", "label_fr", "label_en", "geography", "year"):
        table.filled(column)
    found = []
    for row, name in enumerate(names):
        if uses[row] not in USES:
            raise table.fail(row, f"use {uses[row]!r} is not one of {', '.join(USES)}", did_you_mean(uses[row], USES))
        own: dict[str, Any] = {key: text[key][row] for key in COLUMNS}
        own |= {"value": float(value[row]), "sd": float(sd[row]), "accept": _accepted(table, row), "simulated": None}
        if uses[row] in SCORED:
            own["simulated"] = _years(table, row)
            _check_operator(table, row, own["operator"], own["argument"])
        elif not own["why"]:
            raise table.fail(row, f"{name} is not scored: say why in the column `why`")
        found.append(Target(**own))
    return tuple(found)


def digest_of(targets: tuple[Target, ...]) -> str:
    """Identity of all that decides how the model is scored: 12 hexadecimal digits."""
    parts = [(t.id, t.use, t.value, t.tolerance, t.simulated, t.operator, t.argument) for t in targets]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Change:
    """What decides a score and is no longer as it was before the first fit; empty where there was, or is, nothing."""

    target: str
    column: str
    before: str
    after: str


def changes_since_first_fit(targets: tuple[Target, ...]) -> tuple[Change, ...]:
    """Return every difference between targets and what ``calibration/first_fit.csv`` wrote down before any fit."""
    table = Table(calibration_dir() / "first_fit.csv")
    table.require(("id", *DECIDES))
    before = {name: {column: table.texts(column)[row] for column in DECIDES}
              for row, name in enumerate(table.unique("id"))}  # fmt: skip
    after = {each.id: decided(each) for each in targets}
    none = dict.fromkeys(DECIDES, "")
    return tuple(
        Change(name, column, before.get(name, none)[column], after.get(name, none)[column])
        for name in dict.fromkeys((*before, *after)) for column in DECIDES
        if before.get(name, none)[column] != after.get(name, none)[column]
    )  # fmt: skip


def decided(target: Target) -> dict[str, str]:
    """Return what decides the score of a target, as files write it."""
    years = [] if target.simulated is None else [f"{year}" for year in dict.fromkeys(target.simulated)]
    own = {"value": f"{target.value:.10g}", "tolerance": f"{target.tolerance:.10g}", "simulated": "-".join(years)}
    return {column: own.get(column) or str(getattr(target, column) or "") for column in DECIDES}


def _accepted(table: Table, row: int) -> float:
    text = table.texts("accept")[row]
    try:
        number = float(text or 0.0)
    except ValueError:
        raise table.fail(row, f"accept is not a number: {text!r}", "or leave it empty") from None
    if not 0.0 <= number < float("inf"):
        raise table.fail(row, f"accept is {text}, it must be a finite number, zero or more")
    return number


def _years(table: Table, row: int) -> tuple[int, int]:
    text = table.texts("simulated")[row]
    first, _, last = text.partition("-")
    try:
        span = int(first), int(last or first)
    except ValueError:
        raise table.fail(row, f"simulated is not a year or two: {text!r}", "write 2016 or 2013-2016") from None
    if span[0] > span[1]:
        raise table.fail(row, f"simulated ends before it begins: {text!r}")
    return span


def _check_operator(table: Table, row: int, name: str, argument: str) -> None:
    if name not in OPERATORS:
        hint = did_you_mean(name, OPERATORS) or f"operators: {', '.join(OPERATORS)}"
        raise table.fail(row, f"no operator {name!r}", hint)
    if not OPERATORS[name].argument(argument):
        raise table.fail(row, f"operator {name!r} has no use for the argument {argument!r}", OPERATORS[name].en)

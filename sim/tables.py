"""Reading a small table written by a person: every complaint names the file and the line."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.errors import InputError, did_you_mean


class Table:
    """A CSV file with a header, read as text; columns are converted and checked when asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file)
                numbered = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", file=path) from error
        except UnicodeDecodeError as error:
            raise InputError("is not a text file in UTF-8", file=path) from error
        if not numbered:
            raise InputError("is empty", file=path, suggestion="the first line names the columns")
        self.header = [name.strip() for name in numbered[0][1]]
        self.lines = [line for line, _ in numbered[1:]]
        self.rows = [[field.strip() for field in row] for _, row in numbered[1:]]
        self._check_shape()

    def _check_shape(self) -> None:
        for name in self.header:
            if self.header.count(name) > 1:
                raise InputError(f"column {name!r} appears twice", file=self.path, line=1)
        for row, line in zip(self.rows, self.lines, strict=True):
            if len(row) != len(self.header):
                raise InputError(f"{len(row)} fields where the header has {len(self.header)}", file=self.path,
                                 line=line, suggestion="put quotes around a text that has a comma")
        if not self.rows:
            raise InputError("has a header but no row", file=self.path)

    def __contains__(self, name: str) -> bool:
        return name in self.header

    def fail(self, row: int, message: str, suggestion: str | None = None) -> InputError:
        """The error to raise about a row (counted from 0 below the header)."""
        return InputError(message, file=self.path, line=self.lines[row], suggestion=suggestion)

    def require(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.header:
                hint = did_you_mean(name, self.header)
                raise InputError(f"column {name!r} is missing", file=self.path, line=1,
                                 suggestion=hint or "columns found: " + ", ".join(self.header))

    def texts(self, name: str, default: Sequence[str] | None = None) -> list[str]:
        """A column as text; ``default`` when the table does not have it."""
        if default is not None and name not in self:
            return list(default)
        self.require([name])
        at = self.header.index(name)
        return [row[at] for row in self.rows]

    def filled(self, name: str) -> list[str]:
        """A column of text where nothing may be empty."""
        values = self.texts(name)
        for row, value in enumerate(values):
            if not value:
                raise self.fail(row, f"{name} is empty")
        return values

    def unique(self, name: str) -> list[str]:
        """A column of text where nothing may be empty or appear twice."""
        values, seen = self.filled(name), dict[str, int]()
        for row, value in enumerate(values):
            if value in seen:
                raise self.fail(row, f"{name} {value!r} is already on line {self.lines[seen[value]]}")
            seen[value] = row
        return values

    def numbers(self, name: str, *, low: float = -math.inf, above: float = -math.inf) -> np.ndarray:
        """A column as float64[rows]; every value finite, at least ``low`` and greater than ``above``."""
        out = np.empty(len(self.rows))
        for row, text in enumerate(self.texts(name)):
            try:
                out[row] = float(text)
            except ValueError:
                comma = "write a decimal point, not a comma" if "," in text else None
                raise self.fail(row, f"{name} is not a number: {text!r}", comma) from None
            if not math.isfinite(out[row]):
                raise self.fail(row, f"{name} is not a finite number: {text!r}")
            if out[row] < low or out[row] <= above:
                bound = f"at least {low:g}" if out[row] < low else f"greater than {above:g}"
                raise self.fail(row, f"{name} is {text}, it must be {bound}")
        return out

"""Errors of the user's files: where it is wrong, what is wrong, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class InputError(ValueError):
    """A file or an argument given by the user cannot be used.

    Parameters
    ----------
    message : what is wrong, in one sentence.
    file, line : where; ``line`` counts from 1 as editors do, the header of a table being line 1.
    suggestion : what would be right.
    """

    def __init__(self, message: str, *, file: str | Path | None = None, line: int | None = None,
                 suggestion: str | None = None) -> None:
        self.message, self.line, self.suggestion = message, line, suggestion
        self.file = None if file is None else str(file)
        super().__init__(str(self))

    def __str__(self) -> str:
        place = "" if self.file is None else self.file + ("" if self.line is None else f":{self.line}") + ": "
        return place + self.message + ("" if self.suggestion is None else f" ({self.suggestion})")


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like ``name`` whatever the case, or None when none is close."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """``did you mean 'x'?`` for the nearest candidate, or None."""
    found = nearest(name, candidates)
    return None if found is None else f"did you mean {found!r}?"


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """``{what} 'name' (did you mean 'x'?)``, without the hint where nothing is near."""
    return f"{what} {name!r}" + (f" ({hint})" if (hint := did_you_mean(name, known)) else "")

"""What is wrong with a file, and where: collected, placed and rendered."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sim.language import language
from sim.scenario.messages import Message

WORDS: Final = {"en": "error", "fr": "erreur"}
NOT_COMPARABLE: Final = frozenset({"E-unequal"})  # files that are right, each by itself and together
SNIPPET_WIDTH: Final = 110
SLIPS: Final = frozenset({
    "boolean_word", "switch_word", "leading_zero", "not_finite", "empty_value", "duplicate", "remove_nothing",
})  # fmt: skip
NEAR: Final = 0.7  # likeness from which one word is probably meant for another
FEWEST_LETTERS: Final = 3
MOST_NAMES: Final = 4


@dataclass(frozen=True)
class Source:
    """A text that values come from: a file, or a command-line option (then without path).

    ``shown`` names the text in messages; ``lines`` are its lines, for the quoted line under an error.
    """

    shown: str
    lines: tuple[str, ...] = ()
    path: Path | None = None


@dataclass(frozen=True)
class Place:
    """Line and column, both from 1, in a source; line 0 means the source as a whole."""

    source: Source
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source.shown}:{self.line}:{self.column}" if self.line else self.source.shown


@dataclass(frozen=True)
class Note:
    """A further place that belongs to an error, such as where a value is inherited."""

    place: Place
    message: Message


@dataclass(frozen=True)
class FileError:
    """One error: its place, the dotted path of the value, the sentence, and further places."""

    place: Place
    path: str
    what: Message
    hint: Message | None = None
    notes: tuple[Note, ...] = ()
    lang: str | None = None

    @property
    def code(self) -> str:
        return self.what.code

    @property
    def slip(self) -> bool:
        """True for a fault of one value, which keeps nothing else from being read."""
        return self.what.key in SLIPS

    @property
    def message(self) -> str:
        return self.text()

    @property
    def file(self) -> str:
        return self.place.source.shown

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        return self.place.column

    @property
    def snippet(self) -> str:
        lines = self.place.source.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""

    def text(self, lang: str | None = None) -> str:
        """Return the sentence without its place."""
        lang = lang or self.lang
        sentence = self.what.text(lang)
        if self.hint is not None:
            sentence = f"{sentence} -- {self.hint.text(lang)}"
        colon = " : " if language(lang) == "fr" else ": "
        return f"{self.path}{colon}{sentence}" if self.path else sentence

    def render(self, lang: str | None = None) -> str:
        """Return the error as shown on a terminal: place, code, sentence, quoted line, notes."""
        word = WORDS[language(lang or self.lang)]
        out = [f"{self.place}: {word}[{self.code}] {self.text(lang)}", *self._quoted_line()]
        out += [f"       = {note.place} {note.message.text(lang or self.lang)}" for note in self.notes]
        return "\n".join(out)

    def _quoted_line(self) -> list[str]:
        if not self.snippet.strip():
            return []
        # A value far to the right of a long line must stay visible, so the window follows the column.
        shift = max(0, self.column - SNIPPET_WIDTH + 20)
        line = self.snippet.replace("\t", " ")[shift : shift + SNIPPET_WIDTH].rstrip()
        return [f"{self.line:6d} | {line}", f"       | {' ' * (self.column - 1 - shift)}^"]

    def github(self, lang: str | None = None) -> str:
        """Return the error as an annotation that GitHub shows beside the line."""
        place = f"file={self.file},line={self.line},col={self.column}"
        return f"::error {place},title={self.code}::{self.text(lang)}"

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """Return the error for machines (editors, continuous integration)."""
        return {
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "message": self.text(lang),
            "notes": [{"place": str(note.place), "message": note.message.text(lang)} for note in self.notes],
        }


class FileErrors(ValueError):
    """Every error of one phase of reading; ``str()`` is the text for a terminal."""

    def __init__(self, errors: Iterable[FileError], lang: str | None = None) -> None:
        self.errors = list(errors)
        self.lang = lang
        super().__init__(len(self.errors))

    def __str__(self) -> str:
        return self.render()

    @property
    def not_comparable(self) -> bool:
        """True when every error says that arms may not be compared (unequal money)."""
        return all(error.code in NOT_COMPARABLE for error in self.errors)

    def render(self, lang: str | None = None, form: str = "text") -> str:
        """Return all errors as ``text``, as ``json``, or as ``github`` annotations."""
        lang = lang or self.lang
        if form == "json":
            return json.dumps([error.as_dict(lang) for error in self.errors], ensure_ascii=False, indent=2)
        if form == "github":
            return "\n".join(error.github(lang) for error in self.errors)
        return "\n".join(error.render(lang) for error in self.errors)


@dataclass
class Problems:
    """Collects the errors of a phase; ``stop()`` raises them together.

    ``via`` maps a file reached by ``extends`` to the place of the ``extends`` line in the file that was
    asked for, so that an error inside an inherited file also names the file that inherits it.
    """

    lang: str | None = None
    errors: list[FileError] = field(default_factory=list)
    via: dict[Source, Place] = field(default_factory=dict)

    def add(
        self,
        key: str,
        place: Place,
        path: str = "",
        /,
        *,
        hint: Message | None = None,
        notes: Iterable[Note] = (),
        **values: Any,
    ) -> None:
        """Add the sentence ``key`` of the table at a place."""
        further = list(notes)
        child = self.via.get(place.source)
        if child is not None:
            further.append(Note(child, Message("inherited", {"file": child.source.shown})))
        error = FileError(place, path, Message(key, values), hint, tuple(further), self.lang)
        told = place.line and any(each.slip and each.place == place for each in self.errors)
        if error not in self.errors and not told:  # what follows from a slip is not a fault of its own
            self.errors.append(error)

    @property
    def readable(self) -> bool:
        """True when nothing but slips was found: the rest can be checked too."""
        return all(error.slip for error in self.errors)

    def stop(self) -> None:
        """Raise what was collected, in the order of files and lines."""
        if self.errors:
            raise FileErrors(in_order(self.errors), self.lang)


def in_order(errors: list[FileError]) -> list[FileError]:
    """Return the errors file by file (files in order of first appearance), then by line and column."""
    files = list(dict.fromkeys(error.file for error in errors))
    return sorted(errors, key=lambda error: (files.index(error.file), error.line, error.column))


def did_you_mean(word: object, known: Iterable[str], *, always: bool = False) -> Message | None:
    """Return a hint with what was probably meant; with ``always``, the full list when nothing is near."""
    names = sorted(known)
    found = nearest(str(word), names)
    if found:
        return Message("did_you_mean", {"suggestion": [f"'{name}'" for name in found]})
    return Message("allowed_here", {"allowed": names}) if always and names else None


def nearest(word: str, names: Iterable[str]) -> list[str]:
    """Return the known names that a word was probably meant for: none, one, or those of which it is one part.

    ``base_hazard`` is a part of ``founding.base_hazard``, ``build`` the beginning of ``build_time``.
    """
    by_lower = {name.lower(): name for name in names}
    lower = word.lower()
    parts = [name for each, name in by_lower.items() if lower in each.split(".") and lower != each]
    if parts:
        return parts[:MOST_NAMES]
    near = difflib.get_close_matches(lower, by_lower, n=3, cutoff=NEAR)
    if near:
        group = [each for each in near if "." in lower and each.split(".")[0] == lower.split(".")[0]]
        return [by_lower[(group or near)[0]]]
    begun = [name for each, name in by_lower.items() if each.startswith(lower) and len(lower) >= FEWEST_LETTERS]
    return begun if len(begun) == 1 else []

"""The sentences of the scenario reader, in English and in French.

``sentences.yaml`` holds the code, the English and the French of each sentence side by side. A sentence says
what is wrong, what was found and how to write it; its place is added when it is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from sim.language import language

HERE: Final = Path(__file__).parent


class Sentence(NamedTuple):
    """One sentence: its code (``E-...`` error, ``N-...`` note, or empty) and both languages."""

    code: str
    en: str
    fr: str


@cache
def sentences() -> dict[str, Sentence]:
    """Return the table of sentences by key."""
    table = _table("sentences.yaml")
    return {key: Sentence(row.get("code", ""), row["en"], row["fr"]) for key, row in table.items()}


@cache
def explanations() -> dict[str, dict[str, str]]:
    """Return what each code means and how to mend it, ``{"E-unit": {"en": ..., "fr": ...}}``."""
    return _table("error_codes.yaml")


def _table(name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table: dict[str, Any] = yaml.load((HERE / name).read_text("utf-8"), Loader=loader)
    return table


@dataclass(frozen=True)
class Message:
    """A sentence of the table with its values; it becomes text only when a language is known."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Code of the sentence, such as ``E-unit``."""
        return sentences()[self.key].code

    def text(self, lang: str | None = None) -> str:
        """Return the sentence in a language."""
        sentence = sentences()[self.key]
        pattern = sentence.fr if language(lang) == "fr" else sentence.en
        return pattern.format(**{name: _spell(value, lang) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.text()


def _spell(value: Any, lang: str | None) -> str:
    if isinstance(value, Message):
        return value.text(lang)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_spell(item, lang) for item in value)
    return str(value)

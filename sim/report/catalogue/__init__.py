"""Texts of the report in each language: one YAML file per language, with identical keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.report.numbers import NARROW, NBSP, Format

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Texts:
    """Texts and number formats of one language. Calling it gives a text by its dotted key."""

    language: str
    entries: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def __call__(self, key: str, **values: Any) -> str:
        if key not in self.entries:
            raise KeyError(f"report catalogue {self.language}.yaml has no text {key!r}")
        return typeset(self.entries[key].format(**values), self.language) if values else self.entries[key]

    def has(self, key: str) -> bool:
        """Whether a text exists under this key."""
        return key in self.entries

    def name(self, group: str, key: str) -> str:
        """Text ``group.key``, or the key itself when a user's own name has no translation."""
        return self.entries.get(f"{group}.{key}", key.replace("_", " "))

    def items(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self.lists[key]

    @property
    def colon(self) -> str:
        """Colon with the spaces of the language, to join a name and what follows."""
        return f"{NBSP}: " if self.language == "fr" else ": "

    @property
    def fmt(self) -> Format:
        """Number formats of the language."""
        return Format(self.language)


@cache
def load(language: str) -> Texts:
    """Read the catalogue of a language ("fr" or "en")."""
    import yaml

    path = Path(__file__).with_name(f"{language}.yaml")
    if not path.exists():
        raise ValueError(f"no report in language {language!r}; known: {', '.join(LANGUAGES)}")
    entries: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where the C library is there
    for key, value in flatten(yaml.load(path.read_text(encoding="utf-8"), Loader=loader)):
        if isinstance(value, list):
            lists[key] = tuple(typeset(str(v), language) for v in value)
        else:
            entries[key] = typeset(str(value), language)
    return Texts(language, entries, lists)


def flatten(node: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested mapping as (dotted key, text or list) pairs."""
    flat: list[tuple[str, Any]] = []
    for key, value in node.items():
        if isinstance(value, Mapping):
            flat += flatten(value, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", value))
    return flat


FRENCH_SPACES = (  # after the rules of the Imprimerie nationale
    (re.compile(r"« "), f"«{NBSP}"),
    (re.compile(r" »"), f"{NBSP}»"),
    (re.compile(r" (?=[:%€])"), NBSP),
    (re.compile(r" (?=[;!?])"), NARROW),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NARROW),
    (re.compile(r"(?<=\d) (?=(?:km|M€|k€|Md€|pt|ans|m²)(?!\w))"), NBSP),
)


def typeset(text: str, language: str) -> str:
    """Put the unbreakable spaces that French asks for; straight apostrophes become curved in both languages."""
    text = text.replace("'", "’").replace("± ", f"±{NBSP}").strip()
    if language == "fr":
        for pattern, replacement in FRENCH_SPACES:
            text = pattern.sub(replacement, text)
    return text

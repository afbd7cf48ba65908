"""The language of the user, apart from all sentences: the command line asks for it before it imports anything."""

from __future__ import annotations

import os


def language(lang: str | None = None) -> str:
    """Return ``fr`` or ``en``: as asked, else by ``QUARTIERS_LANG`` and the usual variables."""
    asked = (lang, *(os.environ.get(name) for name in ("QUARTIERS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    first = next((value for value in asked if value), "en")
    return "fr" if first.lower().startswith("fr") else "en"

"""The example of the report that is kept in the repository: light, whole, of no machine in particular."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import sim
from sim.report import LANGUAGES
from sim.report.catalogue import load

FOLDER = Path(sim.__file__).parent / "docs" / "example"
PAGES = {language: FOLDER / f"report.{language}.html" for language in LANGUAGES}
MACHINE = re.compile(r"(?<![\w/])/(?:tmp|home|root|Users|mnt|opt|var)/|[A-Z]:\\")


def test_a_path_of_a_machine_would_be_seen():
    assert MACHINE.search("quartiers compare full --out /tmp/x")
    assert not MACHINE.search("scenarios/territories/france/SOURCES.md")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_light_and_of_no_machine(language):
    page = PAGES[language]
    assert page.stat().st_size < 2_000_000
    text = unescape(page.read_text(encoding="utf-8"))
    assert MACHINE.search(text) is None
    texts = load(language)
    assert all(texts(f"section.{name}") in text for name in ("brief", "robustness", "limits", "provenance"))
    assert "compare full" in text

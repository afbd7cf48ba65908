"""The document on the report names every section of the page, and functions that exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from fixtures_comparison import build

import sim
from sim.report import write

TEXT = (Path(sim.__file__).parent / "docs" / "report.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]


@pytest.fixture(scope="module")
def ids(tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("report")
    write(build(), folder, ("fr",))
    page = (folder / "report.fr.html").read_text(encoding="utf-8")
    named = set(re.findall(r'<(?:section|footer|figure) id="([^"]+)"', page))
    return named | ({"header"} if "<header>" in page else set())


def test_no_row_of_the_plan_is_missing():
    assert [int(row[0]) for row in ROWS] == list(range(14))


def test_every_id_is_in_the_page_and_every_section_in_the_document(ids):
    named = [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])]
    assert len(named) == len(set(named))
    assert set(named) - ids == set()
    assert {name for name in ids if not name.startswith("figure-map-")} - set(named) == set()
    assert any(name.startswith("figure-map-") for name in ids)


def test_every_function_exists():
    named = set(re.findall(r"`(sim\.[\w.]+)`", TEXT))
    assert len(named) > 25
    for name in named:
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function, None)), name

"""Titles of lesson files without reading all they run: for lists."""

from __future__ import annotations

from pathlib import Path

from sim.report.catalogue import typeset
from sim.scenario.errors import Problems
from sim.scenario.reader import read_file


def titles_of(path: Path, language: str) -> tuple[str, str]:
    """Title and question of a lesson file.

    Raises
    ------
    FileErrors
        where the file cannot be read.
    """
    problems = Problems(language)
    tree = read_file(path, problems)
    problems.stop()
    assert tree is not None
    texts = (tree.at(key, language) for key in ("title", "question"))
    title, question = (typeset(str(text.data), language) if text is not None else "" for text in texts)
    return title, question

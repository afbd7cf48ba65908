"""The report of a comparison: one page per language, and its figures as files.

``write`` takes a finished ``Comparison`` and simulates nothing. The same comparison gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.report.catalogue import LANGUAGES, load
from sim.report.facts import Facts
from sim.report.findings import count

__all__ = ["LANGUAGES", "write"]


def write(
    comparison: Any,
    folder: str | Path,
    languages: Sequence[str] = LANGUAGES,
    progress: Callable[[str], None] | None = None,
    *,
    jobs: int = 1,
) -> list[Path]:
    """Write ``report.<language>.html`` and ``figures/*.<language>.{svg,png}`` into a folder.

    Parameters
    ----------
    comparison : a ``sim.compare.Comparison``; frames that are missing or empty leave their section out
    folder : created when it does not exist
    languages : "fr", "en" or both; the pages link to each other
    progress : called with the name of each page and drawing once all are written
    jobs : processes; with two, each draws the pages of its own language

    Returns
    -------
    list of paths written, pages first
    """
    place, told = Path(folder), progress or (lambda _: None)
    (place / "figures").mkdir(parents=True, exist_ok=True)
    make = partial(_write_language, comparison, place, tuple(languages))
    first, *others = languages
    if jobs > 1 and others:
        with ProcessPoolExecutor(min(jobs - 1, len(others)), mp_context=get_context("spawn")) as pool:
            waiting = [pool.submit(make, language) for language in others]
            written = [make(first), *(each.result() for each in waiting)]
    else:
        written = [make(language) for language in languages]
    paths = [page for page, _ in written] + [path for _, images in written for path in images]
    for path in paths:
        if path.suffix != ".png":
            told(path.name)
    return paths


def _write_language(
    comparison: Any, folder: Path, languages: tuple[str, ...], language: str
) -> tuple[Path, list[Path]]:
    """Write the page and the figures of one language; return their paths."""
    # matplotlib takes a second to import: a command line that makes no report must not pay for it.
    from sim.report import figures, page, plots

    texts, facts = load(language), Facts(comparison)
    study = "-".join(str(comparison.meta.get(key, "")) for key in ("study", "hash8"))
    look = plots.Look(texts, facts.labels(language))
    drawn, images = [], []
    for drawing in figures.drawings(facts, look, figures.base_of_maps(facts)):
        svg, png = plots.save(
            drawing.draw(),
            folder / "figures",
            f"{drawing.id}.{language}",
            title=drawing.title,
            note=drawing.caption,
            source=f"Quartiers · {study} · {count(texts, 'paired', facts.runs)}. {texts('masthead.banner')}",
        )
        drawn.append((drawing, svg.read_text(encoding="utf-8")))
        images += [svg, png]
    path = folder / f"report.{language}.html"
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(page.render(facts, texts, drawn, languages), encoding="utf-8")
    os.replace(partial, path)
    return path, images

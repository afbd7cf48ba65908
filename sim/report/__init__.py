"""The report of a comparison: one page per language, and its figures as files.

``write`` takes a finished ``Comparison`` and simulates nothing. The same comparison gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.report.catalogue import LANGUAGES, load
from sim.report.facts import Facts
from sim.report.findings import count

__all__ = ["LANGUAGES", "drawing_processes", "import_all", "write"]


@contextmanager
def drawing_processes(jobs: int, languages: Sequence[str] = LANGUAGES) -> Iterator[Executor | None]:
    """Give the processes that draw the pages of all languages but the first; None where one process draws all.

    Started before there is anything to draw, they import what they need while the tables are made.
    """
    others = min(jobs, len(languages)) - 1
    if others < 1:
        yield None
        return
    with ProcessPoolExecutor(others, mp_context=get_context("spawn")) as pool:
        for _ in range(others):
            pool.submit(import_all)
        yield pool


def import_all() -> None:
    """Import what drawing needs; matplotlib imports how it writes files when it writes the first."""
    from matplotlib.backends import backend_agg, backend_svg  # noqa: F401

    from sim.report import figures, page, slides  # noqa: F401


def write(
    comparison: Any,
    folder: str | Path,
    languages: Sequence[str] = LANGUAGES,
    progress: Callable[[str], None] | None = None,
    *,
    jobs: int = 1,
    pool: Executor | None = None,
    beside: Callable[[], object] = lambda: None,
) -> list[Path]:
    """Write ``report.<language>.html`` and ``figures/*.<language>.{svg,png}`` into a folder.

    Parameters
    ----------
    comparison : a ``sim.compare.Comparison``; frames that are missing or empty leave their section out
    folder : created when it does not exist
    languages : "fr", "en" or both; the pages link to each other
    progress : called with the name of each page and drawing once all are written
    jobs : processes; with two, each draws the pages of its own language
    pool : processes already there (`drawing_processes`), instead of `jobs`
    beside : called by this process when its own page is written, while others may still draw

    Returns
    -------
    list of paths written, pages first
    """
    place, told = Path(folder), progress or (lambda _: None)
    (place / "figures").mkdir(parents=True, exist_ok=True)
    make = partial(_write_language, comparison, _base_of_maps(comparison), place, tuple(languages))
    first, *others = languages
    with drawing_processes(jobs, languages) if pool is None else nullcontext(pool) as drawing:
        waiting = [drawing.submit(make, language) for language in others] if drawing is not None else []
        written = [make(language) for language in ((first,) if waiting else languages)]
        beside()
        written += [each.result() for each in waiting]
    paths = [page for page, _ in written] + [path for _, images in written for path in images]
    for path in paths:
        if path.suffix != ".png":
            told(path.name)
    return paths


def _base_of_maps(comparison: Any) -> Any:
    """Trace the borders, which are the same in all languages."""
    from sim.report.figures import base_of_maps

    return base_of_maps(Facts(comparison))


def _write_language(
    comparison: Any, base: Any, folder: Path, languages: tuple[str, ...], language: str
) -> tuple[Path, list[Path]]:
    """Write the page and the figures of one language; return their paths."""
    # matplotlib takes a second to import: a command line that makes no report must not pay for it.
    from sim.report import figures, page, plots

    texts, facts = load(language), Facts(comparison)
    study = "-".join(str(comparison.meta.get(key, "")) for key in ("study", "hash8"))
    look = plots.Look(texts, facts.labels(language))
    drawn, images = [], []
    for drawing in figures.drawings(facts, look, base):
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

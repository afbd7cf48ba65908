"""The report of a comparison: one page per language, and its figures as files.

``write`` takes a finished ``Comparison`` and simulates nothing. The same comparison gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
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
) -> list[Path]:
    """Write ``report.<language>.html`` and ``figures/*.<language>.{svg,png}`` into a folder.

    Parameters
    ----------
    comparison : a ``sim.compare.Comparison``; frames that are missing or empty leave their section out
    folder : created when it does not exist
    languages : "fr", "en" or both; the pages link to each other
    progress : called with the name of each file as it is written

    Returns
    -------
    list of paths written, pages first
    """
    # matplotlib takes a second to import: a command line that makes no report must not pay for it.
    from sim.report import figures, page, plots

    chosen = [load(language) for language in languages]
    study = "-".join(str(comparison.meta.get(key, "")) for key in ("study", "hash8"))
    told = progress or (lambda _: None)
    facts, folder = Facts(comparison), Path(folder)
    place = folder / "figures"
    place.mkdir(parents=True, exist_ok=True)
    base = figures.base_of_maps(facts)
    pages, images = [], []
    for texts in chosen:
        look = plots.Look(texts, facts.labels(texts.language))
        drawn = []
        for drawing in figures.drawings(facts, look, base):
            svg, png = plots.save(
                drawing.draw(),
                place,
                f"{drawing.id}.{texts.language}",
                title=drawing.title,
                note=drawing.caption,
                source=f"Quartiers · {study} · {count(texts, 'paired', facts.runs)}. {texts('masthead.banner')}",
            )
            drawn.append((drawing, svg.read_text(encoding="utf-8")))
            images += [svg, png]
            told(svg.name)
        path = folder / f"report.{texts.language}.html"
        html = page.render(facts, texts, drawn, tuple(languages))
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(html, encoding="utf-8")
        os.replace(partial, path)
        pages.append(path)
        told(path.name)
    return pages + images

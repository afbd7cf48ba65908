"""Make the notebooks here from ``scenarios/tour.py`` and execute them: ``python scenarios/notebooks/build.py``.

Needs the packages of ``pip install -e ".[dev]"``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
TOUR = HERE.parent / "tour.py"
SHARED = ("import os\nfrom pathlib import Path\n\nfrom sim.analysis import compare, load\n\n"
          'FOLDER = os.environ.get("QUARTIERS_TOUR")\n')


def notebooks() -> dict[str, nbformat.NotebookNode]:
    """Notebooks by name, not executed."""
    made: dict[str, nbformat.NotebookNode] = {}
    parts = re.split(r"^# %%(.*)\n", TOUR.read_text(encoding="utf-8"), flags=re.M)
    for kind, body in zip(parts[1::2], parts[2::2], strict=True):
        name = re.fullmatch(r" \[notebook\] (\w+)", kind)
        if name:
            book = nbformat.v4.new_notebook()
            book.metadata["language_info"] = {"name": "python"}
            made[name[1]] = book
            continue
        text = body.strip()
        first = not any(cell.cell_type == "code" for cell in book.cells)
        if "[markdown]" in kind:
            cell = nbformat.v4.new_markdown_cell(re.sub(r"^# ?", "", text, flags=re.M))
        else:
            lacks = first and "FOLDER = " not in text
            cell = nbformat.v4.new_code_cell(f"{SHARED}\n{text}" if lacks else text)
        cell["id"] = f"cell-{len(book.cells)}"
        book.cells.append(cell)
    return made


def executed(book: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same notebook with its outputs; raises where a cell does."""
    NotebookClient(book, timeout=900, kernel_name="python3", record_timing=False).execute()
    for cell in book.cells:
        # Messages about progress belong to one machine.
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.output_type != "stream"]
    book.metadata.pop("kernelspec", None)
    book.metadata["language_info"] = {"name": "python"}
    return book


def main() -> None:
    """Write both notebooks."""
    for name, book in notebooks().items():
        path = HERE / f"{name}.ipynb"
        nbformat.write(executed(book), path)
        print(path.name, path.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()

"""The tour of the Python interface asserts what it shows, and the notebooks made from it run and are up to date."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "scenarios" / "notebooks"
sys.path.insert(0, str(NOTEBOOKS))
from build import executed, notebooks  # noqa: E402

LIMIT_BYTES = 200_000


@pytest.fixture
def at_the_small_study(small_study, tmp_path, monkeypatch):
    """The tour finds its runs there and makes none."""
    folder = shutil.copytree(small_study, tmp_path / "study")
    monkeypatch.setenv("QUARTIERS_TOUR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # a notebook shows its figures
    return folder


def test_the_tour_holds(at_the_small_study):
    runs = sorted((at_the_small_study / "parts" / "runs").iterdir())
    shown = runpy.run_path(str(ROOT / "scenarios" / "tour.py"))
    assert shown["study"].folder == at_the_small_study
    assert sorted((at_the_small_study / "parts" / "runs").iterdir()) == runs


@pytest.mark.parametrize("name", ["compare", "runs"])
def test_a_notebook_is_made_from_the_tour_and_runs(at_the_small_study, name):
    stored = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(stored)
    made = notebooks()[name]
    assert [c.source for c in stored.cells] == [c.source for c in made.cells], "run scenarios/notebooks/build.py"
    done = executed(made)
    codes = [cell for cell in done.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in codes)
    kept = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [len(c.outputs) for c in kept] == [len(c.outputs) for c in codes]
    text = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert len(text.encode()) < LIMIT_BYTES
    assert not any(place in text for place in ("/home/", "/tmp/", "/root/", str(ROOT)))


def test_a_frame_that_does_not_exist_is_named(small_study):
    from sim.analysis import load

    with pytest.raises(AttributeError, match="no frame 'efects'.*effects"):
        _ = load(small_study).efects
    with pytest.raises(ValueError, match=r"comparison\.json: not found"):
        load(small_study / "parts")

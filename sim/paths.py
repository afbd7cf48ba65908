"""Where the files shipped with the model lie, and where results go."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """A top folder of the checkout; an installed wheel carries the same files inside the package."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def scenarios_dir() -> Path:
    """Folder of scenario, study and territory files."""
    return _shipped("scenarios")


def calibration_dir() -> Path:
    """Folder of calibration targets and fitted parameters."""
    return _shipped("calibration")


def results_root() -> Path:
    """Folder that receives results: ``QUARTIERS_RESULTS``, or ``results`` in the current folder."""
    return Path(os.environ.get("QUARTIERS_RESULTS") or "results")

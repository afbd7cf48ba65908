"""Libraries that only sweeps need, imported when they are used, and what is said where one is missing."""

from __future__ import annotations

import importlib
from typing import Any


class MissingLibrary(ImportError):
    """A library of the extra ``explore`` is not installed."""


class NotEnough(ValueError):
    """Too few finished runs to say anything."""


def need(module: str) -> Any:
    """Return a module of SALib or scikit-learn.

    Raises
    ------
    MissingLibrary
        it is not installed; the message says how to install it
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = {"SALib": "SALib", "sklearn": "scikit-learn"}[module.split(".")[0]]
        raise MissingLibrary(f'{name} is not installed: pip install "quartiers[explore]" ({error})') from error

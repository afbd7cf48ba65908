"""Libraries that only the evaluation laboratory needs, imported when they are used."""

from __future__ import annotations

from typing import Any

from sim.libraries import MissingLibrary, library

__all__ = ["MissingLibrary", "need"]


def need(module: str) -> Any:
    """Return a module of statsmodels or linearmodels.

    Raises
    ------
    MissingLibrary
        it is not installed; the message says how to install it
    """
    return library(module, extra="evaluation")

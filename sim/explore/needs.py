"""Libraries that only the analysis of sweeps needs, imported when they are used; and what is said of too few runs."""

from __future__ import annotations

from typing import Any

from sim.libraries import MissingLibrary, library
from sim.refusals import Refusal

__all__ = ["MissingLibrary", "NotEnough", "WrongDesign", "need"]


class NotEnough(Refusal):
    """Too few finished runs to say anything."""


class WrongDesign(Refusal):
    """The points of a sweep were not chosen in a way that this analysis can read."""


def need(module: str) -> Any:
    """Return a module of SALib or scikit-learn.

    Raises
    ------
    MissingLibrary
        it is not installed; the message says how to install it
    """
    return library(module, extra="explore")

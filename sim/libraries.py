"""Libraries that only some commands need, and that an install without extras lacks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sim.refusals import Refusal

NAMES = {"sklearn": "scikit-learn", "dask_jobqueue": "dask-jobqueue"}


class MissingLibrary(Refusal):
    """A command needs a library that is not installed; the message says how to install it."""


def library(name: str, *, extra: str) -> Any:
    """Import a module of a library that an extra of the package brings; raise ``MissingLibrary`` where it is absent."""
    try:
        return import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        raise MissingLibrary("missing_library", library=NAMES.get(top, top), extra=extra, problem=error) from error

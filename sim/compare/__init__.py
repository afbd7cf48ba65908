"""Comparison of policies, pair by pair: effects, intervals, verdicts, firm-level twins, cost, equity.

`compare` turns the stored runs of a study into a `Comparison`, a set of tables that can be saved and read
again; it simulates nothing. The files: `paired` (intervals), `pairwise` (verdicts), `twins` (the same startup
in both worlds), `equity`, `cost`, `places` (départements, rings), `scorecard` (published figures).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.compare.assemble import compare
    from sim.compare.geography import Geography
    from sim.compare.paired import aa_test
    from sim.compare.result import Comparison
    from sim.compare.runs import NotComparable, StoredRuns

__all__ = ["Comparison", "Geography", "NotComparable", "StoredRuns", "aa_test", "compare"]

_HOME = {
    "compare": "assemble", "Geography": "geography", "aa_test": "paired", "Comparison": "result",
    "NotComparable": "runs", "StoredRuns": "runs",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that a worker that only sums up a run does not load all of the comparison."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

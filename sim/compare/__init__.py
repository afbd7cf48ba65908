"""Comparison of policies, pair by pair: effects, intervals, verdicts, firm-level twins, cost, equity.

`compare` turns the stored runs of a study into a `Comparison`, a set of tables that can be saved and read
again; it simulates nothing. The files: `paired` (intervals), `pairwise` (verdicts), `twins` (the same startup
in both worlds), `equity`, `cost`, `places` (départements, rings), `first_sight` (published figures).
"""

from sim.compare.assemble import compare
from sim.compare.geography import Geography
from sim.compare.paired import aa_test
from sim.compare.result import Comparison
from sim.compare.runs import NotComparable, StoredRuns

__all__ = ["Comparison", "Geography", "NotComparable", "StoredRuns", "aa_test", "compare"]

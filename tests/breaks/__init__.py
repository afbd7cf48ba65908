"""Breaks of the model that tests claim to notice, by subject; `mutants.py` tries them."""

from breaks import engine, evidence, money, people_and_firms, places, state, teaching
from breaks.mutant import Mutant

MUTANTS = tuple(
    mutant
    for subject in (engine, people_and_firms, places, money, state, evidence, teaching)
    for mutant in subject.MUTANTS
)
__all__ = ["MUTANTS", "Mutant"]

"""Operators by name: how each source counted, applied to a run of the model.

A function takes the run, the first and last year of the target and its argument, and returns a number, NaN where the
run cannot answer (years not simulated, tables absent). Published and simulated populations are seldom the same: what
the model counts is told by the sentence of the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.calibration.observed import Observed

Measure = Callable[[Observed, int, int, str], float]


@dataclass(frozen=True)
class Operator:
    """A way of counting: its function, and in both languages what is counted in the model."""

    name: str
    fr: str
    en: str
    measure: Measure
    argument: Callable[[str], bool] = lambda text: text == ""

    def text(self, lang: str) -> str:
        """Return what is counted, in a language."""
        return self.fr if lang == "fr" else self.en


OPERATORS: dict[str, Operator] = {}


def number(text: str) -> bool:
    try:
        return float(text) > 0.0
    except ValueError:
        return False


def operator(
    fr: str, en: str, argument: Callable[[str], bool] = lambda text: text == ""
) -> Callable[[Measure], Measure]:
    def register(function: Measure) -> Measure:
        name = function.__name__
        OPERATORS[name] = Operator(name, fr, en, function, argument)
        return function

    return register

"""Words for likelihood and for confidence, and the rule that caps them.

Likelihood says how often the sign holds over simulations; confidence says how well founded the model
is on that point. They are kept apart, after the guidance note for IPCC authors (Mastrandrea et al., 2010),
and each word is always printed with its range: readers misread bare words (Wintle et al., 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Likelihood:
    """One step of the scale: catalogue key and the range of shares it stands for."""

    key: str
    low: float
    high: float


SCALE = (  # from the most to the least likely; the first whose lower end is reached names the share
    Likelihood("virtually_certain", 0.99, 1.00),
    Likelihood("very_likely", 0.90, 1.00),
    Likelihood("likely", 0.66, 1.00),
    Likelihood("as_likely_as_not", 0.33, 0.66),
    Likelihood("unlikely", 0.00, 0.33),
    Likelihood("very_unlikely", 0.00, 0.10),
    Likelihood("exceptionally_unlikely", 0.00, 0.01),
)
BY_KEY = {step.key: step for step in SCALE}


def likelihood(share: float, *, holds_everywhere: bool = False, runs: int | None = None) -> Likelihood:
    """Word for a share of simulations.

    Parameters
    ----------
    share : share of paired simulations in which the statement holds, 0 to 1
    holds_everywhere : the sign holds under every set of assumptions tried. Without it nothing is said
        above "likely" nor below "unlikely": seeds alone do not show that the model is right.
    runs : simulations behind the share. A word that sets one case in ten, or in a hundred, apart asks for as many.
    """
    if not (math.isfinite(share) and 0.0 <= share <= 1.0):
        raise ValueError(f"a likelihood needs a share between 0 and 1, got {share!r}")
    if share > BY_KEY["as_likely_as_not"].high - 1e-12:
        step = next(s for s in SCALE[:3] if share >= s.low - 1e-12 and enough(1.0 - s.low, runs))
        return step if holds_everywhere else BY_KEY["likely"]
    if share >= BY_KEY["as_likely_as_not"].low - 1e-12:
        return BY_KEY["as_likely_as_not"]
    step = next(s for s in reversed(SCALE[4:]) if share <= s.high + 1e-12 and enough(s.high, runs))
    return step if holds_everywhere else BY_KEY["unlikely"]


def enough(apart: float, runs: int | None) -> bool:
    """Whether so many simulations can set apart a share as small as ``apart``; the widest words need none."""
    return runs is None or apart > 0.3 or runs * apart >= 1.0 - 1e-9


LEVELS = ("low", "medium", "high")


def evidence(assumptions: int, parameters: int) -> str:
    """Strength of evidence: high only when no parameter is an assumption, low beyond one in three."""
    if parameters <= 0:
        return "low"
    if assumptions == 0:
        return "high"
    return "low" if 3 * assumptions > parameters else "medium"


def confidence(evidence_level: str, agreement: str | None) -> str:
    """Confidence tag: the weaker of evidence and of agreement across sets of assumptions.

    ``agreement`` is None when only one set of assumptions was run: nothing is known, hence "low".
    """
    if agreement is None:
        return "low"
    return LEVELS[min(LEVELS.index(evidence_level), LEVELS.index(agreement))]

"""The scorecard: every target, published and simulated, hit or missed, beside a model without agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.calibration.observed import Observed, is_france
from sim.calibration.registry import OPERATORS
from sim.calibration.targets import FIT, HOLD_OUT, SCORED, Target
from sim.compare.paired import interval_of_mean
from sim.params import PARAMETERS

COLUMNS: Final = (
    "target", "use", "label_fr", "label_en", "unit", "year", "published", "tolerance", "simulated", "ci95_low",
    "ci95_high", "p10", "p90", "n", "hit", "without_agents", "without_agents_hit", "operator_fr", "operator_en",
    "geography", "source",
)  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """Targets of one use: how many were scored and hit, and the same of the model without agents where it can tell.

    `better` and `worse` name the targets that one of the two hits and the other misses; what the model without agents
    cannot tell it misses.
    """

    scored: int
    hit: int
    without_agents: int
    better: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of scored targets that are hit."""
        return self.hit / self.scored if self.scored else float("nan")


def scorecard(runs: Sequence[Observed], targets: Sequence[Target], null: Observed | None) -> pd.DataFrame:
    """Return one row per scored target that every run can tell, those fitted first; none where it is not France.

    Parameters
    ----------
    runs : one per seed
    null : the model without agents; None where the territory lacks what it needs
    """
    if not runs or not is_france(runs[0].zones):
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for each in sorted((each for each in targets if each.use in SCORED), key=lambda each: SCORED.index(each.use)):
        values = np.array([each.measure(run) for run in runs])
        if np.isfinite(values).all():
            rows.append(_row(each, values, each.measure(null) if null is not None else np.nan))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(target: Target, values: np.ndarray, null: float) -> dict[str, Any]:
    low, high = interval_of_mean(values[:, None]) if len(values) > 1 else (np.full(1, np.nan),) * 2
    p10, p90 = np.quantile(values, [0.1, 0.9])
    simulated = float(values.mean())
    operator = OPERATORS[target.operator]
    return {
        "target": target.id,
        "use": target.use,
        "label_fr": target.label_fr,
        "label_en": target.label_en,
        "unit": target.unit,
        "year": target.year,
        "published": target.value,
        "tolerance": target.tolerance,
        "simulated": simulated,
        "ci95_low": float(low[0]),
        "ci95_high": float(high[0]),
        "p10": float(p10),
        "p90": float(p90),
        "n": len(values),
        "hit": target.hit(simulated),
        "without_agents": null,
        "without_agents_hit": target.hit(null),
        "operator_fr": operator.fr,
        "operator_en": operator.en,
        "geography": target.geography,
        "source": target.source,
    }


def tally(card: pd.DataFrame, use: str) -> Tally:
    """Count the targets of one use."""
    rows = card[card["use"] == use]
    hit, null = rows["hit"].astype(bool), rows["without_agents_hit"].astype(bool)
    return Tally(len(rows), int(hit.sum()), int(null.sum()), tuple(rows.loc[hit & ~null, "target"]),
                 tuple(rows.loc[null & ~hit, "target"]))  # fmt: skip


def tallies(card: pd.DataFrame) -> dict[str, Tally]:
    """Count the fitted and the held-out targets apart."""
    return {use: tally(card, use) for use in (FIT, HOLD_OUT)}


def outside_prior(parameters: Mapping[str, float]) -> list[str]:
    """Return the parameters of the literature that stand outside their prior: a model that needs them there fails."""
    known = ((PARAMETERS[name], value) for name, value in parameters.items() if name in PARAMETERS)
    return [each.name for each, value in known if each.tier == "literature" and not each.low <= value <= each.high]

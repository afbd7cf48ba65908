"""Whether a result holds under every set of assumptions that was run: what caps words and sets confidence."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.report.facts import Facts, rows_of


@dataclass(frozen=True)
class Agreement:
    """How far the sets of assumptions agree on a sign.

    Attributes
    ----------
    level
        "high" when it is the same beyond doubt in every set, "medium" when the mean has it in every set, else "low";
        None when only the main set was run
    turned, unsure, kept
        sets in which the sign is another beyond doubt, cannot be told, is the same beyond doubt
    """

    level: str | None
    turned: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the mean has the same sign in every set, and there were other sets."""
        return self.level in ("high", "medium")


def of_effect(facts: Facts, arm: str, outcome: str = "jobs") -> Agreement:
    """Agreement of the sets on the sign of the effect of an option."""
    return agreement(facts.at("set_effects", arm=arm, outcome=outcome))


def of_pair(facts: Facts, a: str, b: str, outcome: str = "jobs") -> Agreement:
    """Agreement of the sets on the sign of the gap between two options."""
    rows = facts.at("set_pairs", outcome=outcome)
    if rows.empty:
        return Agreement(None)
    same = (rows["arm_a"] == a) & (rows["arm_b"] == b)
    return agreement(rows[same | ((rows["arm_a"] == b) & (rows["arm_b"] == a))])


def agreement(rows: pd.DataFrame) -> Agreement:
    """Agreement of rows with columns set, mean, ci95_low, ci95_high; the sign is that of the main set."""
    if rows.empty or len(rows) < 2:
        return Agreement(None)
    main = rows.loc[rows["set"] == "main", "mean"]
    sign = 1.0 if main.empty or main.iloc[0] >= 0.0 else -1.0
    sorted_out: dict[str, list[str]] = {"turned": [], "unsure": [], "kept": []}
    same = True
    for row in rows_of(rows):
        low, high = sorted((sign * row["ci95_low"], sign * row["ci95_high"]))
        where = "kept" if low > 0.0 else "turned" if high < 0.0 else "unsure"
        same &= sign * row["mean"] > 0.0
        if row["set"] != "main":
            sorted_out[where].append(row["set"])
    sure = same and (rows["ci95_low"] * rows["ci95_high"] > 0.0).all()
    return Agreement("high" if sure else "medium" if same else "low", **{k: tuple(v) for k, v in sorted_out.items()})

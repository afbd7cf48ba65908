"""What is compared: the list of national outcomes, and how each is made from the yearly table of zones.

A *stock* is a value at 31 December, a *flow* a sum over one year, an *index* a measure of inequality between
zones. ``better`` is +1 when more is better and
-1 when less is better; it gives verdicts their direction and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """One national outcome: a name, where it comes from, its unit and its two labels."""

    name: str
    column: str
    kind: str
    unit: str
    better: int
    label_fr: str
    label_en: str


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("jobs", "jobs", "stock", "jobs", 1, "emplois dans les startups", "jobs in startups"),
    Outcome("startups", "startups", "stock", "startups", 1, "startups en activité", "startups alive"),
    Outcome(
        "entries", "entries", "flow", "startups/year", 1, "créations dans l'année", "entries in the year"
    ),
    Outcome(
        "closures", "closures", "flow", "startups/year", -1, "fermetures dans l'année", "closures in the year"
    ),
    Outcome(
        "raised_eur",
        "raised_eur",
        "flow",
        "EUR2015/year",
        1,
        "fonds levés dans l'année",
        "funds raised in the year",
    ),
    Outcome("rounds", "rounds", "flow", "rounds/year", 1, "levées dans l'année", "rounds in the year"),
    Outcome(
        "funded_startups",
        "funded_startups",
        "stock",
        "startups",
        1,
        "startups en activité ayant levé des fonds propres",
        "startups alive that ever raised equity",
    ),
    Outcome(
        "hires_elsewhere",
        "hires_elsewhere",
        "flow",
        "persons/year",
        -1,
        "recrutements pris à d'autres employeurs",
        "hires taken from other employers",
    ),
    Outcome(
        "jobs_elsewhere",
        "employed_elsewhere",
        "stock",
        "jobs",
        1,
        "emplois numériques chez les autres employeurs",
        "digital jobs at other employers",
    ),
    Outcome(
        "theil_jobs",
        "jobs",
        "index",
        "1",
        -1,
        "inégalité entre territoires (Theil des emplois par habitant)",
        "inequality between territories (Theil of jobs per inhabitant)",
    ),
    Outcome(
        "gini_jobs",
        "jobs",
        "index",
        "1",
        -1,
        "inégalité entre territoires (Gini des emplois par habitant)",
        "inequality between territories (Gini of jobs per inhabitant)",
    ),
)

ZONAL_COLUMNS: tuple[str, ...] = (*dict.fromkeys(outcome.column for outcome in OUTCOMES), "rent_eur_m2",
                                   "replaced_eur")  # fmt: skip
"""Columns of the yearly table that the comparison reads."""

ZONE_OUTCOMES: tuple[str, ...] = ("jobs", "startups")
"""Outcomes shown zone by zone."""


def labels() -> pd.DataFrame:
    """Return name, labels, unit, kind and direction of every outcome, one row each."""
    frame = pd.DataFrame([vars(outcome) for outcome in OUTCOMES])
    return frame.rename(columns={"name": "outcome"}).drop(columns="column")

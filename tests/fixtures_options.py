"""The options of the invented comparison: what they are called, what they bring, when they are looked at."""

from __future__ import annotations

ARMS = {
    "reference": ("Sans nouvelle enveloppe", "No new envelope", 0),
    "paris_only": ("Paris seul", "Paris only", 1),
    "fifteen_metropoles": ("15 métropoles (hors Paris)", "15 metropolises (without Paris)", 3),
    "one_per_departement": ("Un hub par département", "One hub per département", 99),
}


POLICIES = [a for a in ARMS if a != "reference"]


TARGET = {"paris_only": 1900.0, "fifteen_metropoles": 2600.0, "one_per_departement": 350.0}  # net jobs, 2033


HORIZONS = (2023, 2028, 2033)


YEARS = range(2012, 2034)


SEEDS = 16

"""Who gains and who loses by kind of territory: the capital, around it, and the others by density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, summary

if TYPE_CHECKING:
    from sim.compare.geography import Geography
    from sim.compare.runs import Panel, Worlds

KINDS = ("capital", "around", "dense", "sparse")


def kinds_of(zones: pd.DataFrame) -> Floats:
    """Return float64[4, Z], one where a zone is of a kind.

    The capital is the densest zone, around it the others of its region; the rest are dense or sparse against the
    nation's people per km2. Columns read: population, area_km2, region.
    """
    people, area = zones["population"].to_numpy(np.float64), zones["area_km2"].to_numpy(np.float64)
    density = people / area
    capital = np.arange(len(zones)) == int(density.argmax())
    around = (zones["region"] == zones["region"].iloc[int(density.argmax())]).to_numpy() & ~capital
    dense = ~capital & ~around & (density >= people.sum() / area.sum())
    return np.array([capital, around, dense, ~(capital | around | dense)], np.float64)


def by_kind(worlds: Worlds, panel: Panel, geography: Geography) -> pd.DataFrame:
    """Return the change in jobs of each policy, by year and kind of territory.

    `population` are the people of the kind; `p_people_losing` and `p_people_gaining` are the shares of them in zones
    that lose, or gain, in at least eight simulations of ten.
    """
    kinds, people, at = kinds_of(geography.zones), geography.population, panel.rows_of(worlds.horizons)
    jobs = panel.zonal["jobs"][:, :, at]
    parts = []
    for row, arm, pairs in worlds.policies():
        difference = jobs[row, pairs] - jobs[0, pairs]
        loses, gains = ((sign * difference > 0.0).mean(axis=0) >= 0.8 for sign in (-1.0, 1.0))
        for h, year in enumerate(worlds.horizons):
            found = summary(difference[:, h] @ kinds.T)
            here = kinds @ people
            with np.errstate(invalid="ignore"):  # a kind that nobody lives in is left out
                losing, gaining = (kinds @ (people * flags[h]) / here for flags in (loses, gains))
                per_10k = found["mean"] / here * 1e4
            own = pd.DataFrame({"arm": arm.id, "year": year, "kind": KINDS, "population": here} | found)
            parts.append(own.assign(diff_per_10k=per_10k, p_people_losing=losing, p_people_gaining=gaining)[here > 0.0])
    return pd.concat(parts, ignore_index=True)

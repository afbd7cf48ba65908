"""Operators on startups: as DGE, INSEE, Numeum and the ministry of research count them. Those on money: `money`."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from sim.calibration import money  # noqa: F401  registers its operators
from sim.calibration.laws import hill, subbotin
from sim.calibration.observed import Observed, mean, quantile, share_of
from sim.calibration.registry import OPERATORS, number, operator
from sim.fields import CASH

__all__ = ["OPERATORS"]

COHORT: Final = 2016
"""Cohort that DGE followed."""
HILL_SHARE: Final = 0.05
"""Part of startups, the largest, in which the tail of sizes is measured."""


# -- DGE: startups that lists of support or of rounds show -----------------------------------------------------------


@operator("startups reconnues, plus jeunes que l'âge donné, en décembre",
           "recognised startups younger than the age given, in December", number)  # fmt: skip
def dge_startups(seen: Observed, first: int, last: int, argument: str) -> float:
    _, count = seen.listed("staff", last, oldest=float(argument))
    return float(count.sum()) if count.size else np.nan


@operator("fondateurs et salariés des startups reconnues plus jeunes que l'âge donné, en décembre",
           "founders and employees of recognised startups younger than the age given, in December",
           number)  # fmt: skip
def dge_jobs(seen: Observed, first: int, last: int, argument: str) -> float:
    staff, count = seen.listed("staff", last, oldest=float(argument))
    return float((staff * count).sum()) if count.size else np.nan


@operator("startups reconnues de moins de 12 ans par startup reconnue de moins de 8 ans",
           "recognised startups under twelve years for each one under eight")  # fmt: skip
def dge_ratio_of_ages(seen: Observed, first: int, last: int, argument: str) -> float:
    return dge_startups(seen, first, last, "12") / dge_startups(seen, first, last, "8")


@operator("part du territoire dans les startups reconnues de moins de 8 ans",
           "share of the place in recognised startups under eight years", bool)  # fmt: skip
def dge_share(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), seen.span("recognised", first, last))


@operator("part du territoire dans les emplois des startups reconnues de moins de 8 ans",
           "share of the place in jobs of recognised startups under eight years", bool)  # fmt: skip
def dge_share_of_jobs(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), seen.span("recognised_jobs", first, last))


@operator("part du département dans les startups reconnues de sa région",
           "share of the département in the recognised startups of its region", bool)  # fmt: skip
def dge_share_in_region(seen: Observed, first: int, last: int, argument: str) -> float:
    here = seen.region(argument)
    around = seen.zones["region"].isin(seen.zones.loc[here, "region"]).to_numpy()
    return share_of(here[around], seen.span("recognised", first, last)[around])


@operator("quantile de l'effectif des startups de 2016 en activité, en décembre (fondateurs compris)",
           "quantile of the staff of startups of 2016 in business, in December (founders included)",
           number)  # fmt: skip
def dge_cohort_staff(seen: Observed, first: int, last: int, argument: str) -> float:
    c = seen.census
    if c.empty:
        return np.nan
    own = c[(c["measure"] == "staff") & (c["year"] == last) & (c["age"] == last - COHORT)]
    return quantile(own["value"].to_numpy(float), own["startups"].to_numpy(float), float(argument))


@operator("quantile du chiffre d'affaires annuel des startups reconnues de moins de 8 ans (douze fois décembre)",
           "quantile of yearly turnover of recognised startups under eight years (twelve Decembers)",
           number)  # fmt: skip
def dge_turnover(seen: Observed, first: int, last: int, argument: str) -> float:
    return quantile(*seen.listed("turnover_eur", last, oldest=8), float(argument))


@operator("part des startups de 2016 fermées faute de trésorerie avant l'âge donné",
           "share of startups of 2016 closed for lack of cash before the age given", number)  # fmt: skip
def dge_liquidated(seen: Observed, first: int, last: int, argument: str) -> float:
    months = round(12.0 * float(argument))
    born = _born(seen, COHORT, COHORT, months)
    if born.empty:
        return np.nan
    gone = (born["closed"] >= 0) & (born["closed"] - born["birth"] < months) & (born["cause"] == CASH)
    return float(gone.mean())


# -- INSEE -----------------------------------------------------------------------------------------------------------


def _born(seen: Observed, first: int, last: int, months: int) -> pd.DataFrame:
    """Startups born in the years first to last that were, or could have been, followed for so many months."""
    f = seen.firms
    if f.empty or "cause" not in f:
        return f.iloc[:0]
    born = f[(f["birth"] // 12 >= first) & (f["birth"] // 12 <= last)]
    return born[born["birth"] + months <= seen.last_month + 1]


def _alive_at(born: pd.DataFrame, months: int) -> float:
    return float(((born["closed"] < 0) | (born["closed"] - born["birth"] >= months)).mean()) if len(born) else np.nan


@operator("part des startups nées dans l'année en activité à l'âge donné, en années",
           "share of startups born in the year that are in business at the age given, in years", number)  # fmt: skip
def insee_survival(seen: Observed, first: int, last: int, argument: str) -> float:
    months = round(12.0 * float(argument))
    f = seen.firms
    born = f[(f["birth"] // 12 >= first) & (f["birth"] // 12 <= last)] if len(f) else f
    return _alive_at(born[born["birth"] + months <= seen.last_month + 1], months) if len(born) else np.nan


@operator("risque de fermer dans la troisième année, rapporté à celui de la cinquième",
           "hazard of closing in the third year over that in the fifth")  # fmt: skip
def insee_hump(seen: Observed, first: int, last: int, argument: str) -> float:
    alive = [insee_survival(seen, first, last, f"{age}") for age in (2, 3, 4, 5)]
    return float(np.log(alive[0] / alive[1]) / np.log(alive[2] / alive[3])) if min(alive) > 0.0 else np.nan


@operator("actifs du numérique arrivés d'un autre département dans l'année, pour un actif",
           "digital workers who came from another département in the year, for each one")  # fmt: skip
def insee_mobility(seen: Observed, first: int, last: int, argument: str) -> float:
    people = seen.span("talents", first, last).sum()
    return float(seen.span("movers_in", first, last).sum() / people) if people > 0.0 else np.nan


# -- others ----------------------------------------------------------------------------------------------------------


@operator("opérations de groupes de business angels, par an", "deals of groups of business angels, a year")
def angel_deals(seen: Observed, first: int, last: int, argument: str) -> float:
    return float(seen.span("angel_deals", first, last).sum() / (last - first + 1))


@operator("part du territoire dans les startups issues de la recherche",
           "share of the place in academic spin-offs", bool)  # fmt: skip
def ilab_share(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), seen.span("academic_spin_offs", first, last))


@operator("startups qui bénéficient de l'allégement des jeunes entreprises innovantes, en décembre",
           "startups with the relief of young innovative firms, in December")  # fmt: skip
def jei_firms(seen: Observed, first: int, last: int, argument: str) -> float:
    return float(seen.span("young_innovative", last, last).sum())


@operator("part du territoire dans les jeunes entreprises innovantes", "share of the place in young innovative firms",
           bool)  # fmt: skip
def jei_share(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), seen.span("young_innovative", first, last))


@operator("startups reconnues de tout âge, en décembre", "recognised startups of any age, in December")
def numeum_startups(seen: Observed, first: int, last: int, argument: str) -> float:
    return dge_startups(seen, first, last, "1000")


@operator("effectif moyen des startups reconnues de tout âge, en décembre",
           "mean staff of recognised startups of any age, in December")  # fmt: skip
def numeum_mean_staff(seen: Observed, first: int, last: int, argument: str) -> float:
    return mean(*seen.listed("staff", last))


@operator("effectif médian des startups reconnues de tout âge, en décembre",
           "median staff of recognised startups of any age, in December")  # fmt: skip
def numeum_median_staff(seen: Observed, first: int, last: int, argument: str) -> float:
    return quantile(*seen.listed("staff", last), 0.5)


@operator("âge moyen des fondateurs des startups de l'année, à leur création",
           "mean age of the founders of the year's startups, at founding")  # fmt: skip
def founder_age(seen: Observed, first: int, last: int, argument: str) -> float:
    parts = [seen.listed("founder_age", year, known=False) for year in range(first, last + 1)]
    return mean(np.concatenate([v for v, _ in parts]), np.concatenate([c for _, c in parts])) + 0.5


@operator("part des startups créées dans la zone du fondateur (Île-de-France d'un bloc)",
           "share of startups founded in the zone of the founder (Île-de-France as one)")  # fmt: skip
def local_founders(seen: Observed, first: int, last: int, argument: str) -> float:
    f = seen.firms
    born = f[(f["birth"] // 12 >= first) & (f["birth"] // 12 <= last)] if "origin_zone" in f else f.iloc[:0]
    if born.empty or not {first, last} <= set(seen.years.tolist()):
        return np.nan
    market = seen.market
    return float((market[born["origin_zone"]] == market[born["zone"]]).mean())


@operator("exposant b de la loi de Subbotin de la croissance annuelle du chiffre d'affaires (startups reconnues)",
           "exponent b of the Subbotin law of yearly growth of turnover (recognised startups)")  # fmt: skip
def growth_shape(seen: Observed, first: int, last: int, argument: str) -> float:
    values, count = (np.concatenate(x) for x in zip(*(seen.listed("growth", y) for y in range(first, last + 1))))
    return subbotin(values, count) if count.sum() > 0.0 else np.nan


@operator("exposant de Pareto de l'effectif, parmi les 5 % de startups les plus grandes (Hill)",
           "Pareto exponent of staff, among the 5 % largest startups (Hill)")  # fmt: skip
def staff_tail(seen: Observed, first: int, last: int, argument: str) -> float:
    return hill(*seen.listed("staff", last, known=False), HILL_SHARE)

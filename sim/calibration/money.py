"""Operators on money: rounds of funds as EY and trackers see them, funded firms as an extract of Crunchbase does."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.gravity import distance_decay
from sim.calibration.observed import Floats, Observed, share_of
from sim.calibration.registry import number, operator
from sim.calibration.samples import expected_gini, expected_hhi, share_empty
from sim.fields import FOREIGN, STAGES

STAGE_NAMES: Final = {"seed": STAGES.index("seed"), "first": STAGES.index("first round"),
                      "later": STAGES.index("later rounds")}  # fmt: skip


# -- EY and trackers of rounds ---------------------------------------------------------------------------------------


def _money(seen: Observed, first: int, last: int) -> tuple[Floats, Floats]:
    """Rounds led by funds and their euros over the years first to last, float64[Z] each; angels apart where known."""
    rounds = seen.funded(first, last)
    if rounds.empty:
        return seen.span("rounds", first, last), seen.span("raised_eur", first, last)
    zone, eur = rounds["zone"].to_numpy(), np.nan_to_num(rounds["eur"].to_numpy(np.float64))
    size = len(seen.zones)
    return np.bincount(zone, minlength=size).astype(np.float64), np.asarray(np.bincount(zone, eur, size), np.float64)


@operator("tours menés par des fonds, par an", "rounds led by funds, a year")
def ey_deals(seen: Observed, first: int, last: int, argument: str) -> float:
    return float(_money(seen, first, last)[0].sum() / (last - first + 1))


@operator("euros levés dans les tours menés par des fonds, par an (euros de 2015)",
           "euros raised in rounds led by funds, a year (2015 euros)")  # fmt: skip
def ey_raised(seen: Observed, first: int, last: int, argument: str) -> float:
    return float(_money(seen, first, last)[1].sum() / (last - first + 1))


@operator("montant moyen des tours menés par des fonds", "mean size of rounds led by funds")
def ey_mean_round(seen: Observed, first: int, last: int, argument: str) -> float:
    rounds, eur = _money(seen, first, last)
    return float(eur.sum() / rounds.sum()) if rounds.sum() > 0.0 else np.nan


@operator("part du territoire dans les euros levés auprès de fonds", "share of the place in euros raised from funds",
           bool)  # fmt: skip
def ey_share(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), _money(seen, first, last)[1])


@operator("part du territoire dans les tours menés par des fonds", "share of the place in rounds led by funds", bool)
def ey_share_of_deals(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), _money(seen, first, last)[0])


@operator("âge médian au tour de ce stade, mené par un fonds", "median age at the round of this stage, led by a fund",
           lambda text: text in STAGE_NAMES)  # fmt: skip
def tracker_age(seen: Observed, first: int, last: int, argument: str) -> float:
    rounds = seen.funded(first, last)
    rounds = rounds[rounds["stage"] == STAGE_NAMES[argument]] if len(rounds) else rounds
    return float((rounds["month"] - rounds["birth"]).median() / 12.0) if len(rounds) else np.nan


@operator("tours d'un stade pour un tour de l'autre, menés par des fonds",
           "rounds of one stage for each of the other, led by funds",
           lambda text: set(text.split("/")) <= set(STAGE_NAMES) and text.count("/") == 1)  # fmt: skip
def tracker_funnel(seen: Observed, first: int, last: int, argument: str) -> float:
    above, below = ((seen.funded(first, last).get("stage", pd.Series(dtype=int)) == STAGE_NAMES[name]).sum()
                    for name in argument.split("/"))  # fmt: skip
    return float(above / below) if below else np.nan


@operator("startups financées par un fonds dans l'année, pour une startup reconnue de moins de 8 ans",
           "startups that a fund financed in the year, for each recognised one under eight years")  # fmt: skip
def tracker_raise_rate(seen: Observed, first: int, last: int, argument: str) -> float:
    rounds, stock = seen.funded(first, last), seen.span("recognised", first, last).sum()
    if rounds.empty or not stock > 0.0:
        return np.nan
    return len(rounds.assign(year=rounds["month"] // 12).drop_duplicates(["uid", "year"])) / float(stock)


# -- funded firms: what becomes of them ------------------------------------------------------------------------------


def _first_rounds(seen: Observed, first: int, last: int, months: int) -> pd.DataFrame:
    """First rounds led by a fund of startups born since the runs are recorded, followed for so many months."""
    rounds = seen.funded(int(seen.years[0]), int(seen.years[-1]))
    rounds = rounds.drop_duplicates("uid")
    if len(rounds):
        rounds = rounds[(rounds["birth"] // 12 >= seen.years[0]) & (rounds["month"] // 12 <= last)]
    return rounds[rounds["month"] + months <= seen.last_month + 1] if len(rounds) else rounds


@operator("part des startups financées qui retrouvent un fonds dans le délai donné, en mois",
           "share of funded startups that have another round of a fund within the months given", number)  # fmt: skip
def second_round(seen: Observed, first: int, last: int, argument: str) -> float:
    begun = _first_rounds(seen, first, last, round(float(argument)))
    if begun.empty:
        return np.nan
    every = seen.funded(int(seen.years[0]), int(seen.years[-1]))
    second = every[every.groupby("uid").cumcount() == 1].set_index("uid")["month"]
    gap = begun["uid"].map(second) - begun["month"]
    return float((gap < float(argument)).mean())


@operator("part des startups financées vendues dans le délai donné, en mois",
           "share of funded startups sold within the months given", number)  # fmt: skip
def sold(seen: Observed, first: int, last: int, argument: str) -> float:
    begun = _first_rounds(seen, first, last, round(float(argument)))
    if begun.empty or "acquired" not in seen.firms:
        return np.nan
    sale = begun["uid"].map(seen.firms.set_index("uid")["acquired"])
    return float(((sale >= 0) & (sale - begun["month"] < float(argument))).mean())


@operator("mois entre deux tours de fonds qui se suivent, médiane (deux mois au moins)",
           "months between rounds of funds that follow each other, median (two months at least)")  # fmt: skip
def crunchbase_between(seen: Observed, first: int, last: int, argument: str) -> float:
    rounds = seen.funded(first, last)
    gap = rounds.groupby("uid")["month"].diff() if len(rounds) else pd.Series(dtype=float)
    return float(gap[gap >= 2].median())


# -- Crunchbase: where funded firms and their funds are ---------------------------------------------------------------


def _companies(seen: Observed, first: int, last: int) -> Floats:
    """Startups with a round led by a fund in the years first to last, by the zone of the first such round, [Z]."""
    rounds = seen.funded(first, last).drop_duplicates("uid") if len(seen.rounds) else seen.rounds
    if rounds.empty:
        return seen.span("rounds", first, last)
    return np.bincount(rounds["zone"], minlength=len(seen.zones)).astype(np.float64)


@operator("part du territoire dans les startups financées par un fonds",
           "share of the place in startups that a fund financed", bool)  # fmt: skip
def crunchbase_share(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_of(seen.region(argument), _companies(seen, first, last))


@operator("Gini des startups financées entre départements, dans un échantillon de la taille donnée",
           "Gini of funded startups between départements, in a sample of the size given", number)  # fmt: skip
def crunchbase_gini(seen: Observed, first: int, last: int, argument: str) -> float:
    return expected_gini(_companies(seen, first, last), round(float(argument)))


@operator("indice de Herfindahl des startups financées entre régions, dans un échantillon de la taille donnée",
           "Herfindahl index of funded startups between regions, in a sample of the size given", number)  # fmt: skip
def crunchbase_hhi(seen: Observed, first: int, last: int, argument: str) -> float:
    region, names = pd.factorize(seen.zones["region"])
    by_region = np.bincount(region, _companies(seen, first, last), len(names)).astype(np.float64)
    return expected_hhi(by_region, round(float(argument)))


@operator("départements sans startup financée, dans un échantillon de la taille donnée",
           "départements without a funded startup, in a sample of the size given", number)  # fmt: skip
def crunchbase_without(seen: Observed, first: int, last: int, argument: str) -> float:
    return share_empty(_companies(seen, first, last), round(float(argument)))


@operator("startups financées du premier département hors Île-de-France, pour une en Île-de-France",
           "funded startups of the first département outside Île-de-France, for each one in it")  # fmt: skip
def crunchbase_second(seen: Observed, first: int, last: int, argument: str) -> float:
    companies, capital = _companies(seen, first, last), seen.capital
    return float(companies[~capital].max() / companies[capital].sum()) if companies[capital].sum() > 0.0 else np.nan


def _links(seen: Observed, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Zones of the leader and of the startup of each round that a fund of the country led."""
    rounds = seen.funded(first, last)
    if len(rounds):
        rounds = rounds[(rounds["kind"] != FOREIGN) & (rounds["lead_zone"] >= 0)]
    if rounds.empty:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return rounds["lead_zone"].to_numpy(np.int64), rounds["zone"].to_numpy(np.int64)


@operator("décroissance avec la distance des tours entre un fonds chef de file et une startup",
           "decay with distance of rounds between a leading fund and a startup")  # fmt: skip
def crunchbase_distance(seen: Observed, first: int, last: int, argument: str) -> float:
    lead, zone = _links(seen, first, last)
    return distance_decay(seen.market[lead], seen.market[zone], seen.zones) if lead.size else np.nan


@operator("tours dont le fonds chef de file français est dans la zone de la startup (Île-de-France d'un bloc)",
           "rounds whose French leader sits in the zone of the startup (Île-de-France as one)")  # fmt: skip
def crunchbase_same_zone(seen: Observed, first: int, last: int, argument: str) -> float:
    lead, zone = _links(seen, first, last)
    return float((seen.market[lead] == seen.market[zone]).mean()) if lead.size else np.nan


@operator("tours dont le fonds chef de file français est dans la région de la startup",
           "rounds whose French leader sits in the region of the startup")  # fmt: skip
def crunchbase_same_region(seen: Observed, first: int, last: int, argument: str) -> float:
    lead, zone = _links(seen, first, last)
    region = pd.factorize(seen.zones["region"])[0]
    return float((region[lead] == region[zone]).mean()) if lead.size else np.nan


@operator("tours menés par un fonds de province dans sa propre région",
           "rounds led by a fund outside Île-de-France in its own region")  # fmt: skip
def crunchbase_own_region(seen: Observed, first: int, last: int, argument: str) -> float:
    lead, zone = _links(seen, first, last)
    region = pd.factorize(seen.zones["region"])[0]
    outside = ~seen.capital[lead]
    return float((region[lead] == region[zone])[outside].mean()) if outside.any() else np.nan

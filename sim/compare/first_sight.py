"""A first sight of France: figures of the reference runs beside published ones.

This is no calibration, only the question a reader asks first: does the simulated country look like France?
Published and simulated figures rarely count the same thing, so each figure says what it counts (`operator`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln

from sim.compare import null_model
from sim.compare.geography import Geography
from sim.compare.paired import Floats
from sim.compare.runs import Panel, Worlds

ILE_DE_FRANCE = ("75", "77", "78", "91", "92", "93", "94", "95")
METROPOLITAN_DEPARTEMENTS = 96
FUNDED_SAMPLE = 446


@dataclass(frozen=True)
class Sight:
    """One reference run as the figures need it: `zonal[column]` [Y, Z] and the table of its startups."""

    years: np.ndarray
    zonal: dict[str, Floats]
    firms: pd.DataFrame
    region: np.ndarray
    paris: np.ndarray
    last_month: int

    def share(
        self, column: str, first: int, last: int, part: np.ndarray, of: np.ndarray | None = None
    ) -> float:
        """Return the share of the zones `part` in the zones `of` (all), over the years stored in a span."""
        total = self._span(column, first, last).sum(axis=0)
        whole = total.sum() if of is None else total[of].sum()
        return float(total[part].sum() / whole) if whole > 0 else np.nan

    def yearly(self, column: str, first: int, last: int) -> float:
        """Return the mean national value over the stored years of a span; NaN when none is stored."""
        values = self._span(column, first, last)
        return float(values.sum(axis=1).mean()) if len(values) else np.nan

    def _span(self, column: str, first: int, last: int) -> Floats:
        return self.zonal[column][(self.years >= first) & (self.years <= last)]


@dataclass(frozen=True)
class Figure:
    """A published figure, with the band it may fall in, and how a run answers it."""

    id: str
    label_fr: str
    label_en: str
    low: float
    high: float
    unit: str
    source_fr: str
    source_en: str
    operator_fr: str
    operator_en: str
    measure: Callable[[Sight], float]


def survival_at_five(sight: Sight) -> float:
    """Return the share of startups alive at their fifth birthday, among those born since the policy start."""
    birth, closed = (sight.firms[name].to_numpy(np.int64) for name in ("birth", "closed"))
    followed = (birth >= 2013 * 12) & (birth + 60 <= sight.last_month + 1)
    if not followed.any():
        return np.nan
    alive = (closed < 0) | (closed - birth >= 60)
    return float(alive[followed].mean())


def staff_at_five(quantile: float) -> Callable[[Sight], float]:
    """Return a measure of the headcount at five years of the startups that reached it."""

    def measure(sight: Sight) -> float:
        staff = sight.firms["staff_at_five"].to_numpy(np.float64)
        staff = staff[np.isfinite(staff) & (staff > 0.0)]
        return float(np.quantile(staff, quantile)) if len(staff) else np.nan

    return measure


def younger_than_eight(year: int) -> Callable[[Sight], float]:
    """Return a measure of the number of startups under eight years alive at the end of a year."""

    def measure(sight: Sight) -> float:
        end = year * 12 + 11
        if end > sight.last_month:
            return np.nan
        birth, closed = (sight.firms[name].to_numpy(np.int64) for name in ("birth", "closed"))
        alive = (birth <= end) & ((closed < 0) | (closed > end))
        return float((alive & (end - birth < 96)).sum())

    return measure


def zones_without_funded(sight: Sight) -> float:
    """Return the expected share of zones with no startup in a sample of 446 funded ones, end of 2013.

    The published share comes from a sample of that size, and small samples leave more zones empty: it is
    compared with the same sample drawn without replacement from the simulated funded startups,
    ``P(zone empty) = C(N - k, n) / C(N, n)`` with k of N funded startups in the zone.
    """
    at = np.flatnonzero(sight.years == 2013)
    if len(at) == 0:
        return np.nan
    by_zone = sight.zonal["funded_startups"][at[0]]
    total = by_zone.sum()
    drawn = min(float(FUNDED_SAMPLE), total)
    rest = total - by_zone - drawn
    log_empty = _log_choose(np.maximum(total - by_zone, drawn), drawn) - _log_choose(total, drawn)
    return float(np.where(rest >= 0.0, np.exp(log_empty), 0.0).mean())


def _log_choose(n: Floats | float, k: float) -> Floats:
    return gammaln(np.asarray(n) + 1.0) - gammaln(k + 1.0) - gammaln(np.asarray(n) - k + 1.0)


_DGE = "DGE, Les Thémas n° 21, 2024"
_EY_FR, _EY = "EY, baromètres du capital-risque", "EY barometers of venture capital"

# fmt: off
FIGURES: tuple[Figure, ...] = (
    Figure(
        "idf_share_entrants", "part de l'Île-de-France dans les créations", "Île-de-France share of entrants",
        0.47, 0.515, "share", _DGE, _DGE,
        "publié : stock de startups ; simulé : créations 2014-2023",
        "published: stock of startups; simulated: entries 2014-2023",
        lambda s: s.share("entries", 2014, 2023, s.region),
    ),
    Figure(
        "paris_share_idf", "part de Paris dans les startups d'Île-de-France",
        "Paris share of Île-de-France startups",
        0.70, 0.80, "share", _DGE + " (environ 75 %, à 5 points près)", _DGE + " (about 75 %, band of 5 points)",
        "stock de startups, moyenne 2014-2023", "stock of startups, mean 2014-2023",
        lambda s: s.share("startups", 2014, 2023, s.paris, of=s.region),
    ),
    Figure(
        "idf_share_jobs", "part de l'Île-de-France dans les emplois", "Île-de-France share of jobs",
        0.61, 0.63, "share", _DGE, _DGE,
        "toutes les startups en activité, 2014-2023", "all startups alive, 2014-2023",
        lambda s: s.share("jobs", 2014, 2023, s.region),
    ),
    Figure(
        "idf_share_raised", "part de l'Île-de-France dans les fonds levés",
        "Île-de-France share of funds raised",
        0.73, 0.81, "share", _EY_FR, _EY,
        "montants, 2014-2023", "amounts, 2014-2023",
        lambda s: s.share("raised_eur", 2014, 2023, s.region),
    ),
    Figure(
        "survival_five_years", "survie à cinq ans", "five-year survival",
        0.60, 0.66, "share", "INSEE, Sine, entreprises de l'information-communication de 2010 et de 2014",
        "INSEE, Sine, information-communication firms of 2010 and 2014",
        "nées depuis 2013 et suivies cinq ans", "born since 2013 and followed for five years",
        survival_at_five,
    ),
    Figure(
        "entries_a_year", "créations par an", "entries a year",
        1800.0, 2600.0, "startups/year", "déduit du stock de " + _DGE, "derived from the stock of " + _DGE,
        "moyenne 2014-2023", "mean 2014-2023",
        lambda s: s.yearly("entries", 2014, 2023),
    ),
    Figure(
        "staff_five_years_median", "effectif médian à cinq ans", "median headcount at five years",
        3.0, 5.0, "persons", _DGE + ", startups de 2016", _DGE + ", startups of 2016",
        "startups atteignant cinq ans", "startups that reach five years",
        staff_at_five(0.5),
    ),
    Figure(
        "staff_five_years_q3", "effectif à cinq ans, troisième quartile",
        "third quartile of headcount at five years",
        9.0, 14.0, "persons", _DGE + ", startups de 2016", _DGE + ", startups of 2016",
        "startups atteignant cinq ans", "startups that reach five years",
        staff_at_five(0.75),
    ),
    Figure(
        "jobs_2016", "emplois en 2016", "jobs in 2016",
        0.85 * 166e3, 1.15 * 166e3, "jobs", _DGE + " (166 000, à 15 % près)", _DGE + " (166,000, band of 15 %)",
        "publié : startups reconnues de moins de 8 ans ; simulé : toutes les startups",
        "published: recognised startups under 8 years; simulated: all startups",
        lambda s: s.yearly("jobs", 2016, 2016),
    ),
    Figure(
        "jobs_2021", "emplois en 2021", "jobs in 2021",
        0.85 * 200e3, 1.15 * 200e3, "jobs", _DGE + " (environ 200 000, à 15 % près)",
        _DGE + " (about 200,000, band of 15 %)",
        "publié : startups reconnues de moins de 8 ans ; simulé : toutes les startups",
        "published: recognised startups under 8 years; simulated: all startups",
        lambda s: s.yearly("jobs", 2021, 2021),
    ),
    Figure(
        "startups_under_8_2016", "startups de moins de 8 ans, fin 2016",
        "startups under 8 years, end of 2016",
        0.9 * 13e3, 1.1 * 13e3, "startups", _DGE + " (13 000, à 10 % près)", _DGE + " (13,000, band of 10 %)",
        "publié : repérées par une aide ou une levée ; simulé : toutes",
        "published: identified by an aid or a round; simulated: all",
        younger_than_eight(2016),
    ),
    Figure(
        "startups_under_8_2021", "startups de moins de 8 ans, fin 2021",
        "startups under 8 years, end of 2021",
        0.9 * 16.6e3, 1.1 * 16.6e3, "startups", _DGE + " (16 600, à 10 % près)", _DGE + " (16,600, band of 10 %)",
        "publié : repérées par une aide ou une levée ; simulé : toutes",
        "published: identified by an aid or a round; simulated: all",
        younger_than_eight(2021),
    ),
    Figure(
        "departements_without_funded", "départements sans startup financée",
        "départements without a funded startup",
        0.565, 0.665, "share", "extrait de Crunchbase, levées de 2005 à 2013 (61,5 % des 96, à 5 points près)",
        "Crunchbase extract, rounds 2005-2013 (0.615 of 96, band of 5 points)",
        "échantillon de 446 startups financées, fin 2013", "sample of 446 funded startups, end of 2013",
        zones_without_funded,
    ),
    Figure(
        "raised_a_year", "fonds levés par an, 2013-2014", "funds raised a year, 2013-2014",
        897e6, 975e6, "EUR2015/year", _EY_FR + ", 2013 et 2014", _EY + ", 2013 and 2014",
        "publié : capital-risque, euros courants ; simulé : fonds propres, euros de 2015",
        "published: venture capital, current euros; simulated: equity, 2015 euros",
        lambda s: s.yearly("raised_eur", 2013, 2014),
    ),
    Figure(
        "rounds_a_year", "levées par an, 2013-2014", "rounds a year, 2013-2014",
        372.0, 388.0, "rounds/year", _EY_FR + ", 2013 et 2014", _EY + ", 2013 and 2014",
        "publié : opérations de capital-risque ; simulé : levées menées par des fonds",
        "published: venture capital deals; simulated: rounds led by funds",
        lambda s: s.yearly("rounds", 2013, 2014),
    ),
)

# fmt: on

COLUMNS = [
    "figure",
    "label_fr",
    "label_en",
    "published_low",
    "published_high",
    "simulated_mean",
    "simulated_p10",
    "simulated_p90",
    "unit",
    "source_fr",
    "source_en",
    "inside",
    "operator_fr",
    "operator_en",
    "n",
    "without_agents",
    "without_agents_inside",
]


def is_france(geography: Geography) -> bool:
    """Tell whether the zones are the 96 metropolitan départements, by their codes."""
    codes = set(geography.zones["code"])
    return len(codes) == METROPOLITAN_DEPARTEMENTS and codes.issuperset((*ILE_DE_FRANCE, "2A", "2B"))


def first_sight(worlds: Worlds, panel: Panel, geography: Geography, last_month: int) -> pd.DataFrame:
    """Return published and simulated figures of the reference; no row when the territory is not France.

    Figures whose years were not simulated are left out.
    """
    if not is_france(geography):
        return pd.DataFrame(columns=COLUMNS)
    codes = geography.zones["code"]
    region, paris = np.flatnonzero(codes.isin(ILE_DE_FRANCE)), np.flatnonzero(codes == "75")
    runs = worlds.shared(0)
    found = np.empty((len(runs), len(FIGURES)))
    for k, column in enumerate(runs):
        zonal = {name: values[0, column] for name, values in panel.zonal.items()}
        firms = worlds.table("firms", 0, column)
        sight = Sight(panel.years, zonal, firms, region, paris, last_month)
        found[k] = [figure.measure(sight) for figure in FIGURES]
    alone = without_agents(geography, panel.years, region, paris, last_month)
    return pd.DataFrame(
        [
            _row(figure, values, null)
            for figure, values, null in zip(FIGURES, found.T, alone)
            if np.isfinite(values).all()
        ],
        columns=COLUMNS,
    )


def without_agents(
    geography: Geography, years: np.ndarray, region: np.ndarray, paris: np.ndarray, last_month: int
) -> list[float]:
    """Return each figure as the model without agents gives it; NaN where the territory lacks what it needs."""
    if not set(null_model.NEEDED) <= set(geography.zones.columns):
        return [np.nan] * len(FIGURES)
    zonal, firms = null_model.expected(geography, years, last_month)
    sight = Sight(years, zonal, firms, region, paris, last_month)
    return [figure.measure(sight) for figure in FIGURES]


def _row(figure: Figure, values: Floats, null: float) -> dict[str, object]:
    mean = float(values.mean())
    p10, p90 = np.quantile(values, [0.1, 0.9])
    return {
        "figure": figure.id,
        "label_fr": figure.label_fr,
        "label_en": figure.label_en,
        "published_low": figure.low,
        "published_high": figure.high,
        "simulated_mean": mean,
        "simulated_p10": float(p10),
        "simulated_p90": float(p90),
        "unit": figure.unit,
        "source_fr": figure.source_fr,
        "source_en": figure.source_en,
        "inside": figure.low <= mean <= figure.high,
        "operator_fr": figure.operator_fr,
        "operator_en": figure.operator_en,
        "n": len(values),
        "without_agents": null,
        "without_agents_inside": figure.low <= null <= figure.high,
    }

"""Published effects of policies, and the same effects in paired runs: what the model says where others measured.

Each benchmark compares two arms of the study `benchmarks` that differ by one policy alone, with the same seeds. A
startup keeps its identity in both arms, so that firms that received aid are compared with themselves without it: this
is the true effect, which those who published could only estimate. Where a benchmark names a design, it is asked as its
authors asked it, from one world (`sim.evaluation.authors`). Benchmarks that a parameter was set on are marked *by
construction*: they are shown, not scored (ruling 20 on the science).

Every found value is a function of sums over pairs of runs (mostly a ratio of two), so that one bootstrap over pairs
gives the interval of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, bootstrap_means
from sim.evaluation import authors

Tables = Callable[[str], pd.DataFrame]
"""Gives a table of one run by its name: series, firms, ledger, hubs; and history, the years before."""

BASELINE: Final = "baseline"
JUDGED_WITHIN: Final = 0.25  # of a published effect that came without a range


@dataclass(frozen=True)
class Years:
    """When policies act, and when their effect is read.

    Attributes
    ----------
    first : first year of the policies
    last : year in whose December effects are read
    horizon : rank of that December among the horizons of the study, as in the columns ``staff_h0`` to ``staff_h2``
    """

    first: int
    last: int
    horizon: int


@dataclass(frozen=True)
class Benchmark:
    """A published figure, and how the model is asked for it.

    Attributes
    ----------
    number, text : its number in the list of benchmarks, and what it says in each language
    low, high : range of published values; one value alone is widened by a quarter of the effect it tells of
    pair : arms with and without the policy
    parts : figures of one pair of runs, summed over pairs before `value` is asked
    value : found value of sums, [..., k] -> [...]
    by_construction : whether a parameter of the model was set on it
    apart : whether `parts` also takes the same pair in a world where nothing spills over
    design : how the authors estimated it, where it is asked in the same way; None where the true effect is read
    """

    number: str
    text: Mapping[str, str]
    unit: str
    low: float
    high: float
    source: str
    pair: tuple[str, str]
    parts: Callable[..., tuple[float, ...]]
    value: Callable[[Floats], Floats]
    by_construction: bool = False
    apart: bool = False
    design: str | None = None


# --- firms and their twins ------------------------------------------------------------------------------------------
def matched(here: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    """Firms that the policy aided, with their twins, whose columns have the suffix ``_twin``.

    A firm that was aided without the policy as well is left out; one without a twin has nothing: no staff, no capital.
    """
    wide = here[here["aided"]].merge(there, on="uid", how="left", suffixes=("", "_twin"))
    numbers = [name for name in map(str, wide.columns) if name.endswith("_twin") and wide[name].dtype.kind in "fiu"]
    wide = wide.fillna({**dict.fromkeys(numbers, 0), "last_round_twin": -1})
    return wide[~wide["aided_twin"].fillna(False).astype(bool)]


def capital_after_grant(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
    """P9: firms that raised capital after their first grant, and their twins that did after the same month."""
    wide = matched(here("firms"), there("firms"))
    wide = wide[wide["granted"] >= 0]
    return tuple(float((wide[name] > wide["granted"]).sum()) for name in ("last_round", "last_round_twin"))


def euros_and_jobs(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
    """P10: euros of the relief to the end of the last year; people of aided firms then, above those of their twins."""
    ledger, staff = here("ledger"), f"staff_h{years.horizon}"
    paid = ledger.loc[(ledger["instrument"] == "young_firms") & (ledger["year"] <= years.last), "eur"].sum()
    wide = matched(here("firms"), there("firms"))
    return float(paid), float((wide[staff] - wide[f"{staff}_twin"]).sum())


def firms_that_gain(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
    """P10: aided firms with more people than their twins at the end, and all aided firms in business then."""
    wide, staff = matched(here("firms"), there("firms")), f"staff_h{years.horizon}"
    wide = wide[wide[staff] > 0]
    return float((wide[staff] > wide[f"{staff}_twin"]).sum()), float(len(wide))


def staff_by_company(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
    """P11: people, with and without the policy, of firms in a place with unlike ones, then of firms in other places."""
    wide, staff = matched(here("firms"), there("firms")), f"staff_h{years.horizon}"
    wide = wide[wide["in_place"] & (wide[f"{staff}_twin"] > 0)]
    mixed = wide["mixing"] > 0.0
    return tuple(float(wide.loc[rows, name].sum()) for rows in (mixed, ~mixed) for name in (staff, f"{staff}_twin"))


def innovations_in_hubs(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
    """P12: innovations of startups founded since the policy in the quartiers of hubs, with and without links."""
    wide = here("firms").merge(there("firms"), on="uid", suffixes=("", "_twin"))
    wide = wide[wide["in_hub"] & wide["in_hub_twin"] & (wide["birth"] >= 12 * years.first)]
    return float(wide["innovations"].sum()), float(wide["innovations_twin"].sum())


# --- the nation and its places --------------------------------------------------------------------------------------
def national(column: str, *, at_the_end: bool = False) -> Callable[..., tuple[float, ...]]:
    """Sums of a column over zones and the years of the policies (or the last one), with and without the policy."""

    def parts(years: Years, here: Tables, there: Tables) -> tuple[float, ...]:
        first = years.last if at_the_end else years.first
        both = (here("series"), there("series"))
        return tuple(float(t.loc[t["year"].between(first, years.last), column].sum()) for t in both)

    return parts


def employment_added(years: Years, here: Tables, there: Tables) -> Floats:
    """Digital employment that a policy adds at the end, in the zones of its hubs and in the nation; that of other
    employers is part of it, since startups hire from them.
    """
    zones = here("hubs")["zone"].unique()
    out = np.zeros(2)
    for sign, table in ((1.0, here("series")), (-1.0, there("series"))):
        jobs = table[table["year"] == years.last]
        employed = jobs["jobs"] + jobs["employed_elsewhere"]
        out += sign * np.array([employed[jobs["zone"].isin(zones)].sum(), employed.sum()])
    return out


def employment_of_spillovers(
    years: Years, here: Tables, there: Tables, here_apart: Tables, there_apart: Tables
) -> tuple[float, ...]:
    """P6: employment that a push adds through spillovers, in its zones and in the nation: what it adds less what it
    adds in a world where nothing spills over.
    """
    local, nation = employment_added(years, here, there) - employment_added(years, here_apart, there_apart)
    return float(local), float(nation)


# --- found values ---------------------------------------------------------------------------------------------------
def ratio(sums: Floats) -> Floats:
    """First sum over the second."""
    return np.asarray(sums[..., 0] / sums[..., 1])


def price(sums: Floats) -> Floats:
    """Euros for each job; without bound where there is none."""
    eur, jobs = sums[..., 0], sums[..., 1]
    return np.where(jobs > 0.0, eur / np.where(jobs > 0.0, jobs, 1.0), np.inf)


def offset(sums: Floats) -> Floats:
    """Part of local gains that is lost elsewhere."""
    return np.asarray(1.0 - sums[..., 1] / sums[..., 0])


def contrast(sums: Floats) -> Floats:
    """One ratio less another."""
    return ratio(sums[..., :2]) - ratio(sums[..., 2:])


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("P1", {"en": "part of evaluations that see jobs added by a label with little money on declining zones",
                     "fr": "part des évaluations qui voient des emplois ajoutés par un label peu doté sur un déclin"},
              "1", 0.0, 0.05, "Martin, Mayer and Mayneris 2011: no robust effect; one in twenty is the level of a test",
              ("weak_label", BASELINE), authors.label_on_decline, ratio, design="did"),
    Benchmark("P2", {"en": "people that a grant of some 110 kEUR adds to a firm, by matching",
                     "fr": "personnes qu'une subvention d'environ 110 kEUR ajoute à une firme, par appariement"},
              "1", 1.3, 1.3, "Bellégo and Dortet-Bernadet 2014: clusters add 100 to 116 kEUR a year and 1.3 R&D jobs",
              ("small_grants", BASELINE), authors.people_by_matching(granted=True), ratio, design="matching"),
    Benchmark("P3", {"en": "points that shared places and cooperation add to the share of innovators",
                     "fr": "points que lieux partagés et coopération ajoutent à la part d'innovateurs"},
              "1", 0.046, 0.057, "Falck, Heblich and Kipar 2010: Bavaria, 4.6 to 5.7 points",
              ("hubs_linked", BASELINE), authors.innovators, ratio, design="did"),
    Benchmark("P4", {"en": "part of what a synthetic control finds on a rising area that is there without the policy",
                     "fr": "part de ce qu'un contrôle synthétique trouve sur un lieu montant, là aussi sans politique"},
              "1", 0.5, 1.5, "Nathan 2022, Tech City: most effects preceded the roll-out; half or more is ours",
              ("light_touch", BASELINE), authors.before_the_policy, ratio, design="synthetic"),
    Benchmark("P5", {"en": "part of the startups added to quartiers with cheap premises that come from elsewhere",
                     "fr": "part des startups ajoutées aux quartiers à locaux moins chers qui viennent d'ailleurs"},
              "1", 0.67, 1.0, "Rathelot and Sillard 2008: two thirds; Mayer, Mayneris and Py 2017: all of it",
              ("free_zones", BASELINE), authors.transfers, ratio),
    Benchmark("P6", {"en": "part of a place's agglomeration gains that other places lose",
                     "fr": "part des gains d'agglomération d'un lieu que les autres lieux perdent"},
              "1", 1.0, 1.0, "Kline and Moretti 2014, Tennessee Valley Authority",
              ("big_push", BASELINE), employment_of_spillovers, offset, apart=True),
    Benchmark("P7", {"en": "part of départements that keep half the effect of the last euro of a uniform transfer",
                     "fr": "part des départements où le dernier euro d'un même transfert garde la moitié de son effet"},
              "1", 0.20, 0.47, "Becker, Egger and von Ehrlich 2013: some 30 % of regions turn transfers into growth",
              ("small_grants", BASELINE), authors.regions_that_convert, ratio, by_construction=True),
    Benchmark("P8", {"en": "deals of business angels with a tax credit of 35 %, over those without",
                     "fr": "investissements des business angels avec un crédit d'impôt de 35 %, rapportés à ceux sans"},
              "1", 1.18, 1.18, "Denes, Howell, Mezzanotti, Wang and Xu 2023",
              ("angel_tax_credit", BASELINE), national("angel_deals"), ratio, by_construction=True),
    Benchmark("P8", {"en": "business angels with it, over those without",
                     "fr": "business angels avec ce crédit, rapportés à ceux sans"},
              "1", 1.32, 1.32, "the same",
              ("angel_tax_credit", BASELINE), national("angels", at_the_end=True), ratio, by_construction=True),
    Benchmark("P8", {"en": "startups founded with it, over those without",
                     "fr": "startups créées avec ce crédit, rapportées à celles sans"},
              "1", 0.99, 1.01, "the same: no effect; within 1 % is ours",
              ("angel_tax_credit", BASELINE), national("entries"), ratio, by_construction=True),
    Benchmark("P8", {"en": "jobs with it, over those without", "fr": "emplois avec ce crédit, rapportés à ceux sans"},
              "1", 0.99, 1.01, "the same: no effect; within 1 % is ours",
              ("angel_tax_credit", BASELINE), national("jobs", at_the_end=True), ratio, by_construction=True),
    Benchmark("P9", {"en": "chance of later venture capital with a first small grant, over without",
                     "fr": "chance de lever ensuite du capital avec une première petite subvention, sur celle sans"},
              "1", 1.7, 2.2, "Howell 2017: from 10 to 19 %",
              ("small_grants", BASELINE), capital_after_grant, ratio, by_construction=True),
    Benchmark("P10", {"en": "tax relief for each job that would not be there without it",
                      "fr": "allègement par emploi qui n'existerait pas sans lui"},
              "EUR/job", 48e3, 67e3, "DGCIS 2012: 800 MEUR, 12,000 jobs, 16,600 with those of firms that survived",
              ("young_firm_relief", BASELINE), euros_and_jobs, price),
    Benchmark("P10", {"en": "share of firms with the relief that have more people with it",
                      "fr": "part des bénéficiaires qui ont plus de salariés avec l'allègement"},
              "1", 0.0, 0.16, "INSEE 2021: an effect for 16 % of beneficiaries, none from the fourth year on",
              ("young_firm_relief", BASELINE), firms_that_gain, ratio),
    Benchmark("P10", {"en": "tax relief for each job that matching with other firms credits it with",
                      "fr": "allègement par emploi que lui attribue un appariement avec d'autres firmes"},
              "EUR/job", 48e3, 67e3, "DGCIS 2012, with its own design", ("young_firm_relief", BASELINE),
              authors.relief_by_matching, price, design="matching"),
    Benchmark("P11", {"en": "growth of firms that share a place with unlike firms, above that of others there",
                      "fr": "croissance des firmes qui en côtoient de différentes dans un lieu, au-delà des autres"},
              "1", 0.0, np.inf, "Roche, Oettl and Catalini 2024: spillovers within 20 m, between dissimilar firms",
              ("coworking", BASELINE), staff_by_company, contrast, by_construction=True),
    Benchmark("P12", {"en": "innovations of startups in linked hubs, over those in the same hubs without links",
                      "fr": "innovations des startups de pôles reliés, rapportées aux mêmes pôles sans liens"},
              "1", 1.031, 1.058, "Bernstein, Giroud and Townsend 2016: +3.1 % patents, +5.8 % citations",
              ("hubs_linked", "hubs_apart"), innovations_in_hubs, ratio, by_construction=True),
    Benchmark("P13", {"en": "elasticity of innovations per person to the size of the cluster, between zones",
                      "fr": "élasticité des innovations par personne à la taille du pôle, entre territoires"},
              "1", 0.0, 0.0676, "Moretti 2021: 0.0676; Wiebe 2024 finds none", ("big_push", BASELINE),
              authors.size_elasticity, ratio, design="regression"),
    Benchmark("P14", {"en": "gain in innovations per person of a cluster twice as large, from a push",
                      "fr": "gain d'innovations par personne d'un pôle deux fois plus grand, après un grand plan"},
              "1", 0.0, 0.05, "Duranton 2011: a few per cent of productivity; up to 5 % is ours",
              ("big_push", BASELINE), authors.twice_the_cluster, authors.doubled),
)


def accepted(benchmark: Benchmark) -> tuple[float, float]:
    """Range in which a found value agrees; an effect is counted from one where the value is a ratio of two worlds."""
    low, high = benchmark.low, benchmark.high
    if low < high:
        return low, high
    zero = 1.0 if benchmark.value is ratio else 0.0
    room = JUDGED_WITHIN * abs(low - zero)
    return low - room, high + room


def found(benchmark: Benchmark, parts: Sequence[tuple[float, ...]]) -> dict[str, object]:
    """Published and found side by side.

    Parameters
    ----------
    parts : figures of each pair of runs

    Returns
    -------
    number, unit, published range, found value with its 95 % interval, number of pairs, source, the verdict, `pass` or
    `miss`, and whether a parameter was set on the published value
    """
    sums = np.array(parts, dtype=np.float64)
    low, high = accepted(benchmark)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(benchmark.value(sums.mean(axis=0)))
        spread = benchmark.value(bootstrap_means(sums)) if len(sums) > 1 else np.full(1, np.nan)
    ci_low, ci_high = _quantiles(spread)
    verdict = "pass" if low <= value <= high else "miss"
    return {"number": benchmark.number, "meaning": dict(benchmark.text), "unit": benchmark.unit, "low": benchmark.low,
            "high": benchmark.high, "found": value, "ci95_low": ci_low, "ci95_high": ci_high, "pairs": len(sums),
            "verdict": verdict, "by_construction": benchmark.by_construction, "design": benchmark.design,
            "source": benchmark.source}


def _quantiles(spread: Floats) -> tuple[float, float]:
    """Quantiles of resampled values, some of which may be without bound; NaN where one is not defined."""
    if np.isnan(spread).any():
        return np.nan, np.nan
    low, high = np.quantile(spread, [0.025, 0.975], method="nearest")
    return float(low), float(high)

"""The designs an evaluator may choose, each with the data it needs and the truth it looks for.

Every design gives, for one pair of worlds, its estimate, the truth, and what it finds where there is no policy
(`sim.evaluation.told`). Those of zones look for the effect on the treated zones; those of firms for that on the firms
aided; rings for that on the quartiers of a ring; the discontinuity for that on zones at the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evaluation import did, discontinuity, matching, rings
from sim.evaluation.case import FAR_KM, Case, Zones
from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.panel import Panel
from sim.evaluation.synthetic import synthetic
from sim.evaluation.told import Told, tell

BANDWIDTH: Final = 0.10  # of the score, from 0 to 1, on each side of the threshold: assumption
NEIGHBOURS: Final = 4  # zones or firms with which each treated one is matched (Abadie and Imbens 2006)


@dataclass(frozen=True)
class Design:
    """One design.

    Attributes
    ----------
    text : what it does, in each language
    unit : of its estimate: `scale` (that of the observation), `people` per firm, `density` (startups per km2)
    run : estimates and truth in one pair of worlds; raises `NotEstimable` where the data do not allow it
    """

    id: str
    text: Mapping[str, str]
    unit: str
    run: Callable[[Case], Told]


# --- zones ----------------------------------------------------------------------------------------------------------
def _zones(estimator: Callable[[Panel], Estimate], keep: Callable[[Case], NDArray[np.bool_]] | None = None
           ) -> Callable[[Case], Told]:
    """A design that applies an estimator to the panel of zones, or of those to keep."""

    def run(case: Case) -> Told:
        zones = case.zones if keep is None else case.zones.keep(keep(case))
        return tell(estimator, zones.policy, zones.without, zones.error)

    return run


def before_after(panel: Panel) -> Estimate:
    """Mean change of the treated: all that happened counts as the policy's."""
    change = panel.complete().change()[panel.complete().treated]
    if len(change) < 2:
        raise NotEstimable("a variance needs two treated zones")
    return with_interval(change.mean(), change.std(ddof=1) / np.sqrt(len(change)), len(change), 0,
                         freedom=len(change) - 1)


def matched_zones(panel: Panel) -> Estimate:
    """Change of each treated zone less that of those with the nearest level and growth before."""
    panel = panel.complete()
    before = panel.values[:, panel.years < panel.start]
    like = np.column_stack([before[:, -1], before[:, -1] - before[:, 0]])
    treated = panel.treated
    return matching.effect(panel.change(), treated, matching.nearest(like, treated, ~treated, NEIGHBOURS))


def far(case: Case) -> NDArray[np.bool_]:
    """Treated zones, and those far from every hub."""
    return np.asarray((case.first != 0) | (case.hub_km >= FAR_KM))


def candidates(case: Case) -> NDArray[np.bool_]:
    """Zones that applied and were eligible."""
    if case.scores is None:
        raise NotEstimable("nobody applied: the label was not given by a call")
    return np.isfinite(case.scores)


def by_lot(case: Case) -> Told:
    """Winners of a lottery against the other candidates."""
    if case.threshold is not None:
        raise NotEstimable("the label was not drawn by lot")
    return _zones(did.winners, candidates)(case)


def at_the_threshold(case: Case) -> Told:
    """Candidates just above the threshold against those just below."""
    if case.threshold is None or case.scores is None:
        raise NotEstimable("the label was not given above a threshold")
    zones, score = case.zones.keep(candidates(case)), case.scores[candidates(case)]
    seen, blank = (Panel(w.values + zones.error, w.years, w.first) for w in (zones.policy, zones.without))
    whole = np.isfinite(zones.error).all(axis=1)
    score, threshold = score[whole], case.threshold

    def estimate(panel: Panel) -> Estimate:
        return discontinuity.jump(panel.change()[whole], score, threshold, BANDWIDTH)

    effect = (zones.policy.change() - zones.without.change())[whole]
    truth = discontinuity.at_threshold(effect, score, threshold, BANDWIDTH)
    return Told(estimate(seen), truth, estimate(blank).value)


# --- firms ----------------------------------------------------------------------------------------------------------
def _firms(survivors: bool) -> Callable[[Case], Told]:
    """Growth of firms that were aided, against like firms that never were; a closed firm has nobody, or is left out."""

    def run(case: Case) -> Told:
        if case.horizons[0] >= 12 * case.first_year or len(case.horizons) < 2:
            raise NotEstimable("the staff of firms was not noted before the policy and after: see the horizons")
        firms = case.firms
        kept = (firms["staff_h1"] > 0) if survivors else np.ones(len(firms), bool)
        firms = firms[np.asarray(kept)]
        treated = firms["aided_h1"].to_numpy(bool)
        firms, treated = _observed(case, firms, treated)
        matches = matching.nearest(like_firms(case, firms), treated, ~treated & ~firms["aided"].to_numpy(bool),
                                   NEIGHBOURS, exact=firms["sector"].to_numpy(np.int64))
        growth, usual = ((firms[f"staff_h1{twin}"] - firms["staff_h0"]).to_numpy(float) for twin in ("", "_twin"))
        found = matching.effect(growth, treated, matches)
        have = np.unique(matches.unit)
        gap = (growth - matches.counterfactual(growth, len(firms)))[have]
        more = {"hidden_bias": matching.hidden_bias(gap)}
        estimate = Estimate(found.value, found.se, found.low, found.high, found.treated, found.controls, more)
        return Told(estimate, float((growth - usual)[have].mean()), matching.effect(usual, treated, matches).value)

    return run


def like_firms(case: Case, firms: pd.DataFrame) -> Floats:
    """What firms are matched on: staff and age before the policy, and startups of their zone then, in logarithms."""
    series = case.here("series")
    then = series[series["year"] == case.horizons[0] // 12].groupby("zone")["startups"].sum()
    around = then.reindex(firms["zone"]).fillna(0.0).to_numpy()
    age = np.maximum(case.horizons[0] - firms["birth"].to_numpy(), 1)
    return np.log(np.column_stack([firms["staff_h0"].to_numpy(float), age, 1.0 + around]))


def _observed(case: Case, firms: pd.DataFrame, treated: NDArray[np.bool_]) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Firms that answer at both dates, their staff with the error of measurement."""
    staff = firms[["staff_h0", "staff_h1"]].to_numpy(float)
    error = case.seen.error(staff, case.seed) * (0.01 if case.seen.scale == "log" else 1.0)
    if case.seen.scale == "log":
        error = error * staff
    there = np.isfinite(error).all(axis=1)
    if treated[there].sum() < 2:
        raise NotEstimable("fewer than two aided firms were in business before the policy")
    noted = firms.iloc[np.flatnonzero(there)].copy()
    for k, name in enumerate(("staff_h0", "staff_h1")):
        noted[name] = np.maximum(staff[there, k] + error[there, k], float(k == 0) * 0.5)
    return noted, treated[there]


# --- quartiers ------------------------------------------------------------------------------------------------------
def _ring(number: int) -> Callable[[Case], Told]:
    """Startups of quartiers in a ring around hubs, against those beyond the last ring."""

    def run(case: Case) -> Told:
        cells, hubs = case.geography.cells, case.hubs
        if not len(hubs):
            raise NotEstimable("the policy has no hub")
        km2 = (cells["size_m"].to_numpy() / 1000.0) ** 2
        years = case.first_year - 1, case.horizons[-1] // 12
        change, usual = (
            (case.startups_by_cell(table, years[1]) - case.startups_by_cell(table, years[0])) / km2
            for table in (case.here, case.there)
        )
        places = (cells["x_m"].to_numpy(float), cells["y_m"].to_numpy(float))
        ring = rings.ring_of(*places, hubs["x_m"].to_numpy(float), hubs["y_m"].to_numpy(float))
        cluster, beyond = cells["zone"].to_numpy(np.int64), len(rings.EDGES_KM)
        found, blank = (rings.by_ring(each, ring, cluster, number, beyond) for each in (change, usual))
        return Told(found, float((change - usual)[ring == number].mean()), blank.value)

    return run


DESIGNS: Final[tuple[Design, ...]] = (
    Design("before_after", {"en": "before and after, treated alone", "fr": "avant-après, aidés seuls"},
           "scale", _zones(before_after)),
    Design("did", {"en": "differences in differences", "fr": "différence de différences"},
           "scale", _zones(did.two_way)),
    Design("did_far", {"en": f"the same, controls beyond {FAR_KM:.0f} km",
                       "fr": f"idem, témoins à plus de {FAR_KM:.0f} km"}, "scale", _zones(did.two_way, far)),
    Design("staggered", {"en": "the same, by wave and year", "fr": "idem, par vague et année"},
           "scale", _zones(did.staggered)),
    Design("matched", {"en": "matching and differences, zones", "fr": "appariement et différences, territoires"},
           "scale", _zones(matched_zones)),
    Design("synthetic", {"en": "synthetic control, placebos", "fr": "contrôle synthétique, placebos"},
           "scale", _zones(synthetic)),
    Design("lottery", {"en": "lottery, winners and losers", "fr": "tirage au sort, gagnants et perdants"},
           "scale", by_lot),
    Design("discontinuity", {"en": "discontinuity at the threshold", "fr": "discontinuité au seuil"},
           "scale", at_the_threshold),
    Design("firms", {"en": "matching and differences, firms", "fr": "appariement et différences, entreprises"},
           "people", _firms(survivors=False)),
    Design("survivors", {"en": "the same, surviving firms alone", "fr": "les mêmes, entreprises survivantes seules"},
           "people", _firms(survivors=True)),
    Design("ring_1", {"en": "ring within 1 mile of a hub", "fr": "couronne à moins de 1,6 km d'un pôle"},
           "density", _ring(0)),
    Design("ring_5", {"en": "ring from 1 to 5 miles", "fr": "couronne de 1,6 à 8 km"}, "density", _ring(1)),
    Design("ring_15", {"en": "ring from 5 to 15 miles", "fr": "couronne de 8 à 24 km"}, "density", _ring(2)),
)
__all__ = ["BANDWIDTH", "DESIGNS", "Design", "Zones"]

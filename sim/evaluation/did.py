"""Differences in differences: two-way fixed effects, group-time effects for staggered starts, winners against losers.

Source of the group-time effects: Callaway and Sant'Anna (2021), Difference-in-differences with multiple time periods,
Journal of Econometrics 225; without covariates, and with units that are never treated as controls. Their standard
errors follow from the influence function of each unit, that of estimated group shares included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.evaluation.estimate import Estimate, Floats, NotEstimable, with_interval
from sim.evaluation.libraries import need
from sim.evaluation.panel import Panel


def two_way(panel: Panel) -> Estimate:
    """Regress on effects of units and years and on treatment; errors are clustered by unit.

    With one date of treatment this is the change of the treated less that of the controls. With several, and effects
    that grow, it is a weighted mean whose weights may be negative (Goodman-Bacon 2021).
    """
    panel = panel.complete()
    if len(panel.first) < 3:
        raise NotEstimable("an error needs three units at least")
    frame = panel.frame().set_index(["unit", "year"])
    model = need("linearmodels.panel").PanelOLS(frame["value"], frame[["on"]], entity_effects=True, time_effects=True)
    fit = model.fit(cov_type="clustered", cluster_entity=True)
    treated = int(panel.treated.sum())
    units = len(panel.first)
    return with_interval(fit.params["on"], fit.std_errors["on"], treated, units - treated, freedom=units - 1)


def winners(panel: Panel) -> Estimate:
    """Mean change of the treated less that of the others, with the variances of both (Neyman; Welch's freedom).

    What a lottery allows: assignment by lot makes the two groups differ by chance alone.
    """
    panel = panel.complete()
    change, treated = panel.change(), panel.treated
    one, two = change[treated], change[~treated]
    if min(len(one), len(two)) < 2:
        raise NotEstimable("a variance needs two treated units and two controls")
    parts = np.array([one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)])
    share = parts / parts.sum() if parts.any() else np.zeros(2)
    freedom = 1.0 / max((share**2 / [len(one) - 1, len(two) - 1]).sum(), 1e-12)
    return with_interval(one.mean() - two.mean(), np.sqrt(parts.sum()), len(one), len(two), freedom=float(freedom))


@dataclass(frozen=True)
class GroupTimes:
    """Effects on each group (units that start in the same year) in each year.

    Attributes
    ----------
    group, year : int64[K], start of the group and year of the effect
    att : float64[K]
    influence : float64[K, n], of each unit on each effect
    first : int64[n], start of each unit
    """

    group: NDArray[np.int64]
    year: NDArray[np.int64]
    att: Floats
    influence: Floats
    first: NDArray[np.int64]

    @property
    def se(self) -> Floats:
        """Standard error of each effect, [K]."""
        return np.asarray(np.sqrt((self.influence**2).mean(axis=1) / self.first.size))


def group_times(panel: Panel) -> GroupTimes:
    """Change of each group since its last year before treatment, less that of the never treated.

    Years before treatment are compared with the year before them: effects there are placebos.
    """
    panel = panel.complete()
    n, controls = panel.first.size, ~panel.treated
    groups = [g for g in np.unique(panel.first[panel.treated]) if g > panel.years[0]]
    rows: list[tuple[int, int, float]] = []
    influence: list[Floats] = []
    for g in groups:
        own = panel.first == g
        base = int(np.flatnonzero(panel.years < g)[-1])
        for k in range(1, panel.years.size):
            since = base if panel.years[k] >= g else k - 1
            change = panel.values[:, k] - panel.values[:, since]
            gain, usual = change[own].mean(), change[controls].mean()
            rows.append((int(g), int(panel.years[k]), gain - usual))
            influence.append(n / own.sum() * own * (change - gain) - n / controls.sum() * controls * (change - usual))
    group, year, att = (np.array(column) for column in zip(*rows))
    return GroupTimes(group, year, att.astype(np.float64), np.array(influence), panel.first)


def average(found: GroupTimes, rows: NDArray[np.bool_]) -> Estimate:
    """Mean of some effects, each weighted by the size of its group.

    Parameters
    ----------
    rows : bool[K], for example all years under treatment, or those of one group
    """
    n = found.first.size
    size = np.array([(found.first == g).mean() for g in found.group[rows]])
    weight = size / size.sum()
    value = weight @ found.att[rows]
    # The shares of groups are estimated as well: their influence is added.
    member = (found.first == found.group[rows][:, None]) - size[:, None]
    share = (member - weight[:, None] * member.sum(axis=0)) / size.sum()
    influence = weight @ found.influence[rows] + found.att[rows] @ share
    treated = int((found.first != 0).sum())
    return with_interval(value, np.sqrt((influence**2).mean() / n), treated, n - treated)


def staggered(panel: Panel) -> Estimate:
    """Mean effect over all groups and years under treatment; `more` holds the largest placebo before treatment."""
    found = group_times(panel)
    after = found.year >= found.group
    estimate = average(found, after)
    placebos = np.abs(found.att[~after]) / np.maximum(found.se[~after], 1e-300)
    worst = float(placebos.max()) if placebos.size else float("nan")
    return Estimate(estimate.value, estimate.se, estimate.low, estimate.high, estimate.treated, estimate.controls,
                    {"largest_placebo_z": worst})

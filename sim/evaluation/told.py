"""An estimate beside the truth: the bias, and where it comes from.

The twin world, same luck without the policy, gives the truth: the mean over treated units and years of the outcome with
the policy less that without. It also says why an estimator misses it. Let ``f`` be the estimator and ``Y``, ``Y0`` the
outcomes with and without the policy, for the same treated units:

    selection     = f(Y0)                       what it finds where there is no policy at all
    interference  = f(Y) - f(Y0) - truth        what the policy did to the controls

and bias = selection + interference, whatever the estimator. For differences in differences in levels, one date, ``L``
treated and ``U`` control units, with gross gain ``G = sum of effects over L`` and displacement ``D = - sum over U``:

    truth = G / L,    interference = D / U,    bias against the net effect (G - D) / L:  D / U + D / L

Displacement is added, not subtracted (MODEL E.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.evaluation.estimate import Estimate, Floats
from sim.evaluation.panel import Panel


@dataclass(frozen=True)
class Told:
    """What one design told of one pair of worlds.

    Attributes
    ----------
    estimate : from the world with the policy, as observed
    truth : mean effect on the treated
    selection : the same estimate in the world without the policy
    """

    estimate: Estimate
    truth: float
    selection: float

    @property
    def bias(self) -> float:
        """Estimate less truth."""
        return self.estimate.value - self.truth

    @property
    def interference(self) -> float:
        """Part of the bias that comes from effects on controls."""
        return self.bias - self.selection


def truth_of(policy: Panel, without: Panel) -> float:
    """Mean effect over treated units and the years under treatment, [unit of the outcome]."""
    return float((policy.values - without.values)[policy.on].mean())


def tell(estimator: Callable[[Panel], Estimate], policy: Panel, without: Panel, error: Floats | float = 0.0) -> Told:
    """Apply an estimator to a pair of worlds.

    Parameters
    ----------
    policy, without : the same units with and without the policy, free of errors of measurement
    error : float64[n, T] added to what is observed in both worlds; NaN where a unit is not observed
    """
    seen, blank = (Panel(world.values + error, world.years, world.first) for world in (policy, without))
    return Told(estimator(seen), truth_of(policy, without), estimator(blank).value)


@dataclass(frozen=True)
class Displacement:
    """Who gains and who loses in a pair of worlds, at the mean of the years under treatment, in levels.

    Attributes
    ----------
    gross : gains of treated units, summed
    displaced : losses of all others, summed
    treated, controls : number of units
    """

    gross: float
    displaced: float
    treated: int
    controls: int

    @property
    def net(self) -> float:
        """Gain of all units together."""
        return self.gross - self.displaced

    @property
    def interference(self) -> float:
        """Bias of differences in differences against the effect on the treated that displacement makes."""
        return self.displaced / self.controls

    @property
    def against_net(self) -> float:
        """The same bias against the net effect per treated unit."""
        return self.displaced / self.controls + self.displaced / self.treated


def displacement(policy: Panel, without: Panel) -> Displacement:
    """Account for gains and losses; panels in levels, with one date of treatment."""
    effect = (policy.values - without.values)[:, policy.years >= policy.start].mean(axis=1)
    treated = policy.treated
    return Displacement(float(effect[treated].sum()), float(-effect[~treated].sum()), int(treated.sum()),
                        int((~treated).sum()))


def mean_of(told: list[Told], name: str) -> float:
    """Mean over pairs of worlds of `bias`, `truth`, `selection` or `interference`."""
    return float(np.mean([getattr(each, name) for each in told]))

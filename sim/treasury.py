"""Public money: who pays which part of it. Every public euro goes through here.

The State pays; local authorities add a share to each of its euros (co-funding). Money that is committed and not yet
paid waits in the pots of `zone` (`grants_eur`, `loans_eur`, ...), and goes through `pay` when a use is found for it.
"""

from __future__ import annotations

import numpy as np

from sim.policy import Policy
from sim.world import World

RECOVERIES = ("loans repaid",)  # instruments by which public money comes back
STATE = 0  # row of the State among funders; zone z has row 1 + z


def open_accounts(world: World, policy: Policy) -> None:
    """Accounts of the State and of the local authorities of each zone, with what is announced for the whole window."""
    f, z = world.funder, world.zone
    rows = f.add(1 + z.n)
    f = world.funder
    f.tier[rows[1:]] = 1
    f.zone[rows[1:]] = np.arange(z.n)
    f.announced_eur[STATE] = policy.total_eur
    for measure in policy.measures:
        weights = zone_weights(world, measure)
        f.announced_eur[1:] += policy.total_eur * measure.share * policy.cofunding * weights
    f.committed_eur[:] = f.announced_eur


def zone_weights(world: World, measure) -> np.ndarray:
    """Share of each zone in the money of a measure, [zones]: its own targets, or the hubs."""
    h = world.hub
    return measure.weights if measure.weights is not None else np.bincount(h.zone, h.share, world.zone.n)


def pay(world: World, policy: Policy, payee: str, instrument: str, zone: np.ndarray, eur: np.ndarray) -> None:
    """Pay public euros, State and local together, in the zones they are spent in.

    Parameters
    ----------
    payee, instrument : as in the ledger
    zone, eur : [n] zone rows and euros
    """
    f = world.funder
    state = eur / (1.0 + policy.cofunding)
    local = eur - state
    world.pay("State", payee, instrument, zone, state)
    world.pay("local authorities", payee, instrument, zone, local)
    f.paid_eur[STATE] += state.sum()
    np.add.at(f.paid_eur, 1 + np.asarray(zone, np.int64), local)


def recover(world: World, policy: Policy, payer: str, instrument: str, zone: np.ndarray, eur: np.ndarray) -> None:
    """Public euros that come back, to State and local authorities in the parts they paid; `instrument` says why.

    They are booked apart from what is paid, and are not spent again.
    """
    f = world.funder
    state = eur / (1.0 + policy.cofunding)
    local = eur - state
    world.pay(payer, "State", instrument, zone, state)
    world.pay(payer, "local authorities", instrument, zone, local)
    f.recovered_eur[STATE] += state.sum()
    np.add.at(f.recovered_eur, 1 + np.asarray(zone, np.int64), local)

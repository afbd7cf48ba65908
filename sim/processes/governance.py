"""Governance: who carries a hub, and what administration costs (MODEL C13.1-C13.3).

The carrier of a hub leaves at a hazard, more often when mayors change; the successor's quality is drawn again. Those
who stay learn. A board of founders and key actors (`hub.board`) makes learning faster and turnover rarer.

Each funded hub is a layer more in its zone, unless it is a new mission of a body that exists there. Layers act through
two things only: the *overhead* they take from public money, and the *delay* of procedures, which one-stop shops and
animation shorten. A zone can put only so much money to use (*ceiling*): more where digital workers are many, people
have studied, and hubs are well governed.
"""

import numpy as np

from sim import rng
from sim.fields import CLUSTER, FACILITIES, INCUBATOR, NURSERY, SATURATING, USUAL_HUB_STAFF
from sim.policy import carrier_quality
from sim.treasury import REFORM, merge_regions

NAME = "governance"
READS = ("hub.*", "zone.talents", "zone.workforce", "zone.ceiling_eur", "zone.one_stop", "facility.*", "funder.*")
WRITES = ("hub.governance", "zone.layers", "zone.overhead", "zone.delay", "zone.ceiling_eur", "funder.*")

ELECTIONS = (2014 * 12 + 2, 2020 * 12 + 5, 2026 * 12 + 2, 2032 * 12 + 2)  # of municipal councils
BODIES = (CLUSTER, INCUBATOR, NURSERY)  # that a hub may be a new mission of
IS_BODY = np.array([kind in BODIES for kind in range(len(FACILITIES))])
USUAL_BUDGETS = 0  # payer of places of the baseline


def leaving(board, election, par):
    """Chance that a carrier leaves in a month (MODEL C13.3)."""
    hazard = par.turnover / 12.0 + (par.election if election else 0.0)
    return -np.expm1(-hazard * (1.0 - par.hold * np.minimum(board, 1.0)))


def learned(quality, board, par):
    """Quality of governance a month later (MODEL C13.3)."""
    return np.minimum(quality + par.learning / 12.0 * (1.0 + par.board * np.minimum(board, 1.0)), 1.0)


def overhead(layers, par):
    """Part of public money lost to layers above the reference (MODEL C13.2)."""
    return -np.expm1(-par.overhead * np.maximum(layers, 0.0))


def delay(layers, one_stop, governance, staff, par):
    """Administrative delay against the reference (MODEL C13.2); `staff` is animation staff over a usual hub's."""
    longer, helped = 1.0 + par.delay * np.maximum(layers, 0.0), np.minimum(staff, 1.0)
    shops = np.minimum(one_stop, 1.0)  # one for the whole zone is all it takes
    return longer * (1.0 - par.one_stop * shops * governance) * (1.0 - par.staff * helped * governance)


def ceiling(talents, education, governance, usual_eur, par):
    """Public money a year that a zone can put to use (MODEL C13.1); what it depends on is one in the mean zone."""
    return usual_eur * talents**par.talents * education**par.education * governance**par.governance


def turn_over(world, policy, par, draw):
    """Some carriers leave, the others learn."""
    h, election = world.hub, world.month in ELECTIONS
    leaves, luck = rng.uniform_pairs(draw, rng.CARRIER_LEAVES, h.uid, 0)
    gone = leaves < leaving(h.board, election, par)
    h.governance[:] = learned(h.governance, h.board, par)
    h.governance[gone] = [carrier_quality(policy, par, u) for u in luck[gone]]


def governance_of_zones(world, usual):
    """Mean quality of governance of the hubs with the label in each zone, `usual` where there is none, [zones]."""
    h, n = world.hub, world.zone.n
    number = np.bincount(h.zone[h.labelled], minlength=n)
    total = np.bincount(h.zone[h.labelled], h.governance[h.labelled], n)
    return np.where(number > 0, total / np.maximum(number, 1), usual)


def new_layers(world, merge):
    """Layers that funded hubs add to each zone: new bodies, less the new missions of bodies that exist, [zones]."""
    h, f, n = world.hub, world.facility, world.zone.n
    body = (f.payer == USUAL_BUDGETS) & IS_BODY[f.kind]
    exists = np.bincount(f.zone[body], minlength=n) > 0
    funded = h.labelled & (h.paid_eur > 0.0)
    return np.bincount(h.zone[funded], 1.0 - merge * exists[h.zone[funded]], n)


def administer(world, policy, par, governance):
    """Layers of each zone, and what they cost in money and time."""
    h, z = world.hub, world.zone
    staff = np.bincount(h.zone, h.staff_fte, z.n) / USUAL_HUB_STAFF
    z.layers[:] = new_layers(world, policy.merge)
    z.overhead[:] = overhead(z.layers, par)
    z.delay[:] = delay(z.layers, z.one_stop, governance, staff, par)


def absorb(world, policy, par, governance):
    """Money that each zone can put to use."""
    z, land, p = world.zone, policy.land(world.zone.n), par.absorption
    workers = z.talents.sum(axis=1) / max(z.workforce.sum(axis=1).mean(), 1e-9)
    z.ceiling_eur[:] = par.public.saturation_eur
    if p.ceiling == 0:
        z.ceiling_eur[:] = ceiling(workers, land.education, governance / max(par.governance.mean, 1e-9),
                                   par.public.saturation_eur, p)


def step(world, par, draw):
    """Carriers come and go; layers and ceilings follow; in 2016 régions are merged."""
    policy, month, z = par.policy, world.month, world.zone
    if policy is None or month < policy.first:
        return
    if world.hub.n and par.governance.active == 0:
        turn_over(world, policy, par.governance, draw)
    governance = governance_of_zones(world, par.governance.mean)
    if par.layers.active == 0:
        administer(world, policy, par.layers, governance)
    if par.response_to_money == SATURATING and (month % 12 == 0 or not z.ceiling_eur.any()):
        absorb(world, policy, par, governance)
    if month == REFORM and policy.first < REFORM and world.funder.n:
        merge_regions(world, policy)

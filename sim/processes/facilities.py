"""Innovation places: incubators, growth accelerators, third places and laboratories open to users.

By quarter places admit, are paid, and their firms meet. Young firms ask for a place once a year, in the nearest place
of their zone that has room; it takes the best as far as it can tell. Firms in one place meet: what differs a little
helps most. Incubators shelter firms in their first two years and spare them half of a rent; growth accelerators enlarge
firms of ten people or more; laboratories bring the first customers of matching trades. A policy may open some places of
incubators to older firms, who mix with young ones, and the laboratories of large firms around. Effects are centred on
their mean before the policy: with the usual places the nation is what it was, and without any place nothing happens at
all (MODEL C.19).
"""

from functools import cache

import numpy as np

from sim import people, rng
from sim.facilities import running_costs
from sim.fields import (
    CONVIVIAL,
    COWORKING,
    ENLARGER,
    FABLAB,
    FACILITIES,
    FOOD_LAB,
    INCUBATOR,
    LIVING_LAB,
    MEASURE,
    MEDIA_LAB,
    N_SECTORS,
    NURSERY,
    PAYERS,
)
from sim.kernels import best_of_groups, group_rows, helper, kernel, rows_where

NAME = "facilities"
READS = ("facility.*", "startup.uid", "startup.alive", "startup.zone", "startup.cell", "startup.sector",
         "startup.staff", "startup.birth", "startup.quality", "startup.place", "startup.place_until",
         "startup.incubated_until", "startup.cash_eur", "startup.aid_eur", "cell.x_m", "cell.y_m", "cell.area_km2",
         "cell.rent", "cell.rent_reference", "cell.floor_m2", "cell.cocreation", "cell.anchors",
         "cell.zone", "zone.wage", "zone.open_places",
         "nation.mixing_reference")
WRITES = ("facility.members", "startup.place", "startup.place_until", "startup.incubated_until", "startup.mixing",
          "startup.boost", "startup.cash_eur", "startup.aid_eur", "startup.aided", "cell.facility", "cell.cocreation",
          "cell.venues", "zone.incubators", "zone.desks", "nation.mixing_reference", "nation.incubated_reference",
          "nation.cocreation_reference")

NEWBORN = 12  # months of age up to which a firm may enter an incubator
SHELTERED = 24  # months of age up to which an incubator lowers the hazard of closing
LARGE = 10  # people from which a firm may enter a growth accelerator
OLDER = 60  # months of age from which a firm may enter an incubator that a policy opens to older ones
SMALL = 3  # people up to which a firm may sit in a third place
TURNS = 12  # a firm asks once in so many months
EVERY = 3  # months between admissions
LABORATORIES = (FABLAB, LIVING_LAB, FOOD_LAB, MEDIA_LAB)
FABLAB_SECTORS = (2, 3, 6)  # trades whose prototypes a fablab makes: food, clean technology, objects
MONTHS_BETWEEN_LOOKS = 3  # at what measures pay: sizes of places, laboratories of large firms


def mixing(unlike, fellows):
    """What a firm gets from those it shares a place with: most from a moderate difference (MODEL C.19), [n].

    Parameters
    ----------
    unlike : [n] summed differences of trades (one less relatedness) to all firms of the place
    fellows : [n] firms of the place, itself included
    """
    share = unlike / np.maximum(fellows, 1.0)
    return 4.0 * share * (1.0 - share)


def pull(places, scale):
    """Pull of the places within a walk, [n]."""
    return np.log1p(places / scale)


@helper
def rent_spared(staff, rent, m2_per_fte, rebate):
    """Monthly rent an incubator spares a firm."""
    return rebate * m2_per_fte * rent * staff / 12.0


@kernel
def nearest(rows, zone, cell, x_m, y_m, start, by_zone, place_cell, place_uid, reach_m):
    """Nearest place of each startup's own zone within reach, the lowest identity of two as near; -1 if none."""
    out = np.empty(rows.size, np.int64)
    x, y = x_m[place_cell[by_zone]], y_m[place_cell[by_zone]]  # read again and again: one after the other
    for k in range(rows.size):
        at, best, chosen = cell[rows[k]], reach_m * reach_m, -1
        for j in range(start[zone[rows[k]]], start[zone[rows[k]] + 1]):
            dx, dy = x[j] - x_m[at], y[j] - y_m[at]
            far = dx * dx + dy * dy
            if far < best or (far == best and (chosen < 0 or place_uid[by_zone[j]] < place_uid[chosen])):
                best, chosen = far, by_zone[j]
        out[k] = chosen
    return out


@cache
def among(kinds):
    """Which kinds of places are one of these, [kinds]."""
    return np.array([k in kinds for k in range(len(FACILITIES))])


def of_kind(kind, kinds):
    """Which places are of one of these kinds, [n]."""
    return among(kinds)[kind]


def is_open(facility, month):
    """Which places are open, [n]."""
    return (facility.opened <= month) & ((facility.closed < 0) | (facility.closed > month))


@kernel
def _spread(start, cell, weight, cells, amount, out):
    for k in range(cells.size):
        for j in range(start[cells[k]], start[cells[k] + 1]):
            out[cell[j]] += weight[j] * amount[k]


def spread(world, cells, amount):
    """Amounts of some quartiers as their neighbours within a walk see them, weighted by distance, [cells]."""
    near, out = world.space.near, np.zeros(world.cell.n)
    _spread(near.start, near.cell, near.weight, cells, amount, out)
    return out


def reach_out(world, par):
    """What quartiers and zones have within reach, when a place opens or closes."""
    c, z, f = world.cell, world.zone, world.facility
    rows = np.flatnonzero(is_open(f, world.month))
    cells, kind = f.cell[rows], f.kind[rows]
    c.facility[:] = pull(spread(world, cells, f.places[rows]), par.pull_scale)
    laboratory = of_kind(kind, LABORATORIES)
    for s in range(N_SECTORS):
        serve = laboratory & ((f.sector[rows] == s) | ((kind == FABLAB) & (s in FABLAB_SECTORS)))
        serves = cells[serve]
        c.cocreation[:, s] = pull(spread(world, serves, f.size[rows][serve]), par.labs_scale) if serves.size else 0.0
    if z.open_places.any():
        open_laboratories(world, par)
    venue = kind == CONVIVIAL
    c.venues[:] = np.bincount(cells[venue], f.size[rows][venue], c.n) / np.maximum(c.area_km2, 1e-9)
    firms = of_kind(kind, (INCUBATOR, NURSERY))
    z.incubators[:] = np.bincount(f.zone[rows], f.places[rows] * firms, z.n)
    z.desks[:] = np.bincount(f.zone[rows], f.desks[rows], z.n)


def open_laboratories(world, par):
    """Large firms open laboratories of their trades to startups around, shared among them by their people."""
    c, z = world.cell, world.zone
    labs = par.open_labs * z.open_places
    for s in range(N_SECTORS):
        here = np.bincount(c.zone, c.anchors[:, s], z.n)
        cells = np.flatnonzero((c.anchors[:, s] > 0.0) & (labs[c.zone] > 0.0))
        opened = labs[c.zone[cells]] * c.anchors[cells, s] / here[c.zone[cells]]
        usual = par.labs_scale * np.expm1(c.cocreation[:, s])
        c.cocreation[:, s] = pull(usual + spread(world, cells, opened), par.labs_scale)


def programmes(f, rows, month, older):
    """Kinds of places, the startups of `rows` that may ask for one, and whether it is as an older firm, in the order in
    which they are served. `older` says whether any place is open to older firms.
    """
    age, staff = month - f.birth[rows], f.staff[rows]
    out = [((INCUBATOR, NURSERY), (age <= NEWBORN) & (f.incubated_until[rows] < 0), False),
           ((ENLARGER,), staff >= LARGE, False), ((COWORKING,), staff <= SMALL, False)]
    return [*out, ((INCUBATOR, NURSERY), age >= OLDER, True)] if older else out


@kernel
def staying(month, alive, place_until):
    """Startups in business that have a place this month."""
    return rows_where(alive & (place_until >= month))


def members(world):
    """Rows of `staying`."""
    return staying(world.month, world.startup.alive, world.startup.place_until)


@kernel
def is_older(here, month, incubated_until, place, kind, sheltering):
    """Which members of places are older firms in the incubators of a policy: they have a place there and no shelter,
    [n]."""
    out = np.empty(here.size, np.bool_)
    for k in range(here.size):
        i = here[k]
        out[k] = incubated_until[i] < month and sheltering[kind[place[i]]]
    return out


def older_members(world, here):
    """Which of these members of places are older firms, see `is_older`."""
    f = world.startup
    return is_older(here, world.month, f.incubated_until, f.place, world.facility.kind, among((INCUBATOR, NURSERY)))


def admit(world, par, draw):
    """Startups whose turn it is ask for a place; each place takes the best it sees, as far as it has room."""
    f, p, c, month = world.startup, world.facility, world.cell, world.month
    p.members[:] = np.bincount(f.place[members(world)], minlength=p.n)
    rows = people.startups_in_turn(month // EVERY, TURNS // EVERY, f.alive, f.uid)
    rows = rows[(f.place_until[rows] < month) & (f.cell[rows] >= 0)]
    opened = is_open(p, month)
    for kinds, wanted, older in programmes(f, rows, month, world.zone.open_places.any()):
        able = np.flatnonzero(opened & of_kind(p.kind, kinds) & (p.places - p.members >= 1.0))
        if able.size == 0:
            continue
        by_zone, start = group_rows(p.zone[able].astype(np.int64), world.zone.n)
        asking = rows[wanted & (f.place_until[rows] < month)]
        at = nearest(asking, f.zone, f.cell, c.x_m, c.y_m, start, able[by_zone], p.cell, p.uid,
                     1000.0 * par.reach_km)
        asking, at = asking[at >= 0], at[at >= 0]
        # an error of the Gumbel law: the best of several wins with a chance that rises with quality
        merit = f.quality[asking] - np.log(-np.log(rng.uniforms(draw, rng.ADMIT_PLACE, f.uid[asking])))
        if older:
            here = members(world)
            here = here[older_members(world, here)]
            left = world.zone.open_places - np.bincount(f.zone[here], minlength=world.zone.n)
            kept = best_of_groups(f.zone[asking], merit, f.uid[asking], left)
            asking, at, merit = asking[kept], at[kept], merit[kept]
        taken = best_of_groups(at, merit, f.uid[asking], p.places - p.members)
        f.place[asking[taken]] = at[taken]
        f.place_until[asking[taken]] = month + int(par.stay) - 1
        if INCUBATOR in kinds and not older:
            f.incubated_until[asking[taken]] = month + int(par.stay) - 1
        p.members += np.bincount(at[taken], minlength=p.n)


@kernel
def firms_by_place(at, older, sector, places):
    """Firms of each place by trade, the older ones apart, [2, places, sectors]."""
    out = np.zeros((2, places, N_SECTORS))
    for k in range(at.size):
        out[int(older[k]), at[k], sector[k]] += 1.0
    return out


@kernel
def differences(at, older, sector, like, other):
    """Summed differences of each firm to those of its place, of like and of other age, [n]."""
    out = np.empty(at.size)
    for k in range(at.size):
        age = int(older[k])
        out[k] = like[age, at[k], sector[k]] + other[age, at[k], sector[k]]
    return out


def mix(world, par):
    """What firms of one place get from each other; firms of unlike age differ even in one trade."""
    f, p = world.startup, world.facility
    here = members(world)
    older, sector = older_members(world, here), f.sector[here]
    fellows = np.bincount(f.place[here], minlength=p.n)
    used, rank = np.flatnonzero(fellows), np.empty(p.n, np.int64)
    rank[used] = np.arange(used.size)
    at = rank[f.place[here]]
    firms = firms_by_place(at, older, sector, max(used.size, 2))  # a product with one row would be rounded otherwise
    like = firms @ (1.0 - world.space.relatedness).T
    other = firms[::-1] @ (1.0 - (1.0 - par.ages) * world.space.relatedness).T
    f.mixing[:] = 0.0
    f.mixing[here] = mixing(differences(at, older, sector, like, other), fellows[f.place[here]])


def freeze_reference(world):
    """Remember means before the policy: the zero of every effect of places."""
    f, c, nation = world.startup, world.cell, world.nation
    rows = np.flatnonzero(f.alive & (f.cell >= 0))
    young = rows[world.month - f.birth[rows] < SHELTERED]
    nation.incubated_reference[0] = (f.incubated_until[young] >= world.month).sum() / max(young.size, 1)
    nation.mixing_reference[0] = f.mixing[rows].sum() / max(rows.size, 1)
    count = np.bincount(f.sector[rows], minlength=N_SECTORS)
    met = np.bincount(f.sector[rows], c.cocreation[f.cell[rows], f.sector[rows]], N_SECTORS)
    nation.cocreation_reference[0] = met / np.maximum(count, 1)


@kernel
def help_members(here, place, staff, cell, payer, cost_eur, kind, sheltering, rent, m2_per_fte, rebate, aid, aided,
                 cash):
    """A place that public money pays is aid to its members, `cost_eur` each [places]; incubators spare them some rent.

    Returns
    -------
    rows of those who are spared a rent, and how much, [n]
    """
    housed, spared, n = np.empty(here.size, np.int64), np.empty(here.size), 0
    for i in here:
        at = place[i]
        if payer[at] > 0:
            aid[i] += cost_eur[at]
            aided[i] = True
        if sheltering[kind[at]]:
            housed[n], spared[n] = i, EVERY * rent_spared(staff[i], rent[cell[i]], m2_per_fte, rebate)
            cash[i] += spared[n]
            n += 1
    return housed[:n], spared[:n]


def run_places(world, par, m2_per_fte):
    """Pay for a quarter of places, spare their members some rent, and book public money as aid."""
    f, p, z = world.startup, world.facility, world.zone
    rows = np.flatnonzero(is_open(p, world.month))
    cost = np.zeros(p.n)
    cost[rows] = EVERY * running_costs(world, p.cost_eur[rows], p.cell[rows], par.staff_share)
    for payer, name in enumerate(PAYERS[:MEASURE]):  # what a measure opens is paid there
        theirs = rows[p.payer[rows] == payer]
        if theirs.size:
            world.pay(name, "operators", "places", np.arange(z.n), np.bincount(p.zone[theirs], cost[theirs], z.n))
    housed, spared = help_members(members(world), f.place, f.staff, f.cell, p.payer, cost / np.maximum(p.places, 1.0),
                                  p.kind, among((INCUBATOR, NURSERY)), world.cell.rent, m2_per_fte, par.rebate,
                                  f.aid_eur, f.aided, f.cash_eur)
    world.pay("operators", "startups", "rent spared", np.arange(z.n), np.bincount(f.zone[housed], spared, z.n))


def boost_growth(world, par):
    """Log growth a year that places add to each startup, less its mean before the policy."""
    f, p = world.startup, world.facility
    f.boost[:] = par.mixing * (f.mixing - world.nation.mixing_reference[0])
    here = members(world)
    enlarged = here[(p.kind[f.place[here]] == ENLARGER) & (f.staff[here] >= LARGE)]
    f.boost[enlarged] += par.enlarge


def laboratories_open(policy, month):
    """Whether a policy may have changed, this quarter, which laboratories of large firms are open."""
    if policy is None or month % MONTHS_BETWEEN_LOOKS:
        return False
    return any(measure.kind == "open_to_incumbents" for measure in policy.measures)


def step(world, par, draw):
    """Open what opens; by quarter, admit, mix and pay."""
    p, month = world.facility, world.month
    if par.facilities.active == 1 or p.n == 0:
        return
    resized = month % MONTHS_BETWEEN_LOOKS == 0 and (p.measure >= 0).any()
    if ((p.opened == month) | (p.closed == month)).any() or resized or laboratories_open(par.policy, month):
        reach_out(world, par.facilities)
    if month % EVERY != EVERY - 1:
        return
    admit(world, par.facilities, draw)
    mix(world, par.facilities)
    if month < par.policy_start:
        freeze_reference(world)
    run_places(world, par.facilities, par.rents.m2_per_fte)
    boost_growth(world, par.facilities)

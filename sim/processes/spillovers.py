"""Spillovers (ODD 7.5): who is near whom.

Related employment within a walk (A) and within commuting reach (B), the diversity of sectors (J), and what a
zone's digital workers meet: people learn of them once a quarter. Logs are centred on the frozen national mean before
the policy (rule N1): a gain everywhere raises every zone, and a gain in Paris does not lower the rest by arithmetic
alone.
"""

import math

import numpy as np

from sim.fields import N_SECTORS
from sim.kernels import for_rows, kernel, total

NAME = "spillovers"
READS = ("startup.alive", "startup.cell", "startup.sector", "startup.staff", "cell.zone", "cell.floor_m2",
         "zone.talents")
WRITES = ("cell.staff", "cell.startups", "cell.near", "cell.around", "cell.near_log", "cell.around_log",
          "cell.diversity", "zone.peers", "zone.ecosystem",
          "nation.near_reference", "nation.around_reference", "nation.peers_reference", "nation.ecosystem_reference",
          "nation.unemployment_reference")


MONTHS_BETWEEN_FIELDS = 3  # what is near a place changes by a few per cent in a quarter


@kernel
def field(employment, scale):
    """Benefit of related employment: log of one plus employment over its scale (MODEL C1.7, form log)."""
    return math.log(1.0 + employment / scale)


@kernel
def diversity(shares):
    """Diversity of sectors: exponential of entropy over the number of sectors, in [1/S, 1] (MODEL C1.5)."""
    people = total(shares)
    if people <= 0.0:
        return 1.0
    entropy = 0.0
    for s in range(shares.size):
        p = shares[s] / people
        if p > 0.0:
            entropy -= p * math.log(p)
    return math.exp(entropy) / shares.size


@kernel
def peers(startups, talents):
    """Social contagion: log of one plus startups per 1,000 digital workers."""
    return math.log1p(1000.0 * startups / talents) if talents > 0.0 else 0.0


@kernel
def employment_by_cell(alive, cell, sector, staff, out_staff, out_startups):
    """People and startups by quartier and sector."""
    out_staff[:] = 0.0
    out_startups[:] = 0.0
    for i in range(alive.size):
        if alive[i] and cell[i] >= 0:
            out_staff[cell[i], sector[i]] += staff[i]
            out_startups[cell[i], sector[i]] += 1.0


@kernel
def reach(first, last, start, neighbour, weight, source, out):
    """Kernel-weighted sums over neighbouring quartiers, by sector."""
    sums = np.empty(N_SECTORS)
    for c in range(first, last):
        sums[:] = 0.0
        for k in range(start[c], start[c + 1]):
            n, w = neighbour[k], np.float64(weight[k])
            for s in range(N_SECTORS):  # empty quartiers too: asking costs more than adding zeros
                sums[s] += w * source[n, s]
        for s in range(N_SECTORS):
            out[c, s] = sums[s]


@kernel
def relate(first, last, relatedness, own, scale, related, benefit):
    """Turn own-sector sums into related sums (own R') and their benefits."""
    for c in range(first, last):
        for s in range(N_SECTORS):
            total = 0.0
            for r in range(N_SECTORS):
                total += relatedness[s, r] * own[c, r]
            related[c, s] = total
            benefit[c, s] = field(total, scale) if total > 0.0 else 0.0


@kernel
def diversities(first, last, own, out):
    """Diversity of each quartier's surroundings."""
    for c in range(first, last):
        out[c] = diversity(own[c])


@kernel
def zone_fields(zone, floor, near_log, startups, talents, out_peers, out_ecosystem):
    """What digital workers of each zone meet: fields averaged over floor, peers per worker."""
    zones = talents.shape[0]
    total_floor = np.zeros(zones)
    firms = np.zeros(zones)
    out_ecosystem[:] = 0.0
    for c in range(zone.size):
        z = zone[c]
        total_floor[z] += floor[c]
        for s in range(N_SECTORS):
            firms[z] += startups[c, s]
            out_ecosystem[z, s] += floor[c] * near_log[c, s]
    for z in range(zones):
        out_peers[z] = peers(firms[z], total(talents[z]))
        for s in range(N_SECTORS):
            if total_floor[z] > 0.0:
                out_ecosystem[z, s] /= total_floor[z]


def freeze_reference(world):
    """Remember national means, weighted by people: the zero of every centred field."""
    c, z, nation = world.cell, world.zone, world.nation
    staff = c.staff.sum(axis=0)
    nation.near_reference[0] = (c.near_log * c.staff).sum(axis=0) / np.maximum(staff, 1.0)
    nation.around_reference[0] = (c.around_log * c.staff).sum(axis=0) / np.maximum(staff, 1.0)
    people = z.talents.sum(axis=1)
    total = max(people.sum(), 1.0)
    nation.peers_reference[0] = (people * z.peers).sum() / total
    nation.ecosystem_reference[0] = (z.talents * z.ecosystem).sum(axis=0) / np.maximum(z.talents.sum(axis=0), 1.0)
    nation.unemployment_reference[0] = max(z.jobseekers.sum() / total, 1e-3)


def refresh(world, p):
    """Fields of quartiers and zones from where startups are now."""
    c, z, space = world.cell, world.zone, world.space
    own = np.empty_like(c.staff)
    for_rows(reach, c.n, space.near.start, space.near.cell, space.near.weight, c.staff, own)
    for_rows(relate, c.n, space.relatedness, own, p.walk_scale_fte, c.near, c.near_log)
    for_rows(reach, c.n, space.around.start, space.around.cell, space.around.weight, c.staff, own)
    for_rows(relate, c.n, space.relatedness, own, p.commute_scale_fte, c.around, c.around_log)
    for_rows(diversities, c.n, own, c.diversity)
    zone_fields(c.zone, c.floor_m2, c.near_log, c.startups, z.talents, z.peers, z.ecosystem)


def step(world, par, draw):
    """Count people and startups by quartier; by quarter, refresh fields, and before the policy their reference."""
    c, f = world.cell, world.startup
    employment_by_cell(f.alive, f.cell, f.sector, f.staff, c.staff, c.startups)
    if world.month % MONTHS_BETWEEN_FIELDS == 0 or not c.around.any():
        refresh(world, par.spillovers)
        if world.month < par.policy_start:
            freeze_reference(world)

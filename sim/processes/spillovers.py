"""Spillovers: who is near whom, and what it brings.

Related employment within a walk (A) and within commuting reach (B), the sector's own jobs there (E), the diversity of
sectors (J), startups per employee, knowledge within a region (G), the meeting rate of neighbours, and what a zone's
digital workers meet: people learn of them once a quarter, of what lies beyond a walk once a year.

The benefit of A has one of four forms (MODEL C1.7). All have the same level, zero, and the same slope, one per log
point, at the employment-weighted median of the state before the policy, so that they differ by their shape alone. A
constant elasticity is the reference; it would be infinite where there is nobody, so that places with less than
`least_fte` count as having that. The hump acts on growth and innovation only, through E. Growth and innovation see
the *exposure*: A as it is met and G, each against its median, weighted (MODEL C7.1).

Logs are centred on the frozen national mean before the policy (rule N1): a gain everywhere raises every zone, and a
gain in Paris does not lower the rest by arithmetic alone.
"""

import math

import numpy as np

from sim.fields import N_SECTORS, USUAL_HUB_STAFF
from sim.kernels import for_rows, helper, kernel, total

NAME = "spillovers"
READS = ("startup.alive", "startup.cell", "startup.sector", "startup.staff", "startup.remote", "startup.knowledge",
         "cell.zone", "cell.floor_m2", "cell.serendipity", "cell.linked", "cell.hub", "hub.governance", "hub.staff_fte",
         "zone.talents", "zone.jobseekers")
WRITES = ("cell.staff", "cell.startups", "cell.near", "cell.around", "cell.near_log", "cell.around_log", "cell.own",
          "cell.diversity", "cell.competition", "cell.knowledge", "cell.regional", "cell.meeting", "cell.exposure",
          "zone.peers", "zone.ecosystem",
          "nation.near_reference", "nation.around_reference", "nation.exposure_reference", "nation.meeting_reference",
          "nation.near_median", "nation.regional_median", "nation.exposure_median", "nation.own_median",
          "nation.peers_reference", "nation.ecosystem_reference", "nation.unemployment_reference",
          "nation.people_per_startup")


MONTHS_BETWEEN_FIELDS = 3  # what is near a place changes by a few per cent in a quarter
MONTHS_BETWEEN_POOLS = 12  # wider reaches change more slowly
ELASTICITY, LOG, HUMP, THRESHOLD = range(4)  # choices of spillovers.form
STEEPNESS = 4.0  # of the threshold (MODEL C1.7)
HUMP_GAIN = math.log(1.25)  # at the peak (Martin, Mayer and Mayneris 2011)
GRAIN = 2.0**30  # knowledge is added in whole parts of this size, so that the order of rows does not matter


@helper
def benefit(ratio, least, scale, threshold, form):
    """Benefit of a field at `ratio` times its median: zero, and of slope one per log point, at the median (MODEL C1.7).

    `least` is the ratio below which a place is isolated, `scale` that at which the form log saturates, `threshold` that
    at which the form threshold takes off.
    """
    if form == LOG:
        return (1.0 + scale) * math.log((scale + ratio) / (scale + 1.0))
    if form == THRESHOLD:
        at_median = 1.0 / (1.0 + threshold**STEEPNESS)
        here = 1.0 / (1.0 + (threshold / ratio) ** STEEPNESS) if ratio > 0.0 else 0.0
        return (here - at_median) / (STEEPNESS * at_median * (1.0 - at_median))
    return math.log(max(ratio, least))


@helper
def hump(jobs, peak, zero):
    """Log productivity by jobs of the sector within reach: up to a peak, nothing left at `zero`, then a loss, at most
    half the gain (MODEL C1.7)."""
    x, top, end = math.log(1.0 + jobs), math.log(1.0 + peak), math.log(1.0 + zero)
    share = x / top if x <= top else max((end - x) / (end - top), -0.5)
    return HUMP_GAIN * share


@helper
def anchored_hump(jobs, median, peak, zero):
    """The hump with the level and slope of the other forms at the median, at the peak where the median is beyond."""
    at = min(max(median, 1.0), peak)
    slope = HUMP_GAIN / math.log(1.0 + peak) * at / (1.0 + at)
    return (hump(jobs, peak, zero) - hump(at, peak, zero)) / slope


def meeting_rate(serendipity, animation, par):
    """Encounters between neighbours, not scaled (DESIGN 6-11); `animation` is governance times staff of the hub over
    those that its startups would need, two people for `firms_per_team` of them."""
    return 1.0 + par.meet_serendipity * serendipity + par.meet_animation * animation


@helper
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


@helper
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
        fours = start[c] + (start[c + 1] - start[c]) // 4 * 4
        for k in range(start[c], fours, 4):  # added one after the other all the same, but read and kept at once
            n, w = np.uint64(neighbour[k]), np.float64(weight[k])
            n1, w1 = np.uint64(neighbour[k + 1]), np.float64(weight[k + 1])
            n2, w2 = np.uint64(neighbour[k + 2]), np.float64(weight[k + 2])
            n3, w3 = np.uint64(neighbour[k + 3]), np.float64(weight[k + 3])
            for s in range(N_SECTORS):  # empty quartiers too: asking costs more than adding zeros
                sums[s] = sums[s] + w * source[n, s] + w1 * source[n1, s] + w2 * source[n2, s] + w3 * source[n3, s]
        for k in range(fours, start[c + 1]):
            n, w = np.uint64(neighbour[k]), np.float64(weight[k])
            for s in range(N_SECTORS):
                sums[s] += w * source[n, s]
        for s in range(N_SECTORS):
            out[c, s] = sums[s]


@kernel
def relate(first, last, relatedness, own, out):
    """Related sums (own R') from own-sector sums."""
    for c in range(first, last):
        for s in range(N_SECTORS):
            related = 0.0
            for r in range(N_SECTORS):
                related += relatedness[s, r] * own[c, r]
            out[c, s] = related


@kernel
def benefits(first, last, field, median, least, scale, threshold, form, out):
    """Benefit of each quartier's field, [cells, sectors]; median, least and scale by sector."""
    lowest = np.empty(N_SECTORS)
    for s in range(N_SECTORS):
        lowest[s] = benefit(0.0, least[s], scale[s], threshold, form)
    for c in range(first, last):
        for s in range(N_SECTORS):
            ratio = field[c, s] / median[s]
            isolated = ratio <= least[s] and form == ELASTICITY  # most quartiers: no log is taken
            out[c, s] = lowest[s] if isolated else benefit(ratio, least[s], scale[s], threshold, form)


@kernel
def humps(first, last, own, median, peak, zero, out):
    """Anchored hump of each quartier, [cells, sectors]."""
    for c in range(first, last):
        for s in range(N_SECTORS):
            out[c, s] = anchored_hump(own[c, s], median[s], peak, zero)


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


def sum_by_cell(f, amount, shape):
    """Sum of an amount of each startup in business, by quartier and sector, [cells, sectors]."""
    rows = np.flatnonzero(f.alive & (f.cell >= 0) & (amount != 0))
    at = f.cell[rows].astype(np.int64) * N_SECTORS + f.sector[rows]
    return np.bincount(at, amount[rows], shape[0] * N_SECTORS).reshape(shape)


@kernel
def exposures(first, last, near, linked, meeting, regional, per_near, per_regional, out):
    """Related employment within a walk, as it is met, and knowledge of the region, by their medians (MODEL C7.1)."""
    for c in range(first, last):
        for s in range(N_SECTORS):
            met = per_near[s] * meeting[c] * (near[c, s] + linked[c, s])
            out[c, s] = met + per_regional[s] * regional[c, s]


def median_by_sector(field, staff, usual):
    """Employment-weighted median over quartiers, by sector, [sectors]; `usual` where nobody works."""
    out = np.full(N_SECTORS, usual)
    for s in range(N_SECTORS):
        rows = np.flatnonzero(staff[:, s] > 0.0)
        if rows.size:
            rows = rows[np.argsort(field[rows, s], kind="stable")]
            people = np.cumsum(staff[rows, s])
            out[s] = field[rows[np.searchsorted(people, 0.5 * people[-1])], s]
    return out


def mean_by_sector(field, staff):
    """Employment-weighted mean over quartiers, by sector, [sectors]."""
    return (field * staff).sum(axis=0) / np.maximum(staff.sum(axis=0), 1.0)


def whom_to_learn_from(space, p):
    """Relatedness of sectors; the identity where startups learn from their own sector alone, [sectors, sectors]."""
    return space.relatedness if p.relatedness == 0 else np.eye(N_SECTORS)


def look_near(world, p):
    """Related employment within a walk; a remote employee is half there."""
    c, f, space = world.cell, world.startup, world.space
    present, own = c.staff - 0.5 * sum_by_cell(f, f.remote, c.staff.shape), np.empty_like(c.staff)
    for_rows(reach, c.n, space.near.start, space.near.cell, space.near.weight, present, own)
    for_rows(relate, c.n, whom_to_learn_from(space, p), own, c.near)


def look_around(world, p, freeze):
    """Employment within commuting reach, the diversity of its sectors, startups per employee over the usual (N1)."""
    c, space, nation = world.cell, world.space, world.nation
    count = np.empty_like(c.staff)
    for_rows(reach, c.n, space.around.start, space.around.cell, space.around.weight, c.staff, c.own)
    for_rows(relate, c.n, whom_to_learn_from(space, p), c.own, c.around)
    c.around_log[:] = np.log1p(c.around / p.commute_scale_fte)
    for_rows(diversities, c.n, c.own, c.diversity)
    for_rows(reach, c.n, space.around.start, space.around.cell, space.around.weight, c.startups, count)
    if freeze or not nation.people_per_startup.any():
        people, startups = (np.maximum(each.sum(axis=0), 1.0) for each in (c.staff, c.startups))
        nation.people_per_startup[0] = people / startups
    per_person = count / np.where(c.own > 0.0, c.own, 1.0)
    c.competition[:] = np.where(c.own > 0.0, per_person * nation.people_per_startup[0], 1.0)


def learn(world, p):
    """Knowledge of each quartier's startups, and related knowledge across its region, [cells, sectors]."""
    c, f, space = world.cell, world.startup, world.space
    c.knowledge[:] = sum_by_cell(f, np.rint(f.knowledge * GRAIN), c.staff.shape) / GRAIN
    if p.regional == 1 or not c.knowledge.any():
        c.regional[:] = 0.0
        return
    squares = space.regional.start.size - 1
    here, reached, known = (np.zeros((squares, N_SECTORS)) for _ in range(3))
    for s in range(N_SECTORS):
        here[:, s] = np.bincount(space.region, c.knowledge[:, s], squares)
    for_rows(reach, squares, space.regional.start, space.regional.cell, space.regional.weight, here, reached)
    for_rows(relate, squares, whom_to_learn_from(space, p), reached, known)
    c.regional[:] = known[space.region]


def meet(world, p, freeze):
    """Meeting rate of each quartier, one on average over employment before the policy."""
    c, h, nation = world.cell, world.hub, world.nation
    animation = np.zeros(c.n)
    inside = np.flatnonzero(c.hub >= 0)
    served = np.bincount(c.hub[inside], c.startups[inside].sum(axis=1), h.n)
    # those who animate have only so many hours
    spread_over = USUAL_HUB_STAFF * np.maximum(served / p.firms_per_team, 1.0)
    animation[inside] = (h.governance * h.staff_fte / spread_over)[c.hub[inside]]
    rate = meeting_rate(c.serendipity, animation, p) if p.meeting == 0 else np.ones(c.n)
    if freeze:
        staff = c.staff.sum(axis=1)
        nation.meeting_reference[0] = (rate * staff).sum() / staff.sum() if staff.any() else 1.0
    c.meeting[:] = rate / nation.meeting_reference[0]


def benefit_from_neighbours(world, p, freeze):
    """Benefit of what is within a walk, for location and founding, and exposure, for growth and innovation."""
    c, nation = world.cell, world.nation
    if freeze:
        nation.near_median[0] = median_by_sector(c.near, c.staff, p.walk_scale_fte)
        nation.regional_median[0] = median_by_sector(c.regional, c.staff, 0.0)
        nation.own_median[0] = median_by_sector(c.own, c.staff, p.hump_peak_fte)
    near, regional = nation.near_median[0], nation.regional_median[0]
    known = regional > 0.0  # a sector without knowledge before the policy learns within a walk only
    short = np.where(known, p.short_share, 1.0)
    per_regional = np.where(known, (1.0 - short) / np.where(known, regional, 1.0), 0.0)
    exposure = np.empty_like(c.near)
    for_rows(exposures, c.n, c.near, c.linked, c.meeting, c.regional, short / near, per_regional, exposure)
    if freeze:
        nation.exposure_median[0] = median_by_sector(exposure, c.staff, 1.0)
    median = nation.exposure_median[0]
    scale = short * p.walk_scale_fte / near + per_regional * p.knowledge_scale
    of_near = near, p.least_fte / near, p.walk_scale_fte / near, p.threshold
    of_exposure = median, short * p.least_fte / near / median, scale / median, p.threshold
    form = ELASTICITY if p.form == HUMP else p.form
    for_rows(benefits, c.n, c.near, *of_near, form, c.near_log)
    if p.form == HUMP:
        for_rows(humps, c.n, c.own, nation.own_median[0], p.hump_peak_fte, p.hump_zero_fte, c.exposure)
    else:
        for_rows(benefits, c.n, exposure, *of_exposure, form, c.exposure)
    if freeze:  # the mean of the reference form is the zero of all: they keep the same level at the median
        usual = c.near_log, c.exposure
        if p.form != ELASTICITY:
            usual = np.empty_like(c.near), np.empty_like(c.near)
            for_rows(benefits, c.n, c.near, *of_near, ELASTICITY, usual[0])
            for_rows(benefits, c.n, exposure, *of_exposure, ELASTICITY, usual[1])
        nation.near_reference[0] = mean_by_sector(usual[0], c.staff)
        nation.exposure_reference[0] = mean_by_sector(usual[1], c.staff)


def freeze_reference(world):
    """Remember national means, weighted by people: the zero of every other centred field."""
    c, z, nation = world.cell, world.zone, world.nation
    nation.around_reference[0] = mean_by_sector(c.around_log, c.staff)
    people = z.talents.sum(axis=1)
    total = max(people.sum(), 1.0)
    nation.peers_reference[0] = (people * z.peers).sum() / total
    nation.ecosystem_reference[0] = (z.talents * z.ecosystem).sum(axis=0) / np.maximum(z.talents.sum(axis=0), 1.0)
    nation.unemployment_reference[0] = max(z.jobseekers.sum() / total, 1e-3)


def refresh(world, p, freeze):
    """Fields of quartiers and zones from where startups are now; with `freeze`, the reference they are held against."""
    c, z = world.cell, world.zone
    look_near(world, p)
    if world.month % MONTHS_BETWEEN_POOLS == 0 or not c.around.any():
        look_around(world, p, freeze)
        learn(world, p)
    meet(world, p, freeze)
    benefit_from_neighbours(world, p, freeze)
    zone_fields(c.zone, c.floor_m2, c.near_log, c.startups, z.talents, z.peers, z.ecosystem)


def step(world, par, draw):
    """Count people and startups by quartier; by quarter, refresh fields, and before the policy their reference."""
    c, f = world.cell, world.startup
    employment_by_cell(f.alive, f.cell, f.sector, f.staff, c.staff, c.startups)
    if world.month % MONTHS_BETWEEN_FIELDS == 0 or not c.around.any():
        freeze = world.month < par.policy_start
        refresh(world, par.spillovers, freeze)
        if freeze:
            freeze_reference(world)

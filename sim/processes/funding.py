"""Funding: investors look at files near them, screen, and invest until their money runs out.

Groups of business angels and venture funds study a few files a month, drawn by distance, visibility and sector
(MODEL C10.1: first the zone, then the sector,
 then the startup). A file passes if the quality an investor sees, with an error that
grows with distance and shrinks with experience, is above the bar. A startup takes its largest offer. The national
supply of funds is imposed (drivers).
"""

import math

import numpy as np

from sim import rng
from sim.fields import ANGEL, BOOTSTRAP, FIRST, FUND, LATER, N_SECTORS, SEED
from sim.kernels import group_rows, kernel, total
from sim.space import distance_decay

NAME = "funding"
READS = ("startup.*", "investor.*", "zone.wage", "cell.hub", "hub.brand", "nation.capital_index")
WRITES = ("startup.cash_eur", "startup.stage", "startup.rounds", "startup.last_round", "startup.seeks_eur",
          "startup.raised_eur",
          "startup.share_founders", "startup.share_angels", "startup.share_funds", "startup.share_public",
          "investor.money_eur",
          "investor.deals", "investor.invested_eur", "investor.largest_eur")


@kernel
def seeks(age, since_last, runway, quality, par):
    """Does a startup look for money: short of runway, or ambitious; not right after a round."""
    of_age = par.youngest <= age < par.oldest
    return of_age and since_last >= par.between_rounds and (runway < par.runway or quality > par.ambition)


@kernel
def stage_sought(stage, staff, revenue, par):
    """Next stage of finance a startup is ready for, or its present one (not ready)."""
    if stage == BOOTSTRAP:
        return SEED
    if stage == SEED:
        return FIRST if revenue > par.first_bar_eur else stage
    return LATER if staff >= par.later_staff else stage


@kernel
def visibility(brand, raised_eur, accelerated, par):
    """How visible a startup is (MODEL C10.2)."""
    return (par.visibility * brand + par.visible_raised * math.log1p(raised_eur / par.visible_scale_eur)
            + (par.visible_accelerator if accelerated else 0.0))


@kernel
def signal(quality, staff, error, par):
    """Quality an investor sees."""
    return quality + par.signal_staff * math.log(staff) + error


@kernel
def noise(distance_km, deals, par):
    """Spread of the screening error: grows with distance, shrinks with experience."""
    far = 1.0 + par.noise_distance * math.log1p(distance_km / 10.0)
    return par.noise * math.sqrt(far / (1.0 + par.learning * deals))


@kernel
def round_size(stage, capital_index, z, par):
    """Lognormal round around its stage's mean, which follows the square root of national supply (MODEL C10)."""
    mean = par.seed_eur if stage == SEED else (par.first_eur if stage == FIRST else par.later_eur)
    return mean * math.sqrt(capital_index) * math.exp(par.spread * z - 0.5 * par.spread**2)


@kernel
def seekers(draw, month, uid, alive, birth, last_round, cash, revenue, staff, founders, quality, stage, zone, sector,
            wage, raised, brand, accelerated, capital_index, labour, par, sought, seeks_eur, visible):
    """Who seeks money, for what stage, how much, and how visible they are."""
    for i in range(uid.size):
        sought[i] = -1
        seeks_eur[i] = 0.0
        if not alive[i]:
            continue
        employees = (staff[i] - founders[i]) * labour.all_in_cost_eur * wage[zone[i], sector[i]]
        burn = founders[i] * labour.founder_cost_eur + employees - revenue[i]
        runway = cash[i] / burn if burn > 0.0 else np.inf
        since = month - last_round[i] if last_round[i] >= 0 else 1000
        stage_next = stage_sought(stage[i], staff[i], revenue[i], par)
        if seeks(month - birth[i], since, runway, quality[i], par) and (stage_next > stage[i] or stage[i] == LATER):
            sought[i] = stage_next
            z = rng.normal_quantile(rng.uniform(draw, rng.ROUND_SIZE, uid[i]))
            seeks_eur[i] = round_size(stage_next, capital_index, z, par)
            visible[i] = math.exp(visibility(brand[i], raised[i], accelerated[i], par))


@kernel
def sort_files(uid, zone, sector, sought, zones):
    """Rows of seekers by zone, sector and folder, and where each of these starts."""
    group = np.full(uid.size, -1)
    for i in range(uid.size):
        if sought[i] >= 0:
            group[i] = (zone[i] * N_SECTORS + sector[i]) * rng.FOLDERS + rng.folder(uid[i])
    return group_rows(group, zones * N_SECTORS * rng.FOLDERS)


@kernel
def attraction(start, sought, visible, zones):
    """Summed visibility of seekers by zone, sector and folder: of the files angels look at, and of all."""
    early = np.zeros((zones, N_SECTORS, rng.FOLDERS))
    every = np.zeros((zones, N_SECTORS, rng.FOLDERS))
    for g in range(start.size - 1):
        place = g // (N_SECTORS * rng.FOLDERS), g // rng.FOLDERS % N_SECTORS, g % rng.FOLDERS
        for k in range(start[g], start[g + 1]):
            every[place] += visible[k]
            if sought[k] == SEED:
                early[place] += visible[k]
    return early, every


@kernel
def pull_of_zones(seen, liking):
    """Pull of each zone on investors of each sector, [sectors, zones]: their own sector counts `liking` times."""
    out = np.zeros((N_SECTORS, seen.shape[0]))
    for z in range(seen.shape[0]):
        for s in range(N_SECTORS):
            pull = total(seen[z, s])
            for own in range(N_SECTORS):
                out[own, z] += pull * (liking if s == own else 1.0)
    return out


@kernel
def look(draw, occasion, kind, investor_uid, own_sector, reach, zone_key, pull, seen, start, uid, sought, visible,
         liking):
    """Seeker an investor studies: zone, sector, folder, then a file, each by keyed choice; -1 if there is none."""
    weight = np.empty(zone_key.size)
    for z in range(zone_key.size):
        weight[zone_key[z]] = pull[z] * reach[z]
    key = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048, weight)
    if key < 0:
        return -1
    zone = 0
    while zone_key[zone] != key:
        zone += 1
    liked = np.empty(N_SECTORS)
    for s in range(N_SECTORS):
        liked[s] = total(seen[zone, s]) * (liking if s == own_sector else 1.0)
    sector = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048 + 1024, liked)
    folder = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048 + 1536, seen[zone, sector])
    group = (zone * N_SECTORS + sector) * rng.FOLDERS + folder
    best, found = np.inf, -1
    for k in range(start[group], start[group + 1]):
        if kind == FUND or sought[k] == SEED:
            luck = rng.exponential(draw, rng.INVESTOR_LOOK, rng.pair(investor_uid + np.uint64(occasion), uid[k]), 0)
            if luck < best * visible[k]:
                best, found = luck / visible[k], k
    return found


@kernel
def offers(draw, investor_uid, kind, home, own_sector, money, deals, reach_angel, reach_fund, distance_km, zone_key,
           early, every, rows, start, uid, zone, sought, visible, quality, staff, seeks_eur, par, out_investor,
           out_startup, out_eur):
    """Offers of the month: investor, startup, euros; returns how many. An investor never offers more than it has.

    `rows` are the startups that seek money, by zone, sector and folder from `start`; `uid`, `sought` and `visible` are
    theirs.
    """
    liking = math.exp(par.sector)
    pull_early, pull_every = pull_of_zones(early, liking), pull_of_zones(every, liking)
    n = 0
    for k in range(investor_uid.size):
        looks = int(par.fund_looks)
        if kind[k] == ANGEL:
            looks = 1 if rng.uniform(draw, rng.INVESTOR_ACTIVE, investor_uid[k]) < par.angel_active else 0
        left = money[k]
        for occasion in range(looks):
            pull = pull_early if kind[k] == ANGEL else pull_every
            seen = early if kind[k] == ANGEL else every
            reach = reach_angel if kind[k] == ANGEL else reach_fund
            file = look(draw, occasion, kind[k], investor_uid[k], own_sector[k], reach[home[k]], zone_key,
                        pull[own_sector[k]], seen, start, uid, sought, visible, liking)
            if file < 0:
                continue
            i = rows[file]
            eur = par.ticket_angel_eur if kind[k] == ANGEL else seeks_eur[i]
            z = rng.normal_quantile(rng.uniform(draw, rng.SCREEN, rng.pair(investor_uid[k], uid[file])))
            quality_seen = signal(quality[i], staff[i], z * noise(distance_km[home[k], zone[i]], deals[k], par), par)
            if quality_seen > (par.bar_angel if kind[k] == ANGEL
                               else par.bar_fund) and eur <= left and n < out_eur.size:
                out_investor[n], out_startup[n], out_eur[n] = k, i, eur
                left -= eur
                n += 1
    return n


def replenish(world, par):
    """New money of the month: the imposed national supply, shared among investors; funds cap their dry powder."""
    v = world.investor
    fund = v.kind == FUND
    yearly = np.where(fund, v.share * par.funding.supply_2013_eur * world.nation.capital_index[0],
                      v.share * v.largest_eur)
    before = v.money_eur.copy()
    v.money_eur += yearly / 12.0
    np.minimum(v.money_eur, par.funding.dry_powder * yearly + v.largest_eur * ~fund, out=v.money_eur)
    change = v.money_eur - before
    world.pay("limited partners", "investors", "supply", v.zone, change)


def take(world, investor, startup, eur, sought, stake, month):
    """Startups take their largest offer: money, stage and capital change hands."""
    f, v = world.startup, world.investor
    order = np.lexsort((v.uid[investor], -eur, f.uid[startup]))
    first = np.r_[True, np.diff(startup[order]) != 0] if order.size else np.zeros(0, bool)
    k, i, amount = investor[order][first], startup[order][first], eur[order][first]
    for share in (f.share_founders, f.share_angels, f.share_funds, f.share_public):
        share[i] *= 1.0 - stake
    angel = v.kind[k] == ANGEL
    f.share_angels[i[angel]] += stake
    f.share_funds[i[~angel]] += stake
    f.cash_eur[i] += amount
    f.raised_eur[i] += amount
    f.stage[i] = sought[i]
    f.rounds[i] += 1
    f.last_round[i] = month
    np.add.at(v.money_eur, k, -amount)
    np.add.at(v.invested_eur, k, amount)
    np.add.at(v.deals, k, 1)
    world.pay("investors", "startups", "equity", f.zone[i], amount)
    world.count("rounds", f.zone[i[~angel]])
    world.count("angel_deals", f.zone[i[angel]])
    world.count("raised_eur", f.zone[i], amount)


def brand_of(world):
    """Brand share each startup enjoys: that of the hub whose footprint holds it, zero elsewhere."""
    f, c, h = world.startup, world.cell, world.hub
    if h.n == 0:
        return np.zeros(f.n)
    hub = c.hub[f.cell]
    return np.where(hub >= 0, h.brand[hub], 0.0)


def step(world, par, draw):
    """Money comes in, startups seek, investors look and offer, startups take."""
    f, v, z, p = world.startup, world.investor, world.zone, par.funding
    if p.active == 1 or v.n == 0:
        return
    replenish(world, par)
    sought, visible = np.empty(f.n, np.int8), np.zeros(f.n)
    seekers(draw, world.month, f.uid, f.alive, f.birth, f.last_round, f.cash_eur, f.revenue_eur, f.staff, f.founders,
            f.quality, f.stage, f.zone, f.sector, z.wage, f.raised_eur, brand_of(world), f.was_accelerated,
            world.nation.capital_index[0], par.labour, p, sought, f.seeks_eur, visible)
    rows, start = sort_files(f.uid, f.zone, f.sector, sought, z.n)
    early, every = attraction(start, sought[rows], visible[rows], z.n)
    room = int(v.n * (p.fund_looks + 1))
    investor, startup, eur = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    space = world.space
    n = offers(draw, v.uid, v.kind, v.zone, v.sector, v.money_eur, v.deals, distance_decay(space, p.distance_angel),
               distance_decay(space, p.distance_fund), space.distance_km, space.zone_key, early, every, rows, start,
               f.uid[rows], f.zone, sought[rows], visible[rows], f.quality, f.staff, f.seeks_eur, p, investor, startup,
               eur)
    take(world, investor[:n], startup[:n], eur[:n], sought, p.stake, world.month)

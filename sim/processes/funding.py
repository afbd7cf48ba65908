"""Funding: investors look at files near them, screen, invite partners and invest until their money runs out.

Groups of business angels and funds study a few files a month, drawn by distance, visibility, sector, stage and past
rounds together (MODEL C10.1: first the zone, or what they know already, then the sector, then the startup). A file
passes if the quality an investor sees, with an error that grows with distance and shrinks with experience, is above
the bar. A startup takes its best offer, for its size, and the nearness and experience of who makes it. The leader of a
round of funds invites partners; one who is near the startup looks for the leader too when it next needs money. Public
money that waits in the zone joins private rounds. Shares of capital always add up to one.
"""

import math

import numpy as np

from sim import rng, rounds
from sim.fields import (
    ANGEL,
    BOOTSTRAP,
    CORPORATE,
    FIRST,
    FOREIGN,
    GROWTH_FUND,
    HOLDERS,
    LATER,
    N_SECTORS,
    PUBLIC,
    SEED,
    SEED_FUND,
)
from sim.kernels import group_rows, kernel, total
from sim.rounds import past_rounds
from sim.siting import in_capital
from sim.space import decay_with, distance_decay

NAME = "funding"
READS = ("startup.*", "investor.*", "zone.coinvest_eur", "zone.reach", "zone.labour_market",
         "zone.workforce", "cell.hub", "hub.brand", "nation.capital_index",
         "nation.angel_relief", "funder.paid_eur")
WRITES = ("startup.cash_eur", "startup.stage", "startup.rounds", "startup.last_round", "startup.seeks_eur",
          "startup.raised_eur", "startup.share_*", "startup.lead", "startup.backer_zone", "startup.public_part",
          "startup.aid_eur", "startup.aided", "investor.money_eur", "investor.deals", "investor.invested_eur",
          "investor.met", "investor.partners", "zone.coinvest_eur", "funder.paid_eur",
          "funder.paid_year_eur")

N_STAGES = LATER + 1
LONG_AGO = 1000  # months
LOOKERS = (ANGEL, SEED_FUND, GROWTH_FUND, CORPORATE, FOREIGN)  # kinds of investors who look for files
FOLLOWED = {ANGEL: SEED, SEED_FUND: SEED, GROWTH_FUND: FIRST, CORPORATE: FIRST, FOREIGN: LATER}  # stage they follow


@kernel
def seeks(age, since_last, runway, quality, since_grant, par):
    """Does a startup look for money: short of runway, ambitious, or with a prototype that a grant has just paid for
    (Howell 2017); not right after a round.
    """
    of_age, rested = par.youngest <= age < par.oldest, since_last >= par.between_rounds
    return of_age and rested and (runway < par.runway or quality > par.ambition or since_grant < par.prototype)


@kernel
def stage_sought(stage, staff, revenue, par):
    """Next stage of finance a startup is ready for, or its present one (not ready)."""
    if stage == BOOTSTRAP:
        return SEED
    if stage == SEED:
        return FIRST if revenue > par.first_bar_eur else stage
    return LATER if staff >= par.later_staff else stage


@kernel
def visibility(brand, raised_eur, accelerated, champion, par):
    """How visible a startup is (MODEL C10.2)."""
    return (par.visibility * brand + par.visible_raised * math.log1p(raised_eur / par.visible_scale_eur)
            + (par.visible_accelerator if accelerated else 0.0) + (par.visible_champion if champion else 0.0))


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
    """Lognormal round around its stage's mean, which follows a power of national supply (MODEL C10)."""
    mean = par.seed_eur if stage == SEED else (par.first_eur if stage == FIRST else par.later_eur)
    return mean * capital_index**par.size * math.exp(par.spread * z - 0.5 * par.spread**2)


@kernel
def seekers(draw, month, uid, alive, birth, last_round, granted, cash, burn, revenue, staff, quality, stage, raised,
            brand, accelerated, champion_until, acquired, capital_index, par, sought, seeks_eur, visible):
    """Who seeks money, for what stage, how much, and how visible they are."""
    for i in range(uid.size):
        sought[i] = -1
        seeks_eur[i] = 0.0
        if not alive[i] or acquired[i] >= 0:
            continue
        runway = cash[i] / burn[i] if burn[i] > 0.0 else np.inf
        since = month - last_round[i] if last_round[i] >= 0 else LONG_AGO
        since_grant = month - granted[i] if granted[i] >= 0 else LONG_AGO
        stage_next = stage_sought(stage[i], staff[i], revenue[i], par)
        ready = stage_next > stage[i] or stage[i] == LATER
        if ready and seeks(month - birth[i], since, runway, quality[i], since_grant, par):
            sought[i] = stage_next
            z = rng.normal_quantile(rng.uniform(draw, rng.ROUND_SIZE, uid[i]))
            seeks_eur[i] = round_size(stage_next, capital_index, z, par)
            visible[i] = math.exp(visibility(brand[i], raised[i], accelerated[i], champion_until[i] >= month, par))


@kernel
def sort_files(uid, zone, sector, sought, zones):
    """Rows of seekers by zone, sector and folder, and where each of these starts."""
    group = np.full(uid.size, -1)
    for i in range(uid.size):
        if sought[i] >= 0:
            group[i] = (zone[i] * N_SECTORS + sector[i]) * rng.FOLDERS + rng.folder(uid[i])
    return group_rows(group, zones * N_SECTORS * rng.FOLDERS)


def stage_fit(par):
    """Pull of files by the stage sought, against those of the stage an investor follows, [kinds, stages]."""
    out = np.zeros((PUBLIC + 1, N_STAGES))
    for kind, followed in FOLLOWED.items():
        out[kind] = par.stage_fit ** np.abs(np.arange(N_STAGES) - followed)
    out[ANGEL, FIRST:] = 0.0  # a group of angels gives what a first deal asks for
    out[PUBLIC] = 1.0
    out[:, BOOTSTRAP] = 0.0
    return out


@kernel
def attraction(start, sought, visible, fit, zones):
    """Summed pull of seekers by zone, sector and folder, on each kind of investor who looks: [kinds, ...]."""
    seen = np.zeros((fit.shape[0], zones, N_SECTORS, rng.FOLDERS))
    for g in range(start.size - 1):
        z, s, folder = g // (N_SECTORS * rng.FOLDERS), g // rng.FOLDERS % N_SECTORS, g % rng.FOLDERS
        for k in range(start[g], start[g + 1]):
            for kind in range(fit.shape[0]):
                seen[kind, z, s, folder] += visible[k] * fit[kind, sought[k]]
    return seen


@kernel
def pulls(seen, liking):
    """Pull of each sector of each zone, all folders together, [kinds, zones, sectors], and of each zone on investors of
    each sector, [kinds, sectors, zones]: their own sector counts `liking` times.
    """
    in_sector, of_zone = np.empty(seen.shape[:3]), np.zeros((seen.shape[0], N_SECTORS, seen.shape[1]))
    for c, z, s in np.ndindex(in_sector.shape):
        in_sector[c, z, s] = total(seen[c, z, s])
        for own in range(N_SECTORS):
            of_zone[c, own, z] += in_sector[c, z, s] * (liking if s == own else 1.0)
    return in_sector, of_zone


@kernel
def weight_of_zones(zone_key, pull, reach, known_pull):
    """Weight of each zone for an investor, by its key, and last of what it knows already."""
    out = np.empty(zone_key.size + 1)
    for z in range(zone_key.size):
        out[zone_key[z]] = pull[z] * reach[z]
    out[zone_key.size] = total(known_pull)
    return out


@kernel
def look(draw, occasion, fit, investor_uid, own_sector, weight, zone_of_key, in_sector, seen, start, uid, sought,
         visible, liking, known, known_pull):
    """Seeker an investor studies: what it knows or a zone, sector, folder, then a file, each by keyed choice; -1 if
    there is none.
    """
    key = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048, weight)
    own = investor_uid + np.uint64(occasion)
    best, found = np.inf, -1
    if key == zone_of_key.size:
        for n in range(known.size):
            luck = rng.exponential(draw, rng.KNOWN_FILE, rng.pair(own, uid[known[n]]), 0)
            if luck < best * known_pull[n]:
                best, found = luck / known_pull[n], known[n]
        return found
    if key < 0:
        return -1
    zone = zone_of_key[key]
    liked = np.empty(N_SECTORS)
    for s in range(N_SECTORS):
        liked[s] = in_sector[zone, s] * (liking if s == own_sector else 1.0)
    sector = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048 + 1024, liked)
    folder = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048 + 1536, seen[zone, sector])
    group = (zone * N_SECTORS + sector) * rng.FOLDERS + folder
    for k in range(start[group], start[group + 1]):
        pulls = visible[k] * fit[sought[k]]
        luck = rng.exponential(draw, rng.INVESTOR_LOOK, rng.pair(own, uid[k]), 0)
        if luck < best * pulls:
            best, found = luck / pulls, k
    return found


@kernel
def known_files(k, files, rows, lead, backer_zone, zone, sector, sought, visible, partners, uid, home, own_sector,
                reach, fit, liking, ties):
    """Files among `files` led by this investor or by a past partner, and the pull they have for that (MODEL C10.1).

    The distance that counts is that of the nearest member of their last round.
    """
    out, pulls, n = np.empty(files.size, np.int64), np.empty(files.size), 0
    for file in files:
        i = rows[file]
        shared = 1 if lead[i] == k else past_rounds(partners[k], uid[lead[i]])
        if shared > 0:
            near = reach[home[k], zone[i]]
            if lead[i] == k:
                near = max(near, reach[backer_zone[i], zone[i]])
            pull = ties * shared * near * visible[file] * fit[sought[file]]
            out[n], pulls[n] = file, pull * (liking if sector[i] == own_sector else 1.0)
            n += pull > 0.0
    return out[:n], pulls[:n]


@kernel
def offers(draw, investor_uid, active, novice, kind, home, own_sector, money, deals, partners, reach, novice_reach,
           distance_km, zone_key, seen, fit, rows, start, uid, zone, sector, sought, visible, quality, staff, lead,
           backer_zone, ticket_eur, ties, par, out_investor, out_startup):
    """Offers of the month: investor, startup; returns how many. An investor never offers more than it has.

    `rows` are the startups that seek money, by zone, sector and folder from `start`; `uid`, `sought` and `visible` are
    theirs; `ticket_eur` is what the leader of a startup's round puts in.
    """
    liking = math.exp(par.sector)
    in_sector, pull = pulls(seen, liking)
    zone_of_key = np.empty(zone_key.size, np.int64)
    for z in range(zone_key.size):
        zone_of_key[zone_key[z]] = z
    led = np.empty(rows.size, np.int64)
    n_led = 0
    for file in range(rows.size):
        led[n_led] = file
        n_led += lead[rows[file]] >= 0
    n = 0
    for k in range(investor_uid.size):
        c = kind[k]
        if not active[k] or c == PUBLIC:
            continue
        looks = int(par.fund_looks)
        if c == ANGEL:
            looks = 1 if rng.uniform(draw, rng.INVESTOR_ACTIVE, investor_uid[k]) < par.angel_active else 0
        if looks == 0:
            continue
        here = novice_reach[home[k]] if novice[k] else reach[c, home[k]]
        known, known_pull = known_files(k, led[: n_led if c != ANGEL and ties > 0.0 else 0], rows, lead, backer_zone,
                                        zone, sector, sought, visible, partners, investor_uid, home, own_sector[k],
                                        reach[c], fit[c], liking, ties)
        weight = weight_of_zones(zone_key, pull[c, own_sector[k]], here, known_pull)
        left = money[k]
        for occasion in range(looks):
            file = look(draw, occasion, fit[c], investor_uid[k], own_sector[k], weight, zone_of_key, in_sector[c],
                        seen[c], start, uid, sought, visible, liking, known, known_pull)
            if file < 0:
                continue
            i = rows[file]
            eur = par.ticket_angel_eur if c == ANGEL else ticket_eur[i]
            km = distance_km[home[k], zone[i]]
            if lead[i] == k:
                km = min(km, distance_km[backer_zone[i], zone[i]])
            z = rng.normal_quantile(rng.uniform(draw, rng.SCREEN, rng.pair(investor_uid[k], uid[file])))
            quality_seen = signal(quality[i], staff[i], z * noise(km, deals[k], par), par)
            bar = par.bar_angel if c == ANGEL else par.bar_fund
            if quality_seen > bar and eur <= left and n < out_investor.size:
                out_investor[n], out_startup[n] = k, i
                left -= eur
                n += 1
    return n


def best_offers(world, investor, startup, eur, reach, par):
    """The offer each startup takes: the largest for its size, and the nearness and experience of who makes it."""
    f, v = world.startup, world.investor
    near = reach[v.kind[investor], v.zone[investor], f.zone[startup]]
    worth = eur * near * rounds.standing(v.deals[investor], par.attachment)
    order = np.lexsort((v.uid[investor], -worth, f.uid[startup]))
    first = np.r_[True, np.diff(f.uid[startup[order]]) != 0] if order.size else np.zeros(0, bool)
    return order[first]


def close_rounds(world, par, draw, lead, startup, ticket, wanted, stage, reach, fit, km):
    """Rounds are closed: partners and public money join, capital and money change hands.

    Parameters
    ----------
    lead, startup, ticket, wanted, stage : [rounds] of the offers taken, by identity of the startup
    """
    f, v, p = world.startup, world.investor, par.funding
    angels = v.kind[lead] == ANGEL
    money = v.money_eur.copy()
    np.add.at(money, lead, -ticket)
    room = int(wanted.sum())
    of_round, partner, backer = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(lead.size, np.int64)
    ties = p.ties if p.known == 0 else 0.0
    n = rounds.invite(draw, lead, startup, wanted, ticket, f.uid, f.zone, stage, v.uid, v.active, v.kind, v.zone, money,
                      rounds.standing(v.deals, p.attachment), v.partners, reach, fit, ties, km,
                      of_round, partner, backer)
    of_round, partner = of_round[:n], partner[:n]
    rounds.remember(np.r_[lead[of_round], partner], np.r_[v.uid[partner], v.uid[lead[of_round]]], v.met, v.partners)
    who, of = np.r_[lead, partner], np.r_[np.arange(lead.size), of_round]
    paid = ticket[of]
    np.add.at(v.money_eur, who, -paid)
    np.add.at(v.invested_eur, who, paid)
    np.add.at(v.deals, who, 1)
    raised = np.bincount(of, paid, lead.size)
    public = rounds.join_publicly(world, par, startup, np.where(angels, 0.0, raised))
    holder = np.r_[rounds.HOLDER_RANK[v.kind[who]], np.full(lead.size, HOLDERS.index("public"))]
    pool = np.where(angels | (f.share_employees[startup] > 0.0), 0.0, p.option_pool)
    rounds.sell(f, startup, holder, np.r_[paid, public], np.r_[of, np.arange(lead.size)], p.stake, pool)
    f.raised_eur[startup] += raised
    f.cash_eur[startup] += raised + public
    f.aid_eur[startup] += public
    f.aided[startup] |= public > 0.0
    f.public_part[startup] = public / (raised + public)
    f.lead[startup[~angels]], f.backer_zone[startup[~angels]] = lead[~angels], backer[~angels]
    world.pay("investors", "startups", "equity", f.zone[startup], raised)
    foreign = v.kind[who] == FOREIGN
    world.count("raised_foreign_eur", f.zone[startup[of[foreign]]], paid[foreign])
    world.count("raised_eur", f.zone[startup], raised)
    world.count("rounds", f.zone[startup[~angels]])
    world.count("angel_deals", f.zone[startup[angels]])


def usual_money(world, par, draw, lead, startup, ticket):
    """Deals of angels who came for a relief that add no money: other early finance goes, or insiders' (MODEL C17.1).

    Returns
    -------
    [rounds] whether the startup is where it would have been without the deal
    """
    f, v, p = world.startup, world.investor, par.angels
    out = v.novice[lead]
    rows = startup[out]
    luck = rng.uniforms(draw, rng.ADDITIONAL, f.uid[rows])
    replaced, usual = luck < p.replaced, luck < p.replaced + p.insiders
    f.cash_eur[rows[usual]] -= ticket[out][usual]
    world.count("replaced_eur", f.zone[rows[usual]], ticket[out][usual])
    for which, name in ((replaced, "early finance replaced"), (usual & ~replaced, "insiders replaced")):
        world.pay("startups", "households", name, f.zone[rows[which]], ticket[out][which])
    out[out] = usual
    return out


def give_relief(world, lead, ticket):
    """The State gives back a part of every deal of angels, whether it would have been made or not (MODEL C17.1)."""
    v, relief = world.investor, world.nation.angel_relief[0]
    if relief > 0.0:
        rows = v.kind[lead] == ANGEL
        world.pay("State", "households", "angel_tax", v.zone[lead[rows]], relief * ticket[rows])


def distances(world):
    """Kilometres between zones of investors and of startups as investors count them, [zones, zones]: links between hubs
    take away a part of those from the capital (MODEL C15.1).
    """
    km, taken = world.space.distance_km, world.zone.reach
    if not taken.any():
        return km
    km = km.copy()
    km[in_capital(world)] *= 1.0 - taken
    return km


def reaches(world, km, par, novice):
    """Pull of distance on each kind of investor, [kinds, zones, zones], and on new angels, whose decay is `novice`; the
    public co-investor is everywhere.
    """
    usual = km is world.space.distance_km
    angel, fund, foreign, new = (
        distance_decay(world.space, exponent) if usual else decay_with(km, exponent)
        for exponent in (par.distance_angel, par.distance_fund, par.distance_foreign, novice))
    return np.stack([angel, fund, fund, fund, foreign, np.ones_like(fund)]), new


def brand_of(world):
    """Brand share each startup enjoys: that of the hub whose footprint holds it, zero elsewhere."""
    f, c, h = world.startup, world.cell, world.hub
    if h.n == 0:
        return np.zeros(f.n)
    hub = c.hub[f.cell]
    return np.where(hub >= 0, h.brand[hub], 0.0)


@kernel
def partners_wanted(draw, uid, mean):
    """Partners the leader of a round with each startup invites, [n]."""
    out = np.empty(uid.size, np.int64)
    for n in range(uid.size):
        out[n] = rng.poisson(mean, rng.uniform(draw, rng.PARTNERS, uid[n]))
    return out


def make_known(f, par, visible):
    """A first grant at an early stage makes a startup easier to see."""
    rows = np.flatnonzero(f.granted >= 0)
    visible[rows] *= math.exp(par.visible_grant)


def step(world, par, draw):
    """Startups seek, investors look and offer, startups take, rounds are closed."""
    f, v, z, p = world.startup, world.investor, world.zone, par.funding
    if p.active == 1 or v.n == 0:
        return
    sought, visible = np.empty(f.n, np.int8), np.zeros(f.n)
    seekers(draw, world.month, f.uid, f.alive, f.birth, f.last_round, f.granted, f.cash_eur, f.burn_eur,
            f.revenue_eur, f.staff, f.quality, f.stage, f.raised_eur, brand_of(world), f.was_accelerated,
            f.champion_until, f.acquired, world.nation.capital_index[0], p, sought, f.seeks_eur, visible)
    make_known(f, p, visible)
    rows, start = sort_files(f.uid, f.zone, f.sector, sought, z.n)
    fit, km = stage_fit(p), distances(world)
    reach, novice = reaches(world, km, p, p.distance_angel * par.angels.novice_distance)
    wanted = np.zeros(f.n, np.int64)
    wanted[rows] = partners_wanted(draw, f.uid[rows], p.partners if p.syndication == 0 else 0.0)
    ticket = f.seeks_eur / (1.0 + wanted)
    room = int(v.n * (p.fund_looks + 1))
    investor, startup = np.empty(room, np.int64), np.empty(room, np.int64)
    seen = attraction(start, sought[rows], visible[rows], fit[:PUBLIC], z.n)
    n = offers(draw, v.uid, v.active, v.novice, v.kind, v.zone, v.sector, v.money_eur, v.deals, v.partners, reach,
               novice, km, world.space.zone_key, seen, fit, rows, start, f.uid[rows], f.zone, f.sector, sought[rows],
               visible[rows], f.quality, f.staff, f.lead, f.backer_zone, ticket, p.ties if p.known == 0 else 0.0, p,
               investor, startup)
    investor, startup = investor[:n], startup[:n]
    angels = v.kind[investor] == ANGEL
    taken = best_offers(world, investor, startup, np.where(angels, p.ticket_angel_eur, f.seeks_eur[startup]), reach, p)
    lead, startup, angels = investor[taken], startup[taken], angels[taken]
    put_in = np.where(angels, p.ticket_angel_eur, ticket[startup])
    close_rounds(world, par, draw, lead, startup, put_in, np.where(angels, 0, wanted[startup]), sought[startup], reach,
                 fit, km)
    give_relief(world, lead, put_in)
    moved = startup[~usual_money(world, par, draw, lead, startup, put_in)]
    f.stage[moved] = sought[moved]
    f.rounds[moved] += 1
    f.last_round[moved] = world.month

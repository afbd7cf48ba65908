"""Deal flow: which files investors look at, and to whom they make an offer (MODEL C10.1).

An investor first picks a zone, or what it knows already, then a sector, then a startup, each by keyed choice in
proportion to what pulls it there. It makes an offer if the quality it sees, with an error that grows with distance and
shrinks with experience, is above the bar.

The files of a month are the startups that seek money, by zone, sector and folder (`sim.rng.folder`); what is said of
them is [files], in that order.
"""

from __future__ import annotations

import math

import numpy as np

from sim import rng
from sim.fields import ANGEL, N_SECTORS, PUBLIC
from sim.kernels import group_rows, helper, kernel, rows_where, total
from sim.rounds import past_rounds


@helper
def signal(quality, staff, error, par):
    """Quality an investor sees."""
    return quality + par.signal_staff * math.log(staff) + error


@helper
def noise(distance_km, deals, par):
    """Spread of the screening error: grows with distance, shrinks with experience."""
    far = 1.0 + par.noise_distance * math.log1p(distance_km / 10.0)
    return par.noise * math.sqrt(far / (1.0 + par.learning * deals))


@kernel
def sort_files(rows, uid, zone, sector, zones):
    """Places in `rows`, those who seek money, by zone, sector and folder, and where each of these starts."""
    group = np.empty(rows.size, np.int64)
    for k in range(rows.size):
        i = rows[k]
        group[k] = (zone[i] * N_SECTORS + sector[i]) * rng.FOLDERS + rng.folder(uid[i])
    return group_rows(group, zones * N_SECTORS * rng.FOLDERS)


@helper
def pull_of_folders(group, start, sought, visible, fit):
    """Summed pull of the files of a zone and sector, `group`, on an investor, by folder."""
    out = np.zeros(rng.FOLDERS)
    for folder in range(rng.FOLDERS):
        at = group * rng.FOLDERS + folder
        for k in range(start[at], start[at + 1]):
            out[folder] += visible[k] * fit[sought[k]]
    return out


@helper
def pulls(start, sought, visible, fit, zones, liking):
    """Pull of each sector of each zone on each kind of investor, [kinds, zones, sectors], and of each zone on investors
    of each sector, [kinds, sectors, zones]: their own sector counts `liking` times.
    """
    in_sector, of_zone = np.zeros((PUBLIC, zones, N_SECTORS)), np.zeros((PUBLIC, N_SECTORS, zones))
    for group in range(zones * N_SECTORS):
        if start[group * rng.FOLDERS] == start[(group + 1) * rng.FOLDERS]:
            continue
        z, s = group // N_SECTORS, group % N_SECTORS
        for c in range(PUBLIC):
            in_sector[c, z, s] = total(pull_of_folders(group, start, sought, visible, fit[c]))
            for own in range(N_SECTORS):
                of_zone[c, own, z] += in_sector[c, z, s] * (liking if s == own else 1.0)
    return in_sector, of_zone


@helper
def weigh_zones(zone_key, pull, reach, known_pull, out):
    """Weight of each zone for an investor, by its key, and last of what it knows already."""
    for z in range(zone_key.size):
        out[zone_key[z]] = pull[z] * reach[z]
    out[zone_key.size] = total(known_pull)


@helper
def look(draw, occasion, fit, investor_uid, own_sector, weight, zone_of_key, in_sector, start, uid, sought, visible,
         liking, known, known_pull):
    """File an investor studies: what it knows or a zone, sector, folder, then a file, each by keyed choice; -1 if
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
    group = zone * N_SECTORS + sector
    folder = rng.choose(draw, rng.INVESTOR_ZONE, investor_uid, occasion * 2048 + 1536,
                        pull_of_folders(group, start, sought, visible, fit))
    at = group * rng.FOLDERS + folder
    for k in range(start[at], start[at + 1]):
        pull = visible[k] * fit[sought[k]]
        luck = rng.exponential(draw, rng.INVESTOR_LOOK, rng.pair(own, uid[k]), 0)
        if luck < best * pull:
            best, found = luck / pull, k
    return found


@helper
def known_files(k, led, leader_uid, lead, backer_zone, zone, sector, sought, visible, partners, home, own_sector, reach,
                fit, liking, ties):
    """Files led by this investor or by a past partner, and the pull they have for that (MODEL C10.1).

    The distance that counts is that of the nearest member of their last round.

    Parameters
    ----------
    led, leader_uid : files whose last round of funds had a leader, and who it was
    """
    out, pulls, n = np.empty(led.size, np.int64), np.empty(led.size), 0
    for place in range(led.size):
        file = led[place]
        shared = 1 if lead[file] == k else past_rounds(partners[k], leader_uid[place])
        if shared > 0:
            near = reach[home[k], zone[file]]
            if lead[file] == k:
                near = max(near, reach[backer_zone[file], zone[file]])
            pull = ties * shared * near * visible[file] * fit[sought[file]]
            out[n], pulls[n] = file, pull * (liking if sector[file] == own_sector else 1.0)
            n += pull > 0.0
    return out[:n], pulls[:n]


@kernel
def offers(draw, investor_uid, active, novice, kind, home, own_sector, money, deals, partners, reach, novice_reach,
           distance_km, zone_key, fit, start, uid, zone, sector, sought, visible, quality, staff, lead, backer_zone,
           ticket_eur, ties, par):
    """Offers of the month: investors and files. An investor never offers more than it has.

    Parameters
    ----------
    investor_uid to partners : [investors]
    start : first file of each zone, sector and folder
    uid to ticket_eur : [files]; `ticket_eur` is what the leader of a startup's round puts in
    """
    liking = math.exp(par.sector)
    in_sector, pull = pulls(start, sought, visible, fit, zone_key.size, liking)
    zone_of_key, weight = np.empty(zone_key.size, np.int64), np.empty(zone_key.size + 1)
    for z in range(zone_key.size):
        zone_of_key[zone_key[z]] = z
    led = rows_where(lead >= 0)
    leader_uid = investor_uid[lead[led]]
    room = investor_uid.size * max(int(par.fund_looks), 1)
    out_investor, out_file, n = np.empty(room, np.int64), np.empty(room, np.int64), 0
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
        may_know = led.size if c != ANGEL and ties > 0.0 else 0
        known, known_pull = known_files(k, led[:may_know], leader_uid, lead, backer_zone, zone, sector, sought, visible,
                                        partners, home, own_sector[k], reach[c], fit[c], liking, ties)
        weigh_zones(zone_key, pull[c, own_sector[k]], here, known_pull, weight)
        left = money[k]
        for occasion in range(looks):
            file = look(draw, occasion, fit[c], investor_uid[k], own_sector[k], weight, zone_of_key, in_sector[c],
                        start, uid, sought, visible, liking, known, known_pull)
            if file < 0:
                continue
            eur = par.ticket_angel_eur if c == ANGEL else ticket_eur[file]
            km = distance_km[home[k], zone[file]]
            if lead[file] == k:
                km = min(km, distance_km[backer_zone[file], zone[file]])
            z = rng.normal_quantile(rng.uniform(draw, rng.SCREEN, rng.pair(investor_uid[k], uid[file])))
            quality_seen = signal(quality[file], staff[file], z * noise(km, deals[k], par), par)
            bar = par.bar_angel if c == ANGEL else par.bar_fund
            if quality_seen > bar and eur <= left:
                out_investor[n], out_file[n] = k, file
                left -= eur
                n += 1
    return out_investor[:n], out_file[:n]

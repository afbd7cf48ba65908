"""The initial world: a territory cut into quartiers, with its people, startups and investors of the first month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim import choice, initial_places, people, rng
from sim.candidates import PERIMETER_KM
from sim.fields import ANGEL, CORPORATE, ELSEWHERE, FOREIGN, GROWTH_FUND, JOBSEEKER, N_SECTORS, PUBLIC, SEED_FUND
from sim.grid import Grid, GridSpec, build_grid
from sim.kernels import kernel
from sim.meeting import come_forward, search_of
from sim.processes import founding, labour, location, population, skills, spillovers
from sim.rounds import ANGEL_DEALS
from sim.space import FORMS, Neighbours, lattice, neighbours, zone_distance_km
from sim.territory import Territory
from sim.world import World

# Share of digital workers and startups by sector: assumption, after the thematic networks of the French Tech.
SECTOR_SHARE = np.array([0.42, 0.08, 0.04, 0.07, 0.10, 0.14, 0.08, 0.07])

# Relatedness between sectors (1 on the diagonal): assumption; software serves all, media and retail are close, health
# and food share biology, clean technology and objects share engineering.
RELATEDNESS = np.array(
    [
        [1.0, 0.3, 0.2, 0.3, 0.5, 0.5, 0.5, 0.4],
        [0.3, 1.0, 0.3, 0.2, 0.1, 0.1, 0.3, 0.1],
        [0.2, 0.3, 1.0, 0.3, 0.1, 0.1, 0.2, 0.3],
        [0.3, 0.2, 0.3, 1.0, 0.1, 0.1, 0.4, 0.2],
        [0.5, 0.1, 0.1, 0.1, 1.0, 0.2, 0.2, 0.3],
        [0.5, 0.1, 0.1, 0.1, 0.2, 1.0, 0.2, 0.4],
        [0.5, 0.3, 0.2, 0.4, 0.2, 0.2, 1.0, 0.2],
        [0.4, 0.1, 0.3, 0.2, 0.3, 0.4, 0.2, 1.0],
    ]
)

REGIONAL_SQUARE_KM = 16.0  # squares on which knowledge is followed across a region: half the default distance of decay
REGIONAL_CUTOFF = 4.0  # reach of that knowledge, in distances of decay
FLOOR_RESERVE = 1.25  # floor against what digital jobs of 2012 use: room for ten years of growth, assumption
USUAL_FLAT_RENT = 13.0  # EUR/m2/month, where the territory file gives none: assumption
USUAL_RENT = 100.0  # EUR/m2/year, where the territory file gives none: assumption
DIGITAL_JOBS_PER_PERSON = 0.015  # where the territory file gives none: the mean of France
RESEARCHERS_PER_PERSON = 0.006  # research staff, where the territory file gives none: the mean of France (Eurostat)
DENSITY_OF_FLOOR = 0.2  # floor per inhabitant rises with density to this power: assumption
DENSITY_OF_RENT = 0.1  # so do rents inside a zone: assumption
WORKFORCE_YEAR = 2012  # year of the digital jobs of the territory file
JOBSEEKERS = 0.05  # share of digital workers looking for a job at the start: assumption
STARTUPS_PER_WORKER = 0.0125  # startups at the start per digital worker: 10,000 in France in 2008, assumption
ANGEL_GROUPS_PER_WORKER = 1143 / 1.0e6  # 8,000 angels in groups of seven (France Angels)
FUNDS_PER_WORKER = {  # houses a digital worker
    SEED_FUND: 55 / 1.0e6, GROWTH_FUND: 58 / 1.0e6,  # 113 houses in 2015 (AFIC), half and half: assumption
    CORPORATE: 20 / 1.0e6, FOREIGN: 60 / 1.0e6, PUBLIC: 1 / 1.0e6,  # assumption
}
SHARE_OF_SUPPLY = {  # of the money that is not foreign; the foreign part has its own series
    SEED_FUND: 0.25, GROWTH_FUND: 0.57, CORPORATE: 0.08, PUBLIC: 0.1, FOREIGN: 1.0,  # assumption
}
FUND_SPREAD = 0.8  # of the logarithm of sizes of funds: assumption


@dataclass(frozen=True, eq=False)
class Space:
    """Geography: what no process changes. Shared by every world built on it.

    Attributes
    ----------
    near, around : neighbour lists of quartiers within a walk and within commuting reach
    regional : neighbour lists of the squares on which knowledge is followed across a region
    region : [cells] that square of each quartier
    distance_km : [zones, zones]
    relatedness : [sectors, sectors]
    zone_start : [zones + 1] cells of zone z are ``zone_start[z]:zone_start[z + 1]``
    zone_key : [zones] identity of zones, for keyed choices
    """

    near: Neighbours
    around: Neighbours
    regional: Neighbours
    region: np.ndarray
    distance_km: np.ndarray
    relatedness: np.ndarray
    zone_start: np.ndarray
    zone_key: np.ndarray
    w_talent: int
    first_month: int
    perimeter_m: float


class Reach(NamedTuple):
    """What neighbour lists depend on: distances of decay, form of the kernel, and how it is taken."""

    walk_km: float
    commute_km: float
    regional_km: float
    form: str
    border_correction: bool
    averaged: bool


def reach_of(par: Any) -> Reach:
    """Reach of the parameters of every process."""
    p = par.spillovers
    return Reach(p.walk_km, p.commute_km, p.regional_km, FORMS[p.kernel], p.border_correction == 1, p.averaged == 0)


def build_space(territory: Territory, grid: Grid, reach: Reach, w_talent: int, first_month: int) -> Space:
    """Neighbour lists and distances for the reaches of the parameters."""
    how: dict[str, Any] = {"form": reach.form, "cell_averaged": reach.averaged,
                           "border_correction": reach.border_correction}
    squares, region = lattice(grid, REGIONAL_SQUARE_KM)
    return Space(
        near=neighbours(grid, reach.walk_km, **how),
        around=neighbours(grid, reach.commute_km, **how),
        regional=neighbours(squares, reach.regional_km, cutoff=REGIONAL_CUTOFF, **how),
        region=region,
        distance_km=zone_distance_km(territory),
        relatedness=RELATEDNESS.copy(),
        zone_start=grid.zone_start.astype(np.int64),
        zone_key=np.arange(len(territory.zones.code)),
        w_talent=w_talent,
        first_month=first_month,
        perimeter_m=1000.0 * PERIMETER_KM,
    )


def indicator(territory: Territory, name: str, usual: float, *, per_person: bool = False) -> np.ndarray:
    """A column of the territory file, [zones]; where it is absent the `usual` value, of a zone or of an inhabitant."""
    values = territory.zones.indicators.get(name)
    if values is not None:
        return np.asarray(values, float)
    return usual * territory.zones.population if per_person else np.full(len(territory.zones.code), usual)


def _cells(world: World, territory: Territory, grid: Grid, par: Any) -> None:
    world.cell.add(grid.x_m.size)
    c = world.cell
    for name in ("x_m", "y_m", "size_m", "area_km2", "zone", "population"):
        getattr(c, name)[:] = getattr(grid, name)
    c.key[:] = np.arange(c.n) - grid.zone_start[c.zone]
    density = c.population / np.maximum(c.area_km2, 1e-9)
    weight = c.population * density**DENSITY_OF_FLOOR
    zone_weight = np.bincount(c.zone, weight, world.zone.n)
    digital = indicator(territory, "digital_jobs", DIGITAL_JOBS_PER_PERSON, per_person=True)
    digital_here = digital[c.zone] * weight / zone_weight[c.zone]
    c.floor_m2[:] = par.rents.m2_per_fte * FLOOR_RESERVE * digital_here / par.rents.usual_occupancy
    mean_density = np.bincount(c.zone, density * weight, world.zone.n) / zone_weight
    rent = indicator(territory, "office_rent_eur_m2", USUAL_RENT)
    c.rent_reference[:] = rent[c.zone] * (density / mean_density[c.zone]) ** DENSITY_OF_RENT
    c.rent[:] = c.rent_reference


def _zones(world: World, territory: Territory, par: Any, first_month: int) -> None:
    zones = territory.zones
    world.zone.add(len(zones.code))
    z = world.zone
    z.uid[:] = rng.pack_uid(rng.KIND_ZONE, np.arange(z.n), 0, first_month, 0)
    z.labour_market[:] = zones.labour_market
    z.x_m[:], z.y_m[:], z.population[:] = zones.x_m, zones.y_m, zones.population
    digital = indicator(territory, "digital_jobs", DIGITAL_JOBS_PER_PERSON, per_person=True)
    years = WORKFORCE_YEAR + 0.5 - first_month / 12.0
    z.workforce[:] = np.outer(digital * math.exp(-par.population.trend * years), SECTOR_SHARE)
    density = zones.population / np.maximum(zones.area_km2, 1e-9)
    log_density = np.log(density) - np.average(np.log(density), weights=digital)
    z.housing_rent[:] = indicator(territory, "flat_rent_eur_m2_month", USUAL_FLAT_RENT)
    z.housing_reference[:] = z.housing_rent
    log_rent = np.log(z.housing_rent) - np.average(np.log(z.housing_rent), weights=digital)
    z.wage_place[:] = par.labour.wage_density * log_density + par.labour.wage_rent * log_rent
    z.wage[:] = np.exp(z.wage_place)[:, None]
    z.students[:] = indicator(territory, "students", skills.STUDENTS_PER_PERSON, per_person=True)
    lack = indicator(territory, "lack_of_digital_skills", skills.USUAL_LACK)
    skills.begin(z, lack, first_month, par.skills)
    z.researchers[:] = indicator(territory, "rd_staff_fte", RESEARCHERS_PER_PERSON, per_person=True)
    unemployment = np.maximum(indicator(territory, "unemployment", 0.1), 1e-3)
    z.hardship[:] = np.log(unemployment) - np.average(np.log(unemployment), weights=digital)


@kernel
def _chances(draw, uid, first, count):
    """Uniforms of the first month, [n, count]: occasions `first`, `first` + 1... of each identity."""
    out = np.empty((uid.size, count))
    for k in range(uid.size):
        for which in range(count):
            out[k, which] = rng.uniform(draw, rng.INITIAL, uid[k], first + which)
    return out


def _talents(world: World, draw: rng.Draw, weight: int) -> None:
    """Bundles of `weight` people by zone and trade; the remainder of the division becomes a bundle by a keyed draw."""
    z = world.zone
    exact = z.workforce / weight
    chance = _chances(draw, z.uid, 0, N_SECTORS)
    count = np.floor(exact + chance).astype(np.int64)
    zone, sector = (np.repeat(index.ravel(), count.ravel()) for index in np.indices(count.shape))
    ordinal = np.arange(zone.size) - np.repeat(np.r_[0, np.cumsum(count.ravel())[:-1]], count.ravel())
    rows = population.add_bundles(world, zone, sector, ordinal, weight, draw, 22 * 12, 60 * 12)
    t = world.talent
    seeking = _chances(draw, t.uid[rows], 0, 1)[:, 0] < JOBSEEKERS
    t.status[rows[seeking]] = JOBSEEKER
    population.count_people(world)


def startup_shares(territory: Territory, par: Any) -> np.ndarray:
    """Share of startups of each zone before the policy, [zones]: the territory's, or with the largest labour market at
    `location.capital_share` and the others in the same proportions.
    """
    share = indicator(territory, "startup_weight", 1.0, per_person=True)
    share = share / share.sum()
    if par.location.capital == 1:
        by_market = np.bincount(territory.zones.labour_market, share)
        capital = territory.zones.labour_market == by_market.argmax()
        here, wanted = by_market.max(), par.location.capital_share
        if here < 1.0:
            share = np.where(capital, share * wanted / here, share * (1.0 - wanted) / (1.0 - here))
    return share


def _startup_counts(world: World, territory: Territory, draw: rng.Draw, par: Any) -> np.ndarray:
    """Startups of the first month by zone and sector, [zones, sectors]; no more than a tenth of the people of a
    trade.
    """
    z = world.zone
    mean = STARTUPS_PER_WORKER * z.workforce.sum() * np.outer(startup_shares(territory, par), SECTOR_SHARE)
    chance = _chances(draw, z.uid, N_SECTORS, N_SECTORS)
    employed = np.zeros((z.n, N_SECTORS))
    t = world.talent
    working = t.alive & (t.status == ELSEWHERE)
    np.add.at(employed, (t.zone[working], t.sector[working]), t.weight[working])
    return np.minimum(np.floor(mean + chance), employed // 10).astype(np.int64)


def _startups(world: World, territory: Territory, draw: rng.Draw, par: Any) -> None:
    """Startups in business at the start, with founders and staff taken from the people of their zone and labour
    market.
    """
    t, z = world.talent, world.zone
    hires = _startup_counts(world, territory, draw, par).ravel()
    working = t.alive & (t.status == ELSEWHERE)
    rows = np.flatnonzero(working)
    trade = t.zone[rows].astype(np.int64) * N_SECTORS + t.sector[rows]
    everybody = search_of(rows, trade, t.weight[rows].astype(float), t.weight, hires.size)
    of, _, row, _ = come_forward(draw, hires, everybody, t.uid, t.weight)
    rank = np.arange(of.size) - np.searchsorted(of, of)
    founders = row[rank < hires[of]]
    persons = people.single_out(t, founders, world.month, 0)
    new, _ = founding.register(world, persons, world.month)
    f = world.startup
    wanted = np.zeros(f.n, np.int64)
    _books(
        draw, new, f.uid, f.zone, f.sector, z.wage, par.labour, f.birth, wanted, f.quality, f.revenue_eur, f.cash_eur
    )
    _settle_in(world, draw, new)
    _staff(world, draw, wanted)


def _staff(world: World, draw: rng.Draw, wanted: np.ndarray) -> None:
    """Give the first startups the employees they want, as far as three in ten people of each labour market go."""
    t, z, f = world.talent, world.zone, world.startup
    n_markets = (int(z.labour_market.max()) + 1) * N_SECTORS
    rows = np.flatnonzero(t.alive & (t.status == ELSEWHERE))
    trade = z.labour_market[t.zone[rows]].astype(np.int64) * N_SECTORS + t.sector[rows]
    everybody = search_of(rows, trade, t.weight[rows].astype(float), t.weight, n_markets)
    market = z.labour_market[f.zone].astype(np.int64) * N_SECTORS + f.sector
    share = 0.3 * everybody.total / np.maximum(np.bincount(market, wanted, n_markets), 1.0)
    filled = np.floor(wanted * np.minimum(share, 1.0)[market]).astype(np.int64)
    labour.settle(world, draw, np.arange(f.n), filled, market, everybody)
    world.flows.clear()


@kernel
def _books(draw, rows, uid, zone, sector, wage, labour_par, birth, wanted, quality, revenue, cash):
    """Ages, employees wanted, quality, revenue and cash of the first startups.

    Ages follow a stock whose entries grow by 4 % and whose firms close at 8 % a year, up to 15 years; staff is
    lognormal, median 2.5 (DGE: startups have 7 people on average, few more than ten).
    """
    for i in rows:
        u, v = rng.uniform_pair(draw, rng.INITIAL, uid[i], rng.ONCE)
        w, x = rng.uniform_pair(draw, rng.INITIAL, uid[i], rng.ONCE + 1)
        age = -math.log(1.0 - u * (1.0 - math.exp(-0.12 * 15.0))) / 0.12
        birth[i] -= int(12.0 * age)
        wanted[i] = min(int(2.5 * math.exp(1.1 * rng.normal_quantile(v)) * min(1.0, 0.3 + age / 5.0)), 150)
        quality[i] = 0.2 + rng.normal_quantile(w)
        cost = labour_par.founder_cost_eur + wanted[i] * labour_par.all_in_cost_eur * wage[zone[i], sector[i]]
        revenue[i] = cost * math.exp(0.15 * rng.normal_quantile(x))
        cash[i] = 9.0 * cost


def _settle_in(world: World, draw: rng.Draw, rows: np.ndarray) -> None:
    """Quartier of each first startup, in proportion to floor."""
    f, c, start = world.startup, world.cell, world.space.zone_start
    for i in rows:
        zone = f.zone[i]
        first, last = start[zone], start[zone + 1]
        chosen = choice.pick_cell(draw, rng.CHOOSE_CELL, f.uid[i], first, last, c.key, c.floor_m2, -1)
        f.cell[i] = chosen if chosen >= 0 else first


def _investors(world: World, territory: Territory, draw: rng.Draw, par: Any) -> None:
    """Groups of angels and funds of each kind, by the weights of the territory; foreign and public ones in the zone
    with most funds.
    """
    workforce = world.zone.workforce.sum() * math.exp(par.population.trend * 4.5)
    ordinal = 0
    for kind, per_worker in {ANGEL: ANGEL_GROUPS_PER_WORKER, **FUNDS_PER_WORKER}.items():
        count = round(per_worker * workforce)
        if count == 0:
            continue
        weight = indicator(territory, "angels_weight" if kind == ANGEL else "vc_weight", 1.0, per_person=True)
        if kind in (FOREIGN, PUBLIC):
            weight = 1.0 * (np.arange(weight.size) == weight.argmax())
        edges = np.cumsum(weight / weight.sum())
        rows = world.investor.add(count)
        v = world.investor
        v.kind[rows] = kind
        v.zone[rows] = np.minimum(np.searchsorted(edges, (np.arange(count) + 0.5) / count), world.zone.n - 1)
        uid_kind = rng.KIND_ANGEL if kind == ANGEL else rng.KIND_FUND
        v.uid[rows] = rng.pack_uid(uid_kind, v.zone[rows], 0, world.month, ordinal + np.arange(count))
        draws = _chances(draw, v.uid[rows], 0, 3)
        v.sector[rows] = np.minimum(np.searchsorted(np.cumsum(SECTOR_SHARE), draws[:, 0]), N_SECTORS - 1)
        if kind == ANGEL:
            v.share[rows], v.largest_eur[rows] = ANGEL_DEALS, par.funding.ticket_angel_eur
            v.money_eur[rows] = par.funding.ticket_angel_eur
            continue
        ordinal += count
        size = np.exp([FUND_SPREAD * rng.normal_quantile(u) for u in draws[:, 1]])
        v.share[rows] = SHARE_OF_SUPPLY[kind] * size / size.sum() * (workforce / 1.0e6)
        v.vintage[rows] = world.month - np.floor(par.capital.life * draws[:, 2]).astype(np.int64)
        part = par.capital.foreign_2013 if kind == FOREIGN else 1.0 - par.capital.foreign_2013
        v.money_eur[rows] = part * v.share[rows] * par.funding.supply_2013_eur


def fit_appeal(world: World, territory: Territory, par: Any, tolerance: float = 1e-10) -> None:
    """Zone constants that reproduce the map of startups before the policy (Berry 1994), founders living where people
    live.
    """
    z = world.zone
    target = startup_shares(territory, par)
    home = location.home_factors(world.space, par.location)
    origin = z.talents / max(z.talents.sum(), 1.0)
    z.appeal[:] = 0.0
    location.attract(world, par)
    _, weight = location.weights_of_places(world, par)
    for _ in range(1000):
        share = np.zeros(z.n)
        for s in range(N_SECTORS):
            pull = home * (weight[:, s] * np.exp(z.appeal))[None, :]
            share += origin[:, s] @ (pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300))
        step = np.where(
            (target > 0) & (share > 0),
            np.log(np.maximum(target * share.sum(), 1e-300)) - np.log(np.maximum(share, 1e-300)),
            0.0,
        )
        z.appeal += step
        if np.abs(step).max(initial=0.0) < tolerance:
            break


def build(
    territory: Territory,
    spec: GridSpec | Grid,
    par: Any,
    *,
    w_talent: int,
    first_month: int,
    seed: int,
    space: Space | None = None,
) -> World:
    """World at the end of the month before `first_month`.

    Parameters
    ----------
    spec : how to cut the territory, or the quartiers themselves
    par : parameters of every process, see `sim.engine.parameters`
    space : geography built before, for the same quartiers
    """
    grid = spec if isinstance(spec, Grid) else build_grid(territory, spec)
    space = space or build_space(territory, grid, reach_of(par), w_talent, first_month)
    world = World(space, first_month - 1)
    draw = rng.draw_of(seed, first_month - 1)
    world.nation.add(1)
    _zones(world, territory, par, first_month)
    _cells(world, territory, grid, par)
    initial_places.characterise(world, territory, indicator, par)
    _talents(world, draw, w_talent)
    _startups(world, territory, draw, par)
    c = world.cell
    spillovers.step(world, par, draw)
    used = par.rents.m2_per_fte * c.staff.sum(axis=1)
    c.floor_m2[:] = np.maximum(c.floor_m2, (used + c.creatives_m2) / par.rents.usual_occupancy)
    c.other_m2[:] = par.rents.usual_occupancy * c.floor_m2 - used
    initial_places.settle(world, par)
    initial_places.open_baseline(world, territory, indicator, draw, par)
    fit_appeal(world, territory, par)
    _investors(world, territory, draw, par)
    return world

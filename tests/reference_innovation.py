"""How startups learn, innovate and grow, agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from reference_markets import has_turn

from sim import rng
from sim.fields import N_SECTORS
from sim.processes.growth import subordinator_table

ON = 0
SECTORS = range(N_SECTORS)
Model = Any  # ReferenceModel


def relevance(model: Model, s: int, r: int) -> float:
    """How much sector `s` can use what sector `r` knows."""
    related = model.relatedness[s][r]
    return related if model.par.innovation.distance == 0 else 4.0 * related * (1.0 - related)


def learning(startup: Any) -> float:
    """What universities and innovation places add to what a startup meets."""
    par, zone = startup.model.par.innovation, startup.zone
    return par.university * 100.0 * zone.students / max(zone.population, 1.0) + par.fablab * startup.cell.facility


def mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)


def freeze_reference(model: Model) -> None:
    """Means over startups, before the policy."""
    nation, startups = model.nation, model.startups
    if not startups:
        return
    for s in SECTORS:
        here = [startup for startup in startups if startup.sector == s]
        nation.theme_reference[s] = mean([startup.zone.theme[s] for startup in here])
    nation.learning_reference = mean([learning(startup) for startup in startups])
    nation.diversity_reference = mean([math.log(startup.cell.diversity) for startup in startups])
    nation.serendipity_reference = mean([startup.cell.serendipity for startup in startups])
    nation.broadband_reference = mean([startup.cell.broadband for startup in startups])


def size_of_step(u: float, tail: float) -> float:
    """Pareto from one to twenty, over its mean."""
    rest = 20.0**-tail
    average = tail * (1.0 - 20.0 ** (1.0 - tail)) / ((tail - 1.0) * (1.0 - rest))
    return (1.0 - u * (1.0 - rest)) ** (-1.0 / tail) / average


def innovate(startup: Any, staff_of: dict[Any, list[float]]) -> None:
    """Half a year of learning and innovating."""
    model, par, nation, cell = startup.model, startup.model.par.innovation, startup.model.nation, startup.cell
    s = startup.sector
    seen = cell.exposure[s] - nation.exposure_reference[s] + learning(startup) - nation.learning_reference
    share = startup.knowledge / (startup.knowledge + par.half)
    log_hazard = (par.spillover * share * seen
                  + par.diversity * (math.log(cell.diversity) - nation.diversity_reference)
                  + par.serendipity * (cell.serendipity - nation.serendipity_reference)
                  + par.broadband * (cell.broadband - nation.broadband_reference)
                  + par.theme * (startup.zone.theme[s] - nation.theme_reference[s]) + par.quality * startup.quality)
    usual = 0.5 * par.base * (startup.staff / 7.0) ** par.size
    research = startup.founder.skill * par.research_share * startup.staff
    kept = math.exp(-0.5 * par.decay)
    learnt = research**0.8 * (1.0 + share * math.exp(seen))
    startup.knowledge = startup.knowledge * kept + learnt * (1.0 - kept) / par.decay
    made = 0.0
    for n in range(rng.poisson(usual * math.exp(log_hazard), model.luck(rng.INNOVATE, startup.uid))):
        u, v = rng.uniform_pair(model.draw, rng.INNOVATION_SIZE, startup.uid, n)
        made += size_of_step(u, par.tail)
        scores = {}
        for r in SECTORS:
            weight = relevance(model, s, r) * staff_of[startup.zone][r]
            if weight > 0.0:
                scores[r] = rng.exponential(model.draw, rng.INNOVATION_SOURCE, startup.uid, 8 * n + r) / weight
        source = min(scores, key=scores.__getitem__, default=None)
        model.count("innovations", startup.zone)
        if source is not None and v < par.radical * (1.0 - model.relatedness[s][source]):
            model.count("radical_innovations", startup.zone)
        startup.innovations += 1
        startup.last_innovation = model.month
    startup.innovation_step = made - usual
    if startup.staff > 7:  # one innovation among many is a smaller part of sales
        startup.innovation_step *= (7.0 / startup.staff) ** par.size


def innovation(model: Model) -> None:
    """Startups that have their turn learn and innovate."""
    if model.par.innovation.active != ON:
        return
    if model.month % 3 == 0 and model.month < model.par.policy_start:
        freeze_reference(model)
    staff_of = {zone: [0.0] * N_SECTORS for zone in model.zones}
    for startup in model.startups:
        staff_of[startup.zone][startup.sector] += startup.staff
    for startup in model.all_startups:
        startup.innovation_step = 0.0
    for startup in model.startups:
        if has_turn(startup, 6):
            innovate(startup, staff_of)


def rivals(startup: Any) -> float:
    return math.log(max(startup.cell.competition[startup.sector], 0.05))


def grow(startup: Any) -> None:
    """Revenue starts, then grows by a drift, a shock of random variance, what is left of last year's, innovations."""
    model, par = startup.model, startup.model.par.growth
    if startup.revenue_eur <= 0.0:
        labs = startup.cell.cocreation[startup.sector] - model.nation.cocreation_reference[startup.sector]
        hazard = 3 * par.first_revenue * math.exp(model.par.facilities.labs * labs)
        if model.luck(rng.FIRST_REVENUE, startup.uid) < -math.expm1(-hazard):
            noise = rng.normal_quantile(model.luck(rng.REVENUE_SIZE, startup.uid))
            startup.revenue_eur = par.first_revenue_eur * math.exp(par.first_revenue_spread * noise)
        return
    met = startup.cell.exposure[startup.sector] - model.nation.exposure_reference[startup.sector]
    drift = float(np.interp(startup.age / 12.0, (2.0, 5.0, 10.0), (par.young, par.five, par.ten)))
    drift += par.quality * startup.quality + par.spillover * met
    drift += par.accelerator if model.month <= startup.accelerated_until else 0.0
    if model.par.skills.demand == ON:  # small shops with digital tools buy from startups around
        drift += model.par.skills.local_demand * (startup.zone.adoption - model.nation.adoption_reference)
    drift += startup.boost
    if startup.public_part > 0.0 and startup.model.month - startup.last_round < startup.model.par.coinvestment.months:
        joint = startup.model.par.coinvestment
        drift += joint.first * startup.public_part - joint.second * startup.public_part**2
    if par.rivalry == ON:
        drift -= par.competition * (rivals(startup) - model.nation.competition_reference[startup.sector])
    if startup.age % 12 < 3:
        startup.past_shock, startup.shock = startup.shock, 0.0
    if par.memory == ON and startup.staff < 10:
        rho = par.autocorrelation
        left = (1.0 - math.sqrt(1.0 - 4.0 * rho**2)) / (2.0 * rho) if rho != 0.0 else 0.0
        drift += left * startup.past_shock
    u, v = rng.uniform_pair(model.draw, rng.GROWTH, startup.uid, 0)
    roots = subordinator_table(par.tail)
    x = -math.log1p(-u) * (len(roots) - 1) / 40.0  # the table is even in -log(1 - u), from 0 to 40
    below = min(int(x), len(roots) - 2)
    root = roots[below] + (x - below) * (roots[below + 1] - roots[below])
    spread = par.volatility * (max(startup.revenue_eur, 1.0) / par.reference_revenue_eur) ** -par.volatility_size
    shock = spread * root * rng.normal_quantile(v)
    startup.shock += shock
    wanted = startup.revenue_eur * math.exp(drift / 4.0 + shock + par.innovation * startup.innovation_step)
    startup.revenue_eur = min(wanted, startup.staff * par.most_per_head_eur)  # by those who can deliver it


def growth(model: Model) -> None:
    if model.par.growth.active != ON:
        return
    if model.month % 3 == 0 and model.month < model.par.policy_start and model.startups:
        for s in SECTORS:
            here = [startup for startup in model.startups if startup.sector == s]
            model.nation.competition_reference[s] = mean([rivals(startup) for startup in here])
    for startup in model.startups:
        if has_turn(startup, 3):
            grow(startup)

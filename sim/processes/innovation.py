"""Innovation: startups learn from their own research and from others, and innovate.

Knowledge comes from research, decays, and lets a startup absorb what others know (MODEL C7.1-C7.2): the exposure of its
quartier, universities, innovation places. Innovations come at a hazard that rises with staff and with what is absorbed
(MODEL C7.3); each has a size and draws on a sector: the less related, the more often it is radical. What counts for
growth is what is made above a firm of the same size at the reference, so that the mean drift stays; one among the many
of a large firm is a smaller part of its sales, so that innovations lift no firm the more the larger it is.
"""

import math

import numpy as np

from sim import people, rng
from sim.fields import N_SECTORS
from sim.kernels import helper, kernel, rows_where

NAME = "innovation"
READS = ("startup.uid", "startup.alive", "startup.cell", "startup.zone", "startup.sector", "startup.staff",
         "startup.founder", "startup.quality", "startup.knowledge", "startup.innovations", "talent.skill",
         "cell.exposure", "cell.facility", "cell.diversity", "cell.serendipity", "cell.broadband", "zone.students",
         "zone.population", "zone.theme", "nation.exposure_reference", "nation.learning_reference",
         "nation.diversity_reference", "nation.serendipity_reference", "nation.broadband_reference",
         "nation.theme_reference")
WRITES = ("startup.knowledge", "startup.innovations", "startup.last_innovation", "startup.innovation_step",
          "nation.learning_reference", "nation.diversity_reference", "nation.serendipity_reference",
          "nation.broadband_reference", "nation.theme_reference")

TURN = 6  # months between the months in which a startup learns and innovates
YEARS = TURN / 12.0
USUAL_FIRM = 7.0  # people of a startup that innovates at the base hazard: the mean of DGE
RETURNS_OF_RESEARCH = 0.8  # power of research staff in knowledge (MODEL C7.2)
FEW = 50  # people below which the hazard of a size is worked out once
LARGEST = 20.0  # size above which innovations are cut, against the smallest


@helper
def learning(students_share, facility, par):
    """What universities and innovation places add to the exposure of a startup (MODEL C7.1)."""
    return par.university * 100.0 * students_share + par.fablab * facility


@helper
def absorption(knowledge, par):
    """Share of what others know that a startup can use: rises with its own knowledge (MODEL C7.1)."""
    return knowledge / (knowledge + par.half)


@helper
def learn(knowledge, research_fte, benefit, years, par):
    """Knowledge after some years of decay and of research, which is worth more with what is absorbed (MODEL C7.2).

    `benefit` is one at the reference exposure for a startup that absorbs all of it.
    """
    kept = math.exp(-par.decay * years)
    per_year = (1.0 - kept) / par.decay if par.decay > 0.0 else years
    return knowledge * kept + research_fte**RETURNS_OF_RESEARCH * (1.0 + benefit) * per_year


@helper
def usual_hazard(staff, par):
    """Innovations a year of a firm of this size at the reference."""
    return par.base * (staff / USUAL_FIRM) ** par.size


@helper
def weight_in_sales(staff, par):
    """Part of sales that an innovation moves, against the usual firm: less in a larger one, which makes more."""
    return (USUAL_FIRM / max(staff, USUAL_FIRM)) ** par.size


@helper
def advantage(absorbed, diversity, serendipity, broadband, theme, quality, par):
    """Log of the hazard against the reference (MODEL C7.3); `absorbed` and the rest are centred, but quality."""
    return (par.spillover * absorbed + par.diversity * diversity + par.serendipity * serendipity
            + par.broadband * broadband + par.theme * theme + par.quality * quality)


@helper
def step_size(u, tail):
    """Size of an innovation: Pareto, cut at `LARGEST`, mean one."""
    cut = LARGEST**-tail
    mean = tail / (tail - 1.0) * (1.0 - LARGEST ** (1.0 - tail)) / (1.0 - cut)
    return (1.0 - u * (1.0 - cut)) ** (-1.0 / tail) / mean


def relevance(relatedness, par):
    """How much a sector can use another's knowledge, [sectors, sectors]: relatedness, or best at middle distance
    (MODEL C7.4).
    """
    return relatedness if par.distance == 0 else 4.0 * relatedness * (1.0 - relatedness)


@kernel
def _mean_learning(students_share, facility, zone, cell, rows, par):
    out = 0.0
    for i in rows:
        out += learning(students_share[zone[i]], facility[cell[i]], par) / rows.size
    return out


@kernel
def staff_by_zone(alive, zone, sector, staff, zones):
    """People of startups, [zones, sectors]."""
    out = np.zeros((zones, N_SECTORS))
    for i in range(alive.size):
        if alive[i]:
            out[zone[i], sector[i]] += staff[i]
    return out


@kernel
def innovate(draw, month, rows, luck, uid, cell, zone, sector, staff, founder, quality, skill, exposure, students_share,
             facility, diversity, serendipity, broadband, theme, exposure_reference, learning_reference,
             diversity_reference, serendipity_reference, broadband_reference, theme_reference, sources, relatedness,
             par, knowledge, innovations, last_innovation, step, made, radical):
    """Learn and innovate: a Poisson number of innovations by inversion of one keyed draw.

    Parameters
    ----------
    luck : [n] uniform of each startup of `rows`
    sources : [zones, sectors, sectors] weight of each sector as a source for another's innovations
    step : written: size of innovations less the usual one, by their weight in sales
    made, radical : [n] written: innovations, and those that are radical
    """
    usual_of = np.empty(FEW)
    for n in range(FEW):
        usual_of[n] = usual_hazard(n, par)
    for k in range(rows.size):
        i = np.uint64(rows[k])  # known not to be negative
        c, s = cell[i], sector[i]
        share = absorption(knowledge[i], par)
        seen = (exposure[c, s] - exposure_reference[s]
                + learning(students_share[zone[i]], facility[c], par) - learning_reference)
        log_hazard = advantage(share * seen, math.log(diversity[c]) - diversity_reference,
                               serendipity[c] - serendipity_reference, broadband[c] - broadband_reference,
                               theme[zone[i], s] - theme_reference[s], quality[i], par)
        usual = (usual_of[staff[i]] if staff[i] < FEW else usual_hazard(np.int64(staff[i]), par)) * YEARS
        research = np.float64(skill[founder[i]]) * par.research_share * staff[i]
        knowledge[i] = learn(knowledge[i], research, share * math.exp(seen), YEARS, par)
        size, radical[k] = 0.0, 0
        made[k] = rng.poisson(usual * math.exp(log_hazard), luck[k])
        for n in range(made[k]):
            u, v = rng.uniform_pair(draw, rng.INNOVATION_SIZE, uid[i], n)
            size += step_size(u, par.tail)
            source = rng.choose(draw, rng.INNOVATION_SOURCE, uid[i], N_SECTORS * n, sources[zone[i], s])
            if source >= 0 and v < par.radical * (1.0 - relatedness[s, source]):
                radical[k] += 1
            last_innovation[i] = month
        innovations[i] += made[k]
        step[i] = (size - usual) * weight_in_sales(staff[i], par)


def students_share(zone):
    """Students among inhabitants, [zones]."""
    return zone.students / np.maximum(zone.population, 1.0)


def freeze_reference(world, par):
    """National means over startups before the policy: the zero of what is centred (rule N1)."""
    f, c, nation = world.startup, world.cell, world.nation
    rows = np.flatnonzero(f.alive)
    if rows.size == 0:
        return
    number = np.maximum(np.bincount(f.sector[rows], minlength=N_SECTORS), 1)
    theme = world.zone.theme[f.zone[rows], f.sector[rows]]
    nation.theme_reference[0] = np.bincount(f.sector[rows], theme, N_SECTORS) / number
    nation.learning_reference[0] = _mean_learning(students_share(world.zone), c.facility, f.zone, f.cell, rows, par)
    nation.diversity_reference[0] = np.log(c.diversity[f.cell[rows]]).mean()
    nation.serendipity_reference[0] = c.serendipity[f.cell[rows]].mean()
    nation.broadband_reference[0] = c.broadband[f.cell[rows]].mean()


def step(world, par, draw):
    """Startups that have their turn learn and innovate."""
    p, f, c, nation = par.innovation, world.startup, world.cell, world.nation
    if p.active == 1:
        return
    if world.month % 3 == 0 and world.month < par.policy_start:
        freeze_reference(world, p)
    rows = people.startups_in_turn(world.month, TURN, f.alive, f.uid)
    staff = staff_by_zone(f.alive, f.zone, f.sector, f.staff, world.zone.n)[:, None, :]
    related, made, radical = world.space.relatedness, np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    f.innovation_step[:] = 0.0
    innovate(draw, world.month, rows, rng.uniforms(draw, rng.INNOVATE, f.uid[rows]), f.uid, f.cell, f.zone,
             f.sector, f.staff, f.founder, f.quality, world.talent.skill, c.exposure, students_share(world.zone),
             c.facility, c.diversity, c.serendipity, c.broadband, world.zone.theme, nation.exposure_reference[0],
             nation.learning_reference[0], nation.diversity_reference[0],
             nation.serendipity_reference[0], nation.broadband_reference[0], nation.theme_reference[0],
             staff * relevance(related, p), related, p, f.knowledge, f.innovations, f.last_innovation,
             f.innovation_step, made, radical)
    who = rows_where(made > 0)
    world.count("innovations", f.zone[rows[who]], made[who])
    world.count("radical_innovations", f.zone[rows[who]], radical[who])

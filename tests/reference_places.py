"""Places of the reference model, agent by agent: creative workers and their districts, broadband."""

from __future__ import annotations

import math
from typing import Any

Model = Any
ON = 0


def roll_out(model: Model) -> None:
    """By quarter: dense quartiers have ultra-fast access first."""
    par = model.par.broadband
    if par.active != ON or model.month % 3 != 0:
        return
    for quartier in model.quartiers:
        density = max(quartier.population / max(quartier.area_km2, 1e-9), 1e-3)
        half = par.midpoint - par.lag * math.log10(density / 1000.0)
        years = (model.month + quartier.broadband_ahead) / 12.0 - half
        quartier.broadband = 1.0 / (1.0 + math.exp(-years / par.pace))


def live_creatively(model: Model) -> None:
    """By quarter: creative workers move or are priced out, then districts liven up."""
    par = model.par.creatives
    if par.active != ON or model.month % 3 != 1:
        return
    for zone in model.zones:
        appeal = {quartier: appeal_to_creatives(quartier, par) for quartier in zone.quartiers}
        total, gone = sum(appeal.values()), 0.0
        for quartier in zone.quartiers:
            here = quartier.creatives
            wished = zone.creatives * appeal[quartier] / total if total > 0.0 else here
            settled = here * (1.0 - par.speed / 4.0)  # the others look for a better place anyway
            leaving = settled * (1.0 - min(quartier.rent_before / quartier.rent, 1.0) ** par.displacement)
            quartier.creatives = settled + par.speed / 4.0 * wished - leaving
            quartier.rent_before = quartier.rent
            gone += leaving
        model.count("creatives_displaced", zone, gone)
    for quartier in model.quartiers:
        liven_up(quartier, par)


def in_lofts(quartier: Any, par: Any) -> float:
    """Wasteland, as the ordinary floor that would attract as many."""
    return quartier.wasteland_m2 / par.wasteland_rent**par.rent


def appeal_to_creatives(quartier: Any, par: Any) -> float:
    """Floor that is cheap, pleasant and lively."""
    pull = par.amenity * quartier.amenity + par.conviviality * math.log(max(quartier.conviviality, 1e-9))
    return (quartier.floor_m2 + in_lofts(quartier, par)) * math.exp(pull) / quartier.rent**par.rent


def liven_up(quartier: Any, par: Any) -> None:
    """Creative workers use floor; with the people of startups they keep places open, where they meet."""
    room = quartier.floor_m2 + in_lofts(quartier, par)
    used = par.m2_per_person * quartier.creatives * quartier.floor_m2 / room if room > 0.0 else 0.0
    quartier.other_m2 += used - quartier.creatives_m2
    quartier.creatives_m2 = used
    area, staff = max(quartier.area_km2, 1e-9), sum(quartier.staff)
    lively = (quartier.conviviality_base * (1.0 + quartier.creatives / area) ** par.liven
              * (1.0 + staff / area) ** par.liven_staff)
    quartier.conviviality += (1.0 - (1.0 - par.liven_speed) ** 3) * (lively - quartier.conviviality)
    met = quartier.conviviality * (quartier.creatives + staff) / area
    quartier.serendipity = 1.0 - math.exp(-met / par.encounter_scale)

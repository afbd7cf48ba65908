"""Startups that are bought or listed, agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from reference_capital import DEALS_OF_ANGELS, OWNERS, newcomer
from reference_markets import has_turn

from sim import rng
from sim.fields import (
    ANGEL,
    LATER,
    SOLD,
)

ON = 0  # rank of "on" among the choices of a switch
Model = Any  # ReferenceModel

# --- exits -----------------------------------------------------------------------------------------------------------
def exits(model: Model) -> None:
    """Startups are asked once a year whether they are bought or listed."""
    for startup in model.all_startups:
        if startup.closed == model.month - 1 and startup.raised_eur > 0.0 and startup.acquired < 0:
            model.count("write_offs", startup.zone)
    if model.par.exits.active != ON:
        return
    angels, asked = [], [s for s in model.startups if has_turn(s, 12) and s.acquired < 0]
    for startup in sorted(asked, key=lambda startup: startup.uid):
        par, luck, u = model.par.exits, model.luck(rng.EXIT, startup.uid), model.luck(rng.EXIT_PRICE, startup.uid)
        listing = par.listing if startup.stage == LATER and startup.lead is not None else 0.0
        hazard = (par.unbacked if startup.lead is None else par.backed) * math.exp(
            par.quality * startup.quality + par.staff * math.log(startup.staff) + par.brand * startup.zone.brand)
        if luck >= -math.expm1(-hazard - listing):
            continue
        listed = luck < -math.expm1(-listing)
        u = 0.5 + 0.5 * u if listed else u
        multiple = par.least * (1.0 - u * (1.0 - (par.least / par.most) ** par.tail)) ** (-1.0 / par.tail)
        angels += sell(startup, listed, multiple)
    largest = max([v.largest_eur for v in model.investors if v.kind == ANGEL], default=0.0)
    for founder in sorted(angels, key=lambda founder: int(rng.angel_uids(founder.uid))):
        uid = np.uint64(rng.angel_uids(founder.uid))
        if any(v.uid == uid for v in model.investors):
            continue
        like = SimpleNamespace(kind=ANGEL, zone=founder.zone, sector=founder.sector, largest_eur=largest)
        newcomer(model, like, uid).share = DEALS_OF_ANGELS


def sell(startup: Any, listed: bool, multiple: float) -> list[Any]:
    """A startup changes owner: who held it is paid; founders who become angels."""
    model, par, zone = startup.model, startup.model.par.exits, startup.zone
    where, fate = rng.uniform_pair(model.draw, rng.EXIT_FATE, startup.uid)
    payer = "stock market" if listed else "acquirers abroad" if where < par.abroad else "acquirers at home"
    private = startup.share_angels + startup.share_funds + startup.share_corporate + startup.share_foreign
    value = startup.raised_eur / private if private > 0.0 else 12.0 * par.sales * startup.revenue_eur
    eur = multiple * value
    part = {owner: eur * getattr(startup, f"share_{owner}") for owner in OWNERS}
    funds = part["funds"] + part["corporate"] + part["foreign"]
    model.pay(payer, "households", "exit", zone, part["founders"] + part["employees"] + part["angels"])
    model.pay(payer, "limited partners", "exit", zone, funds)
    model.pay(payer, "public investors", "exit", zone, part["public"])
    gain = part["founders"] + part["employees"] + max(part["angels"] - startup.share_angels * value, 0.0)
    model.pay("households", "tax office", "tax on gains", zone, par.tax * gain)
    if startup.lead is not None:
        startup.lead.returned_eur += funds
    each, angels = (1.0 - par.tax) * part["founders"] / len(startup.team), []
    for founder in startup.team:
        founder.wealth_eur += each
        founder.succeeded = founder.succeeded or multiple >= 1.0
        rich = each > par.angel_bar_eur and model.luck(rng.NEW_ANGEL, founder.uid) < par.angel
        if rich and par.recycling == ON:
            angels.append(founder)
    if multiple >= 1.0 and par.recycling == ON:
        for person in startup.employees:
            person.alumni_until = model.month + int(par.alumni)
    for owner in OWNERS:
        setattr(startup, f"share_{owner}", 1.0 if owner == "acquirer" else 0.0)
    startup.acquired = model.month
    if not listed and fate >= par.kept:
        startup.cause = SOLD
    model.count("listings" if listed else "acquisitions", zone)
    model.count("exits_eur", zone, eur)
    return angels

"""Money of investors, agent by agent: capital and funding (see `reference.py`)."""

from __future__ import annotations

import math
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from reference_state_money import capital as capital_zones
from reference_state_money import pay

from sim import rng
from sim.fields import (
    ANGEL,
    BOOTSTRAP,
    CORPORATE,
    FIRST,
    FOREIGN,
    GROWTH_FUND,
    LATER,
    PUBLIC,
    SEED,
    SEED_FUND,
)

ON = 0  # rank of "on" among the choices of a switch
Model = Any  # ReferenceModel
OWNERS = ("founders", "employees", "angels", "funds", "corporate", "foreign", "public", "acquirer")
OWNER = {ANGEL: "angels", SEED_FUND: "funds", GROWTH_FUND: "funds", CORPORATE: "corporate", FOREIGN: "foreign",
         PUBLIC: "public"}
FOLLOWED = {SEED_FUND: SEED, GROWTH_FUND: FIRST, CORPORATE: FIRST, FOREIGN: LATER}
MEMORY = 8  # partners an investor remembers
DEALS_OF_ANGELS = 0.4  # a year, for which a group has money


class Investor(mesa.Agent):
    """A group of business angels, a fund, or the public co-investor."""

    def replenish(self) -> None:
        """New money of the month; a fund keeps no more than two years of it."""
        model, before, par = self.model, self.money_eur, self.model.par
        if self.kind == ANGEL:
            yearly, most = self.share * self.largest_eur, self.largest_eur
        else:
            yearly, most = self.share * par.funding.supply_2013_eur * model.nation.capital_index, 0.0
            part = foreign_part(model)
            response = (1.0 + model.nation.goodwill) ** par.capital.brand if par.capital.abroad == ON else 1.0
            yearly *= part * response if self.kind == FOREIGN else 1.0 - part
        self.money_eur = min(self.money_eur + yearly / 12.0, par.funding.dry_powder * yearly + most)
        giver = "public investors" if self.kind == PUBLIC else "limited partners"
        model.pay(giver, "investors", "supply", self.zone, self.money_eur - before)

    def likes(self, sector: int) -> float:
        return math.exp(self.model.par.funding.sector) if sector == self.sector else 1.0

    def follows(self, stage: int) -> float:
        """Pull of a stage: that which the kind follows, less the others; angels look at first deals only."""
        if self.kind in (ANGEL, PUBLIC):
            return 1.0 if self.kind == PUBLIC or stage == SEED else 0.0
        return self.model.par.funding.stage_fit ** abs(stage - FOLLOWED[self.kind])

    def nearness(self, zone: Any, origin: Any = None) -> float:
        par = self.model.par.funding
        decay = {ANGEL: par.distance_angel, FOREIGN: par.distance_foreign, PUBLIC: 0.0}
        return (1.0 + km_between(origin or self.zone, zone) / 10.0) ** -decay.get(self.kind, par.distance_fund)

    def rounds_with(self, other: Investor) -> int:
        return sum(int(uid) == int(other.uid) for uid in self.partners)

    def meet(self, other: Investor) -> None:
        self.partners[self.met % MEMORY] = int(other.uid)
        self.met += 1

    def offers(self, files: dict[Any, File]) -> list[Any]:
        """Startups that get an offer from this investor; never more than it has."""
        model, par, left, out = self.model, self.model.par.funding, self.money_eur, []
        looks = int(par.fund_looks)
        if self.kind == ANGEL:
            looks = int(model.luck(rng.INVESTOR_ACTIVE, self.uid) < par.angel_active)
        if not self.active or self.kind == PUBLIC:
            return []
        for occasion in range(looks):
            file = self.look(files, occasion)
            if file is None:
                continue
            eur = par.ticket_angel_eur if self.kind == ANGEL else file.ticket
            bar = par.bar_angel if self.kind == ANGEL else par.bar_fund
            if self.quality_seen(file.startup) > bar and eur <= left:
                out.append(file.startup)
                left -= eur
        return out

    def known(self, files: list[File]) -> dict[File, float]:
        """Pull of files whose last round it led, or somebody it shared rounds with."""
        par, out = self.model.par.funding, {}
        for file in files:
            startup = file.startup
            if par.known != ON or self.kind == ANGEL or startup.lead is None:
                continue
            near = self.nearness(startup.zone)
            shared = self.rounds_with(startup.lead)
            if startup.lead is self:
                near, shared = max(near, self.nearness(startup.zone, startup.backer_zone)), 1
            if shared:
                out[file] = par.ties * shared * near * file.pull(self) * self.likes(startup.sector)
        return out

    def look(self, files: dict[Any, File], occasion: int) -> File | None:
        """The file studied on one occasion: one it knows, or first the zone, then the sector, then the startup."""
        model, key = self.model, self.uid + np.uint64(occasion)
        seen = [file for file in files.values() if self.follows(file.stage) > 0.0]
        decay = model.par.funding.distance_angel * model.par.angels.novice_distance

        def luck(which: int) -> float:
            return rng.exponential(model.draw, rng.INVESTOR_ZONE, self.uid, occasion * 2048 + which)

        zones, known = defaultdict(float), self.known(seen)
        for file in seen:
            zones[file.startup.zone] += file.pull(self) * self.likes(file.startup.sector)
        near = {zone: (1.0 + km_between(self.zone, zone) / 10.0) ** -decay if self.novice else self.nearness(zone)
                for zone in zones}
        scores = {zone: luck(zone.key) / (pull * near[zone]) for zone, pull in zones.items()}
        if known and sum(known.values()) > 0.0:
            scores[None] = luck(len(model.zones)) / sum(known.values())
        if not scores:
            return None
        zone = min(scores, key=scores.__getitem__)
        if zone is None:
            scores = {file: rng.exponential(model.draw, rng.KNOWN_FILE, pair(key, file), 0) / pull
                      for file, pull in known.items() if pull > 0.0}
            return min(scores, key=scores.__getitem__)
        return self.look_in([file for file in seen if file.startup.zone is zone], luck, key)

    def look_in(self, seen: list[File], luck: Any, key: np.uint64) -> File:
        """The file studied in a zone: first the sector, then a folder, then the startup."""
        sectors, folders = defaultdict(float), defaultdict(float)
        for file in seen:
            sectors[file.startup.sector] += file.pull(self) * self.likes(file.startup.sector)
        scores = {sector: luck(1024 + sector) / pull for sector, pull in sectors.items()}
        sector = min(scores, key=scores.__getitem__)
        drawer = [file for file in seen if file.startup.sector == sector]
        for file in drawer:
            folders[rng.folder(file.startup.uid)] += file.pull(self)
        scores = {folder: luck(1536 + folder) / pull for folder, pull in folders.items()}
        folder = min(scores, key=scores.__getitem__)
        scores = {file: rng.exponential(self.model.draw, rng.INVESTOR_LOOK, pair(key, file), 0) / file.pull(self)
                  for file in drawer if rng.folder(file.startup.uid) == folder}
        return min(scores, key=scores.__getitem__)

    def quality_seen(self, startup: Any) -> float:
        """Quality with an error that grows with distance and shrinks with experience; a partner there spares it."""
        par, km = self.model.par.funding, km_between(self.zone, startup.zone)
        if startup.lead is self:
            km = min(km, km_between(startup.backer_zone, startup.zone))
        noise = rng.normal_quantile(self.model.luck(rng.SCREEN, np.uint64(rng.pair(self.uid, startup.uid))))
        spread = math.sqrt((1.0 + par.noise_distance * math.log1p(km / 10.0)) / (1.0 + par.learning * self.deals))
        return startup.quality + par.signal_staff * math.log(startup.staff) + par.noise * spread * noise


def km_between(investor: Any, startup: Any) -> float:
    """Kilometres between two zones, less what links with the capital take away."""
    far = 1.0 - startup.reach if startup.reach and investor in capital_zones(startup.model) else 1.0
    return investor.km[startup.row] * far


def pair(key: np.uint64, file: File) -> np.uint64:
    """What an investor's luck with a file depends on."""
    return np.uint64(rng.pair(key, file.startup.uid))


class File:
    """What a startup that seeks money shows investors."""

    def __init__(self, startup: Any, stage: int) -> None:
        model, par = startup.model, startup.model.par.funding
        self.startup, self.stage = startup, stage
        mean = {SEED: par.seed_eur, FIRST: par.first_eur, LATER: par.later_eur}[stage]
        noise = rng.normal_quantile(model.luck(rng.ROUND_SIZE, startup.uid))
        self.eur = mean * model.nation.capital_index**par.size * math.exp(par.spread * noise - 0.5 * par.spread**2)
        self.wanted = rng.poisson(par.partners if par.syndication == ON else 0.0, model.luck(rng.PARTNERS, startup.uid))
        self.ticket = self.eur / (1.0 + self.wanted)
        brand = startup.cell.hub.brand if startup.cell.hub is not None else 0.0
        self.visibility = math.exp(
            par.visibility * brand + par.visible_raised * math.log1p(startup.raised_eur / par.visible_scale_eur)
            + (par.visible_accelerator if startup.was_accelerated else 0.0)
            + (par.visible_champion if startup.champion_until >= model.month else 0.0)
            + (par.visible_grant if startup.granted >= 0 else 0.0))

    def pull(self, investor: Investor) -> float:
        return self.visibility * investor.follows(self.stage)


def stage_sought(startup: Any) -> int | None:
    """Stage for which a startup seeks money this month, None if it does not."""
    par = startup.model.par.funding
    short = startup.burn_eur > 0.0 and startup.cash_eur / startup.burn_eur < par.runway
    rested = startup.last_round < 0 or startup.model.month - startup.last_round >= par.between_rounds
    of_age = par.youngest <= startup.age < par.oldest
    prototype = startup.granted >= 0 and startup.model.month - startup.granted < par.prototype
    if startup.acquired >= 0 or not (of_age and rested and (short or startup.quality > par.ambition or prototype)):
        return None
    if startup.stage == BOOTSTRAP:
        return SEED
    if startup.stage == SEED:
        return FIRST if startup.revenue_eur > par.first_bar_eur else None
    return LATER if startup.staff >= par.later_staff or startup.stage == LATER else None


# --- capital ---------------------------------------------------------------------------------------------------------
def foreign_part(model: Model) -> float:
    """Foreign part of the supply: in a straight line from 2013 to 2021."""
    par, done = model.par.capital, (model.month / 12.0 - 2013) / 8
    return par.foreign_2013 + (par.foreign_2021 - par.foreign_2013) * min(max(done, 0.0), 1.0)


def newcomer(model: Model, like: Investor, uid: np.uint64, *names: str) -> Investor:
    """A new investor who shares some traits with another."""
    new = model.newborn(Investor)
    new.uid = uid
    for name in ("kind", "zone", "sector", "largest_eur", *names):
        setattr(new, name, getattr(like, name))
    model.investors.append(new)
    return new


def capital(model: Model) -> None:
    """Houses change in January; angels follow reliefs; money comes in."""
    if not model.investors:
        return
    if model.par.capital.vintages == ON and model.month % 12 == 0:
        renew(model, SEED_FUND)
        renew(model, GROWTH_FUND)
    if model.par.angels.tax == ON:
        follow_relief(model)
    for investor in model.investors:
        investor.replenish()


def renew(model: Model, kind: int) -> None:
    """Funds close after their time; the better half of the houses raise another, new houses replace the others."""
    par = model.par.capital
    over = [v for v in model.investors if v.kind == kind and v.active and model.month - v.vintage >= par.life]
    over.sort(key=lambda v: (v.returned_eur / max(v.invested_eur, 1.0), v.uid))
    shares, gone, going_on = sum(v.share for v in over), [], []
    for place, house in enumerate(over):
        model.pay("investors", "limited partners", "end of fund", house.zone, house.money_eur)
        house.money_eur, house.vintage = 0.0, model.month
        if 2 * place >= len(over) - 1:
            house.share *= 1.0 + par.successor * place / max(len(over) - 1, 1)
            going_on.append(house)
        else:
            gone.append(house)
    for house in sorted(gone, key=lambda v: v.uid):
        going_on.append(newcomer(model, house, np.uint64(rng.renewed_uids(house.uid, model.month)), "share", "vintage"))
        house.active, house.share = False, 0.0
    total = sum(v.share for v in going_on)
    for house in going_on:
        house.share *= shares / total


def follow_relief(model: Model) -> None:
    """Behind each group of angels, one that comes if the relief is large enough."""
    par, relief = model.par.angels, model.nation.angel_relief
    novices = [v for v in model.investors if v.novice]
    if relief > 0.0 and not novices:
        for leader in sorted([v for v in model.investors if v.kind == ANGEL], key=lambda v: v.uid):
            novices.append(newcomer(model, leader, np.uint64(rng.follower_uids(leader.uid))))
            novices[-1].novice = True
    if not novices:
        return
    behind = sum(v.kind == ANGEL and not v.novice for v in model.investors) / len(novices)
    people = ((1.0 - relief) ** -par.tax_people - 1.0) * behind
    money = ((1.0 - relief) ** -par.tax_deals - 1.0) * behind
    for novice in novices:
        who, has = rng.uniform_pair(rng.draw_of(model.key, 0), rng.TAX_ANGEL, novice.uid)
        novice.active = bool(who < people)
        if novice.active and novice.money_eur == 0.0 and novice.deals == 0:
            novice.money_eur = has * novice.largest_eur
            model.pay("limited partners", "investors", "supply", novice.zone, novice.money_eur)
        novice.share = DEALS_OF_ANGELS * money / max(min(people, 1.0), 1e-9) if novice.active else 0.0


# --- funding ---------------------------------------------------------------------------------------------------------
def funding(model: Model) -> None:
    """Startups seek, investors look and offer, startups take their best offer, rounds are closed."""
    if not model.investors:
        return
    files, par = {}, model.par.funding
    for startup in model.startups:
        stage = stage_sought(startup)
        if stage is not None:
            files[startup] = File(startup, stage)
        startup.seeks_eur = files[startup].eur if stage is not None else 0.0
    offers = defaultdict(list)
    for investor in model.investors:
        for startup in investor.offers(files):
            eur = par.ticket_angel_eur if investor.kind == ANGEL else files[startup].eur
            worth = eur * investor.nearness(startup.zone) * (1.0 + investor.deals) ** par.attachment
            offers[startup].append((-worth, investor.uid, investor))
    rounds = []
    for startup in sorted(offers, key=lambda startup: startup.uid):
        lead = min(offers[startup], key=lambda offer: offer[:2])[2]
        ticket = par.ticket_angel_eur if lead.kind == ANGEL else files[startup].ticket
        rounds.append(SimpleNamespace(startup=startup, lead=lead, file=files[startup], ticket=ticket, partners=[]))
    syndicate(model, rounds)
    for one in rounds:
        close_round(one)
    for one in rounds:
        for partner in one.partners:
            one.lead.meet(partner)
    for one in rounds:
        for partner in one.partners:
            partner.meet(one.lead)


def syndicate(model: Model, rounds: list[Any]) -> None:
    """Leaders set their money apart; then each invites partners who have enough."""
    par = model.par.funding
    purse = {v: v.money_eur for v in model.investors}
    for one in rounds:
        purse[one.lead] -= one.ticket
    for one in rounds:
        startup = one.startup
        for which in range(0 if one.lead.kind == ANGEL else one.file.wanted):
            scores = {}
            for other in model.investors:
                out = other is one.lead or other in one.partners or not other.active or other.kind == ANGEL
                if out or purse[other] < one.ticket:
                    continue
                shared = one.lead.rounds_with(other) if par.known == ON else 0
                pull = (1.0 + other.deals) ** par.attachment * other.nearness(startup.zone) * (1.0 + par.ties * shared)
                key = np.uint64(rng.pair(other.uid, startup.uid))
                luck = rng.exponential(model.draw, rng.PARTNER, key, which)
                scores[other] = luck / (pull * other.follows(one.file.stage))
            if not scores:
                break
            partner = min(scores, key=scores.__getitem__)
            one.partners.append(partner)
            purse[partner] -= one.ticket


def close_round(one: Any) -> None:
    """Money, stage and capital change hands."""
    startup, lead = one.startup, one.lead
    model, par = startup.model, startup.model.par
    bought, raised = defaultdict(float), 0.0
    for investor in (lead, *one.partners):
        investor.money_eur -= one.ticket
        investor.invested_eur += one.ticket
        investor.deals += 1
        bought[OWNER[investor.kind]] += one.ticket
        raised += one.ticket
        if investor.kind == FOREIGN:
            model.count("raised_foreign_eur", startup.zone, one.ticket)
    public = 0.0
    if lead.kind != ANGEL:
        public = public_money(model, startup.zone, raised)
        startup.lead = lead
        startup.backer_zone = min([v.zone for v in (lead, *one.partners)],
                                  key=lambda zone: km_between(zone, startup.zone))
        if startup.share_employees == 0.0:
            startup.share_employees = par.funding.option_pool * startup.share_founders
            startup.share_founders *= 1.0 - par.funding.option_pool
    bought["public"] += public
    for owner in OWNERS:
        kept = getattr(startup, f"share_{owner}") * (1.0 - par.funding.stake)
        setattr(startup, f"share_{owner}", kept + par.funding.stake * bought[owner] / (raised + public))
    startup.public_part = public / (raised + public)
    startup.cash_eur += raised + public
    startup.raised_eur += raised
    startup.aid_eur += public
    startup.aided = startup.aided or public > 0.0
    model.pay("investors", "startups", "equity", startup.zone, raised)
    model.count("angel_deals" if lead.kind == ANGEL else "rounds", startup.zone)
    model.count("raised_eur", startup.zone, raised)
    if lead.kind == ANGEL:
        model.pay("State", "households", "angel_tax", lead.zone, model.nation.angel_relief * one.ticket)
    if lead.novice:
        luck = model.luck(rng.ADDITIONAL, startup.uid)
        if luck < par.angels.replaced + par.angels.insiders:
            name = "early finance replaced" if luck < par.angels.replaced else "insiders replaced"
            model.pay("startups", "households", name, startup.zone, one.ticket)
            startup.cash_eur -= one.ticket
            model.count("replaced_eur", startup.zone, one.ticket)
            return
    startup.rounds, startup.stage, startup.last_round = startup.rounds + 1, one.file.stage, model.month


def public_money(model: Model, zone: Any, raised: float) -> float:
    """Public money that waits in the zone joins a round."""
    if model.par.coinvestment.active != ON or not model.funders or zone.coinvest_eur <= 0.0:
        return 0.0
    policy = model.par.policy
    if not any(m.kind == "co_investment" and m.first <= model.month <= m.last for m in policy.measures):
        return 0.0
    most = policy.term("co_investment", "most_share", 0.0)
    eur = min(raised * most / (1.0 - most), zone.coinvest_eur)
    zone.coinvest_eur -= eur
    pay(model, "startups", "co_investment", zone, eur)
    return eur

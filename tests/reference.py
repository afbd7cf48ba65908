"""The model, agent by agent, in ordinary Mesa style: slow, short, and an independent oracle for the engine.

Everything the arrays of `sim` do in bulk is written here a second time, one agent after the other, from the
description of the processes (ODD 7). Only three things are shared with the engine: the keyed random numbers of
`sim.rng` (so that both have the same luck), the imposed series of venture capital, and the table of quantiles of
the gamma distribution. Both start from the same `World`, and then must agree on every agent (`test_reference.py`).

An agent has the attributes declared for its entity in `sim/fields.py`, with agents in the place of row numbers:
``startup.zone`` is a `Zone`, ``talent.employer`` a `Startup` or None. A startup's ``employees`` are a list, the
last hired at the end, its founders a ``team``, the first founder first. Founding is in `reference_founders.py`, labour
in `reference_markets.py`, investors in `reference_capital.py`, aid in `reference_aid.py`, fields and places in
`reference_fields.py`, quartiers and zones in `reference_map.py`.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from reference_aid import aid, settle_accounts
from reference_capital import Investor, capital, funding
from reference_exits import exits
from reference_fields import fields, relocation, settle, weigh_places
from reference_founders import founding
from reference_innovation import growth, innovation
from reference_map import Quartier, Zone
from reference_markets import has_turn, labour, turn_of
from reference_money import Hub, accelerators, measures
from reference_people import adjust_pay, begin_mobility, learn, newcomers, pull_of_zone, remote_work
from reference_places import Facility, live_creatively, roll_out, run_places
from reference_state import initial_values, populate
from reference_state_money import brand, governance, label, pipelines

from sim import rng
from sim.fields import ELSEWHERE, FOUNDER, JOBSEEKER, N_SECTORS
from sim.processes.drivers import CAPITAL
from sim.world import World

SECTORS = range(N_SECTORS)
FREE = (ELSEWHERE, JOBSEEKER)  # statuses of people outside startups
ALIVE, BY_AGE, NO_CASH, GAVE_UP = range(4)  # why a startup closes


class Talent(mesa.Agent):
    """A digital worker, or a bundle of them (weight above one) who live and decide together."""

    @classmethod
    def newcomer(cls, model: ReferenceModel, zone: Zone, sector: int, ordinal: int, ages: tuple[int, int]) -> Talent:
        """A bundle that enters a trade, of an age between two, in months."""
        self, (youngest, oldest) = model.newborn(cls), ages
        self.uid = np.uint64(rng.pack_uid(rng.KIND_TALENT, zone.row, sector, model.month, ordinal))
        self.alive, self.weight, self.sector, self.status = True, model.w_talent, sector, ELSEWHERE
        self.zone = self.origin_zone = zone
        self.turn = turn_of(self.uid)
        self.birth = model.month - int(youngest + (oldest - youngest) * model.luck(rng.NEW_AGE, self.uid))
        noise = rng.normal_quantile(model.luck(rng.NEW_SKILL, self.uid))
        self.skill = float(np.float32(math.exp(0.3 * noise - 0.045)))
        model.nation.entered += self.weight
        return self

    def leave_the_model(self) -> None:
        self.alive, self.weight = False, 0
        self.remove()

    def retire(self) -> None:
        """People of age leave, except founders and employees of startups."""
        old = self.model.month - self.birth >= 12.0 * self.model.par.population.retirement_age
        if old and self.status in FREE:
            self.model.nation.retired += self.weight
            self.leave_the_model()

    def one_person(self, occasion: int) -> Talent:
        """One person out of the bundle, known by the month and the occasion; the last is the bundle itself."""
        if self.weight == 1:
            return self
        person = self.model.newborn(Talent)
        self.weight -= 1
        self.left += 1
        person.uid = np.uint64(rng.person_uid(self.uid, self.model.month, occasion, self.left))
        person.alive, person.weight, person.bundle, person.turn = True, 1, self, turn_of(person.uid)
        for name in ("zone", "origin_zone", "sector", "birth", "skill", "literacy", "status"):
            setattr(person, name, getattr(self, name))
        return person

    def rejoin(self) -> None:
        """Somebody employed elsewhere, no founder nor graduate of an exit, goes back to a bundle of the same zone."""
        bundle = self.bundle
        if (bundle is not None and bundle.alive and self.status == bundle.status == ELSEWHERE
                and self.foundations == 0 and self.alumni_until < 0 and bundle.zone is self.zone):
            bundle.weight += 1
            self.leave_the_model()

    def leave_employer(self, status: int) -> None:
        self.employer.employees.remove(self)
        self.employer.staff -= 1
        self.employer, self.status = None, status

    def found(self) -> Startup:
        """Open a startup where the founder lives; it will settle later in the month."""
        model = self.model
        startup = model.newborn(Startup)
        startup.uid = np.uint64(rng.startup_uid(self.uid, self.foundations))
        startup.alive, startup.birth, startup.sector = True, model.month, self.sector
        startup.zone = startup.origin_zone = self.zone
        startup.founder, startup.staff, startup.employees = self, 1, []
        startup.team, startup.invited = [self], []
        self.status, self.employer, self.foundations = FOUNDER, startup, min(self.foundations + 1, 7)
        return startup

    def wants_to_move(self) -> bool:
        """People who are not in a startup move, the young more than the old. Asked once a year."""
        model, age = self.model, (self.model.month - self.birth) / 12.0
        if age < 35.0:
            factor = 3.0 if age < 30.0 else 3.0 - 0.4 * (age - 30.0)
        else:
            factor = 1.0 - 0.04 * (age - 35.0) if age < 50.0 else 0.4
        rise = model.par.mobility.skill
        by_skill = self.skill**rise / math.exp(0.045 * (rise**2 - rise))  # the mean of a power of skill, spread 0.3
        hazard = 12.0 * model.par.mobility.base_hazard * factor / 1.4 * by_skill
        return model.luck(rng.MOVE, self.uid) < -math.expm1(-hazard)

    def destination(self) -> Zone:
        """Zone a mover goes to."""
        weights = {zone: self.pull_of(zone) for zone in self.model.zones if zone is not self.zone}
        return self.model.pick(rng.MOVE_WHERE, self.uid, weights) or self.zone

    def pull_of(self, zone: Zone) -> float:
        """Weight of a destination: pay, visibility and roots pull, distance holds back."""
        par = self.model.par.mobility
        roots = math.exp(par.origin) if zone is self.origin_zone else 1.0
        return pull_of_zone(zone, self.sector) * roots * self.zone.km[zone.row] ** -par.gravity


class Startup(mesa.Agent):
    """A young firm: a founder, employees, revenue, cash."""


    @property
    def cost_of_employee(self) -> float:
        """Once tax reliefs are off, as last known."""
        return self.model.par.labour.all_in_cost_eur * self.zone.wage[self.sector] * self.employee_cost

    @property
    def cost_of_founders(self) -> float:
        return self.founders * self.model.par.labour.founder_cost_eur

    @property
    def age(self) -> int:
        return self.model.month - self.birth

    def decide_to_close(self) -> None:
        """By age (a hump at two years), for lack of cash, or because the founder gives up."""
        model, par, years = self.model, self.model.par.closure, self.age / 12.0
        if self.age == 60:
            self.staff_at_five = self.staff
        if self.cause != ALIVE:  # bought, to be closed
            return
        hazard = par.base
        if par.age == 0:  # hump
            hazard += par.hump * (years / 2.0) * math.exp(1.0 - years / 2.0)
        if self.age < 24:
            sheltered = self.incubated_until >= model.month
            usual = 1.0 - par.shelter * model.nation.incubated_reference
            hazard *= (1.0 - par.shelter if sheltered else 1.0) / usual
        if model.luck(rng.CLOSE, self.uid) < -math.expm1(-hazard / 12.0):
            self.cause = BY_AGE
        elif par.cash == ON and self.months_short >= par.bridge:
            self.cause = NO_CASH
        elif par.cash == ON and self.months_low >= par.patience:
            self.cause = GAVE_UP

    def close(self) -> None:
        """Everybody becomes a job-seeker; what cash is left goes to creditors and owners."""
        model = self.model
        model.count("closures", self.zone)
        if self.cause == NO_CASH:
            model.count("closures_cash", self.zone)
        model.pay("startups", "creditors and owners", "liquidation", self.zone, self.cash_eur)
        for person in (*self.team, *self.employees):
            person.status, person.employer = JOBSEEKER, None
        self.alive, self.closed, self.employees = False, model.month, []
        self.staff, self.cash_eur, self.vacancies, self.seeks_eur = 0, 0.0, 0, 0.0


ON = 0  # rank of "on" among the choices of a switch
AGENTS = {"zone": Zone, "cell": Quartier, "startup": Startup, "talent": Talent, "investor": Investor, "hub": Hub,
          "facility": Facility}


class ReferenceModel(mesa.Model):
    """The month of the model, from the state of a `World`.

    Parameters
    ----------
    world : state to start from, left as it is
    par : parameters of every process, as the engine takes them
    """

    SCHEDULE = ("drivers", "broadband", "population", "label", "governance", "measures", "accelerators", "pipelines",
                "brand", "spillovers", "creatives", "rents", "facilities",
                "founding", "location", "relocation", "labour", "wages", "remote", "mobility", "skills", "innovation",
                "growth", "aid", "cash", "capital", "funding", "exits", "closure")

    def __init__(self, world: World, par: SimpleNamespace, seed: int) -> None:
        super().__init__(rng=seed)
        self.par, self.key, self.month = par, seed, world.month
        self.draw = rng.draw_of(seed, world.month)
        self.w_talent, self.first_month = world.space.w_talent, world.space.first_month
        self.relatedness, self.perimeter_m = world.space.relatedness.tolist(), world.space.perimeter_m
        self.useful: dict[int, list[tuple[Any, float]]] = {}
        self.flows: dict[str, list[float]] = {name: flow.tolist() for name, flow in world.flows.items()}
        self.ledger: dict[tuple[str, str, str], list[float]] = {key: eur.tolist() for key, eur in world.ledger.items()}
        populate(self, world, AGENTS)

    def step(self) -> None:
        """One month: the processes in their order."""
        self.begin_month()
        for process in self.SCHEDULE:
            getattr(self, process)()

    def begin_month(self) -> None:
        self.month += 1
        self.draw = rng.draw_of(self.key, self.month)

    def newborn(self, kind: type) -> Any:
        """A new agent, with the values of a new row."""
        agent = kind(self)
        entity = next(name for name, other in AGENTS.items() if other is kind)
        agent.__dict__.update(initial_values(entity), row=len(self.agents_by_type[kind]) - 1)
        return agent

    def those(self, kind: type) -> list[Any]:
        return list(self.agents_by_type.get(kind, ()))

    @property
    def talents(self) -> list[Talent]:
        return self.those(Talent)

    @property
    def all_startups(self) -> list[Startup]:
        """Every startup ever, the oldest first."""
        return self.those(Startup)

    @property
    def startups(self) -> list[Startup]:
        """Startups in business, the oldest first."""
        return [startup for startup in self.those(Startup) if startup.alive]

    @property
    def hubs(self) -> list[Hub]:
        return self.those(Hub)

    def luck(self, purpose: np.uint64, uid: np.uint64, which: int = 0) -> float:
        """Uniform draw of this month, the same as the engine's."""
        return rng.uniform(self.draw, purpose, uid, which)

    def pick(self, purpose: np.uint64, uid: np.uint64, weights: dict[Any, float]) -> Any:
        """One of the places in proportion to weight (smallest keyed exponential over weight); None if all are zero."""
        scores = {place: rng.exponential(self.draw, purpose, uid, place.key) / weight
                  for place, weight in weights.items() if weight > 0.0}
        return min(scores, key=scores.__getitem__, default=None)

    def count(self, flow: str, zone: Zone, amount: float = 1.0) -> None:
        self.flows.setdefault(flow, [0.0] * len(self.zones))[zone.row] += amount

    def pay(self, payer: str, payee: str, instrument: str, zone: Zone, eur: float) -> None:
        self.ledger.setdefault((payer, payee, instrument), [0.0] * (len(self.zones) + 1))[zone.row] += eur

    def drivers(self) -> None:
        """The national supply of venture capital is imposed."""
        year = self.month // 12
        self.nation.capital_index = CAPITAL[max([y for y in CAPITAL if y <= year], default=min(CAPITAL))]

    def population(self) -> None:
        """People retire and enter digital trades."""
        if self.par.population.active == ON:
            for talent in self.talents:
                if has_turn(talent, 3):
                    talent.retire()
            newcomers(self)
        for zone in self.zones:
            zone.count_people([talent for talent in self.talents if talent.zone is zone])

    def label(self) -> None:
        label(self, Hub)

    def governance(self) -> None:
        governance(self)

    def measures(self) -> None:
        measures(self)

    def accelerators(self) -> None:
        accelerators(self)

    def pipelines(self) -> None:
        pipelines(self)

    def brand(self) -> None:
        brand(self)

    def spillovers(self) -> None:
        """Who is near whom, known by quarter; before the policy, national means are remembered."""
        startups = self.startups
        for quartier in self.quartiers:
            quartier.count_startups([startup for startup in startups if startup.cell is quartier])
        if self.month % 3 == 0 or not any(sum(quartier.around) for quartier in self.quartiers):
            fields(self)

    def freeze_reference(self) -> None:
        """National means weighted by people: the zero of centred fields (rule N1)."""
        nation = self.nation
        for s in SECTORS:
            staff = max(sum(q.staff[s] for q in self.quartiers), 1.0)
            nation.around_reference[s] = sum(q.around_log[s] * q.staff[s] for q in self.quartiers) / staff
            people = max(sum(z.talents[s] for z in self.zones), 1.0)
            nation.ecosystem_reference[s] = sum(z.talents[s] * z.ecosystem[s] for z in self.zones) / people
        people = max(sum(sum(z.talents) for z in self.zones), 1.0)
        nation.peers_reference = sum(sum(z.talents) * z.peers for z in self.zones) / people
        nation.unemployment_reference = max(sum(sum(z.jobseekers) for z in self.zones) / people, 1e-3)

    def broadband(self) -> None:
        roll_out(self)

    def creatives(self) -> None:
        live_creatively(self)

    def facilities(self) -> None:
        run_places(self)

    def rents(self) -> None:
        if self.par.rents.active == ON and self.month % 3 == 0:
            for quartier in self.quartiers:
                quartier.adjust_rent()

    def founding(self) -> None:
        founding(self)

    def location(self) -> None:
        """The newborn settle."""
        weigh_places(self)
        for startup in self.startups:
            if startup.cell is None:
                settle(startup)
                self.count("entries", startup.zone)
                if startup.zone is not startup.origin_zone:
                    self.count("moved_in", startup.zone)
                    self.count("moved_out", startup.origin_zone)

    def relocation(self) -> None:
        relocation(self)

    def labour(self) -> None:
        if self.par.labour.active == ON:
            labour(self)

    def mobility(self) -> None:
        """Everybody decides, then everybody moves."""
        if self.par.mobility.active != ON:
            return
        asked = [talent for talent in self.talents if talent.status in FREE and has_turn(talent, 12)]
        begin_mobility(self)
        moves = [(talent, talent.destination()) for talent in asked if talent.wants_to_move()]
        for talent, zone in moves:
            if zone is not talent.zone:
                self.count("movers_in", zone, talent.weight)
            talent.zone = zone

    def wages(self) -> None:
        if self.par.wages.active == ON:
            adjust_pay(self)

    def remote(self) -> None:
        if self.par.remote.active == ON:
            remote_work(self)

    def skills(self) -> None:
        if self.par.skills.active == ON:
            learn(self)

    def innovation(self) -> None:
        innovation(self)

    def growth(self) -> None:
        growth(self)

    def cash(self) -> None:
        settle_accounts(self)

    def aid(self) -> None:
        aid(self)

    def funding(self) -> None:
        if self.par.funding.active == ON:
            funding(self)

    def capital(self) -> None:
        if self.par.funding.active == ON:
            capital(self)

    def exits(self) -> None:
        exits(self)

    def closure(self) -> None:
        """Everybody decides; founders of firms of ten people have succeeded; then some close."""
        for startup in self.startups:
            startup.decide_to_close()
            if startup.staff >= 10:
                for founder in startup.team:
                    founder.succeeded = True
        for startup in self.startups:
            if startup.cause != ALIVE:
                startup.close()

"""Aid to firms in the reference model, one firm at a time: accounts with tax reliefs, grants, loans, purchases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from reference_state_money import divide, pay

from sim import rng

Model = Any
ON = 0
RESEARCH = (0.18, 0.35, 0.15, 0.22, 0.15, 0.10, 0.26, 0.06)  # part of staff costs, by trade


# --- accounts --------------------------------------------------------------------------------------------------------
def settle_accounts(model: Model) -> None:
    """Sales come in, people are paid, the State gives a part back."""
    par, nation = model.par.cash, model.nation
    if par.reliefs == ON:
        always = rng.Draw(np.uint64(model.key), np.uint64(0))
        for startup in model.startups:
            if startup.research < 0.0:
                z = rng.normal_quantile(rng.uniform(always, rng.RESEARCH_SHARE, startup.uid))
                usual = par.research * RESEARCH[startup.sector]
                startup.research = usual * math.exp(par.research_spread * z - 0.5 * par.research_spread**2)
        if nation.relief_reference == 0.0 or (model.month % 3 == 2 and model.month < model.par.policy_start):
            employees = {f: (f.staff - f.founders) * f.zone.wage[f.sector] for f in model.startups}
            back = sum(sum(usual_reliefs(f, par)) * people for f, people in employees.items())
            nation.relief_reference = back / max(sum(employees.values()), 1e-300)
    for startup in model.startups:
        settle(startup, par)


def research_now(startup: Any) -> float:
    """Part of staff costs spent on research: more at the first rounds."""
    return min(startup.research * (0.9, 1.3, 1.2, 1.0)[startup.stage], 0.9)


def is_young_and_innovative(startup: Any) -> bool:
    return startup.age < 96 and research_now(startup) >= 0.15


def usual_reliefs(startup: Any, par: Any) -> tuple[float, float]:
    """Parts of the cost of an employee given back all along: to young innovative firms, and to research."""
    young = par.payroll * par.young_relief if is_young_and_innovative(startup) else 0.0
    return young, par.research_credit * research_now(startup)


def settle(startup: Any, par: Any) -> None:
    model, nation = startup.model, startup.model.nation
    wage = startup.zone.wage[startup.sector] * model.par.labour.all_in_cost_eur
    usual = nation.relief_reference if par.reliefs == ON else 0.0
    before_reliefs = (startup.staff - startup.founders) * wage / (1.0 - usual)
    spent, back = startup.cost_of_founders + before_reliefs, 0.0
    if par.reliefs == ON:
        young, research = usual_reliefs(startup, par)
        more = par.payroll * nation.young_firm_relief if is_young_and_innovative(startup) else 0.0
        more = min(more, 0.9 - young - research)
        and_more = min(nation.research_credit * research_now(startup), 0.9 - young - research - more)
        for payer, name, part in (("State, tax expenditure", "JEI", young), ("State, tax expenditure", "CIR", research),
                                  ("State", "young_firms", more), ("State", "research_credit", and_more)):
            eur = part * before_reliefs
            model.pay(payer, "startups", name, startup.zone, eur)
            back += eur
            if payer == "State" and eur > 0.0:
                startup.aid_eur += eur
                startup.aided = True
        startup.employee_cost = (1.0 - young - research - more - and_more) / (1.0 - usual)
    startup.cash_eur += startup.revenue_eur + back - spent
    startup.burn_eur = spent + startup.instalment_eur - back - startup.revenue_eur
    startup.months_short = startup.months_short + 1 if startup.cash_eur < 0.0 else 0
    poor = startup.revenue_eur + startup.contract_eur < startup.cost_of_founders
    startup.months_low = startup.months_low + 1 if poor else 0
    model.pay("customers", "startups", "sales", startup.zone, startup.revenue_eur)
    model.pay("startups", "households", "wages and rents", startup.zone, spent)


# --- aid -------------------------------------------------------------------------------------------------------------
def aid(model: Model) -> None:
    """Repay, call for files, choose champions, buy; in January, note how many people work where."""
    policy, month = model.par.policy, model.month
    if policy is not None and month >= policy.first and model.par.aid.active == ON:
        acting = {measure.kind for measure in policy.measures if measure.first <= month <= measure.last}
        for startup in model.all_startups:
            startup.contract_eur = 0.0
        if "loans" in {measure.kind for measure in policy.measures}:
            for startup in model.all_startups:
                repay(startup)
        if "grants" in acting and month % 3 == 0:
            grants(model)
        if "loans" in acting and month % 3 == 0:
            loans(model)
        if "champions" in acting and month % 12 == 0:
            champions(model)
        if "procurement" in acting:
            purchases(model)
    if month % 12 == 0:
        for startup in model.all_startups:
            startup.staff_in_january = startup.staff


def repay(startup: Any) -> None:
    """Nothing in the time of grace, then equal parts; what a closed firm owed is lost."""
    model, par = startup.model, startup.model.par.aid
    startup.instalment_eur = 0.0
    if not startup.alive:
        startup.debt_eur = 0.0
    elif startup.debt_eur > 0.0 and model.month - startup.borrowed > par.grace:
        months_left = startup.borrowed + par.grace + par.term - model.month + 1
        due = startup.debt_eur / max(months_left, 1.0)
        startup.instalment_eur = due
        startup.cash_eur -= due
        startup.debt_eur = max(startup.debt_eur - due, 0.0)
        for account, funder, part in divide(model, "loans", startup.zone, due, model.month):
            model.pay("startups", account, "loans repaid", startup.zone, part)
            funder.recovered_eur += part


def places(pot: float, price: float) -> int:
    """Whole grants, loans or contracts in a pot."""
    return math.floor(min(pot / price, 1e6))


def give(startup: Any, kind: str, eur: float) -> None:
    """Out of the pot of its zone."""
    pot = kind + "_eur"
    setattr(startup.zone, pot, getattr(startup.zone, pot) - eur)
    pay(startup.model, "startups", kind, startup.zone, eur)
    startup.cash_eur += eur
    startup.aid_eur += eur
    startup.aided = True


def call(model: Model, kind: str, able: list[Any], apply: np.uint64, score: np.uint64, price: float) -> list[Any]:
    """Firms apply, which takes time; the best files are served until a zone's pot is empty."""
    par, chosen = model.par.aid, []
    for zone in model.zones:
        room = places(getattr(zone, kind + "_eur"), price)
        files = [f for f in able if f.zone is zone and model.luck(apply, f.uid) < par.apply] if room else []
        for startup in files:
            time = par.paperwork * zone.delay * model.par.labour.founder_cost_eur
            startup.cash_eur -= time
            model.pay("startups", "households", "paperwork", zone, time)

        def merit(f: Any) -> float:
            return f.quality + par.noise * rng.normal_quantile(model.luck(score, f.uid))

        chosen += sorted(files, key=lambda f: (-merit(f), f.uid))[:room]
    for startup in chosen:
        give(startup, kind, price)
    return chosen


def grants(model: Model) -> None:
    par, month = model.par.aid, model.month
    price = model.par.policy.term("grants", "grant", 0)
    rested = [f for f in model.startups if f.last_grant < 0 or month - f.last_grant >= par.between]
    young = [f for f in rested if f.age < par.young and f.acquired < 0]
    for startup in call(model, "grants", young, rng.APPLY_GRANT, rng.SCORE_GRANT, price):
        startup.last_grant = month
        if startup.granted < 0 and startup.stage <= 1:
            startup.granted = month


def loans(model: Model) -> None:
    price = model.par.policy.term("loans", "loan", 0)
    able = [f for f in model.startups if f.revenue_eur > 0.0 and f.debt_eur == 0.0 and f.age < model.par.aid.oldest
            and f.acquired < 0]
    for startup in call(model, "loans", able, rng.APPLY_LOAN, rng.SCORE_LOAN, price):
        startup.borrowed, startup.debt_eur = model.month, price


def champions(model: Model) -> None:
    """The largest that grew over the year."""
    price = model.par.policy.term("champions", "cost_per_firm", 0)
    for zone in model.zones:
        grew = [f for f in model.startups if f.zone is zone and f.staff > max(f.staff_in_january, 1) and f.acquired < 0]
        for startup in sorted(grew, key=lambda f: (-f.staff, f.uid))[:places(zone.champions_eur, price)]:
            startup.champion_until = model.month + 11
            give(startup, "champions", price)


def purchases(model: Model) -> None:
    """Orders of the month, at random by fit with the theme of the zone."""
    price = model.par.policy.term("procurement", "contract", 0)

    def merit(f: Any) -> float:
        luck = -math.log(-math.log(model.luck(rng.CONTRACT, f.uid)))
        return model.par.aid.fit * f.zone.theme[f.sector] + luck

    for zone in model.zones:
        here = [f for f in model.startups if f.zone is zone]
        for startup in sorted(here, key=lambda f: (-merit(f), f.uid))[:places(zone.procurement_eur, price)]:
            give(startup, "procurement", price)
            startup.contract_eur = price

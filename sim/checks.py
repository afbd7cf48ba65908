"""Accounts that must balance, whatever happens: money and people, every month of every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, HOLDERS
from sim.kernels import helper, kernel
from sim.treasury import PAYERS, RECOVERIES
from sim.world import World


class InvariantError(RuntimeError):
    """Money or people appeared or vanished: a bug of ours."""


@dataclass
class Books:
    """Totals at the end of a month, against which the next month is checked; `turnover` is all money moved."""

    people: float
    in_startups: float
    staff: float
    startup_cash: float
    investor_money: float
    ledger: dict[str, float]
    public: float
    turnover: float


@kernel
def _people(alive, status, weight):
    """People in all, and those who found or work in startups."""
    everybody, in_startups = 0, 0
    for j in range(alive.size):
        people = np.int64(weight[j]) * alive[j]  # no branch: several rows at once
        everybody += people
        in_startups += people * ((status[j] == EMPLOYEE) | (status[j] == FOUNDER))
    return everybody, in_startups


@kernel
def _firms(alive, staff, cash):
    """People and money of startups in business."""
    people, money = 0, 0.0
    for i in range(alive.size):
        if alive[i]:
            people += staff[i]
            money += cash[i]
    return people, money


def _ledger(world: World) -> tuple[dict[str, float], float, float]:
    """Money received less money paid by each account, public money paid, and turnover, since the ledger was emptied.

    Public money that comes back by a named instrument does not lessen what was paid.
    """
    net: dict[str, float] = {}
    public = 0.0
    booked = np.array(list(world.ledger.values())).reshape(len(world.ledger), world.zone.n + 1)
    for (payer, payee, instrument), total in zip(world.ledger, booked.sum(axis=1).tolist(), strict=True):
        net[payer] = net.get(payer, 0.0) - total
        net[payee] = net.get(payee, 0.0) + total
        out, back = payer in PAYERS, payee in PAYERS and instrument not in RECOVERIES
        public += total * (out - back)
    return net, public, float(np.abs(booked).sum())


def take_books(world: World) -> Books:
    """Totals now."""
    t, f = world.talent, world.startup
    people, in_startups = _people(t.alive, t.status, t.weight)
    staff, cash = _firms(f.alive, f.staff, f.cash_eur)
    ledger, public, turnover = _ledger(world)
    return Books(
        people=people - float(world.nation.entered[0]) + float(world.nation.retired[0]),
        in_startups=float(in_startups),
        staff=float(staff),
        startup_cash=cash,
        investor_money=float(world.investor.money_eur.sum()),
        ledger=ledger,
        public=public,
        turnover=turnover,
    )


def _close(what: str, month: int, got: float, expected: float, scale: float) -> None:
    if not abs(got - expected) <= 1e-9 * max(scale, 1.0):
        raise InvariantError(f"{month // 12}-{month % 12 + 1:02d}: {what}: {got!r}, expected {expected!r}")


def after_month(world: World, before: Books) -> Books:
    """Check a month against the books taken before it; return the books after it.

    Raises
    ------
    InvariantError
        If people or money do not add up.
    """
    now, month = take_books(world), world.month
    _close("people", month, now.people, before.people, now.people)
    _close("people in startups against staff", month, now.in_startups, now.staff, 1.0)
    for account, held, held_before in (
        ("startups", now.startup_cash, before.startup_cash),
        ("investors", now.investor_money, before.investor_money),
    ):
        flow = now.ledger.get(account, 0.0) - before.ledger.get(account, 0.0)
        _close(f"money of {account}", month, held, held_before + flow, now.turnover + abs(held))
    if now.public < before.public - 1e-6:
        raise InvariantError(f"month {month}: public money came back")
    return now


def whole(world: World) -> None:
    """Slower checks of the whole state: links, statuses, capital, budgets. Run at the end of every run.

    Raises
    ------
    InvariantError
        With the first rule that does not hold.
    """
    t, f = world.talent, world.startup
    rules = {
        "every employee is on the list of a living startup": _staff_lists_agree(world),
        "weights of living rows are positive": bool((t.weight[t.alive] > 0).all()),
        "people employed elsewhere have no employer": bool((t.employer[t.alive & (t.status == ELSEWHERE)] == -1).all()),
        "startups employ single persons": bool((t.weight[t.alive & (t.status == EMPLOYEE)] == 1).all()),
        "no innovation place holds more than it can": bool((world.facility.members <= world.facility.places).all()),
        "capital adds up to one": bool(
            np.allclose(sum(getattr(f, f"share_{holder}") for holder in HOLDERS), 1.0, rtol=0.0, atol=1e-9)
        ),
        "nobody invested more than they had": bool((world.investor.money_eur > -1e-6).all()),
        "public money paid is within what was announced": bool(
            (world.funder.paid_eur <= world.funder.announced_eur * (1 + 1e-9) + 1e-6).all()
        ),
        "public money paid was committed": bool(
            (world.funder.paid_eur <= world.funder.committed_eur * (1 + 1e-9) + 1e-6).all()
        ),
        "living startups have a quartier of their zone": bool(
            (world.cell.zone[f.cell[f.alive]] == f.zone[f.alive]).all()
        ),
        "identities of startups are unique": _unique(np.concatenate([f.uid, world.closed.uid])),
        "identities of living people are unique": _unique(t.uid[t.alive]),
        "nothing is NaN": all(
            np.isfinite(a).all()
            for k in ("cell", "zone", "nation", "talent", "investor", "hub", "funder", "facility")
            for a in world.tables[k].columns().values()
            if a.dtype.kind == "f"
        ),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise InvariantError(f"month {world.month}: does not hold: {'; '.join(broken)}")


def _unique(uid: np.ndarray) -> bool:
    ordered = np.sort(uid)
    return bool((ordered[1:] != ordered[:-1]).all())


@helper
def _listed(person, startup, as_what, most, employer, status, next_employee):
    """People on a list of a startup, -1 if one of them is not its `as_what` or there are more than `most`."""
    listed = 0
    while person >= 0:
        listed += 1
        if listed > most or employer[person] != startup or status[person] != as_what:
            return -1
        person = next_employee[person]
    return listed


@kernel
def _lists_agree(alive, first_employee, staff, founders, founder, employer, status, next_employee):
    for i in range(alive.size):
        if alive[i]:
            founding = _listed(founder[i], i, FOUNDER, np.int64(founders[i]), employer, status, next_employee)
            employed = _listed(first_employee[i], i, EMPLOYEE, np.int64(staff[i]), employer, status, next_employee)
            if founding != founders[i] or founding < 1 or founding + employed != staff[i]:
                return False
    return True


def _staff_lists_agree(world: World) -> bool:
    """Walk every list of founders and of staff: as many people as headcount says, each naming that employer."""
    t, f = world.talent, world.startup
    return bool(_lists_agree(f.alive, f.first_employee, f.staff, f.founders, f.founder, t.employer, t.status,
                             t.next_employee))

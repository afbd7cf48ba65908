"""Accounts that must balance, whatever happens: money and people, every month of every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER
from sim.world import World


class InvariantError(RuntimeError):
    """Money or people appeared or vanished: a bug of ours."""


@dataclass
class Books:
    """Totals at the end of a month, against which the next month is checked."""

    people: float
    startup_cash: float
    investor_money: float
    ledger: dict[str, float]


def _received(world: World) -> dict[str, float]:
    """Money received less money paid by each account since the ledger was last emptied."""
    net: dict[str, float] = {}
    for (payer, payee, _), eur in world.ledger.items():
        total = float(eur.sum())
        net[payer] = net.get(payer, 0.0) - total
        net[payee] = net.get(payee, 0.0) + total
    return net


def take_books(world: World) -> Books:
    """Totals now."""
    t, f = world.talent, world.startup
    return Books(
        people=float(t.weight[t.alive].sum()) - float(world.nation.entered[0]) + float(world.nation.retired[0]),
        startup_cash=float(f.cash_eur[f.alive].sum()),
        investor_money=float(world.investor.money_eur.sum()),
        ledger=_received(world),
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
    now = take_books(world)
    t, f, month = world.talent, world.startup, world.month
    _close("people", month, now.people, before.people, now.people)
    in_startups = t.alive & ((t.status == EMPLOYEE) | (t.status == FOUNDER))
    _close(
        "people in startups against staff",
        month,
        float(t.weight[in_startups].sum()),
        float(f.staff[f.alive].sum()),
        1.0,
    )
    for account, held, held_before in (
        ("startups", now.startup_cash, before.startup_cash),
        ("investors", now.investor_money, before.investor_money),
    ):
        flow = now.ledger.get(account, 0.0) - before.ledger.get(account, 0.0)
        turnover = sum(float(np.abs(eur).sum()) for eur in world.ledger.values())
        _close(f"money of {account}", month, held, held_before + flow, turnover + abs(held))
    paid = sum(-now.ledger.get(a, 0.0) for a in ("State", "local authorities"))
    paid_before = sum(-before.ledger.get(a, 0.0) for a in ("State", "local authorities"))
    if paid < paid_before - 1e-6:
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
        "capital adds up to one": bool(
            np.allclose(f.share_founders + f.share_angels + f.share_funds + f.share_public, 1.0, rtol=0.0, atol=1e-9)
        ),
        "nobody invested more than they had": bool((world.investor.money_eur > -1e-6).all()),
        "public money paid is within what was announced": bool(
            (world.funder.paid_eur <= world.funder.announced_eur * (1 + 1e-9) + 1e-6).all()
        ),
        "living startups have a quartier of their zone": bool(
            (world.cell.zone[f.cell[f.alive]] == f.zone[f.alive]).all()
        ),
        "identities of startups are unique": np.unique(f.uid).size == f.n,
        "identities of living people are unique": np.unique(t.uid[t.alive]).size == int(t.alive.sum()),
        "nothing is NaN": all(
            np.isfinite(a).all()
            for k in ("cell", "zone", "nation", "talent", "investor", "hub", "funder")
            for a in world.tables[k].columns().values()
            if a.dtype.kind == "f"
        ),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise InvariantError(f"month {world.month}: does not hold: {'; '.join(broken)}")


def _staff_lists_agree(world: World) -> bool:
    """Walk every list of staff: as many employees as headcount says, each naming that employer."""
    t, f = world.talent, world.startup
    seen = np.zeros(f.n, np.int64)
    rows, at = np.flatnonzero(f.alive), f.first_employee[f.alive]
    while (at >= 0).any():
        rows, at = rows[at >= 0], at[at >= 0]
        if not (t.employer[at] == rows).all() or not (t.status[at] == EMPLOYEE).all():
            return False
        seen[rows] += 1
        at = t.next_employee[at]
    founders = f.founder[f.alive]
    headed = (t.employer[founders] == np.flatnonzero(f.alive)).all() and (t.status[founders] == FOUNDER).all()
    return bool(headed and (seen[f.alive] + 1 == f.staff[f.alive]).all())

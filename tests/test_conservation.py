"""Money and people are neither made nor lost: counted again here, apart from the checks that every run makes."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from compare_worlds import by_identity
from worlds import POLICY_START, small_policy, small_world

from sim import checks, engine
from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, HOLDERS, JOBSEEKER
from sim.params import PARAMETERS
from sim.recorder import costs

SEEDS = range(1, 31)
MONTHS = 15  # July 2012 to September 2013
PUBLIC = ("State", "regions", "departements")


def random_world(seed: int):
    """A world with a random size, random parameters within their bounds and a random policy."""
    generator = np.random.default_rng(seed)
    numbers = {
        name: float(generator.uniform(p.low, p.high))
        for name, p in PARAMETERS.items()
        if not name.startswith(("spillovers", "location.nest"))
    }
    policy = small_policy(
        total_eur=float(generator.choice([0.0, 1e5, 8e6, 4e8])),
        hubs=int(generator.integers(1, 4)),
        first=POLICY_START + int(generator.integers(-3, 6)),
        months=int(generator.integers(4, 30)),
        siting=str(generator.choice(["best", "seat"])),
        allocate=str(generator.choice(["equal", "per_capita", "startups"])),
        build_months=int(generator.integers(0, 8)),
    )
    switches = {"response_to_money": str(generator.choice(["linear", "saturating", "threshold"]))}
    return small_world(
        seed,
        w_talent=int(generator.choice([1, 7, 20])),
        policy=policy,
        numbers=numbers,
        switches=switches,
        people=float(generator.choice([600.0, 2000.0, 5500.0])),
        funds=int(generator.integers(0, 6)),
    )


def received(world) -> Counter:
    """Euros received less euros paid by each account this month."""
    out: Counter = Counter()
    for (payer, payee, _), eur in world.ledger.items():
        out[payer] -= float(eur.sum())
        out[payee] += float(eur.sum())
    return out


def flow_of(world, payer: str, payee: str) -> float:
    return sum(float(eur.sum()) for (a, b, _), eur in world.ledger.items() if (a, b) == (payer, payee))


@pytest.mark.parametrize("seed", SEEDS)
def test_money_and_people_add_up_every_month(seed):
    world, par = random_world(seed)
    t = world.talent
    people_at_first = int(t.weight[t.alive].sum())
    for _ in range(MONTHS):
        cash = float(world.startup.cash_eur[world.startup.alive].sum())
        powder = float(world.investor.money_eur.sum())
        invested, raised = float(world.investor.invested_eur.sum()), float(world.startup.raised_eur.sum())
        paid, hubs_paid = world.funder.paid_eur.sum(), world.hub.paid_eur.sum()
        world.ledger.clear()
        books = checks.take_books(world)
        engine.step(world, par, seed)
        checks.after_month(world, books)
        money_adds_up(world, cash, powder, invested, raised, paid, hubs_paid)
        people_add_up(world, people_at_first)
    checks.whole(world)
    assert world.startup.n > 0 or world.talent.n > 0


def money_adds_up(world, cash, powder, invested, raised, paid, hubs_paid) -> None:
    f, v, h, net = world.startup, world.investor, world.funder, received(world)
    turnover = sum(float(np.abs(eur).sum()) for eur in world.ledger.values()) + 1.0
    assert abs(sum(net.values())) < 1e-9 * turnover
    assert all((eur >= 0.0).all() for (a, _, _), eur in world.ledger.items() if a in PUBLIC)
    assert abs(float(f.cash_eur[f.alive].sum()) - cash - net["startups"]) < 1e-9 * turnover
    assert (f.cash_eur[~f.alive] == 0.0).all()
    assert abs(float(v.money_eur.sum()) - powder - net["investors"]) < 1e-9 * turnover
    equity = flow_of(world, "investors", "startups")
    assert float(v.invested_eur.sum()) - invested == pytest.approx(equity, rel=1e-9, abs=1e-3)
    assert float(f.raised_eur.sum()) - raised == pytest.approx(equity, rel=1e-9, abs=1e-3)
    assert (v.money_eur >= -1e-6).all()
    shares = np.stack([getattr(f, f"share_{holder}") for holder in HOLDERS])
    assert np.abs(shares.sum(axis=0) - 1.0).max(initial=0.0) < 1e-12
    assert ((shares >= 0.0) & (shares <= 1.0)).all()
    spent = -sum(net[account] for account in PUBLIC)
    assert h.paid_eur.sum() - paid == pytest.approx(spent, rel=1e-9, abs=1e-6)
    assert world.hub.paid_eur.sum() - hubs_paid == pytest.approx(spent, rel=1e-9, abs=1e-6)
    assert (h.paid_eur <= h.announced_eur * (1.0 + 1e-9) + 1e-6).all()


def people_add_up(world, people_at_first: int) -> None:
    t, f, z = world.talent, world.startup, world.zone
    people = int(t.weight[t.alive].sum())
    assert people == people_at_first + world.nation.entered[0] - world.nation.retired[0]
    by_status = {s: int(t.weight[t.alive & (t.status == s)].sum()) for s in (ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER)}
    assert sum(by_status.values()) == people
    assert by_status[FOUNDER] == f.founders[f.alive].sum()
    assert by_status[EMPLOYEE] == (f.staff - f.founders)[f.alive].sum()
    assert (f.staff[~f.alive] == 0).all()
    assert (f.staff[f.alive] >= 1).all()
    assert np.unique(t.uid[t.alive]).size == t.alive.sum()
    assert np.unique(f.uid).size == f.n
    assert ((t.zone[t.alive] >= 0) & (t.zone[t.alive] < z.n)).all()
    busy = np.flatnonzero(t.alive & (t.employer >= 0))
    assert (np.bincount(t.employer[busy], minlength=f.n) == np.where(f.alive, f.staff, 0)).all()


def test_some_random_worlds_see_every_event():
    """A guard of the test above: over all seeds, money of every kind flows and people make every move."""
    kinds: set[tuple[str, str, str]] = set()
    flows: Counter = Counter()
    for seed in (2, 5, 11, 17, 23):
        world, par = random_world(seed)
        engine.advance(world, par, seed, world.month + MONTHS)
        kinds |= {key for key, eur in world.ledger.items() if eur.sum() > 0}
        flows += Counter({name: float(count.sum()) for name, count in world.flows.items()})
    assert {payer for payer, _, _ in kinds} >= {
        "customers",
        "startups",
        "investors",
        "limited partners",
        "households",
        *PUBLIC,
    }
    assert {instrument for _, _, instrument in kinds} >= {
        "animation",
        "brand",
        "floor",
        "accelerator",
        "equity",
        "sales",
        "savings",
    }
    for name in (
        "entries",
        "closures",
        "hires",
        "quits",
        "layoffs",
        "hires_elsewhere",
        "hires_jobseekers",
        "movers_in",
        "rounds",
    ):
        assert flows[name] > 0, name


# --- what vanishes is noticed ----------------------------------------------------------------------------------------


def a_person(world) -> None:
    t = world.talent
    t.weight[np.flatnonzero(t.alive & (t.status == ELSEWHERE) & (t.weight == 1))[0]] += 1


def a_row_of_people(world) -> None:
    t = world.talent
    t.alive[np.flatnonzero(t.alive & (t.status == JOBSEEKER))[0]] = False


def a_headcount(world) -> None:
    world.startup.staff[np.flatnonzero(world.startup.alive)[0]] += 1


def an_euro_of_a_startup(world) -> None:
    world.startup.cash_eur[np.flatnonzero(world.startup.alive)[0]] += 1.0


def an_euro_of_an_investor(world) -> None:
    world.investor.money_eur[0] -= 1.0


def public_money_back(world) -> None:
    world.pay("State", "households", "animation", 0, -1e9)


@pytest.mark.parametrize(
    "tamper",
    [a_person, a_row_of_people, a_headcount, an_euro_of_a_startup, an_euro_of_an_investor, public_money_back],
    ids=lambda f: f.__name__,
)
def test_the_monthly_check_notices(lived_in, tamper):
    world, par = lived_in()
    world.ledger.clear()
    books = checks.take_books(world)
    engine.step(world, par, 1)
    checks.after_month(world, books)
    tamper(world)
    with pytest.raises(checks.InvariantError, match="2013-12|month 24167"):
        checks.after_month(world, books)


def broken_list(w) -> None:
    w.startup.first_employee[np.flatnonzero(w.startup.alive & (w.startup.staff > 1))[0]] = -1


def other_employer(w) -> None:
    w.talent.employer[np.flatnonzero(w.talent.alive & (w.talent.status == ELSEWHERE))[0]] = 0


def heavy_employee(w) -> None:
    w.talent.weight[np.flatnonzero(w.talent.alive & (w.talent.status == EMPLOYEE))[0]] = 2


def lost_capital(w) -> None:
    w.startup.share_founders[0] -= 1e-6


def debt(w) -> None:
    w.investor.money_eur[0] = -1.0


def overspent(w) -> None:
    w.funder.paid_eur[0] = w.funder.announced_eur[0] + 1.0


def wrong_cell(w) -> None:
    i = np.flatnonzero(w.startup.alive)[0]
    w.startup.cell[i] = np.flatnonzero(w.cell.zone != w.startup.zone[i])[0]


def twin_startups(w) -> None:
    w.startup.uid[1] = w.startup.uid[0]


def twin_people(w) -> None:
    a, b = np.flatnonzero(w.talent.alive)[:2]
    w.talent.uid[a] = w.talent.uid[b]


def not_a_number(w) -> None:
    w.cell.rent[3] = np.nan


def nobody(w) -> None:
    w.talent.weight[np.flatnonzero(w.talent.alive)[0]] = 0


@pytest.mark.parametrize(
    ("tamper", "rule"),
    [
        (broken_list, "list of a living startup"),
        (other_employer, "no employer"),
        (heavy_employee, "single persons"),
        (lost_capital, "capital"),
        (debt, "more than they had"),
        (overspent, "within what was announced"),
        (wrong_cell, "quartier"),
        (twin_startups, "identities of startups"),
        (twin_people, "identities of living people"),
        (not_a_number, "NaN"),
        (nobody, "weights"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_the_check_of_the_whole_state_notices(lived_in, tamper, rule):
    world, _ = lived_in()
    checks.whole(world)
    tamper(world)
    with pytest.raises(checks.InvariantError, match=rule):
        checks.whole(world)


def test_every_euro_of_a_policy_is_spent_where_it_was_promised(lived_in):
    """At the end of its window a policy has paid all it announced: State in all, local authorities each their own."""
    policy = small_policy(total_eur=8e6, months=12)
    world, par = small_world(4, policy=policy)
    engine.advance(world, par, 4, POLICY_START + 13)
    f = world.funder
    np.testing.assert_allclose(f.paid_eur, f.announced_eur, rtol=1e-12)
    assert f.paid_eur[0] == pytest.approx(8e6, rel=1e-12)
    assert f.paid_eur[1:].sum() == pytest.approx(4e6, rel=1e-12)
    np.testing.assert_allclose(np.bincount(world.hub.zone, world.hub.paid_eur, 4)[[3]], 0.0)
    assert by_identity(world, "hub")["paid_eur"].sum() == pytest.approx(12e6, rel=1e-12)


def test_present_value_counts_each_year_from_its_middle():
    """1, 2 and 4 MEUR in the first three years, one fifth of it local, at 5 %: a sum anybody can make by hand."""
    world, _ = small_world()
    eur = np.array([1e6, 2e6, 4e6])
    series = pd.DataFrame({"year": [2013, 2014, 2015], "public_state_eur": 0.8 * eur, "public_local_eur": 0.2 * eur})
    found = costs(series, world, None, 0.05, 2013 * 12)
    by_hand = 1e6 / 1.05**0.5 + 2e6 / 1.05**1.5 + 4e6 / 1.05**2.5
    assert found["cost_paid_pv_eur"] == pytest.approx(by_hand)
    assert found["cost_paid_eur"] == pytest.approx(7e6)
    assert found["cost_paid_local_eur"] == pytest.approx(1.4e6)

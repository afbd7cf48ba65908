"""Each mechanism off alone: what it changes, what stops, and that the other mechanisms go on.

The table of `sim/docs/ablation.md` is made here: ``QUARTIERS_ACCEPT=1 python -m pytest tests/test_ablation.py``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from worlds import BUSY, POLICY_START, add_angels, add_places, small_policy, small_world, with_public_capital

import sim
from sim import engine, recorder
from sim.params import SWITCHES
from sim.policy import Measure

PAGE = Path(sim.__file__).parent / "docs" / "ablation.md"
MONTHS = 36

# Switch -> what stops dead without the mechanism, and what else must change.
MECHANISMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "founding.active": (("entries",), ("startups", "jobs")),
    "founding.interactions": ((), ("entries",)),
    "founding.careers": ((), ("entries",)),
    "founding.necessity": ((), ("entries",)),
    "founding.research": (("academic_spin_offs",), ("entries",)),
    "founding.teams": (("partners",), ("founders",)),
    "innovation.active": (("innovations", "radical_innovations"), ("jobs",)),
    "growth.active": ((), ("jobs",)),
    "growth.memory": ((), ("jobs",)),
    "growth.rivalry": ((), ("jobs",)),
    "closure.cash": (("closures_cash",), ("closures", "startups")),
    "labour.active": (("hires", "quits"), ("layoffs", "jobs")),  # startups that move away still let people go
    "population.active": (("entered",), ("talents",)),
    "mobility.active": ((), ("movers_in", "talents_spread")),  # some still follow a startup that moves
    "funding.active": (("rounds", "angel_deals", "raised_eur", "raised_foreign_eur"), ("jobs",)),
    "funding.syndication": ((), ("raised_eur",)),
    "funding.known": ((), ("raised_eur",)),
    "capital.vintages": ((), ("raised_eur",)),
    "capital.abroad": ((), ("raised_eur",)),
    "angels.tax": (("tax_angels",), ("angels",)),
    "coinvestment.active": (("coinvested_eur",), ("jobs",)),
    "exits.active": (("acquisitions", "exits_eur"), ("closures",)),
    "exits.recycling": ((), ("angels",)),
    "creatives.active": (("creatives_displaced",), ("creatives", "serendipity")),
    "broadband.active": (("broadband",), ()),
    "facilities.active": (("in_places",), ("jobs",)),
    "rents.active": (("rent_change",), ("rent_eur_m2",)),
    "labour.elastic": ((), ("jobseekers",)),
    "labour.trades": ((), ("hires",)),
    "wages.active": ((), ("wage_index",)),
    "mobility.prospects": ((), ("talents_spread",)),
    "population.studies": ((), ("talents_spread",)),
    "population.openness": (("arrivals",), ("talents",)),
    "population.second_chance": (("retrained",), ("jobseekers",)),
    "skills.active": ((), ("digital_skills",)),
    "skills.demand": ((), ("revenue_eur",)),
    "remote.active": (("moved_remote", "remote_jobs"), ("talents_spread",)),
    "cash.reliefs": (("tax_expenditure",), ("jobs",)),
    "aid.active": (("granted",), ("jobs",)),
    "relocation.active": (("relocations",), ("jobs",)),
    "spillovers.meeting": ((), ("jobs",)),
    "spillovers.regional": ((), ("jobs",)),
    "label.applications": ((), ()),  # of calls; here the scenario names its hubs
    "label.audits": ((), ()),  # nobody fails here
    "governance.active": ((), ("governance", "revenue_eur")),
    "layers.active": (("layers",), ("jobs",)),
    "pipelines.active": (("links",), ("revenue_eur",)),
    "brand.events": ((), ("goodwill",)),
}
# What each output is called in the table; those that a mechanism makes come first.
COLUMNS = (
    "entries", "closures", "hires", "movers_in", "rounds", "raised_eur", "startups", "jobs", "rent_eur_m2",
    "wage_index",
)


@cache
def totals(off: str | None) -> dict[str, float]:
    """National outputs of a busy world after three years with a policy, one mechanism off."""
    switches = {off: "off"} if off else {}
    policy = small_policy(60e6, months=MONTHS)
    grants = Measure(4, "grants", "grants", 0.1, {"grant": 30e3}, policy.first, policy.last, 0)
    links = Measure(5, "network", "network", 0.05, {"cost_per_link": 50e3}, policy.first, policy.last, 0)
    policy = replace(policy, measures=(*policy.measures, grants, links), total_eur=60e6)
    policy = with_public_capital(policy)
    world, _ = small_world(1, 10, people=60_000.0, funds=12, policy=policy, switches=switches)
    add_places(world)
    add_angels(world, 60)
    par = engine.parameters(BUSY, switches, policy_start=POLICY_START, policy=policy)
    world.startup.knowledge[:] = world.startup.staff
    world.cell.around[:] = 0.0  # so that the first month looks farther than a walk, as spin-ups do once a year
    rent, entered = world.cell.rent.copy(), world.nation.entered[0]
    engine.advance(world, par, 1, world.month + MONTHS)
    stock = recorder.stocks(world)
    out = {name: float(np.sum(values)) for name, values in stock.items()}
    out |= {name: float(np.sum(world.flows.get(name, 0.0))) for name in recorder.FLOWS}
    weight = stock["startups"] / max(stock["startups"].sum(), 1.0)
    out |= {"rent_eur_m2": float((stock["rent_eur_m2"] * weight).sum())}
    out |= {"wage_index": float(stock["wage_index"].mean())}
    out |= {"partners": out["founders"] - out["startups"]}
    out |= {"rent_change": float(np.abs(world.cell.rent - rent).sum()), "entered": world.nation.entered[0] - entered}
    out |= {"granted": float((world.startup.last_grant >= 0).sum())}
    out |= {"tax_expenditure": sum(float(eur.sum()) for (payer, *_), eur in world.ledger.items() if "tax" in payer)}
    out |= {"tax_angels": float(world.investor.novice.sum())}
    joined = ("startups", "co_investment")  # what layers take of it goes to operators
    out |= {"coinvested_eur": sum(float(eur.sum()) for key, eur in world.ledger.items() if key[1:] == joined)}
    out |= {"revenue_eur": float(world.startup.revenue_eur.sum())}
    out |= {"governance": world.hub.governance.sum(), "layers": world.zone.layers.sum(),
            "links": world.link.strength.sum(), "goodwill": world.nation.goodwill[0]}
    return out | {"talents_spread": float(np.std(stock["talents"]))}


ABLE = [name for name, switch in SWITCHES.items() if "off" in switch.choices and switch.default != "off"]


def test_every_mechanism_is_in_the_table():
    assert set(MECHANISMS) == set(ABLE)


@pytest.mark.parametrize("off", ABLE)
def test_a_mechanism_off_alone(off):
    full, without = totals(None), totals(off)
    stops, changes = MECHANISMS[off]
    for name in stops:
        assert full[name] != 0.0, f"{name} does not happen in this world: the test is empty"
        assert without[name] == 0.0, name
    for name in changes:
        assert without[name] != full[name], name
    theirs = {name for other, (stop, _) in MECHANISMS.items() if other != off for name in stop}
    needs = {"funding.active": {"coinvested_eur", "tax_angels"}, "growth.active": {"quits"},
             "founding.active": {"closures_cash", "partners", "academic_spin_offs"},
             "population.active": {"arrivals", "retrained"},
             "rents.active": {"creatives_displaced"}}.get(off, set())
    idle = [name for name in theirs - set(stops) - needs if without[name] == 0.0]
    assert idle == [], "other mechanisms stopped with it"


def table() -> str:
    """The page: change of each output when a mechanism is off, in per cent of the complete model."""
    full = totals(None)
    head = "| off | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * len(COLUMNS)
    rows = []
    for off in ABLE:
        cells = []
        for name in COLUMNS:
            change = totals(off)[name] / full[name] - 1.0 if full[name] else 0.0
            shown = f"{100.0 * change:+.1f} %".replace("-0.0", "±0.0").replace("+0.0", "±0.0")
            cells.append("" if change == 0.0 else "stops" if change == -1.0 else shown)
        rows.append(f"| `{off}` | " + " | ".join(cells) + " |")
    return (
        "# What each mechanism does\n\n"
        "One small busy world (36 squares, 2.2 million people, three hubs, three years), simulated once with every\n"
        "mechanism and once without each of them, with the same luck. Empty: no change at all. These are signatures\n"
        "of mechanisms in a world where everything is frequent, not effects in France.\n"
        "Made by `tests/test_ablation.py`.\n\n"
        + head + "\n" + "\n".join(rows) + "\n"
    )


def test_the_page_is_up_to_date():
    if os.environ.get("QUARTIERS_ACCEPT"):
        PAGE.write_text(table(), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    assert page == table(), "run: QUARTIERS_ACCEPT=1 python -m pytest tests/test_ablation.py"

"""Presets, and no dead parameter: every number and every switch of the table changes what is recorded."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_state_money import GROUPS as STATE  # the State: its parameters are asked there
from worlds import BUSY, POLICY_START, TERMS, add_angels, add_places, small_policy, small_world

from sim import engine, recorder
from sim.levers import KINDS
from sim.mesa_view import EcosystemModel
from sim.params import PARAMETERS, SWITCHES
from sim.policy import Measure
from sim.presets import CORE, PRESETS
from sim.scenario import load_scenario

MONTHS = 36  # from July 2012: eight years of a hub's life squeezed into three by the values of `BUSY`
LEAST = 1e-6  # relative change of an outcome below which a parameter counts as dead

# What must be otherwise for a parameter to play a part: the form of a mechanism that it belongs to.
PART_OF: dict[str, dict[str, str]] = {
    "public.saturation_eur": {"response_to_money": "saturating"},
    "public.threshold_eur": {"response_to_money": "threshold"},
    "spillovers.knowledge_scale": {"spillovers.form": "log"},
    "spillovers.threshold": {"spillovers.form": "threshold"},
    "spillovers.hump_peak_fte": {"spillovers.form": "hump"},
    "spillovers.hump_zero_fte": {"spillovers.form": "hump"},
    "location.capital_share": {"location.capital": "share"},
}
# Numbers that let it play one, and parameters that show beside a single hub only.
WITH: dict[str, dict[str, float]] = {
    "brand.events": {"brand.noticed_eur": 2e4},  # firms of this world get less than what is noticed
    "location.crowding": {"rents.usual_occupancy": 0.97}, "location.visibility": {"brand.dilution": 0.0},
    "spillovers.least_fte": {"spillovers.walk_km": 0.25},
    "labour.match_share": {"labour.match_scale": 0.05},
    "location.wage": {"location.home": 0.5, "location.distance": 0.4},
    "angels.replaced": {"funding.angel_active": 0.5},
    "facilities.labs_scale": {"facilities.labs": 0.3, "growth.first_revenue": 0.05},
}
# In so young and small a world innovations are rare: here they come often and count much.
LIVELY = {"innovation.base": 0.5, "innovation.spillover": 0.12, "growth.innovation": 0.15, "growth.spillover": 0.12}
ONE_HUB = ("public.reach_km",)
# Levers, beside those of the usual hubs, without which a parameter or a switch plays no part.
LEVERS: dict[str, str] = {
    **dict.fromkeys(("aid.young", "aid.apply", "aid.noise", "aid.paperwork", "aid.between", "funding.visible_grant",
                     "funding.prototype", "aid.active"), "grants"),
    **dict.fromkeys(("aid.oldest", "aid.grace", "aid.term"), "loans"), "aid.fit": "procurement",
    "funding.visible_champion": "champions", "population.trainees": "training", "population.welcome": "talent_welcome",
    "location.identity": "identity", "facilities.ages": "open_to_incumbents",
    "facilities.open_labs": "open_to_incumbents", "pipelines.active": "network",
    **dict.fromkeys((*(name for name in PARAMETERS if name.startswith("angels.")), "angels.tax"), "angel_tax"),
    **dict.fromkeys((*(name for name in PARAMETERS if name.startswith("coinvestment.")), "coinvestment.active"),
                    "co_investment"),
}
# Nobody applies here, nobody fails, no place has enough to saturate, gates of hubs are wide: see test_state_money.
OF_THE_STATE = ("label.applications", "label.audits", "absorption.ceiling", "pipelines.gates")
# Parameters that cannot show in a world of three years, each with its reason.
SLEEPING: dict[str, str] = {
    "population.trend_after": "acts from 2024 on",
    "founding.least_finance_eur": "every zone of this world has investors within reach",
    "location.broadband": "three per cent of appeal at most between these quartiers: nobody's choice changes",
    "relocation.specialisation": "within six kilometres all quartiers have nearly the same mix of sectors",
    "relocation.mature": "within six kilometres all quartiers have nearly the same mix of sectors",
    "founding.mediation": "nobody pays for more digital mediation than before the policy",
    "spillovers.regional_km": "a world of six kilometres is one square of the region",
    "exits.listing": "hardly a firm with later rounds is listed in three years",
    "founding.alumni": "graduates of sales found hardly any of these firms; its closed form is in test_founders",
    "exits.alumni": "graduates of sales found hardly any of these firms, and none so late",
    "angels.insiders": "hardly a deal of this world is that of an angel who came for a relief; see test_capital",
    "angels.novice_distance": "within six kilometres nobody is far from a business angel",
    "location.talent": "the constants of zones make up for it until people move, and in three years few do",
}


def with_lever(policy, kind: str):
    """The same policy, half of it for another lever, through the hubs."""
    terms = {name: 1.0 if kind == "identity" else TERMS[unit] for name, unit in KINDS[kind].terms.items()}
    more = Measure(9, kind, kind, 0.5, terms, policy.first, policy.last, 0)
    less = [dataclasses.replace(m, share=0.5 * m.share) for m in policy.measures]
    return dataclasses.replace(policy, measures=(*less, more))


def outcomes(numbers: dict[str, float], switches: dict[str, str], hubs: int = 3, lever: str = "") -> np.ndarray:
    """Everything the recorder knows of a busy small world after three years, and its mean rent and quality."""
    policy = small_policy(60e6, months=36, hubs=hubs)
    policy = with_lever(policy, lever) if lever else policy
    world, _ = small_world(1, 10, people=60_000.0, funds=12, policy=policy, numbers=numbers, switches=switches)
    add_places(world)
    par = engine.parameters({**BUSY, **LIVELY, **numbers}, switches, policy_start=POLICY_START, policy=policy)
    f, c, z = world.startup, world.cell, world.zone
    f.knowledge[:] = 1.0 + f.staff  # what the processes that make these have not made yet in so young a world
    c.around[:] = 0.0  # so that the first month looks farther than a walk, as spin-ups do once a year
    c.facility[:] = (c.key % 3) / 2.0
    z.theme[:] = np.arange(z.n)[:, None] / z.n + np.arange(8) % 2
    z.students[:] = 0.02 * np.arange(z.n) * z.population
    c.anchors[:] = np.maximum(c.anchors, 1.0 * (c.key % 4 == 0)[:, None])
    if lever == "angel_tax":
        add_angels(world, 100)
    engine.advance(world, par, 1, world.month + MONTHS)
    f, c = world.startup, world.cell
    parts = [*recorder.stocks(world).values(), *(world.flows.get(name, np.zeros(1)) for name in recorder.FLOWS)]
    money = [eur for _, eur in sorted(world.ledger.items())]
    state = [f.quality, f.cash_eur, f.revenue_eur, f.share_funds, f.share_employees, f.cell.astype(float), c.rent,
             c.floor_m2, world.hub.score, world.zone.brand]
    return np.concatenate([np.array([np.sum(p) for p in part]) for part in (parts, money, state)])


_KNOWN: dict[tuple, np.ndarray] = {}


def at_default(switches: dict[str, str], numbers: dict[str, float] | None = None, hubs: int = 3,
               lever: str = "") -> np.ndarray:
    key = (*sorted(switches.items()), *sorted((numbers or {}).items()), hubs, lever)
    if key not in _KNOWN:
        _KNOWN[key] = outcomes(numbers or {}, switches, hubs, lever)
    return _KNOWN[key]


def changed(numbers: dict[str, float], switches: dict[str, str], base: np.ndarray, hubs: int = 3,
            lever: str = "") -> bool:
    found = outcomes(numbers, switches, hubs, lever)
    return found.shape != base.shape or bool(
        (np.abs(found - base) > LEAST * np.maximum(np.abs(base), 1e-12)).any()
    )


@pytest.mark.parametrize("name", [n for n in PARAMETERS if n not in SLEEPING and n.split(".")[0] not in STATE])
def test_no_dead_parameter(name):
    """Over its prior, a parameter changes some outcome; those that cannot in this world are named with the reason."""
    param, switches, others = PARAMETERS[name], PART_OF.get(name, {}), WITH.get(name, {})
    hubs = 1 if name in ONE_HUB else 3
    lever = LEVERS.get(name, "")
    base, own = at_default(switches, others, hubs, lever), {**BUSY, **LIVELY}.get(name, param.default)
    ends = sorted((param.low, param.high), key=lambda end: -abs(end - own))
    found = (changed({**others, name: end}, switches, base, hubs, lever) for end in ends if end != own)
    assert any(found), "changes nothing"


@pytest.mark.parametrize("name", [n for n in SWITCHES if n not in OF_THE_STATE])
def test_no_dead_switch(name):
    switch = SWITCHES[name]
    for choice in switch.choices:
        if choice != switch.default:
            lever, others = LEVERS.get(name, ""), WITH.get(name, {})
            assert changed(others, {name: choice}, at_default({}, others, lever=lever), lever=lever), choice


def test_exceptions_are_parameters():
    assert {*SLEEPING, *PART_OF, *ONE_HUB} <= set(PARAMETERS)
    assert set(WITH) <= {*PARAMETERS, *SWITCHES}
    assert set(LEVERS) <= {*PARAMETERS, *SWITCHES}
    assert set(LEVERS.values()) <= set(KINDS)
    assert all(SWITCHES[s].choices and c in SWITCHES[s].choices for part in PART_OF.values() for s, c in part.items())


def test_presets_name_what_exists():
    for preset in PRESETS.values():
        assert all(PARAMETERS[n].low <= value <= PARAMETERS[n].high for n, value in preset.parameters.items())
        assert all(choice in SWITCHES[n].choices for n, choice in preset.switches.items())
        assert set(preset.free) <= set(PARAMETERS)
    assert len(set(CORE)) == 12
    assert not set(CORE) & set(PRESETS["core"].parameters)


@pytest.mark.parametrize("name", CORE)
def test_each_of_the_twelve_acts_in_the_core(name):
    core, param = PRESETS["core"], PARAMETERS[name]
    numbers = {**core.parameters, **WITH.get(name, {})}
    base = outcomes(numbers, dict(core.switches))
    moved = {**numbers, name: param.high if BUSY.get(name, param.default) != param.high else param.low}
    assert changed(moved, dict(core.switches), base)


def test_a_scenario_takes_a_preset_and_departs_from_it():
    plain = load_scenario("baseline")
    core = load_scenario("baseline", overrides={"model.preset": "core"})
    assert plain.parameters == {}
    assert plain.switches == {}
    assert core.switches["funding.active"] == "off"
    assert core.parameters["location.commute"] == 0.0
    assert core.digest != plain.digest
    back = {"model.preset": "core", "model.switches.funding.active": "on", "model.parameters.location.commute": "0.25"}
    own = load_scenario("baseline", overrides=back)
    assert "funding.active" not in own.switches  # as the default: nothing to say
    assert "location.commute" not in own.parameters


def test_the_preset_of_the_mesa_face():
    model = EcosystemModel(preset="core", months=1, seed=1, rows=2, columns=2, funding_active="on")
    assert model.par.mobility.active == SWITCHES["mobility.active"].choices.index("off")
    assert model.par.funding.active == SWITCHES["funding.active"].choices.index("on")
    assert dataclasses.is_dataclass(PRESETS["core"])

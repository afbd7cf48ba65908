"""T23, units and scale: euros may be counted in other units, and twice the country has twice the startups."""

import math
from dataclasses import replace

import numpy as np
import pytest
from worlds import BUSY, POLICY_START, add_funds, small_policy, small_territory

from sim import engine
from sim.build import build
from sim.grid import GridSpec
from sim.params import PARAMETERS

CENT = 0.0078125  # 1/128: a power of two, so that only logarithms are rounded otherwise


def in_other_money(factor: float) -> dict[str, float]:
    """Every parameter in euros, counted in units of 1/factor euro."""
    values = {name: BUSY.get(name, p.default) for name, p in PARAMETERS.items() if p.unit.startswith("EUR")}
    return {**BUSY, **{name: value * factor for name, value in values.items()}}


def world_in(factor: float, months: int = 36):
    land = small_territory(people=40_000.0)
    rent = land.zones.indicators["office_rent_eur_m2"] * factor
    land = replace(land, zones=replace(land.zones, indicators=land.zones.indicators | {"office_rent_eur_m2": rent}))
    policy = small_policy(8e6 * factor)
    terms = ("staff_cost", "cost_per_m2", "cost_per_place")
    for lever in policy.measures:
        lever.terms.update({name: lever.terms[name] * factor for name in terms if name in lever.terms})
    par = engine.parameters(in_other_money(factor), {}, policy_start=POLICY_START, policy=policy)
    world = build(land, GridSpec("uniform", cell_km=1.0), par, w_talent=10, first_month=POLICY_START - 6, seed=1)
    add_funds(world, 6)
    world.investor.money_eur[-6:] *= factor
    world.facility.cost_eur[:] *= factor
    engine.advance(world, par, 1, POLICY_START - 7 + months)
    return world


def test_the_unit_of_money_does_not_matter():
    euros, cents = world_in(1.0), world_in(1.0 / CENT)
    for kind in ("startup", "talent", "hub"):
        a, b = euros.tables[kind], cents.tables[kind]
        assert np.array_equal(a.uid, b.uid), kind
    f, g = euros.startup, cents.startup
    assert f.alive.sum() > 300
    assert (f.rounds > 0).any()
    for name in ("cell", "staff", "alive", "rounds", "stage", "founder"):
        assert np.array_equal(getattr(f, name), getattr(g, name)), name
    for name in ("cash_eur", "revenue_eur", "raised_eur", "aid_eur"):
        np.testing.assert_allclose(getattr(g, name) * CENT, getattr(f, name), rtol=1e-9, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(cents.cell.rent * CENT, euros.cell.rent, rtol=1e-9)


def grown(people: float, seed: int):
    """Spin-up of two years of a country of so many people a square, without investors."""
    numbers = BUSY | {"location.crowding": 1.0}
    par = engine.parameters(numbers, {"funding.active": "off"}, policy_start=POLICY_START)
    land = small_territory(people=people)
    world = build(land, GridSpec("uniform", cell_km=1.0), par, w_talent=5, first_month=POLICY_START - 24, seed=seed)
    engine.advance(world, par, seed, POLICY_START - 1)
    return world


@pytest.fixture(scope="module")
def countries():
    return [[grown(people, seed) for seed in range(1, 7)] for people in (20_000.0, 40_000.0)]


def test_twice_the_country_has_twice_the_people_floor_and_startups(countries):
    """People and floor exactly; startups, entries and jobs within the spread of counts."""
    one, two = countries
    for small, large in zip(one, two):
        np.testing.assert_allclose(large.zone.population, 2.0 * small.zone.population)
        np.testing.assert_allclose(large.zone.workforce, 2.0 * small.zone.workforce)
    for count in (lambda w: (w.startup.birth >= POLICY_START - 24).sum(), lambda w: w.startup.alive.sum()):
        small, large = (sum(float(count(w)) for w in worlds) for worlds in (one, two))
        # counts of independent births and deaths: var(large - 2 small) = large + 4 small
        assert abs(large - 2.0 * small) < 4.0 * math.sqrt(large + 4.0 * small)
    jobs = [np.array([w.startup.staff[w.startup.alive].sum() for w in worlds], float) for worlds in (one, two)]
    spread = math.sqrt((4.0 * jobs[0].var(ddof=1) + jobs[1].var(ddof=1)) / len(one))
    assert abs(jobs[1].mean() - 2.0 * jobs[0].mean()) < 4.0 * spread


def test_rates_do_not_depend_on_the_size_of_the_country(countries):
    one, two = countries
    for rate in (lambda w: w.zone.jobseekers.sum() / w.zone.talents.sum(), lambda w: np.log(w.zone.wage).mean(),
                 lambda w: np.log(w.cell.rent / w.cell.rent_reference).mean()):
        small, large = (np.array([rate(w) for w in worlds]) for worlds in (one, two))
        spread = math.sqrt((small.var(ddof=1) + large.var(ddof=1)) / len(small))
        assert abs(small.mean() - large.mean()) < 4.0 * spread + 1e-3 * abs(small.mean())

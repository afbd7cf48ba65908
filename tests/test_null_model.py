"""The model without agents: closed forms on hand-made maps (its scorecard: test_scorecard)."""

import math
from dataclasses import replace

import numpy as np
import pytest
from toy_runs import toy_land

from sim.compare import Geography, null_model
from sim.scenario import load_study

YEARS = np.arange(2013, 2024)


@pytest.fixture
def land() -> Geography:
    """Four zones 30 km apart: funds in the first, startups everywhere."""
    zones = toy_land().zones.assign(
        digital_jobs=[400e3, 300e3, 200e3, 100e3], startup_weight=[0.4, 0.3, 0.2, 0.1], vc_weight=[1.0, 0.0, 0.0, 0.0]
    )
    return replace(toy_land(), zones=zones)


def test_every_zone_keeps_its_share(land: Geography) -> None:
    zonal, _ = null_model.expected(land, YEARS, 2023 * 12 + 11)
    for name in ("startups", "entries", "jobs"):
        assert zonal[name].shape == (len(YEARS), 4)
        share = zonal[name] / zonal[name].sum(axis=1, keepdims=True)
        assert share == pytest.approx(np.tile([0.4, 0.3, 0.2, 0.1], (len(YEARS), 1)))


def test_the_nation_follows_the_trend_of_digital_trades(land: Geography) -> None:
    stock, entries = null_model.national(np.arange(2008, 2031), 1.0e6)
    trend, after = null_model.value("population.trend"), null_model.value("population.trend_after")
    growth = np.diff(np.log(stock))
    assert growth[:15] == pytest.approx(trend)  # to the end of 2023
    assert growth[-3:] == pytest.approx(after)
    hazard = -math.log(null_model.survival(np.array([120]))[0]) / 10.0
    assert entries[0] / stock[0] == pytest.approx(trend + hazard)  # births make up for deaths and growth


def test_survival_is_that_of_the_hazards() -> None:
    base, hump = null_model.value("closure.base"), null_model.value("closure.hump")
    # integral of base + hump (a/2) exp(1 - a/2) from 0 to 5: MODEL C.12
    exact = math.exp(-(base * 5.0 + 2.0 * hump * math.e * (1.0 - 3.5 * math.exp(-2.5))))
    assert null_model.survival(np.array([60]))[0] == pytest.approx(exact, rel=2e-3)


def test_cohorts_survive_as_they_should() -> None:
    firms = null_model.cohorts(2008, np.full(16, 12_000.0), 2023 * 12 + 11)
    old = firms[firms["birth"] == 2008 * 12]
    assert len(old) == 1000
    alive = ((old["closed"] < 0) | (old["closed"] - old["birth"] >= 60)).mean()
    assert alive == pytest.approx(null_model.survival(np.array([60]))[0], abs=1e-3)
    assert old["staff_at_five"].median() == pytest.approx(null_model.STAFF_MEDIAN, rel=0.01)


def test_money_goes_near(land: Geography) -> None:
    """Startups alike: what each zone receives falls with the distance to the funds, by Sorenson and Stuart's power."""
    even = land.zones.assign(startup_weight=0.25)
    share = null_model.gravity(even)
    assert share.sum() == pytest.approx(1.0)
    assert share[2] / share[1] == pytest.approx(((1 + 6.0) / (1 + 3.0)) ** -null_model.DISTANCE)


def test_the_nation_receives_what_is_invested() -> None:
    zonal, _ = null_model.expected(Geography.of(load_study("default")), YEARS, 2023 * 12 + 11)
    raised = zonal["raised_eur"][:2].sum() / 2.0
    assert raised == pytest.approx(null_model.value("funding.supply_2013_eur") * (1.0 + 0.91) / 2.0)

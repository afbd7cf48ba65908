"""Figures set beside published ones: each measure on a run whose answer is known by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from toy_runs import toy_land, toy_store, toy_study

from sim.compare import Geography, compare
from sim.compare.first_sight import FIGURES, Sight, survival_at_five, younger_than_eight, zones_without_funded


def sight(**changes) -> Sight:
    """Make a run of four zones: Île-de-France is the last two, Paris the last."""
    years = np.arange(2013, 2024)
    zonal = {
        name: np.ones((len(years), 4)) for name in ("jobs", "startups", "entries", "raised_eur", "rounds")
    }
    zonal["funded_startups"] = np.tile([0.0, 3.0, 5.0, 12.0], (len(years), 1))
    firms = pd.DataFrame({"birth": [], "closed": [], "staff_at_five": []})
    fields = {
        "years": years,
        "zonal": zonal,
        "firms": firms,
        "region": np.array([2, 3]),
        "paris": np.array([3]),
    }
    return Sight(**(fields | {"last_month": 2023 * 12 + 11} | changes))


def figure(name: str):
    return next(f for f in FIGURES if f.id == name)


def test_shares_of_a_region() -> None:
    run = sight()
    run.zonal["entries"][1:] = [10.0, 20.0, 30.0, 40.0]  # 2013, left at one each, must not count
    assert figure("idf_share_entrants").measure(run) == pytest.approx(0.7)
    assert figure("entries_a_year").measure(run) == pytest.approx(100.0)
    run.zonal["startups"][:] = [5.0, 5.0, 1.0, 3.0]
    assert figure("paris_share_idf").measure(run) == pytest.approx(0.75)


def test_survival_counts_those_followed_for_five_years() -> None:
    start = 2013 * 12
    firms = pd.DataFrame(
        [
            (start, -1),  # alive
            (start, start + 60),  # closed just after five years
            (start, start + 59),  # closed just before
            (start + 5, start + 9),  # closed young
            (start - 1, start + 3),  # born before the policy period: not asked
            (2020 * 12, -1),  # born too late to be followed
        ],
        columns=["birth", "closed"],
    )
    assert survival_at_five(sight(firms=firms)) == 0.5
    assert np.isnan(survival_at_five(sight(firms=firms, last_month=start + 50)))


def test_startups_under_eight_at_the_end_of_a_year() -> None:
    end = 2016 * 12 + 11
    births = [(end, -1), (end - 95, -1), (end - 96, -1), (end + 1, -1), (end - 5, end), (end - 5, end + 1)]
    run = sight(firms=pd.DataFrame(births, columns=["birth", "closed"]))
    assert younger_than_eight(2016)(run) == 3.0
    assert np.isnan(younger_than_eight(2030)(run))


def test_empty_zones_are_those_of_a_sample_of_the_same_size() -> None:
    run = sight()
    assert zones_without_funded(run) == 0.25  # fewer than 446 in all: the sample is everything
    counts = np.array([0.0, 30.0, 200.0, 770.0])
    run.zonal["funded_startups"][0] = counts
    expected = stats.hypergeom.pmf(0, 1000, counts.astype(int), 446).mean()
    assert zones_without_funded(run) == pytest.approx(expected, rel=1e-9)


def test_a_country_with_the_codes_of_france_is_set_beside_published_figures() -> None:
    codes = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B"]
    n = len(codes)
    land = toy_land()
    plain = {"region": "A", "x_m": 0.0, "y_m": 0.0, "population": 1e5, "area_km2": 1.0}
    zones = pd.DataFrame({"zone": range(n), "code": codes, "name": codes} | plain)
    france = Geography(land.cells, zones, "france", {"fr": "France", "en": "France"}, "adaptive")
    found = compare(toy_study(), toy_store(), geography=france).first_sight.set_index("figure")
    # the toy has jobs and startups in zones 0 to 3 only, none of them in Île-de-France
    assert found.loc["idf_share_jobs", "simulated_mean"] == 0.0
    assert not found.loc["idf_share_jobs", "inside"]
    assert found.loc["survival_five_years", "simulated_mean"] == 1.0
    assert found.loc["jobs_2016", "published_low"] < 166e3 < found.loc["jobs_2016", "published_high"]
    assert "paris_share_idf" not in found.index  # no startup in Île-de-France: no share

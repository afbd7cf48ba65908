"""Operators: each on a run small enough to count by hand, or on data from a law that is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.calibration.gravity import distance_decay
from sim.calibration.laws import hill, subbotin
from sim.calibration.observed import Observed, is_france, quantile
from sim.calibration.operators import OPERATORS
from sim.calibration.samples import expected_gini, expected_hhi, share_empty
from sim.fields import ANGEL, CASH, FOREIGN, SEED_FUND

YEARS = np.arange(2013, 2024)
ZONES = pd.DataFrame({
    "code": ["69", "75", "92", "38"], "region": ["Rhône", "Île", "Île", "Rhône"],
    "x_m": [0.0, 400e3, 405e3, 90e3], "y_m": [0.0, 300e3, 300e3, 0.0],
})  # fmt: skip
COLUMNS = ("recognised", "recognised_jobs", "talents", "movers_in", "rounds", "raised_eur", "angel_deals",
           "academic_spin_offs", "young_innovative")  # fmt: skip


def run(**more) -> Observed:
    """A run of four zones whose yearly columns are 1, 2, 3 and 4 everywhere, Île-de-France in the middle."""
    zonal = {name: np.tile([1.0, 2.0, 3.0, 4.0], (len(YEARS), 1)) for name in COLUMNS}
    return Observed(**({"years": YEARS, "zonal": zonal, "zones": ZONES, "last_month": 2023 * 12 + 11} | more))


def measured(name: str, seen: Observed, first: int, last: int, argument: str = "") -> float:
    return OPERATORS[name].measure(seen, first, last, argument)


def census(*rows) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=["year", "measure", "age", "recognised", "value", "startups"])
    return table.astype({"measure": "category"})


def firms(*rows) -> pd.DataFrame:
    """(uid, birth in months since January 2016, age at closing or -1, cause, sold at age or -1, origin, zone)"""
    names = ["uid", "birth", "closed", "cause", "acquired", "origin_zone", "zone"]
    table = pd.DataFrame(list(rows), columns=names)
    table["birth"] += 2016 * 12
    for name in ("closed", "acquired"):
        table[name] = np.where(table[name] >= 0, table["birth"] + table[name], -1)
    return table


def rounds(*rows) -> pd.DataFrame:
    """(uid, month since January 2013, zone, stage, EUR, kind of leader, its zone); born in January 2013"""
    table = pd.DataFrame(list(rows), columns=["uid", "month", "zone", "stage", "eur", "kind", "lead_zone"])
    table["month"] += 2013 * 12
    return table.assign(birth=2013 * 12)


STAFF = census(
    (2016, "staff", 3, True, 2.0, 10), (2016, "staff", 7, True, 5.0, 4), (2016, "staff", 8, True, 30.0, 2),
    (2016, "staff", 12, True, 100.0, 1), (2016, "staff", 1, False, 1.0, 50), (2021, "staff", 5, True, 3.0, 3),
    (2021, "staff", 5, False, 1.0, 1), (2021, "staff", 4, True, 90.0, 9), (2021, "turnover_eur", 7, True, 4e5, 1),
    (2021, "turnover_eur", 1, True, 1e5, 3), (2021, "turnover_eur", 8, True, 9e9, 9),
    (2016, "founder_age", 0, True, 30.0, 1), (2016, "founder_age", 0, False, 40.0, 3),
)  # fmt: skip


def test_lists_hold_recognised_startups_below_an_age():
    seen = run(census=STAFF)
    assert measured("dge_startups", seen, 2016, 2016, "8") == 14.0
    assert measured("dge_jobs", seen, 2016, 2016, "12") == 10 * 2 + 4 * 5 + 2 * 30
    assert measured("dge_ratio_of_ages", seen, 2016, 2016) == 16.0 / 14.0
    assert measured("numeum_startups", seen, 2016, 2016) == 17.0
    assert measured("numeum_mean_staff", seen, 2016, 2016) == pytest.approx(200.0 / 17.0)
    assert measured("numeum_median_staff", seen, 2016, 2016) == 2.0
    assert np.isnan(measured("dge_startups", run(), 2016, 2016, "8"))


def test_a_cohort_is_followed_whether_listed_or_not():
    seen = run(census=STAFF)
    assert measured("dge_cohort_staff", seen, 2021, 2021, "0.25") == 1.0
    assert measured("dge_cohort_staff", seen, 2021, 2021, "0.5") == 3.0
    assert measured("dge_turnover", seen, 2021, 2021, "0.75") == 1e5
    assert measured("dge_turnover", seen, 2021, 2021, "0.76") == 4e5
    assert measured("founder_age", seen, 2016, 2016) == 38.0  # whole years, so half a year more on average


def test_shares_of_places():
    seen = run()
    assert measured("dge_share", seen, 2016, 2021, "Île") == pytest.approx(0.5)
    assert measured("dge_share_of_jobs", seen, 2016, 2021, "38") == pytest.approx(0.4)
    assert measured("dge_share_in_region", seen, 2016, 2021, "75") == pytest.approx(2.0 / 5.0)
    assert measured("jei_share", seen, 2013, 2016, "Rhône") == pytest.approx(0.5)
    assert measured("ilab_share", seen, 2013, 2016, "69") == pytest.approx(0.1)
    assert measured("jei_firms", seen, 2019, 2019) == 10.0
    assert measured("insee_mobility", seen, 2013, 2018) == pytest.approx(1.0)
    assert measured("angel_deals", seen, 2013, 2016) == 10.0
    assert np.isnan(measured("dge_share", seen, 2016, 2030, "Île"))


BORN = firms(
    (1, 0, -1, 0, -1, 1, 2), (2, 0, 30, CASH, -1, 0, 0), (3, 6, 40, 1, -1, 0, 3), (4, 11, 58, CASH, -1, 1, 1),
    (5, 20, 10, CASH, -1, 3, 3),
)  # fmt: skip


def test_survival_and_its_hump():
    seen = run(firms=BORN)
    assert measured("insee_survival", seen, 2016, 2016, "3") == 0.75
    assert measured("insee_survival", seen, 2016, 2016, "5") == 0.25
    assert measured("insee_survival", seen, 2016, 2017, "3") == 0.6
    assert np.isnan(measured("insee_survival", seen, 2020, 2020, "5"))
    assert measured("dge_liquidated", seen, 2023, 2023, "7") == 0.5
    third, fifth = np.log(4 / 3), np.log(2 / 1)
    assert measured("insee_hump", seen, 2016, 2016) == pytest.approx(third / fifth)


def test_founders_at_home_take_the_capital_as_one():
    assert measured("local_founders", run(firms=BORN), 2016, 2017) == pytest.approx(4 / 5)


MONEY = rounds(
    (1, 0, 1, 1, 1e6, SEED_FUND, 1), (1, 20, 1, 2, 3e6, FOREIGN, 1), (1, 21, 1, 2, 3e6, SEED_FUND, 2),
    (2, 5, 0, 1, 2e6, SEED_FUND, 1), (3, 6, 3, 1, 1e5, ANGEL, -1), (3, 30, 3, 1, 2e6, SEED_FUND, 0),
)  # fmt: skip


def test_money_counts_rounds_led_by_funds():
    seen = run(rounds=MONEY)
    assert measured("ey_deals", seen, 2013, 2013) == 2.0
    assert measured("ey_deals", seen, 2013, 2014) == 2.0
    assert measured("ey_raised", seen, 2013, 2013) == 3e6
    assert measured("ey_mean_round", seen, 2013, 2014) == pytest.approx(9e6 / 4)
    assert measured("ey_share", seen, 2013, 2014, "Île") == pytest.approx(7 / 9)
    assert measured("ey_share_of_deals", seen, 2013, 2014, "Île") == pytest.approx(3 / 4)
    assert measured("tracker_age", seen, 2013, 2015, "seed") == pytest.approx(5 / 12)
    assert measured("tracker_funnel", seen, 2013, 2015, "first/seed") == pytest.approx(2 / 3)
    assert measured("tracker_raise_rate", seen, 2013, 2015) == pytest.approx(4 / 30)
    assert measured("crunchbase_between", seen, 2013, 2015) == 20.0  # a gap of one month is the same round


def test_without_a_table_of_rounds_yearly_columns_tell():
    assert measured("ey_deals", run(), 2013, 2014) == 10.0
    assert measured("ey_raised", run(), 2013, 2014) == 10.0
    assert measured("crunchbase_share", run(), 2013, 2016, "Île") == 0.5


def test_what_becomes_of_funded_firms():
    sales = pd.DataFrame({"uid": [1, 2, 3], "acquired": [-1, 2013 * 12 + 5 + 71, 2013 * 12 + 30 + 72]})
    seen = run(rounds=MONEY, firms=sales.assign(birth=0, closed=-1, cause=0))
    assert measured("second_round", seen, 2013, 2015, "72") == pytest.approx(1 / 3)
    assert measured("second_round", seen, 2013, 2015, "20") == 0.0
    assert measured("sold", seen, 2013, 2015, "72") == pytest.approx(1 / 3)


def test_where_funded_firms_and_their_funds_are():
    seen = run(rounds=MONEY)
    assert measured("crunchbase_share", seen, 2013, 2015, "Île") == pytest.approx(1 / 3)
    assert measured("crunchbase_second", seen, 2013, 2015) == 1.0
    assert measured("crunchbase_same_zone", seen, 2013, 2015) == 0.5  # of four: 75-75 and 92-75
    assert measured("crunchbase_same_region", seen, 2013, 2015) == 0.75
    assert measured("crunchbase_own_region", seen, 2013, 2015) == 1.0
    assert measured("crunchbase_without", seen, 2013, 2015, "446") == 0.25
    assert measured("crunchbase_hhi", seen, 2013, 2015, "446") == pytest.approx(5 / 9)
    assert measured("crunchbase_gini", seen, 2013, 2015, "446") == pytest.approx(0.25)


def test_samples_look_more_concentrated_than_the_country():
    country = np.array([60.0, 25.0, 10.0, 4.0, 1.0])
    alone = (1.0 - country / 100.0).mean()  # a sample of one leaves a place empty unless the firm is there
    assert share_empty(country, 1) == pytest.approx(alone)
    assert share_empty(country, 1000) == 0.0
    assert expected_hhi(country, 1) == 1.0
    assert expected_hhi(country, 100) == pytest.approx(((country / 100.0) ** 2).sum())
    assert expected_gini(country, 100) == pytest.approx(2 * (country[::-1] @ np.arange(1, 6)) / 500 - 6 / 5)
    assert expected_gini(country, 20) > expected_gini(country, 100)
    drawn = np.random.default_rng(1).multivariate_hypergeometric(country.astype(int), 20, 4000)
    for exact, sampled in ((share_empty(country, 20), (drawn == 0).mean(axis=1)),
                           (expected_hhi(country, 20), ((drawn / 20) ** 2).sum(axis=1))):
        assert abs(sampled.mean() - exact) < 4.0 * sampled.std() / np.sqrt(4000)


def test_gravity_finds_the_decay_it_was_made_with():
    rng = np.random.default_rng(2)
    zones = pd.DataFrame({"x_m": 1e3 * rng.uniform(0, 900, 30), "y_m": 1e3 * rng.uniform(0, 900, 30)})
    km = np.hypot(*(zones[name].to_numpy()[:, None] - zones[name].to_numpy() for name in ("x_m", "y_m"))) / 1e3
    np.fill_diagonal(km, 10.0)
    expected = np.outer(rng.uniform(1, 9, 30), rng.uniform(1, 9, 30)) * km**-0.66
    count = np.round(expected / expected.sum() * 2e6).astype(int)
    i, j = np.indices(count.shape)
    found = distance_decay(np.repeat(i.ravel(), count.ravel()), np.repeat(j.ravel(), count.ravel()), zones)
    assert found == pytest.approx(0.66, abs=2e-3)


def test_laws_of_growth_and_of_sizes_find_their_exponents():
    n = 40_000
    for b in (0.7, 1.0, 2.0):
        values = stats.gennorm.ppf((np.arange(n) + 0.5) / n, b)
        assert subbotin(values, np.ones(n)) == pytest.approx(b, rel=0.02)
    sizes = (1.0 - (np.arange(n) + 0.5) / n) ** (-1.0 / 1.1)
    assert hill(sizes, np.ones(n), 0.05) == pytest.approx(1.1, rel=0.02)


def test_quantiles_of_counted_values_are_those_of_the_values():
    values, count = np.array([5.0, 1.0, 3.0]), np.array([2.0, 3.0, 5.0])
    every = np.repeat(values, count.astype(int))
    for share in (0.05, 0.3, 0.31, 0.5, 0.8, 0.81, 1.0):
        assert quantile(values, count, share) == np.quantile(every, share, method="inverted_cdf")


def test_france_is_told_by_its_codes():
    assert not is_france(ZONES)

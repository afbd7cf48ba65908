"""Published effects asked with the designs of their authors: each on runs whose answer is known by hand."""

import numpy as np
import pandas as pd
import pytest
from test_benchmarks import FIRST, firms, run

from sim.evaluation import authors
from sim.evaluation.benchmarks import BENCHMARKS, Years, ratio

YEARS = Years(2014, 2016, 1)
HUBS = pd.DataFrame({"zone": [0, 1]})


LEVELS = (400.0, 500.0, 100.0, 200.0, 300.0, 600.0, 700.0, 800.0)  # those of hubs lie among the others


def yearly(gain: float, zones: int = 8, years=range(2013, 2017), growth: float = 0.05) -> pd.DataFrame:
    """Jobs and startups that grow alike everywhere; those of zones 0 and 1 rise by a factor from 2014 on."""
    rows = [(y, z, LEVELS[z] * np.exp(growth * (y - 2013)) * (np.exp(gain) if z < 2 and y >= 2014 else 1.0) - 1.0)
            for y in years for z in range(zones)]
    table = pd.DataFrame(rows, columns=["year", "zone", "jobs"])
    return table.assign(startups=table["jobs"])


def test_a_label_on_decline_by_differences():
    history = yearly(0.0, years=range(2010, 2013))
    for gain, seen in ((0.07, 1.0), (0.0, 0.0), (-0.07, 0.0)):
        here = run(series=yearly(gain), history=history, hubs=HUBS)
        assert authors.label_on_decline(YEARS, here, here) == (seen, 1.0)


def test_what_was_there_before_the_policy():
    """Zones 0 and 1 rise by 6 % without the policy and by 8 % with it: three quarters were there."""
    history = yearly(0.0, years=range(2010, 2013))
    here, there = (run(series=yearly(gain), history=history, hubs=HUBS) for gain in (0.08, 0.06))
    found = authors.before_the_policy(YEARS, here, there)
    assert found == (pytest.approx(6.0, abs=1e-3), pytest.approx(8.0, abs=1e-3))


def matched_firms() -> pd.DataFrame:
    """Two granted firms of two people that come to 6 and 4, and four like firms that come to 3 each; one of another
    kind."""
    never = np.zeros(7, bool)
    aided = np.array([1, 1, 0, 0, 0, 0, 0], bool)
    return firms(range(7), staff_h0=[2, 2, 2, 2, 2, 2, 50], staff_h1=[6.0, 4, 3, 3, 3, 3, 900], aided=aided,
                 aided_h0=never, aided_h1=aided, granted=[FIRST, FIRST, -1, -1, -1, -1, -1], sector=np.zeros(7, int),
                 birth=np.full(7, FIRST - 24))


def test_people_that_a_grant_adds():
    table = matched_firms()
    found = authors.people_by_matching(granted=True)(YEARS, run(firms=table), run())
    assert found == (pytest.approx(3.0 + 1.0), 2.0)
    assert authors.people_by_matching(granted=True)(YEARS, run(firms=table.assign(granted=-1)), run()) == (0.0, 0.0)


def test_relief_for_each_job_that_matching_sees():
    ledger = pd.DataFrame({"instrument": ["young_firms", "grants"], "year": [2014, 2014], "eur": [200e3, 1e9]})
    here = run(firms=matched_firms(), ledger=ledger)
    assert authors.relief_by_matching(YEARS, here, here) == (200e3, pytest.approx(4.0))


def test_innovators_by_repeated_differences():
    """Of late startups 3 in 4 against 1 in 4 innovate, of early ones 2 in 4 against 1 in 4: a quarter more."""
    birth = np.repeat([FIRST + 1, FIRST + 1, FIRST - 12, FIRST - 12, FIRST - 100], 4)
    innovations = [1, 1, 2, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 9, 9, 9, 9]
    zone = np.repeat([0, 5, 1, 5, 0], 4)
    table = firms(range(20), birth=birth, innovations=innovations, zone=zone)
    assert authors.innovators(YEARS, run(firms=table, hubs=HUBS), run()) == (pytest.approx(0.25), 1.0)


def test_transfers_are_startups_that_would_be_elsewhere():
    """Three more in the aided quartier: two that would be elsewhere, and two new ones, less one that left it."""
    here = firms([1, 2, 3, 4, 5, 6], cell=[7, 7, 7, 7, 7, 2], closed=-1, in_hub=[1, 1, 1, 1, 1, 0])
    there = firms([1, 2, 3, 6], cell=[7, 3, 4, 7], closed=-1)
    moved, added = authors.transfers(YEARS, run(firms=here.astype({"in_hub": bool})), run(firms=there))
    assert (moved, added) == (1.0, 3.0)


def test_size_and_productivity():
    jobs = np.array([10.0, 100.0, 1000.0, 5000.0])
    table = pd.DataFrame({"year": 2015, "zone": range(4), "jobs": jobs, "innovations": 0.1 * jobs**1.05})
    assert authors.size_elasticity(YEARS, run(), run(series=table)) == (pytest.approx(0.05), 1.0)
    pushed = table.assign(jobs=jobs * 2.0, innovations=table["innovations"] * 2.0**1.04)
    sums = np.array(authors.twice_the_cluster(YEARS, run(series=pushed, hubs=HUBS), run(series=table)))
    assert authors.doubled(sums) == pytest.approx(2.0**0.04 - 1.0)


def test_some_regions_convert_and_not_all():
    talents = pd.DataFrame({"year": 2014, "zone": range(96), "talents": np.geomspace(100.0, 1e5, 96)})
    convert, every = authors.regions_that_convert(YEARS, run(), run(series=talents))
    assert 0.0 < convert < every == 96.0


def test_every_design_is_told():
    from sim.commands.words import WORDS

    designs = {b.design for b in BENCHMARKS} - {None}
    assert designs == {"did", "matching", "synthetic", "regression"}
    assert all(f"bench_by_{design}" in WORDS for design in designs)
    numbers = [int(b.number[1:]) for b in BENCHMARKS]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 15))
    assert all(b.value in (ratio, authors.doubled) or b.design is None or b.number == "P10" for b in BENCHMARKS)

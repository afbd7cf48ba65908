"""The firm-level counterfactual: one case known by hand, then identities that hold for any two runs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compare import Geography, twins
from sim.compare.places import ring_of_cells

KM = 1000.0
HUB = 0


def geography(*x_km: float) -> Geography:
    """Cells on a line, one zone each."""
    n = len(x_km)
    cells = pd.DataFrame(
        {"cell": range(n), "x_m": np.array(x_km) * KM, "y_m": 0.0, "size_m": KM, "zone": range(n)}
    )
    zones = pd.DataFrame({"zone": range(n), "code": [f"{z:02d}" for z in range(n)], "region": "A"})
    return Geography(cells, zones, "line", {"fr": "ligne", "en": "line"}, "uniform")


# cells: 0 the hub, 1 inside the footprint, 2 at 12 km, 3 at 40 km, 4 at 300 km
LINE = geography(0.0, 2.0, 12.0, 40.0, 300.0)


def firms(rows: list[tuple[int, int, bool, float]], birth: int = 2014 * 12) -> pd.DataFrame:
    """Make a table of startups from (uid, cell, aided, headcount at the only horizon)."""
    uid, cell, aided, staff = zip(*rows) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "uid": np.array(uid, dtype=np.uint64),
            "origin_zone": np.zeros(len(rows), dtype=np.int16),
            "cell": np.array(cell, dtype=np.int32),
            "sector": np.zeros(len(rows), dtype=np.int8),
            "birth": np.full(len(rows), birth, dtype=np.int32),
            "aided_h0": np.array(aided, dtype=bool),
            "staff_h0": np.array(staff, dtype=np.float32),
        }
    )


@pytest.fixture
def by_hand():
    """Two runs whose every number is known.

    uid 1 aided, grows 5 -> 9;  uid 2 aided, would not exist, 4;  uid 3 aided, saved (twin closed), 3;
    uid 4 not aided in the footprint, shrinks 6 -> 5;  uid 5 at 12 km, shrinks 8 -> 6;
    uid 6 lost, stood at 40 km with 7;  uid 7 moved from 300 km to 40 km, 10 in both;
    uid 8 at 300 km, closed here, 2 in the reference;  uid 9 closed in both.
    """
    policy = [(1, 0, True, 9.0), (2, 0, True, 4.0), (3, 1, True, 3.0), (4, 1, False, 5.0), (5, 2, False, 6.0),
              (7, 3, False, 10.0), (8, 4, False, 0.0), (9, 4, False, 0.0)]  # fmt: skip
    reference = [(9, 4, False, 0.0), (1, 0, False, 5.0), (3, 1, False, 0.0), (4, 1, False, 6.0),
                 (5, 2, False, 8.0), (6, 3, False, 7.0), (7, 4, False, 10.0), (8, 4, False, 2.0)]  # fmt: skip
    here, there = (twins.read_firms(firms(rows), 1) for rows in (policy, reference))
    ring = ring_of_cells(LINE, np.array([HUB]), footprint_km=3.0)
    return here, there, twins.match(here, there), ring


def test_aid_that_comes_after_a_horizon_explains_nothing_then() -> None:
    """Two horizons; startup 1 is aided before both, startup 2 between them; 3 people more in each of the two."""
    table = firms([(1, 0, True, 9.0), (2, 0, False, 7.0)]).assign(
        staff_h1=np.float32([9, 7]), aided_h1=[True, True])  # fmt: skip
    twin = firms([(1, 0, False, 6.0), (2, 0, False, 4.0)]).assign(
        staff_h1=np.float32([6, 4]), aided_h1=[False, False])  # fmt: skip
    here, there = twins.read_firms(table, 2), twins.read_firms(twin, 2)
    ring = ring_of_cells(LINE, np.array([HUB]), footprint_km=3.0)
    found = dict(zip(twins.COMPONENTS, twins.waterfall(here, there, twins.match(here, there), ring).tolist()))
    assert found["gross"] == [9.0, 16.0]
    assert found["deadweight"] == [6.0, 10.0]
    assert found["displaced_0_20"] == [3.0, 0.0]
    assert found["net"] == [6.0, 6.0]
    assert twins.exchangeable(here, there).tolist() == [5.0, 10.0]  # one group: half, then all of its ten people


def test_jobs_that_moved_are_told_by_where_they_went(by_hand) -> None:
    """Of the startups alive in both worlds only number 7 stands elsewhere: ten jobs from 300 km to 40 km."""
    here, there, pair, _ = by_hand
    kind = np.array([0, 0, 1, 1, 2])  # of each cell
    found = twins.moves(here, there, pair, kind, 3)
    assert found[2, 1, 0] == 10.0
    assert found.sum() == 10.0


def test_rings_are_measured_from_the_nearest_hub() -> None:
    assert ring_of_cells(LINE, np.array([0]), 3.0).tolist() == [0, 0, 1, 2, 3]
    assert ring_of_cells(LINE, np.array([0, 4]), 3.0).tolist() == [0, 0, 1, 2, 0]
    assert ring_of_cells(LINE, np.array([], dtype=np.int64), 3.0).tolist() == [3] * 5
    # limits belong to the nearer ring; the footprint includes a cell exactly on it
    assert ring_of_cells(geography(0, 5, 20, 20.1, 50, 50.1), np.array([0]), 5.0).tolist() == [
        0,
        0,
        1,
        2,
        2,
        3,
    ]


def test_waterfall_of_a_case_known_by_hand(by_hand) -> None:
    here, there, pair, ring = by_hand
    found = dict(zip(twins.COMPONENTS, twins.waterfall(here, there, pair, ring)[:, 0]))
    assert found == {
        "gross": 16.0,
        "deadweight": 5.0,
        "displaced_0_20": -3.0,
        "displaced_20_50": -7.0,
        "displaced_50": -2.0,
        "net": -1.0,
    }


def test_a_firm_that_moved_is_no_displacement_but_changes_the_rings(by_hand) -> None:
    here, there, _, ring = by_hand
    # by place: the ten jobs of uid 7 leave the outer ring for that of 20-50 km, where uid 6 loses seven
    assert twins.jobs_by_ring(here, there, ring)[:, 0].tolist() == [10.0, -2.0, 3.0, -12.0]


def test_classes_of_a_case_known_by_hand(by_hand) -> None:
    here, there, pair, _ = by_hand
    counts = dict(zip(twins.COUNTS, np.moveaxis(twins.classify(here, there, pair)[:, :, 0], 1, 0)))
    # same place: 1, 4, 5; elsewhere: 7; only here: 2 (created), 3 (saved); lost: 6 (never founded), 8
    assert counts["startups"].tolist() == [3, 1, 2, 2]
    assert counts["jobs"].tolist() == [20, 10, 7, 0]
    assert counts["jobs_reference"].tolist() == [19, 10, 0, 9]
    assert counts["without_twin"].tolist() == [0, 0, 1, 1]
    assert counts["aided_startups"].tolist() == [1, 0, 2, 0]
    assert counts["aided_jobs"].tolist() == [9, 0, 7, 0]


def test_second_coupling_spreads_the_reference_over_its_group(by_hand) -> None:
    here, there, _, _ = by_hand
    # one group: 3 aided of 8 firms here, 8 firms with 38 jobs there
    assert twins.exchangeable(here, there) == pytest.approx([3 / 8 * 38])


def test_second_coupling_gives_no_firm_more_than_one_counterpart() -> None:
    here = twins.read_firms(firms([(1, 0, True, 9.0)]), 1)
    there = twins.read_firms(firms([(2, 0, False, 10.0), (3, 0, False, 10.0)]), 1)
    assert twins.exchangeable(here, there).tolist() == [10.0]


def test_second_coupling_keeps_groups_apart() -> None:
    old, young = firms([(1, 0, True, 9.0)]), firms([(2, 0, False, 9.0)], birth=2020 * 12)
    here = twins.read_firms(pd.concat([old, young]), 1)
    there = twins.read_firms(firms([(2, 0, False, 50.0)], birth=2020 * 12), 1)
    assert twins.exchangeable(here, there).tolist() == [0.0]


def test_an_empty_reference_leaves_everything_without_a_twin() -> None:
    here, there = twins.read_firms(firms([(1, 0, True, 3.0)]), 1), twins.read_firms(firms([]), 1)
    pair = twins.match(here, there)
    assert pair.only_here.tolist() == [0]
    ring = np.zeros(5, dtype=np.int64)
    assert twins.waterfall(here, there, pair, ring)[:, 0].tolist() == [3, 0, 0, 0, 0, 3]
    assert twins.waterfall(there, here, twins.match(there, here), ring)[:, 0].tolist() == [0, 0, -3, 0, 0, -3]


def test_a_shared_uid_is_refused() -> None:
    with pytest.raises(ValueError, match="share a uid"):
        twins.read_firms(firms([(7, 0, False, 1.0), (7, 1, False, 2.0)]), 1)


def test_uids_of_64_bits_are_not_confused() -> None:
    # as doubles these two would be equal
    big = 2**63
    here, there = (twins.read_firms(firms([(uid, 0, False, 1.0)]), 1) for uid in (big, big + 1))
    assert len(twins.match(here, there).here) == 0


ROW = st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 50).map(float))
RUN = st.dictionaries(st.integers(0, 40), ROW, max_size=25)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(policy=RUN, reference=RUN, hub=st.integers(0, 4))
def test_identities_hold_for_any_two_runs(policy, reference, hub) -> None:
    here, there = (
        twins.read_firms(firms([(u, *row) for u, row in run.items()]), 1) for run in (policy, reference)
    )
    pair = twins.match(here, there)
    ring = ring_of_cells(LINE, np.array([hub]), 3.0)
    total_here, total_there = here.staff.sum(), there.staff.sum()

    gross, deadweight, near, mid, far, net = twins.waterfall(here, there, pair, ring)[:, 0]
    assert net == total_here - total_there
    assert gross - deadweight + near + mid + far == net
    assert twins.jobs_by_ring(here, there, ring).sum() == net

    counts = dict(zip(twins.COUNTS, np.moveaxis(twins.classify(here, there, pair)[:, :, 0], 1, 0)))
    assert counts["startups"][:3].sum() == (here.staff > 0).sum()
    assert counts["startups"][[0, 1, 3]].sum() == (there.staff > 0).sum()
    assert (counts["jobs"] - counts["jobs_reference"]).sum() == net
    assert counts["aided_jobs"].sum() == gross
    assert (counts["without_twin"] <= counts["startups"]).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(run=RUN)
def test_the_same_run_twice_has_no_effect(run) -> None:
    here = twins.read_firms(firms([(u, *row) for u, row in run.items()]), 1)
    pair = twins.match(here, here)
    gross, deadweight, *rest = twins.waterfall(here, here, pair, np.ones(5, dtype=np.int64))[:, 0]
    assert gross == deadweight
    assert rest == [0, 0, 0, 0]
    assert twins.classify(here, here, pair)[1:].sum() == 0
    assert twins.exchangeable(here, here)[0] <= here.staff.sum() + 1e-9

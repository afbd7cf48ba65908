"""The work that `bench/roofline.py` counts is that of the kernels as they are called."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import roofline

UNIT = roofline.Peak(memory=1.0, cache=1.0, read_s=1.0, scalar=1.0, rows=1.0)


def test_every_kernel_is_called_and_its_work_counted(lived_in):
    world, par = lived_in()
    calls = roofline.calls_of(world, par, 3)
    assert set(calls) == set(roofline.KERNELS)
    for name, found in calls.items():
        assert found, name
        assert all(call.seconds > 0.0 for call in found), name
        assert sum(sum(roofline.times_of(call.work, UNIT).values()) for call in found) > 0.0, name


def test_sums_over_neighbours_cost_two_operations_a_pair_and_sector():
    start, pairs, cells = np.array([0, 2, 3]), 3, 2
    neighbour, weight = np.zeros(pairs, np.int32), np.zeros(pairs, np.float32)
    table = np.zeros((cells, roofline.N_SECTORS))
    work = roofline.work_of_reach(0, cells, start, neighbour, weight, table, table)
    assert work.rows == 2.0 * pairs * roofline.N_SECTORS
    assert work.streamed == pairs * 8 + start.nbytes + 2 * table.nbytes
    half = roofline.work_of_reach(1, cells, start, neighbour, weight, table, table)
    assert half.rows == pytest.approx(work.rows / 3.0)


def test_a_kernel_under_half_of_its_roof_has_a_cause():
    row = {"ns": 1.0, "bytes": 1.0, "reads": 0.0, "operations": 1.0, "bound": "memory"}
    rows = [{**row, "kernel": name, "share": 0.2} for name in roofline.KERNELS]
    text = roofline.told(UNIT, rows)
    assert all(roofline.CAUSES[name] in text for name in roofline.KERNELS)
    assert roofline.CAUSES["spillovers.reach"] not in roofline.told(UNIT, [{**rows[0], "share": 0.6}])

"""Work per agent and month does not rise: calls, random numbers and bytes, counted in a small world, never timed."""

import counted_work
import pytest

#: What was counted when last written down, per agent and month. `python tests/counted_work.py` counts again: where
#: work has fallen, write less here. Write more only with the reason in the change that needs it.
KNOWN = {"calls": 5.5945, "draws": 0.9587, "bytes": 104.0}
SLACK = {"calls": 1.0, "draws": 1.0, "bytes": 1.02}  # bytes: interpreters hold their own objects in other sizes
LEAST_EVENTS = 0.005  # things that happen, per agent and month: the counts are of a world that lives


@pytest.fixture(scope="module")
def counted():
    return counted_work.counted()


def test_the_world_that_is_counted_lives(counted):
    assert counted["events"] > LEAST_EVENTS


@pytest.mark.parametrize("what", KNOWN)
def test_work_per_agent_and_month_does_not_rise(counted, what):
    assert counted[what] <= KNOWN[what] * SLACK[what]

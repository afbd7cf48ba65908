"""The cycle of a creative district happens, in its order: artists, venues, encounters, startups, rents, departure."""

import numpy as np
import pytest

from sim.report import creative_cycle


@pytest.fixture(scope="module")
def districts():
    """The district with its wasteland and without, mean of two seeds."""
    return creative_cycle.mean_district(True, (1, 2)), creative_cycle.mean_district(False, (1, 2))


def half_way(curve: np.ndarray) -> int:
    """First year in which a curve has done half of its way to its highest."""
    return int(np.argmax(curve >= 0.5 * (curve[0] + curve.max())))


def test_artists_come_first_then_startups_then_dear_offices(districts):
    own, _ = districts
    assert half_way(own["creatives"]) <= half_way(own["conviviality"]) <= own["serendipity"].argmax()
    assert own["serendipity"].argmax() < half_way(own["startups"])
    assert own["creatives"].argmax() < half_way(own["startups"])
    assert own["creatives"].argmax() < half_way(own["rent"])
    assert own["rent"][-1] > 1.3 * own["rent"][0]


def test_artists_leave_and_serendipity_erodes_while_startups_stay(districts):
    own, _ = districts
    top = own["creatives"].argmax()
    assert own["creatives"][-1] < 0.8 * own["creatives"][top]
    assert own["conviviality"][-1] < 0.95 * own["conviviality"].max()
    assert own["serendipity"][-1] < 0.85 * own["serendipity"].max()
    assert own["wasteland_m2"][-1] < 0.7 * own["wasteland_m2"][0]
    assert own["startups"][-1] > 0.9 * own["startups"].max()


def test_without_wasteland_there_is_no_cycle(districts):
    own, without = districts
    assert without["creatives"].max() < 0.3 * own["creatives"].max()
    assert without["serendipity"].max() < 0.3 * own["serendipity"].max()
    assert own["startups"][-5:].mean() > 1.3 * without["startups"][-5:].mean()


def test_the_figure_is_the_same_each_time(tmp_path, districts):
    for name in ("a.png", "b.png"):
        creative_cycle.draw(*districts).savefig(tmp_path / name, metadata={"Software": None})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()

"""Equations against values worked out by hand: every term, every branch and both sides of each limit."""

from types import SimpleNamespace

import pytest

from sim.processes import brand, growth

GROWTH = SimpleNamespace(young=0.4, five=0.1, ten=-0.05, quality=0.2, spillover=0.3, accelerator=0.07, competition=0.05,
                         rivalry=0)


@pytest.mark.parametrize(("age", "expected"), [
    (0.0, 0.4), (1.9, 0.4), (2.0, 0.4), (2.6, 0.34),  # young until two
    (3.5, 0.25), (4.7, 0.13), (5.0, 0.1),  # half-way, nine tenths, and all the way to what firms of five do
    (5.5, 0.085), (7.5, 0.025), (9.0, -0.02), (10.0, -0.05), (11.0, -0.05), (30.0, -0.05),
])
def test_drift_falls_with_age_from_one_level_to_the_next(age, expected):
    par = SimpleNamespace(**{**vars(GROWTH), "rivalry": 1})
    assert growth.drift(age, 0.0, 0.0, False, 3.0, _group(par)) == pytest.approx(expected, abs=1e-12)


def test_drift_adds_what_quality_neighbours_a_place_and_rivals_do():
    par = _group(GROWTH)
    assert growth.drift(0.0, 0.5, 0.2, True, 3.0, par) == pytest.approx(0.4 + 0.1 + 0.06 + 0.07 - 0.15, abs=1e-12)
    assert growth.drift(0.0, 0.5, 0.2, False, -3.0, par) == pytest.approx(0.4 + 0.1 + 0.06 + 0.15, abs=1e-12)


def test_memory_gives_the_correlation_of_a_moving_average():
    """Growth of two years with share m of last year's shock correlates at m / (1 + m^2)."""
    for correlation in (-0.3, -0.1, 0.2):
        m = growth.memory(correlation)
        assert m / (1.0 + m * m) == pytest.approx(correlation, rel=1e-12)
        assert abs(m) < 1.0
    assert growth.memory(0.0) == 0.0


def test_rivals_are_a_log_that_is_cut_where_nobody_is():
    assert growth.rivals(1.0) == 0.0
    assert growth.rivals(2.718281828459045) == pytest.approx(1.0, rel=1e-12)
    assert growth.rivals(0.0) == growth.rivals(0.05) == pytest.approx(-2.995732273553991, rel=1e-12)
    assert growth.rivals(0.06) > growth.rivals(0.05)


def test_goodwill_moves_by_a_twelfth_of_its_decay_to_the_root_of_spending():
    assert brand.next_goodwill(0.5, 4e6, 0.24, 1e6) == pytest.approx(0.5 + 0.02 * (2.0 - 0.5), rel=1e-12)
    assert brand.next_goodwill(0.5, 0.0, 0.24, 1e6) == pytest.approx(0.49, rel=1e-12)


def test_a_hubs_share_of_the_brand_has_one_power_for_each_of_score_size_and_number():
    par = SimpleNamespace(merit=2.0, size=0.5, dilution=3.0)
    assert brand.brand_share(0.8, 3.0, 400.0, 2.0, par) == pytest.approx(0.8 * 9.0 * 2.0 / 8.0, rel=1e-12)


def test_a_full_link_is_touched_whole_and_no_link_in_part():
    assert [brand.touched(strength, 0.2) for strength in (0.0, 0.5, 1.0)] == pytest.approx([0.2, 0.6, 1.0])


def _group(par: SimpleNamespace) -> object:
    """Parameters as compiled code takes them: the group of the model, with these values."""
    from worlds import small_parameters

    return small_parameters().growth._replace(**vars(par))

"""Rounding to the noise, French and English number formats, likelihood words and their cap."""

import math

import pytest

from sim.report.numbers import Format, estimate, in_millions, noise_step, to_step
from sim.report.words import SCALE, confidence, evidence, likelihood

FR, EN = Format("fr"), Format("en")


@pytest.mark.parametrize(
    ("value", "se", "step"),
    [
        (1234.0, 60.0, 100.0),  # 2 x 60 = 120: hundreds
        (1234.0, 3.0, 100.0),  # two digits at most
        (442.0, 23.0, 10.0),
        (-0.00253, 0.00009, 0.0001),
        (12.0, 400.0, 10.0),  # refined: rounding to hundreds would print 0
        (5.0, 0.0, 0.1),
    ],
)
def test_step_follows_the_noise(value, se, step):
    assert noise_step(value, se) == pytest.approx(step)


def test_rounding_never_changes_what_an_interval_says_of_the_sign():
    step = noise_step(130.0, 60.0, bounds=(12.0, 250.0))
    assert to_step(12.0, step) > 0.0


def test_rounding_to_two_digits_does_not_collapse_a_precise_interval():
    step = noise_step(12_345.0, 3.0, bounds=(12_339.0, 12_351.0))
    assert to_step(12_339.0, step) < to_step(12_345.0, step) < to_step(12_351.0, step)


def test_a_range_over_simulations_that_ends_near_zero_does_not_ask_for_digits_that_are_noise():
    shown = estimate(EN, -0.00241, 0.0006, (-0.00354, -0.00122), (-0.00485, -0.00003))
    assert (shown.value, shown.ci95) == ("\u22120.002", "\u22120.004 to \u22120.001")
    assert shown.range80 == "\u22120.005 to 0.000"


def test_small_differences_of_long_tables_may_print_as_zero():
    assert noise_step(-0.4, 30.0, refine=False) == 10.0
    assert noise_step(-0.4, 30.0) < 1.0


def test_millions_of_euros_are_written_as_the_language_has_them():
    assert in_millions("\u2212120 to +200", "en") == "\u2212€120m to +€200m"
    assert in_millions("+1,240", "en") == "+€1,240m"
    assert in_millions("\u2212120 à +200", "fr") == "\u2212120 à +200\u00a0M€"


def test_unknown_noise_keeps_two_digits():
    assert noise_step(1234.0, math.nan) == 100.0
    assert noise_step(0.0, math.nan) == 0.0


@pytest.mark.parametrize(("value", "rounded"), [(25.0, 30.0), (-25.0, -30.0), (24.9, 20.0), (0.0, 0.0)])
def test_halves_go_away_from_zero(value, rounded):
    assert to_step(value, 10.0) == rounded


def test_french_numbers_use_narrow_spaces_commas_and_a_true_minus():
    assert FR.number(1234567.0) == "1\u202f234\u202f567"
    assert FR.number(-1234.5, decimals=1) == "\u22121\u202f234,5"
    assert FR.percent(0.125, decimals=1) == "12,5\u00a0%"
    assert FR.points(0.031) == "+3,1\u00a0pt"
    assert FR.money(215e6) == "215\u00a0M€"
    assert FR.money(107.5e6) == "107,5\u00a0M€"
    assert FR.money(-2.25e6) == "\u22122,25\u00a0M€"
    assert FR.interval(-150.0, 1000.0) == "\u2212150 à 1\u202f000"


def test_english_numbers():
    assert EN.number(-1234.5, decimals=1) == "\u22121,234.5"
    assert EN.percent(0.72) == "72%"
    assert EN.money(215e6) == "€215m"
    assert EN.money(-48e3) == "\u2212€48k"
    assert EN.money(3.6e9) == "€3.6bn"
    assert EN.interval(300.0, 2100.0, signed=True) == "+300 to +2,100"


def test_money_changes_unit_after_rounding():
    assert EN.money(999_999.0) == "€1m"  # not €1,000k


@pytest.mark.parametrize("fmt", [FR, EN])
def test_what_prints_as_zero_has_no_sign(fmt):
    assert fmt.number(-0.4, decimals=0) == "0"
    assert fmt.number(0.4, decimals=0, signed=True) == "0"


@pytest.mark.parametrize(("fmt", "text"), [(FR, "n.d."), (EN, "n/a")])
def test_missing_values_are_said(fmt, text):
    assert fmt.number(math.nan) == text
    assert fmt.money(math.inf) == text


def test_an_estimate_is_rounded_as_a_whole():
    shown = estimate(EN, 1234.0, 60.0, (1110.0, 1358.0), (310.0, 2090.0))
    assert (shown.value, shown.ci95, shown.range80) == ("+1,200", "+1,100 to +1,400", "+300 to +2,100")


@pytest.mark.parametrize(
    ("share", "key"),
    [
        (1.0, "virtually_certain"),
        (0.99, "virtually_certain"),
        (0.98, "very_likely"),
        (0.90, "very_likely"),
        (0.89, "likely"),
        (0.67, "likely"),
        (0.66, "likely"),
        (0.5, "as_likely_as_not"),
        (0.33, "as_likely_as_not"),
        (0.32, "unlikely"),
        (0.10, "very_unlikely"),
        (0.01, "exceptionally_unlikely"),
        (0.0, "exceptionally_unlikely"),
    ],
)
def test_words_when_the_sign_holds_everywhere(share, key):
    assert likelihood(share, holds_everywhere=True).key == key


@pytest.mark.parametrize(
    ("share", "runs", "key"),
    [
        (1.0, 2, "likely"),
        (1.0, 9, "likely"),
        (1.0, 10, "very_likely"),
        (1.0, 99, "very_likely"),
        (1.0, 100, "virtually_certain"),
        (0.0, 2, "unlikely"),
        (0.0, 16, "very_unlikely"),
        (0.0, 128, "exceptionally_unlikely"),
        (0.5, 2, "as_likely_as_not"),
    ],
)
def test_a_word_is_no_finer_than_the_number_of_simulations(share, runs, key):
    assert likelihood(share, holds_everywhere=True, runs=runs).key == key


@pytest.mark.parametrize(
    ("share", "key"),
    [
        (1.0, "likely"),
        (0.95, "likely"),
        (0.7, "likely"),
        (0.5, "as_likely_as_not"),
        (0.2, "unlikely"),
        (0.0, "unlikely"),
    ],
)
def test_words_are_capped_while_assumptions_are_not_varied(share, key):
    assert likelihood(share).key == key


def test_a_share_lies_within_the_range_of_its_word():
    for k in range(101):
        step = likelihood(k / 100.0, holds_everywhere=True)
        assert step.low - 1e-9 <= k / 100.0 <= step.high + 1e-9
    assert len({s.key for s in SCALE}) == 7


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_outside_zero_to_one_is_an_error(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        likelihood(share)


def test_confidence_is_never_high_with_an_assumption():
    assert confidence(evidence(1, 100), "high") == "medium"
    assert confidence(evidence(50, 100), "high") == "low"
    assert confidence(evidence(0, 100), "high") == "high"
    assert confidence(evidence(0, 100), None) == "low"  # one set of assumptions only
    assert confidence("high", "low") == "low"

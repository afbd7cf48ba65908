"""Values of scenario files: our own scalar rules, units, and any text or value whatever."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.paths import scenarios_dir
from sim.scenario import (
    FileErrors,
    Scenario,
    load_scenario,
    units,
)
from sim.scenario.errors import Problems, Source
from sim.scenario.reader import read_file, read_text

# -- scalars and units -----------------------------------------------------------------------------


def data_of(text: str) -> object:
    problems = Problems("en")
    value = read_text(text, Source("text"), problems)
    problems.stop()
    assert value is not None
    return value.plain()


def test_own_scalar_rules() -> None:
    text = '[50e6, 2A, 12:30, 2014-01, "01", 0, -1.5, 1_000, true, null, 0x1F, .5, 5., "yes"]'
    wanted = [50e6, "2A", "12:30", "2014-01", "01", 0, -1.5, "1_000", True, None, "0x1F", 0.5, 5.0, "yes"]
    assert data_of(text) == wanted
    assert [type(item) for item in data_of(text)] == [type(item) for item in wanted]  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "True", "NULL", "01", "00", ".nan", "-.inf"])
def test_ambiguous_scalars_are_refused(word: str) -> None:
    with pytest.raises(FileErrors):
        data_of(f"key: {word}")


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (units.money, "215 MEUR", 215e6), (units.money, "1.5BEUR", 1.5e9), (units.money, "70 kEUR", 70e3),
        (units.money, "2e2 EUR", 200.0), (units.share, "7 %", 0.07), (units.share, "12.5%", 0.125),
        (units.duration, "18 months", 18), (units.duration, "1 month", 1), (units.duration, "1.5 years", 18),
        (units.distance, "250 m", 0.25), (units.distance, "2 km", 2.0), (units.first_month, 2014, 2014 * 12),
        (units.last_month, 2014, 2014 * 12 + 11), (units.first_month, "2014-09", 2014 * 12 + 8),
        (units.last_month, "2014-09", 2014 * 12 + 8), (units.number, 1, 1.0), (units.whole, 5e4, 50000),
    ],
)  # fmt: skip
def test_quantities(read: Callable[[object], float], text: object, wanted: float) -> None:
    assert read(text) == wanted


@pytest.mark.parametrize(
    ("read", "text", "key"),
    [
        (units.money, "1000.1 BEUR", "above"), (units.money, "1e400 MEUR", "above"), (units.share, "1e999 %", "above"),
        (units.money, "1e99999999999999999999 EUR", "above"), (units.duration, "1e400 months", "above"),
        (units.distance, "1e300 km", "above"), (units.distance, "1e-200 km", "below"),
        (units.price, "0.9e-2 EUR", "below"),
    ],
)  # fmt: skip
def test_quantities_that_make_no_sense(read: Callable[[object], float], text: object, key: str) -> None:
    with pytest.raises(units.Misread) as caught:
        read(text)
    assert caught.value.message.key == key


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (units.money, "1000 BEUR", 1e12), (units.money, "1e-99999999999999999999 EUR", 0.0),
        (units.money, "0 EUR", 0.0),
        (units.distance, "1 m", 0.001), (units.distance, "20000 km", 2e4), (units.price, "0.01 EUR", 0.01),
        (units.duration, "300 years", 3600),
    ],
)  # fmt: skip
def test_quantities_at_their_bounds(read: Callable[[object], float], text: object, wanted: float) -> None:
    assert read(text) == wanted


@given(st.integers(0, 10_000))
def test_shares_read_back_exactly(hundredths: int) -> None:
    assert units.share(f"{hundredths / 100:.2f} %") == float(f"{hundredths}e-4")


@given(st.integers(1900 * 12, 2200 * 12 + 11))
def test_dates_read_back(month: int) -> None:
    assert units.first_month(units.month_text(month)) == units.last_month(units.month_text(month)) == month


@given(st.floats(0, 1e12, allow_nan=False))
def test_euros_read_back(eur: float) -> None:
    assert units.money(units.euros(eur)) == pytest.approx(eur, rel=1e-9, abs=1e-5)


# -- robustness ------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.text(alphabet="abz019 :-{}[],\"'#&*!|>%@`\t\n\\é.~", max_size=60))
def test_any_text_gives_a_value_or_an_error_with_a_place(text: str) -> None:
    problems = Problems("en")
    value = read_text(text, Source("text", tuple(text.splitlines())), problems)
    assert (value is None) == (not problems.readable)  # slips come with the value
    assert all(error.render() for error in problems.errors)


BASELINE = read_file(scenarios_dir() / "baseline.yaml", Problems())
LEAVES = [path for path, _ in BASELINE.leaves()] if BASELINE else []
ODD = ["5", "-1", "0.5", "x", "[]", "[1, a]", "{}", "{a: 1}", "true", '""', "1e400", "2014-13", "10 %", "3 MEUR"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LEAVES), st.sampled_from(ODD))
def test_any_value_anywhere_gives_a_scenario_or_file_errors(path: tuple[str, ...], value: str) -> None:
    if path[0] in ("schema", "id", "title"):
        return
    try:
        scenario: Scenario | None = load_scenario("paris_only", overrides={".".join(path): value})
        errors = []
    except FileErrors as failure:
        scenario, errors = None, failure.errors
    assert (scenario is None) == bool(errors)
    assert all(error.render("fr") and error.place.source.shown for error in errors)


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    for text in ("[" * 5000, "a: " + "[" * 300 + "]" * 300):
        problems = Problems("en")
        assert read_text(text, Source("text"), problems) is None
        assert [error.code for error in problems.errors][:1] == ["E-yaml"]

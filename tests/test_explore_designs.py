"""Designs of sweeps: ranges from the priors, reproducible, extensible where promised; lists where they may be."""

import numpy as np
import pytest

from sim.explore import designs, needs
from sim.explore.designs import Factor, factor
from sim.params import PARAMETERS, SWITCHES
from sim.scenario.assumptions import by_logarithm

A, B = Factor("a", 0.0, 3.0), Factor("b", 1.0, 100.0, "log")
KIND = Factor("kind", values=("x", "y", "z"))


def test_a_factor_takes_the_declared_prior():
    for name, param in PARAMETERS.items():
        if param.low < param.high:
            assert factor(name) == Factor(name, param.low, param.high, "log" if by_logarithm(param) else "linear")
            assert param.low <= factor(name).start <= param.high
    name, switch = next(iter(SWITCHES.items()))
    assert factor(name).values == switch.choices
    assert factor(name).start == switch.default


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: factor("no.such"), "no parameter or switch"),
        (lambda: Factor("a", 2.0, 1.0), "below the high one"),
        (lambda: Factor("a", 0.0, np.inf), "below the high one"),
        (lambda: Factor("a", 0.0, 1.0, "log"), "above 0"),
        (lambda: Factor("a", 0.0, 1.0, "cube"), "linear or log"),
        (lambda: Factor("a", values=(1, 1)), "each once"),
        (lambda: designs.grid([]), "at least one factor"),
        (lambda: designs.grid([A, A]), "a is named twice"),
        (lambda: designs.latin([A], 0), "at least one point"),
        (lambda: designs.morris([A, KIND], 4), "Morris's design takes numbers between two bounds; kind is a list"),
        (lambda: designs.saltelli([A, KIND], 4), "Saltelli's design takes numbers between two bounds; kind is a list"),
        (lambda: designs.saltelli([A], 12), "power of two, not 12"),
        (lambda: designs.morris([A], 4, levels=5), "even number of levels, not 5"),
        (lambda: designs.listed([A], [{"a": 1.0, "c": 2}]), "row 1: c is not a factor"),
        (lambda: designs.listed([A, KIND], [{"a": 1.0}]), "row 1: kind is missing"),
        (lambda: designs.listed([A], [{"a": 1.0}, {"a": 4.0}]), "row 2: a is 4.0, outside 0.0 to 3.0"),
        (lambda: designs.listed([KIND], [{"kind": "w"}]), "row 1: kind is w, not one of"),
    ],
)
def test_what_cannot_be_run_is_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_values_outside_the_prior_are_refused():
    name = next(name for name, p in PARAMETERS.items() if p.low < p.high)
    with pytest.raises(ValueError, match="bounds of its prior"):
        factor(name, high=PARAMETERS[name].high * 2 + 1)
    switch = next(iter(SWITCHES))
    with pytest.raises(ValueError, match="is not one of"):
        factor(switch, values=("nothing of the kind",))


def test_grid_and_list_are_exact():
    made = designs.grid([A, B, KIND], levels=3)
    assert len(made.points) == 27
    assert made.points.drop_duplicates().shape == (27, 3)
    assert sorted(set(made.points["a"])) == [0.0, 1.5, 3.0]
    assert sorted(set(made.points["b"])) == [1.0, 10.0, 100.0]
    assert made.points["kind"].tolist()[:4] == ["x", "y", "z", "x"]
    rows = [{"a": 0.3, "kind": "z"}, {"a": 3.0, "kind": "x"}]
    listed = designs.listed([A, KIND], rows)
    assert listed.points.to_dict("records") == rows
    np.testing.assert_allclose(listed.places[:, 0], [0.1, 1.0])


def test_six_digits_within_the_bounds():
    wide = Factor("a", 0.123456789, 0.987654321)
    points = designs.sobol([wide, B], 64, seed=2).points
    assert [float(f"{v:.6g}") for v in points["b"]] == points["b"].tolist()
    ends = designs.grid([wide], 2).points["a"].tolist()
    assert ends[0] >= wide.low
    assert ends[1] <= wide.high


def test_latin_hypercube_has_one_point_a_slice():
    made = designs.latin([A, B, KIND], 30, seed=5)
    for k in range(3):
        assert sorted((made.places[:, k] * 30).astype(int)) == list(range(30))
    assert made.points["kind"].value_counts().to_dict() == {"x": 10, "y": 10, "z": 10}


@pytest.mark.parametrize("count", [(5, 64), (100, 1000)])
def test_a_sobol_sequence_goes_on(count):
    few, many = (designs.sobol([A, B, KIND], n, seed=7) for n in count)
    assert few.points.equals(many.points[: count[0]])
    assert (np.bincount((designs.sobol([A], 64).places[:, 0] * 64).astype(int)) == 1).all()


def test_saltelli_goes_on_and_is_made_of_blocks():
    few, many = (designs.saltelli([A, B], n, seed=3) for n in (8, 16))
    assert few.points.equals(many.points[:32])
    assert few.block.tolist() == np.repeat(range(8), 4).tolist()
    first = few.places[:4]
    assert (first[1] == [first[3][0], first[0][1]]).all()  # one factor of the other point at a time
    assert (first[2] == [first[0][0], first[3][1]]).all()
    assert len(designs.saltelli([A, B], 8, second_order=True).points) == 48


def test_morris_moves_one_factor_at_a_time():
    made = designs.morris([A, B, Factor("c", -1.0, 1.0)], 6, seed=1)
    assert made.block.tolist() == np.repeat(range(6), 4).tolist()
    for k in range(6):
        steps = np.diff(made.places[made.block == k], axis=0)
        assert ((steps != 0.0).sum(axis=1) == 1).all()
        np.testing.assert_allclose(np.abs(steps).max(axis=0), 2 / 3)
    assert sorted(set(made.points["a"])) == [0.0, 1.0, 2.0, 3.0]


def test_one_at_a_time_starts_with_the_model():
    name = next(name for name, p in PARAMETERS.items() if p.low < p.default < p.high)
    made = designs.one_at_a_time([factor(name), KIND])
    start = PARAMETERS[name].default
    assert made.points[name].tolist() == [start, PARAMETERS[name].low, PARAMETERS[name].high, start, start]
    assert made.points["kind"].tolist() == ["x", "x", "x", "y", "z"]
    assert made.changed == ("", name, name, "kind", "kind")


@pytest.mark.parametrize("make", [designs.latin, designs.sobol, designs.saltelli, designs.morris])
def test_the_seed_decides(make):
    one, again, other = (make([A, B], 16, seed=seed) for seed in (4, 4, 5))
    assert one.points.equals(again.points)
    assert not one.points.equals(other.points)


def test_a_missing_library_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SALib.sample.morris", None)
    with pytest.raises(needs.MissingLibrary, match=r'SALib is not installed: pip install "quartiers\[explore\]"'):
        designs.morris([A], 4)

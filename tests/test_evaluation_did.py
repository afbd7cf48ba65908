"""Differences in differences: published figures, and constructed worlds whose truth is known exactly (T30)."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.evaluation import did
from sim.evaluation.estimate import NotEstimable
from sim.evaluation.panel import Panel
from sim.evaluation.told import displacement, tell

DATA = Path(__file__).parent / "evaluation_data"


def normals(key: int, *shape: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(key=key)).normal(size=shape)


def panel(values, first, start=2010) -> Panel:
    values = np.asarray(values, float)
    return Panel(values, np.arange(start, start + values.shape[1]), np.asarray(first))


# --- against published figures --------------------------------------------------------------------------------------
def cigarettes() -> Panel:
    """Packs per inhabitant and state, 1970-2000; California's programme starts in 1989."""
    table = pd.read_csv(DATA / "cigarettes.csv", index_col="year")
    first = np.where(table.columns == "California", 1989, 0)
    return Panel(table.to_numpy(float).T, table.index.to_numpy(), first)


def homicides() -> Panel:
    """Log homicides of 50 states, 2000-2010, and the year in which each passed its law of self-defence."""
    table = pd.read_csv(DATA / "homicides.csv")
    values = table.drop(columns=["state", "first"])
    return Panel(values.to_numpy(float), values.columns.astype(int).to_numpy(), table["first"].to_numpy())


def test_two_way_is_what_was_published_of_californias_tobacco_programme():
    """Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review, table 1: -27.3."""
    assert round(did.two_way(cigarettes()).value, 1) == -27.3


def test_group_times_are_those_of_the_package_csdid():
    """csdid 0.4.3 (Callaway and Sant'Anna), never-treated controls, no covariates, its printed digits."""
    printed = {(2006, 2006): (0.2193, 0.0335), (2006, 2010): (0.2322, 0.0420), (2007, 2003): (0.0417, 0.0553),
               (2007, 2007): (0.0523, 0.0473), (2007, 2010): (-0.0192, 0.0481), (2008, 2008): (-0.2078, 0.2460),
               (2008, 2009): (0.1256, 0.0741), (2009, 2002): (0.2458, 0.0849), (2009, 2009): (0.2220, 0.1051),
               (2010, 2005): (-0.5490, 0.0358), (2010, 2010): (-0.2109, 0.0335)}
    found = did.group_times(homicides())
    assert found.att.size == 50
    have = {(g, t): (round(a, 4), round(s, 4)) for g, t, a, s in zip(found.group, found.year, found.att, found.se)}
    assert {key: have[key] for key in printed} == printed


def test_averages_are_those_of_the_package_csdid():
    """The same source: the simple mean, and the effect one year after the start, weights estimated."""
    found = did.group_times(homicides())
    simple = did.average(found, found.year >= found.group)
    assert (round(simple.value, 4), round(simple.se, 4)) == (0.0194, 0.0384)
    assert (round(simple.low, 4), round(simple.high, 4)) == (-0.0558, 0.0946)
    later = did.average(found, found.year - found.group == 1)
    assert (round(later.value, 4), round(later.se, 4)) == (0.0146, 0.0440)


def test_the_textbook_case_of_two_states():
    """Card and Krueger (1994), table 3: full-time equivalents per restaurant, 20.44 to 21.03 against 23.33 to 21.17."""
    found = did.two_way(panel([[20.44, 21.03]] * 2 + [[23.33, 21.17]] * 2, [2011, 2011, 0, 0]))
    assert round(found.value, 2) == 2.75  # of the rounded means; the paper prints 2.76 from its own


# --- exact on constructed data --------------------------------------------------------------------------------------
def test_one_date_two_way_staggered_and_winners_agree():
    values = normals(1, 12, 6)
    one = panel(values, [2012] * 4 + [0] * 8)
    change = values[:, 2:].mean(axis=1) - values[:, :2].mean(axis=1)
    expected = change[:4].mean() - change[4:].mean()
    assert did.two_way(one).value == pytest.approx(expected, abs=1e-12)
    assert did.winners(one).value == pytest.approx(expected, abs=1e-12)
    last = panel(values[:, 1:3], [2011] * 4 + [0] * 8)
    assert did.staggered(last).value == pytest.approx(did.two_way(last).value, abs=1e-12)


def test_staggered_starts_with_growing_effects_are_found_where_two_way_errs():
    """Effects of one a year since the start, no noise: group-time effects are exact, two-way is not."""
    years = np.arange(2010, 2020)
    first = np.array([2012] * 5 + [2016] * 5 + [0] * 5)
    since = np.maximum(years - first[:, None] + 1, 0) * (first[:, None] > 0)
    world = Panel(0.3 * (years - 2010) + np.arange(15.0)[:, None] + since, years, first)
    found = did.group_times(world)
    np.testing.assert_allclose(found.att, np.maximum(found.year - found.group + 1, 0), atol=1e-12)
    truth = since[world.on].mean()
    assert did.staggered(world).value == pytest.approx(truth)
    assert abs(did.two_way(world).value - truth) > 0.1 * truth


def test_units_that_leave_are_left_out():
    values = normals(2, 8, 4)
    values[5, 2] = np.nan
    all_of_them = panel(values, [2012] * 3 + [0] * 5)
    rest = np.arange(8) != 5
    assert did.two_way(all_of_them).value == pytest.approx(did.two_way(all_of_them.keep(rest)).value)


@pytest.mark.parametrize(("values", "first", "message"), [
    (np.ones((2, 3)), [2010, 0], "before the treatment"),
    (np.ones((2, 3)), [2011, 2011], "no control"),
    (np.ones((2, 3)), [0, 0], "no treated"),
    (np.ones((2, 2)), [0, 2011], "three units"),
])
def test_what_cannot_be_estimated_is_said(values, first, message):
    with pytest.raises(NotEstimable, match=message):
        did.two_way(panel(values, first))


# --- T30: the laboratory --------------------------------------------------------------------------------------------
UNITS, WINNERS = 9, 3


def worlds(chosen, displaced_share: float):
    """Uneven units that grow at uneven pace; winners gain unevenly, and others lose a share of it, unevenly."""
    base = 10.0 + 3.0 * np.arange(UNITS)[:, None] + normals(3, UNITS, 4).cumsum(axis=1)
    first = np.where(np.isin(np.arange(UNITS), chosen), 2012, 0)
    gain = (2.0 + 0.5 * np.arange(UNITS)) * (first > 0)
    weight = (1.0 + np.arange(UNITS)) * (first == 0)
    loss = displaced_share * gain.sum() * weight / weight.sum()
    effect = (gain - loss)[:, None] * np.array([0.0, 0.0, 1.0, 1.4])
    return panel(base + effect, first), panel(base, first)


def every_lottery(displaced_share: float):
    return [tell(did.two_way, *worlds(chosen, displaced_share)) for chosen in combinations(range(UNITS), WINNERS)]


def test_t30_without_displacement_a_lottery_is_unbiased():
    """Mean over all 84 draws, each as likely: exactly the truth, though every single draw errs."""
    told = every_lottery(0.0)
    assert np.mean([t.bias for t in told]) == pytest.approx(0.0, abs=1e-10)
    assert np.mean([t.selection for t in told]) == pytest.approx(0.0, abs=1e-10)
    assert max(abs(t.bias) for t in told) > 0.5
    np.testing.assert_allclose([t.interference for t in told], 0.0, atol=1e-10)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_t30_with_displacement_the_bias_is_that_of_the_formula(share):
    """Each draw: selection plus D/U; over all draws D/U alone, and D/U + D/L against the net effect."""
    told = every_lottery(share)
    made = [displacement(*worlds(chosen, share)) for chosen in combinations(range(UNITS), WINNERS)]
    np.testing.assert_allclose([t.truth for t in told], [d.gross / WINNERS for d in made], atol=1e-10)
    np.testing.assert_allclose([t.interference for t in told], [d.interference for d in made], atol=1e-10)
    assert np.mean([t.bias for t in told]) == pytest.approx(np.mean([d.interference for d in made]), abs=1e-10)
    against_net = [t.estimate.value - d.net / WINNERS for t, d in zip(told, made)]
    assert np.mean(against_net) == pytest.approx(np.mean([d.against_net for d in made]), abs=1e-10)
    assert np.mean([t.bias for t in told]) > 0.0  # displacement is added, not subtracted


def test_t30_selection_on_trends_is_told_from_displacement():
    years = np.arange(4)
    base = np.arange(6.0)[:, None] * years  # unit k grows by k a year
    first = np.array([0, 0, 0, 0, 2012, 2012])
    told = tell(did.two_way, panel(base + 3.0 * (first[:, None] > 0) * (years >= 2), first), panel(base, first))
    assert told.truth == pytest.approx(3.0)
    assert told.selection == pytest.approx(2.0 * (4.5 - 1.5))
    assert told.interference == pytest.approx(0.0, abs=1e-12)


def test_intervals_of_winners_cover_as_often_as_they_say():
    """2,000 lotteries among normal units: 95 % within four standard errors of that share."""
    draws, n = 2000, 40
    values = normals(4, draws, n, 2)
    first = np.array([2011] * 12 + [0] * 28)
    covered = np.mean([did.winners(panel(v, first)).covers(0.0) for v in values])
    assert abs(covered - 0.95) < 4.0 * np.sqrt(0.95 * 0.05 / draws)

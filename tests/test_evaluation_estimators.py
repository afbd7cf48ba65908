"""Synthetic control, matching, discontinuity, rings and gravity: published figures, then recovery of a known truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_evaluation_did import cigarettes, normals

from sim.evaluation import discontinuity, gravity, matching, rings, synthetic
from sim.evaluation.estimate import NotEstimable
from sim.evaluation.panel import Panel
from sim.grid import GridSpec, build_grid
from sim.space import neighbours
from sim.territory import raster_territory

DATA = Path(__file__).parent / "evaluation_data"


# --- synthetic control ----------------------------------------------------------------------------------------------
def california():
    """The state and the others before 1989, by year, and the names of the others."""
    panel = cigarettes()
    states = pd.read_csv(DATA / "cigarettes.csv", index_col="year").columns[:-1]
    before = panel.values[:, panel.years < 1989]
    return panel, before[-1], before[:-1], states


def test_a_synthetic_california_is_that_of_the_package_pysyncon():
    """pysyncon 1.7.0, its routine for weights run to a tolerance of 1e-14: packs of 1970 to 1988, equal weights."""
    panel, treated, controls, states = california()
    found = synthetic.weights(treated, controls)
    assert {s: round(w, 4) for s, w in zip(states, found) if w > 0.0005} == {
        "Colorado": 0.0148, "Connecticut": 0.1091, "Montana": 0.2318, "Nevada": 0.2049, "New Hampshire": 0.0454,
        "Utah": 0.3939}  # fmt: skip
    after = panel.values[-1, panel.years >= 1989] - found @ panel.values[:-1, panel.years >= 1989]
    assert round(after.mean(), 3) == -19.514


def test_no_other_weights_are_nearer():
    """The conditions of Karush, Kuhn and Tucker: the slope is the same where a weight is used, no less elsewhere."""
    _, treated, controls, _ = california()
    found = synthetic.weights(treated, controls)
    slope = controls @ (found @ controls - treated)
    used = found > 1e-9
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0.0).all()
    np.testing.assert_allclose(slope[used], slope[used].mean(), rtol=1e-4)
    assert (slope[~used] >= slope[used].mean() - 1e-3 * np.abs(slope).max()).all()


def test_californias_programme_stands_out_among_placebos():
    found = synthetic.synthetic(cigarettes())
    assert found.value == pytest.approx(-19.5, abs=0.05)
    assert (found.treated, found.controls) == (1, 38)
    assert found.more["p_placebo"] <= 3 / 39
    assert found.more["fit_before"] < 2.0


def test_a_mixture_of_controls_is_found_exactly():
    values = normals(21, 14, 12).cumsum(axis=1)
    values[0] = 0.3 * values[4] + 0.7 * values[9]
    np.testing.assert_allclose(synthetic.weights(values[0], values[1:])[[3, 8]], [0.3, 0.7], atol=1e-6)
    values[0, 8:] += 5.0
    first = np.array([2008] + [0] * 13)
    found = synthetic.synthetic(Panel(values, np.arange(2000, 2012), first))
    assert found.value == pytest.approx(5.0, abs=1e-5)
    assert found.more["p_placebo"] == pytest.approx(1 / 14)


def test_placebos_need_controls():
    panel = Panel(normals(22, 4, 5), np.arange(5), np.array([3, 3, 0, 0]))
    with pytest.raises(NotEstimable, match="more than 3 controls"):
        synthetic.synthetic(panel)


# --- matching -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("names", "value", "se"), [
    (["age"], 1785.19, 686.72), (["age", "educ", "re74", "re75"], 1714.40, 740.13),
])
def test_matching_is_that_of_its_authors_on_the_training_programme(names, value, se):
    """Log of Abadie, Herr, Imbens and Drukker's program, one match: 1785.191 (686.7167) and 1714.407 (740.1292).

    Earnings here are kept to four decimals, in single precision at the source: the second estimate ends in .405.
    """
    table = pd.read_csv(DATA / "training.csv")
    earned, treated = table["re78"].to_numpy(), table["treat"].to_numpy(bool)
    found = matching.mean_effect(earned, treated, table[names].to_numpy(float))
    assert (round(found.value, 2), round(found.se, 2)) == (value, se)


LEAD = (
    (38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34,
     13, 73, 25, 27),
    (16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25,
     16, 13, 11, 13),
)  # micrograms per decilitre of blood, children of exposed workers and their pairs (Morton et al. 1982)


@pytest.mark.parametrize(("gamma", "p"), [(2.0, 0.0018), (3.0, 0.0136), (4.0, 0.0388), (4.25, 0.0468), (5.0, 0.0740)])
def test_bounds_on_hidden_bias_are_those_of_the_textbook(gamma, p):
    """Rosenbaum (2002), Observational Studies, table 4.1: lead in children's blood, 33 pairs."""
    assert round(matching.signed_rank_bound(np.subtract(*LEAD).astype(float), gamma), 4) == p


def test_hidden_bias_that_an_effect_survives():
    differences = np.subtract(*LEAD).astype(float)
    most = matching.hidden_bias(differences)
    assert matching.signed_rank_bound(differences, most) <= 0.05 < matching.signed_rank_bound(differences, most + 0.02)
    assert matching.hidden_bias(-differences) == 1.0
    assert matching.signed_rank_bound(np.zeros(4), 2.0) == 1.0


def test_matches_keep_ties_and_groups():
    points = np.array([[0.0], [1.0], [-1.0], [0.2], [5.0]])
    wanted, pool = np.array([1, 0, 0, 0, 0], bool), np.array([0, 1, 1, 1, 1], bool)
    near = matching.nearest(points, wanted, pool, 2)
    assert (sorted(near.other), sorted(near.share)) == ([1, 2, 3], [1 / 3] * 3)  # two as near as each other
    groups = matching.nearest(points, wanted, pool, 1, exact=np.array([7, 7, 8, 8, 7]))
    assert list(groups.other) == [1]
    with pytest.raises(NotEstimable):
        matching.nearest(points, wanted, pool, 1, exact=np.array([1, 2, 2, 2, 2]))


def test_matching_removes_what_it_matches_on():
    x = normals(23, 400)
    treated = x + normals(24, 400) > 0.5
    outcome = 3.0 * x + 2.0 * treated
    found = matching.effect(outcome, treated, matching.nearest(x[:, None], treated, ~treated))
    assert abs(found.value - 2.0) < 0.3 < abs(outcome[treated].mean() - outcome[~treated].mean() - 2.0)
    assert found.treated == treated.sum()


# --- discontinuity --------------------------------------------------------------------------------------------------
def test_the_jump_is_that_of_the_textbook():
    """Huntington-Klein (2021), The Effect, chapter 20: support of Uruguay's government below the threshold of PANES,
    bandwidth 0.01, triangular weights: 0.033."""
    table = pd.read_csv(DATA / "transfers.csv")
    found = discontinuity.jump(table["support"].to_numpy(), -table["income"].to_numpy(), 0.0, 0.01)
    assert round(found.value, 3) == 0.033
    assert found.treated + found.controls == len(table)


def test_a_jump_is_found_whatever_the_slopes():
    score = np.linspace(0.0, 1.0, 201)
    above = score >= 0.45
    effect = 3.0 + 4.0 * (score - 0.45)
    outcome = 2.0 * score + above * effect
    found = discontinuity.jump(outcome, score, 0.45, 0.2)
    assert found.value == pytest.approx(3.0, abs=1e-9)
    assert discontinuity.at_threshold(effect, score, 0.45, 0.2) == pytest.approx(3.0)
    with pytest.raises(NotEstimable, match="above and"):
        discontinuity.jump(outcome, score, 0.45, 0.01)


# --- T27: rings -----------------------------------------------------------------------------------------------------
def attenuations(half_km: float) -> list[float]:
    """Coefficients of rings where what is felt of a job falls by half over `half_km`, with a little noise."""
    n = 600
    x, y = (np.random.Generator(np.random.Philox(key=k)).random(n) * 60e3 for k in (31, 32))
    jobs = np.exp(normals(33, n))
    km = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0
    felt = 0.5 ** (km / half_km) @ jobs + 0.1 * normals(34, n)
    return rings.attenuation(felt, rings.within(x, y, jobs))


def test_t27_rings_attenuate_monotonically_with_the_range_of_spillovers():
    """The pattern falls with distance, the faster the shorter the range; its half distance orders the ranges."""
    found = {half: attenuations(half) for half in (1.0, 2.0, 4.0, 8.0)}
    for estimates in found.values():
        values = [e.value for e in estimates]
        assert values == sorted(values, reverse=True)
        assert values[-1] > -4.0 * estimates[-1].se
    late = [found[half][1].value / found[half][0].value for half in sorted(found)]
    assert late == sorted(late)  # the longer the range, the more of it is left in the second ring
    halves = [rings.half_distance_km(found[half]) for half in (2.0, 4.0, 8.0)]
    assert halves == sorted(halves)
    assert np.isnan(rings.half_distance_km(found[1.0]))  # nothing is felt in the last ring


def test_t27_rings_order_the_ranges_of_the_models_own_fields():
    """What quartiers feel of each other's jobs through the kernel of the model, over its prior of walks and beyond."""
    side = 40
    grid = build_grid(raster_territory(side, side, cell_km=1.0, people=100.0), GridSpec("uniform", cell_km=1.0))
    jobs = np.exp(normals(39, grid.i.size))
    masses = rings.within(1000.0 * grid.i, 1000.0 * grid.j, jobs)
    found = {}
    for walk_km in (1.0, 2.0, 3.0, 6.0):
        near = neighbours(grid, walk_km)
        row = np.repeat(np.arange(grid.i.size), np.diff(near.start))
        felt = np.bincount(row, near.weight * jobs[near.cell])
        found[walk_km] = rings.attenuation(felt + 0.1 * felt.std() * normals(40, felt.size), masses)
    for estimates in found.values():
        values = [each.value for each in estimates]
        assert values == sorted(values, reverse=True)
        assert all(each.sees for each in estimates[:2])
    late = [estimates[1].value / estimates[0].value for estimates in found.values()]
    assert late == sorted(late)
    assert late[0] < 0.3 < late[-1]


def test_rings_recover_what_they_are_made_of():
    """An outcome made of the rings themselves: their coefficients within four standard errors."""
    n, truth = 500, np.array([1.0, 0.4, 0.05])
    x, y = (np.random.Generator(np.random.Philox(key=k)).random(n) * 80e3 for k in (35, 36))
    masses = rings.within(x, y, np.exp(normals(37, n)))
    found = rings.attenuation(masses @ truth + normals(38, n), masses)
    assert all(abs(e.value - t) < 4.0 * e.se for e, t in zip(found, truth))


def test_masses_of_rings_by_hand():
    x = np.array([0.0, 1000.0, 5000.0, 20_000.0, 90_000.0])
    masses = rings.within(x, np.zeros(5), np.array([1.0, 10.0, 100.0, 1000.0, 5.0]))
    np.testing.assert_array_equal(masses[0], [11.0, 100.0, 1000.0])
    np.testing.assert_array_equal(masses[4], [5.0, 0.0, 0.0])
    np.testing.assert_array_equal(rings.ring_of(x, np.zeros(5), x[:1], np.zeros(1)), [0, 0, 1, 2, 3])


# --- T26: gravity ---------------------------------------------------------------------------------------------------
SHIPS = (  # type, period of construction, period of operation, months in service, incidents of damage
    ("A60,127,0 A60'63,0 A65,1095,3 A65'1095,4 A70,1512,6 A70'3353,18 A75'2244,11 "
     "B60,44882,39 B60'17176,29 B65,28609,58 B65'20370,53 B70,7064,12 B70'13099,44 B75'7117,18 "
     "C60,1179,1 C60'552,1 C65,781,0 C65'676,1 C70,783,6 C70'1948,2 C75'274,1 "
     "D60,251,0 D60'105,0 D65,288,0 D65'192,0 D70,349,2 D70'1208,11 D75'2051,4 "
     "E60,45,0 E65,789,7 E65'437,7 E70,1157,5 E70'2161,12 E75'542,1")
    .replace("'", "',").replace(",,", ",").split()
)  # fmt: skip


def test_poisson_likelihood_is_that_of_the_textbook():
    """McCullagh and Nelder (1989), Generalized Linear Models, table 6.3: damage to ships, offset by service."""
    rows = [(t[0], t[1:3], "'" in t, *map(float, t.replace("'", "").split(",")[1:])) for t in SHIPS]
    kind, built, late, service, damage = (np.array(column) for column in zip(*rows))
    names = [(kind, "BCDE"), (built, ("65", "70", "75"))]
    columns = [np.ones(len(kind)), *(values == v for values, levels in names for v in levels), late]
    value, _ = gravity.ppml(damage, np.column_stack(columns).astype(float), np.log(service))
    assert list(np.round(value, 2)) == [-6.41, -0.54, -0.69, -0.08, 0.33, 0.70, 0.82, 0.45, 0.38]


INVESTORS, STARTUPS, SECTORS = 60, 60, 5


def pairs(key: int, power: float = 0.30, alike_odds: float = 6.0):
    """Every investor and every startup: rates fall with distance and rise with a common sector; sizes differ."""
    luck = np.random.Generator(np.random.Philox(key=key))
    where = luck.random((2, INVESTORS + STARTUPS)) * 600.0
    sector = luck.integers(0, SECTORS, INVESTORS + STARTUPS)
    size = np.exp(0.5 * luck.normal(size=INVESTORS + STARTUPS))
    one, other = (each.ravel() for each in np.meshgrid(np.arange(INVESTORS), INVESTORS + np.arange(STARTUPS)))
    km = np.maximum(np.hypot(*(where[:, one] - where[:, other])), gravity.LEAST_KM)
    alike = (sector[one] == sector[other]).astype(float)
    rate = 8.0 * size[one] * size[other] * km**-power * alike_odds**alike
    return luck.poisson(rate).astype(float), km, one, other, alike


def test_t26_gravity_recovers_distance_and_kinship():
    """Exponent 0.30 within 0.03 and log odds of a common sector, ln 6, within 0.15; within four errors as well."""
    found = gravity.gravity(*pairs(41))
    assert found.distance.value == pytest.approx(-0.30, abs=0.03)
    assert found.alike.value == pytest.approx(np.log(6.0), abs=0.15)
    assert abs(found.distance.value + 0.30) < 4.0 * found.distance.se
    assert abs(found.alike.value - np.log(6.0)) < 4.0 * found.alike.se


def test_gravity_keeps_pairs_without_any_count():
    """Small rates: most pairs are empty, and the exponent is still found."""
    counts, km, one, other, alike = pairs(42)
    few = np.random.Generator(np.random.Philox(key=43)).binomial(counts.astype(int), 0.02).astype(float)
    assert (few == 0).mean() > 0.5
    found = gravity.gravity(few, km, one, other, alike)
    assert abs(found.distance.value + 0.30) < 4.0 * found.distance.se
    with pytest.raises(NotEstimable):
        gravity.gravity(counts, np.ones_like(km), one, other)

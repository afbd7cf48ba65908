"""The generator gives its published answers; draws are uniform and independent along every key; counts are exact."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from sim import rng

Z = 5.0  # standard errors a statistic may be away from its expectation: one false alarm in two million
N = 20_000
U64 = np.uint64

KNOWN = [  # Random123, kat_vectors: counter, key, output
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_answers(counter, key, expected):
    found = rng.philox(*(U64(x) for x in counter), *(U64(x) for x in key))
    assert [int(x) for x in found] == list(expected)


def test_words_put_every_key_in_its_own_place():
    draw = rng.Draw(U64(0x1111222233334444), U64(24156))
    found = rng.words(draw, U64(7), U64(0xAAAABBBBCCCCDDDD), 9)
    counter = (0xCCCCDDDD, 0xAAAABBBB, 24156, (7 << 20) | 9)
    assert found == rng.philox(*(U64(x) for x in counter), U64(0x33334444), U64(0x11112222))


def along(key: str, n: int = N) -> np.ndarray:
    """Draws that differ in one key only, by steps of one."""
    at = {"seed": 12, "month": 24156, "purpose": 5, "uid": 1 << 62, "which": 3}

    def one(k: int) -> float:
        values = at | {key: at[key] + k}
        draw = rng.draw_of(values["seed"], values["month"])
        return rng.uniform(draw, U64(values["purpose"]), U64(values["uid"]), values["which"])

    return np.array([one(k) for k in range(n)])


@pytest.mark.parametrize("key", ["seed", "month", "purpose", "uid", "which"])
def test_uniform_and_independent_along(key):
    u = along(key, 4000 if key == "purpose" else N)  # purposes have 12 bits
    assert u.min() > 0.0
    assert u.max() < 1.0
    cells = 64
    counts = np.histogram(u, cells, (0.0, 1.0))[0]
    chi2 = ((counts - u.size / cells) ** 2).sum() / (u.size / cells)
    assert abs(chi2 - (cells - 1)) < Z * math.sqrt(2 * (cells - 1))
    for lag in (1, 2, 4, 12):
        assert abs(np.corrcoef(u[lag:], u[:-lag])[0, 1]) < Z / math.sqrt(u.size - lag)
    pairs = np.histogram2d(u[1::2], u[::2], 8, ((0, 1), (0, 1)))[0]
    chi2 = ((pairs - u.size / 128) ** 2).sum() / (u.size / 128)
    assert abs(chi2 - 63) < Z * math.sqrt(2 * 63)


def test_no_key_stands_for_another():
    """The same step in two keys gives unrelated draws: no key is folded into another by a sum or a difference."""
    series = {key: along(key, 2000) for key in ("seed", "month", "purpose", "uid", "which")}
    names = list(series)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert abs(np.corrcoef(series[a][1:], series[b][1:])[0, 1]) < Z / math.sqrt(1999)


def test_the_two_uniforms_of_a_pair_are_independent():
    draw = rng.draw_of(5, 24156)
    pairs = np.array([rng.uniform_pair(draw, rng.QUALITY, U64(k)) for k in range(N)])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < Z / math.sqrt(N)
    assert abs(pairs.mean() - 0.5) < Z / math.sqrt(12 * 2 * N)


def test_uniforms_keep_away_from_zero_and_one():
    low, high = U64(0), U64(0xFFFFFFFF)
    assert 0.0 < rng.unit52(low, low) < 2**-52
    assert 1.0 - 2**-52 <= rng.unit52(high, high) < 1.0
    assert 0.0 < rng.unit32(low) < 2**-32
    assert 1.0 - 2**-32 < rng.unit32(high) < 1.0


def test_exponentials_of_four_alternatives_come_from_four_words():
    draw, uid = rng.draw_of(3, 24156), U64(77)
    for block in range(3):
        words = rng.words(draw, rng.MOVE_WHERE, uid, block)
        for k, word in enumerate(words):
            assert rng.exponential(draw, rng.MOVE_WHERE, uid, 4 * block + k) == -math.log((int(word) + 0.5) / 2**32)


def test_exponentials_are_exponential_and_independent_of_their_neighbours():
    draw = rng.draw_of(8, 24156)
    x = np.array([[rng.exponential(draw, rng.CHOOSE_ZONE, U64(k), w) for w in range(6)] for k in range(6000)])
    assert stats.kstest(x.ravel(), "expon").statistic < Z / 2 / math.sqrt(x.size)
    away = np.corrcoef(x.T) - np.eye(6)
    assert np.abs(away).max() < Z / math.sqrt(6000)


def test_exponentials_of_pairs_know_who_is_who():
    draw = rng.draw_of(8, 24156)
    keys = [[U64(rng.pair(U64(a), U64(b))) for b in range(100)] for a in range(100)]
    x = np.array([[rng.exponential(draw, rng.INVESTOR_LOOK, key, 0) for key in row] for row in keys])
    assert stats.kstest(x.ravel(), "expon").statistic < Z / 2 / 100
    upper = np.triu_indices(100, 1)
    assert abs(np.corrcoef(x[upper], x.T[upper])[0, 1]) < Z / math.sqrt(len(upper[0]))
    assert abs(np.corrcoef(x[1:].ravel(), x[:-1].ravel())[0, 1]) < Z / math.sqrt(9900)
    assert abs(np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1]) < Z / math.sqrt(9900)
    assert np.unique(x).size == x.size


WEIGHTS = np.array([0.5, 3.0, 1.0, 0.0, 2.0, 0.25, 7.0])


def choice(draw, uid, weights) -> int:
    """As the processes choose."""
    return rng.choose(draw, rng.CHOOSE_ZONE, uid, 0, np.asarray(weights, float))


def test_the_choice_is_the_smallest_exponential_over_weight():
    """The alternatives left out before their logarithm is taken are never the chosen one."""
    draw = rng.draw_of(21, 24156)
    for uid in range(3000):
        scores = [rng.exponential(draw, rng.CHOOSE_ZONE, U64(uid), k) / w if w > 0 else np.inf
                  for k, w in enumerate(WEIGHTS)]
        assert choice(draw, U64(uid), WEIGHTS) == np.argmin(scores)
    assert rng.choose(draw, rng.CHOOSE_ZONE, U64(1), 0, np.zeros(5)) == -1


def test_events_happen_with_the_chance_of_their_hazard():
    for hazard in (0.0, 1e-3, 0.2, 1.5, 40.0):
        for u in (1e-9, 9e-4, 0.1, 0.18, 0.2, 0.7, 1 - 1e-12):
            assert rng.happens(hazard, u) == (u < -math.expm1(-hazard))


def test_choices_are_in_proportion_to_weights():
    draw = rng.draw_of(21, 24156)
    n = 8000
    counts = np.bincount([choice(draw, U64(k), WEIGHTS) for k in range(n)], minlength=WEIGHTS.size)
    expected = n * WEIGHTS / WEIGHTS.sum()
    assert counts[3] == 0
    positive = expected > 0
    chi2 = ((counts - expected)[positive] ** 2 / expected[positive]).sum()
    assert abs(chi2 - 5) < Z * math.sqrt(10)


def test_a_better_place_takes_from_others_and_moves_nobody_else():
    draw = rng.draw_of(22, 24156)
    better = WEIGHTS.copy()
    better[2] *= 1.5
    moved = 0
    for k in range(2000):
        before, after = choice(draw, U64(k), WEIGHTS), choice(draw, U64(k), better)
        assert after in (before, 2)
        moved += before != after
    assert moved > 0


def test_normal_quantile_agrees_with_scipy():
    u = np.concatenate([10.0 ** -np.arange(1, 300), np.linspace(1e-4, 1 - 1e-4, 2001), 1 - 10.0 ** -np.arange(1.0, 16)])
    found = np.array([rng.normal_quantile(x) for x in u])
    np.testing.assert_allclose(found, special.ndtri(u), rtol=1e-13, atol=1e-15)
    assert rng.normal_quantile(0.5) == 0.0


def exact_up_to_ties(found, u, cdf):
    """Counts equal the quantile, save where `u` sits on a step of the distribution within rounding."""
    expected = np.searchsorted(cdf, u)
    on_a_step = np.abs(cdf[np.minimum(expected, len(cdf) - 1)] - u) < 1e-11
    on_a_step |= np.abs(cdf[np.maximum(expected - 1, 0)] - u) < 1e-11
    assert ((found == expected) | on_a_step).all()
    return on_a_step.mean()


@pytest.mark.parametrize("mean", [1e-9, 0.003, 0.4, 1.0, 3.7, 25.0, 180.0, 600.0, 900.0])
def test_poisson_is_the_exact_quantile(mean):
    u = np.array([rng.uniform(rng.draw_of(1, 1), rng.ENTER, U64(k)) for k in range(1500)])
    found = np.array([rng.poisson(mean, x) for x in u])
    cdf = stats.poisson.cdf(np.arange(int(mean + 12 * math.sqrt(mean) + 30)), mean)
    assert exact_up_to_ties(found, u, cdf) < 0.01


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.3), (5, 0.02), (5, 0.98), (40, 0.5), (150, 0.07), (150, 0.999), (900, 0.6), (3, 1 - 1e-9)]
)
def test_binomial_is_the_exact_quantile(n, p):
    u = np.array([rng.uniform(rng.draw_of(2, 1), rng.FILL, U64(k)) for k in range(1500)])
    found = np.array([rng.binomial(n, p, x) for x in u])
    assert exact_up_to_ties(found, u, stats.binom.cdf(np.arange(n + 1), n, p)) < 0.01


def test_counts_at_the_ends():
    assert rng.poisson(0.0, 0.999) == 0
    assert rng.poisson(-1.0, 0.999) == 0
    assert rng.binomial(0, 0.5, 0.999) == 0
    assert rng.binomial(9, 0.0, 0.999) == 0
    assert rng.binomial(9, 1.0, 1e-9) == 9
    assert rng.binomial(9, 0.5, 1 - 1e-16) == 9


unit = st.integers(0, 2**52 - 1).map(lambda k: (k + 0.5) / 2**52)  # every uniform there is


@settings(max_examples=150, deadline=None, derandomize=True)
@given(mean=st.floats(0.0, 500.0), more=st.floats(1.0, 2.0), u=unit)
def test_more_mean_never_removes_an_event(mean, more, u):
    assert rng.poisson(mean * more, u) >= rng.poisson(mean, u)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(n=st.integers(0, 60), extra=st.integers(0, 5), p=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0), u=unit)
def test_more_chances_never_remove_an_event(n, extra, p, more, u):
    better = p + (1.0 - p) * more
    assert rng.binomial(n + extra, better, u) >= rng.binomial(n, p, u)
    assert 0 <= rng.binomial(n, p, u) <= n


def purposes() -> dict[str, int]:
    return {
        name: int(value)
        for name, value in vars(rng).items()
        if name.isupper() and name[0] != "_" and isinstance(value, U64)
    }


def test_purposes_are_unique_and_fit_their_bits():
    numbers = purposes()
    assert len(numbers) >= 30
    assert len(set(numbers.values())) == len(numbers)
    assert max(numbers.values()) < 1 << 12
    assert min(numbers.values()) > 0


BITS = {
    "kind": (61, 3),
    "lever": (60, 1),
    "zone": (50, 10),
    "sector": (46, 4),
    "month": (35, 11),
    "ordinal": (16, 19),
    "person": (3, 13),
    "foundation": (0, 3),
}


def part(uid, name: str) -> int:
    """One coordinate read back from an identity."""
    low, width = BITS[name]
    return (int(uid) >> low) & ((1 << width) - 1)


def test_the_parts_of_an_identity_fill_the_word_without_overlap():
    used = sorted((low, low + width) for low, width in BITS.values())
    assert used[0][0] == 0
    assert used[-1][1] == 64
    assert all(a[1] == b[0] for a, b in itertools.pairwise(used))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    kind=st.integers(1, 6),
    zone=st.integers(0, 1023),
    sector=st.integers(0, 15),
    month=st.integers(rng.UID_EPOCH, rng.UID_EPOCH + 2047),
    ordinal=st.integers(0, (1 << 19) - 1),
    age=st.integers(1, rng.LONGEST_RUN),
    occasion=st.integers(0, rng.OCCASIONS - 1),
    foundation=st.integers(0, 7),
)
def test_identities_hold_their_birth_coordinates(kind, zone, sector, month, ordinal, age, occasion, foundation):
    uid = rng.pack_uid(kind, zone, sector, month, ordinal)
    found = tuple(
        part(uid, name) for name in ("kind", "lever", "zone", "sector", "month", "ordinal", "person", "foundation")
    )
    assert found == (kind, 0, zone, sector, month - rng.UID_EPOCH, ordinal, 0, 0)
    one = U64(rng.person_uid(uid, month + age, occasion, 5))
    person = age * rng.OCCASIONS + occasion
    assert part(one, "person") == person
    assert one != uid
    assert rng.bundle_uid(one) == uid == rng.bundle_uid(uid)
    firm = rng.startup_uid(one, foundation)
    assert (part(firm, "kind"), part(firm, "person"), part(firm, "foundation")) == (
        rng.KIND_STARTUP,
        person,
        foundation,
    )
    assert (part(firm, "zone"), part(firm, "ordinal"), part(firm, "month")) == (zone, ordinal, month - rng.UID_EPOCH)


def test_identities_are_unique_over_births_people_and_firms():
    births = [
        rng.pack_uid(rng.KIND_TALENT, z, s, m, o)
        for z in (0, 95, 1023)
        for s in (0, 7)
        for m in (24096, 24407)
        for o in range(20)
    ]
    people = [
        rng.person_uid(b, part(b, "month") + rng.UID_EPOCH + age, occasion, left)
        for b in births
        for age, occasion, left in (
            (0, 0, 1),
            (0, 3, 2),
            (0, 0, 1023),
            (1, 0, 4),
            (1, 15, 5),
            (447, 0, 6),
            (447, 15, 1),
        )
    ]
    firms = rng.startup_uids(np.array(people), np.zeros(len(people), np.int64))
    second = rng.startup_uids(np.array(people), np.ones(len(people), np.int64))
    every = np.array([*births, *people, *firms, *second], np.uint64)
    assert np.unique(every).size == every.size


def test_identities_of_arrays_equal_those_of_scalars():
    zone, ordinal = np.array([0, 3, 900], np.int16), np.array([4, 5, 6])
    many = rng.pack_uid(rng.KIND_ANGEL, zone, 0, 24100, ordinal)
    assert many.dtype == np.uint64
    assert list(many) == [rng.pack_uid(rng.KIND_ANGEL, int(z), 0, 24100, int(o)) for z, o in zip(zone, ordinal)]

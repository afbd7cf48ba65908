"""Random numbers as a function of who, when and why: Philox4x32-10 keyed by seed, month, purpose and identity.

There is no stream and no state. A draw is the same whatever the order of rows, the number of threads or
what happened to anybody else, so that the worlds of two policies share all the luck they can share:
counts by inversion (a higher mean never removes an event), events as ``u < p``, choices by the smallest of
keyed exponentials (the Gumbel-max rule without its outer logarithm).

Source of the generator: Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.kernels import helper, inlined, kernel


class Draw(NamedTuple):
    """What keys every draw of a month: the seed of the replication and the absolute month (year*12 + month - 1)."""

    seed: np.uint64
    month: np.uint64


def draw_of(seed: int, month: int) -> Draw:
    """Key of one month of one replication."""
    return Draw(np.uint64(seed), np.uint64(month))


# Purposes: one number per decision. Never renumber, only add (a test asks for uniqueness).
FOUND = np.uint64(1)
QUALITY = np.uint64(2)
CHOOSE_ZONE = np.uint64(3)
CHOOSE_CELL = np.uint64(4)
FIRST_REVENUE = np.uint64(5)
REVENUE_SIZE = np.uint64(6)
GROWTH = np.uint64(7)
CLOSE = np.uint64(8)
QUIT = np.uint64(9)
QUIT_WHO = np.uint64(10)
FILL = np.uint64(11)
VACANCY_ORDER = np.uint64(12)
SEARCH = np.uint64(13)
OTHER_JOBS = np.uint64(14)
MOVE = np.uint64(15)
MOVE_WHERE = np.uint64(16)
ENTER = np.uint64(17)
NEW_AGE = np.uint64(18)
SEED_CASH = np.uint64(19)
INVESTOR_ACTIVE = np.uint64(20)
INVESTOR_ZONE = np.uint64(21)
INVESTOR_LOOK = np.uint64(22)
SCREEN = np.uint64(23)
ROUND_SIZE = np.uint64(24)
ADMIT = np.uint64(25)
GOVERNANCE = np.uint64(26)
CARRIER_LEAVES = np.uint64(27)
LOTTERY = np.uint64(28)
RELOCATE = np.uint64(29)
INITIAL = np.uint64(30)
NEW_SKILL = np.uint64(31)
NEW_SECTOR = np.uint64(32)
SPIN_OFF = np.uint64(33)
MEET_PERSON = np.uint64(34)
MEET_PLACE = np.uint64(35)
RELOCATE_ZONE = np.uint64(36)
RELOCATE_CELL = np.uint64(37)
FOLLOW = np.uint64(38)
ARRIVE = np.uint64(50)
RETRAIN = np.uint64(51)
RELATED_TRADE = np.uint64(52)
WORK_REMOTELY = np.uint64(53)
REMOTE_ZONE = np.uint64(54)
REMOTE_ABLE = np.uint64(55)
ADMIT_PLACE = np.uint64(56)
TEAM_SIZE = np.uint64(60)
TEAM_TRADE = np.uint64(61)
TEAM_PERSON = np.uint64(62)
RESEARCH = np.uint64(63)
INCUBATED = np.uint64(64)
INNOVATE = np.uint64(65)
INNOVATION_SIZE = np.uint64(66)
INNOVATION_SOURCE = np.uint64(67)
KNOWN_FILE = np.uint64(80)
PARTNERS = np.uint64(81)
PARTNER = np.uint64(82)
TAX_ANGEL = np.uint64(83)
ADDITIONAL = np.uint64(84)
EXIT = np.uint64(85)
EXIT_PRICE = np.uint64(86)
EXIT_FATE = np.uint64(87)
NEW_ANGEL = np.uint64(88)
RESEARCH_SHARE = np.uint64(100)
APPLY_GRANT = np.uint64(101)
SCORE_GRANT = np.uint64(102)
APPLY_LOAN = np.uint64(103)
SCORE_LOAN = np.uint64(104)
CONTRACT = np.uint64(105)
APPLY = np.uint64(90)

# The first occasion and the first alternative, for calls from kernels: numba compiles again for a 0 that is written.
ONCE = np.int64(0)

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_SHIFT32 = np.uint64(32)
_SHIFT20 = np.uint64(20)
_SHIFT2 = np.uint64(2)
_THREE = np.uint64(3)
_SHIFT12 = np.uint64(12)
_SHIFT60 = np.uint64(60)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_TWO_52 = 1.0 / 4503599627370496.0
_TWO_32 = 1.0 / 4294967296.0


@inlined
def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32 on 32-bit words. Known answers are in the tests."""
    for _ in range(10):
        p0, p1 = _M0 * np.uint64(c0), _M1 * np.uint64(c2)
        c0, c1 = np.uint32(p1 >> _SHIFT32) ^ c1 ^ k0, np.uint32(p1)
        c2, c3 = np.uint32(p0 >> _SHIFT32) ^ c3 ^ k1, np.uint32(p0)
        k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    return c0, c1, c2, c3


@inlined
def words(draw, purpose, uid, which):
    """Four independent 32-bit words for one identity, month, purpose and occasion (`which` below 2**20)."""
    return philox(
        np.uint32(uid),
        np.uint32(uid >> _SHIFT32),
        np.uint32(draw.month),
        np.uint32((purpose << _SHIFT20) | np.uint64(which)),
        np.uint32(draw.seed),
        np.uint32(draw.seed >> _SHIFT32),
    )


@inlined
def unit52(high, low):
    """Uniform in (0, 1) from two words, never 0 nor 1: 52 bits, since with one more the half added could round to 1."""
    return (float(((np.uint64(high) << _SHIFT32) | np.uint64(low)) >> _SHIFT12) + 0.5) * _TWO_52


@inlined
def unit32(word):
    """Uniform in (0, 1) from one word, 32 bits, never 0 nor 1."""
    return (float(word) + 0.5) * _TWO_32


@kernel
def uniform(draw, purpose, uid, which=0):
    """One uniform in (0, 1)."""
    a, b, _, _ = words(draw, purpose, uid, which)
    return unit52(a, b)


@helper
def uniform_pair(draw, purpose, uid, which=0):
    """Two independent uniforms in (0, 1) for the price of one."""
    a, b, c, d = words(draw, purpose, uid, which)
    return unit52(a, b), unit52(c, d)


@kernel
def uniforms(draw, purpose, uid):
    """`uniform` of several identities, [n]: four times as fast as one after the other."""
    out = np.empty(uid.size)
    for k in range(uid.size):
        a, b, _, _ = words(draw, purpose, uid[k], 0)
        out[k] = unit52(a, b)
    return out


@kernel
def uniform_pairs(draw, purpose, uid, which=0):
    """`uniform_pair` of several identities, [n] and [n]."""
    u, v = np.empty(uid.size), np.empty(uid.size)
    for k in range(uid.size):
        a, b, c, d = words(draw, purpose, uid[k], which)
        u[k] = unit52(a, b)
        v[k] = unit52(c, d)
    return u, v


@helper
def exponential(draw, purpose, uid, which):
    """Unit exponential, keyed by alternative: the smallest of ``exponential / weight`` picks in proportion to weight.

    Four alternatives share one call of the generator, which keeps choices among many affordable.
    """
    key = np.uint64(which)
    a, b, c, d = words(draw, purpose, uid, key >> _SHIFT2)
    word = key & _THREE
    x = a
    if word == np.uint64(1):
        x = b
    elif word == np.uint64(2):
        x = c
    elif word == _THREE:
        x = d
    return -math.log(unit32(x))


@helper
def choose(draw, purpose, uid, first, weight):
    """Alternative picked in proportion to `weight`: the smallest of keyed exponentials over weights.

    The alternatives are numbered ``first, first + 1, ...`` (`first` a multiple of four) and draw what `exponential`
    gives them: one that gains weight takes from others, and moves no choice between two others.

    Parameters
    ----------
    weight : [n]

    Returns
    -------
    place in `weight`; -1 if none is positive
    """
    luck = np.empty((4, (weight.size + 3) // 4))
    for k in range(luck.shape[1]):
        a, b, c, d = words(draw, purpose, uid, np.uint64(first // 4 + k))
        luck[0, k], luck[1, k], luck[2, k], luck[3, k] = unit32(a), unit32(b), unit32(c), unit32(d)
    best, chosen = np.inf, -1
    for j in range(weight.size):
        u = luck[j & 3, j >> 2]
        # -log(u) is never below 1 - u: most alternatives are out before their logarithm is taken
        if weight[j] > 0.0 and 1.0 - u < best * weight[j]:
            score = -math.log(u) / weight[j]
            if score < best:
                best, chosen = score, j
    return chosen


@helper
def pair_units(draw, purpose, key, uid):
    """Uniforms behind `exponential` of pairs of a key with several identities, [n]: four at once."""
    out = np.empty(uid.size)
    for k in range(uid.size):
        a, _, _, _ = words(draw, purpose, key ^ (uid[k] * _ODD), 0)
        out[k] = unit32(a)
    return out


@helper
def happens(hazard, u):
    """Whether an event of this cumulated hazard happens: u < 1 - exp(-hazard), which is never above the hazard."""
    return u < hazard and u < -math.expm1(-hazard)


@helper
def folder(uid):
    """One of sixteen folders an identity falls in: to choose among many, first a folder, then within it."""
    return int((uid * _ODD) >> _SHIFT60)


@helper
def pair(uid_a, uid_b):
    """Key of an ordered pair of identities, to draw with.

    The second identity is multiplied by an odd number (a bijection) so that the pair is not symmetric.
    """
    return uid_a ^ (uid_b * _ODD)


@helper
def poisson(mean, u):
    """Poisson count by inversion of `u`: never decreases when `mean` rises.

    Large means start ten standard deviations below: the chances left out are below the grain of `u`, and those of
    the first counts would not fit in a number.
    """
    if mean <= 0.0 or u <= 1.0 - mean:  # no event has never a lower chance: most exponentials are spared
        return 0
    count, term = 0, math.exp(-mean)
    if mean > 500.0:
        count = max(int(mean - 10.0 * math.sqrt(mean)), 0)
        term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1.0))
    total = term
    while u > total and (count < mean or term > 1e-18):
        count += 1
        term *= mean / count
        total += term
    return count


@helper
def _successes(n, p, u):
    """Binomial count by inversion, for chances up to one half."""
    if u <= 1.0 - n * p:  # no success has never a lower chance: most powers are spared
        return 0
    term = math.exp(n * math.log1p(-p))
    odds = p / (1.0 - p)
    total = term
    count = 0
    while u > total and count < n:
        term *= odds * (n - count) / (count + 1)
        count += 1
        total += term
    return count


@helper
def binomial(n, p, u):
    """Binomial count by inversion of `u`, for `n` up to 1,000: never decreases when `p` or `n` rises."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if n == 1:
        return int(u > 1.0 - p)
    if p > 0.5:  # count failures: the chance of no success at all may be too small to be a number
        return n - _successes(n, 1.0 - p, 1.0 - u)
    return _successes(n, p, u)


@kernel
def normal_quantile(u):
    """Standard normal quantile, relative error below 1e-15. Source: Wichura (1988), algorithm AS 241, PPND16."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        a = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
                + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
             + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        b = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
                + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
             + 4.2313330701600911252e1) * r + 1.0
        return q * a / b
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        a = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
                + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
             + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
        b = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
                + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
             + 2.05319162663775882187e0) * r + 1.0
    else:
        r -= 5.0
        a = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
                + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
             + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
        b = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
                + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
             + 5.99832206555887937690e-1) * r + 1.0
    x = a / b
    return -x if q < 0.0 else x


# Identity. From the high bits: kind 3 | caused by a lever 1 | zone of origin 10 | sector 4 | month 11 |
# ordinal 19 | person within a weighted row 13 | foundation 3. Nothing depends on cells, on other births, or on who
# left the row before: a person who leaves a bundle is known by the month and by the occasion within the month.
KIND_TALENT, KIND_STARTUP, KIND_ANGEL, KIND_FUND, KIND_HUB, KIND_ZONE, KIND_FACILITY = 1, 2, 3, 4, 5, 6, 7
UID_EPOCH = 1960 * 12
LONGEST_RUN = 447  # months: beyond, months would run into the numbers kept for a bundle's first month
FOLDERS = 16
OCCASIONS = 16  # people who may leave a bundle in a month, each known by an occasion:
MOST_HIRED = 11  # the founder (0), those hired (1 to 11),
JOIN_FOUNDERS = 12  # those who join a founder (12 to 14),
MOST_JOINING = 3
FROM_RESEARCH = 15  # and a researcher who founds (15)
_MONTH_MASK = np.uint64((1 << 11) - 1)
_SHIFT35 = np.uint64(35)
_SHIFT3 = np.uint64(3)
_PERSON_MASK = np.uint64(((1 << 13) - 1) << 3)
_SERIAL_MASK = np.uint64(7)
_KIND_MASK = np.uint64(7 << 61)


def pack_uid(kind: int, zone, sector, month, ordinal):
    """Permanent identity from birth coordinates; arguments may be arrays. Month is absolute."""
    parts = (
        np.uint64(kind) << np.uint64(61),
        np.asarray(zone).astype(np.uint64) << np.uint64(50),
        np.asarray(sector).astype(np.uint64) << np.uint64(46),
        (np.asarray(month) - UID_EPOCH).astype(np.uint64) << _SHIFT35,
        np.asarray(ordinal).astype(np.uint64) << np.uint64(16),
    )
    return parts[0] | parts[1] | parts[2] | parts[3] | parts[4]


@kernel
def person_uid(bundle_uid, month, occasion, left):
    """Identity of a person who leaves a bundle: by month and occasion; in the bundle's first month, by rank of
    leaving.
    """
    age = month - UID_EPOCH - int((bundle_uid >> _SHIFT35) & _MONTH_MASK)
    number = age * OCCASIONS + occasion if age > 0 else (LONGEST_RUN + 1) * OCCASIONS + left
    return bundle_uid | ((np.uint64(number) << _SHIFT3) & _PERSON_MASK)


@helper
def bundle_uid(uid):
    """Identity of the bundle a person came from."""
    return uid & ~_PERSON_MASK


@helper
def startup_uid(founder_uid, foundation):
    """Identity of the firm a founder starts: the founder's own, marked as a startup, with the rank of the
    foundation.
    """
    return (founder_uid & ~_KIND_MASK) | (np.uint64(2) << np.uint64(61)) | (np.uint64(foundation) & _SERIAL_MASK)


_MARKS = np.uint64(7)
_BY_LEVER = np.uint64(1 << 60)


def angel_uids(person_uid):
    """Identities of the business angels that these people become, [n]."""
    return (person_uid & ~_KIND_MASK) | np.uint64(KIND_ANGEL << 61) | _MARKS


def follower_uids(uid):
    """Identities of those who come after these for the sake of a policy, [n]."""
    return uid | _BY_LEVER


def renewed_uids(uid, month):
    """Identities of houses that take the place of these in a month, [n]."""
    return (uid & ~(_MONTH_MASK << _SHIFT35)) | (np.uint64(month - UID_EPOCH) << _SHIFT35)


@kernel
def startup_uids(founder_uid, foundations):
    """Identities of the startups of several founders, [n]."""
    out = np.empty(founder_uid.size, np.uint64)
    for k in range(founder_uid.size):
        out[k] = startup_uid(founder_uid[k], foundations[k])
    return out

"""Fresh residues: how far from uniform, on paper and in a toy group; when the pool is made; independence."""

import secrets
from math import gcd, log2

import numpy as np
import pytest
from gmpy2 import mpz
from scipy.stats import chi2

from deltaml.sealing import MAX_KEY_BITS, MIN_KEY_BITS, Ciphertexts, Rerandomiser
from deltaml.sealing import rerandomiser as module
from deltaml.sealing.rerandomiser import DISTANCE_BITS, EXPONENT_BITS, pool_size
from tests.python.sealing.owner_keys import ALICE

pytestmark = pytest.mark.unit

# A toy key: n-th residues modulo (7 * 13)**2 form a group of order 72 = 6 * 12, as smooth as can be.
TOY_P, TOY_Q = 7, 13
TOY_N = TOY_P * TOY_Q
TOY_GROUP = sorted({pow(r, TOY_N, TOY_N**2) for r in range(TOY_N) if gcd(r, TOY_N) == 1})


def collision(order: int) -> float:
    """Probability that two exponents are equal modulo `order`."""
    counts = np.bincount(np.arange(1 << EXPONENT_BITS) % order)
    return float((counts.astype(float) ** 2).sum()) / 4**EXPONENT_BITS


def log_distance(bits: int, elements: int) -> float:
    """log2 of the bound in the module's docstring, for the worst n of that size."""
    factors, ends = bits // 16, 1 << EXPONENT_BITS
    terms = [factors * log2(order) + elements * log2(collision(order)) for order in range(2, ends)]
    terms.append(bits + elements * log2(collision(ends)))
    top = max(terms)
    return (top + log2(sum(2.0 ** (term - top) for term in terms)) - 2) / 2


def test_collision_probabilities() -> None:
    assert collision(1) == 1
    assert collision(2) == 1 / 2
    assert collision(3) == (86**2 + 2 * 85**2) / 2**16
    assert all(collision(order) == 2**-8 for order in (256, 257, 1000))


@pytest.mark.parametrize("bits", range(MIN_KEY_BITS, MAX_KEY_BITS + 1, 64))
def test_the_bound_holds_for_every_size_of_key(bits: int) -> None:
    assert log_distance(bits, pool_size(bits)) < -DISTANCE_BITS
    # One part in ten less would not do: the parameters are not loose.
    assert log_distance(bits, pool_size(bits) * 9 // 10) > -DISTANCE_BITS


def test_sizes() -> None:
    assert [pool_size(bits) for bits in (2048, 3072, 4096)] == [288, 404, 532]


def toy_draws(monkeypatch: pytest.MonkeyPatch, pool: list[int], draws: int) -> float:
    """Chi-square p-value of draws from a pool in the toy group against the uniform distribution."""
    rng = np.random.default_rng(7)
    monkeypatch.setattr(secrets, "token_bytes", rng.bytes)
    n = mpz(TOY_N)
    tables = module._tables([mpz(residue) for residue in pool], n)
    seen = [int(module._draw(tables, n)) for _ in range(draws)]
    assert set(seen) <= set(TOY_GROUP)
    counts = np.array([seen.count(element) for element in TOY_GROUP])
    expected = draws / len(TOY_GROUP)
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), len(TOY_GROUP) - 1))


def test_draws_are_uniform_in_a_group_of_smooth_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(TOY_GROUP) == 72
    rng = np.random.default_rng(5)
    pool = [TOY_GROUP[i] for i in rng.integers(0, 72, 40)]
    assert toy_draws(monkeypatch, pool, 7200) > 1e-4


def test_the_same_test_sees_a_pool_that_misses_half_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    pool = [TOY_GROUP[i] ** 2 % TOY_N**2 for i in rng.integers(0, 72, 40)]
    assert toy_draws(monkeypatch, pool, 7200) < 1e-9


def test_draws_are_encryptions_of_zero_and_all_different(pooled: Rerandomiser) -> None:
    for rerandomiser in (pooled, Rerandomiser(ALICE.public)):
        drawn = rerandomiser.draw(6)
        assert len(set(drawn)) == 6
        assert ALICE.decrypt(Ciphertexts(ALICE.public, drawn)) == [0] * 6
        assert rerandomiser.key == ALICE.public


def test_the_pool_is_made_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(Rerandomiser, "prepare", lambda self: made.append(self._drawn))
    monkeypatch.setattr(module, "random_residue", lambda key: mpz(1))
    rerandomiser = Rerandomiser(ALICE.public)
    for _ in range(5):
        rerandomiser.draw(100)
    assert made == [500]  # 1.6 * 288 = 460.8
    assert rerandomiser.draw(0) == []


def test_a_pool_stays(pooled: Rerandomiser) -> None:
    tables = pooled._tables
    pooled.prepare()
    assert pooled._tables is tables


def test_draws_take_the_exponents_from_the_system(pooled: Rerandomiser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the system's source decides: a copy in a forked process repeats no draw."""
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    assert pooled.draw(2) == [1, 1]
    monkeypatch.setattr(secrets, "token_bytes", lambda count: b"\x02" + bytes(count - 1))
    assert pooled._tables is not None
    factor, part = (table[0][1] for table in pooled._tables)
    residue = factor * (1 + ALICE.public.n * part) % ALICE.public.n**2
    assert pooled.draw(1) == [residue**2 % ALICE.public.n**2]

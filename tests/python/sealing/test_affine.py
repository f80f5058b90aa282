"""A trainer's step on an encrypted model: what comes out, what is refused, and what its owner cannot read from it.

The attacks are by an owner who chose p - 1 and q - 1 smooth and takes discrete logarithms. He picks the randomness of
Enc(w) himself: r_j = g**(2**(SPACING * j)). A result that is not re-randomised then holds g to a packed row of A.
"""

import secrets
from collections.abc import Iterator
from math import gcd
from typing import Any

import numpy as np
import pytest
from gmpy2 import mpz, powmod

from deltaml.errors import InvalidInput
from deltaml.sealing import (
    MAX_OPEN_BOUND,
    Ciphertexts,
    OwnerKey,
    Rerandomiser,
    affine,
    draw_seeds,
    encrypt,
    inner_products,
    ring_mask_projections,
    ring_mask_sum,
    ring_masks,
    unmask,
    weighted_sum,
)
from deltaml.sealing import rerandomiser as module
from tests.python.sealing import slow_paillier
from tests.python.sealing.owner_keys import ALICE, BOB, SMOOTH

pytestmark = pytest.mark.unit

KEY = ALICE.public
SPACING = 40
LENGTH = 6


def small_task(rng: np.random.Generator, d: int = 5) -> tuple[Any, list[int], list[int]]:
    """A symmetric matrix, an offset and weights, as integers."""
    X = rng.normal(size=(20, d))
    matrix = np.rint(X.T @ X / 20 * 2**24).astype(np.int64)
    return matrix, rng.integers(-(2**60), 2**60, d).tolist(), rng.integers(-(2**30), 2**30, d).tolist()


def times(matrix: Any, weights: list[int], offset: list[int]) -> list[int]:
    return [
        sum(a * w for a, w in zip(row, weights, strict=True)) + b
        for row, b in zip(matrix.tolist(), offset, strict=True)
    ]


@pytest.mark.parametrize("draws", ["plain", "pool"])
def test_results_are_the_slow_ones(draws: str, pooled: Rerandomiser) -> None:
    matrix, offset, weights = small_task(np.random.default_rng(1))
    encrypted = encrypt(KEY, weights)
    masks = ring_masks(draw_seeds(4), 5, KEY)

    result = affine(encrypted, matrix, offset, masks, pooled if draws == "pool" else Rerandomiser(KEY))

    plain = times(matrix, weights, offset)
    expected = [(value + mask) % KEY.n for value, mask in zip(plain, masks, strict=True)]
    assert ALICE.decrypt(result) == expected
    # Up to an encryption of zero it is the product of powers by pow().
    for value, row, constant, mask in zip(result.values, matrix.tolist(), offset, masks, strict=True):
        slow = slow_paillier.product(list(encrypted.values), row, KEY.n**2)
        slow = slow * slow_paillier.encrypt(KEY.n, constant + mask, 1) % KEY.n**2
        assert value != slow
        assert ALICE.decrypt(Ciphertexts(KEY, [value * pow(slow, -1, KEY.n**2) % KEY.n**2])) == [0]


def test_a_round_opens_under_both_locks(pooled: Rerandomiser) -> None:
    """From data to the sum's and the scores' integers; nothing but unmask sees a small number."""
    rng = np.random.default_rng(2)
    trainers = [small_task(rng) for _ in range(3)]
    weights, stakes, direction = trainers[0][2], [3, 1, 9], rng.integers(-(2**20), 2**20, (1, 5))
    encrypted = encrypt(KEY, weights)
    seeds = [draw_seeds(4) for _ in trainers]
    posted = [
        affine(encrypted, matrix, offset, ring_masks(own, 5, KEY), pooled)
        for (matrix, offset, _), own in zip(trainers, seeds, strict=True)
    ]
    gradients = [times(matrix, weights, offset) for matrix, offset, _ in trainers]

    opened = ALICE.decrypt(weighted_sum(posted, stakes))
    shares = [ring_mask_sum([own[i] for own in seeds], stakes, 5, KEY) for i in range(4)]
    assert unmask(opened, shares, KEY, 2**80) == [
        sum(p * g for p, g in zip(stakes, column, strict=True)) for column in zip(*gradients, strict=True)
    ]

    for vector, own, gradient in zip(posted, seeds, gradients, strict=True):
        score = ALICE.decrypt(inner_products(vector, direction))
        expected = [sum(h * g for h, g in zip(direction[0].tolist(), gradient, strict=True))]
        assert unmask(score, list(ring_mask_projections(own, direction, KEY)), KEY, 2**88) == expected


def test_planted_weights_read_a_row_only_if_whole_masks_come_out(pooled: Rerandomiser) -> None:
    """The owner encrypts w_j = 2**(64 j) instead of weights: a row of A lies side by side in one plaintext."""
    rng = np.random.default_rng(4)
    row = rng.integers(1, 2**23, (1, 5))
    seeds = draw_seeds(4)
    masks = ring_masks(seeds, 1, KEY)
    (opened,) = ALICE.decrypt(affine(encrypt(KEY, [1 << 64 * j for j in range(5)]), row, [0], masks, pooled))

    whole = (opened - masks[0]) % KEY.n
    assert [whole >> 64 * j & 2**64 - 1 for j in range(5)] == row[0].tolist()

    shares = [ring_mask_sum([seed], [1], 1, KEY) for seed in seeds]
    # The first two entries, and nothing of the other three.
    assert unmask([opened], shares, KEY, MAX_OPEN_BOUND) == [int(row[0, 0]) + (int(row[0, 1]) << 64)]
    low = sum(int(word) << 64 * i for share in shares for i, word in enumerate(share[0]))
    readings = {(opened - low + j * KEY.n) % 2**128 for j in range(len(seeds))}
    assert whole % 2**128 in readings
    assert whole not in readings


def test_matrices_need_not_be_square(pooled: Rerandomiser) -> None:
    encrypted = encrypt(KEY, [5, -7])
    matrix = np.array([[2**40, -(2**40)], [0, 0], [1, 0]], dtype=np.int64)
    result = affine(encrypted, matrix, [0, 4, -5], [0, 0, 0], pooled)
    assert ALICE.decrypt(result) == [12 * 2**40, 4, 0]
    empty = affine(encrypted, np.zeros((0, 2), dtype=np.int64), [], [], pooled)
    assert len(empty) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"matrix": np.zeros((2, 3), dtype=np.int64)},
        {"matrix": np.zeros((2, 2))},
        {"matrix": np.full((2, 2), 2**40 + 1)},
        {"matrix": np.full((2, 2), -(2**63))},
        {"offset": [0]},
        {"masks": [0, 0, 0]},
        {"masks": [0, KEY.n]},
        {"masks": [0, -1]},
        {"rerandomiser": Rerandomiser(BOB.public)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    good = {"matrix": np.eye(2, dtype=np.int64), "offset": [0, 0], "masks": [0, 0], "rerandomiser": Rerandomiser(KEY)}
    with pytest.raises(InvalidInput):
        affine(Ciphertexts(KEY, [1, 1]), **{**good, **change})


# The owner who takes logarithms.


def small_factors(number: int) -> Iterator[int]:
    for candidate in range(2, 2000):
        while number % candidate == 0:
            yield candidate
            number //= candidate


def primitive_root(prime: int) -> int:
    factors = set(small_factors(prime - 1))
    return next(g for g in range(2, prime) if all(pow(g, (prime - 1) // f, prime) != 1 for f in factors))


def logarithm(value: int, base: int, prime: int) -> int:
    """Pohlig and Hellman 1978: in the group of `prime`, whose order has tiny and distinct factors only."""
    found, modulus = 0, 1
    for factor in small_factors(prime - 1):
        ending = (prime - 1) // factor
        target, step = powmod(value, ending, prime), powmod(base, ending, prime)
        part, at = 0, mpz(1)
        while at != target:
            part, at = part + 1, at * step % prime
        found += modulus * ((part - found) * pow(modulus, -1, factor) % factor)
        modulus *= factor
    return found


class Spy:
    """An owner of a smooth key who plants generators: of Z_p* as randomness of Enc(w), of Z_q* for nothing."""

    def __init__(self, key: OwnerKey) -> None:
        self.key, self.n = key, key.public.n
        self.generator = primitive_root(key.p)
        # Modulo q the planted randomness is 1, so that what others add shows there alone.
        lift = key.q * pow(key.q, -1, key.p)
        planted = [pow(self.generator, 1 << SPACING * j, key.p) for j in range(LENGTH)]
        self.randomness = [(1 + (r - 1) * lift) % self.n for r in planted]
        values = [slow_paillier.encrypt(self.n, 10 + j, r) for j, r in enumerate(self.randomness)]
        self.encrypted = Ciphertexts(key.public, values)

    def packed_row(self, ciphertext: int) -> int:
        """The logarithm of the ciphertext's randomness modulo p."""
        (opening,) = self.key.open(Ciphertexts(self.key.public, [ciphertext]))
        return logarithm(opening.randomness % self.key.p, self.generator, self.key.p)


def unpack(packed: int, order: int) -> list[int] | None:
    """Entries of size up to 2**26, SPACING bits apart; None when the number is no such row."""
    packed = packed - order if 2 * packed > order else packed
    entries = []
    for _ in range(LENGTH):
        entry = (packed + (1 << SPACING - 1)) % (1 << SPACING) - (1 << SPACING - 1)
        entries.append(entry)
        packed = (packed - entry) >> SPACING
    return entries if packed == 0 and all(abs(entry) <= 2**26 for entry in entries) else None


@pytest.fixture(scope="module")
def spy() -> Spy:
    return Spy(SMOOTH)


@pytest.fixture(scope="module")
def row() -> Any:
    return np.random.default_rng(3).integers(-(2**25), 2**25, (1, LENGTH))


def test_without_re_randomisation_the_owner_reads_a_row(spy: Spy, row: Any) -> None:
    """The mask in Z_n doesn't help: it is in the plaintext, the row in the randomness."""
    (product,) = inner_products(spy.encrypted, row).values
    masked = product * slow_paillier.encrypt(spy.n, secrets.randbelow(spy.n), 1) % spy.n**2
    assert unpack(spy.packed_row(masked), spy.key.p - 1) == row[0].tolist()


def test_a_short_exponent_hides_nothing_from_the_owner(spy: Spy, row: Any) -> None:
    """h**s with s of |n| / 2 bits, the usual choice: modulo q the owner reads s, modulo p then the row."""
    n, p, q = spy.n, spy.key.p, spy.key.q
    h = pow(n - 9, n, n * n)
    (product,) = inner_products(spy.encrypted, row).values
    posted = product * pow(h, secrets.randbits(1024), n * n) % (n * n)

    (of_h, of_posted) = spy.key.open(Ciphertexts(spy.key.public, [h, posted]))
    base = primitive_root(q)
    log_h, log_posted = (logarithm(opening.randomness % q, base, q) for opening in (of_h, of_posted))
    # log_posted = s log_h modulo q - 1: s up to multiples of the order of h.
    common = gcd(log_h, q - 1)
    order = (q - 1) // common
    least = log_posted // common * pow(log_h // common, -1, order) % order
    candidates = [least + i * order for i in range((1 << 1024) // order + 1)]
    found = []
    for s in candidates:
        packed = (spy.packed_row(posted) - s * spy.packed_row(h)) % (p - 1)
        if (entries := unpack(packed, p - 1)) is not None:
            found.append(entries)
    assert found == [row[0].tolist()]


@pytest.fixture(scope="module", params=["plain", "pool"])
def smooth_rerandomiser(request: pytest.FixtureRequest) -> Iterator[Rerandomiser]:
    """Over the key whose owner takes logarithms; the pool's size is that of every key of 2048 bits."""
    rerandomiser = Rerandomiser(SMOOTH.public)
    if request.param == "pool":
        rerandomiser.prepare()
        assert rerandomiser._tables is not None
        assert len(rerandomiser._tables[0]) == module.pool_size(2048)
    yield rerandomiser


def test_the_step_resists_the_same_owner(spy: Spy, row: Any, smooth_rerandomiser: Rerandomiser) -> None:
    """The logarithm that held the row is now any number, whatever the row: no entries to be found, and never twice."""
    rows = np.repeat(row, 3, axis=0)
    result = affine(spy.encrypted, rows, [0] * 3, [0] * 3, smooth_rerandomiser)
    packed = [spy.packed_row(value) for value in result.values]
    assert len(set(packed)) == 3
    assert [unpack(number, spy.key.p - 1) for number in packed] == [None] * 3


def test_the_step_shows_the_same_for_every_row(spy: Spy, smooth_rerandomiser: Rerandomiser) -> None:
    """For the tiny factors of p - 1, where draws could be counted: the parts of the logarithm are spread evenly."""
    zero, one = np.zeros((30, LENGTH), dtype=np.int64), np.ones((30, LENGTH), dtype=np.int64)
    for rows in (zero, one):
        result = affine(spy.encrypted, rows, [0] * 30, [0] * 30, smooth_rerandomiser)
        signs = [powmod(value % spy.key.p, (spy.key.p - 1) // 2, spy.key.p) == 1 for value in result.values]
        assert 2 <= sum(signs) <= 28  # outside with 1e-7


def test_helpers_of_the_attack() -> None:
    prime = SMOOTH.p
    root = primitive_root(prime)
    assert logarithm(pow(root, 12345678901234567890, prime), root, prime) == 12345678901234567890
    packed = sum(entry << SPACING * j for j, entry in enumerate([1, -2, 3, -4, 5, -6]))
    assert unpack(packed % (prime - 1), prime - 1) == [1, -2, 3, -4, 5, -6]
    assert unpack(1 << 300, prime - 1) is None

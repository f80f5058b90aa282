"""Ciphertexts and what is done to them, against textbook arithmetic and phe; malformed ones; openings."""

import math
from typing import Any

import numpy as np
import phe
import pytest
from gmpy2 import mpz
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.sealing import (
    Ciphertexts,
    Opening,
    OwnerPublicKey,
    encrypt,
    inner_products,
    verify_openings,
    weighted_sum,
)
from deltaml.sealing.multi_exponent import inverse_of, join, linear_products, power_product, split_powers
from tests.python.sealing import slow_paillier
from tests.python.sealing.owner_keys import ALICE, BOB, SMOOTH

pytestmark = pytest.mark.unit

N = ALICE.public.n
SQUARE = N * N
PLAINTEXTS = [0, 1, -1, 2**80, -(2**80), (N - 1) // 2, -((N - 1) // 2)]
SMALL_N = 1009 * 1013
units = st.integers(1, SMALL_N**2 - 1).filter(lambda value: math.gcd(value, SMALL_N) == 1)
WORDS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def sealed() -> Ciphertexts:
    return encrypt(ALICE.public, PLAINTEXTS)


def test_decryption_is_the_textbooks(sealed: Ciphertexts) -> None:
    expected = [plaintext % N for plaintext in PLAINTEXTS]
    assert ALICE.decrypt(sealed) == expected
    assert [slow_paillier.decrypt(ALICE.p, ALICE.q, value) for value in sealed.values] == expected


def test_encryptions_of_the_same_differ() -> None:
    assert len(set(encrypt(ALICE.public, [5] * 4).values)) == 4


@pytest.mark.parametrize("plaintext", [(N + 1) // 2, -((N + 1) // 2), N, 2**5000])
def test_plaintexts_that_do_not_fit_are_refused(plaintext: int) -> None:
    with pytest.raises(InvalidInput):
        encrypt(ALICE.public, [plaintext])


def test_numpy_integers_do_not_overflow() -> None:
    big = np.array([2**63 - 1, -(2**63)], dtype=np.int64)
    assert ALICE.decrypt(encrypt(ALICE.public, big)) == [2**63 - 1, N - 2**63]  # type: ignore[arg-type]


def test_octets(sealed: Ciphertexts) -> None:
    octets = sealed.to_octets()
    assert len(octets) == 512 * len(sealed)
    assert octets[:512] == sealed.values[0].to_bytes(512, "big")
    assert Ciphertexts.from_octets(ALICE.public, octets, len(sealed)) == sealed
    assert Ciphertexts.from_octets(ALICE.public, b"", 0).values == ()


@pytest.mark.parametrize("count", [-1, 0, 6, 8, 10**12])
def test_octets_of_another_length_are_refused(sealed: Ciphertexts, count: int) -> None:
    with pytest.raises(InvalidMessage):
        Ciphertexts.from_octets(ALICE.public, sealed.to_octets(), count)


@pytest.mark.parametrize(
    "value",
    [0, N, 2 * N, ALICE.p, ALICE.q * 3, SQUARE, SQUARE + 1, 2**4096 - 1],
    ids=["0", "n", "2n", "p", "3q", "n^2", "n^2+1", "ones"],
)
def test_values_that_are_no_ciphertexts_are_refused(sealed: Ciphertexts, value: int) -> None:
    with pytest.raises(InvalidInput):
        Ciphertexts(ALICE.public, [*sealed.values, value])
    with pytest.raises(InvalidMessage):
        Ciphertexts.from_octets(ALICE.public, sealed.to_octets() + value.to_bytes(512, "big"), len(sealed) + 1)
    with pytest.raises(InvalidInput):
        Ciphertexts(ALICE.public, [-1])


def test_equality_is_by_key_and_value(sealed: Ciphertexts) -> None:
    same = Ciphertexts(OwnerPublicKey(N), sealed.values)
    assert same == sealed
    assert hash(same) == hash(sealed)
    assert sealed != Ciphertexts(ALICE.public, sealed.values[::-1])
    assert sealed != sealed.values
    assert Ciphertexts(ALICE.public, [1]) != Ciphertexts(BOB.public, [1])
    assert str(sealed.values[0])[:10] not in repr(sealed)


def test_numbers_go_to_phe_and_back(sealed: Ciphertexts) -> None:
    private = ALICE.to_phe()
    numbers = sealed.to_phe(-4)
    assert [private.decrypt_encoded(number).encoding for number in numbers] == [m % N for m in PLAINTEXTS]
    assert private.decrypt(sealed.to_phe(-2)[3]) == 2**80 / 16**2
    taken = Ciphertexts.from_phe(numbers, -4, ALICE.public)
    assert taken == Ciphertexts.from_phe(numbers, -4)
    assert taken != sealed  # phe can't know that these are fresh
    assert ALICE.decrypt(Ciphertexts.from_phe(numbers, -4)) == [m % N for m in PLAINTEXTS]


def test_numbers_that_phe_computed_come_with_fresh_randomness() -> None:
    """Twice an encryption is its square until phe adds randomness: what is taken over must have it."""
    number = ALICE.public.to_phe().encrypt(3)
    doubled = number * 2
    taken = Ciphertexts.from_phe([doubled], doubled.exponent)
    assert ALICE.decrypt(taken) == [6]
    assert taken.values[0] != pow(number.ciphertext(), 2, SQUARE)


def test_crafted_phe_numbers_are_refused_before_arithmetic(sealed: Ciphertexts) -> None:
    """phe would raise 16 to the difference of the exponents."""
    public = ALICE.public.to_phe()
    good = sealed.to_phe(0)[0]
    for bad in (
        phe.EncryptedNumber(public, sealed.values[1], -(10**9)),
        phe.EncryptedNumber(public, sealed.values[1], 10**9),
        phe.EncryptedNumber(public, sealed.values[1], 0.0),
        phe.EncryptedNumber(BOB.public.to_phe(), 1, 0),
        phe.EncryptedNumber(phe.PaillierPublicKey(2**100001 + 1), 1, 0),
        phe.EncryptedNumber(public, N, 0),
    ):
        with pytest.raises(InvalidMessage):
            Ciphertexts.from_phe([good, bad], 0)
    with pytest.raises(InvalidMessage):
        Ciphertexts.from_phe([], 0)
    with pytest.raises(InvalidMessage, match="another key"):
        Ciphertexts.from_phe([good], 0, BOB.public)
    with pytest.raises(InvalidInput):
        Ciphertexts.from_phe([phe.EncryptedNumber(phe.PaillierPublicKey(2**100001 + 1), 1, 0)], 0)


def test_weighted_sums() -> None:
    rng = np.random.default_rng(1)
    updates, weights = rng.integers(-(2**40), 2**40, (3, 4)).tolist(), [1, 1000, 2**63 - 1]
    batch = [encrypt(ALICE.public, update) for update in updates]
    total = weighted_sum(batch, weights)
    assert ALICE.decrypt(total) == [
        sum(p * u for p, u in zip(weights, column, strict=True)) % N for column in zip(*updates, strict=True)
    ]
    slow = [slow_paillier.product([vector.values[j] for vector in batch], weights, SQUARE) for j in range(4)]
    assert list(total.values) == slow


def test_weighted_sums_are_refused(sealed: Ciphertexts) -> None:
    short = Ciphertexts(ALICE.public, sealed.values[:-1])
    foreign = Ciphertexts(BOB.public, [1] * len(sealed))
    for batch, weights in (
        ([], []),
        ([sealed], []),
        ([sealed], [0]),
        ([sealed], [-1]),
        ([sealed], [2**63]),
        ([sealed, short], [1, 1]),
        ([sealed, foreign], [1, 1]),
    ):
        with pytest.raises(InvalidInput):
            weighted_sum(batch, weights)


def test_inner_products(sealed: Ciphertexts) -> None:
    directions = np.array(
        [[0] * 7, [1, 0, -1, 0, 1, -1, 1], [2**63 - 1, -(2**63), 3, -5, 2**40, -(2**40), 7]], dtype=np.int64
    )
    products = inner_products(sealed, directions)
    assert ALICE.decrypt(products) == [
        sum(h * m for h, m in zip(row, PLAINTEXTS, strict=True)) % N for row in directions.tolist()
    ]
    assert list(products.values) == [
        slow_paillier.product(list(sealed.values), row, SQUARE) for row in directions.tolist()
    ]
    assert products == inner_products(sealed, directions)


@pytest.mark.parametrize(
    "directions",
    [
        np.zeros((1, 6), dtype=np.int64),
        np.zeros(7, dtype=np.int64),
        np.zeros((1, 7)),
        np.zeros((1, 7), dtype=np.uint64),
    ],
)
def test_directions_that_do_not_fit_are_refused(sealed: Ciphertexts, directions: Any) -> None:
    with pytest.raises(InvalidInput):
        inner_products(sealed, directions)


@given(st.lists(units, min_size=1, max_size=6), st.data())
def test_fast_products_are_the_slow_ones(values: list[int], data: st.DataObject) -> None:
    shape = st.tuples(st.integers(0, 4), st.just(len(values)))
    entries = data.draw(st.sampled_from([st.integers(-1, 1), st.integers(-(2**25), 2**25), WORDS]))
    matrix = data.draw(hnp.arrays(np.int64, shape, elements=entries))
    fast = linear_products(values, matrix, SMALL_N)
    assert fast == [slow_paillier.product(values, row, SMALL_N**2) for row in matrix.tolist()]
    for row in np.abs(matrix // 2).tolist():
        assert power_product(values, row, SMALL_N) == slow_paillier.product(values, row, SMALL_N)


@given(st.lists(units, max_size=4), st.integers(0, 9))
def test_split_powers_are_what_they_stand_for(values: list[int], largest: int) -> None:
    for value, powers in zip(values, split_powers(values, largest, mpz(SMALL_N)), strict=True):
        assert len(powers) == largest + 1
        for exponent, (power, reciprocal) in enumerate(powers):
            inverse = inverse_of(power, reciprocal, SMALL_N)
            assert power[0] < SMALL_N
            assert join(*power, SMALL_N) == pow(value, exponent, SMALL_N**2)
            assert join(*inverse, SMALL_N) == pow(value, -exponent, SMALL_N**2)


def test_no_products_of_nothing() -> None:
    assert linear_products([], np.zeros((2, 0), dtype=np.int64), SMALL_N) == [1, 1]
    assert power_product([], [], SMALL_N) == 1


def test_openings_are_the_textbooks(sealed: Ciphertexts) -> None:
    openings = ALICE.open(sealed)
    for value, plaintext, opening in zip(sealed.values, PLAINTEXTS, openings, strict=True):
        assert opening.plaintext == plaintext % N
        assert slow_paillier.encrypt(N, opening.plaintext, opening.randomness) == value
    assert verify_openings(sealed, openings)
    assert verify_openings(Ciphertexts(ALICE.public, []), [])
    assert ALICE.open(Ciphertexts(ALICE.public, [1])) == [Opening(0, 1)]


def test_keys_open_only_their_own(sealed: Ciphertexts) -> None:
    for act in (BOB.decrypt, BOB.open):
        with pytest.raises(InvalidInput, match="not under this one"):
            act(sealed)


@pytest.mark.parametrize("count", [3, 7], ids=["one by one", "together"])
def test_wrong_openings_are_seen(sealed: Ciphertexts, count: int) -> None:
    some = Ciphertexts(ALICE.public, sealed.values[:count])
    openings = ALICE.open(some)
    first = openings[0]
    for wrong in (
        first._replace(plaintext=first.plaintext + 1),
        first._replace(plaintext=(first.plaintext + ALICE.p) % N),  # leaves an element of order q
        first._replace(plaintext=openings[1].plaintext),
        first._replace(randomness=first.randomness * 2 % N),
        first._replace(plaintext=-1),
        first._replace(plaintext=N),
        first._replace(plaintext=first.plaintext + N),
        first._replace(randomness=0),
        first._replace(randomness=N),
        first._replace(randomness=first.randomness + N),
        first._replace(randomness=ALICE.p),
        first._replace(plaintext=float(first.plaintext)),  # type: ignore[arg-type]
    ):
        assert not verify_openings(some, [wrong, *openings[1:]])
    for wrong_count in ([], openings[:-1], [*openings, first]):
        assert not verify_openings(some, wrong_count)
    assert not verify_openings(some, openings[::-1])
    assert verify_openings(some, openings)


def test_two_errors_do_not_cancel(sealed: Ciphertexts) -> None:
    openings = ALICE.open(sealed)
    openings[0] = openings[0]._replace(plaintext=(openings[0].plaintext + 1) % N)
    openings[1] = openings[1]._replace(plaintext=(openings[1].plaintext - 1) % N)
    assert not verify_openings(sealed, openings)


def test_small_orders_change_randomness_only() -> None:
    """An owner with tiny factors of p - 1 may get another r accepted (-r has order 2), never another plaintext."""
    key = SMOOTH.public
    sealed = encrypt(key, [1, 2, 3, 4, 5, 6])
    openings = SMOOTH.open(sealed)
    negated = [opening._replace(randomness=key.n - opening.randomness) for opening in openings]
    accepted = sum(verify_openings(sealed, [negated[0], *openings[1:]]) for _ in range(8))
    assert accepted <= 4  # each with 2**-5
    # With a wrong plaintext no root of unity helps.
    root = pow(2, (SMOOTH.p - 1) // 2 * (SMOOTH.q - 1) // 2, key.n)
    for factor in (1, key.n - 1, root):
        wrong = Opening(openings[0].plaintext + 1, openings[0].randomness * factor % key.n)
        assert not verify_openings(sealed, [wrong, *openings[1:]])

"""The owner's keys: what is refused, what is hidden, interoperation with phe, and the proof that a key is sound."""

import math

import phe
import pytest

from deltaml.errors import InvalidInput
from deltaml.sealing import (
    MAX_KEY_BITS,
    MIN_KEY_BITS,
    Ciphertexts,
    Opening,
    OwnerKey,
    OwnerPublicKey,
    encrypt,
    prove_key,
    verify_key,
    verify_openings,
)
from tests.python.sealing import slow_paillier
from tests.python.sealing.owner_keys import (
    ALICE,
    BOB,
    HIDDEN_COFACTOR,
    HIDDEN_FACTORS,
    OTHER_PRIME,
    SQUARED_PRIME,
)

pytestmark = pytest.mark.unit

N = ALICE.public.n
HIDDEN = OwnerPublicKey(math.prod(HIDDEN_FACTORS) * HIDDEN_COFACTOR)
SQUAREFUL = OwnerPublicKey(SQUARED_PRIME**2 * OTHER_PRIME)


def next_prime_like(start: int, divides: int = 1) -> int:
    """The next number above start with a factor `divides` and no other small one, of the same length."""
    candidate = start + 1
    while candidate % divides or any(candidate % small == 0 for small in range(2, 100) if small != divides):
        candidate += 1
    return candidate


@pytest.mark.parametrize(
    "n",
    [
        0,
        -N,
        N - 1,
        N + 1,
        1 << (MIN_KEY_BITS - 1),
        (1 << (MIN_KEY_BITS - 1)) - 1,
        (1 << MAX_KEY_BITS) + 1,
        1 << 10**6 | 1,
        next_prime_like(N, 3),
        next_prime_like(N, 65521),
        (N >> 128 << 128) + 1,
        (N >> 128 << 128) + 2**128 // 5,
    ],
    ids=["0", "negative", "even", "even+", "even-", "short", "long", "huge", "3", "65521", "=1 mod 2^128", "1/5"],
)
def test_moduli_that_are_refused(n: int) -> None:
    with pytest.raises(InvalidInput):
        OwnerPublicKey(n)


def test_key_ids_are_the_hash_of_the_modulus() -> None:
    import hashlib

    octets = N.to_bytes(256, "big")
    assert ALICE.public.key_id == hashlib.sha256(b"deltaml/owner-key/v1\0" + octets).digest()
    assert ALICE.public.key_id != BOB.public.key_id
    assert (ALICE.public.bits, ALICE.public.ciphertext_octets) == (2048, 512)


def test_generated_keys_work() -> None:
    key = OwnerKey.generate(2048)
    assert key.public.bits == 2048
    assert key.decrypt(encrypt(key.public, [5, -1])) == [5, key.public.n - 1]
    assert verify_key(key.public, prove_key(key))


@pytest.mark.parametrize("bits", [0, 1024, 2049, 4098, 10**9])
def test_sizes_that_are_refused(bits: int) -> None:
    with pytest.raises(InvalidInput):
        OwnerKey.generate(bits)


def test_private_keys_show_nothing() -> None:
    for text in (str(ALICE), repr(ALICE), f"{ALICE}", repr([ALICE])):
        for secret in (ALICE.p, ALICE.q):
            assert str(secret)[:12] not in text
            assert f"{secret:x}"[:12] not in text
    with pytest.raises(InvalidInput) as caught:
        OwnerKey.from_octets(ALICE.to_octets()[:-2])
    assert str(ALICE.p)[:12] not in str(caught.value)


def test_private_keys_as_octets() -> None:
    octets = ALICE.to_octets()
    assert len(octets) == 256
    assert OwnerKey.from_octets(octets) == ALICE
    for bad in (b"", octets + b"\0", octets * 3, octets[:128] * 2, octets[:-1] + b"\0"):
        with pytest.raises(InvalidInput):
            OwnerKey.from_octets(bad)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (ALICE.p, ALICE.p),
        (ALICE.p, ALICE.q + 2),
        (SQUARED_PRIME, OTHER_PRIME),
        (2**20000 + 1, 2**20000 + 3),
        (-ALICE.p, ALICE.q),
    ],
    ids=["equal", "not prime", "unlike lengths", "without end", "negative"],
)
def test_primes_that_are_refused(p: int, q: int) -> None:
    with pytest.raises(InvalidInput):
        OwnerKey(p, q)


def test_keys_go_to_phe_and_back() -> None:
    public, private = phe.generate_paillier_keypair(n_length=2048)
    assert OwnerPublicKey.from_phe(public).to_phe() == public
    assert OwnerKey.from_phe(private).to_phe() == private
    assert OwnerKey.from_phe(private).public == OwnerPublicKey.from_phe(public)
    assert ALICE.to_phe().raw_decrypt(encrypt(ALICE.public, [7]).values[0]) == 7
    public.g += 1
    with pytest.raises(InvalidInput, match="generator"):
        OwnerPublicKey.from_phe(public)


def test_sound_keys_have_proofs_that_fit_no_other() -> None:
    proof = prove_key(ALICE)
    assert len(proof) == 8 * 256
    assert verify_key(ALICE.public, proof)
    assert not verify_key(BOB.public, proof)
    for bad in (b"", proof[:-1], proof + b"\0", bytes(len(proof)), proof[256:] + proof[:256], b"\xff" * len(proof)):
        assert not verify_key(ALICE.public, bad)


def test_keys_with_a_common_factor_of_n_and_phi_have_no_proof() -> None:
    """A challenge has an n-th root modulo q only if it is a power of every hidden factor; one that isn't is enough."""
    from deltaml.sealing.key_proof import _challenges

    q = HIDDEN_COFACTOR
    assert not all(
        pow(challenge, (q - 1) // factor, q) == 1 for challenge in _challenges(HIDDEN) for factor in HIDDEN_FACTORS
    )
    assert not all(pow(challenge, SQUARED_PRIME - 1, SQUARED_PRIME**2) == 1 for challenge in _challenges(SQUAREFUL))


def test_without_the_proof_one_ciphertext_has_two_openings() -> None:
    """n = s**2 * q: 1 + s to the n-th is a power of 1 + n, so messages and randomness are not apart."""
    n, s, q = SQUAREFUL.n, SQUARED_PRIME, OTHER_PRIME

    def crt(modulo_square: int, modulo_q: int) -> int:
        return (modulo_square + s * s * ((modulo_q - modulo_square) * pow(s * s, -1, q) % q)) % n

    shift, twin = crt(s, 0), crt(1 + s, 1)
    ciphertext = Ciphertexts(SQUAREFUL, [slow_paillier.encrypt(n, 1000, 3)])
    assert verify_openings(ciphertext, [Opening(1000, 3)])
    assert verify_openings(ciphertext, [Opening((1000 + shift) % n, 3 * pow(twin, -1, n) % n)])


def test_without_the_proof_masks_do_not_cover_everything() -> None:
    """Hidden factors divide q - 1: an element of their order in Enc(w) carries a row of A past mask and fresh residue.

    The owner raises the result to a power that ends both, and takes logarithms in tiny groups.
    """
    n, q, tiny = HIDDEN.n, HIDDEN_COFACTOR, math.prod(HIDDEN_FACTORS)
    row, spacing, square = [3, -5, 700], 16, HIDDEN_COFACTOR**2
    element = pow(pow(2, (q - 1) // tiny, q), q, square)  # of order dividing `tiny` modulo q**2
    # In the group modulo n**2: `element` modulo q**2, 1 modulo the rest.
    rest = tiny**2
    element = element + square * ((1 - element) * pow(square, -1, rest) % rest)
    sent = [slow_paillier.encrypt(n, 0, 5 + j) * pow(element, 1 << spacing * j, n * n) % (n * n) for j in range(3)]

    mask, fresh = 3**1000 % n, pow(17**90 % n, n, n * n)
    result = slow_paillier.product(sent, row, n * n) * (1 + n * mask) * fresh % (n * n)

    packed, modulus = 0, 1
    for factor in HIDDEN_FACTORS[:4]:  # 79 bits, enough for this row
        ending = q * (q - 1) // factor
        base, seen = pow(element, ending, square), pow(result, ending, square)
        if base == 1:
            continue
        # The logarithm by trying them all would do; baby steps and giant steps are as short.
        step = math.isqrt(factor) + 1
        table = {base_power: i for i, base_power in enumerate(powers(base, step, square))}
        giant, at = pow(base, -step, square), seen
        for i in range(step + 1):
            if at in table:
                logarithm = (i * step + table[at]) % factor
                break
            at = at * giant % square
        else:
            raise AssertionError("no logarithm")
        packed += modulus * ((logarithm - packed) * pow(modulus, -1, factor) % factor)
        modulus *= factor
    packed = packed - modulus if 2 * packed > modulus else packed
    assert packed == sum(a << spacing * j for j, a in enumerate(row))


def powers(base: int, count: int, modulus: int) -> list[int]:
    result = [1]
    for _ in range(count - 1):
        result.append(result[-1] * base % modulus)
    return result

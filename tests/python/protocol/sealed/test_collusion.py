"""The trust table (design §3): what each coalition can and can't open of one trainer's update, played on real bytes."""

from itertools import combinations

import pytest

from deltaml.learning import normal_equations
from deltaml.protocol.sealed.blobs import open_sealed_update
from deltaml.sealing import Ciphertexts, encrypt, holder_sets, ring_keystream, ring_masks
from tests.python.protocol.board import address
from tests.python.protocol.sealed.board import SealedTable, honest_table, integers_of, make_rows

pytestmark = pytest.mark.unit

N, T = 4, 1
VICTIM = 0


@pytest.fixture(scope="module")
def table() -> SealedTable:
    return honest_table()


def update_of(table: SealedTable) -> list[int]:
    """What the victim sent, in the clear: -b, as the weights are zero."""
    return integers_of(table.spec, normal_equations(*make_rows(VICTIM), "linear", 0.001))[1]


def seeds_of(table: SealedTable, seats: tuple[int, ...]) -> dict[int, bytes]:
    """Every seed that these members can open together."""
    found: dict[int, bytes] = {}
    for seat in seats:
        header = table.header(address(100 + VICTIM))
        blob = open_sealed_update(table.spec, table.blobs[VICTIM], header, N, seat, table.identities[seat])
        found |= blob.seeds
    return found


def ciphertexts_of(table: SealedTable) -> Ciphertexts:
    return table.ciphertexts(VICTIM)


def stripped(table: SealedTable, residues: list[int], seeds: dict[int, bytes]) -> list[int]:
    """Residues without the masks that these seeds give, as signed numbers."""
    n = table.spec.public_key.n
    masks = ring_masks(list(seeds.values()), len(residues), table.spec.public_key) if seeds else [0] * len(residues)
    values = [(residue - mask) % n for residue, mask in zip(residues, masks, strict=True)]
    return [value - n if value > n // 2 else value for value in values]


def test_owner_and_t_plus_1_oracles_open_everything(table: SealedTable) -> None:
    """The assumption that the table stands on; without this test the others would prove nothing."""
    for seats in combinations(range(N), T + 1):
        residues = table.key.decrypt(ciphertexts_of(table))
        assert stripped(table, residues, seeds_of(table, seats)) == update_of(table)


def test_owner_alone_sees_masked_residues(table: SealedTable) -> None:
    residues = stripped(table, table.key.decrypt(ciphertexts_of(table)), {})
    # 2^64 is far above any update and far below what masks modulo n look like.
    assert all(abs(value) > 2**64 for value in residues)


@pytest.mark.parametrize("seat", range(N))
def test_owner_and_t_oracles_miss_a_seed(table: SealedTable, seat: int) -> None:
    """What they are left with is the update plus a stream that they have no key to: to them, uniform modulo n."""
    seeds = seeds_of(table, (seat,))
    missing = set(range(len(holder_sets(N)))) - set(seeds)
    assert len(missing) == 1
    left = stripped(table, table.key.decrypt(ciphertexts_of(table)), seeds)
    assert all(abs(value) > 2**64 for value in left)
    unknown = seeds_of(table, tuple(range(N)))[missing.pop()]
    n = table.spec.public_key.n
    stream = ring_keystream(unknown, table.spec.public_key, 0, len(left))
    assert [(value - mask) % n for value, mask in zip(left, stream, strict=True)] == [v % n for v in update_of(table)]


@pytest.mark.parametrize("seats", [(0,), (2,)])
def test_t_oracles_have_neither_key(table: SealedTable, seats: tuple[int, ...]) -> None:
    assert len(seeds_of(table, seats)) < len(holder_sets(N))


def test_all_oracles_without_the_owner_hold_a_ciphertext(table: SealedTable) -> None:
    """They can take every mask off and are left with Enc(update), which tells nothing: not even the right guess can be
    confirmed, as the ciphertext carries randomness that only the trainer knew."""
    key = table.spec.public_key
    seeds = seeds_of(table, tuple(range(N)))
    masks = ring_masks(list(seeds.values()), len(update_of(table)), key)
    square = key.n**2
    bare = Ciphertexts(
        key,
        [value * (1 - mask * key.n) % square for value, mask in zip(ciphertexts_of(table).values, masks, strict=True)],
    )
    guess = encrypt(key, update_of(table))
    assert all(a != b for a, b in zip(bare.values, guess.values, strict=True))
    # Nor is the guess's randomness (the ciphertext modulo n) that of the blob.
    assert all(a % key.n != b % key.n for a, b in zip(bare.values, guess.values, strict=True))
    n = key.n
    assert [value - n if value > n // 2 else value for value in table.key.decrypt(bare)] == update_of(table)


def test_what_a_round_shows_the_owner_is_the_sum() -> None:
    """The mask sums he gets take the masks off the agreed sum and off no part of it."""
    table = honest_table().play()
    bodies = {index: body for post in table.sums for index, body in post.message.bodies.items()}
    shares = [bodies[index].reshape(-1, 2) for index in range(len(holder_sets(N)))]
    low = [sum(int(share[j][0]) | int(share[j][1]) << 64 for share in shares) % 2**128 for j in range(5)]
    residues = table.key.decrypt(ciphertexts_of(table))
    n = table.spec.public_key.n
    for j, (residue, mask, true) in enumerate(zip(residues, low, update_of(table), strict=True)):
        guesses = {(residue + wraps * n - mask) % 2**128 for wraps in range(-8, 9)}
        assert true % 2**128 not in guesses, j

"""Scores as the market sees them: eight bytes each, and the Merkle tree that claims are proven against (R9).

Leaves are in the order of joining. A parent is keccak256 of its children, the smaller one first; the last node of a
level with an odd count goes up unchanged. Leaves are hashed twice, so that no inner node passes for one.
"""

from collections.abc import Sequence

from eth_hash.auto import keccak

from deltaml.errors import InvalidInput
from deltaml.protocol.hashes import exact, keccak_abi

SCORE_BYTES = 8
MAX_SCORE = 2**63
"""Highest score; the market refuses a report with a word between this and the two marks."""
MISSED = 2**64 - 1
"""Instead of a score: the trainer sent nothing, or nothing valid (R4)."""
HARMFUL = 2**64 - 2
"""Instead of a score: the update harmed the model (R3)."""


def pack_scores(scores: Sequence[int]) -> bytes:
    """Scores (0 <= score <= MAX_SCORE, or MISSED, or HARMFUL) as 8 bytes each, big-endian, in their order."""
    for score in scores:
        if not 0 <= score <= MAX_SCORE and score not in (MISSED, HARMFUL):
            raise InvalidInput(f"score {score} is neither in 0..2^63 nor MISSED nor HARMFUL; scale it down")
    return b"".join(score.to_bytes(SCORE_BYTES, "big") for score in scores)


def unpack_scores(packed: bytes) -> list[int]:
    """Inverse of `pack_scores`."""
    if len(packed) % SCORE_BYTES:
        raise InvalidInput(f"packed scores have {len(packed)} bytes, expected a multiple of {SCORE_BYTES}")
    return [int.from_bytes(packed[i : i + SCORE_BYTES], "big") for i in range(0, len(packed), SCORE_BYTES)]


def leaf(chain_id: int, market: str, task_id: int, round_: int, index: int, score: int) -> bytes:
    """keccak256(keccak256(abi.encode(chainId, market, taskId, round, index, score))), 32 bytes."""
    return keccak(
        keccak_abi(
            ("uint256", "address", "uint256", "uint256", "uint256", "uint64"),
            (chain_id, market, task_id, round_, index, score),
        )
    )


def score_leaves(chain_id: int, market: str, task_id: int, round_: int, scores: Sequence[int]) -> list[bytes]:
    """The leaves of a round, in the order of joining."""
    return [leaf(chain_id, market, task_id, round_, index, score) for index, score in enumerate(scores)]


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree; a single leaf is its own root. Raises InvalidInput for no leaves."""
    return _levels(leaves)[-1][0]


def merkle_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Siblings of leaf `index` from the bottom up; none where a node went up unchanged."""
    if not 0 <= index < len(leaves):
        raise InvalidInput(f"there is no leaf {index}: the tree has {len(leaves)}")
    proof = []
    for level in _levels(leaves)[:-1]:
        if index ^ 1 < len(level):
            proof.append(level[index ^ 1])
        index //= 2
    return proof


def verify(root: bytes, node: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof leads from this leaf to the root."""
    for sibling in proof:
        node = _parent(node, sibling)
    return node == root


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    if not leaves:
        raise InvalidInput("a score tree needs at least one leaf")
    levels = [[exact(node, 32) for node in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_parent(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(below) - 1 :] if len(below) % 2 else above)
    return levels


def _parent(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a < b else b + a)

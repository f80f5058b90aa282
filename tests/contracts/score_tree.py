"""A slow and obvious twin of contracts/libraries/ScoreTree.sol: words, leaves, root and proofs."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi import encode
from eth_utils import keccak

MISSED = 2**64 - 1
HARMFUL = 2**64 - 2
MAX_SCORE = 2**63


def words(scores: Sequence[int]) -> bytes:
    """The scores of a report: 8 big-endian bytes each."""
    return b"".join(score.to_bytes(8, "big") for score in scores)


def total(scores: Sequence[int]) -> int:
    return sum(score for score in scores if score <= MAX_SCORE)


def share(amount: int, score: int, scores: Sequence[int]) -> int:
    """What a trainer with `score` gets of `amount`, rounded down."""
    return amount * score // total(scores) if 0 < score <= MAX_SCORE else 0


def hash_pair(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))


@dataclass(frozen=True)
class ScoreTree:
    chain_id: int
    market: str
    task_id: int
    round: int
    scores: Sequence[int]

    def leaf(self, index: int) -> bytes:
        types = ["uint256", "address", "uint256", "uint256", "uint256", "uint64"]
        values = [self.chain_id, self.market, self.task_id, self.round, index, self.scores[index]]
        return keccak(keccak(encode(types, values)))

    def layers(self) -> list[list[bytes]]:
        """From the leaves up; the odd one out moves up as it is."""
        layers = [[self.leaf(index) for index in range(len(self.scores))]]
        while len(layers[-1]) > 1:
            below = layers[-1]
            above = [hash_pair(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            layers.append(above + below[len(above) * 2 :])
        return layers

    def root(self) -> bytes:
        return self.layers()[-1][0]

    def proof(self, index: int) -> list[bytes]:
        siblings = []
        for layer in self.layers()[:-1]:
            if index ^ 1 < len(layer):
                siblings.append(layer[index ^ 1])
            index //= 2
        return siblings

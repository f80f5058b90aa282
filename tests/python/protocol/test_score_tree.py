"""Scores, their tree and the contract's hashes, against golden vectors that the Solidity tests check too."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.protocol.hashes import report_hash, work_commitment
from deltaml.protocol.score_tree import (
    HARMFUL,
    MAX_SCORE,
    MISSED,
    leaf,
    merkle_proof,
    merkle_root,
    pack_scores,
    score_leaves,
    unpack_scores,
    verify,
)

pytestmark = pytest.mark.unit

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "scores.json").read_text())
PLACE = (VECTORS["chainId"], VECTORS["market"], VECTORS["taskId"], VECTORS["round"])

SCORES = st.lists(st.integers(0, MAX_SCORE) | st.sampled_from([MISSED, HARMFUL]), min_size=1, max_size=40)
NODES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def slow_root(nodes: list[bytes]) -> bytes:
    """Twin of merkle_root, straight from the words: pair up, sort, hash, let the odd one pass."""
    if len(nodes) == 1:
        return nodes[0]
    pairs = [nodes[i : i + 2] for i in range(0, len(nodes), 2)]
    return slow_root([keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])


@pytest.mark.parametrize("tree", VECTORS["trees"], ids=lambda tree: f"{len(tree['scores'])} scores")
def test_golden_trees(tree: dict[str, Any]) -> None:
    scores = [int(score) for score in tree["scores"]]
    leaves = score_leaves(*PLACE, scores)
    assert pack_scores(scores) == raw(tree["packed"])
    assert leaves == [raw(node) for node in tree["leaves"]]
    assert merkle_root(leaves) == raw(tree["root"])
    assert [merkle_proof(leaves, i) for i in range(len(leaves))] == [[raw(n) for n in p] for p in tree["proofs"]]


@pytest.mark.parametrize("report", VECTORS["reports"], ids=lambda report: f"outcome {report['outcome']}")
def test_golden_reports(report: dict[str, Any]) -> None:
    digest, progress, scores = raw(report["modelDigest"]), int(report["progressWad"]), raw(report["scores"])
    assert report_hash(*PLACE, report["outcome"], digest, progress, scores) == raw(report["hash"])


@pytest.mark.parametrize("entry", VECTORS["commitments"], ids=lambda entry: f"{len(entry['accepted'])} characters")
def test_golden_commitments(entry: dict[str, Any]) -> None:
    given_ = (raw(entry["digest"]), raw(entry["accepted"]), raw(entry["salt"]), entry["member"])
    assert work_commitment(*given_, *PLACE[2:]) == raw(entry["hash"])


def test_leaf_spelled_out_word_by_word() -> None:
    words = bytes.fromhex(f"{1:064x}" + "00" * 12 + "a1" * 20 + f"{2:064x}{3:064x}{4:064x}{5:064x}")
    assert leaf(1, "0x" + "a1" * 20, 2, 3, 4, 5) == keccak(keccak(words))


@given(NODES)
def test_root_equals_the_slow_twin(nodes: list[bytes]) -> None:
    assert merkle_root(nodes) == slow_root(nodes)


@given(SCORES, st.data())
def test_every_leaf_is_proven_and_no_other_score_is(scores: list[int], data: Any) -> None:
    leaves = score_leaves(*PLACE, scores)
    root = merkle_root(leaves)
    index = data.draw(st.integers(0, len(scores) - 1))
    proof = merkle_proof(leaves, index)
    assert verify(root, leaves[index], proof)
    assert len(proof) <= (len(scores) - 1).bit_length()
    forged = leaf(*PLACE, index, scores[index] ^ data.draw(st.integers(1, 2**64 - 1)))
    assert not verify(root, forged, proof)
    elsewhere = leaf(*PLACE[:3], PLACE[3] + 1, index, scores[index])
    assert not verify(root, elsewhere, proof)


@given(SCORES)
def test_packing_round_trip(scores: list[int]) -> None:
    assert unpack_scores(pack_scores(scores)) == scores


def test_marks_are_the_two_highest_words() -> None:
    assert pack_scores([MISSED, HARMFUL]) == b"\xff" * 8 + b"\xff" * 7 + b"\xfe"
    assert (VECTORS["missed"], VECTORS["harmful"]) == (str(MISSED), str(HARMFUL))


def test_what_is_outside_is_refused() -> None:
    for bad in (-1, MAX_SCORE + 1, HARMFUL - 1, 2**64):
        with pytest.raises(InvalidInput):
            pack_scores([0, bad])
    for bad in (-1, 2**64):
        with pytest.raises(InvalidInput):
            leaf(*PLACE, 0, bad)
    with pytest.raises(InvalidInput):
        unpack_scores(b"\x00" * 9)
    with pytest.raises(InvalidInput):
        merkle_root([])
    with pytest.raises(InvalidInput):
        merkle_root([b"\x00" * 31])
    for index in (-1, 2):
        with pytest.raises(InvalidInput):
            merkle_proof([bytes(32)] * 2, index)


def test_short_digests_are_not_padded_into_other_hashes() -> None:
    with pytest.raises(InvalidInput):
        report_hash(*PLACE, 0, b"\x01" * 31, 0, b"")
    with pytest.raises(InvalidInput):
        work_commitment(bytes(32), b"", b"salt", PLACE[1], 1, 0)
    with pytest.raises(InvalidInput):
        report_hash(1, "0x12", 1, 0, 0, bytes(32), 0, b"")
    with pytest.raises(InvalidInput):
        report_hash(*PLACE, 0, bytes(32), 2**64, b"")

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Scores of a round as they come in calldata, and the Merkle tree over them (R9).
/// @notice Scores are 8 big-endian bytes per trainer in the order of joining. Leaves stand in that order; a node
/// without a sibling moves up unchanged; siblings are hashed in sorted order, as OpenZeppelin's MerkleProof wants it.
/// @dev 1,024 trainers must fit in one transaction (R9a): assembly where slices, bounds and `abi.encode` would cost
/// several times as much. It writes to the memory it was given and to the scratch space.
library ScoreTree {
    /// @param totalScore Sum of scores. @param highest Greatest word that is neither MISSED nor HARMFUL, if that is
    /// 2^63 or more. @param missed, harmful How many have these words.
    struct Tally {
        uint256 totalScore;
        uint256 highest;
        uint256 missed;
        uint256 harmful;
    }

    /// @notice The word of a trainer that sent nothing valid (R4).
    uint64 internal constant MISSED = type(uint64).max;
    /// @notice The word of a trainer whose score is below zero (R3).
    uint64 internal constant HARMFUL = type(uint64).max - 1;
    uint64 internal constant MAX_SCORE = 2 ** 63;
    uint256 internal constant WORD_BYTES = 8;

    // Four words are read at once: a chunk.
    uint256 private constant CHUNK_BYTES = 32;
    uint256 private constant WORDS_PER_CHUNK = 4;
    uint256 private constant EVEN_WORDS = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    /// @dev No word below 2^63 has one of these bits; both marks have.
    uint256 private constant TOP_BITS = 0x8000000000000000800000000000000080000000000000008000000000000000;

    /// @dev Root over at least one score. Every layer overwrites the one below it.
    function rootOf(bytes calldata scores, uint256 taskId, uint256 round) internal view returns (bytes32) {
        uint256 whole = scores.length / CHUNK_BYTES;
        uint256 width = Math.ceilDiv(scores.length, CHUNK_BYTES);
        bytes32[] memory nodes = new bytes32[](width);
        _hashChunks(scores[:whole * CHUNK_BYTES], _preimage(taskId, round, 0, 0), nodes);
        if (width != whole) nodes[whole] = _hashRest(scores, taskId, round, whole * WORDS_PER_CHUNK);
        for (; width > 1; width = (width + 1) / 2) {
            _fold(nodes, width);
        }
        return nodes[0];
    }

    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) internal view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(_preimage(taskId, round, index, score))));
    }

    /// @dev Counts and sums. The sum makes sense only if `highest` is not above MAX_SCORE.
    function tally(bytes calldata scores) internal pure returns (Tally memory result) {
        uint256 sums = 0;
        (uint256 chunk, uint256 next) = _firstChunk(scores);
        unchecked {
            for (; next <= scores.length; next += CHUNK_BYTES) {
                if (chunk & TOP_BITS != 0) chunk = _tallyMarks(chunk, result);
                // Two sums side by side, of 128 bits each, which 1,024 words of 64 bits do not fill.
                sums += (chunk & EVEN_WORDS) + ((chunk >> 64) & EVEN_WORDS);
                // solhint-disable-next-line no-inline-assembly
                assembly ("memory-safe") {
                    chunk := calldataload(add(scores.offset, next))
                }
            }
        }
        result.totalScore = uint256(uint128(sums)) + (sums >> 128);
    }

    /// @dev Sum over all scores of floor(amount * score / totalScore): what claims of `amount` draw, to the wei. Of
    /// nothing, and when nobody scored, it is nothing.
    function sumOfShares(
        bytes calldata scores,
        uint256 amount,
        uint256 totalScore
    ) internal pure returns (uint256 sum) {
        if (amount == 0 || totalScore == 0) return 0;

        (uint256 chunk, uint256 next) = _firstChunk(scores);
        unchecked {
            for (; next <= scores.length; next += CHUNK_BYTES) {
                if (chunk & TOP_BITS != 0) chunk = _withoutMarks(chunk);
                // shareOf of its four words, without asking each time whether totalScore is zero.
                // solhint-disable-next-line no-inline-assembly
                assembly ("memory-safe") {
                    sum := add(sum, div(mul(amount, shr(192, chunk)), totalScore))
                    sum := add(sum, div(mul(amount, and(shr(128, chunk), 0xffffffffffffffff)), totalScore))
                    sum := add(sum, div(mul(amount, and(shr(64, chunk), 0xffffffffffffffff)), totalScore))
                    sum := add(sum, div(mul(amount, and(chunk, 0xffffffffffffffff)), totalScore))
                    chunk := calldataload(add(scores.offset, next))
                }
            }
        }
    }

    /// @dev A trainer's part of `amount` < 2^128: the product stays below 2^192, nothing is lost before the division.
    function shareOf(uint256 amount, uint64 word, uint256 totalScore) internal pure returns (uint256) {
        return word >= HARMFUL || totalScore == 0 ? 0 : (amount * word) / totalScore;
    }

    /// @dev The caller has checked that `index` is inside; reads 8 bytes of calldata.
    function wordAt(bytes calldata scores, uint256 index) internal pure returns (uint64 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := shr(192, calldataload(add(scores.offset, shl(3, index))))
        }
    }

    /// @dev The node above the one, two or three leaves from `first` on.
    function _hashRest(
        bytes calldata scores,
        uint256 taskId,
        uint256 round,
        uint256 first
    ) private view returns (bytes32 node) {
        uint256 count = scores.length / WORD_BYTES;
        node = leafOf(taskId, round, first, wordAt(scores, first));
        for (uint256 index = first + 1; index < count; ++index) {
            node = Hashes.commutativeKeccak256(node, leafOf(taskId, round, index, wordAt(scores, index)));
        }
    }

    function _preimage(uint256 taskId, uint256 round, uint256 index, uint64 score) private view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), taskId, round, index, score);
    }

    /// @dev For each four words the node two layers above their leaves. Index and score are written into the same
    /// preimage, which is hashed twice; then each pair of hashes in sorted order. No word comes back to memory between.
    // One loop for four leaves: calls between them would cost more than the hashes.
    // solhint-disable-next-line function-max-lines
    function _hashChunks(bytes calldata scores, bytes memory preimage, bytes32[] memory nodes) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let start := add(preimage, 0x20)
            let indexAt := add(preimage, 0xa0)
            let scoreAt := add(preimage, 0xc0)
            let word := scores.offset
            let end := add(word, scores.length)
            for {
                let index := 0
            } lt(word, end) {
                index := add(index, 4)
            } {
                nodes := add(nodes, 0x20)
                // Leaves of the first two words, and their parent.
                mstore(indexAt, index)
                mstore(scoreAt, shr(192, calldataload(word)))
                mstore(0x00, keccak256(start, 0xc0))
                let left := keccak256(0x00, 0x20)
                mstore(indexAt, add(index, 1))
                mstore(scoreAt, shr(192, calldataload(add(word, 8))))
                mstore(0x00, keccak256(start, 0xc0))
                let right := keccak256(0x00, 0x20)
                let leftAt := shl(5, lt(right, left))
                mstore(leftAt, left)
                mstore(xor(leftAt, 0x20), right)
                let parent := keccak256(0x00, 0x40)
                // The same for the other two.
                mstore(indexAt, add(index, 2))
                mstore(scoreAt, shr(192, calldataload(add(word, 16))))
                mstore(0x00, keccak256(start, 0xc0))
                left := keccak256(0x00, 0x20)
                mstore(indexAt, add(index, 3))
                mstore(scoreAt, shr(192, calldataload(add(word, 24))))
                mstore(0x00, keccak256(start, 0xc0))
                right := keccak256(0x00, 0x20)
                leftAt := shl(5, lt(right, left))
                mstore(leftAt, left)
                mstore(xor(leftAt, 0x20), right)
                // The parent of both.
                left := parent
                right := keccak256(0x00, 0x40)
                leftAt := shl(5, lt(right, left))
                mstore(leftAt, left)
                mstore(xor(leftAt, 0x20), right)
                mstore(nodes, keccak256(0x00, 0x40))
                word := add(word, 32)
            }
        }
    }

    /// @dev Puts the parents of the first `width` nodes in their place: the hash of each sorted pair, and the last one
    /// as it is when it has no sibling.
    function _fold(bytes32[] memory nodes, uint256 width) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let parent := add(nodes, 0x20)
            let child := parent
            let last := add(child, shl(5, sub(width, 1)))
            for {} lt(child, last) {} {
                let left := mload(child)
                let right := mload(add(child, 0x20))
                let leftAt := shl(5, lt(right, left))
                mstore(leftAt, left)
                mstore(xor(leftAt, 0x20), right)
                mstore(parent, keccak256(0x00, 0x40))
                parent := add(parent, 0x20)
                child := add(child, 0x40)
            }
            if eq(child, last) {
                mstore(parent, mload(child))
            }
        }
    }

    /// @dev The words before those that fill whole chunks, with zeros in front, which count for nothing; and where the
    /// next chunk begins. What a loop reads after the last chunk it does not use.
    function _firstChunk(bytes calldata scores) private pure returns (uint256 chunk, uint256 next) {
        next = scores.length % CHUNK_BYTES;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            chunk := shr(sub(256, shl(3, next)), calldataload(scores.offset))
        }
    }

    /// @dev Counts the marks of a chunk in `result` and returns it without them.
    function _tallyMarks(uint256 chunk, Tally memory result) private pure returns (uint256) {
        unchecked {
            for (uint256 rest = chunk; rest != 0; rest >>= 64) {
                uint64 word = uint64(rest);
                if (word == MISSED) ++result.missed;
                else if (word == HARMFUL) ++result.harmful;
                else if (word > result.highest) result.highest = word;
            }
        }
        return _withoutMarks(chunk);
    }

    /// @dev The chunk with zeros in place of MISSED and HARMFUL.
    function _withoutMarks(uint256 chunk) private pure returns (uint256 plain) {
        unchecked {
            for (uint256 shift = 0; shift < 256; shift += 64) {
                uint256 word = uint64(chunk >> shift);
                if (word < HARMFUL) plain |= word << shift;
            }
        }
    }
}

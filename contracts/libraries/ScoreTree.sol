// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title Scores of a round as they come in calldata, and the Merkle tree over them (R9).
/// @notice Scores are 8 big-endian bytes per trainer in the order of joining. Leaves stand in that order; a node
/// without a sibling moves up unchanged; siblings are hashed in sorted order, as OpenZeppelin's MerkleProof wants it.
/// @dev 1,024 trainers must fit in one transaction (R9a): assembly where slices, bounds and `abi.encode` would cost
/// several times as much. It writes to the memory it was given and to the scratch space.
library ScoreTree {
    /// @param totalScore Sum of scores. @param highest Greatest word that is neither MISSED nor HARMFUL.
    /// @param missed, harmful How many have these words.
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

    /// @dev Root over at least one score. Every layer overwrites the one below it.
    function rootOf(bytes calldata scores, uint256 taskId, uint256 round) internal view returns (bytes32) {
        bytes32[] memory nodes = _leaves(scores, taskId, round);
        for (uint256 width = nodes.length; width > 1; width = (width + 1) / 2) {
            _fold(nodes, width);
        }
        return nodes[0];
    }

    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) internal view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(_preimage(taskId, round, index, score))));
    }

    /// @dev Counts and sums. The sum makes sense only if `highest` is not above MAX_SCORE.
    function tally(bytes calldata scores) internal pure returns (Tally memory) {
        uint256 count = scores.length / WORD_BYTES;
        (uint256 totalScore, uint256 highest, uint256 missed, uint256 harmful) = (0, 0, 0, 0);
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word = wordAt(scores, i);
                if (word < HARMFUL) {
                    totalScore += word;
                    if (word > highest) highest = word;
                } else if (word == MISSED) {
                    ++missed;
                } else {
                    ++harmful;
                }
            }
        }
        return Tally({totalScore: totalScore, highest: highest, missed: missed, harmful: harmful});
    }

    /// @dev Sum over all scores of floor(amount * score / totalScore): what claims of `amount` draw, to the wei. Of
    /// nothing, and when nobody scored, it is nothing.
    function sumOfShares(
        bytes calldata scores,
        uint256 amount,
        uint256 totalScore
    ) internal pure returns (uint256 sum) {
        if (amount == 0 || totalScore == 0) return 0;

        uint256 count = scores.length / WORD_BYTES;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word = wordAt(scores, i);
                if (word < HARMFUL) sum += (amount * word) / totalScore;
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

    /// @dev leafOf of every score: writes index and score into the same preimage, and hashes twice.
    function _leaves(
        bytes calldata scores,
        uint256 taskId,
        uint256 round
    ) private view returns (bytes32[] memory leaves) {
        uint256 count = scores.length / WORD_BYTES;
        leaves = new bytes32[](count);
        bytes memory preimage = _preimage(taskId, round, 0, 0);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let leaf := add(leaves, 0x20)
            let word := scores.offset
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                mstore(add(preimage, 0xa0), i)
                mstore(add(preimage, 0xc0), shr(192, calldataload(word)))
                mstore(0x00, keccak256(add(preimage, 0x20), 0xc0))
                mstore(leaf, keccak256(0x00, 0x20))
                leaf := add(leaf, 0x20)
                word := add(word, 8)
            }
        }
    }

    function _preimage(uint256 taskId, uint256 round, uint256 index, uint64 score) private view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), taskId, round, index, score);
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
                let ordered := lt(left, right)
                mstore(shl(5, iszero(ordered)), left)
                mstore(shl(5, ordered), right)
                mstore(parent, keccak256(0x00, 0x40))
                parent := add(parent, 0x20)
                child := add(child, 0x40)
            }
            if eq(child, last) {
                mstore(parent, mload(child))
            }
        }
    }
}

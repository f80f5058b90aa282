// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Scores of a round as they come in calldata, and the Merkle tree over them (R9).
/// @notice Scores are 8 big-endian bytes per trainer in the order of joining. Leaves stand in that order; a node without
/// a sibling moves up unchanged; siblings are hashed in sorted order, so that OpenZeppelin's MerkleProof verifies.
/// @dev The assembly reads words and leaves at a tenth of what slices and `abi.encode` cost; 1,024 trainers must fit in
/// one transaction (R9a). None of it writes outside the buffer it was given and the scratch space.
library ScoreTree {
    /// @notice The word of a trainer that sent nothing valid (R4).
    uint64 internal constant MISSED = type(uint64).max;
    /// @notice The word of a trainer whose score is below zero (R3).
    uint64 internal constant HARMFUL = type(uint64).max - 1;
    uint64 internal constant MAX_SCORE = 2 ** 63;
    uint256 internal constant WORD_BYTES = 8;

    /// @param totalScore Sum of scores. @param highest Greatest word that is neither MISSED nor HARMFUL.
    /// @param missed, harmful How many have these words.
    struct Tally {
        uint256 totalScore;
        uint256 highest;
        uint256 missed;
        uint256 harmful;
    }

    /// @dev Counts and sums. The sum makes sense only if `highest` is not above MAX_SCORE.
    function tally(bytes calldata scores) internal pure returns (Tally memory result) {
        uint256 count = scores.length / WORD_BYTES;
        for (uint256 i = 0; i < count; ++i) {
            uint64 word = wordAt(scores, i);
            if (word == MISSED) {
                ++result.missed;
            } else if (word == HARMFUL) {
                ++result.harmful;
            } else {
                result.totalScore += word;
                if (word > result.highest) result.highest = word;
            }
        }
    }

    /// @dev Sum over all scores of floor(amount * score / totalScore): what claims of `amount` draw, to the wei.
    function sumOfShares(
        bytes calldata scores,
        uint256 amount,
        uint256 totalScore
    ) internal pure returns (uint256 sum) {
        if (amount == 0) return 0;

        uint256 count = scores.length / WORD_BYTES;
        for (uint256 i = 0; i < count; ++i) {
            sum += shareOf(amount, wordAt(scores, i), totalScore);
        }
    }

    /// @dev A trainer's part of `amount` < 2^128. The product stays below 2^192, so nothing is lost before the division.
    function shareOf(uint256 amount, uint64 word, uint256 totalScore) internal pure returns (uint256) {
        if (word > MAX_SCORE || totalScore == 0) return 0;

        unchecked {
            return (amount * word) / totalScore;
        }
    }

    /// @dev The caller has checked that `index` is inside; reads 8 bytes of calldata.
    function wordAt(bytes calldata scores, uint256 index) internal pure returns (uint64 word) {
        assembly ("memory-safe") {
            word := shr(192, calldataload(add(scores.offset, shl(3, index))))
        }
    }

    /// @dev Root over at least one score.
    function rootOf(bytes calldata scores, uint256 taskId, uint256 round) internal view returns (bytes32) {
        bytes32[] memory nodes = _leaves(scores, taskId, round);
        for (uint256 width = nodes.length; width > 1;) {
            width = _fold(nodes, width);
        }
        return nodes[0];
    }

    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) internal view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(_preimage(taskId, round, index, score))));
    }

    /// @dev Replaces the first `width` nodes by their parents and returns how many these are.
    function _fold(bytes32[] memory nodes, uint256 width) private pure returns (uint256 parents) {
        parents = (width + 1) / 2;
        for (uint256 i = 0; i < width / 2; ++i) {
            nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
        }
        if (width % 2 == 1) nodes[parents - 1] = nodes[width - 1];
    }

    function _leaves(
        bytes calldata scores,
        uint256 taskId,
        uint256 round
    ) private view returns (bytes32[] memory leaves) {
        uint256 count = scores.length / WORD_BYTES;
        leaves = new bytes32[](count);
        bytes memory buffer = _preimage(taskId, round, 0, 0);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = _leafIn(buffer, i, wordAt(scores, i));
        }
    }

    /// @dev leafOf with the first four words already in the buffer: writes the last two, hashes twice.
    function _leafIn(bytes memory buffer, uint256 index, uint64 score) private pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(add(buffer, 0xa0), index)
            mstore(add(buffer, 0xc0), and(score, 0xffffffffffffffff))
            mstore(0x00, keccak256(add(buffer, 0x20), 0xc0))
            leaf := keccak256(0x00, 0x20)
        }
    }

    function _preimage(uint256 taskId, uint256 round, uint256 index, uint64 score) private view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), taskId, round, index, score);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ScoreTree} from "../../../contracts/libraries/ScoreTree.sol";

/// @title ScoreTree as a contract: it reads calldata.
contract ScoreTreeHarness {
    function rootOf(bytes calldata scores, uint256 taskId, uint256 round) external view returns (bytes32) {
        return ScoreTree.rootOf(scores, taskId, round);
    }

    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) external view returns (bytes32) {
        return ScoreTree.leafOf(taskId, round, index, score);
    }

    function tally(bytes calldata scores) external pure returns (ScoreTree.Tally memory) {
        return ScoreTree.tally(scores);
    }

    function sumOfShares(bytes calldata scores, uint256 amount, uint256 totalScore) external pure returns (uint256) {
        return ScoreTree.sumOfShares(scores, amount, totalScore);
    }

    function shareOf(uint256 amount, uint64 word, uint256 totalScore) external pure returns (uint256) {
        return ScoreTree.shareOf(amount, word, totalScore);
    }

    function wordAt(bytes calldata scores, uint256 index) external pure returns (uint64) {
        return ScoreTree.wordAt(scores, index);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {Reports} from "../libraries/Reports.sol";
import {ScoreTree} from "../libraries/ScoreTree.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title Where members show the report that has quorum.
abstract contract Reveals is TaskStore {
    /// @inheritdoc ITaskMarket
    function reveal(uint256 taskId, uint256 round, Report calldata report) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.openedRound(taskId, task, round);
        _seatIndex(taskId, task);

        Reports.reveal(task, taskId, round, report, vault);
    }

    /// @inheritdoc ITaskMarket
    function reportHashOf(uint256 taskId, uint256 round, Report calldata report) external view returns (bytes32) {
        return Reports.hashOf(taskId, round, report);
    }

    /// @inheritdoc ITaskMarket
    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) external view returns (bytes32) {
        return ScoreTree.leafOf(taskId, round, index, score);
    }
}

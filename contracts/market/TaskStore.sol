// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "../libraries/TaskState.sol";

/// @title What the market remembers, and the rules that all its parts share: who may act, and when.
abstract contract TaskStore is ITaskMarket {
    /// @inheritdoc ITaskMarket
    address public immutable vault;
    /// @inheritdoc ITaskMarket
    address public immutable committees;
    /// @inheritdoc ITaskMarket
    uint256 public taskCount;

    mapping(uint256 taskId => TaskState.TaskData) internal _tasks;

    constructor(address vault_, address committees_) {
        if (vault_ == address(0) || committees_ == address(0)) revert TaskMarket_ZeroAddress();

        vault = vault_;
        committees = committees_;
    }

    // ---------------------------------------------------------------- who

    function _existing(uint256 taskId) internal view returns (TaskState.TaskData storage task) {
        task = _tasks[taskId];
        if (task.status == Status.None) revert TaskMarket_Unknown(taskId);
    }

    function _ownedByCaller(uint256 taskId) internal view returns (TaskState.TaskData storage task) {
        task = _existing(taskId);
        if (msg.sender != task.owner) revert TaskMarket_NotOwner(msg.sender);
    }

    function _trainerIndex(uint256 taskId, TaskState.TaskData storage task) internal view returns (uint256) {
        uint256 number = task.standingOf[msg.sender].number;
        if (number == 0) revert TaskMarket_NotTrainer(taskId, msg.sender);
        return number - 1;
    }

    function _seatIndex(uint256 taskId, TaskState.TaskData storage task) internal view returns (uint256) {
        uint256 number = _seatNumber(task.committeeId, msg.sender);
        if (number == 0) revert TaskMarket_NotMember(taskId, msg.sender);
        return number - 1;
    }

    /// @dev Seat plus one, zero for strangers.
    function _seatNumber(uint256 committeeId, address account) internal view returns (uint256) {
        return ICommittees(committees).seatNumberOf(committeeId, account);
    }

    // ---------------------------------------------------------------- claims

    /// @dev Marks `round` in a claimant's bitmap.
    function _marked(uint256 claimed, uint256 taskId, uint256 round) internal view returns (uint256) {
        uint256 bit = 1 << round;
        if (claimed & bit != 0) revert TaskMarket_AlreadyClaimed(taskId, round, msg.sender);
        return claimed | bit;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {Settlements} from "../libraries/Settlements.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title Challenges and what the arbiter makes of them (R6b).
abstract contract Disputes is TaskStore, ReentrancyGuardTransient {
    /// @notice Seconds after which a challenge without a ruling lapses.
    uint256 public constant ARBITRATION_WINDOW = 30 days;
    /// @dev Rulings in the sense of ERC-792; 0 and whatever else: the arbiter would not say.
    uint256 private constant RULING_STANDS = 1;
    uint256 private constant RULING_OVERTURNED = 2;

    /// @dev Under the arbiter's address: each counts his disputes for himself.
    mapping(address arbiter => mapping(uint256 disputeId => Settlements.Case)) private _cases;

    /// @inheritdoc ITaskMarket
    function challenge(uint256 taskId, uint256 round) external payable nonReentrant returns (uint256 disputeId) {
        return Settlements.challenge(_existing(taskId), _cases, taskId, round, vault);
    }

    /// @inheritdoc ITaskMarket
    function rule(uint256 disputeId, uint256 ruling) external nonReentrant {
        Settlements.Case memory case_ = _cases[msg.sender][disputeId];
        if (case_.taskId == 0) revert TaskMarket_NotArbiter(msg.sender, disputeId);
        TaskState.TaskData storage task = _tasks[case_.taskId];
        TaskState.RoundData storage data = _disputed(task, case_.taskId, case_.round);

        Dispute result = ruling == RULING_OVERTURNED ? Dispute.Overturned : Dispute.Upheld;
        data.dispute = result;

        emit DisputeEnded(case_.taskId, case_.round, result);

        if (ruling == RULING_STANDS) {
            data.bondForfeited = true;
            IStakeVault(vault).slash(data.challenger, task.challengeBond);
            return;
        }
        if (result == Dispute.Overturned) {
            Settlements.overturn(task, case_.taskId, case_.round, Settlements.Books(vault, committees));
        }
        IStakeVault(vault).unlock(data.challenger, task.challengeBond);
    }

    /// @inheritdoc ITaskMarket
    function lapse(uint256 taskId, uint256 round) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.RoundData storage data = _disputed(task, taskId, round);
        TaskState.checkWindow(data.disputedAt + ARBITRATION_WINDOW, 0);

        data.dispute = Dispute.Upheld;

        emit DisputeEnded(taskId, round, Dispute.Upheld);

        IStakeVault(vault).unlock(data.challenger, task.challengeBond);
    }

    function _disputed(
        TaskState.TaskData storage task,
        uint256 taskId,
        uint256 round
    ) private view returns (TaskState.RoundData storage data) {
        data = task.roundAt[round];
        if (data.dispute != Dispute.Open) revert TaskMarket_NotChallenged(taskId, round);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbiter} from "../../interfaces/IArbiter.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {Settlements} from "../libraries/Settlements.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title Challenges and what the arbiter makes of them (R6b).
abstract contract Disputes is TaskStore, ReentrancyGuardTransient {
    struct Case {
        uint256 taskId;
        uint256 round;
    }

    /// @notice Seconds after which a challenge without a ruling lapses.
    uint256 public constant ARBITRATION_WINDOW = 30 days;
    /// @dev Rulings in the sense of ERC-792; 0 and whatever else: the arbiter would not say.
    uint256 private constant RULING_STANDS = 1;
    uint256 private constant RULING_OVERTURNED = 2;
    uint256 private constant RULINGS = 2;

    /// @dev Under the arbiter's address: each counts his disputes for himself.
    mapping(address arbiter => mapping(uint256 disputeId => Case)) private _cases;

    /// @inheritdoc ITaskMarket
    function challenge(uint256 taskId, uint256 round) external payable nonReentrant returns (uint256 disputeId) {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.RoundData storage data = TaskState.openedRound(taskId, task, round);
        address arbiter = task.arbiter;
        uint256 revealedAt = data.revealedAt;
        if (arbiter == address(0)) revert TaskMarket_NoArbiter(taskId);
        if (revealedAt == 0) revert TaskMarket_NotRevealed(taskId, round);
        if (data.dispute != Dispute.None) revert TaskMarket_AlreadyChallenged(taskId, round);
        TaskState.checkWindow(revealedAt, revealedAt + task.challengeWindow);
        bytes memory extraData = abi.encode(address(this), taskId, round);
        uint256 cost = IArbiter(arbiter).arbitrationCost(extraData);
        if (msg.value != cost) revert TaskMarket_ArbitrationCost(cost, msg.value);

        data.dispute = Dispute.Open;
        data.challenger = msg.sender;
        data.disputedAt = uint40(block.timestamp);

        IStakeVault(vault).lock(msg.sender, task.challengeBond);
        disputeId = IArbiter(arbiter).createDispute{value: cost}(RULINGS, extraData);
        // Only now is the number known. The arbiter cannot have ruled meanwhile: the guard is up.
        _cases[arbiter][disputeId] = Case({taskId: taskId, round: round});

        emit RoundChallenged(taskId, round, msg.sender, disputeId);
    }

    /// @inheritdoc ITaskMarket
    function rule(uint256 disputeId, uint256 ruling) external nonReentrant {
        Case memory case_ = _cases[msg.sender][disputeId];
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

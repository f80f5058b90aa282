// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {Terms} from "../libraries/Terms.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title How tasks begin and end: escrow, joining, leaving, refunds.
abstract contract Lifecycle is TaskStore, ReentrancyGuardTransient {
    /// @inheritdoc ITaskMarket
    function post(TaskParams calldata params) external nonReentrant returns (uint256 taskId) {
        taskId = ++taskCount;
        TaskState.TaskData storage task = _tasks[taskId];
        Terms.write(task, params, committees);
        task.status = Status.Joining;
        task.owner = msg.sender;
        task.joinEndsAt = uint40(block.timestamp + params.joinWindow);

        emit TaskPosted(taskId, msg.sender, params.committeeId, params.specDigest, params.modelDigest);

        Terms.reserve(task, committees);
        _pull(params.rewardToken, params.pool + uint256(params.rounds) * params.feePerRound);
    }

    /// @inheritdoc ITaskMarket
    function selfPermit(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // A call to an account without code would revert here, where `catch` does not reach.
        if (token.code.length == 0) return;

        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {
            return;
        } catch {
            // Whoever saw the signature may have used it first; then the allowance is there all the same.
            return;
        }
    }

    /// @inheritdoc ITaskMarket
    function end(uint256 taskId) external {
        TaskState.TaskData storage task = _ownedByCaller(taskId);
        TaskState.checkStatus(taskId, task, Status.Training);

        if (task.roundAt[task.round].submitted == 0) {
            TaskState.finish(taskId, task, Status.Completed, task.round);
            return;
        }
        task.endRequested = true;

        emit TaskEndRequested(taskId);
    }

    /// @inheritdoc ITaskMarket
    function cancel(uint256 taskId) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.checkStatus(taskId, task, Status.Joining);
        uint256 joined = task.trainerCount;
        if (block.timestamp < task.joinEndsAt) {
            if (msg.sender != task.owner) revert TaskMarket_NotOwner(msg.sender);
            if (joined != 0) revert TaskMarket_TrainersJoined(joined);
        } else if (joined >= task.minTrainers) {
            revert TaskMarket_EnoughTrainers(joined, task.minTrainers);
        }

        TaskState.finish(taskId, task, Status.Cancelled, 0);
    }

    /// @inheritdoc ITaskMarket
    function refund(uint256 taskId, address to) external nonReentrant {
        TaskState.TaskData storage task = _ownedByCaller(taskId);
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        uint256 amount = task.refundable;
        if (amount == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        task.refundable = 0;

        emit Refunded(taskId, to, amount);

        SafeERC20.safeTransfer(IERC20(task.rewardToken), to, amount);
    }

    /// @inheritdoc ITaskMarket
    function join(uint256 taskId, uint16 units, bytes32 recipient) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.checkStatus(taskId, task, Status.Joining);
        TaskState.checkWindow(0, task.joinEndsAt);
        if (units == 0 || units > task.maxUnits) revert TaskMarket_BadUnits(units, task.maxUnits);
        if (recipient == 0) revert TaskMarket_ZeroRecipient();
        if (task.standingOf[msg.sender].number != 0) revert TaskMarket_AlreadyJoined(taskId, msg.sender);

        uint16 index = task.trainerCount;
        task.trainerCount = index + 1;
        task.standingOf[msg.sender].number = index + 1;
        task.trainerAt[index] = TaskState.TrainerData({
            account: msg.sender,
            units: units,
            submittedRounds: 0,
            left: false,
            claimedLate: 0
        });

        emit TrainerJoined(taskId, msg.sender, index, units, recipient);

        if (index + 1 == task.maxTrainers) _begin(taskId, task);
        IStakeVault(vault).lock(msg.sender, uint256(units) * task.unitStake);
    }

    /// @inheritdoc ITaskMarket
    function start(uint256 taskId) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.checkStatus(taskId, task, Status.Joining);
        TaskState.checkWindow(task.joinEndsAt, 0);
        if (task.trainerCount < task.minTrainers) {
            revert TaskMarket_TooFewTrainers(task.trainerCount, task.minTrainers);
        }

        _begin(taskId, task);
    }

    /// @inheritdoc ITaskMarket
    function leave(uint256 taskId) external {
        TaskState.TaskData storage task = _existing(taskId);
        uint256 index = _trainerIndex(taskId, task);
        TaskState.TrainerData storage trainer = task.trainerAt[index];
        _checkClosed(taskId, task);
        if (trainer.left) revert TaskMarket_AlreadyLeft(taskId, msg.sender);

        trainer.left = true;
        (uint256 missed, uint256 harmed) = TaskState.penaltiesOf(task, index);
        uint256 stake = uint256(trainer.units) * task.unitStake;
        stake -= missed * task.missPenalty + harmed * TaskState.harmPenalty(task, trainer.units);

        emit StakeReturned(taskId, msg.sender, stake);

        IStakeVault(vault).unlock(msg.sender, stake);
    }

    /// @inheritdoc ITaskMarket
    function close(uint256 taskId) external {
        TaskState.TaskData storage task = _existing(taskId);
        _checkClosed(taskId, task);
        if (task.committeeReleased) revert TaskMarket_AlreadyClosed(taskId);

        task.committeeReleased = true;

        ICommittees(committees).release(task.committeeId, task.rewardToken, task.pool);
    }

    function _begin(uint256 taskId, TaskState.TaskData storage task) private {
        task.status = Status.Training;
        TaskState.openRound(taskId, task, 0);
    }

    /// @dev Takes the escrow and accepts neither less nor more (R10).
    function _pull(address token, uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert TaskMarket_TransferShort(amount, received);
    }

    /// @dev Ended, and what its rounds cost and paid is fixed.
    function _checkClosed(uint256 taskId, TaskState.TaskData storage task) private view {
        if (!TaskState.isFinal(task.status) || task.unsettled != 0) revert TaskMarket_StillOpen(taskId);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title How tasks begin and end: escrow, joining, leaving, refunds.
abstract contract Lifecycle is TaskStore, ReentrancyGuardTransient {
    uint256 private constant MAX_ROUNDS = 256;
    uint256 private constant MAX_TRAINERS = 1024;
    uint256 private constant MAX_WINDOW = 30 days;

    /// @inheritdoc ITaskMarket
    function post(TaskParams calldata params) external nonReentrant returns (uint256 taskId) {
        _checkParams(params);
        uint8 committeeSize = ICommittees(committees).committeeOf(params.committeeId).size;

        taskId = ++taskCount;
        TaskData storage task = _tasks[taskId];
        task.status = Status.Joining;
        task.committeeSize = committeeSize;
        task.owner = msg.sender;
        task.joinEndsAt = uint40(block.timestamp + params.joinWindow);
        _writeTerms(task, params);
        _writeTimes(task, params);

        emit TaskPosted(taskId, msg.sender, params.committeeId, params.specDigest, params.modelDigest);

        ICommittees(committees).reserve(params.committeeId, params.rewardToken, params.pool);
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
        TaskData storage task = _ownedByCaller(taskId);
        _checkStatus(taskId, task, Status.Training);

        if (task.roundAt[task.round].submitted == 0) {
            _finish(taskId, task, Status.Completed, task.round);
            return;
        }
        task.endRequested = true;

        emit TaskEndRequested(taskId);
    }

    /// @inheritdoc ITaskMarket
    function cancel(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        _checkStatus(taskId, task, Status.Joining);
        uint256 joined = task.trainerCount;
        if (block.timestamp < task.joinEndsAt) {
            if (msg.sender != task.owner) revert TaskMarket_NotOwner(msg.sender);
            if (joined != 0) revert TaskMarket_TrainersJoined(joined);
        } else if (joined >= task.minTrainers) {
            revert TaskMarket_EnoughTrainers(joined, task.minTrainers);
        }

        _finish(taskId, task, Status.Cancelled, 0);
    }

    /// @inheritdoc ITaskMarket
    function refund(uint256 taskId, address to) external nonReentrant {
        TaskData storage task = _ownedByCaller(taskId);
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        uint256 amount = task.refundable;
        if (amount == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        task.refundable = 0;

        emit Refunded(taskId, to, amount);

        SafeERC20.safeTransfer(IERC20(task.rewardToken), to, amount);
    }

    /// @inheritdoc ITaskMarket
    function join(uint256 taskId, uint16 units, bytes32 recipient) external {
        TaskData storage task = _existing(taskId);
        _checkStatus(taskId, task, Status.Joining);
        _checkWindow(0, task.joinEndsAt);
        if (units == 0 || units > task.maxUnits) revert TaskMarket_BadUnits(units, task.maxUnits);
        if (recipient == 0) revert TaskMarket_ZeroRecipient();
        if (task.trainerNumber[msg.sender] != 0) revert TaskMarket_AlreadyJoined(taskId, msg.sender);

        uint16 index = task.trainerCount;
        task.trainerCount = index + 1;
        task.trainerNumber[msg.sender] = index + 1;
        task.trainerAt[index] = TrainerData({account: msg.sender, units: units, submittedRounds: 0, left: false});

        emit TrainerJoined(taskId, msg.sender, index, units, recipient);

        if (index + 1 == task.maxTrainers) _begin(taskId, task);
        IStakeVault(vault).lock(msg.sender, uint256(units) * task.unitStake);
    }

    /// @inheritdoc ITaskMarket
    function start(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        _checkStatus(taskId, task, Status.Joining);
        _checkWindow(task.joinEndsAt, 0);
        if (task.trainerCount < task.minTrainers) {
            revert TaskMarket_TooFewTrainers(task.trainerCount, task.minTrainers);
        }

        _begin(taskId, task);
    }

    /// @inheritdoc ITaskMarket
    function leave(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        uint256 index = _trainerIndex(taskId, task);
        TrainerData storage trainer = task.trainerAt[index];
        _checkClosed(taskId, task);
        if (trainer.left) revert TaskMarket_AlreadyLeft(taskId, msg.sender);

        trainer.left = true;
        (uint256 missed, uint256 harmed) = _penaltiesOf(task, index);
        uint256 stake = uint256(trainer.units) * task.unitStake;
        stake -= missed * task.missPenalty + harmed * _harmPenalty(task, trainer.units);

        emit StakeReturned(taskId, msg.sender, stake);

        IStakeVault(vault).unlock(msg.sender, stake);
    }

    /// @inheritdoc ITaskMarket
    function close(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        _checkClosed(taskId, task);
        if (task.committeeReleased) revert TaskMarket_AlreadyClosed(taskId);

        task.committeeReleased = true;

        ICommittees(committees).release(task.committeeId, task.rewardToken, task.pool);
    }

    function _begin(uint256 taskId, TaskData storage task) private {
        task.status = Status.Training;
        _openRound(taskId, task, 0);
    }

    function _writeTerms(TaskData storage task, TaskParams calldata params) private {
        task.rewardToken = params.rewardToken;
        task.pool = params.pool;
        task.feePerRound = params.feePerRound;
        // It was found, and committees are counted from 1.
        task.committeeId = uint64(params.committeeId);
        task.arbiter = params.arbiter;
        task.specDigest = params.specDigest;
        task.firstModelDigest = params.modelDigest;
        task.minTrainers = params.minTrainers;
        task.maxTrainers = params.maxTrainers;
        task.maxUnits = params.maxUnits;
        task.unitStake = params.unitStake;
        task.missPenalty = params.missPenalty;
        task.harmPenaltyBps = params.harmPenaltyBps;
        task.challengeBond = params.challengeBond;
    }

    /// @dev `_checkParams` has bounded the windows.
    function _writeTimes(TaskData storage task, TaskParams calldata params) private {
        task.rounds = params.rounds;
        task.progressRule = params.progressRule;
        task.joinWindow = uint24(params.joinWindow);
        task.submitWindow = uint24(params.submitWindow);
        task.commitWindow = uint24(params.commitWindow);
        task.voteWindow = uint24(params.voteWindow);
        task.challengeWindow = uint24(params.challengeWindow);
    }

    /// @dev Takes the escrow and accepts neither less nor more (R10).
    function _pull(address token, uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert TaskMarket_TransferShort(amount, received);
    }

    /// @dev Ended, and what its rounds cost and paid is fixed.
    function _checkClosed(uint256 taskId, TaskData storage task) private view {
        if (!_isFinal(task.status) || task.unsettled != 0) revert TaskMarket_StillOpen(taskId);
    }

    function _checkParams(TaskParams calldata params) private pure {
        _demand(params.pool != 0, "pool");
        _demand(params.specDigest != 0, "specDigest");
        _demand(params.modelDigest != 0, "modelDigest");
        _demand(params.rounds != 0 && params.rounds <= MAX_ROUNDS, "rounds");
        // All sums of reward, and below all sums of stake, then fit 128 bits.
        uint256 escrow = params.pool + uint256(params.rounds) * params.feePerRound;
        _demand(escrow <= type(uint128).max, "feePerRound");
        _demand(params.minTrainers != 0 && params.minTrainers <= params.maxTrainers, "minTrainers");
        _demand(params.maxTrainers <= MAX_TRAINERS, "maxTrainers");
        _demand(params.maxUnits != 0, "maxUnits");
        uint256 stakes = uint256(params.unitStake) * params.maxUnits * params.maxTrainers;
        _demand(params.unitStake != 0 && stakes <= type(uint128).max, "unitStake");
        _demand(uint256(params.rounds) * params.missPenalty <= params.unitStake, "missPenalty");
        _demand(uint256(params.rounds) * params.harmPenaltyBps <= BPS, "harmPenaltyBps");
        _checkWindows(params);
    }

    function _checkWindows(TaskParams calldata params) private pure {
        _demand(_isWindow(params.joinWindow), "joinWindow");
        _demand(_isWindow(params.submitWindow), "submitWindow");
        _demand(_isWindow(params.commitWindow), "commitWindow");
        _demand(_isWindow(params.voteWindow) && params.voteWindow > 2 * params.commitWindow, "voteWindow");
        _demand(_isWindow(params.challengeWindow), "challengeWindow");
    }

    function _isWindow(uint256 window) private pure returns (bool) {
        return window != 0 && window <= MAX_WINDOW;
    }

    function _demand(bool good, string memory name) private pure {
        if (!good) revert TaskMarket_BadParam(name);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "./TaskState.sol";

/// @title The terms of a task: their bounds, how they are stored, and the committee's consent to them.
/// @dev Deployed by itself and linked, like {Reports}.
library Terms {
    uint256 private constant MAX_ROUNDS = 256;
    uint256 private constant MAX_TRAINERS = 1024;
    uint256 private constant MAX_WINDOW = 30 days;

    function write(
        TaskState.TaskData storage task,
        ITaskMarket.TaskParams calldata params,
        address committees
    ) external {
        _checkParams(params);
        _checkWindows(params);
        uint8 size = ICommittees(committees).committeeOf(params.committeeId).size;

        _write(task, params);
        _writeTimes(task, params);
        task.committeeSize = size;
    }

    /// @notice Asks the committee to take the task on the terms that were written.
    function reserve(TaskState.TaskData storage task, address committees) external {
        ICommittees(committees).reserve(
            task.committeeId,
            task.rewardToken,
            task.pool,
            ICommittees.Conditions({
                arbiter: task.arbiter,
                feePerRound: task.feePerRound,
                challengeBond: task.challengeBond,
                commitWindow: task.commitWindow,
                voteWindow: task.voteWindow
            })
        );
    }

    function _write(TaskState.TaskData storage task, ITaskMarket.TaskParams calldata params) private {
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
    function _writeTimes(TaskState.TaskData storage task, ITaskMarket.TaskParams calldata params) private {
        task.rounds = params.rounds;
        task.progressRule = params.progressRule;
        task.joinWindow = uint24(params.joinWindow);
        task.submitWindow = uint24(params.submitWindow);
        task.commitWindow = uint24(params.commitWindow);
        task.voteWindow = uint24(params.voteWindow);
        task.challengeWindow = uint24(params.challengeWindow);
    }

    function _checkParams(ITaskMarket.TaskParams calldata params) private pure {
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
        _demand(uint256(params.rounds) * params.harmPenaltyBps <= TaskState.BPS, "harmPenaltyBps");
    }

    function _checkWindows(ITaskMarket.TaskParams calldata params) private pure {
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
        if (!good) revert ITaskMarket.TaskMarket_BadParam(name);
    }
}

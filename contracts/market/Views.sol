// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title What anyone may read, derived from stored facts and the clock.
abstract contract Views is TaskStore {
    /// @inheritdoc ITaskMarket
    function taskOf(uint256 taskId) external view returns (Task memory view_) {
        TaskState.TaskData storage task = _existing(taskId);
        view_.params = _paramsOf(task);
        view_.owner = task.owner;
        view_.status = task.status;
        view_.round = task.round;
        view_.trainerCount = task.trainerCount;
        view_.joinEndsAt = task.joinEndsAt;
        view_.endRequested = task.endRequested;
        view_.progressWad = task.progressWad;
        view_.released = task.released;
        view_.refundable = task.refundable;
        view_.unsettled = task.unsettled;
        view_.committeeReleased = task.committeeReleased;
        view_.modelDigest = task.modelDigest == 0 ? task.firstModelDigest : task.modelDigest;
    }

    /// @inheritdoc ITaskMarket
    function statusOf(uint256 taskId) external view returns (Status) {
        return _existing(taskId).status;
    }

    /// @inheritdoc ITaskMarket
    function phaseOf(uint256 taskId) external view returns (Phase) {
        TaskState.TaskData storage task = _existing(taskId);
        if (task.status != Status.Training) return Phase.None;

        TaskState.RoundData storage round = task.roundAt[task.round];
        if (block.timestamp < TaskState.closesAt(task, round)) return Phase.Submitting;
        if (block.timestamp < TaskState.commitEndsAt(task, round)) return Phase.Committing;
        if (block.timestamp < TaskState.openEndsAt(task, round)) return Phase.Opening;
        if (block.timestamp < TaskState.expiresAt(task, round)) return Phase.Voting;
        return Phase.Overdue;
    }

    /// @inheritdoc ITaskMarket
    function roundOf(uint256 taskId, uint256 round) external view returns (Round memory view_) {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.RoundData storage data = task.roundAt[round];
        if (data.openedAt == 0) return view_;

        _fillTimes(view_, task, data);
        _fillVotes(view_, task, data);
        _fillMoney(view_, data);
    }

    /// @inheritdoc ITaskMarket
    function trainerAt(uint256 taskId, uint256 index) external view returns (Trainer memory view_) {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.TrainerData storage trainer = task.trainerAt[index];
        (uint256 missed, uint256 harmed) = TaskState.penaltiesOf(task, index);
        view_.account = trainer.account;
        view_.units = trainer.units;
        view_.missed = uint16(missed);
        view_.harmed = uint16(harmed);
        view_.submittedRounds = trainer.submittedRounds;
        view_.left = trainer.left;
    }

    /// @inheritdoc ITaskMarket
    function trainerNumberOf(uint256 taskId, address account) external view returns (uint256) {
        return _existing(taskId).standingOf[account].number;
    }

    /// @inheritdoc ITaskMarket
    function claimedRoundsOf(uint256 taskId, address account) external view returns (uint256) {
        TaskState.TaskData storage task = _existing(taskId);
        if (task.standingOf[account].number != 0) return TaskState.claimedBy(task, account);

        uint256 seatNumber = _seatNumber(task.committeeId, account);
        return seatNumber == 0 ? 0 : task.claimedBySeat[seatNumber - 1];
    }

    /// @inheritdoc ITaskMarket
    function voteOf(uint256 taskId, uint256 round, address member) external view returns (bytes32) {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.RoundData storage data = task.roundAt[round];
        uint256 seatNumber = _seatNumber(task.committeeId, member);
        if (seatNumber == 0) return 0;

        // No hash is stored under ballot 0, which is that of a seat that has not voted.
        return data.reportHash[TaskState.ballotOf(data, seatNumber - 1)];
    }

    function _fillTimes(
        Round memory view_,
        TaskState.TaskData storage task,
        TaskState.RoundData storage data
    ) private view {
        view_.openedAt = data.openedAt;
        view_.closesAt = uint40(TaskState.closesAt(task, data));
        view_.commitEndsAt = uint40(TaskState.commitEndsAt(task, data));
        view_.openEndsAt = uint40(TaskState.openEndsAt(task, data));
        view_.voteEndsAt = uint40(TaskState.voteEndsAt(task, data));
        view_.revealedAt = data.revealedAt;
        view_.disputedAt = data.disputedAt;
    }

    function _fillVotes(
        Round memory view_,
        TaskState.TaskData storage task,
        TaskState.RoundData storage data
    ) private view {
        view_.submitted = data.submitted;
        view_.committedMask = data.committedMask;
        view_.openedMask = data.openedMask;
        view_.votedMask = uint16(TaskState.votedMask(data.ballots));
        view_.matchedMask = uint16(TaskState.matchedMask(data));
        uint256 needed = TaskState.vouchesNeeded(task.committeeSize);
        view_.vouchedMask = uint16(TaskState.vouchedMask(data.vouches, needed));
        view_.accepted = data.accepted;
        view_.quorumHash = data.reportHash[data.quorum];
        view_.settled = data.settled;
        view_.dispute = data.dispute;
        view_.challenger = data.challenger;
    }

    function _fillMoney(Round memory view_, TaskState.RoundData storage data) private view {
        view_.root = data.root;
        view_.released = uint128(TaskState.releasedBy(data));
        view_.basis = data.basis;
        view_.remaining = data.remaining;
        view_.totalScore = data.totalScore;
        view_.missShare = data.missShare;
        view_.harmPot = data.harmPot;
        view_.feeShare = data.feeShare;
        view_.slashShare = data.slashShare;
    }

    function _paramsOf(TaskState.TaskData storage task) private view returns (TaskParams memory params) {
        params.rewardToken = task.rewardToken;
        params.pool = task.pool;
        params.feePerRound = task.feePerRound;
        params.committeeId = task.committeeId;
        params.arbiter = task.arbiter;
        params.specDigest = task.specDigest;
        params.modelDigest = task.firstModelDigest;
        params.rounds = task.rounds;
        params.minTrainers = task.minTrainers;
        params.maxTrainers = task.maxTrainers;
        params.maxUnits = task.maxUnits;
        params.unitStake = task.unitStake;
        params.missPenalty = task.missPenalty;
        params.harmPenaltyBps = task.harmPenaltyBps;
        params.progressRule = task.progressRule;
        params.joinWindow = task.joinWindow;
        params.submitWindow = task.submitWindow;
        params.commitWindow = task.commitWindow;
        params.voteWindow = task.voteWindow;
        params.challengeWindow = task.challengeWindow;
        params.challengeBond = task.challengeBond;
    }
}

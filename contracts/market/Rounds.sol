// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title What trainers and members send during a round.
abstract contract Rounds is TaskStore {
    /// @inheritdoc ITaskMarket
    function submitUpdate(uint256 taskId, uint256 round, bytes32 digest) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.checkStatus(taskId, task, Status.Training);
        if (round != task.round) revert TaskMarket_WrongRound(taskId, task.round, round);
        uint256 index = _trainerIndex(taskId, task);
        TaskState.TrainerData storage trainer = task.trainerAt[index];
        if (digest == 0) revert TaskMarket_ZeroDigest();
        if (trainer.submittedRounds == round + 1) revert TaskMarket_AlreadySubmitted(taskId, round, msg.sender);
        TaskState.RoundData storage data = task.roundAt[round];
        TaskState.checkWindow(data.openedAt, TaskState.closesAt(task, data));

        trainer.submittedRounds = uint16(round + 1);
        data.submitted += 1;
        if (data.submitted == task.trainerCount) data.fullAfter = uint24(block.timestamp - data.openedAt);

        emit UpdateSubmitted(taskId, round, msg.sender, index, digest);
    }

    /// @inheritdoc ITaskMarket
    function commitWork(uint256 taskId, uint256 round, bytes32 commitment) external {
        (TaskState.TaskData storage task, TaskState.RoundData storage data, uint256 seat) = _workable(taskId, round);
        uint256 committed = data.committedMask;
        if (commitment == 0) revert TaskMarket_ZeroDigest();
        if ((committed >> seat) & 1 != 0) revert TaskMarket_AlreadyCommitted(taskId, round, msg.sender);
        TaskState.checkWindow(TaskState.closesAt(task, data), TaskState.commitEndsAt(task, data));

        committed |= 1 << seat;
        data.committedMask = uint16(committed);
        data.commitment[seat] = commitment;
        if (committed == TaskState.fullMask(task.committeeSize))
            data.committedAfter = uint24(block.timestamp - data.openedAt);

        emit WorkCommitted(taskId, round, msg.sender, seat, commitment);
    }

    /// @inheritdoc ITaskMarket
    function openWork(uint256 taskId, uint256 round, bytes32 digest, bytes calldata accepted, bytes32 salt) external {
        bytes32 given = _commitmentOf(digest, accepted, salt, msg.sender, taskId, round);
        uint256 seat = _open(taskId, round, given);

        emit WorkOpened(taskId, round, msg.sender, seat, digest, accepted);
    }

    /// @inheritdoc ITaskMarket
    function announce(uint256 taskId, uint256 round, uint8 kind, bytes32 digest) external {
        TaskState.TaskData storage task = _existing(taskId);
        // Also after the end, so that the last model can be published.
        if (task.status == Status.Joining) revert TaskMarket_WrongStatus(taskId, task.status);
        uint256 current = task.round;
        bool previous = current != 0 && round == current - 1;
        if (round != current && !previous) revert TaskMarket_WrongRound(taskId, current, round);
        if (msg.sender != task.owner && !_isMember(task)) revert TaskMarket_MayNotAnnounce(taskId, msg.sender);
        if (digest == 0) revert TaskMarket_ZeroDigest();

        emit Announced(taskId, round, msg.sender, kind, digest);
    }

    /// @inheritdoc ITaskMarket
    function vote(uint256 taskId, uint256 round, bytes32 reportHash, uint16 vouched) external {
        (TaskState.TaskData storage task, TaskState.RoundData storage data, uint256 seat) = _workable(taskId, round);
        uint256 size = task.committeeSize;
        uint256 allowed = TaskState.fullMask(size);
        if (reportHash == 0) revert TaskMarket_ZeroDigest();
        if (vouched & ~allowed != 0) revert TaskMarket_BadVouch(vouched, allowed);
        if (TaskState.ballotOf(data, seat) != 0) revert TaskMarket_AlreadyVoted(taskId, round, msg.sender);
        uint256 closedAt = TaskState.closesAt(task, data);
        TaskState.checkWindow(closedAt, closedAt + task.voteWindow);

        bool reached = _cast(data, seat, reportHash, vouched, size);

        emit Voted(taskId, round, msg.sender, seat, reportHash, vouched);
        if (reached) emit QuorumReached(taskId, round, reportHash);
    }

    /// @inheritdoc ITaskMarket
    function commitmentOf(
        bytes32 digest,
        bytes calldata accepted,
        bytes32 salt,
        address member,
        uint256 taskId,
        uint256 round
    ) external pure returns (bytes32) {
        return _commitmentOf(digest, accepted, salt, member, taskId, round);
    }

    function _open(uint256 taskId, uint256 round, bytes32 given) private returns (uint256) {
        (TaskState.TaskData storage task, TaskState.RoundData storage data, uint256 seat) = _workable(taskId, round);
        if ((data.committedMask >> seat) & 1 == 0) revert TaskMarket_NotCommitted(taskId, round, msg.sender);
        if ((data.openedMask >> seat) & 1 != 0) revert TaskMarket_AlreadyOpened(taskId, round, msg.sender);
        TaskState.checkWindow(TaskState.commitEndsAt(task, data), TaskState.openEndsAt(task, data));
        bytes32 committed = data.commitment[seat];
        if (given != committed) revert TaskMarket_CommitmentMismatch(committed, given);

        data.openedMask |= uint16(1 << seat);
        delete data.commitment[seat];
        return seat;
    }

    /// @dev Writes a vote down; whether it made the quorum.
    function _cast(
        TaskState.RoundData storage data,
        uint256 seat,
        bytes32 reportHash,
        uint256 vouched,
        uint256 size
    ) private returns (bool reached) {
        uint256 ballot = _ballotFor(data, reportHash);
        uint256 ballots = data.ballots | (ballot << (seat * TaskState.BALLOT_BITS));
        uint256 vouches = TaskState.addVouches(data.vouches, vouched, TaskState.vouchesNeeded(size));
        data.ballots = uint40(ballots);
        data.vouches = uint32(vouches);
        reached = data.quorum == 0 && TaskState.votesFor(ballots, ballot) == _quorumOf(size);
        if (reached) data.quorum = uint8(ballot);
    }

    /// @dev The number of a report hash in its round; a new one gets the next. Numbers instead of hashes let all votes
    /// live in one slot, so that only the first vote for a hash pays for storing it.
    function _ballotFor(TaskState.RoundData storage data, bytes32 reportHash) private returns (uint256 ballot) {
        for (ballot = 1; ; ++ballot) {
            bytes32 known = data.reportHash[ballot];
            if (known == reportHash) return ballot;
            if (known == 0) break;
        }
        data.reportHash[ballot] = reportHash;
    }

    /// @dev A round in which members may still act, and the caller's seat: the current round, or an earlier one whose
    /// windows are open. Members that are quick to reveal must not shut the others out. Of a closed task nobody needs
    /// the unrevealed round.
    function _workable(
        uint256 taskId,
        uint256 round
    ) private view returns (TaskState.TaskData storage task, TaskState.RoundData storage data, uint256 seat) {
        task = _existing(taskId);
        data = TaskState.openedRound(taskId, task, round);
        if (data.revealedAt == 0) TaskState.checkStatus(taskId, task, Status.Training);
        seat = _seatIndex(taskId, task);
    }

    function _isMember(TaskState.TaskData storage task) private view returns (bool) {
        return _seatNumber(task.committeeId, msg.sender) != 0;
    }

    /// @dev n - t of n = 3t + 1.
    function _quorumOf(uint256 size) private pure returns (uint256) {
        return size - (size - 1) / 3;
    }

    function _commitmentOf(
        bytes32 digest,
        bytes calldata accepted,
        bytes32 salt,
        address member,
        uint256 taskId,
        uint256 round
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(digest, keccak256(accepted), salt, member, taskId, round));
    }
}

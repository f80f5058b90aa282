// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IArbiter} from "../../interfaces/IArbiter.sol";
import {ICommittees} from "../../interfaces/ICommittees.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskState} from "./TaskState.sol";

/// @title What a round comes to: challenges, and once nothing can change any more fees and the stakes of members at
/// fault (R5, R6, R6b).
/// @dev Deployed by itself and linked, like {Reports}.
library Settlements {
    struct Books {
        address vault;
        address committees;
    }

    /// @dev What a dispute is about.
    struct Case {
        uint256 taskId;
        uint256 round;
    }

    /// @dev How many rulings there are, besides the 0 by which an arbiter in the sense of ERC-792 refuses to rule.
    uint256 private constant RULINGS = 2;

    /// @dev The market has checked that the round has opened.
    function settle(TaskState.TaskData storage task, uint256 taskId, uint256 round, Books calldata books) external {
        TaskState.RoundData storage data = task.roundAt[round];
        if (data.settled) revert ITaskMarket.TaskMarket_AlreadySettled(taskId, round);
        TaskState.checkFinal(taskId, task, round, data);

        data.settled = true;
        task.unsettled -= 1;
        if (data.dispute == ITaskMarket.Dispute.Overturned) {
            task.refundable += task.feePerRound;
        } else {
            (uint256 matched, uint256 earners) = TaskState.deserving(task, data);
            _settleFees(task, data, TaskState.countBits(earners));
            _settleStakes(task, data, matched, books);
        }

        emit ITaskMarket.RoundSettled(taskId, round, data.feeShare, data.slashShare);
    }

    function expire(TaskState.TaskData storage task, uint256 taskId, Books calldata books) external {
        TaskState.checkStatus(taskId, task, ITaskMarket.Status.Training);
        uint256 round = task.round;
        TaskState.RoundData storage data = task.roundAt[round];
        TaskState.checkWindow(TaskState.expiresAt(task, data), 0);

        TaskState.finish(taskId, task, ITaskMarket.Status.Failed, round);

        // With a quorum the report was bad or nobody cared to reveal it: which of the voters is to blame is not known.
        if (data.quorum == 0) _slashSilent(task, data, books);
    }

    /// @dev The market has checked that the task exists, and its guard is up.
    function challenge(
        TaskState.TaskData storage task,
        mapping(address arbiter => mapping(uint256 disputeId => Case)) storage cases,
        uint256 taskId,
        uint256 round,
        address vault
    ) external returns (uint256 disputeId) {
        TaskState.RoundData storage data = TaskState.openedRound(taskId, task, round);
        address arbiter = task.arbiter;
        uint256 revealedAt = data.revealedAt;
        if (arbiter == address(0)) revert ITaskMarket.TaskMarket_NoArbiter(taskId);
        if (revealedAt == 0) revert ITaskMarket.TaskMarket_NotRevealed(taskId, round);
        if (data.dispute != ITaskMarket.Dispute.None) revert ITaskMarket.TaskMarket_AlreadyChallenged(taskId, round);
        TaskState.checkWindow(revealedAt, revealedAt + task.challengeWindow);
        bytes memory extraData = abi.encode(address(this), taskId, round);
        uint256 cost = IArbiter(arbiter).arbitrationCost(extraData);
        if (msg.value != cost) revert ITaskMarket.TaskMarket_ArbitrationCost(cost, msg.value);

        data.dispute = ITaskMarket.Dispute.Open;
        data.challenger = msg.sender;
        data.disputedAt = uint40(block.timestamp);

        IStakeVault(vault).lock(msg.sender, task.challengeBond);
        disputeId = IArbiter(arbiter).createDispute{value: cost}(RULINGS, extraData);
        // Only now is the number known. The arbiter cannot have ruled meanwhile: the guard is up.
        cases[arbiter][disputeId] = Case({taskId: taskId, round: round});

        emit ITaskMarket.RoundChallenged(taskId, round, msg.sender, disputeId);
    }

    /// @notice The round is void: what it released is the owner's again, its voters lose their seats' stake, half to
    /// the challenger and half to the owner; a running task fails.
    function overturn(TaskState.TaskData storage task, uint256 taskId, uint256 round, Books calldata books) external {
        TaskState.RoundData storage data = task.roundAt[round];
        // Nobody has claimed: a round under dispute was never final.
        uint128 released = data.remaining;
        data.remaining = 0;
        task.released -= released;
        if (TaskState.isFinal(task.status)) {
            task.refundable += released;
        } else {
            TaskState.finish(taskId, task, ITaskMarket.Status.Failed, task.round);
        }

        uint256 matched = TaskState.matchedMask(data);
        uint256 taken = TaskState.slashSeats(task, books.committees, matched, type(uint256).max);
        TaskState.credit(books.vault, data.challenger, taken / 2);
        TaskState.credit(books.vault, task.owner, taken - taken / 2);
    }

    /// @dev The fee in equal parts to those who earned it; the rest to the owner.
    function _settleFees(TaskState.TaskData storage task, TaskState.RoundData storage data, uint256 earners) private {
        uint256 fee = task.feePerRound;
        uint256 share = earners == 0 ? 0 : fee / earners;

        data.feeShare = uint128(share);
        task.refundable += uint128(fee - share * earners);
    }

    /// @dev Slashes who did not vote with the quorum; that, and the bond of a challenger who was wrong, goes to who
    /// did. What rounding left of this and of the trainers' fines goes to the owner.
    function _settleStakes(
        TaskState.TaskData storage task,
        TaskState.RoundData storage data,
        uint256 matched,
        Books calldata books
    ) private {
        uint256 count = TaskState.countBits(matched);
        uint256 pot = _slashAllBut(task, matched, books);
        if (data.bondForfeited) pot += task.challengeBond;

        data.slashShare = SafeCast.toUint128(pot / count);

        TaskState.credit(books.vault, task.owner, (pot % count) + data.harmDust + _missDust(task, data));
    }

    /// @dev Without a quorum only who did not vote is at fault (R6). It goes to the round's submitters, or if there are
    /// none to those who voted, or else to the owner.
    function _slashSilent(
        TaskState.TaskData storage task,
        TaskState.RoundData storage data,
        Books calldata books
    ) private {
        uint256 voted = TaskState.votedMask(data.ballots);
        uint256 pot = _slashAllBut(task, voted, books);
        uint256 receivers = data.submitted == 0 ? TaskState.countBits(voted) : data.submitted;
        uint256 share = receivers == 0 ? 0 : pot / receivers;

        data.slashShare = SafeCast.toUint128(share);

        TaskState.credit(books.vault, task.owner, pot - share * receivers);
    }

    function _slashAllBut(
        TaskState.TaskData storage task,
        uint256 spared,
        Books calldata books
    ) private returns (uint256) {
        uint256 faultPenalty = ICommittees(books.committees).committeeOf(task.committeeId).faultPenalty;
        uint256 mask = TaskState.fullMask(task.committeeSize) & ~spared;
        return TaskState.slashSeats(task, books.committees, mask, faultPenalty);
    }

    /// @dev What is left of the fines of trainers that missed the round when each accepted one has had his part.
    function _missDust(
        TaskState.TaskData storage task,
        TaskState.RoundData storage data
    ) private view returns (uint256) {
        uint256 accepted = data.accepted;
        // Nobody missed it, or there was nobody to share the fines, and so none was taken.
        if (accepted == 0) return 0;

        return ((task.trainerCount - accepted) * task.missPenalty) % accepted;
    }
}

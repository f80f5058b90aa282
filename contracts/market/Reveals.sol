// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ScoreTree} from "../libraries/ScoreTree.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title What happens when a report is shown: the round's money, its penalties, the next round (R2-R4, R7, R9).
abstract contract Reveals is TaskStore {
    /// @inheritdoc ITaskMarket
    function reveal(uint256 taskId, uint256 round, Report calldata report) external {
        TaskData storage task = _existing(taskId);
        RoundData storage data = _openedRound(taskId, task, round);
        _seatIndex(taskId, task);
        if (data.revealedAt != 0) revert TaskMarket_AlreadyRevealed(taskId, round);
        _checkStatus(taskId, task, Status.Training);
        if (data.quorum == 0) revert TaskMarket_NoQuorum(taskId, round);
        bytes32 given = _reportHashOf(taskId, round, report);
        bytes32 agreed = data.reportHash[data.quorum];
        if (given != agreed) revert TaskMarket_HashMismatch(agreed, given);
        _checkReport(task, round, report);

        data.revealedAt = uint40(block.timestamp);
        task.unsettled += 1;
        if (report.outcome != Outcome.Aborted) _score(taskId, task, round, report);

        emit RoundRevealed(
            taskId,
            round,
            report.outcome,
            report.modelDigest,
            report.progressWad,
            data.released,
            data.root,
            report.scores
        );
        _advance(taskId, task, round, report);
    }

    /// @inheritdoc ITaskMarket
    function reportHashOf(uint256 taskId, uint256 round, Report calldata report) external view returns (bytes32) {
        return _reportHashOf(taskId, round, report);
    }

    /// @inheritdoc ITaskMarket
    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) external view returns (bytes32) {
        return ScoreTree.leafOf(taskId, round, index, score);
    }

    /// @dev Root, totals and release of a round, then its penalties. Two passes: shares need the total first.
    function _score(uint256 taskId, TaskData storage task, uint256 round, Report calldata report) private {
        RoundData storage data = task.roundAt[round];
        ScoreTree.Tally memory tally = ScoreTree.tally(report.scores);
        if (tally.highest > ScoreTree.MAX_SCORE) revert TaskMarket_BadReport("score");
        uint256 basis = tally.totalScore == 0 ? 0 : _basisOf(task, report.progressWad);
        uint256 released = ScoreTree.sumOfShares(report.scores, basis, tally.totalScore);

        data.accepted = uint16(task.trainerCount - tally.missed);
        data.root = ScoreTree.rootOf(report.scores, taskId, round);
        data.basis = uint128(basis);
        data.remaining = uint128(released);
        data.released = uint128(released);
        data.totalScore = uint80(tally.totalScore);
        task.released += uint128(released);
        if (report.progressWad > task.progressWad) task.progressWad = report.progressWad;

        _penalise(taskId, task, round, report.scores, tally);
    }

    /// @dev Fines are taken only when there is somebody to receive them.
    function _penalise(
        uint256 taskId,
        TaskData storage task,
        uint256 round,
        bytes calldata scores,
        ScoreTree.Tally memory tally
    ) private {
        RoundData storage data = task.roundAt[round];
        uint256 accepted = data.accepted;
        if (tally.missed != 0 && accepted != 0 && task.missPenalty != 0) {
            _fine(taskId, task, round, scores, ScoreTree.MISSED);
            data.missShare = uint128(tally.missed * task.missPenalty / accepted);
        }
        if (tally.harmful != 0 && tally.totalScore != 0 && task.harmPenaltyBps != 0) {
            uint256 pot = _fine(taskId, task, round, scores, ScoreTree.HARMFUL);
            data.harmPot = uint128(pot);
            data.harmDust = uint16(pot - ScoreTree.sumOfShares(scores, pot, tally.totalScore));
        }
    }

    /// @dev Takes the fine from every trainer whose word is `kind`. The bitmap costs a bit per fine where a counter per
    /// trainer would cost 2,900 gas: with 1,023 fines that is what keeps the reveal inside a transaction (R9a).
    function _fine(uint256 taskId, TaskData storage task, uint256 round, bytes calldata scores, uint64 kind)
        private
        returns (uint256 pot)
    {
        uint256 shift = kind == ScoreTree.HARMFUL ? PENALTIES_PER_WORD : 0;
        uint256 count = task.trainerCount;
        uint256 fined;
        for (uint256 index = 0; index < count; ++index) {
            if (ScoreTree.wordAt(scores, index) == kind) {
                fined |= 1 << index % PENALTIES_PER_WORD + shift;
                pot += _fineOne(taskId, task, round, index, kind);
            }
            if (fined != 0 && (index + 1 == count || (index + 1) % PENALTIES_PER_WORD == 0)) {
                task.roundAt[round].penalties[index / PENALTIES_PER_WORD] |= fined;
                fined = 0;
            }
        }
    }

    function _fineOne(uint256 taskId, TaskData storage task, uint256 round, uint256 index, uint64 kind)
        private
        returns (uint256 amount)
    {
        TrainerData storage trainer = task.trainerAt[index];
        address account = trainer.account;
        amount = kind == ScoreTree.MISSED ? task.missPenalty : _harmPenalty(task, trainer.units);

        emit TrainerPenalised(taskId, round, account, amount);

        IStakeVault(vault).slash(account, amount);
    }

    function _advance(uint256 taskId, TaskData storage task, uint256 round, Report calldata report) private {
        Outcome outcome = report.outcome;
        if (outcome == Outcome.Scored) task.modelDigest = report.modelDigest;

        uint256 ran = round + 1;
        if (outcome == Outcome.Aborted) {
            _finish(taskId, task, Status.Failed, ran);
        } else if (
            outcome == Outcome.OwnerStalled || report.progressWad == WAD || ran == task.rounds || task.endRequested
        ) {
            _finish(taskId, task, Status.Completed, ran);
        } else {
            _openRound(taskId, task, ran);
        }
    }

    /// @dev The part of the pool for progress beyond the best so far (R2). Only progress is paid, and only once.
    function _basisOf(TaskData storage task, uint256 progressWad) private view returns (uint256) {
        uint256 bestWad = task.progressWad;
        return progressWad > bestWad ? task.pool * (progressWad - bestWad) / WAD : 0;
    }

    function _checkReport(TaskData storage task, uint256 round, Report calldata report) private view {
        bool perRound = task.progressRule == ProgressRule.PerRound;
        if (report.outcome == Outcome.Aborted) {
            _expect(report.progressWad == task.progressWad, "progress");
            _expect(report.scores.length == 0, "length");
            return;
        }
        if (report.outcome == Outcome.OwnerStalled) {
            _expect(perRound, "outcome");
        } else {
            _expect(report.modelDigest != 0, "modelDigest");
        }
        _expect(perRound ? report.progressWad == (round + 1) * WAD / task.rounds : report.progressWad <= WAD, "progress");
        _expect(report.scores.length == ScoreTree.WORD_BYTES * task.trainerCount, "length");
    }

    function _reportHashOf(uint256 taskId, uint256 round, Report calldata report) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                block.chainid,
                address(this),
                taskId,
                round,
                report.outcome,
                report.modelDigest,
                report.progressWad,
                keccak256(report.scores)
            )
        );
    }

    function _expect(bool good, string memory reason) private pure {
        if (!good) revert TaskMarket_BadReport(reason);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {ScoreTree} from "./ScoreTree.sol";
import {TaskState} from "./TaskState.sol";

/// @title What happens when a report is shown: the round's money, its penalties, the next round (R2-R4, R7, R9).
/// @dev Deployed by itself and linked, since the market's code would not fit the limit of EIP-170. It runs by
/// delegatecall: storage, events and balances are the market's.
library Reports {
    /// @dev What every step needs to know besides the task.
    struct Scene {
        uint256 taskId;
        uint256 round;
        address vault;
    }

    /// @dev A kind of fine: the word that brings it, where its bits begin in a word of penalties, and its amount,
    /// flat + units * perUnitTimesBps / BPS.
    struct Fine {
        uint64 word;
        uint256 shift;
        uint256 flat;
        uint256 perUnitTimesBps;
    }

    /// @dev The market has checked that the round has opened and that a member calls.
    function reveal(
        TaskState.TaskData storage task,
        uint256 taskId,
        uint256 round,
        ITaskMarket.Report calldata report,
        address vault
    ) external {
        TaskState.RoundData storage data = task.roundAt[round];
        _checkAgreed(task, data, taskId, round, report);
        _checkReport(task, round, report);

        data.revealedAt = uint32(block.timestamp);
        task.unsettled += 1;
        if (report.outcome != ITaskMarket.Outcome.Aborted) {
            _score(task, Scene({taskId: taskId, round: round, vault: vault}), report);
        }

        emit ITaskMarket.RoundRevealed(
            taskId,
            round,
            report.outcome,
            report.modelDigest,
            report.progressWad,
            TaskState.releasedBy(data),
            data.root,
            report.scores
        );
        _advance(taskId, task, round, report);
    }

    function hashOf(uint256 taskId, uint256 round, ITaskMarket.Report calldata report) internal view returns (bytes32) {
        return
            keccak256(
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

    /// @dev Root, totals and release of a round, then its penalties. Two passes: shares need the total first.
    function _score(TaskState.TaskData storage task, Scene memory scene, ITaskMarket.Report calldata report) private {
        TaskState.RoundData storage data = task.roundAt[scene.round];
        ScoreTree.Tally memory tally = ScoreTree.tally(report.scores);
        if (tally.highest > ScoreTree.MAX_SCORE) revert ITaskMarket.TaskMarket_BadReport("score");
        uint256 basis = tally.totalScore == 0 ? 0 : _basisOf(task, report.progressWad);
        uint256 released = ScoreTree.sumOfShares(report.scores, basis, tally.totalScore);

        data.accepted = uint16(task.trainerCount - tally.missed);
        data.root = ScoreTree.rootOf(report.scores, scene.taskId, scene.round);
        data.basis = uint128(basis);
        data.basisDust = uint16(basis - released);
        data.remaining = uint128(released);
        data.totalScore = uint80(tally.totalScore);
        task.released += uint128(released);
        if (report.progressWad > task.progressWad) task.progressWad = report.progressWad;

        _penalise(task, scene, report.scores, tally);
    }

    /// @dev Fines are taken only when there is somebody to receive them.
    function _penalise(
        TaskState.TaskData storage task,
        Scene memory scene,
        bytes calldata scores,
        ScoreTree.Tally memory tally
    ) private {
        TaskState.RoundData storage data = task.roundAt[scene.round];
        uint256 accepted = data.accepted;
        if (tally.missed != 0 && accepted != 0 && task.missPenalty != 0) {
            Fine memory fine = Fine({word: ScoreTree.MISSED, shift: 0, flat: task.missPenalty, perUnitTimesBps: 0});
            data.fined = true;
            data.missShare = uint128(_fineAll(task, scene, scores, fine) / accepted);
        }
        if (tally.harmful != 0 && tally.totalScore != 0 && task.harmPenaltyBps != 0) {
            uint256 perUnitTimesBps = uint256(task.unitStake) * task.harmPenaltyBps;
            Fine memory fine = Fine(ScoreTree.HARMFUL, TaskState.PENALTIES_PER_WORD, 0, perUnitTimesBps);
            uint256 pot = _fineAll(task, scene, scores, fine);
            data.fined = true;
            data.harmPot = uint128(pot);
            data.harmDust = uint16(pot - ScoreTree.sumOfShares(scores, pot, tally.totalScore));
        }
    }

    /// @dev Takes the fine from every trainer whom the report gives its word. The bitmap costs a bit per fine where a
    /// counter per trainer would cost 2,900 gas; with 1,023 fines that keeps the reveal inside a transaction (R9a), and
    /// so does what is read once instead of 1,023 times.
    function _fineAll(
        TaskState.TaskData storage task,
        Scene memory scene,
        bytes calldata scores,
        Fine memory fine
    ) private returns (uint256 pot) {
        uint256 count = scores.length / ScoreTree.WORD_BYTES;
        unchecked {
            for (uint256 first = 0; first < count; first += TaskState.PENALTIES_PER_WORD) {
                uint256 end = Math.min(first + TaskState.PENALTIES_PER_WORD, count);
                uint256 fined = 0;
                for (uint256 index = first; index < end; ++index) {
                    if (ScoreTree.wordAt(scores, index) != fine.word) continue;

                    fined |= 1 << (index - first);
                    pot += _fineOne(scene, task.trainerAt[index], fine);
                }
                if (fined == 0) continue;

                task.roundAt[scene.round].penalties[first / TaskState.PENALTIES_PER_WORD] |= fined << fine.shift;
            }
        }
    }

    function _fineOne(
        Scene memory scene,
        TaskState.TrainerData storage trainer,
        Fine memory fine
    ) private returns (uint256 amount) {
        (address account, uint256 units) = (trainer.account, trainer.units);
        unchecked {
            // Below 2^128, as all stakes of a task together are.
            amount = fine.flat + (units * fine.perUnitTimesBps) / TaskState.BPS;
        }

        emit ITaskMarket.TrainerPenalised(scene.taskId, scene.round, account, amount);

        IStakeVault(scene.vault).slash(account, amount);
    }

    function _advance(
        uint256 taskId,
        TaskState.TaskData storage task,
        uint256 round,
        ITaskMarket.Report calldata report
    ) private {
        ITaskMarket.Outcome outcome = report.outcome;
        if (outcome == ITaskMarket.Outcome.Scored) task.modelDigest = report.modelDigest;

        uint256 ran = round + 1;
        if (outcome == ITaskMarket.Outcome.Aborted) {
            TaskState.finish(taskId, task, ITaskMarket.Status.Failed, ran);
        } else if (
            outcome == ITaskMarket.Outcome.OwnerStalled ||
            report.progressWad == TaskState.WAD ||
            ran == task.rounds ||
            task.endRequested
        ) {
            TaskState.finish(taskId, task, ITaskMarket.Status.Completed, ran);
        } else {
            TaskState.openRound(taskId, task, ran);
        }
    }

    /// @dev The part of the pool for progress beyond the best so far (R2). Only progress is paid, and only once.
    function _basisOf(TaskState.TaskData storage task, uint256 progressWad) private view returns (uint256) {
        uint256 bestWad = task.progressWad;
        return progressWad > bestWad ? (task.pool * (progressWad - bestWad)) / TaskState.WAD : 0;
    }

    function _checkAgreed(
        TaskState.TaskData storage task,
        TaskState.RoundData storage data,
        uint256 taskId,
        uint256 round,
        ITaskMarket.Report calldata report
    ) private view {
        if (data.revealedAt != 0) revert ITaskMarket.TaskMarket_AlreadyRevealed(taskId, round);
        TaskState.checkStatus(taskId, task, ITaskMarket.Status.Training);
        if (data.quorum == 0) revert ITaskMarket.TaskMarket_NoQuorum(taskId, round);
        bytes32 given = hashOf(taskId, round, report);
        bytes32 agreed = data.reportHash[data.quorum];
        if (given != agreed) revert ITaskMarket.TaskMarket_HashMismatch(agreed, given);
    }

    function _checkReport(
        TaskState.TaskData storage task,
        uint256 round,
        ITaskMarket.Report calldata report
    ) private view {
        bool perRound = task.progressRule == ITaskMarket.ProgressRule.PerRound;
        if (report.outcome == ITaskMarket.Outcome.Aborted) {
            _expect(report.progressWad == task.progressWad, "progress");
            _expect(report.scores.length == 0, "length");
            return;
        }
        if (report.outcome == ITaskMarket.Outcome.OwnerStalled) {
            _expect(perRound, "outcome");
        } else {
            _expect(report.modelDigest != 0, "modelDigest");
        }
        _expect(
            perRound
                ? report.progressWad == ((round + 1) * TaskState.WAD) / task.rounds
                : report.progressWad <= TaskState.WAD,
            "progress"
        );
        _expect(report.scores.length == ScoreTree.WORD_BYTES * task.trainerCount, "length");
    }

    function _expect(bool good, string memory reason) private pure {
        if (!good) revert ITaskMarket.TaskMarket_BadReport(reason);
    }
}

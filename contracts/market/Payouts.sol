// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {ScoreTree} from "../libraries/ScoreTree.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title Who gets what: settling rounds, claims of trainers and members, and what happens without a quorum.
abstract contract Payouts is TaskStore, ReentrancyGuardTransient {
    /// @inheritdoc ITaskMarket
    function claim(uint256 taskId, Claim[] calldata claims, address to) external nonReentrant {
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        TaskData storage task = _existing(taskId);
        uint256 index = _trainerIndex(taskId, task);

        uint256 reward;
        uint256 stakeShare;
        uint256 claimed = task.claimedByTrainer[index];
        for (uint256 i = 0; i < claims.length; ++i) {
            claimed = _marked(claimed, taskId, claims[i].round);
            (uint256 rewardHere, uint256 stakeHere) = _drawTrainer(taskId, task, index, claims[i]);
            reward += rewardHere;
            stakeShare += stakeHere;
        }
        task.claimedByTrainer[index] = claimed;
        if (reward == 0 && stakeShare == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        emit RewardClaimed(taskId, msg.sender, to, reward, stakeShare);

        _credit(msg.sender, stakeShare);
        _pay(task.rewardToken, to, reward);
    }

    /// @inheritdoc ITaskMarket
    function claimFees(uint256 taskId, uint256[] calldata rounds, address to) external nonReentrant {
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        TaskData storage task = _existing(taskId);
        uint256 seat = _seatIndex(taskId, task);

        uint256 fees;
        uint256 stakeShare;
        uint256 claimed = task.claimedBySeat[seat];
        for (uint256 i = 0; i < rounds.length; ++i) {
            (uint256 feesHere, uint256 stakeHere) = _drawMember(taskId, task, seat, rounds[i]);
            claimed = _marked(claimed, taskId, rounds[i]);
            fees += feesHere;
            stakeShare += stakeHere;
        }
        task.claimedBySeat[seat] = claimed;
        if (fees == 0 && stakeShare == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        emit FeesClaimed(taskId, msg.sender, to, fees, stakeShare);

        _credit(msg.sender, stakeShare);
        _pay(task.rewardToken, to, fees);
    }

    /// @inheritdoc ITaskMarket
    function settle(uint256 taskId, uint256 round) external {
        TaskData storage task = _existing(taskId);
        RoundData storage data = _openedRound(taskId, task, round);
        if (data.settled) revert TaskMarket_AlreadySettled(taskId, round);
        _checkFinal(taskId, task, round, data);

        data.settled = true;
        task.unsettled -= 1;
        if (data.dispute == Dispute.Overturned) {
            task.refundable += task.feePerRound;
        } else {
            _settleFees(task, data);
            _settleStakes(task, data);
        }

        emit RoundSettled(taskId, round, data.feeShare, data.slashShare);
    }

    /// @inheritdoc ITaskMarket
    function expire(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        _checkStatus(taskId, task, Status.Training);
        uint256 round = task.round;
        RoundData storage data = task.roundAt[round];
        _checkWindow(_voteEndsAt(task, data), 0);

        _finish(taskId, task, Status.Failed, round);

        // With a quorum the report was bad or nobody cared to reveal it: who of the voters is to blame is not known.
        if (data.quorum == 0) _slashSilent(task, data);
    }

    /// @inheritdoc ITaskMarket
    function claimExpired(uint256 taskId) external {
        TaskData storage task = _existing(taskId);
        uint256 round = task.round;
        RoundData storage data = task.roundAt[round];
        uint256 share = data.slashShare;
        if (task.status != Status.Failed || data.revealedAt != 0 || share == 0) {
            revert TaskMarket_NothingToClaim(taskId, msg.sender);
        }

        if (data.submitted != 0) {
            _markSubmitter(taskId, task, round);
            emit RewardClaimed(taskId, msg.sender, msg.sender, 0, share);
        } else {
            _markVoter(taskId, task, round, data);
            emit FeesClaimed(taskId, msg.sender, msg.sender, 0, share);
        }

        _credit(msg.sender, share);
    }

    /// @dev The fee in equal parts to those who opened their work and voted with the quorum; the rest to the owner.
    function _settleFees(TaskData storage task, RoundData storage data) private {
        uint256 fee = task.feePerRound;
        uint256 earners = _countBits(data.openedMask & _matchedMask(data));
        uint256 share = earners == 0 ? 0 : fee / earners;

        data.feeShare = uint128(share);
        task.refundable += uint128(fee - share * earners);
    }

    /// @dev Slashes who did not vote with the quorum; that, and the bond of a challenger who was wrong, goes to who did.
    /// What rounding left of this and of the trainers' fines goes to the owner.
    function _settleStakes(TaskData storage task, RoundData storage data) private {
        uint256 matched = _matchedMask(data);
        uint256 count = _countBits(matched);
        uint256 pot = _slashSeats(task, _fullMask(task.committeeSize) & ~matched, _faultPenalty(task));
        if (data.bondForfeited) pot += task.challengeBond;
        uint256 dust = pot % count + data.harmDust;
        if (data.missShare != 0) {
            dust += (task.trainerCount - data.accepted) * uint256(task.missPenalty) % data.accepted;
        }

        data.slashShare = SafeCast.toUint128(pot / count);

        _credit(task.owner, dust);
    }

    /// @dev Without a quorum only who did not vote is at fault (R6). It goes to the round's submitters, or if there are
    /// none to those who voted, or else to the owner.
    function _slashSilent(TaskData storage task, RoundData storage data) private {
        uint256 voted = data.votedMask;
        uint256 pot = _slashSeats(task, _fullMask(task.committeeSize) & ~voted, _faultPenalty(task));
        uint256 receivers = data.submitted;
        if (receivers == 0) receivers = _countBits(voted);
        uint256 share = receivers == 0 ? 0 : pot / receivers;

        data.slashShare = SafeCast.toUint128(share);

        _credit(task.owner, pot - share * receivers);
    }

    /// @dev What a trainer gets for one round, taken off what the round has left.
    function _drawTrainer(uint256 taskId, TaskData storage task, uint256 index, Claim calldata proven)
        private
        returns (uint256 reward, uint256 stakeShare)
    {
        uint256 round = proven.round;
        uint64 word = proven.score;
        RoundData storage data = _openedRound(taskId, task, round);
        _checkFinal(taskId, task, round, data);
        bytes32 leaf = ScoreTree.leafOf(taskId, round, index, word);
        if (!MerkleProof.verifyCalldata(proven.proof, data.root, leaf)) revert TaskMarket_BadProof(taskId, round);

        if (data.dispute == Dispute.Overturned) return (0, _fineTaken(task, data, index));
        if (word == ScoreTree.MISSED) return (0, 0);

        uint256 totalScore = data.totalScore;
        reward = ScoreTree.shareOf(data.basis, word, totalScore);
        stakeShare = data.missShare + ScoreTree.shareOf(data.harmPot, word, totalScore);
        data.remaining -= uint128(reward);
    }

    /// @dev What a member gets for one settled round.
    function _drawMember(uint256 taskId, TaskData storage task, uint256 seat, uint256 round)
        private
        view
        returns (uint256 fees, uint256 stakeShare)
    {
        RoundData storage data = _openedRound(taskId, task, round);
        if (!data.settled) revert TaskMarket_NotSettled(taskId, round);
        uint256 matched = _matchedMask(data) >> seat & 1;

        fees = data.feeShare * (data.openedMask >> seat & matched);
        stakeShare = data.slashShare * matched;
    }

    function _markSubmitter(uint256 taskId, TaskData storage task, uint256 round) private {
        uint256 index = _trainerIndex(taskId, task);
        if (task.trainerAt[index].submittedRounds != round + 1) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        task.claimedByTrainer[index] = _marked(task.claimedByTrainer[index], taskId, round);
    }

    function _markVoter(uint256 taskId, TaskData storage task, uint256 round, RoundData storage data) private {
        uint256 seat = _seatIndex(taskId, task);
        if (data.votedMask >> seat & 1 == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        task.claimedBySeat[seat] = _marked(task.claimedBySeat[seat], taskId, round);
    }

    function _pay(address token, address to, uint256 amount) private {
        if (amount != 0) SafeERC20.safeTransfer(IERC20(token), to, amount);
    }

    /// @dev The fine this round took from a trainer, as its bitmap says.
    function _fineTaken(TaskData storage task, RoundData storage data, uint256 index) private view returns (uint256) {
        uint256 fines = data.penalties[index / PENALTIES_PER_WORD] >> index % PENALTIES_PER_WORD;
        if (fines & 1 != 0) return task.missPenalty;
        if (fines >> PENALTIES_PER_WORD & 1 != 0) return _harmPenalty(task, task.trainerAt[index].units);
        return 0;
    }

    function _faultPenalty(TaskData storage task) private view returns (uint256) {
        return ICommittees(committees).committeeOf(task.committeeId).faultPenalty;
    }
}

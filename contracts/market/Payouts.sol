// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ScoreTree} from "../libraries/ScoreTree.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {Settlements} from "../libraries/Settlements.sol";
import {TaskState} from "../libraries/TaskState.sol";
import {TaskStore} from "./TaskStore.sol";

/// @title Who gets what: settling rounds, and claims of trainers and members.
abstract contract Payouts is TaskStore, ReentrancyGuardTransient {
    /// @inheritdoc ITaskMarket
    function claim(uint256 taskId, Claim[] calldata claims, address to) external nonReentrant {
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        TaskState.TaskData storage task = _existing(taskId);
        uint256 index = _trainerIndex(taskId, task);

        uint256 reward;
        uint256 stakeShare;
        uint256 claimed = TaskState.claimedBy(task, msg.sender);
        for (uint256 i = 0; i < claims.length; ++i) {
            claimed = _marked(claimed, taskId, claims[i].round);
            (uint256 rewardHere, uint256 stakeHere) = _drawTrainer(taskId, task, index, claims[i]);
            reward += rewardHere;
            stakeShare += stakeHere;
        }
        TaskState.setClaimed(task, msg.sender, claimed);
        if (reward == 0 && stakeShare == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        emit RewardClaimed(taskId, msg.sender, to, reward, stakeShare);

        TaskState.credit(vault, msg.sender, stakeShare);
        _pay(task.rewardToken, to, reward);
    }

    /// @inheritdoc ITaskMarket
    function claimFees(uint256 taskId, uint256[] calldata rounds, address to) external nonReentrant {
        if (to == address(0)) revert TaskMarket_ZeroAddress();
        TaskState.TaskData storage task = _existing(taskId);
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

        TaskState.credit(vault, msg.sender, stakeShare);
        _pay(task.rewardToken, to, fees);
    }

    /// @inheritdoc ITaskMarket
    function settle(uint256 taskId, uint256 round) external {
        TaskState.TaskData storage task = _existing(taskId);
        TaskState.openedRound(taskId, task, round);

        Settlements.settle(task, taskId, round, Settlements.Books({vault: vault, committees: committees}));
    }

    /// @inheritdoc ITaskMarket
    function expire(uint256 taskId) external {
        Settlements.expire(_existing(taskId), taskId, Settlements.Books({vault: vault, committees: committees}));
    }

    /// @inheritdoc ITaskMarket
    function claimExpired(uint256 taskId) external {
        TaskState.TaskData storage task = _existing(taskId);
        uint256 round = task.round;
        TaskState.RoundData storage data = task.roundAt[round];
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

        TaskState.credit(vault, msg.sender, share);
    }

    /// @dev What a trainer gets for one round, taken off what the round has left.
    function _drawTrainer(
        uint256 taskId,
        TaskState.TaskData storage task,
        uint256 index,
        Claim calldata proven
    ) private returns (uint256 reward, uint256 stakeShare) {
        uint256 round = proven.round;
        uint64 word = proven.score;
        TaskState.RoundData storage data = task.roundAt[round];
        // What is settled is final, and then the slot of the round's clock need not be read.
        if (!data.settled) TaskState.checkFinal(taskId, task, round, TaskState.openedRound(taskId, task, round));
        bytes32 leaf = ScoreTree.leafOf(taskId, round, index, word);
        if (!MerkleProof.verifyCalldata(proven.proof, data.root, leaf)) revert TaskMarket_BadProof(taskId, round);

        if (data.dispute == Dispute.Overturned) return (0, _fineTaken(task, data, index));
        if (word == ScoreTree.MISSED) return (0, 0);

        uint256 totalScore = data.totalScore;
        reward = ScoreTree.shareOf(data.basis, word, totalScore);
        if (data.fined) stakeShare = data.missShare + ScoreTree.shareOf(data.harmPot, word, totalScore);
        data.remaining -= uint128(reward);
    }

    function _markSubmitter(uint256 taskId, TaskState.TaskData storage task, uint256 round) private {
        uint256 index = _trainerIndex(taskId, task);
        if (task.trainerAt[index].submittedRounds != round + 1) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        TaskState.setClaimed(task, msg.sender, _marked(TaskState.claimedBy(task, msg.sender), taskId, round));
    }

    function _markVoter(
        uint256 taskId,
        TaskState.TaskData storage task,
        uint256 round,
        TaskState.RoundData storage data
    ) private {
        uint256 seat = _seatIndex(taskId, task);
        if (TaskState.ballotOf(data, seat) == 0) revert TaskMarket_NothingToClaim(taskId, msg.sender);

        task.claimedBySeat[seat] = _marked(task.claimedBySeat[seat], taskId, round);
    }

    function _pay(address token, address to, uint256 amount) private {
        if (amount != 0) SafeERC20.safeTransfer(IERC20(token), to, amount);
    }

    /// @dev What a member gets for one settled round.
    function _drawMember(
        uint256 taskId,
        TaskState.TaskData storage task,
        uint256 seat,
        uint256 round
    ) private view returns (uint256 fees, uint256 stakeShare) {
        TaskState.RoundData storage data = TaskState.openedRound(taskId, task, round);
        if (!data.settled) revert TaskMarket_NotSettled(taskId, round);
        (uint256 matched, uint256 earners) = TaskState.deserving(task, data);

        fees = data.feeShare * ((earners >> seat) & 1);
        stakeShare = data.slashShare * ((matched >> seat) & 1);
    }

    /// @dev The fine this round took from a trainer, as its bitmap says.
    function _fineTaken(
        TaskState.TaskData storage task,
        TaskState.RoundData storage data,
        uint256 index
    ) private view returns (uint256) {
        (bool missed, bool harmed) = TaskState.penaltyOf(data, index);
        if (missed) return task.missPenalty;
        return harmed ? TaskState.harmPenalty(task, task.trainerAt[index].units) : 0;
    }
}

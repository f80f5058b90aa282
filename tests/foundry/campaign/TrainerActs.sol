// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "../../../contracts/test/TokenDouble.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {OwnerActs} from "./OwnerActs.sol";

/// @title What trainers do: joining, submitting, claiming, leaving.
abstract contract TrainerActs is OwnerActs {
    function join(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_takesTrainers);
        if (!found) return;

        uint256 newcomers = _between(1, 4);
        for (uint256 i = 0; i < newcomers; ++i) _joinOne(taskId);
        _touch(taskId);
    }

    function start(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_mayStart);
        if (!found) return;

        _start(taskId);
    }

    function submit(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_takesUpdates);
        if (!found) return;

        _submitOne(taskId, _pick(market.taskOf(taskId).trainerCount));
        _touch(taskId);
    }

    function claim(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, ) = _someRound(_isClaimable);
        if (!found) return;

        uint256 from = _pick(market.taskOf(taskId).trainerCount);
        for (uint256 i = 0; i < market.taskOf(taskId).trainerCount; ++i) {
            if (_claim(taskId, (from + i) % market.taskOf(taskId).trainerCount)) return;
        }
    }

    function leave(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_mayLeave);
        if (!found) return;

        uint256 from = _pick(market.taskOf(taskId).trainerCount);
        for (uint256 i = 0; i < market.taskOf(taskId).trainerCount; ++i) {
            if (_leave(taskId, (from + i) % market.taskOf(taskId).trainerCount)) return;
        }
    }

    /// @dev Without a quorum what the silent lost goes to the submitters, or to those who voted (R6).
    function claimExpired(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_hasExpiredShare);
        if (!found) return;

        _claimExpired(taskId, address(0));
    }

    function _start(uint256 taskId) internal {
        VM.prank(_one(people));
        market.start(taskId);
        _count(Kind.Started);
        _touch(taskId);
    }

    function _joinOne(uint256 taskId) internal {
        if (!_takesTrainers(taskId)) return;
        address trainer = _one(trainers);
        if (market.trainerNumberOf(taskId, trainer) != 0) return;

        _join(taskId, trainer, uint16(_between(1, market.taskOf(taskId).params.maxUnits)));
        _count(Kind.Joined);
    }

    function _submitOne(uint256 taskId, uint256 index) internal {
        if (!_takesUpdates(taskId)) return;
        uint256 round = market.taskOf(taskId).round;
        ITaskMarket.Trainer memory trainer = market.trainerAt(taskId, index);
        if (trainer.submittedRounds == round + 1) return;

        VM.prank(trainer.account);
        // The same digest from everybody: R15.
        market.submitUpdate(taskId, round, keccak256("update"));
        _count(Kind.Submitted);
        bytes memory again = abi.encodeCall(market.submitUpdate, (taskId, round, keccak256("again")));
        _refused(trainer.account, address(market), again, "I13 one update per round");
    }

    /// @dev All rounds that are final and worth something to him, in one call.
    function _claim(uint256 taskId, uint256 index) internal returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Claim[] memory claims = new ITaskMarket.Claim[](task.round + 1);
        (uint256 count, uint256 reward, uint256 stake) = (0, 0, 0);
        for (uint256 r = 0; r <= task.round; ++r) {
            (uint256 rewardHere, uint256 stakeHere) = _claimable(taskId, r, task, index);
            if (rewardHere + stakeHere == 0) continue;

            if (market.roundOf(taskId, r).dispute == ITaskMarket.Dispute.Overturned) _count(Kind.ClaimedVoid);
            claims[count++] = _proof(taskId, r, index);
            paidTrainer[taskId][r][index] = true;
            facts[taskId][r].drawn += rewardHere;
            (reward, stake) = (reward + rewardHere, stake + stakeHere);
        }
        if (count == 0) return false;

        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(claims, count)
        }
        _drawAsTrainer(taskId, task.params.rewardToken, market.trainerAt(taskId, index).account, claims, reward, stake);
        return true;
    }

    function _leave(uint256 taskId, uint256 index) internal returns (bool) {
        ITaskMarket.Trainer memory trainer = market.trainerAt(taskId, index);
        if (trainer.left) return false;

        VM.prank(trainer.account);
        market.leave(taskId);
        _refused(trainer.account, address(market), abi.encodeCall(market.leave, (taskId)), "I3 leave once");
        _count(Kind.TrainerLeft);
        _touch(taskId);
        return true;
    }

    /// @dev Pays all who are due but `sleeper`.
    function _claimExpired(uint256 taskId, address sleeper) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory round = market.roundOf(taskId, task.round);
        if (round.submitted == 0) {
            address[] memory members = _members(task);
            for (uint256 i = 0; i < members.length; ++i) {
                if (!_has(round.votedMask, i) || paidSeat[taskId][task.round][i] || members[i] == sleeper) continue;
                paidSeat[taskId][task.round][i] = true;
                _drawExpired(taskId, members[i], round.slashShare, Kind.VoterPaid);
            }
        } else {
            for (uint256 i = 0; i < task.trainerCount; ++i) {
                ITaskMarket.Trainer memory trainer = market.trainerAt(taskId, i);
                if (trainer.submittedRounds != task.round + 1 || trainer.account == sleeper) continue;
                if (paidTrainer[taskId][task.round][i]) continue;
                paidTrainer[taskId][task.round][i] = true;
                _drawExpired(taskId, trainer.account, round.slashShare, Kind.SubmitterPaid);
            }
        }
        _touch(taskId);
    }

    function _claimable(
        uint256 taskId,
        uint256 round,
        ITaskMarket.Task memory task,
        uint256 index
    ) internal view returns (uint256 reward, uint256 stake) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        if (!_isFinal(task, data) || paidTrainer[taskId][round][index]) return (0, 0);
        return _dueTrainer(taskId, round, task, data.dispute, index);
    }

    function _isClaimable(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        for (uint256 i = 0; i < task.trainerCount; ++i) {
            (uint256 reward, uint256 stake) = _claimable(taskId, round, task, i);
            if (reward + stake != 0) return true;
        }
        return false;
    }

    function _takesTrainers(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        return task.status == ITaskMarket.Status.Joining && block.timestamp < task.joinEndsAt;
    }

    function _mayStart(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        return
            task.status == ITaskMarket.Status.Joining &&
            block.timestamp >= task.joinEndsAt &&
            task.trainerCount >= task.params.minTrainers;
    }

    function _takesUpdates(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        if (task.status != ITaskMarket.Status.Training) return false;
        return block.timestamp < market.roundOf(taskId, task.round).closesAt;
    }

    function _mayLeave(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        return _isOver(task.status) && task.unsettled == 0 && task.trainerCount != 0;
    }

    function _hasExpiredShare(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        if (task.status != ITaskMarket.Status.Failed) return false;
        ITaskMarket.Round memory round = market.roundOf(taskId, task.round);
        return round.revealedAt == 0 && round.slashShare != 0;
    }

    function _drawAsTrainer(
        uint256 taskId,
        address token,
        address trainer,
        ITaskMarket.Claim[] memory claims,
        uint256 reward,
        uint256 stake
    ) private {
        uint256 balanceBefore = TokenDouble(token).balanceOf(_purse(trainer));
        uint256 freeBefore = vault.freeOf(trainer);
        VM.prank(trainer);
        uint256 gasBefore = gasleft();
        market.claim(taskId, claims, _purse(trainer));
        _metered(gasBefore);

        same(TokenDouble(token).balanceOf(_purse(trainer)) - balanceBefore, reward, "I7 reward by score alone");
        same(vault.freeOf(trainer) - freeBefore, stake, "I5 share of fines, or fine of a void round");
        bytes memory again = abi.encodeCall(market.claim, (taskId, claims, trainer));
        _refused(trainer, address(market), again, "I3 paid once");
        rewardsPaid[taskId] += reward;
        if (reward != 0) _count(Kind.Claimed);
        _touch(taskId);
    }

    function _drawExpired(uint256 taskId, address who, uint256 share, Kind kind) private {
        uint256 freeBefore = vault.freeOf(who);
        VM.prank(who);
        market.claimExpired(taskId);

        same(vault.freeOf(who) - freeBefore, share, "I5 share of what the silent lost");
        _refused(who, address(market), abi.encodeCall(market.claimExpired, (taskId)), "I3 paid once");
        expiredPaid[taskId] += 1;
        _count(kind);
    }
}

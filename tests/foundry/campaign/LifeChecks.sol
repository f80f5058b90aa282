// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {MoneyChecks} from "./MoneyChecks.sol";

/// @title I9 to I18: the order of things, and who had a say.
abstract contract LifeChecks is MoneyChecks {
    /// @dev As they stood after the last act.
    mapping(uint256 taskId => ITaskMarket.Status) private _statusBefore;
    mapping(uint256 taskId => uint256) private _roundBefore;

    /// @notice I9 to I18, as they stand now.
    function checkOrder() external view {
        Seen[] memory seen = _look();
        for (uint256 k = 0; k < seen.length; ++k) {
            _I9_deadlinesAreOrdered(seen[k]);
            _I13_I17_I27_votesAreOfMembers(seen[k]);
            _I18_honestTrainersKeepTheirStake(seen[k]);
        }
        _I17_membershipNeverChanges();
        // Nothing came near what a transaction may need.
        atMost(mostGas, MOST_GAS, "I11 gas");
    }

    /// @notice I9: deadlines stand in their order.
    function _I9_deadlinesAreOrdered(Seen memory seen) private pure {
        for (uint256 r = 0; r < seen.rounds.length; ++r) {
            ITaskMarket.Round memory round = seen.rounds[r];
            if (round.openedAt == 0) continue;
            isTrue(round.openedAt <= round.closesAt, "I9 opened before it closes");
            isTrue(round.closesAt <= round.commitEndsAt, "I9 closes before commitments end");
            isTrue(round.commitEndsAt < round.openEndsAt, "I9 commitments end before openings");
            isTrue(round.openEndsAt < round.voteEndsAt, "I9 openings end before votes");
            if (round.revealedAt != 0) isTrue(round.revealedAt >= round.closesAt, "I9 revealed after it closed");
            isTrue(round.revealedAt != 0 || r == seen.task.round, "I9 rounds are revealed in turn");
        }
    }

    /// @notice I13, I17, I27: seats, votes and vouches match, and one report at most has quorum.
    function _I13_I17_I27_votesAreOfMembers(Seen memory seen) private view {
        address[] memory members = _members(seen.task);
        for (uint256 r = 0; r < seen.rounds.length; ++r) _checkVotes(seen.id, r, seen.rounds[r], members);
    }

    function _I17_membershipNeverChanges() private view {
        for (uint256 id = 1; id <= committees.committeeCount(); ++id) {
            same(_membership(id), memberships[id], "I17 membership never changes");
        }
    }

    /// @notice I18: who submits in time and is scored is never fined.
    function _I18_honestTrainersKeepTheirStake(Seen memory seen) private view {
        for (uint256 i = 0; i < seen.trainers.length; ++i) {
            if (seen.trainers[i].account != trainers[1]) continue;
            uint256 silent;
            for (uint256 r = 0; r < seen.rounds.length; ++r) {
                bytes storage scores = facts[seen.id][r].report.scores;
                if (seen.rounds[r].revealedAt == 0 || scores.length == 0) continue;
                if (_wordAt(scores, i) == MISSED) ++silent;
            }
            atMost(seen.trainers[i].missed, silent, "I18 fined for a round he submitted to");
            same(seen.trainers[i].harmed, 0, "I18 fined for harm");
        }
    }

    /// @dev I9: no way back, and no forbidden step.
    function _afterAct() internal override {
        for (uint256 id = 1; id <= market.taskCount(); ++id) {
            ITaskMarket.Status now_ = market.statusOf(id);
            uint256 round = market.taskOf(id).round;
            isTrue(_isStep(_statusBefore[id], now_), "I9 status");
            atMost(_roundBefore[id], round, "I9 round");
            (_statusBefore[id], _roundBefore[id]) = (now_, round);
        }
    }

    function _checkVotes(uint256 id, uint256 r, ITaskMarket.Round memory round, address[] memory members) private view {
        uint256 quorum = members.length - (members.length - 1) / 3;
        same(round.votedMask >> members.length, 0, "I13 no vote from outside");
        same(round.committedMask >> members.length, 0, "I13 no commitment from outside");
        same(round.openedMask & ~round.committedMask, 0, "I14 opened what was committed");
        same(round.matchedMask & ~round.votedMask, 0, "I13 matched what was voted");
        same(round.vouchedMask, _vouched(id, r, members.length), "I27 whom enough voters vouched for");
        if (round.quorumHash != 0) atMost(quorum, _bits(round.matchedMask), "I17 quorum");
        for (uint256 i = 0; i < members.length; ++i) {
            bytes32 ballot = market.voteOf(id, r, members[i]);
            isTrue((ballot != 0) == _has(round.votedMask, i), "I13 a vote per bit");
            bool matched = round.quorumHash != 0 && ballot == round.quorumHash;
            isTrue(matched == _has(round.matchedMask, i), "I17 matched means voted so");
        }
    }

    function _isStep(ITaskMarket.Status then_, ITaskMarket.Status now_) private pure returns (bool) {
        if (then_ == now_ || then_ == ITaskMarket.Status.None) return true;
        if (then_ == ITaskMarket.Status.Joining) return now_ != ITaskMarket.Status.None;
        if (then_ != ITaskMarket.Status.Training) return false;
        return now_ == ITaskMarket.Status.Completed || now_ == ITaskMarket.Status.Failed;
    }
}

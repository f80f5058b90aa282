// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {DisputeActs} from "./DisputeActs.sol";

/// @title What must be refused, in whatever state the campaign has got to.
abstract contract ForbiddenActs is DisputeActs {
    /// @notice Somebody who is nobody tries everything (I13).
    function intrude(uint256 seed) external acting(seed) {
        if (market.taskCount() == 0) return;
        uint256 taskId = _between(1, market.taskCount());
        uint256 round = _pick(market.taskOf(taskId).round + 1);

        _intrudeOnRound(taskId, round);
        _intrudeOnMoney(taskId, round);
        _intrudeOnBooks(market.taskOf(taskId).params.committeeId);
        _count(Kind.StrangerRefused);
    }

    /// @notice People with a role use it outside its window (I9).
    function hurry(uint256 seed) external acting(seed) {
        if (market.taskCount() == 0) return;
        uint256 taskId = _between(1, market.taskCount());
        ITaskMarket.Task memory task = market.taskOf(taskId);
        uint256 round = _pick(task.round + 1);
        address[] memory members = _members(task);

        _hurryMember(taskId, round, members[_pick(members.length)]);
        _hurryAnyone(taskId, round, task);
        if (task.trainerCount != 0) _hurryTrainer(taskId, round, task, _pick(task.trainerCount));
        _count(Kind.UntimelyRefused);
    }

    /// @notice A member shows something else than what had quorum (I15).
    function lie(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_isRevealable);
        if (!found) return;
        ITaskMarket.Report memory report = facts[taskId][round].report;
        uint256 part = _pick(report.scores.length == 0 ? 3 : 4);
        if (part == 0) report.progressWad ^= uint64(1 << _pick(63));
        else if (part == 1) report.modelDigest ^= bytes32(uint256(1));
        else if (part == 2) report.outcome = ITaskMarket.Outcome((uint8(report.outcome) + 1) % 3);
        else report.scores[_pick(report.scores.length)] ^= 0x01;

        address[] memory members = _members(market.taskOf(taskId));
        bytes memory data = abi.encodeCall(market.reveal, (taskId, round, report));
        _refused(members[_pick(members.length)], address(market), data, "I15 only what had quorum is revealed");
        _count(Kind.LieRefused);
    }

    /// @notice Who was paid proves it again, under another name, another round, another score (I2, I3).
    function forge(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_isScored);
        if (!found) return;
        ITaskMarket.Task memory task = market.taskOf(taskId);
        uint256 index = _pick(task.trainerCount);
        address trainer = market.trainerAt(taskId, index).account;
        ITaskMarket.Claim[] memory claims = new ITaskMarket.Claim[](1);
        claims[0] = _proof(taskId, round, index);

        uint256 trick = _pick(4);
        if (trick == 0) claims[0].score ^= 1;
        else if (trick == 1) claims[0].proof = _longer(claims[0].proof);
        else if (trick == 2 && task.trainerCount > 1)
            trainer = market.trainerAt(taskId, (index + 1) % task.trainerCount).account;
        else if (_isScored(taskId, (round + 1) % 3)) claims[0].round = uint16((round + 1) % 3);
        else claims[0].round = 7;
        _refused(trainer, address(market), abi.encodeCall(market.claim, (taskId, claims, trainer)), "I2 forged claim");
        _count(Kind.RepeatRefused);
    }

    function _intrudeOnRound(uint256 taskId, uint256 round) private {
        address target = address(market);
        bytes32 word = keccak256("word");
        ITaskMarket.Report memory report = facts[taskId][round].report;
        _refused(stranger, target, abi.encodeCall(market.submitUpdate, (taskId, round, word)), "I13 submit");
        _refused(stranger, target, abi.encodeCall(market.commitWork, (taskId, round, word)), "I13 commit");
        _refused(
            stranger,
            target,
            abi.encodeCall(market.openWork, (taskId, round, DIGEST, ACCEPTED, SALT)),
            "I13 open"
        );
        _refused(stranger, target, abi.encodeCall(market.vote, (taskId, round, word, 0)), "I13 vote");
        _refused(stranger, target, abi.encodeCall(market.reveal, (taskId, round, report)), "I13 reveal");
        _refused(stranger, target, abi.encodeCall(market.announce, (taskId, round, 1, word)), "I13 announce");
        _refused(stranger, target, abi.encodeCall(market.rule, (taskId, 2)), "I13 rule");
    }

    function _intrudeOnMoney(uint256 taskId, uint256 round) private {
        address target = address(market);
        uint256[] memory rounds = new uint256[](1);
        rounds[0] = round;
        ITaskMarket.Claim[] memory claims = new ITaskMarket.Claim[](1);
        _refused(stranger, target, abi.encodeCall(market.end, (taskId)), "I13 end");
        _refused(stranger, target, abi.encodeCall(market.refund, (taskId, stranger)), "I13 refund");
        _refused(stranger, target, abi.encodeCall(market.claim, (taskId, claims, stranger)), "I13 claim");
        _refused(stranger, target, abi.encodeCall(market.claimFees, (taskId, rounds, stranger)), "I13 claimFees");
        _refused(stranger, target, abi.encodeCall(market.claimExpired, (taskId)), "I13 claimExpired");
        _refused(stranger, target, abi.encodeCall(market.leave, (taskId)), "I13 leave");
    }

    function _intrudeOnBooks(uint256 committeeId) private {
        address who = _one(people);
        ICommittees.Conditions memory conditions;
        address token = address(tokens[0]);
        _refused(who, address(vault), abi.encodeCall(vault.lock, (who, 0)), "I13 lock");
        _refused(who, address(vault), abi.encodeCall(vault.unlock, (who, 0)), "I13 unlock");
        _refused(who, address(vault), abi.encodeCall(vault.slash, (who, 0)), "I13 slash");
        _refused(who, address(vault), abi.encodeCall(vault.credit, (who, 0)), "I13 credit");
        _refused(who, address(vault), abi.encodeCall(vault.setBooks, (who, who)), "I13 setBooks");
        bytes memory more = abi.encodeCall(vault.withdraw, (who, vault.freeOf(who) + 1));
        _refused(who, address(vault), more, "I4 locked stake stays");
        address target = address(committees);
        _refused(who, target, abi.encodeCall(committees.setMarket, (who)), "I13 setMarket");
        _refused(who, target, abi.encodeCall(committees.slashSeat, (committeeId, 0, 1)), "I13 slashSeat");
        _refused(who, target, abi.encodeCall(committees.release, (committeeId, token, 0)), "I13 release");
        _refused(who, target, abi.encodeCall(committees.reserve, (committeeId, token, 0, conditions)), "I13 reserve");
        _refused(stranger, target, abi.encodeCall(committees.retire, (committeeId)), "I13 retire");
        _refused(stranger, target, abi.encodeCall(committees.leave, (committeeId)), "I13 leave a committee");
        bytes memory enroll = abi.encodeCall(committees.enroll, (committeeId, keccak256("key")));
        _refused(stranger, target, enroll, "I13 enroll");
        if (committees.committeeOf(committeeId).openTasks != 0) {
            address member = committees.seatsOf(committeeId)[0].account;
            _refused(member, target, abi.encodeCall(committees.leave, (committeeId)), "I17 leave an open task");
        }
    }

    function _hurryMember(uint256 taskId, uint256 round, address member) private {
        bytes32 word = keccak256("word");
        if (!_takesCommitments(taskId, round)) {
            _refused(member, address(market), abi.encodeCall(market.commitWork, (taskId, round, word)), "I9 commit");
        }
        if (!_takesOpenings(taskId, round)) {
            bytes memory opening = abi.encodeCall(market.openWork, (taskId, round, DIGEST, ACCEPTED, SALT));
            _refused(member, address(market), opening, "I9 open");
        }
        if (!_takesVotes(taskId, round)) {
            _refused(member, address(market), abi.encodeCall(market.vote, (taskId, round, word, 0)), "I9 vote");
        }
        if (!_isRevealable(taskId, round)) {
            ITaskMarket.Report memory report = facts[taskId][round].report;
            _refused(member, address(market), abi.encodeCall(market.reveal, (taskId, round, report)), "I9 reveal");
        }
    }

    function _hurryAnyone(uint256 taskId, uint256 round, ITaskMarket.Task memory task) private {
        address target = address(market);
        address who = task.owner;
        if (!_mayStart(taskId)) _refused(who, target, abi.encodeCall(market.start, (taskId)), "I9 start");
        if (!_mayCancel(taskId)) _refused(who, target, abi.encodeCall(market.cancel, (taskId)), "I9 cancel");
        if (!_isTraining(taskId)) _refused(who, target, abi.encodeCall(market.end, (taskId)), "I9 end");
        if (!_isOverdue(taskId)) _refused(who, target, abi.encodeCall(market.expire, (taskId)), "I9 expire");
        if (!_mayClose(taskId)) _refused(who, target, abi.encodeCall(market.close, (taskId)), "I9 close");
        if (!_isSettleable(taskId, round)) {
            _refused(who, target, abi.encodeCall(market.settle, (taskId, round)), "I9 settle");
        }
        if (!_mayChallenge(taskId, round)) {
            _refused(who, target, abi.encodeCall(market.challenge, (taskId, round)), "I9 challenge");
        }
        bool lapsed =
            _isDisputed(taskId, round) &&
                block.timestamp >= market.roundOf(taskId, round).disputedAt + market.ARBITRATION_WINDOW();
        if (!lapsed) _refused(who, target, abi.encodeCall(market.lapse, (taskId, round)), "I9 lapse");
    }

    function _hurryTrainer(uint256 taskId, uint256 round, ITaskMarket.Task memory task, uint256 index) private {
        address trainer = market.trainerAt(taskId, index).account;
        if (!_takesUpdates(taskId) || round != task.round) {
            bytes memory update = abi.encodeCall(market.submitUpdate, (taskId, round, keccak256("late")));
            _refused(trainer, address(market), update, "I9 submit");
        }
        if (!_takesTrainers(taskId)) {
            _refused(stranger, address(market), abi.encodeCall(market.join, (taskId, 1, keccak256("key"))), "I9 join");
        }
        _refused(trainer, address(market), abi.encodeCall(market.join, (taskId, 1, keccak256("key"))), "I13 join once");
        if (!_mayLeave(taskId)) _refused(trainer, address(market), abi.encodeCall(market.leave, (taskId)), "I9 leave");
        if (!_isFinal(task, market.roundOf(taskId, round)) && facts[taskId][round].report.scores.length != 0) {
            ITaskMarket.Claim[] memory claims = new ITaskMarket.Claim[](1);
            claims[0] = _proof(taskId, round, index);
            bytes memory data = abi.encodeCall(market.claim, (taskId, claims, trainer));
            _refused(trainer, address(market), data, "I9 claim before it is final");
        }
    }

    function _isScored(uint256 taskId, uint256 round) internal view returns (bool) {
        return market.roundOf(taskId, round).root != 0;
    }

    function _longer(bytes32[] memory proof) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](proof.length + 1);
        for (uint256 i = 0; i < proof.length; ++i) longer[i] = proof[i];
        longer[proof.length] = keccak256("one more");
    }
}

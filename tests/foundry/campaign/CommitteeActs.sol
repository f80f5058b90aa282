// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "../../../contracts/test/TokenDouble.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {TrainerActs} from "./TrainerActs.sol";

/// @title What members do in a round, one act at a time, and what anyone does once it is over.
abstract contract CommitteeActs is TrainerActs {
    bytes32 internal constant DIGEST = keccak256("work");
    bytes32 internal constant SALT = keccak256("salt");
    bytes internal constant ACCEPTED = hex"0f";

    function commit(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_takesCommitments);
        if (!found) return;

        _commitOne(taskId, round, _pick(_members(market.taskOf(taskId)).length));
        _touch(taskId);
    }

    function open(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_takesOpenings);
        if (!found) return;

        _openOne(taskId, round, _pick(_members(market.taskOf(taskId)).length));
        _touch(taskId);
    }

    function vote(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_takesVotes);
        if (!found) return;

        _voteOne(taskId, round, _pick(_members(market.taskOf(taskId)).length));
        _touch(taskId);
    }

    function reveal(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_isRevealable);
        if (!found) return;

        _reveal(taskId, round);
    }

    function settle(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_isUnsettled);
        if (!found) return;
        ITaskMarket.Task memory task = market.taskOf(taskId);
        if (!_isSettleable(taskId, round)) {
            if (_maybe(50)) return;
            VM.warp(_max(block.timestamp, _finalAt(task, market.roundOf(taskId, round))));
        }

        _settle(taskId, round);
    }

    function claimFees(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, ) = _someRound(_hasSeatPay);
        if (!found) return;

        uint256 size = _members(market.taskOf(taskId)).length;
        uint256 from = _pick(size);
        for (uint256 i = 0; i < size; ++i) {
            if (_claimFees(taskId, (from + i) % size)) return;
        }
    }

    function expire(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_isOverdue);
        if (!found) return;

        _expire(taskId);
    }

    function close(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_mayClose);
        if (!found) return;

        _close(taskId);
    }

    // ---------------------------------------------------------------- one act

    function _commitOne(uint256 taskId, uint256 round, uint256 seat) internal {
        if (!_takesCommitments(taskId, round) || _has(market.roundOf(taskId, round).committedMask, seat)) return;
        address member = _members(market.taskOf(taskId))[seat];
        bytes32 commitment = market.commitmentOf(DIGEST, ACCEPTED, SALT, member, taskId, round);

        VM.prank(member);
        market.commitWork(taskId, round, commitment);
        _count(Kind.Committed);
    }

    function _openOne(uint256 taskId, uint256 round, uint256 seat) internal {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        if (!_takesOpenings(taskId, round) || !_has(data.committedMask, seat) || _has(data.openedMask, seat)) return;
        address member = _members(market.taskOf(taskId))[seat];

        bytes memory other = abi.encodeCall(market.openWork, (taskId, round, DIGEST, ACCEPTED, keccak256("other")));
        _refused(member, address(market), other, "I14 only what was committed opens");
        VM.prank(member);
        market.openWork(taskId, round, DIGEST, ACCEPTED, SALT);
        _count(Kind.Opened);
    }

    function _voteOne(uint256 taskId, uint256 round, uint256 seat) internal {
        if (!_takesVotes(taskId, round) || _has(market.roundOf(taskId, round).votedMask, seat)) return;
        bytes32 before = market.roundOf(taskId, round).quorumHash;
        bytes32 ballot = _agree(taskId, round);
        bool apart = _maybe(8);
        // Few different lies, so that liars meet; where they get a quorum the round can only expire.
        if (apart) ballot = keccak256(abi.encode("lie", _pick(3)));
        address[] memory members = _members(market.taskOf(taskId));
        uint16 vouched = _vouch(taskId, round, members.length);

        bytes memory beyond = abi.encodeCall(market.vote, (taskId, round, ballot, uint16(1 << members.length)));
        _refused(members[seat], address(market), beyond, "I27 no vouch for a seat that is not there");
        VM.prank(members[seat]);
        market.vote(taskId, round, ballot, vouched);
        _count(apart ? Kind.VotedApart : Kind.Voted);
        bytes memory again = abi.encodeCall(market.vote, (taskId, round, keccak256("again"), vouched));
        _refused(members[seat], address(market), again, "I13 one vote per round");
        _checkQuorum(taskId, round, before);
    }

    /// @dev Half of the voters vouch for everybody, the rest for anybody.
    function _vouch(uint256 taskId, uint256 round, uint256 size) private returns (uint16 vouched) {
        vouched = uint16(_maybe(50) ? (1 << size) - 1 : _pick(1 << size));
        for (uint256 seat = 0; seat < size; ++seat) {
            if (_has(vouched, seat)) ++vouchesFor[taskId][round][seat];
        }
    }

    function _reveal(uint256 taskId, uint256 round) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        Fact storage fact = facts[taskId][round];
        address[] memory members = _members(task);
        address member = members[_pick(members.length)];
        if (fact.hash != market.roundOf(taskId, round).quorumHash) return;
        bytes memory data = abi.encodeCall(market.reveal, (taskId, round, fact.report));
        if (!_isGood(fact.report, task)) {
            _refused(member, address(market), data, "I15 a report that breaks a rule");
            return;
        }

        VM.prank(member);
        uint256 gasBefore = gasleft();
        market.reveal(taskId, round, fact.report);
        _metered(gasBefore);
        _book(taskId, round, task);
        _refused(member, address(market), data, "I3 revealed once");
        _count(Kind.Revealed);
        if (fact.report.outcome == ITaskMarket.Outcome.OwnerStalled) _count(Kind.OwnerStalled);
        if (fact.report.outcome == ITaskMarket.Outcome.Aborted) _count(Kind.Aborted);
        if (market.statusOf(taskId) == ITaskMarket.Status.Completed) _count(Kind.Completed);
        _touch(taskId);
    }

    function _settle(uint256 taskId, uint256 round) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        bool overturned = data.dispute == ITaskMarket.Dispute.Overturned;
        uint256 pot = overturned ? 0 : _bookFaults(task, data.matchedMask);
        if (facts[taskId][round].ruling == 1) pot += task.params.challengeBond;
        uint256 ownerBefore = vault.freeOf(task.owner);

        VM.prank(_one(people));
        uint256 gasBefore = gasleft();
        market.settle(taskId, round);
        _metered(gasBefore);

        if (!overturned) _checkSettled(taskId, round, pot, task, vault.freeOf(task.owner) - ownerBefore);
        _refused(stranger, address(market), abi.encodeCall(market.settle, (taskId, round)), "I3 settled once");
        _count(Kind.Settled);
        _touch(taskId);
    }

    function _claimFees(uint256 taskId, uint256 seat) internal returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        uint256[] memory rounds = new uint256[](task.round + 1);
        (uint256 count, uint256 fees, uint256 stake) = (0, 0, 0);
        for (uint256 r = 0; r <= task.round; ++r) {
            if (paidSeat[taskId][r][seat]) continue;
            (uint256 feesHere, uint256 stakeHere) = _dueSeat(market.roundOf(taskId, r), seat);
            if (feesHere + stakeHere == 0) continue;

            rounds[count++] = r;
            paidSeat[taskId][r][seat] = true;
            (fees, stake) = (fees + feesHere, stake + stakeHere);
        }
        if (count == 0) return false;

        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(rounds, count)
        }
        _drawAsMember(taskId, task, _members(task)[seat], rounds, fees, stake);
        return true;
    }

    function _expire(uint256 taskId) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory data = market.roundOf(taskId, task.round);
        bool agreed = data.quorumHash != 0;
        uint256 pot = agreed ? 0 : _bookFaults(task, data.votedMask);
        uint256 ownerBefore = vault.freeOf(task.owner);

        VM.prank(_one(people));
        market.expire(taskId);

        uint256 receivers = data.submitted == 0 ? _bits(data.votedMask) : data.submitted;
        uint256 share = market.roundOf(taskId, task.round).slashShare;
        uint256 dust = vault.freeOf(task.owner) - ownerBefore;
        same(share * receivers + dust, pot, "I5 what the silent lost lands with submitters, voters or the owner");
        if (receivers != 0) isTrue(dust < receivers, "I6 dust of an expired round");
        _count(agreed ? Kind.ExpiredWithQuorum : Kind.ExpiredWithoutQuorum);
        _touch(taskId);
    }

    function _close(uint256 taskId) internal {
        VM.prank(_one(people));
        market.close(taskId);
        closed[taskId] = true;
        _refused(stranger, address(market), abi.encodeCall(market.close, (taskId)), "I3 closed once");
        _count(Kind.Closed);
        _touch(taskId);
    }

    /// @dev Who is not in `spared` loses the penalty, as far as his stake goes; the sum of it.
    function _bookFaults(ITaskMarket.Task memory task, uint256 spared) internal returns (uint256 pot) {
        uint256 committeeId = task.params.committeeId;
        ICommittees.Seat[] memory seats = committees.seatsOf(committeeId);
        uint256 penalty = committees.committeeOf(committeeId).faultPenalty;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (_has(spared, i)) continue;
            uint256 taken = _min(penalty, seats[i].stake);
            seatTaken[committeeId][i] += taken;
            pot += taken;
        }
        if (pot != 0) _count(Kind.SeatSlashed);
    }

    // ---------------------------------------------------------------- the report they agree on

    /// @dev Fixed by the first who votes; by then the submissions are in.
    function _agree(uint256 taskId, uint256 round) internal returns (bytes32) {
        Fact storage fact = facts[taskId][round];
        if (!fact.fixedReport) {
            fact.fixedReport = true;
            fact.report = _drawReport(taskId, round, market.taskOf(taskId));
            fact.hash = market.reportHashOf(taskId, round, fact.report);
        }
        return fact.hash;
    }

    function _drawReport(
        uint256 taskId,
        uint256 round,
        ITaskMarket.Task memory task
    ) private returns (ITaskMarket.Report memory report) {
        bool perRound = task.params.progressRule == ITaskMarket.ProgressRule.PerRound;
        report.modelDigest = keccak256(abi.encode(taskId, round));
        report.progressWad = bestProgress(taskId);
        if (_maybe(8)) {
            report.outcome = ITaskMarket.Outcome.Aborted;
            return report;
        }
        if (perRound && _maybe(20)) report.outcome = ITaskMarket.Outcome.OwnerStalled;
        report.progressWad = perRound ? uint64(((round + 1) * WAD) / task.params.rounds) : _drawProgress(taskId);
        // No one's fault is known when a report with quorum can't be shown: it may only expire.
        if (_maybe(5)) report.progressWad = uint64(2 * WAD);
        report.scores = _drawScores(taskId, round, task.trainerCount);
    }

    function bestProgress(uint256 taskId) public view returns (uint64) {
        return uint64(bestWad[taskId]);
    }

    function _drawProgress(uint256 taskId) private returns (uint64) {
        if (_maybe(5)) return uint64(WAD);
        // Sometimes the model gets worse; that releases nothing.
        uint256 progress = bestWad[taskId] + _pick(0.4e18);
        if (_maybe(15)) progress = bestWad[taskId] / 2;
        return uint64(_min(progress, WAD));
    }

    /// @dev trainers[1] is honest: who submits like him is never called missed or harmful (I18).
    function _drawScores(uint256 taskId, uint256 round, uint256 count) private returns (bytes memory) {
        uint64[] memory scores = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            ITaskMarket.Trainer memory trainer = market.trainerAt(taskId, i);
            uint256 draw = _pick(100);
            scores[i] = uint64(_pick(draw < 50 ? 2 ** 63 + 1 : 4));
            if (trainer.submittedRounds != round + 1) scores[i] = MISSED;
            else if (trainer.account == trainers[1]) continue;
            else if (draw < 10) scores[i] = MISSED;
            else if (draw < 25) scores[i] = HARMFUL;
        }
        return _words(scores);
    }

    function _isGood(ITaskMarket.Report memory report, ITaskMarket.Task memory) private pure returns (bool) {
        return report.progressWad <= WAD;
    }

    // ---------------------------------------------------------------- checks on the way

    function _checkQuorum(uint256 taskId, uint256 round, bytes32 before) private {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        if (before != 0) same(before, data.quorumHash, "I17 a quorum stays");
        else if (data.quorumHash != 0) _count(Kind.Quorum);
    }

    /// @dev Fees in equal parts to who opened, matched and was vouched for; slashes to who matched; every rest to the owner.
    function _checkSettled(
        uint256 taskId,
        uint256 round,
        uint256 pot,
        ITaskMarket.Task memory task,
        uint256 ownerGot
    ) private {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        Fact storage fact = facts[taskId][round];
        uint256 worked = data.openedMask & data.matchedMask;
        uint256 earners = _bits(worked & data.vouchedMask);
        if (earners != _bits(worked)) _count(Kind.OpenedInVain);
        uint256 matched = _bits(data.matchedMask);
        same(data.feeShare, earners == 0 ? 0 : task.params.feePerRound / earners, "I5 fee share");
        same(data.slashShare, pot / matched, "I5 slash share");
        uint256 dust = pot % matched;
        if (fact.accepted != 0) dust += fact.missPot % fact.accepted;
        uint256 drawn;
        for (uint256 i = 0; i < fact.report.scores.length / 8 && fact.totalScore != 0; ++i) {
            uint64 word = _wordAt(fact.report.scores, i);
            if (word < HARMFUL) drawn += (fact.harmPot * word) / fact.totalScore;
        }
        same(ownerGot, dust + fact.harmPot - drawn, "I6 dust of stakes goes to the owner");
        same(
            market.taskOf(taskId).refundable - task.refundable,
            task.params.feePerRound - data.feeShare * earners,
            "I6 dust of fees goes to the owner"
        );
    }

    function _drawAsMember(
        uint256 taskId,
        ITaskMarket.Task memory task,
        address member,
        uint256[] memory rounds,
        uint256 fees,
        uint256 stake
    ) private {
        TokenDouble token = TokenDouble(task.params.rewardToken);
        uint256 balanceBefore = token.balanceOf(_purse(member));
        uint256 freeBefore = vault.freeOf(member);
        VM.prank(member);
        market.claimFees(taskId, rounds, _purse(member));

        same(token.balanceOf(_purse(member)) - balanceBefore, fees, "I3 fees");
        same(vault.freeOf(member) - freeBefore, stake, "I5 share of slashed seats");
        bytes memory again = abi.encodeCall(market.claimFees, (taskId, rounds, member));
        _refused(member, address(market), again, "I3 paid once");
        feesPaid[taskId] += fees;
        _count(Kind.FeesClaimed);
        _touch(taskId);
    }

    // ---------------------------------------------------------------- who may act now (I9)

    function _isWorkable(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        if (data.openedAt == 0) return false;
        return data.revealedAt != 0 || market.statusOf(taskId) == ITaskMarket.Status.Training;
    }

    function _takesCommitments(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return _isWorkable(taskId, round) && block.timestamp >= data.closesAt && block.timestamp < data.commitEndsAt;
    }

    function _takesOpenings(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return _isWorkable(taskId, round) && block.timestamp >= data.commitEndsAt && block.timestamp < data.openEndsAt;
    }

    function _takesVotes(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return _isWorkable(taskId, round) && block.timestamp >= data.closesAt && block.timestamp < data.voteEndsAt;
    }

    function _isRevealable(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return data.quorumHash != 0 && data.revealedAt == 0 && market.statusOf(taskId) == ITaskMarket.Status.Training;
    }

    function _isUnsettled(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return data.revealedAt != 0 && !data.settled && data.dispute != ITaskMarket.Dispute.Open;
    }

    function _isSettleable(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return !data.settled && _isFinal(market.taskOf(taskId), data);
    }

    function _hasSeatPay(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        for (uint256 seat = 0; seat < 10; ++seat) {
            (uint256 fees, uint256 stake) = _dueSeat(data, seat);
            if (fees + stake != 0 && !paidSeat[taskId][round][seat]) return true;
        }
        return false;
    }

    function _isOverdue(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        if (task.status != ITaskMarket.Status.Training) return false;
        return block.timestamp >= _expiresAt(task, market.roundOf(taskId, task.round));
    }

    function _mayClose(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        return _isOver(task.status) && task.unsettled == 0 && !task.committeeReleased;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {CommitteeActs} from "./CommitteeActs.sol";

/// @title Challenges, and what comes of them.
abstract contract DisputeActs is CommitteeActs {
    mapping(uint256 taskId => mapping(uint256 round => uint256)) internal disputeIds;

    function challenge(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_mayChallenge);
        if (!found) return;

        _challenge(taskId, round);
    }

    function rule(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_isDisputed);
        if (!found) return;

        _rule(taskId, round, _pick(4));
    }

    /// @dev The arbiter sleeps; so does everybody else meanwhile, which few tasks outlive.
    function lapse(uint256 seed) external acting(seed) {
        if (_maybe(70)) return;
        (bool found, uint256 taskId, uint256 round) = _someRound(_isDisputed);
        if (!found) return;

        uint256 lapsesAt = market.roundOf(taskId, round).disputedAt + market.ARBITRATION_WINDOW();
        VM.warp(_max(block.timestamp, lapsesAt));
        _lapse(taskId, round);
    }

    function _challenge(uint256 taskId, uint256 round) internal {
        address challenger = _one(people);
        _fund(challenger, market.taskOf(taskId).params.challengeBond);
        VM.prank(challenger);
        disputeIds[taskId][round] = market.challenge(taskId, round);

        bytes memory again = abi.encodeCall(market.challenge, (taskId, round));
        _refused(challenger, address(market), again, "I3 challenged once");
        _count(Kind.Challenged);
        _touch(taskId);
    }

    function _rule(uint256 taskId, uint256 round, uint256 ruling) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        uint256 taken = ruling == 2 ? _bookVoters(task, data.matchedMask) : 0;
        uint256 depositsBefore = vault.depositOf(data.challenger) + vault.depositOf(task.owner);
        bool sameAccount = data.challenger == task.owner;

        arbiter.giveRuling(address(market), disputeIds[taskId][round], ruling);

        facts[taskId][round].ruling = ruling;
        if (ruling == 2 && !_sitsWith(task, data)) {
            uint256 deposits = vault.depositOf(data.challenger) + vault.depositOf(task.owner);
            same(deposits - depositsBefore, sameAccount ? 2 * taken : taken, "I5 half to each");
        }
        _count(
            ruling == 1
                ? Kind.Upheld
                : ruling == 2
                    ? Kind.Overturned
                    : Kind.Refused
        );
        _touch(taskId);
    }

    function _lapse(uint256 taskId, uint256 round) internal {
        VM.prank(_one(people));
        market.lapse(taskId, round);
        _count(Kind.Lapsed);
        _touch(taskId);
    }

    function _mayChallenge(uint256 taskId, uint256 round) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        return
            task.params.arbiter != address(0) &&
            data.revealedAt != 0 &&
            data.dispute == ITaskMarket.Dispute.None &&
            block.timestamp < data.revealedAt + task.params.challengeWindow;
    }

    function _isDisputed(uint256 taskId, uint256 round) internal view returns (bool) {
        return market.roundOf(taskId, round).dispute == ITaskMarket.Dispute.Open;
    }

    /// @dev Whoever voted with the quorum of a void round loses all that his seat still has.
    function _bookVoters(ITaskMarket.Task memory task, uint256 matched) private returns (uint256 taken) {
        uint256 committeeId = task.params.committeeId;
        ICommittees.Seat[] memory seats = committees.seatsOf(committeeId);
        for (uint256 i = 0; i < seats.length; ++i) {
            if (!_has(matched, i)) continue;
            seatTaken[committeeId][i] += seats[i].stake;
            taken += seats[i].stake;
        }
    }

    /// @dev The challenger or the owner loses a seat's stake himself: then his deposit tells nothing.
    function _sitsWith(ITaskMarket.Task memory task, ITaskMarket.Round memory data) private view returns (bool) {
        address[] memory members = _members(task);
        for (uint256 i = 0; i < members.length; ++i) {
            if (_has(data.matchedMask, i) && (members[i] == data.challenger || members[i] == task.owner)) return true;
        }
        return false;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {ForbiddenActs} from "./ForbiddenActs.sol";

/// @title The campaign: single acts, whole rounds, and time.
/// @dev Single random acts hardly ever reach a reveal, so `playRound` strings a round together, with people silent,
/// late and lying in the middle of it; the single acts then find their way into the gaps.
contract Handler is ForbiddenActs {
    constructor() {
        _buildWorld();
        // The fourth oracle sits on all three.
        _committee(0, 4);
        _committee(3, 4);
        _committee(0, 7);
        for (uint256 id = 1; id <= 3; ++id) memberships[id] = _membership(id);
    }

    function playRound(uint256 seed) public acting(seed) {
        (bool found, uint256 taskId) = _someTask(_takesUpdates);
        if (!found) {
            (found, taskId) = _someTask(_mayStart);
            if (!found) return;
            _start(taskId);
        }

        uint256 round = market.taskOf(taskId).round;
        // Now and then nobody sends anything, and few vote.
        bool dull = _maybe(10);
        if (!dull) _playSubmissions(taskId);
        VM.warp(_max(block.timestamp, market.roundOf(taskId, round).closesAt));
        _playWork(taskId, round);
        _playVotes(
            taskId,
            round,
            dull
                ? 25
                : _maybe(20)
                    ? _pick(60)
                    : 97
        );
        if (_isRevealable(taskId, round) && _maybe(85)) _reveal(taskId, round);
        _touch(taskId);
    }

    /// @notice A challenge to its end: the arbiter says something, or sleeps; then everybody fetches what is his.
    function playDispute(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId, uint256 round) = _someRound(_mayChallenge);
        if (!found) return;

        _challenge(taskId, round);
        uint256 ruling = _pick(6);
        if (ruling == 5) {
            VM.warp(block.timestamp + market.ARBITRATION_WINDOW());
            _lapse(taskId, round);
        } else {
            _rule(taskId, round, ruling > 2 ? 2 : ruling);
        }
        VM.warp(_max(block.timestamp, _finalAt(market.taskOf(taskId), market.roundOf(taskId, round))));
        _settle(taskId, round);
        for (uint256 i = 0; i < market.taskOf(taskId).trainerCount; ++i) _claim(taskId, i);
    }

    /// @notice Posts, fills and starts a task at once.
    function startTask(uint256 seed) external {
        uint256 tasks = market.taskCount();
        this.post(seed);
        if (market.taskCount() == tasks) return;
        this.join(seed);
        this.join(seed ^ 1);
        if (!_takesTrainers(tasks + 1)) return;

        VM.warp(_max(block.timestamp, market.taskOf(tasks + 1).joinEndsAt));
        if (_mayStart(tasks + 1)) _start(tasks + 1);
    }

    /// @notice To the second before, of, or after a deadline of some task: where mistakes live.
    function jump(uint256 seed) external acting(seed) {
        uint256 tasks = market.taskCount();
        if (tasks == 0) return;
        uint256 taskId = _between(1, tasks);
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory round = market.roundOf(taskId, _pick(task.round + 1));
        uint256[7] memory deadlines = [
            task.joinEndsAt,
            round.closesAt,
            round.commitEndsAt,
            round.openEndsAt,
            round.voteEndsAt,
            _expiresAt(task, round),
            _finalAt(task, round)
        ];
        uint256 deadline = deadlines[_pick(7)];
        // From far away it would be the end of everything else.
        if (deadline < block.timestamp || deadline > block.timestamp + 1 days) return;
        VM.warp(_max(block.timestamp, deadline - 1 + _pick(3)));
    }

    function wait(uint256 seconds_) external {
        VM.warp(block.timestamp + bound(seconds_, 1, 2 hours));
    }

    function _playSubmissions(uint256 taskId) private {
        uint256 trainerCount = market.taskOf(taskId).trainerCount;
        uint256 eager = _pick(4) == 0 ? _pick(101) : 95;
        for (uint256 i = 0; i < trainerCount; ++i) {
            if (_maybe(eager)) _submitOne(taskId, i);
            if (_maybe(10)) VM.warp(block.timestamp + _pick(600));
        }
    }

    function _playWork(uint256 taskId, uint256 round) private {
        uint256 size = _members(market.taskOf(taskId)).length;
        uint256 eager = _pick(4) == 0 ? _pick(101) : 95;
        for (uint256 seat = 0; seat < size; ++seat) {
            if (_maybe(eager)) _commitOne(taskId, round, seat);
        }
        VM.warp(_max(block.timestamp, market.roundOf(taskId, round).commitEndsAt));
        for (uint256 seat = 0; seat < size; ++seat) {
            if (_maybe(eager)) _openOne(taskId, round, seat);
        }
    }

    function _playVotes(uint256 taskId, uint256 round, uint256 eager) private {
        uint256 size = _members(market.taskOf(taskId)).length;
        for (uint256 seat = 0; seat < size; ++seat) {
            if (_maybe(eager)) _voteOne(taskId, round, seat);
        }
        if (_maybe(10)) VM.warp(_max(block.timestamp, market.roundOf(taskId, round).voteEndsAt - _pick(2)));
    }

    // ---------------------------------------------------------------- exit

    /// @notice Everybody goes, with nothing but time and calls that anyone may make; `sleeper` last, so that who does
    /// nothing holds nobody up (I12). Whatever reverts here is somebody's money caught.
    function exit(uint256 sleeperSeed) external {
        address sleeper = people[sleeperSeed % people.length];
        VM.warp(block.timestamp + 60 days);
        _endJoining();
        VM.warp(block.timestamp + 60 days);
        uint256 tasks = market.taskCount();
        for (uint256 id = 1; id <= tasks; ++id) _endTask(id);
        for (uint256 id = 1; id <= tasks; ++id) _exitTask(id, sleeper);
        _exitCommittees(sleeper);
        _exitVault(sleeper);
        for (uint256 id = 1; id <= tasks; ++id) _exitTask(id, address(0));
        _exitCommittees(address(0));
        _exitVault(address(0));
    }

    function _endJoining() private {
        uint256 tasks = market.taskCount();
        for (uint256 id = 1; id <= tasks; ++id) {
            if (_mayStart(id)) {
                _start(id);
            } else if (_mayCancel(id)) {
                VM.prank(stranger);
                market.cancel(id);
            }
        }
    }

    function _endTask(uint256 taskId) private {
        if (_isOverdue(taskId)) _expire(taskId);
        uint256 rounds = market.taskOf(taskId).round + 1;
        for (uint256 r = 0; r < rounds; ++r) {
            if (_isDisputed(taskId, r)) _lapse(taskId, r);
            if (_isSettleable(taskId, r)) _settle(taskId, r);
        }
        isTrue(_isOver(market.statusOf(taskId)), "I8 every task ends by time");
        if (_mayClose(taskId)) _close(taskId);
    }

    function _exitTask(uint256 taskId, address sleeper) private {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        for (uint256 i = 0; i < task.trainerCount; ++i) {
            if (market.trainerAt(taskId, i).account == sleeper) continue;
            _claim(taskId, i);
            _leave(taskId, i);
        }
        address[] memory members = _members(task);
        for (uint256 i = 0; i < members.length; ++i) {
            if (members[i] != sleeper) _claimFees(taskId, i);
        }
        if (_hasExpiredShare(taskId)) _claimExpired(taskId, sleeper);
        if (task.owner != sleeper && market.taskOf(taskId).refundable != 0) _refund(taskId);
    }

    function _exitCommittees(address sleeper) private {
        uint256 count = committees.committeeCount();
        for (uint256 id = 1; id <= count; ++id) {
            ICommittees.Seat[] memory seats = committees.seatsOf(id);
            for (uint256 i = 0; i < seats.length; ++i) {
                if (seats[i].recipient == 0 || seats[i].left || seats[i].account == sleeper) continue;
                if (!committees.committeeOf(id).retired) {
                    VM.prank(seats[i].account);
                    committees.retire(id);
                }
                _leaveCommittee(id, seats[i].account);
            }
        }
    }

    function _exitVault(address sleeper) private {
        for (uint256 i = 0; i < people.length; ++i) {
            uint256 free = vault.freeOf(people[i]);
            if (people[i] != sleeper && free != 0) _withdraw(people[i], free);
        }
    }
}

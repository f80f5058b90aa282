// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "../../../contracts/test/TokenDouble.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {LifeChecks} from "./LifeChecks.sol";

/// @title What model owners do, what committees do outside tasks, and gifts of strangers.
abstract contract OwnerActs is LifeChecks {
    function post(uint256 seed) external acting(seed) {
        if (market.taskCount() >= MOST_TASKS) return;
        ITaskMarket.TaskParams memory params = _drawTerms(_between(1, committees.committeeCount()));
        uint256 committeeId = params.committeeId;
        // A committee that is retired, or lost its stake, is refused by the market: found another one.
        if (!committees.canReserve(committeeId, params.rewardToken, params.pool)) {
            params.committeeId = _committee(_pick(oracles.length), 4);
            memberships[params.committeeId] = _membership(params.committeeId);
            if (!committees.canReserve(params.committeeId, params.rewardToken, params.pool)) return;
        }

        uint256 taskId = _post(_one(owners), params);

        _count(Kind.Posted);
        _touch(taskId);
    }

    function end(uint256 seed) external acting(seed) {
        // Tasks that end early show little: let most of them run.
        if (_maybe(85)) return;
        (bool found, uint256 taskId) = _someTask(_isTraining);
        if (!found) return;

        VM.prank(market.taskOf(taskId).owner);
        market.end(taskId);

        _count(Kind.Ended);
        _touch(taskId);
    }

    function cancel(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_mayCancel);
        if (!found) return;

        ITaskMarket.Task memory task = market.taskOf(taskId);
        VM.prank(block.timestamp < task.joinEndsAt ? task.owner : _one(people));
        market.cancel(taskId);

        _count(Kind.Cancelled);
        _touch(taskId);
    }

    function refund(uint256 seed) external acting(seed) {
        (bool found, uint256 taskId) = _someTask(_hasRefund);
        if (!found) return;

        _refund(taskId);
    }

    function donate(uint256 seed) external acting(seed) {
        uint256 amount = _between(1, 1e18);
        TokenDouble token = tokens[_pick(tokens.length)];
        bool toVault = token == stakeToken && _maybe(50);
        token.mint(stranger, amount);
        VM.prank(stranger);
        isTrue(token.transfer(toVault ? address(vault) : address(market), amount), "gift");

        if (toVault) donatedToVault += amount;
        else donatedToMarket[address(token)] += amount;
        _count(Kind.Donated);
    }

    /// @dev Some of them never come together: then the members that enrolled must get out as well.
    function foundCommittee(uint256 seed) external acting(seed) {
        if (committees.committeeCount() >= 6) return;
        address[] memory members = new address[](4);
        uint256 first = _pick(oracles.length);
        for (uint256 i = 0; i < 4; ++i) members[i] = oracles[(first + i) % oracles.length];
        ICommittees.Charter memory charter = _charter(members);
        charter.faultPenalty = uint128(_between(0, charter.seatStake));
        uint256 committeeId = committees.found(charter);
        uint256 enrolled = _between(0, 4);
        for (uint256 i = 0; i < enrolled; ++i) _enroll(committeeId, members[i]);

        memberships[committeeId] = _membership(committeeId);
        _count(Kind.Founded);
    }

    function disband(uint256 seed) external acting(seed) {
        if (_maybe(60)) return;
        uint256 committeeId = _between(1, committees.committeeCount());
        ICommittees.Committee memory committee = committees.committeeOf(committeeId);
        ICommittees.Seat memory seat = committees.seatsOf(committeeId)[_pick(committee.size)];
        if (!committee.retired) {
            VM.prank(seat.account);
            committees.retire(committeeId);
        }
        if (seat.recipient == 0 || seat.left || committee.openTasks != 0) return;

        _leaveCommittee(committeeId, seat.account);
    }

    function withdraw(uint256 seed) external acting(seed) {
        address who = _one(people);
        uint256 free = vault.freeOf(who);
        if (free == 0) return;

        _withdraw(who, _between(1, free));
    }

    function _refund(uint256 taskId) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        TokenDouble token = TokenDouble(task.params.rewardToken);
        address purse = _purse(task.owner);
        uint256 balanceBefore = token.balanceOf(purse);
        VM.prank(task.owner);
        market.refund(taskId, purse);

        refunded[taskId] += task.refundable;
        same(token.balanceOf(purse) - balanceBefore, task.refundable, "I1 refund");
        _count(Kind.Refunded);
        _touch(taskId);
    }

    function _leaveCommittee(uint256 committeeId, address member) internal {
        VM.prank(member);
        committees.leave(committeeId);
        _count(Kind.MemberLeft);
    }

    function _withdraw(address who, uint256 amount) internal {
        address purse = _purse(who);
        uint256 balanceBefore = stakeToken.balanceOf(purse);
        VM.prank(who);
        vault.withdraw(purse, amount);

        same(stakeToken.balanceOf(purse) - balanceBefore, amount, "I1 withdrawal");
        _count(Kind.Withdrawn);
    }

    function _drawTerms(uint256 committeeId) private returns (ITaskMarket.TaskParams memory params) {
        params = _terms(committeeId);
        params.rewardToken = address(tokens[_pick(tokens.length)]);
        uint256 unit = params.rewardToken == address(tokens[1]) ? 1e6 : 1e18;
        // Some pools are so small that every share is rounded.
        params.pool = uint128(_maybe(20) ? _between(1, 9) : _between(1, 400 * unit));
        params.feePerRound = uint128(_between(0, 10 * unit));
        params.arbiter = _maybe(70) ? address(arbiter) : address(0);
        params.rounds = uint16(_between(1, 3));
        params.maxTrainers = uint16(_between(1, 4));
        params.minTrainers = uint16(_between(1, params.maxTrainers));
        params.maxUnits = uint16(_between(1, 3));
        params.unitStake = uint128(_maybe(10) ? _between(1, 9) : _between(1, 100e18));
        params.missPenalty = uint128(_between(0, params.unitStake / params.rounds));
        params.harmPenaltyBps = uint16(_between(0, 10_000 / params.rounds));
        params.progressRule = ITaskMarket.ProgressRule(_pick(2));
        _drawWindows(params);
    }

    function _drawWindows(ITaskMarket.TaskParams memory params) private {
        params.joinWindow = uint32(_between(1, 2 days));
        params.submitWindow = uint32(_between(1, 1 days));
        params.commitWindow = uint32(_between(1, 1 hours));
        params.voteWindow = uint32(_between(2 * params.commitWindow + 1, 6 hours));
        params.challengeWindow = uint32(_between(1, 2 days));
        params.challengeBond = uint128(_between(0, 50e18));
    }

    function _isTraining(uint256 taskId) internal view returns (bool) {
        return market.statusOf(taskId) == ITaskMarket.Status.Training;
    }

    function _mayCancel(uint256 taskId) internal view returns (bool) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        if (task.status != ITaskMarket.Status.Joining) return false;
        return block.timestamp < task.joinEndsAt ? task.trainerCount == 0 : task.trainerCount < task.params.minTrainers;
    }

    function _hasRefund(uint256 taskId) internal view returns (bool) {
        return market.taskOf(taskId).refundable != 0;
    }
}

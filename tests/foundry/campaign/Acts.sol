// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Ledger} from "../base/Ledger.sol";

/// @title What all actions share: chance, the choice of somebody who may act, and the record of whom it touched.
/// @dev Actions do what is legal now, or nothing: a revert fails the run. What must be refused is tried by {WildActs}.
abstract contract Acts is Ledger {
    uint256 internal constant MOST_TASKS = 6;
    /// @dev EIP-7825, with room (R9a).
    uint256 internal constant MOST_GAS = 16_000_000;

    uint256 public mostGas;
    /// @dev Acts so far.
    uint256 public clock;
    uint256 private _chance;

    modifier acting(uint256 seed) {
        _chance = uint256(keccak256(abi.encode(seed, _chance)));
        ++clock;
        _;
        _afterAct();
    }

    function _afterAct() internal virtual;

    function _pick(uint256 choices) internal returns (uint256) {
        _chance = uint256(keccak256(abi.encode(_chance)));
        return _chance % choices;
    }

    function _between(uint256 least, uint256 most) internal returns (uint256) {
        return least + _pick(most - least + 1);
    }

    /// @dev True in `percent` of 100 cases.
    function _maybe(uint256 percent) internal returns (bool) {
        return _pick(100) < percent;
    }

    function _one(address[] storage group) internal returns (address) {
        return group[_pick(group.length)];
    }

    /// @dev Where somebody wants his money: not where he keeps the rest, so that the balance tells what arrived.
    function _purse(address account) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("purse", account)))));
    }

    /// @dev Some task and round for which `fits` holds, from a random one on.
    function _someRound(
        function(uint256, uint256) view returns (bool) fits
    ) internal returns (bool, uint256 taskId, uint256 round) {
        uint256 tasks = market.taskCount();
        if (tasks == 0) return (false, 0, 0);
        uint256 offset = _pick(tasks);
        for (uint256 i = 0; i < tasks; ++i) {
            taskId = ((offset + i) % tasks) + 1;
            uint256 rounds = market.taskOf(taskId).round + 1;
            uint256 from = _pick(rounds);
            for (uint256 j = 0; j < rounds; ++j) {
                round = (from + j) % rounds;
                if (fits(taskId, round)) return (true, taskId, round);
            }
        }
        return (false, 0, 0);
    }

    function _someTask(function(uint256) view returns (bool) fits) internal returns (bool, uint256 taskId) {
        uint256 tasks = market.taskCount();
        if (tasks == 0) return (false, 0);
        uint256 offset = _pick(tasks);
        for (uint256 i = 0; i < tasks; ++i) {
            taskId = ((offset + i) % tasks) + 1;
            if (fits(taskId)) return (true, taskId);
        }
        return (false, 0);
    }

    /// @dev The action on this task is over: what the market says of it now is what must stay until the next one.
    function _touch(uint256 taskId) internal {
        fingerprints[taskId] = _fingerprint(taskId);
    }

    function _metered(uint256 gasBefore) internal {
        uint256 used = gasBefore - gasleft();
        if (used > mostGas) mostGas = used;
    }

    /// @dev A call by somebody that must fail; the reason is the contract's affair, and tested there.
    function _refused(address who, address target, bytes memory data, string memory what) internal {
        VM.prank(who);
        (bool done, ) = target.call(data);
        isTrue(!done, what);
    }

    function _members(ITaskMarket.Task memory task) internal view returns (address[] memory members) {
        ICommittees.Seat[] memory seats = committees.seatsOf(task.params.committeeId);
        members = new address[](seats.length);
        for (uint256 i = 0; i < seats.length; ++i) members[i] = seats[i].account;
    }
}

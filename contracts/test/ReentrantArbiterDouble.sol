// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IArbiter} from "../../interfaces/IArbiter.sol";

/// @title An arbiter that calls a target when a dispute is brought to it, and passes its revert on.
contract ReentrantArbiterDouble is IArbiter {
    address public target;
    bytes public data;
    uint256 private _disputeCount;

    function arm(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    /// @inheritdoc IArbiter
    function createDispute(uint256, bytes calldata) external payable returns (uint256 disputeId) {
        if (target != address(0)) Address.functionCall(target, data);
        return ++_disputeCount;
    }

    /// @inheritdoc IArbiter
    function arbitrationCost(bytes calldata) external pure returns (uint256) {
        return 0;
    }
}

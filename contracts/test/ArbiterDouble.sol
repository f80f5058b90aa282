// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IArbiter} from "../../interfaces/IArbiter.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";

/// @title An arbiter that rules what it is told to. While it is eager it rules before the dispute has a number.
contract ArbiterDouble is IArbiter {
    uint256 public cost;
    uint256 public disputeCount;
    uint256 public choices;
    bytes public extraData;
    bool public eager;

    function setCost(uint256 cost_) external {
        cost = cost_;
    }

    function setEager(bool eager_) external {
        eager = eager_;
    }

    /// @inheritdoc IArbiter
    function createDispute(uint256 choices_, bytes calldata extraData_) external payable returns (uint256 disputeId) {
        disputeId = ++disputeCount;
        choices = choices_;
        extraData = extraData_;
        if (eager) giveRuling(msg.sender, disputeId, 1);
    }

    /// @inheritdoc IArbiter
    function arbitrationCost(bytes calldata) external view returns (uint256) {
        return cost;
    }

    function giveRuling(address market, uint256 disputeId, uint256 ruling) public {
        ITaskMarket(market).rule(disputeId, ruling);
    }
}

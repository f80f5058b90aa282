// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title Who decides a challenged round, in the shape of ERC-792 (IArbitrator).
/// @dev The arbiter answers by calling `rule(disputeId, ruling)` on the market that created the dispute.
interface IArbiter {
    /// @notice Opens a dispute; the caller pays at least `arbitrationCost`.
    /// @param choices Number of rulings besides 0 ("refused to rule").
    /// @param extraData abi.encode(market, taskId, round).
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeId);

    /// @notice Price of a dispute in wei of ether.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256);
}

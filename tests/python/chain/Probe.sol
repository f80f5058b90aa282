// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// A contract that answers a few of the market's functions in known ways. Not a market.
contract Probe {
    event RoundOpened(uint256 indexed taskId, uint256 indexed round);

    error TaskMarket_NotOwner(address caller);

    uint256 public taskCount;

    function start(uint256 taskId) external {
        emit RoundOpened(taskId, taskCount++);
    }

    function end(uint256) external view {
        revert TaskMarket_NotOwner(msg.sender);
    }

    function cancel(uint256) external pure {
        revert("no reason to cancel");
    }

    function close(uint256 taskId) external pure {
        assert(taskId == 0);
    }

    function expire(uint256) external {
        for (uint256 i = 1; i < 1000; ++i) {
            assembly {
                sstore(i, i)
            }
        }
    }

    /// Succeeds only while nothing was counted: two of these in one block, and the second fails when mined.
    function lapse(uint256, uint256) external {
        require(taskCount == 0, "counted");
        taskCount = 1;
    }

    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) external view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(block.chainid, address(this), taskId, round, index, score))));
    }

    function commitmentOf(
        bytes32 digest,
        bytes calldata accepted,
        bytes32 salt,
        address member,
        uint256 taskId,
        uint256 round
    ) external pure returns (bytes32) {
        return keccak256(abi.encode(digest, keccak256(accepted), salt, member, taskId, round));
    }
}

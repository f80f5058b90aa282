// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title The tree over scores, the slow and obvious way: a new array per layer, no assembly.
library MerkleTwin {
    function rootOf(bytes32[] memory nodes) internal pure returns (bytes32) {
        while (nodes.length > 1) nodes = parentsOf(nodes);
        return nodes[0];
    }

    /// @dev Siblings from the leaf upwards; a node without one moves up unchanged.
    function proofOf(bytes32[] memory nodes, uint256 index) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory found = new bytes32[](12);
        uint256 count;
        for (; nodes.length > 1; index /= 2) {
            uint256 sibling = index ^ 1;
            if (sibling < nodes.length) found[count++] = nodes[sibling];
            nodes = parentsOf(nodes);
        }
        proof = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) proof[i] = found[i];
    }

    function parentsOf(bytes32[] memory nodes) internal pure returns (bytes32[] memory parents) {
        parents = new bytes32[]((nodes.length + 1) / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            bool alone = 2 * i + 1 == nodes.length;
            parents[i] = alone ? nodes[2 * i] : pairOf(nodes[2 * i], nodes[2 * i + 1]);
        }
    }

    function pairOf(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @title The few assertions that these tests need; what fails says which invariant.
abstract contract Assertions {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Broken(string what);
    error Differs(string what, uint256 left, uint256 right);

    function isTrue(bool good, string memory what) internal pure {
        if (!good) revert Broken(what);
    }

    function same(uint256 left, uint256 right, string memory what) internal pure {
        if (left != right) revert Differs(what, left, right);
    }

    function same(bytes32 left, bytes32 right, string memory what) internal pure {
        same(uint256(left), uint256(right), what);
    }

    function atMost(uint256 left, uint256 right, string memory what) internal pure {
        if (left > right) revert Differs(what, left, right);
    }

    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + (value % (most - least + 1));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token that, once armed, calls a target during the next transfer and passes its revert on.
contract ReentrantTokenDouble is TokenDouble {
    address public target;
    bytes public data;

    constructor() TokenDouble("Reentrant Token Double", "LOOP", 18) {}

    /// @dev The call comes from the token itself: give it whatever right the attack needs.
    function arm(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        _strike();
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        _strike();
        return super.transferFrom(from, to, value);
    }

    /// @dev Disarms first, so that an attack that gets through does not call itself for ever.
    function _strike() private {
        address victim = target;
        if (victim == address(0)) return;

        target = address(0);
        Address.functionCall(victim, data);
    }
}

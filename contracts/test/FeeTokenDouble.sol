// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token that burns 1 % of every transfer on the way.
contract FeeTokenDouble is TokenDouble {
    constructor() TokenDouble("Fee Token Double", "FEE", 18) {}

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value / 100;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}

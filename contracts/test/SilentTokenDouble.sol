// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token whose transfers, while it is silent, move nothing and return false instead of reverting.
contract SilentTokenDouble is TokenDouble {
    bool public silent = true;

    constructor() TokenDouble("Silent Token Double", "HUSH", 18) {}

    function setSilent(bool silent_) external {
        silent = silent_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !silent && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !silent && super.transferFrom(from, to, value);
    }
}

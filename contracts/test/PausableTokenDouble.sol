// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token whose every transfer reverts while it is paused.
contract PausableTokenDouble is TokenDouble {
    bool public paused;

    error PausableTokenDouble_Paused();

    constructor() TokenDouble("Pausable Token Double", "PAUS", 18) {}

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (paused) revert PausableTokenDouble_Paused();
        super._update(from, to, value);
    }
}

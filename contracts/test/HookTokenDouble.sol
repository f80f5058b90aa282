// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {PuppetDouble} from "./PuppetDouble.sol";
import {TokenDouble} from "./TokenDouble.sol";

/// @title A token that asks a contract before it gives it anything, in the manner of ERC-777.
contract HookTokenDouble is TokenDouble {
    mapping(address account => bool) public asksFor;

    constructor() TokenDouble("Hook Token Double", "HOOK", 18) {}

    /// @notice From now on `account` is asked.
    function ask(address account) external {
        asksFor[account] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (asksFor[to]) PuppetDouble(to).act(address(this), "");
        super._update(from, to, value);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token that moves nothing to or from an account on its list.
contract BlocklistTokenDouble is TokenDouble {
    mapping(address account => bool) public blocked;

    error BlocklistTokenDouble_Blocked(address account);

    constructor() TokenDouble("Blocklist Token Double", "BLCK", 18) {}

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked[from]) revert BlocklistTokenDouble_Blocked(from);
        if (blocked[to]) revert BlocklistTokenDouble_Blocked(to);
        super._update(from, to, value);
    }
}

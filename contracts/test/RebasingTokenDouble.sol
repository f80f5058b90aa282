// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @title A token whose issuer writes balances up and down as he likes.
contract RebasingTokenDouble is TokenDouble {
    constructor() TokenDouble("Rebasing Token Double", "BASE", 18) {}

    function rebase(address account, uint256 balance) external {
        _burn(account, balanceOf(account));
        _mint(account, balance);
    }
}

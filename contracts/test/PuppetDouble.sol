// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title An account that does what the contract that made it says. It takes no calls from anybody else, ether and
/// notices of tokens included.
contract PuppetDouble {
    address private immutable _master;

    error PuppetDouble_Refused();

    constructor() {
        _master = msg.sender;
    }

    function act(address target, bytes calldata data) external {
        if (msg.sender != _master) revert PuppetDouble_Refused();

        Address.functionCall(target, data);
    }
}

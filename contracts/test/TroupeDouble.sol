// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {PuppetDouble} from "./PuppetDouble.sol";

/// @title Many accounts that act in one transaction, and so within one second: whole rounds, hundreds of them.
contract TroupeDouble {
    struct Act {
        uint256 puppet;
        address target;
        bytes data;
    }

    PuppetDouble[] public puppets;

    constructor(uint256 count) {
        for (uint256 i = 0; i < count; ++i) {
            puppets.push(new PuppetDouble());
        }
    }

    /// @notice All of it, or nothing.
    function play(Act[] calldata acts) external {
        for (uint256 i = 0; i < acts.length; ++i) {
            puppets[acts[i].puppet].act(acts[i].target, acts[i].data);
        }
    }
}

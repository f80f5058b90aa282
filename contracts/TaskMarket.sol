// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {Disputes} from "./market/Disputes.sol";
import {Lifecycle} from "./market/Lifecycle.sol";
import {Payouts} from "./market/Payouts.sol";
import {Reveals} from "./market/Reveals.sol";
import {Rounds} from "./market/Rounds.sol";
import {TaskStore} from "./market/TaskStore.sol";
import {Views} from "./market/Views.sol";

/// @title TaskMarket
/// @notice See the documentation in {ITaskMarket}. One contract; the files under market/ part it by topic.
contract TaskMarket is Lifecycle, Rounds, Reveals, Payouts, Disputes, Views, Multicall {
    constructor(address vault_, address committees_) TaskStore(vault_, committees_) {}
}

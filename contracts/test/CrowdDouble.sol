// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";
import {TokenDouble} from "./TokenDouble.sol";
import {TrainerDouble} from "./TrainerDouble.sol";

/// @title Fills a task with trainers, many in one transaction, for tests at the limit.
contract CrowdDouble {
    address private immutable _market;
    address private immutable _vault;

    constructor(address market) {
        _market = market;
        _vault = ITaskMarket(market).vault();
    }

    /// @notice `count` new trainers join, each with one unit.
    function join(uint256 taskId, uint256 count, uint256 unitStake) external {
        TokenDouble token = TokenDouble(IStakeVault(_vault).token());
        token.mint(address(this), count * unitStake);
        token.approve(_vault, count * unitStake);

        bytes memory code = abi.encodePacked(type(TrainerDouble).creationCode, abi.encode(_market, taskId));
        for (uint256 i = 0; i < count; ++i) {
            bytes32 salt = keccak256(abi.encode(taskId, token.totalSupply(), i));
            IStakeVault(_vault).deposit(_addressOf(code, salt), unitStake);
            new TrainerDouble{salt: salt}(_market, taskId);
        }
    }

    function _addressOf(bytes memory code, bytes32 salt) private view returns (address) {
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, keccak256(code)));
        return address(uint160(uint256(hash)));
    }
}

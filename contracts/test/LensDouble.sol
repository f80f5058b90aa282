// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Reads many views of many contracts in one call, so that a test may look at everything after each step.
contract LensDouble {
    /// @notice Answers in the order of the questions; the first that reverts reverts all.
    function read(address[] calldata targets, bytes[] calldata questions) external view returns (bytes[] memory) {
        bytes[] memory answers = new bytes[](questions.length);
        for (uint256 i = 0; i < questions.length; ++i) {
            answers[i] = Address.functionStaticCall(targets[i], questions[i]);
        }
        return answers;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {CrowdDouble} from "../../../contracts/test/CrowdDouble.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Tasks with the maximum of everything. I11 (R9a).
contract LimitsTest is Stage {
    uint256 private constant MOST_GAS = 16_000_000;

    CrowdDouble private _crowd;

    function setUp() public override {
        super.setUp();
        _crowd = new CrowdDouble(address(market));
    }

    /// @dev All but one are fined, which is the dearest report there is.
    function test_I11_revealForAThousandTrainersFitsATransaction() public {
        uint256 taskId = _filled(1024);
        bytes memory scores;
        for (uint256 i = 0; i < 1023; ++i) scores = abi.encodePacked(scores, i % 2 == 0 ? MISSED : HARMFUL);
        ITaskMarket.Report memory report = _scored(abi.encodePacked(scores, uint64(1)));
        _agree(taskId, report);

        VM.prank(oracles[0]);
        uint256 gasBefore = gasleft();
        market.reveal(taskId, 0, report);
        // What a transaction costs besides: its base, and no byte of calldata dearer than 16 gas.
        uint256 gasUsed = gasBefore - gasleft() + 21_000 + 16 * (8192 + 400);
        atMost(gasUsed, MOST_GAS, "I11 reveal");

        _finish(taskId, 0);
        gasBefore = gasleft();
        market.settle(taskId, 0);
        atMost(gasBefore - gasleft(), 1_000_000, "I11 settling does not know how many there are");
    }

    /// @dev Fines are kept in words of 128 trainers; of most rounds, most words stay empty.
    function test_I5_finesAcrossWords() public {
        uint256 taskId = _filled(300);
        bytes memory scores;
        for (uint256 i = 0; i < 300; ++i) scores = abi.encodePacked(scores, i == 0 || i == 299 ? MISSED : uint64(1));
        ITaskMarket.Report memory report = _scored(scores);
        _agree(taskId, report);
        _show(taskId, report);
        for (uint256 i = 0; i < 300; ++i) {
            same(market.trainerAt(taskId, i).missed, i == 0 || i == 299 ? 1 : 0, "I18 who was fined");
        }
        same(vault.pot(), 2 * (20e18 + 1), "I5 pot");
    }

    function _filled(uint256 count) private returns (uint256 taskId) {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.maxTrainers = uint16(count);
        taskId = _post(owner, params);
        _crowd.join(taskId, count, params.unitStake);
    }

    function _scored(bytes memory scores) private pure returns (ITaskMarket.Report memory report) {
        report.modelDigest = keccak256("next model");
        report.progressWad = 0.5e18;
        report.scores = scores;
    }
}

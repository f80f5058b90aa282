// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of challenges and rulings. I3, I5, I8, I9, I13, I24.
contract DisputesTest is Stage {
    uint256 private _taskId;

    function setUp() public override {
        super.setUp();
        _taskId = _challengeable(address(arbiter));
        _fund(stranger, 50e18);
        VM.deal(stranger, 1 ether);
    }

    function test_I9_challenging() public {
        bytes memory challenge = abi.encodeCall(market.challenge, (_taskId, 0));
        bytes memory later = abi.encodeCall(market.challenge, (_taskId, 1));
        bytes memory unopened = abi.encodeCall(market.challenge, (_taskId, 2));
        uint256 closesAt = market.roundOf(_taskId, 0).revealedAt + market.taskOf(_taskId).params.challengeWindow;
        _marketFails(stranger, later, ITaskMarket.TaskMarket_NotRevealed.selector);
        _marketFails(stranger, unopened, ITaskMarket.TaskMarket_WrongRound.selector);
        VM.warp(closesAt);
        _marketFails(stranger, challenge, ITaskMarket.TaskMarket_OutsideWindow.selector);
        VM.warp(closesAt - 1);
        arbiter.setCost(3);
        _marketFails(stranger, challenge, ITaskMarket.TaskMarket_ArbitrationCost.selector);
        VM.prank(stranger);
        market.challenge{value: 3}(_taskId, 0);
        same(address(arbiter).balance, 3, "the arbiter is paid");
        same(vault.lockedOf(stranger), 50e18, "the bond is locked");
        _marketFails(stranger, challenge, ITaskMarket.TaskMarket_AlreadyChallenged.selector);

        uint256 unarbitrated = _challengeable(address(0));
        bytes memory vain = abi.encodeCall(market.challenge, (unarbitrated, 0));
        _marketFails(stranger, vain, ITaskMarket.TaskMarket_NoArbiter.selector);
    }

    function test_I13_onlyTheArbiterRules() public {
        uint256 id = _challenge();
        bytes memory rule = abi.encodeCall(market.rule, (id, 2));
        _marketFails(stranger, rule, ITaskMarket.TaskMarket_NotArbiter.selector);
        arbiter.giveRuling(address(market), id, 0);
        bytes4 reason = ITaskMarket.TaskMarket_NotChallenged.selector;
        _fails(address(arbiter), address(market), rule, reason);
        _marketFails(stranger, abi.encodeCall(market.lapse, (_taskId, 0)), reason);
        same(vault.freeOf(stranger), 50e18, "I5 he would not say: the bond is back");
    }

    function test_anArbiterThatAnswersTooSoon() public {
        arbiter.setEager(true);
        bytes memory challenge = abi.encodeCall(market.challenge, (_taskId, 0));
        VM.prank(stranger);
        (bool done, ) = address(market).call(challenge);
        isTrue(!done, "re-entered");
    }

    function test_I5_theReportStands() public {
        uint256 fines = vault.pot();
        arbiter.giveRuling(address(market), _challenge(), 1);
        same(vault.pot() - fines, 50e18, "I5 the bond waits");
        _finish(_taskId, 0);
        market.settle(_taskId, 0);
        same(market.roundOf(_taskId, 0).slashShare, (50e18 + 30e18 + 1) / uint256(3), "I5 to who matched");
        same(vault.depositOf(stranger), 0, "I5 from the challenger");
    }

    function test_I8_I9_aChallengeLapses() public {
        _challenge();
        bytes memory lapse = abi.encodeCall(market.lapse, (_taskId, 0));
        VM.warp(market.roundOf(_taskId, 0).disputedAt + 30 days - 1);
        _marketFails(owner, lapse, ITaskMarket.TaskMarket_OutsideWindow.selector);
        bytes memory settle = abi.encodeCall(market.settle, (_taskId, 0));
        _marketFails(owner, settle, ITaskMarket.TaskMarket_NotFinal.selector);
        VM.warp(block.timestamp + 1);
        VM.prank(owner);
        market.lapse(_taskId, 0);
        same(vault.freeOf(stranger), 50e18, "I8 the bond is back");
        VM.prank(owner);
        market.settle(_taskId, 0);
    }

    function test_I24_aVoidRoundOfARunningTask() public {
        arbiter.giveRuling(address(market), _challenge(), 2);
        isTrue(market.statusOf(_taskId) == ITaskMarket.Status.Failed, "I24 failed");
        same(vault.freeOf(stranger), 50e18 + 1_500e18, "I5 bond and half of three seats");
        same(vault.freeOf(owner), 1_500e18, "I5 the other half");
        _checkVoid();
    }

    function test_I24_aVoidRoundOfAFinishedTask() public {
        uint256 id = _challenge();
        // Nobody has submitted to the next round: the owner ends the task at once.
        VM.prank(owner);
        market.end(_taskId);
        uint256 before = market.taskOf(_taskId).refundable;
        arbiter.giveRuling(address(market), id, 2);
        isTrue(market.taskOf(_taskId).refundable > before, "I24 the release is the owner's");
        _checkVoid();
    }

    /// @dev Nobody earns, and fines go back to whom they were taken from.
    function _checkVoid() private {
        _finish(_taskId, 0);
        market.settle(_taskId, 0);
        same(market.taskOf(_taskId).released, 0, "I24 nothing released");
        same(market.taskOf(_taskId).refundable, 1_000e18 + 7 + 3 * (10e18 + 1), "I24 everything refundable");
        bytes memory scores = _fined().scores;
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory claim = abi.encodeCall(market.claim, (_taskId, _claimOf(_taskId, 0, i, scores), stranger));
            if (i == 1) _marketFails(trainers[2], claim, ITaskMarket.TaskMarket_NothingToClaim.selector);
            else _goes(trainers[i + 1], claim);
            VM.prank(trainers[i + 1]);
            market.leave(_taskId);
            same(vault.freeOf(trainers[i + 1]), 100e18, "I24 all of his stake");
        }
        same(vault.pot(), 0, "I5 nothing is left");
    }

    function _goes(address who, bytes memory data) private {
        VM.prank(who);
        (bool done, ) = address(market).call(data);
        isTrue(done, "refused");
    }

    function _challengeable(address arbiter_) private returns (uint256 taskId) {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.arbiter = arbiter_;
        taskId = _started(params, 3);
        _play(taskId, _fined());
    }

    function _fined() private pure returns (ITaskMarket.Report memory) {
        uint64 missed = MISSED;
        return _report([missed, 5, HARMFUL], 0.5e18);
    }

    function _challenge() private returns (uint256 id) {
        VM.prank(stranger);
        id = market.challenge(_taskId, 0);
    }
}

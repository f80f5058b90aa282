// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of settling, claiming and expiring, and the maths of settlements. I2, I3, I5, I6, I18, I23.
contract PayoutsTest is Stage {
    uint256 private _taskId;

    function setUp() public override {
        super.setUp();
        _taskId = _started(_terms(committeeId), 3);
    }

    function test_I2_I3_claiming() public {
        ITaskMarket.Report memory report = _report();
        ITaskMarket.Claim[] memory claims = _claims(report, 0);
        bytes memory claim = abi.encodeCall(market.claim, (_taskId, claims, trainers[1]));
        bytes memory nowhere = abi.encodeCall(market.claim, (_taskId, claims, address(0)));
        _marketFails(stranger, claim, ITaskMarket.TaskMarket_NotTrainer.selector);
        _marketFails(trainers[1], nowhere, ITaskMarket.TaskMarket_ZeroAddress.selector);
        _marketFails(trainers[1], claim, ITaskMarket.TaskMarket_NotRevealed.selector);
        _play(_taskId, report);
        _finish(_taskId, 0);
        VM.warp(block.timestamp - 1);
        _marketFails(trainers[1], claim, ITaskMarket.TaskMarket_NotFinal.selector);
        VM.warp(block.timestamp + 1);
        _marketFails(trainers[2], claim, ITaskMarket.TaskMarket_BadProof.selector);
        VM.prank(trainers[1]);
        market.claim(_taskId, claims, trainers[1]);
        _marketFails(trainers[1], claim, ITaskMarket.TaskMarket_AlreadyClaimed.selector);
        same(market.claimedRoundsOf(_taskId, trainers[1]), 1, "I3 marked");
        bytes memory nothing = abi.encodeCall(market.claim, (_taskId, _claims(report, 2), stranger));
        _marketFails(trainers[3], nothing, ITaskMarket.TaskMarket_NothingToClaim.selector);
    }

    /// @dev I5: a trainer that was marked as missing gets nothing, and what he lost goes to the others.
    function test_I5_finesOfTrainers() public {
        uint64 missed = MISSED;
        ITaskMarket.Report memory report = _report([missed, 3, HARMFUL], 0.5e18);
        _play(_taskId, report);
        _finish(_taskId, 0);
        bytes memory nothing = abi.encodeCall(market.claim, (_taskId, _claims(report, 0), stranger));
        _marketFails(trainers[1], nothing, ITaskMarket.TaskMarket_NothingToClaim.selector);
        ITaskMarket.Claim[] memory claims = _claims(report, 1);
        uint256 before = vault.freeOf(trainers[2]);
        VM.prank(trainers[2]);
        market.claim(_taskId, claims, trainers[2]);
        same(vault.freeOf(trainers[2]) - before, 10e18 + 10e18, "I5 half of the miss, all of the harm");
        claims = _claims(report, 2);
        VM.prank(trainers[3]);
        market.claim(_taskId, claims, trainers[3]);
        same(vault.freeOf(trainers[3]), 10e18, "I5 half of the miss");
        same(market.trainerAt(_taskId, 0).missed, 1, "I18 missed");
        same(market.trainerAt(_taskId, 2).harmed, 1, "I18 harmed");
        // The odd wei of the fine is the owner's; so is what the three members that voted can't share.
        market.settle(_taskId, 0);
        same(vault.freeOf(owner), 1 + ((30e18 + 1) % 3), "I6 dust");
    }

    /// @dev With nobody there to receive them no fines are taken; nobody scored: nothing is released.
    function test_I5_noFineWithoutAReceiver() public {
        uint64 missed = MISSED;
        _play(_taskId, _report([missed, missed, missed], 0.2e18));
        same(vault.pot(), 0, "I5 all missed");
        _play(_taskId, _report([HARMFUL, 0, HARMFUL], 0.5e18));
        same(vault.pot(), 0, "I5 nobody scored");
        same(market.taskOf(_taskId).released, 0, "I26 nobody earned it");
        _finish(_taskId, 1);
        market.settle(_taskId, 0);
        market.settle(_taskId, 1);
    }

    function test_I5_harmOnlyWhereTheTaskSaysSo() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        (params.harmPenaltyBps, params.missPenalty) = (0, 0);
        _taskId = _started(params, 3);
        _play(_taskId, _report([HARMFUL, MISSED, 5], 0.5e18));
        same(vault.pot(), 0, "I5 no penalties");
    }

    function test_I3_settling() public {
        bytes memory settle = abi.encodeCall(market.settle, (_taskId, 0));
        bytes memory unopened = abi.encodeCall(market.settle, (_taskId, 1));
        _marketFails(stranger, settle, ITaskMarket.TaskMarket_NotRevealed.selector);
        _marketFails(stranger, unopened, ITaskMarket.TaskMarket_WrongRound.selector);
        _play(_taskId, _report());
        _marketFails(stranger, settle, ITaskMarket.TaskMarket_NotFinal.selector);
        _finish(_taskId, 0);
        VM.prank(stranger);
        market.settle(_taskId, 0);
        _marketFails(stranger, settle, ITaskMarket.TaskMarket_AlreadySettled.selector);
    }

    function test_I3_fees() public {
        uint256[] memory rounds = new uint256[](1);
        bytes memory data = abi.encodeCall(market.claimFees, (_taskId, rounds, oracles[0]));
        bytes memory nowhere = abi.encodeCall(market.claimFees, (_taskId, rounds, address(0)));
        _submitAll(_taskId);
        _commit(_taskId, 0, 2);
        VM.warp(market.roundOf(_taskId, 0).commitEndsAt);
        _open(_taskId, 0, 0);
        _open(_taskId, 0, 1);
        _agree(_taskId, _report());
        _show(_taskId, _report());
        _finish(_taskId, 0);
        _marketFails(stranger, data, ITaskMarket.TaskMarket_NotMember.selector);
        _marketFails(oracles[0], nowhere, ITaskMarket.TaskMarket_ZeroAddress.selector);
        _marketFails(oracles[0], data, ITaskMarket.TaskMarket_NotSettled.selector);
        market.settle(_taskId, 0);
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(oracles[i]);
            market.claimFees(_taskId, rounds, oracles[i]);
            same(tokens[0].balanceOf(oracles[i]), i == 2 ? 0 : uint256(10e18 + 1) / 2, "I3 fees for own work only");
            same(vault.freeOf(oracles[i]), 10e18, "I5 what the fourth lost");
        }
        same(market.claimedRoundsOf(_taskId, oracles[0]), 1, "I3 marked");
        same(market.claimedRoundsOf(_taskId, stranger), 0, "I3 nobody");
        _marketFails(oracles[0], data, ITaskMarket.TaskMarket_AlreadyClaimed.selector);
        _marketFails(oracles[3], data, ITaskMarket.TaskMarket_NothingToClaim.selector);
    }

    /// @dev All four work and vote alike; one shirks, and one liar vouches for him and for nobody else.
    function test_I27_aLiarNeitherVouchesInNorOut() public {
        _submitAll(_taskId);
        _commit(_taskId, 0, 4);
        for (uint256 i = 0; i < 4; ++i) _open(_taskId, 0, i);
        bytes32 reportHash = market.reportHashOf(_taskId, 0, _report());
        for (uint256 i = 0; i < 4; ++i) _voteFor(_taskId, 0, i, reportHash, i == 3 ? 8 : 7);
        _show(_taskId, _report());
        _finish(_taskId, 0);
        market.settle(_taskId, 0);
        same(market.roundOf(_taskId, 0).vouchedMask, 7, "I27 whose work others found right");
        uint256[] memory rounds = new uint256[](1);
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(oracles[i]);
            market.claimFees(_taskId, rounds, oracles[i]);
            same(tokens[0].balanceOf(oracles[i]), uint256(10e18 + 1) / 3, "I27 nobody keeps them from it");
        }
        bytes memory nothing = abi.encodeCall(market.claimFees, (_taskId, rounds, oracles[3]));
        _marketFails(oracles[3], nothing, ITaskMarket.TaskMarket_NothingToClaim.selector);
        same(market.taskOf(_taskId).refundable, uint256(10e18 + 1) % 3, "I27 the owner has what is left");
    }

    function testFuzz_I6_feesAndSlashesLeaveLittle(uint128 fee, uint8 openings, bool fourth) public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.feePerRound = uint128(bound(fee, 0, 1e30));
        _taskId = _started(params, 3);
        _submitAll(_taskId);
        _commit(_taskId, 0, 4);
        for (uint256 i = 0; i < 4; ++i) if (_has(openings, i)) _open(_taskId, 0, i);
        _agree(_taskId, _report());
        if (fourth) _vote(_taskId, 0, 3, market.reportHashOf(_taskId, 0, _report()));
        _show(_taskId, _report());
        _finish(_taskId, 0);
        market.settle(_taskId, 0);

        ITaskMarket.Round memory round = market.roundOf(_taskId, 0);
        uint256 earners;
        for (uint256 i = 0; i < (fourth ? 4 : 3); ++i) if (_has(openings, i)) ++earners;
        uint256 dust = market.taskOf(_taskId).refundable;
        same(round.feeShare * earners + dust, params.feePerRound, "I5 fees");
        if (earners != 0) isTrue(dust < earners, "I6 fees");
        same(round.slashShare, fourth ? 0 : uint256(30e18 + 1) / 3, "I5 slashes");
    }

    function test_I8_expiringWithoutAQuorum() public {
        bytes memory expire = abi.encodeCall(market.expire, (_taskId));
        bytes memory share = abi.encodeCall(market.claimExpired, (_taskId));
        VM.prank(trainers[1]);
        market.submitUpdate(_taskId, 0, DIGEST);
        VM.warp(market.roundOf(_taskId, 0).voteEndsAt - 1);
        _vote(_taskId, 0, 0, DIGEST);
        _marketFails(stranger, expire, ITaskMarket.TaskMarket_OutsideWindow.selector);
        _marketFails(trainers[1], share, ITaskMarket.TaskMarket_NothingToClaim.selector);
        VM.warp(block.timestamp + 1);
        VM.prank(stranger);
        market.expire(_taskId);
        _marketFails(stranger, expire, ITaskMarket.TaskMarket_WrongStatus.selector);
        _marketFails(stranger, share, ITaskMarket.TaskMarket_NotTrainer.selector);
        _marketFails(trainers[2], share, ITaskMarket.TaskMarket_NothingToClaim.selector);
        VM.prank(trainers[1]);
        market.claimExpired(_taskId);
        same(vault.freeOf(trainers[1]), 3 * (30e18 + 1), "I5 what three silent members lost");
        _marketFails(trainers[1], share, ITaskMarket.TaskMarket_AlreadyClaimed.selector);
        same(committees.seatsOf(committeeId)[0].stake, 1_000e18, "I18 who voted lost nothing");
    }

    function test_I8_expiringWithoutSubmissions() public {
        bytes memory share = abi.encodeCall(market.claimExpired, (_taskId));
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        _vote(_taskId, 0, 0, DIGEST);
        _vote(_taskId, 0, 1, SALT);
        VM.warp(market.roundOf(_taskId, 0).voteEndsAt);
        market.expire(_taskId);
        _marketFails(stranger, share, ITaskMarket.TaskMarket_NotMember.selector);
        _marketFails(oracles[2], share, ITaskMarket.TaskMarket_NothingToClaim.selector);
        VM.prank(oracles[1]);
        market.claimExpired(_taskId);
        same(vault.freeOf(oracles[1]), 30e18 + 1, "I5 to who voted");
        _marketFails(oracles[1], share, ITaskMarket.TaskMarket_AlreadyClaimed.selector);
    }

    function test_I8_expiringWhenNobodyCame() public {
        VM.warp(market.roundOf(_taskId, 0).voteEndsAt);
        market.expire(_taskId);
        same(vault.freeOf(owner), 4 * (30e18 + 1), "I5 to the owner");
        bytes memory share = abi.encodeCall(market.claimExpired, (_taskId));
        _marketFails(trainers[1], share, ITaskMarket.TaskMarket_NothingToClaim.selector);
    }

    /// @dev I23: a quorum of the last second has a commitWindow to be shown.
    function test_I23_aLateQuorumIsGivenTime() public {
        bytes memory expire = abi.encodeCall(market.expire, (_taskId));
        bytes32 reportHash = market.reportHashOf(_taskId, 0, _report());
        VM.warp(market.roundOf(_taskId, 0).voteEndsAt - 1);
        for (uint256 seat = 0; seat < 3; ++seat) _vote(_taskId, 0, seat, reportHash);
        uint256 expiresAt = market.roundOf(_taskId, 0).voteEndsAt + market.taskOf(_taskId).params.commitWindow;
        VM.warp(expiresAt - 1);
        _marketFails(owner, expire, ITaskMarket.TaskMarket_OutsideWindow.selector);
        uint256 before = VM.snapshotState();
        _show(_taskId, _report());
        VM.revertToState(before);
        VM.warp(expiresAt);
        market.expire(_taskId);
        same(vault.pot(), 0, "I18 with a quorum nobody is slashed");
        bytes memory share = abi.encodeCall(market.claimExpired, (_taskId));
        _marketFails(oracles[0], share, ITaskMarket.TaskMarket_NothingToClaim.selector);
    }

    /// @dev I18: who is quick to show the report does not shut the others out of their vote and their fee.
    function test_I18_lateVotesCount() public {
        _play(_taskId, _report());
        _vote(_taskId, 0, 3, market.reportHashOf(_taskId, 0, _report()));
        _finish(_taskId, 0);
        market.settle(_taskId, 0);
        same(committees.committeeOf(committeeId).stakeTotal, 4_000e18, "I18 nobody is slashed");
    }

    function test_I26_onlyNewProgressIsPaid() public {
        _play(_taskId, _report([uint64(1), 1, 1], 0.5e18));
        _play(_taskId, _report([uint64(1), 1, 1], 0.4e18));
        same(market.roundOf(_taskId, 1).released, 0, "I26 the model got worse");
        _play(_taskId, _report([uint64(1), 1, 1], 0.6e18));
        uint256 pool = 1_000e18 + 7;
        same(market.roundOf(_taskId, 2).basis, (pool * 0.1e18) / 1e18, "I26 a tenth");
        isTrue(market.statusOf(_taskId) == ITaskMarket.Status.Completed, "all rounds ran");
    }

    function test_readsOfWhatIsNot() public {
        bytes4 reason = ITaskMarket.TaskMarket_Unknown.selector;
        _marketFails(stranger, abi.encodeCall(market.taskOf, (99)), reason);
        same(market.roundOf(_taskId, 9).openedAt, 0, "a round that never was");
        same(market.trainerNumberOf(_taskId, stranger), 0, "a stranger");
        isTrue(market.taskOf(_taskId).modelDigest == keccak256("model"), "the first model");
        _play(_taskId, _report());
        isTrue(market.taskOf(_taskId).modelDigest == keccak256("next model"), "the next model");
    }

    function _claims(
        ITaskMarket.Report memory report,
        uint256 index
    ) private view returns (ITaskMarket.Claim[] memory) {
        return _claimOf(_taskId, 0, index, report.scores);
    }
}

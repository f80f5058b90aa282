// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {CrowdDouble} from "../../../contracts/test/CrowdDouble.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
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

    /// @dev I1 to I6 where the types end: pool and fees fill 128 bits, all deposits together nearly do, scores are the highest.
    function test_I1_extremesOfEveryType() public {
        ITaskMarket.TaskParams memory params = _terms(_richCommittee());
        params.rounds = 256;
        params.feePerRound = type(uint128).max / 512;
        params.pool = type(uint128).max - 256 * params.feePerRound;
        params.maxUnits = 1;
        params.unitStake = type(uint128).max / 4;
        params.missPenalty = params.unitStake / 256;
        params.harmPenaltyBps = 39;
        uint256 taskId = _started(params, 3);
        ITaskMarket.Report memory report = _report([uint64(2 ** 63), MISSED, HARMFUL], 1e18);
        _play(taskId, report);
        _finish(taskId, 0);
        market.settle(taskId, 0);
        same(market.taskOf(taskId).released, params.pool, "I2 all of the pool");

        ITaskMarket.Claim[] memory claims = _claimOf(taskId, 0, 0, report.scores);
        VM.prank(trainers[1]);
        market.claim(taskId, claims, stranger);
        same(tokens[0].balanceOf(stranger), params.pool, "I2 to who earned it");
        claims = _claimOf(taskId, 0, 2, report.scores);
        VM.prank(trainers[3]);
        market.claim(taskId, claims, stranger);
        VM.prank(owner);
        market.refund(taskId, owner);
        same(tokens[0].balanceOf(address(market)), 0, "I8 nothing left");
        for (uint256 i = 1; i <= 3; ++i) {
            VM.prank(trainers[i]);
            market.leave(taskId);
        }
        same(vault.pot(), 3 * uint256(10e18), "I5 what the fourth member lost, for the three others");
    }

    /// @dev The last of 256 rounds are kept apart from the others.
    function test_I3_theLastRoundsAreClaimedOnce() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.rounds = 256;
        params.progressRule = ITaskMarket.ProgressRule.PerRound;
        params.missPenalty = 0;
        params.harmPenaltyBps = 0;
        uint256 taskId = _started(params, 3);
        ITaskMarket.Report memory report;
        for (uint256 round = 0; round < 256; ++round) {
            report = _report([uint64(1), 1, 1], uint64(((round + 1) * 1e18) / 256));
            _play(taskId, report);
        }
        _finish(taskId, 255);
        market.settle(taskId, 255);
        ITaskMarket.Claim[] memory claims = _claimOf(taskId, 255, 0, report.scores);
        VM.prank(trainers[1]);
        market.claim(taskId, claims, stranger);
        same(market.claimedRoundsOf(taskId, trainers[1]), 1 << 255, "I3 the last");
        bytes memory again = abi.encodeCall(market.claim, (taskId, claims, stranger));
        _marketFails(trainers[1], again, ITaskMarket.TaskMarket_AlreadyClaimed.selector);
    }

    /// @dev One that thinks so little of the token that it takes the largest pool.
    function _richCommittee() private returns (uint256 id) {
        address[] memory members = new address[](4);
        for (uint256 i = 0; i < 4; ++i) members[i] = oracles[i];
        ICommittees.Charter memory charter = _charter(members);
        charter.stakePerRewardWad[0] = 1;
        charter.faultPenalty = 30e18;
        id = committees.found(charter);
        for (uint256 i = 0; i < 4; ++i) _enroll(id, members[i]);
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

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {World} from "./World.sol";

/// @title A world with one committee, and the steps that take a task where a test wants it.
abstract contract Stage is World {
    bytes32 internal constant DIGEST = keccak256("digest");
    bytes32 internal constant SALT = keccak256("salt");
    bytes internal constant ACCEPTED = hex"07";

    uint256 internal committeeId;
    address internal owner;

    function setUp() public virtual {
        _buildWorld();
        owner = owners[1];
        committeeId = _committee(0, 4);
    }

    /// @dev A call that must fail, for this reason.
    function _fails(address who, address target, bytes memory data, bytes4 reason) internal {
        VM.prank(who);
        (bool done, bytes memory answer) = target.call(data);
        isTrue(!done, "went through");
        same(bytes32(bytes4(answer)), bytes32(reason), "another reason");
    }

    function _marketFails(address who, bytes memory data, bytes4 reason) internal {
        _fails(who, address(market), data, reason);
    }

    /// @dev A task in round 0 with trainers 1 to `count`; one unit each.
    function _started(ITaskMarket.TaskParams memory params, uint256 count) internal returns (uint256 taskId) {
        params.maxTrainers = uint16(count);
        taskId = _post(owner, params);
        for (uint256 i = 1; i <= count; ++i) _join(taskId, trainers[i], 1);
    }

    function _submitAll(uint256 taskId) internal {
        uint256 round = market.taskOf(taskId).round;
        for (uint256 i = 0; i < market.taskOf(taskId).trainerCount; ++i) {
            VM.prank(market.trainerAt(taskId, i).account);
            market.submitUpdate(taskId, round, DIGEST);
        }
        VM.warp(_max(block.timestamp, market.roundOf(taskId, round).closesAt));
    }

    function _commit(uint256 taskId, uint256 round, uint256 seats) internal {
        for (uint256 i = 0; i < seats; ++i) {
            bytes32 commitment = market.commitmentOf(DIGEST, ACCEPTED, SALT, oracles[i], taskId, round);
            VM.prank(oracles[i]);
            market.commitWork(taskId, round, commitment);
        }
    }

    function _open(uint256 taskId, uint256 round, uint256 seat) internal {
        VM.prank(oracles[seat]);
        market.openWork(taskId, round, DIGEST, ACCEPTED, SALT);
    }

    /// @dev Vouches for everybody.
    function _vote(uint256 taskId, uint256 round, uint256 seat, bytes32 reportHash) internal {
        _voteFor(taskId, round, seat, reportHash, 15);
    }

    function _voteFor(uint256 taskId, uint256 round, uint256 seat, bytes32 reportHash, uint16 vouched) internal {
        VM.prank(oracles[seat]);
        market.vote(taskId, round, reportHash, vouched);
    }

    /// @dev Waits for the votes to begin, and lets the first three of four agree.
    function _agree(uint256 taskId, ITaskMarket.Report memory report) internal {
        uint256 round = market.taskOf(taskId).round;
        VM.warp(_max(block.timestamp, market.roundOf(taskId, round).closesAt));
        bytes32 reportHash = market.reportHashOf(taskId, round, report);
        for (uint256 seat = 0; seat < 3; ++seat) _vote(taskId, round, seat, reportHash);
    }

    function _show(uint256 taskId, ITaskMarket.Report memory report) internal {
        uint256 round = market.taskOf(taskId).round;
        VM.prank(oracles[0]);
        market.reveal(taskId, round, report);
    }

    function _play(uint256 taskId, ITaskMarket.Report memory report) internal {
        _submitAll(taskId);
        _agree(taskId, report);
        _show(taskId, report);
    }

    function _finish(uint256 taskId, uint256 round) internal {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        ITaskMarket.Round memory data = market.roundOf(taskId, round);
        VM.warp(_max(data.voteEndsAt, data.revealedAt + task.params.challengeWindow));
    }

    function _report(
        uint64[3] memory scores,
        uint64 progressWad
    ) internal pure returns (ITaskMarket.Report memory report) {
        report.modelDigest = keccak256("next model");
        report.progressWad = progressWad;
        report.scores = abi.encodePacked(scores[0], scores[1], scores[2]);
    }

    function _report() internal pure returns (ITaskMarket.Report memory) {
        return _report([uint64(5), 3, 0], 0.5e18);
    }

    /// @dev A claim on the report of `_report`.
    function _claimOf(
        uint256 taskId,
        uint256 round,
        uint256 index,
        bytes memory scores
    ) internal view returns (ITaskMarket.Claim[] memory claims) {
        bytes32[3] memory leaves;
        for (uint256 i = 0; i < 3; ++i) leaves[i] = market.leafOf(taskId, round, i, _wordAt(scores, i));
        claims = new ITaskMarket.Claim[](1);
        claims[0].round = uint16(round);
        claims[0].score = _wordAt(scores, index);
        claims[0].proof = _proofOf(leaves, index);
    }

    function _proofOf(bytes32[3] memory leaves, uint256 index) private pure returns (bytes32[] memory proof) {
        if (index == 2) {
            proof = new bytes32[](1);
            (bytes32 a, bytes32 b) = leaves[0] < leaves[1] ? (leaves[0], leaves[1]) : (leaves[1], leaves[0]);
            proof[0] = keccak256(abi.encodePacked(a, b));
        } else {
            proof = new bytes32[](2);
            proof[0] = leaves[1 - index];
            proof[1] = leaves[2];
        }
    }
}

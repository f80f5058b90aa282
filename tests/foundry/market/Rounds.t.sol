// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of a round's messages, at the second before, of and after each deadline. I9, I13, I14, I15, I17.
contract RoundsTest is Stage {
    uint256 private _taskId;

    function setUp() public override {
        super.setUp();
        _taskId = _started(_terms(committeeId), 3);
    }

    function test_I9_I13_submitting() public {
        bytes memory submit = _submission(0);
        _marketFails(stranger, submit, ITaskMarket.TaskMarket_NotTrainer.selector);
        _marketFails(trainers[1], _submission(1), ITaskMarket.TaskMarket_WrongRound.selector);
        bytes memory empty = abi.encodeCall(market.submitUpdate, (_taskId, 0, 0));
        _marketFails(trainers[1], empty, ITaskMarket.TaskMarket_ZeroDigest.selector);
        VM.warp(market.roundOf(_taskId, 0).closesAt - 1);
        VM.prank(trainers[1]);
        market.submitUpdate(_taskId, 0, DIGEST);
        _marketFails(trainers[1], submit, ITaskMarket.TaskMarket_AlreadySubmitted.selector);
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        _marketFails(trainers[2], submit, ITaskMarket.TaskMarket_OutsideWindow.selector);
    }

    /// @dev R15: who sends somebody's digest first does not shut him out.
    function test_I18_aCopiedDigestHarmsNobody() public {
        VM.prank(trainers[2]);
        market.submitUpdate(_taskId, 0, DIGEST);
        VM.prank(trainers[1]);
        market.submitUpdate(_taskId, 0, DIGEST);
        same(market.roundOf(_taskId, 0).submitted, 2, "I18 both are in");
    }

    function test_I9_I14_committing() public {
        bytes memory commit = abi.encodeCall(market.commitWork, (_taskId, 0, DIGEST));
        bytes memory unopened = abi.encodeCall(market.commitWork, (_taskId, 1, DIGEST));
        _marketFails(oracles[0], commit, ITaskMarket.TaskMarket_OutsideWindow.selector);
        _marketFails(oracles[0], unopened, ITaskMarket.TaskMarket_WrongRound.selector);
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        bytes memory empty = abi.encodeCall(market.commitWork, (_taskId, 0, 0));
        _marketFails(stranger, commit, ITaskMarket.TaskMarket_NotMember.selector);
        _marketFails(oracles[0], empty, ITaskMarket.TaskMarket_ZeroDigest.selector);
        _commit(_taskId, 0, 1);
        _marketFails(oracles[0], commit, ITaskMarket.TaskMarket_AlreadyCommitted.selector);
        VM.warp(market.roundOf(_taskId, 0).commitEndsAt);
        _marketFails(oracles[1], commit, ITaskMarket.TaskMarket_OutsideWindow.selector);
    }

    function test_I9_I14_opening() public {
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        _commit(_taskId, 0, 2);
        bytes memory opening = abi.encodeCall(market.openWork, (_taskId, 0, DIGEST, ACCEPTED, SALT));
        VM.warp(market.roundOf(_taskId, 0).commitEndsAt - 1);
        _marketFails(oracles[0], opening, ITaskMarket.TaskMarket_OutsideWindow.selector);
        VM.warp(market.roundOf(_taskId, 0).commitEndsAt);
        _marketFails(oracles[3], opening, ITaskMarket.TaskMarket_NotCommitted.selector);
        bytes memory other = abi.encodeCall(market.openWork, (_taskId, 0, SALT, ACCEPTED, SALT));
        _marketFails(oracles[0], other, ITaskMarket.TaskMarket_CommitmentMismatch.selector);
        _open(_taskId, 0, 0);
        _marketFails(oracles[0], opening, ITaskMarket.TaskMarket_AlreadyOpened.selector);
        VM.warp(market.roundOf(_taskId, 0).openEndsAt);
        _marketFails(oracles[1], opening, ITaskMarket.TaskMarket_OutsideWindow.selector);
    }

    /// @dev R6a: whoever copies a commitment can't open it.
    function test_I14_aCopiedCommitmentOpensForNobodyElse() public {
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        _commit(_taskId, 0, 1);
        bytes32 copied = market.commitmentOf(DIGEST, ACCEPTED, SALT, oracles[0], _taskId, 0);
        VM.prank(oracles[1]);
        market.commitWork(_taskId, 0, copied);
        VM.warp(market.roundOf(_taskId, 0).commitEndsAt);
        bytes memory opening = abi.encodeCall(market.openWork, (_taskId, 0, DIGEST, ACCEPTED, SALT));
        _marketFails(oracles[1], opening, ITaskMarket.TaskMarket_CommitmentMismatch.selector);
    }

    function testFuzz_I14_commitmentsAreBoundToEverything(
        bytes32[2] memory digest,
        bytes[2] memory accepted,
        address[2] memory member,
        uint256[2] memory round
    ) public view {
        bytes32 left = market.commitmentOf(digest[0], accepted[0], SALT, member[0], 1, round[0]);
        bytes32 right = market.commitmentOf(digest[1], accepted[1], SALT, member[1], 1, round[1]);
        bool equal = digest[0] == digest[1] && keccak256(accepted[0]) == keccak256(accepted[1]);
        equal = equal && member[0] == member[1] && round[0] == round[1];
        isTrue((left == right) == equal, "I14 commitment");
        isTrue(left != market.commitmentOf(digest[0], accepted[0], SALT, member[0], 2, round[0]), "I14 task");
    }

    function test_I9_allInTimeMovesTheClock() public {
        _submitAll(_taskId);
        same(market.roundOf(_taskId, 0).closesAt, block.timestamp, "I9 closes with the last submission");
        VM.warp(block.timestamp + 5);
        _commit(_taskId, 0, 4);
        same(market.roundOf(_taskId, 0).commitEndsAt, block.timestamp, "I9 ends with the last commitment");
        isTrue(market.phaseOf(_taskId) == ITaskMarket.Phase.Opening, "opening");
        _open(_taskId, 0, 2);
    }

    function test_I9_phasesFollowTheClock() public {
        uint256 fresh = _post(owner, _terms(committeeId));
        isTrue(market.phaseOf(fresh) == ITaskMarket.Phase.None, "none");
        ITaskMarket.Round memory round = market.roundOf(_taskId, 0);
        _phaseIs(round.closesAt - 1, ITaskMarket.Phase.Submitting);
        _phaseIs(round.closesAt, ITaskMarket.Phase.Committing);
        _phaseIs(round.commitEndsAt, ITaskMarket.Phase.Opening);
        _phaseIs(round.openEndsAt, ITaskMarket.Phase.Voting);
        _phaseIs(round.voteEndsAt - 1, ITaskMarket.Phase.Voting);
        _phaseIs(round.voteEndsAt, ITaskMarket.Phase.Overdue);
    }

    function test_announcing() public {
        uint256 fresh = _post(owner, _terms(committeeId));
        bytes memory early = abi.encodeCall(market.announce, (fresh, 0, 1, DIGEST));
        _marketFails(owner, early, ITaskMarket.TaskMarket_WrongStatus.selector);
        bytes memory other = abi.encodeCall(market.announce, (_taskId, 1, 1, DIGEST));
        bytes memory empty = abi.encodeCall(market.announce, (_taskId, 0, 1, 0));
        bytes memory right = abi.encodeCall(market.announce, (_taskId, 0, 1, DIGEST));
        _marketFails(owner, other, ITaskMarket.TaskMarket_WrongRound.selector);
        _marketFails(stranger, right, ITaskMarket.TaskMarket_MayNotAnnounce.selector);
        _marketFails(owner, empty, ITaskMarket.TaskMarket_ZeroDigest.selector);
        VM.prank(owner);
        market.announce(_taskId, 0, 1, DIGEST);
        _play(_taskId, _report());
        VM.prank(oracles[3]);
        market.announce(_taskId, 0, 1, DIGEST);
    }

    function test_I9_I13_voting() public {
        bytes memory ballot = abi.encodeCall(market.vote, (_taskId, 0, DIGEST, 15));
        ITaskMarket.Round memory round = market.roundOf(_taskId, 0);
        VM.warp(round.closesAt - 1);
        _marketFails(oracles[0], ballot, ITaskMarket.TaskMarket_OutsideWindow.selector);
        VM.warp(round.closesAt);
        bytes memory empty = abi.encodeCall(market.vote, (_taskId, 0, 0, 15));
        _marketFails(stranger, ballot, ITaskMarket.TaskMarket_NotMember.selector);
        _marketFails(oracles[0], empty, ITaskMarket.TaskMarket_ZeroDigest.selector);
        _vote(_taskId, 0, 0, DIGEST);
        _marketFails(oracles[0], ballot, ITaskMarket.TaskMarket_AlreadyVoted.selector);
        same(market.voteOf(_taskId, 0, oracles[0]), DIGEST, "I13 his vote");
        same(market.voteOf(_taskId, 0, stranger), 0, "I13 nobody's vote");
        same(market.voteOf(_taskId, 0, oracles[1]), 0, "I13 no vote yet");
        VM.warp(round.voteEndsAt);
        _marketFails(oracles[1], ballot, ITaskMarket.TaskMarket_OutsideWindow.selector);
    }

    function test_I27_vouchingForSeatsThatAreNotThere() public {
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        for (uint256 seat = 4; seat < 16; ++seat) {
            bytes memory ballot = abi.encodeCall(market.vote, (_taskId, 0, DIGEST, uint16(1 << seat)));
            _marketFails(oracles[0], ballot, ITaskMarket.TaskMarket_BadVouch.selector);
        }
        _voteFor(_taskId, 0, 0, DIGEST, 15);
    }

    /// @dev Two of four, whatever they vote and in whatever order.
    function testFuzz_I27_twoVouchesOfFour(uint8[4] memory vouched, bool[4] memory lies) public {
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        uint256[4] memory count;
        for (uint256 voter = 0; voter < 4; ++voter) {
            _voteFor(_taskId, 0, voter, lies[voter] ? SALT : DIGEST, vouched[voter] & 15);
            uint256 expected;
            for (uint256 seat = 0; seat < 4; ++seat) {
                if (_has(vouched[voter], seat)) ++count[seat];
                if (count[seat] >= 2) expected |= 1 << seat;
            }
            same(market.roundOf(_taskId, 0).vouchedMask, expected, "I27 two vouches");
        }
    }

    function testFuzz_I17_quorumIsThreeOfFourEqualVotes(uint8[4] memory ballots) public {
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        uint256[3] memory votes;
        bytes32 quorum;
        for (uint256 seat = 0; seat < 4; ++seat) {
            uint256 choice = ballots[seat] % 3;
            bytes32 report = keccak256(abi.encode(choice));
            _vote(_taskId, 0, seat, report);
            if (++votes[choice] == 3) quorum = report;
            same(market.roundOf(_taskId, 0).quorumHash, quorum, "I17 quorum");
        }
    }

    function test_I15_revealing() public {
        ITaskMarket.Report memory report = _report();
        bytes memory reveal = abi.encodeCall(market.reveal, (_taskId, 0, report));
        VM.warp(market.roundOf(_taskId, 0).closesAt);
        _marketFails(oracles[0], reveal, ITaskMarket.TaskMarket_NoQuorum.selector);
        _agree(_taskId, report);
        bytes memory other = abi.encodeCall(market.reveal, (_taskId, 0, _report([uint64(6), 3, 0], 0.5e18)));
        _marketFails(stranger, reveal, ITaskMarket.TaskMarket_NotMember.selector);
        _marketFails(oracles[0], other, ITaskMarket.TaskMarket_HashMismatch.selector);
        _show(_taskId, report);
        _marketFails(oracles[0], reveal, ITaskMarket.TaskMarket_AlreadyRevealed.selector);
    }

    function test_I15_reportsThatBreakARule() public {
        _cannotBeShown(_report([uint64(5), 3, 0], 1e18 + 1), "progress");
        ITaskMarket.Report memory report = _report();
        report.scores = hex"0000000000000001";
        _cannotBeShown(report, "length");
        _cannotBeShown(_report([uint64(2 ** 63 + 1), 3, 0], 0.5e18), "score");
        report = _report();
        report.modelDigest = 0;
        _cannotBeShown(report, "modelDigest");
        report = _report();
        report.outcome = ITaskMarket.Outcome.OwnerStalled;
        _cannotBeShown(report, "outcome");
        report.outcome = ITaskMarket.Outcome.Aborted;
        report.progressWad = 0;
        _cannotBeShown(report, "length");
        report.scores = "";
        report.progressWad = 1;
        _cannotBeShown(report, "progress");
    }

    function test_I18_anAbortedTaskFinesNobody() public {
        ITaskMarket.Report memory report;
        report.outcome = ITaskMarket.Outcome.Aborted;
        _play(_taskId, report);
        isTrue(market.statusOf(_taskId) == ITaskMarket.Status.Failed, "failed");
        same(vault.pot(), 0, "I18 nobody is fined");
        _finish(_taskId, 0);
        market.settle(_taskId, 0);
    }

    function test_I15_pricesOfPerRoundTasks() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.progressRule = ITaskMarket.ProgressRule.PerRound;
        _taskId = _started(params, 3);
        _cannotBeShown(_report([uint64(5), 3, 0], 0.5e18), "progress");
        ITaskMarket.Report memory report = _report([uint64(1), 1, 1], uint64(1e18) / 3);
        report.outcome = ITaskMarket.Outcome.OwnerStalled;
        report.modelDigest = 0;
        _play(_taskId, report);
        isTrue(market.statusOf(_taskId) == ITaskMarket.Status.Completed, "R7: the stalled task is over");
        isTrue(market.taskOf(_taskId).modelDigest == keccak256("model"), "the model stays");
    }

    /// @dev A round of an ended task that nobody showed is nobody's business any more.
    function test_I9_lateWorkOnAnEndedTask() public {
        ITaskMarket.Report memory report = _report();
        _agree(_taskId, report);
        VM.prank(owner);
        market.end(_taskId);
        bytes4 reason = ITaskMarket.TaskMarket_WrongStatus.selector;
        _marketFails(oracles[3], abi.encodeCall(market.vote, (_taskId, 0, DIGEST, 0)), reason);
        _marketFails(oracles[3], abi.encodeCall(market.reveal, (_taskId, 0, report)), reason);
    }

    function _submission(uint256 round) private view returns (bytes memory) {
        return abi.encodeCall(market.submitUpdate, (_taskId, round, DIGEST));
    }

    function _phaseIs(uint256 time, ITaskMarket.Phase phase) private {
        VM.warp(time);
        isTrue(market.phaseOf(_taskId) == phase, "I9 phase");
    }

    function _cannotBeShown(ITaskMarket.Report memory report, string memory reason) private {
        uint256 before = VM.snapshotState();
        _agree(_taskId, report);
        VM.prank(oracles[0]);
        (bool done, bytes memory answer) = address(market).call(abi.encodeCall(market.reveal, (_taskId, 0, report)));
        isTrue(!done, reason);
        bytes memory wanted = abi.encodeWithSelector(ITaskMarket.TaskMarket_BadReport.selector, reason);
        same(keccak256(answer), keccak256(wanted), reason);
        VM.revertToState(before);
    }
}

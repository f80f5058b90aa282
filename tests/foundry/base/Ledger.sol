// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {MerkleTwin} from "./MerkleTwin.sol";
import {World} from "./World.sol";

/// @title The twin: what was done, and what everybody must get for it, worked out without the contracts' arithmetic.
/// @dev It knows the reports before the market does and keeps its own marks of who was paid.
abstract contract Ledger is World {
    /// @dev basis: what the round splits by score. ruling: the arbiter's answer.
    struct Fact {
        ITaskMarket.Report report;
        bytes32 hash;
        uint256 basis;
        uint256 ruling;
        uint256 missPot;
        uint256 harmPot;
        uint256 accepted;
        uint256 totalScore;
        uint256 drawn;
        bool fixedReport;
    }

    /// @dev What happened in a campaign; `REACHED` in tools/foundry.sh has the same names in the same order.
    enum Kind {
        Posted,
        Joined,
        Started,
        Cancelled,
        Submitted,
        Committed,
        Opened,
        OpenedInVain,
        Voted,
        VotedApart,
        Quorum,
        Revealed,
        OwnerStalled,
        Aborted,
        Completed,
        Ended,
        ExpiredWithoutQuorum,
        ExpiredWithQuorum,
        Settled,
        SeatSlashed,
        MissFined,
        HarmFined,
        Challenged,
        Upheld,
        Refused,
        Overturned,
        Lapsed,
        Claimed,
        ClaimedVoid,
        FeesClaimed,
        SubmitterPaid,
        VoterPaid,
        Refunded,
        TrainerLeft,
        Closed,
        Founded,
        MemberLeft,
        Withdrawn,
        Donated,
        StrangerRefused,
        RepeatRefused,
        UntimelyRefused,
        LieRefused
    }

    uint256 internal constant KINDS = uint256(type(Kind).max) + 1;

    uint256[43] public reached;
    mapping(uint256 taskId => mapping(uint256 round => Fact)) internal facts;
    mapping(uint256 taskId => mapping(uint256 round => mapping(uint256 index => bool))) internal paidTrainer;
    mapping(uint256 taskId => mapping(uint256 round => mapping(uint256 seat => bool))) internal paidSeat;
    mapping(uint256 taskId => mapping(uint256 round => mapping(uint256 seat => uint256))) internal vouchesFor;
    mapping(uint256 taskId => uint256) internal bestWad;
    mapping(uint256 taskId => uint256) internal expiredPaid;
    mapping(uint256 taskId => uint256) internal refunded;
    mapping(uint256 taskId => uint256) internal rewardsPaid;
    mapping(uint256 taskId => uint256) internal feesPaid;
    mapping(uint256 taskId => bool) internal closed;
    mapping(uint256 committeeId => mapping(uint256 seat => uint256)) internal seatTaken;
    mapping(address token => uint256) public donatedToMarket;
    uint256 public donatedToVault;
    mapping(uint256 taskId => bytes32) internal fingerprints;
    mapping(uint256 committeeId => bytes32) internal memberships;

    function _count(Kind kind) internal {
        reached[uint256(kind)] += 1;
    }

    /// @dev How often each kind was reached, in order, for tools/foundry.sh to add up over a campaign.
    function reachedLine() external view returns (string memory line) {
        for (uint256 i = 0; i < KINDS; ++i) line = string.concat(line, " ", VM.toString(reached[i]));
    }

    // ---------------------------------------------------------------- rounds

    function _finalAt(ITaskMarket.Task memory task, ITaskMarket.Round memory round) internal pure returns (uint256) {
        return _max(round.voteEndsAt, round.revealedAt + task.params.challengeWindow);
    }

    function _isFinal(ITaskMarket.Task memory task, ITaskMarket.Round memory round) internal view returns (bool) {
        return
            round.revealedAt != 0 &&
            round.dispute != ITaskMarket.Dispute.Open &&
            block.timestamp >= _finalAt(task, round);
    }

    function _expiresAt(ITaskMarket.Task memory task, ITaskMarket.Round memory round) internal pure returns (uint256) {
        return round.voteEndsAt + (round.quorumHash == 0 ? 0 : task.params.commitWindow);
    }

    function _isOver(ITaskMarket.Status status) internal pure returns (bool) {
        return uint8(status) >= uint8(ITaskMarket.Status.Completed);
    }

    function _bits(uint256 mask) internal pure returns (uint256 count) {
        for (; mask != 0; mask >>= 1) count += mask & 1;
    }

    // ---------------------------------------------------------------- what a report means

    /// @dev Called as the report is shown: fixes the figures of the round from the words alone.
    function _book(uint256 taskId, uint256 round, ITaskMarket.Task memory task) internal {
        Fact storage fact = facts[taskId][round];
        if (fact.report.outcome == ITaskMarket.Outcome.Aborted) return;

        _tally(taskId, fact, task);
        uint256 progress = fact.report.progressWad;
        if (progress > bestWad[taskId]) {
            if (fact.totalScore != 0) fact.basis = (task.params.pool * (progress - bestWad[taskId])) / WAD;
            bestWad[taskId] = progress;
        }
    }

    function _tally(uint256 taskId, Fact storage fact, ITaskMarket.Task memory task) private {
        (uint256 missed, uint256 harmStake) = (0, 0);
        for (uint256 i = 0; i < task.trainerCount; ++i) {
            uint64 word = _wordAt(fact.report.scores, i);
            if (word == MISSED) {
                ++missed;
            } else if (word == HARMFUL) {
                harmStake += _harmFine(taskId, task, i);
            } else {
                fact.totalScore += word;
            }
        }
        fact.accepted = task.trainerCount - missed;
        if (fact.accepted != 0) fact.missPot = missed * task.params.missPenalty;
        if (fact.totalScore != 0) fact.harmPot = harmStake;
        if (fact.missPot != 0) _count(Kind.MissFined);
        if (fact.harmPot != 0) _count(Kind.HarmFined);
    }

    function _harmFine(uint256 taskId, ITaskMarket.Task memory task, uint256 index) internal view returns (uint256) {
        uint256 units = market.trainerAt(taskId, index).units;
        return (units * task.params.unitStake * task.params.harmPenaltyBps) / 10_000;
    }

    /// @dev What the round fined this trainer.
    function _fineOf(
        uint256 taskId,
        uint256 round,
        ITaskMarket.Task memory task,
        uint256 index
    ) internal view returns (uint256) {
        Fact storage fact = facts[taskId][round];
        if (fact.report.scores.length == 0 || fact.accepted + fact.totalScore == 0) return 0;
        uint64 word = _wordAt(fact.report.scores, index);
        if (word == MISSED && fact.accepted != 0) return task.params.missPenalty;
        if (word == HARMFUL && fact.totalScore != 0) return _harmFine(taskId, task, index);
        return 0;
    }

    /// @dev What a claim of this round must bring the trainer, paid or not.
    function _dueTrainer(
        uint256 taskId,
        uint256 round,
        ITaskMarket.Task memory task,
        ITaskMarket.Dispute dispute,
        uint256 index
    ) internal view returns (uint256 reward, uint256 stake) {
        Fact storage fact = facts[taskId][round];
        if (fact.report.outcome == ITaskMarket.Outcome.Aborted) return (0, 0);
        if (dispute == ITaskMarket.Dispute.Overturned) return (0, _fineOf(taskId, round, task, index));
        uint64 word = _wordAt(fact.report.scores, index);
        if (word == MISSED) return (0, 0);

        if (fact.accepted != 0) stake = fact.missPot / fact.accepted;
        if (word == HARMFUL || fact.totalScore == 0) return (0, stake);
        reward = (fact.basis * word) / fact.totalScore;
        stake += (fact.harmPot * word) / fact.totalScore;
    }

    /// @dev Seats for whose work enough voters vouched: more than those of n = 3t + 1 that may lie.
    function _vouched(uint256 taskId, uint256 round, uint256 size) internal view returns (uint256 mask) {
        for (uint256 seat = 0; seat < size; ++seat) {
            if (3 * vouchesFor[taskId][round][seat] > size - 1) mask |= 1 << seat;
        }
    }

    /// @dev What one seat must get from a settled round.
    function _dueSeat(
        ITaskMarket.Round memory round,
        uint256 seat
    ) internal pure returns (uint256 fees, uint256 stake) {
        if (!round.settled || !_has(round.matchedMask, seat)) return (0, 0);
        if (_has(round.openedMask & round.vouchedMask, seat)) fees = round.feeShare;
        stake = round.slashShare;
    }

    function _proof(
        uint256 taskId,
        uint256 round,
        uint256 index
    ) internal view returns (ITaskMarket.Claim memory claim) {
        bytes memory scores = facts[taskId][round].report.scores;
        bytes32[] memory leaves = new bytes32[](scores.length / 8);
        for (uint256 i = 0; i < leaves.length; ++i) {
            bytes memory preimage = abi.encode(block.chainid, address(market), taskId, round, i, _wordAt(scores, i));
            leaves[i] = keccak256(abi.encodePacked(keccak256(preimage)));
        }
        claim.round = uint16(round);
        claim.score = _wordAt(scores, index);
        claim.proof = MerkleTwin.proofOf(leaves, index);
    }

    // ---------------------------------------------------------------- marks

    /// @dev Everything the market says of a task, in a word.
    function _fingerprint(uint256 taskId) internal view returns (bytes32) {
        ITaskMarket.Task memory task = market.taskOf(taskId);
        return _markOf(task, _roundsOf(taskId, task), _trainersOf(taskId, task));
    }

    function _roundsOf(
        uint256 taskId,
        ITaskMarket.Task memory task
    ) internal view returns (ITaskMarket.Round[] memory rounds) {
        rounds = new ITaskMarket.Round[](task.round + 1);
        for (uint256 r = 0; r < rounds.length; ++r) rounds[r] = market.roundOf(taskId, r);
    }

    function _trainersOf(
        uint256 taskId,
        ITaskMarket.Task memory task
    ) internal view returns (ITaskMarket.Trainer[] memory joined) {
        joined = new ITaskMarket.Trainer[](task.trainerCount);
        for (uint256 i = 0; i < joined.length; ++i) joined[i] = market.trainerAt(taskId, i);
    }

    function _markOf(
        ITaskMarket.Task memory task,
        ITaskMarket.Round[] memory rounds,
        ITaskMarket.Trainer[] memory joined
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(task, rounds, joined));
    }

    function _membership(uint256 committeeId) internal view returns (bytes32 mark) {
        ICommittees.Seat[] memory seats = committees.seatsOf(committeeId);
        for (uint256 i = 0; i < seats.length; ++i) mark = keccak256(abi.encode(mark, seats[i].account));
    }
}

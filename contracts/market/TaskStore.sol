// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";

/// @title What the market remembers, and the rules that all its parts share: who may act, and when.
abstract contract TaskStore is ITaskMarket {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 10_000;
    /// @dev Bits of one seat's ballot; a ballot is 0 or the number of a report hash, of which there are at most ten.
    uint256 internal constant BALLOT_BITS = 4;
    /// @dev Trainers per word of penalties: a bit each for missed (low half) and harmful (high half).
    uint256 internal constant PENALTIES_PER_WORD = 128;

    /// @dev The slots follow who reads what: the first is all that most calls of a round need. Windows are at most 30
    /// days, which fits 24 bits; committees are counted from 1, which fits 64.
    struct TaskData {
        Status status;
        ProgressRule progressRule;
        bool endRequested;
        bool committeeReleased;
        uint8 committeeSize;
        uint16 round;
        uint16 trainerCount;
        uint16 unsettled;
        uint24 submitWindow;
        uint24 commitWindow;
        uint24 voteWindow;
        uint24 challengeWindow;
        uint64 committeeId;
        // ---- joining
        address owner;
        uint40 joinEndsAt;
        uint16 minTrainers;
        uint16 maxTrainers;
        uint16 maxUnits;
        // ---- stakes
        uint128 unitStake;
        uint128 missPenalty;
        // ---- escrow
        uint128 pool;
        uint128 feePerRound;
        // ---- reports
        address rewardToken;
        uint16 harmPenaltyBps;
        uint16 rounds;
        uint64 progressWad;
        // ---- disputes
        address arbiter;
        uint24 joinWindow;
        uint128 challengeBond;
        uint128 released;
        // ---- the rest
        uint128 refundable;
        bytes32 specDigest;
        bytes32 firstModelDigest;
        bytes32 modelDigest;
        mapping(uint256 round => RoundData) roundAt;
        mapping(uint256 index => TrainerData) trainerAt;
        mapping(address account => uint256) trainerNumber;
        mapping(uint256 index => uint256) claimedByTrainer;
        mapping(uint256 seat => uint256) claimedBySeat;
    }

    /// @dev fullAfter, committedAfter: seconds from openedAt to the last submission and commitment, good once all are
    /// there. ballots: BALLOT_BITS per seat; quorum: the ballot that has quorum. harmDust: what rounding leaves of
    /// harmPot, below 1 wei per trainer.
    struct RoundData {
        uint40 openedAt;
        uint40 revealedAt;
        uint24 fullAfter;
        uint24 committedAfter;
        uint16 submitted;
        uint16 accepted;
        uint16 committedMask;
        uint16 openedMask;
        uint16 votedMask;
        uint40 ballots;
        uint8 quorum;
        // ---- what claims draw
        bytes32 root;
        uint128 basis;
        uint128 remaining;
        uint128 missShare;
        uint80 totalScore;
        uint16 harmDust;
        Dispute dispute;
        bool settled;
        uint128 harmPot;
        uint128 released;
        // ---- what members get
        uint128 feeShare;
        uint128 slashShare;
        // ---- challenge
        address challenger;
        uint40 disputedAt;
        bool bondForfeited;
        mapping(uint256 ballot => bytes32) reportHash;
        mapping(uint256 seat => bytes32) commitment;
        mapping(uint256 word => uint256) penalties;
    }

    struct TrainerData {
        address account;
        uint16 units;
        uint16 submittedRounds;
        bool left;
    }

    /// @inheritdoc ITaskMarket
    address public immutable vault;
    /// @inheritdoc ITaskMarket
    address public immutable committees;
    /// @inheritdoc ITaskMarket
    uint256 public taskCount;

    mapping(uint256 taskId => TaskData) internal _tasks;

    constructor(address vault_, address committees_) {
        if (vault_ == address(0) || committees_ == address(0)) revert TaskMarket_ZeroAddress();

        vault = vault_;
        committees = committees_;
    }

    // ---------------------------------------------------------------- who

    function _existing(uint256 taskId) internal view returns (TaskData storage task) {
        task = _tasks[taskId];
        if (task.status == Status.None) revert TaskMarket_Unknown(taskId);
    }

    function _ownedByCaller(uint256 taskId) internal view returns (TaskData storage task) {
        task = _existing(taskId);
        if (msg.sender != task.owner) revert TaskMarket_NotOwner(msg.sender);
    }

    function _trainerIndex(uint256 taskId, TaskData storage task) internal view returns (uint256) {
        uint256 number = task.trainerNumber[msg.sender];
        if (number == 0) revert TaskMarket_NotTrainer(taskId, msg.sender);
        return number - 1;
    }

    function _seatIndex(uint256 taskId, TaskData storage task) internal view returns (uint256) {
        uint256 number = _seatNumber(task.committeeId, msg.sender);
        if (number == 0) revert TaskMarket_NotMember(taskId, msg.sender);
        return number - 1;
    }

    /// @dev Seat plus one, zero for strangers.
    function _seatNumber(uint256 committeeId, address account) internal view returns (uint256) {
        return ICommittees(committees).seatNumberOf(committeeId, account);
    }

    // ---------------------------------------------------------------- when

    function _checkStatus(uint256 taskId, TaskData storage task, Status expected) internal view {
        if (task.status != expected) revert TaskMarket_WrongStatus(taskId, task.status);
    }

    function _checkWindow(uint256 start, uint256 end) internal view {
        if (block.timestamp < start || (end != 0 && block.timestamp >= end)) {
            revert TaskMarket_OutsideWindow(block.timestamp, start, end);
        }
    }

    function _isFinal(Status status) internal pure returns (bool) {
        return status > Status.Training;
    }

    /// @dev A round that has opened.
    function _openedRound(uint256 taskId, TaskData storage task, uint256 round)
        internal
        view
        returns (RoundData storage data)
    {
        data = task.roundAt[round];
        if (data.openedAt == 0) revert TaskMarket_WrongRound(taskId, task.round, round);
    }

    /// @dev A round in which members may still act: the current one, or an earlier one whose windows are open. Members
    /// that are quick to reveal must not shut the others out. Of a closed task nobody needs the unrevealed round.
    function _workableRound(uint256 taskId, TaskData storage task, uint256 round)
        internal
        view
        returns (RoundData storage data)
    {
        data = _openedRound(taskId, task, round);
        if (data.revealedAt == 0) _checkStatus(taskId, task, Status.Training);
    }

    function _closesAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        bool full = round.submitted == task.trainerCount;
        return round.openedAt + (full ? round.fullAfter : task.submitWindow);
    }

    function _commitEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        bool complete = round.committedMask == _fullMask(task.committeeSize);
        return complete ? round.openedAt + round.committedAfter : _closesAt(task, round) + task.commitWindow;
    }

    function _openEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        return _commitEndsAt(task, round) + task.commitWindow;
    }

    function _voteEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        return _closesAt(task, round) + task.voteWindow;
    }

    /// @dev Reverts unless the round is revealed, past its votes and its challenge window, and not under dispute.
    function _checkFinal(uint256 taskId, TaskData storage task, uint256 round, RoundData storage data) internal view {
        uint256 revealedAt = data.revealedAt;
        if (revealedAt == 0) revert TaskMarket_NotRevealed(taskId, round);
        uint256 finalAt = Math.max(_voteEndsAt(task, data), revealedAt + task.challengeWindow);
        if (block.timestamp < finalAt || data.dispute == Dispute.Open) revert TaskMarket_NotFinal(taskId, round);
    }

    // ---------------------------------------------------------------- votes

    function _fullMask(uint256 size) internal pure returns (uint256) {
        return (1 << size) - 1;
    }

    /// @dev Seats whose ballot is `ballot`.
    function _maskOf(uint256 ballots, uint256 ballot) internal pure returns (uint256 mask) {
        for (uint256 seat = 0; ballots != 0; ++seat) {
            if (ballots & 0xf == ballot) mask |= 1 << seat;
            ballots >>= BALLOT_BITS;
        }
    }

    /// @dev Seats that voted with the quorum; none before there is one.
    function _matchedMask(RoundData storage round) internal view returns (uint256) {
        uint256 quorum = round.quorum;
        return quorum == 0 ? 0 : _maskOf(round.ballots, quorum);
    }

    function _countBits(uint256 mask) internal pure returns (uint256 count) {
        for (; mask != 0; ++count) {
            mask &= mask - 1;
        }
    }

    // ---------------------------------------------------------------- shared effects

    function _openRound(uint256 taskId, TaskData storage task, uint256 round) internal {
        task.round = uint16(round);
        task.roundAt[round].openedAt = uint40(block.timestamp);

        emit RoundOpened(taskId, round);
    }

    /// @dev The task ends; of its escrow stays what rounds released and the fees of the `revealed` rounds.
    function _finish(uint256 taskId, TaskData storage task, Status status, uint256 revealed) internal {
        uint256 unusedFees = uint256(task.feePerRound) * (task.rounds - revealed);
        task.status = status;
        task.refundable += uint128(task.pool - task.released + unusedFees);

        emit TaskClosed(taskId, status);
    }

    /// @dev Takes up to `amount` from each seat in `mask`; it waits in the vault's pot.
    function _slashSeats(TaskData storage task, uint256 mask, uint256 amount) internal returns (uint256 taken) {
        uint256 committeeId = task.committeeId;
        for (uint256 seat = 0; mask >> seat != 0; ++seat) {
            if (mask >> seat & 1 == 0) continue;

            taken += ICommittees(committees).slashSeat(committeeId, seat, amount);
        }
    }

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) IStakeVault(vault).credit(account, amount);
    }

    /// @dev Marks `round` in a claimant's bitmap.
    function _marked(uint256 claimed, uint256 taskId, uint256 round) internal view returns (uint256) {
        uint256 bit = 1 << round;
        if (claimed & bit != 0) revert TaskMarket_AlreadyClaimed(taskId, round, msg.sender);
        return claimed | bit;
    }

    function _harmPenalty(TaskData storage task, uint256 units) internal view returns (uint256) {
        return units * task.unitStake * task.harmPenaltyBps / BPS;
    }

    /// @dev How many rounds cost a trainer a missPenalty and how many a harmPenalty.
    function _penaltiesOf(TaskData storage task, uint256 index) internal view returns (uint256 missed, uint256 harmed) {
        uint256 word = index / PENALTIES_PER_WORD;
        uint256 bit = index % PENALTIES_PER_WORD;
        uint256 rounds = task.round + 1;
        for (uint256 round = 0; round < rounds; ++round) {
            uint256 penalties = task.roundAt[round].penalties[word] >> bit;
            missed += penalties & 1;
            harmed += penalties >> PENALTIES_PER_WORD & 1;
        }
    }
}

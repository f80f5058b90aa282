// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICommittees} from "../../interfaces/ICommittees.sol";
import {IStakeVault} from "../../interfaces/IStakeVault.sol";
import {ITaskMarket} from "../../interfaces/ITaskMarket.sol";

/// @title What the market remembers of a task, and the rules all its parts share: the clock, the votes, the penalties.
library TaskState {
    /// @dev The slots follow who reads what: the first is all that most calls of a round need. Windows are at most 30
    /// days, which fits 24 bits; committees are counted from 1, which fits 64.
    struct TaskData {
        ITaskMarket.Status status;
        ITaskMarket.ProgressRule progressRule;
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
        mapping(address account => Standing) standingOf;
        mapping(uint256 seat => uint256) claimedBySeat;
    }

    /// @dev The first slot is full: it is all that a vote writes, but for a new report hash. openedAt, revealedAt:
    /// their 32 bits end in February 2106; a market that still runs must be replaced before. fullAfter,
    /// committedAfter: seconds from openedAt to the last submission and commitment, good once all are there. ballots:
    /// BALLOT_BITS per seat; quorum: the ballot that has quorum. vouches: how many voters vouched for each seat, up to
    /// t + 1, so 4 at most: the lowest binary digit of all seats (MAX_SEATS bits), then the next, then the highest.
    /// basisDust, harmDust: what rounding leaves of basis and harmPot when they are split, below 1 wei per trainer.
    /// What is often zero stands apart, so that most rounds need not write or read it; `fined` says whether the slot
    /// of missShare and harmPot is in use.
    struct RoundData {
        uint32 openedAt;
        uint32 revealedAt;
        uint24 fullAfter;
        uint24 committedAfter;
        uint16 submitted;
        uint16 accepted;
        uint16 committedMask;
        uint16 openedMask;
        uint40 ballots;
        uint8 quorum;
        uint32 vouches;
        // ---- what claims draw
        bytes32 root;
        uint128 basis;
        uint128 remaining;
        uint128 feeShare;
        uint80 totalScore;
        uint16 basisDust;
        ITaskMarket.Dispute dispute;
        bool settled;
        bool fined;
        // ---- fines
        uint128 missShare;
        uint128 harmPot;
        uint128 slashShare;
        uint16 harmDust;
        // ---- challenge
        address challenger;
        uint40 disputedAt;
        bool bondForfeited;
        mapping(uint256 ballot => bytes32) reportHash;
        mapping(uint256 seat => bytes32) commitment;
        mapping(uint256 word => uint256) penalties;
    }

    /// @dev claimedLate: the rounds from EARLY_ROUNDS on that he has claimed, which his Standing has no room for.
    struct TrainerData {
        address account;
        uint16 units;
        uint16 submittedRounds;
        bool left;
        uint16 claimedLate;
    }

    /// @dev number: a trainer's index plus one, zero for strangers. claimed: bit r for round r < EARLY_ROUNDS. In one
    /// slot, so that the first claim of a trainer writes where joining has written.
    struct Standing {
        uint16 number;
        uint240 claimed;
    }

    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 10_000;
    /// @dev Bits of one seat's ballot; a ballot is 0 or the number of a report hash, of which there are at most ten.
    uint256 internal constant BALLOT_BITS = 4;
    /// @dev Seats of the largest committee, and so the bits of a digit of `vouches`.
    uint256 internal constant MAX_SEATS = 10;
    /// @dev Trainers per word of penalties: a bit each for missed (low half) and harmful (high half).
    uint256 internal constant PENALTIES_PER_WORD = 128;
    uint256 internal constant EARLY_ROUNDS = 240;

    // ---------------------------------------------------------------- shared effects

    function openRound(uint256 taskId, TaskData storage task, uint256 round) internal {
        task.round = uint16(round);
        task.roundAt[round].openedAt = uint32(block.timestamp);

        emit ITaskMarket.RoundOpened(taskId, round);
    }

    /// @dev The task ends; of its escrow stays what rounds released and the fees of the `revealed` rounds.
    function finish(uint256 taskId, TaskData storage task, ITaskMarket.Status status, uint256 revealed) internal {
        uint256 unusedFees = uint256(task.feePerRound) * (task.rounds - revealed);
        task.status = status;
        task.refundable += uint128(task.pool - task.released + unusedFees);

        emit ITaskMarket.TaskClosed(taskId, status);
    }

    /// @dev Keeps what `claimedBy` returns.
    function setClaimed(TaskData storage task, address account, uint256 claimed) internal {
        Standing storage standing = task.standingOf[account];
        standing.claimed = uint240(claimed);
        if (claimed >> EARLY_ROUNDS != 0) {
            task.trainerAt[standing.number - 1].claimedLate = uint16(claimed >> EARLY_ROUNDS);
        }
    }

    /// @dev Takes up to `amount` from each seat in `mask`; it waits in the vault's pot.
    function slashSeats(
        TaskData storage task,
        address committees,
        uint256 mask,
        uint256 amount
    ) internal returns (uint256 taken) {
        uint256 committeeId = task.committeeId;
        for (uint256 seat = 0; mask >> seat != 0; ++seat) {
            if ((mask >> seat) & 1 == 0) continue;

            taken += ICommittees(committees).slashSeat(committeeId, seat, amount);
        }
    }

    function credit(address vault, address account, uint256 amount) internal {
        if (amount != 0) IStakeVault(vault).credit(account, amount);
    }

    // ---------------------------------------------------------------- clock, votes, penalties

    function checkStatus(uint256 taskId, TaskData storage task, ITaskMarket.Status expected) internal view {
        if (task.status != expected) revert ITaskMarket.TaskMarket_WrongStatus(taskId, task.status);
    }

    function checkWindow(uint256 start, uint256 end) internal view {
        if (block.timestamp < start || (end != 0 && block.timestamp >= end)) {
            revert ITaskMarket.TaskMarket_OutsideWindow(block.timestamp, start, end);
        }
    }

    /// @dev A round that has opened.
    function openedRound(
        uint256 taskId,
        TaskData storage task,
        uint256 round
    ) internal view returns (RoundData storage data) {
        data = task.roundAt[round];
        if (data.openedAt == 0) revert ITaskMarket.TaskMarket_WrongRound(taskId, task.round, round);
    }

    function closesAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        bool full = round.submitted == task.trainerCount;
        return uint256(round.openedAt) + (full ? round.fullAfter : task.submitWindow);
    }

    function commitEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        if (round.committedMask != fullMask(task.committeeSize)) return closesAt(task, round) + task.commitWindow;
        return uint256(round.openedAt) + round.committedAfter;
    }

    function openEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        return commitEndsAt(task, round) + task.commitWindow;
    }

    function voteEndsAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        return closesAt(task, round) + task.voteWindow;
    }

    /// @dev A quorum of the last second is given the time of a commitment to be revealed; without one there is nothing
    /// to wait for.
    function expiresAt(TaskData storage task, RoundData storage round) internal view returns (uint256) {
        uint256 votesEndAt = voteEndsAt(task, round);
        return round.quorum == 0 ? votesEndAt : votesEndAt + task.commitWindow;
    }

    /// @dev Reverts unless the round is revealed, past its votes and its challenge window, and not under dispute.
    function checkFinal(uint256 taskId, TaskData storage task, uint256 round, RoundData storage data) internal view {
        uint256 revealedAt = data.revealedAt;
        if (revealedAt == 0) revert ITaskMarket.TaskMarket_NotRevealed(taskId, round);
        uint256 finalAt = Math.max(voteEndsAt(task, data), revealedAt + task.challengeWindow);
        if (block.timestamp < finalAt || data.dispute == ITaskMarket.Dispute.Open)
            revert ITaskMarket.TaskMarket_NotFinal(taskId, round);
    }

    /// @dev A seat's ballot, 0 when it has not voted.
    function ballotOf(RoundData storage round, uint256 seat) internal view returns (uint256) {
        return (round.ballots >> (seat * BALLOT_BITS)) & 0xf;
    }

    /// @dev Seats that voted with the quorum; none before there is one.
    function matchedMask(RoundData storage round) internal view returns (uint256) {
        uint256 quorum = round.quorum;
        return quorum == 0 ? 0 : maskOf(round.ballots, quorum);
    }

    /// @dev Seats that voted with the quorum, and those of them that earn the fee: they opened their work, and t + 1
    /// voters vouched for it, of whom one at least is honest (R6a).
    function deserving(
        TaskData storage task,
        RoundData storage round
    ) internal view returns (uint256 matched, uint256 earners) {
        matched = matchedMask(round);
        earners = matched & round.openedMask & vouchedMask(round.vouches, vouchesNeeded(task.committeeSize));
    }

    /// @dev Bit r: `account`, who is a trainer, has claimed round r.
    function claimedBy(TaskData storage task, address account) internal view returns (uint256 claimed) {
        Standing storage standing = task.standingOf[account];
        claimed = standing.claimed;
        if (task.rounds > EARLY_ROUNDS) {
            claimed |= uint256(task.trainerAt[standing.number - 1].claimedLate) << EARLY_ROUNDS;
        }
    }

    /// @dev Exactly what all claims of a round draw together.
    function releasedBy(RoundData storage round) internal view returns (uint256) {
        return round.basis - round.basisDust;
    }

    function harmPenalty(TaskData storage task, uint256 units) internal view returns (uint256) {
        return (units * task.unitStake * task.harmPenaltyBps) / BPS;
    }

    /// @dev Whether a round cost a trainer a missPenalty, or a harmPenalty.
    function penaltyOf(RoundData storage round, uint256 index) internal view returns (bool missed, bool harmed) {
        uint256 penalties = round.penalties[index / PENALTIES_PER_WORD];
        missed = penalties & penaltyBit(index, false) != 0;
        harmed = penalties & penaltyBit(index, true) != 0;
    }

    /// @dev How many rounds cost a trainer a missPenalty, and how many a harmPenalty.
    function penaltiesOf(TaskData storage task, uint256 index) internal view returns (uint256 missed, uint256 harmed) {
        uint256 rounds = task.round + 1;
        for (uint256 round = 0; round < rounds; ++round) {
            (bool missedIt, bool harmedIt) = penaltyOf(task.roundAt[round], index);
            if (missedIt) ++missed;
            if (harmedIt) ++harmed;
        }
    }

    // ---------------------------------------------------------------- sets of seats, bits

    function isFinal(ITaskMarket.Status status) internal pure returns (bool) {
        return status > ITaskMarket.Status.Training;
    }

    function fullMask(uint256 size) internal pure returns (uint256) {
        return (1 << size) - 1;
    }

    /// @dev Seats whose ballot is `ballot`.
    function maskOf(uint256 ballots, uint256 ballot) internal pure returns (uint256 mask) {
        unchecked {
            for (uint256 seat = 0; ballots != 0; ++seat) {
                if (ballots & 0xf == ballot) mask |= 1 << seat;
                ballots >>= BALLOT_BITS;
            }
        }
    }

    /// @dev How many seats' ballot is `ballot`, which is not 0.
    function votesFor(uint256 ballots, uint256 ballot) internal pure returns (uint256 count) {
        unchecked {
            for (; ballots != 0; ballots >>= BALLOT_BITS) {
                if (ballots & 0xf == ballot) ++count;
            }
        }
    }

    /// @dev Seats that have voted.
    function votedMask(uint256 ballots) internal pure returns (uint256 mask) {
        unchecked {
            for (uint256 seat = 0; ballots != 0; ++seat) {
                if (ballots & 0xf != 0) mask |= 1 << seat;
                ballots >>= BALLOT_BITS;
            }
        }
    }

    /// @dev t + 1 of n = 3t + 1.
    function vouchesNeeded(uint256 size) internal pure returns (uint256) {
        return (size - 1) / 3 + 1;
    }

    /// @dev `vouches` and one more for each seat in `vouched` that has not got `needed` yet: all seats add at once, and
    /// what overflows one digit of a count is carried to the next.
    function addVouches(uint256 vouches, uint256 vouched, uint256 needed) internal pure returns (uint256) {
        uint256 ones = vouched & ~vouchedMask(vouches, needed);
        uint256 twos = (ones & vouches) << MAX_SEATS;
        uint256 fours = (twos & vouches) << MAX_SEATS;
        return vouches ^ (ones | twos | fours);
    }

    /// @dev Seats with `needed` vouches. No count goes beyond that, so who has all of its digits has reached it.
    function vouchedMask(uint256 vouches, uint256 needed) internal pure returns (uint256 mask) {
        mask = (1 << MAX_SEATS) - 1;
        if (needed & 1 != 0) mask &= vouches;
        if (needed & 2 != 0) mask &= vouches >> MAX_SEATS;
        if (needed & 4 != 0) mask &= vouches >> (2 * MAX_SEATS);
    }

    function countBits(uint256 mask) internal pure returns (uint256 count) {
        for (; mask != 0; ++count) {
            mask &= mask - 1;
        }
    }

    /// @dev A trainer's bit in his word of a round's penalties.
    function penaltyBit(uint256 index, bool harmful) internal pure returns (uint256) {
        return 1 << ((index % PENALTIES_PER_WORD) + (harmful ? PENALTIES_PER_WORD : 0));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {ScoreTree} from "../../../contracts/libraries/ScoreTree.sol";
import {TaskState} from "../../../contracts/libraries/TaskState.sol";
import {ScoreTreeHarness} from "../libraries/ScoreTreeHarness.sol";

/// @title What halmos proves for every input, not only for those that fuzzing tries. `tools/audit.sh proofs`.
/// @dev forge runs none of these: it looks for `test`. Products and quotients are beyond the solvers; shares are
/// left to fuzzing. So are committees of seven and ten: a path per way to vote is too many.
contract Proofs {
    ScoreTreeHarness private _tree;

    function setUp() public {
        _tree = new ScoreTreeHarness();
    }

    /// @notice I17: no seat counts for two reports, so that two reports of n - t votes each would need more than n.
    function check_I17_noSeatCountsTwice(uint16 ballots, uint8 left, uint8 right) external pure {
        if (left == right || left == 0 || right == 0 || left > 4 || right > 4) return;
        assert(TaskState.maskOf(ballots, left) & TaskState.maskOf(ballots, right) == 0);
    }

    /// @notice I13: maskOf has the bit of a seat exactly when the seat's ballot is the one asked for.
    function check_I13_maskOf(uint16 ballots, uint8 ballot, uint8 seat) external pure {
        if (ballot == 0 || ballot > 15 || seat >= 4) return;
        bool voted = (uint256(ballots) >> (4 * uint256(seat))) & 15 == ballot;
        assert(((TaskState.maskOf(ballots, ballot) >> seat) & 1 == 1) == voted);
    }

    /// @notice I27: a vote adds one to the count of exactly the seats it names, up to t + 1, for any committee and
    /// whatever was counted before.
    function check_I27_addVouches(uint32 vouches, uint16 vouched, uint8 seat, uint8 t) external pure {
        if (t == 0 || t > 3 || seat >= 10 || vouched >= 1 << 10) return;
        uint256 needed = TaskState.vouchesNeeded(3 * uint256(t) + 1);
        uint256 before = _count(vouches, seat);
        if (before > needed) return;
        bool named = (uint256(vouched) >> seat) & 1 == 1;
        uint256 then_ = TaskState.addVouches(vouches, vouched, needed);
        assert(_count(then_, seat) == (named && before < needed ? before + 1 : before));
        assert(then_ >> 30 == vouches >> 30);
    }

    /// @notice I27: a seat has enough vouches exactly when its count is t + 1.
    function check_I27_vouchedMask(uint32 vouches, uint8 seat, uint8 t) external pure {
        if (t == 0 || t > 3 || seat >= 10) return;
        uint256 needed = TaskState.vouchesNeeded(3 * uint256(t) + 1);
        if (_count(vouches, seat) > needed) return;
        uint256 mask = TaskState.vouchedMask(vouches, needed);
        assert(((mask >> seat) & 1 == 1) == (_count(vouches, seat) == uint256(t) + 1));
        assert(mask >> 10 == 0);
    }

    function check_countBits(uint8 mask) external pure {
        if (mask >= 128) return;
        uint256 count;
        for (uint256 i = 0; i < 7; ++i) count += (mask >> i) & 1;
        assert(TaskState.countBits(mask) == count);
    }

    /// @notice I18: no two trainers of a word, and no two kinds of fine, share a bit.
    function check_I18_penaltyBits(uint256 left, uint256 right, bool leftHarm, bool rightHarm) external pure {
        bool same = left % 128 == right % 128 && leftHarm == rightHarm;
        assert((TaskState.penaltyBit(left, leftHarm) == TaskState.penaltyBit(right, rightHarm)) == same);
        assert(TaskState.penaltyBit(left, leftHarm) != 0);
    }

    function check_I9_finalStatuses(uint8 raw) external pure {
        if (raw > uint8(type(ITaskMarket.Status).max)) return;
        assert(TaskState.isFinal(ITaskMarket.Status(raw)) == (raw >= 3));
    }

    /// @notice I2: leaves are equal only if task, round, index and score are (keccak taken as free of collisions).
    function check_I2_leaves(uint256[4] calldata left, uint256[4] calldata right) external view {
        bytes32 a = _tree.leafOf(left[0], left[1], left[2], uint64(left[3]));
        bytes32 b = _tree.leafOf(right[0], right[1], right[2], uint64(right[3]));
        bool same = left[0] == right[0] && left[1] == right[1] && left[2] == right[2];
        assert((a == b) == (same && uint64(left[3]) == uint64(right[3])));
    }

    /// @notice The assembly that reads a word reads eight bytes, big-endian, of that trainer.
    function check_words(uint64 first, uint64 second, uint64 third) external view {
        bytes memory scores = abi.encodePacked(first, second, third);
        assert(_tree.wordAt(scores, 0) == first);
        assert(_tree.wordAt(scores, 1) == second);
        assert(_tree.wordAt(scores, 2) == third);
    }

    /// @notice The tally counts each word once, as what it is.
    function check_tally(uint64 first, uint64 second) external view {
        ScoreTree.Tally memory tally = _tree.tally(abi.encodePacked(first, second));
        uint256 total = (first < ScoreTree.HARMFUL ? first : 0) + uint256(second < ScoreTree.HARMFUL ? second : 0);
        assert(tally.totalScore == total);
        assert(tally.missed == (first == ScoreTree.MISSED ? 1 : 0) + (second == ScoreTree.MISSED ? 1 : 0));
        assert(tally.harmful == (first == ScoreTree.HARMFUL ? 1 : 0) + (second == ScoreTree.HARMFUL ? 1 : 0));
        assert(tally.highest <= total || total == 0);
    }

    /// @notice I5: words of fault earn nothing, of any amount.
    function check_I5_faultsEarnNothing(uint256 amount, uint256 total) external view {
        assert(_tree.shareOf(amount, ScoreTree.MISSED, total) == 0);
        assert(_tree.shareOf(amount, ScoreTree.HARMFUL, total) == 0);
    }

    /// @dev The count of one seat, its three digits put together.
    function _count(uint256 vouches, uint256 seat) private pure returns (uint256) {
        return ((vouches >> seat) & 1) + 2 * ((vouches >> (10 + seat)) & 1) + 4 * ((vouches >> (20 + seat)) & 1);
    }
}

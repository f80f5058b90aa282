// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {TaskState} from "../../../contracts/libraries/TaskState.sol";
import {Assertions} from "../base/Assertions.sol";

/// @notice The pure parts of TaskState against slow twins. Holds I13, I17 and I27 for every word, not only reachable ones.
contract TaskStateTest is Assertions {
    function testFuzz_I13_maskOfFindsTheSeatsOfABallot(uint40 ballots, uint8 ballot) public pure {
        uint256 wanted = bound(ballot, 1, 15);
        uint256 mask = TaskState.maskOf(ballots, wanted);
        for (uint256 seat = 0; seat < 10; ++seat) {
            uint256 given = (uint256(ballots) >> (4 * seat)) & 15;
            same((mask >> seat) & 1, given == wanted ? 1 : 0, "I13 seat of a ballot");
        }
        same(mask >> 10, 0, "I13 no eleventh seat");
    }

    function testFuzz_countBitsCountsOneByOne(uint256 word) public pure {
        uint256 count;
        for (uint256 i = 0; i < 256; ++i) count += (word >> i) & 1;
        same(TaskState.countBits(word), count, "bits");
    }

    function test_fullMaskHasABitPerSeat() public pure {
        for (uint256 size = 0; size <= 10; ++size) same(TaskState.countBits(TaskState.fullMask(size)), size, "seats");
    }

    function testFuzz_penaltyBitsAreDistinct(uint16 left, uint16 right, bool leftHarm, bool rightHarm) public pure {
        uint256 a = TaskState.penaltyBit(left, leftHarm);
        uint256 b = TaskState.penaltyBit(right, rightHarm);
        bool sameSlot = left % 128 == right % 128 && leftHarm == rightHarm;
        isTrue((a == b) == sameSlot, "one bit per trainer and kind");
        same(TaskState.countBits(a), 1, "one bit");
    }

    function test_finalStatusesAreTheLastThree() public pure {
        isTrue(!TaskState.isFinal(ITaskMarket.Status.None), "None");
        isTrue(!TaskState.isFinal(ITaskMarket.Status.Joining), "Joining");
        isTrue(!TaskState.isFinal(ITaskMarket.Status.Training), "Training");
        isTrue(TaskState.isFinal(ITaskMarket.Status.Completed), "Completed");
        isTrue(TaskState.isFinal(ITaskMarket.Status.Failed), "Failed");
        isTrue(TaskState.isFinal(ITaskMarket.Status.Cancelled), "Cancelled");
    }

    function testFuzz_I17_noSeatCountsTwice(uint40 ballots, uint8 left, uint8 right) public pure {
        uint256 a = bound(left, 1, 10);
        uint256 b = bound(right, 1, 10);
        if (a == b) return;
        same(TaskState.maskOf(ballots, a) & TaskState.maskOf(ballots, b), 0, "I17 a seat for two reports");
    }

    function testFuzz_I13_votedMaskHasWhoeverVoted(uint40 ballots) public pure {
        uint256 expected;
        for (uint256 ballot = 1; ballot < 16; ++ballot) expected |= TaskState.maskOf(ballots, ballot);
        same(TaskState.votedMask(ballots), expected, "I13 any ballot");
    }

    /// @dev Ten voters at most, each with any vouches, against a count per seat.
    function testFuzz_I27_vouchesAreCountedPerSeat(uint16[10] memory vouched, uint8 draw) public pure {
        uint256 t = bound(draw, 1, 3);
        uint256 size = 3 * t + 1;
        uint256 needed = TaskState.vouchesNeeded(size);
        same(needed, t + 1, "I27 one more than may lie");
        uint256 vouches;
        uint256[10] memory count;
        for (uint256 voter = 0; voter < size; ++voter) {
            uint256 mask = vouched[voter] & TaskState.fullMask(size);
            vouches = TaskState.addVouches(vouches, mask, needed);
            uint256 expected;
            for (uint256 seat = 0; seat < size; ++seat) {
                count[seat] += (mask >> seat) & 1;
                if (count[seat] > t) expected |= 1 << seat;
            }
            same(TaskState.vouchedMask(vouches, needed), expected, "I27 seats with enough");
        }
        same(vouches >> 30, 0, "I27 ten seats of three bits");
    }

    function test_I27_vouchesOfAllTenFit() public pure {
        uint256 vouches;
        for (uint256 voter = 0; voter < 10; ++voter) vouches = TaskState.addVouches(vouches, 1023, 4);
        same(vouches, 1023 << 20, "I27 four each, and no more");
    }

    function test_I17_twoQuorumsShareAnHonestMember() public pure {
        for (uint256 t = 1; t <= 3; ++t) {
            uint256 n = 3 * t + 1;
            uint256 quorum = n - t;
            isTrue(2 * quorum > n + t, "I17 quorum > (n + t) / 2");
        }
    }
}

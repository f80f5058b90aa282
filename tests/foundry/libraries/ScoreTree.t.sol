// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {ScoreTree} from "../../../contracts/libraries/ScoreTree.sol";
import {Assertions} from "../base/Assertions.sol";
import {MerkleTwin} from "../base/MerkleTwin.sol";
import {ScoreTreeHarness} from "./ScoreTreeHarness.sol";

/// @notice The assembly of ScoreTree against slow twins, and the arithmetic of shares. I2, I3, I6, I25.
contract ScoreTreeTest is Assertions {
    uint256 private constant MOST = 64;

    ScoreTreeHarness private _tree;

    function setUp() public {
        _tree = new ScoreTreeHarness();
    }

    function testFuzz_wordsAreRead(uint64[] memory scores, uint256 index) public view {
        uint64[] memory some = _some(scores);
        uint256 i = index % some.length;
        same(_tree.wordAt(_pack(some), i), some[i], "word");
    }

    function testFuzz_rootIsThatOfTheTwin(uint64[] memory scores, uint256 taskId, uint256 round) public view {
        uint64[] memory some = _some(scores);
        bytes32 root = MerkleTwin.rootOf(_leaves(some, taskId, round));
        same(_tree.rootOf(_pack(some), taskId, round), root, "root");
    }

    function testFuzz_everyLeafHasAProof(uint64[] memory scores, uint256 index) public view {
        uint64[] memory some = _some(scores);
        uint256 i = index % some.length;
        bytes32[] memory proof = MerkleTwin.proofOf(_leaves(some, 3, 5), i);
        bytes32 root = _tree.rootOf(_pack(some), 3, 5);
        isTrue(MerkleProof.verify(proof, root, _tree.leafOf(3, 5, i, some[i])), "proof");
    }

    /// @dev Second pre-images and foreign leaves: what differs in anything has another leaf.
    function testFuzz_I2_leavesAreBoundToTaskRoundIndexAndScore(
        uint256[4] memory left,
        uint256[4] memory right
    ) public view {
        bool equal = left[0] == right[0] && left[1] == right[1] && left[2] == right[2];
        equal = equal && uint64(left[3]) == uint64(right[3]);
        bytes32 a = _tree.leafOf(left[0], left[1], left[2], uint64(left[3]));
        bytes32 b = _tree.leafOf(right[0], right[1], right[2], uint64(right[3]));
        isTrue((a == b) == equal, "I2 leaf");
    }

    /// @dev A leaf is bound to its contract as well.
    function test_I2_leavesAreBoundToTheContract() public {
        ScoreTreeHarness other = new ScoreTreeHarness();
        isTrue(_tree.leafOf(1, 2, 3, 4) != other.leafOf(1, 2, 3, 4), "I2 contract");
    }

    function testFuzz_I2_innerNodesAreNoLeaves(uint64[4] memory scores) public view {
        uint64[] memory some = new uint64[](4);
        for (uint256 i = 0; i < 4; ++i) some[i] = scores[i];
        bytes32[] memory parents = MerkleTwin.parentsOf(_leaves(some, 1, 0));
        for (uint256 i = 0; i < 4; ++i) {
            isTrue(_tree.leafOf(1, 0, i, some[i]) != parents[i / 2], "I2 second pre-image");
        }
    }

    function testFuzz_tallyIsThatOfTheTwin(uint64[] memory scores) public view {
        uint64[] memory some = _spread(_some(scores));
        ScoreTree.Tally memory wanted;
        for (uint256 i = 0; i < some.length; ++i) {
            if (some[i] == ScoreTree.MISSED) ++wanted.missed;
            else if (some[i] == ScoreTree.HARMFUL) ++wanted.harmful;
            else wanted.totalScore += some[i];
            if (some[i] < ScoreTree.HARMFUL && some[i] > wanted.highest) wanted.highest = some[i];
        }
        ScoreTree.Tally memory tally = _tree.tally(_pack(some));
        // The greatest word is kept only where it may be too great.
        uint256 highest = wanted.highest < ScoreTree.MAX_SCORE ? 0 : wanted.highest;
        if (tally.highest < ScoreTree.MAX_SCORE) tally.highest = 0;
        wanted.highest = highest;
        same(keccak256(abi.encode(tally)), keccak256(abi.encode(wanted)), "tally");
    }

    function testFuzz_I6_sharesAddUpToNoMoreAndLittleLess(uint64[] memory scores, uint128 amount) public view {
        uint64[] memory some = _spread(_some(scores));
        uint256 total = _tree.tally(_pack(some)).totalScore;
        uint256 sum = _tree.sumOfShares(_pack(some), amount, total);
        uint256 twin;
        for (uint256 i = 0; i < some.length; ++i) twin += _tree.shareOf(amount, some[i], total);
        same(sum, twin, "I2 the sum is what claims draw");
        atMost(sum, amount, "I6 never more");
        if (total != 0) isTrue(uint256(amount) - sum < some.length, "I6 dust below a wei per trainer");
        else same(sum, 0, "nobody scored");
    }

    /// @dev R1: one data set over two accounts earns what it earns in one, up to a wei.
    function testFuzz_I25_splittingGainsNothing(uint128 amount, uint64 left, uint64 right, uint64 rest) public view {
        (left, right, rest) = (left / 4, right / 4, rest / 4);
        uint256 total = uint256(left) + right + rest;
        uint256 apart = _tree.shareOf(amount, left, total) + _tree.shareOf(amount, right, total);
        atMost(apart, _tree.shareOf(amount, left + right, total), "I25 splitting");
    }

    function testFuzz_wordsOfFaultEarnNothing(uint128 amount, uint256 total) public view {
        same(_tree.shareOf(amount, ScoreTree.MISSED, total), 0, "missed");
        same(_tree.shareOf(amount, ScoreTree.HARMFUL, total), 0, "harmful");
        same(_tree.shareOf(amount, 1, 0), 0, "nobody scored");
    }

    /// @dev Up to 64 words, at least one.
    function _some(uint64[] memory scores) private pure returns (uint64[] memory some) {
        uint256 count = scores.length == 0 ? 1 : 1 + ((scores.length - 1) % MOST);
        some = new uint64[](count);
        for (uint256 i = 0; i < count && i < scores.length; ++i) some[i] = scores[i];
    }

    /// @dev Random words are rarely special, and mostly above the highest score.
    function _spread(uint64[] memory scores) private pure returns (uint64[] memory) {
        for (uint256 i = 0; i < scores.length; ++i) {
            uint256 kind = scores[i] % 5;
            if (kind == 0) scores[i] = ScoreTree.MISSED;
            else if (kind == 1) scores[i] = ScoreTree.HARMFUL;
            else if (kind == 2) scores[i] %= 3;
            else scores[i] %= ScoreTree.MAX_SCORE + 1;
        }
        return scores;
    }

    function _pack(uint64[] memory scores) private pure returns (bytes memory packed) {
        for (uint256 i = 0; i < scores.length; ++i) packed = abi.encodePacked(packed, scores[i]);
    }

    function _leaves(
        uint64[] memory scores,
        uint256 taskId,
        uint256 round
    ) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](scores.length);
        for (uint256 i = 0; i < scores.length; ++i) {
            bytes memory preimage = abi.encode(block.chainid, address(_tree), taskId, round, i, scores[i]);
            leaves[i] = keccak256(abi.encodePacked(keccak256(preimage)));
        }
    }
}

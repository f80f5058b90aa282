// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Committees} from "../../../contracts/Committees.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {TaskMarket} from "../../../contracts/TaskMarket.sol";
import {ArbiterDouble} from "../../../contracts/test/ArbiterDouble.sol";
import {TokenDouble} from "../../../contracts/test/TokenDouble.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Assertions} from "./Assertions.sol";

/// @title The three contracts, three reward tokens (one of them the stake token) and the people around them.
abstract contract World is Assertions {
    uint256 internal constant WAD = 1e18;
    uint64 internal constant MISSED = type(uint64).max;
    uint64 internal constant HARMFUL = type(uint64).max - 1;

    TokenDouble public stakeToken;
    TokenDouble[] public tokens;
    StakeVault public vault;
    Committees public committees;
    TaskMarket public market;
    ArbiterDouble public arbiter;

    /// @dev Who owns, trains (some own or sit on committees as well) and who sits on committees.
    address[] internal owners;
    address[] internal trainers;
    address[] internal oracles;
    /// @dev Everybody of the above, once.
    address[] internal people;
    address internal stranger;

    function _buildWorld() internal {
        stakeToken = new TokenDouble("Stake", "STAKE", 18);
        tokens.push(new TokenDouble("Reward", "RWD", 18));
        tokens.push(new TokenDouble("Six decimals", "SIX", 6));
        tokens.push(stakeToken);
        vault = new StakeVault(address(stakeToken));
        committees = new Committees(address(vault));
        market = new TaskMarket(address(vault), address(committees));
        vault.setBooks(address(market), address(committees));
        committees.setMarket(address(market));
        arbiter = new ArbiterDouble();
        _invite();
    }

    function _invite() private {
        stranger = _person("stranger", 0);
        for (uint256 i = 0; i < 2; ++i) owners.push(_person("owner", i));
        for (uint256 i = 0; i < 4; ++i) trainers.push(_person("trainer", i));
        for (uint256 i = 0; i < 8; ++i) oracles.push(_person("oracle", i));
        for (uint256 i = 0; i < owners.length; ++i) people.push(owners[i]);
        for (uint256 i = 0; i < trainers.length; ++i) people.push(trainers[i]);
        for (uint256 i = 0; i < oracles.length; ++i) people.push(oracles[i]);
        trainers.push(owners[0]);
        trainers.push(oracles[0]);
    }

    function _person(string memory role, uint256 number) private returns (address account) {
        account = address(uint160(uint256(keccak256(abi.encode(role, number)))));
        VM.label(account, string.concat(role, VM.toString(number)));
    }

    /// @dev Sees to it that `account` has this much free deposit.
    function _fund(address account, uint256 amount) internal {
        uint256 free = vault.freeOf(account);
        if (free >= amount) return;

        stakeToken.mint(account, amount - free);
        VM.prank(account);
        stakeToken.approve(address(vault), amount - free);
        VM.prank(account);
        vault.deposit(account, amount - free);
    }

    /// @dev A charter that accepts the three tokens at equal value and the arbiter.
    function _charter(address[] memory members) internal view returns (ICommittees.Charter memory charter) {
        charter.members = members;
        charter.seatStake = 1_000e18;
        charter.faultPenalty = 30e18 + 1;
        charter.exposureBps = 10_000;
        charter.arbiters = new address[](1);
        charter.arbiters[0] = address(arbiter);
        charter.rewardTokens = new address[](3);
        charter.stakePerRewardWad = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            charter.rewardTokens[i] = address(tokens[i]);
            charter.stakePerRewardWad[i] = i == 1 ? 1e30 : 1e18;
        }
    }

    function _enroll(uint256 committeeId, address member) internal {
        _fund(member, committees.committeeOf(committeeId).seatStake);
        VM.prank(member);
        committees.enroll(committeeId, keccak256(abi.encode(member)));
    }

    function _committee(uint256 first, uint256 size) internal returns (uint256 committeeId) {
        address[] memory members = new address[](size);
        for (uint256 i = 0; i < size; ++i) members[i] = oracles[(first + i) % oracles.length];
        committeeId = committees.found(_charter(members));
        for (uint256 i = 0; i < size; ++i) _enroll(committeeId, members[i]);
    }

    function _terms(uint256 committeeId) internal view returns (ITaskMarket.TaskParams memory params) {
        params.rewardToken = address(tokens[0]);
        params.pool = 1_000e18 + 7;
        params.feePerRound = 10e18 + 1;
        params.committeeId = committeeId;
        params.specDigest = keccak256("specification");
        params.modelDigest = keccak256("model");
        params.rounds = 3;
        params.minTrainers = 1;
        params.maxTrainers = 3;
        params.maxUnits = 4;
        params.unitStake = 100e18;
        params.missPenalty = 20e18 + 1;
        params.harmPenaltyBps = 1_000;
        params.joinWindow = 2 days;
        params.submitWindow = 1 days;
        params.commitWindow = 1 hours;
        params.voteWindow = 6 hours;
        params.challengeWindow = 1 days;
        params.challengeBond = 50e18;
    }

    function _post(address owner, ITaskMarket.TaskParams memory params) internal returns (uint256 taskId) {
        uint256 escrow = params.pool + uint256(params.rounds) * params.feePerRound;
        TokenDouble(params.rewardToken).mint(owner, escrow);
        VM.prank(owner);
        TokenDouble(params.rewardToken).approve(address(market), escrow);
        VM.prank(owner);
        taskId = market.post(params);
    }

    function _join(uint256 taskId, address trainer, uint16 units) internal {
        _fund(trainer, uint256(units) * market.taskOf(taskId).params.unitStake);
        VM.prank(trainer);
        market.join(taskId, units, keccak256(abi.encode(trainer)));
    }

    function _words(uint64[] memory scores) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < scores.length; ++i) packed = abi.encodePacked(packed, scores[i]);
    }

    function _wordAt(bytes memory scores, uint256 index) internal pure returns (uint64 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := shr(192, mload(add(add(scores, 32), mul(8, index))))
        }
    }

    function _has(uint256 mask, uint256 seat) internal pure returns (bool) {
        return (mask >> seat) & 1 != 0;
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }
}

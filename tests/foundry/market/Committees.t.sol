// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Committees} from "../../../contracts/Committees.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of Committees: charters, seats, consent, exposure. I4, I13, I17, I21, I22.
contract CommitteesTest is Stage {
    function test_construction() public {
        try new Committees(address(0)) {
            isTrue(false, "committees of no vault");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(ICommittees.Committees_ZeroAddress.selector), "reason");
        }
    }

    function test_I13_theMarketIsNamedOnceByTheDeployer() public {
        Committees fresh = new Committees(address(vault));
        bytes memory name = abi.encodeCall(fresh.setMarket, (address(1)));
        bytes memory nobody = abi.encodeCall(fresh.setMarket, (address(0)));
        _fails(stranger, address(fresh), name, ICommittees.Committees_NotDeployer.selector);
        _fails(address(this), address(fresh), nobody, ICommittees.Committees_ZeroAddress.selector);
        fresh.setMarket(address(1));
        _fails(address(this), address(fresh), name, ICommittees.Committees_MarketAlreadySet.selector);
    }

    function test_I17_chartersAreOfThreeSizes() public {
        for (uint256 size = 0; size <= 11; ++size) {
            bytes memory data = abi.encodeCall(committees.found, (_charter(_crowd(size))));
            if (size == 4 || size == 7 || size == 10) continue;
            _fails(stranger, address(committees), data, ICommittees.Committees_BadSize.selector);
        }
        committees.found(_charter(_crowd(7)));
        committees.found(_charter(_crowd(10)));
    }

    function test_charters() public {
        ICommittees.Charter memory charter = _charter(_crowd(4));
        charter.seatStake = 0;
        _foundFails(charter, ICommittees.Committees_ZeroStake.selector);
        charter.seatStake = charter.faultPenalty - 1;
        _foundFails(charter, ICommittees.Committees_PenaltyAboveStake.selector);
        charter = _charter(_crowd(4));
        charter.stakePerRewardWad = new uint256[](2);
        _foundFails(charter, ICommittees.Committees_LengthMismatch.selector);
        charter = _charter(_crowd(4));
        charter.members[3] = address(0);
        _foundFails(charter, ICommittees.Committees_ZeroAddress.selector);
        charter.members[3] = charter.members[0];
        _foundFails(charter, ICommittees.Committees_DuplicateMember.selector);
        charter = _charter(_crowd(4));
        charter.arbiters[0] = address(0);
        _foundFails(charter, ICommittees.Committees_ZeroAddress.selector);
        charter = _charter(_crowd(4));
        charter.rewardTokens[2] = address(0);
        _foundFails(charter, ICommittees.Committees_ZeroAddress.selector);
    }

    function test_enrolling() public {
        uint256 id = committees.found(_charter(_crowd(4)));
        address member = _crowd(4)[0];
        address target = address(committees);
        bytes memory enroll = abi.encodeCall(committees.enroll, (id, DIGEST));
        bytes memory unknown = abi.encodeCall(committees.enroll, (99, DIGEST));
        bytes memory keyless = abi.encodeCall(committees.enroll, (id, 0));
        _fails(member, target, unknown, ICommittees.Committees_Unknown.selector);
        _fails(stranger, target, enroll, ICommittees.Committees_NotMember.selector);
        _fails(member, target, keyless, ICommittees.Committees_ZeroRecipient.selector);
        _enroll(id, member);
        _fails(member, target, enroll, ICommittees.Committees_AlreadyEnrolled.selector);
        VM.prank(member);
        committees.retire(id);
        _fails(_crowd(4)[1], target, enroll, ICommittees.Committees_IsRetired.selector);
    }

    function test_retiringAndLeaving() public {
        address target = address(committees);
        bytes memory leave = abi.encodeCall(committees.leave, (committeeId));
        bytes memory retire = abi.encodeCall(committees.retire, (committeeId));
        _fails(stranger, target, retire, ICommittees.Committees_NotMember.selector);
        _fails(oracles[0], target, leave, ICommittees.Committees_NotRetired.selector);
        uint256 taskId = _post(owner, _terms(committeeId));
        VM.prank(oracles[0]);
        committees.retire(committeeId);
        _fails(oracles[0], target, retire, ICommittees.Committees_IsRetired.selector);
        _fails(oracles[0], target, leave, ICommittees.Committees_TasksOpen.selector);
        VM.prank(owner);
        market.cancel(taskId);
        market.close(taskId);
        VM.prank(oracles[0]);
        committees.leave(committeeId);
        _fails(oracles[0], target, leave, ICommittees.Committees_AlreadyLeft.selector);
        same(vault.freeOf(oracles[0]), 1_000e18, "I4 the stake came back");
    }

    function test_I8_leavingWhatNeverCameTogether() public {
        uint256 id = committees.found(_charter(_crowd(4)));
        address member = _crowd(4)[0];
        bytes memory leave = abi.encodeCall(committees.leave, (id));
        _fails(member, address(committees), leave, ICommittees.Committees_NotEnrolled.selector);
        _enroll(id, member);
        VM.prank(member);
        committees.leave(id);
        isTrue(committees.committeeOf(id).retired, "it can never be complete");
    }

    function test_I22_noTaskOnTermsTheCharterDoesNotAccept() public {
        ITaskMarket.TaskParams memory params = _terms(_strict());
        params.arbiter = address(arbiter);
        _post(owner, params);

        params.commitWindow -= 1;
        _postFails(params, ICommittees.Committees_WindowTooShort.selector);
        params.commitWindow += 1;
        params.voteWindow -= 1;
        _postFails(params, ICommittees.Committees_WindowTooShort.selector);
        params.voteWindow += 1;
        params.feePerRound -= 1;
        _postFails(params, ICommittees.Committees_FeeTooSmall.selector);
        params.feePerRound += 1;
        params.challengeBond -= 1;
        _postFails(params, ICommittees.Committees_BondTooSmall.selector);
        params.arbiter = stranger;
        _postFails(params, ICommittees.Committees_ArbiterNotAccepted.selector);
        // Without an arbiter nobody asks for the bond.
        params.arbiter = address(0);
        _post(owner, params);
        params.rewardToken = stranger;
        _postFails(params, ICommittees.Committees_TokenNotAccepted.selector);
    }

    function test_I22_noTaskForWhoIsNotThere() public {
        uint256 id = committees.found(_charter(_crowd(4)));
        isTrue(!committees.canReserve(id, address(tokens[0]), 1), "incomplete");
        _postFails(_terms(id), ICommittees.Committees_NotComplete.selector);
        _postFails(_terms(99), ICommittees.Committees_Unknown.selector);
        isTrue(committees.canReserve(committeeId, address(tokens[0]), 1), "complete");
        isTrue(!committees.canReserve(committeeId, stranger, 1), "another token");
        VM.prank(oracles[0]);
        committees.retire(committeeId);
        isTrue(!committees.canReserve(committeeId, address(tokens[0]), 1), "retired");
        _postFails(_terms(committeeId), ICommittees.Committees_IsRetired.selector);
    }

    function testFuzz_I21_exposureStaysBelowTheStake(uint128 pool) public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.pool = uint128(bound(pool, 1, type(uint128).max / 2));
        bool fits = committees.canReserve(committeeId, params.rewardToken, params.pool);
        isTrue(fits == (params.pool <= 4_000e18), "I21 kappa is one");
        if (fits) _post(owner, params);
        else _postFails(params, ICommittees.Committees_ExposureTooHigh.selector);
    }

    function test_I21_exposureSaturates() public {
        ICommittees.Charter memory charter = _charter(_crowd(4));
        charter.stakePerRewardWad[0] = type(uint256).max;
        uint256 id = committees.found(charter);
        isTrue(!committees.canReserve(id, address(tokens[0]), type(uint256).max), "incomplete");
        for (uint256 i = 0; i < 4; ++i) _enroll(id, charter.members[i]);
        isTrue(!committees.canReserve(id, address(tokens[0]), 2), "I21 a product that does not fit");
        isTrue(!committees.canReserve(id, address(tokens[2]), type(uint128).max), "I21 too much");
    }

    function test_I13_onlyTheMarketReservesAndSlashes() public {
        bytes4 reason = ICommittees.Committees_NotMarket.selector;
        address target = address(committees);
        ICommittees.Conditions memory conditions;
        bytes memory reserve = abi.encodeCall(committees.reserve, (committeeId, address(tokens[0]), 1, conditions));
        _fails(stranger, target, reserve, reason);
        _fails(stranger, target, abi.encodeCall(committees.release, (committeeId, address(tokens[0]), 1)), reason);
        _fails(stranger, target, abi.encodeCall(committees.slashSeat, (committeeId, 0, 1)), reason);
    }

    function testFuzz_I4_aSeatLosesNoMoreThanItHas(uint256 first, uint256 second) public {
        VM.prank(address(market));
        uint256 taken = committees.slashSeat(committeeId, 0, first);
        VM.prank(address(market));
        taken += committees.slashSeat(committeeId, 0, second);

        bool all = first > 1_000e18 || second > 1_000e18 || first + second > 1_000e18;
        same(taken, all ? 1_000e18 : first + second, "I4 taken");
        same(committees.seatsOf(committeeId)[0].stake, 1_000e18 - taken, "I4 left");
        same(vault.pot(), taken, "I5 pot");
    }

    function test_readsOfWhatIsNot() public {
        address target = address(committees);
        bytes4 reason = ICommittees.Committees_Unknown.selector;
        _fails(stranger, target, abi.encodeCall(committees.seatsOf, (99)), reason);
        _fails(stranger, target, abi.encodeCall(committees.committeeOf, (99)), reason);
        isTrue(committees.acceptsArbiter(committeeId, address(0)), "none is always accepted");
        isTrue(committees.acceptsArbiter(committeeId, address(arbiter)), "named");
        isTrue(!committees.acceptsArbiter(committeeId, stranger), "not named");
    }

    function _strict() private returns (uint256 id) {
        ICommittees.Charter memory charter = _charter(_crowd(4));
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        charter.minCommitWindow = params.commitWindow;
        charter.minVoteWindow = params.voteWindow;
        charter.minFeeStake = params.feePerRound;
        charter.minChallengeBond = params.challengeBond;
        id = committees.found(charter);
        for (uint256 i = 0; i < 4; ++i) _enroll(id, charter.members[i]);
    }

    function _crowd(uint256 size) private pure returns (address[] memory members) {
        members = new address[](size);
        for (uint256 i = 0; i < size; ++i) members[i] = address(uint160(0x1000 + i));
    }

    function _foundFails(ICommittees.Charter memory charter, bytes4 reason) private {
        _fails(stranger, address(committees), abi.encodeCall(committees.found, (charter)), reason);
    }

    function _postFails(ITaskMarket.TaskParams memory params, bytes4 reason) private {
        _marketFails(owner, abi.encodeCall(market.post, (params)), reason);
    }
}

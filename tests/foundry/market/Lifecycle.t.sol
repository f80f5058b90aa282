// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {TaskMarket} from "../../../contracts/TaskMarket.sol";
import {FeeTokenDouble} from "../../../contracts/test/FeeTokenDouble.sol";
import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of posting, joining, starting, ending, leaving, refunding. I2, I8, I9, I13.
contract LifecycleTest is Stage {
    uint256 private constant KEY = 0xB0B;

    function test_construction() public {
        _constructionFails(address(0), address(committees));
        _constructionFails(address(vault), address(0));
    }

    function test_termsHaveBounds() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.pool = 0;
        _postFails(params, "pool");
        params = _terms(committeeId);
        params.specDigest = 0;
        _postFails(params, "specDigest");
        params = _terms(committeeId);
        params.modelDigest = 0;
        _postFails(params, "modelDigest");
        params = _terms(committeeId);
        params.rounds = 0;
        _postFails(params, "rounds");
        params.rounds = 257;
        _postFails(params, "rounds");
        params = _terms(committeeId);
        params.feePerRound = type(uint128).max;
        _postFails(params, "feePerRound");
        params = _terms(committeeId);
        params.minTrainers = 0;
        _postFails(params, "minTrainers");
        params.minTrainers = params.maxTrainers + 1;
        _postFails(params, "minTrainers");
        params = _terms(committeeId);
        params.maxTrainers = 1025;
        _postFails(params, "maxTrainers");
    }

    function test_termsOfStakeHaveBounds() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.maxUnits = 0;
        _postFails(params, "maxUnits");
        params = _terms(committeeId);
        params.unitStake = 0;
        _postFails(params, "unitStake");
        params.unitStake = type(uint128).max;
        _postFails(params, "unitStake");
        params = _terms(committeeId);
        params.missPenalty = params.unitStake / 3 + 1;
        _postFails(params, "missPenalty");
        params = _terms(committeeId);
        params.harmPenaltyBps = 3_334;
        _postFails(params, "harmPenaltyBps");
    }

    function test_I9_windowsHaveBounds() public {
        for (uint256 i = 0; i < 10; ++i) {
            ITaskMarket.TaskParams memory params = _terms(committeeId);
            uint32 window = i % 2 == 0 ? 0 : 30 days + 1;
            if (i / 2 == 0) params.joinWindow = window;
            else if (i / 2 == 1) params.submitWindow = window;
            else if (i / 2 == 2) params.commitWindow = window;
            else if (i / 2 == 3) params.voteWindow = window;
            else params.challengeWindow = window;
            string[5] memory names = ["joinWindow", "submitWindow", "commitWindow", "voteWindow", "challengeWindow"];
            _postFails(params, names[i / 2]);
        }
        ITaskMarket.TaskParams memory short = _terms(committeeId);
        short.voteWindow = 2 * short.commitWindow;
        _postFails(short, "voteWindow");
    }

    function test_I1_escrowInTokensThatTakeAFee() public {
        FeeTokenDouble token = new FeeTokenDouble();
        ICommittees.Charter memory charter = _charter(oraclesOf(4));
        charter.rewardTokens[0] = address(token);
        uint256 id = committees.found(charter);
        for (uint256 i = 0; i < 4; ++i) _enroll(id, oracles[i]);
        ITaskMarket.TaskParams memory params = _terms(id);
        params.rewardToken = address(token);
        token.mint(owner, 10_000e18);
        VM.prank(owner);
        token.approve(address(market), 10_000e18);
        bytes memory data = abi.encodeCall(market.post, (params));
        _marketFails(owner, data, ITaskMarket.TaskMarket_TransferShort.selector);
    }

    function test_permits() public {
        address alice = VM.addr(KEY);
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(abi.encode(kind, alice, address(market), uint256(9), uint256(0), block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", tokens[0].DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(KEY, digest);
        for (uint256 i = 0; i < 2; ++i) {
            VM.prank(alice);
            market.selfPermit(address(tokens[0]), 9, block.timestamp, v, r, s);
            same(tokens[0].allowance(alice, address(market)), 9, "allowance, also after it was used");
        }
        VM.prank(alice);
        market.selfPermit(stranger, 9, block.timestamp, v, r, s);
    }

    function test_I9_joining() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        uint256 taskId = _post(owner, params);
        bytes4 units = ITaskMarket.TaskMarket_BadUnits.selector;
        bytes memory join = abi.encodeCall(market.join, (taskId, 1, DIGEST));
        bytes memory keyless = abi.encodeCall(market.join, (taskId, 1, 0));
        bytes memory elsewhere = abi.encodeCall(market.join, (99, 1, DIGEST));
        _marketFails(stranger, elsewhere, ITaskMarket.TaskMarket_Unknown.selector);
        _marketFails(stranger, abi.encodeCall(market.join, (taskId, 0, DIGEST)), units);
        _marketFails(stranger, abi.encodeCall(market.join, (taskId, 5, DIGEST)), units);
        _marketFails(stranger, keyless, ITaskMarket.TaskMarket_ZeroRecipient.selector);
        VM.warp(market.taskOf(taskId).joinEndsAt - 1);
        _join(taskId, trainers[1], 1);
        _marketFails(trainers[1], join, ITaskMarket.TaskMarket_AlreadyJoined.selector);
        VM.warp(market.taskOf(taskId).joinEndsAt);
        _marketFails(stranger, join, ITaskMarket.TaskMarket_OutsideWindow.selector);
        market.start(taskId);
        _marketFails(stranger, join, ITaskMarket.TaskMarket_WrongStatus.selector);
    }

    function test_I9_starting() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.minTrainers = 2;
        uint256 taskId = _post(owner, params);
        _join(taskId, trainers[1], 1);
        bytes memory start = abi.encodeCall(market.start, (taskId));
        VM.warp(market.taskOf(taskId).joinEndsAt - 1);
        _marketFails(stranger, start, ITaskMarket.TaskMarket_OutsideWindow.selector);
        _join(taskId, trainers[2], 1);
        VM.warp(market.taskOf(taskId).joinEndsAt);
        bytes memory cancel = abi.encodeCall(market.cancel, (taskId));
        _marketFails(owner, cancel, ITaskMarket.TaskMarket_EnoughTrainers.selector);
        VM.prank(stranger);
        market.start(taskId);
        _marketFails(stranger, start, ITaskMarket.TaskMarket_WrongStatus.selector);
        _marketFails(owner, cancel, ITaskMarket.TaskMarket_WrongStatus.selector);
    }

    function test_I8_cancelling() public {
        ITaskMarket.TaskParams memory params = _terms(committeeId);
        params.minTrainers = 2;
        uint256 taskId = _post(owner, params);
        bytes memory cancel = abi.encodeCall(market.cancel, (taskId));
        _marketFails(stranger, cancel, ITaskMarket.TaskMarket_NotOwner.selector);
        _join(taskId, trainers[1], 1);
        _marketFails(owner, cancel, ITaskMarket.TaskMarket_TrainersJoined.selector);
        VM.warp(market.taskOf(taskId).joinEndsAt);
        bytes memory start = abi.encodeCall(market.start, (taskId));
        _marketFails(stranger, start, ITaskMarket.TaskMarket_TooFewTrainers.selector);
        VM.prank(stranger);
        market.cancel(taskId);
        VM.prank(trainers[1]);
        market.leave(taskId);
        same(vault.lockedOf(trainers[1]), 0, "I8 stake free");
    }

    function test_ending() public {
        uint256 taskId = _started(_terms(committeeId), 3);
        bytes memory end = abi.encodeCall(market.end, (taskId));
        _marketFails(stranger, end, ITaskMarket.TaskMarket_NotOwner.selector);
        VM.prank(owner);
        market.end(taskId);
        isTrue(market.statusOf(taskId) == ITaskMarket.Status.Completed, "nobody submitted: at once");
        _marketFails(owner, end, ITaskMarket.TaskMarket_WrongStatus.selector);

        uint256 second = _started(_terms(committeeId), 3);
        _submitAll(second);
        VM.prank(owner);
        market.end(second);
        isTrue(market.statusOf(second) == ITaskMarket.Status.Training, "after the round");
        _agree(second, _report());
        _show(second, _report());
        isTrue(market.statusOf(second) == ITaskMarket.Status.Completed, "with the round");
    }

    function test_I2_refunding() public {
        uint256 taskId = _post(owner, _terms(committeeId));
        bytes memory refund = abi.encodeCall(market.refund, (taskId, owner));
        _marketFails(stranger, refund, ITaskMarket.TaskMarket_NotOwner.selector);
        _marketFails(owner, refund, ITaskMarket.TaskMarket_NothingToClaim.selector);
        bytes memory nobody = abi.encodeCall(market.refund, (taskId, address(0)));
        _marketFails(owner, nobody, ITaskMarket.TaskMarket_ZeroAddress.selector);
        VM.prank(owner);
        market.cancel(taskId);
        VM.prank(owner);
        market.refund(taskId, owner);
        same(tokens[0].balanceOf(owner), 1_000e18 + 7 + 3 * (10e18 + 1), "I2 all of it");
        _marketFails(owner, refund, ITaskMarket.TaskMarket_NothingToClaim.selector);
    }

    function test_I8_leavingAndClosing() public {
        uint256 taskId = _started(_terms(committeeId), 3);
        bytes memory leave = abi.encodeCall(market.leave, (taskId));
        bytes memory close = abi.encodeCall(market.close, (taskId));
        _marketFails(stranger, leave, ITaskMarket.TaskMarket_NotTrainer.selector);
        _marketFails(trainers[1], leave, ITaskMarket.TaskMarket_StillOpen.selector);
        _play(taskId, _report([uint64(5), 3, 0], 1e18));
        _marketFails(trainers[1], leave, ITaskMarket.TaskMarket_StillOpen.selector);
        _marketFails(stranger, close, ITaskMarket.TaskMarket_StillOpen.selector);
        _finish(taskId, 0);
        market.settle(taskId, 0);
        VM.prank(trainers[1]);
        market.leave(taskId);
        _marketFails(trainers[1], leave, ITaskMarket.TaskMarket_AlreadyLeft.selector);
        market.close(taskId);
        _marketFails(stranger, close, ITaskMarket.TaskMarket_AlreadyClosed.selector);
    }

    function oraclesOf(uint256 size) private view returns (address[] memory members) {
        members = new address[](size);
        for (uint256 i = 0; i < size; ++i) members[i] = oracles[i];
    }

    function _postFails(ITaskMarket.TaskParams memory params, string memory name) private {
        VM.prank(owner);
        (bool done, bytes memory answer) = address(market).call(abi.encodeCall(market.post, (params)));
        isTrue(!done, name);
        bytes memory wanted = abi.encodeWithSelector(ITaskMarket.TaskMarket_BadParam.selector, name);
        same(keccak256(answer), keccak256(wanted), name);
    }

    function _constructionFails(address vault_, address committees_) private {
        try new TaskMarket(vault_, committees_) {
            isTrue(false, "a market of nothing");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(ITaskMarket.TaskMarket_ZeroAddress.selector), "reason");
        }
    }
}

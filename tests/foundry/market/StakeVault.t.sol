// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {StakeVault} from "../../../contracts/StakeVault.sol";
import {FeeTokenDouble} from "../../../contracts/test/FeeTokenDouble.sol";
import {IStakeVault} from "../../../interfaces/IStakeVault.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Each branch of StakeVault: who may, how much, and tokens that lie. I4, I5, I13.
contract StakeVaultTest is Stage {
    uint256 private constant KEY = 0xA11CE;

    function test_construction() public {
        try new StakeVault(address(0)) {
            isTrue(false, "a vault of no token");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(IStakeVault.StakeVault_ZeroAddress.selector), "reason");
        }
    }

    function test_I13_booksAreNamedOnceByTheDeployer() public {
        StakeVault fresh = new StakeVault(address(stakeToken));
        bytes memory names = abi.encodeCall(fresh.setBooks, (address(1), address(2)));
        bytes memory half = abi.encodeCall(fresh.setBooks, (address(1), address(0)));
        bytes memory otherHalf = abi.encodeCall(fresh.setBooks, (address(0), address(2)));
        _fails(stranger, address(fresh), names, IStakeVault.StakeVault_NotDeployer.selector);
        _fails(address(this), address(fresh), half, IStakeVault.StakeVault_ZeroAddress.selector);
        _fails(address(this), address(fresh), otherHalf, IStakeVault.StakeVault_ZeroAddress.selector);
        fresh.setBooks(address(1), address(2));
        _fails(address(this), address(fresh), names, IStakeVault.StakeVault_BooksAlreadySet.selector);
    }

    function test_depositsNeedAnAccountAndAnAmount() public {
        bytes memory nobody = abi.encodeCall(vault.deposit, (address(0), 1));
        bytes memory nothing = abi.encodeCall(vault.deposit, (stranger, 0));
        _fails(stranger, address(vault), nobody, IStakeVault.StakeVault_ZeroAddress.selector);
        _fails(stranger, address(vault), nothing, IStakeVault.StakeVault_ZeroAmount.selector);
    }

    function test_depositsOfTokensThatTakeAFee() public {
        FeeTokenDouble token = new FeeTokenDouble();
        StakeVault fresh = new StakeVault(address(token));
        token.mint(stranger, 1e18);
        VM.prank(stranger);
        token.approve(address(fresh), 1e18);
        bytes memory data = abi.encodeCall(fresh.deposit, (stranger, 1e18));
        _fails(stranger, address(fresh), data, IStakeVault.StakeVault_TransferShort.selector);
    }

    function testFuzz_I4_whatIsDepositedComesBack(uint128 seed, uint128 part) public {
        // All deposits together fit 128 bits; members of the committee have theirs already.
        uint256 amount = bound(seed, 1, type(uint128).max - vault.totalDeposits());
        uint256 first = bound(part, 1, amount);
        _fund(stranger, amount);
        VM.prank(stranger);
        vault.withdraw(owner, first);
        same(vault.freeOf(stranger), amount - first, "I4 rest");
        same(stakeToken.balanceOf(owner), first, "I4 arrived");
    }

    function test_I4_eachBookKnowsItsOwnLocks() public {
        uint256 taskId = _started(_terms(committeeId), 3);
        uint256 unit = market.taskOf(taskId).params.unitStake;
        same(vault.lockedBy(address(market), trainers[1]), unit, "I4 the market's");
        same(vault.lockedBy(address(committees), trainers[1]), 0, "I4 not the committees'");
        isTrue(vault.lockedBy(address(committees), oracles[0]) > 0, "I4 the committees'");
        same(vault.lockedBy(stranger, oracles[0]), 0, "I4 nobody else's");
    }

    function test_I4_allDepositsTogetherFitTheirType() public {
        uint256 room = type(uint128).max - vault.totalDeposits();
        bytes memory more = abi.encodeCall(vault.deposit, (stranger, room + 1));
        _fails(stranger, address(vault), more, IStakeVault.StakeVault_DepositTooLarge.selector);
        _fund(stranger, room);
        same(vault.totalDeposits(), type(uint128).max, "I4 all of it");
    }

    function test_withdrawals() public {
        _fund(stranger, 5);
        bytes memory nobody = abi.encodeCall(vault.withdraw, (address(0), 1));
        bytes memory nothing = abi.encodeCall(vault.withdraw, (stranger, 0));
        bytes memory more = abi.encodeCall(vault.withdraw, (stranger, 6));
        _fails(stranger, address(vault), nobody, IStakeVault.StakeVault_ZeroAddress.selector);
        _fails(stranger, address(vault), nothing, IStakeVault.StakeVault_ZeroAmount.selector);
        _fails(stranger, address(vault), more, IStakeVault.StakeVault_FreeTooSmall.selector);
    }

    function test_permitsOnceAndAfterSomebodyElse() public {
        address alice = VM.addr(KEY);
        (uint8 v, bytes32 r, bytes32 s) = _permit(alice, 100);
        VM.prank(alice);
        vault.selfPermit(100, block.timestamp, v, r, s);
        same(stakeToken.allowance(alice, address(vault)), 100, "allowance");
        VM.prank(alice);
        vault.selfPermit(100, block.timestamp, v, r, s);
        same(stakeToken.allowance(alice, address(vault)), 100, "a used permit changes nothing");
    }

    function test_I13_onlyBooksLockAndSlash() public {
        bytes4 reason = IStakeVault.StakeVault_NotBook.selector;
        _fails(stranger, address(vault), abi.encodeCall(vault.lock, (stranger, 0)), reason);
        _fails(stranger, address(vault), abi.encodeCall(vault.unlock, (stranger, 0)), reason);
        _fails(stranger, address(vault), abi.encodeCall(vault.slash, (stranger, 0)), reason);
        _fails(stranger, address(vault), abi.encodeCall(vault.credit, (stranger, 0)), reason);
    }

    function testFuzz_I4_I5_booksMoveNoMoreThanThereIs(uint96 deposit, uint96 locked, uint96 slashed) public {
        uint256 amount = bound(deposit, 1, type(uint96).max);
        uint256 lock = bound(locked, 0, amount);
        uint256 slash = bound(slashed, 0, lock);
        address book = address(market);
        _fund(stranger, amount);
        VM.prank(book);
        vault.lock(stranger, lock);
        VM.prank(book);
        vault.slash(stranger, slash);

        same(vault.depositOf(stranger), amount - slash, "I4 deposit");
        same(vault.lockedOf(stranger), lock - slash, "I4 locked");
        same(vault.pot(), slash, "I5 pot");
        bytes memory tooMuch = abi.encodeCall(vault.lock, (stranger, amount - lock + 1));
        _fails(book, address(vault), tooMuch, IStakeVault.StakeVault_FreeTooSmall.selector);
        bytes4 reason = IStakeVault.StakeVault_LockTooSmall.selector;
        _fails(book, address(vault), abi.encodeCall(vault.unlock, (stranger, lock - slash + 1)), reason);
        _fails(book, address(vault), abi.encodeCall(vault.slash, (stranger, lock - slash + 1)), reason);
        reason = IStakeVault.StakeVault_PotTooSmall.selector;
        _fails(book, address(vault), abi.encodeCall(vault.credit, (stranger, slash + 1)), reason);

        VM.prank(book);
        vault.credit(stranger, slash);
        VM.prank(book);
        vault.unlock(stranger, lock - slash);
        same(vault.freeOf(stranger), amount, "I5 all came back");
    }

    function _permit(address from, uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(abi.encode(kind, from, address(vault), amount, uint256(0), block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", stakeToken.DOMAIN_SEPARATOR(), content));
        return VM.sign(KEY, digest);
    }
}

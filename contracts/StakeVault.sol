// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IStakeVault} from "../interfaces/IStakeVault.sol";

/// @title StakeVault
/// @notice See the documentation in {IStakeVault}.
contract StakeVault is IStakeVault, Multicall, ReentrancyGuardTransient {
    /// @dev A deposit but for what Committees has locked. One slot: joining, leaving and being slashed write nothing
    /// else of the account, and the market may have to slash a thousand trainers in one transaction (R9a).
    struct Account {
        uint128 free;
        uint128 lockedByMarket;
    }

    /// @dev `deposit` lets their sum fit 128 bits, and every other amount here is a part of it.
    struct Totals {
        uint128 deposits;
        uint128 pot;
    }

    /// @inheritdoc IStakeVault
    address public immutable token;
    address private immutable _deployer;

    /// @inheritdoc IStakeVault
    address public market;
    /// @inheritdoc IStakeVault
    address public committees;

    mapping(address account => Account) private _accounts;
    mapping(address account => uint128) private _lockedByCommittees;
    Totals private _totals;

    constructor(address token_) {
        if (token_ == address(0)) revert StakeVault_ZeroAddress();

        token = token_;
        _deployer = msg.sender;
    }

    /// @inheritdoc IStakeVault
    function setBooks(address market_, address committees_) external {
        if (msg.sender != _deployer) revert StakeVault_NotDeployer(msg.sender);
        if (market != address(0)) revert StakeVault_BooksAlreadySet();
        if (market_ == address(0) || committees_ == address(0)) revert StakeVault_ZeroAddress();

        market = market_;
        committees = committees_;

        emit BooksSet(market_, committees_);
    }

    /// @inheritdoc IStakeVault
    function deposit(address account, uint256 amount) external nonReentrant {
        if (account == address(0)) revert StakeVault_ZeroAddress();
        if (amount == 0) revert StakeVault_ZeroAmount();

        uint256 room = type(uint128).max - _totals.deposits - _totals.pot;
        if (amount > room) revert StakeVault_DepositTooLarge(amount, room);

        _accounts[account].free += uint128(amount);
        _totals.deposits += uint128(amount);

        emit Deposited(account, msg.sender, amount);

        _pull(amount);
    }

    /// @inheritdoc IStakeVault
    function withdraw(address to, uint256 amount) external nonReentrant {
        if (to == address(0)) revert StakeVault_ZeroAddress();
        if (amount == 0) revert StakeVault_ZeroAmount();
        _checkFree(msg.sender, amount);

        _accounts[msg.sender].free -= uint128(amount);
        _totals.deposits -= uint128(amount);

        emit Withdrawn(msg.sender, to, amount);

        SafeERC20.safeTransfer(IERC20(token), to, amount);
    }

    /// @inheritdoc IStakeVault
    function selfPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {
            return;
        } catch {
            // Whoever saw the signature may have used it first; then the allowance is there all the same.
            return;
        }
    }

    // An amount of zero passes in the four functions below: a seat or a bond that was slashed to nothing must still
    // find its way out of a book.

    /// @inheritdoc IStakeVault
    function lock(address account, uint256 amount) external {
        bool byMarket = _checkBook();
        _checkFree(account, amount);

        _accounts[account].free -= uint128(amount);
        if (byMarket) _accounts[account].lockedByMarket += uint128(amount);
        else _lockedByCommittees[account] += uint128(amount);

        emit Locked(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function unlock(address account, uint256 amount) external {
        _takeLocked(account, amount, _checkBook());
        _accounts[account].free += uint128(amount);

        emit Unlocked(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function slash(address account, uint256 amount) external {
        _takeLocked(account, amount, _checkBook());
        Totals memory totals = _totals;
        _totals = Totals({deposits: totals.deposits - uint128(amount), pot: totals.pot + uint128(amount)});

        emit Slashed(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function credit(address account, uint256 amount) external {
        _checkBook();
        Totals memory totals = _totals;
        if (amount > totals.pot) revert StakeVault_PotTooSmall(totals.pot, amount);

        _totals = Totals({deposits: totals.deposits + uint128(amount), pot: totals.pot - uint128(amount)});
        _accounts[account].free += uint128(amount);

        emit Credited(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function depositOf(address account) external view returns (uint256) {
        return freeOf(account) + lockedOf(account);
    }

    /// @inheritdoc IStakeVault
    function pot() external view returns (uint256) {
        return _totals.pot;
    }

    /// @inheritdoc IStakeVault
    function totalDeposits() external view returns (uint256) {
        return _totals.deposits;
    }

    /// @inheritdoc IStakeVault
    function lockedBy(address book, address account) external view returns (uint256) {
        if (book == market) return _accounts[account].lockedByMarket;
        return book == committees ? _lockedByCommittees[account] : 0;
    }

    /// @inheritdoc IStakeVault
    function freeOf(address account) public view returns (uint256) {
        return _accounts[account].free;
    }

    /// @inheritdoc IStakeVault
    function lockedOf(address account) public view returns (uint256) {
        return uint256(_accounts[account].lockedByMarket) + _lockedByCommittees[account];
    }

    /// @dev Takes `amount` off what a book has locked.
    function _takeLocked(address account, uint256 amount, bool byMarket) private {
        Account storage entry = _accounts[account];
        uint256 locked = byMarket ? entry.lockedByMarket : _lockedByCommittees[account];
        if (amount > locked) revert StakeVault_LockTooSmall(account, locked, amount);

        uint128 left = uint128(locked - amount);
        if (byMarket) entry.lockedByMarket = left;
        else _lockedByCommittees[account] = left;
    }

    /// @dev Takes `amount` from the caller and accepts neither less nor more: a token that takes a fee would leave the
    /// last one to withdraw with nothing.
    function _pull(uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert StakeVault_TransferShort(amount, received);
    }

    /// @dev Reverts unless a book calls; true when it is the market.
    function _checkBook() private view returns (bool byMarket) {
        byMarket = msg.sender == market;
        if (!byMarket && msg.sender != committees) revert StakeVault_NotBook(msg.sender);
    }

    function _checkFree(address account, uint256 amount) private view {
        uint256 free = freeOf(account);
        if (amount > free) revert StakeVault_FreeTooSmall(account, free, amount);
    }
}

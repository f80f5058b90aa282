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
    /// @inheritdoc IStakeVault
    address public immutable token;
    address private immutable _deployer;

    /// @inheritdoc IStakeVault
    address public market;
    /// @inheritdoc IStakeVault
    address public committees;

    // A deposit is kept as its parts, each in one slot, so that a slash writes a single slot of the account: the market
    // may have to slash a thousand trainers in one transaction (R9a).
    /// @inheritdoc IStakeVault
    mapping(address account => uint256) public freeOf;
    /// @inheritdoc IStakeVault
    mapping(address book => mapping(address account => uint256)) public lockedBy;
    /// @inheritdoc IStakeVault
    uint256 public pot;
    /// @inheritdoc IStakeVault
    uint256 public totalDeposits;

    modifier onlyBook() {
        _checkBook();
        _;
    }

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

        freeOf[account] += amount;
        totalDeposits += amount;

        emit Deposited(account, msg.sender, amount);

        _pull(amount);
    }

    /// @inheritdoc IStakeVault
    function withdraw(address to, uint256 amount) external nonReentrant {
        if (to == address(0)) revert StakeVault_ZeroAddress();
        if (amount == 0) revert StakeVault_ZeroAmount();
        _checkFree(msg.sender, amount);

        freeOf[msg.sender] -= amount;
        totalDeposits -= amount;

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
    function lock(address account, uint256 amount) external onlyBook {
        _checkFree(account, amount);

        freeOf[account] -= amount;
        lockedBy[msg.sender][account] += amount;

        emit Locked(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function unlock(address account, uint256 amount) external onlyBook {
        _checkLocked(account, amount);

        lockedBy[msg.sender][account] -= amount;
        freeOf[account] += amount;

        emit Unlocked(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function slash(address account, uint256 amount) external onlyBook {
        _checkLocked(account, amount);

        lockedBy[msg.sender][account] -= amount;
        totalDeposits -= amount;
        pot += amount;

        emit Slashed(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function credit(address account, uint256 amount) external onlyBook {
        if (amount > pot) revert StakeVault_PotTooSmall(pot, amount);

        pot -= amount;
        freeOf[account] += amount;
        totalDeposits += amount;

        emit Credited(account, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function depositOf(address account) external view returns (uint256) {
        return freeOf[account] + lockedOf(account);
    }

    /// @inheritdoc IStakeVault
    function lockedOf(address account) public view returns (uint256) {
        return lockedBy[market][account] + lockedBy[committees][account];
    }

    /// @dev Takes `amount` from the caller and accepts neither less nor more: a token that takes a fee would leave the
    /// last one to withdraw with nothing.
    function _pull(uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert StakeVault_TransferShort(amount, received);
    }

    function _checkBook() private view {
        if (msg.sender != market && msg.sender != committees) revert StakeVault_NotBook(msg.sender);
    }

    function _checkFree(address account, uint256 amount) private view {
        uint256 free = freeOf[account];
        if (amount > free) revert StakeVault_FreeTooSmall(account, free, amount);
    }

    function _checkLocked(address account, uint256 amount) private view {
        uint256 locked = lockedBy[msg.sender][account];
        if (amount > locked) revert StakeVault_LockTooSmall(account, locked, amount);
    }
}

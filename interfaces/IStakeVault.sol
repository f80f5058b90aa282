// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title Stakes of trainers, oracles and challengers in one ERC-20, fixed at deployment.
/// @notice An account deposits once and joins many tasks. The two books (TaskMarket and Committees) lock parts of a
/// deposit, release them, or slash them; what is slashed waits in `pot()` until a book credits it to somebody, so that
/// at any time: token balance >= sum of deposits + pot, with equality when nobody donates.
interface IStakeVault {
    /// @notice `amount` arrived and belongs to `account`; `caller` paid for it.
    event Deposited(address indexed account, address indexed caller, uint256 amount);
    /// @notice `amount` left the free part of `account`'s deposit to `to`.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice `book` locked `amount` of `account`'s deposit.
    event Locked(address indexed account, address indexed book, uint256 amount);
    /// @notice `book` released `amount` of `account`'s lock.
    event Unlocked(address indexed account, address indexed book, uint256 amount);
    /// @notice `book` moved `amount` of `account`'s lock into the pot.
    event Slashed(address indexed account, address indexed book, uint256 amount);
    /// @notice `book` moved `amount` out of the pot to `account`'s free deposit.
    event Credited(address indexed account, address indexed book, uint256 amount);
    /// @notice The deployer named the two books, once and for ever.
    event BooksSet(address indexed market, address indexed committees);

    /// @notice Only TaskMarket or Committees may do this.
    error StakeVault_NotBook(address caller);
    /// @notice Only the deployer may name the books, and only once.
    error StakeVault_BooksAlreadySet();
    error StakeVault_NotDeployer(address caller);
    error StakeVault_ZeroAddress();
    error StakeVault_ZeroAmount();
    /// @notice All deposits and the pot together fit 128 bits; `room` is what is left of that.
    error StakeVault_DepositTooLarge(uint256 amount, uint256 room);
    /// @notice Free means deposited and not locked.
    error StakeVault_FreeTooSmall(address account, uint256 free, uint256 needed);
    error StakeVault_LockTooSmall(address account, uint256 locked, uint256 needed);
    error StakeVault_PotTooSmall(uint256 pot, uint256 needed);
    /// @notice The stake token took a fee or lied about a transfer.
    error StakeVault_TransferShort(uint256 expected, uint256 received);

    /// @notice Names the two contracts that may lock and slash. Callable once, by the deployer.
    function setBooks(address market, address committees) external;

    /// @notice Takes `amount` of the stake token from the caller and adds it to `account`'s deposit.
    function deposit(address account, uint256 amount) external;

    /// @notice Sends `amount` of the caller's free deposit to `to`.
    function withdraw(address to, uint256 amount) external;

    /// @notice Uses an EIP-2612 signature to let the vault take the caller's stake tokens. Never reverts: a permit that
    /// somebody else already spent leaves the allowance in place (bundle with `deposit` by `multicall`).
    function selfPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Books only. Locks `amount` of `account`'s free deposit.
    function lock(address account, uint256 amount) external;

    /// @notice Books only. Releases `amount` of `account`'s lock with the calling book.
    function unlock(address account, uint256 amount) external;

    /// @notice Books only. Moves `amount` of `account`'s lock with the calling book into the pot.
    function slash(address account, uint256 amount) external;

    /// @notice Books only. Moves `amount` out of the pot into `account`'s free deposit.
    function credit(address account, uint256 amount) external;

    function token() external view returns (address);
    /// @notice The two books, zero before `setBooks`: who may lock and slash can be read before depositing.
    function market() external view returns (address);
    function committees() external view returns (address);
    function depositOf(address account) external view returns (uint256);
    function lockedOf(address account) external view returns (uint256);
    function freeOf(address account) external view returns (uint256);
    /// @notice What `book` has locked of `account`'s deposit.
    function lockedBy(address book, address account) external view returns (uint256);
    /// @notice What was slashed and not yet credited.
    function pot() external view returns (uint256);
    function totalDeposits() external view returns (uint256);
}

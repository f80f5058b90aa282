// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title Committees of n = 3t + 1 staked oracles.
/// @notice A committee is an immutable set of seats: it survives t members that lie, collude or are gone, and every
/// result needs n - t equal votes. Whoever founds it names the members, and each must enrol himself with his stake and
/// his age recipient before the committee can take a task. When any member retires it, it takes no new task, and all
/// stakes come free once its last task is closed. Membership never changes under an open task (I17).
///
/// Consent. Nobody asks the members when a task is posted, yet its terms decide whether they can answer in time and who
/// may take their stakes. So the charter says which terms they accept, `reserve` refuses all others, and nothing can
/// change a charter. Who enrols accepts it: he should first read it, in `committeeOf` and `CharterAccepts`.
interface ICommittees {
    /// @param members The seats, in order; n = 4, 7 or 10, no duplicates.
    /// @param seatStake What each seat locks, in wei of the stake token.
    /// @param faultPenalty What a missed or wrong vote costs a seat, in wei of the stake token (R6).
    /// @param exposureBps kappa of R6b: the open pools, valued in stake, may reach this part of the committee's stake.
    /// @param minCommitWindow, minVoteWindow Shortest windows in which the members can answer, in seconds.
    /// @param minFeeStake Least fee per round, valued in wei of stake by the token's rate, rounded down.
    /// @param minChallengeBond Least bond of a challenger, in wei of stake; asked only of tasks that name an arbiter.
    /// @param arbiters Who may decide challenges to its rounds, and so over its members' stakes. Tasks without an
    /// arbiter are always accepted.
    /// @param rewardTokens The tokens in which it accepts to be responsible for a pool.
    /// @param stakePerRewardWad For each of them, how many wei of stake one wei of reward is worth, times 1e18.
    struct Charter {
        address[] members;
        uint128 seatStake;
        uint128 faultPenalty;
        uint32 exposureBps;
        uint32 minCommitWindow;
        uint32 minVoteWindow;
        uint128 minFeeStake;
        uint128 minChallengeBond;
        address[] arbiters;
        address[] rewardTokens;
        uint256[] stakePerRewardWad;
    }

    /// @param size n, number of seats. @param enrolled How many have enrolled. @param retired True when it takes no new
    /// task. @param openTasks Tasks posted to it and not yet closed. @param exposureStake Open pools, valued in stake.
    /// @param stakeTotal Seat stakes still there, after slashing. The others are the charter's.
    struct Committee {
        uint8 size;
        uint8 enrolled;
        bool retired;
        uint32 openTasks;
        uint32 exposureBps;
        uint32 minCommitWindow;
        uint32 minVoteWindow;
        uint128 minFeeStake;
        uint128 minChallengeBond;
        uint128 seatStake;
        uint128 faultPenalty;
        uint128 exposureStake;
        uint128 stakeTotal;
    }

    /// @notice The terms of a task that its committee must accept. @param arbiter Zero: none. @param feePerRound In wei
    /// of the reward token. @param challengeBond In wei of stake. @param commitWindow, voteWindow Seconds.
    struct Conditions {
        address arbiter;
        uint128 feePerRound;
        uint128 challengeBond;
        uint32 commitWindow;
        uint32 voteWindow;
    }

    /// @param account Who holds the seat. @param recipient His X25519 public key (age recipient), zero before he
    /// enrolled. @param stake What is left of his seat stake. @param left True when he took it back.
    struct Seat {
        address account;
        bytes32 recipient;
        uint128 stake;
        bool left;
    }

    /// @notice The deployer named the market, once and for ever.
    event MarketSet(address indexed market);
    event CommitteeFounded(uint256 indexed committeeId, address indexed founder, address[] members);
    /// @notice The lists of a new charter, for its members to read before they enrol.
    event CharterAccepts(
        uint256 indexed committeeId,
        address[] arbiters,
        address[] rewardTokens,
        uint256[] stakePerRewardWad
    );
    event Enrolled(uint256 indexed committeeId, address indexed member, uint256 seat, bytes32 recipient);
    event Retired(uint256 indexed committeeId, address indexed member);
    event Left(uint256 indexed committeeId, address indexed member, uint256 stakeBack);
    event Reserved(uint256 indexed committeeId, address indexed rewardToken, uint256 amount, uint256 exposureStake);
    event Released(uint256 indexed committeeId, address indexed rewardToken, uint256 amount, uint256 exposureStake);
    event SeatSlashed(uint256 indexed committeeId, uint256 indexed seat, address indexed member, uint256 amount);

    error Committees_NotMarket(address caller);
    error Committees_MarketAlreadySet();
    error Committees_NotDeployer(address caller);
    error Committees_ZeroAddress();
    /// @notice n must be 4, 7 or 10.
    error Committees_BadSize(uint256 size);
    error Committees_DuplicateMember(address member);
    error Committees_ZeroStake();
    error Committees_PenaltyAboveStake(uint256 penalty, uint256 stake);
    error Committees_LengthMismatch(uint256 tokens, uint256 rates);
    error Committees_Unknown(uint256 committeeId);
    error Committees_NotMember(uint256 committeeId, address caller);
    error Committees_AlreadyEnrolled(uint256 committeeId, address member);
    /// @notice He has a seat and has not taken it.
    error Committees_NotEnrolled(uint256 committeeId, address member);
    error Committees_ZeroRecipient();
    error Committees_NotComplete(uint256 committeeId, uint256 enrolled, uint256 size);
    error Committees_IsRetired(uint256 committeeId);
    error Committees_NotRetired(uint256 committeeId);
    error Committees_TasksOpen(uint256 committeeId, uint256 openTasks);
    error Committees_AlreadyLeft(uint256 committeeId, address member);
    error Committees_TokenNotAccepted(uint256 committeeId, address rewardToken);
    error Committees_WindowTooShort(uint256 given, uint256 least);
    error Committees_FeeTooSmall(uint256 feeStake, uint256 least);
    error Committees_BondTooSmall(uint256 given, uint256 least);
    error Committees_ArbiterNotAccepted(uint256 committeeId, address arbiter);
    /// @notice R6b: the open pools would exceed kappa times the committee's stake.
    error Committees_ExposureTooHigh(uint256 committeeId, uint256 exposureStake, uint256 limit);

    /// @notice Names the market, once, by the deployer.
    function setMarket(address market) external;

    /// @notice Writes the charter down. Costs the members nothing until they enrol. Identifiers count from 1. A token
    /// named twice has its last rate; a rate of 0 does not accept the token.
    function found(Charter calldata charter) external returns (uint256 committeeId);

    /// @notice The caller takes the seat the charter named him for and locks `seatStake` of his vault deposit.
    function enroll(uint256 committeeId, bytes32 recipient) external;

    /// @notice Anyone the charter names, enrolled or not, ends the committee's life: no new task from now on.
    function retire(uint256 committeeId) external;

    /// @notice After retirement and the last task, the caller's stake comes free. Also before the committee was ever
    /// complete, so that nobody waits for a member who never comes; that retires it, since the seat stays empty.
    function leave(uint256 committeeId) external;

    /// @notice Market only: a new task with `amount` of `rewardToken` at stake, under conditions the charter accepts.
    function reserve(uint256 committeeId, address rewardToken, uint256 amount, Conditions calldata conditions) external;

    /// @notice Market only: the task is closed.
    function release(uint256 committeeId, address rewardToken, uint256 amount) external;

    /// @notice Market only: takes up to `amount` from a seat, at most what is left, and returns what was taken. It
    /// waits in the vault's pot.
    function slashSeat(uint256 committeeId, uint256 seat, uint256 amount) external returns (uint256 taken);

    function vault() external view returns (address);
    function market() external view returns (address);
    function committeeOf(uint256 committeeId) external view returns (Committee memory);
    function seatsOf(uint256 committeeId) external view returns (Seat[] memory);
    function committeeCount() external view returns (uint256);
    /// @notice Seat number plus one, zero for strangers.
    function seatNumberOf(uint256 committeeId, address account) external view returns (uint256);
    /// @notice Whether it can take a task with this much more at stake. Says nothing of the task's other terms, which
    /// `reserve` holds to the charter.
    function canReserve(uint256 committeeId, address rewardToken, uint256 amount) external view returns (bool);
    /// @notice Whether its tasks may name this arbiter; the zero address, which is none, always.
    function acceptsArbiter(uint256 committeeId, address arbiter) external view returns (bool);
    function stakePerRewardWad(uint256 committeeId, address rewardToken) external view returns (uint256);
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title The market: escrow, rounds, votes and pay of federated training tasks.
/// @notice A model owner escrows a pool and posts a task to a committee of n = 3t + 1 oracles. Trainers join with
/// stake. In each round trainers submit the digest of an encrypted update; the members commit to their work, open it,
/// vote the hash of a report and vouch for each other's work; with n - t equal votes one of them reveals the report,
/// the market recomputes the hash, releases the pool's share for the progress made and splits it by score. Rn are the
/// rules of the design.
///
/// Time. A window is half-open: an action is legal while start <= block.timestamp < end. In round r:
///   closesAt      = time of the last submission if all joined trainers submitted, else openedAt + submitWindow
///   commitEndsAt  = time of the last commitment if all n members committed, else closesAt + commitWindow
///   openEndsAt    = commitEndsAt + commitWindow
///   voteEndsAt    = closesAt + voteWindow           (voting starts at closesAt)
///   expiresAt     = voteEndsAt without a quorum, else voteEndsAt + commitWindow
///   finalAt       = max(voteEndsAt, revealedAt + challengeWindow), when not under dispute
/// The next round opens with the reveal. Late votes for a revealed round count until voteEndsAt. From expiresAt on an
/// unrevealed round may expire: a quorum reached in the last second still has a commitWindow to be revealed, so that
/// nobody, the owner least of all, gets the work for nothing by calling `expire` first.
///
/// Assumptions on others. Safety: at most t members of a committee lie; the reward token moves exactly what it says.
/// Liveness: n - t members answer in time; if not, `expire` gives everybody his money back.
interface ITaskMarket {
    /// @notice Joining: posted, not started. Training: rounds run. Completed: target reached, all rounds run, ended by
    /// the owner, or owner stalled (R7). Failed: no quorum, or a round was overturned or the committee aborted.
    /// Cancelled: never started. The last three are final.
    enum Status {
        None,
        Joining,
        Training,
        Completed,
        Failed,
        Cancelled
    }

    /// @notice Where the current round stands, derived from the clock. Voting begins at closesAt and overlaps
    /// Committing and Opening; the name says which is the newest window that has opened. Overdue: `expire` is legal;
    /// until then it is Voting, also after voteEndsAt while a quorum may still be revealed.
    enum Phase {
        None,
        Submitting,
        Committing,
        Opening,
        Voting,
        Overdue
    }

    /// @notice Measured: the committee reports progress from the validation loss. PerRound: progress after round r
    /// (counted from 0) is (r + 1) / rounds, whatever was measured (R2, sealed-model tasks).
    enum ProgressRule {
        Measured,
        PerRound
    }

    /// @notice What the committee says of a round. Scored: the normal case. OwnerStalled (R7): PerRound tasks only;
    /// the round's planned share is paid by the given (equal) scores and the task completes. Aborted: the task cannot
    /// be worked on (broken specification, unreadable validation set); nobody is slashed, the task fails.
    enum Outcome {
        Scored,
        OwnerStalled,
        Aborted
    }

    /// @notice None, Open: waiting for the arbiter. Upheld: the report stands. Overturned: the round is void.
    enum Dispute {
        None,
        Open,
        Upheld,
        Overturned
    }

    /// @param rewardToken Plain ERC-20 (R10). @param pool Most that trainers can earn, in wei of it. @param feePerRound
    /// Committee's fee, escrowed beside the pool: rounds * feePerRound (R5). @param committeeId Who scores.
    /// @param arbiter Who decides challenges; zero: nobody, a trust assumption (R6b). @param specDigest sha2-256 of the
    /// specification's DAG-CBOR block. @param modelDigest Same of the initial state. @param rounds 1..256.
    /// @param minTrainers Fewer at joinEndsAt: cancelled. @param maxTrainers 1..1024; when reached, the task starts at
    /// once. @param maxUnits Most stake units of one trainer (R1), 1..65535. @param unitStake Wei of stake token per
    /// unit. @param missPenalty Taken per missed round (R4); rounds * missPenalty <= unitStake. @param harmPenaltyBps
    /// Part of the stake taken per harmful round (R3); rounds * harmPenaltyBps <= 10000. Both bounds make every penalty
    /// covered by the stake, by construction. @param joinWindow, submitWindow, commitWindow, voteWindow,
    /// challengeWindow Seconds; voteWindow > 2 * commitWindow. @param challengeBond Wei of stake token a challenger
    /// locks.
    struct TaskParams {
        address rewardToken;
        uint128 pool;
        uint128 feePerRound;
        uint256 committeeId;
        address arbiter;
        bytes32 specDigest;
        bytes32 modelDigest;
        uint16 rounds;
        uint16 minTrainers;
        uint16 maxTrainers;
        uint16 maxUnits;
        uint128 unitStake;
        uint128 missPenalty;
        uint16 harmPenaltyBps;
        ProgressRule progressRule;
        uint32 joinWindow;
        uint32 submitWindow;
        uint32 commitWindow;
        uint32 voteWindow;
        uint32 challengeWindow;
        uint128 challengeBond;
    }

    /// @param owner Who posted. @param status As stored. @param round Current round, counted from 0; after the end,
    /// the last one that ran. @param trainerCount Joined. @param joinEndsAt End of the join window.
    /// @param endRequested The owner asked to stop after the current round. @param progressWad Best so far.
    /// @param released Sum of what rounds released to trainers. @param refundable What `refund` sends the owner now.
    /// @param unsettled Rounds revealed and not yet settled. @param committeeReleased The committee's exposure is gone.
    /// @param modelDigest Digest of the newest agreed state.
    struct Task {
        TaskParams params;
        address owner;
        Status status;
        uint16 round;
        uint16 trainerCount;
        uint40 joinEndsAt;
        bool endRequested;
        uint64 progressWad;
        uint128 released;
        uint128 refundable;
        uint16 unsettled;
        bool committeeReleased;
        bytes32 modelDigest;
    }

    /// @param openedAt, closesAt, commitEndsAt, openEndsAt, voteEndsAt, revealedAt Seconds; zero when not known yet
    /// (before all have answered, the times are those the windows give). @param submitted Number of digests.
    /// @param committedMask, openedMask, votedMask Bit i: seat i. @param matchedMask Seats whose vote is the quorum's.
    /// @param vouchedMask Seats whose work at least t + 1 voters vouched for (R6a).
    /// @param accepted Trainers not marked MISSED. @param quorumHash Zero before quorum. @param root Merkle root of the
    /// scores. @param released Exactly what all claims of the round draw together. @param basis What was split before
    /// rounding: a claim is basis * score / totalScore. @param remaining What claims may still draw. @param totalScore
    /// Sum of scores. @param missShare Stake wei each accepted trainer gets (R4). @param harmPot Stake wei split by
    /// score (R3). @param feeShare Reward wei per member that earned the fee (R5, R6a). @param slashShare Stake wei per
    /// member that matched; of an expired round, what `claimExpired` pays. @param settled `settle` was called.
    /// @param dispute State of a challenge. @param challenger Who challenged. @param disputedAt When.
    struct Round {
        uint40 openedAt;
        uint40 closesAt;
        uint40 commitEndsAt;
        uint40 openEndsAt;
        uint40 voteEndsAt;
        uint40 revealedAt;
        uint16 submitted;
        uint16 committedMask;
        uint16 openedMask;
        uint16 votedMask;
        uint16 matchedMask;
        uint16 vouchedMask;
        uint16 accepted;
        bytes32 quorumHash;
        bytes32 root;
        uint128 released;
        uint128 basis;
        uint128 remaining;
        uint128 totalScore;
        uint128 missShare;
        uint128 harmPot;
        uint128 feeShare;
        uint128 slashShare;
        bool settled;
        Dispute dispute;
        address challenger;
        uint40 disputedAt;
    }

    /// @param account Who. @param units Stake units. @param missed, harmed Rounds that cost him. @param submittedRounds
    /// Highest round he submitted to, plus one. @param left Stake taken back.
    struct Trainer {
        address account;
        uint16 units;
        uint16 missed;
        uint16 harmed;
        uint16 submittedRounds;
        bool left;
    }

    /// @param scores 8 bytes per joined trainer in the order of joining, big-endian: a score up to 2^63, or MISSED
    /// (2^64 - 1), or HARMFUL (2^64 - 2). @param modelDigest Not zero when scored; else it means nothing.
    struct Report {
        Outcome outcome;
        bytes32 modelDigest;
        uint64 progressWad;
        bytes scores;
    }

    /// @param round Round number. @param score The 8-byte word of the caller in that round's report.
    /// @param proof Siblings from the leaf to the root, sorted pairs.
    struct Claim {
        uint16 round;
        uint64 score;
        bytes32[] proof;
    }

    event TaskPosted(
        uint256 indexed taskId,
        address indexed owner,
        uint256 indexed committeeId,
        bytes32 specDigest,
        bytes32 modelDigest
    );
    /// @param recipient X25519 public key (age recipient) that models are sealed to.
    event TrainerJoined(
        uint256 indexed taskId,
        address indexed trainer,
        uint256 index,
        uint16 units,
        bytes32 recipient
    );
    event RoundOpened(uint256 indexed taskId, uint256 indexed round);
    event UpdateSubmitted(
        uint256 indexed taskId,
        uint256 indexed round,
        address indexed trainer,
        uint256 index,
        bytes32 digest
    );
    event WorkCommitted(
        uint256 indexed taskId,
        uint256 indexed round,
        address indexed member,
        uint256 seat,
        bytes32 commitment
    );
    /// @param accepted Bit i of byte i/8 (least significant first): trainer i's blob is acceptable to this member.
    event WorkOpened(
        uint256 indexed taskId,
        uint256 indexed round,
        address indexed member,
        uint256 seat,
        bytes32 digest,
        bytes accepted
    );
    /// @notice The event board: the block order of these is the committee's clock. Meaning of `kind` is off chain.
    event Announced(uint256 indexed taskId, uint256 indexed round, address indexed sender, uint8 kind, bytes32 digest);
    /// @param vouched Bit i: this member found the work that seat i opened right.
    event Voted(
        uint256 indexed taskId,
        uint256 indexed round,
        address indexed member,
        uint256 seat,
        bytes32 reportHash,
        uint16 vouched
    );
    event QuorumReached(uint256 indexed taskId, uint256 indexed round, bytes32 reportHash);
    event RoundRevealed(
        uint256 indexed taskId,
        uint256 indexed round,
        Outcome outcome,
        bytes32 modelDigest,
        uint64 progressWad,
        uint256 released,
        bytes32 root,
        bytes scores
    );
    event TrainerPenalised(uint256 indexed taskId, uint256 indexed round, address indexed trainer, uint256 amount);
    event RoundSettled(uint256 indexed taskId, uint256 indexed round, uint256 feeShare, uint256 slashShare);
    event RoundChallenged(uint256 indexed taskId, uint256 indexed round, address indexed challenger, uint256 disputeId);
    event DisputeEnded(uint256 indexed taskId, uint256 indexed round, Dispute result);
    event TaskEndRequested(uint256 indexed taskId);
    event TaskClosed(uint256 indexed taskId, Status status);
    event RewardClaimed(
        uint256 indexed taskId,
        address indexed trainer,
        address indexed to,
        uint256 reward,
        uint256 stakeShare
    );
    event FeesClaimed(
        uint256 indexed taskId,
        address indexed member,
        address indexed to,
        uint256 fees,
        uint256 stakeShare
    );
    event StakeReturned(uint256 indexed taskId, address indexed trainer, uint256 amount);
    event Refunded(uint256 indexed taskId, address indexed to, uint256 amount);

    error TaskMarket_Unknown(uint256 taskId);
    error TaskMarket_ZeroAddress();
    /// @notice A parameter of `post` is outside its range; `name` says which.
    error TaskMarket_BadParam(string name);
    /// @notice The reward token took a fee or lied about a transfer (R10).
    error TaskMarket_TransferShort(uint256 expected, uint256 received);
    error TaskMarket_NotOwner(address caller);
    error TaskMarket_NotMember(uint256 taskId, address caller);
    error TaskMarket_NotTrainer(uint256 taskId, address caller);
    error TaskMarket_NotArbiter(address caller, uint256 disputeId);
    error TaskMarket_MayNotAnnounce(uint256 taskId, address caller);
    error TaskMarket_WrongStatus(uint256 taskId, Status status);
    error TaskMarket_WrongRound(uint256 taskId, uint256 current, uint256 given);
    /// @notice Too early or too late: the action is legal while start <= now < end (end 0: no end).
    error TaskMarket_OutsideWindow(uint256 now_, uint256 start, uint256 end);
    error TaskMarket_AlreadyJoined(uint256 taskId, address trainer);
    error TaskMarket_BadUnits(uint256 units, uint256 maxUnits);
    error TaskMarket_ZeroRecipient();
    error TaskMarket_ZeroDigest();
    error TaskMarket_AlreadySubmitted(uint256 taskId, uint256 round, address trainer);
    error TaskMarket_AlreadyCommitted(uint256 taskId, uint256 round, address member);
    error TaskMarket_NotCommitted(uint256 taskId, uint256 round, address member);
    error TaskMarket_AlreadyOpened(uint256 taskId, uint256 round, address member);
    /// @notice What was opened is not what was committed (R6a).
    error TaskMarket_CommitmentMismatch(bytes32 committed, bytes32 given);
    error TaskMarket_AlreadyVoted(uint256 taskId, uint256 round, address member);
    /// @notice A vote vouches for seats that the committee does not have; `allowed` has a bit for each that it has.
    error TaskMarket_BadVouch(uint256 given, uint256 allowed);
    error TaskMarket_NoQuorum(uint256 taskId, uint256 round);
    error TaskMarket_AlreadyRevealed(uint256 taskId, uint256 round);
    error TaskMarket_NotRevealed(uint256 taskId, uint256 round);
    error TaskMarket_HashMismatch(bytes32 quorumHash, bytes32 given);
    /// @notice A report that had quorum but breaks a rule of the market; such a round can only expire.
    error TaskMarket_BadReport(string reason);
    error TaskMarket_TooFewTrainers(uint256 joined, uint256 needed);
    error TaskMarket_EnoughTrainers(uint256 joined, uint256 needed);
    error TaskMarket_TrainersJoined(uint256 joined);
    error TaskMarket_NotFinal(uint256 taskId, uint256 round);
    error TaskMarket_AlreadySettled(uint256 taskId, uint256 round);
    error TaskMarket_NotSettled(uint256 taskId, uint256 round);
    error TaskMarket_NoArbiter(uint256 taskId);
    error TaskMarket_AlreadyChallenged(uint256 taskId, uint256 round);
    error TaskMarket_NotChallenged(uint256 taskId, uint256 round);
    error TaskMarket_ArbitrationCost(uint256 needed, uint256 given);
    error TaskMarket_BadProof(uint256 taskId, uint256 round);
    error TaskMarket_AlreadyClaimed(uint256 taskId, uint256 round, address account);
    error TaskMarket_NothingToClaim(uint256 taskId, address account);
    error TaskMarket_AlreadyLeft(uint256 taskId, address trainer);
    /// @notice The task has not ended, or a round of it is not settled.
    error TaskMarket_StillOpen(uint256 taskId);
    error TaskMarket_AlreadyClosed(uint256 taskId);

    // ---------------------------------------------------------------- owner

    /// @notice Posts a task and takes pool + rounds * feePerRound of the reward token from the caller. Reverts when the
    /// committee is incomplete, retired or over its exposure limit (R6b), does not accept the task's windows, fee, bond
    /// or arbiter (its charter, see {ICommittees}), or the token takes a fee (R10).
    function post(TaskParams calldata params) external returns (uint256 taskId);

    /// @notice EIP-2612 permit for `token` from the caller to the market; never reverts. Bundle with `post` by
    /// `multicall`.
    function selfPermit(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Owner: no further round. Ends at once when nobody has submitted to the current round, else with it.
    function end(uint256 taskId) external;

    /// @notice Never started: by the owner before the first join, by anyone after the join window with too few
    /// trainers. Everything escrowed becomes refundable.
    function cancel(uint256 taskId) external;

    /// @notice Owner: sends what is refundable now to `to`. May be called again when more has become refundable.
    function refund(uint256 taskId, address to) external;

    // ---------------------------------------------------------------- trainers

    /// @notice Joins with `units` stake units, locked in the vault. The last free seat starts the task.
    function join(uint256 taskId, uint16 units, bytes32 recipient) external;

    /// @notice Anyone: starts the task after its join window, if enough trainers joined.
    function start(uint256 taskId) external;

    /// @notice A trainer's digest for the current round; one per round, before closesAt. Never refused because somebody
    /// else sent the same digest (R15).
    function submitUpdate(uint256 taskId, uint256 round, bytes32 digest) external;

    /// @notice Pays the caller his part of the given rounds: reward to `to`, stake shares to his vault deposit. A round
    /// counts once it is final. Of an overturned round it returns the penalty it took.
    function claim(uint256 taskId, Claim[] calldata claims, address to) external;

    /// @notice After a task failed for want of a quorum: the caller's part of what silent members lost (R6). It goes to
    /// the round's submitters in equal parts; when there are none, to the members that voted.
    function claimExpired(uint256 taskId) external;

    /// @notice After the task is closed and its rounds are final: the caller's stake, less penalties, comes free.
    function leave(uint256 taskId) external;

    // ---------------------------------------------------------------- committee

    /// @notice A member commits to his work of a round: `commitmentOf(...)`, between closesAt and commitEndsAt, also
    /// when others were quicker and the round is revealed already.
    function commitWork(uint256 taskId, uint256 round, bytes32 commitment) external;

    /// @notice Opens the commitment between commitEndsAt and openEndsAt. Only who opened can earn the fee (R6a).
    function openWork(uint256 taskId, uint256 round, bytes32 digest, bytes calldata accepted, bytes32 salt) external;

    /// @notice A member or the owner puts a digest on the event board of the current or the previous round.
    function announce(uint256 taskId, uint256 round, uint8 kind, bytes32 digest) external;

    /// @notice A member's vote for a report, once per round, from closesAt to voteEndsAt, also after the reveal. With
    /// it he vouches for work of the round, and can take that back no more than the vote: he should vote after he has
    /// seen the openings.
    /// @param vouched Bit i: he fetched what seat i opened and found it right; his own seat counts like any. A seat
    /// needs the word of t + 1 voters, whatever these voted, and so of an honest one. t who lie can neither vouch for a
    /// seat that did nothing, nor keep a seat from its fee for which t + 1 others vouch. Nobody need agree on a set.
    function vote(uint256 taskId, uint256 round, bytes32 reportHash, uint16 vouched) external;

    /// @notice Any member, once there is a quorum and until somebody calls `expire`: shows the report; the market
    /// checks its hash, computes root and totals, takes penalties, releases money and opens the next round (R9).
    function reveal(uint256 taskId, uint256 round, Report calldata report) external;

    /// @notice Anyone, once the round is final: fixes who earned the fee (who opened his work, voted with the quorum
    /// and had the vouches of t + 1 voters, R6a), slashes members that did not vote with the quorum (R6) and shares
    /// that among those who did. Of the fee, what nobody earned goes back to the owner.
    function settle(uint256 taskId, uint256 round) external;

    /// @notice A member's fees and stake shares of settled rounds, each once: fees to `to`, stake to his deposit.
    function claimFees(uint256 taskId, uint256[] calldata rounds, address to) external;

    // ---------------------------------------------------------------- when things go wrong

    /// @notice Anyone, without a reveal, from voteEndsAt on, or when there is a quorum from voteEndsAt + commitWindow
    /// on: the task fails. Without a quorum the members that did not vote are slashed for the round's submitters (R6);
    /// with an unrevealed quorum nobody is.
    function expire(uint256 taskId) external;

    /// @notice Anyone, within the challenge window: locks the bond and opens a dispute with the task's arbiter (R6b).
    function challenge(uint256 taskId, uint256 round) external payable returns (uint256 disputeId);

    /// @notice The arbiter's answer: 1 the report stands (bond to the members that matched), 2 overturned (the round is
    /// void, its release refundable, its voters lose their seat stake, half to the challenger and half to the owner,
    /// the task fails), anything else: it stands and the bond goes back.
    function rule(uint256 disputeId, uint256 ruling) external;

    /// @notice Anyone, ARBITRATION_WINDOW after a challenge without a ruling: the report stands, the bond goes back.
    function lapse(uint256 taskId, uint256 round) external;

    /// @notice Anyone, when the task is closed and all revealed rounds are settled: frees the committee's exposure.
    function close(uint256 taskId) external;

    // ---------------------------------------------------------------- reads

    /// @notice Tasks posted so far. Identifiers count from 1.
    function taskCount() external view returns (uint256);
    function taskOf(uint256 taskId) external view returns (Task memory);
    function statusOf(uint256 taskId) external view returns (Status);
    function phaseOf(uint256 taskId) external view returns (Phase);
    function roundOf(uint256 taskId, uint256 round) external view returns (Round memory);
    function trainerAt(uint256 taskId, uint256 index) external view returns (Trainer memory);
    /// @notice Index plus one, zero for strangers.
    function trainerNumberOf(uint256 taskId, address account) external view returns (uint256);
    /// @notice Bit r: `account`, trainer or member, has claimed round r. Of a member who trains: his claims as a
    /// trainer.
    function claimedRoundsOf(uint256 taskId, address account) external view returns (uint256);
    function voteOf(uint256 taskId, uint256 round, address member) external view returns (bytes32);
    /// @notice keccak256(abi.encode(chainId, market, taskId, round, outcome, modelDigest, progressWad,
    /// keccak256(scores))).
    function reportHashOf(uint256 taskId, uint256 round, Report calldata report) external view returns (bytes32);
    /// @notice keccak256(bytes.concat(keccak256(abi.encode(chainId, market, taskId, round, index, score)))). The index
    /// stands for the account: it is bound to it in storage when he joins and never changes, and leaving the address
    /// out saves 2,100 gas per trainer at the reveal (R9).
    function leafOf(uint256 taskId, uint256 round, uint256 index, uint64 score) external view returns (bytes32);
    function vault() external view returns (address);
    function committees() external view returns (address);

    /// @notice keccak256(abi.encode(digest, keccak256(accepted), salt, member, taskId, round)) (R6a).
    function commitmentOf(
        bytes32 digest,
        bytes calldata accepted,
        bytes32 salt,
        address member,
        uint256 taskId,
        uint256 round
    ) external pure returns (bytes32);
}

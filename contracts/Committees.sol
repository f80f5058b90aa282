// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ICommittees} from "../interfaces/ICommittees.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";

/// @title Committees
/// @notice See the documentation in {ICommittees}.
contract Committees is ICommittees, Multicall {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;

    /// @inheritdoc ICommittees
    address public immutable vault;
    address private immutable _deployer;

    /// @inheritdoc ICommittees
    address public market;
    /// @inheritdoc ICommittees
    uint256 public committeeCount;
    /// @inheritdoc ICommittees
    mapping(uint256 committeeId => mapping(address account => uint256)) public seatNumberOf;
    /// @inheritdoc ICommittees
    mapping(uint256 committeeId => mapping(address rewardToken => uint256)) public stakePerRewardWad;

    mapping(uint256 committeeId => mapping(address arbiter => bool)) private _arbiters;
    mapping(uint256 committeeId => Committee) private _committees;
    mapping(uint256 committeeId => Seat[]) private _seats;

    modifier onlyMarket() {
        if (msg.sender != market) revert Committees_NotMarket(msg.sender);
        _;
    }

    constructor(address vault_) {
        if (vault_ == address(0)) revert Committees_ZeroAddress();

        vault = vault_;
        _deployer = msg.sender;
    }

    /// @inheritdoc ICommittees
    function setMarket(address market_) external {
        if (msg.sender != _deployer) revert Committees_NotDeployer(msg.sender);
        if (market != address(0)) revert Committees_MarketAlreadySet();
        if (market_ == address(0)) revert Committees_ZeroAddress();

        market = market_;

        emit MarketSet(market_);
    }

    /// @inheritdoc ICommittees
    function found(Charter calldata charter) external returns (uint256 committeeId) {
        _checkCharter(charter);

        // Counted from 1, so that an identifier nobody filled in names no committee.
        committeeId = ++committeeCount;
        _write(_committees[committeeId], charter);
        _addSeats(committeeId, charter.members);
        _addArbiters(committeeId, charter.arbiters);
        _addRates(committeeId, charter.rewardTokens, charter.stakePerRewardWad);

        emit CommitteeFounded(committeeId, msg.sender, charter.members);
        emit CharterAccepts(committeeId, charter.arbiters, charter.rewardTokens, charter.stakePerRewardWad);
    }

    /// @inheritdoc ICommittees
    function enroll(uint256 committeeId, bytes32 recipient) external {
        Committee storage committee = _existing(committeeId);
        uint256 index = _seatIndex(committeeId, msg.sender);
        Seat storage seat = _seats[committeeId][index];
        if (committee.retired) revert Committees_IsRetired(committeeId);
        if (recipient == bytes32(0)) revert Committees_ZeroRecipient();
        if (seat.recipient != bytes32(0)) revert Committees_AlreadyEnrolled(committeeId, msg.sender);

        uint128 stake = committee.seatStake;
        seat.recipient = recipient;
        seat.stake = stake;
        committee.enrolled += 1;
        committee.stakeTotal += stake;

        emit Enrolled(committeeId, msg.sender, index, recipient);

        IStakeVault(vault).lock(msg.sender, stake);
    }

    /// @inheritdoc ICommittees
    function retire(uint256 committeeId) external {
        Committee storage committee = _existing(committeeId);
        _seatIndex(committeeId, msg.sender);
        if (committee.retired) revert Committees_IsRetired(committeeId);

        committee.retired = true;

        emit Retired(committeeId, msg.sender);
    }

    /// @inheritdoc ICommittees
    function leave(uint256 committeeId) external {
        Committee storage committee = _existing(committeeId);
        Seat storage seat = _seats[committeeId][_seatIndex(committeeId, msg.sender)];
        if (seat.recipient == bytes32(0)) revert Committees_NotEnrolled(committeeId, msg.sender);
        if (seat.left) revert Committees_AlreadyLeft(committeeId, msg.sender);
        bool complete = committee.enrolled == committee.size;
        if (complete && !committee.retired) revert Committees_NotRetired(committeeId);
        if (committee.openTasks != 0) revert Committees_TasksOpen(committeeId, committee.openTasks);

        uint128 stake = seat.stake;
        seat.left = true;
        seat.stake = 0;
        committee.stakeTotal -= stake;
        _retireIfActive(committeeId, committee);

        emit Left(committeeId, msg.sender, stake);

        IStakeVault(vault).unlock(msg.sender, stake);
    }

    /// @inheritdoc ICommittees
    function reserve(
        uint256 committeeId,
        address rewardToken,
        uint256 amount,
        Conditions calldata conditions
    ) external onlyMarket {
        Committee storage committee = _existing(committeeId);
        if (committee.enrolled != committee.size) {
            revert Committees_NotComplete(committeeId, committee.enrolled, committee.size);
        }
        if (committee.retired) revert Committees_IsRetired(committeeId);
        uint256 rateWad = stakePerRewardWad[committeeId][rewardToken];
        if (rateWad == 0) revert Committees_TokenNotAccepted(committeeId, rewardToken);
        _checkConditions(committeeId, committee, conditions, rateWad);
        uint256 exposure = Math.saturatingAdd(committee.exposureStake, _inStake(amount, rateWad));
        uint256 limit = _exposureLimit(committee);
        if (exposure > limit) revert Committees_ExposureTooHigh(committeeId, exposure, limit);

        committee.exposureStake = uint128(exposure);
        committee.openTasks += 1;

        emit Reserved(committeeId, rewardToken, amount, exposure);
    }

    /// @inheritdoc ICommittees
    function release(uint256 committeeId, address rewardToken, uint256 amount) external onlyMarket {
        Committee storage committee = _existing(committeeId);

        // The rate never changes, so this is exactly what `reserve` added.
        uint256 exposure = committee.exposureStake - _inStake(amount, stakePerRewardWad[committeeId][rewardToken]);
        committee.exposureStake = uint128(exposure);
        committee.openTasks -= 1;

        emit Released(committeeId, rewardToken, amount, exposure);
    }

    /// @inheritdoc ICommittees
    function slashSeat(
        uint256 committeeId,
        uint256 seatIndex,
        uint256 amount
    ) external onlyMarket returns (uint256 taken) {
        Committee storage committee = _existing(committeeId);
        Seat storage seat = _seats[committeeId][seatIndex];
        taken = Math.min(amount, seat.stake);
        if (taken == 0) return 0;

        seat.stake -= uint128(taken);
        committee.stakeTotal -= uint128(taken);

        emit SeatSlashed(committeeId, seatIndex, seat.account, taken);

        IStakeVault(vault).slash(seat.account, taken);
    }

    /// @inheritdoc ICommittees
    function committeeOf(uint256 committeeId) external view returns (Committee memory) {
        return _existing(committeeId);
    }

    /// @inheritdoc ICommittees
    function seatsOf(uint256 committeeId) external view returns (Seat[] memory) {
        _existing(committeeId);
        return _seats[committeeId];
    }

    /// @inheritdoc ICommittees
    function canReserve(uint256 committeeId, address rewardToken, uint256 amount) external view returns (bool) {
        Committee storage committee = _committees[committeeId];
        uint256 rateWad = stakePerRewardWad[committeeId][rewardToken];
        if (rateWad == 0 || committee.retired || committee.enrolled != committee.size) return false;

        return Math.saturatingAdd(committee.exposureStake, _inStake(amount, rateWad)) <= _exposureLimit(committee);
    }

    /// @inheritdoc ICommittees
    function acceptsArbiter(uint256 committeeId, address arbiter) public view returns (bool) {
        return arbiter == address(0) || _arbiters[committeeId][arbiter];
    }

    /// @dev A committee that lost a member before it was complete can never take a task: say so, that nobody enrols.
    function _retireIfActive(uint256 committeeId, Committee storage committee) private {
        if (committee.retired) return;

        committee.retired = true;

        emit Retired(committeeId, msg.sender);
    }

    function _write(Committee storage committee, Charter calldata charter) private {
        committee.size = uint8(charter.members.length);
        committee.exposureBps = charter.exposureBps;
        committee.minCommitWindow = charter.minCommitWindow;
        committee.minVoteWindow = charter.minVoteWindow;
        committee.minFeeStake = charter.minFeeStake;
        committee.minChallengeBond = charter.minChallengeBond;
        committee.seatStake = charter.seatStake;
        committee.faultPenalty = charter.faultPenalty;
    }

    function _addSeats(uint256 committeeId, address[] calldata members) private {
        for (uint256 i = 0; i < members.length; ++i) {
            address member = members[i];
            if (member == address(0)) revert Committees_ZeroAddress();
            if (seatNumberOf[committeeId][member] != 0) revert Committees_DuplicateMember(member);

            seatNumberOf[committeeId][member] = i + 1;
            _seats[committeeId].push(Seat({account: member, recipient: 0, stake: 0, left: false}));
        }
    }

    function _addArbiters(uint256 committeeId, address[] calldata arbiters) private {
        for (uint256 i = 0; i < arbiters.length; ++i) {
            if (arbiters[i] == address(0)) revert Committees_ZeroAddress();

            _arbiters[committeeId][arbiters[i]] = true;
        }
    }

    function _addRates(uint256 committeeId, address[] calldata tokens, uint256[] calldata ratesWad) private {
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (tokens[i] == address(0)) revert Committees_ZeroAddress();

            stakePerRewardWad[committeeId][tokens[i]] = ratesWad[i];
        }
    }

    function _existing(uint256 committeeId) private view returns (Committee storage committee) {
        committee = _committees[committeeId];
        if (committee.size == 0) revert Committees_Unknown(committeeId);
    }

    function _seatIndex(uint256 committeeId, address account) private view returns (uint256) {
        uint256 number = seatNumberOf[committeeId][account];
        if (number == 0) revert Committees_NotMember(committeeId, account);
        return number - 1;
    }

    function _checkConditions(
        uint256 committeeId,
        Committee storage committee,
        Conditions calldata conditions,
        uint256 rateWad
    ) private view {
        _checkWindow(conditions.commitWindow, committee.minCommitWindow);
        _checkWindow(conditions.voteWindow, committee.minVoteWindow);
        // Where the product does not fit, the fee is worth more than any charter can ask.
        uint256 feeStake = Math.saturatingMul(conditions.feePerRound, rateWad) / WAD;
        if (feeStake < committee.minFeeStake) revert Committees_FeeTooSmall(feeStake, committee.minFeeStake);
        if (conditions.arbiter == address(0)) return;

        _checkArbiter(committeeId, conditions.arbiter, conditions.challengeBond, committee.minChallengeBond);
    }

    function _checkArbiter(uint256 committeeId, address arbiter, uint256 bond, uint256 leastBond) private view {
        if (!acceptsArbiter(committeeId, arbiter)) revert Committees_ArbiterNotAccepted(committeeId, arbiter);
        if (bond < leastBond) revert Committees_BondTooSmall(bond, leastBond);
    }

    /// @dev Open pools may reach this much, in wei of stake. Capped so that an exposure within it fits its 128 bits.
    function _exposureLimit(Committee storage committee) private view returns (uint256) {
        return Math.min((uint256(committee.stakeTotal) * committee.exposureBps) / BPS, type(uint128).max);
    }

    function _checkCharter(Charter calldata charter) private pure {
        uint256 size = charter.members.length;
        if (size != 4 && size != 7 && size != 10) revert Committees_BadSize(size);
        if (charter.seatStake == 0) revert Committees_ZeroStake();
        if (charter.faultPenalty > charter.seatStake) {
            revert Committees_PenaltyAboveStake(charter.faultPenalty, charter.seatStake);
        }
        uint256 tokens = charter.rewardTokens.length;
        uint256 rates = charter.stakePerRewardWad.length;
        if (tokens != rates) revert Committees_LengthMismatch(tokens, rates);
    }

    function _checkWindow(uint256 given, uint256 least) private pure {
        if (given < least) revert Committees_WindowTooShort(given, least);
    }

    /// @dev Value of a pool in wei of stake, rounded up, and at the most 2^256 - 1, which no committee can cover.
    function _inStake(uint256 amount, uint256 rateWad) private pure returns (uint256) {
        (bool fits, uint256 product) = Math.tryMul(amount, rateWad);
        return fits ? Math.ceilDiv(product, WAD) : type(uint256).max;
    }
}

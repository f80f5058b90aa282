// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Acts} from "./Acts.sol";

/// @title I1 to I7: what the contracts hold is what they owe, unit by unit, and to whom.
abstract contract MoneyChecks is Acts {
    /// @dev A task as the market shows it, read once for all checks.
    struct Seen {
        uint256 id;
        ITaskMarket.Task task;
        ITaskMarket.Round[] rounds;
        ITaskMarket.Trainer[] trainers;
    }

    /// @notice I1 to I7 and I10, as they stand now.
    function checkMoney() external view {
        Seen[] memory seen = _look();
        _I1_marketHoldsWhatItOwes(seen);
        _I1_I4_I5_vaultHoldsWhatItOwes(seen);
        _I2_I6_noRoundPaysMoreThanItReleased(seen);
        _I4_locksAreWhatTheyAreFor(seen);
        _I4_I18_I21_committeesAddUp(seen);
        _I10_tasksDoNotTouchEachOther(seen);
    }

    /// @notice I1 for reward tokens: balance = escrow not yet earned + rewards and fees not yet drawn + gifts.
    function _I1_marketHoldsWhatItOwes(Seen[] memory seen) private view {
        uint256[] memory owed = new uint256[](tokens.length);
        for (uint256 k = 0; k < seen.length; ++k) {
            for (uint256 i = 0; i < owed.length; ++i) {
                if (seen[k].task.params.rewardToken == address(tokens[i])) owed[i] += _owedByMarket(seen[k]);
            }
        }
        for (uint256 i = 0; i < owed.length; ++i) {
            uint256 balance = tokens[i].balanceOf(address(market));
            same(balance, owed[i] + donatedToMarket[address(tokens[i])], "I1 market");
        }
    }

    /// @notice I1 for the stake token, I4's sum of deposits, and I5: the pot is what named people have yet to fetch.
    function _I1_I4_I5_vaultHoldsWhatItOwes(Seen[] memory seen) private view {
        uint256 deposits;
        for (uint256 i = 0; i < people.length; ++i) deposits += vault.depositOf(people[i]);
        same(deposits, vault.totalDeposits(), "I4 sum of deposits");

        uint256 pot;
        for (uint256 k = 0; k < seen.length; ++k) pot += _owedByPot(seen[k]);
        same(vault.pot(), pot, "I5 every slashed unit has a receiver");
        same(stakeToken.balanceOf(address(vault)), deposits + pot + donatedToVault, "I1 vault");
    }

    /// @notice I2: pool and rounds never pay more than they have; and what a task took in is where it should be.
    function _I2_I6_noRoundPaysMoreThanItReleased(Seen[] memory seen) private view {
        for (uint256 k = 0; k < seen.length; ++k) {
            ITaskMarket.Task memory task = seen[k].task;
            uint256 released;
            for (uint256 r = 0; r < seen[k].rounds.length; ++r) released += _checkRound(seen[k], r);
            same(task.released, released, "I2 released is the sum of the rounds");
            atMost(task.released, task.params.pool, "I2 pool");

            uint256 id = seen[k].id;
            uint256 escrow = task.params.pool + uint256(task.params.rounds) * task.params.feePerRound;
            uint256 accounted = rewardsPaid[id] + feesPaid[id] + refunded[id] + _owedByMarket(seen[k]);
            same(escrow, accounted, "I2 a task's money stays the task's");
        }
    }

    /// @notice I4: locks are the sum of what they are for, and never above the deposit.
    function _I4_locksAreWhatTheyAreFor(Seen[] memory seen) private view {
        ICommittees.Seat[][] memory seats = new ICommittees.Seat[][](committees.committeeCount());
        for (uint256 k = 0; k < seats.length; ++k) seats[k] = committees.seatsOf(k + 1);
        for (uint256 i = 0; i < people.length; ++i) {
            address who = people[i];
            same(vault.lockedBy(address(market), who), _lockedInTasks(seen, who), "I4 lock of the market");
            same(vault.lockedBy(address(committees), who), _lockedInSeats(seats, who), "I4 lock of committees");
            atMost(vault.lockedOf(who), vault.depositOf(who), "I4 locked stake is deposited");
        }
    }

    /// @notice I4, I18, I21: seats lose what their faults cost and nothing else; exposure is that of the open tasks.
    function _I4_I18_I21_committeesAddUp(Seen[] memory seen) private view {
        for (uint256 id = 1; id <= committees.committeeCount(); ++id) {
            ICommittees.Committee memory committee = committees.committeeOf(id);
            ICommittees.Seat[] memory seats = committees.seatsOf(id);
            uint256 stakes;
            for (uint256 i = 0; i < seats.length; ++i) {
                uint256 left = committee.seatStake - seatTaken[id][i];
                if (seats[i].recipient == 0 || seats[i].left) left = 0;
                same(seats[i].stake, left, "I18 a seat pays for its own faults only");
                stakes += seats[i].stake;
            }
            same(committee.stakeTotal, stakes, "I4 stake of the committee");
            (uint256 open, uint256 exposure) = _openTasks(seen, id);
            same(committee.openTasks, open, "I4 open tasks");
            same(committee.exposureStake, exposure, "I21 exposure");
        }
    }

    /// @notice I10: what the market says of a task is what it said after the last act upon it.
    function _I10_tasksDoNotTouchEachOther(Seen[] memory seen) private view {
        for (uint256 k = 0; k < seen.length; ++k) {
            bytes32 mark = _markOf(seen[k].task, seen[k].rounds, seen[k].trainers);
            same(mark, fingerprints[seen[k].id], "I10 changed by somebody else's act");
        }
    }

    /// @dev I2, I5, I6, I24, I26 for a round; what it released for good.
    function _checkRound(Seen memory seen, uint256 r) private view returns (uint256 released) {
        ITaskMarket.Round memory round = seen.rounds[r];
        Fact storage fact = facts[seen.id][r];
        if (round.revealedAt == 0) return 0;

        atMost(round.released, round.basis, "I6 rounded down");
        if (round.totalScore != 0) isTrue(round.basis - round.released < seen.task.trainerCount, "I6 dust of shares");
        same(round.basis, fact.basis, "I26 only new progress is paid");
        same(round.accepted, fact.accepted, "I5 accepted");
        same(round.totalScore, fact.totalScore, "I5 total score");
        same(round.harmPot, fact.harmPot, "I5 fines for harm");
        same(round.missShare, fact.accepted == 0 ? 0 : fact.missPot / fact.accepted, "I5 fines for missing");
        if (round.dispute == ITaskMarket.Dispute.Overturned) {
            same(round.remaining + fact.drawn, 0, "I24 a void round pays nothing");
            return 0;
        }
        same(round.remaining + fact.drawn, round.released, "I2 round");
        return round.released;
    }

    // ---------------------------------------------------------------- what is owed

    /// @dev What has neither been earned nor refunded, and what was earned and not drawn.
    function _owedByMarket(Seen memory seen) private view returns (uint256 owed) {
        ITaskMarket.Task memory task = seen.task;
        owed = task.refundable;
        if (!_isOver(task.status)) {
            owed += task.params.pool - task.released;
            owed += uint256(task.params.feePerRound) * (task.params.rounds - task.round);
        }
        for (uint256 r = 0; r < seen.rounds.length; ++r) {
            ITaskMarket.Round memory round = seen.rounds[r];
            if (round.revealedAt == 0) continue;
            owed += round.remaining + (round.settled ? 0 : task.params.feePerRound);
            for (uint256 seat = 0; seat < 10; ++seat) {
                (uint256 fees, ) = _dueSeat(round, seat);
                if (!paidSeat[seen.id][r][seat]) owed += fees;
            }
        }
    }

    function _owedByPot(Seen memory seen) private view returns (uint256 owed) {
        for (uint256 r = 0; r < seen.rounds.length; ++r) {
            ITaskMarket.Round memory round = seen.rounds[r];
            if (round.openedAt == 0) continue;
            if (round.revealedAt == 0) owed += _owedOfExpired(seen.id, round);
            else owed += _owedOfRevealed(seen, r);
        }
    }

    function _owedOfExpired(uint256 taskId, ITaskMarket.Round memory round) private view returns (uint256) {
        uint256 receivers = round.submitted == 0 ? _bits(round.votedMask) : round.submitted;
        return round.slashShare * (receivers - expiredPaid[taskId]);
    }

    /// @dev Before it is settled a round holds its fines, less what was claimed; after that, the shares not claimed.
    function _owedOfRevealed(Seen memory seen, uint256 r) private view returns (uint256 owed) {
        ITaskMarket.Round memory round = seen.rounds[r];
        Fact storage fact = facts[seen.id][r];
        bool shared = round.settled || round.dispute == ITaskMarket.Dispute.Overturned;
        if (!shared) {
            owed = fact.missPot + fact.harmPot;
            if (fact.ruling == 1) owed += seen.task.params.challengeBond;
        }
        for (uint256 i = 0; i < seen.trainers.length; ++i) {
            (, uint256 stake) = _dueTrainer(seen.id, r, seen.task, round.dispute, i);
            if (shared && !paidTrainer[seen.id][r][i]) owed += stake;
            if (!shared && paidTrainer[seen.id][r][i]) owed -= stake;
        }
        for (uint256 seat = 0; seat < 10; ++seat) {
            (, uint256 stake) = _dueSeat(round, seat);
            if (!paidSeat[seen.id][r][seat]) owed += stake;
        }
    }

    function _lockedInTasks(Seen[] memory seen, address who) private view returns (uint256 locked) {
        for (uint256 k = 0; k < seen.length; ++k) {
            for (uint256 i = 0; i < seen[k].trainers.length; ++i) {
                if (seen[k].trainers[i].account == who) locked += _stakeLeft(seen[k], i);
            }
            for (uint256 r = 0; r < seen[k].rounds.length; ++r) {
                ITaskMarket.Round memory round = seen[k].rounds[r];
                bool bonded = round.dispute == ITaskMarket.Dispute.Open && round.challenger == who;
                if (bonded) locked += seen[k].task.params.challengeBond;
            }
        }
    }

    function _stakeLeft(Seen memory seen, uint256 index) private view returns (uint256 stake) {
        if (seen.trainers[index].left) return 0;
        stake = uint256(seen.trainers[index].units) * seen.task.params.unitStake;
        for (uint256 r = 0; r < seen.rounds.length; ++r) {
            if (seen.rounds[r].revealedAt != 0) stake -= _fineOf(seen.id, r, seen.task, index);
        }
    }

    function _lockedInSeats(ICommittees.Seat[][] memory seats, address who) private pure returns (uint256 locked) {
        for (uint256 k = 0; k < seats.length; ++k) {
            for (uint256 i = 0; i < seats[k].length; ++i) {
                if (seats[k][i].account == who) locked += seats[k][i].stake;
            }
        }
    }

    function _openTasks(Seen[] memory seen, uint256 committeeId) private view returns (uint256 open, uint256 exposure) {
        for (uint256 k = 0; k < seen.length; ++k) {
            ITaskMarket.TaskParams memory params = seen[k].task.params;
            if (params.committeeId != committeeId || closed[seen[k].id]) continue;
            ++open;
            uint256 rateWad = committees.stakePerRewardWad(committeeId, params.rewardToken);
            exposure += (params.pool * rateWad + WAD - 1) / WAD;
        }
    }

    function _look() internal view returns (Seen[] memory seen) {
        seen = new Seen[](market.taskCount());
        for (uint256 k = 0; k < seen.length; ++k) {
            ITaskMarket.Task memory task = market.taskOf(k + 1);
            ITaskMarket.Round[] memory rounds = _roundsOf(k + 1, task);
            ITaskMarket.Trainer[] memory trainers_ = _trainersOf(k + 1, task);
            seen[k] = Seen({id: k + 1, task: task, rounds: rounds, trainers: trainers_});
        }
    }
}

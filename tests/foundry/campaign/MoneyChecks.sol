// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {ICommittees} from "../../../interfaces/ICommittees.sol";
import {ITaskMarket} from "../../../interfaces/ITaskMarket.sol";
import {Acts} from "./Acts.sol";

/// @title I1 to I7: what the contracts hold is what they owe, unit by unit, and to whom.
abstract contract MoneyChecks is Acts {
    /// @notice I1 for reward tokens: balance = escrow not yet earned + rewards and fees not yet drawn + gifts.
    function I1_marketHoldsWhatItOwes() public view {
        uint256[] memory owed = new uint256[](tokens.length);
        for (uint256 id = 1; id <= market.taskCount(); ++id) {
            ITaskMarket.Task memory task = market.taskOf(id);
            for (uint256 i = 0; i < owed.length; ++i) {
                if (task.params.rewardToken == address(tokens[i])) owed[i] += _owedByMarket(id, task);
            }
        }
        for (uint256 i = 0; i < owed.length; ++i) {
            uint256 balance = tokens[i].balanceOf(address(market));
            same(balance, owed[i] + donatedToMarket[address(tokens[i])], "I1 market");
        }
    }

    /// @notice I1 for the stake token, I4's sum of deposits, and I5: the pot is what named people have yet to fetch.
    function I1_I4_I5_vaultHoldsWhatItOwes() public view {
        uint256 deposits;
        for (uint256 i = 0; i < people.length; ++i) deposits += vault.depositOf(people[i]);
        same(deposits, vault.totalDeposits(), "I4 sum of deposits");

        uint256 pot;
        for (uint256 id = 1; id <= market.taskCount(); ++id) pot += _owedByPot(id, market.taskOf(id));
        same(vault.pot(), pot, "I5 every slashed unit has a receiver");
        same(stakeToken.balanceOf(address(vault)), deposits + pot + donatedToVault, "I1 vault");
    }

    /// @notice I2: pool and rounds never pay more than they have; and what a task took in is where it should be.
    function I2_I6_noRoundPaysMoreThanItReleased() public view {
        for (uint256 id = 1; id <= market.taskCount(); ++id) {
            ITaskMarket.Task memory task = market.taskOf(id);
            atMost(task.released, task.params.pool, "I2 pool");
            uint256 released;
            for (uint256 r = 0; r <= task.round; ++r) {
                ITaskMarket.Round memory round = market.roundOf(id, r);
                bool isVoid = round.dispute == ITaskMarket.Dispute.Overturned;
                if (!isVoid) released += round.released;
                if (isVoid) same(round.remaining, 0, "I24 a void round pays nothing");
                else same(round.remaining + facts[id][r].drawn, round.released, "I2 round");
                atMost(round.released, round.basis, "I6 rounded down");
                if (round.totalScore != 0) isTrue(round.basis - round.released < task.trainerCount, "I6 dust of shares");
                if (round.revealedAt != 0) _checkFigures(id, r, round);
            }
            same(task.released, released, "I2 released is the sum of the rounds");
            uint256 escrow = task.params.pool + uint256(task.params.rounds) * task.params.feePerRound;
            same(
                escrow,
                rewardsPaid[id] + feesPaid[id] + refunded[id] + _owedByMarket(id, task),
                "I2 a task's money stays the task's"
            );
        }
    }

    /// @notice I4: locks are the sum of what they are for, and never above the deposit.
    function I4_locksAreWhatTheyAreFor() public view {
        for (uint256 i = 0; i < people.length; ++i) {
            address who = people[i];
            same(vault.lockedBy(address(market), who), _lockedInTasks(who), "I4 lock of the market");
            same(vault.lockedBy(address(committees), who), _lockedInSeats(who), "I4 lock of committees");
            atMost(vault.lockedOf(who), vault.depositOf(who), "I4 locked stake is deposited");
        }
    }

    /// @notice I4, I18, I21: seats lose what their faults cost and nothing else; exposure is that of the open tasks.
    function I4_I18_I21_committeesAddUp() public view {
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
            (uint256 open, uint256 exposure) = _openTasks(id);
            same(committee.openTasks, open, "I4 open tasks");
            same(committee.exposureStake, exposure, "I21 exposure");
        }
    }

    // ---------------------------------------------------------------- what is owed

    /// @dev What has neither been earned nor refunded, and what was earned and not drawn.
    function _owedByMarket(uint256 taskId, ITaskMarket.Task memory task) private view returns (uint256 owed) {
        owed = task.refundable;
        if (!_isOver(task.status)) {
            owed += task.params.pool - task.released;
            owed += uint256(task.params.feePerRound) * (task.params.rounds - task.round);
        }
        for (uint256 r = 0; r <= task.round; ++r) {
            ITaskMarket.Round memory round = market.roundOf(taskId, r);
            if (round.revealedAt == 0) continue;
            owed += round.remaining + (round.settled ? 0 : task.params.feePerRound);
            for (uint256 seat = 0; seat < 10; ++seat) {
                (uint256 fees, ) = _dueSeat(round, seat);
                if (!paidSeat[taskId][r][seat]) owed += fees;
            }
        }
    }

    function _owedByPot(uint256 taskId, ITaskMarket.Task memory task) private view returns (uint256 owed) {
        for (uint256 r = 0; r <= task.round; ++r) {
            ITaskMarket.Round memory round = market.roundOf(taskId, r);
            if (round.openedAt == 0) continue;
            if (round.revealedAt == 0) owed += _owedOfExpired(taskId, round);
            else owed += _owedOfRevealed(taskId, r, task, round);
        }
    }

    function _owedOfExpired(uint256 taskId, ITaskMarket.Round memory round) private view returns (uint256) {
        uint256 receivers = round.submitted == 0 ? _bits(round.votedMask) : round.submitted;
        return round.slashShare * (receivers - expiredPaid[taskId]);
    }

    /// @dev Before it is settled a round holds its fines, less what was claimed; after that, the shares not claimed.
    function _owedOfRevealed(
        uint256 taskId,
        uint256 r,
        ITaskMarket.Task memory task,
        ITaskMarket.Round memory round
    ) private view returns (uint256 owed) {
        Fact storage fact = facts[taskId][r];
        bool shared = round.settled || round.dispute == ITaskMarket.Dispute.Overturned;
        if (!shared) {
            owed = fact.missPot + fact.harmPot;
            if (fact.ruling == 1) owed += task.params.challengeBond;
        }
        for (uint256 i = 0; i < task.trainerCount; ++i) {
            (, uint256 stake) = _dueTrainer(taskId, r, task, round.dispute, i);
            if (shared && !paidTrainer[taskId][r][i]) owed += stake;
            if (!shared && paidTrainer[taskId][r][i]) owed -= stake;
        }
        for (uint256 seat = 0; seat < 10; ++seat) {
            (, uint256 stake) = _dueSeat(round, seat);
            if (!paidSeat[taskId][r][seat]) owed += stake;
        }
    }

    function _lockedInTasks(address who) private view returns (uint256 locked) {
        for (uint256 id = 1; id <= market.taskCount(); ++id) {
            ITaskMarket.Task memory task = market.taskOf(id);
            uint256 number = market.trainerNumberOf(id, who);
            if (number != 0) locked += _stakeLeft(id, task, number - 1);
            for (uint256 r = 0; r <= task.round; ++r) {
                ITaskMarket.Round memory round = market.roundOf(id, r);
                bool bonded = round.dispute == ITaskMarket.Dispute.Open && round.challenger == who;
                if (bonded) locked += task.params.challengeBond;
            }
        }
    }

    function _stakeLeft(uint256 id, ITaskMarket.Task memory task, uint256 index) private view returns (uint256 stake) {
        ITaskMarket.Trainer memory trainer = market.trainerAt(id, index);
        if (trainer.left) return 0;
        stake = uint256(trainer.units) * task.params.unitStake;
        for (uint256 r = 0; r <= task.round; ++r) {
            if (market.roundOf(id, r).revealedAt != 0) stake -= _fineOf(id, r, task, index);
        }
    }

    function _lockedInSeats(address who) private view returns (uint256 locked) {
        for (uint256 id = 1; id <= committees.committeeCount(); ++id) {
            uint256 number = committees.seatNumberOf(id, who);
            if (number != 0) locked += committees.seatsOf(id)[number - 1].stake;
        }
    }

    function _openTasks(uint256 committeeId) private view returns (uint256 open, uint256 exposure) {
        for (uint256 id = 1; id <= market.taskCount(); ++id) {
            ITaskMarket.TaskParams memory params = market.taskOf(id).params;
            if (params.committeeId != committeeId || closed[id]) continue;
            ++open;
            uint256 rateWad = committees.stakePerRewardWad(committeeId, params.rewardToken);
            exposure += (params.pool * rateWad + WAD - 1) / WAD;
        }
    }

    /// @dev I5: the figures of a revealed round are those the words of its report give.
    function _checkFigures(uint256 taskId, uint256 r, ITaskMarket.Round memory round) private view {
        Fact storage fact = facts[taskId][r];
        same(round.basis, fact.basis, "I26 only new progress is paid");
        same(round.accepted, fact.accepted, "I5 accepted");
        same(round.totalScore, fact.totalScore, "I5 total score");
        same(round.harmPot, fact.harmPot, "I5 fines for harm");
        same(round.missShare, fact.accepted == 0 ? 0 : fact.missPot / fact.accepted, "I5 fines for missing");
    }
}

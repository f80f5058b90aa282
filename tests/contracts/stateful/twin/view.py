"""What the contracts' views would say, derived from the twin's facts."""

from typing import Any

from tests.contracts.driver import ABORTED
from tests.contracts.score_tree import MISSED, share, total

from ..ledger import View
from .facts import HARM, MISS, Round, Task
from .market import Market


def view_of(twin: Market, ledger: Any, donations: dict[tuple[str, str], int]) -> View:
    """`donations`: by token and receiver; the twin itself knows of none."""
    stake_token = ledger.stake_token.address
    held = {place: donations.get((stake_token, place), 0) for place in (ledger.vault.address, twin.address)}
    held[ledger.vault.address] += twin.vault.total_deposits() + twin.vault.pot
    return View(
        pot=twin.vault.pot,
        total_deposits=twin.vault.total_deposits(),
        stake_balances=held,
        stakes={who: _stakes(twin, who) for who in ledger.accounts},
        rewards=_rewards(twin, ledger, donations),
        committees={number: _committee(committee) for number, committee in twin.committees.items()},
        seats={
            (number, seat): _seat(committee, seat)
            for number, committee in twin.committees.items()
            for seat in range(len(committee.members))
        },
        tasks={number: _task(number, task) for number, task in twin.tasks.items()},
        rounds={
            (number, index): _round(twin, number, task, index)
            for number, task in twin.tasks.items()
            for index in range(len(task.rounds))
        },
        trainers={
            (number, index): _trainer(task, index)
            for number, task in twin.tasks.items()
            for index in range(len(task.trainers))
        },
        claimed={(number, who): _claimed(twin.tasks[number], who) for number, who in claimants_in(twin)},
    )


def claimants_in(twin: Market) -> list[tuple[int, str]]:
    return [
        (number, who)
        for number, task in twin.tasks.items()
        for who in dict.fromkeys([trainer.account for trainer in task.trainers] + task.committee.members)
    ]


def number_of(value: Any) -> int:
    """A field as the number its word holds."""
    if isinstance(value, str):
        return int(value, 16)
    return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)


def mask_of(seats: Any) -> int:
    return sum(1 << seat for seat in seats)


def _stakes(twin: Market, who: str) -> tuple[int, int, int]:
    locked = twin.vault.locked
    return twin.vault.free[who], locked[twin.address, who], locked[twin.committees_address, who]


def _rewards(twin: Market, ledger: Any, donations: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """What everybody began with is in `ledger.funds`."""
    balances = {}
    for token in (contract.address for contract in ledger.reward_tokens):
        escrowed = {who: 0 for who in ledger.accounts}
        for task in twin.tasks.values():
            if task.terms["rewardToken"] == token:
                escrowed[task.owner] += task.terms["pool"] + task.terms["rounds"] * task.terms["feePerRound"]
        paid = {who: twin.paid.get((token, who), 0) for who in ledger.accounts}
        for who in ledger.accounts:
            balances[token, who] = ledger.funds - escrowed[who] + paid[who]
        left = sum(escrowed.values()) - sum(paid.values())
        balances[token, twin.address] = left + donations.get((token, twin.address), 0)
    return balances


def _committee(committee: Any) -> dict[str, int]:
    charter, size = committee.charter, len(committee.members)
    names = ("exposureBps", "minCommitWindow", "minVoteWindow", "minFeeStake", "minChallengeBond", "seatStake")
    return {name: charter[name] for name in (*names, "faultPenalty")} | {
        "size": size,
        "enrolled": size,
        "retired": int(committee.retired),
        "openTasks": committee.open_tasks,
        "exposureStake": committee.exposure,
        "stakeTotal": sum(committee.stakes.values()),
    }


def _seat(committee: Any, seat: int) -> dict[str, int]:
    """The recipient is whatever the member said when he enrolled, before the run."""
    return {
        "account": int(committee.members[seat], 16),
        "stake": committee.stakes[seat],
        "left": int(seat in committee.left),
    }


def _task(number: int, task: Task) -> dict[str, int]:
    models = [data.report[1] for data in task.revealed() if data.report[0] == 0]
    return {f"params.{name}": number_of(value) for name, value in task.terms.items()} | {
        "owner": int(task.owner, 16),
        "status": task.status,
        "round": max(0, len(task.rounds) - 1),
        "trainerCount": len(task.trainers),
        "joinEndsAt": task.join_ends_at,
        "endRequested": int(task.end_requested),
        "progressWad": task.best_wad(),
        "released": task.released_in_all(),
        "refundable": task.refundable(),
        "unsettled": task.unsettled(),
        "committeeReleased": int(task.closed),
        "modelDigest": number_of(models[-1] if models else task.terms["modelDigest"]),
    }


def _round(twin: Market, number: int, task: Task, index: int) -> dict[str, int]:
    data = task.rounds[index]
    scored = data.report is not None and data.report[0] != ABORTED
    return {
        "openedAt": data.opened_at,
        "closesAt": task.closes_at(data),
        "commitEndsAt": task.commit_ends_at(data),
        "openEndsAt": task.open_ends_at(data),
        "voteEndsAt": task.vote_ends_at(data),
        "revealedAt": data.revealed_at,
        "submitted": len(data.submitted),
        "committedMask": mask_of(data.committed),
        "openedMask": mask_of(data.opened),
        "votedMask": mask_of(data.votes),
        "matchedMask": mask_of(data.matched()),
        "vouchedMask": mask_of(task.vouched(data)),
        "accepted": len(data.accepted()) if scored else 0,
        "quorumHash": number_of(data.quorum_hash or b""),
        "root": number_of(twin.tree(number, index).root()) if scored else 0,
        "released": task.released(data),
        "basis": task.basis(data),
        "remaining": task.remaining(data),
        "totalScore": total(data.scores()),
        "missShare": data.miss_share(),
        "harmPot": data.fined(HARM),
        "feeShare": task.fee_share(data),
        "slashShare": data.slash_share,
        "settled": int(data.settled),
        "dispute": data.dispute,
        "challenger": int(data.challenger or "0x0", 16),
        "disputedAt": data.disputed_at,
    }


def _trainer(task: Task, index: int) -> dict[str, int]:
    trainer = task.trainers[index]
    kinds = [data.fines[index][0] for data in task.rounds if index in data.fines]
    rounds = [number for number, data in enumerate(task.rounds) if index in data.submitted]
    return {
        "account": int(trainer.account, 16),
        "units": trainer.units,
        "missed": kinds.count(MISS),
        "harmed": kinds.count(HARM),
        "submittedRounds": max(rounds, default=-1) + 1,
        "left": int(trainer.left),
    }


def _claimed(task: Task, who: str) -> int:
    index, seat = task.index(who), task.committee.seat(who)
    if index is not None:
        return mask_of(number for number, data in enumerate(task.rounds) if index in data.claimed_by_trainer)
    return mask_of(number for number, data in enumerate(task.rounds) if seat in data.claimed_by_seat)


def unclaimed_rewards(task: Task) -> int:
    """What trainers may still draw, counted trainer by trainer."""
    return sum(
        task.reward(data, index)
        for data in task.revealed()
        if not data.void()
        for index in range(len(data.scores()))
        if index not in data.claimed_by_trainer
    )


def unclaimed_fees(task: Task) -> int:
    """What members are due of settled rounds, and whole fees of rounds that are not settled."""
    fee = task.terms["feePerRound"]
    due = 0
    for data in task.revealed():
        if not data.settled:
            due += fee
        elif not data.void():
            due += task.fee_share(data) * len(task.earners(data) - data.claimed_by_seat)
    return due


def named_in_pot(task: Task) -> int:
    """Every slashed wei of the task that waits in the vault's pot, by who will have it (I5)."""
    return sum(_named_in_round(task, data) for data in task.rounds)


def _named_in_round(task: Task, data: Round) -> int:
    if data.report is None:
        if data.submitted:
            return data.slash_share * len(data.submitted.keys() - data.claimed_by_trainer)
        return data.slash_share * len(data.votes.keys() - data.claimed_by_seat)
    if data.void():
        return sum(amount for index, (_, amount) in data.fines.items() if index not in data.claimed_by_trainer)
    scores = data.scores()
    trainers = sum(
        data.miss_share() + share(data.fined(HARM), score, scores)
        for index, score in enumerate(scores)
        if score != MISSED and index not in data.claimed_by_trainer
    )
    if data.settled:
        return trainers + data.slash_share * len(data.matched() - data.claimed_by_seat)
    return trainers + data.fine_dust() + (task.terms["challengeBond"] if data.bond_forfeited else 0)

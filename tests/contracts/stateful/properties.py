"""The properties that hold after every step, each with its number in INVARIANTS.md, said of what the chain shows.

They are written against the contracts' own views wherever these tell; the twin says only what the contracts keep in
bits that no view shows: which member of a task who also trains has had his fee, and who is meant by a share. I7, that
a donation changes nobody's pay, needs no function: the twin does not know of donations, and everything but the balance
is compared with it. I8, I6 and I12 are the way out (exit.py); I14, I15, I16, I18 and I27 are asserted by the rules.
"""

from tests.contracts.driver import CANCELLED, COMPLETED, FAILED, JOINING, OPEN, OVERTURNED, TRAINING

from .ledger import GAS_LIMIT, View
from .twin.view import named_in_pot, unclaimed_fees, unclaimed_rewards
from .world import World

NEXT = {
    JOINING: {JOINING, TRAINING, CANCELLED},
    TRAINING: {TRAINING, COMPLETED, FAILED},
    COMPLETED: {COMPLETED},
    FAILED: {FAILED},
    CANCELLED: {CANCELLED},
}


def rounds_of(view: View, task_id: int) -> list[dict[str, int]]:
    return [facts for (number, _), facts in view.rounds.items() if number == task_id]


def i1_every_token_is_accounted_for(world: World, view: View) -> None:
    for token in (contract.address for contract in world.ledger.reward_tokens):
        owed = 0
        for number, task in view.tasks.items():
            if world.twin.tasks[number].terms["rewardToken"] != token:
                continue
            if task["status"] in (JOINING, TRAINING):
                unrevealed = task["params.rounds"] - len(world.twin.tasks[number].revealed())
                owed += task["params.pool"] - task["released"] + unrevealed * task["params.feePerRound"]
            owed += task["refundable"] + sum(facts["remaining"] for facts in rounds_of(view, number))
            owed += unclaimed_fees(world.twin.tasks[number])
        donated = world.donations[token, world.twin.address]
        assert view.rewards[token, world.twin.address] == owed + donated
    vault, stake_token = world.ledger.vault.address, world.ledger.stake_token.address
    assert view.stake_balances[vault] == view.total_deposits + view.pot + world.donations[stake_token, vault]
    assert view.stake_balances[world.twin.address] == world.donations[stake_token, world.twin.address]


def i2_a_round_pays_what_it_released(world: World, view: View) -> None:
    for number, task in view.tasks.items():
        rounds = rounds_of(view, number)
        valid = [facts for facts in rounds if facts["dispute"] != OVERTURNED]
        assert sum(facts["released"] for facts in valid) == task["released"] <= task["params.pool"]
        assert all(0 <= facts["remaining"] <= facts["released"] <= facts["basis"] for facts in rounds)
        assert sum(facts["remaining"] for facts in rounds) == unclaimed_rewards(world.twin.tasks[number])


def i3_a_claim_stays_claimed(world: World, view: View, before: View) -> None:
    """What each claim pays is compared with the twin, to the wei; a second one is refused by both."""
    assert all(bits & ~view.claimed[key] == 0 for key, bits in before.claimed.items())


def i4_locks_are_what_tasks_and_seats_hold(world: World, view: View) -> None:
    assert sum(sum(parts) for parts in view.stakes.values()) == view.total_deposits
    by_market = dict.fromkeys(view.stakes, 0)
    for number, task in world.twin.tasks.items():
        for index, trainer in enumerate(task.trainers):
            if not view.trainers[number, index]["left"]:
                by_market[trainer.account] += task.stake_back(index)
        for data in task.rounds:
            if data.dispute == OPEN:
                by_market[data.challenger] += task.terms["challengeBond"]
    assert {who: parts[1] for who, parts in view.stakes.items()} == by_market
    by_committees = dict.fromkeys(view.stakes, 0)
    for (number, index), seat in view.seats.items():
        by_committees[world.twin.committees[number].members[index]] += seat["stake"]
    assert {who: parts[2] for who, parts in view.stakes.items()} == by_committees
    for number, committee in view.committees.items():
        open_tasks = [task for task in view.tasks.values() if task["params.committeeId"] == number]
        assert committee["openTasks"] == sum(not task["committeeReleased"] for task in open_tasks)


def i5_every_slashed_wei_has_a_receiver(world: World, view: View) -> None:
    assert view.pot == sum(named_in_pot(task) for task in world.twin.tasks.values())


def i9_status_and_windows_move_forward(world: World, view: View, before: View) -> None:
    for number, task in before.tasks.items():
        assert view.tasks[number]["status"] in NEXT[task["status"]]
        assert view.tasks[number]["round"] >= task["round"]
        assert view.tasks[number]["progressWad"] >= task["progressWad"]
    edges = ("openedAt", "closesAt", "commitEndsAt", "openEndsAt", "voteEndsAt")
    for facts in view.rounds.values():
        times = [facts[name] for name in edges]
        assert times == sorted(times) and facts["openEndsAt"] < facts["voteEndsAt"]


def i10_tasks_do_not_touch_each_other(world: World, view: View, before: View, touched: set[int]) -> None:
    for number, task in before.tasks.items():
        if number in touched:
            continue
        assert view.tasks[number] == task
        for parts, earlier in ((view.rounds, before.rounds), (view.trainers, before.trainers)):
            mine = {key: facts for key, facts in earlier.items() if key[0] == number}
            assert {key: parts[key] for key in mine} == mine
        assert all(view.claimed[key] == bits for key, bits in before.claimed.items() if key[0] == number)


def i11_calls_fit_a_transaction(world: World, view: View) -> None:
    assert all(gas < GAS_LIMIT for gas in world.gas.values())


def i13_only_members_vote_and_trainers_submit(world: World, view: View) -> None:
    for (number, _), facts in view.rounds.items():
        size = view.committees[view.tasks[number]["params.committeeId"]]["size"]
        assert (facts["votedMask"] | facts["committedMask"]) >> size == 0
        assert facts["openedMask"] & ~facts["committedMask"] == 0
        assert facts["matchedMask"] & ~facts["votedMask"] == 0
        assert facts["vouchedMask"] >> size == 0
        assert facts["submitted"] <= view.tasks[number]["trainerCount"]


def i15_what_is_revealed_had_quorum(world: World, view: View) -> None:
    for (number, index), facts in view.rounds.items():
        report = world.twin.tasks[number].rounds[index].report
        assert (report is None) == (facts["revealedAt"] == 0)
        if report is not None:
            assert int.from_bytes(world.twin.report_hash_of(number, index, report), "big") == facts["quorumHash"]


def i17_membership_and_quorum_stay(world: World, view: View, before: View) -> None:
    assert {key: seat["account"] for key, seat in view.seats.items()} == {
        key: seat["account"] for key, seat in before.seats.items()
    }
    for (number, index), facts in view.rounds.items():
        quorum = world.twin.tasks[number].committee.quorum()
        assert facts["matchedMask"].bit_count() >= (quorum if facts["quorumHash"] else 0)
        earlier = before.rounds.get((number, index), {}).get("quorumHash")
        assert not earlier or facts["quorumHash"] == earlier


def check_all(world: World, view: View, before: View, touched: set[int]) -> None:
    i1_every_token_is_accounted_for(world, view)
    i2_a_round_pays_what_it_released(world, view)
    i3_a_claim_stays_claimed(world, view, before)
    i4_locks_are_what_tasks_and_seats_hold(world, view)
    i5_every_slashed_wei_has_a_receiver(world, view)
    i9_status_and_windows_move_forward(world, view, before)
    i10_tasks_do_not_touch_each_other(world, view, before, touched)
    i11_calls_fit_a_transaction(world, view)
    i13_only_members_vote_and_trainers_submit(world, view)
    i15_what_is_revealed_had_quorum(world, view)
    i17_membership_and_quorum_stay(world, view, before)

"""The way out (I8, I12): from wherever it stands, time and calls that anyone can make end every task; then everybody
takes what is his, and the contracts hold what was donated to them and nothing else (I1, I6)."""

from tests.contracts.driver import DAY, OPEN, TRAINING

from .twin.facts import Round, Task
from .world import World

LONGER_THAN_ANY_WINDOW = 31 * DAY


def leave_nothing(world: World) -> None:
    for _ in range(3):
        world.travel(world.twin.now + LONGER_THAN_ANY_WINDOW)
        for task_id, task in world.twin.tasks.items():
            _push_on(world, task_id, task)
    for task_id, task in world.twin.tasks.items():
        assert task.is_over() and task.closed
        _claim_all(world, task_id, task)
    for number, committee in world.twin.committees.items():
        if not committee.retired:
            world.must("retire", committee.members[0], number)
        for seat, member in enumerate(committee.members):
            if seat not in committee.left:
                world.must("leave_committee", member, number)
    for account in world.ledger.accounts:
        if world.twin.vault.free[account]:
            world.must("withdraw", account, account, world.twin.vault.free[account])
    _check_empty(world)


def _push_on(world: World, task_id: int, task: Task) -> None:
    """What a stranger can do, and must be able to do, for this task."""
    if task.status < TRAINING:
        enough = len(task.trainers) >= task.terms["minTrainers"]
        world.must("start" if enough else "cancel", world.stranger, task_id)
    elif task.status == TRAINING and world.twin.now >= task.expires_at(task.rounds[-1]):
        world.must("expire", world.stranger, task_id)
    for round_, data in enumerate(task.rounds):
        if data.dispute == OPEN:
            world.must("lapse", world.stranger, task_id, round_)
        if data.report is not None and not data.settled:
            world.must("settle", world.stranger, task_id, round_)
    if task.is_over() and not task.closed:
        world.must("close", world.stranger, task_id)


def _claim_all(world: World, task_id: int, task: Task) -> None:
    """All rounds of a claimant in one call. Each claim either pays or had nothing to pay."""
    for index, trainer in enumerate(task.trainers):
        open_ = [number for number, data in enumerate(task.rounds) if _claimable(data.claimed_by_trainer, index, data)]
        claims = [world.claim_of(task_id, round_, index) for round_ in open_ if task.rounds[round_].scores()]
        world.act("claim", trainer.account, task_id, claims, trainer.account)
        world.act("claim_expired", trainer.account, task_id)
        if not trainer.left:
            world.must("leave", trainer.account, task_id)
    for seat, member in enumerate(task.committee.members):
        rounds = [number for number, data in enumerate(task.rounds) if _claimable(data.claimed_by_seat, seat, data)]
        world.act("claim_fees", member, task_id, rounds, member)
        world.act("claim_expired", member, task_id)
    world.act("refund", task.owner, task_id, task.owner)


def _claimable(claimed: set[int], who: int, data: Round) -> bool:
    return data.report is not None and who not in claimed


def _check_empty(world: World) -> None:
    view = world.view()
    assert view == world.expected()
    market = world.twin.address
    held = {(token.address, market): view.rewards[token.address, market] for token in world.ledger.reward_tokens}
    stake_token = world.ledger.stake_token.address
    held |= {(stake_token, place): amount for place, amount in view.stake_balances.items()}
    assert held == {key: world.donations[key] for key in held}
    assert view.pot == view.total_deposits == 0

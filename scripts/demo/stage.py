"""What every task of the demo goes through: being followed to its end, collected, and counted."""

import time

from rich.console import Console
from rich.live import Live

from deltaml.board import Snapshot, TaskReader
from deltaml.chain import Market
from scripts.demo.cast import Cast
from scripts.demo.live import finished_rounds, progress_table
from scripts.localnet import Localnet

TIMEOUT_SECONDS = 900
CLAIM_SECONDS = 120


class DemoError(Exception):
    """The demo did not do what the README promises."""


def follow(net: Localnet, reader: TaskReader, casts: list[Cast], console: Console) -> None:
    """Shows the tasks until both are final: a table redrawn in place, or in a log a line per finished round."""
    started = time.monotonic()
    shown: set[str] = set()
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        while True:
            block = net.chain.head()
            snapshots = [(cast.name, reader.snapshot(cast.task_id, block)) for cast in casts]
            seconds = time.monotonic() - started
            if console.is_terminal:
                live.update(progress_table(snapshots, seconds))
            else:
                lines = [line for name, snapshot in snapshots for line in finished_rounds(name, snapshot)]
                for line in lines:
                    if line not in shown:
                        console.print(f"{seconds:4.0f} s  {line}")
                shown.update(lines)
            if all(snapshot.is_final for _, snapshot in snapshots):
                return
            require_alive(net)
            if seconds > TIMEOUT_SECONDS:
                raise DemoError(f"not finished after {TIMEOUT_SECONDS} s; see {net.folder / 'logs'}")
            time.sleep(0.5)


def require_alive(net: Localnet) -> None:
    gone = [name for name, process in net.processes.items() if process.poll() not in (None, 0)]
    if gone:
        raise DemoError(f"these processes ended with an error, see {net.folder / 'logs'}: {', '.join(gone)}")


def collect(net: Localnet, reader: TaskReader, casts: list[Cast], console: Console) -> list[Snapshot]:
    """Turns the clock past every window, waits until all have collected, and refunds the owners."""
    longest = max(reader.snapshot(cast.task_id, net.chain.head()).task.params.vote_window for cast in casts)
    net.pass_time(2 * longest)
    console.print("training is over; the clock is turned past the challenge windows and everybody collects")
    deadline = time.monotonic() + CLAIM_SECONDS
    waiting = {person.name for cast in casts for person, _ in cast.trainers}
    while True:
        block = net.chain.head()
        snapshots = [reader.snapshot(cast.task_id, block) for cast in casts]
        waiting = {name for name in waiting if net.processes[name].poll() is None}
        unclaimed = {name for snapshot in snapshots for name in fees_left(reader.market, snapshot)}
        if not waiting and not unclaimed and all(snapshot.task.committee_released for snapshot in snapshots):
            break
        require_alive(net)
        if time.monotonic() > deadline:
            raise DemoError(f"not everybody collected: {sorted(waiting)}; fees wait for {sorted(unclaimed)}")
        time.sleep(0.5)
    for cast in casts:
        if reader.snapshot(cast.task_id, net.chain.head()).task.refundable:
            net.deltaml("task", "refund", str(cast.task_id), person=cast.owner)
    block = net.chain.head()
    return [reader.snapshot(cast.task_id, block) for cast in casts]


def fees_left(market: Market, snapshot: Snapshot) -> list[str]:
    """Members of the committee who have earned fees and not collected them yet."""
    block, task = snapshot.block, snapshot.task
    rounds = market.read_all([market.reads.round(snapshot.task_id, number) for number in snapshot.settled], block)
    left = []
    for seat, member in enumerate(market.seats(task.params.committee_id, block)):
        claimed = market.claimed_rounds(snapshot.task_id, member.account, block)
        for number, state in zip(snapshot.settled, rounds, strict=True):
            earned = state.fee_share and state.earner_mask >> seat & 1
            if earned and not claimed >> number & 1:
                left.append(member.account)
    return left


def balances(net: Localnet, casts: list[Cast]) -> dict[str, tuple[int, int]]:
    """Account -> wei of the stake token and of the reward token in the wallet."""
    market, block, where = Market(net.chain, net.deployment), net.chain.head(), net.deployment
    assert where.reward_token is not None
    accounts = [person.account for cast in casts for person, _ in cast.trainers]
    return {
        account: (
            market.token_balance(where.stake_token, account, block),
            market.token_balance(where.reward_token, account, block),
        )
        for account in accounts
    }

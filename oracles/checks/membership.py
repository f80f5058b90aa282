"""The account: its seats, its stake, its ether, and whether it looks at the chain often and deep enough."""

from collections.abc import Iterator

from deltaml.chain import Block, Market
from deltaml.chain.connection import parse_int
from deltaml.chain.types import CommitteeState, SeatState
from deltaml.connection import GWEI
from deltaml.errors import DeltaMLError
from deltaml.sealing import recipient_to_text
from oracles.checks.chain import seconds_per_block
from oracles.checks.finding import Finding, bad, good
from oracles.checks.keys import Holder
from oracles.gas import ROUND_GAS
from oracles.settings import Settings

ETHER = 10**18


def check(market: Market, holder: Holder, settings: Settings, rounds: int) -> Iterator[Finding]:
    """Everything that the chain says of the account and of this process's settings."""
    try:
        block = market.chain.head()
        yield from _gas(market, holder, settings, rounds)
        if holder.account is None:
            yield bad("membership", "not looked up: the account is not known", "mend the keystore first")
            return
        seats = list(_seats(market, holder.account, block))
        if not seats:
            remedy = "found a committee that names it, or use the account that a committee names"
            yield bad("membership", f"no committee names {holder.account}", remedy)
        for number, state, seat in seats:
            yield from _seat(market, holder, (number, state, seat), block)
            yield from _depth(market, settings, number, state, block)
    except DeltaMLError as error:
        yield bad("chain", str(error), "try again")


def _seats(market: Market, account: str, block: Block) -> Iterator[tuple[int, CommitteeState, SeatState]]:
    reads = market.reads
    count = market.committee_count(block)
    numbers = market.read_all([reads.seat_number(number, account) for number in range(1, count + 1)], block)
    for committee, number in enumerate(numbers, start=1):
        if number:
            state, seats = market.read_all([reads.committee(committee), reads.seats(committee)], block)
            yield committee, state, seats[number - 1]


def _seat(
    market: Market, holder: Holder, place: tuple[int, CommitteeState, SeatState], block: Block
) -> Iterator[Finding]:
    number, state, seat = place
    subject = f"committee {number}"
    if seat.left:
        yield good(subject, "this account has left it")
        return
    if not any(seat.recipient):
        free = market.free_of(seat.account, block)
        token = market.deployment.stake_token
        held = market.token_balance(token, seat.account, block)
        said = f"it names this account, which is not enrolled; enrolling locks {_tokens(state.seat_stake)} of stake"
        said += f", free in the vault: {_tokens(free)}, in the account: {_tokens(held)}"
        short = state.seat_stake - free - held
        first = f"send {_tokens(short)} stake tokens ({token}) to {seat.account}, then " if short > 0 else ""
        yield bad(subject, said, f"{first}deltaml committee enroll {number}")
        return
    if holder.recipient is not None and seat.recipient != holder.recipient:
        said = f"enrolled with recipient {recipient_to_text(seat.recipient)}"
        mine = f"the identity file holds {recipient_to_text(holder.recipient)}: no blob would open"
        yield bad(subject, f"{said}, {mine}", "use the identity file that was enrolled with")
    if state.enrolled < state.size:
        yield good(subject, f"{state.enrolled} of {state.size} members are enrolled; tasks can come when all are")
    elif state.retired:
        yield good(subject, f"retired, {state.open_tasks} tasks still open")
    else:
        yield good(subject, f"complete, {state.open_tasks} tasks open")
    if seat.stake < state.fault_penalty:
        said = f"the seat's stake is down to {_tokens(seat.stake)}, a missed vote costs {_tokens(state.fault_penalty)}"
        yield bad("stake", said, "found a new committee and enrol with fresh stake; this seat has no more to lose")
    else:
        free, locked = market.read_all(
            [market.reads.free_of(seat.account), market.reads.locked_of(seat.account)], block
        )
        said = f"{_tokens(seat.stake)} at the seat; in the vault {_tokens(locked)} locked, {_tokens(free)} free"
        yield good("stake", said)


def _depth(market: Market, settings: Settings, number: int, state: CommitteeState, block: Block) -> Iterator[Finding]:
    """A member must not miss a window: a quarter of the shortest is for looking, the rest for work."""
    delay = settings.confirmations * seconds_per_block(market.chain, block) + settings.tick_seconds
    window = min(state.min_commit_window, state.min_vote_window)
    why = f"{settings.confirmations} confirmations, tick {settings.tick_seconds:g} s"
    said = f"this process acts up to {delay:.0f} s late ({why})"
    if delay > window / 4:
        remedy = "take fewer --confirmations or a shorter --tick-seconds"
        yield bad("confirmations", f"{said}, and committee {number} has windows from {window} s", remedy)
    else:
        yield good("confirmations", f"{said}, committee {number} has windows from {window} s")


def _gas(market: Market, holder: Holder, settings: Settings, rounds: int) -> Iterator[Finding]:
    price = parse_int(market.chain.request("eth_gasPrice"))
    cap = settings.connection.max_fee_gwei * GWEI
    if price > cap:
        said = f"gas costs {price / GWEI:g} gwei now, --max-fee-gwei allows {settings.connection.max_fee_gwei}"
        yield bad("gas price", said, "raise --max-fee-gwei, or nothing will be sent while gas is dear")
    else:
        yield good("gas price", f"{price / GWEI:g} gwei now, the cap is {settings.connection.max_fee_gwei}")
    if holder.account is None or settings.connection.keystore is None:
        return
    balance = parse_int(market.chain.request("eth_getBalance", [holder.account, "latest"]))
    needed = rounds * ROUND_GAS * price
    said = f"{balance / ETHER:.6f} ether; {rounds} rounds of {ROUND_GAS:,} gas cost {needed / ETHER:.6f}"
    if balance < max(needed, 1):
        yield bad("ether", said, f"send ether to {holder.account}")
    else:
        yield good("ether", said)


def _tokens(wei: int) -> str:
    return f"{wei / ETHER:,.6f}".rstrip("0").rstrip(".")

"""`deltaml committee`: founding one, taking a seat, looking at it."""

from typing import Annotated

import typer
from rich.table import Table

from deltaml.chain import calls
from deltaml.chain.events import CommitteeFounded
from deltaml.chain.types import Charter, CommitteeState
from deltaml.client.cli.connection import agree, connection_of, console
from deltaml.client.cli.stake import require_stake_tokens
from deltaml.client.money import from_wei, to_wei
from deltaml.sealing import recipient_to_text

app = typer.Typer(help="Committees of oracles.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="committee number")]


@app.command()
def found(
    ctx: typer.Context,
    members: Annotated[list[str], typer.Argument(help="4, 7 or 10 addresses in seat order")],
    seat_stake: Annotated[float, typer.Option(help="whole stake tokens each seat locks")] = 100.0,
    fault_penalty: Annotated[float, typer.Option(help="whole stake tokens a missed or wrong vote costs")] = 1.0,
    exposure_bps: Annotated[int, typer.Option(help="kappa of R6b: open pools by stake; 10000 is 1")] = 10_000,
    min_commit_seconds: Annotated[int, typer.Option(help="shortest commit window it works with")] = 60,
    min_vote_seconds: Annotated[int, typer.Option(help="shortest vote window it works with")] = 600,
    min_fee: Annotated[float, typer.Option(help="least fee per round, in whole stake tokens")] = 0.0,
    min_challenge_bond: Annotated[float, typer.Option(help="least bond of a challenge, in whole stake tokens")] = 0.0,
    arbiter: Annotated[list[str] | None, typer.Option(help="an arbiter it accepts; may be repeated")] = None,
    reward_token: Annotated[str | None, typer.Option(help="accepted token; default: the deployment's")] = None,
    stake_per_reward: Annotated[float, typer.Option(help="stake tokens that one reward token is worth")] = 1.0,
) -> None:
    """Writes a committee's charter; its members then enrol one by one."""
    session = connection_of(ctx).sign()
    charter = Charter(
        members=tuple(members),
        seat_stake=to_wei(seat_stake),
        fault_penalty=to_wei(fault_penalty),
        exposure_bps=exposure_bps,
        min_commit_window=min_commit_seconds,
        min_vote_window=min_vote_seconds,
        min_fee_stake=to_wei(min_fee),
        min_challenge_bond=to_wei(min_challenge_bond),
        arbiters=tuple(arbiter or ()),
        reward_tokens=(reward_token or session.reward_token,),
        stake_per_reward_wad=(to_wei(stake_per_reward),),
    )
    receipt = session.writer.send(calls.found(session.deployment, charter))
    events = receipt.events if receipt else ()
    console.print(f"committee {next(event.committee_id for event in events if isinstance(event, CommitteeFounded))}")


@app.command()
def enroll(
    ctx: typer.Context,
    committee: Number,
    yes: Annotated[bool, typer.Option("--yes", help="agree without being asked")] = False,
) -> None:
    """Takes your seat, after showing what it binds you to: deposits what the seat stake lacks and publishes your age
    recipient."""
    session, identity = connection_of(ctx).sign(), connection_of(ctx).identity()
    where, block = session.deployment, session.chain.head()
    state = session.market.committee(committee, block)
    print_charter(state)
    agree(f"Enrol in committee {committee} with a stake of {from_wei(state.seat_stake)}?", yes)
    missing = state.seat_stake - session.market.free_of(session.account, block)
    if missing > 0:
        require_stake_tokens(session, missing)
        session.writer.send(calls.approve(where.stake_token, where.vault, missing))
        session.writer.send(calls.deposit(where, session.account, missing))
    session.writer.send(calls.enroll(where, committee, identity.recipient))
    console.print(f"enrolled in committee {committee}")


@app.command()
def retire(
    ctx: typer.Context,
    committee: Number,
    yes: Annotated[bool, typer.Option("--yes", help="agree without being asked")] = False,
) -> None:
    """Ends a committee for all its members: it takes no new task, and those that are open go on."""
    agree(f"Retire committee {committee}? Nobody can undo this.", yes)
    session = connection_of(ctx).sign()
    session.writer.send(calls.retire(session.deployment, committee))
    console.print(f"committee {committee} is retired")


@app.command()
def leave(ctx: typer.Context, committee: Number) -> None:
    """Frees your seat's stake, once the committee is retired and its last task closed; `stake withdraw` takes it."""
    session = connection_of(ctx).sign()
    session.writer.send(calls.leave_committee(session.deployment, committee))
    console.print(f"left committee {committee}")


@app.command()
def show(ctx: typer.Context, committee: Number) -> None:
    """Seats, stakes and open tasks."""
    market = connection_of(ctx).market()
    block = market.chain.head()
    state = market.committee(committee, block)
    table = Table("seat", title=f"Committee {committee}")
    # Half an address is none: what is too long for the terminal goes on in the next line.
    for name in ("account", "stake", "recipient"):
        table.add_column(name, overflow="fold")
    for index, seat in enumerate(market.seats(committee, block)):
        known = recipient_to_text(seat.recipient) if any(seat.recipient) else "not enrolled"
        table.add_row(str(index), seat.account, from_wei(seat.stake), known)
    console.print(table)
    print_charter(state)
    limit = state.stake_total * state.exposure_bps // 10_000
    console.print(f"open tasks {state.open_tasks}; open pools {from_wei(state.exposure_stake)} of {from_wei(limit)}")


def print_charter(state: CommitteeState) -> None:
    """What members are bound to. The lists of arbiters and tokens are in the event CharterAccepts."""
    console.print(
        f"a seat stakes {from_wei(state.seat_stake)}, a missed or wrong vote costs {from_wei(state.fault_penalty)}; "
        f"open pools may reach {state.exposure_bps / 10_000:g} times the stake"
    )
    fee, bond = from_wei(state.min_fee_stake), from_wei(state.min_challenge_bond)
    console.print(
        f"of its tasks it asks commit windows from {state.min_commit_window} s, vote windows from "
        f"{state.min_vote_window} s, fees worth {fee} a round and, with an arbiter, challenge bonds from {bond}"
    )

"""`deltaml stake`: deposits in the vault."""

from typing import Annotated

import typer

from deltaml.chain import calls
from deltaml.client.cli.connection import connection_of, console
from deltaml.client.money import from_wei, to_wei
from deltaml.connection import Session
from deltaml.errors import InvalidInput

app = typer.Typer(help="Stake in the vault.", no_args_is_help=True)


@app.command()
def deposit(ctx: typer.Context, amount: Annotated[float, typer.Argument(help="whole stake tokens")]) -> None:
    """Approves and deposits stake tokens."""
    session = connection_of(ctx).sign()
    wei, where = to_wei(amount), session.deployment
    require_stake_tokens(session, wei)
    session.writer.send(calls.approve(where.stake_token, where.vault, wei))
    session.writer.send(calls.deposit(where, session.account, wei))
    console.print(f"deposited {from_wei(wei)}")


def require_stake_tokens(session: Session, wei: int) -> None:
    """Raises InvalidInput when the account has fewer: the token's own refusal says neither which token nor what for."""
    token = session.deployment.stake_token
    held = session.market.token_balance(token, session.account, session.chain.head())
    if held < wei:
        raise InvalidInput(
            f"{session.account} has {from_wei(held)} stake tokens, this deposits {from_wei(wei)}; "
            f"send it the rest (the token is {token}) and try again"
        )


@app.command()
def withdraw(ctx: typer.Context) -> None:
    """Takes back everything that is not locked."""
    session = connection_of(ctx).sign()
    free = session.market.free_of(session.account, session.chain.head())
    if not free:
        raise InvalidInput("nothing is free; stake comes free when tasks are closed")
    session.writer.send(calls.withdraw(session.deployment, session.account, free))
    console.print(f"withdrew {from_wei(free)}")

"""The `deltaml` command: keys, stake, committees, tasks and the trainer's agent."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table as RichTable

from deltaml.board import Snapshot, StateReader, TaskReader, read_spec
from deltaml.chain import (
    Chain,
    Deployment,
    Market,
    Sender,
    Writer,
    calls,
    connect,
    create_keystore,
    load_account,
    load_deployment,
)
from deltaml.chain.events import CommitteeFounded
from deltaml.chain.types import Charter
from deltaml.client import owner
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.errors import DeltaMLError, InvalidInput, Unavailable
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from deltaml.protocol.spec import MICRO, TaskSpec
from deltaml.sealing import Identity, recipient_to_text
from deltaml.storage import IpfsStore, cid_from_digest

app = typer.Typer(
    help="Train models on data that never leaves its owner.", no_args_is_help=True, pretty_exceptions_enable=False
)
task_app = typer.Typer(help="Model owner: post, watch and fetch.", no_args_is_help=True)
trainer_app = typer.Typer(help="Data owner: train on a file that stays here.", no_args_is_help=True)
stake_app = typer.Typer(help="Stake in the vault.", no_args_is_help=True)
committee_app = typer.Typer(help="Committees of oracles.", no_args_is_help=True)
key_app = typer.Typer(help="Keys.", no_args_is_help=True)
app.add_typer(task_app, name="task")
app.add_typer(trainer_app, name="trainer")
app.add_typer(stake_app, name="stake")
app.add_typer(committee_app, name="committee")
app.add_typer(key_app, name="key")

console = Console()

Rpc = Annotated[str, typer.Option("--rpc", envvar="DELTAML_RPC", help="Ethereum JSON-RPC URL")]
DeploymentFile = Annotated[
    Path | None, typer.Option("--deployment", envvar="DELTAML_DEPLOYMENT", help="default: deployments/<chain id>.json")
]
Ipfs = Annotated[str, typer.Option("--ipfs", envvar="DELTAML_IPFS", help="multiaddr of the IPFS RPC port")]
Keystore = Annotated[Path, typer.Option("--keystore", envvar="DELTAML_KEYSTORE", help="encrypted account key")]
Passphrase = Annotated[
    Path | None, typer.Option(envvar="DELTAML_PASSPHRASE_FILE", help="asked for when not given", exists=True)
]
IdentityFile = Annotated[
    Path, typer.Option("--identity", envvar="DELTAML_IDENTITY", help="age identity file", exists=True, dir_okay=False)
]
MaxFee = Annotated[int, typer.Option("--max-fee-gwei", envvar="DELTAML_MAX_FEE_GWEI", min=1)]
Yes = Annotated[bool, typer.Option("--yes", help="agree without being asked")]
TaskId = Annotated[int, typer.Argument(help="task number")]

RPC_DEFAULT = "http://127.0.0.1:8545"
IPFS_DEFAULT = "/ip4/127.0.0.1/tcp/5001"
IPFS_TIMEOUT_SECONDS = 15.0
MAX_FEE_GWEI = 200
WEI = 10**18


@dataclass(frozen=True)
class Session:
    """An open connection, with a key when the command writes."""

    chain: Chain
    market: Market
    writer: Writer
    account: str

    @property
    def deployment(self) -> Deployment:
        return self.market.deployment


def _open(rpc: str, deployment: Path | None) -> Market:
    chain = connect(rpc)
    return Market(chain, load_deployment(chain.chain_id, deployment))


def _sign(rpc: str, deployment: Path | None, keystore: Path, passphrase_file: Path | None, max_fee: int) -> Session:
    market = _open(rpc, deployment)
    key = load_account(keystore, passphrase_file)
    sender = Sender(market.chain, key, max_fee_per_gas_wei=max_fee * 10**9)
    return Session(market.chain, market, sender, str(key.address))


def _tokens(wei: int) -> str:
    return f"{wei / WEI:,.6f}".rstrip("0").rstrip(".")


def _agree(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        raise typer.Abort


# ---------------------------------------------------------------------- keys


@key_app.command("new")
def key_new(
    folder: Annotated[Path, typer.Argument(help="folder for keystore.json and identity.txt")],
    passphrase_file: Passphrase = None,
    light: Annotated[bool, typer.Option(help="weak key derivation, for tests")] = False,
) -> None:
    """Draws an account and an age identity and writes both, readable by you only."""
    if passphrase_file is None:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    else:
        passphrase = passphrase_file.read_text("utf-8").rstrip("\r\n")
    if (folder / "identity.txt").exists():
        raise InvalidInput(f"{folder / 'identity.txt'} exists; keys are never overwritten, choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    address = create_keystore(folder / "keystore.json", passphrase, light=light)
    identity = Identity.generate()
    identity.to_file(folder / "identity.txt")
    console.print(f"account   {address}\nrecipient {recipient_to_text(identity.recipient)}")


# ---------------------------------------------------------------------- stake


@stake_app.command("deposit")
def stake_deposit(
    amount: Annotated[float, typer.Argument(help="whole stake tokens")],
    keystore: Keystore,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """Approves and deposits stake tokens."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    wei, where = round(amount * MICRO) * (WEI // MICRO), session.deployment
    session.writer.send(calls.approve(where.stake_token, where.vault, wei))
    session.writer.send(calls.deposit(where, session.account, wei))
    console.print(f"deposited {_tokens(wei)}")


@stake_app.command("withdraw")
def stake_withdraw(
    keystore: Keystore,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """Takes back everything that is not locked."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    free = session.market.free_of(session.account, session.chain.head())
    if not free:
        raise InvalidInput("nothing is free; stake comes free when tasks are closed")
    session.writer.send(calls.withdraw(session.deployment, session.account, free))
    console.print(f"withdrew {_tokens(free)}")


# ---------------------------------------------------------------------- committees


@committee_app.command("found")
def committee_found(
    members: Annotated[list[str], typer.Argument(help="4, 7 or 10 addresses in seat order")],
    keystore: Keystore,
    seat_stake: Annotated[float, typer.Option(help="whole stake tokens each seat locks")] = 100.0,
    fault_penalty: Annotated[float, typer.Option(help="whole stake tokens a missed or wrong vote costs")] = 1.0,
    exposure_bps: Annotated[int, typer.Option(help="kappa of R6b: open pools by stake; 10000 is 1")] = 10_000,
    reward_token: Annotated[str | None, typer.Option(help="accepted token; default: the deployment's")] = None,
    stake_per_reward: Annotated[float, typer.Option(help="stake tokens that one reward token is worth")] = 1.0,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """Writes a committee's charter; its members then enrol one by one."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    token = reward_token or session.deployment.reward_token
    if token is None:
        raise InvalidInput("the deployment names no reward token; give --reward-token")
    charter = Charter(
        members=tuple(members),
        seat_stake=round(seat_stake * MICRO) * (WEI // MICRO),
        fault_penalty=round(fault_penalty * MICRO) * (WEI // MICRO),
        exposure_bps=exposure_bps,
        reward_tokens=(token,),
        stake_per_reward_wad=(round(stake_per_reward * MICRO) * (WEI // MICRO),),
    )
    receipt = session.writer.send(calls.found(session.deployment, charter))
    events = receipt.events if receipt else ()
    console.print(f"committee {next(e.committee_id for e in events if isinstance(e, CommitteeFounded))}")


@committee_app.command("enroll")
def committee_enroll(
    committee: Annotated[int, typer.Argument(help="committee number")],
    keystore: Keystore,
    identity: IdentityFile,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """Takes your seat: deposits what is missing of the seat stake and publishes your age recipient."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    where, block = session.deployment, session.chain.head()
    missing = session.market.committee(committee, block).seat_stake - session.market.free_of(session.account, block)
    if missing > 0:
        session.writer.send(calls.approve(where.stake_token, where.vault, missing))
        session.writer.send(calls.deposit(where, session.account, missing))
    session.writer.send(calls.enroll(where, committee, Identity.from_file(identity).recipient))
    console.print(f"enrolled in committee {committee}")


@committee_app.command("show")
def committee_show(
    committee: Annotated[int, typer.Argument(help="committee number")],
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
) -> None:
    """Seats, stakes and open tasks."""
    market = _open(rpc, deployment)
    block = market.chain.head()
    state = market.committee(committee, block)
    table = RichTable("seat", "account", "stake", "recipient", title=f"Committee {committee}")
    for index, seat in enumerate(market.seats(committee, block)):
        known = recipient_to_text(seat.recipient) if any(seat.recipient) else "not enrolled"
        table.add_row(str(index), seat.account, _tokens(seat.stake), known)
    console.print(table)
    limit = state.stake_total * state.exposure_bps // 10_000
    console.print(f"open tasks {state.open_tasks}; open pools {_tokens(state.exposure_stake)} of {_tokens(limit)}")


# ---------------------------------------------------------------------- tasks


@task_app.command("post")
def task_post(
    draft: Annotated[Path, typer.Argument(help="task file (TOML), see docs/task.toml")],
    validation: Annotated[Path, typer.Option(help="CSV with the validation set; sealed to the committee")],
    keystore: Keystore,
    identity: IdentityFile,
    ipfs: Ipfs = IPFS_DEFAULT,
    reward_token: Annotated[str | None, typer.Option(help="default: the deployment's")] = None,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
    yes: Yes = False,
) -> None:
    """Seals the validation set, publishes specification and initial model, escrows pool and fees."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    token = reward_token or session.deployment.reward_token
    if token is None:
        raise InvalidInput("the deployment names no reward token; give --reward-token")
    plan = owner.Draft.read(draft)
    prepared = owner.prepare(plan, Table.read(validation), Identity.from_file(identity).recipient)
    committee = plan.get("market", "committee", int)
    seats = session.market.seats(committee, session.chain.head())
    if any(not any(seat.recipient) for seat in seats):
        raise InvalidInput(f"committee {committee} is not complete: not all of its members have enrolled")
    store = IpfsStore(ipfs, IPFS_TIMEOUT_SECONDS)
    params = owner.make_params(plan, token, *owner.publish_task(prepared, seats, store))
    escrow = params.pool + params.rounds * params.fee_per_round
    _agree(f"Post {prepared.spec.name!r} and escrow {_tokens(escrow)}?", yes)
    console.print(f"task {owner.post(session.market, session.writer, params, session.account)}")


@task_app.command("list")
def task_list(rpc: Rpc = RPC_DEFAULT, deployment: DeploymentFile = None) -> None:
    """All tasks."""
    market = _open(rpc, deployment)
    block = market.chain.head()
    table = RichTable("task", "status", "round", "trainers", "pool", "released", "committee")
    for task_id in range(1, market.task_count(block) + 1):
        task = market.task(task_id, block)
        table.add_row(
            str(task_id),
            market.status(task_id, block).name.lower(),
            f"{task.round + 1}/{task.params.rounds}",
            f"{task.trainer_count}/{task.params.max_trainers}",
            _tokens(task.params.pool),
            _tokens(task.released),
            str(task.params.committee_id),
        )
    console.print(table)


@task_app.command("show")
def task_show(
    task: TaskId, rpc: Rpc = RPC_DEFAULT, deployment: DeploymentFile = None, ipfs: Ipfs = IPFS_DEFAULT
) -> None:
    """What a task asks for and how it stands, scores by round and trainer."""
    market = _open(rpc, deployment)
    snapshot = TaskReader(market).snapshot(task, market.chain.head())
    spec = read_spec(IpfsStore(ipfs, IPFS_TIMEOUT_SECONDS), snapshot.task.params.spec_digest)
    _print_task(snapshot, spec)


def _print_task(snapshot: Snapshot, spec: TaskSpec) -> None:
    params = snapshot.task.params
    console.print(f"[bold]{spec.name}[/bold]: {spec.purpose}")
    console.print(f"{spec.family} on {len(spec.columns)} columns, predicting {spec.target.name}")
    console.print(
        f"status {snapshot.status.name.lower()}, round {snapshot.task.round + 1} of {params.rounds}, "
        f"progress {snapshot.task.progress_wad / WEI:.1%}, released {_tokens(snapshot.task.released)} of "
        f"{_tokens(params.pool)}"
    )
    console.print(
        f"a unit of stake is {_tokens(params.unit_stake)}; a missed round costs {_tokens(params.miss_penalty)}"
    )
    console.print(f"specification {cid_from_digest(params.spec_digest)}")
    table = RichTable("trainer", "units", *(str(number) for number in sorted(snapshot.reveals)))
    rows = {number: unpack_scores(event.scores) for number, event in sorted(snapshot.reveals.items())}
    for index, trainer in enumerate(snapshot.trainers):
        cells = [_score(scores[index], sum(scores_of(scores))) if scores else "" for scores in rows.values()]
        table.add_row(trainer.account, str(trainer.units), *cells)
    console.print(table)


def scores_of(words: list[int]) -> list[int]:
    """Score words with the two marks taken as zero."""
    return [word if word < HARMFUL else 0 for word in words]


def _score(word: int, total: int) -> str:
    if word == MISSED:
        return "missed"
    if word == HARMFUL:
        return "harmful"
    return f"{word / total:.1%}" if total else "0"


@task_app.command("fetch-model")
def task_fetch_model(
    task: TaskId,
    identity: IdentityFile,
    out: Annotated[Path, typer.Option(help="where to write the model (JSON)")] = Path("model.json"),
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    ipfs: Ipfs = IPFS_DEFAULT,
) -> None:
    """Decrypts the newest agreed model and writes it as JSON."""
    market = _open(rpc, deployment)
    store = IpfsStore(ipfs, IPFS_TIMEOUT_SECONDS)
    snapshot = TaskReader(market).snapshot(task, market.chain.head())
    spec = read_spec(store, snapshot.task.params.spec_digest)
    state = owner.final_state(snapshot, spec, StateReader(store, Identity.from_file(identity)))
    out.write_text(owner.export_model(spec, state), "utf-8")
    console.print(
        f"{out}: {spec.family} after {state.round} rounds, {spec.model().metric_name} {state.metric_micro / MICRO:.4f}"
    )


@task_app.command("predict")
def task_predict(
    model: Annotated[Path, typer.Argument(help="model written by fetch-model", exists=True, dir_okay=False)],
    data: Annotated[Path, typer.Option(help="CSV with the model's columns")],
) -> None:
    """Predicts one line per row of a CSV file."""
    for answer in owner.predict(model.read_text("utf-8"), Table.read(data)):
        typer.echo(answer)


@task_app.command("end")
def task_end(
    task: TaskId,
    keystore: Keystore,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """No round after the current one."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    session.writer.send(calls.end(session.deployment, task))
    console.print(f"task {task} ends with its current round")


@task_app.command("refund")
def task_refund(
    task: TaskId,
    keystore: Keystore,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
) -> None:
    """Collects what was not earned."""
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    wei = session.market.task(task, session.chain.head()).refundable
    session.writer.send(calls.refund(session.deployment, task, session.account))
    console.print(f"refunded {_tokens(wei)}")


# ---------------------------------------------------------------------- trainers


@trainer_app.command("run")
def trainer_run(
    task: Annotated[int, typer.Option(help="the task you agree to take part in")],
    data: Annotated[Path, typer.Option(help="CSV file; it stays on this machine")],
    keystore: Keystore,
    identity: IdentityFile,
    units: Annotated[int, typer.Option(min=1, help="stake units")] = 1,
    noise: Annotated[float, typer.Option(min=0, help="least noise per weight, whatever the task asks for")] = 0.0,
    keep_updates: Annotated[Path | None, typer.Option(help="keep a copy of every update here")] = None,
    tick_seconds: Annotated[float, typer.Option(min=0.1)] = 4.0,
    ipfs: Ipfs = IPFS_DEFAULT,
    rpc: Rpc = RPC_DEFAULT,
    deployment: DeploymentFile = None,
    passphrase_file: Passphrase = None,
    max_fee_gwei: MaxFee = MAX_FEE_GWEI,
    yes: Yes = False,
) -> None:
    """Joins a task, trains when a round opens, and collects at the end."""
    market = _open(rpc, deployment)
    store = IpfsStore(ipfs, IPFS_TIMEOUT_SECONDS)
    state = market.task(task, market.chain.head())
    spec = read_spec(store, state.params.spec_digest)
    stake, table = state.params.unit_stake * units, Table.read(data)
    console.print(f"[bold]{spec.name}[/bold]: {spec.purpose}")
    console.print(f"columns used: {', '.join(column.name for column in spec.columns)}; target: {spec.target.name}")
    console.print(f"up to {state.params.rounds} updates of norm {spec.clip_norm} leave this machine, under encryption")
    _agree(f"Take part with {table.n_rows} rows and a stake of {_tokens(stake)}?", yes)
    session = _sign(rpc, deployment, keystore, passphrase_file, max_fee_gwei)
    agent = TrainerAgent(
        session.chain,
        session.market,
        session.writer,
        store,
        Identity.from_file(identity),
        session.account,
        Consent(task, units, round(noise * MICRO)),
        table,
        keep_updates,
    )
    work(agent, tick_seconds)


def work(agent: Any, tick_seconds: float) -> None:
    """Ticks an agent until it has nothing left to do."""
    while not agent.tick():
        time.sleep(tick_seconds)


def configure_logs() -> None:
    """JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def main() -> None:
    """Entry point: one sentence instead of a traceback for what is expected to happen."""
    configure_logs()
    try:
        app()
    except Unavailable as error:
        sys.exit(f"not available now, try again: {error}")
    except DeltaMLError as error:
        sys.exit(f"error: {error}")

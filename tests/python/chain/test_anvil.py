"""Against a real node: blocks, replacements, reverts, logs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from deltaml.chain import calls
from deltaml.chain.abi import method
from deltaml.chain.connection import Block, Chain
from deltaml.chain.deployment import Deployment
from deltaml.chain.errors import NodeError, NodeUnreachable, Reverted, TransactionPending
from deltaml.chain.event_log import EventLog
from deltaml.chain.events import RoundOpened
from deltaml.chain.market import Market
from deltaml.chain.nodes import connect
from deltaml.chain.sender import Sender
from deltaml.protocol.hashes import work_commitment
from deltaml.protocol.score_tree import leaf
from tests.python.chain.anvil import DEPLOYER, DEPLOYER_KEY, anvil, bytecode, deploy
from tests.python.chain.fake_pool import FakeClock
from tests.python.chain.people import ALICE, DEPLOYMENT

pytestmark = pytest.mark.integration

CAP = 10**11


@pytest.fixture(scope="module")
def node() -> Iterator[Chain]:
    with anvil() as (_, chain):
        yield chain


@pytest.fixture
def chain(node: Chain) -> Iterator[Chain]:
    snapshot = node.request("evm_snapshot")
    yield node
    node.request("evm_revert", [snapshot])
    node.request("evm_setAutomine", [True])


@pytest.fixture
def deployment(chain: Chain) -> Deployment:
    probe = deploy(chain, bytecode(Path(__file__).with_name("Probe.sol"), "Probe"))
    return replace(DEPLOYMENT, market=probe, block_number=chain.head().number)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sender(chain: Chain) -> Sender:
    """On the real clock, for a node that mines by itself."""
    return Sender(chain, Account.from_key(DEPLOYER_KEY), CAP, poll_seconds=0.01)


@pytest.fixture
def patient(chain: Chain, clock: FakeClock) -> Sender:
    """On the test's clock, for a node that mines when the test says so."""
    chain.request("evm_setAutomine", [False])
    return with_clock(chain, clock)


def with_clock(chain: Chain, clock: FakeClock) -> Sender:
    return Sender(chain, Account.from_key(DEPLOYER_KEY), CAP, 60, poll_seconds=1, sleep=clock.sleep, clock=clock)


def mine(chain: Chain, count: int, seconds_apart: int = 12) -> None:
    chain.request("anvil_mine", [hex(count), hex(seconds_apart)])


def test_head_and_blocks(chain: Chain) -> None:
    assert chain.chain_id == 31337
    mine(chain, 5)
    head = chain.head()
    assert chain.head(confirmations=3) == chain.block(head.number - 3)
    assert head.timestamp - chain.block(head.number - 1).timestamp == 12


def test_first_block_after(chain: Chain) -> None:
    mine(chain, 40)
    head = chain.head()
    wanted = chain.block(head.number - 17)
    for early in (1, 12):
        assert chain.first_block_after(wanted.timestamp - early, 0, head.number) == wanted
    assert chain.first_block_after(head.timestamp, 0, head.number) is None


def test_reads_are_pinned_by_number_and_by_hash(chain: Chain, deployment: Deployment, sender: Sender) -> None:
    market = Market(chain, deployment)
    before = chain.head()
    sender.send(calls.start(deployment, 1))
    after = chain.head()
    assert [market.task_count(at) for at in (before, after, before.number, after.number)] == [0, 1, 0, 1]
    assert market.read_all([market.reads.task_count()] * 3, after) == (1, 1, 1)
    with pytest.raises(NodeError):
        market.task_count(Block(after.number, b"\x01" * 32, 0))


def test_receipt_carries_cost_and_events(chain: Chain, deployment: Deployment, sender: Sender) -> None:
    balance = int(chain.request("eth_getBalance", [DEPLOYER, "latest"]), 16)
    receipt = sender.send(calls.start(deployment, 7))
    assert balance - int(chain.request("eth_getBalance", [DEPLOYER, "latest"]), 16) == receipt.cost_wei > 0
    (opened,) = receipt.events
    assert isinstance(opened, RoundOpened)
    assert (opened.task_id, opened.round, opened.position.block_number) == (7, 0, chain.head().number)
    assert opened.position.timestamp == chain.head().timestamp


def test_reverts_come_back_typed_before_anything_is_sent(chain: Chain, deployment: Deployment, sender: Sender) -> None:
    nonce = chain.request("eth_getTransactionCount", [DEPLOYER, "pending"])
    with pytest.raises(Reverted) as not_owner:
        sender.send(calls.end(deployment, 1))
    assert (not_owner.value.name, not_owner.value.arguments) == ("TaskMarket_NotOwner", {"caller": DEPLOYER})
    with pytest.raises(Reverted, match="no reason to cancel"):
        sender.send(calls.cancel(deployment, 1))
    with pytest.raises(Reverted, match="Panic"):
        sender.simulate(calls.close(deployment, 1))
    with pytest.raises(Reverted, match="no reason given"):
        sender.send(calls.leave(deployment, 1))
    assert chain.request("eth_getTransactionCount", [DEPLOYER, "pending"]) == nonce


def test_failure_when_mined_names_the_reason(
    chain: Chain, deployment: Deployment, clock: FakeClock, patient: Sender
) -> None:
    rival = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

    def overtake(now: float) -> None:
        if now == 1:
            data = "0x" + calls.lapse(deployment, 1, 0).data.hex()
            transaction = {"from": rival, "to": deployment.market, "data": data, "maxPriorityFeePerGas": hex(CAP)}
            chain.request("eth_sendTransaction", [{**transaction, "maxFeePerGas": hex(2 * CAP), "gas": "0x20000"}])
            mine(chain, 1)

    clock.on_sleep = overtake
    with pytest.raises(Reverted) as raised:
        patient.send(calls.lapse(deployment, 1, 0))
    assert raised.value.arguments == {"message": "counted"}
    assert raised.value.transaction_hash is not None


def test_replacement_is_mined_and_the_original_is_not(
    chain: Chain, deployment: Deployment, clock: FakeClock, patient: Sender
) -> None:
    pending: list[str] = []

    def on_sleep(now: float) -> None:
        block = chain.request("eth_getBlockByNumber", ["pending", False])
        pending.extend(found for found in block["transactions"] if found not in pending)
        if now == 65:
            mine(chain, 1)

    clock.on_sleep = on_sleep
    receipt = patient.send(calls.start(deployment, 1))
    assert len(pending) == 2
    assert receipt.transaction_hash == pending[1]
    assert Market(chain, deployment).task_count(chain.head()) == 1


def test_next_process_takes_a_stuck_nonce_over(
    chain: Chain, deployment: Deployment, clock: FakeClock, patient: Sender
) -> None:
    with pytest.raises(TransactionPending):
        patient.send(calls.lapse(deployment, 1, 0))
    successor = with_clock(chain, clock)
    started = clock.now
    clock.on_sleep = lambda now: mine(chain, 1) if now > started + 62 else None
    receipt = successor.send(calls.lapse(deployment, 1, 0))
    assert Market(chain, deployment).task_count(receipt.block_number) == 1


def test_event_log_over_a_reorganisation(chain: Chain, deployment: Deployment, sender: Sender) -> None:
    log = EventLog(Market(chain, deployment), 1)
    snapshot = chain.request("evm_snapshot")
    # The probe has no tasks; within one range of the deployment block the log does not need to know when it began.
    log._first_block = lambda upto: deployment.block_number  # type: ignore[method-assign]
    for task_id in (1, 2, 1):
        sender.send(calls.start(deployment, task_id))
    assert [event.round for event in log.read(chain.head()) if isinstance(event, RoundOpened)] == [0, 2]
    chain.request("evm_revert", [snapshot])
    mine(chain, 4, seconds_apart=5)
    sender.send(calls.start(deployment, 1))
    events = log.read(chain.head())
    assert [event.round for event in events if isinstance(event, RoundOpened)] == [0]
    assert events[0].position.timestamp == chain.head().timestamp


def test_twins_of_the_hashes_agree_with_solidity(chain: Chain, deployment: Deployment) -> None:
    def ask(name: str, *args: object) -> bytes:
        function = method("TaskMarket", name)
        answer = chain.call(deployment.market, function.encode(args), chain.head())
        return bytes(function.decode_one(answer))

    assert ask("leafOf", 7, 3, 2, 2**64 - 1) == leaf(31337, deployment.market, 7, 3, 2, 2**64 - 1)
    work = (b"\x01" * 32, b"\x05\x06", b"\x02" * 32, ALICE, 7, 3)
    assert ask("commitmentOf", *work) == work_commitment(*work)


def test_chain_with_base_fee_zero() -> None:
    with anvil("--block-base-fee-per-gas", "0", "--gas-price", "0") as (_, chain):
        probe = deploy(chain, bytecode(Path(__file__).with_name("Probe.sol"), "Probe"))
        sender = Sender(chain, Account.from_key(DEPLOYER_KEY), CAP, poll_seconds=0.01)
        sender.send(calls.start(replace(DEPLOYMENT, market=probe), 1))
        assert int(chain.call(probe, method("TaskMarket", "taskCount").selector, chain.head()).hex(), 16) == 1


def test_node_that_dies_is_unavailable_and_its_address_keeps_its_secrets() -> None:
    with anvil() as (url, _):
        chain = connect(url.replace("://", "://user:hunter2@") + "/?key=hunter2")
        assert chain.head().number == 0
    with pytest.raises(NodeUnreachable) as raised:
        chain.head()
    with pytest.raises(NodeUnreachable) as refused:
        connect(url.replace("://", "://user:hunter2@"))
    assert "hunter2" not in f"{raised.value} {refused.value} {chain!r}"

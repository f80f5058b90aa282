"""One transaction at a time, seen through: replacements, restarts, and everything a node may say."""

import logging
from typing import Any

import pytest
from eth_account import Account

from deltaml.chain import calls
from deltaml.chain.connection import Chain
from deltaml.chain.errors import (
    FeeTooLow,
    GasTooHigh,
    InsufficientFunds,
    NodeError,
    NonceTaken,
    Reverted,
    TransactionPending,
)
from deltaml.chain.sender import GAS_LIMIT, Sender
from deltaml.chain.simulation import DryRunSender
from deltaml.errors import Refused, Unavailable
from tests.python.chain.fake_node import RpcError
from tests.python.chain.fake_pool import FakeClock, FakePool
from tests.python.chain.people import ALICE, DEPLOYMENT

pytestmark = pytest.mark.unit

ACCOUNT = Account.from_key(b"\x01" * 32)
CAP = 1_000
CALL = calls.settle(DEPLOYMENT, 1, 0)


@pytest.fixture
def pool() -> FakePool:
    return FakePool(ACCOUNT.address)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sender(pool: FakePool, clock: FakeClock) -> Sender:
    return make_sender(pool, clock)


def make_sender(pool: FakePool, clock: FakeClock) -> Sender:
    return Sender(Chain(pool, 31337), ACCOUNT, CAP, 60, poll_seconds=1, sleep=clock.sleep, clock=clock)


def test_sends_with_the_cost_in_the_receipt(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    clock.on_sleep = lambda now: pool.mine_pending()
    receipt = sender.send(CALL)
    sent = pool.offered[0]
    assert (receipt.transaction_hash, receipt.gas_used, receipt.cost_wei) == (sent["hash"], 100, 700)
    assert (sent["chainId"], sent["nonce"], sent["gas"]) == (31337, 0, 120_000)
    assert (sent["maxFeePerGas"], sent["maxPriorityFeePerGas"]) == (2 * 7 + 3, 3)
    assert bytes(sent["data"]) == CALL.data
    assert pool.simulated_at == ["pending"]


def test_next_transaction_has_the_next_nonce(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    clock.on_sleep = lambda now: pool.mine_pending()
    sender.send(CALL)
    sender.send(CALL)
    assert [sent["nonce"] for sent in pool.offered] == [0, 1]


def test_replaces_what_is_not_mined_and_finds_the_replacement(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    pool.price = 25
    clock.on_sleep = lambda now: pool.mine_pending()
    receipt = sender.send(CALL)
    assert [sent["maxFeePerGas"] for sent in pool.offered] == [17, 21, 26]
    assert {sent["nonce"] for sent in pool.offered} == {0}
    assert receipt.transaction_hash == pool.offered[-1]["hash"]


def test_finds_the_first_one_when_that_is_mined_after_all(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    original: list[Any] = []

    def on_sleep(now: float) -> None:
        if now == 59:
            original.append(pool.pool)
        if now > 70:
            pool.pool = pool.pool and original[0]
            pool.mine_pending()

    clock.on_sleep = on_sleep
    assert sender.send(CALL).transaction_hash == pool.offered[0]["hash"]
    assert len(pool.offered) == 2


def test_first_one_mined_just_before_the_replacement(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    receipts = pool.methods["eth_getTransactionReceipt"]
    pool.methods["eth_getTransactionReceipt"] = lambda asked: receipts(asked) if len(pool.offered) > 1 else None
    clock.on_sleep = lambda now: pool.mine_pending() if now == 60 else None
    assert sender.send(CALL).transaction_hash == pool.offered[0]["hash"]


def test_gives_up_and_says_that_it_may_still_be_mined(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    pool.price = CAP
    with pytest.raises(TransactionPending) as raised:
        sender.send(CALL)
    assert raised.value.retryable
    assert [sent["maxFeePerGas"] for sent in pool.offered] == [17, 21, 26, 32]
    assert clock.now == 4 * 60


def test_takes_its_own_stuck_nonce_over_at_once(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    with pytest.raises(TransactionPending):
        sender.send(CALL)
    clock.on_sleep = lambda now: pool.mine_pending()
    started = clock.now
    sender.send(CALL)
    assert clock.now == started + 1
    assert (pool.offered[-1]["nonce"], pool.offered[-1]["maxFeePerGas"]) == (0, 39)
    assert pool.simulated_at[-1] == "latest"


def test_after_a_restart_waits_for_the_old_transaction(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    pool.put_stranger(max_fee=50, tip=5)
    clock.on_sleep = lambda now: pool.mine_pending() if now >= 5 else None
    sender.send(CALL)
    assert [sent["nonce"] for sent in pool.offered] == [1]


def test_after_a_restart_replaces_what_stays_stuck(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    pool.put_stranger(max_fee=50, tip=5)
    clock.on_sleep = lambda now: pool.mine_pending() if now > 65 else None
    receipt = sender.send(CALL)
    assert {sent["nonce"] for sent in pool.offered} == {0}
    assert receipt.transaction_hash == pool.offered[-1]["hash"]
    assert pool.offered[-1]["maxFeePerGas"] >= 55
    assert pool.simulated_at == ["latest"]


def test_replacing_never_passes_the_cap(pool: FakePool, sender: Sender) -> None:
    pool.put_stranger(max_fee=CAP, tip=CAP)
    with pytest.raises(FeeTooLow) as raised:
        sender.send(CALL)
    assert raised.value.retryable
    assert max(sent["maxFeePerGas"] for sent in pool.offered) <= CAP


def test_cap_below_the_base_fee(pool: FakePool, clock: FakeClock) -> None:
    with pytest.raises(FeeTooLow):
        Sender(Chain(pool, 31337), ACCOUNT, max_fee_per_gas_wei=6, sleep=clock.sleep, clock=clock).send(CALL)
    assert not pool.offered


def test_two_processes_with_one_key_are_noticed(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    def on_sleep(now: float) -> None:
        pool.put_stranger(max_fee=50, tip=5)
        pool.mine_pending()
        clock.on_sleep = lambda later: None

    clock.on_sleep = on_sleep
    with pytest.raises(NonceTaken) as raised:
        sender.send(CALL)
    assert raised.value.retryable


def test_what_another_process_has_just_sent_is_not_replaced(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    """Both saw the nonce free; the other one was a moment quicker. Replacing his act would lose it."""

    def quicker() -> str:
        pool.put_stranger(max_fee=50, tip=5)
        return "0x3"

    pool.methods["eth_maxPriorityFeePerGas"] = quicker
    with pytest.raises(NonceTaken, match="has sent nonce 0") as raised:
        sender.send(CALL)
    assert raised.value.retryable and pool.pool is not None and pool.pool["maxFeePerGas"] == 50
    pool.methods["eth_maxPriorityFeePerGas"] = lambda: "0x3"
    clock.on_sleep = lambda now: pool.mine_pending()
    assert sender.send(CALL) and pool.offered[-1]["nonce"] == 1


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nonce too low", NonceTaken),
        ("insufficient funds for gas * price + value", InsufficientFunds),
        ("transaction underpriced", FeeTooLow),
        ("txpool is full", NodeError),
    ],
)
def test_what_nodes_say_about_a_transaction(
    pool: FakePool, sender: Sender, message: str, expected: type[Exception]
) -> None:
    def refuse(raw: str) -> str:
        raise RpcError(-32000, message)

    pool.methods["eth_sendRawTransaction"] = refuse
    with pytest.raises(expected) as raised:
        sender.send(CALL)
    assert isinstance(raised.value, Refused if expected is InsufficientFunds else Unavailable)


def test_already_known_is_as_good_as_sent(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    accept = pool.methods["eth_sendRawTransaction"]

    def accept_and_complain(raw: str) -> str:
        accept(raw)
        raise RpcError(-32000, "already known")

    pool.methods["eth_sendRawTransaction"] = accept_and_complain
    clock.on_sleep = lambda now: pool.mine_pending()
    assert sender.send(CALL).transaction_hash == pool.offered[0]["hash"]


def test_answer_lost_while_sending_does_not_send_twice(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    accept = pool.methods["eth_sendRawTransaction"]

    def lose_the_answer(raw: str) -> str:
        accept(raw)
        raise TimeoutError

    pool.methods["eth_sendRawTransaction"] = lose_the_answer
    with pytest.raises(Unavailable):
        sender.send(CALL)
    pool.methods["eth_sendRawTransaction"] = accept
    clock.on_sleep = lambda now: pool.mine_pending()
    sender.send(CALL)
    assert [sent["nonce"] for sent in pool.offered] == [0, 0]
    assert pool.nonce == 1


def test_gas_is_bounded(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    clock.on_sleep = lambda now: pool.mine_pending()
    pool.gas = GAS_LIMIT
    sender.send(CALL)
    assert pool.offered[0]["gas"] == GAS_LIMIT
    pool.gas = GAS_LIMIT + 1
    with pytest.raises(GasTooHigh):
        sender.send(CALL)


def test_refused_calls_are_never_sent(pool: FakePool, sender: Sender) -> None:
    def refuse(transaction: Any, tag: Any) -> str:
        raise RpcError(3, "execution reverted", "0x4e487b71" + f"{1:064x}")

    pool.methods["eth_call"] = refuse
    with pytest.raises(Reverted, match="Panic"):
        sender.send(CALL)
    assert not pool.offered


def test_failed_transaction_carries_its_hash(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    pool.status = "0x0"
    clock.on_sleep = lambda now: pool.mine_pending()
    with pytest.raises(Reverted) as raised:
        sender.send(CALL)
    assert raised.value.transaction_hash == pool.offered[0]["hash"]


def test_node_without_priority_fees(pool: FakePool, clock: FakeClock, sender: Sender) -> None:
    def unknown() -> str:
        raise RpcError(-32601, "the method does not exist")

    pool.methods["eth_maxPriorityFeePerGas"] = unknown
    clock.on_sleep = lambda now: pool.mine_pending()
    sender.send(CALL)
    assert pool.offered[0]["maxFeePerGas"] == CAP


def test_key_is_never_shown(pool: FakePool, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pool.price = 25
    sender = make_sender(pool, clock)
    clock.on_sleep = lambda now: pool.mine_pending()
    sender.send(CALL)
    assert "replacing" in caplog.text
    assert (b"\x01" * 32).hex() not in f"{sender!r} {vars(sender)} {caplog.text}"


def test_dry_run_reports_and_sends_nothing(pool: FakePool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    dry = DryRunSender(Chain(pool, 31337), ALICE)
    assert dry.send(CALL) is None  # type: ignore[func-returns-value]
    assert "would send TaskMarket.settle" in caplog.text
    assert not pool.offered
    assert dry.address == ALICE

"""Two processes with one key on a real node: no act is lost, none is done twice, and nothing is stuck in the end."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from deltaml.chain import calls
from deltaml.chain.calls import Call
from deltaml.chain.connection import Chain, parse_int
from deltaml.chain.deployment import Deployment
from deltaml.chain.market import Market
from deltaml.chain.nodes import connect
from deltaml.chain.sender import Sender
from deltaml.errors import Refused, Unavailable
from tests.python.chain.anvil import anvil, bytecode, deploy
from tests.python.chain.people import DEPLOYMENT

pytestmark = pytest.mark.integration

KEY = b"\x21" * 32
TASKS = range(1, 9)
CAP = 10**12


class Worker(threading.Thread):
    """Goes through acts as an oracle does: whether one is due is read from the chain, at every try again."""

    def __init__(self, url: str, where: Deployment, acts: list[int], make: Callable[[Deployment, int], Call]) -> None:
        super().__init__()
        self.market = Market(connect(url), where)
        self.sender = Sender(
            self.market.chain, Account.from_key(KEY), CAP, receipt_timeout_seconds=20, poll_seconds=0.05
        )
        self.acts = acts
        self.make = make
        self.troubles: list[str] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for task in self.acts:
                while self.attempt(task):
                    pass
        except BaseException as error:
            self.failure = error

    def attempt(self, task: int) -> bool:
        """Whether there is more to do."""
        try:
            if done(self.market, task):
                return False
            self.sender.send(self.make(self.market.deployment, task))
        except (Refused, Unavailable) as error:
            self.troubles.append(type(error).__name__)
        return True


def done(market: Market, task: int) -> bool:
    answer = market.chain.call(market.deployment.market, calls.leave(market.deployment, task).data, market.chain.head())
    return bool(int.from_bytes(answer, "big"))


@pytest.mark.parametrize("orders", ["the same", "opposite", "different acts"])
def test_nothing_is_lost_or_doubled(orders: str) -> None:
    with anvil() as (url, chain):
        where = replace(DEPLOYMENT, market=deploy(chain, bytecode(Path(__file__).with_name("Once.sol"), "Once")))
        chain.request("evm_setIntervalMining", [1])
        chain.request("evm_setAutomine", [False])
        account = Account.from_key(KEY).address
        chain.request("anvil_setBalance", [account, hex(10**20)])
        first, second = list(TASKS), list(TASKS)
        if orders == "opposite":
            second.reverse()
        if orders == "different acts":
            first, second = first[::2], second[1::2]
        workers = [Worker(url, where, acts, calls.start) for acts in (first, second)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(150)
        assert not any(worker.is_alive() for worker in workers), "somebody is stuck"
        assert [worker.failure for worker in workers] == [None, None]
        market = Market(chain, where)
        assert all(done(market, task) for task in TASKS)
        assert market.task_count(chain.head()) == len(TASKS), "an act was done twice"
        mined, pending = nonces(chain, account)
        assert mined == pending, "a transaction is stuck"


def nonces(chain: Chain, account: str) -> tuple[int, int]:
    latest, pending = (chain.request("eth_getTransactionCount", [account, tag]) for tag in ("latest", "pending"))
    return parse_int(latest), parse_int(pending)

"""How long the ether of an account lasts."""

from dataclasses import dataclass

import structlog

from deltaml.chain import Chain
from deltaml.chain.connection import parse_int
from deltaml.errors import DeltaMLError
from deltaml.serving.health import Vitals
from deltaml.serving.metrics import ProcessMetrics

log = structlog.get_logger()


@dataclass(frozen=True)
class Purse:
    """round_gas: what a round costs this account, in gas."""

    chain: Chain
    account: str
    round_gas: int
    metrics: ProcessMetrics
    vitals: Vitals

    def look(self) -> None:
        """Never raises for what a retry can cure."""
        try:
            balance = parse_int(self.chain.request("eth_getBalance", [self.account, "latest"]))
            price = parse_int(self.chain.request("eth_gasPrice"))
        except DeltaMLError as error:
            log.warning("balance not to be had", why=str(error))
            return
        self.vitals.rounds_left = rounds_left(balance, price, self.round_gas)
        self.metrics.balance.set(balance)
        self.metrics.rounds_left.set(self.vitals.rounds_left)


def rounds_left(balance_wei: int, gas_price_wei: int, round_gas: int) -> int:
    """How many rounds an account pays at a price per gas; a free chain costs nothing for ever."""
    return balance_wei // (round_gas * gas_price_wei) if gas_price_wei else 10**9

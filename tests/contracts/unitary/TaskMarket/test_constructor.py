"""TaskMarket's constructor and what is fixed by it
- no vault, no committees: refused
- vault, committees and the arbitration window can be read
- its code fits the limit of EIP-170
"""

import pytest

from tests.contracts.constants import ZERO_ADDRESS
from tests.contracts.driver import DAY


@pytest.mark.parametrize("missing", [0, 1])
def test_zero_address(TaskMarket, market, vault, committees, deployer, missing, reverts_with):
    addresses = [vault, committees]
    addresses[missing] = ZERO_ADDRESS

    with reverts_with("TaskMarket_ZeroAddress"):
        TaskMarket.deploy(*addresses, {"from": deployer})


def test_fixed(market, vault, committees):
    assert market.vault() == vault
    assert market.committees() == committees
    assert market.ARBITRATION_WINDOW() == 30 * DAY
    assert market.taskCount() == 0


def test_code_size(web3, market):
    assert len(web3.eth.get_code(market.address)) <= 24_576

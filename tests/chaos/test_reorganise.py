"""Reorganisations on a real node: what becomes of the blocks and of their transactions."""

from collections.abc import Iterator
from random import Random

import pytest

from deltaml.chain import Chain
from tests.chaos.plan import Fate
from tests.chaos.reorganise import reorganise
from tests.python.chain.anvil import anvil

pytestmark = pytest.mark.integration

DEPTH = 3
VALUE = 5


@pytest.fixture
def chain() -> Iterator[Chain]:
    with anvil("--order", "fifo") as (_, running):
        yield running


def pay_twice(chain: Chain) -> list[str]:
    """Two payments of one account in two blocks, with another block on top."""
    ann, ben = chain.request("eth_accounts")[:2]
    payment = {"from": ann, "to": ben, "value": hex(VALUE), "gas": hex(21_000)}
    hashes = [chain.request("eth_sendTransaction", [payment]) for _ in range(DEPTH - 1)]
    chain.request("evm_mine")
    return hashes


def mined(chain: Chain, hashes: list[str]) -> list[bool]:
    return [chain.request("eth_getTransactionReceipt", [h]) is not None for h in hashes]


@pytest.mark.parametrize("fate", list(Fate))
def test_what_becomes_of_blocks_and_transactions(chain: Chain, fate: Fate) -> None:
    hashes = pay_twice(chain)
    before = [chain.block(number) for number in range(chain.head().number + 1)]
    # Nothing comes by itself, so that what is left can be looked at.
    chain.request("evm_setAutomine", [False])
    assert reorganise(chain, DEPTH, fate, Random(1), block_seconds=0) == len(hashes)

    after = [chain.block(number) for number in range(len(before))]
    assert chain.head().number == before[-1].number
    assert after[:-DEPTH] == before[:-DEPTH]
    assert all(new.hash != old.hash for new, old in zip(after[-DEPTH:], before[-DEPTH:], strict=True))
    assert mined(chain, hashes) == [fate is Fate.KEPT] * len(hashes)
    chain.request("evm_mine")
    assert mined(chain, hashes) == [fate is not Fate.DROPPED] * len(hashes)

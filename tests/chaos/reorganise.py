"""Blocks that leave the chain, on anvil."""

from random import Random

from deltaml.chain import Chain
from deltaml.errors import DeltaMLError
from tests.chaos.plan import Fate


def reorganise(chain: Chain, depth: int, fate: Fate, rng: Random, block_seconds: int = 1) -> int:
    """Replaces the newest `depth` blocks; returns how many transactions were in them. They keep their order, so that
    each is as valid as before. block_seconds: how often blocks come, also afterwards; 0: not by themselves."""
    # No block may come between counting them and replacing them.
    chain.request("evm_setIntervalMining", [0])
    try:
        hashes = newest_transactions(chain, depth)
        signed = [chain.request("eth_getRawTransactionByHash", [transaction_hash]) for transaction_hash in hashes]
        places = sorted(rng.randrange(depth) for _ in signed)
        pairs = [[raw, place] for raw, place in zip(signed, places, strict=True)] if fate is Fate.KEPT else []
        chain.request("anvil_reorg", [depth, pairs])
        for raw in signed if fate is Fate.DELAYED else []:
            _send_again(chain, raw)
    finally:
        chain.request("evm_setIntervalMining", [block_seconds])
    return len(hashes)


def newest_transactions(chain: Chain, depth: int) -> list[str]:
    """Hashes of what is in the newest `depth` blocks, in their order."""
    head = chain.head().number
    blocks = chain.batch([("eth_getBlockByNumber", [hex(head - depth + 1 + i), False]) for i in range(depth)])
    return [transaction_hash for block in blocks for transaction_hash in block["transactions"]]


def _send_again(chain: Chain, raw: str) -> None:
    try:
        chain.request("eth_sendRawTransaction", [raw])
    except DeltaMLError:
        # Its sender was faster and took the nonce for the same or another one.
        return

"""What became of a mined transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deltaml.chain.calls import Call
from deltaml.chain.connection import Chain, parse_bytes, parse_int
from deltaml.chain.errors import NodeError, NodeUnreachable, Reverted
from deltaml.chain.events import Event, decode_log
from deltaml.chain.simulation import simulate


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined, successful transaction. `cost_wei` is what gas cost, without `value`; `events` are those of the called
    contract that have a class in `deltaml.chain.events`."""

    transaction_hash: str
    block_number: int
    gas_used: int
    cost_wei: int
    events: tuple[Event, ...] = ()


def accept(chain: Chain, call: Call, sender: str, answer: Mapping[str, Any]) -> Receipt:
    """Receipt from a node's answer for the transaction of `call`. Raises Reverted when the transaction failed."""
    try:
        transaction_hash: str = answer["transactionHash"]
        block_number = parse_int(answer["blockNumber"])
        gas_used = parse_int(answer["gasUsed"])
        price = parse_int(answer["effectiveGasPrice"])
        succeeded = parse_int(answer["status"]) == 1
        logs = [log for log in answer["logs"] if parse_bytes(log["address"]) == parse_bytes(call.address)]
    except (KeyError, TypeError) as error:
        raise NodeUnreachable(f"the node's receipt lacks {error}; the transaction was mined") from error
    if not succeeded:
        raise _reason(chain, call, sender, transaction_hash, block_number)
    timestamp = chain.block(block_number).timestamp if logs else 0
    events = tuple(event for event in (decode_log(log, timestamp) for log in logs) if event is not None)
    return Receipt(transaction_hash, block_number, gas_used, gas_used * price, events)


def _reason(chain: Chain, call: Call, sender: str, transaction_hash: str, block_number: int) -> Reverted:
    # The state after the block is the nearest a node without tracing offers; another transaction of the block may
    # have changed it, then the reason stays unknown.
    try:
        simulate(chain, call, sender, hex(block_number))
    except Reverted as reverted:
        return Reverted(reverted.name, reverted.arguments, transaction_hash)
    except (NodeError, NodeUnreachable):
        pass
    return Reverted("", {}, transaction_hash)

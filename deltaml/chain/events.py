"""Events of the contracts as frozen dataclasses, and decoding them from a node's logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import eth_abi
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic

from deltaml.chain.abi import load_abi
from deltaml.chain.codec import Converter, converter
from deltaml.chain.errors import NodeUnreachable
from deltaml.chain.types import Dispute, Outcome, Status


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Place on the chain; sorts by block and index, which is the committee's clock. Timestamp in seconds."""

    block_number: int
    log_index: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something a contract said; subclasses mirror the ABI field for field."""

    position: Position


@dataclass(frozen=True, slots=True)
class TaskPosted(Event):
    task_id: int
    owner: str
    committee_id: int
    spec_digest: bytes
    model_digest: bytes


@dataclass(frozen=True, slots=True)
class TrainerJoined(Event):
    """`recipient` is the trainer's X25519 public key (age)."""

    task_id: int
    trainer: str
    index: int
    units: int
    recipient: bytes


@dataclass(frozen=True, slots=True)
class RoundOpened(Event):
    task_id: int
    round: int


@dataclass(frozen=True, slots=True)
class UpdateSubmitted(Event):
    task_id: int
    round: int
    trainer: str
    index: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class WorkCommitted(Event):
    task_id: int
    round: int
    member: str
    seat: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class WorkOpened(Event):
    """Bit i of byte i // 8 of `accepted`, least significant first: trainer i's blob is acceptable to this member."""

    task_id: int
    round: int
    member: str
    seat: int
    digest: bytes
    accepted: bytes


@dataclass(frozen=True, slots=True)
class Announced(Event):
    task_id: int
    round: int
    sender: str
    kind: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Voted(Event):
    task_id: int
    round: int
    member: str
    seat: int
    report_hash: bytes
    vouched: int


@dataclass(frozen=True, slots=True)
class QuorumReached(Event):
    task_id: int
    round: int
    report_hash: bytes


@dataclass(frozen=True, slots=True)
class RoundRevealed(Event):
    task_id: int
    round: int
    outcome: Outcome
    model_digest: bytes
    progress_wad: int
    released: int
    root: bytes
    scores: bytes


@dataclass(frozen=True, slots=True)
class TrainerPenalised(Event):
    task_id: int
    round: int
    trainer: str
    amount: int


@dataclass(frozen=True, slots=True)
class RoundSettled(Event):
    task_id: int
    round: int
    fee_share: int
    slash_share: int


@dataclass(frozen=True, slots=True)
class RoundChallenged(Event):
    task_id: int
    round: int
    challenger: str
    dispute_id: int


@dataclass(frozen=True, slots=True)
class DisputeEnded(Event):
    task_id: int
    round: int
    result: Dispute


@dataclass(frozen=True, slots=True)
class TaskEndRequested(Event):
    task_id: int


@dataclass(frozen=True, slots=True)
class TaskClosed(Event):
    task_id: int
    status: Status


@dataclass(frozen=True, slots=True)
class RewardClaimed(Event):
    task_id: int
    trainer: str
    to: str
    reward: int
    stake_share: int


@dataclass(frozen=True, slots=True)
class FeesClaimed(Event):
    task_id: int
    member: str
    to: str
    fees: int
    stake_share: int


@dataclass(frozen=True, slots=True)
class StakeReturned(Event):
    task_id: int
    trainer: str
    amount: int


@dataclass(frozen=True, slots=True)
class Refunded(Event):
    task_id: int
    to: str
    amount: int


@dataclass(frozen=True, slots=True)
class CommitteeFounded(Event):
    """Of Committees, not of the market: how a founder learns the number of his committee."""

    committee_id: int
    founder: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrolled(Event):
    """Of Committees."""

    committee_id: int
    member: str
    seat: int
    recipient: bytes


@dataclass(frozen=True, slots=True)
class _EventType:
    build: type[Event]
    order: tuple[int, ...]
    topics: tuple[str, ...]
    data: tuple[str, ...]
    converters: tuple[Converter, ...]


def decode_log(log: Mapping[str, Any], timestamp: int) -> Event | None:
    """Event in one JSON-RPC log object; None for events that have no class here.

    The caller decides which address logs are taken from. Raises NodeUnreachable for a log that breaks the ABI.
    """
    try:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        known = _known_events().get(topics[0]) if topics else None
        if known is None:
            return None
        values = [eth_abi.decode([kind], topic)[0] for kind, topic in zip(known.topics, topics[1:], strict=True)]
        values += eth_abi.decode(known.data, bytes.fromhex(log["data"][2:]))
        fields = [known.converters[i](values[i]) for i in known.order]
        position = Position(int(log["blockNumber"], 16), int(log["logIndex"], 16), timestamp)
    except (DecodingError, KeyError, TypeError, ValueError) as error:
        raise NodeUnreachable(f"the node sent a log that does not fit its ABI: {error}") from error
    return known.build(position, *fields)


@cache
def _known_events() -> dict[bytes, _EventType]:
    classes = {kind.__name__: kind for kind in Event.__subclasses__()}
    known = {}
    for entry in load_abi("TaskMarket") + load_abi("Committees"):
        if entry["type"] != "event" or entry["name"] not in classes:
            continue
        inputs = entry["inputs"]
        # Topics come first in a log, whatever their place in the declaration.
        stored = sorted(range(len(inputs)), key=lambda i, inputs=inputs: not inputs[i]["indexed"])  # type: ignore[misc]
        known[event_abi_to_log_topic(entry)] = _EventType(  # type: ignore[arg-type]
            build=classes[entry["name"]],
            order=tuple(stored.index(i) for i in range(len(inputs))),
            topics=tuple(item["type"] for item in inputs if item["indexed"]),
            data=tuple(collapse_if_tuple(item) for item in inputs if not item["indexed"]),
            converters=tuple(converter(inputs[i]) for i in stored),
        )
    return known

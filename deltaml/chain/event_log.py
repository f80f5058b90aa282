"""The events of one task, read bit by bit and kept in memory."""

from collections.abc import Mapping
from typing import Any

from deltaml.chain.connection import Block, RpcRequest, parse_block, parse_bytes, parse_int
from deltaml.chain.errors import Reorganised
from deltaml.chain.events import Event, decode_log
from deltaml.chain.market import Market

# Gateways answer eth_getLogs for some thousand blocks at a time.
BLOCKS_PER_REQUEST = 2_000


class EventLog:
    """All market events of a task up to a block, in chain order.

    Each read fetches only what is new. When the last block seen is no longer on the chain, everything is read again:
    reorganisations are rare and events few, so nothing cleverer pays.
    """

    def __init__(self, market: Market, task_id: int, blocks_per_request: int = BLOCKS_PER_REQUEST) -> None:
        self._market = market
        self._task_id = task_id
        self._blocks_per_request = blocks_per_request
        self._seen: Block | None = None
        self._events: tuple[Event, ...] = ()

    def read(self, upto: Block) -> tuple[Event, ...]:
        """Events of the task in blocks up to and including `upto`.

        Raises Reverted when the task does not exist at `upto`, Reorganised when `upto` left the chain meanwhile, and
        other `Unavailable` when the node fails; then nothing is lost and the next read goes on.
        """
        seen = self._seen
        if seen is not None and upto.number <= seen.number:
            if upto.hash == seen.hash:
                return self._events
            if self._both_canonical(upto, seen):
                return tuple(event for event in self._events if event.position.block_number <= upto.number)
            self._forget()
        while self._seen != upto:
            self._advance(upto)
        return self._events

    def _both_canonical(self, earlier: Block, later: Block) -> bool:
        # An older head comes from a node that lags; what we have stays good if both are on one chain.
        answers = self._market.chain.batch([_header(earlier.number), _header(later.number)])
        return [answer and parse_block(answer) for answer in answers] == [earlier, later]

    def _advance(self, upto: Block) -> None:
        """One request: the next range of blocks, and whether what we have still belongs to the chain."""
        seen = self._seen
        first = seen.number + 1 if seen else self._first_block(upto)
        last = min(upto.number, first + self._blocks_per_request - 1)
        requests = [_header(seen.number)] if seen else []
        requests.append(_header(last))
        if last < upto.number:
            requests.append(self._logs({"fromBlock": hex(first), "toBlock": hex(last)}))
        else:
            # A node behind a load balancer that has not seen `upto` yet would answer a range with too few logs, and
            # with no error. Asking for the newest block by hash makes it say so.
            requests.append(self._logs({"blockHash": "0x" + upto.hash.hex()}))
            if first < last:
                requests.append(self._logs({"fromBlock": hex(first), "toBlock": hex(last - 1)}))
        answers = self._market.chain.batch(requests)
        if seen is not None:
            header = answers.pop(0)
            if header is None or parse_block(header) != seen:
                self._forget()
                return
        reached = parse_block(answers.pop(0))
        if last == upto.number and reached != upto:
            raise Reorganised(f"block {upto.number} is no longer the one to read up to; take a new head")
        events = self._decode([log for logs in answers for log in logs or ()], reached)
        self._seen, self._events = reached, self._events + events

    def _forget(self) -> None:
        self._seen, self._events = None, ()

    def _logs(self, where: dict[str, Any]) -> RpcRequest:
        task = "0x" + self._task_id.to_bytes(32, "big").hex()
        return "eth_getLogs", [{"address": self._market.deployment.market, "topics": [None, task], **where}]

    def _first_block(self, upto: Block) -> int:
        low = self._market.deployment.block_number
        task = self._market.task(self._task_id, upto)
        if upto.number - low < self._blocks_per_request:
            return min(low, upto.number)
        posted_at = task.join_ends_at - task.params.join_window
        posted = self._market.chain.first_block_after(posted_at - 1, low, upto.number)
        if posted is None:
            raise Reorganised(f"block {upto.number} is older than task {self._task_id}; read at a newer head")
        return posted.number

    def _decode(self, logs: list[Mapping[str, Any]], reached: Block) -> tuple[Event, ...]:
        times = self._timestamps(logs, reached)
        events = (decode_log(log, times[log["blockHash"]]) for log in logs)
        return tuple(sorted((event for event in events if event is not None), key=lambda event: event.position))

    def _timestamps(self, logs: list[Mapping[str, Any]], reached: Block) -> dict[str, int]:
        """Timestamp of each log's block by hash; most nodes put it into the log."""
        times = {log["blockHash"]: parse_int(log["blockTimestamp"]) for log in logs if log.get("blockTimestamp")}
        times |= {log["blockHash"]: reached.timestamp for log in logs if parse_bytes(log["blockHash"]) == reached.hash}
        missing = {log["blockHash"]: log["blockNumber"] for log in logs if log["blockHash"] not in times}
        if missing:
            headers = self._market.chain.batch(
                [("eth_getBlockByNumber", [number, False]) for number in missing.values()]
            )
            for block_hash, header in zip(missing, headers, strict=True):
                block = parse_block(header)
                if block.hash != parse_bytes(block_hash):
                    raise Reorganised(f"block {block.number} changed while its logs were read; read again")
                times[block_hash] = block.timestamp
        return times


def _header(number: int) -> RpcRequest:
    return "eth_getBlockByNumber", [hex(number), False]

"""Several nodes behind one provider: one is chosen when a look at the chain begins, and kept until the next.

What is read at one block must come from one chain. A node that fails cuts the look short; the next one begins at
another node, or at the same when there is none better.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from deltaml.chain.node import Node, NodeReport
from deltaml.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

MAX_LAG_BLOCKS = 5
MAX_LAG_SECONDS = 120
SURVEY_SECONDS = 15.0


class NodePool:
    """A `Provider` over nodes of one chain, in the order of preference.

    A node is passed over while it rests after a failure, while its newest block is `max_lag_blocks` or
    `max_lag_seconds` behind another's, and for ever when it is on another chain.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        max_lag_blocks: int = MAX_LAG_BLOCKS,
        max_lag_seconds: int = MAX_LAG_SECONDS,
        survey_seconds: float = SURVEY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nodes = list(nodes)
        self._max_lag_blocks = max_lag_blocks
        self._max_lag_seconds = max_lag_seconds
        self._survey_seconds = survey_seconds
        self._clock = clock
        self._current = self._nodes[0]
        self._surveyed_at = float("-inf")
        self._failures_before = 0
        self._chain_id: int | None = None

    def open(self) -> int:
        """Looks at every node and returns the chain id.

        Raises InvalidInput when two are of different chains, Unavailable when none answers.
        """
        problems = self._survey()
        known = [node for node in self._nodes if node.chain_id is not None]
        if not known:
            raise problems[0] if len(problems) == 1 else Unavailable("; ".join(map(str, problems)))
        first = known[0]
        for node in known:
            if node.chain_id != first.chain_id:
                raise InvalidInput(
                    f"{node.name} is on chain {node.chain_id}, {first.name} on chain {first.chain_id}: all nodes must "
                    "be of one chain; take the wrong one out of --rpc"
                )
        assert first.chain_id is not None
        self._chain_id = first.chain_id
        self._choose()
        return first.chain_id

    @property
    def name(self) -> str:
        """Of the node that is read now."""
        return self._current.name

    def begin_look(self) -> None:
        """Chooses the node that is asked until the next look."""
        if len(self._nodes) == 1:
            return
        if self._current.failures == self._failures_before:
            self._current.serve_well()
            if self._clock() < self._surveyed_at + self._survey_seconds:
                return
        self._survey()
        self._choose()

    def make_request(self, method: str, params: Any) -> Any:
        return self._current.make_request(method, params)

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any:
        return self._current.make_batch_request(batch_requests)

    def report(self) -> tuple[NodeReport, ...]:
        """The nodes in the order they were given."""
        return tuple(
            NodeReport(node.name, node is self._current, node.failures, node.rests_seconds, node.head, node.refused)
            for node in self._nodes
        )

    def _survey(self) -> list[Unavailable]:
        problems = []
        for node in self._nodes:
            if node.refused or node.rests_seconds:
                continue
            try:
                node.look()
            except Unavailable as error:
                node.head = None
                problems.append(error)
            if self._chain_id is not None and node.chain_id not in (None, self._chain_id):
                node.refused = f"on chain {node.chain_id}, not {self._chain_id}"
                log.error("%s is %s: it is not used", node.name, node.refused)
        self._surveyed_at = self._clock()
        return problems

    def _choose(self) -> None:
        usable = [node for node in self._nodes if not node.refused]
        awake = [node for node in usable if not node.rests_seconds and node.head is not None]
        fresh = [node for node in awake if not self._lags(node, awake)]
        # With nobody well, whoever is ready soonest: asking costs less than standing still.
        chosen = fresh[0] if fresh else min(usable, key=lambda node: node.rests_seconds, default=self._current)
        if chosen is not self._current:
            log.warning("reading from %s, no longer from %s", chosen.name, self._current.name)
        self._current = chosen
        self._failures_before = chosen.failures

    def _lags(self, node: Node, others: Sequence[Node]) -> bool:
        heads = [other.head for other in others if other.head is not None]
        assert node.head is not None
        blocks_behind = max(head.number for head in heads) - node.head.number
        seconds_behind = max(head.timestamp for head in heads) - node.head.timestamp
        return blocks_behind > self._max_lag_blocks or seconds_behind > self._max_lag_seconds

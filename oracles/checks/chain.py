"""RPC nodes, clocks, the deployment, and how deep the chain is read."""

import time
from collections.abc import Generator, Iterator

from deltaml.chain import Block, Chain, Market, connect, load_deployment
from deltaml.chain.node import Node
from deltaml.chain.nodes import node_at
from deltaml.chain.wiring import faults
from deltaml.errors import DeltaMLError, InvalidInput, Unavailable
from oracles.checks.finding import Finding, bad, good
from oracles.settings import Settings

MAX_SKEW_SECONDS = 60
SOME_BLOCKS = 20


def check(settings: Settings) -> Generator[Finding, None, Market | None]:
    """Ends with a market to go on with, if there is one."""
    urls = settings.connection.rpc
    nodes = []
    for index, url in enumerate(urls):
        node = yield from _node(f"RPC {index}", url)
        nodes += [node] if node is not None else []
    if not nodes:
        return None
    if len({node.chain_id for node in nodes}) > 1:
        said = ", ".join(f"{node.name} is on chain {node.chain_id}" for node in nodes)
        yield bad("chain id", f"the nodes are of different chains: {said}", "take the wrong one out of --rpc")
        return None
    try:
        chain = connect(urls)
        deployment = load_deployment(chain.chain_id, settings.connection.deployment)
    except InvalidInput as error:
        yield bad("deployment", str(error), "name the file of this chain in --deployment, or another node in --rpc")
        return None
    except Unavailable as error:
        yield bad("chain", str(error), "try again")
        return None
    market = Market(chain, deployment)
    yield from _clock(chain)
    sound = yield from _contracts(market)
    return market if sound else None


def _node(subject: str, url: str) -> Generator[Finding, None, Node | None]:
    try:
        node = node_at(url)
        node.look()
        assert node.head is not None and node.chain_id is not None
        # Reads are pinned to a block by its hash (EIP-1898); a node that can't do that can't be read safely.
        Chain(node, node.chain_id, node.name).call("0x" + "00" * 20, b"", node.head)
    except InvalidInput as error:
        yield bad(subject, str(error), "give an address like http://127.0.0.1:8545 in --rpc")
        return None
    except DeltaMLError as error:
        yield bad(subject, str(error), "start the node, or give another one in --rpc")
        return None
    yield good(subject, f"{node.name} is on chain {node.chain_id}, newest block {node.head.number}")
    return node


def _clock(chain: Chain) -> Iterator[Finding]:
    try:
        skew = round(time.time()) - chain.head().timestamp
    except Unavailable as error:
        yield bad("clock", str(error), "try again")
        return
    if abs(skew) <= MAX_SKEW_SECONDS:
        yield good("clock", f"the newest block is {skew} s old by this machine's clock")
    elif skew > 0:
        said = f"the newest block is {skew} s old by this machine's clock, expected at most {MAX_SKEW_SECONDS}"
        yield bad("clock", said, "see whether the node is synchronised, then set this machine's clock (NTP)")
    else:
        said = f"the newest block is {-skew} s in the future of this machine's clock"
        yield bad("clock", said, "set this machine's clock (NTP)")


def _contracts(market: Market) -> Generator[Finding, None, bool]:
    try:
        found = list(faults(market, market.chain.head()))
    except DeltaMLError as error:
        found = [str(error)]
    for fault in found:
        remedy = "use the deployments/<chain id>.json that the committee uses; `scripts/deploy.py check` says more"
        yield bad("contracts", fault, remedy)
    if not found:
        where = market.deployment
        yield good("contracts", f"market {where.market}, vault and committees are there and know each other")
    return not found


def seconds_per_block(chain: Chain, head: Block) -> float:
    """Over the last blocks; 0 on a chain that has only begun."""
    count = min(SOME_BLOCKS, head.number)
    return (head.timestamp - chain.block(head.number - count).timestamp) / count if count else 0.0

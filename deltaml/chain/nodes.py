"""From RPC addresses to a chain.

Requests go to web3's provider directly: its middleware asks for the chain id and re-validates every answer, which at
one tick per second and ten processes costs more than the reads.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from deltaml.bounded_http import BoundedAdapter, Limits
from deltaml.chain.connection import Chain
from deltaml.chain.node import Node
from deltaml.chain.node_pool import NodePool
from deltaml.errors import InvalidInput

MAX_ANSWER_BYTES = 1 << 28
"""The reveals of a task with a thousand trainers, many rounds in one answer, and much room."""


def connect(rpc_urls: str | Sequence[str], timeout_seconds: float = 10.0) -> Chain:
    """Opens a connection to one node or several of one chain, the preferred first.

    timeout_seconds bounds each request as a whole. Raises InvalidInput for an address that is none, or nodes of
    different chains; NodeUnreachable or NodeError when none answers. Messages show scheme, host and port only: gateways
    carry their key in path, query or user part of the URL.
    """
    return open_pool(rpc_urls, timeout_seconds)[0]


def open_pool(rpc_urls: str | Sequence[str], timeout_seconds: float = 10.0) -> tuple[Chain, NodePool]:
    """As `connect`, with the pool, whose report says how its nodes are."""
    urls = [rpc_urls] if isinstance(rpc_urls, str) else list(rpc_urls)
    if not urls:
        raise InvalidInput("no RPC address is given")
    pool = NodePool([node_at(url, timeout_seconds) for url in urls])
    chain_id = pool.open()
    name = pool.name if len(urls) == 1 else f"{len(urls)} nodes"
    return Chain(pool, chain_id, name, pool.begin_look), pool


def node_at(rpc_url: str, timeout_seconds: float = 10.0) -> Node:
    """A node by its address, not asked yet. Raises InvalidInput."""
    # Loading web3 takes longer than everything else here, and readers of types and hashes don't need it.
    from web3 import HTTPProvider

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(Limits(timeout_seconds, MAX_ANSWER_BYTES, f"{MAX_ANSWER_BYTES} bytes")))
    provider: Any = HTTPProvider(
        rpc_url,
        request_kwargs={"timeout": timeout_seconds},
        session=session,
        exception_retry_configuration=None,
    )
    return Node(public_name(rpc_url), provider)


def public_name(rpc_url: str) -> str:
    """Scheme, host and port. Raises InvalidInput unless it is a http:// or https:// URL."""
    problem = "the RPC address must be a http:// or https:// URL"
    try:
        parts = urlsplit(rpc_url)
        port = parts.port
    except ValueError:
        raise InvalidInput(problem) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(problem)
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")

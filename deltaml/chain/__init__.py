"""Ethereum: typed reads at a pinned block, writes as data, one sender. The only importer of web3."""

from deltaml.chain import calls, errors, events, types
from deltaml.chain.calls import Call, multicall
from deltaml.chain.connection import At, Block, Chain
from deltaml.chain.deployment import Deployment, load_deployment
from deltaml.chain.event_log import EventLog
from deltaml.chain.events import Event, Position
from deltaml.chain.keystore import create_keystore, load_account
from deltaml.chain.market import Market, Read, Reads
from deltaml.chain.node import NodeReport
from deltaml.chain.node_pool import NodePool
from deltaml.chain.nodes import connect, open_pool
from deltaml.chain.receipts import Receipt
from deltaml.chain.sender import Sender, Writer
from deltaml.chain.simulation import DryRunSender

__all__ = [
    "At",
    "Block",
    "Call",
    "Chain",
    "Deployment",
    "DryRunSender",
    "Event",
    "EventLog",
    "Market",
    "NodePool",
    "NodeReport",
    "Position",
    "Read",
    "Reads",
    "Receipt",
    "Sender",
    "Writer",
    "calls",
    "connect",
    "create_keystore",
    "errors",
    "events",
    "load_account",
    "load_deployment",
    "multicall",
    "open_pool",
    "types",
]

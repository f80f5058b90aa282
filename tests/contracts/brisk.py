"""What Brownie and web3 do anew at each call, and tests need once: it was nearly half of a run's time."""

import gc
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from web3 import Web3


def ask_once_for_the_chain_id(web3: Web3) -> None:
    """web3 asks for it before each call and each transaction."""
    provider: Any = web3.provider
    provider.cacheable_requests = {"eth_chainId"}
    provider.cache_allowed_requests = True


def read_the_environment_once(web3: Web3) -> None:
    """requests looks through all of it for proxies at each call; there is none on the way to this machine."""
    provider: Any = web3.provider
    provider._request_session_manager.cache_and_return_session(provider.endpoint_uri).trust_env = False


def look_only_at_the_caller() -> None:
    """Brownie warns who calls its Rpc by hand, and to find the caller reads the source around every frame there is."""
    module: Any = import_module("brownie.network.rpc")  # `brownie.network` has its only instance under that name
    module.inspect = SimpleNamespace(stack=_caller_and_his)


def _caller_and_his() -> list[Any]:
    frame = sys._getframe(1)
    return [SimpleNamespace(frame=frame), SimpleNamespace(frame=frame.f_back)]


def keep_what_was_imported() -> None:
    """Brownie collects garbage whenever it reverts the chain; modules and compiled contracts are none."""
    gc.collect()
    gc.freeze()

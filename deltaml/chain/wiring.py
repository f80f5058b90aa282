"""Whether what stands at a deployment's addresses is ours: functions are there and the contracts know each other."""

from collections.abc import Iterator

from deltaml.chain.abi import load_abi, method
from deltaml.chain.connection import Block, parse_bytes
from deltaml.chain.market import Market, read_of


def faults(market: Market, block: Block) -> Iterator[str]:
    """One sentence for each contract that is missing, is another, or is wired to another. Raises Unavailable.

    Functions and wiring are what processes depend on; `scripts/deploy.py check` compares every byte.
    """
    where = market.deployment
    contracts = {
        "TaskMarket": where.market,
        "StakeVault": where.vault,
        "Committees": where.committees,
        "TokenDouble": where.stake_token,
    }
    code = {
        name: parse_bytes(market.chain.request("eth_getCode", [address, hex(block.number)]))
        for name, address in contracts.items()
    }
    broken = False
    for name, address in contracts.items():
        called = "the stake token" if name == "TokenDouble" else name
        if not code[name]:
            yield f"there is no contract at {address}, where {called} should be"
        elif missing := _missing_functions(name, code[name]):
            yield f"the contract at {address} is not {called}: it has no function {missing[0]}"
        else:
            continue
        broken = True
    if broken:
        return
    for name, getter, expected in _wiring(market):
        if (found := market.read(read_of(contracts[name], name, getter), block)) != expected:
            yield f"{name} at {contracts[name]} works with the {getter} {found}, not with {expected} of the file"


def _missing_functions(contract: str, code: bytes) -> list[str]:
    # A dispatcher compares selectors as PUSH4; any ERC-20 will do for a token.
    wanted = ("balanceOf", "transferFrom", "approve") if contract == "TokenDouble" else None
    names = [entry["name"] for entry in load_abi(contract) if entry["type"] == "function"]
    return [
        name
        for name in names
        if (wanted is None or name in wanted) and code.find(_push(method(contract, name).selector)) < 0
    ]


def _push(selector: bytes) -> bytes:
    # Leading zeros of a constant are not pushed.
    short = selector.lstrip(b"\0")
    return bytes([0x5F + len(short)]) + short


def _wiring(market: Market) -> list[tuple[str, str, str]]:
    where = market.deployment
    return [
        ("TaskMarket", "vault", where.vault),
        ("TaskMarket", "committees", where.committees),
        ("StakeVault", "market", where.market),
        ("StakeVault", "committees", where.committees),
        ("StakeVault", "token", where.stake_token),
        ("Committees", "market", where.market),
        ("Committees", "vault", where.vault),
    ]

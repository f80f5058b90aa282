"""People, tokens and a wired vault for every test of the contracts.

`vault` and `committees` come unwired. `books` wires them and is what any test needs in which a stake is locked: here
an externally owned account stands in for the market; a folder that has a real one overrides `books` in its conftest:

    @pytest.fixture(scope="module")
    def books(market, vault, committees, deployer):
        vault.setBooks(market, committees, {"from": deployer})
        committees.setMarket(market, {"from": deployer})
        return market
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import brownie
import pytest
from brownie import chain, web3
from brownie._config import CONFIG
from brownie.network import contract as brownie_contract
from brownie.network.transaction import TransactionReceipt
from eth_utils import keccak, to_bytes

from scripts.runtime import expected_runtime, same_runtime

from .brisk import (
    ask_once_for_the_chain_id,
    keep_what_was_imported,
    look_only_at_the_caller,
    read_the_environment_once,
)
from .constants import EXPOSURE_BPS, FAULT_PENALTY, SEAT_STAKE, STAKE_PER_REWARD_WAD

# ---------------------------------------------------------------- coverage

_brownies_own = brownie_contract._verify_deployed_code


def _verify_deployed_code(address: str, expected: str, language: str) -> bool:
    """Brownie takes a contract with immutables for another than it compiled, and then measures nothing of it.

    Only under --coverage: with a source map it also traces each revert, which doubles the time of a run. Which
    libraries a contract is linked with does not matter here: their places are taken from what was deployed.
    """
    if not CONFIG.argv["coverage"]:
        return _brownies_own(address, expected, language)
    deployed = bytes(web3.eth.get_code(address))
    code = expected.removeprefix("0x")
    for hole in re.finditer(r"__\$\w{34}\$__", code):
        code = code[: hole.start()] + deployed.hex()[hole.start() : hole.end()] + code[hole.end() :]
    return same_runtime(deployed, expected_runtime({"deployedBytecode": code}, address, {}))


brownie_contract._verify_deployed_code = _verify_deployed_code

# ---------------------------------------------------------------- chain

_await_confirmation = TransactionReceipt._await_confirmation


def _await_receipt_first(self: Any, *args: Any, **kwargs: Any) -> None:
    """anvil counts a transaction into its sender's nonce before it has the receipt; Brownie, which asks in that order,
    would take the transaction for dropped."""
    web3.eth.wait_for_transaction_receipt(self.txid, poll_latency=0.01)
    _await_confirmation(self, *args, **kwargs)


TransactionReceipt._await_confirmation = _await_receipt_first


@pytest.fixture(scope="session", autouse=True)
def brisk():
    """Nothing here changes what a test sees."""
    ask_once_for_the_chain_id(web3)
    read_the_environment_once(web3)
    look_only_at_the_caller()
    keep_what_was_imported()


@pytest.fixture(scope="session", autouse=True)
def steady_clock():
    """Every block is a second after the last, however long this machine takes: no deadline passes by itself."""
    web3.provider.make_request("anvil_setBlockTimestampInterval", [1])


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Each test starts from what the module's fixtures left."""


# ---------------------------------------------------------------- people


def _account(index: int) -> Any:
    @pytest.fixture(scope="session")
    def person(accounts):
        return accounts[index]

    return person


deployer = _account(0)
owner = _account(1)
alice = _account(2)
bob = _account(3)
carol = _account(4)
dave = _account(5)
erin = _account(6)
frank = _account(7)
mallory = _account(8)
market_stand_in = _account(9)


@pytest.fixture(scope="session")
def many_oracles(accounts):
    """The ten that the largest committee takes."""
    return list(accounts[10:20])


@pytest.fixture(scope="session")
def oracles(many_oracles):
    """The four of `committee_id`."""
    return many_oracles[:4]


ROLES = ("deployer", "owner", "trainer", "member", "other_oracle", "market", "stranger")


@pytest.fixture(scope="session")
def roles(deployer, owner, alice, many_oracles, market_stand_in, mallory):
    """One account for each role there is; the complements below try all but one."""
    people = (deployer, owner, alice, many_oracles[0], many_oracles[9], market_stand_in, mallory)
    return dict(zip(ROLES, people, strict=True))


def _everyone_but(*excluded: str) -> Any:
    @pytest.fixture(params=[role for role in ROLES if role not in excluded])
    def somebody_else(request, roles):
        return roles[request.param]

    return somebody_else


not_deployer = _everyone_but("deployer")
not_owner = _everyone_but("owner")
not_trainer = _everyone_but("trainer")
not_member = _everyone_but("member")
not_market = _everyone_but("market")


# ---------------------------------------------------------------- calls


def _shown(argument: Any) -> str:
    """How Brownie prints a decoded argument: addresses in lower case, bytes as Python shows them."""
    text = str(getattr(argument, "address", argument))
    if not text.startswith("0x"):
        return text
    return text.lower() if len(text) == 42 else str(to_bytes(hexstr=text))


@pytest.fixture(scope="session")
def reverts_with() -> Callable[..., Any]:
    """`with reverts_with("Name", a, b):` the block reverts with exactly this typed error and these arguments."""

    @contextmanager
    def expect(error_name: str, *args: Any) -> Iterator[None]:
        with brownie.reverts(f"{error_name}: {', '.join(_shown(argument) for argument in args)}"):
            yield

    return expect


@pytest.fixture(scope="session")
def at() -> Callable[[int], None]:
    """`at(t)`: the next transaction is mined with timestamp t."""

    def set_next(timestamp: int) -> None:
        web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])

    return set_next


@pytest.fixture(scope="session")
def travel(at) -> Callable[[int], int]:
    """`travel(seconds)`: mines a block that much later and returns its timestamp; calls see that time."""

    def mine_after(seconds: int) -> int:
        at(chain[-1].timestamp + seconds)
        chain.mine()
        return chain[-1].timestamp

    return mine_after


@pytest.fixture(scope="session")
def sign_permit() -> Callable[..., tuple[int, bytes, bytes]]:
    """EIP-2612 signature (v, r, s) of `account` that lets `spender` take `amount` of `token`."""

    def sign(account: Any, token: Any, spender: Any, amount: int, deadline: int) -> tuple[int, bytes, bytes]:
        fields = ("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256")
        message = (account.address, spender.address, amount, token.nonces(account), deadline)
        names = [name for name, _ in fields] + ["deadline"]
        _, name, version, chain_id, contract, _, _ = token.eip712Domain()
        typed = {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Permit": [{"name": name, "type": kind} for name, kind in (*fields, ("deadline", "uint256"))],
            },
            "primaryType": "Permit",
            "domain": {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract},
            "message": {name: str(value) for name, value in zip(names, message, strict=True)},
        }
        signature = to_bytes(
            hexstr=web3.provider.make_request("eth_signTypedData_v4", [account.address, typed])["result"]
        )
        return signature[64], signature[:32], signature[32:64]

    return sign


# ---------------------------------------------------------------- contracts


@pytest.fixture(scope="module")
def stake_token(module_isolation, TokenDouble, deployer):
    return TokenDouble.deploy("Stake Token Double", "STK", 18, {"from": deployer})


@pytest.fixture(scope="module")
def reward_token(module_isolation, TokenDouble, deployer):
    return TokenDouble.deploy("Reward Token Double", "RWD", 18, {"from": deployer})


@pytest.fixture(scope="module")
def vault(StakeVault, stake_token, deployer):
    return StakeVault.deploy(stake_token, {"from": deployer})


@pytest.fixture(scope="module")
def committees(Committees, vault, deployer):
    return Committees.deploy(vault, {"from": deployer})


@pytest.fixture(scope="module")
def books(vault, committees, deployer, market_stand_in):
    """Wires vault and committees; the account or contract that acts as the market."""
    vault.setBooks(market_stand_in, committees, {"from": deployer})
    committees.setMarket(market_stand_in, {"from": deployer})
    return market_stand_in


@pytest.fixture(scope="module")
def deposit_for(vault, stake_token) -> Callable[[Any, int], None]:
    """`deposit_for(alice, amount)`: mints the stake token to her and deposits it."""

    def deposit(account: Any, amount: int) -> None:
        stake_token.mint(account, amount, {"from": account})
        stake_token.approve(vault, amount, {"from": account})
        vault.deposit(account, amount, {"from": account})

    return deposit


@pytest.fixture(scope="session")
def recipient_of() -> Callable[[Any], bytes]:
    """A stand-in for an account's age recipient: 32 bytes, not zero, always the same."""
    return lambda account: keccak(text=f"recipient of {account}")


@pytest.fixture(scope="module")
def charter_of(reward_token) -> Callable[..., tuple]:
    """`charter_of(members, seatStake=..., ...)`: a charter that accepts any terms but no arbiter, with the named fields
    replaced."""

    def charter(members: list, **changes: Any) -> tuple:
        fields = {
            "members": members,
            "seatStake": SEAT_STAKE,
            "faultPenalty": FAULT_PENALTY,
            "exposureBps": EXPOSURE_BPS,
            "minCommitWindow": 0,
            "minVoteWindow": 0,
            "minFeeStake": 0,
            "minChallengeBond": 0,
            "arbiters": [],
            "rewardTokens": [reward_token],
            "stakePerRewardWad": [STAKE_PER_REWARD_WAD],
        }
        assert changes.keys() <= fields.keys()
        return tuple((fields | changes).values())

    return charter


@pytest.fixture(scope="module")
def found_committee(books, committees, charter_of, deposit_for, recipient_of) -> Callable[..., int]:
    """`found_committee(members, ...)`: the identifier of a new committee in which all members are enrolled."""

    def found(members: list, **changes: Any) -> int:
        charter = charter_of(members, **changes)
        committee_id = committees.found(charter, {"from": members[0]}).return_value
        for member in members:
            deposit_for(member, charter[1])
            committees.enroll(committee_id, recipient_of(member), {"from": member})
        return committee_id

    return found


@pytest.fixture(scope="module")
def committee_id(found_committee, oracles):
    """A complete committee of four that accepts `reward_token`."""
    return found_committee(oracles)


def _books_of(vault: Any, accounts: Any) -> list[list[int]]:
    """For each account: deposit, locked, free, locked by either book. One request, as every test asks for it."""
    books = vault.market(), vault.committees()
    calls = [
        call
        for account in accounts
        for call in (
            vault.depositOf.encode_input(account),
            vault.lockedOf.encode_input(account),
            vault.freeOf.encode_input(account),
            *(vault.lockedBy.encode_input(book, account) for book in books),
        )
    ]
    words = [int.from_bytes(bytes(word)) for word in vault.multicall.call(calls)]
    return [words[start : start + 5] for start in range(0, len(words), 5)]


@pytest.fixture
def solvent(isolation, accounts, vault, stake_token):
    """Checks the vault's books after the test (I1, I4). What the test donates it appends to the list it gets."""
    donations: list[int] = []
    yield donations
    rows = _books_of(vault, accounts)
    for deposit, locked, free, *locked_by in rows:
        assert locked == sum(locked_by) <= deposit
        assert free == deposit - locked
    assert sum(row[0] for row in rows) == vault.totalDeposits()
    assert stake_token.balanceOf(vault) == vault.totalDeposits() + vault.pot() + sum(donations)

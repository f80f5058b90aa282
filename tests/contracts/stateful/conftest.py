"""Fixtures of a whole market, and the world that the machine acts in."""

import pytest
from brownie import chain, web3

from tests.contracts.constants import SEAT_STAKE, STRICT, WAD
from tests.contracts.market_fixtures import *  # noqa: F403

from .ledger import ChainLedger
from .node import Node
from .twin.books import Committee, Vault
from .twin.market import Market
from .world import World

FUNDS = 1_000_000 * WAD


@pytest.fixture(scope="module")
def second_token(TokenDouble, deployer, module_isolation):
    """Six decimals, so that nothing divides evenly."""
    return TokenDouble.deploy("Second Reward Double", "SEC", 6, {"from": deployer})


@pytest.fixture(scope="module")
def charters(charter_of, arbiter, reward_token, second_token, many_oracles):
    """Three committees that share members: a plain one, one for the second token, and a strict one of seven."""
    both = {"rewardTokens": [reward_token, second_token], "stakePerRewardWad": [WAD, 10**30]}
    return [
        charter_of(many_oracles[:4], arbiters=[arbiter], **both),
        charter_of(many_oracles[2:6], arbiters=[arbiter], faultPenalty=SEAT_STAKE // 3, **both),
        charter_of(many_oracles[3:10], arbiters=[arbiter], **STRICT, **both),
    ]


@pytest.fixture(scope="module")
def world(
    accounts, books, vault, committees, arbiter, charters, stake_token, reward_token, second_token, deposit_for,
    recipient_of, LensDouble, deployer, owner, alice, bob, carol, dave, erin, frank, mallory, many_oracles,
):  # fmt: skip
    """Everybody has funds; frank, a trainer, has none to stake; a member trains, and an owner too."""
    trainers = [alice, bob, carol, dave, frank, many_oracles[0], owner]
    for person in accounts:
        for token in (reward_token, second_token):
            token.mint(person, FUNDS, {"from": person})
            token.approve(books, FUNDS, {"from": person})
        if person != frank:
            deposit_for(person, FUNDS)
    for charter in charters:
        committee_id = committees.found(charter, {"from": deployer}).return_value
        for member in charter[0]:
            committees.enroll(committee_id, recipient_of(member), {"from": member})
    ledger = ChainLedger(
        node=Node(web3.provider.endpoint_uri),
        market=books,
        vault=vault,
        committees=committees,
        lens=LensDouble.deploy({"from": deployer}),
        stake_token=stake_token,
        reward_tokens=[reward_token, second_token],
        accounts=[person.address for person in accounts],
        funds=FUNDS,
    )
    return World(
        ledger=ledger,
        arbiter=arbiter,
        owners=[owner.address, erin.address],
        trainers=[person.address for person in trainers],
        stranger=mallory.address,
        twin=_twin(ledger, charters, frank),
    )


def _twin(ledger, charters, pauper):
    names = [item["name"] for item in ledger.committees.found.abi["inputs"][0]["components"]]
    free = {account: FUNDS for account in ledger.accounts if account != pauper.address}
    twin_vault = Vault()
    twin_vault.free.update(free)
    twin_committees = {}
    for number, values in enumerate(charters, start=1):
        charter = dict(zip(names, values, strict=True))
        for name in ("members", "arbiters", "rewardTokens"):
            charter[name] = [contract.address for contract in charter[name]]
        stake = charter["seatStake"]
        twin_committees[number] = Committee(charter, dict.fromkeys(range(len(charter["members"])), stake))
        for member in charter["members"]:
            twin_vault.lock(ledger.committees.address, member, stake)
    addresses = ledger.market.address, ledger.committees.address
    return Market(web3.eth.chain_id, *addresses, twin_vault, twin_committees, now=chain[-1].timestamp)

"""scripts/deploy.py: deploy, verify, record
- everything is wired and empty; the books of nobody else are accepted afterwards
- the written file is what deltaml.chain reads
- a stake token that exists is used; one that does not is refused, and token doubles never leave development chains
- other code at an address, or a contract that knows others, is noticed
"""

import dataclasses
import json
from pathlib import Path

import pytest
from brownie import project
from eth_utils import is_checksum_address

from scripts import deploy as script
from scripts.deploy import Placed, deploy, record, verify
from scripts.params import Params, params_of
from tests.contracts.constants import ZERO_ADDRESS

ON_DEVELOPMENT = params_of(31337)


@pytest.fixture(scope="module")
def deployment(module_isolation, deployer):
    return deploy(deployer, ON_DEVELOPMENT)


def test_wired(deployment, deployer, mallory, reverts_with):
    vault, committees, market = (
        placed.contract for placed in (deployment.vault, deployment.committees, deployment.market)
    )

    assert (vault.market(), vault.committees()) == (market, committees)
    assert (committees.market(), committees.vault()) == (market, vault)
    assert (market.vault(), market.committees()) == (vault, committees)
    assert vault.token() == deployment.stake_token.contract != deployment.reward_token.contract
    with reverts_with("StakeVault_BooksAlreadySet"):
        vault.setBooks(mallory, mallory, {"from": deployer})
    with reverts_with("Committees_MarketAlreadySet"):
        committees.setMarket(mallory, {"from": deployer})


def test_recorded(deployment, deployer, tmp_path):
    path = record(deployment, tmp_path)

    assert path == tmp_path / "31337.json"
    document = json.loads(path.read_text("utf-8"))
    assert document["chainId"] == 31337
    assert document["blockNumber"] == deployment.stake_token.contract.tx.block_number
    assert document["deployer"] == deployer.address
    placed = document["contracts"]
    assert list(placed) == ["StakeVault", "Committees", "TaskMarket", "StakeToken", "RewardToken"]
    assert placed["StakeVault"]["constructorArguments"] == [placed["StakeToken"]["address"]]
    assert placed["Committees"]["constructorArguments"] == [placed["StakeVault"]["address"]]
    assert placed["TaskMarket"]["constructorArguments"] == [
        placed["StakeVault"]["address"],
        placed["Committees"]["address"],
    ]
    assert placed["StakeToken"]["constructorArguments"] == ["Stake Token Double", "STK", 18]
    assert document["libraries"] == {
        each.contract._name: {"address": each.contract.address, "constructorArguments": []}
        for each in deployment.libraries
    }


def test_on_an_existing_token(stake_token, deployer, tmp_path):
    deployment = deploy(deployer, Params(stake_token=stake_token.address, confirmations=1))

    assert deployment.vault.contract.token() == stake_token
    assert deployment.reward_token is None
    document = json.loads(record(deployment, tmp_path).read_text("utf-8"))
    assert document["contracts"]["StakeToken"] == {"address": stake_token.address, "constructorArguments": []}
    assert "RewardToken" not in document["contracts"]
    assert document["blockNumber"] == deployment.vault.contract.tx.block_number


def test_no_such_token(deployer, mallory):
    with pytest.raises(ValueError, match=f"no contract at the stake token {mallory}"):
        deploy(deployer, Params(stake_token=mallory.address, confirmations=1))


def test_doubles_stay_on_development_chains(deployer, monkeypatch):
    monkeypatch.setattr(script, "DEVELOPMENT_CHAINS", frozenset())

    with pytest.raises(ValueError, match="not for chain 31337"):
        deploy(deployer, ON_DEVELOPMENT)


def _tamper(web3, contract):
    """Changes the last byte of the code proper, before its 53 bytes of metadata."""
    code = bytearray(web3.eth.get_code(contract.address))
    code[-54] ^= 1
    web3.provider.make_request("anvil_setCode", [contract.address, "0x" + code.hex()])


@pytest.mark.parametrize("name", ["vault", "committees", "market"])
def test_other_code(deployment, web3, name):
    contract = getattr(deployment, name).contract
    _tamper(web3, contract)

    with pytest.raises(ValueError, match=f"the code of {contract._name} .* is not what was compiled"):
        verify(deployment)


def test_other_library(deployment, web3):
    library = deployment.libraries[1].contract
    _tamper(web3, library)

    with pytest.raises(ValueError, match=f"the code of {library._name} .* is not what was compiled"):
        verify(deployment)


def test_linked_elsewhere(deployment, deployer):
    """A library of the same code at another address is not what the market calls."""
    first, *others = deployment.libraries
    moved = Placed(project.get_loaded_projects()[0][first.contract._name].deploy({"from": deployer}))

    with pytest.raises(ValueError, match=r"the code of TaskMarket .* is not what was compiled"):
        verify(dataclasses.replace(deployment, libraries=(moved, *others)))


def test_other_books(deployment, StakeVault, deployer):
    stranger = Placed(StakeVault.deploy(deployment.stake_token.contract, {"from": deployer}))

    with pytest.raises(ValueError, match=f"StakeVault.market is {ZERO_ADDRESS}"):
        verify(dataclasses.replace(deployment, vault=stranger))


@pytest.mark.parametrize("chain_id", [1, 11155111])
def test_public_parameters(chain_id):
    params = params_of(chain_id)

    assert is_checksum_address(params.stake_token)
    assert params.confirmations > 1


def test_unknown_chain():
    with pytest.raises(ValueError, match="no parameters for chain 5"):
        params_of(5)


def test_written_beside_the_sources():
    assert Path(script.__file__).parents[1] / "deployments" == script.FOLDER

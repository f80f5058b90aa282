"""scripts/deploy.py: deploy, verify, record, recorded, plan, main, check
- everything is wired and empty; the books of nobody else are accepted afterwards
- the written file is what deltaml.chain reads
- a stake token that exists is used; one that does not is refused, and token doubles never leave development chains
- other code at an address, other immutables, or a contract that knows others, is noticed
- a public chain is asked about first: nothing is sent without its number
- what was written can be read back and checked against the chain later
"""

import dataclasses
import json
from pathlib import Path

import pytest
from brownie import project
from eth_utils import is_checksum_address

from scripts import deploy as script
from scripts.deploy import Placed, check, deploy, main, plan, record, recorded, verify
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
    assert placed["TaskMarket"]["abi"] == deployment.market.contract.abi
    assert all(described["abi"] for described in placed.values())
    assert document["libraries"] == {
        each.contract._name: {
            "address": each.contract.address,
            "constructorArguments": [],
            "abi": each.contract.abi,
        }
        for each in deployment.libraries
    }


def test_read_back(deployment, tmp_path):
    record(deployment, tmp_path)

    again = recorded(tmp_path)

    verify(again)
    assert again.to_json() == deployment.to_json()


def test_made_for_another_chain(deployment, tmp_path):
    path = record(deployment, tmp_path)
    path.write_text(path.read_text("utf-8").replace('"chainId": 31337', '"chainId": 1'), "utf-8")

    with pytest.raises(ValueError, match="is for chain 1"):
        recorded(tmp_path)


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


def test_other_deployer(deployment, mallory):
    """It has no getter, and no power left; yet a contract that somebody else made may not be taken for ours."""
    with pytest.raises(ValueError, match=r"StakeVault at .* was built with other addresses"):
        verify(dataclasses.replace(deployment, deployer=mallory.address))


@pytest.fixture
def public(monkeypatch, stake_token, deployer, tmp_path):
    """As if this were a public network, on which wrapped ether stands."""
    params = Params(stake_token=stake_token.address, confirmations=1)
    monkeypatch.setattr(script, "DEVELOPMENT_CHAINS", frozenset())
    monkeypatch.setattr(script, "params_of", {31337: params}.__getitem__)
    monkeypatch.setattr(script, "_sender", lambda: deployer)
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    return params


@pytest.mark.parametrize("answer", ["", "yes", "1"])
def test_nothing_without_consent(public, deployer, monkeypatch, answer):
    monkeypatch.setattr("builtins.input", lambda _: answer)
    nonce = deployer.nonce

    with pytest.raises(SystemExit, match="nothing was sent"):
        main()

    assert deployer.nonce == nonce


def test_consent_then_check(public, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda _: "31337")

    main()
    check()

    printed = capsys.readouterr().out
    assert public.stake_token in printed
    assert "31337.json names what these sources compile to" in printed


def test_plan_says_it_all(public, deployer, tmp_path):
    text = plan(public, deployer)

    for part in (
        "chain 31337",
        deployer.address,
        public.stake_token,
        "solc 0.8.30",
        "cancun",
        "optimizer 200 runs",
        "Reports, Settlements, Terms",
        str(tmp_path / "31337.json"),
    ):
        assert part in text
    (tmp_path / "31337.json").touch()
    assert "replacing it" in plan(public, deployer)


def test_other_books(deployment, StakeVault, deployer):
    stranger = Placed(StakeVault.deploy(deployment.stake_token.contract, {"from": deployer}))

    with pytest.raises(ValueError, match=f"StakeVault.market is {ZERO_ADDRESS}"):
        verify(dataclasses.replace(deployment, vault=stranger))


@pytest.mark.parametrize("chain_id", [1, 10, 8453, 84532, 11155111, 11155420])
def test_public_parameters(chain_id):
    params = params_of(chain_id)

    assert is_checksum_address(params.stake_token)
    assert params.confirmations > 1


def test_unknown_chain():
    with pytest.raises(ValueError, match="no parameters for chain 5"):
        params_of(5)


def test_written_beside_the_sources():
    assert Path(script.__file__).parents[1] / "deployments" == script.FOLDER

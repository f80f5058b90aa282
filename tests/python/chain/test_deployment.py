"""The deployment file: what the deploy script must write."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from deltaml.chain.deployment import Deployment, load_deployment
from deltaml.errors import InvalidInput

pytestmark = pytest.mark.unit


def document(**changes: Any) -> dict[str, Any]:
    names = ("TaskMarket", "StakeVault", "Committees", "StakeToken")
    contracts = {name: {"address": "0x" + f"{0xAA + i:02x}" * 20, "args": []} for i, name in enumerate(names)}
    return {"chainId": 31337, "blockNumber": 12, "contracts": contracts} | changes


def test_is_found_by_chain_id_and_checksummed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deployments").mkdir()
    (tmp_path / "deployments" / "31337.json").write_text(json.dumps(document()))
    monkeypatch.chdir(tmp_path)
    assert load_deployment(31337) == Deployment(
        chain_id=31337,
        market=to_checksum_address("0x" + "aa" * 20),
        vault=to_checksum_address("0x" + "ab" * 20),
        committees=to_checksum_address("0x" + "ac" * 20),
        stake_token=to_checksum_address("0x" + "ad" * 20),
        reward_token=None,
        block_number=12,
    )


def test_reward_token_is_optional(tmp_path: Path) -> None:
    with_reward = document()
    with_reward["contracts"]["RewardToken"] = {"address": "0x" + "ae" * 20}
    file = tmp_path / "deployment.json"
    file.write_text(json.dumps(with_reward))
    assert load_deployment(31337, file).reward_token == to_checksum_address("0x" + "ae" * 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "lacks"),
        (json.dumps(document(chainId=1)), "for chain 1"),
        (json.dumps(document(contracts={})), "TaskMarket"),
        (json.dumps({"chainId": 31337}), "contracts"),
        (json.dumps(document(contracts={"TaskMarket": {"address": "0x12"}})), "20-byte"),
        (json.dumps(document(blockNumber=None)), "lacks"),
    ],
)
def test_malformed_files_say_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "deployment.json"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=message):
        load_deployment(31337, file)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="deploy first"):
        load_deployment(31337, tmp_path / "none.json")

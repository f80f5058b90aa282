"""scripts/export.py: exported, drifted, write
- what is in the repository is what the contracts give
- a missing, a changed and a left-over file are named
"""

import json

import pytest
from brownie import project

from scripts.export import CONTRACTS, drifted, exported, write


@pytest.fixture(scope="module")
def texts():
    return exported(project.get_loaded_projects()[0])


def test_up_to_date(texts):
    assert drifted(texts) == []


def test_nothing_but_abis(texts):
    assert sorted(texts) == sorted(f"{name}.json" for name in CONTRACTS)
    for name in CONTRACTS:
        document = json.loads(texts[f"{name}.json"])
        assert document.keys() == {"contractName", "abi"}
        assert document["contractName"] == name
        assert {entry["type"] for entry in document["abi"]} >= {"constructor", "function", "event", "error"}


def test_drift(texts, tmp_path):
    write(texts, tmp_path)
    assert drifted(texts, tmp_path) == []

    (tmp_path / "StakeVault.json").write_text("{}\n", "utf-8")
    (tmp_path / "Committees.json").unlink()
    (tmp_path / "Gone.json").write_text("{}\n", "utf-8")

    assert drifted(texts, tmp_path) == ["Committees.json", "Gone.json", "StakeVault.json"]

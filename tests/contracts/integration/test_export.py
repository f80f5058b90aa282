"""scripts/export.py: exported, drifted, write
- what is in the repository is what the contracts give
- a missing, a changed and a left-over file are named
"""

import json

import pytest
from brownie import project

from scripts.export import CONTRACTS, INTERFACES, drifted, exported, write


@pytest.fixture(scope="module")
def texts():
    return exported(project.get_loaded_projects()[0])


def test_up_to_date(texts):
    assert drifted(texts) == []


def test_nothing_but_abis(texts):
    modules = {f"{name}.ts" for name in CONTRACTS + INTERFACES}
    assert texts.keys() == {f"{name}.json" for name in CONTRACTS} | modules
    for name in CONTRACTS:
        document = json.loads(texts[f"{name}.json"])
        assert document.keys() == {"contractName", "abi"}
        assert document["contractName"] == name
        assert {entry["type"] for entry in document["abi"]} >= {"constructor", "function", "event", "error"}


def test_pages_abis_are_the_same(texts):
    for name in CONTRACTS:
        lines = texts[f"{name}.ts"].splitlines()[2:-1]
        entries = [json.loads(line.rstrip(",")) for line in lines]
        whole = json.loads(texts[f"{name}.json"])["abi"]
        assert [(entry["type"], entry.get("name")) for entry in entries] == [
            (entry["type"], entry.get("name")) for entry in whole
        ]


def test_drift(texts, tmp_path):
    folders = {".json": tmp_path / "json", ".ts": tmp_path / "ts"}
    write(texts, folders)
    assert drifted(texts, folders) == []

    (tmp_path / "json" / "StakeVault.json").write_text("{}\n", "utf-8")
    (tmp_path / "json" / "Committees.json").unlink()
    (tmp_path / "ts" / "Gone.ts").write_text("\n", "utf-8")

    assert drifted(texts, folders) == ["Committees.json", "Gone.ts", "StakeVault.json"]

"""Writes the ABIs that the library and the page carry: `brownie run scripts/export.py`.

`brownie run scripts/export.py check` writes nothing and fails when a file is not what the contracts give.
"""

import json
import sys
from pathlib import Path
from typing import Any

from brownie import project

FOLDER = Path(__file__).parents[1] / "deltaml" / "chain" / "artifacts"
CONTRACTS = ("TaskMarket", "StakeVault", "Committees", "TokenDouble")


def exported(contracts: Any) -> dict[str, str]:
    """File name → text, for each contract others talk to."""
    texts = {}
    for name in CONTRACTS:
        document = {"contractName": name, "abi": contracts[name].abi}
        texts[f"{name}.json"] = json.dumps(document, indent=1) + "\n"
    return texts


def drifted(texts: dict[str, str], folder: Path = FOLDER) -> list[str]:
    """Names of the files that are missing or differ from `texts`, and of those that should not be there."""
    present = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in texts.keys() | present.keys() if texts.get(name) != present.get(name))


def write(texts: dict[str, str], folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def main() -> None:
    """Entry point of `brownie run`."""
    texts = exported(project.get_loaded_projects()[0])
    stale = drifted(texts)
    write(texts)
    print(f"{len(texts)} files in {FOLDER}, changed: {', '.join(stale) or 'none'}")


def check() -> None:
    """Entry point for continuous integration."""
    stale = drifted(exported(project.get_loaded_projects()[0]))
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run scripts/export.py")
    print("the exported ABIs are up to date")

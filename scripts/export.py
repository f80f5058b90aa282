"""Writes the ABIs that the library and the page carry: `brownie run scripts/export.py`.

`brownie run scripts/export.py check` writes nothing and fails when a file is not what the contracts give.
"""

import json
import sys
from pathlib import Path
from typing import Any

from brownie import project

ROOT = Path(__file__).parents[1]
FOLDERS = {".json": ROOT / "deltaml" / "chain" / "artifacts", ".ts": ROOT / "web" / "src" / "chain" / "abi"}
CONTRACTS = ("TaskMarket", "StakeVault", "Committees", "TokenDouble")
# Nobody deploys an arbiter of ours; the page asks those that tasks name for their price.
INTERFACES = ("IArbiter",)


def exported(loaded: Any) -> dict[str, str]:
    """File name → text, for each contract others talk to: `.json` for the library, `.ts` for the page."""
    texts = {}
    for name in CONTRACTS:
        document = {"contractName": name, "abi": loaded[name].abi}
        texts[f"{name}.json"] = json.dumps(document, indent=1) + "\n"
    for name, abi in _page_abis(loaded).items():
        texts[f"{name}.ts"] = _typescript(name, abi)
    return texts


def _page_abis(loaded: Any) -> dict[str, list[Any]]:
    abis = {name: loaded[name].abi for name in CONTRACTS}
    return abis | {name: getattr(loaded.interface, name).abi for name in INTERFACES}


def _typescript(name: str, abi: list[Any]) -> str:
    """A module whose type is the ABI itself, which is what viem reads argument types from."""
    constant = f"{name[0].lower()}{name[1:]}Abi" if not name.startswith("I") else f"{name[1].lower()}{name[2:]}Abi"
    entries = ",\n".join(f"  {json.dumps(_without_internal_types(entry))}" for entry in abi)
    return f"// Written by scripts/export.py.\nexport const {constant} = [\n{entries},\n] as const;\n"


def _without_internal_types(node: Any) -> Any:
    """Names of Solidity types: nothing decodes by them, and the page downloads every byte of this."""
    if isinstance(node, list):
        return [_without_internal_types(item) for item in node]
    if isinstance(node, dict):
        return {key: _without_internal_types(value) for key, value in node.items() if key != "internalType"}
    return node


def drifted(texts: dict[str, str], folders: dict[str, Path] = FOLDERS) -> list[str]:
    """Names of the files that are missing or differ from `texts`, and of those that should not be there."""
    present = {
        path.name: path.read_text("utf-8") for suffix, folder in folders.items() for path in folder.glob(f"*{suffix}")
    }
    return sorted(name for name in texts.keys() | present.keys() if texts.get(name) != present.get(name))


def write(texts: dict[str, str], folders: dict[str, Path] = FOLDERS) -> None:
    for name, text in texts.items():
        path = folders[Path(name).suffix] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def main() -> None:
    """Entry point of `brownie run`."""
    texts = exported(project.get_loaded_projects()[0])
    stale = drifted(texts)
    write(texts)
    print(f"{len(texts)} files, changed: {', '.join(stale) or 'none'}")


def check() -> None:
    """Entry point for continuous integration."""
    stale = drifted(exported(project.get_loaded_projects()[0]))
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run scripts/export.py")
    print("the exported ABIs are up to date")

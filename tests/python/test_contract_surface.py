"""Every function, error and event of the contracts' interfaces is named by a test of the contracts."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
# The arbiter is somebody else's contract.
INTERFACES = [path for path in sorted((ROOT / "interfaces").glob("*.sol")) if path.stem != "IArbiter"]
TESTS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "contracts").rglob("*.py")))


def names(kind: str) -> list[tuple[str, str]]:
    found = []
    for path in INTERFACES:
        # Comments speak of functions and events too.
        code = re.sub(r"//.*", "", path.read_text("utf-8"))
        found += [(path.stem, name) for name in re.findall(rf"\b{kind}\s+(\w+)\s*\(", code)]
    return found


@pytest.mark.parametrize("kind", ["function", "error", "event"])
def test_all_are_named_in_tests(kind: str) -> None:
    declared = names(kind)
    assert len(declared) > 10
    unnamed = [f"{where}.{name}" for where, name in declared if not re.search(rf"\b{name}\b", TESTS)]
    assert not unnamed

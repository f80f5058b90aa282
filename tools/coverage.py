"""Every branch of contracts/ that the last `tools/brownie.sh test … --coverage` left out; fails when there is one.

`python tools/coverage.py` reads build/reports/coverage.json. A library's branch counts as taken whichever contract it
was compiled into. Brownie sees branches where a condition of `if`, `?:`, `&&` or `||` decides, and none in assembly.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "build" / "reports" / "coverage.json"
BUILDS = ROOT / "build" / "brownie" / "contracts"
# Brownie's colours, and the outcomes of the condition that were seen.
SEEN = {"green": {True, False}, "yellow": {True}, "orange": {False}, "red": set()}
# File and condition → why it can't be taken both ways.
UNREACHABLE: dict[tuple[str, str], str] = {}

Branch = tuple[str, int, int]
"""File, and where the condition begins and ends in it."""


def builds() -> Iterator[dict]:
    for path in sorted(BUILDS.glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def ours(source: str | None) -> bool:
    return bool(source) and source.startswith("contracts/") and not source.startswith("contracts/test/")


def branches(report: dict) -> dict[Branch, set[bool]]:
    """Every branch there is, with the outcomes that some test has seen."""
    found: dict[Branch, set[bool]] = {}
    for build in builds():
        sources = build.get("allSourcePaths", {})
        for number, functions in build.get("coverageMap", {}).get("branches", {}).items():
            for start, stop, *_ in (place for places in functions.values() for place in places.values()):
                if ours(sources.get(number)):
                    found.setdefault((sources[number], start, stop), set())
        seen = report["highlights"]["branches"].get(build["contractName"], {})
        for number, places in seen.items():
            for start, stop, colour, *_ in places:
                if ours(sources.get(number)):
                    found[sources[number], start, stop] |= SEEN[colour]
    return found


def main() -> None:
    found = branches(json.loads(REPORT.read_text("utf-8")))
    missing = {branch: seen for branch, seen in found.items() if len(seen) < 2}
    unexplained = 0
    for (file, start, stop), seen in sorted(missing.items()):
        # Offsets count bytes.
        code = (ROOT / file).read_bytes()
        condition = " ".join(code[start:stop].decode("utf-8").split())
        line = code[:start].count(b"\n") + 1
        outcome = "never reached" if not seen else f"never {str(not seen.copy().pop()).lower()}"
        reason = UNREACHABLE.get((file, condition))
        unexplained += reason is None
        print(f"{file}:{line}: {outcome}: {condition}{f' ({reason})' if reason else ''}")
    print(f"{len(found) - len(missing)} of {len(found)} branches both ways")
    if unexplained:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Slither's findings of high and medium impact; fails on one that nobody gave a reason, and on reasons without one."""

import json
import sys
from pathlib import Path

IMPACTS = ("High", "Medium")


def where(finding: dict) -> str:
    """Contract and function of a finding, or whatever it names first."""
    elements = finding["elements"]
    for element in elements:
        parents = [element, element.get("type_specific_fields", {}).get("parent", {})]
        for part in parents:
            if part.get("type") == "function":
                return f"{part['type_specific_fields']['parent']['name']}.{part['name']}"
    return elements[0]["name"] if elements else "?"


def excuses(listing: Path) -> set[tuple[str, str]]:
    rows = [line.split(" | ") for line in listing.read_text().splitlines() if line and not line.startswith("#")]
    return {(check.strip(), function.strip()) for check, function, _ in rows}


def main(report: Path, listing: Path) -> int:
    answer = json.loads(report.read_text())
    if not answer["success"]:
        print(f"slither failed: {answer['error']}")
        return 1

    findings = answer["results"].get("detectors", [])
    serious = [finding for finding in findings if finding["impact"] in IMPACTS]
    places = {(finding["check"], where(finding)) for finding in serious}
    allowed = excuses(listing)
    for check, function in sorted(places - allowed):
        print(f"slither: {check} in {function}")
    for check, function in sorted(allowed - places):
        print(f"no longer found, take it off the list: {check} in {function}")
    new = len(places - allowed)
    print(f"slither: {len(findings)} findings, {len(serious)} of high or medium impact, {new} without a reason")
    return 1 if places != allowed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

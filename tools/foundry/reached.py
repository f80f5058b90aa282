"""Adds up what the campaigns reached, run by run, and fails when some kind of event was never reached."""

import re
import sys
from pathlib import Path


def main(ledger: Path, log: Path) -> int:
    body = re.search(r"enum Kind \{(.*?)\}", ledger.read_text(), re.DOTALL)
    kinds = re.findall(r"\w+", body.group(1)) if body else []
    runs = [[int(count) for count in line.split()] for line in log.read_text().splitlines()] if log.exists() else []
    if not kinds or any(len(run) != len(kinds) for run in runs):
        print(f"{log} does not fit the kinds in {ledger}")
        return 1

    sums = {kind: sum(run[i] for run in runs) for i, kind in enumerate(kinds)}
    print(f"{len(runs)} runs reached " + ", ".join(f"{kind} {count}" for kind, count in sums.items()))
    missing = [kind for kind, count in sums.items() if count == 0]
    if missing:
        print("the campaigns never reached " + ", ".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

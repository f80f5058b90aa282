"""Branch coverage of contracts/, without contracts/test, from an lcov file; fails on a miss without a reason."""

import sys
from collections.abc import Iterator
from pathlib import Path


def branches(report: Path) -> Iterator[tuple[str, int, bool]]:
    """Each branch of our contracts: file, line, whether a test took it."""
    file = ""
    for line in report.read_text().splitlines():
        if line.startswith("SF:"):
            file = line[3:]
        elif line.startswith("BRDA:") and file.startswith("contracts/") and not file.startswith("contracts/test/"):
            number, _, _, count = line[5:].split(",")
            yield file, int(number), count not in ("-", "0")


def excuses(listing: Path) -> set[tuple[str, str]]:
    """File and text of the lines that may be missed."""
    rows = [line.split(" | ") for line in listing.read_text().splitlines() if line and not line.startswith("#")]
    return {(file.strip(), text.strip()) for file, text, _ in rows}


def main(report: Path, listing: Path) -> int:
    seen = list(branches(report))
    missed = {(file, number) for file, number, taken in seen if not taken}
    texts = {(file, number): Path(file).read_text().splitlines()[number - 1].strip() for file, number in missed}
    allowed = excuses(listing)
    unexcused = sorted(place for place in missed if (place[0], texts[place]) not in allowed)
    unused = allowed - {(file, texts[file, number]) for file, number in missed}

    print(f"{len(seen) - len(missed)} of {len(seen)} branches, {len(missed) - len(unexcused)} missed with a reason")
    for file, number in unexcused:
        print(f"missed: {file}:{number}: {texts[file, number]}")
    for file, text in sorted(unused):
        print(f"no longer missed, take it off the list: {file}: {text}")
    return 1 if unexcused or unused or not seen else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

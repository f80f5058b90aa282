"""Faults of one edit, each with the test that must find it: `python tools/mutants.py [name ...]`.

Each `tests/mutants/*.patch` begins with three lines: what is wrong (`Fault:`), the test file that finds it (`Test:`)
and which tests of that file to run (`Select:`, pytest's -k). The faults are put one by one into a copy of the tree, so
that yours is never touched. A fault is found when the named file fails in the copy; a compiler that refuses it, or a
chain that does not start, proves nothing and counts as a failure of this tool. Ends 1 when a fault was not found.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATCHES = ROOT / "tests" / "mutants"
# Installed or built, and the same for all faults.
SHARED = (".venv", "node_modules", "build/solc")
# What Brownie compiled. It looks one import deep for what has changed, and would test a market of stale libraries: so
# each of these is compiled again for each fault. The doubles are not.
COMPILED = "build/brownie"
FAULTY = ("TaskMarket", "Terms", "Reports", "Settlements", "Committees", "StakeVault")


@dataclass(frozen=True)
class Mutant:
    path: Path
    fault: str
    test: str
    select: str

    @classmethod
    def read(cls, path: Path) -> "Mutant":
        head = dict(line.split(": ", 1) for line in path.read_text().splitlines()[:3])
        return cls(path, head["Fault"], head["Test"], head["Select"])

    @property
    def name(self) -> str:
        return self.path.stem


def copy_tree(place: Path) -> None:
    """What git knows, what is compiled, and links to what is installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    for name in SHARED:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).symlink_to((ROOT / name).resolve())
    if (ROOT / COMPILED).is_dir():
        shutil.copytree(ROOT / COMPILED, place / COMPILED)


def apply(place: Path, mutant: Mutant, *options: str) -> None:
    # The copy is no repository; git must not look for one above it.
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(place.parent)}
    subprocess.run(["git", "apply", *options, str(mutant.path)], cwd=place, check=True, env=env)


def is_found(place: Path, mutant: Mutant) -> tuple[bool, str]:
    """Whether the named test fails, and the end of what it said."""
    for name in FAULTY:
        (place / COMPILED / "contracts" / f"{name}.json").unlink(missing_ok=True)
    command = ["tools/brownie.sh", "test", mutant.test, "-W", "ignore", "-q", "-k", mutant.select, "-r", "f"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=600, check=False)
    said = done.stdout + done.stderr
    return done.returncode != 0 and f"FAILED {mutant.test}" in said, said[-2_000:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these (default: all)")
    names = parser.parse_args().names
    mutants = [Mutant.read(path) for path in sorted(PATCHES.glob("*.patch")) if not names or path.stem in names]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        copy_tree(place)
        for mutant in mutants:
            began = time.monotonic()
            apply(place, mutant)
            found, said = is_found(place, mutant)
            apply(place, mutant, "--reverse")
            print(
                f"{'found' if found else 'MISSED':6}  {time.monotonic() - began:5.0f} s  {mutant.name}: {mutant.fault}",
                flush=True,
            )
            if not found:
                survivors.append(mutant.name)
                print(said, file=sys.stderr)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} faults found")
    return 1 if survivors or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())

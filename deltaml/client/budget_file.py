"""A data set's privacy budget on disk.

The one thing an agent remembers. All else it reads from the chain, so that kill -9 loses nothing. But which data set a
task was given, and how much noise its owner added of his own accord, never leaves his machine; one data set may serve
several accounts; and what may become known about it must not hang on what a node chooses to answer. So the file is what
counts, and the chain checks it: rounds of a task that were taken there and are missing here are added before anything
else is done in that task. A round is on disk before its update goes out, so a kill in between counts it once too often
at most, and not even that when the round is made again.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path

from deltaml.errors import InvalidInput
from deltaml.learning import PrivacyBudget

KIND = "deltaml/budget/1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class BudgetFile:
    """The budget of one data set. Every change is a whole new file, on disk before `change` returns; agents that share
    a data set take turns. Raises InvalidInput for a file that is missing, unreadable, or something else."""

    path: Path

    @classmethod
    def of(cls, folder: Path, data: Path, name: str | None = None) -> "BudgetFile":
        """The budget of the file `data`, by its content or, for data that grow, by a name its owner gave them."""
        if name is not None:
            if not NAME.fullmatch(name):
                raise InvalidInput(f"{name!r} is no name for a data set: 1 to 64 letters, digits, dots, - and _")
            return cls(folder / f"{name}.json")
        try:
            with data.open("rb") as file:
                return cls(folder / f"sha256-{file_digest(file, 'sha256').hexdigest()}.json")
        except OSError as error:
            raise InvalidInput(f"can't read {data}: {error.strerror}") from error

    @property
    def data_set(self) -> str:
        return self.path.stem

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def read(self) -> PrivacyBudget:
        try:
            stored = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise InvalidInput(f"there is no privacy budget {self.path}; `deltaml trainer run` makes one") from error
        except (OSError, ValueError) as error:
            raise InvalidInput(f"can't read the privacy budget {self.path}: {error}") from error
        if not isinstance(stored, dict) or stored.get("kind") != KIND:
            raise InvalidInput(f"{self.path} is no privacy budget")
        try:
            return PrivacyBudget.from_dict(stored)
        except InvalidInput as error:
            raise InvalidInput(f"{self.path}: {error}") from error

    def allow(self, epsilon: float, delta: float) -> PrivacyBudget:
        """Sets what all tasks together may take, in a new file or in the one that is there."""
        with self._locked():
            known = self.read() if self.exists else PrivacyBudget(epsilon, delta)
            changed = replace(known, epsilon=epsilon, delta=delta)
            self._write(changed)
            return changed

    def change(self, how: Callable[[PrivacyBudget], PrivacyBudget]) -> PrivacyBudget:
        """The budget after `how`, which is kept; what `how` raises leaves the file as it was."""
        with self._locked():
            before = self.read()
            after = how(before)
            if after != before:
                self._write(after)
            return after

    def _write(self, budget: PrivacyBudget) -> None:
        scratch = self.path.with_suffix(".new")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"kind": KIND, **budget.as_dict()}, file, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.path)
        # The new name must survive a power cut too.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not the file itself: that one is replaced.
            with self.path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise InvalidInput(f"can't keep the privacy budget {self.path}: {error}") from error


def budgets_in(folder: Path) -> list[BudgetFile]:
    """All budgets of a folder, by name; none if it is not there."""
    return [BudgetFile(path) for path in sorted(folder.glob("*.json"))]

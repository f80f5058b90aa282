"""A budget on disk: named by the data, whole at any moment, shared by agents, and believed only if it is one."""

import json
import os
import signal
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from deltaml.client.budget_file import BudgetFile, budgets_in
from deltaml.errors import InvalidInput
from deltaml.learning import OverBudget, PrivacyBudget, Release

ROOT = Path(__file__).parents[3]
QUIET = Release(1.0, 8.0, projections=32)

WORKER = """
import sys
from pathlib import Path
from deltaml.client.budget_file import BudgetFile
from deltaml.learning import Release

file, task = BudgetFile(Path(sys.argv[1])), sys.argv[2]
for number in range(int(sys.argv[3])):
    file.change(lambda budget: budget.spend(task, number, Release(1.0, 8.0, projections=32)))
    print(number, flush=True)
"""


def worker(file: BudgetFile, task: str, rounds: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WORKER, str(file.path), task, str(rounds)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def file(tmp_path: Path) -> BudgetFile:
    found = BudgetFile(tmp_path / "budgets" / "mine.json")
    found.allow(4.0, 1e-6)
    return found


@pytest.mark.unit
def test_a_budget_goes_with_the_content_of_a_file_or_with_a_name(tmp_path: Path) -> None:
    data, copy, other = (tmp_path / name for name in ("data.csv", "copy.csv", "other.csv"))
    data.write_text("x\n1\n")
    copy.write_text("x\n1\n")
    other.write_text("x\n1\n2\n")
    assert BudgetFile.of(tmp_path, data) == BudgetFile.of(tmp_path, copy) != BudgetFile.of(tmp_path, other)
    assert BudgetFile.of(tmp_path, data, "ward-7") == BudgetFile.of(tmp_path, other, "ward-7")
    assert BudgetFile.of(tmp_path, data, "ward-7").data_set == "ward-7"
    with pytest.raises(InvalidInput, match="can't read"):
        BudgetFile.of(tmp_path, tmp_path / "missing.csv")
    for name in ("", "../up", ".hidden", "a b", "x" * 65):
        with pytest.raises(InvalidInput, match="no name"):
            BudgetFile.of(tmp_path, data, name)


@pytest.mark.unit
def test_changes_are_kept_and_nobody_else_reads_them(file: BudgetFile) -> None:
    after = file.change(lambda budget: budget.reserve("a", QUIET, 3).spend("a", 0, QUIET))
    assert BudgetFile(file.path).read() == after
    assert file.path.stat().st_mode & 0o077 == file.path.parent.stat().st_mode & 0o077 == 0
    assert budgets_in(file.path.parent) == [file]
    assert budgets_in(file.path.parent / "nowhere") == []


@pytest.mark.unit
def test_a_refusal_leaves_the_file_as_it_was(file: BudgetFile) -> None:
    before = file.path.read_bytes()
    with pytest.raises(OverBudget):
        file.change(lambda budget: budget.reserve("a", QUIET, 10**6))
    assert file.path.read_bytes() == before


@pytest.mark.unit
def test_what_was_spent_survives_a_new_limit(file: BudgetFile) -> None:
    spent = file.change(lambda budget: budget.spend("a", 0, Release(1.0, 2.0, projections=1)))
    assert file.allow(inf, 1e-6).tasks == spent.tasks
    assert file.allow(0.5, 1e-6).left == 0.0
    assert file.read().tasks == spent.tasks


@pytest.mark.unit
@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"kind": "deltaml/budget/1"}', '{"kind": "deltaml/run/1"}', "\ud800"]
)
def test_another_kind_of_file_is_neither_believed_nor_replaced(file: BudgetFile, content: str) -> None:
    file.path.write_bytes(content.encode("utf-8", "surrogatepass"))
    before = file.path.read_bytes()
    for act in (file.read, lambda: file.change(lambda budget: budget), lambda: file.allow(1.0, 1e-6)):
        with pytest.raises(InvalidInput, match=r"mine\.json"):
            act()
    assert file.path.read_bytes() == before


@pytest.mark.unit
def test_a_file_that_is_gone_is_not_made_anew(file: BudgetFile) -> None:
    file.path.unlink()
    with pytest.raises(InvalidInput, match="there is no privacy budget"):
        file.change(lambda budget: budget)
    assert not file.exists


@pytest.mark.unit
def test_a_folder_that_can_not_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="can't keep the privacy budget"):
        BudgetFile(tmp_path / "file" / "mine.json").allow(1.0, 1e-6)


@pytest.mark.integration
def test_agents_of_one_data_set_take_turns(file: BudgetFile) -> None:
    file.allow(inf, 1e-6)
    workers = [worker(file, task, 12) for task in "abc"]
    for process in workers:
        process.communicate()
        assert process.returncode == 0
    assert {name: len(account.rounds) for name, account in file.read().tasks.items()} == {"a": 12, "b": 12, "c": 12}


@pytest.mark.integration
@pytest.mark.parametrize("lines", [1, 7, 30])
def test_killed_at_any_moment_it_never_counts_too_little(file: BudgetFile, lines: int) -> None:
    file.allow(inf, 1e-6)
    with worker(file, "a", 10**6) as process:
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        seen += [int(line) for line in process.stdout]
    known = file.read().tasks["a"].rounds
    assert set(seen) <= set(known) and len(known) <= len(seen) + 1
    assert file.change(lambda budget: budget.spend("a", 0, QUIET)).tasks["a"].rounds == known


@pytest.mark.unit
def test_the_file_is_json_that_people_can_read(file: BudgetFile) -> None:
    file.change(lambda budget: budget.reserve("1/0xab/7/0xcd", QUIET, 2).count("1/0xab/7/0xcd", 0, QUIET))
    stored = json.loads(file.path.read_text("utf-8"))
    assert stored["kind"] == "deltaml/budget/1" and stored["epsilon"] == 4.0
    assert stored["tasks"]["1/0xab/7/0xcd"] == {"rounds": {"0": 1 / 64}, "planned": 2, "price": 1 / 64}
    assert PrivacyBudget.from_dict(stored) == file.read()

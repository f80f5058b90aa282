"""The `deltaml` command: help everywhere, one sentence for what may go wrong, keys that only their owner reads."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner

from deltaml.chain import load_account
from deltaml.client import cli
from deltaml.client.cli import agents, task
from deltaml.client.cli.connection import agree
from deltaml.client.money import from_wei
from deltaml.client.owner import export_state, prepare
from deltaml.client.table import Table
from deltaml.connection import Connection
from deltaml.errors import Refused, Unavailable
from deltaml.federated import command as serving
from deltaml.protocol.score_tree import HARMFUL, MISSED
from deltaml.sealing import Identity, recipient_to_text
from tests.python.client.drafts import draft, table

pytestmark = pytest.mark.unit

runner = CliRunner()


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def commands() -> list[tuple[str, ...]]:
    """Every group and command, as its words."""
    groups = [(str(group.name), group.typer_instance) for group in cli.app.registered_groups]
    assert all(instance is not None for _, instance in groups)
    assert [command.callback.__name__ for command in cli.app.registered_commands] == ["serve"]
    return [(), ("serve",), *((name,) for name, _ in groups)] + [
        (name, command.name or command.callback.__name__)
        for name, instance in groups
        for command in instance.registered_commands
    ]


def test_all_commands_are_known_here() -> None:
    names = {" ".join(words) for words in commands() if len(words) == 2}
    assert names == {
        "key new",
        "stake deposit",
        "stake withdraw",
        "committee found",
        "committee enroll",
        "committee retire",
        "committee leave",
        "committee show",
        "task post",
        "task list",
        "task show",
        "task fetch-model",
        "owner key",
        "owner run",
        "task predict",
        "task export",
        "task end",
        "task refund",
        "trainer run",
        "trainer budget",
    }


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help(words: tuple[str, ...]) -> None:
    result = runner.invoke(cli.app, [*words, "--help"])
    assert result.exit_code == 0
    assert "usage" in result.output.lower() and "--help" in result.output


def test_serve_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(serving, "main", lambda arguments: seen.append(list(arguments)))
    assert runner.invoke(cli.app, ["serve", "--rounds", "3", "--strategy", "krum"]).exit_code == 0
    assert seen == [["--rounds", "3", "--strategy", "krum"]]


def test_every_command_says_what_it_does() -> None:
    for group in cli.app.registered_groups:
        assert group.typer_instance.info.help
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None and command.callback.__doc__


def files(folder: Path) -> tuple[Path, Path]:
    """An exported model and rows to predict."""
    prepared = prepare(draft(), table(), Identity.generate().recipient)
    model, data = folder / "model.json", folder / "rows.csv"
    model.write_text(export_state(prepared.spec, prepared.state))
    columns = table(3).columns
    lines = [",".join(columns), *(",".join(cells) for cells in zip(*columns.values(), strict=True))]
    data.write_text("\n".join(lines) + "\n")
    return model, data


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """`deltaml words...` as the shell would; what it exits with."""
    monkeypatch.setattr(sys, "argv", ["deltaml", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_predictions_one_per_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    model, data = files(tmp_path)
    assert run(monkeypatch, "task", "predict", str(model), "--data", str(data)) == 0
    answers = capsys.readouterr().out.split()
    assert len(answers) == Table.read(data).n_rows == 3 and set(answers) <= {"no", "yes"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("age,bmi\n1,2\n", "column 'blood_pressure' is missing"),
        ("age\n1\n1,2\n", "line 3: 2 cells"),
        ("", "the first line must name the columns"),
    ],
)
def test_an_invalid_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    model, data = files(tmp_path)
    data.write_text(content)
    code = run(monkeypatch, "task", "predict", str(model), "--data", str(data))
    # sys.exit of a text prints it on standard error and means exit code 1.
    assert isinstance(code, str) and code.startswith("error: ") and said in code and "\n" not in code


def test_a_broken_model_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = files(tmp_path)
    model.write_text("{")
    code = run(monkeypatch, "task", "predict", str(model), "--data", str(data))
    assert str(code).startswith("error: not a model written by fetch-model")


def test_missing_files_are_usage_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    _, data = files(tmp_path)
    assert run(monkeypatch, "task", "predict", str(tmp_path / "none"), "--data", str(data)) == 2
    assert "does not exist" in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("the committee is full"), "error: the committee is full"),
        (Unavailable("the node is silent"), "not available now, try again: the node is silent"),
    ],
)
def test_errors_of_the_library_are_one_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Connection, "market", fail)
    assert run(monkeypatch, "--rpc", "http://localhost/secret", "task", "list") == said


def test_the_rpc_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    code = run(monkeypatch, "--rpc", "ftp://user:secret@host/key", "task", "list")
    assert str(code).startswith("error: ") and "secret" not in str(code)


def new_keys(folder: Path) -> object:
    (folder / "phrase").write_text("correct horse\n")
    return runner.invoke(
        cli.app, ["--passphrase-file", str(folder / "phrase"), "key", "new", str(folder / "keys"), "--light"]
    )


def test_new_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    result = new_keys(tmp_path)
    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    keystore, identity = tmp_path / "keys" / "keystore.json", tmp_path / "keys" / "identity.txt"
    for path in (keystore, identity):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_account(keystore, tmp_path / "phrase")
    output = result.output  # type: ignore[attr-defined]
    assert key.address in output and recipient_to_text(Identity.from_file(identity).recipient) in output
    assert bytes(key.key).hex() not in output and "AGE-SECRET-KEY" not in output
    assert "correct horse" not in output + json.dumps(json.loads(keystore.read_text()))


@pytest.mark.parametrize("kept", ["keystore.json", "identity.txt"])
def test_keys_are_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    new_keys(tmp_path)
    folder = tmp_path / "keys"
    before = (folder / kept).read_bytes()
    for path in folder.iterdir():
        if path.name != kept:
            path.unlink()
    code = run(monkeypatch, "--passphrase-file", str(tmp_path / "phrase"), "key", "new", str(folder), "--light")
    assert "exists" in str(code) and "overwritten" in str(code)
    assert [path.name for path in folder.iterdir()] == [kept], "no half of a pair is left behind"
    assert (folder / kept).read_bytes() == before


def test_nobody_takes_part_without_saying_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda _: False)
    with pytest.raises(typer.Abort):
        agree("Take part?", yes=False)
    agree("Take part?", yes=True)


def test_an_agent_works_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Agent:
        left = 3

        def tick(self) -> bool:
            self.left -= 1
            return not self.left

    slept: list[float] = []
    monkeypatch.setattr(agents.time, "sleep", slept.append)
    agents.work(Agent(), 1.5)
    assert slept == [1.5, 1.5]


def test_score_words_for_people() -> None:
    words = [3, MISSED, 1, HARMFUL, 0]
    assert [task._cell(word, words) for word in words] == ["75.0%", "missed", "25.0%", "harmful", "0.0%"]
    assert task._cell(0, [0, MISSED]) == "0"
    assert from_wei(1_500_000_000_000_000_000) == "1.5" and from_wei(10**21) == "1,000"


@pytest.mark.parametrize(
    ("words", "named"), [(["stake", "withdraw"], "--keystore"), (["task", "end", "1"], "--keystore")]
)
def test_a_command_that_signs_asks_for_a_keystore(
    monkeypatch: pytest.MonkeyPatch, words: list[str], named: str
) -> None:
    monkeypatch.delenv("DELTAML_KEYSTORE", raising=False)
    code = run(monkeypatch, *words)
    assert str(code).startswith("error: ") and named in str(code) and "DELTAML_KEYSTORE" in str(code)


def test_options_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []

    def market(connection: Connection) -> None:
        seen.append(connection.rpc)
        raise Refused("enough")

    monkeypatch.setattr(Connection, "market", market)
    monkeypatch.setenv("DELTAML_RPC", "http://elsewhere:1, http://there:2 http://elsewhere:1")
    assert run(monkeypatch, "task", "list") == "error: enough"
    assert run(monkeypatch, "--rpc", "http://a:1", "--rpc", "http://b:2", "task", "list") == "error: enough"
    assert seen == [("http://elsewhere:1", "http://there:2"), ("http://a:1", "http://b:2")]

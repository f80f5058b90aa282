"""What docs/oracle.md names is there; its commands are run by tests/e2e/test_oracle_page.py."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "oracle.md").read_text("utf-8")


@pytest.mark.unit
def test_what_the_page_says_is_there() -> None:
    """Files, options and metrics that the page names exist."""
    from typer.main import get_command

    from deltaml.serving import Endpoints
    from oracles.__main__ import app
    from oracles.metrics import Metrics

    for file in re.findall(r"`?(deploy/[\w.]+|deltaml/chain/artifacts)", PAGE):
        assert (ROOT / file).exists(), file
    command = get_command(app)
    known = {option for parameter in command.params for option in parameter.opts}
    commands = command.commands.values()  # type: ignore[attr-defined]
    known |= {option for each in commands for parameter in each.params for option in parameter.opts}
    # Options of `deltaml`, ipfs, pip, useradd, systemctl and podman.
    elsewhere = "passphrase-file yes seat-stake fault-penalty profile enable-gc system home-dir now rm upgrade"
    assert set(re.findall(r"(?<![-\w])--([a-z][a-z-]+)", PAGE)) <= set(elsewhere.split()) | {
        option.removeprefix("--") for option in known
    }
    registry = Metrics.create().registry
    registry.register(Endpoints(lambda: (), lambda: ()))
    names = {family.name for family in registry.collect()}
    for name in re.findall(r"deltaml_\w+", PAGE):
        assert name.removesuffix("_total") in names, name

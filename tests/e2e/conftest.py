"""One chain with an IPFS node for all scenarios, each with its own people; tasks run one after the other because the
chain has one clock."""

from collections.abc import Iterator

import pytest

# Before they are imported: their assertions are the tests'.
pytest.register_assert_rewrite("tests.e2e.clear", "tests.e2e.ledger", "tests.e2e.whole_task")

from scripts.localnet import Localnet  # noqa: E402
from tests.e2e.people import Crew, at_work, running_net  # noqa: E402


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Localnet]:
    with running_net(tmp_path_factory.mktemp("net")) as running:
        yield running


@pytest.fixture(scope="session")
def crew(net: Localnet) -> Crew:
    """Four oracles that nobody kills."""
    return at_work(net, "steady")

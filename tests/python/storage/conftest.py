"""The back ends found on this machine; tests that name `api` run once on each."""

from collections.abc import Iterator

import pytest

from tests.python.storage.nodes import embedded_node, kubo_binary, kubo_node

BACK_ENDS = ["embedded"]
if kubo_binary():
    BACK_ENDS.append(pytest.param("kubo", marks=pytest.mark.kubo))


@pytest.fixture(scope="package", params=BACK_ENDS)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "kubo":
        with kubo_node(directory) as address:
            yield address
    else:
        with embedded_node(directory) as (address, _process):
            yield address

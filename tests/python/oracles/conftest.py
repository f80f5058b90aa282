"""What tests of members at work share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched

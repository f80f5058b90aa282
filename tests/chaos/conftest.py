"""Unit tests can't reach a socket; assertions of the checks say what they compared."""

import pytest
import pytest_socket

pytest.register_assert_rewrite("tests.e2e.clear", "tests.e2e.ledger", "tests.e2e.sealed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("unit"):
        pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    pytest_socket.enable_socket()

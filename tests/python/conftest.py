"""Every test says what it is, and unit tests can't reach a socket."""

import pytest
import pytest_socket
from hypothesis import HealthCheck, settings

# A busy machine is no bug: properties have no deadline, and slow generation is not a failure.
settings.register_profile("deltaml", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deltaml")

MARKS = {"unit", "integration"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    unmarked = [item.nodeid for item in items if not MARKS & {mark.name for mark in item.iter_markers()}]
    if unmarked:
        raise pytest.UsageError(f"mark these tests `unit` or `integration`: {', '.join(unmarked)}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("unit"):
        pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    pytest_socket.enable_socket()

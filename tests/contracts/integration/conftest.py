"""Fixtures of a whole market."""

from tests.contracts.market_fixtures import *  # noqa: F403

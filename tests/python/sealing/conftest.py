"""What is made once for all tests of the owner lock."""

import pytest

from deltaml.sealing import Rerandomiser
from tests.python.sealing.owner_keys import ALICE


@pytest.fixture(scope="session")
def pooled() -> Rerandomiser:
    """Alice's, with its pool made."""
    rerandomiser = Rerandomiser(ALICE.public)
    rerandomiser.prepare()
    return rerandomiser

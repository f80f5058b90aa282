"""Golden vectors of task files and trained models: made again, the same; the page holds itself to them too."""

import json
from pathlib import Path

import pytest

from tests.vectors.make_drafts import drafts

pytestmark = pytest.mark.unit

VECTORS = Path(__file__).parents[2] / "vectors"


def test_the_vectors_are_what_the_code_makes() -> None:
    assert json.loads((VECTORS / "drafts.json").read_text("utf-8")) == drafts()

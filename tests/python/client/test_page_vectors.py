"""Golden vectors that the page's learning is held to: computed again here, they come out the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_learning import learning

pytestmark = pytest.mark.unit

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "learning.json").read_text("utf-8"))


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and text of a JSON value, with the way to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{where}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{where}[{index}]")
    else:
        yield where, value


@pytest.mark.parametrize("part", sorted(set(VECTORS) | set(learning())))
def test_learning_comes_out_the_same(part: str) -> None:
    computed, golden = dict(leaves(learning()[part])), dict(leaves(VECTORS[part]))
    assert computed.keys() == golden.keys()
    for where, value in golden.items():
        # Sums of reals differ in their last digits from one machine to the next; what is rounded does not.
        expected = pytest.approx(value, rel=1e-12, abs=1e-13) if isinstance(value, float) else value
        assert computed[where] == expected, where

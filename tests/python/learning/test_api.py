from inspect import isclass, isroutine

import pytest

from deltaml import learning

pytestmark = pytest.mark.unit


def test_the_public_names_are_sorted_and_exist() -> None:
    # As ruff sorts (RUF022): what is written in capitals first, then classes, then functions.
    assert learning.__all__ == sorted(
        learning.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert all(hasattr(learning, name) for name in learning.__all__)


def test_every_public_thing_says_what_it_is() -> None:
    things = {name: getattr(learning, name) for name in learning.__all__}
    assert [name for name, thing in things.items() if isroutine(thing) or isclass(thing) if not thing.__doc__] == []

"""The server's side of its helpers: what it asks each, and which answers it takes."""

from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.federated.helper_desk import HelperDesk
from deltaml.federated.link import NotJoined
from deltaml.federated.masked import Helper, mask_update
from deltaml.sealing import Identity, unseal

pytestmark = pytest.mark.unit

IDENTITIES = [Identity.generate() for _ in range(4)]
HELPERS = tuple(identity.recipient for identity in IDENTITIES)


def desk(n_clients: int = 3) -> HelperDesk:
    made = HelperDesk(HELPERS)
    for i in range(n_clients):
        made.updates[f"c{i}"] = mask_update(np.full(2, i / 4), 1.0, 1, f"c{i}", 1, HELPERS)
    return made


def test_a_token_is_for_the_seats_key_and_older_ones_stay_good() -> None:
    made = desk()
    tokens = [unseal(IDENTITIES[2], made.token("2"), 200).decode() for _ in range(6)]
    assert [made.seat_of(token) for token in tokens[-4:]] == [2] * 4
    with pytest.raises(NotJoined):
        made.seat_of(tokens[0])
    for seat in ("4", "-1", "", "x"):
        with pytest.raises(InvalidInput, match="no seat"):
            made.token(seat)


def test_helpers_are_asked_once_there_are_three_updates_and_only_for_what_they_hold() -> None:
    assert not desk(2).begin(1) and desk(2).task(0, 0) == {"phase": "wait"}
    made = desk()
    made.token("1")
    assert made.begin(1)
    task = made.task(1, 0)
    assert task["names"] == ["c0", "c1", "c2"] and list(task["sealed"]) == ["0", "1", "3"]
    assert made.task(1, task["version"]) == {"phase": "wait"}
    made.over = True
    assert made.at_work == {1} and made.task(1, 0) == {"phase": "done"} and made.at_work == set()


def test_after_the_round_nothing_of_it_is_kept() -> None:
    made = desk()
    made.begin(1)
    assert made.end() is None
    assert (made.updates, made.version, made.mean()) == ({}, 0, None)


@pytest.mark.parametrize(
    ("changes", "arrays", "says"),
    [
        ({"version": 1}, 3, "not what was asked for"),
        ({"sets": [0, 1]}, 2, "adds up sets"),
        ({"sets": [0, 1, 3]}, 3, "adds up sets"),
        ({}, 2, "adds up sets"),
    ],
)
def test_other_sums_are_refused(changes: dict[str, Any], arrays: int, says: str) -> None:
    made = desk()
    made.begin(1)
    head = {"version": made.version, "sets": list(Helper(IDENTITIES[0], HELPERS).sets)} | changes
    with pytest.raises(InvalidMessage, match=says):
        made.receive(0, head, [np.zeros(2, dtype=np.uint64)] * arrays)
    for bad in (np.zeros(3, dtype=np.uint64), np.zeros(2)):
        with pytest.raises(InvalidMessage, match="a sum is a vector of 2"):
            made.receive(0, {"version": made.version, "sets": [0, 1, 2]}, [bad] * 3)

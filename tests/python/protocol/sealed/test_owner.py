"""What the owner does at each moment, as a pure function: when he waits, opens, opens again, and steps once per set."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.protocol.actions import Wait
from deltaml.protocol.ballot import Memo, Posted
from deltaml.protocol.messages import Sums
from deltaml.protocol.opening import hash_sum
from deltaml.protocol.sealed.opening import set_sums
from deltaml.protocol.sealed.owner import OwnerView, ShowOpenings, Stepped, TakenStep, decide_owner
from deltaml.sealing import Ciphertexts, Committee, inner_products, verify_openings
from tests.python.protocol.board import address
from tests.python.protocol.sealed.board import SealedTable, honest_table

pytestmark = pytest.mark.unit

ALL, NOBODY = b"\x07", b"\x00"
UNITS = (1, 2, 1)


@pytest.fixture(scope="module")
def table() -> SealedTable:
    table = honest_table(UNITS)
    table.now = 1_005
    return table


def view(table: SealedTable, **changes: Any) -> OwnerView:
    now = changes.pop("now", table.now)
    seen = table.owner_view()
    return replace(seen, clock=replace(seen.clock, now=now), memo=Memo(), **changes)


def never(*_: Any) -> Stepped:
    raise AssertionError("it is not time to step")


def decided(table: SealedTable, **changes: Any) -> Any:
    return decide_owner(view(table, **changes), never)


def reason(action: Any) -> str:
    assert isinstance(action, Wait)
    return action.reason


def test_he_waits_for_trainers_a_beacon_and_somebody(table: SealedTable) -> None:
    assert reason(decided(table, now=999)) == "trainers submit"
    assert reason(decided(table, beacon=None)) == "no block after the close yet"
    assert reason(decided(table, masked={})) == "nobody submitted"


def test_he_opens_everything_that_can_be_read(table: SealedTable) -> None:
    action = decided(table)
    assert isinstance(action, ShowOpenings) and set(action.openings.openings) == {0, 1, 2}
    assert {len(row) for row in action.openings.openings.values()} == {table.spec.n_checks}


def test_he_waits_for_late_blobs_until_members_have_committed(table: SealedTable) -> None:
    some = {0: view(table).masked[0]}
    late: Mapping[str, Any] = {"masked": some, "pending": frozenset({1})}
    assert isinstance(decided(table, **late), Wait)
    assert isinstance(decided(table, **late, now=1_160), ShowOpenings)
    # Whom members ask for is not waited for any longer than they do.
    assert isinstance(decided(table, **late, accepted=[b"\x01"] * 2), ShowOpenings)


@pytest.mark.parametrize(
    ("shown", "accepted", "again"),
    [
        ([{0, 1, 2}], [ALL] * 4, False),
        ([{0, 1, 2}], [], False),
        ([{0, 1}], [ALL] * 4, True),
        ([{0, 1}], [ALL], False),
        ([{0, 1}], [b"\x03"] * 4, False),
        ([{0, 1}, {2}], [ALL] * 2, True),
        ([{0, 1}, {0, 1, 2}], [ALL] * 2, False),
        ([set()], [NOBODY] * 4, False),
        ([{0, 1}], [b"", b"\xff", b"\x07\x00", b"\x08"], False),
        ([{0, 1}], [b"", b"\xff", ALL, ALL], True),
    ],
)
def test_he_opens_again_when_no_post_has_all_that_members_ask_for(
    table: SealedTable, shown: list[set[int]], accepted: list[bytes], again: bool
) -> None:
    """t + 1 = 2 members must ask; bytes that are no set of these trainers ask for nothing."""
    action = decided(table, openings=[frozenset(row) for row in shown], accepted=accepted)
    assert isinstance(action, ShowOpenings) == again
    if again:
        assert set(action.openings.openings) == {0, 1, 2}


def sums(table: SealedTable, seat: int, summed: bytes, trainers: tuple[int, ...], twist: int = 0) -> Posted:
    blobs, held = table.read_blobs(seat)[0], Committee(4).sets_of(seat)
    bodies = {
        index: body + np.uint64(twist) for index, body in set_sums(table.spec, blobs, trainers, UNITS, held).items()
    }
    hashes = {index: hash_sum(body) for index, body in bodies.items()}
    message = Sums(table.header(address(seat)), summed, hashes, bodies)
    return Posted(seat, table.now, bytes([seat]) * 32, message)


def stepping(seen: OwnerView) -> tuple[Any, list[Any]]:
    calls: list[Any] = []

    def step(weights: Any, memory: Any, total: list[int], units: int) -> Stepped:
        calls.append((weights, memory, total, units))
        return Stepped(weights + 1, np.arange(5, dtype=np.int64), {"n": 1})

    return decide_owner(seen, step), calls


def agreed(table: SealedTable, **changes: Any) -> OwnerView:
    return view(table, openings=[frozenset({0, 1, 2})], accepted=[ALL] * 4, **changes)


def test_he_steps_once_per_agreed_set_and_proves_his_scores(table: SealedTable) -> None:
    posts = [sums(table, seat, ALL, (0, 1, 2)) for seat in (0, 1, 2)]
    action, ((weights, memory, total, units),) = stepping(agreed(table, sums=posts))
    assert isinstance(action, TakenStep) and action.summed == ALL and action.model.round == 1
    assert (memory, units) == (None, 4) and not weights.any()
    assert max(abs(value) for value in total) <= table.spec.sum_bound
    rows = action.direction[np.newaxis, :]
    products = [inner_products(blob, rows).values[0] for _, blob in sorted(view(table).masked.items())]
    assert verify_openings(Ciphertexts(table.key.public, products), action.openings)
    again, calls = stepping(agreed(table, sums=posts, stepped=frozenset({ALL})))
    assert reason(again) == "members score" and not calls


def test_he_never_steps_on_what_too_few_say(table: SealedTable) -> None:
    """One member alone, or two who differ, agree on no holder set's masks."""
    for posts in (
        [],
        [sums(table, 0, ALL, (0, 1, 2))],
        [sums(table, 0, ALL, (0, 1, 2)), sums(table, 1, ALL, (0, 1, 2), twist=1)],
        # A single trainer's masks, from one liar: his update would be open.
        [sums(table, 0, ALL, (0, 1, 2)), sums(table, 1, b"\x01", (0,))],
    ):
        action, calls = stepping(agreed(table, sums=posts))
        assert reason(action) == "members agree on who counts" and not calls


@pytest.mark.parametrize("summed", [b"", b"\x08", b"\x07\x00", b"\xff" * 128])
def test_sums_for_no_set_of_trainers_are_passed_over(table: SealedTable, summed: bytes) -> None:
    """Also when all members say so; and the good ones beside them still count."""
    strange = [sums(table, seat, summed, (0, 1, 2)) for seat in range(4)]
    action, calls = stepping(agreed(table, sums=strange))
    assert isinstance(action, Wait) and not calls
    good = [sums(table, seat, ALL, (0, 1, 2)) for seat in range(3)]
    action, calls = stepping(agreed(table, sums=[*strange, *good]))
    assert isinstance(action, TakenStep) and action.summed == ALL


def test_a_sum_of_a_blob_he_can_not_read_waits(table: SealedTable) -> None:
    posts = [sums(table, seat, ALL, (0, 1, 2)) for seat in range(4)]
    some = {trainer: blob for trainer, blob in view(table).masked.items() if trainer != 1}
    action, calls = stepping(agreed(table, sums=posts, masked=some))
    assert isinstance(action, Wait) and not calls


def test_his_key_is_not_printed(table: SealedTable) -> None:
    said = repr(view(table))
    assert str(table.key.p) not in said and str(table.key.q) not in said

"""Our types, events and calls say the same as the ABI, name by name."""

import dataclasses
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import eth_abi
import pytest

from deltaml.chain import calls, events, types
from deltaml.chain.abi import CONTRACTS, load_abi, method
from deltaml.chain.codec import MIRRORS, plain, snake_case
from deltaml.chain.errors import NodeError
from deltaml.errors import InvalidInput
from tests.python.chain.people import ALICE, DEPLOYMENT, PARAMS, task_posted_at

pytestmark = pytest.mark.unit

# Nobody sends these from Python.
FOR_BOOKS_AND_DEPLOYER = {
    "setMarket",
    "setBooks",
    "reserve",
    "release",
    "slashSeat",
    "lock",
    "unlock",
    "slash",
    "credit",
}


def structs(entries: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for entry in entries:
        if "components" in entry:
            name = entry["internalType"].removesuffix("[]").rpartition(".")[2]
            yield name, [snake_case(part["name"]) for part in entry["components"]]
            yield from structs(entry["components"])
        yield from structs(entry.get("inputs", []) + entry.get("outputs", []))


ABI_STRUCTS = {
    name: fields
    for contract in CONTRACTS
    for name, fields in structs(
        [entry for entry in load_abi(contract) if entry.get("name") not in FOR_BOOKS_AND_DEPLOYER]
    )
}


@pytest.mark.parametrize("name", [name for name, kind in MIRRORS.items() if not issubclass(kind, IntEnum)])
def test_struct_has_the_fields_of_the_abi_in_order(name: str) -> None:
    assert [field.name for field in dataclasses.fields(MIRRORS[name])] == ABI_STRUCTS[name]


def test_every_struct_of_the_abi_has_a_mirror() -> None:
    assert set(ABI_STRUCTS) == {name for name, kind in MIRRORS.items() if not issubclass(kind, IntEnum)}


def test_every_event_of_the_market_has_a_class_with_its_fields() -> None:
    declared = {
        entry["name"]: ["position"] + [snake_case(item["name"]) for item in entry["inputs"]]
        for entry in load_abi("TaskMarket")
        if entry["type"] == "event"
    }
    ours = {kind.__name__: [field.name for field in dataclasses.fields(kind)] for kind in events.Event.__subclasses__()}
    assert declared.items() <= ours.items()


def test_every_write_has_a_function() -> None:
    renamed = {("Committees", "leave"): "leave_committee", ("StakeVault", "selfPermit"): "self_permit_stake"}
    for contract in ("TaskMarket", "StakeVault", "Committees"):
        for entry in load_abi(contract):
            if entry["type"] != "function" or entry["stateMutability"] in ("view", "pure"):
                continue
            if entry["name"] not in FOR_BOOKS_AND_DEPLOYER:
                assert callable(getattr(calls, renamed.get((contract, entry["name"]), snake_case(entry["name"]))))


def test_task_survives_the_abi_and_comes_back_typed() -> None:
    task = task_posted_at(1_000)
    taskOf = method("TaskMarket", "taskOf")
    decoded = taskOf.decode_one(eth_abi.encode(taskOf.outputs, [plain(task)]))
    assert decoded == task
    assert decoded.params.progress_rule is types.ProgressRule.PER_ROUND
    assert decoded.status is types.Status.TRAINING


def test_seats_come_back_as_a_tuple_of_seats() -> None:
    seats = (types.SeatState(ALICE, b"\x09" * 32, 5, False), types.SeatState(ALICE, bytes(32), 0, True))
    seatsOf = method("Committees", "seatsOf")
    assert [seat.stake for seat in seatsOf.decode_one(eth_abi.encode(seatsOf.outputs, [plain(seats)]))] == [5, 0]


def test_empty_answer_says_that_there_may_be_no_contract() -> None:
    with pytest.raises(NodeError, match="deployed"):
        method("TaskMarket", "taskOf").decode(b"")


def test_known_calldata() -> None:
    # transfer-like known answer: approve(address,uint256) is 0x095ea7b3 in every ERC-20.
    assert (
        calls.approve(DEPLOYMENT.stake_token, ALICE, 1).data.hex()
        == "095ea7b3" + "00" * 12 + "a1" * 20 + "00" * 31 + "01"
    )


@pytest.mark.parametrize(
    "call",
    [
        calls.join(DEPLOYMENT, 1, 65_536, bytes(32)),
        calls.join(DEPLOYMENT, 1, 1, bytes(33)),
        calls.vote(DEPLOYMENT, -1, 0, bytes(32), 0),
        calls.vote(DEPLOYMENT, 1, 0, bytes(32), 1 << 16),
        calls.leave(DEPLOYMENT, "1"),  # type: ignore[arg-type]
        calls.Call(DEPLOYMENT.market, "TaskMarket", "leave", ()),
        calls.Call(DEPLOYMENT.market, "TaskMarket", "upgradeTo", ()),
        calls.Call(DEPLOYMENT.market, "Router", "leave", ()),
    ],
)
def test_arguments_outside_the_abi_are_refused(call: calls.Call) -> None:
    with pytest.raises(InvalidInput):
        _ = call.data


def test_multicall_wraps_the_calldata_of_its_calls() -> None:
    settle = [calls.settle(DEPLOYMENT, 1, round_) for round_ in (0, 1)]
    call = calls.multicall(settle)
    assert call.function_name == "multicall"
    assert eth_abi.decode(["bytes[]"], call.data[4:]) == (tuple(one.data for one in settle),)
    assert calls.multicall(settle[:1]) == settle[0]


@pytest.mark.parametrize(
    "mixed",
    [
        [],
        [calls.leave(DEPLOYMENT, 1), calls.retire(DEPLOYMENT, 1)],
        [calls.leave(DEPLOYMENT, 1), calls.challenge(DEPLOYMENT, 1, 0, value=1)],
    ],
)
def test_multicall_refuses_what_one_transaction_can_not_do(mixed: list[calls.Call]) -> None:
    with pytest.raises(InvalidInput):
        calls.multicall(mixed)


def test_post_encodes_every_parameter() -> None:
    post = method("TaskMarket", "post")
    assert eth_abi.decode(post.inputs, calls.post(DEPLOYMENT, PARAMS).data[4:])[0][1] == PARAMS.pool

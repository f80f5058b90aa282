"""A real chain that changes its mind: what is read some blocks deep stays, and what is read anew is the new chain."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from deltaml.board import Snapshot, TaskReader
from deltaml.chain import Chain, Deployment, Market, calls
from deltaml.chain.events import TaskPosted
from deltaml.errors import Unavailable
from tests.python.chain.contracts import person
from tests.python.chain.people import PARAMS
from tests.python.oracles.place import STAKE, Place, place_in

pytestmark = pytest.mark.integration

CONFIRMATIONS = 3


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_in(tmp_path_factory.mktemp("place")) as place:
        # From here on the test says when a block comes.
        place.chain.request("evm_setIntervalMining", [0])
        place.chain.request("evm_setAutomine", [True])
        yield place


@pytest.fixture
def task(place: Place) -> int:
    where, owner = place.deployment, person(place.chain, place.deployment, 8001, STAKE)
    assert where.reward_token is not None
    windows = {"commit_window": 120, "vote_window": 600, "join_window": 10**5, "submit_window": 60}
    params = replace(PARAMS, reward_token=where.reward_token, committee_id=place.committee, **windows)
    owner.send(calls.mint(where.reward_token, owner.address, 10**20))
    owner.send(calls.approve(where.reward_token, where.market, 10**20))
    (posted,) = [
        event
        for event in owner.send(calls.post(where, replace(params, unit_stake=1, miss_penalty=0))).events
        if isinstance(event, TaskPosted)
    ]
    mine(place.chain, CONFIRMATIONS)
    return posted.task_id


def mine(chain: Chain, blocks: int) -> None:
    chain.request("anvil_mine", [hex(blocks)])


def reorganise(chain: Chain, depth: int) -> None:
    """The last `depth` blocks become others, with nothing in them, and the chain grows by one."""
    chain.request("anvil_reorg", [depth, []])
    mine(chain, 1)


def join(place: Place, where: Deployment, task: int, number: int) -> str:
    trainer = person(place.chain, where, number, STAKE)
    trainer.send(calls.join(where, task, 1, b"\x01" * 32))
    return trainer.address


def look(reader: TaskReader, task: int, confirmations: int = CONFIRMATIONS) -> Snapshot:
    """As a tick does: one that is cut short is tried again at a new head."""
    for _ in range(5):
        try:
            return reader.snapshot(task, reader.market.chain.head(confirmations))
        except Unavailable:
            continue
    raise AssertionError("five looks in a row failed")


def accounts(snapshot: Snapshot) -> list[str]:
    return [trainer.account for trainer in snapshot.trainers]


def test_what_is_deep_enough_is_never_taken_back(place: Place, task: int) -> None:
    reader = TaskReader(Market(place.chain, place.deployment))
    first = join(place, place.deployment, task, 8101)
    mine(place.chain, CONFIRMATIONS)
    before = look(reader, task)
    assert accounts(before) == [first]
    second = join(place, place.deployment, task, 8102)
    assert accounts(look(reader, task)) == [first], "not deep enough yet"
    reorganise(place.chain, CONFIRMATIONS - 1)
    after = look(reader, task)
    assert accounts(after) == [first]
    assert place.chain.block(before.block.number) == before.block, "what was read is still on the chain"
    mine(place.chain, CONFIRMATIONS)
    assert second not in accounts(look(reader, task)), "his transaction went with its block"
    assert look(reader, task).task.trainer_count == 1


@pytest.mark.parametrize("confirmations", [0, CONFIRMATIONS])
def test_a_deeper_reorganisation_costs_a_look_and_nothing_else(place: Place, task: int, confirmations: int) -> None:
    reader = TaskReader(Market(place.chain, place.deployment))
    gone = join(place, place.deployment, task, 8200 + confirmations)
    mine(place.chain, confirmations)
    assert accounts(look(reader, task, confirmations)) == [gone]
    reorganise(place.chain, confirmations + 2)
    mine(place.chain, confirmations + 2)
    after = look(reader, task, confirmations)
    assert accounts(after) == [] and after.task.trainer_count == 0
    fresh = TaskReader(Market(place.chain, place.deployment))
    assert look(fresh, task, confirmations).events == after.events

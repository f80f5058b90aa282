"""What a round costs a member, held to what was measured on the contracts."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deltaml.chain import calls
from deltaml.chain.events import TaskPosted
from deltaml.serving import rounds_left
from oracles import gas
from tests.python.chain.contracts import person
from tests.python.chain.people import PARAMS
from tests.python.oracles.place import STAKE, Place, place_in

SNAPSHOT = json.loads((Path(__file__).parents[2] / "bench" / "gas_snapshot.json").read_text("utf-8"))["gas"]["100"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("constant", "figure"),
    [
        (gas.COMMIT_WORK, "commitWork.cold"),
        (gas.OPEN_WORK, "openWork.cold"),
        (gas.VOTE, "voteFirst.cold"),
        (gas.REVEAL, "reveal.cold"),
        (gas.SETTLE, "settle.cold"),
        (gas.CLAIM_FEES, "claimFeesOne.cold"),
    ],
)
def test_each_figure_is_that_of_the_snapshot(constant: int, figure: str) -> None:
    assert SNAPSHOT[figure] <= constant <= 1.05 * SNAPSHOT[figure]


@pytest.mark.unit
def test_a_balance_in_rounds() -> None:
    assert rounds_left(3 * gas.ROUND_GAS * 7 + 1, 7, gas.ROUND_GAS) == 3
    assert rounds_left(0, 7, gas.ROUND_GAS) == 0 and rounds_left(0, 0, gas.ROUND_GAS) > 10**6


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with place_in(tmp_path) as place:
        yield place


@pytest.mark.integration
def test_an_announcement_costs_what_is_said(place: Place) -> None:
    """The snapshot has no figure for it."""
    where, owner = place.deployment, person(place.chain, place.deployment, 8001, STAKE)
    assert where.reward_token is not None
    windows = {"commit_window": 120, "vote_window": 600, "join_window": 10**5, "submit_window": 60}
    params = replace(PARAMS, reward_token=where.reward_token, committee_id=place.committee, **windows)
    params = replace(params, max_trainers=2, unit_stake=1, miss_penalty=0)
    owner.send(calls.mint(where.reward_token, owner.address, 10**20))
    owner.send(calls.approve(where.reward_token, where.market, 10**20))
    (posted,) = [event for event in owner.send(calls.post(where, params)).events if isinstance(event, TaskPosted)]
    for number in (8002, 8003):
        trainer = person(place.chain, where, number, STAKE)
        trainer.send(calls.join(where, posted.task_id, 1, b"\x01" * 32))
    spent = place.members[0].send(calls.announce(where, posted.task_id, 0, 2, b"\x07" * 32)).gas_used
    assert 0.7 * gas.ANNOUNCE <= spent <= gas.ANNOUNCE

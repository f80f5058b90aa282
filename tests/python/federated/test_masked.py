"""Masked updates without a network: what opens, who may be away or lie, and what a helper refuses to add up."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from deltaml.errors import DeltaMLError, InvalidInput, InvalidMessage, Refused
from deltaml.federated.masked import (
    MAX_WEIGHT,
    Helper,
    MaskedUpdate,
    mask_update,
    opened_mean,
    require_sizes,
    sum_request,
)
from deltaml.sealing import Identity, seal
from deltaml.storage import encode_block

pytestmark = pytest.mark.unit

IDENTITIES = [Identity.generate() for _ in range(4)]
HELPERS = [identity.recipient for identity in IDENTITIES]
D = 5
VECTORS = {name: np.random.default_rng(i).normal(size=D) for i, name in enumerate(["ann", "bob", "eve"])}
WEIGHTS = {"ann": 3, "bob": 5, "eve": 2}


def masked(number: int = 1, names: Any = VECTORS) -> dict[str, MaskedUpdate]:
    return {name: mask_update(VECTORS[name], 10.0, WEIGHTS[name], name, number, HELPERS) for name in names}


def helpers() -> list[Helper]:
    return [Helper(identity, HELPERS) for identity in IDENTITIES]


def reports(updates: Any, number: int = 1) -> dict[int, Any]:
    return {helper.seat: helper.sums(sum_request(number, updates, helper.seat, 4)) for helper in helpers()}


EXPECTED = np.average(list(VECTORS.values()), axis=0, weights=list(WEIGHTS.values()))


def test_helpers_open_the_weighted_mean_and_nothing_else() -> None:
    updates = masked()
    np.testing.assert_allclose(opened_mean(updates, reports(updates), 4), EXPECTED, atol=1e-6)
    # What the server holds of one client alone is noise: two masks of one update have nothing in common.
    again = mask_update(VECTORS["ann"], 10.0, 3, "ann", 1, HELPERS)
    assert not np.isin(again.masked, updates["ann"].masked).any()


@pytest.mark.parametrize("away", range(4))
def test_one_helper_may_be_away(away: int) -> None:
    updates = masked()
    told = {seat: sums for seat, sums in reports(updates).items() if seat != away}
    np.testing.assert_allclose(opened_mean(updates, told, 4), EXPECTED, atol=1e-6)


@pytest.mark.parametrize("liar", range(4))
def test_one_helper_may_lie(liar: int) -> None:
    updates = masked()
    told = reports(updates)
    told[liar] = {index: sums + np.uint64(1) for index, sums in told[liar].items()}
    np.testing.assert_allclose(opened_mean(updates, told, 4), EXPECTED, atol=1e-6)


@pytest.mark.parametrize("away", list(combinations(range(4), 2)))
def test_two_away_open_nothing(away: tuple[int, int]) -> None:
    updates = masked()
    told = {seat: sums for seat, sums in reports(updates).items() if seat not in away}
    assert opened_mean(updates, told, 4) is None


def test_a_helper_adds_up_no_seed_twice_over_different_clients() -> None:
    names = {**VECTORS, "zoe": np.zeros(D)}
    updates = {name: mask_update(vector, 10.0, 1, name, 1, HELPERS) for name, vector in names.items()}
    helper = helpers()[0]
    first = helper.sums(sum_request(1, updates, 0, 4))
    again = helper.sums(sum_request(1, updates, 0, 4))
    assert all(np.array_equal(first[index], again[index]) for index in first)
    without = {name: update for name, update in updates.items() if name != "zoe"}
    with pytest.raises(Refused, match="used in another sum"):
        helper.sums(sum_request(1, without, 0, 4))


def test_a_helper_adds_up_at_least_three() -> None:
    with pytest.raises(Refused, match="over 2 clients"):
        helpers()[0].sums(sum_request(1, masked(names=["ann", "bob"]), 0, 4))
    request = sum_request(1, masked(), 0, 4)
    with pytest.raises(Refused, match="over 2 clients"):
        helpers()[0].sums(replace(request, names=("ann", "bob", "ann")))


def sealed_by_a_liar(**changes: Any) -> Any:
    """A request in which ann's seed for set 0 says something else."""
    inner = {"name": "ann", "round": 1, "set": 0, "weight": 3, "seed": bytes(32)} | changes
    request = sum_request(1, masked(), 0, 4)
    box = seal(encode_block(inner), HELPERS[:3])
    return replace(request, sealed={**request.sealed, 0: (box, *request.sealed[0][1:])})


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (sealed_by_a_liar(name="bob"), "for something else"),
        (sealed_by_a_liar(round=2), "for something else"),
        (sealed_by_a_liar(set=1), "for something else"),
        (sealed_by_a_liar(weight=0), "the weight of 'ann' is 0"),
        (sealed_by_a_liar(weight=MAX_WEIGHT + 1), "the weight"),
        (sealed_by_a_liar(seed=bytes(31)), "32 bytes"),
        (sealed_by_a_liar(more=1), "is not one"),
        (replace(sealed_by_a_liar(), sealed={}), "0 seeds for 3"),
    ],
)
def test_a_helper_reads_what_it_adds_up(request_: Any, says: str) -> None:
    with pytest.raises(InvalidMessage, match=says):
        helpers()[0].sums(request_)


def test_a_seed_for_others_can_not_be_opened() -> None:
    request = sum_request(1, masked(), 0, 4)
    with pytest.raises(DeltaMLError):
        helpers()[3].sums(replace(request, sealed={index: request.sealed[0] for index in helpers()[3].sets}))
    with pytest.raises(InvalidInput, match="none of the helpers"):
        Helper(Identity.generate(), HELPERS)


def test_updates_are_clipped_and_weights_capped() -> None:
    long = mask_update(1e6 * np.ones(D), 1.0, 10**9, "ann", 1, HELPERS)
    assert long.weight == MAX_WEIGHT
    updates = {name: mask_update(1e6 * np.ones(D), 1.0, 1, name, 1, HELPERS) for name in VECTORS}
    mean = opened_mean(updates, reports(updates), 4)
    assert mean is not None and np.linalg.norm(mean) == pytest.approx(1.0, abs=1e-5)


def test_sizes_that_could_wrap_are_refused() -> None:
    require_sizes(1000, 100.0, 1000)
    with pytest.raises(InvalidInput, match="weighted_sum"):
        require_sizes(1000, 1e9, 1000)
    with pytest.raises(InvalidInput, match="NormClipping"):
        require_sizes(1000, None, 1000)
    with pytest.raises(InvalidInput, match="no updates"):
        sum_request(1, {}, 0, 4)

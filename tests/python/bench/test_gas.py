"""tests/bench/gas.py: what counts as grown, what was promised, and the sum per trainer and round."""

import pytest

from tests.bench.gas import GROWTH, SIZES, SNAPSHOT, Check, checks, grown, load, per_trainer_and_round

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("now", "complaints"),
    [
        ({1: {"vote": 1_000}}, []),
        ({1: {"vote": 1_020}}, []),
        ({1: {"vote": 500}}, []),
        ({1: {"vote": 1_021}}, ["vote at 1 trainers: 1000 -> 1021"]),
        ({1: {"vote": 1_000, "join": 1}}, ["join at 1 trainers: new"]),
        ({1: {}}, ["vote at 1 trainers: gone"]),
        ({1: {"vote": 1_000}, 10: {"vote": 1_000}}, ["vote at 10 trainers: new"]),
    ],
)
def test_grown(now: dict[int, dict[str, int]], complaints: list[str]) -> None:
    assert GROWTH == 0.02
    assert grown(now, {1: {"vote": 1_000}}) == complaints


def test_checks() -> None:
    figures = {10: {"vote.warm": 60_000, "voteFirst.cold": 60_001, "reveal.cold": 206_000, "settle.cold": 10**9}}

    found = list(checks(figures))

    assert found == [
        Check(10, "vote.warm", 60_000, 60_000),
        Check(10, "voteFirst.cold", 60_001, 60_000),
        Check(10, "reveal.cold", 206_000, 206_000),
    ]
    assert [check.met for check in found] == [True, False, True]


def test_the_snapshot_is_whole() -> None:
    snapshot = load(SNAPSHOT)
    assert tuple(snapshot) == SIZES
    assert all(gas > 21_000 for named in snapshot.values() for gas in named.values())


def test_per_trainer_and_round_spelled_out() -> None:
    once = ["post", "join", "joinLast", "end", "close", "refund", "claimTen", "leave", "claimFeesTen"]
    by_round = ["submitUpdate", "commitWork", "openWork", "voteFirst", "vote", "voteQuorum", "reveal", "settle"]
    named = {f"{name}.cold": 1 for name in once + by_round} | {"reveal.warm": 1}
    # Two trainers, four members, ten rounds: post, end, close, refund; two joins, claims and leaves; four fees; and in
    # each round two updates, four commitments, openings and votes, a reveal and a settlement.
    assert per_trainer_and_round(named, 2) == (4 + 6 + 4 + 10 * (2 + 12 + 2)) / 20

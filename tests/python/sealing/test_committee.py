"""Who knows which seeds, and what liars can do to a report."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.sealing import Committee, holder_sets, majority

pytestmark = pytest.mark.unit

COMMITTEES = [Committee(4), Committee(7), Committee(10)]
committees = pytest.mark.parametrize("committee", COMMITTEES, ids=lambda committee: f"n={committee.size}")


def known_seeds(committee: Committee, members: tuple[int, ...]) -> set[int]:
    return {index for member in members for index in committee.sets_of(member)}


@committees
def test_any_t_members_miss_a_seed(committee: Committee) -> None:
    """So what they hold of a blob is independent of the update: one uniform keystream is missing."""
    for coalition in combinations(range(committee.size), committee.t):
        missing = set(range(len(committee.holder_sets))) - known_seeds(committee, coalition)
        assert len(missing) == 1
        # It is the seed of exactly those who are outside the coalition.
        assert set(committee.holder_sets[missing.pop()]) == set(range(committee.size)) - set(coalition)


@committees
def test_any_t_plus_one_members_know_every_seed(committee: Committee) -> None:
    for members in combinations(range(committee.size), committee.threshold):
        assert known_seeds(committee, members) == set(range(len(committee.holder_sets)))


@committees
def test_every_seed_has_an_honest_majority_of_holders(committee: Committee) -> None:
    assert all(len(holders) >= 2 * committee.t + 1 for holders in committee.holder_sets)


def test_sets_are_counted_and_ordered() -> None:
    assert [len(holder_sets(n)) for n in (4, 7, 10)] == [4, 21, 120]
    assert holder_sets(4) == ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))
    assert Committee(4).sets_of(3) == (1, 2, 3)


@pytest.mark.parametrize("size", [-1, 0, 1, 3, 5, 6, 8, 13])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput, match="committee of"):
        Committee(size)
    with pytest.raises(InvalidInput, match="committee of"):
        holder_sets(size)


@pytest.mark.parametrize("member", [-1, 4])
def test_strangers_hold_nothing(member: int) -> None:
    with pytest.raises(InvalidInput, match="member"):
        Committee(4).sets_of(member)


@given(data=st.data(), committee=st.sampled_from(COMMITTEES))
def test_t_wrong_or_missing_reports_never_change_the_majority(data: st.DataObject, committee: Committee) -> None:
    holders = data.draw(st.sampled_from(committee.holder_sets))
    faulty = data.draw(st.sets(st.sampled_from(holders), max_size=committee.t))
    reports = {member: b"right" for member in holders if member not in faulty}
    for liar in faulty:
        lie = data.draw(st.sampled_from([None, b"wrong", b"also wrong", b"right"]))
        if lie is not None:
            reports[liar] = lie

    assert majority(reports, committee.threshold) == b"right"


@given(reports=st.dictionaries(st.integers(0, 9), st.sampled_from("abc")), threshold=st.integers(1, 5))
def test_majority_is_the_only_value_with_enough_votes(reports: dict[int, str], threshold: int) -> None:
    enough = [value for value in "abc" if sum(vote == value for vote in reports.values()) >= threshold]

    assert majority(reports, threshold) == (enough[0] if len(enough) == 1 else None)


def test_majority_of_two_equal_camps_is_none() -> None:
    assert majority({0: "a", 1: "a", 2: "b", 3: "b"}, 2) is None
    assert majority({}, 1) is None

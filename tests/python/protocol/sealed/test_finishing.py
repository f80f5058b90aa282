"""From opened scores to a report: words that fit, a price that is paid, deficits that are kept (R2, R3, R7)."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaml.protocol.score_tree import HARMFUL, MISSED, pack_scores, unpack_scores
from deltaml.protocol.sealed.finishing import CARRY_FLOOR, finish, score_shift, stalled, stand_still
from deltaml.protocol.sealed.messages import SealedState
from deltaml.protocol.sealed.opening import SealedAgreement
from tests.python.protocol.sealed.board import make_spec

pytestmark = pytest.mark.unit

SPEC = make_spec()
WIDE = make_spec(fraction_bits=24, data_bits=28, gradient_bits=24)
MODEL = bytes(range(32))


@st.composite
def rounds(draw: Any) -> Any:
    """A round in which some sent nothing, some were left out, and the others scored anything within bounds."""
    spec = draw(st.sampled_from([SPEC, WIDE]))
    n = draw(st.integers(1, 8))
    units = draw(st.lists(st.integers(1, 65535), min_size=n, max_size=n))
    accepted = [i for i in range(n) if draw(st.booleans())]
    summed = [i for i in accepted if draw(st.booleans())]
    bound = spec.score_bound
    products = {i: draw(st.integers(-bound, bound) | st.sampled_from([0, 1, -1, bound, -bound])) for i in summed}
    carried = tuple(draw(st.lists(st.integers(CARRY_FLOOR, 0) | st.just(0), min_size=n, max_size=n)))
    agreement = SealedAgreement(tuple(accepted), tuple(summed))
    return spec, SealedState(3, bytes(32), carried, 0), agreement, units, products


@given(rounds())
@settings(max_examples=60)
def test_a_report_fits_and_says_who_missed(case: Any) -> None:
    spec, state, agreement, units, products = case
    if not agreement.summed:
        return
    following, words = finish(spec, state, MODEL, 7, agreement, units, products)
    assert unpack_scores(pack_scores(words)) == words and HARMFUL not in words
    assert [i for i, word in enumerate(words) if word == MISSED] == [
        i for i in range(len(units)) if i not in agreement.accepted
    ]
    assert all(words[i] == 0 for i in agreement.accepted if i not in agreement.summed)
    assert all(CARRY_FLOOR <= deficit <= 0 for deficit in following.carried)
    assert (following.round, following.model, following.progress_wad) == (4, MODEL, 7)
    decoded = SealedState.decode(following.document(), len(units))
    assert decoded == following
    # The owner can't have a round for nothing: somebody in the sum is paid.
    assert any(0 < words[i] < HARMFUL for i in agreement.summed)


@given(rounds())
@settings(max_examples=60)
def test_who_helps_is_paid_in_proportion(case: Any) -> None:
    """Without deficits the words are -units * product / sum(units), shortened alike, to half a unit of rounding."""
    spec, _, agreement, units, products = case
    clean = SealedState(3, bytes(32), (0,) * len(units), 0)
    total, shift = sum(units[i] for i in agreement.summed), score_shift(spec)
    exact = {i: Fraction(-units[i] * product, total << shift) for i, product in products.items()}
    if all(value <= Fraction(1, 2) for value in exact.values()):
        return  # nobody would be paid: the test above
    _, words = finish(spec, clean, MODEL, 0, agreement, units, products)
    for i, value in exact.items():
        assert abs(words[i] - max(value, 0)) <= Fraction(1, 2)


def test_scores_are_shortened_to_62_bits_only_where_they_have_to() -> None:
    assert score_shift(make_spec(fraction_bits=8, data_bits=8, gradient_bits=8)) == 0
    for spec in (SPEC, WIDE):
        assert 2**61 <= spec.score_bound >> score_shift(spec) < 2**62


@given(rounds())
def test_a_round_without_a_sum_moves_nothing(case: Any) -> None:
    _, state, agreement, units, _ = case
    following, words = stand_still(state, 9, agreement.accepted, len(units))
    assert (following.round, following.model, following.carried) == (4, state.model, state.carried)
    assert words == [0 if i in agreement.accepted else MISSED for i in range(len(units))]


@given(rounds())
def test_a_stalled_round_is_paid_by_units(case: Any) -> None:
    _, _, agreement, units, _ = case
    words = stalled(agreement.accepted, units)
    assert words == [units[i] if i in agreement.accepted else MISSED for i in range(len(units))]
    assert unpack_scores(pack_scores(words)) == words


def test_a_deficit_is_worked_off_before_anything_is_paid() -> None:
    agreement = SealedAgreement((0, 1, 2), (0, 1, 2))
    shift = score_shift(SPEC)
    products = {i: -(30 << shift) for i in range(3)}
    state = SealedState(1, bytes(32), (0, -4, -100), 0)
    following, words = finish(SPEC, state, MODEL, 0, agreement, [1, 1, 1], products)
    assert words == [10, 6, 0] and following.carried == (0, 0, -90)

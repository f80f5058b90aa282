"""Fees never pass the cap, and every replacement is one that nodes accept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.chain.errors import FeeTooLow
from deltaml.chain.fees import Fees, bumped, opening_fees

pytestmark = pytest.mark.unit

WEI = st.integers(0, 10**13)


@given(WEI, WEI, WEI)
def test_opening_fees_keep_the_cap_and_the_rules_of_eip_1559(base_fee: int, tip: int, cap: int) -> None:
    if cap < base_fee:
        with pytest.raises(FeeTooLow):
            opening_fees(base_fee, tip, cap)
        return
    fees = opening_fees(base_fee, tip, cap)
    assert base_fee <= fees.max_fee <= cap
    assert 0 <= fees.priority_fee <= min(tip, fees.max_fee)


def test_opening_fees_on_a_chain_with_base_fee_zero() -> None:
    assert opening_fees(0, 0, 100) == Fees(0, 0)
    assert opening_fees(0, 3, 100) == Fees(3, 3)


def test_known_bumps() -> None:
    assert bumped(Fees(100, 10), 1000) == Fees(120, 12)
    assert bumped(Fees(100, 10), 113) == Fees(113, 12)
    assert bumped(Fees(100, 10), 112) is None
    assert bumped(Fees(0, 0), 5) == Fees(1, 1)
    assert bumped(Fees(0, 0), 0) is None


@given(WEI, WEI, WEI)
def test_a_bump_raises_both_fees_by_an_eighth_within_the_cap(max_fee: int, tip: int, cap: int) -> None:
    fees = Fees(max_fee, min(tip, max_fee))
    higher = bumped(fees, cap)
    if higher is None:
        assert cap * 8 < fees.max_fee * 9 or cap <= fees.max_fee
        return
    assert fees.max_fee < higher.max_fee <= cap
    assert higher.priority_fee <= higher.max_fee
    assert higher.max_fee * 8 >= fees.max_fee * 9
    assert higher.priority_fee * 8 >= fees.priority_fee * 9

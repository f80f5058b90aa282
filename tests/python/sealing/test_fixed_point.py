"""Integers across every boundary (R17), and bounds at their exact edge."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deltaml.errors import InvalidInput
from deltaml.sealing import FixedPoint, RoundBounds, divide_rounding, from_ring, to_ring

pytestmark = pytest.mark.unit

WORDS = st.integers(-(2**63), 2**63 - 1)


@given(st.floats(-1000, 1000), st.integers(0, 52))
def test_encode_is_the_nearest_integer(value: float, bits: int) -> None:
    encoded = int(FixedPoint(bits).encode([value])[0])

    assert abs(Fraction(encoded) - Fraction(value) * 2**bits) <= Fraction(1, 2)


@given(st.integers(-(2**53), 2**53), st.integers(0, 52))
def test_decode_inverts_encode(integer: int, bits: int) -> None:
    fixed_point = FixedPoint(bits)
    integers = np.array([integer], dtype=np.int64)

    assert fixed_point.encode(fixed_point.decode(integers)).tolist() == [integer]


def test_ties_go_to_even_and_shape_is_kept() -> None:
    assert FixedPoint(0).encode([[0.5, 1.5], [-0.5, -2.5]]).tolist() == [[0, 2], [0, -2]]


def test_single_precision_is_not_rounded_twice() -> None:
    value = np.float32(1 / 3)

    assert FixedPoint(40).encode([value]).tolist() == [round(Fraction(float(value)) * 2**40)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2.0**23, -(2.0**23), 1e300])
def test_what_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(InvalidInput, match=r"the first at \(1,\)"):
        FixedPoint(40).encode([0.0, value])


def test_largest_value_that_fits() -> None:
    largest = np.nextafter(2.0**23, 0)

    assert FixedPoint(40).encode([largest]).tolist() == [int(Fraction(largest) * 2**40)]


@pytest.mark.parametrize("bits", [-1, 53])
def test_fraction_bits_out_of_range(bits: int) -> None:
    with pytest.raises(InvalidInput, match="fraction_bits"):
        FixedPoint(bits)


def test_decode_takes_integers_only() -> None:
    with pytest.raises(InvalidInput, match="float64"):
        FixedPoint(8).decode([1.0])


@given(hnp.arrays(np.int64, st.integers(0, 5), elements=WORDS))
def test_ring_is_twos_complement(signed: np.ndarray) -> None:
    assert to_ring(signed).tolist() == [int(value) % 2**64 for value in signed]
    assert (from_ring(to_ring(signed)) == signed).all()


def test_ring_conversions_check_the_dtype() -> None:
    with pytest.raises(InvalidInput, match="uint64"):
        to_ring(np.zeros(1, dtype=np.uint64))
    with pytest.raises(InvalidInput, match="int64"):
        from_ring(np.zeros(1, dtype=np.int64))


EDGES = [-(2**63), -(2**63) + 1, -1, 0, 1, 2**62, 2**63 - 2, 2**63 - 1]


@given(
    st.one_of(WORDS, st.sampled_from(EDGES)),
    st.one_of(st.integers(1, 2**63 - 1), st.sampled_from([1, 2, 3, 2**63 - 1])),
)
def test_division_is_exact(a: int, b: int) -> None:
    assert divide_rounding(np.array([a], dtype=np.int64), b).tolist() == [(2 * a + b) // (2 * b)]


def test_division_rounds_halves_up() -> None:
    assert divide_rounding(np.array([-3, -1, 1, 3], dtype=np.int64), 2).tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize("denominator", [0, -1, 2**63])
def test_division_by_what_is_no_weight_sum(denominator: int) -> None:
    with pytest.raises(InvalidInput, match="denominator"):
        divide_rounding(np.array([1], dtype=np.int64), denominator)


BOUNDS = RoundBounds(
    n_parameters=1_000_000, clip_norm=1.0, fraction_bits=24, gradient_bits=24, gradient_norm=100.0, max_weight_sum=10**6
)


def test_a_usual_task_fits() -> None:
    assert BOUNDS.weighted_sum == 10**6 * (2**24 + 1)
    assert BOUNDS.update_norm == 2**24 + 500
    assert BOUNDS.inner_product == (2**24 + 500) * (100 * 2**24 + 500)
    assert BOUNDS.projection == (2**24 + 500) * 1000


def test_weighted_sum_at_the_edge() -> None:
    edge = (2**63 - 1) // (2**24 + 1)

    assert replace(BOUNDS, max_weight_sum=edge).weighted_sum <= 2**63 - 1
    with pytest.raises(InvalidInput, match="weighted_sum"):
        replace(BOUNDS, max_weight_sum=edge + 1)


def test_inner_product_at_the_edge() -> None:
    """One parameter, whole numbers: the bound is (clip + 1/2)(gradient + 1/2), first factor rounded up."""
    sizes = replace(BOUNDS, n_parameters=1, fraction_bits=0, gradient_bits=0, clip_norm=2.0**31 - 1, max_weight_sum=1)

    assert replace(sizes, gradient_norm=2.0**32 - 2).inner_product == 2**31 * (2**32 - 1)
    with pytest.raises(InvalidInput, match="inner_product"):
        replace(sizes, gradient_norm=2.0**32 - 1)


def test_projection_at_the_edge() -> None:
    """sqrt(d) is 1024, so the norm after rounding is clip + 512 and may reach 2**53 - 1."""
    edge = RoundBounds(
        n_parameters=2**20,
        clip_norm=2.0**53 - 513,
        fraction_bits=0,
        gradient_bits=0,
        gradient_norm=0.5,
        max_weight_sum=1,
    )

    assert edge.projection == 2**63 - 1024
    with pytest.raises(InvalidInput, match="projection"):
        replace(edge, clip_norm=2.0**53 - 512)
    with pytest.raises(InvalidInput, match="projection"):
        replace(edge, n_parameters=2**20 + 1)


@pytest.mark.parametrize(
    "change",
    [
        {"n_parameters": 0},
        {"max_weight_sum": 0},
        {"clip_norm": 0.0},
        {"clip_norm": math.nan},
        {"gradient_norm": math.inf},
        {"fraction_bits": 60},
        {"gradient_bits": -1},
    ],
)
def test_nonsense_is_named(change: dict) -> None:
    with pytest.raises(InvalidInput, match=next(iter(change))):
        replace(BOUNDS, **change)


@given(
    hnp.arrays(np.float64, st.integers(1, 8), elements=st.floats(-1e3, 1e3)),
    st.floats(1e-3, 100),
    st.integers(0, 20),
)
def test_bounds_hold_for_clipped_vectors(vector: np.ndarray, clip_norm: float, bits: int) -> None:
    bounds = RoundBounds(
        n_parameters=len(vector),
        clip_norm=clip_norm,
        fraction_bits=bits,
        gradient_bits=0,
        gradient_norm=1.0,
        max_weight_sum=7,
    )
    norm = float(np.linalg.norm(vector))
    # A hair inside: the clipping itself is done in floats.
    clipped = vector * min(1.0, clip_norm * (1 - 1e-12) / norm) if norm else vector
    encoded = [int(value) for value in FixedPoint(bits).encode(clipped)]

    assert sum(value**2 for value in encoded) <= bounds.update_norm**2
    assert 7 * max(abs(value) for value in encoded) <= bounds.weighted_sum
    assert sum(abs(value) for value in encoded) <= bounds.projection

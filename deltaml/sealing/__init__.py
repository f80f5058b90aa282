"""The two locks on an update: the committee's masks and, in sealed-model tasks, the owner's encryption (design §3)."""

from deltaml.sealing.committee import COMMITTEE_SIZES, Committee, holder_sets, majority
from deltaml.sealing.directions import Directions, RandomDirections, norm_checks, norm_is_plausible
from deltaml.sealing.envelope import Identity, recipient_from_text, recipient_to_text, seal, unseal
from deltaml.sealing.fixed_point import FixedPoint, RoundBounds, divide_rounding, from_ring, to_ring
from deltaml.sealing.keystream import SEED_BYTES, keystream
from deltaml.sealing.masks import (
    apply_masks,
    draw_seeds,
    mask_projections,
    mask_sum,
    open_projections,
    open_sum,
    project,
    seed_commitment,
)

__all__ = [
    "COMMITTEE_SIZES",
    "SEED_BYTES",
    "Committee",
    "Directions",
    "FixedPoint",
    "Identity",
    "RandomDirections",
    "RoundBounds",
    "apply_masks",
    "divide_rounding",
    "draw_seeds",
    "from_ring",
    "holder_sets",
    "keystream",
    "majority",
    "mask_projections",
    "mask_sum",
    "norm_checks",
    "norm_is_plausible",
    "open_projections",
    "open_sum",
    "project",
    "recipient_from_text",
    "recipient_to_text",
    "seal",
    "seed_commitment",
    "to_ring",
    "unseal",
]

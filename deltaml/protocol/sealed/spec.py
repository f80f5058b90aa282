"""The specification of a sealed-model task."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, isqrt
from typing import ClassVar

from deltaml.errors import InvalidMessage
from deltaml.protocol.spec import MICRO, TaskSpec
from deltaml.sealing import MAX_KEY_BITS, MAX_OPEN_BOUND, OPEN_WORDS, OwnerPublicKey, verify_key

MAX_SEALED_PARAMETERS = 1000
MAX_MATRIX_BITS = 40
PARAMETERS_PER_CHECK = 8
MAX_CHECKS = 8
CHECK_ENTRY_BITS = 15
"""Entries of the random directions are below 2**15 in size."""


@dataclass(frozen=True, kw_only=True)
class SealedSpec(TaskSpec):
    """A linear or logistic model that trainers never see; the owner's agent takes part in every round.

    key: the owner's Paillier modulus, big-endian; key_proof: that it is one (`verify_key`). data_bits: fixed point of
    A and b. clip_norm_micro bounds a trainer's gradient A w - b wherever the norm of the weights is at most
    weight_norm_micro, which the owner keeps to; noise_micro is added to each of its coordinates.
    """

    key: bytes
    key_proof: bytes
    data_bits: int
    weight_norm_micro: int

    TYPE: ClassVar[str] = "deltaml/sealed-spec/1"
    FAMILIES: ClassVar[tuple[str, ...]] = ("linear", "logistic")

    @classmethod
    def decode(cls, data: bytes) -> "SealedSpec":
        """The specification in `data`.

        Raises InvalidMessage when a field is missing, of the wrong type or out of range, when the key is none, or when
        what a round opens would not fit (`MAX_OPEN_BOUND`).
        """
        given = cls._fields(data)
        spec = cls(
            **cls._common(given),
            key=given.octets("key", max_length=MAX_KEY_BITS // 8),
            key_proof=given.octets("key_proof", max_length=MAX_KEY_BITS),
            data_bits=given.integer("data_bits", 8, 32),
            weight_norm_micro=given.integer("weight_norm_micro", 1, 10**12),
        )
        spec._check()
        return spec

    def _check(self) -> None:
        size = self._check_model()
        if not 2 <= size <= MAX_SEALED_PARAMETERS:
            raise InvalidMessage(f"spec.shape: {size} parameters; a sealed model has 2 to {MAX_SEALED_PARAMETERS}")
        try:
            key = self.public_key
        except ValueError as error:
            raise InvalidMessage(f"spec.key: {error}") from error
        if key.bits % 64 or len(self.key) * 8 != key.bits:
            raise InvalidMessage(f"spec.key: {key.bits} bits; expected a multiple of 64, without leading zeros")
        if not _is_proven(key, self.key_proof):
            raise InvalidMessage("spec.key_proof: does not prove that the key is a Paillier key")
        if self.clip_norm_micro << self.data_bits > self.weight_norm_micro << MAX_MATRIX_BITS:
            raise InvalidMessage("spec: clip_norm / weight_norm is too large for data_bits")
        largest = max(self.sum_bound, self.score_bound, self.check_bound)
        if largest > MAX_OPEN_BOUND:
            raise InvalidMessage(
                f"spec: what a round opens may need {largest.bit_length()} bits, at most "
                f"{MAX_OPEN_BOUND.bit_length() - 1} are safe; use fewer fraction, data or gradient bits"
            )

    def require_terms(self, rounds: int, equal_rounds: bool, harm_penalty_bps: int) -> None:
        """Raises InvalidMessage unless the task's terms on chain go with a sealed model.

        Only a fixed price per round: the owner alone could measure progress (R2). No penalty for harm: he alone chooses
        the direction that harm is measured along. And so few rounds that what is opened about one trainer can't be
        solved for his A and b: a round gives one equation per check and one for the score.
        """
        if not equal_rounds:
            raise InvalidMessage("a sealed-model task pays per round, not by measured progress")
        if harm_penalty_bps:
            raise InvalidMessage("a sealed-model task has no penalty for harm")
        size = self.n_parameters
        unknowns, equations = size * (size + 3) // 2, rounds * (self.n_checks + 1)
        if equations >= unknowns:
            raise InvalidMessage(
                f"{rounds} rounds open {equations} numbers about each trainer, whose data enter with {unknowns}; "
                f"use at most {(unknowns - 1) // (self.n_checks + 1)} rounds"
            )

    @cached_property
    def public_key(self) -> OwnerPublicKey:
        """Raises InvalidInput for a modulus that is refused."""
        return OwnerPublicKey(int.from_bytes(self.key, "big"))

    @cached_property
    def n_parameters(self) -> int:
        return self.model().n_parameters

    @property
    def blob_words(self) -> int:
        """64-bit words of a vector of ciphertexts."""
        return self.n_parameters * self.public_key.ciphertext_octets // 8

    @property
    def n_checks(self) -> int:
        """How many random projections are opened of each update: at least one, and one per 8 parameters up to 8."""
        return max(1, min(MAX_CHECKS, self.n_parameters // PARAMETERS_PER_CHECK))

    @property
    def check_words(self) -> int:
        return self.n_checks * OPEN_WORDS

    @property
    def product_bits(self) -> int:
        """Fixed point of A w, hence of updates."""
        return self.fraction_bits + self.data_bits

    @property
    def weight_norm(self) -> float:
        return self.weight_norm_micro / MICRO

    @property
    def update_norm(self) -> int:
        """L2 norm of an update in units of 2**-product_bits, rounding of A (half a unit per entry), b and noise
        included."""
        rounding = ceil(self.n_parameters / 2 * self.weight_norm * 2**self.fraction_bits) + self.n_parameters
        return ceil(self.norm_bound * 2**self.product_bits) + rounding

    @property
    def sum_bound(self) -> int:
        """Largest size of a coordinate of the weighted sum."""
        return self.max_weight_sum * self.update_norm

    @property
    def score_bound(self) -> int:
        """Largest size of an update times the owner's direction."""
        return self.update_norm * (self.direction_norm + 1)

    @property
    def check_bound(self) -> int:
        """Largest size of an update times a random direction."""
        return self.update_norm * ((isqrt(self.n_parameters) + 1) << CHECK_ENTRY_BITS)

    @property
    def direction_norm(self) -> int:
        """Longest direction the owner may post, in units of 2**-gradient_bits."""
        return ceil(self.gradient_norm_micro / MICRO * 2**self.gradient_bits) + isqrt(self.n_parameters) + 1


@lru_cache(maxsize=64)
def _is_proven(key: OwnerPublicKey, proof: bytes) -> bool:
    # A broken task is read again at every tick, and this takes longer than all the rest of it.
    return verify_key(key, proof)

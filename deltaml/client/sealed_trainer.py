"""A data owner's part in a sealed-model task: A and b from his rows, and a blob from them and the encrypted weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltaml.client.disclosure import noise_of
from deltaml.client.sealed_owner import quadratic_loss
from deltaml.client.table import Table
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.protocol.sealed.blobs import close_sealed_update
from deltaml.protocol.sealed.messages import SealedModel
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import Rerandomiser


class SealedTraining:
    """What stays the same over the rounds of one task: the data as integers, and the pool of randomness for its key."""

    def __init__(self, spec: SealedSpec, table: Table, noise_micro: int) -> None:
        self.spec = spec
        self._noise = noise_of(spec, noise_micro)
        self._rerandomiser = Rerandomiser(spec.public_key)
        self.matrix, self._offset = fixed_point_data(spec, table)

    def offset(self, rng: np.random.Generator) -> list[int]:
        """-b plus this round's Gaussian noise, d integers at product_bits."""
        if not self._noise:
            return list(self._offset)
        noise = rng.normal(0.0, self._noise, len(self._offset))
        unit = 1 << self.spec.product_bits
        return [value + round(float(extra) * unit) for value, extra in zip(self._offset, noise, strict=True)]

    def blob(self, header: Header, model: SealedModel, recipients: Sequence[bytes]) -> Document:
        """This round's update under both locks."""
        offset = self.offset(np.random.default_rng())
        return close_sealed_update(self.spec, header, model, self.matrix, offset, recipients, self._rerandomiser)


def fixed_point_data(spec: SealedSpec, table: Table) -> tuple[NDArray[np.int64], list[int]]:
    """A int64[d, d] at data_bits and -b, d integers at product_bits, scaled so that no gradient is longer than the clip
    norm. Raises InvalidInput for a file that does not fit."""
    loss = quadratic_loss(spec, table).bounded(spec.weight_norm, spec.clip_norm)
    matrix = np.rint(loss.matrix * 2.0**spec.data_bits).astype(np.int64)
    unit = 1 << spec.product_bits
    return matrix, [-round(float(value) * unit) for value in loss.offset]

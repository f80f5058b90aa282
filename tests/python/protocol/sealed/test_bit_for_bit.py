"""The thesis's own use case without a chain: sealed training gives the bits of training in the clear."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from deltaml.client.sealed_owner import Stepper
from deltaml.learning import BFGS, Momentum, OwnerOptimiser, Plain, normal_equations
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.messages import Header
from deltaml.protocol.sealed.blobs import close_sealed_update, open_sealed_update, read_ciphertexts
from deltaml.protocol.sealed.messages import SealedModel
from deltaml.protocol.sealed.opening import masked_sum, set_sums, unmask_sum
from deltaml.protocol.sealed.owner import weights_of
from deltaml.protocol.spec import MICRO, Column
from deltaml.sealing import Committee, Identity, Rerandomiser, encrypt, holder_sets
from tests.python.protocol.sealed.board import ALICE, integers_of, make_spec

pytestmark = pytest.mark.unit

N, OWNERS = 4, 5


def diabetes() -> tuple[list[tuple[np.ndarray, np.ndarray]], tuple[np.ndarray, np.ndarray]]:
    """Five owners of 60 rows and a validation set of 142, standardised."""
    X, y = load_diabetes(return_X_y=True)
    X, y = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
    return [(X[i * 60 : (i + 1) * 60], y[i * 60 : (i + 1) * 60]) for i in range(OWNERS)], (X[300:], y[300:])


@pytest.mark.parametrize(("optimiser", "rounds"), [(BFGS(1.0, 0.1), 20), (Plain(0.1), 3), (Momentum(0.05, 0.8), 3)])
def test_rounds_of_diabetes(optimiser: OwnerOptimiser, rounds: int) -> None:
    parts, validation = diabetes()
    columns = tuple(Column(f"x{i}", 0, MICRO) for i in range(10))
    spec = make_spec(shape={"n_features": 10}, columns=columns, weight_norm_micro=4 * MICRO)
    spec.require_terms(rounds, True, 0)
    units = [1, 2, 1, 3, 1]
    data = [integers_of(spec, normal_equations(X, y, "linear", 0.001)) for X, y in parts]
    stepper = Stepper(spec, optimiser, normal_equations(*validation, "linear", 0.001))
    members = [Identity.generate() for _ in range(N)]
    rerandomiser = Rerandomiser(spec.public_key)

    clear, clear_memory = np.zeros(11, dtype=np.int64), None
    sealed = SealedModel(0, encrypt(spec.public_key, [0] * 11))
    memory = None
    for number in range(rounds):
        total = [0] * 11
        for (matrix, offset), weight in zip(data, units, strict=True):
            gradient = matrix.astype(object) @ clear.astype(object)
            total = [t + weight * (int(g) + o) for t, g, o in zip(total, gradient, offset, strict=True)]
        step = stepper(clear, clear_memory, total, sum(units))
        clear, clear_memory = step.weights, step.memory

        blobs: list[dict[int, OpenedBlob]] = [{} for _ in members]
        masked = {}
        for trainer, (matrix, offset) in enumerate(data):
            header = Header(1, bytes(20), 1, number, bytes([trainer]) * 20)
            recipients = [member.recipient for member in members]
            document = close_sealed_update(spec, header, sealed, matrix, offset, recipients, rerandomiser)
            masked[trainer] = read_ciphertexts(spec, document, header, N)
            for seat, member in enumerate(members):
                blobs[seat][trainer] = open_sealed_update(spec, document, header, N, seat, member)
        bodies = {}
        for seat in range(N):
            bodies |= set_sums(spec, blobs[seat], range(OWNERS), units, Committee(N).sets_of(seat))
        assert len(bodies) == len(holder_sets(N))
        opened = unmask_sum(spec, N, ALICE.decrypt(masked_sum(masked, range(OWNERS), units)), bodies)
        assert opened == total
        step = stepper(weights_of(spec, ALICE, sealed), memory, opened, sum(units))
        memory = step.memory
        sealed = SealedModel(number + 1, encrypt(spec.public_key, [int(w) for w in step.weights]))
    assert (weights_of(spec, ALICE, sealed) == clear).all()
    fixed = spec.weights_format()
    assert stepper.validation.loss(fixed.decode(clear)) < 0.9 * stepper.validation.loss(np.zeros(11))

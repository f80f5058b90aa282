"""The owner of a sealed model: from a draft to a posted task, and from an opened sum to the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.client.draft import Draft, common_terms
from deltaml.client.table import Table, features, targets
from deltaml.errors import InvalidInput
from deltaml.learning import BFGS, Momentum, OwnerOptimiser, Plain, QuadraticLoss, normal_equations, score_direction
from deltaml.protocol.document import publish
from deltaml.protocol.sealed.messages import SealedModel, SealedState
from deltaml.protocol.sealed.owner import Stepped
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO, NANO
from deltaml.sealing import OwnerKey, encrypt, prove_key
from deltaml.storage import Store

Int64Array = NDArray[np.int64]

# What it remembers, a square matrix, has to fit one block of 1 MiB.
MAX_BFGS_PARAMETERS = 200


def is_sealed(draft: Draft) -> bool:
    """Whether the task file asks for a sealed model."""
    return bool(draft.get("model", "sealed", bool, False))


def make_sealed_spec(draft: Draft, table: Table, owner_recipient: bytes, key: OwnerKey) -> SealedSpec:
    """The specification that a draft and the owner's validation file describe.

    Raises InvalidInput naming what is missing or out of range.
    """
    public = key.public
    spec = SealedSpec(
        **common_terms(draft, table, owner_recipient),
        fraction_bits=draft.get("training", "fraction_bits", int, 20),
        gradient_bits=draft.get("training", "gradient_bits", int, 16),
        key=public.n.to_bytes(-(-public.bits // 8), "big"),
        key_proof=prove_key(key),
        data_bits=draft.get("training", "data_bits", int, 20),
        weight_norm_micro=draft.micro("privacy", "weight_norm"),
    )
    decoded = SealedSpec.decode(spec.encode())
    decoded.require_terms(
        draft.get("market", "rounds", int),
        draft.get("progress", "per_round", bool, False),
        draft.get("market", "harm_penalty_bps", int, 0),
    )
    return decoded


def publish_sealed_task(spec: SealedSpec, store: Store) -> tuple[bytes, bytes]:
    """Puts specification and initial model (all weights zero) on IPFS; returns the digests for the market."""
    model = SealedModel(0, encrypt(spec.public_key, [0] * spec.n_parameters))
    state = SealedState(0, publish(model.document(), store), (), 0)
    return store.put(spec.encode()), publish(state.document(), store)


def quadratic_loss(spec: SealedSpec, table: Table) -> QuadraticLoss:
    """The loss of a file's rows, as the task defines it. Raises InvalidInput for a file that does not fit."""
    X, y = features(spec, table), targets(spec.target, table)
    with np.errstate(over="ignore", invalid="ignore"):
        if spec.family == "logistic":
            loss = normal_equations(X, 2 * y - 1, "logistic", spec.l2_nano / NANO)
        else:
            loss = normal_equations(X, y, "linear", spec.l2_nano / NANO)
    if not np.isfinite([*loss.matrix.flat, *loss.offset, loss.constant]).all():
        raise InvalidInput("the file's numbers are too large: their squares do not add up")
    return loss


def optimiser_of(draft: Draft, spec: SealedSpec) -> OwnerOptimiser:
    """The [owner] section: how the owner steps. Raises InvalidInput."""
    kind = draft.get("owner", "optimiser", str, "bfgs")
    if kind == "plain":
        return Plain(draft.get("owner", "learning_rate", float))
    if kind == "momentum":
        return Momentum(draft.get("owner", "learning_rate", float), draft.get("owner", "momentum", float, 0.9))
    if kind == "bfgs":
        if spec.n_parameters > MAX_BFGS_PARAMETERS:
            raise InvalidInput(f"[owner] optimiser: bfgs is for {MAX_BFGS_PARAMETERS} parameters at most; use momentum")
        return BFGS(draft.get("owner", "learning_rate", float, 1.0), draft.get("owner", "first_rate", float, 0.1))
    raise InvalidInput(f"[owner] optimiser: expected plain, momentum or bfgs, got {kind!r}")


@dataclass(frozen=True, eq=False)
class Stepper:
    """The owner's step: mean gradient, optimiser, and the direction that scores are taken along, on his own rows.

    Integers in, integers out: the same sum gives the same step, whether it came sealed or in the clear.
    """

    spec: SealedSpec
    optimiser: OwnerOptimiser
    validation: QuadraticLoss

    def __call__(
        self, weights: Int64Array, memory: Mapping[str, Any] | None, total: list[int], total_units: int
    ) -> Stepped:
        """weights: int64[d]; memory: what the last step remembered; total: the sum at product_bits."""
        spec, fixed = self.spec, self.spec.weights_format()
        point = fixed.decode(weights)
        # Division of Python integers is correctly rounded, so everybody gets the same floats.
        gradient = np.array([value / (total_units << spec.product_bits) for value in total])
        before = self.optimiser.initial(len(point)) if memory is None else self.optimiser.state_from_map(memory)
        after, reached, action = self.optimiser.step(before, point, gradient)
        following = fixed.encode(_shortened(reached, spec.weight_norm * (1 - 2.0**-10)))
        direction = -score_direction(self.validation, point, fixed.decode(following), action)
        published = _shortened(direction, spec.gradient_norm_micro / MICRO)
        return Stepped(following, spec.gradient_format().encode(published), after.to_map())


def _shortened(vector: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    norm = float(np.linalg.norm(vector))
    return vector if norm <= limit else vector * (limit / norm)

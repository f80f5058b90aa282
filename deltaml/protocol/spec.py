"""The specification of a task: all that a trainer or an oracle has to know, as integers (R17), in one public block."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal

from deltaml.errors import InvalidMessage
from deltaml.learning import LocalTraining, Model, ProgressRule, build_model
from deltaml.protocol.schema import Fields
from deltaml.sealing import FixedPoint, RoundBounds
from deltaml.storage import decode_block, encode_block

MICRO = 1_000_000
NANO = 1_000_000_000
MAX_COLUMNS = 100_000
MAX_PARAMETERS = 1 << 24
"""A vector of that many words is 128 MiB; oracles hold a few, whatever the number of trainers."""

TargetKind = Literal["number", "classes"]


@dataclass(frozen=True)
class Column:
    """One input column of a data owner's table: the model sees (value - center) / scale."""

    name: str
    center_micro: int
    scale_micro: int

    @classmethod
    def from_map(cls, value: object) -> "Column":
        given = Fields.of("column", value, {"name", "center_micro", "scale_micro"})
        return cls(
            name=given.text("name"),
            center_micro=given.integer("center_micro", -(10**18), 10**18),
            scale_micro=given.integer("scale_micro", 1, 10**18),
        )


@dataclass(frozen=True)
class Target:
    """The column to predict: a number, standardised like an input, or one of `classes` by its text."""

    name: str
    kind: TargetKind
    classes: tuple[str, ...]
    center_micro: int
    scale_micro: int

    @classmethod
    def from_map(cls, value: object) -> "Target":
        given = Fields.of("target", value, {"name", "kind", "classes", "center_micro", "scale_micro"})
        kind = given.text("kind", ("number", "classes"))
        classes = given.sequence("classes", 0, 10_000)
        if not all(isinstance(label, str) for label in classes) or len(set(classes)) != len(classes):
            raise given.fail("classes", "distinct texts")
        if (kind == "classes") != (len(classes) >= 2):
            raise given.fail("classes", "at least two labels for a target of classes, none for a number")
        return cls(
            name=given.text("name"),
            kind="number" if kind == "number" else "classes",
            classes=tuple(classes),
            center_micro=given.integer("center_micro", -(10**18), 10**18),
            scale_micro=given.integer("scale_micro", 1, 10**18),
        )


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """What every kind of task says of itself. Every number is an integer whose unit is in its name.

    fraction_bits: fixed point of weights and updates; gradient_bits: of gradients. clip_norm_micro: C, the longest
    update (L2 norm) before noise of standard deviation noise_micro per weight. gradient_norm_micro: longer gradients
    are shortened to this before scores are computed. min_updates: with fewer acceptable updates no sum is opened (a sum
    of one is an update). max_weight_sum: most stake units of a round. turn_seconds: how long the committee waits for
    the member whose turn it is. owner_recipient: the owner's X25519 public key.
    """

    name: str
    purpose: str
    family: str
    shape: dict[str, int]
    l2_nano: int
    columns: tuple[Column, ...]
    target: Target
    fraction_bits: int
    gradient_bits: int
    clip_norm_micro: int
    noise_micro: int
    gradient_norm_micro: int
    min_updates: int
    max_weight_sum: int
    turn_seconds: int
    owner_recipient: bytes

    TYPE: ClassVar[str]
    FAMILIES: ClassVar[tuple[str, ...]]
    MAX_BYTES: ClassVar[int] = 1 << 20

    def encode(self) -> bytes:
        """Canonical bytes of the specification block; its digest goes on chain."""
        return encode_block(
            {"type": self.TYPE, **asdict(self)} | {"columns": [asdict(c) for c in self.columns]} | self._target_map()
        )

    def _target_map(self) -> dict[str, Any]:
        return {"target": asdict(self.target) | {"classes": list(self.target.classes)}}

    @classmethod
    def _fields(cls, data: bytes) -> Fields:
        given = Fields.of("spec", decode_block(data), {"type"} | {field.name for field in fields(cls)})
        given.text("type", (cls.TYPE,))
        return given

    @classmethod
    def _common(cls, given: Fields) -> dict[str, Any]:
        """The fields above, read."""
        return {
            "name": given.text("name"),
            "purpose": given.text("purpose"),
            "family": given.text("family", cls.FAMILIES),
            "shape": _shape(given.values["shape"]),
            "l2_nano": given.integer("l2_nano", 0, 10**12),
            "columns": tuple(Column.from_map(column) for column in given.sequence("columns", 1, MAX_COLUMNS)),
            "target": Target.from_map(given.values["target"]),
            "fraction_bits": given.integer("fraction_bits", 8, 32),
            "gradient_bits": given.integer("gradient_bits", 8, 32),
            "clip_norm_micro": given.integer("clip_norm_micro", 1, 10**12),
            "noise_micro": given.integer("noise_micro", 0, 10**12),
            "gradient_norm_micro": given.integer("gradient_norm_micro", 1, 10**12),
            "min_updates": given.integer("min_updates", 3, 1024),
            "max_weight_sum": given.integer("max_weight_sum", 1, 1024 * 65535),
            "turn_seconds": given.integer("turn_seconds", 1, 86_400),
            "owner_recipient": given.octets("owner_recipient", 32),
        }

    def _check_model(self) -> int:
        """The model's number of parameters. Raises InvalidMessage unless family, shape and target fit."""
        if self.shape.get("n_features") != len(self.columns):
            raise InvalidMessage(f"spec.shape: n_features must be the number of columns, {len(self.columns)}")
        outputs = len(self.target.classes)
        if self.family == "linear" and self.target.kind != "number":
            raise InvalidMessage("spec.target: a linear model predicts a number")
        if self.family == "logistic" and outputs != 2:
            raise InvalidMessage("spec.target: a logistic model needs exactly two classes")
        if self.family in ("softmax", "mlp") and self.shape.get("n_outputs") != outputs:
            raise InvalidMessage(f"spec.shape: n_outputs must be the number of classes, {outputs}")
        try:
            return self.model().n_parameters
        except ValueError as error:
            raise InvalidMessage(f"spec: {error}") from error

    def model(self) -> Model:
        """The model family and shape; weights travel apart, as a flat vector."""
        return build_model(self.family, self.shape, self.l2_nano / NANO)

    def weights_format(self) -> FixedPoint:
        return FixedPoint(self.fraction_bits)

    def gradient_format(self) -> FixedPoint:
        return FixedPoint(self.gradient_bits)

    @property
    def clip_norm(self) -> float:
        return self.clip_norm_micro / MICRO

    @property
    def norm_bound(self) -> float:
        """What an honest update's L2 norm stays under, noise included: the norm of d Gaussians exceeds
        sigma * (sqrt(d) + 4) with probability below 4e-4 (concentration of Lipschitz functions, exp(-8))."""
        size = self.model().n_parameters
        return self.clip_norm + self.noise_micro / MICRO * (size**0.5 + 4 if self.noise_micro else 0)


@dataclass(frozen=True, kw_only=True)
class OpenSpec(TaskSpec):
    """An open-model task: trainers see the model and train it as they like.

    drop_negative: who points well uphill is left out of the sum, see `downhill_enough`. public_steps: how many earlier
    steps the committee moves along before it scores. validation: digest of the validation set, sealed to the committee.
    """

    epochs: int
    batch_size: int
    learning_rate_micro: int
    momentum_micro: int
    drop_negative: bool
    public_steps: int
    progress_rule: ProgressRule
    baseline_loss_micro: int
    target_loss_micro: int
    validation: bytes
    validation_rows: int

    TYPE: ClassVar[str] = "deltaml/spec/1"
    FAMILIES: ClassVar[tuple[str, ...]] = ("linear", "logistic", "softmax", "mlp")

    @classmethod
    def decode(cls, data: bytes) -> "OpenSpec":
        """The specification in `data`.

        Raises InvalidMessage when a field is missing, of the wrong type or out of range, when the model can't be built,
        or when the numbers do not fit 64-bit words (RoundBounds).
        """
        given = cls._fields(data)
        spec = cls(
            **cls._common(given),
            epochs=given.integer("epochs", 1, 10_000),
            batch_size=given.integer("batch_size", 0, 10**6),
            learning_rate_micro=given.integer("learning_rate_micro", 1, 10**9),
            momentum_micro=given.integer("momentum_micro", 0, MICRO - 1),
            drop_negative=given.flag("drop_negative"),
            public_steps=given.integer("public_steps", 0, 16),
            progress_rule="log" if given.text("progress_rule", ("linear", "log")) == "log" else "linear",
            baseline_loss_micro=given.integer("baseline_loss_micro", 1, 10**12),
            target_loss_micro=given.integer("target_loss_micro", 1, 10**12),
            validation=given.octets("validation", 32),
            validation_rows=given.integer("validation_rows", 1, 10**6),
        )
        spec._check()
        return spec

    def _check(self) -> None:
        if self.target_loss_micro >= self.baseline_loss_micro:
            raise InvalidMessage("spec.target_loss_micro: must be below baseline_loss_micro")
        size = self._check_model()
        if size > MAX_PARAMETERS:
            raise InvalidMessage(f"spec.shape: the model has {size} parameters, at most {MAX_PARAMETERS} are allowed")
        try:
            self.bounds()
        except ValueError as error:
            raise InvalidMessage(f"spec: {error}") from error

    def training(self) -> LocalTraining:
        """How each trainer trains locally in a round."""
        return LocalTraining(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate_micro / MICRO,
            momentum=self.momentum_micro / MICRO,
        )

    def bounds(self) -> RoundBounds:
        """Proof that nothing a round adds up leaves a 64-bit word; raises InvalidInput naming what does."""
        return RoundBounds(
            n_parameters=self.model().n_parameters,
            clip_norm=self.norm_bound,
            fraction_bits=self.fraction_bits,
            gradient_bits=self.gradient_bits,
            gradient_norm=self.gradient_norm_micro / MICRO,
            max_weight_sum=self.max_weight_sum,
        )


def _shape(value: object) -> dict[str, int]:
    names = {"n_features", "n_outputs", "n_hidden"}
    if not isinstance(value, dict) or not set(value) <= names:
        raise InvalidMessage(f"spec.shape: expected a map with some of {sorted(names)}")
    given = Fields("spec.shape", value)
    return {name: given.integer(name, 1, 10**6) for name in value}

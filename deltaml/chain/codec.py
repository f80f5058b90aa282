"""Between ABI values and our types: built once per ABI entry, because ten processes decode every second."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any

from eth_utils.address import to_checksum_address

from deltaml.chain import types

Component = Mapping[str, Any]
Converter = Callable[[Any], Any]

# `Task` of Solidity is `TaskState` here: it is a snapshot, not the task.
MIRRORS: dict[str, type] = {
    "Status": types.Status,
    "Phase": types.Phase,
    "ProgressRule": types.ProgressRule,
    "Outcome": types.Outcome,
    "Dispute": types.Dispute,
    "TaskParams": types.TaskParams,
    "Task": types.TaskState,
    "Round": types.RoundState,
    "Trainer": types.TrainerState,
    "Report": types.Report,
    "Claim": types.Claim,
    "Charter": types.Charter,
    "Committee": types.CommitteeState,
    "Seat": types.SeatState,
}

checksum = lru_cache(maxsize=8192)(to_checksum_address)


def snake_case(name: str) -> str:
    """`commitEndsAt` → `commit_ends_at`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def converter(component: Component) -> Converter:
    """Function from what `eth_abi` decodes for this ABI component to our type."""
    kind: str = component["type"]
    if kind.endswith("]"):
        element = converter({**component, "type": kind[: kind.rindex("[")]})
        return lambda values: tuple(element(value) for value in values)
    if kind == "address":
        return checksum
    if kind == "tuple":
        fields = [converter(inner) for inner in component["components"]]
        mirror = _mirror(component, default=lambda *values: values)
        return lambda values: mirror(*(field(value) for field, value in zip(fields, values, strict=True)))
    if kind == "uint8":
        return _mirror(component, default=_same)
    return _same


def plain(value: Any) -> Any:
    """What `eth_abi` encodes for a value of ours: dataclasses become tuples, enums integers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(element) for element in value]
    return value


def _mirror(component: Component, default: Converter) -> Converter:
    # "struct ITaskMarket.Task", "enum ITaskMarket.Status"; Solidity writes nothing but "uint8" for a plain number.
    declared = re.sub(r"\[\d*\]", "", component.get("internalType", ""))
    return MIRRORS.get(declared.rpartition(".")[2], default)


def _same(value: Any) -> Any:
    return value

"""Functions of our contracts, from the artefacts that travel with the package."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import eth_abi
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from deltaml.chain.codec import Converter, converter, plain
from deltaml.chain.errors import NodeError
from deltaml.errors import InvalidInput

CONTRACTS = ("TaskMarket", "StakeVault", "Committees", "TokenDouble")


@cache
def load_abi(contract: str) -> list[dict[str, Any]]:
    """The JSON ABI of one of `CONTRACTS`."""
    if contract not in CONTRACTS:
        raise InvalidInput(f"no artefact for contract {contract!r}; there are {', '.join(CONTRACTS)}")
    text = resources.files("deltaml.chain").joinpath("artifacts", f"{contract}.json").read_text("utf-8")
    abi: list[dict[str, Any]] = json.loads(text)["abi"]
    return abi


@dataclass(frozen=True, slots=True)
class Method:
    """One function of a contract: calldata in, typed results out."""

    contract: str
    name: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    converters: tuple[Converter, ...]

    def encode(self, args: Sequence[Any]) -> bytes:
        """Calldata. Raises InvalidInput when the arguments don't fit the ABI."""
        if len(args) != len(self.inputs):
            raise InvalidInput(f"{self.contract}.{self.name} takes {len(self.inputs)} arguments, got {len(args)}")
        try:
            return self.selector + eth_abi.encode(self.inputs, [plain(value) for value in args])
        except (EncodingError, TypeError, ValueError) as error:
            expected = f"({', '.join(self.inputs)})"
            raise InvalidInput(f"{self.contract}.{self.name}{expected} can't take {args!r}: {error}") from error

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Results in our types. Raises NodeError when the bytes don't fit the ABI, e.g. from a wrong address."""
        try:
            values = eth_abi.decode(self.outputs, data)
            return tuple(convert(value) for convert, value in zip(self.converters, values, strict=True))
        except (DecodingError, ValueError) as error:
            reason = f"{len(data)} bytes from {self.contract}.{self.name} don't decode: is the contract deployed there?"
            raise NodeError("eth_call", 0, reason) from error

    def decode_one(self, data: bytes) -> Any:
        """The only result of a function that has one."""
        return self.decode(data)[0]


@cache
def method(contract: str, name: str) -> Method:
    """Looks a function up by name; our contracts overload none."""
    for entry in load_abi(contract):
        if entry["type"] == "function" and entry["name"] == name:
            return Method(
                contract=contract,
                name=name,
                selector=function_abi_to_4byte_selector(entry),  # type: ignore[arg-type]
                inputs=tuple(collapse_if_tuple(item) for item in entry["inputs"]),
                outputs=tuple(collapse_if_tuple(item) for item in entry["outputs"]),
                converters=tuple(converter(item) for item in entry["outputs"]),
            )
    raise InvalidInput(f"{contract} has no function {name!r}")

"""Custom errors of our artefacts come back by name, with typed arguments."""

import eth_abi
import pytest
from eth_utils.abi import function_signature_to_4byte_selector

from deltaml.chain.reverts import decode_revert
from deltaml.chain.types import Status

pytestmark = pytest.mark.unit


def encoded(signature: str, *values: object) -> bytes:
    kinds = signature[signature.index("(") + 1 : -1].split(",")
    return function_signature_to_4byte_selector(signature) + eth_abi.encode(kinds, values)


def test_error_of_the_market_with_its_arguments() -> None:
    reverted = decode_revert(encoded("TaskMarket_OutsideWindow(uint256,uint256,uint256)", 5, 6, 7))
    assert reverted.name == "TaskMarket_OutsideWindow"
    assert reverted.arguments == {"now_": 5, "start": 6, "end": 7}
    assert str(reverted) == "reverted: TaskMarket_OutsideWindow(now_=5, start=6, end=7)"


def test_enum_argument_is_typed() -> None:
    reverted = decode_revert(encoded("TaskMarket_WrongStatus(uint256,uint8)", 1, 4), "0xabc")
    assert reverted.arguments["status"] is Status.FAILED
    assert reverted.transaction_hash == "0xabc"
    assert "0xabc" in str(reverted)


def test_enum_value_from_a_newer_contract_keeps_the_name() -> None:
    reverted = decode_revert(encoded("TaskMarket_WrongStatus(uint256,uint8)", 1, 200))
    assert reverted.name == "TaskMarket_WrongStatus"


@pytest.mark.parametrize(
    "signature",
    [
        "StakeVault_FreeTooSmall(address,uint256,uint256)",
        "Committees_ExposureTooHigh(uint256,uint256,uint256)",
        "ERC20InsufficientBalance(address,uint256,uint256)",
    ],
)
def test_errors_of_all_contracts_are_known(signature: str) -> None:
    kinds = signature[signature.index("(") + 1 : -1].split(",")
    values = ["0x" + "a1" * 20 if kind == "address" else 1 for kind in kinds]
    assert decode_revert(encoded(signature, *values)).name == signature.partition("(")[0]

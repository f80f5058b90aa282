"""Sends one transaction at a time and sees it through.

A Sender keeps nothing that matters: after kill -9 the next one finds an unmined transaction by the nonces the node
reports, gives it the usual time, and then takes its place.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from deltaml.chain.calls import Call
from deltaml.chain.codec import checksum
from deltaml.chain.connection import Chain, parse_int
from deltaml.chain.errors import FeeTooLow, GasTooHigh, InsufficientFunds, NodeError, NonceTaken, TransactionPending
from deltaml.chain.fees import Fees, bumped, highest, opening_fees
from deltaml.chain.receipts import Receipt, accept
from deltaml.chain.simulation import NEXT_BLOCK, as_transaction, simulate

if TYPE_CHECKING:
    from eth_account.datastructures import SignedTransaction
    from eth_account.signers.local import LocalAccount

log = logging.getLogger(__name__)

GAS_LIMIT = 16_000_000
"""R9a: below the 2^24 that EIP-7825 allows one transaction."""
METHOD_NOT_FOUND = -32601
DEFAULT_PRIORITY_FEE_WEI = 10**9
MAX_REPLACEMENTS = 3

# Nodes have no codes for these, only words; geth, Nethermind, Besu, Erigon and anvil say one of each.
ALREADY_SENT = ("already known", "alreadyknown", "already imported", "known transaction")
NONCE_USED = ("nonce too low", "nonce is too low", "oldnonce")
FEE_TOO_LOW = ("underpriced", "fee too low", "feetoolow", "max fee per gas less than block base fee")


class Writer(Protocol):
    """What sends calls: a Sender, or a DryRunSender that only says what it would do."""

    @property
    def address(self) -> str | None: ...

    def simulate(self, call: Call) -> tuple[Any, ...]: ...

    def send(self, call: Call) -> Receipt | None: ...


@dataclass(frozen=True, slots=True)
class _Attempt:
    nonce: int
    fees: Fees
    takes_over: bool
    hashes: tuple[str, ...] = ()


class Sender:
    """Signs and sends for one account; only one transaction of it is ever in flight.

    `max_fee_per_gas_wei` is the most it pays per gas. A transaction that is not mined within
    `receipt_timeout_seconds` is replaced, up to three times, with 20 % higher fees.
    """

    def __init__(
        self,
        chain: Chain,
        account: "LocalAccount",
        max_fee_per_gas_wei: int,
        receipt_timeout_seconds: float = 60.0,
        poll_seconds: float = 0.5,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain = chain
        self._account = account
        self._max_fee_per_gas_wei = max_fee_per_gas_wei
        self._receipt_timeout_seconds = receipt_timeout_seconds
        self._poll_seconds = poll_seconds
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._last: _Attempt | None = None

    @property
    def address(self) -> str:
        """EIP-55 address of the account."""
        return str(self._account.address)

    def simulate(self, call: Call) -> tuple[Any, ...]:
        """What the call would return in the next block. Raises Reverted, or `Unavailable` when the node fails."""
        return simulate(self._chain, call, self.address)

    def send(self, call: Call) -> Receipt:
        """Simulates, signs, sends and waits until the transaction is mined.

        Raises Refused when it can't work (Reverted, GasTooHigh, InsufficientFunds) and `Unavailable` when it may work
        later (FeeTooLow, TransactionPending, NonceTaken, NodeError, NodeUnreachable). After an `Unavailable` the
        transaction may still be mined: read the chain again before deciding again.
        """
        with self._lock:
            nonce, tag = self._free_nonce()
            simulate(self._chain, call, self.address, tag)
            gas = self._gas(call, tag)
            attempt = _Attempt(nonce, self._opening_fees(nonce), takes_over=tag != NEXT_BLOCK)
            for _ in range(MAX_REPLACEMENTS + 1):
                attempt = self._broadcast(call, gas, attempt)
                answer = self._await_receipt(attempt)
                if answer is not None:
                    self._last = None
                    return accept(self._chain, call, self.address, answer)
                higher = bumped(attempt.fees, self._max_fee_per_gas_wei)
                if higher is None:
                    break
                log.warning("%s not mined in time, replacing it at %d wei per gas", call, higher.max_fee)
                attempt = replace(attempt, fees=higher)
            raise TransactionPending(
                f"{call} with nonce {nonce} was not mined although up to {attempt.fees.max_fee} wei per gas were "
                f"offered (cap {self._max_fee_per_gas_wei}); it may still be"
            )

    # ------------------------------------------------------------------ before sending

    def _free_nonce(self) -> tuple[int, str]:
        """Next nonce and the state to simulate against.

        A transaction of ours from before a restart gets its time; after that its nonce is ours to reuse, and the
        simulation must not see its effects.
        """
        patience = self._clock() + self._receipt_timeout_seconds
        while True:
            mined, pending = self._nonces()
            if pending <= mined:
                return mined, NEXT_BLOCK
            if (self._last is not None and self._last.nonce == mined) or self._clock() >= patience:
                log.warning("taking over nonce %d from a transaction that is not mined", mined)
                return mined, "latest"
            self._sleep(self._poll_seconds)

    def _nonces(self) -> tuple[int, int]:
        counts = self._chain.batch([("eth_getTransactionCount", [self.address, tag]) for tag in ("latest", "pending")])
        return parse_int(counts[0]), parse_int(counts[1])

    def _gas(self, call: Call, tag: str) -> int:
        estimate = parse_int(self._chain.request("eth_estimateGas", [as_transaction(call, self.address), tag]))
        if estimate > GAS_LIMIT:
            raise GasTooHigh(f"{call} needs {estimate} gas, a transaction may have {GAS_LIMIT}; split it")
        return min(GAS_LIMIT, estimate * 6 // 5)

    def _opening_fees(self, nonce: int) -> Fees:
        base_fee = parse_int(self._chain.request("eth_getBlockByNumber", ["latest", False]).get("baseFeePerGas", "0x0"))
        try:
            priority_fee = parse_int(self._chain.request("eth_maxPriorityFeePerGas"))
        except NodeError as error:
            if error.code != METHOD_NOT_FOUND:
                raise
            priority_fee = DEFAULT_PRIORITY_FEE_WEI
        fees = opening_fees(base_fee, priority_fee, self._max_fee_per_gas_wei)
        if self._last is not None and self._last.nonce == nonce:
            higher = bumped(self._last.fees, self._max_fee_per_gas_wei)
            return highest(fees, higher or self._last.fees)
        return fees

    # ------------------------------------------------------------------ sending and waiting

    def _broadcast(self, call: Call, gas: int, attempt: _Attempt) -> _Attempt:
        """Sends, with higher fees while the node finds them too low for a replacement; returns what it took."""
        while True:
            signed = self._sign(call, gas, attempt)
            attempt = replace(attempt, hashes=(*attempt.hashes, "0x" + bytes(signed.hash).hex()))
            # Noted before it is sent: a node that times out may have taken it all the same.
            self._last = attempt
            try:
                self._chain.request("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])
                return attempt
            except NodeError as error:
                reason = error.reason.lower()
                if any(words in reason for words in ALREADY_SENT):
                    return attempt
                if any(words in reason for words in NONCE_USED):
                    if len(attempt.hashes) > 1:  # What we wanted to replace was mined between two looks.
                        return attempt
                    raise NonceTaken(f"nonce {attempt.nonce} of {self.address} is used: {error.reason}") from error
                if "insufficient funds" in reason:
                    raise InsufficientFunds(f"{self.address} can't pay for {call}: {error.reason}") from error
                if not any(words in reason for words in FEE_TOO_LOW):
                    raise
                if "replacement" in reason and not attempt.takes_over and len(attempt.hashes) == 1:
                    # Replacing what another process has sent this moment would lose its act; it gets its time.
                    self._last = None
                    raise NonceTaken(f"another process of {self.address} has sent nonce {attempt.nonce}") from error
                higher = bumped(attempt.fees, self._max_fee_per_gas_wei)
                if higher is None:
                    raise FeeTooLow(
                        f"the node wants more than {attempt.fees.max_fee} wei per gas for {call} ({error.reason}), "
                        f"the cap is {self._max_fee_per_gas_wei}; wait, or raise the cap"
                    ) from error
                attempt = replace(attempt, fees=higher)

    def _sign(self, call: Call, gas: int, attempt: _Attempt) -> "SignedTransaction":
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self._chain.chain_id,
            "nonce": attempt.nonce,
            "to": checksum(call.address),
            "value": call.value,
            "data": call.data,
            "gas": gas,
            "maxFeePerGas": attempt.fees.max_fee,
            "maxPriorityFeePerGas": attempt.fees.priority_fee,
        }
        return self._account.sign_transaction(transaction)

    def _await_receipt(self, attempt: _Attempt) -> dict[str, Any] | None:
        """Receipt of any of the transactions sent for this nonce; None when the time is over.

        Raises NonceTaken when a transaction that is not ours was mined with it.
        """
        deadline = self._clock() + self._receipt_timeout_seconds
        lost = 0
        while True:
            answers = self._chain.batch(
                [("eth_getTransactionCount", [self.address, "latest"])]
                + [("eth_getTransactionReceipt", [transaction_hash]) for transaction_hash in attempt.hashes]
            )
            for receipt in answers[1:]:
                if receipt is not None:
                    found: dict[str, Any] = receipt
                    return found
            # Nodes behind a load balancer disagree for moments, so one look is not enough.
            lost = lost + 1 if parse_int(answers[0]) > attempt.nonce else 0
            if lost > 2:
                raise NonceTaken(f"another transaction of {self.address} took nonce {attempt.nonce}; decide again")
            if self._clock() >= deadline:
                return None
            self._sleep(self._poll_seconds)

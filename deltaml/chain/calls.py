"""Writes as data: who decides what to send does not need a connection, and who sends does not need to know why.

Every function returns a Call; sending it is the Sender's work. Amounts are wei, digests and recipients 32 bytes.
Meanings, limits and errors of each are in `interfaces/*.sol`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deltaml.chain.abi import method
from deltaml.chain.deployment import Deployment
from deltaml.chain.types import Charter, Claim, Report, TaskParams
from deltaml.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Call:
    """A function call to a contract of one of our artefacts, with `value` wei of ether."""

    address: str
    contract: str
    function_name: str
    args: tuple[Any, ...]
    value: int = 0

    @property
    def data(self) -> bytes:
        """Calldata. Raises InvalidInput when the arguments don't fit the ABI."""
        return method(self.contract, self.function_name).encode(self.args)

    def __str__(self) -> str:
        return f"{self.contract}.{self.function_name}"


def multicall(calls: Sequence[Call]) -> Call:
    """Several calls to one contract in one transaction, all or nothing; one call alone stays as it is."""
    if not calls:
        raise InvalidInput("multicall needs at least one call")
    if len(calls) == 1:
        return calls[0]
    first = calls[0]
    if any((call.address, call.contract) != (first.address, first.contract) for call in calls):
        raise InvalidInput(f"multicall can't mix contracts: {', '.join(map(str, calls))}")
    if any(call.value for call in calls):
        raise InvalidInput("multicall can't carry ether: each of its calls would see the whole value")
    return Call(first.address, first.contract, "multicall", (tuple(call.data for call in calls),))


# ------------------------------------------------------------------ TaskMarket: owner


def post(deployment: Deployment, params: TaskParams) -> Call:
    """Posts a task and escrows pool and fees; approve the reward token to the market first."""
    return _market(deployment, "post", params)


def self_permit(deployment: Deployment, token: str, amount: int, deadline: int, v: int, r: bytes, s: bytes) -> Call:
    """EIP-2612 permit of `token` to the market."""
    return _market(deployment, "selfPermit", token, amount, deadline, v, r, s)


def end(deployment: Deployment, task_id: int) -> Call:
    """Owner: no further round."""
    return _market(deployment, "end", task_id)


def cancel(deployment: Deployment, task_id: int) -> Call:
    """A task that never started."""
    return _market(deployment, "cancel", task_id)


def refund(deployment: Deployment, task_id: int, to: str) -> Call:
    """Owner: what is refundable now."""
    return _market(deployment, "refund", task_id, to)


# ------------------------------------------------------------------ TaskMarket: trainers


def join(deployment: Deployment, task_id: int, units: int, recipient: bytes) -> Call:
    """Joins with stake units; `recipient` is the X25519 public key models are sealed to."""
    return _market(deployment, "join", task_id, units, recipient)


def start(deployment: Deployment, task_id: int) -> Call:
    """Anyone, after the join window."""
    return _market(deployment, "start", task_id)


def submit_update(deployment: Deployment, task_id: int, round_: int, digest: bytes) -> Call:
    """The digest of a trainer's blob."""
    return _market(deployment, "submitUpdate", task_id, round_, digest)


def claim(deployment: Deployment, task_id: int, claims: Sequence[Claim], to: str) -> Call:
    """A trainer's pay of many rounds."""
    return _market(deployment, "claim", task_id, tuple(claims), to)


def claim_expired(deployment: Deployment, task_id: int) -> Call:
    """A submitter's part of what silent members lost."""
    return _market(deployment, "claimExpired", task_id)


def leave(deployment: Deployment, task_id: int) -> Call:
    """A trainer's stake comes free."""
    return _market(deployment, "leave", task_id)


# ------------------------------------------------------------------ TaskMarket: committee


def commit_work(deployment: Deployment, task_id: int, round_: int, commitment: bytes) -> Call:
    """A member's `deltaml.protocol.hashes.work_commitment`."""
    return _market(deployment, "commitWork", task_id, round_, commitment)


def open_work(deployment: Deployment, task_id: int, round_: int, digest: bytes, accepted: bytes, salt: bytes) -> Call:
    """Opens the commitment."""
    return _market(deployment, "openWork", task_id, round_, digest, accepted, salt)


def announce(deployment: Deployment, task_id: int, round_: int, kind: int, digest: bytes) -> Call:
    """Puts a digest on the event board; `kind` is 0..255."""
    return _market(deployment, "announce", task_id, round_, kind, digest)


def vote(deployment: Deployment, task_id: int, round_: int, report_hash: bytes, vouched: int) -> Call:
    """A member's vote: `deltaml.protocol.hashes.report_hash`, and bit i for seat i, whose work he found right (R6a)."""
    return _market(deployment, "vote", task_id, round_, report_hash, vouched)


def reveal(deployment: Deployment, task_id: int, round_: int, report: Report) -> Call:
    """The report that has quorum."""
    return _market(deployment, "reveal", task_id, round_, report)


def settle(deployment: Deployment, task_id: int, round_: int) -> Call:
    """Anyone, once the round is final."""
    return _market(deployment, "settle", task_id, round_)


def claim_fees(deployment: Deployment, task_id: int, rounds: Sequence[int], to: str) -> Call:
    """A member's fees of settled rounds."""
    return _market(deployment, "claimFees", task_id, tuple(rounds), to)


# ------------------------------------------------------------------ TaskMarket: when things go wrong


def expire(deployment: Deployment, task_id: int) -> Call:
    """Anyone, when a round ended without a reveal."""
    return _market(deployment, "expire", task_id)


def challenge(deployment: Deployment, task_id: int, round_: int, value: int) -> Call:
    """Bonds and opens a dispute; `value` is the arbiter's price in wei of ether."""
    return Call(deployment.market, "TaskMarket", "challenge", (task_id, round_), value)


def rule(deployment: Deployment, dispute_id: int, ruling: int) -> Call:
    """The arbiter's answer: 1 it stands, 2 overturned."""
    return _market(deployment, "rule", dispute_id, ruling)


def lapse(deployment: Deployment, task_id: int, round_: int) -> Call:
    """Anyone, when the arbiter never answered."""
    return _market(deployment, "lapse", task_id, round_)


def close(deployment: Deployment, task_id: int) -> Call:
    """Anyone: frees the committee's exposure."""
    return _market(deployment, "close", task_id)


# ------------------------------------------------------------------ StakeVault


def deposit(deployment: Deployment, account: str, amount: int) -> Call:
    """Adds stake to `account`; approve the stake token to the vault first."""
    return _vault(deployment, "deposit", account, amount)


def withdraw(deployment: Deployment, to: str, amount: int) -> Call:
    """Takes free stake back."""
    return _vault(deployment, "withdraw", to, amount)


def self_permit_stake(deployment: Deployment, amount: int, deadline: int, v: int, r: bytes, s: bytes) -> Call:
    """EIP-2612 permit of the stake token to the vault."""
    return _vault(deployment, "selfPermit", amount, deadline, v, r, s)


# ------------------------------------------------------------------ Committees


def found(deployment: Deployment, charter: Charter) -> Call:
    """Writes a committee's charter down."""
    return _committees(deployment, "found", charter)


def enroll(deployment: Deployment, committee_id: int, recipient: bytes) -> Call:
    """Takes the seat the charter named the caller for."""
    return _committees(deployment, "enroll", committee_id, recipient)


def retire(deployment: Deployment, committee_id: int) -> Call:
    """No new task for this committee."""
    return _committees(deployment, "retire", committee_id)


def leave_committee(deployment: Deployment, committee_id: int) -> Call:
    """A member's seat stake comes free."""
    return _committees(deployment, "leave", committee_id)


# ------------------------------------------------------------------ tokens


def approve(token: str, spender: str, amount: int) -> Call:
    """ERC-20 approval."""
    return Call(token, "TokenDouble", "approve", (spender, amount))


def mint(token: str, to: str, amount: int) -> Call:
    """Test tokens only."""
    return Call(token, "TokenDouble", "mint", (to, amount))


def _market(deployment: Deployment, name: str, *args: Any) -> Call:
    return Call(deployment.market, "TaskMarket", name, args)


def _vault(deployment: Deployment, name: str, *args: Any) -> Call:
    return Call(deployment.vault, "StakeVault", name, args)


def _committees(deployment: Deployment, name: str, *args: Any) -> Call:
    return Call(deployment.committees, "Committees", name, args)

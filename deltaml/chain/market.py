"""What the contracts say at one block. One method is one request; `read_all` puts many into one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from deltaml.chain.abi import method
from deltaml.chain.connection import At, Chain
from deltaml.chain.deployment import Deployment
from deltaml.chain.types import CommitteeState, Phase, RoundState, SeatState, Status, TaskState, TrainerState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A question to a contract, to be asked later together with others."""

    address: str
    data: bytes
    decode: Callable[[bytes], T]


class Reads:
    """The questions there are."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def task_count(self) -> Read[int]:
        """Tasks ever posted."""
        return self._market("taskCount")

    def task(self, task_id: int) -> Read[TaskState]:
        """Parameters and state of a task."""
        return self._market("taskOf", task_id)

    def status(self, task_id: int) -> Read[Status]:
        """Status by the block's clock."""
        return self._market("statusOf", task_id)

    def phase(self, task_id: int) -> Read[Phase]:
        """Phase of the current round by the block's clock."""
        return self._market("phaseOf", task_id)

    def round(self, task_id: int, round_: int) -> Read[RoundState]:
        """State of a round."""
        return self._market("roundOf", task_id, round_)

    def trainer_at(self, task_id: int, index: int) -> Read[TrainerState]:
        """Trainer by order of joining, from 0."""
        return self._market("trainerAt", task_id, index)

    def trainer_number(self, task_id: int, account: str) -> Read[int]:
        """Index plus one, 0 for strangers."""
        return self._market("trainerNumberOf", task_id, account)

    def claimed_rounds(self, task_id: int, account: str) -> Read[int]:
        """Bit r: this trainer or member has claimed round r."""
        return self._market("claimedRoundsOf", task_id, account)

    def vote_of(self, task_id: int, round_: int, member: str) -> Read[bytes]:
        """32 bytes, zero when there is no vote."""
        return self._market("voteOf", task_id, round_, member)

    def committee_count(self) -> Read[int]:
        """Committees ever founded."""
        return self._committees("committeeCount")

    def committee(self, committee_id: int) -> Read[CommitteeState]:
        """State of a committee."""
        return self._committees("committeeOf", committee_id)

    def seats(self, committee_id: int) -> Read[tuple[SeatState, ...]]:
        """All seats in order."""
        return self._committees("seatsOf", committee_id)

    def seat_number(self, committee_id: int, account: str) -> Read[int]:
        """Seat plus one, 0 for strangers."""
        return self._committees("seatNumberOf", committee_id, account)

    def can_reserve(self, committee_id: int, reward_token: str, amount: int) -> Read[bool]:
        """Whether the committee may take a task with this much at stake (R6b)."""
        return self._committees("canReserve", committee_id, reward_token, amount)

    def deposit_of(self, account: str) -> Read[int]:
        """Stake in the vault, locked and free, in wei."""
        return self._vault("depositOf", account)

    def free_of(self, account: str) -> Read[int]:
        """Stake in the vault that is not locked, in wei."""
        return self._vault("freeOf", account)

    def locked_of(self, account: str) -> Read[int]:
        """Stake that the market and committees have locked, in wei."""
        return self._vault("lockedOf", account)

    def token_balance(self, token: str, account: str) -> Read[int]:
        """Balance in wei of the token."""
        return read_of(token, "TokenDouble", "balanceOf", account)

    def token_allowance(self, token: str, owner: str, spender: str) -> Read[int]:
        """What `spender` may still take, in wei of the token."""
        return read_of(token, "TokenDouble", "allowance", owner, spender)

    def _market(self, name: str, *args: Any) -> Read[Any]:
        return read_of(self._deployment.market, "TaskMarket", name, *args)

    def _committees(self, name: str, *args: Any) -> Read[Any]:
        return read_of(self._deployment.committees, "Committees", name, *args)

    def _vault(self, name: str, *args: Any) -> Read[Any]:
        return read_of(self._deployment.vault, "StakeVault", name, *args)


class Market:
    """Reads pinned to a block, given as a Block (by hash, safe against reorganisations) or as a number.

    All methods raise `Unavailable` when the node fails and Reverted when a contract refuses, e.g. for a task that does
    not exist at that block.
    """

    def __init__(self, chain: Chain, deployment: Deployment) -> None:
        self.chain = chain
        self.deployment = deployment
        self.reads = Reads(deployment)

    def read(self, question: Read[T], at: At) -> T:
        """Asks one question."""
        return question.decode(self.chain.call(question.address, question.data, at))

    def read_all(self, questions: Sequence[Read[Any]], at: At) -> tuple[Any, ...]:
        """Asks many questions in one batch; answers in the same order."""
        answers = self.chain.call_many([(question.address, question.data) for question in questions], at)
        return tuple(question.decode(answer) for question, answer in zip(questions, answers, strict=True))

    def task_count(self, at: At) -> int:
        """Tasks ever posted."""
        return self.read(self.reads.task_count(), at)

    def task(self, task_id: int, at: At) -> TaskState:
        """Parameters and state of a task."""
        return self.read(self.reads.task(task_id), at)

    def status(self, task_id: int, at: At) -> Status:
        """Status by the block's clock."""
        return self.read(self.reads.status(task_id), at)

    def phase(self, task_id: int, at: At) -> Phase:
        """Phase of the current round by the block's clock."""
        return self.read(self.reads.phase(task_id), at)

    def round(self, task_id: int, round_: int, at: At) -> RoundState:
        """State of a round."""
        return self.read(self.reads.round(task_id, round_), at)

    def trainer_at(self, task_id: int, index: int, at: At) -> TrainerState:
        """Trainer by order of joining, from 0."""
        return self.read(self.reads.trainer_at(task_id, index), at)

    def trainers(self, task_id: int, count: int, at: At) -> tuple[TrainerState, ...]:
        """The first `count` trainers in order of joining."""
        return self.read_all([self.reads.trainer_at(task_id, index) for index in range(count)], at)

    def trainer_number(self, task_id: int, account: str, at: At) -> int:
        """Index plus one, 0 for strangers."""
        return self.read(self.reads.trainer_number(task_id, account), at)

    def claimed_rounds(self, task_id: int, account: str, at: At) -> int:
        """Bit r: this trainer or member has claimed round r."""
        return self.read(self.reads.claimed_rounds(task_id, account), at)

    def vote_of(self, task_id: int, round_: int, member: str, at: At) -> bytes:
        """32 bytes, zero when there is no vote."""
        return self.read(self.reads.vote_of(task_id, round_, member), at)

    def committee_count(self, at: At) -> int:
        """Committees ever founded."""
        return self.read(self.reads.committee_count(), at)

    def committee(self, committee_id: int, at: At) -> CommitteeState:
        """State of a committee."""
        return self.read(self.reads.committee(committee_id), at)

    def seats(self, committee_id: int, at: At) -> tuple[SeatState, ...]:
        """All seats in order."""
        return self.read(self.reads.seats(committee_id), at)

    def deposit_of(self, account: str, at: At) -> int:
        """Stake in the vault, locked and free, in wei."""
        return self.read(self.reads.deposit_of(account), at)

    def free_of(self, account: str, at: At) -> int:
        """Stake in the vault that is not locked, in wei."""
        return self.read(self.reads.free_of(account), at)

    def locked_of(self, account: str, at: At) -> int:
        """Stake that the market and committees have locked, in wei."""
        return self.read(self.reads.locked_of(account), at)

    def token_balance(self, token: str, account: str, at: At) -> int:
        """Balance in wei of the token."""
        return self.read(self.reads.token_balance(token, account), at)

    def token_allowance(self, token: str, owner: str, spender: str, at: At) -> int:
        """What `spender` may still take, in wei of the token."""
        return self.read(self.reads.token_allowance(token, owner, spender), at)


def read_of(address: str, contract: str, name: str, *args: Any) -> Read[Any]:
    """The question to one function of a contract that stands at `address`."""
    function = method(contract, name)
    return Read(address, function.encode(args), function.decode_one)

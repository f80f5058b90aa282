"""Plays whole tasks and notes what each kind of transaction costs, from the first gas to the last.

Cold: an account's first ever, where slots are written that were zero before. Warm: the same again. Every figure is the
`gasUsed` of a receipt; transactions go past Brownie (raw.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from brownie import web3
from eth_utils import keccak

from tests.contracts.constants import WAD
from tests.contracts.driver import Driver, Report, digest_of, report_of
from tests.contracts.raw import GAS_LIMIT, send
from tests.contracts.score_tree import MISSED

BATCH = 64
BATCH_OF_ROUNDS = 10
ROUNDS = BATCH_OF_ROUNDS + 3
UNIT_STAKE = 100 * WAD
# Of the size a job depends on the proof only, and crowds take their time.
LARGEST_JOB = 100
# EIP-7623: a transaction pays at least this for each token of calldata, a byte that is not zero being four.
FLOOR_PER_TOKEN, TOKENS_PER_BYTE, BASE = 10, 4, 21_000


def scores_of(count: int, round_: int) -> list[int]:
    """Scores of 63 bits, so that no byte of calldata is cheap but by chance."""
    return [int.from_bytes(keccak(text=f"score {round_}/{index}")[:8], "big") >> 1 for index in range(count)]


@dataclass
class Meter:
    """Figures by name; `measure` fills them for one size of task. `crowd` makes the trainers that only join; alice and
    bob are real, and bob is the last to join when there are two or more.
    """

    driver: Driver
    crowd: Any
    deployer: Any
    alice: Any
    bob: Any
    stake_token: Any
    figures: dict[str, int] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)
    """Storage slots that the first reveal touches, by the size of the task."""

    # ---------------------------------------------------------------- sending

    def send(self, data: str, sender: Any, to: Any = None) -> int:
        """Gas of the transaction; it must succeed."""
        to = to or self.driver.market
        receipt = send(to, data, sender)
        sent = bytes.fromhex(data.removeprefix("0x"))
        tokens = sum(TOKENS_PER_BYTE if byte else 1 for byte in sent)
        # Where the floor does not bind, the figures hold before and after the Prague upgrade.
        assert receipt.gasUsed >= BASE + FLOOR_PER_TOKEN * tokens
        return receipt.gasUsed

    def note(self, name: str, data: str, sender: Any) -> None:
        assert name not in self.figures, name
        self.figures[name] = self.send(data, sender)

    def _slots(self, data: str, sender: Any) -> int:
        """How many storage slots the transaction would touch, of whatever contract."""
        fields = {"from": sender.address, "to": self.driver.market.address, "data": data, "gas": hex(GAS_LIMIT)}
        entries = web3.provider.make_request("eth_createAccessList", [fields])["result"]["accessList"]
        return sum(len(entry["storageKeys"]) for entry in entries)

    @contextmanager
    def what_if(self) -> Iterator[None]:
        """The chain is afterwards as it was before."""
        snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
        yield
        assert web3.provider.make_request("evm_revert", [snapshot])["result"]

    # ---------------------------------------------------------------- tasks

    def measure(self, count: int) -> dict[str, int]:
        """All figures for tasks of `count` trainers: everybody's first task, then the same people's second."""
        self.figures = {}
        with self.what_if():
            for temperature in ("cold", "warm"):
                self._task(count, temperature)
        if count > LARGEST_JOB:
            return self.figures
        with self.what_if():
            for temperature in ("cold", "warm"):
                self._job(count, temperature)
        return self.figures

    def _task(self, count: int, temperature: str) -> None:
        market = self.driver.market
        people = self._people(count)
        task_id = self._posted(count, ROUNDS, f"post.{temperature}")
        self._fill(task_id, count, people, temperature)
        for round_ in range(BATCH_OF_ROUNDS):
            self._round(task_id, round_, people, scores_of(count, round_), temperature)
        if count > 1:
            # Bob misses a round, so that alice has a share of his stake to claim.
            scores = [*scores_of(count, BATCH_OF_ROUNDS)[:-1], MISSED]
            self._round(task_id, BATCH_OF_ROUNDS, people[:1], scores, None)
        self.note(f"end.{temperature}", market.end.encode_input(task_id), self.driver.owner)
        last = self.driver.current(task_id)
        self.driver.pass_time(self.driver.final_at(task_id, last - 1))
        with self.what_if():
            self.note(f"claimOneUnsettled.{temperature}", self._claim(task_id, count, [0]), self.alice)
        for round_ in range(last):
            self._note_some("settle", round_, temperature, market.settle.encode_input(task_id, round_), self.deployer)
        self._claims(task_id, count, temperature)
        self._exits(task_id, temperature)

    def _job(self, count: int, temperature: str) -> None:
        """One trainer's whole job of one round: join, submit, claim, stake back; and that of the last to join."""
        market = self.driver.market
        people = self._people(count)
        task_id = self._posted(count, 1)
        joins = self._fill(task_id, count, people)
        scores = scores_of(count, 0)
        submits, _ = self._round(task_id, 0, people, scores, None)
        self.driver.pass_time(self.driver.final_at(task_id, 0))
        self.send(market.settle.encode_input(task_id, 0), self.deployer)
        for person, name in zip(people, ("first", "last") if count > 1 else ("last",), strict=True):
            index = self._index(person, count)
            claim = market.claim.encode_input(task_id, [self.driver.claim_of(task_id, 0, scores, index)], person)
            parts = {
                "join": joins[person],
                "submit": submits[person],
                "claim": self.send(claim, person),
                "stakeBack": self.send(market.leave.encode_input(task_id), person),
            }
            self.figures[f"job.{name}.{temperature}"] = sum(parts.values())

    # ---------------------------------------------------------------- steps

    def _people(self, count: int) -> list:
        return [self.alice, self.bob][:count]

    def _index(self, person: Any, count: int) -> int:
        """The crowd joins first, then alice, then bob."""
        return count - 1 if person == self._people(count)[-1] else count - 2

    def _posted(self, count: int, rounds: int, name: str | None = None) -> int:
        driver = self.driver
        terms = driver.terms(maxTrainers=count, minTrainers=1, rounds=rounds, missPenalty=WAD, harmPenaltyBps=100)
        escrow = terms["pool"] + rounds * terms["feePerRound"]
        self._mint(driver.reward_token, driver.owner, escrow, driver.market)
        data = driver.market.post.encode_input(tuple(terms.values()))
        if name:
            self.note(name, data, driver.owner)
        else:
            self.send(data, driver.owner)
        return driver.market.taskCount()

    def _mint(self, token: Any, account: Any, amount: int, spender: Any) -> None:
        self.send(token.mint.encode_input(account, amount), account, token)
        self.send(token.approve.encode_input(spender, amount), account, token)

    def _fill(self, task_id: int, count: int, people: Sequence, temperature: str | None = None) -> dict[Any, int]:
        """Everybody joins; gas by person. People bring more than they need, as people do."""
        left = count - len(people)
        while left:
            size = min(BATCH, left)
            self.send(self.crowd.join.encode_input(task_id, size, UNIT_STAKE), self.deployer, self.crowd)
            left -= size
        joins = {}
        for person in people:
            self._mint(self.stake_token, person, 2 * UNIT_STAKE, self.driver.vault)
            self.send(self.driver.vault.deposit.encode_input(person, 2 * UNIT_STAKE), person, self.driver.vault)
            data = self.driver.market.join.encode_input(task_id, 1, digest_of(f"age key of {person}"))
            joins[person] = self.send(data, person)
            if temperature:
                name = "joinLast" if person == people[-1] else "join"
                self.figures[f"{name}.{temperature}"] = joins[person]
        return joins

    def _round(
        self, task_id: int, round_: int, submitters: Sequence, scores: Sequence[int], temperature: str | None
    ) -> tuple[dict[Any, int], int]:
        """A whole round; gas by submitter, and of the reveal."""
        driver, market = self.driver, self.driver.market
        submits = {}
        for person in submitters:
            update = market.submitUpdate.encode_input(task_id, round_, digest_of(f"update of {person} {round_}"))
            submits[person] = self.send(update, person)
        self._note_gas("submitUpdate", round_, temperature, submits[submitters[0]])
        driver.pass_time(driver.round(task_id)["closesAt"])
        self._committee(task_id, round_, temperature)
        report = report_of(scores, (round_ + 1) * WAD // ROUNDS, model=f"model {round_}")
        self._votes(task_id, round_, report, temperature)
        data = market.reveal.encode_input(task_id, round_, report)
        self.slots.setdefault(len(scores), self._slots(data, driver.oracles[0]))
        gas = self.send(data, driver.oracles[0])
        self._note_gas("reveal", round_, temperature, gas)
        return submits, gas

    def _committee(self, task_id: int, round_: int, temperature: str | None) -> None:
        driver, market = self.driver, self.driver.market
        commits, opens = [], []
        for member in driver.oracles:
            commitment = market.commitmentOf(*driver.work_of(member), member, task_id, round_)
            commits.append(self.send(market.commitWork.encode_input(task_id, round_, commitment), member))
        for member in driver.oracles:
            digest, accepted, salt = driver.work_of(member)
            opens.append(self.send(market.openWork.encode_input(task_id, round_, digest, accepted, salt), member))
        self._note_gas("commitWork", round_, temperature, commits[0])
        self._note_gas("openWork", round_, temperature, opens[0])

    def _votes(self, task_id: int, round_: int, report: Report, temperature: str | None) -> None:
        market = self.driver.market
        report_hash = market.reportHashOf(task_id, round_, report)
        data = market.vote.encode_input(task_id, round_, report_hash, self.driver.everybody)
        votes = [self.send(data, member) for member in self.driver.oracles]
        self._note_gas("voteFirst", round_, temperature, votes[0])
        self._note_gas("vote", round_, temperature, votes[1])
        self._note_gas("voteQuorum", round_, temperature, votes[2])

    def _claims(self, task_id: int, count: int, temperature: str) -> None:
        driver, market = self.driver, self.driver.market
        ten = range(BATCH_OF_ROUNDS)
        with self.what_if():
            self.note(f"claimOne.{temperature}", self._claim(task_id, count, [0]), self.alice)
            if temperature == "cold":
                self.note("claimOne.again", self._claim(task_id, count, [1]), self.alice)
        if count > 1:
            with self.what_if():
                scores = [*scores_of(count, BATCH_OF_ROUNDS)[:-1], MISSED]
                proof = driver.claim_of(task_id, BATCH_OF_ROUNDS, scores, self._index(self.alice, count))
                shared = market.claim.encode_input(task_id, [proof], self.alice)
                self.note(f"claimOneWithStakeShare.{temperature}", shared, self.alice)
        self.note(f"claimTen.{temperature}", self._claim(task_id, count, ten), self.alice)
        member = driver.oracles[0]
        with self.what_if():
            self.note(f"claimFeesOne.{temperature}", market.claimFees.encode_input(task_id, [0], member), member)
        self.note(f"claimFeesTen.{temperature}", market.claimFees.encode_input(task_id, list(ten), member), member)

    def _claim(self, task_id: int, count: int, rounds: Sequence[int]) -> str:
        index = self._index(self.alice, count)
        claims = [self.driver.claim_of(task_id, round_, scores_of(count, round_), index) for round_ in rounds]
        return self.driver.market.claim.encode_input(task_id, claims, self.alice)

    def _exits(self, task_id: int, temperature: str) -> None:
        market, owner = self.driver.market, self.driver.owner
        self.note(f"leave.{temperature}", market.leave.encode_input(task_id), self.alice)
        self.note(f"close.{temperature}", market.close.encode_input(task_id), self.deployer)
        self.note(f"refund.{temperature}", market.refund.encode_input(task_id, owner), owner)

    # ---------------------------------------------------------------- notes

    def _note_some(self, name: str, round_: int, temperature: str, data: str, sender: Any) -> None:
        self._note_gas(name, round_, temperature, self.send(data, sender))

    def _note_gas(self, name: str, round_: int, temperature: str | None, gas: int) -> None:
        """Of the rounds of everybody's first task: the first is cold, the next one warm."""
        if temperature == "cold" and round_ < 2:
            self.figures[f"{name}.{('cold', 'warm')[round_]}"] = gas

"""Many rounds in one transaction: a troupe of contracts plays trainers and members, all within one second.

When all trainers have submitted the round closes in that second, and when all members have committed the window for
that is over too: so a whole round needs no time at all.
"""

from dataclasses import dataclass, field
from typing import Any

from brownie import chain

from tests.contracts.driver import Driver, Report, digest_of, report_of
from tests.contracts.raw import send
from tests.contracts.score_tree import ScoreTree


@dataclass
class Troupe:
    """`trainers` and `members` are the numbers of puppets. `driver` has the committee of these members."""

    driver: Driver
    contract: Any
    puppets: list[str]
    trainers: list[int]
    members: list[int]
    director: Any
    acts: list[tuple] = field(default_factory=list)

    def play(self, puppet: int, contract: Any, function: str, *args: Any) -> None:
        """Puts it on the programme."""
        self.acts.append((puppet, contract.address, getattr(contract, function).encode_input(*args)))

    def perform(self) -> int:
        """Plays the programme in one transaction; what gas it used."""
        programme, self.acts = self.acts, []
        return send(self.contract, self.contract.play.encode_input(programme), self.director).gasUsed

    def join(self, **terms: Any) -> int:
        """A task that these trainers start."""
        market, owner, token = self.driver.market, self.driver.owner, self.driver.reward_token
        count = len(self.trainers)
        terms = self.driver.terms(minTrainers=count, maxTrainers=count, **terms)
        escrow = terms["pool"] + terms["rounds"] * terms["feePerRound"]
        send(token, token.mint.encode_input(owner, escrow), owner)
        send(token, token.approve.encode_input(market, escrow), owner)
        send(market, market.post.encode_input(tuple(terms.values())), owner)
        task_id = market.taskCount()
        for trainer in self.trainers:
            self.play(trainer, market, "join", task_id, 1, digest_of("age key"))
        self.perform()
        return task_id

    def round(self, task_id: int, round_: int, report: Report) -> None:
        """Everybody works and agrees."""
        market = self.driver.market
        work = digest_of("post"), b"\x07", digest_of("salt")
        report_hash, everybody = self._hash(task_id, round_, report), 2 ** len(self.members) - 1
        for trainer in self.trainers:
            self.play(trainer, market, "submitUpdate", task_id, round_, digest_of("update"))
        for member in self.members:
            commitment = market.commitmentOf(*work, self.puppets[member], task_id, round_)
            self.play(member, market, "commitWork", task_id, round_, commitment)
        for member in self.members:
            self.play(member, market, "openWork", task_id, round_, *work)
            self.play(member, market, "vote", task_id, round_, report_hash, everybody)
        self.play(self.members[0], market, "reveal", task_id, round_, report)

    def _hash(self, task_id: int, round_: int, report: Report) -> bytes:
        return bytes(self.driver.market.reportHashOf(task_id, round_, report))

    def claims(self, task_id: int, scores: list[list[int]], index: int) -> list[tuple]:
        """Of all rounds, whose scores are given."""
        return [
            (round_, words[index], ScoreTree(chain.id, self.driver.market.address, task_id, round_, words).proof(index))
            for round_, words in enumerate(scores)
        ]


def some_report(scores: list[int], round_: int, rounds: int) -> Report:
    return report_of(scores, (round_ + 1) * 10**18 // rounds)

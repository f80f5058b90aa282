"""One task on the stage: its people, its files, and looks at the chain."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from deltaml.board import Snapshot, TaskReader
from deltaml.chain import Market, calls
from deltaml.chain.types import RoundState
from deltaml.protocol.lifecycle import TURN_SECONDS
from deltaml.storage import IpfsStore, Replicas
from scripts.localnet import Localnet, Person
from tests.e2e.ledger import Holding, holdings, pot_of_vault
from tests.e2e.people import WEI, Crew, at_once, writer
from tests.e2e.toy import VALIDATION_ROWS, VALIDATION_SEED, write_csv, write_draft
from tests.e2e.waiting import wait_until

TRAINER_STAKE = 25 * WEI
OWNER_REWARD = 1000 * WEI
TRAINER_ROWS = 80
TICK_SECONDS = 0.4


@dataclass
class Scene:
    """A crew, an owner and trainers around one task. `before`: what everybody had when nothing was posted. spare_ipfs:
    nodes besides the stage's own where people put blocks."""

    net: Localnet
    crew: Crew
    name: str
    owner: Person
    trainers: tuple[Person, ...]
    before: Mapping[str, Holding]
    pot_before: int
    task: int = 0
    spare_ipfs: tuple[str, ...] = ()
    market: Market = field(init=False)

    def __post_init__(self) -> None:
        self.market = Market(self.net.chain, self.net.deployment)

    @classmethod
    def prepare(cls, net: Localnet, crew: Crew, name: str, trainers: int) -> "Scene":
        """Owner and trainers with money, and nothing posted."""
        with at_once(net):
            owner = net.person(f"{name}-owner", reward=OWNER_REWARD)
            people = tuple(net.person(f"{name}-trainer-{i}", stake=TRAINER_STAKE) for i in range(trainers))
        market, block = Market(net.chain, net.deployment), net.chain.head()
        accounts = [person.account for person in (owner, *people, *crew.members)]
        before = holdings(market, [*accounts, net.deployment.market], block)
        return cls(net, crew, name, owner, people, before, pot_of_vault(net, block))

    # ------------------------------------------------------------------ files and processes

    @property
    def folder(self) -> Path:
        folder = self.net.folder / self.name
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def kept_updates(self) -> Path:
        return self.folder / "updates"

    def validation_csv(self) -> Path:
        return write_csv(self.folder / "validation.csv", VALIDATION_ROWS, VALIDATION_SEED)

    def draft(self, rounds: int, sealed: bool = False) -> Path:
        return write_draft(self.folder / "task.toml", self.crew.number, len(self.trainers), rounds, sealed)

    @property
    def key(self) -> Path:
        return self.folder / "owner.key"

    def start_trainer(self, index: int, *options: str) -> None:
        data = write_csv(self.folder / f"data-{index}.csv", TRAINER_ROWS, 100 + index)
        more = ("--keep-updates", str(self.kept_updates), *options)
        self.net.start_trainer(self.trainers[index], self.task, data, *more, tick_seconds=TICK_SECONDS)

    def start_owner(self, *options: str) -> None:
        """The owner's agent of a sealed-model task."""
        files = self.folder / "task.toml", self.folder / "validation.csv", self.key
        self.net.start_owner(self.owner, self.task, *files, *options, tick_seconds=TICK_SECONDS)

    def start_trainers(self) -> None:
        for index in range(len(self.trainers)):
            self.start_trainer(index)

    def start_adversary(self, index: int, kind: str) -> None:
        """`kind`: a module of tests.e2e.adversaries."""
        person = self.trainers[index]
        command = [sys.executable, "-m", f"tests.e2e.adversaries.{kind}", "--task", str(self.task)]
        self.net.spawn(person.name, [*command, "--tick-seconds", str(TICK_SECONDS), *self.net.options(person)])

    def crowd_member(self, index: int, kind: str = "honest") -> str:
        """A trainer as `start_crowd` wants him. kind: `honest` or a module of tests.e2e.adversaries."""
        words = f"{self.task}:{kind}:{self.trainers[index].folder}"
        if kind != "honest":
            return words
        return f"{words}:{write_csv(self.folder / f'data-{index}.csv', TRAINER_ROWS, 100 + index)}"

    def start_crowd(self, kinds: Mapping[int, str]) -> None:
        """Starts trainers, by index, in one process."""
        start_crowd(self.net, {self.trainers[i]: self.crowd_member(i, kind) for i, kind in kinds.items()}, self)

    # ------------------------------------------------------------------ looks at the chain

    @cached_property
    def reader(self) -> TaskReader:
        return TaskReader(self.market)

    @property
    def store(self) -> Replicas:
        """Everything that anybody published."""
        nodes = (self.net.ipfs, *self.spare_ipfs)
        return Replicas([(api, IpfsStore(api, timeout_seconds=15)) for api in nodes])

    @property
    def people(self) -> tuple[Person, ...]:
        return (self.owner, *self.trainers, *self.crew.members)

    def look(self) -> Snapshot:
        return self.reader.snapshot(self.task, self.net.chain.head())

    def until(self, holds: Callable[[Snapshot], object], seconds: float, what: str) -> Snapshot:
        """The first snapshot that `holds` is true of."""

        def condition() -> Snapshot | None:
            snapshot = self.look()
            return snapshot if holds(snapshot) else None

        try:
            return wait_until(condition, seconds, f"{self.name}: {what}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._last_words()}") from None

    def until_round(self, number: int, seconds: float = 60) -> Snapshot:
        return self.until(lambda s: s.is_final or s.task.round >= number, seconds, f"round {number} opens")

    def until_final(self, seconds: float = 60) -> Snapshot:
        return self.until(lambda s: s.is_final, seconds, "the task ends")

    def rounds(self, snapshot: Snapshot) -> list[RoundState]:
        """All rounds that have opened."""
        reads = [self.market.reads.round(self.task, number) for number in range(snapshot.task.round + 1)]
        return list(self.market.read_all(reads, snapshot.block))

    def gains(self, snapshot: Snapshot) -> dict[str, tuple[int, int]]:
        """By account: wei of reward and of stake beyond what there was before the task."""
        after = holdings(self.market, list(self.before), snapshot.block)
        return {a: (after[a].reward - was.reward, after[a].stake - was.stake) for a, was in self.before.items()}

    def pass_until(self, timestamp: int) -> None:
        """Turns the clock so that a block has this timestamp, or a later one."""
        self.net.pass_time(max(0, timestamp - self.net.chain.head().timestamp))

    def _last_words(self) -> str:
        people = [*self.trainers, *self.crew.members]
        tails = {person.name: self.net.log_of(person.name).splitlines()[-2:] for person in people}
        return "\n".join(f"{name}: {' | '.join(lines)}" for name, lines in tails.items())

    # ------------------------------------------------------------------ the end

    def settled_at(self) -> int:
        """When the members can have settled all rounds of a task that is over."""
        snapshot = self.look()
        assert snapshot.is_final
        challenge = snapshot.task.params.challenge_window
        final_at = [max(state.vote_ends_at, state.revealed_at + challenge) for state in self.rounds(snapshot)]
        # One turn of housekeeping for every member, should the first ones be dead.
        return max(final_at) + len(self.crew.members) * TURN_SECONDS

    def collect(self, dead: Sequence[Person] = ()) -> Snapshot:
        """Turns the clock to where all is final and waits until trainers and members but the dead have collected."""
        self.pass_until(self.settled_at())
        gone = {person.name for person in dead}
        self.wait_for_leaving([person for person in self.trainers if person.name not in gone])
        members = [member for member in self.crew.members if member.name not in gone]
        self._skip_slots_of(gone)
        self.until(lambda s: self._is_collected(s, members), 60, "members have their fees")
        return self.look()

    def wait_for_leaving(self, trainers: Sequence[Person]) -> None:
        """Until their processes have ended. One that acts for many sends their transactions one after the other."""
        processes = [self.net.processes[person.name] for person in trainers]
        seconds = 60 + 4 * len(trainers)
        self.until(lambda _: all(process.poll() == 0 for process in processes), seconds, "trainers have left")

    def collect_and_refund(self, dead: Sequence[Person] = ()) -> Snapshot:
        """`collect`, and the owner gets what was not earned; the last look after that."""
        refundable = self.collect(dead).task.refundable
        if refundable:
            with at_once(self.net):
                writer(self.net, self.owner).send(calls.refund(self.net.deployment, self.task, self.owner.account))
        return self.look()

    def _skip_slots_of(self, gone: set[str]) -> None:
        """Members close a task in slots of the clock, one member each; nobody waits for those of the dead here."""
        slot = self.net.chain.head().timestamp // TURN_SECONDS
        while self.crew.members[slot % len(self.crew.members)].name in gone:
            slot += 1
        self.pass_until(slot * TURN_SECONDS)

    def _is_collected(self, snapshot: Snapshot, members: Sequence[Person]) -> bool:
        if not snapshot.task.committee_released:
            return False
        rounds = self.rounds(snapshot)
        for member in members:
            seat = self.crew.members.index(member)
            claimed = self.market.claimed_rounds(self.task, member.account, snapshot.block)
            for number in snapshot.settled:
                state = rounds[number]
                matched, earned = state.matched_mask >> seat & 1, state.earner_mask >> seat & 1
                due = matched and (state.slash_share or (state.fee_share and earned))
                if due and not claimed >> number & 1:
                    return False
        return True


def start_crowd(net: Localnet, people: Mapping[Person, str], scene: Scene) -> None:
    """One process in which all these trainers act; their updates are kept with the scene's."""
    name = f"{scene.name}-crowd-{len(net.processes)}"
    command = [sys.executable, "-m", "tests.e2e.adversaries.crowd", "--tick-seconds", str(TICK_SECONDS)]
    net.spawn(name, [*command, *net.options(), "--keep-updates", str(scene.kept_updates), *people.values()])
    for person in people:
        net.processes[person.name] = net.processes[name]
        (net.folder / "logs" / f"{person.name}.log").write_text(f"see {name}.log", "utf-8")


def collect_all(scenes: Sequence[Scene]) -> None:
    """`collect_and_refund` of tasks whose trainers share a process, which ends when all of them have left."""
    scenes[0].pass_until(max(scene.settled_at() for scene in scenes))
    scenes[0].wait_for_leaving([person for scene in scenes for person in scene.trainers])
    for scene in scenes:
        scene.collect_and_refund()

"""What may happen, in any order: the rules of the state machine.

A rule draws one seed and derives all it does from it. It first tries a call that must be refused, then one that may be
right: half of the time any, half of the time one of those that are right just now, else a random walk would never see
a round's end. `rule_round` plays a whole round, with silent, late, lying and copying members.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from brownie.test import strategy

from tests.contracts.constants import WAD, ZERO_ADDRESS, ZERO_DIGEST
from tests.contracts.driver import (
    ABORTED,
    DAY,
    HOUR,
    JOINING,
    MEASURED,
    OPEN,
    OWNER_STALLED,
    PER_ROUND,
    SCORED,
    TERMS,
    TRAINING,
    Report,
    digest_of,
    report_of,
)
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED

from .exit import leave_nothing
from .ledger import View
from .properties import check_all
from .twin.facts import Round, Task
from .twin.market import ARBITRATION_WINDOW
from .world import World

MAX_TASKS = 5
NOWHERE = 99
# Counted besides what was done: rounds in which somebody opened and voted right, and nobody honest vouched for him.
IN_VAIN = "worked in vain"


@dataclass
class Plan:
    """What the honest members of a round vote, what the liars do, of whom there are at most t. `idle`: seats whose work
    is nothing: the honest vouch for all others that opened, liars for each other and the idle, or for anybody."""

    report: Report
    lie: Report
    liars: set[int]
    idle: set[int]


class Machine:
    st_seed = strategy("uint64")

    def __init__(self, world: World) -> None:
        # Brownie calls it with the class.
        self.first_world = world

    def setup(self) -> None:
        self.world = self.first_world.fresh()
        self.plans: dict[tuple[int, int], Plan] = {}
        self.touched: set[int] = set()
        self.steps = 0
        self.before = self.world.view()
        rng = random.Random(0)
        while len(self.world.twin.tasks) < 2:
            self._post(rng)
        for task_id in self.world.twin.tasks:
            self._gather(rng, task_id, all_come=True)

    def teardown(self) -> None:
        self.world.lengths.append(self.steps)
        if not self._failed:
            leave_nothing(self.world)

    # ---------------------------------------------------------------- rules

    def rule_post(self, st_seed):
        rng = self._step(st_seed)
        if len(self.world.twin.tasks) < MAX_TASKS:
            self._post(rng)

    def rule_gather(self, st_seed):
        rng = self._step(st_seed)
        self._gather(rng, rng.choice(list(self.world.twin.tasks)))

    def rule_anything(self, st_seed):
        """Hypothesis leaves some rules out of each run; this one and the next bring them back."""
        self._anything(st_seed)

    def rule_anything_else(self, st_seed):
        self._anything(st_seed)

    def rule_round(self, st_seed):
        """Of a task that has time for it; if there is none, of a new one."""
        rng = self._step(st_seed)
        if not self._in_time() and len(self.world.twin.tasks) < MAX_TASKS and self._post(rng):
            self._gather(rng, len(self.world.twin.tasks), all_come=True)
        if self._in_time():
            self._play(rng, rng.choice(self._in_time()))

    def rule_trainer(self, st_seed):
        self._one_of(st_seed, "join", "submit_update", "claim", "claim_expired", "leave")

    def rule_member(self, st_seed):
        self._one_of(st_seed, "commit_work", "open_work", "vote", "reveal", "claim_fees")

    def rule_owner(self, st_seed):
        self._one_of(st_seed, "end", "cancel", "refund")

    def rule_anyone(self, st_seed):
        self._one_of(st_seed, "start", "expire", "settle", "lapse", "close", "challenge")

    def rule_payday(self, st_seed):
        """Everything that can be settled and claimed just now."""
        rng = self._step(st_seed)
        for name in ("settle", "claim", "claim_fees", "claim_expired", "leave", "close", "refund"):
            for caller, task_id, *args in list(self._calls(name, rng)):
                self.touched.add(task_id)
                self.world.act(name, caller, task_id, *args)

    def rule_arbiter(self, st_seed):
        rng = self._step(st_seed)
        arbiter = self.world.arbiter.address
        for number, (task_id, round_) in enumerate(list(self.world.twin.disputes.values()), start=1):
            if self.world.twin.tasks[task_id].rounds[round_].dispute == OPEN:
                self.touched.add(task_id)
                self._fail_first("rule", number)
                if rng.random() < 0.2:
                    self.world.travel(self.world.twin.tasks[task_id].rounds[round_].disputed_at + ARBITRATION_WINDOW)
                    self.world.must("lapse", self.world.stranger, task_id, round_)
                else:
                    self.world.must("rule", arbiter, number, rng.choice([0, 1, 2, 2, 3]))
                break

    def rule_travel(self, st_seed):
        """To an edge of a window, a second before it or after it; or into the blue."""
        rng = self._step(st_seed)
        edges = [edge for task in self.world.twin.tasks.values() for edge in _edges(task) if edge > self.world.twin.now]
        if edges and rng.random() < 0.5:
            # The next edges: far ones make all tasks overdue at once.
            self.world.travel(rng.choice(sorted(edges)[:3]) + rng.choice([-1, 0, 1]))
        else:
            self.world.travel(self.world.twin.now + rng.choice([rng.randrange(HOUR), rng.randrange(3 * DAY)]))

    def rule_beside(self, st_seed):
        """Donations, deposits, and now and then a member who ends his committee."""
        rng = self._step(st_seed)
        tokens = [*self.world.ledger.reward_tokens, self.world.ledger.stake_token]
        who = rng.choice(self.world.ledger.accounts)
        if rng.random() < 0.4:
            place = rng.choice([self.world.twin.address, self.world.ledger.vault.address])
            token = self.world.ledger.stake_token if place != self.world.twin.address else rng.choice(tokens)
            self.world.donate(token, place, rng.randrange(1, WAD))
            return
        if rng.random() < 0.7:
            amount = rng.choice([1, rng.randrange(10 * WAD), self.world.twin.vault.free[who], WAD * WAD])
            self._fail_first("withdraw", who)
            self.world.act("withdraw", who, who, amount)
            return
        number = rng.choice(list(self.world.twin.committees))
        name = "leave_committee" if self.world.twin.committees[number].retired else "retire"
        self._fail_first(name, number)
        self.world.act(name, rng.choice(self.world.twin.committees[number].members), number)

    def invariant_everything(self):
        view = self.world.view()
        assert view == self.world.expected()
        check_all(self.world, view, self.before, self.touched)
        self._check_idle_earn_nothing(view)
        self.before = view
        self.touched = set()

    # ---------------------------------------------------------------- parts of rules

    def _anything(self, seed: int) -> None:
        rules = [self.rule_post, self.rule_gather, self.rule_payday, self.rule_arbiter, self.rule_travel]
        rules += [self.rule_round] * 3 + [self.rule_trainer, self.rule_member, self.rule_anyone]
        random.Random(seed + self.steps).choice(rules)(seed)

    def _in_time(self) -> list[int]:
        """Tasks whose round may still be voted on."""
        return [
            number
            for number, task in self.world.twin.tasks.items()
            if task.status == TRAINING and self.world.twin.now < task.vote_ends_at(task.rounds[-1])
        ]

    def _gather(self, rng: random.Random, task_id: int, all_come: bool = False) -> None:
        """Trainers join until the task starts, or wait for its window to end."""
        task = self.world.twin.tasks[task_id]
        self.touched.add(task_id)
        self._fail_first("join", task_id)
        everybody = len(self.world.trainers)
        some = everybody if all_come else rng.choice([everybody, everybody, 2, 3])
        for trainer in rng.sample(self.world.trainers, some):
            units = rng.choice([1, 1, task.terms["maxUnits"], task.terms["maxUnits"] + 1])
            self.world.act("join", trainer, task_id, units, digest_of(f"age key of {trainer}"))
        if task.status == JOINING and rng.random() < 0.6:
            self.world.travel(task.join_ends_at)
            self.world.act("start", self.world.stranger, task_id)

    def _step(self, seed: int) -> random.Random:
        self.steps += 1
        return random.Random(seed * 1_000_003 + self.steps)

    def _post(self, rng: random.Random) -> bool:
        """Whether the committee took it."""
        world = self.world
        terms = self._terms(rng)
        world.must_not("post", rng.choice(world.owners), terms | {"pool": 0})
        world.must_not("post", rng.choice(world.owners), terms | {"committeeId": NOWHERE})
        world.must_not("post", rng.choice(world.owners), terms | {"pool": 2**127})
        return world.act("post", rng.choice(world.owners), terms)

    def _terms(self, rng: random.Random) -> dict[str, Any]:
        token = rng.choice(self.world.ledger.reward_tokens)
        unit = 10**18 if token == self.world.ledger.reward_tokens[0] else 10**6
        rounds, trainers = rng.randint(1, 4), rng.randint(1, 5)
        return TERMS | {
            "rewardToken": token.address,
            "pool": rng.randrange(1, 9_000 * unit),
            "feePerRound": rng.choice([0, 20 * unit + 1, 30 * unit + 2]),
            "committeeId": rng.choice([1, 1, 2, 3]),
            "arbiter": rng.choice([ZERO_ADDRESS, self.world.arbiter.address, self.world.arbiter.address]),
            "rounds": rounds,
            "minTrainers": rng.randint(1, trainers),
            "maxTrainers": trainers,
            "unitStake": rng.choice([100 * WAD, 99 * WAD + 7, 10_001]),
            "missPenalty": rng.choice([0, 1_003, 2_500]),
            "harmPenaltyBps": rng.choice([0, 1_000, 2_500]),
            "progressRule": rng.choice([MEASURED, MEASURED, PER_ROUND]),
            "commitWindow": rng.choice([HOUR, HOUR, HOUR // 2]),
            "challengeBond": rng.choice([0, 50 * WAD, 50 * WAD + 1]),
        }

    def _one_of(self, seed: int, *names: str) -> None:
        rng = self._step(seed)
        name = rng.choice(names)
        calls = list(self._calls(name, rng))
        if not calls:
            return
        rng.shuffle(calls)
        if rng.random() < 0.5:
            calls = [call for call in calls[:8] if self.world.allows(name, *call)] or calls
        caller, task_id, *args = calls[0]
        self.touched.add(task_id)
        self._fail_first(name, task_id)
        seats = dict(self.world.twin.tasks[task_id].committee.stakes)
        if self.world.act(name, caller, task_id, *args) and name in ("settle", "expire"):
            self._check_honest_are_whole(task_id, seats)

    def _calls(self, name: str, rng: random.Random) -> Iterator[tuple]:
        """Calls of a function that could make sense, by task and by who may do it."""
        for task_id, task in self.world.twin.tasks.items():
            rounds = range(len(task.rounds))
            if name in ("start", "expire", "close", "cancel", "end"):
                yield rng.choice([task.owner, self.world.stranger]), task_id
            elif name == "refund":
                yield task.owner, task_id, rng.choice([task.owner, self.world.stranger])
            elif name in ("settle", "lapse", "challenge"):
                for round_ in rounds:
                    yield rng.choice(self.world.ledger.accounts), task_id, round_
            elif name == "join":
                for trainer in self.world.trainers:
                    yield trainer, task_id, rng.randint(0, task.terms["maxUnits"]), digest_of("age key")
            elif name in ("claim", "claim_expired", "leave", "submit_update"):
                yield from self._trainer_calls(name, task_id, task)
            else:
                yield from self._member_calls(name, task_id, task, rng)

    def _trainer_calls(self, name: str, task_id: int, task: Task) -> Iterator[tuple]:
        rounds = range(len(task.rounds))
        for index, trainer in enumerate(task.trainers):
            if name == "submit_update":
                yield from ((trainer.account, task_id, round_, digest_of("same for all")) for round_ in rounds)
            elif name == "claim":
                for chosen in ([round_] for round_ in rounds):
                    claims = [self.world.claim_of(task_id, round_, index) for round_ in chosen]
                    yield trainer.account, task_id, claims, trainer.account
            else:
                yield trainer.account, task_id
        if name == "claim_expired":
            yield from ((member, task_id) for member in task.committee.members)

    def _member_calls(self, name: str, task_id: int, task: Task, rng: random.Random) -> Iterator[tuple]:
        for round_ in range(len(task.rounds)):
            for seat, member in enumerate(task.committee.members):
                if name == "claim_fees":
                    yield member, task_id, [round_], member
                elif name == "commit_work":
                    yield member, task_id, round_, self._commitment(task_id, round_, member)
                elif name == "open_work":
                    yield member, task_id, round_, *_work_of(member)
                elif name == "vote":
                    yield member, task_id, round_, *self._vote_of(task_id, round_, seat, rng)
                elif name == "reveal":
                    yield member, task_id, round_, self._plan(task_id, round_, rng).report

    # ---------------------------------------------------------------- a whole round

    def _play(self, rng: random.Random, task_id: int) -> None:
        world, task = self.world, self.world.twin.tasks[task_id]
        round_, data = len(task.rounds) - 1, task.rounds[-1]
        self.touched.add(task_id)
        diligence = rng.choice([1, 1, 0.7])
        for trainer in task.trainers:
            if rng.random() < diligence:
                self._fail_first("submit_update", task_id)
                world.act("submit_update", trainer.account, task_id, round_, digest_of("same for all"))
        world.travel(task.closes_at(data))
        members = task.committee.members
        workers = [member for member in members if rng.random() < diligence]
        self._work(rng, task_id, round_, workers)
        absent = rng.choice([0, 0, 1, (len(members) - 1) // 3, len(members)])
        voters = rng.sample(members, len(members) - absent)
        for member in voters:
            self._fail_first("vote", task_id)
            report_hash, vouched = self._vote_of(task_id, round_, members.index(member), rng)
            if rng.random() < 0.1:
                world.must_not("vote", member, task_id, round_, report_hash, vouched | 2 ** len(members))
            world.act("vote", member, task_id, round_, report_hash, vouched)
        if data.quorum_hash and data.report is None:
            self._reveal(rng, task_id, round_, members)

    def _work(self, rng: random.Random, task_id: int, round_: int, workers: list[str]) -> None:
        """They commit and open. The last to commit copies the first, and can open nothing (R6a, I14)."""
        world, task = self.world, self.world.twin.tasks[task_id]
        data = task.rounds[round_]
        copier = workers[-1] if len(workers) > 1 and rng.random() < 0.3 else None
        for member in workers:
            source = workers[0] if member == copier else member
            world.act("commit_work", member, task_id, round_, self._commitment(task_id, round_, source))
        world.travel(task.commit_ends_at(data))
        if len(data.committed) < len(task.committee.members):
            for member in task.committee.members:
                world.must_not("commit_work", member, task_id, round_, digest_of("late"))
        for member in workers:
            if member == copier:
                world.must_not("open_work", member, task_id, round_, *_work_of(workers[0]))
            else:
                world.act("open_work", member, task_id, round_, *_work_of(member))

    def _reveal(self, rng: random.Random, task_id: int, round_: int, members: list[str]) -> None:
        """Another report than the quorum's changes nothing (I15); what stands is what the honest voted (I16)."""
        world, plan = self.world, self._plan(task_id, round_, rng)
        data = world.twin.tasks[task_id].rounds[round_]
        world.must_not("reveal", rng.choice(members), task_id, round_, plan.lie)
        world.act("reveal", rng.choice(members), task_id, round_, plan.report)
        assert data.report in (None, plan.report)
        if data.report and rng.random() < 0.4:
            self._fail_first("challenge", task_id)
            world.act("challenge", rng.choice(world.ledger.accounts), task_id, round_)

    def _plan(self, task_id: int, round_: int, rng: random.Random) -> Plan:
        if (task_id, round_) not in self.plans:
            task = self.world.twin.tasks[task_id]
            report = _some_report(task, task.rounds[round_], round_, rng)
            seats = range(len(task.committee.members))
            liars = set(rng.sample(seats, rng.randint(0, (len(seats) - 1) // 3)))
            lie = (report[0], digest_of("another model"), report[2], report[3])
            idle = set(rng.sample(seats, rng.choice([0, 0, 1, 2])))
            self.plans[task_id, round_] = Plan(report, lie, liars, idle)
        return self.plans[task_id, round_]

    def _vote_of(self, task_id: int, round_: int, seat: int, rng: random.Random) -> tuple[bytes, int]:
        """The hash, and whom he vouches for. Some liars vote like the honest, and lie only about the others' work."""
        plan, task = self._plan(task_id, round_, rng), self.world.twin.tasks[task_id]
        lies = seat in plan.liars
        report = plan.lie if lies and rng.random() < 0.6 else plan.report
        vouched = task.rounds[round_].opened - plan.idle
        if lies:
            everybody = set(range(len(task.committee.members)))
            vouched = rng.choice([set(), plan.liars | plan.idle, everybody, everybody - vouched])
        return self.world.twin.report_hash_of(task_id, round_, report), sum(1 << other for other in vouched)

    def _commitment(self, task_id: int, round_: int, member: str) -> bytes:
        return self.world.twin.commitment_of(*_work_of(member), member, task_id, round_)

    # ---------------------------------------------------------------- what must not be

    def _check_honest_are_whole(self, task_id: int, before: dict[int, int]) -> None:
        """Who voted the honest report in time loses nothing, whatever others did (I18)."""
        task = self.world.twin.tasks[task_id]
        for round_, data in enumerate(task.rounds):
            plan = self.plans.get((task_id, round_))
            if plan is None:
                continue
            honest = self.world.twin.report_hash_of(task_id, round_, plan.report)
            for seat, voted in data.votes.items():
                if voted == honest and round_ == len(task.rounds) - 1:
                    assert task.committee.stakes[seat] == before[seat]

    def _check_idle_earn_nothing(self, view: View) -> None:
        """No t liars vouch in who did nothing (I27). What the diligent earn is compared with the twin, to the wei."""
        for place, plan in self.plans.items():
            facts = view.rounds[place]
            assert facts["vouchedMask"] & sum(1 << seat for seat in plan.idle) == 0
            unpaid = facts["openedMask"] & facts["matchedMask"] & ~facts["vouchedMask"]
            self.world.reached[IN_VAIN] += bool(facts["settled"] and unpaid)

    def _fail_first(self, name: str, place: Any) -> None:
        """A call of this function that nobody may ever make."""
        world = self.world
        stranger, nowhere = world.stranger, 300
        wrong = {
            "join": (stranger, place, 0, digest_of("age key")),
            "start": (stranger, NOWHERE),
            "cancel": (stranger, NOWHERE),
            "end": (stranger, place),
            "refund": (stranger, place, stranger),
            "submit_update": (stranger, place, 0, digest_of("update")),
            "claim": (stranger, place, [(0, MISSED, [])], stranger),
            "claim_expired": (stranger, place),
            "leave": (stranger, place),
            "commit_work": (stranger, place, 0, digest_of("commitment")),
            "open_work": (stranger, place, 0, *_work_of(stranger)),
            "vote": (stranger, place, 0, digest_of("report"), 0),
            "reveal": (stranger, place, 0, report_of([1], WAD)),
            "claim_fees": (stranger, place, [0], stranger),
            "expire": (stranger, NOWHERE),
            "settle": (stranger, place, nowhere),
            "lapse": (stranger, place, nowhere),
            "challenge": (stranger, place, nowhere),
            "close": (stranger, NOWHERE),
            "rule": (stranger, place, 1),
            "withdraw": (place, place, 0),
            "retire": (stranger, place),
            "leave_committee": (stranger, place),
        }[name]
        world.must_not(name, *wrong)


def _work_of(member: str) -> tuple[bytes, bytes, bytes]:
    return digest_of(f"post of {member}"), b"\x07", digest_of(f"salt of {member}")


def _edges(task: Task) -> Iterator[int]:
    yield task.join_ends_at
    for data in task.rounds:
        yield task.closes_at(data)
        yield task.commit_ends_at(data)
        yield task.open_ends_at(data)
        yield task.vote_ends_at(data)
        yield task.expires_at(data)
        yield task.final_at(data)
        if data.dispute == OPEN:
            yield data.disputed_at + ARBITRATION_WINDOW


def _some_report(task: Task, data: Round, round_: int, rng: random.Random) -> Report:
    """Mostly a good one; now and then one that the market will not take."""
    per_round = task.terms["progressRule"] == PER_ROUND
    if rng.random() < 0.1:
        return (ABORTED, ZERO_DIGEST, task.best_wad(), b"")
    outcome = OWNER_STALLED if per_round and rng.random() < 0.2 else SCORED
    scores = [
        rng.choice([0, 1, 7, rng.randrange(1, MAX_SCORE), MAX_SCORE, HARMFUL])
        if index in data.submitted and rng.random() < 0.9
        else MISSED
        for index in range(len(task.trainers))
    ]
    progress = rng.choice([rng.randrange(WAD + 1), min(WAD, task.best_wad() + WAD // 3), 0, WAD])
    if per_round:
        progress = (round_ + 1) * WAD // task.terms["rounds"]
    spoil = rng.random()
    if spoil < 0.03:
        scores[0] = MAX_SCORE + 1
    elif spoil < 0.06:
        scores.append(1)
    elif spoil < 0.09:
        progress = WAD + 1
    return report_of(scores, progress, outcome)

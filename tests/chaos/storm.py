"""Carries out a plan: each fault at its moment, and its end when it is over; and starts again who could not start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.chaos.cast import TWIN, Cast
from tests.chaos.plan import Befall, Disturb, Fault, Jump, Moment, Ordeal, Plan, Reorg, Stage
from tests.chaos.reorganise import newest_transactions, reorganise

RESTART_SECONDS = 1.0
RIPENING_SECONDS = 10.0
# How the commands end, in one line, when a node does not answer while they start.
CANNOT_START = ("not available now", "error: ")


@dataclass
class Storm:
    """`pump` it often, from one thread. `problems`: processes that ended though nothing kept them from working.
    `restarts`: of processes that could not start because a node did not answer."""

    plan: Plan
    cast: Cast
    tell: Callable[[str], None]
    problems: list[str] = field(default_factory=list)
    restarts: int = 0
    done: set[str] = field(default_factory=set)
    _waiting: list[Fault] = field(init=False)
    _seen: dict[tuple[int, Stage], float] = field(default_factory=dict)
    _later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting = list(self.plan.faults)
        self._rng = Random(self.plan.seed)

    @property
    def is_over(self) -> bool:
        return not self._waiting and not self._later

    def pump(self, reached: Moment, now: float) -> None:
        """Does what is due, when the task has reached this moment and the machine's clock says `now`."""
        for fault in list(self._waiting):
            place = fault.at.round, fault.at.stage
            if place > (reached.round, reached.stage) and place not in self._seen:
                break
            late_seconds = now - self._seen.setdefault(place, now) - fault.at.delay_seconds
            if late_seconds >= RIPENING_SECONDS or (late_seconds >= 0 and self._is_ripe(fault)):
                self._waiting.remove(fault)
                self._strike(fault, now)
        for item in [item for item in self._later if item[0] <= now]:
            self._later.remove(item)
            item[1]()
        self._supervise(reached, now)

    def _is_ripe(self, fault: Fault) -> bool:
        """Whether a fault would hurt anybody: a reorganisation of empty blocks hardly does."""
        return not isinstance(fault, Reorg) or bool(newest_transactions(self.cast.net.chain, fault.depth))

    def _strike(self, fault: Fault, now: float) -> None:
        cast = self.cast
        note = ""
        match fault:
            case Befall():
                there = [name for name in fault.victims if name in cast.net.processes]
                for name in there:
                    self._befall(name, fault, now)
                note = "" if len(there) == len(fault.victims) else f" (only {', '.join(there) or 'nobody'} was there)"
            case Disturb():
                cast.proxy.disturb(fault)
                self._in(now, fault.seconds, partial(cast.proxy.calm, fault))
            case Reorg(_, depth, fate):
                moved = reorganise(cast.net.chain, depth, fate, self._rng)
                note = f" ({moved} transactions)"
            case Jump(_, seconds):
                cast.net.pass_time(seconds)
        self.tell(f"{fault}{note}")

    def _befall(self, name: str, fault: Befall, now: float) -> None:
        """What begins at once, and how it ends."""
        cast = self.cast
        match fault.ordeal:
            case Ordeal.KILL:
                cast.kill(name)
                self.done.discard(name)
                end = partial(cast.start, name)
            case Ordeal.STOP:
                cast.stop_and_continue(name, stop=True)
                end = partial(cast.stop_and_continue, name, stop=False)
            case Ordeal.TWIN if name in self.done:
                return
            case Ordeal.TWIN:
                cast.start(name, twin=True)
                end = partial(cast.kill, name + TWIN)
        self._in(now, fault.seconds, end)

    def _in(self, now: float, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((now + seconds, act))

    # ------------------------------------------------------------------ what an init system would do

    def _supervise(self, reached: Moment, now: float) -> None:
        for name, code in self.cast.ended():
            if name in self.done:
                continue
            last_line = (self.cast.net.log_of(name).splitlines() or [""])[-1]
            if code == 0 and (reached.stage is Stage.COLLECT or name == self.cast.scene.owner.name):
                self.done.add(name)
            elif code == 1 and last_line.startswith(CANNOT_START):
                self.restarts += 1
                self.tell(f"{name} could not start: {last_line[:160]}")
                self.cast.kill(name)
                if not name.endswith(TWIN):
                    self._in(now, RESTART_SECONDS, partial(self.cast.start, name))
            else:
                self.done.add(name)
                self.problems.append(f"{name} ended with code {code}: {last_line[:300]}")

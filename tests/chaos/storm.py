"""Carries out a plan: each fault at its moment, and its end when it is over; and starts again who could not start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.chaos.cast import TWIN, Cast
from tests.chaos.plan import Disturb, Fault, Jump, Kill, Moment, Pause, Plan, Reorg, Stage, Twin
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
            case Kill(_, victims, down_seconds):
                down = [name for name in victims if name in cast.net.processes]
                for name in down:
                    cast.kill(name)
                    self.done.discard(name)
                self._in(now, down_seconds, lambda: self._start(down))
                note = "" if len(down) == len(victims) else f" (only {', '.join(down) or 'nobody'} was there)"
            case Pause(_, victim, seconds):
                cast.stop_and_continue(victim, stop=True)
                self._in(now, seconds, lambda: cast.stop_and_continue(victim, stop=False))
            case Twin(_, victim, seconds):
                if victim not in self.done:
                    cast.start(victim, twin=True)
                    self._in(now, seconds, lambda: cast.kill(victim + TWIN))
            case Disturb(_, _, _, _, _, seconds):
                cast.proxy.disturb(fault)
                self._in(now, seconds, lambda: cast.proxy.calm(fault))
            case Reorg(_, depth, fate):
                moved = reorganise(cast.net.chain, depth, fate, self._rng)
                note = f" ({moved} transactions)"
            case Jump(_, seconds):
                cast.net.pass_time(seconds)
        self.tell(f"{fault}{note}")

    def _in(self, now: float, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((now + seconds, act))

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            self.cast.start(name)

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

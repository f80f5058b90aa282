"""What must hold after a run, whatever happened in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deltaml.board import Snapshot
from deltaml.chain.types import Status
from deltaml.errors import DeltaMLError
from tests.chaos.cast import Cast
from tests.chaos.plan import Disturb, Plan
from tests.chaos.progress import ALL
from tests.chaos.storm import Storm
from tests.e2e.clear import assert_report
from tests.e2e.leaks import leaks, secrets_of
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY
from tests.e2e.scene import Scene
from tests.e2e.sealed import assert_twin

Money = Mapping[str, tuple[int, int]]
"""By name: wei of reward and of stake that the task brought or cost."""


@dataclass(frozen=True)
class Verdict:
    """problems: what does not hold, empty when all does. restarts: of processes that found no node when they started.
    hits: how many requests each of the plan's faults spoilt."""

    plan: Plan
    wall_seconds: float
    restarts: int
    hits: tuple[int, ...]
    money: Money
    problems: tuple[str, ...]

    def __str__(self) -> str:
        """One line, and one more for each problem."""
        plan, seconds = self.plan, f"{self.wall_seconds:4.0f} s"
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(plan.kinds.items())) or "no faults"
        work = f"{kinds}; {sum(self.hits)} requests spoilt, {self.restarts} starts in vain"
        outcome = "FAILED" if self.problems else "survived"
        head = f"seed {plan.seed:3d} {'sealed' if plan.setting.sealed else 'open':6s} {seconds} {outcome}"
        return "\n".join([f"{head}: {work}", *(f"  {text}" for text in self.problems)])


def money_of(scene: Scene, snapshot: Snapshot) -> Money:
    names = {person.account: person.name for person in scene.people}
    return {names.get(account, "market"): change for account, change in scene.gains(snapshot).items()}


def judge_task(cast: Cast, snapshot: Snapshot, undisturbed: Money | None) -> list[str]:
    """Of a task that is over and collected, its people still at work. undisturbed: who got what when nothing failed."""
    scene, problems = cast.scene, []
    if snapshot.status is not Status.COMPLETED:
        problems.append(f"the task is {snapshot.status.name.lower()}, not completed")
    for number, state in enumerate(scene.rounds(snapshot)):
        if (state.opened_mask, state.matched_mask) != (ALL, ALL):
            problems.append(f"round {number}: opened {state.opened_mask:04b}, matched {state.matched_mask:04b}")
    money = money_of(scene, snapshot)
    for name in money if undisturbed is not None else ():
        if undisturbed is not None and money[name] != undisturbed.get(name):
            problems.append(f"{name} has {money[name]} (reward, stake in wei) instead of {undisturbed.get(name)}")
    checks: dict[str, Callable[[], None]] = {
        "every wei": lambda: assert_every_wei(scene, snapshot, FAULT_PENALTY),
        "scores and model": lambda: _assert_learnt(cast, snapshot),
    }
    return problems + [f"{name}: {why}" for name, check in checks.items() if (why := _failure(check))]


def judge_processes(cast: Cast, storm: Storm) -> list[str]:
    """What the processes left behind: how they ended, their logs, their files."""
    problems = [*storm.problems, *(f"left on disk: {file}" for file in cast.left_behind)]
    logs = cast.net.folder / "logs"
    for path in sorted(logs.glob("*.log")):
        text = path.read_text("utf-8", errors="replace")
        start = text.find("Traceback")
        if start >= 0:
            problems.append(f"{path.name}: {text[start : start + 1500]}")
    try:
        secrets = secrets_of(cast.scene) | {"key in the RPC URL": cast.secret.encode()}
    except DeltaMLError as error:
        return [*problems, f"what must not be in the logs is not known: {error}"]
    return problems + [f"secret in a log: {leak}" for leak in leaks(logs, secrets)]


def hits_of(cast: Cast, plan: Plan) -> tuple[int, ...]:
    return tuple(cast.proxy.hits[fault] if isinstance(fault, Disturb) else 0 for fault in plan.faults)


def _assert_learnt(cast: Cast, snapshot: Snapshot) -> None:
    """What is said of every round follows exactly from what the trainers have."""
    if cast.sealed:
        assert_twin(cast.scene, snapshot)
        return
    everybody = list(range(len(snapshot.trainers)))
    for number in range(snapshot.task.round + 1):
        assert_report(cast.scene, snapshot, number, everybody)


def _failure(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:
        return f"{type(error).__name__} {error}".strip()
    return ""

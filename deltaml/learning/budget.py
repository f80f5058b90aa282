"""What a data owner is willing to let be known about one data set, over all the tasks it is ever used for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf, isnan, sqrt
from typing import Any

from deltaml.errors import InvalidInput, Refused
from deltaml.learning.privacy import Release, epsilon_of, mu_of


class OverBudget(Refused):
    """A task or a round would let more be known about a data set than its owner allows."""


@dataclass(frozen=True)
class TaskAccount:
    """What one task takes of a budget, in squared μ, which adds up exactly over rounds and tasks.

    rounds: what each round took, by its number; infinite without noise. planned: how many rounds the task has, 0 once
    it is over. price: of each round still to come. Raises InvalidInput for negative numbers.
    """

    rounds: Mapping[int, float] = field(default_factory=dict)
    planned: int = 0
    price: float = 0.0

    def __post_init__(self) -> None:
        numbers = [self.planned, self.price, *self.rounds, *self.rounds.values()]
        if any(isnan(number) or number < 0 for number in numbers):
            raise InvalidInput(f"rounds and what they take must be numbers of at least 0, got {self}")

    @property
    def spent(self) -> float:
        return sum(self.rounds.values())

    @property
    def reserved(self) -> float:
        to_come = self.planned - len(self.rounds)
        return to_come * self.price if to_come > 0 else 0.0


@dataclass(frozen=True)
class PrivacyBudget:
    """At most (epsilon, delta) of differential privacy for one data set; immutable, so a refusal changes nothing.

    All rounds of a task are reserved before it is joined, each is counted before it goes out, and what a finished task
    did not use is free again. epsilon may be infinite: then nothing is refused, and still everything is counted.
    Raises InvalidInput unless 0 < epsilon and 0 < delta < 1.
    """

    epsilon: float
    delta: float
    tasks: Mapping[str, TaskAccount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.epsilon > 0:
            raise InvalidInput(f"the budget's epsilon must be above 0, got {self.epsilon!r}")
        mu_of(1.0, self.delta)

    @property
    def total(self) -> float:
        """Squared μ that all tasks together may take."""
        return inf if self.epsilon == inf else mu_of(self.epsilon, self.delta) ** 2

    @property
    def left(self) -> float:
        """Squared μ that is neither spent nor reserved, at least 0."""
        if self.total == inf:
            return inf
        return max(0.0, self.total - sum(task.spent + task.reserved for task in self.tasks.values()))

    @property
    def spent_epsilon(self) -> float:
        """ε at the budget's delta of all that went out."""
        return epsilon_of(sqrt(sum(task.spent for task in self.tasks.values())), self.delta)

    @property
    def promised_epsilon(self) -> float:
        """ε at the budget's delta of all that went out and of all rounds that tasks under way may still take."""
        return epsilon_of(sqrt(sum(task.spent + task.reserved for task in self.tasks.values())), self.delta)

    def affordable_rounds(self, release: Release) -> float:
        """How many rounds like this one are left; infinite without a limit or if they show nothing."""
        price = release.mu**2
        # What sums of floats lose must not cost the last of the rounds that were reserved; mu_of rounds down by more.
        return inf if price == 0 or self.left == inf else floor(self.left / price + 1e-9)

    def reserve(self, task: str, release: Release, rounds: int) -> "PrivacyBudget":
        """The budget with all `rounds` of a task put aside, less those that are counted already.

        Reserving again replaces the task's first reservation. Raises OverBudget if that is more than is left,
        InvalidInput for rounds < 1.
        """
        if rounds < 1:
            raise InvalidInput(f"a task has at least one round, got {rounds}")
        account = self.tasks.get(task, TaskAccount())
        others = self.close(task)
        to_come = max(0, rounds - len(account.rounds))
        affordable = others.affordable_rounds(release)
        if to_come > affordable:
            raise OverBudget(f"task {task} wants {to_come} rounds, {others._why_not(release, to_come, affordable)}")
        return self._with(task, TaskAccount(account.rounds, rounds, release.mu**2))

    def spend(self, task: str, number: int, release: Release) -> "PrivacyBudget":
        """The budget with round `number` of a task counted, to be kept before the round's update goes out.

        The same round again costs nothing more: the chain takes one update per round, so only one is ever opened.
        Raises OverBudget if the round takes more than is left, its own reservation included.
        """
        account = self.tasks.get(task, TaskAccount())
        if account.rounds.get(number, -1.0) < release.mu**2:
            without = {other: cost for other, cost in account.rounds.items() if other != number}
            left = self._with(task, replace(account, rounds=without, planned=0))
            if left.affordable_rounds(release) < 1:
                raise OverBudget(f"round {number} of task {task} stays here, {left._why_not(release, 1, 0)}")
        return self.count(task, number, release)

    def count(self, task: str, number: int, release: Release) -> "PrivacyBudget":
        """The budget after a round that went out, whatever was left for it."""
        account = self.tasks.get(task, TaskAccount())
        cost = max(account.rounds.get(number, 0.0), release.mu**2)
        return self._with(task, replace(account, rounds={**account.rounds, number: cost}))

    def close(self, task: str) -> "PrivacyBudget":
        """The budget once `task` is over: what it did not use is free for others."""
        account = self.tasks.get(task, TaskAccount())
        if account.rounds:
            return self._with(task, TaskAccount(account.rounds))
        return replace(self, tasks={name: other for name, other in self.tasks.items() if name != task})

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which has no infinity: None stands for it."""
        tasks = {
            name: {
                "rounds": {str(number): _plain(cost) for number, cost in account.rounds.items()},
                "planned": account.planned,
                "price": _plain(account.price),
            }
            for name, account in self.tasks.items()
        }
        return {"epsilon": _plain(self.epsilon), "delta": self.delta, "tasks": tasks}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PrivacyBudget":
        """What `as_dict` gave. Raises InvalidInput for anything else."""
        try:
            tasks = {
                str(name): TaskAccount(
                    {int(number): _number(cost) for number, cost in account["rounds"].items()},
                    int(account["planned"]),
                    _number(account["price"]),
                )
                for name, account in values["tasks"].items()
            }
            return cls(_number(values["epsilon"]), float(values["delta"]), tasks)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"not a privacy budget: {error}") from error

    def _with(self, task: str, account: TaskAccount) -> "PrivacyBudget":
        return replace(self, tasks={**self.tasks, task: account})

    def _why_not(self, release: Release, rounds: int, affordable: float) -> str:
        within = f"within ε = {self.epsilon:g}, δ = {self.delta:g}"
        if self.left == 0:
            return f"and nothing is left of this data set's budget {within}"
        enough = 1.005 * release.sensitivity / sqrt(self.left / rounds)  # three digits of it must do
        reason = "its updates would go out without noise" if release.mu == inf else f"{affordable:.0f} are left"
        return f"but {reason} {within}; noise of {enough:.3g} per weight would do, or a larger budget"


def _plain(value: float) -> float | None:
    return None if value == inf else value


def _number(value: float | None) -> float:
    return inf if value is None else float(value)

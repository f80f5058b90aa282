"""What a data owner is willing to let be known about one data set, over all the tasks it is ever used for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf, isfinite, sqrt
from typing import Any

from deltaml.errors import InvalidInput, Refused
from deltaml.learning.privacy import Ledger, Release, epsilon_of, mu_of


@dataclass(frozen=True)
class PrivacyBudget:
    """At most (epsilon, delta) of differential privacy for one data set; immutable, so a refusal changes nothing.

    A task's worst case is reserved before it is joined, and what it really took stays when it is settled. Everything
    is kept as squared μ, which adds up exactly over tasks and rounds. Raises InvalidInput unless 0 < epsilon < ∞ and
    0 < delta < 1.
    """

    epsilon: float
    delta: float
    spent: float = 0.0
    """Squared μ of settled tasks; infinite once something went out without noise."""
    reserved: Mapping[str, float] = field(default_factory=dict)
    """Squared μ put aside for each task under way."""

    def __post_init__(self) -> None:
        if not 0 < self.epsilon < inf:
            raise InvalidInput(f"the budget's epsilon must be a finite number above 0, got {self.epsilon!r}")
        mu_of(self.epsilon, self.delta)
        if not self.spent >= 0 or not all(isfinite(amount) and amount >= 0 for amount in self.reserved.values()):
            raise InvalidInput(f"spent and reserved amounts must be numbers of at least 0, got {self}")

    @property
    def left(self) -> float:
        """Squared μ that is neither spent nor reserved, at least 0."""
        return max(0.0, mu_of(self.epsilon, self.delta) ** 2 - self.spent - sum(self.reserved.values()))

    @property
    def spent_epsilon(self) -> float:
        """ε at the budget's delta of the tasks that are settled."""
        return epsilon_of(sqrt(self.spent), self.delta)

    def affordable_rounds(self, release: Release) -> float:
        """How many rounds like this one are left; infinite if they show nothing, 0 if they go without noise."""
        cost = release.mu**2
        return inf if cost == 0 else floor(self.left / cost)

    def reserve(self, task: str, release: Release, rounds: int) -> "PrivacyBudget":
        """The budget with `rounds` of `release` put aside for `task`.

        Raises Refused if that is more than is left, or if the task has a reservation already; InvalidInput for
        rounds < 1.
        """
        if rounds < 1:
            raise InvalidInput(f"a task has at least one round, got {rounds}")
        if task in self.reserved:
            raise Refused(f"task {task} has a reservation already: settle it first")
        affordable = self.affordable_rounds(release)
        if rounds > affordable:
            reason = "goes out without noise" if release.mu == inf else f"can afford {affordable:.0f} such rounds"
            raise Refused(
                f"task {task} wants {rounds} rounds; this data set {reason} within ε = {self.epsilon:g}, "
                f"δ = {self.delta:g}: ask for more noise, fewer rounds, or a larger budget"
            )
        return replace(self, reserved={**self.reserved, task: rounds * release.mu**2})

    def settle(self, task: str, ledger: Ledger) -> "PrivacyBudget":
        """The budget once `task` is over: what the ledger says was opened is spent, the rest of it is free again.

        What was opened counts even where it is more than had been put aside; then less is left for other tasks, or
        nothing ever again. Raises Refused for a task without a reservation.
        """
        if task not in self.reserved:
            raise Refused(f"task {task} has no reservation")
        others = {name: kept for name, kept in self.reserved.items() if name != task}
        return replace(self, spent=self.spent + ledger.mu**2, reserved=others)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a file; `PrivacyBudget(**values)` reads them back."""
        return {"epsilon": self.epsilon, "delta": self.delta, "spent": self.spent, "reserved": dict(self.reserved)}

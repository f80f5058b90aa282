"""What a round of a task shows about one trainer's data, and what it takes of his privacy budget."""

from collections.abc import Callable
from dataclasses import dataclass

from deltaml.board import Snapshot
from deltaml.client.budget_file import BudgetFile
from deltaml.learning import PrivacyBudget, Release
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO
from deltaml.protocol.specs import Spec
from deltaml.sealing import norm_checks


def noise_of(spec: Spec, own_noise_micro: int) -> float:
    """Standard deviation added to each weight: the task's or the data owner's own, whichever is larger."""
    return max(spec.noise_micro, own_noise_micro) / MICRO


def round_release(spec: Spec, own_noise_micro: int) -> Release:
    """What one round opens of an update: the sum, the score, the pre-score and the norm check's projections.

    The sensitivity is that of exchanging all of the owner's data: twice the clip norm. In a sealed-model task it holds
    as long as the model owner's weights keep the norm that the specification promises, which a trainer can't see.
    """
    noise = noise_of(spec, own_noise_micro)
    if isinstance(spec, SealedSpec):
        # Each entry of A is off by half a unit at most, each of b by one of a finer unit.
        size = spec.n_parameters
        rounding = size / 2 * spec.weight_norm / 2**spec.data_bits + size / 2**spec.product_bits
        return Release(2 * (spec.clip_norm + rounding), noise, projections=spec.n_checks, pre_scores=0)
    return Release(2 * spec.clip_norm, noise, projections=norm_checks(spec.model().n_parameters))


@dataclass(frozen=True)
class TaskBudget:
    """One task's dealings with the budget of a data set."""

    file: BudgetFile
    task: str
    release: Release

    @classmethod
    def of(cls, file: BudgetFile, snapshot: Snapshot, account: str, spec: Spec, own_noise_micro: int) -> "TaskBudget":
        # Two accounts with the same data in one task show twice as much.
        where = snapshot.deployment
        task = f"{where.chain_id}/{where.market}/{snapshot.task_id}/{account}"
        return cls(file, task, round_release(spec, own_noise_micro))

    def reserve(self, rounds: int) -> None:
        """Puts all rounds of the task aside. Raises OverBudget when they are more than is left."""
        self.file.change(lambda budget: budget.reserve(self.task, self.release, rounds))

    def spend(self, number: int) -> None:
        """Counts a round that is about to go out. Raises OverBudget when it takes more than is left."""
        self.file.change(lambda budget: budget.spend(self.task, number, self.release))

    def settle(self, numbers: list[int], is_over: bool) -> None:
        """Counts rounds that the chain took and the file does not know, and frees what a finished task did not use."""
        self.file.change(settled(self.task, self.release, numbers, is_over))


def settled(task: str, release: Release, numbers: list[int], is_over: bool) -> Callable[[PrivacyBudget], PrivacyBudget]:
    def change(budget: PrivacyBudget) -> PrivacyBudget:
        known = budget.tasks[task].rounds if task in budget.tasks else {}
        for number in numbers:
            if number not in known:
                budget = budget.count(task, number, release)
        return budget.close(task) if is_over else budget

    return change

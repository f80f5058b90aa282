"""What `deltaml trainer` asks and tells about the privacy budget of a data set."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf, sqrt
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from deltaml.client.budget_file import BudgetFile
from deltaml.errors import InvalidInput
from deltaml.learning import PrivacyBudget, Release, TaskAccount, epsilon_of

DEFAULT_DELTA = 1e-6

Budgets = Annotated[
    Path, typer.Option(envvar="DELTAML_BUDGETS", help="folder that keeps the privacy budget of each data set")
]
DEFAULT_FOLDER = Path("~/.deltaml/budgets")
Name = Annotated[
    str | None,
    typer.Option("--data-set", help="name for data that grow; without one every change of the file makes a new budget"),
]


def wanted(file: BudgetFile, epsilon: float | None, delta: float | None, unlimited: bool) -> PrivacyBudget:
    """The data set's budget as its owner now wants it; nothing is written.

    Raises InvalidInput when nobody ever said how much may become known about these data.
    """
    if unlimited and epsilon is not None:
        raise InvalidInput("--epsilon is a privacy budget; leave out --no-privacy-budget")
    known = file.read() if file.exists else None
    if known is None and epsilon is None and not unlimited:
        raise InvalidInput(
            "say how much may become known about these data over all tasks: --epsilon 4, which takes noise in every "
            "update, or --no-privacy-budget: then encryption alone protects them, and scores tell what they tell"
        )
    limit = inf if unlimited else epsilon
    known = known or PrivacyBudget(limit or inf, DEFAULT_DELTA)
    return replace(known, epsilon=known.epsilon if limit is None else limit, delta=delta or known.delta)


def price_of(release: Release, rounds: int, budget: PrivacyBudget) -> str:
    """What a whole task may take, in one line."""
    cost = epsilon_of(sqrt(rounds) * release.mu, budget.delta)
    opened = f"{rounds * release.facts} numbers about your updates alone are opened in {rounds} rounds"
    if cost == inf:
        return f"{opened}, and there is no noise: no privacy is guaranteed"
    return f"{opened}, behind noise that keeps ε ≤ {cost:.4g} at δ = {budget.delta:g}"


def state_of(budget: PrivacyBudget) -> str:
    """What is left of a data set's budget, in one line."""
    limit = "no limit" if budget.epsilon == inf else f"ε = {budget.epsilon:g}"
    promised = f", with rounds reserved {_epsilon(budget.promised_epsilon)}"
    return f"this data set: {limit} at δ = {budget.delta:g}; spent ε = {_epsilon(budget.spent_epsilon)}{promised}"


def accounts(files: Iterable[BudgetFile]) -> Table:
    """All tasks of all data sets: what each took, and each data set's total, which is less than their sum."""
    table = Table("data set", "task", "rounds", "reserved", "ε", "limit", title="what became known, at each δ")
    for file in files:
        budget = file.read()
        for name, account in budget.tasks.items():
            table.add_row("", name, str(len(account.rounds)), _reserved(account), _alone(account, budget.delta), "")
        limit = "none" if budget.epsilon == inf else f"{budget.epsilon:g}"
        total = f"{_epsilon(budget.spent_epsilon)} ({_epsilon(budget.promised_epsilon)} reserved)"
        table.add_row(file.data_set, "all", "", "", total, f"{limit}, δ = {budget.delta:g}", end_section=True)
    return table


def _reserved(account: TaskAccount) -> str:
    return str(max(0, account.planned - len(account.rounds)))


def _alone(account: TaskAccount, delta: float) -> str:
    return _epsilon(epsilon_of(sqrt(account.spent), delta))


def _epsilon(value: float) -> str:
    return "∞" if value == inf else f"{value:.4g}"

"""The demo's result: who was paid what and why, as JSON, as tables and as pictures."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table

from deltaml.board import Snapshot
from deltaml.chain.events import FeesClaimed, Refunded, RewardClaimed
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from scripts.demo.cast import WEI, Cast
from scripts.demo.figures import Reference
from scripts.demo.stage import DemoError

THESIS_MSE = 3311.84
THESIS_MSE_ALONE = 3167.81
"""The thesis's own figures for five owners, 100 rounds and a 1024-bit key; alone: one regression on local data."""
COLOURS = {"honest": "#2b6cb0", "flipper": "#c05621", "idle": "#718096", "replay": "#b7791f", "copy": "#97266d"}


@dataclass(frozen=True)
class Actor:
    """A trainer of the demo: name, role, balances of stake and reward token before and after, in wei."""

    name: str
    role: str
    account: str
    stake: int
    before: tuple[int, int]
    after: tuple[int, int]


def actors_of(
    cast: Cast, snapshot: Snapshot, before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> tuple[Actor, ...]:
    """before, after: account -> wei of stake and reward token."""
    stake = snapshot.task.params.unit_stake
    return tuple(
        Actor(person.name, role, person.account, stake, before[person.account], after[person.account])
        for person, role in cast.trainers
    )


@dataclass(frozen=True)
class TaskResult:
    """Who was paid what in a task, at its end."""

    name: str
    snapshot: Snapshot
    actors: tuple[Actor, ...]

    @property
    def escrow(self) -> int:
        params = self.snapshot.task.params
        return params.pool + params.rounds * params.fee_per_round

    @property
    def paid(self) -> int:
        return sum(event.reward for event in self.snapshot.of(RewardClaimed))

    @property
    def fees(self) -> int:
        return sum(event.fees for event in self.snapshot.of(FeesClaimed))

    @property
    def refunded(self) -> int:
        return sum(event.amount for event in self.snapshot.of(Refunded))

    def reward(self, actor: Actor) -> int:
        return sum(event.reward for event in self.snapshot.of(RewardClaimed) if event.trainer == actor.account)

    def words(self, actor: Actor) -> list[int]:
        """The actor's score words by round."""
        index = [trainer.account for trainer in self.snapshot.trainers].index(actor.account)
        return [unpack_scores(event.scores)[index] for _, event in sorted(self.snapshot.reveals.items())]

    def require_balance(self) -> None:
        """Raises DemoError unless every wei of the escrow is accounted for."""
        if self.escrow != self.paid + self.fees + self.refunded:
            raise DemoError(
                f"{self.name}: escrow {self.escrow} is not paid {self.paid} + fees {self.fees} + refunded "
                f"{self.refunded}"
            )

    def measured(self) -> dict[str, Any]:
        """What was measured of the model, for the report."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rounds": len(self.snapshot.reveals),
            **self.measured(),
            "escrow": self.escrow,
            "paid": self.paid,
            "refunded": self.refunded,
            "fees": self.fees,
            "trainers": [
                {
                    "name": actor.name,
                    "role": actor.role,
                    "stake": actor.stake,
                    "reward": self.reward(actor),
                    "scores": [_mark(word) for word in self.words(actor)],
                    "balance_before": {"stake": actor.before[0], "reward": actor.before[1]},
                    "balance_after": {"stake": actor.after[0], "reward": actor.after[1]},
                }
                for actor in self.actors
            ],
        }


@dataclass(frozen=True)
class OpenResult(TaskResult):
    """An open-model task. metric: of the model on held-out rows, one per state; correlations: of scores with exact
    Shapley values, one per round."""

    metric_name: str
    metric: tuple[float, ...]
    reference: Reference
    correlations: tuple[float, ...]

    def measured(self) -> dict[str, Any]:
        return {
            "metric": {
                "name": self.metric_name,
                "federated": self.metric[-1],
                "by_round": list(self.metric),
                "central": self.reference.central,
                "alone_mean": self.reference.alone_mean,
                "alone_best": self.reference.alone_best,
            },
            "shapley_correlation_min": min(self.correlations),
            "shapley_correlation": list(self.correlations),
        }


@dataclass(frozen=True)
class SealedResult(TaskResult):
    """A sealed-model task. mse: on held-out rows in the target's own unit; seconds: from posting to the last claim, and
    of the rounds alone."""

    key_bits: int
    mse: float
    mse_alone: tuple[float, ...]
    seconds: float
    training_seconds: float

    def measured(self) -> dict[str, Any]:
        return {
            "sealed": {
                "key_bits": self.key_bits,
                "mse": self.mse,
                "mse_alone_mean": sum(self.mse_alone) / len(self.mse_alone),
                "mse_alone": list(self.mse_alone),
                "seconds": self.seconds,
                "training_seconds": self.training_seconds,
                "thesis": {"key_bits": 1024, "mse": THESIS_MSE, "mse_alone": THESIS_MSE_ALONE, "minutes": 15},
            }
        }


def _mark(word: int) -> int | str:
    return {MISSED: "missed", HARMFUL: "harmful"}.get(word, word)


def write_report(folder: Path, results: Sequence[TaskResult], seconds: dict[str, float], ipfs_kind: str) -> Path:
    path = folder / "report.json"
    document = {"tasks": [result.to_json() for result in results], "seconds": seconds, "ipfs": ipfs_kind}
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return path


def print_task(console: Console, result: TaskResult) -> None:
    """One table per task: trainer, stake, score per round (share of the round's positive scores), reward, balances."""
    rounds = sorted(result.snapshot.reveals)
    table = Table(title=f"{result.name}: share of each round's score, and what came of it")
    for heading in ("trainer", "role", "stake"):
        table.add_column(heading, no_wrap=True)
    for number in rounds:
        table.add_column(str(number), justify="right")
    for heading in ("reward", "of pay", "reward balance", "stake balance"):
        table.add_column(heading, justify="right", no_wrap=True)
    totals = [sum(_payable(result.words(actor)[number]) for actor in result.actors) for number in range(len(rounds))]
    for actor in result.actors:
        cells = [_cell(word, total) for word, total in zip(result.words(actor), totals, strict=True)]
        reward = result.reward(actor)
        table.add_row(
            actor.name,
            actor.role,
            f"{actor.stake / WEI:.0f}",
            *cells,
            f"{reward / WEI:.3f}",
            f"{reward / result.paid:.2%}" if result.paid else "0",
            f"{actor.before[1] / WEI:.1f} → {actor.after[1] / WEI:.1f}",
            f"{actor.before[0] / WEI:.1f} → {actor.after[0] / WEI:.1f}",
        )
    console.print(table)
    console.print(
        f"escrow {result.escrow / WEI:.6f} = paid {result.paid / WEI:.6f} + fees {result.fees / WEI:.6f} + refunded "
        f"{result.refunded / WEI:.6f}"
    )


def print_open(console: Console, result: OpenResult) -> None:
    console.print(
        f"{result.metric_name} on held-out data: federated {result.metric[-1]:.4f}, all data in one place "
        f"{result.reference.central:.4f}, an owner alone {result.reference.alone_mean:.4f} on average and "
        f"{result.reference.alone_best:.4f} at best"
    )
    console.print(f"least correlation of scores with exact Shapley values: {min(result.correlations):.6f}")


def print_sealed(console: Console, result: SealedResult) -> None:
    """Beside the figures of the thesis that posed this use case."""
    alone = sum(result.mse_alone) / len(result.mse_alone)
    table = Table("", "key", "seconds", "MSE", "MSE alone", title="the thesis's use case, model encrypted throughout")
    table.add_row(
        "here", f"{result.key_bits} bits", f"{result.seconds:.0f}", f"{result.mse:.2f}", f"{alone:.2f} (mean)"
    )
    table.add_row("thesis, 2019", "1024 bits", "about 900", f"{THESIS_MSE}", f"{THESIS_MSE_ALONE}")
    console.print(table)


def _payable(word: int) -> int:
    return word if word < HARMFUL else 0


def _cell(word: int, total: int) -> str:
    if word == MISSED:
        return "✗"
    if word == HARMFUL:
        return "-"
    return f"{100 * word / total:.0f}" if total else "0"


def plot_metric(folder: Path, result: OpenResult) -> Path:
    """The metric by round, between what owners reach alone and what all data in one place reaches."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(range(len(result.metric)), result.metric, "o-", color="#2b6cb0", label="federated (DeltaML)")
    lines = (
        (result.reference.central, "all data in one place", "#2f855a", "--"),
        (result.reference.alone_best, "best owner alone", "#b7791f", ":"),
        (result.reference.alone_mean, "an owner alone (mean)", "#718096", ":"),
    )
    for value, label, colour, style in lines:
        axes.axhline(value, color=colour, linestyle=style, label=f"{label}: {value:.3f}")
    axes.set(
        title=f"{result.name}: {result.metric_name} on held-out rows",
        xlabel="rounds finished",
        ylabel=result.metric_name,
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return _save(figure, folder / f"{_slug(result.name)}-metric.png")


def plot_rewards(folder: Path, result: TaskResult) -> Path:
    """What each trainer was paid, coloured by what he did."""
    figure, axes = plt.subplots(figsize=(7, 0.4 * len(result.actors) + 1.4), layout="constrained")
    rewards = [result.reward(actor) / WEI for actor in result.actors]
    names = [actor.name if actor.role == "honest" else f"{actor.name} ({actor.role})" for actor in result.actors]
    bars = axes.barh(names, rewards, color=[COLOURS[actor.role] for actor in result.actors])
    axes.bar_label(bars, [f"{reward:.2f}" for reward in rewards], padding=4)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set(title=f"{result.name}: reward by trainer", xlabel="reward tokens")
    return _save(figure, folder / f"{_slug(result.name)}-rewards.png")


def _save(figure: plt.Figure, path: Path) -> Path:
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name)

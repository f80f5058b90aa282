"""What the audience sees while the tasks run: one row per task, redrawn in place."""

from collections.abc import Sequence

from rich.table import Table

from deltaml.board import Snapshot
from deltaml.chain.types import Status

WEI = 10**18


def progress_table(snapshots: Sequence[tuple[str, Snapshot]], seconds: float) -> Table:
    table = Table(
        "task", "status", "round", "joined", "updates", "step", "progress", "released", title=f"{seconds:.0f} s"
    )
    for name, snapshot in snapshots:
        params = snapshot.task.params
        table.add_row(
            name,
            snapshot.status.name.lower(),
            f"{snapshot.task.round + 1}/{params.rounds}",
            f"{snapshot.task.trainer_count}/{params.max_trainers}",
            str(snapshot.round.submitted),
            _step(snapshot),
            f"{snapshot.task.progress_wad / WEI:.0%}",
            f"{snapshot.task.released / WEI:.2f}",
        )
    return table


def finished_rounds(name: str, snapshot: Snapshot) -> list[str]:
    """A sentence for each round that was revealed."""
    return [
        f"{name}: round {number + 1} of {snapshot.task.params.rounds}, progress {event.progress_wad / WEI:.1%}, "
        f"released {event.released / WEI:.2f}"
        for number, event in sorted(snapshot.reveals.items())
    ]


def _step(snapshot: Snapshot) -> str:
    if snapshot.status is not Status.TRAINING:
        return ""
    state = snapshot.round
    for mask, text in (
        (state.voted_mask, "voting"),
        (state.opened_mask, "opening the sum and the scores"),
        (state.committed_mask, "committing and opening work"),
    ):
        if mask:
            return text
    return "training on private data" if snapshot.block.timestamp < state.closes_at else "checking updates"

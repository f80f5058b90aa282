"""A committee of four with one liar, who lies differently in every task; the tasks go on side by side."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deltaml.board import Snapshot
from deltaml.chain.types import Status
from scripts.localnet import Localnet
from tests.e2e.clear import assert_report
from tests.e2e.ledger import assert_every_wei_of_all
from tests.e2e.people import FAULT_PENALTY, ORACLE_TICK_SECONDS, Crew, found_crew
from tests.e2e.posting import post
from tests.e2e.scene import Scene, collect_all, start_crowd
from tests.e2e.waiting import wait_until

TRAINERS = 3
LIAR, HONEST = 0, 0b1110
"""His seat, the first in line for everything in the first round; and the mask of the others."""


@contextmanager
def stage_of_lies(net: Localnet, name: str, kinds: Sequence[str]) -> Iterator[list[Scene]]:
    """One task per kind, of one round, posted and with everybody at work."""
    crew = found_crew(net, name)
    scenes = [Scene.prepare(net, crew, f"{name}-{kind}", TRAINERS) for kind in kinds]
    for scene in scenes:
        post(scene, rounds=1)
    try:
        _start_members(net, crew, {scene.task: kind for scene, kind in zip(scenes, kinds, strict=True)})
        people = {scene.trainers[i]: scene.crowd_member(i) for scene in scenes for i in range(TRAINERS)}
        start_crowd(net, people, scenes[0])
        yield scenes
    finally:
        for person in [*crew.members, scenes[0].trainers[0]]:
            if person.name in net.processes:
                net.kill(person.name)


def _start_members(net: Localnet, crew: Crew, lies: dict[int, str]) -> None:
    liar = crew.members[LIAR]
    command = [sys.executable, "-m", "tests.e2e.adversaries.members.process", *net.options(liar)]
    said = [word for task, kind in lies.items() for word in ("--lie", f"{task}={kind}")]
    net.spawn(liar.name, [*command, "--tick-seconds", str(ORACLE_TICK_SECONDS), *said])
    for member in crew.members:
        if member is not liar:
            net.start_oracle(member, ORACLE_TICK_SECONDS)
    wait_until(lambda: all("oracle ready" in net.log_of(m.name) for m in crew.members), 120, "oracles are ready")


def let_windows_pass(scenes: Sequence[Scene]) -> None:
    """For liars who keep everybody waiting: turns the clock to each window's end once the honest have done theirs."""
    for scene in scenes:
        scene.until(lambda s: s.round.committed_mask & HONEST == HONEST, 240, "the honest have committed")
    scenes[0].pass_until(max(scene.look().round.commit_ends_at for scene in scenes) - 5)
    for scene in scenes:
        scene.until(_is_opening, 60, "the commit window has passed")
        scene.until(lambda s: s.round.opened_mask & HONEST == HONEST, 240, "the honest have opened their work")
    scenes[0].pass_until(max(scene.look().round.open_ends_at for scene in scenes) - 5)


def _is_opening(snapshot: Snapshot) -> bool:
    return snapshot.block.timestamp >= snapshot.round.commit_ends_at


def assert_nothing_changed(scenes: Sequence[Scene]) -> None:
    """Every report is what one process finds that sees all updates, and everybody has what the rules give him."""
    for scene in scenes:
        scene.until_final(240)
    for scene in scenes:
        assert scene.look().status is Status.COMPLETED, scene.name
        assert_report_kept_with(scenes[0], scene)
    collect_all(scenes)
    assert_every_wei_of_all(scenes, FAULT_PENALTY)


def assert_report_kept_with(keeper: Scene, scene: Scene) -> None:
    """The updates of all tasks were kept by one process."""
    if keeper is not scene and not scene.kept_updates.exists():
        scene.kept_updates.symlink_to(keeper.kept_updates)
    assert_report(scene, scene.look(), 0, list(range(TRAINERS)))


def masks_of(scene: Scene) -> tuple[bool, bool, bool]:
    """Whether the liar's vote matched, whether his work was opened in time, and whether t + 1 vouched for it."""
    state = scene.rounds(scene.look())[0]
    matched, opened, vouched = (
        mask >> LIAR & 1 for mask in (state.matched_mask, state.opened_mask, state.vouched_mask)
    )
    return bool(matched), bool(opened), bool(vouched)

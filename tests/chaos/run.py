"""One run from nothing to a verdict: a chain, two IPFS nodes, one task, and a storm around it."""

import time
from collections.abc import Callable
from pathlib import Path

from deltaml.errors import DeltaMLError
from tests.chaos.cast import Cast
from tests.chaos.draw import ORACLES, SPARE_IPFS, actors
from tests.chaos.plan import Moment, Plan, Stage
from tests.chaos.progress import everybody_voted, reached
from tests.chaos.proxy import Proxy
from tests.chaos.storm import Storm
from tests.chaos.verdict import Money, Verdict, hits_of, judge_processes, judge_task, money_of
from tests.e2e.people import found_crew, running_net
from tests.e2e.posting import post
from tests.e2e.scene import Scene
from tests.e2e.sealed import post_sealed
from tests.e2e.waiting import wait_until

PATIENCE_SECONDS = 420.0
"""For what is waited for, on a machine that others use too; on a quiet one a whole run takes a fifth of it."""

Tell = Callable[[str], None]


def play(plan: Plan, folder: Path, undisturbed: Money | None, tell: Tell = print) -> Verdict:
    """Plays a plan in an empty folder, which keeps logs. undisturbed: see `judge_task`."""
    started = time.monotonic()
    with running_net(folder) as net, Proxy(plan.seed) as proxy:
        crew = found_crew(net, "crew")
        scene = Scene.prepare(net, crew, "task", plan.setting.trainers)
        cast = Cast(net, scene, proxy, plan.confirmations, plan.setting.sealed)
        cast.start(SPARE_IPFS)
        cast.route_everybody()
        (post_sealed if plan.setting.sealed else post)(scene, plan.setting.rounds)
        # No reorganisation may undo what was there before the curtain rose.
        net.chain.request("anvil_mine", [hex(plan.confirmations + 1)])
        production = Production(scene, Storm(plan, cast, tell))
        with cast.performance(actors(plan.setting)):
            problems, money = production.perform(cast, undisturbed)
        problems += judge_processes(cast, production.storm)
    seconds = time.monotonic() - started
    return Verdict(plan, seconds, production.storm.restarts, hits_of(cast, plan), money, tuple(problems))


class Production:
    """The task from its first joiner to its last claim, with the storm pumped while anybody waits."""

    def __init__(self, scene: Scene, storm: Storm) -> None:
        self.scene = scene
        self.storm = storm
        self._collecting = False
        self._reached = Moment(0, Stage.JOIN)

    def perform(self, cast: Cast, undisturbed: Money | None) -> tuple[list[str], Money]:
        """(problems, who got what). A task that stands still is a problem too."""
        scene = self.scene
        try:
            self._end_rounds()
            self._collecting = True
            self._until(lambda: self.storm.is_over, "the storm is over")
            # Blocks that leave the chain take the turned clock with them, and perhaps a reveal.
            self._end_rounds()
            self._until(lambda: all(self._has_left(person.name) for person in scene.trainers), "trainers have left")
            self._until(lambda: all(map(cast.is_ready, ORACLES)), "the oracles are up")
            # Members close a task by turns of the chain's clock.
            self._until(lambda: scene.look().task.committee_released, "the task is closed")
            snapshot = scene.collect_and_refund()
        except (AssertionError, DeltaMLError) as error:
            return [f"stood still at {self._reached}: {error}"], {}
        return judge_task(cast, snapshot, undisturbed), money_of(scene, snapshot)

    def _end_rounds(self) -> None:
        """Waits until nobody owes a vote, and turns the clock to where all rounds are final."""
        scene = self.scene
        self._until(lambda: everybody_voted(scene.look(), self._voted_masks()), "the task is over and all have voted")
        # Nobody has anything to do any more before that.
        state, window = scene.look().round, scene.look().task.params.challenge_window
        scene.pass_until(max(state.vote_ends_at, state.revealed_at + window))

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        def condition() -> bool:
            self._reached = reached(self.scene.look(), self._collecting)
            self.storm.pump(self._reached, time.monotonic())
            return holds()

        wait_until(condition, PATIENCE_SECONDS, what)

    def _voted_masks(self) -> list[int]:
        return [state.voted_mask for state in self.scene.rounds(self.scene.look())]

    def _has_left(self, name: str) -> bool:
        process = self.scene.net.processes.get(name)
        return process is not None and process.poll() == 0

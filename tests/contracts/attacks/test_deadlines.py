"""A call a second before or after its window would let its sender act on what he should not know yet, or too late for
others to answer.

Windows are half-open (I9): every function that looks at the clock is tried a second before the edge, on it, and a
second after it. `opens`: legal from the edge on; else legal up to it.
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import DAY, TERMS, digest_of, report_of

from .conftest import SCORES

GOOD = report_of(SCORES, WAD // 3)
COMMIT, CHALLENGE = TERMS["commitWindow"], TERMS["challengeWindow"]


class Stage:
    """Brings a task where a case needs it."""

    def __init__(self, driver, arbiter, trainers):
        self.driver, self.arbiter, self.trainers = driver, arbiter, trainers
        self.market, self.oracles, self.owner = driver.market, driver.oracles, driver.owner

    def joined(self, count):
        task_id = self.driver.post(minTrainers=2)
        for trainer in self.trainers[:count]:
            self.driver.join(task_id, trainer)
        return task_id, self.driver.task(task_id)["joinEndsAt"]

    def running(self, edge, **changes):
        task_id = self.driver.started(self.trainers, **changes)
        return task_id, self.driver.round(task_id)[edge]

    def closed(self, edge):
        task_id = self.driver.started(self.trainers)
        self.driver.pass_time(self.driver.round(task_id)["closesAt"])
        self.driver.commit(task_id, self.oracles[:3])
        return task_id, self.driver.round(task_id)[edge]

    def agreed(self, wait):
        task_id = self.driver.started(self.trainers)
        self.driver.agree(task_id, GOOD)
        return task_id, self.driver.round(task_id)["voteEndsAt"] + wait

    def revealed(self, wait=CHALLENGE, **changes):
        task_id = self.driver.started(self.trainers, arbiter=self.arbiter, challengeBond=0, **changes)
        self.driver.play(task_id, GOOD)
        return task_id, self.driver.round(task_id, 0)["revealedAt"] + wait

    def disputed(self):
        task_id, _ = self.revealed()
        self.market.challenge(task_id, 0, {"from": self.owner})
        return task_id, self.driver.round(task_id, 0)["disputedAt"] + self.market.ARBITRATION_WINDOW()

    def voted_last(self):
        """A challenge window that ends before the votes do."""
        task_id, _ = self.revealed(challengeWindow=1)
        return task_id, self.driver.round(task_id, 0)["voteEndsAt"]


def claim(stage, task_id):
    trainer = stage.trainers[0]
    stage.market.claim(task_id, [stage.driver.claim_of(task_id, 0, SCORES, 0)], trainer, {"from": trainer})


def join(stage, task_id):
    trainer = stage.trainers[2]
    stage.market.join(task_id, 1, digest_of("age key"), {"from": trainer})


def vote(stage, task_id):
    stage.driver.vote(task_id, stage.oracles[3:], GOOD, round_=0)


def simple(name, *args):
    return lambda stage, task_id: getattr(stage.market, name)(task_id, *args, {"from": stage.owner})


WINDOW = "TaskMarket_OutsideWindow"
# Name, where the edge comes from, the call, whether it opens there, and the error on the wrong side.
CASES = [
    ("join ends", lambda stage: stage.joined(2), join, False, WINDOW),
    ("start opens", lambda stage: stage.joined(2), simple("start"), True, WINDOW),
    ("cancel by anyone opens", lambda stage: stage.joined(1), simple("cancel"), True, "TaskMarket_TrainersJoined"),
    (
        "submitUpdate ends",
        lambda stage: stage.running("closesAt"),
        lambda stage, task_id: stage.driver.submit(task_id, stage.trainers[:1], 0),
        False,
        WINDOW,
    ),
    (
        "commitWork opens",
        lambda stage: stage.running("closesAt"),
        lambda stage, task_id: stage.driver.commit(task_id, stage.oracles[3:], 0),
        True,
        WINDOW,
    ),
    (
        "commitWork ends",
        lambda stage: stage.closed("commitEndsAt"),
        lambda stage, task_id: stage.driver.commit(task_id, stage.oracles[3:], 0),
        False,
        WINDOW,
    ),
    (
        "openWork opens",
        lambda stage: stage.closed("commitEndsAt"),
        lambda stage, task_id: stage.driver.open(task_id, stage.oracles[:1], 0),
        True,
        WINDOW,
    ),
    (
        "openWork ends",
        lambda stage: stage.closed("openEndsAt"),
        lambda stage, task_id: stage.driver.open(task_id, stage.oracles[:1], 0),
        False,
        WINDOW,
    ),
    ("vote opens", lambda stage: stage.running("closesAt"), vote, True, WINDOW),
    ("vote ends", lambda stage: stage.running("voteEndsAt"), vote, False, WINDOW),
    ("expire opens", lambda stage: stage.running("voteEndsAt"), simple("expire"), True, WINDOW),
    ("expire with a quorum opens", lambda stage: stage.agreed(COMMIT), simple("expire"), True, WINDOW),
    ("challenge ends", lambda stage: stage.revealed(), simple("challenge", 0), False, WINDOW),
    ("settle opens", lambda stage: stage.revealed(), simple("settle", 0), True, "TaskMarket_NotFinal"),
    ("settle opens after votes", lambda stage: stage.voted_last(), simple("settle", 0), True, "TaskMarket_NotFinal"),
    ("claim opens", lambda stage: stage.revealed(), claim, True, "TaskMarket_NotFinal"),
    ("claim opens after votes", lambda stage: stage.voted_last(), claim, True, "TaskMarket_NotFinal"),
    ("lapse opens", lambda stage: stage.disputed(), simple("lapse", 0), True, WINDOW),
]


@pytest.fixture
def stage(driver, arbiter, trainers, deposit_for):
    for trainer in trainers:
        deposit_for(trainer, 10 * TERMS["unitStake"])
    return Stage(driver, arbiter, trainers)


@pytest.fixture
def refused_with():
    """Only the name of the error: its arguments are the window, which each function's own tests look at."""

    def attempt(call, error):
        with pytest.raises(Exception, match=error):
            call()

    return attempt


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("name, prepare, call, opens, error", CASES, ids=[case[0] for case in CASES])
def test_edge(stage, at, refused_with, name, prepare, call, opens, error, offset):
    task_id, edge = prepare(stage)
    at(edge + offset)

    if (offset >= 0) == opens:
        call(stage, task_id)
    else:
        refused_with(lambda: call(stage, task_id), error)


@pytest.mark.parametrize("wait", [-1, 0, 1, 30 * DAY])
def test_reveal_has_no_deadline_but_expire(stage, market, at, wait):
    """A quorum may be revealed until somebody says that it is too late."""
    task_id, expires_at = stage.agreed(COMMIT)
    at(expires_at + wait)

    stage.driver.reveal(task_id, GOOD)

    assert stage.driver.round(task_id, 0)["revealedAt"] == expires_at + wait


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_last_submission_moves_the_edges(stage, market, at, offset, reverts_with):
    """Who submits last closes the window behind him, to the second: members may begin in that block."""
    task_id, _ = stage.running("closesAt")
    stage.driver.submit(task_id, stage.trainers[:2])
    last = stage.driver.round(task_id)["openedAt"] + DAY // 2
    at(last)
    stage.driver.submit(task_id, stage.trainers[2:])
    assert stage.driver.round(task_id)["closesAt"] == last

    at(last + max(0, offset))
    vote(stage, task_id)

    assert stage.driver.round(task_id)["votedMask"] == 0b1000

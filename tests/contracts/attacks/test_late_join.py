"""Who joins when the others' work is known would get a part of the pay, or of the fines, without the work.

- after the window, after the last seat, after the start, after the end: refused
- a trainer who joined last has no word in earlier reports, because there are none: rounds begin when joining has ended
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import CANCELLED, COMPLETED, TRAINING, digest_of, report_of

from .conftest import SCORES

KEY = digest_of("age key")


@pytest.fixture
def latecomer(dave, deposit_for):
    deposit_for(dave, 1_000 * WAD)
    return dave


def test_after_the_window(driver, market, latecomer, alice, reverts_with):
    task_id = driver.post()
    driver.join(task_id, alice)
    ends_at = driver.task(task_id)["joinEndsAt"]
    driver.at(ends_at)

    with reverts_with("TaskMarket_OutsideWindow", ends_at, 0, ends_at):
        market.join(task_id, 1, KEY, {"from": latecomer})


def test_after_the_last_seat(driver, market, latecomer, trainers, reverts_with):
    task_id = driver.started(trainers)

    with reverts_with("TaskMarket_WrongStatus", task_id, TRAINING):
        market.join(task_id, 1, KEY, {"from": latecomer})


def test_after_a_reveal(driver, market, latecomer, trainers, reverts_with):
    """He has read the scores, and would share what the next round takes from those who miss it."""
    task_id = driver.started(trainers)
    driver.play(task_id, report_of(SCORES, WAD // 3))

    with reverts_with("TaskMarket_WrongStatus", task_id, TRAINING):
        market.join(task_id, 1, KEY, {"from": latecomer})
    with reverts_with("TaskMarket_NotTrainer", task_id, latecomer):
        market.submitUpdate(task_id, 1, digest_of("update"), {"from": latecomer})


def test_after_the_end(driver, market, latecomer, trainers, owner, reverts_with):
    task_id = driver.started(trainers)
    market.end(task_id, {"from": owner})
    with reverts_with("TaskMarket_WrongStatus", task_id, COMPLETED):
        market.join(task_id, 1, KEY, {"from": latecomer})

    task_id = driver.post()
    market.cancel(task_id, {"from": owner})
    with reverts_with("TaskMarket_WrongStatus", task_id, CANCELLED):
        market.join(task_id, 1, KEY, {"from": latecomer})


def test_twice_with_more_units(driver, market, latecomer, reverts_with):
    """Weight is what was staked at first (R1)."""
    task_id = driver.post()
    market.join(task_id, 1, KEY, {"from": latecomer})

    with reverts_with("TaskMarket_AlreadyJoined", task_id, latecomer):
        market.join(task_id, 3, KEY, {"from": latecomer})

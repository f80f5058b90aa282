"""A committee whose stake is worth less than the pools it decides over would gain by stealing them.

- open pools may reach kappa times the committee's stake, to the wei, over all tasks and tokens together (R6b)
- slashing lowers the limit, closing a task frees its part, a task that is over but not closed counts on
- what a pool is worth is the charter's rate, rounded up: a thousand small pools are no way around it
"""

import pytest

from tests.contracts.constants import EXPOSURE_BPS, SEAT_STAKE, WAD
from tests.contracts.driver import TERMS, report_of

from .conftest import SCORES

LIMIT = 4 * SEAT_STAKE * EXPOSURE_BPS // 10_000


def refused(driver, reverts_with, exposure, limit=LIMIT, **changes):
    with reverts_with("Committees_ExposureTooHigh", driver.committee_id, exposure, limit):
        driver.post(**changes)


def test_to_the_wei(driver, reverts_with):
    refused(driver, reverts_with, LIMIT + 1, pool=LIMIT + 1)
    driver.post(pool=LIMIT)
    refused(driver, reverts_with, LIMIT + 1, pool=1)


def test_all_tasks_together(driver, reverts_with):
    for _ in range(3):
        driver.post(pool=LIMIT // 3)

    refused(driver, reverts_with, 3 * (LIMIT // 3) + LIMIT // 3, pool=LIMIT // 3)


def test_slashing_lowers_the_limit(driver, market, committees, trainers, oracles, owner, reverts_with):
    """A fault later the same pool is too large: what it was not asked for, it can no longer pay."""
    task_id = driver.started(trainers)
    driver.play(task_id, report_of(SCORES, WAD), submitters=trainers, members=oracles[:3])
    driver.settle(task_id, 0)
    market.close(task_id, {"from": owner})
    stake_total = committees.committeeOf(driver.committee_id).dict()["stakeTotal"]
    assert stake_total < 4 * SEAT_STAKE

    refused(driver, reverts_with, stake_total + 1, limit=stake_total, pool=stake_total + 1)
    driver.post(pool=stake_total)


def test_over_but_not_closed(driver, market, trainers, owner, reverts_with):
    """Its last round is not settled: the committee may still be found at fault for it."""
    task_id = driver.started(trainers, pool=LIMIT)
    driver.play(task_id, report_of(SCORES, WAD), submitters=trainers)
    refused(driver, reverts_with, LIMIT + TERMS["pool"])
    driver.settle(task_id, 0)
    refused(driver, reverts_with, LIMIT + TERMS["pool"])

    market.close(task_id, {"from": owner})
    driver.post()


def test_closing_twice_frees_once(driver, market, committees, owner, reverts_with):
    first = driver.post()
    driver.post()
    market.cancel(first, {"from": owner})
    market.close(first, {"from": owner})

    with reverts_with("TaskMarket_AlreadyClosed", first):
        market.close(first, {"from": owner})
    assert committees.committeeOf(driver.committee_id).dict()["exposureStake"] == TERMS["pool"]


def test_value_is_rounded_up(found_committee, driver_in, TokenDouble, deployer, committees):
    """A wei of this token is worth a thousandth of a wei of stake: a pool of one wei still counts as one."""
    cheap = TokenDouble.deploy("Cheap Token Double", "CHP", 18, {"from": deployer})
    driver = driver_in(cheap, stakePerRewardWad=[WAD // 1_000])
    for _ in range(3):
        driver.post(pool=1)

    assert committees.committeeOf(driver.committee_id).dict()["exposureStake"] == 3


@pytest.mark.parametrize("pool", [2**128 - 10**24, LIMIT * 10])
def test_pool_that_overflows_the_rate(driver_in, TokenDouble, deployer, owner, market, pool, reverts_with):
    """A rate so high that the product does not fit: worth more than any committee has."""
    dear = TokenDouble.deploy("Dear Token Double", "DEAR", 18, {"from": deployer})
    driver = driver_in(dear, stakePerRewardWad=[2**255])

    with reverts_with("Committees_ExposureTooHigh", driver.committee_id, 2**256 - 1, LIMIT):
        market.post(tuple(driver.terms(pool=pool).values()), {"from": owner})

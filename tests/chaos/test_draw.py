"""Plans follow from their seed, and none of them may change who gets what."""

import pytest

from tests.chaos.draw import IPFS, MAX_JUMPS_SECONDS, N_ENDPOINTS, OWNER, actors, draw_plan
from tests.chaos.plan import Befall, Disturb, Jump, Ordeal, Plan, Reorg, Service, Setting, Stage

pytestmark = pytest.mark.unit

PLANS = [draw_plan(seed) for seed in range(200)]


def victims(plan: Plan) -> set[str]:
    found: set[str] = set()
    for fault in plan.faults:
        match fault:
            case Befall():
                found |= set(fault.victims)
            case Disturb(victim=str(victim)):
                found.add(victim)
    return found


def test_the_same_seed_draws_the_same_plan() -> None:
    assert [draw_plan(seed) for seed in range(200)] == PLANS
    assert len({str(plan) for plan in PLANS}) == len(PLANS)


def test_every_kind_of_fault_meets_both_kinds_of_task() -> None:
    for sealed in (False, True):
        faults = [fault for plan in PLANS if plan.setting.sealed is sealed for fault in plan.faults]
        assert {type(fault) for fault in faults} == {Befall, Disturb, Reorg, Jump}
        assert {fault.ordeal for fault in faults if isinstance(fault, Befall)} == set(Ordeal)
        assert {fault.at.stage for fault in faults} == set(Stage)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan.seed))
def test_no_plan_goes_beyond_what_a_task_survives(plan: Plan) -> None:
    assert list(plan.faults) == sorted(plan.faults, key=lambda fault: fault.at)
    assert sum(fault.seconds for fault in plan.faults if isinstance(fault, Jump)) <= MAX_JUMPS_SECONDS
    assert all(fault.depth <= plan.confirmations for fault in plan.faults if isinstance(fault, Reorg))
    assert all(fault.trouble.fits(fault.service) for fault in plan.faults if isinstance(fault, Disturb))
    assert victims(plan) <= {*actors(plan.setting), *IPFS}
    assert (OWNER in actors(plan.setting)) is plan.setting.sealed


@pytest.mark.parametrize("service", list(Service))
def test_endpoints_fail_alone_and_together(service: Service) -> None:
    faults = [fault for plan in PLANS for fault in plan.faults if isinstance(fault, Disturb)]
    assert {fault.endpoint for fault in faults if fault.service is service} == {None, *range(N_ENDPOINTS)}


def test_nodes_of_ipfs_go_down_alone_and_together() -> None:
    faults = [fault for plan in PLANS for fault in plan.faults if isinstance(fault, Befall)]
    hit = {frozenset(fault.victims) & set(IPFS) for fault in faults if fault.ordeal is Ordeal.KILL}
    assert hit >= {frozenset(IPFS), *(frozenset([name]) for name in IPFS)}


def test_number_and_setting_can_be_given() -> None:
    plan = draw_plan(5, n_faults=3, setting=Setting(sealed=True, rounds=1))
    assert len(plan.faults) <= 3 and plan.setting == Setting(sealed=True, trainers=3, rounds=1)


def test_a_plan_can_be_cut_down() -> None:
    plan = draw_plan(5)
    assert plan.only([0, 2]).faults == (plan.faults[0], plan.faults[2])
    assert plan.only([0]).confirmations == plan.confirmations

"""The market against its twin: many trainers, several tasks, two reward tokens, three committees, any order of things.

Every step is compared field by field, the properties of INVARIANTS.md are asserted after it, and every run ends with
the way out, after which nothing is left. The short profile is for `make test`; `DEEP=1` is for `make test-deep`.
A run that has not been everywhere proves nothing, so it fails.
"""

import os

from hypothesis import HealthCheck, Phase

from .machine import IN_VAIN, Machine

DEEP = bool(os.environ.get("DEEP"))
EXAMPLES, STEPS = (200, 50) if DEEP else (45, 40)
# Shrinking repeats the run hundreds of times: a failure names its seed, and whoever mends it may shrink it.
SETTINGS = {
    "max_examples": EXAMPLES,
    "stateful_step_count": STEPS,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": list(HealthCheck.all()),
    "deadline": None,
    # The short profile is the same every time; the deep one looks elsewhere each time, and prints what it did.
    "derandomize": not DEEP,
}
EVERYWHERE = (
    "post join start submit_update commit_work open_work vote reveal settle claim claim_fees claim_expired expire end "
    "cancel refund challenge rule lapse close leave withdraw retire leave_committee"
)


def test_market(state_machine, world):
    state_machine(Machine, world, settings=SETTINGS)

    lengths = world.lengths
    print(f"{len(lengths)} runs, {sum(lengths)} steps; done: {dict(world.reached)}; refused: {dict(world.refused)}")
    assert {*EVERYWHERE.split(), IN_VAIN} - {name for name, count in world.reached.items() if count} == set()
    assert sum(length >= STEPS // 2 for length in lengths) >= EXAMPLES // 3

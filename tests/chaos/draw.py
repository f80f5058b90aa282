"""From a seed to a plan. No plan keeps anybody away for longer than a task's windows, so who got what must not change.

Windows are ten minutes at least (tests.e2e.toy). All jumps of a plan together are half of that, and nobody is down for
longer than some seconds of the chain's clock.
"""

from collections.abc import Callable
from random import Random

from tests.chaos.plan import (
    Befall,
    Disturb,
    Fate,
    Fault,
    Jump,
    Moment,
    Ordeal,
    Plan,
    Reorg,
    Service,
    Setting,
    Stage,
    Trouble,
)

FIRST_IPFS, SPARE_IPFS = IPFS = ("ipfs", "ipfs-spare")
N_ENDPOINTS = 2
"""Of each service, for everybody: two nodes of IPFS, two proxies before the one chain."""
ORACLES = tuple(f"crew-oracle-{seat}" for seat in range(4))
OWNER = "task-owner"
MAX_JUMPS_SECONDS = 300
MAX_DEPTH = 3
# Who meets one of these waits until his time-out, so few may.
STALLING = (Trouble.STALL, Trouble.LOST_STALL)


def actors(setting: Setting) -> tuple[str, ...]:
    """The names of all processes but chain and IPFS."""
    trainers = tuple(f"task-trainer-{index}" for index in range(setting.trainers))
    return (*ORACLES, *trainers, *((OWNER,) if setting.sealed else ()))


def draw_plan(seed: int, n_faults: int | None = None, setting: Setting | None = None) -> Plan:
    """The plan of a seed; `n_faults` and `setting` are drawn too unless given."""
    rng = Random(seed)
    drawn_setting, drawn_number = Setting(sealed=rng.random() < 0.4), rng.randint(8, 12)
    setting, n_faults = setting or drawn_setting, n_faults or drawn_number
    faults = sorted((_draw_fault(rng, setting) for _ in range(n_faults)), key=lambda fault: fault.at)
    faults = _within_the_windows(faults)
    depths = [fault.depth for fault in faults if isinstance(fault, Reorg)]
    return Plan(seed, setting, max(depths, default=rng.choice((0, 0, 1))), tuple(faults))


def _draw_fault(rng: Random, setting: Setting) -> Fault:
    kinds: dict[Callable[[Random, Setting, Moment], Fault], int] = {
        _kill: 26,
        _disturb: 36,
        _outage: 8,
        _reorg: 12,
        _pause: 6,
        _twin: 6,
        _jump: 6,
    }
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    return kind(rng, setting, _moment(rng, setting))


def _moment(rng: Random, setting: Setting) -> Moment:
    stages = [(0, Stage.JOIN), (setting.rounds, Stage.COLLECT)]
    stages += [
        (number, Stage(stage)) for number in range(setting.rounds) for stage in range(Stage.SUBMIT, Stage.COLLECT)
    ]
    return Moment(*rng.choice(stages), delay_seconds=_tenths(rng, 0, 2))


def _kill(rng: Random, setting: Setting, at: Moment) -> Fault:
    someone = (rng.choice(actors(setting)),)
    one_node = (rng.choice(IPFS),)
    victims = rng.choices(
        [someone, one_node, IPFS, tuple(rng.sample(ORACLES, 2)), ORACLES, actors(setting)], [10, 4, 1, 2, 2, 1]
    )[0]
    return Befall(at, Ordeal.KILL, victims, _tenths(rng, 0.5, 8))


def _outage(rng: Random, setting: Setting, at: Moment) -> Fault:
    """One node is gone for much of a round: everybody has to do with the other one."""
    seconds = _tenths(rng, 12, 25)
    if rng.random() < 0.5:
        return Befall(at, Ordeal.KILL, (rng.choice(IPFS),), seconds)
    return Disturb(at, Service.RPC, rng.randrange(N_ENDPOINTS), Trouble.CUT, None, 1.0, seconds)


def _pause(rng: Random, setting: Setting, at: Moment) -> Fault:
    return Befall(at, Ordeal.STOP, (rng.choice((*actors(setting), *IPFS)),), _tenths(rng, 1, 12))


def _twin(rng: Random, setting: Setting, at: Moment) -> Fault:
    return Befall(at, Ordeal.TWIN, (rng.choice(actors(setting)),), _tenths(rng, 8, 15))


def _disturb(rng: Random, setting: Setting, at: Moment) -> Fault:
    service = rng.choice(list(Service))
    trouble = rng.choice([trouble for trouble in Trouble if trouble.fits(service)])
    victim = rng.choice((None, rng.choice(actors(setting))))
    # The preferred one more often: nobody asks the other while it is well.
    endpoint = rng.choice((0, 0, 1, None))
    share = rng.choice((0.05, 0.15) if trouble in STALLING else (0.2, 0.5, 1.0))
    return Disturb(at, service, endpoint, trouble, victim, share, _tenths(rng, 2, 8))


def _reorg(rng: Random, setting: Setting, at: Moment) -> Fault:
    return Reorg(at, rng.randint(1, MAX_DEPTH), rng.choice(list(Fate)))


def _jump(rng: Random, setting: Setting, at: Moment) -> Fault:
    return Jump(at, rng.choice((3, 10, 60, 200)))


def _within_the_windows(faults: list[Fault]) -> list[Fault]:
    kept: list[Fault] = []
    left = MAX_JUMPS_SECONDS
    for fault in faults:
        if isinstance(fault, Jump):
            if fault.seconds > left:
                continue
            left -= fault.seconds
        kept.append(fault)
    return kept


def _tenths(rng: Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 1)

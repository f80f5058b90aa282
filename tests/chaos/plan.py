"""What goes wrong in a run, and when: frozen data, so that a seed can be printed, replayed and cut down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum


class Stage(IntEnum):
    """How far a round is; COLLECT comes after the last one."""

    JOIN = 0
    SUBMIT = 1
    COMMIT = 2
    OPEN = 3
    SCORE = 4
    VOTE = 5
    COLLECT = 6


@dataclass(frozen=True, order=True)
class Moment:
    """So many seconds of the machine's clock after a stage of a round was first seen, or was passed over."""

    round: int
    stage: Stage
    delay_seconds: float = 0.0

    def __str__(self) -> str:
        return f"round {self.round}, {self.stage.name.lower()} + {self.delay_seconds:.1f} s"


class Service(Enum):
    """What a process talks to."""

    RPC = "RPC"
    IPFS = "IPFS"


class Trouble(Enum):
    """What the proxy does to a request. LOST ones reach the node, and its answer is lost; LIMITED is JSON-RPC's way of
    saying 429; LAGGING answers like a node some blocks behind."""

    ERROR = "answers 500"
    TOO_MANY = "answers 429 with Retry-After"
    LIMITED = "answers that a limit is exceeded"
    GARBAGE = "answers with a web page"
    CUT = "cuts the connection"
    STALL = "never answers"
    LOST_ERROR = "forwards, then answers 500"
    LOST_CUT = "forwards, then cuts the connection"
    LOST_STALL = "forwards, then never answers"
    TRUNCATED = "cuts the answer in the middle"
    SHORTENED = "leaves out the end of the answer"
    SLOW = "is slow"
    LAGGING = "lags some blocks behind"

    def fits(self, service: Service) -> bool:
        return service is Service.RPC or self not in (Trouble.LIMITED, Trouble.LAGGING)


class Ordeal(Enum):
    """What a process goes through. KILL: kill -9, and back with nothing but keys. STOP: SIGSTOP, and SIGCONT later: it
    wakes up in another world. TWIN: a second process with the same keys beside it, killed later."""

    KILL = "kill -9"
    STOP = "stop"
    TWIN = "twin"


@dataclass(frozen=True)
class Befall:
    """All `victims` go through it at once, for so long."""

    at: Moment
    ordeal: Ordeal
    victims: tuple[str, ...]
    seconds: float

    @property
    def kind(self) -> str:
        return self.ordeal.value

    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.victims)} for {self.seconds:.1f} s"


@dataclass(frozen=True)
class Disturb:
    """The proxies before one endpoint (None: before all) of a service treat this share of the requests of `victim`
    (None: of everybody) in this way."""

    at: Moment
    service: Service
    endpoint: int | None
    trouble: Trouble
    victim: str | None
    share: float
    seconds: float

    @property
    def kind(self) -> str:
        return self.service.value

    def __str__(self) -> str:
        whom = self.victim or "everybody"
        which = "all" if self.endpoint is None else f"endpoint {self.endpoint}"
        what = f"{self.service.value} ({which}) {self.trouble.value}"
        return f"{what}, {self.share:.0%} of the requests of {whom} for {self.seconds:.1f} s"


class Fate(Enum):
    """Of the transactions in blocks that leave the chain."""

    DROPPED = "its transactions are gone"
    DELAYED = "its transactions go back to the pool"
    KEPT = "its transactions come in other blocks"


@dataclass(frozen=True)
class Reorg:
    """The newest `depth` blocks leave the chain and as many others take their place, as soon as they hold a transaction
    or ten seconds have passed."""

    at: Moment
    depth: int
    fate: Fate

    @property
    def kind(self) -> str:
        return "reorg"

    def __str__(self) -> str:
        return f"reorganisation of {self.depth} blocks, {self.fate.value}"


@dataclass(frozen=True)
class Jump:
    """The chain's clock jumps forward."""

    at: Moment
    seconds: int

    @property
    def kind(self) -> str:
        return "jump"

    def __str__(self) -> str:
        return f"the clock jumps by {self.seconds} s"


Fault = Befall | Disturb | Reorg | Jump


@dataclass(frozen=True)
class Setting:
    """What is played: one task, by four oracles and so many trainers with one unit of stake each."""

    sealed: bool
    trainers: int = 3
    rounds: int = 2

    def __str__(self) -> str:
        return f"{'sealed' if self.sealed else 'open'}, {self.trainers} trainers, {self.rounds} rounds"


@dataclass(frozen=True)
class Plan:
    """confirmations: how many blocks deep everybody reads the chain; no reorganisation is deeper."""

    seed: int
    setting: Setting
    confirmations: int
    faults: tuple[Fault, ...]

    def only(self, numbers: Sequence[int]) -> "Plan":
        """The same plan with these faults of its list only: for finding the one that matters."""
        return replace(self, faults=tuple(self.faults[number] for number in numbers))

    @property
    def kinds(self) -> Counter[str]:
        """How many faults there are of each kind."""
        return Counter(fault.kind for fault in self.faults)

    def __str__(self) -> str:
        head = f"seed {self.seed}: {self.setting}, {self.confirmations} confirmations"
        return "\n".join([head, *(f"  {number:2d}  {fault.at}: {fault}" for number, fault in enumerate(self.faults))])

"""What whoever runs a central server decides."""

from dataclasses import dataclass, field

from deltaml.errors import InvalidInput


@dataclass(frozen=True)
class ServerOptions:
    """host, port: where to listen (port 0 takes a free one). min_clients: the first round waits for so many, each later
    one for at least one. fit_seconds, evaluate_seconds: the deadlines. gone_seconds: who has nothing to do and does not
    ask for so long is not waited for. linger_seconds: how long the finished model is offered. secret: what clients must
    know to join; None lets everybody in. max_bytes: the largest message. helpers: age recipients of a committee
    of 4, 7 or 10; with them the server never sees an update (see `deltaml.federated.masked`)."""

    host: str = "127.0.0.1"
    port: int = 8480
    min_clients: int = 2
    max_clients: int = 1000
    fit_seconds: float = 60.0
    evaluate_seconds: float = 30.0
    gone_seconds: float = 60.0
    linger_seconds: float = 30.0
    secret: str | None = field(default=None, repr=False)
    max_bytes: int = 1 << 28
    helpers: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        times = (self.fit_seconds, self.evaluate_seconds, self.gone_seconds)
        if min(times) <= 0 or self.min_clients < 1 or self.max_clients < self.min_clients or self.linger_seconds < 0:
            raise InvalidInput(f"wanted positive times and 1 ≤ min_clients ≤ max_clients, got {self}")

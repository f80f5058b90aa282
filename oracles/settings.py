"""What an operator decides, read once at the start and passed in; secrets stay in files and out of reprs."""

from dataclasses import dataclass

from deltaml.connection import Connection


@dataclass(frozen=True)
class Settings:
    """connection: where chain and IPFS are, and whose keys; without a keystore it is a dry run for `account`, which
    decides and simulates but sends nothing. tick_seconds: pause between looks at the chain. confirmations: how many
    blocks deep the chain is read. metrics_port: where /metrics and /health are served, on metrics_host; 0 for nowhere.
    pin_gib: most that is kept of running tasks on each IPFS endpoint, in GiB. watchdog_seconds: a process whose last
    tick is older ends itself, to be started again; 0 for never."""

    connection: Connection
    account: str | None
    tick_seconds: float
    confirmations: int
    metrics_host: str
    metrics_port: int
    pin_gib: float
    watchdog_seconds: float

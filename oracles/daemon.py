"""The process: builds an oracle from its settings and works on a schedule until it is told to stop."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import joblib
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from deltaml.board import StateReader
from deltaml.chain import (
    Deployment,
    DryRunSender,
    Market,
    Sender,
    Writer,
    load_account,
    load_deployment,
    open_pool,
)
from deltaml.connection import GWEI
from deltaml.errors import InvalidInput
from deltaml.serving import Endpoints, Purse, Vitals, health, served
from deltaml.storage import MemoryStore, Store
from oracles.act import Actor
from oracles.evidence import EvidenceRoom
from oracles.gas import ROUND_GAS
from oracles.keeper import Keeper, Watched
from oracles.metrics import Metrics
from oracles.reasons import Reasons
from oracles.settings import Settings
from oracles.tick import Oracle
from oracles.view import ViewBuilder

log = structlog.get_logger()

PURSE_SECONDS = 60.0
KEEP_SECONDS = 60.0
STUCK = os.EX_TEMPFAIL
GIB = 1 << 30

MakeActor = Callable[[Deployment, Writer, Store, str], Actor]
"""What carries out decisions; who plays an adversary gives another."""


@dataclass(frozen=True)
class Process:
    """Everything that works. keeper and purse are None in a dry run, which puts nothing anywhere."""

    oracle: Oracle
    metrics: Metrics
    vitals: Vitals
    keeper: Keeper | None = None
    purse: Purse | None = None


def build(settings: Settings, make_actor: MakeActor = Actor) -> Process:
    """An oracle with its connections. Raises InvalidInput for settings that can't work, Unavailable."""
    connection = settings.connection
    if connection.keystore is None and settings.account is None:
        raise InvalidInput("give a keystore to work, or an account address for a dry run that sends nothing")
    identity = connection.identity()
    chain, pool = open_pool(connection.rpc)
    deployment = load_deployment(chain.chain_id, connection.deployment)
    store = connection.store()
    metrics, vitals, watched = Metrics.create(), Vitals(), Watched()
    metrics.registry.register(Endpoints(pool.report, store.report))
    keeper, purse = None, None
    if connection.keystore is not None:
        key = load_account(connection.keystore, connection.passphrase_file)
        account, salt_key = str(key.address), bytes(key.key)
        writer: Writer = Sender(chain, key, max_fee_per_gas_wei=connection.max_fee_gwei * GWEI)
        keeper = Keeper(store, identity, watched, metrics, vitals, int(settings.pin_gib * GIB))
        purse = Purse(chain, account, ROUND_GAS, metrics, vitals)
    else:
        account, salt_key = str(settings.account), bytes(32)
        writer = DryRunSender(chain, account)
    # Nor does a dry run publish what it would announce.
    posts: Store = store if connection.keystore is not None else MemoryStore()
    evidence = EvidenceRoom(store, identity)
    views = ViewBuilder(chain, store, identity, account, evidence, StateReader(store, identity), salt_key)
    actor = make_actor(deployment, writer, posts, account)
    market = Market(chain, deployment)
    oracle = Oracle(chain, market, views, actor, account, settings.confirmations, metrics, vitals, watched, Reasons())
    log.info("oracle ready", account=account, chain=chain.chain_id, market=deployment.market)
    return Process(oracle, metrics, vitals, keeper, purse)


def tick(oracle: Oracle, workers: int | None) -> None:
    """One look, large rounds spread over `workers` processes; None: as joblib is configured for this thread, for
    instance by `joblib.parallel_config(backend="dask")`."""
    with nullcontext() if workers is None else joblib.parallel_config(n_jobs=workers):
        oracle.tick()


def run(settings: Settings, make_actor: MakeActor = Actor) -> None:
    """Works until SIGTERM or SIGINT, then finishes the act at hand and returns."""
    stop = threading.Event()
    # First of all: told to stop while it still connects, it must end as politely. Control-C at the prompt for the
    # passphrase, though, must end it at once.
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    process = build(settings, make_actor)
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    where = settings.metrics_host, settings.metrics_port
    with served(*where, process.metrics.registry, lambda: health(process.vitals, settings.tick_seconds, time.time())):
        scheduler = schedule(process, settings)
        scheduler.start()
        stop.wait()
        scheduler.shutdown(wait=True)
    log.info("oracle stopped")


def schedule(process: Process, settings: Settings) -> BackgroundScheduler:
    """The jobs: what reads the chain takes turns in one thread, so that a look at it is read from one node; what may
    wait for IPFS has another."""
    # What is due follows from the chain at every tick, so a late or merged job loses nothing.
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1), "ipfs": ThreadPoolExecutor(1), "watchdog": ThreadPoolExecutor(1)},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        timezone="UTC",
    )
    at_once = {"trigger": "interval", "next_run_time": datetime.now(UTC)}
    scheduler.add_job(partial(tick, process.oracle, settings.workers), seconds=settings.tick_seconds, **at_once)
    if process.purse is not None:
        scheduler.add_job(process.purse.look, seconds=PURSE_SECONDS, **at_once)
    if process.keeper is not None:
        scheduler.add_job(process.keeper.run, seconds=KEEP_SECONDS, executor="ipfs", **at_once)
    if settings.watchdog_seconds:
        watch = Watchdog(process.vitals, settings.watchdog_seconds).look
        scheduler.add_job(watch, seconds=settings.watchdog_seconds / 10, executor="watchdog", **at_once)
    return scheduler


@dataclass(frozen=True)
class Watchdog:
    """Ends a process that hangs: it remembers nothing, so starting it again costs nothing."""

    vitals: Vitals
    seconds: float

    def look(self) -> None:
        since = time.monotonic() - self.vitals.returned_at
        if since > self.seconds:
            log.error("a tick hangs: this process ends itself, to be started again", seconds=round(since))
            os._exit(STUCK)

"""The process: builds an oracle from its settings and ticks it on a schedule until it is told to stop."""

import signal
import threading
from contextlib import nullcontext
from functools import partial

import joblib
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import start_http_server

from deltaml.board import StateReader
from deltaml.chain import DryRunSender, Market, Sender, Writer, connect, load_account, load_deployment
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore
from oracles.act import Actor
from oracles.evidence import EvidenceRoom
from oracles.metrics import Metrics
from oracles.settings import Settings
from oracles.tick import Oracle
from oracles.view import ViewBuilder

log = structlog.get_logger()

GWEI = 10**9
IPFS_TIMEOUT_SECONDS = 15.0


def build(settings: Settings, metrics: Metrics) -> Oracle:
    """An oracle with its connections. Raises InvalidInput for settings that can't work, Unavailable."""
    if settings.identity is None:
        raise InvalidInput("posts are sealed to an age identity: give --identity or DELTAML_IDENTITY")
    chain = connect(settings.rpc_url)
    deployment = load_deployment(chain.chain_id, settings.deployment)
    store = IpfsStore(settings.ipfs_api, timeout_seconds=IPFS_TIMEOUT_SECONDS)
    identity = Identity.from_file(settings.identity)
    if settings.keystore is not None:
        key = load_account(settings.keystore, settings.passphrase_file)
        account, salt_key = str(key.address), bytes(key.key)
        writer: Writer = Sender(chain, key, max_fee_per_gas_wei=settings.max_fee_gwei * GWEI)
    elif settings.account is not None:
        account, salt_key = settings.account, bytes(32)
        writer = DryRunSender(chain, account)
    else:
        raise InvalidInput("give a keystore to work, or an account address for a dry run that sends nothing")
    evidence = EvidenceRoom(store, identity)
    views = ViewBuilder(chain, store, identity, account, evidence, StateReader(store, identity), salt_key)
    actor = Actor(deployment, writer, store, account)
    log.info("oracle ready", account=account, chain=chain.chain_id, market=deployment.market)
    return Oracle(chain, Market(chain, deployment), views, actor, account, settings.confirmations, metrics)


def tick(oracle: Oracle, workers: int | None) -> None:
    """One look, large rounds spread over `workers` processes; None: as joblib is configured for this thread, for
    instance by `joblib.parallel_config(backend="dask")`."""
    with nullcontext() if workers is None else joblib.parallel_config(n_jobs=workers):
        oracle.tick()


def run(settings: Settings) -> None:
    """Ticks until SIGTERM or SIGINT, then finishes the act at hand and returns."""
    metrics = Metrics.create()
    oracle = build(settings, metrics)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr="127.0.0.1", registry=metrics.registry)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    # What is due follows from the chain at every tick, so a late or merged job loses nothing.
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.add_job(
        partial(tick, oracle, settings.workers), "interval", seconds=settings.tick_seconds, next_run_time=None
    )
    scheduler.start()
    for job in scheduler.get_jobs():
        job.resume()
    stop.wait()
    scheduler.shutdown(wait=True)
    log.info("oracle stopped")

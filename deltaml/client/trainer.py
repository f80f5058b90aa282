"""The data owner's agent: joins the tasks its owner agreed to, trains on a file that stays here, submits, collects.

Like the oracle it keeps no database: what to do next follows from the chain at every tick, so it may be killed at any
moment. Only what has become known about a data set is kept, in a file (see `budget_file`). `make_update` and
`make_blob` are the two steps an experimenter may want to replace.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from deltaml.board import Snapshot, StateReader, TaskReader, read_spec
from deltaml.chain import Chain, Market, Writer, calls
from deltaml.chain.types import Claim, Dispute, ProgressRule, RoundState, Status, TaskParams, TrainerState
from deltaml.client.budget_file import BudgetFile
from deltaml.client.disclosure import TaskBudget, noise_of
from deltaml.client.pulse import Pulse
from deltaml.client.sealed_trainer import SealedTraining, fixed_point_data
from deltaml.client.table import Table, features, targets
from deltaml.errors import InvalidInput, Refused
from deltaml.learning import (
    Client,
    Config,
    Layout,
    ModelClient,
    OverBudget,
    add_gaussian_noise,
    call_fit,
    clip_to_norm,
    first_parameters,
    require_client,
)
from deltaml.protocol.blobs import close_update
from deltaml.protocol.document import Document, publish
from deltaml.protocol.messages import State
from deltaml.protocol.score_tree import HARMFUL, MISSED, merkle_proof, score_leaves, unpack_scores
from deltaml.protocol.sealed.messages import read_model
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.specs import Spec
from deltaml.sealing import Identity, seal
from deltaml.storage import Store

log = structlog.get_logger()

CLAIMS_PER_TRANSACTION = 16


@dataclass(frozen=True)
class Consent:
    """What the data owner agreed to: one task, at most this many stake units, and at least this much noise (standard
    deviation per weight, on top of nothing the task asks for; the larger of the two is added). What may become known
    about his data over all tasks is the budget's to say."""

    task_id: int
    units: int
    noise_micro: int = 0


class TrainerAgent:
    """One data owner in one task.

    client: what trains, any object that also runs in `deltaml.federated`; unless given, the specification's own model
    and training on the rows of `table`, in an order that follows from `random_state` and the round, or from the
    operating system. A client's parameters, laid end to end, are the task's weights; its update is clipped and noised
    here whatever it does itself. budget: of the data set that it trains on; the agent joins no task, and sends no
    update, that takes more than is left. Without one nothing is counted. The agent acts on the newest block, and ends
    on what `confirmations` blocks follow: a reorganisation may take back the last withdrawal, or a start of the task
    without him.
    """

    def __init__(
        self,
        chain: Chain,
        market: Market,
        writer: Writer,
        store: Store,
        identity: Identity,
        account: str,
        consent: Consent,
        table: Table | None,
        keep_updates: Path | None = None,
        client: Client | None = None,
        budget: BudgetFile | None = None,
        random_state: int | None = None,
        confirmations: int = 0,
        pulse: Pulse | None = None,
    ) -> None:
        if client is not None:
            require_client(account, client)
        self._client = client
        self._random_state = random_state
        self._confirmations = confirmations
        self._pulse = pulse or Pulse()
        self._chain = chain
        self._market = market
        self._reader = TaskReader(market)
        self._states = StateReader(store, identity)
        self._writer = writer
        self._identity = identity
        self._consent = consent
        self._keep_updates = keep_updates
        self._spec: Spec | None = None
        self._sealed: SealedTraining | None = None
        self._budget = budget
        self._stopped_in: int | None = None
        self.store = store
        self.account = account
        self.table = table

    def tick(self) -> bool:
        """Does what is due; True when the task is over and everything is collected."""
        return self._pulse.beat(self._consent.task_id, self._look)

    def _look(self) -> bool:
        snapshot = self._reader.snapshot(self._consent.task_id, self._pulse.saw(self._chain.head()))
        return self._step(snapshot) and self._is_confirmed()

    def _step(self, snapshot: Snapshot) -> bool:
        if snapshot.status is Status.JOINING:
            return not self._join(snapshot)
        index = self.index_in(snapshot)
        self._settle(snapshot, index)
        if index is None:
            log.error("the task started without this trainer", task=snapshot.task_id)
            return True
        if snapshot.status is Status.TRAINING:
            if index not in snapshot.submissions(snapshot.task.round) and self._is_open(snapshot):
                self._submit(snapshot)
            return False
        return self._collect(snapshot, index)

    def _is_confirmed(self) -> bool:
        """Whether nothing is left to do on a chain without its newest blocks either."""
        if not self._confirmations:
            return True
        block = self._chain.head(self._confirmations)
        snapshot = self._reader.snapshot(self._consent.task_id, block)
        index = self.index_in(snapshot)
        if index is None:
            return snapshot.status is not Status.JOINING
        trainer: TrainerState = self._market.read(self._market.reads.trainer_at(snapshot.task_id, index), block)
        return trainer.left and not self._market.free_of(self.account, block)

    def index_in(self, snapshot: Snapshot) -> int | None:
        """This trainer's index, by order of joining."""
        for index, trainer in enumerate(snapshot.trainers):
            if trainer.account == self.account:
                return index
        return None

    def spec_of(self, snapshot: Snapshot) -> Spec:
        """The specification, read once. Raises InvalidMessage when it is broken, or does not go with the terms."""
        if self._spec is None:
            params = snapshot.task.params
            spec = read_spec(self.store, params.spec_digest)
            if isinstance(spec, SealedSpec):
                equal_rounds = params.progress_rule is ProgressRule.PER_ROUND
                spec.require_terms(params.rounds, equal_rounds, params.harm_penalty_bps)
            self._spec = spec
        return self._spec

    @staticmethod
    def _is_open(snapshot: Snapshot) -> bool:
        return snapshot.block.timestamp < snapshot.round.closes_at

    # ------------------------------------------------------------------ joining

    def _join(self, snapshot: Snapshot) -> bool:
        """False when the privacy budget has no room for this task."""
        if self.index_in(snapshot) is not None or snapshot.block.timestamp >= snapshot.task.join_ends_at:
            return True
        if self.table is not None:
            # A file that does not fit is found before any money moves.
            spec = self.spec_of(snapshot)
            features(spec, self.table)
            targets(spec.target, self.table)
            if isinstance(spec, SealedSpec):
                fixed_point_data(spec, self.table)
        # So is a committee that updates can't be sealed to.
        seal(b"", self._committee_recipients(snapshot))
        try:
            if budget := self._task_budget(snapshot):
                budget.reserve(snapshot.task.params.rounds)
        except OverBudget as error:
            log.error("not joining: over the privacy budget", task=snapshot.task_id, why=str(error))
            return False
        where, stake = self._market.deployment, self._consent.units * snapshot.task.params.unit_stake
        free = self._market.free_of(self.account, snapshot.block)
        if free < stake:
            allowed = self._market.token_allowance(where.stake_token, self.account, where.vault, snapshot.block)
            if allowed < stake - free:
                self._writer.send(calls.approve(where.stake_token, where.vault, stake - free))
            self._writer.send(calls.deposit(where, self.account, stake - free))
        self._writer.send(calls.join(where, snapshot.task_id, self._consent.units, self._identity.recipient))
        log.info("joined", task=snapshot.task_id, stake_wei=stake)
        return True

    # ------------------------------------------------------------------ privacy

    def _task_budget(self, snapshot: Snapshot) -> TaskBudget | None:
        if self._budget is None:
            return None
        own_noise = self._consent.noise_micro
        return TaskBudget.of(self._budget, snapshot, self.account, self.spec_of(snapshot), own_noise)

    def _settle(self, snapshot: Snapshot, index: int | None) -> None:
        """What the chain took counts, even if the file was lost; a task that goes on without us, or is over, frees what
        it did not use."""
        if budget := self._task_budget(snapshot):
            numbers = [number for number in range(snapshot.task.round + 1) if index in snapshot.submissions(number)]
            budget.settle(numbers, is_over=index is None or snapshot.is_final)

    def _may_send(self, snapshot: Snapshot) -> bool:
        """Counts the round before anything of it goes out, so that no kill comes between; or says why it stays here."""
        number = snapshot.task.round
        try:
            if budget := self._task_budget(snapshot):
                budget.spend(number)
        except OverBudget as error:
            log.error("sending nothing: over the privacy budget", task=snapshot.task_id, why=str(error))
            self._stopped_in = number
            return False
        return True

    # ------------------------------------------------------------------ training

    def _submit(self, snapshot: Snapshot) -> None:
        number, spec = snapshot.task.round, self.spec_of(snapshot)
        if number == self._stopped_in:
            return
        # Training may take as long as the round is open.
        self._pulse.vitals.busy_until = float(snapshot.round.closes_at)
        if isinstance(spec, SealedSpec):
            document = self.make_sealed_blob(snapshot, spec)
        else:
            update = self.make_update(spec, self._public_states(snapshot, spec))
            document = self.make_blob(snapshot, update)
            self._keep(snapshot, update)
        if not self._may_send(snapshot):
            return
        publish_or_skip(document, self.store)
        self._writer.send(calls.submit_update(self._market.deployment, snapshot.task_id, number, document.digest))
        log.info("submitted", task=snapshot.task_id, round=number, digest=document.digest.hex())

    def _public_states(self, snapshot: Snapshot, spec: OpenSpec) -> list[State]:
        number = snapshot.task.round
        return [self._states.read(snapshot, spec, earlier) for earlier in range(max(0, number - 1), number + 1)]

    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        """The update int64[d] in fixed point: train, clip, add noise, round. states: the previous and the current."""
        weights = spec.weights_format().decode(states[-1].weights)
        client = self._client or self._own_client(spec)
        layout = Layout.of(first_parameters(self.account, client))
        if layout.size != len(weights):
            raise InvalidInput(f"the client has {layout.size} parameters, the task's model {len(weights)}")
        number = states[-1].round
        config: Config = {"server_round": number + 1, "clip_norm": spec.clip_norm}
        fitted = call_fit(self.account, client, number, layout, weights, config)
        update = clip_to_norm(fitted.parameters - weights, spec.clip_norm)
        if noise := noise_of(spec, self._consent.noise_micro):
            update = add_gaussian_noise(update, noise, np.random.default_rng())
        return spec.weights_format().encode(update)

    def _own_client(self, spec: OpenSpec) -> Client:
        if self.table is None:
            raise Refused("no data: give --data")
        rows = features(spec, self.table), targets(spec.target, self.table)
        return ModelClient(spec.model(), rows, spec.training(), random_state=self._random_state)

    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        """The update under the committee lock."""
        return close_update(snapshot.header(self.account), update, self._committee_recipients(snapshot))

    def make_sealed_blob(self, snapshot: Snapshot, spec: SealedSpec) -> Document:
        """The gradient of a model that stays sealed, under both locks."""
        if self.table is None:
            raise Refused("no data: give --data")
        if self._sealed is None:
            self._sealed = SealedTraining(spec, self.table, self._consent.noise_micro)
        number = snapshot.task.round
        model = read_model(self.store, self._states.read(snapshot, spec, number).model, spec, number)
        return self._sealed.blob(snapshot.header(self.account), model, self._committee_recipients(snapshot))

    def _committee_recipients(self, snapshot: Snapshot) -> list[bytes]:
        seats = self._market.seats(snapshot.task.params.committee_id, snapshot.block)
        return [seat.recipient for seat in seats]

    def _keep(self, snapshot: Snapshot, update: NDArray[np.int64]) -> None:
        if self._keep_updates is not None:
            self._keep_updates.mkdir(parents=True, exist_ok=True)
            name = f"{snapshot.task_id}-{snapshot.task.round}-{self.account}.npy"
            np.save(self._keep_updates / name, update, allow_pickle=False)

    # ------------------------------------------------------------------ collecting

    def _collect(self, snapshot: Snapshot, index: int) -> bool:
        where, reads, block = self._market.deployment, self._market.reads, snapshot.block
        if snapshot.task.unsettled:
            return False
        trainer: TrainerState = self._market.read(reads.trainer_at(snapshot.task_id, index), block)
        claims = self._claims(snapshot, index)
        if claims:
            self._writer.send(calls.claim(where, snapshot.task_id, claims[:CLAIMS_PER_TRANSACTION], self.account))
            return False
        if not trainer.left:
            self._collect_expired(snapshot, trainer)
            self._writer.send(calls.leave(where, snapshot.task_id))
            return False
        return self._withdraw(snapshot)

    def _collect_expired(self, snapshot: Snapshot, trainer: TrainerState) -> None:
        submitted = trainer.submitted_rounds == snapshot.task.round + 1
        if snapshot.status is Status.FAILED and not snapshot.round.revealed_at and submitted:
            try:
                self._writer.send(calls.claim_expired(self._market.deployment, snapshot.task_id))
            except Refused as error:
                log.info("nothing to share", task=snapshot.task_id, why=str(error))

    def _withdraw(self, snapshot: Snapshot) -> bool:
        free = self._market.free_of(self.account, snapshot.block)
        if free:
            self._writer.send(calls.withdraw(self._market.deployment, self.account, free))
            log.info("collected everything", task=snapshot.task_id, stake_wei=free)
        return True

    def _claims(self, snapshot: Snapshot, index: int) -> list[Claim]:
        claimed = self._market.claimed_rounds(snapshot.task_id, self.account, snapshot.block)
        numbers = [number for number in sorted(snapshot.reveals) if not claimed >> number & 1]
        reads = [self._market.reads.round(snapshot.task_id, number) for number in numbers]
        states = self._market.read_all(reads, snapshot.block) if reads else ()
        claims = []
        for number, state in zip(numbers, states, strict=True):
            scores = unpack_scores(snapshot.reveals[number].scores)
            if scores and earns(state, scores[index], snapshot.task.params, self._consent.units):
                leaves = score_leaves(
                    self._chain.chain_id, self._market.deployment.market, snapshot.task_id, number, scores
                )
                claims.append(Claim(number, scores[index], tuple(merkle_proof(leaves, index))))
        return claims


def earns(state: RoundState, score: int, params: TaskParams, units: int) -> bool:
    """Whether a claim with this score word pays anything (reward or stake), given the round and the trainer's stake
    units. The market refuses a claim of nothing, and one that always fails would keep the agent from leaving."""
    if state.dispute is Dispute.OVERTURNED:
        harm_penalty = units * params.unit_stake * params.harm_penalty_bps // 10_000
        return bool({MISSED: params.miss_penalty, HARMFUL: harm_penalty}.get(score, 0))
    if score == MISSED:
        return False
    if state.miss_share:
        return True
    largest = max(state.basis, state.harm_pot)
    return score != HARMFUL and 0 < state.total_score <= score * largest


def publish_or_skip(document: Document, store: Store) -> None:
    """Publishes a document made in memory; one that is already public needs nothing."""
    if document.blocks is not store:
        publish(document, store)
